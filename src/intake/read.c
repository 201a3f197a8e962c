/*
 * Reading a whole file: the profile is chosen, each column planned, all cells seen once (so that date orders are decided by whole columns), and then
 * read into the model. Rejects and notes are gathered on the way.
 */
#include "intake/profile_internal.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define KEEP_REJECTS 100000
#define NOTES_MAX 200

void intake_note(struct intake_work *work, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (work->note_capacity == 0) {
        work->result->notes = VG_ARENA_ARRAY(work->arena, const char *, NOTES_MAX);
        work->note_capacity = work->result->notes == NULL ? 0 : NOTES_MAX;
    }
    if (work->result->n_notes < work->note_capacity) {
        const char *copy = vg_arena_copy(work->arena, text);
        if (copy != NULL) {
            work->result->notes[work->result->n_notes++] = copy;
        }
    }
}

void intake_reject(struct intake_work *work, uint64_t line, size_t column, struct vg_text value, const char *reason)
{
    struct vg_intake_result *result = work->result;
    size_t keep = work->options->keep_rejects == 0 ? KEEP_REJECTS : work->options->keep_rejects;
    if (result->n_rejects >= keep) {
        return;
    }
    if (result->n_rejects == work->reject_capacity) {
        size_t capacity = work->reject_capacity == 0 ? 256 : work->reject_capacity * 2;
        struct vg_reject *larger = VG_ARENA_ARRAY(work->arena, struct vg_reject, capacity);
        if (larger == NULL) {
            return;
        }
        if (result->n_rejects > 0) {
            memcpy(larger, result->rejects, result->n_rejects * sizeof *larger);
        }
        result->rejects = larger;
        work->reject_capacity = capacity;
    }
    struct vg_text heading = column == SIZE_MAX ? vg_text_from("") : vg_reader_heading(work->reader, column);
    result->rejects[result->n_rejects++] = (struct vg_reject){line, vg_arena_copy_bytes(work->arena, heading.data, heading.size),
                                                              vg_arena_copy_bytes(work->arena, value.data, value.size < 200 ? value.size : 200), reason};
}

bool field_is_date(struct field field)
{
    return field.kind == FIELD_CASE_DATE || field.kind == FIELD_DATE || field.kind == FIELD_REPORT_DATE || field.kind == FIELD_BIRTH_DATE ||
           field.kind == FIELD_OUTCOME_DATE || field.kind == FIELD_PUBLISHED;
}

/* ---------------------------------------------------------------- planning */

static const struct vg_profile *choose_profile(struct intake_work *work)
{
    const struct vg_profile_set *set = work->options->profiles;
    const struct vg_profile *best = NULL;
    size_t best_score = 0;
    for (size_t i = 0; i < set->count; i++) {
        size_t score = profile_score(set->profiles[i], work->reader);
        /* A generic profile guesses, so it only serves where no other fits. */
        score = set->profiles[i]->is_generic && score > 0 ? 1 + score / 100 : score * 1000;
        if (score > best_score) {
            best = set->profiles[i];
            best_score = score;
        }
    }
    return best;
}

static vg_status find_profile(struct intake_work *work)
{
    const struct vg_intake_options *options = work->options;
    if (options->profiles == NULL) {
        return vg_fail(work->error, VG_USAGE_ERROR, "no profiles were given");
    }
    if (options->profile != NULL) {
        work->profile = vg_profile_set_find(options->profiles, options->profile);
        return work->profile != NULL ? VG_OK : vg_fail(work->error, VG_NOT_FOUND, "there is no profile %.60s; vigia import --list-profiles names them", options->profile);
    }
    work->profile = choose_profile(work);
    if (work->profile != NULL) {
        return VG_OK;
    }
    struct vg_buffer headings;
    vg_buffer_init(&headings, 0);
    for (size_t i = 0; i < work->n_columns && i < 12; i++) {
        struct vg_text heading = vg_reader_heading(work->reader, i);
        vg_buffer_format(&headings, "%s%.*s", i == 0 ? "" : ", ", (int)(heading.size < 40 ? heading.size : 40), heading.data);
    }
    vg_status status = vg_fail(work->error, VG_DATA_ERROR,
                               "%s: no profile fits its headings (%.300s); name the columns, for example --profile generic-cases --map onset=HEADING, or write a profile (docs/profiles.md)",
                               work->name, headings.data == NULL ? "" : headings.data);
    vg_buffer_release(&headings);
    return status;
}

