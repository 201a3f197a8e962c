/*
 * From the words of a scenario to the engine's input: days since the start, bits of layers, municipalities by code, doses and imports by place.
 */
#include "control/scenario/scenario.h"

#include <math.h>
#include <string.h>

#define MEASURES_MAX 64
#define CAMPAIGNS_MAX 32
#define IMPORT_PURPOSE 0x53434E01U

struct making {
    const struct vg_scenario *scenario;
    const struct vg_scenario_world *world;
    struct vg_arena *arena;
    struct vg_epidemic_input *input;
    struct vg_error *error;
};

uint64_t vg_control_run_seed(int64_t seed, size_t run)
{
    const uint64_t words[2] = {(uint64_t)seed, run};
    return vg_hash_bytes(words, sizeof words, 0x76696769612D7275U);
}

/* Municipalities that have the codes or lie in units that have them; *out NULL where none are named. */
static vg_status take_places(const struct making *making, const struct vg_text_list *names, const char *of, uint8_t **out)
{
    const struct vg_scenario_world *world = making->world;
    *out = NULL;
    if (names->count == 0) {
        return VG_OK;
    }
    uint8_t *where = VG_ARENA_ARRAY(making->arena, uint8_t, world->n_municipalities);
    if (where == NULL) {
        return vg_fail_memory(making->error, world->n_municipalities);
    }
    for (size_t i = 0; i < names->count; i++) {
        bool found = false;
        for (size_t m = 0; m < world->n_municipalities; m++) {
            bool is = vg_municipality_within(world->municipalities, m, names->items[i]);
            where[m] = is ? 1 : where[m];
            found = found || is;
        }
        if (!found) {
            return vg_fail(making->error, VG_DATA_ERROR, "%s: %s names the place \"%s\", which is no code of the municipalities or of what they belong to", making->scenario->file_name,
                           of, names->items[i]);
        }
    }
    *out = where;
    return VG_OK;
}

static vg_status variant_of(const struct making *making, const char *name, uint8_t *variant)
{
    *variant = 0;
    for (size_t v = 0; name != NULL && v < making->world->disease.n_variants; v++) {
        if (vg_text_fold_equal(vg_text_from(name), vg_text_from(making->world->variant_names[v]))) {
            *variant = (uint8_t)v;
            return VG_OK;
        }
    }
    return name == NULL ? VG_OK : vg_fail(making->error, VG_DATA_ERROR, "%s: the variant \"%s\" is not among variants of [disease]", making->scenario->file_name, name);
}

/* ----------------------------------------------------------------- imports */

struct import_list { struct vg_import *items; size_t count, capacity; };

static bool add_import(struct vg_arena *arena, struct import_list *list, const struct vg_import *import)
{
    if (list->count == list->capacity) {
        size_t wanted = list->capacity == 0 ? 64 : list->capacity * 2;
        struct vg_import *items = VG_ARENA_ARRAY(arena, struct vg_import, wanted);
        if (items == NULL) {
            return false;
        }
        if (list->count > 0) {
            memcpy(items, list->items, list->count * sizeof *items);
        }
        list->items = items;
        list->capacity = wanted;
    }
    list->items[list->count++] = *import;
    return true;
}

/*
 * Each day's persons over the places by population: a comb of unit spacing with a random start is laid over the cumulative expectation, so that
 * every place has its expectation and the day's total is right to one person. The start follows from seed, day and import, not from the scenario.
 */
static vg_status spread_import(const struct making *making, struct import_list *list, const struct vg_scenario_import *import, const uint8_t *where, uint8_t variant, uint32_t number)
{
    const struct vg_scenario_world *world = making->world;
    const uint32_t *first = vg_population_first(world->population);
    int32_t from = import->from == VG_DATE_NONE ? 0 : import->from - making->scenario->start;
    int32_t to = import->to == VG_DATE_NONE ? making->scenario->days - 1 : import->to - making->scenario->start;
    double people = 0;
    for (size_t m = 0; m < world->n_municipalities; m++) {
        people += where == NULL || where[m] != 0 ? first[m + 1] - first[m] : 0;
    }
    for (int32_t day = from < 0 ? 0 : from; people > 0 && day <= to && day < making->scenario->days; day++) {
        struct vg_random random = vg_random_stream(making->input->seed, number, (uint32_t)day, IMPORT_PURPOSE);
        double before = vg_random_uniform(&random);
        for (uint32_t m = 0; m < world->n_municipalities; m++) {
            double here = where == NULL || where[m] != 0 ? first[m + 1] - first[m] : 0;
            double after = before + import->per_day * world->people_scale * here / people;
            double count = fmin(floor(after) - floor(before), here);
            before = after;
            struct vg_import one = {day, day, m, (uint32_t)count, variant};
            if (count > 0 && !add_import(making->arena, list, &one)) {
                return vg_fail_memory(making->error, sizeof one);
            }
        }
    }
    return VG_OK;
}

