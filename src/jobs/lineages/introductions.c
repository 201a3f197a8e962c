/*
 * Introductions as tables: the clusters with what became of them, how many there were at least, who gave to whom, and outbreaks that cross a border.
 */
#include "jobs/lineages/places.h"

#include "trace/genome/clock/clock.h"
#include "trace/genome/introductions/introductions.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DAYS_A_YEAR 365.25
#define REPLICATES 20
#define CORRECTED_MOST 20000 /* nodes; beyond, the rate is as least squares have it, which is low where sampling is dense */

struct introductions_run {
    const struct vg_lineages_tree_request *request;
    struct placed_tree placed;
    struct vg_introductions found;
    struct vg_introductions_range *range;
    bool dated, modelled;
    struct vg_clock clock;
    double *times;            /* [n_nodes] of the Markov model: years, or mutations where there are no dates */
    struct vg_mugration_model model;
    struct vg_mugration fit;
    double *expected_low, *expected_high; /* [n_regions] over thinned trees */
    double newest;            /* year of the newest sample */
    uint32_t *source;         /* [found.n] introduction that it comes from, or VG_TREE_NONE */
    uint32_t *exports;        /* [found.n] */
    double *first, *last;     /* [found.n] years of first and last sample */
    double *origin;           /* [n_regions] */
    struct vg_pool *pool;
    struct vg_arena *arena;
    struct vg_answer *answer;
    struct vg_error *error;
};

/* ---------------------------------------------------------------- analyses */

/* Dates of nodes where there is a clock; else mutations stand for time. */
static vg_status fill_times(struct introductions_run *run)
{
    struct vg_tree *tree = run->placed.tree;
    struct vg_clock_model model;
    struct vg_error ignored = {0};
    vg_clock_model_defaults(&model);
    model.n_replicates = tree->n_nodes <= CORRECTED_MOST ? REPLICATES : 0; /* for the rate: intervals are not told */
    model.rate = run->request->rate;
    run->times = VG_ARENA_ARRAY(run->arena, double, tree->n_nodes + 1);
    if (run->times == NULL) {
        return vg_fail_memory(run->error, tree->n_nodes * sizeof *run->times);
    }
    run->dated = run->placed.n_dated >= 3 && vg_clock_date(tree, run->placed.years, &model, run->pool, run->arena, &run->clock, &ignored) == VG_OK;
    for (uint32_t v = 0; v < tree->n_nodes; v++) {
        double mutations = (double)(tree->mutation_start[v + 1] - tree->mutation_start[v]);
        run->times[v] = run->dated ? run->clock.years[v] : v == 0 ? 0 : run->times[tree->parent[v]] + fmax(mutations, 0.1);
    }
    return VG_OK;
}

