/*
 * Files of hospitals, of admissions to come, of quantities and of stock as arrays.
 */
#include "jobs/demand/internal.h"

#include <math.h>
#include <string.h>

#define DAYS_MOST 4000
#define PLACES_MOST 20000
#define NUMBER_MOST 1e9

const char *const demand_resource_names[DEMAND_RESOURCES] = {"ward", "icu", "ventilator", "hospital"};

enum {
    PLACE,
    DATE,
    ADMISSIONS,
    CASES,
    CENSUS,
    OWN_ADMISSIONS = CENSUS + DEMAND_RESOURCES,
    BEDS = OWN_ADMISSIONS + DEMAND_RESOURCES,
    FIELDS = BEDS + DEMAND_RESOURCES
};
static const char *const field_names[FIELDS] = {"place",
                                                "date",
                                                "admissions",
                                                "cases",
                                                "ward",
                                                "icu",
                                                "ventilator",
                                                "hospital",
                                                "ward_admissions",
                                                "icu_admissions",
                                                "ventilator_admissions",
                                                "hospital_admissions",
                                                "ward_beds",
                                                "icu_beds",
                                                "ventilator_beds",
                                                "hospital_beds"};
static const char *const field_headings[FIELDS] = {"place|location|region|name",
                                                   "date|day|target_end_date",
                                                   "admissions|new_admissions|admitted",
                                                   "cases|new_cases",
                                                   "ward|ward_patients|ward_census|ward_beds_occupied",
                                                   "icu|icu_patients|icu_census|icu_beds_occupied",
                                                   "ventilator|ventilated|ventilator_patients|ventilators_occupied",
                                                   "hospital|hospital_patients|hospitalised|hospitalized|census",
                                                   "ward_admissions",
                                                   "icu_admissions",
                                                   "ventilator_admissions",
                                                   "hospital_admissions",
                                                   "ward_beds|ward_capacity",
                                                   "icu_beds|icu_capacity",
                                                   "ventilator_beds|ventilators|ventilator_capacity",
                                                   "hospital_beds|beds|hospital_capacity"};

struct row {
    uint32_t place;
    int32_t date;
    double values[FIELDS];
    uint64_t line;
};

struct file {
    const char *path;
    struct vg_reader *reader;
    struct vg_arena *arena;
    struct demand_input *input;
    struct vg_error *error;
    size_t columns[FIELDS];
    char *array;
    size_t n, capacity;
    struct vg_dictionary names; /* of the file's own: paths, items */
};
typedef vg_status take_row(struct file *file, const struct vg_text *cells, uint64_t line);

static void *add_row(struct file *file, size_t size)
{
    char *array = vg_arena_room(file->arena, file->array, file->n, &file->capacity, size);
    file->array = array == NULL ? file->array : array;
    return array == NULL ? NULL : array + size * file->n++;
}

static vg_status bad_cell(struct file *file, size_t column, const struct vg_text *cells, uint64_t line, const char *expected)
{
    return vg_reader_bad_cell(file->reader, line, file->columns[column], vg_reader_cell(cells, file->columns[column]), expected,
                              file->error);
}

/* An empty cell, or NA, is NaN. */
static vg_status number_cell(struct file *file, size_t column, const struct vg_text *cells, uint64_t line, double *number)
{
    const struct vg_text cell = vg_reader_cell(cells, file->columns[column]);
    *number = NAN;
    if (file->columns[column] == VG_READER_NO_COLUMN || cell.size == 0 || vg_text_equals(cell, "NA")) {
        return VG_OK;
    }
    return vg_parse_double(cell, '.', number) && *number >= 0 && *number <= NUMBER_MOST
               ? VG_OK
               : bad_cell(file, column, cells, line, "a number of at least 0 (and at most 1e9), or nothing,");
}

static vg_status date_cell(struct file *file, size_t column, const struct vg_text *cells, uint64_t line, int32_t *date)
{
    const struct vg_text cell = vg_reader_cell(cells, file->columns[column]);
    return cell.size >= 10 && vg_date_parse_iso(vg_text_of(cell.data, 10), date)
               ? VG_OK
               : bad_cell(file, column, cells, line, "a date as 2021-03-01");
}

