/*
 * What a scenario names: tables from its files, or the country's facts that the program ships.
 */
#include "jobs/exercise/internal.h"
#include "jobs/simulate/internal.h"

#include "control/mixing/mixing.h"
#include "data_embedded.h"
#include "intake/society/society.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct gathering {
    struct simulated_file *file;
    struct vg_pool *pool;
    struct vg_arena *arena;
    struct vg_error *error;
};

/* The path as a source, and its bytes into the hash of what the runs rest on. */
static vg_status open_source(const struct gathering *g, const char *path, struct vg_table_source *source)
{
    struct vg_file_map map;
    const char *whole = vg_intake_scenario_path(&g->file->scenario, path, g->arena);
    if (whole == NULL) {
        return vg_fail_memory(g->error, strlen(path));
    }
    vg_status status = vg_file_map_open(whole, &map, g->error);
    if (status == VG_OK) {
        g->file->tables_hash = vg_hash_bytes(map.data == NULL ? "" : map.data, map.size, g->file->tables_hash);
        vg_file_map_close(&map);
    }
    *source = (struct vg_table_source){.path = whole};
    return status;
}

/* Whose facts are taken. */
static struct vg_text facts_country(const struct vg_scenario_place *place)
{
    return vg_text_from(place->like != NULL ? place->like : place->country);
}

static vg_status gather_ages(const struct gathering *g)
{
    const struct vg_scenario_place *place = &g->file->scenario.place;
    struct vg_table_source source;
    if (place->ages == NULL) {
        return vg_country_age_pyramid(facts_country(place), &g->file->pyramid, g->error);
    }
    vg_status status = open_source(g, place->ages, &source);
    return status == VG_OK ? vg_intake_read_age_pyramid(&source, &g->file->pyramid, g->error) : status;
}

