/*
 * What genomes tell, held against the truth: those that were published by a day are called by the lineages' known markers, their shares are followed and told ahead, a tree is
 * grown of them, and from it introductions and dates, as vigia lineages does.
 */
#include "jobs/exercise/genomes.h"

#include "trace/genome/clock/clock.h"
#include "trace/genome/growth/growth.h"
#include "trace/genome/introductions/introductions.h"
#include "trace/genome/lineage/lineage.h"
#include "trace/genome/place/place.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WEEKS = 26, LAG_WEEKS = 4, AHEAD_WEEKS = 4, DRAWS = 400 };
#define LINEAGE_LEAST 20     /* genomes, as vigia lineages growth has it */
#define SWABS_LEAST 50       /* in a week and place, for their share to be the truth of it */
#define CLOCK_LEAST 30       /* genomes of a lineage */
#define WHAT_CALLS "lineage_calls"
#define WHAT_SHARES "lineage_shares"
#define WHAT_COUNTS "lineage_counts"
#define WHAT_INTRODUCTIONS "introductions"
#define WHAT_CLOCK "clock"

/* Genomes of one day. */
struct virus_run {
    const struct exercise_judging *judging;
    const struct exercise_virus *virus;
    const struct exercise_known *known;
    struct vg_pool *pool;
    struct vg_arena *arena;
    struct exercise_scores *scores;
    int32_t day;
    const struct exercise_genome **labels; /* [n] */
    struct vg_genome *genomes;             /* [n] */
    uint32_t *infection;                   /* [n] behind each */
    uint32_t *called;                      /* [n] a lineage of the truth's, EXERCISE_NOBODY: none */
    size_t n;
    struct vg_tree *tree;
    uint32_t *leaf;                        /* [n] */
};

/* A value with its 95 % interval, NaN: none. */
struct told { double value, low, high; };

static void take(struct virus_run *run, const char *what, const char *level, const char *days, struct told told, double truth)
{
    struct exercise_score *row = exercise_scores_row(run->scores, what, level, days);
    row->only_95 = true;
    if (isnan(told.value)) {
        row->without++;
        return;
    }
    row->scores.n++;
    row->scores.absolute_error += fabs(told.value - truth);
    row->inside[EXERCISE_INTERVAL_95] += isnan(told.low) ? NAN : truth >= told.low && truth <= told.high ? 1 : 0;
    row->difference += told.value - truth;
    row->truth += truth;
}

/* ------------------------------------------------------------------ genomes */

static int by_position(const void *a, const void *b)
{
    const struct vg_genome_difference *x = a, *y = b;
    return x->position < y->position ? -1 : x->position > y->position;
}

static vg_status make_genomes(struct virus_run *run)
{
    const struct exercise_known *known = run->known;
    size_t capacity = known->n_genomes + 1;
    run->labels = (const struct exercise_genome **)vg_arena_alloc(run->arena, capacity, sizeof *run->labels);
    run->genomes = VG_ARENA_ARRAY(run->arena, struct vg_genome, capacity);
    run->infection = VG_ARENA_ARRAY(run->arena, uint32_t, capacity);
    run->called = VG_ARENA_ARRAY(run->arena, uint32_t, capacity);
    run->leaf = VG_ARENA_ARRAY(run->arena, uint32_t, capacity);
    struct vg_genome_difference *room = VG_ARENA_ARRAY(run->arena, struct vg_genome_difference, known->n_differences + 1);
    if (run->labels == NULL || run->genomes == NULL || run->infection == NULL || run->called == NULL || run->leaf == NULL || room == NULL)
        return vg_fail_memory(run->judging->error, capacity * sizeof *run->genomes);
    for (size_t i = 0; i < known->n_genomes; i++) {
        const struct exercise_genome *label = &known->genomes[i];
        uint32_t infection = label->sequence <= run->virus->n_samples ? run->virus->sampled[label->sequence] : EXERCISE_NOBODY;
        if (infection == EXERCISE_NOBODY || label->day == VG_DATE_NONE || label->place == EXERCISE_NOBODY)
            continue;
        for (size_t k = 0; k < label->n; k++) {
            const struct exercise_difference *one = &known->differences[label->first + k];
            room[k] = (struct vg_genome_difference){one->position, one->length, vg_base_set_of_letter(one->letter)};
        }
        qsort(room, label->n, sizeof *room, by_position);
        char *name = vg_arena_format(run->arena, "S%06u", label->sequence);
        if (name == NULL)
            return vg_fail_memory(run->judging->error, 16);
        run->labels[run->n] = label;
        run->infection[run->n] = infection;
        run->genomes[run->n++] = (struct vg_genome){.name = vg_text_from(name), .differences = room, .n_differences = (uint32_t)label->n};
        room += label->n;
    }
    return VG_OK;
}

