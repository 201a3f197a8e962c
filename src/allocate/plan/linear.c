/*
 * Rows and columns of the linear program of plans (program.h): the same arcs as the flows, a unit of a step giving to the coverage of its site and to the paths that it serves. CLP begins from a tree of the flows: the best without
 * rules, or, where there are limits, that of nothing moved, which keeps to all of them. Either saves most of its steps.
 */
#include "allocate/plan/program.h"

#include <math.h>
#include <string.h>

#define SECONDS_MOST 600.0

double plan_step_chance(const struct vg_plan *plan, uint32_t cell, uint32_t arc)
{
    const uint32_t paths = plan->problem->n_paths;
    double chance = 0.0;
    for (uint32_t rank = plan->arc_rank[arc]; rank < paths; rank++) {
        chance += plan->problem->path_probability[plan->cell_order[(size_t)cell * paths + rank]];
    }
    return chance;
}

/* --------------------------------------------------------------------- columns */

static void add(struct plan_program *p, int row, double value)
{
    p->rows[p->filled] = row;
    p->values[p->filled++] = value;
}

static void begin_column(struct plan_program *p, int column, double upper)
{
    p->starts[column] = p->filled;
    p->upper[column] = upper;
}

static void begin_arc(struct plan_program *p, uint32_t r, uint32_t arc)
{
    const struct plan_arcs *arcs = &p->arcs[r];
    const struct plan_bundled *of = &p->bundled[r];
    begin_column(p, p->first_column[r] + (int)arc, plan_is_served(of) && p->plans[r]->arc_rank[arc] == p->plans[r]->problem->n_paths ? 0.0 : arcs->capacity[arc] >= VG_FLOW_UNBOUNDED ? program_infinity() : (double)arcs->capacity[arc]);
    if (plan_is_served(of)) { /* it is nowhere by itself */
        for (uint32_t m = 0; m < of->bundle->n_members; m++) {
            add(p, p->bundle_row + (int)(of->first_row + m * p->plans[r]->n_cells + arcs->source[arc]), 1.0);
        }
        return;
    }
    if (plan_is_member(of) && arc < p->plans[r]->first_way_arc) {
        add(p, p->bundle_row + (int)(of->first_row + arcs->source[arc]), -(double)of->bundle->serves[of->member]);
    }
    add(p, p->first_row[r] + (int)arcs->source[arc], 1.0);
    if (arcs->target[arc] != p->plans[r]->end) { /* the last node's row follows from the others */
        add(p, p->first_row[r] + (int)arcs->target[arc], -1.0);
    }
}

static uint32_t must_at(const struct plan_program *p, uint32_t r, uint32_t cell)
{
    return p->must_of == NULL ? 0 : p->must_of[(size_t)r * p->plans[r]->n_cells + cell];
}

static void fill_step(struct plan_program *p, uint32_t r, uint32_t cell, uint32_t arc)
{
    const struct vg_plan *plan = p->plans[r];
    const struct vg_plan_problem *problem = plan->problem;
    const uint32_t site = cell % problem->n_sites, paths = problem->n_paths;
    const double chance = plan_step_chance(plan, cell, arc), weight = p->shared->weight[r];
    begin_arc(p, r, arc);
    if (must_at(p, r, cell) > 0 && (plan->resource->reusable || arc + 1 < plan->cell_arc[cell + 1])) {
        add(p, p->must_row + (int)must_at(p, r, cell) - 1, 1.0);
    }
    p->unmet[p->first_column[r] + (int)arc] = -weight * (1.0 - problem->tail_weight) * chance;
    if (chance > 0.0 && program_fairest(p)) {
        add(p, p->coverage_row + (int)(r * problem->n_sites + site), chance / plan->needed[site]);
    }
    for (uint32_t rank = plan->arc_rank[arc]; problem->tail_weight > 0.0 && rank < paths; rank++) {
        add(p, p->path_row + plan->cell_order[(size_t)cell * paths + rank], weight);
    }
}

