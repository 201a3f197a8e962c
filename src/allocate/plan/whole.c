/*
 * From parts of units to whole ones, within limits that resources share. Each movement gets a ceiling in whole units, so that the ceilings together keep to the limits; under them each resource is a flow again. What they leave of
 * the limits goes to the movements that the flows' potentials say are worth most, and the flows are solved again, round by round; where nothing is left, movements that are worth little make room for those worth more. Where the
 * worst-served comes first, sites below what is wanted count four times as much from round to round; then what sites have beyond it is free to serve others. The best plan of all rounds is kept.
 */
#include "allocate/plan/shared.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RAISES_MOST 16
#define FAIR_RAISES_MOST 24
#define IDLE_MOST 3
#define EXCHANGES_MOST 6
#define EXCHANGED_MOST 50000u   /* movements there may be: what exchanges better is small plans */
#define EXCHANGED_SHARE 8      /* of the movements in use, one in so many is exchanged at first */
#define VICTIMS_MOST 400u
#define BUNDLE_ROUNDS 2
#define WEIGHT_MOST 65536.0

struct raise {
    double rank;
    size_t at;
};

struct whole {
    struct shared_work *work;
    const struct vg_progress *progress;
    const double *price;
    size_t all;                /* resources * slots */
    struct raise *raises, *victims;
    double *gain;              /* [all] what more of a slot is worth */
    int64_t *ceiling;          /* [all] */
    double *weight;            /* [resources * sites] of a met unit beside its own 1 */
    int64_t *least;            /* [resources * cells] held or used whatever it costs */
    bool has_least;
    int64_t *held;             /* [resources * cells] of the newest plan */
    int64_t *open_ceiling;     /* [all] before flows came down from them */
    int64_t *capped;           /* [paths * cells] what of a bundle's need a member can serve with the others */
    double *coverage;          /* [resources * sites] */
    double *worst, *path_unmet, objective;
    double *sorted[2];         /* [resources] */
};

static int by_rank(const void *a, const void *b)
{
    const struct raise *x = a, *y = b;
    return x->rank != y->rank ? (x->rank < y->rank) - (x->rank > y->rank) : (x->at > y->at) - (x->at < y->at);
}

static bool is_limited(const struct shared_work *work, size_t at)
{
    const size_t slot = at % work->slots.n;
    return work->slots.first[slot] < work->slots.first[slot + 1];
}

static int64_t way_room(const struct shared_work *work, size_t at)
{
    const size_t slot = at % work->slots.n, ways = work->shared->problem->n_ways;
    return plan_way_room(work->shared->problem, (uint32_t)(slot / ways), slot % ways);
}

static double size_in(const struct shared_work *work, uint32_t limit, size_t at)
{
    return plan_limit_size(work->shared, limit, (uint32_t)(at / work->slots.n), at % work->slots.n % work->shared->problem->n_ways);
}

/* How many more units of a slot the limits have room for. */
static int64_t room_left(const struct shared_work *work, size_t at, const int64_t *ceiling)
{
    const size_t slot = at % work->slots.n;
    double room = (double)(way_room(work, at) - ceiling[at]);
    for (uint32_t k = work->slots.first[slot]; k < work->slots.first[slot + 1]; k++) {
        const uint32_t limit = work->slots.limit[k];
        const double size = size_in(work, limit, at);
        room = size > 0.0 ? fmin(room, (work->shared->limits[limit].most - work->used[limit]) / size) : room;
    }
    return room >= 1.0 - 1e-9 ? (int64_t)floor(fmin(room, 1e12) + 1e-9) : 0;
}

static void lift(struct shared_work *work, size_t at, int64_t units, int64_t *ceiling)
{
    const size_t slot = at % work->slots.n;
    ceiling[at] += units;
    for (uint32_t k = work->slots.first[slot]; k < work->slots.first[slot + 1]; k++) {
        work->used[work->slots.limit[k]] += (double)units * size_in(work, work->slots.limit[k], at);
    }
}

