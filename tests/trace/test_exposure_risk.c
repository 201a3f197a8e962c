/*
 * Risk by hand: windows, scans and both versions of scores over sightings whose every figure can be followed on paper.
 */
#include "vg_test.h"

#include "trace/exposure/exposure.h"

#define FIRST (144 * 18354)
#define START (600u * FIRST)

/* Keys of a day, packets as a phone with a transmit power receives them. */
struct scene {
    struct vg_exposure_key keys[4];
    struct vg_exposure_sighting sightings[64];
    size_t n;
    struct vg_arena arena;
    struct vg_exposure_match *matches;
    size_t n_matches;
};

static void begin(struct scene *scene)
{
    memset(scene, 0, sizeof *scene);
    vg_arena_init(&scene->arena, 0);
    for (size_t k = 0; k < 4; k++) {
        memset(scene->keys[k].data, (int)(k + 1), 16);
        scene->keys[k].rolling_start = FIRST;
        scene->keys[k].rolling_period = 144;
        scene->keys[k].days_since_onset = VG_EXPOSURE_ONSET_NONE;
        scene->keys[k].report = VG_EXPOSURE_REPORT_CONFIRMED_TEST;
    }
}

/* A packet of the key seconds after the day's begin, of the identifier that it should have then. */
static void receive(struct scene *scene, size_t key, uint32_t seconds, int transmit_power, int32_t rssi, uint32_t previous_scan)
{
    struct vg_exposure_sighting *sighting = &scene->sightings[scene->n++];
    uint8_t metadata[4];
    assert_true(scene->n <= 64);
    vg_exposure_bluetooth_write((struct vg_exposure_bluetooth){1, 1, 2, (int8_t)transmit_power}, metadata);
    vg_exposure_identifiers(scene->keys[key].data, FIRST + seconds / 600, 1, sighting->identifier);
    vg_exposure_metadata(scene->keys[key].data, sighting->identifier, metadata, sighting->metadata);
    sighting->seconds = START + seconds;
    sighting->rssi = rssi;
    sighting->previous_scan = previous_scan == 0 ? 0 : START + previous_scan;
}

static void match(struct scene *scene)
{
    struct vg_exposure_match_options options;
    struct vg_exposure_matcher *matcher = NULL;
    struct vg_error error = {0};
    vg_exposure_match_defaults(&options);
    vg_assert_ok(vg_exposure_matcher_new(scene->sightings, scene->n, &options, &matcher, &error), error);
    vg_assert_ok(vg_exposure_match(matcher, scene->keys, 4, NULL, &scene->arena, &scene->matches, &scene->n_matches, &error), error);
    vg_exposure_matcher_free(matcher);
}

static struct vg_exposure_window *windows_of(struct scene *scene, const struct vg_exposure_mapping *mapping, size_t *n)
{
    struct vg_exposure_window *windows = NULL;
    struct vg_error error = {0};
    vg_assert_ok(vg_exposure_windows(scene->keys, scene->sightings, scene->matches, scene->n_matches, mapping, &scene->arena, &windows, n, &error), error);
    return windows;
}

static void windows_hold_scans(void **state)
{
    struct scene scene;
    struct vg_exposure_mapping mapping;
    size_t n = 0;
    (void)state;
    begin(&scene);
    vg_exposure_mapping_defaults(&mapping);
    receive(&scene, 0, 36000, -10, -60, 0);         /* 50 dB; the scan before is not known: 120 s */
    receive(&scene, 0, 36003, -10, -63, 0);         /* 53 dB, the same scan: mean 51.5, rounded 52 */
    receive(&scene, 0, 36028, -10, -64, 0);         /* 25 s later: still the same scan: (50 + 53 + 54) / 3 = 52.33 */
    receive(&scene, 0, 36240, -10, -50, 36000);     /* 40 dB; 4 minutes */
    receive(&scene, 0, 36700, -10, -90, 36240);     /* 80 dB; 36700 / 60 - 36240 / 60 = 611 - 604 = 7 minutes, counted 5 */
    receive(&scene, 0, 37799, -10, -20, 37741);     /* 10 dB; 1799 s from the first: the same window; 629 - 629 = 0 minutes */
    receive(&scene, 0, 37800, -10, -20, 37741);     /* 1800 s: a new window, though of the same scan: 630 - 629 = 1 minute */
    receive(&scene, 0, 37803, -10, 10, 37741);      /* attenuation is not below 0 */
    match(&scene);
    assert_int_equal(scene.n_matches, 8);
    struct vg_exposure_window *windows = windows_of(&scene, &mapping, &n);
    assert_int_equal(n, 2);
    assert_int_equal(windows[0].start_seconds, START + 36000);
    assert_int_equal(windows[0].n_scans, 4);
    assert_int_equal(windows[0].confidence, 2);
    static const struct vg_exposure_scan expected[4] = {{52, 50, 120}, {40, 40, 240}, {80, 80, 300}, {10, 10, 0}};
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(windows[0].scans[i].typical_attenuation, expected[i].typical_attenuation);
        assert_int_equal(windows[0].scans[i].least_attenuation, expected[i].least_attenuation);
        assert_int_equal(windows[0].scans[i].seconds, expected[i].seconds);
    }
    assert_int_equal(windows[1].n_scans, 1);
    assert_int_equal(windows[1].scans[0].typical_attenuation, 5); /* (10 + 0) / 2 */
    assert_int_equal(windows[1].scans[0].least_attenuation, 0);
    assert_int_equal(windows[1].scans[0].seconds, 60);
    vg_arena_release(&scene.arena);
}

