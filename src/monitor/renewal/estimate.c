/*
 * From a triangle to the posterior's summaries: one series by either method. Marginals of R and infections are quantiles of the
 * mixture of normal laws over the components (fast) or of draws (sampler); counts are always draws. Reports without a date make it
 * a chain of rounds: dates are drawn at a point of the posterior, the triangle that they complete has the next one; the last are mixed.
 */
#include "monitor/renewal/draws.h"
#include "monitor/renewal/kernel.h"
#include "monitor/renewal/problem.h"
#include "monitor/renewal/sampler.h"

#include <math.h>
#include <string.h>

#define FEWEST_REPORTS 5.0
#define OUTGROWN_MOST 50.0 /* newest infections a day over the most ever reported of a date */
#define DRAWS_FAST 400
#define DRAWS_SAMPLER 1000
#define DRAWS_IMPUTED 800
#define FAILED_MOST 3 /* rounds without an answer, which are made again with other dates */
#define BURN_IN 4 /* rounds of dates that are thrown away: half of what the first guess was off by is gone with each where half of the dates are missing */

/* Components of all rounds: what R and the infections of a day are mixed from. */
struct marginals {
    size_t n, most, n_days;
    double *weight, *mean[2], *variance[2]; /* [most], [n_days * most]: of log R, of levels */
    double *hyper, *hyper_within; /* [hyperparameters * most], variance around it */
};


struct work {
    const struct vg_triangle *triangle;
    const struct vg_renewal_parameters *parameters;
    struct renewal_problem problem;
    struct renewal_posterior *posterior;
    struct vg_renewal_estimate *out;
    struct vg_arena *arena, *scratch, *round; /* round: scratch of one round */
    struct vg_error *error;
    size_t first_open, n_draws;
    size_t n_rounds;                 /* that are kept */
    struct marginals marginals;
    struct renewal_undated *undated; /* or NULL */
    struct vg_random undated_random;
    double *known;                   /* [n_rows] reported with a date as of now, NaN where nothing was published */
    double *delay_sums;              /* [3 n_hazards] as renewal_draws has them, of all rounds */
    double normal_quantiles[VG_QUANTILE_COUNT];
    const struct renewal_normals *normals;
    struct renewal_draws draws, other; /* other: the second half of the fast way's draws, but with undated reports, whose dates follow one another */
    double *column, *sorted;           /* [n_draws] */
    double *log_r_draws, *level_draws; /* sampler: [n_latent * n_draws] */
    double *hyper_draws;               /* sampler: [hyperparameters * n_draws] */
};

/* -------------------------------------------------------------------- warm start */

static void start_from_memory(const struct renewal_problem *p, const struct vg_renewal_memory *memory, struct renewal_point *point)
{
    const struct renewal_layout *l = &p->layout;
    renewal_start(p, point);
    if (memory == NULL || memory->step_days != p->step_days || memory->n_levels < 2) {
        return;
    }
    int32_t first = p->start - (int32_t)p->n_seed, newest = (int32_t)memory->n_levels - 1;
    for (size_t i = 0; i < p->n_latent; i++) {
        int32_t at = first + (int32_t)i - memory->first_day;
        if (at >= 0 && at <= newest) {
            point->level[i] = memory->levels[at];
        } else if (at > newest && at <= newest + 14) {
            /* Yesterday's slope for the days that are new. */
            point->level[i] = memory->levels[newest] + (double)(at - newest) * (memory->levels[newest] - memory->levels[newest - 1]);
        }
    }
    if (memory->n_hazards == l->n_base && !p->lean) {
        memcpy(point->theta + l->base, memory->hazards, l->n_base * sizeof(double));
        memcpy(point->theta + l->shape, memory->shape, l->n_shape * sizeof(double));
        memcpy(point->theta + l->report_day, memory->report_day, l->n_report_day * sizeof(double));
        for (size_t i = 0; i < l->n_effect; i++) {
            int32_t date = p->start + (int32_t)(p->first_effect + i) * p->step_days, at = (date - memory->first_report) / p->step_days;
            point->theta[l->effect + i] = at >= 0 && at < (int32_t)memory->n_effects ? memory->effects[at] : 0;
        }
    }
    memcpy(point->theta + l->weekday, memory->weekday, l->n_weekday * sizeof(double));
    for (size_t i = 0; i < RENEWAL_HYPER_COUNT; i++) {
        point->hyper[i] = p->hyper_sd[i] > 0 && isfinite(memory->hyper[i]) ? memory->hyper[i] : point->hyper[i];
    }
}

