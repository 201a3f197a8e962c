/*
 * Forecasts are calibrated on simulated series, better than the naive one on real ones, and keep their rules.
 */
#include "vg_test.h"

#include "monitor/monitor.h"

#include <zlib.h>

static enum vg_series_status forecast(const double *values, size_t n, enum vg_forecast_method method, size_t horizon,
                                      struct vg_arena *arena, struct vg_quantile_series *out)
{
    struct vg_series series = {.start = 18000, .step_days = 1, .n_values = n};
    struct vg_forecast_parameters parameters;
    struct vg_error error;
    enum vg_series_status status;
    series.values = vg_arena_alloc(arena, n, sizeof(double));
    memcpy(series.values, values, n * sizeof *values);
    vg_monitor_forecast_defaults(&parameters);
    parameters.method = method;
    parameters.horizon_steps = horizon;
    parameters.seed = 3;
    vg_assert_ok(vg_monitor_forecast(&series, &parameters, arena, out, &status, &error), error);
    return status;
}

static void check_shape(const struct vg_quantile_series *out, size_t horizon, int32_t start)
{
    assert_int_equal(out->n_steps, horizon);
    assert_int_equal(out->start, start);
    for (size_t i = 0; i < horizon * VG_QUANTILE_COUNT; i++) {
        assert_true(isfinite(out->values[i]) && out->values[i] >= 0);
        assert_true(i % VG_QUANTILE_COUNT == 0 || out->values[i] >= out->values[i - 1]);
    }
    for (size_t i = 0; i < horizon; i++) {
        assert_true(isfinite(out->mean[i]));
    }
}

/* The hubs' definition, worked slowly: one step ahead the quantiles are those of the symmetric differences around the last value; the spread grows as sums do. */
static void the_hub_baseline_is_as_defined(void **state)
{
    (void)state;
    double values[80];
    double differences[158];
    struct vg_random random = vg_random_stream(9, 0, 0, 0);
    for (size_t i = 0; i < 80; i++) {
        values[i] = 500 + floor(30 * vg_random_normal(&random));
        if (i > 0) {
            differences[2 * i - 2] = values[i] - values[i - 1];
            differences[2 * i - 1] = values[i - 1] - values[i];
        }
    }
    for (size_t i = 1; i < 158; i++) {
        for (size_t j = i; j > 0 && differences[j] < differences[j - 1]; j--) {
            double swap = differences[j];
            differences[j] = differences[j - 1];
            differences[j - 1] = swap;
        }
    }
    struct vg_arena arena;
    struct vg_quantile_series out;
    vg_arena_init(&arena, 0);
    assert_int_equal(forecast(values, 80, VG_FORECAST_HUB_BASELINE, 9, &arena, &out), VG_SERIES_OK);
    check_shape(&out, 9, 18080);
    double spread[2] = {0};
    for (size_t q = 0; q < VG_QUANTILE_COUNT; q++) {
        double exact = values[79] + vg_quantile_sorted(differences, 158, vg_quantile_levels[q]);
        assert_true(fabs(out.values[q] - exact) < 1e-9);
    }
    for (size_t k = 0; k < 9; k++) {
        assert_true(fabs(out.values[k * VG_QUANTILE_COUNT + VG_QUANTILE_MEDIAN] - values[79]) < 1e-9);
    }
    spread[0] = out.values[7] - out.values[1];
    spread[1] = out.values[8 * VG_QUANTILE_COUNT + 7] - out.values[8 * VG_QUANTILE_COUNT + 1];
    assert_true(fabs(spread[1] / spread[0] - 3) < 0.35); /* nine steps: three times one */
    /* Near zero it is cut off, and the median stays the last value. */
    for (size_t i = 0; i < 80; i++) {
        values[i] = i % 2 == 0 ? 1 : 9;
    }
    assert_int_equal(forecast(values, 79, VG_FORECAST_HUB_BASELINE, 2, &arena, &out), VG_SERIES_OK);
    assert_true(out.values[0] == 0 && out.values[VG_QUANTILE_MEDIAN] == 1);
    vg_arena_release(&arena);
}