/* "d#" or "value_#w": the number in a delay column's heading; a trailing ">10" is the open last one. */
static bool delay_in_heading(const char *pattern, struct vg_text heading, int *delay)
{
    const char *mark = strchr(pattern, '#');
    size_t before = mark == NULL ? 0 : (size_t)(mark - pattern);
    size_t behind = mark == NULL ? 0 : strlen(mark + 1);
    if (mark == NULL || heading.size <= before + behind || strncasecmp(heading.data, pattern, before) != 0 ||
        strncasecmp(heading.data + heading.size - behind, mark + 1, behind) != 0) {
        return false;
    }
    struct vg_text number = vg_text_of(heading.data + before, heading.size - before - behind);
    bool open = number.size > 1 && number.data[0] == '>';
    int64_t value = 0;
    if (!vg_parse_integer(open ? vg_text_of(number.data + 1, number.size - 1) : number, &value) || value < -60 || value > 400) {
        return false;
    }
    *delay = (int)value + (open ? 1 : 0);
    return true;
}

static struct field plan_column(struct intake_work *work, struct vg_text heading, bool *matched)
{
    const struct vg_profile *profile = work->profile;
    int delay = 0;
    *matched = true;
    for (size_t i = 0; i < profile->n_columns; i++) {
        for (size_t alias = 0; alias < profile->columns[i].n_aliases; alias++) {
            if (heading_is(heading, profile->columns[i].aliases[alias])) {
                return profile->columns[i].field;
            }
        }
    }
    if (profile->delay_pattern != NULL && delay_in_heading(profile->delay_pattern, heading, &delay)) {
        return (struct field){FIELD_DELAY, delay};
    }
    if (profile->wide_measure != NULL) {
        struct date_column column = {.order = profile->date_order, .serial = false};
        date_column_see(&column, heading);
        int32_t date = date_column_read(&column, heading, 2000); /* a wide file's headings: the profile states order and century */
        if (date != VG_DATE_NONE) {
            return (struct field){FIELD_WIDE_DATE, date};
        }
    }
    *matched = false;
    return (struct field){is_identifying_heading(heading) ? FIELD_IDENTIFYING : FIELD_EXTRA, 0};
}

/* --map field=heading */
static vg_status apply_mapping(struct intake_work *work, const char *mapping)
{
    char name[64];
    const char *equals = strchr(mapping, '=');
    struct field field;
    if (equals == NULL || (size_t)(equals - mapping) >= sizeof name) {
        return vg_fail(work->error, VG_USAGE_ERROR, "--map %s: write it as onset=HEADING", mapping);
    }
    memcpy(name, mapping, (size_t)(equals - mapping));
    name[equals - mapping] = '\0';
    if (!field_from_name(name, &field)) {
        return vg_fail(work->error, VG_USAGE_ERROR, "--map %s: there is no field %s (docs/profiles.md lists them)", mapping, name);
    }
    for (size_t column = 0; column < work->n_columns; column++) {
        if (vg_text_fold_equal(vg_reader_heading(work->reader, column), vg_text_from(equals + 1))) {
            for (size_t other = 0; other < work->n_columns; other++) {
                if (work->fields[other].kind == field.kind && work->fields[other].argument == field.argument) {
                    work->fields[other] = (struct field){FIELD_EXTRA, 0};
                }
            }
            work->fields[column] = field;
            work->guessed[column] = false;
            return VG_OK;
        }
    }
    return vg_fail(work->error, VG_USAGE_ERROR, "--map %s: the file has no column %s", mapping, equals + 1);
}

