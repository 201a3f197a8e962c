/*
 * The worst-served site first, where the linear programs of linear.c would be too large: both of their levels by prices (price.c), so that each question is a flow. First the coverages of sites get shares of 1: the most
 * that a flow can make of their weighted sum is a bound on the worst of them, and the shares that make it least are looked for. Then that coverage, as far as an average of flows has it, becomes a row of each site with a price
 * on what is missing, and the least unmet need is bounded and approached in the same way.
 */
#include "allocate/plan/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS_LEAST 30u
#define ROUNDS_MOST 120u      /* of small plans */
#define ARCS_ROUNDS 30000000u /* so many arcs times rounds otherwise */
#define PATIENCE 15u          /* bounds are what is wanted of shares, and averages come to them slowly */
#define NEARLY 0.97           /* of the way from what an average has to the bound */
#define COVERAGE_TOLERANCE 1e-3
#define NEED_TOLERANCE 1e-3   /* of the need */
#define COST_MOST 68719476736.0 /* 2^36: whole-number cost of the step that is worth most */

struct fair {
    struct vg_plan *plan;
    double *base, *met;         /* [sites] expected need that is met whatever the flow says; that the newest flow meets */
    double *step_chance;        /* [first_way_arc] */
    double *held;               /* [cells] average of what flows hold or use */
    double *weight;             /* [sites] of a met unit */
    double wanted;              /* coverage that is asked of each site; the second level alone */
    double open, target;        /* unmet need before steps; what some plan reaches */
    const struct vg_progress *progress;
};

static vg_status solve_weighted(struct fair *fair, double *gained, struct vg_error *error)
{
    struct vg_plan *plan = fair->plan;
    const uint32_t n = plan->problem->n_sites;
    double most = 0.0;
    for (uint32_t site = 0; site < n; site++) {
        most = fmax(most, fair->weight[site]);
    }
    const double scale = COST_MOST / fmax(most, 1e-300);
    for (uint32_t cell = 0; cell < plan->n_cells; cell++) {
        for (uint32_t arc = plan->cell_arc[cell]; arc < plan->cell_arc[cell + 1]; arc++) {
            plan->cost[arc] = -(int64_t)llround(fair->step_chance[arc] * fair->weight[cell % n] * scale);
        }
    }
    for (size_t slot = 0; slot < plan->problem->n_periods * plan->problem->n_ways; slot++) {
        if (plan->way_arc[slot] != UINT32_MAX) {
            plan->cost[plan->way_arc[slot]] = plan_effort(plan, slot % plan->problem->n_ways);
        }
    }
    vg_status status = vg_flow_set_costs(plan->flow, plan->cost, error);
    status = status == VG_OK ? plan_run(plan, fair->progress, error) : status;
    if (status != VG_OK) {
        return status;
    }
    double carried = 0.0;
    memcpy(fair->met, fair->base, n * sizeof *fair->met);
    for (uint32_t cell = 0; cell < plan->n_cells; cell++) {
        for (uint32_t arc = plan->cell_arc[cell]; arc < plan->cell_arc[cell + 1]; arc++) {
            fair->met[cell % n] += fair->step_chance[arc] * (double)plan->amount[arc];
            carried += arc + 1 < plan->cell_arc[cell + 1] ? (double)plan->amount[arc] : 0.0;
        }
    }
    for (uint32_t arc = plan->first_way_arc; arc < plan->n_arcs; arc++) {
        carried += (double)plan->amount[arc];
    }
    *gained = (-vg_flow_cost(plan->flow) + (1.0 + PLAN_EFFORT_MOST) * carried) / scale; /* no flow makes more of the steps: costs are whole numbers, and movements cost a little */
    return VG_OK;
}

/* Shares of coverages: price[sites] with need. The least of -coverage. */
static vg_status ask_shares(void *context, const double *price, double *value, double *excess, struct vg_error *error)
{
    struct fair *fair = context;
    const uint32_t n = fair->plan->problem->n_sites;
    const double *needed = fair->plan->needed;
    double gained = 0.0, sure = 0.0;
    for (uint32_t site = 0; site < n; site++) {
        fair->weight[site] = needed[site] > 0.0 ? price[site] / needed[site] : 0.0;
        sure += fair->weight[site] * fair->base[site];
    }
    vg_status status = solve_weighted(fair, &gained, error);
    double worst = 1.0;
    *value = -gained - sure;
    for (uint32_t site = 0; status == VG_OK && site < n; site++) {
        excess[site] = needed[site] > 0.0 ? -fair->met[site] / needed[site] : -1.0;
        worst = fmin(worst, -excess[site]);
    }
    fair->target = fmin(fair->target, -worst);
    return status;
}

