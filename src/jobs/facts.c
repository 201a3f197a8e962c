/*
 * Jobs that show the facts as they are: series, triangle, pyramid, places, imports, shapes, and what the node holds.
 */
#include "jobs/jobs_internal.h"

#include <math.h>
#include <string.h>

vg_status vg_job_series(struct vg_store *store, const struct vg_request *request, struct vg_arena *arena, struct vg_answer *answer,
                        struct vg_error *error)
{
    struct job_context context;
    struct vg_series series;
    vg_status status = job_context_open(&context, store, request, arena, answer, JOB_ANY_MEASURE, error);
    if (status == VG_OK) {
        status = vg_store_series(store, &context.filter, arena, &series, error);
    }
    if (status != VG_OK) {
        return status;
    }
    double *mean = VG_ARENA_ARRAY(arena, double, series.n_values);
    if (mean == NULL) {
        return vg_fail_memory(error, series.n_values * sizeof *mean);
    }
    vg_monitor_moving_average(series.values, series.n_values, series.step_days == 7 ? 1 : 7, mean);
    vg_table_add_column(&answer->table, "date", VG_COLUMN_DATE);
    vg_table_add_column(&answer->table, "value", VG_COLUMN_DOUBLE);
    vg_table_add_column(&answer->table, "mean_7", VG_COLUMN_DOUBLE);
    for (size_t i = 0; i < series.n_values; i++) {
        vg_table_date(&answer->table, series.start + (int32_t)i * series.step_days);
        vg_table_double(&answer->table, series.values[i]);
        vg_table_double(&answer->table, mean[i]);
    }
    job_meta_begin(&context);
    return job_finish(&context);
}

vg_status vg_job_triangle(struct vg_store *store, const struct vg_request *request, struct vg_arena *arena, struct vg_answer *answer,
                          struct vg_error *error)
{
    struct job_context context;
    struct vg_triangle triangle;
    vg_status status = job_context_open(&context, store, request, arena, answer, JOB_DELAYED_MEASURE, error);
    if (status == VG_OK) {
        status = job_triangle(&context, &triangle);
    }
    if (status != VG_OK) {
        return status;
    }
    vg_table_add_column(&answer->table, "reference_date", VG_COLUMN_DATE);
    vg_table_add_column(&answer->table, "report_date", VG_COLUMN_DATE);
    vg_table_add_column(&answer->table, "increment", VG_COLUMN_DOUBLE);
    for (size_t reference = 0; reference < triangle.n_references; reference++) {
        int32_t reference_date = triangle.start + (int32_t)reference * triangle.step_days;
        for (size_t delay = 0; delay < triangle.n_delays; delay++) {
            double increment = triangle.increments[reference * triangle.n_delays + delay];
            if (isnan(increment) || increment == 0) {
                continue;
            }
            vg_table_date(&answer->table, reference_date);
            vg_table_date(&answer->table, reference_date + (int32_t)delay * triangle.step_days);
            vg_table_double(&answer->table, increment);
        }
    }
    job_meta_begin(&context);
    job_meta_number(&answer->meta, "n_delays", (double)triangle.n_delays);
    job_meta_text(&answer->meta, "last_delay", triangle.last_delay_open ? "open" : "closed");
    return job_finish(&context);
}

vg_status vg_job_pyramid(struct vg_store *store, const struct vg_request *request, struct vg_arena *arena, struct vg_answer *answer,
                         struct vg_error *error)
{
    struct job_context context;
    struct vg_pyramid pyramid;
    vg_status status = job_context_open(&context, store, request, arena, answer, JOB_ANY_MEASURE, error);
    if (status != VG_OK) {
        return status;
    }
    memset(&pyramid, 0, sizeof pyramid);
    if (context.dataset.kind == VG_DATASET_CASES) {
        status = vg_store_pyramid(store, &context.filter, &pyramid, error);
        if (status != VG_OK) {
            return status;
        }
    }
    vg_table_add_column(&answer->table, "age_from", VG_COLUMN_INTEGER);
    vg_table_add_column(&answer->table, "age_to", VG_COLUMN_INTEGER);
    vg_table_add_column(&answer->table, "sex", VG_COLUMN_TEXT);
    vg_table_add_column(&answer->table, "outcome", VG_COLUMN_TEXT);
    vg_table_add_column(&answer->table, "count", VG_COLUMN_DOUBLE);
    for (size_t band = 0; band <= VG_PYRAMID_BANDS; band++) {
        for (size_t sex = 0; sex < VG_SEX_COUNT; sex++) {
            for (size_t outcome = 0; outcome < VG_OUTCOME_COUNT; outcome++) {
                if (pyramid.counts[band][sex][outcome] == 0) {
                    continue;
                }
                if (band < VG_PYRAMID_BANDS) {
                    vg_table_integer(&answer->table, (int64_t)band * 5);
                } else {
                    vg_table_missing(&answer->table);
                }
                if (band + 1 < VG_PYRAMID_BANDS) {
                    vg_table_integer(&answer->table, (int64_t)band * 5 + 4);
                } else {
                    vg_table_missing(&answer->table);
                }
                vg_table_text(&answer->table, vg_sex_name((enum vg_sex)sex));
                vg_table_text(&answer->table, vg_outcome_name((enum vg_outcome)outcome));
                vg_table_double(&answer->table, pyramid.counts[band][sex][outcome]);
            }
        }
    }
    job_meta_begin(&context);
    job_meta_text(&answer->meta, "status", context.dataset.kind == VG_DATASET_CASES ? "ok" : "no_ages");
    return job_finish(&context);
}

