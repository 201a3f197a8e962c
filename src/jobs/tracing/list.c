/*
 * Lists of tracing: rows by filter, an officer's day and its sheet, chains, indicators, the audit, erasure.
 */
#include "jobs/tracing/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_USUAL 100
#define DAY_MOST 5000

static vg_status fill_query(const struct vg_tracing_list *list, struct vg_tracing_query *query, struct vg_error *error)
{
    static const struct { const char *date, *state; } columns[VG_TRACING_KIND_COUNT] = {{NULL, NULL}, {"report", "class"}, {"last", "status"}, {"first", NULL}, {NULL, NULL}, {"day", NULL}, {"last", NULL}};
    const struct vg_tracing_shape *shape = vg_tracing_shape(list->kind);
    *query = (struct vg_tracing_query){.kind = list->kind, .newest_first = true, .most = list->most == 0 ? ROWS_USUAL : list->most, .skip = list->skip};
    static const char *const texts[] = {"officer", "place"};
    const char *const values[] = {list->officer, list->place};
    for (size_t i = 0; i < 2; i++) {
        if (values[i] != NULL && vg_tracing_field(shape, texts[i]) == NULL) {
            return vg_fail(error, VG_USAGE_ERROR, "a %s has no %s", shape->name, texts[i]);
        }
        vg_tracing_where_text(query, texts[i], i == 0 ? VG_IS : VG_WITHIN, values[i]);
    }
    if (list->status != NULL && list->kind == VG_TRACING_ORDER) {
        if (strcmp(list->status, "force") != 0) {
            return vg_fail(error, VG_USAGE_ERROR, "the status of orders is force, those whose end has not come and that were not lifted, not \"%.40s\"", list->status);
        }
        vg_tracing_where(query, "last", VG_LATER_OR_NONE, vg_date_today() - 1);
        vg_tracing_where(query, "ended", VG_LATER_OR_NONE, vg_date_today());
    } else if (list->status != NULL) {
        union { struct vg_tracing_case one; struct vg_contact contact; } row;
        const char *name = columns[list->kind].state;
        if (name == NULL) {
            return vg_fail(error, VG_USAGE_ERROR, "a %s has no status", shape->name);
        }
        const struct vg_tracing_field *field = vg_tracing_field(shape, name);
        vg_status status = vg_tracing_fill(field, list->status, &row, error);
        if (status != VG_OK) {
            return status;
        }
        vg_tracing_where(query, name, VG_IS, *(const int *)(const void *)((const char *)&row + field->offset));
    }
    if ((list->from != VG_DATE_NONE || list->to != VG_DATE_NONE) && columns[list->kind].date == NULL) {
        return vg_fail(error, VG_USAGE_ERROR, "a %s has no day", shape->name);
    }
    if (list->from != VG_DATE_NONE) {
        vg_tracing_where(query, columns[list->kind].date, VG_AT_LEAST, list->from);
    }
    if (list->to != VG_DATE_NONE) {
        vg_tracing_where(query, columns[list->kind].date, VG_AT_MOST, list->to);
    }
    if (list->event != 0 && vg_tracing_field(shape, "event") != NULL) {
        vg_tracing_where(query, "event", VG_IS, list->event);
    }
    if (list->person != 0) {
        vg_tracing_where(query, list->kind == VG_TRACING_PERSON ? "id" : "person", VG_IS, list->person);
    }
    return VG_OK;
}

/* Identities of the rows' persons, in one showing. */
static vg_status show_all(struct vg_store *store, const struct vg_actor *actor, const char *reason, const int64_t *persons, size_t n, struct vg_arena *arena, struct vg_identity **out,
                          struct vg_error *error)
{
    *out = VG_ARENA_ARRAY(arena, struct vg_identity, n + 1);
    return *out == NULL ? vg_fail_memory(error, n * sizeof **out) : vg_tracing_show(store, actor, reason, persons, n, arena, *out, error);
}

