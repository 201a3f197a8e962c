/* From points of the posterior to what will have been reported and what comes, eight points at once; private to this folder. */
#ifndef VG_RENEWAL_PREDICT_H
#define VG_RENEWAL_PREDICT_H

#include "monitor/renewal/internal.h"
#include "monitor/renewal/renewal.h"

#define RENEWAL_NORMALS 8192

/* Standard normals made once and read from drawn places on: a draw of a whole course costs a copy. */
struct renewal_normals {
    double values[RENEWAL_NORMALS];
};
void renewal_normals_fill(struct renewal_normals *normals, uint64_t seed);
/* n normals from a place that `random` draws. */
void renewal_normals_take(const struct renewal_normals *normals, struct vg_random *random, double *out, size_t n);

/*
 * Counts of mean m and variance m (1 + k) for n times eight means, lane by lane: exact by inversion where the mean is at most 30, else normal
 * with the law's skewness. out may be means. chances: [8 n] scratch.
 */
void renewal_draw_counts(const struct renewal_normals *normals, struct vg_random *random, const double *means, const double excess[RENEWAL_LANES],
                         size_t n, double *chances, double *out);

/* The first level that a row and forecasts need. */
size_t renewal_first_needed(const struct renewal_problem *problem, size_t first_row);

/* Work space of predictions for one problem. */
struct renewal_predictor {
    const struct renewal_problem *problem;
    const struct renewal_normals *normals;
    size_t first_row, first_level, n_steps;
    double *delay_scale, *step_scale; /* exp of the problem's offsets */
    double *base_odds;   /* [8 n_base] */
    double *delay_odds;  /* [8 n_hazards] of being reported, what the delay gives */
    double *step_odds;   /* [2][8 (n_rows + n_delays)] and the report step: of short delays, of long ones */
    double *infections;  /* [8 (n_latent + days ahead)] */
    double *log_r;       /* [8 days ahead] */
    double *means, *own, *chances; /* [8 (open rows + n_steps)] */
    double *left;        /* [8 open rows] share still to come */
};
/* first_row: not after the first open one. */
vg_status renewal_predictor_new(const struct renewal_problem *problem, const struct renewal_normals *normals, size_t first_row, size_t n_steps,
                                struct vg_arena *arena, struct renewal_predictor *predictor, struct vg_error *error) VG_MUST_USE;
/*
 * Counts in lanes: of the open rows, what is still to come of each (counts[0 .. open rows)), then of n_steps further steps. Levels of the
 * lanes are used from first_level on. Leaves delay_odds behind.
 */
void renewal_predict(struct renewal_predictor *predictor, const struct renewal_lanes *lanes, struct vg_random *random, double *counts);

/* vg_renewal with normals that a batch shares (estimate.c). */
vg_status renewal_estimate(const struct vg_triangle *triangle, const struct vg_renewal_parameters *parameters, const struct renewal_normals *normals,
                           struct vg_arena *arena, struct vg_arena *scratch, struct vg_renewal_estimate *out, struct vg_error *error) VG_MUST_USE;

#endif
