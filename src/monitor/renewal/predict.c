/*
 * Draws of counts given points of the posterior: what is not reported yet of known dates, and the model run forward. All of it for eight
 * points at once, so that every sum runs over vectors of lanes.
 */
#include "monitor/renewal/predict.h"

#include "monitor/renewal/cell.h"
#include "monitor/renewal/kernel.h"

#include <math.h>
#include <string.h>

#define LANES RENEWAL_LANES
#define EXACT_MOST 30.0
#define COUNT_MOST 2000
#define LOG_MOST 27.0 /* of infections a day: more than there are people */

/* --------------------------------------------------------------------- normals */

/* Box and Muller's pairs. */
void renewal_normals_fill(struct renewal_normals *normals, uint64_t seed)
{
    struct vg_random random = vg_random_stream(seed, 0, 0, 7301);
    double *radius = normals->values, *angle = radius + RENEWAL_NORMALS / 2;
    for (size_t i = 0; i < RENEWAL_NORMALS / 2; i++) {
        radius[i] = vg_random_uniform(&random);
        angle[i] = (2 * 3.14159265358979323846) * vg_random_uniform(&random);
    }
    renewal_log(radius, RENEWAL_NORMALS / 2);
    for (size_t i = 0; i < RENEWAL_NORMALS / 2; i++) {
        double long_side = sqrt(-2 * radius[i]), turned = angle[i];
        radius[i] = long_side * cos(turned);
        angle[i] = long_side * sin(turned);
    }
}

void renewal_normals_take(const struct renewal_normals *normals, struct vg_random *random, double *out, size_t n)
{
    while (n > 0) {
        size_t at = vg_random_u32(random) % RENEWAL_NORMALS, here = RENEWAL_NORMALS - at < n ? RENEWAL_NORMALS - at : n;
        memcpy(out, normals->values + at, here * sizeof *out);
        out += here;
        n -= here;
    }
}

/* ---------------------------------------------------------------------- counts */

/* Inversion of four uniforms against the probabilities of 0, 1, 2 ...; each lane stops by itself. */
RENEWAL_INLINE void invert_four(const double *restrict uniform, const double *restrict zero, const double *restrict mean, const double *restrict excess,
                                double *restrict out)
{
    renewal_four left = load_four(uniform), chance = load_four(zero), means = load_four(mean), excesses = load_four(excess), scale = 1 / (1 + excesses);
    renewal_integers y = {0};
    for (int i = 0; i < COUNT_MOST; i++) {
        renewal_integers on = left > chance;
        if ((on[0] | on[1] | on[2] | on[3]) == 0) {
            break;
        }
        left = choose_four(on, left - chance, left);
        chance = choose_four(on, chance * (means + (double)i * excesses) * scale * (1 / (double)(i + 1)), chance);
        y -= on;
    }
    store_four(out, __builtin_convertvector(y, renewal_four));
}

RENEWAL_KERNEL static void counts_of_eight(const double *restrict uniform, const double *restrict zero, const double *restrict mean,
                                           const double *restrict excess, const double *restrict normal, double *restrict out)
{
    for (size_t l = 0; l < LANES; l += 4) {
        double small[4], none[4], exact[4];
        bool any = false;
        for (size_t i = 0; i < 4; i++) {
            bool here = mean[l + i] <= EXACT_MOST;
            any = any || here;
            small[i] = here ? mean[l + i] : 0;
            none[i] = here ? zero[l + i] : 1;
        }
        memset(exact, 0, sizeof exact);
        if (any) {
            invert_four(uniform + l, none, small, excess + l, exact);
        }
        for (size_t i = 0; i < 4; i++) {
            double m = mean[l + i], k = excess[l + i], z = normal[l + i], sd = sqrt(m * (1 + k));
            double wide = m > EXACT_MOST ? floor(m + sd * z + (1 + 2 * k) / 6 * (z * z - 1) + 0.5) : exact[i];
            out[l + i] = wide > 0 ? wide : 0;
        }
    }
}

