/*
 * Private to jobs/lineages: a tree whose leaves have regions and dates.
 */
#ifndef VG_JOBS_LINEAGES_PLACES_H
#define VG_JOBS_LINEAGES_PLACES_H

#include "jobs/lineages/internal.h"
#include "trace/genome/introductions/introductions.h"

struct placed_tree {
    struct vg_opened_tree file;
    struct vg_tree *tree;
    uint32_t *regions;         /* [n_nodes] of leaves; VG_REGION_NONE not known; VG_REGION_ABSENT left out by its terms, or sampled after as_of */
    struct vg_dictionary names; /* of regions */
    double *years;             /* [n_nodes] of leaves, NaN not known */
    bool simulated;            /* nothing of it happened */
    enum vg_place_level level; /* of a node's regions */
    int32_t first_day, last_day; /* of samples; VG_DATE_NONE: none has a date */
    size_t n_regions, n_placed, n_dated, n_unknown_rows, n_partial, n_left_out, n_later; /* rows of names that are no leaf; dates that say too little; left out by their terms; after as_of, or of unknown date */
};
vg_status placed_tree_open(const struct vg_lineages_tree_request *request, bool needs_regions, struct vg_arena *arena, struct placed_tree *placed, struct vg_error *error);
/* Of request->store: the tree that is kept with its genomes; make_room as for files. */
vg_status placed_tree_of_node(const struct vg_lineages_tree_request *request, vg_status (*make_room)(struct placed_tree *placed, struct vg_arena *arena, struct vg_error *error),
                              struct vg_arena *arena, struct placed_tree *placed, struct vg_error *error);
void placed_tree_close(struct placed_tree *placed);
/* What happened while samples were taken. */
struct placed_cases {
    const char *of;            /* whose cases these are; NULL: nobody tells, and all else is NULL */
    double *cases;             /* [n_regions] NAN where not known */
    struct lineages_weeks weeks; /* the same by week of the last 3.4 years at most; n 0: nobody tells when, or too seldom to know how it changed */
};
/* Of the request's file, or of the node (request->cases). */
vg_status placed_cases(const struct vg_lineages_tree_request *request, const struct placed_tree *placed, struct vg_arena *arena, struct placed_cases *told, struct vg_error *error);

#endif
