/*
 * Private to doses: the program's columns by what they mean, and the account in whole doses.
 */
#ifndef VG_DOSES_INTERNAL_H
#define VG_DOSES_INTERNAL_H

#include "allocate/doses/doses.h"

/* What the program wants, in parts of doses. */
struct doses_wanted {
    double *sent;                 /* [(period * classes + class) * ways + way] */
    double *first;                /* [(period * groups + group) * sites + site] */
};
/* Whether a class ends within its last period, and what of what a place gives in that period may then be of it. */
static inline bool doses_ends_within(const struct vg_doses_problem *problem, uint32_t class_)
{
    return problem->class_part != NULL && problem->class_last[class_] < problem->n_periods && problem->class_part[class_] < 1.0;
}
/* Whether giving a class in its last period takes from what can be given until another one ends. */
static inline bool doses_counts_for(const struct vg_doses_problem *problem, uint32_t class_, uint32_t ending)
{
    return problem->class_last[class_] == problem->class_last[ending] && doses_ends_within(problem, ending) && problem->class_part[class_] <= problem->class_part[ending];
}
vg_status doses_program(const struct vg_doses_problem *problem, struct doses_wanted *wanted, double *bound, struct vg_error *error);
/* Whole doses, period by period: what came is there; what is wanted is sent, then second doses that are due are given, then first doses; what expires first goes first. */
vg_status doses_account(const struct vg_doses_problem *problem, const struct doses_wanted *wanted, struct vg_arena *arena, struct vg_doses_answer *answer, struct vg_error *error);

#endif
