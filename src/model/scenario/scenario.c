/*
 * The scenario's defaults and words. Every default that a file may leave out is set here.
 */
#include "model/scenario/scenario.h"

#include "model/society/society.h"

#include <math.h>
#include <string.h>

const char *const vg_scenario_measure_names[] = {"contacts", "masks", "school-closing", "work-closing", "gatherings", "stay-at-home", "travel-limits",
                                                 "cordon", "isolation", "tracing", NULL};
const char *const vg_scenario_trigger_names[] = {"none", "cases", "admissions", "icu", NULL};
const char *const vg_scenario_layer_names[] = {"household", "school", "work", "community", "travel", NULL};
const char *const vg_scenario_region_names[] = {"country", "parent", "municipality", NULL};
const char *const vg_scenario_step_names[] = {"day", "week", NULL};

unsigned vg_scenario_measure_layers(enum vg_scenario_measure_kind kind)
{
    enum { SCHOOL = 1U << VG_SCENARIO_SCHOOL, WORK = 1U << VG_SCENARIO_WORK, COMMUNITY = 1U << VG_SCENARIO_COMMUNITY, TRAVEL = 1U << VG_SCENARIO_TRAVEL };
    switch (kind) {
    case VG_SCENARIO_MASKS:
    case VG_SCENARIO_STAY_AT_HOME:
        return SCHOOL | WORK | COMMUNITY | TRAVEL;
    case VG_SCENARIO_SCHOOL_CLOSING:
        return SCHOOL;
    case VG_SCENARIO_WORK_CLOSING:
        return WORK;
    case VG_SCENARIO_GATHERINGS:
        return COMMUNITY;
    case VG_SCENARIO_TRAVEL_LIMITS:
        return TRAVEL;
    default:
        return 0;
    }
}

/* Lists that are shared by all who take the default; nobody writes to them. */
static struct vg_number_list numbers(const double *items, size_t count)
{
    return (struct vg_number_list){(double *)(uintptr_t)items, count};
}

static struct vg_text_list texts(const char *const *items, size_t count)
{
    return (struct vg_text_list){(const char **)(uintptr_t)items, count};
}

void vg_scenario_defaults(struct vg_scenario *scenario)
{
    static const double bands[] = {0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60, 65, 70, 75};
    static const double levels[] = {0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.975, 0.99};
    static const char *const targets[] = {"inc inf", "inc case", "inc hosp", "inc death", "cum inf", "cum hosp", "cum death", "occ ward", "occ icu", "inc without icu"};
    static const char *const places[] = {"country"};
    *scenario = (struct vg_scenario){
        .start = VG_DATE_NONE, .days = 180, .today = VG_DATE_NONE, .seed = 1, .runs = 100,
        .place = {.population = NAN, .age_bands = numbers(bands, sizeof bands / sizeof *bands), .household_size = NAN, .school_size = 25, .work_size = 12,
                  .commuting = "gravity", .commuting_share = 0.2, .travel_share = 0.1},
        .disease = {.name = "covid19", .r0 = NAN, .growth_per_day = NAN, .dispersion = NAN, .season_amplitude = NAN, .season_peak_day = NAN},
        .begin = {.infections_per_day = 0, .days = 7, .immune_days = 180},
        .hospital = {.ward_beds_per_100k = NAN, .icu_beds_per_100k = NAN, .region = VG_SCENARIO_BEDS_COUNTRY, .death_without_ward = 1.5, .death_without_icu = 2},
        .observation = {.reported = 0.3, .delay_mean_days = 5, .delay_sd_days = 3},
        .output = {.step = VG_SCENARIO_WEEK, .targets = texts(targets, sizeof targets / sizeof *targets), .places = texts(places, 1),
                   .place_ages = true, .quantiles = numbers(levels, sizeof levels / sizeof *levels)},
        .calibration = {.counts_from = VG_DATE_NONE, .from = VG_DATE_NONE, .block_days = 14, .change_sd = 0.2, .estimate_reporting = true, .estimate_severity = false, .engine_rounds = 6, .run_rounds = 4},
    };
    vg_exercise_defaults(&scenario->exercise);
}

void vg_scenario_municipality_defaults(struct vg_scenario_municipality *municipality)
{
    *municipality = (struct vg_scenario_municipality){.population = NAN, .latitude = NAN, .longitude = NAN};
}

void vg_scenario_group_defaults(struct vg_scenario_group *group)
{
    *group = (struct vg_scenario_group){.contacts = 1, .severity = 1};
}

void vg_scenario_import_defaults(struct vg_scenario_import *import)
{
    *import = (struct vg_scenario_import){.from = VG_DATE_NONE, .to = VG_DATE_NONE, .per_day = 1};
}

void vg_scenario_measure_defaults(struct vg_scenario_measure *measure)
{
    *measure = (struct vg_scenario_measure){
        .kind = VG_SCENARIO_CONTACTS, .from = VG_DATE_NONE, .to = VG_DATE_NONE, .strength = 1, .compliance = 1, .trigger = VG_SCENARIO_ALWAYS, .trigger_of = VG_SCENARIO_BEDS_MUNICIPALITY, .trigger_on = NAN,
        .trigger_off = NAN, .minimum_days = 14, .delay_days = 1, .duration_days = 10, .sensitivity = 0.85, .household_share = 0.9, .traced_share = 0.5,
        .app_uptake = 0, .contact_days = 3, .quarantine_days = 10};
}

