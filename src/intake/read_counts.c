/*
 * Counts: rows of place, date and numbers; delay columns; dates as columns; cumulative totals turned into daily counts.
 */
#include "intake/profile_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct count_reading {
    struct intake_work *work;
    struct vg_count_table *counts;
    size_t capacity;
    struct vg_dictionary groups;
    bool has_report;
    uint64_t n_falls;
    double sum_falls;
};

static vg_status add(struct count_reading *reading, uint16_t measure, uint32_t place, uint32_t group, int32_t reference, int32_t report, double value)
{
    struct vg_count_table *counts = reading->counts;
    struct vg_arena *arena = reading->work->arena;
    if (counts->n_counts == reading->capacity) {
        size_t capacity = reading->capacity == 0 ? 4096 : reading->capacity * 2;
        struct vg_count_table larger = *counts;
        larger.measure = VG_ARENA_ARRAY(arena, uint16_t, capacity);
        larger.place = VG_ARENA_ARRAY(arena, uint32_t, capacity);
        larger.group = VG_ARENA_ARRAY(arena, uint32_t, capacity);
        larger.reference_date = VG_ARENA_ARRAY(arena, int32_t, capacity);
        larger.report_date = VG_ARENA_ARRAY(arena, int32_t, capacity);
        larger.increment = VG_ARENA_ARRAY(arena, double, capacity);
        if (arena->failed) {
            return vg_fail_memory(reading->work->error, capacity * 30);
        }
        if (counts->n_counts > 0) {
            size_t n = counts->n_counts;
            memcpy(larger.measure, counts->measure, n * sizeof *larger.measure);
            memcpy(larger.place, counts->place, n * sizeof *larger.place);
            memcpy(larger.group, counts->group, n * sizeof *larger.group);
            memcpy(larger.reference_date, counts->reference_date, n * sizeof *larger.reference_date);
            memcpy(larger.report_date, counts->report_date, n * sizeof *larger.report_date);
            memcpy(larger.increment, counts->increment, n * sizeof *larger.increment);
        }
        *counts = larger;
        reading->capacity = capacity;
    }
    size_t i = counts->n_counts++;
    counts->measure[i] = measure;
    counts->place[i] = place;
    counts->group[i] = group;
    counts->reference_date[i] = reference;
    counts->report_date[i] = report;
    counts->increment[i] = value;
    int32_t newest = report != VG_DATE_NONE ? report : reference;
    reading->work->newest_date = newest > reading->work->newest_date ? newest : reading->work->newest_date;
    return VG_OK;
}

/* "A60-A79", "60-79", "80+", "00+", "Total" -> the model's group names. */
static uint32_t read_group(struct count_reading *reading, const struct vg_text *cells)
{
    struct intake_work *work = reading->work;
    char text[256] = "";
    size_t size = 0;
    for (size_t column = 0; column < work->n_columns; column++) {
        struct vg_text cell = vg_text_trim(cells[column]);
        enum field_kind kind = work->fields[column].kind;
        int meaning = 0;
        if (cell.size == 0 || cell.size > 80 || (kind != FIELD_GROUP_AGE && kind != FIELD_GROUP_SEX && kind != FIELD_GROUP)) {
            continue;
        }
        if (vg_text_equals(cell, "00+") || vg_text_equals(cell, "0+") || vg_text_fold_equal(cell, vg_text_from("all")) || vg_text_fold_equal(cell, vg_text_from("total")) ||
            vg_text_fold_equal(cell, vg_text_from("todos"))) {
            continue;
        }
        const char *prefix = kind == FIELD_GROUP_AGE ? "age:" : kind == FIELD_GROUP_SEX ? "sex:" : "";
        struct vg_text value = cell;
        if (kind == FIELD_GROUP_SEX && profile_code(work->profile, MAP_SEX, cell, &meaning)) {
            value = vg_text_from(vg_sex_name((enum vg_sex)meaning));
        }
        char trimmed[96];
        size_t n = 0;
        for (size_t i = 0; i < value.size && n < sizeof trimmed; i++) {
            char c = value.data[i];
            bool letter_before_number = kind == FIELD_GROUP_AGE && (c == 'A' || c == 'a') && i + 1 < value.size && value.data[i + 1] >= '0' && value.data[i + 1] <= '9';
            if (!letter_before_number && c != '/') {
                trimmed[n++] = c;
            }
        }
        if (kind == FIELD_GROUP_AGE) { /* "05-14" is 5-14 */
            size_t lead = 0;
            while (lead + 1 < n && trimmed[lead] == '0' && trimmed[lead + 1] >= '0' && trimmed[lead + 1] <= '9') {
                lead++;
            }
            memmove(trimmed, trimmed + lead, n - lead);
            n -= lead;
        }
        int written = snprintf(text + size, sizeof text - size, "%s%s%.*s", size > 0 ? "/" : "", prefix, (int)n, trimmed);
        size += written > 0 && (size_t)written < sizeof text - size ? (size_t)written : 0;
    }
    return vg_dictionary_add(&reading->groups, size == 0 ? vg_text_from("all") : vg_text_of(text, size));
}

