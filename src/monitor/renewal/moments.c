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

#include "monitor/renewal/kernel.h"

#include <math.h>
#include <string.h>

#define VARIANCE_MOST 0.7
#define SQUARES_MOST 2.0

vg_status renewal_moments_new(const struct renewal_problem *p, struct vg_arena *arena, struct renewal_moments *m, struct vg_error *error)
{
    size_t n = p->layout.n + 1, width = p->n_generation + 1 > p->n_kernel ? p->n_generation + 1 : p->n_kernel;
    width = width < 3 ? 3 : width;
    *m = (struct renewal_moments){.inverse = VG_ARENA_ARRAY(arena, double, (p->n_latent + width) * width)};
    m->response = VG_ARENA_ARRAY(arena, double, p->n_latent * n);
    m->unit = VG_ARENA_ARRAY(arena, double, n * n);
    m->rows = VG_ARENA_ARRAY(arena, double, p->n_rows * n);
    m->row_whitened = VG_ARENA_ARRAY(arena, double, 2 * n);
    m->cells = VG_ARENA_ARRAY(arena, double, (p->n_delays + 3) * n);
    m->log_r_whitened = VG_ARENA_ARRAY(arena, double, 2 * n);
    m->level = VG_ARENA_ARRAY(arena, double, p->n_latent);
    m->log_r = VG_ARENA_ARRAY(arena, double, p->n_latent);
    m->mean = VG_ARENA_ARRAY(arena, double, p->n_rows);
    if (arena->failed || m->mean == NULL) {
        return vg_fail_memory(error, p->n_latent * n * sizeof(double));
    }
    return renewal_point_new(p, arena, &m->shift, error);
}

/* A^-1 within the band, from the last row back. */
RENEWAL_KERNEL static void invert_band(const struct renewal_curvature *c, struct renewal_moments *m)
{
    size_t width = c->width;
    memset(m->inverse + c->n_latent * width, 0, width * width * sizeof(double));
    for (size_t i = c->n_latent; i-- > 0;) {
        const double *factor = c->band + i * width;
        double *inverse = m->inverse + i * width, pivot = 1 / factor[0];
        size_t most = c->n_latent - i < width ? c->n_latent - i : width;
        for (size_t j = width; j-- > 1;) {
            double sum = 0;
            for (size_t k = 1; k <= j && j < most; k++) {
                sum += factor[k] * m->inverse[(i + k) * width + j - k];
            }
            for (size_t k = j + 1; k < most; k++) {
                sum += factor[k] * m->inverse[(i + j) * width + k - j];
            }
            inverse[j] = j < most ? -sum * pivot : 0;
        }
        double sum = 0;
        for (size_t k = 1; k < most; k++) {
            sum += factor[k] * inverse[k];
        }
        inverse[0] = pivot * pivot - sum * pivot;
    }
}

static void find_response(const struct renewal_curvature *c, struct renewal_moments *m)
{
    size_t n = c->n_theta, width = c->width;
    memcpy(m->response, c->cross, c->n_latent * n * sizeof(double));
    for (size_t i = c->n_latent; i-- > 0;) {
        const double *factor = c->band + i * width;
        double *row = m->response + i * n, inverse = 1 / factor[0];
        size_t most = c->n_latent - i < width ? c->n_latent - i : width;
        renewal_subtract_rows(row, factor + 1, 1, row + n, (ptrdiff_t)n, most - 1, n);
        for (size_t a = 0; a < n; a++) {
            row[a] *= inverse;
        }
    }
    renewal_whiten_rows(c->dense, n, 0, m->response, c->n_latent);
}

/* v' A^-1 v for v[j] at level newest - j. */
RENEWAL_KERNEL static double band_variance(const struct renewal_moments *m, size_t width, size_t newest, const double *v, size_t n)
{
    double sum = 0;
    for (size_t j = 0; j < n; j++) {
        const double *inverse = m->inverse + (newest - j) * width;
        double inner = 0.5 * inverse[0] * v[j];
        for (size_t i = 0; i < j; i++) {
            inner += inverse[j - i] * v[i];
        }
        sum += 2 * v[j] * inner;
    }
    return sum;
}

