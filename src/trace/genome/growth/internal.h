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
    const double *given;  /* counts with strays */
    const double *weights;/* [n_times] what a genome of that week counts */
    const double *weeks;  /* [n_times] */
    const double *centers;/* [n] */
    const double *offsets;/* [n] logarithms of how probably lineages are there */
    bool open;            /* that is not certain of each */
    double *shares, *logs, *sums;/* [n_times * n], [n_times] of log likelihoods without weights, [n_times] logarithms of what shares are divided by: filled */
};
/* Log likelihood at the parameters [2n], its gradient [2n]; shares and logs are left in the place, or taken from there where they are known. work: [3n]. */
double growth_value(struct growth_place *place, const double *parameters, double *gradient, bool shares_known, double *work);
/* The curvature [2n * 2n], upper half, of the shares that growth_value left. work: [3 * n * n]. */
void growth_curvature(const struct growth_place *place, double *out, double *work);
/* Shares [n + 1], the pivot last, of lineages that are there from a week [n] on (NULL: always); the logarithm of what they are divided by. */
double growth_softmax(const double *parameters, const double *centers, const double *from, size_t n, double week, double *shares);

/* What was seen where first, and how often; before a fit, when counts are as they were given. */
void growth_look(struct growth_place *places, struct vg_growth_fit *fit);
/*
 * How probably lineages are where few genomes of theirs were seen, at the present parameters; the largest change. What is not of a lineage that is there is a stray and says
 * nothing: counts [n_places * n_times * (n + 1)] and totals [n_places * n_times] without these.
 */
double growth_update_there(const struct growth_place *places, struct vg_growth_fit *fit, double *counts, double *totals);
/* After a fit: what is certain to be there, and how probably it had come, by week. */
void growth_settle(const struct growth_place *places, struct vg_growth_fit *fit);
/*
 * Levels of a lineage against what is common where few genomes of it or none were seen (cell: place * n + lineage): [GROWTH_LEVELS], and how probable each is, in all 1; the
 * logarithm of the probability of what was seen, against that at the common level without what is expected there.
 */
enum { GROWTH_LEVELS = 33 };
double growth_levels(const struct vg_growth_fit *fit, size_t cell, double *levels, double *chances);
/* The last time that is not after the week, or the first. */
size_t growth_time(const struct vg_growth_fit *fit, double week);
/* How probably a lineage is in a place on the last day, with more than nothing. one: [n + 1]. */
double growth_probably_there(const struct vg_growth_fit *fit, size_t cell, double *one);
/* Expected shares of one place [n + 1] at the mode, the pivot last. one: [n + 1]. */
void growth_expected(const struct vg_growth_fit *fit, size_t place, double week, double *shares, double *one);
/*
 * Of one draw of a place's parameters [2n]: from which week on lineages are there [n], the levels of those that may not be, and the least share [n + 2] (vg_growth_draws). chances
 * [n * GROWTH_LEVELS] of levels, rates [n] of arrivals a week; one [n + 1].
 */
void growth_draw_arrivals(const struct vg_growth_fit *fit, size_t place, const double *chances, const double *rates, struct vg_random *random, double *parameters, double *from,
                          double *least, double *one);

#endif