/* A price on what is missing of the coverage that is wanted; rows are divided by the root of the need, so that small sites are heard. */
static vg_status ask_missing(void *context, const double *price, double *value, double *excess, struct vg_error *error)
{
    struct fair *fair = context;
    const uint32_t n = fair->plan->problem->n_sites;
    const double *needed = fair->plan->needed;
    double gained = 0.0, unmet = fair->open;
    *value = fair->open;
    for (uint32_t site = 0; site < n; site++) {
        const double extra = needed[site] > 0.0 ? price[site] / sqrt(needed[site]) : 0.0;
        fair->weight[site] = 1.0 + extra;
        *value += extra * (fair->wanted * needed[site] - fair->base[site]);
    }
    vg_status status = solve_weighted(fair, &gained, error);
    bool keeps = true;
    *value -= gained;
    for (uint32_t site = 0; status == VG_OK && site < n; site++) {
        const double missing = fair->wanted * needed[site] - fair->met[site];
        excess[site] = needed[site] > 0.0 ? missing / sqrt(needed[site]) : -1.0;
        unmet -= fair->met[site] - fair->base[site];
        keeps = keeps && missing <= 1e-9 * needed[site];
    }
    fair->target = keeps ? fmin(fair->target, unmet) : fair->target;
    return status;
}

static void blend(void *context, double share)
{
    struct fair *fair = context;
    const struct vg_plan *plan = fair->plan;
    for (uint32_t cell = 0; cell < plan->n_cells; cell++) {
        const uint32_t last = plan->cell_arc[cell + 1] - 1;
        double held = (double)plan->cell_least[cell];
        for (uint32_t arc = plan->cell_arc[cell]; arc < last + (plan->resource->reusable ? 1 : 0); arc++) {
            held += (double)plan->amount[arc];
        }
        fair->held[cell] += share * (held - fair->held[cell]);
    }
}

/* What an average in parts of units meets of a site's need, and of all needs. */
static double worst_of(const struct fair *fair, double *unmet)
{
    const struct vg_plan *plan = fair->plan;
    const uint32_t n = plan->problem->n_sites;
    double worst = 1.0;
    *unmet = 0.0;
    memset(fair->met, 0, n * sizeof *fair->met);
    for (uint32_t path = 0; path < plan->problem->n_paths; path++) {
        const int64_t *demand = plan->resource->demand + (size_t)path * plan->n_cells;
        for (uint32_t cell = 0; cell < plan->n_cells; cell++) {
            const double met = fmin((double)demand[cell], fair->held[cell]) * plan->problem->path_probability[path];
            fair->met[cell % n] += met;
            *unmet += (double)demand[cell] * plan->problem->path_probability[path] - met;
        }
    }
    for (uint32_t site = 0; site < n; site++) {
        worst = plan->needed[site] > 0.0 ? fmin(worst, fair->met[site] / plan->needed[site]) : worst;
    }
    return worst;
}

static vg_status begin_fair(struct fair *fair, struct vg_arena *arena, struct vg_error *error)
{
    const struct vg_plan *plan = fair->plan;
    const uint32_t n = plan->problem->n_sites;
    fair->base = VG_ARENA_ARRAY(arena, double, n);
    fair->met = VG_ARENA_ARRAY(arena, double, n);
    fair->weight = VG_ARENA_ARRAY(arena, double, n);
    fair->step_chance = VG_ARENA_ARRAY(arena, double, plan->first_way_arc + 1);
    if (arena->failed) {
        return vg_fail_memory(error, plan->first_way_arc * sizeof *fair->step_chance);
    }
    for (uint32_t cell = 0; cell < plan->n_cells; cell++) {
        for (uint32_t arc = plan->cell_arc[cell]; arc < plan->cell_arc[cell + 1]; arc++) {
            fair->step_chance[arc] = plan_step_chance(plan, cell, arc);
        }
    }
    plan_base(plan, fair->base);
    return VG_OK;
}

