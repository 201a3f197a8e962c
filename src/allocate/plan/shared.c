/*
 * Plans of several resources within limits that they share: prices by which each resource is a flow of its own (price.c), or a linear program where that is small (shared_linear.c), give what moves on average and a bound; a
 * plan in whole units is made of it here. Each movement gets a ceiling in whole units, so that the ceilings together keep to the limits; under them each resource is a flow again. What they leave of the limits is
 * given to the movements that the flows' potentials say are worth most, and the flows are solved again, round by round.
 */
#include "allocate/plan/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LINEAR_ARCS 50000u   /* so many arcs of all resources are a linear program of a few seconds */
#define ROUNDS_MOST 400u
#define RAISES_MOST 16
#define GAP 2e-4             /* of the bound: prices good enough */
#define WORTH_MOST (INT64_C(1) << 37)
#define COST_ROOM (INT64_C(1) << 57)

struct work {
    const struct vg_plan_shared *shared;
    struct vg_plan_problem open;      /* the problem with ways shut that a limit of nothing shuts */
    struct vg_arena *arena;
    struct vg_error *error;
    struct plan_slots slots;
    struct vg_plan **plans;           /* [resources] without the limits */
    double *average, *constant;       /* [resources * slots] what moves; [resources] unmet need before steps */
    int64_t *newest, *best;           /* [resources * slots] the last answer; the ceilings of the best plan */
    double reached;                   /* by it; INFINITY: none yet */
    double known;                     /* what some plan reaches, with nothing moved at the latest */
    double *used;                     /* [limits] */
    double scale;                     /* whole-number cost of a unit of worth */
    uint64_t pivots;
};

static bool exceeds(const struct vg_plan_limit *limit, double used)
{
    return used > limit->most + 1e-9 * (1.0 + limit->most);
}

/* ---------------------------------------------------------------------- limits */

static vg_status check_limits(const struct vg_plan_shared *shared, struct vg_error *error)
{
    const struct vg_plan_problem *problem = shared->problem;
    if (problem->fairest || problem->tail_weight > 0.0) {
        return vg_fail(error, VG_USAGE_ERROR, "limits that resources share are kept by plans by expected need alone");
    }
    for (uint32_t r = 0; r < shared->n_resources; r++) {
        if (!(shared->weight[r] > 0.0) || isinf(shared->weight[r])) {
            return vg_fail(error, VG_DATA_ERROR, "resource %u has no weight above 0", r + 1);
        }
    }
    for (uint32_t k = 0; k < shared->n_limits; k++) {
        const struct vg_plan_limit *limit = &shared->limits[k];
        bool fits = limit->most >= 0.0 && !isinf(limit->most) && (limit->period < problem->n_periods || limit->period == VG_PLAN_ALL_PERIODS);
        for (size_t way = 0; fits && limit->ways != NULL && way < limit->n_ways; way++) {
            fits = limit->ways[way] < problem->n_ways;
        }
        for (uint32_t r = 0; fits && limit->size != NULL && r < shared->n_resources; r++) {
            fits = limit->size[r] >= 0.0 && !isinf(limit->size[r]);
        }
        if (!fits) {
            return vg_fail(error, VG_DATA_ERROR, "limit %u is negative, without end, or of a way or a period that is not there", k + 1);
        }
    }
    return VG_OK;
}

/* Counted, then filled. */
vg_status plan_index_slots(const struct vg_plan_shared *shared, struct vg_arena *arena, struct plan_slots *slots, struct vg_error *error)
{
    const struct vg_plan_problem *problem = shared->problem;
    slots->n = (size_t)problem->n_periods * problem->n_ways;
    slots->first = VG_ARENA_ARRAY(arena, uint32_t, slots->n + 2);
    for (int pass = 0; !arena->failed && pass < 2; pass++) {
        for (uint32_t k = 0; k < shared->n_limits; k++) {
            const struct vg_plan_limit *limit = &shared->limits[k];
            const uint32_t first = limit->period == VG_PLAN_ALL_PERIODS ? 0 : limit->period, end = limit->period == VG_PLAN_ALL_PERIODS ? problem->n_periods : limit->period + 1;
            for (size_t way = 0; way < (limit->ways == NULL ? problem->n_ways : limit->n_ways); way++) {
                for (uint32_t period = first; period < end; period++) {
                    uint32_t *at = &slots->first[period * problem->n_ways + (limit->ways == NULL ? way : limit->ways[way]) + 1 + (pass == 0)];
                    if (pass == 1) {
                        slots->limit[*at] = k;
                    }
                    ++*at;
                }
            }
        }
        if (pass == 0) {
            for (size_t slot = 0; slot <= slots->n; slot++) {
                slots->first[slot + 1] += slots->first[slot];
            }
            slots->limit = VG_ARENA_ARRAY(arena, uint32_t, (size_t)slots->first[slots->n + 1] + 1);
        }
    }
    return arena->failed ? vg_fail_memory(error, slots->n * 8) : VG_OK;
}

