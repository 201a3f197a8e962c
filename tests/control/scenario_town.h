/*
 * A world of a scenario for tests: made from a scenario's text and what the program ships, without files.
 */
#ifndef VG_TEST_SCENARIO_TOWN_H
#define VG_TEST_SCENARIO_TOWN_H

#include "vg_test.h"

#include "control/scenario/scenario.h"
#include "intake/scenario/scenario.h"

struct town {
    struct vg_arena arena;
    struct vg_error error;
    struct vg_scenario scenario;
    struct vg_municipality items[4];
    struct vg_municipality_list municipalities;
    struct vg_age_pyramid pyramid;
    struct vg_household_sizes households;
    struct vg_disease_facts disease;
    struct vg_vaccines vaccines;
    struct vg_scenario_facts facts;
    struct vg_scenario_world *world;
    struct vg_scenario_layout layout;
};

/* n_places of 1 .. 4 share the population as 4 : 3 : 2 : 1 (of those there); the first two belong to "N", the others to "S". */
static inline void town_make(struct town *town, const char *text, size_t n_places, double scale)
{
    static const char *const codes[] = {"01", "02", "03", "04"};
    static const double weights[] = {4, 3, 2, 1};
    double sum = 0;
    *town = (struct town){.municipalities = {.items = town->items, .count = n_places}};
    vg_arena_init(&town->arena, 0);
    vg_assert_ok(vg_intake_scenario_parse("town.toml", vg_text_from(text), &town->arena, &town->scenario, &town->error), town->error);
    for (size_t i = 0; i < n_places; i++) {
        sum += weights[i];
    }
    for (size_t i = 0; i < n_places; i++) {
        town->items[i] = (struct vg_municipality){.code = codes[i], .name = codes[i], .parent = i < 2 ? "N" : "S", .latitude = NAN, .longitude = NAN, .mean_household_size = NAN,
                                                  .population = town->scenario.place.population * weights[i] / sum};
    }
    vg_assert_ok(vg_country_age_pyramid(vg_text_from(town->scenario.place.country), &town->pyramid, &town->error), town->error);
    assert_true(vg_household_sizes_from_mean(3.4, &town->households));
    vg_assert_ok(vg_disease_shipped(vg_text_from(town->scenario.disease.name), &town->disease, &town->error), town->error);
    vg_assert_ok(vg_vaccines_shipped(&town->arena, &town->vaccines, &town->error), town->error);
    town->facts = (struct vg_scenario_facts){.municipalities = &town->municipalities, .pyramid = &town->pyramid, .households = &town->households, .disease = &town->disease,
                                             .vaccines = &town->vaccines};
    vg_assert_ok(vg_control_world_new(&town->scenario, &town->facts, scale, NULL, &town->world, &town->error), town->error);
    vg_assert_ok(vg_control_layout_new(&town->scenario, town->world, &town->arena, &town->layout, &town->error), town->error);
}

static inline void town_release(struct town *town)
{
    vg_control_world_free(town->world);
    vg_arena_release(&town->arena);
}

/* One run into the arena. */
static inline uint32_t *town_run(struct town *town, size_t variation, size_t run, const struct vg_scenario_history *history, struct vg_pool *pool, const struct vg_run_control *control)
{
    struct vg_epidemic_input input;
    uint32_t *values = VG_ARENA_ARRAY(&town->arena, uint32_t, town->layout.n_values);
    vg_assert_ok(vg_control_scenario_input(&town->scenario, variation, town->world, history, run, &town->arena, &input, &town->error), town->error);
    vg_assert_ok(vg_control_scenario_run(&input, &town->layout, town->scenario.days, pool, control, values, &town->error), town->error);
    return values;
}

#endif
