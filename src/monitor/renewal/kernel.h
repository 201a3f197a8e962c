/*
 * The loops in which the renewal engine spends its time, private to this folder. Each works element by element in a fixed order
 * without fused multiplication, so the width of the processor's vectors changes the speed and never a bit of the result.
 *
 * RENEWAL_KERNEL before a function compiles it for several widths of which one is chosen when the program is loaded (target_clones,
 * an extension of GCC); not under sanitizers, which cannot see through that choice. The inline loops become part of it.
 */
#ifndef VG_RENEWAL_KERNEL_H
#define VG_RENEWAL_KERNEL_H

#include <stddef.h>

#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_UNDEFINED__)
#define RENEWAL_KERNEL __attribute__((target_clones("avx512f", "avx2", "default"), optimize("O3")))
#define RENEWAL_INLINE static inline __attribute__((always_inline))
#else
#define RENEWAL_KERNEL
#define RENEWAL_INLINE static inline
#endif

/* to[i] += factor * from[i] */
RENEWAL_INLINE void add_scaled(double *restrict to, const double *restrict from, double factor, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        to[i] += factor * from[i];
    }
}

/* sum a[i] * b[i], in a fixed order of its own. */
RENEWAL_INLINE double inner_product(const double *restrict a, const double *restrict b, size_t n)
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

void renewal_add_scaled(double *restrict to, const double *restrict from, double factor, size_t n);
double renewal_product(const double *restrict a, const double *restrict b, size_t n);
/* Upper triangle of matrix[n * n] minus the sum over n_rows rows of weight[row] * row' row; rows[n_rows * n]; weight NULL: 1. */
void renewal_subtract_squares(double *restrict matrix, size_t n, const double *restrict rows, const double *restrict weight, size_t n_rows);
/* to[i] -= sum_j factors[j * factor_step] * rows[j * stride + i], j < n_rows. */
void renewal_subtract_rows(double *restrict to, const double *restrict factors, ptrdiff_t factor_step, const double *restrict rows, ptrdiff_t stride,
                           size_t n_rows, size_t n);
/* Each of n_rows rows[n] := R^-T row, R the upper triangle of factor[n * n]. Entries before `first` must be zero. */
void renewal_whiten_rows(const double *restrict factor, size_t n, size_t first, double *restrict rows, size_t n_rows);

#endif