/* The average in whole units: down, less where a limit is still exceeded, then the largest parts up while there is room. */
static void round_average(struct whole *w)
{
    struct shared_work *work = w->work;
    int64_t *ceiling = w->ceiling;
    size_t n = 0;
    for (size_t at = 0; at < w->all; at++) {
        ceiling[at] = (int64_t)floor(work->parts.average[at] + 1e-6);
    }
    shared_sum_used(work, ceiling, work->used);
    for (size_t at = 0; at < w->all; at++) {
        double share = 1.0;
        const size_t slot = at % work->slots.n;
        for (uint32_t k = work->slots.first[slot]; ceiling[at] > 0 && k < work->slots.first[slot + 1]; k++) {
            const struct vg_plan_limit *limit = &work->shared->limits[work->slots.limit[k]];
            const double used = work->used[work->slots.limit[k]];
            share = shared_exceeds(limit, used) ? fmin(share, limit->most / used) : share;
        }
        ceiling[at] = share < 1.0 ? (int64_t)floor((double)ceiling[at] * share) : ceiling[at];
        const double part = work->parts.average[at] - (double)ceiling[at];
        if (part > 1e-6) {
            w->raises[n++] = (struct raise){fmin(part, 1.0), at};
        }
    }
    shared_sum_used(work, ceiling, work->used);
    qsort(w->raises, n, sizeof *w->raises, by_rank);
    for (size_t k = 0; k < n; k++) {
        if (room_left(work, w->raises[k].at, ceiling) > 0) {
            lift(work, w->raises[k].at, 1, ceiling);
        }
    }
}

/* Slots of no limit are free. */
static void free_others(struct whole *w)
{
    for (size_t at = 0; at < w->all; at++) {
        const bool served = plan_is_served(&w->work->bundled[at / w->work->slots.n]); /* its members move */
        w->ceiling[at] = served ? 0 : is_limited(w->work, at) ? w->ceiling[at] : way_room(w->work, at);
    }
}

/* -------------------------------------------------------------- one plan under ceilings */

/* What a resource's plan comes to. */
static void take_account(struct whole *w, uint32_t r, const struct vg_plan_account *account)
{
    const struct shared_work *work = w->work;
    const struct vg_plan_problem *problem = work->shared->problem;
    const size_t sites = problem->n_sites, cells = sites * problem->n_periods;
    memcpy(w->held + r * cells, account->held, cells * sizeof *w->held);
    memcpy(w->coverage + r * sites, account->coverage, sites * sizeof *w->coverage);
    w->worst[r] = account->worst_coverage;
    w->objective += work->shared->weight[r] * (1.0 - problem->tail_weight) * account->unmet;
    for (uint32_t path = 0; path < problem->n_paths; path++) {
        w->path_unmet[path] += work->shared->weight[r] * account->path_unmet[path];
    }
}

