/*
 * The selected inverse (Takahashi 1973; Rue and Martino 2007): with the curvature [[A, C], [C', D]], A banded, the covariance of
 * a linear form v of levels and t of theta is v' A^-1 v + |R^-T (t - (A^-1 C)' v)|^2, R'R the Schur complement of A. Every form
 * needed has v within the band, so A^-1 is needed there only.
 *
 * The mean differs from the mode because the likelihood is skewed and its ridges are bent: to third order it lies where the gradient
 * balances half the third derivative contracted with the covariance. With z the log mean of a cell (log mean of the row plus log
 * share, whose second derivatives by logit hazards are diagonal) that is -w/2 [(Var z + tr z'' V) z' + 2 z'' V z'], w its weight.
 */
#include "monitor/renewal/moments.h"

#include "monitor/renewal/cell.h"
#include "monitor/renewal/kernel.h"

#include <math.h>
#include <string.h>

#define VARIANCE_MOST 0.7
#define SQUARES_MOST 2.0
#define WALK_EVERY 2

vg_status renewal_moments_new(const struct renewal_problem *p, struct vg_arena *arena, struct renewal_moments *m, struct vg_error *error)
{
    size_t n = p->layout.n + 1, width = p->n_generation + 1 > p->n_kernel ? p->n_generation + 1 : p->n_kernel;
    width = width < 3 ? 3 : width;
    *m = (struct renewal_moments){.inverse = renewal_doubles(arena, p->n_latent + width, 2 * RENEWAL_FOURS(width))};
    m->response = renewal_doubles(arena, p->n_latent, n);
    m->unit = renewal_doubles(arena, n, n);
    m->rows = renewal_doubles(arena, p->n_rows, n);
    m->row_whitened = renewal_doubles(arena, 2, n);
    m->cells = renewal_doubles(arena, (p->n_delays + 3) * n, 1);
    m->steps = renewal_doubles(arena, 2 * (p->n_rows + p->n_delays) * n, 1);
    m->log_r_whitened = renewal_doubles(arena, 2, n);
    m->level = renewal_doubles(arena, p->n_latent, 1);
    m->log_r = renewal_doubles(arena, p->n_latent, 1);
    m->mean = renewal_doubles(arena, p->n_rows, 1);
    m->score_by_excess = renewal_doubles(arena, p->n_cells + 1, 1);
    m->bend_by_excess = renewal_doubles(arena, p->n_cells + 1, 1);
    if (arena->failed || m->bend_by_excess == NULL) {
        return vg_fail_memory(error, p->n_latent * n * sizeof(double));
    }
    return renewal_point_new(p, arena, &m->shift, error);
}

/*
 * A^-1 within the band, from the last row back. Rows hold both sides of the diagonal, (i, i + j) at place stride + j, so that what a new
 * row is made of lies along rows.
 */
RENEWAL_KERNEL static void invert_band(const struct renewal_curvature *c, struct renewal_moments *m)
{
    size_t width = c->width, stride = c->stride, row_length = 2 * stride;
    memset(m->inverse + c->n_latent * row_length, 0, width * row_length * sizeof(double));
    for (size_t i = c->n_latent; i-- > 0;) {
        const double *factor = c->band + i * stride;
        double *inverse = m->inverse + i * row_length + stride, pivot = 1 / factor[0];
        size_t most = c->n_latent - i < width ? c->n_latent - i : width;
        for (size_t j = 0; j < stride; j += 4) {
            renewal_four sum = {0};
            for (size_t k = 1; k < most; k++) {
                sum += factor[k] * load_four(m->inverse + (i + k) * row_length + stride - k + j);
            }
            store_four(inverse + j, -pivot * sum);
        }
        for (size_t j = most; j < stride; j++) {
            inverse[j] = 0;
        }
        inverse[0] = 0;
        inverse[0] = pivot * pivot - pivot * inner_product(factor, inverse, stride);
        for (size_t j = 1; j < most; j++) {
            inverse[j * row_length - j] = inverse[j];
        }
    }
}