/* Markers as "G6712C T20595G", put on the builder's newest node. */
static void put_markers(struct vg_tree_builder *builder, struct vg_text markers)
{
    for (size_t start = 0; start < markers.size;) {
        const char *space = memchr(markers.data + start, ' ', markers.size - start);
        size_t end = space == NULL ? markers.size : (size_t)(space - markers.data);
        int64_t position;
        if (end - start > 2 && vg_parse_integer(vg_text_of(markers.data + start + 1, end - start - 2), &position) && position > 0)
            vg_tree_builder_mutation(builder, (uint32_t)position - 1, (unsigned)vg_base_of_letter(markers.data[start]), (unsigned)vg_base_of_letter(markers.data[end - 1]));
        start = end + 1;
    }
}

/* The reference with a leaf for each lineage that has markers; of one lineage: its markers on the root. */
static vg_status make_guide(const struct virus_run *run, uint32_t only, struct vg_tree **guide)
{
    const struct exercise_virus *virus = run->virus;
    struct vg_tree_builder *builder = vg_tree_builder_new();
    struct vg_genome_reference reference = {vg_text_from("reference"), run->known->reference, (uint32_t)run->known->length};
    if (builder == NULL)
        return vg_fail_memory(run->judging->error, 1 << 10);
    uint32_t root = vg_tree_builder_node(builder, VG_TREE_NONE, vg_text_from("reference")), column = vg_tree_builder_column(builder, vg_text_from("lineage"), true, false);
    if (only != EXERCISE_NOBODY)
        put_markers(builder, virus->markers[only]);
    for (size_t v = 0; v < virus->n_lineages && only == EXERCISE_NOBODY; v++)
        if (virus->markers[v].size == 0)
            vg_tree_builder_word(builder, column, virus->names[v]);
    for (size_t v = 0; v < virus->n_lineages && only == EXERCISE_NOBODY; v++) {
        if (virus->markers[v].size == 0)
            continue;
        (void)vg_tree_builder_node(builder, root, virus->names[v]);
        put_markers(builder, virus->markers[v]);
        vg_tree_builder_word(builder, column, virus->names[v]);
    }
    return vg_tree_builder_finish(builder, &reference, guide, run->judging->error);
}

/* ------------------------------------------------------------------ lineages */

static uint32_t lineage_of(const struct exercise_virus *virus, const struct vg_lineage_model *model, uint32_t code)
{
    for (uint32_t v = 0; code != VG_LINEAGE_NONE && v < virus->n_lineages; v++)
        if (vg_text_equal(virus->names[v], model->lineages->values[code]))
            return v;
    return EXERCISE_NOBODY;
}

