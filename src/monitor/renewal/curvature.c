/*
 * Second derivatives of the renewal model. The level's part is banded since R looks back one generation interval only; the
 * likelihood's part by logit hazards is nearly diagonal in each row, so few products are needed. See docs/renewal-model.md.
 */
#include "monitor/renewal/curvature.h"

#include "monitor/renewal/kernel.h"

#include <math.h>
#include <string.h>

vg_status renewal_curvature_new(const struct renewal_problem *p, const struct renewal_curvature *with, struct vg_arena *arena,
                                struct renewal_curvature *c, struct vg_error *error)
{
    size_t n = p->layout.n, width = p->n_generation + 1;
    width = width > p->n_kernel ? width : p->n_kernel;
    *c = (struct renewal_curvature){.n_latent = p->n_latent, .n_theta = n, .n_rows = p->n_rows, .width = width < 3 ? 3 : width};
    c->stride = RENEWAL_FOURS(c->width);
    c->n_share = RENEWAL_FOURS(p->n_kernel);
    /* A border of zeros, so that the last rows need no bounds. */
    c->band = renewal_doubles(arena, p->n_latent + c->width, c->stride);
    c->cross = renewal_doubles(arena, p->n_latent + c->width, n);
    c->dense = renewal_doubles(arena, n, n);
    c->noise = renewal_doubles(arena, p->n_rows, 1);
    c->noise_mean = renewal_doubles(arena, p->n_rows, 1);
    c->noise_weight = renewal_doubles(arena, p->n_rows, 1);
    c->noise_theta = renewal_doubles(arena, p->n_rows, n);
    c->share = renewal_doubles(arena, p->n_rows, c->n_share);
    c->tied = with != NULL ? with->tied : renewal_doubles(arena, n, 1);
    c->scratch = with != NULL ? with->scratch : renewal_doubles(arena, 3 * n + 7 * RENEWAL_FOURS(p->n_delays + 8), 1);
    c->half = with != NULL ? with->half : renewal_doubles(arena, n, n);
    c->list = with != NULL ? with->list : VG_ARENA_ARRAY(arena, size_t, n + 1);
    if (arena->failed || c->list == NULL) {
        return vg_fail_memory(error, (p->n_latent + n) * n * sizeof(double));
    }
    if (with != NULL) {
        c->bases = with->bases, c->by_step = with->by_step, c->steps = with->steps, c->own_base = with->own_base, c->own_step = with->own_step;
        c->n_steps = with->n_steps, c->n_lags = with->n_lags, c->first_step = with->first_step;
        return VG_OK;
    }
    return renewal_sums_new(p, arena, c, error);
}

/* ------------------------------------------------------------- prior of the level */

static void seed_curvature(const struct renewal_problem *p, struct renewal_curvature *c)
{
    static const double first[16] = {1}, growth[16] = {-1, 1}, change[16] = {1, -2, 1};
    renewal_add_outer(c->band, c->stride, 1, first, 1 / (RENEWAL_LEVEL_SD * RENEWAL_LEVEL_SD), NULL, 0);
    renewal_add_outer(c->band, c->stride, 2, growth, 1 / (RENEWAL_SEED_GROWTH_SD * RENEWAL_SEED_GROWTH_SD), NULL, 0);
    for (size_t i = 2; i < p->n_seed; i++) {
        renewal_add_outer(c->band + (i - 2) * c->stride, c->stride, 3, change, 1 / (RENEWAL_SEED_CHANGE_SD * RENEWAL_SEED_CHANGE_SD), NULL, 0);
    }
}

