/*
 * Forecasts of ten thousand places at once: what the siblings teach, then the ensemble for each, in weeks and in days, beside the hubs' baseline by its 10,000
 * samples. Simulated places of one country with a common wave.
 */
#include "monitor/monitor.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

#define PLACES 10000

struct work {
    struct vg_series *series;
    struct vg_forecast_parameters parameters;
    size_t refused[256];
};

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static struct vg_series *make_places(size_t n, int32_t step_days)
{
    struct vg_series *series = calloc(PLACES, sizeof *series);
    double *values = calloc(PLACES * n, sizeof *values), *wave = calloc(n, sizeof *wave), trend = 0, level = 0;
    struct vg_random random = vg_random_stream(4, 0, 0, 0);
    if (series == NULL || values == NULL || wave == NULL) {
        exit(3);
    }
    for (size_t t = 0; t < n; t++) {
        trend = (step_days == 7 ? 0.85 : 0.97) * trend + (step_days == 7 ? 0.08 : 0.005) * vg_random_normal(&random);
        level = (step_days == 7 ? 0.98 : 0.997) * level + trend;
        wave[t] = level;
    }
    for (uint32_t place = 0; place < PLACES; place++) {
        struct vg_random own = vg_random_stream(4, place, 0, 1);
        for (size_t t = 0; t < n; t++) {
            double rhythm = step_days == 1 && t % 7 > 4 ? 0.4 : 1;
            values[place * n + t] = (double)vg_random_negative_binomial(&own, rhythm * exp(1 + 4 * (double)place / PLACES + wave[t]), 15);
        }
        series[place] = (struct vg_series){18000, step_days, n, values + place * n};
    }
    free(wave);
    return series;
}

static void forecast(void *context, size_t item, unsigned worker)
{
    struct work *work = context;
    struct vg_arena arena;
    struct vg_forecast out;
    struct vg_error error;
    vg_arena_init(&arena, 0);
    if (vg_monitor_forecast_full(&work->series[item], &work->parameters, &arena, &out, &error) != VG_OK) {
        fprintf(stderr, "%s\n", error.message);
        exit(3);
    }
    work->refused[worker % 256] += out.status != VG_SERIES_OK ? 1 : 0;
    vg_arena_release(&arena);
}

static double run(struct work *work, size_t n, struct vg_pool *pool, size_t *refused)
{
    double begin = seconds_now();
    *refused = 0;
    for (size_t i = 0; i < 256; i++) {
        work->refused[i] = 0;
    }
    vg_parallel_for(pool, n, forecast, work);
    for (size_t i = 0; i < 256; i++) {
        *refused += work->refused[i];
    }
    return seconds_now() - begin;
}

static void measure(const char *what, size_t n_steps, int32_t step_days, size_t horizon, struct vg_pool *pool)
{
    struct work work = {.series = make_places(n_steps, step_days)};
    struct vg_arena arena;
    struct vg_forecast_experience *experience = NULL;
    struct vg_error error;
    size_t refused, baseline_refused;
    vg_arena_init(&arena, 0);
    double begin = seconds_now();
    if (vg_monitor_forecast_learn(work.series, NULL, NULL, PLACES, &arena, &experience, &error) != VG_OK) {
        exit(3);
    }
    double learning = seconds_now() - begin;
    vg_monitor_forecast_defaults(&work.parameters);
    work.parameters.horizon_steps = horizon;
    work.parameters.experience = experience;
    double ensemble = run(&work, PLACES, pool, &refused);
    work.parameters.method = VG_FORECAST_HUB_BASELINE;
    double baseline = run(&work, PLACES / 20, pool, &baseline_refused) * 20;
    printf("%s: %.1f s for %d places (%.0f places a second, %zu refused), of which %.2f s to learn from siblings\n", what, learning + ensemble, PLACES,
           PLACES / (learning + ensemble), refused, learning);
    printf("  ratio to the hubs' baseline (10,000 samples, a twentieth of the places measured): %.2f\n", (learning + ensemble) / baseline);
    vg_arena_release(&arena);
    free(work.series[0].values);
    free(work.series);
}

int main(void)
{
    struct vg_pool *pool = vg_pool_new(0);
    printf("%u threads\n", vg_pool_threads(pool));
    measure("104 weeks, 4 ahead", 104, 7, 4, pool);
    measure("180 days, 28 ahead", 180, 1, 28, pool);
    vg_pool_free(pool);
    return 0;
}