static int upwards(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* How the expected importations vary where each region keeps no more leaves than what the least sequenced would, taken at random. */
static vg_status thin(struct introductions_run *run, const double *weights)
{
    size_t k = run->placed.n_regions, n = run->request->n_replicates < 0 ? REPLICATES : (size_t)run->request->n_replicates;
    double *keep = VG_ARENA_ARRAY(run->arena, double, k), *values = VG_ARENA_ARRAY(run->arena, double, (n + 1) * k), most = 0;
    uint8_t *left_out = VG_ARENA_ARRAY(run->arena, uint8_t, run->placed.tree->n_nodes + 1);
    if (keep == NULL || values == NULL || left_out == NULL) {
        return vg_fail_memory(run->error, n * k);
    }
    for (size_t i = 0; i < k; i++) {
        run->expected_low[i] = run->expected_high[i] = run->fit.importations[i];
        most = fmax(most, weights[i]);
    }
    double lightest = 0;
    for (size_t i = 0; i < k; i++) { /* a sequence of the most sequenced stands for least: it is kept least often, but at least one in ten */
        keep[i] = fmax(weights[i] / most, 0.1);
        lightest = fmax(lightest, 1 - keep[i]);
    }
    size_t done = 0;
    for (size_t replicate = 0; replicate < n && lightest > 0; replicate++) {
        struct vg_arena arena;
        struct vg_mugration fit;
        struct vg_error ignored = {0};
        struct vg_mugration_model model = run->model;
        vg_arena_init(&arena, 0);
        vg_mugration_thin(run->placed.tree, run->placed.regions, keep, run->request->seed, (uint32_t)replicate, left_out);
        model.left_out = left_out;
        model.weights = NULL; /* what is left stands for as much each */
        if (vg_mugration_fit(run->placed.tree, run->placed.regions, k, &model, &arena, &fit, &ignored) == VG_OK) {
            for (size_t i = 0; i < k; i++) {
                values[i * n + done] = fit.importations[i];
            }
            done++;
        }
        vg_arena_release(&arena);
    }
    for (size_t i = 0; i < k && done > 0; i++) {
        qsort(values + i * n, done, sizeof *values, upwards);
        run->expected_low[i] = values[i * n + (size_t)(0.025 * (double)done)];
        run->expected_high[i] = values[i * n + (size_t)(0.975 * (double)(done - 1) + 0.5)];
    }
    return VG_OK;
}

static vg_status fit_model(struct introductions_run *run)
{
    size_t k = run->placed.n_regions;
    double *weights = NULL;
    struct vg_error why = {0};
    run->expected_low = VG_ARENA_ARRAY(run->arena, double, k + 1);
    run->expected_high = VG_ARENA_ARRAY(run->arena, double, k + 1);
    run->origin = VG_ARENA_ARRAY(run->arena, double, k + 1);
    if (run->origin == NULL || run->expected_high == NULL) {
        return vg_fail_memory(run->error, k);
    }
    vg_status status = placed_weights(run->request->weights_path, &run->placed, run->arena, &weights, run->error);
    if (status != VG_OK) {
        return status;
    }
    run->model = (struct vg_mugration_model){.times = run->times, .weights = weights};
    run->modelled = vg_mugration_fit(run->placed.tree, run->placed.regions, k, &run->model, run->arena, &run->fit, &why) == VG_OK;
    return run->modelled && run->request->weights_path != NULL ? thin(run, weights) : VG_OK;
}

/* Samples of each introduction, which one it comes from, and what it gave to others. */
static vg_status follow(struct introductions_run *run)
{
    struct vg_introductions *found = &run->found;
    struct vg_tree *tree = run->placed.tree;
    run->source = VG_ARENA_ARRAY(run->arena, uint32_t, found->n + 1);
    run->exports = VG_ARENA_ARRAY(run->arena, uint32_t, found->n + 1);
    run->first = VG_ARENA_ARRAY(run->arena, double, found->n + 1);
    run->last = VG_ARENA_ARRAY(run->arena, double, found->n + 1);
    uint32_t *at_node = VG_ARENA_ARRAY(run->arena, uint32_t, tree->n_nodes + 1), *next = VG_ARENA_ARRAY(run->arena, uint32_t, found->n + 1);
    if (next == NULL || at_node == NULL || run->arena->failed) {
        return vg_fail_memory(run->error, found->n);
    }
    for (uint32_t v = 0; v < tree->n_nodes; v++) {
        at_node[v] = VG_TREE_NONE;
    }
    for (uint32_t i = 0; i < found->n; i++) {
        next[i] = at_node[found->list[i].node];
        at_node[found->list[i].node] = i;
        run->first[i] = INFINITY;
        run->last[i] = -INFINITY;
        for (uint32_t leaf = found->list[i].first_leaf; leaf != VG_TREE_NONE; leaf = found->next_leaf[leaf]) {
            double year = run->placed.years[leaf];
            run->first[i] = isfinite(year) ? fmin(run->first[i], year) : run->first[i];
            run->last[i] = isfinite(year) ? fmax(run->last[i], year) : run->last[i];
        }
        run->newest = fmax(run->newest, run->last[i]);
    }
    for (uint32_t i = 0; i < found->n; i++) { /* the cluster of the origin's region whose node is above */
        run->source[i] = VG_TREE_NONE;
        for (uint32_t at = found->list[i].node; at != 0 && run->source[i] == VG_TREE_NONE && found->list[i].origin != VG_REGION_NONE;) {
            at = tree->parent[at];
            for (uint32_t other = at_node[at]; other != VG_TREE_NONE; other = next[other]) {
                run->source[i] = found->list[other].region == found->list[i].origin ? other : run->source[i];
            }
        }
        if (run->source[i] != VG_TREE_NONE) {
            run->exports[run->source[i]]++;
        }
    }
    return VG_OK;
}

/* ------------------------------------------------------------------ tables */

static void region_cell(const struct introductions_run *run, struct vg_table *table, uint32_t region)
{
    if (region == VG_REGION_NONE) {
        vg_table_missing(table);
    } else {
        vg_table_text_slice(table, run->placed.names.keys[region]);
    }
}

static void year_cell(struct vg_table *table, double year)
{
    vg_table_date(table, isfinite(year) ? vg_clock_date_of_year(year) : VG_DATE_NONE);
}

/* Samples of the last two weeks over those of the two before, where there are both. */
static double growth_of(const struct introductions_run *run, uint32_t i)
{
    double late = 0, early = 0;
    for (uint32_t leaf = run->found.list[i].first_leaf; leaf != VG_TREE_NONE; leaf = run->found.next_leaf[leaf]) {
        double days = (run->newest - run->placed.years[leaf]) * DAYS_A_YEAR;
        late += days < 14;
        early += days >= 14 && days < 28;
    }
    return late > 0 && early > 0 ? late / early : NAN;
}

static bool is_active(const struct introductions_run *run, uint32_t i)
{
    return isfinite(run->last[i]) && (run->newest - run->last[i]) * DAYS_A_YEAR <= (double)run->request->active_days;
}

/* Where the Markov model has the parent, if it was elsewhere. */
static void model_cells(struct introductions_run *run, struct vg_table *table, const struct vg_introduction *one)
{
    uint32_t best = VG_REGION_NONE;
    double elsewhere = 0;
    if (!run->modelled || one->node == 0) {
        vg_table_missing(table);
        vg_table_missing(table);
        return;
    }
    vg_mugration_origin(run->placed.tree, &run->model, &run->fit, run->placed.n_regions, one->node, one->region, run->origin);
    for (uint32_t k = 0; k < run->placed.n_regions; k++) {
        if (k != one->region) {
            elsewhere += run->origin[k];
            best = best == VG_REGION_NONE || run->origin[k] > run->origin[best] ? k : best;
        }
    }
    region_cell(run, table, best);
    lineages_number(table, best == VG_REGION_NONE || elsewhere <= 0 ? NAN : run->origin[best] / elsewhere);
}

static vg_status show_introductions(struct introductions_run *run, struct vg_table *table)
{
    static const struct { const char *name; enum vg_column_kind kind; } columns[] = {
        {"region", VG_COLUMN_TEXT}, {"introduction", VG_COLUMN_INTEGER}, {"node", VG_COLUMN_TEXT}, {"leaves", VG_COLUMN_INTEGER}, {"confidence", VG_COLUMN_DOUBLE},
        {"origin", VG_COLUMN_TEXT}, {"origin_confidence", VG_COLUMN_DOUBLE}, {"model_origin", VG_COLUMN_TEXT}, {"model_probability", VG_COLUMN_DOUBLE},
        {"from", VG_COLUMN_DATE}, {"to", VG_COLUMN_DATE}, {"first_sample", VG_COLUMN_DATE}, {"last_sample", VG_COLUMN_DATE}, {"active", VG_COLUMN_BOOLEAN},
        {"growth", VG_COLUMN_DOUBLE}, {"source", VG_COLUMN_INTEGER}, {"exports", VG_COLUMN_INTEGER}};
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        vg_table_add_column(table, columns[i].name, columns[i].kind);
    }
    for (uint32_t i = 0; i < run->found.n; i++) {
        const struct vg_introduction *one = &run->found.list[i];
        bool dated = isfinite(run->last[i]);
        region_cell(run, table, one->region);
        vg_table_integer(table, i + 1);
        lineages_node(table, run->placed.tree, one->node);
        vg_table_integer(table, one->n_leaves);
        lineages_number(table, one->confidence);
        region_cell(run, table, one->origin);
        lineages_number(table, one->origin == VG_REGION_NONE ? NAN : one->origin_confidence);
        model_cells(run, table, one);
        year_cell(table, run->dated && one->node != 0 ? run->clock.years[run->placed.tree->parent[one->node]] : NAN);
        year_cell(table, run->dated ? run->clock.years[one->node] : NAN);
        year_cell(table, run->first[i]);
        year_cell(table, run->last[i]);
        if (dated) {
            vg_table_boolean(table, is_active(run, i));
        } else {
            vg_table_missing(table);
        }
        lineages_number(table, dated ? growth_of(run, i) : NAN);
        if (run->source[i] == VG_TREE_NONE) {
            vg_table_missing(table);
        } else {
            vg_table_integer(table, run->source[i] + 1);
        }
        vg_table_integer(table, run->exports[i]);
    }
    return VG_OK;
}

