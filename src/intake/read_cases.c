/*
 * Line lists: one row a case, into columns. A case needs at least one date; a bad cell in any other field is listed and the row kept.
 */
#include "intake/profile_internal.h"

#include <string.h>

#define ROW_KEPT "; the row is kept without it"

struct case_reading {
    struct intake_work *work;
    struct vg_case_table *cases;
    struct vg_dictionary categories;
    size_t n_place_columns;
    bool has_extra, has_identifying, has_id;
    uint8_t default_class;
    size_t *read_columns;          /* columns with a field of the model */
    size_t n_read_columns;
    size_t *extra_columns;         /* those without */
    size_t n_extra_columns;
    struct vg_buffer json;
    struct vg_text *json_keys;     /* [n_columns] the heading as "key": */
    int32_t *birth, *ended;        /* [n] or NULL: day of birth; day of death or recovery, as the outcome says */
    uint8_t *age_unit;             /* [n] or NULL */
    struct vg_dictionary rows;     /* of lists without an id: equal rows are numbered */
};

static bool has_field(const struct intake_work *work, enum field_kind kind, int32_t argument)
{
    for (size_t column = 0; column < work->n_columns; column++) {
        if (work->fields[column].kind == kind && (argument < 0 || work->fields[column].argument == argument)) {
            return true;
        }
    }
    return false;
}

/* What is the same in every row is worked out once. */
static void prepare_columns(struct case_reading *reading)
{
    struct intake_work *work = reading->work;
    enum vg_case_class class = VG_CLASS_UNKNOWN;
    if (work->profile->default_class != NULL && vg_case_class_from_name(vg_text_from(work->profile->default_class), &class)) {
        reading->default_class = (uint8_t)class;
    }
    reading->read_columns = VG_ARENA_ARRAY(work->arena, size_t, work->n_columns);
    reading->extra_columns = VG_ARENA_ARRAY(work->arena, size_t, work->n_columns);
    reading->json_keys = VG_ARENA_ARRAY(work->arena, struct vg_text, work->n_columns);
    for (size_t column = 0; column < work->n_columns && !work->arena->failed; column++) {
        enum field_kind kind = work->fields[column].kind;
        struct vg_text heading = vg_reader_heading(work->reader, column);
        if (kind == FIELD_EXTRA) {
            reading->extra_columns[reading->n_extra_columns++] = column;
        } else if (kind == FIELD_IDENTIFYING) {
            vg_buffer_clear(&reading->json);
            vg_buffer_json_string(&reading->json, heading.data, heading.size);
            vg_buffer_char(&reading->json, ':');
            reading->json_keys[column] = vg_text_of(vg_arena_copy_bytes(work->arena, reading->json.data, reading->json.size), reading->json.size);
        } else if (kind != FIELD_IGNORED) {
            reading->read_columns[reading->n_read_columns++] = column;
        }
    }
    vg_buffer_clear(&reading->json);
    for (size_t i = 0; i < reading->n_extra_columns; i++) {
        struct vg_text heading = vg_reader_heading(work->reader, reading->extra_columns[i]);
        vg_buffer_char(&reading->json, i == 0 ? '[' : ',');
        vg_buffer_json_string(&reading->json, heading.data, heading.size);
    }
    if (reading->n_extra_columns > 0) {
        vg_buffer_char(&reading->json, ']');
        reading->cases->extra_headings = vg_text_of(vg_arena_copy_bytes(work->arena, reading->json.data, reading->json.size), reading->json.size);
    }
}

