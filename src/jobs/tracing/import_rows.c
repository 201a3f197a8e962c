/*
 * A case, a contact or a relationship of another program into the record: found by the other program's id, else by what makes it the same one; what the row does not give stays.
 */
#include "jobs/tracing/importing.h"

#include <stdlib.h>
#include <string.h>

#define NUMBER_LEAST 6 /* characters: "12" is a number of many */
#define NUMBER_DAYS 60 /* between onsets, or reports, of one case as two programs tell it */

/* ---------------------------------------------------------------------- ids */

static const char *const forms_again[FORM_COUNT] = {"godata again", "sormas again", "dhis2 again", "exercise again"};

vg_status import_look_up(struct importing *importing, enum vg_tracing_kind kind, const char *external, int64_t *id)
{
    *id = 0;
    importing->is_again = false;
    vg_status status = external == NULL ? VG_OK : vg_tracing_external(importing->work, exchange_form_names[importing->form], kind, external, id, importing->error);
    if (status == VG_OK && external != NULL && *id == 0) {
        status = vg_tracing_external(importing->work, forms_again[importing->form], kind, external, id, importing->error);
        importing->is_again = *id != 0;
    }
    return status;
}

vg_status import_register(struct importing *importing, enum vg_tracing_kind kind, const char *external, int64_t id)
{
    return external == NULL ? VG_OK : vg_tracing_put_external(importing->work, exchange_form_names[importing->form], kind, external, id, importing->error);
}

vg_status import_register_again(struct importing *importing, enum vg_tracing_kind kind, const char *external, int64_t id)
{
    int64_t known = 0;
    vg_status status = import_look_up(importing, kind, external, &known);
    return status == VG_OK && external != NULL && known == 0 ? vg_tracing_put_external(importing->work, forms_again[importing->form], kind, external, id, importing->error) : status;
}

vg_status import_name(struct importing *importing, enum vg_tracing_kind kind, int64_t id)
{
    int64_t known = 0;
    vg_status status = importing->external == NULL ? VG_OK : vg_tracing_external(importing->work, "", kind, importing->external, &known, importing->error);
    return status == VG_OK && importing->external != NULL && known == 0 ? vg_tracing_put_external(importing->work, "", kind, importing->external, id, importing->error) : status;
}

/* SORMAS and exercises have an id for a case or contact, the others for the person that it is. */
static bool ids_are_persons(const struct importing *importing)
{
    return importing->form == FORM_GODATA || importing->form == FORM_DHIS2;
}

/* Whom the contact is of: the person or case that the other program names. */
static vg_status find_source(struct importing *importing, int64_t *source)
{
    struct vg_tracing_case one;
    int64_t id = 0;
    *source = 0;
    vg_status status = import_look_up(importing, VG_TRACING_PERSON, importing->source, source);
    if (status == VG_OK && importing->source_case != NULL) {
        status = import_look_up(importing, VG_TRACING_CASE, importing->source_case, &id);
        if (status == VG_OK && id != 0) {
            status = vg_tracing_get(importing->store, VG_TRACING_CASE, id, importing->arena, &one, importing->error);
            *source = status == VG_OK ? one.person : 0;
        }
    }
    if (status == VG_OK && *source == 0 && importing->source != NULL && importing->form == FORM_GODATA) {
        status = import_look_up(importing, VG_TRACING_EVENT, importing->source, &importing->event);
    }
    const char *named = importing->source != NULL ? importing->source : importing->source_case;
    if (status == VG_OK && *source == 0 && importing->event == 0 && named != NULL) {
        import_reject(importing, SIZE_MAX, vg_text_from(named), "is not in the node: import the cases first, and the events");
    }
    return status;
}

/* ------------------------------------------------------------------- writing */

static const size_t field_sizes[] = {sizeof(int64_t), sizeof(int64_t), sizeof(int), sizeof(int32_t), sizeof(double), sizeof(char *)}; /* by enum vg_tracing_value */

static bool same_text(const char *a, const char *b)
{
    return strcmp(a == NULL ? "" : a, b == NULL ? "" : b) == 0;
}

static bool same_identity(const struct vg_identity *a, const struct vg_identity *b)
{
    bool same = a->birth == b->birth;
    for (int i = 0; i < VG_IDENTITY_TEXT_COUNT; i++) {
        same = same && same_text(a->texts[i], b->texts[i]);
    }
    return same;
}

