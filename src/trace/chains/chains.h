/*
 * chains: who infected whom, for outbreaks of 10 to 100,000 cases. Each case has a short list of candidate infectors; every answer gives a probability to
 * each of them, to "another case, not in the list" and to "outside" (imported, or further away than the unseen cases that are allowed for), and these sum to
 * one.
 *
 * The model. A case i, infected on day t, shows (onset, swab, report) on day s with probability shown[s - t]. It was infected by case j over g generations,
 * of which g - 1 were not seen, with density R w*g(t - t_j) pi (1 - pi)^(g-1), where w*g is the generation time convolved g times with itself; or from
 * outside with density iota a day. With genomes: times (g mu)^d (1 - g mu)^(L - d), d the sites in which the genome differs from that of the infector;
 * where genomes are missing, the sum over all that they can be, site by site (a site has two bases), of all genomes around them at once. A genome from outside has the likelihood that one at `outside_differences` has at its best: infectors further
 * away than that are taken to be outside. With contacts: a pair in which one infected the other (g = 1) is reported with probability epsilon, any other with
 * epsilon lambda, but two whom the same case infected, or the same unseen one, with epsilon lambda_s (below, shared_ancestors). With places: a share phi of infections happens within a place. The numbers of infected are negative binomial with mean R and dispersion k
 * (or Poisson). With R, iota constant, contacts of all pairs and Poisson numbers this is the likelihood of outbreaker2 (Campbell et al. 2018, BMC
 * Bioinformatics 19:363), which takes imports as given.
 *
 * vg_chains_instant is closed form (the weights of Wallinga and Teunis 2004, with these terms). vg_chains_sample is MCMC: each case's infector, infection day
 * and unseen generations are drawn together from their exact conditional law, generations being summed over; cases swap places with their infectors;
 * parameters are drawn from sufficient statistics. Draws are counter-based: the answer does not depend on threads. Pure functions; memory is the caller's
 * arena.
 */
#ifndef VG_CHAINS_H
#define VG_CHAINS_H

#include "trace/trace.h"

#define VG_CHAIN_NONE UINT32_MAX
#define VG_CHAIN_CANDIDATES_MAX 64
#define VG_CHAIN_GENERATIONS_MAX 5
#define VG_CHAIN_SHOWN_MAX 64      /* days from infection to the case's day: below this */
#define VG_CHAIN_GENERATION_MAX 64 /* days of a generation: below this */
#define VG_CHAIN_DISTANCE_MAX 254  /* larger distances are taken as this */
#define VG_CHAIN_DISTANCE_NONE 255

/* -------------------------------------------------------------------- data */

enum vg_chain_shown { VG_CHAIN_ONSET, VG_CHAIN_REPORT, VG_CHAIN_SHOWN_KINDS };
enum vg_chain_origin { VG_CHAIN_ORIGIN_UNKNOWN, VG_CHAIN_ORIGIN_IMPORTED, VG_CHAIN_ORIGIN_LOCAL };

struct vg_chain_case {
    int32_t day;      /* of onset or report; never none */
    uint8_t shown;    /* enum vg_chain_shown: which delay leads to it */
    uint8_t origin;   /* enum vg_chain_origin */
    uint16_t setting; /* for the matrix of settings; 0: unknown */
    uint32_t place;   /* where infections are likelier within; VG_CHAIN_NONE: unknown */
    uint32_t genome;  /* index of a genome; VG_CHAIN_NONE: not sequenced */
};

struct vg_chain_contact {
    uint32_t from, to; /* cases */
    bool directed;     /* from is said to have exposed to; else either */
};

/*
 * Genomes, as bit planes of the sites at which they differ, or as a matrix of distances. A site where one of two genomes is not known does not count.
 */
struct vg_chain_genomes {
    size_t n, length;    /* genomes; sites of the alignment */
    size_t n_words;      /* of one plane: 64 sites each */
    uint64_t *planes;    /* [n * 3 * n_words] low bit, high bit, known; NULL: distances */
    uint16_t *distances; /* [n * n], UINT16_MAX unknown; NULL: planes */
};
/* Sequences of equal length, A C G T U in either case, anything else unknown. VG_DATA_ERROR: other lengths. Cost: n * length. */
vg_status vg_chains_genomes(const struct vg_text *sequences, size_t n, struct vg_arena *arena, struct vg_chain_genomes *genomes,
                            struct vg_error *error) VG_MUST_USE;
