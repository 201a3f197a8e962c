/*
 * R agrees with EpiEstim 2.2-4 on the five historic outbreaks, mixtures agree with plain sampling, and bad series say why.
 */
#include "vg_test.h"

#include "monitor/monitor.h"
#include "monitor/rt_internal.h"
#include "historic_series.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct reference {
    char set[32], method[32];
    size_t first, last;
    double values[7];
};

static size_t read_reference(struct reference *rows, size_t capacity)
{
    char path[1024], line[512];
    const char *source = getenv("VIGIA_SOURCE");
    snprintf(path, sizeof path, "%s/tests/monitor/epiestim_reference.csv", source == NULL ? "." : source);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t n = 0;
    while (fgets(line, sizeof line, file) != NULL && n < capacity) {
        if (line[0] == '#' || strncmp(line, "set,", 4) == 0) {
            continue;
        }
        struct reference *row = &rows[n++];
        char *at = line, *fields[11];
        for (size_t i = 0; i < 11; i++) {
            fields[i] = strsep(&at, ",");
            assert_non_null(fields[i]);
        }
        snprintf(row->set, sizeof row->set, "%s", fields[0]);
        snprintf(row->method, sizeof row->method, "%s", fields[1]);
        row->first = strtoul(fields[2], NULL, 10) - 1;
        row->last = strtoul(fields[3], NULL, 10) - 1;
        for (size_t i = 0; i < 7; i++) {
            row->values[i] = strncmp(fields[4 + i], "NA", 2) == 0 ? NAN : strtod(fields[4 + i], NULL);
        }
    }
    fclose(file);
    assert_int_equal(n, 652);
    return n;
}

static struct reference reference_rows[700];
static size_t reference_count;

static void reference_values(const struct vg_rt_estimate *e, double values[7])
{
    const double v[7] = {e->mean, e->sd, e->quantiles[0], e->quantiles[3], e->quantiles[4], e->quantiles[7], e->quantiles[8]};
    memcpy(values, v, sizeof v);
}

/* Compares estimates with the reference rows of a set and method; windows where EpiEstim gives NA must be absent. */
static void compare(const char *set, const char *method, const struct vg_rt_estimate *estimates, size_t n, double relative)
{
    size_t used = 0, rows = 0;
    for (size_t i = 0; i < reference_count; i++) {
        const struct reference *row = &reference_rows[i];
        if (strcmp(row->set, set) != 0 || strcmp(row->method, method) != 0) {
            continue;
        }
        rows++;
        if (isnan(row->values[0])) {
            assert_true(used == n || estimates[used].last > row->last);
            continue;
        }
        assert_true(used < n);
        assert_int_equal(estimates[used].first, row->first);
        assert_int_equal(estimates[used].last, row->last);
        double values[7];
        reference_values(&estimates[used++], values);
        for (size_t k = 0; k < 7; k++) {
            if (fabs(values[k] - row->values[k]) > relative * row->values[k]) {
                fail_msg("%s %s window %zu value %zu: %.9g, EpiEstim %.9g", set, method, row->first, k, values[k],
                         row->values[k]);
            }
        }
    }
    assert_true(rows > 20);
    assert_int_equal(used, n);
}

static size_t run(const double *cases, const double *imported, size_t n, const struct vg_rt_parameters *parameters,
                  struct vg_rt_estimate *out)
{
    struct vg_arena arena;
    struct vg_error error = {0};
    enum vg_series_status status;
    size_t n_out;
    vg_arena_init(&arena, 0);
    assert_int_equal(vg_monitor_rt(cases, imported, n, parameters, &arena, out, &n_out, &status, &error), VG_OK);
    assert_int_equal(status, VG_SERIES_OK);
    vg_arena_release(&arena);
    return n_out;
}

static void agrees_with_epiestim_on_the_historic_outbreaks(void **state)
{
    (void)state;
    struct vg_rt_estimate out[128];
    for (size_t i = 0; i < HISTORIC_COUNT; i++) {
        const struct historic_series *set = &historic[i];
        struct vg_rt_parameters parameters;
        vg_monitor_rt_defaults(&parameters);
        parameters.serial_interval_mean_days = set->mean;
        parameters.serial_interval_sd_days = set->sd;
        compare(set->name, "parametric_si", out, run(set->cases, NULL, set->n, &parameters, out), 1e-6);
        parameters.serial_interval = set->interval;
        parameters.serial_interval_n = set->interval_n;
        compare(set->name, "non_parametric_si", out, run(set->cases, NULL, set->n, &parameters, out), 1e-6);
    }
}

