/*
 * Many forecasts of one series made into one. Each member's weight falls with the fourth power of its past weighted interval score relative to the first
 * member's, newer ones counting more, shrunk to what is known from elsewhere; quantiles are averaged level by level on the square-root scale (Vincent
 * averages; Lichtendahl et al. 2013). All this is done as of each former origin too, so that the ensemble's own past coverage is known, and the spread is
 * corrected step by step to it (as in adaptive conformal inference; Gibbs and Candès 2021). Nothing that was not known at an origin is used for it.
 */
#include "monitor/forecast_internal.h"

#include <math.h>
#include <string.h>

#define POWER 4.0
#define HALF_LIFE 26.0
#define PRIOR_FORECASTS 30.0
#define CORRECTION_STEP 0.02
#define CORRECTION_MOST 0.7

struct combining {
    const struct vg_forecast_pool *pool;
    size_t step, week, lag;  /* lag: origins that pass until a forecast's outcome is known */
    double *made;            /* [(n_former + 1) * LEVELS] the ensemble's own, former ones first */
    double own[VG_FORECAST_MEMBERS_MOST], reference[VG_FORECAST_MEMBERS_MOST], weight_sum[VG_FORECAST_MEMBERS_MOST];
    size_t n_scored[VG_FORECAST_MEMBERS_MOST];
    double log_spread;
    double weights[VG_FORECAST_MEMBERS_MOST];
};

static const double *quantiles_of(const struct combining *combining, size_t member, size_t origin)
{
    const struct vg_forecast_pool *pool = combining->pool;
    size_t step = pool->n_steps * VG_FORECAST_LEVELS, at = combining->step * VG_FORECAST_LEVELS;
    return origin == pool->n_former ? pool->quantiles + member * step + at : pool->former + (member * pool->n_former + origin) * step + at;
}

static double relative_wis(const struct combining *combining, size_t member)
{
    return combining->reference[member] > 0 ? combining->own[member] / combining->reference[member] : NAN;
}

/* The outcome of the forecasts of one origin has become known. */
static void learn(struct combining *combining, size_t origin)
{
    const struct vg_forecast_pool *pool = combining->pool;
    double observed = pool->observed[origin * pool->n_steps + combining->step], memory = exp2(-1 / HALF_LIFE);
    double reference = vg_monitor_wis(vg_forecast_levels, quantiles_of(combining, 0, origin), VG_FORECAST_LEVELS, observed);
    for (size_t member = 0; member < pool->n_members; member++) {
        double wis = vg_monitor_wis(vg_forecast_levels, quantiles_of(combining, member, origin), VG_FORECAST_LEVELS, observed);
        bool both = !isnan(wis + reference);
        combining->own[member] = memory * combining->own[member] + (both ? wis : 0);
        combining->reference[member] = memory * combining->reference[member] + (both ? reference : 0);
        combining->weight_sum[member] = memory * combining->weight_sum[member] + (both ? 1 : 0);
        combining->n_scored[member] += both ? 1 : 0;
    }
    const double *made = combining->made + origin * VG_FORECAST_LEVELS;
    if (isnan(observed + made[0])) {
        return;
    }
    double miss_50 = observed >= made[6] && observed <= made[16] ? -0.5 : 0.5;
    double miss_80 = observed >= made[3] && observed <= made[19] ? -0.2 : 0.8;
    double miss_95 = observed >= made[1] && observed <= made[21] ? -0.05 : 0.95;
    double change = CORRECTION_STEP * (0.7 * miss_50 + 0.8 * miss_80 + 1.2 * miss_95) / (1 + 0.3 * (double)combining->week);
    combining->log_spread = fmax(-CORRECTION_MOST, fmin(CORRECTION_MOST, combining->log_spread + change));
}

