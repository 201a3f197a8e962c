/*
 * A law given by its quantiles: at any level, its mean, and sample paths through several of them.
 */
#include "monitor/forecast_internal.h"

#include <math.h>

#define PURPOSE_SAMPLE 0x5053u
#define MEAN_POINTS 200

/* Normal quantiles of the outermost two levels. */
#define OUTER 2.3263478740408408
#define INNER 1.959963984540054

double forecast_quantile_at(const double *quantiles, double level)
{
    enum { LAST = VG_FORECAST_LEVELS - 1 };
    double root = 0;
    if (level <= vg_forecast_levels[0] || level >= vg_forecast_levels[LAST]) {
        bool low = level < 0.5;
        double outer = sqrt(quantiles[low ? 0 : LAST]), inner = sqrt(quantiles[low ? 1 : LAST - 1]);
        root = outer + (outer - inner) / (OUTER - INNER) * (fabs(vg_normal_quantile(level)) - OUTER);
        return root > 0 ? root * root : 0;
    }
    size_t above = 1;
    while (vg_forecast_levels[above] < level) {
        above++;
    }
    double share = (level - vg_forecast_levels[above - 1]) / (vg_forecast_levels[above] - vg_forecast_levels[above - 1]);
    root = (1 - share) * sqrt(quantiles[above - 1]) + share * sqrt(quantiles[above]);
    return root * root;
}

double forecast_mean_of(const double *quantiles)
{
    double sum = 0;
    for (size_t i = 0; i < MEAN_POINTS; i++) {
        sum += forecast_quantile_at(quantiles, ((double)i + 0.5) / MEAN_POINTS);
    }
    return sum / MEAN_POINTS;
}

void vg_monitor_forecast_paths(const double *quantiles, size_t n_steps, size_t n_paths, uint64_t seed, double *paths)
{
    for (size_t path = 0; path < n_paths; path++) {
        struct vg_random random = vg_random_stream(seed, (uint32_t)path, 0, PURPOSE_SAMPLE);
        double sum = 0;
        for (size_t step = 0; step < n_steps; step++) {
            sum += vg_random_normal(&random);
            double level = vg_normal_cdf(sum / sqrt((double)step + 1));
            level = fmax(1e-9, fmin(1 - 1e-9, level));
            paths[path * n_steps + step] = forecast_quantile_at(quantiles + step * VG_FORECAST_LEVELS, level);
        }
    }
}
