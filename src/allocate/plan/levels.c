/*
 * The linear program of plans, level by level: first the worst coverage, of the resource whose worst is least, then of the next (no resource is kept low by another that cannot be helped); then, that kept less the slack, expected
 * unmet need and its tail, each resource by its weight; then transport, that kept: what the prices of the second level say is at a bound stays there. The program stays open for changes, from the basis of the level that they touch.
 */
#include "allocate/plan/program.h"

#include <math.h>
#include <string.h>

#define PRICED 1e-6      /* a price that is none is below */
#define MOVES_AT_ALL 1e-3 /* what a unit counts beside what its way costs */

#define SLIP_FIRST 1e-7
#define SLIP_MOST 1e-5

enum method { BY_PRIMAL, BY_DUAL };

static vg_status optimise(struct plan_program *p, enum method method, const char *what, double *value)
{
    Clp_chgObjCoefficients(p->model, p->objective);
    Clp_chgColumnLower(p->model, p->now);
    Clp_chgColumnUpper(p->model, p->now_upper);
    Clp_chgRowLower(p->model, p->row_now);
    Clp_chgRowUpper(p->model, p->row_now_upper);
    (void)(method == BY_DUAL ? Clp_dual(p->model, 0) : Clp_primal(p->model, 0));
    const int status = Clp_status(p->model);
    *value = Clp_objectiveValue(p->model);
    return status == 0 ? VG_OK
        : status == 1  ? vg_fail(p->error, VG_DATA_ERROR, "no plan keeps to all rules and limits (%s)", what)
        : status == 3  ? vg_fail(p->error, VG_SYSTEM_ERROR, "the linear program of %s did not end in time", what)
                       : vg_fail(p->error, VG_SYSTEM_ERROR, "the linear program of %s could not be solved (CLP's status %d)", what, status);
}

/* Bounds as the question has them; the objective that of unmet need. */
static void reset(struct plan_program *p)
{
    memcpy(p->now, p->lower, (size_t)p->n_columns * sizeof *p->now);
    memcpy(p->now_upper, p->upper, (size_t)p->n_columns * sizeof *p->now);
    memcpy(p->row_now, p->row_lower, (size_t)p->n_rows * sizeof *p->now);
    memcpy(p->row_now_upper, p->row_upper, (size_t)p->n_rows * sizeof *p->now);
    memcpy(p->objective, p->unmet, (size_t)p->n_columns * sizeof *p->now);
}

static void keep_basis(const struct plan_program *p, unsigned char *basis)
{
    memcpy(basis, Clp_statusArray(p->model), (size_t)(p->n_columns + p->n_rows));
}

static bool is_needed(const struct vg_plan *plan)
{
    bool needed = false;
    for (uint32_t site = 0; site < plan->problem->n_sites; site++) {
        needed = needed || plan->needed[site] > 0.0;
    }
    return needed;
}

/* worst[resources]: NaN where nothing is needed. */
static vg_status raise_worst(struct plan_program *p, enum method method, double *worst)
{
    const uint32_t n = p->shared->n_resources;
    uint32_t open = 0;
    vg_status status = VG_OK;
    memset(p->objective, 0, (size_t)p->n_columns * sizeof *p->objective);
    p->objective[p->least_column] = -1.0;
    for (uint32_t r = 0; r < n; r++) {
        const bool asked = is_needed(p->plans[r]);
        worst[r] = NAN;
        p->row_now[p->least_row + (int)r] = asked ? 0.0 : -program_infinity();
        open += asked;
    }
    for (bool first = true; status == VG_OK && open > 0; first = false) {
        double value = 0.0;
        status = optimise(p, first ? method : BY_PRIMAL, "the worst-served place", &value);
        if (status == VG_OK && first) {
            keep_basis(p, p->first_basis);
        }
        const double *price = Clp_dualRowSolution(p->model);
        bool priced = false;
        for (uint32_t r = 0; r < n; r++) {
            priced = priced || fabs(price[p->least_row + (int)r]) > PRICED;
        }
        for (uint32_t r = 0; status == VG_OK && r < n; r++) {
            if (p->row_now[p->least_row + (int)r] < 0.0 || (priced && fabs(price[p->least_row + (int)r]) <= PRICED)) {
                continue;
            }
            worst[r] = -value;
            p->now[p->worst_column + (int)r] = fmax(0.0, -value - PROGRAM_TOLERANCE);
            p->row_now[p->least_row + (int)r] = -program_infinity();
            open--;
        }
    }
    for (uint32_t r = 0; r < n; r++) { /* what of it is kept */
        p->now[p->worst_column + (int)r] = isnan(worst[r]) ? 0.0 : fmax(0.0, worst[r] * (1.0 - p->shared->problem->fairness_slack) - PROGRAM_TOLERANCE);
    }
    memcpy(p->objective, p->unmet, (size_t)p->n_columns * sizeof *p->objective);
    return status;
}

