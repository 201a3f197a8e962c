/*
 * From what a file says of a place to a place of the list. Each distinct saying is resolved once: by code, by a known name under its
 * parent (accents and generic words such as "Provincia de" aside), or as a new place under its parent.
 */
#include "intake/profile_internal.h"

#include <math.h>
#include <string.h>

bool place_matcher_init(struct place_matcher *matcher, struct vg_place_list *places, const struct vg_profile *profile, const char *country, struct vg_arena *arena)
{
    *matcher = (struct place_matcher){.places = places, .profile = profile, .default_country = country, .arena = arena};
    vg_dictionary_init(&matcher->seen, arena);
    return true;
}

static bool is_number(struct vg_text text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return false;
        }
    }
    return text.size > 0;
}

/* "5001" -> "05001" where codes have five digits; a spreadsheet's "5001.0" loses its tail. */
static const char *padded_code(struct vg_arena *arena, struct vg_text code, int n_digits)
{
    if (code.size > 2 && code.data[code.size - 2] == '.' && code.data[code.size - 1] == '0') {
        code.size -= 2;
    }
    if (is_number(code) && n_digits > (int)code.size) {
        return vg_arena_format(arena, "%0*d%.*s", n_digits - (int)code.size, 0, (int)code.size, code.data);
    }
    return vg_arena_copy_bytes(arena, code.data, code.size);
}

/* Generic words before and behind a name, folded; what is left is looked up again. */
static bool strip_generic(struct vg_text name, char *out, size_t capacity, size_t *size)
{
    static const char *const before[] = {"provinciade", "provincia", "departamentode", "departamento", "estadode", "estado", "regionde", "region", "municipiode",
                                         "municipio", "distritode", "stateof", "provinceof", "municipalityof", "departementde", "departement"};
    static const char *const behind[] = {"province", "provincia", "department", "departamento", "state", "estado", "region", "municipality", "county", "parish",
                                         "special", "省", "市", "自治区", "特别行政区", "地区", "县", "区"};
    char folded[256];
    size_t length = vg_text_fold(name, folded, sizeof folded);
    for (size_t i = 0; i < sizeof before / sizeof *before; i++) {
        size_t n = strlen(before[i]);
        if (length > n + 1 && memcmp(folded, before[i], n) == 0) {
            *size = length - n < capacity ? length - n : capacity;
            memcpy(out, folded + n, *size);
            return true;
        }
    }
    for (size_t i = 0; i < sizeof behind / sizeof *behind; i++) {
        size_t n = strlen(behind[i]);
        if (length > n + 1 && memcmp(folded + length - n, behind[i], n) == 0) {
            *size = length - n < capacity ? length - n : capacity;
            memcpy(out, folded, *size);
            return true;
        }
    }
    return false;
}

static uint32_t find_named(const struct place_matcher *matcher, uint32_t parent, struct vg_text name)
{
    char stripped[256];
    size_t size = 0;
    uint32_t place = vg_place_list_find_name(matcher->places, parent, name);
    if (place == VG_PLACE_NONE && strip_generic(name, stripped, sizeof stripped, &size)) {
        place = vg_place_list_find_name(matcher->places, parent, vg_text_of(stripped, size));
    }
    return place;
}

/* A place that nobody knew: by its code, or by its parent's code and its folded name. */
static uint32_t make_place(struct place_matcher *matcher, uint32_t parent, enum vg_place_level level, const char *code, struct vg_text name)
{
    char folded[200];
    const char *parent_code = parent == VG_PLACE_NONE ? NULL : matcher->places->places[parent].code;
    const char *full = code;
    if (full == NULL) {
        size_t size = vg_text_fold(name, folded, sizeof folded);
        if (size == 0) {
            return VG_PLACE_NONE;
        }
        full = parent_code == NULL ? vg_arena_format(matcher->arena, "~%.*s", (int)size, folded) : vg_arena_format(matcher->arena, "%s~%.*s", parent_code, (int)size, folded);
    }
    struct vg_place place = {.code = full, .parent = parent, .level = level, .population = NAN, .latitude = NAN, .longitude = NAN};
    place.name = name.size > 0 ? vg_arena_copy_bytes(matcher->arena, name.data, name.size) : full;
    if (full == NULL || place.name == NULL) {
        return VG_PLACE_NONE;
    }
    size_t before = matcher->places->count;
    uint32_t made = vg_place_list_add(matcher->places, &place);
    if (matcher->places->count > before) {
        matcher->first_made = matcher->n_made++ == 0 ? place.name : matcher->first_made;
    }
    return made;
}

