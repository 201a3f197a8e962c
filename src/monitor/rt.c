/*
 * Instantaneous reproduction number on sliding windows: Cori A, Ferguson NM, Fraser C, Cauchemez S. Am J Epidemiol
 * 2013;178:1505-1512, with the numbers of EpiEstim 2.2: discretised shifted gamma serial interval, gamma prior and posterior,
 * imported cases, uncertain serial interval. Where the serial interval or the incidence is uncertain, the posterior is the
 * exact mixture of the gamma posteriors.
 */
#include "monitor/monitor.h"
#include "monitor/rt_internal.h"

#include <math.h>
#include <string.h>

#define RANDOM_PURPOSE_PAIRS 0x5254u
#define REJECTIONS 100000

vg_status vg_monitor_serial_interval(double mean_days, double sd_days, size_t n, double *weights, struct vg_error *error)
{
    if (!(mean_days > 1) || !(sd_days > 0) || isinf(mean_days) || isinf(sd_days)) {
        return vg_fail(error, VG_USAGE_ERROR,
                       "a serial interval needs a mean over 1 day and a positive standard deviation, not %g and %g", mean_days,
                       sd_days);
    }
    double shape = (mean_days - 1) / sd_days * ((mean_days - 1) / sd_days);
    double scale = sd_days * sd_days / (mean_days - 1);
    double log_gamma = vg_log_gamma(shape + 1);
    /* Distribution functions of gamma(shape) and gamma(shape + 1) at k - 2, k - 1 and k; each k needs one new pair. */
    double cdf[3] = {0, 0, 0}, next_cdf[3] = {0, 0, 0};
    for (size_t k = 0; k < n; k++) {
        double day = (double)k;
        cdf[0] = cdf[1], cdf[1] = cdf[2];
        next_cdf[0] = next_cdf[1], next_cdf[1] = next_cdf[2];
        bool over = cdf[2] >= 1 && next_cdf[2] >= 1;
        double z = day / scale;
        /* P(a + 1, z) = P(a, z) - z^a e^-z / Gamma(a + 1) */
        cdf[2] = over ? 1 : k == 0 ? 0 : vg_gamma_p(shape, z);
        next_cdf[2] = over ? 1 : k == 0 ? 0 : cdf[2] - exp(shape * log(z) - z - log_gamma);
        double weight = day * cdf[2] + (day - 2) * cdf[0] - 2 * (day - 1) * cdf[1] +
                        shape * scale * (2 * next_cdf[1] - next_cdf[0] - next_cdf[2]);
        weights[k] = weight > 0 ? weight : 0;
    }
    return VG_OK;
}

void vg_monitor_rt_defaults(struct vg_rt_parameters *parameters)
{
    *parameters = (struct vg_rt_parameters){.prior_mean = 5, .prior_sd = 5, .window_days = 7, .n1 = 200, .n2 = 50};
}

/* One serial interval: weights by lag and the mean that decides from which window on R can be told. */
struct interval {
    double *weights;
    size_t n;
    double mean;
};

static void finish_interval(struct interval *interval)
{
    interval->mean = 0;
    for (size_t lag = 0; lag < interval->n; lag++) {
        interval->mean += (double)lag * interval->weights[lag];
    }
    while (interval->n > 1 && interval->weights[interval->n - 1] <= 0) {
        interval->n--;
    }
}

static double truncated_normal(struct vg_random *random, double mean, double sd, double low, double high)
{
    for (int i = 0; i < REJECTIONS; i++) {
        double value = mean + sd * vg_random_normal(random);
        if (value >= low && value <= high) {
            return value;
        }
    }
    return NAN;
}

static size_t interval_rows(const struct vg_rt_parameters *p)
{
    return p->serial_interval != NULL && !p->uncertain && p->serial_interval_rows > 1 ? p->serial_interval_rows : 1;
}

