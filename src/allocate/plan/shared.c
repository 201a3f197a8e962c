/*
 * Plans of several resources within limits that they share: prices by which each resource is a flow of its own (price.c), or a linear program where that is quicker, and where the worst-served comes first or the tail counts
 * (levels.c), give what moves on average and a bound; a plan in whole units is made of it in whole.c.
 */
#include "allocate/plan/shared.h"

#include <math.h>
#include <string.h>

#define LINEAR_ARCS 130000u  /* of so many arcs of all resources the linear program is quicker than prices, and its bound exact */
#define ROUNDS_MOST 400u
#define GAP 2e-4             /* of the bound: prices good enough */
#define WORTH_MOST (INT64_C(1) << 37)
#define COST_ROOM (INT64_C(1) << 57)

/* ---------------------------------------------------------------------- limits */

static vg_status check_limits(const struct vg_plan_shared *shared, struct vg_error *error)
{
    const struct vg_plan_problem *problem = shared->problem;
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

static bool is_nothing(const int64_t *figures, size_t n)
{
    bool nothing = true;
    for (size_t k = 0; figures != NULL && k < n; k++) {
        nothing = nothing && figures[k] == 0;
    }
    return nothing;
}

vg_status plan_index_bundles(const struct vg_plan_shared *shared, struct vg_arena *arena, struct plan_bundled **bundled, struct vg_error *error)
{
    const struct vg_plan_problem *problem = shared->problem;
    const size_t sites = problem->n_sites, cells = sites * problem->n_periods;
    uint32_t first = 0;
    *bundled = VG_ARENA_ARRAY(arena, struct plan_bundled, shared->n_resources);
    bool fits = true;
    for (uint32_t k = 0; *bundled != NULL && fits && k < shared->n_bundles; k++) {
        const struct vg_plan_bundle *bundle = &shared->bundles[k];
        const struct vg_plan_resource *served = bundle->resource < shared->n_resources ? &shared->resources[bundle->resource] : NULL;
        fits = served != NULL && bundle->n_members > 0 && served->reusable && is_nothing(served->stock, sites) && is_nothing(served->arrivals, cells) && is_nothing(served->must, cells) && (*bundled)[bundle->resource].bundle == NULL;
        if (fits) {
            (*bundled)[bundle->resource] = (struct plan_bundled){bundle, UINT32_MAX, first};
        }
        for (uint32_t m = 0; fits && m < bundle->n_members; m++) {
            const uint32_t r = bundle->members[m];
            fits = r < shared->n_resources && shared->resources[r].reusable && bundle->serves[m] >= 1 && bundle->serves[m] <= 1000000 && (*bundled)[r].bundle == NULL && is_nothing(shared->resources[r].demand, cells * problem->n_paths);
            if (fits) {
                (*bundled)[r] = (struct plan_bundled){bundle, m, first + m * (uint32_t)cells};
            }
        }
        first += bundle->n_members * (uint32_t)cells;
    }
    return *bundled == NULL ? vg_fail_memory(error, shared->n_resources * sizeof **bundled)
           : fits           ? VG_OK
                            : vg_fail(error, VG_DATA_ERROR, "resources that serve together serve again, are of one bundle each, and are needed only together; what they serve has no stock of its own");
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

void shared_sum_used(const struct shared_work *work, const int64_t *amounts, double *used)
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

double shared_toll(const struct shared_work *work, uint32_t r, size_t slot, const double *price)
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

static void price_cells(const struct shared_work *work, struct vg_plan *plan)
{
    for (uint32_t cell = 0; cell < plan->n_cells; cell++) {
        for (uint32_t arc = plan->cell_arc[cell]; arc < plan->cell_arc[cell + 1]; arc++) {
            plan->cost[arc] = -(int64_t)llround(plan_step_chance(plan, cell, arc) * work->scale);
        }
    }
}

/* A unit is worth at most 1 a period: a dearer slot is as good as shut, whatever it costs beyond that, so the figure may end there. */
static vg_status ask_resource(const struct shared_work *work, uint32_t r, const double *price, double *value)
{
    struct vg_plan *plan = work->plans[r];
    const double weight = work->shared->weight[r], most = (double)work->shared->problem->n_periods + 1.0;
    int64_t *newest = work->newest + r * work->slots.n, supplied = 0;
    for (size_t slot = 0; slot < work->slots.n; slot++) {
        if (plan->way_arc[slot] != UINT32_MAX) {
            plan->cost[plan->way_arc[slot]] = plan_effort(plan, slot % work->shared->problem->n_ways) + (int64_t)llround(fmin(most, shared_toll(work, r, slot, price) / weight) * work->scale);
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
    struct shared_work *work = context;
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
    shared_sum_used(work, work->newest, work->used);
    for (uint32_t k = 0; k < shared->n_limits; k++) {
        const double most = shared->limits[k].most;
        excess[k] = most > 0.0 ? work->used[k] / most - 1.0 : 0.0;
        *value -= most > 0.0 ? price[k] : 0.0;
        unmet -= most > 0.0 ? price[k] * excess[k] : 0.0;
        keeps = keeps && !shared_exceeds(&shared->limits[k], work->used[k]);
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
    struct shared_work *work = context;
    for (size_t k = 0; k < work->slots.n * work->shared->n_resources; k++) {
        work->parts.average[k] += share * ((double)work->newest[k] - work->parts.average[k]);
    }
}

/* ------------------------------------------------------------------------- solving */

/* Nobody worse off: a site keeps as many of a member as it serves without the plan, with what else is there then. */
static vg_status keep_served(struct shared_work *work, const struct vg_plan_problem *open, uint32_t r)
{
    const struct vg_plan_shared *shared = work->shared;
    const struct plan_bundled *of = &work->bundled[r];
    const size_t cells = (size_t)open->n_sites * open->n_periods;
    const int64_t **held = VG_ARENA_ARRAY(work->arena, const int64_t *, of->bundle->n_members);
    int64_t *served = VG_ARENA_ARRAY(work->arena, int64_t, cells), *least = VG_ARENA_ARRAY(work->arena, int64_t, cells);
    vg_status status = work->arena->failed ? vg_fail_memory(work->error, cells * sizeof *served) : VG_OK;
    for (uint32_t m = 0; status == VG_OK && m < of->bundle->n_members; m++) {
        struct vg_plan_account account;
        status = vg_plan_account_of(open, &shared->resources[of->bundle->members[m]], NULL, 0, NULL, work->arena, &account, work->error);
        held[m] = account.held;
    }
    if (status != VG_OK) {
        return status;
    }
    vg_plan_bundle_held(of->bundle, held, cells, served);
    const int64_t *demand = shared->resources[of->bundle->resource].demand, serves = of->bundle->serves[of->member];
    for (size_t cell = 0; cell < cells; cell++) {
        int64_t most = 0;
        for (uint32_t path = 0; path < open->n_paths; path++) {
            most = demand[path * cells + cell] > most ? demand[path * cells + cell] : most;
        }
        const int64_t own = ((most < served[cell] ? most : served[cell]) + serves - 1) / serves;
        least[cell] = own > work->plans[r]->cell_least[cell] ? own : work->plans[r]->cell_least[cell];
    }
    return plan_create(open, &shared->resources[r], least, work->arena, &work->plans[r], work->error);
}

vg_status shared_begin(struct shared_work *work)
{
    const struct vg_plan_shared *shared = work->shared;
    const struct vg_plan_problem *problem = shared->problem;
    vg_status status = check_limits(shared, work->error);
    status = status == VG_OK ? plan_index_slots(shared, work->arena, &work->slots, work->error) : status;
    status = status == VG_OK ? plan_index_bundles(shared, work->arena, &work->bundled, work->error) : status;
    status = status == VG_OK ? plan_parts_make(shared, work->slots.n, work->arena, &work->parts, work->error) : status;
    const size_t all = work->slots.n * shared->n_resources, sites = problem->n_sites, cells = sites * problem->n_periods * shared->n_resources;
    work->plans = VG_ARENA_ARRAY(work->arena, struct vg_plan *, shared->n_resources);
    work->constant = VG_ARENA_ARRAY(work->arena, double, shared->n_resources);
    work->newest = VG_ARENA_ARRAY(work->arena, int64_t, all + 1);
    work->best = VG_ARENA_ARRAY(work->arena, int64_t, all + 1);
    work->used = VG_ARENA_ARRAY(work->arena, double, shared->n_limits + 1);
    work->held = VG_ARENA_ARRAY(work->arena, int64_t, cells);
    work->worst = VG_ARENA_ARRAY(work->arena, double, shared->n_resources);
    work->wanted = VG_ARENA_ARRAY(work->arena, double, shared->n_resources);
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
                most[slot] = shared_exceeds(&shared->limits[limit], size) ? 0 : most[slot];
            }
            most[slot] = plan_is_served(&work->bundled[r]) ? 0 : most[slot]; /* its members move */
        }
        *open = *problem;
        open->way_most = most;
        status = vg_plan_create(open, &shared->resources[r], work->arena, &work->plans[r], work->error);
        status = status == VG_OK && problem->nobody_worse && plan_is_member(&work->bundled[r]) ? keep_served(work, open, r) : status;
        if (status == VG_OK) {
            work->constant[r] = plan_open_need(work->plans[r]);
            price_cells(work, work->plans[r]);
        }
    }
    return status;
}

static vg_status by_linear_program(struct shared_work *work, struct vg_plan_shared_answer *answer)
{
    const struct vg_plan_problem *problem = work->shared->problem;
    vg_status status = plan_solve_parts(work->shared, work->plans, &work->slots, &work->parts, work->error);
    double sum = 0.0;
    if (status != VG_OK) {
        return status;
    }
    answer->bound = work->parts.objective;
    memcpy(answer->price, work->parts.price, work->shared->n_limits * sizeof *answer->price);
    for (uint32_t r = 0; r < work->shared->n_resources; r++) {
        work->wanted[r] = problem->fairest && !isnan(work->parts.worst[r]) ? work->parts.worst[r] * (1.0 - problem->fairness_slack) : 0.0;
    }
    for (uint32_t path = 0; path < problem->n_paths; path++) {
        sum += work->parts.path_weight[path];
    }
    for (uint32_t path = 0; path < problem->n_paths; path++) {
        work->parts.path_weight[path] /= sum;
    }
    if (problem->tail_weight > 0.0) {
        work->open.path_probability = work->parts.path_weight;
    }
    return VG_OK;
}

static vg_status find_average(struct shared_work *work, const struct vg_progress *progress, struct vg_plan_shared_answer *answer)
{
    const struct vg_plan_shared *shared = work->shared;
    const bool rules = shared->problem->fairest || shared->problem->tail_weight > 0.0 || shared->n_bundles > 0;
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
    if (rules && arcs > PLAN_LINEAR_ARCS) {
        return vg_fail(work->error, VG_USAGE_ERROR, "within limits that resources share the worst-served place and the tail of the paths, and resources that serve together, are planned for up to %u arcs; this plan has %llu: plan for larger regions, fewer resources or periods, or without these rules",
                       PLAN_LINEAR_ARCS, (unsigned long long)arcs);
    }
    if (rules || (arcs <= LINEAR_ARCS && !shared->decompose)) {
        return by_linear_program(work, answer);
    }
    work->known = nothing;
    const struct plan_priced priced = {.n = shared->n_limits, .ask = ask_prices, .blend = blend_newest, .context = work, .target = &work->known, .tolerance = GAP * nothing, .excess = 0.01, .rounds_most = ROUNDS_MOST, .patience = ROUNDS_MOST};
    return plan_find_prices(&priced, work->arena, progress, answer->price, &answer->bound, &answer->rounds, work->error);
}

vg_status vg_plan_shared_solve(const struct vg_plan_shared *shared, struct vg_arena *arena, const struct vg_progress *progress, struct vg_plan_shared_answer *answer, struct vg_error *error)
{
    struct shared_work work = {.shared = shared, .error = error};
    struct vg_arena own;
    *answer = (struct vg_plan_shared_answer){.answers = VG_ARENA_ARRAY(arena, struct vg_plan_answer, shared->n_resources), .used = VG_ARENA_ARRAY(arena, double, shared->n_limits + 1),
                                             .price = VG_ARENA_ARRAY(arena, double, shared->n_limits + 1)};
    if (arena->failed) {
        return vg_fail_memory(error, shared->n_limits * (size_t)16);
    }
    vg_arena_init(&own, 0);
    work.arena = &own;
    vg_status status = shared_begin(&work);
    status = status == VG_OK ? find_average(&work, progress, answer) : status;
    status = status == VG_OK ? shared_make_whole(&work, answer->price, progress) : status;
    if (status == VG_OK) {
        work.arena = arena;
        status = shared_read_best(&work, answer);
    }
    vg_arena_release(&own);
    return status;
}
