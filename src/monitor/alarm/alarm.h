/*
 * alarm: which of today's counts are more than the past lets expect. Pure functions over arrays, one series at a time; many series may be worked on by many
 * threads. Conventions as in monitor/monitor.h: NaN is "not reported" and never zero, statuses instead of errors for series that cannot be judged.
 *
 * Every method fills one vg_alarm a judged step: what was expected, the threshold that the count has to pass, a score (1 at the threshold where the method
 * defines one) and an upper-tail p-value, from which alarms over many series can be controlled (vg_alarm_false_discovery).
 */
#ifndef VG_ALARM_H
#define VG_ALARM_H

#include "model/model.h"

struct vg_alarm {
    enum vg_series_status status; /* unless VG_SERIES_OK the rest is NaN and false */
    bool alarm;
    double expected, threshold;
    double score;                 /* (count - expected) / (threshold - expected) where the method has it, else NaN */
    double p_value;               /* P(count or more) under the method's model; NaN where it has none */
};

/* ------------------------------------------------------- EARS (ears.c), Hutwagner et al. 2003 */

enum vg_ears_method { VG_EARS_C1, VG_EARS_C2, VG_EARS_C3 };
struct vg_ears_parameters {
    enum vg_ears_method method;
    size_t baseline;      /* steps of the moving baseline; 7 */
    double alpha;         /* one-sided; 0.001 for C1 and C2, 0.025 for C3 */
    double minimum_sd;    /* 0 */
};
void vg_ears_defaults(enum vg_ears_method method, struct vg_ears_parameters *parameters);
/*
 * C1: threshold = mean + z sd of the `baseline` steps just before; C2: the same of a baseline that ends two steps earlier, so that a beginning outbreak does not
 * raise its own threshold. C3 as R's surveillance computes it: with the exceedances max(0, C2 - 1) of the two steps before, threshold = count + sd (z - their
 * sum), not below 0: the alarm of a step rests on the two before. out[n]; steps before the first full baseline, or with an unreported step in it, have
 * VG_SERIES_TOO_SHORT. p_value of C1 and C2 is the normal tail. Agrees with earsC of surveillance 1.20 (tests/monitor/test_alarm.c). O(n baseline).
 * VG_USAGE_ERROR: baseline under 3, alpha not in (0, 1), a negative sd.
 */
vg_status vg_alarm_ears(const double *counts, size_t n, const struct vg_ears_parameters *parameters, struct vg_alarm *out, struct vg_error *error) VG_MUST_USE;

/* --------------------------- Farrington flexible (farrington.c), Farrington et al. 1996, Noufaily et al. 2013 */

enum vg_farrington_threshold {
    VG_FARRINGTON_DELTA,     /* two-thirds power transformation, prediction error by the delta method (Farrington 1996) */
    VG_FARRINGTON_NB_PLUGIN, /* quantile of the negative binomial with the estimates plugged in (Noufaily 2013) */
    VG_FARRINGTON_MUAN       /* the same at the upper limit of the expectation (Salmon et al. 2016) */
};
struct vg_farrington_parameters {
    size_t years_back;            /* b: 5 */
    size_t half_window;           /* w: 3 steps each side of the same week */
    double steps_per_year;        /* 365.25 / 7 for weeks; a whole number counts in steps as surveillance does without dates */
    size_t periods;               /* factor levels that the year is cut into: 10; 1: only the windows are used */
    size_t left_out;              /* newest steps not used as reference: 26 */
    double alpha;                 /* 0.05 one-sided */
    bool reweight;                /* former outbreaks weigh less, by their Anscombe residuals: true */
    double weights_threshold;     /* 2.58 */
    bool trend;                   /* a linear trend is tried: true */
    double trend_p;               /* and kept below this p-value: 1 (Noufaily); 0.05 in the original */
    enum vg_farrington_threshold method;
    double fewest_cases;          /* no alarm under so many cases ... : 5 */
    size_t within_steps;          /* ... in so many newest steps: 4 */
};
void vg_farrington_defaults(struct vg_farrington_parameters *parameters); /* the improved method: what stands behind each field */
/*
 * Quasi-Poisson regression of the same weeks of former years, with the other parts of the year as factor levels, a trend, and former outbreaks weighted down; the
 * count is judged against the upper bound of its prediction. Judges steps first .. n - 1; out[n] (earlier ones are not touched). Agrees with
 * farringtonFlexible of surveillance 1.20 to the digits typed into the tests, also in this: after reweighting, the dispersion in the standard error of the
 * prediction is the weighted mean of squared relative residuals, as there. Unreported steps are left out of the reference.
 * status: VG_SERIES_TOO_SHORT without years_back years before, VG_SERIES_TOO_FEW under fewest_cases (no alarm; expected is still given),
 * VG_SERIES_NOT_CONVERGED, VG_SERIES_BAD_INPUT for a negative count. VG_USAGE_ERROR: parameters that make no sense. Cost: about 20 iterations over the
 * reference (260 steps, 11 coefficients) a judged step, 0.2 ms.
 */
