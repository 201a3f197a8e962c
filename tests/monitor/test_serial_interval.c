/*
 * The serial interval from pairs agrees with coarseDataTools on two outbreaks, its posterior with a plain sum over a grid of likelihoods integrated by rule, and its
 * intervals hold the truth as often as they say, also where the newest pairs are not seen yet.
 */
#include "vg_test.h"

#include "monitor/monitor.h"

/* Onset windows of a school's outbreak of influenza in 2009 (Lessler et al. 2009, N Engl J Med 361:2628): infector within [0, 1]. */
static const double school[16][2] = {{7, 8}, {2, 3}, {3, 4}, {2, 5}, {1, 9}, {2, 4}, {4, 6}, {4, 5}, {1, 2}, {4, 5}, {5, 6}, {4, 5}, {8, 9}, {3, 4}, {5, 6}, {4, 5}};
/* EpiEstim's made-up rotavirus outbreak: days of infector and infected. */
static const double mock[19][2] = {{3, 5}, {5, 8}, {0, 5}, {5, 7}, {4, 6}, {5, 8}, {3, 3}, {3, 5}, {1, 5}, {5, 6}, {5, 6}, {6, 6}, {6, 6}, {6, 7}, {7, 7}, {7, 8}, {8, 8}, {8, 9}, {9, 10}};

static size_t school_pairs(struct vg_interval_pair *pairs)
{
    for (size_t i = 0; i < 16; i++) {
        pairs[i] = (struct vg_interval_pair){0, 1, school[i][0], school[i][1]};
    }
    return 16;
}

static void estimate(const struct vg_interval_pair *pairs, size_t n, const struct vg_interval_parameters *parameters, struct vg_arena *arena,
                     struct vg_interval_estimate *out)
{
    struct vg_error error = {0};
    vg_assert_ok(vg_monitor_interval(pairs, n, parameters, arena, out, &error), error);
    if (out->status != VG_SERIES_OK) {
        fail_msg("%s: %s", vg_series_status_name(out->status), error.message);
    }
}

/* coarseDataTools 0.6-6: dic.fit(data, dist = "L", "G", "W"), maximised by Nelder-Mead to 1e-14. */
static void most_likely_members_are_those_of_coarse_data_tools(void **state)
{
    (void)state;
    static const struct { bool of_mock; enum vg_interval_family family; double a, b, log_likelihood, mean, sd; } known[] = {
        {false, VG_INTERVAL_LOGNORMAL, 1.2952696, 0.4385615, -27.1228778, 4.020626, 1.851576}, {false, VG_INTERVAL_GAMMA, 5.4007460, 0.7413671, -26.8071116, 4.003935, 1.722900},
        {false, VG_INTERVAL_WEIBULL, 2.4999543, 4.5188124, -26.8887398, 4.009377, 1.715669}, {true, VG_INTERVAL_LOGNORMAL, 0.0550693, 0.9353309, -31.7565077, 1.636388, 1.935163},
        {true, VG_INTERVAL_GAMMA, 1.1399620, 1.3461940, -30.9889583, 1.534610, 1.437318}, {true, VG_INTERVAL_WEIBULL, 1.1090246, 1.5957315, -30.9432813, 1.535647, 1.386692}};
    struct vg_interval_pair pairs[2][19];
    size_t n[2] = {school_pairs(pairs[0]), 19};
    for (size_t i = 0; i < 19; i++) {
        pairs[1][i] = (struct vg_interval_pair){mock[i][0], mock[i][0] + 1, mock[i][1], mock[i][1] + 1};
    }
    struct vg_arena arena;
    vg_arena_init(&arena, 0);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct vg_interval_parameters parameters;
        struct vg_interval_estimate out;
        vg_monitor_interval_defaults(&parameters);
        estimate(pairs[known[i].of_mock], n[known[i].of_mock], &parameters, &arena, &out);
        assert_int_equal(out.n_fits, 3);
        const struct vg_interval_fit *fit = &out.fits[known[i].family];
        assert_int_equal(fit->family, known[i].family);
        vg_assert_near(fit->log_likelihood, known[i].log_likelihood, 2e-7);
        vg_assert_near(fit->parameters[0], known[i].a, 2e-4);
        vg_assert_near(fit->parameters[1], known[i].b, 2e-4);
        vg_assert_near(fit->mean, known[i].mean, 2e-4);
        vg_assert_near(fit->sd, known[i].sd, 3e-4);
        vg_assert_near(fit->aic, 4 - 2 * fit->log_likelihood, 1e-12);
        assert_int_equal(out.best, known[i].of_mock ? VG_INTERVAL_WEIBULL : VG_INTERVAL_GAMMA);
        double weights = 0, probabilities = 0, points = 0;
        for (size_t k = 0; k < out.n_fits; k++) {
            weights += out.fits[k].akaike_weight;
            probabilities += out.fits[k].probability;
        }
        for (size_t k = 0; k < out.n_points; k++) {
            points += out.point_weight[k];
        }
        vg_assert_near(weights, 1, 1e-12);
        vg_assert_near(probabilities, 1, 1e-12);
        vg_assert_near(points, 1, 1e-9);
    }
    vg_arena_release(&arena);
}

