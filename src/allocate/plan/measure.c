/*
 * What a plan comes to: coverage by site, unmet need by path and its tail, the worst-served site, Gini's coefficient; and the account of given movements, period by period, which knows
 * nothing of flows.
 */
#include "allocate/plan/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

vg_status plan_account_arrays(const struct vg_plan_problem *problem, struct vg_arena *arena, struct vg_plan_account *account, struct vg_error *error)
{
    const size_t n = problem->n_sites, cells = n * problem->n_periods;
    *account = (struct vg_plan_account){.coverage = VG_ARENA_ARRAY(arena, double, n), .path_unmet = VG_ARENA_ARRAY(arena, double, problem->n_paths),
                                        .held = VG_ARENA_ARRAY(arena, int64_t, cells)};
    return arena->failed ? vg_fail_memory(error, cells * 8) : VG_OK;
}

double plan_tail(const struct vg_plan_problem *problem, const double *unmet, double *weight)
{
    bool taken[PLAN_PATHS_MOST] = {false};
    const double share = 1.0 - problem->tail;
    double left = share, sum = 0.0;
    for (uint32_t path = 0; weight != NULL && path < problem->n_paths; path++) {
        weight[path] = 0.0;
    }
    while (left > 1e-15) { /* the worst paths first, the last of them in part */
        uint32_t worst = UINT32_MAX;
        for (uint32_t path = 0; path < problem->n_paths; path++) {
            if (!taken[path] && (worst == UINT32_MAX || unmet[path] > unmet[worst])) {
                worst = path;
            }
        }
        if (worst == UINT32_MAX) {
            break;
        }
        taken[worst] = true;
        const double part = problem->path_probability[worst] < left ? problem->path_probability[worst] : left;
        left -= part;
        sum += part * unmet[worst] / share;
        if (weight != NULL) {
            weight[worst] = part / share;
        }
    }
    return sum;
}

struct served {
    double coverage, need;
};

static int by_coverage(const void *a, const void *b)
{
    const double x = ((const struct served *)a)->coverage, y = ((const struct served *)b)->coverage;
    return (x > y) - (x < y);
}

/* Of coverage over sites, each counted by its need: 1 - 2 * the area under Lorenz's curve. */
static double gini(struct served *served, size_t n)
{
    double need = 0.0, met = 0.0, area = 0.0, below = 0.0;
    qsort(served, n, sizeof *served, by_coverage);
    for (size_t k = 0; k < n; k++) {
        need += served[k].need;
        met += served[k].need * served[k].coverage;
    }
    for (size_t k = 0; k < n; k++) {
        const double here = served[k].need * served[k].coverage;
        area += served[k].need / need * (below + 0.5 * here) / met;
        below += here;
    }
    return n == 0 ? NAN : met > 0.0 ? fmax(0.0, 1.0 - 2.0 * area) : 0.0;
}

vg_status plan_measure(const struct vg_plan_problem *problem, const struct vg_plan_resource *resource, struct vg_plan_account *account, struct vg_error *error)
{
    const uint32_t n = problem->n_sites, cells = n * problem->n_periods;
    struct vg_arena scratch;
    vg_arena_init(&scratch, 0);
    struct served *served = VG_ARENA_ARRAY(&scratch, struct served, n);
    double *met = VG_ARENA_ARRAY(&scratch, double, n), *need = VG_ARENA_ARRAY(&scratch, double, n);
    if (scratch.failed) {
        vg_arena_release(&scratch);
        return vg_fail_memory(error, n * 32);
    }
    account->needed = account->unmet = 0.0;
    for (uint32_t path = 0; path < problem->n_paths; path++) {
        const int64_t *demand = resource->demand + (size_t)path * cells;
        const double chance = problem->path_probability[path];
        double unmet = 0.0;
        for (uint32_t cell = 0; cell < cells; cell++) {
            const int64_t short_by = demand[cell] > account->held[cell] ? demand[cell] - account->held[cell] : 0;
            unmet += (double)short_by;
            need[cell % n] += chance * (double)demand[cell];
            met[cell % n] += chance * (double)(demand[cell] - short_by);
        }
        account->path_unmet[path] = unmet;
        account->unmet += chance * unmet;
    }
    account->tail_unmet = plan_tail(problem, account->path_unmet, NULL);
    account->worst_coverage = NAN;
    account->worst_site = UINT32_MAX;
    size_t n_served = 0;
    for (uint32_t site = 0; site < n; site++) {
        account->coverage[site] = need[site] > 0.0 ? met[site] / need[site] : NAN;
        account->needed += need[site];
        if (need[site] > 0.0) {
            served[n_served++] = (struct served){account->coverage[site], need[site]};
            if (account->worst_site == UINT32_MAX || account->coverage[site] < account->worst_coverage) {
                account->worst_coverage = account->coverage[site];
                account->worst_site = site;
            }
        }
    }
    account->gini = gini(served, n_served);
    vg_arena_release(&scratch);
    return VG_OK;
}

