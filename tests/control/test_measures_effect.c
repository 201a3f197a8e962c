/*
 * The regression of log R on measures: against a dense normal density of everything at once, on simulated places with known effects (calibration of the
 * intervals under the model's own priors, collinear measures, correlated errors, places that differ), and on input that is hostile.
 */
#include "vg_test.h"

#include "simulated_measures.h"

/* -------------------------------------------------------------- what is felt */

static void felt_is_the_weighted_past(void **state)
{
    (void)state;
    double strength[120];
    double felt[120];
    struct vg_error error = {0};
    const struct vg_measures_lag lag = {.mean_days = 10, .sd_days = 4};
    double shape = 6.25;
    double scale = 1.6;
    for (size_t day = 0; day < 120; day++) {
        strength[day] = day >= 60 && day < 90 ? 1 : 0;
    }
    vg_assert_ok(vg_control_measures_felt(strength, 120, &lag, felt, &error), error);
    for (size_t day = 40; day < 120; day++) {
        double expected = vg_gamma_cdf((double)day - 60 + 0.5, shape, scale) - (day >= 90 ? vg_gamma_cdf((double)day - 90 + 0.5, shape, scale) : 0);
        vg_assert_near(felt[day], day < 60 ? 0 : expected, 2e-4);
    }
    assert_true(isnan(felt[0])); /* what stood before the record is not known */
    assert_true(!isnan(felt[30]));
}

static void felt_shifts_fades_and_knows_gaps(void **state)
{
    (void)state;
    double strength[60];
    double felt[60];
    struct vg_error error = {0};
    struct vg_measures_lag lag = {.mean_days = 4};
    for (size_t day = 0; day < 60; day++) {
        strength[day] = day >= 20 ? 1 : 0;
    }
    vg_assert_ok(vg_control_measures_felt(strength, 60, &lag, felt, &error), error);
    assert_true(felt[23] == 0 && felt[24] == 1 && isnan(felt[3]) && felt[4] == 0);
    lag.shift_days = -14;
    vg_assert_ok(vg_control_measures_felt(strength, 60, &lag, felt, &error), error);
    assert_true(felt[9] == 0 && felt[10] == 1 && isnan(felt[50]));
    lag = (struct vg_measures_lag){.half_life_days = 10};
    vg_assert_ok(vg_control_measures_felt(strength, 60, &lag, felt, &error), error);
    vg_assert_near(felt[20], 1, 1e-12);
    vg_assert_near(felt[30], 0.5, 1e-12);
    vg_assert_near(felt[40], 0.25, 1e-12);
    strength[25] = NAN;
    vg_assert_ok(vg_control_measures_felt(strength, 60, &lag, felt, &error), error);
    assert_true(isnan(felt[25]) && !isnan(felt[26]));
    lag.mean_days = -1;
    assert_int_equal(vg_control_measures_felt(strength, 60, &lag, felt, &error), VG_USAGE_ERROR);
    lag = (struct vg_measures_lag){.mean_days = NAN};
    assert_int_equal(vg_control_measures_felt(strength, 60, &lag, felt, &error), VG_USAGE_ERROR);
}

/* ------------------------------------------------- the slow reference: everything at once */

#define DENSE_MOST 160

/* Covariance of log R over all rows with every coefficient integrated, by its definition. */
static void dense_covariance(const struct vg_measures_data *data, const struct vg_measures_parameters *parameters, const struct vg_measures_scales *scales, double *covariance)
{
    const struct vg_measures_priors *priors = &parameters->priors;
    size_t n = data->first[data->n_places];
    size_t m = data->n_measures;
    for (size_t a = 0; a < data->n_places; a++) {
        for (size_t b = 0; b < data->n_places; b++) {
            for (size_t s = data->first[a]; s < data->first[a + 1]; s++) {
                for (size_t t = data->first[b]; t < data->first[b + 1]; t++) {
                    double own = a == b ? 1 : 0;
                    double sum = priors->level_sd * priors->level_sd + own * scales->level_sd * scales->level_sd;
                    for (size_t j = 0; j < m; j++) {
                        double spread = priors->effect_sd * priors->effect_sd + own * scales->between_sd[j] * scales->between_sd[j];
                        sum += spread * data->felt[s * m + j] * data->felt[t * m + j];
                    }
                    for (size_t j = 0; j < data->n_shared; j++) {
                        sum += priors->shared_sd * priors->shared_sd * data->shared[s * data->n_shared + j] * data->shared[t * data->n_shared + j];
                    }
                    double apart = fabs((double)data->step[s] - (double)data->step[t]);
                    double walked = fmin((double)data->step[s], (double)data->step[t]) - (double)data->step[data->first[a]];
                    double factor = scales->factor == NULL ? 1 : scales->factor[a] * scales->factor[a];
                    sum += own * factor * scales->drift_sd * scales->drift_sd * (parameters->errors == VG_MEASURES_RANDOM_WALK ? walked : pow(scales->correlation, apart));
                    sum += s == t ? factor * scales->noise_sd * scales->noise_sd + data->log_r_error[s] * data->log_r_error[s] : 0;
                    covariance[s * n + t] = sum;
                }
            }
        }
    }
}

