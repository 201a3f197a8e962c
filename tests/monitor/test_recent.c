/*
 * The newest week of many places at once: on simulated reporting with known truth the corrected sum is near the truth and the interval holds it as often as it
 * claims, for the whole and for places of very different size; the newest days are corrected by their usual share.
 */
#include "vg_test.h"

#include "simulated_triangle.h"

#define RUNS 60
#define STEPS 120
#define DELAYS 40
#define PLACES 6

/* The whole is the sum of places of 4 to 400 cases a day; each place is judged by what was learnt from the whole. */
static void simulate(uint32_t run, struct vg_triangle *whole, struct vg_triangle places[PLACES], double truth[PLACES][STEPS])
{
    for (size_t place = 0; place < PLACES; place++) {
        struct simulation s = {.seed = 71, .run = run * PLACES + (uint32_t)place, .n = STEPS, .n_delays = DELAYS, .level = 4 * pow(2.5, (double)place),
                               .growth = run % 3 == 0 ? 0.03 : run % 3 == 1 ? -0.02 : 0, .dispersion = 15, .mean_delay = 7, .weekdays = true};
        simulate_triangle(&s, &places[place], truth[place]);
    }
    *whole = places[0];
    whole->increments = calloc(STEPS * DELAYS, sizeof(double));
    for (size_t place = 0; place < PLACES; place++) {
        for (size_t i = 0; i < STEPS * DELAYS; i++) {
            whole->increments[i] += places[place].increments[i];
        }
    }
}

static void known_series(const struct vg_triangle *triangle, double *reported)
{
    for (size_t t = 0; t < STEPS; t++) {
        reported[t] = 0;
        for (size_t d = 0; d < DELAYS; d++) {
            double cell = triangle->increments[t * DELAYS + d];
            reported[t] += isnan(cell) ? 0 : cell;
        }
    }
}

static double newest_week(const double *values)
{
    double sum = 0;
    for (size_t i = STEPS - 7; i < STEPS; i++) {
        sum += values[i];
    }
    return sum;
}

static void intervals_hold_what_they_claim(void **state)
{
    (void)state;
    size_t inside[PLACES] = {0};
    double error = 0;
    for (uint32_t run = 0; run < RUNS; run++) {
        struct vg_arena arena;
        struct vg_error message = {0};
        struct vg_triangle whole;
        struct vg_triangle places[PLACES];
        double truth[PLACES][STEPS];
        double reported[STEPS];
        struct vg_recent_model model;
        vg_arena_init(&arena, 0);
        simulate(run, &whole, places, truth);
        vg_assert_ok(vg_monitor_recent_learn(&whole, 7, 0.3, &arena, &model, &message), message);
        assert_int_equal(model.status, VG_SERIES_OK);
        for (size_t place = 0; place < PLACES; place++) {
            known_series(&places[place], reported);
            struct vg_rate_interval expected = vg_monitor_recent_expect(&model, reported, STEPS);
            double final = newest_week(truth[place]);
            assert_true(expected.low <= expected.estimate && expected.estimate <= expected.high && expected.low >= newest_week(reported));
            inside[place] += expected.low <= final && final <= expected.high;
            error += place == PLACES - 1 ? fabs(log((expected.estimate + 0.5) / (final + 0.5))) / RUNS : 0;
            free(places[place].increments);
        }
        free(whole.increments);
        vg_arena_release(&arena);
    }
    size_t all = 0;
    for (size_t place = 0; place < PLACES; place++) {
        print_message("places of %4.0f a day: the 95 %% interval held %zu of %d\n", 4 * pow(2.5, (double)place), inside[place], RUNS);
        assert_true(inside[place] >= RUNS * 85 / 100);
        all += inside[place];
    }
    print_message("in all %.1f %%; mean error of the largest on the log scale %.3f\n", 100.0 * (double)all / (RUNS * PLACES), error);
    assert_true(all >= RUNS * PLACES * 91 / 100);
    assert_true(error < 0.15);
}

static void days_are_corrected_by_their_usual_share(void **state)
{
    (void)state;
    const double share[] = {0.1, 0.25, 0.5, 0.8};
    const struct vg_recent_model model = {.status = VG_SERIES_OK, .window_steps = 7, .minimum_share = 0.3, .n_ages = 4, .share_by_age = share};
    const double reported[] = {10, 10, 8, 5, 2, 1};
    double expected[6];
    vg_monitor_recent_correct(&model, reported, 6, expected);
    assert_true(expected[0] == 10 && expected[1] == 10 && expected[2] == 10 && expected[3] == 10);
    assert_true(isnan(expected[4]) && isnan(expected[5]));
    /* Seven days, of which the newest four are 10, 25, 50 and 80 % complete. */
    assert_true(fabs(vg_monitor_window_share(share, 4, 7, 0) - (0.1 + 0.25 + 0.5 + 0.8 + 3) / 7) < 1e-12);
}

/* Nothing published for two days: the newest dates are as complete as those two days younger. */
static void days_without_publication_shift_the_shares(void **state)
{
    (void)state;
    struct vg_arena arena;
    struct vg_error message = {0};
    struct vg_triangle triangle;
    struct vg_recent_model model;
    double truth[STEPS];
    struct simulation s = {.seed = 72, .run = 1, .n = STEPS, .n_delays = DELAYS, .level = 200, .growth = 0, .dispersion = 15, .mean_delay = 7, .weekdays = true};
    vg_arena_init(&arena, 0);
    simulate_triangle(&s, &triangle, truth);
    vg_assert_ok(vg_monitor_recent_learn(&triangle, 7, 0.3, &arena, &model, &message), message);
    double before = model.share_by_age[5];
    size_t ages = model.n_ages;
    for (size_t t = 0; t < STEPS; t++) {
        for (size_t d = 0; d < DELAYS; d++) {
            if (t + d >= STEPS - 2 && t + d < STEPS) {
                triangle.increments[t * DELAYS + d] = NAN;
            }
        }
    }
    vg_assert_ok(vg_monitor_recent_learn(&triangle, 7, 0.3, &arena, &model, &message), message);
    assert_int_equal(model.n_ages, ages + 2);
    assert_true(model.share_by_age[0] == 0 && model.share_by_age[1] == 0);
    assert_true(fabs(model.share_by_age[7] - before) < 0.05);
    free(triangle.increments);
    vg_arena_release(&arena);
}

static void nothing_is_said_where_nothing_was_learnt(void **state)
{
    (void)state;
    struct vg_recent_model model = {.status = VG_SERIES_NO_DELAYS, .window_steps = 7};
    const double reported[20] = {1};
    assert_true(isnan(vg_monitor_recent_expect(&model, reported, 20).estimate));
    const double share[] = {0.5};
    model = (struct vg_recent_model){.status = VG_SERIES_OK, .window_steps = 7, .n_ages = 1, .share_by_age = share};
    assert_true(isnan(vg_monitor_recent_expect(&model, reported, 5).estimate)); /* shorter than a window */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(intervals_hold_what_they_claim),
        cmocka_unit_test(days_are_corrected_by_their_usual_share),
        cmocka_unit_test(days_without_publication_shift_the_shares),
        cmocka_unit_test(nothing_is_said_where_nothing_was_learnt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
