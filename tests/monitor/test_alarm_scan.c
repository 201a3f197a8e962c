/*
 * The scan statistic finds what a plain loop over all cylinders finds, its p-values are right when there is nothing to find, it finds what is there, and threads change
 * nothing.
 */
#include "vg_test.h"

#include "monitor/alarm/alarm.h"

#include <math.h>

enum { PLACES = 14, STEPS = 16, CELLS = PLACES * STEPS };

struct world { double latitude[PLACES], longitude[PLACES], counts[CELLS], expected[CELLS]; };

/* Places 3 and 4 lie at the same spot. separable: what is expected is the same at every step. */
static void make_world(struct world *world, uint32_t number, double cases, bool separable)
{
    struct vg_random random = vg_random_stream(7, number, 0, 0);
    double total = 0;
    for (size_t i = 0; i < PLACES; i++) {
        world->latitude[i] = i == 4 ? world->latitude[3] : -10 + 5 * vg_random_uniform(&random);
        world->longitude[i] = i == 4 ? world->longitude[3] : -60 + 5 * vg_random_uniform(&random);
        double size = exp(vg_random_normal(&random));
        for (size_t step = 0; step < STEPS; step++) {
            total += world->expected[i * STEPS + step] = size * (separable ? 1 : 0.5 + vg_random_uniform(&random));
        }
    }
    for (size_t cell = 0; cell < CELLS; cell++) {
        world->expected[cell] *= cases / total;
        world->counts[cell] = (double)vg_random_poisson(&random, world->expected[cell] * (cell / STEPS < 3 && cell % STEPS > 12 ? 2 : 1));
    }
}

/* ------------------------------------------------- the slow and obvious way */

static double distance(const struct world *world, size_t a, size_t b)
{
    const double radians = 3.14159265358979323846 / 180;
    double north = sin((world->latitude[b] - world->latitude[a]) * radians / 2);
    double east = sin((world->longitude[b] - world->longitude[a]) * radians / 2);
    return 2 * 6371.0088 * asin(sqrt(north * north + cos(world->latitude[a] * radians) * cos(world->latitude[b] * radians) * east * east));
}

struct found { double ratio, observed, expected, radius; size_t first, last, n_places; };

static struct found slow_scan(const struct world *world, const double *expected, bool retrospective, double largest_share, size_t longest)
{
    struct found best = {0};
    double n_cases = 0;
    double total = 0;
    for (size_t cell = 0; cell < CELLS; cell++) {
        n_cases += world->counts[cell];
        total += expected[cell];
    }
    for (size_t centre = 0; centre < PLACES; centre++) {
        for (size_t edge = 0; edge < PLACES; edge++) {
            double radius = distance(world, centre, edge);
            double size = 0;
            size_t n_places = 0;
            for (size_t i = 0; i < PLACES; i++) {
                for (size_t step = 0; step < STEPS && distance(world, centre, i) <= radius + 1e-6; step++) {
                    size += expected[i * STEPS + step] / total;
                }
                n_places += distance(world, centre, i) <= radius + 1e-6;
            }
            for (size_t last = retrospective ? 0 : STEPS - 1; last < STEPS && size <= largest_share; last++) {
                for (size_t duration = 1; duration <= longest && duration <= last + 1; duration++) {
                    double observed = 0;
                    double inside = 0;
                    for (size_t cell = 0; cell < CELLS; cell++) {
                        bool in = cell % STEPS <= last && cell % STEPS + duration > last && distance(world, centre, cell / STEPS) <= radius + 1e-6;
                        observed += in ? world->counts[cell] : 0;
                        inside += in ? expected[cell] * n_cases / total : 0;
                    }
                    double rest = n_cases - observed;
                    double ratio = observed <= inside || observed < 2 ? 0 : observed * log(observed / inside) + rest * log(rest / (n_cases - inside));
                    if (ratio > best.ratio) {
                        best = (struct found){ratio, observed, inside, radius, last + 1 - duration, last, n_places};
                    }
                }
            }
        }
    }
    return best;
}

static void margins(const struct world *world, double *expected)
{
    double by_place[PLACES] = {0};
    double by_step[STEPS] = {0};
    double n = 0;
    for (size_t cell = 0; cell < CELLS; cell++) {
        by_place[cell / STEPS] += world->counts[cell];
        by_step[cell % STEPS] += world->counts[cell];
        n += world->counts[cell];
    }
    for (size_t cell = 0; cell < CELLS; cell++) {
        expected[cell] = by_place[cell / STEPS] * by_step[cell % STEPS] / n;
    }
}

