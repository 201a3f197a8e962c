/*
 * Solving a plan: one flow where only expected unmet need counts; where the tail of the paths or the worst-served place counts, linear programs (linear.c) and then flows that make whole units of what
 * these hold.
 */
#include "allocate/plan/internal.h"

#include <math.h>
#include <string.h>

vg_status plan_run(struct vg_plan *plan, const struct vg_progress *progress, struct vg_error *error)
{
    vg_status status = vg_flow_solve(plan->flow, progress, error);
    if (status == VG_OK) {
        vg_flow_read(plan->flow, plan->amount, NULL);
        plan->solutions++;
    }
    return status;
}

/* Held or used in each cell. */
static void read_held(const struct vg_plan *plan, int64_t *held)
{
    for (uint32_t cell = 0; cell < plan->n_cells; cell++) {
        const uint32_t last = plan->cell_arc[cell + 1] - 1;
        held[cell] = plan->cell_least[cell];
        for (uint32_t arc = plan->cell_arc[cell]; arc < last + (plan->resource->reusable ? 1 : 0); arc++) {
            held[cell] += plan->amount[arc];
        }
    }
}

vg_status plan_read(const struct vg_plan *plan, struct vg_arena *arena, struct vg_plan_answer *answer, struct vg_error *error)
{
    const struct vg_plan_problem *problem = plan->problem;
    size_t n = 0;
    for (uint32_t arc = plan->first_way_arc; arc < plan->n_arcs; arc++) {
        n += plan->amount[arc] > 0;
    }
    answer->movements = VG_ARENA_ARRAY(arena, struct vg_plan_movement, n + 1);
    vg_status status = plan_account_arrays(problem, arena, &answer->account, error);
    if (status != VG_OK || answer->movements == NULL) {
        return status != VG_OK ? status : vg_fail_memory(error, n * sizeof *answer->movements);
    }
    answer->n_movements = 0;
    for (uint32_t period = 0; period < problem->n_periods; period++) {
        for (size_t way = 0; way < problem->n_ways; way++) {
            const uint32_t arc = plan->way_arc[period * problem->n_ways + way];
            if (arc != UINT32_MAX && plan->amount[arc] > 0) {
                answer->movements[answer->n_movements++] = (struct vg_plan_movement){(uint32_t)way, period, plan->amount[arc]};
                answer->account.cost += problem->ways[way].cost * (double)plan->amount[arc];
                answer->account.moved += plan->amount[arc];
            }
        }
    }
    answer->account.n_movements = answer->n_movements;
    read_held(plan, answer->account.held);
    answer->pivots = vg_flow_pivots(plan->flow);
    answer->solutions = plan->solutions;
    return plan_measure(problem, plan->resource, &answer->account, error);
}

/* ------------------------------------------------- rules that are no flows */

bool plan_better(const struct vg_plan_problem *problem, const struct vg_plan_account *a, const struct vg_plan_account *b, double wanted)
{
    const double worst_a = fmin(a->worst_coverage, wanted), worst_b = fmin(b->worst_coverage, wanted);
    if (problem->fairest && fabs(worst_a - worst_b) > 1e-12) {
        return worst_a > worst_b;
    }
    const double unmet_a = (1.0 - problem->tail_weight) * a->unmet + problem->tail_weight * a->tail_unmet;
    return unmet_a < (1.0 - problem->tail_weight) * b->unmet + problem->tail_weight * b->tail_unmet;
}

/* Sites that whole units left below what is wanted come first with what is still free, more each round. */
static void favour_worst(struct vg_plan *plan, const struct vg_plan_account *account, double wanted)
{
    for (uint32_t site = 0; site < plan->problem->n_sites; site++) {
        if (account->coverage[site] < wanted - 1e-12) { /* NaN, where nothing is needed, is not */
            plan->site_weight[site] = 4.0 * plan->site_weight[site] + 1.0;
        }
    }
}

#define ROUNDS 6
#define LINEAR_ARCS 100000u /* of the worst-served place: seconds a resource */