static void factor(double *a, size_t n)
{
    for (size_t j = 0; j < n; j++) {
        for (size_t i = j; i < n; i++) {
            double sum = a[i * n + j];
            for (size_t k = 0; k < j; k++) {
                sum -= a[i * n + k] * a[j * n + k];
            }
            a[i * n + j] = i == j ? sqrt(sum) : sum / a[j * n + j];
        }
    }
}

static void solve(const double *l, size_t n, double *b)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < i; k++) {
            b[i] -= l[i * n + k] * b[k];
        }
        b[i] /= l[i * n + i];
    }
}

/* Prior covariance of fixed coefficient c with the row's log R. */
static double with_row(const struct vg_measures_data *data, const struct vg_measures_priors *priors, size_t c, size_t row)
{
    size_t m = data->n_measures;
    return c == 0   ? priors->level_sd * priors->level_sd
           : c <= m ? priors->effect_sd * priors->effect_sd * data->felt[row * m + c - 1]
                    : priors->shared_sd * priors->shared_sd * data->shared[row * data->n_shared + c - 1 - m];
}

static void compare_with_dense(const struct vg_measures_data *data, const struct vg_measures_parameters *parameters, const struct vg_measures_scales *scales)
{
    static double covariance[DENSE_MOST * DENSE_MOST];
    static double cross[8][DENSE_MOST];
    double rest[DENSE_MOST];
    double mean[8];
    double spread[64];
    double fast = NAN;
    struct vg_error error = {0};
    struct vg_arena arena;
    size_t n = data->first[data->n_places];
    size_t f = 1 + data->n_measures + data->n_shared;
    vg_arena_init(&arena, 0);
    vg_assert_ok(vg_control_measures_likelihood(data, parameters, scales, &arena, &fast, mean, spread, &error), error);
    dense_covariance(data, parameters, scales, covariance);
    factor(covariance, n);
    double slow = -0.5 * (double)n * log(2 * M_PI);
    for (size_t i = 0; i < n; i++) {
        rest[i] = data->log_r[i] - parameters->priors.level_mean;
    }
    solve(covariance, n, rest);
    for (size_t i = 0; i < n; i++) {
        slow -= 0.5 * rest[i] * rest[i] + log(covariance[i * n + i]);
    }
    vg_assert_near(fast, slow, 1e-8 * fabs(slow));
    for (size_t c = 0; c < f; c++) {
        double expected = c == 0 ? parameters->priors.level_mean : 0;
        for (size_t i = 0; i < n; i++) {
            cross[c][i] = with_row(data, &parameters->priors, c, i);
        }
        solve(covariance, n, cross[c]);
        for (size_t i = 0; i < n; i++) {
            expected += cross[c][i] * rest[i];
        }
        vg_assert_near(mean[c], expected, 1e-8);
        for (size_t d = 0; d <= c; d++) {
            double prior = c == 0 ? parameters->priors.level_sd : c <= data->n_measures ? parameters->priors.effect_sd : parameters->priors.shared_sd;
            double value = c == d ? prior * prior : 0;
            for (size_t i = 0; i < n; i++) {
                value -= cross[c][i] * cross[d][i];
            }
            vg_assert_near(spread[c * f + d], value, 1e-8);
        }
    }
    vg_arena_release(&arena);
}

