/*
 * Second derivatives of the renewal model. The level's part is banded since R looks back one generation interval only; the
 * likelihood's part by logit hazards is nearly diagonal in each row, so few products are needed. See docs/renewal-model.md.
 */
#include "monitor/renewal/curvature.h"

#include "monitor/renewal/cell.h"

#include <math.h>
#include <string.h>

static double *doubles(struct vg_arena *arena, size_t a, size_t b)
{
    size_t count;
    return vg_multiply_size(a, b > 0 ? b : 1, &count) ? VG_ARENA_ARRAY(arena, double, count) : NULL;
}

vg_status renewal_curvature_new(const struct renewal_problem *p, struct vg_arena *arena, struct renewal_curvature *c,
                                struct vg_error *error)
{
    size_t n = p->layout.n, width = p->n_generation + 1;
    width = width > p->n_kernel ? width : p->n_kernel;
    *c = (struct renewal_curvature){.n_latent = p->n_latent, .n_theta = n, .n_rows = p->n_rows, .width = width < 3 ? 3 : width};
    /* A border of zeros, so that the last rows need no bounds. */
    c->band = doubles(arena, p->n_latent + c->width, c->width);
    c->cross = doubles(arena, p->n_latent + c->width, n);
    c->dense = doubles(arena, n, n);
    c->noise = doubles(arena, p->n_rows, 1);
    c->noise_mean = doubles(arena, p->n_rows, 1);
    c->noise_theta = doubles(arena, p->n_rows, n);
    c->share = doubles(arena, p->n_rows, p->n_kernel);
    c->scratch = doubles(arena, 3 * n + p->n_delays + p->n_latent + c->width, 1);
    c->list = VG_ARENA_ARRAY(arena, size_t, n + 1);
    return arena->failed || c->list == NULL ? vg_fail_memory(error, (p->n_latent + n) * n * sizeof(double)) : VG_OK;
}

/* ------------------------------------------------------------- prior of the level */

static void add_outer(struct renewal_curvature *c, size_t newest, const double *vector, size_t n, double weight)
{
    /* vector[j] belongs to level newest - j. */
    for (size_t j = 0; j < n; j++) {
        double scaled = weight * vector[j];
        double *row = c->band + (newest - j) * c->width;
        for (size_t i = 0; i <= j; i++) {
            row[j - i] += scaled * vector[i];
        }
    }
}

static void seed_curvature(const struct renewal_problem *p, struct renewal_curvature *c)
{
    static const double first[1] = {1}, growth[2] = {1, -1}, change[3] = {1, -2, 1};
    add_outer(c, 0, first, 1, 1 / (RENEWAL_LEVEL_SD * RENEWAL_LEVEL_SD));
    add_outer(c, 1, growth, 2, 1 / (RENEWAL_SEED_GROWTH_SD * RENEWAL_SEED_GROWTH_SD));
    for (size_t i = 2; i < p->n_seed; i++) {
        add_outer(c, i, change, 3, 1 / (RENEWAL_SEED_CHANGE_SD * RENEWAL_SEED_CHANGE_SD));
    }
}

static void level_prior_curvature(const struct renewal_problem *p, const struct renewal_point *point,
                                  const struct renewal_state *s, bool exact, struct renewal_curvature *c)
{
    double sigma = exp(point->hyper[RENEWAL_SIGMA]), by_level[RENEWAL_LAGS_MOST + 2], before[RENEWAL_LAGS_MOST + 2], now[RENEWAL_LAGS_MOST + 2];
    seed_curvature(p, c);
    memset(before, 0, sizeof before);
    for (size_t i = p->n_seed; i < p->n_latent; i++) {
        size_t lags = p->n_generation;
        now[0] = 1;
        for (size_t j = 1; j < lags; j++) {
            now[j] = -p->generation[j] * s->infections[i - j] / s->pressure[i];
        }
        bool first = i == p->n_seed;
        double sd = first ? RENEWAL_FIRST_LOG_R_SD : sigma;
        memcpy(by_level, now, lags * sizeof(double));
        by_level[lags] = 0;
        for (size_t j = 0; j < lags && !first; j++) {
            by_level[j + 1] -= p->keep * before[j];
        }
        add_outer(c, i, by_level, first ? lags : lags + 1, 1 / (sd * sd));
        if (exact) {
            /* log R's own second derivative: minus diag(w) + w w', w the shares of its infection pressure. */
            double slope = s->innovation[i] / sd - (i + 1 < p->n_latent ? p->keep * s->innovation[i + 1] / sigma : 0);
            add_outer(c, i - 1, now + 1, lags - 1, slope);
            for (size_t j = 1; j < lags; j++) {
                c->band[(i - j) * c->width] += slope * now[j];
            }
        }
        memcpy(before, now, lags * sizeof(double));
    }
}

/* --------------------------------------------------------------- prior of theta */

