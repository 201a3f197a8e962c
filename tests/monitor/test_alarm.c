/*
 * Alarms agree with R's surveillance 1.20.3 on its series salmonella.agona (England and Wales, weekly, 1990-95; Farrington et al. 1996), channels and false
 * discoveries with values worked by hand, and false alarms come as often as alpha says.
 */
#include "vg_test.h"

#include "monitor/alarm/alarm.h"
#include "weekly_series.h"

#include <math.h>

static void assert_near(double actual, double expected, double tolerance, const char *what, size_t row)
{
    if (!(fabs(actual - expected) <= tolerance * fmax(1, fabs(expected)))) {
        fail_msg("%s of row %zu: %.9g instead of %.9g", what, row, actual, expected);
    }
}

/* earsC(sts, control = list(method = ...)): upperbound, alarm; weeks counted from 1. */
static void ears_agree_with_surveillance(void **state)
{
    (void)state;
    assert_int_equal(AGONA, 312);
    /* The first judged weeks are 8, 10 and 12. */
    static const struct { enum vg_ears_method method; size_t week; double threshold; bool alarm; } rows[] = {
        {VG_EARS_C1, 8, 6.88121833, false}, {VG_EARS_C1, 27, 8.12570441, false}, {VG_EARS_C1, 81, 16.25504634, false}, {VG_EARS_C1, 82, 16.64153157, true},
        {VG_EARS_C1, 83, 23.84218736, false}, {VG_EARS_C1, 107, 6.33735508, false}, {VG_EARS_C1, 305, 5.62171034, false}, {VG_EARS_C2, 10, 6.88121833, false},
        {VG_EARS_C2, 29, 8.12570441, false}, {VG_EARS_C2, 84, 16.64153157, false}, {VG_EARS_C2, 85, 23.84218736, false}, {VG_EARS_C2, 209, 2.98960574, false},
        {VG_EARS_C3, 12, 6.75304530, false}, {VG_EARS_C3, 31, 4.46005764, false}, {VG_EARS_C3, 85, 5.71298160, true}, {VG_EARS_C3, 86, 23.30923667, false},
        {VG_EARS_C3, 211, 2.14772063, true}, {VG_EARS_C3, 309, 4.26317147, false},
    };
    static const size_t alarms[] = {16, 20, 36};
    for (enum vg_ears_method method = VG_EARS_C1; method <= VG_EARS_C3; method++) {
        struct vg_ears_parameters parameters;
        struct vg_alarm out[AGONA];
        struct vg_error error = {0};
        vg_ears_defaults(method, &parameters);
        vg_assert_ok(vg_alarm_ears(agona, AGONA, &parameters, out, &error), error);
        size_t n = 0;
        for (size_t i = 0; i < AGONA; i++) {
            n += out[i].alarm;
        }
        assert_int_equal(n, alarms[method]);
        for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
            if (rows[row].method == method) {
                assert_near(out[rows[row].week - 1].threshold, rows[row].threshold, 1e-8, "threshold", row);
                assert_int_equal(out[rows[row].week - 1].alarm, rows[row].alarm);
            }
        }
        assert_int_equal(out[(size_t)(method == VG_EARS_C1 ? 6 : method == VG_EARS_C2 ? 8 : 10)].status, VG_SERIES_TOO_SHORT);
    }
}

