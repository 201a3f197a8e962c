/*
 * Readers of the job of measures' effects: R estimated elsewhere, and dated measures in three forms (wide, long, from and to). What cannot be read is named by
 * file, line and column.
 */
#include "jobs/measures_effect/internal.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

struct reading {
    struct measures_work *work;
    const char *path;
    struct vg_reader *reader;
};

static vg_status bad_cell(const struct reading *reading, uint64_t line, size_t column, struct vg_text cell, const char *expected)
{
    return vg_reader_bad_cell(reading->reader, line, column, cell, expected, reading->work->error);
}

static bool is_blank(struct vg_text cell)
{
    return cell.size == 0 || vg_text_equals(cell, "NA") || vg_text_equals(cell, "N/A") || vg_text_equals(cell, "NaN");
}

/* 2020-01-31 or 20200131. */
static bool parse_date(struct vg_text cell, int32_t *date)
{
    int64_t number = 0;
    if (vg_date_parse_iso(cell, date)) {
        return true;
    }
    if (cell.size != 8 || !vg_parse_integer(cell, &number) || number < 0) {
        return false;
    }
    *date = vg_date_from_civil((int)(number / 10000), (int)(number / 100 % 100), (int)(number % 100));
    return *date != VG_DATE_NONE;
}

static vg_status each_row(struct reading *reading, void *context, vg_status (*take)(struct reading *, void *, const struct vg_text *, uint64_t))
{
    struct vg_row_batch batch;
    vg_status status = VG_OK;
    while (status == VG_OK) {
        status = vg_reader_next(reading->reader, &batch, reading->work->error);
        if (status != VG_OK || batch.n_rows == 0) {
            break;
        }
        for (size_t row = 0; status == VG_OK && row < batch.n_rows; row++) {
            status = take(reading, context, batch.cells + row * batch.n_columns, batch.lines[row]);
        }
    }
    return status == VG_OK && reading->work->arena->failed ? vg_fail_memory(reading->work->error, 0) : status;
}

/* ---------------------------------------------------------------------- R */

/* The number of that place, made where it is new. SIZE_MAX: out of memory. */
static size_t place_of(struct measures_work *work, struct vg_text name)
{
    uint32_t index = vg_dictionary_add(&work->index, name);
    if (index == VG_DICTIONARY_NONE || index >= MEASURES_PLACES_MOST) {
        return SIZE_MAX;
    }
    if (index == work->n_places) {
        work->place[work->n_places++] = (struct measures_place){.name = vg_arena_copy_bytes(work->arena, name.data, name.size), .state = PLACE_WITHOUT_R};
    }
    return index;
}

static bool grow(struct vg_arena *arena, struct measures_place *place)
{
    size_t capacity = place->n == 0 ? 64 : place->n * 2;
    if (place->n != 0 && (place->n < 64 || (place->n & (place->n - 1)) != 0)) {
        return true;
    }
    int32_t *end = VG_ARENA_ARRAY(arena, int32_t, capacity);
    double *log_r = VG_ARENA_ARRAY(arena, double, capacity);
    double *error = VG_ARENA_ARRAY(arena, double, capacity);
    if (end == NULL || log_r == NULL || error == NULL) {
        return false;
    }
    if (place->n > 0) {
        memcpy(end, place->end, place->n * sizeof *end);
        memcpy(log_r, place->log_r, place->n * sizeof *log_r);
        memcpy(error, place->error, place->n * sizeof *error);
    }
    place->end = end;
    place->log_r = log_r;
    place->error = error;
    return true;
}

