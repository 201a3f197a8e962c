/*
 * Growth of lineages: against a dense Newton by finite differences, against the closed form of two lineages in two weeks, and by calibration on counts of which
 * the truth is known; alarms under neutral drift.
 */
#include "vg_test.h"

#include "growth_draws.h"
#include "trace/genome/growth/internal.h"

#include <time.h>

enum { MOST_PLACES = 40, MOST_TIMES = 100, MOST_LINEAGES = 50 };

struct truth {
    size_t places, times, lineages;
    double common_sd, place_sd, rho, genomes; /* genomes a week and place, mean */
    double *common, *advantage, *counts;      /* [lineages], [places * lineages], [places * times * lineages] */
    int32_t *days;
    struct vg_growth_counts given;
};

static void simulate(struct truth *truth, uint64_t seed, struct vg_arena *arena)
{
    struct vg_random random = vg_random_stream(seed, 0, 0, 7);
    size_t v = truth->lineages;
    double intercept[MOST_LINEAGES];
    truth->common = VG_ARENA_ARRAY(arena, double, v);
    truth->advantage = VG_ARENA_ARRAY(arena, double, truth->places * v);
    truth->counts = VG_ARENA_ARRAY(arena, double, truth->places * truth->times * v);
    truth->days = VG_ARENA_ARRAY(arena, int32_t, truth->times);
    for (size_t t = 0; t < truth->times; t++) {
        truth->days[t] = 18000 + 7 * (int32_t)t;
    }
    for (size_t j = 0; j < v; j++) {
        truth->common[j] = j == 0 ? 0 : truth->common_sd * vg_random_normal(&random);
        intercept[j] = j == 0 ? 1 : 0.8 * vg_random_normal(&random);
    }
    for (size_t g = 0; g < truth->places; g++) {
        double own[MOST_LINEAGES];
        for (size_t j = 0; j < v; j++) {
            truth->advantage[g * v + j] = j == 0 ? 0 : truth->common[j] + truth->place_sd * vg_random_normal(&random);
            own[j] = j == 0 ? 1 : intercept[j] + 0.7 * vg_random_normal(&random);
        }
        for (size_t t = 0; t < truth->times; t++) {
            double shares[MOST_LINEAGES], sum = 0, week = (double)t - (double)(truth->times - 1) / 2;
            for (size_t j = 0; j < v; j++) {
                shares[j] = exp(own[j] + truth->advantage[g * v + j] * week);
                sum += shares[j];
            }
            for (size_t j = 0; j < v; j++) {
                shares[j] /= sum;
            }
            draw_counts(&random, shares, v, vg_random_poisson(&random, truth->genomes * (0.3 + 1.4 * vg_random_uniform(&random))), truth->rho,
                        truth->counts + (g * truth->times + t) * v);
        }
    }
    truth->given = (struct vg_growth_counts){truth->places, truth->times, v, truth->counts, truth->days};
}

/* ---------------------------------------------------------------- algebra */

static void test_inverse(void **state)
{
    enum { M = 23 };
    double a[M * M], kept[M * M], root[M * M], inverse[M * M];
    struct vg_random random = vg_random_stream(3, 0, 0, 0);
    (void)state;
    for (size_t i = 0; i < M * M; i++) {
        root[i] = vg_random_normal(&random);
    }
    for (size_t i = 0; i < M; i++) {
        for (size_t j = 0; j < M; j++) {
            a[i * M + j] = i == j ? 1 : 0;
            for (size_t k = 0; k < M; k++) {
                a[i * M + j] += root[k * M + i] * root[k * M + j];
            }
        }
    }
    memcpy(kept, a, sizeof a);
    assert_true(growth_invert(a, M, root, inverse));
    for (size_t i = 0; i < M; i++) {
        for (size_t j = 0; j < M; j++) {
            double product = 0, square = 0;
            for (size_t k = 0; k < M; k++) {
                product += kept[i * M + k] * inverse[k * M + j];
                square += root[k * M + i] * root[k * M + j];
            }
            vg_assert_near(product, i == j ? 1 : 0, 1e-9);
            vg_assert_near(square, inverse[i * M + j], 1e-9);
        }
    }
    kept[0] = -1;
    assert_false(growth_invert(kept, M, root, inverse));
}

