/*
 * How fast it is told which lineages grow, how often a virus came in, when nodes were, and of which lineage genomes are: on counts and trees that are invented here. Times
 * are of the processor; what a node, a mutation or a cell costs is beside them, and what a bar asks for.
 */
#include "jobs/bench_internal.h"

#include "trace/genome/clock/clock.h"
#include "trace/genome/growth/growth.h"
#include "trace/genome/introductions/introductions.h"
#include "trace/genome/lineage/lineage.h"

#include <math.h>

enum { LINEAGES = 50, WEEKS = 100, PLACES = 40, GENOMES_A_WEEK = 100, LEAVES = 200000, REGIONS = 40, CALLS = 200, LENGTH = 29903, NODES_A_LINEAGE = 500, MODEL_REGIONS = 10 };

struct lineages_bench {
    struct vg_arena *arena;
    struct vg_table *table;
    struct vg_error *error;
    struct vg_tree *tree;
    double cpu, wall;
};

static void start(struct lineages_bench *bench)
{
    bench->cpu = bench_cpu_seconds();
    bench->wall = bench_wall_seconds();
}

static void row(struct lineages_bench *bench, const char *task, double n, unsigned threads, const char *unit, double units, double bar_ms, const char *note)
{
    double cpu = bench_cpu_seconds() - bench->cpu, wall = bench_wall_seconds() - bench->wall;
    vg_table_text(bench->table, task);
    vg_table_double(bench->table, n);
    vg_table_integer(bench->table, threads);
    vg_table_double(bench->table, 1e3 * cpu);
    vg_table_double(bench->table, 1e3 * wall);
    vg_table_text(bench->table, unit);
    vg_table_double(bench->table, 1e9 * cpu / units);
    vg_table_double(bench->table, bar_ms);
    vg_table_text(bench->table, note);
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

static vg_status measure_growth(struct lineages_bench *bench, unsigned threads)
{
    struct vg_growth_counts counts;
    struct vg_growth_model model;
    vg_growth_model_defaults(&model);
    vg_status status = make_counts(bench, &counts);
    for (unsigned used = 1; status == VG_OK && used <= threads; used = used < threads ? threads : threads + 1) {
        struct vg_growth_fit fit;
        struct vg_arena arena;
        vg_arena_init(&arena, 0);
        struct vg_pool *pool = vg_pool_new(used);
        start(bench);
        status = vg_growth_fit(&counts, &model, pool, &arena, &fit, bench->error);
        if (status == VG_OK) {
            /* moments of the curvature, factor, inverse of it and their square: multiplications with their additions */
            double n = LINEAGES - 1, m = 2 * n, operations = 2 * (double)fit.iterations * PLACES * (1.5 * WEEKS * n * n + m * m * m / 2);
            row(bench, "growth of 50 lineages, 100 weeks, 40 places", (double)PLACES * WEEKS * LINEAGES, used, "multiplication", operations / 2, 50,
                vg_arena_format(bench->arena, "%zu iterations, %.2g operations", fit.iterations, operations));
        }
        vg_pool_free(pool);
        vg_arena_release(&arena);
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
    row(bench, "clusters of 40 regions", tree->n_leaves, 1, "node", tree->n_nodes, NAN, vg_arena_format(bench->arena, "%zu clusters", found.n));
    start(bench);
    status = vg_introductions_parsimony(tree, regions, REGIONS, NULL, bench->arena, range, bench->error);
    if (status == VG_OK) {
        row(bench, "fewest and most importations of 40 regions", tree->n_leaves, 1, "node and region", (double)tree->n_nodes * REGIONS, NAN, "");
        start(bench);
        status = vg_introductions_linked(tree, 2, outbreaks, bench->error);
    }
    if (status == VG_OK) {
        row(bench, "outbreaks within 2 mutations", tree->n_leaves, 1, "node", tree->n_nodes, NAN, "");
    }
    return status;
}

static vg_status measure_times(struct lineages_bench *bench, const uint32_t *regions, const double *years)
{
    struct vg_tree *tree = bench->tree;
    struct vg_clock_model model;
    struct vg_clock clock;
    struct vg_mugration fit;
    uint32_t *fewer = VG_ARENA_ARRAY(bench->arena, uint32_t, tree->n_nodes);
    vg_clock_model_defaults(&model);
    model.n_replicates = 0;
    start(bench);
    vg_status status = fewer == NULL ? vg_fail_memory(bench->error, tree->n_nodes) : vg_clock_date(tree, years, &model, NULL, bench->arena, &clock, bench->error);
    if (status != VG_OK) {
        return status;
    }
    row(bench, "rate, root and dates of all nodes", tree->n_leaves, 1, "node", tree->n_nodes, NAN, vg_arena_format(bench->arena, "%.3g mutations a year", clock.rate));
    for (uint32_t v = 0; v < tree->n_nodes; v++) {
        fewer[v] = regions[v] == VG_REGION_NONE ? VG_REGION_NONE : regions[v] % MODEL_REGIONS;
    }
    struct vg_mugration_model mugration = {.times = clock.years};
    start(bench);
    status = vg_mugration_fit(tree, fewer, MODEL_REGIONS, &mugration, bench->arena, &fit, bench->error);
    if (status == VG_OK) {
        row(bench, "Markov model of 10 regions", tree->n_leaves, 1, "node and region", (double)tree->n_nodes * MODEL_REGIONS, NAN, "about 30 likelihoods");
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
        row(bench, "calls of 200 genomes", tree->n_leaves, 1, "mutation and genome", (double)tree->n_mutations * CALLS, NAN,
            vg_arena_format(bench->arena, "%.0f new mutations in all; %.2f MB are read a genome", score, (8.0 * tree->n_nodes + 4.0 * tree->n_mutations + tree->length) / 1e6));
    }
    vg_lineage_work_free(work);
    return status;
}

vg_status bench_lineages(const struct vg_bench_request *request, const struct vg_progress *progress, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    static const struct { const char *name; enum vg_column_kind kind; } columns[] = {{"task", VG_COLUMN_TEXT}, {"n", VG_COLUMN_DOUBLE}, {"threads", VG_COLUMN_INTEGER},
        {"cpu_ms", VG_COLUMN_DOUBLE}, {"wall_ms", VG_COLUMN_DOUBLE}, {"unit", VG_COLUMN_TEXT}, {"cpu_ns_a_unit", VG_COLUMN_DOUBLE}, {"bar_ms", VG_COLUMN_DOUBLE}, {"note", VG_COLUMN_TEXT}};
    struct lineages_bench bench = {.arena = arena, .table = &answer->table, .error = error};
    uint32_t *regions = NULL;
    double *years = NULL;
    for (size_t k = 0; k < sizeof columns / sizeof *columns; k++) {
        vg_table_add_column(&answer->table, columns[k].name, columns[k].kind);
    }
    bool goes_on = vg_progress_report(progress, "growth", 0.1);
    vg_status status = goes_on ? measure_growth(&bench, request->threads == 0 ? 2 : request->threads) : VG_OK;
    goes_on = goes_on && vg_progress_report(progress, "a tree", 0.3);
    if (status == VG_OK && goes_on) {
        status = vg_tree_invent((uint32_t)(request->n_series == 0 ? LEAVES : request->n_series), LENGTH, 1, &bench.tree, error);
    }
    if (status == VG_OK && goes_on) {
        status = fill_leaves(&bench, &regions, &years);
    }
    if (status == VG_OK && goes_on) {
        status = measure_introductions(&bench, regions);
    }
    goes_on = goes_on && vg_progress_report(progress, "dates", 0.6);
    if (status == VG_OK && goes_on) {
        status = measure_times(&bench, regions, years);
    }
    goes_on = goes_on && vg_progress_report(progress, "calls", 0.8);
    if (status == VG_OK && goes_on) {
        status = measure_calls(&bench);
    }
    vg_tree_free(bench.tree);
    return status == VG_OK && !goes_on ? vg_fail(error, VG_CANCELLED, "the benchmark was stopped") : status;
}
