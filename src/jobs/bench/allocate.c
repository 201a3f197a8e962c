/*
 * Plans beside a linear-programming solver: regions with epidemics that peak apart, hubs with arrivals, twelve weeks, five paths, four resources (two that serve again, two that are used up),
 * three nearest hubs both ways and four nearest neighbours. The same networks go through CLP where that ends in reasonable time; the optimum must be the same.
 */
#include "jobs/bench/internal.h"

#include "allocate/plan/plan.h"
#include "jobs/bench/bench.h"

#include <coin/Clp_C_Interface.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PERIODS = 12, PATHS = 5, HUB_WAYS = 3, NEIGHBOURS = 4, RESOURCES = 4 };
#define SEED 20210205

struct scene {
    struct vg_arena arena;
    uint32_t regions, hubs, sites;
    double *latitude, *longitude, *people;
    struct vg_plan_way *ways;
    size_t n_ways;
    struct vg_plan_problem problem;
    struct vg_plan_resource resources[RESOURCES];
};

static double uniform(uint32_t entity, uint32_t time, uint32_t purpose)
{
    struct vg_random random = vg_random_stream(SEED, entity, time, purpose);
    return vg_random_uniform(&random);
}

static void add_nearest(struct scene *scene, uint32_t region, uint32_t first, uint32_t end, size_t most, bool back)
{
    uint32_t found[8];
    double distance[8];
    size_t n = 0;
    for (uint32_t other = first; other < end; other++) {
        const double d = hypot(scene->latitude[other] - scene->latitude[region], scene->longitude[other] - scene->longitude[region]);
        if (other == region || (n == most && d >= distance[n - 1])) {
            continue;
        }
        size_t at = n < most ? n++ : n - 1;
        for (; at > 0 && distance[at - 1] > d; at--) {
            distance[at] = distance[at - 1];
            found[at] = found[at - 1];
        }
        distance[at] = d;
        found[at] = other;
    }
    for (size_t k = 0; k < n; k++) {
        scene->ways[scene->n_ways++] = (struct vg_plan_way){region, found[k], 1, 1000.0 * distance[k], VG_PLAN_NO_LIMIT};
        if (back) {
            scene->ways[scene->n_ways++] = (struct vg_plan_way){found[k], region, 1, 1000.0 * distance[k], VG_PLAN_NO_LIMIT};
        }
    }
}

/* Stocks and arrivals in proportion to people; needs as waves whose peak, height and width differ by region and path. */
static void fill_resource(struct scene *scene, uint32_t r, int64_t *stock, int64_t *arrivals, int64_t *demand)
{
    static const double per_head[RESOURCES] = {20e-5, 50e-5, 300e-5, 2000e-5};
    const uint32_t n = scene->sites;
    for (uint32_t site = 0; site < n; site++) {
        const bool hub = site >= scene->regions;
        const double rate = per_head[r], peak = PERIODS * uniform(site, 0, 10), width = 2.0 + 2.0 * uniform(site, 0, 11);
        stock[site] = llround(hub ? 2e6 * rate * uniform(site, r, 12) : scene->people[site] * rate * (0.3 + 0.7 * uniform(site, r, 13)));
        for (uint32_t period = 0; period < PERIODS; period++) {
            arrivals[period * n + site] = hub ? llround(2e4 * rate * uniform(site, period, 14 + r)) : 0;
            for (uint32_t path = 0; path < PATHS && !hub; path++) {
                const double shift = peak + ((double)path - 2.0) * 0.7 * (0.5 + uniform(site, path, 20)), height = (0.6 + 0.25 * path) * (0.7 + 0.6 * uniform(site, path, 21));
                const double z = ((double)period - shift) / width;
                demand[((size_t)path * PERIODS + period) * n + site] = llround(1.6 * scene->people[site] * rate * height * exp(-0.5 * z * z));
            }
        }
    }
    scene->resources[r] = (struct vg_plan_resource){.name = "resource", .reusable = r < 2, .stock = stock, .arrivals = arrivals, .demand = demand};
}

