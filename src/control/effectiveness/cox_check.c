/*
 * What a Cox fit is checked with: the score test of proportional hazards (Grambsch and Therneau 1994 as survival 3 makes it), the influence of each row (Lin
 * and Wei 1989), sandwich variances over clusters, and follow-up cut into periods so that an effect may change with time.
 */
#include "control/effectiveness/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* -------------------------------------------------------- proportionality */

struct test {
    const struct vg_survival_curve *curve;
    double center, *score, *information;
}; /* [2p], [2p * 2p] */

/* 1 - Kaplan-Meier just before that time. */
static double transform(const struct vg_survival_curve *curve, double time)
{
    size_t low = 0, high = curve->n_times;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (curve->time[middle] < time) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low == 0 ? 0 : 1 - curve->survival[low - 1];
}

static void add_test(void *context, struct cox_sweep *sweep, const struct cox_deaths *deaths)
{
    struct test *test = context;
    const struct vg_cox_data *data = sweep->data;
    size_t p = data->p, q = 2 * p;
    double g = transform(test->curve, deaths->time) - test->center, weight = deaths->weight / (double)deaths->n;
    for (size_t i = 0; i < deaths->n_rows; i++) {
        size_t row = deaths->rows[i];
        double own = data->event[row] ? (data->weight == NULL ? 1 : data->weight[row]) : 0;
        for (size_t j = 0; own > 0 && j < p; j++) {
            test->score[p + j] += g * own * (data->x[row * p + j] - sweep->center[j]);
        }
    }
    for (size_t k = 0; k < deaths->n; k++) {
        (void)cox_moments(sweep, cox_gone(sweep, deaths, k));
        for (size_t j = 0; j < p; j++) {
            test->score[p + j] -= g * weight * sweep->mean[j];
            for (size_t l = 0; l < p; l++) {
                double variance = weight * sweep->variance[j >= l ? j * p + l : l * p + j];
                test->information[j * q + l] += variance;
                test->information[(p + j) * q + l] += g * variance;
                test->information[(p + j) * q + p + l] += g * g * variance;
            }
        }
    }
}

/* u' I^-1 u for the covariates' own columns and those of time that are kept. */
static double score_test(const struct test *test, size_t p, size_t only, double *room)
{
    size_t q = 2 * p, n = only == SIZE_MAX ? q : p + 1;
    double *matrix = room, *u = room + q * q;
    for (size_t i = 0; i < n; i++) {
        size_t row = i < p || only == SIZE_MAX ? i : p + only;
        u[i] = i < p ? 0 : test->score[row];
        for (size_t j = 0; j <= i; j++) {
            size_t column = j < p || only == SIZE_MAX ? j : p + only;
            matrix[i * n + j] = test->information[row * q + column];
        }
    }
    if (!vg_dense_cholesky(matrix, n)) {
        return NAN;
    }
    vg_dense_solve_lower(matrix, n, u, 1);
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += u[i] * u[i];
    }
    return sum;
}

vg_status vg_effectiveness_proportional(const struct vg_cox_data *data, enum vg_ties ties, const struct vg_cox_fit *fit, struct vg_arena *arena,
                                        struct vg_proportional *out, struct vg_error *error)
{
    struct cox_sweep sweep;
    struct vg_survival_curve curve;
    size_t p = data->p, n_events = 0;
    struct vg_cox_data all = *data;
    all.stratum = NULL;
    all.weight = NULL;
    vg_status status = cox_prepare(data, ties, arena, &sweep, error);
    status = status == VG_OK ? vg_effectiveness_kaplan_meier(&all, NULL, 0, arena, &curve, error) : status;
    if (status != VG_OK) {
        return status;
    }
    struct test test = {.curve = &curve, .score = VG_ARENA_ARRAY(arena, double, 2 * p), .information = VG_ARENA_ARRAY(arena, double, 4 * p * p)};
    double *room = VG_ARENA_ARRAY(arena, double, 4 * p * p + 2 * p);
    *out = (struct vg_proportional){.chi_square = VG_ARENA_ARRAY(arena, double, p), .p_value = VG_ARENA_ARRAY(arena, double, p)};
    if (arena->failed) {
        return vg_fail_memory(error, p * p * sizeof(double));
    }
    for (size_t i = 0; i < data->n; i++) {
        test.center += data->event[i] ? transform(&curve, data->exit[i]) : 0;
        n_events += data->event[i] ? 1 : 0;
    }
    test.center /= n_events > 0 ? (double)n_events : 1;
    cox_run(&sweep, fit->beta, add_test, &test);
    for (size_t j = 0; j <= p; j++) {
        double value = score_test(&test, p, j == p ? SIZE_MAX : j, room);
        double p_value = isnan(value) ? NAN : chi_square_above(value, j == p ? (double)p : 1);
        *(j == p ? &out->chi_square_all : &out->chi_square[j]) = value;
        *(j == p ? &out->p_value_all : &out->p_value[j]) = p_value;
    }
    return VG_OK;
}

