/*
 * Private to the jobs of effectiveness: a request with its file, and the rows that all designs of a vaccine write.
 */
#ifndef VG_JOBS_EFFECTIVENESS_INTERNAL_H
#define VG_JOBS_EFFECTIVENESS_INTERNAL_H

#include "jobs/effectiveness/effectiveness.h"
#include "jobs/frame.h"
#include "jobs/measures_effect/measures_effect.h"

struct vaccine_work {
    const struct vg_vaccine_request *request;
    struct job_frame frame;
    struct vg_arena *arena;
    struct vg_answer *answer;
    struct vg_measures_limits *limits;
    struct vg_error *error;
    uint8_t *usable;             /* [n_rows] */
    struct job_levels by;        /* n 0: all together */
};
/* One row of effects; NaN and NULL: nothing there. */
struct vaccine_row {
    const char *by, *effect, *group;
    double from_day, to_day, n[2], events[2], effectiveness, low, high, p_proportional;
    enum vg_effect_status status;
};
struct vaccine_row vaccine_row_new(const char *by, const char *effect, const char *group);
void vaccine_columns(struct vg_table *table);
void vaccine_put(struct vg_table *table, const char *design, const struct vaccine_row *row);
void effect_limit(struct vg_measures_limits *limits, const char *sentence);
void effect_limit_general_end(struct vg_measures_limits *limits);
/* Ends the answer's meta, in which the limits are told too. */
vg_status effect_finish(struct vg_answer *answer, const struct vg_measures_limits *limits, struct vg_error *error);
vg_status vaccine_cohort(struct vaccine_work *work, enum vg_cohort_design design, const char *name);
/* "60,90,180" as rising numbers. */
vg_status effect_days(const char *option, const char *list, double *days, size_t most, size_t *n, struct vg_error *error);

#endif