static vg_status take_imports(const struct making *making, const struct vg_scenario_history *history, struct vg_import **imports)
{
    const struct vg_scenario *scenario = making->scenario;
    const struct vg_scenario_start *begin = &scenario->begin;
    struct import_list list = {0};
    struct vg_scenario_import start = {.from = scenario->start, .to = scenario->start + begin->days - 1, .places = begin->places, .variant = begin->variant,
                                       .per_day = history != NULL ? history->infections_per_day : begin->infections_per_day};
    vg_status status = VG_OK;
    for (size_t i = 0; status == VG_OK && i <= scenario->n_imports; i++) {
        const struct vg_scenario_import *import = i == 0 ? &start : &scenario->imports[i - 1];
        uint8_t *where = NULL;
        uint8_t variant = 0;
        status = take_places(making, &import->places, i == 0 ? "[start]" : "an [[import]]", &where);
        if (status == VG_OK) {
            status = variant_of(making, import->variant, &variant);
        }
        if (status == VG_OK) {
            status = spread_import(making, &list, import, where, variant, (uint32_t)i);
        }
    }
    making->input->imports = *imports = list.items;
    making->input->n_imports = list.count;
    return status;
}

/* ---------------------------------------------------------------- measures */

static vg_status layers_of(const struct making *making, const struct vg_scenario_measure *measure, uint32_t *layers)
{
    *layers = vg_scenario_measure_layers((enum vg_scenario_measure_kind)measure->kind);
    for (size_t i = 0; i < measure->layers.count; i++) {
        unsigned layer = 0;
        while (layer < VG_SCENARIO_LAYERS && strcmp(measure->layers.items[i], vg_scenario_layer_names[layer]) != 0) {
            layer++;
        }
        if (layer == VG_SCENARIO_LAYERS) {
            return vg_fail(making->error, VG_DATA_ERROR, "%s: measure \"%s\" names the layer \"%s\"; there are household, school, work, community, travel", making->scenario->file_name,
                           measure->name, measure->layers.items[i]);
        }
        *layers = (i == 0 ? 0 : *layers) | 1U << layer;
    }
    return VG_OK;
}

/* The first municipality of the same unit stands for it. NULL: each by itself. */
static vg_status trigger_regions(const struct making *making, const struct vg_scenario_measure *measure, const uint32_t **out)
{
    const struct vg_scenario_world *world = making->world;
    struct vg_dictionary units;
    *out = NULL;
    if (measure->trigger == VG_SCENARIO_ALWAYS || measure->trigger_of == VG_SCENARIO_BEDS_MUNICIPALITY) {
        return VG_OK;
    }
    uint32_t *regions = VG_ARENA_ARRAY(making->arena, uint32_t, world->n_municipalities);
    uint32_t *first = VG_ARENA_ARRAY(making->arena, uint32_t, world->n_municipalities);
    vg_dictionary_init(&units, making->arena);
    for (uint32_t m = 0; regions != NULL && first != NULL && m < world->n_municipalities; m++) {
        bool alone = measure->trigger_of == VG_SCENARIO_BEDS_PARENT && world->parent[m] == NULL;
        if (alone || measure->trigger_of == VG_SCENARIO_BEDS_COUNTRY) {
            regions[m] = alone ? m : 0;
            continue;
        }
        size_t before = units.count;
        uint32_t unit = vg_dictionary_add(&units, vg_text_from(world->parent[m]));
        if (unit != VG_DICTIONARY_NONE) {
            first[unit] = units.count > before ? m : first[unit];
            regions[m] = first[unit];
        }
    }
    *out = regions;
    return making->arena->failed ? vg_fail_memory(making->error, world->n_municipalities * 8) : VG_OK;
}

