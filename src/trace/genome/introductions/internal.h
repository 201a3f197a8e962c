/*
 * Private to introductions: one history of a tree of mutations, and the steps that change it (histories.c tells the model).
 *
 * A twig is a node of a fully resolved tree with the branch above it. Lineages of one genotype are a blob: n of them, tips or blobs further down with the mutations that
 * are on their branches, are joined by n - 1 inner twigs, any way.
 */
#ifndef VG_INTRODUCTIONS_INTERNAL_H
#define VG_INTRODUCTIONS_INTERNAL_H

#include "trace/genome/introductions/introductions.h"

struct twig {
    int32_t day;
    uint32_t parent, child[2]; /* VG_TREE_NONE: the root; a tip */
    uint32_t blob;             /* of inner twigs */
    uint32_t mutations;        /* on the branch above */
    uint32_t state;            /* region; of tips given; n_regions: elsewhere */
};
struct lineage {
    uint32_t next;             /* of a list, while blobs are made */
    uint32_t index;            /* twig of a tip, or blob */
    uint32_t mutations;
    bool is_blob;
};
struct blob {
    uint32_t first, n;         /* lineages[first .. first + n) */
    uint32_t inner;            /* the first of its n - 1 inner twigs */
    uint32_t root;             /* the topmost of them */
};

enum { HISTORY_BINS = 24 };

/* How lineages move, day by day: whoever is in a leaves it with probability leave[a] x (1 - share[a]), for b with b's part of the shares of others. */
struct moving {
    size_t k;                  /* regions and elsewhere */
    uint32_t n_lengths;        /* longer branches count as the longest */
    double mean;               /* of into times weight, before it is known better */
    double *into, *out;        /* [k] from a to b: out[a] into[b] a day; into elsewhere: 0 */
    double *weight, sureness;  /* [k] what a sequence of a region stands for, 1 on average: what out is before it is known better, as if from so many moves */
    double *leave, *share;     /* [k]; share of elsewhere 0 */
    double *row;               /* [k] */
    double *table;             /* [n_lengths * k * k] from, to */
    double *left;              /* [n_lengths * k] by what chance who was in a region so many days before leaves, that day, where it is by then */
};
/* What happened along a history. */
struct moved {
    double *moves;             /* [k * k] from, to */
    double *days;              /* [k] that lineages stayed */
};

struct history {
    struct twig *twigs;        /* [n]: tips in the order of the tree, then inner twigs */
    uint32_t n, n_tips, root;
    struct blob *blobs;
    struct lineage *lineages;  /* by blob */
    uint32_t n_blobs;
    struct moving moving;
    struct moved moved;
    float *below;              /* [n * k] of inner twigs: likelihood of what is below, scaled */
    uint32_t *order;           /* [n] preorder */
    int32_t first_day, last_day; /* no twig is outside */
    double mutations_a_day, mutations_before; /* the rate, and what it was taken for at first */
    double split[HISTORY_BINS], sample[HISTORY_BINS]; /* hazards a day */
    double *passed;            /* [days + 1] what a lineage has passed since first_day: hazards and mutations */
    double *proposed;          /* [2 * k] room */
    double *weights;           /* [k] room */
    struct vg_random random;
};

/* history_start.c. days [n_nodes] of leaves, NAN not looked at. */
vg_status history_make(const struct vg_tree *tree, const uint32_t *regions, size_t n_regions, const struct vg_history_model *model, uint32_t *leaf_of_tip, struct vg_arena *arena,
                       struct history *history, struct vg_error *error);
void history_order(struct history *history);
uint32_t history_bin(const struct history *history, int32_t day);
uint32_t history_lineage_twig(const struct history *history, const struct lineage *lineage);

/* history_states.c */
void moving_settle(struct moving *moving); /* fills leave, share, table and left */
static inline const double *moving_from(const struct moving *moving, int32_t days, uint32_t from)
{
    uint32_t length = (uint32_t)days < moving->n_lengths ? (uint32_t)days : moving->n_lengths - 1;
    return moving->table + ((size_t)length * moving->k + from) * moving->k;
}
double history_root_prior(const struct history *history, uint32_t state);
double history_prune(struct history *history); /* logarithm of the probability of the tips' regions; fills below */
uint32_t history_draw_from(struct history *history, const double *weights, size_t n);
void history_draw_states(struct history *history); /* after pruning */
/* Whether, when and from where the lineage of a twig came into its region on the branch above, given the states at both ends. */
bool history_entry(struct history *history, uint32_t twig, int32_t *day, uint32_t *from);
void history_draw_moving(struct history *history); /* rates of moves, given states */

/* history_moves.c */
void history_settle_hazards(struct history *history); /* fills passed */
void history_draw_hazards(struct history *history);
void history_move_days(struct history *history);
void history_move_lineages(struct history *history);
double history_log_density(const struct history *history); /* of tree, days and mutations, for tests: O(n) */

#endif