static vg_status make_scene(uint32_t regions, struct scene *scene, struct vg_error *error)
{
    static const double probability[PATHS] = {0.1, 0.2, 0.4, 0.2, 0.1};
    *scene = (struct scene){.regions = regions, .hubs = regions > 100 ? 27 : 3};
    vg_arena_init(&scene->arena, 0);
    scene->sites = scene->regions + scene->hubs;
    const size_t n = scene->sites, cells = n * PERIODS;
    scene->latitude = VG_ARENA_ARRAY(&scene->arena, double, n);
    scene->longitude = VG_ARENA_ARRAY(&scene->arena, double, n);
    scene->people = VG_ARENA_ARRAY(&scene->arena, double, n);
    scene->ways = VG_ARENA_ARRAY(&scene->arena, struct vg_plan_way, n * (2 * HUB_WAYS + NEIGHBOURS));
    int64_t *stock = VG_ARENA_ARRAY(&scene->arena, int64_t, n * RESOURCES), *arrivals = VG_ARENA_ARRAY(&scene->arena, int64_t, cells * RESOURCES),
            *demand = VG_ARENA_ARRAY(&scene->arena, int64_t, cells * PATHS * RESOURCES);
    if (scene->arena.failed) {
        return vg_fail_memory(error, cells * PATHS * RESOURCES * 8);
    }
    for (uint32_t site = 0; site < n; site++) {
        scene->latitude[site] = uniform(site, 0, 1);
        scene->longitude[site] = uniform(site, 0, 2);
        scene->people[site] = exp(9.0 + 1.3 * vg_normal_quantile(uniform(site, 0, 3)));
    }
    for (uint32_t region = 0; region < regions; region++) {
        add_nearest(scene, region, regions, scene->sites, HUB_WAYS, true);
        add_nearest(scene, region, 0, regions, NEIGHBOURS, false);
    }
    for (uint32_t r = 0; r < RESOURCES; r++) {
        fill_resource(scene, r, stock + r * n, arrivals + r * cells, demand + r * cells * PATHS);
    }
    scene->problem = (struct vg_plan_problem){.n_sites = scene->sites, .n_periods = PERIODS, .n_paths = PATHS, .path_probability = probability, .ways = scene->ways, .n_ways = scene->n_ways};
    return VG_OK;
}

/* ------------------------------------------------------------------- measuring */

struct solved {
    double cpu_seconds, worst_cpu_seconds, cost[RESOURCES], again_seconds;
    uint64_t pivots;
    size_t arcs, bytes;
};

/* Again with ten more units at the first region: what a changed figure costs. */
static vg_status solve_again(struct vg_plan *plan, struct vg_arena *arena, double *seconds, struct vg_error *error)
{
    struct vg_plan_answer answer;
    const double before = bench_cpu_seconds();
    vg_status status = vg_plan_add_stock(plan, 0, 0, 10, error);
    status = status != VG_OK ? status : vg_plan_solve(plan, arena, NULL, &answer, error);
    *seconds = bench_cpu_seconds() - before;
    return status;
}

static vg_status solve_ours(struct scene *scene, struct solved *solved, struct vg_error *error)
{
    *solved = (struct solved){0};
    vg_status status = VG_OK;
    for (uint32_t r = 0; status == VG_OK && r < RESOURCES; r++) {
        struct vg_arena arena;
        struct vg_plan *plan;
        struct vg_plan_answer answer;
        struct vg_flow_network network;
        vg_arena_init(&arena, 0);
        const double before = bench_cpu_seconds();
        status = vg_plan_create(&scene->problem, &scene->resources[r], &arena, &plan, error);
        status = status != VG_OK ? status : vg_plan_solve(plan, &arena, NULL, &answer, error);
        const double seconds = bench_cpu_seconds() - before;
        solved->cpu_seconds += seconds;
        solved->worst_cpu_seconds = fmax(solved->worst_cpu_seconds, seconds);
        solved->bytes = arena.used_bytes > solved->bytes ? arena.used_bytes : solved->bytes;
        if (status == VG_OK) {
            solved->pivots += answer.pivots;
            solved->cost[r] = answer.account.unmet;
            double again = 0.0;
            status = solve_again(plan, &arena, &again, error);
            solved->again_seconds = fmax(solved->again_seconds, again);
        }
        status = status != VG_OK ? status : vg_plan_network(plan, &arena, &network, error);
        solved->arcs += status == VG_OK ? network.arcs : 0;
        vg_arena_release(&arena);
    }
    return status;
}