static vg_status call_lineages(struct virus_run *run, const struct vg_tree *guide)
{
    struct vg_error *error = run->judging->error;
    struct vg_lineage_model model = {.tree = guide, .lineages = vg_tree_column(guide, "lineage")};
    struct vg_lineage_work *work = NULL;
    struct exercise_links *links = &exercise_scores_row(run->scores, WHAT_CALLS, "all", "by markers")->links;
    uint32_t *parents = NULL;
    vg_status status = vg_lineage_parents(guide, model.lineages, NULL, false, run->arena, &parents, error);
    model.parents = parents;
    if (status == VG_OK)
        status = vg_lineage_work_new(&model, &work, error);
    for (size_t i = 0; i < run->n && status == VG_OK; i++) {
        struct vg_lineage_call call;
        status = vg_lineage_call(&model, work, &run->genomes[i], &call, error);
        run->called[i] = status == VG_OK ? lineage_of(run->virus, &model, call.lineage) : EXERCISE_NOBODY;
        links->n++;
        links->right += run->called[i] == run->virus->lineage[run->infection[i]] ? 1 : 0;
    }
    vg_lineage_work_free(work);
    return status;
}

/* Counts by province, seven days that end with the day or so many weeks before, and lineage that has enough genomes. */
struct counted {
    struct vg_growth_counts counts;
    uint32_t places[64];                 /* [n_places] */
    uint32_t lineages[EXERCISE_LINEAGES_MAX]; /* [n_lineages] of the truth's */
    double *values;
};

static vg_status count(struct virus_run *run, struct counted *counted)
{
    const struct exercise_truth *truth = run->judging->truth;
    double totals[EXERCISE_LINEAGES_MAX] = {0};
    uint32_t category[EXERCISE_LINEAGES_MAX];
    struct vg_growth_counts *counts = &counted->counts;
    int32_t *days = VG_ARENA_ARRAY(run->arena, int32_t, WEEKS);
    for (size_t i = 0; i < run->n; i++)
        if (run->called[i] != EXERCISE_NOBODY)
            totals[run->called[i]]++;
    *counts = (struct vg_growth_counts){.n_times = WEEKS};
    for (uint32_t v = 0; v < run->virus->n_lineages; v++) {
        category[v] = totals[v] >= LINEAGE_LEAST ? (uint32_t)counts->n_lineages : EXERCISE_NOBODY;
        if (totals[v] >= LINEAGE_LEAST)
            counted->lineages[counts->n_lineages++] = v;
    }
    size_t cells = sizeof counted->places / sizeof *counted->places * WEEKS * (counts->n_lineages + 1);
    counted->values = VG_ARENA_ARRAY(run->arena, double, cells);
    if (counted->values == NULL || days == NULL)
        return vg_fail_memory(run->judging->error, cells * sizeof(double));
    for (size_t i = 0; i < run->n; i++) {
        uint32_t unit = exercise_unit_of(truth, run->labels[i]->place, false), place = 0;
        int32_t weeks = (run->day - run->labels[i]->day) / 7;
        if (run->called[i] == EXERCISE_NOBODY || category[run->called[i]] == EXERCISE_NOBODY || run->labels[i]->day > run->day || weeks >= WEEKS)
            continue;
        while (place < counts->n_places && counted->places[place] != unit)
            place++;
        if (place == sizeof counted->places / sizeof *counted->places)
            continue;
        if (place == counts->n_places)
            counted->places[counts->n_places++] = unit;
        counted->values[((size_t)place * WEEKS + (size_t)(WEEKS - 1 - weeks)) * counts->n_lineages + category[run->called[i]]]++;
    }
    for (int32_t week = 0; week < WEEKS; week++)
        days[week] = run->day - 3 - 7 * (WEEKS - 1 - week);
    counts->counts = counted->values;
    counts->days = days;
    return VG_OK;
}

/* The share of a lineage among all swabs of seven days in a place (EXERCISE_NOBODY: everywhere); NaN where they are too few, or not over yet. */
static double true_share(const struct virus_run *run, uint32_t place, int32_t middle, uint32_t lineage)
{
    const struct exercise_truth *truth = run->judging->truth;
    double own = 0, all = 0;
    if (middle - 3 < truth->first_date || middle + 3 >= truth->first_date + (int32_t)truth->n_days)
        return NAN;
    for (size_t p = 0; p < truth->n_places; p++) {
        if (place == EXERCISE_NOBODY ? truth->parent[p] != UINT32_MAX : p != place)
            continue;
        for (int32_t date = middle - 3; date <= middle + 3; date++) {
            const double *swabs = run->virus->swabs + (p * truth->n_days + (size_t)(date - truth->first_date)) * run->virus->n_lineages;
            own += swabs[lineage];
            for (size_t v = 0; v < run->virus->n_lineages; v++)
                all += swabs[v];
        }
    }
    return all >= SWABS_LEAST ? own / all : NAN;
}

