/*
 * The matcher against the slow obvious one, which derives every identifier and compares it with every sighting: by every code that this processor has, with any number of threads.
 */
#include "vg_test.h"

#include "trace/exposure/exposure.h"

static const enum vg_exposure_code codes[] = {VG_EXPOSURE_CODE_PORTABLE, VG_EXPOSURE_CODE_NARROW, VG_EXPOSURE_CODE_WIDE, VG_EXPOSURE_CODE_AUTO};
#define CODES (sizeof codes / sizeof *codes)

struct world {
    struct vg_exposure_key *keys;
    struct vg_exposure_sighting *sightings;
    size_t n_keys, n_sightings;
};

static int by_key(const void *a, const void *b)
{
    const struct vg_exposure_match *x = a, *y = b;
    return x->key != y->key ? (x->key < y->key ? -1 : 1) : x->interval != y->interval ? (x->interval < y->interval ? -1 : 1) : x->sighting < y->sighting ? -1 : 1;
}

static struct vg_exposure_match *slow(const struct world *world, uint32_t tolerance, size_t *n)
{
    size_t capacity = 16;
    struct vg_exposure_match *found = malloc(capacity * sizeof *found);
    *n = 0;
    for (size_t k = 0; k < world->n_keys; k++) {
        uint8_t identifiers[144 * 16];
        vg_exposure_identifiers(world->keys[k].data, world->keys[k].rolling_start, world->keys[k].rolling_period, identifiers);
        for (uint32_t j = 0; j < world->keys[k].rolling_period; j++) {
            for (size_t s = 0; s < world->n_sightings; s++) {
                int64_t interval = (int64_t)world->keys[k].rolling_start + j;
                int64_t seen = world->sightings[s].seconds / 600;
                if (interval <= UINT32_MAX && llabs(interval - seen) <= tolerance && memcmp(identifiers + (size_t)16 * j, world->sightings[s].identifier, 16) == 0) {
                    if (*n == capacity) {
                        capacity *= 2;
                        found = realloc(found, capacity * sizeof *found);
                    }
                    found[(*n)++] = (struct vg_exposure_match){(uint32_t)k, (uint32_t)s, (uint32_t)interval};
                }
            }
        }
    }
    qsort(found, *n, sizeof *found, by_key);
    return found;
}

static void assert_same_as_slow(const struct world *world, uint32_t tolerance, size_t *n_found)
{
    struct vg_error error = {0};
    size_t n_expected = 0;
    struct vg_exposure_match *expected = slow(world, tolerance, &n_expected);
    for (size_t c = 0; c < CODES; c++) {
        struct vg_exposure_match_options options;
        struct vg_exposure_matcher *matcher = NULL;
        if (vg_exposure_code_name(codes[c]) == NULL) {
            print_message("this processor does not have code %d\n", (int)codes[c]);
            continue;
        }
        vg_exposure_match_defaults(&options);
        options.code = codes[c];
        options.tolerance_intervals = tolerance;
        options.seed = c;
        vg_assert_ok(vg_exposure_matcher_new(world->sightings, world->n_sightings, &options, &matcher, &error), error);
        for (unsigned threads = 0; threads < 4; threads++) {
            struct vg_pool *pool = threads == 0 ? NULL : vg_pool_new(threads);
            struct vg_exposure_match *matches = NULL;
            struct vg_arena arena;
            size_t n = 0;
            vg_arena_init(&arena, 0);
            vg_assert_ok(vg_exposure_match(matcher, world->keys, world->n_keys, pool, &arena, &matches, &n, &error), error);
            assert_int_equal(n, n_expected);
            if (n > 0) {
                assert_memory_equal(matches, expected, n * sizeof *matches);
            }
            vg_arena_release(&arena);
            vg_pool_free(pool);
        }
        vg_exposure_matcher_free(matcher);
    }
    free(expected);
    *n_found = n_expected;
}

