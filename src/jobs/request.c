/*
 * From a request to definite facts: dataset, measure, place, span and vintage, with errors that name what there is.
 */
#include "jobs/jobs_internal.h"
#include "jobs/measures_effect/measures_effect.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void vg_request_init(struct vg_request *request)
{
    *request = (struct vg_request){.as_of = VG_DATE_NONE, .from = VG_DATE_NONE, .to = VG_DATE_NONE, .day = VG_DATE_NONE, .seed = 20210205};
}

void vg_answer_init(struct vg_answer *answer, struct vg_arena *arena)
{
    *answer = (struct vg_answer){.status = VG_SERIES_OK};
    vg_table_init(&answer->table, arena);
    vg_buffer_init(&answer->meta, (size_t)256 << 20);
}

void vg_answer_release(struct vg_answer *answer)
{
    vg_buffer_release(&answer->meta);
}

void job_warn(struct vg_answer *answer, struct vg_arena *arena, const char *format, ...)
{
    char text[1024];
    va_list values;
    va_start(values, format);
    (void)vsnprintf(text, sizeof text, format, values);
    va_end(values);
    answer->warning = answer->warning == NULL ? vg_arena_format(arena, "%s", text) : vg_arena_format(arena, "%s; %s", answer->warning, text);
}

bool job_is_invented(const struct vg_dataset *datasets, size_t n)
{
    size_t real = 0, simulated = 0;
    for (size_t i = 0; i < n; i++) {
        real += datasets[i].nature == VG_NATURE_REAL ? 1 : 0;
        simulated += datasets[i].nature == VG_NATURE_SIMULATED ? 1 : 0;
    }
    return simulated > 0 && real == 0;
}

static vg_status find_dataset(struct job_context *context)
{
    if (context->request->dataset != NULL) {
        return vg_store_dataset_find(context->store, context->request->dataset, context->arena, &context->dataset, context->error);
    }
    struct vg_dataset *datasets = NULL;
    size_t n_datasets = 0;
    vg_status status = vg_store_datasets(context->store, context->arena, &datasets, &n_datasets, context->error);
    if (status != VG_OK) {
        return status;
    }
    if (n_datasets == 0) {
        return vg_fail(context->error, VG_NOT_FOUND, "the node holds no data yet; take a file in with: vigia import FILE");
    }
    context->dataset = datasets[0];
    return VG_OK;
}

static vg_status unknown_measure(struct job_context *context, const char *name)
{
    struct vg_buffer names;
    vg_buffer_init(&names, 512);
    for (size_t i = 0; i < context->n_measures; i++) {
        vg_buffer_format(&names, "%s%s", i == 0 ? "" : ", ", context->measures[i]->name);
    }
    vg_status status = vg_fail(context->error, VG_NOT_FOUND, "dataset %s has no measure %s; it has %s", context->dataset.name, name,
                               names.size == 0 ? "none" : names.data);
    vg_buffer_release(&names);
    return status;
}

static vg_status find_measure(struct job_context *context, enum job_measure_choice choice)
{
    vg_status status = vg_store_measures(context->store, context->dataset.name, context->arena, &context->measures, &context->n_measures,
                                         context->error);
    if (status != VG_OK) {
        return status;
    }
    const char *wanted = context->request->measure;
    for (size_t i = 0; i < context->n_measures && context->measure == NULL; i++) {
        const struct vg_measure *measure = context->measures[i];
        if (wanted != NULL ? strcmp(measure->name, wanted) == 0 : choice == JOB_ANY_MEASURE || measure->delayed) {
            context->measure = measure;
        }
    }
    if (context->measure == NULL && wanted == NULL && context->n_measures > 0) {
        context->measure = context->measures[0];
    }
    return context->measure == NULL ? unknown_measure(context, wanted == NULL ? "at all" : wanted) : VG_OK;
}

static vg_status find_place(struct job_context *context)
{
    context->place = VG_PLACE_NONE;
    if (context->request->place == NULL) {
        return VG_OK;
    }
    const struct vg_place_list *places = vg_store_place_list(context->store);
    context->place = vg_place_list_find_code(places, vg_text_from(context->request->place));
    if (context->place == VG_PLACE_NONE) {
        return vg_fail(context->error, VG_NOT_FOUND, "there is no place with the code %s", context->request->place);
    }
    return VG_OK;
}

