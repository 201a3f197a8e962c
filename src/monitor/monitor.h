/*
 * monitor: what happened, what is not reported yet, how fast it spreads, where it goes, and how good such statements were.
 *
 * Pure functions over arrays: no file, store, clock or global. The caller owns all memory; results live in the caller's arena
 * or in arrays the caller gives. Results depend on the inputs and the seed alone, so many series may be worked on by many
 * threads, each with its own arena.
 *
 * Three ways to end. A vg_status other than VG_OK means that the call itself was wrong (VG_USAGE_ERROR) or the machine failed
 * (VG_SYSTEM_ERROR: no memory). A series that cannot be analysed is not an error of the call: the function returns VG_OK, says
 * why in an enum vg_series_status and, where error is not NULL, in error->message, and gives NaN or nothing. So one bad series
 * never stops the others.
 *
 * Conventions: NaN is "not reported" and never zero. Rates are per day whatever the step. Intervals are 95 % unless said;
 * quantiles are at vg_quantile_levels. "Step" is a day or a week as step_days says.
 */
#ifndef VG_MONITOR_H
#define VG_MONITOR_H

#include "model/model.h"

/* ---------------------------------------------------- epicurve arithmetic (epicurve.c) */

/*
 * Trailing mean over the last `window` values (this one included). NaN where fewer than window / 2 + 1 of them are reported;
 * the mean is over those that are. values[n], out[n]; they may not overlap. window 0 is taken as 1. O(n * window).
 */
void vg_monitor_moving_average(const double *values, size_t n, size_t window, double *out);

struct vg_growth {
    enum vg_series_status status;
    double rate_per_day, rate_low, rate_high; /* 95 % interval */
    double doubling_time_days;                /* ln 2 / rate: negative is a halving time; NaN where the rate is zero */
    double doubling_time_low,
        doubling_time_high; /* ln 2 / rate_high and ln 2 / rate_low; NaN where the rate's interval holds zero */
};
/*
 * Log-linear growth over the last `window` values: E[y_t] = a_w(t) exp(r t), quasi-Poisson (variance phi * mean, phi >= 1 from
 * Pearson residuals, Student t interval). For daily series the window is cut to whole weeks and, from two weeks on, each
 * weekday has its own level a_w, so reporting rhythms do not move the rate. For weeks there is one level. NaN values are left
 * out. Negative values (corrections) are allowed as long as the weekday's sum is positive; a weekday whose sum is not is left
 * out. status: VG_SERIES_TOO_SHORT under 4 reported values, VG_SERIES_TOO_FEW under 5 cases, VG_SERIES_NOT_CONVERGED where the
 * cases lie in one step only; else VG_SERIES_OK. All numbers are NaN unless OK. Cost: some 10 Newton steps over the window.
 */
void vg_monitor_growth(const double *values, size_t n, int32_t step_days, size_t window, struct vg_growth *out);

struct vg_rate_interval {
    double estimate, low, high;
};
/* count / population * 100,000 with an exact Poisson 95 % interval (Garwood 1936). All NaN without a positive population or a
 * count >= 0. */
struct vg_rate_interval vg_monitor_incidence_per_100k(double count, double population);
/*
 * deaths / cases with a 95 % interval (Wilson 1927). "Naive": not corrected for cases whose outcome is not known yet, so too
 * low while an outbreak grows. All NaN unless 0 <= deaths <= cases and cases > 0.
 */
struct vg_rate_interval vg_monitor_case_fatality(double deaths, double cases);

/* ------------------------------------------------------ silence and attention (silence.c) */

struct vg_silence {
    bool silent;         /* the tail is improbable given the former rate: do not read it as zero cases */
    size_t first_silent; /* index of the first step after the last reported case; n where the last step has cases */
    size_t steps;        /* length of the tail without a case: n - first_silent */
    double probability;  /* of such a tail if reporting went on; 1 where there is no tail */
};
/*
 * Whether a series has stopped reporting. The tail is the trailing run of zeros and NaN (of a cumulative total: of a flat
 * line). The series' reporting interval g is the longest gap between the last eight non-empty reports (1 for daily, 7 for
 * weekly batches in a daily series). With m the mean per interval of g steps just before the tail (the lower of the last
 * interval and the last four) and q <= 1 the decline per interval over the last eight, so that an outbreak that fades out is
 * not called silent, the tail of k steps has probability prod_{i = 1..floor(k / g)} (1 + m q^i / 2)^-2 (negative binomial of
 * size 2). Silent: probability < 0.001 and k >= max(3, 2 g); or the tail is NaN throughout and k >= max(3, 2 g). values[n].
 * O(n).
 */
void vg_monitor_silence(const double *values, size_t n, struct vg_silence *out);

/*
 * How much a place asks for attention, 0..1, for ranking only:
 *     score = 0.6 G + 0.4 L          where the place reports,
 *     score = max(that, 0.5 + 0.3 L) where it is silent (a silent place with much disease before is near the top).
 * G = P(growth rate > 0) from the growth's estimate and interval (normal), 1/2 where there is no estimate and, in both cases,
 * shrunk to zero with low incidence: G is multiplied by min(1, 2 L). L = incidence_rank: the share of the other places with a
 * lower incidence, 0..1 (NaN counts as 0). Monotone in each part.
 */