/* A gamma posterior has about the logarithm's mean log(m) - v / 2 and variance v = log(1 + sd^2 / m^2), which is one over the cases that it rests on. */
vg_status measures_take_r(struct measures_work *work, struct vg_text name, int32_t date, double mean, double sd)
{
    size_t index = place_of(work, name);
    if (index == SIZE_MAX) {
        return vg_fail(work->error, VG_LIMIT_EXCEEDED, "at most %d places are taken", MEASURES_PLACES_MOST);
    }
    struct measures_place *place = &work->place[index];
    const struct vg_request *request = work->request;
    if ((request->from != VG_DATE_NONE && date < request->from) || (request->to != VG_DATE_NONE && date > request->to)) {
        return VG_OK;
    }
    /* Weeks end on Saturdays; other widths are counted from the same day (2 January 1970 + 1). */
    if (((int64_t)date - 2) % work->window_days != 0 || !(mean > 0) || !(sd >= 0) || isinf(mean) || isinf(sd)) {
        return VG_OK;
    }
    if (place->n > 0 && date <= place->end[place->n - 1]) {
        char text[VG_DATE_TEXT_BYTES];
        (void)vg_date_print(date, text);
        return vg_fail(work->error, VG_DATA_ERROR, "R of %s on %s stands after a later day or twice; one series a place is taken, in time order", place->name, text);
    }
    double relative = sd / mean;
    if (relative * relative * work->measures->least_cases > 1) {
        work->n_windows_few++;
        return VG_OK;
    }
    if (!grow(work->arena, place)) {
        return vg_fail_memory(work->error, 0);
    }
    double variance = log1p(relative * relative);
    place->state = PLACE_USED;
    place->end[place->n] = date;
    place->log_r[place->n] = log(mean) - variance / 2;
    place->error[place->n] = sqrt(variance);
    place->n++;
    return VG_OK;
}

struct r_columns { size_t place, date, mean, sd; };

static vg_status take_r_row(struct reading *reading, void *context, const struct vg_text *cells, uint64_t line)
{
    const struct r_columns *columns = context;
    struct vg_text date_cell = vg_reader_cell(cells, columns->date);
    struct vg_text mean_cell = vg_reader_cell(cells, columns->mean);
    struct vg_text sd_cell = vg_reader_cell(cells, columns->sd);
    int32_t date = VG_DATE_NONE;
    double mean = NAN;
    double sd = NAN;
    if (is_blank(mean_cell) || is_blank(sd_cell)) {
        size_t index = place_of(reading->work, vg_reader_cell(cells, columns->place));
        return index == SIZE_MAX ? vg_fail(reading->work->error, VG_LIMIT_EXCEEDED, "at most %d places are taken", MEASURES_PLACES_MOST) : VG_OK;
    }
    if (!parse_date(date_cell, &date)) {
        return bad_cell(reading, line, columns->date, date_cell, "a date like 2020-01-31");
    }
    if (!vg_parse_double(mean_cell, '.', &mean) || !(mean > 0) || isinf(mean)) {
        return bad_cell(reading, line, columns->mean, mean_cell, "a reproduction number above 0");
    }
    if (!vg_parse_double(sd_cell, '.', &sd) || !(sd >= 0) || isinf(sd)) {
        return bad_cell(reading, line, columns->sd, sd_cell, "a standard deviation of 0 or more");
    }
    vg_status status = measures_take_r(reading->work, vg_reader_cell(cells, columns->place), date, mean, sd);
    return status == VG_DATA_ERROR ? vg_fail_context(reading->work->error, "%s, line %llu: ", reading->path, (unsigned long long)line) : status;
}

static struct r_columns find_r_columns(const struct vg_reader *reader)
{
    return (struct r_columns){vg_reader_find_column(reader, "place|location|country|region"), vg_reader_find_column(reader, "date|target_end_date"), vg_reader_find_column(reader, "mean"),
                              vg_reader_find_column(reader, "sd")};
}

vg_status measures_is_r(const char *path, bool *is_r, struct vg_error *error)
{
    struct vg_reader *reader = NULL;
    *is_r = false;
    if (strcmp(path, "-") == 0) {
        return VG_OK;
    }
    vg_status status = vg_reader_open(path, NULL, &reader, error);
    if (status == VG_OK) {
        struct r_columns columns = find_r_columns(reader);
        *is_r = columns.place != VG_READER_NO_COLUMN && columns.date != VG_READER_NO_COLUMN && columns.mean != VG_READER_NO_COLUMN && columns.sd != VG_READER_NO_COLUMN;
        vg_reader_close(reader);
    }
    return status;
}

vg_status measures_read_r(struct measures_work *work, const char *path)
{
    struct reading reading = {.work = work, .path = path};
    vg_status status = vg_reader_open(path, NULL, &reading.reader, work->error);
    if (status != VG_OK) {
        return status;
    }
    struct r_columns columns = find_r_columns(reading.reader);
    status = each_row(&reading, &columns, take_r_row);
    vg_reader_close(reading.reader);
    return status;
}

/* ------------------------------------------------------------------ measures */

/* One measure that is wanted: its name, the file's column in the wide form, and the threshold of ">=", NaN for none. */
struct wanted { struct vg_text name; size_t column; double threshold; };