static void shape_curvature(const struct renewal_problem *p, const struct renewal_point *point, struct renewal_state *s, bool exact,
                            struct renewal_curvature *c)
{
    const struct renewal_layout *l = &p->layout;
    if (l->n_shape == 0) {
        return;
    }
    static const double step = 1e-3;
    double precision = 1 / (p->base_sd * p->base_sd), shape[2] = {point->theta[l->shape], point->theta[l->shape + 1]};
    const double *base = point->theta + l->base;
    double *dense = c->dense, *slopes = c->scratch;
    renewal_shape_hazards(shape, l->n_base, s->shape_base);
    for (size_t i = 0; i < 2; i++) {
        double high[2] = {shape[0], shape[1]}, low[2] = {shape[0], shape[1]}, bend = 0;
        high[i] += step;
        low[i] -= step;
        renewal_shape_hazards(high, l->n_base, s->shape_high);
        renewal_shape_hazards(low, l->n_base, s->shape_low);
        for (size_t d = 0; d < l->n_base; d++) {
            double slope = (s->shape_high[d] - s->shape_low[d]) / (2 * step);
            slopes[i * l->n_base + d] = slope;
            dense[(l->base + d) * l->n + l->shape + i] -= precision * slope;
            dense[(l->shape + i) * l->n + l->shape + i] += precision * slope * slope;
            bend += (base[d] - s->shape_base[d]) * (s->shape_high[d] - 2 * s->shape_base[d] + s->shape_low[d]) / (step * step);
        }
        dense[(l->shape + i) * l->n + l->shape + i] -= exact ? precision * bend : 0;
    }
    double both = 0, mixed = 0, corners[2][2] = {{step, step}, {step, -step}};
    for (size_t corner = 0; corner < 2; corner++) {
        double high[2] = {shape[0] + corners[corner][0], shape[1] + corners[corner][1]};
        double low[2] = {shape[0] - corners[corner][0], shape[1] - corners[corner][1]};
        renewal_shape_hazards(high, l->n_base, s->shape_high);
        renewal_shape_hazards(low, l->n_base, s->shape_low);
        for (size_t d = 0; d < l->n_base; d++) {
            double sum = (s->shape_high[d] + s->shape_low[d]) / (4 * step * step);
            mixed += (base[d] - s->shape_base[d]) * (corner == 0 ? sum : -sum);
        }
    }
    for (size_t d = 0; d < l->n_base; d++) {
        both += slopes[d] * slopes[l->n_base + d];
        dense[(l->base + d) * l->n + l->base + d] += precision;
    }
    dense[l->shape * l->n + l->shape + 1] += precision * (both - (exact ? mixed : 0));
}

static void theta_prior_curvature(const struct renewal_problem *p, const struct renewal_point *point, struct renewal_state *s, bool exact,
                                  struct renewal_curvature *c)
{
    const struct renewal_layout *l = &p->layout;
    memcpy(c->dense, p->theta_precision, l->n * l->n * sizeof(double));
    double precision = exp(-2 * point->hyper[RENEWAL_UPSILON]);
    for (size_t i = l->effect; i < l->effect + l->n_effect; i++) {
        c->dense[i * l->n + i] += precision;
    }
    shape_curvature(p, point, s, exact, c);
}

/* ------------------------------------------------------------------- likelihood */

/* Indices of theta that the logit hazard of (row, delay) depends on, ascending, with their weights. */
struct tie {
    size_t n, index[7];
    double weight[7];
};

static void tie_hazard(const struct renewal_problem *p, size_t row, size_t delay, struct tie *tie)
{
    const struct renewal_layout *l = &p->layout;
    size_t step = row + delay, n = 0;
    tie->weight[n] = 1;
    tie->index[n++] = l->base + delay;
    if (l->n_report_day > 0) {
        tie->weight[n] = 1;
        tie->index[n++] = l->report_day + p->report_weekday[step];
    }
    if (l->n_holiday > 0 && p->report_holiday[step]) {
        tie->weight[n] = 1;
        tie->index[n++] = l->holiday;
    }
    size_t knot = p->knot[row];
    if (knot < l->n_drift) {
        tie->weight[n] = p->knot_weight[row];
        tie->index[n++] = l->drift + knot;
    }
    if (knot + 1 < l->n_drift && p->knot_weight[row] < 1) {
        tie->weight[n] = 1 - p->knot_weight[row];
        tie->index[n++] = l->drift + knot + 1;
    }
    if (step >= p->first_effect && step - p->first_effect < l->n_effect) {
        tie->weight[n] = 1;
        tie->index[n++] = l->effect + step - p->first_effect;
    }
    tie->n = n;
}