static vg_status gather_households(const struct gathering *g)
{
    const struct vg_scenario_place *place = &g->file->scenario.place;
    struct vg_table_source source;
    struct vg_household_fact fact = {.mean = place->household_size};
    vg_status status = VG_OK;
    if (place->households != NULL) {
        status = open_source(g, place->households, &source);
        return status == VG_OK ? vg_intake_read_household_sizes(&source, &g->file->households, g->error) : status;
    }
    if (isnan(place->household_size)) {
        status = vg_country_household_size(facts_country(place), &fact, g->error);
    }
    if (status == VG_OK && !vg_household_sizes_from_mean(fact.mean, &g->file->households)) {
        status = vg_fail(g->error, VG_DATA_ERROR, "%s: a mean household of %.3g persons", g->file->scenario.file_name, fact.mean);
    }
    return status;
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Results and measures go by the code, so that none may stand twice. */
static vg_status check_codes(const struct gathering *g, const struct vg_municipality_list *list)
{
    const char **codes = VG_ARENA_ARRAY(g->arena, const char *, list->count);
    if (codes == NULL) {
        return vg_fail_memory(g->error, list->count * sizeof *codes);
    }
    for (size_t i = 0; i < list->count; i++) {
        codes[i] = list->items[i].code;
    }
    qsort(codes, list->count, sizeof *codes, compare_texts);
    for (size_t i = 1; i < list->count; i++) {
        if (strcmp(codes[i], codes[i - 1]) == 0) {
            return vg_fail(g->error, VG_DATA_ERROR, "%s: two municipalities have the code \"%s\"", g->file->scenario.file_name, codes[i]);
        }
    }
    return VG_OK;
}

/* The invented countries that the program carries. */
static vg_status open_shipped(const struct gathering *g, struct vg_table_source *source)
{
    const struct vg_embedded_file *places = exercise_embedded("places.csv");
    if (places == NULL) {
        return vg_fail(g->error, VG_SYSTEM_ERROR, "the program was built without its invented places");
    }
    g->file->tables_hash = vg_hash_bytes(places->data, places->size, g->file->tables_hash);
    *source = (struct vg_table_source){.path = "shipped", .data = places->data, .size = places->size};
    return VG_OK;
}

static vg_status gather_municipalities(const struct gathering *g)
{
    const struct vg_scenario_place *place = &g->file->scenario.place;
    struct vg_municipality_list *list = &g->file->municipalities;
    struct vg_table_source source;
    if (place->municipalities != NULL) {
        vg_status status = strcmp(place->municipalities, VG_SCENARIO_SHIPPED_PLACES) == 0 ? open_shipped(g, &source) : open_source(g, place->municipalities, &source);
        if (status == VG_OK) {
            status = vg_intake_read_municipalities(&source, g->arena, list, g->error);
        }
        if (status == VG_OK && !vg_municipality_sort(list, g->arena)) {
            status = vg_fail_memory(g->error, list->count * sizeof *list->items);
        }
        return status == VG_OK && list->count == 0 ? vg_fail(g->error, VG_DATA_ERROR, "%s: no municipality is in it", source.path) : status;
    }
    const struct vg_scenario *scenario = &g->file->scenario;
    list->count = scenario->n_municipalities > 0 ? scenario->n_municipalities : 1;
    list->items = VG_ARENA_ARRAY(g->arena, struct vg_municipality, list->count);
    if (list->items == NULL) {
        return vg_fail_memory(g->error, list->count * sizeof *list->items);
    }
    for (size_t i = 0; i < scenario->n_municipalities; i++) {
        const struct vg_scenario_municipality *m = &scenario->municipalities[i];
        list->items[i] = (struct vg_municipality){.code = m->code, .name = m->name == NULL ? m->code : m->name, .parent = m->parent, .population = m->population, .latitude = m->latitude,
                                                  .longitude = m->longitude, .mean_household_size = NAN};
    }
    if (scenario->n_municipalities > 0) {
        return check_codes(g, list);
    }
    const char *code = place->country == NULL ? "all" : place->country;
    list->items[0] = (struct vg_municipality){.code = code, .name = code, .population = place->population, .latitude = NAN, .longitude = NAN, .mean_household_size = NAN};
    return VG_OK;
}

static vg_status gather_contacts(const struct gathering *g)
{
    const struct vg_scenario_place *place = &g->file->scenario.place;
    bool given[VG_SETTING_COUNT] = {false};
    vg_status status = VG_OK;
    for (size_t i = 0; status == VG_OK && i < place->contacts.count; i++) {
        struct vg_table_source source;
        struct vg_contacts_wanted wanted = {.setting = place->contacts.count == 1 ? -1 : (int)i, .country = NULL};
        status = open_source(g, place->contacts.items[i], &source);
        if (status == VG_OK) {
            status = vg_intake_read_contacts(&source, &wanted, g->arena, &g->file->contacts, given, g->error);
        }
    }
    g->file->facts.contacts = place->contacts.count == 0 ? NULL : &g->file->contacts;
    return status;
}

static vg_status flows_of_file(const struct gathering *g)
{
    struct vg_table_source source;
    struct vg_flow_table flows;
    const struct vg_municipality_list *list = &g->file->municipalities;
    double *total = VG_ARENA_ARRAY(g->arena, double, list->count);
    if (total == NULL) {
        return vg_fail_memory(g->error, list->count * sizeof *total);
    }
    for (size_t m = 0; m < list->count; m++) {
        total[m] = list->items[m].population;
    }
    vg_status status = open_source(g, g->file->scenario.place.commuting, &source);
    if (status == VG_OK) {
        status = vg_intake_read_flows(&source, list, g->arena, &flows, g->error);
    }
    return status == VG_OK ? vg_commuting_from_flows(flows.origin, flows.destination, flows.persons, flows.n_flows, total, list->count, g->arena, &g->file->commuting, g->error) : status;
}

/* Commuting as the scenario says; travel by gravity with everybody on the way, for the layer of contacts that are had by travel. */
static vg_status gather_flows(const struct gathering *g)
{
    const struct vg_scenario_place *place = &g->file->scenario.place;
    struct vg_gravity gravity = vg_gravity_default();
    vg_status status = VG_OK;
    if (g->file->municipalities.count < 2) {
        return VG_OK;
    }
    if (strcmp(place->commuting, "gravity") == 0) {
        gravity.leaving_share = place->commuting_share;
        status = vg_commuting_gravity(&g->file->municipalities, &gravity, g->pool, g->arena, &g->file->commuting, g->error);
        g->file->facts.commuting = &g->file->commuting;
    } else if (strcmp(place->commuting, "none") != 0) {
        status = flows_of_file(g);
        g->file->facts.commuting = &g->file->commuting;
    }
    if (status == VG_OK && place->travel_share > 0) {
        gravity.leaving_share = 1;
        status = vg_commuting_gravity(&g->file->municipalities, &gravity, g->pool, g->arena, &g->file->travel, g->error);
        g->file->facts.travel = &g->file->travel;
    }
    return status;
}

static vg_status gather_disease(const struct gathering *g)
{
    const struct vg_scenario_disease *disease = &g->file->scenario.disease;
    struct vg_table_source course;
    struct vg_table_source cross;
    if (disease->course == NULL) {
        return vg_disease_shipped(vg_text_from(disease->name), &g->file->disease, g->error);
    }
    vg_status status = open_source(g, disease->course, &course);
    if (status == VG_OK && disease->cross_immunity != NULL) {
        status = open_source(g, disease->cross_immunity, &cross);
    }
    return status == VG_OK ? vg_intake_read_disease(&course, disease->cross_immunity == NULL ? NULL : &cross, vg_text_from(disease->name), &g->file->disease, g->error) : status;
}

static vg_status gather_vaccines(const struct gathering *g)
{
    const struct vg_scenario_disease *disease = &g->file->scenario.disease;
    struct vg_table_source products;
    struct vg_table_source curves;
    if (disease->products == NULL && disease->vaccines == NULL) {
        return vg_vaccines_shipped(g->arena, &g->file->vaccines, g->error);
    }
    if (disease->products == NULL || disease->vaccines == NULL) {
        return vg_fail(g->error, VG_DATA_ERROR, "%s: [disease] has products and vaccines together, or neither", g->file->scenario.file_name);
    }
    vg_status status = open_source(g, disease->products, &products);
    if (status == VG_OK) {
        status = open_source(g, disease->vaccines, &curves);
    }
    return status == VG_OK ? vg_intake_read_vaccines(&products, &curves, g->arena, &g->file->vaccines, g->error) : status;
}

static vg_status gather_shares(const struct gathering *g)
{
    const struct vg_municipality_list *list = &g->file->municipalities;
    vg_status status = VG_OK;
    for (size_t i = 0; status == VG_OK && i < g->file->scenario.n_groups; i++) {
        struct vg_table_source source;
        double *percent = g->file->scenario.groups[i].shares == NULL ? NULL : VG_ARENA_ARRAY(g->arena, double, list->count);
        if (percent == NULL) {
            status = g->file->scenario.groups[i].shares == NULL ? VG_OK : vg_fail_memory(g->error, list->count * sizeof *percent);
            continue;
        }
        status = open_source(g, g->file->scenario.groups[i].shares, &source);
        if (status == VG_OK) {
            status = vg_intake_read_shares(&source, list, g->arena, percent, g->error);
        }
        g->file->facts.group_shares[i] = percent;
    }
    return status;
}

vg_status simulate_gather_facts(struct vg_pool *pool, struct vg_arena *arena, struct simulated_file *file, struct vg_error *error)
{
    const struct gathering g = {file, pool, arena, error};
    static vg_status (*const parts[])(const struct gathering *) = {gather_ages, gather_households, gather_municipalities, gather_contacts, gather_flows, gather_disease, gather_vaccines, gather_shares};
    vg_status status = VG_OK;
    for (size_t i = 0; status == VG_OK && i < sizeof parts / sizeof *parts; i++) {
        status = parts[i](&g);
    }
    file->facts.municipalities = &file->municipalities;
    file->facts.pyramid = &file->pyramid;
    file->facts.households = &file->households;
    file->facts.disease = &file->disease;
    file->facts.vaccines = &file->vaccines;
    return status;
}

vg_status simulate_gather(const char *path, struct vg_pool *pool, struct vg_arena *arena, struct simulated_file *file, struct vg_error *error)
{
    *file = (struct simulated_file){0};
    vg_status status = vg_intake_scenario_read(path, arena, &file->scenario, error);
    return status == VG_OK ? simulate_gather_facts(pool, arena, file, error) : status;
}
