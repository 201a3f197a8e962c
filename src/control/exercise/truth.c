/*
 * The truth, person by person: places and hospitals, people, infections with their whole course, cases with what is behind them,
 * measures. Never shown to players; every estimate can be held against it.
 */
#include "control/exercise/internal.h"

#include <string.h>

static const char *const layer_words[] = {"household", "school", "work", "community", "travel", "", "", "import"};
static const char *const role_words[VG_ROLES] = {"home", "pupil", "school_staff", "worker"};

static void put_place(const struct vg_exercise *exercise, const struct vg_exercise_place *place, bool province, uint32_t municipality, struct vg_table *table)
{
    const struct vg_exercise_world *world = exercise->world;
    struct exercise_hospital hospital;
    vg_table_text(table, place->code);
    vg_table_text(table, place->name);
    vg_table_text(table, province ? "province" : "municipality");
    vg_table_text(table, province ? world->country : world->provinces[place->province].code);
    vg_table_double(table, place->latitude);
    vg_table_double(table, place->longitude);
    vg_table_integer(table, (int64_t)place->population);
    if (!province && exercise_hospital_of(exercise, municipality, &hospital)) {
        vg_table_integer(table, hospital.ward_beds);
        vg_table_integer(table, hospital.icu_beds);
    } else {
        vg_table_missing(table);
        vg_table_missing(table);
    }
}

vg_status exercise_truth_places(const struct vg_exercise *exercise, struct vg_table *table, struct vg_error *error)
{
    static const struct exercise_column columns[] = {{"place_code", VG_COLUMN_TEXT},   {"name", VG_COLUMN_TEXT},       {"kind", VG_COLUMN_TEXT},
                                                     {"parent", VG_COLUMN_TEXT},       {"latitude", VG_COLUMN_DOUBLE}, {"longitude", VG_COLUMN_DOUBLE},
                                                     {"population", VG_COLUMN_INTEGER}, {"ward_beds", VG_COLUMN_INTEGER}, {"icu_beds", VG_COLUMN_INTEGER}};
    const struct vg_exercise_world *world = exercise->world;
    EXERCISE_ADD_COLUMNS(table, columns);
    for (size_t p = 0; p < world->n_provinces; p++) {
        put_place(exercise, &world->provinces[p], true, 0, table);
        for (uint32_t m = 0; m < world->n_municipalities; m++)
            if (world->municipalities[m].province == p)
                put_place(exercise, &world->municipalities[m], false, m, table);
    }
    return exercise_table_end(table, error);
}

static void put_known_place(const struct vg_exercise *exercise, const struct vg_exercise_place *place, const char *parent, enum vg_place_level level,
                            struct vg_table *table)
{
    vg_table_text(table, place->code);
    vg_table_text(table, place->name);
    vg_table_text(table, parent);
    vg_table_text(table, vg_place_level_name(level));
    vg_table_integer(table, (int64_t)place->population);
    vg_table_double(table, place->latitude);
    vg_table_double(table, place->longitude);
    exercise_release_cells(table, exercise, 0);
}

/* The list of places as everybody knows it; the only observed table that does not change. */
vg_status exercise_feed_places(const struct vg_exercise *exercise, struct vg_table *table, struct vg_error *error)
{
    static const struct exercise_column columns[] = {{"code", VG_COLUMN_TEXT},          {"name", VG_COLUMN_TEXT},       {"parent", VG_COLUMN_TEXT},
                                                     {"level", VG_COLUMN_TEXT},         {"population", VG_COLUMN_INTEGER}, {"latitude", VG_COLUMN_DOUBLE},
                                                     {"longitude", VG_COLUMN_DOUBLE},   {"report_day", VG_COLUMN_DATE}, {"release_day", VG_COLUMN_DATE}};
    const struct vg_exercise_world *world = exercise->world;
    struct vg_exercise_place country = {.code = world->country, .name = world->country_name};
    EXERCISE_ADD_COLUMNS(table, columns);
    for (size_t p = 0; p < world->n_provinces; p++) {
        country.population += world->provinces[p].population;
        country.latitude += world->provinces[p].latitude / (double)world->n_provinces;
        country.longitude += world->provinces[p].longitude / (double)world->n_provinces;
    }
    put_known_place(exercise, &country, NULL, VG_LEVEL_COUNTRY, table);
    for (size_t p = 0; p < world->n_provinces; p++) {
        put_known_place(exercise, &world->provinces[p], world->country, VG_LEVEL_ADMIN1, table);
        for (size_t m = 0; m < world->n_municipalities; m++)
            if (world->municipalities[m].province == p)
                put_known_place(exercise, &world->municipalities[m], world->provinces[p].code, VG_LEVEL_ADMIN2, table);
    }
    return exercise_table_end(table, error);
}

