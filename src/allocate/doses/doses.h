/*
 * doses: who is vaccinated where and when, and which lots go where, by given priorities: second doses on time first, then of each priority as many people as can be and as early as can be, then the least
 * transport. Pure: arrays in, arrays out.
 *
 * Lots are classes by the last period in which they may be used; what is not used by then is lost. A linear program over sites, periods and classes (CLP), solved priority by priority: places store no
 * more than their cold chain holds, give no more than they can, ways carry no more than fits, and for each first dose a share of the second is held back in lots that last until it is due. From its optimum
 * in parts, whole doses are moved and given by a plain account, period by period, which is what is told; the program's own figures are the bound beside it.
 */
#ifndef VG_DOSES_H
#define VG_DOSES_H

#include "allocate/plan/plan.h"

#define VG_DOSES_PRIORITIES_MOST 16
#define VG_DOSES_COLUMNS_MOST 400000

struct vg_doses_problem {
    uint32_t n_sites, n_periods, n_classes, n_groups, n_priorities;
    const uint32_t *class_last;   /* [classes] last period of use; n_periods or more: beyond the plan */
    const double *class_part;     /* [classes] share of its last period in which it is still good, above 0 to 1: so much of what a place can give may be of it, and of those that end before it; NULL: all of it */
    const int64_t *comes;         /* [(period * classes + class) * sites + site] what is there (period 0) or arrives */
    const int64_t *people;        /* [group * sites + site] who may be given a first dose */
    const uint32_t *priority;     /* [groups] 0 first */
    const struct vg_plan_way *ways;
    size_t n_ways;
    const double *store, *give;   /* [sites] doses that the cold chain holds between periods; that can be given in a period. INFINITY: no limit */
    bool two_doses;
    uint32_t interval_periods;    /* from the first dose to the second; at least 1 */
    double reserve;               /* share of the second doses that is held back where first ones are given: 0 to 1; of those due after the plan all are */
    const int64_t *due;           /* [period * sites + site] second doses of people who had the first before; NULL: none */
    bool fairest;                 /* of each priority first the worst-served place */
};

struct vg_doses_movement { uint32_t way, period, class_; int64_t amount; };

struct vg_doses_answer {
    int64_t *first;               /* [(period * groups + group) * sites + site] given */
    int64_t *second;              /* [period * sites + site] */
    int64_t *lost;                /* [class * sites + site] not used in time */
    int64_t *late;                /* [period * sites + site] second doses that are due and not given at the end of the period */
    struct vg_doses_movement *movements;
    size_t n_movements;
    double bound[VG_DOSES_PRIORITIES_MOST]; /* people of each priority that no plan passes, those before it being served so */
    double cost;
    int64_t moved, late_at_most;  /* late_at_most: the largest sum of late ones at the end of a period */
};

/* VG_DATA_ERROR names what is wrong; VG_USAGE_ERROR: too large. */
vg_status vg_doses_plan(const struct vg_doses_problem *problem, struct vg_arena *arena, struct vg_doses_answer *answer, struct vg_error *error) VG_MUST_USE;

#endif
