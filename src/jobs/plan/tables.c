/*
 * What a plan says, as tables: the movements with their reasons, what each place gets by the plan and by simple rules, and what more of something would be worth.
 */
#include "jobs/plan/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define REMOVED_MOST 400 /* movements whose worth is found by solving again without each */

static const char *const rule_names[VG_PLAN_RULE_COUNT] = {"nothing_moves", "per_head", "by_shortage"};

double plan_place_unmet(const struct vg_plan_problem *problem, const struct vg_plan_resource *resource, const int64_t *held, uint32_t site, int64_t only, double *needed)
{
    const uint32_t n = problem->n_sites, periods = problem->n_periods;
    double unmet = 0.0;
    *needed = 0.0;
    for (uint32_t path = 0; path < problem->n_paths; path++) {
        for (uint32_t period = only < 0 ? 0 : (uint32_t)only; period < (only < 0 ? periods : (uint32_t)only + 1); period++) {
            const int64_t demand = resource->demand[((size_t)path * periods + period) * n + site], there = held[period * n + site];
            *needed += problem->path_probability[path] * (double)demand;
            unmet += demand > there ? problem->path_probability[path] * (double)(demand - there) : 0.0;
        }
    }
    return unmet;
}

/* Without the last digits, which sums of shares leave behind: 14.9, not 14.899999999999999. */
static void put_figure(struct vg_table *table, double value)
{
    vg_table_double(table, job_rounded(value, 12, false));
}

static void day_cell(struct vg_table *table, const struct plan_run *run, uint32_t period)
{
    const int32_t day = run->input.dates[0] + (int32_t)period * run->input.step_days;
    if (run->input.numbered) {
        vg_table_integer(table, day);
    } else {
        vg_table_date(table, day);
    }
}

static void day_column(struct vg_table *table, const struct plan_run *run, const char *name)
{
    vg_table_add_column(table, name, run->input.numbered ? VG_COLUMN_INTEGER : VG_COLUMN_DATE);
}

/* -------------------------------------------------------------------- movements */

static char *name_of(struct plan_run *run, uint32_t site)
{
    return vg_arena_copy_bytes(run->arena, run->input.places.keys[site].data, run->input.places.keys[site].size);
}

/* What one movement avoids: the plan solved again without that way in that period. The plan is put back as it was. */
static vg_status worth_of_movement(struct plan_run *run, struct plan_outcome *outcome, const struct vg_plan_movement *movement, double *avoided)
{
    struct vg_plan_answer without;
    const double with = outcome->best.account.unmet;
    vg_status status = vg_plan_close_way(outcome->plan, movement->way, movement->period, true, run->error);
    status = status != VG_OK ? status : vg_plan_solve(outcome->plan, run->arena, NULL, &without, run->error);
    if (status != VG_OK) {
        return status;
    }
    *avoided = fmax(0.0, without.account.unmet - with);
    return vg_plan_close_way(outcome->plan, movement->way, movement->period, false, run->error);
}

/* Whether what a change avoids is of several resources that are needed, by weights. */
static bool is_weighted(const struct plan_run *run)
{
    size_t n = 0;
    for (uint32_t r = 0; r < run->shared.n_resources; r++) {
        n += plan_needed_of(&run->input, r) == r;
    }
    return n > 1;
}

/* How what a movement avoids is found: not at all, by the flow that goes on, or by the linear program of the plan. */
enum solving_again { NOT_AGAIN, BY_FLOW, BY_LEVELS };