/* Of the second level's prices: what makes them stays as it is. */
static void hold_face(struct plan_program *p)
{
    const double *column = Clp_dualColumnSolution(p->model), *row = Clp_dualRowSolution(p->model), *activity = Clp_primalRowSolution(p->model), *amount = Clp_primalColumnSolution(p->model);
    for (int k = 0; k < p->n_columns; k++) {
        if (column[k] < -PRICED && p->now_upper[k] < program_infinity()) {
            p->now[k] = p->now_upper[k];
        } else if (column[k] > PRICED) {
            p->now_upper[k] = fmax(p->now[k], fmin(amount[k], p->now_upper[k]));
        }
    }
    for (int k = p->limit_row; k < p->n_rows; k++) { /* nodes' rows are held anyway */
        const double slip = PROGRAM_TOLERANCE * (1.0 + fabs(activity[k]));
        p->row_now[k] = row[k] < -PRICED ? fmax(p->row_now[k], activity[k] - slip) : p->row_now[k];
        p->row_now_upper[k] = row[k] > PRICED ? fmin(p->row_now_upper[k], activity[k] + slip) : p->row_now_upper[k];
    }
}

static vg_status least_transport(struct plan_program *p)
{
    const struct vg_plan_problem *problem = p->shared->problem;
    double value = 0.0;
    hold_face(p);
    memset(p->objective, 0, (size_t)p->n_columns * sizeof *p->objective);
    for (uint32_t r = 0; r < p->shared->n_resources; r++) {
        for (size_t slot = 0; slot < p->slots->n; slot++) {
            if (p->plans[r]->way_arc[slot] != UINT32_MAX) {
                p->objective[p->first_column[r] + (int)p->plans[r]->way_arc[slot]] = problem->ways[slot % problem->n_ways].cost + MOVES_AT_ALL;
            }
        }
    }
    return optimise(p, BY_PRIMAL, "transport", &value);
}

/* ---------------------------------------------------------------------- reading */

static void read_prices(const struct plan_program *p, struct plan_parts *parts)
{
    const struct vg_plan_problem *problem = p->shared->problem;
    const double *price = Clp_dualRowSolution(p->model);
    for (uint32_t k = 0; k < p->shared->n_limits; k++) { /* of the whole limit, as the decomposition has them */
        parts->price[k] = fmax(0.0, -price[p->limit_row + (int)k]) * p->shared->limits[k].most;
    }
    for (uint32_t r = 0; r < p->shared->n_resources; r++) {
        for (uint32_t site = 0; site < problem->n_sites; site++) {
            const double needed = p->plans[r]->needed[site];
            parts->site_price[(size_t)r * problem->n_sites + site] = program_fairest(p) && needed > 0.0 ? fmax(0.0, price[p->coverage_row + (int)(r * problem->n_sites + site)]) / needed / p->shared->weight[r] : 0.0;
        }
    }
    for (uint32_t path = 0; path < problem->n_paths; path++) {
        parts->path_weight[path] = (1.0 - problem->tail_weight) * problem->path_probability[path] + (problem->tail_weight > 0.0 ? fmax(0.0, price[p->path_row + (int)path]) : 0.0);
    }
}

static void read_amounts(const struct plan_program *p, struct plan_parts *parts)
{
    const double *all = Clp_primalColumnSolution(p->model);
    for (uint32_t r = 0; r < p->shared->n_resources; r++) {
        const struct vg_plan *plan = p->plans[r];
        const double *amount = all + p->first_column[r];
        for (uint32_t cell = 0; cell < plan->n_cells; cell++) {
            double *held = &parts->held[(size_t)r * plan->n_cells + cell];
            *held = (double)plan->cell_least[cell];
            for (uint32_t arc = plan->cell_arc[cell]; arc + (plan->resource->reusable ? 0 : 1) < plan->cell_arc[cell + 1]; arc++) {
                *held += amount[arc];
            }
        }
        for (size_t slot = 0; slot < p->slots->n; slot++) {
            parts->average[r * p->slots->n + slot] = plan->way_arc[slot] == UINT32_MAX ? 0.0 : amount[plan->way_arc[slot]];
        }
    }
}