/* ------------------------------------------------------------ dense Newton */

/* The log posterior of everything at once, written from the formula. Order: places' parameters, then what is common. */
static double posterior(const struct vg_growth_counts *counts, const struct vg_growth_fit *fit, const double *all)
{
    size_t v = counts->n_lineages, n = v - 1;
    const double *common = all + counts->n_places * 2 * n;
    double value = 0;
    for (size_t g = 0; g < counts->n_places; g++) {
        const double *own = all + g * 2 * n;
        for (size_t k = 0; k < 2 * n; k++) {
            double apart = (own[k] - common[k]) / fit->place_sd[k];
            value -= apart * apart / 2;
        }
        for (size_t t = 0; t < counts->n_times; t++) {
            const double *y = counts->counts + (g * counts->n_times + t) * v;
            double total = 0, sum = 0, line[MOST_LINEAGES], said = 0, week = ((double)counts->days[t] - fit->origin_day) / 7;
            for (size_t j = 0, k = 0; j < v; j++) {
                double there = j == fit->pivot ? 1 : fit->presence.there[g * n + k];
                line[j] = j == fit->pivot ? 0 : own[k] + own[n + k] * (week - fit->centers[k]);
                k += j != fit->pivot;
                total += y[j] * there;
                sum += there * exp(line[j]);
                said += y[j] * there * line[j];
            }
            value += (said - total * log(sum)) / (1 + fmax(total - 1, 0) * fit->correlation);
        }
    }
    for (size_t k = 0; k < 2 * n; k++) {
        double sd = k < n ? 10 : 1;
        value -= common[k] * common[k] / (2 * sd * sd);
    }
    return value;
}