static void level_prior_curvature(const struct renewal_problem *p, const struct renewal_point *point,
                                  const struct renewal_state *s, bool exact, struct renewal_curvature *c)
{
    double sigma = exp(point->hyper[RENEWAL_SIGMA]), by_level[RENEWAL_LAGS_MOST + 16], before[RENEWAL_LAGS_MOST + 16], now[RENEWAL_LAGS_MOST + 16];
    size_t lags = p->n_generation;
    seed_curvature(p, c);
    for (size_t i = p->n_seed; i < p->n_latent; i++) {
        bool first = i == p->n_seed;
        double sd = first ? RENEWAL_FIRST_LOG_R_SD : sigma, *band = c->band + (i - lags) * c->stride;
        renewal_log_r_by_level(p, s, i, now);
        memcpy(by_level, now, sizeof by_level);
        for (size_t a = 0; a < lags && !first; a++) {
            by_level[a] -= p->keep * before[a + 1];
        }
        memcpy(before, now, sizeof before);
        if (!exact) {
            renewal_add_outer(band, c->stride, lags + 1, by_level, 1 / (sd * sd), NULL, 0);
            continue;
        }
        /* log R's own second derivative: minus diag(w) + w w', w the shares of its infection pressure. */
        double slope = s->innovation[i] / sd - (i + 1 < p->n_latent ? p->keep * s->innovation[i + 1] / sigma : 0);
        now[lags] = 0;
        renewal_add_outer(band, c->stride, lags + 1, by_level, 1 / (sd * sd), now, slope);
        for (size_t a = 1; a < lags; a++) {
            band[a * c->stride] += slope * now[a];
        }
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
    renewal_shape_hazards(shape, l->n_base, s->shape_base, NULL, NULL);
    for (size_t i = 0; i < 2; i++) {
        double high[2] = {shape[0], shape[1]}, low[2] = {shape[0], shape[1]}, bend = 0;
        high[i] += step;
        low[i] -= step;
        renewal_shape_hazards(high, l->n_base, s->shape_high, NULL, NULL);
        renewal_shape_hazards(low, l->n_base, s->shape_low, NULL, NULL);
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
        renewal_shape_hazards(high, l->n_base, s->shape_high, NULL, NULL);
        renewal_shape_hazards(low, l->n_base, s->shape_low, NULL, NULL);
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
    double drift = exp(-2 * point->hyper[RENEWAL_OMEGA]);
    for (size_t i = 0; i < l->n_drift; i++) {
        double weight = i < l->n_group ? drift : drift / (RENEWAL_LONG_DRIFT * RENEWAL_LONG_DRIFT);
        double *row = c->dense + (l->drift + i) * l->n + l->drift + i;
        row[0] += weight;
        if ((i + 1) % l->n_group != 0) {
            row[1] -= weight;
            row[l->n + 1] += weight;
        }
    }
    shape_curvature(p, point, s, exact, c);
}

/* --------------------------------------------------------------------- the whole */

/* The row's expected log count by the levels of its days, and what its curvature and score put into band and cross. */
static void add_row(const struct renewal_problem *p, const struct renewal_state *s, size_t k, bool exact, double bend, const double *tied,
                    struct renewal_curvature *c)
{
    size_t first = renewal_row_end(p, k) + 1 - p->n_kernel, n = p->layout.n, weekday = p->layout.weekday + p->rows[k].weekday;
    double share[RENEWAL_LAGS_MOST + 24], score = exact ? s->mean_score[k] : 0, scale = 1 / s->expected[k];
    double *band = c->band + first * c->stride, *cross = c->cross + first * n;
    const double *infections = s->infections + first;
    for (size_t a = 0; a < c->n_share; a++) {
        share[a] = scale * p->kernel_back[a] * infections[a];
    }
    memset(share + c->n_share, 0, 8 * sizeof *share);
    memcpy(c->share + k * c->n_share, share, c->n_share * sizeof *share);
    renewal_add_outer(band, c->stride, p->n_kernel, share, bend + score, NULL, 0);
    for (size_t a = 0; a < p->n_kernel && exact; a++) {
        band[a * c->stride] -= score * share[a];
    }
    if (k >= c->first_tied) {
        for (size_t a = 0; a < p->n_kernel; a++) {
            renewal_add_scaled(cross + a * n, tied, share[a], n);
        }
    } else if (p->layout.n_weekday > 0) {
        for (size_t a = 0; a < p->n_kernel; a++) {
            cross[a * n + weekday] += share[a] * bend;
        }
    }
}

/* Takes the row's noise out: what is left of its curvature by mean and theta. */
static double eliminate_noise(const struct renewal_problem *p, size_t k, double bend, double precision, double *tied, struct renewal_curvature *c)
{
    size_t n = p->layout.n, weekday = p->layout.weekday + p->rows[k].weekday;
    double total = bend + precision, kept = precision / total;
    c->noise[k] = total;
    c->noise_mean[k] = bend;
    c->noise_weight[k] = 1 / total;
    if (k < c->first_tied) {
        if (p->layout.n_weekday > 0) {
            c->noise_theta[k * n + weekday] = bend;
            c->dense[weekday * n + weekday] += bend * kept;
        }
        return bend * kept;
    }
    if (p->layout.n_weekday > 0) {
        tied[weekday] += bend;
    }
    memcpy(c->noise_theta + k * n, tied, n * sizeof(double));
    for (size_t i = 0; i < n; i++) {
        tied[i] *= kept;
    }
    if (p->layout.n_weekday > 0) {
        /* By weekday and theta: the noise took its share of what the mean has; the mean's own is added here. */
        const double *whole = c->noise_theta + k * n;
        for (size_t i = 0; i < n; i++) {
            size_t low = i < weekday ? i : weekday, high = i < weekday ? weekday : i;
            c->dense[low * n + high] += whole[i];
        }
    }
    return bend * kept;
}

void renewal_curvature_fill(const struct renewal_problem *p, const struct renewal_point *point, struct renewal_state *s, bool exact,
                            struct renewal_curvature *c)
{
    size_t n = p->layout.n, first_tied = p->n_rows;
    double precision = exp(-2 * point->hyper[RENEWAL_TAU]);
    memset(c->band, 0, (p->n_latent + c->width) * c->stride * sizeof(double));
    memset(c->cross, 0, (p->n_latent + c->width) * n * sizeof(double));
    memset(c->noise_theta, 0, p->n_rows * n * sizeof(double));
    renewal_sums_clear(p, c);
    theta_prior_curvature(p, point, s, exact, c);
    level_prior_curvature(p, point, s, exact, c);
    for (size_t k = p->n_rows; k-- > 0;) {
        bool ties = p->rows[k].split && p->rows[k].last_delay >= 0 && (exact || s->unreported[k] > 0);
        first_tied = ties ? k : first_tied;
    }
    c->first_tied = first_tied;
    size_t end = first_tied < p->n_rows ? renewal_row_end(p, first_tied) : p->n_latent;
    c->first_full = end + 1 > p->n_kernel ? end + 1 - p->n_kernel : 0;
    double *tied = c->tied;
    for (size_t k = 0; k < p->n_rows; k++) {
        if (k >= first_tied) {
            memset(tied, 0, n * sizeof(double));
        }
        double bend = renewal_row_curvature(p, point, s, k, exact, c, tied);
        bend = eliminate_noise(p, k, bend, precision, tied, c);
        add_row(p, s, k, exact, bend, tied, c);
    }
    renewal_sums_lay(p, c);
    /* What the noise of the tied rows takes of theta, all at once. */
    if (c->first_tied < p->n_rows) {
        renewal_subtract_squares(c->dense, n, 0, c->noise_theta + c->first_tied * n, c->noise_weight + c->first_tied, p->n_rows - c->first_tied);
    }
}
