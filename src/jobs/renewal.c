/*
 * The renewal model of one series of the record: its triangle, or its counts as they are, with generation interval and incubation of
 * the disease. The days from onset to what is counted are rough and say only how far back an infection lies.
 */
#include "jobs/jobs_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Days from onset to the date that a measure counts by, mean and sd: Linton et al. 2020 (admission, death), Verity et al. 2020 (death). */
static const struct {
    const char *by;
    double mean_days, sd_days;
} after_onset[] = {{"notification", 3, 2}, {"sample", 3, 2}, {"diagnosis", 4, 3}, {"report", 5, 4}, {"admission", 5, 4},
                   {"icu", 9, 6}, {"recovery", 20, 8}, {"death", 17, 8}};

/* A series of counts is a triangle with one delay. */
static vg_status triangle_of_series(struct job_context *context, struct vg_triangle *triangle)
{
    struct vg_series series;
    struct vg_cube_filter filter = context->filter;
    filter.from = filter.to = VG_DATE_NONE;
    vg_status status = vg_store_series(context->store, &filter, context->arena, &series, context->error);
    if (status == VG_OK) {
        (void)job_drop_negative(series.values, series.n_values);
        *triangle = (struct vg_triangle){.start = series.start, .step_days = series.step_days, .n_references = series.n_values, .n_delays = 1, .increments = series.values};
        triangle->as_of = series.start + ((int32_t)series.n_values - 1) * series.step_days;
    }
    return status;
}

/* The intervals of the disease; VG_DATA_ERROR says what is missing. */
static vg_status intervals(struct job_context *context, struct vg_renewal_parameters *parameters)
{
    struct job_serial_interval generation;
    struct job_incubation incubation;
    struct vg_error unknown;
    struct vg_error *kept = context->error;
    vg_status status = job_serial_interval(context, &generation);
    if (status != VG_OK) {
        return status;
    }
    if (generation.given != NULL && generation.given->n_weights > 0) {
        const struct vg_given_interval *given = generation.given;
        double *mean = VG_ARENA_ARRAY(context->arena, double, given->n_weights);
        for (size_t i = 0; mean != NULL && i < given->n_rows * given->n_weights; i++) {
            mean[i % given->n_weights] += given->weights[i] / (double)given->n_rows;
        }
        parameters->generation = mean;
        parameters->generation_n = given->n_weights;
    }
    parameters->generation_mean_days = generation.mean_days;
    parameters->generation_sd_days = generation.sd_days;
    /* Without a published incubation infections are dated by onset. */
    context->error = &unknown;
    if (job_incubation(context, &incubation) == VG_OK && incubation.sd_days > 0) {
        parameters->incubation_mean_days = incubation.mean_days;
        parameters->incubation_sd_days = incubation.sd_days;
    }
    context->error = kept;
    for (size_t i = 0; i < sizeof after_onset / sizeof *after_onset; i++) {
        if (strcmp(context->measure->by, after_onset[i].by) == 0) {
            parameters->incubation_mean_days += after_onset[i].mean_days;
            parameters->incubation_sd_days = hypot(parameters->incubation_sd_days, after_onset[i].sd_days);
        }
    }
    return VG_OK;
}

vg_status job_renewal_parameters(struct job_context *context, struct vg_renewal_parameters *parameters)
{
    vg_renewal_defaults(parameters);
    parameters->seed = context->request->seed;
    parameters->report_effects = context->step_days == 7 ? 8 : 28;
    return context->measure->kind == VG_MEASURE_FLOW ? intervals(context, parameters)
                                                      : vg_fail(context->error, VG_DATA_ERROR, "%s is a stock: nobody infects by it", context->measure->name);
}

vg_status job_wants_imputation(const struct job_context *context, bool by_model, bool *impute)
{
    const char *word = context->request->missing_onset;
    *impute = word != NULL ? strcmp(word, "impute") == 0 : by_model;
    return word == NULL || *impute || strcmp(word, "omit") == 0 ? VG_OK
                                                                 : vg_fail(context->error, VG_USAGE_ERROR, "cases without an onset: impute or omit, not \"%.40s\"", word);
}

