/*
 * Adding and changing rows of tracing from fields given as text: what belongs together is done in one step.
 */
#include "jobs/tracing/exchange.h"

#include <string.h>

#define FOLLOW_DAYS 14
#define ENTRY_FORM "entry" /* a device's own keys, among the ids by which others know rows */

struct adding {
    struct vg_store *store;
    const struct vg_tracing_add *add;
    struct vg_arena *arena;
    struct vg_error *error;
    struct vg_tracing_work *work;
    struct tracing_matcher *matcher;
    const struct vg_tracing_shape *shape;
    union tracing_row row;
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

/* Somebody who was at an event: what is not said is the event's, and the days those of attending. Nobody is listed twice for one event. */
static vg_status complete_event_contact(struct adding *adding, struct vg_contact *contact)
{
    struct vg_tracing_query query = {.kind = VG_TRACING_CONTACT, .most = 1}, attended = {.kind = VG_TRACING_ATTENDANCE, .most = 1};
    struct vg_contact *former = NULL;
    struct vg_attendance *attendance = NULL;
    struct vg_event event;
    size_t n = 0, n_attended = 0;
    vg_status status = vg_tracing_get(adding->store, VG_TRACING_EVENT, contact->event, adding->arena, &event, adding->error);
    if (status == VG_OK && contact->person != 0) {
        vg_tracing_where(&query, "event", VG_IS, contact->event);
        vg_tracing_where(&query, "person", VG_IS, contact->person);
        attended.n_conditions = query.n_conditions;
        memcpy(attended.conditions, query.conditions, sizeof query.conditions);
        status = vg_tracing_select(adding->store, &query, adding->arena, &former, &n, adding->error);
    }
    if (status == VG_OK && n > 0) {
        return vg_fail(adding->error, VG_DATA_ERROR, "person %lld is contact %lld of event %lld already", (long long)contact->person, (long long)former->id, (long long)contact->event);
    }
    if (status == VG_OK && contact->person != 0) {
        status = vg_tracing_select(adding->store, &attended, adding->arena, &attendance, &n_attended, adding->error);
    }
    if (status == VG_OK && contact->first == VG_DATE_NONE && contact->last == VG_DATE_NONE) {
        bool own = n_attended > 0 && (attendance->first != VG_DATE_NONE || attendance->last != VG_DATE_NONE);
        contact->first = own ? attendance->first : event.first;
        contact->last = own ? attendance->last : event.last;
    }
    contact->setting = contact->setting == VG_SETTING_UNKNOWN ? event.setting : contact->setting;
    contact->place = contact->place == NULL ? event.place : contact->place;
    contact->officer = contact->officer == NULL ? event.officer : contact->officer;
    contact->found = contact->found == VG_FOUND_UNKNOWN ? VG_FOUND_EVENT : contact->found;
    return status;
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
    if (contact->event != 0 && adding->add->id == 0) {
        vg_status status = complete_event_contact(adding, contact);
        if (status != VG_OK) {
            return status;
        }
    }
    int32_t last = contact->last == VG_DATE_NONE ? contact->first : contact->last;
    if (contact->follow_until == VG_DATE_NONE && last != VG_DATE_NONE) {
        contact->follow_until = last + (int32_t)(adding->add->follow_days == 0 ? FOLLOW_DAYS : adding->add->follow_days);
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

vg_status tracing_symptoms(const char *told, struct vg_arena *arena, const char **symptoms, struct vg_error *error)
{
    struct exchange_symptom_list list = {0};
    exchange_read_symptoms(vg_text_from(told == NULL ? "" : told), &list);
    if (list.ill) {
        const char *known = exchange_symptom_text((UINT32_C(1) << EXCHANGE_SYMPTOM_COUNT) - 1, arena);
        return vg_fail(error, VG_USAGE_ERROR, "symptoms are of %s, not \"%.*s\"", known == NULL ? "" : known, (int)(list.unknown.size > 60 ? 60 : list.unknown.size), list.unknown.data);
    }
    *symptoms = exchange_symptom_text(list.symptoms, arena);
    return VG_OK;
}

/* Whoever has symptoms or a temperature was seen somehow. */
static vg_status complete_followup(struct adding *adding)
{
    struct vg_followup *visit = &adding->row.followup;
    bool says_seen = adding->add->id != 0, says_more = false;
    for (size_t i = 0; i < adding->add->n_given; i++) {
        const struct vg_tracing_given *given = &adding->add->given[i];
        says_seen = says_seen || strcmp(given->name, "seen") == 0;
        says_more = says_more || ((strcmp(given->name, "symptoms") == 0 || strcmp(given->name, "temperature") == 0) && given->value[0] != '\0');
    }
    if (says_more && !says_seen) {
        return vg_fail(adding->error, VG_USAGE_ERROR, "a visit with symptoms or a temperature says how the contact was seen: seen=in_person, telephone or app");
    }
    return tracing_symptoms(visit->symptoms, adding->arena, &visit->symptoms, adding->error);
}

/* A list may be older than its typing in, but nobody is listed tomorrow. */
static vg_status check_added(const struct adding *adding)
{
    const struct vg_tracing_field *field = vg_tracing_field(adding->shape, "added");
    int32_t added = field == NULL || field->by_store ? VG_DATE_NONE : *(const int32_t *)(const void *)((const char *)&adding->row + field->offset);
    return added == VG_DATE_NONE || added <= vg_date_today() ? VG_OK : vg_fail(adding->error, VG_USAGE_ERROR, "added is the day of listing, which cannot lie ahead");
}

static vg_status put_row(struct adding *adding)
{
    struct vg_contact contact = {0};
    vg_status status = adding->add->kind == VG_TRACING_CONTACT ? complete_contact(adding) : adding->add->kind == VG_TRACING_CASE ? complete_case(adding, &contact)
                       : adding->add->kind == VG_TRACING_FOLLOWUP ? complete_followup(adding) : VG_OK;
    int64_t *person = person_of(adding);
    status = status == VG_OK ? check_added(adding) : status;
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

/* The row that the device's entry made before; 0: none. */
static vg_status find_entry(struct adding *adding, const char *key, int64_t *id)
{
    vg_status status = vg_tracing_external(adding->work, ENTRY_FORM, adding->add->kind, key, id, adding->error);
    return status == VG_OK && *id != 0 ? vg_tracing_get(adding->store, adding->add->kind, *id, adding->arena, &adding->row, adding->error) : status;
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

vg_status tracing_add(struct vg_store *store, const struct vg_actor *actor, const struct vg_tracing_add *add, struct vg_arena *arena, struct tracing_added *added, struct vg_error *error)
{
    struct adding adding = {.store = store, .add = add, .arena = arena, .error = error, .shape = vg_tracing_shape(add->kind)};
    const char *key = add->entry == NULL ? NULL : vg_arena_format(arena, ":%s", add->entry); /* no id of this node's own begins so */
    struct vg_duplicate *pairs = NULL;
    size_t n_pairs = 0;
    int64_t id = 0;
    *added = (struct tracing_added){.probability = __builtin_nan("")};
    vg_status status = add->entry != NULL && key == NULL ? vg_fail_memory(error, 0) : vg_tracing_begin(store, actor, &adding.work, error);
    if (status == VG_OK && key != NULL) {
        status = find_entry(&adding, key, &id);
    }
    if (status == VG_OK && id == 0) {
        status = add_all(&adding);
        status = status == VG_OK ? tracing_matcher_find(adding.matcher, VG_TRACING_DUPLICATE_LEAST, true, arena, &pairs, &n_pairs, error) : status;
        status = status == VG_OK && key != NULL ? vg_tracing_put_external(adding.work, ENTRY_FORM, add->kind, key, adding.row.id, error) : status;
    }
    tracing_matcher_close(adding.matcher);
    status = vg_tracing_end(adding.work, status, error);
    if (status == VG_OK) {
        *added = (struct tracing_added){adding.row, id != 0, n_pairs, n_pairs == 0 ? 0 : pairs[0].other, n_pairs == 0 ? __builtin_nan("") : pairs[0].probability};
    }
    return status;
}

vg_status vg_job_tracing_add(struct vg_store *store, const struct vg_actor *actor, const struct vg_tracing_add *add, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    const struct vg_tracing_shape *shape = vg_tracing_shape(add->kind);
    struct tracing_added added;
    vg_status status = tracing_add(store, actor, add, arena, &added, error);
    if (status != VG_OK) {
        return status;
    }
    tracing_columns(&answer->table, shape);
    vg_table_add_column(&answer->table, "duplicates", VG_COLUMN_INTEGER);
    vg_table_add_column(&answer->table, "duplicate", VG_COLUMN_INTEGER);
    vg_table_add_column(&answer->table, "probability", VG_COLUMN_DOUBLE);
    tracing_cells(&answer->table, shape, &added.row);
    vg_table_integer(&answer->table, (int64_t)added.n_duplicates);
    tracing_id_cell(&answer->table, added.duplicate);
    vg_table_double(&answer->table, added.probability);
    tracing_meta_begin(answer);
    return tracing_meta_end(answer, error);
}
