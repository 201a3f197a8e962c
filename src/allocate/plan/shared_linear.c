/*
 * Limits that resources share as one linear program: the arcs of every resource's network, a row for each node and each limit, solved by CLP in parts of units. And why there is no plan: the same rows with
 * one for each figure that must be; of those that cannot be together, each is left out in turn, and stays out where the others cannot be either (deletion filter; Chinneck 2008).
 */
#include "allocate/plan/internal.h"

#include <coin/Clp_C_Interface.h>
#include <float.h>
#include <math.h>
#include <string.h>

#define ARCS_MOST 300000u
#define SECONDS_MOST 600.0
#define TOLERANCE 1e-9

static const double largest = DBL_MAX; /* CLP's infinity */

struct program {
    const struct vg_plan_shared *shared;
    struct vg_plan *const *plans;
    const struct plan_slots *slots;
    struct vg_arena *arena;
    struct vg_error *error;
    struct plan_arcs *arcs;        /* [resources] */
    int *first_column, *first_row; /* [resources + 1] of each resource's arcs and nodes */
    int limit_row, must_row;       /* rows of limits, then of what must be */
    size_t n_musts, *must;         /* as vg_plan_shared_conflict has them */
    uint32_t *must_of;             /* [resources * cells] 1 + its row among musts; 0: none. NULL without musts */
    int n_columns, n_rows;
    CoinBigIndex *starts;
    int *rows, filled;
    double *values, *lower, *upper, *objective, *row_lower, *row_upper;
};

static void add(struct program *p, int row, double value)
{
    p->rows[p->filled] = row;
    p->values[p->filled++] = value;
}

static uint32_t must_at(const struct program *p, uint32_t r, uint32_t cell)
{
    return p->must_of == NULL ? 0 : p->must_of[(size_t)r * p->plans[r]->n_cells + cell];
}

static void begin_arc(struct program *p, uint32_t r, uint32_t arc)
{
    const struct plan_arcs *arcs = &p->arcs[r];
    const int column = p->first_column[r] + (int)arc;
    p->starts[column] = p->filled;
    p->upper[column] = arcs->capacity[arc] >= VG_FLOW_UNBOUNDED ? largest : (double)arcs->capacity[arc];
    add(p, p->first_row[r] + (int)arcs->source[arc], 1.0);
    if (arcs->target[arc] != p->plans[r]->end) { /* the last node's row follows from the others */
        add(p, p->first_row[r] + (int)arcs->target[arc], -1.0);
    }
}

static void fill_resource(struct program *p, uint32_t r)
{
    const struct vg_plan *plan = p->plans[r];
    const size_t n_ways = p->shared->problem->n_ways;
    for (uint32_t cell = 0; cell < plan->n_cells; cell++) {
        for (uint32_t arc = plan->cell_arc[cell]; arc < plan->cell_arc[cell + 1]; arc++) {
            const bool holds = plan->resource->reusable || arc + 1 < plan->cell_arc[cell + 1];
            begin_arc(p, r, arc);
            p->objective[p->first_column[r] + (int)arc] = -p->shared->weight[r] * plan_step_chance(plan, cell, arc);
            if (holds && must_at(p, r, cell) > 0) {
                add(p, p->must_row + (int)must_at(p, r, cell) - 1, 1.0);
            }
        }
    }
    for (size_t slot = 0; slot < p->slots->n; slot++) {
        if (plan->way_arc[slot] == UINT32_MAX) {
            continue;
        }
        begin_arc(p, r, plan->way_arc[slot]);
        for (uint32_t k = p->slots->first[slot]; k < p->slots->first[slot + 1]; k++) {
            add(p, p->limit_row + (int)p->slots->limit[k], plan_limit_size(p->shared, p->slots->limit[k], r, slot % n_ways));
        }
    }
    for (uint32_t cell = 0; cell < plan->n_cells; cell++) {
        p->row_lower[p->first_row[r] + (int)cell] = p->row_upper[p->first_row[r] + (int)cell] = (double)p->arcs[r].supply[cell];
    }
}

