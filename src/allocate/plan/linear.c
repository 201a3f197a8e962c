/*
 * The rules that are no flows, as linear programs solved by CLP: the coverage of the worst-served site is made largest; then expected unmet need and its tail smallest, that coverage (less
 * the slack) kept; then transport, that keeping both. The same arcs as the flow, with a row for each site's coverage and for each path's unmet need. What comes out is in parts of units;
 * since the flow's rows are those of a network, there is a plan in whole units that holds at least the whole part of each figure (solve.c finds it).
 */
#include "allocate/plan/internal.h"

#include <coin/Clp_C_Interface.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TOLERANCE 1e-9
#define SECONDS_MOST 600.0

struct program {
    const struct vg_plan *plan;
    int n_columns, n_rows;
    int coverage_row, tail_row, value_row; /* first of each kind; rows of nodes come first */
    int worst, value_at_risk, excess;      /* columns behind the arcs */
    CoinBigIndex *starts;
    int *rows, filled;
    double *values, *lower, *upper, *objective, *row_lower, *row_upper;
};

static const double largest = DBL_MAX; /* CLP's infinity */

double plan_step_chance(const struct vg_plan *plan, uint32_t cell, uint32_t arc)
{
    const uint32_t paths = plan->problem->n_paths;
    double chance = 0.0;
    for (uint32_t rank = plan->arc_rank[arc]; rank < paths; rank++) {
        chance += plan->problem->path_probability[plan->cell_order[(size_t)cell * paths + rank]];
    }
    return chance;
}

static void add(struct program *p, int row, double value)
{
    p->rows[p->filled] = row;
    p->values[p->filled++] = value;
}

static void begin_column(struct program *p, int column, double lower, double upper)
{
    p->starts[column] = p->filled;
    p->lower[column] = lower;
    p->upper[column] = upper;
}

/* What a unit of a step gives to coverage, to the paths that it serves, and to the weighted need. */
static void add_step(struct program *p, uint32_t cell, uint32_t arc)
{
    const struct vg_plan *plan = p->plan;
    const uint32_t site = cell % plan->problem->n_sites, paths = plan->problem->n_paths;
    const double chance = plan_step_chance(plan, cell, arc);
    if (chance <= 0.0) {
        return;
    }
    add(p, p->coverage_row + (int)site, chance / plan->needed[site]);
    for (uint32_t rank = plan->arc_rank[arc]; rank < paths; rank++) {
        add(p, p->tail_row + plan->cell_order[(size_t)cell * paths + rank], 1.0);
    }
    add(p, p->value_row, -(1.0 - plan->problem->tail_weight) * chance);
}

static void fill_columns(struct program *p, const struct plan_arcs *arcs)
{
    const struct vg_plan *plan = p->plan;
    const struct vg_plan_problem *problem = plan->problem;
    uint32_t cell = 0;
    for (uint32_t arc = 0; arc < plan->n_arcs; arc++) {
        begin_column(p, (int)arc, 0.0, arcs->capacity[arc] >= VG_FLOW_UNBOUNDED ? largest : (double)arcs->capacity[arc]);
        add(p, (int)arcs->source[arc], 1.0);
        if (arcs->target[arc] != plan->end) { /* the last node's row follows from the others */
            add(p, (int)arcs->target[arc], -1.0);
        }
        if (arc < plan->first_way_arc) {
            while (arc >= plan->cell_arc[cell + 1]) {
                cell++;
            }
            add_step(p, cell, arc);
        }
    }
    begin_column(p, p->worst, 0.0, 1.0);
    for (uint32_t site = 0; site < problem->n_sites; site++) {
        if (plan->needed[site] > 0.0) {
            add(p, p->coverage_row + (int)site, -1.0);
        }
    }
    begin_column(p, p->value_at_risk, 0.0, largest);
    for (uint32_t path = 0; path < problem->n_paths; path++) {
        add(p, p->tail_row + (int)path, 1.0);
    }
    add(p, p->value_row, problem->tail_weight);
    for (uint32_t path = 0; path < problem->n_paths; path++) {
        begin_column(p, p->excess + (int)path, 0.0, largest);
        add(p, p->tail_row + (int)path, 1.0);
        add(p, p->value_row, problem->tail_weight * problem->path_probability[path] / (1.0 - problem->tail));
    }
    p->starts[p->n_columns] = p->filled;
}

