/*
 * Private to the job of severity: one request with the dataset it is about.
 */
#ifndef VG_JOBS_SEVERITY_INTERNAL_H
#define VG_JOBS_SEVERITY_INTERNAL_H

#include "jobs/frame.h"
#include "jobs/severity/severity.h"
#include "jobs/measures_effect/measures_effect.h"

struct severity_work {
    struct vg_store *store;
    const struct vg_request *request;
    const struct vg_severity_request *severity;
    struct vg_arena *arena;
    struct vg_answer *answer;
    struct vg_measures_limits *limits;
    struct vg_error *error;
    struct vg_dataset dataset;
    const struct vg_measure *cases, *deaths;
    struct vg_interval_law delay;
    const char *delay_source;
    struct vg_severity_estimate baseline;
    int32_t as_of;
};
void severity_say(struct severity_work *work, const char *sentence);
void severity_estimate_columns(struct vg_table *table, const char *value, const char *low, const char *high);
void severity_estimate_cells(struct vg_table *table, const struct vg_severity_estimate *estimate);
vg_status severity_series(struct severity_work *work);   /* ratio, rolling, course */
vg_status severity_risks(struct severity_work *work);
vg_status severity_stays(struct severity_work *work, bool weekly);
vg_status severity_stay_columns(struct severity_work *work, bool weekly); /* of a file with columns of its own */

#endif
