/*
 * A scenario's epidemic by the engine that simulates every person, with all that an exercise asks afterwards: who infected whom, doses and stays, what each measure
 * took away where and when, and, in contact-exact mode, whom anybody met. The log of infections is kept in memory.
 */
#include "control/exercise/world.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct vg_exercise_run {
    struct vg_arena arena;
    const struct vg_scenario_world *people;
    struct vg_epidemic *epidemic;
    struct vg_exercise_world world;
    struct vg_buffer log, steps;
    float *strength;                   /* [(measure * n_days + day) * n_municipalities + municipality] */
    const struct vg_progress *progress;
    int32_t n_days, lead;
};

static struct vg_person person_of(void *context, uint32_t person, int32_t day)
{
    const struct vg_exercise_run *run = context;
    return vg_population_person(run->people->population, person, day + run->lead);
}

static size_t contacts_of(void *context, uint32_t person, int32_t day, struct vg_contact_met *met, size_t capacity)
{
    const struct vg_exercise_run *run = context;
    return vg_epidemic_contacts(run->epidemic, person, day + run->lead, met, capacity);
}

static double strength_of(void *context, size_t measure, uint32_t municipality, int32_t day)
{
    const struct vg_exercise_run *run = context;
    return (double)run->strength[(measure * (size_t)run->n_days + (size_t)day) * run->world.n_municipalities + municipality];
}

/* The engine's days count from those who were infected before the first day. */
static void keep(void *context, const struct vg_infection *infections, size_t n)
{
    struct vg_exercise_run *run = context;
    for (size_t i = 0; i < n; i++) {
        struct vg_infection one = infections[i];
        one.day -= run->lead;
        one.onset -= run->lead;
        one.admission -= one.admission == VG_DATE_NONE ? 0 : run->lead;
        vg_buffer_append(&run->log, &one, sizeof one);
    }
}

static void keep_steps(void *context, const struct vg_step *steps, size_t n)
{
    struct vg_exercise_run *run = context;
    for (size_t i = 0; i < n; i++) {
        struct vg_step one = steps[i];
        one.day -= run->lead;
        one.until -= run->lead;
        vg_buffer_append(&run->steps, &one, sizeof one);
    }
}

static bool on_day(void *context, const struct vg_day *day)
{
    const struct vg_exercise_run *run = context;
    int32_t own = day->day - run->lead;
    for (size_t i = 0; i < run->world.n_measures; i++) {
        float *row = run->strength + (i * (size_t)run->n_days + (size_t)own) * run->world.n_municipalities;
        for (uint32_t m = 0; m < run->world.n_municipalities; m++) {
            row[m] = (float)vg_epidemic_measure_strength(run->epidemic, i, m);
        }
    }
    return vg_progress_report(run->progress, "the epidemic", 0.5 * own / run->n_days);
}

/* By how much R falls where a measure takes its share of the contacts of its layers away everywhere: transmission for the same R, without and with it. */
static vg_status effect_of(const struct vg_exercise_run *run, const struct vg_intervention *measure, double *effect, struct vg_error *error)
{
    const struct vg_scenario_world *people = run->people;
    const size_t n_cells = people->n_ages * people->n_ages;
    struct vg_disease disease = people->disease;
    double *daily = malloc(VG_LAYERS * n_cells * sizeof *daily), transmission = 0;
    struct vg_contacts contacts = {.n_sets = 1, .daily = daily};
    *effect = NAN;
    if (daily == NULL) {
        return vg_fail_memory(error, VG_LAYERS * n_cells * sizeof *daily);
    }
    for (size_t layer = 0; layer < VG_LAYERS; layer++) {
        double left = measure->layers >> layer & 1 ? 1 - measure->strength * measure->compliance : 1;
        disease.layer_weight[layer] *= layer == VG_LAYER_HOUSEHOLD ? left : 1;
        for (size_t cell = 0; cell < n_cells; cell++) {
            bool of_ages = measure->ages == 0 || (measure->ages & (1U << cell / people->n_ages | 1U << cell % people->n_ages)) != 0;
            daily[layer * n_cells + cell] = (of_ages ? left : 1) * people->contacts.daily[layer * n_cells + cell];
        }
    }
    bool all = measure->ages == 0;
    for (size_t layer = 0; layer < VG_LAYERS; layer++) {
        all = all && measure->layers >> layer & 1;
    }
    vg_status status = VG_OK;
    if (measure->ages != 0 && (measure->layers & 1U << VG_LAYER_HOUSEHOLD) != 0) {
        *effect = NAN; /* households have no matrix that ages could be taken out of */
    } else if (all) {
        *effect = measure->strength * measure->compliance;
    } else {
        status = vg_control_transmission(people->population, &contacts, &disease, people->r0, &transmission, NULL, error);
        *effect = status == VG_OK && transmission > 0 ? 1 - people->disease.transmission / transmission : NAN;
    }
    free(daily);
    return status;
}

