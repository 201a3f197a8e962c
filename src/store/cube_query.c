/*
 * Aggregates: one pass over the columns a question needs. What a filter leaves open costs nothing; what it asks of place, class, sex and category is a
 * look-up in a small table, so the loop has one test a row.
 */
#include "store/cube_query.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---------------------------------------------------------------- filters */

/* "age:60-79", "age:80+" -> band. */
static bool parse_band(struct vg_text text, int *from, int *to)
{
    const char *dash = memchr(text.data, '-', text.size);
    int64_t low = 0;
    int64_t high = INT16_MAX;
    if (dash != NULL) {
        size_t left = (size_t)(dash - text.data);
        if (!vg_parse_integer(vg_text_of(text.data, left), &low) || !vg_parse_integer(vg_text_of(dash + 1, text.size - left - 1), &high)) {
            return false;
        }
    } else {
        bool open = text.size > 1 && text.data[text.size - 1] == '+';
        if (!vg_parse_integer(vg_text_of(text.data, text.size - (open ? 1 : 0)), &low)) {
            return false;
        }
        high = open ? INT16_MAX : low;
    }
    *from = (int)low;
    *to = (int)high;
    return low >= 0 && high >= low && high <= INT16_MAX;
}

static void only(bool *allowed, size_t n, size_t index)
{
    memset(allowed, 0, n * sizeof *allowed);
    allowed[index] = true;
}

static bool parse_part(struct case_filter *filter, const struct cube_cases *cases, struct vg_text part)
{
    const char *colon = memchr(part.data, ':', part.size);
    if (vg_text_equals(part, "all")) {
        return true;
    }
    if (colon == NULL) {
        return false;
    }
    struct vg_text name = vg_text_of(part.data, (size_t)(colon - part.data));
    struct vg_text value = vg_text_of(colon + 1, part.size - name.size - 1);
    if (vg_text_equals(name, "age")) {
        filter->has_age = true;
        return parse_band(value, &filter->age_from, &filter->age_to);
    }
    if (vg_text_equals(name, "sex")) {
        enum vg_sex sex = VG_SEX_UNKNOWN;
        bool known = vg_sex_from_name(value, &sex);
        filter->has_sex = true;
        only(filter->sex, VG_SEX_COUNT, sex);
        return known;
    }
    if (vg_text_equals(name, "class")) {
        enum vg_case_class class = VG_CLASS_UNKNOWN;
        bool known = vg_case_class_from_name(value, &class);
        only(filter->class, VG_CLASS_COUNT, class);
        return known;
    }
    if (vg_text_equals(name, "category")) {
        for (size_t i = 0; i < cases->n_categories; i++) {
            if (vg_text_equal(cases->categories[i], value)) {
                filter->has_category = true;
                filter->category = (uint32_t)i;
                return true;
            }
        }
    }
    return false;
}

static vg_status parse_group(struct case_filter *filter, const struct cube_cases *cases, const char *group, struct vg_error *error)
{
    const char *at = group;
    for (int class = 0; class < VG_CLASS_COUNT; class++) {
        filter->class[class] = class != VG_CLASS_DISCARDED;
    }
    while (at != NULL && *at != '\0') {
        const char *slash = strchr(at, '/');
        size_t size = slash == NULL ? strlen(at) : (size_t)(slash - at);
        if (!parse_part(filter, cases, vg_text_of(at, size))) {
            return vg_fail(error, VG_NOT_FOUND, "there is no group %.100s; write age:60-79, sex:female, class:confirmed or category:NAME, joined by /", group);
        }
        at = slash == NULL ? NULL : slash + 1;
    }
    return VG_OK;
}