static void likelihood_equals_the_dense_one(void **state)
{
    (void)state;
    static struct simulation simulation;
    struct vg_measures_parameters parameters;
    const struct simulation_truth truth = {.n_places = 4, .n_steps = 30, .n_measures = 3, .effect = {-0.5, -0.2, 0.1}, .between = {0.2, 0.1, 0}, .level = 0.7,
                                           .level_sd = 0.3, .drift_sd = 0.2, .correlation = 0.7, .noise_sd = 0.05, .error_sd = 0.1};
    simulate_measures(&truth, 11, &simulation);
    double shared[2 * DENSE_MOST];
    size_t n = simulation.first[4];
    for (size_t i = 0; i < n; i++) {
        shared[2 * i] = simulation.step[i] > 12;
        shared[2 * i + 1] = sin((double)simulation.step[i] / 5);
        simulation.step[i] += simulation.step[i] > 17 ? 3 : 0; /* steps that nobody reported */
    }
    simulation.data.n_shared = 2;
    simulation.data.shared = shared;
    vg_control_measures_defaults(&parameters);
    parameters.priors.level_mean = 0.4;
    const double between[] = {0.25, 0, 1.5};
    struct vg_measures_scales scales = {.drift_sd = 0.3, .correlation = 0.8, .noise_sd = 0.07, .level_sd = 0.4, .between_sd = between};
    compare_with_dense(&simulation.data, &parameters, &scales);
    const double factor[] = {1, 0.3, 2, 1.4};
    scales.factor = factor;
    compare_with_dense(&simulation.data, &parameters, &scales);
    scales.correlation = 0.02;
    scales.drift_sd = 1e-4;
    compare_with_dense(&simulation.data, &parameters, &scales);
    parameters.errors = VG_MEASURES_RANDOM_WALK;
    scales.drift_sd = 0.15;
    compare_with_dense(&simulation.data, &parameters, &scales);
}

/* ------------------------------------------------------------------- calibration */

#define SETS 40
#define SET_MEASURES 2

struct calibration {
    struct vg_measures_parameters parameters;
    bool walk, together;
    unsigned within_50[SETS * SET_MEASURES], within_90[SETS * SET_MEASURES], within_place[SETS];
    double rank[SETS * SET_MEASURES];
    vg_status status[SETS];
};

static double half_normal(struct vg_random *random, double scale)
{
    return fabs(vg_random_normal(random)) * scale;
}

/* A world from the priors, and whether the truth lies within what is estimated of it. */
static void calibrate_one(void *context, size_t item, unsigned worker)
{
    (void)worker;
    struct calibration *work = context;
    const struct vg_measures_priors *priors = &work->parameters.priors;
    struct vg_random random = vg_random_stream(4711, (uint32_t)item, work->walk, 5);
    struct vg_measures_parameters parameters = work->parameters;
    struct vg_measures_estimate estimate;
    struct vg_error error = {0};
    struct vg_arena arena;
    vg_arena_init(&arena, 0);
    struct simulation *simulation = VG_ARENA_ARRAY(&arena, struct simulation, 1);
    struct simulation_truth truth = {.n_places = 10, .n_steps = 40, .n_measures = SET_MEASURES, .level = vg_random_normal(&random) * priors->level_sd,
                                     .level_sd = half_normal(&random, priors->level_spread_scale), .drift_sd = half_normal(&random, priors->drift_scale),
                                     .correlation = vg_random_uniform(&random), .noise_sd = half_normal(&random, priors->noise_scale), .error_sd = 0.1,
                                     .together = work->together ? 0.8 : 0, .walk = work->walk,
                                     .factor_spread = half_normal(&random, priors->factor_spread_scale)};
    for (size_t m = 0; m < SET_MEASURES; m++) {
        truth.effect[m] = vg_random_normal(&random) * priors->effect_sd;
        truth.between[m] = half_normal(&random, priors->effect_spread_scale);
    }
    simulate_measures(&truth, 1000 + item, simulation);
    parameters.seed = item;
    work->status[item] = vg_control_measures(&simulation->data, &parameters, NULL, &arena, &estimate, &error);
    for (size_t m = 0; work->status[item] == VG_OK && m < SET_MEASURES; m++) {
        const double *q = estimate.effects[m].quantiles;
        size_t at = item * SET_MEASURES + m;
        work->within_50[at] = truth.effect[m] > q[3] && truth.effect[m] < q[5];
        work->within_90[at] = truth.effect[m] > q[1] && truth.effect[m] < q[7];
        size_t below = 0;
        for (size_t i = 0; i < estimate.n_draws; i++) {
            below += estimate.draws[i * (1 + SET_MEASURES) + 1 + m] < truth.effect[m];
        }
        work->rank[at] = (double)below / (double)estimate.n_draws;
    }
    for (size_t i = 0; work->status[item] == VG_OK && i < truth.n_places; i++) {
        size_t at = i * SET_MEASURES;
        work->within_place[item] += fabs(estimate.place_mean[at] - simulation->place_effect[at]) < 1.645 * estimate.place_sd[at];
    }
    vg_arena_release(&arena);
}