/* P(pair) by Simpson's rule over the infector's day: no closed form shared with the program. */
static double plain_log_likelihood(const struct vg_interval_pair *pairs, size_t n, double mean, double sd)
{
    double shape = mean * mean / (sd * sd), scale = sd * sd / mean, sum = 0;
    for (size_t i = 0; i < n; i++) {
        double p = 0;
        for (int k = 0; k <= 8; k++) {
            double e = (double)k / 8, weight = k == 0 || k == 8 ? 1 : k % 2 == 1 ? 4 : 2;
            p += weight / 24 * (vg_gamma_cdf(pairs[i].infectee_high - e, shape, scale) - vg_gamma_cdf(pairs[i].infectee_low - e, shape, scale));
        }
        sum += log(p);
    }
    return sum;
}

static void posterior_is_that_of_a_plain_sum(void **state)
{
    (void)state;
    enum { A = 120, B = 50 };
    struct vg_interval_pair pairs[16];
    size_t n = school_pairs(pairs);
    double total = 0, mean_sum = 0, sd_sum = 0, below_mean = 0, below_sd = 0;
    struct vg_interval_parameters parameters;
    struct vg_interval_estimate out;
    struct vg_arena arena;
    vg_arena_init(&arena, 0);
    vg_monitor_interval_defaults(&parameters);
    parameters.families[VG_INTERVAL_GAMMA] = true;
    estimate(pairs, n, &parameters, &arena, &out);
    assert_int_equal(out.n_fits, 1);
    const struct vg_interval_fit *fit = &out.fits[0];
    for (size_t i = 0; i < A; i++) {
        for (size_t j = 0; j < B; j++) {
            double log_mean = log(2.7) + log(6.5 / 2.7) * (double)i / (A - 1), log_sd = log(0.7) + log(6 / 0.7) * (double)j / (B - 1);
            double prior = -0.5 * pow(log_mean - log(8), 2) - 0.5 * pow(log_sd - log_mean - log(0.6), 2);
            double weight = exp(plain_log_likelihood(pairs, n, exp(log_mean), exp(log_sd)) + prior + 28);
            total += weight;
            mean_sum += weight * exp(log_mean);
            sd_sum += weight * exp(log_sd);
            below_mean += exp(log_mean) < fit->mean_quantiles[0] ? weight : 0;
            below_sd += exp(log_sd) < fit->sd_quantiles[VG_QUANTILE_COUNT - 1] ? weight : 0;
        }
    }
    vg_assert_near(fit->mean_expected, mean_sum / total, 2e-3);
    vg_assert_near(fit->sd_expected, sd_sum / total, 4e-3);
    vg_assert_near(below_mean / total, 0.025, 0.006);
    vg_assert_near(below_sd / total, 0.975, 0.006);
    vg_arena_release(&arena);
}

/* n pairs with known truth: onsets by a rate that grows, each rounded to its day; those whose second onset is after `until` are not seen. */
static size_t simulate(uint32_t run, size_t n, double mean, double sd, double growth, double until, struct vg_interval_pair *pairs)
{
    struct vg_random random = vg_random_stream(311, run, 0, 0);
    size_t kept = 0;
    while (kept < n) {
        double first = growth > 0 ? log(1 + vg_random_uniform(&random) * (exp(growth * until) - 1)) / growth : 30 * vg_random_uniform(&random);
        double second = first + vg_random_gamma(&random, mean * mean / (sd * sd), sd * sd / mean);
        if (second < until) {
            pairs[kept++] = (struct vg_interval_pair){floor(first), floor(first) + 1, floor(second), floor(second) + 1};
        }
    }
    return n;
}