static vg_status reserve(struct case_reading *reading)
{
    struct intake_work *work = reading->work;
    struct vg_case_table *cases = reading->cases;
    struct vg_arena *arena = work->arena;
    size_t n = (size_t)work->n_rows;
    for (int date = 0; date < VG_CASE_DATE_COUNT; date++) {
        if (has_field(work, FIELD_CASE_DATE, date)) {
            cases->dates[date] = VG_ARENA_ARRAY(arena, int32_t, n);
        }
    }
    if (has_field(work, FIELD_AGE, -1) || has_field(work, FIELD_BIRTH_DATE, -1)) {
        cases->age_years = VG_ARENA_ARRAY(arena, int16_t, n);
        reading->age_unit = has_field(work, FIELD_AGE_UNIT, -1) ? VG_ARENA_ARRAY(arena, uint8_t, n) : NULL;
        reading->birth = has_field(work, FIELD_BIRTH_DATE, -1) ? VG_ARENA_ARRAY(arena, int32_t, n) : NULL;
    }
    if (has_field(work, FIELD_OUTCOME_DATE, -1) && has_field(work, FIELD_OUTCOME, -1)) {
        reading->ended = VG_ARENA_ARRAY(arena, int32_t, n);
        for (int date = VG_CASE_RECOVERY; date <= VG_CASE_DEATH; date++) {
            cases->dates[date] = cases->dates[date] == NULL ? VG_ARENA_ARRAY(arena, int32_t, n) : cases->dates[date];
        }
    }
    cases->sex = has_field(work, FIELD_SEX, -1) ? VG_ARENA_ARRAY(arena, uint8_t, n) : NULL;
    cases->class = VG_ARENA_ARRAY(arena, uint8_t, n);
    cases->outcome = has_field(work, FIELD_OUTCOME, -1) || cases->dates[VG_CASE_DEATH] != NULL ? VG_ARENA_ARRAY(arena, uint8_t, n) : NULL;
    cases->severity = has_field(work, FIELD_SEVERITY, -1) ? VG_ARENA_ARRAY(arena, uint8_t, n) : NULL;
    cases->category = has_field(work, FIELD_CATEGORY, -1) ? VG_ARENA_ARRAY(arena, uint32_t, n) : NULL;
    cases->identity_hash = VG_ARENA_ARRAY(arena, uint64_t, n);
    cases->content_hash = VG_ARENA_ARRAY(arena, uint64_t, n);
    cases->line = VG_ARENA_ARRAY(arena, uint64_t, n);
    cases->place = VG_ARENA_ARRAY(arena, uint32_t, n);
    reading->has_id = has_field(work, FIELD_ID, -1);
    reading->has_extra = has_field(work, FIELD_EXTRA, -1);
    reading->has_identifying = has_field(work, FIELD_IDENTIFYING, -1);
    cases->id = reading->has_id ? VG_ARENA_ARRAY(arena, struct vg_text, n) : NULL;
    cases->extra = reading->has_extra ? VG_ARENA_ARRAY(arena, struct vg_text, n) : NULL;
    cases->identifying = reading->has_identifying ? VG_ARENA_ARRAY(arena, struct vg_text, n) : NULL;
    vg_dictionary_init(&reading->categories, arena);
    vg_dictionary_init(&reading->rows, arena);
    if (!arena->failed) {
        prepare_columns(reading);
    }
    return arena->failed ? vg_fail_memory(work->error, n * 80) : VG_OK;
}

static void read_code(struct case_reading *reading, uint8_t *target, enum code_map map, uint64_t line, size_t column, struct vg_text cell, const char *reason)
{
    int meaning = 0;
    if (profile_code(reading->work->profile, map, cell, &meaning)) {
        *target = (uint8_t)meaning;
    } else {
        intake_reject(reading->work, line, column, cell, reason);
    }
}

/* "34", "34 años", "7 anos, 2 meses": the first number; months and days alone are under a year. */
static void read_age(struct case_reading *reading, size_t i, uint64_t line, size_t column, struct vg_text cell)
{
    double age = 0;
    size_t number = 0;
    while (number < cell.size && ((cell.data[number] >= '0' && cell.data[number] <= '9') || cell.data[number] == '.')) {
        number++;
    }
    if (number == 0 || !vg_parse_double(vg_text_of(cell.data, number), '.', &age) || age > 130) {
        intake_reject(reading->work, line, column, cell, "not an age" ROW_KEPT);
        return;
    }
    int unit = 0;
    struct vg_text rest = vg_text_trim(vg_text_of(cell.data + number, cell.size - number));
    if (rest.size > 0) {
        size_t word = 0;
        while (word < rest.size && rest.data[word] != ' ' && rest.data[word] != ',') {
            word++;
        }
        (void)profile_code(reading->work->profile, MAP_AGE_UNIT, vg_text_of(rest.data, word), &unit);
    }
    reading->cases->age_years[i] = unit == 0 ? (int16_t)age : 0;
}

