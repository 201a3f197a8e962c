/*
 * The nowcast is calibrated where the truth is known, never uses what was not known, and keeps its rules for gaps, revisions
 * and silence.
 */
#include "vg_test.h"

#include "monitor/monitor.h"
#include "simulated_triangle.h"

#include <zlib.h>

static struct vg_nowcast nowcast(const struct vg_triangle *triangle, size_t sum_steps, size_t n_draws, struct vg_arena *arena)
{
    struct vg_nowcast out;
    struct vg_error error;
    struct vg_nowcast_parameters parameters;
    vg_monitor_nowcast_defaults(&parameters);
    parameters.sum_steps = sum_steps;
    parameters.n_draws = n_draws;
    parameters.seed = 11;
    vg_assert_ok(vg_monitor_nowcast(triangle, &parameters, arena, &out, &error), error);
    return out;
}

static double sum_at(const double *values, size_t t, size_t sum_steps)
{
    double sum = 0;
    for (size_t i = 0; i < sum_steps; i++) {
        sum += values[t - i];
    }
    return sum;
}

static void check_coverage(const struct simulation *base, size_t sum_steps, size_t runs, const char *what)
{
    struct vg_score_tally tally = {0};
    double *truth = malloc(base->n * sizeof *truth);
    double reported_error = 0;
    for (uint32_t run = 0; run < runs; run++) {
        struct simulation s = *base;
        struct vg_triangle triangle;
        s.run = run;
        simulate_triangle(&s, &triangle, truth);
        struct vg_arena arena;
        vg_arena_init(&arena, 0);
        struct vg_nowcast out = nowcast(&triangle, sum_steps, 0, &arena);
        assert_int_equal(out.status, VG_SERIES_OK);
        /* Only horizons at which much is missing: where a count is nearly certain, closed intervals hold it too often by
         * construction. */
        for (size_t h = 0; (double)h < s.mean_delay; h++) {
            size_t t = s.n - 1 - h;
            vg_monitor_tally(&tally, out.expected_final.values + t * VG_QUANTILE_COUNT, sum_at(truth, t, sum_steps));
            reported_error += fabs(out.reported[t] - sum_at(truth, t, sum_steps));
        }
        vg_arena_release(&arena);
        free(triangle.increments);
    }
    free(truth);
    double n = (double)tally.n, inside_50 = (double)tally.inside_50 / n, inside_95 = (double)tally.inside_95 / n;
    print_message("%s, seed %d: 50 %% holds %.3f, 95 %% holds %.3f, WIS %.3g, frozen %.3g\n", what, (int)base->seed, inside_50,
                  inside_95, tally.wis / n, reported_error / n);
    assert_true(inside_50 > 0.43 && inside_50 < 0.66);
    assert_true(inside_95 > 0.90 && inside_95 < 0.99);
    assert_true(fabs(tally.bias / n) < 0.2);
    assert_true(tally.wis < 0.4 * reported_error);
}

static void intervals_are_calibrated_on_simulated_triangles(void **state)
{
    (void)state;
    check_coverage(&(struct simulation){101, 0, 150, 40, 200, 0.03, 20, 8, true}, 1, 200, "growing, single days");
    check_coverage(&(struct simulation){102, 0, 150, 40, 200, -0.02, 20, 8, true}, 7, 200, "falling, 7-day sums");
    check_coverage(&(struct simulation){103, 0, 150, 40, 12, 0.01, 5, 8, true}, 1, 200, "small counts, single days");
    check_coverage(&(struct simulation){104, 0, 100, 12, 80, 0.05, 10, 3, false}, 1, 200, "weeks");
}

/* What comes after as_of must not matter, whatever stands in the unknown cells. */
static void the_future_is_not_used(void **state)
{
    (void)state;
    struct simulation s = {7, 0, 100, 30, 100, 0.02, 10, 6, true};
    struct vg_triangle triangle;
    double truth[100];
    simulate_triangle(&s, &triangle, truth);
    struct vg_arena arena;
    vg_arena_init(&arena, 0);
    struct vg_nowcast clean = nowcast(&triangle, 1, 0, &arena);
    for (size_t i = 0; i < 100 * 30; i++) {
        if (i / 30 + i % 30 >= 100) {
            triangle.increments[i] = 1e6;
        }
    }
    struct vg_nowcast spoiled = nowcast(&triangle, 1, 0, &arena);
    assert_memory_equal(clean.expected_final.values, spoiled.expected_final.values, 100 * VG_QUANTILE_COUNT * sizeof(double));
    vg_arena_release(&arena);
    free(triangle.increments);
}