/* Log-level random walk with weekdays and negative-binomial noise: 150 series, two weeks ahead. */
static void intervals_are_calibrated_on_simulated_series(void **state)
{
    (void)state;
    static const double rhythm[7] = {1.2, 1.3, 1.1, 1.1, 1, 0.6, 0.4};
    const uint64_t seed = 515;
    for (int method = 0; method < 2; method++) {
        struct vg_score_tally tally = {0};
        for (uint32_t run = 0; run < 150; run++) {
            struct vg_random random = vg_random_stream(seed, run, 0, 4);
            double values[214], level = 5;
            for (size_t t = 0; t < 214; t++) {
                level += 0.05 * vg_random_normal(&random);
                values[t] = (double)vg_random_negative_binomial(&random, exp(level) * rhythm[t % 7], 30);
            }
            struct vg_arena arena;
            struct vg_quantile_series out;
            vg_arena_init(&arena, 0);
            assert_int_equal(forecast(values, 200, (enum vg_forecast_method)method, 14, &arena, &out), VG_SERIES_OK);
            check_shape(&out, 14, 18200);
            for (size_t h = 0; h < 14; h++) {
                vg_monitor_tally(&tally, out.values + h * VG_QUANTILE_COUNT, values[200 + h]);
            }
            vg_arena_release(&arena);
        }
        double n = (double)tally.n, inside_50 = (double)tally.inside_50 / n, inside_95 = (double)tally.inside_95 / n;
        print_message("%s, seed %d: 50 %% holds %.3f, 95 %% holds %.3f, WIS %.2f\n", method == 0 ? "naive" : "smoothing",
                      (int)seed, inside_50, inside_95, tally.wis / n);
        assert_true(inside_50 > 0.42 && inside_50 < 0.6);
        assert_true(inside_95 > 0.89 && inside_95 < 0.99);
    }
}

/* Nine weeks of one case each, always on their first day, then three weeks of 700 over all days: a day's law is that of the large weeks. */
static void weeks_of_few_cases_do_not_say_how_days_share_many(void **state)
{
    (void)state;
    double values[84] = {0};
    for (size_t t = 0; t < 84; t++) {
        values[t] = t >= 63 ? 100 : t % 7 == 0 ? 1 : 0;
    }
    struct vg_series series = {18000, 1, 84, values};
    struct vg_forecast_parameters parameters;
    struct vg_forecast out;
    struct vg_arena arena;
    struct vg_error error;
    vg_monitor_forecast_defaults(&parameters);
    parameters.method = VG_FORECAST_AUTOREGRESSION; /* weeks alone */
    parameters.horizon_steps = 7;
    vg_arena_init(&arena, 0);
    assert_int_equal(vg_monitor_forecast_full(&series, &parameters, &arena, &out, &error), VG_OK);
    assert_int_equal(out.status, VG_SERIES_OK);
    for (size_t day = 0; day < 7; day++) { /* the first day may have a little more than the others, these have no zeros */
        const double *quantiles = out.quantiles + day * VG_FORECAST_LEVELS;
        assert_true(quantiles[1] > 50 && quantiles[VG_FORECAST_LEVELS - 2] < 200);
        assert_true(fabs(quantiles[VG_FORECAST_MEDIAN] - 100) < 10);
    }
    vg_arena_release(&arena);
}

