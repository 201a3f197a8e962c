/*
 * alarms: series held against what was expected of them, clusters in space and time, and the record of what was found.
 */
#ifndef VG_JOBS_ALARM_H
#define VG_JOBS_ALARM_H

#include "jobs/jobs.h"

/* What is more than expected, place by place; the alarms that a node keeps; how one of them came about. */
vg_job vg_job_alarm, vg_job_alarms, vg_job_alarm_history;
/* Runs vg_job_alarm and keeps what it found (vg_store_keep_alarms); one row with how many. The store must be open for writing. */
vg_job vg_job_alarm_keep;

#endif