static void quantiles_rise_and_stand_on_what_is_reported(void **state)
{
    (void)state;
    for (uint32_t run = 0; run < 40; run++) {
        struct simulation s = {8, run, 60 + run, 20, run % 4 == 0 ? 2 : 50, 0.03, 3, 6, run % 2 == 0};
        struct vg_triangle triangle;
        double truth[100];
        simulate_triangle(&s, &triangle, truth);
        if (run % 5 == 4) {
            for (size_t i = 3; i < s.n * 20; i += 17) {
                triangle.increments[i] -= 2;
            }
        }
        struct vg_arena arena;
        vg_arena_init(&arena, 0);
        struct vg_nowcast out = nowcast(&triangle, run % 3 == 0 ? 7 : 1, 0, &arena);
        assert_int_equal(out.revised_downward, run % 5 == 4);
        for (size_t t = 0; t < s.n && out.status == VG_SERIES_OK; t++) {
            const double *q = out.expected_final.values + t * VG_QUANTILE_COUNT;
            for (size_t i = 1; i < VG_QUANTILE_COUNT; i++) {
                assert_true(isnan(q[i]) || q[i] >= q[i - 1]);
            }
            assert_true(isnan(q[0]) || out.revised_downward || q[0] >= out.reported[t] - 1e-9);
            assert_true(t + 20 > s.n || isnan(q[0]) || q[0] == q[8]);
        }
        vg_arena_release(&arena);
        free(triangle.increments);
    }
}

static void publication_gaps_are_not_zeros(void **state)
{
    (void)state;
    struct simulation s = {9, 3, 120, 30, 300, 0, 50, 6, true};
    struct vg_triangle triangle;
    double truth[120];
    simulate_triangle(&s, &triangle, truth);
    for (size_t t = 0; t < 120; t++) {
        double waiting = 0;
        for (size_t d = 0; d < 30 && t + d < 120; d++) {
            double *cell = &triangle.increments[t * 30 + d];
            bool published = (t + d) % 11 != 5 && t + d < 118; /* holidays, and nothing on the last two days */
            waiting += *cell;
            *cell = published ? waiting : NAN;
            waiting = published ? 0 : waiting;
        }
    }
    struct vg_arena arena;
    vg_arena_init(&arena, 0);
    struct vg_nowcast out = nowcast(&triangle, 1, 0, &arena);
    assert_int_equal(out.status, VG_SERIES_OK);
    assert_true(isnan(out.reported[119]));
    double expected = 0, final = 0;
    for (size_t t = 106; t < 120; t++) {
        const double *q = out.expected_final.values + t * VG_QUANTILE_COUNT;
        expected += out.expected_final.mean[t];
        final += truth[t];
        assert_true(q[8] > q[0] && q[4] > 0.3 * truth[t] && q[4] < 3 * truth[t]);
    }
    assert_true(expected > 0.7 * final && expected < 1.4 * final);
    vg_arena_release(&arena);
    free(triangle.increments);
}

static void a_silent_place_gets_no_numbers_for_its_silence(void **state)
{
    (void)state;
    struct simulation s = {10, 0, 100, 20, 100, 0, 20, 5, true};
    struct vg_triangle triangle;
    double truth[100];
    simulate_triangle(&s, &triangle, truth);
    for (size_t t = 0; t < 100; t++) {
        for (size_t d = 0; d < 20; d++) {
            if (t + d >= 85) {
                triangle.increments[t * 20 + d] = t + d < 100 ? 0 : NAN;
            }
        }
    }
    struct vg_arena arena;
    vg_arena_init(&arena, 0);
    struct vg_nowcast out = nowcast(&triangle, 1, 0, &arena);
    assert_int_equal(out.status, VG_SERIES_SILENT);
    assert_true(isnan(out.expected_final.values[85 * VG_QUANTILE_COUNT + 4]) && isnan(out.expected_final.mean[99]));
    double median = out.expected_final.values[83 * VG_QUANTILE_COUNT + 4];
    assert_true(median > 0.4 * truth[83] && median < 2.5 * truth[83]);
    vg_arena_release(&arena);
    free(triangle.increments);
}

static int compare_doubles(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return left < right ? -1 : left > right ? 1 : 0;
}

