/*
 * Private to chains: tables of delays and genetic terms that the instant answer and the sampler look up, and the state of one chain.
 */
#ifndef VG_CHAINS_INTERNAL_H
#define VG_CHAINS_INTERNAL_H

#include "trace/chains/chains.h"

#include <math.h>

enum {
    GENERATIONS = VG_CHAIN_GENERATIONS_MAX,
    PAD = VG_CHAIN_SHOWN_MAX, /* zeros on both sides of a row, so that a whole window can be read */
    DELAY_MAX = GENERATIONS * (VG_CHAIN_GENERATION_MAX - 1),
    STRIDE = DELAY_MAX + 1 + 2 * PAD + 12,                   /* a multiple of 8 */
    AGES = VG_CHAIN_GENERATION_MAX + VG_CHAIN_SHOWN_MAX + 1, /* days by which all infections show, at most */
    DISTANCES_BEYOND = 20, /* differences more than the nearest in its list: such a candidate has no chance, and its row stays empty */
    APART_ZERO = STRIDE / 2,
    STRANGERS = 255, /* more are taken for as many */
    SIBLINGS_COUNTED = 31, /* more are taken for as many */
    DISTANCES = 256,                                         /* rows: 0 .. 254, and 255 where there is none */
};

/* A product of many factors as its logarithm: logarithms are taken now and then. */
struct chain_product {
    double factor, log;
};
static inline void chain_multiply(struct chain_product *product, double factor)
{
    product->factor *= factor;
    if (product->factor < 1e-150 || product->factor > 1e150) {
        product->log += log(product->factor);
        product->factor = 1;
    }
}
static inline double chain_product_log(const struct chain_product *product)
{
    return product->log + log(product->factor);
}

/* w*g by g - 1 and delay; the same as a row with pads; and what is seen by a day. */
struct chain_delays {
    size_t n_generations;                   /* at most so many */
    size_t delay_most, two_most;            /* last delay with any mass over all g; over two */
    double generation[GENERATIONS][STRIDE]; /* [PAD + delay] */
    double apart[STRIDE];                   /* [APART_ZERO + days] between two infections by the same one */
    size_t n_shown[VG_CHAIN_SHOWN_KINDS];   /* days with mass: 0 .. n - 1 */
    double observed[AGES];                  /* share of infections by someone infected x days ago that show by now */
    size_t n_observed;                      /* from here on all */
};
void chain_delays(const struct vg_chain_model *model, struct chain_delays *out);
/* F of that table at `days` since infection. */
static inline double chain_observed(const struct chain_delays *delays, int64_t days)
{
    return days < 0 ? 0 : (size_t)days >= delays->n_observed ? 1 : delays->observed[days];
}

/* Rows: of links without and with a contact, and of those with someone unseen between who infected others, too. */
enum {
    ROW_LINK = 0,
    ROW_CONTACT = DISTANCES,
    ROW_UNSEEN = 2 * DISTANCES,
    ROWS = 3 * DISTANCES
};

/*
 * Rows by contact (0, 1) and distance: the density of a delay, summed over generations, without R. Genetic terms are divided by (mu / (1 - mu))^d, so that no
 * power of mu runs out of range; power[x] puts back what a candidate lacks against the nearest one of its case.
 */
struct chain_rows {
    const struct chain_delays *delays;
    double (*rows)[STRIDE];              /* [ROWS] */
    double (*coefficients)[GENERATIONS]; /* [ROWS] of w*g in the row */
    bool siblings, contact_siblings;     /* whether there are any; whether contacts may tell of them */
    double shared;                       /* what R is times for those of an unseen one's infected who may show as siblings: they need a genome */
    double sum[DISTANCES];               /* over generations of coefficients, without contact: for cases that are not listed */
    double outside[DISTANCES];           /* a genome from outside, by the smallest distance in the list of its case */
    double power[DISTANCES];
    double one_generation; /* genetic term of no difference over one generation */
    bool used[DISTANCES];
    double log_outside; /* before scaling */
};
vg_status chain_rows_new(const struct chain_delays *delays, const struct vg_chain_data *data, const struct vg_chain_model *model,
                         const struct vg_chain_candidates *candidates, struct vg_arena *arena, struct chain_rows *rows, struct vg_error *error);