/* Where few genomes of a lineage were seen, or none, it may not be there: the probability of that being given, the mode is that of the posterior with it. */
static void hold_against_dense(bool open)
{
    enum { PLACES = 3, LINEAGES = 4, N = LINEAGES - 1, ALL = (PLACES + 1) * 2 * N };
    struct truth truth = {.places = PLACES, .times = 8, .lineages = LINEAGES, .common_sd = 0.3, .place_sd = 0.1, .rho = 0.01, .genomes = 60};
    struct vg_arena arena;
    struct vg_error error = {0};
    struct vg_growth_model model;
    struct vg_growth_fit fit;
    double all[ALL], hessian[ALL * ALL], root[ALL * ALL], inverse[ALL * ALL], step = 1e-3;
    vg_arena_init(&arena, 0);
    simulate(&truth, 11, &arena);
    for (size_t t = 0; open && t < truth.times; t++) { /* none in one place, two in another */
        truth.counts[t * LINEAGES + 3] = 0;
        truth.counts[(truth.times + t) * LINEAGES + 2] = t == 2 || t == 5;
    }
    vg_growth_model_defaults(&model);
    vg_assert_ok(vg_growth_fit(&truth.given, &model, NULL, &arena, &fit, &error), error);
    assert_true(fit.converged);
    size_t n_open = 0;
    for (size_t cell = 0; cell < PLACES * N; cell++) {
        n_open += fit.presence.open[cell];
    }
    assert_int_equal(n_open, open ? 2 : 0);
    memcpy(all, fit.places, PLACES * 2 * N * sizeof *all);
    memcpy(all + PLACES * 2 * N, fit.common, 2 * N * sizeof *all);
    for (size_t i = 0; i < ALL; i++) { /* no slope in any direction, and the curvature by differences */
        for (size_t j = 0; j < ALL; j++) {
            double corner[4];
            for (size_t c = 0; c < 4; c++) {
                double moved[ALL];
                memcpy(moved, all, sizeof moved);
                moved[i] += c & 1 ? step : -step;
                moved[j] += c & 2 ? step : -step;
                corner[c] = posterior(&truth.given, &fit, moved);
            }
            hessian[i * ALL + j] = -(corner[3] - corner[2] - corner[1] + corner[0]) / (4 * step * step);
        }
    }
    assert_true(growth_invert(hessian, ALL, root, inverse));
    double slope[ALL];
    for (size_t i = 0; i < ALL; i++) {
        double moved[ALL];
        memcpy(moved, all, sizeof moved);
        moved[i] += 1e-5;
        slope[i] = posterior(&truth.given, &fit, moved);
        moved[i] -= 2e-5;
        slope[i] = (slope[i] - posterior(&truth.given, &fit, moved)) / 2e-5;
    }
    for (size_t i = 0; i < ALL; i++) { /* the dense Newton step from here: nothing against the standard deviation */
        double move = 0;
        for (size_t j = 0; j < ALL; j++) {
            move += inverse[i * ALL + j] * slope[j];
        }
        vg_assert_near(move / sqrt(inverse[i * ALL + i]), 0, 0.02);
    }
    double work[8 * LINEAGES];
    for (uint32_t lineage = 0, k = 0; lineage < LINEAGES; lineage++) {
        struct vg_growth_advantage one;
        if (lineage == fit.pivot) {
            continue;
        }
        for (uint32_t g = 0; g <= PLACES; g++) {
            size_t at = g * 2 * N + N + k;
            vg_growth_advantage(&fit, g < PLACES ? g : VG_GROWTH_ALL, lineage, VG_GROWTH_PIVOT, work, &one);
            vg_assert_near(one.sd_per_week / sqrt(inverse[at * ALL + at]), 1, 0.01);
            vg_assert_near(one.per_week, all[at], 1e-12);
        }
        k++;
    }
    /* Draws have the covariance of the curvature, too. */
    struct vg_growth_draws draws;
    vg_assert_ok(vg_growth_draw(&fit, 20000, 5, NULL, &arena, &draws, &error), error);
    for (size_t k = 0; k < PLACES * 2 * N; k++) {
        if (fit.presence.open[k / (2 * N) * N + k % N]) {
            continue; /* levels there are drawn from what is left of them */
        }
        double sum = 0, squares = 0;
        for (size_t d = 0; d < draws.n_draws; d++) {
            double apart = draws.places[d * PLACES * 2 * N + k] - fit.places[k];
            sum += apart;
            squares += apart * apart;
        }
        vg_assert_near(squares / 20000 / inverse[k * ALL + k] * (fit.freedom - 2) / fit.freedom, 1, 0.06); /* of Student's law */
        vg_assert_near(sum / 20000 / sqrt(inverse[k * ALL + k]), 0, 0.04);
    }
    vg_arena_release(&arena);
}

static void test_dense_newton(void **state)
{
    (void)state;
    hold_against_dense(false);
    hold_against_dense(true);
}

/* Two lineages, two weeks, one place: the difference of the logarithms of the odds, with the sum of reciprocals as variance (Woolf 1955). */
static void test_closed_form(void **state)
{
    static const double counts[] = {900, 300, 500, 700};
    static const int32_t days[] = {18000, 18007};
    struct vg_growth_counts given = {1, 2, 2, counts, days};
    struct vg_growth_model model;
    struct vg_growth_fit fit;
    struct vg_growth_advantage one;
    struct vg_arena arena;
    struct vg_error error = {0};
    double work[20], shares[2];
    (void)state;
    vg_arena_init(&arena, 0);
    vg_growth_model_defaults(&model);
    model.common_sd_per_week = 1000;
    model.pivot = 0;
    vg_assert_ok(vg_growth_fit(&given, &model, NULL, &arena, &fit, &error), error);
    vg_growth_advantage(&fit, 0, 1, VG_GROWTH_PIVOT, work, &one);
    vg_assert_near(one.per_week, log(700.0 / 500) - log(300.0 / 900), 1e-4);
    vg_assert_near(one.sd_per_week, sqrt(1.0 / 900 + 1.0 / 300 + 1.0 / 500 + 1.0 / 700), 2e-4);
    vg_growth_advantage(&fit, 0, 1, VG_GROWTH_REST, work, &one); /* with two lineages the rest is the pivot */
    vg_assert_near(one.per_week, log(700.0 / 500) - log(300.0 / 900), 1e-4);
    vg_growth_advantage(&fit, 0, 0, VG_GROWTH_REST, work, &one);
    vg_assert_near(one.per_week, log(300.0 / 900) - log(700.0 / 500), 1e-4);
    vg_growth_shares(&fit, 0, NULL, 18007, work, shares);
    vg_assert_near(shares[1], 700.0 / 1200, 1e-4);
    given.n_times = 1;
    assert_int_equal(vg_growth_fit(&given, &model, NULL, &arena, &fit, &error), VG_DATA_ERROR);
    vg_arena_release(&arena);
}

