/*
 * Persons seen together: two that may be one, side by side; who attended an event and what became of them; names for a reason; merges that can be undone.
 */
#include "jobs/tracing/internal.h"

#define MERGES_USUAL 20

static vg_status count_of(struct vg_store *store, enum vg_tracing_kind kind, const char *field, int64_t person, size_t *n, struct vg_error *error)
{
    struct vg_tracing_query query = {.kind = kind};
    vg_tracing_where(&query, field, VG_IS, person);
    return vg_tracing_count(store, &query, n, error);
}

static vg_status beside_cells(struct vg_store *store, struct vg_tracing_lookup *lookup, int64_t id, struct vg_arena *arena, struct vg_table *table, struct vg_error *error)
{
    static const struct { enum vg_tracing_kind kind; const char *field; } counted[] = {
        {VG_TRACING_CASE, "person"}, {VG_TRACING_CONTACT, "person"}, {VG_TRACING_CONTACT, "source"}, {VG_TRACING_ATTENDANCE, "person"}, {VG_TRACING_ORDER, "person"}};
    struct vg_tracing_person person;
    struct vg_brief_case newest;
    size_t counts[sizeof counted / sizeof *counted] = {0};
    vg_status status = vg_tracing_get(store, VG_TRACING_PERSON, id, arena, &person, error);
    if (status == VG_OK) {
        status = vg_tracing_look_case(lookup, person.id, &newest, error);
    }
    for (size_t i = 0; status == VG_OK && i < sizeof counted / sizeof *counted; i++) {
        status = count_of(store, counted[i].kind, counted[i].field, person.id, &counts[i], error);
    }
    if (status != VG_OK) {
        return status;
    }
    vg_table_integer(table, person.id);
    tracing_id_cell(table, person.birth_year);
    vg_table_text(table, person.sex == 0 ? NULL : vg_tracing_word(VG_TRACING_PERSON, "sex", person.sex));
    vg_table_text(table, person.place);
    vg_table_date(table, person.added);
    for (size_t i = 0; i < sizeof counted / sizeof *counted; i++) {
        vg_table_integer(table, (int64_t)counts[i]);
    }
    tracing_id_cell(table, newest.id);
    vg_table_text(table, newest.id == 0 || newest.class == 0 ? NULL : vg_tracing_word(VG_TRACING_CASE, "class", newest.class));
    vg_table_date(table, newest.onset);
    vg_table_date(table, newest.report);
    return VG_OK;
}

vg_status vg_job_tracing_beside(struct vg_store *store, const int64_t *persons, size_t n_persons, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    static const struct { const char *name; enum vg_column_kind kind; } columns[] = {
        {"person", VG_COLUMN_INTEGER}, {"birth_year", VG_COLUMN_INTEGER}, {"sex", VG_COLUMN_TEXT},       {"place", VG_COLUMN_TEXT},     {"added", VG_COLUMN_DATE}, {"cases", VG_COLUMN_INTEGER}, {"contacts", VG_COLUMN_INTEGER},
        {"contacts_of", VG_COLUMN_INTEGER}, {"events", VG_COLUMN_INTEGER}, {"orders", VG_COLUMN_INTEGER}, {"case", VG_COLUMN_INTEGER}, {"class", VG_COLUMN_TEXT}, {"onset", VG_COLUMN_DATE}, {"report", VG_COLUMN_DATE}};
    struct vg_tracing_lookup *lookup = NULL;
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        vg_table_add_column(&answer->table, columns[i].name, columns[i].kind);
    }
    vg_status status = vg_tracing_lookup_open(store, &lookup, error);
    for (size_t i = 0; status == VG_OK && i < n_persons; i++) {
        status = beside_cells(store, lookup, persons[i], arena, &answer->table, error);
    }
    vg_tracing_lookup_close(lookup);
    tracing_meta_begin(answer);
    return status == VG_OK ? tracing_meta_end(answer, error) : status;
}

vg_status vg_job_tracing_names(struct vg_store *store, const struct vg_actor *actor, const int64_t *persons, size_t n_persons, const char *reason, struct vg_arena *arena, struct vg_answer *answer,
                               struct vg_error *error)
{
    struct vg_identity *names = VG_ARENA_ARRAY(arena, struct vg_identity, n_persons + 1);
    vg_status status = names == NULL ? vg_fail_memory(error, n_persons * sizeof *names) : vg_tracing_show(store, actor, reason, persons, n_persons, arena, names, error);
    if (status != VG_OK) {
        return status;
    }
    vg_table_add_column(&answer->table, "person", VG_COLUMN_INTEGER);
    tracing_name_columns(&answer->table);
    for (size_t i = 0; i < n_persons; i++) {
        vg_table_integer(&answer->table, persons[i]);
        tracing_name_cells(&answer->table, &names[i]);
    }
    tracing_meta_begin(answer);
    return tracing_meta_end(answer, error);
}

/* ------------------------------------------------------------------- events */

struct listing { struct vg_store *store; struct vg_tracing_lookup *lookup; struct vg_arena *arena; struct vg_table *table; int64_t event; };

/* The contact that an attendance was turned into; none: id 0. */
static vg_status contact_of(const struct listing *listing, int64_t person, struct vg_contact *contact, struct vg_error *error)
{
    struct vg_tracing_query query = {.kind = VG_TRACING_CONTACT, .most = 1};
    struct vg_contact *found = NULL;
    size_t n = 0;
    vg_tracing_where(&query, "event", VG_IS, listing->event);
    vg_tracing_where(&query, "person", VG_IS, person);
    vg_status status = vg_tracing_select(listing->store, &query, listing->arena, &found, &n, error);
    *contact = status == VG_OK && n > 0 ? found[0] : (struct vg_contact){.id = 0};
    return status;
}