/* A child of parent by its national code ("05" of CO), its full code, or its name; made where it is new. */
static uint32_t child_of(struct place_matcher *matcher, uint32_t country, uint32_t parent, enum vg_place_level level, struct vg_text code, struct vg_text name, int n_digits)
{
    const char *country_code = country == VG_PLACE_NONE ? NULL : matcher->places->places[country].code;
    const char *national = code.size == 0 ? NULL : padded_code(matcher->arena, code, n_digits);
    const char *full = NULL;
    uint32_t place = VG_PLACE_NONE;
    if (national != NULL && country_code != NULL) {
        full = strncmp(national, country_code, strlen(country_code)) == 0 && national[strlen(country_code)] == '-' ? national
                                                                                                                  : vg_arena_format(matcher->arena, "%s-%s", country_code, national);
        place = full == NULL ? VG_PLACE_NONE : vg_place_list_find_code(matcher->places, vg_text_from(full));
        /* National codes of first-level units, and codes without their check digit, are kept as names. */
        if (place == VG_PLACE_NONE) {
            place = vg_place_list_find_name(matcher->places, parent, vg_text_from(national));
        }
    }
    if (place == VG_PLACE_NONE && name.size > 0 && (full == NULL || level == VG_LEVEL_ADMIN1)) {
        place = find_named(matcher, parent, name);
    }
    if (place == VG_PLACE_NONE) {
        place = make_place(matcher, parent, level, full, name);
    } else if (name.size > 0) {
        (void)vg_place_list_add_name(matcher->places, place, name); /* code and name together teach the name */
    }
    int alias = level == VG_LEVEL_ADMIN2 ? matcher->profile->admin2_alias_digits : 0;
    if (place != VG_PLACE_NONE && alias > 0 && national != NULL && (int)strlen(national) > alias) {
        (void)vg_place_list_add_name(matcher->places, place, vg_text_of(national, (size_t)alias));
    }
    return place;
}

static uint32_t find_country(struct place_matcher *matcher, struct vg_text named)
{
    struct vg_text text = named.size > 0 ? named : vg_text_from(matcher->default_country);
    if (text.size == 0) {
        return VG_PLACE_NONE;
    }
    uint32_t country = vg_place_list_find_code(matcher->places, text);
    country = country == VG_PLACE_NONE ? vg_place_list_find_name(matcher->places, VG_PLACE_NONE, text) : country;
    if (country != VG_PLACE_NONE) {
        return country;
    }
    bool is_code = text.size == 2 && text.data[0] >= 'A' && text.data[0] <= 'Z' && text.data[1] >= 'A' && text.data[1] <= 'Z';
    return make_place(matcher, VG_PLACE_NONE, VG_LEVEL_COUNTRY, is_code ? vg_arena_copy_bytes(matcher->arena, text.data, 2) : NULL, text);
}

/* A whole code ("BR-SP", "CO-05001", "3550308"), or a name at any level under the country. */
static uint32_t find_by_code(struct place_matcher *matcher, uint32_t country, struct vg_text code)
{
    uint32_t place = vg_place_list_find_code(matcher->places, code);
    if (place == VG_PLACE_NONE && country != VG_PLACE_NONE) {
        const char *full = vg_arena_format(matcher->arena, "%s-%.*s", matcher->places->places[country].code, (int)code.size, code.data);
        place = full == NULL ? VG_PLACE_NONE : vg_place_list_find_code(matcher->places, vg_text_from(full));
        place = place == VG_PLACE_NONE ? vg_place_list_find_name(matcher->places, country, code) : place;
    }
    return place == VG_PLACE_NONE ? vg_place_list_find_name(matcher->places, VG_PLACE_NONE, code) : place;
}

/* A row for the whole stands among its parts in many tables. */
static bool names_the_whole(struct vg_text name)
{
    static const char *const words[] = {"total", "total general", "total geral", "total nacional", "nacional", "national", "total national", "país", "pays", "合计", "总计", "全国"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (vg_text_fold_equal(name, vg_text_from(words[i]))) {
            return true;
        }
    }
    return false;
}