/* Intervals hold the truth as often as they say, for worlds drawn from the priors (Talts et al. 2018): 80 effects, so 50 % is 40 +- 4.5 and 90 % 72 +- 2.7. */
static void calibrate(bool walk, bool together)
{
    static struct calibration work;
    memset(&work, 0, sizeof work);
    work.walk = walk;
    work.together = together;
    vg_control_measures_defaults(&work.parameters);
    work.parameters.errors = walk ? VG_MEASURES_RANDOM_WALK : VG_MEASURES_AUTOREGRESSIVE;
    work.parameters.priors.drift_scale = walk ? 0.2 : 0.5;
    work.parameters.n_chains = 2;
    work.parameters.n_draws = 200;
    work.parameters.without_check = true;
    struct vg_pool *pool = vg_pool_new(2);
    vg_parallel_for(pool, SETS, calibrate_one, &work);
    vg_pool_free(pool);
    unsigned within_50 = 0;
    unsigned within_90 = 0;
    unsigned places = 0;
    double tenths[10] = {0};
    for (size_t i = 0; i < SETS; i++) {
        assert_int_equal(work.status[i], VG_OK);
        places += work.within_place[i];
        for (size_t m = 0; m < SET_MEASURES; m++) {
            within_50 += work.within_50[i * SET_MEASURES + m];
            within_90 += work.within_90[i * SET_MEASURES + m];
            double rank = work.rank[i * SET_MEASURES + m];
            tenths[rank >= 1 ? 9 : (size_t)(rank * 10)] += 1;
        }
    }
    double chi_square = 0;
    for (size_t i = 0; i < 10; i++) {
        chi_square += (tenths[i] - 8) * (tenths[i] - 8) / 8;
    }
    print_message("# %s%s: of 80 effects %u within 50 %%, %u within 90 %%; chi square of ranks %.1f (9); of 400 places %u within 90 %%\n", walk ? "random walk" : "AR(1)",
                  together ? ", measures taken together" : "", within_50, within_90, chi_square, places);
    assert_in_range(within_50, 40 - 14, 40 + 14);
    assert_in_range(within_90, 72 - 8, 79);
    assert_true(chi_square < 27.9); /* 0.1 % */
    assert_in_range(places, 338, 382);
}

static void intervals_are_calibrated(void **state)
{
    (void)state;
    calibrate(false, false);
}

static void intervals_are_calibrated_for_collinear_measures(void **state)
{
    (void)state;
    calibrate(false, true);
}

static void intervals_are_calibrated_for_random_walks(void **state)
{
    (void)state;
    calibrate(true, false);
}

/* ----------------------------------------------------------------- known settings */

static void estimate_of(const struct simulation *simulation, const struct vg_measures_parameters *parameters, struct vg_arena *arena, struct vg_measures_estimate *out)
{
    struct vg_error error = {0};
    vg_assert_ok(vg_control_measures(&simulation->data, parameters, NULL, arena, out, &error), error);
}

static void known_effects_are_found(void **state)
{
    (void)state;
    static struct simulation simulation;
    const struct simulation_truth truth = {.n_places = 30, .n_steps = 50, .n_measures = 3, .effect = {-0.6, -0.25, 0}, .between = {0.1, 0.25, 0}, .level = 0.9,
                                           .level_sd = 0.2, .drift_sd = 0.25, .correlation = 0.75, .noise_sd = 0.05, .error_sd = 0.08, .factor_spread = 0.4};
    struct vg_measures_parameters parameters;
    struct vg_measures_estimate estimate;
    struct vg_arena arena;
    vg_arena_init(&arena, 0);
    simulate_measures(&truth, 5, &simulation);
    vg_control_measures_defaults(&parameters);
    estimate_of(&simulation, &parameters, &arena, &estimate);
    print_message("# worst r-hat %.3f, fewest effective draws %.0f of %zu\n", estimate.worst_r_hat, estimate.least_effective_draws, estimate.n_draws);
    assert_int_equal(estimate.status, VG_SERIES_OK);
    for (size_t m = 0; m < 3; m++) {
        const struct vg_measures_effect *effect = &estimate.effects[m];
        vg_assert_near(effect->mean, truth.effect[m], 3 * effect->sd);
        assert_true(effect->sd < 0.1 && effect->seen == VG_MEASURES_SEEN && effect->r_hat < 1.05);
        assert_true(effect->between_sd_low <= truth.between[m] + 0.03 && effect->between_sd_high >= truth.between[m]);
        assert_true(effect->new_place_low < effect->quantiles[0] && effect->new_place_high > effect->quantiles[VG_QUANTILE_COUNT - 1]);
    }
    assert_true(estimate.effects[0].probability_reduces > 0.999 && estimate.effects[1].probability_reduces > 0.99);
    vg_assert_near(estimate.drift_sd, 0.25, 0.05);
    vg_assert_near(estimate.correlation, 0.75, 0.1);
    vg_assert_near(estimate.noise_sd, 0.05, 0.03);
    vg_assert_near(estimate.level_sd, 0.2, 0.1);
    vg_assert_near(estimate.factor_spread, 0.4, 0.15);
    double product = 0;
    double true_square = 0;
    double square = 0;
    for (size_t place = 0; place < truth.n_places; place++) {
        double expected = log(simulation.factor[place]);
        double found = log(estimate.places[place].error_factor);
        product += expected * found;
        true_square += expected * expected;
        square += found * found;
    }
    assert_true(product / sqrt(square * true_square) > 0.85); /* places that err more are known */
    assert_true(estimate.share_explained > 0.3 && estimate.share_explained < 0.8 && estimate.share_low < estimate.share_explained);
    /* Other places foretell a place: as often within the intervals as said, and better than without measures. */
    assert_true(estimate.coverage_50 > 0.4 && estimate.coverage_50 < 0.6 && estimate.coverage_90 > 0.84 && estimate.coverage_90 < 0.96);
    assert_true(estimate.predicted_share > 0.2 && estimate.log_score_gain > 20);
    assert_true(estimate.condition_number < 5);
    vg_arena_release(&arena);
}

