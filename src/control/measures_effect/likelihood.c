/*
 * The likelihood of the scales. Each place's rows are whitened by a Kalman filter of the drift (one pass for all columns: the gains are the same), which leaves
 * products W' V^-1 W; its own coefficients are integrated by Woodbury's identity, S = diag of their spreads:
 *     W' (V + Z S^2 Z')^-1 W = A - (L^-1 S A_z)' (L^-1 S A_z),   L L' = I + S A_zz S,   A = W' V^-1 W
 * which holds for spreads of zero too; the common ones by their normal prior. Durbin and Koopman, Time Series Analysis by State Space Methods (2012), chapters 4 and 6.
 */
#include "control/measures_effect/internal.h"

#include <math.h>
#include <string.h>

bool workspace_init(struct workspace *work, const struct problem *problem, struct vg_arena *arena)
{
    size_t n = problem->n_columns;
    size_t products = 0;
    if (!vg_multiply_size(problem->n_places, n * n, &products)) {
        return false;
    }
    work->state = VG_ARENA_ARRAY(arena, double, n);
    work->row = VG_ARENA_ARRAY(arena, double, n);
    work->product = VG_ARENA_ARRAY(arena, double, products);
    work->pooled = VG_ARENA_ARRAY(arena, double, n * n);
    work->own = VG_ARENA_ARRAY(arena, double, problem->n_own *problem->n_own);
    work->solved = VG_ARENA_ARRAY(arena, double, problem->n_own *n);
    work->precision = VG_ARENA_ARRAY(arena, double, problem->n_fixed *problem->n_fixed);
    work->mean = VG_ARENA_ARRAY(arena, double, problem->n_fixed);
    work->place_log_variance = VG_ARENA_ARRAY(arena, double, problem->n_places + 1);
    work->log_variance = 0;
    return !arena->failed;
}

double correlation_of(const struct problem *problem, const double *scales)
{
    return problem->errors == VG_MEASURES_RANDOM_WALK ? 1 : 1 / (1 + exp(-scales[SCALE_CORRELATION]));
}

/* The drift's variance at a place's first row, and what it gains over some steps. */
static double gained(const struct problem *problem, double drift_variance, double correlation, double steps)
{
    return problem->errors == VG_MEASURES_RANDOM_WALK ? drift_variance * steps : drift_variance * (1 - pow(correlation, 2 * steps));
}

static double whiten_place(const struct problem *problem, size_t place, double drift_variance, double correlation, double noise_variance, struct workspace *work)
{
    size_t n = problem->n_columns;
    double *product = work->product + place * n * n;
    double *state = work->state;
    double *row = work->row;
    double variance = problem->errors == VG_MEASURES_RANDOM_WALK ? 0 : drift_variance;
    double log_variance = 0;
    double variances = 1;
    double fading = correlation;
    double gain_of_step = gained(problem, drift_variance, correlation, 1);
    memset(product, 0, n * n * sizeof *product);
    memset(state, 0, n * sizeof *state);
    for (size_t t = problem->first[place]; t < problem->first[place + 1]; t++) {
        const double *columns = problem->columns + t * n;
        double total = variance + problem->variance[t] + noise_variance;
        double scale = 1 / sqrt(total);
        double gain = variance / total;
        /* One logarithm for as many rows as a double can hold the product of. */
        variances *= total;
        if (!(variances > 1e-200 && variances < 1e200)) {
            log_variance += log(variances);
            variances = 1;
        }
        for (size_t c = 0; c < n; c++) {
            double surprise = columns[c] - state[c];
            row[c] = surprise * scale;
            state[c] += gain * surprise;
        }
        for (size_t a = 0; a < n; a++) {
            for (size_t b = 0; b <= a; b++) {
                product[a * n + b] += row[a] * row[b];
            }
        }
        if (t + 1 == problem->first[place + 1]) {
            break;
        }
        double steps = (double)problem->step[t + 1] - (double)problem->step[t];
        fading = steps == 1 ? correlation : pow(correlation, steps);
        for (size_t c = 0; c < n; c++) {
            state[c] *= fading;
        }
        variance = fading * fading * (variance - gain * variance) + (steps == 1 ? gain_of_step : gained(problem, drift_variance, correlation, steps));
    }
    for (size_t a = 0; a < n; a++) {
        for (size_t b = a + 1; b < n; b++) {
            product[a * n + b] = product[b * n + a];
        }
    }
    return log_variance + log(variances);
}

double whiten_one(const struct problem *problem, const double *scales, size_t place, double log_factor, struct workspace *work)
{
    double drift_variance = exp(2 * (scales[SCALE_DRIFT] + log_factor));
    double noise_variance = exp(2 * (scales[SCALE_NOISE] + log_factor));
    return whiten_place(problem, place, drift_variance, correlation_of(problem, scales), noise_variance, work);
}

