/*
 * Plans each resource of the files, and holds the plan against nothing moved, sharing per head, and sharing by shortage.
 */
#include "jobs/plan/internal.h"

#include <math.h>
#include <string.h>

void vg_plan_request_init(struct vg_plan_request *request)
{
    *request = (struct vg_plan_request){.fairness_slack = NAN, .tail_weight = NAN, .tail = NAN, .worth_of = NAN, .budget = NAN, .period_budget = NAN, .language = VG_EN};
}

static double given(double value, double otherwise)
{
    return isnan(value) ? otherwise : value;
}

static vg_status part(const char **rest, char *to, size_t size, struct vg_error *error)
{
    const char *comma = strchr(*rest, ',');
    const size_t n = comma == NULL ? strlen(*rest) : (size_t)(comma - *rest);
    if (n == 0 || n >= size) {
        return vg_fail(error, VG_USAGE_ERROR, "a what-if is PLACE,RESOURCE,AMOUNT or PLACE,RESOURCE,AMOUNT,DATE, as in Lima,ventilators,10");
    }
    memcpy(to, *rest, n);
    to[n] = '\0';
    *rest += n + (comma != NULL);
    return VG_OK;
}

/* The longest name of those that a comma follows: names have commas, too. Where none is known, what stands before the first. */
static vg_status named_part(const char **rest, const struct vg_dictionary *names, char *to, size_t size, uint32_t *index, struct vg_error *error)
{
    for (size_t n = strlen(*rest); n > 0; n--) {
        if ((*rest)[n] != ',' || (*index = vg_dictionary_find(names, vg_text_of(*rest, n))) == VG_DICTIONARY_NONE) {
            continue;
        }
        const size_t told = n < size ? n : size - 1;
        memcpy(to, *rest, told);
        to[told] = '\0';
        *rest += n + 1;
        return VG_OK;
    }
    *index = VG_DICTIONARY_NONE;
    return part(rest, to, size, error);
}

vg_status plan_read_change(const struct plan_input *input, const char *what_if, struct plan_change *change, struct vg_error *error)
{
    const char *rest = what_if;
    char place[256], resource[256], amount[64], day_text[32] = "";
    vg_status status = named_part(&rest, &input->places, place, sizeof place, &change->site, error);
    status = status != VG_OK ? status : named_part(&rest, &input->resources, resource, sizeof resource, &change->resource, error);
    status = status != VG_OK ? status : part(&rest, amount, sizeof amount, error);
    status = status != VG_OK || *rest == '\0' ? status : part(&rest, day_text, sizeof day_text, error);
    if (status != VG_OK) {
        return status;
    }
    int32_t day = input->dates[0];
    if (change->site == VG_DICTIONARY_NONE || change->resource == VG_DICTIONARY_NONE || !vg_parse_integer(vg_text_from(amount), &change->units) || *rest != '\0') {
        return vg_fail(error, VG_USAGE_ERROR, "what if: \"%s\" is not a place, \"%s\" not a resource of the plan, or \"%s\" not a whole number", place, resource, amount);
    }
    int64_t number = 0;
    if (day_text[0] != '\0' && !(input->numbered ? vg_parse_integer(vg_text_from(day_text), &number) && number >= 0 && number <= 100000 : vg_date_parse_iso(vg_text_from(day_text), &day))) {
        return vg_fail(error, VG_USAGE_ERROR, "what if: \"%s\" is not a day as the needs have them", day_text);
    }
    day = day_text[0] != '\0' && input->numbered ? (int32_t)number : day;
    const int64_t period = day <= input->dates[0] ? 0 : ((int64_t)day - input->dates[0] + input->step_days - 1) / input->step_days;
    if (period >= input->problem.n_periods) {
        return vg_fail(error, VG_USAGE_ERROR, "what if: %s is after the last date of the plan", day_text);
    }
    change->period = (uint32_t)period;
    return VG_OK;
}

