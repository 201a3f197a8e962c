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

#define MOVING_INTO 0.01 /* rate of moves into a region a day, before anything is seen */
#define MOVING_OFTENEST 1.0 /* of these into all regions together: of more days can tell nothing, any scale would be as likely as another, and rates ran to infinity */
enum { HISTORY_BINS = 24, HISTORY_CLASSES = 25, HISTORY_PERIODS = 12 };

/*
 * How lineages move, day by day. Regions are in classes; elsewhere is the last class, alone. A lineage of class c is drawn again on a day of period m with probability leave[m, c], into class d with
 * d's part of out[c] x shape[m, c] x pair[c, d] x what all of d have of `into` / shape[m, d], and there by `into`; who draws the place where it is has not moved.
 */
struct moving {
    size_t k, n_classes;       /* regions and elsewhere */
    uint32_t *class_of;        /* [k] */
    uint32_t *class_size, *first_of_class, *next_of_class; /* [n_classes], [n_classes], [k] lists of regions */
    double mean;               /* of into times weight, before it is known better */
    double evenness;           /* pair is 1 on average, with a variance of one over this */
    double *into;              /* [k] of elsewhere 0 */
    double *out;               /* [n_classes] */
    double *pair;              /* [n_classes^2] from, to; into a class of elsewhere, or of one region from itself: 0 */
    double *weight, sureness;  /* [k] what a sequence of a region stands for, 1 on average: what out is before it is known better, as if from so many moves */
    double *class_weight;      /* [n_classes] mean of these */
    double *class_into;        /* [n_classes] sums */
    double *part;              /* [k] of its class's into */
    size_t n_periods;          /* in which rates are constant */
    int32_t begins[HISTORY_PERIODS + 1]; /* days; the last: the last day there is */
    uint8_t *period_of;        /* [days] of the step from a day, the first being begins[0], to the next */
    double *shape;             /* [n_periods * n_classes] what a sequence stands for in a period, over what it does on average; elsewhere 1 */
    double *leave, *goes;      /* [n_periods * n_classes], [n_periods * n_classes^2] a day: drawn again; and from, to */
    double *spared;            /* [n_periods] how much likelier a lineage passes a day elsewhere unseen than in a region; part of goes; 1 while a chain runs (history_spare) */
    uint32_t n_lengths[HISTORY_PERIODS]; /* 0 days and so on, of a table; longer ones, which the first period may have, count as the longest */
    size_t first_length[HISTORY_PERIODS]; /* where its table begins */
    double *table;             /* [sum of n_lengths * n_classes^2] from, to: there by then, drawn again at least once, within a period */
    double *table_stays;       /* [sum of n_lengths * n_classes] never drawn again, after so many days */
};
/* What happened along a history. */
struct moved {
    double *to;                /* [k * n_classes] moves from a region into a class */
    double *from;              /* [k * n_classes] into a region from a class */
    double *leaves;            /* [n_periods * k] moves out of a region */
    double *days;              /* [n_periods * k] that lineages stayed */
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
    int32_t root_reach;        /* days that a step may move the root */
    double infected_days;      /* from an infection until its host is sampled or infects others */
    double mutations_a_day, mutations_before; /* the rate, and what it was taken for at first */
    bool rate_given;           /* it stays */
    double dispersion;         /* mutations tell as much as so many fewer would */
    double errors;             /* mutations of a genome that came with its reading, mean: they are on tips alone and take no time */
    double split[HISTORY_BINS], sample[HISTORY_BINS]; /* hazards a day */
    double *passed;            /* [days + 1] what a lineage has passed since first_day: hazards and mutations */
    double *kept;              /* [k + n_classes * (n_classes + 1)] room: rates before a step */
    double *weights;           /* [k] room */
    struct vg_random random;
};

/* history_start.c. days [n_nodes] of leaves, NAN not looked at. regions NULL, with none of them: all is elsewhere. */
vg_status history_make(const struct vg_tree *tree, const uint32_t *regions, size_t n_regions, const struct vg_history_model *model, uint32_t *leaf_of_tip, struct vg_arena *arena,
                       struct history *history, struct vg_error *error);
void history_order(struct history *history);
/* history_chain.c: n_draws of a chain, each handed to keep; false from it: no memory. */
typedef bool history_keep(void *context, size_t chain, size_t number, struct history *history);
vg_status history_chain(const struct vg_tree *tree, const uint32_t *regions, size_t n_regions, const struct vg_history_model *model, size_t chain, history_keep *keep, void *context,
                        struct vg_error *error);
uint32_t history_bin(const struct history *history, int32_t day);
uint32_t history_lineage_twig(const struct history *history, const struct lineage *lineage);

