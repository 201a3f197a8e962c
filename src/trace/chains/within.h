/*
 * Private to chains: outbreaks whose hosts carry diverse pathogens. The state of one chain is a dated phylogeny of the cases' genomes, cut into hosts by
 * infections on its branches (Didelot, Fraser, Gardy and Colijn 2017, Mol Biol Evol 34:997); phylogeny and cuts are sampled together, as Klinkenberg and others
 * do (2017, PLoS Comput Biol 13:e1005495).
 *
 * A host is what hangs together between cuts; it is named by the infection above it, and host 0 is the outside. It has one lineage when it is infected, and a
 * tip if it is among the cases. Times are days; a case's genome is of the middle of its day.
 */
#ifndef VG_CHAINS_WITHIN_H
#define VG_CHAINS_WITHIN_H

#include "trace/chains/internal.h"

enum { WITHIN_OUTSIDE = 0, WITHIN_KIN_MAX = 512 };
enum { WITHIN_SLIDE, WITHIN_COME_OR_GO, WITHIN_JUMP, WITHIN_NODE, WITHIN_REDRAW, WITHIN_REINFECT, WITHIN_MOVES };
#define WITHIN_NONE UINT32_MAX

/* Tips are nodes 0 .. n - 1, in the order of the cases. */
struct within_node {
    double time;
    uint32_t parent, child[2];
    uint32_t top, bottom; /* infections on the branch above it: the earliest and the latest */
    uint32_t host;        /* that holds the node */
    uint32_t which;       /* of its two tables of partial likelihoods */
};

/* An infection, and the host that it makes. */
struct within_event {
    double time;
    double transmission, coalescent; /* what the host adds to the log posterior */
    uint32_t node, up, down;         /* on the branch above this node; next earlier and next later on it */
    uint32_t above;                  /* host of the infector */
    uint32_t tip;                    /* the case, or WITHIN_NONE: not among the cases */
    uint32_t place;                  /* in live */
};

struct within_tree {
    uint32_t n_tips, n_nodes, root;
    uint32_t n_live, capacity; /* infections; event 0 is the outside and not among them */
    double sequences;          /* log likelihood of the genomes */
    struct within_node *nodes;
    struct within_event *events;
    uint32_t *live, *spare; /* [capacity]; spare holds the numbers that are free, capacity - 1 - n_live */
};

struct within_parameters {
    double clock; /* mutations a site a day */
    double reporting, reproduction, dispersion, imports_per_day;
    double growth, size;    /* effective size x generation time in days, at tau days after infection: min(growth tau, size) */
    double outside;         /* the same of the outside, at all times */
    double coverage, noise; /* of contacts */
};

/* Of a host infected some days before the last: logs are of whole days, in between linear. */
struct within_unseen {
    size_t n_ages;
    double *tail;      /* ln(1 + R (1 - u) / k), or R (1 - u) where numbers are Poisson; u: chance that an infected leaves no case */
    double *unsampled; /* ln of the chance not to be a case yet */
    double *seen;      /* chance to be a case, or to have one below it */
};

struct within_world {
    const struct vg_chain_data *data;
    const struct vg_chain_model *model;
    const struct vg_chain_run *run;
    bool fixed_tree, offspring;
    double last, first;                                                               /* time of the end of the data, and of the first case */
    double generation[VG_CHAIN_GENERATION_MAX + 2];                                   /* densities at whole days, linear in between */
    double shown[VG_CHAIN_SHOWN_KINDS][VG_CHAIN_SHOWN_MAX + 2];
    double seen_by[VG_CHAIN_SHOWN_MAX + 1];                                           /* share of cases that have shown so many days after infection */
    double generation_mean;
    const uint32_t *contact_starts, *contact_list;                                    /* [n + 1], and who may have been infected by each */
    size_t n_patterns;                                                                /* of the sites that differ */
    const uint8_t *patterns;                                                          /* [n * n_patterns] bits of bases; 15 unknown */
    const double *pattern_weights;
    double constant_sites;
};

