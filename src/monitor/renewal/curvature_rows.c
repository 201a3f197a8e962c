/*
 * Curvature of one row's likelihood by log mean and logit hazards, and its way into theta.
 *
 * With hazards h, survival S, mean M and factor f = log(1 + k) / k, a row's log-likelihood is sum_cells Q(log M p) - f M (1 - S_last).
 * log p of a cell at delay d has first derivatives 1 - h_d and - h_j (j < d), second derivatives - h_j (1 - h_j) for j <= d and nothing
 * beside the diagonal. With b_d = - Q'' of the cell, B_d the sum of b beyond d and F = f M S_last, the matrix by logit hazards is
 * semi-separable: entry (i, j), i < j, is h_i c_j with c_j = b_j (1 - h_j) - h_j (B_j + F), and - c is what ties log mean to the hazards.
 *
 * A hazard is its delay's base and what its report step gives. So the rows are summed up first by base and base, base and step, step and
 * step, along contiguous delays, and only the sums are laid on theta. Cells of several delays together, which follow days without
 * publication, are added one by one.
 */
#include "monitor/renewal/curvature.h"

#include "monitor/renewal/cell.h"
#include "monitor/renewal/kernel.h"

#include <math.h>
#include <string.h>

struct row_work {
    const struct renewal_problem *p;
    const struct renewal_state *state;
    struct renewal_curvature *c;
    const double *hazard, *survival;
    size_t k, n_delays; /* delays with a hazard in this row */
    double mean, left, factor;
    double *own, *beside;         /* [n_delays] by delay: what stands on the diagonal, and c */
    double *score, *bend, *odds;  /* [n_delays] by cell */
    bool joint;
};

/* Going back over the cells. Returns the curvature by log mean that the negative binomial takes from the Poisson law's. */
static double back_over_cells(struct row_work *w)
{
    const struct renewal_row *row = &w->p->rows[w->k];
    double fixed = w->factor * w->mean * w->left, behind = fixed, bends = 0, single_bends = 0;
    size_t d = (size_t)row->last_delay + 1;
    for (size_t i = row->n_cells; i-- > 0;) {
        const struct renewal_cell *cell = &w->p->cells[row->cell + i];
        double before = cell->first > 0 ? w->survival[cell->first - 1] : 1;
        bool single = cell->first == cell->last;
        double share = single ? before * w->hazard[cell->first] : before - w->survival[cell->last];
        w->score[i] = w->state->cell_score[row->cell + i];
        w->bend[i] = w->state->cell_bend[row->cell + i];
        w->odds[i] = w->survival[cell->last] / (share + 1e-300);
        w->joint = w->joint || !single;
        while (d > cell->first) {
            d--;
            double h = w->hazard[d], beyond = single_bends + fixed, here = 0, bend = 0;
            if (d <= cell->last) {
                here = single ? w->score[i] : -w->score[i] * w->odds[i];
                bend = single ? w->bend[i] : 0;
            }
            w->beside[d] = bend * (1 - h) - h * beyond;
            w->own[d] = (behind + here) * h * (1 - h) - bend * (1 - h) * (1 - h) - h * h * beyond;
        }
        bends += w->bend[i];
        single_bends += single ? w->bend[i] : 0;
        behind += w->score[i];
    }
    while (d > 0) {
        d--;
        double h = w->hazard[d], beyond = single_bends + fixed;
        w->beside[d] = -h * beyond;
        w->own[d] = behind * h * (1 - h) - h * h * beyond;
    }
    return bends;
}

static void expected_cells(struct row_work *w)
{
    double fixed = w->factor * w->mean * w->left;
    for (size_t d = 0; d < w->n_delays; d++) {
        double h = w->hazard[d], before = d > 0 ? w->survival[d - 1] : 1;
        w->beside[d] = -h * fixed;
        w->own[d] = w->factor * w->mean * before * h * (1 - h) - h * h * fixed;
    }
}

/* ------------------------------------------------------------------------ sums */

static size_t padded_steps(const struct renewal_curvature *c)
{
    return RENEWAL_FOURS(c->n_steps) + 4;
}

/* Delays from here on are of the long group. */
static size_t first_long(const struct renewal_problem *p, size_t n_delays)
{
    return p->layout.n_drift > p->layout.n_group && p->n_short < n_delays ? p->n_short : n_delays;
}

static size_t n_groups(const struct renewal_problem *p)
{
    return p->layout.n_drift > p->layout.n_group ? 2 : 1;
}