static vg_status check_parameters(const struct vg_rt_parameters *p, struct vg_error *error)
{
    if (!(p->prior_mean > 0) || !(p->prior_sd > 0) || isinf(p->prior_mean) || isinf(p->prior_sd)) {
        return vg_fail(error, VG_USAGE_ERROR, "the prior of R needs a positive mean and standard deviation, not %g and %g",
                       p->prior_mean, p->prior_sd);
    }
    if (p->window_days < 1) {
        return vg_fail(error, VG_USAGE_ERROR, "the window of R must hold at least one day");
    }
    if (p->uncertain && (p->n1 < 1 || !(p->mean_sd >= 0) || !(p->sd_sd >= 0) || !(p->mean_min >= 1) ||
                         !(p->mean_max > p->mean_min) || !(p->sd_min > 0) || !(p->sd_max > p->sd_min))) {
        return vg_fail(error, VG_USAGE_ERROR,
                       "an uncertain serial interval needs 1 <= mean_min < mean_max, 0 < sd_min < sd_max and n1 >= 1");
    }
    for (size_t row = 0; p->serial_interval != NULL && !p->uncertain && row < interval_rows(p); row++) {
        const double *weights = p->serial_interval + row * p->serial_interval_n;
        double sum = 0;
        bool negative = false;
        for (size_t i = 0; i < p->serial_interval_n; i++) {
            negative = negative || !(weights[i] >= 0);
            sum += weights[i];
        }
        if (p->serial_interval_n < 2 || negative || weights[0] > 0 || fabs(sum - 1) > 0.02) {
            return vg_fail(error, VG_USAGE_ERROR,
                           "serial interval weights start with 0 for lag 0, are not negative and sum to 1 (found %g)", sum);
        }
    }
    return VG_OK;
}

/* The serial intervals to mix over: one, n pairs of an uncertain one, or the rows given. */
static vg_status make_intervals(const struct vg_rt_parameters *p, size_t n_pairs, size_t n_days, struct vg_arena *scratch,
                                struct interval **out, struct vg_error *error)
{
    size_t n_weights = p->serial_interval != NULL && !p->uncertain ? p->serial_interval_n : n_days;
    size_t total;
    struct interval *intervals = VG_ARENA_ARRAY(scratch, struct interval, n_pairs);
    double *weights = vg_multiply_size(n_pairs, n_weights, &total) ? VG_ARENA_ARRAY(scratch, double, total) : NULL;
    if (intervals == NULL || weights == NULL) {
        return vg_fail_memory(error, n_pairs * sizeof *intervals);
    }
    for (size_t i = 0; i < n_pairs; i++) {
        intervals[i] = (struct interval){weights + i * n_weights, n_weights, 0};
        double mean = p->serial_interval_mean_days, sd = p->serial_interval_sd_days;
        if (p->uncertain) {
            struct vg_random random = vg_random_stream(p->seed, (uint32_t)i, 0, RANDOM_PURPOSE_PAIRS);
            mean = truncated_normal(&random, mean, p->mean_sd, p->mean_min, p->mean_max);
            sd = truncated_normal(&random, sd, p->sd_sd, p->sd_min, p->sd_max);
            if (isnan(mean) || isnan(sd)) {
                return vg_fail(error, VG_USAGE_ERROR,
                               "the bounds of the uncertain serial interval hold almost none of its distribution");
            }
        }
        if (p->serial_interval != NULL && !p->uncertain) {
            memcpy(intervals[i].weights, p->serial_interval + i % interval_rows(p) * n_weights, n_weights * sizeof *weights);
        } else {
            vg_status status = vg_monitor_serial_interval(mean, sd, n_weights, intervals[i].weights, error);
            if (status != VG_OK) {
                return status;
            }
        }
        finish_interval(&intervals[i]);
        /* EpiEstim also asks that the window ends after the drawn mean itself. */
        intervals[i].mean = p->uncertain && mean > intervals[i].mean ? mean : intervals[i].mean;
    }
    *out = intervals;
    return VG_OK;
}

/* NaN days as the mean of their reported neighbours, for the infectivity alone. */
static void impute(const double *incidence, size_t n, double *out)
{
    for (size_t i = 0; i < n; i++) {
        out[i] = incidence[i];
        if (isnan(out[i])) {
            size_t before = i, after = i;
            while (before > 0 && isnan(incidence[before])) {
                before--;
            }
            while (after + 1 < n && isnan(incidence[after])) {
                after++;
            }
            double left = incidence[before], right = incidence[after];
            out[i] = isnan(left) ? (isnan(right) ? 0 : right) : isnan(right) ? left : (left + right) / 2;
        }
    }
}

static enum vg_series_status check_incidence(const double *incidence, const double *imported, size_t n, size_t row,
                                             struct vg_error *error)
{
    double total = 0;
    for (size_t t = 0; t < n; t++) {
        double brought = imported == NULL || isnan(imported[t]) ? 0 : imported[t];
        if (incidence[t] < 0 || isinf(incidence[t]) || !(brought >= 0) || brought > incidence[t]) {
            (void)vg_fail(error, VG_DATA_ERROR, "R cannot be told: on day %zu%s there are %g cases (%g of them imported)",
                          t + 1, row > 0 ? " of a drawn course" : "", incidence[t], brought);
            return VG_SERIES_BAD_INPUT;
        }
        total += isnan(incidence[t]) ? 0 : incidence[t];
    }
    if (!(total > 0)) {
        (void)vg_fail(error, VG_DATA_ERROR, "R cannot be told: there is no case in the series");
        return VG_SERIES_TOO_FEW;
    }
    return VG_SERIES_OK;
}

