/*
 * store/tracing: the record of tracing work: persons, cases, contacts, events with attendance, follow-up, orders of quarantine, and who saw what of whom.
 *
 * A person is a number with a year of birth, a sex and a place. What identifies (names, documents, telephone, address, exact date of birth) lies in a table of its own, sealed
 * with a key derived from the node's key file, and is shown to case workers alone; every showing is a row of an audit that the database lets nobody change or delete, and is
 * committed before anything is shown. To find one person under two spellings, each has search codes: keyed hashes (SipHash-2-4) of texts that the caller makes
 * (trace/linkage); without the key they can neither be made nor guessed.
 *
 * Rows of every kind have one form: a struct, and a vg_tracing_shape that says what its fields are called, which columns they are and which words they may hold. Reading,
 * writing, listing, tables and options follow from the shapes.
 *
 * Writing is done in a work: one transaction by one actor. Ids are given by the database, 0 is none.
 */
#ifndef VG_STORE_TRACING_H
#define VG_STORE_TRACING_H

#include "store/store.h"

#define VG_TRACING_TEXT_MOST 2000 /* bytes of a text that a row holds */

/* ------------------------------------------------------------------ actors */

enum vg_actor_role {
    VG_ROLE_READER,        /* lists and numbers, nobody's name */
    VG_ROLE_CASE_WORKER,   /* reads and writes, and sees names */
    VG_ROLE_ADMINISTRATOR, /* periods and erasure; no names */
    VG_ROLE_COUNT
};
const char *vg_role_name(enum vg_actor_role role); /* "reader", "case-worker", "administrator" */
bool vg_role_from_name(const char *name, enum vg_actor_role *role);
struct vg_actor { const char *name; enum vg_actor_role role; };

/* ------------------------------------------------------------------- rows */

enum vg_tracing_kind {
    VG_TRACING_PERSON, VG_TRACING_CASE, VG_TRACING_CONTACT, VG_TRACING_EVENT, VG_TRACING_ATTENDANCE, VG_TRACING_FOLLOWUP, VG_TRACING_ORDER, VG_TRACING_KIND_COUNT
};
enum vg_tracing_setting {
    VG_SETTING_UNKNOWN, VG_SETTING_HOUSEHOLD, VG_SETTING_WORK, VG_SETTING_SCHOOL, VG_SETTING_HEALTH_CARE, VG_SETTING_CARE_HOME, VG_SETTING_TRANSPORT, VG_SETTING_GATHERING,
    VG_SETTING_WORSHIP, VG_SETTING_FUNERAL, VG_SETTING_TRADE, VG_SETTING_PRISON, VG_SETTING_OTHER, VG_SETTING_COUNT
};
/* Nearest first. */
enum vg_proximity {
    VG_PROXIMITY_UNKNOWN, VG_PROXIMITY_FLUIDS, VG_PROXIMITY_TOUCH, VG_PROXIMITY_OBJECTS, VG_PROXIMITY_CLOSE /* within 2 m */, VG_PROXIMITY_ROOM, VG_PROXIMITY_PLACE, VG_PROXIMITY_COUNT
};
enum vg_certainty { VG_CERTAINTY_UNKNOWN, VG_CERTAINTY_LOW, VG_CERTAINTY_MEDIUM, VG_CERTAINTY_HIGH, VG_CERTAINTY_COUNT };
enum vg_found { VG_FOUND_UNKNOWN, VG_FOUND_FORWARD, VG_FOUND_BACKWARD, VG_FOUND_APP, VG_FOUND_EVENT, VG_FOUND_COUNT };
enum vg_contact_status {
    VG_CONTACT_OPEN /* under follow-up */, VG_CONTACT_COMPLETED, VG_CONTACT_BECAME_CASE, VG_CONTACT_LOST, VG_CONTACT_REFUSED, VG_CONTACT_DROPPED /* was no contact */, VG_CONTACT_STATUS_COUNT
};
enum vg_seen { VG_SEEN_NOT, VG_SEEN_IN_PERSON, VG_SEEN_BY_TELEPHONE, VG_SEEN_BY_APP, VG_SEEN_REFUSED, VG_SEEN_COUNT };
enum vg_order_kind { VG_ORDER_UNKNOWN, VG_ORDER_QUARANTINE_HOME, VG_ORDER_QUARANTINE_FACILITY, VG_ORDER_ISOLATION_HOME, VG_ORDER_ISOLATION_FACILITY, VG_ORDER_WORK_BAN, VG_ORDER_KIND_COUNT };
enum vg_yes { VG_YES_UNKNOWN, VG_YES_NO, VG_YES_YES, VG_YES_COUNT };

