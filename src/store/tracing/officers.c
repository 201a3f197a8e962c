/*
 * Who has contacts to follow up on a day, and how many: read from one index, without the contacts themselves.
 */
#include "store/tracing/tracing_internal.h"

/* Of the index (officer, status, follow_until) the officers' names are read, then each one's open contacts alone. */
static const char asked[] =
    "WITH RECURSIVE name (officer) AS (SELECT min(officer) FROM tracing_contact UNION ALL"
    " SELECT (SELECT min(c.officer) FROM tracing_contact c WHERE c.officer > n.officer) FROM name n WHERE n.officer IS NOT NULL)"
    " SELECT officer, (SELECT count(*) FROM tracing_contact c WHERE c.officer = name.officer AND c.status = 0 AND c.follow_until >= ?1) FROM name WHERE officer IS NOT NULL LIMIT 5000";

vg_status vg_tracing_officers(struct vg_store *store, int32_t day, struct vg_arena *arena, struct vg_officer **officers, size_t *n_officers, struct vg_error *error)
{
    enum { MOST = 5000 };
    sqlite3_stmt *statement = NULL;
    int code = SQLITE_ROW;
    *n_officers = 0;
    *officers = VG_ARENA_ARRAY(arena, struct vg_officer, MOST);
    vg_status status = *officers == NULL ? vg_fail_memory(error, MOST * sizeof **officers) : store_prepare(store->db, asked, &statement, error);
    if (status == VG_OK) {
        (void)sqlite3_bind_int(statement, 1, day);
    }
    while (status == VG_OK && *n_officers < MOST && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        struct vg_officer *one = &(*officers)[(*n_officers)++];
        one->name = vg_arena_copy(arena, (const char *)sqlite3_column_text(statement, 0));
        one->open = (size_t)sqlite3_column_int64(statement, 1);
        status = one->name == NULL ? vg_fail_memory(error, 0) : VG_OK;
    }
    if (status == VG_OK && code != SQLITE_ROW && code != SQLITE_DONE) {
        status = store_sql_error(store->db, error, "reading tracing");
    }
    (void)sqlite3_finalize(statement);
    return status;
}
