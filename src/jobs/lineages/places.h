/*
 * Private to jobs/lineages: a tree whose leaves have regions and dates.
 */
#ifndef VG_JOBS_LINEAGES_PLACES_H
#define VG_JOBS_LINEAGES_PLACES_H

#include "jobs/lineages/internal.h"

struct placed_tree {
    struct vg_opened_tree file;
    struct vg_tree *tree;
    uint32_t *regions;         /* [n_nodes] of leaves; VG_TREE_NONE not known */
    struct vg_dictionary names; /* of regions */
    double *years;             /* [n_nodes] of leaves, NaN not known */
    bool simulated;            /* nothing of it happened */
    size_t n_regions, n_placed, n_dated, n_unknown_rows, n_partial, n_left_out; /* rows of names that are no leaf; dates that say too little; left out by their terms */
};
vg_status placed_tree_open(const struct vg_lineages_tree_request *request, bool needs_regions, struct vg_arena *arena, struct placed_tree *placed, struct vg_error *error);
/* Of request->store: the tree that is kept with its genomes; make_room as for files. */
vg_status placed_tree_of_node(const struct vg_lineages_tree_request *request, vg_status (*make_room)(struct placed_tree *placed, struct vg_arena *arena, struct vg_error *error),
                              struct vg_arena *arena, struct placed_tree *placed, struct vg_error *error);
void placed_tree_close(struct placed_tree *placed);
/* weights [n_regions]: cases a sequence, of regions that the file has; of others 1. */
vg_status placed_weights(const char *path, const struct placed_tree *placed, struct vg_arena *arena, double **weights, struct vg_error *error);

#endif
