/*
 * Forecasts in the hubverse's long form, and observations: read row by row; what cannot be read is named by file, line and column.
 */
#include "jobs/score/internal.h"

#include <math.h>
#include <string.h>

enum column { MODEL, REFERENCE, TARGET, HORIZON, END, LOCATION, GROUP, TYPE, TYPE_ID, VALUE, COLUMNS };
static const char *const headings[COLUMNS] = {
    "model_id|model|team_model", "reference_date|origin_date|forecast_date", "target|target_variable", "horizon", "target_end_date|target_date|date|time_value|reference_time",
    "location|place|geo_value|region", "age_group|group", "output_type|type", "output_type_id|quantile|quantile_level", "value|observation|observed|true_value|oracle_value",
};

struct reading {
    struct score_data *data;
    const char *path;
    struct vg_reader *reader;
    size_t column[COLUMNS];
    uint32_t file_model;
};

static vg_status bad_cell(const struct reading *reading, uint64_t line, enum column column, struct vg_text cell, const char *expected)
{
    return vg_reader_bad_cell(reading->reader, line, reading->column[column], cell, expected, reading->data->error);
}

static struct vg_text cell_of(const struct reading *reading, const struct vg_text *cells, enum column column)
{
    return vg_reader_cell(cells, reading->column[column]);
}

static vg_status take_date(const struct reading *reading, const struct vg_text *cells, uint64_t line, enum column column, int32_t *date)
{
    struct vg_text cell = cell_of(reading, cells, column);
    *date = VG_DATE_NONE;
    if (reading->column[column] == VG_READER_NO_COLUMN || vg_date_parse_iso(cell, date)) {
        return VG_OK;
    }
    return bad_cell(reading, line, column, cell, "a date like 2021-12-31");
}

static uint32_t name_of(const struct reading *reading, const struct vg_text *cells, enum column column)
{
    return vg_dictionary_add(&reading->data->names, cell_of(reading, cells, column));
}

static vg_status take_unit(const struct reading *reading, const struct vg_text *cells, uint64_t line, uint32_t *unit)
{
    struct score_data *data = reading->data;
    struct score_unit key = {.horizon = SCORE_NO_HORIZON};
    key.target = name_of(reading, cells, TARGET);
    key.location = name_of(reading, cells, LOCATION);
    key.group = name_of(reading, cells, GROUP);
    vg_status status = take_date(reading, cells, line, REFERENCE, &key.reference);
    if (status == VG_OK) {
        status = take_date(reading, cells, line, END, &key.end);
    }
    struct vg_text horizon = cell_of(reading, cells, HORIZON);
    int64_t steps = 0;
    if (status == VG_OK && horizon.size > 0) {
        if (!vg_parse_integer(horizon, &steps) || steps < -1000 || steps > 1000) {
            return bad_cell(reading, line, HORIZON, horizon, "a number of steps");
        }
        key.horizon = (int32_t)steps;
    }
    if (status != VG_OK) {
        return status;
    }
    size_t before = data->units.count;
    *unit = vg_dictionary_add(&data->units, vg_text_of((const char *)&key, sizeof key));
    if (*unit == VG_DICTIONARY_NONE) {
        return vg_fail_memory(data->error, 0);
    }
    if (data->units.count > before) {
        if (*unit >= data->unit_capacity) {
            size_t capacity = data->unit_capacity == 0 ? 1024 : data->unit_capacity * 2;
            struct score_unit *larger = VG_ARENA_ARRAY(data->arena, struct score_unit, capacity);
            if (larger == NULL) {
                return vg_fail_memory(data->error, capacity * sizeof *larger);
            }
            if (*unit > 0) {
                memcpy(larger, data->unit, *unit * sizeof *larger);
            }
            data->unit = larger;
            data->unit_capacity = capacity;
        }
        data->unit[*unit] = key;
    }
    return VG_OK;
}

static vg_status keep_value(struct score_data *data, struct score_value value)
{
    if (data->n_values == data->capacity) {
        size_t capacity = data->capacity == 0 ? 8192 : data->capacity * 2;
        struct score_value *larger = VG_ARENA_ARRAY(data->arena, struct score_value, capacity);
        if (larger == NULL) {
            return vg_fail_memory(data->error, capacity * sizeof *larger);
        }
        if (data->n_values > 0) {
            memcpy(larger, data->values, data->n_values * sizeof *larger);
        }
        data->values = larger;
        data->capacity = capacity;
    }
    data->values[data->n_values++] = value;
    return VG_OK;
}

static vg_status take_forecast(struct reading *reading, const struct vg_text *cells, uint64_t line)
{
    struct score_data *data = reading->data;
    struct score_value value = {.model = reading->file_model};
    struct vg_text type = cell_of(reading, cells, TYPE);
    struct vg_text id = cell_of(reading, cells, TYPE_ID);
    struct vg_text number = cell_of(reading, cells, VALUE);
    value.is_sample = vg_text_equals(type, "sample");
    if (!value.is_sample && !vg_text_equals(type, "quantile") && reading->column[TYPE] != VG_READER_NO_COLUMN) {
        data->n_skipped++;
        return VG_OK;
    }
    if (!value.is_sample && (!vg_parse_double(id, '.', &value.level) || !(value.level > 0 && value.level < 1))) {
        return bad_cell(reading, line, TYPE_ID, id, "a quantile level between 0 and 1");
    }
    if (!vg_parse_double(number, '.', &value.value) || !isfinite(value.value)) {
        return bad_cell(reading, line, VALUE, number, "a number");
    }
    if (reading->column[MODEL] != VG_READER_NO_COLUMN) {
        value.model = vg_dictionary_add(&data->models, cell_of(reading, cells, MODEL));
    }
    vg_status status = take_unit(reading, cells, line, &value.unit);
    return status == VG_OK ? keep_value(data, value) : status;
}