vg_status vg_alarm_farrington(const double *counts, size_t n, size_t first, const struct vg_farrington_parameters *parameters, struct vg_arena *scratch,
                              struct vg_alarm *out, struct vg_error *error) VG_MUST_USE;

/* --------------------------------------------------------------- Bayes (bayes.c), Riebler 2004 */

struct vg_bayes_parameters {
    size_t years_back;      /* b: 0 */
    size_t half_window;     /* w: 6 steps before, and 2 w + 1 around the same week of each former year */
    double steps_per_year;  /* 365.25 / 7 */
    bool present_year;      /* whether the w steps before are used: true */
    double alpha;           /* 0.05 */
};
void vg_alarm_bayes_defaults(struct vg_bayes_parameters *parameters);
/*
 * Upper quantile of the predictive negative binomial (size S + 1/2, mean (S + 1/2) / n of n reference counts with sum S: Jeffreys' prior). Good for rare diseases with
 * little history. Judges steps first .. n - 1; agrees with surveillance's bayes. Unreported reference steps are left out.
 */
vg_status vg_alarm_bayes(const double *counts, size_t n, size_t first, const struct vg_bayes_parameters *parameters, struct vg_alarm *out, struct vg_error *error) VG_MUST_USE;

/* --------------------------------------------------------------- CUSUM (cusum.c), Rossi et al. 1999 */

enum vg_cusum_transformation { VG_CUSUM_STANDARD /* (y - m) / sqrt(m) */, VG_CUSUM_ROSSI, VG_CUSUM_ANSCOMBE };
struct vg_cusum_parameters {
    double reference;       /* k: 1.04 */
    double decision;        /* h: 2.26; with k an average run of about 500 steps without an outbreak */
    double mean;            /* usual level; NaN: the mean of the steps before the first judged one */
    enum vg_cusum_transformation transformation;
};
void vg_alarm_cusum_defaults(struct vg_cusum_parameters *parameters);
/*
 * S_t = max(0, S_{t-1} + x_t - k) from the first judged step on, alarm where S_t >= h; it is not set back after an alarm. threshold: the count with which the sum would
 * have reached h; score: S_t / h. Agrees with surveillance's cusum. VG_SERIES_TOO_FEW where the usual level is 0.
 */
vg_status vg_alarm_cusum(const double *counts, size_t n, size_t first, const struct vg_cusum_parameters *parameters, struct vg_alarm *out, struct vg_error *error) VG_MUST_USE;

/* ------------------------------- Likelihood ratio charts (glr.c, in_control.c), Höhle and Paul 2008, Höhle 2006 */

