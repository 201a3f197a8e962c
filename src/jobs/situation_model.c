/*
 * The situation by the generative model (monitor/renewal): all places of the view in one batch, the smaller ones drawn towards their sum. A row then has R of its
 * newest day, and as the newest week's final count the mean of model and quick way, quantile by quantile, as a nowcast has it; of the next week's the mean of logs.
 */
#include "jobs/situation_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PLACES_MOST 10000          /* where nobody waits */
#define PLACES_AT_ONCE 300         /* where somebody does, and */
#define CELLS_AT_ONCE 3000000      /* of their triangles: 300 places of 180 days and 55 delays */
#define CELLS_OWN_STEPS 72000000   /* with more, small places take their parent's report days: half the work, and worse on real data */
#define WINDOW_DAYS 180            /* that the model uses */
#define WINDOW_WEEKS 104
#define ALONE_REPORTS_WEEKS 5000.0 /* a place with so many in two years of weeks knows its delays, and is better off without the others (docs/monitor.md) */
#define WIDEST 20.0                /* interval of the newest week, as a ratio, */
#define SMALL_COUNT 10.0           /* of counts so much larger */

struct model_work {
    struct job_context *context;
    struct situation_work *work;
    struct vg_triangle_set set;    /* where counts are by an earlier date than their report's */
    struct vg_triangle whole;      /* of data that name no place */
    struct vg_triangle shape;      /* increments NULL */
    struct place_situation **rows; /* [n] that are worked on */
    size_t n;
};

