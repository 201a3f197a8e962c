/*
 * Reported counts: negative binomial with mean m and variance m (1 + k) ("NB1"), private to the renewal engine. Sums of such
 * counts with the same k are of the same family, so cells that were published together, complete dates and rolling sums need no
 * approximation; and k -> 0 is the Poisson law.
 *
 *     log P(y) = sum_{i < y} log(m + i k) - y log(1 + k) - log y! - m log(1 + k) / k
 */
#ifndef VG_RENEWAL_CELL_H
#define VG_RENEWAL_CELL_H

#include "core/core.h"

/* Of the first term, the rising factorial, summed over cells. */
struct renewal_rising {
    double value;     /* sum of sum_{i < y} log(m + i k) */
    double by_excess; /* its derivative by k: sum of sum i / (m + i k) */
};

/*
 * n cells with counts y >= 0, whole or not, means m > 0 and one excess k > 0. score: [n] derivative by log m, m sum 1 / (m + i k). bend: [n]
 * what the second derivative by log m lacks of the score's Poisson law, m sum 1 / (m + i k) - m^2 sum 1 / (m + i k)^2; 0 for y <= 1.
 */
struct renewal_rising renewal_rising_of(const double *y, const double *mean, size_t n, double excess, double *score, double *bend);

/* log(1 + k) / k and its derivative by k. */
double renewal_exposure_factor(double excess, double *by_excess);

#endif