/* Of consumables more may have to be taken than anyone needs. */
static void fill_musts(struct program *p)
{
    for (size_t k = 0; k < p->n_musts; k++) {
        const uint32_t cells = p->plans[0]->n_cells, r = (uint32_t)(p->must[k] / cells), cell = (uint32_t)(p->must[k] % cells);
        const int column = p->first_column[p->shared->n_resources] + (int)k, row = p->must_row + (int)k;
        p->starts[column] = p->filled;
        p->upper[column] = p->plans[r]->resource->reusable ? 0.0 : largest;
        add(p, p->first_row[r] + (int)cell, 1.0);
        add(p, row, 1.0);
        p->row_lower[row] = (double)(p->shared->resources[r].must[cell] - p->plans[r]->cell_least[cell]);
        p->row_upper[row] = largest;
    }
}

static vg_status build(struct program *p)
{
    const struct vg_plan_shared *shared = p->shared;
    const uint32_t n = shared->n_resources;
    size_t entries = 2 * p->n_musts, columns, rows;
    p->arcs = VG_ARENA_ARRAY(p->arena, struct plan_arcs, n);
    p->first_column = VG_ARENA_ARRAY(p->arena, int, (size_t)n + 1);
    p->first_row = VG_ARENA_ARRAY(p->arena, int, (size_t)n + 1);
    vg_status status = p->arena->failed ? vg_fail_memory(p->error, n) : VG_OK;
    for (uint32_t r = 0; status == VG_OK && r < n; r++) {
        p->first_column[r + 1] = p->first_column[r] + (int)p->plans[r]->n_arcs;
        p->first_row[r + 1] = p->first_row[r] + (int)p->plans[r]->n_cells;
        entries += 3 * (size_t)p->plans[r]->n_arcs + p->slots->first[p->slots->n];
        status = plan_make_arcs(p->plans[r], p->arena, &p->arcs[r], p->error);
    }
    if (status != VG_OK) {
        return status;
    }
    p->limit_row = p->first_row[n];
    p->must_row = p->limit_row + (int)shared->n_limits;
    p->n_rows = p->must_row + (int)p->n_musts;
    p->n_columns = p->first_column[n] + (int)p->n_musts;
    columns = (size_t)p->n_columns;
    rows = (size_t)p->n_rows;
    p->starts = VG_ARENA_ARRAY(p->arena, CoinBigIndex, columns + 1);
    p->rows = VG_ARENA_ARRAY(p->arena, int, entries);
    p->values = VG_ARENA_ARRAY(p->arena, double, entries);
    p->lower = VG_ARENA_ARRAY(p->arena, double, columns);
    p->upper = VG_ARENA_ARRAY(p->arena, double, columns);
    p->objective = VG_ARENA_ARRAY(p->arena, double, columns);
    p->row_lower = VG_ARENA_ARRAY(p->arena, double, rows);
    p->row_upper = VG_ARENA_ARRAY(p->arena, double, rows);
    if (p->arena->failed) {
        return vg_fail_memory(p->error, entries * 12);
    }
    for (uint32_t r = 0; r < n; r++) {
        fill_resource(p, r);
    }
    fill_musts(p);
    p->starts[p->n_columns] = p->filled;
    for (uint32_t k = 0; k < shared->n_limits; k++) {
        p->row_lower[p->limit_row + (int)k] = -largest;
        p->row_upper[p->limit_row + (int)k] = shared->limits[k].most;
    }
    return VG_OK;
}

static Clp_Simplex *load(const struct program *p, vg_status *status)
{
    Clp_Simplex *model = Clp_newModel();
    if (model == NULL) {
        *status = vg_fail_memory(p->error, 0);
        return NULL;
    }
    Clp_setLogLevel(model, 0);
    Clp_setMaximumSeconds(model, SECONDS_MOST);
    Clp_loadProblem(model, p->n_columns, p->n_rows, p->starts, p->rows, p->values, p->lower, p->upper, p->objective, p->row_lower, p->row_upper);
    return model;
}

