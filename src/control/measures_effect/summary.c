/*
 * From draws to what is reported: pooled effects and their quantiles, places, spreads, shares of variance.
 */
#include "control/measures_effect/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PLACE_DRAWS 400 /* of all draws, evenly, for what is computed place by place */

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return x < y ? -1 : x > y ? 1 : 0;
}

static void sort(double *values, size_t n)
{
    qsort(values, n, sizeof *values, compare);
}

static void summarise_effect(const struct problem *problem, const struct kept *kept, size_t m, uint64_t seed, double *sorted, struct vg_measures_effect *effect)
{
    size_t n = kept->n_chains * kept->n_draws;
    const double *values = kept->fixed + 1 + m;
    double square = 0;
    size_t below = 0;
    struct vg_random random = vg_random_stream(seed, (uint32_t)m, 0, 0x6e657770u);
    for (size_t i = 0; i < n; i++) {
        sorted[i] = values[i * problem->n_fixed];
        effect->mean += sorted[i] / (double)n;
        below += sorted[i] < 0;
    }
    for (size_t i = 0; i < n; i++) {
        square += (sorted[i] - effect->mean) * (sorted[i] - effect->mean);
    }
    effect->sd = sqrt(square / ((double)n - 1));
    effect->probability_reduces = (double)below / (double)n;
    effect->prior_left = effect->sd / problem->priors.effect_sd;
    sort(sorted, n);
    for (size_t q = 0; q < VG_QUANTILE_COUNT; q++) {
        effect->quantiles[q] = vg_quantile_sorted(sorted, n, vg_quantile_levels[q]);
    }
    convergence(values, problem->n_fixed, kept->n_chains, kept->n_draws, &effect->r_hat, &effect->effective_draws);
    const double *spreads = kept->scales + SCALE_MEASURE + m;
    for (size_t i = 0; i < n; i++) {
        sorted[i] = exp(spreads[i * kept->n_scales]);
    }
    sort(sorted, n);
    effect->between_sd = vg_quantile_sorted(sorted, n, 0.5);
    effect->between_sd_low = vg_quantile_sorted(sorted, n, 0.025);
    effect->between_sd_high = vg_quantile_sorted(sorted, n, 0.975);
    for (size_t i = 0; i < n; i++) {
        sorted[i] = values[i * problem->n_fixed] + exp(spreads[i * kept->n_scales]) * vg_random_normal(&random);
    }
    sort(sorted, n);
    effect->new_place_low = vg_quantile_sorted(sorted, n, 0.025);
    effect->new_place_high = vg_quantile_sorted(sorted, n, 0.975);
}

#define STEP_LEAST 0.02 /* a smaller change from step to step ends a rise or fall */
#define CHANGE_LEAST 0.1

/* One rise or fall, from the row before it to its last row, if it is worth counting. */
static void count_run(const struct problem *problem, size_t m, size_t place, size_t begin, size_t end, double mean, struct vg_measures_effect *effect, double *before, size_t *n_before)
{
    size_t n = problem->n_columns;
    double change = problem->columns[end * n + 1 + m] - problem->columns[begin * n + 1 + m];
    if (fabs(change) <= CHANGE_LEAST) {
        return;
    }
    effect->n_changes++;
    for (size_t back = 0; change > 0 && back < 2 && begin >= problem->first[place] + back; back++) {
        *before += problem->columns[(begin - back) * n + n - 1] - mean;
        (*n_before)++;
    }
}

