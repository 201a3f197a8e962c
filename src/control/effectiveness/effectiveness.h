/*
 * effectiveness: what a vaccine or a treatment did to people, from data that were not made for it. Survival (Cox, Kaplan-Meier, log-rank, the test of proportional
 * hazards), logistic regression, matching, the designs made of them (cohort, test-negative, screening), and weighting by the inverse probability of treatment.
 *
 * Pure functions over arrays: x is row by row, x[i * p + j] of person i and covariate j, all finite. A fit that the data do not allow is VG_OK with a status in
 * the result; wrong arguments are VG_USAGE_ERROR. Arrays of results are the arena's. Effectiveness (VE) is 1 - ratio, of whichever ratio a design estimates.
 */
#ifndef VG_EFFECTIVENESS_H
#define VG_EFFECTIVENESS_H

#include "core/core.h"

#define VG_EFFECT_COVARIATES_MAX 64

enum vg_effect_status {
    VG_EFFECT_OK,
    VG_EFFECT_TOO_FEW,          /* too few people or events to estimate anything */
    VG_EFFECT_NO_EVENTS,        /* a group without any event: the effect has no end on one side */
    VG_EFFECT_SEPARATED,        /* covariates tell the outcome apart, or each other: no finite estimate */
    VG_EFFECT_NOT_CONVERGED,
    VG_EFFECT_NOT_PROPORTIONAL, /* the effect changes with time: one number would not be true */
    VG_EFFECT_NO_OVERLAP,       /* the groups are too unlike to be compared */
    VG_EFFECT_NOT_BALANCED,     /* groups still differ after matching or weighting */
    VG_EFFECT_UNLIKE_STRATA,    /* strata disagree more than chance lets them */
    VG_EFFECT_STATUS_COUNT
};
const char *vg_effect_status_name(enum vg_effect_status status); /* "ok", "too_few", "no_events", ... */

/* -------------------------------------------------------------------- Cox (cox.c) */

enum vg_ties { VG_TIES_EFRON, VG_TIES_BRESLOW };
/*
 * Follow-up of n rows: at risk over (entry, exit], event on exit or not. A person may have several rows (time split, or status changed) as long as they do not
 * overlap. entry NULL: all from the beginning.
 */
struct vg_cox_data {
    size_t n, p;
    const double *entry, *exit;
    const uint8_t *event;
    const double *x;
    const uint32_t *stratum;    /* any numbers; NULL: one */
    const double *weight;       /* NULL: 1 */
};
struct vg_cox_fit {
    enum vg_effect_status status;
    size_t n_events, iterations;
    double *beta;               /* [p] log hazard ratios */
    double *covariance;         /* [p * p] inverse information */
    double log_likelihood_null, log_likelihood;
};
/* Partial likelihood by Newton's method with halved steps (Cox 1972; Efron 1977, Breslow 1974). Cost: sorting, then n p^2 an iteration; 30,000 rows some ms. */
vg_status vg_effectiveness_cox(const struct vg_cox_data *data, enum vg_ties ties, struct vg_arena *arena, struct vg_cox_fit *fit, struct vg_error *error) VG_MUST_USE;
/*
 * Test of proportional hazards as survival 3's cox.zph makes it: the score test of each covariate's product with the Kaplan-Meier transform of time (Grambsch and
 * Therneau 1994), which asks whether scaled Schoenfeld residuals have a slope over it.
 */
struct vg_proportional { double *chi_square, *p_value; /* [p] */ double chi_square_all, p_value_all; };
vg_status vg_effectiveness_proportional(const struct vg_cox_data *data, enum vg_ties ties, const struct vg_cox_fit *fit, struct vg_arena *arena,
                                        struct vg_proportional *out, struct vg_error *error) VG_MUST_USE;
/* What leaving out each row would do to beta, weights counted: [n * p] (Lin and Wei 1989). */
vg_status vg_effectiveness_cox_influence(const struct vg_cox_data *data, enum vg_ties ties, const struct vg_cox_fit *fit, struct vg_arena *arena, double **influence,
                                         struct vg_error *error) VG_MUST_USE;
/* Sandwich variance out[p * p] from influences summed within clusters 0 .. n_clusters - 1. */
vg_status vg_effectiveness_clustered(const double *influence, size_t n, size_t p, const uint32_t *cluster, size_t n_clusters, struct vg_arena *arena, double *out,
                                     struct vg_error *error) VG_MUST_USE;
/* The same rows cut at times cut[n_cuts] (rising), with covariate `column` replaced by n_cuts + 1, one a period; the row that a new one is cut from in
 * origin[]. since: [n] the time from which a row's cuts count; NULL: 0. */
