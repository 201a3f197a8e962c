/*
 * Sums of scaled rows, in blocks that stay in registers.
 */
#include "monitor/renewal/kernel.h"

RENEWAL_KERNEL void renewal_add_scaled(double *restrict to, const double *restrict from, double factor, size_t n)
{
    add_scaled(to, from, factor, n);
}

RENEWAL_KERNEL void renewal_subtract_squares(double *restrict matrix, size_t n, const double *restrict rows, const double *restrict weight, size_t n_rows)
{
    size_t row = 0;
    for (; row + 4 <= n_rows; row += 4) {
        const double *restrict a = rows + row * n, *restrict b = a + n, *restrict c = b + n, *restrict d = c + n;
        for (size_t i = 0; i < n; i++) {
            double *restrict to = matrix + i * n;
            double by_a = a[i], by_b = b[i], by_c = c[i], by_d = d[i];
            if (weight != NULL) {
                by_a *= weight[row], by_b *= weight[row + 1], by_c *= weight[row + 2], by_d *= weight[row + 3];
            }
            for (size_t j = i; j < n; j++) {
                to[j] -= (by_a * a[j] + by_b * b[j]) + (by_c * c[j] + by_d * d[j]);
            }
        }
    }
    for (; row < n_rows; row++) {
        const double *restrict a = rows + row * n;
        for (size_t i = 0; i < n; i++) {
            double *restrict to = matrix + i * n;
            double by_a = weight != NULL ? weight[row] * a[i] : a[i];
            for (size_t j = i; j < n; j++) {
                to[j] -= by_a * a[j];
            }
        }
    }
}

RENEWAL_KERNEL void renewal_subtract_rows(double *restrict to, const double *restrict factors, ptrdiff_t factor_step, const double *restrict rows,
                                          ptrdiff_t stride, size_t n_rows, size_t n)
{
    size_t i = 0;
    for (; i + 32 <= n; i += 32) {
        renewal_eight a = load_eight(to + i), b = load_eight(to + i + 8), c = load_eight(to + i + 16), d = load_eight(to + i + 24);
        const double *from = rows + i, *factor = factors;
        for (size_t j = 0; j < n_rows; j++, from += stride, factor += factor_step) {
            a -= *factor * load_eight(from);
            b -= *factor * load_eight(from + 8);
            c -= *factor * load_eight(from + 16);
            d -= *factor * load_eight(from + 24);
        }
        store_eight(to + i, a);
        store_eight(to + i + 8, b);
        store_eight(to + i + 16, c);
        store_eight(to + i + 24, d);
    }
    for (; i + 8 <= n; i += 8) {
        renewal_eight a = load_eight(to + i);
        const double *from = rows + i, *factor = factors;
        for (size_t j = 0; j < n_rows; j++, from += stride, factor += factor_step) {
            a -= *factor * load_eight(from);
        }
        store_eight(to + i, a);
    }
    for (; i < n; i++) {
        double sum = to[i];
        for (size_t j = 0; j < n_rows; j++) {
            sum -= factors[(ptrdiff_t)j * factor_step] * rows[(ptrdiff_t)j * stride + (ptrdiff_t)i];
        }
        to[i] = sum;
    }
}

RENEWAL_KERNEL double renewal_product(const double *restrict a, const double *restrict b, size_t n)
{
    return inner_product(a, b, n);
}

RENEWAL_KERNEL void renewal_whiten_rows(const double *restrict factor, size_t n, size_t first, double *restrict rows, size_t n_rows)
{
    size_t row = 0;
    for (; row + 4 <= n_rows; row += 4) {
        double *restrict a = rows + row * n, *restrict b = a + n, *restrict c = b + n, *restrict d = c + n;
        for (size_t i = first; i < n; i++) {
            const double *restrict pivot = factor + i * n;
            double inverse = 1 / pivot[i], by_a = a[i] * inverse, by_b = b[i] * inverse, by_c = c[i] * inverse, by_d = d[i] * inverse;
            a[i] = by_a, b[i] = by_b, c[i] = by_c, d[i] = by_d;
            for (size_t j = i + 1; j < n; j++) {
                double here = pivot[j];
                a[j] -= by_a * here;
                b[j] -= by_b * here;
                c[j] -= by_c * here;
                d[j] -= by_d * here;
            }
        }
    }
    for (; row < n_rows; row++) {
        double *restrict a = rows + row * n;
        for (size_t i = first; i < n; i++) {
            const double *restrict pivot = factor + i * n;
            a[i] *= 1 / pivot[i];
            add_scaled(a + i + 1, pivot + i + 1, -a[i], n - i - 1);
        }
    }
}
