/*
 * what dated measures did to R (docs/measures-effects.md).
 */
#ifndef VG_JOBS_MEASURES_EFFECT_H
#define VG_JOBS_MEASURES_EFFECT_H

#include "jobs/jobs.h"

/*
 * What dated measures did to R, over many places (vg_control_measures; docs/measures-effects.md). R comes from counts by vg_job_rt on windows that do not overlap, or as
 * it was estimated elsewhere; measures from a file in one of three forms:
 *   wide: place, date, and a column a measure (OxCGRT's own; dates as 20200131 too);   long: place, date, measure, value;
 *   dated: place, measure, from, [to], [strength]: without `to` it goes on, on other days it is none.
 * Blank strengths are those of the day before. Places are taken by code or name.
 */
struct vg_measures_request {
    const char *counts_path;    /* counts as vg_job_filter reads them, or columns place, date, mean, sd of R (as vigia rt prints them); NULL: the store's dataset */
    const char *measures_path;
    const struct vg_intake_options *intake; /* of counts_path */
    const char *columns;        /* names with commas, each perhaps with ">=NUMBER": on or off by that; NULL: all */
    const char *show;           /* the table: "effects" (NULL), "places", "place_effects", "pairs", "sensitivity", "fit" */
    double lag_mean_days, lag_sd_days; /* from the day a measure acts to the day by which R is told; NaN: incubation of the disease and the usual delay of what is counted */
    double half_life_days;      /* of a measure's strength while it lasts; 0: it does not fade */
    size_t window_days;         /* of R, and the step of the regression: 7 */
    double least_cases;         /* in a window, below which its R is not used: 20 */
    bool random_walk;           /* the drift; else autoregressive */
    bool calendar;              /* what each month did to R everywhere is taken out */
    size_t n_draws;             /* of each of 4 chains: 500 */
    double effect_sd;           /* prior standard deviation of a measure's effect on log R: 0.5 */
    bool without_sensitivity;   /* the main regression alone */
};
#define VG_MEASURES_LIMITS_MOST 40
/* What must be said beside the numbers, in sentences: what holds of all such estimates, then what was found wrong with this one. */
struct vg_measures_limits { const char *sentences[VG_MEASURES_LIMITS_MOST]; size_t n, n_general; };
void vg_measures_request_init(struct vg_measures_request *measures);
/*
 * store NULL: counts_path. Table as measures->show says, one row a measure, place, pair or setting, reductions of R in percent; meta: fit, lag, limits. limits may be
 * NULL. Places that cannot be used have rows with a status in "places". A cell that cannot be read ends the job with file, line and column.
 */
vg_status vg_job_measures(struct vg_store *store, const struct vg_request *request, const struct vg_measures_request *measures, const struct vg_progress *progress,
                          struct vg_arena *arena, struct vg_answer *answer, struct vg_measures_limits *limits, struct vg_error *error) VG_MUST_USE;

#endif