/* Returns what of the weighted need no plan touches: the constant of its row. */
static double fill_rows(struct program *p, const struct plan_arcs *arcs)
{
    const struct vg_plan *plan = p->plan;
    const struct vg_plan_problem *problem = plan->problem;
    double constant = 0.0;
    for (uint32_t node = 0; node < plan->n_cells; node++) {
        p->row_lower[node] = p->row_upper[node] = (double)arcs->supply[node];
    }
    for (uint32_t site = 0; site < problem->n_sites; site++) {
        p->row_lower[p->coverage_row + (int)site] = 0.0;
        p->row_upper[p->coverage_row + (int)site] = largest;
    }
    for (uint32_t path = 0; path < problem->n_paths; path++) {
        const int64_t *demand = plan->resource->demand + (size_t)path * plan->n_cells;
        double open = 0.0;
        for (uint32_t cell = 0; cell < plan->n_cells; cell++) {
            const int64_t least = plan->cell_least[cell] < demand[cell] ? plan->cell_least[cell] : demand[cell];
            const uint32_t site = cell % problem->n_sites;
            open += (double)(demand[cell] - least);
            if (plan->needed[site] > 0.0) {
                p->row_lower[p->coverage_row + (int)site] -= problem->path_probability[path] * (double)least / plan->needed[site];
            }
        }
        p->row_lower[p->tail_row + (int)path] = open;
        p->row_upper[p->tail_row + (int)path] = largest;
        constant += (1.0 - problem->tail_weight) * problem->path_probability[path] * open;
    }
    p->row_lower[p->value_row] = -largest;
    p->row_upper[p->value_row] = largest;
    return constant;
}

static vg_status allocate_program(struct program *p, struct vg_plan *plan, struct vg_arena *arena, struct vg_error *error)
{
    const struct vg_plan_problem *problem = plan->problem;
    *p = (struct program){.plan = plan, .coverage_row = (int)plan->n_cells, .worst = (int)plan->n_arcs};
    p->tail_row = p->coverage_row + (int)problem->n_sites;
    p->value_row = p->tail_row + (int)problem->n_paths;
    p->n_rows = p->value_row + 1;
    p->value_at_risk = p->worst + 1;
    p->excess = p->value_at_risk + 1;
    p->n_columns = p->excess + (int)problem->n_paths;
    const size_t columns = (size_t)p->n_columns, entries = (size_t)plan->n_arcs * 4 + (size_t)plan->first_way_arc * problem->n_paths + problem->n_sites + 4 * (size_t)problem->n_paths + 4;
    p->starts = VG_ARENA_ARRAY(arena, CoinBigIndex, columns + 1);
    p->rows = VG_ARENA_ARRAY(arena, int, entries);
    p->values = VG_ARENA_ARRAY(arena, double, entries);
    p->lower = VG_ARENA_ARRAY(arena, double, columns);
    p->upper = VG_ARENA_ARRAY(arena, double, columns);
    p->objective = VG_ARENA_ARRAY(arena, double, columns);
    p->row_lower = VG_ARENA_ARRAY(arena, double, (size_t)p->n_rows);
    p->row_upper = VG_ARENA_ARRAY(arena, double, (size_t)p->n_rows);
    return arena->failed ? vg_fail_memory(error, entries * 12) : VG_OK;
}

/* The optimum of the objective as it is; CLP goes on from its last basis. */
static vg_status optimise(Clp_Simplex *model, struct program *p, const char *what, double *value, struct vg_error *error)
{
    Clp_chgObjCoefficients(model, p->objective);
    (void)Clp_primal(model, 0);
    const int status = Clp_status(model);
    *value = Clp_objectiveValue(model);
    return status == 0 ? VG_OK
        : status == 1  ? vg_fail(error, VG_DATA_ERROR, "no plan keeps to all rules (%s)", what)
        : status == 3  ? vg_fail(error, VG_SYSTEM_ERROR, "the linear program of %s did not end within %.0f s", what, SECONDS_MOST)
                       : vg_fail(error, VG_SYSTEM_ERROR, "the linear program of %s could not be solved (CLP's status %d)", what, status);
}

