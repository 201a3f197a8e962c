/*
 * A lineage that comes to one place after another: what is told of places that it has reached, has perhaps reached, and has not, held against simulated epidemics.
 */
#include "vg_test.h"

#include "growth_draws.h"
#include "trace/genome/growth/internal.h"

#include <string.h>

enum { PLACES = 12, LINEAGES = 4, NEW = LINEAGES - 1, BEFORE = 10, WEEKS = 16, AHEAD = 4, ALL_WEEKS = BEFORE + WEEKS + AHEAD };

#ifndef RUNS
#define RUNS 40 /* docs/genomes-lineages.md: 300 */
#endif

/* Infected by week, place and lineage: Wright and Fisher in places of all sizes, of two countries, that exchange infections; the newcomer begins in one place. */
struct world {
    double shares[ALL_WEEKS][PLACES][LINEAGES];
    double infected[PLACES], genomes[PLACES], counts[PLACES * WEEKS * LINEAGES];
    int32_t days[WEEKS];
    struct vg_growth_counts given;
};

struct kind { double moves, abroad, advantage, genomes, strays; };

static void make_sizes(struct vg_random *random, const struct kind *kind, struct world *world, double *open)
{
    for (size_t g = 0; g < PLACES; g++) {
        world->infected[g] = round(600 * exp(0.8 * vg_random_normal(random)));
        world->genomes[g] = kind->genomes * exp(0.8 * vg_random_normal(random));
        open[g] = kind->moves * exp(0.7 * vg_random_normal(random));
    }
}

/* What those of a place are infected with, before chance: by its own, by others of its country, by those abroad. */
static void mix(const struct kind *kind, const double (*now)[LINEAGES], const double *open, size_t g, double *next)
{
    double own = fmin(open[g], 0.5), sum = 0;
    for (size_t j = 0; j < LINEAGES; j++) {
        double near = 0, far = 0;
        for (size_t h = 0; h < PLACES; h++) {
            *((h < PLACES / 2) == (g < PLACES / 2) ? &near : &far) += 2 * now[h][j] / PLACES;
        }
        next[j] = ((1 - own) * now[g][j] + own * ((1 - kind->abroad) * near + kind->abroad * far)) * (j == NEW ? exp(kind->advantage) : 1);
        sum += next[j];
    }
    for (size_t j = 0; j < LINEAGES; j++) {
        next[j] /= sum;
    }
}

static void simulate(uint64_t seed, const struct kind *kind, struct world *world)
{
    struct vg_random random = vg_random_stream(seed, 0, 0, 31);
    double open[PLACES], now[PLACES][LINEAGES], begin = floor(BEFORE * vg_random_uniform(&random));
    make_sizes(&random, kind, world, open);
    for (size_t g = 0; g < PLACES; g++) {
        double sum = 0;
        for (size_t j = 0; j < LINEAGES; j++) {
            now[g][j] = j == NEW ? 0 : vg_random_gamma(&random, 2, 1);
            sum += now[g][j];
        }
        for (size_t j = 0; j < LINEAGES; j++) {
            now[g][j] /= sum;
        }
    }
    for (size_t week = 0; week < ALL_WEEKS; week++) {
        double before[PLACES][LINEAGES], drawn[LINEAGES], next[LINEAGES], everywhere[LINEAGES] = {0};
        memcpy(before, now, sizeof before);
        for (size_t g = 0; g < PLACES; g++) {
            mix(kind, (const double (*)[LINEAGES])before, open, g, next);
            if (g == 0 && week == (size_t)begin) {
                next[NEW] = fmax(next[NEW], 5 / world->infected[g]);
            }
            draw_counts(&random, next, LINEAGES, (int64_t)world->infected[g], 0, drawn);
            for (size_t j = 0; j < LINEAGES; j++) {
                world->shares[week][g][j] = now[g][j] = drawn[j] / world->infected[g];
                everywhere[j] += now[g][j] / PLACES;
            }
        }
        for (size_t g = 0; g < PLACES && week >= BEFORE && week < BEFORE + WEEKS; g++) {
            for (size_t j = 0; j < LINEAGES; j++) {
                next[j] = (1 - kind->strays) * now[g][j] + kind->strays * everywhere[j];
            }
            draw_counts(&random, next, LINEAGES, vg_random_poisson(&random, world->genomes[g]), 0, world->counts + (g * WEEKS + week - BEFORE) * LINEAGES);
        }
    }
    for (int32_t t = 0; t < WEEKS; t++) {
        world->days[t] = 18000 + 7 * t;
    }
    world->given = (struct vg_growth_counts){PLACES, WEEKS, LINEAGES, world->counts, world->days};
}

