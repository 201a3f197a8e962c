/*
 * Sums of scaled rows, in blocks that stay in registers. Compiled for several widths of vectors where the compiler can choose
 * at load time (target_clones, an extension of GCC and Clang); not under sanitizers, which cannot see through that choice.
 */
#include "monitor/renewal/kernel.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(undefined_behavior_sanitizer)
#define KERNEL
#endif
#endif
#if !defined(KERNEL) && !defined(__SANITIZE_ADDRESS__) && defined(__x86_64__) && defined(__gnu_linux__) && !defined(__clang__)
#define KERNEL __attribute__((target_clones("avx512f", "avx2", "default"), optimize("O3")))
#endif
#ifndef KERNEL
#define KERNEL
#endif

#define BLOCK 16

KERNEL void renewal_add_scaled(double *restrict to, const double *restrict from, double factor, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        to[i] += factor * from[i];
    }
}

KERNEL void renewal_subtract_squares(double *restrict matrix, size_t n, const double *restrict rows, const double *restrict weight, size_t n_rows)
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

KERNEL void renewal_subtract_rows(double *restrict to, const double *restrict factors, ptrdiff_t factor_step, const double *restrict rows, ptrdiff_t stride,
                                  size_t n_rows, size_t n)
{
    size_t i = 0;
    for (; i + BLOCK <= n; i += BLOCK) {
        double sum[BLOCK];
        for (size_t b = 0; b < BLOCK; b++) {
            sum[b] = to[i + b];
        }
        for (size_t j = 0; j < n_rows; j++) {
            double factor = factors[(ptrdiff_t)j * factor_step];
            const double *from = rows + (ptrdiff_t)j * stride + (ptrdiff_t)i;
            for (size_t b = 0; b < BLOCK; b++) {
                sum[b] -= factor * from[b];
            }
        }
        for (size_t b = 0; b < BLOCK; b++) {
            to[i + b] = sum[b];
        }
    }
    for (; i < n; i++) {
        double sum = to[i];
        for (size_t j = 0; j < n_rows; j++) {
            sum -= factors[(ptrdiff_t)j * factor_step] * rows[(ptrdiff_t)j * stride + (ptrdiff_t)i];
        }
        to[i] = sum;
    }
}

KERNEL double renewal_product(const double *restrict a, const double *restrict b, size_t n)
{
    double sum[8] = {0};
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        for (size_t j = 0; j < 8; j++) {
            sum[j] += a[i + j] * b[i + j];
        }
    }
    for (; i < n; i++) {
        sum[0] += a[i] * b[i];
    }
    return ((sum[0] + sum[4]) + (sum[2] + sum[6])) + ((sum[1] + sum[5]) + (sum[3] + sum[7]));
}