static vg_status plan_columns(struct intake_work *work)
{
    work->fields = VG_ARENA_ARRAY(work->arena, struct field, work->n_columns);
    work->dates = VG_ARENA_ARRAY(work->arena, struct date_column, work->n_columns);
    work->decimal_comma = VG_ARENA_ARRAY(work->arena, bool, work->n_columns);
    work->guessed = VG_ARENA_ARRAY(work->arena, bool, work->n_columns);
    if (work->arena->failed) {
        return vg_fail_memory(work->error, work->n_columns * 64);
    }
    for (size_t column = 0; column < work->n_columns; column++) {
        bool matched = false;
        work->fields[column] = plan_column(work, vg_reader_heading(work->reader, column), &matched);
        work->guessed[column] = matched && work->profile->is_generic;
        /* The second column that would be the same single thing stays as it is in the file. */
        enum field_kind kind = work->fields[column].kind;
        for (size_t before = 0; before < column && kind != FIELD_EXTRA && kind != FIELD_IDENTIFYING && kind != FIELD_IGNORED; before++) {
            if (work->fields[before].kind == kind && work->fields[before].argument == work->fields[column].argument) {
                work->fields[column] = (struct field){FIELD_EXTRA, 0};
                break;
            }
        }
    }
    vg_status status = VG_OK;
    for (size_t i = 0; status == VG_OK && i < work->options->n_mappings; i++) {
        status = apply_mapping(work, work->options->mappings[i]);
    }
    return status;
}

static void fill_plan(struct intake_work *work)
{
    struct vg_intake_plan *plan = &work->result->plan;
    plan->profile = work->profile->facts.name;
    plan->profile_title = work->profile->facts.title;
    plan->disease = work->disease;
    plan->country = work->country;
    plan->guessed = work->profile->is_generic;
    plan->kind = work->profile->facts.kind;
    vg_reader_get_facts(work->reader, &plan->reader);
    plan->columns = VG_ARENA_ARRAY(work->arena, struct vg_column_plan, work->n_columns);
    plan->n_columns = plan->columns == NULL ? 0 : work->n_columns;
    for (size_t i = 0; i < plan->n_columns; i++) {
        struct vg_text heading = vg_reader_heading(work->reader, i);
        const struct date_column *dates = &work->dates[i];
        const char *evidence = NULL;
        if (field_is_date(work->fields[i]) && dates->n_open + dates->n_two_digit > 0) {
            evidence = vg_arena_format(work->arena, "%llu cells with a first number above 12, %llu with a second", (unsigned long long)dates->n_first_over_12,
                                       (unsigned long long)dates->n_second_over_12);
        }
        plan->columns[i] = (struct vg_column_plan){vg_arena_copy_bytes(work->arena, heading.data, heading.size), field_name(work->arena, work->fields[i]), work->guessed[i],
                                                   field_is_date(work->fields[i]) && dates->decided ? dates->order : VG_DATE_ORDER_AUTO, evidence};
    }
}

/* -------------------------------------------------------------- first pass */

static void see_cell(struct intake_work *work, size_t column, struct vg_text cell)
{
    cell = vg_text_trim(cell);
    if (profile_is_missing(work->profile, cell)) {
        return;
    }
    if (field_is_date(work->fields[column])) {
        date_column_see(&work->dates[column], cell);
    } else if (memchr(cell.data, ',', cell.size) != NULL && memchr(cell.data, '.', cell.size) == NULL) {
        work->decimal_comma[column] = true;
    }
}

static bool is_numeric_field(struct field field)
{
    return field.kind == FIELD_VALUE || field.kind == FIELD_MEASURE || field.kind == FIELD_DELAY || field.kind == FIELD_WIDE_DATE || field.kind == FIELD_POPULATION ||
           field.kind == FIELD_LATITUDE || field.kind == FIELD_LONGITUDE;
}

