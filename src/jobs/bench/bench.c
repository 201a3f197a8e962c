/*
 * How fast the analyses are over ten thousand series that are made here, beside the peer in R where it is installed, and against the machine's own limits, all in
 * one run. Counts of operations are of the algorithm: a multiplication with an addition is two, a logarithm, exponential or root twenty.
 */
#include "jobs/bench/internal.h"

#include "monitor/alarm/alarm.h"
#include "jobs/bench/bench.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

const struct vg_bench vg_benches[] = {{"monitor", "R and alarms over ten thousand series, beside EpiEstim and surveillance"},
                                      {"simulate", "every person simulated: a first wave, three years, tracing, contact-exact mode; memory and what limits it"},
                                      {"exposure", "a million published keys against a million observed identifiers, beside the reference matcher's way"},
                                      {"certificate", "health certificates verified and issued, beside the bare check of their signatures"},
                                      {"tracing", "a node with a million contacts: lists, chains, duplicates, an import of 100,000 rows, beside what they must stay under"},
                                      {"allocate", "plans of 50, 500 and 5,570 regions beside a solver of linear programs"},
                                      {"chains", "who infected whom: candidates, the instant answer, the sampler, on 100,000 cases and on small outbreaks"},
                                      {"genomes", "genomes from FASTA to a table of their changes, beside minimap2; trees of ten million leaves loaded, searched, grown; lineages"},
                                      {NULL, NULL}};

/* ------------------------------------------------- R by Cori's method, 180 days */

enum { RT_DAYS = 180, RT_WINDOW = 7 };
static const double rt_mean = 5, rt_sd = 2.5;

static void rt_fill(uint32_t series, double *values)
{
    static const double rhythm[7] = {1.2, 1.3, 1.1, 1.1, 1, 0.8, 0.5};
    struct vg_random random = vg_random_stream(20210205, series, 0, 0);
    double level = exp(6 * vg_random_uniform(&random));
    double phase = 6.283 * vg_random_uniform(&random);
    for (size_t day = 0; day < RT_DAYS; day++) {
        double mean = level * (1.4 + sin(phase + (double)day / 25)) * rhythm[day % 7];
        values[day] = 1 + (double)vg_random_negative_binomial(&random, mean, 20);
    }
}

static double rt_run(const double *values, struct vg_arena *arena)
{
    struct vg_rt_parameters parameters;
    struct vg_rt_estimate out[RT_DAYS];
    enum vg_series_status status;
    size_t n_out = 0;
    vg_monitor_rt_defaults(&parameters);
    parameters.serial_interval_mean_days = rt_mean;
    parameters.serial_interval_sd_days = rt_sd;
    if (vg_monitor_rt(values, NULL, RT_DAYS, &parameters, arena, out, &n_out, &status, NULL) != VG_OK || n_out == 0) {
        return NAN;
    }
    return out[n_out - 1].quantiles[VG_QUANTILE_MEDIAN];
}

static size_t rt_lags(void)
{
    double weights[RT_DAYS];
    size_t lags = RT_DAYS;
    if (vg_monitor_serial_interval(rt_mean, rt_sd, RT_DAYS, weights, NULL) != VG_OK) {
        return 0;
    }
    while (lags > 0 && weights[lags - 1] <= 0) {
        lags--;
    }
    return lags;
}

/* The convolution; an incomplete gamma function (30 terms of a series, and its prefix) a lag; a polynomial of degree 13 for each of nine quantiles a window. */
static double rt_flops(void)
{
    double lags = (double)rt_lags();
    return 2 * RT_DAYS * lags + lags * (3 * 30 + 4 * TRANSCENDENTAL) + (RT_DAYS - RT_WINDOW) * (VG_QUANTILE_COUNT * (2 * 13 + 4) + 2 * TRANSCENDENTAL + 8);
}

static double rt_bytes(void)
{
    return RT_DAYS * sizeof(double) + (RT_DAYS - RT_WINDOW) * sizeof(struct vg_rt_estimate);
}

