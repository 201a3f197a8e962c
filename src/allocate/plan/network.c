/*
 * The network of one resource: built once, its costs set as often as weights change.
 */
#include "allocate/plan/internal.h"

#include <math.h>
#include <string.h>

#define WORTH_STEPS 4194304.0  /* 2^22: whole numbers that the largest worth of a unit is made of */
#define FIGURE_MOST (INT64_C(1) << 40)

static const char *what_moves(const struct vg_plan_resource *resource)
{
    return resource->name == NULL ? "the resource" : resource->name;
}

static vg_status check_figure(const struct vg_plan_resource *resource, const char *what, const int64_t *figures, size_t n, uint32_t n_sites, struct vg_error *error)
{
    for (size_t k = 0; figures != NULL && k < n; k++) {
        if (figures[k] < 0 || figures[k] > FIGURE_MOST) {
            return vg_fail(error, VG_DATA_ERROR, "%s: %s of site %zu in period %zu is %lld; expected 0 to %lld", what_moves(resource), what, k % n_sites + 1, k / n_sites % 100000 + 1,
                           (long long)figures[k], (long long)FIGURE_MOST);
        }
    }
    return VG_OK;
}

static vg_status check_problem(const struct vg_plan_problem *problem, const struct vg_plan_resource *resource, struct vg_error *error)
{
    const size_t n = problem->n_sites, cells = (size_t)n * problem->n_periods;
    if (n == 0 || problem->n_periods == 0 || problem->n_paths == 0 || problem->n_paths > PLAN_PATHS_MOST || cells > UINT32_MAX / 256 || problem->n_ways > UINT32_MAX / 4096) {
        return vg_fail(error, VG_USAGE_ERROR, "a plan needs sites, periods and 1 to %u paths; there are %u, %u and %u", PLAN_PATHS_MOST, problem->n_sites, problem->n_periods, problem->n_paths);
    }
    double sum = 0.0;
    for (uint32_t path = 0; path < problem->n_paths; path++) {
        if (!(problem->path_probability[path] > 0.0)) {
            return vg_fail(error, VG_DATA_ERROR, "path %u has no probability", path + 1);
        }
        sum += problem->path_probability[path];
    }
    if (fabs(sum - 1.0) > 1e-9) {
        return vg_fail(error, VG_DATA_ERROR, "the probabilities of the paths sum to %g, not to 1", sum);
    }
    for (size_t way = 0; way < problem->n_ways; way++) {
        const struct vg_plan_way *w = &problem->ways[way];
        if (w->from >= n || w->to >= n || w->from == w->to) {
            return vg_fail(error, VG_DATA_ERROR, "way %zu leads from site %u to site %u", way + 1, w->from + 1, w->to + 1);
        }
        if (!(w->cost >= 0.0) || isinf(w->cost) || w->capacity < 0) {
            return vg_fail(error, VG_DATA_ERROR, "way %zu from site %u to site %u has a negative cost or capacity", way + 1, w->from + 1, w->to + 1);
        }
    }
    if (!(problem->tail_weight >= 0.0 && problem->tail_weight <= 1.0 && problem->tail >= 0.0 && problem->tail < 1.0 && problem->fairness_slack >= 0.0 && problem->fairness_slack <= 1.0)) {
        return vg_fail(error, VG_USAGE_ERROR, "the weight of the tail and the slack of fairness are 0 to 1, the tail 0 to below 1");
    }
    vg_status status = check_figure(resource, "what must be", resource->must, cells, problem->n_sites, error);
    status = status != VG_OK ? status : check_figure(resource, "the stock", resource->stock, n, problem->n_sites, error);
    status = status != VG_OK ? status : check_figure(resource, "the minimum stock", resource->keep, n, problem->n_sites, error);
    status = status != VG_OK ? status : check_figure(resource, "what arrives", resource->arrivals, cells, problem->n_sites, error);
    return status != VG_OK ? status : check_figure(resource, "the need", resource->demand, cells * problem->n_paths, problem->n_sites, error);
}