/* Sites that differ, at most VG_CHAIN_DISTANCE_MAX; VG_CHAIN_DISTANCE_NONE where it is not known. */
unsigned vg_chains_distance(const struct vg_chain_genomes *genomes, uint32_t a, uint32_t b);

struct vg_chain_data {
    const struct vg_chain_case *cases; /* [n]; in the order of days the work is fastest */
    size_t n;
    const struct vg_chain_contact *contacts; /* a pair once */
    size_t n_contacts;
    const struct vg_chain_genomes *genomes; /* NULL: none */
    int32_t as_of;                          /* last day on which a case would be known; VG_DATE_NONE: the last case's */
};

/* ------------------------------------------------------------------- model */

/* NaN in vg_chain_model.fixed: estimated. */
struct vg_chain_parameters {
    double mutation;         /* mu, a site a generation */
    double reporting;        /* pi, share of the infected that is among the cases */
    double contact_coverage; /* epsilon */
    double contact_noise;    /* lambda */
    double place_share;      /* phi */
    double reproduction;     /* R */
    double dispersion;       /* k; INFINITY: Poisson */
    double imports_per_day;  /* iota */
    double contact_siblings; /* lambda_s */
};
enum vg_chain_parameter {
    VG_CHAIN_MUTATION,
    VG_CHAIN_REPORTING,
    VG_CHAIN_CONTACT_COVERAGE,
    VG_CHAIN_CONTACT_NOISE,
    VG_CHAIN_PLACE_SHARE,
    VG_CHAIN_REPRODUCTION,
    VG_CHAIN_DISPERSION,
    VG_CHAIN_IMPORTS,
    VG_CHAIN_CONTACT_SIBLINGS,
    VG_CHAIN_PARAMETERS
};
const char *vg_chains_parameter_name(enum vg_chain_parameter parameter); /* "mutation_rate", "reporting", ... */

struct vg_chain_model {
    double generation[VG_CHAIN_GENERATION_MAX];               /* w: probability of a delay of 0, 1, ... days; w[0] is 0; sums to 1 */
    double shown[VG_CHAIN_SHOWN_KINDS][VG_CHAIN_SHOWN_MAX];   /* the same from infection to the case's day */
    size_t generations_most;                                  /* 1 .. VG_CHAIN_GENERATIONS_MAX */
    double reporting_prior[2];                                /* beta: 10, 1 */
    double coverage_prior[2], noise_prior[2], place_prior[2]; /* beta: 1, 1 */
    double siblings_prior[2];                                 /* beta: 0.5, 1 */
    double mutation_prior_rate;                               /* exponential: 1 */
    double reproduction_prior[2];                             /* gamma, shape and rate: 1, 0.5 */
    double imports_prior[2];                                  /* gamma, shape and rate (days): 0.5, 0 */
    double dispersion_prior[2];                               /* lognormal, mean and sd of ln k: ln 0.5, 1 */
    /* 0: nothing is said of genomes from outside; NaN: as many as the allowed generations make with chance 0.001, by the nearest earlier genomes */
    double outside_differences;
    /*
     * Two who were infected by the same unseen person share the mutations of the way to that person, which the terms above would count for
     * each. Above 0, a case may hang on an earlier one as a sibling: someone unseen infected both, and had it from the infector of the first. Both are counted
     * two generations from that infector; of the genome only what differs from the two others counts, over one generation; all siblings of one unseen infector
     * must agree on its genome.
     *
     * Two whom the same one infected also report contacts with each other, with probability epsilon lambda_s. A case that reports one with an earlier case may
     * hang on it as a sibling where no genomes of both and their infector's tell: two generations from the infector of the first, or, where nobody in the list
     * infected that, on any day that fits that of the first (of their genomes two generations are between them). The number is what R is times for unseen
     * infectors: 1; 0: outbreaker2's likelihood.
     */
    double shared_ancestors;
    struct vg_chain_parameters fixed;
    /*
     * vg_chains_within: effective size x generation time of the pathogen in a host, in days, at tau days after its infection: min(growth tau, size). Priors:
     * growth lognormal around within_growth (1) with sd of its logarithm within_sd (1.2), size around within_generations (5) generation times of the infection
     * (sd 1). NaN in fixed_growth, fixed_size: estimated.
     */
    double within_growth, within_sd, within_generations, fixed_growth, fixed_size;
};
void vg_chains_model_defaults(struct vg_chain_model *model); /* delays are left empty */
/* A gamma law in whole days (mass between day - 1/2 and day + 1/2), from `first` on, cut at 99.9 % and at n. VG_USAGE_ERROR: mean or sd not above 0. */
vg_status vg_chains_delay_gamma(double mean_days, double sd_days, size_t first, double *out, size_t n, struct vg_error *error) VG_MUST_USE;
/* The law of the sum of two delays, cut at n and made to sum to 1. */
void vg_chains_delay_sum(const double *a, const double *b, double *out, size_t n);
/* VG_USAGE_ERROR, or VG_DATA_ERROR: delays that do not sum to 1, a generation of no days, indices out of range. Other functions take what passed. */
vg_status vg_chains_check(const struct vg_chain_data *data, const struct vg_chain_model *model, struct vg_error *error) VG_MUST_USE;