const char bench_epiestim_script[] = "if (!requireNamespace('EpiEstim', quietly = TRUE)) { cat('missing\\n'); quit(status = 0) }\n"
                                "suppressMessages(library(EpiEstim))\n"
                                "x <- as.matrix(read.csv(commandArgs(TRUE)[1], header = FALSE))\n"
                                "result <- numeric(nrow(x))\n"
                                "one <- function(i) suppressMessages(suppressWarnings(estimate_R(as.numeric(x[i, ]), method = 'parametric_si',\n"
                                "  config = make_config(list(mean_si = 5, std_si = 2.5)))))$R\n"
                                "invisible(one(1))\n"
                                "seconds <- system.time(for (i in seq_len(nrow(x))) { r <- one(i); result[i] <- r[nrow(r), 'Median(R)'] })[['elapsed']]\n"
                                "cat('seconds', format(seconds, digits = 10), '\\n')\n"
                                "cat(format(result, digits = 12, trim = TRUE), sep = '\\n')\n";

/* ---------------------------- the newest week by Farrington's improved method, ten years */

enum { ALARM_WEEKS = 522 };

static void alarm_fill(uint32_t series, double *values)
{
    struct vg_random random = vg_random_stream(20210205, series, 1, 0);
    double level = exp(6 * vg_random_uniform(&random));
    for (size_t week = 0; week < ALARM_WEEKS; week++) {
        double mean = level * exp(0.5 * sin(6.283 * (double)week / 52.18));
        values[week] = (double)vg_random_negative_binomial(&random, mean, 2 * mean);
    }
}

static double alarm_run(const double *values, struct vg_arena *arena)
{
    struct vg_farrington_parameters parameters;
    struct vg_alarm out[ALARM_WEEKS];
    vg_farrington_defaults(&parameters);
    parameters.steps_per_year = 52; /* as surveillance counts where weeks have no dates */
    if (vg_alarm_farrington(values, ALARM_WEEKS, ALARM_WEEKS - 1, &parameters, arena, out, NULL) != VG_OK) {
        return NAN;
    }
    return out[ALARM_WEEKS - 1].threshold;
}

/* Two fits of about five iterations each; of every reference week four transcendental functions and the row's 3 x 3 products, and an inversion of 11 coefficients. */
static double alarm_flops(void)
{
    const double weeks = 5 * 52 - 26;
    const double coefficients = 11;
    const double iterations = 10;
    return iterations * (weeks * (4 * TRANSCENDENTAL + 2 * 9 + 2 * 3 + 12) + 2 * coefficients * coefficients * coefficients) + weeks * (3 * TRANSCENDENTAL + 18);
}

static double alarm_bytes(void)
{
    return (5 * 52 + 26) * sizeof(double);
}

static const char alarm_script[] = "if (!requireNamespace('surveillance', quietly = TRUE)) { cat('missing\\n'); quit(status = 0) }\n"
                                   "suppressMessages(library(surveillance))\n"
                                   "x <- t(as.matrix(read.csv(commandArgs(TRUE)[1], header = FALSE)))\n"
                                   "dimnames(x) <- NULL\n"
                                   "control <- list(range = nrow(x), b = 5, w = 3, noPeriods = 10, pastWeeksNotIncluded = 26, reweight = TRUE, weightsThreshold = 2.58,\n"
                                   "  alpha = 0.05, trend = TRUE, pThresholdTrend = 1, thresholdMethod = 'nbPlugin', limit54 = c(5, 4), verbose = FALSE)\n"
                                   "result <- numeric(ncol(x))\n"
                                   "one <- function(i) suppressMessages(suppressWarnings(upperbound(farringtonFlexible(\n"
                                   "  sts(observed = x[, i, drop = FALSE], start = c(2011, 1), frequency = 52), control = control))[1]))\n"
                                   "invisible(one(1))\n"
                                   "seconds <- system.time(for (i in seq_len(ncol(x))) result[i] <- one(i))[['elapsed']]\n"
                                   "cat('seconds', format(seconds, digits = 10), '\\n')\n"
                                   "cat(format(result, digits = 12, trim = TRUE), sep = '\\n')\n";

/* ------------------------------------- R, infections and four weeks ahead by the renewal model */

static double renewal_run(const double *values, struct vg_arena *arena)
{
    struct vg_renewal_parameters parameters;
    struct vg_renewal_estimate estimate;
    struct vg_arena scratch;
    double copy[RT_DAYS];
    struct vg_triangle triangle = {.start = 18628, .step_days = 1, .as_of = 18628 + RT_DAYS - 1, .n_references = RT_DAYS, .n_delays = 1, .increments = copy};
    memcpy(copy, values, sizeof copy);
    vg_renewal_defaults(&parameters);
    parameters.generation_mean_days = rt_mean;
    parameters.generation_sd_days = rt_sd;
    vg_arena_init(&scratch, 0);
    vg_status status = vg_renewal(&triangle, &parameters, arena, &scratch, &estimate, NULL);
    vg_arena_release(&scratch);
    return status == VG_OK && estimate.status == VG_SERIES_OK ? estimate.rt.values[(RT_DAYS - 1) * VG_QUANTILE_COUNT + VG_QUANTILE_MEDIAN] : NAN;
}

