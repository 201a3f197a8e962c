/*
 * What is kept of a run: which series, summed over which places, ages and steps of time. Weeks are Sunday to Saturday, and only whole ones
 * are kept; beds in use are the most of a step.
 */
#include "control/scenario/scenario.h"

#include <string.h>

static const struct { const char *name; enum vg_scenario_series series; } counted[] = {
    {"inf", (enum vg_scenario_series)VG_COUNT_INFECTIONS}, {"reinf", (enum vg_scenario_series)VG_COUNT_REINFECTIONS}, {"onset", (enum vg_scenario_series)VG_COUNT_ONSETS},
    {"case", (enum vg_scenario_series)VG_COUNT_REPORTED}, {"hosp", (enum vg_scenario_series)VG_COUNT_ADMISSIONS}, {"icu", (enum vg_scenario_series)VG_COUNT_ICU},
    {"death", (enum vg_scenario_series)VG_COUNT_DEATHS}, {"dose", (enum vg_scenario_series)VG_COUNT_DOSES}, {"quarantine", (enum vg_scenario_series)VG_COUNT_QUARANTINED},
    {"without ward", VG_KEPT_WITHOUT_WARD}, {"without icu", VG_KEPT_WITHOUT_ICU}, {"dose lost", VG_KEPT_DOSES_LOST},
};

static bool target_from_name(const char *name, struct vg_scenario_target *target)
{
    bool inc = strncmp(name, "inc ", 4) == 0;
    bool cum = strncmp(name, "cum ", 4) == 0;
    *target = (struct vg_scenario_target){.name = name, .cumulative = cum};
    if (strcmp(name, "occ ward") == 0 || strcmp(name, "occ icu") == 0) {
        target->series = name[4] == 'w' ? VG_KEPT_WARD : VG_KEPT_ICU;
        return true;
    }
    for (size_t i = 0; (inc || cum) && i < sizeof counted / sizeof *counted; i++) {
        if (strcmp(name + 4, counted[i].name) == 0) {
            target->series = counted[i].series;
            return true;
        }
    }
    return false;
}

static vg_status take_targets(const struct vg_scenario *scenario, struct vg_arena *arena, struct vg_scenario_layout *layout, struct vg_error *error)
{
    const struct vg_text_list *wanted = &scenario->output.targets;
    layout->targets = VG_ARENA_ARRAY(arena, struct vg_scenario_target, wanted->count + 1);
    if (layout->targets == NULL) {
        return vg_fail_memory(error, wanted->count);
    }
    for (int series = 0; series < VG_KEPT_KINDS; series++) {
        layout->series_slot[series] = -1;
    }
    for (size_t i = 0; i < wanted->count; i++) {
        if (!target_from_name(wanted->items[i], &layout->targets[i])) {
            return vg_fail(error, VG_DATA_ERROR, "%s: there is no target \"%s\"; there are inc and cum of inf, reinf, onset, case, hosp, icu, death, dose, quarantine, without ward, "
                           "without icu, dose lost, and occ ward, occ icu", scenario->file_name, wanted->items[i]);
        }
        int *slot = &layout->series_slot[layout->targets[i].series];
        *slot = *slot >= 0 ? *slot : (int)layout->n_series++;
    }
    layout->n_targets = wanted->count;
    return layout->n_targets == 0 ? vg_fail(error, VG_DATA_ERROR, "%s: [output] names no targets", scenario->file_name) : VG_OK;
}

/* ------------------------------------------------------------------ places */

static bool wants_level(const struct vg_scenario *scenario, const char *level)
{
    for (size_t i = 0; i < scenario->output.places.count; i++) {
        if (strcmp(scenario->output.places.items[i], level) == 0) {
            return true;
        }
    }
    return false;
}

