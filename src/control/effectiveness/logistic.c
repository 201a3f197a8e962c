/*
 * Logistic regression by iteratively reweighted least squares with step halving (McCullagh and Nelder 1989, chapter 4), and its sandwich variance.
 */
#include "control/effectiveness/internal.h"

#include <math.h>
#include <string.h>

#define ITERATIONS_MOST 60
#define TOLERANCE 1e-12

static double trials_of(const struct vg_logistic_data *data, size_t i)
{
    return data->trials == NULL ? 1 : data->trials[i];
}
static double weight_of(const struct vg_logistic_data *data, size_t i)
{
    return data->weight == NULL ? 1 : data->weight[i];
}

/* The intercept's 1, then x. */
static double design(const struct vg_logistic_data *data, size_t i, size_t j)
{
    return j == 0 ? 1 : data->x[i * data->p + j - 1];
}

static double predictor(const struct vg_logistic_data *data, const double *beta, size_t i)
{
    double eta = data->offset == NULL ? beta[0] : beta[0] + data->offset[i];
    for (size_t j = 0; j < data->p; j++) {
        eta += beta[j + 1] * data->x[i * data->p + j];
    }
    return eta;
}

/* log(1 + e^eta) without overflow. */
static double log_one_plus(double eta)
{
    return eta > 0 ? eta + log1p(exp(-eta)) : log1p(exp(eta));
}

static double log_likelihood(const struct vg_logistic_data *data, const double *beta)
{
    double sum = 0;
    for (size_t i = 0; i < data->n; i++) {
        double eta = predictor(data, beta, i);
        sum += weight_of(data, i) * (data->cases[i] * eta - trials_of(data, i) * log_one_plus(eta));
    }
    return sum;
}

static void derivatives(const struct vg_logistic_data *data, const double *beta, double *score, double *information)
{
    size_t q = data->p + 1;
    memset(score, 0, q * sizeof *score);
    memset(information, 0, q * q * sizeof *information);
    for (size_t i = 0; i < data->n; i++) {
        double probability = 1 / (1 + exp(-predictor(data, beta, i)));
        double weight = weight_of(data, i), n = trials_of(data, i), residual = weight * (data->cases[i] - n * probability);
        double curvature = weight * n * probability * (1 - probability);
        for (size_t j = 0; j < q; j++) {
            double x = design(data, i, j), own = curvature * x;
            score[j] += residual * x;
            for (size_t k = 0; k <= j && own != 0; k++) {
                information[j * q + k] += own * design(data, i, k);
            }
        }
    }
}

static vg_status check(const struct vg_logistic_data *data, struct vg_error *error)
{
    if (data->p + 1 > VG_EFFECT_COVARIATES_MAX) {
        return vg_fail(error, VG_USAGE_ERROR, "logistic regression takes at most %d covariates, not %zu", VG_EFFECT_COVARIATES_MAX - 1, data->p);
    }
    for (size_t i = 0; i < data->n; i++) {
        bool fits = data->cases[i] >= 0 && data->cases[i] <= trials_of(data, i) && isfinite(trials_of(data, i)) && weight_of(data, i) >= 0 &&
                    isfinite(weight_of(data, i));
        for (size_t j = 0; j < data->p; j++) {
            fits = fits && isfinite(data->x[i * data->p + j]);
        }
        if (!fits || (data->offset != NULL && !isfinite(data->offset[i]))) {
            return vg_fail(error, VG_USAGE_ERROR, "row %zu of a logistic regression is not finite, or has more cases than trials", i + 1);
        }
    }
    return VG_OK;
}

static void deviance(const struct vg_logistic_data *data, struct vg_logistic_fit *fit)
{
    for (size_t i = 0; i < data->n; i++) {
        double n = trials_of(data, i), y = data->cases[i], mean = n * fit->fitted[i], weight = weight_of(data, i);
        fit->deviance += 2 * weight * ((y > 0 ? y * log(y / mean) : 0) + (y < n ? (n - y) * log((n - y) / (n - mean)) : 0));
        fit->pearson += n > 0 ? weight * (y - mean) * (y - mean) / (mean * (1 - fit->fitted[i])) : 0;
    }
}

