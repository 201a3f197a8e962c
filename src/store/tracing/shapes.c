/*
 * What rows of tracing look like: for each kind its fields, where they lie in the struct, and the words they may hold. The tables' columns have the fields' names.
 */
#include "store/tracing/tracing.h"

#include <math.h>
#include <string.h>

static const char *const sexes[] = {"unknown", "female", "male", "other"};
static const char *const classes[] = {"unknown", "suspected", "probable", "confirmed", "discarded"};
static const char *const outcomes[] = {"unknown", "alive", "recovered", "died", "died_other"};
static const char *const yes[] = {"unknown", "no", "yes"};
static const char *const settings[] = {"unknown", "household", "work", "school", "health_care", "care_home", "transport", "gathering", "worship", "funeral", "trade", "prison", "other"};
static const char *const proximities[] = {"unknown", "fluids", "touch", "objects", "close", "room", "place"};
static const char *const certainties[] = {"unknown", "low", "medium", "high"};
static const char *const founds[] = {"unknown", "forward", "backward", "app", "event"};
static const char *const statuses[] = {"open", "completed", "became_case", "lost", "refused", "dropped"};
static const char *const seens[] = {"not_seen", "in_person", "telephone", "app", "refused"};
static const char *const orders[] = {"unknown", "quarantine_home", "quarantine_facility", "isolation_home", "isolation_facility", "work_ban"};

_Static_assert(sizeof sexes / sizeof *sexes == VG_SEX_COUNT && sizeof classes / sizeof *classes == VG_CLASS_COUNT && sizeof outcomes / sizeof *outcomes == VG_OUTCOME_COUNT &&
                   sizeof yes / sizeof *yes == VG_YES_COUNT && sizeof settings / sizeof *settings == VG_SETTING_COUNT && sizeof proximities / sizeof *proximities == VG_PROXIMITY_COUNT &&
                   sizeof certainties / sizeof *certainties == VG_CERTAINTY_COUNT && sizeof founds / sizeof *founds == VG_FOUND_COUNT &&
                   sizeof statuses / sizeof *statuses == VG_CONTACT_STATUS_COUNT && sizeof seens / sizeof *seens == VG_SEEN_COUNT && sizeof orders / sizeof *orders == VG_ORDER_KIND_COUNT,
               "a word for each value");

#define FIELD(type, member, kind) {#member, kind, offsetof(struct type, member), NULL, 0, false}
#define OWN(type, member, kind) {#member, kind, offsetof(struct type, member), NULL, 0, true}
#define WORD(type, member, list) {#member, VG_VALUE_WORD, offsetof(struct type, member), list, sizeof list / sizeof *list, false}

