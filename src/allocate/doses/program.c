/*
 * The linear program of a plan of doses, priority by priority, by CLP.
 */
#include "allocate/doses/internal.h"

#include <coin/Clp_C_Interface.h>
#include <float.h>
#include <math.h>
#include <string.h>

#define TOLERANCE 1e-9
#define SECONDS_MOST 300.0

static const double largest = DBL_MAX; /* CLP's infinity */

/* Columns are written one after the other, rows counted before. */
struct program {
    const struct vg_doses_problem *problem;
    struct vg_arena *arena;
    uint32_t sites, periods, classes, groups;
    int n_columns, n_rows;
    int sent, held, used, first, second, late, worst;              /* first columns of each kind */
    int balance, given, due, people, give, store, ways, ending, reserve, coverage; /* first rows */
    CoinBigIndex *starts;
    int *rows, filled, room, column;
    double *values, *lower, *upper, *objective, *row_lower, *row_upper;
    bool failed;
};

static int cell(const struct program *p, uint32_t period, uint32_t site) { return (int)(period * p->sites + site); }
static int class_cell(const struct program *p, uint32_t period, uint32_t class_, uint32_t site) { return (int)((period * p->classes + class_) * p->sites + site); }

static void add(struct program *p, int row, double value)
{
    if (p->filled == p->room) {
        p->failed = true;
        return;
    }
    p->rows[p->filled] = row;
    p->values[p->filled++] = value;
}

static void begin(struct program *p, double upper)
{
    p->starts[p->column] = p->filled;
    p->lower[p->column] = 0.0;
    p->upper[p->column++] = upper;
}

static bool lasts(const struct program *p, uint32_t class_, uint32_t period) { return p->problem->class_last[class_] >= period; }

/* A column of what may not be stays, with an upper bound of 0, so that columns are found by arithmetic. */
static void sent_columns(struct program *p)
{
    const struct vg_doses_problem *problem = p->problem;
    for (uint32_t period = 0; period < p->periods; period++) {
        for (uint32_t class_ = 0; class_ < p->classes; class_++) {
            for (size_t way = 0; way < problem->n_ways; way++) {
                const struct vg_plan_way *w = &problem->ways[way];
                const uint32_t arrives = period + w->lead_periods;
                const bool can = w->lead_periods < p->periods - period && lasts(p, class_, arrives);
                begin(p, can ? largest : 0.0);
                if (can) {
                    add(p, p->balance + class_cell(p, period, class_, w->from), -1.0);
                    add(p, p->balance + class_cell(p, arrives, class_, w->to), 1.0);
                    add(p, p->ways + (int)(period * problem->n_ways + way), 1.0);
                }
            }
        }
    }
}

static void stock_columns(struct program *p)
{
    const struct vg_doses_problem *problem = p->problem;
    for (uint32_t period = 0; period < p->periods; period++) {
        for (uint32_t class_ = 0; class_ < p->classes; class_++) {
            for (uint32_t site = 0; site < p->sites; site++) { /* held over to the next period, in which it must be good */
                const bool can = lasts(p, class_, period + 1);
                begin(p, can ? largest : 0.0);
                if (!can) {
                    continue;
                }
                add(p, p->balance + class_cell(p, period, class_, site), -1.0);
                if (period + 1 < p->periods) {
                    add(p, p->balance + class_cell(p, period + 1, class_, site), 1.0);
                }
                add(p, p->store + cell(p, period, site), 1.0);
                for (uint32_t ahead = 1; problem->two_doses && ahead <= problem->interval_periods && lasts(p, class_, period + ahead); ahead++) {
                    add(p, p->reserve + (int)(ahead - 1) * (int)(p->periods * p->sites) + cell(p, period, site), 1.0);
                }
            }
        }
    }
    for (uint32_t period = 0; period < p->periods; period++) {
        for (uint32_t class_ = 0; class_ < p->classes; class_++) {
            for (uint32_t site = 0; site < p->sites; site++) {
                begin(p, lasts(p, class_, period) ? largest : 0.0);
                add(p, p->balance + class_cell(p, period, class_, site), -1.0);
                add(p, p->given + cell(p, period, site), 1.0);
                add(p, p->give + cell(p, period, site), 1.0);
                for (uint32_t other = 0; p->problem->class_last[class_] == period && other < p->classes; other++) {
                    if (doses_counts_for(problem, class_, other)) {
                        add(p, p->ending + (int)(other * p->sites + site), 1.0);
                    }
                }
            }
        }
    }
}

