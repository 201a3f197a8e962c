/*
 * Short-term forecasts: checks, scales, and the naive method (last value or last season's pattern with the series' own
 * past errors, made symmetric, as in the forecast hubs' baseline: Cramer et al. 2022). Smoothing is in forecast_smoothing.c.
 */
#include "monitor/forecast_internal.h"

#include <math.h>
#include <stdlib.h>

#define LONGEST_HORIZON 366
#define NEWEST_STEPS 180
#define NAIVE_ORIGINS 120
#define MINIMUM_CASES 5

void vg_monitor_forecast_defaults(struct vg_forecast_parameters *parameters)
{
    *parameters = (struct vg_forecast_parameters){.method = VG_FORECAST_EXPONENTIAL_SMOOTHING, .horizon_steps = 14};
}

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return left < right ? -1 : left > right ? 1 : 0;
}

void forecast_sort(double *values, size_t n)
{
    qsort(values, n, sizeof *values, compare);
}

/* The newest reported value, by the end of `n` values, that has the same place in the season as the one `ahead` steps (from 1)
 * after it. */
static double pattern(const struct forecast_input *input, size_t n, size_t ahead)
{
    size_t back = input->season - (ahead - 1) % input->season;
    for (size_t season = 0; season < 4; season++, back += input->season) {
        if (back > n) {
            break;
        }
        double value = input->values[n - back];
        if (!isnan(value)) {
            return value;
        }
    }
    return NAN;
}

static double newest_value(const struct forecast_input *input)
{
    for (size_t i = input->n; i > 0; i--) {
        if (!isnan(input->values[i - 1])) {
            return input->values[i - 1];
        }
    }
    return NAN;
}

static double squared(double root)
{
    return root > 0 ? root * root : 0;
}

vg_status forecast_naive(const struct forecast_input *input, struct vg_arena *arena, double *quantiles, double *mean,
                         struct vg_error *error)
{
    double *errors = VG_ARENA_ARRAY(arena, double, 2 * NAIVE_ORIGINS);
    if (errors == NULL) {
        return vg_fail_memory(error, 2 * NAIVE_ORIGINS * sizeof *errors);
    }
    size_t n_errors = 0;
    for (size_t k = 1; k <= input->horizon; k++) {
        size_t found = 0;
        for (size_t origin = input->n - 1; origin >= input->season && found < 2 * NAIVE_ORIGINS; origin--) {
            double value = origin - 1 + k < input->n ? input->values[origin - 1 + k] : NAN;
            double error_here = value - pattern(input, origin, k);
            if (!isnan(error_here)) {
                errors[found++] = error_here;
                errors[found++] = -error_here;
            }
        }
        /* Where the series is too short for errors so far ahead, those of the step before stand in. */
        if (found >= 8) {
            n_errors = found;
            forecast_sort(errors, n_errors);
        }
        double centre = pattern(input, input->n, k);
        centre = isnan(centre) ? newest_value(input) : centre;
        mean[k - 1] = 0;
        for (size_t i = 0; i < VG_QUANTILE_COUNT; i++) {
            double shift = n_errors == 0 ? 0 : vg_quantile_sorted(errors, n_errors, vg_quantile_levels[i]);
            quantiles[(k - 1) * VG_QUANTILE_COUNT + i] = squared(centre + shift);
        }
        for (size_t i = 0; i < n_errors; i++) {
            mean[k - 1] += squared(centre + errors[i]) / (double)n_errors;
        }
        mean[k - 1] = n_errors == 0 ? squared(centre) : mean[k - 1];
    }
    return VG_OK;
}

static vg_status check(const struct vg_series *series, const struct vg_forecast_parameters *parameters, size_t *season,
                       struct vg_error *error)
{
    if (series->n_values == 0 || series->step_days < 1) {
        return vg_fail(error, VG_USAGE_ERROR, "there is no series to forecast");
    }
    if (parameters->horizon_steps < 1 || parameters->horizon_steps > LONGEST_HORIZON) {
        return vg_fail(error, VG_USAGE_ERROR, "a forecast reaches 1 to %d steps, not %zu", LONGEST_HORIZON,
                       parameters->horizon_steps);
    }
    *season = parameters->season_steps > 0 ? parameters->season_steps : series->step_days == 1 ? 7 : 1;
    if (*season > 60) {
        return vg_fail(error, VG_USAGE_ERROR, "a season has 1 to 60 steps, not %zu", *season);
    }
    return VG_OK;
}

