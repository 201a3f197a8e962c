/*
 * Who infected whom: genomes, delays, candidates, the instant answer against a plain sum, outbreaker2's example, what is told, and calibration over outbreaks
 * of which everything is known.
 */
#include "vg_test.h"

#include "small_outbreak.h"

/* ----------------------------------------------------------------- genomes */

static void test_distances(void **state)
{
    enum { GENOMES = 12, LENGTH = 700 };
    static char letters[GENOMES][LENGTH];
    struct vg_text sequences[GENOMES];
    struct vg_arena arena;
    struct vg_error error = {0};
    struct vg_chain_genomes genomes;
    struct vg_random random = vg_random_stream(5, 0, 0, 0);
    (void)state;
    vg_arena_init(&arena, 0);
    for (size_t g = 0; g < GENOMES; g++) {
        for (size_t site = 0; site < LENGTH; site++) {
            letters[g][site] = vg_random_uniform(&random) < 0.9 ? 'A' : "ACGTacgtuN-"[vg_random_below(&random, 11)];
        }
        sequences[g] = vg_text_of(letters[g], LENGTH);
    }
    vg_assert_ok(vg_chains_genomes(sequences, GENOMES, &arena, &genomes, &error), error);
    for (uint32_t a = 0; a < GENOMES; a++) {
        for (uint32_t b = 0; b < GENOMES; b++) {
            unsigned expected = 0;
            for (size_t site = 0; site < LENGTH; site++) {
                char x = letters[a][site], y = letters[b][site];
                x = x >= 'a' ? (char)(x - 32) : x;
                y = y >= 'a' ? (char)(y - 32) : y;
                x = x == 'U' ? 'T' : x;
                y = y == 'U' ? 'T' : y;
                expected += x != y && strchr("ACGT", x) != NULL && strchr("ACGT", y) != NULL ? 1 : 0;
            }
            assert_int_equal(vg_chains_distance(&genomes, a, b), expected > VG_CHAIN_DISTANCE_MAX ? VG_CHAIN_DISTANCE_MAX : expected);
        }
    }
    sequences[3].size--;
    assert_int_equal(vg_chains_genomes(sequences, GENOMES, &arena, &genomes, &error), VG_DATA_ERROR);
    assert_non_null(strstr(error.message, "sequence 4"));
    vg_arena_release(&arena);
}

static void test_delays(void **state)
{
    double delay[VG_CHAIN_SHOWN_MAX], sum[VG_CHAIN_SHOWN_MAX], total = 0, mean = 0, mean_of_sum = 0;
    struct vg_error error = {0};
    (void)state;
    vg_assert_ok(vg_chains_delay_gamma(5, 2, 1, delay, VG_CHAIN_SHOWN_MAX, &error), error);
    assert_true(delay[0] == 0 && delay[40] == 0); /* none on the first day, and cut off */
    vg_chains_delay_sum(delay, delay, sum, VG_CHAIN_SHOWN_MAX);
    for (size_t day = 0; day < VG_CHAIN_SHOWN_MAX; day++) {
        total += delay[day];
        mean += (double)day * delay[day];
        mean_of_sum += (double)day * sum[day];
    }
    vg_assert_near(total, 1, 1e-12);
    vg_assert_near(mean, 5, 0.03);
    vg_assert_near(mean_of_sum, 2 * mean, 1e-9);
    assert_int_equal(vg_chains_delay_gamma(5, 0, 0, delay, VG_CHAIN_SHOWN_MAX, &error), VG_USAGE_ERROR);
    assert_int_equal(vg_chains_delay_gamma(900, 1, 0, delay, VG_CHAIN_SHOWN_MAX, &error), VG_USAGE_ERROR);
}

/* ---------------------------------------------------------- instant answer */