static vg_status each_row(struct file *file, take_row *take)
{
    struct vg_row_batch batch = {.n_rows = 1};
    vg_status status = VG_OK;
    while (status == VG_OK && batch.n_rows > 0) {
        status = vg_reader_next(file->reader, &batch, file->error);
        for (size_t row = 0; status == VG_OK && row < batch.n_rows; row++) {
            status = take(file, batch.cells + row * batch.n_columns, batch.lines[row]);
        }
    }
    return status;
}

static vg_status read_file(struct file *file, const char *const *headings, size_t n_headings, size_t n_needed, take_row *take)
{
    vg_status status = vg_reader_open(file->path, NULL, &file->reader, file->error);
    if (status != VG_OK) {
        return status;
    }
    vg_dictionary_init(&file->names, file->arena);
    for (size_t i = 0; status == VG_OK && i < n_headings; i++) {
        file->columns[i] = vg_reader_find_column(file->reader, headings[i]);
        if (file->columns[i] == VG_READER_NO_COLUMN && i < n_needed) {
            status = vg_fail(file->error, VG_DATA_ERROR, "%s has no column %.*s; it is needed", file->path,
                             (int)strcspn(headings[i], "|"), headings[i]);
        }
    }
    status = status != VG_OK ? status : each_row(file, take);
    vg_reader_close(file->reader);
    return status;
}

/* ------------------------------------------------------------------- hospitals */

static vg_status take_hospital(struct file *file, const struct vg_text *cells, uint64_t line)
{
    struct row *row = add_row(file, sizeof *row);
    const struct vg_text place = vg_reader_cell(cells, file->columns[PLACE]);
    if (row == NULL) {
        return vg_fail_memory(file->error, sizeof *row);
    }
    if (place.size == 0) {
        return bad_cell(file, PLACE, cells, line, "the name of a place");
    }
    row->line = line;
    row->place = vg_dictionary_add(&file->input->places, place);
    if (row->place == VG_DICTIONARY_NONE || row->place >= PLACES_MOST) {
        return vg_fail(file->error, VG_LIMIT_EXCEEDED, "%s: at most %d places are taken", file->path, PLACES_MOST);
    }
    vg_status status = date_cell(file, DATE, cells, line, &row->date);
    for (size_t field = ADMISSIONS; status == VG_OK && field < FIELDS; field++) {
        const struct vg_text cell = vg_reader_cell(cells, file->columns[field]);
        /* Cases below 0 correct other days, nobody says which: a day without a figure. */
        const bool corrects = field == CASES && file->columns[field] != VG_READER_NO_COLUMN && cell.size > 0 &&
                              cell.data[0] == '-' && vg_parse_double(cell, '.', &row->values[field]);
        status = corrects ? VG_OK : number_cell(file, field, cells, line, &row->values[field]);
        row->values[field] = corrects ? NAN : row->values[field];
    }
    return status;
}

static vg_status take_maps(const struct vg_demand_request *request, struct file *file)
{
    for (size_t i = 0; i < request->n_maps; i++) {
        const char *equals = strchr(request->maps[i], '=');
        size_t field = 0;
        while (equals != NULL && field < FIELDS &&
               (strlen(field_names[field]) != (size_t)(equals - request->maps[i]) ||
                strncmp(field_names[field], request->maps[i], strlen(field_names[field])) != 0)) {
            field++;
        }
        if (equals == NULL || field == FIELDS) {
            return vg_fail(
                file->error, VG_USAGE_ERROR,
                "--map %s: a field is place, date, admissions, cases, ward, icu, ventilator, hospital, or one of the "
                "latter with _admissions or _beds",
                request->maps[i]);
        }
        file->columns[field] = vg_reader_find_column(file->reader, equals + 1);
        if (equals[1] != '\0' && file->columns[field] == VG_READER_NO_COLUMN) {
            return vg_fail(file->error, VG_DATA_ERROR, "%s has no column %s", file->path, equals + 1);
        }
    }
    const bool census = file->columns[CENSUS] != VG_READER_NO_COLUMN || file->columns[CENSUS + 1] != VG_READER_NO_COLUMN ||
                        file->columns[CENSUS + 2] != VG_READER_NO_COLUMN || file->columns[CENSUS + 3] != VG_READER_NO_COLUMN;
    if (file->columns[PLACE] == VG_READER_NO_COLUMN || file->columns[DATE] == VG_READER_NO_COLUMN || !census) {
        return vg_fail(file->error, VG_DATA_ERROR,
                       "%s needs columns place, date and at least one of ward, icu, ventilator and hospital (patients of that "
                       "day); --map icu=HEADING names them",
                       file->path);
    }
    return VG_OK;
}