vg_status query_open(struct query *query, struct vg_store *store, const struct vg_cube_filter *filter, struct vg_arena *arena, struct vg_error *error)
{
    struct cube *cube = store->cube;
    *query = (struct query){.cube = cube, .filter = filter, .arena = arena, .error = error};
    query->dataset = filter->dataset == NULL ? (cube->n_datasets > 0 ? &cube->datasets[0] : NULL) : cube_find(cube, filter->dataset);
    if (query->dataset == NULL) {
        return vg_fail(error, VG_NOT_FOUND, "there is no dataset %.100s", filter->dataset == NULL ? "at all" : filter->dataset);
    }
    query->is_cases = query->dataset->info.kind == VG_DATASET_CASES;
    if (filter->measure != NULL) {
        query->measure = vg_measure_find(vg_text_from(filter->measure));
        if (query->measure == NULL) {
            return vg_fail(error, VG_NOT_FOUND, "there is no measure %.60s", filter->measure);
        }
    }
    query->place = VG_PLACE_NONE;
    query->inside = VG_ARENA_ARRAY(arena, uint8_t, cube->places.count + 1);
    if (query->inside == NULL) {
        return vg_fail_memory(error, cube->places.count + 1);
    }
    if (filter->place != NULL) {
        query->place = vg_place_list_find_code(&cube->places, vg_text_from(filter->place));
        if (query->place == VG_PLACE_NONE) {
            return vg_fail(error, VG_NOT_FOUND, "there is no place with the code %.60s", filter->place);
        }
        for (uint32_t place = 0; place < cube->places.count; place++) {
            query->inside[place] = vg_place_list_within(&cube->places, place, query->place);
        }
    } else {
        memset(query->inside, 1, cube->places.count + 1);
    }
    query->as_of = filter->as_of == VG_DATE_NONE ? INT32_MAX - 1 : filter->as_of;
    query->from = filter->from == VG_DATE_NONE ? INT32_MIN + 1 : filter->from;
    query->to = filter->to == VG_DATE_NONE ? INT32_MAX : filter->to;
    query->step_days = filter->step_days == 7 || (filter->step_days == 0 && query->dataset->info.step_days == 7) ? 7 : 1;
    return query->is_cases ? parse_group(&query->cases, &query->dataset->cases, filter->group, error) : VG_OK;
}

const int32_t *query_case_dates(const struct query *query)
{
    size_t index = query->measure == NULL ? 0 : (size_t)(query->measure - vg_measure_at(0));
    return index < VG_CASE_DATE_COUNT ? query->dataset->cases.dates[index] : NULL;
}

/* The last day that the dataset can speak of: as_of, or its newest known day. */
int32_t query_last_day(const struct query *query)
{
    int32_t known = query->dataset->info.last_known;
    return query->filter->as_of != VG_DATE_NONE && (known == VG_DATE_NONE || query->filter->as_of < known) ? query->filter->as_of : known;
}

/*
 * First day of the axis of a line list. A few dates far before all others are typing errors that would stretch it over decades: where the span is over ten
 * years, it starts at the first day that leaves fewer than one case in a thousand before it.
 */
static int32_t robust_first(const struct query *query, const int32_t *dates, size_t date)
{
    const struct cube_cases *cases = &query->dataset->cases;
    int32_t first = cases->first[date];
    int32_t last = cases->last[date];
    if (first == VG_DATE_NONE || last - first < 3653) {
        return first;
    }
    size_t n = (size_t)(last - first) + 1;
    uint32_t *histogram = VG_ARENA_ARRAY(query->arena, uint32_t, n);
    size_t total = 0;
    for (size_t i = 0; histogram != NULL && i < cases->n; i++) {
        if (dates[i] >= first && dates[i] <= last) {
            histogram[dates[i] - first]++;
            total++;
        }
    }
    size_t before = 0;
    size_t day = 0;
    while (histogram != NULL && day + 1 < n && (before + histogram[day]) * 1000 <= total) {
        before += histogram[day++];
    }
    return first + (int32_t)day;
}

static int32_t week_start(const struct query *query, int32_t date)
{
    const struct vg_dataset *info = &query->dataset->info;
    if (info->step_days == 7 && info->first_date != VG_DATE_NONE) {
        int32_t shift = (date - info->first_date) % 7;
        return date - (shift < 0 ? shift + 7 : shift);
    }
    return vg_date_week_start(date, VG_WEEK_MMWR);
}

