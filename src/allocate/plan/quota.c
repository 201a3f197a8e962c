/*
 * The worst-served site first of what is used up, as a flow: all that a site uses comes through a node of its own, whose way out pays for the first units, its quota, more than anything else. Coverage z asks a quota of each site,
 * the fewest units that can have it; where not all quotas can be filled, the cheapest cut names sites whose quotas together are more than can reach them, and the z at which they are not is tried next (Newton's method for
 * parametric flows; Radzik 1998). What no cut forbids is the best there is where a unit met counts the same on all paths, which it does where little is met of much; else it is a bound, and quotas of sites that were left
 * below are raised until the coverage that is measured is there.
 */
#include "allocate/plan/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CUTS_MOST 40
#define RAISES_MOST 8
#define HALVINGS 60
#define BONUS_MOST (INT64_C(1) << 40)
#define BONUS_ROOM (INT64_C(1) << 57) /* costs times nodes stay below */
#define WORTH_SHARE 8                 /* the bonus is so often the largest worth */

struct step {
    double chance;
    int64_t units;
};

struct quota {
    struct vg_plan *plan;
    const struct vg_progress *progress;
    struct vg_flow_network network;
    uint32_t n_sites, n_arcs;   /* without those of the sites */
    uint32_t *source, *target;
    int64_t *capacity, *cost, *amount, *potential;
    int64_t *units;             /* [sites] used now */
    int64_t *wanted;            /* [sites] quotas */
    double *base;               /* [sites] expected need that is met whatever the flow says */
    struct step *steps;         /* of each site, the likeliest first */
    uint32_t *first_step;       /* [sites + 1] */
    int64_t bonus;
    struct vg_arena scratch;    /* of the flow at hand */
};

static int likelier(const void *a, const void *b)
{
    const double x = ((const struct step *)a)->chance, y = ((const struct step *)b)->chance;
    return (x < y) - (x > y);
}

static bool is_step(const struct vg_plan *plan, uint32_t cell, uint32_t arc)
{
    return arc + 1 < plan->cell_arc[cell + 1];
}

static void sort_steps(struct quota *q)
{
    const struct vg_plan *plan = q->plan;
    const uint32_t n = q->n_sites, periods = plan->problem->n_periods;
    uint32_t filled = 0;
    for (uint32_t site = 0; site < n; site++) {
        q->first_step[site] = filled;
        for (uint32_t cell = site; cell < n * periods; cell += n) {
            for (uint32_t arc = plan->cell_arc[cell]; is_step(plan, cell, arc); arc++) {
                q->steps[filled++] = (struct step){plan_step_chance(plan, cell, arc), q->capacity[arc]};
            }
        }
        qsort(q->steps + q->first_step[site], filled - q->first_step[site], sizeof *q->steps, likelier);
    }
    q->first_step[n] = filled;
}

static vg_status make_network(struct quota *q, struct vg_arena *arena, struct vg_error *error)
{
    struct vg_plan *plan = q->plan;
    struct plan_arcs arcs;
    const uint32_t n = q->n_sites, m = plan->n_arcs, nodes = plan->n_cells + 1 + n;
    const size_t all = (size_t)m + 2 * n;
    *q = (struct quota){.plan = plan, .progress = q->progress, .n_sites = n, .n_arcs = m, .source = VG_ARENA_ARRAY(arena, uint32_t, all), .target = VG_ARENA_ARRAY(arena, uint32_t, all),
        .capacity = VG_ARENA_ARRAY(arena, int64_t, all), .cost = VG_ARENA_ARRAY(arena, int64_t, all), .amount = VG_ARENA_ARRAY(arena, int64_t, all), .potential = VG_ARENA_ARRAY(arena, int64_t, nodes),
        .units = VG_ARENA_ARRAY(arena, int64_t, n), .wanted = VG_ARENA_ARRAY(arena, int64_t, n), .base = VG_ARENA_ARRAY(arena, double, n), .steps = VG_ARENA_ARRAY(arena, struct step, m),
        .first_step = VG_ARENA_ARRAY(arena, uint32_t, n + 1)};
    int64_t *supply = VG_ARENA_ARRAY(arena, int64_t, nodes);
    if (arena->failed) {
        return vg_fail_memory(error, all * 48);
    }
    q->bonus = BONUS_ROOM / ((int64_t)nodes + 2) < BONUS_MOST ? BONUS_ROOM / ((int64_t)nodes + 2) : BONUS_MOST;
    vg_arena_init(&q->scratch, 0);
    vg_status status = plan_make_arcs(plan, &q->scratch, &arcs, error);
    if (status == VG_OK) {
        memcpy(q->source, arcs.source, m * sizeof *q->source);
        memcpy(q->target, arcs.target, m * sizeof *q->target);
        memcpy(q->capacity, arcs.capacity, m * sizeof *q->capacity);
        memcpy(supply, arcs.supply, ((size_t)plan->n_cells + 1) * sizeof *supply);
        for (uint32_t cell = 0; cell < plan->n_cells; cell++) {
            for (uint32_t arc = plan->cell_arc[cell]; is_step(plan, cell, arc); arc++) {
                q->target[arc] = plan->end + 1 + cell % n;
            }
        }
        for (uint32_t site = 0; site < n; site++) { /* the quota, and what is used beyond it */
            q->source[m + site] = q->source[m + n + site] = plan->end + 1 + site;
            q->target[m + site] = q->target[m + n + site] = plan->end;
            q->capacity[m + n + site] = VG_FLOW_UNBOUNDED;
        }
        plan_base(plan, q->base);
        sort_steps(q);
        memcpy(q->amount, plan->amount, m * sizeof *q->amount);
        q->network = (struct vg_flow_network){nodes, (uint32_t)all, q->source, q->target, q->capacity, q->cost, supply};
    }
    return status;
}