/* Share of 90 % intervals that hold the truth, for mean and sd, and the mean of the means. */
static void coverage(uint32_t runs, double growth, double until, bool tell, double *mean_held, double *sd_held, double *average)
{
    enum { PAIRS = 40 };
    const double mean = 5, sd = 2.5;
    *mean_held = *sd_held = *average = 0;
    for (uint32_t run = 0; run < runs; run++) {
        struct vg_interval_pair pairs[PAIRS];
        struct vg_interval_parameters parameters;
        struct vg_interval_estimate out;
        struct vg_arena arena;
        vg_arena_init(&arena, 0);
        vg_monitor_interval_defaults(&parameters);
        parameters.families[VG_INTERVAL_GAMMA] = true;
        parameters.observed_until = tell ? until : INFINITY;
        estimate(pairs, simulate(run, PAIRS, mean, sd, growth, until, pairs), &parameters, &arena, &out);
        const struct vg_interval_fit *fit = &out.fits[0];
        *mean_held += (fit->mean_quantiles[1] <= mean && mean <= fit->mean_quantiles[7]) / (double)runs;
        *sd_held += (fit->sd_quantiles[1] <= sd && sd <= fit->sd_quantiles[7]) / (double)runs;
        *average += fit->mean_quantiles[VG_QUANTILE_MEDIAN] / (double)runs;
        vg_arena_release(&arena);
    }
}

static void intervals_hold_the_truth_as_often_as_they_say(void **state)
{
    (void)state;
    double mean_held, sd_held, average;
    coverage(120, 0, INFINITY, false, &mean_held, &sd_held, &average);
    if (!(mean_held >= 0.83 && mean_held <= 0.97 && sd_held >= 0.83 && sd_held <= 0.97 && fabs(average - 5) < 0.12)) {
        fail_msg("90 %% intervals hold %.3f (mean) and %.3f (sd); mean %.3f", mean_held, sd_held, average);
    }
}

static void pairs_not_seen_yet_are_allowed_for(void **state)
{
    (void)state;
    double mean_held, sd_held, average;
    coverage(30, 0.15, 30, false, &mean_held, &sd_held, &average);
    assert_true(mean_held < 0.5 && average < 4.3); /* who does not say that the outbreak goes on is misled */
    coverage(100, 0.15, 30, true, &mean_held, &sd_held, &average);
    if (!(mean_held >= 0.83 && mean_held <= 0.98 && sd_held >= 0.83 && sd_held <= 0.98 && fabs(average - 5) < 0.5)) {
        fail_msg("90 %% intervals hold %.3f (mean) and %.3f (sd); mean %.3f", mean_held, sd_held, average);
    }
}

static void without_a_family_shares_are_those_of_the_pairs(void **state)
{
    (void)state;
    struct vg_interval_pair pairs[10];
    static const double lags[10] = {1, 2, 2, 3, 3, 3, 4, 4, 5, 8};
    struct vg_interval_parameters parameters;
    struct vg_interval_estimate out;
    struct vg_arena arena;
    vg_arena_init(&arena, 0);
    for (size_t i = 0; i < 10; i++) {
        pairs[i] = (struct vg_interval_pair){(double)i, (double)i + 1, (double)i + lags[i], (double)i + lags[i] + 1};
    }
    vg_monitor_interval_defaults(&parameters);
    estimate(pairs, 10, &parameters, &arena, &out);
    assert_int_equal(out.first_lag, 1);
    assert_int_equal(out.n_lags, 8);
    static const double shares[8] = {0.1, 0.2, 0.3, 0.2, 0.1, 0, 0, 0.1};
    for (size_t k = 0; k < 8; k++) {
        vg_assert_near(out.empirical[k], shares[k], 1e-6);
    }
    vg_assert_near(out.empirical_mean, 3.5, 1e-6);
    /* With truncation two lags that all could be seen keep their ratio, and later ones weigh more: 3 seen at lag 2 by all, 1 at lag 6 that half could show. */
    static const double first[6] = {0, 1, 2, 8, 8, 8}, lag[6] = {2, 2, 6, 2, 2, 2};
    for (size_t i = 0; i < 6; i++) {
        pairs[i] = (struct vg_interval_pair){first[i], first[i] + 1, first[i] + lag[i], first[i] + lag[i] + 1};
    }
    parameters.observed_until = 12;
    estimate(pairs, 6, &parameters, &arena, &out);
    /* Likelihood: p^5 q / p^3 with the three late pairs certain to be of lag 2: p^2 q is largest at q = 1/3. */
    vg_assert_near(out.empirical[0], 2.0 / 3, 1e-4);
    vg_assert_near(out.empirical[4], 1.0 / 3, 1e-4);
    vg_arena_release(&arena);
}