/* CLP on one network: its processor's seconds and the expected unmet need that its optimum means. */
static vg_status solve_clp(struct scene *scene, uint32_t r, bool barrier, double *seconds, double *cost, double *ours, struct vg_error *error)
{
    struct vg_arena arena;
    struct vg_plan *plan;
    struct vg_plan_answer answer;
    struct vg_flow_network network;
    vg_arena_init(&arena, 0);
    vg_status status = vg_plan_create(&scene->problem, &scene->resources[r], &arena, &plan, error);
    status = status != VG_OK ? status : vg_plan_solve(plan, &arena, NULL, &answer, error);
    status = status != VG_OK ? status : vg_plan_network(plan, &arena, &network, error);
    const size_t m = status == VG_OK ? network.arcs : 0, n = status == VG_OK ? network.nodes : 0;
    CoinBigIndex *starts = VG_ARENA_ARRAY(&arena, CoinBigIndex, m + 1);
    int *rows = VG_ARENA_ARRAY(&arena, int, 2 * m);
    double *values = VG_ARENA_ARRAY(&arena, double, 2 * m), *zero = VG_ARENA_ARRAY(&arena, double, m), *upper = VG_ARENA_ARRAY(&arena, double, m), *costs = VG_ARENA_ARRAY(&arena, double, m),
           *supply = VG_ARENA_ARRAY(&arena, double, n);
    Clp_Simplex *model = status == VG_OK && !arena.failed ? Clp_newModel() : NULL;
    if (model == NULL) {
        vg_arena_release(&arena);
        return status != VG_OK ? status : vg_fail_memory(error, m * 40);
    }
    double scale = 0.0, flow_cost = 0.0;
    for (size_t arc = 0; arc < m; arc++) {
        scale = fmax(scale, fabs((double)network.cost[arc]));
    }
    for (size_t arc = 0; arc < m; arc++) { /* to numbers of the size that a solver in floating point likes */
        starts[arc] = (CoinBigIndex)(2 * arc);
        rows[2 * arc] = (int)network.source[arc];
        rows[2 * arc + 1] = (int)network.target[arc];
        values[2 * arc] = 1.0;
        values[2 * arc + 1] = -1.0;
        upper[arc] = network.capacity[arc] >= VG_FLOW_UNBOUNDED ? DBL_MAX : (double)network.capacity[arc];
        costs[arc] = (double)network.cost[arc] / scale;
    }
    starts[m] = (CoinBigIndex)(2 * m);
    for (size_t node = 0; node < n; node++) {
        supply[node] = (double)network.supply[node];
    }
    Clp_setLogLevel(model, 0);
    const double before = bench_cpu_seconds();
    Clp_loadProblem(model, (int)m, (int)n, starts, rows, values, zero, upper, costs, supply, supply);
    (void)(barrier ? Clp_initialBarrierSolve(model) : Clp_dual(model, 0));
    *seconds = bench_cpu_seconds() - before;
    *cost = Clp_status(model) == 0 ? Clp_objectiveValue(model) : NAN;
    Clp_deleteModel(model);
    struct vg_flow *flow;
    status = vg_flow_create(&network, &arena, &flow, error);
    status = status != VG_OK ? status : vg_flow_solve(flow, NULL, error);
    flow_cost = status == VG_OK ? vg_flow_cost(flow) / scale : NAN;
    *ours = flow_cost;
    vg_arena_release(&arena);
    return status;
}