/* What the counts are expected to be while nothing happens: log-linear, Poisson or negative binomial (variance mean + dispersion mean^2). */
struct vg_in_control_parameters {
    size_t harmonics;       /* pairs of sine and cosine of the year: 1 */
    bool trend;             /* false */
    size_t cycle;           /* a level for each of so many steps, 7 for the days of the week; 0 none */
    double steps_per_year;  /* 365.25 / 7 */
    double dispersion;      /* NaN: fitted by maximum likelihood; 0: Poisson */
};
void vg_in_control_defaults(struct vg_in_control_parameters *parameters);
/*
 * Fits steps 0 .. n_fitted - 1 (NaN left out) and writes the mean of steps 0 .. n - 1. mean[n]. dispersion: the given one, the fitted one, or 0 where the counts vary
 * less than a Poisson's. Maximum likelihood as glm and MASS::glm.nb find it. status: VG_SERIES_TOO_SHORT with fewer than twice as many steps as coefficients,
 * VG_SERIES_TOO_FEW without cases, VG_SERIES_BAD_INPUT for a negative count, VG_SERIES_NOT_CONVERGED; mean is NaN then. O(20 n coefficients^2).
 */
vg_status vg_alarm_in_control(const double *counts, size_t n_fitted, size_t n, const struct vg_in_control_parameters *parameters, struct vg_arena *scratch, double *mean,
                              double *dispersion, enum vg_series_status *series_status, struct vg_error *error) VG_MUST_USE;

enum vg_glr_change {
    VG_GLR_LEVEL,    /* the mean is multiplied by exp(change): surveillance's "intercept" */
    VG_GLR_EPIDEMIC  /* change times the count of the step before is added to the mean: its "epi" */
};
struct vg_glr_parameters {
    double decision;         /* c: alarm where the statistic reaches it; 5 */
    double dispersion;       /* of the negative binomial; 0: Poisson */
    enum vg_glr_change change;
    double known_change;     /* NaN: the likeliest one for each beginning; else a likelihood ratio CUSUM of this one (surveillance's theta) */
    bool decrease;           /* looks for less instead of more; of the level only */
    size_t window;           /* the change began at most so many steps ago (M); 0: at any time since the last alarm */
    size_t shortest;         /* and has lasted for so many steps (Mtilde): 1 */
    size_t thresholds_from;  /* threshold is found from this step on; 0 */
};
void vg_glr_defaults(struct vg_glr_parameters *parameters);
/*
 * The generalised likelihood ratio statistic: the largest log likelihood ratio, over the beginnings of a change and its size, of the counts since. Begins again after
 * each alarm. Judges steps first .. n - 1 against mean[n] (positive); threshold: the smallest count that would have raised the alarm (the largest one for a decrease,
 * NaN where none would); score: statistic / decision. Unreported steps are passed over. Agrees with surveillance's glrnb and glrpois where their search for the
 * maximum converges (docs/alarms.md says where not).
 * Beginnings that a later one beats whatever the change is and whatever comes are dropped for good (Romano et al. 2023), so that of w possible ones about the
 * logarithm (Poisson level) or the square root of w is looked at: O(1) each for a Poisson level, O(w) else. The negative binomial epidemic change looks at all, and
 * takes the maximum next to no change.
 * VG_USAGE_ERROR: a decision that is not positive, a negative dispersion, a decrease of an epidemic, a known change that is none.
 */
vg_status vg_alarm_glr(const double *counts, const double *mean, size_t n, size_t first, const struct vg_glr_parameters *parameters, struct vg_arena *scratch,
                       struct vg_alarm *out, struct vg_error *error) VG_MUST_USE;

/* ---------------------------------------------- endemic channel (channel.c), Bortman 1999 */

enum vg_channel_zone { VG_CHANNEL_SUCCESS, VG_CHANNEL_SAFETY, VG_CHANNEL_ALERT, VG_CHANNEL_EPIDEMIC, VG_CHANNEL_UNKNOWN };
const char *vg_channel_zone_name(enum vg_channel_zone zone); /* "success", "safety", "alert", "epidemic", "unknown" */
enum vg_channel_method {
    VG_CHANNEL_QUARTILES,       /* limits are the quartiles of former years (R's type 7) */
    VG_CHANNEL_GEOMETRIC_MEAN   /* geometric mean of counts + 1 with its 95 % interval (Student's t), less 1 (Bortman) */
};
struct vg_channel_week { enum vg_channel_zone zone; size_t n_years; double low, middle, high; };
/*
 * The channel of weeks: history[year * weeks + week], n_years former years (NaN not reported), of which leave_out[year] (NULL: none) says the epidemic ones to be
 * left out; now[weeks] the present year, NaN where not reported yet. A week needs 3 former years, else its zone is unknown and its limits NaN. Zones: at most low is
 * success, at most middle safety, at most high alert, above epidemic. out[weeks].
 */