/* Counts alone, for comparison: Jeffreys' interval. */
static void hold_counts(struct virus_run *run, const struct counted *counted, size_t place, int week, size_t lineage, double truth)
{
    const struct vg_growth_counts *counts = &counted->counts;
    const double *cell = counts->counts + (place * WEEKS + (size_t)(WEEKS - 1 - week)) * counts->n_lineages;
    double n = 0;
    for (size_t v = 0; v < counts->n_lineages; v++)
        n += cell[v];
    struct told told = {NAN, NAN, NAN};
    if (n > 0)
        told = (struct told){cell[lineage] / n, cell[lineage] > 0 ? vg_beta_quantile(0.025, cell[lineage] + 0.5, n - cell[lineage] + 0.5) : 0,
                             cell[lineage] < n ? vg_beta_quantile(0.975, cell[lineage] + 0.5, n - cell[lineage] + 0.5) : 1};
    take(run, WHAT_COUNTS, "admin1", "lag 0-27", told, truth);
}

static void hold_shares(struct virus_run *run, const struct counted *counted, const struct vg_growth_fit *fit, const struct vg_growth_draws *draws, size_t place, double *work)
{
    bool all = place == counted->counts.n_places;
    double shares[EXERCISE_LINEAGES_MAX], low[EXERCISE_LINEAGES_MAX], high[EXERCISE_LINEAGES_MAX];
    for (int week = -AHEAD_WEEKS; week < LAG_WEEKS; week++) {
        int32_t middle = run->day - 3 - 7 * week;
        if (fit != NULL)
            vg_growth_share_intervals(fit, draws, all ? VG_GROWTH_ALL : (uint32_t)place, NULL, middle, work, shares, low, high);
        for (size_t v = 0; v < counted->counts.n_lineages; v++) {
            uint32_t lineage = counted->lineages[v];
            double truth = run->virus->markers[lineage].size == 0 ? NAN : true_share(run, all ? EXERCISE_NOBODY : counted->places[place], middle, lineage);
            if (isnan(truth)) /* of two lineages one says what the other does */
                continue;
            take(run, WHAT_SHARES, all ? "all" : "admin1", week >= 0 ? "lag 0-27" : "ahead 1-28", fit == NULL ? (struct told){NAN, NAN, NAN} : (struct told){shares[v], low[v], high[v]}, truth);
            if (!all && week >= 0)
                hold_counts(run, counted, place, week, v, truth);
        }
    }
}

static vg_status judge_shares(struct virus_run *run)
{
    struct counted *counted = VG_ARENA_ARRAY(run->arena, struct counted, 1);
    struct vg_growth_model model;
    struct vg_growth_fit fit;
    struct vg_growth_draws draws;
    struct vg_error why = {0};
    vg_status status = counted == NULL ? vg_fail_memory(run->judging->error, sizeof *counted) : count(run, counted);
    if (status != VG_OK || counted->counts.n_lineages < 2) /* one lineage has all of it */
        return status;
    double *work = VG_ARENA_ARRAY(run->arena, double, (DRAWS + 4) * (EXERCISE_LINEAGES_MAX + 1));
    if (work == NULL)
        return vg_fail_memory(run->judging->error, DRAWS * sizeof *work);
    vg_growth_model_defaults(&model);
    bool fitted = vg_growth_fit(&counted->counts, &model, run->pool, run->arena, &fit, &why) == VG_OK && vg_growth_draw(&fit, DRAWS, (uint64_t)run->day, run->pool, run->arena, &draws, &why) == VG_OK;
    for (size_t place = 0; place <= counted->counts.n_places; place++)
        hold_shares(run, counted, fitted ? &fit : NULL, &draws, place, work);
    return VG_OK;
}

