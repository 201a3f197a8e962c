/*
 * The renewal equation against the engine, and calibration on courses that are known: what went in is found again, with intervals that hold it.
 */
#include "scenario_town.h"

#define DAYS 140
#define BLOCKS 10

static const char text_of_town[] =
    "start = 2021-01-03\ndays = 140\nseed = 11\n[place]\ncountry = \"CO\"\npopulation = 200000\n[disease]\nr0 = 2.4\ndispersion = 1\n"
    "[start]\ninfections_per_day = 40\ndays = 7\n[observation]\nreported = 0.4\n[output]\nstep = \"day\"\ntargets = [\"inc inf\", \"inc case\", \"inc hosp\", \"inc icu\", \"inc death\"]\n";

static const enum vg_count_kind kinds[] = {VG_COUNT_REPORTED, VG_COUNT_ADMISSIONS, VG_COUNT_ICU, VG_COUNT_DEATHS};

/* From 1.9 down to below 1 and up again; a quarter of the people are infected in the end. */
static double true_transmission[BLOCKS] = {0.8, 0.75, 0.7, 0.55, 0.42, 0.42, 0.48, 0.55, 0.55, 0.5};

static struct vg_scenario_history true_history(void)
{
    return (struct vg_scenario_history){.n_blocks = BLOCKS, .block_days = 14, .transmission = true_transmission, .infections_per_day = 40, .reported = 0.4, .severity = 1, .fatality = 1};
}

struct engine { struct town *town; size_t runs, first; };

/* Mean daily counts of some runs, as the job makes them. */
static vg_status run_engine(void *context, const struct vg_scenario_history *history, size_t n_days, double *expected, struct vg_error *error)
{
    (void)error;
    struct engine *engine = context;
    struct town *town = engine->town;
    memset(expected, 0, VG_OBSERVED_KINDS * n_days * sizeof *expected);
    for (size_t run = 0; run < engine->runs; run++) {
        uint32_t *values = town_run(town, 0, engine->first + run, history, NULL, NULL);
        for (size_t kind = 0; kind < VG_OBSERVED_KINDS; kind++) {
            for (size_t day = 0; day < n_days; day++) {
                expected[kind * n_days + day] += values[(size_t)town->layout.series_slot[kinds[kind]] * town->layout.n_steps + day] / (double)engine->runs;
            }
        }
    }
    return VG_OK;
}

static double sum(const double *values, size_t from, size_t to)
{
    double all = 0;
    for (size_t day = from; day < to; day++) {
        all += values[day];
    }
    return all;
}

/* With the same parameters the two run alike: not the same, as households and places saturate. */
static void the_renewal_equation_is_near_the_engine(void **state)
{
    (void)state;
    static struct vg_renewal_world renewal;
    struct town town;
    town_make(&town, text_of_town, 1, 1);
    vg_control_renewal_world(&town.scenario, town.world, &renewal);
    struct engine engine = {&town, 6, 100};
    struct vg_scenario_history history = true_history();
    double *expected = VG_ARENA_ARRAY(&town.arena, double, VG_OBSERVED_KINDS *DAYS);
    double *counts = VG_ARENA_ARRAY(&town.arena, double, VG_OBSERVED_KINDS *DAYS);
    double *work = VG_ARENA_ARRAY(&town.arena, double, 24 * DAYS);
    double infections[DAYS];
    vg_control_renewal_run(&renewal, &history, 0.4, DAYS, work, infections, expected);
    assert_int_equal(run_engine(&engine, &history, DAYS, counts, &town.error), VG_OK);
    for (size_t kind = 0; kind < VG_OBSERVED_KINDS; kind++) {
        double ratio = sum(counts + kind * DAYS, 0, DAYS) / sum(expected + kind * DAYS, 0, DAYS);
        print_message("kind %zu: engine %.0f, ratio to the renewal equation %.3f\n", kind, sum(counts + kind * DAYS, 0, DAYS), ratio);
        assert_true(ratio > 0.6 && ratio < 1.4);
    }
    /* while nearly all are susceptible the growth is the same */
    double growth_engine = log(sum(counts, 35, 42) / sum(counts, 21, 28)) / 14;
    double growth_renewal = log(sum(expected, 35, 42) / sum(expected, 21, 28)) / 14;
    print_message("growth a day %.4f and %.4f\n", growth_engine, growth_renewal);
    vg_assert_near(growth_engine, growth_renewal, 0.02);
    town_release(&town);
}