static vg_status list_cells(struct vg_store *store, const struct vg_tracing_shape *shape, const char *rows, const int64_t *persons, size_t n, const struct vg_identity *names,
                            struct vg_answer *answer, struct vg_error *error)
{
    struct vg_tracing_lookup *lookup = NULL;
    bool person_columns = persons != NULL && vg_tracing_field(shape, "birth_year") == NULL;
    tracing_columns(&answer->table, shape);
    if (person_columns) {
        vg_table_add_column(&answer->table, "birth_year", VG_COLUMN_INTEGER);
        vg_table_add_column(&answer->table, "sex", VG_COLUMN_TEXT);
    }
    if (names != NULL) {
        tracing_name_columns(&answer->table);
    }
    vg_status status = person_columns ? vg_tracing_lookup_open(store, &lookup, error) : VG_OK;
    for (size_t i = 0; status == VG_OK && i < n; i++) {
        tracing_cells(&answer->table, shape, rows + i * shape->size);
        if (person_columns) {
            struct vg_brief_person person;
            status = vg_tracing_look_person(lookup, persons[i], &person, error);
            tracing_id_cell(&answer->table, person.birth_year);
            vg_table_text(&answer->table, person.sex == 0 ? NULL : vg_tracing_word(VG_TRACING_PERSON, "sex", person.sex));
        }
        if (names != NULL) {
            tracing_name_cells(&answer->table, &names[i]);
        }
    }
    vg_tracing_lookup_close(lookup);
    return status;
}

vg_status vg_job_tracing_list(struct vg_store *store, const struct vg_actor *actor, const struct vg_tracing_list *list, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    const struct vg_tracing_shape *shape = vg_tracing_shape(list->kind);
    const struct vg_tracing_field *person = list->kind == VG_TRACING_PERSON ? &shape->fields[0] : vg_tracing_field(shape, "person");
    struct vg_tracing_query query;
    struct vg_identity *names = NULL;
    char *rows = NULL;
    size_t n = 0, total = 0;
    bool more = false;
    vg_status status = fill_query(list, &query, error);
    if (status == VG_OK) {
        status = vg_tracing_page(store, &query, arena, &rows, &n, &total, &more, error);
    }
    int64_t *persons = person == NULL ? NULL : VG_ARENA_ARRAY(arena, int64_t, n + 1);
    for (size_t i = 0; status == VG_OK && persons != NULL && i < n; i++) {
        memcpy(&persons[i], rows + i * shape->size + person->offset, sizeof *persons);
    }
    if (status == VG_OK && list->names_for != NULL) {
        status = persons == NULL ? vg_fail(error, VG_USAGE_ERROR, "a %s has no name", shape->name) : show_all(store, actor, list->names_for, persons, n, arena, &names, error);
    }
    if (status == VG_OK) {
        status = list_cells(store, shape, rows, persons, n, names, answer, error);
    }
    tracing_meta_begin(answer);
    job_meta_text(&answer->meta, "kind", shape->name);
    job_meta_number(&answer->meta, "total", (double)total);
    vg_buffer_format(&answer->meta, ",\"more_than_total\":%s", more ? "true" : "false");
    job_meta_number(&answer->meta, "most", (double)query.most);
    job_meta_number(&answer->meta, "skip", (double)query.skip);
    return status == VG_OK ? tracing_meta_end(answer, error) : status;
}

/* --------------------------------------------------------- an officer's day */

struct day_row { struct vg_contact contact; struct vg_brief_person person; struct vg_brief_visits visits; struct vg_brief_order order; };

static int by_person_and_end(const void *a, const void *b)
{
    const struct vg_contact *x = a, *y = b;
    return x->person != y->person ? (x->person < y->person ? -1 : 1) : x->follow_until != y->follow_until ? (x->follow_until > y->follow_until ? -1 : 1) : (x->id < y->id) - (x->id > y->id);
}

static int by_need(const void *a, const void *b)
{
    const struct day_row *x = a, *y = b;
    bool ill_x = x->visits.ill != VG_DATE_NONE, ill_y = y->visits.ill != VG_DATE_NONE;
    int place = strcmp(x->person.place, y->person.place);
    return ill_x != ill_y ? (ill_x ? -1 : 1) : place != 0 ? place : (x->contact.id > y->contact.id) - (x->contact.id < y->contact.id);
}