/* Two cases; the second's chances as a plain sum over days of infection and generations. */
static void test_instant_is_the_sum(void **state)
{
    struct vg_arena arena;
    struct vg_error error = {0};
    struct vg_chain_model model;
    struct vg_chain_candidates candidates;
    struct vg_chain_posterior posterior;
    uint16_t distances[4] = {0, 2, 2, 0};
    struct vg_chain_genomes genomes = {.n = 2, .length = 500, .distances = distances};
    struct vg_chain_case cases[2] = {{.day = 3, .origin = VG_CHAIN_ORIGIN_IMPORTED, .place = 1, .genome = 0},
                                     {.day = 9, .shown = VG_CHAIN_REPORT, .place = 2, .genome = 1}};
    struct vg_chain_contact contact = {0, 1, true};
    struct vg_chain_data data = {cases, 2, &contact, 1, &genomes, 40};
    (void)state;
    vg_arena_init(&arena, 0);
    vg_chains_model_defaults(&model);
    model.generations_most = 2;
    model.outside_differences = 4;
    model.fixed = (struct vg_chain_parameters){0.002, 0.8, 0.7, 0.1, 0.6, 1.2, INFINITY, 0.3, 0.2};
    vg_assert_ok(vg_chains_delay_gamma(4, 1.5, 1, model.generation, VG_CHAIN_GENERATION_MAX, &error), error);
    vg_assert_ok(vg_chains_delay_gamma(3, 1.5, 0, model.shown[0], VG_CHAIN_SHOWN_MAX, &error), error);
    vg_assert_ok(vg_chains_delay_gamma(6, 3, 0, model.shown[1], VG_CHAIN_SHOWN_MAX, &error), error);
    vg_assert_ok(vg_chains_check(&data, &model, &error), error);
    vg_assert_ok(vg_chains_candidates(&data, &model, 4, NULL, &arena, &candidates, &error), error);
    vg_assert_ok(vg_chains_instant(&data, &model, &candidates, NULL, &arena, &posterior, &error), error);
    double inside = 0;
    for (int first = -30; first <= 3; first++) {
        for (int second = -30; second <= 9; second++) {
            double shown = 3 - first < 30 && 9 - second < 60 ? model.shown[0][3 - first] * model.shown[1][9 - second] : 0, one = 0, two = 0;
            one = second > first && second - first < 60 ? model.generation[second - first] : 0;
            for (int middle = first + 1; middle < second; middle++) {
                two += middle - first < 60 && second - middle < 60 ? model.generation[middle - first] * model.generation[second - middle] : 0;
            }
            /* a reported contact counts one over lambda, at one generation; apart from each other: (1 - phi) over the share of cases that are elsewhere */
            inside += shown * 1.2 * (1 - 0.6) / 0.5 * (0.8 * one * 10 * pow(0.002, 2) * pow(0.998, 498) + 0.8 * 0.2 * two * pow(0.004, 2) * pow(0.996, 498));
        }
    }
    double outside = 0.3 * pow(4.0 / 500, 4) * pow(1 - 4.0 / 500, 496);
    assert_int_equal(candidates.starts[1], 0); /* an imported case has no candidates */
    assert_int_equal(candidates.starts[2], 1);
    assert_int_equal(candidates.list[0].flags, VG_CHAIN_IS_CONTACT | VG_CHAIN_PLACES_KNOWN);
    vg_assert_near((double)posterior.outside[0], 1, 1e-6);
    vg_assert_near((double)posterior.support[0], inside / (inside + outside), 1e-5);
    vg_assert_near(posterior.entropy[1],
                   -log2(inside / (inside + outside)) * inside / (inside + outside) - log2(outside / (inside + outside)) * outside / (inside + outside), 1e-4);
    vg_arena_release(&arena);
}

