/*
 * The population: permutations are permutations and mix well, every person's seat leads back to the person, ages and households
 * and commuters are as the tables say, and threads change nothing.
 */
#include "engine_world.h"

#include "control/population.h"

static void permutation_is_one(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {1, 2, 3, 4, 5, 7, 8, 9, 10, 16, 17, 99, 100, 101, 4096, 99991};
    static uint8_t seen[100000];
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        for (int rounds = 4; rounds <= 6; rounds += 2) {
            memset(seen, 0, sizeof seen);
            for (uint32_t x = 0; x < sizes[i]; x++) {
                uint32_t y = permute(77 + i, sizes[i], x, rounds);
                assert_true(y < sizes[i]);
                assert_int_equal(seen[y], 0);
                seen[y] = 1;
                assert_int_equal(permute_back(77 + i, sizes[i], y, rounds), x);
            }
        }
    }
}

/* How often neighbours (often of one household) end in one group of 20; sqrt of the expected number is the sd. */
static void permutation_mixes(void **state)
{
    (void)state;
    for (uint64_t key = 1; key <= 5; key++) {
        uint32_t n = 1000000;
        double together[3] = {0};
        static const uint32_t steps[3] = {1, 2, 1001};
        for (uint32_t x = 0; x + 1001 < n; x++) {
            uint32_t group = permute(key * 0x9E3779B97F4A7C15U, n, x, PERMUTE_ROUNDS) / 20;
            for (size_t i = 0; i < 3; i++) {
                together[i] += permute(key * 0x9E3779B97F4A7C15U, n, x + steps[i], PERMUTE_ROUNDS) / 20 == group ? 1 : 0;
            }
        }
        for (size_t i = 0; i < 3; i++) {
            double expected = (n - 1001.0) * 19 / (n - 1.0);
            vg_assert_near(together[i], expected, 4.5 * sqrt(expected));
        }
    }
}

/* Small sets: each place must be taken about equally often over keys. */
static void permutation_of_few_is_uniform(void **state)
{
    (void)state;
    for (uint32_t n = 2; n <= 24; n += 11) {
        double counts[24] = {0};
        double pairs = 0;
        for (uint32_t key = 0; key < 24000; key++) {
            uint64_t hashed = mix64(key + 1);
            counts[permute(hashed, n, 0, PERMUTE_ROUNDS)]++;
            pairs += n > 2 && permute(hashed, n, 1, PERMUTE_ROUNDS) == (permute(hashed, n, 0, PERMUTE_ROUNDS) + 1) % n ? 1 : 0;
        }
        for (uint32_t i = 0; i < n; i++) {
            vg_assert_near(counts[i], 24000.0 / n, 5 * sqrt(24000.0 / n));
        }
        if (n > 2) {
            vg_assert_near(pairs, 24000.0 / (n - 1), 5 * sqrt(24000.0 / (n - 1)));
        }
    }
}

static void seats_lead_back(void **state)
{
    (void)state;
    static struct world w;
    static struct towns t;
    make_towns(&w, &t, 12, 60000, 2);
    const struct vg_population *p = w.population;
    for (uint32_t person = 0; person < vg_population_size(p); person += 3) {
        uint32_t home = population_municipality(p, person);
        uint32_t index = population_entry(p, home, person);
        uint32_t age = p->entries[index].age;
        assert_true(person >= p->first[home] && person < p->first[home + 1]);
        for (unsigned layer = VG_LAYER_SCHOOL; layer < VG_LAYERS; layer++) {
            if (!role_in_layer(p->entries[index].role, layer)) {
                continue;
            }
            uint32_t rank = rank_of(p, home, person, index, layer);
            assert_true(rank < residents_in_layer(p, home, age, layer));
            assert_int_equal(person_of_rank(p, home, age, layer, rank), person);
            struct pool_seat seat = seat_of_rank(p, layer, home, age, rank, layer_day(layer, 17));
            assert_true(seat.rank < pool_size(p, layer, seat.pool, age));
            assert_int_equal(person_of_seat(p, layer, seat, age, layer_day(layer, 17)), person);
        }
    }
    release_world(&w);
}

static void tables_are_met(void **state)
{
    (void)state;
    static struct world w;
    static struct towns t;
    make_towns(&w, &t, 12, 240000, 2);
    const struct vg_population *p = w.population;
    double all = (double)vg_population_size(p), ages[AGES] = {0}, away = 0, workers = 0, women = 0, sizes[8] = {0};
    vg_assert_near(all, 240000, 12 * 4);
    static uint16_t classes[12][1000];
    static uint16_t offices[12][3000];
    memset(classes, 0, sizeof classes);
    memset(offices, 0, sizeof offices);
    for (uint32_t person = 0; person < vg_population_size(p); person++) {
        struct vg_person x = vg_population_person(p, person, 3);
        ages[x.age_group]++;
        assert_true(x.age_years >= town_ages[x.age_group] &&
                    (x.age_group + 1 == AGES || x.age_years < town_ages[x.age_group + 1]));
        women += x.female ? 1 : 0;
        sizes[x.household_size] += 1.0 / x.household_size;
        assert_true(person >= x.household && person < x.household + x.household_size);
        if (x.pool[VG_LAYER_WORK] != UINT32_MAX) {
            workers++;
            away += x.pool[VG_LAYER_WORK] != x.municipality ? 1 : 0;
            offices[x.pool[VG_LAYER_WORK]][x.place[VG_LAYER_WORK]]++;
        }
        if (x.pool[VG_LAYER_SCHOOL] != UINT32_MAX) {
            assert_int_equal(x.pool[VG_LAYER_SCHOOL], x.municipality);
            classes[x.municipality][x.place[VG_LAYER_SCHOOL]]++;
        }
        assert_true(x.pool[VG_LAYER_TRAVEL] != x.municipality);
    }
    for (size_t a = 0; a < AGES; a++) {
        vg_assert_near(ages[a] / all, town_pyramid[a], 0.002);
    }
    vg_assert_near(women / all, 0.5, 0.005);
    vg_assert_near(away / workers, 0.2, 0.005);
    double sum = 0, squares = 0, n = 0;
    for (size_t m = 0; m < 12; m++) {
        for (size_t i = 0; i < p->places[VG_LAYER_WORK][m]; i++) {
            sum += offices[m][i];
            squares += offices[m][i] * offices[m][i];
            n++;
        }
    }
    vg_assert_near(sum / n, 15, 0.1);
    assert_true(squares / n - sum / n * (sum / n) <
                16); /* ages are spread evenly over places, so sizes vary less than by chance */
    release_world(&w);
}

