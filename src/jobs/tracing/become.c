/*
 * Contacts who are cases by now. Where somebody becomes a case by another way than from the contact (a laboratory's list, a file of another program, two persons who turn out to be one), the
 * contact's follow-up ends all the same, and the case tells that it was known as a contact.
 */
#include "jobs/tracing/internal.h"

vg_status tracing_case_of_contact(const struct vg_contact *contact, struct vg_tracing_case *one, struct vg_error *error)
{
    if (contact->became_case != 0) {
        return vg_fail(error, VG_DATA_ERROR, "contact %lld became case %lld already", (long long)contact->id, (long long)contact->became_case);
    }
    one->from_contact = contact->id;
    one->person = contact->person;
    one->officer = one->officer == NULL ? contact->officer : one->officer;
    one->place = one->place == NULL ? contact->place : one->place;
    one->setting = one->setting == VG_SETTING_UNKNOWN ? contact->setting : one->setting;
    one->exposure_first = one->exposure_first == VG_DATE_NONE ? contact->first : one->exposure_first;
    one->exposure_last = one->exposure_last == VG_DATE_NONE ? contact->last : one->exposure_last;
    return VG_OK;
}

vg_status tracing_end_with_case(struct vg_tracing_work *work, struct vg_contact *contact, int64_t case_id, struct vg_error *error)
{
    contact->status = VG_CONTACT_BECAME_CASE;
    contact->became_case = case_id;
    return vg_tracing_put(work, VG_TRACING_CONTACT, contact, error);
}

/* Days after the end of follow-up within which a case is still of that contact: a case is reported late. */
#define LATE_DAYS 14

static int32_t first_of(int32_t a, int32_t b, int32_t c)
{
    return a != VG_DATE_NONE ? a : b != VG_DATE_NONE ? b : c;
}

/* A case before the contact is no consequence of it; of a contact without days nobody knows, and whoever is a case is not followed. */
static bool is_of(const struct vg_tracing_case *one, const struct vg_contact *contact)
{
    int32_t from = first_of(contact->first, contact->last, VG_DATE_NONE), until = first_of(contact->follow_until, contact->last, contact->first);
    int32_t day = first_of(one->onset, one->report, one->added);
    return one->class != VG_CLASS_DISCARDED && (from == VG_DATE_NONE || (day >= from && day <= until + LATE_DAYS));
}

static vg_status end_follow_up(struct vg_tracing_work *work, struct vg_contact *contact, struct vg_tracing_case *cases, size_t n_cases, struct vg_error *error)
{
    struct vg_tracing_case *found = NULL;
    for (size_t i = 0; i < n_cases; i++) {
        bool sooner = is_of(&cases[i], contact) && (found == NULL || first_of(cases[i].onset, cases[i].report, cases[i].added) < first_of(found->onset, found->report, found->added));
        found = sooner ? &cases[i] : found;
    }
    if (found == NULL) {
        return VG_OK;
    }
    vg_status status = tracing_end_with_case(work, contact, found->id, error);
    if (status == VG_OK && found->from_contact == 0 && contact->added <= first_of(found->report, found->added, VG_DATE_NONE)) {
        found->from_contact = contact->id;
        status = vg_tracing_put(work, VG_TRACING_CASE, found, error);
    }
    return status;
}

/* What was undone: the case is somebody else's again, and whoever was a contact is followed again. */
static vg_status follow_again(struct vg_tracing_work *work, struct vg_store *store, struct vg_contact *contact, struct vg_arena *arena, struct vg_error *error)
{
    struct vg_tracing_case one;
    vg_status status = vg_tracing_get(store, VG_TRACING_CASE, contact->became_case, arena, &one, error);
    if (status != VG_OK || one.person == contact->person) {
        return status;
    }
    if (one.from_contact == contact->id) {
        one.from_contact = 0;
        status = vg_tracing_put(work, VG_TRACING_CASE, &one, error);
    }
    contact->status = VG_CONTACT_OPEN;
    contact->became_case = 0;
    return status == VG_OK ? vg_tracing_put(work, VG_TRACING_CONTACT, contact, error) : status;
}

vg_status tracing_become(struct vg_tracing_work *work, struct vg_store *store, int64_t person, struct vg_arena *arena, struct vg_error *error)
{
    struct vg_tracing_query query = {.kind = VG_TRACING_CONTACT};
    struct vg_contact *contacts = NULL;
    struct vg_tracing_case *cases = NULL;
    size_t n_contacts = 0, n_cases = 0;
    vg_tracing_where(&query, "person", VG_IS, person);
    vg_status status = vg_tracing_select(store, &query, arena, &contacts, &n_contacts, error);
    if (status == VG_OK && n_contacts > 0) {
        query.kind = VG_TRACING_CASE;
        status = vg_tracing_select(store, &query, arena, &cases, &n_cases, error);
    }
    for (size_t i = 0; status == VG_OK && i < n_contacts; i++) {
        if (contacts[i].became_case != 0) {
            status = follow_again(work, store, &contacts[i], arena, error);
        }
        if (status == VG_OK && contacts[i].status == VG_CONTACT_OPEN) {
            status = end_follow_up(work, &contacts[i], cases, n_cases, error);
        }
    }
    return status;
}
