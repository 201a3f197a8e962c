/*
 * How fast it is told which lineages grow, how often a virus came in, when nodes were, and of which lineage genomes are: on counts and trees that are invented here. Times
 * are of the processor; what a node, a mutation or a cell costs is beside them, and what a bar asks for.
 */
#include "jobs/bench/genomes.h"

#include "trace/genome/clock/clock.h"
#include "trace/genome/growth/growth.h"
#include "trace/genome/introductions/introductions.h"
#include "trace/genome/lineage/lineage.h"
#include "jobs/bench/bench.h"

#include <math.h>

#define GROWTH_BAR_SECONDS 0.05

enum { LINEAGES = 50, WEEKS = 100, PLACES = 40, GENOMES_A_WEEK = 100, LEAVES = 200000, REGIONS = 40, CALLS = 200, LENGTH = 29903, NODES_A_LINEAGE = 500, HISTORY_LEAVES = 10000, MODEL_REGIONS = 10 };

struct lineages_bench {
    struct vg_arena *arena;
    struct vg_table *table;
    struct vg_error *error;
    struct vg_tree *tree;
    double cpu;
};

static void start(struct lineages_bench *bench)
{
    bench->cpu = bench_cpu_seconds();
}

/* What took since the start; n of them, bar NAN where nobody set one. */
static void row(struct lineages_bench *bench, const char *task, double n, double bar, const char *limit)
{
    double cpu = bench_cpu_seconds() - bench->cpu;
    bench_genomes_put(bench->table, &(struct bench_genomes_row){.task = task, .n = (size_t)n, .cpu_seconds = cpu, .memory_bytes = NAN, .peer_per_cpu_second = NAN, .bar = bar, .limit = limit});
}

/* ------------------------------------------------------------------ growth */

/* Lineages that replace each other, with advantages that differ between places, in counts that are multinomial. */
static vg_status make_counts(struct lineages_bench *bench, struct vg_growth_counts *counts)
{
    double *cells = VG_ARENA_ARRAY(bench->arena, double, (size_t)PLACES * WEEKS * LINEAGES);
    int32_t *days = VG_ARENA_ARRAY(bench->arena, int32_t, WEEKS);
    struct vg_random random = vg_random_stream(20210205, 0, 0, 0x6c696e);
    if (cells == NULL || days == NULL) {
        return vg_fail_memory(bench->error, (size_t)PLACES * WEEKS * LINEAGES);
    }
    for (size_t place = 0; place < PLACES; place++) {
        double rate[LINEAGES], from[LINEAGES];
        for (size_t v = 0; v < LINEAGES; v++) {
            rate[v] = 0.002 * (double)v + 0.02 * vg_random_normal(&random);
            from[v] = -0.05 * (double)v + 0.9 * vg_random_normal(&random);
        }
        for (size_t week = 0; week < WEEKS; week++) {
            double shares[LINEAGES], sum = 0, left = 1;
            int64_t rest = GENOMES_A_WEEK;
            for (size_t v = 0; v < LINEAGES; v++) {
                shares[v] = exp(from[v] + rate[v] * ((double)week - WEEKS / 2.0));
                sum += shares[v];
            }
            for (size_t v = 0; v < LINEAGES; v++) {
                double share = shares[v] / sum;
                int64_t n = v + 1 == LINEAGES ? rest : vg_random_binomial(&random, rest, fmin(share / fmax(left, 1e-12), 1));
                cells[(place * WEEKS + week) * LINEAGES + v] = (double)n;
                rest -= n;
                left -= share;
            }
            days[week] = 18000 + 7 * (int32_t)week;
        }
    }
    *counts = (struct vg_growth_counts){PLACES, WEEKS, LINEAGES, cells, days};
    return VG_OK;
}

static vg_status measure_growth(struct lineages_bench *bench)
{
    struct vg_growth_counts counts;
    struct vg_growth_model model;
    struct vg_growth_fit fit;
    vg_growth_model_defaults(&model);
    vg_status status = make_counts(bench, &counts);
    start(bench);
    if (status == VG_OK) {
        status = vg_growth_fit(&counts, &model, NULL, bench->arena, &fit, bench->error);
    }
    if (status == VG_OK) {
        double cells = (double)PLACES * WEEKS * LINEAGES;
        row(bench, "counts fitted for growth: 50 lineages, 100 weeks, 40 places", cells, cells / GROWTH_BAR_SECONDS,
            vg_arena_format(bench->arena, "%zu iterations of all places after each went by itself: curvature 50^2 x 100 x 3/2, its inverse 98^3 / 2 multiplications a place; places go to the "
                            "threads there are", fit.iterations));
    }
    return status;
}

/* ------------------------------------------------------------------- trees */

