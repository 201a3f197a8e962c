/*
 * The loops in which the renewal engine spends its time, private to this folder. Each works element by element in a fixed order
 * without fused multiplication, so the width of the processor's vectors changes the speed and never a bit of the result.
 *
 * RENEWAL_KERNEL before a function compiles it for several widths of which one is chosen when the program is loaded (target_clones,
 * an extension of GCC); not under sanitizers, which cannot see through that choice. The inline loops become part of it.
 */
#ifndef VG_RENEWAL_KERNEL_H
#define VG_RENEWAL_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_UNDEFINED__)
#define RENEWAL_KERNEL __attribute__((target_clones("avx2", "default"), optimize("O3")))
#define RENEWAL_INLINE static inline __attribute__((always_inline))
#define RENEWAL_WIDE __attribute__((target("avx512f,avx512dq,avx512vl"), optimize("O3")))
#else
#define RENEWAL_KERNEL
#define RENEWAL_INLINE static inline
#endif

/*
 * Four doubles at once (vector extension of GCC and Clang). Loops in fours keep their sums in registers where compilers do not find that
 * out by themselves. Eights would be no faster where a processor makes two halves of them, and GCC 12 keeps them in memory where it has
 * registers for four only: so the heaviest loops stand in .inc files, which are included for either width, and RENEWAL_WIDE compiles them for
 * processors whose registers hold eight.
 */
typedef double renewal_four __attribute__((vector_size(32), aligned(8), may_alias));
#ifdef RENEWAL_WIDE
typedef double renewal_eight __attribute__((vector_size(64), aligned(8), may_alias));

RENEWAL_INLINE bool renewal_has_eights(void)
{
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}
#endif
/* Of a function that is there in either width, the one that the processor has registers for. */
#ifdef RENEWAL_WIDE
#define by_width(name, ...) (renewal_has_eights() ? name##_wide(__VA_ARGS__) : name##_narrow(__VA_ARGS__))
#else
#define by_width(name, ...) name##_narrow(__VA_ARGS__)
#endif
typedef int64_t renewal_integers __attribute__((vector_size(32), aligned(8), may_alias));
/* Where mask is -1 a, where it is 0 b. */
#define choose_four(mask, a, b) ((renewal_four)(((mask) & (renewal_integers)(a)) | (~(mask) & (renewal_integers)(b))))
#define load_four(from) (*(const renewal_four *)(from))
#define store_four(to, value) ((void)(*(renewal_four *)(to) = (value)))

/* n rounded up to whole fours. */
#define RENEWAL_FOURS(n) (((size_t)(n) + 3) / 4 * 4)

/* to[i] += factor * from[i] */
RENEWAL_INLINE void add_scaled(double *restrict to, const double *restrict from, double factor, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        to[i] += factor * from[i];
    }
}

/* The same where n is made of whole fours. */
RENEWAL_INLINE void add_scaled_fours(double *restrict to, const double *restrict from, double factor, size_t n)
{
    for (size_t i = 0; i < n; i += 4) {
        store_four(to + i, load_four(to + i) + factor * load_four(from + i));
    }
}

/* By pointer, since how a vector is handed over by value depends on the processor that is compiled for. */
RENEWAL_INLINE double sum_four(const renewal_four *sums)
{
    return ((*sums)[0] + (*sums)[2]) + ((*sums)[1] + (*sums)[3]);
}

/* sum a[i] * b[i], in a fixed order of its own. */
RENEWAL_INLINE double inner_product(const double *restrict a, const double *restrict b, size_t n)
{
    renewal_four even = {0}, odd = {0};
    double rest = 0;
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        even += load_four(a + i) * load_four(b + i);
        odd += load_four(a + i + 4) * load_four(b + i + 4);
    }
    if (i + 4 <= n) {
        even += load_four(a + i) * load_four(b + i);
        i += 4;
    }
    for (; i < n; i++) {
        rest += a[i] * b[i];
    }
    even += odd;
    return sum_four(&even) + rest;
}

void renewal_add_scaled(double *restrict to, const double *restrict from, double factor, size_t n);
double renewal_product(const double *restrict a, const double *restrict b, size_t n);

/* ------------------------------------------------------------- elementary functions, in place */

#define RENEWAL_ROUND 6755399441055744.0 /* 1.5 * 2^52: adding it leaves the nearest integer in the lowest bits */
#define RENEWAL_LOG2_E 1.4426950408889634
#define RENEWAL_LN2_HIGH 0x1.62e42fefa0000p-1 /* its product with an exponent is exact */
#define RENEWAL_LN2_LOW 0x1.cf79abc9e3b39p-40

