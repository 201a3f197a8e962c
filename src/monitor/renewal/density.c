/*
 * The log density of the renewal model and its gradient by hand. One pass forward (infections, R, expected counts, hazards,
 * cells) and one pass back; both cost a few operations per cell. The order of operations is fixed, so results are the same on
 * every machine and thread.
 */
#include "monitor/renewal/internal.h"

#include "monitor/renewal/cell.h"
#include "monitor/renewal/kernel.h"

#include <math.h>
#include <string.h>

vg_status renewal_state_new(const struct renewal_problem *problem, struct vg_arena *arena, struct renewal_state *state,
                            struct vg_error *error)
{
    size_t n = problem->n_rows, latent = problem->n_latent, split = n - problem->first_split;
    *state = (struct renewal_state){.infections = renewal_doubles(arena, latent + 16, 1)};
    state->pressure = renewal_doubles(arena, latent, 1);
    state->log_r = renewal_doubles(arena, latent, 1);
    state->innovation = renewal_doubles(arena, latent, 1);
    state->expected = renewal_doubles(arena, n, 1);
    state->mean = renewal_doubles(arena, n, 1);
    state->unreported = renewal_doubles(arena, n, 1);
    state->mean_score = renewal_doubles(arena, n, 1);
    state->hazard = renewal_doubles(arena, split + 4, problem->n_delays); /* fours reach beyond the last row */
    state->survival = renewal_doubles(arena, split, problem->n_delays);
    state->hazard_score = renewal_doubles(arena, split, problem->n_delays);
    state->delay_odds = renewal_doubles(arena, problem->n_delays, 1);
    state->step_odds = renewal_doubles(arena, n + problem->n_delays, 2);
    state->cell_mean = renewal_doubles(arena, problem->n_cells, 1);
    state->cell_score = renewal_doubles(arena, problem->n_cells, 1);
    state->cell_bend = renewal_doubles(arena, problem->n_cells, 1);
    state->by_step = renewal_doubles(arena, n + problem->n_delays, 2);
    state->theta_off = renewal_doubles(arena, problem->layout.n, 1);
    state->shape_base = renewal_doubles(arena, problem->n_delays, 1);
    state->shape_high = renewal_doubles(arena, problem->n_delays, 1);
    state->shape_low = renewal_doubles(arena, problem->n_delays, 1);
    return arena->failed || state->hazard_score == NULL ? vg_fail_memory(error, split * problem->n_delays * 24) : VG_OK;
}

vg_status renewal_point_new(const struct renewal_problem *problem, struct vg_arena *arena, struct renewal_point *point,
                            struct vg_error *error)
{
    double *all = renewal_doubles(arena, renewal_point_length(problem), 1);
    if (all == NULL) {
        return vg_fail_memory(error, renewal_point_length(problem) * sizeof(double));
    }
    *point = (struct renewal_point){.level = all, .noise = all + problem->n_latent, .theta = all + problem->n_latent + problem->n_rows};
    memcpy(point->hyper, problem->hyper_mean, sizeof point->hyper);
    return VG_OK;
}

void renewal_point_copy(const struct renewal_problem *problem, struct renewal_point *to, const struct renewal_point *from)
{
    memcpy(to->level, from->level, renewal_point_length(problem) * sizeof *to->level);
    memcpy(to->hyper, from->hyper, sizeof to->hyper);
}

static inline double normal_density(double z)
{
    return 0.3989422804014327 * exp(-0.5 * z * z);
}

void renewal_shape_hazards(const double shape[2], size_t n_base, double *logit_hazards, double *by_mean, double *by_log_sd)
{
    static const double least = 1e-13;
    double sd = exp(shape[1]), z = (shape[0] - log((double)n_base + 1)) / sd, beyond = vg_normal_cdf(z), before = 1;
    double beyond_density = normal_density(z), beyond_moved = z * beyond_density, before_density = 0, before_moved = 0;
    for (size_t d = 0; d < n_base; d++) {
        logit_hazards[d] = (double)d + 1;
    }
    renewal_log(logit_hazards, n_base);
    for (size_t d = 0; d < n_base; d++) {
        z = (shape[0] - logit_hazards[d]) / sd;
        double after = vg_normal_cdf(z), now = before - after > least ? before - after : least, later = after - beyond > least ? after - beyond : least;
        logit_hazards[d] = now / later;
        if (by_mean != NULL) {
            double density = normal_density(z), moved = z * density, is_now = before - after > least ? 1 / now : 0, is_later = after - beyond > least ? 1 / later : 0;
            by_mean[d] = ((before_density - density) * is_now - (density - beyond_density) * is_later) / sd;
            by_log_sd[d] = -(before_moved - moved) * is_now + (moved - beyond_moved) * is_later;
            before_density = density;
            before_moved = moved;
        }
        before = after;
    }
    renewal_log(logit_hazards, n_base);
}

