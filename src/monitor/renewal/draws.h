/* Draws of the posterior: what was and will be reported, and the delays, from either method's points; private to this folder. */
#ifndef VG_RENEWAL_DRAWS_H
#define VG_RENEWAL_DRAWS_H

#include "monitor/renewal/explore.h"
#include "monitor/renewal/impute.h"
#include "monitor/renewal/predict.h"
#include "monitor/renewal/withdraw.h"

struct renewal_draws {
    const struct renewal_problem *problem;
    size_t n_draws, n_steps, taken;
    size_t end;        /* of n_draws, where these end: the others are of other rounds */
    struct renewal_withdrawals withdrawals;
    struct renewal_undated *undated; /* or NULL; then all rows are open */
    struct vg_random *undated_random;
    size_t chosen;     /* draw by whose dates the triangle is completed */
    struct renewal_point point; /* one lane by itself */
    double *added;     /* [n_rows] */
    double *to_come;   /* [open rows][n_draws] reports of the row still to come, less those to be withdrawn, with the undated ones given to it */
    double *forecast;  /* [n_draws][n_steps] */
    double *delay_sum; /* [n_hazards] of the share reported within the delay */
    double *delay_logit_sum, *delay_logit_squares; /* [n_hazards] of its logit */
    struct renewal_predictor predictor;
    struct renewal_lanes lanes;
    size_t waiting;    /* lanes filled one by one */
    struct vg_random random;
    double *counts, *left; /* [8 (open rows + n_steps)], [8] */
};

/* to_come and forecast are for the caller to set, and taken, end and chosen where there are several rounds. triangle: the one as given. */
vg_status renewal_draws_new(const struct renewal_problem *problem, const struct vg_triangle *triangle, const struct renewal_normals *normals,
                            struct renewal_undated *undated, size_t n_draws, size_t n_steps, struct vg_random random, struct vg_arena *arena,
                            struct renewal_draws *draws, struct vg_error *error) VG_MUST_USE;
/* All draws from the mixture that the fast way found. */
void renewal_draws_from_mixture(struct renewal_draws *draws, const struct renewal_posterior *posterior);
/* One draw of the sampler; then what is left waiting. */
void renewal_draws_add(struct renewal_draws *draws, const struct renewal_point *point);
void renewal_draws_finish(struct renewal_draws *draws);

#endif
