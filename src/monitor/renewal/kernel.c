/*
 * Sums of scaled rows, in blocks that stay in registers.
 */
#include "monitor/renewal/kernel.h"

#include <string.h>

#define ROWS_AT_ONCE 48 /* that stay in the first cache with the block they are added to */

RENEWAL_KERNEL void renewal_add_scaled(double *restrict to, const double *restrict from, double factor, size_t n)
{
    add_scaled(to, from, factor, n);
}

RENEWAL_KERNEL double renewal_product(const double *restrict a, const double *restrict b, size_t n)
{
    return inner_product(a, b, n);
}

/* -------------------------------------------------------- elementary functions */

RENEWAL_KERNEL void renewal_exp(double *values, size_t n)
{
    double rest[4] = {0};
    size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        exp_of_four(values + i);
    }
    memcpy(rest, values + i, (n - i) * sizeof *rest);
    exp_of_four(rest);
    memcpy(values + i, rest, (n - i) * sizeof *rest);
}

RENEWAL_KERNEL void renewal_log(double *values, size_t n)
{
    double rest[4] = {1, 1, 1, 1};
    size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        log_of_four(values + i);
    }
    memcpy(rest, values + i, (n - i) * sizeof *rest);
    log_of_four(rest);
    memcpy(values + i, rest, (n - i) * sizeof *rest);
}

/* --------------------------------------------------------------------- dense */

#define VECTOR renewal_four
#define WIDTH 4
#define NAMED(name) name##_in_fours
#include "monitor/renewal/kernel_rows.inc"
#undef VECTOR
#undef WIDTH
#undef NAMED

#ifdef RENEWAL_WIDE
#define VECTOR renewal_eight
#define WIDTH 8
#define NAMED(name) name##_in_eights
#include "monitor/renewal/kernel_rows.inc"
#undef VECTOR
#undef WIDTH
#undef NAMED
#endif

RENEWAL_INLINE void subtract_squares(double *restrict matrix, size_t n, size_t first, const double *restrict rows, const double *restrict weight,
                                     size_t n_rows, bool eights)
{
    for (size_t begin = 0; begin < n_rows; begin += ROWS_AT_ONCE) {
        size_t here = n_rows - begin < ROWS_AT_ONCE ? n_rows - begin : ROWS_AT_ONCE;
        const double *from = rows + begin * n, *weights = weight != NULL ? weight + begin : NULL;
        for (size_t at = first; at < n; at += 4) {
            size_t column = at;
#ifdef RENEWAL_WIDE
            for (; eights && column + 16 <= n; column += 16) {
                subtract_block_in_eights(matrix, n, at, column, true, from, weights, here);
            }
            for (; eights && column + 8 <= n; column += 8) {
                subtract_block_in_eights(matrix, n, at, column, false, from, weights, here);
            }
#endif
            for (; column + 8 <= n; column += 8) {
                subtract_block_in_fours(matrix, n, at, column, true, from, weights, here);
            }
            if (column < n) {
                subtract_block_in_fours(matrix, n, at, column, false, from, weights, here);
            }
        }
    }
}

#ifdef RENEWAL_WIDE
RENEWAL_WIDE static void subtract_squares_wide(double *restrict matrix, size_t n, size_t first, const double *restrict rows,
                                               const double *restrict weight, size_t n_rows)
{
    if (weight == NULL) {
        subtract_squares(matrix, n, first, rows, NULL, n_rows, true);
    } else {
        subtract_squares(matrix, n, first, rows, weight, n_rows, true);
    }
}
#endif

RENEWAL_KERNEL static void subtract_squares_narrow(double *restrict matrix, size_t n, size_t first, const double *restrict rows,
                                                   const double *restrict weight, size_t n_rows)
{
    if (weight == NULL) {
        subtract_squares(matrix, n, first, rows, NULL, n_rows, false);
    } else {
        subtract_squares(matrix, n, first, rows, weight, n_rows, false);
    }
}

void renewal_subtract_squares(double *restrict matrix, size_t n, size_t first, const double *restrict rows, const double *restrict weight,
                              size_t n_rows)
{
    by_width(subtract_squares, matrix, n, first, rows, weight, n_rows);
}

#ifdef RENEWAL_WIDE
RENEWAL_WIDE static void subtract_rows_wide(double *restrict to, const double *restrict factors, ptrdiff_t factor_step, const double *restrict rows,
                                            ptrdiff_t stride, size_t n_rows, size_t n)
{
    size_t i = subtract_vectors_in_eights(to, factors, factor_step, rows, stride, n_rows, n);
    if (i + 4 <= n) {
        subtract_columns_in_fours(to + i, factors, factor_step, rows + i, stride, n_rows, 1);
    }
}
#endif

RENEWAL_KERNEL static void subtract_rows_narrow(double *restrict to, const double *restrict factors, ptrdiff_t factor_step,
                                                const double *restrict rows, ptrdiff_t stride, size_t n_rows, size_t n)
{
    (void)subtract_vectors_in_fours(to, factors, factor_step, rows, stride, n_rows, n);
}