/* -------------------------------------------------------------- candidates */

enum { VG_CHAIN_IS_CONTACT = 1, VG_CHAIN_SAME_PLACE = 2, VG_CHAIN_PLACES_KNOWN = 4 };
struct vg_chain_candidate {
    uint32_t infector;
    uint16_t distance; /* of genomes: 0 .. VG_CHAIN_DISTANCE_MAX, or VG_CHAIN_DISTANCE_NONE */
    uint16_t flags;
};
struct vg_chain_candidates {
    size_t n;
    size_t *starts; /* [n + 1] */
    struct vg_chain_candidate *list;
    size_t n_list;
    /*
     * [n * VG_CHAIN_SHOWN_MAX] density of infection by cases that are not in the list, a unit of R, by day since the first possible one; NULL: the lists hold
     * everyone
     */
    float *unlisted;
    uint8_t *unlisted_distance; /* [n] what their genomes are taken to differ by */
    uint8_t *nearest;           /* [n] smallest distance in the list */
    uint8_t *earlier;           /* [n] smallest distance to a case of an earlier day, else nearest */
    /* [2n] share of the case's place (mean of its share of the cases and of one over the number of places), and the rest; what phi is divided by; 0: no place
     */
    double *place_odds;
};
/*
 * Up to `most` (1 .. VG_CHAIN_CANDIDATES_MAX) infectors for each case: reported contacts, cases of the same place, those with the nearest genomes and those
 * that fit best in time, the best by the instant answer's weight. Up to 3,000 cases every pair is weighed. Beyond, genomes are found by equal eighths of
 * their differing sites (any with up to seven differences share one). Threads do not change it.
 */
vg_status vg_chains_candidates(const struct vg_chain_data *data, const struct vg_chain_model *model, size_t most, struct vg_pool *pool, struct vg_arena *arena,
                               struct vg_chain_candidates *candidates, struct vg_error *error) VG_MUST_USE;

/* ----------------------------------------------------------------- answers */

/* 95 % interval; r_hat and effective_size NaN where there is one chain or nothing to draw */
struct vg_chain_estimate {
    double mean, low, high, r_hat, effective_size;
};

/* Of outbreaks with diversity within hosts. */
enum vg_chain_within_estimate {
    VG_CHAIN_WITHIN_CLOCK,  /* mutations a site a day */
    VG_CHAIN_WITHIN_GROWTH, /* days of effective size x generation time, a day since infection */
    VG_CHAIN_WITHIN_SIZE,   /* the most of it, days */
    VG_CHAIN_WITHIN_HOSTS,  /* number of hosts in the tree that are not among the cases */
    VG_CHAIN_WITHIN_ESTIMATES
};
/* As tables call it: "clock", "within_growth", ... */
const char *vg_chains_within_name(enum vg_chain_within_estimate estimate);