static vg_status take_measures(const struct vg_scenario *scenario, size_t variation, const struct vg_epidemic_input *input, struct vg_exercise_run *run, struct vg_error *error)
{
    const size_t n = input->n_measures;
    const struct vg_scenario_measure **measures = VG_ARENA_ARRAY(&run->arena, const struct vg_scenario_measure *, n + 1);
    uint32_t *layers = VG_ARENA_ARRAY(&run->arena, uint32_t, n + 1);
    double *effects = VG_ARENA_ARRAY(&run->arena, double, n + 1);
    run->strength = VG_ARENA_ARRAY(&run->arena, float, n * (size_t)run->n_days * run->world.n_municipalities + 1);
    if (run->arena.failed) {
        return vg_fail_memory(error, n * (size_t)run->n_days * run->world.n_municipalities * sizeof(float));
    }
    size_t count = 0;
    vg_status status = VG_OK;
    for (size_t i = 0; i < scenario->n_measures && status == VG_OK; i++) {
        if (vg_scenario_holds(scenario, variation, scenario->measures[i].name)) {
            const struct vg_intervention *measure = &input->measures[count];
            bool contacts = measure->kind == VG_INTERVENTION_CONTACTS;
            measures[count] = &scenario->measures[i];
            layers[count] = contacts ? measure->layers : 0;
            effects[count] = NAN;
            status = contacts ? effect_of(run, measure, &effects[count], error) : VG_OK;
            count++;
        }
    }
    VG_ASSERT(status != VG_OK || count == n);
    run->world.n_measures = n;
    run->world.measures = measures;
    run->world.measure_layers = layers;
    run->world.measure_effects = effects;
    return status;
}

static vg_status take_names(const struct vg_scenario_facts *facts, struct vg_exercise_run *run, struct vg_error *error)
{
    const struct vg_scenario_world *people = run->people;
    const char **products = VG_ARENA_ARRAY(&run->arena, const char *, people->disease.n_products + 1);
    if (products == NULL) {
        return vg_fail_memory(error, 64);
    }
    for (size_t i = 0; i < people->disease.n_products; i++) {
        products[i] = facts->vaccines->products[people->product_of[i]].name;
    }
    run->world.product_names = products;
    run->world.variant_names = people->variant_names;
    return VG_OK;
}

static void fill_world(struct vg_exercise_run *run)
{
    struct vg_exercise_world *world = &run->world;
    world->n_persons = (uint32_t)vg_population_size(run->people->population);
    world->n_ages = run->people->n_ages;
    world->age_from = run->people->age_from;
    world->disease = &run->people->disease;
    world->infections = (const struct vg_infection *)(const void *)run->log.data;
    world->n_infections = run->log.size / sizeof(struct vg_infection);
    world->steps = (const struct vg_step *)(const void *)run->steps.data;
    world->n_steps = run->steps.size / sizeof(struct vg_step);
    world->context = run;
    world->person = person_of;
    world->strength = strength_of;
}

static vg_status simulate(const struct vg_scenario *scenario, size_t variation, const struct vg_scenario_facts *facts, struct vg_pool *pool, struct vg_exercise_run *run,
                          struct vg_error *error)
{
    struct vg_epidemic_input input;
    vg_status status = exercise_places(scenario, facts->municipalities, vg_population_first(run->people->population), &run->arena, &run->world, error);
    if (status == VG_OK) {
        status = vg_control_scenario_input(scenario, variation, run->people, NULL, 0, &run->arena, &input, error);
    }
    if (status == VG_OK) {
        status = take_measures(scenario, variation, &input, run, error);
    }
    if (status == VG_OK) {
        status = take_names(facts, run, error);
    }
    input.mode = scenario->exercise.contacts ? VG_CONTACTS_EXACT : VG_CONTACTS_THINNED;
    input.context = run;
    input.on_day = on_day;
    input.on_infections = keep;
    input.on_steps = keep_steps;
    run->lead = status == VG_OK ? input.first_day : 0;
    run->world.contacts = scenario->exercise.contacts ? contacts_of : NULL;
    if (status == VG_OK) {
        status = vg_epidemic_new(&input, pool, &run->epidemic, error);
    }
    return status == VG_OK ? vg_epidemic_advance(run->epidemic, run->n_days, error) : status;
}

vg_status vg_exercise_simulate(const struct vg_scenario *scenario, size_t variation, const struct vg_scenario_facts *facts, const struct vg_scenario_world *world,
                               struct vg_pool *pool, const struct vg_progress *progress, struct vg_exercise_run **out, struct vg_error *error)
{
    struct vg_exercise_run *run = calloc(1, sizeof *run);
    *out = NULL;
    if (run == NULL) {
        return vg_fail_memory(error, sizeof *run);
    }
    run->people = world;
    run->progress = progress;
    run->n_days = scenario->days;
    vg_arena_init(&run->arena, 0);
    vg_buffer_init(&run->log, 0);
    vg_buffer_init(&run->steps, 0);
    vg_status status = simulate(scenario, variation, facts, pool, run, error);
    if (status == VG_OK && (run->log.failed || run->steps.failed)) {
        status = vg_fail_memory(error, run->log.size);
    }
    if (status != VG_OK) {
        vg_exercise_run_free(run);
        return status;
    }
    fill_world(run);
    *out = run;
    return VG_OK;
}

const struct vg_exercise_world *vg_exercise_run_world(const struct vg_exercise_run *run)
{
    return &run->world;
}

void vg_exercise_run_free(struct vg_exercise_run *run)
{
    if (run == NULL) {
        return;
    }
    vg_epidemic_free(run->epidemic);
    vg_buffer_release(&run->log);
    vg_buffer_release(&run->steps);
    vg_arena_release(&run->arena);
    free(run);
}
