/*
 * Names of lineages: aliases are resolved once when their list is read, after which every question is about prefixes of names in full.
 */
#include "trace/genome/pango/pango.h"

#include <jansson.h>
#include <string.h>

enum { ALIASES_MOST = 100000, PARENTS_MOST = 64, DEPTH_MOST = 40, NUMBERS_TO_A_PREFIX = 3, STEPS_MOST = 400 };

struct alias {
    struct vg_text name;
    struct vg_text value;          /* of an abbreviation, as it was given */
    struct vg_text *parents;       /* of a recombinant */
    size_t n_parents;
    struct vg_text full;           /* what stands for the letters */
    struct vg_text origin;         /* of a recombinant: what its parents have in common, in full; empty: nothing */
    uint8_t state;                 /* 0 new, 1 being resolved, 2 done */
};

struct vg_pango {
    struct vg_arena *arena;
    const char *file_name;
    struct vg_dictionary names; /* of aliases */
    struct alias *aliases;
    size_t n;
    struct vg_dictionary fulls; /* from what is abbreviated to the alias */
    uint32_t *alias_of_full;
};

size_t vg_pango_count(const struct vg_pango *pango)
{
    return pango == NULL ? 0 : pango->n;
}

struct vg_text vg_pango_alias_full(const struct vg_pango *pango, size_t which)
{
    return pango->aliases[which].full;
}

/* ------------------------------------------------------------------ names */

static bool is_letter(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c == '-';
}

/* The letters before the first dot; size 0: this is no name. */
static struct vg_text prefix_of(struct vg_text name)
{
    size_t i = 0;
    while (i < name.size && name.data[i] != '.') {
        if (!is_letter(name.data[i]) && !(name.data[i] >= '0' && name.data[i] <= '9' && i > 0)) {
            return vg_text_of("", 0);
        }
        i++;
    }
    return vg_text_of(name.data, i);
}

static bool is_name(struct vg_text name)
{
    size_t at = prefix_of(name).size;
    if (at == 0 || name.size >= VG_PANGO_BYTES) {
        return false;
    }
    while (at < name.size) {
        size_t digits = 0;
        for (at++; at < name.size && name.data[at] != '.'; at++, digits++) {
            if (name.data[at] < '0' || name.data[at] > '9') {
                return false;
            }
        }
        if (digits == 0 || digits > 9) {
            return false;
        }
    }
    return true;
}

static const struct alias *find(const struct vg_pango *pango, struct vg_text letters)
{
    uint32_t at = pango == NULL ? VG_DICTIONARY_NONE : vg_dictionary_find(&pango->names, letters);
    return at == VG_DICTIONARY_NONE ? NULL : &pango->aliases[at];
}

static size_t put(struct vg_text text, char *out)
{
    memmove(out, text.data, text.size);
    out[text.size] = '\0';
    return text.size;
}

size_t vg_pango_expand(const struct vg_pango *pango, struct vg_text name, char out[VG_PANGO_BYTES])
{
    if (!is_name(name)) {
        out[0] = '\0';
        return 0;
    }
    struct vg_text letters = prefix_of(name);
    const struct alias *alias = find(pango, letters);
    struct vg_text full = alias == NULL || alias->full.size == 0 ? letters : alias->full;
    size_t rest = name.size - letters.size;
    if (full.size + rest >= VG_PANGO_BYTES) {
        out[0] = '\0';
        return 0;
    }
    char copy[VG_PANGO_BYTES]; /* name may be out itself */
    memcpy(copy, full.data, full.size);
    memcpy(copy + full.size, name.data + letters.size, rest);
    return put(vg_text_of(copy, full.size + rest), out);
}

