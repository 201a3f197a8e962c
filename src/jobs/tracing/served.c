/*
 * Tracing as the server tells it: the jobs of this folder behind one question, and visits that devices send, each of which is one record however often it arrives.
 */
#include "jobs/tracing/internal.h"

#include <math.h>
#include <string.h>

#define INDICATOR_DAYS 30
#define DUPLICATES_USUAL 100
#define DAYS_AHEAD 1 /* of a device whose day begins before the server's */

static const struct vg_actor reader = {"page", VG_ROLE_READER};

/* --------------------------------------------------------------- questions */

static vg_status officers(struct vg_store *store, const struct vg_request *request, int32_t day, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    const struct vg_tracing_query cases = {.kind = VG_TRACING_CASE}, contacts = {.kind = VG_TRACING_CONTACT};
    struct vg_officer *found = NULL;
    size_t n = 0, n_cases = 0, n_contacts = 0;
    vg_status status = vg_tracing_officers(store, day, arena, &found, &n, error);
    if (status == VG_OK) {
        status = vg_tracing_count(store, &cases, &n_cases, error);
    }
    if (status == VG_OK) {
        status = vg_tracing_count(store, &contacts, &n_contacts, error);
    }
    if (status != VG_OK) {
        return status;
    }
    vg_table_add_column(&answer->table, "officer", VG_COLUMN_TEXT);
    vg_table_add_column(&answer->table, "open", VG_COLUMN_INTEGER);
    for (size_t i = 0; i < n; i++) {
        vg_table_text(&answer->table, found[i].name);
        vg_table_integer(&answer->table, (int64_t)found[i].open);
    }
    tracing_meta_begin(answer);
    job_meta_date(&answer->meta, "day", day);
    job_meta_date(&answer->meta, "today", vg_date_today());
    job_meta_number(&answer->meta, "cases", (double)n_cases);
    job_meta_number(&answer->meta, "contacts", (double)n_contacts);
    vg_buffer_format(&answer->meta, ",\"names\":%s", request->names ? "true" : "false");
    return tracing_meta_end(answer, error);
}

static vg_status list(struct vg_store *store, const struct vg_request *request, enum vg_tracing_kind kind, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    const struct vg_tracing_list wanted = {.kind = kind, .officer = request->officer, .place = request->place, .status = request->status, .from = request->from, .to = request->to,
                                           .person = request->person, .event = request->event, .most = request->most, .skip = request->skip};
    return vg_job_tracing_list(store, &reader, &wanted, arena, answer, error);
}

/* What each table takes; what it does not would be passed over in silence. */
enum taken { BY_OFFICER = 1, BY_PLACE = 2, BY_STATUS = 4, BY_SPAN = 8, BY_DAY = 16, BY_DISEASE = 32, BY_MOST = 64, BY_SKIP = 128, BY_PERSON = 256, BY_EVENT = 512, BY_OTHER = 1024 };
#define BY_PAGE (BY_OFFICER | BY_SPAN | BY_MOST | BY_SKIP)
static const struct { const char *name; unsigned takes; } shown[] = {
    {"officers", BY_DAY}, {"contacts", BY_PAGE | BY_PLACE | BY_STATUS | BY_PERSON | BY_EVENT}, {"cases", BY_PAGE | BY_PLACE | BY_STATUS | BY_PERSON}, {"day", BY_OFFICER | BY_DAY},
    {"forward", BY_OFFICER | BY_PLACE | BY_DAY | BY_DISEASE | BY_MOST}, {"backward", BY_OFFICER | BY_PLACE | BY_DAY | BY_DISEASE | BY_MOST}, {"indicators", BY_PLACE | BY_SPAN | BY_DAY},
    {"events", BY_PAGE | BY_PLACE}, {"attendees", BY_EVENT}, {"orders", BY_PAGE | BY_PERSON | BY_STATUS}, {"duplicates", BY_PERSON | BY_MOST}, {"beside", BY_PERSON | BY_OTHER}, {"merges", BY_MOST}};