static bool read_number(const struct intake_work *work, size_t column, struct vg_text cell, double *value)
{
    char plain[64];
    size_t n = 0;
    if (vg_parse_double(cell, work->decimal_comma[column] ? ',' : '.', value)) {
        return true;
    }
    /* Thousands marks: blanks, apostrophes, and whichever of point and comma is not the decimal mark. */
    for (size_t i = 0; i < cell.size && n < sizeof plain; i++) {
        char c = cell.data[i];
        if (c != ' ' && c != '\'' && c != (work->decimal_comma[column] ? '.' : ',')) {
            plain[n++] = c;
        }
    }
    return vg_parse_double(vg_text_of(plain, n), work->decimal_comma[column] ? ',' : '.', value);
}

static int32_t date_of_kind(const struct intake_work *work, const struct vg_text *cells, enum field_kind kind, size_t *column_of, bool *present)
{
    *present = false;
    for (size_t column = 0; column < work->n_columns; column++) {
        if (work->fields[column].kind == kind) {
            struct vg_text cell = vg_text_trim(cells[column]);
            *column_of = column;
            *present = !profile_is_missing(work->profile, cell);
            return *present ? date_column_read(&work->dates[column], cell, work->options->century) : VG_DATE_NONE;
        }
    }
    return VG_DATE_NONE;
}

static uint16_t index_of(const char *measure)
{
    const struct vg_measure *found = measure == NULL ? NULL : vg_measure_find(vg_text_from(measure));
    return found == NULL ? UINT16_MAX : (uint16_t)(found - vg_measure_at(0));
}

/* Measures as files call them. */
static uint16_t measure_called(struct vg_text name)
{
    static const struct { const char *called, *measure; } names[] = {
        {"cases", "cases_report"}, {"newcases", "cases_report"}, {"confirmed", "cases_report"}, {"deaths", "deaths_report"}, {"newdeaths", "deaths_report"},
        {"casesonset", "cases_onset"}, {"deathsdate", "deaths_date"}, {"casos", "cases_report"}, {"defunciones", "deaths_report"}, {"obitos", "deaths_report"},
    };
    char folded[64];
    struct vg_text key = vg_text_of(folded, vg_text_fold(name, folded, sizeof folded));
    const struct vg_measure *measure = vg_measure_find(name);
    for (size_t i = 0; measure == NULL && i < sizeof names / sizeof *names; i++) {
        if (vg_text_equals(key, names[i].called)) {
            return index_of(names[i].measure);
        }
    }
    return measure == NULL ? UINT16_MAX : (uint16_t)(measure - vg_measure_at(0));
}

struct row_facts {
    uint32_t place, group;
    int32_t reference, report;
    uint16_t measure; /* of a value column; UINT16_MAX unknown */
    uint64_t line;
};

static vg_status take_number(struct count_reading *reading, const struct row_facts *facts, size_t column, struct vg_text cell, size_t *n_taken)
{
    struct intake_work *work = reading->work;
    struct field field = work->fields[column];
    double value = 0;
    int step = work->profile->step_days == 7 ? 7 : 1;
    if (!read_number(work, column, cell, &value)) {
        intake_reject(work, facts->line, column, cell, "not a number; the cell is left out");
        return VG_OK;
    }
    (*n_taken)++;
    switch (field.kind) {
    case FIELD_VALUE:
        return add(reading, facts->measure, facts->place, facts->group, facts->reference, facts->report, value);
    case FIELD_MEASURE:
        return add(reading, (uint16_t)field.argument, facts->place, facts->group, facts->reference, facts->report, value);
    case FIELD_DELAY:
        return add(reading, index_of(work->profile->delay_measure), facts->place, facts->group, facts->reference, facts->reference + (field.argument < 0 ? 0 : field.argument) * step, value);
    case FIELD_WIDE_DATE:
        return add(reading, index_of(work->profile->wide_measure), facts->place, facts->group, field.argument, VG_DATE_NONE, value);
    default:
        return VG_OK;
    }
}