/* A plan in whole units that holds the whole part of what the linear programs hold, and of what is left the best. */
static vg_status solve_whole(struct vg_plan *plan, const double *held, double slip, double wanted, struct vg_arena *arena, const struct vg_progress *progress,
                             struct vg_plan_answer *answer, struct vg_error *error)
{
    int64_t *least = VG_ARENA_ARRAY(arena, int64_t, plan->n_cells);
    struct vg_plan *whole;
    struct vg_plan_answer trial = {0};
    if (least == NULL) {
        return vg_fail_memory(error, plan->n_cells * sizeof *least);
    }
    for (uint32_t cell = 0; cell < plan->n_cells; cell++) {
        const int64_t part = (int64_t)floor(held[cell] + slip);
        least[cell] = part > plan->cell_least[cell] ? part : plan->cell_least[cell];
    }
    vg_status status = plan_create(plan->problem, plan->resource, least, arena, &whole, error);
    for (int round = 0; status == VG_OK && round < ROUNDS; round++) {
        status = plan_run(whole, progress, error);
        status = status == VG_OK ? plan_read(whole, arena, &trial, error) : status;
        if (status == VG_OK && (round == 0 || plan_better(plan->problem, &trial.account, &answer->account, wanted))) {
            const double worst_bound = answer->worst_coverage_bound, objective_bound = answer->objective_bound;
            *answer = trial;
            answer->worst_coverage_bound = worst_bound;
            answer->objective_bound = objective_bound;
        }
        if (status != VG_OK || !plan->problem->fairest || trial.account.worst_coverage >= wanted - 1e-12) {
            break;
        }
        favour_worst(whole, &trial.account, wanted);
        plan_set_costs(whole);
        status = vg_flow_set_costs(whole->flow, whole->cost, error);
    }
    return status;
}

/* One resource without limits. */
static vg_status solve_linear(struct vg_plan *plan, struct vg_arena *scratch, double *held, double *worst, double *objective, struct vg_error *error)
{
    static const double one = 1.0;
    const struct vg_plan_shared shared = {.problem = plan->problem, .resources = plan->resource, .n_resources = 1, .weight = &one};
    struct plan_slots slots;
    struct plan_parts parts;
    if (plan->n_arcs > PLAN_LINEAR_ARCS) {
        return vg_fail(error, VG_USAGE_ERROR, "the tail of the paths is planned for up to %u arcs; this plan has %u: plan for larger regions, or without the tail", PLAN_LINEAR_ARCS, plan->n_arcs);
    }
    vg_status status = plan_index_slots(&shared, scratch, &slots, error);
    status = status == VG_OK ? plan_parts_make(&shared, slots.n, scratch, &parts, error) : status;
    status = status == VG_OK ? plan_solve_parts(&shared, &plan, &slots, &parts, error) : status;
    if (status == VG_OK) {
        memcpy(held, parts.held, plan->n_cells * sizeof *held);
        *worst = parts.worst[0];
        *objective = parts.objective;
    }
    return status;
}

/* Linear programs, or prices, and then whole units. */
static vg_status solve_in_parts(struct vg_plan *plan, bool priced, struct vg_arena *arena, const struct vg_progress *progress, struct vg_plan_answer *answer, double *wanted, struct vg_error *error)
{
    double *held = VG_ARENA_ARRAY(arena, double, plan->n_cells), worst = NAN, objective = NAN;
    if (held == NULL) {
        return vg_fail_memory(error, plan->n_cells * sizeof *held);
    }
    struct vg_arena scratch;
    vg_arena_init(&scratch, 0);
    vg_status status = priced ? plan_fair(plan, &scratch, progress, held, &worst, wanted, &objective, error) : solve_linear(plan, &scratch, held, &worst, &objective, error);
    vg_arena_release(&scratch);
    if (status != VG_OK) {
        return status;
    }
    answer->worst_coverage_bound = worst;
    answer->objective_bound = objective;
    *wanted = priced ? *wanted : plan->problem->fairest && !isnan(worst) ? worst * (1.0 - plan->problem->fairness_slack) : 0.0;
    status = solve_whole(plan, held, 1e-6, *wanted, arena, progress, answer, error);
    return status == VG_DATA_ERROR ? solve_whole(plan, held, -1e-6, *wanted, arena, progress, answer, error) : status; /* a figure just below a whole one was not it */
}

/* The worst-served site first by flows alone, of which each is a plan in whole units. *best: no other can be better. */
static vg_status solve_fairest(struct vg_plan *plan, double most, struct vg_arena *arena, const struct vg_progress *progress, struct vg_plan_answer *answer, bool *best, struct vg_error *error)
{
    double worst = 1.0, wanted = 0.0, objective = NAN;
    vg_status status = plan->resource->reusable ? plan_raise(plan, most, arena, progress, answer, &worst, &wanted, &objective, best, error)
                                                : plan_quota(plan, arena, progress, answer, &worst, &wanted, &objective, error);
    if (status != VG_OK) {
        return status;
    }
    if (plan->resource->reusable && !*best && !isnan(answer->account.worst_coverage)) {
        status = plan_level(plan, fmin(worst, most) * (1.0 - plan->problem->fairness_slack), arena, progress, answer, error);
    }
    *best = plan->resource->reusable ? *best : true;
    answer->worst_coverage_bound = fmin(worst, most);
    answer->objective_bound = answer->account.worst_coverage >= wanted - 1e-12 ? objective : NAN; /* of plans that keep that coverage */
    return status;
}