static vg_status gather_day(struct vg_store *store, const char *officer, int32_t day, struct vg_arena *arena, struct day_row **rows, size_t *n_rows, struct vg_error *error)
{
    struct vg_tracing_query query = {.kind = VG_TRACING_CONTACT, .most = DAY_MOST};
    struct vg_contact *contacts = NULL;
    struct vg_tracing_lookup *lookup = NULL;
    size_t n = 0;
    *n_rows = 0;
    vg_tracing_where_text(&query, "officer", VG_IS, officer);
    vg_tracing_where(&query, "status", VG_IS, VG_CONTACT_OPEN);
    vg_tracing_where(&query, "follow_until", VG_AT_LEAST, day);
    vg_tracing_where(&query, "added", VG_AT_MOST, day);
    vg_status status = vg_tracing_select(store, &query, arena, &contacts, &n, error);
    if (status == VG_OK) {
        status = vg_tracing_lookup_open(store, &lookup, error);
    }
    *rows = VG_ARENA_ARRAY(arena, struct day_row, n + 1);
    if (status == VG_OK && *rows == NULL) {
        status = vg_fail_memory(error, n * sizeof **rows);
    }
    if (status == VG_OK) {
        qsort(contacts, n, sizeof *contacts, by_person_and_end);
    }
    for (size_t i = 0; status == VG_OK && i < n; i++) {
        struct day_row *row = &(*rows)[*n_rows];
        if (i > 0 && contacts[i].person == contacts[i - 1].person) {
            continue; /* met again: the later end counts */
        }
        row->contact = contacts[i];
        status = vg_tracing_look_person(lookup, contacts[i].person, &row->person, error);
        if (status == VG_OK) {
            status = vg_tracing_look_visits(lookup, contacts[i].id, day, &row->visits, error);
        }
        if (status == VG_OK) {
            status = vg_tracing_look_order(lookup, contacts[i].person, day, &row->order, error);
        }
        (*n_rows)++;
    }
    vg_tracing_lookup_close(lookup);
    if (status == VG_OK) {
        qsort(*rows, *n_rows, sizeof **rows, by_need);
    }
    return status;
}

static void day_columns(struct vg_table *table, bool names)
{
    static const struct { const char *name; enum vg_column_kind kind; } columns[] = {
        {"contact", VG_COLUMN_INTEGER},  {"person", VG_COLUMN_INTEGER},      {"birth_year", VG_COLUMN_INTEGER}, {"sex", VG_COLUMN_TEXT},     {"place", VG_COLUMN_TEXT},
        {"last", VG_COLUMN_DATE},        {"day_number", VG_COLUMN_INTEGER},  {"days_left", VG_COLUMN_INTEGER},  {"last_seen", VG_COLUMN_DATE}, {"days_unseen", VG_COLUMN_INTEGER},
        {"symptoms", VG_COLUMN_TEXT},    {"temperature", VG_COLUMN_DOUBLE},  {"alert", VG_COLUMN_BOOLEAN},      {"visited", VG_COLUMN_BOOLEAN}, {"order", VG_COLUMN_TEXT},
        {"order_until", VG_COLUMN_DATE}, {"help", VG_COLUMN_TEXT}};
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        vg_table_add_column(table, columns[i].name, columns[i].kind);
    }
    if (names) {
        tracing_name_columns(table);
    }
}

static void day_cells(struct vg_table *table, const struct day_row *row, int32_t day)
{
    const struct vg_contact *contact = &row->contact;
    int32_t met = contact->last == VG_DATE_NONE ? contact->added : contact->last;
    int32_t since = row->visits.seen == VG_DATE_NONE ? contact->added : row->visits.seen;
    vg_table_integer(table, contact->id);
    vg_table_integer(table, contact->person);
    tracing_id_cell(table, row->person.birth_year);
    vg_table_text(table, row->person.sex == 0 ? NULL : vg_tracing_word(VG_TRACING_PERSON, "sex", row->person.sex));
    vg_table_text(table, row->person.place[0] != '\0' ? row->person.place : contact->place);
    vg_table_date(table, contact->last);
    vg_table_integer(table, (int64_t)day - met);
    vg_table_integer(table, (int64_t)contact->follow_until - day);
    vg_table_date(table, row->visits.seen);
    vg_table_integer(table, (int64_t)day - since);
    vg_table_text(table, row->visits.symptoms[0] == '\0' ? NULL : row->visits.symptoms);
    vg_table_double(table, row->visits.temperature);
    vg_table_boolean(table, row->visits.ill != VG_DATE_NONE);
    vg_table_boolean(table, row->visits.seen == day);
    vg_table_text(table, row->order.id == 0 ? NULL : vg_tracing_word(VG_TRACING_ORDER, "kind", row->order.kind));
    vg_table_date(table, row->order.last);
    vg_table_text(table, row->order.help[0] == '\0' ? NULL : row->order.help);
}

