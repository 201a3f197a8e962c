/*
 * The list of places: found by code, or by any known spelling below a parent. Names are compared folded
 * (vg_text_fold), so accents, case, blanks and punctuation do not matter.
 */
#include "model/model.h"

#include <math.h>
#include <string.h>

#define FOLDED_BYTES 512

void vg_place_list_init(struct vg_place_list *list, struct vg_arena *arena)
{
    *list = (struct vg_place_list){.arena = arena};
    vg_dictionary_init(&list->codes, arena);
    vg_dictionary_init(&list->names, arena);
}

static bool grow(struct vg_arena *arena, void **array, size_t *capacity, size_t count, size_t size)
{
    void *room = vg_arena_room(arena, *array, count, capacity, size);
    *array = room == NULL ? *array : room;
    return room != NULL;
}

/* Points dictionary entry of key at place unless it is taken: the first place of a name keeps it. */
static bool index_key(struct vg_place_list *list, struct vg_dictionary *dictionary, uint32_t **places, size_t *capacity,
                      struct vg_text key, uint32_t place)
{
    size_t before = dictionary->count;
    uint32_t entry = vg_dictionary_add(dictionary, key);
    if (entry == VG_DICTIONARY_NONE) {
        return false;
    }
    if (dictionary->count == before) {
        return true;
    }
    void *array = *places;
    if (!grow(list->arena, &array, capacity, entry, sizeof **places)) {
        return false;
    }
    *places = array;
    (*places)[entry] = place;
    return true;
}

/* "parent/folded name" in key; 0 when nothing of the name is left. */
static size_t name_key(uint32_t parent, struct vg_text name, char key[FOLDED_BYTES])
{
    int prefix = snprintf(key, FOLDED_BYTES, "%x/", parent);
    size_t folded = vg_text_fold(name, key + prefix, FOLDED_BYTES - (size_t)prefix);
    return folded == 0 ? 0 : (size_t)prefix + folded;
}

static bool index_name(struct vg_place_list *list, uint32_t place, struct vg_text name)
{
    char key[FOLDED_BYTES];
    size_t size = name_key(list->places[place].parent, name, key);
    return size == 0 || index_key(list, &list->names, &list->name_place, &list->name_capacity, vg_text_of(key, size), place);
}

static bool index_alternatives(struct vg_place_list *list, uint32_t place, const char *alternatives)
{
    const char *start = alternatives;
    while (start != NULL && *start != '\0') {
        const char *end = strchr(start, '|');
        size_t size = end == NULL ? strlen(start) : (size_t)(end - start);
        if (!index_name(list, place, vg_text_of(start, size))) {
            return false;
        }
        start = end == NULL ? NULL : end + 1;
    }
    return true;
}

static bool fill_text(struct vg_place_list *list, const char **target, const char *value)
{
    if (value == NULL || *value == '\0' || *target != NULL) {
        return true;
    }
    *target = vg_arena_copy(list->arena, value);
    return *target != NULL;
}

static void fill_number(double *target, double value)
{
    if (isnan(*target)) {
        *target = value;
    }
}

static bool append_alternatives(struct vg_place_list *list, uint32_t place, const char *alternatives)
{
    struct vg_place *known = &list->places[place];
    if (alternatives == NULL || *alternatives == '\0') {
        return true;
    }
    const char *joined = known->alternative_names == NULL ? vg_arena_copy(list->arena, alternatives)
                                                          : vg_arena_format(list->arena, "%s|%s", known->alternative_names, alternatives);
    if (joined == NULL) {
        return false;
    }
    known->alternative_names = joined;
    return index_alternatives(list, place, alternatives);
}

/* Fills what was unknown of a place from another description of it. */
static bool merge(struct vg_place_list *list, uint32_t index, const struct vg_place *from)
{
    struct vg_place *place = &list->places[index];
    bool ok = fill_text(list, &place->name, from->name);
    for (int language = 0; language < VG_LANGUAGE_COUNT; language++) {
        ok = ok && fill_text(list, &place->names[language], from->names[language]);
    }
    fill_number(&place->population, from->population);
    fill_number(&place->latitude, from->latitude);
    fill_number(&place->longitude, from->longitude);
    if (place->parent == VG_PLACE_NONE) {
        place->parent = from->parent;
    }
    bool had_alternatives = place->alternative_names != NULL && from->alternative_names != NULL &&
                            strstr(place->alternative_names, from->alternative_names) != NULL;
    if (ok && !had_alternatives) {
        ok = append_alternatives(list, index, from->alternative_names);
    }
    if (ok && from->name != NULL) {
        ok = index_name(list, index, vg_text_from(from->name));
    }
    for (int language = 0; ok && language < VG_LANGUAGE_COUNT; language++) {
        ok = from->names[language] == NULL || index_name(list, index, vg_text_from(from->names[language]));
    }
    return ok && index_name(list, index, vg_text_from(place->code));
}