void renewal_draw_counts(const struct renewal_normals *normals, struct vg_random *random, const double *means, const double excess[LANES], size_t n,
                         double *chances, double *out)
{
    double factor[LANES], unused;
    for (size_t l = 0; l < LANES; l++) {
        factor[l] = renewal_exposure_factor(excess[l], &unused);
    }
    for (size_t i = 0; i < n * LANES; i++) {
        chances[i] = -means[i] * factor[i % LANES];
    }
    renewal_exp(chances, n * LANES);
    for (size_t i = 0; i < n; i++) {
        double uniform[LANES], normal[LANES];
        for (size_t l = 0; l < LANES; l++) {
            uniform[l] = ((double)vg_random_u32(random) + 0.5) * 0x1p-32;
        }
        renewal_normals_take(normals, random, normal, LANES);
        counts_of_eight(uniform, chances + LANES * i, means + LANES * i, excess, normal, out + LANES * i);
    }
}

/* ------------------------------------------------------------------ work space */

size_t renewal_first_needed(const struct renewal_problem *p, size_t first_row)
{
    size_t row = first_row < p->n_rows ? first_row : p->n_rows - 1, newest = renewal_row_end(p, row);
    size_t needed = newest + 1 > p->n_kernel ? newest + 1 - p->n_kernel : 0;
    size_t longest = p->n_kernel > p->n_generation + 1 ? p->n_kernel : p->n_generation + 1;
    size_t ahead = p->n_latent > longest ? p->n_latent - longest : 0;
    return needed < ahead ? needed : ahead;
}

vg_status renewal_predictor_new(const struct renewal_problem *p, const struct renewal_normals *normals, size_t first_row, size_t n_steps,
                                struct vg_arena *arena, struct renewal_predictor *out, struct vg_error *error)
{
    size_t rows = p->n_rows + p->n_delays, ahead = n_steps * (size_t)p->step_days;
    *out = (struct renewal_predictor){.problem = p, .normals = normals, .n_steps = n_steps, .first_row = first_row};
    out->first_level = renewal_first_needed(p, out->first_row);
    size_t counts = p->n_rows - out->first_row + n_steps;
    out->delay_scale = renewal_doubles(arena, p->n_hazards, 1);
    out->step_scale = renewal_doubles(arena, rows, 2);
    out->base_odds = renewal_doubles(arena, p->layout.n_base, LANES);
    out->delay_odds = renewal_doubles(arena, p->n_hazards, LANES);
    out->step_odds = renewal_doubles(arena, rows, 2 * LANES);
    out->infections = renewal_doubles(arena, p->n_latent + ahead, LANES);
    out->log_r = renewal_doubles(arena, ahead, LANES);
    out->means = renewal_doubles(arena, counts, LANES);
    out->own = renewal_doubles(arena, counts, LANES);
    out->chances = renewal_doubles(arena, counts, LANES);
    out->left = renewal_doubles(arena, p->n_rows - out->first_row, LANES);
    if (arena->failed) {
        return vg_fail_memory(error, rows * 2 * LANES * sizeof(double));
    }
    for (size_t d = 0; d < p->n_hazards; d++) {
        out->delay_scale[d] = exp(p->hazard_offset[d]);
    }
    for (size_t i = 0; i < 2 * rows; i++) {
        out->step_scale[i] = exp(p->step_offset[i]);
    }
    return VG_OK;
}

/* ------------------------------------------------------------- what is to come */

/* to[l] += factor * from[l], all lanes. */
RENEWAL_INLINE void add_to_lanes(double *restrict to, const double *restrict from, double factor)
{
    store_four(to, load_four(to) + factor * load_four(from));
    store_four(to + 4, load_four(to + 4) + factor * load_four(from + 4));
}

