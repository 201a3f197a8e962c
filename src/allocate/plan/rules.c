/*
 * Rules to hold a plan against: nothing moves; per head; in proportion to shortage. What may move at the beginning is shared out at once: each place's part is rounded so that the parts make the
 * whole, and goes the cheapest way, which is a flow of its own without periods.
 */
#include "allocate/plan/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct part {
    double rest;
    uint32_t site;
};

static int by_rest(const void *a, const void *b)
{
    const struct part *x = a, *y = b;
    return x->rest != y->rest ? (x->rest < y->rest) - (x->rest > y->rest) : (x->site > y->site) - (x->site < y->site);
}

/* Whole parts of `total` in proportion to `key` (largest remainders); all to the first site that has a stock where no key says anything. */
static void share_out(const double *key, uint32_t n, int64_t total, struct part *parts, int64_t *share)
{
    double sum = 0.0;
    int64_t left = total;
    for (uint32_t site = 0; site < n; site++) {
        sum += key[site] > 0.0 ? key[site] : 0.0;
    }
    for (uint32_t site = 0; site < n; site++) {
        const double exact = sum > 0.0 && key[site] > 0.0 ? (double)total * (key[site] / sum) : 0.0;
        share[site] = (int64_t)floor(exact);
        parts[site] = (struct part){exact - floor(exact), site};
        left -= share[site];
    }
    qsort(parts, n, sizeof *parts, by_rest);
    for (uint32_t k = 0; left > 0 && sum > 0.0; k = (k + 1) % n) {
        if (key[parts[k].site] > 0.0) {
            share[parts[k].site]++;
            left--;
        }
    }
}

/* Expected need that the present stock does not cover, over all periods, with nothing moved. */
static void find_shortage(const struct vg_plan_problem *problem, const struct vg_plan_resource *resource, const struct vg_plan_account *account, double *shortage)
{
    const uint32_t n = problem->n_sites, cells = n * problem->n_periods;
    memset(shortage, 0, n * sizeof *shortage);
    for (uint32_t path = 0; path < problem->n_paths; path++) {
        for (uint32_t cell = 0; cell < cells; cell++) {
            const int64_t demand = resource->demand[(size_t)path * cells + cell];
            shortage[cell % n] += demand > account->held[cell] ? problem->path_probability[path] * (double)(demand - account->held[cell]) : 0.0;
        }
    }
}

/*
 * From the stock that may move to the shares, at least cost over the ways. A share that no way reaches stays where it is: every site also gives to and takes from a store of last resort, dearer than any
 * way there is.
 */
static vg_status send(const struct vg_plan_problem *problem, const int64_t *from, const int64_t *to, struct vg_arena *arena, struct vg_plan_movement **movements, size_t *n_movements,
                      struct vg_error *error)
{
    const uint32_t n = problem->n_sites, n_ways = (uint32_t)problem->n_ways, arcs = n_ways + 2 * n;
    uint32_t *source = VG_ARENA_ARRAY(arena, uint32_t, arcs), *target = VG_ARENA_ARRAY(arena, uint32_t, arcs);
    int64_t *capacity = VG_ARENA_ARRAY(arena, int64_t, arcs), *cost = VG_ARENA_ARRAY(arena, int64_t, arcs), *supply = VG_ARENA_ARRAY(arena, int64_t, (size_t)n + 1),
            *amount = VG_ARENA_ARRAY(arena, int64_t, arcs);
    *movements = VG_ARENA_ARRAY(arena, struct vg_plan_movement, (size_t)n_ways + 1);
    *n_movements = 0;
    if (arena->failed) {
        return vg_fail_memory(error, arcs * (size_t)32);
    }
    double dearest = 0.0;
    for (uint32_t way = 0; way < n_ways; way++) {
        dearest = problem->ways[way].cost > dearest ? problem->ways[way].cost : dearest;
    }
    for (uint32_t way = 0; way < n_ways; way++) {
        const struct vg_plan_way *w = &problem->ways[way];
        source[way] = w->from;
        target[way] = w->to;
        capacity[way] = w->capacity < VG_FLOW_UNBOUNDED ? w->capacity : VG_FLOW_UNBOUNDED;
        cost[way] = 1 + (dearest > 0.0 ? (int64_t)llround(w->cost / dearest * 1000.0) : 0);
    }
    for (uint32_t site = 0; site < n; site++) {
        const uint32_t out = n_ways + 2 * site, in = out + 1;
        source[out] = target[in] = site;
        target[out] = source[in] = n;
        capacity[out] = capacity[in] = VG_FLOW_UNBOUNDED;
        cost[out] = cost[in] = 1002 * ((int64_t)n + 1);
        supply[site] = from[site] - to[site];
        supply[n] -= supply[site];
    }
    const struct vg_flow_network network = {n + 1, arcs, source, target, capacity, cost, supply};
    struct vg_flow *flow;
    vg_status status = vg_flow_create(&network, arena, &flow, error);
    status = status == VG_OK ? vg_flow_solve(flow, NULL, error) : status;
    if (status != VG_OK) {
        return status;
    }
    vg_flow_read(flow, amount, NULL);
    for (uint32_t way = 0; way < n_ways; way++) {
        if (amount[way] > 0) {
            (*movements)[(*n_movements)++] = (struct vg_plan_movement){way, 0, amount[way]};
        }
    }
    return VG_OK;
}