static void fill_resource(struct plan_program *p, uint32_t r)
{
    const struct vg_plan *plan = p->plans[r];
    const size_t n_ways = p->shared->problem->n_ways;
    for (uint32_t cell = 0; cell < plan->n_cells; cell++) {
        for (uint32_t arc = plan->cell_arc[cell]; arc < plan->cell_arc[cell + 1]; arc++) {
            fill_step(p, r, cell, arc);
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
    const struct plan_bundled *of = &p->bundled[r];
    for (uint32_t cell = 0; cell < plan->n_cells; cell++) {
        p->row_lower[p->first_row[r] + (int)cell] = p->row_upper[p->first_row[r] + (int)cell] = plan_is_served(of) ? 0.0 : (double)p->arcs[r].supply[cell];
        if (plan_is_member(of)) {
            p->row_lower[p->bundle_row + (int)(of->first_row + cell)] = -program_infinity();
            p->row_upper[p->bundle_row + (int)(of->first_row + cell)] = (double)(plan->cell_least[cell] * of->bundle->serves[of->member]);
        }
    }
}

/* Of consumables more may have to be taken than anyone needs. */
static void fill_musts(struct plan_program *p)
{
    for (size_t k = 0; k < p->n_musts; k++) {
        const uint32_t cells = p->plans[0]->n_cells, r = (uint32_t)(p->must[k] / cells), cell = (uint32_t)(p->must[k] % cells);
        const int row = p->must_row + (int)k;
        begin_column(p, p->must_column + (int)k, p->plans[r]->resource->reusable ? 0.0 : program_infinity());
        add(p, p->first_row[r] + (int)cell, 1.0);
        add(p, row, 1.0);
        p->row_lower[row] = (double)(p->shared->resources[r].must[cell] - p->plans[r]->cell_least[cell]);
        p->row_upper[row] = program_infinity();
    }
}

/* The worst coverage of each resource, and the worst of these. */
static void fill_worst(struct plan_program *p)
{
    const uint32_t n = p->shared->n_resources, sites = p->shared->problem->n_sites;
    for (uint32_t r = 0; r < n; r++) {
        begin_column(p, p->worst_column + (int)r, 1.0);
        for (uint32_t site = 0; site < sites; site++) {
            if (p->plans[r]->needed[site] > 0.0) {
                add(p, p->coverage_row + (int)(r * sites + site), -1.0);
            }
        }
        add(p, p->least_row + (int)r, 1.0);
    }
    begin_column(p, p->least_column, 1.0);
    for (uint32_t r = 0; r < n; r++) {
        add(p, p->least_row + (int)r, -1.0);
        p->row_lower[p->least_row + (int)r] = -program_infinity(); /* levels.c asks for it */
        p->row_upper[p->least_row + (int)r] = program_infinity();
    }
}

static void fill_tail(struct plan_program *p)
{
    const struct vg_plan_problem *problem = p->shared->problem;
    begin_column(p, p->risk_column, program_infinity());
    p->unmet[p->risk_column] = problem->tail_weight;
    for (uint32_t path = 0; path < problem->n_paths; path++) {
        add(p, p->path_row + (int)path, 1.0);
    }
    for (uint32_t path = 0; path < problem->n_paths; path++) {
        begin_column(p, p->excess_column + (int)path, program_infinity());
        p->unmet[p->excess_column + (int)path] = problem->tail_weight * problem->path_probability[path] / (1.0 - problem->tail);
        add(p, p->path_row + (int)path, 1.0);
    }
}

/* ------------------------------------------------------------------------ rows */

/* What is met whatever the flow says counts for coverage and paths, too. */
static void fill_rules(struct plan_program *p, uint32_t r)
{
    const struct vg_plan *plan = p->plans[r];
    const struct vg_plan_problem *problem = plan->problem;
    const double weight = p->shared->weight[r];
    for (uint32_t site = 0; program_fairest(p) && site < problem->n_sites; site++) {
        const int row = p->coverage_row + (int)(r * problem->n_sites + site);
        p->row_upper[row] = program_infinity();
    }
    for (uint32_t path = 0; path < problem->n_paths; path++) {
        const int64_t *demand = plan->resource->demand + (size_t)path * plan->n_cells;
        double open = 0.0;
        for (uint32_t cell = 0; cell < plan->n_cells; cell++) {
            const int64_t least = plan->cell_least[cell] < demand[cell] ? plan->cell_least[cell] : demand[cell];
            const uint32_t site = cell % problem->n_sites;
            open += (double)(demand[cell] - least);
            if (program_fairest(p) && plan->needed[site] > 0.0) {
                p->row_lower[p->coverage_row + (int)(r * problem->n_sites + site)] -= problem->path_probability[path] * (double)least / plan->needed[site];
            }
        }
        p->constant += weight * (1.0 - problem->tail_weight) * problem->path_probability[path] * open;
        if (problem->tail_weight > 0.0) {
            p->row_lower[p->path_row + (int)path] += weight * open;
            p->row_upper[p->path_row + (int)path] = program_infinity();
        }
    }
}

static vg_status lay_out(struct plan_program *p, size_t *entries)
{
    const struct vg_plan_shared *shared = p->shared;
    const struct vg_plan_problem *problem = shared->problem;
    const uint32_t n = shared->n_resources;
    const bool tail = problem->tail_weight > 0.0;
    struct plan_bundled *bundled = NULL;
    uint32_t n_members = 0;
    p->arcs = VG_ARENA_ARRAY(p->arena, struct plan_arcs, n);
    p->first_column = VG_ARENA_ARRAY(p->arena, int, (size_t)n + 1);
    p->first_row = VG_ARENA_ARRAY(p->arena, int, (size_t)n + 1);
    vg_status status = p->arena->failed ? vg_fail_memory(p->error, n) : VG_OK;
    status = status == VG_OK ? plan_index_bundles(shared, p->arena, &bundled, p->error) : status;
    p->bundled = bundled;
    for (uint32_t k = 0; k < shared->n_bundles; k++) {
        n_members += shared->bundles[k].n_members;
    }
    *entries = 2 * p->n_musts + (size_t)n * (problem->n_sites + 2) + 2 * (size_t)problem->n_paths + 1;
    for (uint32_t r = 0; status == VG_OK && r < n; r++) {
        const struct vg_plan *plan = p->plans[r];
        p->first_column[r + 1] = p->first_column[r] + (int)plan->n_arcs;
        p->first_row[r + 1] = p->first_row[r] + (int)plan->n_cells;
        *entries += (plan_is_served(&p->bundled[r]) ? 3 + (size_t)p->bundled[r].bundle->n_members : 5) * (size_t)plan->n_arcs + p->slots->first[p->slots->n] + (tail ? (size_t)plan->first_way_arc * problem->n_paths : 0);
        status = plan_make_arcs(p->plans[r], p->arena, &p->arcs[r], p->error);
    }
    p->limit_row = p->first_row[n];
    p->coverage_row = p->limit_row + (int)shared->n_limits;
    p->least_row = p->coverage_row + (problem->fairest ? (int)(n * problem->n_sites) : 0);
    p->path_row = p->least_row + (problem->fairest ? (int)n : 0);
    p->must_row = p->path_row + (tail ? (int)problem->n_paths : 0);
    p->bundle_row = p->must_row + (int)p->n_musts;
    p->n_rows = p->bundle_row + (int)n_members * (int)p->plans[0]->n_cells;
    p->worst_column = p->first_column[n];
    p->least_column = p->worst_column + (problem->fairest ? (int)n : 0);
    p->risk_column = p->least_column + (problem->fairest ? 1 : 0);
    p->excess_column = p->risk_column + (tail ? 1 : 0);
    p->must_column = p->excess_column + (tail ? (int)problem->n_paths : 0);
    p->n_columns = p->must_column + (int)p->n_musts;
    return status;
}

/* --------------------------------------------------------------------- the basis */

static uint32_t find_part(uint32_t *part, uint32_t node)
{
    while (part[node] != node) {
        part[node] = part[part[node]];
        node = part[node];
    }
    return node;
}

enum { BASIC = 1, AT_UPPER = 2, AT_LOWER = 3 }; /* CLP's */

/* The flow's tree; a node's row joins the basis where the tree comes in parts. */
static vg_status take_tree(const struct plan_program *p, uint32_t r, struct vg_arena *scratch, unsigned char *basis)
{
    struct vg_plan *plan = p->plans[r];
    const uint32_t nodes = plan->n_cells + 1;
    int8_t *state = VG_ARENA_ARRAY(scratch, int8_t, plan->n_arcs);
    uint32_t *part = VG_ARENA_ARRAY(scratch, uint32_t, nodes);
    if (scratch->failed) {
        return vg_fail_memory(p->error, plan->n_arcs);
    }
    vg_status status = VG_OK;
    if (p->shared->n_limits == 0 && p->shared->n_bundles == 0) {
        plan_set_costs(plan);
        status = vg_flow_set_costs(plan->flow, plan->cost, p->error);
        status = status == VG_OK ? plan_run(plan, NULL, p->error) : status;
    }
    if (status != VG_OK || !vg_flow_basis(plan->flow, state)) {
        return status;
    }
    for (uint32_t node = 0; node < nodes; node++) {
        part[node] = node;
    }
    for (uint32_t arc = 0; arc < plan->n_arcs; arc++) {
        basis[p->first_column[r] + (int)arc] = state[arc] == 0 ? BASIC : state[arc] < 0 ? AT_UPPER : AT_LOWER;
        if (state[arc] == 0) {
            part[find_part(part, p->arcs[r].source[arc])] = find_part(part, p->arcs[r].target[arc]);
        }
    }
    for (uint32_t node = 0; node < plan->n_cells; node++) {
        const uint32_t here = find_part(part, node);
        const bool apart = here != find_part(part, plan->end);
        basis[p->n_columns + p->first_row[r] + (int)node] = apart ? BASIC : AT_UPPER;
        if (apart) {
            part[here] = plan->end;
        }
    }
    return VG_OK;
}

static vg_status begin_from_flows(struct plan_program *p)
{
    struct vg_arena scratch;
    unsigned char *basis = p->first_basis;
    memset(basis, AT_LOWER, (size_t)p->n_columns);
    memset(basis + p->n_columns, BASIC, (size_t)p->n_rows);
    vg_arena_init(&scratch, 0);
    vg_status status = VG_OK;
    for (uint32_t r = 0; status == VG_OK && r < p->shared->n_resources; r++) {
        status = plan_is_served(&p->bundled[r]) ? VG_OK : take_tree(p, r, &scratch, basis);
    }
    vg_arena_release(&scratch);
    if (status == VG_OK) {
        Clp_copyinStatus(p->model, basis);
    }
    return status;
}

/* -------------------------------------------------------------------- all of it */

vg_status program_open(struct plan_program *p)
{
    const struct vg_plan_shared *shared = p->shared;
    size_t entries = 0;
    vg_status status = lay_out(p, &entries);
    const size_t columns = (size_t)p->n_columns, rows = (size_t)p->n_rows;
    p->starts = VG_ARENA_ARRAY(p->arena, CoinBigIndex, columns + 1);
    p->rows = VG_ARENA_ARRAY(p->arena, int, entries);
    p->values = VG_ARENA_ARRAY(p->arena, double, entries);
    double **of_columns[] = {&p->lower, &p->upper, &p->now, &p->now_upper, &p->unmet, &p->objective}, **of_rows[] = {&p->row_lower, &p->row_upper, &p->row_now, &p->row_now_upper};
    for (size_t k = 0; k < sizeof of_columns / sizeof *of_columns; k++) {
        *of_columns[k] = VG_ARENA_ARRAY(p->arena, double, columns);
    }
    for (size_t k = 0; k < sizeof of_rows / sizeof *of_rows; k++) {
        *of_rows[k] = VG_ARENA_ARRAY(p->arena, double, rows);
    }
    p->kept_worst = VG_ARENA_ARRAY(p->arena, double, shared->n_resources);
    p->first_basis = VG_ARENA_ARRAY(p->arena, unsigned char, columns + rows);
    p->last_basis = VG_ARENA_ARRAY(p->arena, unsigned char, columns + rows);
    if (status != VG_OK || p->arena->failed) {
        return status != VG_OK ? status : vg_fail_memory(p->error, entries * 12);
    }
    for (uint32_t r = 0; r < shared->n_resources; r++) {
        fill_resource(p, r);
        fill_rules(p, r);
    }
    if (program_fairest(p)) {
        fill_worst(p);
    }
    if (shared->problem->tail_weight > 0.0) {
        fill_tail(p);
    }
    fill_musts(p);
    p->starts[p->n_columns] = p->filled;
    for (uint32_t k = 0; k < shared->n_limits; k++) {
        p->row_lower[p->limit_row + (int)k] = -program_infinity();
        p->row_upper[p->limit_row + (int)k] = shared->limits[k].most;
    }
    p->model = Clp_newModel();
    if (p->model == NULL) {
        return vg_fail_memory(p->error, 0);
    }
    Clp_setLogLevel(p->model, 0);
    Clp_setMaximumSeconds(p->model, SECONDS_MOST);
    Clp_loadProblem(p->model, p->n_columns, p->n_rows, p->starts, p->rows, p->values, p->lower, p->upper, p->unmet, p->row_lower, p->row_upper);
    return p->n_musts == 0 ? begin_from_flows(p) : VG_OK;
}

void program_close(struct plan_program *p)
{
    if (p->model != NULL) {
        Clp_deleteModel(p->model);
        p->model = NULL;
    }
}