vg_status intake_first_pass(struct intake_work *work)
{
    size_t *watched = VG_ARENA_ARRAY(work->arena, size_t, work->n_columns);
    size_t n_watched = 0;
    struct vg_row_batch batch;
    if (watched == NULL) {
        return vg_fail_memory(work->error, 0);
    }
    for (size_t column = 0; column < work->n_columns; column++) {
        if (field_is_date(work->fields[column]) || is_numeric_field(work->fields[column])) {
            watched[n_watched++] = column;
        }
    }
    for (;;) {
        vg_status status = vg_reader_next(work->reader, &batch, work->error);
        if (status != VG_OK) {
            return status;
        }
        if (batch.n_rows == 0) {
            return vg_reader_rewind(work->reader, work->error);
        }
        work->n_rows += batch.n_rows;
        for (size_t row = 0; row < batch.n_rows; row++) {
            for (size_t i = 0; i < n_watched; i++) {
                see_cell(work, watched[i], batch.cells[row * batch.n_columns + watched[i]]);
            }
        }
        if (!vg_progress_report(work->options->progress, "looking", 0.3 * vg_reader_progress(work->reader))) {
            return vg_fail(work->error, VG_CANCELLED, "the reading was stopped");
        }
    }
}

/* What a column's own cells say; false where they leave it open. */
static bool decide_alone(struct intake_work *work, struct date_column *column)
{
    column->serial = column->n_serial > 0 && column->n_serial >= column->n_done + column->n_open;
    if (work->options->date_order != VG_DATE_ORDER_AUTO) {
        column->order = work->options->date_order;
        return true;
    }
    if (column->n_open + column->n_two_digit == 0) {
        column->order = VG_DATE_ORDER_YMD;
        return true;
    }
    if (column->n_first_over_12 != column->n_second_over_12 && (column->n_first_over_12 == 0 || column->n_second_over_12 == 0)) {
        column->order = column->n_first_over_12 > 0 ? VG_DATE_ORDER_DMY : VG_DATE_ORDER_MDY;
        return true;
    }
    /* Both kinds: the order of the great majority; the others become rejects. */
    if (column->n_first_over_12 > 20 * column->n_second_over_12 || column->n_second_over_12 > 20 * column->n_first_over_12) {
        column->order = column->n_first_over_12 > column->n_second_over_12 ? VG_DATE_ORDER_DMY : VG_DATE_ORDER_MDY;
        return true;
    }
    if (column->n_ambiguous == 0 && column->n_first_over_12 + column->n_second_over_12 == 0) {
        column->order = VG_DATE_ORDER_DMY; /* 5/5/2020: the same either way */
        return true;
    }
    return false;
}

static vg_status decide_dates(struct intake_work *work)
{
    enum vg_date_order agreed = VG_DATE_ORDER_AUTO;
    bool disagreed = false;
    for (size_t i = 0; i < work->n_columns; i++) {
        struct date_column *column = &work->dates[i];
        if (!field_is_date(work->fields[i])) {
            continue;
        }
        column->decided = decide_alone(work, column);
        if (column->decided && column->n_first_over_12 + column->n_second_over_12 > 0) {
            disagreed = disagreed || (agreed != VG_DATE_ORDER_AUTO && agreed != column->order);
            agreed = column->order;
        }
    }
    for (size_t i = 0; i < work->n_columns; i++) {
        struct date_column *column = &work->dates[i];
        struct vg_text heading = vg_reader_heading(work->reader, i);
        if (!field_is_date(work->fields[i])) {
            continue;
        }
        if (!column->decided && agreed != VG_DATE_ORDER_AUTO && !disagreed) {
            column->order = agreed;
            column->decided = true;
            intake_note(work, "column %.*s: the order of day and month is taken from the other date columns", (int)heading.size, heading.data);
        }
        if (!column->decided && work->profile->date_order != VG_DATE_ORDER_AUTO) {
            column->order = work->profile->date_order;
            column->decided = true;
        }
        if (!column->decided) {
            return vg_fail(work->error, VG_NEEDS_CHOICE, "%s: column %.*s can be read with the day or the month first (such as %s); say which with --date-order dmy or --date-order mdy",
                           work->name, (int)heading.size, heading.data, column->example);
        }
        if (column->n_two_digit > 0 && work->options->century == 0) {
            return vg_fail(work->error, VG_NEEDS_CHOICE, "%s: column %.*s has years of two digits (such as %s); say which century with --century 1900 or --century 2000", work->name,
                           (int)heading.size, heading.data, column->example);
        }
    }
    return VG_OK;
}

/* ----------------------------------------------------------------- helpers */