vg_status vg_alarm_channel(const double *history, size_t n_years, const bool *leave_out, const double *now, size_t weeks, enum vg_channel_method method,
                           struct vg_channel_week *out, struct vg_error *error) VG_MUST_USE;

/* ------------------------------------------------- space-time clusters (scan.c, scan_search.c), Kulldorff 1997, 2001, 2005 */

enum vg_scan_model {
    VG_SCAN_POISSON,     /* cases fall on places and steps in proportion to what is expected there (Kulldorff 2001) */
    VG_SCAN_PERMUTATION  /* cases keep their places and their steps, but not which goes with which: needs no population (Kulldorff et al. 2005) */
};
struct vg_scan_parameters {
    enum vg_scan_model model;
    bool retrospective;         /* cylinders of any time; false: only those that reach the newest step */
    double largest_share;       /* of what is expected in all (permutation: of all cases) in one circle: 0.5 */
    size_t longest, shortest;   /* steps of a cylinder; longest 0: half of the steps; shortest 1 */
    double fewest_cases;        /* in a cluster: 2 */
    size_t replicates;          /* 999 */
    size_t most_clusters;       /* 10 */
    double report_p;            /* after the first, clusters up to this p-value: 1 */
    uint64_t seed;
};
void vg_scan_defaults(struct vg_scan_parameters *parameters);
struct vg_scan_cluster {
    uint32_t centre;            /* index of the place at its centre */
    uint32_t *places;           /* [n_places] nearest first */
    size_t n_places;
    double radius_km;
    size_t first, last;         /* steps, both included */
    double observed, expected, relative_risk, log_likelihood_ratio;
    double p_value;             /* (1 + replicates whose largest ratio is at least this one) / (1 + replicates) */
    double p_gumbel;            /* by the extreme value distribution through the replicates: for p-values that so few replicates cannot tell (Abrams et al. 2010) */
};
struct vg_scan_result {
    struct vg_scan_cluster *clusters;   /* [n_clusters] strongest first; no place is in two */
    size_t n_clusters;
    double *largest_ratios;     /* [replicates] sorted upwards: what chance alone reaches */
    double n_cases;
};
/*
 * Circles around each place (great-circle distances, places at the same distance enter together) up to the largest share, times intervals of steps. counts[place * n_steps +
 * step], whole numbers, NaN and what is negative counts as 0; expected the same shape, scaled to the number of cases; NULL for the permutation, which makes its own from
 * the margins. latitude, longitude [n_places] in degrees. Later clusters are searched among circles without a place of an earlier one; their p-values compare with the
 * replicates' largest ratio, as for the first. Exact search; replicate r draws from stream r of the seed, so that results do not depend on the threads of the pool (NULL: one).
 * Cost of the prospective search: about 20 ns a replicate and circle (1,000 places: up to 500,000 circles); the retrospective one costs n_steps / 4 times that.
 * VG_USAGE_ERROR: parameters that make no sense, a place without coordinates. VG_DATA_ERROR: no cases, nothing expected where there are cases.
 */
vg_status vg_alarm_scan(const double *counts, const double *expected, size_t n_places, size_t n_steps, const double *latitude, const double *longitude,
                        const struct vg_scan_parameters *parameters, struct vg_pool *pool, struct vg_arena *arena, struct vg_scan_result *result,
                        struct vg_error *error) VG_MUST_USE;

/* --------------------------------------------------------- many series (discovery.c) */

/*
 * Benjamini and Hochberg 1995 (dependent true: Benjamini and Yekutieli 2001): marks the p-values that may be called alarms so that of these at most the share
 * `rate` is false on average. NaN p-values are no tests. Returns how many were marked. chosen[n]. O(n log n), scratch of n.
 */
size_t vg_alarm_false_discovery(const double *p_values, size_t n, double rate, bool dependent, struct vg_arena *scratch, bool *chosen);

#endif