/* A person that is there: what the row gives is changed (again: what the node does not know is filled), what it does not give stays. */
static vg_status renew_person(struct importing *importing, int64_t id, bool again, bool *changed)
{
    struct vg_tracing_person former, row = importing->person;
    struct vg_identity known, given = importing->identity;
    vg_status status = vg_tracing_get(importing->store, VG_TRACING_PERSON, id, importing->arena, &former, importing->error);
    if (status == VG_OK) {
        status = vg_tracing_open_identity(importing->work, former.id, importing->arena, &known, importing->error);
    }
    if (status != VG_OK || former.erased != VG_DATE_NONE) { /* what was erased does not come back by an old file */
        return status;
    }
    for (int i = 0; i < VG_IDENTITY_TEXT_COUNT; i++) {
        given.texts[i] = given.texts[i] == NULL || (again && known.texts[i] != NULL) ? known.texts[i] : given.texts[i];
    }
    given.birth = given.birth == VG_DATE_NONE || (again && known.birth != VG_DATE_NONE) ? known.birth : given.birth;
    row.id = former.id;
    row.added = former.added;
    row.birth_year = row.birth_year == 0 || (again && former.birth_year != 0) ? former.birth_year : row.birth_year;
    row.sex = row.sex == 0 || (again && former.sex != 0) ? former.sex : row.sex;
    row.place = row.place == NULL || (again && former.place != NULL) ? former.place : row.place;
    bool other = row.birth_year != former.birth_year || row.sex != former.sex || !same_text(row.place, former.place);
    if (other) {
        status = vg_tracing_put(importing->work, VG_TRACING_PERSON, &row, importing->error);
    }
    if (status == VG_OK && !same_identity(&given, &known)) {
        other = true;
        status = tracing_matcher_add(importing->matcher, &row, &given, importing->error);
    }
    *changed = *changed || other;
    return status;
}

static vg_status put_person(struct importing *importing, int64_t *id, bool again, bool *changed)
{
    if (*id != 0) {
        return renew_person(importing, *id, again, changed);
    }
    vg_status status = vg_tracing_put(importing->work, VG_TRACING_PERSON, &importing->person, importing->error);
    if (status == VG_OK && importing->has_identity) {
        status = tracing_matcher_add(importing->matcher, &importing->person, &importing->identity, importing->error);
    }
    *id = importing->person.id;
    importing->counts.persons++;
    return status;
}

/* A case that is there by another id: of what both tell, the first stays, so that neither file changes what the other said each time that it comes. */
static void keep_what_is_known(struct importing *importing, const struct vg_tracing_case *former)
{
    const struct vg_tracing_shape *shape = vg_tracing_shape(VG_TRACING_CASE);
    struct vg_tracing_case blank;
    vg_tracing_clear(VG_TRACING_CASE, &blank);
    for (size_t i = 0; i < shape->n_fields; i++) {
        const struct vg_tracing_field *field = &shape->fields[i];
        const char *known = (const char *)former + field->offset, *none = (const char *)&blank + field->offset;
        bool is_known = field->value == VG_VALUE_TEXT ? *(const char *const *)(const void *)known != NULL : memcmp(known, none, field_sizes[field->value]) != 0;
        importing->given &= ~((uint64_t)is_known << i);
    }
}

/* Fields that the row does not give are those that were there; whether any is another now. */
bool import_overlay(const struct importing *importing, const void *former, void *row)
{
    const struct vg_tracing_shape *shape = vg_tracing_shape(importing->kind);
    bool changed = false;
    for (size_t i = 0; i < shape->n_fields; i++) {
        const struct vg_tracing_field *field = &shape->fields[i];
        char *to = (char *)row + field->offset;
        const char *from = (const char *)former + field->offset;
        if ((importing->given >> i & 1) == 0) {
            memcpy(to, from, field_sizes[field->value]);
        } else if (field->value == VG_VALUE_TEXT) {
            changed = changed || !same_text(*(const char *const *)(const void *)to, *(const char *const *)(const void *)from);
        } else {
            changed = changed || memcmp(to, from, field_sizes[field->value]) != 0;
        }
    }
    return changed;
}

static vg_status put_order(struct importing *importing, int64_t person)
{
    int64_t id = 0;
    if (!importing->has_order) {
        return VG_OK;
    }
    vg_status status = import_look_up(importing, VG_TRACING_ORDER, importing->external, &id);
    importing->order.id = id;
    importing->order.person = person;
    if (status == VG_OK) {
        status = vg_tracing_put(importing->work, VG_TRACING_ORDER, &importing->order, importing->error);
    }
    return status == VG_OK && id == 0 ? import_register(importing, VG_TRACING_ORDER, importing->external, importing->order.id) : status;
}