vg_status job_context_open(struct job_context *context, struct vg_store *store, const struct vg_request *request, struct vg_arena *arena,
                           struct vg_answer *answer, enum job_measure_choice choice, struct vg_error *error)
{
    *context = (struct job_context){.store = store, .request = request, .arena = arena, .answer = answer, .error = error};
    vg_status status = find_dataset(context);
    answer->simulated = status == VG_OK && context->dataset.nature == VG_NATURE_SIMULATED;
    if (status == VG_OK) {
        status = find_measure(context, choice);
    }
    if (status == VG_OK) {
        status = find_place(context);
    }
    if (status != VG_OK) {
        return status;
    }
    if (request->step_days != 0 && request->step_days != 1 && request->step_days != 7) {
        return vg_fail(error, VG_USAGE_ERROR, "a step is 1 day or 7, not %d", (int)request->step_days);
    }
    context->step_days = request->step_days != 0 ? request->step_days : context->dataset.step_days == 7 ? 7 : 1;
    context->as_of = request->as_of != VG_DATE_NONE ? request->as_of : context->dataset.last_known;
    context->filter = (struct vg_cube_filter){.dataset = context->dataset.name,
                                              .measure = context->measure->name,
                                              .place = request->place,
                                              .group = request->group,
                                              .from = request->from,
                                              .to = request->to,
                                              .as_of = context->as_of,
                                              .step_days = context->step_days};
    return VG_OK;
}

void job_meta_text(struct vg_buffer *meta, const char *name, const char *value)
{
    vg_buffer_format(meta, "%s\"%s\":", meta->size > 0 && meta->data[meta->size - 1] == '{' ? "" : ",", name);
    if (value == NULL) {
        vg_buffer_text(meta, "null");
    } else {
        vg_buffer_json_string(meta, value, strlen(value));
    }
}

void job_meta_limits(struct vg_buffer *meta, const struct vg_measures_limits *limits)
{
    vg_buffer_text(meta, meta->size == 0 ? "{\"limits\":[" : ",\"limits\":[");
    for (size_t i = 0; i < limits->n; i++) {
        vg_buffer_text(meta, i == 0 ? "" : ",");
        vg_buffer_json_string(meta, limits->sentences[i], strlen(limits->sentences[i]));
    }
    vg_buffer_char(meta, ']');
}

void job_meta_date(struct vg_buffer *meta, const char *name, int32_t date)
{
    char text[VG_DATE_TEXT_BYTES];
    job_meta_text(meta, name, vg_date_print(date, text) == 0 ? NULL : text);
}

void job_meta_number(struct vg_buffer *meta, const char *name, double value)
{
    vg_buffer_format(meta, "%s\"%s\":", meta->size > 0 && meta->data[meta->size - 1] == '{' ? "" : ",", name);
    if (isfinite(value)) {
        vg_buffer_double(meta, value);
    } else {
        vg_buffer_text(meta, "null");
    }
}

void job_meta_begin(struct job_context *context)
{
    struct vg_buffer *meta = &context->answer->meta;
    vg_buffer_char(meta, '{');
    job_meta_number(meta, "data_version", (double)vg_store_data_version(context->store));
    job_meta_text(meta, "dataset", context->dataset.name);
    job_meta_text(meta, "nature", vg_data_nature_name(context->dataset.nature));
    if (context->dataset.nature == VG_NATURE_SIMULATED) {
        job_meta_text(meta, "exercise", VG_EXERCISE_MARK);
    }
    job_meta_text(meta, "measure", context->measure->name);
    job_meta_text(meta, "place", context->request->place);
    job_meta_text(meta, "group", context->request->group);
    job_meta_date(meta, "as_of", context->as_of);
    job_meta_number(meta, "step_days", context->step_days);
}