double vg_monitor_attention(const struct vg_growth *growth, double incidence_rank, bool silent);

/* -------------------------------------- reproduction number (rt.c), Cori et al. 2013, as in EpiEstim 2.2 */

/*
 * Discretised shifted gamma serial interval, as EpiEstim's discr_si: weights[k] = P(interval in day k), k = 0..n-1, from a
 * gamma with mean mean_days - 1 and sd sd_days shifted by one day, integrated against a triangular kernel (Cori et al. 2013,
 * web appendix 11). weights[0] = 0; as in EpiEstim nothing is rescaled, so the weights sum to 1 less what lies beyond n - 1.
 * VG_USAGE_ERROR unless mean_days > 1 and sd_days > 0 (both finite). 3 incomplete gammas a weight.
 */
vg_status vg_monitor_serial_interval(double mean_days, double sd_days, size_t n, double *weights,
                                     struct vg_error *error) VG_MUST_USE;

struct vg_rt_window { size_t first, last; }; /* 0-based days, both included */
struct vg_rt_parameters {
    double serial_interval_mean_days, serial_interval_sd_days; /* parametric */
    const double *serial_interval; /* [serial_interval_n] weights from lag 0 on (non-parametric), or NULL: parametric */
    size_t serial_interval_n;
    /* 0 and 1: one serial interval. More: so many equally probable ones below each other, [rows * serial_interval_n], as vg_monitor_interval_weights gives them; R is
     * then the exact mixture over them (of vg_monitor_rt_case: over their mean), of drawn courses one a course. */
    size_t serial_interval_rows;
    /*
     * Uncertain serial interval (EpiEstim "uncertain_si"): mean and sd are independent normals around the two values above,
     * each truncated to its bounds. n1 pairs are drawn as EpiEstim draws them (rejection); instead of EpiEstim's n2 draws of R
     * for each pair the exact mixture of the n1 gamma posteriors is used (n2 is ignored), so only the pairs are random.
     */
    bool uncertain;
    double mean_sd, mean_min, mean_max, sd_sd, sd_min, sd_max;
    size_t n1, n2;
    double prior_mean, prior_sd; /* gamma prior of R; EpiEstim's defaults 5, 5 */
    size_t window_days;          /* 7 */
    /* Windows of one's own instead of sliding ones (EpiEstim's t_start and t_end): they may overlap, have any length, and start on the second day or later. NULL: sliding. */
    const struct vg_rt_window *windows;
    size_t n_windows;
    const double *imported_share; /* [n] or NULL: the share of each day's cases that came from outside, for drawn courses; NaN is 0 */
    uint64_t seed;               /* of the pairs */
};
void vg_monitor_rt_defaults(
    struct vg_rt_parameters *parameters); /* serial interval 0: must be given; window 7; prior 5, 5; n1 200, n2 50 */
struct vg_rt_estimate {                   /* one a window */
    size_t first, last;                   /* 0-based window in steps of the series, both included */
    double mean, sd;
    double quantiles[VG_QUANTILE_COUNT];
};
/*
 * Instantaneous reproduction number on sliding windows. With I the incidence, of which `imported` came from outside, and w the
 * serial interval: infectivity L_t = sum_{s=1..t} w_s I_{t-s}; posterior of R on window W: gamma with shape a + sum_W (I -
 * imported) and scale 1 / (1 / b + sum_W L), (a, b) = shape and scale of the prior. Windows start on the second day (0-based 1)
 * as EpiEstim's default; windows that end before the mean serial interval has passed are left out as EpiEstim gives NA there.
 * Agrees with EpiEstim 2.2-4 to 4 digits or better on its five historic outbreaks (tests/monitor).
 *
 * incidence[n] is daily. NaN days: they add neither cases nor infectivity to a window; inside L they count as the mean of the
 * nearest reported day before and after (the nearer one alone at an end). A window without any reported day is left out.
 * imported[n] or NULL; NaN is 0; it may not exceed the incidence.
 * out[n] must hold n entries (n_windows where windows are given); *n_out says how many windows were filled.
 * *status: VG_SERIES_TOO_SHORT under window + 1 days, VG_SERIES_BAD_INPUT for a negative or infinite count (error->message
 * names the day), VG_SERIES_TOO_FEW with no case at all. VG_USAGE_ERROR: serial interval, prior or window make no sense. Cost:
 * O(n * length of interval) plus 9 gamma quantiles a window from a table of polynomials; 200 days take 0.04 ms (uncertain: n1 times
 * the former, and mixture quantiles by Newton's steps on n1 gammas: 25 ms for 200).
 */
vg_status vg_monitor_rt(const double *incidence, const double *imported, size_t n, const struct vg_rt_parameters *parameters,
                        struct vg_arena *scratch, struct vg_rt_estimate *out, size_t *n_out, enum vg_series_status *status,
                        struct vg_error *error) VG_MUST_USE;
