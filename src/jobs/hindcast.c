/*
 * Former forecasts beside what came: the forecast of vg_job_forecast as of a few former days, with what was known then, and how it scored. Data that keep no
 * versions are cut at the former day instead. Dates of which much is still to be reported are shown but not scored.
 */
#include "jobs/jobs_internal.h"

#include <math.h>
#include <string.h>

#define ORIGINS 4
#define MOST_ORIGINS 52
#define SETTLED_SHARE 0.95 /* dates of which as a rule so much is reported count as known */

struct hindcast_work {
    struct job_context *context;
    struct vg_series observed;
    size_t settled_steps;       /* age from which a date is known */
    size_t horizon;
    struct vg_score_tally model, baseline;
    const char *baseline_method;
    size_t n_forecasts;
    enum vg_series_status status; /* of the newest origin */
    bool by_version;
};

static double observed_on(const struct hindcast_work *work, int32_t date)
{
    int64_t index = ((int64_t)date - work->observed.start) / work->observed.step_days;
    return date >= work->observed.start && index < (int64_t)work->observed.n_values ? work->observed.values[index] : NAN;
}

/* Whether what is known of the date now may be held against a forecast. Negative counts are corrections of other days. */
static bool is_settled(const struct hindcast_work *work, int32_t date)
{
    int32_t newest = work->observed.start + ((int32_t)work->observed.n_values - 1) * work->observed.step_days;
    return observed_on(work, date) >= 0 && (newest - date) / work->observed.step_days >= (int32_t)work->settled_steps;
}

/* The forecast made `back` steps ago; its table is in the context's arena. */
static vg_status forecast_then(struct hindcast_work *work, size_t back, const char *method, struct vg_answer *answer)
{
    struct job_context *context = work->context;
    struct vg_request request = *context->request;
    int32_t newest = work->observed.start + ((int32_t)work->observed.n_values - 1) * work->observed.step_days;
    int32_t days = (int32_t)back * work->observed.step_days;
    const struct vg_dataset *dataset = &context->dataset;
    int32_t as_of = context->as_of - days;
    request.method = method;
    request.horizon_steps = work->horizon;
    request.from = VG_DATE_NONE;
    request.to = VG_DATE_NONE;
    request.hubverse = false;
    work->by_version = dataset->first_known != VG_DATE_NONE && dataset->first_known < dataset->last_known;
    if (work->by_version) {
        request.as_of = as_of;
    } else {
        request.to = newest - days;
    }
    vg_answer_init(answer, context->arena);
    return vg_job_forecast(context->store, &request, context->arena, answer, context->error);
}

static const char *const quantile_names[VG_QUANTILE_COUNT] = {"q025", "q05", "q10", "q25", "q50", "q75", "q90", "q95", "q975"};

/* Rows of one former forecast: written where told to, and scored. */
static void take(struct hindcast_work *work, const struct vg_table *forecast, struct vg_score_tally *tally, bool written)
{
    struct vg_table *out = &work->context->answer->table;
    const struct vg_column *date = job_column(forecast, "date");
    const struct vg_column *horizon = job_column(forecast, "horizon");
    for (size_t row = 0; row < forecast->n_rows; row++) {
        double quantiles[VG_QUANTILE_COUNT];
        int32_t day = date->values.dates[row];
        int32_t ahead = (int32_t)horizon->values.integers[row];
        for (size_t level = 0; level < VG_QUANTILE_COUNT; level++) {
            quantiles[level] = job_column(forecast, quantile_names[level])->values.doubles[row];
        }
        bool scored = is_settled(work, day);
        if (scored) {
            vg_monitor_tally(tally, quantiles, observed_on(work, day));
        }
        if (!written) {
            continue;
        }
        vg_table_date(out, day - ahead * work->observed.step_days);
        vg_table_date(out, day);
        vg_table_integer(out, ahead);
        for (size_t level = 0; level < VG_QUANTILE_COUNT; level++) {
            vg_table_double(out, job_rounded(quantiles[level], 3, false));
        }
        vg_table_double(out, observed_on(work, day));
        vg_table_boolean(out, scored);
    }
}