static vg_status keep_memory(struct work *w)
{
    const struct renewal_problem *p = &w->problem;
    const struct renewal_layout *l = &p->layout;
    const struct renewal_point *mode = &w->posterior->components[0].fit.mode;
    struct vg_renewal_memory *m = &w->out->memory;
    *m = (struct vg_renewal_memory){.first_day = p->start - (int32_t)p->n_seed, .step_days = p->step_days, .n_levels = p->n_latent,
                                    .n_hazards = p->n_hazards, .n_effects = l->n_effect,
                                    .first_report = p->start + (int32_t)p->first_effect * p->step_days};
    m->levels = VG_ARENA_ARRAY(w->arena, double, p->n_latent);
    m->hazards = VG_ARENA_ARRAY(w->arena, double, p->n_hazards + 1);
    m->effects = VG_ARENA_ARRAY(w->arena, double, l->n_effect + 1);
    if (w->arena->failed) {
        return vg_fail_memory(w->error, p->n_latent * sizeof(double));
    }
    memcpy(m->levels, mode->level, p->n_latent * sizeof(double));
    for (size_t d = 0; d < p->n_hazards; d++) {
        m->hazards[d] = p->hazard_offset[d] + mode->theta[l->base + p->base_of[d]];
    }
    memcpy(m->effects, mode->theta + l->effect, l->n_effect * sizeof(double));
    memcpy(m->shape, mode->theta + l->shape, l->n_shape * sizeof(double));
    memcpy(m->report_day, mode->theta + l->report_day, l->n_report_day * sizeof(double));
    memcpy(m->weekday, mode->theta + l->weekday, l->n_weekday * sizeof(double));
    memcpy(m->hyper, mode->hyper, sizeof m->hyper);
    m->first_step = p->start;
    m->n_steps = p->n_rows + p->n_delays;
    m->short_steps = VG_ARENA_ARRAY(w->arena, double, 2 * m->n_steps);
    if (m->short_steps == NULL) {
        return vg_fail_memory(w->error, m->n_steps * sizeof(double));
    }
    m->long_steps = m->short_steps + m->n_steps;
    for (size_t step = p->first_split; step <= p->last_report && p->n_hazards > 0; step++) {
        m->short_steps[step] = -log(w->posterior->components[0].fit.state.step_odds[step]);
        m->long_steps[step] = -log(w->posterior->components[0].fit.state.step_odds[m->n_steps + step]);
    }
    return VG_OK;
}

/* ------------------------------------------------------------------------ draws */

/* One point of the posterior, for the dates of the next round alone. */
static vg_status draw_dates(struct work *w)
{
    const struct renewal_problem *p = &w->problem;
    struct renewal_point point;
    vg_status status = renewal_point_new(p, w->round, &point, w->error);
    double left = vg_random_uniform(&w->undated_random);
    size_t c = 0, n = renewal_point_length(p);
    if (status != VG_OK) {
        return status;
    }
    while (c + 1 < w->posterior->n_components && left > w->posterior->components[c].weight) {
        left -= w->posterior->components[c++].weight;
    }
    const struct renewal_component *component = &w->posterior->components[c];
    for (size_t i = 0; i < n; i++) {
        point.level[i] = vg_random_normal(&w->undated_random);
    }
    renewal_curvature_colour(p, &component->fit.curvature, &point);
    for (size_t i = 0; i < n; i++) {
        point.level[i] += component->mean.level[i];
    }
    memcpy(point.hyper, component->hyper, sizeof point.hyper);
    renewal_undated_weigh(w->undated, p, &point);
    renewal_undated_draw(w->undated, &w->undated_random, true, w->undated->added);
    return VG_OK;
}

static void take_sample(void *context, size_t draw, const struct renewal_point *point, const struct renewal_state *state)
{
    struct work *w = context;
    draw += w->draws.end - w->n_draws / w->n_rounds;
    for (size_t i = w->problem.n_seed; i < w->problem.n_latent; i++) {
        w->log_r_draws[i * w->n_draws + draw] = state->log_r[i];
        w->level_draws[i * w->n_draws + draw] = point->level[i];
    }
    for (size_t i = 0; i < RENEWAL_HYPER_COUNT; i++) {
        w->hyper_draws[i * w->n_draws + draw] = point->hyper[i];
    }
    renewal_draws_add(&w->draws, point);
}