vg_status vg_job_tracing_day(struct vg_store *store, const struct vg_actor *actor, const char *officer, int32_t day, const char *names_for, struct vg_arena *arena, struct vg_answer *answer,
                             struct vg_error *error)
{
    struct day_row *rows = NULL;
    struct vg_identity *names = NULL;
    size_t n = 0;
    vg_status status = officer == NULL ? vg_fail(error, VG_USAGE_ERROR, "whose day? name the officer") : gather_day(store, officer, day, arena, &rows, &n, error);
    if (status == VG_OK && names_for != NULL) {
        int64_t *persons = VG_ARENA_ARRAY(arena, int64_t, n + 1);
        for (size_t i = 0; persons != NULL && i < n; i++) {
            persons[i] = rows[i].contact.person;
        }
        status = persons == NULL ? vg_fail_memory(error, n * sizeof *persons) : show_all(store, actor, names_for, persons, n, arena, &names, error);
    }
    if (status != VG_OK) {
        return status;
    }
    day_columns(&answer->table, names != NULL);
    for (size_t i = 0; i < n; i++) {
        day_cells(&answer->table, &rows[i], day);
        if (names != NULL) {
            tracing_name_cells(&answer->table, &names[i]);
        }
    }
    tracing_meta_begin(answer);
    job_meta_text(&answer->meta, "officer", officer);
    job_meta_date(&answer->meta, "day", day);
    return tracing_meta_end(answer, error);
}

/* ------------------------------------------------------------------- sheet */

static void sheet_text(struct vg_buffer *out, const struct vg_table *table, const char *name, size_t row, const char *before)
{
    const struct vg_column *column = job_column(table, name);
    char date[VG_DATE_TEXT_BYTES];
    if (column == NULL || column->missing[row] != 0) {
        return;
    }
    vg_buffer_text(out, before);
    if (column->kind == VG_COLUMN_TEXT) {
        vg_buffer_append(out, column->values.texts[row].data, column->values.texts[row].size);
    } else if (column->kind == VG_COLUMN_DATE) {
        (void)vg_date_print(column->values.dates[row], date);
        vg_buffer_text(out, date);
    } else if (column->kind == VG_COLUMN_DOUBLE) {
        vg_buffer_format(out, "%.1f", column->values.doubles[row]);
    } else {
        vg_buffer_integer(out, column->values.integers[row]);
    }
}

static bool is_set(const struct vg_table *table, const char *name, size_t row)
{
    const struct vg_column *column = job_column(table, name);
    return column != NULL && column->missing[row] == 0 && column->values.integers[row] != 0;
}

vg_status vg_job_tracing_sheet(const struct vg_answer *day_list, const char *officer, int32_t day, struct vg_buffer *out, struct vg_error *error)
{
    const struct vg_table *table = &day_list->table;
    char date[VG_DATE_TEXT_BYTES];
    (void)vg_date_print(day, date);
    vg_buffer_format(out, "%s   %s   %zu\n", officer, date, table->n_rows);
    for (size_t row = 0; row < table->n_rows; row++) {
        vg_buffer_format(out, "\n%3zu. ", row + 1);
        sheet_text(out, table, "family", row, "");
        sheet_text(out, table, "given", row, ", ");
        sheet_text(out, table, "person", row, "  person ");
        sheet_text(out, table, "birth_year", row, "  *");
        sheet_text(out, table, "sex", row, "  ");
        sheet_text(out, table, "place", row, "  ");
        sheet_text(out, table, "telephone", row, "\n     tel. ");
        sheet_text(out, table, "address", row, "\n     ");
        sheet_text(out, table, "contact", row, "\n     contact ");
        sheet_text(out, table, "last", row, " of ");
        sheet_text(out, table, "day_number", row, ", day ");
        sheet_text(out, table, "days_left", row, ", days left ");
        sheet_text(out, table, "last_seen", row, ", last seen ");
        sheet_text(out, table, "temperature", row, ", ");
        sheet_text(out, table, "symptoms", row, ", ");
        sheet_text(out, table, "order", row, ", ");
        sheet_text(out, table, "order_until", row, " until ");
        sheet_text(out, table, "help", row, ", needs ");
        vg_buffer_text(out, is_set(table, "alert", row) ? "  !!" : "");
        vg_buffer_text(out, is_set(table, "visited", row) ? "\n     [x] visited today\n" : "\n     [ ] seen  [ ] telephone  [ ] not found  [ ] refused   temperature ____   [ ] fever [ ] cough [ ] other: ______________\n");
    }
    return out->failed ? vg_fail_memory(error, out->size) : VG_OK;
}

/* ------------------------------------------------------------------- others */