vg_status renewal_sums_new(const struct renewal_problem *p, struct vg_arena *arena, struct renewal_curvature *c, struct vg_error *error)
{
    const struct renewal_layout *l = &p->layout;
    bool every = l->n_report_day > 0 || l->n_holiday > 0 || l->n_drift > 0;
    c->first_step = every ? p->first_split : p->first_effect;
    c->n_steps = p->n_hazards > 0 && (every || l->n_effect > 0) ? p->last_report + 1 - c->first_step : 0;
    c->n_lags = RENEWAL_FOURS(p->n_delays) + 4;
    c->bases = renewal_doubles(arena, RENEWAL_FOURS(l->n_base) + 4, l->n_base + 1);
    c->own_base = renewal_doubles(arena, l->n_base, 1);
    c->by_step = renewal_doubles(arena, n_groups(p) * l->n_base, padded_steps(c));
    c->steps = renewal_doubles(arena, n_groups(p) == 2 ? 3 : 1, (c->n_steps + 1) * c->n_lags);
    c->own_step = renewal_doubles(arena, n_groups(p), c->n_steps);
    return arena->failed ? vg_fail_memory(error, c->n_steps * c->n_lags * sizeof(double)) : VG_OK;
}

void renewal_sums_clear(const struct renewal_problem *p, struct renewal_curvature *c)
{
    const struct renewal_layout *l = &p->layout;
    memset(c->bases, 0, (RENEWAL_FOURS(l->n_base) + 4) * l->n_base * sizeof(double));
    memset(c->own_base, 0, l->n_base * sizeof(double));
    memset(c->by_step, 0, n_groups(p) * l->n_base * padded_steps(c) * sizeof(double));
    memset(c->steps, 0, (n_groups(p) == 2 ? 3 : 1) * c->n_steps * c->n_lags * sizeof(double));
    memset(c->own_step, 0, n_groups(p) * c->n_steps * sizeof(double));
}

/* Four delays from `at` on, of which those before `high` count: c_d h_i before delay d, h_d c_i behind it, at d its own. */
RENEWAL_INLINE void add_around(double *restrict to, const struct row_work *w, size_t d, size_t at, size_t high)
{
    const renewal_four zeros = {0, 0, 0, 0};
    int64_t off = (int64_t)d - (int64_t)at, end = (int64_t)high - (int64_t)at;
    renewal_integers index = {0, 1, 2, 3};
    renewal_four before = w->beside[d] * load_four(w->hazard + at), behind = w->hazard[d] * load_four(w->beside + at);
    renewal_four value = choose_four(index < off, before, behind);
    value = choose_four(index == off, load_four(w->own + at), value);
    store_four(to, load_four(to) + choose_four(index < end, value, zeros));
}

/* Base of delay d and report step of all delays from `low` on, before `high`. to: of `low`; what stands behind `high` is added to by zeros only. */
RENEWAL_INLINE void add_steps(double *restrict to, const struct row_work *w, size_t d, size_t low, size_t high)
{
    double here = w->beside[d], hazard = w->hazard[d];
    size_t at = low;
    for (; at + 4 <= d && at + 4 <= high; at += 4) {
        store_four(to + (at - low), load_four(to + (at - low)) + here * load_four(w->hazard + at));
    }
    if (at <= d && at < high) {
        add_around(to + (at - low), w, d, at, high);
        at += 4;
    }
    for (; at + 4 <= high; at += 4) {
        store_four(to + (at - low), load_four(to + (at - low)) + hazard * load_four(w->beside + at));
    }
    if (at < high) {
        add_around(to + (at - low), w, d, at, high);
    }
}

/* Base and base: entries (d, i), i < d, c_d h_i. Base and report step: of the delays before `split` in one place, of the long ones in another. */
RENEWAL_KERNEL static void sum_by_base(struct row_work *w, size_t first)
{
    const struct renewal_problem *p = w->p;
    struct renewal_curvature *c = w->c;
    size_t n = w->n_delays, split = first_long(p, n), padded = padded_steps(c), stride = RENEWAL_FOURS(p->layout.n_base) + 4;
    double groups[RENEWAL_BASES_LEAN] = {0};
    for (size_t d = 0; d < n; d++) {
        double here = w->beside[d];
        c->own_base[p->base_of[d]] += w->own[d];
        if (p->lean) {
            add_scaled_fours(c->bases + p->base_of[d] * stride, groups, here, RENEWAL_BASES_LEAN);
            groups[p->base_of[d]] += w->hazard[d];
        } else {
            add_scaled(c->bases + d * stride, w->hazard, here, d);
        }
        if (first >= n) {
            continue;
        }
        double *to = c->by_step + p->base_of[d] * padded + (w->k + first - c->first_step), *long_to = to + p->layout.n_base * padded;
        if (split < n) {
            /* Two groups are there only where every step counts, so that first is 0. */
            add_steps(to, w, d, 0, split);
            add_steps(long_to + split, w, d, split, n);
        } else {
            add_steps(to, w, d, first, n);
        }
    }
}

