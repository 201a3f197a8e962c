/*
 * Cox regression. One sweep over the follow-up, newest time first, keeps sums over those at risk: rows come in at their exit and leave at their entry. Ties by
 * Efron's or Breslow's method; the same sweep serves the likelihood, the test of proportional hazards and the influence of each row.
 */
#include "control/effectiveness/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ITERATIONS_MOST 50
#define TOLERANCE 1e-12

static const char *const status_names[VG_EFFECT_STATUS_COUNT] = {"ok",         "too_few",      "no_events",    "separated", "not_converged", "not_proportional",
                                                                 "no_overlap", "not_balanced", "unlike_strata"};

const char *vg_effect_status_name(enum vg_effect_status status)
{
    VG_ASSERT(status < VG_EFFECT_STATUS_COUNT);
    return status_names[status];
}

/* ------------------------------------------------------------------- order */

struct key {
    double time;
    uint32_t stratum;
    size_t row;
};

static int compare_keys(const void *a, const void *b)
{
    const struct key *left = a, *right = b;
    if (left->stratum != right->stratum) {
        return left->stratum < right->stratum ? -1 : 1;
    }
    if (left->time != right->time) {
        return left->time > right->time ? -1 : 1;
    }
    return left->row < right->row ? -1 : 1;
}

static vg_status order_by(const struct vg_cox_data *data, const double *time, struct vg_arena *arena, size_t **order, struct vg_error *error)
{
    struct key *keys = VG_ARENA_ARRAY(arena, struct key, data->n + 1);
    *order = VG_ARENA_ARRAY(arena, size_t, data->n + 1);
    if (keys == NULL || *order == NULL) {
        return vg_fail_memory(error, data->n * sizeof *keys);
    }
    for (size_t i = 0; i < data->n; i++) {
        keys[i] = (struct key){time[i], data->stratum == NULL ? 0 : data->stratum[i], i};
    }
    qsort(keys, data->n, sizeof *keys, compare_keys);
    for (size_t i = 0; i < data->n; i++) {
        (*order)[i] = keys[i].row;
    }
    return VG_OK;
}

static vg_status check(const struct vg_cox_data *data, struct vg_error *error)
{
    if (data->p == 0 || data->p > VG_EFFECT_COVARIATES_MAX) {
        return vg_fail(error, VG_USAGE_ERROR, "Cox regression takes 1 to %d covariates, not %zu", VG_EFFECT_COVARIATES_MAX, data->p);
    }
    for (size_t i = 0; i < data->n; i++) {
        if (!isfinite(data->exit[i]) || (data->entry != NULL && !(data->entry[i] < data->exit[i]))) {
            return vg_fail(error, VG_USAGE_ERROR, "row %zu is followed from %g to %g days", i + 1, data->entry == NULL ? 0 : data->entry[i], data->exit[i]);
        }
        if (data->weight != NULL && !(data->weight[i] >= 0 && isfinite(data->weight[i]))) {
            return vg_fail(error, VG_USAGE_ERROR, "row %zu has a weight of %g", i + 1, data->weight[i]);
        }
        for (size_t j = 0; j < data->p; j++) {
            if (!isfinite(data->x[i * data->p + j])) {
                return vg_fail(error, VG_USAGE_ERROR, "row %zu has no value of covariate %zu", i + 1, j + 1);
            }
        }
    }
    return VG_OK;
}

vg_status cox_prepare(const struct vg_cox_data *data, enum vg_ties ties, struct vg_arena *arena, struct cox_sweep *sweep, struct vg_error *error)
{
    size_t p = data->p;
    vg_status status = check(data, error);
    *sweep = (struct cox_sweep){.data = data, .ties = ties};
    status = status == VG_OK ? order_by(data, data->exit, arena, &sweep->by_exit, error) : status;
    status = status == VG_OK && data->entry != NULL ? order_by(data, data->entry, arena, &sweep->by_entry, error) : status;
    if (status != VG_OK) {
        return status;
    }
    sweep->center = VG_ARENA_ARRAY(arena, double, p);
    sweep->risk = VG_ARENA_ARRAY(arena, double, data->n + 1);
    double **const rooms[] = {&sweep->at_risk.first, &sweep->dying.first, &sweep->mean};
    for (size_t i = 0; i < 3; i++) {
        *rooms[i] = VG_ARENA_ARRAY(arena, double, p);
    }
    sweep->at_risk.second = VG_ARENA_ARRAY(arena, double, p *p);
    sweep->dying.second = VG_ARENA_ARRAY(arena, double, p *p);
    sweep->variance = VG_ARENA_ARRAY(arena, double, p *p);
    if (arena->failed) {
        return vg_fail_memory(error, data->n * sizeof(double));
    }
    for (size_t i = 0; i < data->n; i++) {
        for (size_t j = 0; j < p; j++) {
            sweep->center[j] += data->x[i * p + j] / (double)data->n;
        }
    }
    return VG_OK;
}