static uint32_t add_place(struct vg_scenario_layout *layout, struct vg_dictionary *codes, const char *code, bool has_beds)
{
    size_t before = codes->count;
    uint32_t index = vg_dictionary_add(codes, vg_text_from(code));
    if (index != VG_DICTIONARY_NONE && codes->count > before) {
        layout->places[index] = (struct vg_scenario_place_out){code, has_beds};
    }
    return index;
}

/* Beds of a region belong to every place that holds it whole. */
static void place_regions(const struct vg_scenario *scenario, const struct vg_scenario_world *world, struct vg_scenario_layout *layout)
{
    for (size_t i = 0; i < 3 * world->n_regions; i++) {
        layout->region_place[i] = UINT32_MAX;
    }
    for (size_t m = 0; m < world->n_municipalities; m++) {
        for (int level = 0; level < 3; level++) {
            bool holds = level <= scenario->hospital.region;
            if (holds) {
                layout->region_place[3 * world->region[m] + (size_t)level] = layout->place_of[3 * m + (size_t)level];
            }
        }
    }
}

static vg_status take_places(const struct vg_scenario *scenario, const struct vg_scenario_world *world, struct vg_arena *arena, struct vg_scenario_layout *layout,
                             struct vg_error *error)
{
    static const char *const levels[] = {"country", "parent", "municipality"};
    struct vg_dictionary codes;
    vg_dictionary_init(&codes, arena);
    size_t most = 2 * world->n_municipalities + 2;
    layout->places = VG_ARENA_ARRAY(arena, struct vg_scenario_place_out, most);
    layout->place_of = VG_ARENA_ARRAY(arena, uint32_t, 3 * world->n_municipalities);
    layout->region_place = VG_ARENA_ARRAY(arena, uint32_t, 3 * world->n_regions);
    if (layout->places == NULL || layout->place_of == NULL || layout->region_place == NULL) {
        return vg_fail_memory(error, most * sizeof *layout->places);
    }
    for (size_t i = 0; i < scenario->output.places.count; i++) {
        const char *name = scenario->output.places.items[i];
        if (strcmp(name, levels[0]) != 0 && strcmp(name, levels[1]) != 0 && strcmp(name, levels[2]) != 0) {
            return vg_fail(error, VG_DATA_ERROR, "%s: places of [output] are country, parent and municipality, not \"%s\"", scenario->file_name, name);
        }
    }
    for (int level = 0; level < 3; level++) {
        bool wanted = wants_level(scenario, levels[level]);
        for (size_t m = 0; m < world->n_municipalities; m++) {
            const char *code = level == 0 ? world->country : level == 1 ? world->parent[m] : world->code[m];
            layout->place_of[3 * m + (size_t)level] = wanted && code != NULL ? add_place(layout, &codes, code, level <= scenario->hospital.region) : UINT32_MAX;
        }
    }
    layout->n_places = codes.count;
    place_regions(scenario, world, layout);
    if (arena->failed) {
        return vg_fail_memory(error, most * sizeof *layout->places);
    }
    return layout->n_places == 0 ? vg_fail(error, VG_DATA_ERROR, "%s: [output] names no places that there are", scenario->file_name) : VG_OK;
}

/* -------------------------------------------------------------------- ages */

