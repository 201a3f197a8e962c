/*
 * Private to core: what the special functions share.
 */
#ifndef VG_SPECIAL_INTERNAL_H
#define VG_SPECIAL_INTERNAL_H

#include "core/core.h"

/* log Gamma(a + b) - log Gamma(a) for a >= 10, without the cancellation of two large logarithms. */
double special_log_gamma_rise(double a, double b);

#endif