struct vg_plan_way *vg_plan_ways_both(const struct vg_plan_way *ways, size_t n, struct vg_arena *arena)
{
    struct vg_plan_way *both = VG_ARENA_ARRAY(arena, struct vg_plan_way, 2 * n + 1);
    for (size_t k = 0; both != NULL && k < n; k++) {
        both[k] = both[n + k] = ways[k];
        both[n + k].from = ways[k].to;
        both[n + k].to = ways[k].from;
    }
    return both;
}

/* ---------------------------------------------------------------------- cells */

static int64_t need(const struct vg_plan *plan, uint32_t cell, uint32_t path)
{
    return plan->resource->demand[(size_t)path * plan->n_cells + cell];
}

static void order_paths(struct vg_plan *plan, uint32_t cell)
{
    const uint32_t n = plan->problem->n_paths;
    uint8_t *order = plan->cell_order + (size_t)cell * n;
    for (uint32_t k = 0; k < n; k++) { /* insertion: few paths, and often in order already */
        uint32_t at = k;
        while (at > 0 && need(plan, cell, order[at - 1]) > need(plan, cell, k)) {
            order[at] = order[at - 1];
            at--;
        }
        order[at] = (uint8_t)k;
    }
}

static uint32_t count_steps(const struct vg_plan *plan, uint32_t cell)
{
    const uint32_t n = plan->problem->n_paths;
    const uint8_t *order = plan->cell_order + (size_t)cell * n;
    int64_t level = plan->cell_least[cell];
    uint32_t steps = 0;
    for (uint32_t k = 0; k < n; k++) {
        if (need(plan, cell, order[k]) > level) {
            level = need(plan, cell, order[k]);
            steps++;
        }
    }
    return steps;
}

static int64_t arrives(const struct vg_plan *plan, uint32_t cell)
{
    const struct vg_plan_resource *resource = plan->resource;
    const uint32_t n = plan->problem->n_sites;
    return (cell < n ? resource->stock[cell] : 0) + (resource->arrivals == NULL ? 0 : resource->arrivals[cell]);
}

static int64_t kept(const struct vg_plan *plan, uint32_t site)
{
    const struct vg_plan_resource *resource = plan->resource;
    if (resource->keep == NULL) {
        return 0;
    }
    return resource->keep[site] < resource->stock[site] ? resource->keep[site] : resource->stock[site];
}

/* Consumables of one site used where they are worth most with nothing moved, by the steps' worth: greedy, which is exact since uses up to a day within what came up to it form a matroid. */
static void use_best(const struct vg_plan *plan, uint32_t site, int64_t *used)
{
    const uint32_t n = plan->problem->n_sites, periods = plan->problem->n_periods, paths = plan->problem->n_paths;
    for (uint32_t period = 0; period < periods; period++) {
        used[period] = 0;
    }
    for (;;) { /* the next step of worth: the cell whose next unit serves the likeliest set of paths; the earliest of equals */
        double best = 0.0;
        uint32_t best_period = periods;
        int64_t best_room = 0;
        for (uint32_t period = 0; period < periods; period++) {
            int64_t came = 0, gone = 0, spare = INT64_MAX;
            for (uint32_t day = 0; day < periods; day++) {
                came += arrives(plan, day * n + site) - (day == 0 ? kept(plan, site) : 0);
                gone += used[day];
                spare = day >= period && came - gone < spare ? came - gone : spare;
            }
            double chance = 0.0;
            int64_t level = INT64_MAX;
            for (uint32_t path = 0; path < paths; path++) {
                const int64_t wanted = need(plan, period * n + site, path);
                if (wanted > used[period]) {
                    chance += plan->problem->path_probability[path];
                    level = wanted < level ? wanted : level;
                }
            }
            if (spare > 0 && chance > best + 1e-12) {
                best = chance;
                best_period = period;
                best_room = level - used[period] < spare ? level - used[period] : spare;
            }
        }
        if (best_period == periods) {
            return;
        }
        used[best_period] += best_room;
    }
}