RENEWAL_KERNEL static void find_response(const struct renewal_curvature *c, struct renewal_moments *m)
{
    size_t n = c->n_theta, stride = c->stride;
    memcpy(m->response, c->cross, c->n_latent * n * sizeof(double));
    for (size_t i = c->n_latent; i-- > 0;) {
        const double *factor = c->band + i * stride;
        double *row = m->response + i * n, inverse = 1 / factor[0];
        size_t most = c->n_latent - i < c->width ? c->n_latent - i : c->width;
        renewal_subtract_rows(row, factor + 1, 1, row + n, (ptrdiff_t)n, most - 1, n);
        for (size_t a = 0; a < n; a += 4) {
            store_four(row + a, load_four(row + a) * inverse);
        }
    }
    renewal_multiply_rows(m->unit, n, m->response, c->n_latent);
}

/* v' A^-1 v for v[a] at level first + a; v has four zeros after its n entries. */
static double band_variance(const struct renewal_moments *m, size_t stride, size_t first, const double *v, size_t n)
{
    return renewal_band_form(m->inverse + first * 2 * stride + stride, 2 * stride, v, n);
}

RENEWAL_KERNEL static void log_r_variances(const struct renewal_problem *p, const struct renewal_fit *fit, struct renewal_moments *m)
{
    const struct renewal_curvature *c = &fit->curvature;
    size_t n = c->n_theta, lags = p->n_generation;
    double sigma = exp(fit->mode.hyper[RENEWAL_SIGMA]), now[RENEWAL_LAGS_MOST + 16], before[RENEWAL_LAGS_MOST + 16], change[RENEWAL_LAGS_MOST + 16];
    double *here = m->log_r_whitened, *last = here + n;
    m->innovation = 0;
    for (size_t i = p->n_seed; i < p->n_latent; i++) {
        size_t first = i - lags;
        renewal_log_r_by_level(p, &fit->state, i, now);
        memset(here, 0, n * sizeof(double));
        renewal_subtract_rows(here, now + 1, 1, m->response + (first + 1) * n, (ptrdiff_t)n, lags, n);
        m->log_r[i] = band_variance(m, c->stride, first, now, lags + 1) + inner_product(here, here, n);
        if (i > p->n_seed) {
            memcpy(change, now, sizeof now);
            for (size_t a = 0; a < lags; a++) {
                change[a] -= p->keep * before[a + 1];
            }
            add_scaled_fours(last, here, -1 / p->keep, n);
            double theta = p->keep * p->keep * inner_product(last, last, n);
            m->innovation += (band_variance(m, c->stride, first, change, lags + 1) + theta) / (sigma * sigma);
        }
        memcpy(before, now, sizeof now);
        double *kept = here;
        here = last;
        last = kept;
    }
}

static void effect_variances(const struct renewal_problem *p, const struct renewal_fit *fit, struct renewal_moments *m)
{
    const struct renewal_layout *l = &p->layout;
    double precision = exp(-2 * fit->mode.hyper[RENEWAL_UPSILON]);
    m->effect = 0;
    for (size_t i = l->effect; i < l->effect + l->n_effect; i++) {
        m->effect += precision * inner_product(m->unit + i * l->n, m->unit + i * l->n, l->n);
    }
    precision = exp(-2 * fit->mode.hyper[RENEWAL_OMEGA]);
    m->drift = 0;
    for (size_t i = 0; i < l->n_drift; i++) {
        double *step = m->row_whitened, scale = i < l->n_group ? 1 : RENEWAL_LONG_DRIFT;
        memcpy(step, m->unit + (l->drift + i) * l->n, l->n * sizeof *step);
        if ((i + 1) % l->n_group != 0) {
            add_scaled(step, m->unit + (l->drift + i + 1) * l->n, -1, l->n);
        }
        m->drift += precision / (scale * scale) * inner_product(step, step, l->n);
    }
}

/* ------------------------------------------------------------------ third order */