/* Some 15 factorisations of a band of 15 over 195 days with eight further unknowns, nine selected inverses, 400 courses of 28 days. */
static double renewal_flops(void)
{
    enum { LATENT = 195, WIDTH = 15, THETA = 8, FACTORS = 15, INVERSES = 9, DRAWS = 400, AHEAD = 28 };
    double factor = 2.0 * LATENT * (WIDTH * WIDTH + WIDTH * THETA + THETA * THETA) + RT_DAYS * 6 * TRANSCENDENTAL;
    double inverse = 2.0 * LATENT * (3 * WIDTH * WIDTH + 5 * WIDTH * THETA + 3 * THETA * THETA);
    return FACTORS * factor + INVERSES * inverse + DRAWS * (2.0 * WIDTH * (WIDTH + AHEAD) + AHEAD * 5 * TRANSCENDENTAL);
}

static double renewal_bytes(void)
{
    return RT_DAYS * sizeof(double) + 2 * RT_DAYS * (VG_QUANTILE_COUNT + 1) * sizeof(double) + 400.0 * (RT_DAYS + 28) * sizeof(double);
}

/* A further part of the monitor is one more row here. */
static const struct bench_task rt_task = {.name = "R by Cori's method, 180 days", .n_steps = RT_DAYS, .fill = rt_fill, .run = rt_run, .flops = rt_flops, .bytes = rt_bytes,
    .peer = "EpiEstim::estimate_R", .peer_series = 50, .script = bench_epiestim_script};
static const struct bench_task renewal_task = {.name = "R, infections and 4 weeks ahead of plain counts by the renewal model, 180 days", .n_steps = RT_DAYS, .fill = rt_fill,
    .run = renewal_run, .flops = renewal_flops, .bytes = renewal_bytes, .peer = "EpiEstim::estimate_R", .peer_series = 50, .most_series = 500, .other_method = true,
    .script = bench_epiestim_script};
static const struct bench_task alarm_task = {.name = "newest week by Farrington's improved method, 10 years", .n_steps = ALARM_WEEKS, .fill = alarm_fill, .run = alarm_run,
    .flops = alarm_flops, .bytes = alarm_bytes, .peer = "surveillance::farringtonFlexible", .peer_series = 50, .script = alarm_script};
#define MONITOR_SERIES 10000
static const struct bench_task *const monitor_tasks[] = {&rt_task, &renewal_task, &bench_places_task, &bench_place_task, &alarm_task};

/* ------------------------------------------------------------------- measuring */

static double now(void)
{
    struct timespec at;
    (void)clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec + 1e-9 * (double)at.tv_nsec;
}

/* What one core of this machine does at best in code of this build: multiply-adds on numbers in the first cache, and bytes copied from memory to memory. */
struct machine {
    double flops, bytes;
};

static struct machine measure_machine(struct vg_arena *arena)
{
    enum { WIDTH = 64, ROUNDS = 100000, COPY_BYTES = 32 << 20, TIMES = 5 };
    double sums[WIDTH];
    struct machine machine = {0, 0};
    char *from = VG_ARENA_ARRAY(arena, char, COPY_BYTES);
    char *to = VG_ARENA_ARRAY(arena, char, COPY_BYTES);
    for (size_t i = 0; i < WIDTH; i++) {
        sums[i] = (double)i;
    }
    for (int time = 0; from != NULL && to != NULL && time < TIMES; time++) { /* the best of several: others may be at work too */
        double start = now();
        for (int round = 0; round < ROUNDS; round++) {
            double factor = 1 - 1e-9 * round;
            for (size_t i = 0; i < WIDTH; i++) {
                sums[i] = sums[i] * factor + 1e-3;
            }
        }
        double seconds = now() - start;
        machine.flops = sums[time] > 0 ? fmax(machine.flops, 2.0 * WIDTH * ROUNDS / seconds) : 0;
        memset(from, time + 1, COPY_BYTES);
        start = now();
        memcpy(to, from, COPY_BYTES);
        seconds = now() - start;
        machine.bytes = to[COPY_BYTES / 2] == time + 1 ? fmax(machine.bytes, 2.0 * COPY_BYTES / seconds) : 0;
    }
    return machine;
}