struct measures_columns {
    size_t place, region, date, measure, value, from, to;
    struct wanted wanted[VG_MEASURES_MOST];
    size_t n_wanted;
    bool any_measure;             /* long and dated form: measures are those that come */
    struct vg_dictionary names;   /* of measures, folded */
    struct vg_dictionary sayings; /* what the file says of a place -> its number + 1, or 0 */
    uint32_t *said;
    size_t said_capacity;
};

/* A place of the measures' file among those with R: as written, by code, by name; SIZE_MAX: R is not known of it. */
static size_t match(const struct measures_work *work, struct vg_text text)
{
    char code[64];
    uint32_t found = vg_dictionary_find(&work->index, text);
    if (found != VG_DICTIONARY_NONE || work->places == NULL) {
        return found == VG_DICTIONARY_NONE ? SIZE_MAX : found;
    }
    size_t length = text.size < sizeof code ? text.size : 0;
    for (size_t i = 0; i < length; i++) {
        code[i] = text.data[i] == '_' ? '-' : text.data[i]; /* OxCGRT writes BR_SP */
    }
    uint32_t place = vg_place_list_find_code(work->places, vg_text_of(code, length));
    place = place == VG_PLACE_NONE ? vg_place_list_find_name(work->places, VG_PLACE_NONE, text) : place;
    if (place != VG_PLACE_NONE) {
        found = vg_dictionary_find(&work->index, vg_text_from(work->places->places[place].code));
    }
    for (size_t i = 0; found == VG_DICTIONARY_NONE && i < work->n_places; i++) {
        uint32_t own = vg_place_list_find_code(work->places, vg_text_from(work->place[i].name));
        own = own == VG_PLACE_NONE ? vg_place_list_find_name(work->places, VG_PLACE_NONE, vg_text_from(work->place[i].name)) : own;
        bool same = own != VG_PLACE_NONE && (own == place || vg_text_fold_equal(vg_text_from(work->places->places[own].name), text));
        if (same || vg_text_fold_equal(vg_text_from(work->place[i].name), text)) {
            return i;
        }
    }
    return found == VG_DICTIONARY_NONE ? SIZE_MAX : found;
}

/* The same, each saying looked up once. */
static vg_status place_in_row(struct reading *reading, struct measures_columns *columns, const struct vg_text *cells, uint64_t line, size_t *place)
{
    struct measures_work *work = reading->work;
    struct vg_text region = vg_reader_cell(cells, columns->region);
    size_t column = is_blank(region) ? columns->place : columns->region;
    struct vg_text text = vg_reader_cell(cells, column);
    if (text.size == 0) {
        return bad_cell(reading, line, column, text, "a place");
    }
    size_t before = columns->sayings.count;
    uint32_t saying = vg_dictionary_add(&columns->sayings, text);
    if (saying == VG_DICTIONARY_NONE || saying >= columns->said_capacity) {
        return vg_fail(work->error, VG_LIMIT_EXCEEDED, "%s, line %llu: at most %zu places are taken", reading->path, (unsigned long long)line, columns->said_capacity);
    }
    if (columns->sayings.count > before) {
        size_t found = match(work, text);
        columns->said[saying] = found == SIZE_MAX ? 0 : (uint32_t)found + 1;
    }
    *place = columns->said[saying] == 0 ? SIZE_MAX : columns->said[saying] - 1;
    if (*place == SIZE_MAX) {
        work->n_unmatched++;
        work->unmatched_example = work->unmatched_example == NULL ? vg_arena_copy_bytes(work->arena, text.data, text.size) : work->unmatched_example;
    }
    return VG_OK;
}

/* The days of one measure in one place, made where they are asked for first. */
static vg_status strengths_of(struct measures_work *work, size_t place, size_t measure, bool none_unless_said, double **strength)
{
    struct measures_place *own = &work->place[place];
    if (own->strength == NULL) {
        own->strength = VG_ARENA_ARRAY(work->arena, double *, VG_MEASURES_MOST);
        own->none_unless_said = none_unless_said;
    }
    if (own->strength != NULL && measure != SIZE_MAX && own->strength[measure] == NULL) {
        own->strength[measure] = VG_ARENA_ARRAY(work->arena, double, work->n_days);
        for (size_t i = 0; !none_unless_said && own->strength[measure] != NULL && i < work->n_days; i++) {
            own->strength[measure][i] = NAN;
        }
    }
    if (work->arena->failed) {
        return vg_fail_memory(work->error, work->n_days * sizeof(double));
    }
    *strength = measure == SIZE_MAX ? NULL : own->strength[measure];
    return VG_OK;
}

