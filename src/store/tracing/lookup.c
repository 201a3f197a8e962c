/*
 * Small questions asked for each row of a list, and the chain of a case, walked outwards from it over contacts between cases.
 */
#include "store/tracing/tracing_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum question { ASK_PERSON, ASK_VISITS, ASK_CASE, ASK_ORDER, QUESTIONS };

struct vg_tracing_lookup {
    struct vg_store *store;
    sqlite3_stmt *statements[QUESTIONS];
};

static const char *const questions[QUESTIONS] = {
    [ASK_PERSON] = "SELECT birth_year, sex, place FROM tracing_person WHERE id = ?1",
    [ASK_VISITS] = "SELECT day, seen, symptoms, temperature FROM tracing_followup WHERE contact = ?1 AND day <= ?2 ORDER BY day DESC, id DESC LIMIT 60",
    [ASK_CASE] = "SELECT id, onset, report, class FROM tracing_case WHERE person = ?1 AND class != 4 ORDER BY id DESC LIMIT 1",
    [ASK_ORDER] = ("SELECT id, kind, last, help FROM tracing_order WHERE person = ?1 AND (first IS NULL OR first <= ?2) AND (last IS NULL OR last >= ?2) AND"
                   " (ended IS NULL OR ended > ?2) ORDER BY id DESC LIMIT 1"),
};

vg_status vg_tracing_lookup_open(struct vg_store *store, struct vg_tracing_lookup **out, struct vg_error *error)
{
    struct vg_tracing_lookup *lookup = calloc(1, sizeof *lookup);
    vg_status status = lookup == NULL ? vg_fail_memory(error, sizeof *lookup) : VG_OK;
    for (int i = 0; status == VG_OK && i < QUESTIONS; i++) {
        lookup->store = store;
        status = store_prepare(store->db, questions[i], &lookup->statements[i], error);
    }
    if (status != VG_OK) {
        vg_tracing_lookup_close(lookup);
        lookup = NULL;
    }
    *out = lookup;
    return status;
}

void vg_tracing_lookup_close(struct vg_tracing_lookup *lookup)
{
    for (int i = 0; lookup != NULL && i < QUESTIONS; i++) {
        (void)sqlite3_finalize(lookup->statements[i]);
    }
    free(lookup);
}

static int32_t date_of(sqlite3_stmt *statement, int column)
{
    return sqlite3_column_type(statement, column) == SQLITE_NULL ? VG_DATE_NONE : sqlite3_column_int(statement, column);
}

static void text_of(sqlite3_stmt *statement, int column, char *out, size_t size)
{
    const char *text = (const char *)sqlite3_column_text(statement, column);
    (void)snprintf(out, size, "%s", text == NULL ? "" : text);
}

/* Steps; false at the end, where the statement is reset and *status tells how it went. */
static bool next(struct vg_tracing_lookup *lookup, sqlite3_stmt *statement, vg_status *status, struct vg_error *error)
{
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        return true;
    }
    *status = code == SQLITE_DONE ? VG_OK : store_sql_error(lookup->store->db, error, "reading tracing");
    (void)sqlite3_reset(statement);
    return false;
}

vg_status vg_tracing_look_person(struct vg_tracing_lookup *lookup, int64_t person, struct vg_brief_person *out, struct vg_error *error)
{
    sqlite3_stmt *statement = lookup->statements[ASK_PERSON];
    vg_status status = VG_OK;
    *out = (struct vg_brief_person){0};
    (void)sqlite3_bind_int64(statement, 1, person);
    if (next(lookup, statement, &status, error)) {
        out->birth_year = sqlite3_column_int64(statement, 0);
        out->sex = sqlite3_column_int(statement, 1);
        text_of(statement, 2, out->place, sizeof out->place);
        (void)sqlite3_reset(statement);
    }
    return status;
}