static void weights_are_a_distribution_over_days(void **state)
{
    (void)state;
    enum { ROWS = 50, LAGS = 60 };
    struct vg_interval_pair pairs[16];
    struct vg_interval_parameters parameters;
    struct vg_interval_estimate out;
    struct vg_error error = {0};
    struct vg_arena arena;
    double weights[ROWS * LAGS], dropped, mean_sum = 0;
    vg_arena_init(&arena, 0);
    vg_monitor_interval_defaults(&parameters);
    estimate(pairs, school_pairs(pairs), &parameters, &arena, &out);
    vg_assert_ok(vg_monitor_interval_weights(&out, ROWS, LAGS, weights, &dropped, &error), error);
    for (size_t row = 0; row < ROWS; row++) {
        double sum = 0;
        assert_true(weights[row * LAGS] == 0);
        for (size_t lag = 0; lag < LAGS; lag++) {
            sum += weights[row * LAGS + lag];
            mean_sum += (double)lag * weights[row * LAGS + lag] / ROWS;
        }
        vg_assert_near(sum, 1, 1e-12);
    }
    double expected = 0;
    for (size_t i = 0; i < out.n_fits; i++) {
        expected += out.fits[i].probability * out.fits[i].mean_expected;
    }
    assert_true(dropped > 0 && dropped < 0.05);
    vg_assert_near(mean_sum * (1 - dropped), expected, 0.05); /* the triangle of two days keeps the mean; what is dropped lies at or below 0 */
    assert_int_equal(vg_monitor_interval_weights(&out, 0, LAGS, weights, &dropped, &error), VG_USAGE_ERROR);
    vg_arena_release(&arena);
}

/* R over the posterior of the interval is the equal mixture of R over each of its rows. */
static void estimated_interval_flows_into_r(void **state)
{
    (void)state;
    enum { ROWS = 40, LAGS = 30, N = 32 };
    static const double cases[N] = {1, 1, 0, 2, 5, 3, 3, 3, 6, 2, 5, 9, 13, 12, 13, 11, 12, 6, 6, 6, 3, 1, 0, 2, 0, 0, 0, 0, 0, 0, 2, 0};
    struct vg_interval_pair pairs[16];
    struct vg_interval_parameters parameters;
    struct vg_interval_estimate out;
    struct vg_error error = {0};
    struct vg_arena arena;
    struct vg_rt_parameters rt;
    struct vg_rt_estimate mixed[N], one[N];
    struct vg_rt_case_estimate by_case[N];
    enum vg_series_status status;
    double weights[ROWS * LAGS], dropped;
    size_t n_mixed, n_one, n_case;
    vg_arena_init(&arena, 0);
    vg_monitor_interval_defaults(&parameters);
    estimate(pairs, school_pairs(pairs), &parameters, &arena, &out);
    vg_assert_ok(vg_monitor_interval_weights(&out, ROWS, LAGS, weights, &dropped, &error), error);
    vg_monitor_rt_defaults(&rt);
    rt.serial_interval = weights;
    rt.serial_interval_n = LAGS;
    rt.serial_interval_rows = ROWS;
    vg_assert_ok(vg_monitor_rt(cases, NULL, N, &rt, &arena, mixed, &n_mixed, &status, &error), error);
    assert_int_equal(status, VG_SERIES_OK);
    double mean = 0, square = 0;
    for (size_t row = 0; row < ROWS; row++) {
        rt.serial_interval = weights + row * LAGS;
        rt.serial_interval_rows = 0;
        vg_assert_ok(vg_monitor_rt(cases, NULL, N, &rt, &arena, one, &n_one, &status, &error), error);
        mean += one[4].mean / ROWS;
        square += (one[4].sd * one[4].sd + one[4].mean * one[4].mean) / ROWS;
    }
    size_t at = 0;
    while (mixed[at].last != one[4].last) {
        at++;
    }
    vg_assert_near(mixed[at].mean, mean, 1e-9);
    vg_assert_near(mixed[at].sd, sqrt(square - mean * mean), 1e-9);
    assert_true(mixed[at].sd > one[4].sd * 1.005);
    rt.serial_interval = weights;
    rt.serial_interval_rows = ROWS;
    vg_assert_ok(vg_monitor_rt_case(cases, N, &rt, &arena, by_case, &n_case, &status, &error), error);
    assert_true(n_case > 10 && by_case[0].mean > 1 && by_case[0].mean < 3);
    vg_arena_release(&arena);
}

