/*
 * Why there is no plan: a set of what must be that cannot be together, and of which none can be left out.
 */
#include "allocate/plan/internal.h"

#include <string.h>

struct trial {
    const struct vg_plan_problem *problem;
    const struct vg_plan_resource *resource;
    struct vg_arena arena;
    int64_t *must;                /* [cells] of the set that is tried */
    int64_t lacking;
    struct vg_error *error;
};

/* Whether all of cells[n] but those from `first` to before `end` can be together. */
static vg_status can_be(struct trial *trial, const uint32_t *cells, size_t n, size_t first, size_t end, bool *can)
{
    const size_t all = (size_t)trial->problem->n_sites * trial->problem->n_periods;
    struct vg_plan_resource resource = *trial->resource;
    struct vg_plan *plan = NULL;
    memset(trial->must, 0, all * sizeof *trial->must);
    for (size_t k = 0; k < n; k++) {
        trial->must[cells[k]] = k >= first && k < end ? 0 : trial->resource->must[cells[k]];
    }
    resource.must = trial->must;
    struct vg_arena scratch;
    vg_arena_init(&scratch, 0);
    vg_status status = plan_create(trial->problem, &resource, NULL, &scratch, &plan, trial->error);
    if (status == VG_OK) {
        struct vg_error refusal;
        status = vg_flow_solve(plan->flow, NULL, &refusal);
        const int64_t lacking = vg_flow_missing(plan->flow);
        *can = status == VG_OK;
        trial->lacking = *can ? trial->lacking : lacking;
        if (status != VG_OK && (status != VG_DATA_ERROR || lacking == 0)) {
            status = vg_fail(trial->error, status, "%s", refusal.message);
        } else {
            status = VG_OK;
        }
    }
    vg_arena_release(&scratch);
    return status;
}

/* Leaves out what the rest cannot be without either, in runs of `size`. */
static vg_status leave_out(struct trial *trial, uint32_t *cells, size_t *n, size_t size)
{
    vg_status status = VG_OK;
    for (size_t first = 0; status == VG_OK && first < *n;) {
        const size_t end = first + size < *n ? first + size : *n;
        bool can = true;
        status = can_be(trial, cells, *n, first, end, &can);
        if (status == VG_OK && !can) {
            memmove(cells + first, cells + end, (*n - end) * sizeof *cells);
            *n -= end - first;
        } else {
            first = end;
        }
    }
    return status;
}

vg_status vg_plan_conflict(const struct vg_plan_problem *problem, const struct vg_plan_resource *resource, uint32_t *cells, size_t *n, int64_t *lacking, struct vg_error *error)
{
    const uint32_t all = problem->n_sites * problem->n_periods;
    struct trial trial = {.problem = problem, .resource = resource, .error = error};
    bool can = true;
    *n = 0;
    *lacking = 0;
    for (uint32_t cell = 0; resource->must != NULL && cell < all; cell++) {
        if (resource->must[cell] > 0) {
            cells[(*n)++] = cell;
        }
    }
    vg_arena_init(&trial.arena, 0);
    trial.must = VG_ARENA_ARRAY(&trial.arena, int64_t, all);
    vg_status status = trial.must == NULL ? vg_fail_memory(error, all * 8) : *n == 0 ? VG_OK : can_be(&trial, cells, *n, 0, 0, &can);
    if (status == VG_OK && can) {
        *n = 0;
    }
    for (size_t size = *n / 2; status == VG_OK && *n > 0 && size > 0; size /= 2) {
        status = leave_out(&trial, cells, n, size);
    }
    status = status == VG_OK && *n > 1 ? leave_out(&trial, cells, n, 1) : status;
    if (status == VG_OK && *n > 0) {
        status = can_be(&trial, cells, *n, 0, 0, &can);
        *lacking = trial.lacking;
    }
    vg_arena_release(&trial.arena);
    return status;
}