static void begin_table(struct vg_table *table)
{
    vg_table_add_column(table, "regions", VG_COLUMN_INTEGER);
    vg_table_add_column(table, "task", VG_COLUMN_TEXT);
    vg_table_add_column(table, "arcs", VG_COLUMN_INTEGER);
    vg_table_add_column(table, "cpu_seconds", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "pivots", VG_COLUMN_INTEGER);
    vg_table_add_column(table, "megabytes", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "ratio", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "difference", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "limit", VG_COLUMN_TEXT);
}

static void row(struct vg_table *table, uint32_t regions, const char *task, size_t arcs, double seconds, uint64_t pivots, double megabytes, double ratio, double difference, const char *limit)
{
    vg_table_integer(table, regions);
    vg_table_text(table, task);
    vg_table_integer(table, (int64_t)arcs);
    vg_table_double(table, seconds);
    if (pivots == 0) {
        vg_table_missing(table);
    } else {
        vg_table_integer(table, (int64_t)pivots);
    }
    vg_table_double(table, megabytes);
    vg_table_double(table, ratio);
    vg_table_double(table, difference);
    vg_table_text(table, limit);
}

/* CLP's time on the last resource (the easiest) and, up to 100 regions, on all. */
static vg_status compare(struct scene *scene, struct vg_table *table, struct vg_error *error)
{
    vg_status status = VG_OK;
    for (int barrier = 0; status == VG_OK && barrier < 2; barrier++) {
        double clp = 0.0, own = 0.0, worst = 0.0;
        for (uint32_t r = scene->regions <= 100 ? 0 : RESOURCES - 1; status == VG_OK && r < RESOURCES; r++) {
            double seconds = 0.0, cost = 0.0, ours = 0.0;
            struct vg_arena arena;
            struct vg_plan *plan;
            struct vg_plan_answer answer;
            vg_arena_init(&arena, 0);
            const double before = bench_cpu_seconds();
            status = vg_plan_create(&scene->problem, &scene->resources[r], &arena, &plan, error);
            status = status != VG_OK ? status : vg_plan_solve(plan, &arena, NULL, &answer, error);
            own += bench_cpu_seconds() - before;
            vg_arena_release(&arena);
            status = status != VG_OK ? status : solve_clp(scene, r, barrier == 1, &seconds, &cost, &ours, error);
            clp += seconds;
            worst = fmax(worst, fabs(cost - ours) / fabs(ours));
        }
        row(table, scene->regions, barrier ? "CLP, barrier" : "CLP, dual simplex", 0, clp, 0, NAN, clp / own, worst,
            scene->regions <= 100 ? "ratio: CLP's seconds by ours, all resources" : "ratio: CLP's seconds by ours, the easiest resource");
    }
    return status;
}

/* --------------------------------------------------------------- fairness, limits */

/* The worst-served place first: by flows alone, and, up to 100 regions, by CLP and its parts made whole. Difference: of the worst coverage that no plan can have more than. */
static vg_status fairest(const struct scene *scene, bool clp, struct vg_table *table, struct vg_error *error)
{
    struct vg_plan_problem problem = scene->problem;
    double seconds[2] = {0.0, 0.0}, below[2] = {0.0, 0.0};
    size_t bytes = 0;
    vg_status status = VG_OK;
    problem.fairest = true;
    for (int linear = 0; status == VG_OK && linear < (clp ? 2 : 1); linear++) {
        problem.by_flows = linear == 0;
        for (uint32_t r = 0; status == VG_OK && r < RESOURCES; r++) {
            struct vg_arena arena;
            struct vg_plan *plan;
            struct vg_plan_answer answer;
            vg_arena_init(&arena, 0);
            const double before = bench_cpu_seconds();
            status = vg_plan_create(&problem, &scene->resources[r], &arena, &plan, error);
            status = status != VG_OK ? status : vg_plan_solve(plan, &arena, NULL, &answer, error);
            seconds[linear] += bench_cpu_seconds() - before;
            bytes = linear == 0 && arena.used_bytes > bytes ? arena.used_bytes : bytes;
            below[linear] = status == VG_OK ? fmax(below[linear], answer.worst_coverage_bound - answer.account.worst_coverage) : below[linear];
            vg_arena_release(&arena);
        }
    }
    if (status == VG_OK) {
        row(table, scene->regions, "the worst-served place first, four resources", 0, seconds[0], 0, (double)bytes / 1e6, NAN, below[0], "difference: the worst coverage below the highest there may be; flows after flows, each from the last");
    }
    if (status == VG_OK && clp) {
        row(table, scene->regions, "CLP, the worst-served place first", 0, seconds[1], 0, NAN, seconds[1] / seconds[0], below[1], "ratio: seconds with CLP's linear programs by those without; difference: as above, after rounding");
    }
    return status;
}

