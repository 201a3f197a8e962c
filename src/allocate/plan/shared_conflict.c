/*
 * Why there is no plan within limits that resources share: the rows of the linear program with one for each figure that must be; of those that cannot be together each is left out in turn, and stays out where the others cannot be
 * either (deletion filter; Chinneck 2008).
 */
#include "allocate/plan/program.h"

#include <string.h>

static vg_status can_be(const struct plan_program *p, bool *can)
{
    Clp_chgRowLower(p->model, p->row_lower);
    Clp_chgRowUpper(p->model, p->row_upper);
    (void)Clp_dual(p->model, 0);
    const int status = Clp_status(p->model);
    *can = status == 0;
    return *can || status == 1 ? VG_OK : vg_fail(p->error, VG_SYSTEM_ERROR, "what cannot be together could not be found (CLP's status %d)", status);
}

/* Rows first to before end, one by one: those that the rest cannot be without either are free from then on, and not in `kept`. */
static vg_status filter(struct plan_program *p, int first, size_t n, bool *kept)
{
    vg_status status = VG_OK;
    for (size_t k = 0; status == VG_OK && k < n; k++) {
        const size_t row = (size_t)first + k;
        const double lower = p->row_lower[row], upper = p->row_upper[row];
        p->row_lower[row] = -program_infinity();
        p->row_upper[row] = program_infinity();
        status = can_be(p, &kept[k]);
        if (kept[k]) {
            p->row_lower[row] = lower;
            p->row_upper[row] = upper;
        }
    }
    return status;
}

static vg_status find_conflict(struct plan_program *p, size_t *musts, size_t *n_musts, uint32_t *limits, size_t *n_limits)
{
    const size_t n = p->shared->n_limits;
    bool can = true, *kept = VG_ARENA_ARRAY(p->arena, bool, p->n_musts + n + 1);
    vg_status status = kept == NULL ? vg_fail_memory(p->error, p->n_musts) : program_open(p);
    if (status == VG_OK) {
        memset(p->objective, 0, (size_t)p->n_columns * sizeof *p->objective);
        Clp_chgObjCoefficients(p->model, p->objective);
        status = can_be(p, &can);
    }
    if (status == VG_OK && !can) {
        status = filter(p, p->limit_row, n, kept + p->n_musts);
        status = status == VG_OK ? filter(p, p->must_row, p->n_musts, kept) : status;
        for (size_t k = 0; status == VG_OK && k < p->n_musts; k++) {
            musts[*n_musts] = p->must[k];
            *n_musts += kept[k];
        }
        for (size_t k = 0; status == VG_OK && k < n; k++) {
            limits[*n_limits] = (uint32_t)k;
            *n_limits += kept[p->n_musts + k];
        }
    }
    program_close(p);
    return status;
}

vg_status vg_plan_shared_conflict(const struct vg_plan_shared *shared, size_t *musts, size_t *n_musts, uint32_t *limits, size_t *n_limits, struct vg_error *error)
{
    const size_t cells = (size_t)shared->problem->n_sites * shared->problem->n_periods;
    struct vg_arena arena;
    vg_arena_init(&arena, 0);
    struct vg_plan **plans = VG_ARENA_ARRAY(&arena, struct vg_plan *, shared->n_resources);
    struct vg_plan_resource *without = VG_ARENA_ARRAY(&arena, struct vg_plan_resource, shared->n_resources);
    struct plan_slots slots = {0};
    struct vg_plan_problem plain = *shared->problem; /* only what must be, and limits */
    struct vg_plan_shared asked = *shared;
    plain.fairest = false;
    plain.tail_weight = 0.0;
    asked.n_bundles = 0;
    asked.problem = &plain;
    struct plan_program p = {.shared = &asked, .plans = plans, .slots = &slots, .arena = &arena, .error = error, .must = VG_ARENA_ARRAY(&arena, size_t, cells * shared->n_resources + 1),
                             .must_of = VG_ARENA_ARRAY(&arena, uint32_t, cells * shared->n_resources + 1)};
    vg_status status = arena.failed ? vg_fail_memory(error, cells * 12) : plan_index_slots(shared, &arena, &slots, error);
    uint64_t arcs = 0;
    *n_musts = *n_limits = 0;
    for (uint32_t r = 0; status == VG_OK && r < shared->n_resources; r++) {
        without[r] = shared->resources[r];
        without[r].must = NULL;
        status = vg_plan_create(&plain, &without[r], &arena, &plans[r], error);
        arcs += status == VG_OK ? plans[r]->n_arcs : 0;
        for (size_t cell = 0; status == VG_OK && shared->resources[r].must != NULL && cell < cells; cell++) {
            if (shared->resources[r].must[cell] > plans[r]->cell_least[cell]) {
                p.must[p.n_musts++] = r * cells + cell;
                p.must_of[r * cells + cell] = (uint32_t)p.n_musts;
            }
        }
    }
    if (status == VG_OK && arcs > PLAN_LINEAR_ARCS) {
        status = vg_fail(error, VG_USAGE_ERROR, "what must be is held against limits that resources share for up to %u arcs; these plans have %llu", PLAN_LINEAR_ARCS, (unsigned long long)arcs);
    }
    status = status == VG_OK && p.n_musts > 0 ? find_conflict(&p, musts, n_musts, limits, n_limits) : status;
    vg_arena_release(&arena);
    return status;
}
