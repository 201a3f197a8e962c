/*
 * Points of the posterior in lanes, and what is predicted from each. Draws of the mixture come component by component, as many of each as
 * its weight says.
 */
#include "monitor/renewal/draws.h"

#include "monitor/renewal/kernel.h"

#include <math.h>
#include <string.h>

#define LANES RENEWAL_LANES
#define LEAST_LEFT 1e-12 /* of a share that is not reported, for its logit */

vg_status renewal_draws_new(const struct renewal_problem *p, const struct vg_triangle *triangle, const struct renewal_normals *normals,
                            struct renewal_undated *undated, size_t n_draws, size_t n_steps, struct vg_random random, struct vg_arena *arena,
                            struct renewal_draws *out, struct vg_error *error)
{
    *out = (struct renewal_draws){.problem = p, .undated = undated, .n_draws = n_draws, .end = n_draws, .n_steps = n_steps, .random = random};
    vg_status status = renewal_predictor_new(p, normals, undated != NULL ? 0 : renewal_first_open(p), n_steps, arena, &out->predictor, error);
    status = status == VG_OK ? renewal_withdrawals_new(p, triangle, arena, &out->withdrawals, error) : status;
    status = status == VG_OK && undated != NULL ? renewal_point_new(p, arena, &out->point, error) : status;
    if (status != VG_OK) {
        return status;
    }
    out->delay_sum = renewal_doubles(arena, p->n_hazards, 3);
    out->delay_logit_sum = out->delay_sum + p->n_hazards;
    out->delay_logit_squares = out->delay_logit_sum + p->n_hazards;
    out->lanes.level = renewal_doubles(arena, p->n_latent, LANES);
    out->lanes.noise = renewal_doubles(arena, p->n_rows, LANES);
    out->lanes.theta = renewal_doubles(arena, p->layout.n, LANES);
    out->counts = renewal_doubles(arena, p->n_rows - out->predictor.first_row + n_steps, LANES);
    out->left = renewal_doubles(arena, p->n_hazards, LANES);
    out->added = renewal_doubles(arena, p->n_rows, 1);
    return arena->failed ? vg_fail_memory(error, p->n_latent * LANES * sizeof(double)) : VG_OK;
}

/* Shares reported within each delay by the hazards of the newest reports, in sums. */
RENEWAL_KERNEL static void take_delays(struct renewal_draws *w, size_t n)
{
    const struct renewal_problem *p = w->problem;
    double left[LANES] = {1, 1, 1, 1, 1, 1, 1, 1};
    for (size_t d = 0; d < p->n_hazards; d++) {
        double *logit = w->left + LANES * d;
        for (size_t l = 0; l < LANES; l++) {
            left[l] /= 1 + w->predictor.delay_odds[LANES * d + l];
            w->delay_sum[d] += l < n ? 1 - left[l] : 0;
            double bounded = left[l] > LEAST_LEFT ? left[l] : LEAST_LEFT;
            logit[l] = (1 - bounded) / bounded > LEAST_LEFT ? (1 - bounded) / bounded : LEAST_LEFT;
        }
    }
    renewal_log(w->left, LANES * p->n_hazards);
    for (size_t d = 0; d < p->n_hazards; d++) {
        for (size_t l = 0; l < n; l++) {
            double logit = w->left[LANES * d + l];
            w->delay_logit_sum[d] += logit;
            w->delay_logit_squares[d] += logit * logit;
        }
    }
}

static void lane_point(struct renewal_draws *w, size_t lane)
{
    const struct renewal_problem *p = w->problem;
    for (size_t i = 0; i < p->n_latent; i++) {
        w->point.level[i] = w->lanes.level[LANES * i + lane];
    }
    for (size_t k = 0; k < p->n_rows; k++) {
        w->point.noise[k] = w->lanes.noise[LANES * k + lane];
    }
    for (size_t i = 0; i < p->layout.n; i++) {
        w->point.theta[i] = w->lanes.theta[LANES * i + lane];
    }
    w->point.hyper[RENEWAL_EXCESS] = log(w->lanes.excess[lane]);
}

/* What is to come of one draw: less what will be withdrawn, with the undated reports that fall on the row. */
static void adjust_lane(struct renewal_draws *w, size_t lane)
{
    const struct renewal_problem *p = w->problem;
    size_t first = w->predictor.first_row;
    memset(w->added, 0, p->n_rows * sizeof *w->added);
    if (w->undated != NULL) {
        lane_point(w, lane);
        renewal_undated_weigh(w->undated, p, &w->point);
        renewal_undated_draw(w->undated, w->undated_random, w->taken + lane == w->chosen, w->added);
    }
    renewal_withdraw(&w->withdrawals, p, w->taken + lane, &w->random, w->added);
    for (size_t k = first; k < p->n_rows; k++) {
        w->counts[LANES * (k - first) + lane] += w->added[k];
    }
}