/* Odds of being reported are products of what delay and report step give. */
RENEWAL_KERNEL static void make_odds(struct renewal_predictor *w, const struct renewal_lanes *lanes)
{
    const struct renewal_problem *p = w->problem;
    const struct renewal_layout *l = &p->layout;
    size_t rows = p->n_rows + p->n_delays, groups = l->n_drift > 0 ? 2 : 1, first = w->first_row;
    memcpy(w->base_odds, lanes->theta + LANES * l->base, l->n_base * LANES * sizeof(double));
    renewal_exp(w->base_odds, l->n_base * LANES);
    memset(w->delay_odds, 0, p->n_hazards * LANES * sizeof(double));
    for (size_t d = 0; d < p->n_hazards; d++) {
        add_to_lanes(w->delay_odds + LANES * d, w->base_odds + LANES * p->base_of[d], w->delay_scale[d]);
    }
    /* Steps before any effect of their own have the offset alone. */
    if (l->n_report_day == 0 && l->n_holiday == 0 && l->n_drift == 0) {
        first = p->first_effect > first ? p->first_effect : first;
    }
    for (size_t group = 0; group < groups; group++) {
        double *odds = w->step_odds + group * rows * LANES;
        memset(odds + LANES * w->first_row, 0, (p->last_report + 1 - w->first_row) * LANES * sizeof *odds);
        for (size_t step = first; step <= p->last_report; step++) {
            double *here = odds + LANES * step;
            size_t knot = p->knot[step], drift = l->drift + group * l->n_group, n_group = group * l->n_group < l->n_drift ? l->n_group : 0;
            if (l->n_report_day > 0) {
                add_to_lanes(here, lanes->theta + LANES * (l->report_day + p->report_weekday[step]), 1);
            }
            if (l->n_holiday > 0 && p->report_holiday[step]) {
                add_to_lanes(here, lanes->theta + LANES * l->holiday, 1);
            }
            if (step >= p->first_effect && step - p->first_effect < l->n_effect) {
                add_to_lanes(here, lanes->theta + LANES * (l->effect + step - p->first_effect), 1);
            }
            if (knot < n_group) {
                add_to_lanes(here, lanes->theta + LANES * (drift + knot), p->knot_weight[step]);
            }
            if (knot + 1 < n_group) {
                add_to_lanes(here, lanes->theta + LANES * (drift + knot + 1), 1 - p->knot_weight[step]);
            }
        }
        for (size_t i = LANES * w->first_row; i < LANES * first && i < LANES * (p->last_report + 1); i++) {
            odds[i] = 1;
        }
        if (first <= p->last_report) {
            renewal_exp(odds + LANES * first, (p->last_report + 1 - first) * LANES);
        }
    }
    for (size_t group = 2; group-- > 0;) {
        for (size_t step = w->first_row; step <= p->last_report; step++) {
            for (size_t lane = 0; lane < LANES; lane++) {
                w->step_odds[(group * rows + step) * LANES + lane] =
                    w->step_scale[group * rows + step] * w->step_odds[((groups == 2 ? group : 0) * rows + step) * LANES + lane];
            }
        }
    }
}

/* Expected share of every open row that is still to come. */
RENEWAL_KERNEL static void shares_left(struct renewal_predictor *w)
{
    const struct renewal_problem *p = w->problem;
    size_t rows = p->n_rows + p->n_delays;
    for (size_t k = w->first_row; k < p->n_rows; k++) {
        const struct renewal_row *row = &p->rows[k];
        double *left = w->left + LANES * (k - w->first_row);
        size_t n = row->last_delay < 0 ? 0 : (size_t)row->last_delay + 1, n_short = n < p->n_short ? n : p->n_short;
        bool complete = row->last_delay >= 0 && (!row->split || n >= p->n_delays);
        for (size_t l = 0; l < LANES; l += 4) {
            const double *delay = w->delay_odds + l, *step = w->step_odds + LANES * k + l;
            renewal_four product = {1, 1, 1, 1};
            for (size_t d = 0; d < n_short && !complete; d++) {
                product *= 1 + load_four(delay + LANES * d) * load_four(step + LANES * d);
            }
            step += LANES * rows;
            for (size_t d = n_short; d < n && !complete; d++) {
                product *= 1 + load_four(delay + LANES * d) * load_four(step + LANES * d);
            }
            store_four(left + l, (complete ? 0.0 : 1.0) / product);
        }
    }
}

/* sum weights[i] * lanes of values[i] */
RENEWAL_INLINE void weighted_lanes(const double *restrict weights, const double *restrict values, size_t n, double *restrict out)
{
    renewal_four low = {0}, high = {0};
    for (size_t i = 0; i < n; i++) {
        low += weights[i] * load_four(values + LANES * i);
        high += weights[i] * load_four(values + LANES * i + 4);
    }
    store_four(out, low);
    store_four(out + 4, high);
}