/* Units of a cell that its site can do without, the least likely to serve first: *spare is the need that may go unmet, in expectation. */
static int64_t trim_cell(const struct vg_plan *plan, uint32_t cell, int64_t units, double *spare)
{
    const uint32_t paths = plan->problem->n_paths;
    const uint8_t *order = plan->cell_order + (size_t)cell * paths;
    const int64_t *demand = plan->resource->demand + cell, most = demand[(size_t)order[paths - 1] * plan->n_cells], least = plan->cell_least[cell];
    double chance = 0.0;
    units = units < most ? units : most;
    for (uint32_t rank = paths; rank-- > 0;) {
        const int64_t below = rank > 0 ? demand[(size_t)order[rank - 1] * plan->n_cells] : 0, end = below > least ? below : least;
        chance += plan->problem->path_probability[order[rank]];
        if (units > end) {
            const double room = fmax(0.0, floor(*spare / chance + 1e-9)), drop = fmin(room, (double)(units - end));
            units -= (int64_t)drop;
            *spare -= drop * chance;
            if (units > end) {
                break;
            }
        }
    }
    return units > least ? units : least;
}

void plan_trim(const struct vg_plan *plan, const int64_t *held, double keep, int64_t *least)
{
    const struct vg_plan_problem *problem = plan->problem;
    for (uint32_t site = 0; site < problem->n_sites; site++) {
        double spare = -keep * plan->needed[site];
        for (uint32_t cell = site; cell < plan->n_cells; cell += problem->n_sites) {
            for (uint32_t path = 0; path < problem->n_paths; path++) {
                const int64_t demand = plan->resource->demand[(size_t)path * plan->n_cells + cell];
                spare += problem->path_probability[path] * (double)(demand < held[cell] ? demand : held[cell]);
            }
        }
        spare = fmax(0.0, spare);
        for (uint32_t cell = site; cell < plan->n_cells; cell += problem->n_sites) {
            least[cell] = trim_cell(plan, cell, held[cell], &spare);
        }
    }
}

/* No site needs more than the worst has, or than is wanted: with that much of what they have at hand whatever it costs, the least unmet. */
static vg_status spare_others(struct vg_plan *plan, double wanted, struct vg_arena *arena, const struct vg_progress *progress, struct vg_plan_answer *answer, struct vg_error *error)
{
    const double keep = fmin(wanted, answer->account.worst_coverage);
    int64_t *least = VG_ARENA_ARRAY(arena, int64_t, plan->n_cells);
    struct vg_plan *whole;
    struct vg_plan_answer trial = {0};
    if (least == NULL) {
        return vg_fail_memory(error, plan->n_cells * sizeof *least);
    }
    plan_trim(plan, answer->account.held, keep, least);
    vg_status status = plan_create(plan->problem, plan->resource, least, arena, &whole, error);
    status = status == VG_OK ? plan_run(whole, progress, error) : status;
    status = status == VG_OK ? plan_read(whole, arena, &trial, error) : status;
    if (status == VG_OK && plan_better(plan->problem, &trial.account, &answer->account, keep)) {
        const double worst_bound = answer->worst_coverage_bound, objective_bound = answer->objective_bound;
        *answer = trial;
        answer->worst_coverage_bound = worst_bound;
        answer->objective_bound = objective_bound;
    }
    return status == VG_DATA_ERROR ? VG_OK : status; /* the plan at hand is one */
}

