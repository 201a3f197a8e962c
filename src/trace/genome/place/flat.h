/*
 * Private to the room: a tree that changes. Nodes keep their numbers while it does, new ones are added at the end; `flat_order` puts all in preorder again.
 */
#ifndef VG_PLACE_FLAT_H
#define VG_PLACE_FLAT_H

#include "trace/genome/place/internal.h"

#define ORIGIN_INNER UINT32_MAX        /* a branching point that insertion made */
#define ORIGIN_SAMPLE 0x80000000u      /* | number of the genome */

struct flat {
    uint32_t n, capacity;
    uint32_t *parent;      /* VG_TREE_NONE: the root */
    uint32_t *start, *count; /* its mutations in `mutations`, by site */
    uint32_t *origin;      /* node of the first tree, or one of the above */
    uint32_t *clade;       /* node of the first tree whose clades it has */
    uint32_t *leaves;      /* below, as of the last ordering, or about */
    uint32_t *mutations;
    size_t n_mutations, mutation_capacity;
    const struct vg_tree *first;
    /* As the index wants it: valid after flat_order until the next change. */
    struct vg_tree view;
    uint32_t *end, *mutation_start;
};

vg_status flat_new(const struct vg_tree *tree, struct flat *flat, struct vg_error *error);
void flat_free(struct flat *flat);
/* Room for so many more nodes and mutations. */
bool flat_reserve(struct flat *flat, uint32_t nodes, size_t mutations);
/* A node without mutations; there must be room. */
uint32_t flat_add(struct flat *flat, uint32_t parent, uint32_t origin, uint32_t clade);
/* Preorder again, branching points with one child and no name left out; the view is made. renumbered: old number -> new one (VG_TREE_NONE: left out), or NULL. */
vg_status flat_order(struct flat *flat, uint32_t **renumbered, struct vg_error *error);
/* The tree of it, with names and columns. genomes: those of ORIGIN_SAMPLE. */
vg_status flat_finish(struct flat *flat, const struct vg_genome *genomes, struct vg_tree **tree, struct vg_error *error);

#endif