/* The row's own id: a contact of another program's persons is known by both of them. NULL: it has none. */
static const char *row_key(const struct importing *importing)
{
    if (importing->kind != VG_TRACING_CONTACT || importing->form == FORM_SORMAS) {
        return importing->external;
    }
    bool of_exercise = importing->form == FORM_EXERCISE;
    const char *person = of_exercise || importing->part == PART_RELATIONSHIPS ? importing->external_person : importing->external;
    const char *source = of_exercise ? importing->source_case : importing->source;
    return person == NULL ? NULL : vg_arena_format(importing->arena, "%s>%s", person, source == NULL ? "" : source);
}

static void fill_links(struct importing *importing, int64_t person, int64_t source)
{
    struct vg_contact *contact = &importing->out.contact;
    if (importing->kind == VG_TRACING_CASE) {
        importing->out.one.person = person;
    } else {
        contact->person = person;
        contact->source = source;
        contact->event = importing->event;
        contact->place = importing->person.place;
        int32_t last = contact->last == VG_DATE_NONE ? contact->first : contact->last;
        if (contact->follow_until == VG_DATE_NONE && last != VG_DATE_NONE) {
            contact->follow_until = last + (int32_t)(importing->import->follow_days == 0 ? 14 : importing->import->follow_days);
        }
        contact->found = contact->found != VG_FOUND_UNKNOWN ? contact->found : source != 0 ? VG_FOUND_FORWARD : contact->event != 0 ? VG_FOUND_EVENT : VG_FOUND_UNKNOWN;
    }
    if (importing->kind == VG_TRACING_CASE) {
        importing->out.one.place = importing->person.place;
    }
}

static bool same_day(int32_t a, int32_t b)
{
    return a != VG_DATE_NONE && a == b;
}

/* Two cases of one person are one where onset or sample are of the same day, or the reports are and the onset is not of two. */
static bool same_case(const struct vg_tracing_case *a, const struct vg_tracing_case *b)
{
    bool two_onsets = a->onset != VG_DATE_NONE && b->onset != VG_DATE_NONE && a->onset != b->onset;
    return same_day(a->onset, b->onset) || same_day(a->sample, b->sample) || (a->report == b->report && !two_onsets);
}

/* A person's same case, or contact with the same source on the same last day, that came by another way. */
static vg_status find_same(struct importing *importing, int64_t person, int64_t source, int64_t *id)
{
    struct vg_tracing_query query = {.kind = importing->kind};
    struct vg_tracing_case *cases = NULL;
    struct vg_contact *contacts = NULL;
    bool of_cases = importing->kind == VG_TRACING_CASE;
    size_t n = 0;
    vg_tracing_where(&query, "person", VG_IS, person);
    vg_status status = vg_tracing_select(importing->store, &query, importing->arena, of_cases ? (void *)&cases : (void *)&contacts, &n, importing->error);
    for (size_t i = 0; status == VG_OK && *id == 0 && i < n; i++) {
        bool same = of_cases ? same_case(&cases[i], &importing->out.one)
                             : contacts[i].source == source && contacts[i].event == importing->event && contacts[i].last == importing->out.contact.last;
        *id = !same ? 0 : of_cases ? cases[i].id : contacts[i].id;
    }
    return status;
}

/* The case that has the same number of the country's, unless it is somebody else's or of another time. */
static vg_status find_number(struct importing *importing, int64_t *id)
{
    struct vg_tracing_case one;
    bool may_be = false;
    int64_t found = 0;
    if (importing->number == NULL || strlen(importing->number) < NUMBER_LEAST) {
        return VG_OK;
    }
    vg_status status = vg_tracing_external(importing->work, EXCHANGE_NUMBERS, VG_TRACING_CASE, importing->number, &found, importing->error);
    if (status != VG_OK || found == 0) {
        return status;
    }
    status = vg_tracing_get(importing->store, VG_TRACING_CASE, found, importing->arena, &one, importing->error);
    if (status == VG_OK) {
        status = tracing_matcher_may_be(importing->matcher, &importing->person, &importing->identity, one.person, &may_be, importing->error);
    }
    int32_t here = one.onset != VG_DATE_NONE ? one.onset : one.report, there = importing->out.one.onset != VG_DATE_NONE ? importing->out.one.onset : importing->out.one.report;
    may_be = may_be && (here == VG_DATE_NONE || there == VG_DATE_NONE || abs(here - there) <= NUMBER_DAYS);
    *id = status == VG_OK && may_be ? found : 0;
    importing->mistaken += status == VG_OK && !may_be;
    return status;
}