/* An observation's key: what it is of and for which day; columns that the file lacks are left out. */
static struct score_unit observation_key(const struct score_data *data, const struct score_unit *unit)
{
    struct score_unit key = {.location = unit->location, .end = unit->end, .horizon = SCORE_NO_HORIZON, .reference = VG_DATE_NONE};
    key.target = data->observed_has_target ? unit->target : UINT32_MAX;
    key.group = data->observed_has_group ? unit->group : UINT32_MAX;
    return key;
}

static vg_status take_observation(struct reading *reading, const struct vg_text *cells, uint64_t line)
{
    struct score_data *data = reading->data;
    struct vg_text number = cell_of(reading, cells, VALUE);
    struct score_unit named = {0};
    double value = NAN;
    if (number.size == 0 || vg_text_equals(number, "NA")) {
        return VG_OK; /* not known (yet) */
    }
    if (!vg_parse_double(number, '.', &value) || !isfinite(value)) {
        return bad_cell(reading, line, VALUE, number, "a number");
    }
    vg_status status = take_date(reading, cells, line, END, &named.end);
    if (status != VG_OK) {
        return status;
    }
    named.target = name_of(reading, cells, TARGET);
    named.location = name_of(reading, cells, LOCATION);
    named.group = name_of(reading, cells, GROUP);
    struct score_unit key = observation_key(data, &named);
    uint32_t index = vg_dictionary_add(&data->observations, vg_text_of((const char *)&key, sizeof key));
    if (index == VG_DICTIONARY_NONE) {
        return vg_fail_memory(data->error, 0);
    }
    if (index >= data->observed_capacity) {
        size_t capacity = data->observed_capacity == 0 ? 1024 : data->observed_capacity * 2;
        double *larger = VG_ARENA_ARRAY(data->arena, double, capacity);
        if (larger == NULL) {
            return vg_fail_memory(data->error, capacity * sizeof *larger);
        }
        if (index > 0) {
            memcpy(larger, data->observed, index * sizeof *larger);
        }
        data->observed = larger;
        data->observed_capacity = capacity;
    }
    data->observed[index] = value; /* of several versions the last row counts */
    return VG_OK;
}

double score_observation_of(const struct score_data *data, const struct score_unit *unit)
{
    struct score_unit key = observation_key(data, unit);
    uint32_t index = vg_dictionary_find(&data->observations, vg_text_of((const char *)&key, sizeof key));
    return index == VG_DICTIONARY_NONE ? NAN : data->observed[index];
}

static vg_status need(const struct reading *reading, enum column column)
{
    if (reading->column[column] != VG_READER_NO_COLUMN) {
        return VG_OK;
    }
    return vg_fail(reading->data->error, VG_DATA_ERROR, "%s has no column %.*s; it is needed", reading->path, (int)strcspn(headings[column], "|"), headings[column]);
}

static vg_status read_rows(struct score_data *data, const char *path, const enum column *needed, size_t n_needed, vg_status (*take)(struct reading *, const struct vg_text *, uint64_t))
{
    struct reading reading = {.data = data, .path = path};
    struct vg_row_batch batch;
    vg_status status = vg_reader_open(path, NULL, &reading.reader, data->error);
    if (status != VG_OK) {
        return status;
    }
    for (size_t column = 0; column < COLUMNS; column++) {
        reading.column[column] = vg_reader_find_column(reading.reader, headings[column]);
    }
    for (size_t i = 0; status == VG_OK && i < n_needed; i++) {
        status = need(&reading, needed[i]);
    }
    if (take == take_observation) {
        data->observed_has_target = reading.column[TARGET] != VG_READER_NO_COLUMN;
        data->observed_has_group = reading.column[GROUP] != VG_READER_NO_COLUMN;
    } else if (status == VG_OK && reading.column[MODEL] == VG_READER_NO_COLUMN) {
        const char *base = strrchr(path, '/') == NULL ? path : strrchr(path, '/') + 1;
        reading.file_model = vg_dictionary_add(&data->models, vg_text_of(base, strcspn(base, ".")));
    }
    while (status == VG_OK) {
        status = vg_reader_next(reading.reader, &batch, data->error);
        if (status != VG_OK || batch.n_rows == 0) {
            break;
        }
        for (size_t row = 0; status == VG_OK && row < batch.n_rows; row++) {
            status = take(&reading, batch.cells + row * batch.n_columns, batch.lines[row]);
        }
    }
    vg_reader_close(reading.reader);
    return status == VG_OK && data->arena->failed ? vg_fail_memory(data->error, 0) : status;
}

vg_status score_read_forecasts(struct score_data *data, const char *path)
{
    static const enum column needed[] = {END, TYPE_ID, VALUE};
    return read_rows(data, path, needed, sizeof needed / sizeof *needed, take_forecast);
}

vg_status score_read_observations(struct score_data *data, const char *path)
{
    static const enum column needed[] = {END, VALUE};
    return read_rows(data, path, needed, sizeof needed / sizeof *needed, take_observation);
}