/*
 * Dates VG_DATE_NONE, texts NULL, numbers NaN, counts 0 where unknown. Places are codes, officers and by names of accounts. added: the day of listing, today where none is given (of a list that is
 * typed in later, the list's).
 */
struct vg_tracing_person { int64_t id, birth_year, merged_into; int sex; const char *place; int32_t added, erased; };
struct vg_tracing_case {
    int64_t id, person, from_contact;
    int class, outcome, imported, setting;
    int32_t exposure_first, exposure_last, onset, report, sample, isolation, outcome_day, added;
    const char *place, *officer, *laboratory, *genome;
};
/* From source (0: unknown, or the event) to person, on days first to last. follow_until: the last day of follow-up. */
struct vg_contact {
    int64_t id, source, person, event, minutes, became_case;
    int setting, proximity, certainty, found, status;
    int32_t first, last, follow_until, added;
    const char *place, *officer;
};
struct vg_event { int64_t id, people; int setting; int32_t first, last, added; const char *label, *place, *officer; };
struct vg_attendance { int64_t id, event, person; int32_t first, last; };
/* entry: a key that the device gave to the entry; the same one again is the same entry. symptoms: words with commas ("fever,cough"); NULL none. */
struct vg_followup { int64_t id, contact; int seen; int32_t day; double temperature; const char *symptoms, *officer, *entry; };
struct vg_order { int64_t id, person; int kind; int32_t first, last, ended; const char *help, *officer; };

enum vg_tracing_value { VG_VALUE_ID, VG_VALUE_INTEGER, VG_VALUE_WORD, VG_VALUE_DATE, VG_VALUE_NUMBER, VG_VALUE_TEXT };
struct vg_tracing_field {
    const char *name;              /* of the column, of table columns and options */
    enum vg_tracing_value value;   /* int64_t, int64_t, int, int32_t, double, const char * at offset */
    size_t offset;
    const char *const *words;      /* [n_words], of words */
    size_t n_words;
    bool by_store;                 /* given by the store, not by people */
};
struct vg_tracing_shape { const char *name, *table; size_t size; const struct vg_tracing_field *fields; size_t n_fields; }; /* the first field is id */
const struct vg_tracing_shape *vg_tracing_shape(enum vg_tracing_kind kind);
const struct vg_tracing_field *vg_tracing_field(const struct vg_tracing_shape *shape, const char *name); /* NULL: none */
/* A row with nothing known. */
void vg_tracing_clear(enum vg_tracing_kind kind, void *row);
/* Fills one field from text (dates ISO 8601; words by name; empty is unknown). VG_USAGE_ERROR says what it may be. Texts must outlive the row. */
vg_status vg_tracing_fill(const struct vg_tracing_field *field, const char *text, void *row, struct vg_error *error) VG_MUST_USE;
const char *vg_tracing_word(enum vg_tracing_kind kind, const char *field, int value); /* its name; "" for 0 where that is unknown */
/* The field's value as a cell of a table whose column is of vg_tracing_column_kind. */
enum vg_column_kind vg_tracing_column_kind(const struct vg_tracing_field *field);
void vg_tracing_cell(struct vg_table *table, const struct vg_tracing_field *field, const void *row);

/* ---------------------------------------------------------------- reading */