/* The fewest units with which a site can have this coverage, beside what it has anyway: in parts of units. */
static double fewest_units(const struct quota *q, uint32_t site, double coverage)
{
    double missing = coverage * q->plan->needed[site] - q->base[site], units = 0.0;
    for (uint32_t k = q->first_step[site]; k < q->first_step[site + 1] && missing > 1e-9 * q->plan->needed[site]; k++) {
        const double gives = q->steps[k].chance * (double)q->steps[k].units;
        units += missing < gives ? missing / q->steps[k].chance : (double)q->steps[k].units;
        missing -= gives;
    }
    return units;
}

static double quota_of(const struct quota *q, uint32_t site, double coverage, bool whole)
{
    const double units = fewest_units(q, site, coverage);
    return whole ? ceil(units - 1e-9) : floor(units + 1e-9);
}

/* The flow that fills most of the quotas, and with worths the one that leaves least unmet among these; from the last one on. */
static vg_status fill_quotas(struct quota *q, bool worths, int64_t *lacking, struct vg_error *error)
{
    struct vg_plan *plan = q->plan;
    const uint32_t n = q->n_sites, m = q->n_arcs;
    const int64_t divisor = 1 + (WORTH_SHARE * ((INT64_C(1) << 22) * PLAN_EFFORT_ROOM) - 1) / q->bonus;
    plan_set_costs(plan);
    memset(q->units, 0, n * sizeof *q->units);
    for (uint32_t cell = 0; cell < plan->n_cells; cell++) {
        for (uint32_t arc = plan->cell_arc[cell]; is_step(plan, cell, arc); arc++) {
            q->cost[arc] = worths ? plan->cost[arc] / divisor : 0;
            q->units[cell % n] += q->amount[arc];
        }
    }
    memcpy(q->cost + plan->first_way_arc, plan->cost + plan->first_way_arc, (m - plan->first_way_arc) * sizeof *q->cost);
    for (uint32_t site = 0; site < n; site++) {
        const int64_t units = q->units[site], wanted = q->wanted[site];
        q->cost[m + site] = -q->bonus;
        q->capacity[m + site] = wanted;
        q->amount[m + site] = units < wanted ? units : wanted;
        q->amount[m + n + site] = units - q->amount[m + site];
    }
    vg_status status = plan_go_on(plan, &q->network, &q->scratch, q->amount, q->potential, NULL, q->progress, error);
    if (status != VG_OK) {
        return status;
    }
    *lacking = 0;
    for (uint32_t site = 0; site < n; site++) {
        q->units[site] = q->amount[m + site] + q->amount[m + n + site];
        *lacking += q->wanted[site] - q->amount[m + site];
    }
    return VG_OK;
}