static vg_status solve_levels(struct vg_plan *plan, struct vg_arena *arena, const struct vg_progress *progress, struct vg_plan_answer *answer, struct vg_error *error)
{
    const struct vg_plan_problem *problem = plan->problem;
    const bool by_flows = problem->fairest && problem->tail_weight <= 0.0 && !problem->by_prices, large = plan->n_arcs > LINEAR_ARCS || problem->by_flows;
    struct vg_plan_answer flows = {0};
    bool best = false;
    double wanted = 0.0;
    if (by_flows && large) {
        vg_status status = solve_fairest(plan, 1.0, arena, progress, &flows, &best, error);
        if (status != VG_OK || best || plan->n_arcs > PLAN_LINEAR_ARCS || problem->by_flows) {
            *answer = flows;
            return status;
        }
    }
    vg_status status = solve_in_parts(plan, problem->by_prices || (by_flows && large), arena, progress, answer, &wanted, error);
    if (status == VG_SYSTEM_ERROR && by_flows) { /* CLP gave it up: what flows find is a plan, too, and their bounds hold */
        return solve_fairest(plan, 1.0, arena, progress, answer, &best, error);
    }
    if (status == VG_OK && by_flows && !large && answer->account.worst_coverage < wanted - 1e-12) {
        status = solve_fairest(plan, answer->worst_coverage_bound, arena, progress, &flows, &best, error);
    }
    if (status == VG_OK && flows.account.held != NULL && plan_better(problem, &flows.account, &answer->account, wanted)) {
        const double worst_bound = fmin(answer->worst_coverage_bound, flows.worst_coverage_bound), objective_bound = answer->objective_bound;
        *answer = flows;
        answer->worst_coverage_bound = worst_bound;
        answer->objective_bound = objective_bound;
    }
    return status == VG_OK && by_flows && !large && !isnan(answer->account.worst_coverage) ? spare_others(plan, wanted, arena, progress, answer, error) : status;
}

vg_status vg_plan_solve(struct vg_plan *plan, struct vg_arena *arena, const struct vg_progress *progress, struct vg_plan_answer *answer, struct vg_error *error)
{
    *answer = (struct vg_plan_answer){.worst_coverage_bound = NAN, .objective_bound = NAN};
    if (plan->problem->fairest || plan->problem->tail_weight > 0.0) {
        return solve_levels(plan, arena, progress, answer, error);
    }
    vg_status status = plan_run(plan, progress, error);
    status = status == VG_OK ? vg_flow_expect_changes(plan->flow, error) : status; /* what-ifs, movements left out */
    status = status == VG_OK ? plan_read(plan, arena, answer, error) : status;
    answer->objective_bound = answer->account.unmet; /* a flow in whole units is as good as one in parts */
    return status;
}

/* ----------------------------------------------------------------- what if */

static vg_status only_by_need(const struct vg_plan *plan, struct vg_error *error)
{
    return !plan->problem->fairest && plan->problem->tail_weight <= 0.0 ? VG_OK
                                                                       : vg_fail(error, VG_USAGE_ERROR, "a plan with other rules than expected need is made anew, not changed");
}

vg_status vg_plan_add_stock(struct vg_plan *plan, uint32_t site, uint32_t period, int64_t amount, struct vg_error *error)
{
    if (site >= plan->problem->n_sites || period >= plan->problem->n_periods) {
        return vg_fail(error, VG_USAGE_ERROR, "site %u or period %u is not there", site + 1, period + 1);
    }
    const vg_status status = only_by_need(plan, error);
    return status != VG_OK ? status : vg_flow_move_supply(plan->flow, plan->end, period * plan->problem->n_sites + site, amount, error);
}

vg_status vg_plan_close_way(struct vg_plan *plan, uint32_t way, uint32_t period, bool shut, struct vg_error *error)
{
    const struct vg_plan_problem *problem = plan->problem;
    if (way >= problem->n_ways || period >= problem->n_periods) {
        return vg_fail(error, VG_USAGE_ERROR, "way %u or period %u is not there", way + 1, period + 1);
    }
    const uint32_t arc = plan->way_arc[period * problem->n_ways + way];
    const vg_status status = only_by_need(plan, error);
    return status != VG_OK || arc == UINT32_MAX ? status : vg_flow_set_capacity(plan->flow, arc, shut ? 0 : plan_way_room(problem, period, way), error);
}

double vg_plan_worth(const struct vg_plan *plan, uint32_t site, uint32_t period)
{
    const uint32_t cell = period * plan->problem->n_sites + site;
    return (double)(vg_flow_potential(plan->flow, cell) - vg_flow_potential(plan->flow, plan->end)) / plan->worth_scale / PLAN_EFFORT_ROOM;
}

vg_status vg_plan_network(struct vg_plan *plan, struct vg_arena *arena, struct vg_flow_network *network, struct vg_error *error)
{
    struct plan_arcs arcs;
    vg_status status = plan_make_arcs(plan, arena, &arcs, error);
    *network = (struct vg_flow_network){plan->n_cells + 1, plan->n_arcs, arcs.source, arcs.target, arcs.capacity, plan->cost, arcs.supply};
    return status;
}
