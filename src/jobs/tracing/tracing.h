/*
 * jobs/tracing: what tracing asks of a node (docs/tracing.md): adding, lists, an officer's day, whom to visit first, chains, indicators, duplicates, exchange with other programs.
 * Each job is one transaction by one actor and answers with a table. Names appear only where a reason is given, by a case worker, and every showing is in the audit
 * (store/tracing/tracing.h); the store must be open for writing then.
 */
#ifndef VG_JOBS_TRACING_H
#define VG_JOBS_TRACING_H

#include "jobs/jobs.h"
#include "store/tracing/tracing.h"

/* ------------------------------------------------------------------- adding */

/* A field of the kind's shape, or of the person: given, family, other_names, document, document_2, telephone, address, note, birth (a date), birth_year, sex. */
struct vg_tracing_given { const char *name, *value; };
struct vg_tracing_add {
    enum vg_tracing_kind kind;
    int64_t id;                    /* 0: new; else what is given is changed, and nothing else */
    const struct vg_tracing_given *given;
    size_t n_given;
    int64_t source_case;           /* a contact of this case's person, with its officer where none is given */
    int64_t follow_days;           /* a contact without follow_until is followed so long after its last day; 0: 14 */
    const char *entry;             /* a key of a device's own: the same key and kind again is the row that is there, left as it is; NULL: none */
};
/*
 * One step for what belongs together: a case, contact, attendance or order whose person is not given by number is of a new person with the fields given; a case with from_contact is
 * of the contact's person, takes place and officer from it, and ends its follow-up; a contact of an event takes days (of attending, else the event's), setting, place and officer from it, and
 * is listed once (VG_DATA_ERROR names the one that is there); a new person is compared with all others. The row as it is now, with duplicates (how many persons
 * it may be) and duplicate (the likeliest) and probability.
 */
vg_status vg_job_tracing_add(struct vg_store *store, const struct vg_actor *actor, const struct vg_tracing_add *add, struct vg_arena *arena, struct vg_answer *answer,
                             struct vg_error *error) VG_MUST_USE;

/* -------------------------------------------------------------------- lists */

struct vg_tracing_list {
    enum vg_tracing_kind kind;
    const char *officer, *place, *status; /* status: of contacts; class: of cases; of orders "force": whose end has not come and that were not lifted */
    int32_t from, to;              /* contacts: last day of contact; cases: report; events: first day; others: not used */
    int64_t person, event;         /* 0: all; contacts: whose contacts (as person or source) */
    size_t most, skip;             /* most 0: 100 */
    const char *names_for;         /* the reason for which names are shown; NULL: none are */
};
/* Newest first. Columns of the kind, of persons birth_year and sex, and the names where asked for. meta: total, more_than_total (it is counted up to 100,000), most, skip. */
vg_status vg_job_tracing_list(struct vg_store *store, const struct vg_actor *actor, const struct vg_tracing_list *list, struct vg_arena *arena, struct vg_answer *answer,
                              struct vg_error *error) VG_MUST_USE;

/*
 * Whom the officer is to visit on the day: open contacts within their follow-up, one row a person, those with symptoms first, then by place: contact, person, birth_year, sex, place, last
 * (day of contact), day_number, days_left, last_seen, days_unseen, symptoms, temperature, alert (symptoms or 38 degrees in the last visits), visited (today already), order, order_until,
 * help; and given, family, telephone, address where names_for is given.
 */
vg_status vg_job_tracing_day(struct vg_store *store, const struct vg_actor *actor, const char *officer, int32_t day, const char *names_for, struct vg_arena *arena,
                             struct vg_answer *answer, struct vg_error *error) VG_MUST_USE;
/* That answer as a sheet to print, with boxes to tick. */
vg_status vg_job_tracing_sheet(const struct vg_answer *day_list, const char *officer, int32_t day, struct vg_buffer *out, struct vg_error *error) VG_MUST_USE;