bool row_passes_filters(const struct intake_work *work, const struct vg_text *cells)
{
    return profile_keeps(work->profile, work->reader, cells);
}

bool row_place(struct intake_work *work, const struct vg_text *cells, uint64_t line, struct raw_place *raw)
{
    *raw = (struct raw_place){0};
    for (size_t column = 0; column < work->n_columns; column++) {
        struct vg_text *target = NULL;
        switch (work->fields[column].kind) {
        case FIELD_COUNTRY:
            target = &raw->country;
            break;
        case FIELD_ADMIN1_CODE:
            target = &raw->admin1_code;
            break;
        case FIELD_ADMIN1_NAME:
            target = &raw->admin1_name;
            break;
        case FIELD_ADMIN2_CODE:
            target = &raw->admin2_code;
            break;
        case FIELD_ADMIN2_NAME:
            target = &raw->admin2_name;
            break;
        case FIELD_PLACE_CODE:
            target = &raw->place_code;
            break;
        case FIELD_PLACE_NAME:
            target = &raw->place_name;
            break;
        default:
            continue;
        }
        struct vg_text cell = vg_text_trim(cells[column]);
        if (cell.size > 0 && memchr(cell.data, '\0', cell.size) != NULL) {
            /* Codes and names are kept as C strings: the part before the NUL may be another place. */
            work->result->rows_rejected++;
            intake_reject(work, line, column, cell, "a NUL byte within the name or code of a place; the row is left out");
            return false;
        }
        *target = profile_is_missing(work->profile, cell) ? vg_text_of("", 0) : cell;
    }
    return true;
}

/* ------------------------------------------------------------------- entry */

static bool looks_like_json(const char *data, size_t size)
{
    struct vg_text text = vg_text_trim(vg_text_of(data, size < 4096 ? size : 4096));
    return text.size > 0 && text.data[0] == '{';
}

/* 20200618 or 2020-06-18 in a file's name. */
static int32_t date_in_name(const char *name)
{
    const char *start = strrchr(name, '/') == NULL ? name : strrchr(name, '/') + 1;
    for (const char *at = start; *at != '\0'; at++) {
        struct date_parts parts;
        size_t run = strspn(at, "0123456789");
        bool begins = at == start || at[-1] < '0' || at[-1] > '9';
        if (begins && run == 8) {
            date_take_apart(vg_text_of(at, 8), &parts);
        } else if (begins && run == 4 && at[4] == '-' && strlen(at) >= 10) {
            date_take_apart(vg_text_of(at, 10), &parts);
        } else {
            continue;
        }
        if (parts.form == DATE_DONE && parts.date > 10000 && parts.date < 40000) {
            return parts.date;
        }
    }
    return VG_DATE_NONE;
}

void intake_see_published(struct intake_work *work, const struct vg_text *cells)
{
    if (work->published_column == SIZE_MAX || vg_text_equal(cells[work->published_column], work->published_seen)) {
        return;
    }
    struct vg_text cell = cells[work->published_column];
    int32_t date = date_column_read(&work->dates[work->published_column], vg_text_trim(cell), work->options->century);
    if (date != VG_DATE_NONE && date > work->published_in_file) {
        work->published_in_file = date;
    }
    /* The batch's text does not last. */
    work->published_seen = vg_text_of(vg_arena_copy_bytes(work->arena, cell.data, cell.size), cell.size);
}

void intake_see_disease(struct intake_work *work, const struct vg_text *cells)
{
    struct vg_text cell = work->disease_column == SIZE_MAX ? vg_text_of("", 0) : vg_text_trim(cells[work->disease_column]);
    if (cell.size == 0) {
        return;
    }
    if (work->disease_in_file == NULL) {
        work->disease_in_file = vg_arena_copy_bytes(work->arena, cell.data, cell.size);
    } else {
        work->diseases_differ = work->diseases_differ || !vg_text_equals(cell, work->disease_in_file);
    }
}

/* What was said on the command line counts for more than the file, and the file for more than its profile. */
static void decide_disease(struct intake_work *work)
{
    if (work->options->disease == NULL && work->disease_in_file != NULL) {
        work->disease = work->result->plan.disease = work->disease_in_file;
    }
    if (work->diseases_differ) {
        intake_note(work, "the file names more than one disease; all is taken as %s", work->disease);
    }
}

