/*
 * Private to the jobs about alarms: one run of a method over places, between finding and printing or keeping.
 */
#ifndef VG_JOBS_ALARM_INTERNAL_H
#define VG_JOBS_ALARM_INTERNAL_H

#include "jobs/jobs_internal.h"
#include "monitor/alarm/alarm.h"

enum alarm_method {
    METHOD_FARRINGTON, METHOD_EARS_C1, METHOD_EARS_C2, METHOD_EARS_C3, METHOD_BAYES, METHOD_CUSUM, METHOD_CUSUM_NB, METHOD_GLR, METHOD_GLR_POISSON, METHOD_GLR_EPIDEMIC,
    METHOD_GLR_DECREASE, METHOD_SCAN, METHOD_SCAN_ADJUSTED, METHOD_SCAN_PERMUTATION, METHOD_CHANNEL, METHOD_CHANNEL_MEAN, METHOD_COUNT
};

/* One judged step of a place, or one cluster (its centre, its newest step). */
struct alarm_judged { uint32_t place; int32_t first, date; double count; struct vg_alarm alarm; bool notable, seen; const struct vg_scan_cluster *cluster; };

struct alarm_run {
    struct job_context context;
    struct vg_series_matrix matrix;
    size_t n_steps;             /* of whole steps: a week that is not over is not judged */
    size_t newest;              /* steps to judge */
    enum alarm_method method;
    struct alarm_judged *judged; /* [n_judged] the most improbable first */
    size_t n_judged, n_left_out; /* left out: places without what a scan needs */
    vg_status *ended;           /* [n_places] */
    uint32_t *scanned;          /* [n_places of the scan] place of the node */
};

/* Chooses the method and the facts. METHOD_CHANNEL and above are printed by alarm_channels, the others found by alarm_find. */
vg_status alarm_open(struct alarm_run *run, struct vg_store *store, const struct vg_request *request, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error);
vg_status alarm_find(struct alarm_run *run);
vg_status alarm_scan_find(struct alarm_run *run);
vg_status alarm_channels(struct alarm_run *run);
void alarm_print(struct alarm_run *run);                /* the answer's table */
vg_status alarm_print_meta(struct alarm_run *run);      /* and its meta-data */
const char *alarm_method_name(enum alarm_method method);
const char *alarm_place_code(const struct alarm_run *run, uint32_t place); /* NULL: the whole dataset */

#endif