static double *matrix(struct file *file)
{
    const size_t n = file->input->n_places * file->input->n_days;
    double *values = VG_ARENA_ARRAY(file->arena, double, n);
    for (size_t i = 0; values != NULL && i < n; i++) {
        values[i] = NAN;
    }
    return values;
}

static vg_status find_span(struct file *file)
{
    const struct row *rows = (const struct row *)(const void *)file->array;
    int32_t first = INT32_MAX, last = INT32_MIN;
    for (size_t i = 0; i < file->n; i++) {
        first = rows[i].date < first ? rows[i].date : first;
        last = rows[i].date > last ? rows[i].date : last;
    }
    if (file->n == 0) {
        return vg_fail(file->error, VG_DATA_ERROR, "%s has no rows", file->path);
    }
    if ((int64_t)last - first >= DAYS_MOST) {
        return vg_fail(file->error, VG_DATA_ERROR, "%s spans %lld days: at most %d are expected; is a date wrong?", file->path,
                       (long long)last - first + 1, DAYS_MOST);
    }
    file->input->start = first;
    file->input->n_days = (size_t)(last - first) + 1;
    file->input->n_places = file->input->places.count;
    return VG_OK;
}

static void place_beds(struct demand_input *input, const struct row *row, size_t field, int32_t *newest)
{
    const size_t resource = field - BEDS;
    if (!isnan(row->values[field]) && row->date >= newest[resource * input->n_places + row->place]) {
        newest[resource * input->n_places + row->place] = row->date;
        input->beds[resource][row->place] = row->values[field];
    }
}

static vg_status place_rows(struct file *file)
{
    struct demand_input *input = file->input;
    const struct row *rows = (const struct row *)(const void *)file->array;
    uint64_t *lines = VG_ARENA_ARRAY(file->arena, uint64_t, input->n_places * input->n_days);
    int32_t *newest = VG_ARENA_ARRAY(file->arena, int32_t, DEMAND_RESOURCES * input->n_places);
    double *fields[FIELDS] = {NULL};
    for (size_t field = ADMISSIONS; field < FIELDS; field++) {
        fields[field] = file->columns[field] == VG_READER_NO_COLUMN ? NULL : matrix(file);
    }
    if (file->arena->failed) {
        return vg_fail_memory(file->error, input->n_places * input->n_days * sizeof(double));
    }
    input->all_admissions = fields[ADMISSIONS];
    input->cases = fields[CASES];
    for (size_t r = 0; r < DEMAND_RESOURCES; r++) {
        input->census[r] = fields[CENSUS + r];
        input->admissions[r] = fields[OWN_ADMISSIONS + r];
        input->beds[r] = fields[BEDS + r];
        for (size_t place = 0; place < input->n_places; place++) {
            newest[r * input->n_places + place] = INT32_MIN;
        }
    }
    for (size_t i = 0; i < file->n; i++) {
        const size_t cell = rows[i].place * input->n_days + (size_t)(rows[i].date - input->start);
        if (lines[cell] != 0) {
            return vg_fail(file->error, VG_DATA_ERROR,
                           "%s, line %llu: the same place and day as in line %llu; one row a place and day is expected",
                           file->path, (unsigned long long)rows[i].line, (unsigned long long)lines[cell]);
        }
        lines[cell] = rows[i].line;
        for (size_t field = ADMISSIONS; field < FIELDS; field++) {
            if (field >= BEDS && fields[field] != NULL) {
                place_beds(input, &rows[i], field, newest);
            } else if (fields[field] != NULL) {
                fields[field][cell] = rows[i].values[field];
            }
        }
    }
    return VG_OK;
}

