/*
 * Alarms over many series: ten thousand weekly series of ten years, the newest week of each by Farrington's improved method, on one core and on all. The limit is
 * arithmetic: an iteration of the fit costs about n_reference * (3 * 3 + 10) multiplications and one exponential a reference week.
 *
 *     bench_alarm [SERIES]
 */
#include "monitor/alarm/alarm.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

enum { WEEKS = 522 };
struct work { double *counts; struct vg_alarm *out; };

static double now(void)
{
    struct timespec at;
    (void)clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec + 1e-9 * (double)at.tv_nsec;
}

static void judge(void *context, size_t item, unsigned worker)
{
    struct work *work = context;
    struct vg_farrington_parameters parameters;
    struct vg_alarm out[WEEKS];
    struct vg_arena arena;
    (void)worker;
    vg_farrington_defaults(&parameters);
    vg_arena_init(&arena, 0);
    if (vg_alarm_farrington(work->counts + item * WEEKS, WEEKS, WEEKS - 1, &parameters, &arena, out, NULL) == VG_OK) {
        work->out[item] = out[WEEKS - 1];
    }
    vg_arena_release(&arena);
}

int main(int argc, char **argv)
{
    size_t n = argc > 1 ? (size_t)strtoul(argv[1], NULL, 10) : 10000;
    struct work work = {malloc(n * WEEKS * sizeof(double)), calloc(n, sizeof(struct vg_alarm))};
    if (n == 0 || work.counts == NULL || work.out == NULL) {
        return 1;
    }
    for (uint32_t series = 0; series < n; series++) {
        struct vg_random random = vg_random_stream(1, series, 0, 0);
        double level = exp(6 * vg_random_uniform(&random) - 1);
        for (size_t week = 0; week < WEEKS; week++) {
            double mean = level * exp(0.5 * sin(6.283 * (double)week / 52.18));
            work.counts[series * WEEKS + week] = (double)vg_random_negative_binomial(&random, mean, 2 * mean);
        }
    }
    double start = now();
    vg_parallel_for(NULL, n, judge, &work);
    double one = now() - start;
    struct vg_pool *pool = vg_pool_new(0);
    start = now();
    vg_parallel_for(pool, n, judge, &work);
    double all = now() - start;
    size_t alarms = 0;
    size_t judged = 0;
    for (size_t i = 0; i < n; i++) {
        alarms += work.out[i].alarm;
        judged += work.out[i].status == VG_SERIES_OK;
    }
    (void)printf("%zu series of %d weeks: %.2f s on one core (%.0f us each), %.2f s on %u; %.3f alarms of %zu judged\n", n, WEEKS, one, 1e6 * one / (double)n, all,
                 vg_pool_threads(pool), (double)alarms / (double)(judged == 0 ? 1 : judged), judged);
    vg_pool_free(pool);
    free(work.counts);
    free(work.out);
    return 0;
}