/* farringtonFlexible(sts, control = list(range = 272:312, b = 5, w = 3, ...)): upperbound, expected, pvalue. */
static void farrington_agrees_with_surveillance(void **state)
{
    (void)state;
    enum { BASE, NOUFAILY, MUAN, DELTA, PLAIN, CASES };
    static const struct { int setting; size_t row; double threshold, expected, p_value; } rows[] = {
        {BASE, 15, 7.21870440, 2.94916228, 0.84972802},     {BASE, 22, 8.95851346, 3.30704474, 0.29002293},  {BASE, 29, 9.06761741, 4.25714286, 0.54066099},
        {BASE, 36, 5.23757027, 1.60022500, 0.41336460},     {BASE, 41, 10.66889762, 4.58813007, 0.57548400}, {NOUFAILY, 15, 6, 2.37050440, 0.84927773},
        {NOUFAILY, 22, 8, 3.67062441, 0.31714026},          {NOUFAILY, 29, 8, 3.14496476, 0.37129377},       {NOUFAILY, 36, 5, 1.91816067, 0.49704192},
        {NOUFAILY, 41, 5, 1.73672426, 0.14027852},          {MUAN, 15, 7, 2.37050440, 0.89652914},           {MUAN, 22, 9, 3.67062441, 0.41572500},
        {MUAN, 29, 9, 3.14496476, 0.47489015},              {MUAN, 36, 6, 1.91816067, 0.59428943},           {MUAN, 41, 6, 1.73672426, 0.20365355},
        {DELTA, 15, 8.07301920, 2.37050440, 0.78973640},    {DELTA, 22, 10.99549941, 3.67062441, 0.31073104}, {DELTA, 41, 7.02153078, 1.73672426, 0.13018828},
        {PLAIN, 15, 7.92701001, 3.17142857, 0.85286411},    {PLAIN, 22, 11.33651202, 5.14285714, 0.51759256}, {PLAIN, 41, 6.52602289, 2.20000000, 0.22463507},
    };
    for (int setting = 0; setting < CASES; setting++) {
        struct vg_farrington_parameters p;
        struct vg_alarm out[AGONA];
        struct vg_error error = {0};
        struct vg_arena arena;
        vg_arena_init(&arena, 0);
        vg_farrington_defaults(&p);
        p.steps_per_year = 52;
        p.method = setting == NOUFAILY ? VG_FARRINGTON_NB_PLUGIN : setting == MUAN ? VG_FARRINGTON_MUAN : VG_FARRINGTON_DELTA;
        if (setting == BASE) {
            p.periods = 1;
            p.left_out = 3;
            p.trend_p = 0.05;
        } else if (setting == DELTA) {
            p.trend_p = 0.05;
            p.alpha = 0.01;
        } else if (setting == PLAIN) {
            p.reweight = false;
            p.trend = false;
        }
        vg_assert_ok(vg_alarm_farrington(agona, AGONA, 271, &p, &arena, out, &error), error);
        for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
            if (rows[row].setting == setting) {
                const struct vg_alarm *alarm = &out[270 + rows[row].row];
                assert_int_equal(alarm->status, VG_SERIES_OK);
                assert_near(alarm->expected, rows[row].expected, 3e-5, "expected", row);
                assert_near(alarm->threshold, rows[row].threshold, 3e-5, "threshold", row);
                assert_near(alarm->p_value, rows[row].p_value, 3e-5, "p-value", row);
            }
        }
        assert_int_equal(out[271].status, VG_SERIES_TOO_FEW); /* fewer than five cases in four weeks */
        vg_arena_release(&arena);
    }
}

/* bayes(sts, control = list(range = 273:312, b, w, actY = TRUE, alpha)): upperbound; weeks of the range counted from 1. */
static void bayes_agrees_with_surveillance(void **state)
{
    (void)state;
    static const size_t rows[] = {1, 5, 10, 20, 30, 40};
    static const double expected[2][6] = {{4, 3, 3, 7, 7, 4}, {5, 4, 5, 9, 8, 8}};
    static const size_t alarms[2] = {3, 0};
    for (size_t setting = 0; setting < 2; setting++) {
        struct vg_bayes_parameters p;
        struct vg_alarm out[AGONA];
        struct vg_error error = {0};
        size_t n = 0;
        vg_alarm_bayes_defaults(&p);
        p.steps_per_year = 52;
        if (setting == 1) {
            p.years_back = 2;
            p.half_window = 4;
            p.alpha = 0.01;
        }
        vg_assert_ok(vg_alarm_bayes(agona, AGONA, 272, &p, out, &error), error);
        for (size_t row = 0; row < 6; row++) {
            assert_near(out[271 + rows[row]].threshold, expected[setting][row], 1e-12, "threshold", row);
        }
        for (size_t i = 272; i < AGONA; i++) {
            n += out[i].alarm;
            assert_int_equal(out[i].alarm, out[i].p_value < p.alpha); /* the two say the same */
        }
        assert_int_equal(n, alarms[setting]);
    }
}

