/*
 * Undated reports drawn onto reference dates. A cell of mean m is Poisson with a rate of gamma law (shape m / k, scale k); whether a report
 * carries its date depends on the report step alone. Given the dated counts y the rates of the cells of one publication are gamma with
 * shapes m / k + y and one common scale, so undated reports fall on them as Dirichlet and multinomial laws with these weights say
 * (data augmentation: Tanner and Wong 1987).
 */
#include "monitor/renewal/impute.h"

#include "monitor/renewal/problem.h"

#include <math.h>
#include <string.h>

#define WEEK_STEPS 7
#define URN_MOST 4 /* reports of a step, as a multiple of its cells, that are cheaper to draw one by one */
#define WEIGHT_LEAST 1e-9 /* of what is left: rounding, not a chance */

/* --------------------------------------------------------------------- reading */

static vg_status check_given(const struct vg_renewal_parameters *parameters, size_t last_report, struct vg_error *error)
{
    for (size_t step = 0; step < parameters->n_undated; step++) {
        double count = parameters->undated[step];
        if (!(count >= 0) || count != floor(count) || count > 1e9) {
            return vg_fail(error, VG_USAGE_ERROR, "%g reports without a reference date at report step %zu: it takes whole numbers from 0 on", count, step);
        }
        if (count > 0 && step > last_report) {
            return vg_fail(error, VG_USAGE_ERROR, "reports without a reference date at report step %zu, after the day of knowledge", step);
        }
    }
    return VG_OK;
}

static double cell_of(const struct renewal_undated *u, ptrdiff_t row, size_t delay)
{
    ptrdiff_t reference = row + (ptrdiff_t)u->skipped;
    return reference < 0 ? NAN : u->triangle->increments[(size_t)reference * u->n_delays + delay];
}

/*
 * Steps with a publication, as the model sees them: undated reports count with the dated ones. For that they are put anywhere among
 * the cells of their step.
 */
static void find_publications(struct renewal_undated *u, const struct vg_renewal_parameters *parameters, double *sums, bool *standstill)
{
    double *cells = u->completed.increments;
    size_t D = u->n_delays, newest = u->skipped + u->last_report;
    for (size_t step = 0; step <= newest; step++) {
        double undated = step < parameters->n_undated ? parameters->undated[step] : 0;
        for (size_t d = 0; d < D && d <= step; d++) {
            double *cell = step - d < u->triangle->n_references ? &cells[(step - d) * D + d] : NULL;
            if (cell != NULL && isfinite(*cell)) {
                *cell += undated;
                undated = 0;
                if (step >= u->skipped) {
                    u->published[step - u->skipped] = true;
                }
            }
        }
    }
    renewal_find_standstill(&u->completed, newest, sums, standstill);
    for (size_t step = 0; step <= u->last_report; step++) {
        u->published[step] = u->published[step] && !standstill[u->skipped + step];
    }
    memcpy(cells, u->triangle->increments, u->triangle->n_references * D * sizeof *cells);
}

/* Those of steps without publication go with the next one, or where there is none with the last. */
static bool join_given(struct renewal_undated *u, const struct vg_renewal_parameters *parameters)
{
    double held = 0;
    size_t newest = SIZE_MAX;
    for (size_t step = 0; step <= u->last_report; step++) {
        held += step + u->skipped < parameters->n_undated ? parameters->undated[step + u->skipped] : 0;
        if (u->published[step]) {
            u->given[step] = held;
            u->total += held;
            held = 0;
            newest = step;
        }
    }
    if (newest != SIZE_MAX) {
        u->given[newest] += held;
        u->total += held;
    }
    return newest != SIZE_MAX || held == 0;
}

/* Dated reports of one row by publication. */
static void read_known(struct renewal_undated *u, ptrdiff_t row)
{
    double *known = u->known + (size_t)(row + (ptrdiff_t)u->n_before) * u->n_delays, held = 0;
    ptrdiff_t newest = -1;
    for (size_t d = 0; d < u->n_delays && row + (ptrdiff_t)d <= (ptrdiff_t)u->last_report; d++) {
        double count = cell_of(u, row, d);
        ptrdiff_t step = row + (ptrdiff_t)d;
        held += isfinite(count) ? count : 0;
        /* Before the window nothing is known of standstills, nor needed. */
        if (isfinite(count) && (step < 0 || u->published[step])) {
            known[d] = held;
            held = 0;
            newest = (ptrdiff_t)d;
        }
    }
    if (newest >= 0) {
        known[newest] += held;
        (void)renewal_net_revisions(known, (size_t)newest + 1);
    }
    double sum = 0;
    for (size_t d = 0; d < u->n_delays; d++) {
        sum += known[d];
    }
    if (row >= 0) {
        u->known_row[row] = sum;
        u->known_at_all[row] = newest >= 0;
    } else {
        u->before[row + (ptrdiff_t)u->n_before] = newest + 1 == (ptrdiff_t)u->n_delays ? sum : NAN;
    }
}

