/* The mode of the renewal model at given hyperparameters and the hyperparameters' own posterior, private to this folder. */
#ifndef VG_RENEWAL_FIT_H
#define VG_RENEWAL_FIT_H

#include "monitor/renewal/curvature.h"

#define RENEWAL_KEEP_FACTOR 0.02 /* a factor made so near (a squared distance in posterior sds) is as good as the mode's own */
#define RENEWAL_PAIRS 6 /* of a quasi-Newton search: moves remembered, with what they changed of the gradient */

/* Work space and result of the search for one mode. */
struct renewal_fit {
    struct renewal_point mode; /* its hyper are the ones the mode is of */
    struct renewal_point gradient, step, trial, before;
    double *moves, *turns;     /* [RENEWAL_PAIRS * length of a point] */
    struct renewal_state state;
    struct renewal_curvature curvature; /* factored, at the mode or a fraction of a posterior sd away */
    double log_density;
    double factor_off; /* squared distance, in posterior sds, from where the factor was made */
    size_t n_newton; /* factors made in all */
};

/* with: a fit whose work space this one may use too, since one search is over before the next begins (state and mode stay its own); or NULL. */
vg_status renewal_fit_new(const struct renewal_problem *problem, const struct renewal_fit *with, struct vg_arena *arena, struct renewal_fit *fit,
                          struct vg_error *error) VG_MUST_USE;
/* A point to begin with, from the triangle by simple ratios. */
void renewal_start(const struct renewal_problem *problem, struct renewal_point *point);
/*
 * Newton's method with halved steps from fit->mode on, at fit->mode.hyper. Leaves state and factor of the curvature at the mode. The
 * exact curvature is used where it is positive definite, the expected information elsewhere. near: the factor of a neighbouring setting
 * of the hyperparameters, with which the search begins (it may be fit's own); or NULL. rough: the
 * factor may be one made a few posterior sds from the mode. False: no mode within 60 steps.
 */
bool renewal_mode(const struct renewal_problem *problem, const struct renewal_curvature *near, bool rough, struct renewal_fit *fit);
/* The mode again after a small change of fit->mode.hyper, by the factor that is there and stays. False where the density is not finite. */
bool renewal_mode_near(const struct renewal_problem *problem, struct renewal_fit *fit);

#endif
