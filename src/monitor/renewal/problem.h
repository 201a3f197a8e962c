/* Making the numbers of the model from a triangle, private to this folder. */
#ifndef VG_RENEWAL_PROBLEM_H
#define VG_RENEWAL_PROBLEM_H

#include "monitor/renewal/internal.h"
#include "monitor/renewal/renewal.h"

/* Scales of the priors. */
#define RENEWAL_REPORT_DAY_SD 1.0
#define RENEWAL_WEEKDAY_SD 0.5
#define RENEWAL_SUM_PRECISION 100.0 /* of the sum of seven weekday effects, which the level takes up */
#define RENEWAL_BASE_SD 0.4

vg_status renewal_problem_new(const struct vg_triangle *triangle, const struct vg_renewal_parameters *parameters,
                              struct vg_arena *arena, struct renewal_problem *problem, struct vg_error *error) VG_MUST_USE;

#endif