/* ------------------------------------------------------------------- forward */

void renewal_log_r_by_level(const struct renewal_problem *p, const struct renewal_state *s, size_t i, double *out)
{
    size_t lags = p->n_generation;
    const double *infections = s->infections + i - lags + 1;
    double scale = -1 / s->pressure[i];
    memset(out + lags / 4 * 4, 0, (RENEWAL_FOURS(lags + 1) + 4 - lags / 4 * 4) * sizeof *out);
    out[0] = 0;
    for (size_t a = 0; a + 1 < lags; a++) {
        out[a + 1] = scale * p->generation_back[a] * infections[a];
    }
    out[lags] = 1;
}

/* Infections, R and the standardised innovations of the level; returns their log prior. */
RENEWAL_KERNEL static double forward_level(const struct renewal_problem *p, const struct renewal_point *point, struct renewal_state *s)
{
    const double *x = point->level;
    double sigma = exp(point->hyper[RENEWAL_SIGMA]), squares = 0;
    size_t lags = RENEWAL_FOURS(p->n_generation - 1);
    memcpy(s->infections, x, p->n_latent * sizeof *x);
    renewal_exp(s->infections, p->n_latent);
    for (size_t i = p->n_seed; i < p->n_latent; i++) {
        s->pressure[i] = s->log_r[i] = inner_product(p->generation_back, s->infections + i + 1 - p->n_generation, lags);
    }
    renewal_log(s->log_r + p->n_seed, p->n_latent - p->n_seed);
    for (size_t i = 0; i < p->n_latent; i++) {
        double u;
        if (i >= p->n_seed) {
            s->log_r[i] = x[i] - s->log_r[i];
            u = i == p->n_seed ? s->log_r[i] / RENEWAL_FIRST_LOG_R_SD : (s->log_r[i] - p->keep * s->log_r[i - 1]) / sigma;
        } else {
            u = i == 0   ? (x[0] - p->level_mean) / RENEWAL_LEVEL_SD
                : i == 1 ? (x[1] - x[0]) / RENEWAL_SEED_GROWTH_SD
                         : (x[i] - 2 * x[i - 1] + x[i - 2]) / RENEWAL_SEED_CHANGE_SD;
        }
        s->innovation[i] = u;
        squares += u * u;
    }
    return -0.5 * squares - (double)(p->n_latent - p->n_seed - 1) * point->hyper[RENEWAL_SIGMA];
}

RENEWAL_KERNEL static void forward_means(const struct renewal_problem *p, const struct renewal_point *point, struct renewal_state *s)
{
    const double *weekday = point->theta + p->layout.weekday;
    for (size_t k = 0; k < p->n_rows; k++) {
        s->mean[k] = (p->layout.n_weekday > 0 ? weekday[p->rows[k].weekday] : 0) + point->noise[k];
    }
    renewal_exp(s->mean, p->n_rows);
    for (size_t k = 0; k < p->n_rows; k++) {
        s->expected[k] = inner_product(p->kernel_back, s->infections + renewal_row_end(p, k) + 1 - p->n_kernel, RENEWAL_FOURS(p->n_kernel));
        s->mean[k] *= s->expected[k];
    }
}

/* What a report step adds to the logit hazards of all rows. */
static double report_step_effect(const struct renewal_problem *p, const double *theta, size_t step)
{
    const struct renewal_layout *l = &p->layout;
    double effect = l->n_report_day > 0 ? theta[l->report_day + p->report_weekday[step]] : 0;
    effect += l->n_holiday > 0 && p->report_holiday[step] ? theta[l->holiday] : 0;
    return effect + (step >= p->first_effect && step - p->first_effect < l->n_effect ? theta[l->effect + step - p->first_effect] : 0);
}

static double drift_at(const struct renewal_problem *p, const double *theta, size_t step, size_t group)
{
    const struct renewal_layout *l = &p->layout;
    if (group * l->n_group >= l->n_drift) {
        return 0;
    }
    size_t knot = p->knot[step], first = l->drift + group * l->n_group;
    double next = knot + 1 < l->n_group ? theta[first + knot + 1] : 0;
    double here = knot < l->n_group ? theta[first + knot] : 0;
    return p->knot_weight[step] * here + (1 - p->knot_weight[step]) * next;
}

