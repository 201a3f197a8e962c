/*
 * Short-term forecasts: checks, scales, the naive method (last value or last season's pattern with the series' own past errors, made symmetric), and the
 * ensemble of weeks carried to the series' own steps. Smoothing is in forecast_smoothing.c, the ensemble in forecast_course.c and its neighbours.
 */
#include "monitor/forecast_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST_HORIZON 366
#define NEWEST_STEPS 180
#define NAIVE_ORIGINS 120
#define MINIMUM_CASES 5
#define MINIMUM_WEEKS 8
#define DAYS_HEARD 56
#define MOST_PATHS 100000

void vg_monitor_forecast_defaults(struct vg_forecast_parameters *parameters)
{
    *parameters = (struct vg_forecast_parameters){.method = VG_FORECAST_ENSEMBLE, .horizon_steps = 14};
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
        for (size_t i = 0; i < VG_FORECAST_LEVELS; i++) {
            double shift = n_errors == 0 ? 0 : vg_quantile_sorted(errors, n_errors, vg_forecast_levels[i]);
            quantiles[(k - 1) * VG_FORECAST_LEVELS + i] = squared(centre + shift);
        }
        for (size_t i = 0; i < n_errors; i++) {
            mean[k - 1] += squared(centre + errors[i]) / (double)n_errors;
        }
        mean[k - 1] = n_errors == 0 ? squared(centre) : mean[k - 1];
    }
    return VG_OK;
}

static bool of_weeks(enum vg_forecast_method method)
{
    return method == VG_FORECAST_ENSEMBLE || method == VG_FORECAST_AUTOREGRESSION || method == VG_FORECAST_SEASONAL_ANALOGUES;
}

static vg_status check(const struct vg_series *series, const struct vg_forecast_parameters *parameters, size_t *season,
                       struct vg_error *error)
{
    const struct vg_series *leading = parameters->leading;
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
    if (parameters->n_paths > MOST_PATHS) {
        return vg_fail(error, VG_USAGE_ERROR, "at most %d sample paths are drawn, not %zu", MOST_PATHS, parameters->n_paths);
    }
    if (leading != NULL && (leading->n_values != series->n_values || leading->start != series->start || leading->step_days != series->step_days)) {
        return vg_fail(error, VG_USAGE_ERROR, "a leading series has the start, step and length of the one that it leads");
    }
    return VG_OK;
}

static vg_status allocate(const struct vg_series *series, const struct vg_forecast_parameters *parameters, struct vg_arena *arena, struct vg_forecast *out,
                          struct vg_error *error)
{
    size_t horizon = parameters->horizon_steps, n_levels, n_paths;
    *out = (struct vg_forecast){.status = VG_SERIES_TOO_SHORT,
                                .method = parameters->method,
                                .start = series->start + (int32_t)series->n_values * series->step_days,
                                .step_days = series->step_days,
                                .n_steps = horizon,
                                .n_paths = parameters->n_paths};
    if (!vg_multiply_size(horizon, VG_FORECAST_LEVELS, &n_levels) || !vg_multiply_size(horizon, parameters->n_paths, &n_paths)) {
        return vg_fail_memory(error, SIZE_MAX);
    }
    out->quantiles = VG_ARENA_ARRAY(arena, double, n_levels);
    out->mean = VG_ARENA_ARRAY(arena, double, horizon);
    out->paths = n_paths > 0 ? VG_ARENA_ARRAY(arena, double, n_paths) : NULL;
    if (arena->failed) {
        return vg_fail_memory(error, n_levels * sizeof(double));
    }
    for (size_t i = 0; i < n_levels; i++) {
        out->quantiles[i] = NAN;
    }
    for (size_t i = 0; i < horizon; i++) {
        out->mean[i] = NAN;
    }
    for (size_t i = 0; i < n_paths; i++) {
        out->paths[i] = NAN;
    }
    return VG_OK;
}