static vg_status read_hospitals(const struct vg_demand_request *request, struct vg_arena *arena, struct demand_input *input,
                                struct vg_error *error)
{
    struct file file = {.path = request->hospitals_path, .arena = arena, .input = input, .error = error};
    vg_dictionary_init(&input->places, arena);
    vg_status status = job_open_reader(request->hospitals_path, request->files, request->n_files, &file.reader, error);
    if (status != VG_OK) {
        return status;
    }
    for (size_t field = 0; field < FIELDS; field++) {
        file.columns[field] = vg_reader_find_column(file.reader, field_headings[field]);
    }
    status = take_maps(request, &file);
    status = status != VG_OK ? status : each_row(&file, take_hospital);
    vg_reader_close(file.reader);
    status = status != VG_OK ? status : find_span(&file);
    return status != VG_OK ? status : place_rows(&file);
}

/* ------------------------------------------------------------------- admissions to come */

enum { COMING_PLACE, COMING_DATE, COMING_TYPE, COMING_PATH, COMING_VALUE, COMING_TARGET, COMING_COLUMNS };
struct coming {
    uint32_t place, path;
    int32_t date;
    double value;
    bool week;
    uint64_t line;
};

static vg_status take_coming(struct file *file, const struct vg_text *cells, uint64_t line)
{
    const struct vg_text target = vg_reader_cell(cells, file->columns[COMING_TARGET]);
    if (!vg_text_equals(vg_reader_cell(cells, file->columns[COMING_TYPE]), "sample")) {
        return VG_OK;
    }
    const uint32_t place = vg_dictionary_find(&file->input->places, vg_reader_cell(cells, file->columns[COMING_PLACE]));
    if (place == VG_DICTIONARY_NONE) {
        file->input->without_history++;
        return VG_OK;
    }
    struct coming *row = add_row(file, sizeof *row);
    if (row == NULL) {
        return vg_fail_memory(file->error, sizeof *row);
    }
    *row = (struct coming){.place = place, .line = line, .week = target.size >= 2 && memcmp(target.data, "wk", 2) == 0};
    row->path = vg_dictionary_add(&file->names, vg_reader_cell(cells, file->columns[COMING_PATH]));
    if (row->path >= 10000) {
        return vg_fail(file->error, VG_LIMIT_EXCEEDED, "%s: at most 10000 sample paths are taken", file->path);
    }
    vg_status status = date_cell(file, COMING_DATE, cells, line, &row->date);
    status = status != VG_OK ? status : number_cell(file, COMING_VALUE, cells, line, &row->value);
    return status != VG_OK ? status : isnan(row->value) ? bad_cell(file, COMING_VALUE, cells, line, "a number") : VG_OK;
}

/* Days that every place with paths has on all of them; a place that lacks the first day is forecast without them. */
static vg_status bound_coming(const struct file *file, struct demand_input *input)
{
    size_t shortest = input->n_ahead;
    for (size_t place = 0; place < input->n_places; place++) {
        size_t days = input->n_ahead, longest = 0;
        for (size_t path = 0; path < input->n_paths; path++) {
            const double *cells = input->coming + (path * input->n_places + place) * input->n_ahead;
            size_t n = 0;
            while (n < input->n_ahead && !isnan(cells[n])) {
                n++;
            }
            days = n < days ? n : days;
            longest = n > longest ? n : longest;
        }
        if (days == 0 && longest > 0) {
            return vg_fail(file->error, VG_DATA_ERROR, "%s: %.*s has days on some sample paths only", file->path,
                           (int)input->places.keys[place].size, input->places.keys[place].data);
        }
        shortest = days > 0 && days < shortest ? days : shortest;
    }
    for (size_t path = 0; path < input->n_paths; path++) {
        for (size_t place = 0; place < input->n_places; place++) {
            memmove(input->coming + (path * input->n_places + place) * shortest,
                    input->coming + (path * input->n_places + place) * input->n_ahead, shortest * sizeof(double));
        }
    }
    input->n_ahead = shortest;
    return VG_OK;
}

