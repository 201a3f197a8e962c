/*
 * What a change does to a plan that is no flow of its own: within a budget or trucks, or with the worst-served place or the tail first. It is asked of the linear program, in parts of units: what the best there can be loses without a
 * movement, or gains by more units. A plan in whole units would be made anew each time, and its rounding would be more than what is asked.
 */
#include "jobs/plan/internal.h"

#include <math.h>

#define ARCS_CHANGES 5000000u /* arcs times changes: two or three seconds */

bool plan_is_asked_by_levels(const struct plan_run *run)
{
    return run->shared.n_resources > 0 || run->input.problem.fairest || run->input.problem.tail_weight > 0.0;
}

vg_status plan_ask_open(const struct plan_run *run, uint32_t r, struct vg_arena *arena, struct plan_asked *asked)
{
    static const double one = 1.0;
    struct vg_error refusal;
    *asked = (struct plan_asked){.shared = run->shared, .first = 0};
    if (run->shared.n_resources == 0) {
        asked->shared = (struct vg_plan_shared){.problem = &run->input.problem, .resources = &run->input.resource[r], .n_resources = 1, .weight = &one};
        asked->first = r;
    }
    asked->changed.worst_coverage = VG_ARENA_ARRAY(arena, double, asked->shared.n_resources);
    if (asked->changed.worst_coverage == NULL) {
        return vg_fail_memory(run->error, asked->shared.n_resources * sizeof(double));
    }
    const vg_status status = vg_plan_levels_open(&asked->shared, arena, &asked->levels, &asked->as_is, &refusal);
    if (status != VG_OK && status != VG_USAGE_ERROR) {
        return vg_fail(run->error, status, "%s", refusal.message);
    }
    if (status == VG_OK) {
        asked->changes_most = ARCS_CHANGES / (vg_plan_levels_arcs(asked->levels) + 1) + 1;
    }
    return VG_OK;
}

/* Without what is but the program's tolerance. */
static double as_told(double figure, double steps)
{
    return round(figure * steps) / steps + 0.0; /* no -0 */
}

/* The most that the worst-served place of any resource has less. */
static double lost(const struct plan_asked *asked, double sign)
{
    double most = NAN;
    for (uint32_t k = 0; k < asked->shared.n_resources; k++) {
        const double less = sign * (asked->as_is.worst_coverage[k] - asked->changed.worst_coverage[k]);
        most = isnan(less) ? most : fmax(isnan(most) ? 0.0 : most, less);
    }
    return most < 1e-6 ? 0.0 : as_told(most, 1e8);
}

vg_status plan_ask_without(struct plan_asked *asked, uint32_t r, const struct vg_plan_movement *movement, double *avoided, double *coverage_lost, struct vg_error *error)
{
    struct vg_error refusal;
    const vg_status status = vg_plan_levels_without(asked->levels, r - asked->first, movement->way, movement->period, &asked->changed, &refusal);
    *avoided = *coverage_lost = NAN;
    if (status == VG_OK) {
        *coverage_lost = lost(asked, 1.0);
        *avoided = as_told(asked->changed.unmet - asked->as_is.unmet, 1e6 / (1.0 + floor(fabs(asked->as_is.unmet) / 1e3)));
    }
    return status == VG_OK || status == VG_DATA_ERROR ? VG_OK : vg_fail(error, status, "%s", refusal.message);
}

vg_status plan_ask_with(struct plan_asked *asked, uint32_t r, uint32_t site, int64_t units, double *avoided, double *coverage_gained, struct vg_error *error)
{
    const vg_status status = vg_plan_levels_with(asked->levels, r - asked->first, site, units, &asked->changed, error);
    *coverage_gained = lost(asked, -1.0);
    *avoided = as_told(asked->as_is.unmet - asked->changed.unmet, 1e6 / (1.0 + floor(fabs(asked->as_is.unmet) / 1e3)));
    return status;
}