struct vg_cox_split { struct vg_cox_data data; size_t *origin; };
vg_status vg_effectiveness_split(const struct vg_cox_data *data, size_t column, const double *since, const double *cut, size_t n_cuts, struct vg_arena *arena,
                                 struct vg_cox_split *out, struct vg_error *error) VG_MUST_USE;

/* --------------------------------------------------------------- survival (survival.c) */

struct vg_survival_curve { size_t n_times; double *time, *at_risk, *events, *survival, *error; }; /* at times with an event; error: Greenwood's standard error of survival */
/* Kaplan-Meier of the rows of one group (take[i] == which; take NULL: all). */
vg_status vg_effectiveness_kaplan_meier(const struct vg_cox_data *data, const uint8_t *take, uint8_t which, struct vg_arena *arena, struct vg_survival_curve *out,
                                        struct vg_error *error) VG_MUST_USE;
void vg_effectiveness_survival_at(const struct vg_survival_curve *curve, double time, double *survival, double *error);
/* Two groups (0 and 1), strata of the data kept apart. */
struct vg_log_rank { double observed[2], expected[2], chi_square, p_value; };
vg_status vg_effectiveness_log_rank(const struct vg_cox_data *data, const uint8_t *group, struct vg_arena *arena, struct vg_log_rank *out, struct vg_error *error) VG_MUST_USE;

/* --------------------------------------------------------------- logistic (logistic.c) */

struct vg_logistic_data {
    size_t n, p;                /* an intercept is added in front */
    const double *x;
    const double *cases, *trials; /* [n] binomial counts; trials NULL: 1 each */
    const double *offset, *weight; /* NULL: 0, 1 */
};
struct vg_logistic_fit {
    enum vg_effect_status status;
    size_t iterations;
    double *beta;               /* [p + 1] intercept first */
    double *covariance;         /* [(p + 1)^2] */
    double *fitted;             /* [n] probabilities */
    double deviance, pearson;
};
/* Maximum likelihood by iteratively reweighted least squares (McCullagh and Nelder 1989). */
vg_status vg_effectiveness_logistic(const struct vg_logistic_data *data, struct vg_arena *arena, struct vg_logistic_fit *fit, struct vg_error *error) VG_MUST_USE;
/* Sandwich variance of it, which does not trust the binomial variance or fixed weights (Huber 1967, White 1982): out[(p + 1)^2]. */
vg_status vg_effectiveness_logistic_robust(const struct vg_logistic_data *data, const struct vg_logistic_fit *fit, struct vg_arena *arena, double *out, struct vg_error *error) VG_MUST_USE;

/* ---------------------------------------------------------------- designs (cohort.c, matching.c) */

enum vg_cohort_design {
    VG_COHORT_MATCHED,     /* each person protected on a day beside one who is not yet: both followed from that day on */
    VG_COHORT_NEVER,       /* the same, partners only among those never vaccinated before they leave the cohort (vaccineff's static matching) */
    VG_COHORT_PERSON_TIME, /* everyone, on calendar time: unvaccinated until the dose, nobody's time while protection builds up, vaccinated from then on */
    VG_COHORT_UNMATCHED,   /* vaccinated from their day of protection, the others from the first such day: for comparison, with immortal time in it */
};
struct vg_cohort {
    size_t n;
    const int32_t *outcome, *censored, *vaccinated; /* dates, VG_DATE_NONE: never */
    const uint8_t *counted;      /* [n] 0: vaccinated with something that is not asked about, so unvaccinated until the dose and out from then on; NULL: all are */
    const uint32_t *exact;       /* [n] matched people have the same number; NULL: any */
    const double *near;          /* [n * n_near] to be matched within calipers */
    const double *caliper;       /* [n_near] */
    size_t n_near;
};
struct vg_cohort_settings {
    enum vg_cohort_design design;
    int32_t start, end;          /* VG_DATE_NONE: the first day of protection; the newest date */
    int32_t delay_days;          /* from dose to protection */
    int32_t at_days;             /* length of follow-up; 0: to the end */
    uint64_t seed;               /* of the order among equals in matching */
};
struct vg_follow_up {
    size_t n;
    size_t *person;              /* [n] */
    uint32_t *pair;              /* [n] UINT32_MAX: none */
    uint8_t *vaccinated, *event; /* [n] */
    double *entry, *exit;        /* [n] days; entry NULL unless person time */
    size_t n_pairs, n_eligible, n_unmatched; /* vaccinated who could be matched, and of them those without a partner */
    size_t n_before, n_vaccinated_late;      /* people out before the start; pairs cut because the partner was vaccinated */
    int32_t start, end;
};
/*
 * Who is followed from when until when. Matching (1 : 1, without replacement among those unvaccinated on the day; the same exact number, within every caliper, nearest
 * first) goes through the days upwards; both of a pair start on the day of protection of the vaccinated, both unhurt and the partner without any dose, and both end
 * when the partner is vaccinated (Dagan et al. 2021, N Engl J Med 384:1412). Cost: 30,000 people some 10 ms.
 */