enum vg_tracing_compare { VG_IS, VG_AT_LEAST, VG_AT_MOST, VG_WITHIN /* a place or one below it */, VG_IS_NOT, VG_LATER_OR_NONE /* than the day */ };
/* field by its name in the shape; number or text by its kind (dates are numbers). */
struct vg_tracing_condition { const char *field; enum vg_tracing_compare compare; int64_t number; const char *text; };
struct vg_tracing_query {
    enum vg_tracing_kind kind;
    struct vg_tracing_condition conditions[10];
    size_t n_conditions;
    size_t most, skip;             /* 0: all, from the first */
    bool newest_first;             /* by id */
};
void vg_tracing_where(struct vg_tracing_query *query, const char *field, enum vg_tracing_compare compare, int64_t number);
void vg_tracing_where_text(struct vg_tracing_query *query, const char *field, enum vg_tracing_compare compare, const char *text); /* NULL: no condition */
/* Rows in the arena, an array of the kind's structs. */
vg_status vg_tracing_select(struct vg_store *store, const struct vg_tracing_query *query, struct vg_arena *arena, void *rows /* of a pointer to the struct */, size_t *n_rows,
                            struct vg_error *error) VG_MUST_USE;
/* At most query->most of them. */
vg_status vg_tracing_count(struct vg_store *store, const struct vg_tracing_query *query, size_t *n, struct vg_error *error) VG_MUST_USE;
#define VG_TRACING_COUNT_MOST ((size_t)100000)
/* One page of a list, query->most above 0, with how many there are in all: counted up to VG_TRACING_COUNT_MOST, *more where there are more. */
vg_status vg_tracing_page(struct vg_store *store, const struct vg_tracing_query *query, struct vg_arena *arena, void *rows, size_t *n_rows, size_t *total, bool *more,
                          struct vg_error *error) VG_MUST_USE;
/* VG_NOT_FOUND names it. A person that was merged into another is that other one. */
vg_status vg_tracing_get(struct vg_store *store, enum vg_tracing_kind kind, int64_t id, struct vg_arena *arena, void *row, struct vg_error *error) VG_MUST_USE;

/*
 * What lists say beside each row, one lookup after the other with statements that are prepared once. Texts are copied, cut to the room there is.
 */
struct vg_tracing_lookup;
vg_status vg_tracing_lookup_open(struct vg_store *store, struct vg_tracing_lookup **lookup, struct vg_error *error) VG_MUST_USE;
void vg_tracing_lookup_close(struct vg_tracing_lookup *lookup);
struct vg_brief_person { int64_t birth_year; int sex; char place[24]; };
/* The newest visits of a contact until a day: the last one, the last on which it was seen, and the last symptoms. Days VG_DATE_NONE where there is none. */
struct vg_brief_visits { int32_t last, seen, ill; size_t n; double temperature; char symptoms[80]; };
struct vg_brief_case { int64_t id; int32_t onset, report; int class; }; /* id 0: none */
struct vg_brief_order { int64_t id; int kind; int32_t last; char help[80]; };
vg_status vg_tracing_look_person(struct vg_tracing_lookup *lookup, int64_t person, struct vg_brief_person *out, struct vg_error *error) VG_MUST_USE;
vg_status vg_tracing_look_visits(struct vg_tracing_lookup *lookup, int64_t contact, int32_t until, struct vg_brief_visits *out, struct vg_error *error) VG_MUST_USE;
/* The person's newest case that was not discarded. */
vg_status vg_tracing_look_case(struct vg_tracing_lookup *lookup, int64_t person, struct vg_brief_case *out, struct vg_error *error) VG_MUST_USE;
/* An order that is in force on the day. */
vg_status vg_tracing_look_order(struct vg_tracing_lookup *lookup, int64_t person, int32_t day, struct vg_brief_order *out, struct vg_error *error) VG_MUST_USE;

/* Officers by name, at most 5,000, and how many open contacts each has whose follow-up lasts until the day or longer. */
struct vg_officer { const char *name; size_t open; };
vg_status vg_tracing_officers(struct vg_store *store, int32_t day, struct vg_arena *arena, struct vg_officer **officers, size_t *n_officers, struct vg_error *error) VG_MUST_USE;

