/*
 * What resources share: a common budget and trucks, as limits of the planner; plans within them; and, where these and what must be cannot be together, the set that says why.
 */
#include "jobs/plan/internal.h"

#include <math.h>
#include <string.h>

static vg_status check_figures(const struct plan_run *run)
{
    const struct plan_input *input = &run->input;
    const char *file = run->request->resources_path == NULL ? "--resources FILE" : run->request->resources_path;
    size_t n_needed = 0;
    for (uint32_t r = 0; r < input->resources.count; r++) {
        n_needed += plan_needed_of(input, r) == r;
        if (plan_bundle_of(input, r) != NULL) {
            input->size[r] = 0.0; /* its members move */
        }
    }
    for (uint32_t r = 0; r < input->resources.count; r++) {
        if (n_needed > 1 && plan_needed_of(input, r) == r && !(input->weight[r] > 0.0)) {
            return vg_fail(run->error, VG_DATA_ERROR, "%s: say of \"%s\" what an unmet unit weighs against one of the others (column weight, above 0): a budget or trucks are shared between them", file, input->resource[r].name);
        }
        if (input->n_trucks > 0 && isnan(input->size[r])) {
            return vg_fail(run->error, VG_DATA_ERROR, "%s: say of \"%s\" how much of a truck a unit takes (column size, in what the capacity of %s is in)", file, input->resource[r].name, run->request->trucks_path);
        }
    }
    return VG_OK;
}

static void add_limit(struct plan_run *run, const uint32_t *ways, size_t n_ways, uint32_t period, const double *size, double most, struct plan_limit_of of)
{
    struct vg_plan_limit *limits = (struct vg_plan_limit *)(uintptr_t)run->shared.limits; /* ours */
    limits[run->shared.n_limits] = (struct vg_plan_limit){ways, n_ways, period, size, most};
    run->limit_of[run->shared.n_limits++] = of;
}

static vg_status add_truck(struct plan_run *run, const struct plan_truck *truck)
{
    const struct vg_plan_problem *problem = &run->input.problem;
    uint32_t *ways = VG_ARENA_ARRAY(run->arena, uint32_t, problem->n_ways);
    size_t n = 0;
    if (ways == NULL) {
        return vg_fail_memory(run->error, problem->n_ways * sizeof *ways);
    }
    for (uint32_t way = 0; way < problem->n_ways; way++) {
        if (problem->ways[way].from == truck->from && (truck->to == VG_DICTIONARY_NONE || problem->ways[way].to == truck->to)) {
            ways[n++] = way;
        }
    }
    const uint32_t first = truck->period < 0 ? 0 : (uint32_t)truck->period, end = truck->period < 0 ? problem->n_periods : first + 1;
    for (uint32_t period = first; period < end; period++) {
        add_limit(run, ways, n, period, run->input.size, truck->capacity, (struct plan_limit_of){truck->from, truck->to});
    }
    return VG_OK;
}

vg_status plan_make_limits(struct plan_run *run)
{
    const struct plan_input *input = &run->input;
    const struct vg_plan_problem *problem = &input->problem;
    const double budget = run->request->budget, each = run->request->period_budget;
    const size_t most = (input->n_trucks + 1) * problem->n_periods + 1;
    vg_status status = VG_OK;
    const bool limited = !isnan(budget) || !isnan(each) || input->n_trucks > 0;
    if (!limited && input->n_bundles == 0) {
        return VG_OK;
    }
    status = limited ? check_figures(run) : VG_OK;
    double *weight = VG_ARENA_ARRAY(run->arena, double, input->resources.count);
    struct vg_plan_limit *limits = VG_ARENA_ARRAY(run->arena, struct vg_plan_limit, most);
    run->limit_of = VG_ARENA_ARRAY(run->arena, struct plan_limit_of, most);
    if (status != VG_OK || run->arena->failed) {
        return status != VG_OK ? status : vg_fail_memory(run->error, most * sizeof *limits);
    }
    for (uint32_t r = 0; r < input->resources.count; r++) {
        weight[r] = input->weight[r] > 0.0 ? input->weight[r] : 1.0;
    }
    run->shared = (struct vg_plan_shared){.problem = problem, .resources = input->resource, .n_resources = (uint32_t)input->resources.count, .weight = weight, .limits = limits, .bundles = input->bundles, .n_bundles = input->n_bundles};
    const struct plan_limit_of money = {VG_DICTIONARY_NONE, VG_DICTIONARY_NONE};
    if (!isnan(budget)) {
        add_limit(run, NULL, 0, VG_PLAN_ALL_PERIODS, NULL, budget, money);
    }
    for (uint32_t period = 0; !isnan(each) && period < problem->n_periods; period++) {
        add_limit(run, NULL, 0, period, NULL, each, money);
    }
    for (size_t k = 0; status == VG_OK && k < input->n_trucks; k++) {
        status = add_truck(run, &input->trucks[k]);
    }
    return status;
}

