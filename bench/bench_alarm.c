/*
 * Alarms over many series: ten thousand weekly series of ten years, the newest week of each by Farrington's improved method, on one core and on all; likelihood ratio charts; and the
 * scan statistic over a thousand places. Beside them R's surveillance on the same series, where it is there. The limit is arithmetic: an iteration of Farrington's fit costs
 * about n_reference * (3 * 3 + 10) multiplications and one exponential a reference week; a circle of the scan is one vector addition a replicate and eight durations.
 *
 *     bench_alarm [SERIES]
 */
#include "monitor/alarm/alarm.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { WEEKS = 522, RUN_UP = 104, PLACES = 1000, DAYS = 90 };
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

/* The negative binomial chart over the newest two years, the usual level fitted to the eight before. */
static void judge_by_ratio(void *context, size_t item, unsigned worker)
{
    struct work *work = context;
    const double *counts = work->counts + item * WEEKS;
    struct vg_in_control_parameters usual;
    struct vg_glr_parameters p;
    struct vg_alarm out[WEEKS];
    struct vg_arena arena;
    double mean[WEEKS];
    enum vg_series_status status = VG_SERIES_OK;
    (void)worker;
    vg_in_control_defaults(&usual);
    vg_glr_defaults(&p);
    p.thresholds_from = WEEKS;
    vg_arena_init(&arena, 0);
    if (vg_alarm_in_control(counts, WEEKS - RUN_UP, WEEKS, &usual, &arena, mean, &p.dispersion, &status, NULL) == VG_OK && status == VG_SERIES_OK &&
        vg_alarm_glr(counts, mean, WEEKS, WEEKS - RUN_UP, &p, &arena, out, NULL) == VG_OK) {
        work->out[item] = out[WEEKS - 1];
    }
    vg_arena_release(&arena);
}

/* Seconds that R's surveillance takes for each of `n` series (farringtonFlexible on the newest week, glrnb on the newest two years); false where it is not there. */
static bool ask_r(const double *counts, size_t n, double *farrington, double *glr)
{
    static const char program[] =
        "suppressMessages(library(surveillance)); x <- matrix(scan(Sys.getenv('VIGIA_SERIES'), quiet = TRUE), nrow = 522)\n"
        "time <- function(f) { t <- proc.time()[[3]]; for (i in seq_len(ncol(x))) f(x[, i]); (proc.time()[[3]] - t) / ncol(x) }\n"
        "flexible <- list(range = 522, b = 5, w = 3, noPeriods = 10, pastWeeksNotIncluded = 26, thresholdMethod = 'nbPlugin', alpha = 0.05, weightsThreshold = 2.58, pThresholdTrend = 1)\n"
        "a <- time(function(y) try(suppressWarnings(farringtonFlexible(sts(y, frequency = 52, start = c(2000, 1)), flexible)), silent = TRUE))\n"
        "b <- time(function(y) try(suppressWarnings(suppressMessages(glrnb(sts(y, frequency = 52, start = c(2000, 1)), list(range = 419:522, c.ARL = 5, mu0 = list(S = 1), alpha = NULL,"
        " Mtilde = 1, M = -1, change = 'intercept', dir = 'inc', ret = 'value')))), silent = TRUE))\n"
        "cat(a, b, '\\n')\n";
    char values[] = "/tmp/vigia-bench-XXXXXX";
    char script[] = "/tmp/vigia-bench-XXXXXX";
    int descriptors[2] = {mkstemp(values), mkstemp(script)};
    FILE *file = descriptors[0] < 0 ? NULL : fdopen(descriptors[0], "w");
    bool done = false;
    for (size_t i = 0; file != NULL && i < n * WEEKS; i++) {
        (void)fprintf(file, "%.0f\n", counts[i]);
    }
    if (file != NULL && fclose(file) == 0 && descriptors[1] >= 0 && write(descriptors[1], program, sizeof program - 1) == (ssize_t)sizeof program - 1) {
        char command[200];
        (void)snprintf(command, sizeof command, "VIGIA_SERIES=%s Rscript %s 2> /dev/null", values, script);
        FILE *answer = popen(command, "r");
        done = answer != NULL && fscanf(answer, "%lf %lf", farrington, glr) == 2;
        done = answer != NULL && pclose(answer) == 0 && done;
    }
    (void)unlink(values);
    (void)unlink(script);
    return done;
}

/* A country of a thousand places with log-normal populations, 10,000 cases in 90 days. */
static int scan(struct vg_pool *pool)
{
    double *counts = calloc(PLACES * DAYS, sizeof *counts);
    double *expected = calloc(PLACES * DAYS, sizeof *expected);
    double latitude[PLACES];
    double longitude[PLACES];
    double size[PLACES];
    double total = 0;
    struct vg_random random = vg_random_stream(2, 0, 0, 0);
    for (size_t i = 0; i < PLACES; i++) {
        latitude[i] = 10 * vg_random_uniform(&random);
        longitude[i] = 10 * vg_random_uniform(&random);
        total += size[i] = exp(vg_random_normal(&random));
    }
    for (size_t i = 0; counts != NULL && expected != NULL && i < PLACES * DAYS; i++) {
        expected[i] = 10000.0 / DAYS * size[i / DAYS] / total;
        counts[i] = (double)vg_random_poisson(&random, expected[i]);
    }
    vg_status status = counts == NULL || expected == NULL ? VG_SYSTEM_ERROR : VG_OK;
    for (int model = 0; status == VG_OK && model < 2; model++) {
        struct vg_scan_parameters p;
        struct vg_scan_result result;
        struct vg_arena arena;
        vg_arena_init(&arena, 0);
        vg_scan_defaults(&p);
        p.model = model == 0 ? VG_SCAN_POISSON : VG_SCAN_PERMUTATION;
        double start = now();
        status = vg_alarm_scan(counts, expected, PLACES, DAYS, latitude, longitude, &p, pool, &arena, &result, NULL);
        (void)printf("%s scan of %d places, %d days, %zu replicates: %.2f s on %u, %.0f MB\n", model == 0 ? "Poisson" : "permutation", PLACES, DAYS, p.replicates, now() - start,
                     vg_pool_threads(pool), (double)arena.used_bytes / 1e6);
        vg_arena_release(&arena);
    }
    free(counts);
    free(expected);
    return status == VG_OK ? 0 : 1;
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
    start = now();
    vg_parallel_for(NULL, n / 10 + 1 < n ? n / 10 + 1 : n, judge_by_ratio, &work);
    double chart = (now() - start) / (double)(n / 10 + 1 < n ? n / 10 + 1 : n);
    (void)printf("likelihood ratio chart (negative binomial, fit and %d weeks): %.0f us a series on one core\n", RUN_UP, 1e6 * chart);
    double farrington = 0;
    double glr = 0;
    if (ask_r(work.counts, n < 100 ? n : 100, &farrington, &glr)) {
        (void)printf("R's surveillance: farringtonFlexible %.1f ms a series, %.0f times as long; glrnb %.1f ms, %.0f times as long\n", 1e3 * farrington, farrington * (double)n / one,
                     1e3 * glr, glr / chart);
    } else {
        (void)printf("R's surveillance is not there to be compared with (Debian: r-cran-surveillance)\n");
    }
    int failed = scan(pool);
    vg_pool_free(pool);
    free(work.counts);
    free(work.out);
    return failed;
}
