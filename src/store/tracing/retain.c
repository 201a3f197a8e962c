/*
 * The audit read, and periods after which what identifies is erased.
 */
#include "store/tracing/tracing_internal.h"

#include <math.h>
#include <string.h>

/* ------------------------------------------------------------------- audit */

vg_status vg_tracing_audit(struct vg_store *store, const struct vg_audit_query *query, struct vg_arena *arena, struct vg_audit_row **rows, size_t *n_rows, struct vg_error *error)
{
    sqlite3_stmt *statement = NULL;
    struct vg_buffer found;
    int code = SQLITE_DONE;
    *n_rows = 0;
    vg_status status = store_prepare(store->db,
                                     "SELECT id, person, object_id, at, actor, role, action, object, reason, detail FROM tracing_audit WHERE (?1 = 0 OR person = ?1) AND"
                                     " (?2 IS NULL OR actor = ?2) AND (?3 IS NULL OR action = ?3) ORDER BY id DESC LIMIT ?4",
                                     &statement, error);
    if (status != VG_OK) {
        return status;
    }
    vg_buffer_init(&found, 0);
    (void)sqlite3_bind_int64(statement, 1, query->person);
    store_bind_text(statement, 2, query->actor);
    store_bind_text(statement, 3, query->action);
    (void)sqlite3_bind_int64(statement, 4, query->most == 0 ? -1 : (int64_t)query->most);
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        struct vg_audit_row row = {.id = sqlite3_column_int64(statement, 0), .person = sqlite3_column_int64(statement, 1), .object_id = sqlite3_column_int64(statement, 2)};
        const char **const texts[] = {&row.at, &row.actor, &row.role, &row.action, &row.object, &row.reason, &row.detail};
        for (int i = 0; i < 7; i++) {
            *texts[i] = store_column_text(arena, statement, 3 + i);
        }
        vg_buffer_append(&found, &row, sizeof row);
    }
    status = code == SQLITE_DONE ? VG_OK : store_sql_error(store->db, error, "reading the audit");
    (void)sqlite3_finalize(statement);
    *n_rows = found.size / sizeof **rows;
    *rows = VG_ARENA_ARRAY(arena, struct vg_audit_row, *n_rows + 1);
    if (status == VG_OK && (*rows == NULL || found.failed || arena->failed)) {
        status = vg_fail_memory(error, found.size);
    }
    if (status == VG_OK && found.size > 0) {
        memcpy(*rows, found.data, found.size);
    }
    vg_buffer_release(&found);
    return status;
}

/* ----------------------------------------------------------------- periods */

vg_status vg_tracing_periods(struct vg_store *store, int64_t days[VG_RETENTION_COUNT], struct vg_error *error)
{
    sqlite3_stmt *statement = NULL;
    vg_status status = store_prepare(store->db, "SELECT days FROM tracing_retention WHERE kind = ?1", &statement, error);
    for (int i = 0; status == VG_OK && i < VG_RETENTION_COUNT; i++) {
        (void)sqlite3_bind_int(statement, 1, i);
        status = sqlite3_step(statement) == SQLITE_ROW ? VG_OK : vg_fail(error, VG_DATA_ERROR, "the node has no period for %s", vg_retention_names[i]);
        days[i] = status == VG_OK ? sqlite3_column_int64(statement, 0) : 0;
        (void)sqlite3_reset(statement);
    }
    (void)sqlite3_finalize(statement);
    return status;
}

static vg_status check_administrator(const struct vg_actor *actor, struct vg_error *error)
{
    vg_status status = tracing_check_actor(actor, false, error);
    return status == VG_OK && actor->role != VG_ROLE_ADMINISTRATOR ? vg_fail(error, VG_USAGE_ERROR, "only an administrator may do that, and %s is here as %s", actor->name, vg_role_name(actor->role))
                                                                   : status;
}

vg_status vg_tracing_set_period(struct vg_store *store, const struct vg_actor *actor, enum vg_retention kind, int64_t days, struct vg_error *error)
{
    struct vg_tracing_work *work = NULL;
    char text[160];
    vg_status status = check_administrator(actor, error);
    if (status == VG_OK && (days < 1 || days > 36525)) {
        status = vg_fail(error, VG_USAGE_ERROR, "a period is 1 to 36525 days, not %lld", (long long)days);
    }
    if (status == VG_OK) {
        status = tracing_open_work(store, actor, &work, error);
    }
    if (status == VG_OK) {
        (void)snprintf(text, sizeof text, "UPDATE tracing_retention SET days = %lld WHERE kind = %d", (long long)days, (int)kind);
        status = store_sql(store->db, text, error);
    }
    if (status == VG_OK) {
        (void)snprintf(text, sizeof text, "%s: %lld days", vg_retention_names[kind], (long long)days);
        status = vg_tracing_note(work, "period_set", 0, NULL, 0, NULL, text, error);
    }
    return vg_tracing_end(work, status, error);
}

/* ----------------------------------------------------------------- erasure */

