/*
 * How long the analyses of one series take, on simulated data of usual size. Median of many runs, one thread.
 *
 *     bench_monitor
 */
#include "monitor/monitor.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

#define RUNS 51

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return left < right ? -1 : left > right ? 1 : 0;
}

struct inputs {
    struct vg_triangle triangle;
    struct vg_series series;
    struct vg_rt_parameters rt;
    struct vg_arena nowcast_arena;
    struct vg_nowcast nowcast;
    struct vg_rt_estimate estimates[400];
};

static void check(vg_status status, const struct vg_error *error)
{
    if (status != VG_OK) {
        fprintf(stderr, "%s\n", error->message);
        exit(3);
    }
}

static void run_nowcast(struct inputs *inputs, struct vg_arena *arena, size_t sum_steps, size_t n_draws)
{
    struct vg_nowcast_parameters parameters;
    struct vg_nowcast out;
    struct vg_error error;
    vg_monitor_nowcast_defaults(&parameters);
    parameters.sum_steps = sum_steps;
    parameters.n_draws = n_draws;
    check(vg_monitor_nowcast(&inputs->triangle, &parameters, arena, &out, &error), &error);
}

static void nowcast_days(struct inputs *inputs, struct vg_arena *arena)
{
    run_nowcast(inputs, arena, 1, 0);
}
static void nowcast_sums(struct inputs *inputs, struct vg_arena *arena)
{
    run_nowcast(inputs, arena, 7, 0);
}
static void nowcast_draws(struct inputs *inputs, struct vg_arena *arena)
{
    run_nowcast(inputs, arena, 1, 500);
}

static void delays(struct inputs *inputs, struct vg_arena *arena)
{
    struct vg_delay_estimate out;
    struct vg_error error;
    check(vg_monitor_delays(&inputs->triangle, 0, arena, &out, &error), &error);
}

static void rt(struct inputs *inputs, struct vg_arena *arena, bool uncertain)
{
    enum vg_series_status status;
    struct vg_error error;
    size_t n_out;
    inputs->rt.uncertain = uncertain;
    check(vg_monitor_rt(inputs->series.values, NULL, 200, &inputs->rt, arena, inputs->estimates, &n_out, &status, &error),
          &error);
}

static void rt_plain(struct inputs *inputs, struct vg_arena *arena)
{
    rt(inputs, arena, false);
}
static void rt_uncertain(struct inputs *inputs, struct vg_arena *arena)
{
    rt(inputs, arena, true);
}

static void rt_draws(struct inputs *inputs, struct vg_arena *arena)
{
    enum vg_series_status status;
    struct vg_error error;
    size_t n_out;
    inputs->rt.uncertain = false;
    check(vg_monitor_rt_draws(inputs->nowcast.draws, 500, 180, &inputs->rt, arena, inputs->estimates, &n_out, &status, &error),
          &error);
}

static void forecast(struct inputs *inputs, struct vg_arena *arena, enum vg_forecast_method method)
{
    struct vg_forecast_parameters parameters;
    struct vg_quantile_series out;
    enum vg_series_status status;
    struct vg_error error;
    vg_monitor_forecast_defaults(&parameters);
    parameters.method = method;
    parameters.horizon_steps = 28;
    check(vg_monitor_forecast(&inputs->series, &parameters, arena, &out, &status, &error), &error);
}

static void forecast_naive(struct inputs *inputs, struct vg_arena *arena)
{
    forecast(inputs, arena, VG_FORECAST_NAIVE);
}
static void forecast_ensemble(struct inputs *inputs, struct vg_arena *arena)
{
    forecast(inputs, arena, VG_FORECAST_ENSEMBLE);
}
static void forecast_smoothing(struct inputs *inputs, struct vg_arena *arena)
{
    forecast(inputs, arena, VG_FORECAST_EXPONENTIAL_SMOOTHING);
}

static void growth(struct inputs *inputs, struct vg_arena *arena)
{
    (void)arena;
    struct vg_growth out;
    vg_monitor_growth(inputs->series.values, 200, 1, 21, &out);
}