/* Effective number of independent draws: Geyer's initial positive sequence. values [n]. */
static double effective_draws(const double *values, size_t n)
{
    double mean = 0, variance = 0, tau = 1;
    for (size_t i = 0; i < n; i++) {
        mean += values[i] / (double)n;
    }
    for (size_t i = 0; i < n; i++) {
        variance += (values[i] - mean) * (values[i] - mean) / (double)n;
    }
    if (!(variance > 0)) {
        return (double)n;
    }
    for (size_t lag = 1; lag + 1 < n / 2; lag += 2) {
        double pair = 0;
        for (size_t i = 0; i + lag + 1 < n; i++) {
            pair += (values[i] - mean) * (values[i + lag] - mean + values[i + lag + 1] - mean) / ((double)n * variance);
        }
        if (pair < 0) {
            break;
        }
        tau += 2 * pair;
    }
    return (double)n / tau;
}

static vg_status draw_samples(struct work *w)
{
    const struct renewal_problem *p = &w->problem;
    struct renewal_sampler_report report;
    struct vg_renewal_diagnostics *d = &w->out->diagnostics;
    size_t first = w->draws.taken, n = w->draws.end - first;
    if (first == 0) {
        w->log_r_draws = VG_ARENA_ARRAY(w->scratch, double, p->n_latent * w->n_draws);
        w->level_draws = VG_ARENA_ARRAY(w->scratch, double, p->n_latent * w->n_draws);
        w->hyper_draws = VG_ARENA_ARRAY(w->scratch, double, RENEWAL_HYPER_COUNT * w->n_draws);
    }
    if (w->level_draws == NULL || w->log_r_draws == NULL || w->hyper_draws == NULL) {
        return vg_fail_memory(w->error, p->n_latent * w->n_draws * sizeof(double));
    }
    vg_status status = renewal_sample(p, w->posterior, w->parameters->n_warmup, n, w->parameters->seed + first, w->parameters->series, w->round,
                                      take_sample, w, &report, w->error);
    if (status == VG_OK) {
        renewal_draws_finish(&w->draws);
        double least = effective_draws(w->log_r_draws + (p->n_latent - 1) * w->n_draws + first, n), share = (double)n / (double)w->n_draws;
        d->n_divergent += report.n_divergent;
        d->step_size += share * report.step_size;
        d->mean_depth += share * report.mean_depth;
        d->mean_acceptance += share * report.mean_acceptance;
        for (size_t i = 0; i < RENEWAL_HYPER_COUNT; i++) {
            double here = p->hyper_sd[i] > 0 ? effective_draws(w->hyper_draws + i * w->n_draws + first, n) : INFINITY;
            least = here < least ? here : least;
        }
        d->least_effective += least;
    }
    return status;
}

/* -------------------------------------------------------------------- summaries */

#define BUCKETS 256

/* By buckets, then by insertion among neighbours: draws fill the buckets evenly, but for their tails. Leaves the values in `sorted`. */
static void sort_values(const double *values, size_t n, double *sorted)
{
    uint32_t starts[BUCKETS + 1] = {0};
    double low = values[0], high = values[0];
    for (size_t i = 1; i < n; i++) {
        low = values[i] < low ? values[i] : low;
        high = values[i] > high ? values[i] : high;
    }
    double scale = high > low ? (BUCKETS - 0.5) / (high - low) : 0;
    for (size_t i = 0; i < n; i++) {
        starts[(size_t)((values[i] - low) * scale) + 1]++;
    }
    for (size_t bucket = 0; bucket < BUCKETS; bucket++) {
        starts[bucket + 1] += starts[bucket];
    }
    for (size_t i = 0; i < n; i++) {
        sorted[starts[(size_t)((values[i] - low) * scale)]++] = values[i];
    }
    for (size_t i = 1; i < n; i++) {
        double value = sorted[i];
        size_t j = i;
        for (; j > 0 && sorted[j - 1] > value; j--) {
            sorted[j] = sorted[j - 1];
        }
        sorted[j] = value;
    }
}

