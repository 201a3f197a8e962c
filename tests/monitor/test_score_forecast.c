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

/* How far a central interval holds a count, from its range of probability. */
static double part_held(const double *quantiles, double share, double observed)
{
    double low, high;
    vg_monitor_pit_of_count(vg_quantile_levels, quantiles, VG_QUANTILE_COUNT, observed, &low, &high);
    double inside = fmin(high, (1 + share) / 2) - fmax(low, (1 - share) / 2);
    return high > low ? fmax(inside, 0) / (high - low) : low >= (1 - share) / 2 && low <= (1 + share) / 2;
}

/*
 * Poisson laws of 200 means and their own counts, summed over all counts: closed intervals hold too often, parts on average as often as they should. Of one law
 * alone they may be off by an eighth, since nine quantiles do not tell where between two levels a jump ends.
 */
static void counts_on_the_edge_are_held_by_parts(void **state)
{
    (void)state;
    double mean_50 = 0, mean_95 = 0, mean_closed = 0;
    for (int i = 0; i < 200; i++) {
        double mean = 0.02 * exp(i / 200.0 * log(50 / 0.02)), quantiles[VG_QUANTILE_COUNT], parts_50 = 0, parts_95 = 0;
        for (size_t level = 0; level < VG_QUANTILE_COUNT; level++) {
            quantiles[level] = (double)vg_poisson_quantile(vg_quantile_levels[level], mean);
        }
        for (int k = 0; k < 120; k++) {
            double chance = vg_poisson_cdf(k, mean) - vg_poisson_cdf(k - 1, mean);
            parts_50 += chance * part_held(quantiles, 0.5, k);
            parts_95 += chance * part_held(quantiles, 0.95, k);
            mean_closed += k >= quantiles[3] && k <= quantiles[5] ? chance / 200 : 0;
        }
        assert_near(parts_50, 0.5, 0.15);
        assert_near(parts_95, 0.95, 0.04);
        mean_50 += parts_50 / 200;
        mean_95 += parts_95 / 200;
    }
    assert_near(mean_50, 0.5, 0.015);
    assert_near(mean_95, 0.95, 0.01);
    assert_true(mean_closed > 0.7);
    /* Fractions that round to none are no less than none; what lies far off is not held; a law in reals of large counts is as it always was. */
    static const double tiny[] = {1e-9, 1e-9, 1e-6, 1e-4, 0.01, 0.1, 0.3, 0.4, 0.45}, large[] = {100, 110, 120, 150, 200, 250, 280, 290, 300};
    assert_true(part_held(tiny, 0.95, 0) > 0.9 && part_held(tiny, 0.5, 0) > 0.45 && part_held(tiny, 0.5, 0) < 0.6 && part_held(tiny, 0.95, 3) == 0);
    assert_true(part_held(large, 0.5, 200) == 1 && part_held(large, 0.5, 140) == 0 && part_held(large, 0.95, 140) == 1 && part_held(large, 0.95, 99) == 0);
    double low, high, known;
    vg_monitor_pit_of_count(vg_quantile_levels, large, VG_QUANTILE_COUNT, 175, &low, &high);
    known = 0.25 + 0.25 * 24.5 / 50;
    assert_near(low, known, 1e-12);
    assert_near(high, known + 0.25 / 50, 1e-12);
    vg_monitor_pit_of_count(vg_quantile_levels, large, VG_QUANTILE_COUNT, NAN, &low, &high);
    assert_true(isnan(low) && isnan(high));
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
        cmocka_unit_test(counts_on_the_edge_are_held_by_parts),
        cmocka_unit_test(models_are_compared_on_what_they_share),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
