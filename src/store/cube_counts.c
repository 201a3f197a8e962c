/*
 * Aggregates over count increments. Rows are sorted by cell, so a cell's value as of a day is a short running sum.
 *
 * A place's own rows stand for it; only where it has none are the places below it added up, so that a state's total and its cities are never
 * counted twice. The group "all" is used where it is there; else the groups are added up.
 */
#include "store/cube_query.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct count_scope {
    uint16_t measure;
    bool every_group;
    uint32_t group;
    uint8_t *counted;  /* [places + 1] whether a place's rows are counted in the answer */
};

static uint16_t measure_index(const struct query *query)
{
    if (query->measure != NULL) {
        return (uint16_t)(query->measure - vg_measure_at(0));
    }
    return query->dataset->counts.n > 0 ? query->dataset->counts.measure[0] : 0;
}

/* The group asked for, or "all" where rows of the measure have it, or every group. */
static vg_status choose_group(const struct query *query, struct count_scope *scope)
{
    const struct cube_counts *counts = &query->dataset->counts;
    const char *wanted = query->filter->group == NULL ? "all" : query->filter->group;
    uint32_t group = UINT32_MAX;
    for (size_t i = 0; i < counts->n_groups; i++) {
        if (vg_text_equals(counts->groups[i], wanted)) {
            group = (uint32_t)i;
        }
    }
    bool there = false;
    for (size_t i = 0; i < counts->n && !there; i++) {
        there = counts->group[i] == group && counts->measure[i] == scope->measure;
    }
    if (!there && strcmp(wanted, "all") != 0) {
        return vg_fail(query->error, VG_NOT_FOUND, "dataset %s has no group %.100s", query->dataset->info.name, wanted);
    }
    scope->every_group = !there;
    scope->group = group;
    return VG_OK;
}

static bool in_scope(const struct count_scope *scope, const struct cube_counts *counts, size_t i)
{
    return counts->measure[i] == scope->measure && (scope->every_group || counts->group[i] == scope->group);
}

/* level VG_LEVEL_COUNT: the filter's place (or all); else places count towards their ancestor of that level. */
static vg_status open_scope(const struct query *query, enum vg_place_level level, struct count_scope *scope)
{
    const struct cube_counts *counts = &query->dataset->counts;
    const struct vg_place_list *places = &query->cube->places;
    scope->measure = measure_index(query);
    vg_status status = choose_group(query, scope);
    if (status != VG_OK) {
        return status;
    }
    scope->counted = VG_ARENA_ARRAY(query->arena, uint8_t, places->count + 1);
    uint8_t *own = VG_ARENA_ARRAY(query->arena, uint8_t, places->count + 1);
    if (scope->counted == NULL || own == NULL) {
        return vg_fail_memory(query->error, places->count * 2);
    }
    for (size_t i = 0; i < counts->n; i++) {
        own[counts->place[i]] |= in_scope(scope, counts, i);
    }
    for (uint32_t place = 0; place < places->count; place++) {
        if (!own[place] || !query->inside[place]) {
            continue;
        }
        /* Not if a place above it, up to the one the answer is for, speaks for itself. */
        bool spoken_for = false;
        uint32_t at = place;
        while (!spoken_for && at != VG_PLACE_NONE && at != query->place && (level == VG_LEVEL_COUNT || places->places[at].level != level)) {
            at = places->places[at].parent;
            spoken_for = at != VG_PLACE_NONE && query->inside[at] && own[at];
        }
        scope->counted[place] = !spoken_for;
    }
    scope->counted[places->count] = own[places->count] && query->place == VG_PLACE_NONE && level == VG_LEVEL_COUNT;
    return VG_OK;
}

void query_counts_span(const struct query *query, int32_t *first, int32_t *last)
{
    const struct cube_counts *counts = &query->dataset->counts;
    uint16_t measure = measure_index(query);
    int32_t newest = VG_DATE_NONE;
    int32_t oldest = VG_DATE_NONE;
    for (size_t i = 0; i < counts->n; i++) {
        if (counts->measure[i] == measure && counts->report[i] <= query->as_of) {
            oldest = oldest == VG_DATE_NONE || counts->reference[i] < oldest ? counts->reference[i] : oldest;
            newest = newest == VG_DATE_NONE || counts->reference[i] > newest ? counts->reference[i] : newest;
        }
    }
    *first = oldest;
    /* A measure with delays reaches to the day of the question: its newest days are not reported yet, which is not the end of the series. */
    if (!vg_measure_at(measure)->delayed || *last == VG_DATE_NONE || *last < newest) {
        *last = newest;
    } else if (query->dataset->info.step_days == 7) {
        *last = newest;
    }
}