/* Of a name in full. */
static size_t shorten(const struct vg_pango *pango, struct vg_text full, char out[VG_PANGO_BYTES])
{
    size_t numbers = 0, ends[VG_PANGO_BYTES];
    for (size_t i = 0; i < full.size; i++) {
        if (full.data[i] == '.') {
            ends[numbers++] = i;
        }
    }
    if (numbers > NUMBERS_TO_A_PREFIX && pango != NULL) {
        size_t kept = (numbers - 1) / NUMBERS_TO_A_PREFIX * NUMBERS_TO_A_PREFIX; /* numbers that the letters stand for */
        uint32_t at = vg_dictionary_find(&pango->fulls, vg_text_of(full.data, ends[kept]));
        if (at != VG_DICTIONARY_NONE) {
            struct vg_text letters = pango->aliases[pango->alias_of_full[at]].name;
            char copy[VG_PANGO_BYTES];
            size_t rest = full.size - ends[kept];
            if (letters.size + rest < VG_PANGO_BYTES) {
                memcpy(copy, letters.data, letters.size);
                memcpy(copy + letters.size, full.data + ends[kept], rest);
                return put(vg_text_of(copy, letters.size + rest), out);
            }
        }
    }
    return put(full, out);
}

size_t vg_pango_compress(const struct vg_pango *pango, struct vg_text name, char out[VG_PANGO_BYTES])
{
    char full[VG_PANGO_BYTES];
    size_t size = vg_pango_expand(pango, name, full);
    out[0] = '\0';
    return size == 0 ? 0 : shorten(pango, vg_text_of(full, size), out);
}

/* The ancestor of a name in full, in place; 0: none. */
static size_t climb(const struct vg_pango *pango, char *full, size_t size)
{
    size_t at = size;
    while (at > 0 && full[at - 1] != '.') {
        at--;
    }
    if (at > 0) {
        full[at - 1] = '\0';
        return at - 1;
    }
    const struct alias *alias = find(pango, vg_text_of(full, size));
    if (alias == NULL || alias->origin.size == 0 || alias->origin.size >= VG_PANGO_BYTES) {
        full[0] = '\0';
        return 0;
    }
    return put(alias->origin, full);
}

size_t vg_pango_parent(const struct vg_pango *pango, struct vg_text name, char out[VG_PANGO_BYTES])
{
    char full[VG_PANGO_BYTES];
    size_t size = vg_pango_expand(pango, name, full);
    out[0] = '\0';
    size = size == 0 ? 0 : climb(pango, full, size);
    return size == 0 ? 0 : shorten(pango, vg_text_of(full, size), out);
}

static bool full_descends(const struct vg_pango *pango, const char *name, size_t size, struct vg_text ancestor)
{
    char full[VG_PANGO_BYTES];
    memcpy(full, name, size);
    for (int step = 0; size > 0 && step < STEPS_MOST; step++) {
        if (vg_text_equal(vg_text_of(full, size), ancestor)) {
            return true;
        }
        size = climb(pango, full, size);
    }
    return false;
}

bool vg_pango_descends(const struct vg_pango *pango, struct vg_text name, struct vg_text ancestor)
{
    char full[VG_PANGO_BYTES], above[VG_PANGO_BYTES];
    size_t size = vg_pango_expand(pango, name, full), above_size = vg_pango_expand(pango, ancestor, above);
    return size > 0 && above_size > 0 && full_descends(pango, full, size, vg_text_of(above, above_size));
}

static size_t full_common(const struct vg_pango *pango, struct vg_text a, struct vg_text b, char out[VG_PANGO_BYTES])
{
    char other[VG_PANGO_BYTES];
    size_t size = vg_pango_expand(pango, a, out), other_size = vg_pango_expand(pango, b, other);
    for (int step = 0; size > 0 && other_size > 0 && step < STEPS_MOST; step++) {
        if (full_descends(pango, other, other_size, vg_text_of(out, size))) {
            return size;
        }
        size = climb(pango, out, size);
    }
    out[0] = '\0';
    return 0;
}

size_t vg_pango_common(const struct vg_pango *pango, struct vg_text a, struct vg_text b, char out[VG_PANGO_BYTES])
{
    char full[VG_PANGO_BYTES];
    size_t size = full_common(pango, a, b, full);
    out[0] = '\0';
    return size == 0 ? 0 : shorten(pango, vg_text_of(full, size), out);
}

const struct vg_text *vg_pango_parents(const struct vg_pango *pango, struct vg_text name, size_t *n)
{
    const struct alias *alias = find(pango, name);
    *n = alias == NULL ? 0 : alias->n_parents;
    return *n == 0 ? NULL : alias->parents;
}