static void imported_cases_infect_but_are_not_infected_here(void **state)
{
    (void)state;
    struct vg_rt_estimate out[128];
    double imported[32] = {1, 1, 0, 0, 2, 0, 0, 0, 0, 1};
    struct vg_rt_parameters parameters;
    vg_monitor_rt_defaults(&parameters);
    parameters.serial_interval_mean_days = 2.6;
    parameters.serial_interval_sd_days = 1.5;
    compare("flu_2009_imported", "parametric_si", out, run(flu_2009_cases, imported, 32, &parameters, out), 1e-6);
}

/* EpiEstim 2.2-4: estimate_R(method = "non_parametric_si") with t_start, t_end, mean_prior, std_prior of one's own, and with local and imported cases. */
static void windows_and_priors_of_ones_own_are_epiestims(void **state)
{
    (void)state;
    static const struct vg_rt_window own[] = {{1, 7}, {8, 19}, {4, 29}}, imported_own[] = {{1, 10}, {11, 24}};
    static const double expected[3][5] = {{1.6978269824, 0.39180622671, 1.0187541441, 1.6677850121, 2.547508528},
                                          {1.1207448046, 0.11054958654, 0.9145772202, 1.1171120598, 1.347554430},
                                          {0.9990383255, 0.08943623856, 0.8314486127, 0.9963707499, 1.181786111}};
    static const double imported_expected[2][5] = {{1.2893982808, 0.24814481484, 0.8497215918, 1.2735151951, 1.819294369},
                                                   {0.9340005702, 0.09582643659, 0.7556622365, 0.9307254274, 1.130948785}};
    double imported[32] = {1, 1, 0, 0, 2, 0, 0, 0, 0, 1}, share[32];
    struct vg_rt_estimate out[32], shared[32];
    struct vg_rt_parameters parameters;
    vg_monitor_rt_defaults(&parameters);
    parameters.serial_interval = flu_2009_interval;
    parameters.serial_interval_n = 12;
    parameters.windows = own;
    parameters.n_windows = 3;
    parameters.prior_mean = 2;
    parameters.prior_sd = 1.5;
    assert_int_equal(run(flu_2009_cases, NULL, 32, &parameters, out), 3);
    for (size_t i = 0; i < 3; i++) {
        const double values[5] = {out[i].mean, out[i].sd, out[i].quantiles[0], out[i].quantiles[4], out[i].quantiles[8]};
        assert_int_equal(out[i].first, own[i].first);
        assert_int_equal(out[i].last, own[i].last);
        for (size_t k = 0; k < 5; k++) {
            vg_assert_near(values[k], expected[i][k], 1e-6 * expected[i][k]);
        }
    }
    parameters.prior_mean = parameters.prior_sd = 5;
    parameters.windows = imported_own;
    parameters.n_windows = 2;
    assert_int_equal(run(flu_2009_cases, imported, 32, &parameters, out), 2);
    for (size_t t = 0; t < 32; t++) {
        share[t] = flu_2009_cases[t] > 0 ? imported[t] / flu_2009_cases[t] : 0;
    }
    parameters.imported_share = share;
    assert_int_equal(run(flu_2009_cases, NULL, 32, &parameters, shared), 2);
    for (size_t i = 0; i < 2; i++) {
        const double values[5] = {out[i].mean, out[i].sd, out[i].quantiles[0], out[i].quantiles[4], out[i].quantiles[8]};
        for (size_t k = 0; k < 5; k++) {
            vg_assert_near(values[k], imported_expected[i][k], 1e-6 * imported_expected[i][k]);
        }
        vg_assert_near(shared[i].mean, out[i].mean, 1e-12);
    }
    static const struct vg_rt_window outside = {0, 5};
    struct vg_arena arena;
    struct vg_error error = {0};
    enum vg_series_status status;
    size_t n_out;
    vg_arena_init(&arena, 0);
    parameters.windows = &outside;
    parameters.n_windows = 1;
    assert_int_equal(vg_monitor_rt(flu_2009_cases, NULL, 32, &parameters, &arena, out, &n_out, &status, &error), VG_USAGE_ERROR);
    share[3] = 1.5;
    parameters.windows = own;
    assert_int_equal(vg_monitor_rt(flu_2009_cases, NULL, 32, &parameters, &arena, out, &n_out, &status, &error), VG_USAGE_ERROR);
    vg_arena_release(&arena);
}