static void sum_used(const struct work *work, const int64_t *amounts, double *used)
{
    const struct vg_plan_shared *shared = work->shared;
    const size_t n = work->slots.n;
    memset(used, 0, shared->n_limits * sizeof *used);
    for (size_t at = 0; at < n * shared->n_resources; at++) {
        const size_t slot = at % n;
        for (uint32_t k = work->slots.first[slot]; amounts[at] > 0 && k < work->slots.first[slot + 1]; k++) {
            used[work->slots.limit[k]] += plan_limit_size(shared, work->slots.limit[k], (uint32_t)(at / n), slot % shared->problem->n_ways) * (double)amounts[at];
        }
    }
}

/* ---------------------------------------------------------------------- prices */

/* What a unit of a slot pays for the limits. */
static double toll(const struct work *work, uint32_t r, size_t slot, const double *price)
{
    const struct vg_plan_shared *shared = work->shared;
    double sum = 0.0;
    for (uint32_t k = work->slots.first[slot]; k < work->slots.first[slot + 1]; k++) {
        const uint32_t limit = work->slots.limit[k];
        const double most = shared->limits[limit].most;
        sum += most > 0.0 ? price[limit] / most * plan_limit_size(shared, limit, r, slot % shared->problem->n_ways) : 0.0; /* of nothing: its ways are shut */
    }
    return sum;
}

static void price_cells(const struct work *work, struct vg_plan *plan)
{
    for (uint32_t cell = 0; cell < plan->n_cells; cell++) {
        for (uint32_t arc = plan->cell_arc[cell]; arc < plan->cell_arc[cell + 1]; arc++) {
            plan->cost[arc] = -(int64_t)llround(plan_step_chance(plan, cell, arc) * work->scale);
        }
    }
}

/* A unit is worth at most 1 a period: a dearer slot is as good as shut, whatever it costs beyond that, so the figure may end there. */
static vg_status ask_resource(const struct work *work, uint32_t r, const double *price, double *value)
{
    struct vg_plan *plan = work->plans[r];
    const double weight = work->shared->weight[r], most = (double)work->shared->problem->n_periods + 1.0;
    int64_t *newest = work->newest + r * work->slots.n, supplied = 0;
    for (size_t slot = 0; slot < work->slots.n; slot++) {
        if (plan->way_arc[slot] != UINT32_MAX) {
            plan->cost[plan->way_arc[slot]] = plan_effort(plan, slot % work->shared->problem->n_ways) + (int64_t)llround(fmin(most, toll(work, r, slot, price) / weight) * work->scale);
        }
    }
    vg_status status = vg_flow_set_costs(plan->flow, plan->cost, work->error);
    status = status == VG_OK ? plan_run(plan, NULL, work->error) : status;
    for (size_t slot = 0; status == VG_OK && slot < work->slots.n; slot++) {
        newest[slot] = plan->way_arc[slot] == UINT32_MAX ? 0 : plan->amount[plan->way_arc[slot]];
        supplied += newest[slot];
    }
    *value = weight * (work->constant[r] + (vg_flow_cost(plan->flow) - (1.0 + PLAN_EFFORT_MOST) * (double)supplied) / work->scale); /* what movements cost beside the limits, and something against rounding */
    return status;
}

