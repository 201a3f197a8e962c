/*
 * lineage: which lineage a genome is of, never finer than the evidence; candidates for new lineages; recombinants.
 *
 * A call has two sources. A, attachment: where the genome hangs on the tree with the fewest new mutations, branches being split where that helps (UShER's rule; all
 * optima). B, nearest: the nodes from which it differs in the fewest sites (Nextclade's rule; all ties, of which a node's prior prevalence says which comes first). What all of
 * these agree on is the call; where they do not, the youngest lineage from which all of them descend, with both answers and the share that disagrees. A branch
 * that is split keeps the lineage of its upper end, unless the genome has all that defines the lower one. Branches that are barred are not split: trees of Nextclade hang
 * recombinants from the root, by one long branch each, which a genome with a few sites not read would rather split than take its own way with its reversions.
 *
 * Cost of a call: one pass over the tree's mutations (20 microseconds for 18,000 of them). It gives the distances of all nodes, of which place.h's search, much faster on
 * large trees, keeps none, and attachments that respect bars, which that does not know; without bars both give the same score and ties.
 */
#ifndef VG_LINEAGE_H
#define VG_LINEAGE_H

#include "trace/genome/pango/pango.h"
#include "trace/genome/tree/tree.h"

#define VG_LINEAGE_NONE UINT32_MAX

/* What lineages descend from what: by the names where a list of aliases is given, else by the tree (a lineage descends from that above its first node). */
vg_status vg_lineage_parents(const struct vg_tree *tree, const struct vg_tree_column *lineages, const struct vg_pango *pango, bool by_name, struct vg_arena *arena,
                             uint32_t **parents, struct vg_error *error) VG_MUST_USE; /* [n_values] codes, VG_LINEAGE_NONE: a founder */
/* The youngest of which both are or descend from; VG_LINEAGE_NONE: there is none. parents must not go round. */
uint32_t vg_lineage_common(const uint32_t *parents, uint32_t a, uint32_t b);
/* [n_nodes] 1 for branches on which a recombinant begins: a list in the aliases, or letters that begin with X. */
void vg_lineage_bar_recombinants(const struct vg_tree *tree, const struct vg_tree_column *lineages, const struct vg_pango *pango, uint8_t *barred);

struct vg_lineage_model {
    const struct vg_tree *tree;
    const struct vg_tree_column *lineages; /* words */
    const uint32_t *parents;   /* [n_values] */
    const double *prior;       /* [n_nodes] of nodes, higher first among the nearest, NaN last; NULL: the first in preorder */
    const uint8_t *barred;     /* [n_nodes]; NULL: none */
    const uint8_t *masked;     /* [length] 1: a site that is not looked at; NULL: none */
    /*
     * Deletions and insertions, of which no score takes account: of nodes that are equally near those count that have most of the genome's. That it has not what a node has says
     * nothing, as what was not read is often filled in with the reference. NULL: they do not matter.
     */
    const struct vg_genome *const *gaps;  /* [n_nodes] as vg_tree_gap_genomes tells */
    const struct vg_gap_index *gap_index; /* of the tree */
};
struct vg_lineage_call {
    uint32_t lineage;          /* a code; VG_LINEAGE_NONE: nothing in common */
    uint32_t attachment, nearest; /* lineages of the first optimum and of the first of the nearest nodes */
    uint32_t attachment_node, nearest_node;
    uint32_t score, distance;  /* new mutations at the attachment; sites in which the nearest node differs */
    uint32_t n_attachments, n_nearest;
    uint32_t n_missing;        /* sites not known */
    double conflict;           /* share of attachments and nearest nodes that are not of the lineage most of them are of */
};
struct vg_lineage_work;        /* for one thread; about a byte a site and 4 a node */
vg_status vg_lineage_work_new(const struct vg_lineage_model *model, struct vg_lineage_work **work, struct vg_error *error) VG_MUST_USE;
void vg_lineage_work_free(struct vg_lineage_work *work);
/* The genome's differences are from the tree's reference. Deletions are taken as not known, but for what model->gaps is there for. VG_DATA_ERROR: a site beyond the reference. */
vg_status vg_lineage_call(const struct vg_lineage_model *model, struct vg_lineage_work *work, const struct vg_genome *genome, struct vg_lineage_call *out,
                          struct vg_error *error) VG_MUST_USE;

/* ------------------------------------------------------------ recombinants */

/*
 * Whether two places of the tree together explain a genome better than one: sites before a breakpoint by one node, those after by another (RIPPLES' idea, Turakhia et
 * al. 2022, Nature 609:994). gain: mutations fewer than at the best single place. p: how often a genome that hangs there with as many new mutations, drawn from
 * those that the tree has, gains as much by chance. Cost: a pass over the tree for each known difference, for each draw.
 */
struct vg_recombinant {
    uint32_t single, both;     /* new mutations of the best single place, and of the two parts together */
    uint32_t gain;
    uint32_t before, after;    /* nodes */
    uint32_t breakpoint_from, breakpoint_to; /* the break is behind the first site and not behind the second: between informative ones */
    double p;                  /* NaN where no draw was needed: no gain */
};
vg_status vg_lineage_recombinant(const struct vg_lineage_model *model, struct vg_lineage_work *work, const struct vg_genome *genome, size_t n_draws, uint64_t seed,
                                 struct vg_recombinant *out, struct vg_error *error) VG_MUST_USE;

/* -------------------------------------------------------------- designation */

/*
 * Candidates for lineages of their own (Autolin's idea, McBroome et al. 2024, Nat. Microbiol. 9:550): within each lineage the node with the highest leaves x S / (S + L), S
 * the mutations from the lineage's own node to it and L the mean from it to its leaves, is what its name would capture most of; then within what is left and within the
 * new one again.
 */
struct vg_designation_model {
    uint32_t least_leaves;     /* 20 */
    uint32_t least_mutations;  /* 1, on the way from the parent lineage */
    double least_share;        /* of the parent lineage's leaves: 0.05 */
    size_t most;               /* candidates: 1000 */
};
void vg_designation_defaults(struct vg_designation_model *model);
struct vg_designation {
    uint32_t node, parent_lineage; /* code, or VG_LINEAGE_NONE where the tree has no lineage there */
    uint32_t within;               /* index of the candidate it is inside of, or VG_LINEAGE_NONE */
    uint32_t n_leaves, n_mutations;
    double index, captured;        /* S / (S + L) */
};
/* lineages NULL: the whole tree is one. weights [n_nodes] of leaves (recent ones more, left out 0); NULL: 1. */
vg_status vg_lineage_designate(const struct vg_tree *tree, const struct vg_tree_column *lineages, const double *weights, const struct vg_designation_model *model,
                               struct vg_arena *arena, struct vg_designation **list, size_t *n, struct vg_error *error) VG_MUST_USE;

#endif