/* Quantiles and mean of w->column. */
static void summarise(struct work *w, double *quantiles, double *mean)
{
    double sum = 0;
    for (size_t i = 0; i < w->n_draws; i++) {
        sum += w->column[i];
    }
    *mean = sum / (double)w->n_draws;
    sort_values(w->column, w->n_draws, w->sorted);
    for (size_t level = 0; level < VG_QUANTILE_COUNT; level++) {
        quantiles[level] = vg_quantile_sorted(w->sorted, w->n_draws, vg_quantile_levels[level]);
    }
}

static bool new_series(struct vg_arena *arena, int32_t start, int32_t step_days, size_t n, struct vg_quantile_series *series)
{
    *series = (struct vg_quantile_series){.start = start, .step_days = step_days, .n_steps = n};
    series->values = VG_ARENA_ARRAY(arena, double, n * VG_QUANTILE_COUNT + 1);
    series->mean = VG_ARENA_ARRAY(arena, double, n + 1);
    return series->values != NULL && series->mean != NULL;
}

/* Quantiles of exp of one latent quantity from the components. which 0: log R, 1: level. */
static void mixture_day(const struct work *w, size_t day, int which, double *quantiles, double *mean)
{
    const struct marginals *m = &w->marginals;
    const double *centre = m->mean[which] + day * m->most, *variance = m->variance[which] + day * m->most;
    *mean = 0;
    for (size_t c = 0; c < m->n; c++) {
        *mean += m->weight[c] * exp(centre[c] + 0.5 * variance[c]);
    }
    renewal_mixture_quantiles(m->weight, centre, variance, m->n, w->normal_quantiles, VG_QUANTILE_COUNT, quantiles);
    for (size_t level = 0; level < VG_QUANTILE_COUNT; level++) {
        quantiles[level] = exp(quantiles[level]);
    }
}

static void latent_summaries(struct work *w)
{
    const struct renewal_problem *p = &w->problem;
    struct vg_quantile_series *series[2] = {&w->out->rt, &w->out->infections};
    for (size_t day = 0; day < series[0]->n_steps; day++) {
        size_t i = p->n_seed + day;
        for (int which = 0; which < 2; which++) {
            double *quantiles = series[which]->values + day * VG_QUANTILE_COUNT, *mean = series[which]->mean + day;
            if (w->level_draws == NULL) {
                mixture_day(w, day, which, quantiles, mean);
                continue;
            }
            const double *draws = (which == 0 ? w->log_r_draws : w->level_draws) + i * w->n_draws;
            for (size_t j = 0; j < w->n_draws; j++) {
                w->column[j] = exp(draws[j]);
            }
            summarise(w, quantiles, mean);
        }
    }
}

static void count_summaries(struct work *w)
{
    const struct renewal_problem *p = &w->problem;
    size_t sums = w->parameters->sum_steps, steps = w->parameters->forecast_steps;
    for (size_t k = 0; k < p->n_rows; k++) {
        double *quantiles = w->out->expected_final.values + k * VG_QUANTILE_COUNT, known = 0;
        bool published = false;
        if (k + 1 < sums) {
            w->out->reported[k] = w->out->expected_final.mean[k] = NAN;
            for (size_t level = 0; level < VG_QUANTILE_COUNT; level++) {
                quantiles[level] = NAN;
            }
            continue;
        }
        for (size_t j = k + 1 - sums; j <= k; j++) {
            known += isnan(w->known[j]) ? 0 : w->known[j];
            published = published || !isnan(w->known[j]);
        }
        w->out->reported[k] = published ? known : NAN;
        if (k < w->first_open) {
            w->out->expected_final.mean[k] = known;
            for (size_t level = 0; level < VG_QUANTILE_COUNT; level++) {
                quantiles[level] = known;
            }
            continue;
        }
        for (size_t draw = 0; draw < w->n_draws; draw++) {
            w->column[draw] = known;
        }
        for (size_t j = k + 1 - sums > w->first_open ? k + 1 - sums : w->first_open; j <= k; j++) {
            renewal_add_scaled(w->column, w->draws.to_come + (j - w->first_open) * w->n_draws, 1, w->n_draws);
        }
        summarise(w, quantiles, w->out->expected_final.mean + k);
    }
    for (size_t step = 0; step < steps; step++) {
        for (size_t draw = 0; draw < w->n_draws; draw++) {
            w->column[draw] = w->out->forecast_draws[draw * steps + step];
        }
        summarise(w, w->out->forecast.values + step * VG_QUANTILE_COUNT, w->out->forecast.mean + step);
    }
}

