/*
 * renewal: one generative model of infections, delays and reports, and its full posterior. docs/renewal-model.md has the
 * equations, priors and sources.
 *
 * Latent infections follow the renewal equation with a smooth log R; counts by reference date (onset, notification, admission)
 * are infections after a known delay, with weekdays, an own deviation of every date and negative binomial counting; reports of
 * them arrive by discrete hazards with effects of the report's day, estimated from the triangle. Plain counts by report date are
 * a triangle with one delay. Reports without a reference date (line lists with missing onsets) are given one within the model.
 *
 * Two ways to the posterior of the same density: fast (Newton and Laplace's approximation with the hyperparameters integrated,
 * corrected for skewness) and the No-U-Turn sampler, which is the reference. Pure functions: no file, store, clock or global;
 * results depend on inputs and seed alone. Ends as monitor.h says: a series that cannot be analysed is VG_OK with a status.
 */
#ifndef VG_RENEWAL_H
#define VG_RENEWAL_H

#include "model/model.h"

enum vg_renewal_method { VG_RENEWAL_FAST, VG_RENEWAL_SAMPLER };

/* Hyperparameters, in this order wherever there are five of them; on the log scale. */
#define VG_RENEWAL_HYPER_COUNT 5
/*
 * sigma: daily innovation of log R. excess: a count of mean m has variance m (1 + excess). tau: sd of a reference date's own deviation.
 * upsilon: sd of a report date's effect on the hazards of being reported. omega: sd of their slow drift from fortnight to fortnight (6 weeks).
 */
extern const char *const vg_renewal_hyper_names[VG_RENEWAL_HYPER_COUNT];

/*
 * What is known of a place before its own data are seen: from the places around it (vg_renewal_many makes it) or from elsewhere.
 * Delays are logit hazards by delay, of which a place differs by `between_sd` at each and by `common_sd` at all of them together.
 */
struct vg_renewal_prior {
    size_t n_hazards;          /* n_delays - 1 of the triangles it is for */
    double *hazards;           /* [n_hazards] */
    double between_sd, common_sd;
    double report_day[7], report_day_sd; /* Sunday first; ignored for weeks */
    double weekday[7], weekday_sd;
    double hyper_mean[VG_RENEWAL_HYPER_COUNT], hyper_sd[VG_RENEWAL_HYPER_COUNT];
    /* What the parent's report steps add, as in vg_renewal_memory; n_steps 0: not known. A place that is small beside the parent's total
     * takes them as they are, and shifts of its own for four groups of delays only. */
    int32_t first_step;
    size_t n_steps;
    const double *short_steps, *long_steps;
    double total;              /* reports of the parent in its window */
};

/* Where a former fit of the same series ended: the next day's begins there. All in the arena of the estimate it came with. */
struct vg_renewal_memory {
    int32_t first_day, first_report; /* of levels; of effects */
    int32_t step_days;
    size_t n_levels, n_hazards, n_effects;
    double *levels, *hazards, *effects;
    double shape[2], report_day[7], weekday[7], hyper[VG_RENEWAL_HYPER_COUNT];
    int32_t first_step;        /* report step of the first entry of the next two */
    size_t n_steps;
    double *short_steps, *long_steps; /* [n_steps] what a report step adds to the logit hazards of short delays and of long ones */
};

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
    size_t forecast_steps;          /* default 28; at most 366 */
    size_t n_draws;                 /* of the posterior; 0: 400 (fast; 800 with undated reports), 1,000 (sampler) */
    size_t n_warmup;                /* sampler; default 500 */
    /*
     * Reports whose reference date is missing, by report step from the triangle's start on: [n_undated] whole numbers; or NULL. Whether a date
     * is missing may depend on the report step, not on the date. They come in within the triangle's delays, as the dated do.
     */
    const double *undated;
    size_t n_undated;
    size_t n_imputations;           /* posteriors that are mixed, each with dates drawn for them; default 8 */
    uint64_t seed;
    uint32_t series;                /* number of the series in its batch: its draws are its own */
    const struct vg_renewal_prior *prior;   /* or NULL */
    const struct vg_renewal_memory *memory; /* or NULL */
    struct vg_pool *pool;           /* two of its threads share the work of one series, with the same results; or NULL */
};
void vg_renewal_defaults(struct vg_renewal_parameters *parameters); /* all else 0: generation interval must be given */

struct vg_renewal_diagnostics {
    size_t n_factors;       /* fast: factorisations in all */
    size_t n_divergent;     /* sampler: divergent transitions of n_draws; 0 is as it should be */
    double step_size, mean_depth, mean_acceptance, least_effective; /* sampler; the last over the hyperparameters and the newest log R */
};

