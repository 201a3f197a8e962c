/*
 * The places of an exercise from a scenario's municipalities: municipalities, the units they belong to, and countries, with codes as a node has them (the country's
 * code, a hyphen, the national one), each level in the order of codes.
 */
#include "control/exercise/world.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NO_COUNTRY "XX"
#define UNITS_DEEP 8

/* The raw codes of the unit and the country in which a municipality lies. */
struct above { const char *province, *country; const struct vg_municipality *unit, *top; };

static struct above above_of(const struct vg_scenario *scenario, const struct vg_municipality_list *list, const struct vg_municipality *item)
{
    struct above above = {item->parent, scenario->place.country == NULL ? NO_COUNTRY : scenario->place.country, vg_municipality_unit(list, item->parent), NULL};
    const struct vg_municipality *at = above.unit;
    for (int level = 0; at != NULL && at->parent != NULL && level < UNITS_DEEP; level++) {
        above.country = at->parent;
        above.top = at = vg_municipality_unit(list, at->parent);
    }
    above.province = above.province == NULL ? "0" : above.province;
    return above;
}

static const char *whole_code(struct vg_arena *arena, const char *country, const char *code)
{
    size_t size = strlen(country);
    if (strcmp(code, country) == 0) {
        return vg_arena_format(arena, "%s-00", country); /* a country of one municipality */
    }
    return strncmp(code, country, size) == 0 && code[size] == '-' ? code : vg_arena_format(arena, "%s-%s", country, code);
}

static int compare_places(const void *a, const void *b)
{
    return strcmp(((const struct vg_exercise_place *)a)->code, ((const struct vg_exercise_place *)b)->code);
}

static uint32_t find_place(const struct vg_exercise_place *places, size_t n, const char *code)
{
    const struct vg_exercise_place key = {.code = code};
    const struct vg_exercise_place *found = bsearch(&key, places, n, sizeof *places, compare_places);
    return found == NULL ? 0 : (uint32_t)(found - places);
}

/* Sorted, each code once; returns how many are left. */
static size_t tidy(struct vg_exercise_place *places, size_t n)
{
    size_t kept = 0;
    qsort(places, n, sizeof *places, compare_places);
    for (size_t i = 0; i < n; i++) {
        if (kept == 0 || strcmp(places[i].code, places[kept - 1].code) != 0) {
            places[kept++] = places[i];
        }
    }
    return kept;
}

/* Where a unit has no point of its own, the mean of its parts, weighted by people. */
static void sum_up(struct vg_exercise_place *wholes, size_t n_wholes, const struct vg_exercise_place *parts, size_t n_parts)
{
    for (size_t w = 0; w < n_wholes; w++) {
        double people = 0, latitude = 0, longitude = 0;
        for (size_t p = 0; p < n_parts; p++) {
            double weight = parts[p].above == w ? parts[p].population : 0;
            people += weight;
            latitude += weight * (isnan(parts[p].latitude) ? 0 : parts[p].latitude);
            longitude += weight * (isnan(parts[p].longitude) ? 0 : parts[p].longitude);
        }
        wholes[w].population = people;
        wholes[w].latitude = isnan(wholes[w].latitude) && people > 0 ? latitude / people : wholes[w].latitude;
        wholes[w].longitude = isnan(wholes[w].longitude) && people > 0 ? longitude / people : wholes[w].longitude;
    }
}

static struct vg_exercise_place place_of(const char *code, const struct vg_municipality *known, const char *name)
{
    return (struct vg_exercise_place){.code = code, .name = known == NULL ? name : known->name, .latitude = known == NULL ? NAN : known->latitude,
                                      .longitude = known == NULL ? NAN : known->longitude};
}

vg_status exercise_places(const struct vg_scenario *scenario, const struct vg_municipality_list *list, const uint32_t *first, struct vg_arena *arena,
                          struct vg_exercise_world *world, struct vg_error *error)
{
    const size_t n = list->count;
    struct vg_exercise_place *municipalities = VG_ARENA_ARRAY(arena, struct vg_exercise_place, n + 1), *provinces = VG_ARENA_ARRAY(arena, struct vg_exercise_place, n + 1),
                             *countries = VG_ARENA_ARRAY(arena, struct vg_exercise_place, n + 1), *unsorted = VG_ARENA_ARRAY(arena, struct vg_exercise_place, n + 1);
    const char **country_of = VG_ARENA_ARRAY(arena, const char *, n + 1);
    if (arena->failed) {
        return vg_fail_memory(error, 4 * n * sizeof *municipalities);
    }
    for (size_t m = 0; m < n; m++) {
        struct above above = above_of(scenario, list, &list->items[m]);
        municipalities[m] = place_of(whole_code(arena, above.country, list->items[m].code), &list->items[m], NULL);
        municipalities[m].population = first[m + 1] - first[m];
        provinces[m] = place_of(whole_code(arena, above.country, above.province), above.unit, above.province);
        countries[m] = place_of(above.country, above.top, above.country);
        country_of[m] = above.country;
    }
    if (arena->failed) {
        return vg_fail_memory(error, n * 16);
    }
    memcpy(unsorted, provinces, n * sizeof *provinces);
    world->n_countries = tidy(countries, n);
    world->n_provinces = tidy(provinces, n);
    for (size_t m = 0; m < n; m++) {
        municipalities[m].above = find_place(provinces, world->n_provinces, unsorted[m].code);
        provinces[municipalities[m].above].above = find_place(countries, world->n_countries, country_of[m]);
    }
    sum_up(provinces, world->n_provinces, municipalities, n);
    sum_up(countries, world->n_countries, provinces, world->n_provinces);
    world->n_municipalities = n;
    world->municipalities = municipalities;
    world->provinces = provinces;
    world->countries = countries;
    return VG_OK;
}
