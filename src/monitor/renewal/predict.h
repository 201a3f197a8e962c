/* From a point of the posterior to what will have been reported and what comes, private to this folder. */
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

/* A count of mean m and variance m (1 + k): exact by inversion for small means, else normal with the law's skewness. */
double renewal_draw_count(struct vg_random *random, double mean, double excess);

/* First row that is not complete, and the first level that it and forecasts need. */
size_t renewal_first_open(const struct renewal_problem *problem);
size_t renewal_first_needed(const struct renewal_problem *problem, size_t first_row);
/*
 * Final counts of rows from first_row on into counts[k], and n_steps further steps into ahead[n_steps]. Levels of the point are used
 * from first_needed on. scratch: [renewal_predict_scratch] doubles.
 */
void renewal_predict(const struct renewal_problem *problem, const struct renewal_point *point, const struct renewal_normals *normals,
                     size_t first_row, size_t n_steps, struct vg_random *random, double *scratch, double *counts, double *ahead);
size_t renewal_predict_scratch(const struct renewal_problem *problem, size_t n_steps);

/* vg_renewal with normals that a batch shares (estimate.c). */
vg_status renewal_estimate(const struct vg_triangle *triangle, const struct vg_renewal_parameters *parameters, const struct renewal_normals *normals,
                           struct vg_arena *arena, struct vg_arena *scratch, struct vg_renewal_estimate *out, struct vg_error *error) VG_MUST_USE;

#endif