/* Hazards and what they leave, from two factors of the odds against being reported. */
RENEWAL_INLINE void hazards_of(const double *restrict delay, const double *restrict step, size_t n, double *restrict hazard, double *restrict left)
{
    static const double most = 1e13, least = 1e-13; /* logits of +- 30 */
    for (size_t d = 0; d < n; d++) {
        double odds = delay[d] * step[d];
        odds = odds > most ? most : odds;
        odds = odds < least ? least : odds;
        hazard[d] = 1 / (1 + odds);
        left[d] = odds * hazard[d];
    }
}

/* Odds against being reported are products of what delay, report step and row give: few exponentials serve all cells. */
RENEWAL_KERNEL static void forward_hazards(const struct renewal_problem *p, const struct renewal_point *point, struct renewal_state *s)
{
    const double *base = point->theta + p->layout.base;
    for (size_t d = 0; d < p->n_hazards; d++) {
        s->delay_odds[d] = -p->hazard_offset[d] - base[p->base_of[d]];
    }
    renewal_exp(s->delay_odds, p->n_hazards);
    for (size_t step = p->first_split; step <= p->last_report; step++) {
        double effect = p->n_hazards > 0 ? report_step_effect(p, point->theta, step) : 0;
        for (size_t group = 0; group < 2; group++) {
            size_t at = group * (p->n_rows + p->n_delays) + step;
            s->step_odds[at] = -effect - drift_at(p, point->theta, step, group) - p->step_offset[at];
        }
    }
    for (size_t group = 0; group < 2 && p->first_split <= p->last_report; group++) {
        renewal_exp(s->step_odds + group * (p->n_rows + p->n_delays) + p->first_split, p->last_report + 1 - p->first_split);
    }
    for (size_t k = 0; k < p->n_rows; k++) {
        const struct renewal_row *row = &p->rows[k];
        s->unreported[k] = row->last_delay < 0 ? 1 : 0;
        if (!row->split || row->last_delay < 0) {
            continue;
        }
        double *hazard = s->hazard + (k - p->first_split) * p->n_delays;
        double *survival = s->survival + (k - p->first_split) * p->n_delays;
        const double *short_odds = s->step_odds + k, *long_odds = short_odds + p->n_rows + p->n_delays;
        size_t last = (size_t)row->last_delay, n = last < p->n_hazards ? last + 1 : p->n_hazards, n_short = n < p->n_short ? n : p->n_short;
        hazards_of(s->delay_odds, short_odds, n_short, hazard, survival);
        hazards_of(s->delay_odds + n_short, long_odds + n_short, n - n_short, hazard + n_short, survival + n_short);
        double left = 1;
        for (size_t d = 0; d < n; d++) {
            left *= survival[d];
            survival[d] = left;
        }
        if (last >= p->n_hazards) {
            hazard[last] = 1;
            survival[last] = left = 0;
        }
        s->unreported[k] = left;
    }
}

/* Expected counts of the cells. */
static void forward_cell_means(const struct renewal_problem *p, struct renewal_state *s)
{
    for (size_t k = 0; k < p->n_rows; k++) {
        const struct renewal_row *row = &p->rows[k];
        const double *hazard = s->hazard + (row->split ? k - p->first_split : 0) * p->n_delays;
        const double *survival = s->survival + (row->split ? k - p->first_split : 0) * p->n_delays;
        for (size_t c = row->cell; c < row->cell + row->n_cells; c++) {
            const struct renewal_cell *cell = &p->cells[c];
            double share = 1;
            if (row->split) {
                double before = cell->first > 0 ? survival[cell->first - 1] : 1;
                share = cell->first == cell->last ? before * hazard[cell->first] : before - survival[cell->last];
            }
            s->cell_mean[c] = s->mean[k] * share + 1e-300;
        }
    }
}