void renewal_subtract_rows(double *restrict to, const double *restrict factors, ptrdiff_t factor_step, const double *restrict rows, ptrdiff_t stride,
                           size_t n_rows, size_t n)
{
    by_width(subtract_rows, to, factors, factor_step, rows, stride, n_rows, n);
    for (size_t i = n / 4 * 4; i < n; i++) {
        double sum = 0;
        for (size_t j = 0; j < n_rows; j++) {
            sum += factors[(ptrdiff_t)j * factor_step] * rows[(ptrdiff_t)j * stride + (ptrdiff_t)i];
        }
        to[i] -= sum;
    }
}

RENEWAL_KERNEL void renewal_invert_triangle(const double *restrict factor, size_t n, double *restrict inverse)
{
    memset(inverse, 0, n * n * sizeof *inverse);
    for (size_t i = 0; i < n; i++) {
        inverse[i * n + i] = 1;
    }
    /* Row by row from the last: R^-1's row i is (e_i - sum_k>i R_ik row k) / R_ii. */
    for (size_t i = n; i-- > 0;) {
        double *row = inverse + i * n, pivot = 1 / factor[i * n + i];
        const double *factors = factor + i * n;
        for (size_t k = i + 1; k < n; k++) {
            size_t from = k / 4 * 4;
            add_scaled_fours(row + from, inverse + k * n + from, -factors[k], n - from);
        }
        for (size_t j = i / 4 * 4; j < n; j += 4) {
            store_four(row + j, load_four(row + j) * pivot);
        }
    }
}

/* Columns from the last back, since each needs those before it only. */
RENEWAL_INLINE void multiply_rows(const double *restrict inverse, size_t n, double *restrict rows, size_t n_rows, bool eights)
{
    size_t row = 0;
    for (; row + 4 <= n_rows; row += 4) {
        size_t column = n;
#ifdef RENEWAL_WIDE
        for (; eights && column >= 16; column -= 16) {
            multiply_block_in_eights(inverse, n, rows + row * n, column, true);
        }
        for (; eights && column >= 8; column -= 8) {
            multiply_block_in_eights(inverse, n, rows + row * n, column, false);
        }
#endif
        for (; column >= 8; column -= 8) {
            multiply_block_in_fours(inverse, n, rows + row * n, column, true);
        }
        if (column > 0) {
            multiply_block_in_fours(inverse, n, rows + row * n, column, false);
        }
    }
    for (; row < n_rows; row++) {
        double *restrict one = rows + row * n;
        for (size_t column = n; column > 0; column -= 4) {
            renewal_four a = {0};
            for (size_t i = 0; i < column; i++) {
                a += one[i] * load_four(inverse + i * n + column - 4);
            }
            store_four(one + column - 4, a);
        }
    }
}

#ifdef RENEWAL_WIDE
RENEWAL_WIDE static void multiply_rows_wide(const double *restrict inverse, size_t n, double *restrict rows, size_t n_rows)
{
    multiply_rows(inverse, n, rows, n_rows, true);
}
#endif

RENEWAL_KERNEL static void multiply_rows_narrow(const double *restrict inverse, size_t n, double *restrict rows, size_t n_rows)
{
    multiply_rows(inverse, n, rows, n_rows, false);
}

void renewal_multiply_rows(const double *restrict inverse, size_t n, double *restrict rows, size_t n_rows)
{
    by_width(multiply_rows, inverse, n, rows, n_rows);
}

/* --------------------------------------------------------------------- bands */

RENEWAL_KERNEL void renewal_add_outer(double *restrict band, size_t stride, size_t n, const double *restrict a, double by_a, const double *restrict b,
                                      double by_b)
{
    for (size_t i = 0; i < n && b == NULL; i++) {
        double scaled = by_a * a[i];
        for (size_t j = 0; i + j < n; j += 4) {
            store_four(band + i * stride + j, load_four(band + i * stride + j) + scaled * load_four(a + i + j));
        }
    }
    for (size_t i = 0; i < n && b != NULL; i++) {
        double scaled_a = by_a * a[i], scaled_b = by_b * b[i];
        for (size_t j = 0; i + j < n; j += 4) {
            renewal_four sum = scaled_a * load_four(a + i + j) + scaled_b * load_four(b + i + j);
            store_four(band + i * stride + j, load_four(band + i * stride + j) + sum);
        }
    }
}

RENEWAL_KERNEL double renewal_band_form(const double *restrict rows, size_t row_stride, const double *restrict v, size_t n)
{
    renewal_four sums = {0};
    double diagonal = 0;
    for (size_t i = 0; i < n; i++) {
        const double *row = rows + i * row_stride;
        renewal_four inner = load_four(row) * load_four(v + i);
        for (size_t j = 4; i + j < n; j += 4) {
            inner += load_four(row + j) * load_four(v + i + j);
        }
        sums += v[i] * inner;
        diagonal += v[i] * v[i] * row[0];
    }
    return 2 * sum_four(&sums) - diagonal;
}