static void read_date(struct case_reading *reading, size_t i, uint64_t line, size_t column, struct vg_text cell)
{
    struct intake_work *work = reading->work;
    int32_t date = date_column_read(&work->dates[column], cell, work->options->century);
    enum vg_case_date which = (enum vg_case_date)work->fields[column].argument;
    if (date == VG_DATE_NONE) {
        /* "Asintomático" where an onset would stand says something else. */
        int meaning = 0;
        if (which == VG_CASE_ONSET && reading->cases->severity != NULL && profile_code(work->profile, MAP_SEVERITY, cell, &meaning)) {
            reading->cases->severity[i] = (uint8_t)meaning;
            return;
        }
        if (which != VG_CASE_ONSET || !profile_code(work->profile, MAP_SEVERITY, cell, &meaning)) {
            intake_reject(work, line, column, cell, "not a date that exists" ROW_KEPT);
        }
        return;
    }
    reading->cases->dates[which][i] = date;
}

static void read_cell(struct case_reading *reading, size_t i, uint64_t line, size_t column, struct vg_text cell)
{
    struct vg_case_table *cases = reading->cases;
    struct intake_work *work = reading->work;
    switch (work->fields[column].kind) {
    case FIELD_CASE_DATE:
        read_date(reading, i, line, column, cell);
        break;
    case FIELD_ID:
        cases->id[i] = vg_text_of(vg_arena_copy_bytes(work->arena, cell.data, cell.size), cell.size);
        break;
    case FIELD_SEX:
        read_code(reading, &cases->sex[i], MAP_SEX, line, column, cell, "not a sex that the profile knows" ROW_KEPT);
        break;
    case FIELD_CLASS:
        read_code(reading, &cases->class[i], MAP_CLASS, line, column, cell, "not a classification that the profile knows" ROW_KEPT);
        break;
    case FIELD_OUTCOME:
        read_code(reading, &cases->outcome[i], MAP_OUTCOME, line, column, cell, "not an outcome that the profile knows" ROW_KEPT);
        break;
    case FIELD_SEVERITY:
        read_code(reading, &cases->severity[i], MAP_SEVERITY, line, column, cell, "not a severity that the profile knows" ROW_KEPT);
        break;
    case FIELD_CATEGORY:
        cases->category[i] = vg_dictionary_add(&reading->categories, cell);
        break;
    case FIELD_AGE:
        read_age(reading, i, line, column, cell);
        break;
    case FIELD_AGE_UNIT: {
        int unit = 0;
        if (reading->age_unit != NULL && profile_code(work->profile, MAP_AGE_UNIT, cell, &unit)) {
            reading->age_unit[i] = (uint8_t)unit;
        }
        break;
    }
    case FIELD_BIRTH_DATE:
        reading->birth[i] = date_column_read(&work->dates[column], cell, work->options->century);
        break;
    case FIELD_OUTCOME_DATE:
        if (reading->ended != NULL) {
            reading->ended[i] = date_column_read(&work->dates[column], cell, work->options->century);
        }
        break;
    default:
        break;
    }
}

/* The unmapped columns as a JSON array, empty ones at the end left out; nothing where all are empty. */
static struct vg_text extra_of(struct case_reading *reading, const struct vg_text *cells)
{
    struct vg_buffer *json = &reading->json;
    size_t end = 0; /* of the last one that is not empty */
    vg_buffer_clear(json);
    for (size_t i = 0; i < reading->n_extra_columns; i++) {
        struct vg_text cell = vg_text_trim(cells[reading->extra_columns[i]]);
        vg_buffer_char(json, i == 0 ? '[' : ',');
        vg_buffer_json_string(json, cell.data, cell.size);
        end = cell.size > 0 ? json->size : end;
    }
    if (end == 0 || json->failed) {
        return vg_text_of("", 0);
    }
    json->size = end;
    vg_buffer_char(json, ']');
    return vg_text_of(vg_arena_copy_bytes(reading->work->arena, json->data, json->size), json->size);
}