/* Genomes so far apart that their likelihoods are beyond all floating point: from outside, and nothing else. */
static void test_far_genomes(void **state)
{
    struct small_outbreak_settings settings = {.n_most = 40,
                                               .reproduction = 1.3,
                                               .dispersion = INFINITY,
                                               .imports_every_days = 3,
                                               .reporting = 1,
                                               .generation_mean = 5,
                                               .generation_sd = 2,
                                               .shown_mean = 4.5,
                                               .shown_sd = 2.2,
                                               .genome_length = 3000,
                                               .mutations = 250,
                                               .import_differences = 250,
                                               .sequenced = 1};
    struct small_outbreak outbreak;
    struct vg_arena arena;
    struct vg_error error = {0};
    struct vg_chain_candidates candidates;
    struct vg_chain_posterior posterior;
    struct vg_chain_run run;
    (void)state;
    vg_arena_init(&arena, 0);
    vg_chains_run_defaults(&run);
    run.warm_up = 20;
    run.sweeps = 50;
    vg_assert_ok(small_outbreak_make(&settings, 8, &arena, &outbreak, &error), error);
    outbreak.model.fixed.mutation = 1e-7;
    outbreak.model.outside_differences = 10;
    vg_assert_ok(vg_chains_candidates(&outbreak.data, &outbreak.model, 32, NULL, &arena, &candidates, &error), error);
    for (int sampled = 0; sampled < 2; sampled++) {
        vg_status status = sampled == 0 ? vg_chains_instant(&outbreak.data, &outbreak.model, &candidates, NULL, &arena, &posterior, &error)
                                        : vg_chains_sample(&outbreak.data, &outbreak.model, &candidates, &run, NULL, NULL, &arena, &posterior, NULL, &error);
        vg_assert_ok(status, error);
        for (size_t i = 0; i < outbreak.data.n; i++) {
            vg_assert_near((double)posterior.outside[i], 1, 1e-6);
        }
    }
    assert_true(isfinite(posterior.log_posterior.mean));
    vg_arena_release(&arena);
}

/* -------------------------------------------------------------- candidates */

/* Enough cases that not every pair is weighed: the infector is still found, by contact or genome, and threads change nothing. */
static void test_candidates_are_found(void **state)
{
    struct small_outbreak_settings settings = {.n_most = 5000,
                                               .reproduction = 1.05,
                                               .dispersion = 0.6,
                                               .imports_every_days = 0.1,
                                               .reporting = 0.95,
                                               .generation_mean = 5,
                                               .generation_sd = 2,
                                               .shown_mean = 4.5,
                                               .shown_sd = 2.2,
                                               .genome_length = 1500,
                                               .mutations = 0.8,
                                               .import_differences = 20,
                                               .sequenced = 1,
                                               .n_places = 100,
                                               .place_share = 0.7};
    struct small_outbreak outbreak;
    struct vg_arena arena;
    struct vg_error error = {0};
    struct vg_chain_candidates candidates, again;
    size_t found = 0, linked = 0;
    (void)state;
    vg_arena_init(&arena, 0);
    vg_assert_ok(small_outbreak_make(&settings, 4, &arena, &outbreak, &error), error);
    struct vg_pool *pool = vg_pool_new(2);
    vg_assert_ok(vg_chains_candidates(&outbreak.data, &outbreak.model, 32, pool, &arena, &candidates, &error), error);
    vg_assert_ok(vg_chains_candidates(&outbreak.data, &outbreak.model, 32, NULL, &arena, &again, &error), error);
    vg_pool_free(pool);
    assert_true(outbreak.data.n > 3000);
    assert_non_null(candidates.unlisted);
    assert_int_equal(candidates.n_list, again.n_list);
    assert_memory_equal(candidates.list, again.list, candidates.n_list * sizeof *candidates.list);
    assert_memory_equal(candidates.unlisted, again.unlisted, candidates.n * VG_CHAIN_SHOWN_MAX * sizeof(float));
    for (uint32_t i = 0; i < candidates.n; i++) {
        assert_in_range(candidates.starts[i + 1] - candidates.starts[i], 0, 32);
        linked += outbreak.truth[i] != VG_CHAIN_NONE ? 1 : 0;
        for (size_t k = candidates.starts[i]; k < candidates.starts[i + 1]; k++) {
            assert_int_not_equal(candidates.list[k].infector, i);
            found += candidates.list[k].infector == outbreak.truth[i] ? 1 : 0;
        }
    }
    assert_true((double)found > 0.9 * (double)linked);
    enum { SOME = 3200 }; /* the same by a matrix of distances, of the first ones */
    uint16_t *matrix = VG_ARENA_ARRAY(&arena, uint16_t, (size_t)SOME * SOME);
    struct vg_chain_case *some = VG_ARENA_ARRAY(&arena, struct vg_chain_case, SOME);
    assert_non_null(matrix);
    assert_non_null(some);
    for (uint32_t i = 0; i < SOME; i++) {
        some[i] = outbreak.cases[i];
        for (uint32_t j = 0; j < i; j++) {
            matrix[i * SOME + j] = matrix[j * SOME + i] = (uint16_t)vg_chains_distance(&outbreak.genomes, outbreak.cases[i].genome, outbreak.cases[j].genome);
        }
        some[i].genome = i;
        some[i].place = VG_CHAIN_NONE;
    }
    struct vg_chain_genomes genomes = {.n = SOME, .length = 1500, .distances = matrix};
    struct vg_chain_data data = {.cases = some, .n = SOME, .genomes = &genomes, .as_of = outbreak.data.as_of};
    vg_assert_ok(vg_chains_candidates(&data, &outbreak.model, 32, NULL, &arena, &candidates, &error), error);
    found = linked = 0;
    for (uint32_t i = 0; i < SOME; i++) {
        linked += outbreak.truth[i] != VG_CHAIN_NONE ? 1 : 0;
        for (size_t k = candidates.starts[i]; k < candidates.starts[i + 1]; k++) {
            found += candidates.list[k].infector == outbreak.truth[i] ? 1 : 0;
        }
    }
    assert_true((double)found > 0.9 * (double)linked);
    vg_arena_release(&arena);
}