static void test_dominance(void **state)
{
    /* Odds of 1 : 9 in the last week, three times as much each week: half is reached after two weeks. */
    double counts[8];
    static const int32_t days[] = {18000, 18007, 18014, 18021};
    struct vg_growth_counts given = {1, 4, 2, counts, days};
    struct vg_growth_model model;
    struct vg_growth_fit fit;
    struct vg_growth_draws draws;
    struct vg_growth_dominance both[2], when;
    struct vg_arena arena;
    struct vg_error error = {0};
    (void)state;
    for (int t = 0; t < 4; t++) {
        double odds = pow(3, t - 3) / 9;
        counts[2 * t] = 1e6 / (1 + odds);
        counts[2 * t + 1] = 1e6 * odds / (1 + odds);
    }
    vg_arena_init(&arena, 0);
    vg_growth_model_defaults(&model);
    vg_assert_ok(vg_growth_fit(&given, &model, NULL, &arena, &fit, &error), error);
    vg_assert_ok(vg_growth_draw(&fit, 400, 1, NULL, &arena, &draws, &error), error);
    vg_assert_ok(vg_growth_dominance(&fit, &draws, VG_GROWTH_ALL, NULL, 365, &arena, both, &error), error);
    when = both[1];
    vg_assert_near(when.days, 14, 1);
    assert_true(when.low <= when.days && when.high >= when.days && when.high < 17 && when.probability == 1);
    when = both[0];
    assert_true(when.days == 0); /* it is half now */
    vg_arena_release(&arena);
}

static void test_threads(void **state)
{
    struct truth truth = {.places = 7, .times = 20, .lineages = 9, .common_sd = 0.3, .place_sd = 0.1, .rho = 0.02, .genomes = 40};
    struct vg_arena arena;
    struct vg_error error = {0};
    struct vg_growth_model model;
    struct vg_growth_fit one, many;
    struct vg_growth_draws draws[2];
    struct vg_pool *pool = vg_pool_new(3);
    (void)state;
    vg_arena_init(&arena, 0);
    simulate(&truth, 4, &arena);
    vg_growth_model_defaults(&model);
    vg_assert_ok(vg_growth_fit(&truth.given, &model, NULL, &arena, &one, &error), error);
    vg_assert_ok(vg_growth_fit(&truth.given, &model, pool, &arena, &many, &error), error);
    assert_memory_equal(one.places, many.places, 7 * 16 * sizeof(double));
    assert_memory_equal(one.covariance, many.covariance, 16 * 16 * sizeof(double));
    vg_assert_ok(vg_growth_draw(&one, 50, 9, NULL, &arena, &draws[0], &error), error);
    vg_assert_ok(vg_growth_draw(&many, 50, 9, pool, &arena, &draws[1], &error), error);
    assert_memory_equal(draws[0].places, draws[1].places, 50 * 7 * 16 * sizeof(double));
    vg_pool_free(pool);
    vg_arena_release(&arena);
}

/* ------------------------------------------------------------ calibration */

struct coverage { double common, places, shares, n_common, n_places, n_shares, widths; };

