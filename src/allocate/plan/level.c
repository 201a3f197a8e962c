/*
 * The worst-served site first of what serves again, where sites compete: each asks for the same share of its need in every period, and the first units of a cell, up to that, pay more than anything else; so one flow gives that
 * share to as many as can be, in whole units. Who is left below (things were under way) asks for more in other periods, who is above for less; the share is looked for by halves. It bounds nothing.
 */
#include "allocate/plan/internal.h"

#include <math.h>
#include <string.h>

#define SHARES_MOST 7
#define ROUNDS_MOST 6
#define PIVOTS_MOST 2500000u   /* some twenty seconds */
#define TOLERANCE 2e-3
#define BONUS_MOST (INT64_C(1) << 40)
#define BONUS_ROOM (INT64_C(1) << 57) /* costs times nodes stay below */
#define WORTH_MOST (INT64_C(1) << 37)
#define WORTH_SHARE 8          /* the bonus is so often the largest worth */

struct level {
    struct vg_plan *plan;
    const struct vg_progress *progress;
    struct vg_flow_network network;
    uint32_t n_arcs;            /* without those of the first units, one a cell */
    uint32_t *source, *target;
    int64_t *room, *capacity, *cost, *amount; /* room: of the plan's own arcs */
    int64_t *best;              /* [n_arcs] */
    double *asks;               /* [sites] share of the need */
    double worst, unmet;        /* of the best */
    uint64_t pivots;
    struct vg_arena scratch;
};

static vg_status make_network(struct level *l, struct vg_arena *arena, struct vg_error *error)
{
    struct vg_plan *plan = l->plan;
    struct plan_arcs arcs;
    const size_t m = plan->n_arcs, all = m + plan->n_cells;
    l->n_arcs = plan->n_arcs;
    l->source = VG_ARENA_ARRAY(arena, uint32_t, all);
    l->target = VG_ARENA_ARRAY(arena, uint32_t, all);
    l->room = VG_ARENA_ARRAY(arena, int64_t, m);
    l->capacity = VG_ARENA_ARRAY(arena, int64_t, all);
    l->cost = VG_ARENA_ARRAY(arena, int64_t, all);
    l->amount = VG_ARENA_ARRAY(arena, int64_t, all);
    l->best = VG_ARENA_ARRAY(arena, int64_t, m);
    l->asks = VG_ARENA_ARRAY(arena, double, plan->problem->n_sites);
    vg_status status = arena->failed ? vg_fail_memory(error, all * 48) : plan_make_arcs(plan, arena, &arcs, error);
    if (status != VG_OK) {
        return status;
    }
    memcpy(l->source, arcs.source, m * sizeof *l->source);
    memcpy(l->target, arcs.target, m * sizeof *l->target);
    memcpy(l->room, arcs.capacity, m * sizeof *l->room);
    memcpy(l->capacity, arcs.capacity, m * sizeof *l->capacity);
    memcpy(l->amount, plan->amount, m * sizeof *l->amount);
    memcpy(l->best, plan->amount, m * sizeof *l->best);
    for (uint32_t cell = 0; cell < plan->n_cells; cell++) {
        l->source[m + cell] = cell;
        l->target[m + cell] = l->target[plan->cell_arc[cell + 1] - 1];
    }
    l->network = (struct vg_flow_network){plan->n_cells + 1, (uint32_t)all, l->source, l->target, l->capacity, l->cost, arcs.supply};
    return VG_OK;
}

/* The units of a cell that meet this share of its need, beside what is there anyway. */
static double units_of_share(const struct level *l, uint32_t cell, double share)
{
    const struct vg_plan *plan = l->plan;
    double missing = 0.0, units = 0.0;
    for (uint32_t path = 0; path < plan->problem->n_paths; path++) {
        const int64_t demand = plan->resource->demand[(size_t)path * plan->n_cells + cell], least = plan->cell_least[cell];
        missing += plan->problem->path_probability[path] * (share * (double)demand - (double)(least < demand ? least : demand));
    }
    for (uint32_t arc = plan->cell_arc[cell]; arc + 1 < plan->cell_arc[cell + 1] && missing > 0.0; arc++) {
        const double chance = plan_step_chance(plan, cell, arc), gives = chance * (double)l->room[arc];
        units += missing < gives ? missing / chance : (double)l->room[arc];
        missing -= gives;
    }
    return units;
}

/* `units` over the steps of a cell, first ones first; `taken` of their room is not theirs. Returns what is left. */
static int64_t spread(const struct level *l, uint32_t cell, int64_t taken, int64_t units, int64_t *capacity, int64_t *amount)
{
    const struct vg_plan *plan = l->plan;
    for (uint32_t arc = plan->cell_arc[cell]; arc + 1 < plan->cell_arc[cell + 1]; arc++) {
        const int64_t away = taken < l->room[arc] ? taken : l->room[arc], room = l->room[arc] - away;
        taken -= away;
        if (capacity != NULL) {
            capacity[arc] = room;
        }
        amount[arc] = units < room ? units : room;
        units -= amount[arc];
    }
    return units;
}

static int64_t units_of_steps(const struct level *l, uint32_t cell)
{
    int64_t units = l->amount[l->n_arcs + cell];
    for (uint32_t arc = l->plan->cell_arc[cell]; arc + 1 < l->plan->cell_arc[cell + 1]; arc++) {
        units += l->amount[arc];
    }
    return units;
}

