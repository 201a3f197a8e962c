/*
 * Random draws: the generator's known answers, the distributions' moments and frequencies, and threads that change nothing.
 */
#include "vg_test.h"

/* Known answers of Random123 1.14 (kat_vectors, philox4x32-10). */
static void philox_gives_its_known_answers(void **state)
{
    (void)state;
    uint32_t out[4];
    vg_philox((const uint32_t[4]){0, 0, 0, 0}, (const uint32_t[2]){0, 0}, out);
    assert_memory_equal(out, ((const uint32_t[4]){0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}), sizeof out);
    vg_philox((const uint32_t[4]){~0U, ~0U, ~0U, ~0U}, (const uint32_t[2]){~0U, ~0U}, out);
    assert_memory_equal(out, ((const uint32_t[4]){0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}), sizeof out);
    vg_philox((const uint32_t[4]){0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, (const uint32_t[2]){0xa4093822, 0x299f31d0},
              out);
    assert_memory_equal(out, ((const uint32_t[4]){0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}), sizeof out);
}

static void streams_do_not_depend_on_each_other(void **state)
{
    (void)state;
    struct vg_random a = vg_random_stream(1, 2, 3, 4);
    struct vg_random b = vg_random_stream(1, 2, 3, 5);
    struct vg_random again = vg_random_stream(1, 2, 3, 4);
    (void)vg_random_u64(&b);
    uint64_t first = vg_random_u64(&a);
    assert_true(first == vg_random_u64(&again));
    struct vg_random other = vg_random_stream(1, 2, 3, 5);
    assert_true(first != vg_random_u64(&other));
}

#define DRAWS 200000

/* Mean and variance of many draws lie within five standard errors of what they should be. */
static void assert_moments(const char *what, const double *draws, double mean, double variance, double kurtosis)
{
    double sum = 0;
    double squares = 0;
    for (int i = 0; i < DRAWS; i++) {
        sum += draws[i];
        squares += (draws[i] - mean) * (draws[i] - mean);
    }
    double mean_error = sqrt(variance / DRAWS);
    double variance_error = variance * sqrt((kurtosis - 1) / DRAWS);
    if (fabs(sum / DRAWS - mean) > 5 * mean_error || fabs(squares / DRAWS - variance) > 5 * variance_error) {
        fail_msg("%s: mean %g and variance %g, expected %g and %g", what, sum / DRAWS, squares / DRAWS, mean, variance);
    }
}

static void continuous_draws_have_their_moments(void **state)
{
    (void)state;
    double *draws = malloc(DRAWS * sizeof *draws);
    assert_non_null(draws);
    struct vg_random random = vg_random_stream(7, 0, 0, 0);
    for (int i = 0; i < DRAWS; i++) {
        draws[i] = vg_random_uniform(&random);
    }
    assert_moments("uniform", draws, 0.5, 1.0 / 12, 1.8);
    for (int i = 0; i < DRAWS; i++) {
        draws[i] = vg_random_normal(&random);
    }
    assert_moments("normal", draws, 0, 1, 3);
    static const double shapes[] = {0.1, 0.9, 1, 4.5, 300};
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        for (int i = 0; i < DRAWS; i++) {
            draws[i] = vg_random_gamma(&random, shapes[s], 2);
        }
        assert_moments("gamma", draws, 2 * shapes[s], 4 * shapes[s], 3 + 6 / shapes[s]);
    }
    for (int i = 0; i < DRAWS; i++) {
        draws[i] = vg_random_beta(&random, 2, 5);
    }
    assert_moments("beta", draws, 2.0 / 7, 10.0 / (49 * 8), 3);
    free(draws);
}

/* Pearson's chi-square of integer draws against the distribution function, cells of about equal probability. */
static void assert_frequencies(const char *what, const int64_t *draws, double (*cdf)(int64_t k, double a, double b), double a,
                               double b)
{
    double statistic = 0;
    int cells = 0;
    double below = 0;
    int64_t k = 0;
    while (below < 1 - 1e-3 && k < 10000000) {
        int64_t first = k;
        while (cdf(k, a, b) - below < 0.02 && k < 10000000 && cdf(k, a, b) < 1 - 1e-6) {
            k++;
        }
        double expected = (cdf(k, a, b) - below) * DRAWS;
        double seen = 0;
        for (int i = 0; i < DRAWS; i++) {
            seen += draws[i] >= first && draws[i] <= k;
        }
        if (expected > 20) {
            statistic += (seen - expected) * (seen - expected) / expected;
            cells++;
        }
        below = cdf(k, a, b);
        k++;
    }
    assert_true(cells > 1);
    double p = vg_gamma_q(0.5 * cells, 0.5 * statistic);
    if (!(p > 1e-6)) {
        fail_msg("%s(%g, %g): chi-square %g on %d cells, p = %g", what, a, b, statistic, cells, p);
    }
}