vg_status job_undated(struct job_context *context, const struct vg_triangle *triangle)
{
    double *undated = NULL;
    vg_status status = vg_store_undated(context->store, &context->filter, triangle, context->arena, &undated, &context->n_undated, context->error);
    context->undated = undated;
    context->answer->n_without_onset = 0;
    for (size_t i = 0; i < context->n_undated && status == VG_OK; i++) {
        context->answer->n_without_onset += undated[i];
    }
    return status;
}

void job_undated_meta(struct job_context *context)
{
    if (context->answer->n_without_onset > 0) {
        job_meta_number(&context->answer->meta, "without_onset", context->answer->n_without_onset);
        job_meta_number(&context->answer->meta, "imputed", context->answer->n_imputed);
    }
}

/* People of the request's place; NaN where nobody says. */
static double people(const struct job_context *context)
{
    return context->place == VG_PLACE_NONE ? NAN : vg_store_place_list(context->store)->places[context->place].population;
}

/*
 * Where R may be well over 1 a course may outgrow its place in weeks: of the model's cases X a share finds people who had none before, so S (1 - exp(-X / S)) come,
 * S being those without a case so far. All infections would have to be reported for S to be this small, so what is left is still the most there can be. Courses
 * stay whole numbers as long as they are small beside S.
 */
static void deplete(const struct job_context *context, const struct vg_triangle *triangle, struct vg_renewal_estimate *out)
{
    double left = people(context);
    size_t n_steps = out->forecast.n_steps;
    for (size_t i = 0; i < triangle->n_references * triangle->n_delays && left > 0; i++) {
        left -= isnan(triangle->increments[i]) ? 0 : triangle->increments[i];
    }
    /* Cases that come again, or a population that is too small for its cases: it says nothing. */
    if (!(left > 0)) {
        return;
    }
    for (size_t draw = 0; draw < out->n_draws; draw++) {
        double *course = out->forecast_draws + draw * n_steps, sum = 0;
        for (size_t step = 0; step < n_steps; step++) {
            double from = exp(-sum / left);
            sum += course[step];
            course[step] = sum > 0.02 * left ? left * (from - exp(-sum / left)) : course[step];
        }
    }
}

vg_status job_renewal(struct job_context *context, const struct vg_triangle *given, const struct job_renewal_wish *wish, struct vg_renewal_estimate *out)
{
    struct vg_renewal_parameters parameters;
    struct vg_triangle triangle;
    struct vg_arena scratch;
    *out = (struct vg_renewal_estimate){.status = VG_SERIES_TOO_SHORT};
    vg_status status = job_renewal_parameters(context, &parameters);
    parameters.method = wish->sampler ? VG_RENEWAL_SAMPLER : VG_RENEWAL_FAST;
    parameters.forecast_steps = wish->forecast_steps > 0 ? wish->forecast_steps : 1;
    parameters.n_draws = wish->n_draws;
    if (status == VG_OK && given == NULL) {
        context->filter.from = context->filter.to = VG_DATE_NONE;
        status = context->measure->delayed ? job_triangle(context, &triangle) : triangle_of_series(context, &triangle);
        status = status == VG_OK && context->measure->delayed ? job_undated(context, &triangle) : status;
        given = &triangle;
    }
    if (status != VG_OK || given->n_references == 0) {
        return status;
    }
    parameters.undated = wish->impute ? context->undated : NULL;
    parameters.n_undated = context->n_undated;
    vg_arena_init(&scratch, 0);
    parameters.pool = vg_pool_new(2);
    status = vg_renewal(given, &parameters, context->arena, &scratch, out, context->error);
    vg_pool_free(parameters.pool);
    vg_arena_release(&scratch);
    context->answer->n_imputed = out->n_undated;
    if (status == VG_OK && out->status == VG_SERIES_OK) {
        deplete(context, given, out);
    }
    return status;
}

void job_renewal_meta(struct vg_buffer *meta, const struct vg_renewal_estimate *estimate)
{
    if (estimate->status != VG_SERIES_OK) {
        return;
    }
    vg_buffer_text(meta, ",\"renewal\":{");
    for (size_t i = 0; i < VG_RENEWAL_HYPER_COUNT; i++) {
        job_meta_number(meta, vg_renewal_hyper_names[i], exp(estimate->hyper_mean[i]));
    }
    job_meta_number(meta, "draws", (double)estimate->n_draws);
    if (estimate->diagnostics.step_size > 0) {
        job_meta_number(meta, "divergent", (double)estimate->diagnostics.n_divergent);
        job_meta_number(meta, "least_effective", estimate->diagnostics.least_effective);
    }
    vg_buffer_char(meta, '}');
}