static void people_columns(struct program *p)
{
    const struct vg_doses_problem *problem = p->problem;
    for (uint32_t period = 0; period < p->periods; period++) {
        for (uint32_t group = 0; group < p->groups; group++) {
            for (uint32_t site = 0; site < p->sites; site++) {
                const uint32_t due = period + problem->interval_periods;
                begin(p, largest);
                add(p, p->given + cell(p, period, site), -1.0);
                add(p, p->people + (int)(group * p->sites + site), 1.0);
                add(p, p->coverage + (int)(problem->priority[group] * p->sites + site), 1.0);
                if (problem->two_doses && due < p->periods) {
                    add(p, p->due + cell(p, due, site), -1.0);
                }
                /* Held back at the end of each period until it is due, in lots that last as long; all of it where it is due after the plan, which knows of no more doses. */
                for (uint32_t later = period; problem->two_doses && later < due && later < p->periods; later++) {
                    for (uint32_t ahead = 1; ahead <= due - later; ahead++) {
                        add(p, p->reserve + (int)(ahead - 1) * (int)(p->periods * p->sites) + cell(p, later, site), due < p->periods ? -problem->reserve : -1.0);
                    }
                }
            }
        }
    }
    for (uint32_t kind = 0; kind < 2; kind++) { /* given second doses; those that are late at the end of the period */
        for (uint32_t period = 0; period < p->periods; period++) {
            for (uint32_t site = 0; site < p->sites; site++) {
                begin(p, problem->two_doses ? largest : 0.0);
                if (!problem->two_doses) {
                    continue;
                }
                add(p, p->due + cell(p, period, site), 1.0);
                if (kind == 0) {
                    add(p, p->given + cell(p, period, site), -1.0);
                } else if (period + 1 < p->periods) {
                    add(p, p->due + cell(p, period + 1, site), -1.0);
                }
            }
        }
    }
    for (uint32_t priority = 0; priority < problem->n_priorities; priority++) {
        begin(p, 1.0);
        for (uint32_t site = 0; site < p->sites; site++) {
            int64_t sum = 0;
            for (uint32_t group = 0; group < p->groups; group++) {
                sum += problem->priority[group] == priority ? problem->people[group * p->sites + site] : 0;
            }
            if (sum > 0) {
                add(p, p->coverage + (int)(priority * p->sites + site), -(double)sum);
            }
        }
    }
    p->starts[p->column] = p->filled;
}

static void row(struct program *p, int at, double low, double high)
{
    p->row_lower[at] = low;
    p->row_upper[at] = high;
}

static void fill_rows(struct program *p)
{
    const struct vg_doses_problem *problem = p->problem;
    const int cells = (int)(p->periods * p->sites);
    for (int at = 0; at < (int)p->classes * cells; at++) { /* what is not used, sent or held is thrown away */
        row(p, p->balance + at, -(double)problem->comes[at], largest);
    }
    for (int at = 0; at < cells; at++) {
        const int site = at % (int)p->sites;
        row(p, p->given + at, 0.0, 0.0);
        row(p, p->due + at, problem->due == NULL ? 0.0 : (double)problem->due[at], problem->due == NULL ? 0.0 : (double)problem->due[at]);
        row(p, p->give + at, 0.0, isinf(problem->give[site]) ? largest : problem->give[site]);
        row(p, p->store + at, 0.0, isinf(problem->store[site]) ? largest : problem->store[site]);
    }
    for (int at = 0; at < (int)(p->groups * p->sites); at++) {
        row(p, p->people + at, 0.0, (double)problem->people[at]);
    }
    for (size_t at = 0; at < p->periods * problem->n_ways; at++) {
        const int64_t capacity = problem->ways[at % problem->n_ways].capacity;
        row(p, p->ways + (int)at, 0.0, capacity == VG_PLAN_NO_LIMIT ? largest : (double)capacity);
    }
    for (uint32_t class_ = 0; class_ < p->classes; class_++) { /* days after the last one are no days for it */
        for (uint32_t site = 0; site < p->sites; site++) {
            const bool bound = doses_ends_within(problem, class_) && !isinf(problem->give[site]);
            row(p, p->ending + (int)(class_ * p->sites + site), 0.0, bound ? problem->give[site] * problem->class_part[class_] : largest);
        }
    }
    for (int at = p->reserve; at < p->n_rows; at++) {
        row(p, at, 0.0, largest);
    }
}