static uint32_t resolve(struct place_matcher *matcher, const struct raw_place *given)
{
    struct raw_place whole = *given;
    const struct raw_place *raw = &whole;
    uint32_t country = find_country(matcher, raw->country);
    if (country != VG_PLACE_NONE && raw->admin1_code.size == 0 && raw->admin2_code.size == 0 && names_the_whole(raw->admin1_name)) {
        whole.admin1_name = vg_text_of("", 0);
        whole.admin2_name = names_the_whole(raw->admin2_name) ? vg_text_of("", 0) : raw->admin2_name;
    }
    uint32_t place = VG_PLACE_NONE;
    if (raw->place_code.size > 0) {
        place = find_by_code(matcher, country, raw->place_code);
        if (place == VG_PLACE_NONE) {
            struct vg_text code = raw->place_code;
            const char *dash = memchr(code.data, '-', code.size);
            uint32_t parent = country;
            if (parent == VG_PLACE_NONE && dash != NULL) {
                parent = vg_place_list_find_code(matcher->places, vg_text_of(code.data, (size_t)(dash - code.data)));
            }
            bool is_whole = parent == VG_PLACE_NONE || dash != NULL;
            const char *full = is_whole ? vg_arena_copy_bytes(matcher->arena, code.data, code.size)
                                        : vg_arena_format(matcher->arena, "%s-%.*s", matcher->places->places[parent].code, (int)code.size, code.data);
            place = make_place(matcher, parent, parent == VG_PLACE_NONE ? VG_LEVEL_OTHER : VG_LEVEL_ADMIN1, full, raw->place_name.size > 0 ? raw->place_name : code);
        } else if (raw->place_name.size > 0) {
            (void)vg_place_list_add_name(matcher->places, place, raw->place_name);
        }
        return place;
    }
    uint32_t parent = country;
    if (raw->admin1_code.size > 0 || raw->admin1_name.size > 0) {
        parent = child_of(matcher, country, country, VG_LEVEL_ADMIN1, raw->admin1_code, raw->admin1_name, matcher->profile->admin1_digits);
    } else if (raw->admin2_code.size > 0 && matcher->profile->admin1_prefix > 0) {
        const char *code = padded_code(matcher->arena, raw->admin2_code, matcher->profile->admin2_digits);
        if (code != NULL && (int)strlen(code) >= matcher->profile->admin1_prefix) {
            uint32_t found = vg_place_list_find_name(matcher->places, country, vg_text_of(code, (size_t)matcher->profile->admin1_prefix));
            parent = found == VG_PLACE_NONE ? country : found;
        }
    }
    if (raw->admin2_code.size > 0 || raw->admin2_name.size > 0) {
        return child_of(matcher, country, parent, VG_LEVEL_ADMIN2, raw->admin2_code, raw->admin2_name, matcher->profile->admin2_digits);
    }
    if (raw->place_name.size > 0) {
        place = country == VG_PLACE_NONE ? VG_PLACE_NONE : find_named(matcher, parent, raw->place_name);
        place = place == VG_PLACE_NONE ? find_named(matcher, VG_PLACE_NONE, raw->place_name) : place;
        return place != VG_PLACE_NONE ? place : make_place(matcher, parent, parent == VG_PLACE_NONE ? VG_LEVEL_OTHER : VG_LEVEL_ADMIN1, NULL, raw->place_name);
    }
    return parent;
}

uint32_t place_resolve(struct place_matcher *matcher, const struct raw_place *raw)
{
    const struct vg_text parts[] = {raw->country, raw->admin1_code, raw->admin1_name, raw->admin2_code, raw->admin2_name, raw->place_code, raw->place_name};
    char key[1024];
    size_t size = 0;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        size_t n = parts[i].size < 140 ? parts[i].size : 140;
        if (n > 0) {
            memcpy(key + size, parts[i].data, n);
        }
        size += n;
        key[size++] = '\x1f';
    }
    size_t before = matcher->seen.count;
    uint32_t index = vg_dictionary_add(&matcher->seen, vg_text_of(key, size));
    if (index == VG_DICTIONARY_NONE) {
        return VG_PLACE_NONE;
    }
    if (matcher->seen.count > before) {
        if (index >= matcher->capacity) {
            size_t capacity = matcher->capacity == 0 ? 256 : matcher->capacity * 2;
            uint32_t *larger = VG_ARENA_ARRAY(matcher->arena, uint32_t, capacity);
            if (larger == NULL) {
                return VG_PLACE_NONE;
            }
            if (index > 0) {
                memcpy(larger, matcher->resolved, index * sizeof *larger);
            }
            matcher->resolved = larger;
            matcher->capacity = capacity;
        }
        matcher->resolved[index] = resolve(matcher, raw);
    }
    return matcher->resolved[index];
}