/* What report steps add to whitened logit hazards: m->steps, of short delays, then of long ones. */
RENEWAL_KERNEL static void whiten_steps(const struct renewal_problem *p, struct renewal_moments *m)
{
    size_t n = p->layout.n, steps = p->n_rows + p->n_delays;
    for (size_t group = 0; group < 2; group++) {
        for (size_t step = p->first_split; step <= p->last_report && p->n_hazards > 0; step++) {
            const struct renewal_tie *tie = &p->ties[group * steps + step];
            double *out = m->steps + (group * steps + step) * n;
            for (size_t i = 0; i < n && tie->n > 0; i += 4) {
                renewal_four sum = tie->weight[0] * load_four(m->unit + tie->index[0] * n + i);
                for (size_t a = 1; a < tie->n; a++) {
                    sum += tie->weight[a] * load_four(m->unit + tie->index[a] * n + i);
                }
                store_four(out + i, sum);
            }
        }
    }
}

/* whitened logit hazard of (row, delay): in `out`, or where it stands already. */
RENEWAL_INLINE const double *hazard_whitened(const struct renewal_problem *p, const struct renewal_moments *m, size_t row, size_t delay, double *out)
{
    size_t n = p->layout.n, at = (delay < p->n_short ? 0 : p->n_rows + p->n_delays) + row + delay;
    const double *base = m->unit + (p->layout.base + p->base_of[delay]) * n, *step = m->steps + at * n;
    if (p->ties[at].n == 0) {
        return base;
    }
    for (size_t i = 0; i < n; i += 4) {
        store_four(out + i, load_four(base + i) + load_four(step + i));
    }
    return out;
}

/* The third order says nothing where a log mean is hardly known at all: what it adds is bounded there. */
static inline double bounded(double variance)
{
    return variance > VARIANCE_MOST ? VARIANCE_MOST : variance < -VARIANCE_MOST ? -VARIANCE_MOST : variance;
}

/*
 * Goes through the delays of a split row: the whitened log means of its cells into m->cells, from place 3 on. whole: the row's log mean, whitened.
 * Of the longest delay, which takes the rest, there is no hazard.
 */
RENEWAL_KERNEL static void walk_row(const struct renewal_problem *p, const struct renewal_fit *fit, size_t k, const double *whole,
                                    struct renewal_moments *m)
{
    size_t n = p->layout.n;
    struct renewal_walked *out = &m->walked;
    const double *hazard = fit->state.hazard + (k - p->first_split) * p->n_delays;
    /* rest_of: the log mean less what earlier delays took, sum h w */
    double *rest_of = m->cells, *whitened = rest_of + n, *cells = rest_of + 3 * n, bent = 0, rest = m->mean[k] - inner_product(whole, whole, n);
    out->row = k;
    out->mean = m->mean[k];
    out->n = (size_t)p->rows[k].last_delay + 1;
    memcpy(rest_of, whole, n * sizeof(double));
    for (size_t d = 0; d < out->n; d++) {
        double *cell = cells + d * n;
        renewal_four squares = {0}, cell_squares = {0};
        if (d < p->n_hazards) {
            double h = hazard[d];
            const double *w = hazard_whitened(p, m, k, d, whitened);
            for (size_t i = 0; i < n; i += 4) {
                renewal_four here = load_four(w + i), left = load_four(rest_of + i) - h * here, log_mean = left + here;
                store_four(rest_of + i, left);
                store_four(cell + i, log_mean);
                squares += here * here;
                cell_squares += log_mean * log_mean;
            }
            bent -= h * (1 - h) * sum_four(&squares);
        } else {
            memcpy(cell, rest_of, n * sizeof(double));
            cell_squares = (renewal_four){inner_product(cell, cell, n), 0, 0, 0};
        }
        out->variance[d] = rest + sum_four(&cell_squares);
        out->bent[d] = bent;
    }
}