static const struct vg_tracing_field person_fields[] = {
    OWN(vg_tracing_person, id, VG_VALUE_ID),
    FIELD(vg_tracing_person, birth_year, VG_VALUE_INTEGER),
    WORD(vg_tracing_person, sex, sexes),
    FIELD(vg_tracing_person, place, VG_VALUE_TEXT),
    OWN(vg_tracing_person, added, VG_VALUE_DATE),
    OWN(vg_tracing_person, merged_into, VG_VALUE_ID),
    OWN(vg_tracing_person, erased, VG_VALUE_DATE),
};
static const struct vg_tracing_field case_fields[] = {
    OWN(vg_tracing_case, id, VG_VALUE_ID),
    FIELD(vg_tracing_case, person, VG_VALUE_ID),
    WORD(vg_tracing_case, class, classes),
    FIELD(vg_tracing_case, exposure_first, VG_VALUE_DATE),
    FIELD(vg_tracing_case, exposure_last, VG_VALUE_DATE),
    FIELD(vg_tracing_case, onset, VG_VALUE_DATE),
    FIELD(vg_tracing_case, report, VG_VALUE_DATE),
    FIELD(vg_tracing_case, sample, VG_VALUE_DATE),
    FIELD(vg_tracing_case, isolation, VG_VALUE_DATE),
    WORD(vg_tracing_case, outcome, outcomes),
    FIELD(vg_tracing_case, outcome_day, VG_VALUE_DATE),
    WORD(vg_tracing_case, imported, yes),
    WORD(vg_tracing_case, setting, settings),
    FIELD(vg_tracing_case, place, VG_VALUE_TEXT),
    FIELD(vg_tracing_case, officer, VG_VALUE_TEXT),
    FIELD(vg_tracing_case, laboratory, VG_VALUE_TEXT),
    FIELD(vg_tracing_case, genome, VG_VALUE_TEXT),
    FIELD(vg_tracing_case, from_contact, VG_VALUE_ID),
    FIELD(vg_tracing_case, added, VG_VALUE_DATE),
};
static const struct vg_tracing_field contact_fields[] = {
    OWN(vg_contact, id, VG_VALUE_ID),
    FIELD(vg_contact, source, VG_VALUE_ID),
    FIELD(vg_contact, person, VG_VALUE_ID),
    FIELD(vg_contact, event, VG_VALUE_ID),
    FIELD(vg_contact, first, VG_VALUE_DATE),
    FIELD(vg_contact, last, VG_VALUE_DATE),
    WORD(vg_contact, setting, settings),
    WORD(vg_contact, proximity, proximities),
    FIELD(vg_contact, minutes, VG_VALUE_INTEGER),
    WORD(vg_contact, certainty, certainties),
    WORD(vg_contact, found, founds),
    WORD(vg_contact, status, statuses),
    FIELD(vg_contact, follow_until, VG_VALUE_DATE),
    FIELD(vg_contact, place, VG_VALUE_TEXT),
    FIELD(vg_contact, officer, VG_VALUE_TEXT),
    OWN(vg_contact, became_case, VG_VALUE_ID),
    FIELD(vg_contact, added, VG_VALUE_DATE),
};
static const struct vg_tracing_field event_fields[] = {
    OWN(vg_event, id, VG_VALUE_ID),
    FIELD(vg_event, label, VG_VALUE_TEXT),
    WORD(vg_event, setting, settings),
    FIELD(vg_event, place, VG_VALUE_TEXT),
    FIELD(vg_event, first, VG_VALUE_DATE),
    FIELD(vg_event, last, VG_VALUE_DATE),
    FIELD(vg_event, people, VG_VALUE_INTEGER),
    FIELD(vg_event, officer, VG_VALUE_TEXT),
    FIELD(vg_event, added, VG_VALUE_DATE),
};
static const struct vg_tracing_field attendance_fields[] = {
    OWN(vg_attendance, id, VG_VALUE_ID),
    FIELD(vg_attendance, event, VG_VALUE_ID),
    FIELD(vg_attendance, person, VG_VALUE_ID),
    FIELD(vg_attendance, first, VG_VALUE_DATE),
    FIELD(vg_attendance, last, VG_VALUE_DATE),
};
static const struct vg_tracing_field followup_fields[] = {
    OWN(vg_followup, id, VG_VALUE_ID),
    FIELD(vg_followup, contact, VG_VALUE_ID),
    FIELD(vg_followup, day, VG_VALUE_DATE),
    WORD(vg_followup, seen, seens),
    FIELD(vg_followup, symptoms, VG_VALUE_TEXT),
    FIELD(vg_followup, temperature, VG_VALUE_NUMBER),
    FIELD(vg_followup, officer, VG_VALUE_TEXT),
    FIELD(vg_followup, entry, VG_VALUE_TEXT),
};
static const struct vg_tracing_field order_fields[] = {
    OWN(vg_order, id, VG_VALUE_ID),
    FIELD(vg_order, person, VG_VALUE_ID),
    WORD(vg_order, kind, orders),
    FIELD(vg_order, first, VG_VALUE_DATE),
    FIELD(vg_order, last, VG_VALUE_DATE),
    FIELD(vg_order, ended, VG_VALUE_DATE),
    FIELD(vg_order, help, VG_VALUE_TEXT),
    FIELD(vg_order, officer, VG_VALUE_TEXT),
};