/* algo.cusum(disProg, control = list(range = 209:312, k = 1.04, h = 2.26, trans)): cusum, alarm, upperbound. */
static void cusum_agrees_with_surveillance(void **state)
{
    (void)state;
    static const size_t rows[] = {1, 20, 40, 60, 61, 62, 80, 100};
    static const double sums[2][8] = {{0, 0, 2.518226, 0, 0, 0, 0.8338722, 0}, {0, 0, 1.477488, 0, 0, 0, 0.6607965, 0}};
    static const size_t bounded[] = {1, 20, 40, 60, 80, 100};
    static const double bounds[] = {9, 9, 5, 7, 9, 9};
    static const size_t alarms[] = {34, 37, 38, 39, 40, 41, 42, 55, 56, 57, 58, 77, 86, 87, 88, 89, 90, 91};
    for (int setting = 0; setting < 2; setting++) {
        struct vg_cusum_parameters p;
        struct vg_alarm out[AGONA];
        struct vg_error error = {0};
        size_t n = 0;
        vg_alarm_cusum_defaults(&p);
        p.transformation = setting == 0 ? VG_CUSUM_STANDARD : VG_CUSUM_ROSSI;
        vg_assert_ok(vg_alarm_cusum(agona, AGONA, 208, &p, out, &error), error);
        for (size_t row = 0; row < 8; row++) {
            assert_near(out[207 + rows[row]].score * p.decision, sums[setting][row], 2e-6, "sum", row);
        }
        for (size_t i = 208; i < AGONA; i++) {
            n += out[i].alarm;
        }
        assert_int_equal(n, setting == 0 ? sizeof alarms / sizeof *alarms : 8);
        for (size_t i = 0; setting == 0 && i < sizeof alarms / sizeof *alarms; i++) {
            assert_true(out[207 + alarms[i]].alarm);
        }
        for (size_t i = 0; setting == 0 && i < 6; i++) {
            assert_near(out[207 + bounded[i]].threshold, bounds[i], 1e-12, "threshold", i);
        }
        assert_near(out[208].expected, 2.841346, 1e-6, "mean", 0);
    }
}

static double rate_of_alarms(double level, double dispersion, uint64_t seed, size_t *judged)
{
    struct vg_farrington_parameters p;
    struct vg_arena arena;
    struct vg_error error = {0};
    size_t alarms = 0;
    vg_farrington_defaults(&p);
    vg_arena_init(&arena, 0);
    for (uint32_t series = 0; series < 200; series++) {
        double counts[320];
        struct vg_alarm out[320];
        struct vg_random random = vg_random_stream(seed, series, 0, 0);
        for (size_t i = 0; i < 320; i++) {
            double mean = level * exp(0.4 * sin(6.283 * (double)i / 52.18) + 0.001 * (double)i);
            counts[i] = (double)vg_random_negative_binomial(&random, mean, mean / (dispersion - 1));
        }
        vg_assert_ok(vg_alarm_farrington(counts, 320, 310, &p, &arena, out, &error), error);
        for (size_t i = 310; i < 320; i++) {
            alarms += out[i].alarm;
            *judged += out[i].status == VG_SERIES_OK;
        }
    }
    vg_arena_release(&arena);
    return (double)alarms / (double)*judged;
}

