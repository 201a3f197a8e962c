/*
 * Visits, events and laboratory results of other programs. A visit is of the contact that was followed on that day; an event is known by those who were there; of results the record has
 * room for the sample that made somebody a case.
 */
#include "jobs/tracing/importing.h"

#include <string.h>

/* --------------------------------------------------------------------- visits */

/* The person's newest contact that had ended by the day of the visit; where none had, the newest. */
static vg_status contact_of(struct importing *importing, int64_t person, int32_t day, int64_t *contact)
{
    struct vg_tracing_query query = {.kind = VG_TRACING_CONTACT, .newest_first = true};
    struct vg_contact *contacts = NULL;
    size_t n = 0;
    vg_tracing_where(&query, "person", VG_IS, person);
    vg_status status = vg_tracing_select(importing->store, &query, importing->arena, &contacts, &n, importing->error);
    *contact = status == VG_OK && n > 0 ? contacts[0].id : 0;
    for (size_t i = n; status == VG_OK && i-- > 0;) {
        *contact = contacts[i].last != VG_DATE_NONE && contacts[i].last <= day ? contacts[i].id : *contact;
    }
    return status;
}

static vg_status find_visited(struct importing *importing, int64_t *contact)
{
    int64_t person = 0;
    *contact = 0;
    vg_status status = import_look_up(importing, VG_TRACING_CONTACT, importing->external_contact, contact);
    if (status == VG_OK && *contact == 0) {
        status = import_look_up(importing, VG_TRACING_PERSON, importing->external_person, &person);
    }
    if (status == VG_OK && person != 0) {
        status = contact_of(importing, person, importing->out.followup.day, contact);
    }
    const char *named = importing->external_contact != NULL ? importing->external_contact : importing->external_person;
    if (status == VG_OK && *contact == 0) {
        import_reject(importing, SIZE_MAX, vg_text_from(named == NULL ? "" : named), named == NULL ? "says neither by contact nor by person whom it is of" : "is no contact in the node");
    }
    return status;
}

/* Those who have no id of their own are known by whom and when; whom there is, or the visit was rejected before. */
static const char *visit_key(const struct importing *importing)
{
    char day[VG_DATE_TEXT_BYTES];
    if (importing->external != NULL) {
        return importing->external;
    }
    (void)vg_date_print(importing->out.followup.day, day);
    return vg_arena_format(importing->arena, "%s@%s", importing->external_contact != NULL ? importing->external_contact : importing->external_person, day);
}

/* A form that has fewer words than the record says nothing new where it says what the record would be written as: its own file comes back and changes nothing. */
static void keep_as_told(struct importing *importing, const struct vg_followup *former)
{
    struct vg_followup *told = &importing->out.followup;
    const char *word = exchange_seen_word(importing->form, former->seen, former->symptoms != NULL);
    const char *back = word == NULL ? NULL : exchange_word("seen", vg_text_from(word));
    if (back != NULL && strcmp(back, vg_tracing_word(VG_TRACING_FOLLOWUP, "seen", (int)told->seen)) == 0) {
        told->seen = former->seen;
    }
    if (former->symptoms != NULL && vg_text_equal(importing->symptoms_as_told, vg_text_from(former->symptoms))) {
        told->symptoms = former->symptoms;
    }
}

/* A row of a kind that is known by its key: what it gives is changed, what it does not give stays. */
static vg_status put_known(struct importing *importing, const char *key)
{
    union import_row former;
    int64_t id = 0;
    vg_status status = import_look_up(importing, importing->kind, key, &id);
    if (status == VG_OK && id != 0) {
        status = vg_tracing_get(importing->store, importing->kind, id, importing->arena, &former, importing->error);
    }
    if (status != VG_OK) {
        return status;
    }
    if (id != 0 && importing->kind == VG_TRACING_FOLLOWUP) {
        keep_as_told(importing, &former.followup);
    }
    bool put = id == 0 || import_overlay(importing, &former, &importing->out);
    if (put) {
        status = vg_tracing_put(importing->work, importing->kind, &importing->out, importing->error);
    }
    if (status == VG_OK && id == 0) {
        status = import_register(importing, importing->kind, key, importing->out.id);
    }
    importing->counts.added += id == 0;
    importing->counts.changed += id != 0 && put;
    importing->counts.same += id != 0 && !put;
    return status;
}