/*
 * Rt of a series that is not known exactly: draws[draw * n + day] are equally probable courses of the incidence
 * (vg_nowcast.draws). The posterior is the equal mixture of the draws' posteriors, so what is not reported yet widens the
 * interval of the newest windows instead of pulling R down. mean and sd are the mixture's own; quantiles are found on
 * the mixture's distribution function (1e-5 of probability). parameters as above; `uncertain` draws one pair a course. Rules for NaN and
 * negatives as above, over all draws. The same n_draws courses up to a day give the same posterior, so only the last windows
 * cost the mixture.
 */
vg_status vg_monitor_rt_draws(const double *draws, size_t n_draws, size_t n, const struct vg_rt_parameters *parameters,
                              struct vg_arena *scratch, struct vg_rt_estimate *out, size_t *n_out,
                              enum vg_series_status *status, struct vg_error *error) VG_MUST_USE;

/* -------------------------------------------- case reproduction number (rt_case.c), Wallinga and Teunis 2004 */

struct vg_rt_case_estimate {  /* one a window: the mean offspring of its cases */
    size_t first, last;       /* 0-based days, both included */
    double mean, sd;
    double quantiles[VG_QUANTILE_COUNT];
    double share_observed;    /* of the serial interval of the window's cases that has passed: the mean is too low by about this factor at the end */
};
/*
 * Mean offspring of the cases of sliding windows, as EpiEstim's wallinga_teunis: a case of day u was infected by one of day s < u with probability I_s w(u - s) /
 * sum_s' I_s' w(u - s'). Looks ahead where the instantaneous R looks back; the newest windows are right-truncated (share_observed says how much). Mean and sd
 * given the series; quantiles of the sum of binomials, exact below 400 expected offspring, by Cornish-Fisher above. Windows start on the second day; those
 * before the first case or without cases are left out. Serial interval, window, NaN and statuses as vg_monitor_rt; prior and uncertain are not used.
 * out[n]. O(n_windows (n window + cases offspring)).
 */
vg_status vg_monitor_rt_case(const double *incidence, size_t n, const struct vg_rt_parameters *parameters, struct vg_arena *scratch,
                             struct vg_rt_case_estimate *out, size_t *n_out, enum vg_series_status *status, struct vg_error *error) VG_MUST_USE;

/* ------------------------------------------- serial interval from pairs (serial_interval.c) */

/*
 * Onsets of an infector and of the one infected, each between two times in days (a date is a day: low is its number, high one more). Windows narrower than 0.001
 * days are taken to be that wide.
 */
struct vg_interval_pair { double infector_low, infector_high, infectee_low, infectee_high; };

struct vg_interval_parameters {
    bool families[VG_INTERVAL_FAMILY_COUNT]; /* those to fit; none: the positive ones, and the normal too where a pair's interval is negative for sure */
    double shift_days;      /* added to every interval before a positive family is fitted; NaN: 0, or as much as the most negative pair needs */
    double observed_until;  /* pairs whose second onset is later are not seen yet; INFINITY: all are */
};
void vg_monitor_interval_defaults(struct vg_interval_parameters *parameters);

struct vg_interval_fit {
    enum vg_interval_family family;
    double shift_days;                    /* what was added; 0 for the normal */
    double parameters[2];                 /* most likely: shape and scale (gamma, Weibull), log mean and log sd (log-normal), mean and sd; of the shifted interval */
    double mean, sd;                      /* most likely, in days, the shift taken off */
    double log_likelihood, aic, akaike_weight;
    double probability;                   /* of the family given the pairs, all families alike before */
    double mean_expected, sd_expected;    /* posterior means */
    double mean_quantiles[VG_QUANTILE_COUNT], sd_quantiles[VG_QUANTILE_COUNT]; /* posterior */
};
struct vg_interval_estimate {
    enum vg_series_status status;
    size_t n_pairs, n_fits, best;         /* best: index of the lowest AIC */
    struct vg_interval_fit fits[VG_INTERVAL_FAMILY_COUNT];
    /* The posterior as points: mean and sd of the unshifted interval by fit, with weights that add to 1 over all. */
    size_t n_points;
    double *point_mean, *point_sd, *point_weight;
    uint8_t *point_fit;
    /* Without a family: the most likely distribution over whole days, from first_lag on. */
    int32_t first_lag;
    size_t n_lags;
    double *empirical;                    /* [n_lags] */
    double empirical_mean, empirical_sd;
};
/*
 * Distribution of the serial interval from pairs of who infected whom: the likelihood of double interval censoring (Reich et al. 2009, Stat Med 28:2769), with the
 * infector's onset uniform in its window and the integral over both windows in closed form: with H the integral of the distribution function,
 *     P(pair) = [H(b2 - a1) - H(b2 - b1) - H(a2 - a1) + H(a2 - b1)] / (b1 - a1)
 * for windows [a1, b1] and [a2, b2]. The same numbers as coarseDataTools' dic.fit. Right truncation (pairs seen until a day only) divides by
 * P(second onset until then), the infector's being given. Posterior of mean and sd by quadrature over a grid turned along its own axes; priors that hold what is
 * published: log mean ~ N(log 8, 1), log of sd / mean ~ N(log 0.6, 1); normal family: mean ~ N(5, 10), log sd ~ N(log 5, 1). The most likely sd is kept at or
 * over 1/20 of the mean, for pairs that are all alike would have none. The distribution without a family is Turnbull's (1976, J R Stat Soc B 38:290), with whole
 * days, found by the EM algorithm, truncation included.
 * status: VG_SERIES_TOO_FEW under 5 pairs, VG_SERIES_BAD_INPUT for windows that are not windows, pairs after observed_until or an interval that no family asked for can have
 * (error says which pair). VG_USAGE_ERROR: a shift that is infinite. Arrays are the arena's. Cost: some 2,000 evaluations of the likelihood a family, each as many
 * distribution functions as there are distinct differences of window ends: milliseconds for dates, about 0.1 s for 1,000 pairs with truncation.
 */
