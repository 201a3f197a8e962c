/*
 * Introductions as tables: how many there were, with intervals, what became of each, who gave to whom, clusters by a heuristic, and outbreaks that cross a border.
 */
#include "jobs/lineages/places.h"

#include "trace/genome/clock/clock.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DAYS_A_YEAR 365.25
#define DAYS_A_MUTATION 14   /* where there are no dates, and any number would do */
#define ELSEWHERE "elsewhere"
#define WAITED_LEAVES 10000
#define WAITED_STEPS 6e5     /* leaves x (regions + 30): some seven seconds of the processor, of which each of two chains has half */
enum { DRAWS = 100, CHAINS = 2 };

struct introductions_run {
    const struct vg_lineages_tree_request *request;
    struct placed_tree placed;
    bool dated, drawn;
    struct vg_clock clock;
    struct vg_histories found;
    struct vg_error why;      /* nothing was drawn */
    struct vg_error no_clock; /* the dates fit none */
    vg_status why_status;
    struct placed_cases told;
    double *sampled;          /* [n_nodes] years of samples, NAN where the clock does not believe them */
    size_t n_outliers;        /* of these */
    double newest;            /* year of the newest sample */
    uint32_t *source;         /* [found.n] introduction that it comes from, or VG_TREE_NONE */
    uint32_t *exports;        /* [found.n] */
    double *first, *last;     /* [found.n] years of first and last sample */
    struct vg_pool *pool;
    struct vg_arena *arena;
    struct vg_answer *answer;
    struct vg_error *error;
};

/* ---------------------------------------------------------------- analyses */

/* The samples' days again, without those that the clock does not believe: cases are of these days. */
static void believe(struct introductions_run *run)
{
    struct placed_tree *placed = &run->placed;
    double first = INFINITY, last = -INFINITY;
    for (uint32_t v = 0; v < placed->tree->n_nodes; v++) {
        bool given = vg_tree_is_leaf(placed->tree, v) && isfinite(placed->years[v]), outlier = given && run->dated && run->clock.outliers[v] != 0;
        run->n_outliers += outlier;
        run->sampled[v] = given && !outlier ? placed->years[v] : NAN;
        first = given && !outlier ? fmin(first, placed->years[v]) : first;
        last = given && !outlier ? fmax(last, placed->years[v]) : last;
    }
    if (run->n_outliers > 0 && isfinite(first)) {
        placed->first_day = vg_clock_date_of_year(first);
        placed->last_day = vg_clock_date_of_year(last);
    }
}

/* Days of leaves: given, else, or where that cannot be, by the clock; where there is no clock mutations stand for days. */
static vg_status fill_days(struct introductions_run *run, double **days, double *mutations_a_day)
{
    struct vg_tree *tree = run->placed.tree;
    struct vg_clock_model model;
    vg_clock_model_defaults(&model);
    model.n_replicates = 0; /* the histories draw the rate, and intervals are not told */
    model.rate = run->request->rate;
    *days = VG_ARENA_ARRAY(run->arena, double, tree->n_nodes + 1);
    run->sampled = VG_ARENA_ARRAY(run->arena, double, tree->n_nodes + 1);
    if (*days == NULL || run->sampled == NULL) {
        return vg_fail_memory(run->error, tree->n_nodes * sizeof **days);
    }
    run->dated = run->placed.n_dated >= 3 && vg_clock_date(tree, run->placed.years, &model, run->pool, run->arena, &run->clock, &run->no_clock) == VG_OK;
    believe(run);
    for (uint32_t v = 0; v < tree->n_nodes; v++) {
        double mutations = (double)(tree->mutation_start[v + 1] - tree->mutation_start[v]);
        double year = !run->dated ? NAN : isfinite(run->sampled[v]) ? run->sampled[v] : run->clock.years[v];
        (*days)[v] = run->dated ? vg_clock_date_of_year(year) : v == 0 ? 0 : (*days)[tree->parent[v]] + DAYS_A_MUTATION * mutations;
    }
    *mutations_a_day = run->dated ? fmax(isfinite(model.rate) ? model.rate : fmax(run->clock.rate, run->clock.regression.rate), 1e-3) / DAYS_A_YEAR : 1.0 / DAYS_A_MUTATION;
    return VG_OK;
}

