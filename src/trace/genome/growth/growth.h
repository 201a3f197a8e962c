/*
 * growth: which lineages grow, how fast, and where, from counts of genomes by place, week and lineage.
 *
 * The model. In place g and week t the y[g,t,.] of n[g,t] genomes are multinomial with shares proportional to exp(a[g,v] + d[g,v] (t - c[v])), where c[v] is the
 * mean week of lineage v and the pivot has a = d = 0. Places share what they have in common: a[g,v] ~ N(a[v], s_a^2), d[g,v] ~ N(d[v], s_d^2) (the
 * hierarchical multinomial logistic regression of forecasts-ncov; Abousamra, Figgins, Bedford 2024, PLOS Comput. Biol. 20:e1012443). The two standard
 * deviations are the data's, by MacKay's fixed point (1992) with a quarter of an observation as prior. Batches of related genomes make counts vary more than a multinomial:
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

/* Parameters in the order a[0 .. n), d[0 .. n) of the lineages but the pivot; d a week. */
struct vg_growth_fit {
    size_t n_places, n_lineages, n; /* n: lineages but the pivot */
    uint32_t pivot;
    int32_t first_day, last_day;  /* of the counts */
    int32_t origin_day;           /* from which weeks are counted */
    double *centers;              /* [n] c, in weeks */
    double *places;               /* [n_places * 2n] */
    double *common;               /* [2n] */
    double *inverses;             /* [n_places * 2n * 2n] covariance of a place, what is common being given */
    double *roots;                /* the same as V with V'V the covariance, lower triangles */
    double *covariance;           /* [2n * 2n] of what is common */
    double *root;                 /* of it */
    double *last_weights;         /* [n_places] share of the genomes of the last eight weeks with any (equal shares where there are none) */
    double place_sd[2];           /* s_a, s_d */
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
 * work: [6 * n_lineages].
 */
void vg_growth_advantage(const struct vg_growth_fit *fit, uint32_t place, uint32_t lineage, enum vg_growth_against against, double *work,
                         struct vg_growth_advantage *out);
/* Shares [n_lineages] at the mode; of all places by weights [n_places] (NULL: last_weights). work: [n_lineages]. */
void vg_growth_shares(const struct vg_growth_fit *fit, uint32_t place, const double *weights, double day, double *work, double *shares);

/* ---------------------------------------------------------- draws, shares */

struct vg_growth_draws {
    size_t n_draws;
    double *places; /* [(draw * n_places + place) * 2n] */
};
vg_status vg_growth_draw(const struct vg_growth_fit *fit, size_t n_draws, uint64_t seed, struct vg_pool *pool, struct vg_arena *arena,
                         struct vg_growth_draws *draws, struct vg_error *error) VG_MUST_USE;
/* Mode and 95 % interval of the shares on a day, which may be one to come. work: [(n_draws + 2) * n_lineages]. Arrays are [n_lineages]. */
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
 * how many saw anything; NULL: places. work: [7 * n_lineages]. docs/genomes-lineages.md: how often it is wrong under neutral drift.
 */
void vg_growth_alarms(const struct vg_growth_counts *counts, const struct vg_growth_fit *fit, const struct vg_growth_rule *rule, const size_t *sources,
                      size_t n_sources, double *work, struct vg_growth_alarm *alarms);

#endif