/* Regions of leaves that change seldom along the tree, and years by their mutations. */
static vg_status fill_leaves(struct lineages_bench *bench, uint32_t **regions, double **years)
{
    struct vg_tree *tree = bench->tree;
    uint32_t *own = VG_ARENA_ARRAY(bench->arena, uint32_t, tree->n_nodes), *depth = VG_ARENA_ARRAY(bench->arena, uint32_t, tree->n_nodes);
    *regions = VG_ARENA_ARRAY(bench->arena, uint32_t, tree->n_nodes);
    *years = VG_ARENA_ARRAY(bench->arena, double, tree->n_nodes);
    if (own == NULL || depth == NULL || *regions == NULL || *years == NULL) {
        return vg_fail_memory(bench->error, tree->n_nodes);
    }
    for (uint32_t v = 0; v < tree->n_nodes; v++) {
        struct vg_random random = vg_random_stream(20210205, v, 0, 0x726567);
        bool moves = v == 0 || vg_random_uniform(&random) < 0.03;
        own[v] = moves ? vg_random_below(&random, REGIONS) : own[tree->parent[v]];
        depth[v] = v == 0 ? 0 : depth[tree->parent[v]] + tree->mutation_start[v + 1] - tree->mutation_start[v];
        (*regions)[v] = vg_tree_is_leaf(tree, v) ? own[v] : VG_REGION_NONE;
        (*years)[v] = vg_tree_is_leaf(tree, v) ? 2020 + depth[v] / 25.0 + 0.1 * vg_random_uniform(&random) : NAN;
    }
    return VG_OK;
}

static vg_status measure_introductions(struct lineages_bench *bench, const uint32_t *regions)
{
    struct vg_tree *tree = bench->tree;
    struct vg_introductions found;
    struct vg_introductions_range range[REGIONS];
    uint32_t *outbreaks = VG_ARENA_ARRAY(bench->arena, uint32_t, tree->n_nodes);
    start(bench);
    vg_status status = outbreaks == NULL ? vg_fail_memory(bench->error, tree->n_nodes)
                                         : vg_introductions_clusters(tree, regions, REGIONS, bench->arena, &found, bench->error);
    if (status != VG_OK) {
        return status;
    }
    row(bench, "nodes in one pass for introductions into 40 regions", tree->n_nodes, NAN, vg_arena_format(bench->arena, "%zu clusters of %u leaves", found.n, tree->n_leaves));
    start(bench);
    status = vg_introductions_parsimony(tree, regions, REGIONS, NULL, bench->arena, range, bench->error);
    if (status == VG_OK) {
        row(bench, "nodes and regions for the fewest and most importations", (double)tree->n_nodes * REGIONS, NAN, "32 bytes a node, written once and read once");
        start(bench);
        status = vg_introductions_linked(tree, NULL, 2, outbreaks, bench->error);
    }
    if (status == VG_OK) {
        row(bench, "nodes for outbreaks within 2 mutations", tree->n_nodes, NAN, NULL);
    }
    return status;
}

/* Cases by week, of which the share that is sequenced changes every two months, elsewhere at other times. */
static vg_status tell_cases(struct lineages_bench *bench, const uint32_t *regions, struct vg_history_model *model)
{
    const struct vg_tree *tree = bench->tree;
    double first = INFINITY, last = -INFINITY;
    for (uint32_t v = 0; v < tree->n_nodes; v++) {
        bool counts = vg_tree_is_leaf(tree, v) && regions[v] < MODEL_REGIONS;
        first = counts ? fmin(first, floor(model->days[v])) : first;
        last = counts ? fmax(last, floor(model->days[v])) : last;
    }
    model->n_weeks = (size_t)(last - first) / 7 + 1;
    model->first_week = first;
    double *weekly = VG_ARENA_ARRAY(bench->arena, double, model->n_weeks * MODEL_REGIONS), *cases = VG_ARENA_ARRAY(bench->arena, double, MODEL_REGIONS);
    if (weekly == NULL || cases == NULL) {
        return vg_fail_memory(bench->error, model->n_weeks * MODEL_REGIONS);
    }
    for (uint32_t v = 0; v < tree->n_nodes; v++) {
        if (vg_tree_is_leaf(tree, v) && regions[v] < MODEL_REGIONS) {
            size_t week = (size_t)(floor(model->days[v]) - first) / 7;
            double own = (week / 9 + regions[v]) % 2 == 0 ? 5 : 50;
            weekly[week * MODEL_REGIONS + regions[v]] += own;
            cases[regions[v]] += own;
        }
    }
    model->weekly = weekly;
    model->cases = cases;
    return VG_OK;
}

