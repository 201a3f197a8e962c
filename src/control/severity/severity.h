/*
 * severity: how many of the cases die, are admitted or need intensive care, and how long they stay. Case fatality corrected for deaths that are still to come, as one
 * number, rolling and through time; risks of line lists whose outcomes are not all known yet; lengths of stay with patients who are still in.
 *
 * Pure functions over arrays of days; no missing values: the caller says what it makes of days without a report. What the data do not allow is VG_OK with a status.
 */
#ifndef VG_SEVERITY_H
#define VG_SEVERITY_H

#include "core/core.h"

enum vg_severity_estimate_status {
    VG_SEVERITY_OK,
    VG_SEVERITY_TOO_FEW,             /* no cases, or too few people to say anything */
    VG_SEVERITY_NO_OUTCOMES,         /* so early that no outcome is expected to be known */
    VG_SEVERITY_DEATHS_OVER_OUTCOMES, /* more deaths than outcomes expected by the assumed delay: there is no corrected ratio, the profile still holds */
    VG_SEVERITY_DEATHS_OVER_CASES,   /* more deaths than cases: the series do not belong together */
    VG_SEVERITY_NOT_CONVERGED,
    VG_SEVERITY_STATUS_COUNT
};
const char *vg_severity_status_name(enum vg_severity_estimate_status status); /* "ok", "too_few", "no_outcomes", "deaths_over_outcomes", ... */

/* ------------------------------------------------------------- case fatality (ratio.c) */

/* Probabilities of delays of 0, 1, ... n - 1 whole days. */
enum vg_severity_discretisation {
    VG_DELAY_DENSITY, /* the density at whole days, as cfr takes it: sums to a little more or less than 1 */
    VG_DELAY_DAYS,    /* both events anywhere in their days: second differences of the integrated distribution function */
};
void vg_severity_delay(const struct vg_interval_law *delay, enum vg_severity_discretisation way, size_t n, double *weights);
/* Outcomes expected to be known: outcomes[t] = sum over j of cases[t - j] weights[j]; reported[t]: the share of day t's deaths that is known by now (NULL: all). */
void vg_severity_outcomes(const double *cases, const double *reported, size_t n, const double *weights, double *outcomes);

struct vg_severity_settings {
    struct vg_interval_law delay;     /* onset or report of a case to its death, whichever the series are by */
    enum vg_severity_discretisation way;
    double mean_error, sd_error;      /* standard errors of the logarithms of the delay's mean and standard deviation, for the profile */
};
struct vg_severity_estimate { double value, low, high; }; /* 95 % */
struct vg_severity_ratio {
    enum vg_severity_estimate_status status;
    double cases, deaths, outcomes;
    struct vg_severity_estimate naive;     /* deaths of cases, exact binomial interval */
    struct vg_severity_estimate corrected; /* deaths of expected outcomes, as cfr 0.2.0; NaN where status says why */
    struct vg_severity_estimate profile;   /* deaths ~ Binomial(cases, ratio * share of outcomes known), the delay uncertain: has a value whatever the deaths, up to the cases; NaN where no outcome is expected yet */
};
/*
 * Nishiura et al. 2009 (PLoS ONE 4:e6852) as cfr has it: likelihood on a grid of 0.0001, Poisson where cases are 100 or more and deaths under 5 % of rounded outcomes,
 * else binomial of rounded outcomes; interval where it is within 1.92 of the highest. The profile takes the likeliest delay for each ratio, priced by its standard error.
 * Cost: n times the length of the delay for each of 441 delays; milliseconds for a year of days.
 */
vg_status vg_severity_ratio(const double *cases, const double *deaths, const double *reported, size_t n, const struct vg_severity_settings *settings, struct vg_arena *arena,
                            struct vg_severity_ratio *out, struct vg_error *error) VG_MUST_USE;
/* Share of cases that were found, from a ratio known of all: known / corrected, at most 1. */
struct vg_severity_estimate vg_severity_ascertainment(const struct vg_severity_estimate *known, const struct vg_severity_estimate *estimate);
/* Ratios of groups (logit-normal by their intervals) weighted by a standard population's shares, by 4,000 draws. */
vg_status vg_severity_standardised(const struct vg_severity_estimate *groups, const double *weights, size_t n, uint64_t seed, struct vg_arena *arena, struct vg_severity_estimate *out,
                                   struct vg_error *error) VG_MUST_USE;

