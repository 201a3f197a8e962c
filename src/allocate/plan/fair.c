/*
 * The worst-served site first, where the linear programs of linear.c would be too large: both of their levels by prices (price.c), so that each question is a flow. First the coverages of sites get shares of 1: the most
 * that a flow can make of their weighted sum is a bound on the worst of them, and the shares that make it least are looked for. Then that coverage, as far as an average of flows has it, becomes a row of each site with a price
 * on what is missing, and the least unmet need is bounded and approached in the same way.
 */
#include "allocate/plan/internal.h"

#include <math.h>
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
        for (uint32_t path = 0; path < plan->problem->n_paths; path++) {
            const int64_t demand = plan->resource->demand[(size_t)path * plan->n_cells + cell], least = plan->cell_least[cell];
            fair->base[cell % n] += plan->problem->path_probability[path] * (double)(least < demand ? least : demand);
        }
    }
    return VG_OK;
}

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