enum { SHOW_OFFICERS, SHOW_CONTACTS, SHOW_CASES, SHOW_DAY, SHOW_FORWARD, SHOW_BACKWARD, SHOW_INDICATORS, SHOW_EVENTS, SHOW_ATTENDEES, SHOW_ORDERS, SHOW_DUPLICATES, SHOW_BESIDE, SHOW_MERGES, SHOWS };
_Static_assert(sizeof shown / sizeof *shown == SHOWS, "a name for each table");

static vg_status find_show(const struct vg_request *request, size_t *which, struct vg_error *error)
{
    const struct { const char *name; bool given; enum taken bit; } given[] = {
        {"officer", request->officer != NULL, BY_OFFICER}, {"place", request->place != NULL, BY_PLACE}, {"status", request->status != NULL, BY_STATUS}, {"from", request->from != VG_DATE_NONE, BY_SPAN},
        {"to", request->to != VG_DATE_NONE, BY_SPAN}, {"date", request->day != VG_DATE_NONE, BY_DAY}, {"disease", request->disease != NULL, BY_DISEASE}, {"most", request->most != 0, BY_MOST},
        {"skip", request->skip != 0, BY_SKIP}, {"person", request->person != 0, BY_PERSON}, {"event", request->event != 0, BY_EVENT}, {"other", request->other != 0, BY_OTHER}};
    *which = 0;
    while (request->show != NULL && *which < SHOWS && strcmp(shown[*which].name, request->show) != 0) {
        (*which)++;
    }
    if (*which == SHOWS) {
        return vg_fail(error, VG_USAGE_ERROR, "show is officers, contacts, cases, day, forward, backward, indicators, events, attendees, orders, duplicates, beside or merges, not \"%.40s\"", request->show);
    }
    for (size_t i = 0; i < sizeof given / sizeof *given; i++) {
        if (given[i].given && (shown[*which].takes & given[i].bit) == 0) {
            return vg_fail(error, VG_USAGE_ERROR, "show=%s takes no %s", shown[*which].name, given[i].name);
        }
    }
    return VG_OK;
}

static vg_status answer_show(struct vg_store *store, const struct vg_request *request, size_t which, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    int32_t day = request->day == VG_DATE_NONE ? vg_date_today() : request->day;
    const struct vg_tracing_rank rank = {request->officer, request->place, request->disease, day, request->most};
    int32_t to = request->to == VG_DATE_NONE ? day : request->to;
    int32_t from = request->from == VG_DATE_NONE ? to - INDICATOR_DAYS + 1 : request->from;
    const int64_t persons[] = {request->person, request->other};
    switch (which) {
    case SHOW_CONTACTS:
        return list(store, request, VG_TRACING_CONTACT, arena, answer, error);
    case SHOW_CASES:
        return list(store, request, VG_TRACING_CASE, arena, answer, error);
    case SHOW_EVENTS:
        return list(store, request, VG_TRACING_EVENT, arena, answer, error);
    case SHOW_ORDERS:
        return list(store, request, VG_TRACING_ORDER, arena, answer, error);
    case SHOW_ATTENDEES:
        return vg_job_tracing_attendees(store, &reader, request->event, NULL, arena, answer, error);
    case SHOW_DUPLICATES:
        return vg_job_tracing_duplicates(store, &reader, request->person, request->most == 0 ? DUPLICATES_USUAL : request->most, NULL, arena, answer, error);
    case SHOW_BESIDE:
        return vg_job_tracing_beside(store, persons, request->other == 0 ? 1 : 2, arena, answer, error);
    case SHOW_MERGES:
        return vg_job_tracing_merges(store, request->most, arena, answer, error);
    case SHOW_DAY:
        return vg_job_tracing_day(store, &reader, request->officer, day, NULL, arena, answer, error);
    case SHOW_FORWARD:
        return vg_job_tracing_forward(store, &rank, arena, answer, error);
    case SHOW_BACKWARD:
        return vg_job_tracing_backward(store, &rank, arena, answer, error);
    case SHOW_INDICATORS:
        return vg_job_tracing_indicators(store, from, to, request->place, arena, answer, error);
    default:
        return officers(store, request, day, arena, answer, error);
    }
}

