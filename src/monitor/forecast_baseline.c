/*
 * The forecast hubs' baseline (Cramer et al. 2022), as the package simplets makes it for the COVID-19 and influenza hubs: one step ahead, the quantiles of all
 * past one-step differences and their opposites around the last value; further steps add up evenly spaced quantiles of the same differences in random order,
 * and the median is put back on the last value. What falls below zero is zero. Anything that calls itself a forecast should beat it.
 */
#include "monitor/forecast_internal.h"

#include <math.h>

#define PATHS 10000
#define PURPOSE_BASELINE 0x4842u

/* Fisher and Yates. */
static void shuffle(double *values, size_t n, struct vg_random *random)
{
    for (size_t i = n; i > 1; i--) {
        size_t other = vg_random_below(random, (uint32_t)i);
        double swap = values[i - 1];
        values[i - 1] = values[other];
        values[other] = swap;
    }
}

vg_status forecast_hub_baseline(const struct forecast_input *input, struct vg_arena *arena, double *quantiles, double *mean, struct vg_error *error)
{
    double *differences = VG_ARENA_ARRAY(arena, double, 2 * input->n);
    double *steps = VG_ARENA_ARRAY(arena, double, PATHS);
    double *sums = VG_ARENA_ARRAY(arena, double, PATHS);
    double *sorted = VG_ARENA_ARRAY(arena, double, PATHS);
    if (arena->failed) {
        return vg_fail_memory(error, 3 * PATHS * sizeof *sums);
    }
    size_t n = 0;
    double last = NAN;
    for (size_t i = 0; i < input->n; i++) {
        double step = i == 0 ? NAN : input->values[i] - input->values[i - 1];
        if (!isnan(step)) {
            differences[n++] = step;
            differences[n++] = -step;
        }
        last = isnan(input->values[i]) ? last : input->values[i];
    }
    forecast_sort(differences, n);
    for (size_t path = 0; path < PATHS; path++) {
        steps[path] = n == 0 ? 0 : vg_quantile_sorted(differences, n, (double)path / (PATHS - 1));
        sums[path] = 0;
    }
    struct vg_random random = vg_random_stream(input->seed, 0, 0, PURPOSE_BASELINE);
    for (size_t k = 0; k < input->horizon; k++) {
        for (size_t path = 0; path < PATHS; path++) {
            sums[path] += steps[path];
            sorted[path] = sums[path];
        }
        shuffle(steps, PATHS, &random);
        forecast_sort(sorted, PATHS);
        double centre = last - vg_quantile_sorted(sorted, PATHS, 0.5);
        mean[k] = 0;
        for (size_t path = 0; path < PATHS; path++) {
            mean[k] += fmax(0, centre + sorted[path]) / PATHS;
        }
        for (size_t q = 0; q < VG_FORECAST_LEVELS; q++) {
            /* One step ahead nothing is random: the differences' own quantiles. */
            double step = k == 0 && n > 0 ? last + vg_quantile_sorted(differences, n, vg_forecast_levels[q]) : centre + vg_quantile_sorted(sorted, PATHS, vg_forecast_levels[q]);
            quantiles[k * VG_FORECAST_LEVELS + q] = fmax(0, step);
        }
    }
    return VG_OK;
}