/* Bits of the age groups that begin in one of the bands; 0: all. */
static vg_status ages_of(const struct making *making, const struct vg_scenario_measure *measure, uint32_t *ages)
{
    const struct vg_scenario_world *world = making->world;
    *ages = 0;
    for (size_t i = 0; i < measure->ages.count; i++) {
        int low = 0;
        int high = 0;
        bool any = false;
        if (!vg_age_band_parse(vg_text_from(measure->ages.items[i]), &low, &high)) {
            return vg_fail(making->error, VG_DATA_ERROR, "%s: measure \"%s\": \"%s\" is no age group such as \"5-17\" or \"65+\"", making->scenario->file_name, measure->name, measure->ages.items[i]);
        }
        for (size_t a = 0; a < world->n_ages; a++) {
            bool in = world->age_from[a] >= low && (high < 0 || world->age_from[a] <= high);
            *ages |= in ? 1U << a : 0;
            any = any || in;
        }
        if (!any) {
            return vg_fail(making->error, VG_DATA_ERROR, "%s: measure \"%s\": no age band begins in \"%s\"", making->scenario->file_name, measure->name, measure->ages.items[i]);
        }
    }
    if (*ages != 0 && measure->kind == VG_SCENARIO_CORDON) {
        return vg_fail(making->error, VG_DATA_ERROR, "%s: measure \"%s\": a cordon is for all ages", making->scenario->file_name, measure->name);
    }
    return VG_OK;
}

static vg_status take_measure(const struct making *making, const struct vg_scenario_measure *m, struct vg_intervention *out)
{
    static const enum vg_trigger_kind triggers[] = {VG_TRIGGER_NONE, VG_TRIGGER_CASES, VG_TRIGGER_ADMISSIONS, VG_TRIGGER_ICU};
    const struct vg_scenario *scenario = making->scenario;
    uint8_t *where = NULL;
    uint32_t layers = 0;
    vg_status status = take_places(making, &m->places, m->name, &where);
    if (status == VG_OK) {
        status = layers_of(making, m, &layers);
    }
    uint32_t ages = 0;
    if (status == VG_OK) {
        status = ages_of(making, m, &ages);
    }
    const uint32_t *trigger_region = NULL;
    if (status == VG_OK) {
        status = trigger_regions(making, m, &trigger_region);
    }
    if (status == VG_OK && m->trigger == VG_SCENARIO_ON_ICU && isnan(scenario->hospital.icu_beds_per_100k)) {
        status = vg_fail(making->error, VG_DATA_ERROR, "%s: measure \"%s\" looks at beds in use, but icu_beds_per_100k of [hospital] is not given", scenario->file_name, m->name);
    }
    *out = (struct vg_intervention){
        .kind = m->kind == VG_SCENARIO_CORDON ? VG_INTERVENTION_CORDON : m->kind == VG_SCENARIO_ISOLATION ? VG_INTERVENTION_ISOLATION
                : m->kind == VG_SCENARIO_TRACING ? VG_INTERVENTION_TRACING : VG_INTERVENTION_CONTACTS,
        .layers = layers, .ages = ages, .only_safer = m->kind == VG_SCENARIO_MASKS, .first_day = m->from == VG_DATE_NONE ? 0 : m->from - scenario->start, .last_day = m->to == VG_DATE_NONE ? scenario->days - 1 : m->to - scenario->start,
        .where = where, .strength = m->strength, .compliance = m->compliance, .fade_in_days = m->fade_in_days, .fade_out_days = m->fade_out_days,
        .fatigue_per_day = m->fatigue_per_day, .trigger = triggers[m->trigger], .trigger_region = trigger_region, .trigger_on = isnan(m->trigger_on) ? 0 : m->trigger_on,
        .trigger_off = isnan(m->trigger_off) ? (isnan(m->trigger_on) ? 0 : m->trigger_on / 2) : m->trigger_off, .minimum_days = m->minimum_days,
        .delay_days = m->delay_days, .duration_days = m->duration_days, .sensitivity = m->sensitivity, .household_share = m->household_share,
        .tracers_per_100k = m->capacity_per_100k, .app_uptake = m->app_uptake, .contact_days = m->contact_days, .quarantine_days = m->quarantine_days};
    if (m->kind == VG_SCENARIO_TRACING) {
        out->traced_share[VG_LAYER_SCHOOL] = out->traced_share[VG_LAYER_WORK] = out->traced_share[VG_LAYER_TRAVEL] = m->traced_share;
        out->traced_share[VG_LAYER_COMMUNITY] = m->traced_share / 2;
    }
    return status;
}