static void measure(const char *what, void (*run)(struct inputs *, struct vg_arena *), struct inputs *inputs)
{
    double times[RUNS];
    for (size_t i = 0; i < RUNS; i++) {
        struct vg_arena arena;
        vg_arena_init(&arena, 0);
        double begin = seconds_now();
        run(inputs, &arena);
        times[i] = seconds_now() - begin;
        vg_arena_release(&arena);
    }
    qsort(times, RUNS, sizeof *times, compare);
    printf("%-58s %9.3f ms\n", what, 1e3 * times[RUNS / 2]);
}

static void make_inputs(struct inputs *inputs, size_t n, size_t n_delays)
{
    static const double rhythm[7] = {1.2, 1.3, 1.1, 1.1, 1, 0.5, 0.3};
    struct vg_random random = vg_random_stream(1, 0, 0, 0);
    double *values = malloc(200 * sizeof *values), *cells = malloc(n * n_delays * sizeof *cells);
    if (values == NULL || cells == NULL) {
        exit(3);
    }
    for (size_t t = 0; t < 200; t++) {
        values[t] = (double)vg_random_negative_binomial(&random, 100 * (1.5 + sin((double)t / 25)) * rhythm[t % 7], 20);
    }
    for (size_t t = 0; t < n; t++) {
        for (size_t d = 0; d < n_delays; d++) {
            double share = vg_gamma_cdf((double)d + 1, 2, 3) - vg_gamma_cdf((double)d, 2, 3);
            cells[t * n_delays + d] =
                t + d < n ? (double)vg_random_poisson(&random, values[t] * share * rhythm[(t + d) % 7] + 1e-9) : NAN;
        }
    }
    inputs->series = (struct vg_series){.start = 18000, .step_days = 1, .n_values = 200, .values = values};
    inputs->triangle = (struct vg_triangle){.start = 18000,
                                            .step_days = 1,
                                            .as_of = 18000 + (int32_t)n - 1,
                                            .n_references = n,
                                            .n_delays = n_delays,
                                            .increments = cells};
    vg_monitor_rt_defaults(&inputs->rt);
    inputs->rt.serial_interval_mean_days = 5;
    inputs->rt.serial_interval_sd_days = 2.5;
    inputs->rt.mean_sd = 1, inputs->rt.mean_min = 3, inputs->rt.mean_max = 7;
    inputs->rt.sd_sd = 0.5, inputs->rt.sd_min = 1.5, inputs->rt.sd_max = 3.5;
}

int main(void)
{
    static struct inputs inputs;
    struct vg_error error;
    make_inputs(&inputs, 180, 40);
    vg_arena_init(&inputs.nowcast_arena, 0);
    struct vg_nowcast_parameters parameters;
    vg_monitor_nowcast_defaults(&parameters);
    parameters.n_draws = 500;
    check(vg_monitor_nowcast(&inputs.triangle, &parameters, &inputs.nowcast_arena, &inputs.nowcast, &error), &error);
    measure("nowcast, 180 days x 40 delays", nowcast_days, &inputs);
    measure("nowcast, 7-day sums", nowcast_sums, &inputs);
    measure("nowcast with 500 drawn courses", nowcast_draws, &inputs);
    measure("reporting delays, 180 x 40", delays, &inputs);
    measure("R, 200 days", rt_plain, &inputs);
    measure("R, 200 days, 200 serial intervals", rt_uncertain, &inputs);
    measure("R of 500 drawn courses, 180 days", rt_draws, &inputs);
    measure("naive forecast, 200 days, 28 ahead", forecast_naive, &inputs);
    measure("exponential smoothing, 200 days, 28 ahead", forecast_smoothing, &inputs);
    measure("ensemble, 200 days, 28 ahead, 26 former weeks again", forecast_ensemble, &inputs);
    measure("growth rate, 21 days", growth, &inputs);
    vg_arena_release(&inputs.nowcast_arena);
    free(inputs.series.values);
    free(inputs.triangle.increments);
    return 0;
}