/* -------------------------------------------------------------- what cannot be */

static void print_day(const struct plan_input *input, uint32_t period, char day[VG_DATE_TEXT_BYTES])
{
    const int32_t date = input->dates[period];
    if (input->numbered) {
        (void)snprintf(day, VG_DATE_TEXT_BYTES, "day %d", (int)date);
    } else {
        (void)vg_date_print(date, day);
    }
}

static const char *limit_text(const struct plan_run *run, uint32_t k)
{
    const struct vg_plan_limit *limit = &run->shared.limits[k];
    const struct plan_limit_of *of = &run->limit_of[k];
    const struct plan_input *input = &run->input;
    char day[VG_DATE_TEXT_BYTES] = "";
    if (limit->period != VG_PLAN_ALL_PERIODS) {
        print_day(input, limit->period, day);
    }
    const char *when = limit->period == VG_PLAN_ALL_PERIODS ? "" : vg_arena_format(run->arena, " on %s", day);
    if (of->from == VG_DICTIONARY_NONE) {
        return vg_arena_format(run->arena, "a budget of %.10g%s", limit->most, when);
    }
    const struct vg_text from = input->places.keys[of->from], to = of->to == VG_DICTIONARY_NONE ? vg_text_of("", 0) : input->places.keys[of->to];
    return vg_arena_format(run->arena, "trucks of %.10g from %.*s%s%.*s%s", limit->most, (int)from.size, from.data, to.size > 0 ? " to " : "", (int)to.size, to.data, when);
}

static vg_status name_conflict(struct plan_run *run, const size_t *musts, size_t n_musts, const uint32_t *limits, size_t n_limits)
{
    enum { NAMED = 8 };
    const struct plan_input *input = &run->input;
    const size_t sites = input->problem.n_sites, cells = sites * input->problem.n_periods;
    const char *text = "";
    for (size_t k = 0; k < n_musts + n_limits && k < NAMED && text != NULL; k++) {
        const char *part;
        if (k < n_musts) {
            const size_t r = musts[k] / cells, cell = musts[k] % cells;
            char day[VG_DATE_TEXT_BYTES];
            print_day(input, (uint32_t)(cell / sites), day);
            const struct vg_text place = input->places.keys[cell % sites];
            part = vg_arena_format(run->arena, "%lld %s in %.*s on %s", (long long)input->amounts[r].must[cell], input->resource[r].name, (int)place.size, place.data, day);
        } else {
            part = limit_text(run, limits[k - n_musts]);
        }
        text = part == NULL ? NULL : vg_arena_format(run->arena, "%s%s%s", text, k == 0 ? "" : "; ", part);
    }
    const char *more = n_musts + n_limits > NAMED ? vg_arena_format(run->arena, "; and %zu more", n_musts + n_limits - NAMED) : "";
    return text == NULL || more == NULL ? vg_fail_memory(run->error, 256)
                                        : vg_fail(run->error, VG_DATA_ERROR, "%s: what must be and what may be spent or carried cannot be together: %.700s%s (without any one of these the others can be)", run->request->must_path, text, more);
}