/* Step of i and step of j, i < j. */
RENEWAL_KERNEL static void sum_steps(struct row_work *w, size_t first)
{
    struct renewal_curvature *c = w->c;
    size_t n = w->n_delays, split = first_long(w->p, n), whole = c->n_steps * c->n_lags;
    for (size_t i = first; i < n; i++) {
        size_t step = w->k + i - c->first_step;
        double *to = c->steps + step * c->n_lags;
        c->own_step[(i < split ? 0 : c->n_steps) + step] += w->own[i];
        if (i < split) {
            add_scaled(to + 1, w->beside + i + 1, w->hazard[i], split - i - 1);
            to += whole;
            for (size_t j = split; j < n; j++) {
                to[j - i] += w->hazard[i] * w->beside[j];
            }
        } else {
            add_scaled(to + 2 * whole + 1, w->beside + i + 1, w->hazard[i], n - i - 1);
        }
    }
}

static const struct renewal_tie *tie_of(const struct renewal_problem *p, size_t step, size_t group)
{
    return &p->ties[group * (p->n_rows + p->n_delays) + step];
}

static void add_to(const struct renewal_problem *p, double *vector, size_t row, size_t delay, double weight)
{
    const struct renewal_tie *tie = tie_of(p, row + delay, delay < p->n_short ? 0 : 1);
    vector[p->layout.base + p->base_of[delay]] += weight;
    for (size_t a = 0; a < tie->n; a++) {
        vector[tie->index[a]] += weight * tie->weight[a];
    }
}

static void sum_row(struct row_work *w, double *tied)
{
    const struct renewal_problem *p = w->p;
    size_t first = w->c->first_step > w->k ? w->c->first_step - w->k : 0;
    first = w->c->n_steps > 0 && first < w->n_delays ? first : w->n_delays;
    sum_by_base(w, first);
    sum_steps(w, first);
    for (size_t d = 0; d < w->n_delays && d < first; d++) {
        tied[p->layout.base + p->base_of[d]] -= w->beside[d];
    }
    for (size_t d = first; d < w->n_delays; d++) {
        add_to(p, tied, w->k, d, -w->beside[d]);
    }
}

/* ---------------------------------------------------------------------- on theta */

RENEWAL_KERNEL static void lay_bases(const struct renewal_problem *p, struct renewal_curvature *c)
{
    const struct renewal_layout *l = &p->layout;
    size_t n = l->n, stride = RENEWAL_FOURS(l->n_base) + 4;
    for (size_t a = 0; a < l->n_base; a++) {
        double *row = c->dense + (l->base + a) * n + l->base;
        row[a] += c->own_base[a] + 2 * c->bases[a * stride + a];
        for (size_t b = a + 1; b < l->n_base; b++) {
            row[b] += c->bases[b * stride + a] + c->bases[a * stride + b];
        }
    }
    for (size_t group = 0; group < n_groups(p); group++) {
        for (size_t a = 0; a < l->n_base; a++) {
            const double *sums = c->by_step + (group * l->n_base + a) * padded_steps(c);
            double *row = c->dense + (l->base + a) * n;
            for (size_t step = 0; step < c->n_steps; step++) {
                const struct renewal_tie *tie = tie_of(p, c->first_step + step, group);
                for (size_t i = 0; i < tie->n; i++) {
                    row[tie->index[i]] += sums[step] * tie->weight[i];
                }
            }
        }
    }
}

/* One step of a group and all that come after it, both ways: into half, which is folded on its transpose in the end. */
RENEWAL_KERNEL static void lay_step(const struct renewal_problem *p, struct renewal_curvature *c, size_t step, size_t group, double *vector)
{
    const struct renewal_layout *l = &p->layout;
    const struct renewal_tie *own = tie_of(p, c->first_step + step, group);
    size_t from = l->base + l->n_base + l->n_shape, most = c->n_steps - step < p->n_delays ? c->n_steps - step : p->n_delays;
    memset(vector, 0, l->n * sizeof(double));
    for (size_t other = group; other < n_groups(p); other++) {
        const double *sums = c->steps + ((group + other) * c->n_steps + step) * c->n_lags;
        size_t last = group == 0 && other == 0 && n_groups(p) == 2 && p->n_short < most ? p->n_short : most;
        for (size_t lag = 1; lag < last; lag++) {
            const struct renewal_tie *tie = tie_of(p, c->first_step + step + lag, other);
            for (size_t i = 0; i < tie->n; i++) {
                vector[tie->index[i]] += sums[lag] * tie->weight[i];
            }
        }
    }
    for (size_t i = 0; i < own->n; i++) {
        vector[own->index[i]] += 0.5 * c->own_step[group * c->n_steps + step] * own->weight[i];
    }
    for (size_t i = 0; i < own->n; i++) {
        renewal_add_scaled(c->half + own->index[i] * l->n + from, vector + from, own->weight[i], l->effect + l->n_effect - from);
    }
}