/*
 * What the flow cannot change. Of a reusable: units that stand in a cell whatever is planned, which are the minimum stock and, where nobody may be worse off, what a place has without the plan as far
 * as its worst path needs it. Of a consumable, where nobody may be worse off: what would be used without the plan. Never more than is there without the plan, so there is always a plan.
 */
static void find_least(struct vg_plan *plan, int64_t *used)
{
    const uint32_t n = plan->problem->n_sites, periods = plan->problem->n_periods;
    for (uint32_t site = 0; site < n; site++) {
        int64_t there = 0;
        if (!plan->resource->reusable && plan->problem->nobody_worse) {
            use_best(plan, site, used);
        }
        for (uint32_t period = 0; period < periods; period++) {
            const uint32_t cell = period * n + site;
            int64_t least = 0;
            there += arrives(plan, cell);
            if (plan->resource->reusable) {
                const int64_t most = need(plan, cell, plan->cell_order[(size_t)(cell + 1) * plan->problem->n_paths - 1]), own = most < there ? most : there;
                least = kept(plan, site);
                least = plan->problem->nobody_worse && own > least ? own : least;
            } else if (plan->problem->nobody_worse) {
                least = used[period];
            }
            plan->cell_least[cell] = least;
        }
    }
}

static int64_t *find_supply(struct vg_plan *plan, struct vg_arena *arena)
{
    const uint32_t n = plan->problem->n_sites;
    int64_t *supply = VG_ARENA_ARRAY(arena, int64_t, (size_t)plan->n_cells + 1);
    for (uint32_t cell = 0; supply != NULL && cell < plan->n_cells; cell++) {
        int64_t comes = arrives(plan, cell);
        if (plan->resource->reusable) {
            comes += (cell < n ? 0 : plan->cell_least[cell - n]) - plan->cell_least[cell];
        } else {
            comes -= plan->cell_least[cell] + (cell < n ? kept(plan, cell) : 0);
        }
        supply[cell] = comes;
        supply[plan->end] -= comes;
    }
    return supply;
}

/* Units of a cell over its arcs of worth, the most worth first; what is left over goes to the last arc. */
static void fill_cell(const struct vg_plan *plan, uint32_t cell, int64_t units, const int64_t *capacity, int64_t *amount)
{
    for (uint32_t arc = plan->cell_arc[cell]; arc + 1 < plan->cell_arc[cell + 1]; arc++) {
        amount[arc] = units < capacity[arc] ? units : capacity[arc];
        units -= amount[arc];
    }
    amount[plan->cell_arc[cell + 1] - 1] += units;
}

/* Where the flow begins: nothing moves. */
static void nothing_moved(const struct vg_plan *plan, const int64_t *supply, const int64_t *capacity, int64_t *used, int64_t *amount)
{
    const uint32_t n = plan->problem->n_sites, periods = plan->problem->n_periods;
    memset(amount, 0, plan->n_arcs * sizeof *amount);
    for (uint32_t site = 0; site < n; site++) {
        int64_t there = 0;
        if (!plan->resource->reusable) {
            use_best(plan, site, used);
        }
        for (uint32_t period = 0; period < periods; period++) {
            const uint32_t cell = period * n + site;
            there += supply[cell];
            if (plan->resource->reusable) {
                fill_cell(plan, cell, there, capacity, amount);
            } else {
                const int64_t use = used[period] - plan->cell_least[cell];
                fill_cell(plan, cell, use, capacity, amount);
                there -= use;
                amount[plan->cell_arc[cell + 1] - 1] = there;
            }
        }
    }
}

/* ----------------------------------------------------------------------- arcs */