static vg_status allocate(struct program *p, struct vg_error *error)
{
    const struct vg_doses_problem *problem = p->problem;
    const double cells = (double)p->periods * p->sites, columns = (double)p->periods * p->classes * ((double)problem->n_ways + 2.0 * p->sites) + cells * (p->groups + 2.0) + problem->n_priorities;
    if (columns > VG_DOSES_COLUMNS_MOST) {
        return vg_fail(error, VG_USAGE_ERROR, "%u places, %u periods, %u lots' days of expiry, %u groups and %zu ways are more than can be planned at once (%.0f figures, of %d): plan for larger regions, or with longer periods",
                       p->sites, p->periods, p->classes, p->groups, problem->n_ways, columns, VG_DOSES_COLUMNS_MOST);
    }
    const uint32_t interval = problem->two_doses ? problem->interval_periods : 0;
    p->n_columns = (int)columns;
    p->balance = 0;
    p->given = (int)(p->periods * p->classes * p->sites);
    p->due = p->given + (int)cells;
    p->give = p->due + (int)cells;
    p->store = p->give + (int)cells;
    p->people = p->store + (int)cells;
    p->ways = p->people + (int)(p->groups * p->sites);
    p->ending = p->ways + (int)(p->periods * problem->n_ways);
    p->reserve = p->ending + (int)(p->classes * p->sites);
    p->coverage = p->reserve + (int)(interval * cells);
    p->n_rows = p->coverage + (int)(problem->n_priorities * p->sites);
    p->sent = 0;
    p->held = (int)(p->periods * p->classes * problem->n_ways);
    p->used = p->held + p->given;
    p->first = p->used + p->given;
    p->second = p->first + (int)(p->periods * p->groups * p->sites);
    p->late = p->second + (int)cells;
    p->worst = p->late + (int)cells;
    const double entries = 3.0 * p->held + (6.0 + interval) * p->given + (4.0 + (double)interval * (interval + 1) / 2.0) * (p->second - p->first) + 4.0 * cells + (double)problem->n_priorities * p->sites +
                           (double)p->classes * p->classes * p->sites + 8;
    p->room = (int)entries;
    p->starts = VG_ARENA_ARRAY(p->arena, CoinBigIndex, (size_t)p->n_columns + 1);
    p->rows = VG_ARENA_ARRAY(p->arena, int, (size_t)p->room);
    p->values = VG_ARENA_ARRAY(p->arena, double, (size_t)p->room);
    p->lower = VG_ARENA_ARRAY(p->arena, double, (size_t)p->n_columns);
    p->upper = VG_ARENA_ARRAY(p->arena, double, (size_t)p->n_columns);
    p->objective = VG_ARENA_ARRAY(p->arena, double, (size_t)p->n_columns);
    p->row_lower = VG_ARENA_ARRAY(p->arena, double, (size_t)p->n_rows);
    p->row_upper = VG_ARENA_ARRAY(p->arena, double, (size_t)p->n_rows);
    return p->arena->failed ? vg_fail_memory(error, (size_t)p->room * 12) : VG_OK;
}

/* --------------------------------------------------------------------- levels */

/* The least of the objective, which is then kept by a row of its own. */
static vg_status level(Clp_Simplex *model, struct program *p, const char *what, double *value, struct vg_error *error)
{
    int n = 0;
    Clp_chgObjCoefficients(model, p->objective);
    (void)Clp_primal(model, 0);
    const int status = Clp_status(model);
    *value = Clp_objectiveValue(model);
    if (status != 0) {
        return vg_fail(error, status == 1 ? VG_DATA_ERROR : VG_SYSTEM_ERROR, status == 1 ? "no plan keeps to all limits (%s)" : "the linear program of %s did not end", what);
    }
    int *columns = VG_ARENA_ARRAY(p->arena, int, (size_t)p->n_columns);
    double *values = VG_ARENA_ARRAY(p->arena, double, (size_t)p->n_columns);
    if (columns == NULL || values == NULL) {
        return vg_fail_memory(error, (size_t)p->n_columns * 12);
    }
    for (int i = 0; i < p->n_columns; i++) {
        if (p->objective[i] != 0.0) {
            columns[n] = i;
            values[n++] = p->objective[i];
        }
    }
    const CoinBigIndex starts[2] = {0, n};
    const double low = -largest, high = *value + TOLERANCE * fmax(1.0, fabs(*value));
    Clp_addRows(model, 1, &low, &high, starts, columns, values);
    return VG_OK;
}