static void decide_published(struct intake_work *work)
{
    struct vg_intake_result *result = work->result;
    int32_t named = date_in_name(work->name);
    if (work->options->published != VG_DATE_NONE) {
        result->published = work->options->published;
        result->published_basis = "--published";
    } else if (work->published_in_file != VG_DATE_NONE) {
        struct vg_text heading = vg_reader_heading(work->reader, work->published_column);
        const char *basis = vg_arena_format(work->arena, "column %.*s", (int)heading.size, heading.data);
        result->published = work->published_in_file;
        result->published_basis = basis == NULL ? "the file" : basis;
    } else if (named != VG_DATE_NONE && (work->newest_date == VG_DATE_NONE || named >= work->newest_date - 3)) {
        result->published = named;
        result->published_basis = "the date in the file's name";
    } else {
        result->published = work->newest_date;
        result->published_basis = "the newest date in the file";
    }
    result->snapshot = work->profile->snapshot;
}

static vg_status read_table(struct intake_work *work)
{
    work->n_columns = vg_reader_column_count(work->reader);
    vg_status status = find_profile(work);
    if (status != VG_OK) {
        return status;
    }
    work->country = work->options->country != NULL ? work->options->country : work->profile->facts.country;
    work->disease = work->options->disease != NULL ? work->options->disease : work->profile->facts.disease;
    work->result->kind = work->profile->facts.kind;
    status = plan_columns(work);
    if (status != VG_OK) {
        return status;
    }
    status = intake_first_pass(work);
    if (status == VG_OK) {
        status = decide_dates(work);
    }
    fill_plan(work);
    if (status != VG_OK) {
        return status;
    }
    work->newest_date = VG_DATE_NONE;
    work->published_in_file = VG_DATE_NONE;
    work->published_column = work->disease_column = SIZE_MAX;
    for (size_t column = 0; column < work->n_columns; column++) {
        work->published_column = work->fields[column].kind == FIELD_PUBLISHED ? column : work->published_column;
        work->disease_column = work->fields[column].kind == FIELD_DISEASE ? column : work->disease_column;
    }
    (void)place_matcher_init(&work->matcher, work->places, work->profile, work->country, work->arena);
    switch (work->result->kind) {
    case VG_INTAKE_CASES:
        status = intake_read_cases(work);
        break;
    case VG_INTAKE_COUNTS:
        status = intake_read_counts(work);
        break;
    case VG_INTAKE_PLACES:
    case VG_INTAKE_SHAPES:
        status = intake_read_places(work);
        break;
    }
    if (status == VG_OK && work->matcher.n_made > 0) {
        intake_note(work, "%zu places were not known and were added (the first is %s); a list of places with codes and populations can be imported", work->matcher.n_made,
                    work->matcher.first_made);
    }
    decide_published(work);
    decide_disease(work);
    struct vg_reader_facts facts;
    vg_reader_get_facts(work->reader, &facts);
    if (facts.bad_utf8_bytes > 0) {
        intake_note(work, "%llu bytes were not valid in the file's encoding", (unsigned long long)facts.bad_utf8_bytes);
    }
    return status;
}

/* Everything but the hash. */
static vg_status read_content(struct intake_work *work, const void *data, size_t size)
{
    struct vg_intake_result *result = work->result;
    if (looks_like_json(data, size)) {
        result->kind = VG_INTAKE_SHAPES;
        result->plan = (struct vg_intake_plan){.profile = "geojson", .profile_title = "GeoJSON shapes", .kind = VG_INTAKE_SHAPES};
        work->country = work->options->country;
        return intake_read_shapes(work->name, data, size, work);
    }
    struct vg_reader_options reader_options = work->options->reader;
    if (reader_options.header_row == 0 && size > 0 && ((const char *)data)[0] == '#') {
        /* Comment lines above the headings. */
        const char *at = data;
        const char *end = at + size;
        reader_options.header_row = 1;
        while (at < end && *at == '#') {
            const char *line_end = memchr(at, '\n', (size_t)(end - at));
            at = line_end == NULL ? end : line_end + 1;
            reader_options.header_row++;
        }
    }
    vg_status status = vg_reader_open_memory(work->name, data, size, &reader_options, &work->reader, work->error);
    if (status == VG_OK) {
        status = read_table(work);
    }
    vg_reader_close(work->reader);
    return status;
}

