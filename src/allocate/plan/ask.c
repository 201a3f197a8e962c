/*
 * What a change would do: the linear program of a plan stays open, one bound is changed, and it is solved again from the basis of the level that the change touches; then the bound is put back.
 */
#include "allocate/plan/program.h"
#include "allocate/plan/shared.h"

#include <math.h>
#include <string.h>

struct vg_plan_levels {
    const struct vg_plan_shared *shared;
    struct shared_work work;
    struct plan_program program;
    struct vg_plan_level as_is;
};

static uint64_t count_arcs(const struct shared_work *work)
{
    uint64_t arcs = 0;
    for (uint32_t r = 0; r < work->shared->n_resources; r++) {
        arcs += work->plans[r]->n_arcs;
    }
    return arcs;
}

vg_status vg_plan_levels_open(const struct vg_plan_shared *shared, struct vg_arena *arena, struct vg_plan_levels **result, struct vg_plan_level *level, struct vg_error *error)
{
    struct vg_plan_levels *levels = VG_ARENA_ARRAY(arena, struct vg_plan_levels, 1);
    const size_t n = shared->n_resources;
    *level = (struct vg_plan_level){.worst_coverage = VG_ARENA_ARRAY(arena, double, n)};
    *result = NULL;
    if (arena->failed) {
        return vg_fail_memory(error, sizeof *levels);
    }
    *levels = (struct vg_plan_levels){.shared = shared, .work = {.shared = shared, .arena = arena, .error = error}};
    vg_status status = shared_begin(&levels->work);
    if (status == VG_OK && count_arcs(&levels->work) > PLAN_LINEAR_ARCS) {
        status = vg_fail(error, VG_USAGE_ERROR, "what a change does within limits and rules is told for up to %u arcs; this plan has %llu", PLAN_LINEAR_ARCS, (unsigned long long)count_arcs(&levels->work));
    }
    levels->program = (struct plan_program){.shared = shared, .plans = levels->work.plans, .slots = &levels->work.slots, .arena = arena, .error = error};
    status = status == VG_OK ? program_open(&levels->program) : status;
    for (size_t r = 0; r < n; r++) {
        level->worst_coverage[r] = NAN;
    }
    status = status == VG_OK ? program_two_levels(&levels->program, false, level->worst_coverage, &level->unmet) : status;
    levels->as_is = (struct vg_plan_level){VG_ARENA_ARRAY(arena, double, n), level->unmet};
    if (status != VG_OK || arena->failed) {
        program_close(&levels->program);
        return status != VG_OK ? status : vg_fail_memory(error, n * sizeof(double));
    }
    memcpy(levels->as_is.worst_coverage, level->worst_coverage, n * sizeof *level->worst_coverage);
    *result = levels;
    return VG_OK;
}

void vg_plan_levels_close(struct vg_plan_levels *levels)
{
    if (levels != NULL) {
        program_close(&levels->program);
    }
}

size_t vg_plan_levels_arcs(const struct vg_plan_levels *levels)
{
    return (size_t)count_arcs(&levels->work);
}

static void same(const struct vg_plan_levels *levels, struct vg_plan_level *level)
{
    memcpy(level->worst_coverage, levels->as_is.worst_coverage, levels->shared->n_resources * sizeof *level->worst_coverage);
    level->unmet = levels->as_is.unmet;
}

vg_status vg_plan_levels_without(struct vg_plan_levels *levels, uint32_t resource, uint32_t way, uint32_t period, struct vg_plan_level *level, struct vg_error *error)
{
    struct plan_program *p = &levels->program;
    const struct vg_plan_problem *problem = levels->shared->problem;
    if (resource >= levels->shared->n_resources || way >= problem->n_ways || period >= problem->n_periods) {
        return vg_fail(error, VG_USAGE_ERROR, "resource %u, way %u or period %u is not there", resource + 1, way + 1, period + 1);
    }
    const uint32_t arc = p->plans[resource]->way_arc[period * problem->n_ways + way];
    same(levels, level);
    if (arc == UINT32_MAX) {
        return VG_OK;
    }
    const int column = p->first_column[resource] + (int)arc;
    const double upper = p->upper[column];
    bool can = false;
    p->error = error;
    p->upper[column] = 0.0;
    vg_status status = program_second_level(p, &can, &level->unmet); /* mostly the worst coverage can stay */
    if (status == VG_OK && !can) {
        status = program_two_levels(p, true, level->worst_coverage, &level->unmet);
    }
    p->upper[column] = upper;
    return status;
}

/* What a site keeps of itself may follow its stock: then all is made anew. */
static bool keeps_follow(const struct vg_plan_levels *levels, uint32_t r, uint32_t site)
{
    const struct vg_plan_resource *resource = &levels->shared->resources[r];
    return levels->shared->problem->nobody_worse || (resource->keep != NULL && resource->keep[site] > resource->stock[site]);
}

static vg_status with_anew(const struct vg_plan_levels *levels, uint32_t r, uint32_t site, int64_t units, struct vg_plan_level *level, struct vg_error *error)
{
    struct vg_plan_shared other = *levels->shared;
    struct vg_plan_levels *opened = NULL;
    struct vg_plan_level found;
    struct vg_arena arena;
    vg_arena_init(&arena, 0);
    struct vg_plan_resource *resources = VG_ARENA_ARRAY(&arena, struct vg_plan_resource, other.n_resources);
    int64_t *stock = VG_ARENA_ARRAY(&arena, int64_t, other.problem->n_sites);
    vg_status status = arena.failed ? vg_fail_memory(error, other.problem->n_sites * sizeof *stock) : VG_OK;
    if (status == VG_OK) {
        memcpy(resources, other.resources, other.n_resources * sizeof *resources);
        memcpy(stock, other.resources[r].stock, other.problem->n_sites * sizeof *stock);
        stock[site] += units;
        resources[r].stock = stock;
        other.resources = resources;
        status = vg_plan_levels_open(&other, &arena, &opened, &found, error);
    }
    if (status == VG_OK) {
        memcpy(level->worst_coverage, found.worst_coverage, other.n_resources * sizeof *level->worst_coverage);
        level->unmet = found.unmet;
    }
    vg_plan_levels_close(opened);
    vg_arena_release(&arena);
    return status;
}

vg_status vg_plan_levels_with(struct vg_plan_levels *levels, uint32_t resource, uint32_t site, int64_t units, struct vg_plan_level *level, struct vg_error *error)
{
    struct plan_program *p = &levels->program;
    if (resource >= levels->shared->n_resources || site >= levels->shared->problem->n_sites || units < 0 || units > (int64_t)1000000000000) {
        return vg_fail(error, VG_USAGE_ERROR, "resource %u or site %u is not there, or %lld units are not 0 to 1e12", resource + 1, site + 1, (long long)units);
    }
    if (keeps_follow(levels, resource, site)) {
        return with_anew(levels, resource, site, units, level, error);
    }
    const int row = p->first_row[resource] + (int)site;
    const double supply = p->row_lower[row];
    p->error = error;
    p->row_lower[row] = p->row_upper[row] = supply + (double)units;
    same(levels, level);
    const vg_status status = program_two_levels(p, true, level->worst_coverage, &level->unmet);
    p->row_lower[row] = p->row_upper[row] = supply;
    return status;
}