#define SHAPE(name, type, fields) {name, "tracing_" name, sizeof(struct type), fields, sizeof fields / sizeof *fields}
static const struct vg_tracing_shape shapes[VG_TRACING_KIND_COUNT] = {
    SHAPE("person", vg_tracing_person, person_fields),     SHAPE("case", vg_tracing_case, case_fields),          SHAPE("contact", vg_contact, contact_fields),
    SHAPE("event", vg_event, event_fields),        SHAPE("attendance", vg_attendance, attendance_fields), SHAPE("followup", vg_followup, followup_fields),
    SHAPE("order", vg_order, order_fields),
};

static const char *const role_names[] = {"reader", "case-worker", "administrator"};
static const char *const duplicate_states[] = {"open", "merged", "different"};
const char *const vg_identity_names[VG_IDENTITY_TEXT_COUNT] = {"given", "family", "other_names", "document", "document_2", "telephone", "address", "note"};
const char *const vg_retention_names[VG_RETENTION_COUNT] = {"case", "contact", "attendee", "other"};

const char *vg_role_name(enum vg_actor_role role)
{
    return role_names[role];
}

bool vg_role_from_name(const char *name, enum vg_actor_role *role)
{
    for (int i = 0; name != NULL && i < VG_ROLE_COUNT; i++) {
        if (strcmp(role_names[i], name) == 0) {
            *role = (enum vg_actor_role)i;
            return true;
        }
    }
    return false;
}

const char *vg_duplicate_state_name(enum vg_duplicate_state state)
{
    return duplicate_states[state];
}

const struct vg_tracing_shape *vg_tracing_shape(enum vg_tracing_kind kind)
{
    return &shapes[kind];
}

const struct vg_tracing_field *vg_tracing_field(const struct vg_tracing_shape *shape, const char *name)
{
    for (size_t i = 0; i < shape->n_fields; i++) {
        if (strcmp(shape->fields[i].name, name) == 0) {
            return &shape->fields[i];
        }
    }
    return NULL;
}

static void *member(const struct vg_tracing_field *field, void *row)
{
    return (char *)row + field->offset;
}

void vg_tracing_clear(enum vg_tracing_kind kind, void *row)
{
    const struct vg_tracing_shape *shape = &shapes[kind];
    memset(row, 0, shape->size);
    for (size_t i = 0; i < shape->n_fields; i++) {
        if (shape->fields[i].value == VG_VALUE_DATE) {
            *(int32_t *)member(&shape->fields[i], row) = VG_DATE_NONE;
        } else if (shape->fields[i].value == VG_VALUE_NUMBER) {
            *(double *)member(&shape->fields[i], row) = NAN;
        }
    }
}

static vg_status fill_word(const struct vg_tracing_field *field, const char *text, void *row, struct vg_error *error)
{
    const char *sep = "";
    char list[400] = "";
    for (size_t i = 0; i < field->n_words; i++) {
        if (strcmp(field->words[i], text) == 0) {
            *(int *)member(field, row) = (int)i;
            return VG_OK;
        }
        size_t length = strlen(list);
        (void)snprintf(list + length, sizeof list - length, "%s%s", sep, field->words[i]);
        sep = ", ";
    }
    return vg_fail(error, VG_USAGE_ERROR, "%s is one of %s, not \"%.60s\"", field->name, list, text);
}