/* What one row adds to the likelihood beside its cells; leaves its scores by log mean and by logit hazards. */
static double back_over_row(const struct renewal_problem *p, size_t k, double factor, struct renewal_state *s)
{
    const struct renewal_row *row = &p->rows[k];
    double mean = s->mean[k], exposed = mean * (1 - s->unreported[k]), score = -factor * exposed, behind = 0;
    s->mean_score[k] = 0;
    if (row->last_delay < 0) {
        return 0;
    }
    const double *hazard = s->hazard + (row->split ? k - p->first_split : 0) * p->n_delays;
    const double *survival = s->survival + (row->split ? k - p->first_split : 0) * p->n_delays;
    double *hazard_score = s->hazard_score + (row->split ? k - p->first_split : 0) * p->n_delays;
    double fixed = factor * mean * s->unreported[k];
    size_t d = row->split ? (size_t)row->last_delay + 1 : 0;
    for (size_t c = row->cell + row->n_cells; c-- > row->cell;) {
        const struct renewal_cell *cell = &p->cells[c];
        double cell_score = s->cell_score[c];
        score += cell_score;
        while (d > (size_t)cell->last + 1) {
            d--;
            hazard_score[d] = -hazard[d] * (behind + fixed);
        }
        double inside = row->split ? cell_score * survival[cell->last] * mean / s->cell_mean[c] : 0;
        while (row->split && d > cell->first) {
            d--;
            hazard_score[d] = hazard[d] * (inside - behind - fixed);
        }
        behind += cell_score;
    }
    while (d-- > 0) {
        hazard_score[d] = -hazard[d] * (behind + fixed);
    }
    s->mean_score[k] = score;
    return -exposed;
}

static double forward_cells(const struct renewal_problem *p, const struct renewal_point *point, struct renewal_state *s)
{
    double excess = exp(point->hyper[RENEWAL_EXCESS]), factor_by_excess, known = 0, exposed = 0;
    double factor = renewal_exposure_factor(excess, &factor_by_excess);
    forward_cell_means(p, s);
    struct renewal_rising rising = renewal_rising_of(p->cell_count, s->cell_mean, p->n_cells, excess, s->cell_score, s->cell_bend);
    for (size_t k = 0; k < p->n_rows; k++) {
        exposed += back_over_row(p, k, factor, s);
        known += p->rows[k].last_delay < 0 ? 0 : p->rows[k].known;
    }
    s->hyper_score[RENEWAL_EXCESS] = (rising.by_excess + factor_by_excess * exposed - known / (1 + excess)) * excess;
    return rising.value + factor * exposed - p->cell_constant - known * log1p(excess);
}

/* --------------------------------------------------------------------- priors */

/* Prior of theta; adds its gradient where wanted. */
static double theta_prior(const struct renewal_problem *p, const struct renewal_point *point, struct renewal_state *s, double *gradient)
{
    const struct renewal_layout *l = &p->layout;
    double value = 0, *off = s->theta_off;
    for (size_t i = 0; i < l->n; i++) {
        off[i] = point->theta[i] - p->theta_mean[i];
    }
    for (size_t i = 0; i < l->n; i++) {
        double sum = renewal_product(p->theta_precision + i * l->n, off, l->n);
        value -= 0.5 * sum * off[i];
        if (gradient != NULL) {
            gradient[i] -= sum;
        }
    }
    double precision = exp(-2 * point->hyper[RENEWAL_UPSILON]);
    for (size_t i = l->effect; i < l->effect + l->n_effect; i++) {
        value -= 0.5 * precision * point->theta[i] * point->theta[i] + point->hyper[RENEWAL_UPSILON];
        if (gradient != NULL) {
            gradient[i] -= precision * point->theta[i];
        }
    }
    return value;
}

double renewal_drift_step(const struct renewal_problem *p, const double *theta, size_t knot)
{
    const struct renewal_layout *l = &p->layout;
    double next = (knot + 1) % l->n_group != 0 ? theta[l->drift + knot + 1] : 0;
    return (next - theta[l->drift + knot]) / (knot < l->n_group ? 1 : RENEWAL_LONG_DRIFT);
}

/* Random walk of the drift, back from the newest knot; adds its gradient where wanted. */
static double drift_prior(const struct renewal_problem *p, const struct renewal_point *point, struct renewal_state *s, double *gradient)
{
    const struct renewal_layout *l = &p->layout;
    double precision = exp(-2 * point->hyper[RENEWAL_OMEGA]), squares = 0;
    for (size_t i = 0; i < l->n_drift; i++) {
        double step = renewal_drift_step(p, point->theta, i), scale = i < l->n_group ? 1 : RENEWAL_LONG_DRIFT;
        squares += step * step;
        if (gradient != NULL) {
            gradient[l->drift + i] += precision * step / scale;
            if ((i + 1) % l->n_group != 0) {
                gradient[l->drift + i + 1] -= precision * step / scale;
            }
        }
    }
    s->hyper_score[RENEWAL_OMEGA] = gradient == NULL ? precision * squares - (double)l->n_drift : s->hyper_score[RENEWAL_OMEGA];
    return -0.5 * precision * squares - (double)l->n_drift * point->hyper[RENEWAL_OMEGA];
}