void query_counts_places(const struct query *query, bool *seen)
{
    const struct cube_counts *counts = &query->dataset->counts;
    uint16_t measure = measure_index(query);
    for (size_t i = 0; i < counts->n; i++) {
        seen[counts->place[i]] = seen[counts->place[i]] || counts->measure[i] == measure;
    }
}

/* Goes over the cells that count: value is what was known of the cell on as_of; NaN where nothing was. */
struct cell_walk {
    const struct query *query;
    const struct count_scope *scope;
    size_t next;
    uint32_t place;
    int32_t reference;
    double value;
};

static bool next_cell(struct cell_walk *walk)
{
    const struct cube_counts *counts = &walk->query->dataset->counts;
    bool stock = vg_measure_at(walk->scope->measure)->kind != VG_MEASURE_FLOW;
    while (walk->next < counts->n) {
        size_t first = walk->next;
        size_t i = first;
        double value = NAN;
        while (i < counts->n && counts->measure[i] == counts->measure[first] && counts->place[i] == counts->place[first] &&
               counts->group[i] == counts->group[first] && counts->reference[i] == counts->reference[first]) {
            if (counts->report[i] <= walk->query->as_of) {
                value = stock || isnan(value) ? counts->increment[i] : value + counts->increment[i];
            }
            i++;
        }
        walk->next = i;
        if (!isnan(value) && in_scope(walk->scope, counts, first) && walk->scope->counted[counts->place[first]]) {
            walk->place = counts->place[first];
            walk->reference = counts->reference[first];
            walk->value = value;
            return true;
        }
    }
    return false;
}

static bool step_of(const struct query *query, int32_t date, size_t *step)
{
    int32_t distance = date - query->start;
    if (distance < 0 || (size_t)distance / (size_t)query->step_days >= query->n_steps) {
        return false;
    }
    *step = (size_t)distance / (size_t)query->step_days;
    return true;
}

static void fill_missing(double *values, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        values[i] = NAN;
    }
}

/* Sums over places, or means of a level, whose weights are summed beside them. */
struct cell_sums {
    double *values, *weights; /* [n]; weights NULL where values add */
    bool by_population;
};

/* A level's weights are populations where that of every place that counts is known. */
static vg_status begin_sums(const struct query *query, const struct count_scope *scope, double *values, size_t n, struct cell_sums *sums)
{
    const struct vg_place_list *places = &query->cube->places;
    *sums = (struct cell_sums){.values = values, .by_population = true};
    fill_missing(values, n);
    if (vg_measure_at(scope->measure)->kind != VG_MEASURE_LEVEL) {
        return VG_OK;
    }
    for (uint32_t place = 0; place < places->count; place++) {
        sums->by_population = sums->by_population && (!scope->counted[place] || places->places[place].population > 0);
    }
    sums->by_population = sums->by_population && !scope->counted[places->count];
    sums->weights = VG_ARENA_ARRAY(query->arena, double, n + 1);
    return sums->weights == NULL ? vg_fail_memory(query->error, n * sizeof(double)) : VG_OK;
}

static void add_cell(const struct cell_sums *sums, const struct cell_walk *walk, size_t at)
{
    double weight = sums->weights != NULL && sums->by_population ? walk->query->cube->places.places[walk->place].population : 1;
    sums->values[at] = isnan(sums->values[at]) ? weight * walk->value : sums->values[at] + weight * walk->value;
    if (sums->weights != NULL) {
        sums->weights[at] += weight;
    }
}

static void end_sums(const struct cell_sums *sums, size_t n)
{
    for (size_t i = 0; sums->weights != NULL && i < n; i++) {
        sums->values[i] /= sums->weights[i]; /* NaN stays so */
    }
}