struct work {
    const struct bench_task *task;
    const double *values;
    double *numbers;
};

static void run_series(void *context, size_t item, unsigned worker)
{
    struct work *work = context;
    struct vg_arena arena;
    (void)worker;
    vg_arena_init(&arena, 0);
    work->numbers[item] = work->task->run(work->values + item * work->task->n_steps, &arena);
    vg_arena_release(&arena);
}

static double largest_difference(const double *ours, const struct bench_peer_result *peer, size_t n)
{
    double largest = 0;
    for (size_t i = 0; peer->there && i < n; i++) {
        double scale = fmax(fabs(peer->numbers[i]), 1e-12);
        bool both_missing = isnan(ours[i]) && isnan(peer->numbers[i]);
        largest = both_missing ? largest : fmax(largest, isnan(ours[i]) || isnan(peer->numbers[i]) ? INFINITY : fabs(ours[i] - peer->numbers[i]) / scale);
    }
    return peer->there ? largest : NAN;
}

static const char *limit_of(const struct bench_task *task, double seconds_each, const struct machine *machine, struct vg_arena *arena)
{
    double flops = task->flops();
    double bytes = task->bytes();
    double arithmetic = flops / machine->flops / seconds_each;
    double memory = bytes / machine->bytes / seconds_each;
    return vg_arena_format(arena, "%s: %.0f thousand operations and %.1f kB a series; %.1f Gflop/s, %.0f %% of the multiply-adds that a core here does at best (%.1f), and %.2f GB/s, %.1f %% of copying (%.1f)",
                           arithmetic >= memory ? "arithmetic" : "memory", flops / 1e3, bytes / 1e3, flops / seconds_each / 1e9, 100 * arithmetic, machine->flops / 1e9,
                           bytes / seconds_each / 1e9, 100 * memory, machine->bytes / 1e9);
}

static void add_columns(struct vg_table *table)
{
    vg_table_add_column(table, "task", VG_COLUMN_TEXT);
    vg_table_add_column(table, "threads", VG_COLUMN_INTEGER);
    vg_table_add_column(table, "series", VG_COLUMN_INTEGER);
    vg_table_add_column(table, "seconds", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "series_per_second", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "peer", VG_COLUMN_TEXT);
    vg_table_add_column(table, "peer_series", VG_COLUMN_INTEGER);
    vg_table_add_column(table, "peer_seconds", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "peer_series_per_second", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "ratio", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "largest_difference", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "limit", VG_COLUMN_TEXT);
}

static vg_status ask_peer(const struct bench_task *task, const double *values, size_t n, struct vg_arena *arena, struct bench_peer_result *peer, struct vg_error *error)
{
    if (task->for_peer == NULL) {
        return bench_run_peer(task->script, values, n, task->n_steps, arena, peer, error);
    }
    double *given = VG_ARENA_ARRAY(arena, double, n * task->peer_steps);
    if (given == NULL) {
        return vg_fail_memory(error, n * task->peer_steps * sizeof *given);
    }
    for (size_t series = 0; series < n; series++) {
        task->for_peer(values + series * task->n_steps, given + series * task->peer_steps);
    }
    return bench_run_peer(task->script, given, n, task->peer_steps, arena, peer, error);
}