uint32_t vg_place_list_add(struct vg_place_list *list, const struct vg_place *place)
{
    VG_ASSERT(place->code != NULL && place->code[0] != '\0');
    struct vg_text code = vg_text_from(place->code);
    uint32_t index = vg_place_list_find_code(list, code);
    if (index == VG_PLACE_NONE) {
        void *array = list->places;
        if (list->count >= VG_PLACE_NONE - 1 || !grow(list->arena, &array, &list->capacity, list->count, sizeof *list->places)) {
            return VG_PLACE_NONE;
        }
        list->places = array;
        index = (uint32_t)list->count;
        list->places[index] = (struct vg_place){.code = vg_arena_copy(list->arena, place->code), .parent = place->parent,
                                                .level = place->level, .population = NAN, .latitude = NAN, .longitude = NAN};
        if (list->places[index].code == NULL || !index_key(list, &list->codes, &list->code_place, &list->code_capacity, code, index)) {
            return VG_PLACE_NONE;
        }
        list->count++;
    }
    return merge(list, index, place) ? index : VG_PLACE_NONE;
}

bool vg_place_list_add_name(struct vg_place_list *list, uint32_t place, struct vg_text name)
{
    VG_ASSERT(place < list->count);
    if (vg_place_list_find_name(list, list->places[place].parent, name) != VG_PLACE_NONE) {
        return true;
    }
    char *copy = vg_arena_copy_bytes(list->arena, name.data, name.size);
    return copy != NULL && append_alternatives(list, place, copy);
}

uint32_t vg_place_list_find_code(const struct vg_place_list *list, struct vg_text code)
{
    uint32_t entry = vg_dictionary_find(&list->codes, code);
    return entry == VG_DICTIONARY_NONE ? VG_PLACE_NONE : list->code_place[entry];
}

uint32_t vg_place_list_find_name(const struct vg_place_list *list, uint32_t parent, struct vg_text name)
{
    char key[FOLDED_BYTES];
    size_t size = name_key(parent, name, key);
    if (size == 0) {
        return VG_PLACE_NONE;
    }
    uint32_t entry = vg_dictionary_find(&list->names, vg_text_of(key, size));
    return entry == VG_DICTIONARY_NONE ? VG_PLACE_NONE : list->name_place[entry];
}

static bool is_called(const struct vg_place *place, struct vg_text text)
{
    bool called = place->name != NULL && vg_text_fold_equal(vg_text_from(place->name), text);
    for (int language = 0; language < VG_LANGUAGE_COUNT && !called; language++) {
        called = place->names[language] != NULL && vg_text_fold_equal(vg_text_from(place->names[language]), text);
    }
    for (const char *at = place->alternative_names; at != NULL && *at != '\0' && !called;) {
        const size_t size = strcspn(at, "|");
        called = vg_text_fold_equal(vg_text_of(at, size), text);
        at += size + (at[size] == '|');
    }
    return called;
}

uint32_t vg_place_list_find_any(const struct vg_place_list *list, uint32_t within, struct vg_text text, bool *several)
{
    uint32_t found = vg_place_list_find_code(list, text);
    *several = false;
    if (found != VG_PLACE_NONE || text.size == 0) {
        return text.size == 0 ? VG_PLACE_NONE : found;
    }
    for (uint32_t i = 0; i < list->count; i++) {
        if (is_called(&list->places[i], text) && (within == VG_PLACE_NONE || vg_place_list_within(list, i, within))) {
            *several = *several || found != VG_PLACE_NONE;
            found = i;
        }
    }
    return *several ? VG_PLACE_NONE : found;
}

bool vg_place_list_within(const struct vg_place_list *list, uint32_t place, uint32_t ancestor)
{
    /* A chain longer than the list would be a cycle, which a damaged gazetteer could hold. */
    for (size_t steps = 0; place != VG_PLACE_NONE && steps <= list->count; steps++) {
        if (place == ancestor) {
            return true;
        }
        place = list->places[place].parent;
    }
    return false;
}