static void draws_have_the_quantiles_quantiles(void **state)
{
    (void)state;
    enum { DRAWS = 4000 };
    struct simulation s = {12, 0, 100, 30, 300, 0.01, 20, 6, true};
    struct vg_triangle triangle;
    double truth[100];
    static double column[DRAWS];
    simulate_triangle(&s, &triangle, truth);
    struct vg_arena arena;
    vg_arena_init(&arena, 0);
    struct vg_nowcast out = nowcast(&triangle, 1, DRAWS, &arena);
    struct vg_nowcast again = nowcast(&triangle, 1, 500, &arena);
    assert_int_equal(out.n_draws, DRAWS);
    assert_memory_equal(out.draws, again.draws, 500 * 100 * sizeof(double));
    for (size_t t = 90; t < 100; t++) {
        for (size_t i = 0; i < DRAWS; i++) {
            column[i] = out.draws[i * 100 + t];
            assert_true(column[i] >= out.reported[t]);
        }
        qsort(column, DRAWS, sizeof *column, compare_doubles);
        const double *q = out.expected_final.values + t * VG_QUANTILE_COUNT;
        for (size_t i = 0; i < VG_QUANTILE_COUNT; i++) {
            vg_assert_near(vg_quantile_sorted(column, DRAWS, vg_quantile_levels[i]), q[i], 0.12 * (q[8] - q[0]));
        }
    }
    for (size_t i = 0; i < DRAWS; i += 97) {
        vg_assert_near(out.draws[i * 100 + 20], truth[20], 1e-9);
    }
    vg_arena_release(&arena);
    free(triangle.increments);
}

static void statuses_and_errors(void **state)
{
    (void)state;
    double cells[30];
    struct vg_triangle triangle = {
        .start = 100, .step_days = 1, .as_of = 104, .n_references = 5, .n_delays = 3, .increments = cells};
    struct vg_nowcast_parameters parameters;
    struct vg_nowcast out;
    struct vg_error error;
    struct vg_arena arena;
    vg_arena_init(&arena, 0);
    vg_monitor_nowcast_defaults(&parameters);
    for (size_t i = 0; i < 30; i++) {
        cells[i] = i / 3 + i % 3 < 5 ? 5 : NAN;
    }
    vg_assert_ok(vg_monitor_nowcast(&triangle, &parameters, &arena, &out, &error), error);
    assert_int_equal(out.status, VG_SERIES_TOO_SHORT);
    assert_true(isnan(out.expected_final.values[0]));
    vg_assert_near(out.reported[0], 15, 0);
    triangle.n_references = 10;
    triangle.as_of = 109;
    for (size_t i = 0; i < 30; i++) {
        cells[i] = i / 3 + i % 3 < 10 ? (i % 3 == 0 ? 5 : 0) : NAN;
    }
    vg_assert_ok(vg_monitor_nowcast(&triangle, &parameters, &arena, &out, &error), error);
    assert_int_equal(out.status, VG_SERIES_NO_DELAYS);
    triangle.n_delays = 1;
    triangle.n_references = 30;
    triangle.as_of = 129;
    vg_assert_ok(vg_monitor_nowcast(&triangle, &parameters, &arena, &out, &error), error);
    assert_int_equal(out.status, VG_SERIES_NO_DELAYS);
    parameters.sum_steps = 0;
    assert_int_equal(vg_monitor_nowcast(&triangle, &parameters, &arena, &out, &error), VG_USAGE_ERROR);
    parameters.sum_steps = 1;
    parameters.n_draws = SIZE_MAX / 4;
    assert_int_equal(vg_monitor_nowcast(&triangle, &parameters, &arena, &out, &error), VG_USAGE_ERROR);
    parameters.n_draws = 0;
    triangle.step_days = 0;
    assert_int_equal(vg_monitor_nowcast(&triangle, &parameters, &arena, &out, &error), VG_USAGE_ERROR);
    vg_arena_release(&arena);
}