/* An estimate that runs away has probabilities of 0 and 1 in the limit, and errors that grow without end. */
static bool runs_away(const struct vg_logistic_data *data, const struct vg_logistic_fit *fit)
{
    size_t q = data->p + 1;
    for (size_t j = 0; j < q; j++) {
        double square = 0;
        for (size_t i = 0; i < data->n; i++) {
            square += design(data, i, j) * design(data, i, j) / (double)data->n;
        }
        if (sqrt(fit->covariance[j * q + j] * square) > 100 || (j > 0 && sqrt(fit->covariance[j * q + j]) * sqrt(square) > 30)) {
            return true;
        }
    }
    return false;
}

vg_status vg_effectiveness_logistic(const struct vg_logistic_data *data, struct vg_arena *arena, struct vg_logistic_fit *fit, struct vg_error *error)
{
    size_t q = data->p + 1;
    vg_status status = check(data, error);
    if (status != VG_OK) {
        return status;
    }
    *fit = (struct vg_logistic_fit){
        .beta = VG_ARENA_ARRAY(arena, double, q), .covariance = VG_ARENA_ARRAY(arena, double, q *q), .fitted = VG_ARENA_ARRAY(arena, double, data->n + 1)};
    double *score = VG_ARENA_ARRAY(arena, double, q), *information = VG_ARENA_ARRAY(arena, double, q *q), *trial = VG_ARENA_ARRAY(arena, double, q);
    if (arena->failed) {
        return vg_fail_memory(error, data->n * sizeof(double));
    }
    double now = log_likelihood(data, fit->beta);
    fit->status = VG_EFFECT_NOT_CONVERGED;
    while (fit->iterations++ < ITERATIONS_MOST && fit->status == VG_EFFECT_NOT_CONVERGED) {
        double length = 1, next = -INFINITY;
        derivatives(data, fit->beta, score, information);
        if (!vg_dense_cholesky(information, q)) {
            fit->status = VG_EFFECT_SEPARATED;
            return VG_OK;
        }
        vg_dense_solve_lower(information, q, score, 1);
        vg_dense_solve_upper(information, q, score);
        for (int half = 0; half < 30; half++, length /= 2) {
            for (size_t j = 0; j < q; j++) {
                trial[j] = fit->beta[j] + length * score[j];
            }
            next = log_likelihood(data, trial);
            if (next >= now - 1e-12 * fabs(now)) {
                break;
            }
        }
        memcpy(fit->beta, trial, q * sizeof *trial);
        fit->status = fabs(next - now) <= TOLERANCE * (fabs(now) + 1) ? VG_EFFECT_OK : VG_EFFECT_NOT_CONVERGED;
        now = next;
    }
    derivatives(data, fit->beta, score, information);
    if (!vg_dense_cholesky(information, q)) {
        fit->status = VG_EFFECT_SEPARATED;
        return VG_OK;
    }
    vg_dense_inverse(information, q, trial, fit->covariance);
    for (size_t i = 0; i < data->n; i++) {
        fit->fitted[i] = 1 / (1 + exp(-predictor(data, fit->beta, i)));
    }
    deviance(data, fit);
    fit->status = runs_away(data, fit) ? VG_EFFECT_SEPARATED : fit->status;
    return VG_OK;
}

vg_status vg_effectiveness_logistic_robust(const struct vg_logistic_data *data, const struct vg_logistic_fit *fit, struct vg_arena *arena, double *out,
                                           struct vg_error *error)
{
    size_t q = data->p + 1;
    double *meat = VG_ARENA_ARRAY(arena, double, q *q), *half = VG_ARENA_ARRAY(arena, double, q *q);
    if (half == NULL || meat == NULL) {
        return vg_fail_memory(error, q * q * sizeof *half);
    }
    for (size_t i = 0; i < data->n; i++) {
        double residual = weight_of(data, i) * (data->cases[i] - trials_of(data, i) * fit->fitted[i]);
        for (size_t j = 0; j < q; j++) {
            for (size_t k = 0; k < q; k++) {
                meat[j * q + k] += residual * residual * design(data, i, j) * design(data, i, k);
            }
        }
    }
    for (size_t j = 0; j < q; j++) {
        for (size_t k = 0; k < q; k++) {
            for (size_t l = 0; l < q; l++) {
                half[j * q + k] += fit->covariance[j * q + l] * meat[l * q + k];
            }
        }
    }
    memset(out, 0, q * q * sizeof *out);
    for (size_t j = 0; j < q; j++) {
        for (size_t k = 0; k < q; k++) {
            for (size_t l = 0; l < q; l++) {
                out[j * q + k] += half[j * q + l] * fit->covariance[l * q + k];
            }
        }
    }
    return VG_OK;
}