static void calibrate(double place_sd, double rho, double genomes, size_t places, size_t runs, struct coverage *out)
{
    struct vg_arena arena;
    struct vg_error error = {0};
    struct vg_growth_model model;
    vg_arena_init(&arena, 0);
    vg_growth_model_defaults(&model);
    model.pivot = 0;
    *out = (struct coverage){0};
    for (size_t run = 0; run < runs; run++) {
        struct truth truth = {.places = places, .times = 14, .lineages = 6, .common_sd = 0.15, .place_sd = place_sd, .rho = rho, .genomes = genomes};
        struct vg_growth_fit fit;
        struct vg_growth_advantage one;
        double work[48];
        vg_arena_reset(&arena);
        simulate(&truth, 1000 + run, &arena);
        vg_assert_ok(vg_growth_fit(&truth.given, &model, NULL, &arena, &fit, &error), error);
        for (uint32_t j = 1; j < 6; j++) {
            vg_growth_advantage(&fit, VG_GROWTH_ALL, j, VG_GROWTH_PIVOT, work, &one);
            out->common += one.low <= truth.common[j] && truth.common[j] <= one.high;
            out->n_common++;
            for (uint32_t g = 0; g < places; g++) {
                vg_growth_advantage(&fit, g, j, VG_GROWTH_PIVOT, work, &one);
                out->places += one.low <= truth.advantage[g * 6 + j] && truth.advantage[g * 6 + j] <= one.high;
                out->widths += one.high - one.low;
                out->n_places++;
            }
        }
    }
    out->common /= out->n_common;
    out->places /= out->n_places;
    out->widths /= out->n_places;
    vg_arena_release(&arena);
}

static void test_calibration(void **state)
{
    static const struct { double place_sd, rho, genomes; size_t places; } cases[] = {{0.08, 0, 80, 8}, {0.08, 0.03, 80, 8}, {0.06, 0.01, 30, 12}, {0.15, 0.02, 150, 4}, {0.05, 0.02, 60, 1}, {0.08, 0.1, 80, 8}, {0.08, 0.2, 80, 8}, {0.15, 0.1, 150, 4}, {0.05, 0.1, 60, 1}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct coverage found;
        calibrate(cases[i].places == 1 ? 0 : cases[i].place_sd, cases[i].rho, cases[i].genomes, cases[i].places, 200, &found);
        print_message("places %zu, sd %.2f, rho %.2f, genomes %.0f: 95 %% intervals hold %.1f %% (common), %.1f %% (places); width %.3f\n", cases[i].places,
                      cases[i].place_sd, cases[i].rho, cases[i].genomes, 100 * found.common, 100 * found.places, found.widths);
        vg_assert_near(found.places, 0.95, 0.022);
        vg_assert_near(found.common, 0.95, 0.035);
    }
}

/* ---------------------------------------------------------------- alarms */

enum { DRIFT_PLACES = 8, DRIFT_WEEKS = 12, DRIFT_LINEAGES = 10, DRIFT_BEFORE = 15 };

/*
 * Wright and Fisher: each week the infected of a place are drawn from those of the week before, a twentieth from everywhere; the last lineage comes in the
 * middle of the weeks that are counted, everywhere at 1 %, and has an advantage.
 * Lineages begin in one place each, with `founders` infected there. Every week `sampled` genomes a place.
 */