/* Shares by delay are nearly normal on the logit scale. */
static void delay_summaries(struct work *w)
{
    const double *sum = w->delay_sums, *logit = sum + w->problem.n_hazards, *squares = logit + w->problem.n_hazards;
    double n = (double)w->n_draws, wide = vg_normal_quantile(0.975);
    for (size_t d = 0; d < w->problem.n_hazards; d++) {
        double mean = logit[d] / n, variance = squares[d] / n - mean * mean, sd = variance > 0 ? sqrt(variance) : 0;
        w->out->delay_cumulative[d] = sum[d] / n;
        w->out->delay_low[d] = 1 / (1 + exp(wide * sd - mean));
        w->out->delay_high[d] = 1 / (1 + exp(-wide * sd - mean));
    }
    for (size_t d = w->problem.n_hazards; d < w->problem.n_delays; d++) {
        w->out->delay_cumulative[d] = w->out->delay_low[d] = w->out->delay_high[d] = 1;
    }
}

static void hyper_summaries(struct work *w)
{
    const struct marginals *m = &w->marginals;
    for (size_t i = 0; i < RENEWAL_HYPER_COUNT; i++) {
        double mean = 0, squares = 0, weights = 0;
        size_t n = w->hyper_draws != NULL ? w->n_draws : m->n;
        for (size_t j = 0; j < n; j++) {
            double weight = w->hyper_draws != NULL ? 1 : m->weight[j];
            double value = w->hyper_draws != NULL ? w->hyper_draws[i * w->n_draws + j] : m->hyper[i * m->most + j];
            double off = value - mean;
            weights += weight;
            mean += weight > 0 ? off * weight / weights : 0;
            squares += weight * (off * (value - mean) + (w->hyper_draws != NULL ? 0 : m->hyper_within[i * m->most + j]));
        }
        w->out->hyper_mean[i] = mean;
        w->out->hyper_sd[i] = w->problem.hyper_sd[i] > 0 && squares > 0 ? sqrt(squares / weights) : 0;
    }
}

/* ------------------------------------------------------------------------ whole */

/* Draws in all: a multiple of the rounds that are kept. */
static size_t count_draws(const struct work *w)
{
    size_t usual = w->parameters->method == VG_RENEWAL_SAMPLER ? DRAWS_SAMPLER : w->undated != NULL ? DRAWS_IMPUTED : DRAWS_FAST;
    size_t n = w->parameters->n_draws > 0 ? w->parameters->n_draws : usual;
    return (n + w->n_rounds - 1) / w->n_rounds * w->n_rounds;
}

static bool new_marginals(struct work *w, size_t n_days)
{
    struct marginals *m = &w->marginals;
    m->n_days = n_days;
    m->most = w->n_rounds * RENEWAL_POINTS;
    m->weight = VG_ARENA_ARRAY(w->scratch, double, m->most);
    for (int which = 0; which < 2; which++) {
        m->mean[which] = renewal_doubles(w->scratch, n_days, m->most);
        m->variance[which] = renewal_doubles(w->scratch, n_days, m->most);
    }
    m->hyper = renewal_doubles(w->scratch, RENEWAL_HYPER_COUNT, m->most);
    m->hyper_within = renewal_doubles(w->scratch, RENEWAL_HYPER_COUNT, m->most);
    return !w->scratch->failed;
}