/* Why the series cannot be forecast, or VG_SERIES_OK. */
static enum vg_series_status judge(const struct vg_series *series, size_t needed, struct vg_error *error)
{
    size_t reported = 0;
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

/* -------------------------------------------------------------- one step at a time */

static vg_status forecast_steps(const struct vg_series *series, const struct vg_forecast_parameters *parameters, size_t season, struct vg_arena *arena,
                                struct vg_forecast *out, struct vg_error *error)
{
    bool naive = out->method == VG_FORECAST_NAIVE, baseline = out->method == VG_FORECAST_HUB_BASELINE;
    size_t n = series->n_values < NEWEST_STEPS || baseline ? series->n_values : NEWEST_STEPS;
    n = n < 4 * season && series->n_values > n ? (series->n_values < 4 * season ? series->n_values : 4 * season) : n;
    double *values = VG_ARENA_ARRAY(arena, double, n);
    if (values == NULL) {
        return vg_fail_memory(error, n * sizeof *values);
    }
    size_t reported = 0;
    for (size_t i = 0; i < n; i++) {
        double value = series->values[series->n_values - n + i];
        values[i] = !(value >= 0) ? NAN : baseline ? value : naive ? sqrt(value) : sqrt(sqrt(value));
        reported += value >= 0 ? 1 : 0;
    }
    if (reported < season + 4) {
        (void)vg_fail(error, VG_DATA_ERROR, "only %zu of the last %zu steps are reported", reported, n);
        out->status = VG_SERIES_TOO_SHORT;
        return VG_OK;
    }
    struct forecast_input input = {values, n, season, parameters->horizon_steps, parameters->seed};
    vg_status status = baseline ? forecast_hub_baseline(&input, arena, out->quantiles, out->mean, error)
                       : naive  ? forecast_naive(&input, arena, out->quantiles, out->mean, error)
                                : forecast_smoothing(&input, arena, out->quantiles, out->mean, error);
    if (status == VG_OK && out->paths != NULL) {
        vg_monitor_forecast_paths(out->quantiles, out->n_steps, out->n_paths, parameters->seed, out->paths);
    }
    return status;
}

/* ------------------------------------------------------------------- weeks first */

/* The experience's week of the series' first one; experience NULL where its weeks begin on another day. */
static long shift_of(const struct vg_series *series, const struct forecast_weeks *weeks, const struct vg_forecast_experience **experience)
{
    if (*experience == NULL) {
        return 0;
    }
    int32_t days = series->start + (int32_t)weeks->offset * series->step_days - (*experience)->first_week;
    if ((*experience)->step_days != series->step_days || days % 7 != 0) {
        *experience = NULL;
        return 0;
    }
    return days / 7;
}

/* The members that the method wants. */
static void choose_members(enum vg_forecast_method method, struct vg_forecast_pool *pool)
{
    size_t wanted = method == VG_FORECAST_AUTOREGRESSION ? 2 : FORECAST_MEMBERS - 1;
    if (method == VG_FORECAST_ENSEMBLE) {
        return;
    }
    size_t step = pool->n_steps * VG_FORECAST_LEVELS;
    pool->names += wanted;
    pool->quantiles += wanted * step;
    pool->former += wanted * pool->n_former * step;
    pool->n_members = 1;
    pool->prior_wis = NULL;
    pool->log_spread = method == VG_FORECAST_SEASONAL_ANALOGUES ? NULL : pool->log_spread;
}

/* Quantiles of n_weeks weeks: the pool's, then the last one's median with a spread that grows with the square root of time. */
static vg_status forecast_weeks(const struct vg_forecast_pool *pool, size_t n_weeks, struct vg_arena *arena, struct vg_forecast *out, double *quantiles,
                                struct vg_error *error)
{
    double learnt[VG_FORECAST_WEEKS * VG_FORECAST_LEVELS];
    out->members = VG_ARENA_ARRAY(arena, struct vg_forecast_weight, pool->n_members);
    if (out->members == NULL) {
        return vg_fail_memory(error, pool->n_members * sizeof *out->members);
    }
    out->n_members = pool->n_members;
    vg_status status = vg_monitor_forecast_combine(pool, arena, learnt, out->members, NULL, error);
    for (size_t week = 0; status == VG_OK && week < n_weeks; week++) {
        size_t from = week < VG_FORECAST_WEEKS ? week : VG_FORECAST_WEEKS - 1;
        double factor = week < VG_FORECAST_WEEKS ? 1 : sqrt((double)(week + 1) / VG_FORECAST_WEEKS);
        double median = sqrt(learnt[from * VG_FORECAST_LEVELS + VG_FORECAST_MEDIAN]);
        for (size_t level = 0; level < VG_FORECAST_LEVELS; level++) {
            double quantile = learnt[from * VG_FORECAST_LEVELS + level];
            double root = median + factor * (sqrt(quantile) - median);
            quantiles[week * VG_FORECAST_LEVELS + level] = factor == 1 ? quantile : root > 0 ? root * root : isnan(root) ? NAN : 0;
        }
    }
    return status;
}

/* Whether the days say something that their weeks do not: four in five of the last eight weeks' days have cases. */
static bool days_speak(const struct vg_series *series)
{
    size_t n = series->n_values < DAYS_HEARD ? series->n_values : DAYS_HEARD, with_cases = 0;
    for (size_t i = 0; i < n; i++) {
        with_cases += series->values[series->n_values - 1 - i] > 0 ? 1 : 0;
    }
    return series->step_days == 1 && n == DAYS_HEARD && 5 * with_cases >= 4 * n;
}

/* Puts values of the new law in the places of the old ones, rank by rank. */
static vg_status move_paths(const double *quantiles, size_t n_steps, size_t n_paths, struct vg_arena *arena, double *paths, struct vg_error *error)
{
    double *sorted = VG_ARENA_ARRAY(arena, double, n_paths);
    if (sorted == NULL) {
        return vg_fail_memory(error, n_paths * sizeof *sorted);
    }
    for (size_t step = 0; step < n_steps; step++) {
        for (size_t path = 0; path < n_paths; path++) {
            sorted[path] = paths[path * n_steps + step];
        }
        forecast_sort(sorted, n_paths);
        for (size_t path = 0; path < n_paths; path++) {
            size_t low = 0, high = n_paths;
            while (low < high) {
                size_t middle = (low + high) / 2;
                low = sorted[middle] < paths[path * n_steps + step] ? middle + 1 : low;
                high = sorted[middle] < paths[path * n_steps + step] ? high : middle;
            }
            paths[path * n_steps + step] = forecast_quantile_at(quantiles + step * VG_FORECAST_LEVELS, ((double)low + 0.5) / (double)n_paths);
        }
    }
    return VG_OK;
}

/* The smoothing of the days themselves as one more member, of as much weight as all the weeks' together: it knows what the newest days say of the coming ones. */
static vg_status join_days(const struct vg_series *series, const struct vg_forecast_parameters *parameters, struct vg_arena *arena, struct vg_forecast *out,
                           struct vg_error *error)
{
    static const char *const names[] = {"weeks", "exponential_smoothing"};
    struct vg_forecast smoothed = {.method = VG_FORECAST_EXPONENTIAL_SMOOTHING, .n_steps = out->n_steps};
    size_t n = out->n_steps * VG_FORECAST_LEVELS;
    double *both = VG_ARENA_ARRAY(arena, double, 2 * n);
    struct vg_forecast_weight *members = VG_ARENA_ARRAY(arena, struct vg_forecast_weight, out->n_members + 1);
    smoothed.mean = VG_ARENA_ARRAY(arena, double, out->n_steps);
    if (arena->failed) {
        return vg_fail_memory(error, 2 * n * sizeof *both);
    }
    smoothed.quantiles = both + n;
    vg_status status = forecast_steps(series, parameters, 7, arena, &smoothed, error);
    if (status != VG_OK || smoothed.status != VG_SERIES_OK) {
        return status;
    }
    memcpy(both, out->quantiles, n * sizeof *both);
    struct vg_forecast_pool pool = {.n_members = 2, .n_steps = out->n_steps, .steps_per_week = 7, .names = names, .quantiles = both};
    status = vg_monitor_forecast_combine(&pool, arena, out->quantiles, NULL, NULL, error);
    if (status == VG_OK && out->paths != NULL) {
        status = move_paths(out->quantiles, out->n_steps, out->n_paths, arena, out->paths, error);
    }
    for (size_t member = 0; member <= out->n_members; member++) {
        members[member] = member < out->n_members ? out->members[member] : (struct vg_forecast_weight){.name = names[1]};
        for (size_t week = 0; week < VG_FORECAST_WEEKS; week++) {
            members[member].weight[week] = member < out->n_members ? members[member].weight[week] / 2 : 0.5;
            members[member].relative_wis[week] = member < out->n_members ? members[member].relative_wis[week] : NAN;
        }
    }
    out->members = members;
    out->n_members++;
    return status;
}

static vg_status forecast_by_weeks(const struct vg_series *series, const struct vg_forecast_parameters *parameters, struct vg_arena *arena,
                                   struct vg_forecast *out, struct vg_error *error)
{
    struct forecast_weeks weeks, leading;
    struct vg_forecast_pool pool;
    const struct vg_forecast_experience *experience = parameters->experience;
    bool weekly = series->step_days == 7;
    size_t n_weeks = weekly ? out->n_steps : (out->n_steps + 6) / 7;
    vg_status status = forecast_to_weeks(series, arena, &weeks, error);
    if (status == VG_OK && parameters->leading != NULL) {
        status = forecast_to_weeks(parameters->leading, arena, &leading, error);
    }
    long shift = status == VG_OK ? shift_of(series, &weeks, &experience) : 0;
    if (status == VG_OK) {
        status = forecast_make_pool(&weeks, parameters->leading == NULL ? NULL : &leading, experience, shift, parameters->group, FORECAST_FORMER, arena, &pool, error);
    }
    if (status != VG_OK) {
        return status;
    }
    choose_members(out->method, &pool);
    if (out->method == VG_FORECAST_ENSEMBLE && parameters->guest != NULL) {
        status = forecast_add_guest(parameters->guest, arena, &pool, error);
        if (status != VG_OK) {
            return status;
        }
    }
    double *quantiles = weekly ? out->quantiles : VG_ARENA_ARRAY(arena, double, n_weeks *VG_FORECAST_LEVELS);
    if (quantiles == NULL) {
        return vg_fail_memory(error, n_weeks * VG_FORECAST_LEVELS * sizeof *quantiles);
    }
    status = forecast_weeks(&pool, n_weeks, arena, out, quantiles, error);
    if (status != VG_OK || isnan(quantiles[0])) {
        (void)(status == VG_OK ? vg_fail(error, VG_DATA_ERROR, "the newest weeks are too few or too far apart to be carried on") : status);
        out->status = status == VG_OK ? VG_SERIES_TOO_SHORT : out->status;
        return status;
    }
    if (weekly) {
        if (out->paths != NULL) {
            vg_monitor_forecast_paths(quantiles, n_weeks, out->n_paths, parameters->seed, out->paths);
        }
    } else {
        status = forecast_days(series->values, series->n_values, quantiles, n_weeks, out->n_steps, out->n_paths, parameters->seed, arena, out->quantiles,
                               out->paths, error);
        if (status == VG_OK && out->method == VG_FORECAST_ENSEMBLE && days_speak(series)) {
            status = join_days(series, parameters, arena, out, error);
        }
    }
    for (size_t step = 0; status == VG_OK && step < out->n_steps; step++) {
        out->mean[step] = forecast_mean_of(out->quantiles + step * VG_FORECAST_LEVELS);
    }
    return status;
}

/* Reported weeks, and steps that a method needs; the ensemble makes do with smoothing where there are too few weeks. */
static size_t steps_needed(const struct vg_series *series, size_t season, enum vg_forecast_method *method)
{
    size_t for_steps = (2 * season > 10 ? 2 * season : 10) + 4;
    if (!of_weeks(*method)) {
        return for_steps;
    }
    if (series->step_days != 1 && series->step_days != 7) {
        *method = VG_FORECAST_EXPONENTIAL_SMOOTHING;
        return for_steps;
    }
    size_t n_weeks = series->n_values * (size_t)series->step_days / 7;
    if (*method == VG_FORECAST_SEASONAL_ANALOGUES) {
        return series->step_days == 7 || (double)n_weeks < 2 * FORECAST_SEASON_WEEKS ? (size_t)(2 * FORECAST_SEASON_WEEKS) * (series->step_days == 7 ? 1 : 7) : 0;
    }
    if (n_weeks < MINIMUM_WEEKS && series->step_days == 1 && *method == VG_FORECAST_ENSEMBLE) {
        *method = VG_FORECAST_EXPONENTIAL_SMOOTHING;
        return for_steps;
    }
    return series->step_days == 7 ? MINIMUM_WEEKS : n_weeks < MINIMUM_WEEKS ? 7 * MINIMUM_WEEKS : MINIMUM_WEEKS;
}

vg_status vg_monitor_forecast_full(const struct vg_series *series, const struct vg_forecast_parameters *parameters, struct vg_arena *arena,
                                   struct vg_forecast *out, struct vg_error *error)
{
    size_t season = 1;
    vg_status status = check(series, parameters, &season, error);
    if (status == VG_OK) {
        status = allocate(series, parameters, arena, out, error);
    }
    if (status != VG_OK) {
        return status;
    }
    size_t needed = steps_needed(series, season, &out->method);
    out->status = judge(series, needed, error);
    if (out->status != VG_SERIES_OK) {
        return VG_OK;
    }
    return of_weeks(out->method) ? forecast_by_weeks(series, parameters, arena, out, error) : forecast_steps(series, parameters, season, arena, out, error);
}

vg_status vg_monitor_forecast(const struct vg_series *series, const struct vg_forecast_parameters *parameters,
                              struct vg_arena *arena, struct vg_quantile_series *out, enum vg_series_status *status,
                              struct vg_error *error)
{
    struct vg_forecast full;
    *status = VG_SERIES_TOO_SHORT;
    vg_status result = vg_monitor_forecast_full(series, parameters, arena, &full, error);
    if (result != VG_OK) {
        return result;
    }
    *out = (struct vg_quantile_series){.start = full.start, .step_days = full.step_days, .n_steps = full.n_steps, .mean = full.mean};
    out->values = VG_ARENA_ARRAY(arena, double, full.n_steps *VG_QUANTILE_COUNT);
    if (out->values == NULL) {
        return vg_fail_memory(error, full.n_steps * VG_QUANTILE_COUNT * sizeof *out->values);
    }
    for (size_t i = 0; i < full.n_steps * VG_QUANTILE_COUNT; i++) {
        out->values[i] = full.quantiles[i / VG_QUANTILE_COUNT * VG_FORECAST_LEVELS + vg_forecast_level_of[i % VG_QUANTILE_COUNT]];
    }
    *status = full.status;
    return VG_OK;
}
