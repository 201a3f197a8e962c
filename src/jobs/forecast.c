/*
 * The next days or weeks of one series, or of every place of a level. Where the newest days are still being reported they are nowcast first; days of which
 * less than half is known are left to the forecast itself, so that its interval holds their uncertainty too.
 */
#include "jobs/forecast_internal.h"

#include <math.h>
#include <string.h>

#define SHARE_NEEDED 0.5

/*
 * Puts the nowcast's medians in the place of incomplete counts and cuts the series before the first day that is known too little. Returns how
 * many steps were cut.
 */
static vg_status complete_newest(struct job_context *context, struct vg_series *series, size_t *n_cut, enum vg_series_status *nowcast_status)
{
    struct vg_triangle triangle;
    struct vg_nowcast nowcast;
    struct vg_nowcast_parameters parameters;
    *n_cut = 0;
    vg_monitor_nowcast_defaults(&parameters);
    vg_status status = job_triangle(context, &triangle);
    if (status == VG_OK) {
        status = vg_monitor_nowcast(&triangle, &parameters, context->arena, &nowcast, context->error);
    }
    if (status != VG_OK) {
        return status;
    }
    *nowcast_status = nowcast.status;
    if (nowcast.status != VG_SERIES_OK) {
        return VG_OK;
    }
    for (size_t step = 0; step < nowcast.expected_final.n_steps; step++) {
        int64_t index = ((int64_t)nowcast.expected_final.start - series->start) / series->step_days + (int64_t)step;
        double median = nowcast.expected_final.values[step * VG_QUANTILE_COUNT + VG_QUANTILE_MEDIAN];
        if (index >= 0 && (size_t)index < series->n_values && !isnan(median)) {
            series->values[index] = median;
        }
    }
    while (*n_cut < nowcast.delays.n_delays && *n_cut + 1 < series->n_values && nowcast.delays.cumulative[*n_cut] < SHARE_NEEDED) {
        (*n_cut)++;
    }
    series->n_values -= *n_cut;
    return VG_OK;
}

static vg_status method_of(struct job_context *context, enum vg_forecast_method *method)
{
    const char *name = context->request->method;
    if (name == NULL || vg_forecast_method_from_name(name, method) || strcmp(name, JOB_RENEWAL_NAME) == 0) {
        return VG_OK;
    }
    return vg_fail(context->error, VG_USAGE_ERROR, "the method is ensemble, autoregression, seasonal_analogues, exponential_smoothing, renewal, naive or hub_baseline, not \"%.40s\"",
                   name);
}

/* ------------------------------------------------------------------------- rows */

/* The hubs' words for what is counted: "wk inc case", "wk inc death", "wk inc hosp". */
static const char *target_of(struct job_context *context)
{
    static const char *const words[][2] = {{"cases", "case"}, {"deaths", "death"}, {"admissions", "hosp"}, {"icu_admissions", "icu"}};
    const char *word = context->measure->what;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        word = strcmp(context->measure->what, words[i][0]) == 0 ? words[i][1] : word;
    }
    return vg_arena_format(context->arena, "%s %s %s", context->step_days == 7 ? "wk" : "day", context->measure->kind == VG_MEASURE_FLOW ? "inc" : "prev", word);
}

struct rows {
    struct job_context *context;
    const struct vg_forecast *forecast;
    int32_t origin;         /* last step that is known, if only in part */
    const char *target, *location;
};

static void hubverse_row(const struct rows *rows, size_t step, const char *type, double id, double value)
{
    struct vg_table *table = &rows->context->answer->table;
    int32_t length = rows->forecast->step_days, date = rows->forecast->start + (int32_t)step * length;
    vg_table_date(table, rows->origin + length - 1); /* weeks are named by their last day */
    vg_table_text(table, rows->target);
    vg_table_integer(table, (date - rows->origin) / length);
    vg_table_text(table, rows->location);
    vg_table_date(table, date + length - 1);
    vg_table_text(table, type);
    vg_table_double(table, id);
    vg_table_double(table, value);
}

static void write_hubverse(const struct rows *rows)
{
    const struct vg_forecast *forecast = rows->forecast;
    job_add_hubverse_columns(&rows->context->answer->table);
    for (size_t step = 0; step < forecast->n_steps && forecast->status == VG_SERIES_OK; step++) {
        if (forecast->start + (int32_t)step * forecast->step_days <= rows->origin) {
            continue; /* past but not known yet: the nowcast speaks about it */
        }
        for (size_t level = 0; level < VG_FORECAST_LEVELS; level++) {
            hubverse_row(rows, step, "quantile", vg_forecast_levels[level], forecast->quantiles[step * VG_FORECAST_LEVELS + level]);
        }
        for (size_t path = 0; path < forecast->n_paths; path++) {
            hubverse_row(rows, step, "sample", (double)path + 1, forecast->paths[path * forecast->n_steps + step]);
        }
    }
}