/* ------------------------------------------------------------------- sweep */

static void add(struct cox_sums *sums, const struct cox_sweep *sweep, size_t row, double amount)
{
    size_t p = sweep->data->p;
    const double *x = sweep->data->x + row * p;
    sums->zeroth += amount;
    for (size_t j = 0; j < p; j++) {
        double own = amount * (x[j] - sweep->center[j]);
        sums->first[j] += own;
        for (size_t k = 0; k <= j; k++) {
            sums->second[j * p + k] += own * (x[k] - sweep->center[k]);
        }
    }
}

static void clear(struct cox_sums *sums, size_t p)
{
    sums->zeroth = 0;
    memset(sums->first, 0, p * sizeof *sums->first);
    memset(sums->second, 0, p * p * sizeof *sums->second);
}

/* Those at risk when k of the m who died at one time are taken to be gone already: mean and variance of the covariates, and the sum of risks. */
double cox_moments(struct cox_sweep *sweep, double gone)
{
    size_t p = sweep->data->p;
    double all = sweep->at_risk.zeroth - gone * sweep->dying.zeroth;
    for (size_t j = 0; j < p; j++) {
        sweep->mean[j] = (sweep->at_risk.first[j] - gone * sweep->dying.first[j]) / all;
        for (size_t k = 0; k <= j; k++) {
            sweep->variance[j * p + k] = (sweep->at_risk.second[j * p + k] - gone * sweep->dying.second[j * p + k]) / all - sweep->mean[j] * sweep->mean[k];
        }
    }
    return all;
}

void cox_run(struct cox_sweep *sweep, const double *beta, cox_at_time *at_time, void *context)
{
    const struct vg_cox_data *data = sweep->data;
    size_t p = data->p, leaving = 0;
    for (size_t i = 0; i < data->n; i++) {
        double eta = 0;
        for (size_t j = 0; j < p; j++) {
            eta += beta[j] * (data->x[i * p + j] - sweep->center[j]);
        }
        sweep->risk[i] = exp(eta);
    }
    for (size_t at = 0; at < data->n;) {
        size_t first = sweep->by_exit[at];
        bool new_stratum = at == 0 || (data->stratum != NULL && data->stratum[first] != data->stratum[sweep->by_exit[at - 1]]);
        double time = data->exit[first];
        struct cox_deaths deaths = {.time = time, .stratum = data->stratum == NULL ? 0 : data->stratum[first]};
        if (new_stratum) {
            clear(&sweep->at_risk, p);
            leaving = at;
        }
        clear(&sweep->dying, p);
        deaths.rows = sweep->by_exit + at;
        for (; at < data->n && data->exit[sweep->by_exit[at]] == time && (data->stratum == NULL || data->stratum[sweep->by_exit[at]] == deaths.stratum); at++) {
            size_t row = sweep->by_exit[at];
            double weight = data->weight == NULL ? 1 : data->weight[row];
            add(&sweep->at_risk, sweep, row, weight * sweep->risk[row]);
            deaths.n_rows++;
            if (data->event[row]) {
                add(&sweep->dying, sweep, row, weight * sweep->risk[row]);
                deaths.n++;
                deaths.weight += weight;
            }
        }
        for (; data->entry != NULL && leaving < data->n && data->entry[sweep->by_entry[leaving]] >= time &&
               (data->stratum == NULL || data->stratum[sweep->by_entry[leaving]] == deaths.stratum);
             leaving++) {
            size_t row = sweep->by_entry[leaving];
            add(&sweep->at_risk, sweep, row, -(data->weight == NULL ? 1 : data->weight[row]) * sweep->risk[row]);
        }
        if (deaths.n > 0 && deaths.weight > 0) {
            at_time(context, sweep, &deaths);
        }
    }
}

double cox_gone(const struct cox_sweep *sweep, const struct cox_deaths *deaths, size_t k)
{
    return sweep->ties == VG_TIES_EFRON ? (double)k / (double)deaths->n : 0;
}

/* -------------------------------------------------------------- likelihood */

struct likelihood {
    double value;
    double *score, *information;
    const double *beta;
};

static void add_likelihood(void *context, struct cox_sweep *sweep, const struct cox_deaths *deaths)
{
    struct likelihood *out = context;
    const struct vg_cox_data *data = sweep->data;
    size_t p = data->p;
    double weight = deaths->weight / (double)deaths->n;
    for (size_t i = 0; i < deaths->n_rows; i++) {
        size_t row = deaths->rows[i];
        double own = data->event[row] ? (data->weight == NULL ? 1 : data->weight[row]) : 0;
        for (size_t j = 0; own > 0 && j < p; j++) {
            double x = data->x[row * p + j] - sweep->center[j];
            out->value += own * out->beta[j] * x;
            out->score[j] += own * x;
        }
    }
    for (size_t k = 0; k < deaths->n; k++) {
        out->value -= weight * log(cox_moments(sweep, cox_gone(sweep, deaths, k)));
        for (size_t j = 0; j < p; j++) {
            out->score[j] -= weight * sweep->mean[j];
            for (size_t l = 0; l <= j; l++) {
                out->information[j * p + l] += weight * sweep->variance[j * p + l];
            }
        }
    }
}