vg_status plan_together(struct plan_run *run, const struct vg_progress *progress)
{
    const size_t cells = (size_t)run->input.problem.n_sites * run->input.problem.n_periods;
    size_t n_musts = 0, n_limits = 0;
    vg_status status = VG_OK;
    if (run->request->must_path != NULL) {
        size_t *musts = VG_ARENA_ARRAY(run->arena, size_t, cells * run->shared.n_resources);
        uint32_t *limits = VG_ARENA_ARRAY(run->arena, uint32_t, run->shared.n_limits + 1);
        status = run->arena->failed ? vg_fail_memory(run->error, cells * sizeof *musts) : vg_plan_shared_conflict(&run->shared, musts, &n_musts, limits, &n_limits, run->error);
        status = status == VG_OK && n_musts + n_limits > 0 ? name_conflict(run, musts, n_musts, limits, n_limits) : status;
    }
    status = status == VG_OK ? vg_plan_shared_solve(&run->shared, run->arena, progress, &run->together, run->error) : status;
    for (uint32_t r = 0; status == VG_OK && r < run->shared.n_resources; r++) {
        run->outcomes[r].best = run->together.answers[r];
    }
    return status;
}

static bool is_of_way(const struct vg_plan_limit *limit, uint32_t way)
{
    bool of = limit->ways == NULL;
    for (size_t w = 0; !of && w < limit->n_ways; w++) {
        of = limit->ways[w] == way;
    }
    return of;
}

enum plan_binds plan_limit_that_binds(const struct plan_run *run, uint32_t r, uint32_t way, uint32_t period)
{
    enum plan_binds binds = PLAN_BINDS_OTHER;
    double most = 0.0;
    for (size_t k = 0; k < run->shared.n_limits; k++) {
        const struct vg_plan_limit *limit = &run->shared.limits[k];
        const struct plan_limit_of *of = &run->limit_of[k];
        const double size = limit->size != NULL ? limit->size[r] : run->input.problem.ways[way].cost, toll = run->together.price[k] * size;
        const bool full = run->together.price[k] > 1e-9 && size > 0.0 && run->together.used[k] + size > limit->most * (1.0 + 1e-9);
        if (full && toll > most && (limit->period == VG_PLAN_ALL_PERIODS || limit->period == period) && is_of_way(limit, way)) {
            most = toll;
            binds = of->from != VG_DICTIONARY_NONE ? (of->to == VG_DICTIONARY_NONE ? PLAN_BINDS_FLEET : PLAN_BINDS_TRUCKS) : limit->period == VG_PLAN_ALL_PERIODS ? PLAN_BINDS_BUDGET : PLAN_BINDS_PERIOD_BUDGET;
        }
    }
    return binds;
}

/* ----------------------------------------------------------------------- table */

vg_status plan_limits_table(struct plan_run *run, struct vg_table *table)
{
    const struct plan_input *input = &run->input;
    if (run->shared.n_limits == 0) {
        return vg_fail(run->error, VG_USAGE_ERROR, "--show limits is of plans with --budget, --period-budget or --trucks");
    }
    vg_table_add_column(table, "limit", VG_COLUMN_TEXT);
    vg_table_add_column(table, "from", VG_COLUMN_TEXT);
    vg_table_add_column(table, "to", VG_COLUMN_TEXT);
    vg_table_add_column(table, "date", input->numbered ? VG_COLUMN_INTEGER : VG_COLUMN_DATE);
    vg_table_add_column(table, "most", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "used", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "worth", VG_COLUMN_DOUBLE);
    for (uint32_t k = 0; k < run->shared.n_limits; k++) {
        const struct vg_plan_limit *limit = &run->shared.limits[k];
        const uint32_t ends[2] = {run->limit_of[k].from, run->limit_of[k].to};
        vg_table_text(table, limit->size == NULL ? "budget" : "trucks");
        for (int end = 0; end < 2; end++) {
            if (ends[end] == VG_DICTIONARY_NONE) {
                vg_table_missing(table);
            } else {
                vg_table_text_slice(table, input->places.keys[ends[end]]);
            }
        }
        if (limit->period == VG_PLAN_ALL_PERIODS) {
            vg_table_missing(table);
        } else if (input->numbered) {
            vg_table_integer(table, input->dates[limit->period]);
        } else {
            vg_table_date(table, input->dates[limit->period]);
        }
        vg_table_double(table, limit->most);
        vg_table_double(table, run->together.used[k]);
        vg_table_double(table, run->together.price[k]);
    }
    return VG_OK;
}