static vg_status show_summary(struct introductions_run *run, struct vg_table *table)
{
    static const char *const counts[] = {"leaves", "clusters", "singles", "fewest", "most"};
    size_t k = run->placed.n_regions;
    double *sums = VG_ARENA_ARRAY(run->arena, double, k * 4 + 1);
    vg_table_add_column(table, "region", VG_COLUMN_TEXT);
    for (size_t i = 0; i < 5; i++) {
        vg_table_add_column(table, counts[i], VG_COLUMN_INTEGER);
    }
    vg_table_add_column(table, "expected", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "expected_low", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "expected_high", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "active", VG_COLUMN_INTEGER);
    if (sums == NULL) {
        return vg_fail_memory(run->error, k);
    }
    for (uint32_t i = 0; i < run->found.n; i++) {
        double *own = sums + run->found.list[i].region * 4;
        own[0] += run->found.list[i].n_leaves;
        own[1]++;
        own[2] += run->found.list[i].n_leaves == 1;
        own[3] += is_active(run, i);
    }
    bool thinned = run->modelled && run->request->weights_path != NULL;
    for (uint32_t region = 0; region < k; region++) {
        region_cell(run, table, region);
        for (size_t i = 0; i < 3; i++) {
            vg_table_integer(table, (int64_t)sums[region * 4 + i]);
        }
        vg_table_integer(table, run->range[region].fewest);
        vg_table_integer(table, run->range[region].most);
        lineages_number(table, run->modelled ? run->fit.importations[region] : NAN);
        lineages_number(table, thinned ? run->expected_low[region] : NAN);
        lineages_number(table, thinned ? run->expected_high[region] : NAN);
        if (run->placed.n_dated > 0) {
            vg_table_integer(table, (int64_t)sums[region * 4 + 3]);
        } else {
            vg_table_missing(table);
        }
    }
    return VG_OK;
}