vg_status query_axis(struct query *query)
{
    int32_t first = query->dataset->info.first_date;
    int32_t last = query_last_day(query);
    if (query->is_cases) {
        const int32_t *dates = query_case_dates(query);
        if (dates == NULL && query->dataset->cases.n > 0) {
            return vg_fail(query->error, VG_NOT_FOUND, "a line list has no measure %.60s", query->filter->measure == NULL ? "" : query->filter->measure);
        }
        first = robust_first(query, dates, query->measure == NULL ? 0 : (size_t)(query->measure - vg_measure_at(0)));
    } else {
        query_counts_span(query, &first, &last);
    }
    if (first == VG_DATE_NONE || last == VG_DATE_NONE) {
        return VG_OK; /* nothing known: an empty axis */
    }
    first = query->from > first ? query->from : first;
    last = query->to < last ? query->to : last;
    if (query->step_days == 7) {
        first = week_start(query, first);
        /* A week that is not over would look like a fall: only whole weeks, unless the data are weekly themselves. */
        last = query->dataset->info.step_days == 7 ? week_start(query, last) : week_start(query, last + 1) - 7;
    }
    query->start = first;
    query->n_steps = last < first ? 0 : (size_t)(last - first) / (size_t)query->step_days + 1;
    return VG_OK;
}

vg_status query_open_axis(struct query *query, struct vg_store *store, const struct vg_cube_filter *filter, struct vg_arena *arena, struct vg_error *error)
{
    vg_status status = query_open(query, store, filter, arena, error);
    return status == VG_OK ? query_axis(query) : status;
}

/* ------------------------------------------------------------------ series */

vg_status vg_store_series(struct vg_store *store, const struct vg_cube_filter *filter, struct vg_arena *arena, struct vg_series *series, struct vg_error *error)
{
    struct query query;
    vg_status status = query_open_axis(&query, store, filter, arena, error);
    if (status != VG_OK) {
        return status;
    }
    double *values = VG_ARENA_ARRAY(arena, double, query.n_steps);
    if (values == NULL) {
        return vg_fail_memory(error, query.n_steps * sizeof *values);
    }
    *series = (struct vg_series){query.start, query.step_days, query.n_steps, values};
    if (query.n_steps == 0) {
        return VG_OK;
    }
    if (!query.is_cases) {
        return query_counts_series(&query, values);
    }
    const int32_t start = query.start;
    const int32_t last = query_last_of_axis(&query);
    const int32_t *dates = query_case_dates(&query);
    if (query.step_days == 1) {
        FOR_EACH_CASE(&query, dates, start, last, values[date - start] += 1);
    } else {
        FOR_EACH_CASE(&query, dates, start, last, values[(date - start) / 7] += 1);
    }
    return VG_OK;
}

vg_status query_rows_of_level(struct query *query, enum vg_place_level level, uint32_t *row_of, uint32_t *place_of_row, size_t *n_rows)
{
    const struct vg_place_list *places = &query->cube->places;
    *n_rows = 0;
    for (size_t i = 0; i <= places->count; i++) {
        row_of[i] = UINT32_MAX;
    }
    for (uint32_t place = 0; place < places->count; place++) {
        if (places->places[place].level == level) {
            place_of_row[*n_rows] = place;
            row_of[place] = (uint32_t)(*n_rows)++;
        }
    }
    /* A finer place takes its ancestor's row. */
    for (uint32_t place = 0; place < places->count; place++) {
        uint32_t at = place;
        for (size_t steps = 0; at != VG_PLACE_NONE && places->places[at].level != level && steps < 16; steps++) {
            at = places->places[at].parent;
        }
        if (at != VG_PLACE_NONE && places->places[at].level == level) {
            row_of[place] = row_of[at];
        }
    }
    return VG_OK;
}