vg_status vg_effectiveness_follow(const struct vg_cohort *cohort, const struct vg_cohort_settings *settings, struct vg_arena *arena, struct vg_follow_up *out,
                                  struct vg_error *error) VG_MUST_USE;

/*
 * Variance of a Cox regression of pairs, [p * p] of the arena: between pairs and between people, less what is in both, as people can be in two pairs (Cameron, Gelbach and
 * Miller 2011); the fit's own where there are no pairs, or where the difference leaves no variance. origin: data's rows as the follow-up's (rows cut in periods); NULL: the same.
 */
vg_status vg_effectiveness_pair_variance(const struct vg_cox_data *data, enum vg_ties ties, const struct vg_cox_fit *fit, const struct vg_follow_up *follow, size_t n_people,
                                         const size_t *origin, struct vg_arena *arena, double **variance, struct vg_error *error) VG_MUST_USE;

/* --------------------------------------------------------------- screening (weighting.c) */

struct vg_screening_row { double cases, vaccinated_cases, coverage; }; /* coverage: share of the population vaccinated, between 0 and 1 */
struct vg_screening { enum vg_effect_status status; double effect, low, high, heterogeneity, p_value; };
/* VE = 1 - PCV / (1 - PCV) * (1 - PPV) / PPV (Farrington 1993, Int J Epidemiol 22:742); interval of PCV exact. */
void vg_effectiveness_screening_one(const struct vg_screening_row *row, struct vg_screening *out);
/* Strata pooled: logit PCV = logit PPV + log(1 - VE), the deviance as test of one VE for all. */
vg_status vg_effectiveness_screening(const struct vg_screening_row *rows, size_t n, struct vg_arena *arena, struct vg_screening *out, struct vg_error *error) VG_MUST_USE;

/* --------------------------------------------------------------- weighting (weighting.c) */

struct vg_treatment_data {
    size_t n, p;
    const double *x;
    const uint8_t *treated, *outcome;
    const double *time;          /* [n] days followed, to the outcome or to where a person was last seen without it; NULL: everybody's outcome is known */
};
struct vg_treatment_settings {
    double at;                   /* with time: risks up to this day; 0: to the last outcome */
    double trim;                 /* weights beyond this quantile and 1 - it are set to it; 0: none */
    size_t n_bootstrap;          /* 0: robust intervals alone */
    uint64_t seed;
};
enum vg_treatment_measure { VG_RISK_DIFFERENCE, VG_RISK_RATIO, VG_ODDS_RATIO, VG_TREATMENT_MEASURES };
struct vg_treatment {
    enum vg_effect_status status;
    size_t n_treated, n_untreated, n_outcomes_treated, n_outcomes_untreated, n_outside; /* outside: of the range of scores that both groups have */
    double risk[2], crude[VG_TREATMENT_MEASURES];
    double effect[VG_TREATMENT_MEASURES], low[VG_TREATMENT_MEASURES], high[VG_TREATMENT_MEASURES]; /* robust, weights taken as known: conservative */
    double boot_low[VG_TREATMENT_MEASURES], boot_high[VG_TREATMENT_MEASURES];                      /* percentiles; NaN without a bootstrap */
    double effective_n[2], largest_weight, score_low[2], score_high[2]; /* by untreated, treated */
    double *score, *weight;      /* [n] */
    double *difference_before, *difference_after; /* [p] standardised mean differences */
    double hazard_ratio, hazard_low, hazard_high, p_proportional; /* with time: weighted Cox regression, sandwich variance */
    double at;                   /* with time: the day of the risks */
    double e_value, e_value_limit; /* of the risk ratio, and of the end of its interval nearer to 1 */
};
/*
 * Inverse-probability weighting with stabilised weights (Robins, Hernan and Brumback 2000, Epidemiology 11:550): scores by logistic regression, P(treated) / score and
 * P(untreated) / (1 - score), the marginal risks of the weighted groups, variance by the sandwich and by bootstrap of people with scores estimated anew each time.
 * With time the risks are of weighted Kaplan-Meier curves (Cole and Hernan 2004), with intervals of the bootstrap alone.
 * E-value: VanderWeele and Ding 2017, Ann Intern Med 167:268.
 */
vg_status vg_effectiveness_treatment(const struct vg_treatment_data *data, const struct vg_treatment_settings *settings, struct vg_arena *arena, struct vg_treatment *out,
                                     struct vg_error *error) VG_MUST_USE;
double vg_effectiveness_e_value(double risk_ratio);
/* Difference of means over the pooled standard deviation; weight NULL: 1. NaN where a group is empty, 0 where nothing varies. */
double vg_effectiveness_difference(const double *x, size_t stride, size_t n, const uint8_t *group, const double *weight);

#endif