/* ---------------------------------------------------------------- reading */

static vg_status resolve(struct vg_pango *pango, struct alias *alias, int depth, struct vg_error *error);

/* What the letters of a name stand for must be known first. */
static vg_status resolve_letters(struct vg_pango *pango, struct vg_text name, int depth, struct vg_error *error)
{
    uint32_t at = vg_dictionary_find(&pango->names, prefix_of(name));
    return at == VG_DICTIONARY_NONE ? VG_OK : resolve(pango, &pango->aliases[at], depth + 1, error);
}

static vg_status resolve_recombinant(struct vg_pango *pango, struct alias *alias, int depth, struct vg_error *error)
{
    char common[VG_PANGO_BYTES] = "";
    size_t size = 0;
    alias->full = alias->name;
    for (size_t i = 0; i < alias->n_parents; i++) {
        vg_status status = resolve_letters(pango, alias->parents[i], depth, error);
        if (status != VG_OK) {
            return status;
        }
        size = i == 0 ? vg_pango_expand(pango, alias->parents[i], common) : size == 0 ? 0 : full_common(pango, vg_text_of(common, size), alias->parents[i], common);
    }
    const char *copy = vg_arena_copy_bytes(pango->arena, common, size);
    alias->origin = vg_text_of(copy == NULL ? "" : copy, copy == NULL ? 0 : size);
    return copy == NULL ? vg_fail_memory(error, size) : VG_OK;
}

static vg_status resolve(struct vg_pango *pango, struct alias *alias, int depth, struct vg_error *error)
{
    vg_status status = VG_OK;
    if (alias->state == 2) {
        return VG_OK;
    }
    if (alias->state == 1 || depth > DEPTH_MOST) {
        return vg_fail(error, VG_DATA_ERROR, "%s: \"%.*s\" stands for itself, through other names", pango->file_name, (int)alias->name.size, alias->name.data);
    }
    alias->state = 1;
    if (alias->n_parents > 0) {
        status = resolve_recombinant(pango, alias, depth, error);
    } else if (alias->value.size == 0) {
        alias->full = alias->name;
    } else {
        char full[VG_PANGO_BYTES];
        status = resolve_letters(pango, alias->value, depth, error);
        size_t size = status == VG_OK ? vg_pango_expand(pango, alias->value, full) : 0;
        if (status == VG_OK && size == 0) {
            status = vg_fail(error, VG_DATA_ERROR, "%s: \"%.*s\" stands for a name that is too long", pango->file_name, (int)alias->name.size, alias->name.data);
        }
        const char *copy = status == VG_OK ? vg_arena_copy_bytes(pango->arena, full, size) : NULL;
        alias->full = vg_text_of(copy, size);
        status = status == VG_OK && copy == NULL ? vg_fail_memory(error, size) : status;
    }
    alias->state = 2;
    return status;
}

static vg_status bad_value(const struct vg_pango *pango, const char *name, struct vg_error *error)
{
    return vg_fail(error, VG_DATA_ERROR, "%s: \"%.60s\" must be letters that stand for the name of a lineage, or for a list of a recombinant's parents", pango->file_name, name);
}

static vg_status take_parents(struct vg_pango *pango, const char *name, const json_t *list, struct alias *alias, struct vg_error *error)
{
    size_t n = json_array_size(list);
    if (n == 0 || n > PARENTS_MOST) {
        return bad_value(pango, name, error);
    }
    alias->parents = VG_ARENA_ARRAY(pango->arena, struct vg_text, n);
    if (alias->parents == NULL) {
        return vg_fail_memory(error, n * sizeof *alias->parents);
    }
    for (size_t i = 0; i < n; i++) {
        const json_t *item = json_array_get(list, i);
        const char *text = json_string_value(item);
        size_t size = text == NULL ? 0 : json_string_length(item);
        size -= size > 0 && text[size - 1] == '*'; /* "BA.1*": it or a descendant of it */
        if (size == 0 || !is_name(vg_text_of(text, size))) {
            return bad_value(pango, name, error);
        }
        char *copy = vg_arena_copy_bytes(pango->arena, text, size);
        if (copy == NULL) {
            return vg_fail_memory(error, size);
        }
        alias->parents[i] = vg_text_of(copy, size);
    }
    alias->n_parents = n;
    return VG_OK;
}

