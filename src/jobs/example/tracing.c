/*
 * What was traced in the example, into the node's record by the example's own hand: pseudonymous persons, cases, contacts listed when they were named, and the visits of the teams of
 * three towns, of which one is short of people. Some contacts are never found.
 */
#include "jobs/example/internal.h"

#include "store/tracing/tracing.h"

#include <string.h>

#define LOST 0.03
#define TELEPHONE 0.3
#define MEASURED 0.5
enum { FOLLOW_DAYS = 14, TOWNS = 3, TEAMS = 8, LAYERS = 5, OFFICER_BYTES = 24 };
static const double visits_made[TOWNS] = {0.93, 0.88, 0.74};
/* By the exercise's layers: household, school, work, community, travel. */
static const enum vg_tracing_setting settings[LAYERS] = {VG_SETTING_HOUSEHOLD, VG_SETTING_SCHOOL, VG_SETTING_WORK, VG_SETTING_OTHER, VG_SETTING_TRANSPORT};

struct recording {
    struct vg_tracing_work *work;
    const struct example_traced *traced;
    int64_t *person_ids;               /* [n_persons] */
    int64_t *case_ids;                 /* [n_persons] their first case, 0: none */
    int32_t *onsets, *reports;         /* [n_persons] of that case */
    struct vg_error *error;
};

static size_t town_of(const char *place)
{
    return vg_hash_text(vg_text_from(place)) % TOWNS;
}

/* Towns share teams by their code; a case and all whom it named are one team's. */
static const char *officer_of(const char *place, uint32_t source, char name[OFFICER_BYTES])
{
    (void)snprintf(name, OFFICER_BYTES, "brigada %d", (int)(town_of(place) * TEAMS + source % TEAMS) + 1);
    return name;
}

static vg_status put_persons(struct recording *r)
{
    vg_status status = VG_OK;
    for (size_t i = 0; status == VG_OK && i < r->traced->n_persons; i++) {
        const struct example_person *one = &r->traced->persons[i];
        struct vg_tracing_person row;
        vg_tracing_clear(VG_TRACING_PERSON, &row);
        row.birth_year = one->birth_year;
        row.sex = one->female ? VG_SEX_FEMALE : VG_SEX_MALE;
        row.place = one->place;
        status = vg_tracing_put(r->work, VG_TRACING_PERSON, &row, r->error);
        r->person_ids[i] = row.id;
    }
    return status;
}

static vg_status put_cases(struct recording *r)
{
    vg_status status = VG_OK;
    for (size_t i = 0; status == VG_OK && i < r->traced->n_cases; i++) {
        const struct example_case *one = &r->traced->cases[i];
        struct vg_tracing_case row;
        char officer[OFFICER_BYTES];
        vg_tracing_clear(VG_TRACING_CASE, &row);
        row.person = r->person_ids[one->person];
        row.class = VG_CLASS_CONFIRMED;
        row.onset = one->onset;
        row.report = row.added = one->report;
        row.place = r->traced->persons[one->person].place;
        row.officer = officer_of(row.place, one->person, officer);
        status = vg_tracing_put(r->work, VG_TRACING_CASE, &row, r->error);
        if (r->case_ids[one->person] == 0) {
            r->case_ids[one->person] = row.id;
            r->onsets[one->person] = one->onset;
            r->reports[one->person] = one->report;
        }
    }
    return status;
}

/* From the day after they were listed to the end of their follow-up, their report as a case, or the newest day of the data. */
static vg_status put_visits(struct recording *r, const struct example_contact *one, const struct vg_contact *contact)
{
    size_t town = town_of(contact->place);
    bool is_case = r->case_ids[one->person] != 0;
    int32_t until = contact->follow_until < r->traced->newest ? contact->follow_until : r->traced->newest;
    until = is_case && r->reports[one->person] < until ? r->reports[one->person] : until;
    vg_status status = VG_OK;
    for (int32_t day = contact->added + 1; status == VG_OK && day <= until; day++) {
        struct vg_random random = vg_random_stream(0x7ACE, (uint32_t)contact->id, 0x7157, (uint32_t)day);
        struct vg_followup visit;
        if (vg_random_uniform(&random) >= visits_made[town]) {
            continue;
        }
        vg_tracing_clear(VG_TRACING_FOLLOWUP, &visit);
        bool ill = is_case && r->onsets[one->person] != VG_DATE_NONE && r->onsets[one->person] <= day;
        visit.contact = contact->id;
        visit.day = day;
        visit.officer = contact->officer;
        visit.seen = vg_random_uniform(&random) < TELEPHONE ? VG_SEEN_BY_TELEPHONE : VG_SEEN_IN_PERSON;
        double degrees = (ill ? 37.6 : 36.2) + (double)(int)(10 * vg_random_uniform(&random)) / 10;
        visit.temperature = visit.seen == VG_SEEN_IN_PERSON && vg_random_uniform(&random) < MEASURED ? degrees : visit.temperature;
        visit.symptoms = ill ? (vg_random_uniform(&random) < 0.5 ? "fever,cough" : "cough,headache") : NULL;
        status = vg_tracing_put(r->work, VG_TRACING_FOLLOWUP, &visit, r->error);
    }
    return status;
}