void chain_rows_fill(struct chain_rows *rows, const struct vg_chain_data *data, const struct vg_chain_parameters *parameters, bool wide);
/* Factor of a pair in which one infected the other at once, against one in which not: reported, and not reported. 1, 1 without contacts. */
void chain_contact_factors(const struct vg_chain_data *data, const struct vg_chain_parameters *parameters, double factors[2]);
/* The same of two who were infected by the same one. */
void chain_sibling_factors(const struct vg_chain_data *data, const struct vg_chain_parameters *parameters, double factors[2]);
static inline double chain_place_factor(const struct vg_chain_candidates *candidates, const struct vg_chain_parameters *parameters, uint32_t i, unsigned flags)
{
    if ((flags & VG_CHAIN_PLACES_KNOWN) == 0) {
        return 1;
    }
    return (flags & VG_CHAIN_SAME_PLACE) != 0 ? parameters->place_share / candidates->place_odds[2 * i]
                                              : (1 - parameters->place_share) / candidates->place_odds[2 * i + 1];
}

/* First and last possible day of infection of a case. */
static inline int32_t chain_first_day(const struct chain_delays *delays, const struct vg_chain_case *c)
{
    return c->day - (int32_t)delays->n_shown[c->shown] + 1;
}
int32_t chain_last_known(const struct vg_chain_data *data);                             /* as_of, or the last case's day */
double chain_days(const struct vg_chain_data *data, const struct chain_delays *delays); /* of the outbreak, over which imports come */
struct vg_chain_parameters chain_initial_parameters(const struct vg_chain_data *data, const struct vg_chain_model *model,
                                                    const struct vg_chain_candidates *candidates);
double chain_entropy(const float *support, size_t n, double outside, double unlisted); /* bits */

/* Differences of days between infector and infected by their kinds, [SERIAL_ZERO + difference], for a number of generations. */
enum { SERIAL_ZERO = VG_CHAIN_SHOWN_MAX, SERIAL_N = DELAY_MAX + 2 * VG_CHAIN_SHOWN_MAX };
void chain_serial(const struct vg_chain_model *model, const struct chain_delays *delays, size_t generations, unsigned infector, unsigned infected, double *out);

/* ------------------------------------------------------------------- state */

/* Then the candidate's place in its list + SLOT_FIRST: it infected the case, over one or more generations; or + SLOT_SIBLING: someone unseen infected both. */
enum { SLOT_OUTSIDE = 0, SLOT_UNLISTED = 1, SLOT_FIRST = 2, SLOT_SIBLING = SLOT_FIRST + VG_CHAIN_CANDIDATES_MAX };
static inline bool chain_direct(unsigned slot)
{
    return slot >= SLOT_FIRST && slot < SLOT_SIBLING;
}

/* Genomes as sites of two bases, [genomes * n_words]; other sites are alike in all. */
struct chain_sites {
    size_t n_words;
    uint64_t *bits;
};
vg_status chain_sites(const struct vg_chain_data *data, const struct vg_chain_candidates *candidates, struct vg_arena *arena, struct chain_sites *out,
                      struct vg_error *error);

/* What is known of a genome: near that of `genome`, with the same chance of the other base at all sites but those listed, whose chance of base 1 is given. */
enum { MESSAGE_SITES = 40 /* more are taken for as the others: so far from what is around it no case stays */ };
struct chain_message {
    uint32_t genome, n; /* VG_CHAIN_NONE: nothing is known */
    double other, one[MESSAGE_SITES];
    uint32_t site[MESSAGE_SITES]; /* in order */
};
/* Of a case without a genome. */
struct chain_group {
    struct chain_message below, above, all; /* known from those below it; at its infector, but from it; and at itself, from all around */
    double below_log;                       /* likelihood of the genomes below it, with whatever theirs and its own */
    uint64_t changed;                       /* of the first of a group: when anything did in it */
    uint64_t above_at, all_at;              /* `changed` of the time when they were found */
    bool below_known;
};
struct chain_groups {
    struct chain_group *list; /* [n_unsequenced] */
    uint32_t without;         /* who is taken out of its group */
    uint64_t clock;
};