static vg_status take_alias(struct vg_pango *pango, const char *name, const json_t *value, struct vg_error *error)
{
    struct vg_text letters = vg_text_from(name);
    if (!is_name(letters) || prefix_of(letters).size != letters.size || (!json_is_string(value) && !json_is_array(value))) {
        return bad_value(pango, name, error);
    }
    uint32_t at = vg_dictionary_add(&pango->names, letters);
    if (at == VG_DICTIONARY_NONE) {
        return vg_fail_memory(error, letters.size);
    }
    struct alias *alias = &pango->aliases[at];
    *alias = (struct alias){.name = pango->names.keys[at]};
    pango->n = pango->names.count;
    if (json_is_array(value)) {
        return take_parents(pango, name, value, alias, error);
    }
    struct vg_text text = vg_text_of(json_string_value(value), json_string_length(value));
    if (text.size > 0 && !is_name(text)) {
        return bad_value(pango, name, error);
    }
    char *copy = vg_arena_copy_bytes(pango->arena, text.data, text.size);
    alias->value = vg_text_of(copy, text.size);
    return copy == NULL ? vg_fail_memory(error, text.size) : VG_OK;
}

static vg_status take_all(struct vg_pango *pango, json_t *root, struct vg_error *error)
{
    size_t n = json_object_size(root);
    const char *name;
    json_t *value;
    vg_status status = VG_OK;
    pango->aliases = VG_ARENA_ARRAY(pango->arena, struct alias, n + 1);
    pango->alias_of_full = VG_ARENA_ARRAY(pango->arena, uint32_t, n + 1);
    if (pango->aliases == NULL || pango->alias_of_full == NULL) {
        return vg_fail_memory(error, n * sizeof *pango->aliases);
    }
    json_object_foreach(root, name, value) {
        status = status == VG_OK ? take_alias(pango, name, value, error) : status;
    }
    for (size_t i = 0; status == VG_OK && i < pango->n; i++) {
        struct alias *alias = &pango->aliases[i];
        status = resolve(pango, alias, 0, error);
        size_t known = pango->fulls.count;
        if (status == VG_OK && alias->value.size > 0) {
            uint32_t at = vg_dictionary_add(&pango->fulls, alias->full);
            if (at == VG_DICTIONARY_NONE) {
                return vg_fail_memory(error, n);
            }
            if (at == known) { /* of two abbreviations of one name the first is used */
                pango->alias_of_full[at] = (uint32_t)i;
            }
        }
    }
    return status;
}

vg_status vg_pango_parse(const char *file_name, struct vg_text json, struct vg_arena *arena, struct vg_pango **pango, struct vg_error *error)
{
    json_error_t fault;
    struct vg_pango *made = VG_ARENA_ARRAY(arena, struct vg_pango, 1);
    if (made == NULL) {
        return vg_fail_memory(error, sizeof *made);
    }
    *made = (struct vg_pango){.arena = arena, .file_name = file_name};
    vg_dictionary_init(&made->names, arena);
    vg_dictionary_init(&made->fulls, arena);
    json_t *root = json_loadb(json.data == NULL ? "" : json.data, json.size, JSON_REJECT_DUPLICATES, &fault);
    if (root == NULL) {
        return vg_fail(error, VG_DATA_ERROR, "%s, line %d, column %d: no JSON: %s", file_name, fault.line, fault.column, fault.text);
    }
    vg_status status = VG_OK;
    if (!json_is_object(root) || json_object_size(root) > ALIASES_MOST) {
        status = vg_fail(error, VG_DATA_ERROR, "%s: an object of at most %d aliases was expected, such as {\"BA\": \"B.1.1.529\"}", file_name, ALIASES_MOST);
    } else {
        status = take_all(made, root, error);
    }
    json_decref(root);
    if (status == VG_OK) {
        *pango = made;
    }
    return status;
}