vg_status vg_monitor_interval(const struct vg_interval_pair *pairs, size_t n_pairs, const struct vg_interval_parameters *parameters, struct vg_arena *arena,
                              struct vg_interval_estimate *out, struct vg_error *error) VG_MUST_USE;
/*
 * n_rows equally probable distributions over whole days from the posterior (families by their probability), as weights by lag for vg_monitor_rt: the difference of
 * two dates whose times lie anywhere in their days. weights[row * n_lags + lag], lag 0 has 0 and the rest is given that it is at least a day and less than n_lags.
 * *dropped: the mean share of intervals of no day or less, which the renewal of daily counts cannot use. Deterministic: every point of the posterior stands as often as its weight says.
 */
vg_status vg_monitor_interval_weights(const struct vg_interval_estimate *estimate, size_t n_rows, size_t n_lags, double *weights, double *dropped,
                                      struct vg_error *error) VG_MUST_USE;

/* ---------------------------------------------------------- reporting delays (delays.c) */

struct vg_delay_estimate {
    enum vg_series_status status;
    size_t n_delays;
    double *cumulative; /* [n_delays] share reported within the delay, of what is reported within the last delay */
    double *cumulative_low, *cumulative_high; /* 95 % */
    double median_steps, q90_steps;           /* smallest delay with at least 50 %, 90 % reported */
    double mean_steps;                        /* an open last delay counts as itself, so this is a lower bound then */
};
/*
 * Delay distribution from a triangle whose newest dates are incomplete: reverse-time hazards (Kalbfleisch and Lawless 1989;
 * Lagakos 1988; the same numbers as the chain ladder). g_d = reports at delay d / reports within d, over the reference dates
 * whose delay d has been observed; F(d) = prod_{j > d} (1 - g_j). Interval on the log(-log) scale with Greenwood's variance
 * times the dispersion of the hazards between dates. Unpublished cells (NaN) join the next published one, which is shared out
 * by the hazards themselves; a first report that holds several delays at once (stock when reporting began) tells nothing about
 * delays and is only the base of later ones. Negative cells (revisions) lower the sums; F may then exceed 1 at early delays
 * when more was withdrawn than added later. window_references: the newest so many reference dates; 0: the newest max(60, 2
 * n_delays), all if fewer. status: VG_SERIES_NO_DELAYS where nothing was ever reported later than at first or fewer than 2
 * dates are there; VG_SERIES_TOO_FEW under 10 reports. VG_USAGE_ERROR: empty or inconsistent triangle. Arrays come from the
 * arena, also where the status is not OK (then NaN). O(n_references * n_delays).
 */
vg_status vg_monitor_delays(const struct vg_triangle *triangle, size_t window_references, struct vg_arena *arena,
                            struct vg_delay_estimate *out, struct vg_error *error) VG_MUST_USE;

/* ------------------------------------------------------------------- nowcast (nowcast.c) */

