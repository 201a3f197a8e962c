/*
 * Pairs that may be one person, and merging: what a merge moves is written into its row of the audit, number by number, so that undoing it moves that back and nothing else.
 */
#include "store/tracing/tracing_internal.h"

#include <jansson.h>
#include <string.h>

/* As the index over merges says it, so that it is used. */
#define OF_MERGES(alias) alias ".action IN ('merged', 'merge_undone')"

static void order_pair(int64_t *a, int64_t *b)
{
    if (*a > *b) {
        int64_t c = *a;
        *a = *b;
        *b = c;
    }
}

vg_status vg_tracing_put_duplicate(struct vg_tracing_work *work, const struct vg_duplicate *duplicate, struct vg_error *error)
{
    int64_t a = duplicate->person, b = duplicate->other;
    sqlite3_stmt *statement = tracing_statement(work, TRACING_PUT_DUPLICATE, error);
    if (statement == NULL) {
        return VG_SYSTEM_ERROR;
    }
    vg_status status = tracing_survivor(work, &a, error);
    if (status == VG_OK) {
        status = tracing_survivor(work, &b, error);
    }
    if (status != VG_OK || a == b) {
        return status;
    }
    order_pair(&a, &b);
    (void)sqlite3_bind_int64(statement, 1, a);
    (void)sqlite3_bind_int64(statement, 2, b);
    store_bind_double(statement, 3, duplicate->probability);
    store_bind_text(statement, 4, duplicate->pattern);
    return store_step_done(work->store->db, statement, "writing duplicates", error);
}

vg_status vg_tracing_duplicates(struct vg_store *store, int64_t person, enum vg_duplicate_state state, size_t most, struct vg_arena *arena, struct vg_duplicate **duplicates,
                                size_t *n, struct vg_error *error)
{
    sqlite3_stmt *statement = NULL;
    struct vg_buffer rows;
    int code = SQLITE_DONE;
    *n = 0;
    /* An open pair of which one is merged away by now is a pair no more. */
    const char *all = "SELECT d.person, d.other, d.probability, d.state, d.pattern FROM tracing_duplicate d JOIN tracing_person a ON a.id = d.person JOIN tracing_person b ON b.id = d.other"
                      " WHERE d.state = ?1 AND (?1 != 0 OR (a.merged_into IS NULL AND b.merged_into IS NULL))";
    const char *text = vg_arena_format(arena, "%s%s ORDER BY d.probability DESC, d.person, d.other LIMIT ?3", all, person == 0 ? "" : " AND (d.person = ?2 OR d.other = ?2)");
    vg_status status = text == NULL ? vg_fail_memory(error, 0) : store_prepare(store->db, text, &statement, error);
    if (status != VG_OK) {
        return status;
    }
    vg_buffer_init(&rows, 0);
    (void)sqlite3_bind_int(statement, 1, (int)state);
    if (person != 0) {
        (void)sqlite3_bind_int64(statement, 2, person);
    }
    (void)sqlite3_bind_int64(statement, 3, most == 0 ? -1 : (int64_t)most);
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        struct vg_duplicate row = {sqlite3_column_int64(statement, 0), sqlite3_column_int64(statement, 1), sqlite3_column_double(statement, 2),
                                   (enum vg_duplicate_state)sqlite3_column_int(statement, 3), store_column_text(arena, statement, 4)};
        vg_buffer_append(&rows, &row, sizeof row);
    }
    status = code == SQLITE_DONE ? VG_OK : store_sql_error(store->db, error, "reading duplicates");
    (void)sqlite3_finalize(statement);
    *n = rows.size / sizeof **duplicates;
    *duplicates = VG_ARENA_ARRAY(arena, struct vg_duplicate, *n + 1);
    if (status == VG_OK && (*duplicates == NULL || rows.failed || arena->failed)) {
        status = vg_fail_memory(error, rows.size);
    }
    if (status == VG_OK && *n > 0) {
        memcpy(*duplicates, rows.data, rows.size);
    }
    vg_buffer_release(&rows);
    return status;
}