vg_status vg_store_series_by_place(struct vg_store *store, const struct vg_cube_filter *filter, enum vg_place_level level, struct vg_arena *arena,
                                   struct vg_series_matrix *matrix, struct vg_error *error)
{
    struct query query;
    vg_status status = query_open_axis(&query, store, filter, arena, error);
    if (status != VG_OK) {
        return status;
    }
    size_t n_places = query.cube->places.count;
    uint32_t *row_of = VG_ARENA_ARRAY(arena, uint32_t, n_places + 1);
    uint32_t *place_of_row = VG_ARENA_ARRAY(arena, uint32_t, n_places + 1);
    bool *seen = VG_ARENA_ARRAY(arena, bool, n_places + 1);
    uint32_t *compact = VG_ARENA_ARRAY(arena, uint32_t, n_places + 1);
    size_t n_level = 0;
    if (row_of == NULL || place_of_row == NULL || seen == NULL || compact == NULL) {
        return vg_fail_memory(error, n_places * 16);
    }
    (void)query_rows_of_level(&query, level, row_of, place_of_row, &n_level);
    /* Only the places that have data get a row: which ones is found first, over the whole dataset, so that rows do not come and go with as_of. */
    if (query.is_cases) {
        for (size_t i = 0; i < query.dataset->cases.n; i++) {
            seen[query.dataset->cases.place[i]] = true;
        }
    } else {
        query_counts_places(&query, seen);
    }
    bool *has_data = VG_ARENA_ARRAY(arena, bool, n_level + 1);
    if (has_data == NULL) {
        return vg_fail_memory(error, n_level);
    }
    for (size_t place = 0; place < n_places; place++) {
        if (seen[place] && row_of[place] != UINT32_MAX && query.inside[place]) {
            has_data[row_of[place]] = true;
        }
    }
    *matrix = (struct vg_series_matrix){.start = query.start, .step_days = query.step_days, .n_steps = query.n_steps};
    matrix->place = VG_ARENA_ARRAY(arena, uint32_t, n_level + 1);
    if (matrix->place == NULL) {
        return vg_fail_memory(error, n_level);
    }
    for (size_t row = 0; row < n_level; row++) {
        compact[row] = has_data[row] ? (uint32_t)matrix->n_places : UINT32_MAX;
        if (has_data[row]) {
            matrix->place[matrix->n_places++] = place_of_row[row];
        }
    }
    for (size_t place = 0; place <= n_places; place++) {
        row_of[place] = row_of[place] == UINT32_MAX ? UINT32_MAX : compact[row_of[place]];
    }
    size_t cells = 0;
    if (!vg_multiply_size(matrix->n_places, matrix->n_steps, &cells)) {
        return vg_fail(error, VG_LIMIT_EXCEEDED, "too many places and days for one table");
    }
    matrix->values = VG_ARENA_ARRAY(arena, double, cells);
    if (matrix->values == NULL) {
        return vg_fail_memory(error, cells * sizeof(double));
    }
    if (cells == 0) {
        return VG_OK;
    }
    if (!query.is_cases) {
        return query_counts_by_place(&query, row_of, matrix);
    }
    /* Places outside the rows are left out by the table of places, so the loop writes without a test. */
    for (size_t place = 0; place <= n_places; place++) {
        query.inside[place] = query.inside[place] && row_of[place] != UINT32_MAX;
    }
    const int32_t *dates = query_case_dates(&query);
    const uint32_t *place_column = query.dataset->cases.place;
    const size_t n_steps = matrix->n_steps;
    const int32_t start = query.start;
    const int32_t last = query_last_of_axis(&query);
    double *values = matrix->values;
    if (query.step_days == 1) {
        FOR_EACH_CASE(&query, dates, start, last, values[row_of[place_column[i]] * n_steps + (size_t)(date - start)] += 1);
    } else {
        FOR_EACH_CASE(&query, dates, start, last, values[row_of[place_column[i]] * n_steps + (size_t)((date - start) / 7)] += 1);
    }
    return VG_OK;
}

/* ----------------------------------------------------------------- pyramid */

vg_status vg_store_pyramid(struct vg_store *store, const struct vg_cube_filter *filter, struct vg_pyramid *pyramid, struct vg_error *error)
{
    struct query query;
    struct vg_arena arena;
    vg_arena_init(&arena, 0);
    memset(pyramid, 0, sizeof *pyramid);
    vg_status status = query_open(&query, store, filter, &arena, error);
    if (status == VG_OK && query.is_cases) {
        const struct cube_cases *cases = &query.dataset->cases;
        const int32_t *dates = query_case_dates(&query);
        /* Without a span every case counts, also one without the date. */
        bool all = filter->from == VG_DATE_NONE && filter->to == VG_DATE_NONE && query.measure != NULL && query.measure->what[0] == 'c';
        dates = dates == NULL || all ? cases->known_from : dates;
        FOR_EACH_CASE(&query, dates, query.from, query.to, {
            int16_t age = cases->age[i];
            size_t band = age < 0 ? VG_PYRAMID_BANDS : age / 5 < VG_PYRAMID_BANDS - 1 ? (size_t)(age / 5) : VG_PYRAMID_BANDS - 1;
            pyramid->counts[band][cases->sex[i]][cases->outcome[i]] += 1;
        });
    }
    vg_arena_release(&arena);
    return status;
}