static void cell_arcs(struct vg_plan *plan, uint32_t cell, struct plan_arcs *arcs)
{
    const uint32_t paths = plan->problem->n_paths, next = cell + plan->problem->n_sites < plan->n_cells ? cell + plan->problem->n_sites : plan->end;
    const uint8_t *order = plan->cell_order + (size_t)cell * paths;
    int64_t level = plan->cell_least[cell];
    uint32_t arc = plan->cell_arc[cell];
    for (uint32_t k = 0; k < paths; k++) {
        if (need(plan, cell, order[k]) > level) {
            arcs->source[arc] = cell;
            arcs->target[arc] = plan->resource->reusable ? next : plan->end;
            arcs->capacity[arc] = need(plan, cell, order[k]) - level;
            plan->arc_rank[arc++] = (uint8_t)k;
            level = need(plan, cell, order[k]);
        }
    }
    arcs->source[arc] = cell;
    arcs->target[arc] = next;
    arcs->capacity[arc] = VG_FLOW_UNBOUNDED;
    plan->arc_rank[arc] = (uint8_t)paths;
}

int64_t plan_way_room(const struct vg_plan_problem *problem, uint32_t period, size_t way)
{
    const struct vg_plan_way *w = &problem->ways[way];
    const int64_t capacity = w->capacity < VG_FLOW_UNBOUNDED ? w->capacity : VG_FLOW_UNBOUNDED;
    const int64_t most = problem->way_most == NULL ? capacity : problem->way_most[period * problem->n_ways + way];
    return w->lead_periods >= problem->n_periods - period ? 0 : most < capacity ? most : capacity;
}

/* A way shut for good has none; one without capacity keeps its own, since a what-if may open it. */
static bool has_arc(const struct vg_plan_problem *problem, uint32_t period, size_t way)
{
    return problem->ways[way].lead_periods < problem->n_periods - period && (problem->way_most == NULL || plan_way_room(problem, period, way) > 0);
}

static void way_arcs(struct vg_plan *plan, struct plan_arcs *arcs)
{
    const struct vg_plan_problem *problem = plan->problem;
    uint32_t arc = plan->first_way_arc;
    for (uint32_t period = 0; period < problem->n_periods; period++) {
        for (size_t way = 0; way < problem->n_ways; way++) {
            const struct vg_plan_way *w = &problem->ways[way];
            uint32_t *at = &plan->way_arc[period * problem->n_ways + way];
            *at = UINT32_MAX;
            if (has_arc(problem, period, way)) {
                arcs->source[arc] = period * problem->n_sites + w->from;
                arcs->target[arc] = (period + w->lead_periods) * problem->n_sites + w->to;
                arcs->capacity[arc] = plan_way_room(problem, period, way);
                *at = arc++;
            }
        }
    }
}

static size_t count_way_arcs(const struct vg_plan_problem *problem)
{
    size_t n = 0;
    for (uint32_t period = 0; period < problem->n_periods; period++) {
        for (size_t way = 0; way < problem->n_ways; way++) {
            n += has_arc(problem, period, way);
        }
    }
    return n;
}

static void sum_needs(struct vg_plan *plan)
{
    const uint32_t n = plan->problem->n_sites, paths = plan->problem->n_paths;
    for (uint32_t path = 0; path < paths; path++) {
        for (uint32_t cell = 0; cell < plan->n_cells; cell++) {
            plan->needed[cell % n] += plan->problem->path_probability[path] * (double)need(plan, cell, path);
        }
    }
}

void plan_base(const struct vg_plan *plan, double *base)
{
    const uint32_t n = plan->problem->n_sites;
    memset(base, 0, n * sizeof *base);
    for (uint32_t cell = 0; cell < plan->n_cells; cell++) {
        for (uint32_t path = 0; path < plan->problem->n_paths; path++) {
            const int64_t wanted = need(plan, cell, path), least = plan->cell_least[cell];
            base[cell % n] += plan->problem->path_probability[path] * (double)(least < wanted ? least : wanted);
        }
    }
}

double plan_open_need(const struct vg_plan *plan)
{
    double open = 0.0;
    for (uint32_t path = 0; path < plan->problem->n_paths; path++) {
        for (uint32_t cell = 0; cell < plan->n_cells; cell++) {
            const int64_t wanted = need(plan, cell, path), least = plan->cell_least[cell];
            open += wanted > least ? plan->problem->path_probability[path] * (double)(wanted - least) : 0.0;
        }
    }
    return open;
}