/* Of an open row that was walked: what its cells pull at log mean (returned) and at theta. */
RENEWAL_KERNEL static double open_row_pull(const struct renewal_problem *p, const struct renewal_fit *fit, size_t k, struct renewal_moments *m,
                                           double *by_theta)
{
    const struct renewal_walked *row = &m->walked;
    size_t n = p->layout.n, at = (k - p->first_split) * p->n_delays;
    const double *hazard = fit->state.hazard + at, *survival = fit->state.survival + at, *cells = m->cells + 3 * n;
    double *whitened = m->cells + n, *sum = whitened + n, pull[RENEWAL_DELAYS_MOST], weight[RENEWAL_DELAYS_MOST];
    double mean = fit->state.mean[k], seen = mean * (1 - fit->state.unreported[k]), scale = fit->curvature.noise_mean[k] / (seen > 0 ? seen : 1);
    double pulls = 0, by_mean = 0;
    if (!(scale > 0)) {
        return 0;
    }
    memset(sum, 0, n * sizeof(double));
    for (size_t d = 0; d < row->n; d++) {
        weight[d] = scale * mean * (d > 0 ? survival[d - 1] : 1) * hazard[d];
        pull[d] = -0.5 * weight[d] * bounded(row->variance[d] + row->bent[d]);
        by_mean += pull[d];
    }
    for (size_t d = row->n; d-- > 0;) {
        double h = hazard[d];
        const double *w = hazard_whitened(p, m, k, d, whitened), *cell = cells + d * n;
        renewal_four product = {0};
        for (size_t i = 0; i < n; i += 4) {
            renewal_four here = load_four(sum + i) + weight[d] * load_four(cell + i);
            store_four(sum + i, here);
            product += here * load_four(w + i);
        }
        double by_hazard = pull[d] * (1 - h) - pulls * h + h * (1 - h) * sum_four(&product);
        pulls += pull[d];
        by_theta[p->layout.base + p->base_of[d]] += by_hazard;
        const struct renewal_tie *tie = &p->ties[(d < p->n_short ? 0 : p->n_rows + p->n_delays) + k + d];
        for (size_t a = 0; a < tie->n; a++) {
            by_theta[tie->index[a]] += tie->weight[a] * by_hazard;
        }
    }
    return by_mean;
}

/*
 * What the curvature's log determinant gains by the excess through one row: the trace of covariance times the curvature's derivative. A cell of
 * log mean z has the curvature -Q'' z' z' - Q' z'', Q being its rising factorial; what is exposed f m (z' z' + z'') at each delay. Cells of several
 * delays are sums of means: with weights w of their delays, z' = sum w z'_d and z'' = sum w (z''_d + z'_d z'_d) - z' z'. bend: the trace of the
 * second derivative of the row's log mean. split: what was walked is this row, or a neighbour that differs by its mean alone.
 */
RENEWAL_KERNEL static double row_by_excess(const struct renewal_problem *p, const struct renewal_fit *fit, size_t k, bool split, double bend,
                                           struct renewal_moments *m)
{
    const struct renewal_walked *walked = &m->walked;
    const struct renewal_row *row = &p->rows[k];
    const struct renewal_state *s = &fit->state;
    double mean = s->mean[k], total = 0, off = m->mean[k] - walked->mean;
    if (!split) {
        for (size_t c = row->cell; c < row->cell + row->n_cells; c++) {
            total -= m->bend_by_excess[c] * m->mean[k] + m->score_by_excess[c] * bend;
        }
        return total + m->factor_by_excess * mean * (m->mean[k] + bend);
    }
    size_t n = p->layout.n, at = (k - p->first_split) * p->n_delays;
    const double *hazard = s->hazard + at, *survival = s->survival + at, *cells = m->cells + 3 * n;
    for (size_t d = 0; d < walked->n; d++) {
        double share = (d > 0 ? survival[d - 1] : 1) * hazard[d];
        total += m->factor_by_excess * mean * share * (walked->variance[d] + off + walked->bent[d] + bend);
    }
    for (size_t c = row->cell; c < row->cell + row->n_cells; c++) {
        const struct renewal_cell *cell = &p->cells[c];
        double variance = walked->variance[cell->first] + off, bent = walked->bent[cell->first];
        if (cell->first < cell->last) {
            double *sum = m->cells + 2 * n, share = s->cell_mean[c] / mean, own = variance - inner_product(cells + cell->first * n, cells + cell->first * n, n);
            memset(sum, 0, n * sizeof *sum);
            bent = 0;
            for (size_t d = cell->first; d <= cell->last; d++) {
                double weight = (d > 0 ? survival[d - 1] : 1) * hazard[d] / share;
                add_scaled_fours(sum, cells + d * n, weight, n);
                bent += weight * (walked->bent[d] + walked->variance[d]);
            }
            variance = own + inner_product(sum, sum, n);
            bent -= variance;
        }
        total -= m->bend_by_excess[c] * variance + m->score_by_excess[c] * (bent + bend);
    }
    return total;
}