static vg_status movement_row(struct plan_run *run, uint32_t r, const struct plan_why *why, const struct vg_plan_movement *movement, enum solving_again again, struct plan_asked *asked, struct vg_table *table)
{
    const struct vg_plan_problem *problem = &run->input.problem;
    const uint32_t told = plan_needed_of(&run->input, r); /* what it serves */
    const struct vg_plan_resource *resource = &run->input.resource[told];
    const struct vg_plan_way *way = &problem->ways[movement->way];
    struct plan_outcome *outcome = &run->outcomes[told];
    const int64_t *before = outcome->rules[VG_PLAN_NOTHING_MOVES].account.held, *after = outcome->best.account.held;
    double needed, avoided = NAN, coverage_lost = NAN;
    const double from_before = plan_place_unmet(problem, resource, before, way->from, -1, &needed), from_after = plan_place_unmet(problem, resource, after, way->from, -1, &needed);
    const double to_before = plan_place_unmet(problem, resource, before, way->to, -1, &needed), to_after = plan_place_unmet(problem, resource, after, way->to, -1, &needed);
    vg_status status = again == BY_FLOW ? worth_of_movement(run, outcome, movement, &avoided) : again == BY_LEVELS ? plan_ask_without(asked, r, movement, &avoided, &coverage_lost, run->error) : VG_OK;
    const char *from = name_of(run, way->from), *to = name_of(run, way->to), *name = run->input.resource[r].name;
    const char *title = plan_title_of(run->items, run->n_items, name, run->request->language), *other = plan_title_of(run->items, run->n_items, resource->name, run->request->language);
    const char *named = told == r ? title : vg_arena_format(run->arena, "%s (%s)", title, other);
    if (status != VG_OK || from == NULL || to == NULL || named == NULL) {
        return status != VG_OK ? status : vg_fail_memory(run->error, 256);
    }
    vg_table_text(table, name);
    day_cell(table, run, movement->period);
    day_cell(table, run, movement->period + way->lead_periods);
    if (run->request->by_node) {
        vg_table_text_slice(table, plan_node_of(&run->input, way->from));
    }
    vg_table_text(table, from);
    if (run->request->by_node) {
        vg_table_text_slice(table, plan_node_of(&run->input, way->to));
    }
    vg_table_text(table, to);
    vg_table_integer(table, movement->amount);
    put_figure(table, way->cost * (double)movement->amount);
    put_figure(table, avoided);
    if (problem->fairest) {
        put_figure(table, coverage_lost);
    }
    put_figure(table, from_before);
    put_figure(table, from_after);
    put_figure(table, to_before);
    put_figure(table, to_after);
    const struct plan_reason said = {from, to, named, from_before, from_after, to_before, to_after, avoided, plan_why_movement(why, movement, plan_limit_that_binds(run, r, movement->way, movement->period)),
                                    resource->reusable ? problem->n_periods : 0, coverage_lost, is_weighted(run)};
    vg_table_text(table, plan_binds_names[said.binds]);
    const char *reason = plan_reason_text(&said, run->request->language, run->arena);
    vg_table_text(table, reason);
    return reason == NULL ? vg_fail_memory(run->error, 256) : VG_OK;
}

static int by_amount(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x < y) - (x > y);
}

/* Where not all can be asked for in reasonable time: the amount from which on they are. */
static vg_status amount_of(const struct plan_run *run, const struct vg_plan_answer *best, size_t n, int64_t *amount)
{
    *amount = 0;
    if (best->n_movements <= n) {
        return VG_OK;
    }
    int64_t *amounts = VG_ARENA_ARRAY(run->arena, int64_t, best->n_movements);
    if (amounts == NULL) {
        return vg_fail_memory(run->error, best->n_movements * sizeof *amounts);
    }
    for (size_t k = 0; k < best->n_movements; k++) {
        amounts[k] = best->movements[k].amount;
    }
    qsort(amounts, best->n_movements, sizeof *amounts, by_amount);
    *amount = n == 0 ? INT64_MAX : amounts[n - 1] + (amounts[n - 1] == amounts[n]); /* of equal ones all or none */
    return VG_OK;
}

static vg_status movements_of(struct plan_run *run, uint32_t r, struct plan_asked *asked, struct vg_table *table)
{
    const struct vg_plan_answer *best = &run->outcomes[r].best;
    const bool within = run->shared.n_resources > 0, levels = plan_is_asked_by_levels(run);
    struct vg_plan_resource needed;
    struct plan_why why;
    int64_t least = 0;
    vg_status status = plan_as_needed(&run->input, r, run->arena, &needed, run->error);
    status = status == VG_OK ? plan_why_find(&run->input.problem, &needed, best, run->arena, &why, run->error) : status;
    if (status == VG_OK && levels && (r == 0 || !within)) { /* one program of all resources, or one each */
        vg_plan_levels_close(asked->levels);
        status = plan_ask_open(run, r, run->arena, asked);
    }
    if (status == VG_OK && levels && asked->levels != NULL) {
        status = amount_of(run, best, asked->changes_most / asked->shared.n_resources, &least);
    }
    const bool by_flow = !levels && run->input.resource[r].must == NULL /* without a movement what must be may be impossible */ && best->n_movements <= REMOVED_MOST;
    for (size_t k = 0; status == VG_OK && k < best->n_movements; k++) {
        const enum solving_again again = by_flow ? BY_FLOW : levels && asked->levels != NULL && best->movements[k].amount >= least ? BY_LEVELS : NOT_AGAIN;
        status = movement_row(run, r, &why, &best->movements[k], again, asked, table);
    }
    return status;
}

