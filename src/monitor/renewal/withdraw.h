/* What is known of open dates and will be withdrawn later, private to this folder. docs/renewal-model.md says why. */
#ifndef VG_RENEWAL_WITHDRAW_H
#define VG_RENEWAL_WITHDRAW_H

#include "monitor/renewal/internal.h"

/* Of rows of which all delays have passed: what was known by each delay, and how much of that was withdrawn later. */
struct renewal_withdrawals {
    size_t first_offset, n_offsets; /* how many steps ago a re-enactment may lie; n_offsets 0: nothing to go by, or never withdrawn */
    double *known, *lost;           /* [rows * n_delays] */
};

vg_status renewal_withdrawals_new(const struct renewal_problem *problem, const struct vg_triangle *triangle, struct vg_arena *arena,
                                  struct renewal_withdrawals *withdrawals, struct vg_error *error) VG_MUST_USE;
/* Takes from counts[n_rows] of open rows what was withdrawn of rows some steps before, known as long: how many goes round with the draws. */
void renewal_withdraw(const struct renewal_withdrawals *withdrawals, const struct renewal_problem *problem, size_t draw,
                      struct vg_random *random, double *counts);

#endif