/* Random keys over some days, sightings of which some are of these keys, at, within and beyond the tolerance. */
static struct world make(uint64_t seed, size_t n_keys, size_t n_sightings, uint32_t first_day, uint32_t n_days, bool odd)
{
    struct world world = {calloc(n_keys + 1, sizeof *world.keys), calloc(n_sightings + 1, sizeof *world.sightings), n_keys, n_sightings};
    struct vg_random random = vg_random_stream(seed, 0, 0, 0);
    for (size_t k = 0; k < n_keys; k++) {
        for (size_t i = 0; i < 16; i++) {
            world.keys[k].data[i] = (uint8_t)vg_random_u32(&random);
        }
        world.keys[k].rolling_start = 144 * (first_day + vg_random_below(&random, n_days)) + (odd ? vg_random_below(&random, 144) : 0);
        world.keys[k].rolling_period = odd ? 1 + vg_random_below(&random, 144) : 144;
    }
    for (size_t s = 0; s < n_sightings; s++) {
        struct vg_exposure_sighting *sighting = &world.sightings[s];
        if (s % 3 == 0 || n_keys == 0) {
            for (size_t i = 0; i < 16; i++) {
                sighting->identifier[i] = (uint8_t)vg_random_u32(&random);
            }
            sighting->seconds = 600 * (144 * first_day + vg_random_below(&random, 144 * n_days));
        } else if (s % 3 == 1 || s < 6) {
            const struct vg_exposure_key *key = &world.keys[vg_random_below(&random, (uint32_t)n_keys)];
            uint32_t interval = key->rolling_start + vg_random_below(&random, key->rolling_period + 3); /* also just behind the key's time */
            int64_t seen = (int64_t)interval + (int64_t)vg_random_below(&random, 31) - 15;
            vg_exposure_identifiers(key->data, interval, 1, sighting->identifier);
            sighting->seconds = (uint32_t)(600 * (seen < 0 ? 0 : seen) + vg_random_below(&random, 600));
        } else { /* the same identifier again, later: a second packet, or a replay */
            *sighting = world.sightings[s - 1];
            sighting->seconds += vg_random_below(&random, 4) * 4000;
        }
    }
    return world;
}

static void release(struct world *world)
{
    free(world->keys);
    free(world->sightings);
}

static void whole_days_are_matched(void **state)
{
    size_t n = 0;
    (void)state;
    struct world world = make(1, 120, 300, 18354, 5, false);
    assert_same_as_slow(&world, VG_EXPOSURE_TOLERANCE_INTERVALS, &n);
    assert_true(n > 50);
    release(&world);
}

static void keys_that_begin_and_end_anywhere_are_matched(void **state)
{
    size_t n = 0;
    (void)state;
    for (uint64_t seed = 2; seed < 5; seed++) {
        struct world world = make(seed, 90, 240, 18354, 3, true);
        assert_same_as_slow(&world, VG_EXPOSURE_TOLERANCE_INTERVALS, &n);
        assert_true(n > 30);
        assert_same_as_slow(&world, 0, &n);
        assert_same_as_slow(&world, 1, &n);
        assert_same_as_slow(&world, 144, &n);
        release(&world);
    }
}

static void the_ends_of_time_are_matched(void **state)
{
    size_t n = 0;
    (void)state;
    struct world world = make(6, 40, 90, 0, 2, true);
    assert_same_as_slow(&world, VG_EXPOSURE_TOLERANCE_INTERVALS, &n);
    assert_true(n > 10);
    release(&world);
    world = make(7, 40, 90, UINT32_MAX / 86400 - 1, 2, true); /* seconds go round in some sightings: these match nothing */
    assert_same_as_slow(&world, VG_EXPOSURE_TOLERANCE_INTERVALS, &n);
    assert_true(n > 10);
    world.keys[0].rolling_start = UINT32_MAX - 3;
    world.keys[1].rolling_start = INT32_MAX;
    world.keys[0].rolling_period = world.keys[1].rolling_period = 144;
    assert_same_as_slow(&world, VG_EXPOSURE_TOLERANCE_INTERVALS, &n);
    release(&world);
}

/* Two hours and no more: the interval of the sighting is at most twelve from the identifier's. */
static void tolerance_is_to_the_interval(void **state)
{
    struct vg_exposure_sighting sightings[6];
    struct vg_exposure_key key = {.data = "a key of a day .", .rolling_start = 144 * 18354, .rolling_period = 144};
    const struct world world = {&key, sightings, 1, 6};
    uint32_t interval = key.rolling_start;
    size_t n = 0;
    (void)state;
    memset(sightings, 0, sizeof sightings);
    for (size_t i = 0; i < 6; i++) {
        vg_exposure_identifiers(key.data, i < 3 ? interval : interval + 143, 1, sightings[i].identifier);
    }
    sightings[0].seconds = 600 * (interval - 12);
    sightings[1].seconds = 600 * (interval - 12) - 1;
    sightings[2].seconds = 600 * (interval + 13) - 1;
    sightings[3].seconds = 600 * (interval + 143 + 13) - 1;
    sightings[4].seconds = 600 * (interval + 143 + 13);
    sightings[5].seconds = 600 * (interval + 143 - 12);
    assert_same_as_slow(&world, 12, &n);
    assert_int_equal(n, 4);
}