vg_status plan_apply_change(struct plan_input *input, const struct plan_change *change, struct vg_error *error)
{
    struct plan_amounts *amounts = &input->amounts[change->resource];
    if (plan_bundle_of(input, change->resource) != NULL) {
        return vg_fail(error, VG_USAGE_ERROR, "what if: %s is what others serve together, and has no stock of its own; ask of one of these", input->resource[change->resource].name);
    }
    int64_t *there = change->period == 0 ? &amounts->stock[change->site] : &amounts->arrivals[(size_t)change->period * input->problem.n_sites + change->site];
    int64_t sum;
    if (__builtin_add_overflow(*there, change->units, &sum) || sum < 0 || sum > (int64_t)1e12) {
        const struct vg_text place = input->places.keys[change->site];
        return vg_fail(error, VG_USAGE_ERROR, "what if: %.*s has %lld %s then; with %lld more it would have less than nothing, or more than a plan counts (1e12)", (int)place.size, place.data, (long long)*there,
                       input->resource[change->resource].name, (long long)change->units);
    }
    *there = sum;
    return VG_OK;
}

/* "80 in Norte on 2021-03-01; ...": what cannot be together. */
static vg_status name_conflict(struct plan_run *run, uint32_t r, const uint32_t *cells, size_t n, int64_t lacking)
{
    enum { NAMED = 6 };
    const struct plan_input *input = &run->input;
    const uint32_t sites = input->problem.n_sites;
    const char *text = "";
    for (size_t k = 0; k < n && k < NAMED && text != NULL; k++) {
        const struct vg_text place = input->places.keys[cells[k] % sites];
        char day[VG_DATE_TEXT_BYTES] = "";
        const int32_t date = input->dates[cells[k] / sites];
        if (input->numbered) {
            (void)snprintf(day, sizeof day, "day %d", (int)date);
        } else {
            (void)vg_date_print(date, day);
        }
        text = vg_arena_format(run->arena, "%s%s%lld in %.*s on %s", text, k == 0 ? "" : "; ", (long long)input->amounts[r].must[cells[k]], (int)place.size, place.data, day);
    }
    const char *more = n > NAMED ? vg_arena_format(run->arena, "; and %zu more", n - NAMED) : "";
    if (text == NULL || more == NULL) {
        return vg_fail_memory(run->error, 256);
    }
    return vg_fail(run->error, VG_DATA_ERROR, n == 1 ? "%s: what --must asks cannot be: %.500s%s: %lld %s are lacking for it" : "%s: what --must asks cannot be together: %.500s%s (%lld %s are lacking for these; without any one of them the others can be)",
                   run->request->must_path, text, more, (long long)lacking, input->resource[r].name);
}

static vg_status check_must(struct plan_run *run, uint32_t r)
{
    const struct plan_input *input = &run->input;
    const size_t all = (size_t)input->problem.n_sites * input->problem.n_periods;
    size_t n = 0;
    int64_t lacking = 0;
    if (input->resource[r].must == NULL) {
        return VG_OK;
    }
    uint32_t *cells = VG_ARENA_ARRAY(run->arena, uint32_t, all);
    if (cells == NULL) {
        return vg_fail_memory(run->error, all * sizeof *cells);
    }
    vg_status status = vg_plan_conflict(&input->problem, &input->resource[r], cells, &n, &lacking, run->error);
    return status == VG_OK && n > 0 ? name_conflict(run, r, cells, n, lacking) : status;
}

/* A member of a bundle is shared out as what it serves is needed; what is met is told of that. */
static vg_status account_of_member(struct plan_run *run, uint32_t r, struct vg_plan_account *account)
{
    struct vg_plan_account own;
    vg_status status = vg_plan_account_held(&run->input.problem, &run->input.resource[r], account->held, run->arena, &own, run->error);
    own.cost = account->cost;
    own.moved = account->moved;
    own.n_movements = account->n_movements;
    *account = status == VG_OK ? own : *account;
    return status;
}