static void uncertain_interval_agrees_within_monte_carlo_error(void **state)
{
    (void)state;
    struct vg_rt_estimate out[128];
    struct vg_rt_parameters parameters;
    vg_monitor_rt_defaults(&parameters);
    parameters.serial_interval_mean_days = 2.6;
    parameters.serial_interval_sd_days = 1.5;
    parameters.uncertain = true;
    parameters.mean_sd = 1, parameters.mean_min = 1, parameters.mean_max = 4.2;
    parameters.sd_sd = 0.5, parameters.sd_min = 0.5, parameters.sd_max = 2.5;
    parameters.n1 = 4000;
    parameters.seed = 20;
    /* Both sides draw 4,000 pairs; the spread between pairs leaves about 2 % in the tails. */
    compare("flu_2009", "uncertain_si", out, run(flu_2009_cases, NULL, 32, &parameters, out), 0.05);
}

static void serial_interval_is_epiestims(void **state)
{
    (void)state;
    /* discr_si(0:12, 2.6, 1.5) */
    static const double expected[] = {0,
                                      0.233172125407541,
                                      0.358579400315597,
                                      0.198110828540314,
                                      0.103342655427939,
                                      0.052905175247814,
                                      0.026821461951616,
                                      0.013516198089438,
                                      0.006783437815354,
                                      0.003394351359299,
                                      0.001694674109790,
                                      0.000844594465827,
                                      0.000420331323735};
    double weights[60], sum = 0;
    struct vg_error error;
    assert_int_equal(vg_monitor_serial_interval(2.6, 1.5, 60, weights, &error), VG_OK);
    for (size_t i = 0; i < 60; i++) {
        sum += weights[i];
        if (i < 13) {
            assert_true(fabs(weights[i] - expected[i]) < 1e-11);
        }
    }
    assert_true(fabs(sum - 1) < 1e-9);
    assert_int_equal(vg_monitor_serial_interval(1, 1.5, 60, weights, &error), VG_USAGE_ERROR);
    assert_int_equal(vg_monitor_serial_interval(3, 0, 60, weights, &error), VG_USAGE_ERROR);
    assert_int_equal(vg_monitor_serial_interval(NAN, 1, 60, weights, &error), VG_USAGE_ERROR);
    assert_int_equal(vg_monitor_serial_interval(INFINITY, 1, 60, weights, &error), VG_USAGE_ERROR);
}

/* Shapes from under 1 to a hundred million, between and on the joints of the pieces. */
static void quantiles_of_one_gamma_are_exact(void **state)
{
    (void)state;
    double worst = 0;
    for (size_t i = 0; i < 4000; i++) {
        double shape = i < 5 ? (const double[]){1, 16.0 / 9, 4, 16, 0.5}[i] : 0.8 * pow(1e8 / 0.8, (double)i / 3999);
        double quantiles[VG_QUANTILE_COUNT];
        rt_gamma_quantiles(shape, 0.7, quantiles);
        for (size_t level = 0; level < VG_QUANTILE_COUNT; level++) {
            double expected = vg_gamma_quantile(vg_quantile_levels[level], shape, 0.7);
            worst = fmax(worst, fabs(quantiles[level] / expected - 1));
        }
    }
    if (!(worst < 1e-11)) {
        fail_msg("relative error %g", worst);
    }
}