/* --------------------------------------------------------------- influence */

/* Steps of the baseline hazard at one time, plain and times the mean covariate; the same for those who die then, who are gone for a part of it. */
struct hazard {
    double time, plain, dying;
    uint32_t stratum;
    double *sums; /* plain * mean, dying * mean, mean at death: [3p] */
};
struct hazards {
    struct hazard *steps;
    size_t n, capacity;
    double *room;
};

static void add_hazard(void *context, struct cox_sweep *sweep, const struct cox_deaths *deaths)
{
    struct hazards *out = context;
    size_t p = sweep->data->p;
    double weight = deaths->weight / (double)deaths->n;
    VG_ASSERT(out->n < out->capacity);
    struct hazard *step = &out->steps[out->n];
    *step = (struct hazard){.time = deaths->time, .stratum = deaths->stratum, .sums = out->room + out->n * 3 * p};
    out->n++;
    for (size_t k = 0; k < deaths->n; k++) {
        double gone = cox_gone(sweep, deaths, k), risk = weight / cox_moments(sweep, gone);
        step->plain += risk;
        step->dying += (1 - gone) * risk;
        for (size_t j = 0; j < p; j++) {
            step->sums[j] += risk * sweep->mean[j];
            step->sums[p + j] += (1 - gone) * risk * sweep->mean[j];
            step->sums[2 * p + j] += sweep->mean[j] / (double)deaths->n;
        }
    }
}