static vg_status new_estimate(struct work *w)
{
    const struct renewal_problem *p = &w->problem;
    struct vg_renewal_estimate *out = w->out;
    size_t steps = w->parameters->forecast_steps, days = p->n_rows * (size_t)p->step_days;
    w->n_draws = count_draws(w);
    bool made = new_series(w->arena, p->start, 1, days, &out->rt) && new_series(w->arena, p->start, 1, days, &out->infections) &&
                new_series(w->arena, p->start, p->step_days, p->n_rows, &out->expected_final) &&
                new_series(w->arena, p->start + (int32_t)p->n_rows * p->step_days, p->step_days, steps, &out->forecast) && new_marginals(w, days);
    out->reported = VG_ARENA_ARRAY(w->arena, double, p->n_rows);
    out->n_delays = p->n_delays;
    out->delay_cumulative = VG_ARENA_ARRAY(w->arena, double, p->n_delays);
    out->delay_low = VG_ARENA_ARRAY(w->arena, double, p->n_delays);
    out->delay_high = VG_ARENA_ARRAY(w->arena, double, p->n_delays);
    out->n_draws = w->n_draws;
    w->first_open = out->first_open = w->undated != NULL ? 0 : renewal_first_open(p);
    out->to_come_draws = renewal_doubles(w->arena, w->n_draws, p->n_rows - w->first_open);
    out->forecast_draws = renewal_doubles(w->arena, w->n_draws, steps);
    w->column = VG_ARENA_ARRAY(w->scratch, double, w->n_draws);
    w->sorted = VG_ARENA_ARRAY(w->scratch, double, w->n_draws);
    w->known = VG_ARENA_ARRAY(w->scratch, double, p->n_rows);
    w->delay_sums = renewal_doubles(w->scratch, p->n_hazards, 3);
    if (!made || w->arena->failed || w->scratch->failed) {
        return vg_fail_memory(w->error, w->n_draws * (p->n_rows + steps) * sizeof(double));
    }
    for (size_t k = 0; k < p->n_rows; k++) {
        bool published = w->undated != NULL ? w->undated->known_at_all[k] : p->rows[k].last_delay >= 0;
        w->known[k] = !published ? NAN : w->undated != NULL ? w->undated->known_row[k] : p->rows[k].known;
    }
    for (size_t level = 0; level < VG_QUANTILE_COUNT; level++) {
        w->normal_quantiles[level] = vg_normal_quantile(vg_quantile_levels[level]);
    }
    return VG_OK;
}

static bool in_halves(const struct work *w)
{
    return w->undated == NULL && w->parameters->method != VG_RENEWAL_SAMPLER;
}

static vg_status new_half(struct work *w)
{
    struct renewal_draws *first = &w->draws, *other = &w->other;
    struct vg_random random = vg_random_stream(w->parameters->seed, w->parameters->series, 1, 7303);
    vg_status status = renewal_draws_new(&w->problem, w->triangle, w->normals, NULL, w->n_draws, first->n_steps, random, w->round, other, w->error);
    other->end = first->end;
    other->taken = first->end = first->taken + (first->end - first->taken) / 2;
    other->to_come = first->to_come;
    other->forecast = first->forecast;
    other->chosen = SIZE_MAX;
    return status;
}

static void draw_half(void *context, size_t item, unsigned worker)
{
    struct work *w = context;
    (void)worker;
    renewal_draws_from_mixture(item == 0 ? &w->draws : &w->other, w->posterior);
}

/* What this round's answers begin from, and its components for the mixture. */
static vg_status begin_round(struct work *w)
{
    const struct renewal_problem *p = &w->problem;
    struct marginals *m = &w->marginals;
    struct renewal_draws *draws = &w->draws;
    size_t first = m->n, taken = draws->taken, n = w->n_draws / w->n_rounds;
    struct vg_random random = taken == 0 ? vg_random_stream(w->parameters->seed, w->parameters->series, 0, 7303) : draws->random;
    vg_status status = renewal_draws_new(p, w->triangle, w->normals, w->undated, w->n_draws, w->parameters->forecast_steps, random, w->round, draws, w->error);
    draws->taken = taken;
    draws->end = taken + n;
    draws->to_come = w->out->to_come_draws;
    draws->forecast = w->out->forecast_draws;
    draws->undated_random = &w->undated_random;
    draws->chosen = w->undated != NULL ? taken + vg_random_below(&w->undated_random, (uint32_t)n) : SIZE_MAX;
    status = status == VG_OK && in_halves(w) ? new_half(w) : status;
    for (size_t c = 0; c < w->posterior->n_components && status == VG_OK; c++) {
        const struct renewal_component *component = &w->posterior->components[c];
        const double *means[2] = {component->log_r_mean, component->level_mean}, *variances[2] = {component->log_r_variance, component->level_variance};
        m->weight[m->n] = component->weight / (double)w->n_rounds;
        for (size_t i = 0; i < RENEWAL_HYPER_COUNT; i++) {
            m->hyper[i * m->most + m->n] = component->hyper[i];
            m->hyper_within[i * m->most + m->n] = i == RENEWAL_SIGMA ? 0 : 1 / w->posterior->information[i];
        }
        m->n++;
        for (size_t i = 0; i < 2 * m->n_days; i++) {
            size_t day = i / 2;
            m->mean[i % 2][day * m->most + first + c] = means[i % 2][p->n_seed + day];
            m->variance[i % 2][day * m->most + first + c] = variances[i % 2][p->n_seed + day];
        }
    }
    return status;
}