/* Dates before the window have their dated reports and as many undated ones as are usual at the window's beginning. */
static void complete_before(struct renewal_undated *u)
{
    double dated = 0, undated = 0;
    for (size_t step = 0; step < u->n_delays && step <= u->last_report; step++) {
        undated += u->given[step];
        for (size_t d = 0; d < u->n_delays; d++) {
            ptrdiff_t at = (ptrdiff_t)u->n_before + (ptrdiff_t)step - (ptrdiff_t)d;
            dated += at < (ptrdiff_t)(u->n_before + u->n_rows) ? u->known[(size_t)at * u->n_delays + d] : 0;
        }
    }
    for (size_t k = 0; k < u->n_before; k++) {
        u->before[k] = dated > 0 ? u->before[k] * (1 + undated / dated) : NAN;
    }
}

vg_status renewal_undated_new(const struct vg_triangle *triangle, const struct vg_renewal_parameters *parameters, struct vg_arena *arena,
                              struct renewal_undated *u, struct vg_error *error)
{
    struct renewal_span span;
    vg_status status = renewal_window(triangle, parameters, &span, error);
    *u = (struct renewal_undated){.triangle = triangle, .completed = *triangle};
    status = status == VG_OK ? check_given(parameters, span.skipped + span.last_report, error) : status;
    if (status != VG_OK) {
        return status;
    }
    u->skipped = span.skipped;
    u->n_rows = span.n_rows;
    u->n_delays = triangle->n_delays;
    u->n_before = triangle->n_delays - 1;
    u->last_report = span.last_report;
    size_t D = u->n_delays, reports = triangle->n_references + D, cells = triangle->n_references * D, matrix = (u->n_before + u->n_rows) * D;
    double *increments = VG_ARENA_ARRAY(arena, double, cells), *sums = VG_ARENA_ARRAY(arena, double, reports);
    bool *standstill = VG_ARENA_ARRAY(arena, bool, reports);
    u->given = VG_ARENA_ARRAY(arena, double, reports);
    u->published = VG_ARENA_ARRAY(arena, bool, reports);
    u->known = VG_ARENA_ARRAY(arena, double, matrix);
    u->weight = VG_ARENA_ARRAY(arena, double, matrix);
    u->known_row = VG_ARENA_ARRAY(arena, double, u->n_rows);
    u->known_at_all = VG_ARENA_ARRAY(arena, bool, u->n_rows);
    u->before = VG_ARENA_ARRAY(arena, double, D);
    u->odds = VG_ARENA_ARRAY(arena, double, D + 2 * (u->n_rows + D));
    u->added = VG_ARENA_ARRAY(arena, double, u->n_rows);
    u->upto = VG_ARENA_ARRAY(arena, double, D);
    u->urn = VG_ARENA_ARRAY(arena, size_t, URN_MOST * D);
    if (arena->failed) {
        return vg_fail_memory(error, cells * sizeof(double));
    }
    memcpy(increments, triangle->increments, cells * sizeof *increments);
    u->completed.increments = increments;
    find_publications(u, parameters, sums, standstill);
    if (!join_given(u, parameters)) {
        return vg_fail(error, VG_USAGE_ERROR, "reports without a reference date, but nothing was published in the window");
    }
    for (ptrdiff_t row = -(ptrdiff_t)u->n_before; row < (ptrdiff_t)u->n_rows; row++) {
        read_known(u, row);
    }
    complete_before(u);
    return VG_OK;
}

/* --------------------------------------------------------------------- weights */

/* Rows of which reports may have been published at the step: from *first up to before the number returned, counted with n_before. */
static size_t rows_of_step(const struct renewal_undated *u, size_t step, size_t *first)
{
    size_t newest = step < u->n_rows ? step : u->n_rows - 1;
    *first = step; /* n_before + step - (n_delays - 1) */
    return u->n_before + newest + 1;
}