/* history_periods.c: periods of moving, and what a sequence stands for in each, from the model's cases by week. */
bool history_make_periods(struct history *history, const struct vg_history_model *model, struct vg_arena *arena);
bool history_settle_periods(struct history *history, struct vg_arena *arena); /* all that follows from n_periods, begins and shape; room for moving_settle */
/* [n_weeks] the chance that a case of a week leaves a sequence, by itself or by way of others; 1 where there are no cases or no sequences at all */
void history_reach(const double *cases, const double *sequences, size_t n_weeks, double *reach);

/* history_rates.c */
void moving_settle(struct moving *moving); /* fills all that follows from rates and classes */
void history_draw_moving(struct history *history); /* rates of moves, given states */

/* history_ways.c: from one day to another, over as many periods as there are between. Room: [n_classes]. */
struct stretch { const double *moved, *stays; }; /* of a period: [n_classes^2], [n_classes] */
static inline uint32_t moving_period(const struct moving *moving, int32_t day)
{
    return moving->period_of[day - moving->begins[0]];
}
static inline struct stretch moving_stretch(const struct moving *moving, uint32_t period, int32_t days)
{
    size_t n = moving->n_classes, length = (uint32_t)days < moving->n_lengths[period] ? (uint32_t)days : moving->n_lengths[period] - 1, at = moving->first_length[period] + length;
    return (struct stretch){moving->table + at * n * n, moving->table_stays + at * n};
}
/* Whether both days are of one period, and if so what happens between. */
static inline bool moving_at_once(const struct moving *moving, int32_t first, int32_t last, struct stretch *all)
{
    uint32_t period = moving_period(moving, first);
    *all = moving_stretch(moving, period, last - first);
    return last <= moving->begins[period + 1];
}
/* From a class into all, having been drawn again; *stays: not drawn again. */
const double *moving_row(const struct moving *moving, int32_t first, int32_t last, uint32_t from, double *room, double *stays);
/* Into a class from all, a step of *stride between them, and of that class alone what stays. */
const double *moving_column(const struct moving *moving, int32_t first, int32_t last, uint32_t to, double *room, size_t *stride, double *stays);
/* What is expected of values by class (the mean over its regions, by their parts), of those drawn again: seen [n_classes]; and who is not. */
const double *moving_see(const struct moving *moving, int32_t first, int32_t last, const double *values, double *seen, double *room);
double moving_chance_across(const struct moving *moving, int32_t first, int32_t last, uint32_t a, uint32_t b);
static inline double moving_chance(const struct moving *moving, int32_t first, int32_t last, uint32_t a, uint32_t b)
{
    struct stretch all;
    if (!moving_at_once(moving, first, last, &all)) {
        return moving_chance_across(moving, first, last, a, b);
    }
    uint32_t from = moving->class_of[a];
    return all.moved[from * moving->n_classes + moving->class_of[b]] * moving->part[b] + (a == b ? all.stays[from] : 0);
}

/* history_states.c */
double history_root_prior(const struct history *history, uint32_t state);
double history_prune(struct history *history); /* logarithm of the probability of the tips' regions; fills below */
uint32_t history_draw_from(struct history *history, const double *weights, size_t n);
void history_draw_states(struct history *history); /* after pruning */
/* The last entry into state b by the last day of a lineage that was in a on the first, drawn; false: it was in b all the time. *after: on which of the days, from 1. */
bool history_last_entry(struct history *history, uint32_t a, uint32_t b, int32_t first, int32_t last, int32_t *after, uint32_t *from);
/* Whether, when and from where the lineage of a twig came into its region on the branch above, given the states at both ends. */
bool history_entry(struct history *history, uint32_t twig, int32_t *day, uint32_t *from);
void history_fill_moved(struct history *history); /* all moves along all branches, drawn given the states at their ends */
/*
 * What a lineage between three of known states may be on a day: the sum of the chances, over where it is, from `above` (VG_TREE_NONE: it is the root) on day_above and to[2] on days; *state is drawn
 * unless NULL.
 */
double history_between(struct history *history, uint32_t above, int32_t day_above, int32_t day, const uint32_t *to, const int32_t *days, uint32_t *state);

/* history_moves.c */
void history_settle_hazards(struct history *history); /* fills passed */
void history_draw_hazards(struct history *history);
/* Whether elsewhere, where nobody samples, lineages are spared the hazard of being sampled; settles moving. */
void history_spare(struct history *history, bool spare);
void history_move_days(struct history *history);
void history_move_lineages(struct history *history);
double history_log_density(const struct history *history); /* of tree, days and mutations, for tests: O(n) */

#endif