static double poisson_cdf(int64_t k, double mean, double unused)
{
    (void)unused;
    return vg_poisson_cdf(k, mean);
}

static double binomial_cdf(int64_t k, double trials, double p)
{
    return (double)k >= trials ? 1 : 1 - vg_beta_i((double)k + 1, trials - (double)k, p);
}

static void discrete_draws_have_their_frequencies(void **state)
{
    (void)state;
    int64_t *draws = malloc(DRAWS * sizeof *draws);
    assert_non_null(draws);
    struct vg_random random = vg_random_stream(11, 0, 0, 0);
    static const double means[] = {0.5, 3, 9.9, 10.1, 45, 2000};
    for (size_t m = 0; m < sizeof means / sizeof *means; m++) {
        for (int i = 0; i < DRAWS; i++) {
            draws[i] = vg_random_poisson(&random, means[m]);
        }
        assert_frequencies("poisson", draws, poisson_cdf, means[m], 0);
        for (int i = 0; i < DRAWS; i++) {
            draws[i] = vg_random_negative_binomial(&random, means[m], 1.5);
        }
        assert_frequencies("negative binomial", draws, vg_negative_binomial_cdf, means[m], 1.5);
    }
    static const struct {
        int64_t trials;
        double p;
    } binomials[] = {{5, 0.3}, {40, 0.1}, {40, 0.6}, {1000, 0.02}, {1000, 0.97}, {100000, 0.4}};
    for (size_t c = 0; c < sizeof binomials / sizeof *binomials; c++) {
        for (int i = 0; i < DRAWS; i++) {
            draws[i] = vg_random_binomial(&random, binomials[c].trials, binomials[c].p);
        }
        assert_frequencies("binomial", draws, binomial_cdf, (double)binomials[c].trials, binomials[c].p);
    }
    int seen[7] = {0};
    for (int i = 0; i < 70000; i++) {
        seen[vg_random_below(&random, 7)]++;
    }
    for (int i = 0; i < 7; i++) {
        assert_in_range(seen[i], 9500, 10500);
    }
    free(draws);
}

/* Chi-square of standardised draws against the normal law, 20 cells: what very large counts tend to. */
static void assert_normal_shape(const char *what, const double *z)
{
    int seen[20] = {0};
    double statistic = 0;
    for (int i = 0; i < DRAWS; i++) {
        int cell = (int)(20 * vg_normal_cdf(z[i]));
        seen[cell > 19 ? 19 : cell]++;
    }
    for (int i = 0; i < 20; i++) {
        statistic += (seen[i] - DRAWS / 20.0) * (seen[i] - DRAWS / 20.0) / (DRAWS / 20.0);
    }
    if (!(vg_gamma_q(9.5, 0.5 * statistic) > 1e-6)) {
        fail_msg("%s: chi-square %g on 19 degrees of freedom", what, statistic);
    }
}

static void very_large_counts_keep_their_law(void **state)
{
    (void)state;
    double *z = malloc(DRAWS * sizeof *z);
    assert_non_null(z);
    struct vg_random random = vg_random_stream(13, 0, 0, 0);
    static const double means[] = {1e9, 1e12, 1e15};
    for (size_t m = 0; m < sizeof means / sizeof *means; m++) {
        double mean = means[m];
        for (int i = 0; i < DRAWS; i++) {
            z[i] = ((double)vg_random_poisson(&random, mean) - mean) / sqrt(mean);
        }
        assert_moments("poisson", z, 0, 1, 3);
        assert_normal_shape("poisson", z);
        int64_t trials = (int64_t)(mean / 0.3);
        for (int i = 0; i < DRAWS; i++) {
            z[i] = ((double)vg_random_binomial(&random, trials, 0.3) - (double)trials * 0.3) / sqrt((double)trials * 0.21);
        }
        assert_moments("binomial", z, 0, 1, 3);
        assert_normal_shape("binomial", z);
    }
    free(z);
}