/* Ranked by what can still be prevented (trace/urgency). disease NULL: the model's defaults; else its published incubation, generation time, R and k where there are. */
struct vg_tracing_rank { const char *officer, *place, *disease; int32_t today; size_t most; };
/* contact, person, source, last, proximity, setting, certainty, symptoms (seen), infected, ahead, preventable; meta: the model. */
vg_status vg_job_tracing_forward(struct vg_store *store, const struct vg_tracing_rank *rank, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error) VG_MUST_USE;
/* Events and persons that may have infected cases of unknown source reported in the last 30 days: what, id, first, last, cases, probability, others, preventable. */
vg_status vg_job_tracing_backward(struct vg_store *store, const struct vg_tracing_rank *rank, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error) VG_MUST_USE;
/* depth, contact, source, source_case, person, person_case, event, first, last, source_onset, person_onset, days (between onsets), setting, certainty; meta: cases, generations, whole. */
vg_status vg_job_tracing_chain(struct vg_store *store, int64_t case_id, size_t most, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error) VG_MUST_USE;
/* indicator, numerator, denominator, value. */
vg_status vg_job_tracing_indicators(struct vg_store *store, int32_t from, int32_t to, const char *place, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error) VG_MUST_USE;
vg_status vg_job_tracing_audit(struct vg_store *store, const struct vg_audit_query *query, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error) VG_MUST_USE;
/* kind, days; then, of the run or of what a run would do: due, kept, next. */
vg_status vg_job_tracing_retain(struct vg_store *store, const struct vg_actor *actor, int32_t today, bool dry, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error) VG_MUST_USE;
/* Who attended an event, at most VG_TRACING_ATTENDEES_MOST: id, person, birth_year, sex, first, last, case (the newest), class, onset, contact (of this event) and its status; names_for: and the names. */
#define VG_TRACING_ATTENDEES_MOST 5000
vg_status vg_job_tracing_attendees(struct vg_store *store, const struct vg_actor *actor, int64_t event, const char *names_for, struct vg_arena *arena, struct vg_answer *answer,
                                   struct vg_error *error) VG_MUST_USE;
/* One person's names for a reason: a row. */
vg_status vg_job_tracing_show(struct vg_store *store, const struct vg_actor *actor, int64_t person, const char *reason, struct vg_arena *arena, struct vg_answer *answer,
                              struct vg_error *error) VG_MUST_USE;

/* ----------------------------------------------------------------- exchange */

enum vg_tracing_date_order { VG_TRACING_ORDER_AUTO, VG_TRACING_ORDER_DMY, VG_TRACING_ORDER_MDY };
struct vg_tracing_import {
    const char *path;              /* CSV or workbook, JSON */
    const char *form;              /* "godata", "sormas", "dhis2" */
    const char *part;              /* "cases", "contacts", "relationships", "followups", "events", "results"; NULL: found by the headings */
    enum vg_tracing_date_order date_order; /* of dates that are not ISO; AUTO: from all of them, VG_NEEDS_CHOICE where they leave it open */
    const char *const *maps;       /* "given=HEADING", over the form's own */
    size_t n_maps;
    int64_t follow_days;           /* of contacts without an end of follow-up; 0: 14 */
    bool dry_run, accept_rejects;  /* accept: what can be read is taken, without what cannot */
    const char *rejects_path;      /* CSV: line, column, value, reason; NULL: none */
    const struct vg_progress *progress;
};
/*
 * All of it or nothing, in one transaction; rows that cannot be taken are listed with line, column and reason. The same rows again change nothing, changed ones are changed: rows are
 * known by the other program's ids. Persons are compared with all others, and pairs kept. A row of the answer a part: part, rows, added, changed, same, rejected, persons, duplicates, notes.
 * VG_DATA_ERROR: rows were rejected (how many, and the first one), nothing was taken.
 */
vg_status vg_job_tracing_import(struct vg_store *store, const struct vg_actor *actor, const struct vg_tracing_import *import, struct vg_arena *arena, struct vg_answer *answer,
                                struct vg_error *error) VG_MUST_USE;
/*
 * The node's cases, contacts, relationships, visits or events (those that the form has) in its own headings and words: a table, or with json (godata) a list of records, for dhis2 one object of entities and
 * relationships, written to answer->meta while the table stays empty. Names only with a reason. Ids are those that the rows came with, else made with the node's key.
 */
struct vg_tracing_export { const char *form, *part, *names_for; bool json; };
vg_status vg_job_tracing_export(struct vg_store *store, const struct vg_actor *actor, const struct vg_tracing_export *request, struct vg_arena *arena, struct vg_answer *answer,
                                struct vg_error *error) VG_MUST_USE;

/* --------------------------------------------------------------- duplicates */

#define VG_TRACING_DUPLICATE_LEAST 0.5 /* pairs of at least this probability are kept */
/* Compares every person with all others anew, in batches; answers with what vg_job_tracing_duplicates does. */
vg_status vg_job_tracing_search(struct vg_store *store, const struct vg_actor *actor, const struct vg_progress *progress, struct vg_arena *arena, struct vg_answer *answer,
                                struct vg_error *error) VG_MUST_USE;
/* Open pairs, the likeliest first: person, other, probability, pattern; person 0: all. With names_for the names of both. */
vg_status vg_job_tracing_duplicates(struct vg_store *store, const struct vg_actor *actor, int64_t person, size_t most, const char *names_for, struct vg_arena *arena,
                                    struct vg_answer *answer, struct vg_error *error) VG_MUST_USE;