/* Of the cases: what both answers give. */
struct vg_chain_posterior {
    size_t n;
    float *support;                        /* [n_list] probability of each candidate */
    float *outside, *unlisted;             /* [n]; support, outside and unlisted of a case sum to 1 */
    double *entropy;                       /* [n] bits, of the law over candidates, outside and unlisted */
    struct vg_chain_parameters parameters; /* posterior means, or the instant answer's estimates */
    /* MCMC only, else NULL */
    float *infected_mean;                     /* [n] day of infection */
    float *direct;                            /* [n] probability that nobody unseen is between the case and its infector, given one */
    float *offspring_mean;                    /* [n] cases infected, over one or more generations */
    uint16_t *offspring_low, *offspring_high; /* [n] 95 % */
    float *superspreading;                    /* [n] probability of ten or more */
    struct vg_chain_estimate estimates[VG_CHAIN_PARAMETERS];
    struct vg_chain_estimate log_posterior, outside_cases, top_share; /* top_share: share of infections by the fifth of cases that infect most */
    double between_chains;   /* mean over cases of the largest distance in total variation between one chain's law of the infector and all chains' */
    double *offspring_share; /* [n_offspring_share] mean share of cases with 0, 1, ... infected, the last with all above */
    size_t n_offspring_share;
    struct vg_chain_estimate within[VG_CHAIN_WITHIN_ESTIMATES]; /* of vg_chains_within alone */
    double *settings; /* [n_settings * n_settings] mean number of infections from a setting (row) to a setting */
    size_t n_settings;
    double backward;    /* mean number infected by the infector of a case, itself taken at random: what backward tracing finds; the mean of all is R's */
    double swaps_taken; /* share of swaps that were accepted */
    size_t n_samples, n_chains;
};

/*
 * The instant answer: for each candidate the chance of the difference of days (generation time and both delays convolved) times the terms of genome, contact
 * and place, with parameters found by EM. Linear in the candidates. Each case is judged by itself but for the two directions of a link, so circles are
 * possible.
 */
vg_status vg_chains_instant(const struct vg_chain_data *data, const struct vg_chain_model *model, const struct vg_chain_candidates *candidates,
                            struct vg_pool *pool, struct vg_arena *arena, struct vg_chain_posterior *posterior, struct vg_error *error) VG_MUST_USE;

/* Where the chains of a run ended, to go on from. All [n_chains * n], and parameters [n_chains]. */
struct vg_chain_state {
    size_t n, n_chains;
    int32_t *infected;  /* day */
    uint32_t *infector; /* case, VG_CHAIN_NONE outside, VG_CHAIN_NONE - 1 not in the list */
    uint8_t *generations;
    struct vg_chain_parameters *parameters;
};
#define VG_CHAIN_UNLISTED (VG_CHAIN_NONE - 1)

struct vg_chain_run {
    size_t n_chains;        /* 4 */
    size_t warm_up, sweeps; /* 500, 1500 */
    size_t thin;            /* every so many sweeps the state counts: 1 */
    uint64_t seed;
    const struct vg_chain_state *start; /* of an earlier run, for the first `start->n` cases of the data; NULL: from nothing */
    const uint8_t *frozen;              /* [n] cases whose infector and day stay as they are in `start`; NULL: none */
};
void vg_chains_run_defaults(struct vg_chain_run *run);
/*
 * MCMC. Where more than half of the infections are by cases that are in no list, numbers of infected tell nothing: they are then taken as Poisson, and
 * dispersion is NaN. So they are, in a second run, where k comes out below 0.05 without genomes and without contacts that cover half of the links; and go on to
 * be in a run that starts from there (its dispersion is infinite). About n * (candidates * days of `shown` / 2) multiplications a sweep. state (may be NULL) is where it ended. VG_USAGE_ERROR: no sweeps,
 * no chain, a start of other size. VG_CANCELLED as progress says.
 */
vg_status vg_chains_sample(const struct vg_chain_data *data, const struct vg_chain_model *model, const struct vg_chain_candidates *candidates,
                           const struct vg_chain_run *run, struct vg_pool *pool, const struct vg_progress *progress, struct vg_arena *arena,
                           struct vg_chain_posterior *posterior, struct vg_chain_state *state, struct vg_error *error) VG_MUST_USE;

/* A dated phylogeny of the cases, two children a node. Tips are nodes 0 .. n - 1 in the order of the cases, other nodes come after their children. */
struct vg_chain_phylogeny {
    uint32_t n_tips;
    double *times;     /* [2 n - 1] days; a case's day ends half a day after its number */
    uint32_t *parents; /* [2 n - 1]; VG_CHAIN_NONE: the root */
};
/*
 * From Newick (comments in brackets, quoted names, nodes of more than two children are taken). ids [n] are the names of the cases, each of which must be a tip
 * once. Lengths are in any unit of time: it is found by the days of the cases, of which there must be two, and which the tips must agree with to within two
 * days. VG_DATA_ERROR says what does not fit, and at which byte; so does anything after the tree.
 */
vg_status vg_chains_newick(struct vg_text text, const struct vg_text *ids, const struct vg_chain_case *cases, size_t n, struct vg_arena *arena,
                           struct vg_chain_phylogeny *phylogeny, struct vg_error *error) VG_MUST_USE;