/* log p(a place | the others) is the likelihood of all less that of the others, at the scales: the average over draws lies close to that at their medians. */
static void left_out_places_are_scored_as_defined(void **state)
{
    (void)state;
    static struct simulation simulation;
    const struct simulation_truth truth = {.n_places = 12, .n_steps = 40, .n_measures = 2, .effect = {-0.5, -0.2}, .between = {0.15, 0.15}, .level = 0.5, .level_sd = 0.2,
                                           .drift_sd = 0.2, .correlation = 0.6, .noise_sd = 0.05, .error_sd = 0.08};
    struct vg_measures_parameters parameters;
    struct vg_measures_estimate estimate;
    struct vg_error error = {0};
    struct vg_arena arena;
    double mean[3];
    double covariance[9];
    double all;
    vg_arena_init(&arena, 0);
    simulate_measures(&truth, 14, &simulation);
    vg_control_measures_defaults(&parameters);
    estimate_of(&simulation, &parameters, &arena, &estimate);
    const double between[] = {estimate.effects[0].between_sd, estimate.effects[1].between_sd};
    const struct vg_measures_scales medians = {estimate.drift_sd, estimate.correlation, estimate.noise_sd, estimate.level_sd, between, NULL};
    vg_assert_ok(vg_control_measures_likelihood(&simulation.data, &parameters, &medians, &arena, &all, mean, covariance, &error), error);
    for (size_t place = 0; place < truth.n_places; place++) {
        double others;
        size_t rows = simulation.first[place + 1] - simulation.first[place];
        for (size_t i = 0; i < rows; i++) {
            simulation.error[simulation.first[place] + i] += 1000; /* too large for an error: the place is left out */
        }
        vg_assert_ok(vg_control_measures_likelihood(&simulation.data, &parameters, &medians, &arena, &others, mean, covariance, &error), error);
        for (size_t i = 0; i < rows; i++) {
            simulation.error[simulation.first[place] + i] -= 1000;
        }
        vg_assert_near(estimate.places[place].log_score, all - others, 1.5);
    }
    vg_arena_release(&arena);
}

/* Without effects the measures foretell nothing, and none is claimed. */
static void no_effect_is_no_effect(void **state)
{
    (void)state;
    static struct simulation simulation;
    const struct simulation_truth truth = {.n_places = 20, .n_steps = 50, .n_measures = 2, .level = 0.2, .level_sd = 0.1, .drift_sd = 0.3, .correlation = 0.9, .error_sd = 0.05};
    struct vg_measures_parameters parameters;
    struct vg_measures_estimate estimate;
    struct vg_arena arena;
    vg_arena_init(&arena, 0);
    simulate_measures(&truth, 8, &simulation);
    vg_control_measures_defaults(&parameters);
    estimate_of(&simulation, &parameters, &arena, &estimate);
    for (size_t m = 0; m < 2; m++) {
        vg_assert_near(estimate.effects[m].mean, 0, 3 * estimate.effects[m].sd);
    }
    assert_true(estimate.log_score_gain < 3 && estimate.predicted_share < 0.05);
    vg_arena_release(&arena);
}

#define NAIVE_SETS 25

struct naive { bool within_model[NAIVE_SETS], within_independent[NAIVE_SETS]; vg_status status[NAIVE_SETS]; };