/* The baseline is scored on the same dates; an origin where one of the two has no forecast counts for neither. */
static vg_status look_back(struct hindcast_work *work, size_t back)
{
    struct vg_answer answer;
    struct vg_answer simple = {0};
    struct vg_score_tally model = work->model;
    struct vg_score_tally baseline = work->baseline;
    vg_status status = forecast_then(work, back, work->context->request->method, &answer);
    enum vg_series_status ended = answer.status;
    if (status == VG_OK && ended == VG_SERIES_OK) {
        status = forecast_then(work, back, work->baseline_method, &simple);
    }
    if (status == VG_OK && ended == VG_SERIES_OK && simple.status == VG_SERIES_OK) {
        take(work, &answer.table, &model, true);
        take(work, &simple.table, &baseline, false);
        work->model = model;
        work->baseline = baseline;
        work->n_forecasts++;
        work->status = VG_SERIES_OK;
    } else if (work->n_forecasts == 0) {
        work->status = ended != VG_SERIES_OK ? ended : simple.status;
    }
    vg_answer_release(&answer);
    vg_answer_release(&simple);
    /* As of a day before the data begin, or of data that do not allow it: no forecast, no failure. */
    if (status == VG_DATA_ERROR || status == VG_NOT_FOUND) {
        return VG_OK;
    }
    return status;
}

static vg_status find_settled(struct hindcast_work *work)
{
    struct job_context context = *work->context;
    struct vg_triangle triangle;
    struct vg_delay_estimate delays;
    if (!context.measure->delayed) {
        return VG_OK;
    }
    context.filter.from = VG_DATE_NONE;
    context.filter.to = VG_DATE_NONE;
    vg_status status = job_triangle(&context, &triangle);
    if (status == VG_OK) {
        status = vg_monitor_delays(&triangle, 0, context.arena, &delays, context.error);
    }
    while (status == VG_OK && delays.status == VG_SERIES_OK && work->settled_steps < delays.n_delays && delays.cumulative[work->settled_steps] < SETTLED_SHARE) {
        work->settled_steps++;
    }
    return status;
}

static void write_meta(struct hindcast_work *work)
{
    struct vg_buffer *meta = &work->context->answer->meta;
    double n = (double)work->model.n;
    job_meta_begin(work->context);
    job_meta_text(meta, "status", vg_series_status_name(work->status));
    job_meta_text(meta, "known", work->by_version ? "as_of" : "to");
    job_meta_number(meta, "horizon", (double)work->horizon);
    job_meta_number(meta, "n_forecasts", (double)work->n_forecasts);
    job_meta_number(meta, "n_scored", n);
    job_meta_number(meta, "inside_50", n > 0 ? (double)work->model.inside_50 / n : NAN);
    job_meta_number(meta, "inside_95", n > 0 ? (double)work->model.inside_95 / n : NAN);
    job_meta_number(meta, "wis", n > 0 ? work->model.wis / n : NAN);
    job_meta_text(meta, "baseline", work->baseline_method);
    job_meta_number(meta, "baseline_wis", work->baseline.n > 0 ? work->baseline.wis / (double)work->baseline.n : NAN);
    job_meta_number(meta, "relative_wis", work->baseline.wis > 0 && work->baseline.n == work->model.n ? work->model.wis / work->baseline.wis : NAN);
}

vg_status vg_job_hindcast(struct vg_store *store, const struct vg_request *request, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    struct job_context context;
    struct hindcast_work work = {.context = &context, .status = VG_SERIES_TOO_SHORT};
    vg_status status = job_context_open(&context, store, request, arena, answer, JOB_ANY_MEASURE, error);
    if (status == VG_OK) {
        context.filter.from = VG_DATE_NONE;
        status = vg_store_series(store, &context.filter, arena, &work.observed, error);
    }
    if (status == VG_OK) {
        status = find_settled(&work);
    }
    if (status != VG_OK) {
        return status;
    }
    work.horizon = request->horizon_steps != 0 ? request->horizon_steps : context.step_days == 7 ? 4 : 28;
    work.baseline_method = context.step_days == 7 ? "hub_baseline" : "naive";
    size_t origins = request->n_origins == 0 ? ORIGINS : request->n_origins > MOST_ORIGINS ? MOST_ORIGINS : request->n_origins;
    vg_table_add_column(&answer->table, "origin", VG_COLUMN_DATE);
    vg_table_add_column(&answer->table, "date", VG_COLUMN_DATE);
    vg_table_add_column(&answer->table, "horizon", VG_COLUMN_INTEGER);
    job_add_quantile_columns(&answer->table);
    vg_table_add_column(&answer->table, "observed", VG_COLUMN_DOUBLE);
    vg_table_add_column(&answer->table, "scored", VG_COLUMN_BOOLEAN);
    for (size_t origin = origins; status == VG_OK && origin >= 1; origin--) {
        size_t back = origin * work.horizon;
        if (back < work.observed.n_values) {
            status = look_back(&work, back);
        }
    }
    if (status != VG_OK) {
        return status;
    }
    answer->status = work.status;
    write_meta(&work);
    return job_finish(&context);
}
