/*
 * What measures did to transmission: a hierarchical (partially pooled) Bayesian regression of log R in time on dated measures, many places at once.
 * R comes with its standard error from elsewhere; what the measures do not explain is an autocorrelated error of each place, without which intervals
 * would be far too narrow. Beside the effects come the things that say how much to believe them: what the data could not tell apart, how well a place
 * that was left out is foretold, and what R did before a measure was taken.
 *
 * Pure: arrays in, arrays out. Model, priors, sources and limits: docs/measures-effects.md. The answer follows from the data and the seed, whatever
 * the number of threads.
 */
#ifndef VG_CONTROL_MEASURES_EFFECT_H
#define VG_CONTROL_MEASURES_EFFECT_H

#include "model/model.h"

#define VG_MEASURES_MOST 40        /* measures in one regression */
#define VG_MEASURES_SHARED_MOST 80 /* columns that all places share */

/* ------------------------------------------------------- from dates to what R feels (exposure.c) */

/* From the day of infection, when a measure acts, to the day by which R is told: gamma distributed. Fatigue: what is left of a measure fades while it lasts. */
struct vg_measures_lag {
    double mean_days, sd_days; /* 0 and more; sd 0: always the mean, rounded */
    int32_t shift_days;        /* added to every lag; below 0 a measure is felt before it is taken (for tests of what cannot be) */
    double half_life_days;     /* days after which half of a measure's strength is left while it goes on, counted from when it last was none; 0: it does not fade */
};
/*
 * felt[n_days] = sum over lags k of weight(k) * strength[day - k]. Strength of day 0 on, NaN unknown; what lies outside of the days is unknown too. felt is NaN
 * where unknown days have more than a twentieth of the weight; less is shared out over the known ones. Weights are the gamma's on whole days (distribution
 * function from k - 1/2 to k + 1/2), up to where one in 10,000 is left. VG_USAGE_ERROR: lags that make no sense. O(n_days * lags).
 */
vg_status vg_control_measures_felt(const double *strength, size_t n_days, const struct vg_measures_lag *lag, double *felt, struct vg_error *error) VG_MUST_USE;

/* ------------------------------------------------------------------------------- the regression */

/* Rows of place i are first[i] .. first[i + 1] - 1, in time order. A row with anything that is not finite is left out; so steps may be missing. */
struct vg_measures_data {
    size_t n_places, n_measures, n_shared;
    const size_t *first;         /* [n_places + 1] */
    const int32_t *step;         /* [rows] number of the step (week, day), rising within a place */
    const double *log_r;         /* [rows] */
    const double *log_r_error;   /* [rows] standard error, 0 or more; neighbouring rows are taken to be independent given R: windows that do not overlap */
    const double *felt;          /* [rows * n_measures] */
    const double *shared;        /* [rows * n_shared] columns with one coefficient for all places (calendar, tests, season), or NULL */
};

enum vg_measures_errors { VG_MEASURES_AUTOREGRESSIVE, VG_MEASURES_RANDOM_WALK };

/* Standard deviations on the log scale, where 0.1 is about 10 %. Scales have half-normal priors with these as their scale. */
struct vg_measures_priors {
    double level_mean, level_sd;   /* of log R without measures, over places: 0, 1 */
    double effect_sd;              /* of each measure's mean effect, around 0: 0.5 */
    double shared_sd;              /* of each shared coefficient: 0.5 */
    double level_spread_scale;     /* between places: 0.5 */
    double effect_spread_scale;    /* of each measure between places: 0.2 */
    double drift_scale;            /* of the autocorrelated error: 0.5 (random walk: of its step: 0.2) */
    double noise_scale;            /* of what is added to the standard errors: 0.2 */
    double factor_spread_scale;    /* between places, of the logarithm of what multiplies drift and noise there: 0.5 */
};
struct vg_measures_parameters {
    enum vg_measures_errors errors;
    struct vg_measures_priors priors;
    size_t n_chains, n_warmup, n_draws; /* 4 chains, each with 300 sweeps that are not kept and 500 draws that are, of every second sweep */
    size_t least_rows;                  /* places with fewer rows are left out as too short: 8 */
    bool without_check;                 /* no prediction of left-out places */
    uint64_t seed;
};
void vg_control_measures_defaults(struct vg_measures_parameters *parameters);

/* How far the data speak of a measure. */
enum vg_measures_seen {
    VG_MEASURES_SEEN,
    VG_MEASURES_NEVER_CHANGES,   /* the same all the time within each place: nothing can be said */
    VG_MEASURES_PRIOR_ONLY,      /* the posterior is hardly narrower than the prior */
    VG_MEASURES_NOT_TOLD_APART,  /* from another one (partner): taken at the same times. Their sum may be known */
    VG_MEASURES_SEEN_COUNT
};
const char *vg_measures_seen_name(enum vg_measures_seen seen); /* "seen", "never_changes", ... */