/* One effect of -0.3 under strongly correlated errors, estimated with the drift and as if the errors were independent. */
static void estimate_both(void *context, size_t item, unsigned worker)
{
    (void)worker;
    struct naive *work = context;
    const struct simulation_truth truth = {.n_places = 8, .n_steps = 60, .n_measures = 1, .effect = {-0.3}, .level = 0.5, .level_sd = 0.2, .drift_sd = 0.3, .correlation = 0.93,
                                           .error_sd = 0.05};
    const double between[] = {0.02};
    const struct vg_measures_scales independent = {.drift_sd = 1e-6, .correlation = 0.5, .noise_sd = 0.28, .level_sd = 0.2, .between_sd = between};
    struct vg_measures_parameters parameters;
    struct vg_measures_estimate estimate;
    struct vg_error error = {0};
    struct vg_arena arena;
    double log_p;
    double mean[2];
    double covariance[4];
    vg_arena_init(&arena, 0);
    struct simulation *simulation = VG_ARENA_ARRAY(&arena, struct simulation, 1);
    simulate_measures(&truth, 300 + item, simulation);
    vg_control_measures_defaults(&parameters);
    parameters.without_check = true;
    parameters.n_chains = 2;
    parameters.n_draws = 200;
    work->status[item] = vg_control_measures(&simulation->data, &parameters, NULL, &arena, &estimate, &error);
    if (work->status[item] == VG_OK) {
        work->status[item] = vg_control_measures_likelihood(&simulation->data, &parameters, &independent, &arena, &log_p, mean, covariance, &error);
        work->within_model[item] = estimate.effects[0].quantiles[1] < -0.3 && estimate.effects[0].quantiles[7] > -0.3;
        work->within_independent[item] = fabs(mean[1] + 0.3) < 1.645 * sqrt(covariance[3]);
    }
    vg_arena_release(&arena);
}

/* Taking autocorrelated errors for independent gives 90 % intervals that miss most of the time; with the drift they hold. */
static void correlated_errors_need_the_drift(void **state)
{
    (void)state;
    static struct naive work;
    unsigned model = 0;
    unsigned independent = 0;
    struct vg_pool *pool = vg_pool_new(2);
    vg_parallel_for(pool, NAIVE_SETS, estimate_both, &work);
    vg_pool_free(pool);
    for (size_t i = 0; i < NAIVE_SETS; i++) {
        assert_int_equal(work.status[i], VG_OK);
        model += work.within_model[i];
        independent += work.within_independent[i];
    }
    print_message("# of 25 effects under correlated errors %u within 90 %%, %u if they were independent\n", model, independent);
    assert_in_range(model, 18, 25); /* 22.5 +- 1.5 */
    assert_true(independent < 16);
}

static void measures_taken_together_are_not_told_apart(void **state)
{
    (void)state;
    static struct simulation simulation;
    const struct simulation_truth truth = {.n_places = 15, .n_steps = 40, .n_measures = 3, .effect = {-0.5, -0.1, -0.2}, .level = 0.8, .level_sd = 0.2, .drift_sd = 0.15,
                                           .correlation = 0.6, .error_sd = 0.05, .together = 1};
    struct vg_measures_parameters parameters;
    struct vg_measures_estimate estimate;
    struct vg_arena arena;
    vg_arena_init(&arena, 0);
    simulate_measures(&truth, 3, &simulation);
    vg_control_measures_defaults(&parameters);
    parameters.without_check = true;
    estimate_of(&simulation, &parameters, &arena, &estimate);
    assert_int_equal(estimate.effects[0].seen, VG_MEASURES_NOT_TOLD_APART);
    assert_int_equal(estimate.effects[1].seen, VG_MEASURES_NOT_TOLD_APART);
    assert_int_equal(estimate.effects[2].seen, VG_MEASURES_SEEN);
    assert_int_equal(estimate.effects[0].partner, 1);
    vg_assert_near(estimate.pair_timing[1], 1, 1e-9);
    assert_true(estimate.condition_number > 1000);
    assert_true(estimate.effects[0].sd > 0.25);
    /* Their sum is known well, and so is that of all. */
    vg_assert_near(estimate.all_mean, -0.8, 0.15);
    assert_true(estimate.all_high - estimate.all_low < 0.5);
    vg_assert_near(estimate.pair_sum_mean[1], -0.6, 0.12);
    assert_true(estimate.pair_sum_high[1] - estimate.pair_sum_low[1] < 0.35);
    vg_arena_release(&arena);
}