vg_status vg_job_tracing_chain(struct vg_store *store, int64_t case_id, size_t most, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    static const char *const integers[] = {"depth", "contact", "source", "source_case", "person", "person_case", "event"};
    static const char *const dates[] = {"first", "last", "source_onset", "person_onset"};
    struct vg_tracing_case one;
    struct vg_chain_link *links = NULL;
    size_t n = 0;
    bool whole = true;
    int deepest = 0, highest = 0;
    vg_status status = vg_tracing_get(store, VG_TRACING_CASE, case_id, arena, &one, error);
    if (status == VG_OK) {
        status = vg_tracing_chain(store, one.person, most == 0 ? 10000 : most, arena, &links, &n, &whole, error);
    }
    if (status != VG_OK) {
        return status;
    }
    for (size_t i = 0; i < 7; i++) {
        vg_table_add_column(&answer->table, integers[i], VG_COLUMN_INTEGER);
    }
    for (size_t i = 0; i < 4; i++) {
        vg_table_add_column(&answer->table, dates[i], VG_COLUMN_DATE);
    }
    vg_table_add_column(&answer->table, "days", VG_COLUMN_INTEGER);
    vg_table_add_column(&answer->table, "setting", VG_COLUMN_TEXT);
    vg_table_add_column(&answer->table, "certainty", VG_COLUMN_TEXT);
    for (size_t i = 0; i < n; i++) {
        const struct vg_chain_link *link = &links[i];
        vg_table_integer(&answer->table, link->depth);
        vg_table_integer(&answer->table, link->contact);
        vg_table_integer(&answer->table, link->source);
        vg_table_integer(&answer->table, link->source_case);
        vg_table_integer(&answer->table, link->person);
        vg_table_integer(&answer->table, link->person_case);
        tracing_id_cell(&answer->table, link->event);
        vg_table_date(&answer->table, link->first);
        vg_table_date(&answer->table, link->last);
        vg_table_date(&answer->table, link->source_onset);
        vg_table_date(&answer->table, link->person_onset);
        if (link->source_onset == VG_DATE_NONE || link->person_onset == VG_DATE_NONE) {
            vg_table_missing(&answer->table);
        } else {
            vg_table_integer(&answer->table, (int64_t)link->person_onset - link->source_onset);
        }
        vg_table_text(&answer->table, link->setting == 0 ? NULL : vg_tracing_word(VG_TRACING_CONTACT, "setting", link->setting));
        vg_table_text(&answer->table, link->certainty == 0 ? NULL : vg_tracing_word(VG_TRACING_CONTACT, "certainty", link->certainty));
        deepest = link->depth > deepest ? link->depth : deepest;
        highest = link->depth < highest ? link->depth : highest;
    }
    tracing_meta_begin(answer);
    job_meta_number(&answer->meta, "case", (double)case_id);
    job_meta_number(&answer->meta, "generations_before", -highest);
    job_meta_number(&answer->meta, "generations_after", deepest);
    vg_buffer_format(&answer->meta, ",\"whole\":%s", whole ? "true" : "false");
    return tracing_meta_end(answer, error);
}

vg_status vg_job_tracing_indicators(struct vg_store *store, int32_t from, int32_t to, const char *place, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    struct vg_tracing_indicators all;
    (void)arena;
    vg_status status = vg_tracing_indicate(store, from, to, place, &all, error);
    if (status != VG_OK) {
        return status;
    }
    const struct { const char *name; double over, under; } rows[] = {
        {"cases_with_contacts_listed", (double)all.cases_with_contacts, (double)all.cases},
        {"contacts_per_case", (double)all.contacts, (double)all.cases},
        {"contacts_seen_daily", (double)all.visits_made, (double)all.visits_due},
        {"contacts_completed", (double)all.contacts_completed, (double)(all.contacts - all.contacts_open)},
        {"contacts_lost", (double)all.contacts_lost, (double)all.contacts},
        {"contacts_with_symptoms", (double)all.contacts_with_symptoms, (double)all.contacts},
        {"contacts_that_became_cases", (double)all.contacts_became_case, (double)all.contacts},
        {"cases_from_known_contacts", (double)all.cases_known_as_contacts, (double)all.cases},
        {"cases_traced_within_24h", (double)all.cases_traced_in_24h, (double)all.cases},
        {"days_from_contact_to_listing", NAN, all.days_exposure_to_listing},
        {"days_from_report_to_listing", NAN, all.days_report_to_listing},
    };
    vg_table_add_column(&answer->table, "indicator", VG_COLUMN_TEXT);
    vg_table_add_column(&answer->table, "numerator", VG_COLUMN_DOUBLE);
    vg_table_add_column(&answer->table, "denominator", VG_COLUMN_DOUBLE);
    vg_table_add_column(&answer->table, "value", VG_COLUMN_DOUBLE);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bool share = !isnan(rows[i].over);
        vg_table_text(&answer->table, rows[i].name);
        vg_table_double(&answer->table, rows[i].over);
        vg_table_double(&answer->table, share ? rows[i].under : NAN);
        vg_table_double(&answer->table, !share ? rows[i].under : rows[i].under > 0 ? rows[i].over / rows[i].under : NAN);
    }
    tracing_meta_begin(answer);
    job_meta_date(&answer->meta, "from", from);
    job_meta_date(&answer->meta, "to", to);
    job_meta_text(&answer->meta, "place", place);
    return tracing_meta_end(answer, error);
}