static vg_status take_strength(struct reading *reading, const struct wanted *wanted, size_t column, struct vg_text cell, uint64_t line, double *value)
{
    if (!vg_parse_double(cell, '.', value) || !(*value >= 0) || !(*value <= 1e9)) {
        return bad_cell(reading, line, column, cell, "the strength of a measure, 0 or more,");
    }
    if (wanted != NULL && !isnan(wanted->threshold)) {
        *value = *value >= wanted->threshold ? 1 : 0;
    }
    return VG_OK;
}

static vg_status set_day(struct reading *reading, size_t measure, size_t place, int32_t date, double value, uint64_t line)
{
    struct measures_work *work = reading->work;
    double *strength = NULL;
    vg_status status = strengths_of(work, place, measure, false, &strength);
    int64_t day = (int64_t)date - work->first_day;
    if (status != VG_OK || day < 0 || day >= (int64_t)work->n_days) {
        return status;
    }
    double *cell = &strength[day];
    if (!isnan(*cell) && *cell != value) {
        char text[VG_DATE_TEXT_BYTES];
        (void)vg_date_print(date, text);
        return vg_fail(work->error, VG_DATA_ERROR, "%s, line %llu: %s of %s on %s is %g here and %g before", reading->path, (unsigned long long)line, work->measure[measure],
                       work->place[place].name, text, value, *cell);
    }
    *cell = value;
    return VG_OK;
}

static vg_status take_wide(struct reading *reading, void *context, const struct vg_text *cells, uint64_t line)
{
    struct measures_columns *columns = context;
    struct vg_text date_cell = vg_reader_cell(cells, columns->date);
    size_t place = SIZE_MAX;
    int32_t date = VG_DATE_NONE;
    vg_status status = place_in_row(reading, columns, cells, line, &place);
    if (status == VG_OK && !parse_date(date_cell, &date)) {
        status = bad_cell(reading, line, columns->date, date_cell, "a date like 2020-01-31");
    }
    for (size_t m = 0; status == VG_OK && place != SIZE_MAX && m < columns->n_wanted; m++) {
        const struct wanted *wanted = &columns->wanted[m];
        struct vg_text cell = vg_reader_cell(cells, wanted->column);
        double value = NAN;
        if (is_blank(cell)) {
            continue;
        }
        status = take_strength(reading, wanted, wanted->column, cell, line, &value);
        if (status == VG_OK) {
            status = set_day(reading, m, place, date, value, line);
        }
    }
    return status;
}

/* The number of the measure that the row names; SIZE_MAX: it is not wanted. */
static vg_status measure_in_row(struct reading *reading, struct measures_columns *columns, const struct vg_text *cells, uint64_t line, size_t *measure)
{
    struct measures_work *work = reading->work;
    struct vg_text name = vg_reader_cell(cells, columns->measure);
    char folded[256];
    size_t length = vg_text_fold(name, folded, sizeof folded);
    if (length == 0) {
        return bad_cell(reading, line, columns->measure, name, "the name of a measure");
    }
    uint32_t found = vg_dictionary_find(&columns->names, vg_text_of(folded, length));
    if (found == VG_DICTIONARY_NONE && columns->any_measure) {
        if (columns->n_wanted == VG_MEASURES_MOST) {
            return vg_fail(work->error, VG_LIMIT_EXCEEDED, "%s, line %llu: more than %d measures; choose some with --columns", reading->path, (unsigned long long)line,
                           VG_MEASURES_MOST);
        }
        found = vg_dictionary_add(&columns->names, vg_text_of(folded, length));
        columns->wanted[columns->n_wanted] = (struct wanted){.threshold = NAN};
        work->measure[columns->n_wanted++] = vg_arena_copy_bytes(work->arena, name.data, name.size);
    }
    *measure = found == VG_DICTIONARY_NONE ? SIZE_MAX : found;
    return VG_OK;
}

