/*
 * From the days on which a measure stood to how much of it R feels on a day: fatigue first, then the lag from infection to the day by which R is told.
 */
#include "control/measures_effect/measures_effect.h"

#include <math.h>

#define LAGS_MOST 400
#define UNKNOWN_SHARE 0.05

/* Weights by lag from 0 on; returns how many. */
static size_t lag_weights(const struct vg_measures_lag *lag, double weights[LAGS_MOST])
{
    if (lag->sd_days == 0 || lag->mean_days == 0) {
        size_t only = (size_t)(lag->mean_days + 0.5);
        for (size_t k = 0; k < only; k++) {
            weights[k] = 0;
        }
        weights[only] = 1;
        return only + 1;
    }
    double shape = lag->mean_days * lag->mean_days / (lag->sd_days * lag->sd_days);
    double scale = lag->sd_days * lag->sd_days / lag->mean_days;
    double below = 0;
    size_t n = 0;
    while (n < LAGS_MOST && below < 0.9999) {
        double until = vg_gamma_cdf((double)n + 0.5, shape, scale);
        weights[n++] = until - below;
        below = until;
    }
    for (size_t k = 0; k < n; k++) {
        weights[k] /= below;
    }
    return n;
}

/* What is left of the strength of each day when a measure tires those who live under it. */
static void fade(const double *strength, size_t n_days, double half_life_days, double *left)
{
    double age = 0;
    for (size_t day = 0; day < n_days; day++) {
        left[day] = half_life_days > 0 ? strength[day] * exp2(-age / half_life_days) : strength[day];
        age = strength[day] > 0 ? age + 1 : 0;
    }
}

vg_status vg_control_measures_felt(const double *strength, size_t n_days, const struct vg_measures_lag *lag, double *felt, struct vg_error *error)
{
    double weights[LAGS_MOST];
    if (!(lag->mean_days >= 0) || !(lag->mean_days <= LAGS_MOST / 4) || !(lag->sd_days >= 0) || !(lag->sd_days <= LAGS_MOST / 8) || !(lag->half_life_days >= 0) ||
        isinf(lag->half_life_days) || lag->shift_days < -1000 || lag->shift_days > 1000) {
        return vg_fail(error, VG_USAGE_ERROR, "the lag of a measure has a mean of 0 to %d days, a standard deviation of 0 to %d days and a half-life of 0 or more", LAGS_MOST / 4,
                       LAGS_MOST / 8);
    }
    if (n_days == 0) {
        return VG_OK;
    }
    size_t n_weights = lag_weights(lag, weights);
    struct vg_arena scratch;
    vg_arena_init(&scratch, 0);
    double *left = VG_ARENA_ARRAY(&scratch, double, n_days);
    if (left == NULL) {
        vg_arena_release(&scratch);
        return vg_fail_memory(error, n_days * sizeof *left);
    }
    fade(strength, n_days, lag->half_life_days, left);
    for (size_t day = 0; day < n_days; day++) {
        double sum = 0;
        double known = 0;
        for (size_t k = 0; k < n_weights; k++) {
            int64_t from = (int64_t)day - (int64_t)k - lag->shift_days;
            if (from >= 0 && from < (int64_t)n_days && !isnan(left[from])) {
                sum += weights[k] * left[from];
                known += weights[k];
            }
        }
        felt[day] = known >= 1 - UNKNOWN_SHARE ? sum / known : NAN;
    }
    vg_arena_release(&scratch);
    return VG_OK;
}