/* A contact by which one case may have infected another. depth: steps from the case asked for, ancestors below 0. */
struct vg_chain_link { int64_t contact, source, person, source_case, person_case, event; int32_t first, last, source_onset, person_onset; int certainty, setting, depth; };
/* Ancestors and descendants of a person who is a case, over contacts whose both ends are cases; each contact once, at most `most` of them. *whole: nothing was left out. */
vg_status vg_tracing_chain(struct vg_store *store, int64_t person, size_t most, struct vg_arena *arena, struct vg_chain_link **links, size_t *n_links, bool *whole,
                           struct vg_error *error) VG_MUST_USE;

/* ---------------------------------------------------------------- writing */

struct vg_tracing_work;
/* Begins the transaction. VG_USAGE_ERROR: an actor without a name, or a role that may not write; the store must be open for writing. */
vg_status vg_tracing_begin(struct vg_store *store, const struct vg_actor *actor, struct vg_tracing_work **work, struct vg_error *error) VG_MUST_USE;
/* Ends it: kept where status is VG_OK, else as if nothing had been. Returns status, or what went wrong. work is gone. */
vg_status vg_tracing_end(struct vg_tracing_work *work, vg_status status, struct vg_error *error) VG_MUST_USE;
/*
 * Adds the row and gives it its id; with an id that is there already, the row is changed. A follow-up with a known entry key, and a person at an event where it was already, are
 * the row that is there. Ids that it points to must be there. Each is a row of the audit unless the work is a quiet one (imports, which write one for all).
 */
vg_status vg_tracing_put(struct vg_tracing_work *work, enum vg_tracing_kind kind, void *row, struct vg_error *error) VG_MUST_USE;
/* Whether the row could be put, as far as it alone tells: VG_USAGE_ERROR says why not. */
vg_status vg_tracing_check(enum vg_tracing_kind kind, const void *row, struct vg_error *error) VG_MUST_USE;
void vg_tracing_quiet(struct vg_tracing_work *work, bool quiet); /* also holds more of the database in memory until the end */
vg_status vg_tracing_note(struct vg_tracing_work *work, const char *action, int64_t person, const char *object, int64_t object_id, const char *reason, const char *detail,
                          struct vg_error *error) VG_MUST_USE;
/* Ids that another program knows a row by: form "godata", "sormas", ...; 0 where there is none. */
vg_status vg_tracing_external(struct vg_tracing_work *work, const char *form, enum vg_tracing_kind kind, const char *external, int64_t *id, struct vg_error *error) VG_MUST_USE;
vg_status vg_tracing_put_external(struct vg_tracing_work *work, const char *form, enum vg_tracing_kind kind, const char *external, int64_t id, struct vg_error *error) VG_MUST_USE;

/* What a row is called outside: the id it came with from that form, else one made with the node's key, which vg_tracing_external knows again; a UUID, or DHIS2's 11 letters and digits. */
#define VG_TRACING_EXTERNAL_BYTES 80
/* The id it came with from that form; "" where it came with none. */
vg_status vg_tracing_told_external(struct vg_store *store, const char *form, enum vg_tracing_kind kind, int64_t id, char out[VG_TRACING_EXTERNAL_BYTES], struct vg_error *error) VG_MUST_USE;
vg_status vg_tracing_external_of(struct vg_store *store, const char *form, enum vg_tracing_kind kind, int64_t id, bool as_letters, char out[VG_TRACING_EXTERNAL_BYTES],
                                 struct vg_error *error) VG_MUST_USE;

/* --------------------------------------------------------------- identity */

enum vg_identity_text {
    VG_IDENTITY_GIVEN, VG_IDENTITY_FAMILY, VG_IDENTITY_OTHER /* further names */, VG_IDENTITY_DOCUMENT, VG_IDENTITY_DOCUMENT_2, VG_IDENTITY_TELEPHONE, VG_IDENTITY_ADDRESS,
    VG_IDENTITY_NOTE, VG_IDENTITY_TEXT_COUNT
};
extern const char *const vg_identity_names[VG_IDENTITY_TEXT_COUNT]; /* "given", "family", ... */
#define VG_IDENTITY_TEXT_MOST 1000 /* bytes */
struct vg_identity { const char *texts[VG_IDENTITY_TEXT_COUNT]; int32_t birth; }; /* NULL, VG_DATE_NONE: unknown */