vg_status plan_one(struct plan_run *run, uint32_t r, const struct vg_progress *progress)
{
    const struct plan_input *input = &run->input;
    struct plan_outcome *outcome = &run->outcomes[r];
    const bool alone = run->shared.n_resources == 0; /* else all resources were planned together */
    const struct vg_plan_bundle *bundle = plan_bundle_of(input, r);
    struct vg_plan_resource resource;
    vg_status status = alone ? check_must(run, r) : VG_OK;
    status = status == VG_OK ? plan_as_needed(input, r, run->arena, &resource, run->error) : status;
    if (status != VG_OK) {
        return status;
    }
    if (alone) {
        status = vg_plan_create(&input->problem, &input->resource[r], run->arena, &outcome->plan, run->error);
        status = status != VG_OK ? status : vg_plan_solve(outcome->plan, run->arena, progress, &outcome->best, run->error);
    }
    double people = 0.0;
    for (uint32_t site = 0; input->population != NULL && site < input->problem.n_sites; site++) {
        people += input->population[site] > 0.0 ? input->population[site] : 0.0; /* NaN: a store */
    }
    outcome->per_head = people > 0.0;
    for (enum vg_plan_rule rule = 0; status == VG_OK && rule < VG_PLAN_RULE_COUNT; rule++) {
        if (rule != VG_PLAN_PER_HEAD || outcome->per_head) {
            status = bundle != NULL ? plan_rule_together(run, bundle, rule) : vg_plan_by_rule(&input->problem, &resource, rule, input->population, run->arena, &outcome->rules[rule], run->error);
        }
        if (status == VG_OK && resource.demand != input->resource[r].demand && (rule != VG_PLAN_PER_HEAD || outcome->per_head)) {
            status = account_of_member(run, r, &outcome->rules[rule].account);
        }
    }
    return status == VG_OK || status == VG_CANCELLED ? status : vg_fail_context(run->error, "%s", input->resource[r].name);
}

/* Whether the flow can go on: what a place keeps of itself is set when a plan is made, and may follow its stock. */
static bool goes_on(const struct plan_input *input, const struct plan_change *change)
{
    const struct vg_plan_problem *problem = &input->problem;
    const struct plan_amounts *amounts = &input->amounts[change->resource];
    return !problem->fairest && problem->tail_weight <= 0.0 && !problem->nobody_worse && amounts->must == NULL &&
           (change->period > 0 || change->units >= amounts->keep[change->site] - amounts->stock[change->site]);
}

static vg_status solve_warm(struct plan_run *run, const struct plan_change *change, struct vg_arena *arena, struct vg_plan_answer *answer)
{
    struct vg_plan *plan = run->outcomes[change->resource].plan;
    vg_status status = vg_plan_add_stock(plan, change->site, change->period, change->units, run->error);
    if (status == VG_OK) {
        status = vg_plan_solve(plan, arena, NULL, answer, run->error);
        const vg_status back = vg_plan_add_stock(plan, change->site, change->period, -change->units, run->error);
        status = status == VG_OK ? back : status;
    }
    return status;
}

vg_status plan_solve_changed(struct plan_run *run, const struct plan_change *change, struct vg_arena *arena, struct vg_plan_answer *answer, bool *warm)
{
    const struct plan_change back = {change->site, change->resource, change->period, -change->units};
    struct plan_run anew = *run; /* beside the plan as it is */
    struct vg_plan *plan = NULL;
    anew.arena = arena;
    *warm = run->shared.n_resources == 0 && goes_on(&run->input, change);
    if (*warm) {
        return solve_warm(run, change, arena, answer);
    }
    vg_status status = plan_apply_change(&run->input, change, run->error);
    if (status != VG_OK) {
        return status;
    }
    status = check_must(&anew, change->resource);
    if (status == VG_OK && run->shared.n_resources > 0) { /* of all resources together */
        anew.outcomes = VG_ARENA_ARRAY(arena, struct plan_outcome, run->input.resources.count);
        status = anew.outcomes == NULL ? vg_fail_memory(run->error, sizeof *anew.outcomes) : plan_together(&anew, NULL);
        *answer = status == VG_OK ? anew.outcomes[plan_needed_of(&run->input, change->resource)].best : *answer;
    } else if (status == VG_OK) {
        status = vg_plan_create(&run->input.problem, &run->input.resource[change->resource], arena, &plan, run->error);
        status = status == VG_OK ? vg_plan_solve(plan, arena, NULL, answer, run->error) : status;
    }
    const vg_status put_back = plan_apply_change(&run->input, &back, run->error);
    return status == VG_OK ? put_back : status;
}

