/*
 * A scenario's epidemic by the engine that simulates every person, in its contact-exact mode, so that whom anybody met can be asked
 * afterwards. The log of infections is kept in memory; the population is smaller or larger than asked by a household at most.
 */
#include "control/exercise/society.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define IMPORT_DAYS 14
#define IMPORTS_MAX (2 * IMPORT_DAYS * 3)

struct vg_exercise_run {
    struct society society;
    struct vg_population *population;
    struct vg_epidemic *epidemic;
    struct vg_exercise_world world;
    struct vg_import imports[IMPORTS_MAX];
    size_t n_imports;
    struct vg_intervention measures[VG_EXERCISE_MEASURES_MAX];
    uint8_t where[VG_EXERCISE_MEASURES_MAX][SOCIETY_MUNICIPALITIES];
    struct vg_campaign campaign;
    uint8_t priority[SOCIETY_AGES];
    double uptake[SOCIETY_AGES];
    uint32_t doses_per_day[SOCIETY_MUNICIPALITIES];
    struct vg_buffer log;
    const struct vg_progress *progress;
    int32_t n_days;
};

static struct vg_person person_of(void *context, uint32_t person, int32_t day)
{
    const struct vg_exercise_run *run = context;
    return vg_population_person(run->population, person, day);
}

static size_t contacts_of(void *context, uint32_t person, int32_t day, struct vg_contact_met *met, size_t capacity)
{
    const struct vg_exercise_run *run = context;
    return vg_epidemic_contacts(run->epidemic, person, day, met, capacity);
}

static int32_t dosed_on(void *context, uint32_t person)
{
    const struct vg_exercise_run *run = context;
    return vg_epidemic_person(run->epidemic, person).dosed_on;
}

static void keep(void *context, const struct vg_infection *infections, size_t n)
{
    struct vg_exercise_run *run = context;
    vg_buffer_append(&run->log, infections, n * sizeof *infections);
}

static bool on_day(void *context, const struct vg_day *day)
{
    const struct vg_exercise_run *run = context;
    return vg_progress_report(run->progress, "the epidemic", 0.5 * day->day / run->n_days);
}

/* Arrivals at the port, the valley's airport and the islands, in shares of 3, 1 and 1, as evenly as whole people allow. */
static void add_imports(struct vg_exercise_run *run, int32_t first_day, double persons, uint8_t variant)
{
    static const struct { uint32_t municipality; double share; } doors[] = {{0, 0.6}, {6, 0.2}, {30, 0.2}};
    for (size_t door = 0; door < sizeof doors / sizeof *doors; door++) {
        double sum = 0, sent = 0;
        for (int32_t day = 0; day < IMPORT_DAYS; day++) {
            sum += persons * doors[door].share / IMPORT_DAYS;
            double now = floor(sum + 0.5) - sent;
            if (now < 1 || first_day + day >= run->n_days || run->n_imports == IMPORTS_MAX)
                continue;
            sent += now;
            run->imports[run->n_imports++] = (struct vg_import){first_day + day, first_day + day, doors[door].municipality, (uint32_t)now, variant};
        }
    }
}

static vg_status add_measures(const struct vg_exercise_parameters *parameters, struct vg_exercise_run *run, struct vg_error *error)
{
    for (size_t i = 0; i < parameters->n_measures; i++) {
        const struct vg_exercise_measure *measure = &parameters->measures[i];
        size_t n_places = 0;
        for (size_t m = 0; m < SOCIETY_MUNICIPALITIES; m++) {
            const struct vg_exercise_place *place = &run->society.municipalities[m];
            run->where[i][m] = measure->place[0] == '\0' || strcmp(measure->place, VG_EXAMPLE_COUNTRY) == 0 || strcmp(measure->place, place->code) == 0 ||
                               strcmp(measure->place, run->society.provinces[place->province].code) == 0;
            n_places += run->where[i][m];
        }
        if (n_places == 0)
            return vg_fail(error, VG_USAGE_ERROR, "measure %zu: there is no place %s", i + 1, measure->place);
        run->measures[i] = (struct vg_intervention){.kind = VG_INTERVENTION_CONTACTS, .layers = measure->layers, .first_day = measure->first_day,
                                                    .last_day = measure->last_day, .where = run->where[i], .strength = measure->strength,
                                                    .compliance = measure->compliance, .fade_in_days = 3, .fade_out_days = 0};
    }
    return VG_OK;
}