/* Running sums over days of local cases and infectivity: windows are differences. sums[2 * (n + 1)]. pressure[t] stands where infectivity[t + 1] is written after it. */
static void running_sums(const double *incidence, const double *imported, const double *share, size_t n, const struct interval *interval,
                         double *imputed, double *sums)
{
    double *cases = sums, *infectivity = sums + n + 1;
    impute(incidence, n, imputed);
    cases[0] = infectivity[0] = 0;
    /* Lag by lag over all days, so that several days are summed at once. */
    double *pressure = infectivity + 1;
    memset(pressure, 0, n * sizeof *pressure);
    for (size_t lag = 1; lag < interval->n && lag < n; lag++) {
        double weight = interval->weights[lag];
        for (size_t t = lag; t < n; t++) {
            pressure[t] += weight * imputed[t - lag];
        }
    }
    for (size_t t = 0; t < n; t++) {
        bool reported = !isnan(incidence[t]);
        double brought = imported == NULL || isnan(imported[t]) ? 0 : imported[t];
        brought = share == NULL || isnan(share[t]) || !reported ? brought : share[t] * incidence[t];
        cases[t + 1] = cases[t] + (reported ? incidence[t] - brought : 0);
        infectivity[t + 1] = infectivity[t] + (reported ? pressure[t] : 0);
    }
}

/* Everything the windows need: n_parts posteriors a window, part i with the running sums of row i. */
struct rt_work {
    size_t n, n_parts;
    double prior_shape, prior_scale;
    const double *sums; /* [n_parts * 2 (n + 1)] */
    const struct interval *intervals;
    size_t n_intervals;      /* 1 or n_parts */
    double *shapes, *scales; /* [n_parts] */
    struct rt_mixture_scratch mixture;
};

static size_t window_parts(const struct rt_work *work, size_t first, size_t last)
{
    size_t used = 0;
    for (size_t i = 0; i < work->n_parts; i++) {
        const double *cases = work->sums + i * 2 * (work->n + 1);
        const double *infectivity = cases + work->n + 1;
        if ((double)(last + 1) > work->intervals[work->n_intervals == 1 ? 0 : i].mean) {
            work->shapes[used] = work->prior_shape + (cases[last + 1] - cases[first]);
            work->scales[used] = 1 / (1 / work->prior_scale + (infectivity[last + 1] - infectivity[first]));
            used++;
        }
    }
    return used;
}

static bool window_reported(const double *incidence, size_t first, size_t last)
{
    for (size_t t = first; t <= last; t++) {
        if (!isnan(incidence[t])) {
            return true;
        }
    }
    return false;
}

static void estimate_window(struct rt_work *work, const double *incidence, size_t first, size_t last, struct vg_rt_estimate *out, size_t *n_out)
{
    size_t parts = window_parts(work, first, last);
    if (parts > 0 && window_reported(incidence, first, last)) {
        struct vg_rt_estimate *estimate = &out[(*n_out)++];
        estimate->first = first;
        estimate->last = last;
        rt_mixture(work->shapes, work->scales, parts, &work->mixture, estimate);
    }
}

static void estimate_windows(struct rt_work *work, const struct vg_rt_parameters *parameters, const double *incidence, struct vg_rt_estimate *out, size_t *n_out)
{
    for (size_t i = 0; parameters->windows != NULL && i < parameters->n_windows; i++) {
        estimate_window(work, incidence, parameters->windows[i].first, parameters->windows[i].last, out, n_out);
    }
    for (size_t first = 1; parameters->windows == NULL && first + parameters->window_days <= work->n; first++) {
        estimate_window(work, incidence, first, first + parameters->window_days - 1, out, n_out);
    }
}