/* The course of transmission that was found, as measures on all layers: each block is what is left of the largest. */
static size_t take_history(const struct making *making, const struct vg_scenario_history *history, double largest, struct vg_intervention *out)
{
    size_t count = 0;
    for (size_t b = 0; b < history->n_blocks; b++) {
        bool last = b + 1 == history->n_blocks;
        if (history->transmission[b] < largest) {
            out[count++] = (struct vg_intervention){.kind = VG_INTERVENTION_CONTACTS, .layers = (1U << VG_LAYERS) - 1, .only_safer = true, .first_day = (int32_t)b * history->block_days,
                                                    .last_day = last ? making->scenario->days : ((int32_t)b + 1) * history->block_days - 1,
                                                    .strength = 1 - history->transmission[b] / largest, .compliance = 1};
        }
    }
    return count;
}

static vg_status take_measures(const struct making *making, size_t variation, const struct vg_scenario_history *history, double largest, struct vg_intervention **made)
{
    const struct vg_scenario *scenario = making->scenario;
    struct vg_intervention *measures = VG_ARENA_ARRAY(making->arena, struct vg_intervention, scenario->n_measures + (history == NULL ? 0 : history->n_blocks) + 1);
    if (measures == NULL) {
        return vg_fail_memory(making->error, scenario->n_measures * sizeof *measures);
    }
    size_t count = history == NULL ? 0 : take_history(making, history, largest, measures);
    for (size_t i = 0; i < scenario->n_measures; i++) {
        if (vg_scenario_holds(scenario, variation, scenario->measures[i].name)) {
            vg_status status = take_measure(making, &scenario->measures[i], &measures[count++]);
            if (status != VG_OK) {
                return status;
            }
        }
    }
    making->input->measures = *made = measures;
    making->input->n_measures = count;
    return count <= MEASURES_MAX ? VG_OK : vg_fail(making->error, VG_LIMIT_EXCEEDED, "%s: %zu measures, with the blocks of the calibration; at most %d are taken (longer block_days make fewer)",
                                                   scenario->file_name, count, MEASURES_MAX);
}

/* ------------------------------------------------------------- vaccination */

/* The priority to all of the turn who have none yet, by class and age. False: there is nobody. */
static bool take_turn(const struct making *making, const struct vg_scenario_turn *turn, uint8_t number, uint8_t *priority)
{
    const struct vg_scenario_world *world = making->world;
    bool any = false;
    for (size_t cell = 0; cell < (making->scenario->n_groups + 1) * world->n_ages; cell++) {
        size_t class = cell / world->n_ages;
        int from = world->age_from[cell % world->n_ages];
        bool in = from >= turn->low_years && (turn->high_years < 0 || from <= turn->high_years);
        in = in && (turn->group == SIZE_MAX || (class == turn->group + 1 && vg_scenario_group_covers(&making->scenario->groups[turn->group], from)));
        priority[cell] = in && priority[cell] == 0 ? number : priority[cell];
        any = any || in;
    }
    return any;
}

static vg_status priorities(const struct making *making, const struct vg_scenario_campaign *campaign, uint8_t *priority)
{
    const struct vg_scenario *scenario = making->scenario;
    size_t only = campaign->group == NULL ? SIZE_MAX : vg_scenario_group_find(scenario, vg_text_from(campaign->group));
    if (campaign->ages.count > UINT8_MAX) {
        return vg_fail(making->error, VG_DATA_ERROR, "%s: campaign \"%s\": %zu priorities are too many", scenario->file_name, campaign->name, campaign->ages.count);
    }
    if (campaign->ages.count == 0) {
        struct vg_scenario_turn all = {only, 0, -1};
        (void)take_turn(making, &all, 1, priority);
    }
    for (size_t i = 0; i < campaign->ages.count; i++) {
        const char *text = campaign->ages.items[i];
        struct vg_scenario_turn turn;
        if (!vg_scenario_turn_parse(scenario, vg_text_from(text), &turn)) {
            return vg_fail(making->error, VG_DATA_ERROR, "%s: campaign \"%s\": \"%s\" is no age group such as \"40-59\" or \"60+\", and no [[group]] or \"group: 60+\"", scenario->file_name, campaign->name, text);
        }
        if (only != SIZE_MAX && turn.group != SIZE_MAX) {
            return vg_fail(making->error, VG_DATA_ERROR, "%s: campaign \"%s\" is for the group \"%s\" alone, so its ages name no group, as \"%s\" does", scenario->file_name, campaign->name, campaign->group, text);
        }
        turn.group = only != SIZE_MAX ? only : turn.group;
        if (!take_turn(making, &turn, (uint8_t)(i + 1), priority)) {
            return vg_fail(making->error, VG_DATA_ERROR, turn.group == SIZE_MAX ? "%s: campaign \"%s\": no age band begins in \"%s\"" : "%s: campaign \"%s\": nobody of the group is in \"%s\"",
                           scenario->file_name, campaign->name, text);
        }
    }
    return VG_OK;
}

