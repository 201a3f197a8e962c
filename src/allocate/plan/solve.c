/*
 * Solving a plan: one flow where only expected unmet need counts; where the tail of the paths or the worst-served place counts, the same flow again and again with other weights.
 */
#include "allocate/plan/internal.h"

#include <math.h>
#include <string.h>

vg_status plan_run(struct vg_plan *plan, const struct vg_progress *progress, struct vg_error *error)
{
    vg_status status = vg_flow_solve(plan->flow, progress, error);
    if (status == VG_OK) {
        vg_flow_read(plan->flow, plan->amount, NULL);
        plan->solutions++;
    }
    return status;
}

/* Held or used in each cell. */
static void read_held(const struct vg_plan *plan, int64_t *held)
{
    for (uint32_t cell = 0; cell < plan->n_cells; cell++) {
        const uint32_t last = plan->cell_arc[cell + 1] - 1;
        held[cell] = plan->cell_least[cell];
        for (uint32_t arc = plan->cell_arc[cell]; arc < last + (plan->resource->reusable ? 1 : 0); arc++) {
            held[cell] += plan->amount[arc];
        }
    }
}

vg_status plan_read(const struct vg_plan *plan, struct vg_arena *arena, struct vg_plan_answer *answer, struct vg_error *error)
{
    const struct vg_plan_problem *problem = plan->problem;
    size_t n = 0;
    for (uint32_t arc = plan->first_way_arc; arc < plan->n_arcs; arc++) {
        n += plan->amount[arc] > 0;
    }
    answer->movements = VG_ARENA_ARRAY(arena, struct vg_plan_movement, n + 1);
    vg_status status = plan_account_arrays(problem, arena, &answer->account, error);
    if (status != VG_OK || answer->movements == NULL) {
        return status != VG_OK ? status : vg_fail_memory(error, n * sizeof *answer->movements);
    }
    answer->n_movements = 0;
    for (uint32_t period = 0; period < problem->n_periods; period++) {
        for (size_t way = 0; way < problem->n_ways; way++) {
            const uint32_t arc = plan->way_arc[period * problem->n_ways + way];
            if (arc != UINT32_MAX && plan->amount[arc] > 0) {
                answer->movements[answer->n_movements++] = (struct vg_plan_movement){(uint32_t)way, period, plan->amount[arc]};
                answer->account.cost += problem->ways[way].cost * (double)plan->amount[arc];
                answer->account.moved += plan->amount[arc];
            }
        }
    }
    answer->account.n_movements = answer->n_movements;
    read_held(plan, answer->account.held);
    answer->pivots = vg_flow_pivots(plan->flow);
    answer->solutions = plan->solutions;
    return plan_measure(problem, plan->resource, &answer->account, error);
}

vg_status vg_plan_solve(struct vg_plan *plan, struct vg_arena *arena, const struct vg_progress *progress, struct vg_plan_answer *answer, struct vg_error *error)
{
    vg_status status = plan_run(plan, progress, error);
    *answer = (struct vg_plan_answer){.worst_coverage_bound = NAN, .objective_bound = NAN};
    return status == VG_OK ? plan_read(plan, arena, answer, error) : status;
}