/* ---------------------------------------------------------------------- tree */

/* Genomes of one lineage, or all, in the order of their publication; nodes [n of them]. */
static vg_status grow(struct virus_run *run, const struct vg_tree *guide, uint32_t only, struct vg_tree **tree, uint32_t *which, uint32_t *nodes, size_t *n)
{
    struct vg_error *error = run->judging->error;
    struct vg_refine_options options;
    struct vg_refine_report report;
    struct vg_tree *grown = NULL;
    struct vg_genome *genomes = VG_ARENA_ARRAY(run->arena, struct vg_genome, run->n + 1);
    struct vg_insertion *added = VG_ARENA_ARRAY(run->arena, struct vg_insertion, run->n + 1);
    *n = 0;
    *tree = NULL;
    if (genomes == NULL || added == NULL)
        return vg_fail_memory(error, run->n * sizeof *genomes);
    for (size_t i = 0; i < run->n; i++) {
        if (only == EXERCISE_NOBODY || run->called[i] == only) {
            which[*n] = (uint32_t)i;
            genomes[(*n)++] = run->genomes[i];
        }
    }
    vg_status status = vg_place_insert(guide, genomes, *n, NULL, 0, NULL, VG_PLACE_BEST, run->pool, NULL, added, &grown, error);
    for (size_t i = 0; i < *n && status == VG_OK; i++)
        nodes[i] = added[i].node;
    vg_refine_defaults(&options);
    options.all = true;
    if (status == VG_OK)
        status = vg_place_refine(grown, &options, nodes, *n, run->pool, NULL, tree, &report, error);
    vg_tree_free(grown);
    return status;
}

/* -------------------------------------------------------------- introductions */

struct pair { uint32_t region, event, cluster; };

static int by_event(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;
    return x->region != y->region ? (x->region < y->region ? -1 : 1) : x->event != y->event ? (x->event < y->event ? -1 : 1) : x->cluster < y->cluster ? -1 : x->cluster > y->cluster;
}

static int by_cluster(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;
    return x->region != y->region ? (x->region < y->region ? -1 : 1) : x->cluster < y->cluster ? -1 : x->cluster > y->cluster;
}

static double pairs_of(double n)
{
    return n * (n - 1) / 2;
}

/* Pairs of genomes of one region: whether both say that one introduction brought them. The baseline is whichever of yes and no is right more often. */
static void hold_pairs(struct virus_run *run, const char *level, struct pair *pairs)
{
    struct exercise_links *links = &exercise_scores_row(run->scores, WHAT_INTRODUCTIONS, level, "of one or not")->links;
    double all = 0, truly = 0, called = 0, both = 0;
    qsort(pairs, run->n, sizeof *pairs, by_event);
    for (size_t i = 0, event = 0, cell = 0, region = 0; i < run->n; i++) {
        bool last = i + 1 == run->n, new_region = last || pairs[i + 1].region != pairs[i].region, new_event = new_region || pairs[i + 1].event != pairs[i].event;
        bool new_cell = new_event || pairs[i + 1].cluster != pairs[i].cluster;
        both += new_cell ? pairs_of((double)(i + 1 - cell)) : 0;
        truly += new_event ? pairs_of((double)(i + 1 - event)) : 0;
        all += new_region ? pairs_of((double)(i + 1 - region)) : 0;
        cell = new_cell ? i + 1 : cell;
        event = new_event ? i + 1 : event;
        region = new_region ? i + 1 : region;
    }
    qsort(pairs, run->n, sizeof *pairs, by_cluster);
    for (size_t i = 0, first = 0; i < run->n; i++) {
        if (i + 1 == run->n || pairs[i + 1].region != pairs[i].region || pairs[i + 1].cluster != pairs[i].cluster) {
            called += pairs_of((double)(i + 1 - first));
            first = i + 1;
        }
    }
    links->n += all;
    links->right += all - truly - called + 2 * both;
    links->right_baseline += fmax(truly, all - truly);
}