vg_status plan_parts_make(const struct vg_plan_shared *shared, size_t slots, struct vg_arena *arena, struct plan_parts *parts, struct vg_error *error)
{
    const struct vg_plan_problem *problem = shared->problem;
    const size_t n = shared->n_resources, sites = problem->n_sites;
    *parts = (struct plan_parts){VG_ARENA_ARRAY(arena, double, n), NAN, VG_ARENA_ARRAY(arena, double, shared->n_limits + 1), VG_ARENA_ARRAY(arena, double, n * sites), VG_ARENA_ARRAY(arena, double, problem->n_paths),
                                 VG_ARENA_ARRAY(arena, double, n * slots + 1), VG_ARENA_ARRAY(arena, double, n * sites * problem->n_periods)};
    return arena->failed ? vg_fail_memory(error, n * slots * sizeof(double)) : VG_OK;
}

/* ------------------------------------------------------------------------ solving */

vg_status program_two_levels(struct plan_program *p, bool again, double *worst, double *objective)
{
    double value = 0.0;
    vg_status status = VG_OK;
    reset(p);
    if (again) {
        Clp_copyinStatus(p->model, program_fairest(p) ? p->first_basis : p->last_basis);
    }
    status = program_fairest(p) ? raise_worst(p, again ? BY_DUAL : BY_PRIMAL, worst) : VG_OK;
    const enum method method = again && !program_fairest(p) ? BY_DUAL : BY_PRIMAL;
    status = status == VG_OK ? optimise(p, method, "unmet need", &value) : status;
    for (double slip = SLIP_FIRST; status == VG_DATA_ERROR && program_fairest(p) && slip <= SLIP_MOST; slip *= 10.0) { /* what the first level reached within CLP's tolerance */
        for (uint32_t r = 0; r < p->shared->n_resources; r++) {
            p->now[p->worst_column + (int)r] = fmax(0.0, p->now[p->worst_column + (int)r] - slip);
        }
        status = optimise(p, method, "unmet need", &value);
    }
    *objective = value + p->constant;
    if (status == VG_OK && !again) {
        p->kept = true;
        keep_basis(p, p->last_basis);
        memcpy(p->kept_worst, p->now + p->worst_column, program_fairest(p) ? p->shared->n_resources * sizeof *p->kept_worst : 0);
    }
    return status;
}

vg_status program_second_level(struct plan_program *p, bool *can, double *objective)
{
    double value = 0.0;
    reset(p);
    memcpy(p->now + p->worst_column, p->kept_worst, program_fairest(p) ? p->shared->n_resources * sizeof *p->kept_worst : 0);
    Clp_copyinStatus(p->model, p->last_basis);
    const vg_status status = optimise(p, BY_DUAL, "unmet need", &value);
    *objective = value + p->constant;
    *can = status == VG_OK;
    return status == VG_DATA_ERROR ? VG_OK : status;
}

vg_status plan_solve_parts(const struct vg_plan_shared *shared, struct vg_plan *const *plans, const struct plan_slots *slots, struct plan_parts *parts, struct vg_error *error)
{
    struct vg_arena arena;
    vg_arena_init(&arena, 0);
    struct plan_program p = {.shared = shared, .plans = plans, .slots = slots, .arena = &arena, .error = error};
    vg_status status = program_open(&p);
    status = status == VG_OK ? program_two_levels(&p, false, parts->worst, &parts->objective) : status;
    if (status == VG_OK) {
        read_prices(&p, parts);
        read_amounts(&p, parts);
        status = least_transport(&p);
    }
    if (status == VG_OK) {
        read_amounts(&p, parts);
    } else if (status == VG_DATA_ERROR && p.kept) { /* rounding in a large program: then what moves in vain is left to the flows that make units whole */
        status = VG_OK;
    }
    program_close(&p);
    vg_arena_release(&arena);
    return status;
}