static vg_status take_ages(const struct vg_scenario *scenario, const struct vg_scenario_world *world, struct vg_arena *arena, struct vg_scenario_layout *layout,
                           struct vg_error *error)
{
    const struct vg_text_list *wanted = &scenario->output.ages;
    layout->n_bands = wanted->count + 1;
    layout->n_ages = layout->n_bands + scenario->n_groups;
    layout->age_names = VG_ARENA_ARRAY(arena, const char *, layout->n_ages);
    layout->age_of = VG_ARENA_ARRAY(arena, uint8_t, world->n_ages);
    if (layout->age_names == NULL || layout->age_of == NULL || layout->n_bands > VG_AGES_MAX + 1) {
        return vg_fail(error, layout->n_bands > VG_AGES_MAX + 1 ? VG_DATA_ERROR : VG_SYSTEM_ERROR, "%s: too many age groups", scenario->file_name);
    }
    layout->age_names[0] = "0-130";
    for (size_t g = 0; g < scenario->n_groups; g++) {
        layout->age_names[layout->n_bands + g] = scenario->groups[g].name;
    }
    for (size_t i = 0; i < wanted->count; i++) {
        int low = 0;
        int high = 0;
        size_t members = 0;
        if (!vg_age_band_parse(vg_text_from(wanted->items[i]), &low, &high)) {
            return vg_fail(error, VG_DATA_ERROR, "%s: \"%s\" is no age group such as \"0-64\" or \"65+\"", scenario->file_name, wanted->items[i]);
        }
        for (size_t a = 0; a < world->n_ages; a++) {
            int first = world->age_from[a];
            int last = a + 1 < world->n_ages ? world->age_from[a + 1] - 1 : 130;
            bool inside = first >= low && (high < 0 || last <= high);
            bool outside = last < low || (high >= 0 && first > high);
            if (!inside && !outside) {
                return vg_fail(error, VG_DATA_ERROR, "%s: age group \"%s\" cuts through the band from %d; change age_bands or ages of [output]", scenario->file_name, wanted->items[i], first);
            }
            if (inside && layout->age_of[a] != 0) {
                return vg_fail(error, VG_DATA_ERROR, "%s: age group \"%s\" overlaps another one", scenario->file_name, wanted->items[i]);
            }
            layout->age_of[a] = inside ? (uint8_t)(i + 1) : layout->age_of[a];
            members += inside ? 1 : 0;
        }
        layout->age_names[i + 1] = vg_arena_format(arena, "%d-%d", low, high < 0 ? 130 : high);
        if (members == 0 || layout->age_names[i + 1] == NULL) {
            return vg_fail(error, VG_DATA_ERROR, "%s: no age band lies in \"%s\"", scenario->file_name, wanted->items[i]);
        }
    }
    return VG_OK;
}

static vg_status take_steps(const struct vg_scenario *scenario, struct vg_scenario_layout *layout, struct vg_error *error)
{
    layout->start = scenario->start;
    layout->origin = scenario->today == VG_DATE_NONE ? scenario->start : scenario->today;
    layout->step_days = 1;
    if (scenario->output.step == VG_SCENARIO_WEEK) {
        int32_t week = vg_date_week_start(scenario->start, VG_WEEK_MMWR);
        layout->step_days = 7;
        layout->first_day = week < scenario->start ? week + 7 - scenario->start : 0;
    }
    layout->n_steps = scenario->days <= layout->first_day ? 0 : (size_t)((scenario->days - layout->first_day) / layout->step_days);
    return layout->n_steps == 0 ? vg_fail(error, VG_DATA_ERROR, "%s: there is no whole week from Sunday to Saturday in %d days", scenario->file_name, scenario->days) : VG_OK;
}

vg_status vg_control_layout_new(const struct vg_scenario *scenario, const struct vg_scenario_world *world, struct vg_arena *arena, struct vg_scenario_layout *layout,
                                struct vg_error *error)
{
    *layout = (struct vg_scenario_layout){.scale = 1 / world->people_scale};
    vg_status status = take_targets(scenario, arena, layout, error);
    if (status == VG_OK) {
        status = take_places(scenario, world, arena, layout, error);
    }
    if (status == VG_OK) {
        status = take_ages(scenario, world, arena, layout, error);
    }
    if (status == VG_OK) {
        status = take_steps(scenario, layout, error);
    }
    size_t cells = 0;
    bool fits = vg_multiply_size(layout->n_places, layout->n_ages, &cells) && vg_multiply_size(cells, layout->n_steps, &cells) &&
                vg_multiply_size(cells, layout->n_series, &layout->n_values);
    return status == VG_OK && !fits ? vg_fail(error, VG_LIMIT_EXCEEDED, "%s: the output is too large", scenario->file_name) : status;
}
