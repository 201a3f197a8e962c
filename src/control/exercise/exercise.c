/*
 * The exercise as a whole, and what its tables share: the list of tables, names of cases and infections, the two last columns of
 * everything that is observed.
 */
#include "control/exercise/internal.h"

#include <string.h>

vg_status vg_exercise_courses(const struct vg_scenario *scenario, const struct vg_exercise_world *world, struct vg_arena *arena, struct vg_exercise *exercise,
                              struct vg_error *error)
{
    *exercise = (struct vg_exercise){.scenario = scenario, .settings = &scenario->exercise, .world = world, .arena = arena, .seed = (uint64_t)scenario->seed,
                                     .first_date = scenario->start, .n_days = scenario->days};
    if (world->n_municipalities == 0 || world->n_municipalities > UINT16_MAX || world->n_provinces == 0 || world->n_countries == 0 || world->n_infections >= UINT32_MAX - 1)
        return vg_fail(error, VG_USAGE_ERROR, "an exercise needs 1 to 65,535 municipalities, a province, a country, and at most 2^32 - 3 infections");
    vg_status status = exercise_make_calendar(exercise, error);
    if (status == VG_OK)
        status = exercise_check_outages(exercise, error);
    return status == VG_OK ? exercise_make_courses(exercise, error) : status;
}

vg_status vg_control_exercise(const struct vg_scenario *scenario, const struct vg_exercise_world *world, struct vg_arena *arena, struct vg_exercise *exercise,
                              struct vg_error *error)
{
    vg_status status = vg_exercise_courses(scenario, world, arena, exercise, error);
    return status == VG_OK ? exercise_make_cases(exercise, error) : status;
}

bool exercise_lies_in(const struct vg_exercise_world *world, uint32_t municipality, const char *code)
{
    const struct vg_exercise_place *own = &world->municipalities[municipality], *province = &world->provinces[own->above], *country = &world->countries[province->above];
    const char *const codes[] = {own->code, province->code, country->code};
    const size_t size = strlen(country->code);
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        /* As in a node, or as the scenario's own table has it. */
        if (strcmp(codes[i], code) == 0 || (i < 2 && strncmp(codes[i], country->code, size) == 0 && codes[i][size] == '-' && strcmp(codes[i] + size + 1, code) == 0))
            return true;
    return false;
}

const struct vg_exercise_table vg_exercise_tables[] = {
    {"place", true, false, 1, exercise_truth_places},
    {"person", true, false, 1, exercise_truth_persons},
    {"infection", true, false, 1, exercise_truth_infections},
    {"case_truth", true, false, 1, exercise_truth_cases},
    {"measure_truth", true, false, 3, exercise_truth_measures},
    {"daily_truth", true, false, 4, exercise_truth_daily},
    {"place_truth", true, false, 2, exercise_truth_places_daily},
    {"counterfactual", true, false, 3, exercise_truth_counterfactual},
    {"contact", true, false, 3, exercise_truth_contacts},
    {"isolation_truth", true, false, 3, exercise_truth_isolation},
    {"dose", true, false, 2, exercise_truth_doses},
    {"vaccine_truth", true, false, 3, exercise_truth_vaccines},
    {"generation_truth", true, false, 1, exercise_truth_generation},
    {"genome_truth", true, false, 1, exercise_truth_genomes},
    {"lineage_truth", true, false, 1, exercise_truth_lineages},
    {"sample_truth", true, false, 1, exercise_truth_samples},
    {"places", false, false, 1, exercise_feed_places},
    {"linelist", false, true, 1, exercise_feed_linelist},
    {"agg_daily", false, true, 2, exercise_feed_daily},
    {"tests", false, true, 2, exercise_feed_tests},
    {"swabs", false, false, 1, exercise_feed_swabs},
    {"hospital_census", false, false, 2, exercise_feed_census},
    {"deaths", false, false, 1, exercise_feed_deaths},
    {"all_deaths", false, true, 2, exercise_feed_all_deaths},
    {"contact_reports", false, false, 2, exercise_feed_contacts},
    {"genomes", false, false, 1, exercise_feed_genomes},
    {"genome_diff", false, false, 2, exercise_feed_genome_diff},
    {"exposure_keys", false, false, 1, exercise_feed_keys},
    {"encounters", false, false, 2, exercise_feed_encounters},
    {"vaccinations", false, false, 4, exercise_feed_vaccinations},
    {"wastewater", false, false, 2, exercise_feed_wastewater},
    {"serosurvey", false, false, 2, exercise_feed_serosurvey},
    {"injects", false, false, 1, exercise_feed_injects},
    {NULL, false, false, 0, NULL},
};

const struct vg_exercise_table *vg_exercise_table_find(const char *name)
{
    for (const struct vg_exercise_table *table = vg_exercise_tables; table->name != NULL; table++)
        if (strcmp(table->name, name) == 0)
            return table;
    return NULL;
}

void exercise_case_name(size_t index, char out[EXERCISE_NAME_BYTES])
{
    (void)snprintf(out, EXERCISE_NAME_BYTES, "C%07zu", index + 1);
}

void exercise_infection_name(uint32_t index, char out[EXERCISE_NAME_BYTES])
{
    out[0] = '\0';
    if (index != VG_EXERCISE_NONE)
        (void)snprintf(out, EXERCISE_NAME_BYTES, "I%09u", index + 1);
}

void exercise_reference_name(uint64_t reference, char out[EXERCISE_NAME_BYTES])
{
    (void)snprintf(out, EXERCISE_NAME_BYTES, "%012llx", (unsigned long long)reference & 0xFFFFFFFFFFFFu);
}

void exercise_add_columns(struct vg_table *table, const struct exercise_column *columns, size_t n)
{
    for (size_t i = 0; i < n; i++)
        vg_table_add_column(table, columns[i].name, columns[i].kind);
}

void exercise_date_cell(struct vg_table *table, const struct vg_exercise *exercise, int32_t day)
{
    vg_table_date(table, exercise_date(exercise, day));
}

void exercise_release_cells(struct vg_table *table, const struct vg_exercise *exercise, int32_t report_day)
{
    exercise_date_cell(table, exercise, report_day);
    exercise_date_cell(table, exercise, vg_exercise_release_day(exercise, report_day));
}

vg_status exercise_table_end(const struct vg_table *table, struct vg_error *error)
{
    return table->failed ? vg_fail_memory(error, table->n_rows * table->n_columns * 16) : VG_OK;
}