void renewal_sums_lay(const struct renewal_problem *p, struct renewal_curvature *c)
{
    const struct renewal_layout *l = &p->layout;
    size_t n = l->n, from = l->base + l->n_base + l->n_shape, to = l->effect + l->n_effect;
    lay_bases(p, c);
    for (size_t i = from; i < to; i++) {
        memset(c->half + i * n + from, 0, (to - from) * sizeof(double));
    }
    for (size_t group = 0; group < n_groups(p); group++) {
        for (size_t step = 0; step < c->n_steps; step++) {
            lay_step(p, c, step, group, c->scratch);
        }
    }
    for (size_t i = from; i < to; i++) {
        for (size_t j = i; j < to; j++) {
            c->dense[i * n + j] += c->half[i * n + j] + c->half[j * n + i];
        }
    }
}

/* ------------------------------------------------------------------- joint cells */

/* weight * v v', upper triangle. */
static void add_product(const double *vector, size_t n, size_t *list, double weight, double *dense)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        list[count] = i;
        count += vector[i] != 0 ? 1 : 0;
    }
    for (size_t a = 0; a < count; a++) {
        double scaled = weight * vector[list[a]], *row = dense + list[a] * n;
        for (size_t b = a; b < count; b++) {
            row[list[b]] += scaled * vector[list[b]];
        }
    }
}

/* What the joint cells of the row add. */
static void joint_products(const struct row_work *w, double *prefix, double *tied)
{
    const struct renewal_problem *p = w->p;
    const struct renewal_row *row = &p->rows[w->k];
    size_t n = p->layout.n, d = 0;
    double *inside = prefix + n, *vector = prefix + 2 * n;
    memset(prefix, 0, n * sizeof(double));
    for (size_t i = 0; i < row->n_cells; i++) {
        const struct renewal_cell *cell = &p->cells[row->cell + i];
        if (cell->first == cell->last) {
            continue;
        }
        for (; d < cell->first; d++) {
            add_to(p, prefix, w->k, d, w->hazard[d]);
        }
        memset(inside, 0, n * sizeof(double));
        for (size_t j = cell->first; j <= cell->last && j < w->n_delays; j++) {
            add_to(p, inside, w->k, j, w->hazard[j]);
        }
        add_product(inside, n, w->c->list, w->score[i] * w->odds[i] * (1 + w->odds[i]), w->c->dense);
        for (size_t j = 0; j < n; j++) {
            vector[j] = w->odds[i] * inside[j] - prefix[j];
            tied[j] -= w->bend[i] * vector[j];
        }
        add_product(vector, n, w->c->list, -w->bend[i], w->c->dense);
    }
}

double renewal_row_curvature(const struct renewal_problem *p, const struct renewal_point *point, const struct renewal_state *s, size_t k,
                             bool exact, struct renewal_curvature *c, double *tied)
{
    const struct renewal_row *row = &p->rows[k];
    double excess = exp(point->hyper[RENEWAL_EXCESS]), unused, mean = s->mean[k];
    double factor = exact ? renewal_exposure_factor(excess, &unused) : 1 / (1 + excess);
    if (row->last_delay < 0) {
        return 0;
    }
    if (!row->split) {
        return factor * mean - (exact && row->n_cells > 0 ? s->cell_bend[row->cell] : 0);
    }
    size_t at = (k - p->first_split) * p->n_delays, most = (size_t)row->last_delay + 1, n = p->layout.n;
    struct row_work w = {.p = p, .state = s, .c = c, .hazard = s->hazard + at, .survival = s->survival + at, .k = k, .mean = mean,
                         .left = s->unreported[k], .factor = factor};
    w.n_delays = most < p->n_hazards ? most : p->n_hazards;
    double *scratch = c->scratch + 3 * n;
    double **parts[] = {&w.own, &w.beside, &w.score, &w.bend, &w.odds};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        *parts[i] = scratch + i * RENEWAL_FOURS(p->n_delays + 8);
    }
    double bends = 0;
    if (exact) {
        bends = back_over_cells(&w);
    } else {
        expected_cells(&w);
    }
    sum_row(&w, tied);
    if (w.joint) {
        joint_products(&w, c->scratch, tied);
    }
    return factor * mean * (1 - w.left) - bends;
}