static vg_status run_task(const struct bench_task *task, const struct vg_bench_request *request, const struct machine *machine, struct vg_arena *arena, struct vg_table *table,
                          struct vg_error *error)
{
    size_t n = task->most_series > 0 && task->most_series < request->n_series ? task->most_series : request->n_series;
    size_t total;
    struct bench_peer_result peer = {.why_not = "not asked for"};
    size_t n_peer = task->peer_series < n ? task->peer_series : n;
    double *values = vg_multiply_size(n, task->n_steps, &total) ? VG_ARENA_ARRAY(arena, double, total) : NULL;
    double *numbers = VG_ARENA_ARRAY(arena, double, n);
    if (values == NULL || numbers == NULL) {
        return vg_fail_memory(error, n * task->n_steps * sizeof *values);
    }
    for (size_t series = 0; series < n; series++) {
        task->fill((uint32_t)series, values + series * task->n_steps);
    }
    struct vg_pool *pool = vg_pool_new(request->threads);
    vg_status status = request->without_peers ? VG_OK : ask_peer(task, values, n_peer, arena, &peer, error);
    for (unsigned round = 0; status == VG_OK && round < (vg_pool_threads(pool) > 1 ? 2 : 1); round++) {
        struct work work = {task, values, numbers};
        double start = now();
        if (task->run_all != NULL) {
            status = task->run_all(values, n, round == 0 ? NULL : pool, numbers, error);
        } else {
            vg_parallel_for(round == 0 ? NULL : pool, n, run_series, &work);
        }
        double seconds = now() - start;
        double each = (double)n / seconds;
        double peer_each = peer.there ? (double)n_peer / peer.seconds : NAN;
        unsigned threads = round == 0 ? 1 : vg_pool_threads(pool);
        vg_table_text(table, task->name);
        vg_table_integer(table, threads);
        vg_table_integer(table, (int64_t)n);
        vg_table_double(table, seconds);
        vg_table_double(table, each);
        vg_table_text(table, peer.there ? task->peer : vg_arena_format(arena, "%s: %s", task->peer, peer.why_not));
        vg_table_integer(table, peer.there ? (int64_t)n_peer : 0);
        vg_table_double(table, peer.there ? peer.seconds : NAN);
        vg_table_double(table, peer_each);
        vg_table_double(table, each / peer_each);
        vg_table_double(table, task->other_method ? NAN : largest_difference(numbers, &peer, n_peer));
        vg_table_text(table, limit_of(task, seconds * threads / (double)n, machine, arena));
    }
    vg_pool_free(pool);
    return status;
}

static vg_status bench_monitor(const struct vg_bench_request *request, const struct vg_progress *progress, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    const size_t n_tasks = sizeof monitor_tasks / sizeof *monitor_tasks;
    struct vg_bench_request sized = *request;
    sized.n_series = request->n_series == 0 ? MONITOR_SERIES : request->n_series;
    struct machine machine = measure_machine(arena);
    vg_status status = VG_OK;
    add_columns(&answer->table);
    for (size_t i = 0; status == VG_OK && i < n_tasks; i++) {
        if (!vg_progress_report(progress, monitor_tasks[i]->name, (double)i / (double)n_tasks)) {
            return vg_fail(error, VG_CANCELLED, "the benchmark was stopped");
        }
        status = run_task(monitor_tasks[i], &sized, &machine, arena, &answer->table, error);
    }
    job_meta_number(&answer->meta, "multiply_adds_per_second_of_a_core", machine.flops / 2);
    job_meta_number(&answer->meta, "bytes_copied_per_second", machine.bytes);
    return status;
}

vg_status vg_job_bench(const struct vg_bench_request *request, const struct vg_progress *progress, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    vg_status status;
    vg_buffer_char(&answer->meta, '{');
    job_meta_text(&answer->meta, "benchmark", request->name);
    if (strcmp(request->name, "monitor") == 0) {
        status = bench_monitor(request, progress, arena, answer, error);
    } else if (strcmp(request->name, "simulate") == 0) {
        status = bench_simulate(request, progress, arena, &answer->table, error);
    } else if (strcmp(request->name, "exposure") == 0) {
        status = bench_exposure(request, progress, arena, answer, error);
    } else if (strcmp(request->name, "certificate") == 0) {
        status = bench_certificate(request, progress, arena, answer, error);
    } else if (strcmp(request->name, "tracing") == 0) {
        status = bench_tracing(request, progress, arena, answer, error);
    } else if (strcmp(request->name, "chains") == 0) {
        status = bench_chains(request, progress, arena, answer, error);
    } else if (strcmp(request->name, "genomes") == 0) {
        status = bench_genomes(request, progress, arena, answer, error);
    } else if (strcmp(request->name, "allocate") == 0) {
        status = bench_allocate(request, progress, arena, answer, error);
    } else {
        status = vg_fail(error, VG_USAGE_ERROR, "there is no benchmark \"%.40s\"; vigia bench lists them", request->name);
    }
    vg_buffer_char(&answer->meta, '}');
    return status != VG_OK ? status : answer->meta.failed || answer->table.failed ? vg_fail_memory(error, 0) : VG_OK;
}