/* Final size without measures: the equation's own law, z = 1 - exp(-R z), by one age and no waning. */
static void the_renewal_equation_has_its_final_size(void **state)
{
    (void)state;
    static struct vg_renewal_world renewal;
    double persons[] = {1e6};
    double ngm[] = {2};
    double transmission[] = {1};
    enum { LONG = 500 };
    static double work[(1 + VG_OBSERVED_KINDS) * LONG];
    static double infections[LONG];
    static double expected[VG_OBSERVED_KINDS * LONG];
    renewal = (struct vg_renewal_world){.n_ages = 1, .persons = persons, .ngm = ngm, .n_profile = 3, .profile = {0.25, 0.5, 0.25}, .import_days = 1};
    for (size_t day = 0; day < VG_ENGINE_DAYS_MAX; day++) {
        renewal.season[day] = 1;
        renewal.protection[day] = 1;
    }
    struct vg_scenario_history history = {.n_blocks = 1, .block_days = 14, .transmission = transmission, .infections_per_day = 1, .severity = 1, .fatality = 1};
    vg_control_renewal_run(&renewal, &history, 0, LONG, work, infections, expected);
    vg_assert_near(sum(infections, 0, LONG) / 1e6, 0.79681, 1e-4);
}

static void calibrate(struct town *town, const struct vg_observed *observed, vg_calibration_engine *engine, void *context, size_t n_draws, uint64_t seed,
                      struct vg_calibration *calibration)
{
    static struct vg_renewal_world renewal;
    struct vg_calibration_options options = {.seed = seed, .block_days = 14, .change_sd = 0.3, .estimate_reporting = true, .n_draws = n_draws, .engine_rounds = 3, .engine = engine,
                                             .engine_context = context};
    vg_control_renewal_world(&town->scenario, town->world, &renewal);
    vg_assert_ok(vg_control_calibrate(&renewal, &town->scenario, observed, &options, town->world->r0, &town->arena, calibration, &town->error), town->error);
}

/* Data from the equation with negative binomial noise, six times: intervals hold the truth about as often as they say. */
static void what_went_into_the_equation_is_found(void **state)
{
    (void)state;
    static struct vg_renewal_world renewal;
    struct town town;
    town_make(&town, text_of_town, 1, 1);
    town.scenario.observation.reported = 0.2; /* what is believed beforehand is off by half */
    vg_control_renewal_world(&town.scenario, town.world, &renewal);
    struct vg_scenario_history truth = true_history();
    double *expected = VG_ARENA_ARRAY(&town.arena, double, VG_OBSERVED_KINDS *DAYS);
    double *data = VG_ARENA_ARRAY(&town.arena, double, VG_OBSERVED_KINDS *DAYS);
    double *work = VG_ARENA_ARRAY(&town.arena, double, 24 * DAYS);
    size_t held = 0;
    size_t intervals = 0;
    double error_sum = 0;
    vg_control_renewal_run(&renewal, &truth, 0.4, DAYS, work, NULL, expected);
    const uint32_t repeats = VG_TEST_SANITIZED ? 1 : 6;
    for (uint32_t repeat = 0; repeat < repeats; repeat++) {
        struct vg_calibration found;
        struct vg_random random = vg_random_stream(5, repeat, 0, 1);
        for (size_t i = 0; i < VG_OBSERVED_KINDS * DAYS; i++) {
            /* daily sizes a seventh of a weekly 70 */
            data[i] = (double)vg_random_negative_binomial(&random, expected[i], 10);
        }
        struct vg_observed observed = {DAYS, {data, data + DAYS, NULL, data + 3 * DAYS}};
        calibrate(&town, &observed, NULL, NULL, 400, repeat, &found);
        for (size_t b = 0; b < BLOCKS; b++) {
            double r = 2.4 * true_transmission[b];
            held += found.r_low[b] <= r && r <= found.r_high[b] ? 1 : 0;
            error_sum += fabs(found.r_mean[b] / r - 1);
            intervals++;
        }
        held += found.reported[1] <= 0.4 && 0.4 <= found.reported[2] ? 1 : 0;
        intervals++;
        assert_true(found.acceptance > 0.1 && found.acceptance < 0.5);
        assert_true(isnan(found.worst_gap));
    }
    print_message("95 %% intervals hold %.3f of %zu truths; mean error of R %.3f\n", (double)held / (double)intervals, intervals, error_sum / (10 * (double)repeats));
    assert_true((double)held / (double)intervals > 0.85);
    assert_true(error_sum / (10 * (double)repeats) < 0.06 + (VG_TEST_SANITIZED ? 0.04 : 0));
    town_release(&town);
}