static vg_status put_contacts(struct recording *r)
{
    const struct example_traced *traced = r->traced;
    vg_status status = VG_OK;
    for (size_t i = 0; status == VG_OK && i < traced->n_contacts; i++) {
        const struct example_contact *one = &traced->contacts[i];
        struct vg_random random = vg_random_stream(0x7ACE, (uint32_t)i, 0x1057, 0);
        struct vg_contact row;
        char officer[OFFICER_BYTES];
        vg_tracing_clear(VG_TRACING_CONTACT, &row);
        row.source = r->person_ids[one->source];
        row.person = r->person_ids[one->person];
        row.first = one->mutual ? one->day - 2 : one->day;
        row.last = one->mutual && one->day + 2 < one->listed ? one->day + 2 : one->mutual ? one->listed : one->day;
        row.setting = (int)settings[one->layer < LAYERS ? one->layer : 3];
        row.proximity = one->mutual ? VG_PROXIMITY_CLOSE : VG_PROXIMITY_ROOM;
        row.certainty = VG_CERTAINTY_MEDIUM;
        row.found = VG_FOUND_FORWARD;
        row.place = traced->persons[one->person].place;
        row.officer = officer_of(row.place, one->source, officer);
        row.follow_until = row.last + FOLLOW_DAYS;
        row.added = one->listed;
        bool is_case = r->case_ids[one->person] != 0, lost = !is_case && vg_random_uniform(&random) < LOST;
        row.became_case = is_case ? r->case_ids[one->person] : 0;
        row.status = is_case ? VG_CONTACT_BECAME_CASE : lost ? VG_CONTACT_LOST : row.follow_until < traced->newest ? VG_CONTACT_COMPLETED : VG_CONTACT_OPEN;
        status = vg_tracing_put(r->work, VG_TRACING_CONTACT, &row, r->error);
        if (status == VG_OK && !lost) {
            status = put_visits(r, one, &row);
        }
    }
    return status;
}

vg_status example_record(struct vg_store *store, const struct example_traced *traced, struct vg_error *error)
{
    const struct vg_actor actor = {"vigia init --example", VG_ROLE_CASE_WORKER};
    struct vg_arena arena;
    vg_arena_init(&arena, 0);
    struct recording r = {.traced = traced, .person_ids = VG_ARENA_ARRAY(&arena, int64_t, traced->n_persons + 1), .case_ids = VG_ARENA_ARRAY(&arena, int64_t, traced->n_persons + 1),
                          .onsets = VG_ARENA_ARRAY(&arena, int32_t, traced->n_persons + 1), .reports = VG_ARENA_ARRAY(&arena, int32_t, traced->n_persons + 1), .error = error};
    vg_status status = arena.failed ? vg_fail_memory(error, traced->n_persons * sizeof(int64_t)) : vg_tracing_begin(store, &actor, &r.work, error);
    if (status == VG_OK) {
        vg_tracing_quiet(r.work, true);
        status = put_persons(&r);
        if (status == VG_OK) {
            status = put_cases(&r);
        }
        if (status == VG_OK) {
            status = put_contacts(&r);
        }
        if (status == VG_OK) {
            status = vg_tracing_note(r.work, "example", 0, "case", 0, NULL, "invented for an exercise: nobody of them is real", error);
        }
        status = vg_tracing_end(r.work, status, error);
    }
    vg_arena_release(&arena);
    return status;
}
