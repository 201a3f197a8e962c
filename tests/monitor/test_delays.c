/*
 * Reporting delays: reverse-time hazards agree with the chain ladder and with the truth, and keep their rules for gaps,
 * revisions and little data.
 */
#include "vg_test.h"

#include "monitor/monitor.h"
#include "simulated_triangle.h"

static struct vg_delay_estimate estimate(const struct vg_triangle *triangle, struct vg_arena *arena)
{
    struct vg_delay_estimate out;
    struct vg_error error;
    vg_assert_ok(vg_monitor_delays(triangle, 0, arena, &out, &error), error);
    return out;
}

/* Three dates, three delays by hand: g_2 = 2 / 12, g_1 = (3 + 5) / (10 + 15). */
static void a_triangle_worked_by_hand(void **state)
{
    (void)state;
    double cells[9] = {7, 3, 2, 10, 5, NAN, 9, NAN, NAN};
    struct vg_triangle triangle = {
        .start = 100, .step_days = 1, .as_of = 102, .n_references = 3, .n_delays = 3, .increments = cells};
    struct vg_arena arena;
    vg_arena_init(&arena, 0);
    struct vg_delay_estimate out = estimate(&triangle, &arena);
    assert_int_equal(out.status, VG_SERIES_OK);
    vg_assert_near(out.cumulative[2], 1, 0);
    vg_assert_near(out.cumulative[1], 10.0 / 12, 1e-12);
    vg_assert_near(out.cumulative[0], 10.0 / 12 * 17 / 25, 1e-12);
    vg_assert_near(out.median_steps, 0, 0);
    vg_assert_near(out.q90_steps, 2, 0);
    vg_assert_near(out.mean_steps, (1 - 10.0 / 12 * 17 / 25) + (1 - 10.0 / 12), 1e-12);
    assert_true(out.cumulative_low[0] < out.cumulative[0] && out.cumulative_high[0] > out.cumulative[0]);
    vg_arena_release(&arena);
}

static void intervals_hold_the_true_distribution(void **state)
{
    (void)state;
    const uint64_t seed = 31;
    size_t inside = 0, total = 0, runs = 100;
    for (uint32_t run = 0; run < runs; run++) {
        struct simulation s = {seed, run, 90, 30, 60, 0.02, 10, 6, false};
        struct vg_triangle triangle;
        double truth[90], within[30], all = 0;
        simulate_triangle(&s, &triangle, truth);
        triangle.step_days = 1;
        triangle.as_of = triangle.start + 89;
        for (size_t d = 0; d < 30; d++) {
            all = within[d] = vg_gamma_cdf((double)d + 1, 2, 3);
        }
        struct vg_arena arena;
        vg_arena_init(&arena, 0);
        struct vg_delay_estimate out = estimate(&triangle, &arena);
        for (size_t d = 0; d < 20; d += 4) {
            inside += out.cumulative_low[d] <= within[d] / all && out.cumulative_high[d] >= within[d] / all ? 1 : 0;
            total++;
        }
        vg_arena_release(&arena);
        free(triangle.increments);
    }
    double share = (double)inside / (double)total;
    if (share < 0.91 || share > 0.99) {
        fail_msg("seed %d: %.3f of the intervals hold the truth", (int)seed, share);
    }
}

/* Publishing every other day only must give nearly the same delays on the days of publication. */
static void unpublished_days_join_the_next_publication(void **state)
{
    (void)state;
    struct simulation s = {5, 0, 120, 30, 400, 0, 20, 6, false};
    struct vg_triangle triangle;
    double truth[120];
    simulate_triangle(&s, &triangle, truth);
    triangle.step_days = 1;
    triangle.as_of = triangle.start + 119;
    struct vg_arena arena;
    vg_arena_init(&arena, 0);
    struct vg_delay_estimate whole = estimate(&triangle, &arena);
    for (size_t t = 0; t < 120; t++) {
        double waiting = 0;
        for (size_t d = 0; d < 30 && t + d < 120; d++) {
            double *cell = &triangle.increments[t * 30 + d];
            waiting += *cell;
            bool published = (t + d) % 3 != 0;
            *cell = published ? waiting : NAN;
            waiting = published ? 0 : waiting;
        }
    }
    struct vg_delay_estimate holes = estimate(&triangle, &arena);
    for (size_t d = 1; d < 30; d++) {
        vg_assert_near(holes.cumulative[d], whole.cumulative[d], 0.03);
    }
    vg_arena_release(&arena);
    free(triangle.increments);
}

static void statuses_say_what_is_missing(void **state)
{
    (void)state;
    double cells[12] = {5, 0, 0, 5, 0, NAN, 9, NAN, NAN, NAN, NAN, NAN};
    struct vg_triangle triangle = {
        .start = 100, .step_days = 1, .as_of = 102, .n_references = 3, .n_delays = 3, .increments = cells};
    struct vg_arena arena;
    struct vg_error error;
    vg_arena_init(&arena, 0);
    struct vg_delay_estimate out = estimate(&triangle, &arena);
    assert_int_equal(out.status, VG_SERIES_NO_DELAYS);
    assert_true(isnan(out.median_steps) && isnan(out.cumulative[1]));
    cells[0] = 1, cells[1] = 1, cells[3] = 0, cells[6] = 0;
    assert_int_equal(estimate(&triangle, &arena).status, VG_SERIES_TOO_FEW);
    triangle.n_delays = 1;
    assert_int_equal(estimate(&triangle, &arena).status, VG_SERIES_NO_DELAYS);
    triangle.n_delays = 0;
    assert_int_equal(vg_monitor_delays(&triangle, 0, &arena, &out, &error), VG_USAGE_ERROR);
    triangle.n_delays = 3;
    triangle.as_of = 99;
    assert_int_equal(vg_monitor_delays(&triangle, 0, &arena, &out, &error), VG_USAGE_ERROR);
    triangle.as_of = 102;
    cells[2] = INFINITY;
    assert_int_equal(vg_monitor_delays(&triangle, 0, &arena, &out, &error), VG_USAGE_ERROR);
    vg_arena_release(&arena);
}

/* Withdrawn reports: the shares may pass 1 but stay finite and end at 1. */
static void withdrawn_reports_do_no_harm(void **state)
{
    (void)state;
    double cells[12] = {20, 5, -3, 18, 6, -2, 22, 4, NAN, 25, NAN, NAN};
    struct vg_triangle triangle = {
        .start = 100, .step_days = 7, .as_of = 121, .n_references = 4, .n_delays = 3, .increments = cells};
    struct vg_arena arena;
    vg_arena_init(&arena, 0);
    struct vg_delay_estimate out = estimate(&triangle, &arena);
    assert_int_equal(out.status, VG_SERIES_OK);
    assert_true(out.cumulative[1] > 1 && out.cumulative[1] < 1.2);
    vg_assert_near(out.cumulative[2], 1, 0);
    vg_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_triangle_worked_by_hand),
        cmocka_unit_test(intervals_hold_the_true_distribution),
        cmocka_unit_test(unpublished_days_join_the_next_publication),
        cmocka_unit_test(statuses_say_what_is_missing),
        cmocka_unit_test(withdrawn_reports_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