/* Each day of a path once: two targets, or two reference dates, in one file would be two epidemics in one path. */
static vg_status place_coming(const struct file *file, struct demand_input *input, bool *reaches)
{
    const struct coming *rows = (const struct coming *)(const void *)file->array;
    for (size_t i = 0; i < file->n; i++) {
        for (int32_t back = 0; back < (rows[i].week ? 7 : 1); back++) {
            const int64_t ahead = (int64_t)rows[i].date - back - input->start - (int64_t)input->n_days;
            if (ahead < 0 || ahead >= (int64_t)input->n_ahead) {
                continue;
            }
            double *cell = &input->coming[(rows[i].path * input->n_places + rows[i].place) * input->n_ahead + (size_t)ahead];
            if (!isnan(*cell)) {
                const struct vg_text path = file->names.keys[rows[i].path], place = input->places.keys[rows[i].place];
                char day[VG_DATE_TEXT_BYTES];
                (void)vg_date_print(rows[i].date - back, day);
                return vg_fail(
                    file->error, VG_DATA_ERROR,
                    "%s, line %llu: path %.*s of %.*s has %s already; one target and one reference date in a file is "
                    "expected",
                    file->path, (unsigned long long)rows[i].line, (int)path.size, path.data, (int)place.size, place.data, day);
            }
            *cell = rows[i].value / (rows[i].week ? 7 : 1);
            *reaches = *reaches || ahead == 0;
        }
    }
    return VG_OK;
}

static vg_status read_coming(const struct vg_demand_request *request, struct vg_arena *arena, struct demand_input *input,
                             struct vg_error *error)
{
    static const char *const headings[COMING_COLUMNS] = {"location|place|region",
                                                         "target_end_date|target_date|date",
                                                         "output_type|type",
                                                         "output_type_id|sample|path",
                                                         "value",
                                                         "target"};
    struct file file = {.path = request->admissions_path, .arena = arena, .input = input, .error = error};
    vg_status status = read_file(&file, headings, COMING_COLUMNS, COMING_TARGET, take_coming);
    if (status != VG_OK) {
        return status;
    }
    if (file.n == 0) {
        return vg_fail(error, VG_DATA_ERROR,
                       "%s has no sample paths of the hospitals' places: rows with output_type sample are expected (vigia "
                       "forecast --hubverse --samples 200)",
                       file.path);
    }
    input->n_paths = file.names.count;
    const size_t n = input->n_paths * input->n_places * input->n_ahead;
    input->coming = VG_ARENA_ARRAY(arena, double, n);
    if (input->coming == NULL) {
        return vg_fail_memory(error, n * sizeof(double));
    }
    for (size_t i = 0; i < n; i++) {
        input->coming[i] = NAN;
    }
    bool reaches = false;
    status = place_coming(&file, input, &reaches);
    if (status != VG_OK) {
        return status;
    }
    if (!reaches) {
        char day[VG_DATE_TEXT_BYTES];
        (void)vg_date_print(input->start + (int32_t)input->n_days, day);
        return vg_fail(error, VG_DATA_ERROR,
                       "%s does not speak of %s, the day after the hospitals' last: its forecast must begin there", file.path,
                       day);
    }
    return bound_coming(&file, input);
}

/* ------------------------------------------------------------------- patients who are in */

enum { PATIENT_PLACE, PATIENT_RESOURCE, PATIENT_DAYS, PATIENT_ADMITTED, PATIENT_NUMBER, PATIENT_COLUMNS };

static size_t resource_named(struct vg_text name)
{
    size_t resource = 0;
    while (resource < DEMAND_RESOURCES && !vg_text_equals(name, demand_resource_names[resource])) {
        resource++;
    }
    return resource;
}