struct read_and_hash { struct intake_work *work; const void *data; size_t size; vg_status status; };

static void read_or_hash(void *context, size_t item, unsigned worker)
{
    struct read_and_hash *both = context;
    (void)worker;
    if (item == 0) {
        both->status = read_content(both->work, both->data, both->size);
    } else {
        vg_content_hash(both->data, both->size, both->work->result->file_hash);
    }
}

vg_status vg_intake_read_memory(const char *name, const void *data, size_t size, const struct vg_intake_options *options, struct vg_place_list *places, struct vg_arena *arena,
                                struct vg_intake_result *result, struct vg_error *error)
{
    enum { WORTH_A_THREAD_BYTES = 16 << 20 };
    struct vg_error own;
    struct intake_work work = {.options = options, .places = places, .arena = arena, .result = result, .error = error == NULL ? &own : error, .name = name, .newest_date = VG_DATE_NONE};
    struct read_and_hash both = {.work = &work, .data = data, .size = size};
    *result = (struct vg_intake_result){.file_bytes = size, .published = VG_DATE_NONE};
    struct vg_pool *pool = size < WORTH_A_THREAD_BYTES ? NULL : vg_pool_new(2);
    vg_parallel_for(pool, 2, read_or_hash, &both);
    vg_pool_free(pool);
    return both.status;
}

vg_status vg_intake_read(const char *path, const struct vg_intake_options *options, struct vg_place_list *places, struct vg_arena *arena, struct vg_intake_result *result,
                         struct vg_error *error)
{
    struct vg_file_map map;
    *result = (struct vg_intake_result){.published = VG_DATE_NONE};
    vg_status status = vg_file_map_open(path, &map, error);
    if (status != VG_OK) {
        return status;
    }
    const char *name = strcmp(path, "-") == 0 ? "standard input" : path;
    status = vg_intake_read_memory(name, map.data == NULL ? "" : map.data, map.size, options, places, arena, result, error);
    vg_file_map_close(&map);
    return status;
}

void vg_intake_rejects_table(const char *file_name, const struct vg_intake_result *result, struct vg_table *table)
{
    vg_table_add_column(table, "file", VG_COLUMN_TEXT);
    vg_table_add_column(table, "line", VG_COLUMN_INTEGER);
    vg_table_add_column(table, "column", VG_COLUMN_TEXT);
    vg_table_add_column(table, "value", VG_COLUMN_TEXT);
    vg_table_add_column(table, "reason", VG_COLUMN_TEXT);
    for (size_t i = 0; i < result->n_rejects; i++) {
        vg_table_text(table, file_name);
        vg_table_integer(table, (int64_t)result->rejects[i].line);
        vg_table_text(table, result->rejects[i].column);
        vg_table_text(table, result->rejects[i].value);
        vg_table_text(table, result->rejects[i].reason);
    }
}

void vg_intake_plan_table(const struct vg_intake_plan *plan, struct vg_table *table)
{
    static const char *const orders[] = {NULL, "ymd", "dmy", "mdy"};
    vg_table_add_column(table, "heading", VG_COLUMN_TEXT);
    vg_table_add_column(table, "field", VG_COLUMN_TEXT);
    vg_table_add_column(table, "guessed", VG_COLUMN_BOOLEAN);
    vg_table_add_column(table, "date_order", VG_COLUMN_TEXT);
    vg_table_add_column(table, "evidence", VG_COLUMN_TEXT);
    for (size_t i = 0; i < plan->n_columns; i++) {
        vg_table_text(table, plan->columns[i].heading);
        vg_table_text(table, plan->columns[i].field);
        vg_table_boolean(table, plan->columns[i].guessed);
        vg_table_text(table, orders[plan->columns[i].date_order]);
        vg_table_text(table, plan->columns[i].evidence);
    }
}
