/*
 * Adding and changing rows of tracing from fields given as text: what belongs together is done in one step.
 */
#include "jobs/tracing/exchange.h"

#include <string.h>

union any_row { int64_t id; struct vg_tracing_person person; struct vg_tracing_case one; struct vg_contact contact; struct vg_event event; struct vg_attendance attendance; struct vg_followup followup; struct vg_order order; };

struct adding {
    struct vg_store *store;
    const struct vg_tracing_add *add;
    struct vg_arena *arena;
    struct vg_error *error;
    struct vg_tracing_work *work;
    struct tracing_matcher *matcher;
    const struct vg_tracing_shape *shape;
    union any_row row;
    struct vg_tracing_person person;         /* the one that is added or changed with it */
    struct vg_identity identity;
    bool has_identity, has_person;
};

/* ------------------------------------------------------------ answers' parts */

void tracing_columns(struct vg_table *table, const struct vg_tracing_shape *shape)
{
    for (size_t i = 0; i < shape->n_fields; i++) {
        vg_table_add_column(table, shape->fields[i].name, vg_tracing_column_kind(&shape->fields[i]));
    }
}

void tracing_cells(struct vg_table *table, const struct vg_tracing_shape *shape, const void *row)
{
    for (size_t i = 0; i < shape->n_fields; i++) {
        vg_tracing_cell(table, &shape->fields[i], row);
    }
}

void tracing_name_columns(struct vg_table *table)
{
    for (int i = 0; i < VG_IDENTITY_TEXT_COUNT; i++) {
        vg_table_add_column(table, vg_identity_names[i], VG_COLUMN_TEXT);
    }
    vg_table_add_column(table, "birth", VG_COLUMN_DATE);
}

void tracing_name_cells(struct vg_table *table, const struct vg_identity *identity)
{
    for (int i = 0; i < VG_IDENTITY_TEXT_COUNT; i++) {
        vg_table_text(table, identity->texts[i]);
    }
    vg_table_date(table, identity->birth);
}

void tracing_id_cell(struct vg_table *table, int64_t id)
{
    if (id == 0) {
        vg_table_missing(table);
    } else {
        vg_table_integer(table, id);
    }
}

void tracing_meta_begin(struct vg_answer *answer)
{
    vg_buffer_clear(&answer->meta);
    vg_buffer_text(&answer->meta, "{\"program\":\"" VG_VERSION "\"");
}

vg_status tracing_meta_end(struct vg_answer *answer, struct vg_error *error)
{
    vg_buffer_char(&answer->meta, '}');
    return answer->meta.failed || answer->table.failed || answer->table.arena->failed ? vg_fail_memory(error, 0) : VG_OK;
}

/* ------------------------------------------------------------------- fields */

static vg_status take_identity(struct adding *adding, const struct vg_tracing_given *given, bool *taken)
{
    const char *value = vg_arena_copy(adding->arena, given->value);
    *taken = true;
    for (int i = 0; i < VG_IDENTITY_TEXT_COUNT; i++) {
        if (strcmp(vg_identity_names[i], given->name) == 0) {
            adding->identity.texts[i] = value == NULL || value[0] == '\0' ? NULL : value;
            adding->has_identity = true;
            return VG_OK;
        }
    }
    if (strcmp(given->name, "birth") == 0) {
        int month, day, year;
        adding->has_identity = true;
        if (!vg_date_parse_iso(vg_text_from(given->value), &adding->identity.birth)) {
            return vg_fail(adding->error, VG_USAGE_ERROR, "birth: \"%.60s\" is not a date; write it as 1980-02-05, or give birth_year", given->value);
        }
        vg_date_to_civil(adding->identity.birth, &year, &month, &day);
        adding->person.birth_year = year;
        adding->has_person = true;
        return VG_OK;
    }
    *taken = false;
    return VG_OK;
}

static vg_status take_field(struct adding *adding, const struct vg_tracing_given *given)
{
    static const char *const of_person[] = {"birth_year", "sex"};
    const struct vg_tracing_field *field = vg_tracing_field(adding->shape, given->name);
    bool taken = false;
    if (field != NULL && !field->by_store) {
        return vg_tracing_fill(field, given->value, adding->add->kind == VG_TRACING_PERSON ? (void *)&adding->person : &adding->row, adding->error);
    }
    vg_status status = take_identity(adding, given, &taken);
    for (size_t i = 0; i < 2 && !taken && status == VG_OK; i++) {
        if (strcmp(of_person[i], given->name) == 0) {
            taken = adding->has_person = true;
            status = vg_tracing_fill(vg_tracing_field(vg_tracing_shape(VG_TRACING_PERSON), given->name), given->value, &adding->person, adding->error);
        }
    }
    return status == VG_OK && !taken ? vg_fail(adding->error, VG_USAGE_ERROR, "a %s has no %.60s", adding->shape->name, given->name) : status;
}