/* One patient, or so many, by days since admission or by its date. */
static vg_status take_patient(struct file *file, const struct vg_text *cells, uint64_t line)
{
    struct demand_input *input = file->input;
    const uint32_t place = vg_dictionary_find(&input->places, vg_reader_cell(cells, file->columns[PATIENT_PLACE]));
    const size_t resource = resource_named(vg_reader_cell(cells, file->columns[PATIENT_RESOURCE]));
    const bool by_date = file->columns[PATIENT_DAYS] == VG_READER_NO_COLUMN;
    const int32_t last = input->start + (int32_t)input->n_days - 1;
    double days = 0, number = 1;
    int32_t admitted = last;
    if (place == VG_DICTIONARY_NONE) {
        return bad_cell(file, PATIENT_PLACE, cells, line, "a place of the hospitals' file");
    }
    if (resource == DEMAND_RESOURCES || input->census[resource] == NULL) {
        return bad_cell(file, PATIENT_RESOURCE, cells, line,
                        "ward, icu, ventilator or hospital, with a census in the hospitals' file,");
    }
    if (by_date && file->columns[PATIENT_ADMITTED] == VG_READER_NO_COLUMN) {
        return vg_fail(file->error, VG_DATA_ERROR, "%s needs a column days (since admission) or admitted (its date)",
                       file->path);
    }
    vg_status status = by_date ? date_cell(file, PATIENT_ADMITTED, cells, line, &admitted)
                               : number_cell(file, PATIENT_DAYS, cells, line, &days);
    status = status != VG_OK ? status : number_cell(file, PATIENT_NUMBER, cells, line, &number);
    if (status == VG_OK && (isnan(days) || admitted > last || days != floor(days))) {
        return by_date ? bad_cell(file, PATIENT_ADMITTED, cells, line, "a date of admission up to the hospitals' last day")
                       : bad_cell(file, PATIENT_DAYS, cells, line, "whole days since admission");
    }
    if (status == VG_OK && input->in_beds[resource] == NULL) {
        input->in_beds[resource] = VG_ARENA_ARRAY(file->arena, double, input->n_places *VG_DEMAND_STAY_DAYS);
        if (input->in_beds[resource] == NULL) {
            return vg_fail_memory(file->error, input->n_places * VG_DEMAND_STAY_DAYS * sizeof(double));
        }
    }
    if (status == VG_OK) {
        const double stayed = fmin(by_date ? (double)last - admitted : days, VG_DEMAND_STAY_DAYS - 1);
        input->in_beds[resource][place * VG_DEMAND_STAY_DAYS + (size_t)stayed] += isnan(number) ? 1 : number;
    }
    return status;
}

static vg_status read_patients(const struct vg_demand_request *request, struct vg_arena *arena, struct demand_input *input,
                               struct vg_error *error)
{
    static const char *const headings[PATIENT_COLUMNS] = {"place|location|region", "resource", "days|days_in|days_stayed",
                                                          "admitted|admission|admission_date", "patients|number"};
    struct file file = {.path = request->patients_path, .arena = arena, .input = input, .error = error};
    return read_file(&file, headings, PATIENT_COLUMNS, PATIENT_DAYS, take_patient);
}

/* ------------------------------------------------------------------- quantities and stock */

static struct demand_item *item_named(struct demand_input *input, struct vg_text name)
{
    for (size_t i = 0; i < input->n_items; i++) {
        if (vg_text_equal(input->items[i].name, name)) {
            return &input->items[i];
        }
    }
    return NULL;
}

#define ITEMS_MOST 200

static vg_status take_quantity(struct file *file, const struct vg_text *cells, uint64_t line)
{
    struct demand_input *input = file->input;
    const struct vg_text name = vg_reader_cell(cells, file->columns[0]), per = vg_reader_cell(cells, file->columns[1]);
    struct demand_item *item = item_named(input, name);
    const size_t resource = resource_named(per);
    const bool of_admission = vg_text_equals(per, "admission");
    double quantity = NAN;
    if (name.size == 0 || (resource == DEMAND_RESOURCES && !of_admission)) {
        return name.size == 0 ? bad_cell(file, 0, cells, line, "the name of an item")
                              : bad_cell(file, 1, cells, line, "ward, icu, ventilator, hospital or admission");
    }
    vg_status status = number_cell(file, 2, cells, line, &quantity);
    if (status != VG_OK || isnan(quantity)) {
        return status; /* a line of the table that nobody has filled in yet */
    }
    if (item == NULL) {
        if (input->n_items == ITEMS_MOST) {
            return vg_fail(file->error, VG_LIMIT_EXCEEDED, "%s: at most %d items are taken", file->path, ITEMS_MOST);
        }
        item = &input->items[input->n_items++];
        *item = (struct demand_item){.name = {vg_arena_copy_bytes(file->arena, name.data, name.size), name.size}};
    }
    *(of_admission ? &item->of_admission : &item->quantity[resource]) += quantity;
    return VG_OK;
}