/* One run of the engine is the data; the fit is made with other runs of it. Cases, admissions and deaths, none of them daily exact. */
static void what_went_into_the_engine_is_found(void **state)
{
    (void)state;
    struct town town;
    town_make(&town, text_of_town, 1, 1);
    struct vg_scenario_history truth = true_history();
    struct engine one = {&town, 1, 999};
    struct engine several = {&town, 4, 500};
    struct vg_calibration plain;
    struct vg_calibration found;
    double *data = VG_ARENA_ARRAY(&town.arena, double, VG_OBSERVED_KINDS *DAYS);
    assert_int_equal(run_engine(&one, &truth, DAYS, data, &town.error), VG_OK);
    town.scenario.observation.reported = 0.25;
    struct vg_observed observed = {DAYS, {data, data + DAYS, NULL, data + 3 * DAYS}};
    calibrate(&town, &observed, NULL, NULL, 300, 1, &plain);
    calibrate(&town, &observed, run_engine, &several, 300, 1, &found);
    double error_plain = 0;
    double error_found = 0;
    for (size_t b = 0; b < BLOCKS; b++) {
        print_message("block %zu: R %.2f, by the equation %.2f (%.2f to %.2f), by the engine %.2f (%.2f to %.2f)\n", b, 2.4 * true_transmission[b], plain.r_mean[b], plain.r_low[b],
                      plain.r_high[b], found.r_mean[b], found.r_low[b], found.r_high[b]);
        error_plain += fabs(plain.r_mean[b] / (2.4 * true_transmission[b]) - 1) / BLOCKS;
        error_found += fabs(found.r_mean[b] / (2.4 * true_transmission[b]) - 1) / BLOCKS;
    }
    print_message("mean error of R %.3f, with the engine %.3f; reported %.3f (%.3f to %.3f); gap %.3f; infected %.3f\n", error_plain, error_found, found.reported[0], found.reported[1],
                  found.reported[2], found.worst_gap, found.infected_share[0]);
    assert_int_equal(found.rounds, 3);
    assert_true(error_found < 0.10);
    vg_assert_near(found.reported[0], 0.4, 0.05);
    assert_true(found.worst_gap < 0.15);
    /* the same seed, the same answer */
    struct vg_calibration again;
    calibrate(&town, &observed, NULL, NULL, 300, 1, &again);
    assert_memory_equal(again.r_mean, plain.r_mean, BLOCKS * sizeof(double));
    town_release(&town);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_renewal_equation_has_its_final_size),
        cmocka_unit_test(the_renewal_equation_is_near_the_engine),
        vg_statistics(what_went_into_the_equation_is_found),
        vg_statistics(what_went_into_the_engine_is_found),
    };
    return vg_run_group_tests("calibration", tests, NULL, NULL);
}
