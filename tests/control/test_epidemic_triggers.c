/*
 * Triggers that look at the numbers of a region: its municipalities switch together, each region by itself, exactly as the reported counts say.
 */
#include "everything_world.h"

#define TOWNS 6
#define DAYS 160

struct seen {
    struct vg_epidemic *epidemic;
    double cases[DAYS][TOWNS];
    bool in_force[DAYS][TOWNS];
    int32_t days;
};

static bool look(void *context, const struct vg_day *day)
{
    struct seen *seen = context;
    size_t cells = day->n_ages * day->n_variants;
    for (size_t m = 0; m < TOWNS; m++) {
        const uint32_t *counts = day->counts + (VG_COUNT_REPORTED * day->n_municipalities + m) * cells;
        for (size_t i = 0; i < cells; i++) {
            seen->cases[day->day][m] += counts[i];
        }
        seen->in_force[day->day][m] = vg_epidemic_measure_strength(seen->epidemic, 0, (uint32_t)m) > 0;
    }
    seen->days = day->day + 1;
    return true;
}

/* The rule, slowly: of the seven days before, all towns of the region. Returns how often a region switched. */
static size_t check_rule(const struct seen *seen, const uint32_t *region)
{
    size_t switches = 0;
    for (size_t m = 0; m < TOWNS; m++) {
        int since = -1;
        for (int day = 0; day < seen->days; day++) {
            double sum = 0, people = 0;
            for (size_t other = 0; other < TOWNS; other++) {
                if (region == NULL ? other == m : region[other] == region[m]) {
                    people += vg_population_first(w.population)[other + 1] - vg_population_first(w.population)[other];
                    for (int before = 1; before <= 7 && before <= day; before++) {
                        sum += seen->cases[day - before][other];
                    }
                }
            }
            double now = sum * 100000 / people;
            int was = since;
            since = since < 0 ? (now >= 150 ? day : -1) : now < 60 && day - since >= 10 ? -1 : since;
            switches += (was < 0) != (since < 0) ? 1 : 0;
            assert_int_equal(seen->in_force[day][m], since >= 0);
        }
    }
    return switches;
}

static void regions_switch_by_themselves(void **state)
{
    (void)state;
    static const uint32_t by_two[TOWNS] = {0, 0, 0, 3, 3, 3}, whole[TOWNS] = {0, 0, 0, 0, 0, 0};
    const uint32_t *scopes[3] = {NULL, by_two, whole};
    struct vg_error error;
    for (int i = 0; i < 3; i++) {
        static struct seen seen;
        memset(&seen, 0, sizeof seen);
        struct vg_intervention *m = prepare(1, 60000, 2.5);
        m->layers = (1U << VG_LAYERS) - 1;
        m->strength = 0.7;
        m->trigger = VG_TRIGGER_CASES;
        m->trigger_region = scopes[i];
        m->trigger_on = 150;
        m->trigger_off = 60;
        m->minimum_days = 10;
        w.input.observation = (struct vg_observation){.reported = 0.4, .onset_to_report = {3, 2}};
        w.input.context = &seen;
        w.input.on_day = look;
        vg_assert_ok(vg_epidemic_new(&w.input, NULL, &seen.epidemic, &error), error);
        vg_assert_ok(vg_epidemic_advance(seen.epidemic, DAYS, &error), error);
        size_t switches = check_rule(&seen, scopes[i]);
        print_message("# %zu switches\n", switches);
        assert_true(switches >= 12);
        bool apart = false, halves_apart = false;
        for (int day = 0; day < DAYS; day++) {
            for (size_t town = 1; town < TOWNS; town++) {
                apart = apart || seen.in_force[day][town] != seen.in_force[day][0];
                assert_true(i == 0 || town == 3 || seen.in_force[day][town] == seen.in_force[day][town - 1]);
            }
            halves_apart = halves_apart || seen.in_force[day][0] != seen.in_force[day][3];
        }
        assert_int_equal(apart, i < 2);
        assert_int_equal(halves_apart, i < 2);
        vg_epidemic_free(seen.epidemic);
        release_world(&w);
    }
}

static void a_region_that_is_not_there_is_refused(void **state)
{
    (void)state;
    static const uint32_t bad[TOWNS] = {0, 0, 0, 0, 0, 6};
    struct vg_error error;
    struct vg_epidemic *epidemic = NULL;
    struct vg_intervention *m = prepare(1, 60000, 2.5);
    m->trigger = VG_TRIGGER_CASES;
    m->trigger_region = bad;
    assert_int_equal(vg_epidemic_new(&w.input, NULL, &epidemic, &error), VG_USAGE_ERROR);
    assert_non_null(strstr(error.message, "trigger region 6"));
    release_world(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(regions_switch_by_themselves),
        cmocka_unit_test(a_region_that_is_not_there_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