static vg_status take_long(struct reading *reading, void *context, const struct vg_text *cells, uint64_t line)
{
    struct measures_columns *columns = context;
    struct vg_text date_cell = vg_reader_cell(cells, columns->date);
    struct vg_text cell = vg_reader_cell(cells, columns->value);
    size_t place = SIZE_MAX;
    size_t measure = SIZE_MAX;
    int32_t date = VG_DATE_NONE;
    double value = NAN;
    vg_status status = place_in_row(reading, columns, cells, line, &place);
    if (status == VG_OK) {
        status = measure_in_row(reading, columns, cells, line, &measure);
    }
    if (status == VG_OK && !parse_date(date_cell, &date)) {
        status = bad_cell(reading, line, columns->date, date_cell, "a date like 2020-01-31");
    }
    if (status != VG_OK || place == SIZE_MAX || measure == SIZE_MAX || is_blank(cell)) {
        return status;
    }
    status = take_strength(reading, &columns->wanted[measure], columns->value, cell, line, &value);
    return status == VG_OK ? set_day(reading, measure, place, date, value, line) : status;
}

/* From, until and how strongly; of measures that overlap the stronger one counts. */
static vg_status take_dated(struct reading *reading, void *context, const struct vg_text *cells, uint64_t line)
{
    struct measures_columns *columns = context;
    struct measures_work *work = reading->work;
    struct vg_text from_cell = vg_reader_cell(cells, columns->from);
    struct vg_text to_cell = vg_reader_cell(cells, columns->to);
    struct vg_text cell = vg_reader_cell(cells, columns->value);
    size_t place = SIZE_MAX;
    size_t measure = SIZE_MAX;
    int32_t from = VG_DATE_NONE;
    int32_t to = INT32_MAX;
    double value = 1;
    double *strength = NULL;
    vg_status status = place_in_row(reading, columns, cells, line, &place);
    if (status == VG_OK) {
        status = measure_in_row(reading, columns, cells, line, &measure);
    }
    if (status == VG_OK && !parse_date(from_cell, &from)) {
        status = bad_cell(reading, line, columns->from, from_cell, "a date like 2020-01-31");
    }
    if (status == VG_OK && !is_blank(to_cell) && (!parse_date(to_cell, &to) || to < from)) {
        status = bad_cell(reading, line, columns->to, to_cell, "a date that is not before the first day, or nothing");
    }
    if (status == VG_OK && !is_blank(cell)) {
        status = take_strength(reading, measure == SIZE_MAX ? NULL : &columns->wanted[measure], columns->value, cell, line, &value);
    }
    if (status != VG_OK || place == SIZE_MAX) {
        return status;
    }
    status = strengths_of(work, place, measure, true, &strength);
    for (size_t day = 0; status == VG_OK && measure != SIZE_MAX && day < work->n_days; day++) {
        int64_t date = (int64_t)work->first_day + (int64_t)day;
        double *at = &strength[day];
        *at = date >= from && date <= to ? fmax(*at, value) : *at;
    }
    return status;
}

/* "C1_School closing", "H6M_Facial Coverings": an indicator of OxCGRT for what people may do; not its flags and notes. */
static bool is_indicator(struct vg_text heading)
{
    char folded[256];
    size_t length = vg_text_fold(heading, folded, sizeof folded);
    size_t digits = 0;
    while (1 + digits < heading.size && isdigit((unsigned char)heading.data[1 + digits])) {
        digits++;
    }
    bool marked = heading.size > 3 && digits > 0 && (heading.data[0] == 'C' || heading.data[0] == 'H') && memchr(heading.data, '_', heading.size) != NULL;
    bool aside = (length >= 4 && memcmp(folded + length - 4, "flag", 4) == 0) || (length >= 5 && memcmp(folded + length - 5, "notes", 5) == 0);
    return marked && !aside;
}

static bool is_description(struct vg_text heading)
{
    static const char *const names[] = {"country", "country_name", "countryname", "region_name", "regionname", "jurisdiction", "name", "population", "note", "notes",
                                        "source", "confirmedcases", "confirmeddeaths", "cases", "deaths", "citycode", "cityname"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (vg_text_fold_equal(heading, vg_text_from(names[i]))) {
            return true;
        }
    }
    return false;
}

static vg_status want(struct reading *reading, struct measures_columns *columns, struct vg_text name, size_t column, double threshold)
{
    struct measures_work *work = reading->work;
    char folded[256];
    if (columns->n_wanted == VG_MEASURES_MOST) {
        return vg_fail(work->error, VG_LIMIT_EXCEEDED, "%s: more than %d measures; choose some with --columns", reading->path, VG_MEASURES_MOST);
    }
    size_t length = vg_text_fold(name, folded, sizeof folded);
    columns->wanted[columns->n_wanted] = (struct wanted){name, column, threshold};
    work->measure[columns->n_wanted++] = isnan(threshold) ? vg_arena_copy_bytes(work->arena, name.data, name.size)
                                                          : vg_arena_format(work->arena, "%.*s>=%g", (int)name.size, name.data, threshold);
    (void)vg_dictionary_add(&columns->names, vg_text_of(folded, length));
    return work->arena->failed ? vg_fail_memory(work->error, 0) : VG_OK;
}