/* What chains share. */
struct chain_world {
    const struct vg_chain_data *data;
    const struct vg_chain_model *model;
    const struct vg_chain_candidates *candidates;
    const struct vg_chain_run *run;
    const struct chain_delays *delays;
    const uint8_t *slow;             /* [n] its genetic term may need more than two genomes: it or a candidate is not sequenced while others are */
    const uint32_t *group_of;        /* [n] of cases that are not sequenced while others are: their number among these */
    size_t n_unsequenced;
    const size_t *contact_starts; /* [n + 1], where contacts may tell of siblings, else NULL */
    const uint32_t *contacts;     /* with whom each case has any */
    struct chain_sites sites; /* where some are slow */
    const size_t *usable_starts;     /* [n + 1] */
    const uint8_t *usable;           /* places in each case's list of those who may ever be its infector or sibling: by days, and by genomes */
    bool some_slow, offspring, wide; /* offspring: negative binomial; wide: with AVX2 */
    int32_t last_known;
    double days;
    double log_shown[VG_CHAIN_SHOWN_KINDS][VG_CHAIN_SHOWN_MAX];
};

/* What is asked of each candidate, together in the cache. */
struct chain_person {
    int32_t infected;        /* day */
    uint32_t n_children;     /* of those that it infected */
    double weight;           /* R, or what its number of infected makes of it: infectors of many are likelier to have infected one more */
    float unseen;            /* what its first sibling does to its own density: that someone unseen infected it */
    uint32_t above;          /* its infector, where both are sequenced: siblings are held against both; else VG_CHAIN_NONE */
    uint32_t n_siblings;     /* that hang on it */
    uint8_t above_distance;  /* what it differs by from `above` */
    uint8_t mark;            /* its place in the list of the case whose turn it is; if it is not there, anything */
};

struct chain {
    const struct chain_world *world;
    uint32_t number; /* of the chain */
    uint32_t sweep;
    struct chain_rows rows;
    struct vg_chain_parameters p;
    struct chain_person *person;                /* [n] */
    uint8_t *slot, *generations;                /* generations: kept for slow cases, drawn again for others */
    uint8_t *own;                               /* of siblings and of the one on which they hang: sites in which it differs from whoever infected them */
    uint32_t *parent, *child, *next, *previous; /* parent: the infector or the sibling; child: who hangs on it either way */
    double sibling_weight[SIBLINGS_COUNTED + 1]; /* of one more infected by someone unseen, by those whom it infected beyond the first: by genomes */
    uint64_t swaps, swaps_taken;
    double listed_share; /* of infections whose infector is in a list */
    /*
     * By days since infection, up to where all infections have shown: R / (k + R listed_share F); what no infected, and each, says of the day, against all
     * having shown
     */
    double weight_of_one[AGES], unseen_none[AGES], unseen_each[AGES];
    double heat; /* power of the genetic terms of slow cases: below 1 at the beginning, while they find their places */
    double log_posterior;
    uint32_t n_outside, n_unlisted;
    uint32_t *support;                              /* [n_list] sampled counts */
    uint32_t *outside, *unlisted, *direct, *inside; /* [n] */
    double *infected_sum, *offspring_sum;
    uint16_t (*offspring_counts)[24]; /* [n] of 0, 1, ..., 23 and more */
    double *offspring_share, *settings;
    double backward_top, backward_bottom;
    double *traces;                /* [TRACES * n_samples] */
    struct chain_cells *cells;     /* scratch of the parameters */
    struct chain_groups *groups;   /* where some are slow */
    double contact_weight[SIBLINGS_COUNTED + 1]; /* as sibling_weight, by contacts */
    double strangers[STRANGERS + 1], friends;    /* that one more of an infector reports no contact with so many others, and what one reported changes */
};
enum { TRACE_LOG = VG_CHAIN_PARAMETERS, TRACE_OUTSIDE, TRACE_TOP, TRACES };
enum { OFFSPRING_SHARES = 32, SETTINGS_MAX = 32, OFFSPRING_BINS = 24 };