/* A place's triangle, or its series. */
static bool give(void *context, size_t series, struct vg_arena *arena, struct vg_triangle *triangle)
{
    const struct model_work *m = context;
    *triangle = m->shape;
    size_t cells = m->shape.n_references * m->shape.n_delays;
    double *increments = VG_ARENA_ARRAY(arena, double, cells);
    triangle->increments = increments;
    if (increments == NULL) {
        return false;
    }
    if (m->whole.increments != NULL) {
        memcpy(increments, m->whole.increments, cells * sizeof *increments);
    } else if (m->work->delayed) {
        vg_store_triangle_of(&m->set, series, increments);
    } else { /* a series of counts is a triangle with one delay */
        memcpy(increments, m->rows[series]->values + m->work->n_steps - cells, cells * sizeof *increments);
        (void)job_drop_negative(increments, cells);
    }
    return true;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* Sum of the next 7 days, or the next week, over the draws. */
static struct vg_rate_interval sum_ahead(const struct vg_renewal_estimate *estimate)
{
    size_t n = estimate->n_draws, steps = estimate->forecast.n_steps;
    double *sums = malloc((n + 1) * sizeof *sums);
    struct vg_rate_interval out = {NAN, NAN, NAN};
    for (size_t draw = 0; sums != NULL && draw < n; draw++) {
        sums[draw] = 0;
        for (size_t step = 0; step < steps; step++) {
            sums[draw] += estimate->forecast_draws[draw * steps + step];
        }
    }
    if (sums != NULL && n > 0) {
        qsort(sums, n, sizeof *sums, by_value);
        out = (struct vg_rate_interval){vg_quantile_sorted(sums, n, 0.5), vg_quantile_sorted(sums, n, 0.025), vg_quantile_sorted(sums, n, 0.975)};
    }
    free(sums);
    return out;
}

/* The mean, quantile by quantile, of what is known; else what is. */
static void mix(struct vg_rate_interval *quick, const struct vg_rate_interval *model)
{
    bool known = !isnan(quick->estimate);
    quick->estimate = known ? 0.5 * (quick->estimate + model->estimate) : model->estimate;
    quick->low = known ? 0.5 * (quick->low + model->low) : model->low;
    quick->high = known ? 0.5 * (quick->high + model->high) : model->high;
}

static double mean_of_logs(double a, double b)
{
    return isnan(a) ? b : sqrt((a + 0.5) * (b + 0.5)) - 0.5;
}

/* The same of logarithms: a rise that one of them carries too far weighs less. */
static void mix_logs(struct vg_rate_interval *quick, const struct vg_rate_interval *model)
{
    quick->low = mean_of_logs(quick->low, model->low);
    quick->high = mean_of_logs(quick->high, model->high);
    quick->estimate = mean_of_logs(quick->estimate, model->estimate);
}

/*
 * An interval over more than a factor of twenty, small counts aside: the model does not know where it is, as where the source has stood still for a week. R has the
 * same bound within the model.
 */
static bool is_wide(double low, double high)
{
    return high + SMALL_COUNT > WIDEST * (low + SMALL_COUNT);
}

static void take(void *context, size_t series, const struct vg_renewal_estimate *estimate, const char *message)
{
    const struct model_work *m = context;
    struct place_situation *row = m->rows[series];
    (void)message;
    if (estimate->status != VG_SERIES_OK || estimate->rt.n_steps == 0 || estimate->expected_final.n_steps == 0) {
        return;
    }
    const struct vg_quantile_series *counts = &estimate->expected_final;
    const double *final = counts->values + (counts->n_steps - 1) * VG_QUANTILE_COUNT;
    if (m->work->delayed && is_wide(final[0], final[VG_QUANTILE_COUNT - 1])) {
        return;
    }
    const double *newest = estimate->rt.values + (estimate->rt.n_steps - 1) * VG_QUANTILE_COUNT;
    row->by_model = true;
    row->rt[0] = newest[VG_QUANTILE_MEDIAN];
    row->rt[1] = newest[0];
    row->rt[2] = newest[VG_QUANTILE_COUNT - 1];
    if (m->work->delayed) {
        const struct vg_rate_interval model = {final[VG_QUANTILE_MEDIAN], final[0], final[VG_QUANTILE_COUNT - 1]};
        mix(&row->expected, &model);
    }
    struct vg_rate_interval ahead = sum_ahead(estimate);
    if (!isnan(ahead.estimate) && !is_wide(ahead.low, ahead.high)) {
        mix_logs(&row->ahead, &ahead);
    }
}

/* The triangles, or the series, of the rows on one axis. */
static vg_status gather(struct model_work *m, enum vg_place_level level)
{
    struct job_context *context = m->context;
    const struct situation_work *work = m->work;
    size_t most = context->step_days == 7 ? WINDOW_WEEKS : WINDOW_DAYS;
    if (!work->delayed) {
        size_t n = work->n_steps < most ? work->n_steps : most;
        m->shape = (struct vg_triangle){.start = work->start + (int32_t)(work->n_steps - n) * context->step_days, .step_days = context->step_days, .n_references = n, .n_delays = 1};
        m->shape.as_of = work->start + ((int32_t)work->n_steps - 1) * context->step_days;
        return VG_OK;
    }
    vg_status status = VG_OK;
    if (m->rows[0]->place == VG_PLACE_NONE) {
        status = vg_store_triangle(context->store, &context->filter, context->request->n_delays, context->arena, &m->whole, context->error);
        m->shape = m->whole;
    } else {
        uint32_t *places = VG_ARENA_ARRAY(context->arena, uint32_t, m->n);
        if (places == NULL) {
            return vg_fail_memory(context->error, m->n * sizeof *places);
        }
        for (size_t i = 0; i < m->n; i++) {
            places[i] = m->rows[i]->place;
        }
        const struct vg_triangle_rows wanted = {.level = level, .places = places, .n_places = m->n, .n_delays = context->request->n_delays, .most_references = most};
        status = vg_store_triangles_by_place(context->store, &context->filter, &wanted, context->arena, &m->set, context->error);
        m->shape = m->set.shape;
    }
    m->shape.increments = NULL;
    return status;
}

enum model_choice { MODEL_QUICK, MODEL_AT_ONCE, MODEL_ALWAYS };

static vg_status choice_of(const struct job_context *context, enum model_choice *choice)
{
    const char *name = context->request->method;
    *choice = name == NULL ? MODEL_AT_ONCE : strcmp(name, "quick") == 0 ? MODEL_QUICK : MODEL_ALWAYS;
    return *choice == MODEL_ALWAYS && strcmp(name, "renewal") != 0 ? vg_fail(context->error, VG_USAGE_ERROR, "the method is renewal or quick, not \"%.40s\"", name) : VG_OK;
}

vg_status situation_model(struct job_context *context, struct situation_work *work, enum vg_place_level level, struct vg_pool *pool)
{
    struct model_work m = {.context = context, .work = work};
    struct vg_renewal_parameters parameters;
    struct vg_error unknown = {0};
    struct vg_error *kept = context->error;
    enum model_choice choice = MODEL_QUICK;
    vg_status status = choice_of(context, &choice);
    if (status != VG_OK || choice == MODEL_QUICK || work->n_steps == 0 || work->n_rows > (choice == MODEL_ALWAYS ? PLACES_MOST : PLACES_AT_ONCE)) {
        return status;
    }
    context->error = &unknown;
    status = job_renewal_parameters(context, &parameters);
    context->error = kept;
    if (status != VG_OK) {
        return VG_OK; /* a stock, or a disease whose intervals nobody published */
    }
    m.rows = VG_ARENA_ARRAY(context->arena, struct place_situation *, work->n_rows + 1);
    if (m.rows == NULL) {
        return vg_fail_memory(context->error, work->n_rows * sizeof *m.rows);
    }
    for (size_t i = 0; i < work->n_rows; i++) {
        if (!work->rows[i].silent) {
            m.rows[m.n++] = &work->rows[i];
        }
    }
    status = m.n > 0 ? gather(&m, level) : VG_OK;
    size_t cells = m.n * m.shape.n_references * m.shape.n_delays;
    if (status != VG_OK || m.n == 0 || m.shape.n_references == 0 || (choice == MODEL_AT_ONCE && cells > CELLS_AT_ONCE)) {
        return status;
    }
    parameters.sum_steps = work->window_steps;
    parameters.forecast_steps = work->window_steps;
    const struct vg_renewal_batch batch = {.give = give, .take = take, .context = &m, .n = m.n, .pooled = true, .own_steps = cells <= CELLS_OWN_STEPS,
                                           .alone_reports = context->step_days == 7 ? ALONE_REPORTS_WEEKS : 0};
    status = vg_renewal_many(&batch, &parameters, pool, &unknown);
    if (status == VG_SYSTEM_ERROR || status == VG_LIMIT_EXCEEDED) {
        return vg_fail(context->error, status, "%s", unknown.message);
    }
    return VG_OK; /* intervals that the model has no use for */
}
