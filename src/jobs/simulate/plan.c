/*
 * Scenario texts from outside: whether a node that also answers people may run them. Texts that would make it read a file are refused, as is what would take it too long.
 */
#include "jobs/jobs_internal.h"

#include "intake/scenario/scenario.h"
#include "jobs/simulate/simulate.h"

#include <math.h>
#include <string.h>

struct vg_simulation_limits vg_simulation_default_limits(void)
{
    return (struct vg_simulation_limits){.scenarios = 8, .runs = 400, .days = 1500, .persons = 6e7, .person_runs = 1.2e9, .rows = 5e5};
}

/* A key that names a file, or NULL. What a text of the node's own folder may read, one from outside may not. */
static const char *names_file(const struct vg_scenario *s)
{
    const struct { const char *key; bool given; } keys[] = {
        {"place.municipalities", s->place.municipalities != NULL}, {"place.ages", s->place.ages != NULL}, {"place.households", s->place.households != NULL},
        {"place.contacts", s->place.contacts.count > 0}, {"place.commuting", strcmp(s->place.commuting, "gravity") != 0 && strcmp(s->place.commuting, "none") != 0},
        {"disease.course", s->disease.course != NULL}, {"disease.cross_immunity", s->disease.cross_immunity != NULL}, {"disease.products", s->disease.products != NULL},
        {"disease.vaccines", s->disease.vaccines != NULL}, {"calibration.observed", s->calibration.observed != NULL}, {"calibration.node", s->calibration.node != NULL}};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (keys[i].given) {
            return keys[i].key;
        }
    }
    for (size_t g = 0; g < s->n_groups; g++) {
        if (s->groups[g].shares != NULL) {
            return "group.shares";
        }
    }
    return NULL;
}

static vg_status check_limit(const struct vg_scenario *s, const char *what, double asked, double most, struct vg_error *error)
{
    return asked <= most ? VG_OK : vg_fail(error, VG_LIMIT_EXCEEDED, "%s: %.12g %s are asked for; this server runs at most %.12g (vigia simulate has no such limit)", s->file_name, asked, what, most);
}

/* Rows are those of the whole: where all places have more than are allowed, theirs are left out of the rows (vg_simulate_request). */
static vg_status check_size(const struct vg_scenario *s, size_t n_scenarios, const struct vg_simulation_limits *limits, struct vg_error *error)
{
    double steps = ceil((double)s->days / (s->output.step == VG_SCENARIO_WEEK ? 7 : 1));
    double levels = (double)s->output.quantiles.count + (double)s->output.samples + 1;
    double rows = steps * (double)s->output.targets.count * ((double)s->output.ages.count + 1 + (double)s->n_groups) * levels * (double)n_scenarios;
    double persons = vg_scenario_persons(s);
    vg_status status = check_limit(s, "days", s->days, limits->days, error);
    if (status == VG_OK) {
        status = check_limit(s, "runs", (double)s->runs, (double)limits->runs, error);
    }
    if (status == VG_OK) {
        status = check_limit(s, "persons", persons, limits->persons, error);
    }
    if (status == VG_OK) {
        status = check_limit(s, "simulated persons (population times runs times scenarios)", persons * (double)s->runs * (double)n_scenarios, limits->person_runs, error);
    }
    return status == VG_OK ? check_limit(s, "rows", rows, limits->rows, error) : status;
}

static bool are_alike(const struct vg_scenario *a, const struct vg_scenario *b)
{
    bool alike = a->start == b->start && a->days == b->days && a->today == b->today && a->seed == b->seed && a->runs == b->runs && a->output.step == b->output.step &&
                 a->output.targets.count == b->output.targets.count && a->output.ages.count == b->output.ages.count && a->n_groups == b->n_groups;
    for (size_t i = 0; alike && i < a->output.targets.count; i++) {
        alike = strcmp(a->output.targets.items[i], b->output.targets.items[i]) == 0;
    }
    for (size_t i = 0; alike && i < a->output.ages.count; i++) {
        alike = strcmp(a->output.ages.items[i], b->output.ages.items[i]) == 0;
    }
    for (size_t i = 0; alike && i < a->n_groups; i++) {
        alike = strcmp(a->groups[i].name, b->groups[i].name) == 0;
    }
    return alike;
}