static void evaluate(struct cox_sweep *sweep, struct likelihood *at)
{
    size_t p = sweep->data->p;
    at->value = 0;
    memset(at->score, 0, p * sizeof *at->score);
    memset(at->information, 0, p * p * sizeof *at->information);
    cox_run(sweep, at->beta, add_likelihood, at);
}

/* One Newton step with halving: false where no step is left to take. */
static bool step(struct cox_sweep *sweep, struct likelihood *now, double *beta, double *trial, double *factor, bool *singular)
{
    size_t p = sweep->data->p;
    double before = now->value, length = 1;
    memcpy(factor, now->information, p * p * sizeof *factor);
    *singular = !vg_dense_cholesky(factor, p);
    if (*singular) {
        return false;
    }
    vg_dense_solve_lower(factor, p, now->score, 1);
    vg_dense_solve_upper(factor, p, now->score);
    double *move = trial + p;
    memcpy(move, now->score, p * sizeof *move);
    for (int half = 0; half < 30; half++, length /= 2) {
        for (size_t j = 0; j < p; j++) {
            trial[j] = beta[j] + length * move[j];
        }
        now->beta = trial;
        evaluate(sweep, now);
        if (now->value >= before - 1e-12 * fabs(before) && isfinite(now->value)) {
            memcpy(beta, trial, p * sizeof *beta);
            now->beta = beta;
            return fabs(now->value - before) > TOLERANCE * (fabs(now->value) + 1);
        }
    }
    now->beta = beta;
    evaluate(sweep, now);
    return false;
}

/* A covariate that does not vary among those at risk has no information about it; one whose effect runs away has less and less. */
static bool runs_away(const struct vg_cox_fit *fit, const struct cox_sweep *sweep)
{
    const struct vg_cox_data *data = sweep->data;
    for (size_t j = 0; j < data->p; j++) {
        double square = 0;
        for (size_t i = 0; i < data->n; i++) {
            double x = data->x[i * data->p + j] - sweep->center[j];
            square += x * x / (double)data->n;
        }
        if (fabs(fit->beta[j]) * sqrt(square) > 8 || sqrt(fit->covariance[j * data->p + j] * square) > 50) {
            return true;
        }
    }
    return false;
}

vg_status vg_effectiveness_cox(const struct vg_cox_data *data, enum vg_ties ties, struct vg_arena *arena, struct vg_cox_fit *fit, struct vg_error *error)
{
    struct cox_sweep sweep;
    size_t p = data->p;
    vg_status status = cox_prepare(data, ties, arena, &sweep, error);
    if (status != VG_OK) {
        return status;
    }
    *fit = (struct vg_cox_fit){.beta = VG_ARENA_ARRAY(arena, double, p), .covariance = VG_ARENA_ARRAY(arena, double, p *p)};
    double *trial = VG_ARENA_ARRAY(arena, double, 2 * p), *factor = VG_ARENA_ARRAY(arena, double, p *p);
    struct likelihood now = {.score = VG_ARENA_ARRAY(arena, double, p), .information = VG_ARENA_ARRAY(arena, double, p *p), .beta = fit->beta};
    if (arena->failed) {
        return vg_fail_memory(error, p * p * sizeof(double));
    }
    for (size_t i = 0; i < data->n; i++) {
        fit->n_events += data->event[i] ? 1 : 0;
    }
    if (fit->n_events == 0) {
        fit->status = VG_EFFECT_NO_EVENTS;
        return VG_OK;
    }
    bool singular = false, more = true;
    evaluate(&sweep, &now);
    fit->log_likelihood_null = now.value;
    for (; more && fit->iterations < ITERATIONS_MOST; fit->iterations++) {
        more = step(&sweep, &now, fit->beta, trial, factor, &singular);
    }
    fit->log_likelihood = now.value;
    memcpy(factor, now.information, p * p * sizeof *factor);
    if (singular || !vg_dense_cholesky(factor, p)) {
        fit->status = VG_EFFECT_SEPARATED;
        return VG_OK;
    }
    vg_dense_inverse(factor, p, trial, fit->covariance);
    fit->status = runs_away(fit, &sweep) ? VG_EFFECT_SEPARATED : more ? VG_EFFECT_NOT_CONVERGED : VG_EFFECT_OK;
    return VG_OK;
}