/* Where thousands are ill at a time and many have one genome, the infector is still in the list, however many days lie between: else others would pass for it. */
static void test_candidates_of_a_wave(void **state)
{
    struct small_outbreak_settings settings = {.n_most = 12000,
                                               .reproduction = 1.5,
                                               .dispersion = 0.5,
                                               .imports_every_days = 2,
                                               .reporting = 1,
                                               .generation_mean = 5,
                                               .generation_sd = 2,
                                               .shown_mean = 5.5,
                                               .shown_sd = 2.6,
                                               .genome_length = 1500,
                                               .mutations = 0.5,
                                               .import_differences = 3,
                                               .sequenced = 1,
                                               .n_places = 60,
                                               .place_share = 0.9};
    struct small_outbreak outbreak;
    struct vg_arena arena;
    struct vg_error error = {0};
    struct vg_chain_candidates candidates;
    double found[2] = {0}, linked[2] = {0}; /* a week apart at most, and more or the other way round */
    (void)state;
    vg_arena_init(&arena, 0);
    vg_assert_ok(small_outbreak_make(&settings, 7, &arena, &outbreak, &error), error);
    struct vg_pool *pool = vg_pool_new(2);
    vg_assert_ok(vg_chains_candidates(&outbreak.data, &outbreak.model, 32, pool, &arena, &candidates, &error), error);
    vg_pool_free(pool);
    for (uint32_t i = 0; i < candidates.n; i++) {
        uint32_t truth = outbreak.truth[i];
        if (truth == VG_CHAIN_NONE) {
            continue;
        }
        int32_t between = outbreak.cases[i].day - outbreak.cases[truth].day;
        int far = between < 0 || between > 7;
        linked[far]++;
        for (size_t k = candidates.starts[i]; k < candidates.starts[i + 1]; k++) {
            found[far] += candidates.list[k].infector == truth ? 1 : 0;
        }
    }
    printf("# a wave: %.3f of infectors listed of %.0f near in time, %.3f of %.0f far\n", found[0] / linked[0], linked[0], found[1] / linked[1], linked[1]);
    assert_true(linked[0] > 3000 && linked[1] > 1000);
    assert_true(found[0] > 0.95 * linked[0]);
    assert_true(found[1] > 0.9 * linked[1]);
    vg_arena_release(&arena);
}