static void group_cell(struct vg_table *table, enum vg_layer_kind layer, uint32_t pool, uint32_t place)
{
    char text[48];
    if (pool == UINT32_MAX) {
        vg_table_missing(table);
        return;
    }
    (void)snprintf(text, sizeof text, "%s-%u-%u", layer_words[layer], pool, place);
    vg_table_text(table, text);
}

vg_status exercise_truth_persons(const struct vg_exercise *exercise, struct vg_table *table, struct vg_error *error)
{
    static const struct exercise_column columns[] = {{"person_id", VG_COLUMN_INTEGER}, {"municipality", VG_COLUMN_TEXT}, {"household_id", VG_COLUMN_INTEGER},
                                                     {"age", VG_COLUMN_INTEGER},       {"sex", VG_COLUMN_TEXT},          {"occupation", VG_COLUMN_TEXT},
                                                     {"school_id", VG_COLUMN_TEXT},    {"work_id", VG_COLUMN_TEXT},      {"app_user", VG_COLUMN_BOOLEAN},
                                                     {"reference", VG_COLUMN_TEXT}};
    const struct vg_exercise_world *world = exercise->world;
    EXERCISE_ADD_COLUMNS(table, columns);
    for (uint32_t id = 0; id < world->n_persons; id++) {
        struct vg_person person = world->person(world->context, id, 0);
        char reference[EXERCISE_NAME_BYTES];
        exercise_reference_name(exercise_pseudonym(exercise->parameters.seed, id, EXERCISE_REFERENCE_NAME), reference);
        vg_table_integer(table, id);
        vg_table_text(table, world->municipalities[person.municipality].code);
        vg_table_integer(table, person.household);
        vg_table_integer(table, person.age_years);
        vg_table_text(table, person.female ? "female" : "male");
        vg_table_text(table, person.role < VG_ROLES ? role_words[person.role] : "");
        group_cell(table, VG_LAYER_SCHOOL, person.pool[VG_LAYER_SCHOOL], person.place[VG_LAYER_SCHOOL]);
        group_cell(table, VG_LAYER_WORK, person.pool[VG_LAYER_WORK], person.place[VG_LAYER_WORK]);
        vg_table_boolean(table, exercise_has_app(exercise, id, person.age_years));
        vg_table_text(table, reference);
    }
    return exercise_table_end(table, error);
}

static const char *severity_word(const struct vg_exercise_infection *one)
{
    return one->icu != VG_DATE_NONE         ? "critical"
           : one->admission != VG_DATE_NONE ? "severe"
           : !one->symptomatic              ? "asymptomatic"
           : one->death != VG_DATE_NONE     ? "severe"
                                            : "mild";
}

vg_status exercise_truth_infections(const struct vg_exercise *exercise, struct vg_table *table, struct vg_error *error)
{
    static const struct exercise_column columns[] = {
        {"infection_id", VG_COLUMN_TEXT},  {"person_id", VG_COLUMN_INTEGER}, {"infector_infection_id", VG_COLUMN_TEXT}, {"t_infect", VG_COLUMN_DATE},
        {"layer", VG_COLUMN_TEXT},         {"place_id", VG_COLUMN_TEXT},     {"variant", VG_COLUMN_INTEGER},            {"t_infectious", VG_COLUMN_DATE},
        {"t_onset", VG_COLUMN_DATE},       {"symptomatic", VG_COLUMN_BOOLEAN}, {"severity", VG_COLUMN_TEXT},            {"t_hosp", VG_COLUMN_DATE},
        {"t_icu", VG_COLUMN_DATE},         {"t_icu_out", VG_COLUMN_DATE},    {"t_disch", VG_COLUMN_DATE},               {"t_death", VG_COLUMN_DATE},
        {"t_recover", VG_COLUMN_DATE},     {"municipality", VG_COLUMN_TEXT}, {"age", VG_COLUMN_INTEGER},                {"earlier_infections", VG_COLUMN_INTEGER},
        {"dose_count", VG_COLUMN_INTEGER}};
    EXERCISE_ADD_COLUMNS(table, columns);
    for (uint32_t i = 0; i < exercise->world->n_infections; i++) {
        const struct vg_exercise_infection *one = &exercise->infections[i];
        char name[EXERCISE_NAME_BYTES];
        exercise_infection_name(i, name);
        vg_table_text(table, name);
        vg_table_integer(table, one->person);
        exercise_infection_name(one->infector_infection, name);
        vg_table_text(table, name[0] == '\0' ? NULL : name);
        exercise_date_cell(table, exercise, one->day);
        vg_table_text(table, layer_words[one->layer & 7]);
        group_cell(table, one->layer, one->layer == VG_LAYER_SCHOOL || one->layer == VG_LAYER_WORK ? one->pool : UINT32_MAX, one->place);
        vg_table_integer(table, one->variant);
        exercise_date_cell(table, exercise, one->infectious);
        exercise_date_cell(table, exercise, one->onset);
        vg_table_boolean(table, one->symptomatic);
        vg_table_text(table, severity_word(one));
        const int32_t days[] = {one->admission, one->icu, one->icu_out, one->discharge, one->death, one->recovery};
        for (size_t k = 0; k < sizeof days / sizeof *days; k++)
            exercise_date_cell(table, exercise, days[k]);
        vg_table_text(table, exercise->world->municipalities[one->municipality].code);
        vg_table_integer(table, one->age_years);
        vg_table_integer(table, one->earlier_infections);
        vg_table_integer(table, one->doses);
    }
    return exercise_table_end(table, error);
}