/* Predicts from the lanes and keeps the first n. */
static void take_lanes(struct renewal_draws *w, size_t n)
{
    const struct renewal_problem *p = w->problem;
    size_t open = p->n_rows - w->predictor.first_row;
    renewal_predict(&w->predictor, &w->lanes, &w->random, w->counts);
    take_delays(w, n);
    for (size_t l = 0; l < n && (w->withdrawals.n_offsets > 0 || w->undated != NULL); l++) {
        adjust_lane(w, l);
    }
    for (size_t k = 0; k < open; k++) {
        memcpy(w->to_come + k * w->n_draws + w->taken, w->counts + LANES * k, n * sizeof(double));
    }
    for (size_t l = 0; l < n; l++) {
        for (size_t step = 0; step < w->n_steps; step++) {
            w->forecast[(w->taken + l) * w->n_steps + step] = w->counts[LANES * (open + step) + l];
        }
    }
    w->taken += n;
}

/* values[i] + mean[i] in all lanes, from `first` on. */
RENEWAL_KERNEL static void add_mean(double *restrict values, const double *restrict mean, size_t first, size_t n)
{
    for (size_t i = first; i < n; i++) {
        store_four(values + LANES * i, load_four(values + LANES * i) + mean[i]);
        store_four(values + LANES * i + 4, load_four(values + LANES * i + 4) + mean[i]);
    }
}

static void from_component(struct renewal_draws *w, const struct renewal_posterior *posterior, size_t number, size_t n)
{
    const struct renewal_component *component = &posterior->components[number];
    const struct renewal_problem *p = w->problem;
    struct renewal_lanes *lanes = &w->lanes;
    size_t level = w->predictor.first_level, row = w->predictor.first_row;
    renewal_normals_take(w->predictor.normals, &w->random, lanes->level + LANES * level, LANES * (p->n_latent - level));
    renewal_normals_take(w->predictor.normals, &w->random, lanes->noise + LANES * row, LANES * (p->n_rows - row));
    renewal_normals_take(w->predictor.normals, &w->random, lanes->theta, LANES * p->layout.n);
    renewal_curvature_colour_lanes(p, &component->fit.curvature, level, row, lanes);
    add_mean(lanes->level, component->mean.level, level, p->n_latent);
    add_mean(lanes->noise, component->mean.noise, row, p->n_rows);
    add_mean(lanes->theta, component->mean.theta, 0, p->layout.n);
    double off[2 * LANES];
    renewal_normals_take(w->predictor.normals, &w->random, off, 2 * LANES);
    for (size_t l = 0; l < LANES; l++) {
        lanes->sigma[l] = exp(component->hyper[RENEWAL_SIGMA]);
        lanes->excess[l] = exp(component->hyper[RENEWAL_EXCESS] + off[l] / sqrt(posterior->information[RENEWAL_EXCESS]));
        lanes->tau[l] = exp(component->hyper[RENEWAL_TAU] + off[LANES + l] / sqrt(posterior->information[RENEWAL_TAU]));
    }
    take_lanes(w, n);
}

void renewal_draws_from_mixture(struct renewal_draws *w, const struct renewal_posterior *posterior)
{
    double upto = (double)w->taken, n = (double)(w->end - w->taken);
    for (size_t c = 0; c < posterior->n_components; c++) {
        upto += posterior->components[c].weight * n;
        size_t last = c + 1 == posterior->n_components ? w->end : (size_t)(upto + 0.5);
        while (w->taken < last) {
            from_component(w, posterior, c, last - w->taken < LANES ? last - w->taken : LANES);
        }
    }
}

void renewal_draws_add(struct renewal_draws *w, const struct renewal_point *point)
{
    const struct renewal_problem *p = w->problem;
    struct renewal_lanes *lanes = &w->lanes;
    size_t lane = w->waiting++;
    for (size_t i = 0; i < p->n_latent; i++) {
        lanes->level[LANES * i + lane] = point->level[i];
    }
    for (size_t k = 0; k < p->n_rows; k++) {
        lanes->noise[LANES * k + lane] = point->noise[k];
    }
    for (size_t i = 0; i < p->layout.n; i++) {
        lanes->theta[LANES * i + lane] = point->theta[i];
    }
    lanes->sigma[lane] = exp(point->hyper[RENEWAL_SIGMA]);
    lanes->excess[lane] = exp(point->hyper[RENEWAL_EXCESS]);
    lanes->tau[lane] = exp(point->hyper[RENEWAL_TAU]);
    if (w->waiting == LANES) {
        renewal_draws_finish(w);
    }
}

void renewal_draws_finish(struct renewal_draws *w)
{
    size_t n = w->waiting;
    w->waiting = 0;
    if (n > 0) {
        /* Lanes that nothing was put into hold what was there before, or zeros: any numbers do. */
        for (size_t l = n; l < LANES; l++) {
            w->lanes.excess[l] = w->lanes.excess[0];
        }
        take_lanes(w, n);
    }
}
