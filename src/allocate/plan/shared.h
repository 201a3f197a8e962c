/*
 * Private to plan: what a plan within limits that resources share is made with: what moves on average, and prices (shared.c); ceilings in whole units, one a movement, and the best plan that they led to (whole.c).
 */
#ifndef VG_PLAN_SHARED_H
#define VG_PLAN_SHARED_H

#include "allocate/plan/internal.h"

struct shared_work {
    const struct vg_plan_shared *shared;
    struct vg_plan_problem open;      /* the problem, with the chance of a path as it counts for unmet need and its tail; whole.c shuts ways in it */
    struct vg_arena *arena;
    struct vg_error *error;
    struct plan_slots slots;
    struct vg_plan **plans;           /* [resources] without the limits */
    struct plan_bundled *bundled;     /* [resources] */
    struct plan_parts parts;          /* of the linear program; its average is that of prices, too */
    double *constant;                 /* [resources] unmet need before steps */
    int64_t *newest;                  /* [resources * slots] the last answer to prices */
    double known;                     /* what some plan reaches, with nothing moved at the latest */
    double *used;                     /* [limits] */
    double scale;                     /* whole-number cost of a unit of worth */
    uint64_t pivots;
    /* the best plan in whole units */
    int64_t *best;                    /* [resources * slots] what moves */
    int64_t *held;                    /* [resources * cells] */
    double reached;                   /* its unmet need, and tail, by weights; INFINITY: none yet */
    double *worst;                    /* [resources] its worst coverage; NaN where nothing is needed */
    double *wanted;                   /* [resources] of that so much counts */
};

static inline bool shared_exceeds(const struct vg_plan_limit *limit, double used)
{
    return used > limit->most + 1e-9 * (1.0 + limit->most);
}
/* Checks, and the plans without limits; shared, arena and error are set. */
vg_status shared_begin(struct shared_work *work);
void shared_sum_used(const struct shared_work *work, const int64_t *amounts, double *used);
/* What a unit of a slot pays for the limits. */
double shared_toll(const struct shared_work *work, uint32_t r, size_t slot, const double *price);

/* From the average, and from work->best where that is one, to a plan in whole units; then it is read into the answer. */
vg_status shared_make_whole(struct shared_work *work, const double *price, const struct vg_progress *progress);
vg_status shared_read_best(struct shared_work *work, struct vg_plan_shared_answer *answer);

#endif