/*
 * EpiEstim 2.2-4: estimate_R(Flu2009$incidence$I, method = "si_from_data", si_data = Flu2009$si_data), gamma, 500 draws of the interval by MCMC and 50 of R each. It
 * shifts and discretises the interval in its own way, so agreement is to a few hundredths.
 */
static void r_from_pairs_is_near_epiestims(void **state)
{
    (void)state;
    enum { ROWS = 200, LAGS = 60, N = 32 };
    static const double cases[N] = {1, 1, 0, 2, 5, 3, 3, 3, 6, 2, 5, 9, 13, 12, 13, 11, 12, 6, 6, 6, 3, 1, 0, 2, 0, 0, 0, 0, 0, 0, 2, 0};
    static const struct vg_rt_window windows[] = {{1, 7}, {8, 14}, {15, 21}};
    static const double expected[3][4] = {{2.90811, 0.894741, 1.523240, 4.996448}, {2.08933, 0.312150, 1.533609, 2.747575}, {0.66375, 0.100928, 0.481865, 0.875487}};
    static double weights[ROWS * LAGS];
    struct vg_interval_pair pairs[16];
    struct vg_interval_parameters parameters;
    struct vg_interval_estimate out;
    struct vg_error error = {0};
    struct vg_arena arena;
    struct vg_rt_parameters rt;
    struct vg_rt_estimate estimates[3];
    enum vg_series_status status;
    size_t n;
    double dropped;
    vg_arena_init(&arena, 0);
    vg_monitor_interval_defaults(&parameters);
    parameters.families[VG_INTERVAL_GAMMA] = true;
    estimate(pairs, school_pairs(pairs), &parameters, &arena, &out);
    vg_assert_ok(vg_monitor_interval_weights(&out, ROWS, LAGS, weights, &dropped, &error), error);
    vg_monitor_rt_defaults(&rt);
    rt.serial_interval = weights;
    rt.serial_interval_n = LAGS;
    rt.serial_interval_rows = ROWS;
    rt.windows = windows;
    rt.n_windows = 3;
    vg_assert_ok(vg_monitor_rt(cases, NULL, N, &rt, &arena, estimates, &n, &status, &error), error);
    assert_int_equal(n, 3);
    for (size_t i = 0; i < 3; i++) {
        vg_assert_near(estimates[i].mean, expected[i][0], 0.03 * expected[i][0]);
        vg_assert_near(estimates[i].sd, expected[i][1], 0.06 * expected[i][1]);
        vg_assert_near(estimates[i].quantiles[0], expected[i][2], 0.05 * expected[i][2]);
        vg_assert_near(estimates[i].quantiles[VG_QUANTILE_COUNT - 1], expected[i][3], 0.05 * expected[i][3]);
    }
    vg_arena_release(&arena);
}

