/*
 * What the suites of the renewal engine as a whole share: the usual simulated outbreak and its parameters, and what every answer must hold to be sane.
 */
#ifndef RENEWAL_FIXTURE_H
#define RENEWAL_FIXTURE_H

#include "renewal_fit.h"

static const struct renewal_simulation usual = {.seed = 11, .n = 60, .n_delays = 10, .forecast = 28, .level = 30, .sigma = 0.05, .keep = 0.992, .excess = 0.4,
    .tau = 0.1, .upsilon = 0.15, .delay_meanlog = 1.1, .delay_sdlog = 0.7, .generation_mean = 4, .generation_sd = 2, .incubation_mean = 3, .incubation_sd = 1.5,
    .weekdays = true};

static inline struct vg_renewal_parameters parameters_of(const struct renewal_simulation *s)
{
    struct vg_renewal_parameters parameters = intervals_of(s);
    parameters.forecast_steps = 14;
    parameters.n_draws = 200;
    parameters.seed = 3;
    return parameters;
}

/* An outbreak whose older dates are within a factor of five of the level: chosen by what is known, which leaves calibration alone. */
static inline void simulate(const struct renewal_simulation *s, uint32_t run, struct vg_triangle *triangle, struct renewal_truth *truth)
{
    struct renewal_simulation here = *s;
    for (uint32_t attempt = 0;; attempt++) {
        double known = 0;
        here.run = 1000 * run + attempt;
        simulate_renewal(&here, triangle, truth);
        for (size_t i = (s->n - 28) * s->n_delays; i < (s->n - 14) * s->n_delays; i++) {
            known += isnan(triangle->increments[i]) ? 0 : triangle->increments[i] / 14;
        }
        if (attempt == 100 || (known > s->level / 5 && known < 5 * s->level)) {
            return;
        }
        renewal_simulation_free(triangle, truth);
    }
}

static inline void check_series(const struct vg_quantile_series *series)
{
    for (size_t step = 0; step < series->n_steps; step++) {
        const double *q = series->values + step * VG_QUANTILE_COUNT;
        assert_true(isfinite(series->mean[step]));
        for (size_t level = 0; level < VG_QUANTILE_COUNT; level++) {
            assert_true(isfinite(q[level]) && q[level] >= 0);
            assert_true(level == 0 || q[level] >= q[level - 1]);
        }
    }
}

/* An answer is whole and finite; a refusal says why. Returns the status. */
static inline enum vg_series_status sane(const struct vg_triangle *triangle, const struct vg_renewal_parameters *parameters, struct fitted *f)
{
    fit(triangle, parameters, f);
    if (f->estimate.status != VG_SERIES_OK) {
        print_message("refused (%s): %s\n", vg_series_status_name(f->estimate.status), f->error.message);
        assert_true(f->error.message[0] != 0);
        return f->estimate.status;
    }
    check_series(&f->estimate.rt);
    check_series(&f->estimate.infections);
    check_series(&f->estimate.expected_final);
    check_series(&f->estimate.forecast);
    for (size_t d = 0; d < f->estimate.n_delays; d++) {
        assert_true(f->estimate.delay_low[d] >= 0 && f->estimate.delay_low[d] <= f->estimate.delay_high[d] && f->estimate.delay_high[d] <= 1);
        assert_true(d == 0 || f->estimate.delay_cumulative[d] >= f->estimate.delay_cumulative[d - 1]);
    }
    for (size_t i = 0; i < VG_RENEWAL_HYPER_COUNT; i++) {
        assert_true(isfinite(f->estimate.hyper_mean[i]) && isfinite(f->estimate.hyper_sd[i]));
    }
    return VG_SERIES_OK;
}

static inline double median_at(const struct vg_quantile_series *series, size_t step)
{
    return series->values[step * VG_QUANTILE_COUNT + VG_QUANTILE_MEDIAN];
}

static inline double width_at(const struct vg_quantile_series *series, size_t step)
{
    return series->values[step * VG_QUANTILE_COUNT + 7] - series->values[step * VG_QUANTILE_COUNT + 1];
}

/* Triangle of n days whose cells are all `value` as far as they are known. */
static inline struct vg_triangle flat(size_t n, size_t n_delays, double value)
{
    struct vg_triangle triangle = {.start = 18628, .step_days = 1, .as_of = 18628 + (int32_t)n - 1, .n_references = n, .n_delays = n_delays,
                                   .increments = malloc(n * n_delays * sizeof(double))};
    for (size_t i = 0; i < n * n_delays; i++) {
        triangle.increments[i] = i / n_delays + i % n_delays < n ? value : NAN;
    }
    return triangle;
}

#endif