/* The identifying columns as a JSON object; empty cells are left out. */
static struct vg_text identifying_of(struct case_reading *reading, const struct vg_text *cells)
{
    struct intake_work *work = reading->work;
    struct vg_buffer *json = &reading->json;
    vg_buffer_clear(json);
    for (size_t column = 0; column < work->n_columns; column++) {
        if (work->fields[column].kind != FIELD_IDENTIFYING || cells[column].size == 0) {
            continue;
        }
        struct vg_text cell = vg_text_trim(cells[column]);
        if (cell.size == 0) {
            continue;
        }
        vg_buffer_char(json, json->size == 0 ? '{' : ',');
        vg_buffer_append(json, reading->json_keys[column].data, reading->json_keys[column].size);
        vg_buffer_json_string(json, cell.data, cell.size);
    }
    if (json->size == 0) {
        return vg_text_of("", 0);
    }
    vg_buffer_char(json, '}');
    return vg_text_of(vg_arena_copy_bytes(work->arena, json->data, json->size), json->size);
}

static void start_row(struct vg_case_table *cases, size_t i, const struct case_reading *reading)
{
    for (int date = 0; date < VG_CASE_DATE_COUNT; date++) {
        if (cases->dates[date] != NULL) {
            cases->dates[date][i] = VG_DATE_NONE;
        }
    }
    cases->class[i] = reading->default_class;
    uint8_t *const codes[] = {cases->sex, cases->outcome, cases->severity};
    for (size_t c = 0; c < sizeof codes / sizeof *codes; c++) {
        if (codes[c] != NULL) {
            codes[c][i] = 0;
        }
    }
    if (cases->age_years != NULL) {
        cases->age_years[i] = VG_AGE_UNKNOWN;
    }
    if (reading->birth != NULL) {
        reading->birth[i] = VG_DATE_NONE;
    }
    if (reading->ended != NULL) {
        reading->ended[i] = VG_DATE_NONE;
    }
    if (reading->age_unit != NULL) {
        reading->age_unit[i] = 0;
    }
    if (cases->category != NULL) {
        cases->category[i] = UINT32_MAX;
    }
    if (cases->id != NULL) {
        cases->id[i] = vg_text_of("", 0);
    }
}

static bool has_any_date(const struct vg_case_table *cases, size_t i)
{
    for (int date = 0; date < VG_CASE_DATE_COUNT; date++) {
        if (cases->dates[date] != NULL && cases->dates[date][i] != VG_DATE_NONE) {
            return true;
        }
    }
    return false;
}

static void finish_age(struct case_reading *reading, size_t i)
{
    struct vg_case_table *cases = reading->cases;
    if (cases->age_years == NULL) {
        return;
    }
    if (reading->age_unit != NULL && reading->age_unit[i] != 0 && cases->age_years[i] >= 0) {
        cases->age_years[i] = (int16_t)(reading->age_unit[i] == 1 ? cases->age_years[i] / 12 : 0);
    }
    if (cases->age_years[i] == VG_AGE_UNKNOWN && reading->birth != NULL && reading->birth[i] != VG_DATE_NONE) {
        for (int date = 0; date < VG_CASE_DATE_COUNT; date++) {
            if (cases->dates[date] != NULL && cases->dates[date][i] != VG_DATE_NONE) {
                int32_t days = cases->dates[date][i] - reading->birth[i];
                cases->age_years[i] = days >= 0 && days < 47500 ? (int16_t)((double)days / 365.2425) : VG_AGE_UNKNOWN;
                break;
            }
        }
    }
}

