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

/* The part of a triangle that is used: dates before it, its own, and its newest report step. VG_USAGE_ERROR where the triangle makes no sense. */
struct renewal_span { size_t skipped, n_rows, last_report; };
vg_status renewal_window(const struct vg_triangle *triangle, const struct vg_renewal_parameters *parameters, struct renewal_span *span,
                         struct vg_error *error) VG_MUST_USE;
/*
 * A publication that brings hardly anything, on balance, where much was due since the one before, is taken for none: what was held back
 * comes with a later one. Hardly anything is less than a tenth of what the 14 steps before, or the 7, let expect, and that 15 reports or more.
 * sums and standstill: [n_references + n_delays], zero before.
 */
void renewal_find_standstill(const struct vg_triangle *triangle, size_t last_report, double *sums, bool *standstill);
/* Takes withdrawn reports from the newest earlier ones of a row: what was withdrawn had been reported before. Returns how many. */
double renewal_net_revisions(double *counts, size_t n);

vg_status renewal_problem_new(const struct vg_triangle *triangle, const struct vg_renewal_parameters *parameters,
                              struct vg_arena *arena, struct renewal_problem *problem, struct vg_error *error) VG_MUST_USE;

#endif