static vg_status read_text(const char *text, size_t number, struct vg_arena *arena, struct vg_scenario *scenario, struct vg_error *error)
{
    const char *name = vg_arena_format(arena, "text %zu", number + 1);
    if (name == NULL) {
        return vg_fail_memory(error, 16);
    }
    vg_status status = vg_intake_scenario_parse(name, vg_text_from(text), arena, scenario, error);
    const char *file = status == VG_OK ? names_file(scenario) : NULL;
    if (file != NULL) {
        return vg_fail(error, VG_USAGE_ERROR, "%s: %s names a file, which a text sent to a server may not; use vigia simulate for it", name, file);
    }
    if (status == VG_OK && isnan(vg_scenario_persons(scenario))) {
        return vg_fail(error, VG_DATA_ERROR, "%s: [place] has no population", name);
    }
    return status;
}

vg_status vg_job_simulation_plan(const char *const *texts, size_t n_texts, const struct vg_simulation_limits *limits, struct vg_arena *arena, struct vg_simulation_plan *plan,
                                 struct vg_error *error)
{
    struct vg_scenario *read = VG_ARENA_ARRAY(arena, struct vg_scenario, n_texts + 1);
    *plan = (struct vg_simulation_plan){0};
    vg_status status = read == NULL ? vg_fail_memory(error, n_texts * sizeof *read) : n_texts == 0 ? vg_fail(error, VG_USAGE_ERROR, "no scenario is given") : VG_OK;
    for (size_t i = 0; status == VG_OK && i < n_texts; i++) {
        status = read_text(texts[i], i, arena, &read[i], error);
        plan->n_scenarios += status == VG_OK ? read[i].n_variations : 0;
        if (status == VG_OK && !are_alike(&read[i], &read[0])) {
            status = vg_fail(error, VG_DATA_ERROR, "%s and %s cannot be held against each other: start, today, days, seed, runs, [output] and names of groups must be the same", read[0].file_name, read[i].file_name);
        }
    }
    if (status == VG_OK && plan->n_scenarios > limits->scenarios) {
        status = vg_fail(error, VG_LIMIT_EXCEEDED, "%zu scenarios are asked for; this server holds at most %zu against each other", plan->n_scenarios, limits->scenarios);
    }
    for (size_t i = 0; status == VG_OK && i < n_texts; i++) {
        status = check_size(&read[i], plan->n_scenarios, limits, error);
    }
    if (status != VG_OK) {
        return status;
    }
    plan->scenarios = VG_ARENA_ARRAY(arena, struct vg_simulation_scenario, plan->n_scenarios);
    plan->seed = read[0].seed;
    plan->runs = read[0].runs;
    plan->start = read[0].start;
    plan->days = read[0].days;
    plan->step_days = read[0].output.step == VG_SCENARIO_WEEK ? 7 : 1;
    for (size_t i = 0, at = 0; plan->scenarios != NULL && i < n_texts; i++) {
        for (size_t v = 0; v < read[i].n_variations; v++) {
            const struct vg_scenario_variation *own = &read[i].variations[v];
            plan->scenarios[at++] = (struct vg_simulation_scenario){own->name, own->title, vg_scenario_persons(&read[i]),
                                                                    isnan(own->ward_beds_per_100k) ? read[i].hospital.ward_beds_per_100k : own->ward_beds_per_100k,
                                                                    isnan(own->icu_beds_per_100k) ? read[i].hospital.icu_beds_per_100k : own->icu_beds_per_100k};
        }
    }
    return plan->scenarios == NULL ? vg_fail_memory(error, plan->n_scenarios * sizeof *plan->scenarios) : VG_OK;
}

void vg_job_simulation_id(const char *const *texts, size_t n_texts, char id[VG_SIMULATION_ID_BYTES])
{
    uint64_t hash = vg_program_identity();
    for (size_t i = 0; i < n_texts; i++) {
        hash = vg_hash_bytes(texts[i], strlen(texts[i]) + 1, hash); /* with the NUL, as a mark between */
    }
    (void)snprintf(id, VG_SIMULATION_ID_BYTES, "%016llx", (unsigned long long)hash);
}