struct held { double n, within, error, truth; };
struct found {
    struct held now[2], ahead[2], others, counted; /* [seen or not] of the newcomer; of the other lineages */
    double n_open[5], said[5], there[5];     /* by fifths of the probability of being there */
};

static void hold(struct held *held, double value, double low, double high, double truth)
{
    held->n++;
    held->within += truth >= low && truth <= high;
    held->error += fabs(value - truth);
    held->truth += truth;
}

static double genomes_of(const struct world *world, size_t g, size_t lineage)
{
    double sum = 0;
    for (size_t t = 0; t < WEEKS; t++) {
        sum += world->counts[(g * WEEKS + t) * LINEAGES + lineage];
    }
    return sum;
}

/* Counts of the week alone, with Jeffreys' interval. */
static void hold_counts(struct found *found, const struct world *world, size_t g, size_t week)
{
    const double *counts = world->counts + (g * WEEKS + week) * LINEAGES;
    double n = 0, y = counts[NEW];
    for (size_t j = 0; j < LINEAGES; j++) {
        n += counts[j];
    }
    if (n > 0) {
        hold(&found->counted, y / n, y > 0 ? vg_beta_quantile(0.025, y + 0.5, n - y + 0.5) : 0, y < n ? vg_beta_quantile(0.975, y + 0.5, n - y + 0.5) : 1, world->shares[BEFORE + week][g][NEW]);
    }
}

static void hold_places(const struct world *world, const struct vg_growth_fit *fit, const struct vg_growth_draws *draws, double *work, struct found *found)
{
    double shares[LINEAGES], low[LINEAGES], high[LINEAGES];
    for (uint32_t g = 0; g < PLACES; g++) {
        size_t unseen = genomes_of(world, g, NEW) > 0 ? 0 : 1;
        for (size_t week = WEEKS - 4; week < WEEKS + AHEAD; week++) {
            vg_growth_share_intervals(fit, draws, g, NULL, 18000 + 7.0 * (double)week, work, shares, low, high);
            for (size_t j = 0; j < LINEAGES; j++) {
                hold(j < (size_t)NEW ? &found->others : week < WEEKS ? &found->now[unseen] : &found->ahead[unseen], shares[j], low[j], high[j], world->shares[BEFORE + week][g][j]);
            }
            if (week < WEEKS) {
                hold_counts(found, world, g, week);
            }
        }
        double there = vg_growth_there(fit, g, NEW, work);
        if (there < 1) {
            size_t fifth = (size_t)fmin(5 * there, 4);
            found->n_open[fifth]++;
            found->said[fifth] += there;
            found->there[fifth] += world->shares[BEFORE + WEEKS - 1][g][NEW] > 0;
        }
    }
}

static void run_kind(const struct kind *kind, size_t runs, struct found *found)
{
    static struct world world;
    struct vg_arena arena;
    struct vg_error error = {0};
    struct vg_growth_model model;
    size_t taken = 0;
    vg_growth_model_defaults(&model);
    vg_arena_init(&arena, 0);
    memset(found, 0, sizeof *found);
    for (uint64_t seed = 1; taken < runs; seed++) {
        struct vg_growth_fit fit;
        struct vg_growth_draws draws;
        double genomes = 0;
        vg_arena_reset(&arena);
        simulate(seed, kind, &world);
        for (size_t g = 0; g < PLACES; g++) {
            genomes += genomes_of(&world, g, NEW);
        }
        if (genomes < 20) { /* as the command has it */
            continue;
        }
        taken++;
        vg_assert_ok(vg_growth_fit(&world.given, &model, NULL, &arena, &fit, &error), error);
        vg_assert_ok(vg_growth_draw(&fit, 200, seed, NULL, &arena, &draws, &error), error);
        hold_places(&world, &fit, &draws, VG_ARENA_ARRAY(&arena, double, 210 * LINEAGES), found);
    }
    vg_arena_release(&arena);
}

static void say(const char *what, const struct held *held)
{
    print_message("  %s: %.0f, 95 %% intervals hold %.1f %%, mean error %.1f %% of the truth (%.4f)\n", what, held->n, 100 * held->within / held->n, 100 * held->error / held->truth, held->error / held->n);
}

/*
 * Ten weeks of a hundred genomes in six places, the newcomer rising in four from the fifth week on, absent from the fifth place, one genome of it in the sixth; then a place with
 * three genomes in all, and one with none.
 */