static void negative_intervals_have_their_families(void **state)
{
    (void)state;
    enum { PAIRS = 200 };
    struct vg_interval_pair pairs[PAIRS];
    struct vg_random random = vg_random_stream(5, 0, 0, 0);
    struct vg_interval_parameters parameters;
    struct vg_interval_estimate out;
    struct vg_error error = {0};
    struct vg_arena arena;
    double weights[80], dropped;
    vg_arena_init(&arena, 0);
    for (size_t i = 0; i < PAIRS; i++) {
        double first = 20 * vg_random_uniform(&random), second = first + 4 + 3 * vg_random_normal(&random);
        pairs[i] = (struct vg_interval_pair){floor(first), floor(first) + 1, floor(second), floor(second) + 1};
    }
    vg_monitor_interval_defaults(&parameters);
    estimate(pairs, PAIRS, &parameters, &arena, &out);
    assert_int_equal(out.n_fits, 4);
    const struct vg_interval_fit *normal = &out.fits[3];
    assert_int_equal(normal->family, VG_INTERVAL_NORMAL);
    vg_assert_near(normal->mean, 4, 0.6);
    vg_assert_near(normal->sd, 3, 0.5);
    assert_true(out.fits[0].shift_days > 0 && normal->shift_days == 0);
    vg_assert_near(out.fits[0].mean, normal->mean, 0.1); /* the shifted families tell the same mean */
    vg_assert_ok(vg_monitor_interval_weights(&out, 1, 80, weights, &dropped, &error), error);
    assert_true(dropped > 0.05 && dropped < 0.25);
    /* Without a shift no positive family can have them. */
    parameters.families[VG_INTERVAL_GAMMA] = true;
    parameters.shift_days = 0;
    vg_assert_ok(vg_monitor_interval(pairs, PAIRS, &parameters, &arena, &out, &error), error);
    assert_int_equal(out.status, VG_SERIES_BAD_INPUT);
    assert_non_null(strstr(error.message, "normal"));
    vg_arena_release(&arena);
}

static void bad_pairs_say_why(void **state)
{
    (void)state;
    struct vg_interval_pair pairs[16];
    struct vg_interval_parameters parameters;
    struct vg_interval_estimate out;
    struct vg_error error = {0};
    struct vg_arena arena;
    vg_arena_init(&arena, 0);
    vg_monitor_interval_defaults(&parameters);
    size_t n = school_pairs(pairs);
    vg_assert_ok(vg_monitor_interval(pairs, 4, &parameters, &arena, &out, &error), error);
    assert_int_equal(out.status, VG_SERIES_TOO_FEW);
    pairs[2].infectee_high = 1;
    vg_assert_ok(vg_monitor_interval(pairs, n, &parameters, &arena, &out, &error), error);
    assert_int_equal(out.status, VG_SERIES_BAD_INPUT);
    assert_non_null(strstr(error.message, "pair 3"));
    pairs[2].infectee_high = NAN;
    vg_assert_ok(vg_monitor_interval(pairs, n, &parameters, &arena, &out, &error), error);
    assert_int_equal(out.status, VG_SERIES_BAD_INPUT);
    (void)school_pairs(pairs);
    parameters.observed_until = 5;
    vg_assert_ok(vg_monitor_interval(pairs, n, &parameters, &arena, &out, &error), error);
    assert_int_equal(out.status, VG_SERIES_BAD_INPUT);
    parameters.observed_until = INFINITY;
    parameters.shift_days = INFINITY;
    assert_int_equal(vg_monitor_interval(pairs, n, &parameters, &arena, &out, &error), VG_USAGE_ERROR);
    /* Pairs that are all alike have a mean, and the least spread that is told. */
    parameters.shift_days = NAN;
    for (size_t i = 0; i < n; i++) {
        pairs[i] = (struct vg_interval_pair){0, 1, 4, 5};
    }
    estimate(pairs, n, &parameters, &arena, &out);
    vg_assert_near(out.fits[0].mean, 4, 0.3);
    assert_true(isfinite(out.fits[0].mean_quantiles[0]) && out.fits[0].mean_quantiles[0] < 4 && out.fits[0].mean_quantiles[8] > 4);
    vg_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(most_likely_members_are_those_of_coarse_data_tools),
        cmocka_unit_test(posterior_is_that_of_a_plain_sum),
        cmocka_unit_test(intervals_hold_the_truth_as_often_as_they_say),
        cmocka_unit_test(pairs_not_seen_yet_are_allowed_for),
        cmocka_unit_test(without_a_family_shares_are_those_of_the_pairs),
        cmocka_unit_test(weights_are_a_distribution_over_days),
        cmocka_unit_test(estimated_interval_flows_into_r),
        cmocka_unit_test(r_from_pairs_is_near_epiestims),
        cmocka_unit_test(negative_intervals_have_their_families),
        cmocka_unit_test(bad_pairs_say_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
