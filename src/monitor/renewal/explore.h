/*
 * The hyperparameters' posterior and the few points that stand for it, private to this folder: the centre and one to either side by sigma,
 * on which R and its interval depend most. What excess and tau may be is drawn with the counts; upsilon and omega stay at the centre.
 */
#ifndef VG_RENEWAL_EXPLORE_H
#define VG_RENEWAL_EXPLORE_H

#include "monitor/renewal/moments.h"

#define RENEWAL_POINTS 3

/* One point of the hyperparameters with the conditional posterior there. */
struct renewal_component {
    double hyper[RENEWAL_HYPER_COUNT], weight;
    struct renewal_fit fit;
    double *level_mean, *level_variance; /* [n_latent] */
    double *log_r_mean, *log_r_variance; /* [n_latent] from n_seed on */
    struct renewal_point mean;           /* posterior mean: mode and shift */
};

struct renewal_posterior {
    size_t n_components;
    struct renewal_component components[RENEWAL_POINTS]; /* the centre first */
    double information[RENEWAL_HYPER_COUNT]; /* minus the second derivatives of the log posterior, each by itself */
    double gradient[RENEWAL_HYPER_COUNT];    /* left at the centre */
    double free_noise, free_effect; /* share of the prior in the variance of noise and effects, 0 .. 1 */
    size_t n_steps; /* of the search for the centre */
    struct renewal_moments moments, *aside; /* of the centre and of the sides; of the second side where it has work space of its own, or NULL */
    struct vg_pool *pool;
};

/* pool: by which both sides are found at once; or NULL. */
vg_status renewal_posterior_new(const struct renewal_problem *problem, struct vg_pool *pool, struct vg_arena *arena,
                                struct renewal_posterior *posterior, struct vg_error *error) VG_MUST_USE;
/* Finds all of it. start: a point to begin from, or NULL. False: no mode was found. */
bool renewal_posterior_find(const struct renewal_problem *problem, const struct renewal_point *start, struct renewal_posterior *posterior);
/*
 * Quantiles of a mixture of normal laws of similar width, by its first four moments (Cornish and Fisher 1938): at the standard normal
 * quantiles given.
 */
void renewal_mixture_quantiles(const double *weight, const double *mean, const double *variance, size_t n, const double *normal_quantiles,
                               size_t n_levels, double *out);

#endif