static void test_presence(void **state)
{
    enum { G = 8, T = 10 };
    double counts[G * T * 2] = {0}, work[4 + 204 * 2], shares[2], low[2], high[2], later[2];
    int32_t days[T];
    struct vg_growth_counts given = {G, T, 2, counts, days};
    struct vg_growth_model model;
    struct vg_growth_fit fit;
    struct vg_growth_draws draws;
    struct vg_arena arena;
    struct vg_error error = {0};
    (void)state;
    for (size_t t = 0; t < T; t++) {
        days[t] = 18000 + 7 * (int32_t)t;
        for (size_t g = 0; g < 6; g++) {
            double odds = g < 4 && t >= 4 ? exp(0.7 * ((double)t - 8) - 0.2 * (double)g) : 0;
            counts[(g * T + t) * 2 + 1] = g == 5 ? (t == 6 ? 1 : 0) : round(100 * odds / (1 + odds));
            counts[(g * T + t) * 2] = 100 - counts[(g * T + t) * 2 + 1];
        }
        counts[(6 * T + t) * 2] = t >= 7 ? 1 : 0;
    }
    vg_arena_init(&arena, 0);
    vg_growth_model_defaults(&model);
    vg_assert_ok(vg_growth_fit(&given, &model, NULL, &arena, &fit, &error), error);
    vg_assert_ok(vg_growth_draw(&fit, 200, 1, NULL, &arena, &draws, &error), error);
    assert_int_equal(fit.pivot, 0);
    const double *there = fit.presence.there;
    assert_true(there[0] == 1 && there[3] == 1);
    assert_true(there[4] < 0.05 && there[5] < 0.2); /* five hundred genomes without it; one that may be a stray */
    assert_true(there[6] > 0.1 && there[6] < 0.7 && there[7] > there[6] && there[7] < 0.8);
    for (uint32_t g = 4; g < 8; g++) { /* it may not be there; where nobody looked, it may be anything */
        vg_growth_share_intervals(&fit, &draws, g, NULL, fit.last_day, work, shares, low, high);
        assert_true(low[1] == 0 && shares[1] > 0);
        assert_true(g < 6 ? shares[1] < 0.05 && high[1] < 0.2 : shares[1] > 0.05 && high[1] > 0.5);
        vg_growth_share_intervals(&fit, &draws, g, NULL, fit.last_day + 28, work, later, low, high);
        assert_true(low[1] == 0 && later[1] > shares[1] && (g > 5 || later[1] < 0.5) && high[1] > 0.01); /* in a month it may have come */
        vg_assert_near(later[0] + later[1], 1, 1e-9);
    }
    vg_growth_share_intervals(&fit, &draws, 0, NULL, fit.last_day, work, shares, low, high);
    vg_assert_near(shares[1], exp(0.7) / (1 + exp(0.7)), 0.05);
    assert_true(low[1] > 0.5);
    vg_growth_share_intervals(&fit, &draws, 0, NULL, 18014, work, shares, low, high); /* two weeks before it was first seen it may have been there, or not */
    assert_true(low[1] == 0 && high[1] > 0);
    vg_growth_shares(&fit, VG_GROWTH_ALL, NULL, fit.last_day, work, shares);
    double cases[G] = {0, 0, 0, 0, 1, 0, 0, 0}, alone[2];
    vg_growth_weigh(&fit, cases);
    vg_growth_shares(&fit, VG_GROWTH_ALL, NULL, fit.last_day, work, later);
    vg_growth_shares(&fit, 4, NULL, fit.last_day, work, alone);
    assert_true(shares[1] > 0.3);
    vg_assert_near(later[1], alone[1], 1e-12);
    vg_arena_release(&arena);
}

/* Nearly everything in all places but one, and nothing of it among a million genomes a week there, which have what is nearly nowhere else: all shares can be told. */
static void test_far_apart(void **state)
{
    enum { G = 30, T = 6 };
    double counts[G * T * 2], work[2 * 204], shares[2], low[2], high[2];
    int32_t days[T];
    struct vg_growth_counts given = {G, T, 2, counts, days};
    struct vg_growth_model model;
    struct vg_growth_fit fit;
    struct vg_growth_draws draws;
    struct vg_arena arena;
    struct vg_error error = {0};
    (void)state;
    vg_arena_init(&arena, 0);
    vg_growth_model_defaults(&model);
    for (uint32_t pivot = 0; pivot < 2; pivot++) {
        for (size_t cell = 0; cell < G * T; cell++) {
            days[cell % T] = 18000 + 7 * (int32_t)(cell % T);
            counts[2 * cell] = cell / T + 1 < G ? 10 : 1e6;
            counts[2 * cell + 1] = cell / T + 1 < G ? 1e6 : 0;
        }
        model.pivot = pivot;
        vg_assert_ok(vg_growth_fit(&given, &model, NULL, &arena, &fit, &error), error);
        vg_assert_ok(vg_growth_draw(&fit, 200, 1, NULL, &arena, &draws, &error), error);
        for (uint32_t g = 0; g < G; g++) {
            for (int32_t day = 18000; day < 18100; day += 20) {
                vg_growth_share_intervals(&fit, &draws, g, NULL, day, work, shares, low, high);
                vg_assert_near(shares[0] + shares[1], 1, 1e-9);
                assert_true(isfinite(low[1]) && isfinite(high[1]) && low[1] <= shares[1] && high[1] >= shares[1]);
            }
            vg_growth_share_intervals(&fit, &draws, g, NULL, fit.last_day, work, shares, low, high);
            assert_true(g + 1 < G ? shares[1] > 0.99 : shares[1] < 0.01);
        }
    }
    vg_arena_release(&arena);
}