vg_status vg_job_tracing_served(struct vg_store *store, const struct vg_request *request, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    size_t which = 0, n_datasets = 0;
    struct vg_dataset *datasets = NULL;
    vg_status status = find_show(request, &which, error);
    if (status == VG_OK) {
        status = vg_store_datasets(store, arena, &datasets, &n_datasets, error);
    }
    if (status == VG_OK) {
        status = answer_show(store, request, which, arena, answer, error);
    }
    if (status == VG_OK && job_is_invented(datasets, n_datasets)) {
        answer->simulated = true;
        answer->meta.size--; /* the object's end */
        job_meta_text(&answer->meta, "exercise", VG_EXERCISE_MARK);
        status = tracing_meta_end(answer, error);
    }
    return status;
}

/* ------------------------------------------------------------------ visits */

static void fill_visit(const struct vg_followup_told *told, const struct vg_actor *actor, struct vg_followup *row)
{
    vg_tracing_clear(VG_TRACING_FOLLOWUP, row);
    row->contact = told->contact;
    row->day = told->day;
    row->seen = told->seen;
    row->temperature = told->temperature;
    row->officer = actor->name;
    row->entry = told->entry;
}

static bool is_same(const struct vg_followup *known, const struct vg_followup *row)
{
    return known->contact == row->contact && known->day == row->day && known->seen == row->seen && strcmp(known->symptoms == NULL ? "" : known->symptoms, row->symptoms == NULL ? "" : row->symptoms) == 0 &&
           (isnan(known->temperature) ? isnan(row->temperature) : known->temperature == row->temperature);
}

/* What was said of the same entry before; n 0: nothing. */
static vg_status find_entry(struct vg_store *store, const char *entry, struct vg_arena *arena, struct vg_followup **known, size_t *n, struct vg_error *error)
{
    struct vg_tracing_query query = {.kind = VG_TRACING_FOLLOWUP, .most = 1};
    vg_tracing_where_text(&query, "entry", VG_IS, entry);
    return vg_tracing_select(store, &query, arena, known, n, error);
}

/* Who turns out to be ill is a case of that day; who is one already stays that one. */
static vg_status put_case(struct vg_tracing_work *work, const struct vg_followup_told *told, struct vg_contact *contact, struct vg_error *error)
{
    struct vg_tracing_case one;
    vg_tracing_clear(VG_TRACING_CASE, &one);
    one.class = told->class;
    one.onset = told->onset;
    one.report = told->day;
    vg_status status = tracing_case_of_contact(contact, &one, error);
    if (status == VG_OK) {
        status = vg_tracing_put(work, VG_TRACING_CASE, &one, error);
    }
    return status == VG_OK ? tracing_end_with_case(work, contact, one.id, error) : status;
}

static vg_status put_visit(struct vg_store *store, const struct vg_actor *actor, const struct vg_followup_told *told, struct vg_followup *row, struct vg_arena *arena, struct vg_error *error)
{
    struct vg_tracing_work *work = NULL;
    struct vg_contact contact = {.became_case = 0};
    vg_status status = vg_tracing_begin(store, actor, &work, error);
    if (status != VG_OK) {
        return status;
    }
    status = vg_tracing_put(work, VG_TRACING_FOLLOWUP, row, error);
    if (status == VG_OK && told->class != VG_CLASS_UNKNOWN) {
        status = vg_tracing_get(store, VG_TRACING_CONTACT, told->contact, arena, &contact, error);
        status = status == VG_OK && contact.became_case == 0 ? put_case(work, told, &contact, error) : status;
    }
    return vg_tracing_end(work, status, error);
}

