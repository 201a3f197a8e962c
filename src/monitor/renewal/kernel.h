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

/*
 * Eight doubles at once (vector extension of GCC and Clang): two, one or a half of the processor's registers. Loops in eights keep
 * their sums in registers where compilers do not find that out by themselves.
 */
typedef double renewal_eight __attribute__((vector_size(64), aligned(8), may_alias));
#define load_eight(from) (*(const renewal_eight *)(from))
#define store_eight(to, value) ((void)(*(renewal_eight *)(to) = (value)))

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
    renewal_eight sums = {0};
    double rest = 0;
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        sums += load_eight(a + i) * load_eight(b + i);
    }
    for (; i < n; i++) {
        rest += a[i] * b[i];
    }
    return ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7])) + rest;
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