static vg_status ask_prices(void *context, const double *price, double *value, double *excess, struct vg_error *error)
{
    struct work *work = context;
    const struct vg_plan_shared *shared = work->shared;
    vg_status status = VG_OK;
    *value = 0.0;
    work->error = error;
    for (uint32_t r = 0; status == VG_OK && r < shared->n_resources; r++) {
        double part = 0.0;
        status = ask_resource(work, r, price, &part);
        *value += part;
    }
    if (status != VG_OK) {
        return status;
    }
    bool keeps = true;
    double unmet = 0.0;
    sum_used(work, work->newest, work->used);
    for (uint32_t k = 0; k < shared->n_limits; k++) {
        const double most = shared->limits[k].most;
        excess[k] = most > 0.0 ? work->used[k] / most - 1.0 : 0.0;
        *value -= most > 0.0 ? price[k] : 0.0;
        unmet -= most > 0.0 ? price[k] * excess[k] : 0.0;
        keeps = keeps && !exceeds(&shared->limits[k], work->used[k]);
    }
    unmet += *value;
    if (keeps && unmet < work->reached) {
        work->reached = unmet;
        work->known = fmin(work->known, unmet);
        memcpy(work->best, work->newest, shared->n_resources * work->slots.n * sizeof *work->best);
    }
    return VG_OK;
}

static void blend_newest(void *context, double share)
{
    struct work *work = context;
    for (size_t k = 0; k < work->slots.n * work->shared->n_resources; k++) {
        work->average[k] += share * ((double)work->newest[k] - work->average[k]);
    }
}

/* -------------------------------------------------------------------- whole units */

struct raise {
    double rank;
    size_t at;
};

static int by_rank(const void *a, const void *b)
{
    const struct raise *x = a, *y = b;
    return x->rank != y->rank ? (x->rank < y->rank) - (x->rank > y->rank) : (x->at > y->at) - (x->at < y->at);
}

/* How many more units of a slot the limits have room for. */
static int64_t room_left(const struct work *work, size_t at, const int64_t *ceiling)
{
    const struct vg_plan_shared *shared = work->shared;
    const size_t slot = at % work->slots.n, way = slot % shared->problem->n_ways;
    double room = (double)(plan_way_room(&work->open, (uint32_t)(slot / shared->problem->n_ways), way) - ceiling[at]);
    for (uint32_t k = work->slots.first[slot]; k < work->slots.first[slot + 1]; k++) {
        const uint32_t limit = work->slots.limit[k];
        const double size = plan_limit_size(shared, limit, (uint32_t)(at / work->slots.n), way);
        room = size > 0.0 ? fmin(room, (shared->limits[limit].most - work->used[limit]) / size) : room;
    }
    return room >= 1.0 - 1e-9 ? (int64_t)floor(fmin(room, 1e12) + 1e-9) : 0;
}

static void lift(struct work *work, size_t at, int64_t units, int64_t *ceiling)
{
    const size_t slot = at % work->slots.n;
    ceiling[at] += units;
    for (uint32_t k = work->slots.first[slot]; k < work->slots.first[slot + 1]; k++) {
        work->used[work->slots.limit[k]] += (double)units * plan_limit_size(work->shared, work->slots.limit[k], (uint32_t)(at / work->slots.n), slot % work->shared->problem->n_ways);
    }
}

/* The average in whole units: down, less where a limit is still exceeded, then the largest parts up while there is room. */
static size_t round_average(struct work *work, struct raise *raises, int64_t *ceiling)
{
    const struct vg_plan_shared *shared = work->shared;
    const size_t all = work->slots.n * shared->n_resources;
    size_t n = 0;
    for (size_t at = 0; at < all; at++) {
        ceiling[at] = (int64_t)floor(work->average[at] + 1e-6);
    }
    sum_used(work, ceiling, work->used);
    for (size_t at = 0; at < all; at++) {
        double share = 1.0;
        const size_t slot = at % work->slots.n;
        for (uint32_t k = work->slots.first[slot]; ceiling[at] > 0 && k < work->slots.first[slot + 1]; k++) {
            const uint32_t limit = work->slots.limit[k];
            share = exceeds(&shared->limits[limit], work->used[limit]) ? fmin(share, shared->limits[limit].most / work->used[limit]) : share;
        }
        ceiling[at] = share < 1.0 ? (int64_t)floor((double)ceiling[at] * share) : ceiling[at];
        const double part = work->average[at] - (double)ceiling[at];
        if (part > 1e-6) {
            raises[n++] = (struct raise){fmin(part, 1.0), at};
        }
    }
    sum_used(work, ceiling, work->used);
    qsort(raises, n, sizeof *raises, by_rank);
    for (size_t k = 0; k < n; k++) {
        if (room_left(work, raises[k].at, ceiling) > 0) {
            lift(work, raises[k].at, 1, ceiling);
        }
    }
    return n;
}