static void write_wide(const struct rows *rows)
{
    struct vg_table *table = &rows->context->answer->table;
    const struct vg_forecast *forecast = rows->forecast;
    vg_table_add_column(table, "date", VG_COLUMN_DATE);
    vg_table_add_column(table, "horizon", VG_COLUMN_INTEGER);
    vg_table_add_column(table, "mean", VG_COLUMN_DOUBLE);
    job_add_quantile_columns(table);
    for (size_t step = 0; step < forecast->n_steps; step++) {
        int32_t date = forecast->start + (int32_t)step * forecast->step_days;
        double quantiles[VG_QUANTILE_COUNT];
        if (date <= rows->origin) {
            continue;
        }
        for (size_t level = 0; level < VG_QUANTILE_COUNT; level++) {
            quantiles[level] = forecast->quantiles[step * VG_FORECAST_LEVELS + vg_forecast_level_of[level]];
        }
        vg_table_date(table, date);
        vg_table_integer(table, (date - rows->origin) / forecast->step_days);
        vg_table_double(table, forecast->mean[step]);
        job_quantile_cells(table, quantiles);
    }
}

/* The ensemble's members instead of the forecast. */
static void write_members(const struct rows *rows)
{
    struct vg_table *table = &rows->context->answer->table;
    vg_table_add_column(table, "member", VG_COLUMN_TEXT);
    vg_table_add_column(table, "horizon_weeks", VG_COLUMN_INTEGER);
    vg_table_add_column(table, "weight", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "relative_wis", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "n_scored", VG_COLUMN_INTEGER);
    for (size_t member = 0; member < rows->forecast->n_members; member++) {
        const struct vg_forecast_weight *weight = &rows->forecast->members[member];
        for (size_t week = 0; week < VG_FORECAST_WEEKS; week++) {
            vg_table_text(table, weight->name);
            vg_table_integer(table, (int64_t)week + 1);
            vg_table_double(table, weight->weight[week]);
            vg_table_double(table, weight->relative_wis[week]);
            vg_table_integer(table, (int64_t)weight->n_scored[week]);
        }
    }
}

/* ,"members":[{"name":...,"weight":[...],"relative_wis":[...]}]: by horizon in weeks. */
static void meta_members(struct vg_buffer *meta, const struct vg_forecast *forecast)
{
    vg_buffer_text(meta, ",\"members\":[");
    for (size_t member = 0; member < forecast->n_members; member++) {
        const struct vg_forecast_weight *weight = &forecast->members[member];
        vg_buffer_format(meta, "%s{\"name\":\"%s\"", member == 0 ? "" : ",", weight->name);
        for (int field = 0; field < 2; field++) {
            vg_buffer_text(meta, field == 0 ? ",\"weight\":[" : "],\"relative_wis\":[");
            for (size_t week = 0; week < VG_FORECAST_WEEKS; week++) {
                double value = field == 0 ? weight->weight[week] : weight->relative_wis[week];
                vg_buffer_text(meta, week == 0 ? "" : ",");
                if (isnan(value)) {
                    vg_buffer_text(meta, "null");
                } else {
                    vg_buffer_double(meta, value);
                }
            }
        }
        vg_buffer_text(meta, "]}");
    }
    vg_buffer_char(meta, ']');
}

/* -------------------------------------------------------------------- one series */

static vg_status fill_parameters(struct job_context *context, const struct vg_series *series, size_t n_cut, struct vg_series *leading,
                                 struct vg_forecast_guest *guest, struct vg_forecast_parameters *parameters)
{
    const struct vg_request *request = context->request;
    parameters->horizon_steps = (request->horizon_steps != 0 ? request->horizon_steps : context->step_days == 7 ? 4 : 28) + n_cut;
    parameters->horizon_steps = parameters->horizon_steps > 366 ? 366 : parameters->horizon_steps;
    parameters->seed = request->seed;
    parameters->n_paths = request->hubverse ? request->n_samples : 0;
    if (parameters->method != VG_FORECAST_ENSEMBLE && parameters->method != VG_FORECAST_AUTOREGRESSION) {
        return VG_OK;
    }
    vg_status status = job_forecast_experience(context, &parameters->experience, &parameters->group);
    if (status == VG_OK) {
        status = job_leading_series(context, series, leading);
    }
    parameters->leading = leading->values == NULL ? NULL : leading;
    if (status == VG_OK && parameters->method == VG_FORECAST_ENSEMBLE && !request->without_renewal && !context->measure->delayed) {
        status = job_forecast_guest(context, series, guest);
    }
    parameters->guest = guest->name == NULL ? NULL : guest;
    return status;
}