static vg_status take_stock(struct file *file, const struct vg_text *cells, uint64_t line)
{
    struct demand_input *input = file->input;
    const uint32_t place = vg_dictionary_find(&input->places, vg_reader_cell(cells, file->columns[0]));
    struct demand_item *item = item_named(input, vg_reader_cell(cells, file->columns[1]));
    double amount = NAN;
    if (place == VG_DICTIONARY_NONE) {
        return bad_cell(file, 0, cells, line, "a place of the hospitals' file");
    }
    if (item == NULL) {
        return bad_cell(file, 1, cells, line, "oxygen_m3 or an item of the quantities");
    }
    vg_status status = number_cell(file, 2, cells, line, &amount);
    if (status != VG_OK || isnan(amount)) {
        return status != VG_OK ? status : bad_cell(file, 2, cells, line, "a number");
    }
    if (item->stock == NULL) {
        item->stock = VG_ARENA_ARRAY(file->arena, double, input->n_places);
        for (size_t i = 0; item->stock != NULL && i < input->n_places; i++) {
            item->stock[i] = NAN;
        }
    }
    if (item->stock == NULL) {
        return vg_fail_memory(file->error, input->n_places * sizeof(double));
    }
    item->stock[place] = isnan(item->stock[place]) ? amount : item->stock[place] + amount;
    return VG_OK;
}

static vg_status add_oxygen(const struct vg_demand_request *request, struct demand_input *input, struct vg_error *error)
{
    const char *said = request->oxygen == NULL ? "observed" : request->oxygen, *comma = strchr(said, ',');
    double ward = 3, icu = 3;
    if (strcmp(said, "who") == 0) {
        ward = 10;
        icu = 30;
    } else if (strcmp(said, "observed") != 0 &&
               (comma == NULL || !vg_parse_double(vg_text_of(said, (size_t)(comma - said)), '.', &ward) ||
                !vg_parse_double(vg_text_from(comma + 1), '.', &icu) ||
                !(ward >= 0 && ward <= 100 && icu >= 0 && icu <= 100))) {
        return vg_fail(error, VG_USAGE_ERROR,
                       "--oxygen: \"%s\" is neither observed, who, nor two flows in litres a minute from 0 to 100, as in 5,15",
                       said);
    }
    struct demand_item *item = &input->items[input->n_items++];
    *item = (struct demand_item){.name = vg_text_from("oxygen_m3")};
    item->quantity[DEMAND_WARD] = ward * VG_DEMAND_M3_PER_LITRE_MINUTE;
    item->quantity[DEMAND_ICU] = icu * VG_DEMAND_M3_PER_LITRE_MINUTE;
    /* Where only all patients are counted, they are taken as the ward's. */
    item->quantity[DEMAND_HOSPITAL] =
        input->census[DEMAND_WARD] == NULL && input->census[DEMAND_ICU] == NULL ? ward * VG_DEMAND_M3_PER_LITRE_MINUTE : 0;
    return VG_OK;
}

vg_status demand_read(const struct vg_demand_request *request, struct vg_arena *arena, struct demand_input *input,
                      struct vg_error *error)
{
    static const char *const quantity_headings[] = {"item|resource", "per", "quantity|per_patient_day"},
                             *const stock_headings[] = {"place|location", "item|resource", "amount|stock"};
    *input = (struct demand_input){.n_ahead = (size_t)request->horizon_days, .n_paths = (size_t)request->n_paths};
    input->items = VG_ARENA_ARRAY(arena, struct demand_item, ITEMS_MOST + 1);
    vg_status status = input->items == NULL ? vg_fail_memory(error, ITEMS_MOST * sizeof *input->items)
                                            : read_hospitals(request, arena, input, error);
    status = status != VG_OK ? status : add_oxygen(request, input, error);
    if (status == VG_OK && request->admissions_path != NULL) {
        status = read_coming(request, arena, input, error);
    }
    if (status == VG_OK && request->patients_path != NULL) {
        status = read_patients(request, arena, input, error);
    }
    const bool published = request->quantities_path != NULL && strcmp(request->quantities_path, "published") == 0;
    if (status == VG_OK && published) {
        status = demand_published_quantities(arena, input, error);
    } else if (status == VG_OK && request->quantities_path != NULL) {
        struct file file = {.path = request->quantities_path, .arena = arena, .input = input, .error = error};
        status = read_file(&file, quantity_headings, 3, 3, take_quantity);
    }
    if (status == VG_OK && request->stock_path != NULL) {
        struct file file = {.path = request->stock_path, .arena = arena, .input = input, .error = error};
        status = read_file(&file, stock_headings, 3, 3, take_stock);
    } else if (status == VG_OK && request->ledger != NULL) {
        status = demand_read_ledger(request->ledger, arena, input, error);
    }
    return status;
}