static void forget_objective(struct program *p) { memset(p->objective, 0, (size_t)p->n_columns * sizeof *p->objective); }

/* Of one priority: the worst-served place, if asked for; how many; how early. */
static vg_status serve_priority(Clp_Simplex *model, struct program *p, uint32_t priority, double *people, struct vg_error *error)
{
    const struct vg_doses_problem *problem = p->problem;
    double value = 0.0;
    vg_status status = VG_OK;
    for (int pass = problem->fairest ? 0 : 1; status == VG_OK && pass < 3; pass++) {
        forget_objective(p);
        p->objective[p->worst + (int)priority] = pass == 0 ? -1.0 : 0.0;
        for (uint32_t period = 0; pass > 0 && period < p->periods; period++) {
            for (uint32_t group = 0; group < p->groups; group++) {
                for (uint32_t site = 0; problem->priority[group] == priority && site < p->sites; site++) {
                    p->objective[p->first + (int)((period * p->groups + group) * p->sites + site)] = pass == 1 ? -1.0 : -(double)(p->periods - period);
                }
            }
        }
        status = level(model, p, pass == 0 ? "the worst-served place" : pass == 1 ? "people" : "early doses", &value, error);
        *people = pass == 1 ? -value : *people;
    }
    return status;
}

static vg_status solve(Clp_Simplex *model, struct program *p, double *bound, struct vg_error *error)
{
    const struct vg_doses_problem *problem = p->problem;
    const int cells = (int)(p->periods * p->sites);
    double value = 0.0;
    vg_status status = VG_OK;
    if (problem->two_doses) {
        for (int at = 0; at < cells; at++) {
            p->objective[p->late + at] = 1.0;
        }
        status = level(model, p, "second doses", &value, error);
    }
    for (uint32_t priority = 0; status == VG_OK && priority < problem->n_priorities; priority++) {
        status = serve_priority(model, p, priority, &bound[priority], error);
    }
    forget_objective(p);
    for (int at = p->sent; at < p->held; at++) {
        p->objective[at] = problem->ways[(size_t)at % problem->n_ways].cost + 1e-4;
    }
    return status == VG_OK ? level(model, p, "transport", &value, error) : status;
}

vg_status doses_program(const struct vg_doses_problem *problem, struct doses_wanted *wanted, double *bound, struct vg_error *error)
{
    struct vg_arena scratch;
    vg_arena_init(&scratch, 0);
    struct program p = {.problem = problem, .arena = &scratch, .sites = problem->n_sites, .periods = problem->n_periods, .classes = problem->n_classes, .groups = problem->n_groups};
    vg_status status = allocate(&p, error);
    if (status == VG_OK) {
        sent_columns(&p);
        stock_columns(&p);
        people_columns(&p);
        fill_rows(&p);
        VG_ASSERT(!p.failed && p.column == p.n_columns);
    }
    Clp_Simplex *model = status == VG_OK ? Clp_newModel() : NULL;
    if (status == VG_OK && model == NULL) {
        status = vg_fail_memory(error, 0);
    }
    if (status == VG_OK) {
        Clp_setLogLevel(model, 0);
        Clp_setMaximumSeconds(model, SECONDS_MOST);
        Clp_loadProblem(model, p.n_columns, p.n_rows, p.starts, p.rows, p.values, p.lower, p.upper, p.objective, p.row_lower, p.row_upper);
        status = solve(model, &p, bound, error);
    }
    if (status == VG_OK) {
        const double *solution = Clp_primalColumnSolution(model);
        memcpy(wanted->sent, solution + p.sent, (size_t)(p.held - p.sent) * sizeof *solution);
        memcpy(wanted->first, solution + p.first, (size_t)(p.second - p.first) * sizeof *solution);
    }
    if (model != NULL) {
        Clp_deleteModel(model);
    }
    vg_arena_release(&scratch);
    return status;
}