/* -------------------------------------------------------------------- by raising */

#define RAISES_MOST 25u
#define LOWERINGS 4u
#define TRIES 7           /* of coverages that some plan may reach */
#define IDLE_MOST 5u      /* rounds after which there are no fewer below: they compete, and that coverage cannot be had so */
#define PIVOTS_MOST 2500000u /* some twenty seconds */
#define FIRST_EXTRA 0.25
#define EXTRA_MOST 65536.0

/*
 * No plan gives a site more than this: what it has and what its ways can bring by each period, everything that is anywhere at most.
 */
static double alone(const struct vg_plan *plan, const double *base, uint32_t site, const int64_t *brought)
{
    const struct vg_plan_problem *problem = plan->problem;
    const struct vg_plan_resource *resource = plan->resource;
    const uint32_t n = problem->n_sites;
    double met = 0.0;
    int64_t there = resource->stock[site], comes = 0;
    for (uint32_t period = 0; period < problem->n_periods; period++) {
        const uint32_t cell = period * n + site;
        there += resource->arrivals == NULL ? 0 : resource->arrivals[cell];
        comes += brought[cell];
        comes = comes < VG_FLOW_UNBOUNDED ? comes : VG_FLOW_UNBOUNDED;
        const int64_t most = there + comes > plan->cell_least[cell] ? there + comes : plan->cell_least[cell];
        for (uint32_t path = 0; path < problem->n_paths; path++) {
            const int64_t demand = resource->demand[(size_t)path * plan->n_cells + cell];
            met += problem->path_probability[path] * (double)(demand < most ? demand : most);
        }
    }
    return fmax(met, base[site]) / plan->needed[site];
}

static vg_status bound_alone(const struct fair *fair, double *bound, struct vg_error *error)
{
    const struct vg_plan *plan = fair->plan;
    const struct vg_plan_problem *problem = plan->problem;
    int64_t *brought = calloc(plan->n_cells, sizeof *brought);
    if (brought == NULL) {
        return vg_fail_memory(error, plan->n_cells * sizeof *brought);
    }
    for (size_t slot = 0; slot < problem->n_periods * problem->n_ways; slot++) {
        if (plan->way_arc[slot] != UINT32_MAX) {
            const struct vg_plan_way *way = &problem->ways[slot % problem->n_ways];
            const uint32_t period = (uint32_t)(slot / problem->n_ways);
            int64_t *at = &brought[(period + way->lead_periods) * problem->n_sites + way->to];
            *at += plan_way_room(problem, period, slot % problem->n_ways);
            *at = *at < VG_FLOW_UNBOUNDED ? *at : VG_FLOW_UNBOUNDED;
        }
    }
    *bound = 1.0;
    for (uint32_t site = 0; site < problem->n_sites; site++) {
        *bound = plan->needed[site] > 0.0 ? fmin(*bound, alone(plan, fair->base, site, brought)) : *bound;
    }
    free(brought);
    return VG_OK;
}

/* What raising knows of the best plan so far. */
struct raised {
    double *price, *low, *high;   /* [sites] asked now; too little, and enough, as far as known */
    double *excess;
    int64_t *amount;              /* [arcs] of the best */
    double worst, unmet;          /* of it, the coverage counted as far as the aim */
    double aim, bound;            /* the most coverage there may be, less the slack; the least unmet of plans that have what is wanted */
    uint64_t pivots_most;
};

/* Asks, and keeps what is better. How many sites are below. */
static vg_status ask_raised(struct fair *fair, struct raised *raised, uint32_t *below, struct vg_error *error)
{
    const struct vg_plan *plan = fair->plan;
    double value, worst = 1.0, unmet = fair->open;
    vg_status status = ask_missing(fair, raised->price, &value, raised->excess, error);
    *below = 0;
    for (uint32_t site = 0; status == VG_OK && site < plan->problem->n_sites; site++) {
        unmet -= fair->met[site] - fair->base[site];
        if (plan->needed[site] > 0.0) {
            worst = fmin(worst, fair->met[site] / plan->needed[site]);
            *below += raised->excess[site] > 1e-12 * sqrt(plan->needed[site]);
        }
    }
    if (status != VG_OK) {
        return status;
    }
    worst = *below == 0 && fair->wanted >= raised->aim ? raised->aim : fmin(worst, raised->aim);
    raised->bound = fmax(raised->bound, value);
    if (worst > raised->worst || (worst == raised->worst && unmet < raised->unmet)) {
        raised->worst = worst;
        raised->unmet = unmet;
        memcpy(raised->amount, plan->amount, plan->n_arcs * sizeof *raised->amount);
    }
    return vg_progress_report(fair->progress, "planning", 0.0) ? VG_OK : vg_fail(error, VG_CANCELLED, "cancelled");
}