vg_status vg_tracing_look_visits(struct vg_tracing_lookup *lookup, int64_t contact, int32_t until, struct vg_brief_visits *out, struct vg_error *error)
{
    sqlite3_stmt *statement = lookup->statements[ASK_VISITS];
    vg_status status = VG_OK;
    *out = (struct vg_brief_visits){.last = VG_DATE_NONE, .seen = VG_DATE_NONE, .ill = VG_DATE_NONE, .temperature = NAN};
    (void)sqlite3_bind_int64(statement, 1, contact);
    (void)sqlite3_bind_int(statement, 2, until);
    while (next(lookup, statement, &status, error)) {
        int32_t day = sqlite3_column_int(statement, 0);
        int seen = sqlite3_column_int(statement, 1);
        out->last = out->n == 0 ? day : out->last;
        out->n++;
        if (seen == VG_SEEN_NOT || seen == VG_SEEN_REFUSED) {
            continue;
        }
        if (out->seen == VG_DATE_NONE) {
            out->seen = day;
            out->temperature = sqlite3_column_type(statement, 3) == SQLITE_NULL ? NAN : sqlite3_column_double(statement, 3);
        }
        bool fever = sqlite3_column_type(statement, 3) != SQLITE_NULL && sqlite3_column_double(statement, 3) >= 38;
        if (out->ill == VG_DATE_NONE && (fever || sqlite3_column_type(statement, 2) != SQLITE_NULL)) {
            out->ill = day;
            text_of(statement, 2, out->symptoms, sizeof out->symptoms);
        }
    }
    return status;
}

vg_status vg_tracing_look_case(struct vg_tracing_lookup *lookup, int64_t person, struct vg_brief_case *out, struct vg_error *error)
{
    sqlite3_stmt *statement = lookup->statements[ASK_CASE];
    vg_status status = VG_OK;
    *out = (struct vg_brief_case){.onset = VG_DATE_NONE, .report = VG_DATE_NONE};
    (void)sqlite3_bind_int64(statement, 1, person);
    if (next(lookup, statement, &status, error)) {
        *out = (struct vg_brief_case){sqlite3_column_int64(statement, 0), date_of(statement, 1), date_of(statement, 2), sqlite3_column_int(statement, 3)};
        (void)sqlite3_reset(statement);
    }
    return status;
}

vg_status vg_tracing_look_order(struct vg_tracing_lookup *lookup, int64_t person, int32_t day, struct vg_brief_order *out, struct vg_error *error)
{
    sqlite3_stmt *statement = lookup->statements[ASK_ORDER];
    vg_status status = VG_OK;
    *out = (struct vg_brief_order){.last = VG_DATE_NONE};
    (void)sqlite3_bind_int64(statement, 1, person);
    (void)sqlite3_bind_int(statement, 2, day);
    if (next(lookup, statement, &status, error)) {
        out->id = sqlite3_column_int64(statement, 0);
        out->kind = sqlite3_column_int(statement, 1);
        out->last = date_of(statement, 2);
        text_of(statement, 3, out->help, sizeof out->help);
        (void)sqlite3_reset(statement);
    }
    return status;
}

/* ------------------------------------------------------------------- chain */

#define LINK_COLUMNS "c.id, c.source, c.person, s.id, p.id, c.event, c.first, c.last, s.onset, p.onset, c.certainty, c.setting"
#define NEWEST(alias, whom) alias ".id = (SELECT max(id) FROM tracing_case WHERE person = " whom " AND class != 4)"
/* The join order is the walk's: the one end that is known, its contacts by an index that holds whom they are with, and only of those who are cases the rows. */
static const char forward_links[] = "SELECT " LINK_COLUMNS " FROM tracing_case s CROSS JOIN tracing_contact c CROSS JOIN tracing_case p ON " NEWEST("p", "c.person")
                                    " WHERE " NEWEST("s", "?1") " AND c.source = ?1 AND c.status != 5";
static const char backward_links[] = "SELECT " LINK_COLUMNS " FROM tracing_case p CROSS JOIN tracing_contact c CROSS JOIN tracing_case s ON " NEWEST("s", "c.source")
                                     " WHERE " NEWEST("p", "?1") " AND c.person = ?1 AND c.source IS NOT NULL AND c.status != 5";

struct walk {
    struct vg_store *store;
    sqlite3_stmt *statement;
    int64_t *queue, *slots;     /* persons in the order of finding; open addressing over them, 0 empty */
    int *depths;
    size_t n, capacity, n_slots;
    struct vg_buffer *links;
    size_t most;
    bool whole;
};

