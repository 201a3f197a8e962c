/*
 * What the forecast methods share, private to this folder.
 */
#ifndef VG_MONITOR_FORECAST_INTERNAL_H
#define VG_MONITOR_FORECAST_INTERNAL_H

#include "monitor/monitor.h"

/* A series on the method's scale (naive: square root; smoothing: fourth root; hub baseline: as it is), NaN where not reported. */
struct forecast_input {
    const double *values; /* [n] */
    size_t n, season, horizon;
    uint64_t seed;
};

/* Fills quantiles[horizon * VG_QUANTILE_COUNT] and mean[horizon], both on the count scale. */
vg_status forecast_naive(const struct forecast_input *input, struct vg_arena *arena, double *quantiles, double *mean,
                         struct vg_error *error) VG_MUST_USE;
vg_status forecast_smoothing(const struct forecast_input *input, struct vg_arena *arena, double *quantiles, double *mean,
                             struct vg_error *error) VG_MUST_USE;
vg_status forecast_hub_baseline(const struct forecast_input *input, struct vg_arena *arena, double *quantiles, double *mean, struct vg_error *error) VG_MUST_USE;

void forecast_sort(double *values, size_t n);
/* From the fourth root back to the count. */
static inline double forecast_count(double root)
{
    return root > 0 ? root * root * root * root : 0;
}

#endif
