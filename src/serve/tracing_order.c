/*
 * What is told of tracing beside visits: rows, {"by": "Ana", "entries": [{"entry": "...", "kind": "contact", "source_case": 1, "fields": {"given": "Luis", "last": "2026-11-20"}}]}, and what is asked or
 * decided of persons, {"by": "Ana", "action": "merge", "person": 12, "other": 5, "reason": "same document"}.
 */
#include "serve/http.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define ENTRY_BYTES_LEAST 8
#define ENTRY_BYTES_MOST 64

static bool is_plain(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7F) {
            return false; /* a NUL, too */
        }
    }
    return true;
}

vg_status serve_by_read(const struct json_t *value, char by[SERVE_BY_BYTES], struct vg_error *error)
{
    const char *text = json_string_value(value);
    size_t size = text == NULL ? 0 : json_string_length(value);
    if (size == 0 || size >= SERVE_BY_BYTES || !is_plain(text, size) || strspn(text, " ") == size) {
        return vg_fail(error, VG_USAGE_ERROR, "by is who tells it, in at most %d bytes without control characters", SERVE_BY_BYTES - 1);
    }
    memcpy(by, text, size + 1);
    return VG_OK;
}

static vg_status read_number(const char *name, const json_t *value, int64_t *number, struct vg_error *error)
{
    *number = json_integer_value(value);
    return json_is_integer(value) && *number > 0 ? VG_OK : vg_fail(error, VG_USAGE_ERROR, "%s is a whole number above 0", name);
}

static vg_status read_text(const char *name, const json_t *value, const char **out, struct vg_error *error)
{
    const char *text = json_string_value(value);
    *out = text;
    return text != NULL && json_string_length(value) <= VG_TRACING_TEXT_MOST && is_plain(text, json_string_length(value))
               ? VG_OK
               : vg_fail(error, VG_USAGE_ERROR, "%.60s is text of at most %d bytes without control characters", name, VG_TRACING_TEXT_MOST);
}

/* ------------------------------------------------------------------ entries */

static vg_status read_fields(json_t *object, struct vg_tracing_given *given, struct vg_tracing_add *add, struct vg_error *error)
{
    const char *name = NULL;
    json_t *value = NULL;
    vg_status status = json_is_object(object) && json_object_size(object) <= SERVE_FIELDS_MOST ? VG_OK : vg_fail(error, VG_USAGE_ERROR, "fields is an object of at most %d texts", SERVE_FIELDS_MOST);
    add->given = given;
    json_object_foreach(object, name, value) {
        if (status == VG_OK && !json_is_null(value)) { /* null: as if it were not there */
            given[add->n_given].name = name;
            status = read_text(name, value, &given[add->n_given++].value, error);
        }
    }
    return status;
}

static vg_status read_kind(const json_t *value, enum vg_tracing_kind *kind, struct vg_error *error)
{
    const char *name = json_string_value(value);
    for (int i = 0; name != NULL && i < VG_TRACING_KIND_COUNT; i++) {
        if (i != VG_TRACING_FOLLOWUP && strcmp(vg_tracing_shape((enum vg_tracing_kind)i)->name, name) == 0) {
            *kind = (enum vg_tracing_kind)i;
            return VG_OK;
        }
    }
    return vg_fail(error, VG_USAGE_ERROR, "kind is person, case, contact, event, attendance or order; visits are sent to tracing/followups");
}

static vg_status read_member(const char *name, json_t *value, struct vg_tracing_given *given, struct vg_tracing_add *add, struct vg_error *error)
{
    if (strcmp(name, "entry") == 0) {
        static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";
        size_t size = json_is_string(value) ? json_string_length(value) : 0;
        add->entry = json_string_value(value);
        return size >= ENTRY_BYTES_LEAST && size <= ENTRY_BYTES_MOST && strspn(add->entry, allowed) == size
                   ? VG_OK
                   : vg_fail(error, VG_USAGE_ERROR, "entry is a key of %d to %d letters, digits and hyphens", ENTRY_BYTES_LEAST, ENTRY_BYTES_MOST);
    }
    if (strcmp(name, "kind") == 0) {
        return read_kind(value, &add->kind, error);
    }
    if (strcmp(name, "fields") == 0) {
        return read_fields(value, given, add, error);
    }
    const struct { const char *name; int64_t *number; } numbers[] = {{"id", &add->id}, {"source_case", &add->source_case}, {"follow_days", &add->follow_days}};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (strcmp(numbers[i].name, name) == 0) {
            return read_number(name, value, numbers[i].number, error);
        }
    }
    return vg_fail(error, VG_USAGE_ERROR, "there is no member \"%.60s\"; an entry has entry, kind, id, source_case, follow_days and fields", name);
}

static vg_status read_entry(json_t *object, struct vg_tracing_given *given, struct vg_tracing_add *add, struct vg_error *error)
{
    const char *name = NULL;
    json_t *value = NULL;
    vg_status status = json_is_object(object) ? VG_OK : vg_fail(error, VG_USAGE_ERROR, "each of the entries is an object");
    json_object_foreach(object, name, value) {
        if (status == VG_OK && !json_is_null(value)) {
            status = read_member(name, value, given, add, error);
        }
    }
    if (status == VG_OK && (add->entry == NULL || json_object_get(object, "kind") == NULL)) {
        return vg_fail(error, VG_USAGE_ERROR, "an entry has a kind and an entry, a key of at least %d letters that the device made for it", ENTRY_BYTES_LEAST);
    }
    return status;
}