/* 71 minutes at 50 dB are windows of 30, 30 and 11 minutes in scans of five; nothing is a window of none. */
static void minutes_that_were_counted_are_windows(void **state)
{
    struct scene scene;
    struct vg_exposure_mapping mapping;
    struct vg_exposure_window *windows = NULL;
    struct vg_error error = {0};
    struct vg_exposure_v2 config;
    size_t n = 0;
    (void)state;
    begin(&scene);
    vg_exposure_mapping_defaults(&mapping);
    vg_exposure_v2_defaults(&config);
    scene.keys[2].report = VG_EXPOSURE_REPORT_UNKNOWN;
    const struct vg_exposure_counted counted[3] = {{1, START, 71 * 60, 50}, {0, START, 0, 40}, {2, START + 86400, 300, 70}};
    vg_assert_ok(vg_exposure_counted_windows(scene.keys, counted, 3, &mapping, &scene.arena, &windows, &n, &error), error);
    assert_int_equal(n, 4);
    static const size_t scans[4] = {6, 6, 3, 1};
    static const double seconds[4] = {1800, 1800, 660, 300};
    for (size_t i = 0; i < 4; i++) {
        double weighted = 0;
        assert_int_equal(windows[i].n_scans, scans[i]);
        assert_int_equal(windows[i].key, i < 3 ? 1 : 2);
        assert_int_equal(windows[i].start_seconds, i < 3 ? START + 1800 * (uint32_t)i : START + 86400);
        assert_int_equal(windows[i].report, VG_EXPOSURE_REPORT_CONFIRMED_TEST);
        vg_assert_near(vg_exposure_v2_score(&config, &windows[i], &weighted), seconds[i], 0);
    }
    assert_int_equal(windows[2].scans[2].seconds, 60);
    assert_int_equal(windows[2].scans[2].typical_attenuation, 50);
    vg_arena_release(&scene.arena);
}

static void replays_and_impossible_powers_do_not_count(void **state)
{
    struct scene scene;
    struct vg_exposure_mapping mapping;
    size_t n = 0;
    (void)state;
    begin(&scene);
    vg_exposure_mapping_defaults(&mapping);
    receive(&scene, 1, 6000, 0, -40, 0);
    scene.sightings[scene.n++] = scene.sightings[0]; /* the same identifier, 1200 s later: still good */
    scene.sightings[1].seconds += 1200;
    scene.sightings[scene.n++] = scene.sightings[0]; /* one second more: a replay */
    scene.sightings[2].seconds += 1201;
    receive(&scene, 1, 12000, 21, -40, 0);
    receive(&scene, 1, 18000, -51, -40, 0);
    receive(&scene, 1, 24000, 20, -40, 0);
    receive(&scene, 1, 30000, -50, -40, 0);
    match(&scene);
    assert_int_equal(scene.n_matches, 7);
    struct vg_exposure_window *windows = windows_of(&scene, &mapping, &n);
    assert_int_equal(n, 3);
    assert_int_equal(windows[0].n_scans, 2);
    assert_int_equal(windows[1].start_seconds, START + 24000);
    assert_int_equal(windows[1].scans[0].typical_attenuation, 60);
    assert_int_equal(windows[2].start_seconds, START + 30000);
    vg_arena_release(&scene.arena);
}