/* ------------------------------------------------------- groups and tables */

static bool add_group(struct vg_arena *arena, const char **groups, size_t *n, const char *prefix, const char *name, size_t size)
{
    groups[*n] = vg_arena_format(arena, "%s:%.*s", prefix, (int)size, name);
    return groups[(*n)++] != NULL;
}

static vg_status case_groups(const struct cube_cases *cases, struct vg_arena *arena, const char **groups, size_t *n, struct vg_error *error)
{
    size_t sexes[VG_SEX_COUNT] = {0};
    size_t classes[VG_CLASS_COUNT] = {0};
    size_t with_age = 0;
    for (size_t i = 0; i < cases->n; i++) {
        sexes[cases->sex[i]]++;
        classes[cases->class[i]]++;
        with_age += cases->age[i] >= 0;
    }
    bool ok = true;
    static const char *const bands[] = {"0-4", "5-19", "20-39", "40-59", "60-79", "80+"};
    for (size_t band = 0; with_age > 0 && band < sizeof bands / sizeof *bands; band++) {
        ok = ok && add_group(arena, groups, n, "age", bands[band], strlen(bands[band]));
    }
    for (int sex = VG_SEX_FEMALE; sex < VG_SEX_COUNT; sex++) {
        const char *name = vg_sex_name((enum vg_sex)sex);
        ok = ok && (sexes[sex] == 0 || add_group(arena, groups, n, "sex", name, strlen(name)));
    }
    for (int class = 0; class < VG_CLASS_COUNT; class++) {
        const char *name = vg_case_class_name((enum vg_case_class)class);
        ok = ok && (classes[class] == 0 || classes[class] == cases->n || add_group(arena, groups, n, "class", name, strlen(name)));
    }
    for (size_t i = 0; i < cases->n_categories; i++) {
        ok = ok && add_group(arena, groups, n, "category", cases->categories[i].data, cases->categories[i].size);
    }
    return ok ? VG_OK : vg_fail_memory(error, 0);
}

vg_status vg_store_groups(struct vg_store *store, const char *dataset_name, struct vg_arena *arena, const char ***groups, size_t *n_groups, struct vg_error *error)
{
    struct vg_cube_filter filter = {.dataset = dataset_name, .from = VG_DATE_NONE, .to = VG_DATE_NONE, .as_of = VG_DATE_NONE};
    struct query query;
    vg_status status = query_open(&query, store, &filter, arena, error);
    if (status != VG_OK) {
        return status;
    }
    *n_groups = 0;
    *groups = VG_ARENA_ARRAY(arena, const char *, query.dataset->cases.n_categories + query.dataset->counts.n_groups + 32);
    if (*groups == NULL) {
        return vg_fail_memory(error, 0);
    }
    if (query.is_cases) {
        return case_groups(&query.dataset->cases, arena, *groups, n_groups, error);
    }
    const struct cube_counts *counts = &query.dataset->counts;
    bool *seen = VG_ARENA_ARRAY(arena, bool, counts->n_groups + 1);
    if (seen == NULL) {
        return vg_fail_memory(error, counts->n_groups);
    }
    for (size_t i = 0; i < counts->n; i++) {
        seen[counts->group[i]] = true;
    }
    for (size_t i = 0; i < counts->n_groups; i++) {
        if (seen[i]) {
            (*groups)[(*n_groups)++] = vg_arena_copy_bytes(arena, counts->groups[i].data, counts->groups[i].size);
        }
    }
    return arena->failed ? vg_fail_memory(error, 0) : VG_OK;
}

