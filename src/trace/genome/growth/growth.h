/*
 * growth: which lineages grow, how fast, and where, from counts of genomes by place, week and lineage.
 *
 * The model. In place g and week t the y[g,t,.] of n[g,t] genomes are multinomial with shares proportional to exp(a[g,v] + d[g,v] (t - c[v])), where c[v] is the
 * mean week of lineage v and the pivot has a = d = 0. Places share what they have in common: a[g,v] ~ N(a[v], s_a^2), d[g,v] ~ N(d[v], s_d^2) (the
 * hierarchical multinomial logistic regression of forecasts-ncov; Abousamra, Figgins, Bedford 2024, PLOS Comput. Biol. 20:e1012443). s_d is of all lineages,
 * s_a of each; both are the data's, by MacKay's fixed point (1992) with a quarter of an observation as prior. A lineage may not have come to a place yet: where eight genomes
 * of it or fewer were seen, it is there at a level of that law, or these are strays (a hundredth of genomes, by its share everywhere); how many places it has reached is the
 * data's. Draws let it come at the rate of its arrivals of late, begin with a tenth of a genome a week, and die out below that. Batches of related genomes make counts vary more than a multinomial:
 * a week of n genomes counts as n / (1 + (n - 1) rho), rho by Pearson's statistic (Williams 1982, Appl. Stat. 31:144), cells with less than one expected genome
 * being taken together. The mode is Newton's, places by themselves first, then over blocks of places bordered by what they have in common; intervals are those of the curvature at the mode.
 *
 * Pure functions; memory is the caller's arena; results do not depend on threads. Cost of a fit: places x weeks x lineages^2 and places x lineages^3 an
 * iteration, of which it takes about ten, half of them of places by themselves.
 */
#ifndef VG_GROWTH_H
#define VG_GROWTH_H

#include "core/core.h"

#define VG_GROWTH_NONE UINT32_MAX
#define VG_GROWTH_ALL UINT32_MAX /* instead of a place: what places have in common */

struct vg_growth_counts {
    size_t n_places, n_times, n_lineages;
    const double *counts; /* [(place * n_times + time) * n_lineages + lineage] genomes; weeks without any say nothing */
    const int32_t *days;  /* [n_times] of each period's middle, upwards */
};

struct vg_growth_model {
    uint32_t pivot;            /* VG_GROWTH_NONE: the lineage with the most genomes */
    double common_sd_per_week; /* prior of a common advantage: 1 */
    double place_sd_per_week;  /* where the standard deviation of places is looked for: 0.1 */
    bool multinomial;          /* rho is 0 */
};
void vg_growth_model_defaults(struct vg_growth_model *model);

/* Where lineages are; cells are [n_places * n], lineages but the pivot, which is taken to be everywhere. */
struct vg_growth_presence {
    bool *open;                 /* few genomes or none, and it is not certain that the lineage is there */
    double *there, *offsets;    /* the probability that it is there at a level of places in common (1 where it is not open), its logarithm */
    double *absent;             /* INFINITY where it is open, else -INFINITY */
    double *expected, *seen, *gain; /* genomes at the common level, genomes seen, by weight; logarithm of how much more probable that is than strays */
    double *first_seen;         /* week of its first genome, INFINITY: none */
    double *came;               /* [n_places * n * n_times] how probably it had come by then where it was seen */
    double *first_week, *entry; /* [n_places] week of the first genome of any; logarithm of the odds with which a lineage enters */
    double *arrivals, *exposure;/* [n] arrivals of late, in so many weeks of places without it: its rate of arrival has a gamma law of these */
    double *everywhere;         /* [n_times * n] share of all genomes */
};

/* Parameters in the order a[0 .. n), d[0 .. n) of the lineages but the pivot; d a week. */
struct vg_growth_fit {
    size_t n_places, n_times, n_lineages, n; /* n: lineages but the pivot */
    uint32_t pivot;
    int32_t first_day, last_day;  /* of the counts */
    int32_t origin_day;           /* from which weeks are counted */
    double *weeks;                /* [n_times] */
    double *centers;              /* [n] c, in weeks */
    double *places;               /* [n_places * 2n] */
    double *common;               /* [2n] */
    double *inverses;             /* [n_places * 2n * 2n] covariance of a place, what is common being given */
    double *roots;                /* the same as V with V'V the covariance, lower triangles */
    double *covariance;           /* [2n * 2n] of what is common */
    double *root;                 /* of it */
    double *place_sd;             /* [2n] s_a of each lineage, s_d of all */
    struct vg_growth_presence presence;
    double *weights;              /* [n_times * n_places] what a place counts for in all: its part of genomes nearby, half as much for each week that they are away (none: equal) */
    double *genomes_near;         /* [n_places] so many of the last day, which say how well that is known; INFINITY where it is given */
    double freedom;               /* degrees of freedom of intervals: of how many places and lineages s_d is known, of one place those that rho is */
    double correlation;           /* rho */
    double dispersion;            /* mean of 1 + (n - 1) rho */
    double log_likelihood;
    size_t iterations;
    bool converged;
};
/*
 * VG_DATA_ERROR: fewer than two lineages or weeks with genomes, days not upwards, counts that are negative or not finite; VG_LIMIT_EXCEEDED: more than 2 GiB
 * would be taken: lineages should be merged.
 */