static vg_status movements(struct plan_run *run, struct vg_table *table)
{
    vg_table_add_column(table, "resource", VG_COLUMN_TEXT);
    day_column(table, run, "leaves");
    day_column(table, run, "arrives");
    if (run->request->by_node) {
        vg_table_add_column(table, "donor", VG_COLUMN_TEXT);
    }
    vg_table_add_column(table, "from", VG_COLUMN_TEXT);
    if (run->request->by_node) {
        vg_table_add_column(table, "receiver", VG_COLUMN_TEXT);
    }
    vg_table_add_column(table, "to", VG_COLUMN_TEXT);
    vg_table_add_column(table, "amount", VG_COLUMN_INTEGER);
    static const char *const figures[] = {"cost", "avoided", "coverage_lost", "from_unmet_before", "from_unmet", "to_unmet_before", "to_unmet"};
    for (size_t k = 0; k < sizeof figures / sizeof *figures; k++) {
        if (k != 2 || run->input.problem.fairest) {
            vg_table_add_column(table, figures[k], VG_COLUMN_DOUBLE);
        }
    }
    vg_table_add_column(table, "binds", VG_COLUMN_TEXT);
    vg_table_add_column(table, "reason", VG_COLUMN_TEXT);
    struct plan_asked asked = {0};
    vg_status status = run->items != NULL ? VG_OK : vg_stock_items_shipped(run->arena, &run->items, &run->n_items, run->error);
    for (uint32_t r = 0; status == VG_OK && r < run->input.resources.count; r++) {
        status = movements_of(run, r, &asked, table);
    }
    vg_plan_levels_close(asked.levels);
    return status;
}

/* -------------------------------------------------------------------- accounts */

static const struct vg_plan_account *account_of(const struct plan_outcome *outcome, int which)
{
    if (which < 0) {
        return &outcome->best.account;
    }
    return which == VG_PLAN_PER_HEAD && !outcome->per_head ? NULL : &outcome->rules[which].account;
}

static vg_status coverage(struct plan_run *run, struct vg_table *table)
{
    static const char *const columns[] = {"needed", "coverage", "unmet", "coverage_nothing_moves", "unmet_nothing_moves", "coverage_per_head", "unmet_per_head", "coverage_by_shortage", "unmet_by_shortage"};
    const struct vg_plan_problem *problem = &run->input.problem;
    vg_table_add_column(table, "resource", VG_COLUMN_TEXT);
    vg_table_add_column(table, "place", VG_COLUMN_TEXT);
    for (size_t k = 0; k < sizeof columns / sizeof *columns; k++) {
        vg_table_add_column(table, columns[k], VG_COLUMN_DOUBLE);
    }
    for (uint32_t r = 0; r < run->input.resources.count; r++) {
        for (uint32_t site = 0; site < problem->n_sites && plan_needed_of(&run->input, r) == r; site++) {
            double needed;
            (void)plan_place_unmet(problem, &run->input.resource[r], run->outcomes[r].best.account.held, site, -1, &needed);
            vg_table_text(table, run->input.resource[r].name);
            vg_table_text_slice(table, run->input.places.keys[site]);
            put_figure(table, needed);
            for (int which = -1; which < VG_PLAN_RULE_COUNT; which++) {
                const struct vg_plan_account *account = account_of(&run->outcomes[r], which);
                put_figure(table, account == NULL ? NAN : account->coverage[site]);
                put_figure(table, account == NULL ? NAN : plan_place_unmet(problem, &run->input.resource[r], account->held, site, -1, &needed));
            }
        }
    }
    return VG_OK;
}

