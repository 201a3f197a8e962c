/* Counts of genomes for tests of growth. */
#ifndef TEST_GROWTH_DRAWS_H
#define TEST_GROWTH_DRAWS_H

#include "vg_test.h"

#include <math.h>

enum { GROWTH_DRAWS_MOST = 64 };

/* One draw of a multinomial, with shares that are Dirichlet where rho is above 0. */
static inline void draw_counts(struct vg_random *random, const double *shares, size_t n, int64_t total, double rho, double *counts)
{
    double drawn[GROWTH_DRAWS_MOST], sum = 0, left = 1;
    for (size_t j = 0; j < n; j++) {
        drawn[j] = rho > 0 ? vg_random_gamma(random, fmax(shares[j] * (1 / rho - 1), 1e-9), 1) : shares[j];
        sum += drawn[j];
    }
    for (size_t j = 0; j < n; j++) {
        double p = drawn[j] / sum, chance = left > 1e-12 ? fmin(p / left, 1) : 0;
        int64_t count = j + 1 == n ? total : vg_random_binomial(random, total, chance);
        counts[j] = (double)count;
        total -= count;
        left -= p;
    }
}

#endif