/* For one who waits: what is asked of a server. */
static bool too_many(const struct introductions_run *run)
{
    double leaves = (double)run->placed.n_placed;
    return run->request->waits && (leaves > WAITED_LEAVES || leaves * ((double)run->placed.n_regions + 30) > WAITED_STEPS);
}

/* Weeks of those of whom nothing is known: as many cases a sequence as the others have, all the time. */
static void fill_unknown(struct introductions_run *run, const double *days, double cases_a_sequence)
{
    const struct placed_tree *placed = &run->placed;
    for (uint32_t v = 0; v < placed->tree->n_nodes; v++) {
        uint32_t region = placed->regions[v];
        if (vg_tree_is_leaf(placed->tree, v) && region < placed->n_regions && !isfinite(run->told.cases[region])) {
            lineages_add_to_week(&run->told.weeks, (int32_t)lrint(days[v]), region, placed->n_regions, cases_a_sequence);
        }
    }
}

static vg_status draw_histories(struct introductions_run *run)
{
    struct placed_tree *placed = &run->placed;
    struct vg_history_model model;
    double *days = NULL, *cases = NULL, known = 0, sequences = 0;
    vg_history_model_defaults(&model);
    vg_status status = fill_days(run, &days, &model.mutations_a_day);
    status = status == VG_OK ? placed_cases(run->request, placed, run->arena, &run->told, run->error) : status;
    uint32_t *leaves = status == VG_OK ? VG_ARENA_ARRAY(run->arena, uint32_t, placed->n_regions + 1) : NULL;
    cases = status == VG_OK && run->told.cases != NULL ? VG_ARENA_ARRAY(run->arena, double, placed->n_regions + 1) : NULL;
    if (status != VG_OK || run->arena->failed) {
        return status == VG_OK ? vg_fail_memory(run->error, placed->n_regions) : status;
    }
    for (uint32_t v = 0; v < placed->tree->n_nodes; v++) {
        leaves[placed->regions[v] < placed->n_regions ? placed->regions[v] : placed->n_regions]++;
    }
    for (size_t k = 0; k < placed->n_regions && cases != NULL; k++) {
        known += isfinite(run->told.cases[k]) ? run->told.cases[k] : 0;
        sequences += isfinite(run->told.cases[k]) ? leaves[k] : 0;
    }
    for (size_t k = 0; k < placed->n_regions && cases != NULL; k++) { /* of whom nothing is known: as the others together */
        cases[k] = isfinite(run->told.cases[k]) ? run->told.cases[k] : leaves[k] * known / fmax(sequences, 1);
    }
    if (cases != NULL && run->dated && run->told.weeks.n > 0) {
        fill_unknown(run, days, known / fmax(sequences, 1));
        model.weekly = run->told.weeks.cases;
        model.n_weeks = run->told.weeks.n;
        model.first_week = run->told.weeks.first;
    }
    model.days = days;
    model.cases = cases;
    model.n_chains = CHAINS;
    model.n_draws = run->request->n_replicates < 0 ? DRAWS / CHAINS : run->request->n_replicates < 4 ? 2 : (size_t)run->request->n_replicates / CHAINS;
    model.seed = run->request->seed;
    status = too_many(run) ? vg_fail(&run->why, VG_LIMIT_EXCEEDED, "%zu genomes of %zu regions are too many for an answer at once: run vigia lineages introductions --node", placed->n_placed, placed->n_regions)
                           : vg_histories_draw(placed->tree, placed->regions, placed->n_regions, &model, run->pool, run->arena, &run->found, &run->why);
    run->drawn = status == VG_OK;
    run->why_status = status;
    return status == VG_DATA_ERROR || status == VG_LIMIT_EXCEEDED ? VG_OK : status; /* clusters and parsimony do without */
}