static void a_flat_series_stays_flat_and_a_weekly_one_keeps_its_week(void **state)
{
    (void)state;
    double flat[100], weekly[100];
    for (size_t t = 0; t < 100; t++) {
        flat[t] = 50;
        weekly[t] = t % 7 == 6 ? 10 : 100;
    }
    for (int method = 0; method < 2; method++) {
        struct vg_arena arena;
        struct vg_quantile_series out;
        vg_arena_init(&arena, 0);
        assert_int_equal(forecast(flat, 100, (enum vg_forecast_method)method, 28, &arena, &out), VG_SERIES_OK);
        for (size_t h = 0; h < 28; h++) {
            vg_assert_near(out.values[h * VG_QUANTILE_COUNT + VG_QUANTILE_MEDIAN], 50, 1);
        }
        assert_int_equal(forecast(weekly, 100, (enum vg_forecast_method)method, 14, &arena, &out), VG_SERIES_OK);
        for (size_t h = 0; h < 14; h++) {
            double median = out.values[h * VG_QUANTILE_COUNT + VG_QUANTILE_MEDIAN];
            assert_true((100 + h) % 7 == 6 ? median < 20 : median > 80);
        }
        vg_arena_release(&arena);
    }
}

static void holes_corrections_and_seeds(void **state)
{
    (void)state;
    double values[120];
    for (size_t t = 0; t < 120; t++) {
        values[t] = t % 11 == 3 ? NAN : t % 37 == 5 ? -40 : 30 + 5 * sin((double)t);
    }
    values[119] = NAN;
    for (int method = 0; method < 2; method++) {
        struct vg_arena arena;
        struct vg_quantile_series out, again;
        vg_arena_init(&arena, 0);
        assert_int_equal(forecast(values, 120, (enum vg_forecast_method)method, 21, &arena, &out), VG_SERIES_OK);
        check_shape(&out, 21, 18120);
        assert_true(out.values[4] > 15 && out.values[4] < 50);
        assert_int_equal(forecast(values, 120, (enum vg_forecast_method)method, 21, &arena, &again), VG_SERIES_OK);
        assert_memory_equal(out.values, again.values, 21 * VG_QUANTILE_COUNT * sizeof(double));
        vg_arena_release(&arena);
    }
}

static void statuses_and_errors(void **state)
{
    (void)state;
    double values[60] = {0};
    struct vg_arena arena;
    struct vg_quantile_series out;
    vg_arena_init(&arena, 0);
    assert_int_equal(forecast(values, 60, VG_FORECAST_NAIVE, 7, &arena, &out), VG_SERIES_TOO_FEW);
    assert_true(isnan(out.values[0]) && isnan(out.mean[6]));
    for (size_t t = 0; t < 45; t++) {
        values[t] = 80;
    }
    assert_int_equal(forecast(values, 60, VG_FORECAST_EXPONENTIAL_SMOOTHING, 7, &arena, &out), VG_SERIES_SILENT);
    assert_true(isnan(out.values[0]));
    assert_int_equal(forecast(values, 12, VG_FORECAST_EXPONENTIAL_SMOOTHING, 7, &arena, &out), VG_SERIES_TOO_SHORT);
    values[3] = INFINITY;
    assert_int_equal(forecast(values, 45, VG_FORECAST_NAIVE, 7, &arena, &out), VG_SERIES_BAD_INPUT);
    struct vg_series series = {.start = 0, .step_days = 1, .n_values = 45, .values = values};
    struct vg_forecast_parameters parameters = {.horizon_steps = 0};
    enum vg_series_status status;
    struct vg_error error;
    assert_int_equal(vg_monitor_forecast(&series, &parameters, &arena, &out, &status, &error), VG_USAGE_ERROR);
    parameters.horizon_steps = 400;
    assert_int_equal(vg_monitor_forecast(&series, &parameters, &arena, &out, &status, &error), VG_USAGE_ERROR);
    parameters.horizon_steps = 7;
    parameters.season_steps = 99;
    assert_int_equal(vg_monitor_forecast(&series, &parameters, &arena, &out, &status, &error), VG_USAGE_ERROR);
    series.n_values = 0;
    parameters.season_steps = 0;
    assert_int_equal(vg_monitor_forecast(&series, &parameters, &arena, &out, &status, &error), VG_USAGE_ERROR);
    vg_arena_release(&arena);
}

/* National daily counts, every 40 days: coverage, and the relative score (on the log scale, so that small countries count)
 * beside naive. */
