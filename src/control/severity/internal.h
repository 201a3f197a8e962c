/*
 * Private to severity.
 */
#ifndef VG_SEVERITY_INTERNAL_H
#define VG_SEVERITY_INTERNAL_H

#include "control/severity/severity.h"

/* Events of n with the exact interval (Clopper and Pearson 1934); NaN of none. */
struct vg_severity_estimate severity_binomial(double events, double n);

#endif
