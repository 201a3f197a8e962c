/*
 * Every plan of a tiny problem, for suites that hold a planner against all of them: on each way in each period from which something arrives in time, all amounts from 0 to a
 * most, and no more than the way carries.
 */
#ifndef EVERY_PLAN_H
#define EVERY_PLAN_H

#include "vg_test.h"

#include "allocate/plan/plan.h"

enum { EVERY_PLAN_SLOTS = 8 };

struct every_plan {
    const struct vg_plan_problem *problem;
    int64_t most;
    void (*take)(void *context, const struct vg_plan_movement *movements, size_t n_movements); /* called once a plan; movements may be of no units */
    void *context;
    struct vg_plan_movement movements[EVERY_PLAN_SLOTS];
    size_t n;
};

static inline void every_plan_from(struct every_plan *every, size_t slot)
{
    if (slot == every->n) {
        every->take(every->context, every->movements, every->n);
        return;
    }
    for (int64_t amount = 0; amount <= every->most && amount <= every->problem->ways[every->movements[slot].way].capacity; amount++) {
        every->movements[slot].amount = amount;
        every_plan_from(every, slot + 1);
    }
}

static inline void every_plan(const struct vg_plan_problem *problem, int64_t most, void (*take)(void *context, const struct vg_plan_movement *movements, size_t n_movements), void *context)
{
    struct every_plan every = {.problem = problem, .most = most, .take = take, .context = context};
    for (uint32_t period = 0; period < problem->n_periods; period++) {
        for (uint32_t way = 0; way < problem->n_ways; way++) {
            if (problem->ways[way].lead_periods < problem->n_periods - period) {
                assert_true(every.n < EVERY_PLAN_SLOTS);
                every.movements[every.n++] = (struct vg_plan_movement){way, period, 0};
            }
        }
    }
    every_plan_from(&every, 0);
}

#endif