/* What is not in the list weighs as much as those who are not: with all others taken away one by one, the sum stays. */
static void test_unlisted_is_the_rest(void **state)
{
    struct small_outbreak_settings settings = {.n_most = 60,
                                               .reproduction = 1.3,
                                               .dispersion = INFINITY,
                                               .imports_every_days = 3,
                                               .reporting = 1,
                                               .generation_mean = 5,
                                               .generation_sd = 2,
                                               .shown_mean = 4.5,
                                               .shown_sd = 2.2};
    struct small_outbreak outbreak;
    struct vg_arena arena;
    struct vg_error error = {0};
    struct vg_chain_candidates few, all;
    struct vg_chain_posterior with_few, with_all;
    (void)state;
    vg_arena_init(&arena, 0);
    vg_assert_ok(small_outbreak_make(&settings, 6, &arena, &outbreak, &error), error);
    outbreak.model.fixed = (struct vg_chain_parameters){1e-4, 0.8, 0.5, 0.1, 0.6, 1.2, INFINITY, 0.3, 0.2};
    vg_assert_ok(vg_chains_candidates(&outbreak.data, &outbreak.model, 5, NULL, &arena, &few, &error), error);
    vg_assert_ok(vg_chains_candidates(&outbreak.data, &outbreak.model, 64, NULL, &arena, &all, &error), error);
    assert_null(all.unlisted);
    vg_assert_ok(vg_chains_instant(&outbreak.data, &outbreak.model, &few, NULL, &arena, &with_few, &error), error);
    vg_assert_ok(vg_chains_instant(&outbreak.data, &outbreak.model, &all, NULL, &arena, &with_all, &error), error);
    for (uint32_t i = 0; i < outbreak.data.n; i++) {
        vg_assert_near((double)with_few.outside[i], (double)with_all.outside[i], 2e-2 * (double)with_all.outside[i] + 1e-6); /* links back are in other lists */
    }
    vg_arena_release(&arena);
}

/* --------------------------------------------------------- what it tells */

static void test_consensus_has_no_circle(void **state)
{
    enum { N = 3 };
    size_t starts[N + 1] = {0, 2, 4, 6};
    struct vg_chain_candidate list[6] = {{1, 255, 0}, {2, 255, 0}, {0, 255, 0}, {2, 255, 0}, {0, 255, 0}, {1, 255, 0}};
    float support[6] = {0.5F, 0.3F, 0.9F, 0.05F, 0.1F, 0.8F}, outside[N] = {0.2F, 0.05F, 0.1F}, unlisted[N] = {0, 0, 0}, strength[N];
    struct vg_chain_candidates candidates = {.n = N, .starts = starts, .list = list, .n_list = 6};
    struct vg_chain_posterior posterior = {.n = N, .support = support, .outside = outside, .unlisted = unlisted};
    uint32_t infector[N];
    struct vg_error error = {0};
    (void)state;
    vg_assert_ok(vg_chains_consensus(&candidates, &posterior, infector, strength, &error), error);
    assert_int_equal(infector[1], 0); /* the strongest */
    assert_int_equal(infector[2], 1);
    assert_int_equal(infector[0], VG_CHAIN_NONE); /* both of its likelier ones would close a circle */
    vg_assert_near((double)strength[0], 0.2, 1e-6);
}

