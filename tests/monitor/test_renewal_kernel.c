/*
 * The renewal engine's fast loops beside slow and obvious ones: elementary functions, dense and banded sums of every size, draws of counts.
 */
#include "vg_test.h"

#include "monitor/renewal/kernel.h"
#include "monitor/renewal/predict.h"

#define MOST 48

static void fill(struct vg_random *random, double *values, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        values[i] = vg_random_normal(random);
    }
}

static void elementary_functions_are_those_of_the_library(void **state)
{
    (void)state;
    struct vg_random random = vg_random_stream(1, 0, 0, 0);
    for (size_t i = 0; i < 20000; i++) {
        static const double ranges[] = {0.4, 20, 1390};
        double x[7], y[7], z[7];
        for (size_t j = 0; j < 7; j++) {
            x[j] = (vg_random_uniform(&random) - 0.5) * ranges[i % 3];
            y[j] = x[j];
            z[j] = exp(x[j]);
        }
        renewal_exp(y, i % 8);
        renewal_log(z, i % 8);
        for (size_t j = 0; j < i % 8; j++) {
            vg_assert_near(y[j], exp(x[j]), 4e-16 * exp(x[j]));
            vg_assert_near(z[j], log(exp(x[j])), 4e-16 * fmax(1, fabs(x[j])));
        }
        for (size_t j = i % 8; j < 7; j++) {
            assert_true(y[j] == x[j]);
        }
    }
    double ends[] = {-1e4, 1e4, NAN, 0, -INFINITY, INFINITY};
    renewal_exp(ends, 6);
    vg_assert_near(ends[0] / exp(-700), 1, 1e-13);
    vg_assert_near(ends[1] / exp(700), 1, 1e-13);
    assert_true(isnan(ends[2]) && ends[3] == 1 && ends[4] == ends[0] && ends[5] == ends[1]);
}

static void squares_and_rows_add_up(void **state)
{
    (void)state;
    static double matrix[MOST * MOST], kept[MOST * MOST], rows[130 * MOST], weight[130], to[MOST + 3], before[MOST + 3];
    struct vg_random random = vg_random_stream(2, 0, 0, 0);
    for (size_t n = 4; n <= MOST; n += 4) {
        for (size_t n_rows = 0; n_rows < 130; n_rows = 2 * n_rows + 1) {
            size_t first = n_rows % 2 == 0 || n < 12 ? 0 : 8;
            bool weighted = n_rows % 3 == 0;
            fill(&random, matrix, n * n);
            fill(&random, rows, n_rows * n);
            fill(&random, weight, n_rows);
            memcpy(kept, matrix, sizeof kept);
            renewal_subtract_squares(matrix, n, first, rows, weighted ? weight : NULL, n_rows);
            for (size_t i = first; i < n; i++) {
                for (size_t j = i; j < n; j++) {
                    double sum = kept[i * n + j];
                    for (size_t r = 0; r < n_rows; r++) {
                        sum -= (weighted ? weight[r] : 1) * rows[r * n + i] * rows[r * n + j];
                    }
                    vg_assert_near(matrix[i * n + j], sum, 1e-12 * (1 + (double)n_rows));
                }
            }
            /* Any width, rows in either direction. */
            for (size_t width = n - 3; width <= n; width++) {
                fill(&random, to, n);
                memcpy(before, to, sizeof to);
                size_t used = n_rows < 40 ? n_rows : 40;
                renewal_subtract_rows(to, weight, 1, rows + (used > 0 ? used - 1 : 0) * n, -(ptrdiff_t)n, used, width);
                for (size_t i = 0; i < n; i++) {
                    double sum = before[i];
                    for (size_t r = 0; r < used && i < width; r++) {
                        sum -= weight[r] * rows[(used - 1 - r) * n + i];
                    }
                    vg_assert_near(to[i], sum, 1e-12 * (1 + (double)used));
                }
            }
        }
    }
}

static void rows_are_multiplied_by_the_inverse_of_a_triangle(void **state)
{
    (void)state;
    static double factor[MOST * MOST], inverse[MOST * MOST], rows[7 * MOST], kept[7 * MOST];
    struct vg_random random = vg_random_stream(3, 0, 0, 0);
    for (size_t n = 4; n <= MOST; n += 4) {
        fill(&random, factor, n * n);
        for (size_t i = 0; i < n; i++) {
            factor[i * n + i] = 3 + fabs(factor[i * n + i]);
        }
        renewal_invert_triangle(factor, n, inverse);
        for (size_t n_rows = 0; n_rows <= 7; n_rows++) {
            fill(&random, rows, n_rows * n);
            memcpy(kept, rows, sizeof rows);
            renewal_multiply_rows(inverse, n, rows, n_rows);
            /* row R^-1 R is the row: only the upper triangle of the factor counts. */
            for (size_t r = 0; r < n_rows; r++) {
                for (size_t j = 0; j < n; j++) {
                    double sum = 0;
                    for (size_t i = 0; i <= j; i++) {
                        sum += rows[r * n + i] * factor[i * n + j];
                    }
                    vg_assert_near(sum, kept[r * n + j], 1e-10);
                }
            }
        }
    }
}

