/*
 * monitor: what happened, what is not reported yet, how fast it spreads, where it goes. Pure functions over arrays.
 * (Contract for the first engine; the builder of this folder completes the manual.)
 */
#ifndef VG_MONITOR_H
#define VG_MONITOR_H

#include "model/model.h"

/* ---- epicurve arithmetic */

/* Trailing mean over window values; NaN where fewer than window / 2 + 1 values of the window are reported. out[n]. */
void vg_monitor_moving_average(const double *values, size_t n, size_t window, double *out);

struct vg_growth {
    enum vg_series_status status;
    double rate_per_day, rate_low, rate_high;       /* 95 % interval */
    double doubling_time_days;                      /* negative: halving time; NaN where the rate is zero */
    double doubling_time_low, doubling_time_high;   /* NaN where the interval of the rate holds zero */
};
/* Log-linear growth over the last `window` values: quasi-Poisson regression with day-of-week left out by using whole weeks. */
void vg_monitor_growth(const double *values, size_t n, int32_t step_days, size_t window, struct vg_growth *out);

struct vg_rate_interval { double estimate, low, high; };
/* count / population * 100,000 with an exact Poisson (Garwood) 95 % interval. NaN without population. */
struct vg_rate_interval vg_monitor_incidence_per_100k(double count, double population);
/* deaths / cases with a Wilson 95 % interval; "naive": not adjusted for cases whose outcome is not known yet. */
struct vg_rate_interval vg_monitor_case_fatality(double deaths, double cases);

/* ---- reproduction number: Cori et al. 2013, as in EpiEstim */

/* Discretised, shifted gamma serial interval as EpiEstim's discr_si: weights[0..n-1], weights[0] = 0, sum 1 after scaling as EpiEstim does. */
vg_status vg_monitor_serial_interval(double mean_days, double sd_days, size_t n, double *weights, struct vg_error *error) VG_MUST_USE;

struct vg_rt_parameters {
    double serial_interval_mean_days, serial_interval_sd_days;   /* parametric */
    const double *serial_interval;     /* [serial_interval_n] non-parametric weights, or NULL */
    size_t serial_interval_n;
    /* uncertain serial interval (EpiEstim "uncertain_si"): truncated normals for mean and sd; n1 pairs, n2 draws a pair */
    bool uncertain;
    double mean_sd, mean_min, mean_max, sd_sd, sd_min, sd_max;
    size_t n1, n2;
    double prior_mean, prior_sd;       /* gamma prior of R; EpiEstim's defaults 5, 5 */
    size_t window_days;                /* 7 */
    uint64_t seed;
};
void vg_monitor_rt_defaults(struct vg_rt_parameters *parameters);
struct vg_rt_estimate {                /* one a window */
    size_t first, last;                /* 0-based window in steps of the series, both included */
    double mean, sd;
    double quantiles[VG_QUANTILE_COUNT];
};
/* incidence[n] daily, non-negative, NaN as not reported (taken as zero is wrong: see manual). out must hold n entries; *n_out filled. */
vg_status vg_monitor_rt(const double *incidence, const double *imported /* or NULL */, size_t n,
                        const struct vg_rt_parameters *parameters, struct vg_arena *scratch,
                        struct vg_rt_estimate *out, size_t *n_out, enum vg_series_status *status, struct vg_error *error) VG_MUST_USE;

/* ---- reporting delays and nowcast */

struct vg_delay_estimate {
    enum vg_series_status status;
    size_t n_delays;
    double *cumulative;        /* [n_delays] share reported within delay, reverse-hazard estimate */
    double *cumulative_low, *cumulative_high;   /* 95 % */
    double median_steps, q90_steps, mean_steps;
};
vg_status vg_monitor_delays(const struct vg_triangle *triangle, size_t window_references, struct vg_arena *arena,
                            struct vg_delay_estimate *out, struct vg_error *error) VG_MUST_USE;

struct vg_nowcast_parameters {
    size_t window_references;   /* how many of the newest reference dates the delays are learnt from; 0: chosen */
    size_t sum_steps;           /* 1: each step; 7: rolling 7-step sums as the German hub does */
    size_t n_draws;             /* for the fan; 0: default */
    uint64_t seed;
};
void vg_monitor_nowcast_defaults(struct vg_nowcast_parameters *parameters);
struct vg_nowcast {
    enum vg_series_status status;
    struct vg_quantile_series expected_final;  /* quantiles of the final count by reference date */
    double *reported;                          /* [n_steps] known on as_of */
    struct vg_delay_estimate delays;
};
vg_status vg_monitor_nowcast(const struct vg_triangle *triangle, const struct vg_nowcast_parameters *parameters,
                             struct vg_arena *arena, struct vg_nowcast *out, struct vg_error *error) VG_MUST_USE;

/* ---- forecast */

enum vg_forecast_method { VG_FORECAST_NAIVE, VG_FORECAST_EXPONENTIAL_SMOOTHING };
struct vg_forecast_parameters { enum vg_forecast_method method; size_t horizon_steps; size_t season_steps; uint64_t seed; };
void vg_monitor_forecast_defaults(struct vg_forecast_parameters *parameters);
vg_status vg_monitor_forecast(const struct vg_series *series, const struct vg_forecast_parameters *parameters, struct vg_arena *arena,
                              struct vg_quantile_series *out, enum vg_series_status *status, struct vg_error *error) VG_MUST_USE;

/* ---- scores of quantile forecasts */

/* Mean over levels of twice the pinball loss (= WIS for symmetric levels including the median). */
double vg_monitor_wis(const double *levels, const double *quantiles, size_t n_levels, double observed);

#endif