vg_status vg_job_tracing_audit(struct vg_store *store, const struct vg_audit_query *query, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    static const char *const texts[] = {"at", "actor", "role", "action", "object", "reason", "detail"};
    struct vg_audit_row *rows = NULL;
    size_t n = 0;
    vg_status status = vg_tracing_audit(store, query, arena, &rows, &n, error);
    if (status != VG_OK) {
        return status;
    }
    vg_table_add_column(&answer->table, "step", VG_COLUMN_INTEGER);
    for (size_t i = 0; i < 7; i++) {
        vg_table_add_column(&answer->table, texts[i], VG_COLUMN_TEXT);
    }
    vg_table_add_column(&answer->table, "object_id", VG_COLUMN_INTEGER);
    vg_table_add_column(&answer->table, "person", VG_COLUMN_INTEGER);
    for (size_t i = 0; i < n; i++) {
        const char *const cells[] = {rows[i].at, rows[i].actor, rows[i].role, rows[i].action, rows[i].object, rows[i].reason, rows[i].detail};
        vg_table_integer(&answer->table, rows[i].id);
        for (size_t k = 0; k < 7; k++) {
            vg_table_text(&answer->table, cells[k]);
        }
        tracing_id_cell(&answer->table, rows[i].object_id);
        tracing_id_cell(&answer->table, rows[i].person);
    }
    tracing_meta_begin(answer);
    return tracing_meta_end(answer, error);
}

vg_status vg_job_tracing_retain(struct vg_store *store, const struct vg_actor *actor, int32_t today, bool dry, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    int64_t days[VG_RETENTION_COUNT];
    struct vg_retain_summary summary;
    (void)arena;
    vg_status status = vg_tracing_periods(store, days, error);
    if (status == VG_OK) {
        status = vg_tracing_retain(store, actor, today, dry, &summary, error);
    }
    if (status != VG_OK) {
        return status;
    }
    vg_table_add_column(&answer->table, "erased", VG_COLUMN_INTEGER);
    vg_table_add_column(&answer->table, "kept", VG_COLUMN_INTEGER);
    vg_table_add_column(&answer->table, "next_day", VG_COLUMN_DATE);
    vg_table_add_column(&answer->table, "dry_run", VG_COLUMN_BOOLEAN);
    vg_table_integer(&answer->table, (int64_t)summary.n_due);
    vg_table_integer(&answer->table, (int64_t)summary.n_kept);
    vg_table_date(&answer->table, summary.next);
    vg_table_boolean(&answer->table, dry);
    for (int i = 0; i < VG_RETENTION_COUNT; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "%s_days", vg_retention_names[i]);
        char *kept = vg_arena_copy(answer->table.arena, name);
        vg_table_append_text(&answer->table, kept, vg_arena_format(answer->table.arena, "%lld", (long long)days[i]));
    }
    tracing_meta_begin(answer);
    return tracing_meta_end(answer, error);
}

vg_status vg_job_tracing_show(struct vg_store *store, const struct vg_actor *actor, int64_t person, const char *reason, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    struct vg_tracing_person row;
    struct vg_identity identity;
    vg_status status = vg_tracing_get(store, VG_TRACING_PERSON, person, arena, &row, error);
    if (status == VG_OK) {
        status = vg_tracing_show(store, actor, reason, &row.id, 1, arena, &identity, error);
    }
    if (status != VG_OK) {
        return status;
    }
    tracing_columns(&answer->table, vg_tracing_shape(VG_TRACING_PERSON));
    tracing_name_columns(&answer->table);
    tracing_cells(&answer->table, vg_tracing_shape(VG_TRACING_PERSON), &row);
    tracing_name_cells(&answer->table, &identity);
    tracing_meta_begin(answer);
    return tracing_meta_end(answer, error);
}