/* A share of every place's people in whole doses, with what rounding leaves carried on to the next place. */
static uint32_t *doses(const struct making *making, double percent, const uint8_t *where)
{
    const struct vg_scenario_world *world = making->world;
    const uint32_t *first = vg_population_first(world->population);
    uint32_t *out = VG_ARENA_ARRAY(making->arena, uint32_t, world->n_municipalities);
    double before = 0.5;
    for (size_t m = 0; out != NULL && m < world->n_municipalities; m++) {
        double after = before + (where == NULL || where[m] != 0 ? percent / 100 * (first[m + 1] - first[m]) : 0);
        out[m] = (uint32_t)(floor(after) - floor(before));
        before = after;
    }
    return out;
}

/* The engine's number of a product by name; NULL: the first. */
static vg_status product_of(const struct making *making, const char *name, const char *of, uint8_t *number)
{
    const struct vg_scenario_world *world = making->world;
    size_t product = 0;
    if (name != NULL) {
        size_t wanted = vg_vaccines_product(world->vaccines, vg_text_from(name));
        while (product < world->disease.n_products && world->product_of[product] != wanted) {
            product++;
        }
    }
    if (product >= world->disease.n_products) {
        return vg_fail(making->error, VG_DATA_ERROR, "%s: %s: there is no vaccine \"%s\" against this disease", making->scenario->file_name, of, name == NULL ? "" : name);
    }
    *number = (uint8_t)product;
    return VG_OK;
}

static vg_status take_campaign(const struct making *making, const struct vg_scenario_campaign *c, struct vg_campaign *out)
{
    const struct vg_scenario_world *world = making->world;
    uint8_t *where = NULL;
    uint8_t *priority = VG_ARENA_ARRAY(making->arena, uint8_t, (making->scenario->n_groups + 1) * world->n_ages);
    double *uptake = VG_ARENA_ARRAY(making->arena, double, world->n_ages);
    uint8_t product = 0;
    if (priority == NULL || uptake == NULL) {
        return vg_fail_memory(making->error, world->n_ages);
    }
    vg_status status = product_of(making, c->product, vg_arena_format(making->arena, "campaign \"%s\"", c->name), &product);
    if (status == VG_OK) {
        status = take_places(making, &c->places, c->name, &where);
    }
    if (status == VG_OK) {
        status = priorities(making, c, priority);
    }
    for (size_t a = 0; a < world->n_ages; a++) {
        uptake[a] = c->uptake;
    }
    int32_t start = making->scenario->start;
    *out = (struct vg_campaign){.first_day = c->from == VG_DATE_NONE ? 0 : c->from - start, .last_day = c->to == VG_DATE_NONE ? making->scenario->days - 1 : c->to - start,
                                .product = product, .dose = (uint8_t)c->dose, .interval_days = c->interval_days, .priority = priority, .uptake = uptake,
                                .doses_per_day = doses(making, c->per_day_percent, where), .stock = isnan(c->stock_percent) ? NULL : doses(making, c->stock_percent, where)};
    return status == VG_OK && making->arena->failed ? vg_fail_memory(making->error, world->n_municipalities * 4) : status;
}