/* Undated reports can only fall where the triangle has a cell, or before it begins. */
static bool is_open(const struct renewal_undated *u, ptrdiff_t row, size_t delay)
{
    ptrdiff_t step = row + (ptrdiff_t)delay;
    return step >= 0 && step <= (ptrdiff_t)u->last_report && u->published[step] &&
           (row + (ptrdiff_t)u->skipped < 0 || isfinite(cell_of(u, row, delay)));
}

void renewal_undated_weigh_first(struct renewal_undated *u)
{
    size_t D = u->n_delays;
    double *usual = u->odds, total = 0;
    for (size_t d = 0; d < D; d++) {
        usual[d] = 0.5;
        for (size_t row = 0; row < u->n_before + u->n_rows; row++) {
            usual[d] += u->known[row * D + d];
        }
        total += usual[d];
    }
    for (size_t step = 0; step <= u->last_report; step++) {
        size_t first, end = rows_of_step(u, step, &first);
        double dated = 1;
        for (size_t row = first; row < end; row++) {
            dated += u->known[row * D + u->n_before + step - row];
        }
        for (size_t row = first; row < end; row++) {
            size_t d = u->n_before + step - row;
            double *weight = &u->weight[row * D + d];
            *weight = is_open(u, (ptrdiff_t)row - (ptrdiff_t)u->n_before, d) ? u->known[row * D + d] + dated * usual[d] / total : 0;
        }
    }
}

/* What delays and report steps make of the odds. Before the delays that are learnt from, the oldest that are; weekdays as they are. */
static void make_odds(const struct renewal_undated *u, const struct renewal_problem *p, const double *theta)
{
    const struct renewal_layout *l = &p->layout;
    size_t n = p->n_rows + p->n_delays;
    for (size_t d = 0; d < p->n_hazards; d++) {
        u->odds[d] = exp(p->hazard_offset[d] + theta[l->base + p->base_of[d]]);
    }
    for (size_t step = 0; step <= p->last_report && p->n_hazards > 0; step++) {
        size_t knot = step < p->first_split ? 0 : p->knot[step];
        double effect = l->n_report_day > 0 ? theta[l->report_day + p->report_weekday[step]] : 0, near = step < p->first_split ? 1 : p->knot_weight[step];
        effect += l->n_holiday > 0 && p->report_holiday[step] ? theta[l->holiday] : 0;
        effect += step >= p->first_effect && step - p->first_effect < l->n_effect ? theta[l->effect + step - p->first_effect] : 0;
        for (size_t group = 0; group < 2; group++) {
            const double *drift = theta + l->drift + group * l->n_group;
            size_t n_group = group * l->n_group < l->n_drift ? l->n_group : 0;
            double here = p->step_offset[group * n + step] + (knot < n_group ? near * drift[knot] : 0);
            here += knot + 1 < n_group ? (1 - near) * drift[knot + 1] : 0;
            u->odds[p->n_delays + group * n + step] = exp(effect + here);
        }
    }
}

/* Expected final count of a row; of one before the window what the triangle has, or the model's steady growth carried back. */
static double row_mean(const struct renewal_undated *u, const struct renewal_problem *p, const struct renewal_point *point, ptrdiff_t row)
{
    if (row < 0 && isfinite(u->before[row + (ptrdiff_t)u->n_before])) {
        return u->before[row + (ptrdiff_t)u->n_before];
    }
    ptrdiff_t newest = (ptrdiff_t)p->n_seed + (row + 1) * p->step_days - 1;
    double mean = 0, growth = point->level[1] - point->level[0];
    for (size_t j = 0; j < p->n_kernel; j++) {
        ptrdiff_t day = newest - (ptrdiff_t)j;
        mean += p->kernel[j] * exp(day >= 0 ? point->level[day] : point->level[0] + (double)day * growth);
    }
    if (p->layout.n_weekday > 0) {
        mean *= exp(point->theta[p->layout.weekday + (size_t)vg_date_weekday(p->start + (int32_t)row * p->step_days)]);
    }
    return row < 0 ? mean : mean * exp(point->noise[row]);
}