static vg_status allocate(const struct vg_series *series, size_t horizon, struct vg_arena *arena,
                          struct vg_quantile_series *out, struct vg_error *error)
{
    *out = (struct vg_quantile_series){.start = series->start + (int32_t)series->n_values * series->step_days,
                                       .step_days = series->step_days,
                                       .n_steps = horizon};
    out->values = VG_ARENA_ARRAY(arena, double, horizon *VG_QUANTILE_COUNT);
    out->mean = VG_ARENA_ARRAY(arena, double, horizon);
    if (out->values == NULL || out->mean == NULL) {
        return vg_fail_memory(error, horizon * VG_QUANTILE_COUNT * sizeof(double));
    }
    for (size_t i = 0; i < horizon * VG_QUANTILE_COUNT; i++) {
        out->values[i] = NAN;
    }
    for (size_t i = 0; i < horizon; i++) {
        out->mean[i] = NAN;
    }
    return VG_OK;
}

/* Why the series cannot be forecast, or VG_SERIES_OK. */
static enum vg_series_status judge(const struct vg_series *series, size_t season, struct vg_error *error)
{
    size_t reported = 0, needed = (2 * season > 10 ? 2 * season : 10) + 4;
    double total = 0;
    for (size_t i = 0; i < series->n_values; i++) {
        double value = series->values[i];
        if (isinf(value)) {
            (void)vg_fail(error, VG_DATA_ERROR, "value %zu of the series is infinite", i + 1);
            return VG_SERIES_BAD_INPUT;
        }
        reported += value >= 0 ? 1 : 0;
        total += value >= 0 ? value : 0;
    }
    if (reported < needed) {
        (void)vg_fail(error, VG_DATA_ERROR, "a forecast needs %zu reported values; there are %zu", needed, reported);
        return VG_SERIES_TOO_SHORT;
    }
    if (total < MINIMUM_CASES) {
        (void)vg_fail(error, VG_DATA_ERROR, "a forecast needs %d cases; there are %g", MINIMUM_CASES, total);
        return VG_SERIES_TOO_FEW;
    }
    struct vg_silence silence;
    vg_monitor_silence(series->values, series->n_values, &silence);
    if (silence.silent) {
        (void)vg_fail(error, VG_DATA_ERROR, "nothing was reported in the last %zu steps, so nothing is said of the next ones",
                      silence.steps);
        return VG_SERIES_SILENT;
    }
    return VG_SERIES_OK;
}

vg_status vg_monitor_forecast(const struct vg_series *series, const struct vg_forecast_parameters *parameters,
                              struct vg_arena *arena, struct vg_quantile_series *out, enum vg_series_status *status,
                              struct vg_error *error)
{
    size_t season = 1;
    *status = VG_SERIES_TOO_SHORT;
    vg_status result = check(series, parameters, &season, error);
    if (result == VG_OK) {
        result = allocate(series, parameters->horizon_steps, arena, out, error);
    }
    if (result != VG_OK) {
        return result;
    }
    *status = judge(series, season, error);
    if (*status != VG_SERIES_OK) {
        return VG_OK;
    }
    size_t n = series->n_values < NEWEST_STEPS || parameters->method == VG_FORECAST_HUB_BASELINE ? series->n_values : NEWEST_STEPS;
    n = n < 4 * season && series->n_values > n ? (series->n_values < 4 * season ? series->n_values : 4 * season) : n;
    double *values = VG_ARENA_ARRAY(arena, double, n);
    if (values == NULL) {
        return vg_fail_memory(error, n * sizeof *values);
    }
    bool naive = parameters->method == VG_FORECAST_NAIVE;
    bool baseline = parameters->method == VG_FORECAST_HUB_BASELINE;
    size_t reported = 0;
    for (size_t i = 0; i < n; i++) {
        double value = series->values[series->n_values - n + i];
        values[i] = !(value >= 0) ? NAN : baseline ? value : naive ? sqrt(value) : sqrt(sqrt(value));
        reported += value >= 0 ? 1 : 0;
    }
    if (reported < season + 4) {
        (void)vg_fail(error, VG_DATA_ERROR, "only %zu of the last %zu steps are reported", reported, n);
        *status = VG_SERIES_TOO_SHORT;
        return VG_OK;
    }
    struct forecast_input input = {values, n, season, parameters->horizon_steps, parameters->seed};
    if (baseline) {
        return forecast_hub_baseline(&input, arena, out->values, out->mean, error);
    }
    return naive ? forecast_naive(&input, arena, out->values, out->mean, error)
                 : forecast_smoothing(&input, arena, out->values, out->mean, error);
}