vg_status vg_store_measures(struct vg_store *store, const char *dataset_name, struct vg_arena *arena, const struct vg_measure ***measures, size_t *n_measures,
                            struct vg_error *error)
{
    struct vg_cube_filter filter = {.dataset = dataset_name, .from = VG_DATE_NONE, .to = VG_DATE_NONE, .as_of = VG_DATE_NONE};
    struct query query;
    vg_status status = query_open(&query, store, &filter, arena, error);
    if (status != VG_OK) {
        return status;
    }
    *n_measures = 0;
    *measures = VG_ARENA_ARRAY(arena, const struct vg_measure *, vg_measure_count());
    size_t *filled = VG_ARENA_ARRAY(arena, size_t, vg_measure_count());
    if (*measures == NULL || filled == NULL) {
        return vg_fail_memory(error, 0);
    }
    if (query.is_cases) {
        memcpy(filled, query.dataset->cases.filled, sizeof query.dataset->cases.filled);
    }
    for (size_t i = 0; i < query.dataset->counts.n; i++) {
        filled[query.dataset->counts.measure[i]]++;
    }
    /* Dates that few cases have come last, so that the first measure is one to look at. */
    size_t few = query.is_cases ? query.dataset->cases.n / 5 : 0;
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < vg_measure_count(); i++) {
            if (filled[i] > 0 && (filled[i] >= few) == (round == 0)) {
                (*measures)[(*n_measures)++] = vg_measure_at(i);
            }
        }
    }
    return VG_OK;
}

#define TAKE(type, column)                                                                                                                 \
    do {                                                                                                                                   \
        type *taken = VG_ARENA_ARRAY(arena, type, n + 1);                                                                                  \
        if (taken == NULL) {                                                                                                               \
            return vg_fail_memory(error, n * sizeof(type));                                                                                \
        }                                                                                                                                  \
        for (size_t row = 0; row < n; row++) {                                                                                             \
            taken[row] = known->column[rows[row]];                                                                                         \
        }                                                                                                                                  \
        cases->column = taken;                                                                                                             \
    } while (0)

static vg_status take_columns(const struct query *query, const size_t *rows, size_t n, struct vg_case_table *cases)
{
    struct vg_arena *arena = query->arena;
    struct vg_error *error = query->error;
    const struct cube_cases *known = &query->dataset->cases;
    for (int date = 0; date < VG_CASE_DATE_COUNT; date++) {
        if (known->filled[date] > 0) {
            TAKE(int32_t, dates[date]);
        }
    }
    TAKE(int32_t, known_from);
    TAKE(uint32_t, place);
    TAKE(uint32_t, category);
    TAKE(uint8_t, sex);
    TAKE(uint8_t, class);
    TAKE(uint8_t, outcome);
    TAKE(uint8_t, severity);
    int16_t *age = VG_ARENA_ARRAY(arena, int16_t, n + 1);
    uint64_t *identity = VG_ARENA_ARRAY(arena, uint64_t, n + 1);
    uint64_t *content = VG_ARENA_ARRAY(arena, uint64_t, n + 1);
    if (age == NULL || identity == NULL || content == NULL) {
        return vg_fail_memory(error, n * 18);
    }
    for (size_t row = 0; row < n; row++) {
        age[row] = known->age[rows[row]];
        identity[row] = known->identity[rows[row]];
        content[row] = known->content[rows[row]];
        cases->place[row] = cases->place[row] >= query->cube->places.count ? VG_PLACE_NONE : cases->place[row];
    }
    cases->age_years = age;
    cases->identity_hash = identity;
    cases->content_hash = content;
    cases->categories = known->categories;
    cases->n_categories = known->n_categories;
    cases->n_cases = n;
    return VG_OK;
}

vg_status vg_store_case_table(struct vg_store *store, const struct vg_cube_filter *filter, struct vg_arena *arena, struct vg_case_table *cases, struct vg_error *error)
{
    struct query query;
    vg_status status = query_open(&query, store, filter, arena, error);
    if (status != VG_OK) {
        return status;
    }
    *cases = (struct vg_case_table){0};
    size_t n = 0;
    size_t *rows = VG_ARENA_ARRAY(arena, size_t, query.dataset->cases.n);
    if (rows == NULL) {
        return vg_fail_memory(error, query.dataset->cases.n * sizeof *rows);
    }
    query.cases.class[VG_CLASS_DISCARDED] = true; /* their quality matters too */
    const int32_t *every = query.dataset->cases.known_from;
    FOR_EACH_CASE(&query, every, INT32_MIN + 1, INT32_MAX, ((void)date, rows[n++] = i));
    return take_columns(&query, rows, n, cases);
}
