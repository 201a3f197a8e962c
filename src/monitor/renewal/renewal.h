/*
 * renewal: one generative model of infections, delays and reports, and its full posterior. docs/renewal-model.md has the
 * equations, priors and sources.
 *
 * Latent infections follow the renewal equation with a smooth log R; counts by reference date (onset, notification, admission)
 * are infections after a known delay, with weekdays, an own deviation of every date and negative binomial counting; reports of
 * them arrive by discrete hazards with effects of the report's day, estimated from the triangle. Plain counts by report date are
 * a triangle with one delay; line lists with missing onsets give a triangle and a series of reports without onset.
 *
 * Two ways to the posterior of the same density: fast (Newton and Laplace's approximation with the hyperparameters integrated,
 * corrected for skewness) and the No-U-Turn sampler, which is the reference. Pure functions: no file, store, clock or global;
 * results depend on inputs and seed alone. Ends as monitor.h says: a series that cannot be analysed is VG_OK with a status.
 */
#ifndef VG_RENEWAL_H
#define VG_RENEWAL_H

#include "model/model.h"

#define VG_RENEWAL_HYPER_COUNT 4 /* sigma, excess, tau, upsilon: see struct vg_renewal_estimate */

enum vg_renewal_method { VG_RENEWAL_FAST, VG_RENEWAL_SAMPLER };

struct vg_renewal_parameters {
    enum vg_renewal_method method;
    /* Generation interval: [n] weights from lag 0 (taken as 0) on, in days, scaled to sum to 1; or NULL: gamma with mean and sd. */
    const double *generation;
    size_t generation_n;
    double generation_mean_days, generation_sd_days;
    /* From infection to reference date (incubation; for counts by report date incubation and reporting delay together): [n]
     * weights from lag 0 on; or NULL: gamma with mean and sd; mean 0: infections are counted on the day itself. */
    const double *incubation;
    size_t incubation_n;
    double incubation_mean_days, incubation_sd_days;
    double rt_half_life_days; /* log R returns half-way to 0 within; default 90 */
    const int32_t *holidays;  /* report dates on which fewer report, or NULL */
    size_t n_holidays;
    size_t window_references;       /* the newest reference dates that are used; 0: 180 days or 104 weeks */
    size_t delay_window_references; /* of these, the newest whose delays are learnt from; 0: 60 + n_delays days, 52 + n_delays weeks */
    size_t report_effects;          /* newest report dates with a deviation of their own; default 28, weeks: 8 */
    size_t sum_steps;               /* nowcast of rolling sums over so many steps, as vg_nowcast_parameters; default 1 */
    size_t forecast_steps;          /* default 28 days or 4 weeks; at most 366 */
    size_t n_draws;                 /* of the posterior; default 400 (fast), 1,000 (sampler) */
    size_t n_warmup;                /* sampler; default 500 */
    uint64_t seed;
};
void vg_renewal_defaults(struct vg_renewal_parameters *parameters); /* all else 0: generation interval must be given */

#endif