/* One resource under its ceilings; these come down to what is sent. As a member of a bundle it serves the bundle's need, as far as the others do. */
static vg_status solve_under(struct whole *w, uint32_t r)
{
    struct shared_work *work = w->work;
    const struct vg_plan_problem *problem = work->shared->problem;
    const size_t n = work->slots.n, sites = problem->n_sites, cells = sites * problem->n_periods;
    int64_t *ceiling = w->ceiling + r * n;
    double *gain = w->gain + r * n;
    struct vg_arena arena;
    struct vg_plan_answer answer;
    struct vg_plan *plan;
    struct vg_plan_problem limited = work->open;
    limited.way_most = ceiling;
    vg_arena_init(&arena, 0);
    struct vg_plan_resource resource = work->shared->resources[r];
    const bool member = plan_is_member(&work->bundled[r]);
    const uint32_t whose = member ? work->bundled[r].bundle->resource : r;
    resource.demand = member ? w->capped : resource.demand;
    vg_status status = plan_create(&limited, &resource, w->has_least ? w->least + r * cells : member || problem->tail_weight > 0.0 ? work->plans[r]->cell_least : NULL, &arena, &plan, work->error);
    if (status == VG_OK && problem->fairest) {
        memcpy(plan->site_weight, w->weight + whose * sites, sites * sizeof *plan->site_weight);
        plan_set_costs(plan);
        status = vg_flow_set_costs(plan->flow, plan->cost, work->error);
    }
    status = status != VG_OK ? status : plan_run(plan, NULL, work->error);
    status = status != VG_OK ? status : plan_read(plan, &arena, &answer, work->error);
    status = status != VG_OK || (problem->tail_weight <= 0.0 && !member) ? status : plan_measure(problem, &work->shared->resources[r], &answer.account, work->error); /* by the paths' own chances */
    for (size_t slot = 0; status == VG_OK && slot < n; slot++) {
        const uint32_t period = (uint32_t)(slot / problem->n_ways);
        const struct vg_plan_way *way = &problem->ways[slot % problem->n_ways];
        gain[slot] = way->lead_periods >= problem->n_periods - period ? 0.0 : vg_plan_worth(plan, way->to, period + way->lead_periods) - vg_plan_worth(plan, way->from, period);
        ceiling[slot] = plan->way_arc[slot] == UINT32_MAX ? 0 : plan->amount[plan->way_arc[slot]];
    }
    if (status == VG_OK) {
        work->pivots += answer.pivots;
        take_account(w, r, &answer.account);
    }
    vg_arena_release(&arena);
    return status;
}

/* Of the bundle's need what the others of a member serve: in the first round the members before it, and the linear program's figure of the others. */
static void cap_need(struct whole *w, const struct vg_plan_bundle *bundle, uint32_t member, bool first)
{
    const struct shared_work *work = w->work;
    const size_t cells = (size_t)work->shared->problem->n_sites * work->shared->problem->n_periods;
    const int64_t *demand = work->shared->resources[bundle->resource].demand;
    for (size_t cell = 0; cell < cells; cell++) {
        int64_t served = INT64_MAX;
        for (uint32_t m = 0; m < bundle->n_members; m++) {
            if (m != member && (!first || m < member)) {
                const int64_t here = w->held[bundle->members[m] * cells + cell] * bundle->serves[m];
                served = here < served ? here : served;
            }
        }
        if (first && bundle->n_members > member + 1) {
            const int64_t planned = (int64_t)ceil(work->parts.held[bundle->resource * cells + cell] - 1e-6);
            served = planned < served ? planned : served;
        }
        for (uint32_t path = 0; path < work->shared->problem->n_paths; path++) {
            const int64_t need = demand[path * cells + cell] < served ? demand[path * cells + cell] : served;
            w->capped[path * cells + cell] = (need + bundle->serves[member] - 1) / bundle->serves[member];
        }
    }
}