/* The number of a case that is new, or had none. */
static vg_status put_number(struct importing *importing, int64_t id)
{
    int64_t known = 0;
    if (importing->number == NULL || importing->kind != VG_TRACING_CASE) {
        return VG_OK;
    }
    vg_status status = vg_tracing_external(importing->work, EXCHANGE_NUMBERS, VG_TRACING_CASE, importing->number, &known, importing->error);
    return status == VG_OK && known == 0 ? vg_tracing_put_external(importing->work, EXCHANGE_NUMBERS, VG_TRACING_CASE, importing->number, id, importing->error) : status;
}

bool import_check(struct importing *importing)
{
    if (!importing->bad && vg_tracing_check(importing->kind, &importing->out, importing->error) != VG_OK) {
        import_reject(importing, SIZE_MAX, vg_text_of("", 0), vg_arena_copy(importing->arena, importing->error->message));
    }
    return !importing->bad;
}

/* The other program's id of the person; NULL: it has none. */
static const char *person_key(const struct importing *importing)
{
    return ids_are_persons(importing) && importing->part != PART_RELATIONSHIPS ? importing->external : importing->external_person;
}

static vg_status is_case(struct importing *importing, int64_t person, bool *yes)
{
    struct vg_tracing_query query = {.kind = VG_TRACING_CASE, .most = 1};
    size_t n = 0;
    const char *type = importing->person_type;
    size_t size = type == NULL ? 0 : strlen(type);
    vg_tracing_where(&query, "person", VG_IS, person);
    vg_status status = size > 0 ? VG_OK : vg_tracing_count(importing->store, &query, &n, importing->error);
    *yes = size > 0 ? size >= 4 && strcasecmp(type + size - 4, "case") == 0 : n > 0;
    return status;
}

/*
 * A relationship of Go.Data one of whose ends is an event: whoever is its other end was there. done: that is all of it, as a case that was at an event is not followed as its contact.
 */
static vg_status put_presence(struct importing *importing, int64_t source, int64_t person, bool *done)
{
    int64_t event = importing->event;
    bool at_the_end = false;
    vg_status status = VG_OK;
    *done = false;
    if (event == 0 && person == 0) {
        status = import_look_up(importing, VG_TRACING_EVENT, importing->external_person, &event);
        at_the_end = event != 0;
    }
    if (status == VG_OK && event != 0) {
        *done = at_the_end;
        status = at_the_end || person == 0 ? VG_OK : is_case(importing, person, done);
    }
    return status == VG_OK && *done ? import_attend(importing, event, at_the_end ? source : person) : status;
}

/* What the row was found to be of: 0 where there is none yet. */
struct found { const char *key; int64_t id, person, source; bool again; union import_row former; };

static vg_status find_row(struct importing *importing, struct found *found, bool *done)
{
    bool relationship = importing->part == PART_RELATIONSHIPS;
    *found = (struct found){.key = row_key(importing)};
    vg_status status = importing->kind == VG_TRACING_CONTACT ? find_source(importing, &found->source) : VG_OK;
    if (status == VG_OK) {
        status = import_look_up(importing, importing->kind, found->key, &found->id);
        found->again = importing->is_again;
    }
    if (status == VG_OK) {
        status = import_look_up(importing, VG_TRACING_PERSON, person_key(importing), &found->person);
    }
    if (status == VG_OK && relationship && !importing->bad) {
        status = put_presence(importing, found->source, found->person, done);
    }
    if (status != VG_OK || *done) {
        return status;
    }
    if (found->id == 0 && found->person != 0) {
        status = find_same(importing, found->person, found->source, &found->id);
        found->again = found->id != 0;
    }
    if (status == VG_OK && found->id == 0 && importing->kind == VG_TRACING_CASE) {
        status = find_number(importing, &found->id);
        found->again = found->id != 0;
    }
    if (status == VG_OK && found->id != 0) {
        status = vg_tracing_get(importing->store, importing->kind, found->id, importing->arena, &found->former, importing->error);
        found->person = status != VG_OK ? 0 : importing->kind == VG_TRACING_CASE ? found->former.one.person : found->former.contact.person;
    }
    if (status == VG_OK && relationship && found->person == 0) {
        import_reject(importing, SIZE_MAX, vg_text_from(importing->external_person == NULL ? "" : importing->external_person), "is not in the node: import cases and contacts first");
    }
    return status;
}