static vg_status show_flows(struct introductions_run *run, struct vg_table *table)
{
    size_t k = run->placed.n_regions;
    uint32_t *clusters = VG_ARENA_ARRAY(run->arena, uint32_t, (k + 1) * k + 1);
    if (clusters == NULL) {
        return vg_fail_memory(run->error, k * k);
    }
    vg_table_add_column(table, "from", VG_COLUMN_TEXT);
    vg_table_add_column(table, "to", VG_COLUMN_TEXT);
    vg_table_add_column(table, "clusters", VG_COLUMN_INTEGER);
    vg_table_add_column(table, "expected", VG_COLUMN_DOUBLE);
    for (uint32_t i = 0; i < run->found.n; i++) {
        const struct vg_introduction *one = &run->found.list[i];
        clusters[(one->origin == VG_REGION_NONE ? k : one->origin) * k + one->region]++;
    }
    for (uint32_t from = 0; from <= k; from++) {
        for (uint32_t to = 0; to < k; to++) {
            double expected = run->modelled && from < k ? run->fit.flows[from * k + to] : NAN;
            if (clusters[from * k + to] > 0 || expected >= 0.05) {
                region_cell(run, table, from == k ? VG_REGION_NONE : from);
                region_cell(run, table, to);
                vg_table_integer(table, clusters[from * k + to]);
                lineages_number(table, expected);
            }
        }
    }
    return VG_OK;
}

static vg_status show_leaves(struct introductions_run *run, struct vg_table *table)
{
    vg_table_add_column(table, "name", VG_COLUMN_TEXT);
    vg_table_add_column(table, "region", VG_COLUMN_TEXT);
    vg_table_add_column(table, "date", VG_COLUMN_DATE);
    vg_table_add_column(table, "introduction", VG_COLUMN_INTEGER);
    for (uint32_t v = 0; v < run->placed.tree->n_nodes; v++) {
        if (vg_tree_is_leaf(run->placed.tree, v) && run->placed.regions[v] != VG_TREE_NONE) {
            vg_table_text_slice(table, vg_tree_name(run->placed.tree, v));
            region_cell(run, table, run->placed.regions[v]);
            year_cell(table, run->placed.years[v]);
            vg_table_integer(table, run->found.of_leaf[v] + 1);
        }
    }
    return VG_OK;
}