static vg_status groups(struct plan_run *run, struct vg_table *table)
{
    const struct plan_input *input = &run->input;
    static const char *const columns[] = {"needed", "coverage", "coverage_nothing_moves", "coverage_per_head", "coverage_by_shortage"};
    if (input->groups.count == 0) {
        return vg_fail(run->error, VG_USAGE_ERROR, "--show groups needs --population FILE with a column group");
    }
    vg_table_add_column(table, "resource", VG_COLUMN_TEXT);
    vg_table_add_column(table, "group", VG_COLUMN_TEXT);
    for (size_t k = 0; k < sizeof columns / sizeof *columns; k++) {
        vg_table_add_column(table, columns[k], VG_COLUMN_DOUBLE);
    }
    for (uint32_t r = 0; r < input->resources.count; r++) {
        for (uint32_t group = 0; group < input->groups.count && plan_needed_of(input, r) == r; group++) { /* of a member nothing is needed by itself */
            vg_table_text(table, input->resource[r].name);
            vg_table_text_slice(table, input->groups.keys[group]);
            for (int which = -1; which < VG_PLAN_RULE_COUNT; which++) {
                const struct vg_plan_account *account = account_of(&run->outcomes[r], which);
                double needed = 0.0, unmet = 0.0;
                for (uint32_t site = 0; account != NULL && site < input->problem.n_sites; site++) {
                    double here = 0.0;
                    unmet += input->group[site] == group ? plan_place_unmet(&input->problem, &input->resource[r], account->held, site, -1, &here) : 0.0;
                    needed += here;
                }
                if (which < 0) {
                    put_figure(table, needed);
                }
                put_figure(table, needed > 0.0 ? 1.0 - unmet / needed : NAN);
            }
        }
    }
    return VG_OK;
}

/* All resources by their weights, where they share limits: the plan beside the bound that no plan within them beats. Rules know of no limits. */
static void sum_row(const struct plan_run *run, int which, struct vg_table *table)
{
    double needed = 0.0, unmet = 0.0, cost = 0.0;
    int64_t moved = 0, movements = 0;
    for (uint32_t r = 0; r < run->input.resources.count; r++) {
        const struct vg_plan_account *account = account_of(&run->outcomes[r], which);
        if (account == NULL) {
            return;
        }
        needed += run->shared.weight[r] * account->needed;
        unmet += run->shared.weight[r] * account->unmet;
        cost += account->cost;
        moved += account->moved;
        movements += (int64_t)account->n_movements;
    }
    vg_table_text(table, "*");
    vg_table_text(table, which < 0 ? "plan" : rule_names[which]);
    put_figure(table, needed);
    put_figure(table, unmet);
    put_figure(table, which < 0 ? run->together.tail_unmet : NAN);
    for (int k = 0; k < 3; k++) {
        vg_table_missing(table);
    }
    vg_table_integer(table, moved);
    vg_table_integer(table, movements);
    put_figure(table, cost);
    vg_table_missing(table);
    put_figure(table, which < 0 ? run->together.bound : NAN);
}

static vg_status summary(struct plan_run *run, struct vg_table *table)
{
    static const char *const doubles[] = {"needed", "unmet", "tail_unmet", "worst_coverage"};
    vg_table_add_column(table, "resource", VG_COLUMN_TEXT);
    vg_table_add_column(table, "plan", VG_COLUMN_TEXT);
    for (size_t k = 0; k < sizeof doubles / sizeof *doubles; k++) {
        vg_table_add_column(table, doubles[k], VG_COLUMN_DOUBLE);
    }
    vg_table_add_column(table, "worst_place", VG_COLUMN_TEXT);
    vg_table_add_column(table, "gini", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "moved", VG_COLUMN_INTEGER);
    vg_table_add_column(table, "movements", VG_COLUMN_INTEGER);
    vg_table_add_column(table, "cost", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "best_possible_worst_coverage", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "least_possible_objective", VG_COLUMN_DOUBLE);
    for (uint32_t r = 0; r < run->input.resources.count; r++) {
        for (int which = -1; which < VG_PLAN_RULE_COUNT; which++) {
            const struct vg_plan_account *account = account_of(&run->outcomes[r], which);
            if (account == NULL) {
                continue;
            }
            vg_table_text(table, run->input.resource[r].name);
            vg_table_text(table, which < 0 ? "plan" : rule_names[which]);
            put_figure(table, account->needed);
            put_figure(table, account->unmet);
            put_figure(table, account->tail_unmet);
            put_figure(table, account->worst_coverage);
            if (account->worst_site == UINT32_MAX) {
                vg_table_missing(table);
            } else {
                vg_table_text_slice(table, run->input.places.keys[account->worst_site]);
            }
            put_figure(table, account->gini);
            vg_table_integer(table, account->moved);
            vg_table_integer(table, (int64_t)account->n_movements);
            put_figure(table, account->cost);
            put_figure(table, which < 0 ? run->outcomes[r].best.worst_coverage_bound : NAN);
            put_figure(table, which < 0 ? run->outcomes[r].best.objective_bound : NAN);
        }
    }
    for (int which = -1; run->shared.n_resources > 0 && which < VG_PLAN_RULE_COUNT; which++) {
        sum_row(run, which, table);
    }
    return VG_OK;
}