static void test_chains_alive(void **state)
{
    struct vg_arena arena;
    struct vg_error error = {0};
    struct vg_chain_case cases[4] = {{.day = 0}, {.day = 5}, {.day = 40}, {.day = 40}};
    struct vg_chain_data data = {cases, 4, NULL, 0, NULL, 40};
    struct vg_chain_model model;
    struct vg_chain_alive alive[4];
    float infected[4] = {-3, 2, 40, 37};
    const uint32_t infector[4] = {VG_CHAIN_NONE, 0, VG_CHAIN_NONE, 1};
    struct vg_chain_posterior posterior = {.n = 4, .infected_mean = infected, .parameters = {.reproduction = 1.5, .dispersion = 0.4}};
    size_t n = 0;
    (void)state;
    vg_arena_init(&arena, 0);
    vg_chains_model_defaults(&model);
    model.generation[4] = 1;
    model.shown[0][3] = 1;
    vg_assert_ok(vg_chains_alive(&data, &model, &posterior, infector, 0.7, &arena, alive, &n, &error), error);
    assert_int_equal(n, 2);
    assert_int_equal(alive[0].first, 0);
    assert_int_equal(alive[0].n_cases, 3);
    assert_int_equal(alive[0].last_day, 40);
    /* Infections show after seven days: the first two have had all of theirs, the last of each chain none. */
    vg_assert_near(alive[0].over, pow(1 + 1.5 / 0.4, -0.4), 1e-12);
    vg_assert_near(alive[1].over, pow(1 + 1.5 / 0.4, -0.4), 1e-12);
    vg_assert_near(alive[1].extinct, pow(1 + 1.5 * 0.3 / 0.4, -0.4), 1e-12);
    vg_assert_near(vg_chains_link_chance(&model, &cases[0], &cases[1]), 0, 1e-12); /* a serial interval is four days, never five */
    cases[1].day = 4;
    vg_assert_near(vg_chains_link_chance(&model, &cases[0], &cases[1]), 1, 1e-12);
    vg_arena_release(&arena);
}

/* A sure contact report (epsilon 1, lambda next to 0) tells all of an even law over two candidates; none is learnt of those who were asked about already. */
static void test_interviews(void **state)
{
    size_t starts[3] = {0, 2, 4};
    struct vg_chain_candidate list[4] = {{1, 255, 0}, {2, 255, 0}, {1, 255, VG_CHAIN_IS_CONTACT}, {2, 255, VG_CHAIN_IS_CONTACT}};
    float support[4] = {0.5F, 0.5F, 0.5F, 0.5F}, none[2] = {0, 0};
    double entropy[2] = {1, 1}, gain[2];
    struct vg_chain_candidates candidates = {.n = 2, .starts = starts, .list = list, .n_list = 4};
    struct vg_chain_posterior posterior = {
        .n = 2, .support = support, .outside = none, .unlisted = none, .entropy = entropy, .parameters = {.contact_coverage = 1 - 1e-9, .contact_noise = 1e-9}};
    (void)state;
    vg_chains_interview(&candidates, &posterior, 1, NULL, gain);
    vg_assert_near(gain[0], 1, 1e-6);
    vg_assert_near(gain[1], 0, 1e-6);
}

static void test_diagnosis(void **state)
{
    enum { CHAINS = 4, SAMPLES = 2000 };
    static double traces[CHAINS * SAMPLES];
    struct vg_chain_estimate estimate;
    struct vg_random random = vg_random_stream(9, 0, 0, 0);
    (void)state;
    for (size_t c = 0; c < CHAINS; c++) { /* autoregressive with 0.8: a draw in nine counts */
        double x = vg_random_normal(&random);
        for (size_t i = 0; i < SAMPLES; i++) {
            x = 0.8 * x + 0.6 * vg_random_normal(&random);
            traces[c * SAMPLES + i] = x;
        }
    }
    vg_chains_diagnose(traces, CHAINS, SAMPLES, &estimate);
    vg_assert_near(estimate.r_hat, 1, 0.01);
    vg_assert_near(estimate.effective_size, CHAINS * SAMPLES / 9.0, 180);
    vg_assert_near(estimate.high, 1.96, 0.25);
    for (size_t i = 0; i < SAMPLES; i++) {
        traces[i] += 3;
    }
    vg_chains_diagnose(traces, CHAINS, SAMPLES, &estimate);
    assert_true(estimate.r_hat > 1.3);
}