RENEWAL_KERNEL static void log_r_variances(const struct renewal_problem *p, const struct renewal_fit *fit, struct renewal_moments *m)
{
    const struct renewal_state *s = &fit->state;
    const struct renewal_curvature *c = &fit->curvature;
    size_t n = c->n_theta, lags = p->n_generation;
    double sigma = exp(fit->mode.hyper[RENEWAL_SIGMA]), now[RENEWAL_LAGS_MOST + 2], before[RENEWAL_LAGS_MOST + 2] = {0};
    double *here = m->log_r_whitened, *last = here + n;
    m->innovation = 0;
    for (size_t i = p->n_seed; i < p->n_latent; i++) {
        now[0] = 1;
        for (size_t j = 1; j < lags; j++) {
            now[j] = -p->generation[j] * s->infections[i - j] / s->pressure[i];
        }
        now[lags] = 0;
        memset(here, 0, n * sizeof(double));
        renewal_subtract_rows(here, now, 1, m->response + i * n, -(ptrdiff_t)n, lags, n);
        m->log_r[i] = band_variance(m, c->width, i, now, lags) + inner_product(here, here, n);
        if (i > p->n_seed) {
            double change[RENEWAL_LAGS_MOST + 2];
            change[0] = now[0];
            for (size_t j = 1; j <= lags; j++) {
                change[j] = now[j] - p->keep * before[j - 1];
            }
            add_scaled(last, here, -1 / p->keep, n);
            double theta = p->keep * p->keep * inner_product(last, last, n);
            m->innovation += (band_variance(m, c->width, i, change, lags + 1) + theta) / (sigma * sigma);
        }
        memcpy(before, now, sizeof now);
        double *kept = here;
        here = last;
        last = kept;
    }
}

