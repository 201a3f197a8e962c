/*
 * Distributions of times between two events, private to this folder.
 */
#ifndef VG_MONITOR_INTERVAL_INTERNAL_H
#define VG_MONITOR_INTERVAL_INTERNAL_H

#include "monitor/monitor.h"

/* A family with its own two parameters: shape and scale (gamma, Weibull), log mean and log sd (log-normal), mean and sd (normal). */
struct interval_law {
    enum vg_interval_family family;
    double a, b;
    double mean;
};
/* The member with this mean and standard deviation, both of the unshifted time. */
struct interval_law interval_law_of(enum vg_interval_family family, double mean, double sd);
/* Integral of the distribution function up to x: second differences of it are probabilities of differences of two days. */
double interval_integral(const struct interval_law *law, double x);

#endif
