/*
 * The truth, person by person: places and hospitals, people, infections with their whole course, cases with what is behind them,
 * measures. Never shown to players; every estimate can be held against it.
 */
#include "control/exercise/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const layer_words[] = {"household", "school", "work", "community", "travel", "", "", "import"};
static const char *const role_words[VG_ROLES] = {"home", "pupil", "school_staff", "worker"};

static int compare_listed(const void *a, const void *b)
{
    return strcmp(((const struct exercise_listed *)a)->place->code, ((const struct exercise_listed *)b)->place->code);
}

struct exercise_listed *exercise_list_places(const struct vg_exercise_world *world, size_t *n)
{
    struct exercise_listed *all = calloc(world->n_countries + world->n_provinces + world->n_municipalities, sizeof *all);
    *n = 0;
    for (uint32_t c = 0; c < world->n_countries && all != NULL; c++)
        all[(*n)++] = (struct exercise_listed){&world->countries[c], NULL, EXERCISE_COUNTRY, c};
    for (uint32_t p = 0; p < world->n_provinces && all != NULL; p++)
        all[(*n)++] = (struct exercise_listed){&world->provinces[p], world->countries[world->provinces[p].above].code, EXERCISE_PROVINCE_LEVEL, p};
    for (uint32_t m = 0; m < world->n_municipalities && all != NULL; m++)
        all[(*n)++] = (struct exercise_listed){&world->municipalities[m], world->provinces[world->municipalities[m].above].code, EXERCISE_MUNICIPALITY, m};
    if (all != NULL)
        qsort(all, *n, sizeof *all, compare_listed);
    return all;
}

static void beds_cells(const struct vg_exercise *exercise, const struct exercise_listed *listed, struct vg_table *table)
{
    struct exercise_hospital hospital;
    bool has = listed->level == EXERCISE_MUNICIPALITY && exercise_hospital_of(exercise, listed->index, &hospital);
    const int32_t beds[2] = {has ? hospital.ward_beds : -1, has ? hospital.icu_beds : -1};
    for (size_t i = 0; i < 2; i++) {
        if (beds[i] < 0)
            vg_table_missing(table);
        else
            vg_table_integer(table, beds[i]);
    }
}

static void put_place(const struct vg_exercise *exercise, const struct exercise_listed *listed, struct vg_table *table)
{
    static const char *const kinds[] = {"country", "province", "municipality"};
    const struct vg_exercise_place *place = listed->place;
    vg_table_text(table, place->code);
    vg_table_text(table, place->name);
    vg_table_text(table, kinds[listed->level]);
    vg_table_text(table, listed->parent);
    vg_table_double(table, place->latitude);
    vg_table_double(table, place->longitude);
    vg_table_integer(table, (int64_t)place->population);
    beds_cells(exercise, listed, table);
}

/* ---------------------------------------------------- schools and workplaces */

struct group { uint32_t pool, place, members; uint8_t layer; };