/* The same limits, the worst-served place first, and half the weight on the tail. */
static vg_status fair_within(const struct scene *scene, struct vg_plan_shared *shared, struct vg_table *table, struct vg_error *error)
{
    struct vg_plan_problem problem = *shared->problem;
    struct vg_plan_shared_answer answer;
    vg_status status = VG_OK;
    problem.tail = 0.8;
    shared->problem = &problem;
    for (int tail = 0; status == VG_OK && tail < 2; tail++) {
        struct vg_arena arena;
        vg_arena_init(&arena, 0);
        problem.fairest = tail == 0;
        problem.tail_weight = tail == 0 ? 0.0 : 0.5;
        const double before = bench_cpu_seconds();
        status = vg_plan_shared_solve(shared, &arena, NULL, &answer, error);
        const double seconds = bench_cpu_seconds() - before;
        double below = 0.0;
        for (uint32_t r = 0; status == VG_OK && r < RESOURCES; r++) {
            below = fmax(below, answer.answers[r].worst_coverage_bound - answer.answers[r].account.worst_coverage);
        }
        if (status == VG_OK && tail == 0) {
            row(table, scene->regions, "the worst-served place first, within these limits", 0, seconds, 0, NAN, answer.unmet / answer.bound, below, "difference: the worst coverage below the highest there may be; ratio: weighted unmet need by the least there may be at that coverage");
        } else if (status == VG_OK) {
            row(table, scene->regions, "half the weight on the worst paths, within these limits", 0, seconds, 0, NAN, NAN, (0.5 * answer.unmet + 0.5 * answer.tail_unmet) / answer.bound - 1.0, "difference: above the bound");
        }
        vg_arena_release(&arena);
        if (status == VG_USAGE_ERROR) { /* too large for it */
            return VG_OK;
        }
    }
    return status;
}