static bool refuse(struct work *w, enum vg_series_status status, const char *why)
{
    w->out->status = status;
    (void)vg_fail(w->error, VG_USAGE_ERROR, "%s", why);
    return false;
}

/*
 * Whether the newest days are known at all: an interval of R over more than a factor of twenty says nothing, and forecasts from it less; and no
 * epidemic outgrows all that was ever reported of it fiftyfold before a word of it comes, but a series whose reports stopped looks as if.
 */
static bool determined(const struct work *w)
{
    const struct renewal_problem *p = &w->problem;
    double variance = 0, mean = 0, level = 0, most = 1;
    for (size_t k = 0; k < p->n_rows; k++) {
        most = fmax(most, p->rows[k].known / (double)p->step_days);
    }
    for (size_t c = 0; c < w->posterior->n_components; c++) {
        const struct renewal_component *component = &w->posterior->components[c];
        mean += component->weight * component->log_r_mean[p->n_latent - 1];
        level += component->weight * component->level_mean[p->n_latent - 1];
    }
    for (size_t c = 0; c < w->posterior->n_components; c++) {
        const struct renewal_component *component = &w->posterior->components[c];
        double off = component->log_r_mean[p->n_latent - 1] - mean;
        variance += component->weight * (component->log_r_variance[p->n_latent - 1] + off * off);
    }
    return isfinite(mean) && fabs(mean) < 3 && variance < 0.6 * 0.6 && level < log(OUTGROWN_MOST * most);
}

static bool find_posterior(struct work *w, const struct vg_renewal_memory *memory)
{
    struct renewal_problem *p = &w->problem;
    size_t steps = 0;
    for (size_t k = 0; k < p->n_rows; k++) {
        steps += p->rows[k].last_delay >= 0 ? 1 : 0;
    }
    if (steps < (p->step_days == 1 ? 14u : 8u)) {
        return refuse(w, VG_SERIES_TOO_SHORT, "fewer than 14 days or 8 weeks are published");
    }
    if (p->known < FEWEST_REPORTS) {
        return refuse(w, VG_SERIES_TOO_FEW, "fewer than 5 reports in the window");
    }
    struct renewal_point *start = &w->posterior->components[1].fit.trial;
    start_from_memory(p, memory, start);
    bool found = renewal_posterior_find(p, start, w->posterior);
    if (memory != NULL && (!found || !determined(w))) {
        renewal_start(p, start);
        found = renewal_posterior_find(p, start, w->posterior);
    }
    if (found && determined(w)) {
        return true;
    }
    return refuse(w, VG_SERIES_NOT_CONVERGED, found ? "the newest days are not determined by what is reported" : "no mode of the posterior was found");
}

/* The posterior of one triangle; where `answer`, its share of the draws. An estimate that is not VG_SERIES_OK says why. */
static vg_status one_round(struct work *w, const struct vg_triangle *triangle, const struct vg_renewal_memory *memory, bool answer)
{
    vg_status status = renewal_problem_new(triangle, w->parameters, w->round, &w->problem, w->error);
    if (status != VG_OK) {
        return status;
    }
    w->posterior = VG_ARENA_ARRAY(w->round, struct renewal_posterior, 1);
    if (w->posterior == NULL) {
        return vg_fail_memory(w->error, sizeof *w->posterior);
    }
    status = renewal_posterior_new(&w->problem, w->parameters->pool, w->round, w->posterior, w->error);
    if (status != VG_OK || !find_posterior(w, memory)) {
        return status;
    }
    for (size_t c = 0; c < w->posterior->n_components; c++) {
        w->out->diagnostics.n_factors += w->posterior->components[c].fit.n_newton;
    }
    status = keep_memory(w);
    if (!answer) {
        return status == VG_OK ? draw_dates(w) : status;
    }
    status = status == VG_OK && w->n_draws == 0 ? new_estimate(w) : status;
    status = status == VG_OK ? begin_round(w) : status;
    if (status == VG_OK && w->parameters->method == VG_RENEWAL_SAMPLER) {
        status = draw_samples(w);
    } else if (status == VG_OK) {
        vg_parallel_for(w->parameters->pool, in_halves(w) ? 2 : 1, draw_half, w);
    }
    for (size_t i = 0; i < 3 * w->problem.n_hazards && status == VG_OK; i++) {
        w->delay_sums[i] += w->draws.delay_sum[i] + (in_halves(w) ? w->other.delay_sum[i] : 0);
    }
    return status;
}