/* What is there already, so that only what is given changes. */
static vg_status read_former(struct adding *adding)
{
    vg_tracing_clear(VG_TRACING_PERSON, &adding->person);
    vg_tracing_clear(adding->add->kind, &adding->row);
    adding->identity = (struct vg_identity){.birth = VG_DATE_NONE};
    if (adding->add->id == 0) {
        return VG_OK;
    }
    bool person = adding->add->kind == VG_TRACING_PERSON;
    vg_status status = vg_tracing_get(adding->store, adding->add->kind, adding->add->id, adding->arena, person ? (void *)&adding->person : &adding->row, adding->error);
    return status == VG_OK && person ? vg_tracing_open_identity(adding->work, adding->person.id, adding->arena, &adding->identity, adding->error) : status;
}

/* -------------------------------------------------------------------- steps */

static int64_t *person_of(struct adding *adding)
{
    const struct vg_tracing_field *field = vg_tracing_field(adding->shape, "person");
    return field == NULL ? NULL : (int64_t *)(void *)((char *)&adding->row + field->offset);
}

static vg_status put_person(struct adding *adding)
{
    vg_status status = vg_tracing_put(adding->work, VG_TRACING_PERSON, &adding->person, adding->error);
    return status == VG_OK && adding->has_identity ? tracing_matcher_add(adding->matcher, &adding->person, &adding->identity, adding->error) : status;
}

/* A contact of a case: the case's person is the source. */
static vg_status complete_contact(struct adding *adding)
{
    struct vg_contact *contact = &adding->row.contact;
    struct vg_tracing_case source;
    if (adding->add->source_case != 0) {
        vg_status status = vg_tracing_get(adding->store, VG_TRACING_CASE, adding->add->source_case, adding->arena, &source, adding->error);
        if (status != VG_OK) {
            return status;
        }
        contact->source = source.person;
        contact->officer = contact->officer == NULL ? source.officer : contact->officer;
        contact->place = contact->place == NULL ? source.place : contact->place;
        contact->found = contact->found == VG_FOUND_UNKNOWN ? VG_FOUND_FORWARD : contact->found;
    }
    int32_t last = contact->last == VG_DATE_NONE ? contact->first : contact->last;
    if (contact->follow_until == VG_DATE_NONE && last != VG_DATE_NONE) {
        contact->follow_until = last + (int32_t)(adding->add->follow_days == 0 ? 14 : adding->add->follow_days);
    }
    return VG_OK;
}

/* A case that was a contact: same person, and the follow-up ends. */
static vg_status complete_case(struct adding *adding, struct vg_contact *contact)
{
    struct vg_tracing_case *one = &adding->row.one;
    if (one->from_contact == 0 || adding->add->id != 0) {
        return VG_OK;
    }
    vg_status status = vg_tracing_get(adding->store, VG_TRACING_CONTACT, one->from_contact, adding->arena, contact, adding->error);
    return status == VG_OK ? tracing_case_of_contact(contact, one, adding->error) : status;
}

/* Symptoms in the words of any of the languages; whoever has a temperature was seen somehow. */
static vg_status complete_followup(struct adding *adding)
{
    struct vg_followup *visit = &adding->row.followup;
    struct exchange_symptom_list list = {0};
    bool says_seen = adding->add->id != 0, says_more = false;
    for (size_t i = 0; i < adding->add->n_given; i++) {
        const struct vg_tracing_given *given = &adding->add->given[i];
        says_seen = says_seen || strcmp(given->name, "seen") == 0;
        says_more = says_more || ((strcmp(given->name, "symptoms") == 0 || strcmp(given->name, "temperature") == 0) && given->value[0] != '\0');
    }
    if (says_more && !says_seen) {
        return vg_fail(adding->error, VG_USAGE_ERROR, "a visit with symptoms or a temperature says how the contact was seen: seen=in_person, telephone or app");
    }
    exchange_read_symptoms(vg_text_from(visit->symptoms == NULL ? "" : visit->symptoms), &list);
    if (list.ill) {
        const char *known = exchange_symptom_text((UINT32_C(1) << EXCHANGE_SYMPTOM_COUNT) - 1, adding->arena);
        return vg_fail(adding->error, VG_USAGE_ERROR, "symptoms are of %s, not \"%.*s\"", known == NULL ? "" : known, (int)(list.unknown.size > 60 ? 60 : list.unknown.size), list.unknown.data);
    }
    visit->symptoms = exchange_symptom_text(list.symptoms, adding->arena);
    return VG_OK;
}