/* What the shift adds is a correction; where it comes out large it is none. */
static double limited(double value)
{
    return value > SQUARES_MOST ? SQUARES_MOST : value < -SQUARES_MOST ? -SQUARES_MOST : value;
}

/* The shift, and what it adds to the expected squares of innovations, noise and effects. */
static void find_shift(const struct renewal_problem *p, struct renewal_fit *fit, struct renewal_moments *m)
{
    const struct renewal_state *s = &fit->state;
    const struct renewal_layout *l = &p->layout;
    double sigma = exp(fit->mode.hyper[RENEWAL_SIGMA]), tau = exp(-2 * fit->mode.hyper[RENEWAL_TAU]), upsilon = exp(-2 * fit->mode.hyper[RENEWAL_UPSILON]);
    double last = 0, innovation = 0, noise = 0, effect = 0, drift = 0;
    renewal_curvature_solve(p, &fit->curvature, &fit->gradient, &m->shift);
    for (size_t i = p->n_seed; i < p->n_latent; i++) {
        double by_level[RENEWAL_LAGS_MOST + 16];
        renewal_log_r_by_level(p, s, i, by_level);
        double log_r = renewal_product(by_level, m->shift.level + i - p->n_generation, p->n_generation + 1);
        double moved = (log_r - p->keep * last) / sigma;
        innovation += i > p->n_seed ? moved * (2 * s->innovation[i] + moved) : 0;
        last = log_r;
    }
    for (size_t k = 0; k < p->n_rows; k++) {
        noise += tau * m->shift.noise[k] * (2 * fit->mode.noise[k] + m->shift.noise[k]);
    }
    for (size_t i = l->effect; i < l->effect + l->n_effect; i++) {
        effect += upsilon * m->shift.theta[i] * (2 * fit->mode.theta[i] + m->shift.theta[i]);
    }
    for (size_t i = 0; i < l->n_drift; i++) {
        double moved = renewal_drift_step(p, m->shift.theta, i);
        drift += exp(-2 * fit->mode.hyper[RENEWAL_OMEGA]) * moved * (2 * renewal_drift_step(p, fit->mode.theta, i) + moved);
    }
    m->innovation += limited(innovation);
    m->noise += limited(noise);
    m->effect += limited(effect);
    m->drift += limited(drift);
}

/*
 * Whether a row must be walked for what the excess does: an open one, and of the complete ones, which differ little, every other, unless cells are
 * of several delays.
 */
static bool must_walk(const struct renewal_problem *p, size_t k, const struct renewal_walked *walked)
{
    const struct renewal_row *row = &p->rows[k];
    bool joint = (size_t)row->last_delay < p->n_hazards || walked->n != (size_t)row->last_delay + 1 || k - walked->row >= WALK_EVERY;
    for (size_t c = row->cell; c < row->cell + row->n_cells && !joint; c++) {
        joint = p->cells[c].first != p->cells[c].last;
    }
    return joint;
}