/* One dose for everybody over 19 who wants it, from the oldest ten years down. */
static size_t add_campaign(const struct vg_exercise_parameters *parameters, struct vg_exercise_run *run)
{
    for (size_t a = 0; a < SOCIETY_AGES; a++) {
        run->priority[a] = a < 2 ? 0 : (uint8_t)(SOCIETY_AGES - a);
        run->uptake[a] = parameters->vaccine_uptake;
    }
    for (size_t m = 0; m < SOCIETY_MUNICIPALITIES; m++)
        run->doses_per_day[m] = (uint32_t)ceil(parameters->vaccine_doses_per_100k * run->society.persons[m] / 1e5);
    run->campaign = (struct vg_campaign){.first_day = (int32_t)parameters->vaccine_day, .last_day = run->n_days - 1, .dose = 1, .priority = run->priority,
                                         .uptake = run->uptake, .doses_per_day = run->doses_per_day};
    return (int32_t)parameters->vaccine_day < run->n_days && parameters->vaccine_doses_per_100k > 0;
}

static vg_status start(const struct vg_exercise_parameters *parameters, struct vg_pool *pool, struct vg_exercise_run *run, struct vg_error *error)
{
    struct vg_epidemic_input input = {.seed = parameters->seed, .mode = VG_CONTACTS_EXACT, .first_date = parameters->first_date, .imports = run->imports,
                                      .n_measures = parameters->n_measures, .measures = run->measures, .observation = {.reported = 0}, .context = run,
                                      .on_day = on_day, .on_infections = keep, .disease = &run->society.disease,
                                      .contacts = {.n_sets = 1, .daily = run->society.daily}};
    struct vg_population_input people = exercise_society_population(parameters, &run->society);
    vg_status status = vg_population_new(&people, pool, &run->population, error);
    if (status == VG_OK)
        status = vg_control_transmission(run->population, &input.contacts, &run->society.disease, parameters->reproduction_number, &run->society.disease.transmission,
                                         NULL, error);
    if (status == VG_OK)
        status = add_measures(parameters, run, error);
    add_imports(run, 0, parameters->imports, 0);
    add_imports(run, (int32_t)parameters->variant_day, fmax(parameters->imports / 4, 1), 1);
    input.n_imports = run->n_imports;
    input.n_campaigns = add_campaign(parameters, run);
    input.campaigns = &run->campaign;
    input.population = run->population;
    return status == VG_OK ? vg_epidemic_new(&input, pool, &run->epidemic, error) : status;
}

static void fill_world(struct vg_exercise_run *run)
{
    const uint32_t *first = vg_population_first(run->population);
    for (size_t p = 0; p < VG_EXAMPLE_PROVINCES; p++)
        run->society.provinces[p].population = 0;
    for (size_t m = 0; m < SOCIETY_MUNICIPALITIES; m++) {
        struct vg_exercise_place *place = &run->society.municipalities[m];
        place->population = first[m + 1] - first[m];
        run->society.provinces[place->province].population += place->population;
    }
    run->world = (struct vg_exercise_world){.country = VG_EXAMPLE_COUNTRY, .country_name = "Vallemar", .n_provinces = VG_EXAMPLE_PROVINCES,
                                            .n_municipalities = SOCIETY_MUNICIPALITIES, .provinces = run->society.provinces,
                                            .municipalities = run->society.municipalities, .n_persons = (uint32_t)vg_population_size(run->population),
                                            .disease = &run->society.disease, .infections = (const struct vg_infection *)(const void *)run->log.data,
                                            .n_infections = run->log.size / sizeof(struct vg_infection), .context = run, .person = person_of, .dosed = dosed_on, .contacts = contacts_of};
}

vg_status vg_exercise_simulate(const struct vg_exercise_parameters *parameters, struct vg_pool *pool, const struct vg_progress *progress, struct vg_exercise_run **out,
                               struct vg_error *error)
{
    struct vg_exercise_run *run = calloc(1, sizeof *run);
    *out = NULL;
    if (run == NULL)
        return vg_fail_memory(error, sizeof *run);
    run->progress = progress;
    run->n_days = (int32_t)parameters->days;
    vg_buffer_init(&run->log, 0);
    vg_status status = exercise_society(parameters, &run->society, error);
    if (status == VG_OK)
        status = start(parameters, pool, run, error);
    if (status == VG_OK)
        status = vg_epidemic_advance(run->epidemic, run->n_days, error);
    if (status == VG_OK && run->log.failed)
        status = vg_fail_memory(error, run->log.size);
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
    if (run == NULL)
        return;
    vg_epidemic_free(run->epidemic);
    vg_population_free(run->population);
    vg_buffer_release(&run->log);
    free(run);
}