void plan_write_meta(const struct plan_run *run, struct vg_buffer *meta)
{
    const struct vg_plan_problem *problem = &run->input.problem;
    vg_buffer_text(meta, "{\"analysis\":\"plan\"");
    job_meta_number(meta, "periods", problem->n_periods);
    job_meta_number(meta, "step_days", run->input.step_days);
    job_meta_number(meta, "places", problem->n_sites);
    job_meta_number(meta, "paths", problem->n_paths);
    job_meta_number(meta, "ways", (double)problem->n_ways);
    job_meta_date(meta, "ledger_day", run->input.ledger_day);
    job_meta_number(meta, "fairest", problem->fairest);
    job_meta_number(meta, "fairness_slack", problem->fairness_slack);
    job_meta_number(meta, "nobody_worse", problem->nobody_worse);
    job_meta_number(meta, "tail_weight", problem->tail_weight);
    job_meta_number(meta, "tail", problem->tail);
    job_meta_number(meta, "limits", run->shared.n_limits);
    if (run->shared.n_resources > 0) {
        job_meta_number(meta, "weighted_unmet", run->together.unmet);
        job_meta_number(meta, "weighted_unmet_bound", run->together.bound);
    }
    vg_buffer_text(meta, "}");
}

vg_status plan_gather(struct plan_run *run)
{
    const struct vg_plan_request *request = run->request;
    struct vg_plan_problem *problem = &run->input.problem;
    vg_status status = plan_read_files(request, run->arena, &run->input, run->error);
    if (status != VG_OK) {
        return status;
    }
    problem->fairest = request->fairest;
    problem->nobody_worse = request->nobody_worse;
    problem->fairness_slack = given(request->fairness_slack, 0.0);
    problem->tail_weight = given(request->tail_weight, 0.0);
    problem->tail = given(request->tail, 0.8);
    run->outcomes = VG_ARENA_ARRAY(run->arena, struct plan_outcome, run->input.resources.count);
    return run->outcomes == NULL ? vg_fail_memory(run->error, run->input.resources.count * sizeof *run->outcomes) : VG_OK;
}

vg_status plan_make(struct plan_run *run, const struct vg_progress *progress)
{
    struct plan_change change;
    vg_status status = plan_gather(run);
    if (status == VG_OK && run->request->what_if != NULL) {
        status = plan_read_change(&run->input, run->request->what_if, &change, run->error);
        status = status == VG_OK ? plan_apply_change(&run->input, &change, run->error) : status;
    }
    status = status == VG_OK ? plan_make_limits(run) : status;
    for (uint32_t r = 0; status == VG_OK && run->shared.n_resources > 0 && r < run->input.resources.count; r++) {
        status = check_must(run, r);
    }
    status = status == VG_OK && run->shared.n_resources > 0 ? plan_together(run, progress) : status;
    for (uint32_t k = 0; status == VG_OK && k < 2 * run->input.resources.count; k++) { /* what is served together after what serves it */
        const uint32_t r = k % (uint32_t)run->input.resources.count;
        if ((plan_bundle_of(&run->input, r) != NULL) != (k >= run->input.resources.count)) {
            continue;
        }
        status = vg_progress_report(progress, "planning", (double)r / (double)run->input.resources.count) ? plan_one(run, r, progress) : vg_fail(run->error, VG_CANCELLED, "cancelled");
    }
    return status;
}

vg_status vg_job_plan(const struct vg_plan_request *request, const struct vg_progress *progress, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    struct plan_run run = {.request = request, .arena = arena, .error = error};
    vg_status status = plan_make(&run, progress);
    status = status == VG_OK ? plan_tables(&run, answer) : status;
    if (status == VG_OK) {
        plan_write_meta(&run, &answer->meta);
    }
    return status == VG_OK && (answer->meta.failed || answer->table.failed) ? vg_fail_memory(error, answer->meta.size) : status;
}