struct vg_renewal_estimate {
    enum vg_series_status status;  /* unless VG_SERIES_OK the rest is empty; error->message says why */
    struct vg_quantile_series rt;         /* by day, from the first reference date of the window on to the last */
    struct vg_quantile_series infections; /* a day, on the scale of what is reported in the end (ascertainment is not known) */
    struct vg_quantile_series expected_final; /* by reference step: final counts, or their rolling sums (NaN before the first whole one) */
    struct vg_quantile_series forecast;   /* of the steps after the last: counts (never sums) */
    double *reported;                     /* [expected_final.n_steps] as known now, with a date; NaN where nothing was published */
    double n_undated;                     /* reports in the window that had to be given a date */
    size_t n_delays;
    double *delay_cumulative, *delay_low, *delay_high; /* [n_delays] share reported within the delay for the newest dates, 95 % interval */
    double hyper_mean[VG_RENEWAL_HYPER_COUNT], hyper_sd[VG_RENEWAL_HYPER_COUNT]; /* log scale; sd 0: fixed */
    size_t n_draws;
    size_t first_open;      /* first reference step of which more may come; expected_final.n_steps: none */
    double *to_come_draws;  /* [(expected_final.n_steps - first_open)][n_draws] reports of a single step that are still to come */
    double *forecast_draws; /* [n_draws * forecast.n_steps] */
    struct vg_renewal_memory memory;
    struct vg_renewal_diagnostics diagnostics;
};
/*
 * Posterior of one series. A triangle with one delay is a series of plain counts: then there are no delays and nothing is nowcast.
 * Results come from arena; scratch is used and left for the caller to release. VG_USAGE_ERROR: triangle, generation interval or
 * incubation make no sense, or reports without a date are. status: VG_SERIES_TOO_SHORT under 14 days or 8 weeks, VG_SERIES_TOO_FEW under 5 reports,
 * VG_SERIES_NOT_CONVERGED. Cost for 180 days and 40 delays: about 10 ms by two threads, a pooled place 5 ms, seconds to minutes by the sampler.
 */
vg_status vg_renewal(const struct vg_triangle *triangle, const struct vg_renewal_parameters *parameters, struct vg_arena *arena,
                     struct vg_arena *scratch, struct vg_renewal_estimate *out, struct vg_error *error) VG_MUST_USE;

/* --------------------------------------------------------- many series (many.c) */

struct vg_renewal_batch {
    const struct vg_triangle *triangles; /* [n] of one step; of one number of delays where they are pooled; or NULL: */
    /* Gives one of them, its increments from the arena. Called more than once a series, from any thread, so that not all need memory at once. False: out of it. */
    bool (*give)(void *context, size_t series, struct vg_arena *arena, struct vg_triangle *triangle);
    size_t n;
    bool pooled;             /* the series are places of one parent: delays and dispersion are drawn towards what they have in common */
    bool own_steps;          /* small places learn report steps and drift of their own too: twice the work, better where places report each in their own way */
    double alone_reports;    /* pooled: a place with so many reports or more learns from itself alone, as it knows its delays; 0: none does */
    const struct vg_renewal_memory *const *memories; /* [n], entries may be NULL; or NULL */
    const double *const *undated; /* [n], entries may be NULL; or NULL: each [n_undated] as vg_renewal_parameters has it */
    size_t n_undated;
    /* Called once a series, from any thread; the estimate is gone afterwards. */
    void (*take)(void *context, size_t series, const struct vg_renewal_estimate *estimate, const char *message);
    void *context;
};
/*
 * Every series by vg_renewal. Pooled: the sum of all is fitted first, then up to 16 of the largest, which show how much places differ;
 * from these comes the prior of every series (empirical Bayes). Results do not depend on the number of threads. parameters->prior,
 * ->memory, ->undated and ->pool are ignored. VG_USAGE_ERROR names the series that makes no sense.
 */
vg_status vg_renewal_many(const struct vg_renewal_batch *batch, const struct vg_renewal_parameters *parameters, struct vg_pool *pool,
                          struct vg_error *error) VG_MUST_USE;
/* The prior of the places of one parent alone, in the arena: what vg_renewal_many uses. False in *found where there is too little. */
vg_status vg_renewal_learn_prior(const struct vg_renewal_batch *batch, const struct vg_renewal_parameters *parameters, struct vg_pool *pool,
                                 struct vg_arena *arena, struct vg_renewal_prior *prior, bool *found, struct vg_error *error) VG_MUST_USE;

#endif