static vg_status three_levels(Clp_Simplex *model, struct program *p, double constant, double *worst_coverage, double *objective, struct vg_error *error)
{
    const struct vg_plan_problem *problem = p->plan->problem;
    const size_t columns = (size_t)p->n_columns;
    double value = 0.0;
    vg_status status = VG_OK;
    *worst_coverage = NAN;
    if (problem->fairest) {
        p->objective[p->worst] = -1.0;
        status = optimise(model, p, "the worst-served place", &value, error);
        if (status != VG_OK) {
            return status;
        }
        *worst_coverage = -value;
        p->lower[p->worst] = fmax(0.0, -value * (1.0 - problem->fairness_slack) - TOLERANCE);
        Clp_chgColumnLower(model, p->lower);
    }
    memset(p->objective, 0, columns * sizeof *p->objective);
    for (int entry = 0, column = 0; entry < p->filled; entry++) {
        while (entry >= p->starts[column + 1]) {
            column++;
        }
        if (p->rows[entry] == p->value_row) {
            p->objective[column] = p->values[entry];
        }
    }
    status = optimise(model, p, "unmet need", &value, error);
    if (status != VG_OK) {
        return status;
    }
    *objective = value + constant;
    p->row_upper[p->value_row] = value + TOLERANCE * fmax(1.0, fabs(value));
    Clp_chgRowUpper(model, p->row_upper);
    memset(p->objective, 0, columns * sizeof *p->objective);
    for (size_t k = 0; k < problem->n_periods * problem->n_ways; k++) {
        if (p->plan->way_arc[k] != UINT32_MAX) {
            p->objective[p->plan->way_arc[k]] = problem->ways[k % problem->n_ways].cost + 1e-6;
        }
    }
    return optimise(model, p, "transport", &value, error);
}

static void read_parts(const struct vg_plan *plan, const double *amount, double *held)
{
    for (uint32_t cell = 0; cell < plan->n_cells; cell++) {
        const uint32_t last = plan->cell_arc[cell + 1] - 1;
        held[cell] = (double)plan->cell_least[cell];
        for (uint32_t arc = plan->cell_arc[cell]; arc < last + (plan->resource->reusable ? 1 : 0); arc++) {
            held[cell] += amount[arc];
        }
    }
}

vg_status plan_linear(struct vg_plan *plan, struct vg_arena *arena, double *held, double *worst_coverage, double *objective, struct vg_error *error)
{
    if (plan->n_arcs > PLAN_LINEAR_ARCS) {
        return vg_fail(error, VG_USAGE_ERROR, "the tail of the paths is planned for up to %u arcs; this plan has %u: plan for larger regions, or without the tail",
                       PLAN_LINEAR_ARCS, plan->n_arcs);
    }
    struct program p;
    struct plan_arcs arcs;
    vg_status status = plan_make_arcs(plan, arena, &arcs, error);
    status = status == VG_OK ? allocate_program(&p, plan, arena, error) : status;
    if (status != VG_OK) {
        return status;
    }
    fill_columns(&p, &arcs);
    const double constant = fill_rows(&p, &arcs);
    Clp_Simplex *model = Clp_newModel();
    if (model == NULL) {
        return vg_fail_memory(error, 0);
    }
    Clp_setLogLevel(model, 0);
    Clp_setMaximumSeconds(model, SECONDS_MOST);
    Clp_loadProblem(model, p.n_columns, p.n_rows, p.starts, p.rows, p.values, p.lower, p.upper, p.objective, p.row_lower, p.row_upper);
    status = three_levels(model, &p, constant, worst_coverage, objective, error);
    if (status == VG_OK) {
        read_parts(plan, Clp_primalColumnSolution(model), held);
    }
    Clp_deleteModel(model);
    return status;
}