static vg_status take_campaigns(const struct making *making, size_t variation, struct vg_campaign **made)
{
    const struct vg_scenario *scenario = making->scenario;
    struct vg_campaign *campaigns = VG_ARENA_ARRAY(making->arena, struct vg_campaign, scenario->n_campaigns + 1);
    size_t count = 0;
    if (campaigns == NULL) {
        return vg_fail_memory(making->error, scenario->n_campaigns * sizeof *campaigns);
    }
    for (size_t i = 0; i < scenario->n_campaigns; i++) {
        if (vg_scenario_holds(scenario, variation, scenario->campaigns[i].name)) {
            vg_status status = take_campaign(making, &scenario->campaigns[i], &campaigns[count++]);
            if (status != VG_OK) {
                return status;
            }
        }
    }
    making->input->campaigns = *made = campaigns;
    making->input->n_campaigns = count;
    return count <= CAMPAIGNS_MAX ? VG_OK : vg_fail(making->error, VG_LIMIT_EXCEEDED, "%s: at most %d campaigns are taken", scenario->file_name, CAMPAIGNS_MAX);
}

static vg_status take_lots(const struct making *making, size_t variation, struct vg_vaccine_lot **made)
{
    const struct vg_scenario *scenario = making->scenario;
    struct vg_vaccine_lot *lots = VG_ARENA_ARRAY(making->arena, struct vg_vaccine_lot, scenario->n_lots + 1);
    size_t count = 0;
    if (lots == NULL) {
        return vg_fail_memory(making->error, scenario->n_lots * sizeof *lots);
    }
    for (size_t i = 0; i < scenario->n_lots; i++) {
        const struct vg_scenario_lot *lot = &scenario->lots[i];
        struct vg_vaccine_lot *out = &lots[count];
        uint8_t *where = NULL;
        if (lot->name != NULL && !vg_scenario_holds(scenario, variation, lot->name)) {
            continue;
        }
        vg_status status = product_of(making, lot->product, "a [[lot]]", &out->product);
        if (status == VG_OK) {
            status = take_places(making, &lot->places, "a [[lot]]", &where);
        }
        if (status != VG_OK) {
            return status;
        }
        out->arrival_day = lot->arrives == VG_DATE_NONE ? 0 : lot->arrives - scenario->start;
        out->expiry_day = lot->expires == VG_DATE_NONE ? INT32_MAX / 2 : lot->expires - scenario->start;
        out->doses = doses(making, lot->percent, where);
        if (out->doses == NULL) {
            return vg_fail_memory(making->error, making->world->n_municipalities * 4);
        }
        out->expiry_day = out->expiry_day < out->arrival_day ? out->arrival_day - 1 : out->expiry_day;
        count += out->expiry_day >= out->arrival_day ? 1 : 0; /* one that expired before the start is not there */
    }
    making->input->lots = *made = lots;
    making->input->n_lots = count;
    return count <= VG_LOTS_MAX ? VG_OK : vg_fail(making->error, VG_LIMIT_EXCEEDED, "%s: at most %d lots are taken", scenario->file_name, VG_LOTS_MAX);
}

/* -------------------------------------------------------------- all of it */

static uint32_t *beds(const struct making *making, double per_100k)
{
    const struct vg_scenario_world *world = making->world;
    uint32_t *out = VG_ARENA_ARRAY(making->arena, uint32_t, world->n_regions);
    for (size_t r = 0; out != NULL && r < world->n_regions; r++) {
        out[r] = isnan(per_100k) ? UINT32_MAX : (uint32_t)floor(per_100k / 1e5 * world->region_persons[r] + 0.5);
    }
    return out;
}

static const double *scaled(struct vg_arena *arena, const double *values, size_t n, double factor, bool odds)
{
    double *out = values == NULL ? NULL : VG_ARENA_ARRAY(arena, double, n);
    for (size_t i = 0; out != NULL && i < n; i++) {
        double p = values[i];
        out[i] = odds ? factor * p / (1 - p + factor * p) : fmin(1, p * factor);
    }
    return out;
}

static vg_status take_disease(const struct making *making, const struct vg_scenario_history *history, double largest)
{
    const struct vg_scenario_world *world = making->world;
    struct vg_disease *disease = vg_arena_alloc(making->arena, 1, sizeof *disease);
    if (disease == NULL) {
        return vg_fail_memory(making->error, sizeof *disease);
    }
    *disease = world->disease;
    if (history != NULL) {
        disease->transmission *= largest;
        disease->ward = scaled(making->arena, disease->ward, world->n_ages, history->severity, true);
        disease->death_home = scaled(making->arena, disease->death_home, world->n_ages, history->fatality, false);
        disease->death_ward = scaled(making->arena, disease->death_ward, world->n_ages, history->fatality, false);
        disease->death_icu = scaled(making->arena, disease->death_icu, world->n_ages, history->fatality, false);
    }
    making->input->disease = disease;
    return making->arena->failed ? vg_fail_memory(making->error, 0) : VG_OK;
}