/* Slots of no limit are free. */
static void free_others(const struct work *work, int64_t *ceiling)
{
    const struct vg_plan_problem *problem = work->shared->problem;
    for (size_t at = 0; at < work->slots.n * work->shared->n_resources; at++) {
        const size_t slot = at % work->slots.n;
        if (work->slots.first[slot] == work->slots.first[slot + 1]) {
            ceiling[at] = plan_way_room(&work->open, (uint32_t)(slot / problem->n_ways), slot % problem->n_ways);
        }
    }
}

/* One resource under its ceilings; these come down to what is sent, and what more of a slot would be worth goes to gain[slots] (NULL: not asked). */
static vg_status solve_under(struct work *work, uint32_t r, int64_t *ceiling, struct vg_arena *arena, double *gain, struct vg_plan_answer *answer)
{
    const struct vg_plan_problem *problem = work->shared->problem;
    struct vg_plan_problem *limited = VG_ARENA_ARRAY(arena, struct vg_plan_problem, 1);
    struct vg_plan *plan;
    if (limited == NULL) {
        return vg_fail_memory(work->error, sizeof *limited);
    }
    *limited = work->open;
    limited->way_most = ceiling;
    vg_status status = plan_create(limited, &work->shared->resources[r], NULL, arena, &plan, work->error);
    status = status != VG_OK ? status : plan_run(plan, NULL, work->error);
    status = status != VG_OK ? status : plan_read(plan, arena, answer, work->error);
    if (status != VG_OK) {
        return status;
    }
    work->pivots += answer->pivots;
    for (size_t slot = 0; slot < work->slots.n; slot++) {
        const uint32_t period = (uint32_t)(slot / problem->n_ways);
        const struct vg_plan_way *way = &problem->ways[slot % problem->n_ways];
        if (gain != NULL) {
            gain[slot] = way->lead_periods >= problem->n_periods - period ? 0.0 : vg_plan_worth(plan, way->to, period + way->lead_periods) - vg_plan_worth(plan, way->from, period);
        }
        ceiling[slot] = plan->way_arc[slot] == UINT32_MAX ? 0 : plan->amount[plan->way_arc[slot]];
    }
    return VG_OK;
}

/* More of the slots that are worth most for what they take up, each half of what is left. */
static bool raise_best(struct work *work, const double *gain, const double *price, struct raise *raises, int64_t *ceiling)
{
    const size_t all = work->slots.n * work->shared->n_resources;
    size_t n = 0;
    for (size_t at = 0; at < all; at++) {
        const size_t slot = at % work->slots.n;
        const uint32_t r = (uint32_t)(at / work->slots.n);
        if (gain[at] > 1e-6 && work->slots.first[slot] < work->slots.first[slot + 1] && room_left(work, at, ceiling) > 0) {
            raises[n++] = (struct raise){gain[at] * work->shared->weight[r] / (1e-9 + toll(work, r, slot, price)), at};
        }
    }
    qsort(raises, n, sizeof *raises, by_rank);
    for (size_t k = 0; k < n; k++) {
        const int64_t room = room_left(work, raises[k].at, ceiling);
        if (room > 0) {
            lift(work, raises[k].at, (room + 1) / 2, ceiling);
        }
    }
    return n > 0;
}

/* From ceilings to the best plan that raising them comes to; kept where it is better than what is known. */
static vg_status climb(struct work *work, const double *price, struct raise *raises, double *gain, int64_t *ceiling)
{
    const struct vg_plan_shared *shared = work->shared;
    double last = INFINITY;
    for (int round = 0, idle = 0; round < RAISES_MOST && idle < 3; round++) {
        double unmet = 0.0;
        vg_status status = VG_OK;
        free_others(work, ceiling);
        for (uint32_t r = 0; status == VG_OK && r < shared->n_resources; r++) {
            struct vg_arena scratch;
            struct vg_plan_answer answer;
            vg_arena_init(&scratch, 0);
            status = solve_under(work, r, ceiling + r * work->slots.n, &scratch, gain + r * work->slots.n, &answer);
            unmet += status == VG_OK ? shared->weight[r] * answer.account.unmet : 0.0;
            vg_arena_release(&scratch);
        }
        if (status != VG_OK) {
            return status;
        }
        if (unmet < work->reached) {
            work->reached = unmet;
            memcpy(work->best, ceiling, shared->n_resources * work->slots.n * sizeof *ceiling);
        }
        idle = unmet < last - 1e-9 * (1.0 + fabs(unmet)) ? 0 : idle + 1;
        last = fmin(last, unmet);
        sum_used(work, ceiling, work->used);
        if (!raise_best(work, gain, price, raises, ceiling)) {
            break;
        }
    }
    return VG_OK;
}