static void corners_end_and_say_so(void **state)
{
    (void)state;
    struct vg_random random = vg_random_stream(17, 0, 0, 0);
    static const double impossible[] = {NAN, INFINITY, 1e19};
    for (size_t i = 0; i < sizeof impossible / sizeof *impossible; i++) {
        assert_true(vg_random_poisson(&random, impossible[i]) == INT64_MIN);
        assert_true(vg_random_negative_binomial(&random, impossible[i], 2) == INT64_MIN);
    }
    assert_true(vg_random_binomial(&random, 10, NAN) == INT64_MIN);
    assert_true(vg_random_binomial(&random, INT64_MAX, 0.5) == INT64_MIN);
    assert_true(vg_random_poisson(&random, 0) == 0 && vg_random_poisson(&random, -1) == 0);
    assert_true(vg_random_binomial(&random, 0, 0.5) == 0 && vg_random_binomial(&random, 7, 1) == 7 &&
                vg_random_binomial(&random, 7, 0) == 0);
    assert_true(isnan(vg_random_gamma(&random, INFINITY, 1)) && isnan(vg_random_gamma(&random, 0, 1)) &&
                isnan(vg_random_gamma(&random, NAN, 1)));
    for (int i = 0; i < 1000; i++) {
        int64_t rare = vg_random_binomial(&random, INT64_C(1000000000000000), 1e-15);
        assert_in_range(rare, 0, 20);
        assert_in_range(vg_random_binomial(&random, 12, 1 - 1e-12), 11, 12);
        double beta = vg_random_beta(&random, 1e-3, 1e-3);
        assert_true(beta >= 0 && beta <= 1);
        assert_true(vg_random_poisson(&random, 1e18) > INT64_C(999999980000000000));
        assert_true(vg_random_below(&random, 1) == 0);
    }
}

struct sums {
    double *out;
    struct vg_pool *pool;
};

static void sum_stream(void *context, size_t item, unsigned worker)
{
    (void)worker;
    struct sums *sums = context;
    struct vg_random random = vg_random_stream(3, (uint32_t)item, 0, 0);
    for (int i = 0; i < 50; i++) {
        sums->out[item] += vg_random_normal(&random);
    }
}

static void nested(void *context, size_t item, unsigned worker)
{
    (void)worker;
    struct sums *sums = context;
    if (item % 100 == 0) {
        double inner[4] = {0};
        struct sums below = {inner, sums->pool};
        vg_parallel_for(sums->pool, 4, sum_stream, &below);
        sums->out[item] = inner[0] + inner[3];
    }
}

static void threads_change_nothing(void **state)
{
    (void)state;
    double expected[1000] = {0};
    struct sums serial = {expected, NULL};
    vg_parallel_for(NULL, 1000, sum_stream, &serial);
    static const unsigned counts[] = {1, 2, 7};
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
        struct vg_pool *pool = vg_pool_new(counts[c]);
        assert_int_equal(vg_pool_threads(pool), counts[c]);
        for (int round = 0; round < 50; round++) {
            double out[1000] = {0};
            struct sums sums = {out, pool};
            vg_parallel_for(pool, 1000, sum_stream, &sums);
            assert_memory_equal(out, expected, sizeof out);
        }
        double out[1000] = {0};
        struct sums sums = {out, pool};
        vg_parallel_for(pool, 1000, nested, &sums);
        assert_true(out[900] == expected[0] + expected[3]);
        vg_parallel_for(pool, 0, sum_stream, &sums);
        vg_pool_free(pool);
    }
    assert_int_equal(vg_pool_threads(NULL), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(philox_gives_its_known_answers),
        cmocka_unit_test(streams_do_not_depend_on_each_other),
        cmocka_unit_test(continuous_draws_have_their_moments),
        cmocka_unit_test(discrete_draws_have_their_frequencies),
        cmocka_unit_test(very_large_counts_keep_their_law),
        cmocka_unit_test(corners_end_and_say_so),
        cmocka_unit_test(threads_change_nothing),
    };
    return cmocka_run_group_tests_name("core/random", tests, NULL, NULL);
}