void renewal_undated_weigh(struct renewal_undated *u, const struct renewal_problem *p, const struct renewal_point *point)
{
    size_t D = u->n_delays, n = p->n_rows + p->n_delays, week = p->step_days == 1 ? WEEK_STEPS : 1;
    double scale = exp(-point->hyper[RENEWAL_EXCESS]);
    make_odds(u, p, point->theta);
    for (ptrdiff_t row = -(ptrdiff_t)u->n_before; row < (ptrdiff_t)u->n_rows; row++) {
        double *weight = u->weight + (size_t)(row + (ptrdiff_t)u->n_before) * D;
        const double *known = u->known + (size_t)(row + (ptrdiff_t)u->n_before) * D;
        double mean = row_mean(u, p, point, row) * scale, left = 1, held = 0;
        for (size_t d = 0; d < D && row + (ptrdiff_t)d <= (ptrdiff_t)u->last_report; d++) {
            ptrdiff_t step = row + (ptrdiff_t)d;
            size_t like = (size_t)(step >= 0 ? step : ((step % (ptrdiff_t)week) + (ptrdiff_t)week) % (ptrdiff_t)week);
            double after = 0;
            if (d + 1 < D) {
                after = left / (1 + u->odds[d] * u->odds[D + (d < p->n_short ? 0 : n) + like]);
            }
            held = step < 0 ? 0 : held + left - after;
            left = after;
            weight[d] = 0;
            if (is_open(u, row, d)) {
                weight[d] = mean * held + known[d];
                held = 0;
            }
        }
    }
}

/* ----------------------------------------------------------------------- draws */

/* Where a report that is drawn falls. */
struct taker {
    struct renewal_undated *u;
    size_t step;
    bool complete;
    double *added;
};

static void take(const struct taker *t, size_t row, double count)
{
    struct renewal_undated *u = t->u;
    if (row >= u->n_before) {
        size_t k = row - u->n_before;
        t->added[k] += count;
        if (t->complete) {
            u->completed.increments[(u->skipped + k) * u->n_delays + t->step - k] += count;
        }
    }
}

/* Few reports: one after another, to a cell by its weight or to where one of those before went (Blackwell and MacQueen 1973). */
static void draw_by_urn(const struct taker *t, struct vg_random *random, size_t first, size_t end)
{
    struct renewal_undated *u = t->u;
    size_t n = 0, D = u->n_delays, count = (size_t)u->given[t->step];
    double total = 0;
    for (size_t row = first; row < end; row++) {
        total += u->weight[row * D + u->n_before + t->step - row];
        u->upto[n++] = total;
    }
    for (size_t i = 0; i < count && total > 0; i++) {
        double at = vg_random_uniform(random) * (total + (double)i);
        if (at >= total) {
            size_t like = (size_t)(at - total);
            u->urn[i] = u->urn[like < i ? like : i - 1];
        } else {
            size_t low = 0, high = n - 1;
            while (low < high) {
                size_t middle = (low + high) / 2;
                low = u->upto[middle] > at ? low : middle + 1;
                high = u->upto[middle] > at ? middle : high;
            }
            u->urn[i] = first + low;
        }
        take(t, u->urn[i], 1);
    }
}

/* Many: cell by cell, of what the cells before left, by beta and binomial laws. */
static void draw_by_cells(const struct taker *t, struct vg_random *random, size_t first, size_t end)
{
    const struct renewal_undated *u = t->u;
    double left = u->given[t->step], total = 0, rest;
    for (size_t row = first; row < end; row++) {
        total += u->weight[row * u->n_delays + u->n_before + t->step - row];
    }
    rest = total;
    for (size_t row = first; row < end && left > 0; row++) {
        double here = u->weight[row * u->n_delays + u->n_before + t->step - row];
        rest -= here;
        if (here > 0) {
            double count = rest > WEIGHT_LEAST * total ? (double)vg_random_binomial(random, (int64_t)left, vg_random_beta(random, here, rest)) : left;
            left -= count;
            take(t, row, count);
        }
    }
}

void renewal_undated_draw(struct renewal_undated *u, struct vg_random *random, bool complete, double *added)
{
    memset(added, 0, u->n_rows * sizeof *added);
    if (complete) {
        memcpy(u->completed.increments, u->triangle->increments, u->triangle->n_references * u->n_delays * sizeof(double));
    }
    for (size_t step = 0; step <= u->last_report; step++) {
        struct taker t = {u, step, complete, added};
        size_t first, end = rows_of_step(u, step, &first);
        if (u->given[step] > 0 && u->given[step] <= (double)(URN_MOST * u->n_delays)) {
            draw_by_urn(&t, random, first, end);
        } else if (u->given[step] > 0) {
            draw_by_cells(&t, random, first, end);
        }
    }
}