static bool carries_number(struct field field)
{
    return field.kind == FIELD_VALUE || field.kind == FIELD_MEASURE || field.kind == FIELD_DELAY || field.kind == FIELD_WIDE_DATE;
}

static vg_status read_row(struct count_reading *reading, const struct vg_text *cells, uint64_t line)
{
    struct intake_work *work = reading->work;
    struct vg_intake_result *result = work->result;
    struct row_facts facts = {.line = line, .measure = index_of(work->profile->default_measure)};
    struct raw_place raw;
    size_t column_of = SIZE_MAX;
    size_t n_taken = 0;
    bool present = false;
    result->rows_read++;
    if (!row_passes_filters(work, cells)) {
        result->rows_filtered++;
        return VG_OK;
    }
    facts.reference = date_of_kind(work, cells, FIELD_DATE, &column_of, &present);
    if (facts.reference == VG_DATE_NONE && work->profile->wide_measure == NULL) {
        result->rows_rejected++;
        intake_reject(work, line, column_of, column_of == SIZE_MAX ? vg_text_of("", 0) : cells[column_of], "not a date that exists; the row is left out");
        return VG_OK;
    }
    if (work->profile->week_ends && facts.reference != VG_DATE_NONE) {
        facts.reference -= 6; /* the model names a week by its first day */
    }
    facts.report = date_of_kind(work, cells, FIELD_REPORT_DATE, &column_of, &present);
    for (size_t column = 0; column < work->n_columns; column++) {
        if (work->fields[column].kind == FIELD_MEASURE_NAME) {
            facts.measure = measure_called(vg_text_trim(cells[column]));
            if (facts.measure == UINT16_MAX) {
                result->rows_rejected++;
                intake_reject(work, line, column, cells[column], "not a measure that is known; the row is left out");
                return VG_OK;
            }
        }
    }
    intake_see_published(work, cells);
    intake_see_disease(work, cells);
    if (!row_place(work, cells, line, &raw)) {
        return VG_OK;
    }
    facts.place = place_resolve(&work->matcher, &raw);
    facts.group = read_group(reading, cells);
    vg_status status = VG_OK;
    for (size_t column = 0; status == VG_OK && column < work->n_columns; column++) {
        struct vg_text cell = vg_text_trim(cells[column]);
        if (carries_number(work->fields[column]) && !profile_is_missing(work->profile, cell)) {
            status = take_number(reading, &facts, column, cell, &n_taken);
        }
    }
    result->rows_taken++; /* a row whose numbers are all blank says "not reported", which is an answer */
    return status;
}

/* -------------------------------------------------------------- cumulative */

static int compare_series(const void *a, const void *b, void *context)
{
    const struct vg_count_table *t = context;
    size_t x = *(const size_t *)a;
    size_t y = *(const size_t *)b;
    if (t->measure[x] != t->measure[y]) {
        return t->measure[x] < t->measure[y] ? -1 : 1;
    }
    if (t->place[x] != t->place[y]) {
        return t->place[x] < t->place[y] ? -1 : 1;
    }
    if (t->group[x] != t->group[y]) {
        return t->group[x] < t->group[y] ? -1 : 1;
    }
    if (t->reference_date[x] != t->reference_date[y]) {
        return t->reference_date[x] < t->reference_date[y] ? -1 : 1;
    }
    return x < y ? -1 : x > y;
}

/* The counts' places in the order of their series and dates, and room for other numbers in their stead. False: out of memory. */
static bool order_by_series(struct count_reading *reading, size_t **order, double **increments)
{
    struct vg_count_table *t = reading->counts;
    *order = VG_ARENA_ARRAY(reading->work->arena, size_t, t->n_counts + 1);
    *increments = VG_ARENA_ARRAY(reading->work->arena, double, t->n_counts + 1);
    if (*order == NULL || *increments == NULL) {
        return false;
    }
    for (size_t i = 0; i < t->n_counts; i++) {
        (*order)[i] = i;
    }
    qsort_r(*order, t->n_counts, sizeof **order, compare_series, t);
    return true;
}

