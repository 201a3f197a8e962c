/*
 * Private to growth: dense matrices and the likelihood of one place. Inner loops are sums of vectors, which the compiler makes wide without reordering them.
 */
#ifndef VG_GROWTH_INTERNAL_H
#define VG_GROWTH_INTERNAL_H

#include "trace/genome/growth/growth.h"

/* target_clones is of GNU C and of clang from 14 on; sanitizers do not go with its resolvers. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_UNDEFINED__)
#define GROWTH_KERNEL __attribute__((target_clones("avx2", "default"), optimize("O3")))
#define GROWTH_INLINE static inline __attribute__((always_inline))
#else
#define GROWTH_KERNEL
#define GROWTH_INLINE static inline
#endif

/*
 * Of the symmetric positive definite a [m * m] (its upper half, overwritten): root, lower triangle V with V'V the inverse; inverse, whole, unless NULL. False:
 * not positive definite.
 */
bool growth_invert(double *a, size_t m, double *root, double *inverse);

/* x becomes the solution of a x = x; a as above. */
bool growth_solve(double *a, size_t m, double *x);
/* out = matrix vector, of a symmetric matrix [m * m]. */
void growth_multiply(const double *matrix, const double *vector, size_t m, double *out);
void growth_subtract(double *from, const double *what, size_t n);

/* One place's weeks. */
struct growth_place {
    size_t n, n_times;    /* lineages but the pivot */
    const double *counts; /* [n_times * (n + 1)] the pivot last */
    const double *totals; /* [n_times] */
    const double *weights;/* [n_times] what a genome of that week counts */
    const double *weeks;  /* [n_times] */
    const double *centers;/* [n] */
    double *shares, *logs;/* [n_times * n], [n_times] of log likelihoods without weights: filled */
};
/* Log likelihood at the parameters [2n], its gradient [2n]; shares and logs are left in the place, or taken from there where they are known. work: [3n]. */
double growth_value(struct growth_place *place, const double *parameters, double *gradient, bool shares_known, double *work);
/* The curvature [2n * 2n], upper half, of the shares that growth_value left. work: [3 * n * n]. */
void growth_curvature(const struct growth_place *place, double *out, double *work);
/* Shares [n + 1], the pivot last. */
void growth_softmax(const double *parameters, const double *centers, size_t n, double week, double *shares);

#endif