/* All four resources within what hubs can send in a period and what all transport costs: by prices, and, where that is a linear program of some seconds, by CLP. */
static vg_status within_limits(const struct scene *scene, struct vg_table *table, struct vg_error *error)
{
    static const double weight[RESOURCES] = {20.0, 10.0, 1.0, 0.2}, size[RESOURCES] = {1.0, 0.5, 0.1, 0.01};
    struct vg_arena arena;
    vg_arena_init(&arena, 0);
    const uint32_t n_limits = scene->hubs * PERIODS + 1;
    struct vg_plan_limit *limits = VG_ARENA_ARRAY(&arena, struct vg_plan_limit, n_limits);
    uint32_t *ways = VG_ARENA_ARRAY(&arena, uint32_t, scene->n_ways);
    struct vg_plan_resource *resources = VG_ARENA_ARRAY(&arena, struct vg_plan_resource, RESOURCES);
    if (arena.failed) {
        vg_arena_release(&arena);
        return vg_fail_memory(error, scene->n_ways * sizeof *ways);
    }
    memcpy(resources, scene->resources, RESOURCES * sizeof *resources);
    double people = 0.0;
    for (uint32_t region = 0; region < scene->regions; region++) {
        people += scene->people[region];
    }
    size_t filled = 0;
    for (uint32_t hub = 0; hub < scene->hubs; hub++) {
        const size_t first = filled;
        for (size_t way = 0; way < scene->n_ways; way++) {
            if (scene->ways[way].from == scene->regions + hub) {
                ways[filled++] = (uint32_t)way;
            }
        }
        for (uint32_t period = 0; period < PERIODS; period++) {
            limits[hub * PERIODS + period] = (struct vg_plan_limit){.ways = ways + first, .n_ways = filled - first, .period = period, .size = size, .most = 2e-5 * people / scene->hubs};
        }
    }
    limits[n_limits - 1] = (struct vg_plan_limit){.period = VG_PLAN_ALL_PERIODS, .most = 0.01 * people};
    struct vg_plan_shared shared = {.problem = &scene->problem, .resources = resources, .n_resources = RESOURCES, .weight = weight, .limits = limits, .n_limits = n_limits};
    struct vg_plan_shared_answer answer[2];
    double seconds[2] = {0.0, 0.0};
    vg_status status = VG_OK;
    for (int linear = 0; status == VG_OK && linear < 2; linear++) {
        shared.decompose = linear == 0;
        const double before = bench_cpu_seconds();
        status = vg_plan_shared_solve(&shared, &arena, NULL, &answer[linear], error);
        seconds[linear] = bench_cpu_seconds() - before;
    }
    if (status == VG_OK) {
        row(table, scene->regions, "hubs' trucks and a budget, four resources", 0, seconds[0], answer[0].rounds, NAN, NAN, answer[0].unmet / answer[0].bound - 1.0, "pivots: rounds of prices; difference: weighted unmet need above its bound");
    }
    if (status == VG_OK && answer[1].rounds == 0) { /* larger ones are priced whatever is asked */
        row(table, scene->regions, "CLP, trucks and a budget", 0, seconds[1], 0, NAN, seconds[1] / seconds[0], answer[1].unmet / answer[1].bound - 1.0, "ratio: seconds with CLP's linear program by those of prices; difference: as above");
    }
    status = status == VG_OK ? fair_within(scene, &shared, table, error) : status;
    vg_arena_release(&arena);
    return status;
}

vg_status bench_allocate(const struct vg_bench_request *request, const struct vg_progress *progress, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    static const uint32_t usual[] = {50, 500, 5570};
    /* Seconds of LEMON's network simplex for four such networks, on another machine and another geography (its authors' library, measured for this project): to compare sizes, not to race. */
    static const double lemon[] = {0.01, 0.24, 13.5};
    (void)arena;
    begin_table(&answer->table);
    vg_status status = VG_OK;
    const size_t n = request->n_series > 0 ? 1 : sizeof usual / sizeof *usual;
    for (size_t k = 0; status == VG_OK && k < n; k++) {
        const uint32_t regions = request->n_series > 0 ? (uint32_t)(request->n_series < 20000 ? request->n_series : 20000) : usual[k];
        struct scene scene;
        struct solved solved;
        if (!vg_progress_report(progress, "allocate", (double)k / (double)n)) {
            return vg_fail(error, VG_CANCELLED, "cancelled");
        }
        status = make_scene(regions, &scene, error);
        status = status != VG_OK ? status : solve_ours(&scene, &solved, error);
        if (status == VG_OK) {
            row(&answer->table, regions, "plan, four resources", solved.arcs, solved.cpu_seconds, solved.pivots, (double)solved.bytes / 1e6, request->n_series > 0 ? NAN : lemon[k] / solved.cpu_seconds, NAN,
                "ratio: LEMON's seconds elsewhere by ours; each pivot reads the arcs of a block (25 bytes each) and the smaller side of a cut");
            row(&answer->table, regions, "a changed figure, hardest resource", solved.arcs / RESOURCES, solved.again_seconds, 0, NAN, NAN, NAN, "goes on from the last plan; each unit that finds another way looks at some fifteen thousand nodes, and the plan is read anew");
        }
        const bool clp = !request->without_peers && regions <= 100;
        status = status != VG_OK ? status : fairest(&scene, clp, &answer->table, error);
        status = status != VG_OK || regions > 500 ? status : within_limits(&scene, &answer->table, error);
        if (status == VG_OK && !request->without_peers && regions <= 500) {
            status = compare(&scene, &answer->table, error);
        }
        vg_arena_release(&scene.arena);
    }
    return status;
}