/* What each cell asks for, in whole units that add up over the periods. What it has is told anew. */
static void ask_shares(struct level *l)
{
    const struct vg_plan *plan = l->plan;
    const uint32_t n = plan->problem->n_sites;
    for (uint32_t site = 0; site < n; site++) {
        double carried = 0.5;
        for (uint32_t cell = site; cell < plan->n_cells; cell += n) {
            carried += units_of_share(l, cell, l->asks[site]);
            const int64_t first = (int64_t)floor(carried), units = units_of_steps(l, cell);
            carried -= (double)first;
            l->capacity[l->n_arcs + cell] = first;
            l->amount[l->n_arcs + cell] = units < first ? units : first;
            const int64_t over = spread(l, cell, first, units - l->amount[l->n_arcs + cell], l->capacity, l->amount);
            l->amount[plan->cell_arc[cell + 1] - 1] += over; /* first units may be more than there are steps for */
        }
    }
}

static vg_status solve_level(struct level *l, struct vg_error *error)
{
    struct vg_plan *plan = l->plan;
    const int64_t room = BONUS_ROOM / ((int64_t)l->network.nodes + 1), bonus = room < BONUS_MOST ? room : BONUS_MOST, divisor = 1 + (WORTH_SHARE * WORTH_MOST - 1) / bonus;
    plan_set_costs(plan);
    for (uint32_t cell = 0; cell < plan->n_cells; cell++) {
        for (uint32_t arc = plan->cell_arc[cell]; arc < plan->cell_arc[cell + 1]; arc++) {
            l->cost[arc] = plan->cost[arc] / divisor;
        }
        l->cost[l->n_arcs + cell] = l->cost[plan->cell_arc[cell]] - bonus;
    }
    memcpy(l->cost + plan->first_way_arc, plan->cost + plan->first_way_arc, (l->n_arcs - plan->first_way_arc) * sizeof *l->cost);
    vg_status status = plan_go_on(plan, &l->network, &l->scratch, l->amount, NULL, &l->pivots, l->progress, error);
    if (status != VG_OK) {
        return status;
    }
    memcpy(plan->amount, l->amount, l->n_arcs * sizeof *plan->amount);
    for (uint32_t cell = 0; cell < plan->n_cells; cell++) { /* in the plan's own arcs */
        plan->amount[plan->cell_arc[cell + 1] - 1] += spread(l, cell, 0, units_of_steps(l, cell), NULL, plan->amount);
    }
    return VG_OK;
}

/* One flow, measured, and kept where it is better. *all: every site has the share. */
static vg_status try_level(struct level *l, double share, bool *all, struct vg_error *error)
{
    struct vg_plan *plan = l->plan;
    struct vg_arena own;
    struct vg_plan_answer trial;
    ask_shares(l);
    vg_status status = solve_level(l, error);
    vg_arena_init(&own, 0);
    status = status == VG_OK ? plan_read(plan, &own, &trial, error) : status;
    *all = true;
    for (uint32_t site = 0; status == VG_OK && site < plan->problem->n_sites; site++) {
        if (plan->needed[site] > 0.0) {
            const double away = share - trial.account.coverage[site];
            *all = *all && away <= 1e-9;
            l->asks[site] = fmin(1.0, fmax(0.0, l->asks[site] + (away > 0.0 ? 1.2 * away : l->asks[site] > share ? 0.5 * away : 0.0)));
        }
    }
    if (status == VG_OK && (trial.account.worst_coverage > l->worst + 1e-12 || (trial.account.worst_coverage > l->worst - 1e-12 && trial.account.unmet < l->unmet))) {
        l->worst = trial.account.worst_coverage;
        l->unmet = trial.account.unmet;
        memcpy(l->best, plan->amount, l->n_arcs * sizeof *l->best);
    }
    vg_arena_release(&own);
    return status;
}

vg_status plan_level(struct vg_plan *plan, double high, struct vg_arena *arena, const struct vg_progress *progress, struct vg_plan_answer *answer, struct vg_error *error)
{
    struct vg_arena own;
    struct level l = {.plan = plan, .progress = progress, .worst = answer->account.worst_coverage, .unmet = answer->account.unmet};
    double share = fmin(high, 1.0 - answer->account.unmet / answer->account.needed);
    vg_arena_init(&own, 0);
    vg_arena_init(&l.scratch, 0);
    vg_status status = make_network(&l, &own, error);
    for (int k = 0; status == VG_OK && k < SHARES_MOST && high - l.worst > TOLERANCE && l.pivots < PIVOTS_MOST; k++) {
        bool all = false;
        for (uint32_t site = 0; site < plan->problem->n_sites; site++) {
            l.asks[site] = share;
        }
        for (int round = 0; status == VG_OK && round < ROUNDS_MOST && !all && l.pivots < PIVOTS_MOST; round++) {
            status = try_level(&l, share, &all, error);
            if (status == VG_OK && !vg_progress_report(progress, "planning", 0.0)) {
                status = vg_fail(error, VG_CANCELLED, "cancelled");
            }
        }
        high = all ? high : share;
        share = 0.5 * (high + fmax(l.worst, 0.0));
    }
    if (status == VG_OK) {
        memcpy(plan->amount, l.best, l.n_arcs * sizeof *plan->amount);
        status = plan_read(plan, arena, answer, error);
    }
    vg_arena_release(&l.scratch);
    vg_arena_release(&own);
    return status;
}