/* The last day each survivor matters, over all that it is; whoever was merged goes with it. ?1 to ?4: the periods. */
static const char due_days[] =
    "WITH days (person, due) AS ("
    " SELECT person, max(max(coalesce(outcome_day, added), coalesce(report, added), coalesce(onset, added))) + ?1 FROM tracing_case GROUP BY person"
    " UNION ALL SELECT person, max(coalesce(follow_until, last, added)) + ?2 FROM tracing_contact GROUP BY person"
    " UNION ALL SELECT source, max(coalesce(last, added)) + ?2 FROM tracing_contact WHERE source IS NOT NULL GROUP BY source"
    " UNION ALL SELECT a.person, max(coalesce(e.last, e.first, e.added)) + ?3 FROM tracing_attendance a JOIN tracing_event e ON e.id = a.event GROUP BY a.person"
    " UNION ALL SELECT person, max(coalesce(ended, last, first, 0)) + ?2 FROM tracing_order GROUP BY person"
    " UNION ALL SELECT id, added + ?4 FROM tracing_person WHERE id NOT IN (SELECT person FROM tracing_case) AND id NOT IN (SELECT person FROM tracing_contact)"
    "  AND id NOT IN (SELECT source FROM tracing_contact WHERE source IS NOT NULL) AND id NOT IN (SELECT person FROM tracing_attendance)),"
    " due (person, due) AS (SELECT person, max(due) FROM days GROUP BY person)"
    " SELECT i.person, d.due FROM tracing_identity i JOIN tracing_person p ON p.id = i.person JOIN due d ON d.person = coalesce(p.merged_into, p.id)";

static vg_status find_due(struct vg_store *store, int32_t today, struct vg_buffer *due, struct vg_retain_summary *summary, struct vg_error *error)
{
    sqlite3_stmt *statement = NULL;
    int64_t days[VG_RETENTION_COUNT];
    int code = SQLITE_DONE;
    vg_status status = vg_tracing_periods(store, days, error);
    if (status == VG_OK) {
        status = store_prepare(store->db, due_days, &statement, error);
    }
    for (int i = 0; status == VG_OK && i < VG_RETENTION_COUNT; i++) {
        (void)sqlite3_bind_int64(statement, i + 1, days[i]);
    }
    while (status == VG_OK && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        int64_t person = sqlite3_column_int64(statement, 0), day = sqlite3_column_int64(statement, 1);
        if (day < today) {
            vg_buffer_append(due, &person, sizeof person);
            summary->n_due++;
        } else {
            summary->n_kept++;
            summary->next = summary->next == VG_DATE_NONE || day + 1 < summary->next ? (int32_t)day + 1 : summary->next;
        }
    }
    if (status == VG_OK && code != SQLITE_DONE) {
        status = store_sql_error(store->db, error, "reading what is due");
    }
    (void)sqlite3_finalize(statement);
    return status == VG_OK && due->failed ? vg_fail_memory(error, 0) : status;
}

static vg_status erase_one(struct vg_tracing_work *work, sqlite3_stmt *mark, sqlite3_stmt *forget, int64_t person, int32_t today, struct vg_error *error)
{
    vg_status status = tracing_erase(work, person, error);
    (void)sqlite3_bind_int(mark, 1, today);
    (void)sqlite3_bind_int64(mark, 2, person);
    (void)sqlite3_bind_int64(forget, 1, person);
    if (status == VG_OK) {
        status = store_step_done(work->store->db, mark, "erasing", error);
    }
    return status == VG_OK ? store_step_done(work->store->db, forget, "erasing", error) : status;
}

static vg_status erase_due(struct vg_tracing_work *work, const struct vg_buffer *due, int32_t today, struct vg_error *error)
{
    const int64_t *persons = (const int64_t *)(const void *)due->data;
    sqlite3_stmt *mark = NULL, *forget = NULL;
    char detail[80];
    size_t n = due->size / sizeof *persons;
    vg_status status = store_prepare(work->store->db, "UPDATE tracing_person SET erased = ?1 WHERE id = ?2", &mark, error);
    if (status == VG_OK) {
        status = store_prepare(work->store->db, "DELETE FROM tracing_external WHERE kind = 0 AND id = ?1", &forget, error);
    }
    for (size_t i = 0; status == VG_OK && i < n; i++) {
        status = erase_one(work, mark, forget, persons[i], today, error);
    }
    (void)sqlite3_finalize(mark);
    (void)sqlite3_finalize(forget);
    (void)snprintf(detail, sizeof detail, "%zu persons", n);
    return status == VG_OK ? vg_tracing_note(work, "erased", 0, NULL, 0, "end of the period", detail, error) : status;
}

vg_status vg_tracing_retain(struct vg_store *store, const struct vg_actor *actor, int32_t today, bool dry, struct vg_retain_summary *summary, struct vg_error *error)
{
    struct vg_tracing_work *work = NULL;
    struct vg_buffer due;
    *summary = (struct vg_retain_summary){.next = VG_DATE_NONE};
    vg_status status = check_administrator(actor, error);
    vg_buffer_init(&due, 0);
    if (status == VG_OK && !dry) {
        status = tracing_open_work(store, actor, &work, error);
    }
    if (status == VG_OK) {
        status = find_due(store, today, &due, summary, error);
    }
    if (status == VG_OK && work != NULL && due.size > 0) {
        status = erase_due(work, &due, today, error);
    }
    status = vg_tracing_end(work, status, error);
    if (status == VG_OK && !dry && due.size > 0) { /* what the log still holds of before is gone with it */
        status = store_sql(store->db, "PRAGMA wal_checkpoint(TRUNCATE)", error);
    }
    vg_buffer_release(&due);
    return status;
}