vg_status vg_tracing_fill(const struct vg_tracing_field *field, const char *text, void *row, struct vg_error *error)
{
    struct vg_text slice = vg_text_trim(vg_text_from(text));
    bool empty = slice.size == 0, good = true;
    switch (field->value) {
    case VG_VALUE_ID:
    case VG_VALUE_INTEGER: {
        int64_t number = 0;
        good = empty || (vg_parse_integer(slice, &number) && number >= 0);
        *(int64_t *)member(field, row) = number;
        return good ? VG_OK : vg_fail(error, VG_USAGE_ERROR, "%s is a whole number, not \"%.60s\"", field->name, text);
    }
    case VG_VALUE_WORD:
        *(int *)member(field, row) = 0;
        return empty ? VG_OK : fill_word(field, text, row, error);
    case VG_VALUE_DATE: {
        int32_t date = VG_DATE_NONE;
        good = empty || vg_date_parse_iso(slice, &date);
        *(int32_t *)member(field, row) = date;
        return good ? VG_OK : vg_fail(error, VG_USAGE_ERROR, "%s: \"%.60s\" is not a date; write it as 2021-02-05", field->name, text);
    }
    case VG_VALUE_NUMBER: {
        double number = NAN;
        good = empty || vg_parse_double(slice, '.', &number) || vg_parse_double(slice, ',', &number);
        *(double *)member(field, row) = number;
        return good ? VG_OK : vg_fail(error, VG_USAGE_ERROR, "%s is a number, not \"%.60s\"", field->name, text);
    }
    case VG_VALUE_TEXT:
        if (strlen(text) > VG_TRACING_TEXT_MOST || !vg_utf8_valid(text, strlen(text))) {
            return vg_fail(error, VG_USAGE_ERROR, "%s is UTF-8 text of at most %d bytes", field->name, VG_TRACING_TEXT_MOST);
        }
        *(const char **)member(field, row) = empty ? NULL : text;
        break;
    }
    return VG_OK;
}

const char *vg_tracing_word(enum vg_tracing_kind kind, const char *name, int value)
{
    const struct vg_tracing_field *field = vg_tracing_field(&shapes[kind], name);
    VG_ASSERT(field != NULL && field->value == VG_VALUE_WORD && value >= 0 && (size_t)value < field->n_words);
    return value == 0 && strcmp(field->words[0], "unknown") == 0 ? "" : field->words[value];
}

enum vg_column_kind vg_tracing_column_kind(const struct vg_tracing_field *field)
{
    static const enum vg_column_kind kinds[] = {VG_COLUMN_INTEGER, VG_COLUMN_INTEGER, VG_COLUMN_TEXT, VG_COLUMN_DATE, VG_COLUMN_DOUBLE, VG_COLUMN_TEXT};
    return kinds[field->value];
}

void vg_tracing_cell(struct vg_table *table, const struct vg_tracing_field *field, const void *row)
{
    const char *at = (const char *)row + field->offset;
    switch (field->value) {
    case VG_VALUE_ID:
    case VG_VALUE_INTEGER:
        if (*(const int64_t *)(const void *)at == 0) {
            vg_table_missing(table);
        } else {
            vg_table_integer(table, *(const int64_t *)(const void *)at);
        }
        break;
    case VG_VALUE_WORD: {
        int value = *(const int *)(const void *)at;
        bool known = value > 0 || strcmp(field->words[0], "unknown") != 0;
        vg_table_text(table, known ? field->words[value] : NULL);
        break;
    }
    case VG_VALUE_DATE:
        vg_table_date(table, *(const int32_t *)(const void *)at);
        break;
    case VG_VALUE_NUMBER:
        vg_table_double(table, *(const double *)(const void *)at);
        break;
    case VG_VALUE_TEXT:
        vg_table_text(table, *(const char *const *)(const void *)at);
        break;
    }
}

void vg_tracing_where(struct vg_tracing_query *query, const char *field, enum vg_tracing_compare compare, int64_t number)
{
    VG_ASSERT(query->n_conditions < sizeof query->conditions / sizeof *query->conditions);
    query->conditions[query->n_conditions++] = (struct vg_tracing_condition){field, compare, number, NULL};
}

void vg_tracing_where_text(struct vg_tracing_query *query, const char *field, enum vg_tracing_compare compare, const char *text)
{
    if (text != NULL) {
        VG_ASSERT(query->n_conditions < sizeof query->conditions / sizeof *query->conditions);
        query->conditions[query->n_conditions++] = (struct vg_tracing_condition){field, compare, 0, text};
    }
}