static vg_status attendance_cells(const struct listing *listing, const struct vg_attendance *row, const struct vg_identity *name, struct vg_error *error)
{
    struct vg_table *table = listing->table;
    struct vg_brief_person person;
    struct vg_brief_case newest;
    struct vg_contact contact;
    vg_status status = vg_tracing_look_person(listing->lookup, row->person, &person, error);
    if (status == VG_OK) {
        status = vg_tracing_look_case(listing->lookup, row->person, &newest, error);
    }
    if (status == VG_OK) {
        status = contact_of(listing, row->person, &contact, error);
    }
    if (status != VG_OK) {
        return status;
    }
    vg_table_integer(table, row->id);
    vg_table_integer(table, row->person);
    tracing_id_cell(table, person.birth_year);
    vg_table_text(table, person.sex == 0 ? NULL : vg_tracing_word(VG_TRACING_PERSON, "sex", person.sex));
    vg_table_date(table, row->first);
    vg_table_date(table, row->last);
    tracing_id_cell(table, newest.id);
    vg_table_text(table, newest.id == 0 || newest.class == 0 ? NULL : vg_tracing_word(VG_TRACING_CASE, "class", newest.class));
    vg_table_date(table, newest.onset);
    tracing_id_cell(table, contact.id);
    vg_table_text(table, contact.id == 0 ? NULL : vg_tracing_word(VG_TRACING_CONTACT, "status", contact.status));
    if (name != NULL) {
        tracing_name_cells(table, name);
    }
    return VG_OK;
}

vg_status vg_job_tracing_attendees(struct vg_store *store, const struct vg_actor *actor, int64_t event_id, const char *names_for, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    static const struct { const char *name; enum vg_column_kind kind; } columns[] = {
        {"id", VG_COLUMN_INTEGER}, {"person", VG_COLUMN_INTEGER}, {"birth_year", VG_COLUMN_INTEGER}, {"sex", VG_COLUMN_TEXT}, {"first", VG_COLUMN_DATE}, {"last", VG_COLUMN_DATE}, {"case", VG_COLUMN_INTEGER}, {"class", VG_COLUMN_TEXT},
        {"onset", VG_COLUMN_DATE}, {"contact", VG_COLUMN_INTEGER}, {"status", VG_COLUMN_TEXT}};
    struct vg_tracing_query query = {.kind = VG_TRACING_ATTENDANCE, .most = VG_TRACING_ATTENDEES_MOST};
    struct listing listing = {.store = store, .arena = arena, .table = &answer->table, .event = event_id};
    struct vg_attendance *rows = NULL;
    struct vg_identity *names = NULL;
    struct vg_event event;
    size_t n = 0;
    vg_tracing_where(&query, "event", VG_IS, event_id);
    vg_status status = vg_tracing_get(store, VG_TRACING_EVENT, event_id, arena, &event, error);
    if (status == VG_OK) {
        status = vg_tracing_select(store, &query, arena, &rows, &n, error);
    }
    if (status == VG_OK && names_for != NULL) {
        int64_t *persons = VG_ARENA_ARRAY(arena, int64_t, n + 1);
        names = VG_ARENA_ARRAY(arena, struct vg_identity, n + 1);
        for (size_t i = 0; persons != NULL && i < n; i++) {
            persons[i] = rows[i].person;
        }
        status = persons == NULL || names == NULL ? vg_fail_memory(error, n * sizeof *names) : vg_tracing_show(store, actor, names_for, persons, n, arena, names, error);
    }
    if (status == VG_OK) {
        status = vg_tracing_lookup_open(store, &listing.lookup, error);
    }
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        vg_table_add_column(&answer->table, columns[i].name, columns[i].kind);
    }
    if (names != NULL) {
        tracing_name_columns(&answer->table);
    }
    for (size_t i = 0; status == VG_OK && i < n; i++) {
        status = attendance_cells(&listing, &rows[i], names == NULL ? NULL : &names[i], error);
    }
    vg_tracing_lookup_close(listing.lookup);
    tracing_meta_begin(answer);
    return status == VG_OK ? tracing_meta_end(answer, error) : status;
}

/* ------------------------------------------------------------------- merges */

vg_status vg_job_tracing_merges(struct vg_store *store, size_t most, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    struct vg_merge *merges = NULL;
    size_t n = 0;
    vg_status status = vg_tracing_merges(store, most == 0 ? MERGES_USUAL : most, arena, &merges, &n, error);
    vg_table_add_column(&answer->table, "step", VG_COLUMN_INTEGER);
    vg_table_add_column(&answer->table, "at", VG_COLUMN_TEXT);
    vg_table_add_column(&answer->table, "by", VG_COLUMN_TEXT);
    vg_table_add_column(&answer->table, "person", VG_COLUMN_INTEGER);
    vg_table_add_column(&answer->table, "into", VG_COLUMN_INTEGER);
    vg_table_add_column(&answer->table, "undone", VG_COLUMN_BOOLEAN);
    for (size_t i = 0; status == VG_OK && i < n; i++) {
        vg_table_integer(&answer->table, merges[i].step);
        vg_table_text(&answer->table, merges[i].at);
        vg_table_text(&answer->table, merges[i].actor);
        tracing_id_cell(&answer->table, merges[i].person);
        tracing_id_cell(&answer->table, merges[i].into);
        vg_table_boolean(&answer->table, merges[i].undone);
    }
    tracing_meta_begin(answer);
    return status == VG_OK ? tracing_meta_end(answer, error) : status;
}