static vg_status decide(struct vg_tracing_work *work, int64_t a, int64_t b, enum vg_duplicate_state state, struct vg_error *error)
{
    char sql[320];
    order_pair(&a, &b);
    (void)snprintf(sql, sizeof sql, "INSERT INTO tracing_duplicate (person, other, state) VALUES (%lld, %lld, %d) ON CONFLICT (person, other) DO UPDATE SET state = excluded.state",
                   (long long)a, (long long)b, (int)state);
    return store_sql(work->store->db, sql, error);
}

vg_status vg_tracing_different(struct vg_tracing_work *work, int64_t person, int64_t other, const char *reason, struct vg_error *error)
{
    vg_status status = tracing_survivor(work, &person, error);
    if (status == VG_OK) {
        status = tracing_survivor(work, &other, error);
    }
    if (status == VG_OK && person == other) {
        return vg_fail(error, VG_USAGE_ERROR, "these two are one person by now; undo the merge first");
    }
    if (status == VG_OK) {
        status = decide(work, person, other, VG_DUPLICATE_DIFFERENT, error);
    }
    return status == VG_OK ? vg_tracing_note(work, "told_apart", person, "person", other, reason, NULL, error) : status;
}

/* ----------------------------------------------------------------- merging */

/* Where persons stand, and which rows stay behind: those that would join a person with itself, and attendances that the other has too. */
static const struct { const char *name, *table, *column, *but; } places[] = {
    {"cases", "tracing_case", "person", ""},
    {"contacts", "tracing_contact", "person", " AND source IS NOT ?2"},
    {"sources", "tracing_contact", "source", " AND person != ?2"},
    {"attendances", "tracing_attendance", "person", " AND event NOT IN (SELECT event FROM tracing_attendance WHERE person = ?2)"},
    {"orders", "tracing_order", "person", ""},
    {"others", "tracing_person", "merged_into", ""},
};
#define PLACES (sizeof places / sizeof *places)

/* Lists the rows of `from` that go to `into`, as a JSON array, and moves them. */
static vg_status move(struct vg_tracing_work *work, size_t place, int64_t from, int64_t into, struct vg_buffer *detail, struct vg_error *error)
{
    char sql[400];
    sqlite3_stmt *statement = NULL;
    int step = SQLITE_DONE;
    const char *separator = "";
    for (int pass = 0; pass < 2; pass++) {
        (void)snprintf(sql, sizeof sql, pass == 0 ? "SELECT id FROM %s WHERE %s = ?1%s ORDER BY id" : "UPDATE %s SET %s = ?2 WHERE %s = ?1%s", places[place].table, places[place].column,
                       pass == 0 ? places[place].but : places[place].column, places[place].but);
        vg_status status = store_prepare(work->store->db, sql, &statement, error);
        if (status != VG_OK) {
            return status;
        }
        (void)sqlite3_bind_int64(statement, 1, from);
        (void)sqlite3_bind_int64(statement, 2, into);
        if (pass == 0) {
            vg_buffer_format(detail, ",\"%s\":[", places[place].name);
        }
        while ((step = sqlite3_step(statement)) == SQLITE_ROW) {
            vg_buffer_format(detail, "%s%lld", separator, (long long)sqlite3_column_int64(statement, 0));
            separator = ",";
        }
        if (pass == 0) {
            vg_buffer_char(detail, ']');
        }
        (void)sqlite3_finalize(statement);
        if (step != SQLITE_DONE) {
            return store_sql_error(work->store->db, error, "merging persons");
        }
    }
    return VG_OK;
}

static vg_status check_persons(struct vg_tracing_work *work, int64_t from, int64_t into, struct vg_error *error)
{
    int64_t a = from, b = into;
    vg_status status = tracing_survivor(work, &a, error);
    if (status == VG_OK) {
        status = tracing_survivor(work, &b, error);
    }
    if (status != VG_OK) {
        return status;
    }
    if (a == b) {
        return vg_fail(error, VG_USAGE_ERROR, "%lld and %lld are one person already", (long long)from, (long long)into);
    }
    return a == from && b == into ? VG_OK : vg_fail(error, VG_USAGE_ERROR, "person %lld was merged into %lld; merge that one", (long long)(a == from ? into : from), (long long)(a == from ? b : a));
}

