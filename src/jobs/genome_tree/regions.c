/*
 * Words for places as regions: first all words are found in the node's list of places, then a level is chosen and each is led up to it.
 */
#include "jobs/genome_tree/joined.h"

#include <string.h>

void genome_regions_init(struct genome_regions *regions, struct vg_store *store, struct vg_arena *arena)
{
    *regions = (struct genome_regions){.places = vg_store_place_list(store), .arena = arena, .level = VG_LEVEL_COUNTRY};
    vg_dictionary_init(&regions->words, arena);
    vg_dictionary_init(&regions->names, arena);
}

static bool says_nothing(struct vg_text word)
{
    return word.size == 0 || vg_text_equals(word, "?") || vg_text_equals(word, "NA") || vg_text_equals(word, "unknown");
}

/* A code; a country's name; else the name of one place alone, below whatever. */
static uint32_t find_place(const struct vg_place_list *places, struct vg_text word)
{
    uint32_t found = vg_place_list_find_code(places, word);
    found = found != VG_PLACE_NONE ? found : vg_place_list_find_name(places, VG_PLACE_NONE, word);
    if (found != VG_PLACE_NONE) {
        return found;
    }
    for (uint32_t parent = 0; parent < places->count; parent++) {
        uint32_t one = vg_place_list_find_name(places, parent, word);
        if (one != VG_PLACE_NONE && found != VG_PLACE_NONE && one != found) {
            return VG_PLACE_NONE; /* two of that name */
        }
        found = one != VG_PLACE_NONE ? one : found;
    }
    return found;
}

uint32_t genome_regions_word(struct genome_regions *regions, struct vg_text word)
{
    size_t before = regions->words.count;
    if (says_nothing(word)) {
        return VG_DICTIONARY_NONE;
    }
    uint32_t index = vg_dictionary_add(&regions->words, word);
    if (index == before && index != VG_DICTIONARY_NONE) {
        size_t capacity = regions->capacity;
        uint32_t *places = vg_arena_room(regions->arena, regions->place_of, before, &capacity, sizeof *places);
        if (places == NULL) {
            return VG_DICTIONARY_NONE;
        }
        regions->place_of = places;
        regions->capacity = capacity;
        regions->place_of[index] = find_place(regions->places, word);
    }
    return index;
}

/* The place above at the level; itself where it is coarser. A chain longer than the list would be a cycle. */
static uint32_t led_up(const struct vg_place_list *places, uint32_t place, enum vg_place_level level)
{
    for (size_t steps = 0; steps <= places->count && places->places[place].level > level && places->places[place].parent != VG_PLACE_NONE; steps++) {
        place = places->places[place].parent;
    }
    return place;
}

/* Marks what has finer ones below it among the words. */
static void mark_above(const struct genome_regions *regions, uint8_t *above)
{
    const struct vg_place_list *places = regions->places;
    for (size_t w = 0; w < regions->words.count; w++) {
        uint32_t at = regions->place_of[w];
        for (size_t steps = 0; at != VG_PLACE_NONE && steps <= places->count; steps++) {
            at = places->places[at].parent;
            if (at != VG_PLACE_NONE) {
                above[at] = 1;
            }
        }
    }
}

/* Regions at the level; *n_known: those that are of it. */
static vg_status assign(struct genome_regions *regions, enum vg_place_level level, const uint8_t *above, size_t *n_known, struct vg_error *error)
{
    const struct vg_place_list *places = regions->places;
    vg_dictionary_init(&regions->names, regions->arena);
    *n_known = 0;
    for (size_t w = 0; w < regions->words.count; w++) {
        uint32_t place = regions->place_of[w], region = place == VG_PLACE_NONE ? VG_PLACE_NONE : led_up(places, place, level);
        size_t before = regions->names.count;
        bool coarser = region != VG_PLACE_NONE && places->places[region].level < level;
        if (coarser && above[region] != 0) {
            regions->region_of[w] = VG_DICTIONARY_NONE; /* somewhere in it, nobody knows where */
            continue;
        }
        regions->region_of[w] = vg_dictionary_add(&regions->names, region == VG_PLACE_NONE ? regions->words.keys[w] : vg_text_from(places->places[region].code));
        if (regions->region_of[w] == VG_DICTIONARY_NONE) {
            return vg_fail_memory(error, regions->words.count);
        }
        *n_known += regions->names.count > before && !coarser;
    }
    regions->level = level;
    return VG_OK;
}

vg_status genome_regions_settle(struct genome_regions *regions, const char *level, struct vg_error *error)
{
    enum vg_place_level wanted = VG_LEVEL_COUNTRY;
    size_t n = 0;
    uint8_t *above = VG_ARENA_ARRAY(regions->arena, uint8_t, regions->places->count + 1);
    regions->region_of = VG_ARENA_ARRAY(regions->arena, uint32_t, regions->words.count + 1);
    if (regions->region_of == NULL || above == NULL) {
        return vg_fail_memory(error, regions->words.count);
    }
    if (level != NULL && !vg_place_level_from_name(vg_text_from(level), &wanted)) {
        return vg_fail(error, VG_USAGE_ERROR, "level is country, admin1, admin2 or other, not \"%.40s\"", level);
    }
    mark_above(regions, above);
    vg_status status = assign(regions, wanted, above, &n, error);
    for (int next = VG_LEVEL_ADMIN1; status == VG_OK && level == NULL && n < 2 && next < VG_LEVEL_COUNT; next++) {
        status = assign(regions, (enum vg_place_level)next, above, &n, error);
    }
    return status;
}

struct vg_text genome_regions_code(const struct genome_regions *regions, uint32_t word)
{
    uint32_t place = regions->place_of[word];
    return place == VG_PLACE_NONE ? regions->words.keys[word] : vg_text_from(regions->places->places[place].code);
}