/* Names of --columns, each perhaps with a threshold. */
static vg_status choose_named(struct reading *reading, struct measures_columns *columns, const char *names, bool wide)
{
    for (const char *at = names; *at != '\0';) {
        size_t length = strcspn(at, ",");
        struct vg_text text = vg_text_trim(vg_text_of(at, length));
        const char *mark = text.size < 2 ? NULL : memmem(text.data, text.size, ">=", 2);
        struct vg_text name = mark == NULL ? text : vg_text_trim(vg_text_of(text.data, (size_t)(mark - text.data)));
        double threshold = NAN;
        size_t column = VG_READER_NO_COLUMN;
        if (mark != NULL && !vg_parse_double(vg_text_of(mark + 2, (size_t)(text.data + text.size - mark) - 2), '.', &threshold)) {
            return vg_fail(reading->work->error, VG_USAGE_ERROR, "--columns: \"%.*s\" does not end in a number behind >=", (int)text.size, text.data);
        }
        for (size_t i = 0; wide && i < vg_reader_column_count(reading->reader); i++) {
            column = vg_text_fold_equal(vg_reader_heading(reading->reader, i), name) ? i : column;
        }
        if (wide && column == VG_READER_NO_COLUMN) {
            return vg_fail(reading->work->error, VG_USAGE_ERROR, "--columns: %s has no column \"%.*s\"", reading->path, (int)name.size, name.data);
        }
        vg_status status = want(reading, columns, name, column, threshold);
        if (status != VG_OK) {
            return status;
        }
        at += length + (at[length] == ',' ? 1 : 0);
    }
    return VG_OK;
}

/* OxCGRT's indicators where there are any, else every column that is neither place, date nor description. */
static vg_status choose_all(struct reading *reading, struct measures_columns *columns)
{
    size_t n = vg_reader_column_count(reading->reader);
    bool indicators = false;
    vg_status status = VG_OK;
    for (size_t column = 0; column < n; column++) {
        indicators = indicators || is_indicator(vg_reader_heading(reading->reader, column));
    }
    for (size_t column = 0; status == VG_OK && column < n; column++) {
        struct vg_text heading = vg_reader_heading(reading->reader, column);
        bool other = column != columns->place && column != columns->region && column != columns->date && !is_description(heading);
        if (indicators ? is_indicator(heading) : other) {
            status = want(reading, columns, heading, column, NAN);
        }
    }
    return status == VG_OK && columns->n_wanted == 0 ? vg_fail(reading->work->error, VG_DATA_ERROR, "%s has no column with a measure", reading->path) : status;
}

static vg_status read_form(struct reading *reading, struct measures_columns *columns)
{
    struct measures_work *work = reading->work;
    const char *names = work->measures->columns;
    columns->place = vg_reader_find_column(reading->reader, "place|country_code|countrycode|iso3|iso2|code|location|country|countryname|region");
    columns->region = vg_reader_find_column(reading->reader, "region_code|regioncode");
    columns->date = vg_reader_find_column(reading->reader, "date|day");
    columns->measure = vg_reader_find_column(reading->reader, "measure|type|intervention|indicator|policytype");
    columns->value = vg_reader_find_column(reading->reader, "strength|value|level|policyvalue");
    columns->from = vg_reader_find_column(reading->reader, "from|start|start_date|date_effective|since");
    columns->to = vg_reader_find_column(reading->reader, "to|end|end_date|until");
    bool dated = columns->measure != VG_READER_NO_COLUMN && columns->from != VG_READER_NO_COLUMN;
    bool by_row = columns->measure != VG_READER_NO_COLUMN && columns->date != VG_READER_NO_COLUMN && columns->value != VG_READER_NO_COLUMN;
    columns->region = columns->region == columns->place ? VG_READER_NO_COLUMN : columns->region;
    if (columns->place == VG_READER_NO_COLUMN || (!dated && columns->date == VG_READER_NO_COLUMN)) {
        return vg_fail(work->error, VG_DATA_ERROR, "%s: measures need columns place and date with one column a measure, or place, date, measure and value, or place, measure, from and to",
                       reading->path);
    }
    columns->any_measure = names == NULL && (dated || by_row);
    vg_status status = names != NULL ? choose_named(reading, columns, names, !dated && !by_row) : columns->any_measure ? VG_OK : choose_all(reading, columns);
    if (status == VG_OK) {
        status = each_row(reading, columns, dated ? take_dated : by_row ? take_long : take_wide);
    }
    work->n_measures = columns->n_wanted;
    return status;
}