/* Dates and posterior by turns (a Gibbs sampler whose second step is the fit); each round begins at the former's centre. */
static vg_status impute(struct work *w)
{
    struct renewal_undated *undated = VG_ARENA_ARRAY(w->scratch, struct renewal_undated, 1);
    if (undated == NULL) {
        return vg_fail_memory(w->error, sizeof *undated);
    }
    vg_status status = renewal_undated_new(w->triangle, w->parameters, w->scratch, undated, w->error);
    if (status != VG_OK) {
        return status;
    }
    w->undated = undated;
    w->n_rounds = w->parameters->n_imputations > 0 ? w->parameters->n_imputations : 1;
    w->out->n_undated = undated->total;
    renewal_undated_weigh_first(undated);
    renewal_undated_draw(undated, &w->undated_random, true, undated->added);
    size_t failed = 0;
    for (size_t round = 0; round < BURN_IN + w->n_rounds && status == VG_OK && w->out->status == VG_SERIES_OK;) {
        struct vg_arena scratch;
        struct vg_renewal_memory memory = w->out->memory;
        vg_arena_init(&scratch, 0);
        w->round = &scratch;
        status = one_round(w, &undated->completed, round > 0 ? &memory : w->parameters->memory, round >= BURN_IN);
        vg_arena_release(&scratch);
        if (w->out->status != VG_SERIES_NOT_CONVERGED) {
            round++;
        } else if (failed++ < FAILED_MOST) {
            /* Other dates by the weights that are there: those of the last point drawn. */
            w->out->status = VG_SERIES_OK;
            renewal_undated_draw(undated, &w->undated_random, true, undated->added);
        }
    }
    return status;
}

static bool has_undated(const struct vg_renewal_parameters *parameters)
{
    bool any = false;
    for (size_t i = 0; parameters->undated != NULL && i < parameters->n_undated; i++) {
        any = any || parameters->undated[i] != 0;
    }
    return any;
}

vg_status renewal_estimate(const struct vg_triangle *triangle, const struct vg_renewal_parameters *parameters,
                           const struct renewal_normals *normals, struct vg_arena *arena, struct vg_arena *scratch, struct vg_renewal_estimate *out,
                           struct vg_error *error)
{
    struct work w = {.triangle = triangle, .parameters = parameters, .out = out, .arena = arena, .scratch = scratch, .round = scratch, .error = error,
                     .normals = normals, .n_rounds = 1};
    *out = (struct vg_renewal_estimate){.status = VG_SERIES_OK};
    w.undated_random = vg_random_stream(parameters->seed, parameters->series, 0, 7304);
    vg_status status = has_undated(parameters) ? impute(&w) : one_round(&w, triangle, parameters->memory, true);
    if (status == VG_OK && out->status == VG_SERIES_OK) {
        latent_summaries(&w);
        count_summaries(&w);
        delay_summaries(&w);
        hyper_summaries(&w);
    } else if (status == VG_OK) {
        *out = (struct vg_renewal_estimate){.status = out->status};
    }
    return status;
}

vg_status vg_renewal(const struct vg_triangle *triangle, const struct vg_renewal_parameters *parameters, struct vg_arena *arena,
                     struct vg_arena *scratch, struct vg_renewal_estimate *out, struct vg_error *error)
{
    vg_arena_reserve(scratch, RENEWAL_SCRATCH_BYTES);
    struct renewal_normals *normals = VG_ARENA_ARRAY(scratch, struct renewal_normals, 1);
    if (normals == NULL) {
        return vg_fail_memory(error, sizeof *normals);
    }
    renewal_normals_fill(normals, parameters->seed);
    return renewal_estimate(triangle, parameters, normals, arena, scratch, out, error);
}
