/*
 * Private to clock: the least-squares problem for a given rate.
 */
#ifndef VG_CLOCK_INTERNAL_H
#define VG_CLOCK_INTERNAL_H

#include "trace/genome/clock/clock.h"

struct clock_solver {
    const struct vg_tree *tree;
    const double *years;         /* [n_nodes] of dated leaves, NaN: free; best near 0 */
    double *mutations, *weights; /* [n_nodes] of the branches above nodes */
    double *a, *b;               /* [n_nodes] cost of what is below: a t^2 - 2 b t */
    double *times;               /* [n_nodes] */
    uint8_t *held;               /* [n_nodes] branches at no length; where a search starts and where it ended */
};
bool clock_solver_memory(struct clock_solver *solver, const struct vg_tree *tree, const double *years, struct vg_arena *arena);
/* Times that fit best at the rate; the sum of weighted squares. */
double clock_solve(struct clock_solver *solver, double rate);

#endif