/* How many introductions brought the virus of a region's genomes, in truth. */
static void count_events(const struct pair *pairs, size_t n, double *events)
{
    for (size_t i = 0; i < n; i++)
        events[pairs[i].region] += i == 0 || pairs[i - 1].region != pairs[i].region || pairs[i - 1].event != pairs[i].event;
}

static int upwards(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static vg_status judge_introductions(struct virus_run *run, bool country)
{
    const struct exercise_truth *truth = run->judging->truth;
    const struct vg_tree *tree = run->tree;
    struct vg_error *error = run->judging->error, why = {0};
    struct vg_clock clock;
    struct vg_clock_model clock_model;
    struct vg_histories found;
    size_t k = 0, nodes = tree->n_nodes;
    uint32_t *regions = VG_ARENA_ARRAY(run->arena, uint32_t, nodes), *region_of = VG_ARENA_ARRAY(run->arena, uint32_t, truth->n_places);
    double *days = VG_ARENA_ARRAY(run->arena, double, nodes), *events = VG_ARENA_ARRAY(run->arena, double, truth->n_places + 1);
    double *years = VG_ARENA_ARRAY(run->arena, double, nodes);
    struct vg_introductions_range *range = VG_ARENA_ARRAY(run->arena, struct vg_introductions_range, truth->n_places + 1);
    struct pair *pairs = VG_ARENA_ARRAY(run->arena, struct pair, run->n + 1);
    if (regions == NULL || region_of == NULL || days == NULL || years == NULL || events == NULL || range == NULL || pairs == NULL)
        return vg_fail_memory(error, nodes * sizeof *days);
    memset(regions, 0xFF, nodes * sizeof *regions);
    memset(region_of, 0xFF, truth->n_places * sizeof *region_of);
    for (size_t i = 0; i < run->n; i++) {
        uint32_t unit = exercise_unit_of(truth, run->labels[i]->place, country);
        region_of[unit] = region_of[unit] == UINT32_MAX ? (uint32_t)k++ : region_of[unit];
        regions[run->leaf[i]] = region_of[unit];
    }
    if (k < 2) /* without genomes from elsewhere nothing can be told of what came from there */
        return VG_OK;
    for (uint32_t v = 0; v < nodes; v++)
        years[v] = days[v] = NAN;
    for (size_t i = 0; i < run->n; i++) {
        days[run->leaf[i]] = run->labels[i]->day;
        years[run->leaf[i]] = vg_clock_year_of_date(run->labels[i]->day);
    }
    vg_clock_model_defaults(&clock_model);
    clock_model.n_replicates = 0;
    vg_status status = vg_introductions_parsimony(tree, regions, k, run->pool, run->arena, range, error);
    if (status != VG_OK || vg_clock_date(tree, years, &clock_model, run->pool, run->arena, &clock, &why) != VG_OK)
        return status;
    struct vg_history_model model;
    vg_history_model_defaults(&model); /* every swab has the same chance to be sequenced, so nothing is said of cases */
    model.days = days;
    model.mutations_a_day = fmax(fmax(clock.rate, clock.regression.rate), 1e-3) / 365.25;
    status = vg_histories_draw(tree, regions, k, &model, run->pool, run->arena, &found, error);
    double *numbers = VG_ARENA_ARRAY(run->arena, double, model.n_chains * model.n_draws);
    if (status != VG_OK || numbers == NULL)
        return status == VG_OK ? vg_fail_memory(error, model.n_draws) : status;
    for (size_t i = 0; i < run->n; i++)
        pairs[i] = (struct pair){regions[run->leaf[i]], exercise_introduced_by(run->virus, truth, run->infection[i], country), found.of_leaf[run->leaf[i]]};
    qsort(pairs, run->n, sizeof *pairs, by_event);
    count_events(pairs, run->n, events);
    const char *level = country ? "country" : "admin1";
    for (size_t region = 0; region < k; region++) {
        for (size_t i = 0; i < found.n_draws; i++)
            numbers[i] = found.seen[i * k + region];
        qsort(numbers, found.n_draws, sizeof *numbers, upwards);
        take(run, WHAT_INTRODUCTIONS, level, "fewest to most", (struct told){(range[region].fewest + range[region].most) / 2.0, range[region].fewest, range[region].most}, events[region]);
        take(run, WHAT_INTRODUCTIONS, level, "number", (struct told){vg_quantile_sorted(numbers, found.n_draws, 0.5), floor(vg_quantile_sorted(numbers, found.n_draws, 0.025)), ceil(vg_quantile_sorted(numbers, found.n_draws, 0.975))},
             events[region]);
    }
    hold_pairs(run, level, pairs);
    return VG_OK;
}

/* --------------------------------------------------------------------- clock */

static double age_of(const struct virus_run *run, double year)
{
    return (vg_clock_year_of_date(run->day) - year) * 365.25;
}

/* Ages of inner nodes with two genomes below, and of the root, in days. */
static vg_status hold_dates(struct virus_run *run, const char *level, const struct vg_tree *tree, const struct vg_clock *clock, const uint32_t *which, const uint32_t *nodes, size_t n)
{
    struct exercise_moment *moments = VG_ARENA_ARRAY(run->arena, struct exercise_moment, tree->n_nodes);
    uint32_t *below = VG_ARENA_ARRAY(run->arena, uint32_t, tree->n_nodes);
    if (moments == NULL || below == NULL)
        return vg_fail_memory(run->judging->error, tree->n_nodes * sizeof *moments);
    for (size_t i = 0; i < n; i++) {
        moments[nodes[i]] = (struct exercise_moment){run->infection[which[i]], run->labels[which[i]]->day};
        below[nodes[i]] = 1;
    }
    for (uint32_t v = tree->n_nodes; v-- > 1;) {
        uint32_t above = tree->parent[v];
        if (below[v] > 0) {
            moments[above] = below[above] == 0 ? moments[v] : exercise_common(run->virus, moments[above], moments[v]);
            below[above] += below[v];
        }
    }
    for (uint32_t v = 0; v < tree->n_nodes; v++) {
        if (below[v] < 2)
            continue;
        struct told told = {age_of(run, clock->years[v]), age_of(run, clock->high[v]), age_of(run, clock->low[v])};
        take(run, WHAT_CLOCK, level, v == 0 ? "age of the root" : "ages of nodes", told, run->day - (v == 0 ? run->virus->root_date : moments[v].day));
    }
    return VG_OK;
}

static vg_status judge_clock(struct virus_run *run, uint32_t lineage)
{
    const char *level = run->virus->markers[lineage].size == 0 ? "first" : "later";
    struct vg_error why = {0};
    struct vg_tree *guide = NULL, *tree = NULL;
    struct vg_clock_model model;
    struct vg_clock clock;
    size_t n = 0;
    uint32_t *which = VG_ARENA_ARRAY(run->arena, uint32_t, run->n + 1), *nodes = VG_ARENA_ARRAY(run->arena, uint32_t, run->n + 1);
    for (size_t i = 0; i < run->n; i++)
        n += run->called[i] == lineage;
    if (n < CLOCK_LEAST)
        return VG_OK;
    vg_status status = which == NULL || nodes == NULL ? vg_fail_memory(run->judging->error, n * 8) : make_guide(run, lineage, &guide);
    if (status == VG_OK)
        status = grow(run, guide, lineage, &tree, which, nodes, &n);
    double *years = status == VG_OK ? VG_ARENA_ARRAY(run->arena, double, tree->n_nodes) : NULL;
    if (status == VG_OK && years == NULL)
        status = vg_fail_memory(run->judging->error, tree->n_nodes * sizeof *years);
    for (uint32_t v = 0; status == VG_OK && v < tree->n_nodes; v++)
        years[v] = NAN;
    for (size_t i = 0; i < n && status == VG_OK; i++)
        years[nodes[i]] = vg_clock_year_of_date(run->labels[which[i]]->day);
    vg_clock_model_defaults(&model);
    bool dated = status == VG_OK && vg_clock_date(tree, years, &model, run->pool, run->arena, &clock, &why) == VG_OK;
    if (dated) /* the line of mutations on dates, where the search for dates begins */
        take(run, WHAT_CLOCK, level, "by regression", (struct told){clock.regression.rate, NAN, NAN}, run->virus->changes_per_year);
    if (status == VG_OK)
        take(run, WHAT_CLOCK, level, "changes a year", dated ? (struct told){clock.rate, clock.rate_low, clock.rate_high} : (struct told){NAN, NAN, NAN}, run->virus->changes_per_year);
    if (dated)
        status = hold_dates(run, level, tree, &clock, which, nodes, n);
    vg_tree_free(tree);
    vg_tree_free(guide);
    return status;
}

/* ------------------------------------------------------------------ all days */

static vg_status judge_day(struct virus_run *run)
{
    struct vg_tree *guide = NULL;
    size_t n = 0;
    vg_status status = make_genomes(run);
    if (status != VG_OK || run->n == 0)
        return status;
    uint32_t *which = VG_ARENA_ARRAY(run->arena, uint32_t, run->n);
    status = which == NULL ? vg_fail_memory(run->judging->error, run->n * 4) : make_guide(run, EXERCISE_NOBODY, &guide);
    if (status == VG_OK)
        status = call_lineages(run, guide);
    if (status == VG_OK)
        status = judge_shares(run);
    if (status == VG_OK)
        status = grow(run, guide, EXERCISE_NOBODY, &run->tree, which, run->leaf, &n);
    for (int country = 1; country >= 0 && status == VG_OK; country--)
        status = judge_introductions(run, country == 1);
    for (uint32_t lineage = 0; lineage < run->virus->n_lineages && status == VG_OK; lineage++)
        status = judge_clock(run, lineage);
    vg_tree_free(run->tree);
    vg_tree_free(guide);
    run->tree = NULL;
    return status;
}

vg_status exercise_judge_genomes(const struct exercise_judging *judging, struct vg_arena *arena, struct exercise_scores *scores)
{
    struct exercise_virus virus;
    if (judging->folder == NULL)
        return VG_OK;
    vg_status status = exercise_virus_load(judging->folder, judging->truth, arena, &virus, judging->error);
    struct exercise_scores *of_day = VG_ARENA_ARRAY(arena, struct exercise_scores, 1);
    if (status == VG_OK && of_day == NULL)
        status = vg_fail_memory(judging->error, sizeof *of_day);
    struct vg_pool *pool = status == VG_OK ? vg_pool_new(0) : NULL;
    for (size_t d = 0; d < judging->n_days && status == VG_OK; d++) {
        struct vg_arena own;
        struct exercise_known known;
        vg_arena_init(&own, 0);
        of_day->n_rows = 0;
        if (!vg_progress_report(judging->progress, "genomes", (double)d / (double)judging->n_days))
            status = vg_fail(judging->error, VG_CANCELLED, "cancelled");
        if (status == VG_OK)
            status = exercise_known_load(judging->folder, judging->truth, judging->days[d], &own, &known, judging->error);
        struct virus_run run = {.judging = judging, .virus = &virus, .known = &known, .pool = pool, .arena = &own, .scores = of_day, .day = judging->days[d]};
        if (status == VG_OK)
            status = judge_day(&run);
        exercise_scores_add(scores, of_day);
        vg_arena_release(&own);
    }
    vg_pool_free(pool);
    return status;
}