void whiten(const struct problem *problem, const double *scales, struct workspace *work)
{
    work->log_variance = 0;
    for (size_t place = 0; place < problem->n_places; place++) {
        work->place_log_variance[place] = whiten_one(problem, scales, place, scales[scale_place(problem, place)], work);
        work->log_variance += work->place_log_variance[place];
    }
}

double pool_place(const struct problem *problem, const double *scales, struct workspace *work, size_t place, double sign, double *pooled)
{
    size_t n = problem->n_columns;
    size_t k = problem->n_own;
    const double *product = work->product + place * n * n;
    double spread[1 + VG_MEASURES_MOST];
    for (size_t a = 0; a < k; a++) {
        spread[a] = exp(scales[SCALE_LEVEL + a]);
    }
    for (size_t a = 0; a < k; a++) {
        for (size_t b = 0; b <= a; b++) {
            work->own[a * k + b] = spread[a] * product[a * n + b] * spread[b] + (a == b ? 1 : 0);
        }
        for (size_t c = 0; c < n; c++) {
            work->solved[a * n + c] = spread[a] * product[a * n + c];
        }
    }
    if (!vg_dense_cholesky(work->own, k)) {
        return NAN;
    }
    vg_dense_solve_lower(work->own, k, work->solved, n);
    for (size_t a = 0; a < n; a++) {
        for (size_t b = 0; b <= a; b++) {
            double sum = product[a * n + b];
            for (size_t j = 0; j < k; j++) {
                sum -= work->solved[j * n + a] * work->solved[j * n + b];
            }
            pooled[a * n + b] += sign * sum;
        }
    }
    return vg_dense_log_determinant(work->own, k);
}

double prior_sd_of(const struct problem *problem, size_t fixed)
{
    return fixed == 0 ? problem->priors.level_sd : fixed < problem->n_own ? problem->priors.effect_sd : problem->priors.shared_sd;
}

double solve_fixed(const struct problem *problem, struct workspace *work, const double *pooled)
{
    size_t n = problem->n_columns;
    size_t f = problem->n_fixed;
    double log_prior_determinant = 0;
    double square = pooled[(n - 1) * n + n - 1];
    for (size_t a = 0; a < f; a++) {
        double prior = 1 / (prior_sd_of(problem, a) * prior_sd_of(problem, a));
        double prior_mean = a == 0 ? problem->priors.level_mean : 0;
        for (size_t b = 0; b <= a; b++) {
            work->precision[a * f + b] = pooled[a * n + b] + (a == b ? prior : 0);
        }
        work->mean[a] = pooled[(n - 1) * n + a] + prior * prior_mean;
        log_prior_determinant += log(prior);
        square += prior * prior_mean * prior_mean;
    }
    if (!vg_dense_cholesky(work->precision, f)) {
        return NAN;
    }
    vg_dense_solve_lower(work->precision, f, work->mean, 1);
    for (size_t a = 0; a < f; a++) {
        square -= work->mean[a] * work->mean[a];
    }
    vg_dense_solve_upper(work->precision, f, work->mean);
    return -0.5 * (square + vg_dense_log_determinant(work->precision, f) - log_prior_determinant);
}

double log_likelihood(const struct problem *problem, const double *scales, struct workspace *work)
{
    size_t n = problem->n_columns;
    double log_determinant = work->log_variance;
    memset(work->pooled, 0, n * n * sizeof *work->pooled);
    for (size_t place = 0; place < problem->n_places; place++) {
        log_determinant += pool_place(problem, scales, work, place, 1, work->pooled);
    }
    return solve_fixed(problem, work, work->pooled) - 0.5 * (log_determinant + (double)problem->n_rows * log(2 * M_PI));
}

/* Half-normal of a scale whose logarithm is drawn. */
static double half_normal(double log_scale, double prior_scale)
{
    double z = exp(log_scale) / prior_scale;
    return log_scale - 0.5 * z * z;
}

double log_prior(const struct problem *problem, const double *scales)
{
    const struct vg_measures_priors *priors = &problem->priors;
    double drift_scale = priors->drift_scale;
    double sum = half_normal(scales[SCALE_DRIFT], drift_scale) + half_normal(scales[SCALE_NOISE], priors->noise_scale) +
                 half_normal(scales[SCALE_LEVEL], priors->level_spread_scale);
    if (problem->errors == VG_MEASURES_AUTOREGRESSIVE) {
        double correlation = correlation_of(problem, scales);
        sum += log(correlation) + log1p(-correlation); /* uniform in the correlation itself */
    }
    for (size_t m = 0; m < problem->n_measures; m++) {
        sum += half_normal(scales[SCALE_MEASURE + m], priors->effect_spread_scale);
    }
    double spread = scales[scale_spread(problem)];
    sum += half_normal(spread, priors->factor_spread_scale);
    for (size_t place = 0; place < problem->n_places; place++) {
        double z = scales[scale_place(problem, place)] * exp(-spread);
        sum -= spread + 0.5 * z * z;
    }
    return sum;
}