int64_t plan_effort(const struct vg_plan *plan, size_t way)
{
    return 1 + (plan->dearest > 0.0 ? (int64_t)llround(plan->problem->ways[way].cost / plan->dearest * (PLAN_EFFORT_MOST - 1)) : 0);
}

void plan_set_costs(struct vg_plan *plan)
{
    const struct vg_plan_problem *problem = plan->problem;
    const uint32_t n = problem->n_sites, paths = problem->n_paths;
    double most = 0.0;
    for (uint32_t site = 0; site < n; site++) {
        most = 1.0 + plan->site_weight[site] > most ? 1.0 + plan->site_weight[site] : most;
    }
    plan->worth_scale = WORTH_STEPS / most;
    for (uint32_t cell = 0; cell < plan->n_cells; cell++) {
        const uint8_t *order = plan->cell_order + (size_t)cell * paths;
        const uint32_t site = cell % n;
        double worth = 0.0;
        uint32_t rank = paths, arc = plan->cell_arc[cell + 1] - 1;
        plan->cost[arc] = 0;
        while (arc > plan->cell_arc[cell]) {
            for (arc--; rank > plan->arc_rank[arc]; rank--) {
                const uint8_t path = order[rank - 1];
                worth += (1.0 + plan->site_weight[site]) * problem->path_probability[path];
            }
            plan->cost[arc] = -(int64_t)llround(worth * plan->worth_scale) * PLAN_EFFORT_ROOM;
        }
    }
    for (uint32_t period = 0; period < problem->n_periods; period++) {
        for (size_t way = 0; way < problem->n_ways; way++) {
            const uint32_t arc = plan->way_arc[period * problem->n_ways + way];
            if (arc != UINT32_MAX) {
                plan->cost[arc] = plan_effort(plan, way);
            }
        }
    }
}

/* --------------------------------------------------------------------- making */

static vg_status allocate_plan(struct vg_plan *plan, struct vg_arena *arena, struct vg_error *error)
{
    const struct vg_plan_problem *problem = plan->problem;
    const size_t cells = plan->n_cells, paths = problem->n_paths;
    plan->cell_order = VG_ARENA_ARRAY(arena, uint8_t, cells * paths);
    plan->cell_least = VG_ARENA_ARRAY(arena, int64_t, cells);
    plan->cell_arc = VG_ARENA_ARRAY(arena, uint32_t, cells + 1);
    plan->way_arc = VG_ARENA_ARRAY(arena, uint32_t, problem->n_periods * problem->n_ways + 1);
    plan->needed = VG_ARENA_ARRAY(arena, double, problem->n_sites);
    plan->site_weight = VG_ARENA_ARRAY(arena, double, problem->n_sites);
    return arena->failed ? vg_fail_memory(error, cells * (paths + 12)) : VG_OK;
}

/* The arcs of a plan anew, for those that want more of them than the flow keeps. */
vg_status plan_make_arcs(struct vg_plan *plan, struct vg_arena *arena, struct plan_arcs *arcs, struct vg_error *error)
{
    const size_t n = plan->n_arcs;
    *arcs = (struct plan_arcs){VG_ARENA_ARRAY(arena, uint32_t, n), VG_ARENA_ARRAY(arena, uint32_t, n), VG_ARENA_ARRAY(arena, int64_t, n), find_supply(plan, arena)};
    if (arena->failed) {
        return vg_fail_memory(error, n * 16);
    }
    for (uint32_t cell = 0; cell < plan->n_cells; cell++) {
        cell_arcs(plan, cell, arcs);
    }
    way_arcs(plan, arcs);
    return VG_OK;
}

