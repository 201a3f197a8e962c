/*
 * introductions: how often a virus came into each region, from where, and what became of it, from a tree whose leaves have regions. Three answers that stand beside
 * each other:
 *
 *   clusters   the heuristic of matUtils introduce (McBroome et al. 2022, Virus Evolution 8:veac048), for all regions in one pass: an inner node is in a region to
 *              the degree C = 1 / (1 + (m_in / n_in) / (m_out / n_out)), m the fewest mutations to a leaf within (outside), n how many there are; 1 or 0 where there
 *              is one kind only, or an identical leaf of it (within goes first). From each leaf one goes towards the root while C is at least 1/2.
 *   range      parsimony: the fewest changes between within and outside, and among all histories that have so few the smallest and the largest number of
 *              importations (Sankoff 1975, with two costs).
 *   histories  draws from the law of all that may have happened, given the tree of mutations, the days of the samples and a model of moves: the answer with intervals.
 *
 * A leaf of VG_REGION_NONE is outside every region. Cost: clusters nodes x regions present below, merged small into large; range nodes a region; histories draws x
 * (nodes x (regions + classes^2) + days x classes^3), days of at most 2,400.
 */
#ifndef VG_INTRODUCTIONS_H
#define VG_INTRODUCTIONS_H

#include "trace/genome/tree/tree.h"

#define VG_REGION_NONE UINT32_MAX
#define VG_REGION_ABSENT (UINT32_MAX - 1) /* of a leaf: all is as if it were not in the tree */

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
/* regions [n_nodes]: of leaves, 0 .. n_regions - 1, VG_REGION_NONE or VG_REGION_ABSENT; of inner nodes not read. */
vg_status vg_introductions_clusters(const struct vg_tree *tree, const uint32_t *regions, size_t n_regions, struct vg_arena *arena, struct vg_introductions *out,
                                    struct vg_error *error) VG_MUST_USE;

struct vg_introductions_range { uint32_t changes, fewest, most; };
/* out [n_regions]. Where the root is within, that counts as one importation. */
vg_status vg_introductions_parsimony(const struct vg_tree *tree, const uint32_t *regions, size_t n_regions, struct vg_pool *pool, struct vg_arena *arena,
                                     struct vg_introductions_range *out, struct vg_error *error) VG_MUST_USE;

/*
 * Outbreaks by single linkage: leaves that chains of others link, no step longer than so many mutations along the tree. regions [n_nodes] tell
 * which leaves are absent; NULL: none. outbreaks [n_nodes] is filled: of leaves the number
 * of one of the outbreak's leaves, of other nodes VG_TREE_NONE. Cost: nodes x what is within reach.
 */
vg_status vg_introductions_linked(const struct vg_tree *tree, const uint32_t *regions, uint32_t mutations, uint32_t *outbreaks, struct vg_error *error) VG_MUST_USE;

/*
 * Histories. A tree of mutations leaves open in which order viruses of one genotype split, when, and where each was. All of it is drawn together, by Markov chain Monte
 * Carlo over fully resolved trees in days:
 *
 *   tree     a lineage that left samples splits and is sampled with hazards by period (24 of them), which is what a birth-death process looks like from what was
 *            sampled of it (Louca, Pennell 2020, Nature 580:502); mutations are Poisson, at a rate a day; rates are drawn with the rest
 *   moves    a lineage in a goes to b at rate x w[a] x e[a, b] x g[b], e 1 on average (neighbours), g the share of sequences and w what a sequence stands for: in a birth-death
 *            process with moves whose sampling differs by place, a lineage is seen to go to b with b's share of the cases, times b's chance to leave a sample over a's.
 *            Of cases by week that chance p is known by week (history_periods.c): w is 1 / p, and rates change with p[b] / p[a] from period to period; else w is cases a sequence, all the time.
 *            Equal sampling and no neighbours: the Markov chain of Felsenstein (1981). Without cases it is
 *            taken to be equal. With 25 regions or more w, e and p are of eight classes of them
 *   outside  what is in no region of the tree: a state that is left for g, at a rate of its own, and never entered. Half of roots are there before anything is seen
 *
 * An introduction is a lineage's last entry into a region before its samples there, counted where it left at least one. What left none cannot be counted: unseen is Chao's
 * estimate from the introductions with one and two sequences (Chao, Lin 2012, Biometrics 68:912, sampling without replacement at a share of sequences over cases).
 */
