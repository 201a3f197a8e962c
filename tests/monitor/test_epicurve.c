/*
 * Means, growth, incidence, case fatality, silence and attention keep what monitor.h promises.
 */
#include "vg_test.h"

#include "monitor/monitor.h"

static void moving_average_needs_more_than_half_of_the_window(void **state)
{
    (void)state;
    double values[9] = {1, 2, 3, 4, 5, NAN, NAN, NAN, 9}, out[9];
    vg_monitor_moving_average(values, 9, 4, out);
    assert_true(isnan(out[0]) && isnan(out[1]));
    vg_assert_near(out[2], 2, 1e-12);
    vg_assert_near(out[3], 2.5, 1e-12);
    vg_assert_near(out[5], 4, 1e-12);
    assert_true(isnan(out[6]) && isnan(out[7]) && isnan(out[8]));
    vg_monitor_moving_average(values, 9, 0, out);
    vg_assert_near(out[4], 5, 0);
    vg_monitor_moving_average(values, 0, 7, out);
}

static void growth_finds_an_exponential_under_any_weekday_rhythm(void **state)
{
    (void)state;
    static const double rhythm[7] = {1, 1.4, 1.2, 1.1, 1, 0.5, 0.2};
    double values[28];
    struct vg_growth growth;
    for (size_t t = 0; t < 28; t++) {
        values[t] = 50 * rhythm[t % 7] * exp(0.07 * (double)t);
    }
    vg_monitor_growth(values, 28, 1, 21, &growth);
    assert_int_equal(growth.status, VG_SERIES_OK);
    vg_assert_near(growth.rate_per_day, 0.07, 1e-8);
    vg_assert_near(growth.doubling_time_days, M_LN2 / 0.07, 1e-5);
    assert_true(growth.rate_low < 0.07 && growth.rate_high > 0.07);
    assert_true(growth.doubling_time_low < growth.doubling_time_days && growth.doubling_time_high > growth.doubling_time_days);
    values[20] = NAN;
    vg_monitor_growth(values, 28, 1, 21, &growth);
    vg_assert_near(growth.rate_per_day, 0.07, 1e-8);
    for (size_t t = 0; t < 10; t++) {
        values[t] = 800 * exp(-0.3 * (double)t);
    }
    vg_monitor_growth(values, 10, 7, 6, &growth);
    vg_assert_near(growth.rate_per_day, -0.3 / 7, 1e-8);
    assert_true(growth.doubling_time_days < 0);
}

/* Two Poisson weeks: the rate of the profile fit is log(second / first) / 7, known in closed form. */
static void growth_of_two_weeks_is_the_ratio_of_their_sums(void **state)
{
    (void)state;
    const double values[14] = {3, 9, 4, 5, 8, 1, 0, 6, 9, 12, 7, 9, 4, 1};
    struct vg_growth growth;
    vg_monitor_growth(values, 14, 1, 14, &growth);
    vg_assert_near(growth.rate_per_day, log(48.0 / 30.0) / 7, 1e-9);
    assert_true(growth.rate_low < growth.rate_per_day && growth.rate_high > growth.rate_per_day);
    assert_true(isnan(growth.doubling_time_low) == (growth.rate_low < 0 && growth.rate_high > 0));
}

static void growth_intervals_cover_over_dispersed_counts(void **state)
{
    (void)state;
    const uint64_t seed = 4242;
    size_t inside = 0, runs = 400;
    for (uint32_t i = 0; i < runs; i++) {
        struct vg_random random = vg_random_stream(seed, i, 0, 9);
        double values[28];
        for (size_t t = 0; t < 28; t++) {
            values[t] = (double)vg_random_negative_binomial(&random, 40 * exp(0.03 * (double)t), 10);
        }
        struct vg_growth growth;
        vg_monitor_growth(values, 28, 1, 28, &growth);
        assert_int_equal(growth.status, VG_SERIES_OK);
        inside += growth.rate_low <= 0.03 && growth.rate_high >= 0.03 ? 1 : 0;
    }
    if (inside < 368 || inside > 394) {
        fail_msg("seed %d: %zu of %zu intervals hold the truth, expected about 380", (int)seed, inside, runs);
    }
}

static void growth_says_why_not(void **state)
{
    (void)state;
    double values[21] = {0};
    struct vg_growth growth;
    vg_monitor_growth(values, 21, 1, 21, &growth);
    assert_int_equal(growth.status, VG_SERIES_TOO_FEW);
    assert_true(isnan(growth.rate_per_day) && isnan(growth.doubling_time_days));
    vg_monitor_growth(values, 3, 1, 21, &growth);
    assert_int_equal(growth.status, VG_SERIES_TOO_SHORT);
    vg_monitor_growth(values, 0, 1, 21, &growth);
    assert_int_equal(growth.status, VG_SERIES_TOO_SHORT);
    values[20] = 500;
    vg_monitor_growth(values, 21, 1, 21, &growth);
    assert_int_equal(growth.status, VG_SERIES_NOT_CONVERGED);
    values[3] = INFINITY;
    vg_monitor_growth(values, 21, 1, 21, &growth);
    assert_int_equal(growth.status, VG_SERIES_BAD_INPUT);
}