/* Adds row k's pull to the gradient, and to m->by_excess; whole and bend as above. */
static void add_pull(const struct renewal_problem *p, struct renewal_fit *fit, size_t k, const double *whole, double bend, struct renewal_moments *m)
{
    struct renewal_point *g = &fit->gradient;
    const struct renewal_row *row = &p->rows[k];
    bool split = row->split && row->last_delay >= 0, open = split && (size_t)row->last_delay < p->n_hazards;
    if (open || (split && !m->without_excess && must_walk(p, k, &m->walked))) {
        walk_row(p, fit, k, whole, m);
    }
    double pull = open ? open_row_pull(p, fit, k, m, g->theta) : -0.5 * fit->curvature.noise_mean[k] * bounded(m->mean[k]);
    m->by_excess += row->last_delay >= 0 && !m->without_excess ? row_by_excess(p, fit, k, split, bend, m) : 0;
    g->noise[k] += pull;
    renewal_add_scaled(g->level + renewal_row_end(p, k) + 1 - p->n_kernel, fit->curvature.share + k * fit->curvature.n_share, pull, p->n_kernel);
    if (p->layout.n_weekday > 0) {
        g->theta[p->layout.weekday + row->weekday] += pull;
    }
}

/* How score and bend of each cell, and the factor of what is exposed, change with the excess. */
static void excess_derivatives(const struct renewal_problem *p, const struct renewal_fit *fit, struct renewal_moments *m)
{
    static const double step = 1e-4;
    double excess = exp(fit->mode.hyper[RENEWAL_EXCESS]), moved = excess * (1 + step);
    m->by_excess = 0;
    m->walked.n = 0;
    if (m->without_excess) {
        return;
    }
    (void)renewal_exposure_factor(excess, &m->factor_by_excess);
    (void)renewal_rising_of(p->cell_count, fit->state.cell_mean, p->n_cells, moved, m->score_by_excess, m->bend_by_excess);
    for (size_t c = 0; c < p->n_cells; c++) {
        m->score_by_excess[c] = (m->score_by_excess[c] - fit->state.cell_score[c]) / (moved - excess);
        m->bend_by_excess[c] = (m->bend_by_excess[c] - fit->state.cell_bend[c]) / (moved - excess);
    }
}

/* Of row k: theta's part of log mean and of noise, whitened; the x part is share times kept and taken. */
RENEWAL_KERNEL static void row_variances(const struct renewal_problem *p, struct renewal_fit *fit, struct renewal_moments *m)
{
    const struct renewal_curvature *c = &fit->curvature;
    size_t n = c->n_theta;
    double tau = exp(fit->mode.hyper[RENEWAL_TAU]), *by_level = m->row_whitened, *whole = by_level + n, total = 0;
    /* Rows before first_tied are tied to their weekday alone. */
    for (size_t k = 0; k < p->n_rows; k++) {
        size_t weekday = p->layout.weekday + p->rows[k].weekday;
        bool full = k >= c->first_tied;
        const double *from = full ? c->noise_theta + k * n : m->unit + weekday * n;
        double weight = c->noise_weight[k] * (full ? 1 : p->layout.n_weekday > 0 ? c->noise_theta[k * n + weekday] : 0);
        for (size_t i = 0; i < n; i += 4) {
            store_four(m->rows + k * n + i, load_four(from + i) * weight);
        }
    }
    renewal_multiply_rows(m->unit, n, m->rows + c->first_tied * n, p->n_rows - c->first_tied);
    for (size_t k = 0; k < p->n_rows; k++) {
        double share[RENEWAL_LAGS_MOST + 32], taken = c->noise_mean[k] / c->noise[k], own = 1 / c->noise[k];
        size_t first = renewal_row_end(p, k) + 1 - p->n_kernel;
        memcpy(share, c->share + k * c->n_share, c->n_share * sizeof *share);
        memset(share + c->n_share, 0, 8 * sizeof *share);
        double variance = band_variance(m, c->stride, first, share, p->n_kernel), bend = inner_product(share, m->level + first, p->n_kernel);
        memset(by_level, 0, n * sizeof *by_level);
        renewal_subtract_rows(by_level, share, 1, m->response + first * n, (ptrdiff_t)n, p->n_kernel, n);
        /* noise = - (taken share.x + noise_theta.theta / noise) + own part; log mean = share.x + weekday + noise */
        renewal_four noise_squares = {0}, squares = {0};
        const double *weekday = p->layout.n_weekday > 0 ? m->unit + (p->layout.weekday + p->rows[k].weekday) * n : NULL;
        for (size_t i = 0; i < n; i += 4) {
            renewal_four level = load_four(by_level + i), noise = load_four(m->rows + k * n + i) + taken * level, mean = level - noise;
            mean += weekday != NULL ? load_four(weekday + i) : (renewal_four){0};
            noise_squares += noise * noise;
            squares += mean * mean;
            store_four(whole + i, mean);
        }
        total += own + taken * taken * variance + sum_four(&noise_squares);
        m->mean[k] = own + (1 - taken) * (1 - taken) * variance + sum_four(&squares);
        add_pull(p, fit, k, whole, bend - variance - inner_product(by_level, by_level, n), m);
    }
    m->noise = total / (tau * tau);
    m->by_excess *= exp(fit->mode.hyper[RENEWAL_EXCESS]);
}