/* Rises, falls, places that have any, and what R was before a rise. A lag spreads one change over several steps: these are one. */
static void count_changes(const struct problem *problem, size_t m, struct vg_measures_effect *effect)
{
    size_t n = problem->n_columns;
    double before = 0;
    size_t n_before = 0;
    for (size_t place = 0; place < problem->n_places; place++) {
        size_t from = problem->first[place];
        size_t until = problem->first[place + 1];
        double low = INFINITY;
        double high = -INFINITY;
        double mean = 0;
        for (size_t t = from; t < until; t++) {
            low = fmin(low, problem->columns[t * n + 1 + m]);
            high = fmax(high, problem->columns[t * n + 1 + m]);
            mean += problem->columns[t * n + n - 1] / (double)(until - from);
        }
        effect->n_places += high - low > 0.01;
        size_t begin = from;
        int direction = 0;
        for (size_t t = from + 1; t < until; t++) {
            double step = problem->columns[t * n + 1 + m] - problem->columns[(t - 1) * n + 1 + m];
            int now = step > STEP_LEAST ? 1 : step < -STEP_LEAST ? -1 : 0;
            if (now != direction) {
                if (direction != 0) {
                    count_run(problem, m, place, begin, t - 1, mean, effect, &before, &n_before);
                }
                begin = t - 1;
                direction = now;
            }
        }
        if (direction != 0) {
            count_run(problem, m, place, begin, until - 1, mean, effect, &before, &n_before);
        }
    }
    effect->log_r_before = n_before == 0 ? NAN : before / (double)n_before;
}

/* Coefficients of one place drawn given the scales and the common ones: b = S L'^-1 (L^-1 S r + z), r the products with what the common ones leave. */
static void draw_place(const struct problem *problem, const double *scales, const double *fixed, const struct workspace *work, struct vg_random *random, double *own)
{
    size_t n = problem->n_columns;
    size_t k = problem->n_own;
    for (size_t a = 0; a < k; a++) {
        double sum = work->solved[a * n + n - 1];
        for (size_t c = 0; c < problem->n_fixed; c++) {
            sum -= work->solved[a * n + c] * fixed[c];
        }
        own[a] = sum + vg_random_normal(random);
    }
    vg_dense_solve_upper(work->own, k, own);
    for (size_t a = 0; a < k; a++) {
        own[a] = fixed[a] + own[a] * exp(scales[SCALE_LEVEL + a]);
    }
}

/* Sums over the rows of one place of what measures say there, centred in time: all together in all, each in its own entry. */
static void explain(const struct problem *problem, size_t place, const double *own, double *all, double *each)
{
    size_t n = problem->n_columns;
    size_t from = problem->first[place];
    size_t until = problem->first[place + 1];
    double rows = (double)(until - from);
    double mean[VG_MEASURES_MOST] = {0};
    for (size_t t = from; t < until; t++) {
        for (size_t m = 0; m < problem->n_measures; m++) {
            mean[m] += problem->columns[t * n + 1 + m] / rows;
        }
    }
    for (size_t t = from; t < until; t++) {
        double sum = 0;
        for (size_t m = 0; m < problem->n_measures; m++) {
            double part = own[1 + m] * (problem->columns[t * n + 1 + m] - mean[m]);
            each[m] += part * part;
            sum += part;
        }
        *all += sum * sum;
    }
}

/* Variance within places that is not the errors' of estimation. */
static double variance_within(const struct problem *problem)
{
    size_t n = problem->n_columns;
    double sum = 0;
    for (size_t place = 0; place < problem->n_places; place++) {
        size_t from = problem->first[place];
        size_t until = problem->first[place + 1];
        double mean = 0;
        double own = 0;
        for (size_t t = from; t < until; t++) {
            mean += problem->columns[t * n + n - 1] / (double)(until - from);
        }
        for (size_t t = from; t < until; t++) {
            double difference = problem->columns[t * n + n - 1] - mean;
            own += difference * difference - problem->variance[t];
        }
        sum += own;
    }
    return sum;
}

struct place_sums {
    double *level, *factor, *mean, *square;  /* by place in use, and measure */
    double *all, *each;             /* shares by draw, and measure */
};

