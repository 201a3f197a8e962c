/*
 * The mixture of gamma posteriors of R, private to this folder.
 */
#ifndef VG_MONITOR_RT_INTERNAL_H
#define VG_MONITOR_RT_INTERNAL_H

#include "monitor/monitor.h"

#define RT_TABLE_POINTS 256

struct rt_mixture_scratch {
    double table[RT_TABLE_POINTS]; /* distribution function of gamma(table_shape, 1) over evenly spaced log x */
    double table_first, table_step;
};

/* Fills mean, sd and quantiles of the equal mixture of gamma(shapes[i], scales[i]), i < n, n > 0. Overwrites scales. */
void rt_mixture(const double *shapes, double *scales, size_t n, struct rt_mixture_scratch *scratch, struct vg_rt_estimate *out);

/* Quantiles of gamma(shape, scale) at vg_quantile_levels, relative error under 1e-11. */
void rt_gamma_quantiles(double shape, double scale, double quantiles[VG_QUANTILE_COUNT]);

#endif