vg_status vg_growth_fit(const struct vg_growth_counts *counts, const struct vg_growth_model *model, struct vg_pool *pool, struct vg_arena *arena,
                        struct vg_growth_fit *fit, struct vg_error *error) VG_MUST_USE;

/* How probably a lineage is in a place on the last day: 1 in all together, and of the pivot. work: [n_lineages]. */
double vg_growth_there(const struct vg_growth_fit *fit, uint32_t place, uint32_t lineage, double *work);

/* Weights [n_places] of all places together, in any week, instead of genomes; as precise as given. */
void vg_growth_weigh(struct vg_growth_fit *fit, const double *weights);

/* ------------------------------------------------------------- advantages */

enum vg_growth_against {
    VG_GROWTH_PIVOT, /* the pivot */
    VG_GROWTH_REST   /* all others as they circulated on the last day: the growth of the lineage's odds */
};
struct vg_growth_advantage {
    double per_week, sd_per_week, low, high; /* of the logarithm; a 95 % interval */
    double probability;                      /* that it is above 0 */
};
/*
 * place VG_GROWTH_ALL: what places have in common. A rate r a week is exp(r tau / 7) a generation of tau days, and the odds double in 7 ln 2 / r days.
 * work: [8 * n_lineages].
 */
void vg_growth_advantage(const struct vg_growth_fit *fit, uint32_t place, uint32_t lineage, enum vg_growth_against against, double *work,
                         struct vg_growth_advantage *out);
/*
 * Shares [n_lineages] at the mode, those of lineages that may not be there, or may come, as expected; of all places by weights [n_places] (NULL: the fit's).
 * work: [2 * n_lineages].
 */
void vg_growth_shares(const struct vg_growth_fit *fit, uint32_t place, const double *weights, double day, double *work, double *shares);

/* ---------------------------------------------------------- draws, shares */

struct vg_growth_draws {
    size_t n_draws;
    double *places; /* [(draw * n_places + place) * 2n] */
    double *from;   /* [(draw * n_places + place) * n] week from which on a lineage is there */
    double *least;  /* [(draw * n_places + place) * (n + 2)] a share, then a lot for each lineage, the pivot last: below that share it is there at that share, or gone */
    double *weights;/* [(draw * n_places + place) * 2] of the logarithm of what a place counts for: how far off, and how much a week to come */
};
vg_status vg_growth_draw(const struct vg_growth_fit *fit, size_t n_draws, uint64_t seed, struct vg_pool *pool, struct vg_arena *arena,
                         struct vg_growth_draws *draws, struct vg_error *error) VG_MUST_USE;
/* Mode and 95 % interval of the shares on a day, which may be one to come. work: [(n_draws + 4) * n_lineages]. Arrays are [n_lineages]. */
void vg_growth_share_intervals(const struct vg_growth_fit *fit, const struct vg_growth_draws *draws, uint32_t place, const double *weights, double day,
                               double *work, double *shares, double *low, double *high);
/*
 * When each lineage is half of all (to a day), in days after the last day (0 where it is already): median and 95 % interval over the draws, INFINITY for
 * draws in which it is not within most_days; probability: of those in which it is. out [n_lineages].
 */
struct vg_growth_dominance { double days, low, high, probability; };
vg_status vg_growth_dominance(const struct vg_growth_fit *fit, const struct vg_growth_draws *draws, uint32_t place, const double *weights,
                              int32_t most_days, struct vg_arena *arena, struct vg_growth_dominance *out, struct vg_error *error) VG_MUST_USE;

/* ------------------------------------------------------------------- merging */

/*
 * Rare lineages go to their nearest ancestor that is kept, rarest and youngest first. parent [n] by lineage, VG_GROWTH_NONE: has none; totals [n] of genomes
 * (of ancestors that were not seen themselves: 0). merged_into [n]: itself where it is kept, VG_GROWTH_NONE: into "other". VG_DATA_ERROR: a lineage is its own ancestor.
 */
vg_status vg_growth_merge(const uint32_t *parent, const double *totals, size_t n, double least, struct vg_arena *arena, uint32_t *merged_into,
                          struct vg_error *error) VG_MUST_USE;

/* -------------------------------------------------------------------- alarms */

struct vg_growth_rule {
    double probability;   /* of growing against the rest, and of having grown since it was first seen, above: 0.975 */
    double doubling_days; /* of its odds, below: 14 */
    double least_genomes; /* in the last eight weeks: 20 */
    size_t least_sources; /* laboratories or places that saw it by then: 3, or as many as there are */
    double most_share;    /* what is common already needs no alarm: below 0.5 */
};
void vg_growth_rule_defaults(struct vg_growth_rule *rule);
struct vg_growth_alarm {
    uint32_t lineage;
    double genomes, share;
    size_t sources;
    struct vg_growth_advantage advantage; /* against the rest */
    double doubling_days;
    double since_seen; /* probability that its odds grew since it was first seen */
    bool raised;
};
/*
 * What the rule says of each lineage: alarms [n_lineages], in their order. sources [n_lineages]: how many laboratories saw it in the last eight weeks, n_sources
 * how many saw anything; NULL: places. work: [9 * n_lineages]. docs/genomes-lineages.md: how often it is wrong under neutral drift.
 */
void vg_growth_alarms(const struct vg_growth_counts *counts, const struct vg_growth_fit *fit, const struct vg_growth_rule *rule, const size_t *sources,
                      size_t n_sources, double *work, struct vg_growth_alarm *alarms);

#endif
