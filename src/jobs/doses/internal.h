/*
 * Private to jobs/doses: the files as arrays of the planner.
 */
#ifndef VG_JOBS_DOSES_INTERNAL_H
#define VG_JOBS_DOSES_INTERNAL_H

#include "jobs/doses/doses.h"
#include "jobs/jobs_internal.h"

struct doses_input {
    struct vg_dictionary places, groups;
    int32_t begin, step_days;
    int32_t *expiry, *latest;     /* [problem.n_classes] last day of use of the first of its lots (VG_DATE_NONE: of none), and of the last (INT32_MAX: it keeps) */
    int32_t *class_day;           /* [problem.n_classes] last day, ascending; INT32_MAX: after the plan */
    uint32_t *class_last, *priority;
    double *class_part;
    int64_t *comes, *people, *due;
    double *store, *give;
    int64_t expired;              /* doses that had expired before the plan begins */
    struct vg_doses_problem problem;
};
vg_status doses_read(const struct vg_doses_request *request, struct vg_arena *arena, struct doses_input *input, struct vg_error *error);

#endif