static void drift(uint64_t seed, double infected, double advantage, int64_t sampled, struct vg_growth_counts *out, struct vg_arena *arena)
{
    static double shares[DRIFT_PLACES][DRIFT_LINEAGES];
    struct vg_random random = vg_random_stream(seed, 0, 0, 3);
    double *counts = VG_ARENA_ARRAY(arena, double, DRIFT_PLACES * DRIFT_WEEKS * DRIFT_LINEAGES);
    int32_t *days = VG_ARENA_ARRAY(arena, int32_t, DRIFT_WEEKS);
    for (size_t g = 0; g < DRIFT_PLACES; g++) {
        for (size_t j = 0; j < DRIFT_LINEAGES; j++) {
            shares[g][j] = j + 1 == DRIFT_LINEAGES ? 0 : j == g ? 0.4 : 0.6 / (DRIFT_LINEAGES - 2);
        }
    }
    for (int week = -DRIFT_BEFORE; week < DRIFT_WEEKS; week++) {
        double everywhere[DRIFT_LINEAGES] = {0};
        for (size_t g = 0; g < DRIFT_PLACES; g++) {
            for (size_t j = 0; j < DRIFT_LINEAGES; j++) {
                everywhere[j] += shares[g][j] / DRIFT_PLACES;
            }
        }
        for (size_t g = 0; g < DRIFT_PLACES; g++) {
            double next[DRIFT_LINEAGES], sum = 0, drawn[DRIFT_LINEAGES];
            for (size_t j = 0; j < DRIFT_LINEAGES; j++) {
                shares[g][j] = week == DRIFT_WEEKS / 2 && j + 1 == DRIFT_LINEAGES ? 0.01 : shares[g][j]; /* the newcomer */
                next[j] = (0.95 * shares[g][j] + 0.05 * everywhere[j]) * (j + 1 == DRIFT_LINEAGES && week >= 0 ? exp(advantage) : 1);
                sum += next[j];
            }
            for (size_t j = 0; j < DRIFT_LINEAGES; j++) {
                next[j] /= sum;
            }
            draw_counts(&random, next, DRIFT_LINEAGES, (int64_t)infected, 0, drawn);
            for (size_t j = 0; j < DRIFT_LINEAGES; j++) {
                shares[g][j] = drawn[j] / infected;
            }
            if (week >= 0) {
                days[week] = 18000 + 7 * week;
                draw_counts(&random, shares[g], DRIFT_LINEAGES, sampled, 0, counts + (g * DRIFT_WEEKS + (size_t)week) * DRIFT_LINEAGES);
            }
        }
    }
    *out = (struct vg_growth_counts){DRIFT_PLACES, DRIFT_WEEKS, DRIFT_LINEAGES, counts, days};
}

/* Share of runs with an alarm for any of the neutral lineages, and with one for the last. */
static void alarm_rates(double infected, double advantage, size_t runs, double *false_alarms, double *found)
{
    struct vg_arena arena;
    struct vg_error error = {0};
    struct vg_growth_model model;
    struct vg_growth_rule rule;
    vg_growth_model_defaults(&model);
    vg_growth_rule_defaults(&rule);
    vg_arena_init(&arena, 0);
    *false_alarms = *found = 0;
    for (size_t run = 0; run < runs; run++) {
        struct vg_growth_counts counts;
        struct vg_growth_fit fit;
        struct vg_growth_alarm alarms[DRIFT_LINEAGES];
        double work[9 * DRIFT_LINEAGES];
        bool wrong = false;
        vg_arena_reset(&arena);
        drift(run + 1, infected, advantage, 30, &counts, &arena);
        vg_assert_ok(vg_growth_fit(&counts, &model, NULL, &arena, &fit, &error), error);
        vg_growth_alarms(&counts, &fit, &rule, NULL, 0, work, alarms);
        for (size_t j = 0; j + 1 < DRIFT_LINEAGES; j++) {
            wrong |= alarms[j].raised;
        }
        *false_alarms += wrong;
        *found += alarms[DRIFT_LINEAGES - 1].raised;
    }
    *false_alarms /= (double)runs;
    *found /= (double)runs;
    vg_arena_release(&arena);
}

static void test_alarms(void **state)
{
    static const double infected[] = {50, 200, 2000};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        double wrong, found, neutral;
        alarm_rates(infected[i], 0, 400, &wrong, &neutral);
        print_message("neutral drift, %.0f infected a place: %.2f %% of runs with a false alarm (%.2f %% for the newcomer)\n", infected[i], 100 * wrong, 100 * neutral);
        assert_true(wrong <= 0.01 && neutral <= 0.05);
        alarm_rates(infected[i], 0.6, 100, &wrong, &found);
        print_message("an advantage of 0.6 a week: found in %.0f %%, others in %.1f %%\n", 100 * found, 100 * wrong);
        if (infected[i] >= 200) {
            assert_true(found >= 0.8);
        }
    }
}