vg_status import_put_visit(struct importing *importing)
{
    int64_t contact = 0;
    vg_status status = find_visited(importing, &contact);
    importing->out.followup.contact = contact;
    if (status != VG_OK || !import_check(importing)) {
        return status;
    }
    return put_known(importing, visit_key(importing));
}

/* --------------------------------------------------------------------- events */

vg_status import_put_event(struct importing *importing)
{
    struct vg_event *event = &importing->out.event;
    event->last = event->last == VG_DATE_NONE ? event->first : event->last;
    if (!import_check(importing)) {
        return VG_OK;
    }
    return put_known(importing, importing->external);
}

vg_status import_attend(struct importing *importing, int64_t event, int64_t person)
{
    struct vg_tracing_query query = {.kind = VG_TRACING_ATTENDANCE, .most = 1};
    struct vg_attendance *known = NULL, there = {.event = event, .person = person, .first = importing->out.contact.first, .last = importing->out.contact.last};
    size_t n = 0;
    vg_tracing_where(&query, "event", VG_IS, event);
    vg_tracing_where(&query, "person", VG_IS, person);
    vg_status status = vg_tracing_select(importing->store, &query, importing->arena, &known, &n, importing->error);
    importing->counts.added += status == VG_OK && n == 0;
    importing->counts.same += status == VG_OK && n > 0;
    if (status == VG_OK && n == 0) {
        status = vg_tracing_put(importing->work, VG_TRACING_ATTENDANCE, &there, importing->error);
    }
    return status == VG_OK ? import_name(importing, VG_TRACING_ATTENDANCE, n == 0 ? there.id : known[0].id) : status;
}

/* -------------------------------------------------------------------- results */

/* Of a person's newest case; the earliest sample that was positive is kept, so that the order of the rows does not matter. */
vg_status import_put_result(struct importing *importing)
{
    struct vg_tracing_query query = {.kind = VG_TRACING_CASE, .newest_first = true, .most = 1};
    struct vg_tracing_case *cases = NULL;
    const struct vg_tracing_case *told = &importing->out.one;
    int64_t person = 0;
    size_t n = 0;
    vg_status status = import_look_up(importing, VG_TRACING_PERSON, importing->external_person, &person);
    if (status == VG_OK && person == 0) {
        import_reject(importing, SIZE_MAX, vg_text_from(importing->external_person == NULL ? "" : importing->external_person), "is not in the node: import cases and contacts first");
    }
    if (status == VG_OK && !importing->bad && exchange_result(vg_text_from(importing->result == NULL ? "" : importing->result)) == VG_YES_YES && told->sample != VG_DATE_NONE) {
        vg_tracing_where(&query, "person", VG_IS, person);
        status = vg_tracing_select(importing->store, &query, importing->arena, &cases, &n, importing->error);
    }
    if (status != VG_OK || importing->bad) {
        return status;
    }
    bool room = n > 0 && (cases[0].sample == VG_DATE_NONE || told->sample <= cases[0].sample);
    bool other = room && (cases[0].sample != told->sample || (told->laboratory != NULL && (cases[0].laboratory == NULL || strcmp(cases[0].laboratory, told->laboratory) != 0)));
    importing->left_out += !room;
    importing->counts.changed += other;
    importing->counts.same += !other;
    if (!other) {
        return VG_OK;
    }
    cases[0].sample = told->sample;
    cases[0].laboratory = told->laboratory != NULL ? told->laboratory : cases[0].laboratory;
    return vg_tracing_put(importing->work, VG_TRACING_CASE, &cases[0], importing->error);
}
