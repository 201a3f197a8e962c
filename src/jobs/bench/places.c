/*
 * The benchmark's reporting triangles: places of one parent whose outbreaks follow the renewal equation and whose reports trickle in, and the pooled
 * posterior of all of them. The peer gets the same cases by date, complete, and estimates R alone.
 */
#include "jobs/bench/internal.h"

#include "monitor/renewal/renewal.h"

#include <math.h>
#include <string.h>

enum { DAYS = 180, DELAYS = 40, BEFORE = 40, LAGS = 25 };
static const double generation_mean = 5, generation_sd = 2.5, delay_meanlog = 1.7, delay_sdlog = 0.65;

/* What is reported after each delay, by the report's weekday: offices are half closed at weekends. */
static double hazard_at(size_t delay, size_t report_day, double shift)
{
    static const double by_day[7] = {1.2, 1.2, 1.1, 1.1, 1.1, 0.6, 0.4};
    double before = 1 - vg_lognormal_cdf((double)delay, delay_meanlog + shift, delay_sdlog), after = 1 - vg_lognormal_cdf((double)delay + 1, delay_meanlog + shift, delay_sdlog);
    double odds = (before - after) / after * by_day[report_day % 7];
    return delay + 1 == DELAYS ? 1 : odds / (1 + odds);
}

static void fill(uint32_t series, double *increments)
{
    double weights[LAGS + 1], infections[BEFORE + DAYS];
    struct vg_random random = vg_random_stream(20210205, series, 2, 0);
    double level = exp(1.5 + 1.2 * vg_random_normal(&random)), log_r = 0.15 * vg_random_normal(&random), shift = 0.15 * vg_random_normal(&random);
    if (vg_monitor_serial_interval(generation_mean, generation_sd, LAGS + 1, weights, NULL) != VG_OK) {
        return;
    }
    for (size_t day = 0; day < BEFORE + DAYS; day++) {
        double pressure = day < LAGS ? level : 0, left = 1;
        for (size_t lag = 1; lag <= LAGS && day >= LAGS; lag++) {
            pressure += weights[lag] * infections[day - lag];
        }
        log_r = 0.98 * log_r + 0.04 * vg_random_normal(&random);
        infections[day] = pressure * exp(log_r - 0.03 * log(pressure / level)); /* drawn back to its level, as depletion and behaviour do */
        for (size_t delay = 0; day >= BEFORE && delay < DELAYS; delay++) {
            size_t row = day - BEFORE;
            double hazard = hazard_at(delay, row + delay, shift), mean = infections[day] * left * hazard;
            increments[row * DELAYS + delay] = row + delay < DAYS ? (double)vg_random_negative_binomial(&random, mean, mean / 0.4) : NAN;
            left *= 1 - hazard;
        }
    }
}

static void by_date(const double *increments, double *counts)
{
    for (size_t day = 0; day < DAYS; day++) {
        counts[day] = 0;
        for (size_t delay = 0; delay < DELAYS; delay++) {
            double here = increments[day * DELAYS + delay];
            counts[day] += isnan(here) ? 0 : here;
        }
    }
}

static void take(void *context, size_t series, const struct vg_renewal_estimate *estimate, const char *message)
{
    double *numbers = context;
    (void)message;
    numbers[series] = estimate->status == VG_SERIES_OK ? estimate->rt.values[(estimate->rt.n_steps - 1) * VG_QUANTILE_COUNT + VG_QUANTILE_MEDIAN] : NAN;
}

static struct vg_renewal_parameters usual_parameters(void)
{
    struct vg_renewal_parameters parameters;
    vg_renewal_defaults(&parameters);
    parameters.generation_mean_days = generation_mean;
    parameters.generation_sd_days = generation_sd;
    parameters.incubation_mean_days = 5;
    parameters.incubation_sd_days = 2.5;
    return parameters;
}

static vg_status run_all(const double *values, size_t n, struct vg_pool *pool, double *numbers, struct vg_error *error)
{
    struct vg_arena arena;
    struct vg_renewal_parameters parameters;
    vg_arena_init(&arena, 0);
    struct vg_triangle *triangles = VG_ARENA_ARRAY(&arena, struct vg_triangle, n);
    double *copies = VG_ARENA_ARRAY(&arena, double, n * DAYS * DELAYS);
    vg_status status = triangles == NULL || copies == NULL ? vg_fail_memory(error, n * DAYS * DELAYS * sizeof *copies) : VG_OK;
    if (status == VG_OK) {
        memcpy(copies, values, n * DAYS * DELAYS * sizeof *copies);
        for (size_t i = 0; i < n; i++) {
            triangles[i] = (struct vg_triangle){.start = 18628, .step_days = 1, .as_of = 18628 + DAYS - 1, .n_references = DAYS, .n_delays = DELAYS,
                                                .increments = copies + i * DAYS * DELAYS};
        }
        parameters = usual_parameters();
        struct vg_renewal_batch batch = {.triangles = triangles, .n = n, .pooled = true, .take = take, .context = numbers};
        status = vg_renewal_many(&batch, &parameters, pool, error);
    }
    vg_arena_release(&arena);
    return status;
}