static void combine_at(struct combining *combining, size_t origin, double *out)
{
    const struct vg_forecast_pool *pool = combining->pool;
    double roots[VG_FORECAST_LEVELS] = {0}, total = 0;
    for (size_t member = 0; member < pool->n_members; member++) {
        const double *quantiles = quantiles_of(combining, member, origin);
        double prior = pool->prior_wis == NULL ? NAN : pool->prior_wis[member * VG_FORECAST_WEEKS + combining->week];
        double own = relative_wis(combining, member), n = combining->weight_sum[member];
        prior = prior > 0 ? prior : 1;
        double relative = isnan(own) ? prior : (own * n + prior * PRIOR_FORECASTS) / (n + PRIOR_FORECASTS);
        double weight = isnan(quantiles[0]) ? 0 : pow(fmax(relative, 0.05), -POWER);
        combining->weights[member] = weight;
        total += weight;
        for (size_t level = 0; level < VG_FORECAST_LEVELS && weight > 0; level++) {
            roots[level] += weight * sqrt(quantiles[level]);
        }
    }
    double factor = exp(combining->log_spread), median = roots[VG_FORECAST_MEDIAN] / total;
    for (size_t level = 0; level < VG_FORECAST_LEVELS; level++) {
        double root = median + factor * (roots[level] / total - median);
        out[level] = !(total > 0) ? NAN : root > 0 ? root * root : 0;
    }
    for (size_t member = 0; member < pool->n_members; member++) {
        combining->weights[member] = total > 0 ? combining->weights[member] / total : 0;
    }
}

vg_status vg_monitor_forecast_combine(const struct vg_forecast_pool *pool, struct vg_arena *arena, double *quantiles, struct vg_forecast_weight *weights,
                                      double *log_spread_out, struct vg_error *error)
{
    struct combining combining = {.pool = pool};
    if (pool->n_members < 1 || pool->n_members > VG_FORECAST_MEMBERS_MOST || pool->n_steps < 1 || pool->steps_per_week < 1) {
        return vg_fail(error, VG_USAGE_ERROR, "an ensemble has 1 to %d members, not %zu", VG_FORECAST_MEMBERS_MOST, pool->n_members);
    }
    combining.made = VG_ARENA_ARRAY(arena, double, (pool->n_former + 1) * VG_FORECAST_LEVELS);
    if (combining.made == NULL) {
        return vg_fail_memory(error, (pool->n_former + 1) * VG_FORECAST_LEVELS * sizeof(double));
    }
    for (size_t step = 0; step < pool->n_steps; step++) {
        size_t week = step / pool->steps_per_week < VG_FORECAST_WEEKS ? step / pool->steps_per_week : VG_FORECAST_WEEKS - 1;
        memset(combining.own, 0, sizeof combining.own);
        memset(combining.reference, 0, sizeof combining.reference);
        memset(combining.weight_sum, 0, sizeof combining.weight_sum);
        memset(combining.n_scored, 0, sizeof combining.n_scored);
        combining.step = step;
        combining.week = week;
        combining.lag = step / pool->steps_per_week + 1;
        combining.log_spread = pool->log_spread == NULL ? 0 : pool->log_spread[week];
        for (size_t origin = 0; origin <= pool->n_former; origin++) {
            if (origin >= combining.lag) {
                learn(&combining, origin - combining.lag);
            }
            combine_at(&combining, origin, combining.made + origin * VG_FORECAST_LEVELS);
        }
        memcpy(quantiles + step * VG_FORECAST_LEVELS, combining.made + pool->n_former * VG_FORECAST_LEVELS, VG_FORECAST_LEVELS * sizeof *quantiles);
        if (log_spread_out != NULL) {
            log_spread_out[week] = combining.log_spread;
        }
        bool middle = step % pool->steps_per_week == pool->steps_per_week / 2;
        for (size_t member = 0; member < pool->n_members && weights != NULL && (middle || step + 1 == pool->n_steps); member++) {
            weights[member].name = pool->names[member];
            for (size_t later = week; later < VG_FORECAST_WEEKS; later++) { /* horizons that were not asked for share the last */
                weights[member].weight[later] = combining.weights[member];
                weights[member].relative_wis[later] = relative_wis(&combining, member);
                weights[member].n_scored[later] = combining.n_scored[member];
            }
        }
    }
    return VG_OK;
}