/* --------------------------------------------------------------- crossings */

struct linked_leaf { uint32_t outbreak, leaf, region; double year; };

static int by_outbreak(const void *a, const void *b)
{
    const struct linked_leaf *x = a, *y = b;
    if (x->outbreak != y->outbreak) {
        return x->outbreak < y->outbreak ? -1 : 1;
    }
    if (x->year < y->year || x->year > y->year) {
        return x->year < y->year ? -1 : 1;
    }
    return x->leaf < y->leaf ? -1 : x->leaf > y->leaf;
}

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* One outbreak's leaves, in the order of their dates: a row where they are of two regions. */
static void crossing_row(struct introductions_run *run, struct vg_table *table, const struct linked_leaf *leaves, size_t n, uint32_t *regions, int64_t number)
{
    struct vg_buffer list;
    size_t kinds = 0;
    uint32_t node = leaves[0].leaf;
    vg_buffer_init(&list, 0);
    for (size_t i = 0; i < n; i++) {
        regions[i] = leaves[i].region;
        node = vg_tree_common_ancestor(run->placed.tree, node, leaves[i].leaf);
    }
    qsort(regions, n, sizeof *regions, by_number);
    for (size_t i = 0; i < n;) {
        size_t end = i;
        while (end < n && regions[end] == regions[i]) {
            end++;
        }
        struct vg_text name = run->placed.names.keys[regions[i]];
        vg_buffer_format(&list, "%s%.*s:%zu", kinds++ == 0 ? "" : ", ", (int)name.size, name.data, end - i);
        i = end;
    }
    vg_table_integer(table, number);
    vg_table_integer(table, (int64_t)n);
    vg_table_text_slice(table, vg_text_of(list.data, list.size));
    vg_table_integer(table, (int64_t)kinds);
    year_cell(table, leaves[0].year);
    year_cell(table, leaves[n - 1].year);
    if (isfinite(leaves[0].year)) {
        region_cell(run, table, leaves[0].region);
    } else {
        vg_table_missing(table);
    }
    lineages_node(table, run->placed.tree, node);
    table->failed |= list.failed;
    vg_buffer_release(&list);
}

static vg_status show_crossings(struct introductions_run *run, struct vg_table *table)
{
    struct vg_tree *tree = run->placed.tree;
    uint32_t *outbreaks = VG_ARENA_ARRAY(run->arena, uint32_t, tree->n_nodes + 1), *regions = VG_ARENA_ARRAY(run->arena, uint32_t, tree->n_leaves + 1);
    struct linked_leaf *leaves = VG_ARENA_ARRAY(run->arena, struct linked_leaf, tree->n_leaves + 1);
    static const struct { const char *name; enum vg_column_kind kind; } columns[] = {
        {"outbreak", VG_COLUMN_INTEGER}, {"leaves", VG_COLUMN_INTEGER}, {"regions", VG_COLUMN_TEXT}, {"n_regions", VG_COLUMN_INTEGER}, {"first_sample", VG_COLUMN_DATE},
        {"last_sample", VG_COLUMN_DATE}, {"first_region", VG_COLUMN_TEXT}, {"node", VG_COLUMN_TEXT}};
    size_t n = 0;
    int64_t number = 0;
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        vg_table_add_column(table, columns[i].name, columns[i].kind);
    }
    if (outbreaks == NULL || regions == NULL || leaves == NULL) {
        return vg_fail_memory(run->error, tree->n_nodes);
    }
    vg_status status = vg_introductions_linked(tree, (uint32_t)run->request->linked_mutations, outbreaks, run->error);
    for (uint32_t v = 0; status == VG_OK && v < tree->n_nodes; v++) { /* without its date nobody knows whether a leaf is within the window; where none has one, mutations alone link */
        bool known = isfinite(run->placed.years[v]);
        if (vg_tree_is_leaf(tree, v) && run->placed.regions[v] != VG_TREE_NONE && (known || run->placed.n_dated == 0)) {
            leaves[n++] = (struct linked_leaf){outbreaks[v], v, run->placed.regions[v], known ? run->placed.years[v] : INFINITY};
        }
    }
    qsort(leaves, n, sizeof *leaves, by_outbreak);
    for (size_t i = 0; status == VG_OK && i < n;) {
        size_t end = i + 1;
        bool two = false;
        while (end < n && leaves[end].outbreak == leaves[i].outbreak &&
               !(isfinite(leaves[end].year) && (leaves[end].year - leaves[end - 1].year) * DAYS_A_YEAR > (double)run->request->window_days)) {
            two |= leaves[end].region != leaves[i].region;
            end++;
        }
        if (two) {
            crossing_row(run, table, leaves + i, end - i, regions, ++number);
        }
        i = end;
    }
    return status;
}