static void false_alarms_come_as_often_as_alpha_says(void **state)
{
    (void)state;
    static const double levels[] = {5, 20, 200};
    for (size_t i = 0; i < 3; i++) {
        size_t judged = 0;
        double rate = rate_of_alarms(levels[i], 1.5, 77 + i, &judged);
        print_message("Farrington at alpha 0.05, %3.0f cases a week: %.3f of %zu\n", levels[i], rate, judged);
        assert_true(rate > 0.02 && rate < 0.085); /* plug-in thresholds leave the estimate's own error out, so somewhat above alpha */
    }
}

static void an_outbreak_is_found_and_a_former_one_does_not_hide_it(void **state)
{
    (void)state;
    struct vg_farrington_parameters p;
    struct vg_arena arena;
    struct vg_error error = {0};
    double counts[320];
    struct vg_alarm out[320];
    struct vg_random random = vg_random_stream(5, 0, 0, 0);
    vg_arena_init(&arena, 0);
    vg_farrington_defaults(&p);
    for (size_t i = 0; i < 320; i++) {
        counts[i] = (double)vg_random_poisson(&random, 20);
    }
    for (size_t i = 212; i < 219; i++) {
        counts[i] += 80; /* two years ago, the same weeks */
    }
    for (size_t i = 315; i < 320; i++) {
        counts[i] += 40;
    }
    vg_assert_ok(vg_alarm_farrington(counts, 320, 305, &p, &arena, out, &error), error);
    for (size_t i = 315; i < 320; i++) {
        assert_true(out[i].alarm && out[i].p_value < 0.001 && fabs(out[i].expected - 20) < 6);
    }
    p.reweight = false;
    vg_assert_ok(vg_alarm_farrington(counts, 320, 319, &p, &arena, out, &error), error);
    assert_true(out[319].expected > 28); /* without weights the old outbreak raises what is expected */
    vg_arena_release(&arena);
}

static void series_that_cannot_be_judged_say_so(void **state)
{
    (void)state;
    struct vg_farrington_parameters p;
    struct vg_arena arena;
    struct vg_error error = {0};
    double counts[320] = {0};
    struct vg_alarm out[320];
    vg_arena_init(&arena, 0);
    vg_farrington_defaults(&p);
    vg_assert_ok(vg_alarm_farrington(counts, 320, 319, &p, &arena, out, &error), error);
    assert_true(!out[319].alarm && out[319].status != VG_SERIES_OK); /* all zero */
    counts[319] = 30;
    vg_assert_ok(vg_alarm_farrington(counts, 320, 319, &p, &arena, out, &error), error);
    assert_true(out[319].status == VG_SERIES_NOT_CONVERGED || out[319].alarm);
    vg_assert_ok(vg_alarm_farrington(counts, 200, 199, &p, &arena, out, &error), error);
    assert_int_equal(out[199].status, VG_SERIES_TOO_SHORT);
    counts[100] = -3;
    counts[319] = 5;
    vg_assert_ok(vg_alarm_farrington(counts, 320, 319, &p, &arena, out, &error), error);
    assert_int_equal(out[319].status, VG_SERIES_BAD_INPUT);
    counts[319] = NAN;
    vg_assert_ok(vg_alarm_farrington(counts, 320, 319, &p, &arena, out, &error), error);
    assert_int_equal(out[319].status, VG_SERIES_TOO_SHORT);
    p.alpha = 2;
    assert_int_equal(vg_alarm_farrington(counts, 320, 319, &p, &arena, out, &error), VG_USAGE_ERROR);
    struct vg_ears_parameters ears;
    vg_ears_defaults(VG_EARS_C1, &ears);
    ears.baseline = 2;
    assert_int_equal(vg_alarm_ears(counts, 320, &ears, out, &error), VG_USAGE_ERROR);
    vg_ears_defaults(VG_EARS_C2, &ears);
    double with_gap[] = {1, 2, 1, NAN, 2, 1, 1, 2, 1, 1, 2, 1, 9, 1, 2, 1};
    vg_assert_ok(vg_alarm_ears(with_gap, 16, &ears, out, &error), error);
    assert_int_equal(out[9].status, VG_SERIES_TOO_SHORT); /* its baseline has a week without a report */
    assert_int_equal(out[13].status, VG_SERIES_OK);
    vg_arena_release(&arena);
}

