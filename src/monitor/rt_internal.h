/*
 * Gamma posteriors of R and their mixtures, private to this folder.
 */
#ifndef VG_MONITOR_RT_INTERNAL_H
#define VG_MONITOR_RT_INTERNAL_H

#include "monitor/monitor.h"

#define RT_TABLE_POINTS 512
#define RT_SCORE_POWERS 5

struct rt_component {
    double rate;                    /* 1 / cube root of the mean */
    double centre, reach;           /* of w = root times rate - 1, within which the polynomial is used: five standard deviations */
    double powers[RT_SCORE_POWERS]; /* from cube root to normal score; not set for small shapes */
};
struct rt_mixture_scratch {
    double normal[RT_TABLE_POINTS + 1][2]; /* normal distribution function, and its slope a step */
    struct rt_component *components;       /* [as many as a mixture has at most] */
};

void rt_mixture_prepare(struct rt_mixture_scratch *scratch); /* the table; components are the caller's */
/* Fills mean, sd and quantiles of the equal mixture of gamma(shapes[i], scales[i]), i < n, n > 0. */
void rt_mixture(const double *shapes, const double *scales, size_t n, struct rt_mixture_scratch *scratch, struct vg_rt_estimate *out);
/* Quantiles of gamma(shape, scale) at vg_quantile_levels, relative error under 1e-11. */
void rt_gamma_quantiles(double shape, double scale, double quantiles[VG_QUANTILE_COUNT]);
extern const double rt_level_scores[VG_QUANTILE_COUNT]; /* the levels' normal scores */

#endif
