/*
 * Case reproduction number: how many people each case went on to infect (Wallinga and Teunis 2004), averaged over windows as EpiEstim does. Given the serial
 * interval w, a case of day u was infected by one of day s with probability proportional to I_s w(u - s). The cases of one day are infected independently, so
 * the offspring of a window is a sum of binomials, whose quantiles are found from its law instead of from drawn trees.
 */
#include "monitor/monitor.h"

#include <math.h>

#define EXACT_BELOW 400.0 /* expected offspring below which the law is convolved exactly */

/* Later days with the share of their cases that were infected from the window. */
struct offspring { const double *cases, *share; size_t n; };

/* Third-order Cornish-Fisher expansion: with thousands of cases its error is far below one case. */
static double approximate_quantile(const struct offspring *o, double level)
{
    double mean = 0;
    double variance = 0;
    double third = 0;
    double most = 0;
    for (size_t i = 0; i < o->n; i++) {
        double p = o->share[i];
        mean += o->cases[i] * p;
        variance += o->cases[i] * p * (1 - p);
        third += o->cases[i] * p * (1 - p) * (1 - 2 * p);
        most += p > 0 ? o->cases[i] : 0;
    }
    if (!(variance > 0)) {
        return mean;
    }
    double z = vg_normal_quantile(level);
    double value = mean + z * sqrt(variance) + (z * z - 1) / 6 * third / variance;
    return fmin(most, fmax(0, value));
}

/* P(X = k), k < size, of the sum of binomials, case by case; what lies beyond is left out. */
static void convolve(const struct offspring *o, double *law, size_t size)
{
    for (size_t k = 0; k < size; k++) {
        law[k] = k == 0 ? 1 : 0;
    }
    for (size_t day = 0; day < o->n; day++) {
        double p = o->share[day];
        for (double one = 0; p > 0 && one < o->cases[day]; one++) {
            for (size_t k = size; k > 1; k--) {
                law[k - 1] = law[k - 1] * (1 - p) + law[k - 2] * p;
            }
            law[0] *= 1 - p;
        }
    }
}

static void fill_quantiles(const struct offspring *o, double cases, struct vg_arena *scratch, struct vg_rt_case_estimate *out)
{
    double mean = out->mean * cases;
    size_t size = (size_t)(mean + 12 * sqrt(mean + 1) + 12);
    double *law = mean < EXACT_BELOW ? VG_ARENA_ARRAY(scratch, double, size) : NULL;
    if (law == NULL) {
        for (size_t q = 0; q < VG_QUANTILE_COUNT; q++) {
            out->quantiles[q] = approximate_quantile(o, vg_quantile_levels[q]) / cases;
        }
        return;
    }
    convolve(o, law, size);
    double sum = 0;
    size_t q = 0;
    for (size_t k = 0; k < size && q < VG_QUANTILE_COUNT; k++) {
        sum += law[k];
        while (q < VG_QUANTILE_COUNT && sum >= vg_quantile_levels[q]) {
            out->quantiles[q++] = (double)k / cases;
        }
    }
    while (q < VG_QUANTILE_COUNT) {
        out->quantiles[q++] = (double)(size - 1) / cases;
    }
}

static vg_status check_incidence(const double *incidence, size_t n, size_t window, enum vg_series_status *status, struct vg_error *error)
{
    double sum = 0;
    *status = n < window + 1 ? VG_SERIES_TOO_SHORT : VG_SERIES_OK;
    for (size_t day = 0; day < n; day++) {
        if (incidence[day] < 0 || isinf(incidence[day])) {
            *status = VG_SERIES_BAD_INPUT;
            (void)vg_fail(error, VG_DATA_ERROR, "day %zu has the count %g", day + 1, incidence[day]);
            return VG_OK;
        }
        sum += isnan(incidence[day]) ? 0 : incidence[day];
    }
    if (*status == VG_SERIES_OK && !(sum > 0)) {
        *status = VG_SERIES_TOO_FEW;
    }
    return VG_OK;
}

/* The weight of a lag, over all rows where several serial intervals are given. */
static double given_weight(const struct vg_rt_parameters *p, size_t lag)
{
    size_t rows = p->serial_interval_rows > 1 ? p->serial_interval_rows : 1;
    double sum = 0;
    for (size_t row = 0; lag < p->serial_interval_n && row < rows; row++) {
        sum += p->serial_interval[row * p->serial_interval_n + lag];
    }
    return sum / (double)rows;
}

vg_status vg_monitor_rt_case(const double *incidence, size_t n, const struct vg_rt_parameters *parameters, struct vg_arena *scratch, struct vg_rt_case_estimate *out,
                             size_t *n_out, enum vg_series_status *status, struct vg_error *error)
{
    const struct vg_rt_parameters *p = parameters;
    *n_out = 0;
    vg_status ended = check_incidence(incidence, n, p->window_days, status, error);
    if (ended != VG_OK || *status != VG_SERIES_OK) {
        return ended;
    }
    double *weights = VG_ARENA_ARRAY(scratch, double, n);
    double *cases = VG_ARENA_ARRAY(scratch, double, n);
    double *infectivity = VG_ARENA_ARRAY(scratch, double, n);
    double *share = VG_ARENA_ARRAY(scratch, double, n);
    double *reached = VG_ARENA_ARRAY(scratch, double, n + 1); /* share of the serial interval within so many days */
    if (weights == NULL || cases == NULL || infectivity == NULL || share == NULL || reached == NULL) {
        return vg_fail_memory(error, 5 * n * sizeof *weights);
    }
    if (p->serial_interval == NULL) {
        ended = vg_monitor_serial_interval(p->serial_interval_mean_days, p->serial_interval_sd_days, n, weights, error);
    }
    for (size_t lag = 0; lag < n && ended == VG_OK; lag++) {
        weights[lag] = p->serial_interval == NULL ? weights[lag] : given_weight(p, lag);
        reached[lag + 1] = reached[lag] + weights[lag];
        cases[lag] = isnan(incidence[lag]) ? 0 : incidence[lag];
    }
    for (size_t day = 1; day < n && ended == VG_OK; day++) {
        for (size_t lag = 1; lag <= day; lag++) {
            infectivity[day] += weights[lag] * cases[day - lag];
        }
    }
    double before = cases[0];
    for (size_t first = 1; ended == VG_OK && first + p->window_days <= n; first++) {
        size_t last = first + p->window_days - 1;
        double sum = 0;
        double seen = 0;
        for (size_t s = first; s <= last; s++) {
            sum += cases[s];
            seen += cases[s] * reached[n - s];
        }
        if (before > 0 && sum > 0) {
            struct vg_rt_case_estimate *one = &out[(*n_out)++];
            double offspring = 0;
            double variance = 0;
            for (size_t u = 0; u < n; u++) {
                share[u] = 0;
                for (size_t s = first; infectivity[u] > 0 && s <= last && s < u; s++) {
                    share[u] += cases[s] * weights[u - s] / infectivity[u];
                }
                share[u] = fmin(1, share[u]);
                offspring += cases[u] * share[u];
                variance += cases[u] * share[u] * (1 - share[u]);
            }
            *one = (struct vg_rt_case_estimate){.first = first, .last = last, .mean = offspring / sum, .sd = sqrt(variance) / sum, .share_observed = seen / sum};
            fill_quantiles(&(struct offspring){cases, share, n}, sum, scratch, one);
        }
        before += cases[first];
    }
    return ended;
}