static vg_status estimate(const double *rows, size_t n_rows, const double *imported, size_t n,
                          const struct vg_rt_parameters *parameters, struct vg_arena *scratch, struct vg_rt_estimate *out,
                          size_t *n_out, struct vg_error *error)
{
    struct interval *intervals = NULL;
    size_t several = parameters->uncertain ? parameters->n1 : interval_rows(parameters);
    size_t n_intervals = !parameters->uncertain && several == 1 ? 1 : n_rows > 1 ? n_rows : several;
    size_t n_parts = n_rows > n_intervals ? n_rows : n_intervals;
    vg_status status = make_intervals(parameters, n_intervals, n, scratch, &intervals, error);
    if (status != VG_OK) {
        return status;
    }
    size_t row_size = 2 * (n + 1), total;
    double *sums = vg_multiply_size(n_parts, row_size, &total) ? VG_ARENA_ARRAY(scratch, double, total) : NULL;
    double *imputed = VG_ARENA_ARRAY(scratch, double, n);
    struct rt_work work = {.n = n,
                           .n_parts = n_parts,
                           .sums = sums,
                           .intervals = intervals,
                           .n_intervals = n_intervals};
    work.shapes = VG_ARENA_ARRAY(scratch, double, n_parts);
    work.scales = VG_ARENA_ARRAY(scratch, double, n_parts);
    work.mixture.components = VG_ARENA_ARRAY(scratch, struct rt_component, n_parts);
    work.prior_shape = parameters->prior_mean / parameters->prior_sd * (parameters->prior_mean / parameters->prior_sd);
    work.prior_scale = parameters->prior_sd * parameters->prior_sd / parameters->prior_mean;
    if (sums == NULL || imputed == NULL || work.shapes == NULL || work.scales == NULL || work.mixture.components == NULL) {
        return vg_fail_memory(error, n_parts * row_size * sizeof *sums);
    }
    for (size_t i = 0; i < n_parts; i++) {
        running_sums(rows + (n_rows > 1 ? i : 0) * n, imported, parameters->imported_share, n, &intervals[n_intervals > 1 ? i : 0], imputed,
                     sums + i * row_size);
    }
    if (n_parts > 1) {
        rt_mixture_prepare(&work.mixture);
    }
    estimate_windows(&work, parameters, rows, out, n_out);
    return VG_OK;
}

static vg_status rt(const double *rows, size_t n_rows, const double *imported, size_t n,
                    const struct vg_rt_parameters *parameters, struct vg_arena *scratch, struct vg_rt_estimate *out,
                    size_t *n_out, enum vg_series_status *series, struct vg_error *error)
{
    *n_out = 0;
    *series = VG_SERIES_OK;
    vg_status status = check_parameters(parameters, error);
    if (status != VG_OK) {
        return status;
    }
    if (n_rows == 0) {
        return vg_fail(error, VG_USAGE_ERROR, "R of drawn courses needs at least one course");
    }
    for (size_t i = 0; parameters->imported_share != NULL && i < n; i++) {
        if (parameters->imported_share[i] < 0 || parameters->imported_share[i] > 1) {
            return vg_fail(error, VG_USAGE_ERROR, "the imported share of day %zu is %g, not between 0 and 1", i + 1, parameters->imported_share[i]);
        }
    }
    for (size_t i = 0; parameters->windows != NULL && i < parameters->n_windows; i++) {
        const struct vg_rt_window *window = &parameters->windows[i];
        if (window->first < 1 || window->last < window->first || window->last >= n) {
            return vg_fail(error, VG_USAGE_ERROR, "window %zu of R is not within the days 2 to %zu of the series", i + 1, n);
        }
    }
    if (parameters->windows == NULL && (n < parameters->window_days || n - parameters->window_days < 1)) {
        (void)vg_fail(error, VG_DATA_ERROR, "R on windows of %zu days needs %zu days; there are %zu", parameters->window_days,
                      parameters->window_days + 1, n);
        *series = VG_SERIES_TOO_SHORT;
        return VG_OK;
    }
    for (size_t row = 0; row < n_rows && *series == VG_SERIES_OK; row++) {
        *series = check_incidence(rows + row * n, imported, n, row, error);
    }
    if (*series != VG_SERIES_OK) {
        return VG_OK;
    }
    status = estimate(rows, n_rows, imported, n, parameters, scratch, out, n_out, error);
    if (status == VG_OK && *n_out == 0) {
        (void)vg_fail(error, VG_DATA_ERROR, "R cannot be told: no window ends after the mean serial interval");
        *series = VG_SERIES_TOO_SHORT;
    }
    return status;
}

vg_status vg_monitor_rt(const double *incidence, const double *imported, size_t n, const struct vg_rt_parameters *parameters,
                        struct vg_arena *scratch, struct vg_rt_estimate *out, size_t *n_out, enum vg_series_status *status,
                        struct vg_error *error)
{
    return rt(incidence, 1, imported, n, parameters, scratch, out, n_out, status, error);
}

vg_status vg_monitor_rt_draws(const double *draws, size_t n_draws, size_t n, const struct vg_rt_parameters *parameters,
                              struct vg_arena *scratch, struct vg_rt_estimate *out, size_t *n_out,
                              enum vg_series_status *status, struct vg_error *error)
{
    return rt(draws, n_draws, NULL, n, parameters, scratch, out, n_out, status, error);
}