struct within_content {
    struct within_piece {
        uint32_t branch;
        double late, early;
    } *pieces;         /* lineages in the host: of a branch, from late back to early */
    double *starts;    /* at which lineages come in, backwards */
    double *joins;     /* at which two become one */
    uint32_t *outs;    /* infections that it made */
    uint32_t *waiting; /* scratch */
    size_t n_pieces, n_starts, n_joins, n_outs;
    uint32_t tip;
};

struct within_chain {
    const struct within_world *world;
    uint32_t number;
    struct vg_random random;
    struct within_parameters p;
    struct within_unseen unseen;
    struct within_tree tree, before; /* before: as it was, to go back to */
    struct within_content content;
    double rising[WITHIN_KIN_MAX + 1]; /* log of k (k + 1) ... (k + d - 1) (R / k)^d, or R^d */
    double *partial;                   /* [n_nodes][2][n_patterns][4] */
    uint32_t *path, *stamp;            /* scratch of nodes */
    uint32_t stamped;
    uint64_t proposed[WITHIN_MOVES], taken[WITHIN_MOVES];
};

/* The state (within_tree.c). */
vg_status within_tree_new(uint32_t n_tips, struct vg_arena *arena, struct within_tree *tree, struct vg_error *error);
void within_copy(struct within_tree *to, const struct within_tree *from);
/* WITHIN_NONE where there is no room. */
uint32_t within_insert(struct within_tree *tree, uint32_t node, double time);
void within_remove(struct within_tree *tree, uint32_t event);
/* Takes the branch above v, up to its parent, out of the tree; the parent is given back by attach. Infections on that branch stay on it. */
void within_detach(struct within_tree *tree, uint32_t v);
void within_attach(struct within_tree *tree, uint32_t v, uint32_t parent, uint32_t branch, double time);
/* What a host holds; sets the host of its nodes, and above of the infections that it made. */
void within_gather(struct within_tree *tree, uint32_t host, struct within_content *content);
/* Where a lineage that comes into the gathered host at `time` joins another, by the coalescent. */
void within_join(struct within_chain *chain, uint32_t host, double time, uint32_t *branch, double *at);

/* Scores (within_score.c). */
double within_generation_log(const struct within_world *world, double days);
double within_shown_log(const struct within_world *world, unsigned kind, double days);
double within_size(const struct within_parameters *p, bool outside, double tau);
double within_hazard(const struct within_parameters *p, bool outside, double from, double to); /* integral of 1 / size over tau from .. to */
void within_score(struct within_chain *chain, uint32_t host);
void within_score_all(struct within_chain *chain);
double within_contacts(const struct within_chain *chain);        /* log factor of links that are, or are not, reported contacts */
double within_prior(const struct within_chain *chain);           /* of hosts and phylogeny, with contacts */
void within_refresh(struct within_chain *chain);                 /* what follows from the parameters */
double within_import_exposure(const struct within_chain *chain); /* days in which an import would have been seen */
void within_contact_counts(const struct within_chain *chain, double *direct, double *reported);

/* Genomes (within_sequences.c). */
vg_status within_patterns(const struct vg_chain_data *data, struct vg_arena *arena, struct within_world *world, struct vg_error *error);
void within_sequences_start(struct within_chain *chain);
/* Brings the likelihood up to date after what stands at these nodes, or right below, has changed. */
void within_sequences(struct within_chain *chain, const uint32_t *nodes, size_t n);
void within_sequences_all(struct within_chain *chain);

/* Moves (within_moves.c) and parameters (within_parameters.c). */
void within_sweep(struct within_chain *chain);
void within_draw_parameters(struct within_chain *chain);

/* Starts (within_start.c): a first state without or with a phylogeny. */
void within_start(struct within_chain *chain);
vg_status within_start_tree(struct within_chain *chain, const struct vg_chain_phylogeny *phylogeny, struct vg_error *error);

/* World and first chain, as vg_chains_within makes them. */
vg_status within_new(const struct vg_chain_data *data, const struct vg_chain_model *model, const struct vg_chain_run *run,
                     const struct vg_chain_phylogeny *phylogeny, struct vg_arena *scratch, struct within_world *world, struct within_chain *chain,
                     struct vg_error *error);

#endif