/* Whether the person is new to this walk; then it waits for its turn. */
static bool visit(struct walk *walk, int64_t person, int depth)
{
    size_t slot = (size_t)((uint64_t)person * UINT64_C(0x9E3779B97F4A7C15) >> 20) & (walk->n_slots - 1);
    while (walk->slots[slot] != 0 && walk->slots[slot] != person) {
        slot = (slot + 1) & (walk->n_slots - 1);
    }
    if (walk->slots[slot] == person || walk->n == walk->capacity) {
        return false;
    }
    walk->slots[slot] = person;
    walk->depths[walk->n] = depth;
    walk->queue[walk->n++] = person;
    return true;
}

static vg_status walk_from(struct walk *walk, size_t at, bool forward, struct vg_error *error)
{
    int code;
    (void)sqlite3_bind_int64(walk->statement, 1, walk->queue[at]);
    while ((code = sqlite3_step(walk->statement)) == SQLITE_ROW && walk->links->size / sizeof(struct vg_chain_link) < walk->most) {
        sqlite3_stmt *s = walk->statement;
        int depth = walk->depths[at] + (forward ? 1 : -1);
        struct vg_chain_link link = {sqlite3_column_int64(s, 0), sqlite3_column_int64(s, 1), sqlite3_column_int64(s, 2), sqlite3_column_int64(s, 3), sqlite3_column_int64(s, 4),
                                     sqlite3_column_int64(s, 5), date_of(s, 6), date_of(s, 7), date_of(s, 8), date_of(s, 9), sqlite3_column_int(s, 10), sqlite3_column_int(s, 11), depth};
        vg_buffer_append(walk->links, &link, sizeof link);
        (void)visit(walk, forward ? link.person : link.source, depth);
    }
    walk->whole = walk->whole && code == SQLITE_DONE;
    (void)sqlite3_reset(walk->statement);
    return code == SQLITE_DONE || code == SQLITE_ROW ? VG_OK : store_sql_error(walk->store->db, error, "reading a chain");
}

static vg_status walk_all(struct walk *walk, int64_t person, bool forward, struct vg_error *error)
{
    vg_status status = store_prepare(walk->store->db, forward ? forward_links : backward_links, &walk->statement, error);
    memset(walk->slots, 0, walk->n_slots * sizeof *walk->slots);
    walk->n = 0;
    (void)visit(walk, person, 0);
    for (size_t at = 0; status == VG_OK && at < walk->n && walk->whole; at++) {
        status = walk_from(walk, at, forward, error);
    }
    (void)sqlite3_finalize(walk->statement);
    return status;
}

vg_status vg_tracing_chain(struct vg_store *store, int64_t person, size_t most, struct vg_arena *arena, struct vg_chain_link **links, size_t *n_links, bool *whole, struct vg_error *error)
{
    struct vg_buffer found;
    struct walk walk = {.store = store, .capacity = most + 1, .n_slots = 1024, .links = &found, .most = most, .whole = true};
    while (walk.n_slots < 2 * walk.capacity) {
        walk.n_slots *= 2;
    }
    walk.queue = VG_ARENA_ARRAY(arena, int64_t, walk.capacity);
    walk.slots = VG_ARENA_ARRAY(arena, int64_t, walk.n_slots);
    walk.depths = VG_ARENA_ARRAY(arena, int, walk.capacity);
    *n_links = 0;
    if (walk.queue == NULL || walk.slots == NULL || walk.depths == NULL) {
        return vg_fail_memory(error, walk.n_slots * sizeof *walk.slots);
    }
    vg_buffer_init(&found, 0);
    vg_status status = walk_all(&walk, person, false, error);
    if (status == VG_OK) {
        status = walk_all(&walk, person, true, error);
    }
    *n_links = found.size / sizeof **links;
    *links = VG_ARENA_ARRAY(arena, struct vg_chain_link, *n_links + 1);
    if (status == VG_OK && (*links == NULL || found.failed)) {
        status = vg_fail_memory(error, found.size);
    }
    if (status == VG_OK && found.size > 0) {
        memcpy(*links, found.data, found.size);
    }
    *whole = walk.whole;
    vg_buffer_release(&found);
    return status;
}