void vg_scenario_campaign_defaults(struct vg_scenario_campaign *campaign)
{
    *campaign = (struct vg_scenario_campaign){.dose = 1, .interval_days = 28, .from = VG_DATE_NONE, .to = VG_DATE_NONE, .per_day_percent = 0.5, .stock_percent = NAN, .uptake = 0.8};
}

void vg_scenario_lot_defaults(struct vg_scenario_lot *lot)
{
    *lot = (struct vg_scenario_lot){.arrives = VG_DATE_NONE, .expires = VG_DATE_NONE, .percent = 1};
}

void vg_scenario_variation_defaults(struct vg_scenario_variation *variation)
{
    *variation = (struct vg_scenario_variation){.ward_beds_per_100k = NAN, .icu_beds_per_100k = NAN};
}

bool vg_scenario_is_calibrated(const struct vg_scenario *scenario)
{
    const struct vg_scenario_calibration *said = &scenario->calibration;
    return said->observed != NULL || said->node != NULL || said->counts_from != VG_DATE_NONE;
}

double vg_scenario_persons(const struct vg_scenario *scenario)
{
    double sum = 0;
    for (size_t i = 0; i < scenario->n_municipalities; i++) {
        sum += scenario->municipalities[i].population;
    }
    return scenario->n_municipalities > 0 ? sum : scenario->place.population;
}

size_t vg_scenario_group_find(const struct vg_scenario *scenario, struct vg_text name)
{
    for (size_t g = 0; g < scenario->n_groups; g++) {
        if (vg_text_equals(name, scenario->groups[g].name)) {
            return g;
        }
    }
    return SIZE_MAX;
}

/* Which of its ages hold the year: 0 of a group of all ages, SIZE_MAX where none does. */
static size_t ages_with(const struct vg_scenario_group *group, int age_from)
{
    for (size_t i = 0; i < group->ages.count; i++) {
        int low = 0;
        int high = 0;
        if (vg_age_band_parse(vg_text_from(group->ages.items[i]), &low, &high) && age_from >= low && (high < 0 || age_from <= high)) {
            return i;
        }
    }
    return group->ages.count == 0 ? 0 : SIZE_MAX;
}

bool vg_scenario_group_covers(const struct vg_scenario_group *group, int age_from)
{
    return ages_with(group, age_from) != SIZE_MAX;
}

double vg_scenario_group_percent(const struct vg_scenario_group *group, int age_from)
{
    size_t ages = ages_with(group, age_from);
    return ages == SIZE_MAX || group->share_percent.count == 0 ? 0 : group->share_percent.items[group->share_percent.count == 1 ? 0 : ages];
}

bool vg_scenario_turn_parse(const struct vg_scenario *scenario, struct vg_text text, struct vg_scenario_turn *turn)
{
    *turn = (struct vg_scenario_turn){SIZE_MAX, 0, -1};
    if (vg_age_band_parse(text, &turn->low_years, &turn->high_years)) {
        return true;
    }
    const char *colon = memchr(text.data, ':', text.size);
    struct vg_text name = colon == NULL ? text : vg_text_of(text.data, (size_t)(colon - text.data));
    *turn = (struct vg_scenario_turn){vg_scenario_group_find(scenario, vg_text_trim(name)), 0, -1};
    bool ages = colon == NULL || vg_age_band_parse(vg_text_trim(vg_text_of(colon + 1, text.size - name.size - 1)), &turn->low_years, &turn->high_years);
    return turn->group != SIZE_MAX && ages;
}

static void move(int32_t *date, int32_t days)
{
    *date = *date == VG_DATE_NONE ? VG_DATE_NONE : *date + days;
}

void vg_scenario_move(struct vg_scenario *scenario, int32_t days)
{
    int32_t *const single[] = {&scenario->start, &scenario->today, &scenario->calibration.counts_from, &scenario->calibration.from, &scenario->exercise.found_changes};
    for (size_t i = 0; i < sizeof single / sizeof *single; i++) {
        move(single[i], days);
    }
    for (size_t i = 0; i < scenario->n_imports; i++) {
        move(&scenario->imports[i].from, days);
        move(&scenario->imports[i].to, days);
    }
    for (size_t i = 0; i < scenario->n_measures; i++) {
        move(&scenario->measures[i].from, days);
        move(&scenario->measures[i].to, days);
    }
    for (size_t i = 0; i < scenario->n_campaigns; i++) {
        move(&scenario->campaigns[i].from, days);
        move(&scenario->campaigns[i].to, days);
    }
    for (size_t i = 0; i < scenario->n_lots; i++) {
        move(&scenario->lots[i].arrives, days);
        move(&scenario->lots[i].expires, days);
    }
    for (size_t i = 0; i < scenario->exercise.n_outages; i++) {
        move(&scenario->exercise.outages[i].from, days);
        move(&scenario->exercise.outages[i].to, days);
    }
    for (size_t i = 0; i < scenario->exercise.n_injects; i++) {
        move(&scenario->exercise.injects[i].date, days);
    }
}

static bool is_among(const struct vg_text_list *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->items[i], name) == 0) {
            return true;
        }
    }
    return false;
}

bool vg_scenario_holds(const struct vg_scenario *scenario, size_t variation, const char *name)
{
    const struct vg_scenario_variation *v = &scenario->variations[variation];
    return !is_among(&v->without, name) && (v->only.count == 0 || is_among(&v->only, name));
}