struct vg_nowcast_parameters {
    size_t window_references; /* only the newest so many reference dates are used at all; 0: the newest 180 (days) or 156
                                 (weeks) */
    size_t sum_steps;         /* 1: each step; 7: rolling 7-step sums (that step and the 6 before), as the German hub does */
    size_t n_draws;           /* courses drawn for the fan and for vg_monitor_rt_draws; default 0: none */
    uint64_t seed;            /* of the draws; the quantiles do not depend on it */
};
void vg_monitor_nowcast_defaults(struct vg_nowcast_parameters *parameters);
struct vg_nowcast {
    enum vg_series_status status;
    struct vg_quantile_series expected_final; /* quantiles of the final count by reference date (or of the rolling sums) */
    double *reported;                         /* [n_steps] known on as_of (or their rolling sums) */
    struct vg_delay_estimate delays;
    bool revised_downward; /* reports were withdrawn in the past: reported is then no lower bound */
    size_t n_learnt;       /* former nowcasts the error was learnt from */
    size_t n_draws;
    double *draws; /* [n_draws * n_steps], draws[draw * n_steps + step]; NULL without draws */
};
/*
 * What the counts will be once all reports are in. "Final" is what is known at the triangle's last delay.
 *
 * Mean: chain ladder by reverse hazards with a weekday effect of the report day (daily data), learnt with memory that fades
 * (several half-lives, weighted by how well each did lately), and, where the newest dates say little by themselves, drawn to
 * the level that the preceding dates and their trend suggest (credibility weight learnt from former nowcasts by horizon).
 * Spread: the same estimator is re-enacted as of each former day, knowing only what was known then; the squared errors of these
 * nowcasts against what is known now (plus what is still unknown, from the longer horizons) give the dispersion by horizon, the
 * newest counting most. For rolling sums the errors are those of the sums themselves. Predictive: what is missing is negative
 * binomial (gamma for large counts) with that variance, its tails widened as Student's t for what the dispersion rests on;
 * where reports were withdrawn in the past, the law starts below the reported count. Quantiles never cross; reported is their
 * lower bound unless revised_downward. A day without publication (a whole diagonal of NaN) delays its reports to the next
 * publication; NaN cells never count as zero. The first sum_steps - 1 sums are NaN, as are dates without any published cell.
 *
 * status: VG_SERIES_TOO_SHORT under 7 reference dates, VG_SERIES_NO_DELAYS and VG_SERIES_TOO_FEW as vg_monitor_delays,
 * VG_SERIES_SILENT where nothing was published for the newest dates while that is improbable (quantiles are NaN for the silent
 * dates only). Unless the status is OK or SILENT the quantiles are NaN and reported is still filled. VG_USAGE_ERROR: empty or
 * inconsistent triangle. Cost: O(n_references * n_delays) times a small constant; 180 x 40 takes a few ms. Papers: Mack 1993;
 * England and Verrall 2002; Bornhuetter and Ferguson 1972; Lawless 1994; Höhle and an der Heiden 2014; Wolffram et al. 2023
 * (the German hub).
 */
vg_status vg_monitor_nowcast(const struct vg_triangle *triangle, const struct vg_nowcast_parameters *parameters,
                             struct vg_arena *arena, struct vg_nowcast *out, struct vg_error *error) VG_MUST_USE;

/* ------------------------------------- the newest days of many places at once (recent.c) */

struct vg_recent_model {
    enum vg_series_status status;
    size_t window_steps;        /* 7 for days, 1 for weeks */
    double minimum_share;       /* dates of which less is reported are not corrected */
    size_t n_ages;
    const double *share_by_age; /* [n_ages] share already reported of a date so many steps old */
    /* Mean squared log errors of the two views of the newest window (ladder, level), and of their product. */
    double ladder_variance, level_variance, covariance;
    double corrected_log_sd;    /* of the newest window of corrected dates, those with minimum_share and more */
    double n_windows_learnt;    /* independent former windows that the errors rest on */
};
/* Share reported of a window of window_steps dates, the newest 0 steps old, when cases grow by growth_per_step (log) a step.
 * Ages beyond n_ages: 1. */
double vg_monitor_window_share(const double *share_by_age, size_t n_ages, size_t window_steps, double growth_per_step);
/*
 * Learns shares and errors once from the triangle of the whole: as of up to 84 former days, with the delays as known then, the newer ones weighing more. Where
 * there is little to learn from, two windows of a prior (errors of 0.3 and 0.25 on the log scale) stand in. share_by_age is in the arena. Status and errors
 * as vg_monitor_delays. Cost: 84 times vg_monitor_delays, a few ms.
 */
vg_status vg_monitor_recent_learn(const struct vg_triangle *triangle, size_t window_steps, double minimum_share, struct vg_arena *arena,
                                  struct vg_recent_model *out, struct vg_error *error) VG_MUST_USE;
/* expected[i] = reported[i] / share at its age; NaN where the share is under the model's minimum. reported[n], expected[n]; the last
 * one is 0 steps old. */
void vg_monitor_recent_correct(const struct vg_recent_model *model, const double *reported, size_t n, double *expected);
/* Final sum of the newest window of one place with a 95 % interval, from its reported series (the last one is 0 steps old). NaN where nothing was learnt or the
 * series is shorter than two windows. The interval never lies below what is reported. */
struct vg_rate_interval vg_monitor_recent_expect(const struct vg_recent_model *model, const double *reported, size_t n);

/* ---------------------------------------------------------------- forecast (forecast.c) */

/* The forecast hubs' 23 levels: 1, 2.5, 5, 10, 15, ..., 90, 95, 97.5, 99 %. */
#define VG_FORECAST_LEVELS 23
#define VG_FORECAST_MEDIAN 11
extern const double vg_forecast_levels[VG_FORECAST_LEVELS];
/* The nine of them that are vg_quantile_levels: out[i] = quantiles[vg_forecast_level_of[i]]. */
extern const size_t vg_forecast_level_of[VG_QUANTILE_COUNT];

enum vg_forecast_method {
    VG_FORECAST_NAIVE,                 /* the last value, or the last season's pattern, again */
    VG_FORECAST_EXPONENTIAL_SMOOTHING, /* Holt's damped trend with an additive season on the fourth-root scale */
    VG_FORECAST_HUB_BASELINE,          /* the last value with its symmetric past steps added up, as the forecast hubs' baseline */
    VG_FORECAST_ENSEMBLE,              /* several models, weighted by their past scores */
    VG_FORECAST_AUTOREGRESSION,        /* change regressed on recent changes, the season and the sibling places */
    VG_FORECAST_SEASONAL_ANALOGUES,    /* what followed the former weeks that were most like the newest ones */
    VG_FORECAST_METHOD_COUNT
};
const char *vg_forecast_method_name(enum vg_forecast_method method); /* "naive", "exponential_smoothing", "hub_baseline", "ensemble", ... */
bool vg_forecast_method_from_name(const char *name, enum vg_forecast_method *method);

