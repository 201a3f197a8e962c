/*
 * clock: a tree of mutations in time.
 *
 * Rate and root date first by regression of root-to-tip mutations on dates (leaves more than four standard deviations off, robust or Poisson, are outliers, and taken as
 * undated). Then dates of all nodes as those that minimise sum w (m - mu (t - t_parent))^2 over branches, m mutations, w = 1 / (m + 1), with no child before its
 * parent (To, Jung, Lycett, Gascuel 2016, LSD, Syst. Biol. 65:82): with the rate given, one pass up and one down, repeated with the branches that would go back in
 * time held at no length until these are the right ones; the rate by golden section. In a densely sampled tree many genomes without a mutation hang on one node and count as so many witnesses of a slow
 * clock, though most of their way is one. So rate, dates and intervals of up to 20,000 leaves are of resolved trees in days that are drawn (vg_histories_dates), with as many fewer mutations as branches
 * vary more than a Poisson (a relaxed clock); least squares begin the search, and say by how much branches vary. Of larger trees least squares it is: intervals from trees whose branches are drawn
 * again, which also show by what the rate is too low, and the rate is raised by that ratio, the dates with it. Cost: nodes x passes, of which a rate takes about five; leaves x sweeps, 300 to 1,100.
 *
 * The root is the tree's own. Rates are mutations a year of the whole genome: divided by its length they are the usual ones a site.
 */
#ifndef VG_CLOCK_H
#define VG_CLOCK_H

#include "trace/genome/tree/tree.h"

/* A date as a year and its part: 2020.5; and back. */
double vg_clock_year_of_date(int32_t date);
int32_t vg_clock_date_of_year(double year);

struct vg_clock_regression {
    double rate, root_year;  /* where the line has no mutations */
    double r_squared;
    double residual_sd;      /* robust */
    size_t n, n_outliers;
};
/*
 * years [n_nodes] of leaves, NaN not known; read of leaves only. outliers [n_nodes] is filled with 1 for leaves that are off. VG_DATA_ERROR: fewer than three
 * dated leaves, all of one date, or a line that goes down: there is no clock in these data.
 */
vg_status vg_clock_regression(const struct vg_tree *tree, const double *years, double outlier_sds, struct vg_arena *arena, uint8_t *outliers,
                              struct vg_clock_regression *out, struct vg_error *error) VG_MUST_USE;

struct vg_clock_model {
    double rate;            /* NAN: estimated */
    double outlier_sds;     /* 4 */
    size_t n_replicates;    /* draws of each of two chains, or trees drawn again: 50; 0: least squares as they are, without intervals */
    uint64_t seed;
};
void vg_clock_model_defaults(struct vg_clock_model *model);
struct vg_clock {
    struct vg_clock_regression regression;
    double rate, rate_low, rate_high;
    double *years;          /* [n_nodes] of nodes; undated leaves and outliers are dated by the clock */
    double *low, *high;     /* [n_nodes] 95 % intervals; NULL without replicates */
    double dispersion;      /* variance of mutations over their mean along branches: above 1 the clock is relaxed */
    uint8_t *outliers;      /* [n_nodes] */
    double objective;
    bool drawn;             /* rate, years and intervals are of resolved trees that were drawn, not of least squares */
};
vg_status vg_clock_date(const struct vg_tree *tree, const double *years, const struct vg_clock_model *model, struct vg_pool *pool, struct vg_arena *arena,
                        struct vg_clock *out, struct vg_error *error) VG_MUST_USE;

#endif
