/*
 * jobs/effectiveness: what a vaccine or a treatment did, from a file with one row a person (or a stratum): what vigia effectiveness vaccine and treatment do
 * (docs/effectiveness.md). Columns are named by the user or found by their usual headings; the file's other columns do not matter.
 *
 *     cohort:        outcome date | death_date ...; vaccination date; [end of being seen, such as another death]; covariates
 *     test-negative: test result (yes, no); vaccinated (a word, a number of doses, or a date beside the date of the test); covariates
 *     screening:     [stratum]; cases; vaccinated_cases; coverage (of the population, as a share or in %)
 *     treatment:     outcome (yes, no); treated (yes, no); covariates
 */
#ifndef VG_JOBS_EFFECTIVENESS_H
#define VG_JOBS_EFFECTIVENESS_H

#include "control/effectiveness/effectiveness.h"
#include "jobs/jobs.h"
#include "jobs/measures_effect/measures_effect.h"

/* NULL, VG_DATE_NONE and 0 mean the default, written behind each. */
struct vg_vaccine_request {
    const char *path;
    const char *design;     /* "cohort" (matched pairs), "never", "person-time", "unmatched", "test-negative", "screening"; by the columns that the file has */
    const char *outcome, *exposure, *censored, *date; /* columns; their usual headings */
    const char *product;    /* cohort: column that names the vaccine; an estimate for each */
    const char *adjust, *exact, *near, *strata, *by;  /* lists of columns; near with =CALIPER */
    const char *reference;  /* test-negative: what the unvaccinated are called */
    const char *show;       /* "effects" (NULL), "periods", "balance", "curves" */
    bool propensity;        /* cohort: a caliper of 0.2 standard deviations of the logit of being vaccinated, given adjust */
    bool breslow;
    int32_t from, to;       /* of the cohort: first day of protection, newest date */
    int64_t delay_days;     /* from dose to protection: 14 */
    bool has_delay;
    const char *at, *periods; /* lists of days; at: to the end; periods: thirds of the events */
    uint64_t seed;
};
struct vg_treatment_request {
    const char *path, *outcome, *treated, *adjust;
    const char *time;       /* column with days of follow-up, where not every outcome is known yet; NULL: all are */
    double at;              /* with time: risks up to this day; 0: to the last outcome */
    const char *show;       /* "effects" (NULL), "balance", "overlap" */
    double trim;
    int64_t n_bootstrap;    /* 500; negative: none */
    uint64_t seed;
};
/* limits: what the numbers rest on, in sentences, and what was found wrong with them. A cell that cannot be read ends the job with file, line and column. */
vg_status vg_job_vaccine(const struct vg_vaccine_request *request, struct vg_arena *arena, struct vg_answer *answer, struct vg_measures_limits *limits, struct vg_error *error) VG_MUST_USE;
vg_status vg_job_treatment(const struct vg_treatment_request *request, struct vg_arena *arena, struct vg_answer *answer, struct vg_measures_limits *limits, struct vg_error *error) VG_MUST_USE;

#endif
