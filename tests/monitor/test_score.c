/*
 * Scores agree with the worked values of scoringutils' and covidHubUtils' tests (same observations and quantiles), and their
 * parts add up.
 */
#include "vg_test.h"

#include "monitor/monitor.h"

static const double observed[3] = {1, -15, 22};
static const double forecasts[3][5] = {{-1, 0, 1, 2, 3}, {-2, 1, 2, 2, 4}, {-2, 0, 3, 3, 4}};
static const double levels[5] = {0.1, 0.25, 0.5, 0.75, 0.9};

static void wis_of_two_intervals_and_the_median(void **state)
{
    (void)state;
    const double low_miss[3] = {0, 13, 0}, high_miss[3] = {0, 0, 18}, low_miss_50[3] = {0, 16, 0}, high_miss_50[3] = {0, 0, 19};
    for (size_t i = 0; i < 3; i++) {
        const double *q = forecasts[i];
        double expected = (0.5 * fabs(observed[i] - q[2]) + (q[4] - q[0]) * 0.1 + low_miss[i] + high_miss[i] +
                           (q[3] - q[1]) * 0.25 + low_miss_50[i] + high_miss_50[i]) /
                          2.5;
        vg_assert_near(vg_monitor_wis(levels, q, 5, observed[i]), expected, 1e-12);
        struct vg_wis_parts parts = vg_monitor_wis_parts(levels, q, 5, observed[i]);
        vg_assert_near(parts.dispersion + parts.overprediction + parts.underprediction, expected, 1e-12);
        vg_assert_near(parts.dispersion, ((q[4] - q[0]) * 0.1 + (q[3] - q[1]) * 0.25) / 2.5, 1e-12);
    }
}

static void wis_of_the_median_alone_is_the_absolute_error(void **state)
{
    (void)state;
    const double half = 0.5;
    for (size_t i = 0; i < 3; i++) {
        vg_assert_near(vg_monitor_wis(&half, &forecasts[i][2], 1, observed[i]), fabs(observed[i] - forecasts[i][2]), 1e-12);
    }
    assert_true(isnan(vg_monitor_wis(levels, forecasts[0], 0, 1)));
    assert_true(isnan(vg_monitor_wis(levels, forecasts[0], 5, NAN)));
}

static void interval_score_is_the_wis_of_one_interval(void **state)
{
    (void)state;
    const double pair_levels[2] = {0.1, 0.9};
    for (int i = 0; i < 3; i++) {
        double low = forecasts[i][0], high = forecasts[i][4], pair[2] = {low, high};
        vg_assert_near(vg_monitor_wis(pair_levels, pair, 2, observed[i]),
                       0.1 * vg_monitor_interval_score(0.2, low, high, observed[i]), 1e-12);
    }
}

static void asymmetric_levels_have_no_parts(void **state)
{
    (void)state;
    const double odd[2] = {0.1, 0.8}, values[2] = {1, 2};
    assert_true(isnan(vg_monitor_wis_parts(odd, values, 2, 1).dispersion));
    assert_true(!isnan(vg_monitor_wis(odd, values, 2, 1)));
}

/* Slow reference: the double sum. */
static void crps_of_a_sample_is_the_double_sum(void **state)
{
    (void)state;
    const double sample[6] = {-2, 0, 0.5, 3, 3, 10};
    for (double y = -4; y < 14; y += 0.7) {
        double first = 0, second = 0;
        for (size_t i = 0; i < 6; i++) {
            first += fabs(sample[i] - y) / 6;
            for (size_t j = 0; j < 6; j++) {
                second += fabs(sample[i] - sample[j]) / 72;
            }
        }
        vg_assert_near(vg_monitor_crps_sample(sample, 6, y), first - second, 1e-12);
    }
    vg_assert_near(vg_monitor_crps_sample(sample, 1, 3), 5, 1e-12);
    assert_true(isnan(vg_monitor_crps_sample(sample, 0, 3)));
}

/* With many levels the WIS comes close to the CRPS of the same distribution: normal, crps(0, 1, y) in closed form. */
static void wis_of_many_levels_is_the_crps(void **state)
{
    (void)state;
    enum { N = 999 };
    double many[N], values[N];
    for (size_t i = 0; i < N; i++) {
        many[i] = ((double)i + 1) / (N + 1);
        values[i] = vg_normal_quantile(many[i]);
    }
    for (double y = -2; y <= 2; y += 0.5) {
        double density = exp(-y * y / 2) / sqrt(2 * M_PI);
        double crps = y * (2 * vg_normal_cdf(y) - 1) + 2 * density - 1 / sqrt(M_PI);
        vg_assert_near(vg_monitor_wis(many, values, N, y), crps, 2e-3);
    }
}

static void tally_counts_scores_coverage_and_bias(void **state)
{
    (void)state;
    const double quantiles[VG_QUANTILE_COUNT] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    struct vg_score_tally tally = {0};
    vg_monitor_tally(&tally, quantiles, 5);
    vg_monitor_tally(&tally, quantiles, 8.5);
    vg_monitor_tally(&tally, quantiles, 0);
    vg_monitor_tally(&tally, quantiles, NAN);
    assert_int_equal(tally.n, 3);
    assert_int_equal(tally.inside_50, 1);
    assert_int_equal(tally.inside_90, 1);
    assert_int_equal(tally.inside_95, 2);
    vg_assert_near(tally.absolute_error, 0 + 3.5 + 5, 1e-12);
    vg_assert_near(tally.bias, 0 - 7.0 / 9 + 1, 1e-12);
    vg_assert_near(tally.wis, tally.dispersion + tally.overprediction + tally.underprediction, 1e-12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wis_of_two_intervals_and_the_median),
        cmocka_unit_test(wis_of_the_median_alone_is_the_absolute_error),
        cmocka_unit_test(interval_score_is_the_wis_of_one_interval),
        cmocka_unit_test(asymmetric_levels_have_no_parts),
        cmocka_unit_test(crps_of_a_sample_is_the_double_sum),
        cmocka_unit_test(wis_of_many_levels_is_the_crps),
        cmocka_unit_test(tally_counts_scores_coverage_and_bias),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