static void flag_cell(struct vg_table *table, unsigned flags)
{
    static const char *const names[] = {"onset_missing", "onset_filled", "wrong_municipality", "duplicate", "false_positive",
                                        "late",          "held_back",    "queued",             "age_missing", "sex_missing", "doses_missing"};
    struct vg_buffer text;
    vg_buffer_init(&text, 0);
    for (size_t bit = 0; bit < sizeof names / sizeof *names; bit++)
        if (flags & 1u << bit)
            vg_buffer_format(&text, "%s%s", text.size > 0 ? " " : "", names[bit]);
    vg_table_text_slice(table, vg_text_of(text.data == NULL ? "" : text.data, text.size));
    vg_buffer_release(&text);
}

vg_status exercise_truth_cases(const struct vg_exercise *exercise, struct vg_table *table, struct vg_error *error)
{
    static const struct exercise_column columns[] = {{"case_id", VG_COLUMN_TEXT},        {"infection_id", VG_COLUMN_TEXT}, {"person_id", VG_COLUMN_INTEGER},
                                                     {"true_onset", VG_COLUMN_DATE},     {"dated_onset", VG_COLUMN_DATE}, {"test_day", VG_COLUMN_DATE},     {"result_day", VG_COLUMN_DATE},
                                                     {"report_day", VG_COLUMN_DATE},     {"municipality", VG_COLUMN_TEXT}, {"withdrawn_day", VG_COLUMN_DATE},
                                                     {"errors", VG_COLUMN_TEXT}};
    EXERCISE_ADD_COLUMNS(table, columns);
    for (size_t i = 0; i < exercise->n_cases; i++) {
        const struct vg_exercise_case *one = &exercise->cases[i];
        char name[EXERCISE_NAME_BYTES];
        exercise_case_name(i, name);
        vg_table_text(table, name);
        exercise_infection_name(one->infection, name);
        vg_table_text(table, name[0] == '\0' ? NULL : name);
        vg_table_integer(table, one->person);
        exercise_date_cell(table, exercise, one->onset);
        /* Where symptoms never came: when they would have, or the day of the swab. Whoever dates all cases means these. */
        exercise_date_cell(table, exercise, one->onset != VG_DATE_NONE ? one->onset : one->infection != VG_EXERCISE_NONE ? exercise->infections[one->infection].onset : one->test);
        exercise_date_cell(table, exercise, one->test);
        exercise_date_cell(table, exercise, one->result);
        exercise_date_cell(table, exercise, one->report);
        vg_table_text(table, exercise->world->municipalities[one->municipality].code);
        exercise_date_cell(table, exercise, one->withdrawn);
        flag_cell(table, one->flags);
    }
    return exercise_table_end(table, error);
}

vg_status exercise_truth_measures(const struct vg_exercise *exercise, struct vg_table *table, struct vg_error *error)
{
    static const struct exercise_column columns[] = {{"measure_no", VG_COLUMN_INTEGER}, {"place_code", VG_COLUMN_TEXT}, {"layers", VG_COLUMN_TEXT}, {"from", VG_COLUMN_DATE},
                                                     {"to", VG_COLUMN_DATE},         {"strength", VG_COLUMN_DOUBLE}, {"compliance", VG_COLUMN_DOUBLE},
                                                     {"contacts_removed", VG_COLUMN_DOUBLE}};
    EXERCISE_ADD_COLUMNS(table, columns);
    for (size_t i = 0; i < exercise->parameters.n_measures; i++) {
        const struct vg_exercise_measure *measure = &exercise->parameters.measures[i];
        char layers[64] = "";
        size_t size = 0;
        for (size_t layer = 0; layer < VG_LAYERS; layer++)
            if (measure->layers & 1u << layer)
                size += (size_t)snprintf(layers + size, sizeof layers - size, "%s%s", size > 0 ? "+" : "", layer_words[layer]);
        vg_table_integer(table, (int64_t)i + 1);
        vg_table_text(table, measure->place[0] == '\0' ? exercise->world->country : measure->place);
        vg_table_text(table, layers);
        exercise_date_cell(table, exercise, measure->first_day);
        exercise_date_cell(table, exercise, measure->last_day);
        vg_table_double(table, measure->strength);
        vg_table_double(table, measure->compliance);
        vg_table_double(table, measure->strength * measure->compliance);
    }
    return exercise_table_end(table, error);
}