/* Those infected before the first day, evenly over the days of the lead; all else is moved by it. */
static vg_status take_past(const struct making *making, struct vg_intervention *measures, struct vg_campaign *campaigns, struct vg_vaccine_lot *lots, struct vg_import *imports)
{
    const struct vg_scenario_world *world = making->world;
    const struct vg_scenario_start *begin = &making->scenario->begin;
    int32_t lead = world->lead_days;
    struct vg_past *past = VG_ARENA_ARRAY(making->arena, struct vg_past, 1);
    double *share = VG_ARENA_ARRAY(making->arena, double, world->n_municipalities *world->n_ages);
    if (past == NULL || share == NULL) {
        return vg_fail_memory(making->error, world->n_municipalities * world->n_ages * sizeof *share);
    }
    for (size_t i = 0; i < world->n_municipalities * world->n_ages; i++) {
        share[i] = begin->immune_by_age.count > 0 ? begin->immune_by_age.items[i % world->n_ages] : begin->immune_share;
    }
    for (size_t i = 0; i < making->input->n_measures; i++) {
        measures[i].first_day += lead;
        measures[i].last_day += lead;
    }
    for (size_t i = 0; i < making->input->n_campaigns; i++) {
        campaigns[i].first_day += lead;
        campaigns[i].last_day += lead;
    }
    for (size_t i = 0; i < making->input->n_lots; i++) {
        lots[i].arrival_day += lead;
        lots[i].expiry_day += lead;
    }
    for (size_t i = 0; i < making->input->n_imports; i++) {
        imports[i].first_day += lead;
        imports[i].last_day += lead;
    }
    *past = (struct vg_past){.kind = VG_PAST_INFECTION, .first_day = 0, .last_day = lead - 1, .share = share};
    making->input->past = past;
    making->input->n_past = 1;
    making->input->first_day = lead;
    making->input->first_date = making->scenario->start - lead;
    return VG_OK;
}

vg_status vg_control_scenario_input(const struct vg_scenario *scenario, size_t variation, const struct vg_scenario_world *world, const struct vg_scenario_history *history,
                                    size_t run, struct vg_arena *arena, struct vg_epidemic_input *input, struct vg_error *error)
{
    const struct making making = {scenario, world, arena, input, error};
    double largest = 0;
    for (size_t b = 0; history != NULL && b < history->n_blocks; b++) {
        largest = fmax(largest, history->transmission[b]);
    }
    *input = (struct vg_epidemic_input){
        .seed = vg_control_run_seed(scenario->seed, run), .population = world->population, .contacts = world->contacts, .mode = VG_CONTACTS_THINNED, .first_date = scenario->start,
        .hospital = {.n_regions = world->n_regions, .region = world->region, .ward_beds = beds(&making, scenario->hospital.ward_beds_per_100k),
                     .icu_beds = beds(&making, scenario->hospital.icu_beds_per_100k), .death_without_ward = scenario->hospital.death_without_ward,
                     .death_without_icu = scenario->hospital.death_without_icu},
        .observation = {.reported = history != NULL && !isnan(history->reported) ? history->reported : scenario->observation.reported,
                        .onset_to_report = {scenario->observation.delay_mean_days, scenario->observation.delay_sd_days}}};
    struct vg_import *imports = NULL;
    struct vg_intervention *measures = NULL;
    struct vg_campaign *campaigns = NULL;
    struct vg_vaccine_lot *lots = NULL;
    vg_status status = take_disease(&making, history, largest);
    if (status == VG_OK) {
        status = take_imports(&making, history, &imports);
    }
    if (status == VG_OK) {
        status = take_measures(&making, variation, history, largest, &measures);
    }
    if (status == VG_OK) {
        status = take_campaigns(&making, variation, &campaigns);
    }
    if (status == VG_OK) {
        status = take_lots(&making, variation, &lots);
    }
    return status == VG_OK && world->lead_days > 0 ? take_past(&making, measures, campaigns, lots, imports) : status;
}
