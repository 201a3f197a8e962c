/*
 * introductions: how often a virus came into each region, from where, and what became of it, from a tree whose leaves have regions. Three answers that stand beside
 * each other:
 *
 *   clusters   the heuristic of matUtils introduce (McBroome et al. 2022, Virus Evolution 8:veac048), for all regions in one pass: an inner node is in a region to
 *              the degree C = 1 / (1 + (m_in / n_in) / (m_out / n_out)), m the fewest mutations to a leaf within (outside), n how many there are; 1 or 0 where there
 *              is one kind only, or an identical leaf of it (within goes first). From each leaf one goes towards the root while C is at least 1/2.
 *   range      parsimony: the fewest changes between within and outside, and among all histories that have so few the smallest and the largest number of
 *              importations (Sankoff 1975, with two costs).
 *   mugration  a Markov chain of regions along a tree in time (Felsenstein 1981; Lemey et al. 2009): any region is left at a rate mu, for region k with probability
 *              pi[k], so that a branch costs as many steps as there are regions. pi is who is in the epidemic, not who was sequenced: leaves are weighted by what a
 *              sequence of their region stands for.
 *
 * A leaf of VG_REGION_NONE is outside every region. What is not sampled cannot be seen: there were at least as many importations as clusters, and origins lean
 * towards where more is sequenced. Cost: clusters nodes x regions present below, merged small into large; range nodes a region; mugration nodes x regions.
 */
#ifndef VG_INTRODUCTIONS_H
#define VG_INTRODUCTIONS_H

#include "trace/genome/tree/tree.h"

#define VG_REGION_NONE UINT32_MAX

struct vg_introduction {
    uint32_t node, region;
    uint32_t origin;          /* region with the highest C at the node's parent; VG_REGION_NONE: none reaches 0.05, or the node is the root */
    double origin_confidence; /* that C */
    double confidence;        /* C of the region at the node */
    uint32_t n_leaves;
    uint32_t first_leaf;      /* of a list through vg_introductions.next_leaf */
};
struct vg_introductions {
    struct vg_introduction *list; /* by region, then from large to small, then by node */
    size_t n;
    uint32_t *of_leaf;            /* [n_nodes] of leaves with a region; VG_TREE_NONE for other nodes */
    uint32_t *next_leaf;          /* [n_nodes] the cluster's next leaf, VG_TREE_NONE at its end */
};
/* regions [n_nodes]: of leaves, 0 .. n_regions - 1 or VG_REGION_NONE; of inner nodes not read. */
vg_status vg_introductions_clusters(const struct vg_tree *tree, const uint32_t *regions, size_t n_regions, struct vg_arena *arena, struct vg_introductions *out,
                                    struct vg_error *error) VG_MUST_USE;

struct vg_introductions_range { uint32_t changes, fewest, most; };
/* out [n_regions]. Where the root is within, that counts as one importation. */
vg_status vg_introductions_parsimony(const struct vg_tree *tree, const uint32_t *regions, size_t n_regions, struct vg_pool *pool, struct vg_arena *arena,
                                     struct vg_introductions_range *out, struct vg_error *error) VG_MUST_USE;

/*
 * Outbreaks by single linkage: leaves that chains of others link, no step longer than so many mutations along the tree. outbreaks [n_nodes] is filled: of leaves the number
 * of one of the outbreak's leaves, of other nodes VG_TREE_NONE. Cost: nodes x what is within reach.
 */
vg_status vg_introductions_linked(const struct vg_tree *tree, uint32_t mutations, uint32_t *outbreaks, struct vg_error *error) VG_MUST_USE;

struct vg_mugration_model {
    const double *times;   /* [n_nodes] of nodes, in years or any unit, no child before its parent */
    const double *weights; /* [n_regions] what a sequence stands for (cases a sequence); NULL: 1 */
    const uint8_t *left_out; /* [n_nodes] leaves whose region is taken as unknown; NULL: none. For thinning */
};
struct vg_mugration {
    double rate, log_likelihood;
    double *frequencies;   /* [n_regions] pi */
    float *states;         /* [n_nodes * n_regions] probabilities of regions */
    double *importations;  /* [n_regions] expected branches that go in */
    double *flows;         /* [n_regions * n_regions] from, to: expected branches */
    float *below;          /* [n_nodes * n_regions], with sums [n_nodes]: likelihoods of what is below, for vg_mugration_origin */
    double *sums;
};
/* VG_DATA_ERROR: fewer than two regions among the leaves, times that go back; VG_LIMIT_EXCEEDED: nodes x regions above 500 million. */
vg_status vg_mugration_fit(const struct vg_tree *tree, const uint32_t *regions, size_t n_regions, const struct vg_mugration_model *model, struct vg_arena *arena,
                           struct vg_mugration *out, struct vg_error *error) VG_MUST_USE;
/* Given that the node is in the region: probabilities [n_regions] of where its parent was, among them that it was in the same. All 0 of the root. */
void vg_mugration_origin(const struct vg_tree *tree, const struct vg_mugration_model *model, const struct vg_mugration *fit, size_t n_regions, uint32_t node,
                         uint32_t region, double *origin);
/* Leaves of over-sequenced regions left out at random: left_out [n_nodes] is filled. keep [n_regions]: the share of each region's leaves to keep, 0 .. 1. */
void vg_mugration_thin(const struct vg_tree *tree, const uint32_t *regions, const double *keep, uint64_t seed, uint32_t replicate, uint8_t *left_out);

#endif