/* Whether the visit is one that can be: VG_USAGE_ERROR, VG_NOT_FOUND say why not. */
static vg_status check_visit(struct vg_store *store, const struct vg_followup_told *told, const struct vg_followup *row, struct vg_arena *arena, struct vg_error *error)
{
    struct vg_contact contact;
    if (row->day > vg_date_today() + DAYS_AHEAD) {
        return vg_fail(error, VG_USAGE_ERROR, "this day is still to come");
    }
    if (told->onset != VG_DATE_NONE && (told->class == VG_CLASS_UNKNOWN || told->onset > row->day)) {
        return vg_fail(error, VG_USAGE_ERROR, told->class == VG_CLASS_UNKNOWN ? "an onset is of a case: say which" : "the onset is after the visit");
    }
    vg_status status = vg_tracing_check(VG_TRACING_FOLLOWUP, row, error);
    return status == VG_OK ? vg_tracing_get(store, VG_TRACING_CONTACT, row->contact, arena, &contact, error) : status;
}

/* Nothing that is wrong with the visit itself is a failure of the whole. */
static vg_status take_visit(struct vg_store *store, const struct vg_actor *actor, const struct vg_followup_told *told, struct vg_arena *arena, struct vg_table *table, struct vg_error *error)
{
    struct vg_followup row, *known = NULL;
    struct vg_error why = {0};
    size_t n = 0;
    const char *state = "taken";
    fill_visit(told, actor, &row);
    vg_status fit = tracing_symptoms(told->symptoms, arena, &row.symptoms, &why);
    vg_status status = find_entry(store, told->entry, arena, &known, &n, error);
    if (status != VG_OK) {
        return status;
    }
    fit = fit != VG_OK ? fit : n == 0 ? check_visit(store, told, &row, arena, &why) : is_same(known, &row) ? VG_OK : vg_fail(&why, VG_USAGE_ERROR, "this entry was used for another visit");
    if (fit != VG_OK && fit != VG_USAGE_ERROR && fit != VG_NOT_FOUND) {
        *error = why;
        return fit;
    }
    if (fit != VG_OK) {
        state = "refused";
    } else if (n > 0) {
        row.id = known->id;
        state = "known";
    } else {
        status = put_visit(store, actor, told, &row, arena, error);
    }
    struct vg_contact contact = {.became_case = 0};
    if (status == VG_OK && fit == VG_OK) {
        status = vg_tracing_get(store, VG_TRACING_CONTACT, told->contact, arena, &contact, error);
    }
    if (status == VG_OK) {
        vg_table_text(table, vg_arena_copy(table->arena, told->entry));
        vg_table_integer(table, told->contact);
        tracing_id_cell(table, row.id);
        vg_table_text(table, state);
        vg_table_text(table, fit == VG_OK ? NULL : vg_arena_copy(table->arena, why.message));
        tracing_id_cell(table, contact.became_case);
    }
    return status;
}

vg_status vg_job_tracing_followups(struct vg_store *store, const struct vg_actor *actor, const struct vg_followup_told *told, size_t n_told, struct vg_arena *arena, struct vg_answer *answer,
                                   struct vg_error *error)
{
    static const struct { const char *name; enum vg_column_kind kind; } columns[] = {
        {"entry", VG_COLUMN_TEXT}, {"contact", VG_COLUMN_INTEGER}, {"followup", VG_COLUMN_INTEGER}, {"state", VG_COLUMN_TEXT}, {"reason", VG_COLUMN_TEXT}, {"case", VG_COLUMN_INTEGER}};
    vg_status status = actor->name == NULL || actor->name[0] == '\0' ? vg_fail(error, VG_USAGE_ERROR, "by says who made the visits") : VG_OK;
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        vg_table_add_column(&answer->table, columns[i].name, columns[i].kind);
    }
    for (size_t i = 0; status == VG_OK && i < n_told; i++) {
        status = take_visit(store, actor, &told[i], arena, &answer->table, error);
    }
    tracing_meta_begin(answer);
    return status == VG_OK ? tracing_meta_end(answer, error) : status;
}