/* At the quantiles told, the mean of the exact distribution functions is the level: shapes alike and not, small and large, scales near and far apart. */
static void quantiles_of_mixtures_are_exact(void **state)
{
    (void)state;
    enum { PARTS = 60 };
    static const struct { double shape, shape_spread, scale_spread; } kinds[] = {{10, 0, 0.3}, {12, 0.3, 0.2}, {3, 0.5, 0.2}, {80, 0, 0.15}, {80, 0.2, 0.3},
                                                                                  {1000, 0.1, 0.3}, {1e6, 0.01, 0.2}, {15, 0, 1.2}, {1.2, 0, 0.1}};
    struct rt_component components[PARTS];
    static struct rt_mixture_scratch scratch;
    scratch.components = components;
    rt_mixture_prepare(&scratch);
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        struct vg_random random = vg_random_stream(91, (uint32_t)k, 0, 0);
        double shapes[PARTS], scales[PARTS];
        struct vg_rt_estimate out;
        for (size_t i = 0; i < PARTS; i++) {
            shapes[i] = fmax(1, kinds[k].shape * exp(kinds[k].shape_spread * vg_random_normal(&random)));
            scales[i] = 1.3 / kinds[k].shape * exp(kinds[k].scale_spread * vg_random_normal(&random));
        }
        rt_mixture(shapes, scales, PARTS, &scratch, &out);
        for (size_t level = 0; level < VG_QUANTILE_COUNT; level++) {
            double reached = 0;
            for (size_t i = 0; i < PARTS; i++) {
                reached += vg_gamma_cdf(out.quantiles[level], shapes[i], scales[i]) / PARTS;
            }
            if (!(fabs(reached - vg_quantile_levels[level]) < 1e-5)) {
                fail_msg("kind %zu level %g: %.9g", k, vg_quantile_levels[level], reached);
            }
        }
    }
}

static int compare_doubles(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return left < right ? -1 : left > right ? 1 : 0;
}

/* Reference: R of each course by itself, many draws of each gamma, all sorted. */
static void mixture_over_courses_is_that_of_plain_sampling(void **state)
{
    (void)state;
    enum { N = 40, COURSES = 200, EACH = 200 };
    static double courses[COURSES * N], sample[COURSES * EACH];
    const uint64_t seed = 77;
    struct vg_rt_parameters parameters;
    vg_monitor_rt_defaults(&parameters);
    parameters.serial_interval_mean_days = 4;
    parameters.serial_interval_sd_days = 2;
    for (uint32_t c = 0; c < COURSES; c++) {
        struct vg_random random = vg_random_stream(seed, c, 0, 1);
        for (size_t t = 0; t < N; t++) {
            double level = 3 * exp(0.08 * (double)t);
            courses[c * N + t] = t < 30 ? floor(level) : (double)vg_random_negative_binomial(&random, level, 4);
        }
    }
    struct vg_rt_estimate mixed[N], one[N];
    struct vg_arena arena;
    vg_arena_init(&arena, 0);
    struct vg_error error;
    enum vg_series_status status;
    size_t n_mixed, n_one;
    assert_int_equal(vg_monitor_rt_draws(courses, COURSES, N, &parameters, &arena, mixed, &n_mixed, &status, &error), VG_OK);
    assert_int_equal(status, VG_SERIES_OK);
    for (size_t w = n_mixed - 5; w < n_mixed; w++) {
        for (uint32_t c = 0; c < COURSES; c++) {
            assert_int_equal(vg_monitor_rt(courses + c * N, NULL, N, &parameters, &arena, one, &n_one, &status, &error), VG_OK);
            assert_int_equal(n_one, n_mixed);
            double shape = one[w].mean * one[w].mean / (one[w].sd * one[w].sd), scale = one[w].mean / shape;
            for (size_t k = 0; k < EACH; k++) {
                sample[c * EACH + k] = vg_gamma_quantile(((double)k + 0.5) / EACH, shape, scale);
            }
        }
        qsort(sample, COURSES * EACH, sizeof *sample, compare_doubles);
        for (size_t i = 0; i < VG_QUANTILE_COUNT; i++) {
            double expected = vg_quantile_sorted(sample, COURSES * EACH, vg_quantile_levels[i]);
            if (fabs(mixed[w].quantiles[i] / expected - 1) > 2e-3) {
                fail_msg("seed %d window %zu level %zu: %g, sampled %g", (int)seed, w, i, mixed[w].quantiles[i], expected);
            }
        }
    }
    /* Where all courses are the same, so is R. */
    assert_int_equal(vg_monitor_rt(courses, NULL, N, &parameters, &arena, one, &n_one, &status, &error), VG_OK);
    assert_true(fabs(one[10].quantiles[0] - mixed[10].quantiles[0]) < 1e-12);
    /* Uncertain counts widen R. */
    assert_true(mixed[n_mixed - 1].sd > one[n_mixed - 1].sd);
    vg_arena_release(&arena);
}