/* Which one each introduction comes from: the nearest of its origin's region whose leaves' ancestor is above. at_node, next: lists by node. One walk down the tree. */
static vg_status find_sources(struct introductions_run *run, const uint32_t *at_node, const uint32_t *next)
{
    const struct vg_histories *found = &run->found;
    const struct vg_tree *tree = run->placed.tree;
    uint32_t *nearest = VG_ARENA_ARRAY(run->arena, uint32_t, run->placed.n_regions + 1), *before = VG_ARENA_ARRAY(run->arena, uint32_t, found->n + 1); /* by region; what it was above */
    uint32_t *above = VG_ARENA_ARRAY(run->arena, uint32_t, tree->n_nodes + 1);
    size_t depth = 0;
    if (nearest == NULL || before == NULL || above == NULL) {
        return vg_fail_memory(run->error, tree->n_nodes);
    }
    memset(nearest, 0xFF, (run->placed.n_regions + 1) * sizeof *nearest); /* elsewhere has none, ever */
    for (uint32_t v = 0; v < tree->n_nodes; v++) {
        while (depth > 0 && above[depth - 1] != tree->parent[v]) {
            for (uint32_t i = at_node[above[--depth]]; i != VG_TREE_NONE; i = next[i]) {
                nearest[found->list[i].region] = before[i];
            }
        }
        above[depth++] = v;
        for (uint32_t i = at_node[v]; i != VG_TREE_NONE; i = next[i]) {
            run->source[i] = nearest[found->list[i].origin];
            run->exports[run->source[i] == VG_TREE_NONE ? found->n : run->source[i]]++; /* the last: room for those of nobody */
            before[i] = nearest[found->list[i].region];
        }
        for (uint32_t i = at_node[v]; i != VG_TREE_NONE; i = next[i]) { /* of several at a node the first of the list, which comes last here */
            nearest[found->list[i].region] = i;
        }
    }
    return VG_OK;
}

/* Samples of each introduction, which one it comes from, and what it gave to others. */
static vg_status follow(struct introductions_run *run)
{
    const struct vg_histories *found = &run->found;
    struct vg_tree *tree = run->placed.tree;
    run->source = VG_ARENA_ARRAY(run->arena, uint32_t, found->n + 1);
    run->exports = VG_ARENA_ARRAY(run->arena, uint32_t, found->n + 1);
    run->first = VG_ARENA_ARRAY(run->arena, double, found->n + 1);
    run->last = VG_ARENA_ARRAY(run->arena, double, found->n + 1);
    uint32_t *at_node = VG_ARENA_ARRAY(run->arena, uint32_t, tree->n_nodes + 1), *next = VG_ARENA_ARRAY(run->arena, uint32_t, found->n + 1);
    if (next == NULL || at_node == NULL || run->arena->failed) {
        return vg_fail_memory(run->error, found->n);
    }
    memset(at_node, 0xFF, tree->n_nodes * sizeof *at_node);
    for (uint32_t i = 0; i < found->n; i++) {
        next[i] = at_node[found->list[i].node];
        at_node[found->list[i].node] = i;
        run->first[i] = INFINITY;
        run->last[i] = -INFINITY;
        for (uint32_t leaf = found->list[i].first_leaf; leaf != VG_TREE_NONE; leaf = found->next_leaf[leaf]) {
            double year = run->sampled[leaf];
            run->first[i] = isfinite(year) ? fmin(run->first[i], year) : run->first[i];
            run->last[i] = isfinite(year) ? fmax(run->last[i], year) : run->last[i];
        }
        run->newest = fmax(run->newest, run->last[i]);
    }
    return find_sources(run, at_node, next);
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
        double days = (run->newest - run->sampled[leaf]) * DAYS_A_YEAR;
        late += days < 14;
        early += days >= 14 && days < 28;
    }
    return late > 0 && early > 0 ? late / early : NAN;
}

static bool is_active(const struct introductions_run *run, uint32_t i)
{
    return isfinite(run->last[i]) && (run->newest - run->last[i]) * DAYS_A_YEAR <= (double)run->request->active_days;
}

static void day_cell(const struct introductions_run *run, struct vg_table *table, double day)
{
    vg_table_date(table, run->dated ? (int32_t)lrint(day) : VG_DATE_NONE);
}

/* A region and its probability; none below a twentieth. */
static void origin_cells(const struct introductions_run *run, struct vg_table *table, uint32_t region, double probability)
{
    if (region == VG_REGION_NONE || probability < 0.05) {
        vg_table_missing(table);
        vg_table_missing(table);
        return;
    }
    if (region == run->placed.n_regions) {
        vg_table_text(table, ELSEWHERE);
    } else {
        region_cell(run, table, region);
    }
    lineages_number(table, probability);
}

struct heading { const char *name; enum vg_column_kind kind; };

static void add_columns(struct vg_table *table, const struct heading *columns, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        vg_table_add_column(table, columns[i].name, columns[i].kind);
    }
}