static vg_status measure_times(struct lineages_bench *bench, const uint32_t *regions, const double *years)
{
    struct vg_tree *tree = bench->tree;
    struct vg_clock_model model;
    struct vg_clock clock;
    struct vg_history_model model_of_histories;
    struct vg_histories histories;
    uint32_t n_leaves = 0;
    uint32_t *fewer = VG_ARENA_ARRAY(bench->arena, uint32_t, tree->n_nodes);
    vg_clock_model_defaults(&model);
    model.n_replicates = 0;
    start(bench);
    vg_status status = fewer == NULL ? vg_fail_memory(bench->error, tree->n_nodes) : vg_clock_date(tree, years, &model, NULL, bench->arena, &clock, bench->error);
    if (status != VG_OK) {
        return status;
    }
    row(bench, "nodes dated, with rate and root", tree->n_nodes, NAN, vg_arena_format(bench->arena, "some fifty rates tried, a few passes each; %.3g mutations a year", clock.rate));
    for (uint32_t v = 0; v < tree->n_nodes; v++) {
        fewer[v] = regions[v] == VG_REGION_NONE || n_leaves >= HISTORY_LEAVES ? VG_REGION_NONE : regions[v] % MODEL_REGIONS;
        n_leaves += fewer[v] != VG_REGION_NONE;
        clock.years[v] *= 365.25;
    }
    vg_history_model_defaults(&model_of_histories);
    model_of_histories.days = clock.years;
    model_of_histories.mutations_a_day = clock.rate / 365.25;
    start(bench);
    status = vg_histories_draw(tree, fewer, MODEL_REGIONS, &model_of_histories, NULL, bench->arena, &histories, bench->error);
    if (status == VG_OK) {
        row(bench, "leaves in the histories of introductions into 10 regions", n_leaves, NAN, "two chains of 160 sweeps on one thread; each leaf is hung up anew twice a sweep");
        status = tell_cases(bench, fewer, &model_of_histories);
        start(bench);
    }
    if (status == VG_OK) {
        status = vg_histories_draw(tree, fewer, MODEL_REGIONS, &model_of_histories, NULL, bench->arena, &histories, bench->error);
    }
    if (status == VG_OK) {
        row(bench, "leaves in the same, told cases by week", n_leaves, NAN, "rates change by period");
    }
    return status;
}

/* Lineages are runs of nodes in preorder here: what is measured does not depend on which they are. */
static vg_status measure_calls(struct lineages_bench *bench)
{
    struct vg_tree *tree = bench->tree;
    uint32_t n_lineages = tree->n_nodes / NODES_A_LINEAGE + 1, *codes = VG_ARENA_ARRAY(bench->arena, uint32_t, tree->n_nodes), *parents = NULL;
    struct vg_text *names = VG_ARENA_ARRAY(bench->arena, struct vg_text, n_lineages);
    struct vg_lineage_work *work = NULL;
    if (codes == NULL || names == NULL) {
        return vg_fail_memory(bench->error, tree->n_nodes);
    }
    for (uint32_t v = 0; v < tree->n_nodes; v++) {
        codes[v] = v / NODES_A_LINEAGE;
        names[codes[v]] = vg_text_from("lineage");
    }
    struct vg_tree_column column = {.codes = codes, .values = names, .n_values = n_lineages};
    vg_status status = vg_lineage_parents(tree, &column, NULL, false, bench->arena, &parents, bench->error);
    struct vg_lineage_model model = {.tree = tree, .lineages = &column, .parents = parents};
    if (status == VG_OK) {
        status = vg_lineage_work_new(&model, &work, bench->error);
    }
    double score = 0, cpu = 0;
    start(bench);
    for (uint32_t i = 0; status == VG_OK && i < CALLS; i++) {
        struct vg_genome genome;
        struct vg_lineage_call call;
        double before = bench_cpu_seconds();
        status = vg_tree_invent_sample(tree, 20210205, i, bench->arena, &genome, bench->error);
        cpu += bench_cpu_seconds() - before;
        if (status == VG_OK) {
            status = vg_lineage_call(&model, work, &genome, &call, bench->error);
            score += call.score;
        }
    }
    bench->cpu += cpu; /* making the genomes is no part of it */
    if (status == VG_OK) {
        row(bench, "genomes called on a tree of 200,000 leaves", CALLS, NAN,
            vg_arena_format(bench->arena, "%.0f new mutations in all; the whole tree would be %.1f MB a genome", score, (8.0 * tree->n_nodes + 4.0 * tree->n_mutations + tree->length) / 1e6));
    }
    vg_lineage_work_free(work);
    return status;
}

vg_status bench_lineages(const struct vg_bench_request *request, const struct vg_progress *progress, struct vg_arena *arena, struct vg_table *table, struct vg_error *error)
{
    struct lineages_bench bench = {.arena = arena, .table = table, .error = error};
    uint32_t *regions = NULL;
    double *years = NULL;
    bool goes_on = vg_progress_report(progress, "lineages", 0.8);
    vg_status status = goes_on ? measure_growth(&bench) : VG_OK;
    if (status == VG_OK && goes_on) {
        status = vg_tree_invent(request->n_series == 0 ? LEAVES : (uint32_t)request->n_series, LENGTH, 1, &bench.tree, error);
    }
    if (status == VG_OK && goes_on) {
        status = fill_leaves(&bench, &regions, &years);
    }
    if (status == VG_OK && goes_on) {
        status = measure_introductions(&bench, regions);
    }
    goes_on = goes_on && vg_progress_report(progress, "lineages", 0.9);
    if (status == VG_OK && goes_on) {
        status = measure_times(&bench, regions, years);
    }
    if (status == VG_OK && goes_on) {
        status = measure_calls(&bench);
    }
    vg_tree_free(bench.tree);
    return status == VG_OK && !goes_on ? vg_fail(error, VG_CANCELLED, "the benchmark was stopped") : status;
}