static void add_diagonal(double *dense, size_t n_theta, const struct tie *tie, double weight)
{
    for (size_t a = 0; a < tie->n; a++) {
        for (size_t b = a; b < tie->n; b++) {
            dense[tie->index[a] * n_theta + tie->index[b]] += weight * tie->weight[a] * tie->weight[b];
        }
    }
}

/* weight * v v' for a vector that is zero outside the listed indices. */
static void add_listed(double *dense, size_t n_theta, const double *vector, const size_t *list, size_t n, double weight)
{
    for (size_t a = 0; a < n; a++) {
        double scaled = weight * vector[list[a]], *row = dense + list[a] * n_theta;
        for (size_t b = a; b < n; b++) {
            row[list[b]] += scaled * vector[list[b]];
        }
    }
}

static size_t list_nonzero(const double *vector, size_t n, size_t *list)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        list[count] = i;
        count += vector[i] != 0 ? 1 : 0;
    }
    return count;
}

/* Curvature of a split row by log mean and logit hazards, projected on theta. tied[n_theta] receives what ties log mean to theta
 * (without its weekday). Returns the curvature by log mean. */
struct row_work {
    const struct renewal_problem *p;
    const struct renewal_state *s;
    struct renewal_curvature *c;
    double excess, factor;
    bool exact;
};

static void add_to(double *vector, const struct tie *tie, double weight)
{
    for (size_t a = 0; a < tie->n; a++) {
        vector[tie->index[a]] += weight * tie->weight[a];
    }
}

/* The part of one published cell that is not diagonal: joint delays, and the negative binomial's own curvature. */
static double cell_curvature(const struct row_work *w, size_t k, const struct renewal_cell *cell, const double *prefix, double *diagonal,
                             double *all_before, double *tied)
{
    const struct renewal_problem *p = w->p;
    const double *hazard = w->s->hazard + (k - p->first_split) * p->n_delays, *survival = w->s->survival + (k - p->first_split) * p->n_delays;
    double before = cell->first > 0 ? survival[cell->first - 1] : 1;
    double share = cell->first == cell->last ? before * hazard[cell->first] : before - survival[cell->last];
    double mean = w->s->mean[k] * share + 1e-300;
    struct renewal_rising one = renewal_rising_of((double)cell->count, mean, w->excess, true);
    double score = mean * one.first, bend = score - mean * mean * one.second, odds = survival[cell->last] / (share + 1e-300);
    size_t n = p->layout.n;
    double *vector = w->c->scratch, *inside = w->c->scratch + n;
    *all_before += score;
    memset(inside, 0, n * sizeof(double));
    struct tie tie;
    for (size_t d = cell->first; d <= cell->last && d < p->layout.n_base; d++) {
        tie_hazard(p, k, d, &tie);
        add_to(inside, &tie, hazard[d]);
        diagonal[d] -= score * odds;
    }
    size_t listed = list_nonzero(inside, n, w->c->list);
    add_listed(w->c->dense, n, inside, w->c->list, listed, score * odds * (1 + odds));
    if (bend > 0) {
        for (size_t i = 0; i < n; i++) {
            vector[i] = odds * inside[i] - prefix[i];
            tied[i] -= bend * vector[i];
        }
        listed = list_nonzero(vector, n, w->c->list);
        add_listed(w->c->dense, n, vector, w->c->list, listed, -bend);
    }
    return bend;
}

static double row_exact(const struct row_work *w, size_t k, double *tied)
{
    const struct renewal_problem *p = w->p;
    const struct renewal_row *row = &p->rows[k];
    const double *hazard = w->s->hazard + (k - p->first_split) * p->n_delays;
    size_t n = p->layout.n, last = (size_t)row->last_delay;
    double mean = w->s->mean[k], left = w->s->unreported[k], fixed = w->factor * mean * left, bends = 0, behind = 0;
    double *prefix = w->c->scratch + 2 * n, *diagonal = w->c->scratch + 3 * n;
    struct tie tie;
    memset(prefix, 0, n * sizeof(double));
    memset(diagonal, 0, p->n_delays * sizeof(double));
    size_t d = 0;
    for (size_t i = 0; i < row->n_cells; i++) {
        const struct renewal_cell *cell = &p->cells[row->cell + i];
        for (; d < cell->first; d++) {
            tie_hazard(p, k, d, &tie);
            add_to(prefix, &tie, hazard[d]);
        }
        double here = 0;
        bends += cell_curvature(w, k, cell, prefix, diagonal, &here, tied);
        /* Delays before the cell: subtracted from `behind` once they are passed, see below. */
        behind += here;
        diagonal[cell->first] -= here;
    }
    /* Suffix sums: each delay carries the scores of the cells that begin after it. */
    for (; d <= last && d < p->layout.n_base; d++) {
        tie_hazard(p, k, d, &tie);
        add_to(prefix, &tie, hazard[d]);
    }
    return fixed == 0 && behind == 0 ? -bends : w->factor * mean * (1 - left) - bends;
}