/* Everything that the model knows of the case, so that any change is seen. */
static uint64_t hash_content(const struct vg_case_table *cases, const struct case_reading *reading, size_t i, uint64_t place_hash)
{
    int64_t fields[VG_CASE_DATE_COUNT + 6];
    size_t n = 0;
    for (int date = 0; date < VG_CASE_DATE_COUNT; date++) {
        fields[n++] = cases->dates[date] == NULL ? VG_DATE_NONE : cases->dates[date][i];
    }
    fields[n++] = cases->age_years == NULL ? VG_AGE_UNKNOWN : cases->age_years[i];
    fields[n++] = cases->sex == NULL ? 0 : cases->sex[i];
    fields[n++] = cases->class[i];
    fields[n++] = cases->outcome == NULL ? 0 : cases->outcome[i];
    fields[n++] = cases->severity == NULL ? 0 : cases->severity[i];
    fields[n++] = (int64_t)place_hash;
    uint64_t hash = vg_hash_bytes(fields, n * sizeof *fields, 1);
    if (cases->category != NULL && cases->category[i] != UINT32_MAX) {
        hash = vg_hash_bytes(reading->categories.keys[cases->category[i]].data, reading->categories.keys[cases->category[i]].size, hash);
    }
    return hash;
}

static bool has_own_id(const struct vg_case_table *cases, size_t i)
{
    return cases->id != NULL && cases->id[i].size > 0;
}

/* Without an id a case is named by what does not change later (no outcome, no death), and equal rows are numbered. */
static uint64_t hash_identity(struct case_reading *reading, size_t i, uint64_t place_hash)
{
    const struct vg_case_table *cases = reading->cases;
    if (has_own_id(cases, i)) {
        return vg_hash_bytes(cases->id[i].data, cases->id[i].size, 2);
    }
    int64_t fields[8];
    size_t n = 0;
    static const enum vg_case_date stable[] = {VG_CASE_ONSET, VG_CASE_NOTIFICATION, VG_CASE_DIAGNOSIS, VG_CASE_REPORT};
    for (size_t d = 0; d < sizeof stable / sizeof *stable; d++) {
        fields[n++] = cases->dates[stable[d]] == NULL ? VG_DATE_NONE : cases->dates[stable[d]][i];
    }
    fields[n++] = cases->age_years == NULL ? VG_AGE_UNKNOWN : cases->age_years[i];
    fields[n++] = cases->sex == NULL ? 0 : cases->sex[i];
    fields[n++] = (int64_t)place_hash;
    return vg_hash_bytes(fields, n * sizeof *fields, 3);
}

/* Rows without an id that look alike are different cases; the same id twice is one case, whose last row counts. */
static void number_equal_rows(struct case_reading *reading)
{
    struct vg_case_table *cases = reading->cases;
    size_t capacity = 64;
    size_t n_without = 0;
    for (size_t i = 0; i < cases->n_cases; i++) {
        n_without += !has_own_id(cases, i);
    }
    if (n_without == 0) {
        return;
    }
    while (capacity < n_without * 2) {
        capacity *= 2;
    }
    uint64_t *keys = VG_ARENA_ARRAY(reading->work->arena, uint64_t, capacity);
    uint32_t *counts = VG_ARENA_ARRAY(reading->work->arena, uint32_t, capacity);
    for (size_t i = 0; keys != NULL && counts != NULL && i < cases->n_cases; i++) {
        if (has_own_id(cases, i)) {
            continue;
        }
        uint64_t key = cases->identity_hash[i];
        size_t slot = (size_t)(key * 0x9E3779B97F4A7C15U) & (capacity - 1);
        while (counts[slot] != 0 && keys[slot] != key) {
            slot = (slot + 1) & (capacity - 1);
        }
        keys[slot] = key;
        uint32_t number = counts[slot]++;
        if (number > 0) {
            cases->identity_hash[i] = vg_hash_bytes(&number, sizeof number, key);
        }
    }
}

