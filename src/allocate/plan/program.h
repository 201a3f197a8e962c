/*
 * Private to plan: one or several resources as a linear program of CLP, in parts of units: the arcs of every resource's network; a row for each node, each limit, each site's coverage (where the worst-served comes first),
 * each path's unmet need (where its tail counts) and each figure that must be (where a conflict is looked for). linear.c fills it, levels.c solves it and asks it what a change would do, shared_conflict.c why there is no plan.
 */
#ifndef VG_PLAN_PROGRAM_H
#define VG_PLAN_PROGRAM_H

#include "allocate/plan/internal.h"

#include <coin/Clp_C_Interface.h>

#define PROGRAM_TOLERANCE 1e-9

struct plan_program {
    const struct vg_plan_shared *shared;
    struct vg_plan *const *plans;
    const struct plan_slots *slots;
    struct vg_arena *arena;
    struct vg_error *error;
    struct plan_arcs *arcs;        /* [resources] */
    int *first_column, *first_row; /* [resources + 1] of each resource's arcs and nodes */
    int limit_row;
    int coverage_row, least_row;   /* of resource and site; of resource: its worst coverage is at least that of the worst of them */
    int path_row, must_row;
    int bundle_row;                /* of each bundle's members and cells: what is served is at most what they serve */
    const struct plan_bundled *bundled; /* [resources] */
    int worst_column, least_column; /* of each resource; of the worst of these that are not settled yet */
    int risk_column, excess_column; /* value at risk; what each path exceeds it by */
    int must_column;
    size_t n_musts, *must;         /* as vg_plan_shared_conflict has them */
    uint32_t *must_of;             /* [resources * cells] 1 + its row among musts; 0: none. NULL without musts */
    int n_columns, n_rows, filled;
    CoinBigIndex *starts;
    int *rows;
    double *values, *lower, *upper, *row_lower, *row_upper; /* as the question has them */
    double *unmet;                 /* [columns] objective of the second level */
    double *now, *now_upper, *row_now, *row_now_upper, *objective; /* of the level that is solved */
    double constant;               /* unmet need that no plan touches */
    Clp_Simplex *model;
    bool kept;                     /* the second level has been solved */
    double *kept_worst;            /* [resources] what was kept of the first level by the second */
    unsigned char *first_basis, *last_basis; /* [columns + rows] of the first level and the second; NULL: not solved yet */
};

static inline bool program_fairest(const struct plan_program *p)
{
    return p->shared->problem->fairest;
}
static inline double program_infinity(void)
{
    return 1.7976931348623157e308; /* CLP's: the largest double */
}

/* Fills and loads it. What stands in shared, plans, slots, arena, error and musts is set. */
vg_status program_open(struct plan_program *p);
void program_close(struct plan_program *p);
/* Worst coverages [resources], then unmet need. again: bounds have changed since; goes on from the bases of the first time. */
vg_status program_two_levels(struct plan_program *p, bool again, double *worst, double *objective);
/* Unmet need after a change of bounds, at the worst coverages of the first time; *can false: that cannot be any more. */
vg_status program_second_level(struct plan_program *p, bool *can, double *objective);

#endif