static void unreported_days_are_not_zero(void **state)
{
    (void)state;
    double cases[60];
    struct vg_rt_estimate whole[60], holes[60];
    struct vg_rt_parameters parameters;
    vg_monitor_rt_defaults(&parameters);
    parameters.serial_interval_mean_days = 5;
    parameters.serial_interval_sd_days = 2;
    for (size_t t = 0; t < 60; t++) {
        cases[t] = 100;
    }
    size_t n = run(cases, NULL, 60, &parameters, whole);
    cases[20] = cases[41] = cases[42] = cases[59] = NAN;
    size_t m = run(cases, NULL, 60, &parameters, holes);
    assert_int_equal(n, m);
    for (size_t i = 0; i < n; i++) {
        if (whole[i].first > 12) {
            assert_true(fabs(holes[i].mean - 1) < 0.02);
        }
        assert_true(holes[i].sd >= whole[i].sd * 0.999);
    }
    /* A window without any report says nothing. */
    for (size_t t = 30; t < 40; t++) {
        cases[t] = NAN;
    }
    m = run(cases, NULL, 60, &parameters, holes);
    assert_int_equal(m, n - 4);
}

static void bad_series_say_why(void **state)
{
    (void)state;
    double cases[20] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20}, none[20] = {0},
           imported[20] = {0};
    struct vg_rt_estimate out[20];
    struct vg_rt_parameters parameters;
    struct vg_arena arena;
    struct vg_error error = {0};
    enum vg_series_status status;
    size_t n_out;
    vg_arena_init(&arena, 0);
    vg_monitor_rt_defaults(&parameters);
    assert_int_equal(vg_monitor_rt(cases, NULL, 20, &parameters, &arena, out, &n_out, &status, &error), VG_USAGE_ERROR);
    parameters.serial_interval_mean_days = 3;
    parameters.serial_interval_sd_days = 1;
    cases[4] = -5;
    assert_int_equal(vg_monitor_rt(cases, NULL, 20, &parameters, &arena, out, &n_out, &status, &error), VG_OK);
    assert_int_equal(status, VG_SERIES_BAD_INPUT);
    assert_non_null(strstr(error.message, "day 5"));
    assert_int_equal(n_out, 0);
    cases[4] = 5;
    imported[3] = 40;
    assert_int_equal(vg_monitor_rt(cases, imported, 20, &parameters, &arena, out, &n_out, &status, &error), VG_OK);
    assert_int_equal(status, VG_SERIES_BAD_INPUT);
    assert_int_equal(vg_monitor_rt(none, NULL, 20, &parameters, &arena, out, &n_out, &status, &error), VG_OK);
    assert_int_equal(status, VG_SERIES_TOO_FEW);
    assert_int_equal(vg_monitor_rt(cases, NULL, 7, &parameters, &arena, out, &n_out, &status, NULL), VG_OK);
    assert_int_equal(status, VG_SERIES_TOO_SHORT);
    assert_int_equal(vg_monitor_rt(cases, NULL, 0, &parameters, &arena, out, &n_out, &status, NULL), VG_OK);
    assert_int_equal(status, VG_SERIES_TOO_SHORT);
    parameters.window_days = SIZE_MAX;
    assert_int_equal(vg_monitor_rt(cases, NULL, 20, &parameters, &arena, out, &n_out, &status, NULL), VG_OK);
    assert_int_equal(status, VG_SERIES_TOO_SHORT);
    parameters.window_days = 7;
    parameters.prior_sd = 0;
    assert_int_equal(vg_monitor_rt(cases, NULL, 20, &parameters, &arena, out, &n_out, &status, &error), VG_USAGE_ERROR);
    parameters.prior_sd = 5;
    static const double bad_weights[] = {0.5, 0.5};
    parameters.serial_interval = bad_weights;
    parameters.serial_interval_n = 2;
    assert_int_equal(vg_monitor_rt(cases, NULL, 20, &parameters, &arena, out, &n_out, &status, &error), VG_USAGE_ERROR);
    vg_arena_release(&arena);
    vg_arena_init(&arena, 64);
    vg_monitor_rt_defaults(&parameters);
    parameters.serial_interval_mean_days = 3;
    parameters.serial_interval_sd_days = 1;
    assert_int_equal(vg_monitor_rt(cases, NULL, 20, &parameters, &arena, out, &n_out, &status, &error), VG_SYSTEM_ERROR);
    vg_arena_release(&arena);
}