static void smoothing_beats_naive_and_the_ensemble_beats_both_on_national_series(void **state)
{
    (void)state;
    char path[4096], line[512], country[4] = "";
    vg_shared_or_skip("counts/national_daily.csv.gz", path);
    static double values[2000];
    size_t n = 0;
    static const enum vg_forecast_method methods[3] = {VG_FORECAST_NAIVE, VG_FORECAST_EXPONENTIAL_SMOOTHING, VG_FORECAST_ENSEMBLE};
    struct vg_score_tally tally[3] = {{0}, {0}, {0}};
    double log_wis[3] = {0, 0, 0};
    gzFile file = gzopen(path, "rb");
    assert_non_null(file);
    bool more = gzgets(file, line, sizeof line) != NULL;
    while (more) {
        more = gzgets(file, line, sizeof line) != NULL;
        if (!more || strncmp(line, country, 3) != 0) {
            for (size_t origin = 200; origin + 14 < n && origin < 640; origin += 40) {
                for (int method = 0; method < 3; method++) {
                    struct vg_arena arena;
                    struct vg_quantile_series out;
                    vg_arena_init(&arena, 0);
                    bool ok = forecast(values, origin, methods[method], 14, &arena, &out) == VG_SERIES_OK;
                    for (size_t h = 0; h < 14 && ok; h++) {
                        double logs[VG_QUANTILE_COUNT], truth = values[origin + h];
                        for (size_t i = 0; i < VG_QUANTILE_COUNT; i++) {
                            logs[i] = log1p(out.values[h * VG_QUANTILE_COUNT + i]);
                        }
                        if (truth >= 0) {
                            log_wis[method] += vg_monitor_wis(vg_quantile_levels, logs, VG_QUANTILE_COUNT, log1p(truth));
                            vg_monitor_tally(&tally[method], out.values + h * VG_QUANTILE_COUNT, truth);
                        }
                    }
                    vg_arena_release(&arena);
                }
            }
            n = 0;
            memcpy(country, line, 3);
        }
        char *cases = strrchr(line, ',');
        *cases = 0;
        cases = strrchr(line, ',') + 1;
        values[n++] = *cases == 0 ? NAN : strtod(cases, NULL);
        assert_true(n < 2000);
    }
    gzclose(file);
    for (int method = 0; method < 3; method++) {
        double count = (double)tally[method].n;
        print_message("%s: 50 %% holds %.3f, 95 %% holds %.3f, WIS %.1f, log WIS %.4f of %zu\n", vg_forecast_method_name(methods[method]),
                      (double)tally[method].inside_50 / count, (double)tally[method].inside_95 / count, tally[method].wis / count, log_wis[method] / count,
                      tally[method].n);
    }
    double n_smooth = (double)tally[1].n;
    assert_true((double)tally[1].inside_50 / n_smooth > 0.43 && (double)tally[1].inside_50 / n_smooth < 0.6);
    assert_true((double)tally[1].inside_95 / n_smooth > 0.89);
    assert_true(log_wis[1] < 0.95 * log_wis[0]);
    double n_ensemble = (double)tally[2].n;
    assert_true((double)tally[2].inside_50 / n_ensemble > 0.43 && (double)tally[2].inside_50 / n_ensemble < 0.63);
    assert_true((double)tally[2].inside_95 / n_ensemble > 0.89);
    assert_true(tally[2].wis < 1.03 * tally[1].wis && log_wis[2] < log_wis[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_hub_baseline_is_as_defined),
        cmocka_unit_test(intervals_are_calibrated_on_simulated_series),
        cmocka_unit_test(weeks_of_few_cases_do_not_say_how_days_share_many),
        cmocka_unit_test(a_flat_series_stays_flat_and_a_weekly_one_keeps_its_week),
        cmocka_unit_test(holes_corrections_and_seeds),
        cmocka_unit_test(statuses_and_errors),
        cmocka_unit_test(smoothing_beats_naive_and_the_ensemble_beats_both_on_national_series),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