/* Of a bundle, why there is no more of each member. */
static vg_status plan_why_all(struct plan_run *run, uint32_t r, const struct vg_plan_bundle *bundle, struct plan_why *of)
{
    vg_status status = VG_OK;
    for (uint32_t m = 0; status == VG_OK && m < (bundle == NULL ? 1 : bundle->n_members); m++) {
        const uint32_t member = bundle == NULL ? r : bundle->members[m];
        struct vg_plan_resource needed;
        status = plan_as_needed(&run->input, member, run->arena, &needed, run->error);
        status = status == VG_OK ? plan_why_find(&run->input.problem, &needed, &run->outcomes[member].best, run->arena, &of[m], run->error) : status;
    }
    return status;
}

static vg_status unmet(struct plan_run *run, struct vg_table *table)
{
    const struct vg_plan_problem *problem = &run->input.problem;
    vg_table_add_column(table, "resource", VG_COLUMN_TEXT);
    vg_table_add_column(table, "place", VG_COLUMN_TEXT);
    day_column(table, run, "date");
    vg_table_add_column(table, "needed", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "unmet_before", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "unmet", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "at_hand", VG_COLUMN_INTEGER);
    vg_table_add_column(table, "why", VG_COLUMN_TEXT);
    vg_status status = VG_OK;
    for (uint32_t r = 0; status == VG_OK && r < run->input.resources.count; r++) {
        const struct plan_outcome *outcome = &run->outcomes[r];
        const struct vg_plan_bundle *bundle = plan_bundle_of(&run->input, r);
        struct plan_why *of = VG_ARENA_ARRAY(run->arena, struct plan_why, bundle == NULL ? 1 : bundle->n_members);
        status = of == NULL ? vg_fail_memory(run->error, sizeof *of) : plan_why_all(run, r, bundle, of);
        for (uint32_t cell = 0; status == VG_OK && cell < problem->n_sites * problem->n_periods; cell++) {
            const uint32_t site = cell / problem->n_periods, period = cell % problem->n_periods;
            double needed;
            const double after = plan_place_unmet(problem, &run->input.resource[r], outcome->best.account.held, site, period, &needed);
            vg_table_text(table, run->input.resource[r].name);
            vg_table_text_slice(table, run->input.places.keys[site]);
            day_cell(table, run, period);
            put_figure(table, needed);
            put_figure(table, plan_place_unmet(problem, &run->input.resource[r], outcome->rules[VG_PLAN_NOTHING_MOVES].account.held, site, period, &needed));
            put_figure(table, after);
            vg_table_integer(table, outcome->best.account.held[period * problem->n_sites + site]);
            const struct plan_why *why = &of[bundle == NULL ? 0 : plan_scarcest(run, bundle, period * problem->n_sites + site)];
            vg_table_text(table, after > 1e-9 ? plan_why_unmet(why, site, period, run->shared.n_limits > 0) : NULL);
        }
    }
    return status;
}

