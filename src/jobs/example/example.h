/*
 * the node that ships: the exercise that data/exercise describes, loaded like any other files, and historic outbreaks.
 */
#ifndef VG_JOBS_EXAMPLE_H
#define VG_JOBS_EXAMPLE_H

#include "jobs/jobs.h"

/* Fills a new node with the shipped example: the simulated outbreak and the historic ones. newest: the example's last day. */
vg_status vg_job_load_example(struct vg_store *store, int32_t newest, uint64_t seed, const struct vg_progress *progress, struct vg_error *error) VG_MUST_USE;

#endif