/* ------------------------------------------------------------- through time (course.c) */

struct vg_severity_course { size_t n; double *low, *median, *high; /* [n] 95 % */ double step_sd, dispersion; /* posterior means: of a day's step on the logit, of extra variance (0: Poisson) */ };
/*
 * The ratio of each day: deaths[t] ~ negative binomial around outcomes[t] * ratio[t], logit of the ratio a random walk whose step and whose extra variance are learnt
 * (Laplace approximation on a grid of both, averaged; Rue, Martino and Chopin 2009). Days with fewer than 0.01 outcomes say nothing. Cost: linear, some 50 fits.
 */
vg_status vg_severity_through_time(const double *deaths, const double *outcomes, size_t n, struct vg_arena *arena, struct vg_severity_course *out, enum vg_severity_estimate_status *status,
                                   struct vg_error *error) VG_MUST_USE;

/* ------------------------------------------------------------- risks (stay.c) */

enum vg_severity_end { VG_END_OPEN, VG_END_EVENT, VG_END_OTHER }; /* not yet over; what is asked for; what rules it out */
struct vg_severity_risk { enum vg_severity_estimate_status status; double n, events, others, open; struct vg_severity_estimate known, risk; };
/*
 * The risk that the event comes at all, with cases that are not over: Aalen and Johansen's cumulative incidence at the last day on which something happened
 * (1978; variance as Marubini and Valsecchi 1995), scaled up by what is over (Ghani et al. 2005, Am J Epidemiol 162:479). known: events of cases that are over,
 * which is biased while an epidemic grows and one end comes sooner than the other. days[n] to the end, or to the last day seen where it is open.
 */
vg_status vg_severity_competing(const double *days, const uint8_t *end, size_t n, struct vg_arena *arena, struct vg_severity_risk *out, struct vg_error *error) VG_MUST_USE;

/* ------------------------------------------------------------- length of stay (stay.c) */

#define VG_STAY_DAYS_MAX 400
struct vg_stay { int32_t from, to; }; /* dates; to VG_DATE_NONE: still in on as_of */
struct vg_stay_settings {
    int32_t as_of;
    int32_t window_days;     /* only what was seen of patients on the last so many days, those already in entering late; 0: all */
    bool unrecorded;         /* some ends are never written down: their share is estimated, too */
    bool discharged_only;    /* the list holds patients once they have left: right truncation instead of censoring; of all days, VG_USAGE_ERROR with a window */
};
struct vg_stay_fit { struct vg_interval_law law; double lost /* share of ends that nobody records; 0 unless asked for */, mean_low, mean_high, sd_low, sd_high, median, q90, log_likelihood, aic; };
struct vg_stay_estimate {
    enum vg_severity_estimate_status status;
    size_t n, n_open, n_long_open; /* n_long_open: still in after more than 60 days */
    size_t n_longer;               /* n_longer: stays of more than VG_STAY_DAYS_MAX days, taken as censored there */
    struct vg_stay_fit fits[3];    /* gamma, lognormal, weibull */
    size_t best;                   /* lowest AIC */
    double median, mean;           /* without a family: Kaplan-Meier, the mean up to the last day seen */
    double distance;               /* largest difference of the best family's distribution function to it */
    double survival[VG_STAY_DAYS_MAX + 1]; /* Kaplan-Meier: P(stay > k days) */
};
/*
 * Days are whole: patient and day of both ends anywhere in their days, P(k days) = H(k + 1) - 2 H(k) + H(k - 1) and P(more than k) = 1 - H(k + 1) + H(k), with H the
 * integral of the distribution function (Reich et al. 2009). With unrecorded a share of patients never leaves on paper, P(more than k) = lost + (1 - lost)(...), as cured
 * patients do in cure models (Boag 1949); it is told from long stays only where the list reaches back much longer than patients stay. Maximum likelihood over mean and standard deviation; intervals of Wald on the logarithms.
 */
vg_status vg_severity_stay(const struct vg_stay *stays, size_t n, const struct vg_stay_settings *settings, struct vg_arena *arena, struct vg_stay_estimate *out,
                           struct vg_error *error) VG_MUST_USE;

#endif
