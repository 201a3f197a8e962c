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

/* Four rows of the matrix from `at` on; eight columns from `column` on, or four. */
RENEWAL_INLINE void subtract_block(double *restrict matrix, size_t n, size_t at, size_t column, bool wide, const double *restrict rows,
                                   const double *restrict weight, size_t n_rows)
{
    renewal_four a = {0}, b = {0}, c = {0}, d = {0}, e = {0}, f = {0}, g = {0}, h = {0};
    const double *four = rows + at, *from = rows + column;
    for (size_t r = 0; r < n_rows; r++, four += n, from += n) {
        double one = four[0], two = four[1], three = four[2], last = four[3];
        if (weight != NULL) {
            one *= weight[r], two *= weight[r], three *= weight[r], last *= weight[r];
        }
        renewal_four here = load_four(from);
        a += one * here;
        b += two * here;
        c += three * here;
        d += last * here;
        if (wide) {
            here = load_four(from + 4);
            e += one * here;
            f += two * here;
            g += three * here;
            h += last * here;
        }
    }
    double *to = matrix + at * n + column;
    store_four(to, load_four(to) - a);
    store_four(to + n, load_four(to + n) - b);
    store_four(to + 2 * n, load_four(to + 2 * n) - c);
    store_four(to + 3 * n, load_four(to + 3 * n) - d);
    if (wide) {
        to += 4;
        store_four(to, load_four(to) - e);
        store_four(to + n, load_four(to + n) - f);
        store_four(to + 2 * n, load_four(to + 2 * n) - g);
        store_four(to + 3 * n, load_four(to + 3 * n) - h);
    }
}

RENEWAL_INLINE void subtract_squares(double *restrict matrix, size_t n, size_t first, const double *restrict rows, const double *restrict weight,
                                     size_t n_rows)
{
    for (size_t begin = 0; begin < n_rows; begin += ROWS_AT_ONCE) {
        size_t here = n_rows - begin < ROWS_AT_ONCE ? n_rows - begin : ROWS_AT_ONCE;
        const double *from = rows + begin * n, *weights = weight != NULL ? weight + begin : NULL;
        for (size_t at = first; at < n; at += 4) {
            size_t column = at;
            for (; column + 8 <= n; column += 8) {
                subtract_block(matrix, n, at, column, true, from, weights, here);
            }
            if (column < n) {
                subtract_block(matrix, n, at, column, false, from, weights, here);
            }
        }
    }
}

RENEWAL_KERNEL void renewal_subtract_squares(double *restrict matrix, size_t n, size_t first, const double *restrict rows, const double *restrict weight,
                                             size_t n_rows)
{
    if (weight == NULL) {
        subtract_squares(matrix, n, first, rows, NULL, n_rows);
    } else {
        subtract_squares(matrix, n, first, rows, weight, n_rows);
    }
}

/* Up to 24 columns, whose sums stay in registers. */
RENEWAL_INLINE void subtract_columns(double *restrict to, const double *restrict factors, ptrdiff_t factor_step, const double *restrict rows,
                                     ptrdiff_t stride, size_t n_rows, size_t fours)
{
    renewal_four a = {0}, b = {0}, c = {0}, d = {0}, e = {0}, f = {0};
    for (size_t j = 0; j < n_rows; j++, rows += stride, factors += factor_step) {
        double factor = *factors;
        a += factor * load_four(rows);
        if (fours > 1) {
            b += factor * load_four(rows + 4);
        }
        if (fours > 2) {
            c += factor * load_four(rows + 8);
        }
        if (fours > 3) {
            d += factor * load_four(rows + 12);
        }
        if (fours > 4) {
            e += factor * load_four(rows + 16);
        }
        if (fours > 5) {
            f += factor * load_four(rows + 20);
        }
    }
    store_four(to, load_four(to) - a);
    if (fours > 1) {
        store_four(to + 4, load_four(to + 4) - b);
    }
    if (fours > 2) {
        store_four(to + 8, load_four(to + 8) - c);
    }
    if (fours > 3) {
        store_four(to + 12, load_four(to + 12) - d);
    }
    if (fours > 4) {
        store_four(to + 16, load_four(to + 16) - e);
    }
    if (fours > 5) {
        store_four(to + 20, load_four(to + 20) - f);
    }
}

RENEWAL_KERNEL void renewal_subtract_rows(double *restrict to, const double *restrict factors, ptrdiff_t factor_step, const double *restrict rows,
                                          ptrdiff_t stride, size_t n_rows, size_t n)
{
    size_t i = 0;
    for (; i + 24 <= n; i += 24) {
        subtract_columns(to + i, factors, factor_step, rows + i, stride, n_rows, 6);
    }
    switch ((n - i) / 4) {
    case 5: subtract_columns(to + i, factors, factor_step, rows + i, stride, n_rows, 5); break;
    case 4: subtract_columns(to + i, factors, factor_step, rows + i, stride, n_rows, 4); break;
    case 3: subtract_columns(to + i, factors, factor_step, rows + i, stride, n_rows, 3); break;
    case 2: subtract_columns(to + i, factors, factor_step, rows + i, stride, n_rows, 2); break;
    case 1: subtract_columns(to + i, factors, factor_step, rows + i, stride, n_rows, 1); break;
    default: break;
    }
    for (i = n / 4 * 4; i < n; i++) {
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

/* Four rows times eight columns of the triangle before `column`, or four. */
RENEWAL_INLINE void multiply_block(const double *restrict inverse, size_t n, double *restrict one, size_t column, bool wide)
{
    double *restrict two = one + n, *restrict three = two + n, *restrict last = three + n;
    renewal_four a = {0}, b = {0}, c = {0}, d = {0}, e = {0}, f = {0}, g = {0}, h = {0};
    size_t first = column - (wide ? 8 : 4);
    inverse += first;
    for (size_t i = 0; i < column; i++, inverse += n) {
        renewal_four here = load_four(inverse);
        a += one[i] * here;
        b += two[i] * here;
        c += three[i] * here;
        d += last[i] * here;
        if (wide) {
            here = load_four(inverse + 4);
            e += one[i] * here;
            f += two[i] * here;
            g += three[i] * here;
            h += last[i] * here;
        }
    }
    store_four(one + first, a);
    store_four(two + first, b);
    store_four(three + first, c);
    store_four(last + first, d);
    if (wide) {
        store_four(one + first + 4, e);
        store_four(two + first + 4, f);
        store_four(three + first + 4, g);
        store_four(last + first + 4, h);
    }
}

/* Columns from the last back, since each needs those before it only. */
RENEWAL_KERNEL void renewal_multiply_rows(const double *restrict inverse, size_t n, double *restrict rows, size_t n_rows)
{
    size_t row = 0;
    for (; row + 4 <= n_rows; row += 4) {
        size_t column = n;
        for (; column >= 8; column -= 8) {
            multiply_block(inverse, n, rows + row * n, column, true);
        }
        if (column > 0) {
            multiply_block(inverse, n, rows + row * n, column, false);
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
