/*
 * One reported count: negative binomial with mean m and variance m (1 + k) ("NB1"), private to the renewal engine. Sums of such
 * counts with the same k are of the same family, so cells that were published together, complete dates and rolling sums need no
 * approximation; and k -> 0 is the Poisson law.
 *
 *     log P(y) = sum_{i < y} log(m + i k) - y log(1 + k) - log y! - m log(1 + k) / k
 */
#ifndef VG_RENEWAL_CELL_H
#define VG_RENEWAL_CELL_H

#include "core/core.h"

struct renewal_rising {
    double value;     /* sum_{i < y} log(m + i k) */
    double first;     /* its derivative by m: sum 1 / (m + i k) */
    double second;    /* - second derivative by m: sum 1 / (m + i k)^2; only where asked for */
    double by_excess; /* derivative by k: sum i / (m + i k) */
};

/* y >= 0 (whole or not), mean > 0, excess > 0. */
struct renewal_rising renewal_rising_of(double y, double mean, double excess, bool with_second);

/* log(1 + k) / k and its derivative by k. */
double renewal_exposure_factor(double excess, double *by_excess);

#endif