/* What never changes within a place keeps its prior and is named; so is a measure of which there is next to nothing. */
static void what_never_changes_stays_with_its_prior(void **state)
{
    (void)state;
    static struct simulation simulation;
    const struct simulation_truth truth = {.n_places = 12, .n_steps = 40, .n_measures = 3, .effect = {-0.5}, .level = 0.8, .level_sd = 0.2, .drift_sd = 0.2, .correlation = 0.6,
                                           .error_sd = 0.05};
    struct vg_measures_parameters parameters;
    struct vg_measures_estimate estimate;
    struct vg_arena arena;
    vg_arena_init(&arena, 0);
    simulate_measures(&truth, 4, &simulation);
    for (size_t i = 0; i < simulation.first[12]; i++) {
        simulation.felt[i * 3 + 1] = 0;
        simulation.felt[i * 3 + 2] = i == 20 ? 0.05 : 0;
    }
    vg_control_measures_defaults(&parameters);
    parameters.n_draws = 1500;
    parameters.without_check = true;
    estimate_of(&simulation, &parameters, &arena, &estimate);
    assert_int_equal(estimate.effects[0].seen, VG_MEASURES_SEEN);
    assert_int_equal(estimate.effects[1].seen, VG_MEASURES_NEVER_CHANGES);
    assert_int_equal(estimate.effects[2].seen, VG_MEASURES_PRIOR_ONLY);
    assert_int_equal(estimate.effects[1].n_places, 0);
    assert_int_equal(estimate.effects[2].n_places, 1);
    vg_assert_near(estimate.effects[1].sd, 0.5, 0.04);
    vg_assert_near(estimate.effects[1].mean, 0, 0.05);
    vg_arena_release(&arena);
}

/* A measure that is taken where R is high is seen to be. */
static void what_r_was_before_is_told(void **state)
{
    (void)state;
    static struct simulation simulation;
    const struct simulation_truth truth = {.n_places = 10, .n_steps = 40, .n_measures = 1, .level = 0, .error_sd = 0.01};
    struct vg_measures_parameters parameters;
    struct vg_measures_estimate estimate;
    struct vg_arena arena;
    vg_arena_init(&arena, 0);
    simulate_measures(&truth, 9, &simulation);
    for (size_t i = 0; i < simulation.first[10]; i++) {
        simulation.felt[i] = simulation.step[i] >= 20 ? 1 : 0;
        simulation.log_r[i] = simulation.step[i] == 18 || simulation.step[i] == 19 ? 0.4 : 0;
    }
    vg_control_measures_defaults(&parameters);
    parameters.without_check = true;
    estimate_of(&simulation, &parameters, &arena, &estimate);
    vg_assert_near(estimate.effects[0].log_r_before, 0.4 - 0.02, 1e-9);
    assert_int_equal(estimate.effects[0].n_changes, 10);
    vg_arena_release(&arena);
}

static void threads_change_nothing(void **state)
{
    (void)state;
    static struct simulation simulation;
    const struct simulation_truth truth = {.n_places = 6, .n_steps = 25, .n_measures = 2, .effect = {-0.4, -0.2}, .level = 0.5, .level_sd = 0.2, .drift_sd = 0.2,
                                           .correlation = 0.6, .error_sd = 0.05};
    struct vg_measures_parameters parameters;
    struct vg_measures_estimate one;
    struct vg_measures_estimate three;
    struct vg_error error = {0};
    struct vg_arena arena;
    struct vg_pool *pool = vg_pool_new(3);
    vg_arena_init(&arena, 0);
    simulate_measures(&truth, 2, &simulation);
    vg_control_measures_defaults(&parameters);
    vg_assert_ok(vg_control_measures(&simulation.data, &parameters, NULL, &arena, &one, &error), error);
    vg_assert_ok(vg_control_measures(&simulation.data, &parameters, pool, &arena, &three, &error), error);
    assert_memory_equal(one.draws, three.draws, one.n_draws * 3 * sizeof(double));
    assert_memory_equal(one.places, three.places, 6 * sizeof *one.places);
    assert_true(one.log_score_gain == three.log_score_gain);
    vg_pool_free(pool);
    vg_arena_release(&arena);
}

/* ------------------------------------------------------------------ hostile input */

