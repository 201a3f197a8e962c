/*
 * The next days or weeks of one series. Where the newest days are still being reported they are nowcast first; days of which less than half is
 * known are left to the forecast itself, so that its interval holds their uncertainty too.
 */
#include "jobs/jobs_internal.h"

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
    if (name == NULL || strcmp(name, "exponential_smoothing") == 0) {
        *method = VG_FORECAST_EXPONENTIAL_SMOOTHING;
        return VG_OK;
    }
    if (strcmp(name, "naive") == 0) {
        *method = VG_FORECAST_NAIVE;
        return VG_OK;
    }
    if (strcmp(name, "hub_baseline") == 0) {
        *method = VG_FORECAST_HUB_BASELINE;
        return VG_OK;
    }
    return vg_fail(context->error, VG_USAGE_ERROR, "the method is exponential_smoothing, naive or hub_baseline, not \"%.40s\"", name);
}

static void write_rows(struct job_context *context, const struct vg_quantile_series *forecast, int32_t origin)
{
    struct vg_table *table = &context->answer->table;
    bool hubverse = context->request->hubverse;
    if (hubverse) {
        job_add_hubverse_columns(table);
    } else {
        vg_table_add_column(table, "date", VG_COLUMN_DATE);
        vg_table_add_column(table, "horizon", VG_COLUMN_INTEGER);
        vg_table_add_column(table, "mean", VG_COLUMN_DOUBLE);
        job_add_quantile_columns(table);
    }
    for (size_t step = 0; step < forecast->n_steps; step++) {
        int32_t date = forecast->start + (int32_t)step * forecast->step_days;
        int32_t horizon = (date - origin) / forecast->step_days;
        const double *quantiles = forecast->values + step * VG_QUANTILE_COUNT;
        if (date <= origin) {
            continue; /* a day that is past but not known yet: the nowcast speaks about it */
        }
        if (hubverse) {
            job_hubverse_rows(table, context, origin, date, horizon, quantiles);
            continue;
        }
        vg_table_date(table, date);
        vg_table_integer(table, horizon);
        vg_table_double(table, forecast->mean == NULL ? NAN : forecast->mean[step]);
        job_quantile_cells(table, quantiles);
    }
}

vg_status vg_job_forecast(struct vg_store *store, const struct vg_request *request, struct vg_arena *arena, struct vg_answer *answer,
                          struct vg_error *error)
{
    struct job_context context;
    struct vg_series series;
    struct vg_forecast_parameters parameters;
    struct vg_quantile_series forecast = {0};
    enum vg_series_status series_status = VG_SERIES_TOO_SHORT;
    enum vg_series_status nowcast_status = VG_SERIES_OK;
    size_t n_cut = 0;
    vg_monitor_forecast_defaults(&parameters);
    vg_status status = job_context_open(&context, store, request, arena, answer, JOB_ANY_MEASURE, error);
    if (status == VG_OK) {
        status = method_of(&context, &parameters.method);
    }
    if (status == VG_OK) {
        context.filter.from = VG_DATE_NONE; /* to ends the series: what would have been forecast then */
        status = vg_store_series(store, &context.filter, arena, &series, error);
    }
    if (status != VG_OK) {
        return status;
    }
    int32_t origin = series.start + ((int32_t)series.n_values - 1) * series.step_days;
    if (context.measure->delayed && series.n_values > 0) {
        status = complete_newest(&context, &series, &n_cut, &nowcast_status);
    }
    parameters.horizon_steps = (request->horizon_steps != 0 ? request->horizon_steps : context.step_days == 7 ? 4 : 28) + n_cut;
    parameters.seed = request->seed;
    if (parameters.horizon_steps > 366) {
        parameters.horizon_steps = 366;
    }
    if (status == VG_OK && series.n_values > 0) {
        status = vg_monitor_forecast(&series, &parameters, arena, &forecast, &series_status, error);
    }
    if (status != VG_OK) {
        return status;
    }
    write_rows(&context, &forecast, origin);
    answer->status = series_status;
    job_meta_begin(&context);
    job_meta_text(&answer->meta, "status", vg_series_status_name(series_status));
    job_meta_text(&answer->meta, "nowcast_status", vg_series_status_name(nowcast_status));
    job_meta_text(&answer->meta, "method", parameters.method == VG_FORECAST_NAIVE ? "naive" : "exponential_smoothing");
    job_meta_date(&answer->meta, "origin", origin);
    job_meta_number(&answer->meta, "steps_left_to_the_forecast", (double)n_cut);
    job_meta_number(&answer->meta, "seed", (double)request->seed);
    return job_finish(&context);
}