static void the_search_finds_what_a_plain_loop_finds(void **state)
{
    (void)state;
    static const double cases[] = {30, 200, 3000, 100000};
    for (uint32_t number = 0; number < 24; number++) {
        struct world world;
        struct vg_scan_parameters p;
        struct vg_scan_result result;
        struct vg_error error = {0};
        struct vg_arena arena;
        double by_margins[CELLS];
        vg_arena_init(&arena, 0);
        vg_scan_defaults(&p);
        p.replicates = 19;
        p.retrospective = number % 3 == 1;
        p.model = number % 3 == 2 ? VG_SCAN_PERMUTATION : VG_SCAN_POISSON;
        p.longest = number % 2 == 0 ? 0 : 5;
        make_world(&world, number, cases[number % 4], number % 5 != 0);
        margins(&world, by_margins);
        const double *expected = p.model == VG_SCAN_PERMUTATION ? by_margins : world.expected;
        struct found slow = slow_scan(&world, expected, p.retrospective, 0.5, p.longest == 0 ? STEPS / 2 : p.longest);
        vg_assert_ok(vg_alarm_scan(world.counts, world.expected, PLACES, STEPS, world.latitude, world.longitude, &p, NULL, &arena, &result, &error), error);
        assert_true(result.n_clusters >= 1);
        const struct vg_scan_cluster *first = &result.clusters[0];
        vg_assert_near(first->log_likelihood_ratio, slow.ratio, 1e-9 * slow.ratio);
        vg_assert_near(first->observed, slow.observed, 0);
        vg_assert_near(first->expected, slow.expected, 1e-9 * slow.expected);
        vg_assert_near(first->radius_km, slow.radius, 1e-3);
        assert_int_equal(first->n_places, slow.n_places);
        assert_int_equal(first->first, slow.first);
        assert_int_equal(first->last, slow.last);
        double outside = (result.n_cases - slow.observed) / (result.n_cases - slow.expected);
        vg_assert_near(first->relative_risk, slow.observed / slow.expected / outside, 1e-9 * first->relative_risk);
        vg_arena_release(&arena);
    }
}

static void later_clusters_share_no_place_and_are_weaker(void **state)
{
    (void)state;
    struct world world;
    struct vg_scan_parameters p;
    struct vg_scan_result result;
    struct vg_error error = {0};
    struct vg_arena arena;
    bool seen[PLACES] = {false};
    vg_arena_init(&arena, 0);
    vg_scan_defaults(&p);
    p.largest_share = 0.3;
    p.replicates = 99;
    make_world(&world, 5, 800, true);
    vg_assert_ok(vg_alarm_scan(world.counts, world.expected, PLACES, STEPS, world.latitude, world.longitude, &p, NULL, &arena, &result, &error), error);
    assert_true(result.n_clusters >= 3);
    for (size_t i = 0; i < result.n_clusters; i++) {
        const struct vg_scan_cluster *cluster = &result.clusters[i];
        assert_true(i == 0 || cluster->log_likelihood_ratio <= result.clusters[i - 1].log_likelihood_ratio);
        assert_true(i == 0 || cluster->p_value >= result.clusters[i - 1].p_value);
        assert_int_equal(cluster->centre, cluster->places[0] == 4 || cluster->places[0] == 3 ? cluster->centre : cluster->places[0]);
        for (size_t k = 0; k < cluster->n_places; k++) {
            assert_false(seen[cluster->places[k]]);
            seen[cluster->places[k]] = true;
        }
    }
    vg_arena_release(&arena);
}

static void threads_change_nothing(void **state)
{
    (void)state;
    for (int model = 0; model < 2; model++) {
        struct vg_scan_result results[2];
        struct vg_arena arena;
        struct world world;
        vg_arena_init(&arena, 0);
        make_world(&world, 9, 500, true);
        for (unsigned threads = 0; threads < 2; threads++) {
            struct vg_scan_parameters p;
            struct vg_error error = {0};
            struct vg_pool *pool = threads == 0 ? NULL : vg_pool_new(3);
            vg_scan_defaults(&p);
            p.model = model == 0 ? VG_SCAN_POISSON : VG_SCAN_PERMUTATION;
            p.replicates = 199;
            vg_assert_ok(vg_alarm_scan(world.counts, world.expected, PLACES, STEPS, world.latitude, world.longitude, &p, pool, &arena, &results[threads], &error), error);
            vg_pool_free(pool);
        }
        assert_memory_equal(results[0].largest_ratios, results[1].largest_ratios, 199 * sizeof(double));
        assert_int_equal(results[0].n_clusters, results[1].n_clusters);
        vg_assert_near(results[0].clusters[0].p_value, results[1].clusters[0].p_value, 0);
        vg_arena_release(&arena);
    }
}