static double shape_prior(const struct renewal_problem *p, const struct renewal_point *point, struct renewal_state *s,
                          double *gradient)
{
    const struct renewal_layout *l = &p->layout;
    if (l->n_shape == 0) {
        return 0;
    }
    const double *base = point->theta + l->base;
    double precision = 1 / (p->base_sd * p->base_sd), value = 0;
    /* The slopes are for the gradient, which is wanted of nearly every point. */
    if (gradient == NULL) {
        renewal_shape_hazards(point->theta + l->shape, l->n_base, s->shape_base, s->shape_high, s->shape_low);
    }
    for (size_t d = 0; d < l->n_base; d++) {
        double difference = base[d] - s->shape_base[d];
        value -= 0.5 * precision * difference * difference;
        if (gradient != NULL) {
            gradient[l->base + d] -= precision * difference;
            gradient[l->shape] += precision * difference * s->shape_high[d];
            gradient[l->shape + 1] += precision * difference * s->shape_low[d];
        }
    }
    return value;
}

static double noise_prior(const struct renewal_problem *p, const struct renewal_point *point, struct renewal_state *s)
{
    double squares = 0;
    for (size_t k = 0; k < p->n_rows; k++) {
        squares += point->noise[k] * point->noise[k];
    }
    double scaled = squares * exp(-2 * point->hyper[RENEWAL_TAU]);
    s->hyper_score[RENEWAL_TAU] = scaled - (double)p->n_rows;
    return -0.5 * scaled - (double)p->n_rows * point->hyper[RENEWAL_TAU];
}

static double hyper_prior(const struct renewal_problem *p, const struct renewal_point *point, struct renewal_state *s)
{
    double value = 0;
    for (size_t i = 0; i < RENEWAL_HYPER_COUNT; i++) {
        if (p->hyper_sd[i] > 0) {
            double z = (point->hyper[i] - p->hyper_mean[i]) / p->hyper_sd[i];
            value -= 0.5 * z * z;
            s->hyper_score[i] -= z / p->hyper_sd[i];
        } else {
            s->hyper_score[i] = 0;
        }
    }
    return value;
}

double renewal_density(const struct renewal_problem *p, const struct renewal_point *point, struct renewal_state *s)
{
    const struct renewal_layout *l = &p->layout;
    double level = forward_level(p, point, s), squares = 0, effects = 0;
    forward_means(p, point, s);
    forward_hazards(p, point, s);
    s->log_likelihood = forward_cells(p, point, s);
    for (size_t i = p->n_seed + 1; i < p->n_latent; i++) {
        squares += s->innovation[i] * s->innovation[i];
    }
    s->hyper_score[RENEWAL_SIGMA] = squares - (double)(p->n_latent - p->n_seed - 1);
    for (size_t i = l->effect; i < l->effect + l->n_effect; i++) {
        effects += point->theta[i] * point->theta[i];
    }
    s->hyper_score[RENEWAL_UPSILON] = effects * exp(-2 * point->hyper[RENEWAL_UPSILON]) - (double)l->n_effect;
    s->log_prior = level + theta_prior(p, point, s, NULL) + shape_prior(p, point, s, NULL) + drift_prior(p, point, s, NULL) + noise_prior(p, point, s);
    s->log_prior += hyper_prior(p, point, s);
    return s->log_likelihood + s->log_prior;
}

/* ------------------------------------------------------------------- gradient */

/* to[i] += factor * a[i] * b[i] in whole fours; a's zeros keep what is beyond its end as it was. */
RENEWAL_INLINE void add_products(double *restrict to, const double *restrict a, const double *restrict b, double factor, size_t n)
{
    for (size_t i = 0; i < n; i += 4) {
        store_four(to + i, load_four(to + i) + factor * load_four(a + i) * load_four(b + i));
    }
}