static void fairness_row(const struct plan_run *run, const char *resource, bool fairest, const struct vg_plan_account *account, double unmet, struct vg_table *table)
{
    vg_table_text(table, resource);
    vg_table_text(table, fairest ? "fairest" : "least_unmet");
    vg_table_boolean(table, run->input.problem.fairest == fairest);
    put_figure(table, unmet);
    put_figure(table, account == NULL ? NAN : account->worst_coverage);
    vg_table_text_slice(table, account == NULL || account->worst_site == UINT32_MAX ? (struct vg_text){0} : run->input.places.keys[account->worst_site]);
    put_figure(table, account == NULL ? NAN : account->gini);
    vg_table_integer(table, account == NULL ? 0 : account->moved);
    vg_table_integer(table, account == NULL ? 0 : (int64_t)account->n_movements);
    put_figure(table, account == NULL ? NAN : account->cost);
}

/* The other question of all resources: other[resources]. *unmet: by weights, within limits. */
static vg_status solve_other(struct plan_run *run, struct vg_plan_problem *problem, struct vg_plan_answer *other, double *unmet)
{
    struct vg_plan_shared shared = run->shared;
    struct vg_plan_shared_answer answer;
    vg_status status = VG_OK;
    *problem = run->input.problem;
    problem->fairest = !problem->fairest;
    shared.problem = problem;
    if (shared.n_resources > 0) {
        status = vg_plan_shared_solve(&shared, run->arena, NULL, &answer, run->error);
        *unmet = answer.unmet;
    }
    for (uint32_t r = 0; status == VG_OK && r < run->input.resources.count; r++) {
        struct vg_plan *plan = NULL;
        if (shared.n_resources > 0) {
            other[r] = answer.answers[r];
            continue;
        }
        status = vg_plan_create(problem, &run->input.resource[r], run->arena, &plan, run->error);
        status = status != VG_OK ? status : vg_plan_solve(plan, run->arena, NULL, &other[r], run->error);
    }
    return status;
}

/* The same question with the worst-served place first, and without: what fairness costs. Within limits all resources by their weights, too. */
static vg_status fairness(struct plan_run *run, struct vg_table *table)
{
    static const char *const columns[] = {"resource", "plan", "chosen", "unmet", "worst_coverage", "worst_place", "gini", "moved", "movements", "cost"};
    static const enum vg_column_kind kinds[] = {VG_COLUMN_TEXT, VG_COLUMN_TEXT, VG_COLUMN_BOOLEAN, VG_COLUMN_DOUBLE, VG_COLUMN_DOUBLE, VG_COLUMN_TEXT, VG_COLUMN_DOUBLE, VG_COLUMN_INTEGER, VG_COLUMN_INTEGER, VG_COLUMN_DOUBLE};
    struct vg_plan_problem problem;
    struct vg_plan_answer *other = VG_ARENA_ARRAY(run->arena, struct vg_plan_answer, run->input.resources.count);
    double unmet = NAN;
    for (size_t k = 0; k < sizeof columns / sizeof *columns; k++) {
        vg_table_add_column(table, columns[k], kinds[k]);
    }
    vg_status status = other == NULL ? vg_fail_memory(run->error, run->input.resources.count * sizeof *other) : solve_other(run, &problem, other, &unmet);
    for (uint32_t r = 0; status == VG_OK && r < run->input.resources.count; r++) {
        for (int fairest = 0; fairest < 2; fairest++) {
            const struct vg_plan_account *account = run->input.problem.fairest == (fairest == 1) ? &run->outcomes[r].best.account : &other[r].account;
            fairness_row(run, run->input.resource[r].name, fairest == 1, account, account->unmet, table);
        }
    }
    for (int fairest = 0; status == VG_OK && run->shared.n_resources > 0 && fairest < 2; fairest++) {
        struct vg_plan_account sum = {.worst_site = UINT32_MAX, .worst_coverage = NAN, .gini = NAN};
        const bool chosen = run->input.problem.fairest == (fairest == 1);
        for (uint32_t r = 0; r < run->input.resources.count; r++) {
            const struct vg_plan_account *account = chosen ? &run->outcomes[r].best.account : &other[r].account;
            sum.moved += account->moved;
            sum.n_movements += account->n_movements;
            sum.cost += account->cost;
        }
        fairness_row(run, "*", fairest == 1, &sum, chosen ? run->together.unmet : unmet, table);
    }
    return status;
}