vg_status query_counts_series(struct query *query, double *values)
{
    struct count_scope scope;
    vg_status status = open_scope(query, VG_LEVEL_COUNT, &scope);
    struct cell_sums sums;
    status = status == VG_OK ? begin_sums(query, &scope, values, query->n_steps, &sums) : status;
    if (status != VG_OK) {
        return status;
    }
    struct cell_walk walk = {.query = query, .scope = &scope};
    size_t step = 0;
    while (next_cell(&walk)) {
        if (step_of(query, walk.reference, &step)) {
            add_cell(&sums, &walk, step);
        }
    }
    end_sums(&sums, query->n_steps);
    return VG_OK;
}

vg_status query_counts_by_place(struct query *query, const uint32_t *row_of, struct vg_series_matrix *matrix)
{
    struct count_scope scope;
    enum vg_place_level level = query->cube->places.places[matrix->place[0]].level;
    vg_status status = open_scope(query, level, &scope);
    struct cell_sums sums;
    status = status == VG_OK ? begin_sums(query, &scope, matrix->values, matrix->n_places * matrix->n_steps, &sums) : status;
    if (status != VG_OK) {
        return status;
    }
    struct cell_walk walk = {.query = query, .scope = &scope};
    size_t step = 0;
    while (next_cell(&walk)) {
        if (row_of[walk.place] != UINT32_MAX && step_of(query, walk.reference, &step)) {
            add_cell(&sums, &walk, row_of[walk.place] * matrix->n_steps + step);
        }
    }
    end_sums(&sums, matrix->n_places * matrix->n_steps);
    return VG_OK;
}

/* ---------------------------------------------------------------- triangle */

/* The days on which the dataset was published, from its first to as_of; nothing is said about the others. */
static vg_status publication_days(const struct query *query, const struct count_scope *scope, int32_t first, size_t n, uint8_t **published)
{
    const struct cube_counts *counts = &query->dataset->counts;
    *published = VG_ARENA_ARRAY(query->arena, uint8_t, n + 1);
    if (*published == NULL) {
        return vg_fail_memory(query->error, n);
    }
    for (size_t i = 0; i < counts->n; i++) {
        int32_t day = counts->report[i] - first;
        if (counts->measure[i] == scope->measure && day >= 0 && (size_t)(day / query->step_days) < n) {
            (*published)[day / query->step_days] = 1;
        }
    }
    return VG_OK;
}

static int32_t delay_of(const struct query *query, size_t i)
{
    const struct cube_counts *counts = &query->dataset->counts;
    int32_t delay = (counts->report[i] - counts->reference[i]) / query->step_days;
    return delay < 0 ? 0 : delay;
}

static size_t choose_delays(const struct query *query, const struct count_scope *scope)
{
    enum { BINS = 1000 };
    const struct cube_counts *counts = &query->dataset->counts;
    double *histogram = VG_ARENA_ARRAY(query->arena, double, BINS);
    int32_t first_report = query->dataset->info.first_known;
    for (size_t i = 0; histogram != NULL && i < counts->n; i++) {
        /* What the first publication holds is a stock: its delays say nothing. */
        if (in_scope(scope, counts, i) && scope->counted[counts->place[i]] && counts->increment[i] > 0 && counts->report[i] <= query->as_of &&
            counts->reference[i] >= first_report - 7) {
            int32_t delay = delay_of(query, i);
            histogram[delay < BINS ? delay : BINS - 1] += counts->increment[i];
        }
    }
    return histogram == NULL ? 0 : query_choose_delays(histogram, BINS, query->step_days);
}