static vg_status sum_places(const struct problem *problem, const struct kept *kept, uint64_t seed, size_t n_used, struct vg_arena *arena, struct place_sums *sums,
                            struct vg_error *error)
{
    struct workspace work;
    size_t n = kept->n_chains * kept->n_draws;
    size_t m = problem->n_measures;
    double total = variance_within(problem);
    if (!workspace_init(&work, problem, arena)) {
        return vg_fail_memory(error, 0);
    }
    for (size_t i = 0; i < n_used; i++) {
        size_t row = i * n / n_used;
        const double *scales = kept->scales + row * kept->n_scales;
        struct vg_random random = vg_random_stream(seed, (uint32_t)row, 0, 0x706c6163u);
        whiten(problem, scales, &work);
        for (size_t place = 0; place < problem->n_places; place++) {
            double own[1 + VG_MEASURES_MOST];
            (void)pool_place(problem, scales, &work, place, 0, work.pooled);
            draw_place(problem, scales, kept->fixed + row * problem->n_fixed, &work, &random, own);
            sums->level[place] += own[0] / (double)n_used;
            sums->factor[place] += exp(scales[scale_place(problem, place)]) / (double)n_used;
            for (size_t j = 0; j < m; j++) {
                sums->mean[place * m + j] += own[1 + j] / (double)n_used;
                sums->square[place * m + j] += own[1 + j] * own[1 + j] / (double)n_used;
            }
            explain(problem, place, own, &sums->all[i], sums->each + i * m);
        }
        sums->all[i] = total > 0 ? fmin(1, sums->all[i] / total) : NAN;
        for (size_t j = 0; j < m; j++) {
            sums->each[i * m + j] = total > 0 ? fmin(1, sums->each[i * m + j] / total) : NAN;
        }
    }
    return VG_OK;
}

static vg_status summarise_places(const struct problem *problem, const struct kept *kept, uint64_t seed, struct vg_arena *arena, struct vg_measures_estimate *out,
                                  struct vg_error *error)
{
    size_t n = kept->n_chains * kept->n_draws;
    size_t n_used = n < PLACE_DRAWS ? n : PLACE_DRAWS;
    size_t m = problem->n_measures;
    struct place_sums sums = {VG_ARENA_ARRAY(arena, double, problem->n_places + 1), VG_ARENA_ARRAY(arena, double, problem->n_places + 1),
                              VG_ARENA_ARRAY(arena, double, problem->n_places *m + 1), VG_ARENA_ARRAY(arena, double, problem->n_places *m + 1),
                              VG_ARENA_ARRAY(arena, double, n_used + 1), VG_ARENA_ARRAY(arena, double, n_used *m + 1)};
    double *column = VG_ARENA_ARRAY(arena, double, n_used + 1);
    vg_status status = arena->failed ? vg_fail_memory(error, 0) : sum_places(problem, kept, seed, n_used, arena, &sums, error);
    if (status != VG_OK) {
        return status;
    }
    for (size_t place = 0; place < problem->n_places; place++) {
        size_t given = problem->place[place];
        out->places[given].level = sums.level[place];
        out->places[given].error_factor = sums.factor[place];
        for (size_t j = 0; j < m; j++) {
            double mean = sums.mean[place * m + j];
            out->place_mean[given * m + j] = mean;
            out->place_sd[given * m + j] = sqrt(fmax(0, sums.square[place * m + j] - mean * mean));
        }
    }
    for (size_t j = 0; j < m; j++) {
        for (size_t i = 0; i < n_used; i++) {
            column[i] = sums.each[i * m + j];
        }
        sort(column, n_used);
        out->effects[j].share = vg_quantile_sorted(column, n_used, 0.5);
    }
    sort(sums.all, n_used);
    out->share_explained = vg_quantile_sorted(sums.all, n_used, 0.5);
    out->share_low = vg_quantile_sorted(sums.all, n_used, 0.025);
    out->share_high = vg_quantile_sorted(sums.all, n_used, 0.975);
    return VG_OK;
}

