/*
 * Private to core: what the special functions share.
 */
#ifndef VG_SPECIAL_INTERNAL_H
#define VG_SPECIAL_INTERNAL_H

#include "core/core.h"

/* log(value / mean) - (value - mean) / mean, with its digits kept both where value is close to mean and where it is far below.
 */
double special_log_ratio_minus(double value, double mean, double value_less_mean);
/* log Gamma(a) - [(a - 1/2) log a - a + log(2 pi) / 2], a >= 10. */
double special_stirling_remainder(double a);
/* k log mean - mean - log k!, accurate for any size of k and mean (k whole, mean > 0). */
double special_poisson_log_pmf(double k, double mean);
/* The regularised incomplete beta function of x with y = 1 - x given too, so that neither loses its digits near 1. */
double special_beta_i(double a, double b, double x, double y);
/* log Gamma(a + b) - log Gamma(a) for a >= 10, without the cancellation of two large logarithms. */
double special_log_gamma_rise(double a, double b);

#endif