static void channels_have_the_zones_of_their_quartiles(void **state)
{
    (void)state;
    /* Five years of four weeks. Week 0: 1 2 3 4 5, so quartiles 2, 3, 4; week 1 has one year, week 2 no variation. */
    static const double history[] = {1, 10, 7, 0, 2, NAN, 7, 0, 3, NAN, 7, 100, 4, NAN, 7, 0, 5, NAN, 7, 0};
    static const double now[] = {4.5, 10, 7, NAN};
    struct vg_channel_week out[4];
    struct vg_error error = {0};
    vg_assert_ok(vg_alarm_channel(history, 5, NULL, now, 4, VG_CHANNEL_QUARTILES, out, &error), error);
    assert_true(out[0].low == 2 && out[0].middle == 3 && out[0].high == 4 && out[0].zone == VG_CHANNEL_EPIDEMIC);
    assert_true(out[1].zone == VG_CHANNEL_UNKNOWN && isnan(out[1].low) && out[1].n_years == 1);
    assert_true(out[2].zone == VG_CHANNEL_SUCCESS && out[2].high == 7);
    assert_true(out[3].zone == VG_CHANNEL_UNKNOWN && out[3].high == 0);
    const bool leave_out[] = {false, false, false, true, true};
    vg_assert_ok(vg_alarm_channel(history, 5, leave_out, now, 4, VG_CHANNEL_QUARTILES, out, &error), error);
    assert_true(out[0].n_years == 3 && out[0].middle == 2);
    vg_assert_ok(vg_alarm_channel(history, 5, NULL, now, 4, VG_CHANNEL_GEOMETRIC_MEAN, out, &error), error);
    /* R: x <- log(1 + 1:5); exp(mean(x)) - 1; exp(mean(x) + c(-1, 1) * qt(.975, 4) * sd(x) / sqrt(5)) - 1 */
    assert_near(out[0].middle, 2.7279192732, 1e-9, "middle", 0);
    assert_near(out[0].low, 1.1755116097, 1e-9, "low", 0);
    assert_near(out[0].high, 5.3880983423, 1e-9, "high", 0);
    assert_string_equal(vg_channel_zone_name(VG_CHANNEL_ALERT), "alert");
}

static void false_discoveries_are_bounded(void **state)
{
    (void)state;
    struct vg_arena arena;
    bool chosen[15];
    vg_arena_init(&arena, 0);
    /* Benjamini and Hochberg's own example (1995, section 3.2): 15 p-values, 4 rejected at 0.05. */
    static const double p[] = {0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0};
    assert_int_equal(vg_alarm_false_discovery(p, 15, 0.05, false, &arena, chosen), 4);
    assert_true(chosen[3] && !chosen[4]);
    assert_int_equal(vg_alarm_false_discovery(p, 15, 0.05, true, &arena, chosen), 3);
    const double with_none[] = {NAN, 0.001, NAN};
    assert_int_equal(vg_alarm_false_discovery(with_none, 3, 0.05, false, &arena, chosen), 1);
    assert_true(chosen[1]);
    vg_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ears_agree_with_surveillance),
        cmocka_unit_test(farrington_agrees_with_surveillance),
        cmocka_unit_test(bayes_agrees_with_surveillance),
        cmocka_unit_test(cusum_agrees_with_surveillance),
        cmocka_unit_test(false_alarms_come_as_often_as_alpha_says),
        cmocka_unit_test(an_outbreak_is_found_and_a_former_one_does_not_hide_it),
        cmocka_unit_test(series_that_cannot_be_judged_say_so),
        cmocka_unit_test(channels_have_the_zones_of_their_quartiles),
        cmocka_unit_test(false_discoveries_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