/* Each by itself, with all its delays, one after another. */
static vg_status run_alone(const double *values, size_t n, struct vg_pool *pool, double *numbers, struct vg_error *error)
{
    vg_status status = VG_OK;
    double increments[DAYS * DELAYS];
    struct vg_triangle triangle = {.start = 18628, .step_days = 1, .as_of = 18628 + DAYS - 1, .n_references = DAYS, .n_delays = DELAYS,
                                   .increments = increments};
    struct vg_renewal_parameters parameters = usual_parameters();
    parameters.pool = pool;
    struct vg_arena arena, scratch; /* kept from place to place, as whoever asks for several does */
    vg_arena_init(&arena, 0);
    vg_arena_init(&scratch, 0);
    for (size_t i = 0; i < n && status == VG_OK; i++) {
        struct vg_renewal_estimate estimate;
        vg_arena_reset(&arena);
        vg_arena_reset(&scratch);
        memcpy(increments, values + i * DAYS * DELAYS, sizeof increments);
        status = vg_renewal(&triangle, &parameters, &arena, &scratch, &estimate, error);
        if (status == VG_OK) {
            take(numbers, i, &estimate, NULL);
        }
    }
    vg_arena_release(&scratch);
    vg_arena_release(&arena);
    return status;
}

/*
 * Factorisations and selected inverses of a band of 20 over 200 days with theta further unknowns, evaluations of cells and hazards, 400 courses of
 * 40 open days and 28 to come. Hazards of 100 rows meet with each other where a place learns its own delays, with few groups else.
 */
static double flops_of(double theta, double factors, double inverses, double evaluations, double pairs)
{
    enum { LATENT = 200, WIDTH = 20, HAZARDS = 1900, CELLS = 800, DRAWS = 400, OPEN = 40, AHEAD = 28 };
    double factor = 2.0 * LATENT * (3 * WIDTH * WIDTH / 2 + WIDTH * theta + theta * theta / 2) + theta * theta * theta / 3 + pairs;
    double inverse = 2.0 * LATENT * (2 * WIDTH * WIDTH + 3 * WIDTH * theta + theta * theta) + OPEN * DELAYS / 2 * 10.0 * theta;
    double evaluation = DAYS * (4.0 * WIDTH + 3 * TRANSCENDENTAL) + HAZARDS * 8.0 + CELLS * (2 * TRANSCENDENTAL + 60);
    double draw = 2.0 * (2 * OPEN * (WIDTH + theta) + OPEN * DELAYS / 2 + AHEAD * 2 * WIDTH) + (OPEN + AHEAD) * (3 * TRANSCENDENTAL + 60);
    return factors * factor + inverses * inverse + evaluations * evaluation + DRAWS * draw;
}

static double flops(void)
{
    return flops_of(40, 6, 5, 25, 1900 * 4.0 * 10);
}

static double flops_alone(void)
{
    return flops_of(120, 8, 5.3, 28, 100 * 3 * 2.0 * DELAYS * DELAYS + 2.0 * 100 * 120 * 120 / 2);
}

static double bytes(void)
{
    return DAYS * DELAYS * sizeof(double) + 4 * DAYS * (VG_QUANTILE_COUNT + 1) * sizeof(double);
}

const struct bench_task bench_places_task = {.name = "nowcast, R and 4 weeks ahead of places of one parent by the renewal model, 180 days x 40 delays", .n_steps = DAYS * DELAYS,
    .fill = fill, .run_all = run_all, .flops = flops, .bytes = bytes, .peer = "EpiEstim::estimate_R", .peer_series = 50, .most_series = 1000,
    .other_method = true, .script = bench_epiestim_script, .for_peer = by_date, .peer_steps = DAYS};
const struct bench_task bench_place_task = {.name = "the same of one place by itself, all its delays, 180 days x 40 delays", .n_steps = DAYS * DELAYS,
    .fill = fill, .run_all = run_alone, .flops = flops_alone, .bytes = bytes, .peer = "EpiEstim::estimate_R", .peer_series = 50, .most_series = 100,
    .other_method = true, .script = bench_epiestim_script, .for_peer = by_date, .peer_steps = DAYS};