/* What is left of levels where far more would be expected at any of them than was seen: the lowest, and nothing that cannot be told. */
static void test_levels(void **state)
{
    double places[2] = {0}, sd[2] = {0.1, 0.1}, covariance[4] = {0}, expected = 1e12, seen = 0, levels[GROWTH_LEVELS], chances[GROWTH_LEVELS], sum = 0;
    struct vg_growth_fit fit = {.n_places = 1, .n = 1, .places = places, .place_sd = sd, .covariance = covariance, .presence = {.expected = &expected, .seen = &seen}};
    (void)state;
    double gain = growth_levels(&fit, 0, levels, chances);
    for (size_t i = 0; i < GROWTH_LEVELS; i++) {
        sum += chances[i];
    }
    vg_assert_near(sum, 1, 1e-9);
    vg_assert_near(chances[0], 1, 1e-9);
    assert_true(isfinite(gain) && gain < -1e11);
    expected = 0; /* nothing is known: a normal law */
    gain = growth_levels(&fit, 0, levels, chances);
    vg_assert_near(gain, 0, 1e-9);
    vg_assert_near(levels[0], -0.4, 1e-12);
    vg_assert_near(chances[GROWTH_LEVELS / 2], 0.25 * 0.3989422804, 1e-4);
    expected = 2; /* against the sum over a finer grid */
    seen = 1;
    sd[0] = 1.5;
    double fine = 0, whole = 0;
    for (double z = -6; z < 6; z += 0.001) {
        fine += exp(-z * z / 2 + 1.5 * z - 2 * exp(1.5 * z));
        whole += exp(-z * z / 2);
    }
    vg_assert_near(growth_levels(&fit, 0, levels, chances), log(fine / whole), 1e-3);
}

static double part(const struct held *held)
{
    return held->within / held->n;
}

static void test_arrivals(void **state)
{
    static const struct kind kinds[] = {
        {0.01, 0.05, 0.6, 15, 0.005}, {0.01, 0.05, 0.6, 4, 0.005}, {0.002, 0.05, 0.6, 15, 0.005}, {0.05, 0.2, 0.4, 15, 0.005}, {0.01, 0.01, 0.8, 40, 0}, {0.01, 0.05, 0, 15, 0.005}};
    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct found found;
        run_kind(&kinds[i], RUNS, &found);
        print_message("%.1f %% of infections from elsewhere, %.0f %% of these from abroad, advantage %.1f, %.0f genomes a week\n", 100 * kinds[i].moves, 100 * kinds[i].abroad, kinds[i].advantage, kinds[i].genomes);
        say("seen", &found.now[0]);
        say("not seen", &found.now[1]);
        say("counted", &found.counted);
        say("seen, four weeks ahead", &found.ahead[0]);
        say("not seen, four weeks ahead", &found.ahead[1]);
        say("the other lineages", &found.others);
        assert_true(part(&found.now[1]) > 0.88 && part(&found.ahead[1]) > 0.82);
        assert_true(part(&found.now[0]) > 0.82 && part(&found.ahead[0]) > 0.77 && part(&found.others) > 0.85);
        assert_true(found.now[0].error + found.now[1].error < found.counted.error || kinds[i].advantage <= 0);
        for (size_t k = 0; k < 5; k++) {
            print_message("    there with probability %.2f: %.2f of %.0f\n", found.said[k] / found.n_open[k], found.there[k] / found.n_open[k], found.n_open[k]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_presence), cmocka_unit_test(test_far_apart), cmocka_unit_test(test_levels), vg_statistics(test_arrivals)};
    return vg_run_group_tests("growth_arrival", tests, NULL, NULL);
}
