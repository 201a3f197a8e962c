/*
 * Special functions against R, inverses against their functions, and corners.
 */
#include "vg_test.h"

enum function {
    GAMMA_P,
    GAMMA_Q,
    GAMMA_QUANTILE,
    NORMAL_QUANTILE,
    NORMAL_CDF,
    T_QUANTILE,
    BETA_I,
    BETA_QUANTILE,
    NB_CDF,
    NB_LOG,
    NB_QUANTILE,
    POISSON_QUANTILE,
    WEIBULL,
    LOGNORMAL
};

static const struct reference {
    enum function function;
    double a, b, c, value;
} references[] = {
#include "special_reference.inc"
};

static double value_of(const struct reference *r)
{
    switch (r->function) {
    case GAMMA_P:
        return vg_gamma_p(r->a, r->b);
    case GAMMA_Q:
        return vg_gamma_q(r->a, r->b);
    case GAMMA_QUANTILE:
        return vg_gamma_quantile(r->a, r->b, r->c);
    case NORMAL_QUANTILE:
        return vg_normal_quantile(r->a);
    case NORMAL_CDF:
        return vg_normal_cdf(r->a);
    case T_QUANTILE:
        return vg_student_t_quantile(r->a, r->b);
    case BETA_I:
        return vg_beta_i(r->a, r->b, r->c);
    case BETA_QUANTILE:
        return vg_beta_quantile(r->a, r->b, r->c);
    case NB_CDF:
        return vg_negative_binomial_cdf((int64_t)r->a, r->b, r->c);
    case NB_LOG:
        return vg_negative_binomial_log_pmf((int64_t)r->a, r->b, r->c);
    case NB_QUANTILE:
        return (double)vg_negative_binomial_quantile(r->a, r->b, r->c);
    case POISSON_QUANTILE:
        return (double)vg_poisson_quantile(r->a, r->b);
    case WEIBULL:
        return vg_weibull_cdf(r->a, r->b, r->c);
    case LOGNORMAL:
        return vg_lognormal_cdf(r->a, r->b, r->c);
    }
    return NAN;
}

static void values_agree_with_r(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof references / sizeof *references; i++) {
        const struct reference *r = &references[i];
        double value = value_of(r);
        if (fabs(r->value) < 1e-290) {
            assert_true(value < 1e-280); /* below what a double can hold with all its digits */
            continue;
        }
        /* 1e-12; quantiles in a far tail inherit the conditioning of R's own answer. */
        double tolerance =
            r->function == GAMMA_QUANTILE || r->function == BETA_QUANTILE || r->function == T_QUANTILE ? 1e-11 : 1e-12;
        double distance = fabs(value - r->value) / fabs(r->value);
        if (!(distance <= tolerance)) {
            fail_msg("function %d of (%.17g, %.17g, %.17g) is %.17g, R says %.17g (relative %g)", (int)r->function, r->a, r->b,
                     r->c, value, r->value, distance);
        }
    }
}

static void inverses_undo_their_functions(void **state)
{
    (void)state;
    struct vg_random random = vg_random_stream(20210205, 0, 0, 1);
    for (int i = 0; i < 3000; i++) {
        double p = vg_random_uniform(&random);
        double shape = exp(8 * vg_random_uniform(&random) - 2);
        double scale = exp(4 * vg_random_uniform(&random) - 2);
        vg_assert_near(vg_gamma_cdf(vg_gamma_quantile(p, shape, scale), shape, scale), p, 1e-12);
        vg_assert_near(vg_beta_i(shape, 1 + scale, vg_beta_quantile(p, shape, 1 + scale)), p,
                       1e-10); /* below 1 the quantile crowds towards 1 */
        vg_assert_near(vg_normal_cdf(vg_normal_quantile(p)), p, 1e-14);
        int64_t k = vg_negative_binomial_quantile(p, shape * 10, scale);
        assert_true(vg_negative_binomial_cdf(k, shape * 10, scale) >= p * (1 - 1e-12));
        assert_true(k == 0 || vg_negative_binomial_cdf(k - 1, shape * 10, scale) < p);
    }
}

static void corners_are_what_they_should_be(void **state)
{
    (void)state;
    assert_true(vg_gamma_p(1, 0) == 0);
    assert_true(vg_gamma_q(1, INFINITY) == 0);
    assert_true(isnan(vg_gamma_p(-1, 1)));
    assert_true(isnan(vg_gamma_p(1, NAN)));
    assert_true(vg_gamma_quantile(0, 2, 2) == 0);
    assert_true(isinf(vg_gamma_quantile(1, 2, 2)));
    assert_true(vg_beta_i(2, 3, 1) == 1);
    assert_true(isnan(vg_beta_i(2, 3, 1.1)));
    assert_true(vg_normal_quantile(0.5) == 0);
    assert_true(vg_normal_quantile(0) == -INFINITY);
    assert_true(vg_poisson_cdf(-1, 3) == 0);
    assert_true(vg_poisson_quantile(0.5, 0) == 0);
    /* A law that is nearly always 0, of a variance far over its mean: no count is less likely to be reached than 0 itself. */
    for (int power = 1; power < 30; power++) {
        double mean = pow(10, -power / 2.0), size = mean * mean / (0.3 + mean), none = exp(-size * log1p(mean / size));
        assert_true(vg_negative_binomial_quantile(none * 0.999, mean, size) == 0);
        for (double k = 1; k < 1e10; k *= 10) {
            double below = vg_negative_binomial_cdf((int64_t)k, mean, size);
            assert_true(below >= none * (1 - 1e-9) && below <= 1);
        }
    }
    assert_true(vg_negative_binomial_quantile(NAN, 1, 1) == INT64_MIN);
    assert_true(vg_negative_binomial_cdf(5, 3, INFINITY) == vg_poisson_cdf(5, 3));
    const double sorted[] = {1, 2, 4, 8};
    assert_true(vg_quantile_sorted(sorted, 4, 0.5) == 3);
    assert_true(vg_quantile_sorted(sorted, 4, 1) == 8);
    assert_true(vg_quantile_sorted(sorted, 4, 0) == 1);
    vg_assert_near(vg_quantile_sorted(sorted, 4, 0.1), 1.3, 1e-15);
    assert_true(isnan(vg_quantile_sorted(sorted, 0, 0.5)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_agree_with_r),
        cmocka_unit_test(inverses_undo_their_functions),
        cmocka_unit_test(corners_are_what_they_should_be),
    };
    return cmocka_run_group_tests_name("core/special", tests, NULL, NULL);
}