#define VG_FORECAST_WEEKS 4 /* horizons that weights and errors are learnt for, in weeks; further ones share the last */
#define VG_FORECAST_MEMBERS_MOST 16

/*
 * What the sibling places of a dataset teach: how changes follow changes, how large errors are, which model did well. Learnt once from all of them
 * (vg_monitor_forecast_learn), then read by the forecast of each. Memory is the arena's; the fields are private.
 */
struct vg_forecast_experience;

/*
 * A further member of the ensemble from elsewhere, by weeks: 1 to VG_FORECAST_WEEKS after the last whole one. It begins with less credit than the others
 * (relative WIS 1.1 for the next week to 2 for the fourth) and earns its weight where former forecasts of it are given.
 */
struct vg_forecast_guest {
    const char *name;
    size_t n_former;
    const double *quantiles; /* [VG_FORECAST_WEEKS * VG_FORECAST_LEVELS]; NaN: none */
    const double *former;    /* [n_former * VG_FORECAST_WEEKS * VG_FORECAST_LEVELS], oldest first, one week apart, the newest one week before now; NaN: none */
};

struct vg_forecast_parameters {
    enum vg_forecast_method method;
    size_t horizon_steps; /* 1..366 */
    size_t season_steps;  /* 7 for days with a weekly rhythm, 1 for none; 0: 7 for daily series and 1 otherwise */
    uint64_t seed;        /* of the simulated paths */
    size_t n_paths;       /* sample paths wanted, at most 100,000; 0: none */
    const struct vg_forecast_experience *experience; /* ensemble, autoregression, analogues: from the siblings, or NULL */
    uint32_t group;       /* which of the experience's groups the place belongs to */
    const struct vg_series *leading; /* the same: what runs ahead of the series, as cases of deaths; same start, step and length; or NULL */
    const struct vg_forecast_guest *guest;   /* ensemble: one more member, or NULL */
};
void vg_monitor_forecast_defaults(struct vg_forecast_parameters *parameters); /* the ensemble, 14 steps, season 0, no paths */

/* A member of an ensemble as it is shown. By horizon in weeks, 1 first; further ones as the last. */
struct vg_forecast_weight {
    const char *name;
    double weight[VG_FORECAST_WEEKS];       /* 0..1, over the members 1 */
    double relative_wis[VG_FORECAST_WEEKS]; /* past mean WIS over that of the first member, newest weighing most; NaN: no past yet */
    size_t n_scored[VG_FORECAST_WEEKS];     /* past forecasts that this rests on */
};
struct vg_forecast {
    enum vg_series_status status;
    enum vg_forecast_method method; /* what was used: a series too short for the ensemble is smoothed */
    int32_t start, step_days;       /* the step after the last of the series */
    size_t n_steps;
    double *quantiles;              /* [n_steps * VG_FORECAST_LEVELS], >= 0, never crossing, not rounded; NaN unless the status is OK */
    double *mean;                   /* [n_steps] */
    size_t n_paths;
    double *paths;                  /* [n_paths * n_steps], paths[path * n_steps + step]; NULL without */
    size_t n_members;               /* 0 where there is no ensemble */
    struct vg_forecast_weight *members;
};
/*
 * Quantiles of the next horizon_steps values after the last one of the series, and sample paths whose law at each step is that of the quantiles. Arrays come
 * from the arena. docs/forecast.md has the equations.
 *
 * Naive: value k steps ahead is like the newest one of the same place in the season; quantiles are those of the series' own
 * past k-step errors on the square-root scale (the newest 120, made symmetric, so that the median is the pattern itself).
 * Smoothing: level, damped trend, season of y^(1/4) (Gardner and McKenzie 1985; Hyndman et al. 2008, ETS(A,Ad,A)); smoothing constants by likelihood on a
 * grid and then Nelder-Mead, over the newest 180 steps; 1,000 paths with residuals drawn again from the past (newer ones more often), whose spread is
 * corrected, by horizon, by the errors the same model made from former origins.
 *
 * Hub baseline (Cramer et al. 2022; the simplets package): differences of the whole series and their opposites; one step ahead their quantiles around the last
 * value; further steps add up 10,000 evenly spaced quantiles of them in random order, the median put back on the last value; cut off at 0. It knows no
 * weekdays: it is meant for weeks.
 *
 * Ensemble: the last value, a bank of damped trends, the regression on two scales and, from two years on, the seasonal analogues, all in weeks (days: sevens
 * that end with the last day), made again as of up to 78 former weeks with what was known then; quantiles are averaged on the square-root scale with weights
 * that fall with the fourth power of the past WIS relative to the last value's, and their spread is corrected to past coverage (forecast_ensemble.c). Days
 * share a week's forecast as the days of recent weeks did (forecast_days.c), so weekly reporters, empty Sundays and batch days come again; where four in five
 * days have cases, the smoothing of the days joins with half the weight.
 * Beyond four weeks the median stays and the spread grows with the square root of time.
 *
 * Negative values (corrections) count as not reported, or, inside a week of days, lower its sum; NaN steps are passed over.
 * status: VG_SERIES_TOO_SHORT under max(2 seasons, 10) + 4 values (the ensemble: under 8 weeks; analogues: under 2 years), VG_SERIES_TOO_FEW under 5 cases,
 * VG_SERIES_SILENT where vg_monitor_silence says so (nothing is claimed then), VG_SERIES_BAD_INPUT for an infinite value; error->message says why.
 * VG_USAGE_ERROR: horizon, season or number of paths out of range, empty series, a leading series of another shape. Cost: naive 0.1 ms, smoothing some ms for
 * 180 values and 28 steps, the ensemble 1 to 2 ms for two years of weeks; 2 for days, 6 where smoothing joins.
 */
