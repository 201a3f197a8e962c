/*
 * Scores of single forecasts and the comparison of models: values worked by hand from the definitions, and from R's own functions for samples.
 */
#include "vg_test.h"

#include "monitor/monitor.h"

#include <math.h>

static void assert_near(double actual, double expected, double tolerance)
{
    if (!(fabs(actual - expected) <= tolerance)) {
        fail_msg("%.12g is not %.12g", actual, expected);
    }
}

static void quantile_forecasts_are_scored_as_defined(void **state)
{
    (void)state;
    static const double levels[] = {0.025, 0.25, 0.5, 0.75, 0.975};
    static const double quantiles[] = {2, 8, 10, 13, 20};
    struct vg_forecast_score score;
    vg_monitor_score_quantiles(levels, quantiles, 5, 14, &score);
    /* Intervals: 95 %: 18 wide, holds 14; 50 %: 5 wide, missed by 1 (penalty 2 / 0.5); the median by 4. Weights alpha / 2 = 0.025 and 0.25, and 1/2 of the median. */
    double expected = (0.025 * 18 + 0.25 * (5 + 4 * 1) + 0.5 * 4) / 2.5;
    assert_near(score.wis, expected, 1e-12);
    assert_near(score.dispersion, (0.025 * 18 + 0.25 * 5) / 2.5, 1e-12);
    assert_near(score.underprediction, (0.25 * 4 + 0.5 * 4) / 2.5, 1e-12);
    assert_near(score.overprediction, 0, 0);
    assert_near(score.absolute_error, 4, 0);
    assert_near(score.inside_50, 0, 0);
    assert_near(score.inside_95, 1, 0);
    assert_true(isnan(score.inside_90)); /* no 5 and 95 % quantiles are given */
    assert_near(score.bias, 1 - 2 * 0.75, 1e-12);
    vg_monitor_score_quantiles(levels, quantiles, 5, 10, &score);
    assert_near(score.bias, 0, 0);
    vg_monitor_score_quantiles(levels, quantiles, 5, 9, &score);
    assert_near(score.bias, 1 - 2 * 0.5, 1e-12);
    vg_monitor_score_quantiles(levels, quantiles, 5, 1, &score);
    assert_near(score.bias, 1, 0);
    vg_monitor_score_quantiles(levels, quantiles, 5, 21, &score);
    assert_near(score.bias, -1, 0);
    vg_monitor_score_quantiles(levels, quantiles, 5, NAN, &score);
    assert_true(isnan(score.wis) && isnan(score.bias));
}

static void samples_are_scored_as_in_r(void **state)
{
    (void)state;
    static const double sorted[] = {3, 7, 8, 12, 20, 21, 25, 40};
    struct vg_forecast_score score;
    vg_monitor_score_sample(sorted, 8, 14, &score);
    /* R 4.2: -log(mean(dnorm(14, x, bw.nrd(x)))) and mean(abs(x - 14)) - mean(abs(outer(x, x, "-"))) / 2 */
    assert_near(score.log_score, 3.5311791735, 1e-9);
    assert_near(score.crps, 3.3125, 1e-9);
    assert_near(score.bias, 1 - 2 * 4.0 / 8, 1e-12);
    assert_near(score.pit, 0.5, 1e-12);
    assert_near(score.inside_50, 1, 0);
    assert_true(isnan(score.wis));
    static const double same[] = {5, 5, 5};
    vg_monitor_score_sample(same, 3, 5, &score);
    assert_true(isnan(score.log_score)); /* no density can be made of one value */
    assert_near(score.crps, 0, 0);
    vg_monitor_score_sample(sorted, 1, 5, &score);
    assert_true(isnan(score.crps));
}

static void outcomes_fall_into_the_bins_of_the_forecast(void **state)
{
    (void)state;
    static const double quantiles[] = {2, 8, 10};
    assert_int_equal(vg_monitor_pit_bin(quantiles, 3, 1), 0);
    assert_int_equal(vg_monitor_pit_bin(quantiles, 3, 2), 0);
    assert_int_equal(vg_monitor_pit_bin(quantiles, 3, 9), 2);
    assert_int_equal(vg_monitor_pit_bin(quantiles, 3, 11), 3);
    /* Counts: P(X < 2) = 1/4 and P(X <= 2) = 3/4, shared evenly between; four bins get 0, 1/2, 1/2, 0. */
    static const double counts[] = {1, 2, 2, 5};
    double bins[4] = {0};
    vg_monitor_pit_sample(counts, 4, 2, bins, 4);
    assert_near(bins[0], 0, 1e-12);
    assert_near(bins[1], 0.5, 1e-12);
    assert_near(bins[2], 0.5, 1e-12);
    /* A value that was not drawn: the share below it, bins closed above. */
    vg_monitor_pit_sample(counts, 4, 3, bins, 4);
    assert_near(bins[2], 1.5, 1e-12);
    vg_monitor_pit_sample(counts, 4, 0.5, bins, 4);
    vg_monitor_pit_sample(counts, 4, 9, bins, 4);
    assert_near(bins[0], 1, 1e-12);
    assert_near(bins[3], 1, 1e-12);
    vg_monitor_pit_sample(counts, 4, NAN, bins, 4);
    assert_near(bins[0] + bins[1] + bins[2] + bins[3], 4, 1e-12);
}

static void models_are_compared_on_what_they_share(void **state)
{
    (void)state;
    /* Three models, four numbers; the third model forecast only the last two, which were easy for all. */
    static const double scores[] = {4, 6, 1, 1, 8, 12, 2, 2, NAN, NAN, 1, 3};
    double skill[3];
    double scaled[3];
    vg_monitor_relative_skill(scores, 3, 4, 1, skill, scaled);
    /* Ratios of means over the shared ones: first to second 12/24, first to third 2/4, second to third 4/4. */
    double first = cbrt(1 * 0.5 * 0.5);
    double second = cbrt(2 * 1 * 1.0);
    double third = cbrt(2 * 1 * 1.0);
    assert_near(skill[0], first, 1e-12);
    assert_near(skill[1], second, 1e-12);
    assert_near(skill[2], third, 1e-12);
    assert_near(scaled[0], first / second, 1e-12);
    assert_near(scaled[1], 1, 1e-12);
    vg_monitor_relative_skill(scores, 3, 4, SIZE_MAX, skill, scaled);
    assert_true(isnan(scaled[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quantile_forecasts_are_scored_as_defined),
        cmocka_unit_test(samples_are_scored_as_in_r),
        cmocka_unit_test(outcomes_fall_into_the_bins_of_the_forecast),
        cmocka_unit_test(models_are_compared_on_what_they_share),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