static void read_row(struct case_reading *reading, const struct vg_text *cells, uint64_t line)
{
    struct intake_work *work = reading->work;
    struct vg_case_table *cases = reading->cases;
    struct vg_intake_result *result = work->result;
    struct raw_place raw;
    size_t i = cases->n_cases;
    result->rows_read++;
    if (!row_passes_filters(work, cells)) {
        result->rows_filtered++;
        return;
    }
    start_row(cases, i, reading);
    for (size_t r = 0; r < reading->n_read_columns; r++) {
        size_t column = reading->read_columns[r];
        struct vg_text cell = vg_text_trim(cells[column]);
        if (!profile_is_missing(work->profile, cell)) {
            read_cell(reading, i, line, column, cell);
        }
    }
    if (!has_any_date(cases, i)) {
        result->rows_rejected++;
        intake_reject(work, line, SIZE_MAX, cells[0], "the row has no date that can be read; it is left out");
        return;
    }
    if (reading->ended != NULL && reading->ended[i] != VG_DATE_NONE) {
        int32_t *date = cases->outcome[i] == VG_OUTCOME_DIED ? cases->dates[VG_CASE_DEATH] : cases->outcome[i] == VG_OUTCOME_RECOVERED ? cases->dates[VG_CASE_RECOVERY] : NULL;
        if (date != NULL && date[i] == VG_DATE_NONE) {
            date[i] = reading->ended[i];
        }
    }
    intake_see_published(work, cells);
    intake_see_disease(work, cells);
    if (!row_place(work, cells, line, &raw)) {
        return;
    }
    cases->place[i] = place_resolve(&work->matcher, &raw);
    finish_age(reading, i);
    if (cases->outcome != NULL && cases->outcome[i] == VG_OUTCOME_UNKNOWN && cases->dates[VG_CASE_DEATH] != NULL && cases->dates[VG_CASE_DEATH][i] != VG_DATE_NONE) {
        cases->outcome[i] = VG_OUTCOME_DIED;
    }
    uint64_t place_hash = cases->place[i] == VG_PLACE_NONE ? 0 : vg_hash_text(vg_text_from(work->places->places[cases->place[i]].code));
    cases->identity_hash[i] = hash_identity(reading, i, place_hash);
    cases->content_hash[i] = hash_content(cases, reading, i, place_hash);
    cases->line[i] = line;
    if (reading->has_extra) {
        cases->extra[i] = extra_of(reading, cells);
    }
    if (reading->has_identifying) {
        cases->identifying[i] = identifying_of(reading, cells);
    }
    cases->n_cases++;
    result->rows_taken++;
    static const enum vg_case_date known[] = {VG_CASE_REPORT, VG_CASE_NOTIFICATION, VG_CASE_DIAGNOSIS, VG_CASE_ONSET};
    for (size_t d = 0; d < sizeof known / sizeof *known; d++) {
        int32_t date = cases->dates[known[d]] == NULL ? VG_DATE_NONE : cases->dates[known[d]][i];
        if (date != VG_DATE_NONE) {
            work->newest_date = date > work->newest_date && date <= vg_date_from_civil(2100, 1, 1) ? date : work->newest_date;
            break;
        }
    }
}

vg_status intake_read_cases(struct intake_work *work)
{
    struct case_reading reading = {.work = work, .cases = &work->result->cases};
    struct vg_row_batch batch;
    vg_buffer_init(&reading.json, 1U << 20);
    vg_status status = reserve(&reading);
    if (status == VG_OK && !has_field(work, FIELD_CASE_DATE, -1)) {
        status = vg_fail(work->error, VG_DATA_ERROR, "%s: no column of dates was found; name one with --map onset=HEADING", work->name);
    }
    while (status == VG_OK) {
        status = vg_reader_next(work->reader, &batch, work->error);
        if (status != VG_OK || batch.n_rows == 0) {
            break;
        }
        for (size_t row = 0; row < batch.n_rows; row++) {
            read_row(&reading, batch.cells + row * batch.n_columns, batch.lines[row]);
        }
        if (!vg_progress_report(work->options->progress, "reading", 0.3 + 0.7 * vg_reader_progress(work->reader))) {
            status = vg_fail(work->error, VG_CANCELLED, "the reading was stopped");
        }
    }
    if (status == VG_OK) {
        number_equal_rows(&reading);
        work->result->cases.categories = reading.categories.keys;
        work->result->cases.n_categories = reading.categories.count;
    }
    if (status == VG_OK && reading.cases->n_cases == 0) {
        status = vg_fail(work->error, VG_DATA_ERROR, "%s holds headings but no case that could be read (%llu rows)", work->name, (unsigned long long)work->result->rows_read);
    }
    if (status == VG_OK && work->arena->failed) {
        status = vg_fail_memory(work->error, 0);
    }
    vg_buffer_release(&reading.json);
    return status;
}