/* Derivative by the level of the prior of its innovations. */
RENEWAL_KERNEL static void level_prior_gradient(const struct renewal_problem *p, const struct renewal_point *point,
                                 const struct renewal_state *s, double *by_level)
{
    double sigma = exp(point->hyper[RENEWAL_SIGMA]);
    size_t lags = p->n_generation;
    for (size_t i = 0; i < p->n_seed; i++) {
        double u = -s->innovation[i];
        if (i == 0) {
            by_level[0] += u / RENEWAL_LEVEL_SD;
        } else if (i == 1) {
            by_level[1] += u / RENEWAL_SEED_GROWTH_SD;
            by_level[0] -= u / RENEWAL_SEED_GROWTH_SD;
        } else {
            by_level[i] += u / RENEWAL_SEED_CHANGE_SD;
            by_level[i - 1] -= 2 * u / RENEWAL_SEED_CHANGE_SD;
            by_level[i - 2] += u / RENEWAL_SEED_CHANGE_SD;
        }
    }
    for (size_t i = p->n_seed; i < p->n_latent; i++) {
        double u = -s->innovation[i] / (i == p->n_seed ? RENEWAL_FIRST_LOG_R_SD : sigma);
        double by_log_r = u + (i + 1 < p->n_latent ? p->keep * s->innovation[i + 1] / sigma : 0);
        by_level[i] += by_log_r;
        add_products(by_level + i + 1 - lags, p->generation_back, s->infections + i + 1 - lags, -by_log_r / s->pressure[i], RENEWAL_FOURS(lags - 1));
    }
}

/* Derivatives by the infections of the rows' log means. */
RENEWAL_KERNEL static void level_data_gradient(const struct renewal_problem *p, const struct renewal_state *s, double *by_level)
{
    for (size_t k = 0; k < p->n_rows; k++) {
        size_t first = renewal_row_end(p, k) + 1 - p->n_kernel;
        add_products(by_level + first, p->kernel_back, s->infections + first, s->mean_score[k] / s->expected[k], RENEWAL_FOURS(p->n_kernel));
    }
}

/* By base directly; by report step in sums, which are laid on theta in the end. */
static void hazard_gradient(const struct renewal_problem *p, struct renewal_state *s, double *by_theta)
{
    size_t steps = p->n_rows + p->n_delays;
    double *by_step = s->by_step;
    memset(by_step, 0, 2 * steps * sizeof(double));
    for (size_t k = p->first_split; k < p->n_rows; k++) {
        const struct renewal_row *row = &p->rows[k];
        const double *score = s->hazard_score + (k - p->first_split) * p->n_delays;
        size_t n = row->split && row->last_delay >= 0 ? (size_t)row->last_delay + 1 : 0, n_short;
        n = n < p->n_hazards ? n : p->n_hazards;
        n_short = n < p->n_short ? n : p->n_short;
        for (size_t d = 0; d < n; d++) {
            by_theta[p->layout.base + p->base_of[d]] += score[d];
        }
        renewal_add_scaled(by_step + k, score, 1, n_short);
        renewal_add_scaled(by_step + steps + k + n_short, score + n_short, 1, n - n_short);
    }
    for (size_t group = 0; group < 2; group++) {
        for (size_t step = p->first_split; step <= p->last_report && p->n_hazards > 0; step++) {
            const struct renewal_tie *tie = &p->ties[group * steps + step];
            for (size_t i = 0; i < tie->n; i++) {
                by_theta[tie->index[i]] += tie->weight[i] * by_step[group * steps + step];
            }
        }
    }
}

void renewal_gradient(const struct renewal_problem *p, const struct renewal_point *point, struct renewal_state *s,
                      struct renewal_point *gradient)
{
    memset(gradient->level, 0, p->n_latent * sizeof(double));
    memset(gradient->theta, 0, p->layout.n * sizeof(double));
    level_prior_gradient(p, point, s, gradient->level);
    level_data_gradient(p, s, gradient->level);
    double precision = exp(-2 * point->hyper[RENEWAL_TAU]);
    for (size_t k = 0; k < p->n_rows; k++) {
        gradient->noise[k] = s->mean_score[k] - precision * point->noise[k];
        if (p->layout.n_weekday > 0) {
            gradient->theta[p->layout.weekday + p->rows[k].weekday] += s->mean_score[k];
        }
    }
    hazard_gradient(p, s, gradient->theta);
    (void)theta_prior(p, point, s, gradient->theta);
    (void)shape_prior(p, point, s, gradient->theta);
    (void)drift_prior(p, point, s, gradient->theta);
    memcpy(gradient->hyper, s->hyper_score, sizeof gradient->hyper);
}