/* Random triangles full of holes, revisions and zeros must neither crash nor give crossing or infinite quantiles. */
static void any_triangle_is_survived(void **state)
{
    (void)state;
    const uint64_t seed = 909;
    for (uint32_t run = 0; run < 500; run++) {
        struct vg_random random = vg_random_stream(seed, run, 0, 3);
        size_t n = 1 + vg_random_below(&random, 60), n_delays = 1 + vg_random_below(&random, 30),
               late = vg_random_below(&random, 20);
        struct vg_triangle triangle = {
            .start = -400, .step_days = run % 3 == 0 ? 7 : 1, .n_references = n, .n_delays = n_delays};
        triangle.as_of = triangle.start + (int32_t)(n - 1 + late) * triangle.step_days -
                         (run % 7 == 0 && n > 5 ? 3 * triangle.step_days : 0);
        triangle.increments = malloc(n * n_delays * sizeof(double));
        uint32_t holes = vg_random_below(&random, 100), scale = 1 + vg_random_below(&random, run % 2 == 0 ? 5 : 100000);
        for (size_t i = 0; i < n * n_delays; i++) {
            bool hole = vg_random_below(&random, 100) < holes || i / n_delays + i % n_delays > n - 1 + late;
            triangle.increments[i] =
                hole ? NAN : (double)vg_random_below(&random, scale) - (run % 5 == 0 ? (double)scale / 3 : 0);
        }
        struct vg_arena arena;
        vg_arena_init(&arena, 0);
        struct vg_nowcast out = nowcast(&triangle, run % 4 == 0 ? 7 : 1, 3, &arena);
        for (size_t i = 0; i < n * VG_QUANTILE_COUNT; i++) {
            double value = out.expected_final.values[i];
            if (isinf(value) || (i % VG_QUANTILE_COUNT > 0 && value < out.expected_final.values[i - 1])) {
                fail_msg("seed %d run %u: quantile %zu is %g", (int)seed, run, i, value);
            }
        }
        vg_arena_release(&arena);
        free(triangle.increments);
    }
}

/* Germany's hospitalisations, 7-day sums, every fifth day: calibrated and far better than no nowcast, by what was known each
 * day. */
static void real_triangle_is_nowcast_well(void **state)
{
    (void)state;
    enum { DELAYS = 41 };
    static double cells[300 * DELAYS], known[300 * DELAYS], final[300];
    char path[4096], line[1024];
    vg_shared_or_skip("counts/triangle_de_hosp_age.csv.gz", path);
    gzFile file = gzopen(path, "rb");
    size_t n = 0;
    while (file != NULL && gzgets(file, line, sizeof line) != NULL && n < 300) {
        if (strncmp(line, "DE,00+,", 7) != 0) {
            continue;
        }
        char *at = line + 18;
        final[n] = 0;
        for (size_t d = 0; d < DELAYS; d++) {
            char *field = strsep(&at, ",");
            cells[n * DELAYS + d] = field == NULL || *field == 0 || *field == '\n' ? NAN : strtod(field, NULL);
            final[n] += cells[n * DELAYS + d];
        }
        n++;
    }
    assert_true(n > 200);
    gzclose(file);
    struct vg_score_tally tally = {0};
    double frozen = 0;
    for (size_t origin = 90; origin + DELAYS < n; origin += 5) {
        struct vg_triangle triangle = {.start = 18723,
                                       .step_days = 1,
                                       .as_of = 18723 + (int32_t)origin,
                                       .n_references = origin + 1,
                                       .n_delays = DELAYS,
                                       .increments = known};
        for (size_t i = 0; i < (origin + 1) * DELAYS; i++) {
            known[i] = i / DELAYS + i % DELAYS <= origin ? cells[i] : NAN;
        }
        struct vg_arena arena;
        vg_arena_init(&arena, 0);
        struct vg_nowcast out = nowcast(&triangle, 7, 0, &arena);
        for (size_t h = 0; h <= 28; h++) {
            double truth = sum_at(final, origin - h, 7);
            vg_monitor_tally(&tally, out.expected_final.values + (origin - h) * VG_QUANTILE_COUNT, truth);
            frozen += fabs(out.reported[origin - h] - truth);
        }
        vg_arena_release(&arena);
    }
    double count = (double)tally.n;
    print_message("Germany: 50 %% holds %.3f, 95 %% holds %.3f, WIS %.2f, frozen %.2f\n", (double)tally.inside_50 / count,
                  (double)tally.inside_95 / count, tally.wis / count, frozen / count);
    assert_true(tally.wis < 0.15 * frozen);
    assert_true((double)tally.inside_50 > 0.38 * count && (double)tally.inside_50 < 0.62 * count);
    assert_true((double)tally.inside_95 > 0.88 * count && (double)tally.inside_95 < 0.99 * count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(intervals_are_calibrated_on_simulated_triangles),
        cmocka_unit_test(the_future_is_not_used),
        cmocka_unit_test(quantiles_rise_and_stand_on_what_is_reported),
        cmocka_unit_test(publication_gaps_are_not_zeros),
        cmocka_unit_test(a_silent_place_gets_no_numbers_for_its_silence),
        cmocka_unit_test(draws_have_the_quantiles_quantiles),
        cmocka_unit_test(statuses_and_errors),
        cmocka_unit_test(any_triangle_is_survived),
        cmocka_unit_test(real_triangle_is_nowcast_well),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