static void test_alarm_rule(void **state)
{
    /* Growing in three places, then the same in one alone: no alarm where there are more. */
    static const int32_t days[] = {0, 7, 14, 21, 28};
    double counts[4 * 5 * 2];
    struct vg_growth_counts given = {4, 5, 2, counts, days};
    struct vg_growth_model model;
    struct vg_growth_rule rule;
    struct vg_growth_alarm alarms[2];
    struct vg_growth_fit fit;
    struct vg_arena arena;
    struct vg_error error = {0};
    double work[18];
    (void)state;
    vg_arena_init(&arena, 0);
    vg_growth_model_defaults(&model);
    vg_growth_rule_defaults(&rule);
    for (size_t places = 1; places <= 3; places += 2) {
        for (size_t g = 0; g < 4; g++) {
            for (size_t t = 0; t < 5; t++) {
                counts[(g * 5 + t) * 2] = 200;
                counts[(g * 5 + t) * 2 + 1] = g < places ? round(2 * exp(0.7 * (double)t)) : 0;
            }
        }
        vg_assert_ok(vg_growth_fit(&given, &model, NULL, &arena, &fit, &error), error);
        vg_growth_alarms(&given, &fit, &rule, NULL, 0, work, alarms);
        assert_int_equal(alarms[1].raised, places == 3);
        assert_int_equal(alarms[1].sources, places);
        assert_false(alarms[0].raised);
    }
    vg_assert_near(alarms[1].doubling_days, 7, 1.5);
    size_t laboratories[2] = {5, 2};
    vg_growth_alarms(&given, &fit, &rule, laboratories, 5, work, alarms);
    assert_false(alarms[1].raised);
    vg_arena_release(&arena);
}

static void test_merge(void **state)
{
    /* 0: A, 1: A.1, 2: A.1.1, 3: A.1.2, 4: B (without ancestor), 5: B.1 */
    static const uint32_t parent[] = {VG_GROWTH_NONE, 0, 1, 1, VG_GROWTH_NONE, 4};
    static const double totals[] = {100, 2, 3, 60, 3, 4};
    static const uint32_t expected[] = {0, 0, 0, 3, VG_GROWTH_NONE, VG_GROWTH_NONE};
    static const uint32_t round_and_round[] = {1, 2, 0};
    uint32_t merged[6];
    struct vg_arena arena;
    struct vg_error error = {0};
    (void)state;
    vg_arena_init(&arena, 0);
    vg_assert_ok(vg_growth_merge(parent, totals, 6, 10, &arena, merged, &error), error);
    assert_memory_equal(merged, expected, sizeof expected);
    vg_assert_ok(vg_growth_merge(parent, totals, 6, 7, &arena, merged, &error), error);
    assert_int_equal(merged[5], 4); /* B has 7 with its child */
    assert_int_equal(vg_growth_merge(round_and_round, totals, 3, 10, &arena, merged, &error), VG_DATA_ERROR);
    vg_arena_release(&arena);
}

static void test_speed(void **state)
{
    struct truth truth = {.places = 40, .times = 100, .lineages = 50, .common_sd = 0.05, .place_sd = 0.02, .rho = 0.01, .genomes = 100};
    struct vg_arena arena;
    struct vg_error error = {0};
    struct vg_growth_model model;
    struct vg_growth_fit fit;
    (void)state;
    vg_arena_init(&arena, 0);
    simulate(&truth, 4, &arena);
    vg_growth_model_defaults(&model);
    clock_t start = clock();
    vg_assert_ok(vg_growth_fit(&truth.given, &model, NULL, &arena, &fit, &error), error);
    print_message("50 lineages, 100 weeks, 40 places: %.0f ms, %zu iterations, converged %d, s %.3f %.3f rho %.4f\n", 1e3 * (double)(clock() - start) / CLOCKS_PER_SEC, fit.iterations, fit.converged, fit.place_sd[0], fit.place_sd[fit.n], fit.correlation);
    vg_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_inverse),   cmocka_unit_test(test_dense_newton), cmocka_unit_test(test_closed_form),
        cmocka_unit_test(test_dominance), cmocka_unit_test(test_threads),  vg_statistics(test_speed),    vg_statistics(test_calibration),
        cmocka_unit_test(test_alarm_rule), cmocka_unit_test(test_merge),    vg_statistics(test_alarms),
    };
    return vg_run_group_tests("growth", tests, NULL, NULL);
}