static void hostile_input_is_told(void **state)
{
    (void)state;
    static struct simulation simulation;
    const struct simulation_truth truth = {.n_places = 5, .n_steps = 20, .n_measures = 1, .effect = {-0.4}, .level = 0.5, .level_sd = 0.2, .drift_sd = 0.2, .correlation = 0.6,
                                           .error_sd = 0.05};
    struct vg_measures_parameters parameters;
    struct vg_measures_estimate estimate;
    struct vg_error error = {0};
    struct vg_arena arena;
    vg_arena_init(&arena, 0);
    simulate_measures(&truth, 6, &simulation);
    vg_control_measures_defaults(&parameters);
    parameters.n_chains = 2;
    parameters.n_draws = 100;
    for (size_t t = 0; t < 15; t++) {
        simulation.log_r[t] = t % 2 == 0 ? NAN : INFINITY; /* the first place has five rows left */
    }
    simulation.log_r[25] = NAN;
    simulation.felt[45] = NAN;
    simulation.error[65] = -1;
    estimate_of(&simulation, &parameters, &arena, &estimate);
    assert_int_equal(estimate.places[0].status, VG_SERIES_TOO_SHORT);
    assert_int_equal(estimate.places[1].status, VG_SERIES_OK);
    assert_int_equal(estimate.places[1].n_rows, 19);
    assert_int_equal(estimate.places[2].n_rows, 19);
    assert_int_equal(estimate.places[3].status, VG_SERIES_BAD_INPUT);
    assert_true(isnan(estimate.place_mean[0]) && isnan(estimate.place_mean[3]) && !isnan(estimate.place_mean[1]));
    assert_int_equal(estimate.n_places, 3);
    assert_true(isfinite(estimate.effects[0].mean));
    simulation.error[65] = 1;
    simulation.felt[65] = 1e300;
    estimate_of(&simulation, &parameters, &arena, &estimate);
    assert_int_equal(estimate.places[3].status, VG_SERIES_BAD_INPUT);
    simulation.data.n_places = 2; /* one of them too short */
    estimate_of(&simulation, &parameters, &arena, &estimate);
    assert_int_equal(estimate.status, VG_SERIES_TOO_FEW);
    simulation.data.n_places = 0;
    estimate_of(&simulation, &parameters, &arena, &estimate);
    assert_int_equal(estimate.status, VG_SERIES_TOO_FEW);
    simulation.data.n_places = 5;
    simulation.step[30] = simulation.step[29];
    assert_int_equal(vg_control_measures(&simulation.data, &parameters, NULL, &arena, &estimate, &error), VG_USAGE_ERROR);
    simulation.step[30] = simulation.step[29] + 1;
    parameters.priors.effect_sd = 0;
    assert_int_equal(vg_control_measures(&simulation.data, &parameters, NULL, &arena, &estimate, &error), VG_USAGE_ERROR);
    parameters.priors.effect_sd = 0.5;
    simulation.data.n_measures = VG_MEASURES_MOST + 1;
    assert_int_equal(vg_control_measures(&simulation.data, &parameters, NULL, &arena, &estimate, &error), VG_USAGE_ERROR);
    vg_arena_release(&arena);
}

/* Log R without any error, all the same, and measures without variation: no number may be invented. */
static void degenerate_data_end_well(void **state)
{
    (void)state;
    static struct simulation simulation;
    const struct simulation_truth truth = {.n_places = 3, .n_steps = 12, .n_measures = 1, .level = 0.5};
    struct vg_measures_parameters parameters;
    struct vg_measures_estimate estimate;
    struct vg_arena arena;
    vg_arena_init(&arena, 0);
    simulate_measures(&truth, 6, &simulation);
    vg_control_measures_defaults(&parameters);
    estimate_of(&simulation, &parameters, &arena, &estimate);
    assert_true(isfinite(estimate.effects[0].mean));
    vg_assert_near(estimate.effects[0].mean, 0, 0.05);
    memset(simulation.felt, 0, sizeof simulation.felt);
    estimate_of(&simulation, &parameters, &arena, &estimate);
    assert_int_equal(estimate.status, VG_SERIES_TOO_FEW);
    vg_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(felt_is_the_weighted_past),
        cmocka_unit_test(felt_shifts_fades_and_knows_gaps),
        cmocka_unit_test(likelihood_equals_the_dense_one),
        vg_statistics(intervals_are_calibrated),
        vg_statistics(intervals_are_calibrated_for_collinear_measures),
        vg_statistics(intervals_are_calibrated_for_random_walks),
        vg_statistics(known_effects_are_found),
        cmocka_unit_test(left_out_places_are_scored_as_defined),
        vg_statistics(no_effect_is_no_effect),
        vg_statistics(correlated_errors_need_the_drift),
        vg_statistics(measures_taken_together_are_not_told_apart),
        vg_statistics(what_never_changes_stays_with_its_prior),
        cmocka_unit_test(what_r_was_before_is_told),
        cmocka_unit_test(threads_change_nothing),
        cmocka_unit_test(hostile_input_is_told),
        cmocka_unit_test(degenerate_data_end_well),
    };
    return vg_run_group_tests("measures_effect", tests, NULL, NULL);
}
