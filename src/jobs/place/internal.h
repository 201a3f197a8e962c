/*
 * Private to jobs/place.
 */
#ifndef VG_JOBS_PLACE_INTERNAL_H
#define VG_JOBS_PLACE_INTERNAL_H

#include "jobs/place/place.h"

/*
 * Sequences of a FASTA file aligned to the request's reference or data set, or the tree's own reference: their differences in MAPLE's form, the reference first, and the lines
 * of vg_job_align's table parted by tabs.
 */
vg_status place_align(const struct vg_place_request *request, const struct vg_tree *tree, const char *path, const struct vg_progress *progress, struct vg_arena *arena,
                      struct vg_buffer *maple, struct vg_buffer *rows, struct vg_error *error);

#endif
