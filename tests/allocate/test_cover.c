/*
 * Days of cover: the course through the lots is that of a ledger of single units; intervals from recorded use hold what then comes; paths give the quantiles of their own days.
 */
#include "vg_test.h"

#include "allocate/cover/cover.h"

struct frame { struct vg_arena arena; struct vg_error error; };

static int set_up(void **state)
{
    struct frame *frame = calloc(1, sizeof *frame);
    vg_arena_init(&frame->arena, 0);
    *state = frame;
    return 0;
}

static int tear_down(void **state)
{
    struct frame *frame = *state;
    vg_arena_release(&frame->arena);
    free(frame);
    return 0;
}

/* Unit by unit: each day's need, one after the other, takes from whatever usable lot expires first. */
static double slow_course(const int *need, int n_days, const struct vg_cover_lot *lots, size_t n_lots, double *unused)
{
    int left[16];
    double covered = INFINITY;
    for (size_t i = 0; i < n_lots; i++) {
        left[i] = (int)lots[i].amount;
    }
    for (int day = 1; day <= n_days; day++) {
        int got = 0;
        for (int unit = 0; unit < need[day - 1]; unit++) {
            int best = -1;
            for (int i = 0; i < (int)n_lots; i++) {
                if (left[i] > 0 && lots[i].last_day >= day && (best < 0 || lots[i].last_day < lots[best].last_day)) {
                    best = i;
                }
            }
            if (best >= 0) {
                left[best]--;
                got++;
            }
        }
        if (got < need[day - 1] && isinf(covered)) {
            covered = day - 1 + (double)got / need[day - 1];
        }
    }
    *unused = 0.0;
    for (size_t i = 0; i < n_lots; i++) {
        *unused += lots[i].last_day < n_days ? left[i] : 0;
    }
    return covered;
}

static void a_course_goes_unit_by_unit(void **state)
{
    struct vg_random random = vg_random_stream(7, 1, 1, 1);
    size_t n_short = 0, n_wasted = 0;
    (void)state;
    for (int round = 0; round < 2000; round++) {
        struct vg_cover_lot lots[8], order[8];
        int need[40];
        double cumulative[40], so_far = 0.0, unused, expected_unused;
        const size_t n_lots = vg_random_below(&random, 8);
        const int n_days = 1 + (int)vg_random_below(&random, 40);
        for (size_t i = 0; i < n_lots; i++) {
            lots[i] = (struct vg_cover_lot){1 + vg_random_below(&random, 60), vg_random_below(&random, 4) == 0 ? VG_COVER_KEEPS : (int32_t)vg_random_below(&random, 45) - 2};
        }
        for (int day = 0; day < n_days; day++) {
            need[day] = (int)vg_random_below(&random, 9);
            cumulative[day] = so_far += need[day];
        }
        const double expected = slow_course(need, n_days, lots, n_lots, &expected_unused), got = vg_cover_of_course(cumulative, (size_t)n_days, lots, n_lots, order, &unused);
        if (isinf(expected) ? !isinf(got) : fabs(got - expected) > 1e-9) {
            fail_msg("round %d: %.12g instead of %.12g", round, got, expected);
        }
        vg_assert_near(unused, expected_unused, 1e-9);
        n_short += !isinf(expected);
        n_wasted += expected_unused > 0;
    }
    assert_true(n_short > 300 && n_wasted > 300);
}

/* Use of days of a week that differ, and by chance: the stock that lies there lasts within the interval in about 95 of 100 worlds. */
static void intervals_hold_what_comes(void **state)
{
    struct frame *frame = *state;
    int inside = 0, below = 0, above = 0;
    const int worlds = 2000;
    for (int world = 0; world < worlds; world++) {
        struct vg_random random = vg_random_stream(11, (uint32_t)world, 1, 1);
        struct vg_cover cover;
        double use[28], left;
        const double mean = 5.0 + 95.0 * vg_random_uniform(&random), size = 2.0 + 10.0 * vg_random_uniform(&random);
        for (int day = 0; day < 28; day++) {
            use[day] = (double)vg_random_negative_binomial(&random, mean * (day % 7 >= 5 ? 0.5 : 1.2), size);
        }
        const struct vg_cover_lot lot = {mean * (5.0 + 40.0 * vg_random_uniform(&random)), VG_COVER_KEEPS};
        vg_assert_ok(vg_cover_from_use(use, 28, &lot, 1, 365, &frame->arena, &cover, &frame->error), frame->error);
        assert_int_equal(cover.status, VG_COVER_OK);
        assert_true(cover.low <= cover.median && cover.median <= cover.high);
        left = lot.amount;
        int day = 0;
        for (; left > 0.0; day++) {
            left -= (double)vg_random_negative_binomial(&random, mean * (day % 7 >= 5 ? 0.5 : 1.2), size);
        }
        /* The last day is covered in part: it counts as inside where any of it is. */
        below += day < cover.low;
        above += day - 1 > cover.high;
        inside += day >= cover.low && day - 1 <= cover.high;
        vg_arena_reset(&frame->arena);
    }
    if (inside < 0.93 * worlds || inside > 0.995 * worlds || below > 0.05 * worlds || above > 0.05 * worlds) {
        fail_msg("%d of %d inside, %d ran out before, %d after", inside, worlds, below, above);
    }
}