static void incidence_and_fatality_match_the_tables(void **state)
{
    (void)state;
    /* Garwood's interval of 10 is 4.795 to 18.390, of 0 it is 0 to 3.689. */
    struct vg_rate_interval rate = vg_monitor_incidence_per_100k(10, 100000);
    vg_assert_near(rate.estimate, 10, 1e-9);
    vg_assert_near(rate.low, 4.795389, 1e-5);
    vg_assert_near(rate.high, 18.390356, 1e-5);
    rate = vg_monitor_incidence_per_100k(0, 200000);
    vg_assert_near(rate.low, 0, 0);
    vg_assert_near(rate.high, 3.688879 / 2, 1e-5);
    assert_true(isnan(vg_monitor_incidence_per_100k(5, NAN).low));
    assert_true(isnan(vg_monitor_incidence_per_100k(5, 0).estimate));
    assert_true(isnan(vg_monitor_incidence_per_100k(-1, 100).high));
    /* Wilson's interval of 15 in 100: 0.0931 to 0.2328 (R's prop.test without correction). */
    rate = vg_monitor_case_fatality(15, 100);
    vg_assert_near(rate.low, 0.0930599, 1e-6);
    vg_assert_near(rate.high, 0.2328356, 1e-6);
    rate = vg_monitor_case_fatality(0, 20);
    vg_assert_near(rate.low, 0, 0);
    assert_true(rate.high > 0.1 && rate.high < 0.2);
    vg_assert_near(vg_monitor_case_fatality(20, 20).high, 1, 0);
    assert_true(isnan(vg_monitor_case_fatality(3, 2).estimate) && isnan(vg_monitor_case_fatality(0, 0).low));
}

static void a_flat_tail_of_a_busy_place_is_silence(void **state)
{
    (void)state;
    double values[60];
    struct vg_silence silence;
    for (size_t t = 0; t < 60; t++) {
        values[t] = t < 55 ? 20 : 0;
    }
    vg_monitor_silence(values, 60, &silence);
    assert_true(silence.silent);
    assert_int_equal(silence.first_silent, 55);
    assert_int_equal(silence.steps, 5);
    assert_true(silence.probability < 1e-8);
    vg_monitor_silence(values, 55, &silence);
    assert_true(!silence.silent && silence.steps == 0 && silence.first_silent == 55);
    vg_monitor_silence(values, 57, &silence); /* a weekend */
    assert_false(silence.silent);
}

static void rare_cases_weekly_batches_and_fading_are_no_silence(void **state)
{
    (void)state;
    double rare[60] = {0}, weekly[60] = {0}, fading[60] = {0}, unreported[60];
    struct vg_silence silence;
    rare[10] = rare[31] = rare[48] = 1;
    vg_monitor_silence(rare, 60, &silence);
    assert_false(silence.silent);
    for (size_t t = 0; t < 60; t++) {
        weekly[t] = t % 7 == 0 ? 300 : 0;
        fading[t] = t < 40 ? floor(30 * exp(-0.1 * (double)t)) : 0;
        unreported[t] = t < 50 ? 2 : NAN;
    }
    vg_monitor_silence(weekly, 60, &silence); /* last batch on day 56 */
    assert_false(silence.silent);
    for (size_t t = 43; t < 60; t++) {
        weekly[t] = 0;
    }
    vg_monitor_silence(weekly, 60, &silence); /* batches of days 49 and 56 did not come, nor that of 43 + */
    assert_true(silence.silent);
    vg_monitor_silence(fading, 45, &silence);
    assert_false(silence.silent);
    vg_monitor_silence(unreported, 60, &silence);
    assert_true(silence.silent);
    for (size_t t = 0; t < 60; t++) {
        unreported[t] = NAN;
    }
    vg_monitor_silence(unreported, 60, &silence);
    assert_false(silence.silent);
    vg_monitor_silence(unreported, 0, &silence);
    assert_true(!silence.silent && silence.first_silent == 0);
}

static void attention_rises_with_growth_level_and_silence(void **state)
{
    (void)state;
    struct vg_growth rising = {.status = VG_SERIES_OK, .rate_per_day = 0.1, .rate_low = 0.05, .rate_high = 0.15};
    struct vg_growth falling = {.status = VG_SERIES_OK, .rate_per_day = -0.1, .rate_low = -0.15, .rate_high = -0.05};
    struct vg_growth unknown = {.status = VG_SERIES_TOO_FEW};
    double last = -1;
    for (double rank = 0; rank <= 1; rank += 0.1) {
        double score = vg_monitor_attention(&rising, rank, false);
        assert_true(score >= last && score >= 0 && score <= 1);
        assert_true(score >= vg_monitor_attention(&falling, rank, false));
        assert_true(vg_monitor_attention(&unknown, rank, true) >= 0.5);
        assert_true(vg_monitor_attention(&rising, rank, true) >= score);
        last = score;
    }
    vg_assert_near(vg_monitor_attention(&rising, 1, false), 1, 1e-3);
    vg_assert_near(vg_monitor_attention(&falling, 0, false), 0, 1e-3);
    vg_assert_near(vg_monitor_attention(&unknown, NAN, false), 0, 1e-12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moving_average_needs_more_than_half_of_the_window),
        cmocka_unit_test(growth_finds_an_exponential_under_any_weekday_rhythm),
        cmocka_unit_test(growth_of_two_weeks_is_the_ratio_of_their_sums),
        cmocka_unit_test(growth_intervals_cover_over_dispersed_counts),
        cmocka_unit_test(growth_says_why_not),
        cmocka_unit_test(incidence_and_fatality_match_the_tables),
        cmocka_unit_test(a_flat_tail_of_a_busy_place_is_silence),
        cmocka_unit_test(rare_cases_weekly_batches_and_fading_are_no_silence),
        cmocka_unit_test(attention_rises_with_growth_level_and_silence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
