/*
 * Where genomes belong on a mutation-annotated tree, by exact parsimony (Turakhia et al. 2021), and how they are added to it.
 *
 * A genome allows a set of bases at each site. Its distance from a node, d, is the number of sites at which the node's base is not allowed. Attaching it to the branch into
 * a node costs d of the parent less the mutations of that branch that it shares: those that lead from a base that it excludes to one that it allows. The score is the least
 * cost over all branches that have such a mutation, and the branch of the root, which every genome may use. N, gaps and ambiguity codes exclude nothing that they cover, so a
 * branch is never preferred for what was not sequenced.
 *
 * The search is exact: every branch that could be as good is looked at. Distances of 256 genomes are kept as bit planes, one bit a genome in a vector, and walked down
 * the tree together; a subtree is left out where no genome of the batch could gain enough below. Genomes that fit on neighbouring branches share a batch.
 */
#ifndef VG_PLACE_H
#define VG_PLACE_H

#include "trace/genome/tree/tree.h"

#define VG_PLACE_TIES_MAX 64
#define VG_PLACE_DIFFERENCES_MAX 65536u /* of one genome from the reference */

/* Sites that do not count, [first, end). */
struct vg_site_range { uint32_t first, end; };

/* Where one genome belongs. Nodes are those into which the branches lead. */
struct vg_placement {
    uint32_t score;        /* mutations that the tree needs more */
    uint32_t n_ties;       /* branches that need no more than that: at least 1 */
    uint32_t n_listed;     /* of them in ties: the first in preorder */
    uint32_t node;         /* the one chosen: most leaves below, then first in preorder */
    uint32_t certain;      /* the lowest node from which the genome descends, whichever of the ties is right; VG_TREE_NONE: it may come in above the root */
    bool splits;           /* the branch into `node` has mutations that the genome does not share: it leaves the branch on the way */
    uint32_t last;         /* the last of the ties in preorder, listed or not */
    uint32_t ties[VG_PLACE_TIES_MAX];
};

/* What a search needs of a tree, which must stay. About 20 bytes a branch that has mutations, and 4 a mutation; made in time linear in the tree. */
struct vg_place_index;
vg_status vg_place_index_new(const struct vg_tree *tree, const struct vg_site_range *masked, size_t n_masked, struct vg_place_index **index, struct vg_error *error) VG_MUST_USE;
void vg_place_index_free(struct vg_place_index *index); /* NULL is allowed */

/* Which instructions the search uses; the result is the same. */
enum vg_place_lanes { VG_PLACE_BEST, VG_PLACE_PORTABLE, VG_PLACE_AVX2 };
bool vg_place_lanes_there(enum vg_place_lanes lanes);
/* Counts of what was done, for benchmarks. */
struct vg_place_work { uint64_t n_visited, n_mutations, n_batches, table_bytes /* of one thread */, index_bytes; };

/*
 * Places n genomes, told against the tree's reference, into out[n]. Sites beyond the tree's are left out. VG_LIMIT_EXCEEDED: one has more than VG_PLACE_DIFFERENCES_MAX
 * differences. pool may be NULL; the answer does not depend on it.
 * work may be NULL. VG_CANCELLED where progress asks to stop.
 */
vg_status vg_place(const struct vg_place_index *index, const struct vg_genome *genomes, size_t n, enum vg_place_lanes lanes, struct vg_pool *pool,
                   const struct vg_progress *progress, struct vg_placement *out, struct vg_place_work *work, struct vg_error *error) VG_MUST_USE;

/*
 * The mutations that a genome has of its own where it is attached at `node` as its placement says, by site, in the arena: packed as in tree.h, from the base at the
 * attachment to the genome's (the first one that an ambiguity code allows).
 */
vg_status vg_place_private(const struct vg_place_index *index, const struct vg_genome *genome, uint32_t node, struct vg_arena *arena, uint32_t **mutations, size_t *n,
                           struct vg_error *error) VG_MUST_USE;

/* ---------------------------------------------------------------- insertion */

struct vg_insertion {
    uint32_t score;   /* mutations that the tree needed more for it, in its turn */
    uint32_t n_ties;  /* on the tree as it was before the genome's batch */
    uint32_t node;    /* of the grown tree */
};

/* What the nodes of a tree lack and have between (vg_tree_gap_genomes), and the tree's gaps by what they are. */
struct vg_place_gaps {
    const struct vg_gap_index *index;
    const struct vg_genome *const *of_nodes; /* [n_nodes] */
};

/*
 * Adds n genomes in their order, each where it costs least on the tree that the ones before left, into a new tree (names, columns and clades are kept; a leaf that is added has
 * the clade of its attachment; deletions and insertions on branches are not: vg_tree_find_gaps). Of several best branches it takes one with most leaves below; with gaps (of
 * the tree; NULL: none) of those where it shares most deletions and insertions with what the tree had there, which never costs a mutation. The bases that a genome leaves open are those of its attachment.
 * The same for any number of threads. out[n].
 */
vg_status vg_place_insert(const struct vg_tree *tree, const struct vg_genome *genomes, size_t n, const struct vg_site_range *masked, size_t n_masked,
                          const struct vg_place_gaps *gaps, enum vg_place_lanes lanes, struct vg_pool *pool, const struct vg_progress *progress, struct vg_insertion *out, struct vg_tree **grown,
                          struct vg_error *error) VG_MUST_USE;

/* --------------------------------------------------------------- refinement */

struct vg_refine_options {
    bool all;               /* any subtree may move, and not only what consists of movable leaves */
    uint32_t radius;        /* branches up and down that a subtree may move: 10 */
    uint32_t most_rounds;   /* 10; it ends before where nothing gets better */
    uint32_t most_branches; /* that one subtree weighs a round: 4,000. With the rounds it bounds the time */
};
void vg_refine_defaults(struct vg_refine_options *options);
struct vg_refine_report { uint32_t before, after /* mutations of the tree */, n_moves, n_rounds; };

/*
 * Moves subtrees to where the tree needs fewer mutations: those that have no other leaves than the ones of `movable` (which become their numbers in the refined tree), so
 * that what was there before stays as it is; or all. The bases of leaves stay, the number of mutations never grows. The same for any number of threads. Branching points that lead to one node only are left out.
 */
vg_status vg_place_refine(const struct vg_tree *tree, const struct vg_refine_options *options, uint32_t *movable, size_t n_movable, struct vg_pool *pool,
                          const struct vg_progress *progress, struct vg_tree **refined, struct vg_refine_report *report, struct vg_error *error) VG_MUST_USE;

#endif