static void nothing_matches_nothing(void **state)
{
    size_t n = 1;
    (void)state;
    struct world world = make(8, 0, 30, 18354, 2, false);
    assert_same_as_slow(&world, 12, &n);
    assert_int_equal(n, 0);
    release(&world);
    world = make(9, 30, 0, 18354, 2, false);
    assert_same_as_slow(&world, 12, &n);
    assert_int_equal(n, 0);
    release(&world);
}

/* More keys than a group, a block and a thread take at a time, and a filter that lets much through since its day is full of packets. */
static void many_keys_give_the_planted_matches(void **state)
{
    enum { KEYS = 20000, SIGHTINGS = 60000, PLANTED = 400 };
    struct vg_error error = {0};
    (void)state;
    struct world world = make(10, KEYS, SIGHTINGS, 18354, 2, false);
    struct vg_random random = vg_random_stream(11, 0, 0, 0);
    for (size_t s = 0; s < SIGHTINGS; s++) {
        for (size_t i = 0; i < 16; i++) {
            world.sightings[s].identifier[i] = (uint8_t)vg_random_u32(&random);
        }
    }
    uint32_t keys[PLANTED];
    for (size_t i = 0; i < PLANTED; i++) {
        keys[i] = (uint32_t)(i * 50 + vg_random_below(&random, 50));
        uint32_t interval = world.keys[keys[i]].rolling_start + vg_random_below(&random, 144);
        vg_exposure_identifiers(world.keys[keys[i]].data, interval, 1, world.sightings[149 * i].identifier);
        world.sightings[149 * i].seconds = 600 * interval + 599;
    }
    for (size_t c = 0; c < CODES; c++) {
        struct vg_exposure_match_options options;
        struct vg_exposure_matcher *matcher = NULL;
        struct vg_exposure_match *matches = NULL;
        struct vg_pool *pool = vg_pool_new(3);
        struct vg_arena arena;
        size_t n = 0;
        vg_exposure_match_defaults(&options);
        options.code = codes[c];
        vg_arena_init(&arena, 0);
        if (vg_exposure_code_name(codes[c]) != NULL) {
            vg_assert_ok(vg_exposure_matcher_new(world.sightings, SIGHTINGS, &options, &matcher, &error), error);
            vg_assert_ok(vg_exposure_match(matcher, world.keys, KEYS, pool, &arena, &matches, &n, &error), error);
            assert_int_equal(n, PLANTED);
            for (size_t i = 0; i < n; i++) {
                assert_int_equal(matches[i].key, keys[i]);
                assert_int_equal(matches[i].sighting, 149 * i);
            }
        }
        vg_exposure_matcher_free(matcher);
        vg_arena_release(&arena);
        vg_pool_free(pool);
    }
    release(&world);
}

static void what_cannot_be_is_refused(void **state)
{
    struct vg_exposure_match_options options;
    struct vg_exposure_matcher *matcher = NULL;
    struct vg_exposure_match *matches = NULL;
    struct vg_error error = {0};
    struct vg_arena arena;
    size_t n = 0;
    (void)state;
    struct world world = make(12, 10, 30, 18354, 1, false);
    vg_arena_init(&arena, 0);
    vg_exposure_match_defaults(&options);
    options.tolerance_intervals = 145;
    assert_int_equal(vg_exposure_matcher_new(world.sightings, world.n_sightings, &options, &matcher, &error), VG_USAGE_ERROR);
    vg_exposure_match_defaults(&options);
    options.matches_max = 3;
    vg_assert_ok(vg_exposure_matcher_new(world.sightings, world.n_sightings, &options, &matcher, &error), error);
    assert_int_equal(vg_exposure_match(matcher, world.keys, world.n_keys, NULL, &arena, &matches, &n, &error), VG_LIMIT_EXCEEDED);
    world.keys[4].rolling_period = 0;
    assert_int_equal(vg_exposure_match(matcher, world.keys, world.n_keys, NULL, &arena, &matches, &n, &error), VG_DATA_ERROR);
    assert_non_null(strstr(error.message, "key 5"));
    world.keys[4].rolling_period = 145;
    assert_int_equal(vg_exposure_match(matcher, world.keys, world.n_keys, NULL, &arena, &matches, &n, &error), VG_DATA_ERROR);
    vg_exposure_matcher_free(matcher);
    vg_arena_release(&arena);
    release(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_days_are_matched),
        cmocka_unit_test(keys_that_begin_and_end_anywhere_are_matched),
        cmocka_unit_test(the_ends_of_time_are_matched),
        cmocka_unit_test(tolerance_is_to_the_interval),
        cmocka_unit_test(nothing_matches_nothing),
        cmocka_unit_test(many_keys_give_the_planted_matches),
        cmocka_unit_test(what_cannot_be_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