/* First step of that stratum at a time <= t, steps being newest first within strata that rise. */
static size_t find_step(const struct hazards *hazards, uint32_t stratum, double t)
{
    size_t low = 0, high = hazards->n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        const struct hazard *step = &hazards->steps[middle];
        if (step->stratum < stratum || (step->stratum == stratum && step->time > t)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Sums from the stratum's first time up to and including step `at` stand in cumulative[at]. */
static void accumulate(struct hazards *hazards, size_t p, double *plain, double *sums)
{
    for (size_t i = hazards->n; i-- > 0;) {
        bool after = i + 1 < hazards->n && hazards->steps[i + 1].stratum == hazards->steps[i].stratum;
        plain[i] = hazards->steps[i].plain + (after ? plain[i + 1] : 0);
        for (size_t j = 0; j < p; j++) {
            sums[i * p + j] = hazards->steps[i].sums[j] + (after ? sums[(i + 1) * p + j] : 0);
        }
    }
}

/* Score residual of one row (Therneau and Grambsch 2000, section 4.6). */
static void residual(const struct cox_sweep *sweep, const struct hazards *hazards, const double *plain, const double *sums, size_t row, double *out)
{
    const struct vg_cox_data *data = sweep->data;
    size_t p = data->p;
    uint32_t stratum = data->stratum == NULL ? 0 : data->stratum[row];
    size_t to = find_step(hazards, stratum, data->exit[row]), from = data->entry == NULL ? hazards->n : find_step(hazards, stratum, data->entry[row]);
    bool any = to < hazards->n && hazards->steps[to].stratum == stratum, before = from < hazards->n && hazards->steps[from].stratum == stratum;
    bool dies = data->event[row] && any && hazards->steps[to].time == data->exit[row];
    double risk = sweep->risk[row],
           total = (any ? plain[to] : 0) - (before ? plain[from] : 0) + (dies ? hazards->steps[to].dying - hazards->steps[to].plain : 0);
    for (size_t j = 0; j < p; j++) {
        double x = data->x[row * p + j] - sweep->center[j];
        double mean = (any ? sums[to * p + j] : 0) - (before ? sums[from * p + j] : 0);
        mean += dies ? hazards->steps[to].sums[p + j] - hazards->steps[to].sums[j] : 0;
        out[j] = (dies ? x - hazards->steps[to].sums[2 * p + j] : 0) - risk * (x * total - mean);
    }
}

vg_status vg_effectiveness_cox_influence(const struct vg_cox_data *data, enum vg_ties ties, const struct vg_cox_fit *fit, struct vg_arena *arena,
                                         double **influence, struct vg_error *error)
{
    struct cox_sweep sweep;
    size_t p = data->p;
    vg_status status = cox_prepare(data, ties, arena, &sweep, error);
    if (status != VG_OK) {
        return status;
    }
    struct hazards hazards = {.capacity = fit->n_events + 1};
    hazards.steps = VG_ARENA_ARRAY(arena, struct hazard, hazards.capacity);
    hazards.room = VG_ARENA_ARRAY(arena, double, hazards.capacity * 3 * p);
    double *plain = VG_ARENA_ARRAY(arena, double, hazards.capacity), *sums = VG_ARENA_ARRAY(arena, double, hazards.capacity *p),
           *own = VG_ARENA_ARRAY(arena, double, p);
    *influence = VG_ARENA_ARRAY(arena, double, data->n *p + 1);
    if (arena->failed) {
        return vg_fail_memory(error, data->n * p * sizeof(double));
    }
    cox_run(&sweep, fit->beta, add_hazard, &hazards);
    accumulate(&hazards, p, plain, sums);
    for (size_t i = 0; i < data->n; i++) {
        double weight = data->weight == NULL ? 1 : data->weight[i];
        residual(&sweep, &hazards, plain, sums, i, own);
        for (size_t j = 0; j < p; j++) {
            double sum = 0;
            for (size_t k = 0; k < p; k++) {
                sum += own[k] * fit->covariance[k * p + j];
            }
            (*influence)[i * p + j] = weight * sum;
        }
    }
    return VG_OK;
}

vg_status vg_effectiveness_clustered(const double *influence, size_t n, size_t p, const uint32_t *cluster, size_t n_clusters, struct vg_arena *arena,
                                     double *out, struct vg_error *error)
{
    double *sums = VG_ARENA_ARRAY(arena, double, n_clusters *p + 1);
    if (sums == NULL) {
        return vg_fail_memory(error, n_clusters * p * sizeof(double));
    }
    for (size_t i = 0; i < n; i++) {
        VG_ASSERT(cluster[i] < n_clusters);
        for (size_t j = 0; j < p; j++) {
            sums[cluster[i] * p + j] += influence[i * p + j];
        }
    }
    memset(out, 0, p * p * sizeof *out);
    for (size_t c = 0; c < n_clusters; c++) {
        for (size_t j = 0; j < p; j++) {
            for (size_t k = 0; k < p; k++) {
                out[j * p + k] += sums[c * p + j] * sums[c * p + k];
            }
        }
    }
    return VG_OK;
}

/* ------------------------------------------------------------------ periods */

struct pieces {
    double *entry, *exit, *x;
    uint8_t *event;
    uint32_t *stratum;
    double *weight;
};

static size_t period_of(const double *cut, size_t n_cuts, double after)
{
    size_t period = 0;
    while (period < n_cuts && cut[period] <= after) {
        period++;
    }
    return period;
}

static void put_piece(const struct vg_cox_data *data, size_t row, size_t column, size_t period, size_t n_periods, const struct pieces *out, size_t at)
{
    size_t p = data->p, q = p + n_periods - 1;
    double *x = out->x + at * q;
    memset(x, 0, q * sizeof *x);
    x[period] = data->x[row * p + column];
    for (size_t j = 0, k = n_periods; j < p; j++) {
        if (j != column) {
            x[k++] = data->x[row * p + j];
        }
    }
    out->stratum[at] = data->stratum == NULL ? 0 : data->stratum[row];
    out->weight[at] = data->weight == NULL ? 1 : data->weight[row];
}

vg_status vg_effectiveness_split(const struct vg_cox_data *data, size_t column, const double *since, const double *cut, size_t n_cuts, struct vg_arena *arena,
                                 struct vg_cox_split *out, struct vg_error *error)
{
    size_t capacity = 0, q = data->p + n_cuts, n = 0;
    if (column >= data->p || q > VG_EFFECT_COVARIATES_MAX || !vg_multiply_size(data->n, n_cuts + 1, &capacity)) {
        return vg_fail(error, VG_USAGE_ERROR, "follow-up cannot be cut into %zu periods", n_cuts + 1);
    }
    struct pieces pieces = {VG_ARENA_ARRAY(arena, double, capacity + 1),    VG_ARENA_ARRAY(arena, double, capacity + 1),
                            VG_ARENA_ARRAY(arena, double, capacity *q + 1), VG_ARENA_ARRAY(arena, uint8_t, capacity + 1),
                            VG_ARENA_ARRAY(arena, uint32_t, capacity + 1),  VG_ARENA_ARRAY(arena, double, capacity + 1)};
    out->origin = VG_ARENA_ARRAY(arena, size_t, capacity + 1);
    if (arena->failed) {
        return vg_fail_memory(error, capacity * q * sizeof(double));
    }
    for (size_t i = 0; i < data->n; i++) {
        /* Time 0 is in nobody's period: an event on the first day counts just after it, as it does without periods. */
        double from = data->entry == NULL ? -1 : data->entry[i], end = data->exit[i], zero = since == NULL ? 0 : since[i];
        for (size_t period = period_of(cut, n_cuts, from - zero); from < end; period++) {
            double until = period < n_cuts ? fmin(zero + cut[period], end) : end;
            put_piece(data, i, column, period, n_cuts + 1, &pieces, n);
            pieces.entry[n] = from;
            pieces.exit[n] = until;
            pieces.event[n] = until == end ? data->event[i] : 0;
            out->origin[n++] = i;
            from = until;
        }
    }
    out->data = (struct vg_cox_data){
        .n = n, .p = q, .entry = pieces.entry, .exit = pieces.exit, .event = pieces.event, .x = pieces.x, .stratum = pieces.stratum, .weight = pieces.weight};
    return VG_OK;
}