vg_status vg_monitor_forecast_full(const struct vg_series *series, const struct vg_forecast_parameters *parameters, struct vg_arena *arena,
                                   struct vg_forecast *out, struct vg_error *error) VG_MUST_USE;
/* The same at vg_quantile_levels. */
vg_status vg_monitor_forecast(const struct vg_series *series, const struct vg_forecast_parameters *parameters,
                              struct vg_arena *arena, struct vg_quantile_series *out, enum vg_series_status *status,
                              struct vg_error *error) VG_MUST_USE;

/*
 * Learns from the sibling places (forecast_learn.c): series[n_places] and, where there are some, leading[n_places] (NULL: none), all with the start, step and
 * length of the first. group[n_places] says which places move together, as those of one country do (NULL: all). Only what was known in each week is used for that week, so former forecasts stay honest. The regression learns from at most 240
 * places, errors and scores from at most 48, spread over the list. A NULL out is never left: without places there is nothing to learn and *out is NULL.
 * VG_USAGE_ERROR: series of different shapes. Cost: 1 ms a scored place and 0.1 ms a further one.
 */
vg_status vg_monitor_forecast_learn(const struct vg_series *series, const struct vg_series *leading, const uint32_t *group, size_t n_places,
                                    struct vg_arena *arena, struct vg_forecast_experience **out, struct vg_error *error) VG_MUST_USE;

/*
 * Forecasts of one series by several members, put into one (forecast_ensemble.c): the seam where any other model joins. A member is a name, its quantiles now
 * and, where it can be asked for them, those it gave at former origins.
 */
struct vg_forecast_pool {
    size_t n_members, n_steps, n_former; /* members 1..16 */
    size_t steps_per_week;               /* 1 for weeks, 7 for days: horizons of one week share weights and scores */
    const char *const *names;            /* [n_members] */
    const double *quantiles;             /* [n_members * n_steps * VG_FORECAST_LEVELS], NaN: none */
    /* [((member * n_former) + origin) * n_steps * VG_FORECAST_LEVELS + ...], oldest origin first, one week apart, the newest one week before now; NaN: none */
    const double *former;
    const double *observed;              /* [n_former * n_steps] what came; NaN: not known now */
    const double *prior_wis;             /* [n_members * VG_FORECAST_WEEKS] WIS relative to the first member's, known from elsewhere; NULL: all 1 */
    const double *log_spread;            /* [VG_FORECAST_WEEKS] logarithm of the spread's correction to begin with; NULL: 0 */
};
/*
 * quantiles[n_steps * VG_FORECAST_LEVELS]: averages of the members' on the square-root scale, weight proportional to (relative WIS)^-4. The relative WIS is a
 * member's past mean over the first member's, on what both forecast, half-life 26 weeks, shrunk to the prior by 30 forecasts. The same is done as of every
 * former origin, and the spread around the median is corrected by how often past 50, 80 and 95 % intervals held. log_spread_out[VG_FORECAST_WEEKS] or NULL.
 * VG_USAGE_ERROR: no member, too many.
 */
vg_status vg_monitor_forecast_combine(const struct vg_forecast_pool *pool, struct vg_arena *arena, double *quantiles, struct vg_forecast_weight *weights,
                                      double *log_spread_out, struct vg_error *error) VG_MUST_USE;

/*
 * Sample paths of a forecast given by its quantiles (forecast_paths.c): at each step the law is that of the quantiles, between the levels straight on the
 * square-root scale and beyond them as a normal law's; from step to step the ranks move together as a random walk's, correlation sqrt(j / k) of steps j < k.
 * paths[n_paths * n_steps], paths[path * n_steps + step]; deterministic in the seed.
 */
void vg_monitor_forecast_paths(const double *quantiles, size_t n_steps, size_t n_paths, uint64_t seed, double *paths);

/* ------------------------------------------------------ scores of forecasts (score.c); lower is better */