static int compare_groups(const void *a, const void *b)
{
    const struct group *one = a, *other = b;
    if (one->layer != other->layer)
        return one->layer < other->layer ? -1 : 1;
    if (one->pool != other->pool)
        return one->pool < other->pool ? -1 : 1;
    return one->place < other->place ? -1 : one->place > other->place;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void group_name(const struct group *group, char out[48])
{
    (void)snprintf(out, 48, "%s-%u-%u", layer_words[group->layer], group->pool, group->place);
}

static size_t gather_groups(const struct vg_exercise *exercise, struct group *groups)
{
    const struct vg_exercise_world *world = exercise->world;
    size_t n = 0, kept = 0;
    for (uint32_t id = 0; id < world->n_persons; id++) {
        struct vg_person person = world->person(world->context, id, 0);
        for (unsigned layer = VG_LAYER_SCHOOL; layer <= VG_LAYER_WORK; layer++)
            if (person.pool[layer] != UINT32_MAX)
                groups[n++] = (struct group){person.pool[layer], person.place[layer], 1, (uint8_t)layer};
    }
    qsort(groups, n, sizeof *groups, compare_groups);
    for (size_t i = 0; i < n; i++) {
        if (kept > 0 && compare_groups(&groups[kept - 1], &groups[i]) == 0)
            groups[kept - 1].members++;
        else
            groups[kept++] = groups[i];
    }
    return kept;
}

/* A class or a group at work: where, and how many belong to it. Sorted by name like all rows. */
static vg_status put_groups(const struct vg_exercise *exercise, struct vg_table *table, struct vg_error *error)
{
    struct group *groups = calloc((size_t)exercise->world->n_persons * 2 + 1, sizeof *groups);
    size_t n = groups == NULL ? 0 : gather_groups(exercise, groups);
    char(*names)[48] = calloc(n + 1, sizeof *names);
    const char **order = calloc(n + 1, sizeof *order);
    vg_status status = groups == NULL || names == NULL || order == NULL ? vg_fail_memory(error, exercise->world->n_persons * sizeof *groups) : VG_OK;
    for (size_t i = 0; i < n && status == VG_OK; i++) {
        group_name(&groups[i], names[i]);
        order[i] = names[i];
    }
    if (status == VG_OK)
        qsort(order, n, sizeof *order, compare_names);
    for (size_t i = 0; i < n && status == VG_OK; i++) {
        const struct group *group = &groups[(size_t)(order[i] - names[0]) / sizeof *names];
        const struct vg_exercise_place *municipality = &exercise->world->municipalities[group->pool];
        vg_table_text(table, order[i]);
        vg_table_missing(table);
        vg_table_text(table, layer_words[group->layer]);
        vg_table_text(table, municipality->code);
        vg_table_double(table, municipality->latitude);
        vg_table_double(table, municipality->longitude);
        vg_table_integer(table, group->members);
        vg_table_missing(table);
        vg_table_missing(table);
    }
    free(groups);
    free(names);
    free(order);
    return status;
}

/* Countries, provinces and municipalities (codes are capitals and sort before), then schools and workplaces. */
vg_status exercise_truth_places(const struct vg_exercise *exercise, struct vg_table *table, struct vg_error *error)
{
    static const struct exercise_column columns[] = {{"place_id", VG_COLUMN_TEXT},     {"name", VG_COLUMN_TEXT},       {"kind", VG_COLUMN_TEXT},
                                                     {"parent", VG_COLUMN_TEXT},       {"latitude", VG_COLUMN_DOUBLE}, {"longitude", VG_COLUMN_DOUBLE},
                                                     {"population", VG_COLUMN_INTEGER}, {"ward_beds", VG_COLUMN_INTEGER}, {"icu_beds", VG_COLUMN_INTEGER}};
    size_t n;
    struct exercise_listed *all = exercise_list_places(exercise->world, &n);
    EXERCISE_ADD_COLUMNS(table, columns);
    if (all == NULL)
        return vg_fail_memory(error, 64);
    for (size_t i = 0; i < n; i++)
        put_place(exercise, &all[i], table);
    free(all);
    vg_status status = put_groups(exercise, table, error);
    return status == VG_OK ? exercise_table_end(table, error) : status;
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
    static const enum vg_place_level levels[] = {VG_LEVEL_COUNTRY, VG_LEVEL_ADMIN1, VG_LEVEL_ADMIN2};
    size_t n;
    struct exercise_listed *all = exercise_list_places(exercise->world, &n);
    EXERCISE_ADD_COLUMNS(table, columns);
    if (all == NULL)
        return vg_fail_memory(error, 64);
    for (size_t i = 0; i < n; i++)
        put_known_place(exercise, all[i].place, all[i].parent, levels[all[i].level], table);
    free(all);
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

/* Of 100,000 infections with the first variant, not vaccinated: how many are admitted. */
static int64_t risk_of(const struct vg_disease *disease, size_t age_group)
{
    double symptomatic = disease->symptomatic == NULL ? 0 : disease->symptomatic[age_group], ward = disease->ward == NULL ? 0 : disease->ward[age_group];
    return (int64_t)floor(symptomatic * ward * 1e5 + 0.5);
}

vg_status exercise_truth_persons(const struct vg_exercise *exercise, struct vg_table *table, struct vg_error *error)
{
    static const struct exercise_column columns[] = {{"person_id", VG_COLUMN_INTEGER}, {"municipality", VG_COLUMN_TEXT}, {"household_id", VG_COLUMN_INTEGER},
                                                     {"age", VG_COLUMN_INTEGER},       {"sex", VG_COLUMN_TEXT},          {"occupation", VG_COLUMN_TEXT},
                                                     {"school_id", VG_COLUMN_TEXT},    {"work_id", VG_COLUMN_TEXT},      {"risk_per_100k", VG_COLUMN_INTEGER},
                                                     {"app_user", VG_COLUMN_BOOLEAN},  {"reference", VG_COLUMN_TEXT}};
    const struct vg_exercise_world *world = exercise->world;
    EXERCISE_ADD_COLUMNS(table, columns);
    for (uint32_t id = 0; id < world->n_persons; id++) {
        struct vg_person person = world->person(world->context, id, 0);
        char reference[EXERCISE_NAME_BYTES];
        exercise_reference_name(exercise_pseudonym(exercise->seed, id, EXERCISE_REFERENCE_NAME), reference);
        vg_table_integer(table, id);
        vg_table_text(table, world->municipalities[person.municipality].code);
        vg_table_integer(table, person.household);
        vg_table_integer(table, person.age_years);
        vg_table_text(table, person.female ? "female" : "male");
        vg_table_text(table, person.role < VG_ROLES ? role_words[person.role] : "");
        group_cell(table, VG_LAYER_SCHOOL, person.pool[VG_LAYER_SCHOOL], person.place[VG_LAYER_SCHOOL]);
        group_cell(table, VG_LAYER_WORK, person.pool[VG_LAYER_WORK], person.place[VG_LAYER_WORK]);
        vg_table_integer(table, risk_of(world->disease, person.age_group));
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

/* The hour of the contact: of school in the morning, of work by day, at home in the evening and at night, else from 9 to 21. */
static int64_t hour_of(const struct vg_exercise *exercise, const struct vg_exercise_infection *one)
{
    struct vg_random random = vg_random_stream(exercise->seed, one->person, (uint32_t)one->day, EXERCISE_HOUR);
    switch (one->layer) {
    case VG_LAYER_SCHOOL:
        return 8 + vg_random_below(&random, 6);
    case VG_LAYER_WORK:
        return 8 + vg_random_below(&random, 10);
    case VG_LAYER_HOUSEHOLD:
        return (18 + vg_random_below(&random, 14)) % 24;
    default:
        return 9 + vg_random_below(&random, 13);
    }
}

vg_status exercise_truth_infections(const struct vg_exercise *exercise, struct vg_table *table, struct vg_error *error)
{
    static const struct exercise_column columns[] = {
        {"infection_id", VG_COLUMN_TEXT},  {"person_id", VG_COLUMN_INTEGER}, {"infector_infection_id", VG_COLUMN_TEXT}, {"t_infect", VG_COLUMN_DATE}, {"hour", VG_COLUMN_INTEGER},
        {"layer", VG_COLUMN_TEXT},         {"place_id", VG_COLUMN_TEXT},     {"variant", VG_COLUMN_TEXT},            {"t_infectious", VG_COLUMN_DATE},
        {"t_onset", VG_COLUMN_DATE},       {"symptomatic", VG_COLUMN_BOOLEAN}, {"severity", VG_COLUMN_TEXT},            {"t_hosp", VG_COLUMN_DATE},
        {"t_icu", VG_COLUMN_DATE},         {"t_icu_out", VG_COLUMN_DATE},    {"t_disch", VG_COLUMN_DATE},               {"t_death", VG_COLUMN_DATE},
        {"t_recover", VG_COLUMN_DATE},     {"municipality", VG_COLUMN_TEXT}, {"age", VG_COLUMN_INTEGER},                {"earlier_infections", VG_COLUMN_INTEGER},
        {"dose_count", VG_COLUMN_INTEGER}, {"immunity_at_exposure", VG_COLUMN_DOUBLE}, {"without_ward", VG_COLUMN_BOOLEAN}, {"without_icu", VG_COLUMN_BOOLEAN}};
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
        vg_table_integer(table, hour_of(exercise, one));
        vg_table_text(table, layer_words[one->layer & 7]);
        group_cell(table, one->layer, one->layer == VG_LAYER_SCHOOL || one->layer == VG_LAYER_WORK ? one->pool : UINT32_MAX, one->place);
        vg_table_text(table, exercise->world->variant_names[one->variant]);
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
        vg_table_double(table, floor((double)one->immunity * 1e4 + 0.5) / 1e4);
        vg_table_boolean(table, one->without_ward);
        vg_table_boolean(table, one->without_icu);
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

/* ------------------------------------------------------------------- measures */

/* The layers that a measure takes contacts from, "school+work"; empty where it does something else. */
static void layers_text(uint32_t layers, char out[64])
{
    size_t size = 0;
    out[0] = '\0';
    for (size_t layer = 0; layer < VG_LAYERS; layer++)
        if (layers >> layer & 1)
            size += (size_t)snprintf(out + size, 64 - size, "%s%s", size > 0 ? "+" : "", layer_words[layer]);
}

static void put_measure(const struct vg_exercise *exercise, size_t number, uint32_t municipality, int32_t from, int32_t to, double strongest, struct vg_table *table)
{
    const struct vg_exercise_world *world = exercise->world;
    const struct vg_scenario_measure *measure = world->measures[number];
    char layers[64];
    double wanted = measure->strength * measure->compliance, effect = world->measure_effects[number];
    layers_text(world->measure_layers[number], layers);
    vg_table_text(table, world->municipalities[municipality].code);
    vg_table_text(table, measure->name);
    exercise_date_cell(table, exercise, from);
    exercise_date_cell(table, exercise, to);
    vg_table_text(table, vg_scenario_measure_names[measure->kind]);
    vg_table_text(table, layers);
    vg_table_double(table, measure->strength);
    vg_table_double(table, measure->compliance);
    vg_table_double(table, layers[0] == '\0' && measure->kind != VG_SCENARIO_CORDON ? NAN : floor(strongest * 1e4 + 0.5) / 1e4);
    /* R falls in proportion where the measure is weaker than at its strongest: exact for one layer or all, near it else. */
    vg_table_double(table, wanted > 0 ? floor(effect * strongest / wanted * 1e4 + 0.5) / 1e4 : NAN);
}

/* As it was: also what a trigger called. One row a municipality, measure and time in force. */
vg_status exercise_truth_measures(const struct vg_exercise *exercise, struct vg_table *table, struct vg_error *error)
{
    static const struct exercise_column columns[] = {{"municipality", VG_COLUMN_TEXT}, {"measure", VG_COLUMN_TEXT},   {"from", VG_COLUMN_DATE},
                                                     {"to", VG_COLUMN_DATE},           {"kind", VG_COLUMN_TEXT},      {"layers", VG_COLUMN_TEXT},
                                                     {"strength", VG_COLUMN_DOUBLE},   {"compliance", VG_COLUMN_DOUBLE}, {"contacts_removed", VG_COLUMN_DOUBLE},
                                                     {"effect_on_r", VG_COLUMN_DOUBLE}};
    const struct vg_exercise_world *world = exercise->world;
    const size_t n = world->n_measures;
    size_t *order = calloc(n + 1, sizeof *order);
    EXERCISE_ADD_COLUMNS(table, columns);
    if (order == NULL)
        return vg_fail_memory(error, n * sizeof *order);
    for (size_t i = 0; i < n; i++) { /* by name, like the rows */
        size_t at = i;
        for (; at > 0 && strcmp(world->measures[order[at - 1]]->name, world->measures[i]->name) > 0; at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
    for (uint32_t m = 0; m < world->n_municipalities && world->strength != NULL; m++) {
        for (size_t k = 0; k < n; k++) {
            int32_t from = VG_DATE_NONE;
            double strongest = 0;
            for (int32_t day = 0; day <= exercise->n_days; day++) {
                double now = day < exercise->n_days ? world->strength(world->context, order[k], m, day) : 0;
                from = now > 0 && from == VG_DATE_NONE ? day : from;
                strongest = fmax(strongest, now);
                if (now <= 0 && from != VG_DATE_NONE) {
                    put_measure(exercise, order[k], m, from, day - 1, strongest, table);
                    from = VG_DATE_NONE;
                    strongest = 0;
                }
            }
        }
    }
    free(order);
    return exercise_table_end(table, error);
}
