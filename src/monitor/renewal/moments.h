/*
 * Means and variances under Laplace's approximation at one setting of the hyperparameters, private to this folder: of levels,
 * log R and log means, exactly (by the selected inverse of the curvature), not from draws.
 */
#ifndef VG_RENEWAL_MOMENTS_H
#define VG_RENEWAL_MOMENTS_H

#include "monitor/renewal/fit.h"

/* What is known of a row's cells, delay by delay: variance of the log mean, and its second derivatives contracted with the covariance. */
struct renewal_walked {
    size_t row, n; /* n: delays; 0: none walked yet */
    double mean;   /* variance of the row's log mean */
    double variance[RENEWAL_DELAYS_MOST], bent[RENEWAL_DELAYS_MOST];
};

struct renewal_moments {
    double *inverse;     /* [(n_latent + width) * 2 stride] of the band alone, within the band: (i, i + j) at 2 stride i + stride + j, j of either sign */
    double *response;    /* [n_latent * n_theta] band^-1 cross, then whitened: its inner products are what theta adds to covariances */
    double *unit;        /* [n_theta * n_theta] R^-1, so row i is theta's unit vector i, whitened: zero before i */
    double *rows;        /* [n_rows * n_theta] what ties the rows' noise to theta, whitened */
    double *row_whitened; /* [2 * n_theta] */
    double *cells;       /* [(n_delays + 3) * n_theta] whitened log means of one row's cells */
    double *steps;       /* [2][n_rows + n_delays][n_theta] what report steps add to whitened logit hazards, from first_split on */
    double *log_r_whitened; /* [2 * n_theta] */
    double *level, *log_r; /* [n_latent] variances */
    double *mean;        /* [n_rows] variance of the row's log mean */
    double innovation;   /* expected sum of squares, beyond the mode's, of the standardised innovations of log R, the first excepted */
    double noise, effect, drift; /* the same of noise / tau, effects / upsilon, the drift's steps / omega */
    bool without_excess; /* by_excess is not wanted: it is 0 */
    double by_excess;    /* derivative of the curvature's log determinant by log excess, at the mode */
    double *score_by_excess, *bend_by_excess, factor_by_excess; /* [n_cells] derivatives of cell_score, cell_bend and the factor of what is exposed */
    struct renewal_walked walked; /* the last */
    struct renewal_point shift; /* posterior mean less mode, to third order in the likelihood */
};

vg_status renewal_moments_new(const struct renewal_problem *problem, struct vg_arena *arena, struct renewal_moments *moments,
                              struct vg_error *error) VG_MUST_USE;
/* Of a fit whose mode was found. fit->gradient and fit->step are used as scratch. */
void renewal_moments_of(const struct renewal_problem *problem, struct renewal_fit *fit, struct renewal_moments *moments);
/*
 * Gradient of the hyperparameters' log posterior (Fisher's identity under Laplace's approximation), and a first guess of minus
 * its second derivative on the diagonal.
 */
void renewal_hyper_gradient(const struct renewal_problem *problem, const struct renewal_fit *fit, const struct renewal_moments *moments,
                            double *gradient, double *information);

#endif
