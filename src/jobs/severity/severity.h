/*
 * jobs/severity: how many cases die, are admitted or need intensive care, and how long they stay; from a node, a file of cases and deaths by date, or a line list: what
 * vigia severity does (docs/severity.md). A file is read as vigia import reads it.
 */
#ifndef VG_JOBS_SEVERITY_H
#define VG_JOBS_SEVERITY_H

#include "control/severity/severity.h"
#include "jobs/jobs.h"
#include "jobs/measures_effect/measures_effect.h"

/* NULL, NaN and 0 mean the default, written behind each. */
struct vg_severity_request {
    const char *path;            /* NULL: the store's dataset */
    const struct vg_intake_options *intake;
    const char *show;            /* "ratio" (NULL), "rolling", "course"; of line lists "risks", "stays", "weekly"; "defaults" */
    const char *delay;           /* from case to death: FAMILY:A,B in the family's own parameters; the disease's */
    const char *delay_family;    /* of mean and sd: gamma */
    double delay_mean_days, delay_sd_days;
    double mean_error, sd_error; /* relative standard errors of them: 0.1, 0.2 */
    bool whole_days;             /* delays as differences of days; as densities at whole days, as cfr has them */
    const char *deaths_measure;  /* the dataset's that goes with the cases' measure */
    const char *baseline;        /* known ratio of all infections or cases, VALUE or VALUE,LOW,HIGH, for ascertainment: none */
    const char *standard_path;   /* columns group and weight: one more row a place, standardised over its age groups */
    int64_t age_width;           /* of line lists: years of an age band; 0: ratio all together, risks and stays by 20 years */
    int64_t rolling_days;        /* between rows: 7 */
    int64_t window_days;         /* stays: what the last so many days saw: all; weekly: 28 */
    const char *stay;            /* "FROM,TO": columns of a file with one row a stay; the line list's admission to recovery or death */
    bool unrecorded;             /* stays: some ends are never written down; their share is estimated, too */
    bool discharged_only;        /* the list holds those who left alone */
    bool as_reported;            /* newest days are not corrected for reports to come */
};
void vg_severity_request_init(struct vg_severity_request *severity);
/* store NULL: path. limits: what is wrong with the series or must be said beside the numbers, in sentences. */
vg_status vg_job_severity(struct vg_store *store, const struct vg_request *request, const struct vg_severity_request *severity, struct vg_arena *arena, struct vg_answer *answer,
                          struct vg_measures_limits *limits, struct vg_error *error) VG_MUST_USE;

#endif