#define VG_TRACING_CODES_MOST 32
/* What a person is searched by: texts from which codes are made, and names of which is counted how many persons bear them. */
/* most: a code that more persons bear says too little to be followed; 0: VG_TRACING_BEARERS_MOST. */
struct vg_search_texts { struct vg_text codes[VG_TRACING_CODES_MOST], names[8]; uint16_t most[VG_TRACING_CODES_MOST]; size_t n_codes, n_names; };
#define VG_TRACING_BEARERS_MOST 400

/* Seals it in the place of what there was, with its search codes. Only case workers. */
vg_status vg_tracing_set_identity(struct vg_tracing_work *work, int64_t person, const struct vg_identity *identity, const struct vg_search_texts *texts, struct vg_error *error) VG_MUST_USE;
/*
 * Shows persons' identities to the actor: VG_USAGE_ERROR for another role than case worker, or without a reason. Audited, person by person, and committed before it returns.
 * A person without one (never given, or erased) is empty.
 */
vg_status vg_tracing_show(struct vg_store *store, const struct vg_actor *actor, const char *reason, const int64_t *persons, size_t n_persons, struct vg_arena *arena,
                          struct vg_identity *identities, struct vg_error *error) VG_MUST_USE;
/* For the program's own comparing, shown to nobody: one row of the audit for the whole work, written when first used. */
vg_status vg_tracing_open_identity(struct vg_tracing_work *work, int64_t person, struct vg_arena *arena, struct vg_identity *identity, struct vg_error *error) VG_MUST_USE;

/* Persons with a code in common. codes: bit i for codes[i] of the texts. */
struct vg_shared_codes { int64_t person, other; uint32_t codes; };
/* Of one person's texts (person 0: not in the node). Merged persons are among them, by their own numbers. */
vg_status vg_tracing_candidates(struct vg_store *store, int64_t person, const struct vg_search_texts *texts, struct vg_arena *arena, struct vg_shared_codes **found,
                                size_t *n_found, struct vg_error *error) VG_MUST_USE;
/* The same of all whose identity was set in this work, sorted by other, then person; of two of them one row. */
vg_status vg_tracing_work_candidates(struct vg_tracing_work *work, struct vg_arena *arena, struct vg_shared_codes **found, size_t *n_found, struct vg_error *error) VG_MUST_USE;
/* How many persons bear the names, and how many there are. */
vg_status vg_tracing_name_counts(struct vg_store *store, const struct vg_text *names, size_t n_names, double *counts, struct vg_error *error) VG_MUST_USE;
vg_status vg_tracing_persons_with_identity(struct vg_store *store, double *n, struct vg_error *error) VG_MUST_USE;

/* -------------------------------------------------------------- duplicates */

enum vg_duplicate_state { VG_DUPLICATE_OPEN, VG_DUPLICATE_MERGED, VG_DUPLICATE_DIFFERENT, VG_DUPLICATE_STATE_COUNT };
const char *vg_duplicate_state_name(enum vg_duplicate_state state); /* "open", "merged", "different" */
struct vg_duplicate { int64_t person, other; double probability; enum vg_duplicate_state state; const char *pattern; }; /* pattern: what agrees, without names */
/* Keeps the pair where it is not decided already. */
vg_status vg_tracing_put_duplicate(struct vg_tracing_work *work, const struct vg_duplicate *duplicate, struct vg_error *error) VG_MUST_USE;
/* Most probable first; person 0: of all. */
vg_status vg_tracing_duplicates(struct vg_store *store, int64_t person, enum vg_duplicate_state state, size_t most, struct vg_arena *arena, struct vg_duplicate **duplicates,
                                size_t *n, struct vg_error *error) VG_MUST_USE;