/* EpiEstim 2.2-4: wallinga_teunis(I, method, config = list(t_start, t_end, n_sim = 0, si_distr | mean_si, std_si))$R, "Mean(R)". */
static void case_reproduction_numbers_agree_with_epiestim(void **state)
{
    (void)state;
#define SERIES(name) name##_cases, sizeof name##_cases / sizeof *name##_cases
    const struct { const double *cases; size_t n; const double *interval; size_t n_interval; double mean, sd; size_t first; double expected; } rows[] = {
        {SERIES(flu_2009), flu_2009_interval, 12, 0, 0, 2, 1.53469283}, {SERIES(flu_2009), flu_2009_interval, 12, 0, 0, 6, 1.57067283},
        {SERIES(flu_2009), flu_2009_interval, 12, 0, 0, 11, 0.99805824}, {SERIES(flu_2009), flu_2009_interval, 12, 0, 0, 21, 0.43534608},
        {SERIES(flu_2009), NULL, 0, 2.6, 1.5, 2, 1.53400151}, {SERIES(flu_2009), NULL, 0, 2.6, 1.5, 11, 0.99956646},
        {SERIES(measles_1861), NULL, 0, 14.9, 3.9, 2, 5.91897004}, {SERIES(measles_1861), NULL, 0, 14.9, 3.9, 37, 0.01435189},
        {SERIES(sars_2003), sars_2003_interval, 25, 0, 0, 2, 3.25905659}, {SERIES(sars_2003), NULL, 0, 8.4, 3.8, 11, 7.89511642},
        {SERIES(smallpox_1972), NULL, 0, 22.4, 6.1, 9, 12.91030009}, {SERIES(smallpox_1972), NULL, 0, 22.4, 6.1, 46, 0.00054685},
        {SERIES(flu_1918), NULL, 0, 2.6, 1.5, 6, 1.35195907}, {SERIES(flu_1918), NULL, 0, 2.6, 1.5, 81, 0.83106136},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct vg_arena arena;
        struct vg_error error = {0};
        struct vg_rt_parameters parameters;
        struct vg_rt_case_estimate out[200];
        size_t n_out = 0;
        enum vg_series_status status;
        vg_arena_init(&arena, 0);
        vg_monitor_rt_defaults(&parameters);
        parameters.serial_interval = rows[i].interval;
        parameters.serial_interval_n = rows[i].n_interval;
        parameters.serial_interval_mean_days = rows[i].mean;
        parameters.serial_interval_sd_days = rows[i].sd;
        vg_assert_ok(vg_monitor_rt_case(rows[i].cases, rows[i].n, &parameters, &arena, out, &n_out, &status, &error), error);
        assert_int_equal(status, VG_SERIES_OK);
        bool found = false;
        for (size_t k = 0; k < n_out; k++) {
            if (out[k].first + 1 == rows[i].first) {
                found = true;
                if (!(fabs(out[k].mean - rows[i].expected) < 1e-6 * fmax(1, rows[i].expected))) {
                    fail_msg("row %zu: %.8f instead of %.8f", i, out[k].mean, rows[i].expected);
                }
                for (size_t q = 1; q < VG_QUANTILE_COUNT; q++) {
                    assert_true(out[k].quantiles[q - 1] <= out[k].quantiles[q]);
                }
                assert_true(out[k].quantiles[0] <= out[k].mean + 1e-12); /* counts are whole: a mean of 0.0005 has all quantiles 0 */
            }
        }
        assert_true(found);
        vg_arena_release(&arena);
    }
}

