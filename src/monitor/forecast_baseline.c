/*
 * The forecast hubs' baseline (Cramer et al. 2022): the next values are like the last one, spread like the past one-step differences, made symmetric and added
 * up step by step. Anything that calls itself a forecast should beat it.
 */
#include "monitor/forecast_internal.h"

#include <math.h>

#define PATHS 20000 /* in pairs, each the mirror of the other: so the median is the last value, without shifting */
#define PURPOSE_BASELINE 0x4842u

vg_status forecast_hub_baseline(const struct forecast_input *input, struct vg_arena *arena, double *quantiles, double *mean, struct vg_error *error)
{
    double *differences = VG_ARENA_ARRAY(arena, double, 2 * input->n);
    double *sums = VG_ARENA_ARRAY(arena, double, PATHS / 2);
    double *sorted = VG_ARENA_ARRAY(arena, double, PATHS);
    if (differences == NULL || sums == NULL || sorted == NULL) {
        return vg_fail_memory(error, 2 * PATHS * sizeof *sums);
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
    for (size_t k = 0; k < input->horizon; k++) {
        for (uint32_t pair = 0; pair < PATHS / 2; pair++) {
            struct vg_random random = vg_random_stream(input->seed, pair, (uint32_t)k, PURPOSE_BASELINE);
            sums[pair] += n == 0 ? 0 : differences[vg_random_below(&random, (uint32_t)n)];
            sorted[2 * pair] = sums[pair];
            sorted[2 * pair + 1] = -sums[pair];
        }
        forecast_sort(sorted, PATHS);
        mean[k] = 0;
        for (size_t path = 0; path < PATHS; path++) {
            mean[k] += fmax(0, last + sorted[path]) / PATHS;
        }
        for (size_t q = 0; q < VG_QUANTILE_COUNT; q++) {
            quantiles[k * VG_QUANTILE_COUNT + q] = fmax(0, last + vg_quantile_sorted(sorted, PATHS, vg_quantile_levels[q]));
        }
    }
    return VG_OK;
}