/* All measures at full strength at once, which is known better than each where they were taken together. */
static void add_effects(const struct problem *problem, const struct kept *kept, double *sorted, struct vg_measures_estimate *out)
{
    size_t n = kept->n_chains * kept->n_draws;
    out->all_mean = 0;
    for (size_t i = 0; i < n; i++) {
        sorted[i] = 0;
        for (size_t m = 0; m < problem->n_measures; m++) {
            sorted[i] += kept->fixed[i * problem->n_fixed + 1 + m];
        }
        out->all_mean += sorted[i] / (double)n;
    }
    sort(sorted, n);
    out->all_low = vg_quantile_sorted(sorted, n, 0.025);
    out->all_high = vg_quantile_sorted(sorted, n, 0.975);
}

static double median_scale(const struct problem *problem, const struct kept *kept, size_t scale, double *sorted)
{
    size_t n = kept->n_chains * kept->n_draws;
    for (size_t i = 0; i < n; i++) {
        const double *scales = kept->scales + i * kept->n_scales;
        sorted[i] = scale == SCALE_CORRELATION ? correlation_of(problem, scales) : exp(scales[scale]);
    }
    sort(sorted, n);
    return vg_quantile_sorted(sorted, n, 0.5);
}

/* Scales are judged as they are, not as logarithms: one near zero wanders over its logarithm, and nothing depends on where. */
static void judge_chains(const struct problem *problem, const struct kept *kept, double *column, struct vg_measures_estimate *out)
{
    size_t n = kept->n_chains * kept->n_draws;
    out->worst_r_hat = 1;
    out->least_effective_draws = (double)n;
    out->best_log_likelihood = -INFINITY;
    for (size_t i = 0; i < n; i++) {
        out->best_log_likelihood = fmax(out->best_log_likelihood, kept->log_density[i]);
    }
    for (size_t scale = 0; scale < kept->n_scales + problem->n_fixed; scale++) {
        double r_hat = NAN;
        double effective = NAN;
        for (size_t i = 0; i < n; i++) {
            const double *scales = kept->scales + i * kept->n_scales;
            column[i] = scale >= kept->n_scales        ? kept->fixed[i * problem->n_fixed + scale - kept->n_scales]
                        : scale == SCALE_CORRELATION ? correlation_of(problem, scales)
                                                     : exp(scales[scale]);
        }
        convergence(column, 1, kept->n_chains, kept->n_draws, &r_hat, &effective);
        if (!isnan(r_hat)) {
            out->worst_r_hat = fmax(out->worst_r_hat, r_hat);
            out->least_effective_draws = fmin(out->least_effective_draws, effective);
        }
    }
}

vg_status summarise(const struct problem *problem, const struct kept *kept, const struct vg_measures_parameters *parameters, struct vg_arena *arena,
                    struct vg_measures_estimate *out, struct vg_error *error)
{
    size_t n = kept->n_chains * kept->n_draws;
    double *sorted = VG_ARENA_ARRAY(arena, double, n);
    if (sorted == NULL) {
        return vg_fail_memory(error, n * sizeof *sorted);
    }
    for (size_t m = 0; m < problem->n_measures; m++) {
        summarise_effect(problem, kept, m, parameters->seed, sorted, &out->effects[m]);
        count_changes(problem, m, &out->effects[m]);
    }
    out->drift_sd = median_scale(problem, kept, SCALE_DRIFT, sorted);
    out->correlation = median_scale(problem, kept, SCALE_CORRELATION, sorted);
    out->noise_sd = median_scale(problem, kept, SCALE_NOISE, sorted);
    out->level_sd = median_scale(problem, kept, SCALE_LEVEL, sorted);
    out->factor_spread = median_scale(problem, kept, scale_spread(problem), sorted);
    add_effects(problem, kept, sorted, out);
    out->n_draws = n;
    out->draws = kept->fixed;
    judge_chains(problem, kept, sorted, out);
    return summarise_places(problem, kept, parameters->seed, arena, out, error);
}