/* Blanks between known days are as the day before; every measure is brought to 1 at its strongest anywhere. */
static vg_status complete(struct measures_work *work)
{
    size_t n_known = 0;
    for (size_t m = 0; m < work->n_measures; m++) {
        work->full[m] = 0;
        for (size_t place = 0; place < work->n_places; place++) {
            double *days = work->place[place].strength == NULL ? NULL : work->place[place].strength[m];
            size_t last = 0;
            for (size_t day = 0; days != NULL && day < work->n_days; day++) {
                last = isnan(days[day]) ? last : day + 1;
            }
            for (size_t day = 1; days != NULL && day < last; day++) {
                days[day] = isnan(days[day]) ? days[day - 1] : days[day];
            }
            for (size_t day = 0; days != NULL && day < last; day++) {
                work->full[m] = fmax(work->full[m], days[day]);
            }
        }
        for (size_t place = 0; work->full[m] > 0 && place < work->n_places; place++) {
            double *days = work->place[place].strength == NULL ? NULL : work->place[place].strength[m];
            for (size_t day = 0; days != NULL && day < work->n_days; day++) {
                days[day] /= work->full[m];
            }
        }
    }
    for (size_t place = 0; place < work->n_places; place++) {
        struct measures_place *own = &work->place[place];
        own->state = own->state == PLACE_USED && own->strength == NULL ? PLACE_WITHOUT_MEASURES : own->state;
        n_known += own->strength != NULL;
    }
    return n_known == 0 ? vg_fail(work->error, VG_DATA_ERROR, "%s names none of the places with R%s%s%s", work->measures->measures_path, work->unmatched_example == NULL ? "" : ": \"",
                                  work->unmatched_example == NULL ? "" : work->unmatched_example, work->unmatched_example == NULL ? "" : "\" is not among them")
                        : VG_OK;
}

vg_status measures_read(struct measures_work *work)
{
    struct reading reading = {.work = work, .path = work->measures->measures_path};
    int32_t first = INT32_MAX;
    int32_t last = INT32_MIN;
    for (size_t place = 0; place < work->n_places; place++) {
        const struct measures_place *own = &work->place[place];
        first = own->n > 0 && own->end[0] < first ? own->end[0] : first;
        last = own->n > 0 && own->end[own->n - 1] > last ? own->end[own->n - 1] : last;
    }
    if (last < first) {
        return vg_fail(work->error, VG_DATA_ERROR, "R is not known in any place: no window of %d days has %g cases", (int)work->window_days, work->measures->least_cases);
    }
    work->first_day = first - MEASURES_DAYS_BEFORE;
    work->n_days = (size_t)((int64_t)last - work->first_day + 1 + MEASURES_DAYS_AFTER);
    struct measures_columns *columns = VG_ARENA_ARRAY(work->arena, struct measures_columns, 1);
    work->measure = VG_ARENA_ARRAY(work->arena, const char *, VG_MEASURES_MOST);
    work->full = VG_ARENA_ARRAY(work->arena, double, VG_MEASURES_MOST);
    if (columns == NULL || work->measure == NULL || work->full == NULL) {
        return vg_fail_memory(work->error, sizeof *columns);
    }
    columns->said_capacity = 4 * MEASURES_PLACES_MOST;
    columns->said = VG_ARENA_ARRAY(work->arena, uint32_t, columns->said_capacity);
    vg_dictionary_init(&columns->names, work->arena);
    vg_dictionary_init(&columns->sayings, work->arena);
    if (columns->said == NULL) {
        return vg_fail_memory(work->error, columns->said_capacity * sizeof(uint32_t));
    }
    vg_status status = vg_reader_open(reading.path, NULL, &reading.reader, work->error);
    if (status != VG_OK) {
        return status;
    }
    status = read_form(&reading, columns);
    vg_reader_close(reading.reader);
    return status == VG_OK ? complete(work) : status;
}