/* ------------------------------------------------------------- calibration */

/* Links given with 0.9 and more are right nine times in ten, over outbreaks with unseen cases; so is what is given with 0.4 to 0.6 half of the time. */
static void test_calibration(void **state)
{
    struct small_outbreak_settings settings = {.n_most = 110,
                                               .reproduction = 1.4,
                                               .dispersion = 0.5,
                                               .imports_every_days = 15,
                                               .reporting = 0.85,
                                               .generation_mean = 5,
                                               .generation_sd = 2,
                                               .shown_mean = 4.5,
                                               .shown_sd = 2.2,
                                               .genome_length = 1500,
                                               .mutations = 1,
                                               .import_differences = 20,
                                               .sequenced = 1,
                                               .contact_coverage = 0.6,
                                               .contact_noise = 0.02};
    struct vg_error error = {0};
    struct vg_chain_run run;
    double sure = 0, sure_right = 0, half = 0, half_right = 0, held = 0;
    (void)state;
    vg_chains_run_defaults(&run);
    run.n_chains = 2;
    run.warm_up = 200;
    run.sweeps = 600;
    for (uint64_t seed = 100; seed < 116; seed++) {
        struct small_outbreak outbreak;
        struct vg_chain_candidates candidates;
        struct vg_chain_posterior posterior;
        struct vg_arena arena;
        vg_arena_init(&arena, 0);
        vg_assert_ok(small_outbreak_make(&settings, seed, &arena, &outbreak, &error), error);
        vg_assert_ok(vg_chains_candidates(&outbreak.data, &outbreak.model, 32, NULL, &arena, &candidates, &error), error);
        vg_assert_ok(vg_chains_sample(&outbreak.data, &outbreak.model, &candidates, &run, NULL, NULL, &arena, &posterior, NULL, &error), error);
        for (uint32_t i = 0; i < outbreak.data.n; i++) {
            double total = (double)posterior.outside[i] + (double)posterior.unlisted[i];
            for (size_t k = candidates.starts[i]; k < candidates.starts[i + 1]; k++) {
                double p = (double)posterior.support[k];
                bool right = candidates.list[k].infector == outbreak.truth[i];
                total += p;
                sure += p >= 0.9 ? 1 : 0;
                sure_right += p >= 0.9 && right ? 1 : 0;
                half += p >= 0.4 && p <= 0.6 ? 1 : 0;
                half_right += p >= 0.4 && p <= 0.6 && right ? 1 : 0;
            }
            vg_assert_near(total, 1, 1e-4);
        }
        const struct vg_chain_estimate *r = &posterior.estimates[VG_CHAIN_REPRODUCTION];
        held += r->low < settings.reproduction && settings.reproduction < r->high ? 1 : 0;
        vg_arena_release(&arena);
    }
    assert_true(sure > 150);
    assert_true(sure_right / sure >= 0.9);
    assert_true(half > 40);
    assert_in_range((int)(100 * half_right / half), 33, 67);
    assert_true(held >= 13);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_distances),
        cmocka_unit_test(test_delays),
        cmocka_unit_test(test_instant_is_the_sum),
        cmocka_unit_test(test_far_genomes),
        cmocka_unit_test(test_candidates_are_found), cmocka_unit_test(test_candidates_of_a_wave),
        cmocka_unit_test(test_unlisted_is_the_rest),
        cmocka_unit_test(test_consensus_has_no_circle),
        cmocka_unit_test(test_chains_alive),
        cmocka_unit_test(test_interviews),
        cmocka_unit_test(test_diagnosis),
        vg_statistics(test_calibration),
    };
    return vg_run_group_tests("trace/chains", tests, NULL, NULL);
}