static vg_status put_row(struct adding *adding)
{
    struct vg_contact contact = {0};
    vg_status status = adding->add->kind == VG_TRACING_CONTACT ? complete_contact(adding) : adding->add->kind == VG_TRACING_CASE ? complete_case(adding, &contact)
                       : adding->add->kind == VG_TRACING_FOLLOWUP ? complete_followup(adding) : VG_OK;
    int64_t *person = person_of(adding);
    if (status == VG_OK && (adding->has_identity || adding->has_person) && person != NULL && *person != 0) {
        return vg_fail(adding->error, VG_USAGE_ERROR, "person %lld is there already; change what is known of it with vigia tracing add person --id %lld", (long long)*person, (long long)*person);
    }
    if (status == VG_OK && person != NULL && *person == 0 && (adding->has_identity || adding->has_person)) {
        const struct vg_tracing_field *place = vg_tracing_field(adding->shape, "place");
        adding->person.place = place == NULL ? NULL : *(const char *const *)(const void *)((const char *)&adding->row + place->offset);
        status = put_person(adding);
        *person = adding->person.id;
    }
    if (status == VG_OK) {
        status = vg_tracing_put(adding->work, adding->add->kind, &adding->row, adding->error);
    }
    if (status == VG_OK && contact.id != 0) {
        status = tracing_end_with_case(adding->work, &contact, adding->row.one.id, adding->error);
    } else if (status == VG_OK && adding->add->kind == VG_TRACING_CASE && adding->add->id == 0) {
        status = tracing_become(adding->work, adding->store, *person, adding->arena, adding->error);
        status = status == VG_OK ? vg_tracing_get(adding->store, VG_TRACING_CASE, adding->row.id, adding->arena, &adding->row, adding->error) : status;
    }
    return status;
}

static vg_status add_all(struct adding *adding)
{
    vg_status status = read_former(adding);
    for (size_t i = 0; status == VG_OK && i < adding->add->n_given; i++) {
        status = take_field(adding, &adding->add->given[i]);
    }
    if (status == VG_OK) {
        status = tracing_matcher_open(adding->work, adding->store, &adding->matcher, adding->error);
    }
    if (status != VG_OK || adding->add->kind != VG_TRACING_PERSON) {
        return status == VG_OK ? put_row(adding) : status;
    }
    status = put_person(adding);
    adding->row.person = adding->person;
    return status;
}

vg_status vg_job_tracing_add(struct vg_store *store, const struct vg_actor *actor, const struct vg_tracing_add *add, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    struct adding adding = {.store = store, .add = add, .arena = arena, .error = error, .shape = vg_tracing_shape(add->kind)};
    struct vg_duplicate *pairs = NULL;
    size_t n_pairs = 0;
    vg_status status = vg_tracing_begin(store, actor, &adding.work, error);
    if (status == VG_OK) {
        status = add_all(&adding);
    }
    if (status == VG_OK) {
        status = tracing_matcher_find(adding.matcher, VG_TRACING_DUPLICATE_LEAST, true, arena, &pairs, &n_pairs, error);
    }
    tracing_matcher_close(adding.matcher);
    status = vg_tracing_end(adding.work, status, error);
    if (status != VG_OK) {
        return status;
    }
    tracing_columns(&answer->table, adding.shape);
    vg_table_add_column(&answer->table, "duplicates", VG_COLUMN_INTEGER);
    vg_table_add_column(&answer->table, "duplicate", VG_COLUMN_INTEGER);
    vg_table_add_column(&answer->table, "probability", VG_COLUMN_DOUBLE);
    tracing_cells(&answer->table, adding.shape, &adding.row);
    vg_table_integer(&answer->table, (int64_t)n_pairs);
    tracing_id_cell(&answer->table, n_pairs == 0 ? 0 : pairs[0].other);
    vg_table_double(&answer->table, n_pairs == 0 ? __builtin_nan("") : pairs[0].probability);
    tracing_meta_begin(answer);
    return tracing_meta_end(answer, error);
}
