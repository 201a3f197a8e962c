/*
 * Visits to contacts as devices post them: {"by": "Ana", "followups": [{"entry": "...", "contact": 12, "day": "2026-11-20", "seen": "in_person", "symptoms": "fever,cough", "temperature": 38.2}]}.
 */
#include "serve/http.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ENTRY_BYTES_LEAST 8

static bool is_made_of(const char *text, size_t size, const char *allowed)
{
    return strspn(text, allowed) == size; /* a NUL within ends it early */
}

static vg_status copy_plain(const char *name, const json_t *value, const char *allowed, char *out, size_t capacity, struct vg_error *error)
{
    const char *text = json_string_value(value);
    size_t size = text == NULL ? 0 : json_string_length(value);
    if (text == NULL || size >= capacity || !is_made_of(text, size, allowed)) {
        return vg_fail(error, VG_USAGE_ERROR, "%s is text of at most %zu plain letters and digits", name, capacity - 1);
    }
    memcpy(out, text, size + 1);
    return VG_OK;
}

/* Whether they are symptoms is said by who takes them. */
static vg_status read_symptoms(const json_t *value, struct vg_followup_told *told, struct vg_error *error)
{
    const char *text = json_string_value(value);
    size_t size = text == NULL ? 0 : json_string_length(value);
    bool plain = text != NULL && size < sizeof told->symptoms;
    for (size_t i = 0; plain && i < size; i++) {
        plain = (unsigned char)text[i] >= 0x20 && text[i] != 0x7F;
    }
    if (!plain) {
        return vg_fail(error, VG_USAGE_ERROR, "symptoms is text of at most %zu bytes without control characters", sizeof told->symptoms - 1);
    }
    memcpy(told->symptoms, text, size + 1);
    return VG_OK;
}

static vg_status read_member(const char *name, const json_t *value, struct vg_followup_told *told, struct vg_error *error)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";
    struct vg_followup row;
    struct vg_tracing_case one;
    if (strcmp(name, "entry") == 0) {
        return copy_plain(name, value, letters, told->entry, sizeof told->entry, error);
    }
    if (strcmp(name, "symptoms") == 0) {
        return read_symptoms(value, told, error);
    }
    if (strcmp(name, "contact") == 0) {
        told->contact = json_integer_value(value);
        return json_is_integer(value) && told->contact > 0 ? VG_OK : vg_fail(error, VG_USAGE_ERROR, "contact is the number of a contact");
    }
    if (strcmp(name, "day") == 0) {
        return json_is_string(value) && vg_date_parse_iso(vg_text_from(json_string_value(value)), &told->day) ? VG_OK : vg_fail(error, VG_USAGE_ERROR, "day is a date such as 2026-11-20");
    }
    if (strcmp(name, "temperature") == 0) {
        told->temperature = json_number_value(value);
        return json_is_number(value) ? VG_OK : vg_fail(error, VG_USAGE_ERROR, "temperature is a number of degrees Celsius");
    }
    if (strcmp(name, "onset") == 0) {
        return json_is_string(value) && vg_date_parse_iso(vg_text_from(json_string_value(value)), &told->onset) ? VG_OK : vg_fail(error, VG_USAGE_ERROR, "onset is a date such as 2026-11-20");
    }
    if (strcmp(name, "case") == 0) {
        vg_tracing_clear(VG_TRACING_CASE, &one);
        vg_status known = json_is_string(value) ? vg_tracing_fill(vg_tracing_field(vg_tracing_shape(VG_TRACING_CASE), "class"), json_string_value(value), &one, error) : VG_USAGE_ERROR;
        told->class = one.class;
        return known == VG_OK && one.class != VG_CLASS_UNKNOWN && one.class != VG_CLASS_DISCARDED ? VG_OK : vg_fail(error, VG_USAGE_ERROR, "case is suspected, probable or confirmed");
    }
    if (strcmp(name, "seen") != 0) {
        return vg_fail(error, VG_USAGE_ERROR, "there is no member \"%.60s\"; a visit has entry, contact, day, seen, symptoms, temperature, case and onset", name);
    }
    vg_status status = json_is_string(value) && json_string_length(value) > 0
                           ? vg_tracing_fill(vg_tracing_field(vg_tracing_shape(VG_TRACING_FOLLOWUP), "seen"), json_string_value(value), &row, error)
                           : vg_fail(error, VG_USAGE_ERROR, "seen says how the contact was seen, or that it was not");
    told->seen = status == VG_OK ? row.seen : VG_SEEN_NOT;
    return status;
}

static vg_status read_visit(json_t *object, struct vg_followup_told *told, struct vg_error *error)
{
    const char *name = NULL;
    json_t *value = NULL;
    vg_status status = json_is_object(object) ? VG_OK : vg_fail(error, VG_USAGE_ERROR, "each of the followups is an object");
    *told = (struct vg_followup_told){.day = VG_DATE_NONE, .temperature = NAN, .onset = VG_DATE_NONE};
    json_object_foreach(object, name, value) {
        if (status == VG_OK && !json_is_null(value)) { /* null: as if it were not there */
            status = read_member(name, value, told, error);
        }
    }
    if (status == VG_OK && (strlen(told->entry) < ENTRY_BYTES_LEAST || told->contact == 0 || told->day == VG_DATE_NONE || !json_is_string(json_object_get(object, "seen")))) {
        return vg_fail(error, VG_USAGE_ERROR, "a visit has an entry (a key of at least %d letters that the device made for it), contact, day and seen", ENTRY_BYTES_LEAST);
    }
    return status;
}

vg_status serve_followups_parse(const char *body, size_t size, struct serve_followups *followups, struct vg_error *error)
{
    json_error_t problem;
    json_t *object = size > SERVE_FOLLOWUPS_BODY_BYTES_MAX ? NULL : json_loadb(body == NULL ? "" : body, size, JSON_REJECT_DUPLICATES, &problem);
    json_t *list = json_object_get(object, "followups");
    size_t n = json_array_size(list);
    vg_status status = VG_OK;
    *followups = (struct serve_followups){0};
    if (!json_is_array(list) || n == 0 || n > VG_FOLLOWUPS_MOST || json_object_size(object) != 2) {
        status = vg_fail(error, VG_USAGE_ERROR, "the body is not a JSON object {\"by\": \"Ana\", \"followups\": [...]} with 1 to %d visits", VG_FOLLOWUPS_MOST);
    } else {
        status = serve_by_read(json_object_get(object, "by"), followups->by, error);
    }
    if (status == VG_OK) {
        followups->told = calloc(n, sizeof *followups->told);
        status = followups->told == NULL ? vg_fail_memory(error, n * sizeof *followups->told) : VG_OK;
    }
    for (size_t i = 0; status == VG_OK && i < n; i++) {
        status = read_visit(json_array_get(list, i), &followups->told[i], error);
        followups->n_told++;
    }
    json_decref(object);
    return status;
}

void serve_followups_release(struct serve_followups *followups)
{
    free(followups->told);
    *followups = (struct serve_followups){0};
}