/* One person against all now, nothing kept: other, probability, weight, pattern. Needs a case worker: the program opens names to compare them. */
vg_status vg_job_tracing_candidates(struct vg_store *store, const struct vg_actor *actor, int64_t person, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error) VG_MUST_USE;
/* What is in clear of persons, side by side: person, birth_year, sex, place, added, how many cases, contacts, contacts_of (of whom it is the source), events, orders; its newest case, class, onset, report. */
vg_status vg_job_tracing_beside(struct vg_store *store, const int64_t *persons, size_t n_persons, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error) VG_MUST_USE;
/* Names for a reason, a row a person: person, and what identifies. */
vg_status vg_job_tracing_names(struct vg_store *store, const struct vg_actor *actor, const int64_t *persons, size_t n_persons, const char *reason, struct vg_arena *arena, struct vg_answer *answer,
                               struct vg_error *error) VG_MUST_USE;
/* The newest merges (most 0: 20): step, at, by, person, into, undone. */
vg_status vg_job_tracing_merges(struct vg_store *store, size_t most, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error) VG_MUST_USE;
enum vg_tracing_decision { VG_TRACING_MERGE, VG_TRACING_DIFFERENT, VG_TRACING_UNDO };
/* merge: person into other; different: two persons; undo: person is the step's number. A row: what, person, other, step. */
vg_status vg_job_tracing_decide(struct vg_store *store, const struct vg_actor *actor, enum vg_tracing_decision decision, int64_t person, int64_t other, const char *reason,
                                struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error) VG_MUST_USE;

/* ------------------------------------------------------------------ served */

/* What the server tells of tracing, and what it takes (docs/api.md, /tracing). It has no accounts yet: what it tells to questions is what readers may know, rows by number and nobody's name. */

/*
 * request->show: "officers" (NULL): officer, open (contacts to follow up on the day); meta: today, cases, contacts. "contacts", "cases": as vg_job_tracing_list, by officer, place, status, from,
 * to, most, skip. "events", "orders": the same by officer, person and status (orders), from, to (events: first day; orders: last day), most, skip; events by place, too. "attendees": of request->event. "duplicates":
 * vg_job_tracing_duplicates, of request->person where that is given. "beside": of person and other. "merges". "day": vg_job_tracing_day of officer and day. "forward", "backward": by officer, place, day, disease, most. "indicators": of place, from request->from to request->to,
 * the 30 days until request->day by default. A parameter that the table does not take is VG_USAGE_ERROR.
 */
vg_job vg_job_tracing_served;

/*
 * Rows as devices tell them, each added by itself as vg_job_tracing_add does: entry, kind, state ("taken"; "known": the entry was taken before; "refused"), reason, id, person, duplicates, duplicate,
 * probability. VG_USAGE_ERROR: an actor without a name. The store must be open for writing.
 */
vg_status vg_job_tracing_entries(struct vg_store *store, const struct vg_actor *actor, const struct vg_tracing_add *entries, size_t n_entries, struct vg_arena *arena, struct vg_answer *answer,
                                 struct vg_error *error) VG_MUST_USE;

/* A visit as a device tells it. */
#define VG_FOLLOWUPS_MOST 50
struct vg_followup_told {
    char entry[65];                /* the device's own key: letters, digits and hyphens, at least 8 */
    char symptoms[161];            /* in the words of any of the languages, with commas, "" none */
    int64_t contact;
    int32_t day;
    int seen;                      /* enum vg_seen */
    double temperature;            /* NAN: not taken */
    int class;                     /* enum vg_case_class: the contact is such a case now; VG_CLASS_UNKNOWN: nothing is said of that */
    int32_t onset;                 /* of that case; VG_DATE_NONE: unknown */
};
/*
 * Takes each visit by itself, so that one that cannot be taken keeps no other from it: entry, contact, followup (its id), state, reason, case (the one that the contact became, if any). A visit
 * with a class makes the contact's person a case, reported on the day of the visit, in the same step; one that is a case already stays that case. State: "taken"; "known", where the entry was taken before,
 * which is then left as it is; "refused", with the reason: no such contact, a day to come, a symptom that nobody knows, a temperature that is none, or an entry that was used for another visit.
 * VG_USAGE_ERROR: an actor without a name. The store must be open for writing.
 */
vg_status vg_job_tracing_followups(struct vg_store *store, const struct vg_actor *actor, const struct vg_followup_told *told, size_t n_told, struct vg_arena *arena, struct vg_answer *answer,
                                   struct vg_error *error) VG_MUST_USE;

#endif