/* P-values of worlds without a cluster are uniform; with three times the cases in three places over the last days the cluster is found. */
static void p_values_are_calibrated(void **state)
{
    (void)state;
    enum { WORLDS = 300 };
    for (int model = 0; model < 2; model++) {
        size_t low = 0;
        size_t found = 0;
        double gumbel_error = 0;
        for (uint32_t number = 0; number < WORLDS; number++) {
            struct world world;
            struct vg_scan_parameters p;
            struct vg_scan_result result;
            struct vg_error error = {0};
            struct vg_arena arena;
            struct vg_random random = vg_random_stream(11, number, 0, 0);
            bool outbreak = number % 10 == 0;
            vg_arena_init(&arena, 0);
            vg_scan_defaults(&p);
            p.model = model == 0 ? VG_SCAN_POISSON : VG_SCAN_PERMUTATION;
            p.replicates = 99;
            p.most_clusters = 1;
            p.seed = number;
            make_world(&world, number, 400, true);
            for (size_t cell = 0; cell < CELLS; cell++) {
                world.counts[cell] = (double)vg_random_poisson(&random, world.expected[cell]);
            }
            for (size_t step = STEPS - 3; outbreak && step < STEPS; step++) {
                world.counts[7 * STEPS + step] += 12;
            }
            vg_assert_ok(vg_alarm_scan(world.counts, world.expected, PLACES, STEPS, world.latitude, world.longitude, &p, NULL, &arena, &result, &error), error);
            double p_value = result.n_clusters == 0 ? 1 : result.clusters[0].p_value;
            if (outbreak) {
                bool holds = false;
                for (size_t k = 0; k < result.clusters[0].n_places; k++) {
                    holds = holds || result.clusters[0].places[k] == 7;
                }
                found += holds && p_value <= 0.05;
            } else {
                low += p_value <= 0.1;
                gumbel_error += result.n_clusters == 0 ? 0 : fabs(result.clusters[0].p_gumbel - p_value) / WORLDS;
            }
            vg_arena_release(&arena);
        }
        assert_in_range(low, 13, 43);   /* of 270 at 10 %: 27 expected, sd 4.9 */
        assert_true(found >= 27);       /* of 30 */
        assert_true(gumbel_error < 0.05);
    }
}

/* One place with 8 of 10 cases on the last of two days where 2.5 are expected: 8 log(8 / 2.5) + 2 log(2 / 7.5). */
static void a_ratio_by_hand_and_refusals(void **state)
{
    (void)state;
    const double counts[] = {1, 8, 0, 1};
    const double expected[] = {1, 1, 1, 1};
    const double latitude[] = {0, 0};
    const double longitude[] = {0, 1};
    const double nowhere[] = {0, NAN};
    const double nothing[] = {1, 0, 1, 1};
    struct vg_scan_parameters p;
    struct vg_scan_result result;
    struct vg_error error = {0};
    struct vg_arena arena;
    vg_arena_init(&arena, 0);
    vg_scan_defaults(&p);
    p.replicates = 9;
    vg_assert_ok(vg_alarm_scan(counts, expected, 2, 2, latitude, longitude, &p, NULL, &arena, &result, &error), error);
    vg_assert_near(result.clusters[0].log_likelihood_ratio, 8 * log(3.2) + 2 * log(2 / 7.5), 1e-12);
    vg_assert_near(result.clusters[0].radius_km, 0, 0);
    vg_assert_near(result.clusters[0].relative_risk, 3.2 / (2 / 7.5), 1e-12);
    assert_int_equal(vg_alarm_scan(counts, expected, 2, 2, latitude, nowhere, &p, NULL, &arena, &result, &error), VG_USAGE_ERROR);
    assert_int_equal(vg_alarm_scan(counts, nothing, 2, 2, latitude, longitude, &p, NULL, &arena, &result, &error), VG_DATA_ERROR);
    const double none[4] = {0};
    assert_int_equal(vg_alarm_scan(none, expected, 2, 2, latitude, longitude, &p, NULL, &arena, &result, &error), VG_DATA_ERROR);
    assert_int_equal(vg_alarm_scan(counts, NULL, 2, 2, latitude, longitude, &p, NULL, &arena, &result, &error), VG_USAGE_ERROR);
    p.largest_share = 2;
    assert_int_equal(vg_alarm_scan(counts, expected, 2, 2, latitude, longitude, &p, NULL, &arena, &result, &error), VG_USAGE_ERROR);
    vg_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_search_finds_what_a_plain_loop_finds), cmocka_unit_test(later_clusters_share_no_place_and_are_weaker),
        cmocka_unit_test(threads_change_nothing),                   cmocka_unit_test(p_values_are_calibrated),
        cmocka_unit_test(a_ratio_by_hand_and_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