static vg_status show_introductions(struct introductions_run *run, struct vg_table *table)
{
    static const struct heading columns[] = {
        {"region", VG_COLUMN_TEXT}, {"introduction", VG_COLUMN_INTEGER}, {"node", VG_COLUMN_TEXT}, {"leaves", VG_COLUMN_INTEGER}, {"support", VG_COLUMN_DOUBLE}, {"came", VG_COLUMN_DATE},
        {"came_low", VG_COLUMN_DATE}, {"came_high", VG_COLUMN_DATE}, {"origin", VG_COLUMN_TEXT}, {"origin_probability", VG_COLUMN_DOUBLE}, {"second", VG_COLUMN_TEXT},
        {"second_probability", VG_COLUMN_DOUBLE}, {"first_sample", VG_COLUMN_DATE}, {"last_sample", VG_COLUMN_DATE}, {"active", VG_COLUMN_BOOLEAN}, {"growth", VG_COLUMN_DOUBLE},
        {"source", VG_COLUMN_INTEGER}, {"exports", VG_COLUMN_INTEGER}};
    size_t k = run->placed.n_regions;
    add_columns(table, columns, sizeof columns / sizeof *columns);
    for (uint32_t i = 0; i < run->found.n; i++) {
        const struct vg_history_introduction *one = &run->found.list[i];
        const double *origins = run->found.origins + i * (k + 1);
        bool dated = isfinite(run->last[i]);
        uint32_t second = VG_REGION_NONE;
        for (uint32_t a = 0; a <= k; a++) {
            second = a != one->origin && (second == VG_REGION_NONE || origins[a] > origins[second]) ? a : second;
        }
        region_cell(run, table, one->region);
        vg_table_integer(table, i + 1);
        lineages_node(table, run->placed.tree, one->node);
        vg_table_integer(table, one->n_leaves);
        lineages_number(table, one->support);
        day_cell(run, table, one->day);
        day_cell(run, table, floor(one->day_low));
        day_cell(run, table, ceil(one->day_high));
        origin_cells(run, table, one->origin, origins[one->origin]);
        origin_cells(run, table, second, second == VG_REGION_NONE ? 0 : origins[second]);
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

static int upwards(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Quantiles of the draws' numbers for a region: whole numbers, outwards. */
static void number_cells(const struct introductions_run *run, struct vg_table *table, size_t region, double *room)
{
    size_t k = run->placed.n_regions, n = run->found.n_draws;
    for (size_t i = 0; i < n && run->drawn; i++) {
        room[i] = run->found.seen[i * k + region];
    }
    if (!run->drawn) {
        for (int i = 0; i < 5; i++) {
            vg_table_missing(table);
        }
        return;
    }
    qsort(room, n, sizeof *room, upwards);
    vg_table_integer(table, (int64_t)lrint(vg_quantile_sorted(room, n, 0.5)));
    vg_table_integer(table, (int64_t)floor(vg_quantile_sorted(room, n, 0.025)));
    vg_table_integer(table, (int64_t)ceil(vg_quantile_sorted(room, n, 0.975)));
    vg_table_integer(table, (int64_t)floor(vg_quantile_sorted(room, n, 0.25)));
    vg_table_integer(table, (int64_t)ceil(vg_quantile_sorted(room, n, 0.75)));
}

/* Cases, the sequenced share of them, and the estimated number of introductions that left nothing. */
static void sampling_cells(const struct introductions_run *run, struct vg_table *table, size_t region, double leaves, double *room)
{
    size_t k = run->placed.n_regions, n = run->found.n_draws;
    double cases = run->told.cases == NULL ? NAN : run->told.cases[region];
    lineages_number(table, cases);
    lineages_number(table, cases > 0 ? fmin(leaves / cases, 1) : NAN);
    bool told = run->drawn && isfinite(cases) && run->found.unseen != NULL;
    for (size_t i = 0; i < n && told; i++) {
        room[i] = run->found.unseen[i * k + region];
    }
    if (told) {
        qsort(room, n, sizeof *room, upwards);
    }
    lineages_number(table, told ? vg_quantile_sorted(room, n, 0.5) : NAN);
}

static vg_status show_summary(struct introductions_run *run, struct vg_table *table)
{
    static const struct heading columns[] = {
        {"region", VG_COLUMN_TEXT}, {"leaves", VG_COLUMN_INTEGER}, {"introductions", VG_COLUMN_INTEGER}, {"introductions_low", VG_COLUMN_INTEGER}, {"introductions_high", VG_COLUMN_INTEGER},
        {"introductions_q25", VG_COLUMN_INTEGER}, {"introductions_q75", VG_COLUMN_INTEGER}, {"singles", VG_COLUMN_INTEGER}, {"active", VG_COLUMN_INTEGER}, {"cases", VG_COLUMN_DOUBLE},
        {"sampled", VG_COLUMN_DOUBLE}, {"unseen", VG_COLUMN_DOUBLE}, {"clusters", VG_COLUMN_INTEGER}, {"fewest", VG_COLUMN_INTEGER}, {"most", VG_COLUMN_INTEGER}};
    const struct placed_tree *placed = &run->placed;
    size_t k = placed->n_regions;
    struct vg_introductions clusters;
    double *sums = VG_ARENA_ARRAY(run->arena, double, k * 4 + 1), *room = VG_ARENA_ARRAY(run->arena, double, run->found.n_draws + 1);
    struct vg_introductions_range *range = VG_ARENA_ARRAY(run->arena, struct vg_introductions_range, k + 1);
    add_columns(table, columns, sizeof columns / sizeof *columns);
    if (sums == NULL || room == NULL || range == NULL) {
        return vg_fail_memory(run->error, k);
    }
    vg_status status = vg_introductions_clusters(placed->tree, placed->regions, k, run->arena, &clusters, run->error);
    status = status == VG_OK ? vg_introductions_parsimony(placed->tree, placed->regions, k, run->pool, run->arena, range, run->error) : status;
    for (uint32_t i = 0; status == VG_OK && i < clusters.n; i++) {
        sums[clusters.list[i].region * 4]++;
        sums[clusters.list[i].region * 4 + 1] += clusters.list[i].n_leaves;
    }
    for (uint32_t i = 0; run->drawn && i < run->found.n; i++) {
        sums[run->found.list[i].region * 4 + 2] += run->found.list[i].n_leaves == 1;
        sums[run->found.list[i].region * 4 + 3] += is_active(run, i);
    }
    for (uint32_t region = 0; status == VG_OK && region < k; region++) {
        region_cell(run, table, region);
        vg_table_integer(table, (int64_t)sums[region * 4 + 1]);
        number_cells(run, table, region, room);
        for (int i = 2; i < 4; i++) {
            if (run->drawn && (i == 2 || placed->n_dated > 0)) {
                vg_table_integer(table, (int64_t)sums[region * 4 + (size_t)i]);
            } else {
                vg_table_missing(table);
            }
        }
        sampling_cells(run, table, region, sums[region * 4 + 1], room);
        vg_table_integer(table, (int64_t)sums[region * 4]);
        vg_table_integer(table, range[region].fewest);
        vg_table_integer(table, range[region].most);
    }
    return status;
}

static vg_status show_flows(struct introductions_run *run, struct vg_table *table)
{
    size_t k = run->placed.n_regions;
    static const struct heading columns[] = {{"from", VG_COLUMN_TEXT}, {"to", VG_COLUMN_TEXT}, {"introductions", VG_COLUMN_DOUBLE}};
    add_columns(table, columns, 3);
    for (uint32_t from = 0; from <= k; from++) {
        for (uint32_t to = 0; to < k; to++) {
            double mean = run->found.flows[from * k + to];
            if (mean >= 0.05) {
                if (from == k) {
                    vg_table_text(table, ELSEWHERE);
                } else {
                    region_cell(run, table, from);
                }
                region_cell(run, table, to);
                lineages_number(table, mean);
            }
        }
    }
    return VG_OK;
}

static vg_status show_clusters(struct introductions_run *run, struct vg_table *table)
{
    static const struct heading columns[] = {{"region", VG_COLUMN_TEXT}, {"cluster", VG_COLUMN_INTEGER}, {"node", VG_COLUMN_TEXT}, {"leaves", VG_COLUMN_INTEGER}, {"confidence", VG_COLUMN_DOUBLE},
                                             {"origin", VG_COLUMN_TEXT}, {"origin_confidence", VG_COLUMN_DOUBLE}, {"first_sample", VG_COLUMN_DATE}, {"last_sample", VG_COLUMN_DATE}};
    struct vg_introductions found;
    add_columns(table, columns, sizeof columns / sizeof *columns);
    vg_status status = vg_introductions_clusters(run->placed.tree, run->placed.regions, run->placed.n_regions, run->arena, &found, run->error);
    for (uint32_t i = 0; status == VG_OK && i < found.n; i++) {
        const struct vg_introduction *one = &found.list[i];
        double first = INFINITY, last = -INFINITY;
        for (uint32_t leaf = one->first_leaf; leaf != VG_TREE_NONE; leaf = found.next_leaf[leaf]) {
            double year = run->placed.years[leaf];
            first = isfinite(year) ? fmin(first, year) : first;
            last = isfinite(year) ? fmax(last, year) : last;
        }
        region_cell(run, table, one->region);
        vg_table_integer(table, i + 1);
        lineages_node(table, run->placed.tree, one->node);
        vg_table_integer(table, one->n_leaves);
        lineages_number(table, one->confidence);
        region_cell(run, table, one->origin);
        lineages_number(table, one->origin == VG_REGION_NONE ? NAN : one->origin_confidence);
        year_cell(table, first);
        year_cell(table, last);
    }
    return status;
}

static vg_status show_leaves(struct introductions_run *run, struct vg_table *table)
{
    vg_table_add_column(table, "name", VG_COLUMN_TEXT);
    vg_table_add_column(table, "region", VG_COLUMN_TEXT);
    vg_table_add_column(table, "date", VG_COLUMN_DATE);
    vg_table_add_column(table, "introduction", VG_COLUMN_INTEGER);
    for (uint32_t v = 0; v < run->placed.tree->n_nodes; v++) {
        if (vg_tree_is_leaf(run->placed.tree, v) && run->found.of_leaf[v] != VG_TREE_NONE) {
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
    vg_status status = vg_introductions_linked(tree, run->placed.regions, (uint32_t)run->request->linked_mutations, outbreaks, run->error);
    for (uint32_t v = 0; status == VG_OK && v < tree->n_nodes; v++) { /* without its date nobody knows whether a leaf is within the window; where none has one, mutations alone link */
        bool known = isfinite(run->placed.years[v]);
        if (vg_tree_is_leaf(tree, v) && run->placed.regions[v] < run->placed.n_regions && (known || run->placed.n_dated == 0)) {
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

/* A page shows both: the regions' table with that of the introductions, so that histories are drawn once. */
static vg_status add_summary(struct introductions_run *run, struct vg_buffer *meta)
{
    struct vg_table table;
    struct vg_buffer json;
    vg_table_init(&table, run->arena);
    vg_buffer_init(&json, 0);
    vg_status status = show_summary(run, &table);
    if (status == VG_OK) {
        status = vg_table_write_json_meta(&table, NULL, &json, run->error);
    }
    if (status == VG_OK) {
        vg_buffer_format(meta, ",\"summary\":%.*s", (int)json.size, json.data);
    }
    vg_buffer_release(&json);
    return status;
}

/* Why dates that are there are not used. */
static const char *no_clock_of(const struct introductions_run *run)
{
    return run->no_clock.message[0] != '\0' ? run->no_clock.message : "fewer than three leaves have a date";
}

static vg_status fill_meta(struct introductions_run *run, struct vg_buffer *meta, bool with_summary)
{
    vg_buffer_char(meta, '{');
    job_meta_number(meta, "leaves", run->placed.tree->n_leaves);
    job_meta_number(meta, "leaves_with_region", (double)run->placed.n_placed);
    job_meta_number(meta, "leaves_with_date", (double)run->placed.n_dated);
    job_meta_number(meta, "regions", (double)run->placed.n_regions);
    job_meta_number(meta, "left_out", (double)run->placed.n_left_out);
    job_meta_number(meta, "rows_of_no_leaf", (double)run->placed.n_unknown_rows);
    if (run->request->as_of != VG_DATE_NONE) {
        job_meta_date(meta, "as_of", run->request->as_of);
        job_meta_number(meta, "later", (double)run->placed.n_later);
    }
    if (run->drawn) {
        job_meta_number(meta, "introductions", (double)run->found.n);
        job_meta_number(meta, "draws", (double)run->found.n_draws);
        job_meta_number(meta, "outliers", (double)run->n_outliers);
        job_meta_text(meta, "time", run->dated ? "years" : "mutations");
        if (!run->dated && run->placed.n_dated > 0) {
            job_meta_text(meta, "without_clock", no_clock_of(run));
        }
        job_meta_number(meta, "mutations_per_year", run->dated ? job_rounded(run->found.mutations_a_day * DAYS_A_YEAR, 4, false) : NAN);
        job_meta_text(meta, "cases_of", run->told.of == NULL ? "nobody tells: sampling is taken to be equal" : run->told.of);
        if (run->told.of != NULL) {
            job_meta_text(meta, "cases_by", run->told.weeks.n > 0 && run->dated ? "week" : "region");
        }
    } else if (run->why.message[0] != '\0') {
        job_meta_text(meta, "without_intervals", run->why.message);
    }
    job_meta_text(meta, "caveat", "introductions are those that left a genome; how many left none is an estimate, where cases are known; all rests on sequences being a random part of each region's cases");
    if (run->placed.simulated) {
        job_meta_text(meta, "exercise", VG_EXERCISE_MARK);
    }
    vg_status status = with_summary ? add_summary(run, meta) : VG_OK;
    status = status == VG_OK ? vg_job_warn_of_names(run->placed.tree, NULL, run->arena, run->answer, run->error) : status;
    vg_buffer_char(meta, '}');
    return status;
}

static vg_status analyse(struct introductions_run *run, bool needs_draws, bool shows_draws)
{
    run->newest = -INFINITY;
    if (!needs_draws) {
        return VG_OK;
    }
    vg_status status = draw_histories(run);
    if (status == VG_OK && !run->drawn && shows_draws) {
        *run->error = run->why;
        return run->why_status;
    }
    return status == VG_OK ? follow(run) : status;
}

vg_status vg_job_lineages_introductions(const struct vg_lineages_tree_request *request, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    static const struct { const char *name; vg_status (*fill)(struct introductions_run *, struct vg_table *); bool needs_draws, shows_draws; } shows[] = {
        {"introductions", show_introductions, true, true}, {"summary", show_summary, true, false}, {"flows", show_flows, true, true}, {"leaves", show_leaves, true, true},
        {"clusters", show_clusters, false, false}, {"crossings", show_crossings, false, false}};
    size_t which = 0, n_shows = sizeof shows / sizeof *shows;
    struct introductions_run *run = VG_ARENA_ARRAY(arena, struct introductions_run, 1);
    while (which < n_shows && request->show != NULL && strcmp(request->show, shows[which].name) != 0) {
        which++;
    }
    if (which == n_shows) {
        return vg_fail(error, VG_USAGE_ERROR, "--show is introductions, summary, flows, leaves, clusters or crossings, not \"%.40s\"", request->show);
    }
    if (run == NULL) {
        return vg_fail_memory(error, sizeof *run);
    }
    if (request->rate < 0.01) {
        return vg_fail(error, VG_USAGE_ERROR, "--rate %g is less than a mutation in a century: it is of the whole genome a year, not of a site", request->rate);
    }
    *run = (struct introductions_run){.request = request, .arena = arena, .answer = answer, .error = error};
    vg_status status = placed_tree_open(request, true, arena, &run->placed, error);
    run->pool = vg_pool_new(request->threads);
    if (status == VG_OK) {
        status = analyse(run, shows[which].needs_draws, shows[which].shows_draws);
    }
    if (status == VG_OK) {
        status = shows[which].fill(run, &answer->table);
    }
    if (status == VG_OK) {
        status = fill_meta(run, &answer->meta, which == 0 && request->waits);
    }
    if (status == VG_OK && run->drawn && !run->dated && run->placed.n_dated > 0) {
        job_warn(answer, arena, "time is told in mutations, not in days: %s", no_clock_of(run));
    }
    if (status == VG_OK && !run->drawn && run->why.message[0] != '\0') {
        job_warn(answer, arena, "no histories, so no numbers with intervals: %s", run->why.message);
    }
    answer->simulated = run->placed.simulated;
    vg_pool_free(run->pool);
    placed_tree_close(&run->placed);
    return status != VG_OK ? status : answer->table.failed || arena->failed ? vg_fail_memory(error, 0) : VG_OK;
}