/* What a few more units at each place would avoid, by the linear program: of all resources by weights within limits. */
static vg_status worth_by_levels(struct plan_run *run, int64_t units, struct vg_table *table)
{
    struct plan_asked asked = {0};
    vg_status status = VG_OK;
    if (run->input.problem.fairest) {
        vg_table_add_column(table, "coverage_gained", VG_COLUMN_DOUBLE);
    }
    for (uint32_t r = 0; status == VG_OK && r < run->input.resources.count; r++) {
        if (r == 0 || run->shared.n_resources == 0) {
            vg_plan_levels_close(asked.levels);
            status = plan_ask_open(run, r, run->arena, &asked);
        }
        if (status == VG_OK && asked.levels == NULL) {
            status = vg_fail(run->error, VG_USAGE_ERROR, "the plan is too large to be asked of every place what more there is worth; ask --what-if PLACE,RESOURCE,AMOUNT --show summary");
        }
        for (uint32_t site = 0; status == VG_OK && site < run->input.problem.n_sites && plan_bundle_of(&run->input, r) == NULL; site++) {
            double avoided = NAN, gained = NAN;
            status = plan_ask_with(&asked, r, site, units, &avoided, &gained, run->error);
            vg_table_text(table, run->input.resource[r].name);
            vg_table_text_slice(table, run->input.places.keys[site]);
            vg_table_integer(table, units);
            put_figure(table, avoided);
            if (run->input.problem.fairest) {
                put_figure(table, gained);
            }
        }
    }
    vg_plan_levels_close(asked.levels);
    return status;
}

/* What a few more units at each place would avoid, each by solving again. */
static vg_status worth(struct plan_run *run, struct vg_table *table)
{
    const struct vg_plan_problem *problem = &run->input.problem;
    const int64_t units = isnan(run->request->worth_of) ? 1 : (int64_t)run->request->worth_of;
    vg_table_add_column(table, "resource", VG_COLUMN_TEXT);
    vg_table_add_column(table, "place", VG_COLUMN_TEXT);
    vg_table_add_column(table, "units", VG_COLUMN_INTEGER);
    vg_table_add_column(table, "avoided", VG_COLUMN_DOUBLE);
    if (plan_is_asked_by_levels(run)) {
        return worth_by_levels(run, units, table);
    }
    vg_status status = VG_OK;
    for (uint32_t r = 0; r < run->input.resources.count; r++) {
        for (uint32_t site = 0; status == VG_OK && site < problem->n_sites; site++) {
            struct vg_plan_answer more;
            struct vg_arena scratch;
            bool warm;
            vg_arena_init(&scratch, 0);
            status = plan_solve_changed(run, &(struct plan_change){site, r, 0, units}, &scratch, &more, &warm);
            if (status == VG_OK) {
                vg_table_text(table, run->input.resource[r].name);
                vg_table_text_slice(table, run->input.places.keys[site]);
                vg_table_integer(table, units);
                put_figure(table, fmax(0.0, run->outcomes[r].best.account.unmet - more.account.unmet));
            }
            vg_arena_release(&scratch);
        }
    }
    return status;
}

static const struct {
    const char *name;
    vg_status (*fill)(struct plan_run *run, struct vg_table *table);
} shows[] = {{"movements", movements}, {"coverage", coverage}, {"groups", groups}, {"summary", summary}, {"unmet", unmet}, {"fairness", fairness}, {"worth", worth}, {"limits", plan_limits_table}, {"nodes", plan_nodes_table}};

vg_status plan_table(struct plan_run *run, const char *show, struct vg_table *table)
{
    for (size_t k = 0; k < sizeof shows / sizeof *shows; k++) {
        if (strcmp(show, shows[k].name) == 0) {
            return shows[k].fill(run, table);
        }
    }
    return vg_fail(run->error, VG_USAGE_ERROR, "--show is movements, coverage, groups, summary, unmet, fairness, worth, limits or, of bundles, nodes, not \"%.40s\"", show);
}

vg_status plan_tables(struct plan_run *run, struct vg_answer *answer)
{
    return plan_table(run, run->request->show == NULL ? "movements" : run->request->show, &answer->table);
}