/* ------------------------------------------------------------------- R in time */

vg_status job_rt_renewal(struct job_context *context, bool sampler)
{
    struct vg_table *table = &context->answer->table;
    struct vg_renewal_estimate estimate;
    struct job_renewal_wish wish = {.sampler = sampler};
    vg_status status = job_wants_imputation(context, true, &wish.impute);
    status = status == VG_OK ? job_renewal(context, NULL, &wish, &estimate) : status;
    if (status != VG_OK) {
        return status;
    }
    vg_table_add_column(table, "date", VG_COLUMN_DATE);
    vg_table_add_column(table, "window_start", VG_COLUMN_DATE);
    vg_table_add_column(table, "mean", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "sd", VG_COLUMN_DOUBLE);
    job_add_quantile_columns(table);
    for (size_t day = 0; day < estimate.rt.n_steps; day++) {
        int32_t date = estimate.rt.start + (int32_t)day;
        const double *quantiles = estimate.rt.values + day * VG_QUANTILE_COUNT;
        if ((context->request->from != VG_DATE_NONE && date < context->request->from) || (context->request->to != VG_DATE_NONE && date > context->request->to)) {
            continue;
        }
        vg_table_date(table, date);
        vg_table_date(table, date);
        vg_table_double(table, estimate.rt.mean[day]);
        /* Nearly log-normal: the sd from the middle half. */
        vg_table_double(table, estimate.rt.mean[day] * log(quantiles[5] / quantiles[3]) / 1.3489795);
        job_quantile_cells(table, quantiles);
    }
    context->answer->status = estimate.status;
    job_meta_begin(context);
    job_meta_text(&context->answer->meta, "status", vg_series_status_name(estimate.status));
    if (estimate.status != VG_SERIES_OK && context->error != NULL) {
        job_meta_text(&context->answer->meta, "message", context->error->message);
    }
    job_meta_text(&context->answer->meta, "method", sampler ? "nuts" : "renewal");
    job_meta_number(&context->answer->meta, "window_days", 1);
    job_meta_number(&context->answer->meta, "seed", (double)context->request->seed);
    job_renewal_meta(&context->answer->meta, &estimate);
    job_undated_meta(context);
    return job_finish(context);
}

/* --------------------------------------------------------------------- forecast */

#define FORECAST_DRAWS 1000

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

vg_status job_forecast_renewal(struct job_context *context, size_t n_steps, size_t n_paths, struct vg_forecast *out)
{
    struct vg_renewal_estimate estimate;
    struct job_renewal_wish wish = {.forecast_steps = n_steps, .n_draws = n_paths > FORECAST_DRAWS ? n_paths : FORECAST_DRAWS};
    vg_status status = job_renewal(context, NULL, &wish, &estimate);
    *out = (struct vg_forecast){.status = estimate.status, .start = estimate.forecast.start, .step_days = context->step_days};
    if (status != VG_OK || estimate.status != VG_SERIES_OK) {
        return status;
    }
    double *column = VG_ARENA_ARRAY(context->arena, double, estimate.n_draws);
    out->n_steps = n_steps;
    out->quantiles = VG_ARENA_ARRAY(context->arena, double, n_steps * VG_FORECAST_LEVELS);
    out->mean = estimate.forecast.mean;
    out->n_paths = n_paths;
    out->paths = estimate.forecast_draws;
    if (column == NULL || out->quantiles == NULL) {
        return vg_fail_memory(context->error, n_steps * VG_FORECAST_LEVELS * sizeof(double));
    }
    for (size_t step = 0; step < n_steps; step++) {
        out->mean[step] = 0;
        for (size_t draw = 0; draw < estimate.n_draws; draw++) {
            column[draw] = estimate.forecast_draws[draw * n_steps + step];
            out->mean[step] += column[draw] / (double)estimate.n_draws;
        }
        qsort(column, estimate.n_draws, sizeof *column, by_value);
        for (size_t level = 0; level < VG_FORECAST_LEVELS; level++) {
            out->quantiles[step * VG_FORECAST_LEVELS + level] = vg_quantile_sorted(column, estimate.n_draws, vg_forecast_levels[level]);
        }
    }
    return VG_OK;
}