void renewal_moments_of(const struct renewal_problem *p, struct renewal_fit *fit, struct renewal_moments *m)
{
    size_t n = p->layout.n;
    renewal_invert_triangle(fit->curvature.dense, n, m->unit);
    invert_band(&fit->curvature, m);
    find_response(&fit->curvature, m);
    for (size_t i = 0; i < p->n_latent; i++) {
        const double *response = m->response + i * n;
        m->level[i] = m->inverse[(2 * i + 1) * fit->curvature.stride] + inner_product(response, response, n);
    }
    log_r_variances(p, fit, m);
    /* What is left of the gradient at the mode stays: so the shift takes the last step of the search, too. */
    whiten_steps(p, m);
    excess_derivatives(p, fit, m);
    row_variances(p, fit, m);
    effect_variances(p, fit, m);
    find_shift(p, fit, m);
}

/* -------------------------------------------------------------- hyperparameters */

/* Information on a log scale from squares that have n_free degrees of freedom spread over n. */
static double scale_information(double n, double variances)
{
    double share = n > 0 ? (n - variances) / n : 0;
    return 2 * n * share * share;
}

void renewal_hyper_gradient(const struct renewal_problem *p, const struct renewal_fit *fit, const struct renewal_moments *m, double *gradient,
                            double *information)
{
    double n_innovations = (double)(p->n_latent - p->n_seed - 1), n_rows = (double)p->n_rows, n_effects = (double)p->layout.n_effect;
    memcpy(gradient, fit->state.hyper_score, RENEWAL_HYPER_COUNT * sizeof *gradient);
    gradient[RENEWAL_SIGMA] += m->innovation;
    gradient[RENEWAL_TAU] += m->noise;
    gradient[RENEWAL_UPSILON] += m->effect;
    gradient[RENEWAL_OMEGA] += m->drift;
    gradient[RENEWAL_EXCESS] -= 0.5 * m->by_excess;
    /* Innovations are known in the few smooth directions in which the data speak, noise and effects nearly each by itself. */
    information[RENEWAL_SIGMA] = n_innovations > m->innovation ? 1.6 * (n_innovations - m->innovation) : 0;
    information[RENEWAL_TAU] = 1.3 * scale_information(n_rows, m->noise);
    information[RENEWAL_UPSILON] = scale_information(n_effects, m->effect);
    information[RENEWAL_OMEGA] = scale_information((double)p->layout.n_drift, m->drift);
    double excess = exp(fit->mode.hyper[RENEWAL_EXCESS]), share = excess / (1 + excess), pairs = 0;
    for (size_t i = 0; i < p->n_cells; i++) {
        pairs += p->cells[i].count > 1 ? 1 : 0;
    }
    information[RENEWAL_EXCESS] = 0.5 * pairs * share * share;
    for (size_t i = 0; i < RENEWAL_HYPER_COUNT; i++) {
        bool free = p->hyper_sd[i] > 0;
        gradient[i] = free ? gradient[i] : 0;
        information[i] = free ? information[i] + 1 / (p->hyper_sd[i] * p->hyper_sd[i]) : 1;
    }
}