/* What is not known of the one that stays is taken from the other; the pairs of the other become pairs of it. */
static vg_status complete(struct vg_tracing_work *work, int64_t from, int64_t into, struct vg_error *error)
{
    char sql[900];
    (void)snprintf(sql, sizeof sql,
                   "UPDATE tracing_person SET merged_into = %lld WHERE id = %lld;"
                   "INSERT OR IGNORE INTO tracing_duplicate (person, other, probability, state, pattern)"
                   " SELECT min(o, %lld), max(o, %lld), probability, 0, pattern FROM (SELECT CASE WHEN person = %lld THEN other ELSE person END AS o, probability, pattern"
                   " FROM tracing_duplicate WHERE state = 0 AND (person = %lld OR other = %lld)) WHERE o != %lld;",
                   (long long)into, (long long)from, (long long)into, (long long)into, (long long)from, (long long)from, (long long)from, (long long)into);
    vg_status status = store_sql(work->store->db, sql, error);
    return status == VG_OK ? decide(work, from, into, VG_DUPLICATE_MERGED, error) : status;
}

vg_status vg_tracing_merge(struct vg_tracing_work *work, int64_t from, int64_t into, const char *reason, int64_t *step, struct vg_error *error)
{
    struct vg_buffer detail;
    vg_status status = check_persons(work, from, into, error);
    vg_buffer_init(&detail, 0);
    vg_buffer_format(&detail, "{\"from\":%lld,\"into\":%lld", (long long)from, (long long)into);
    for (size_t i = 0; status == VG_OK && i < PLACES; i++) {
        status = move(work, i, from, into, &detail, error);
    }
    vg_buffer_char(&detail, '}');
    if (status == VG_OK) {
        status = complete(work, from, into, error);
    }
    if (status == VG_OK) {
        status = detail.failed ? vg_fail_memory(error, 0) : vg_tracing_note(work, "merged", into, "person", from, reason, detail.data, error);
        *step = sqlite3_last_insert_rowid(work->store->db);
    }
    vg_buffer_release(&detail);
    return status;
}

vg_status vg_tracing_merges(struct vg_store *store, size_t most, struct vg_arena *arena, struct vg_merge **merges, size_t *n, struct vg_error *error)
{
    sqlite3_stmt *statement = NULL;
    int code = SQLITE_DONE;
    *n = 0;
    *merges = VG_ARENA_ARRAY(arena, struct vg_merge, most + 1);
    if (*merges == NULL) {
        return vg_fail_memory(error, most * sizeof **merges);
    }
    vg_status status = store_prepare(store->db,
                                     "SELECT m.id, m.object_id, m.person, m.at, m.actor, EXISTS (SELECT 1 FROM tracing_audit u WHERE " OF_MERGES("u") " AND u.action = 'merge_undone' AND u.object_id = m.id)"
                                     " FROM tracing_audit m WHERE " OF_MERGES("m") " AND m.action = 'merged' ORDER BY m.id DESC LIMIT ?1",
                                     &statement, error);
    if (status != VG_OK) {
        return status;
    }
    (void)sqlite3_bind_int64(statement, 1, (int64_t)most);
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        (*merges)[(*n)++] = (struct vg_merge){sqlite3_column_int64(statement, 0), sqlite3_column_int64(statement, 1), sqlite3_column_int64(statement, 2), store_column_text(arena, statement, 3),
                                              store_column_text(arena, statement, 4), sqlite3_column_int(statement, 5) != 0};
    }
    status = code == SQLITE_DONE ? VG_OK : store_sql_error(store->db, error, "reading merges");
    (void)sqlite3_finalize(statement);
    return status == VG_OK && arena->failed ? vg_fail_memory(error, 0) : status;
}

/* ----------------------------------------------------------------- undoing */