static vg_status optimise(const struct program *p, Clp_Simplex *model)
{
    Clp_chgObjCoefficients(model, p->objective);
    (void)Clp_primal(model, 0);
    const int status = Clp_status(model);
    return status == 0 ? VG_OK
        : status == 1  ? vg_fail(p->error, VG_DATA_ERROR, "no plan has what must be and keeps to the limits that resources share")
                       : vg_fail(p->error, VG_SYSTEM_ERROR, "the linear program of the limits that resources share did not end well (CLP's status %d)", status);
}

/* The least unmet need, then, that kept, the least movement: what moves in vain would take up limits. */
static vg_status two_levels(struct program *p, Clp_Simplex *model, double *price, double *bound)
{
    const uint32_t n = p->shared->n_resources;
    vg_status status = optimise(p, model);
    if (status != VG_OK) {
        return status;
    }
    *bound = Clp_objectiveValue(model);
    for (uint32_t k = 0; k < p->shared->n_limits; k++) { /* of the whole limit, as the decomposition has them */
        price[k] = fmax(0.0, -Clp_dualRowSolution(model)[p->limit_row + (int)k]) * p->shared->limits[k].most;
    }
    for (uint32_t r = 0; r < n; r++) { /* a step whose worth tells must stay as full, an empty one as empty */
        for (uint32_t arc = 0; arc < p->plans[r]->n_arcs; arc++) {
            const int column = p->first_column[r] + (int)arc;
            const double reduced = Clp_dualColumnSolution(model)[column];
            p->lower[column] = reduced < -1e-7 && p->upper[column] < largest ? p->upper[column] : p->lower[column];
            p->upper[column] = reduced > 1e-7 ? p->lower[column] : p->upper[column];
            p->objective[column] = 0.0;
        }
        for (size_t slot = 0; slot < p->slots->n; slot++) {
            if (p->plans[r]->way_arc[slot] != UINT32_MAX) {
                p->objective[p->first_column[r] + (int)p->plans[r]->way_arc[slot]] = p->shared->problem->ways[slot % p->shared->problem->n_ways].cost + 1e-3;
            }
        }
    }
    for (uint32_t k = 0; k < p->shared->n_limits; k++) { /* what has a price is taken up */
        const double most = p->shared->limits[k].most;
        p->row_lower[p->limit_row + (int)k] = price[k] > 1e-7 ? most - TOLERANCE * (1.0 + most) : -largest;
    }
    Clp_chgColumnLower(model, p->lower);
    Clp_chgColumnUpper(model, p->upper);
    Clp_chgRowLower(model, p->row_lower);
    return optimise(p, model);
}

vg_status plan_shared_linear(const struct vg_plan_shared *shared, struct vg_plan *const *plans, const struct plan_slots *slots, double *average, double *price, double *bound, struct vg_error *error)
{
    struct vg_arena arena;
    vg_arena_init(&arena, 0);
    struct program p = {.shared = shared, .plans = plans, .slots = slots, .arena = &arena, .error = error};
    vg_status status = build(&p);
    Clp_Simplex *model = status == VG_OK ? load(&p, &status) : NULL;
    status = status == VG_OK ? two_levels(&p, model, price, bound) : status;
    for (uint32_t r = 0; status == VG_OK && r < shared->n_resources; r++) {
        *bound += shared->weight[r] * plan_open_need(plans[r]);
        for (size_t slot = 0; slot < slots->n; slot++) {
            average[r * slots->n + slot] = plans[r]->way_arc[slot] == UINT32_MAX ? 0.0 : Clp_primalColumnSolution(model)[p.first_column[r] + (int)plans[r]->way_arc[slot]];
        }
    }
    if (model != NULL) {
        Clp_deleteModel(model);
    }
    vg_arena_release(&arena);
    return status;
}

/* ----------------------------------------------------------------- what cannot be */