vg_status query_counts_triangle(struct query *query, size_t n_delays, struct vg_triangle *triangle)
{
    const struct cube_counts *counts = &query->dataset->counts;
    struct count_scope scope;
    vg_status status = open_scope(query, VG_LEVEL_COUNT, &scope);
    if (status != VG_OK) {
        return status;
    }
    triangle->n_delays = n_delays != 0 ? n_delays : choose_delays(query, &scope);
    size_t cells = 0;
    if (triangle->n_delays == 0 || !vg_multiply_size(triangle->n_references, triangle->n_delays, &cells)) {
        return vg_fail(query->error, VG_LIMIT_EXCEEDED, "too many days and delays for one triangle");
    }
    triangle->increments = VG_ARENA_ARRAY(query->arena, double, cells);
    if (triangle->increments == NULL) {
        return vg_fail_memory(query->error, cells * sizeof(double));
    }
    int32_t newest_step = triangle->as_of == VG_DATE_NONE ? -1 : (triangle->as_of - query->start) / query->step_days;
    uint8_t *published = NULL;
    status = publication_days(query, &scope, query->start, (size_t)(newest_step < 0 ? 0 : newest_step) + 1, &published);
    if (status != VG_OK) {
        return status;
    }
    for (size_t i = 0; i < counts->n; i++) {
        size_t reference = 0;
        if (in_scope(&scope, counts, i) && scope.counted[counts->place[i]] && counts->report[i] <= query->as_of && step_of(query, counts->reference[i], &reference)) {
            size_t delay = (size_t)delay_of(query, i);
            delay = delay < triangle->n_delays ? delay : triangle->n_delays - 1;
            triangle->increments[reference * triangle->n_delays + delay] += counts->increment[i];
        }
    }
    for (size_t reference = 0; reference < triangle->n_references; reference++) {
        for (size_t delay = 0; delay < triangle->n_delays; delay++) {
            int64_t day = (int64_t)(reference + delay);
            double *cell = &triangle->increments[reference * triangle->n_delays + delay];
            bool last = delay + 1 == triangle->n_delays; /* open: it gathers every later day */
            if (day > newest_step || (*cell == 0 && !published[day] && !last)) {
                *cell = NAN;
            }
        }
    }
    return VG_OK;
}

vg_status query_counts_shape(struct query *query, enum vg_place_level level, size_t n_delays, size_t skipped, struct vg_triangle_set *set)
{
    struct count_scope scope;
    vg_status status = open_scope(query, level, &scope);
    if (status != VG_OK) {
        return status;
    }
    int32_t newest = set->shape.as_of;
    size_t steps = newest == VG_DATE_NONE || newest < query->start ? 0 : (size_t)((newest - query->start) / query->step_days);
    uint8_t *published = NULL;
    set->shape.n_delays = n_delays != 0 ? n_delays : choose_delays(query, &scope);
    status = publication_days(query, &scope, query->start, steps + 1, &published);
    set->published = status == VG_OK ? published + (skipped <= steps ? skipped : steps) : NULL;
    return status;
}

vg_status query_counts_cells(struct query *query, enum vg_place_level level, struct query_cells *cells)
{
    const struct cube_counts *counts = &query->dataset->counts;
    struct count_scope scope;
    vg_status status = open_scope(query, level, &scope);
    for (size_t i = 0; status == VG_OK && i < counts->n; i++) {
        size_t reference = 0;
        if (in_scope(&scope, counts, i) && scope.counted[counts->place[i]] && counts->report[i] <= query->as_of && step_of(query, counts->reference[i], &reference)) {
            query_put_cell(cells, counts->place[i], reference, (size_t)delay_of(query, i), counts->increment[i]);
        }
    }
    return status;
}

vg_status vg_store_count_table(struct vg_store *store, const struct vg_cube_filter *filter, struct vg_arena *arena, struct vg_count_table *table, struct vg_error *error)
{
    struct query query;
    vg_status status = query_open(&query, store, filter, arena, error);
    if (status != VG_OK) {
        return status;
    }
    const struct cube_counts *counts = &query.dataset->counts;
    size_t n = counts->n + 1;
    *table = (struct vg_count_table){.groups = counts->groups, .n_groups = counts->n_groups, .step_days = query.dataset->info.step_days};
    table->measure = VG_ARENA_ARRAY(arena, uint16_t, n);
    table->place = VG_ARENA_ARRAY(arena, uint32_t, n);
    table->group = VG_ARENA_ARRAY(arena, uint32_t, n);
    table->reference_date = VG_ARENA_ARRAY(arena, int32_t, n);
    table->report_date = VG_ARENA_ARRAY(arena, int32_t, n);
    table->increment = VG_ARENA_ARRAY(arena, double, n);
    if (arena->failed) {
        return vg_fail_memory(error, n * 30);
    }
    for (size_t i = 0; i < counts->n; i++) {
        bool wanted = filter->measure == NULL || counts->measure[i] == measure_index(&query);
        if (wanted && counts->report[i] <= query.as_of && query.inside[counts->place[i]]) {
            size_t row = table->n_counts++;
            table->measure[row] = counts->measure[i];
            table->place[row] = counts->place[i] >= query.cube->places.count ? VG_PLACE_NONE : counts->place[i];
            table->group[row] = counts->group[i];
            table->reference_date[row] = counts->reference[i];
            table->report_date[row] = counts->report[i];
            table->increment[row] = counts->increment[i];
        }
    }
    return VG_OK;
}