/* Arrays of an answer, zeroed; n_support: of lists of candidates, 0 where there are none. */
vg_status chain_posterior_new(const struct vg_chain_data *data, size_t n_support, size_t n_chains, struct vg_arena *arena, struct vg_chain_posterior *out, struct vg_error *error);

static inline size_t chain_list_size(const struct vg_chain_candidates *candidates, uint32_t i)
{
    return candidates->starts[i + 1] - candidates->starts[i];
}
static inline const struct vg_chain_candidate *chain_candidate(const struct vg_chain_candidates *candidates, uint32_t i, unsigned slot)
{
    return &candidates->list[candidates->starts[i] + slot - (slot >= SLOT_SIBLING ? SLOT_SIBLING : SLOT_FIRST)];
}

vg_status chain_new(const struct chain_world *world, uint32_t number, struct vg_arena *arena, struct chain *chain, struct vg_error *error);
void chain_link(struct chain *chain, uint32_t i, unsigned slot); /* takes i from its infector to that of the slot */
unsigned chain_slot_of(const struct vg_chain_candidates *candidates, uint32_t i, uint32_t j); /* of j in the list of i; SLOT_OUTSIDE: it is not there */
bool chain_wide(void);
/* Days on which a case can have been infected: what its own day and its infected say of each, and room for what its infector says. */
enum { CHAIN_WINDOW = VG_CHAIN_SHOWN_MAX + 8 };
struct chain_window {
    int32_t first;    /* day of d = 0 */
    size_t low, high; /* d within which infection is possible */
    double base[CHAIN_WINDOW], sum[CHAIN_WINDOW];
};
/* Fills base, but for those whom it infected in number and for `but` among them; false: no day is left. */
bool chain_window_open(const struct chain *chain, uint32_t i, uint32_t but, struct chain_window *window);
/* What the number of infected says of the day is multiplied in. */
void chain_weigh_offspring(const struct chain *chain, uint32_t n_children, struct chain_window *window);
/* What the candidates of one case weigh. */
struct weighed {
    const double *row[VG_CHAIN_CANDIDATES_MAX]; /* at d = 0; NULL: impossible */
    double weight[VG_CHAIN_CANDIDATES_MAX];
    double by_generations[VG_CHAIN_CANDIDATES_MAX][GENERATIONS]; /* of slow cases, in place of row and weight */
    int32_t shift[VG_CHAIN_CANDIDATES_MAX];                      /* of slow cases: first day less the candidate's */
    const double *sibling_row[VG_CHAIN_CANDIDATES_MAX];          /* at d = 0; NULL: impossible */
    double sibling_weight[VG_CHAIN_CANDIDATES_MAX];
    unsigned own[VG_CHAIN_CANDIDATES_MAX]; /* differences of a sibling; VG_CHAIN_DISTANCE_NONE: none of its own, but those from the first over two generations */
    double outside, unlisted; /* unlisted: times the table's density */
};
/* Draws infector, day and, where it is slow, generations of one case. */
void chain_update(struct chain *chain, uint32_t i);
/*
 * Density of case i at day t from the slot's infector, infected at parent_day: without R's share, offspring numbers and the delay to its own day. Not for
 * slow cases.
 */