/* Sites that are left below what is wanted are heard twice as much, until none is; then those that are heard more than it takes less. */
static vg_status raise_to(struct fair *fair, struct raised *raised, bool *reached, struct vg_error *error)
{
    const struct vg_plan *plan = fair->plan;
    const uint32_t n = plan->problem->n_sites;
    vg_status status = VG_OK;
    uint32_t below = 1, fewest = UINT32_MAX, idle = 0;
    double most = 0.0;
    memset(raised->price, 0, n * sizeof *raised->price);
    memset(raised->low, 0, n * sizeof *raised->low);
    for (uint32_t round = 0; status == VG_OK && below > 0 && round < RAISES_MOST && most < EXTRA_MOST && idle < IDLE_MOST && vg_flow_pivots(plan->flow) < raised->pivots_most; round++) {
        status = ask_raised(fair, raised, &below, error);
        idle = below < fewest ? 0 : idle + 1;
        fewest = below < fewest ? below : fewest;
        for (uint32_t site = 0; status == VG_OK && below > 0 && site < n; site++) {
            if (plan->needed[site] > 0.0 && raised->excess[site] > 1e-12 * sqrt(plan->needed[site])) {
                raised->low[site] = raised->price[site];
                raised->price[site] = 2.0 * raised->price[site] + FIRST_EXTRA * sqrt(plan->needed[site]);
                most = fmax(most, raised->price[site] / sqrt(plan->needed[site]));
            }
        }
    }
    *reached = below == 0;
    memcpy(raised->high, raised->price, n * sizeof *raised->price);
    for (uint32_t round = 0; status == VG_OK && *reached && round < LOWERINGS && vg_flow_pivots(plan->flow) < raised->pivots_most; round++) {
        for (uint32_t site = 0; site < n; site++) {
            raised->price[site] = 0.5 * (raised->low[site] + raised->high[site]);
        }
        status = ask_raised(fair, raised, &below, error);
        for (uint32_t site = 0; status == VG_OK && site < n; site++) {
            const bool lacks = plan->needed[site] > 0.0 && raised->excess[site] > 1e-12 * sqrt(plan->needed[site]);
            *(lacks ? &raised->low[site] : &raised->high[site]) = raised->price[site];
        }
    }
    if (status == VG_OK && *reached) {
        memcpy(raised->price, raised->high, n * sizeof *raised->price);
        status = ask_raised(fair, raised, &below, error);
    }
    return status;
}

vg_status plan_raise(struct vg_plan *plan, double most, struct vg_arena *arena, const struct vg_progress *progress, struct vg_plan_answer *answer, double *worst_coverage, double *wanted, double *objective, bool *reached, struct vg_error *error)
{
    const uint32_t n = plan->problem->n_sites;
    struct vg_arena own;
    vg_arena_init(&own, 0);
    struct fair fair = {.plan = plan, .progress = progress, .target = INFINITY};
    struct raised raised = {VG_ARENA_ARRAY(&own, double, n), VG_ARENA_ARRAY(&own, double, n), VG_ARENA_ARRAY(&own, double, n), VG_ARENA_ARRAY(&own, double, n), VG_ARENA_ARRAY(&own, int64_t, plan->n_arcs), -1.0, INFINITY, 1.0, 0.0, 0};
    vg_status status = own.failed ? vg_fail_memory(error, plan->n_arcs * sizeof *raised.amount) : begin_fair(&fair, &own, error);
    status = status == VG_OK ? bound_alone(&fair, worst_coverage, error) : status;
    if (status == VG_OK) {
        *worst_coverage = fmin(*worst_coverage, most);
        fair.open = plan_open_need(plan);
        fair.wanted = *worst_coverage * (1.0 - plan->problem->fairness_slack);
    }
    raised.aim = fair.wanted;
    raised.pivots_most = vg_flow_pivots(plan->flow) + PIVOTS_MOST;
    double high = fair.wanted;
    *reached = false;
    for (int attempt = 0; status == VG_OK && attempt < TRIES && (attempt == 0 || (!*reached && high - raised.worst > COVERAGE_TOLERANCE && vg_flow_pivots(plan->flow) < raised.pivots_most)); attempt++) {
        bool kept = false;
        fair.wanted = attempt == 0 ? high : 0.5 * (high + raised.worst);
        raised.bound = 0.0;
        status = raise_to(&fair, &raised, &kept, error);
        high = kept ? high : fair.wanted;
        *reached = kept && attempt == 0;
    }
    if (status == VG_OK && !*reached) { /* what was reached, with less unmet */
        bool kept = false;
        fair.wanted = fmax(0.0, raised.worst);
        raised.bound = 0.0;
        raised.pivots_most += PIVOTS_MOST / 4;
        status = raise_to(&fair, &raised, &kept, error);
    }
    *wanted = fair.wanted;
    *objective = raised.bound;
    if (status == VG_OK) {
        memcpy(plan->amount, raised.amount, plan->n_arcs * sizeof *plan->amount);
        status = plan_read(plan, arena, answer, error);
    }
    vg_arena_release(&own);
    return status;
}

