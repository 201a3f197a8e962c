/*
 * How often intervals hold the truth, for suites that test calibration: by quantiles where the truth is continuous, by the truth's rank among the draws
 * where it is a count (the randomised probability integral transform in expectation; Czado, Gneiting and Held, Biometrics 2009).
 */
#ifndef COVERAGE_H
#define COVERAGE_H

#include "model/model.h"

struct coverage {
    double inside_50, inside_95, n;
};

static inline void cover(struct coverage *c, const struct vg_quantile_series *series, size_t step, double truth)
{
    const double *q = series->values + step * VG_QUANTILE_COUNT;
    c->inside_50 += truth >= q[3] && truth <= q[5] ? 1 : 0;
    c->inside_95 += truth >= q[0] && truth <= q[8] ? 1 : 0;
    c->n++;
}

static inline double overlap(double low, double high, double from, double to)
{
    double most = high < to ? high : to, least = low > from ? low : from;
    return most > least ? (most - least) / (high - low) : 0;
}

/*
 * Of counts by their draws: the truth's rank among them is uniform if they are of the same law. Whole numbers tie, so the truth has a range
 * of ranks, of which the share within the interval's counts.
 */
static inline void cover_count(struct coverage *c, const double *draws, size_t n, size_t stride, double truth)
{
    double below = 0, equal = 0;
    for (size_t draw = 0; draw < n; draw++) {
        below += draws[draw * stride] < truth ? 1 : 0;
        equal += draws[draw * stride] == truth ? 1 : 0;
    }
    double low = below / ((double)n + 1), high = (below + equal + 1) / ((double)n + 1);
    c->inside_50 += overlap(low, high, 0.25, 0.75);
    c->inside_95 += overlap(low, high, 0.025, 0.975);
    c->n++;
}

#endif