static void place_row(struct vg_table *table, const struct vg_place_list *places, const struct vg_place *place)
{
    vg_table_text(table, place->code);
    vg_table_text(table, place->name);
    for (int language = 0; language < VG_LANGUAGE_COUNT; language++) {
        vg_table_text(table, place->names[language]);
    }
    vg_table_text(table, place->parent == VG_PLACE_NONE ? NULL : places->places[place->parent].code);
    vg_table_text(table, vg_place_level_name(place->level));
    vg_table_double(table, place->population);
    vg_table_double(table, place->latitude);
    vg_table_double(table, place->longitude);
}

/* Marks the places that have data in the dataset, and everything above them. */
static vg_status mark_places_with_data(struct job_context *context, bool *marked)
{
    const struct vg_place_list *places = vg_store_place_list(context->store);
    for (int level = VG_LEVEL_COUNTRY; level < VG_LEVEL_COUNT; level++) {
        struct vg_series_matrix matrix;
        struct vg_cube_filter filter = context->filter;
        filter.place = NULL;
        vg_status status = vg_store_series_by_place(context->store, &filter, (enum vg_place_level)level, context->arena, &matrix, context->error);
        if (status != VG_OK) {
            return status;
        }
        for (size_t row = 0; row < matrix.n_places; row++) {
            uint32_t place = matrix.place[row];
            while (place != VG_PLACE_NONE && !marked[place]) {
                marked[place] = true;
                place = places->places[place].parent;
            }
        }
    }
    return VG_OK;
}

/* A node that counts nothing may trace contacts or keep stocks: then all its places are told. */
static vg_status mark_places(struct job_context *context, bool *marked, size_t n_places, bool *of_data)
{
    struct vg_dataset *datasets = NULL;
    size_t n_datasets = 0;
    vg_status status = vg_store_datasets(context->store, context->arena, &datasets, &n_datasets, context->error);
    *of_data = context->request->dataset != NULL || n_datasets > 0;
    if (status == VG_OK && *of_data) {
        status = job_context_open(context, context->store, context->request, context->arena, context->answer, JOB_ANY_MEASURE, context->error);
        return status == VG_OK ? mark_places_with_data(context, marked) : status;
    }
    for (size_t i = 0; i < n_places; i++) {
        marked[i] = true;
    }
    return status;
}

vg_status vg_job_places(struct vg_store *store, const struct vg_request *request, struct vg_arena *arena, struct vg_answer *answer,
                        struct vg_error *error)
{
    struct job_context context = {.store = store, .request = request, .arena = arena, .answer = answer, .error = error};
    enum vg_place_level level = VG_LEVEL_WORLD;
    if (request->level != NULL && !vg_place_level_from_name(vg_text_from(request->level), &level)) {
        return vg_fail(error, VG_USAGE_ERROR, "there is no level %s; levels are country, admin1, admin2, other", request->level);
    }
    const struct vg_place_list *places = vg_store_place_list(store);
    bool *marked = VG_ARENA_ARRAY(arena, bool, places->count + 1);
    if (marked == NULL) {
        return vg_fail_memory(error, places->count);
    }
    bool of_data = false;
    vg_status status = mark_places(&context, marked, places->count, &of_data);
    if (status != VG_OK) {
        return status;
    }
    static const char *const names[] = {"code", "name", "name_es", "name_pt", "name_en", "name_fr", "name_zh", "parent", "level"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        vg_table_add_column(&answer->table, names[i], VG_COLUMN_TEXT);
    }
    vg_table_add_column(&answer->table, "population", VG_COLUMN_DOUBLE);
    vg_table_add_column(&answer->table, "latitude", VG_COLUMN_DOUBLE);
    vg_table_add_column(&answer->table, "longitude", VG_COLUMN_DOUBLE);
    for (size_t i = 0; i < places->count; i++) {
        if (marked[i] && (request->level == NULL || places->places[i].level == level)) {
            place_row(&answer->table, places, &places->places[i]);
        }
    }
    if (of_data) {
        job_meta_begin(&context);
        return job_finish(&context);
    }
    vg_buffer_char(&answer->meta, '{');
    job_meta_number(&answer->meta, "data_version", (double)vg_store_data_version(store));
    vg_buffer_char(&answer->meta, '}');
    return answer->meta.failed || answer->table.failed ? vg_fail_memory(error, 0) : VG_OK;
}

