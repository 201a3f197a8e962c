/*
 * Nowcast and reporting delays of one series. A measure that is counted by its day of report has nothing to wait for: its nowcast is
 * the series itself, with the status that says so.
 */
#include "jobs/jobs_internal.h"

#include <math.h>
#include <string.h>

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
    vg_status status = job_triangle(context, triangle);
    return status == VG_OK ? job_undated(context, triangle) : status;
}

enum nowcast_method { BOTH, LADDER, RENEWAL, NUTS };

static vg_status method_of(const struct job_context *context, enum nowcast_method *method)
{
    static const char *const names[] = {"both", "ladder", "renewal", "nuts"};
    const char *name = context->request->method;
    *method = BOTH;
    for (size_t i = 0; name != NULL && i < sizeof names / sizeof *names; i++) {
        if (strcmp(name, names[i]) == 0) {
            *method = (enum nowcast_method)i;
            return VG_OK;
        }
    }
    return name == NULL ? VG_OK : vg_fail(context->error, VG_USAGE_ERROR, "the method is both, ladder, renewal or nuts, not \"%.40s\"", name);
}

/*
 * The model's quantiles in the ladder's place, or their mean: two ways with different errors are better than either. Dates outside the model's
 * window stay as they are.
 */
static void put_model(const struct vg_renewal_estimate *model, bool both, struct vg_nowcast *nowcast)
{
    const struct vg_quantile_series *from = &model->expected_final;
    struct vg_quantile_series *to = &nowcast->expected_final;
    double kept = both && nowcast->status == VG_SERIES_OK ? 0.5 : 0;
    /* The ladders know nothing of cases without an onset: what they say counts something else. */
    if (nowcast->status != VG_SERIES_OK || model->n_undated > 0) {
        *to = *from;
        nowcast->reported = model->reported;
        nowcast->status = VG_SERIES_OK;
        return;
    }
    for (size_t step = 0; step < from->n_steps; step++) {
        int64_t at = ((int64_t)from->start - to->start) / to->step_days + (int64_t)step;
        if (at < 0 || at >= (int64_t)to->n_steps) {
            continue;
        }
        double *out = to->values + (size_t)at * VG_QUANTILE_COUNT;
        const double *in = from->values + step * VG_QUANTILE_COUNT;
        for (size_t level = 0; level < VG_QUANTILE_COUNT; level++) {
            out[level] = isnan(out[level]) ? in[level] : kept * out[level] + (1 - kept) * in[level];
        }
        if (to->mean != NULL) {
            to->mean[at] = isnan(to->mean[at]) ? from->mean[step] : kept * to->mean[at] + (1 - kept) * from->mean[step];
        }
    }
}

/* Both need the disease's intervals; where they are not known the ladder stands alone, unless the model was asked for. */
static vg_status add_model(struct job_context *context, enum nowcast_method method, const struct vg_triangle *triangle, struct vg_nowcast *nowcast,
                           struct vg_renewal_estimate *model, const char **used)
{
    struct vg_error unknown = {0};
    struct vg_error *kept = context->error;
    struct job_renewal_wish wish = {.sampler = method == NUTS};
    *used = "ladder";
    *model = (struct vg_renewal_estimate){.status = VG_SERIES_NO_DELAYS};
    vg_status status = job_wants_imputation(context, method == RENEWAL || method == NUTS, &wish.impute);
    if (status == VG_OK && method == LADDER && wish.impute) {
        status = vg_fail(context->error, VG_USAGE_ERROR, "the ladders cannot date cases without an onset; the model can: method renewal");
    }
    if (status != VG_OK || method == LADDER || triangle->n_delays < 2) {
        return status;
    }
    bool optional = method == BOTH && !(wish.impute && context->answer->n_without_onset > 0);
    context->error = optional ? &unknown : kept;
    status = job_renewal(context, triangle, &wish, model);
    context->error = kept;
    if (optional && (status == VG_DATA_ERROR || status == VG_NOT_FOUND)) {
        return VG_OK;
    }
    if (status == VG_OK && model->status == VG_SERIES_OK) {
        *used = method == NUTS ? "nuts" : method == RENEWAL || nowcast->status != VG_SERIES_OK || model->n_undated > 0 ? "renewal" : "both";
        put_model(model, method == BOTH, nowcast);
    } else if (status == VG_OK && !optional) {
        *used = method == NUTS ? "nuts" : "renewal";
        nowcast->status = model->status;
        nowcast->expected_final.n_steps = 0;
    }
    return status;
}

vg_status vg_job_nowcast(struct vg_store *store, const struct vg_request *request, struct vg_arena *arena, struct vg_answer *answer,
                         struct vg_error *error)
{
    struct job_context context;
    struct vg_triangle triangle;
    struct vg_nowcast nowcast = {.status = VG_SERIES_NO_DELAYS};
    struct vg_renewal_estimate model = {.status = VG_SERIES_NO_DELAYS};
    struct vg_nowcast_parameters parameters;
    enum nowcast_method method = BOTH;
    const char *used = "ladder";
    vg_status status = job_context_open(&context, store, request, arena, answer, JOB_DELAYED_MEASURE, error);
    vg_monitor_nowcast_defaults(&parameters);
    parameters.seed = request->seed;
    status = status == VG_OK ? method_of(&context, &method) : status;
    if (status == VG_OK && context.measure->delayed) {
        status = open_triangle(&context, &triangle);
        if (status == VG_OK) {
            status = vg_monitor_nowcast(&triangle, &parameters, arena, &nowcast, error);
        }
        if (status == VG_OK) {
            status = add_model(&context, method, &triangle, &nowcast, &model, &used);
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
    job_meta_text(&answer->meta, "method", used);
    job_meta_number(&answer->meta, "sum_steps", (double)parameters.sum_steps);
    job_meta_number(&answer->meta, "seed", (double)request->seed);
    delays_meta(&answer->meta, &nowcast.delays);
    job_renewal_meta(&answer->meta, &model);
    job_undated_meta(&context);
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