/* A municipality whose people are older gets older households. */
static void raking_meets_ages(void **state)
{
    (void)state;
    static struct world w;
    static struct towns t;
    struct vg_error error;
    make_towns(&w, &t, 2, 200000, 2);
    vg_population_free(w.population);
    static const double old[AGES] = {0.04, 0.07, 0.06, 0.16, 0.21, 0.22, 0.16, 0.08};
    memcpy(t.age_share, old, sizeof old);
    struct vg_population_input input = {.n_ages = AGES,
                                        .age_from = town_ages,
                                        .n_municipalities = 2,
                                        .persons = t.persons,
                                        .age_share = t.age_share,
                                        .n_types = 300,
                                        .types = t.types};
    vg_assert_ok(vg_population_new(&input, NULL, &w.population, &error), error);
    for (uint32_t m = 0; m < 2; m++) {
        double people = vg_population_first(w.population)[m + 1] - vg_population_first(w.population)[m];
        for (uint32_t a = 0; a < AGES; a++) {
            vg_assert_near(vg_population_count(w.population, m, a) / people, m == 0 ? old[a] : town_pyramid[a], 0.002);
        }
    }
    release_world(&w);
}

static void threads_change_nothing(void **state)
{
    (void)state;
    static struct world w;
    static struct towns t;
    struct vg_error error;
    make_towns(&w, &t, 40, 400000, 2);
    struct vg_population_input input = {.seed = 5,
                                        .n_ages = AGES,
                                        .age_from = town_ages,
                                        .n_municipalities = 40,
                                        .persons = t.persons,
                                        .age_share = t.age_share,
                                        .n_types = 300,
                                        .types = t.types,
                                        .school_size = 25,
                                        .work_size = 15,
                                        .commuting = &t.commuting,
                                        .travel = &t.visits};
    struct vg_pool *pool = vg_pool_new(7);
    struct vg_population *again = NULL;
    vg_assert_ok(vg_population_new(&input, pool, &again, &error), error);
    assert_memory_equal(again->counted, w.population->counted, 40 * (again->n_entries + 1) * sizeof(uint32_t));
    assert_memory_equal(again->type_first, w.population->type_first, 40 * 300 * sizeof(uint32_t));
    vg_population_free(again);
    vg_pool_free(pool);
    release_world(&w);
}

static void bad_tables_are_refused(void **state)
{
    (void)state;
    struct vg_error error;
    struct vg_population *population = NULL;
    uint32_t persons = 100, row[2] = {0, 1}, there = 5;
    double share = 0.5;
    static const uint8_t from[2] = {0, 10}, falling[2] = {0, 0};
    struct vg_household_type type = {.weight = 1, .size = 2, .age = {0, 1}};
    struct vg_flows flows = {row, &there, &share};
    struct vg_population_input good = {
        .n_ages = 2, .age_from = from, .n_municipalities = 1, .persons = &persons, .n_types = 1, .types = &type};
    struct vg_population_input bad = good;
    bad.age_from = falling;
    assert_int_equal(vg_population_new(&bad, NULL, &population, &error), VG_USAGE_ERROR);
    bad = good;
    bad.commuting = &flows;
    assert_int_equal(vg_population_new(&bad, NULL, &population, &error), VG_USAGE_ERROR);
    assert_non_null(strstr(error.message, "destination 5"));
    bad = good;
    bad.n_types = 0;
    assert_int_equal(vg_population_new(&bad, NULL, &population, &error), VG_USAGE_ERROR);
    type.age[1] = 2;
    assert_int_equal(vg_population_new(&good, NULL, &population, &error), VG_USAGE_ERROR);
    assert_null(population);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(permutation_is_one),
        cmocka_unit_test(permutation_mixes),
        cmocka_unit_test(permutation_of_few_is_uniform),
        cmocka_unit_test(seats_lead_back),
        cmocka_unit_test(tables_are_met),
        cmocka_unit_test(raking_meets_ages),
        cmocka_unit_test(threads_change_nothing),
        cmocka_unit_test(bad_tables_are_refused),
    };
    return cmocka_run_group_tests_name("population", tests, NULL, NULL);
}