static void days_since_onset_tell_infectiousness(void **state)
{
    struct scene scene;
    struct vg_exposure_mapping mapping;
    size_t n = 0;
    (void)state;
    begin(&scene);
    vg_exposure_mapping_defaults(&mapping);
    mapping.infectiousness[14 - 14] = VG_EXPOSURE_INFECTIOUSNESS_NONE;
    mapping.infectiousness[14 + 3] = VG_EXPOSURE_INFECTIOUSNESS_HIGH;
    mapping.infectiousness_without_onset = VG_EXPOSURE_INFECTIOUSNESS_HIGH;
    mapping.report_when_unknown = VG_EXPOSURE_REPORT_SELF;
    scene.keys[0].days_since_onset = -14;
    scene.keys[1].days_since_onset = 3;
    scene.keys[2].days_since_onset = 14;
    scene.keys[3].days_since_onset = 15; /* not meant to be one */
    scene.keys[3].report = VG_EXPOSURE_REPORT_UNKNOWN;
    for (size_t k = 0; k < 4; k++) {
        receive(&scene, k, 6000, 0, -40, 0);
    }
    match(&scene);
    struct vg_exposure_window *windows = windows_of(&scene, &mapping, &n);
    assert_int_equal(n, 4);
    assert_int_equal(windows[0].infectiousness, VG_EXPOSURE_INFECTIOUSNESS_NONE);
    assert_int_equal(windows[1].infectiousness, VG_EXPOSURE_INFECTIOUSNESS_HIGH);
    assert_int_equal(windows[2].infectiousness, VG_EXPOSURE_INFECTIOUSNESS_STANDARD);
    assert_int_equal(windows[3].infectiousness, VG_EXPOSURE_INFECTIOUSNESS_HIGH);
    assert_int_equal(windows[2].report, VG_EXPOSURE_REPORT_CONFIRMED_TEST);
    assert_int_equal(windows[3].report, VG_EXPOSURE_REPORT_SELF);
    vg_arena_release(&scene.arena);
}

static void second_version_weighs_seconds(void **state)
{
    static const struct vg_exposure_scan scans[5] = {{30, 20, 300}, {31, 31, 60}, {50, 40, 120}, {51, 51, 240}, {90, 80, 300}};
    struct vg_exposure_window windows[5] = {
        {.start_seconds = START + 100, .report = VG_EXPOSURE_REPORT_CONFIRMED_TEST, .infectiousness = VG_EXPOSURE_INFECTIOUSNESS_HIGH, .scans = scans, .n_scans = 5},
        {.start_seconds = START + 86399, .report = VG_EXPOSURE_REPORT_SELF, .infectiousness = VG_EXPOSURE_INFECTIOUSNESS_STANDARD, .scans = scans, .n_scans = 1},
        {.start_seconds = START + 90000, .report = VG_EXPOSURE_REPORT_REVOKED, .infectiousness = VG_EXPOSURE_INFECTIOUSNESS_HIGH, .scans = scans, .n_scans = 5},
        {.start_seconds = START - 1, .report = VG_EXPOSURE_REPORT_CLINICAL, .infectiousness = VG_EXPOSURE_INFECTIOUSNESS_NONE, .scans = scans, .n_scans = 2},
        {.start_seconds = START + 200, .report = VG_EXPOSURE_REPORT_CONFIRMED_TEST, .infectiousness = VG_EXPOSURE_INFECTIOUSNESS_STANDARD, .scans = scans + 4, .n_scans = 1}};
    struct vg_exposure_v2 config;
    struct vg_exposure_summary *summaries = NULL;
    struct vg_arena arena;
    struct vg_error error = {0};
    double weighted = 0;
    size_t n = 0;
    (void)state;
    vg_exposure_v2_defaults(&config);
    config = (struct vg_exposure_v2){.report_weights = {0, 1, 0.5, 0.25, 1, 1}, .infectiousness_weights = {0, 1, 2}, .attenuation_thresholds = {30, 50, 89},
                                     .attenuation_weights = {2, 1.5, 1, 0.5}, .least_window_score = 151};
    vg_assert_ok(vg_exposure_v2_check(&config, &error), error);
    /* 300 x 2 + (60 + 120) x 1.5 + 240 x 1 + 300 x 0.5 = 600 + 270 + 240 + 150 = 1260 */
    vg_assert_near(vg_exposure_v2_score(&config, &windows[0], &weighted), 2520, 1e-9);
    vg_assert_near(weighted, 1260, 1e-9);
    vg_arena_init(&arena, 0);
    vg_assert_ok(vg_exposure_v2_summaries(&config, windows, 5, 18355, &arena, &summaries, &n, &error), error);
    assert_int_equal(n, 2); /* the revoked one's day is not there; the one without infectiousness is, with nothing in it */
    assert_int_equal(summaries[0].day, 18353);
    vg_assert_near(summaries[0].all.score_sum, 0, 0);
    assert_int_equal(summaries[1].day, 18354);
    vg_assert_near(summaries[1].all.largest_score, 2520, 1e-9);
    vg_assert_near(summaries[1].all.score_sum, 2520, 1e-9); /* 600 x 0.25 = 150 and 150 x 1 = 150 are below the least score */
    config.least_window_score = 0;
    vg_assert_ok(vg_exposure_v2_summaries(&config, windows, 5, 18355, &arena, &summaries, &n, &error), error);
    vg_assert_near(summaries[1].all.score_sum, 2520 + 150 + 150, 1e-9);
    vg_assert_near(summaries[1].all.weighted_seconds_sum, 1260 + 600 + 150, 1e-9);
    vg_assert_near(summaries[1].by_report[VG_EXPOSURE_REPORT_CONFIRMED_TEST].score_sum, 2670, 1e-9);
    vg_assert_near(summaries[1].by_report[VG_EXPOSURE_REPORT_SELF].largest_score, 150, 1e-9);
    config.days_since_exposure = 1;
    vg_assert_ok(vg_exposure_v2_summaries(&config, windows, 5, 18355, &arena, &summaries, &n, &error), error);
    assert_int_equal(n, 1);
    config.attenuation_weights[3] = 2.6;
    assert_int_equal(vg_exposure_v2_check(&config, &error), VG_USAGE_ERROR);
    vg_arena_release(&arena);
}