/* Effects are on log R: exp(effect) multiplies R at strength 1; 1 - exp(effect) is the reduction. */
struct vg_measures_effect {
    enum vg_measures_seen seen;
    double mean, sd, quantiles[VG_QUANTILE_COUNT];       /* mean over places (the pooled effect) */
    double new_place_low, new_place_high;                /* 95 % of a place that is not among these */
    double between_sd, between_sd_low, between_sd_high;  /* between places: median and 95 % */
    double probability_reduces;
    double prior_left;             /* posterior over prior standard deviation: 1, the data said nothing */
    double variance_inflation;     /* of the estimate by the other measures (and shared columns); 1: none */
    size_t n_places, n_changes;    /* places in which it changes; rises and falls by more than a tenth, however many steps they take */
    size_t partner;                /* the measure that it is least told apart from; SIZE_MAX: there is none */
    double partner_correlation;    /* of the two effects in the posterior; their timing's is in pair_timing */
    double log_r_before;           /* mean of log R, less the place's mean, over two steps before it was felt to rise; NaN without a rise */
    double share;                  /* of the variance of log R in time within places, due to this measure alone: median */
    double r_hat, effective_draws;
};
struct vg_measures_place {
    enum vg_series_status status;  /* ok, too_short (under least_rows), bad_input */
    size_t n_rows;
    double level;                  /* log R without measures: posterior mean */
    double error_factor;           /* drift and noise there over the common ones: posterior mean */
    double predicted_share;        /* of its variance in time, foretold from the other places' effects; may be below 0 */
    double coverage_50, coverage_90; /* share of its steps within the intervals foretold from the other places */
    double log_score, log_score_without; /* log density of all its log R given the other places; the same without measures */
};
struct vg_measures_estimate {
    enum vg_series_status status;  /* ok; too_few (no two places, or no measure that changes); not_converged; bad_input */
    size_t n_places, n_rows;       /* used */
    size_t n_measures, n_shared, n_draws;
    struct vg_measures_effect *effects;   /* [n_measures] */
    struct vg_measures_place *places;     /* [all places] */
    double *place_mean, *place_sd;        /* [all places * n_measures] effect in that place; NaN where it is not used */
    double *draws;                        /* [n_draws * (1 + n_measures + n_shared)] level, effects, shared coefficients */
    double *pair_timing, *pair_posterior; /* [n_measures * n_measures] correlation of timing (within places, as the errors weigh it) and of effects */
    double *pair_sum_low, *pair_sum_mean, *pair_sum_high; /* [n_measures * n_measures] both effects together: mean and 95 % */
    double all_mean, all_low, all_high;   /* all effects together at strength 1: mean and 95 % */
    double condition_number;              /* of the scaled design: above 30 something cannot be told apart */
    double drift_sd, correlation, noise_sd, level_sd; /* posterior medians of the error's sd and correlation from step to step, extra noise, levels */
    double factor_spread;                 /* of the places' error factors (logarithms): posterior median */
    double share_explained, share_low, share_high; /* by all measures together, of the variance of log R in time within places: median and 95 % */
    double predicted_share, coverage_50, coverage_90, log_score_gain; /* over left-out places; log_score_gain: against no measures at all */
    double best_log_likelihood;           /* the highest of log p(log R | scales), coefficients integrated, that a draw had */
    double worst_r_hat, least_effective_draws;
};
/*
 *     log_r = level_i + sum_m effect_im felt_m + shared + drift + noise,    noise ~ N(0, log_r_error^2 + noise_sd^2)
 *     level_i ~ N(level, level_sd^2),  effect_im ~ N(effect_m, between_m^2),  drift: AR(1) with its own start, or a random walk from 0
 *     drift_sd and noise_sd of place i times factor_i,  log factor_i ~ N(0, factor_spread^2): some places report more evenly than others
 *
 * Given the scales all is linear and Gaussian: coefficients are integrated in closed form (Kalman whitening of each place, Woodbury's identity over its own
 * coefficients); the scales are drawn by an adaptive Metropolis sampler on what is left. Memory of the answer: the arena. VG_USAGE_ERROR: sizes or
 * parameters that make no sense. pool may be NULL. Cost: chains * sweeps * (8 rows columns^2 + (measures + 1) places columns^3): see docs/measures-effects.md.
 */
vg_status vg_control_measures(const struct vg_measures_data *data, const struct vg_measures_parameters *parameters, struct vg_pool *pool, struct vg_arena *arena,
                              struct vg_measures_estimate *out, struct vg_error *error) VG_MUST_USE;

/* The scales of the model, for those who want its likelihood at a point (tests do). */
struct vg_measures_scales { double drift_sd, correlation, noise_sd, level_sd; const double *between_sd; /* [n_measures] */ const double *factor; /* [places] or NULL: 1 */ };
/*
 * log p(log_r | scales) with all coefficients integrated over their priors, and mean and covariance of [level, effects, shared] given the scales:
 * mean[n], covariance[n * n], n = 1 + n_measures + n_shared. Rows that are not finite are left out.
 */
vg_status vg_control_measures_likelihood(const struct vg_measures_data *data, const struct vg_measures_parameters *parameters, const struct vg_measures_scales *scales,
                                         struct vg_arena *scratch, double *log_likelihood, double *mean, double *covariance, struct vg_error *error) VG_MUST_USE;

#endif