/* They are two persons: never shown again. */
vg_status vg_tracing_different(struct vg_tracing_work *work, int64_t person, int64_t other, const char *reason, struct vg_error *error) VG_MUST_USE;
/*
 * Every case, contact, attendance and order of `from` becomes one of `into`; `from` stays, with its identity and codes, as another name of it. *step: the row of the audit by
 * which it can be undone. What would join a person with itself stays where it was.
 */
vg_status vg_tracing_merge(struct vg_tracing_work *work, int64_t from, int64_t into, const char *reason, int64_t *step, struct vg_error *error) VG_MUST_USE;
/* Everything that step moved goes back, and nothing else; persons: the two that they are again. VG_DATA_ERROR: no merging, or undone already. */
vg_status vg_tracing_undo_merge(struct vg_tracing_work *work, int64_t step, const char *reason, int64_t persons[2], struct vg_error *error) VG_MUST_USE;

/* Merges, the newest first: `person` was merged into `into`. undone: it was taken back. */
struct vg_merge { int64_t step, person, into; const char *at, *actor; bool undone; };
vg_status vg_tracing_merges(struct vg_store *store, size_t most, struct vg_arena *arena, struct vg_merge **merges, size_t *n, struct vg_error *error) VG_MUST_USE;

/* ---------------------------------------------------------- audit, retention */

struct vg_audit_row { int64_t id, person, object_id; const char *at, *actor, *role, *action, *object, *reason, *detail; };
struct vg_audit_query { int64_t person; const char *actor, *action; size_t most; }; /* 0, NULL: all; newest first */
vg_status vg_tracing_audit(struct vg_store *store, const struct vg_audit_query *query, struct vg_arena *arena, struct vg_audit_row **rows, size_t *n_rows, struct vg_error *error) VG_MUST_USE;

/* Days after the last day that a person matters as such, after which what identifies is erased. */
enum vg_retention { VG_RETENTION_CASE, VG_RETENTION_CONTACT, VG_RETENTION_ATTENDEE, VG_RETENTION_OTHER, VG_RETENTION_COUNT };
extern const char *const vg_retention_names[VG_RETENTION_COUNT]; /* "case", "contact", "attendee", "other" */
vg_status vg_tracing_periods(struct vg_store *store, int64_t days[VG_RETENTION_COUNT], struct vg_error *error) VG_MUST_USE;
vg_status vg_tracing_set_period(struct vg_store *store, const struct vg_actor *actor, enum vg_retention kind, int64_t days, struct vg_error *error) VG_MUST_USE;
struct vg_retain_summary { size_t n_due, n_kept; int32_t next; }; /* next: the first day on which more is due, or none */
/*
 * Erases identities and search codes of whom it is due on that day, and the merged ones with them; rows of persons, cases, contacts and the rest stay. A person is kept as long
 * as any of what it is (case, contact, attendee) asks for it. The database overwrites what it deletes, and its log is emptied. dry: only counts. Administrators alone.
 */
vg_status vg_tracing_retain(struct vg_store *store, const struct vg_actor *actor, int32_t today, bool dry, struct vg_retain_summary *summary, struct vg_error *error) VG_MUST_USE;

/* --------------------------------------------------------------- indicators */

/* What WHO asks tracing for, over days from to to; shares NaN where nothing counts. */
struct vg_tracing_indicators {
    size_t cases, cases_with_contacts, contacts, contacts_open, contacts_completed, contacts_lost, contacts_became_case;
    size_t visits_due, visits_made;    /* contact-days of follow-up, and those on which the contact was seen */
    size_t cases_known_as_contacts;    /* registered as a contact before they were reported */
    size_t cases_traced_in_24h;        /* with a contact registered at most a day after the report */
    size_t contacts_with_symptoms;     /* in any visit */
    double days_exposure_to_listing, days_report_to_listing; /* means: last contact to registration; report of the source to registration */
};
vg_status vg_tracing_indicate(struct vg_store *store, int32_t from, int32_t to, const char *place, struct vg_tracing_indicators *out, struct vg_error *error) VG_MUST_USE;

#endif
