/*
 * Private to the forecast job: what siblings and leading measures bring.
 */
#ifndef VG_FORECAST_INTERNAL_H
#define VG_FORECAST_INTERNAL_H

#include "jobs/jobs_internal.h"

#define JOB_RENEWAL_NAME "renewal" /* the mechanistic model: needs the disease's intervals */
#define JOB_RENEWAL_SERIES_MOST 25 /* of more series the ensemble does without it unless its members are asked for: nine fits a series */

/* What the places' renewal model says now and said before, for the ensemble; name NULL: nothing. Arrays are the context's arena's. */
vg_status job_forecast_guest(struct job_context *context, const struct vg_series *series, struct vg_forecast_guest *guest);

/* What was learnt from the places of one level about one measure and group; a list. */
struct job_forecast_memory {
    const char *measure, *group;
    int32_t as_of, to, step_days;
    enum vg_place_level level;
    struct vg_forecast_experience *experience; /* NULL: nothing to learn from */
    struct job_forecast_memory *next;
};
/* Learns anew; what stays is in `arena`. */
vg_status job_forecast_learn(struct job_context *context, struct vg_arena *arena, struct job_forecast_memory *memory);
/* From the request's memory where it fits, else learnt anew in the context's arena. group: the place's parent. */
vg_status job_forecast_experience(struct job_context *context, const struct vg_forecast_experience **experience, uint32_t *group);
/* The measure that runs ahead of the request's: cases by report of deaths and admissions by report; NULL without. */
const struct vg_measure *job_leading_measure(const struct job_context *context);
/* Its series on the steps of `series`; values NULL where there is none. */
vg_status job_leading_series(struct job_context *context, const struct vg_series *series, struct vg_series *leading);

#endif