/* Infections of the days ahead: log R goes on by its own law, so all its exponentials are made at once. */
RENEWAL_KERNEL static void run_forward(struct renewal_predictor *w, const struct renewal_lanes *lanes, struct vg_random *random)
{
    const struct renewal_problem *p = w->problem;
    size_t days = w->n_steps * (size_t)p->step_days, lags = p->n_generation - 1;
    double log_r[LANES], pressure[LANES], most = exp(LOG_MOST);
    weighted_lanes(p->generation_back, w->infections + LANES * (p->n_latent - 1 - lags), lags, log_r);
    renewal_log(log_r, LANES);
    for (size_t l = 0; l < LANES; l++) {
        log_r[l] = lanes->level[LANES * (p->n_latent - 1) + l] - log_r[l];
    }
    renewal_normals_take(w->normals, random, w->log_r, days * LANES);
    for (size_t day = 0; day < days; day++) {
        for (size_t l = 0; l < LANES; l++) {
            log_r[l] = p->keep * log_r[l] + lanes->sigma[l] * w->log_r[LANES * day + l];
            w->log_r[LANES * day + l] = log_r[l];
        }
    }
    renewal_exp(w->log_r, days * LANES);
    for (size_t day = 0; day < days; day++) {
        double *here = w->infections + LANES * (p->n_latent + day);
        weighted_lanes(p->generation_back, here - LANES * lags, lags, pressure);
        for (size_t l = 0; l < LANES; l++) {
            double value = pressure[l] * w->log_r[LANES * day + l];
            here[l] = value < most ? value : most;
        }
    }
}

/* Own deviations and weekdays of the open rows and of the steps ahead, as factors. */
static void own_factors(struct renewal_predictor *w, const struct renewal_lanes *lanes, struct vg_random *random)
{
    const struct renewal_problem *p = w->problem;
    size_t open = p->n_rows - w->first_row;
    memcpy(w->own, lanes->noise + LANES * w->first_row, open * LANES * sizeof(double));
    renewal_normals_take(w->normals, random, w->own + LANES * open, w->n_steps * LANES);
    for (size_t i = LANES * open; i < LANES * (open + w->n_steps); i++) {
        w->own[i] *= lanes->tau[i % LANES];
    }
    for (size_t i = 0; i < open + w->n_steps && p->layout.n_weekday > 0; i++) {
        int32_t date = p->start + (int32_t)(w->first_row + i) * p->step_days;
        const double *weekday = lanes->theta + LANES * (p->layout.weekday + (size_t)vg_date_weekday(date));
        for (size_t l = 0; l < LANES; l++) {
            w->own[LANES * i + l] += weekday[l];
        }
    }
    renewal_exp(w->own, (open + w->n_steps) * LANES);
}

RENEWAL_KERNEL void renewal_predict(struct renewal_predictor *w, const struct renewal_lanes *lanes, struct vg_random *random, double *counts)
{
    const struct renewal_problem *p = w->problem;
    size_t open = p->n_rows - w->first_row, n = open + w->n_steps;
    for (size_t i = LANES * w->first_level; i < LANES * p->n_latent; i++) {
        w->infections[i] = lanes->level[i] < LOG_MOST ? lanes->level[i] : LOG_MOST;
    }
    renewal_exp(w->infections + LANES * w->first_level, LANES * (p->n_latent - w->first_level));
    if (p->n_hazards > 0) {
        make_odds(w, lanes);
    }
    shares_left(w);
    if (w->n_steps > 0) {
        run_forward(w, lanes, random);
    }
    own_factors(w, lanes, random);
    for (size_t i = 0; i < n; i++) {
        double *mean = w->means + LANES * i;
        weighted_lanes(p->kernel_back, w->infections + LANES * (renewal_row_end(p, w->first_row + i) + 1 - p->n_kernel), p->n_kernel, mean);
        for (size_t l = 0; l < LANES; l++) {
            mean[l] *= w->own[LANES * i + l] * (i < open ? w->left[LANES * i + l] : 1);
        }
    }
    renewal_draw_counts(w->normals, random, w->means, lanes->excess, n, w->chances, counts);
}