/*
 * Outbreaks in which a host carries many variants, so that the genome that was read need not be the one that was passed on: MCMC over dated phylogenies and
 * their division into hosts at once. A host is infected by one lineage (a complete bottleneck); its lineages coalesce backwards with a rate of one over the
 * effective size x generation time a pair; hosts that are not among the cases are part of the state, with any number of infected; genomes mutate by Jukes and
 * Cantor with a strict clock. With a phylogeny that is kept as it is and only divided: TransPhylo's way (Didelot et al. 2017, Mol Biol Evol 34:997); without:
 * phybreak's (Klinkenberg et al. 2017, PLoS Comput Biol 13:e1005495), with unseen hosts. Cases without genome and reported contacts are taken in; places are
 * not. Infectors are the nearest cases upwards; `candidates` is filled with those that were drawn. 2 to 1,000 cases; cost of a sweep: some 20 n pieces of
 * n_patterns * depth of the tree. Priors: reproduction, dispersion, reporting, imports, coverage and noise of contacts are the model's, as for vg_chains_sample;
 * growth and size within hosts as said at within_growth; the clock's is flat on its logarithm from 1e-12 to 1e-2 a site a day. VG_USAGE_ERROR: neither sequences nor phylogeny, growth or size within hosts not above 0, chains or
 * sweeps out of range, a start (there is none to go on from). VG_DATA_ERROR: another number of cases. VG_CANCELLED as progress says.
 */
vg_status vg_chains_within(const struct vg_chain_data *data, const struct vg_chain_model *model, const struct vg_chain_phylogeny *phylogeny,
                           const struct vg_chain_run *run, struct vg_pool *pool, const struct vg_progress *progress, struct vg_arena *arena,
                           struct vg_chain_candidates *candidates, struct vg_chain_posterior *posterior, struct vg_error *error) VG_MUST_USE;

/*
 * Split R-hat (rank-free) and effective sample size by Geyer's initial monotone sequence of n_chains traces of n_samples (Gelman et al. 2013, Bayesian Data
 * Analysis, 11.4-11.5).
 */
void vg_chains_diagnose(const double *traces, size_t n_chains, size_t n_samples, struct vg_chain_estimate *estimate);

/* ------------------------------------------------------- what it tells */

/*
 * The likeliest infector of each case, VG_CHAIN_NONE outside, VG_CHAIN_UNLISTED; strongest cases first, and what would close a circle gives way to the next
 * likeliest. [n]
 */
vg_status vg_chains_consensus(const struct vg_chain_candidates *candidates, const struct vg_chain_posterior *posterior, uint32_t *infector, float *support,
                              struct vg_error *error) VG_MUST_USE;

/* A chain of the consensus: everyone below one case that nobody in the data infected. */
struct vg_chain_alive {
    uint32_t first; /* case */
    uint32_t n_cases;
    int32_t last_day;
    double over;    /* probability that none of its cases infects anyone more who would show later */
    double extinct; /* probability that it dies out by itself, now or after more cases */
};
/*
 * Chains by size, largest first; out holds n. extinction: of a chain from one new case (vg_theory_extinction), since an infection still to come may itself
 * end. Each case of the chain has had the share of its infections that generation time and delay let show by as_of; with r seen, the rest follows from the
 * gamma law of individual R (Lloyd-Smith et al. 2005). Infections that would never be seen are not counted.
 */
vg_status vg_chains_alive(const struct vg_chain_data *data, const struct vg_chain_model *model, const struct vg_chain_posterior *posterior,
                          const uint32_t *infector, double extinction, struct vg_arena *arena, struct vg_chain_alive *out, size_t *n_out,
                          struct vg_error *error) VG_MUST_USE;

/*
 * Chance of a difference of days at least as far out as this one, on its side, between infector and infected (one generation); below 0.0005 a link is called
 * impossible.
 */
double vg_chains_link_chance(const struct vg_chain_model *model, const struct vg_chain_case *infector, const struct vg_chain_case *infected);

/*
 * Bits by which an interview about contacts is expected to narrow down who infected a case: each candidate not yet reported as a contact is named with chance
 * epsilon if it is the infector, epsilon lambda if not. 64 draws a case. gain [n].
 */
void vg_chains_interview(const struct vg_chain_candidates *candidates, const struct vg_chain_posterior *posterior, uint64_t seed, struct vg_pool *pool,
                         double *gain);

#endif