static void unit_vectors(const struct renewal_curvature *c, struct renewal_moments *m)
{
    size_t n = c->n_theta;
    memset(m->unit, 0, n * n * sizeof(double));
    for (size_t i = 0; i < n; i++) {
        m->unit[i * n + i] = 1;
        renewal_whiten_rows(c->dense, n, i, m->unit + i * n, 1);
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

/* out = whitened logit hazard of (row, delay). */
RENEWAL_KERNEL static void hazard_whitened(const struct renewal_problem *p, const struct renewal_moments *m, size_t row, size_t delay, double *out)
{
    size_t n = p->layout.n;
    struct renewal_tie tie;
    renewal_tie_hazard(p, row, delay, &tie);
    memset(out, 0, n * sizeof(double));
    for (size_t a = 0; a < tie.n; a++) {
        add_scaled(out + tie.index[a], m->unit + tie.index[a] * n + tie.index[a], tie.weight[a], n - tie.index[a]);
    }
}

/* The third order says nothing where a log mean is hardly known at all: what it adds is bounded there. */
static inline double bounded(double variance)
{
    return variance > VARIANCE_MOST ? VARIANCE_MOST : variance < -VARIANCE_MOST ? -VARIANCE_MOST : variance;
}

/* Of an open row: what its cells pull at log mean (returned) and at theta. whole: the row's log mean, whitened. */
RENEWAL_KERNEL static double open_row_pull(const struct renewal_problem *p, const struct renewal_fit *fit, size_t k, const double *whole, struct renewal_moments *m,
                            double *by_theta)
{
    size_t n = p->layout.n, last = (size_t)p->rows[k].last_delay, at = (k - p->first_split) * p->n_delays;
    const double *hazard = fit->state.hazard + at, *survival = fit->state.survival + at;
    double *before = m->cells, *whitened = before + n, *sum = whitened + n, *cells = sum + n;
    double mean = fit->state.mean[k], seen = mean * (1 - fit->state.unreported[k]), scale = fit->curvature.noise_mean[k] / (seen > 0 ? seen : 1);
    double bent = 0, pulls = 0, by_mean = 0, rest = m->mean[k] - inner_product(whole, whole, n);
    if (!(scale > 0) || last >= p->n_hazards) {
        return 0;
    }
    memset(before, 0, n * sizeof(double));
    memset(sum, 0, n * sizeof(double));
    double pull[RENEWAL_DELAYS_MOST], weight[RENEWAL_DELAYS_MOST];
    for (size_t d = 0; d <= last; d++) {
        double h = hazard[d], *cell = cells + d * n;
        hazard_whitened(p, m, k, d, whitened);
        bent -= h * (1 - h) * inner_product(whitened, whitened, n);
        memcpy(cell, whole, n * sizeof(double));
        add_scaled(cell, before, -1, n);
        add_scaled(cell, whitened, 1 - h, n);
        weight[d] = scale * mean * (d > 0 ? survival[d - 1] : 1) * h;
        pull[d] = -0.5 * weight[d] * bounded(rest + inner_product(cell, cell, n) + bent);
        by_mean += pull[d];
        add_scaled(before, whitened, h, n);
    }
    for (size_t d = last + 1; d-- > 0;) {
        struct renewal_tie tie;
        double h = hazard[d];
        add_scaled(sum, cells + d * n, weight[d], n);
        hazard_whitened(p, m, k, d, whitened);
        double by_hazard = pull[d] * (1 - h) - pulls * h + h * (1 - h) * inner_product(whitened, sum, n);
        pulls += pull[d];
        renewal_tie_hazard(p, k, d, &tie);
        for (size_t a = 0; a < tie.n; a++) {
            by_theta[tie.index[a]] += tie.weight[a] * by_hazard;
        }
    }
    return by_mean;
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
        double log_r = m->shift.level[i];
        for (size_t j = 1; j < p->n_generation; j++) {
            log_r -= p->generation[j] * s->infections[i - j] / s->pressure[i] * m->shift.level[i - j];
        }
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

/* Adds row k's pull to the gradient. */
static void add_pull(const struct renewal_problem *p, struct renewal_fit *fit, size_t k, const double *whole, struct renewal_moments *m)
{
    struct renewal_point *g = &fit->gradient;
    const struct renewal_row *row = &p->rows[k];
    const double *share = fit->curvature.share + k * p->n_kernel;
    double *newest = g->level + renewal_row_end(p, k), pull;
    bool open = row->split && row->last_delay >= 0 && (size_t)row->last_delay + 1 < p->n_delays;
    pull = open ? open_row_pull(p, fit, k, whole, m, g->theta) : -0.5 * fit->curvature.noise_mean[k] * bounded(m->mean[k]);
    g->noise[k] = pull;
    for (size_t j = 0; j < p->n_kernel; j++) {
        newest[-(ptrdiff_t)j] += pull * share[j];
    }
    if (p->layout.n_weekday > 0) {
        g->theta[p->layout.weekday + row->weekday] += pull;
    }
}

/* Of row k: theta's part of log mean and of noise, whitened; the x part is share times kept and taken. */
static void row_variances(const struct renewal_problem *p, struct renewal_fit *fit, struct renewal_moments *m)
{
    const struct renewal_curvature *c = &fit->curvature;
    size_t n = c->n_theta;
    double tau = exp(fit->mode.hyper[RENEWAL_TAU]), *whitened = m->row_whitened, *whole = whitened + n, total = 0;
    for (size_t k = 0; k < p->n_rows; k++) {
        for (size_t i = 0; i < n; i++) {
            m->rows[k * n + i] = c->noise_theta[k * n + i] * c->noise_weight[k];
        }
    }
    renewal_whiten_rows(c->dense, n, p->layout.weekday, m->rows, c->first_tied);
    renewal_whiten_rows(c->dense, n, 0, m->rows + c->first_tied * n, p->n_rows - c->first_tied);
    for (size_t k = 0; k < p->n_rows; k++) {
        const double *share = c->share + k * p->n_kernel;
        size_t end = renewal_row_end(p, k);
        double taken = c->noise_mean[k] / c->noise[k], own = 1 / c->noise[k];
        /* noise = - (taken share.x + noise_theta.theta / noise) + own part; log mean = share.x + weekday + noise */
        memcpy(whitened, m->rows + k * n, n * sizeof(double));
        for (size_t i = 0; i < n; i++) {
            whole[i] = -whitened[i];
        }
        if (p->layout.n_weekday > 0) {
            add_scaled(whole, m->unit + (p->layout.weekday + p->rows[k].weekday) * n, 1, n);
        }
        double by_share[RENEWAL_LAGS_MOST + 8];
        double variance = band_variance(m, c->width, end, share, p->n_kernel);
        for (size_t j = 0; j < p->n_kernel; j++) {
            by_share[j] = share[j] * taken;
        }
        renewal_subtract_rows(whitened, by_share, 1, m->response + end * n, -(ptrdiff_t)n, p->n_kernel, n);
        total += own + taken * taken * variance + inner_product(whitened, whitened, n);
        for (size_t j = 0; j < p->n_kernel; j++) {
            by_share[j] = share[j] * (1 - taken);
        }
        renewal_subtract_rows(whole, by_share, 1, m->response + end * n, -(ptrdiff_t)n, p->n_kernel, n);
        m->mean[k] = own + (1 - taken) * (1 - taken) * variance + inner_product(whole, whole, n);
        add_pull(p, fit, k, whole, m);
    }
    m->noise = total / (tau * tau);
}

void renewal_moments_of(const struct renewal_problem *p, struct renewal_fit *fit, struct renewal_moments *m)
{
    size_t n = p->layout.n;
    invert_band(&fit->curvature, m);
    find_response(&fit->curvature, m);
    for (size_t i = 0; i < p->n_latent; i++) {
        const double *response = m->response + i * n;
        m->level[i] = m->inverse[i * fit->curvature.width] + inner_product(response, response, n);
    }
    log_r_variances(p, fit, m);
    unit_vectors(&fit->curvature, m);
    memset(fit->gradient.level, 0, p->n_latent * sizeof(double));
    memset(fit->gradient.theta, 0, n * sizeof(double));
    row_variances(p, fit, m);
    effect_variances(p, fit, m);
    find_shift(p, fit, m);
}

/* -------------------------------------------------------------- hyperparameters */

double renewal_by_excess(const struct renewal_problem *p, struct renewal_fit *fit, struct renewal_curvature *spare)
{
    static const double step = 0.02;
    double kept = fit->mode.hyper[RENEWAL_EXCESS];
    fit->mode.hyper[RENEWAL_EXCESS] = kept + step;
    renewal_curvature_fill(p, &fit->mode, &fit->state, true, spare);
    bool made = renewal_curvature_factor(p, spare);
    fit->mode.hyper[RENEWAL_EXCESS] = kept;
    return made ? (spare->log_determinant - fit->curvature.log_determinant) / step : 0;
}

/* Information on a log scale from squares that have n_free degrees of freedom spread over n. */
static double scale_information(double n, double variances)
{
    double share = n > 0 ? (n - variances) / n : 0;
    return 2 * n * share * share;
}

void renewal_hyper_gradient(const struct renewal_problem *p, const struct renewal_fit *fit, const struct renewal_moments *m, double by_excess,
                            double *gradient, double *information)
{
    double n_innovations = (double)(p->n_latent - p->n_seed - 1), n_rows = (double)p->n_rows, n_effects = (double)p->layout.n_effect;
    memcpy(gradient, fit->state.hyper_score, RENEWAL_HYPER_COUNT * sizeof *gradient);
    gradient[RENEWAL_SIGMA] += m->innovation;
    gradient[RENEWAL_TAU] += m->noise;
    gradient[RENEWAL_UPSILON] += m->effect;
    gradient[RENEWAL_OMEGA] += m->drift;
    gradient[RENEWAL_EXCESS] -= 0.5 * by_excess;
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