void vg_answer_mark(struct vg_answer *answer)
{
    if (answer->simulated && answer->table.n_columns > 0) {
        vg_table_append_text(&answer->table, "exercise", VG_EXERCISE_MARK);
    }
}

void job_meta_end(struct job_context *context)
{
    vg_buffer_char(&context->answer->meta, '}');
}

vg_status job_finish(struct job_context *context)
{
    job_meta_end(context);
    if (context->answer->meta.failed || context->answer->table.failed || context->arena->failed) {
        return vg_fail_memory(context->error, 0);
    }
    return VG_OK;
}

static const char *const quantile_names[VG_QUANTILE_COUNT] = {"q025", "q05", "q10", "q25", "q50", "q75", "q90", "q95", "q975"};

void job_add_quantile_columns(struct vg_table *table)
{
    for (size_t level = 0; level < VG_QUANTILE_COUNT; level++) {
        vg_table_add_column(table, quantile_names[level], VG_COLUMN_DOUBLE);
    }
}

void job_quantile_cells(struct vg_table *table, const double *quantiles)
{
    for (size_t level = 0; level < VG_QUANTILE_COUNT; level++) {
        vg_table_double(table, quantiles[level]);
    }
}

void job_add_hubverse_columns(struct vg_table *table)
{
    vg_table_add_column(table, "reference_date", VG_COLUMN_DATE);
    vg_table_add_column(table, "target", VG_COLUMN_TEXT);
    vg_table_add_column(table, "horizon", VG_COLUMN_INTEGER);
    vg_table_add_column(table, "location", VG_COLUMN_TEXT);
    vg_table_add_column(table, "target_end_date", VG_COLUMN_DATE);
    vg_table_add_column(table, "output_type", VG_COLUMN_TEXT);
    vg_table_add_column(table, "output_type_id", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "value", VG_COLUMN_DOUBLE);
}

void job_hubverse_rows(struct vg_table *table, struct job_context *context, int32_t reference_date, int32_t target_date, int32_t horizon,
                       const double *quantiles)
{
    const char *step = context->step_days == 7 ? "wk" : "day";
    const char *target = vg_arena_format(context->arena, "%s inc %s", step, context->measure->name);
    const char *location = context->request->place == NULL ? context->dataset.name : context->request->place;
    for (size_t level = 0; level < VG_QUANTILE_COUNT; level++) {
        vg_table_date(table, reference_date);
        vg_table_text(table, target);
        vg_table_integer(table, horizon);
        vg_table_text(table, location);
        vg_table_date(table, target_date);
        vg_table_text(table, "quantile");
        vg_table_double(table, vg_quantile_levels[level]);
        vg_table_double(table, quantiles[level]);
    }
}

vg_status job_triangle(struct job_context *context, struct vg_triangle *triangle)
{
    return vg_store_triangle(context->store, &context->filter, context->request->n_delays, context->arena, triangle, context->error);
}

double job_rounded(double value, int digits, bool keep_whole)
{
    if (!isfinite(value) || fabs(value) < 1e-290 || (keep_whole && value == floor(value))) {
        return value;
    }
    int behind = digits - 1 - (int)floor(log10(fabs(value)));
    double scale = pow(10, keep_whole && behind < 0 ? 0 : abs(behind));
    return behind < 0 ? round(value / scale) * scale : round(value * scale) / scale;
}

const struct vg_column *job_column(const struct vg_table *table, const char *name)
{
    for (size_t i = 0; i < table->n_columns; i++) {
        if (strcmp(table->columns[i].name, name) == 0) {
            return &table->columns[i];
        }
    }
    return NULL;
}

vg_status job_wish_use(const struct vg_tree_wish *wish, enum vg_genome_use *use, struct vg_error *error)
{
    *use = VG_GENOME_USE_HERE;
    if (wish->use != NULL && !vg_genome_use_from_name(wish->use, use)) {
        return vg_fail(error, VG_USAGE_ERROR, "use is here, partner or public, not \"%.40s\"", wish->use);
    }
    return wish->agreement != NULL && *use != VG_GENOME_USE_PARTNER ? vg_fail(error, VG_USAGE_ERROR, "agreement goes with use=partner") : VG_OK;
}