static void bands_take_outer_products_and_give_forms(void **state)
{
    (void)state;
    struct vg_random random = vg_random_stream(4, 0, 0, 0);
    for (size_t n = 1; n <= 23; n++) {
        double band[24 * 24] = {0}, a[28] = {0}, b[28] = {0}, whole[24][24] = {{0}};
        size_t stride = RENEWAL_FOURS(n);
        fill(&random, a, n);
        fill(&random, b, n);
        renewal_add_outer(band, stride, n, a, 0.7, b, -0.2);
        renewal_add_outer(band, stride, n, b, 1.3, NULL, 0);
        double form = 0;
        for (size_t i = 0; i < n; i++) {
            for (size_t j = 0; j < n; j++) {
                whole[i][j] = 0.7 * a[i] * a[j] + 1.1 * b[i] * b[j];
                form += a[i] * a[j] * whole[i][j];
                if (j >= i) {
                    vg_assert_near(band[i * stride + j - i], whole[i][j], 1e-13);
                }
            }
        }
        vg_assert_near(renewal_band_form(band, stride, a, n), form, 1e-11 * (1 + fabs(form)));
    }
}

/* Frequencies of small counts and moments of large ones, in all lanes, beside the law. */
static void counts_follow_their_law(void **state)
{
    (void)state;
    enum { ROUNDS = 6000 };
    static struct renewal_normals normals;
    static const double means[RENEWAL_LANES] = {0.05, 0.4, 3, 12, 29, 31, 400, 30000};
    double excess[RENEWAL_LANES] = {0.01, 0.3, 2, 0.3, 1, 0.5, 0.2, 3}, chances[RENEWAL_LANES], out[RENEWAL_LANES];
    double first[RENEWAL_LANES] = {0}, second[RENEWAL_LANES] = {0}, zeros[RENEWAL_LANES] = {0}, upper[RENEWAL_LANES] = {0};
    struct vg_random random = vg_random_stream(5, 0, 0, 0);
    renewal_normals_fill(&normals, 9);
    for (size_t round = 0; round < ROUNDS; round++) {
        renewal_draw_counts(&normals, &random, means, excess, 1, chances, out);
        for (size_t l = 0; l < RENEWAL_LANES; l++) {
            assert_true(out[l] >= 0 && out[l] == floor(out[l]));
            first[l] += out[l] / ROUNDS;
            second[l] += out[l] * out[l] / ROUNDS;
            zeros[l] += out[l] == 0 ? 1.0 / ROUNDS : 0;
            upper[l] += out[l] > means[l] + 1.5 * sqrt(means[l] * (1 + excess[l])) ? 1.0 / ROUNDS : 0;
        }
    }
    for (size_t l = 0; l < RENEWAL_LANES; l++) {
        double variance = means[l] * (1 + excess[l]), size = means[l] / excess[l], none = exp(vg_negative_binomial_log_pmf(0, means[l], size)), above = 1;
        for (double y = 0; y <= means[l] + 1.5 * sqrt(variance); y++) {
            above -= exp(vg_negative_binomial_log_pmf((int64_t)y, means[l], size));
        }
        vg_assert_near(first[l], means[l], 4 * sqrt(variance / ROUNDS));
        vg_assert_near(second[l] - first[l] * first[l], variance, 0.12 * variance);
        vg_assert_near(zeros[l], none, 4 * sqrt(none * (1 - none) / ROUNDS) + 1e-9);
        vg_assert_near(upper[l], above, 4 * sqrt(above * (1 - above) / ROUNDS) + 0.003);
    }
    const double nonsense[RENEWAL_LANES] = {NAN, 0, -1, 1e-300, 0, 0, 0, 0};
    renewal_draw_counts(&normals, &random, nonsense, excess, 1, chances, out);
    for (size_t l = 0; l < RENEWAL_LANES; l++) {
        assert_true(out[l] == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elementary_functions_are_those_of_the_library),
        cmocka_unit_test(squares_and_rows_add_up),
        cmocka_unit_test(rows_are_multiplied_by_the_inverse_of_a_triangle),
        cmocka_unit_test(bands_take_outer_products_and_give_forms),
        cmocka_unit_test(counts_follow_their_law),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