/*
 * What goes over more than one way leaves each stop when it has come there: legs are put off until what they carry is at hand. A leg that would arrive too late is left out, and so are those
 * that waited for it.
 */
static size_t put_off(const struct vg_plan_problem *problem, const int64_t *stock, struct vg_plan_movement *legs, size_t n_legs, struct vg_arena *arena, struct vg_plan_movement **result)
{
    const uint32_t n = problem->n_sites, periods = problem->n_periods;
    int64_t *there = VG_ARENA_ARRAY(arena, int64_t, n), *coming = VG_ARENA_ARRAY(arena, int64_t, (size_t)n * periods);
    struct vg_plan_movement *out = VG_ARENA_ARRAY(arena, struct vg_plan_movement, n_legs * periods + 1);
    size_t *entry = VG_ARENA_ARRAY(arena, size_t, n_legs + 1), n_out = 0; /* 1 + where a leg's newest movement stands */
    *result = out;
    if (arena->failed) {
        return 0;
    }
    memcpy(there, stock, n * sizeof *there);
    for (uint32_t period = 0; period < periods; period++) {
        const size_t before = n_out;
        for (uint32_t site = 0; site < n; site++) {
            there[site] += coming[(size_t)period * n + site];
        }
        for (bool moved = true; moved;) { /* ways without a lead bring on within the period */
            moved = false;
            for (size_t k = 0; k < n_legs; k++) {
                const struct vg_plan_way *way = &problem->ways[legs[k].way];
                const int64_t now = legs[k].amount < there[way->from] ? legs[k].amount : there[way->from];
                if (now <= 0 || way->lead_periods >= periods - period) {
                    continue;
                }
                if (entry[k] > before) { /* one movement a leg and period */
                    out[entry[k] - 1].amount += now;
                } else {
                    out[n_out] = (struct vg_plan_movement){legs[k].way, period, now};
                    entry[k] = ++n_out;
                }
                legs[k].amount -= now;
                there[way->from] -= now;
                *(way->lead_periods == 0 ? &there[way->to] : &coming[(size_t)(period + way->lead_periods) * n + way->to]) += now;
                moved = true;
            }
        }
    }
    return n_out;
}

vg_status vg_plan_by_rule(const struct vg_plan_problem *problem, const struct vg_plan_resource *resource, enum vg_plan_rule rule, const double *population, struct vg_arena *arena,
                          struct vg_plan_answer *answer, struct vg_error *error)
{
    const uint32_t n = problem->n_sites;
    *answer = (struct vg_plan_answer){.worst_coverage_bound = NAN, .objective_bound = NAN};
    vg_status status = vg_plan_account_of(problem, resource, NULL, 0, NULL, arena, &answer->account, error);
    if (status != VG_OK || rule == VG_PLAN_NOTHING_MOVES) {
        return status;
    }
    double *shortage = VG_ARENA_ARRAY(arena, double, n);
    int64_t *free_stock = VG_ARENA_ARRAY(arena, int64_t, n), *share = VG_ARENA_ARRAY(arena, int64_t, n), total = 0;
    struct part *parts = VG_ARENA_ARRAY(arena, struct part, n);
    if (arena->failed) {
        return vg_fail_memory(error, n * (size_t)32);
    }
    find_shortage(problem, resource, &answer->account, shortage);
    for (uint32_t site = 0; site < n; site++) {
        const int64_t keep = resource->keep == NULL ? 0 : resource->keep[site];
        free_stock[site] = resource->stock[site] > keep ? resource->stock[site] - keep : 0;
        total += free_stock[site];
    }
    const double *key = rule == VG_PLAN_PER_HEAD ? population : shortage;
    double sum = 0.0;
    for (uint32_t site = 0; key != NULL && site < n; site++) {
        sum += key[site] > 0.0 ? key[site] : 0.0;
    }
    if (!(sum > 0.0)) {
        return rule == VG_PLAN_PER_HEAD ? vg_fail(error, VG_DATA_ERROR, "sharing per head needs the populations of the sites") : VG_OK; /* nothing is short: nothing moves */
    }
    share_out(key, n, total, parts, share);
    struct vg_plan_movement *legs;
    size_t n_legs;
    status = send(problem, free_stock, share, arena, &legs, &n_legs, error);
    if (status != VG_OK) {
        return status;
    }
    answer->n_movements = put_off(problem, free_stock, legs, n_legs, arena, &answer->movements);
    return arena->failed ? vg_fail_memory(error, n_legs * sizeof *legs)
                         : vg_plan_account_of(problem, resource, answer->movements, answer->n_movements, NULL, arena, &answer->account, error);
}