vg_status vg_job_imports(struct vg_store *store, const struct vg_request *request, struct vg_arena *arena, struct vg_answer *answer,
                         struct vg_error *error)
{
    struct vg_import_record *records = NULL;
    size_t n_records = 0;
    struct vg_dataset dataset = {.nature = VG_NATURE_REAL};
    vg_status status = request->dataset == NULL ? VG_OK : vg_store_dataset_find(store, request->dataset, arena, &dataset, error);
    if (status == VG_OK) {
        status = vg_store_imports(store, arena, &records, &n_records, error);
    }
    if (status != VG_OK) {
        return status;
    }
    answer->simulated = dataset.nature == VG_NATURE_SIMULATED; // asked for all, each import has its dataset's name instead
    struct vg_table *table = &answer->table;
    vg_table_add_column(table, "id", VG_COLUMN_INTEGER);
    static const char *const texts[] = {"dataset", "file_name", "file_hash", "profile", "imported_at"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        vg_table_add_column(table, texts[i], VG_COLUMN_TEXT);
    }
    vg_table_add_column(table, "published", VG_COLUMN_DATE);
    static const char *const counts[] = {"rows_read", "rows_rejected", "rows_new", "rows_changed", "rows_withdrawn", "rows_unchanged"};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        vg_table_add_column(table, counts[i], VG_COLUMN_INTEGER);
    }
    for (size_t i = 0; i < n_records; i++) {
        const struct vg_import_record *record = &records[i];
        if (request->dataset != NULL && strcmp(record->dataset, request->dataset) != 0) {
            continue;
        }
        vg_table_integer(table, record->id);
        vg_table_text(table, record->dataset);
        vg_table_text(table, record->file_name);
        vg_table_text(table, record->file_hash);
        vg_table_text(table, record->profile);
        vg_table_text(table, record->imported_at);
        vg_table_date(table, record->published);
        const uint64_t values[] = {record->rows_read,    record->rows_rejected,  record->rows_new,
                                   record->rows_changed, record->rows_withdrawn, record->rows_unchanged};
        for (size_t value = 0; value < sizeof values / sizeof *values; value++) {
            vg_table_integer(table, (int64_t)values[value]);
        }
    }
    vg_buffer_char(&answer->meta, '{');
    job_meta_number(&answer->meta, "data_version", (double)vg_store_data_version(store));
    vg_buffer_char(&answer->meta, '}');
    return answer->meta.failed || table->failed ? vg_fail_memory(error, 0) : VG_OK;
}

vg_status vg_job_shapes(struct vg_store *store, const struct vg_request *request, struct vg_arena *arena, struct vg_answer *answer,
                        struct vg_error *error)
{
    struct vg_place_shape *shapes = NULL;
    size_t n_shapes = 0;
    vg_status status = vg_store_shapes(store, request->parent, arena, &shapes, &n_shapes, error);
    if (status != VG_OK) {
        return status;
    }
    struct vg_buffer *body = &answer->meta;
    vg_buffer_text(body, "{\"type\":\"FeatureCollection\",\"features\":[");
    for (size_t i = 0; i < n_shapes; i++) {
        vg_buffer_text(body, i == 0 ? "{\"type\":\"Feature\",\"id\":" : ",{\"type\":\"Feature\",\"id\":");
        vg_buffer_json_string(body, shapes[i].code, strlen(shapes[i].code));
        vg_buffer_text(body, ",\"properties\":{\"code\":");
        vg_buffer_json_string(body, shapes[i].code, strlen(shapes[i].code));
        vg_buffer_format(body, "},\"geometry\":%s}", shapes[i].geojson);
    }
    vg_buffer_text(body, "]}");
    return body->failed ? vg_fail_memory(error, 0) : VG_OK;
}