static vg_status read_step(struct vg_tracing_work *work, int64_t step, struct vg_arena *arena, const char **detail, struct vg_error *error)
{
    sqlite3_stmt *statement = NULL;
    vg_status status = store_prepare(work->store->db,
                                     "SELECT detail, (SELECT count(*) FROM tracing_audit u WHERE " OF_MERGES("u") " AND u.action = 'merge_undone' AND u.object = 'step' AND u.object_id = ?1)"
                                     " FROM tracing_audit WHERE id = ?1 AND action = 'merged'",
                                     &statement, error);
    if (status != VG_OK) {
        return status;
    }
    (void)sqlite3_bind_int64(statement, 1, step);
    if (sqlite3_step(statement) != SQLITE_ROW) {
        status = vg_fail(error, VG_DATA_ERROR, "row %lld of the audit is no merging (vigia tracing audit --action merged)", (long long)step);
    } else if (sqlite3_column_int(statement, 1) > 0) {
        status = vg_fail(error, VG_DATA_ERROR, "the merging %lld was undone already", (long long)step);
    } else {
        *detail = store_column_text(arena, statement, 0);
        status = *detail == NULL ? vg_fail_memory(error, 0) : VG_OK;
    }
    (void)sqlite3_finalize(statement);
    return status;
}

/* Each row goes back only from where the merge had put it. */
static vg_status move_back(struct vg_tracing_work *work, const json_t *detail, size_t place, int64_t from, int64_t into, struct vg_error *error)
{
    char sql[200];
    sqlite3_stmt *statement = NULL;
    const json_t *ids = json_object_get(detail, places[place].name);
    (void)snprintf(sql, sizeof sql, "UPDATE %s SET %s = ?1 WHERE id = ?2 AND %s = ?3", places[place].table, places[place].column, places[place].column);
    vg_status status = store_prepare(work->store->db, sql, &statement, error);
    for (size_t i = 0; status == VG_OK && i < json_array_size(ids); i++) {
        (void)sqlite3_bind_int64(statement, 1, from);
        (void)sqlite3_bind_int64(statement, 2, json_integer_value(json_array_get(ids, i)));
        (void)sqlite3_bind_int64(statement, 3, into);
        status = store_step_done(work->store->db, statement, "undoing a merge", error);
    }
    (void)sqlite3_finalize(statement);
    return status;
}

static vg_status undo(struct vg_tracing_work *work, const json_t *detail, struct vg_error *error)
{
    int64_t from = json_integer_value(json_object_get(detail, "from")), into = json_integer_value(json_object_get(detail, "into")), survivor = from;
    char sql[200];
    vg_status status = tracing_survivor(work, &survivor, error);
    if (status == VG_OK && survivor != into) {
        return vg_fail(error, VG_DATA_ERROR, "person %lld belongs to %lld by now; undo the later merging first", (long long)from, (long long)survivor);
    }
    (void)snprintf(sql, sizeof sql, "UPDATE tracing_person SET merged_into = NULL WHERE id = %lld", (long long)from);
    if (status == VG_OK) {
        status = store_sql(work->store->db, sql, error);
    }
    for (size_t i = 0; status == VG_OK && i < PLACES; i++) {
        status = move_back(work, detail, i, from, into, error);
    }
    return status == VG_OK ? decide(work, from, into, VG_DUPLICATE_DIFFERENT, error) : status;
}

vg_status vg_tracing_undo_merge(struct vg_tracing_work *work, int64_t step, const char *reason, int64_t persons[2], struct vg_error *error)
{
    const char *text = NULL;
    json_t *detail = NULL;
    vg_status status = read_step(work, step, &work->arena, &text, error);
    if (status == VG_OK) {
        detail = json_loads(text, 0, NULL);
        status = detail == NULL ? vg_fail(error, VG_DATA_ERROR, "row %lld of the audit cannot be read", (long long)step) : undo(work, detail, error);
    }
    persons[0] = json_integer_value(json_object_get(detail, "from"));
    persons[1] = json_integer_value(json_object_get(detail, "into"));
    json_decref(detail);
    return status == VG_OK ? vg_tracing_note(work, "merge_undone", 0, "step", step, reason, NULL, error) : status;
}