/* -------------------------------------------------------------------- run */

static void fill_meta(struct introductions_run *run, struct vg_buffer *meta)
{
    vg_buffer_char(meta, '{');
    job_meta_number(meta, "leaves", run->placed.tree->n_leaves);
    job_meta_number(meta, "leaves_with_region", (double)run->placed.n_placed);
    job_meta_number(meta, "leaves_with_date", (double)run->placed.n_dated);
    job_meta_number(meta, "regions", (double)run->placed.n_regions);
    job_meta_number(meta, "introductions", (double)run->found.n);
    job_meta_number(meta, "left_out", (double)run->placed.n_left_out);
    job_meta_number(meta, "rows_of_no_leaf", (double)run->placed.n_unknown_rows);
    job_meta_text(meta, "time", run->dated ? "years" : "mutations");
    job_meta_number(meta, "moves_per_time", run->modelled ? job_rounded(run->fit.rate, 5, false) : NAN);
    job_meta_text(meta, "caveat",
                  "what was not sequenced is not seen: there were at least as many importations as clusters, and origins lean towards places that sequence more; --weights corrects for it");
    if (run->placed.simulated) {
        job_meta_text(meta, "exercise", VG_EXERCISE_MARK);
    }
    vg_buffer_char(meta, '}');
}

static vg_status analyse(struct introductions_run *run)
{
    struct placed_tree *placed = &run->placed;
    vg_status status = vg_introductions_clusters(placed->tree, placed->regions, placed->n_regions, run->arena, &run->found, run->error);
    run->range = VG_ARENA_ARRAY(run->arena, struct vg_introductions_range, placed->n_regions + 1);
    run->newest = -INFINITY;
    if (status == VG_OK && run->range == NULL) {
        status = vg_fail_memory(run->error, placed->n_regions);
    }
    if (status == VG_OK) {
        status = vg_introductions_parsimony(placed->tree, placed->regions, placed->n_regions, run->pool, run->arena, run->range, run->error);
    }
    if (status == VG_OK) {
        status = fill_times(run);
    }
    if (status == VG_OK) {
        status = fit_model(run);
    }
    return status == VG_OK ? follow(run) : status;
}

vg_status vg_job_lineages_introductions(const struct vg_lineages_tree_request *request, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    static const struct { const char *name; vg_status (*fill)(struct introductions_run *, struct vg_table *); } shows[] = {
        {"introductions", show_introductions}, {"summary", show_summary}, {"flows", show_flows}, {"leaves", show_leaves}, {"crossings", show_crossings}};
    size_t which = 0, n_shows = sizeof shows / sizeof *shows;
    struct introductions_run *run = VG_ARENA_ARRAY(arena, struct introductions_run, 1);
    while (which < n_shows && request->show != NULL && strcmp(request->show, shows[which].name) != 0) {
        which++;
    }
    if (which == n_shows) {
        return vg_fail(error, VG_USAGE_ERROR, "--show is introductions, summary, flows, leaves or crossings, not \"%.40s\"", request->show);
    }
    if (run == NULL) {
        return vg_fail_memory(error, sizeof *run);
    }
    *run = (struct introductions_run){.request = request, .arena = arena, .answer = answer, .error = error};
    vg_status status = placed_tree_open(request, true, arena, &run->placed, error);
    run->pool = vg_pool_new(request->threads);
    if (status == VG_OK) {
        status = analyse(run);
    }
    if (status == VG_OK) {
        status = shows[which].fill(run, &answer->table);
    }
    if (status == VG_OK) {
        fill_meta(run, &answer->meta);
    }
    answer->simulated = run->placed.simulated;
    vg_pool_free(run->pool);
    placed_tree_close(&run->placed);
    return status != VG_OK ? status : answer->table.failed || arena->failed ? vg_fail_memory(error, 0) : VG_OK;
}