static vg_status build_network(struct vg_plan *plan, struct vg_arena *arena, int64_t *used, bool begin, struct vg_error *error)
{
    struct vg_arena scratch;
    struct plan_arcs arcs;
    vg_arena_init(&scratch, 0);
    const size_t n = plan->n_arcs;
    plan->arc_rank = VG_ARENA_ARRAY(arena, uint8_t, plan->first_way_arc + 1);
    plan->cost = VG_ARENA_ARRAY(arena, int64_t, n);
    plan->amount = VG_ARENA_ARRAY(arena, int64_t, n);
    vg_status status = arena->failed ? vg_fail_memory(error, n * 16) : plan_make_arcs(plan, &scratch, &arcs, error);
    if (status == VG_OK) {
        plan_set_costs(plan);
        const struct vg_flow_network network = {plan->n_cells + 1, plan->n_arcs, arcs.source, arcs.target, arcs.capacity, plan->cost, arcs.supply};
        status = vg_flow_create(&network, arena, &plan->flow, error);
    }
    if (status == VG_OK && begin) {
        nothing_moved(plan, arcs.supply, arcs.capacity, used, plan->amount);
        status = vg_flow_begin(plan->flow, plan->amount, error);
    }
    vg_arena_release(&scratch);
    return status;
}

vg_status plan_create(const struct vg_plan_problem *problem, const struct vg_plan_resource *resource, const int64_t *least, struct vg_arena *arena, struct vg_plan **result,
                      struct vg_error *error)
{
    vg_status status = VG_OK;
    struct vg_plan *plan = VG_ARENA_ARRAY(arena, struct vg_plan, 1);
    int64_t *used = VG_ARENA_ARRAY(arena, int64_t, problem->n_periods);
    if (plan == NULL || used == NULL) {
        return vg_fail_memory(error, sizeof *plan);
    }
    *plan = (struct vg_plan){.problem = problem, .resource = resource, .n_cells = problem->n_sites * problem->n_periods};
    plan->end = plan->n_cells;
    for (size_t way = 0; way < problem->n_ways; way++) {
        plan->dearest = problem->ways[way].cost > plan->dearest ? problem->ways[way].cost : plan->dearest;
    }
    status = allocate_plan(plan, arena, error);
    if (status != VG_OK) {
        return status;
    }
    for (uint32_t cell = 0; cell < plan->n_cells; cell++) {
        order_paths(plan, cell);
    }
    if (least != NULL) {
        memcpy(plan->cell_least, least, plan->n_cells * sizeof *least);
    } else {
        find_least(plan, used);
    }
    for (uint32_t cell = 0; resource->must != NULL && cell < plan->n_cells; cell++) {
        plan->cell_least[cell] = resource->must[cell] > plan->cell_least[cell] ? resource->must[cell] : plan->cell_least[cell];
    }
    for (uint32_t cell = 0; cell < plan->n_cells; cell++) {
        plan->cell_arc[cell + 1] = plan->cell_arc[cell] + count_steps(plan, cell) + 1;
    }
    plan->first_way_arc = plan->cell_arc[plan->n_cells];
    plan->n_arcs = plan->first_way_arc + (uint32_t)count_way_arcs(problem);
    sum_needs(plan);
    status = build_network(plan, arena, used, least == NULL && resource->must == NULL, error);
    *result = plan;
    return status;
}

vg_status plan_go_on(struct vg_plan *plan, const struct vg_flow_network *network, struct vg_arena *scratch, int64_t *amount, int64_t *potential, uint64_t *pivots, const struct vg_progress *progress, struct vg_error *error)
{
    struct vg_flow *flow;
    vg_arena_reset(scratch);
    vg_status status = vg_flow_create(network, scratch, &flow, error);
    status = status == VG_OK ? vg_flow_begin(flow, amount, error) : status;
    status = status == VG_OK ? vg_flow_solve(flow, progress, error) : status;
    if (status != VG_OK) {
        return status;
    }
    vg_flow_read(flow, amount, potential);
    if (pivots != NULL) {
        *pivots += vg_flow_pivots(flow);
    }
    plan->solutions++;
    return VG_OK;
}

vg_status vg_plan_create(const struct vg_plan_problem *problem, const struct vg_plan_resource *resource, struct vg_arena *arena, struct vg_plan **plan, struct vg_error *error)
{
    vg_status status = check_problem(problem, resource, error);
    return status == VG_OK ? plan_create(problem, resource, NULL, arena, plan, error) : status;
}