/* Totals to date become what each day added; a total that falls gives a negative count and is noted. */
static vg_status turn_cumulative(struct count_reading *reading)
{
    struct intake_work *work = reading->work;
    struct vg_count_table *t = reading->counts;
    size_t *order = NULL;
    double *new_counts = NULL;
    if (!order_by_series(reading, &order, &new_counts)) {
        return vg_fail_memory(work->error, t->n_counts * 16);
    }
    for (size_t k = 0; k < t->n_counts; k++) {
        size_t i = order[k];
        size_t before = k == 0 ? i : order[k - 1];
        bool same = k > 0 && t->measure[i] == t->measure[before] && t->place[i] == t->place[before] && t->group[i] == t->group[before];
        bool flow = vg_measure_at(t->measure[i])->kind == VG_MEASURE_FLOW;
        new_counts[i] = !flow || !same ? t->increment[i] : t->increment[i] - t->increment[before];
        if (flow && new_counts[i] < 0) {
            reading->n_falls++;
            reading->sum_falls -= new_counts[i];
        }
    }
    t->increment = new_counts;
    if (reading->n_falls > 0) {
        intake_note(work, "totals fall on %llu days (by %.0f in all); each fall is kept as a negative count", (unsigned long long)reading->n_falls, reading->sum_falls);
    }
    return VG_OK;
}

/* Values as first published and as changed later (as_of, date, value) become increments. */
static vg_status turn_vintages(struct count_reading *reading)
{
    struct vg_count_table *t = reading->counts;
    size_t *order = NULL;
    double *increments = NULL;
    if (!order_by_series(reading, &order, &increments)) {
        return vg_fail_memory(reading->work->error, t->n_counts * 16);
    }
    for (size_t k = 0; k < t->n_counts; k++) {
        size_t i = order[k];
        size_t before = k == 0 ? i : order[k - 1];
        bool same = k > 0 && t->measure[i] == t->measure[before] && t->place[i] == t->place[before] && t->group[i] == t->group[before] &&
                    t->reference_date[i] == t->reference_date[before];
        increments[i] = same ? t->increment[i] - t->increment[before] : t->increment[i];
    }
    t->increment = increments;
    return VG_OK;
}

/* Daily or weekly, by the smallest distance between the dates of the series. */
static int find_step(const struct count_reading *reading)
{
    const struct vg_count_table *t = reading->counts;
    if (reading->work->profile->step_days != 0) {
        return reading->work->profile->step_days;
    }
    for (size_t i = 1; i < t->n_counts; i++) {
        if ((t->reference_date[i] - t->reference_date[0]) % 7 != 0) {
            return 1;
        }
    }
    return t->n_counts > 1 ? 7 : 1;
}

vg_status intake_read_counts(struct intake_work *work)
{
    struct count_reading reading = {.work = work, .counts = &work->result->counts};
    struct vg_row_batch batch;
    vg_status status = VG_OK;
    vg_dictionary_init(&reading.groups, work->arena);
    for (size_t column = 0; column < work->n_columns; column++) {
        reading.has_report = reading.has_report || work->fields[column].kind == FIELD_REPORT_DATE || work->fields[column].kind == FIELD_DELAY;
        bool unnamed = work->fields[column].kind == FIELD_VALUE && work->profile->default_measure == NULL;
        for (size_t other = 0; unnamed && other < work->n_columns; other++) {
            unnamed = work->fields[other].kind != FIELD_MEASURE_NAME;
        }
        if (unnamed) {
            return vg_fail(work->error, VG_DATA_ERROR, "%s: it is not said what is counted", work->name);
        }
    }
    while (status == VG_OK) {
        status = vg_reader_next(work->reader, &batch, work->error);
        if (status != VG_OK || batch.n_rows == 0) {
            break;
        }
        for (size_t row = 0; status == VG_OK && row < batch.n_rows; row++) {
            status = read_row(&reading, batch.cells + row * batch.n_columns, batch.lines[row]);
        }
        (void)vg_progress_report(work->options->progress, "reading", 0.3 + 0.7 * vg_reader_progress(work->reader));
    }
    if (status == VG_OK && reading.counts->n_counts == 0) {
        status = vg_fail(work->error, VG_DATA_ERROR, "%s holds headings but no count that could be read (%llu rows)", work->name, (unsigned long long)work->result->rows_read);
    }
    if (status != VG_OK) {
        return status;
    }
    reading.counts->groups = reading.groups.keys;
    reading.counts->n_groups = reading.groups.count;
    reading.counts->step_days = find_step(&reading);
    work->result->counts_have_report_date = reading.has_report;
    if (work->profile->cumulative) {
        status = reading.has_report ? turn_vintages(&reading) : turn_cumulative(&reading);
    }
    return status == VG_OK && work->arena->failed ? vg_fail_memory(work->error, 0) : status;
}