/* Where it was, if the node did not know the place when the row came first. */
static void give_place(struct importing *importing, const char *former)
{
    const struct vg_tracing_shape *shape = vg_tracing_shape(importing->kind);
    if (former == NULL && importing->person.place != NULL) {
        importing->given |= UINT64_C(1) << (vg_tracing_field(shape, "place") - shape->fields);
    }
}

/* The row itself, with the ids by which it is known, and what else it says of the person. */
static vg_status write_row(struct importing *importing, const struct found *found, bool new_person, bool *changed)
{
    bool relationship = importing->part == PART_RELATIONSHIPS, put = found->id == 0;
    vg_status status = VG_OK;
    if (found->id != 0 && found->again && importing->kind == VG_TRACING_CASE) {
        keep_what_is_known(importing, &found->former.one);
    }
    if (found->id != 0 && relationship) { /* when a contact was listed is what the file of contacts says */
        const struct vg_tracing_shape *shape = vg_tracing_shape(VG_TRACING_CONTACT);
        importing->given &= ~(UINT64_C(1) << (vg_tracing_field(shape, "added") - shape->fields));
    }
    if (found->id != 0 && importing->kind == VG_TRACING_CONTACT && found->former.contact.became_case != 0 && importing->out.contact.status == VG_CONTACT_OPEN) {
        importing->out.contact.status = found->former.contact.status; /* an older file does not open it again */
    }
    if (found->id != 0) {
        give_place(importing, importing->kind == VG_TRACING_CASE ? found->former.one.place : found->former.contact.place);
        put = import_overlay(importing, &found->former, &importing->out);
        *changed = *changed || put;
    }
    if (new_person) {
        status = import_register(importing, VG_TRACING_PERSON, person_key(importing), found->person);
    }
    if (status == VG_OK && put) {
        status = vg_tracing_put(importing->work, importing->kind, &importing->out, importing->error);
    }
    if (status == VG_OK && found->id == 0) {
        status = import_register(importing, importing->kind, found->key, importing->out.id);
    } else if (status == VG_OK && found->again) {
        status = import_register_again(importing, importing->kind, found->key, found->id);
        status = status == VG_OK ? import_register_again(importing, VG_TRACING_PERSON, person_key(importing), found->person) : status;
    }
    if (status == VG_OK) {
        status = put_number(importing, importing->out.id);
    }
    if (status == VG_OK && relationship) {
        status = import_name(importing, VG_TRACING_CONTACT, importing->out.id);
    }
    if (status == VG_OK) {
        status = put_order(importing, found->person);
    }
    if (status == VG_OK && importing->event != 0) {
        struct vg_attendance there = {.event = importing->event, .person = found->person, .first = importing->out.contact.first, .last = importing->out.contact.last};
        status = vg_tracing_put(importing->work, VG_TRACING_ATTENDANCE, &there, importing->error);
    }
    return status;
}

/* A new case ends what follow-up its person is under; a new contact of a case is followed only where the other program says so. */
static vg_status end_follow_up(struct importing *importing, int64_t person)
{
    const struct vg_tracing_shape *shape = vg_tracing_shape(VG_TRACING_CONTACT);
    bool told = importing->kind == VG_TRACING_CONTACT && (importing->given >> (vg_tracing_field(shape, "status") - shape->fields) & 1) != 0;
    return told ? VG_OK : tracing_become(importing->work, importing->store, person, importing->arena, importing->error);
}

/* Case, contact, or a relationship between persons that are there. */
vg_status import_put_row(struct importing *importing)
{
    struct found found;
    bool changed = false, done = false;
    vg_status status = find_row(importing, &found, &done);
    if (status != VG_OK || importing->bad || done) {
        return status;
    }
    bool new_person = found.person == 0;
    fill_links(importing, new_person ? -1 : found.person, found.source);
    if (!import_check(importing)) {
        return VG_OK;
    }
    if (importing->part != PART_RELATIONSHIPS) {
        status = put_person(importing, &found.person, found.again && importing->kind == VG_TRACING_CASE, &changed);
    }
    if (importing->kind == VG_TRACING_CASE) {
        importing->out.one.person = found.person;
    } else {
        importing->out.contact.person = found.person;
    }
    if (status == VG_OK) {
        status = write_row(importing, &found, new_person, &changed);
    }
    if (status == VG_OK && !new_person && found.id == 0) {
        status = end_follow_up(importing, found.person);
    }
    importing->counts.added += found.id == 0;
    importing->counts.changed += found.id != 0 && changed;
    importing->counts.same += found.id != 0 && !changed;
    importing->again += found.again && importing->kind == VG_TRACING_CASE;
    return status;
}
