/*
 * Nowcast and reporting delays of one series. A measure that is counted by its day of report has nothing to wait for: its nowcast is
 * the series itself, with the status that says so.
 */
#include "jobs/jobs_internal.h"

#include <math.h>

static void add_columns(struct vg_table *table, bool hubverse)
{
    if (hubverse) {
        job_add_hubverse_columns(table);
        return;
    }
    vg_table_add_column(table, "date", VG_COLUMN_DATE);
    vg_table_add_column(table, "reported", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "mean", VG_COLUMN_DOUBLE);
    job_add_quantile_columns(table);
}

static bool inside(const struct vg_request *request, int32_t date)
{
    return (request->from == VG_DATE_NONE || date >= request->from) && (request->to == VG_DATE_NONE || date <= request->to);
}

static void nowcast_rows(struct job_context *context, const struct vg_nowcast *nowcast)
{
    const struct vg_quantile_series *final = &nowcast->expected_final;
    struct vg_table *table = &context->answer->table;
    for (size_t step = 0; step < final->n_steps; step++) {
        int32_t date = final->start + (int32_t)step * final->step_days;
        const double *quantiles = final->values + step * VG_QUANTILE_COUNT;
        if (!inside(context->request, date)) {
            continue;
        }
        if (context->request->hubverse) {
            job_hubverse_rows(table, context, context->as_of, date, (date - context->as_of) / final->step_days, quantiles);
            continue;
        }
        vg_table_date(table, date);
        vg_table_double(table, nowcast->reported[step]);
        vg_table_double(table, final->mean == NULL ? NAN : final->mean[step]);
        job_quantile_cells(table, quantiles);
    }
}

static void delays_meta(struct vg_buffer *meta, const struct vg_delay_estimate *delays)
{
    job_meta_number(meta, "median", delays->median_steps);
    job_meta_number(meta, "q90", delays->q90_steps);
    job_meta_number(meta, "mean", delays->mean_steps);
}

/* A triangle's own span is what a nowcast needs; from and to only cut what is shown. */
static vg_status open_triangle(struct job_context *context, struct vg_triangle *triangle)
{
    context->filter.from = VG_DATE_NONE;
    context->filter.to = VG_DATE_NONE;
    return job_triangle(context, triangle);
}

vg_status vg_job_nowcast(struct vg_store *store, const struct vg_request *request, struct vg_arena *arena, struct vg_answer *answer,
                         struct vg_error *error)
{
    struct job_context context;
    struct vg_triangle triangle;
    struct vg_nowcast nowcast = {.status = VG_SERIES_NO_DELAYS};
    struct vg_nowcast_parameters parameters;
    vg_status status = job_context_open(&context, store, request, arena, answer, JOB_DELAYED_MEASURE, error);
    vg_monitor_nowcast_defaults(&parameters);
    parameters.seed = request->seed;
    if (status == VG_OK && context.measure->delayed) {
        status = open_triangle(&context, &triangle);
        if (status == VG_OK) {
            status = vg_monitor_nowcast(&triangle, &parameters, arena, &nowcast, error);
        }
    }
    if (status != VG_OK) {
        return status;
    }
    add_columns(&answer->table, request->hubverse);
    nowcast_rows(&context, &nowcast);
    answer->status = nowcast.status;
    job_meta_begin(&context);
    job_meta_text(&answer->meta, "status", vg_series_status_name(nowcast.status));
    job_meta_number(&answer->meta, "sum_steps", (double)parameters.sum_steps);
    job_meta_number(&answer->meta, "seed", (double)request->seed);
    delays_meta(&answer->meta, &nowcast.delays);
    return job_finish(&context);
}

static void delay_rows(struct vg_table *table, const struct vg_delay_estimate *delays)
{
    vg_table_add_column(table, "delay", VG_COLUMN_INTEGER);
    vg_table_add_column(table, "share_reported", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "low", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "high", VG_COLUMN_DOUBLE);
    for (size_t delay = 0; delay < delays->n_delays; delay++) {
        vg_table_integer(table, (int64_t)delay);
        vg_table_double(table, delays->cumulative[delay]);
        vg_table_double(table, delays->cumulative_low[delay]);
        vg_table_double(table, delays->cumulative_high[delay]);
    }
}

vg_status vg_job_delays(struct vg_store *store, const struct vg_request *request, struct vg_arena *arena, struct vg_answer *answer,
                        struct vg_error *error)
{
    struct job_context context;
    struct vg_triangle triangle = {0};
    struct vg_delay_estimate delays = {.status = VG_SERIES_NO_DELAYS};
    vg_status status = job_context_open(&context, store, request, arena, answer, JOB_DELAYED_MEASURE, error);
    if (status == VG_OK && context.measure->delayed) {
        status = open_triangle(&context, &triangle);
        if (status == VG_OK) {
            status = vg_monitor_delays(&triangle, 0, arena, &delays, error);
        }
    }
    if (status != VG_OK) {
        return status;
    }
    if (request->through_time) {
        status = job_delays_through_time(&context, &triangle, &delays);
        if (status != VG_OK) {
            return status;
        }
    } else {
        delay_rows(&answer->table, &delays);
    }
    answer->status = delays.status;
    job_meta_begin(&context);
    job_meta_text(&answer->meta, "status", vg_series_status_name(delays.status));
    delays_meta(&answer->meta, &delays);
    return job_finish(&context);
}