/* --------------------------------------------------------------------- by prices */

vg_status plan_fair(struct vg_plan *plan, struct vg_arena *arena, const struct vg_progress *progress, double *held, double *worst_coverage, double *wanted, double *objective, struct vg_error *error)
{
    const uint32_t n = plan->problem->n_sites;
    struct fair fair = {.plan = plan, .held = held, .progress = progress};
    double *price = VG_ARENA_ARRAY(arena, double, n), all = 0.0, bound = 0.0, unmet = 0.0;
    uint32_t rounds = 0;
    vg_status status = price == NULL ? vg_fail_memory(error, n * sizeof *price) : begin_fair(&fair, arena, error);
    for (uint32_t site = 0; status == VG_OK && site < n; site++) {
        all += plan->needed[site];
    }
    for (uint32_t site = 0; status == VG_OK && site < n; site++) { /* to begin with, a met unit counts the same everywhere */
        price[site] = all > 0.0 ? plan->needed[site] / all : 0.0;
    }
    struct plan_priced priced = {.n = n, .shares = true, .ask = ask_shares, .blend = blend, .context = &fair, .target = &fair.target, .tolerance = COVERAGE_TOLERANCE, .patience = PATIENCE, .rounds_most = plan->n_arcs < ARCS_ROUNDS / ROUNDS_MOST ? ROUNDS_MOST : plan->n_arcs > ARCS_ROUNDS / ROUNDS_LEAST ? ROUNDS_LEAST : ARCS_ROUNDS / plan->n_arcs};
    status = status == VG_OK ? plan_find_prices(&priced, arena, progress, price, &bound, &rounds, error) : status;
    if (status != VG_OK) {
        return status;
    }
    *worst_coverage = fmin(1.0, -bound);
    const double average = worst_of(&fair, &unmet);
    fair.open = plan_open_need(plan);
    memset(price, 0, n * sizeof *price);
    priced.shares = false;
    priced.ask = ask_missing;
    priced.patience = ROUNDS_MOST;
    priced.tolerance = NEED_TOLERANCE * all;
    priced.excess = COVERAGE_TOLERANCE * sqrt(all / n); /* a thousandth of a middling site's need */
    const double nearly = average + NEARLY * (*worst_coverage - average);
    for (int pass = 0; status == VG_OK && pass < 2; pass++) { /* near the bound first, to see how much of it there is: an average of shares comes to it slowly; then that */
        const double worst = worst_of(&fair, &unmet);
        fair.wanted = pass == 0 ? nearly : fmax(average, worst) * (1.0 - plan->problem->fairness_slack);
        fair.target = 1.05 * unmet;
        for (uint32_t site = 0; pass > 0 && site < n; site++) {
            price[site] *= worst > 0.995 * nearly ? 0.5 : 0.05; /* too high for less coverage, and far too high where it could not be had */
        }
        status = plan_find_prices(&priced, arena, progress, price, objective, &rounds, error);
    }
    *wanted = fair.wanted;
    return status;
}