static void first_version_multiplies_four_scores(void **state)
{
    struct vg_exposure_v1 config = {.attenuation_scores = {1, 2, 3, 4, 5, 6, 7, 8}, .days_scores = {1, 2, 3, 4, 5, 6, 7, 8}, .duration_scores = {0, 2, 3, 4, 5, 6, 7, 8},
                                    .transmission_scores = {1, 2, 3, 4, 5, 6, 7, 8}};
    (void)state;
    assert_int_equal(vg_exposure_v1_score(&config, 74, 14, 301, 1), 1 * 1 * 2 * 1);
    assert_int_equal(vg_exposure_v1_score(&config, 73, 13, 359, 2), 2 * 2 * 2 * 2);
    assert_int_equal(vg_exposure_v1_score(&config, 73, 13, 360, 2), 2 * 2 * 3 * 2);
    assert_int_equal(vg_exposure_v1_score(&config, 10, 0, 1801, 8), 8 * 8 * 7 * 8);  /* 30 minutes and a second are 30 minutes */
    assert_int_equal(vg_exposure_v1_score(&config, 10, 0, 1860, 8), 8 * 8 * 8 * 8);
    assert_int_equal(vg_exposure_v1_score(&config, 0, 1, 59, 8), 0);                 /* no whole minute */
    assert_int_equal(vg_exposure_v1_score(&config, 11, 2, 1860, 0), 7 * 7 * 8 * 1);  /* no transmission risk counts one */
    config.least_score = 393;
    assert_int_equal(vg_exposure_v1_score(&config, 11, 2, 1860, 0), 0);
    config.least_score = 392;
    assert_int_equal(vg_exposure_v1_score(&config, 11, 2, 1860, 0), 392);
}

static void first_version_makes_series(void **state)
{
    struct vg_exposure_v1 config;
    struct vg_exposure_record *records = NULL;
    struct vg_error error = {0};
    struct scene scene;
    size_t n = 0;
    (void)state;
    begin(&scene);
    vg_exposure_v1_defaults(&config);
    scene.keys[2].transmission_risk = 3;
    receive(&scene, 2, 36000, 0, -80, 0);
    receive(&scene, 2, 36004, 0, -40, 0);  /* the same scan, stronger: this one counts */
    receive(&scene, 2, 36300, 0, -60, 0);
    receive(&scene, 2, 36904, 0, -80, 0);  /* 604 s from the one before: another series */
    match(&scene);
    vg_assert_ok(vg_exposure_v1_records(&config, scene.keys, scene.sightings, scene.matches, scene.n_matches, START + 3 * 86400, &scene.arena, &records, &n, &error), error);
    assert_int_equal(n, 2);
    assert_int_equal(records[0].start_seconds, START + 36004);
    assert_int_equal(records[0].duration_seconds, 600);  /* 296 s and a scan of 300: to the nearest 300 */
    /* 150 + 296 s at 40 dB, 150 s at 60 dB: (446 x 40 + 150 x 60) / 596 = 45.03 */
    assert_int_equal(records[0].attenuation, 45);
    assert_int_equal(records[0].below_seconds, 446);
    assert_int_equal(records[0].between_seconds, 150);
    assert_int_equal(records[0].above_seconds, 0);
    assert_int_equal(records[0].score, 256);
    assert_int_equal(records[1].duration_seconds, 300);
    assert_int_equal(records[1].attenuation, 80);
    assert_int_equal(records[1].above_seconds, 300);
    vg_arena_release(&scene.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(windows_hold_scans), cmocka_unit_test(minutes_that_were_counted_are_windows),
        cmocka_unit_test(replays_and_impossible_powers_do_not_count),
        cmocka_unit_test(days_since_onset_tell_infectiousness),
        cmocka_unit_test(second_version_weighs_seconds),
        cmocka_unit_test(first_version_multiplies_four_scores),
        cmocka_unit_test(first_version_makes_series),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