static vg_status can_be(const struct program *p, Clp_Simplex *model, bool *can)
{
    Clp_chgRowLower(model, p->row_lower);
    Clp_chgRowUpper(model, p->row_upper);
    (void)Clp_dual(model, 0);
    *can = Clp_status(model) == 0;
    return *can || Clp_status(model) == 1 ? VG_OK : vg_fail(p->error, VG_SYSTEM_ERROR, "what cannot be together could not be found (CLP's status %d)", Clp_status(model));
}

/* Rows first to before end, one by one: those that the rest cannot be without either are free from then on, and not in `kept`. */
static vg_status filter(struct program *p, Clp_Simplex *model, int first, size_t n, bool *kept)
{
    vg_status status = VG_OK;
    for (size_t k = 0; status == VG_OK && k < n; k++) {
        const size_t row = (size_t)first + k;
        const double lower = p->row_lower[row], upper = p->row_upper[row];
        p->row_lower[row] = -largest;
        p->row_upper[row] = largest;
        status = can_be(p, model, &kept[k]);
        if (kept[k]) {
            p->row_lower[row] = lower;
            p->row_upper[row] = upper;
        }
    }
    return status;
}

static vg_status find_conflict(struct program *p, size_t *musts, size_t *n_musts, uint32_t *limits, size_t *n_limits)
{
    const size_t n = p->shared->n_limits;
    bool can = true, *kept = VG_ARENA_ARRAY(p->arena, bool, p->n_musts + n + 1);
    vg_status status = kept == NULL ? vg_fail_memory(p->error, p->n_musts) : build(p);
    Clp_Simplex *model = NULL;
    if (status == VG_OK) {
        memset(p->objective, 0, (size_t)p->n_columns * sizeof *p->objective);
        model = load(p, &status);
    }
    status = status == VG_OK ? can_be(p, model, &can) : status;
    if (status == VG_OK && !can) {
        status = filter(p, model, p->limit_row, n, kept + p->n_musts);
        status = status == VG_OK ? filter(p, model, p->must_row, p->n_musts, kept) : status;
        for (size_t k = 0; status == VG_OK && k < p->n_musts; k++) {
            musts[*n_musts] = p->must[k];
            *n_musts += kept[k];
        }
        for (size_t k = 0; status == VG_OK && k < n; k++) {
            limits[*n_limits] = (uint32_t)k;
            *n_limits += kept[p->n_musts + k];
        }
    }
    if (model != NULL) {
        Clp_deleteModel(model);
    }
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
    struct program p = {.shared = shared, .plans = plans, .slots = &slots, .arena = &arena, .error = error, .must = VG_ARENA_ARRAY(&arena, size_t, cells * shared->n_resources + 1),
                        .must_of = VG_ARENA_ARRAY(&arena, uint32_t, cells * shared->n_resources + 1)};
    vg_status status = arena.failed ? vg_fail_memory(error, cells * 12) : plan_index_slots(shared, &arena, &slots, error);
    uint64_t arcs = 0;
    *n_musts = *n_limits = 0;
    for (uint32_t r = 0; status == VG_OK && r < shared->n_resources; r++) {
        without[r] = shared->resources[r];
        without[r].must = NULL;
        status = vg_plan_create(shared->problem, &without[r], &arena, &plans[r], error);
        arcs += status == VG_OK ? plans[r]->n_arcs : 0;
        for (size_t cell = 0; status == VG_OK && shared->resources[r].must != NULL && cell < cells; cell++) {
            if (shared->resources[r].must[cell] > plans[r]->cell_least[cell]) {
                p.must[p.n_musts++] = r * cells + cell;
                p.must_of[r * cells + cell] = (uint32_t)p.n_musts;
            }
        }
    }
    if (status == VG_OK && arcs > ARCS_MOST) {
        status = vg_fail(error, VG_USAGE_ERROR, "what must be is held against limits that resources share for up to %u arcs; these plans have %llu", ARCS_MOST, (unsigned long long)arcs);
    }
    status = status == VG_OK && p.n_musts > 0 ? find_conflict(&p, musts, n_musts, limits, n_limits) : status;
    vg_arena_release(&arena);
    return status;
}
