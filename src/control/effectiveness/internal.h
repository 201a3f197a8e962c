/*
 * Private to effectiveness: the sweep of Cox's partial likelihood over the follow-up.
 */
#ifndef VG_EFFECTIVENESS_INTERNAL_H
#define VG_EFFECTIVENESS_INTERNAL_H

#include "control/effectiveness/effectiveness.h"

/* Risks, risks times covariates (less their centers), and times their products (lower half). */
struct cox_sums { double zeroth; double *first, *second; };
struct cox_sweep {
    const struct vg_cox_data *data;
    enum vg_ties ties;
    size_t *by_exit, *by_entry;   /* by stratum, newest first */
    double *center, *risk;        /* [p], [n] exp(beta x) */
    struct cox_sums at_risk, dying;
    double *mean, *variance;      /* [p], [p * p], of cox_moments */
};
/* Those who die at one time of one stratum, and all rows that end then. */
struct cox_deaths { double time, weight; uint32_t stratum; size_t n, n_rows; const size_t *rows; };
typedef void cox_at_time(void *context, struct cox_sweep *sweep, const struct cox_deaths *deaths);

vg_status cox_prepare(const struct vg_cox_data *data, enum vg_ties ties, struct vg_arena *arena, struct cox_sweep *sweep, struct vg_error *error);
/* Calls at_time at every time with a death, newest first within a stratum. */
void cox_run(struct cox_sweep *sweep, const double *beta, cox_at_time *at_time, void *context);
/* Fills mean and variance for a share `gone` of the dying taken out; returns the sum of risks. */
double cox_moments(struct cox_sweep *sweep, double gone);
double cox_gone(const struct cox_sweep *sweep, const struct cox_deaths *deaths, size_t k);

static inline double chi_square_above(double x, double degrees) { return x > 0 ? vg_gamma_q(degrees / 2, x / 2) : 1; }

#endif