static void what_is_not_known_is_not_said(void **state)
{
    struct frame *frame = *state;
    const double none[28] = {0}, some[28] = {[27] = 3.0};
    const struct vg_cover_lot lot = {10.0, VG_COVER_KEEPS}, gone = {10.0, 0};
    struct vg_cover cover;
    vg_assert_ok(vg_cover_from_use(none, 28, &lot, 1, 100, &frame->arena, &cover, &frame->error), frame->error);
    assert_true(cover.status == VG_COVER_NO_USE && isnan(cover.median));
    vg_assert_ok(vg_cover_from_use(some + 22, 6, &lot, 1, 100, &frame->arena, &cover, &frame->error), frame->error);
    assert_true(cover.status == VG_COVER_FEW_DAYS && isnan(cover.median));
    vg_assert_ok(vg_cover_from_use(some, 28, &gone, 1, 100, &frame->arena, &cover, &frame->error), frame->error);
    assert_true(cover.status == VG_COVER_EMPTY && cover.high == 0.0);
    vg_assert_ok(vg_cover_from_use(some, 28, NULL, 0, 100, &frame->arena, &cover, &frame->error), frame->error);
    assert_true(cover.status == VG_COVER_EMPTY);
}

/* Ten a day, of which nothing differs: 100 last ten days, and what expires after three is 70 less. */
static void expiry_shortens_the_cover(void **state)
{
    struct frame *frame = *state;
    double use[28];
    struct vg_cover cover;
    const struct vg_cover_lot lots[2] = {{50.0, VG_COVER_KEEPS}, {100.0, 3}};
    for (int i = 0; i < 28; i++) {
        use[i] = 10.0;
    }
    vg_assert_ok(vg_cover_from_use(use, 28, lots, 1, 100, &frame->arena, &cover, &frame->error), frame->error);
    vg_assert_near(cover.median, 5.0, 1e-9);
    assert_true(cover.low == cover.median && cover.unused == 0.0);
    vg_assert_ok(vg_cover_from_use(use, 28, lots, 2, 100, &frame->arena, &cover, &frame->error), frame->error);
    vg_assert_near(cover.median, 8.0, 1e-9); /* three days from the lot that expires, five from the other */
    vg_assert_near(cover.unused, 70.0, 1e-9);
}

static void paths_give_their_own_days(void **state)
{
    struct frame *frame = *state;
    const double need[3 * 2] = {70, 70, 140, 140, 0, 35}; /* three courses of two weeks */
    const struct vg_cover_lot lot = {100.0, VG_COVER_KEEPS};
    struct vg_cover cover;
    vg_assert_ok(vg_cover_from_paths(need, 3, 2, 7, 1, &lot, 1, &frame->arena, &cover, &frame->error), frame->error);
    assert_int_equal(cover.status, VG_COVER_OK);
    vg_assert_near(cover.median, 10.0, 1e-9); /* 5, 10 and more than 14 days */
    vg_assert_near(cover.low, 5.25, 1e-9);
    assert_true(isinf(cover.high));
    vg_assert_near(cover.per_day, (140.0 + 280.0 + 35.0) / 42.0, 1e-12);
    vg_assert_ok(vg_cover_from_paths(need, 3, 2, 7, 1, NULL, 0, &frame->arena, &cover, &frame->error), frame->error);
    assert_int_equal(cover.status, VG_COVER_EMPTY);
}

/* A forecast of 70 and 140 a week: three of its days are past, or it begins three days from now. */
static void a_forecast_may_begin_earlier_or_later(void **state)
{
    struct frame *frame = *state;
    const double need[2] = {70, 140};
    const struct vg_cover_lot lot = {100.0, VG_COVER_KEEPS};
    struct vg_cover cover;
    vg_assert_ok(vg_cover_from_paths(need, 1, 2, 7, -2, &lot, 1, &frame->arena, &cover, &frame->error), frame->error);
    vg_assert_near(cover.median, 7.0, 1e-9); /* four days of 10, three of 20 */
    vg_assert_near(cover.per_day, (40.0 + 140.0) / 11.0, 1e-12);
    vg_assert_ok(vg_cover_from_paths(need, 1, 2, 7, 4, &lot, 1, &frame->arena, &cover, &frame->error), frame->error);
    vg_assert_near(cover.median, 10.0, 1e-9); /* ten days of 10 */
    vg_assert_near(cover.per_day, (100.0 + 140.0) / 17.0, 1e-12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_course_goes_unit_by_unit), cmocka_unit_test(intervals_hold_what_comes), cmocka_unit_test(what_is_not_known_is_not_said),
        cmocka_unit_test(expiry_shortens_the_cover),  cmocka_unit_test(paths_give_their_own_days),
        cmocka_unit_test(a_forecast_may_begin_earlier_or_later),
    };
    return vg_run_group_tests("cover", tests, set_up, tear_down);
}