struct vg_history_model {
    const double *days;      /* [n_nodes] of leaves, days since anything; NAN: the leaf is left out, as are those without a region */
    const double *cases;     /* [n_regions] that happened where and while sequences were taken; NULL: sampling is taken to be equal, unseen is not told */
    const double *weekly;    /* [n_weeks * n_regions] these by week; NULL: nobody tells, and sampling is taken to be the same all the time */
    size_t n_weeks;
    double first_week;       /* day on which the first begins */
    double mutations_a_day;  /* of the whole genome, where the search begins */
    bool rate_given;         /* it is known, and stays so */
    double dispersion;       /* variance over mean of mutations along branches, at least 1: a relaxed clock, as if mutations were so many times fewer */
    double infected_days;    /* from an infection until that host is sampled, or infects others: what is between an entry and what follows it */
    size_t n_warmup, n_draws; /* of a chain; every second sweep is a draw. n_warmup 0: 800,000 over the leaves, 60 to 600 */
    size_t n_chains;         /* run side by side */
    uint64_t seed;
};
void vg_history_model_defaults(struct vg_history_model *model);

/* One introduction of the draw that is nearest to all others. */
struct vg_history_introduction {
    uint32_t region, node;       /* node: common ancestor of its leaves in the tree given */
    uint32_t n_leaves, first_leaf; /* list through next_leaf */
    uint32_t origin;             /* the likeliest; n_regions: elsewhere */
    double support;              /* mean share of its leaves that other draws have in one introduction */
    double day, day_low, day_high; /* median and 95 % interval of the entry, of draws that have much the same leaves in one; days as in the model */
};
struct vg_histories {
    size_t n_draws;              /* of all chains */
    uint32_t *seen;              /* [n_draws * n_regions] introductions that left a leaf */
    double *unseen;              /* [n_draws * n_regions] that left none, Chao's estimate; NULL without cases */
    double *flows;               /* [(n_regions + 1) * n_regions] from (last: elsewhere), to: mean of seen */
    struct vg_history_introduction *list; /* by region, then from large to small */
    size_t n;
    double *origins;             /* [n * (n_regions + 1)] probabilities */
    uint32_t *of_leaf, *next_leaf; /* [n_nodes] as of clusters */
    double mutations_a_day, moves_a_day; /* means */
};
/* VG_DATA_ERROR: fewer than two leaves of use; VG_LIMIT_EXCEEDED: more than 100,000 of them, or leaves x (regions + 1) above 10^8. VG_DATA_ERROR, too: a tree of more than 400 years. A region without leaves is allowed. */
vg_status vg_histories_draw(const struct vg_tree *tree, const uint32_t *regions, size_t n_regions, const struct vg_history_model *model, struct vg_pool *pool,
                            struct vg_arena *arena, struct vg_histories *out, struct vg_error *error) VG_MUST_USE;

/*
 * The same histories without places, for what they say of time: a day for each node of the tree given, with its interval, and the rate of mutations. Leaves without a day are left
 * out; where a branching point has no two branches that lead to others, mutations tell how far it is from those that do. Only days, mutations_a_day, rate_given, dispersion and the chains'
 * numbers are read of the model. Errors as above.
 */
struct vg_history_dates {
    double *day, *low, *high;  /* [n_nodes] median and 95 % interval, which allows for hosts that infect others less evenly than the histories take them to */
    double mutations_a_day, mutations_low, mutations_high;
};
vg_status vg_histories_dates(const struct vg_tree *tree, const struct vg_history_model *model, struct vg_pool *pool, struct vg_arena *arena, struct vg_history_dates *out,
                             struct vg_error *error) VG_MUST_USE;

#endif