/* Members one after the other, each serving what the others do, twice; then what they serve together. */
static vg_status solve_bundle(struct whole *w, const struct vg_plan_bundle *bundle)
{
    struct shared_work *work = w->work;
    const struct vg_plan_problem *problem = work->shared->problem;
    const size_t n = work->slots.n, cells = (size_t)problem->n_sites * problem->n_periods;
    struct vg_plan_account account;
    struct vg_arena arena;
    vg_status status = VG_OK;
    for (int round = 0; status == VG_OK && round < BUNDLE_ROUNDS; round++) {
        for (uint32_t m = 0; status == VG_OK && m < bundle->n_members; m++) {
            const uint32_t r = bundle->members[m];
            memcpy(w->ceiling + r * n, w->open_ceiling + r * n, n * sizeof *w->ceiling);
            cap_need(w, bundle, m, round == 0);
            status = solve_under(w, r);
        }
    }
    vg_arena_init(&arena, 0);
    const int64_t **held = VG_ARENA_ARRAY(&arena, const int64_t *, bundle->n_members);
    int64_t *served = VG_ARENA_ARRAY(&arena, int64_t, cells);
    status = status == VG_OK && arena.failed ? vg_fail_memory(work->error, cells * sizeof *served) : status;
    if (status == VG_OK) {
        for (uint32_t m = 0; m < bundle->n_members; m++) {
            held[m] = w->held + bundle->members[m] * cells;
        }
        vg_plan_bundle_held(bundle, held, cells, served);
        status = vg_plan_account_held(problem, &work->shared->resources[bundle->resource], served, &arena, &account, work->error);
    }
    if (status == VG_OK) {
        take_account(w, bundle->resource, &account);
    }
    vg_arena_release(&arena);
    return status;
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Worst coverages, as far as they are wanted, least first. */
static void sort_worst(const struct shared_work *work, const double *worst, double *sorted)
{
    for (uint32_t r = 0; r < work->shared->n_resources; r++) {
        sorted[r] = isnan(worst[r]) ? 1.0 : fmin(worst[r], work->wanted[r]);
    }
    qsort(sorted, work->shared->n_resources, sizeof *sorted, by_size);
}

/* Whether the newest plan is better than the best. */
static bool is_better(const struct whole *w)
{
    const struct shared_work *work = w->work;
    if (isinf(work->reached)) {
        return true;
    }
    if (work->shared->problem->fairest) {
        sort_worst(work, w->worst, w->sorted[0]);
        sort_worst(work, work->worst, w->sorted[1]);
        for (uint32_t r = 0; r < work->shared->n_resources; r++) {
            if (fabs(w->sorted[0][r] - w->sorted[1][r]) > 1e-12) {
                return w->sorted[0][r] > w->sorted[1][r];
            }
        }
    }
    return w->objective < work->reached - 1e-9 * (1.0 + fabs(work->reached));
}

/* All resources; kept where that is the best so far. */
static vg_status try_ceilings(struct whole *w, bool *better)
{
    struct shared_work *work = w->work;
    const struct vg_plan_problem *problem = work->shared->problem;
    const size_t cells = (size_t)problem->n_sites * problem->n_periods;
    vg_status status = VG_OK;
    free_others(w);
    w->objective = 0.0;
    memset(w->path_unmet, 0, problem->n_paths * sizeof *w->path_unmet);
    memcpy(w->open_ceiling, w->ceiling, w->all * sizeof *w->ceiling);
    for (uint32_t r = 0; status == VG_OK && r < work->shared->n_resources; r++) {
        status = work->bundled[r].bundle == NULL ? solve_under(w, r) : VG_OK;
    }
    for (uint32_t k = 0; status == VG_OK && k < work->shared->n_bundles; k++) {
        status = solve_bundle(w, &work->shared->bundles[k]);
    }
    if (status == VG_OK && !vg_progress_report(w->progress, "planning", 0.0)) {
        status = vg_fail(work->error, VG_CANCELLED, "cancelled");
    }
    if (status != VG_OK) {
        return status;
    }
    w->objective += problem->tail_weight > 0.0 ? problem->tail_weight * plan_tail(problem, w->path_unmet, NULL) : 0.0;
    *better = is_better(w);
    if (*better) {
        work->reached = w->objective;
        memcpy(work->worst, w->worst, work->shared->n_resources * sizeof *work->worst);
        memcpy(work->best, w->ceiling, w->all * sizeof *work->best);
        memcpy(work->held, w->held, work->shared->n_resources * cells * sizeof *work->held);
    }
    shared_sum_used(work, w->ceiling, work->used);
    return VG_OK;
}

/* ------------------------------------------------------------------- the next ceilings */

/* What more of a slot is worth for what it takes up. */
static double rate(const struct whole *w, size_t at)
{
    const uint32_t r = (uint32_t)(at / w->work->slots.n), whose = plan_is_member(&w->work->bundled[r]) ? w->work->bundled[r].bundle->resource : r;
    return w->gain[at] * w->work->shared->weight[whose] / (1e-9 + shared_toll(w->work, r, at % w->work->slots.n, w->price));
}

/* More of the slots that are worth most, each half of what is left. */
static bool raise_best(struct whole *w)
{
    struct shared_work *work = w->work;
    size_t n = 0;
    for (size_t at = 0; at < w->all; at++) {
        if (w->gain[at] > 1e-6 && is_limited(work, at) && room_left(work, at, w->ceiling) > 0) {
            w->raises[n++] = (struct raise){rate(w, at), at};
        }
    }
    qsort(w->raises, n, sizeof *w->raises, by_rank);
    for (size_t k = 0; k < n; k++) {
        const int64_t room = room_left(work, w->raises[k].at, w->ceiling);
        if (room > 0) {
            lift(work, w->raises[k].at, (room + 1) / 2, w->ceiling);
        }
    }
    return n > 0;
}

/* Sites that are left below what is wanted. Whether there are any. */
static bool favour_worst(struct whole *w)
{
    const struct shared_work *work = w->work;
    const size_t sites = work->shared->problem->n_sites;
    bool below = false;
    for (size_t k = 0; k < work->shared->n_resources * sites && work->shared->problem->fairest; k++) {
        if (w->coverage[k] < work->wanted[k / sites] - 1e-12) { /* NaN, where nothing is needed, is not */
            w->weight[k] = fmin(WEIGHT_MOST, 4.0 * w->weight[k] + 1.0);
            below = true;
        }
    }
    return below;
}

/* Whether taking units off a slot makes room in each limit that has none for another. */
static bool makes_room(const struct shared_work *work, size_t victim, size_t at)
{
    const size_t slot = at % work->slots.n, other = victim % work->slots.n;
    bool makes = victim != at;
    for (uint32_t k = work->slots.first[slot]; makes && k < work->slots.first[slot + 1]; k++) {
        const uint32_t limit = work->slots.limit[k];
        if (work->used[limit] + size_in(work, limit, at) > work->shared->limits[limit].most * (1.0 + 1e-9) + 1e-9) {
            bool shared = false;
            for (uint32_t l = work->slots.first[other]; l < work->slots.first[other + 1]; l++) {
                shared = shared || (work->slots.limit[l] == limit && size_in(work, limit, victim) > 0.0);
            }
            makes = shared;
        }
    }
    return makes;
}

/* Movements that are worth most but have no room, for what of those in use is worth least: `most` of them, after the first `skipped`. Whether any was exchanged. */
static bool exchange(struct whole *w, size_t most, size_t skipped)
{
    struct shared_work *work = w->work;
    size_t n = 0, n_victims = 0, exchanged = 0;
    for (size_t at = 0; at < w->all; at++) {
        if (!is_limited(work, at)) {
            continue;
        }
        if (w->gain[at] > 1e-6 && w->ceiling[at] < way_room(work, at)) {
            w->raises[n++] = (struct raise){rate(w, at), at};
        }
        if (w->ceiling[at] > 0) {
            w->victims[n_victims++] = (struct raise){-fmax(0.0, rate(w, at)), at};
        }
    }
    qsort(w->raises, n, sizeof *w->raises, by_rank);
    qsort(w->victims, n_victims, sizeof *w->victims, by_rank);
    for (size_t k = 0; k < n && exchanged < most; k++) {
        const size_t at = w->raises[k].at;
        for (size_t v = 0, looked = 0; v < n_victims && looked < VICTIMS_MOST && room_left(work, at, w->ceiling) < 1; v++) {
            const size_t victim = w->victims[v].at;
            if (-w->victims[v].rank > 0.9 * w->raises[k].rank) {
                break;
            }
            if (w->ceiling[victim] == 0 || !makes_room(work, victim, at)) {
                continue;
            }
            looked++;
            if (skipped > 0) {
                skipped--;
                continue;
            }
            while (w->ceiling[victim] > 0 && room_left(work, at, w->ceiling) < 1) {
                lift(work, victim, -1, w->ceiling);
            }
        }
        if (room_left(work, at, w->ceiling) > 0) {
            lift(work, at, 1, w->ceiling);
            exchanged++;
        }
    }
    return exchanged > 0;
}

/* ---------------------------------------------------------------------------- rounds */

/* From ceilings to the best plan that raising them comes to. */
static vg_status climb(struct whole *w)
{
    const bool fairest = w->work->shared->problem->fairest;
    vg_status status = VG_OK;
    for (int round = 0, idle = 0; status == VG_OK && round < (fairest ? FAIR_RAISES_MOST : RAISES_MOST) && idle < IDLE_MOST; round++) {
        bool better = false;
        status = try_ceilings(w, &better);
        idle = better ? 0 : idle + 1;
        const bool below = status == VG_OK && favour_worst(w);
        if (status != VG_OK || (!raise_best(w) && !below)) {
            break;
        }
    }
    return status;
}

/* From the best plan on, as long as exchanges make it better: fewer of them, then single ones, where they do not. */
static vg_status improve(struct whole *w)
{
    struct shared_work *work = w->work;
    vg_status status = VG_OK;
    size_t in_use = 0, most, skipped = 0;
    bool better = false;
    for (size_t at = 0; at < w->all; at++) {
        in_use += work->best[at] > 0 && is_limited(work, at);
    }
    most = in_use / EXCHANGED_SHARE + 1;
    for (int k = 0; status == VG_OK && w->all <= EXCHANGED_MOST && k < EXCHANGES_MOST; k++) {
        memcpy(w->ceiling, work->best, w->all * sizeof *w->ceiling);
        status = try_ceilings(w, &better); /* what more of each would be worth */
        if (status != VG_OK || !exchange(w, most, skipped)) {
            break;
        }
        for (int round = 0; status == VG_OK && round < 2; round++) {
            status = try_ceilings(w, &better);
            if (status != VG_OK || better || !raise_best(w)) {
                break;
            }
        }
        skipped = better ? 0 : most == 1 ? skipped + 1 : 0;
        most = better ? most : most > 1 ? most / 2 : 1;
    }
    return status;
}

/* What each site must have to be no worse than the worst of the best plan, or than is wanted. */
static void spare_others(struct whole *w)
{
    const struct shared_work *work = w->work;
    const struct vg_plan_problem *problem = work->shared->problem;
    const size_t sites = problem->n_sites, cells = sites * problem->n_periods;
    for (uint32_t r = 0; r < work->shared->n_resources; r++) {
        const double keep = isnan(work->worst[r]) ? 0.0 : fmin(work->worst[r], work->wanted[r]);
        plan_trim(work->plans[r], work->held + r * cells, keep, w->least + r * cells);
    }
    for (uint32_t r = 0; r < work->shared->n_resources; r++) { /* of members as many as the bundle must have */
        const struct plan_bundled *of = &work->bundled[r];
        for (size_t cell = 0; plan_is_member(of) && cell < cells; cell++) {
            const int64_t serves = of->bundle->serves[of->member], units = (w->least[of->bundle->resource * cells + cell] + serves - 1) / serves, least = work->plans[r]->cell_least[cell];
            w->least[r * cells + cell] = units > least ? units : least;
        }
    }
    memset(w->weight, 0, work->shared->n_resources * sites * sizeof *w->weight);
    w->has_least = true;
}

/* The whole part of what the linear program holds. */
static void hold_parts(struct whole *w)
{
    const struct shared_work *work = w->work;
    const size_t cells = (size_t)work->shared->problem->n_sites * work->shared->problem->n_periods;
    for (size_t k = 0; k < work->shared->n_resources * cells; k++) {
        const int64_t part = (int64_t)floor(work->parts.held[k] + 1e-6), least = work->plans[k / cells]->cell_least[k % cells];
        w->least[k] = part > least ? part : least;
    }
    w->has_least = true;
}

/* A plan that some ceilings do not allow is none: others may. */
static vg_status or_none(struct shared_work *work, vg_status status)
{
    return status == VG_DATA_ERROR && !isinf(work->reached) ? VG_OK : status;
}

static vg_status make_fair(struct whole *w)
{
    struct shared_work *work = w->work;
    const size_t weights = work->shared->n_resources * (size_t)work->shared->problem->n_sites;
    hold_parts(w); /* where rounding down leaves that much its way */
    memcpy(w->weight, work->parts.site_price, weights * sizeof *w->weight);
    round_average(w);
    vg_status status = climb(w);
    if (status != VG_OK && status != VG_DATA_ERROR) {
        return status;
    }
    w->has_least = false;
    round_average(w);
    memcpy(w->weight, work->parts.site_price, weights * sizeof *w->weight);
    status = or_none(work, climb(w));
    if (status == VG_OK && !isinf(work->reached)) {
        status = or_none(work, improve(w));
        spare_others(w);
        memcpy(w->ceiling, work->best, w->all * sizeof *w->ceiling);
        status = status == VG_OK ? or_none(work, climb(w)) : status;
        status = status == VG_OK ? or_none(work, improve(w)) : status;
    }
    return status;
}

static vg_status make_plain(struct whole *w, bool begun)
{
    vg_status status = VG_OK;
    if (begun) {
        memcpy(w->ceiling, w->work->best, w->all * sizeof *w->ceiling);
        status = climb(w);
    } else if (w->work->shared->problem->tail_weight > 0.0 || w->work->shared->n_bundles > 0) {
        hold_parts(w);
        round_average(w);
        status = climb(w);
        status = status == VG_DATA_ERROR ? VG_OK : status;
        w->has_least = false;
    }
    if (status == VG_OK) {
        round_average(w);
        status = climb(w);
        status = status == VG_DATA_ERROR ? VG_OK : status; /* rounding down left what must be without its way */
    }
    return status == VG_OK && !isinf(w->work->reached) ? or_none(w->work, improve(w)) : status;
}

vg_status shared_make_whole(struct shared_work *work, const double *price, const struct vg_progress *progress)
{
    const struct vg_plan_problem *problem = work->shared->problem;
    const size_t n = work->shared->n_resources, all = work->slots.n * n, sites = n * problem->n_sites, cells = sites * problem->n_periods;
    const bool begun = !isinf(work->reached);
    struct vg_arena scratch;
    vg_arena_init(&scratch, 0);
    struct whole w = {.work = work, .progress = progress, .price = price, .all = all, .raises = VG_ARENA_ARRAY(&scratch, struct raise, all + 1), .victims = VG_ARENA_ARRAY(&scratch, struct raise, all + 1), .gain = VG_ARENA_ARRAY(&scratch, double, all + 1),
        .ceiling = VG_ARENA_ARRAY(&scratch, int64_t, all + 1), .open_ceiling = VG_ARENA_ARRAY(&scratch, int64_t, all + 1), .capped = VG_ARENA_ARRAY(&scratch, int64_t, cells / n * problem->n_paths), .weight = VG_ARENA_ARRAY(&scratch, double, sites), .least = VG_ARENA_ARRAY(&scratch, int64_t, cells), .held = VG_ARENA_ARRAY(&scratch, int64_t, cells),
        .coverage = VG_ARENA_ARRAY(&scratch, double, sites), .worst = VG_ARENA_ARRAY(&scratch, double, n), .path_unmet = VG_ARENA_ARRAY(&scratch, double, problem->n_paths),
        .sorted = {VG_ARENA_ARRAY(&scratch, double, n), VG_ARENA_ARRAY(&scratch, double, n)}};
    work->reached = INFINITY; /* what is told of a plan comes of flows under its ceilings */
    vg_status status = scratch.failed ? vg_fail_memory(work->error, all * 64) : problem->fairest ? make_fair(&w) : make_plain(&w, begun);
    vg_arena_release(&scratch);
    return status != VG_OK || !isinf(work->reached) ? status : vg_fail(work->error, VG_DATA_ERROR, "no plan in whole units was found that has what must be and keeps to the limits");
}

/* -------------------------------------------------------------------------- reading */

static vg_status read_resource(const struct shared_work *work, uint32_t r, struct vg_plan_answer *answer)
{
    const struct vg_plan_problem *problem = work->shared->problem;
    const size_t n = work->slots.n, cells = (size_t)problem->n_sites * problem->n_periods;
    const int64_t *moves = work->best + r * n;
    size_t filled = 0;
    for (size_t slot = 0; slot < n; slot++) {
        filled += moves[slot] > 0;
    }
    *answer = (struct vg_plan_answer){.movements = VG_ARENA_ARRAY(work->arena, struct vg_plan_movement, filled + 1), .worst_coverage_bound = problem->fairest ? work->parts.worst[r] : NAN, .objective_bound = NAN};
    vg_status status = plan_account_arrays(problem, work->arena, &answer->account, work->error);
    if (status != VG_OK || answer->movements == NULL) {
        return status != VG_OK ? status : vg_fail_memory(work->error, filled * sizeof *answer->movements);
    }
    for (size_t slot = 0; slot < n; slot++) {
        if (moves[slot] > 0) {
            answer->movements[answer->n_movements++] = (struct vg_plan_movement){(uint32_t)(slot % problem->n_ways), (uint32_t)(slot / problem->n_ways), moves[slot]};
            answer->account.cost += problem->ways[slot % problem->n_ways].cost * (double)moves[slot];
            answer->account.moved += moves[slot];
        }
    }
    answer->account.n_movements = answer->n_movements;
    memcpy(answer->account.held, work->held + r * cells, cells * sizeof *work->held);
    return plan_measure(problem, &work->shared->resources[r], &answer->account, work->error);
}

vg_status shared_read_best(struct shared_work *work, struct vg_plan_shared_answer *answer)
{
    const struct vg_plan_shared *shared = work->shared;
    const struct vg_plan_problem *problem = shared->problem;
    double *paths = VG_ARENA_ARRAY(work->arena, double, problem->n_paths);
    vg_status status = paths == NULL ? vg_fail_memory(work->error, problem->n_paths * sizeof *paths) : VG_OK;
    answer->unmet = 0.0;
    for (uint32_t r = 0; status == VG_OK && r < shared->n_resources; r++) {
        status = read_resource(work, r, &answer->answers[r]);
        answer->unmet += shared->weight[r] * answer->answers[r].account.unmet;
        for (uint32_t path = 0; status == VG_OK && path < problem->n_paths; path++) {
            paths[path] += shared->weight[r] * answer->answers[r].account.path_unmet[path];
        }
    }
    if (status != VG_OK) {
        return status;
    }
    answer->tail_unmet = plan_tail(problem, paths, NULL);
    shared_sum_used(work, work->best, answer->used);
    for (uint32_t k = 0; k < shared->n_limits; k++) { /* of one unit of each */
        answer->price[k] = shared->limits[k].most > 0.0 ? answer->price[k] / shared->limits[k].most : NAN;
    }
    const double objective = (1.0 - problem->tail_weight) * answer->unmet + problem->tail_weight * answer->tail_unmet;
    answer->bound = !problem->fairest && answer->bound > objective - 1e-9 * (1.0 + objective) ? objective : answer->bound; /* but for rounding */
    return VG_OK;
}
