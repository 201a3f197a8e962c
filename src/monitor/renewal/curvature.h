/*
 * The curvature of the log density and its linear algebra, private to this folder. The unknowns are ordered noise, level, theta.
 * noise is diagonal and eliminated while the matrix is made; level is banded; theta is dense; they meet in `cross`.
 */
#ifndef VG_RENEWAL_CURVATURE_H
#define VG_RENEWAL_CURVATURE_H

#include "monitor/renewal/internal.h"

struct renewal_curvature {
    size_t n_latent, n_theta, n_rows, width, stride; /* width: entries of a band row, the diagonal included; stride: with zeros, whole fours */
    size_t first_full;  /* rows of cross before it are zero but for the weekday columns */
    double *band;       /* [(n_latent + width) * stride] row i: entries (i, i .. i + width - 1); after factoring the upper factor */
    double *cross;      /* [n_latent * n_theta]; after factoring band^-T cross */
    double *dense;      /* [n_theta * n_theta] upper triangle; after factoring the upper factor of the Schur complement */
    double *noise;      /* [n_rows] curvature of the row's noise, prior included */
    double *noise_mean; /* [n_rows] what ties it to the row's expected log count */
    double *noise_weight; /* [n_rows] 1 / noise */
    double *noise_theta; /* [n_rows * n_theta] and to theta; rows are zero but for the weekday before first_tied */
    size_t first_tied;
    double *share;      /* [n_rows * n_share] derivative of the row's log count by the levels of its days, the oldest first; then zeros */
    size_t n_share;     /* n_kernel in whole fours */
    double *scratch;    /* [3 * n_theta + 7 * (n_delays + 8 in whole fours)] */
    double *half;       /* [n_theta * n_theta] what is added to dense together with its transpose */
    /*
     * Sums of the rows' likelihood before they are laid on theta (curvature_rows.c): between bases of hazards [n_base][], between bases and
     * report steps [2 groups of delays][n_base][], and between report steps r and r + j [short and short, short and long, long and
     * long][n_steps][n_lags]; and of each by itself.
     */
    double *bases, *by_step, *steps, *own_base, *own_step;
    size_t n_steps, n_lags, first_step; /* report steps from first_step on; those before have nothing of their own */
    double *tied;       /* [n_theta] */
    size_t *list;       /* [n_theta + 1] */
    double log_determinant;
};

/* with: one whose work space this one may use too; or NULL. */
vg_status renewal_curvature_new(const struct renewal_problem *problem, const struct renewal_curvature *with, struct vg_arena *arena,
                                struct renewal_curvature *curvature, struct vg_error *error) VG_MUST_USE;
/*
 * Minus the second derivative of the log density by noise, level and theta at a point whose density and gradient were just
 * evaluated. exact: the whole of it, which may be indefinite away from the mode; else the expected information of a quasi-Poisson
 * law, which is positive definite and cheaper.
 */
void renewal_curvature_fill(const struct renewal_problem *problem, const struct renewal_point *point, struct renewal_state *state,
                            bool exact, struct renewal_curvature *curvature);
/* The sums of the rows' likelihood: made, emptied, and laid on dense. */
vg_status renewal_sums_new(const struct renewal_problem *problem, struct vg_arena *arena, struct renewal_curvature *curvature, struct vg_error *error) VG_MUST_USE;
void renewal_sums_clear(const struct renewal_problem *problem, struct renewal_curvature *curvature);
void renewal_sums_lay(const struct renewal_problem *problem, struct renewal_curvature *curvature);
/*
 * The likelihood's part of one row (curvature_rows.c): adds what concerns theta alone to the sums, and to tied[n_theta] what ties
 * the row's log mean to theta, its weekday excepted. Returns the curvature by log mean.
 */
double renewal_row_curvature(const struct renewal_problem *problem, const struct renewal_point *point, const struct renewal_state *state,
                             size_t row, bool exact, struct renewal_curvature *curvature, double *tied);
/* Factors in place; false where it is not positive definite. Fills log_determinant (noise included). */
bool renewal_curvature_factor(const struct renewal_problem *problem, struct renewal_curvature *curvature);
/* After factoring: step = curvature^-1 gradient (hyperparameters untouched). */
void renewal_curvature_solve(const struct renewal_problem *problem, const struct renewal_curvature *curvature,
                             const struct renewal_point *gradient, struct renewal_point *step);
/* After factoring: turns independent standard normals (in point, same order) into a draw with covariance curvature^-1. */
void renewal_curvature_colour(const struct renewal_problem *problem, const struct renewal_curvature *curvature, struct renewal_point *point);
/*
 * The same for eight points. Levels before first_level and noise before first_row are left alone; the newest ones and theta need no more, if
 * the rows from first_row on are made of levels from first_level on.
 */
void renewal_curvature_colour_lanes(const struct renewal_problem *problem, const struct renewal_curvature *curvature, size_t first_level,
                                    size_t first_row, struct renewal_lanes *lanes);
/* The transpose of that map, all of it: a gradient by the point into one by the standard normals. */
void renewal_curvature_whiten(const struct renewal_problem *problem, const struct renewal_curvature *curvature,
                              struct renewal_point *gradient);

#endif