/* After a fill that lacks something: the most coverage that the sites of its cut can have with what reaches them. */
static double coverage_of_cut(const struct quota *q, double above, bool whole)
{
    const uint32_t n = q->n_sites, end = q->plan->end;
    double low = 0.0, high = above, reaches = 0.0;
    for (uint32_t site = 0; site < n; site++) {
        reaches += q->potential[end + 1 + site] - q->potential[end] > q->bonus / 2 ? (double)q->amount[q->n_arcs + site] : 0.0;
    }
    for (int k = 0; k < HALVINGS; k++) {
        const double middle = 0.5 * (low + high);
        double asks = 0.0;
        for (uint32_t site = 0; site < n && asks <= reaches; site++) {
            if (q->potential[end + 1 + site] - q->potential[end] > q->bonus / 2) {
                asks += whole ? quota_of(q, site, middle, true) : fewest_units(q, site, middle);
            }
        }
        *(asks <= reaches + 1e-6 ? &low : &high) = middle;
    }
    return whole ? low : high;
}

/* From *coverage down to the highest that no cut forbids. Each on the way is a bound. */
static vg_status find_coverage(struct quota *q, bool whole, double *coverage, struct vg_error *error)
{
    vg_status status = VG_OK;
    int64_t lacking = 1;
    for (int cut = 0; status == VG_OK && cut < CUTS_MOST && lacking > 0; cut++) {
        for (uint32_t site = 0; site < q->n_sites; site++) {
            q->wanted[site] = (int64_t)quota_of(q, site, *coverage, whole);
        }
        status = fill_quotas(q, false, &lacking, error);
        if (status == VG_OK && lacking > 0) {
            *coverage = coverage_of_cut(q, *coverage, whole);
        }
        if (status == VG_OK && !vg_progress_report(q->progress, "planning", 0.0)) {
            status = vg_fail(error, VG_CANCELLED, "cancelled");
        }
    }
    return status;
}

/* A site whose units serve on few paths gets more of them. Whether any does. */
static bool raise_quotas(struct quota *q, const struct vg_plan_account *account, double wanted)
{
    bool raised = false;
    for (uint32_t site = 0; site < q->n_sites; site++) {
        if (account->coverage[site] < wanted - 1e-12) { /* NaN, where nothing is needed, is not */
            const double missing = (wanted - account->coverage[site]) * q->plan->needed[site];
            q->wanted[site] = (q->units[site] > q->wanted[site] ? q->units[site] : q->wanted[site]) + (int64_t)ceil(missing - 1e-9);
            raised = true;
        }
    }
    return raised;
}

vg_status plan_quota(struct vg_plan *plan, struct vg_arena *arena, const struct vg_progress *progress, struct vg_plan_answer *answer, double *worst_coverage, double *wanted, double *objective, struct vg_error *error)
{
    struct vg_arena own;
    struct vg_plan_answer trial = {0};
    struct quota q = {.plan = plan, .n_sites = plan->problem->n_sites, .progress = progress};
    double coverage = 1.0;
    int64_t lacking = 0;
    vg_arena_init(&own, 0);
    vg_status status = plan_run(plan, progress, error);
    status = status == VG_OK ? make_network(&q, &own, error) : status;
    status = status == VG_OK ? find_coverage(&q, false, &coverage, error) : status;
    *worst_coverage = coverage;
    status = status == VG_OK ? find_coverage(&q, true, &coverage, error) : status;
    *wanted = coverage * (1.0 - plan->problem->fairness_slack);
    for (uint32_t site = 0; status == VG_OK && site < q.n_sites; site++) {
        q.wanted[site] = (int64_t)quota_of(&q, site, *wanted, true);
    }
    for (int round = 0; status == VG_OK && round < RAISES_MOST; round++) {
        status = fill_quotas(&q, true, &lacking, error);
        if (status != VG_OK) {
            break;
        }
        memcpy(plan->amount, q.amount, q.n_arcs * sizeof *plan->amount);
        status = plan_read(plan, arena, &trial, error);
        if (status == VG_OK && round == 0) {
            *objective = trial.account.unmet;
        }
        if (status == VG_OK && (round == 0 || plan_better(plan->problem, &trial.account, &answer->account, *wanted))) {
            *answer = trial;
        }
        if (status != VG_OK || !raise_quotas(&q, &trial.account, *wanted)) {
            break;
        }
    }
    vg_arena_release(&q.scratch);
    vg_arena_release(&own);
    return status;
}