/* x = k log 2 + r, |r| < 0.35, and the series of exp(r), whose next term is below 1e-17. */
RENEWAL_INLINE void exp_of_four(double *at)
{
    static const renewal_four most = {700, 700, 700, 700};
    renewal_four x = load_four(at), high = choose_four(x > most, most, x), bounded = choose_four(high < -most, -most, high);
    renewal_four shifted = bounded * RENEWAL_LOG2_E + RENEWAL_ROUND, k = shifted - RENEWAL_ROUND, r = bounded - k * RENEWAL_LN2_HIGH - k * RENEWAL_LN2_LOW;
    renewal_four sum = r * (1.0 / 6227020800) + 1.0 / 479001600;
    sum = sum * r + 1.0 / 39916800;
    sum = sum * r + 1.0 / 3628800;
    sum = sum * r + 1.0 / 362880;
    sum = sum * r + 1.0 / 40320;
    sum = sum * r + 1.0 / 5040;
    sum = sum * r + 1.0 / 720;
    sum = sum * r + 1.0 / 120;
    sum = sum * r + 1.0 / 24;
    sum = sum * r + 1.0 / 6;
    sum = sum * r + 0.5;
    renewal_four small = r * r * sum + r, value = small + 1;
    renewal_integers power = (renewal_integers)shifted << 52;
    store_four(at, (renewal_four)((renewal_integers)value + power));
}

/* 2 artanh(f) for |f| < 0.172, whose series in the square is cut below 1e-17. */
#define two_artanh(f, s, sum) \
    do { \
        sum = s * (1.0 / 21) + 1.0 / 19; \
        sum = sum * s + 1.0 / 17; \
        sum = sum * s + 1.0 / 15; \
        sum = sum * s + 1.0 / 13; \
        sum = sum * s + 1.0 / 11; \
        sum = sum * s + 1.0 / 9; \
        sum = sum * s + 1.0 / 7; \
        sum = sum * s + 1.0 / 5; \
        sum = sum * s + 1.0 / 3; \
    } while (0)

/* x = 2^k m, sqrt(1/2) <= m < sqrt(2); log m = 2 artanh((m - 1) / (m + 1)). */
RENEWAL_INLINE void log_of_four(double *at)
{
    renewal_integers bits = (renewal_integers)load_four(at), exponent = (bits - 0x3FE6A09E667F3BCD) >> 52;
    renewal_four m = (renewal_four)(bits - (exponent << 52)), k = __builtin_convertvector(exponent, renewal_four);
    renewal_four f = (m - 1) / (m + 1), s = f * f, sum;
    two_artanh(f, s, sum);
    store_four(at, k * RENEWAL_LN2_HIGH + (2 * f + (2 * f * s * sum + k * RENEWAL_LN2_LOW)));
}

/* log(1 + x) of x >= 0, exact to the last bits for small x, too: there 1 + x is not rounded first. */
RENEWAL_INLINE void log1p_of_four(double *at)
{
    renewal_four x = load_four(at), one = x + 1;
    renewal_integers bits = (renewal_integers)one, exponent = (bits - 0x3FE6A09E667F3BCD) >> 52;
    renewal_four m = (renewal_four)(bits - (exponent << 52)), k = __builtin_convertvector(exponent, renewal_four);
    renewal_four above = choose_four(exponent == 0, x, m - 1), f = above / (above + 2), s = f * f, sum;
    two_artanh(f, s, sum);
    store_four(at, k * RENEWAL_LN2_HIGH + (2 * f + (2 * f * s * sum + k * RENEWAL_LN2_LOW)));
}

/* exp of every value, to 2e-16; below -700 exp(-700), above 700 exp(700). NaN stays. */
void renewal_exp(double *values, size_t n);
/* Natural logarithm of every value, to 2e-16 of 1 or of itself where that is more; for normal positive numbers. */
void renewal_log(double *values, size_t n);

/* ------------------------------------------------------------- dense matrices of rows; n is made of whole fours */

/* Upper triangle of matrix[n * n], from row and column `first` (whole fours) on, less the sum over rows[n_rows * n] of weight[row] * row' row; weight NULL: 1. */
void renewal_subtract_squares(double *restrict matrix, size_t n, size_t first, const double *restrict rows, const double *restrict weight, size_t n_rows);
/* to[i] -= sum_j factors[j * factor_step] * rows[j * stride + i], j < n_rows; any n. */
void renewal_subtract_rows(double *restrict to, const double *restrict factors, ptrdiff_t factor_step, const double *restrict rows, ptrdiff_t stride,
                           size_t n_rows, size_t n);
/* inverse[n * n] := R^-1, both upper triangles; R^-1 has zeros below. */
void renewal_invert_triangle(const double *restrict factor, size_t n, double *restrict inverse);
/* Each of n_rows rows[n] := row R^-1, with R^-1 from renewal_invert_triangle. */
void renewal_multiply_rows(const double *restrict inverse, size_t n, double *restrict rows, size_t n_rows);

/* -------------------------------------------- symmetric bands: row i of `stride` (whole fours) entries (i, i), (i, i + 1) ... */

/*
 * Of the n levels whose band rows begin at `band`: entries (i, j) += by_a a_i a_j + by_b b_i b_j, j >= i. a, b: [n + 4], zeros from n on; b NULL: none.
 */
void renewal_add_outer(double *restrict band, size_t stride, size_t n, const double *restrict a, double by_a, const double *restrict b, double by_b);
/*
 * v' M v of a symmetric matrix for the n levels whose rows of M begin at `rows`, row_stride apart, each with its entries from the diagonal on.
 * v: [n + 4], zeros from n on.
 */
double renewal_band_form(const double *restrict rows, size_t row_stride, const double *restrict v, size_t n);

#endif