/* 2 (1[observed <= quantile] - level) (quantile - observed): twice the pinball loss (Gneiting 2011). */
double vg_monitor_quantile_score(double level, double quantile, double observed);
/*
 * Weighted interval score (Bracher et al. 2021) of quantiles[n_levels] at levels[n_levels]: the mean over the levels of
 * vg_monitor_quantile_score. For levels symmetric around the median this is the usual WIS, scoringutils' wis(count_median_twice
 * = FALSE). NaN if n_levels is 0 or a value is NaN.
 */
double vg_monitor_wis(const double *levels, const double *quantiles, size_t n_levels, double observed);
/* Parts of the same, for interval pairs and the median: they add up to the WIS. Levels must be symmetric and ascending; else
 * all NaN. */
struct vg_wis_parts {
    double dispersion, overprediction, underprediction;
};
struct vg_wis_parts vg_monitor_wis_parts(const double *levels, const double *quantiles, size_t n_levels, double observed);
/* (high - low) + 2/alpha * miss for a central interval that should hold 1 - alpha (Gneiting and Raftery 2007). */
double vg_monitor_interval_score(double alpha, double low, double high, double observed);
/* CRPS of a sample as it is: mean |x - y| - mean |x - x'| / 2 (scoringRules' crps_sample). sorted[n] ascending. O(n). NaN for n
 * 0. */
double vg_monitor_crps_sample(const double *sorted, size_t n, double observed);

/* One forecast's scores (score_forecast.c); NaN where the forecast does not allow one. inside_*: 1 or 0. */
struct vg_forecast_score {
    double wis, dispersion, overprediction, underprediction; /* quantiles */
    double absolute_error;                                   /* of the median */
    double bias;                                             /* -1 all of it below what came .. 1 all above */
    double inside_50, inside_90, inside_95;                  /* of central intervals */
    double crps, log_score, pit;                             /* samples */
};
/*
 * Of a forecast given by quantiles[n] at levels[n], ascending. WIS and its parts as above, bias and coverage as scoringutils defines them: bias is 1 - 2 q with q
 * the largest level whose quantile is at or below the observation (the smallest at or above it, where it is below the median), 0 at the median, 1 and -1 outside.
 */
void vg_monitor_score_quantiles(const double *levels, const double *quantiles, size_t n, double observed, struct vg_forecast_score *out);
/* Of a forecast given by a sample, sorted[n] ascending, n >= 2: CRPS, logarithmic score by a normal kernel density (scoringRules' logs_sample), PIT (middle of
 * its step), bias 1 - (P(X < y) + P(X <= y)), coverage of sample quantiles. */
void vg_monitor_score_sample(const double *sorted, size_t n, double observed, struct vg_forecast_score *out);
/*
 * Probability integral transform, as histograms of many forecasts (flat where they are calibrated). Of quantiles: the bin of the observation, 0 .. n, where bin
 * i lies between levels i - 1 and i (the first level whose quantile is at or above it). Of a sample, sorted[n]: adds 1, spread over bins[n_bins] of equal width
 * between P(X < y) and P(X <= y), the non-randomised form for counts (Czado, Gneiting and Held 2009). As scoringutils' get_pit_histogram. NaN adds nothing.
 */
size_t vg_monitor_pit_bin(const double *quantiles, size_t n, double observed);
void vg_monitor_pit_sample(const double *sorted, size_t n, double observed, double *bins, size_t n_bins);
/*
 * Models against each other: scores[model * n_units + unit], NaN where a model made no forecast of a unit. For each pair the ratio of mean scores over the units
 * that both have; skill[model] is the geometric mean of its ratios to all models (itself included), scaled[model] that over the baseline's (NaN where baseline is
 * not below n_models): below 1 is better than the baseline. As the COVID-19 and influenza hubs do. O(n_models^2 n_units).
 */
void vg_monitor_relative_skill(const double *scores, size_t n_models, size_t n_units, size_t baseline, double *skill, double *scaled);

/*
 * Where a whole number lies in a law given by quantiles at levels (both ascending): the probabilities of less than observed - 1/2 and of less than observed + 1/2,
 * straight between the quantiles, half of the outermost level beyond them; of 0 the first is 0. A count that is likely has a wide range, of which the
 * part within a central interval says how far the interval holds it: so coverage is fair where many counts stand on an interval's edge (the
 * non-randomised PIT of Czado, Gneiting and Held 2009, Biometrics 65:1254). A law of fractions is taken to be one of the counts that they round to. NaN where a quantile is.
 */
void vg_monitor_pit_of_count(const double *levels, const double *quantiles, size_t n, double observed, double *low, double *high);

/* A running tally over many forecasts at vg_quantile_levels; start with zeros ({0}). */
struct vg_score_tally {
    size_t n;
    double wis, dispersion, overprediction, underprediction; /* sums: divide by n */
    double absolute_error;                                   /* of the median, sum */
    size_t inside_50, inside_90, inside_95; /* forecasts whose central interval held the observation, ends included */
    double bias; /* sum of (share of levels whose quantile is above) - (share below), -1 under .. 1 over */
};
void vg_monitor_tally(struct vg_score_tally *tally, const double quantiles[VG_QUANTILE_COUNT],
                      double observed); /* NaN is not counted */

#endif