static vg_status make_whole(struct work *work, const double *price)
{
    const size_t all = work->slots.n * work->shared->n_resources;
    struct vg_arena scratch;
    vg_arena_init(&scratch, 0);
    struct raise *raises = VG_ARENA_ARRAY(&scratch, struct raise, all + 1);
    double *gain = VG_ARENA_ARRAY(&scratch, double, all + 1);
    int64_t *ceiling = VG_ARENA_ARRAY(&scratch, int64_t, all + 1);
    vg_status status = scratch.failed ? vg_fail_memory(work->error, all * 32) : VG_OK;
    if (status == VG_OK && work->reached < INFINITY) {
        memcpy(ceiling, work->best, all * sizeof *ceiling);
        status = climb(work, price, raises, gain, ceiling);
    }
    if (status == VG_OK) {
        (void)round_average(work, raises, ceiling);
        status = climb(work, price, raises, gain, ceiling);
        status = status == VG_DATA_ERROR ? VG_OK : status; /* rounding down left what must be without its way */
    }
    vg_arena_release(&scratch);
    return status != VG_OK || work->reached < INFINITY ? status : vg_fail(work->error, VG_DATA_ERROR, "no plan in whole units was found that has what must be and keeps to the limits");
}

/* ------------------------------------------------------------------------- solving */

static vg_status begin_work(struct work *work)
{
    const struct vg_plan_shared *shared = work->shared;
    const struct vg_plan_problem *problem = shared->problem;
    vg_status status = plan_index_slots(shared, work->arena, &work->slots, work->error);
    const size_t all = work->slots.n * shared->n_resources;
    work->plans = VG_ARENA_ARRAY(work->arena, struct vg_plan *, shared->n_resources);
    work->average = VG_ARENA_ARRAY(work->arena, double, all + 1);
    work->constant = VG_ARENA_ARRAY(work->arena, double, shared->n_resources);
    work->newest = VG_ARENA_ARRAY(work->arena, int64_t, all + 1);
    work->best = VG_ARENA_ARRAY(work->arena, int64_t, all + 1);
    work->used = VG_ARENA_ARRAY(work->arena, double, shared->n_limits + 1);
    if (status != VG_OK || work->arena->failed) {
        return status != VG_OK ? status : vg_fail_memory(work->error, all * 24);
    }
    int64_t worth = WORTH_MOST;
    while ((double)worth * (problem->n_periods + 2.0) * (problem->n_sites * (double)problem->n_periods + 2.0) > (double)COST_ROOM) {
        worth /= 2;
    }
    work->scale = (double)worth;
    work->reached = INFINITY;
    work->open = *problem;
    for (uint32_t r = 0; status == VG_OK && r < shared->n_resources; r++) {
        int64_t *most = VG_ARENA_ARRAY(work->arena, int64_t, work->slots.n + 1);
        struct vg_plan_problem *open = VG_ARENA_ARRAY(work->arena, struct vg_plan_problem, 1);
        if (work->arena->failed) {
            return vg_fail_memory(work->error, work->slots.n * sizeof *most);
        }
        for (size_t slot = 0; slot < work->slots.n; slot++) {
            most[slot] = plan_way_room(problem, (uint32_t)(slot / problem->n_ways), slot % problem->n_ways);
            for (uint32_t k = work->slots.first[slot]; k < work->slots.first[slot + 1]; k++) { /* one unit too large: none */
                const uint32_t limit = work->slots.limit[k];
                const double size = plan_limit_size(shared, limit, r, slot % problem->n_ways);
                most[slot] = exceeds(&shared->limits[limit], size) ? 0 : most[slot];
            }
        }
        *open = *problem;
        open->way_most = most;
        status = vg_plan_create(open, &shared->resources[r], work->arena, &work->plans[r], work->error);
        if (status == VG_OK) {
            work->constant[r] = plan_open_need(work->plans[r]);
            price_cells(work, work->plans[r]);
        }
    }
    return status;
}

