/*
 * theory: what mathematics says of an epidemic, for scenarios that need an answer at once and for tests that hold simulations against it. Final sizes with ages
 * and groups of susceptibility, growth and reproduction number (Euler-Lotka), extinction of a branching process, households (Reed-Frost). Pure.
 */
#ifndef VG_THEORY_H
#define VG_THEORY_H

#include "core/core.h"

/* Share infected in the end in a homogeneous population, the larger root of z = 1 - exp(-R z): 0.58281, 0.79681, 0.94048 at R 1.5, 2, 3. 0 for R <= 1. */
double vg_theory_final_size(double reproduction_number);

/*
 * With ages, and groups of susceptibility within each (Andreasen 2011; Miller 2012): z[i][g] = 1 - exp(-s[i][g] sum_j K[i][j] sum_h p[j][h] z[j][h]).
 * K as vg_mixing_scale makes it: infectious pressure on i of all of j being infected.
 */
struct vg_final_size_problem {
    size_t n_bands, n_groups;           /* groups at least 1 */
    const double *transmission;         /* K [n_bands * n_bands] */
    const double *susceptibility;       /* s [n_bands * n_groups], 0 immune */
    const double *share;                /* p [n_bands * n_groups], each band's sum to 1; NULL with one group */
};
/* attack [n_bands * n_groups]. Newton's method from above, which ends at the largest root; to 1e-12. VG_DATA_ERROR for negative or not finite input, shares that do not sum to 1. */
vg_status vg_theory_final_size_by_age(const struct vg_final_size_problem *problem, double *attack, struct vg_error *error) VG_MUST_USE;

/* Euler-Lotka with weights by whole days since infection, generation[0 .. n_days - 1], sum 1: R = 1 / sum_s generation[s] exp(-growth s). */
double vg_theory_reproduction_from_growth(double growth_per_day, const double *generation, size_t n_days);
double vg_theory_growth_from_reproduction(double reproduction_number, const double *generation, size_t n_days); /* NaN unless R > 0 */
/* The same with a gamma law in continuous time: R = (1 + growth theta)^k (Wallinga and Lipsitch 2007). NaN where growth is below -1 / theta. */
double vg_theory_reproduction_from_growth_gamma(double growth_per_day, double mean_days, double sd_days);
double vg_theory_growth_from_reproduction_gamma(double reproduction_number, double mean_days, double sd_days);

/* Chance that a chain from one case dies out, offspring negative binomial of mean R and dispersion k (INFINITY: Poisson); 1 for R <= 1. Lloyd-Smith et al. 2005. */
double vg_theory_extinction(double reproduction_number, double dispersion);

/*
 * Reed-Frost chain binomial: chance that `infected` of `susceptible` household members are infected in the end, for infected = 0 .. susceptible, from
 * `introduced` cases, each case missing each susceptible with chance `escape`. probability [susceptible + 1], susceptible at most 64.
 */
void vg_theory_reed_frost(size_t susceptible, size_t introduced, double escape, double *probability);

#endif