/* The interval's ends against trees drawn as EpiEstim draws them, and against its own run of 2,000 (1.294 and 1.824 for days 2 to 8 of the school). */
static void case_intervals_are_those_of_drawn_trees(void **state)
{
    (void)state;
    enum { DRAWS = 20000, N = sizeof flu_2009_cases / sizeof *flu_2009_cases };
    struct vg_arena arena;
    struct vg_error error = {0};
    struct vg_rt_parameters parameters;
    struct vg_rt_case_estimate out[N];
    size_t n_out = 0;
    enum vg_series_status status;
    vg_arena_init(&arena, 0);
    vg_monitor_rt_defaults(&parameters);
    parameters.serial_interval = flu_2009_interval;
    parameters.serial_interval_n = 12;
    vg_assert_ok(vg_monitor_rt_case(flu_2009_cases, N, &parameters, &arena, out, &n_out, &status, &error), error);
    assert_true(fabs(out[0].quantiles[0] - 1.294) < 0.06 && fabs(out[0].quantiles[VG_QUANTILE_COUNT - 1] - 1.824) < 0.06 && fabs(out[0].sd - 0.13108) < 0.005);
    double *drawn = malloc(DRAWS * sizeof *drawn);
    for (uint32_t draw = 0; draw < DRAWS; draw++) {
        struct vg_random random = vg_random_stream(41, draw, 0, 0);
        double offspring = 0;
        for (size_t u = 1; u < N; u++) {
            double total = 0;
            double from_window = 0;
            for (size_t s = 0; s < u; s++) {
                double weight = u - s < 12 ? flu_2009_interval[u - s] * flu_2009_cases[s] : 0;
                total += weight;
                from_window += s >= out[4].first && s <= out[4].last ? weight : 0;
            }
            for (double one = 0; total > 0 && one < flu_2009_cases[u]; one++) {
                offspring += vg_random_uniform(&random) < from_window / total ? 1 : 0;
            }
        }
        double cases = 0;
        for (size_t s = out[4].first; s <= out[4].last; s++) {
            cases += flu_2009_cases[s];
        }
        drawn[draw] = offspring / cases;
    }
    double mean = 0;
    size_t below = 0;
    size_t above = 0;
    for (size_t draw = 0; draw < DRAWS; draw++) {
        mean += drawn[draw] / DRAWS;
        below += drawn[draw] < out[4].quantiles[0];
        above += drawn[draw] > out[4].quantiles[VG_QUANTILE_COUNT - 1];
    }
    assert_true(fabs(mean - out[4].mean) < 0.005);
    assert_true(below <= DRAWS * 26 / 1000 && above <= DRAWS * 26 / 1000);
    free(drawn);
    vg_arena_release(&arena);
}

static void case_numbers_say_how_much_has_been_seen(void **state)
{
    (void)state;
    double incidence[30];
    struct vg_arena arena;
    struct vg_error error = {0};
    struct vg_rt_parameters parameters;
    struct vg_rt_case_estimate out[30];
    size_t n_out = 0;
    enum vg_series_status status;
    vg_arena_init(&arena, 0);
    for (size_t i = 0; i < 30; i++) {
        incidence[i] = 1000;
    }
    vg_monitor_rt_defaults(&parameters);
    parameters.serial_interval_mean_days = 4;
    parameters.serial_interval_sd_days = 1.5;
    vg_assert_ok(vg_monitor_rt_case(incidence, 30, &parameters, &arena, out, &n_out, &status, &error), error);
    /* A level course has R = 1; at the end only as much of it as has been seen. */
    assert_true(fabs(out[8].mean - 1) < 0.02 && out[8].share_observed > 0.999);
    assert_true(out[n_out - 1].share_observed < 0.6 && fabs(out[n_out - 1].mean / out[n_out - 1].share_observed - 1) < 0.02);
    incidence[3] = -1;
    vg_assert_ok(vg_monitor_rt_case(incidence, 30, &parameters, &arena, out, &n_out, &status, &error), error);
    assert_int_equal(status, VG_SERIES_BAD_INPUT);
    vg_arena_release(&arena);
}

int main(void)
{
    reference_count = read_reference(reference_rows, 700);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(case_reproduction_numbers_agree_with_epiestim),
        cmocka_unit_test(case_intervals_are_those_of_drawn_trees),
        cmocka_unit_test(case_numbers_say_how_much_has_been_seen),
        cmocka_unit_test(agrees_with_epiestim_on_the_historic_outbreaks),
        cmocka_unit_test(imported_cases_infect_but_are_not_infected_here),
        cmocka_unit_test(windows_and_priors_of_ones_own_are_epiestims),
        cmocka_unit_test(uncertain_interval_agrees_within_monte_carlo_error),
        cmocka_unit_test(serial_interval_is_epiestims),
        cmocka_unit_test(quantiles_of_one_gamma_are_exact),
        cmocka_unit_test(quantiles_of_mixtures_are_exact),
        cmocka_unit_test(mixture_over_courses_is_that_of_plain_sampling),
        cmocka_unit_test(unreported_days_are_not_zero),
        cmocka_unit_test(bad_series_say_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