static vg_status find_average(struct work *work, const struct vg_progress *progress, struct vg_plan_shared_answer *answer)
{
    const struct vg_plan_shared *shared = work->shared;
    uint64_t arcs = 0;
    double nothing = 0.0;
    for (uint32_t r = 0; r < shared->n_resources; r++) {
        struct vg_plan_account account;
        struct vg_arena scratch;
        vg_arena_init(&scratch, 0);
        vg_status status = vg_plan_account_of(shared->problem, &shared->resources[r], NULL, 0, NULL, &scratch, &account, work->error);
        nothing += status == VG_OK ? shared->weight[r] * account.unmet : 0.0;
        vg_arena_release(&scratch);
        if (status != VG_OK) {
            return status;
        }
        arcs += work->plans[r]->n_arcs;
    }
    if (arcs <= LINEAR_ARCS && !shared->decompose) {
        return plan_shared_linear(shared, work->plans, &work->slots, work->average, answer->price, &answer->bound, work->error);
    }
    work->known = nothing;
    const struct plan_priced priced = {.n = shared->n_limits, .ask = ask_prices, .blend = blend_newest, .context = work, .target = &work->known, .tolerance = GAP * nothing, .excess = 0.01, .rounds_most = ROUNDS_MOST, .patience = ROUNDS_MOST};
    return plan_find_prices(&priced, work->arena, progress, answer->price, &answer->bound, &answer->rounds, work->error);
}

static vg_status read_best(struct work *work, struct vg_plan_shared_answer *answer)
{
    const struct vg_plan_shared *shared = work->shared;
    vg_status status = VG_OK;
    answer->unmet = 0.0;
    for (uint32_t r = 0; status == VG_OK && r < shared->n_resources; r++) {
        answer->answers[r] = (struct vg_plan_answer){.worst_coverage_bound = NAN, .objective_bound = NAN};
        status = solve_under(work, r, work->best + r * work->slots.n, work->arena, NULL, &answer->answers[r]);
        answer->answers[r].worst_coverage_bound = answer->answers[r].objective_bound = NAN;
        answer->unmet += status == VG_OK ? shared->weight[r] * answer->answers[r].account.unmet : 0.0;
    }
    if (status == VG_OK) {
        sum_used(work, work->best, answer->used);
    }
    for (uint32_t k = 0; k < shared->n_limits; k++) { /* of one unit of each */
        answer->price[k] = shared->limits[k].most > 0.0 ? answer->price[k] / shared->limits[k].most : NAN;
    }
    answer->bound = answer->bound > answer->unmet - 1e-9 * (1.0 + answer->unmet) ? answer->unmet : answer->bound; /* but for rounding */
    return status;
}

vg_status vg_plan_shared_solve(const struct vg_plan_shared *shared, struct vg_arena *arena, const struct vg_progress *progress, struct vg_plan_shared_answer *answer, struct vg_error *error)
{
    struct work work = {.shared = shared, .error = error};
    struct vg_arena own;
    *answer = (struct vg_plan_shared_answer){.answers = VG_ARENA_ARRAY(arena, struct vg_plan_answer, shared->n_resources), .used = VG_ARENA_ARRAY(arena, double, shared->n_limits + 1),
                                             .price = VG_ARENA_ARRAY(arena, double, shared->n_limits + 1)};
    if (arena->failed) {
        return vg_fail_memory(error, shared->n_limits * (size_t)16);
    }
    vg_status status = check_limits(shared, error);
    vg_arena_init(&own, 0);
    work.arena = &own;
    status = status == VG_OK ? begin_work(&work) : status;
    status = status == VG_OK ? find_average(&work, progress, answer) : status;
    status = status == VG_OK ? make_whole(&work, answer->price) : status;
    if (status == VG_OK) {
        work.arena = arena;
        status = read_best(&work, answer);
    }
    vg_arena_release(&own);
    return status;
}