vg_status vg_plan_account_held(const struct vg_plan_problem *problem, const struct vg_plan_resource *resource, const int64_t *held, struct vg_arena *arena, struct vg_plan_account *account, struct vg_error *error)
{
    vg_status status = plan_account_arrays(problem, arena, account, error);
    if (status == VG_OK) {
        memcpy(account->held, held, (size_t)problem->n_sites * problem->n_periods * sizeof *held);
        status = plan_measure(problem, resource, account, error);
    }
    return status;
}

void vg_plan_bundle_held(const struct vg_plan_bundle *bundle, const int64_t *const *held, size_t cells, int64_t *served)
{
    for (size_t cell = 0; cell < cells; cell++) {
        served[cell] = INT64_MAX;
        for (uint32_t m = 0; m < bundle->n_members; m++) {
            const int64_t here = held[m][cell] * bundle->serves[m];
            served[cell] = here < served[cell] ? here : served[cell];
        }
    }
}

/* ------------------------------------------------------------ given movements */

static int by_period(const void *a, const void *b)
{
    const struct vg_plan_movement *x = a, *y = b;
    return x->period != y->period ? (x->period > y->period) - (x->period < y->period) : (x->way > y->way) - (x->way < y->way);
}

static int64_t least_of(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Stock in each cell after what came and went, units that ways without a lead bring on within the period included. Consumables are used as
 * `used` says, or as they are needed on the path with most need. */
vg_status vg_plan_account_of(const struct vg_plan_problem *problem, const struct vg_plan_resource *resource, const struct vg_plan_movement *given, size_t n_movements,
                             const int64_t *used, struct vg_arena *arena, struct vg_plan_account *account, struct vg_error *error)
{
    vg_status status = plan_account_arrays(problem, arena, account, error);
    const uint32_t n = problem->n_sites, periods = problem->n_periods;
    int64_t *change = VG_ARENA_ARRAY(arena, int64_t, (size_t)n * periods);
    struct vg_plan_movement *movements = VG_ARENA_ARRAY(arena, struct vg_plan_movement, n_movements + 1);
    if (status != VG_OK || arena->failed) {
        return status != VG_OK ? status : vg_fail_memory(error, (size_t)n * periods * 8);
    }
    if (n_movements > 0) {
        memcpy(movements, given, n_movements * sizeof *given);
    }
    qsort(movements, n_movements, sizeof *movements, by_period);
    for (size_t k = 0; k < n_movements; k++) {
        const struct vg_plan_movement *m = &movements[k];
        if (m->way >= problem->n_ways || m->period >= periods || m->amount < 0 || m->amount > problem->ways[m->way].capacity) {
            return vg_fail(error, VG_DATA_ERROR, "movement %zu is of a way or a period that is not there, or of more than the way takes", k + 1);
        }
        const struct vg_plan_way *way = &problem->ways[m->way];
        change[m->period * n + way->from] -= m->amount;
        if (way->lead_periods < periods - m->period) {
            change[(m->period + way->lead_periods) * n + way->to] += m->amount;
        }
        account->cost += way->cost * (double)m->amount;
        account->moved += m->amount;
        account->n_movements += m->amount > 0;
    }
    for (uint32_t site = 0; site < n; site++) {
        const int64_t keep = resource->keep == NULL ? 0 : least_of(resource->keep[site], resource->stock[site]);
        int64_t there = 0;
        for (uint32_t period = 0; period < periods; period++) {
            const uint32_t cell = period * n + site;
            there += (period == 0 ? resource->stock[site] : 0) + (resource->arrivals == NULL ? 0 : resource->arrivals[cell]) + change[cell];
            if (there < keep) {
                return vg_fail(error, VG_DATA_ERROR, "the movements take %lld units more from site %u in period %u than may leave it", (long long)(keep - there), site + 1, period + 1);
            }
            account->held[cell] = there;
            if (!resource->reusable) {
                int64_t most = 0;
                for (uint32_t path = 0; path < problem->n_paths; path++) {
                    const int64_t demand = resource->demand[((size_t)path * periods + period) * n + site];
                    most = demand > most ? demand : most;
                }
                account->held[cell] = used != NULL ? used[cell] : least_of(most, there - keep);
                there -= account->held[cell];
                if (there < keep || account->held[cell] < 0) {
                    return vg_fail(error, VG_DATA_ERROR, "site %u uses %lld units more in period %u than it has", site + 1, (long long)(keep - there), period + 1);
                }
            }
        }
    }
    return plan_measure(problem, resource, account, error);
}