static vg_status read_entries(json_t *object, struct serve_tracing *told, struct vg_error *error)
{
    json_t *list = json_object_get(object, "entries");
    size_t n = json_array_size(list);
    vg_status status = VG_OK;
    if (!json_is_array(list) || n == 0 || n > SERVE_ENTRIES_MOST || json_object_size(object) != 2) {
        return vg_fail(error, VG_USAGE_ERROR, "the body is not a JSON object {\"by\": \"Ana\", \"entries\": [...]} with 1 to %d entries", SERVE_ENTRIES_MOST);
    }
    told->adds = calloc(n, sizeof *told->adds);
    told->given = calloc(n * SERVE_FIELDS_MOST, sizeof *told->given);
    if (told->adds == NULL || told->given == NULL) {
        return vg_fail_memory(error, n * SERVE_FIELDS_MOST * sizeof *told->given);
    }
    for (size_t i = 0; status == VG_OK && i < n; i++) {
        status = read_entry(json_array_get(list, i), told->given + i * SERVE_FIELDS_MOST, &told->adds[i], error);
        told->n_adds++;
    }
    return status;
}

vg_status serve_entries_parse(const char *body, size_t size, struct serve_tracing *told, struct vg_error *error)
{
    json_error_t problem;
    *told = (struct serve_tracing){.document = size > SERVE_FOLLOWUPS_BODY_BYTES_MAX ? NULL : json_loadb(body == NULL ? "" : body, size, JSON_REJECT_DUPLICATES, &problem)};
    vg_status status = read_entries(told->document, told, error);
    return status == VG_OK ? serve_by_read(json_object_get(told->document, "by"), told->by, error) : status;
}

/* ------------------------------------------------------------------ persons */

/* What each action needs; a member that it does not is refused. */
enum needs { NEEDS_PERSON = 1, NEEDS_OTHER = 2, NEEDS_STEP = 4, NEEDS_PERSONS = 8, NEEDS_REASON = 16 };
static const struct { const char *name; enum serve_persons_action action; unsigned needs; } actions[] = {
    {"names", SERVE_PERSONS_NAMES, NEEDS_PERSONS | NEEDS_REASON},
    {"candidates", SERVE_PERSONS_CANDIDATES, NEEDS_PERSON},
    {"merge", SERVE_PERSONS_MERGE, NEEDS_PERSON | NEEDS_OTHER | NEEDS_REASON},
    {"different", SERVE_PERSONS_DIFFERENT, NEEDS_PERSON | NEEDS_OTHER | NEEDS_REASON},
    {"undo", SERVE_PERSONS_UNDO, NEEDS_STEP | NEEDS_REASON}};
#define ACTIONS (sizeof actions / sizeof *actions)

static vg_status read_persons(json_t *list, struct serve_tracing *told, struct vg_error *error)
{
    size_t n = json_array_size(list);
    vg_status status = VG_OK;
    if (n == 0 || n > SERVE_PERSONS_MOST) {
        return vg_fail(error, VG_USAGE_ERROR, "persons is a list of 1 to %d numbers", SERVE_PERSONS_MOST);
    }
    for (size_t i = 0; status == VG_OK && i < n; i++) {
        status = read_number("each of the persons", json_array_get(list, i), &told->persons[told->n_persons++], error);
    }
    return status;
}

static vg_status read_asked(json_t *object, size_t action, struct serve_tracing *told, struct vg_error *error)
{
    const struct { const char *name; enum needs bit; int64_t *number; } members[] = {
        {"person", NEEDS_PERSON, &told->person}, {"other", NEEDS_OTHER, &told->other}, {"step", NEEDS_STEP, &told->person}, {"persons", NEEDS_PERSONS, NULL}, {"reason", NEEDS_REASON, NULL}};
    size_t n_known = 2; /* by and action */
    vg_status status = VG_OK;
    for (size_t i = 0; status == VG_OK && i < sizeof members / sizeof *members; i++) {
        json_t *value = json_object_get(object, members[i].name);
        if ((actions[action].needs & members[i].bit) == 0) {
            continue;
        }
        n_known += value != NULL;
        status = members[i].number != NULL            ? read_number(members[i].name, value, members[i].number, error)
                 : members[i].bit == NEEDS_PERSONS ? read_persons(value, told, error)
                                                     : read_text("reason", value, &told->reason, error);
    }
    if (status == VG_OK && told->reason != NULL && strspn(told->reason, " ") == strlen(told->reason)) {
        return vg_fail(error, VG_USAGE_ERROR, "%s needs a reason, which is kept in the audit", actions[action].name);
    }
    return status == VG_OK && json_object_size(object) != n_known ? vg_fail(error, VG_USAGE_ERROR, "%s takes no other members", actions[action].name) : status;
}

vg_status serve_persons_parse(const char *body, size_t size, struct serve_tracing *told, struct vg_error *error)
{
    json_error_t problem;
    size_t action = 0;
    *told = (struct serve_tracing){.document = size > SERVE_FOLLOWUPS_BODY_BYTES_MAX ? NULL : json_loadb(body == NULL ? "" : body, size, JSON_REJECT_DUPLICATES, &problem)};
    const char *name = json_string_value(json_object_get(told->document, "action"));
    while (action < ACTIONS && (name == NULL || strcmp(actions[action].name, name) != 0)) {
        action++;
    }
    if (action == ACTIONS) {
        return vg_fail(error, VG_USAGE_ERROR, "the body is not a JSON object with an action: names, candidates, merge, different or undo");
    }
    told->action = actions[action].action;
    vg_status status = serve_by_read(json_object_get(told->document, "by"), told->by, error);
    return status == VG_OK ? read_asked(told->document, action, told, error) : status;
}

void serve_tracing_release(struct serve_tracing *told)
{
    free(told->adds);
    free(told->given);
    json_decref(told->document);
    *told = (struct serve_tracing){0};
}