double chain_attach(const struct chain *chain, uint32_t i, unsigned slot, int32_t t, int32_t parent_day);
/* The same of a slot in the list as a factor of *row, which is by delay. */
double chain_attach_scale(const struct chain *chain, uint32_t i, unsigned slot, const double **row);
/* The case's infector when links to siblings are followed: its slot in the list of i; SLOT_UNLISTED where it is not there. */
unsigned chain_resolve(const struct chain *chain, uint32_t i);
void chain_note_unseen(struct chain *chain, uint32_t i); /* fills unseen and above of i */
/* Siblings by genomes differ by at most so much, by the smallest distance of the case; further ones are not looked at. */
static inline unsigned chain_sibling_reach(unsigned nearest)
{
    return nearest + 3 < VG_CHAIN_DISTANCE_MAX ? nearest + 3 : VG_CHAIN_DISTANCE_MAX;
}
/* i as a sibling of its k-th candidate: how much, but for days and genomes; 0: it cannot be. Where candidates stand in the list must be marked. */
double chain_weigh_sibling(const struct chain *chain, uint32_t i, size_t k, const struct chain_window *window, struct weighed *weighed);
/* What the days of those who hang on i, from outside, say of its own. */
void chain_weigh_apart(const struct chain *chain, uint32_t i, struct chain_window *window);
double chain_sibling_days(const struct chain *chain, uint32_t i); /* density of the day of a sibling */
/* Factors of candidates that infected some with whom i reports contacts, [list]; false: there are none. Marked as above. */
bool chain_find_friends(const struct chain *chain, uint32_t i, double *friends);
/* What contacts with others of the same infector change where x, which infected i, and i swap all they have, as a logarithm; where only the link turns. */
double chain_contacts_swapped(const struct chain *chain, uint32_t i, uint32_t x);
double chain_contacts_turned(const struct chain *chain, uint32_t i, uint32_t x);
bool chain_are_siblings(const struct chain *chain, uint32_t a, uint32_t b);
vg_status chain_index_contacts(struct chain_world *world, struct vg_arena *arena, struct vg_error *error);
void chain_note_weight(struct chain *chain, uint32_t i); /* fills weight of i */
void chain_swap(struct chain *chain, uint32_t i, struct vg_random *random);
/* After x and i have changed who is above or when: what is noted of their infected and siblings. */
void chain_note_both(struct chain *chain, uint32_t i, uint32_t x);
/* Of a slow case's density what depends on who is at the slot, genomes, delays and what is the same for all slots in the list aside. */
double chain_link_factor(const struct chain *chain, uint32_t i, unsigned slot, unsigned generations);
void chain_take_generations(struct chain *chain, uint32_t i, uint32_t x); /* each the other's */
/* Who of i and its infector came first, and both days, from their joint conditional law; those below stay where they are. */
void chain_turn(struct chain *chain, uint32_t i, struct vg_random *random);
/*
 * Genetic terms, as logarithms, of a slow case under each candidate by generations, [list][GENERATIONS], and from outside or not listed: the likelihood of all
 * genomes around its group and the candidate's together against that of both apart.
 */
void chain_group_terms(const struct chain *chain, uint32_t i, double (*terms)[GENERATIONS], double *outside, double *unlisted, const bool *wanted);
vg_status chain_groups_new(struct chain *chain, struct vg_arena *arena, struct vg_error *error);
/* Before and after i, or who hangs on it, goes elsewhere: what was found of the groups around it does not hold any more. */
void chain_groups_forget(const struct chain *chain, uint32_t i);
void chain_groups_forget_all(const struct chain *chain);
/* Log likelihood of a group and the genomes around it, by its first case; of a sequenced case that hangs on a sequenced one or on nobody, of its genome. */
double chain_group_log(const struct chain *chain, uint32_t top);
double chain_groups_log(const struct chain *chain); /* of all groups, but not of sequenced cases outside them */
/* Of all that changes when two, of whom the upper infected the lower, change places: of slow cases alone. */
double chain_groups_around(const struct chain *chain, uint32_t upper, uint32_t lower);
/* Draws generations of fast cases, then the parameters; leaves log_posterior. */
void chain_parameters(struct chain *chain);
vg_status chain_parameters_new(struct chain *chain, struct vg_arena *arena, struct vg_error *error);
double chain_genetic_log(const struct chain *chain, unsigned distance, unsigned generations);
/* Of someone unseen who infected some: density of one more, by how many there are beyond the first; numbers of mean and dispersion k (infinite: Poisson). */
static inline double chain_sibling_weight(double mean, double k, unsigned beyond_first)
{
    return k > 1e9 ? mean : mean * (1 + beyond_first + k) / (k + mean);
}

/* One step of slice sampling (Neal 2003) within low .. high. */
double chain_slice(struct vg_random *random, double at, double width, double low, double high, double (*log_density)(void *context, double x), void *context);

#endif