static vg_status forecast_one(struct job_context *context)
{
    struct vg_series series, leading = {0};
    struct vg_forecast_parameters parameters;
    struct vg_forecast_guest guest = {0};
    struct vg_forecast forecast = {.status = VG_SERIES_TOO_SHORT};
    enum vg_series_status nowcast_status = VG_SERIES_OK;
    size_t n_cut = 0;
    vg_monitor_forecast_defaults(&parameters);
    vg_status status = method_of(context, &parameters.method);
    if (status == VG_OK) {
        context->filter.from = VG_DATE_NONE; /* to ends the series: what would have been forecast then */
        status = vg_store_series(context->store, &context->filter, context->arena, &series, context->error);
    }
    if (status != VG_OK) {
        return status;
    }
    int32_t origin = series.start + ((int32_t)series.n_values - 1) * series.step_days;
    bool renewal = context->request->method != NULL && strcmp(context->request->method, JOB_RENEWAL_NAME) == 0;
    if (context->measure->delayed && series.n_values > 0 && !renewal) {
        status = complete_newest(context, &series, &n_cut, &nowcast_status);
    }
    forecast.method = parameters.method;
    if (status == VG_OK && renewal) {
        size_t horizon = context->request->horizon_steps != 0 ? context->request->horizon_steps : context->step_days == 7 ? 4 : 28;
        status = job_forecast_renewal(context, horizon, context->request->hubverse ? context->request->n_samples : 0, &forecast);
    } else if (status == VG_OK && series.n_values > 0) {
        status = fill_parameters(context, &series, n_cut, &leading, &guest, &parameters);
        status = status == VG_OK ? vg_monitor_forecast_full(&series, &parameters, context->arena, &forecast, context->error) : status;
    }
    if (status != VG_OK) {
        return status;
    }
    struct rows rows = {context, &forecast, origin, target_of(context), context->request->place == NULL ? context->dataset.name : context->request->place};
    (context->request->members ? write_members : context->request->hubverse ? write_hubverse : write_wide)(&rows);
    context->answer->status = forecast.status;
    struct vg_buffer *meta = &context->answer->meta;
    job_meta_begin(context);
    job_meta_text(meta, "status", vg_series_status_name(forecast.status));
    job_meta_text(meta, "nowcast_status", vg_series_status_name(nowcast_status));
    job_meta_text(meta, "method", renewal ? JOB_RENEWAL_NAME : vg_forecast_method_name(forecast.method));
    job_meta_date(meta, "origin", origin);
    job_meta_number(meta, "steps_left_to_the_forecast", (double)n_cut);
    job_meta_number(meta, "seed", (double)context->request->seed);
    job_meta_text(meta, "leading", parameters.leading == NULL ? NULL : job_leading_measure(context)->name);
    meta_members(meta, &forecast);
    return job_finish(context);
}

/* ------------------------------------------------------------ every place of a level */

static vg_status forecast_level(struct job_context *context)
{
    struct vg_series_matrix matrix;
    struct job_forecast_memory memory;
    enum vg_place_level level;
    if (!vg_place_level_from_name(vg_text_from(context->request->level), &level)) {
        return vg_fail(context->error, VG_USAGE_ERROR, "there is no level %s; levels are country, admin1, admin2, other", context->request->level);
    }
    vg_status status = vg_store_series_by_place(context->store, &context->filter, level, context->arena, &matrix, context->error);
    struct job_series_key *keys = status == VG_OK ? VG_ARENA_ARRAY(context->arena, struct job_series_key, matrix.n_places + 1) : NULL;
    if (status != VG_OK || keys == NULL) {
        return status != VG_OK ? status : vg_fail_memory(context->error, matrix.n_places * sizeof *keys);
    }
    status = job_forecast_learn(context, context->arena, &memory);
    if (status != VG_OK) {
        return status;
    }
    const struct vg_place_list *places = vg_store_place_list(context->store);
    struct vg_request each = *context->request;
    each.level = NULL;
    each.forecast_memory = &memory;
    each.without_renewal |= matrix.n_places > JOB_RENEWAL_SERIES_MOST && !each.members;
    for (size_t row = 0; row < matrix.n_places; row++) {
        keys[row] = (struct job_series_key){places->places[matrix.place[row]].code, context->request->group, context->measure->name};
    }
    status = job_each_series(context->store, context->dataset.name, vg_job_forecast, &each, keys, matrix.n_places, context->arena, context->answer, context->error);
    context->answer->status = VG_SERIES_OK;
    job_meta_begin(context);
    return status == VG_OK ? job_finish(context) : status;
}

vg_status vg_job_forecast(struct vg_store *store, const struct vg_request *request, struct vg_arena *arena, struct vg_answer *answer,
                          struct vg_error *error)
{
    struct job_context context;
    vg_status status = job_context_open(&context, store, request, arena, answer, JOB_ANY_MEASURE, error);
    if (status != VG_OK) {
        return status;
    }
    return request->level != NULL && request->place == NULL ? forecast_level(&context) : forecast_one(&context);
}
