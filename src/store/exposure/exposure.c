/*
 * The database of the servers of exposure notification.
 */
#include "store/exposure/exposure_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SCHEMA_VERSION 2
#define BUSY_MS 10000

static const char schema[] =
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;"
    "CREATE TABLE key (data BLOB PRIMARY KEY, start INTEGER NOT NULL, period INTEGER NOT NULL, report INTEGER NOT NULL, risk INTEGER NOT NULL, onset INTEGER NOT NULL,"
    " hour INTEGER NOT NULL, revised_report INTEGER, revised_risk INTEGER, revised_onset INTEGER, revised_hour INTEGER, owner BLOB NOT NULL, traveller INTEGER NOT NULL)"
    " STRICT, WITHOUT ROWID;"
    "CREATE INDEX key_hour ON key (hour);"
    "CREATE INDEX key_revised ON key (revised_hour) WHERE revised_hour IS NOT NULL;"
    "CREATE TABLE code (code BLOB PRIMARY KEY, long_code BLOB NOT NULL UNIQUE, token BLOB UNIQUE, uuid TEXT NOT NULL UNIQUE, test INTEGER NOT NULL, symptom_day INTEGER NOT NULL,"
    " test_day INTEGER NOT NULL, issued INTEGER NOT NULL, expires INTEGER NOT NULL, long_expires INTEGER NOT NULL, claimed INTEGER NOT NULL, token_expires INTEGER NOT NULL,"
    " certified INTEGER NOT NULL) STRICT;"
    "CREATE TABLE export (file TEXT PRIMARY KEY, from_time INTEGER NOT NULL, to_time INTEGER NOT NULL) STRICT;"
    "CREATE TABLE day (date INTEGER NOT NULL, event INTEGER NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (date, event)) STRICT, WITHOUT ROWID;"
    "PRAGMA user_version = 1;";
/* What came with version 2: telephones that report by themselves, their messages, and HMACs that were certified. */
static const char schema_2[] =
    "CREATE TABLE phone (phone BLOB PRIMARY KEY, code BLOB UNIQUE, nonce BLOB, issued INTEGER NOT NULL, claimed INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE message (id INTEGER PRIMARY KEY, sealed BLOB NOT NULL, expires INTEGER NOT NULL) STRICT;"
    "CREATE TABLE mac (mac BLOB PRIMARY KEY, certified INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "PRAGMA user_version = 2;";

/* ------------------------------------------------------------ open and end */

static vg_status open_schema(sqlite3 *db, struct vg_error *error)
{
    int64_t version = 0;
    vg_status status = store_sql(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; BEGIN IMMEDIATE", error);
    if (status != VG_OK) {
        return status;
    }
    status = store_scalar(db, "PRAGMA user_version", &version, error);
    if (status == VG_OK && version > SCHEMA_VERSION) {
        status = vg_fail(error, VG_DATA_ERROR, "the servers' database was written by a newer program");
    }
    if (status == VG_OK && version == 0) {
        status = store_sql(db, schema, error);
    }
    if (status == VG_OK && version < 2) {
        status = store_sql(db, schema_2, error);
    }
    if (status != VG_OK) {
        (void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
        return status;
    }
    return store_sql(db, "COMMIT", error);
}

vg_status vg_exposure_store_open(const char *folder, struct vg_exposure_store **out, struct vg_error *error)
{
    char path[STORE_PATH_BYTES];
    *out = NULL;
    if (mkdir(folder, 0700) != 0 && errno != EEXIST) {
        return vg_fail_errno(error, errno, "the folder %s cannot be made", folder);
    }
    if ((size_t)snprintf(path, sizeof path, "%s/exposure.db", folder) >= sizeof path) {
        return vg_fail(error, VG_USAGE_ERROR, "the path of the folder is too long");
    }
    struct vg_exposure_store *store = calloc(1, sizeof *store);
    if (store == NULL) {
        return vg_fail_memory(error, sizeof *store);
    }
    if (sqlite3_open_v2(path, &store->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX, NULL) != SQLITE_OK) {
        vg_status status = vg_fail(error, VG_SYSTEM_ERROR, "%s cannot be opened: %s", path, sqlite3_errmsg(store->db));
        vg_exposure_store_close(store);
        return status;
    }
    (void)sqlite3_busy_timeout(store->db, BUSY_MS);
    vg_status status = open_schema(store->db, error);
    if (status != VG_OK) {
        vg_exposure_store_close(store);
        return status;
    }
    *out = store;
    return VG_OK;
}

void vg_exposure_store_close(struct vg_exposure_store *store)
{
    if (store != NULL) {
        (void)sqlite3_close(store->db);
        free(store);
    }
}

vg_status vg_exposure_store_begin(struct vg_exposure_store *store, struct vg_error *error)
{
    return store_sql(store->db, "BEGIN IMMEDIATE", error);
}

vg_status vg_exposure_store_end(struct vg_exposure_store *store, vg_status status, struct vg_error *error)
{
    if (status == VG_OK) {
        status = store_sql(store->db, "COMMIT", error);
    }
    if (status != VG_OK && sqlite3_get_autocommit(store->db) == 0) {
        (void)sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
    }
    return status;
}

/* -------------------------------------------------------------------- keys */

#define KEY_COLUMNS "data, start, period, report, risk, onset, hour, revised_report, revised_risk, revised_onset, revised_hour, owner, traveller"

static void take_blob(sqlite3_stmt *row, int column, void *out, size_t size)
{
    const void *bytes = sqlite3_column_blob(row, column);
    memset(out, 0, size);
    if (bytes != NULL && (size_t)sqlite3_column_bytes(row, column) == size) {
        memcpy(out, bytes, size);
    }
}

static void take_key(sqlite3_stmt *row, struct vg_stored_key *key)
{
    *key = (struct vg_stored_key){.start = (uint32_t)sqlite3_column_int64(row, 1), .period = (uint32_t)sqlite3_column_int64(row, 2),
                                  .first = {sqlite3_column_int(row, 3), sqlite3_column_int(row, 4), sqlite3_column_int(row, 5), sqlite3_column_int64(row, 6)},
                                  .revised = {sqlite3_column_int(row, 7), sqlite3_column_int(row, 8), sqlite3_column_int(row, 9), sqlite3_column_int64(row, 10)},
                                  .traveller = sqlite3_column_int(row, 12) != 0};
    take_blob(row, 0, key->data, sizeof key->data);
    take_blob(row, 11, key->owner, sizeof key->owner);
}

vg_status vg_exposure_store_find_key(struct vg_exposure_store *store, const uint8_t data[16], struct vg_stored_key *key, struct vg_error *error)
{
    sqlite3_stmt *row = NULL;
    vg_status status = store_prepare(store->db, "SELECT " KEY_COLUMNS " FROM key WHERE data = ?1", &row, error);
    if (status == VG_OK) {
        (void)sqlite3_bind_blob(row, 1, data, 16, SQLITE_STATIC);
        int step = sqlite3_step(row);
        if (step == SQLITE_ROW) {
            take_key(row, key);
        } else {
            status = step == SQLITE_DONE ? VG_NOT_FOUND : store_sql_error(store->db, error, "a key is looked for");
        }
    }
    (void)sqlite3_finalize(row);
    return status;
}

vg_status vg_exposure_store_add_key(struct vg_exposure_store *store, const struct vg_stored_key *key, struct vg_error *error)
{
    sqlite3_stmt *row = NULL;
    vg_status status = store_prepare(store->db, "INSERT INTO key (data, start, period, report, risk, onset, hour, owner, traveller) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)", &row, error);
    if (status == VG_OK) {
        (void)sqlite3_bind_blob(row, 1, key->data, sizeof key->data, SQLITE_STATIC);
        const int64_t numbers[] = {key->start, key->period, key->first.report, key->first.risk, key->first.days_since_onset, key->first.hour};
        for (int i = 0; i < 6; i++) {
            (void)sqlite3_bind_int64(row, i + 2, numbers[i]);
        }
        (void)sqlite3_bind_blob(row, 8, key->owner, sizeof key->owner, SQLITE_STATIC);
        (void)sqlite3_bind_int(row, 9, key->traveller ? 1 : 0);
        status = store_step_done(store->db, row, "a key is kept", error);
    }
    (void)sqlite3_finalize(row);
    return status;
}

vg_status vg_exposure_store_revise_key(struct vg_exposure_store *store, const uint8_t data[16], const struct vg_stored_report *report, struct vg_error *error)
{
    sqlite3_stmt *row = NULL;
    vg_status status = store_prepare(store->db, "UPDATE key SET revised_report = ?2, revised_risk = ?3, revised_onset = ?4, revised_hour = ?5 WHERE data = ?1", &row, error);
    if (status == VG_OK) {
        (void)sqlite3_bind_blob(row, 1, data, 16, SQLITE_STATIC);
        (void)sqlite3_bind_int(row, 2, report->report);
        (void)sqlite3_bind_int(row, 3, report->risk);
        (void)sqlite3_bind_int(row, 4, report->days_since_onset);
        (void)sqlite3_bind_int64(row, 5, report->hour);
        status = store_step_done(store->db, row, "a key is revised", error);
    }
    (void)sqlite3_finalize(row);
    return status;
}

/* Rows of a statement with the times ?1 and ?2 into an array of the arena. */
struct listing { sqlite3_stmt *row; struct vg_arena *arena; size_t n, capacity, size; char *items; };

static void *next_item(struct listing *list)
{
    if (list->n == list->capacity) {
        size_t capacity = list->capacity == 0 ? 64 : 2 * list->capacity;
        char *items = vg_arena_alloc(list->arena, capacity * list->size, 1);
        if (items == NULL) {
            return NULL;
        }
        if (list->n > 0) {
            memcpy(items, list->items, list->n * list->size);
        }
        list->items = items;
        list->capacity = capacity;
    }
    return list->items + list->size * list->n++;
}

static vg_status list_rows(struct vg_exposure_store *store, const char *sql, int64_t from, int64_t to, struct listing *list, void (*take)(sqlite3_stmt *row, void *item), struct vg_error *error)
{
    vg_status status = store_prepare(store->db, sql, &list->row, error);
    int step = SQLITE_DONE;
    if (status == VG_OK) {
        if (sqlite3_bind_parameter_count(list->row) == 2) {
            (void)sqlite3_bind_int64(list->row, 1, from);
            (void)sqlite3_bind_int64(list->row, 2, to);
        }
        while (status == VG_OK && (step = sqlite3_step(list->row)) == SQLITE_ROW) {
            void *item = next_item(list);
            if (item == NULL) {
                status = vg_fail_memory(error, list->size);
            } else {
                take(list->row, item);
            }
        }
        if (status == VG_OK && step != SQLITE_DONE) {
            status = store_sql_error(store->db, error, "the servers' database");
        }
    }
    (void)sqlite3_finalize(list->row);
    return status;
}

static void take_listed_key(sqlite3_stmt *row, void *item)
{
    take_key(row, item);
}

vg_status vg_exposure_store_keys(struct vg_exposure_store *store, int64_t from, int64_t to, bool revised, struct vg_arena *arena, struct vg_stored_key **keys, size_t *n_keys,
                                 struct vg_error *error)
{
    struct listing list = {.arena = arena, .size = sizeof(struct vg_stored_key)};
    const char *sql = revised ? "SELECT " KEY_COLUMNS " FROM key WHERE revised_hour >= ?1 AND revised_hour < ?2 ORDER BY data"
                              : "SELECT " KEY_COLUMNS " FROM key WHERE hour >= ?1 AND hour < ?2 ORDER BY data";
    vg_status status = list_rows(store, sql, from, to, &list, take_listed_key, error);
    *keys = (struct vg_stored_key *)(void *)list.items;
    *n_keys = list.n;
    return status;
}

/* ------------------------------------------------------------------- codes */

#define CODE_COLUMNS "code, long_code, token, uuid, test, symptom_day, test_day, issued, expires, long_expires, claimed, token_expires, certified"

vg_status vg_exposure_store_find_code(struct vg_exposure_store *store, enum vg_stored_code_by by, const void *key, struct vg_stored_code *code, struct vg_error *error)
{
    static const char *const queries[] = {"SELECT " CODE_COLUMNS " FROM code WHERE code = ?1 OR long_code = ?1", "SELECT " CODE_COLUMNS " FROM code WHERE token = ?1",
                                          "SELECT " CODE_COLUMNS " FROM code WHERE uuid = ?1"};
    sqlite3_stmt *row = NULL;
    vg_status status = store_prepare(store->db, queries[by], &row, error);
    if (status == VG_OK) {
        (void)(by == VG_STORED_BY_UUID ? sqlite3_bind_text(row, 1, key, -1, SQLITE_STATIC) : sqlite3_bind_blob(row, 1, key, VG_STORED_HASH_BYTES, SQLITE_STATIC));
        int step = sqlite3_step(row);
        if (step == SQLITE_ROW) {
            *code = (struct vg_stored_code){.test = sqlite3_column_int(row, 4), .symptom_day = sqlite3_column_int64(row, 5), .test_day = sqlite3_column_int64(row, 6),
                                            .issued = sqlite3_column_int64(row, 7), .expires = sqlite3_column_int64(row, 8), .long_expires = sqlite3_column_int64(row, 9),
                                            .claimed = sqlite3_column_int64(row, 10), .token_expires = sqlite3_column_int64(row, 11), .certified = sqlite3_column_int64(row, 12)};
            take_blob(row, 0, code->code, sizeof code->code);
            take_blob(row, 1, code->long_code, sizeof code->long_code);
            take_blob(row, 2, code->token, sizeof code->token);
            (void)snprintf(code->uuid, sizeof code->uuid, "%s", (const char *)sqlite3_column_text(row, 3));
        } else {
            status = step == SQLITE_DONE ? VG_NOT_FOUND : store_sql_error(store->db, error, "a code is looked for");
        }
    }
    (void)sqlite3_finalize(row);
    return status;
}

vg_status vg_exposure_store_add_code(struct vg_exposure_store *store, const struct vg_stored_code *code, struct vg_error *error)
{
    sqlite3_stmt *row = NULL;
    vg_status status = store_prepare(store->db, "INSERT INTO code (" CODE_COLUMNS ") VALUES (?1, ?2, NULL, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 0, 0, 0)", &row, error);
    if (status == VG_OK) {
        (void)sqlite3_bind_blob(row, 1, code->code, sizeof code->code, SQLITE_STATIC);
        (void)sqlite3_bind_blob(row, 2, code->long_code, sizeof code->long_code, SQLITE_STATIC);
        store_bind_text(row, 3, code->uuid);
        const int64_t numbers[] = {code->test, code->symptom_day, code->test_day, code->issued, code->expires, code->long_expires};
        for (int i = 0; i < 6; i++) {
            (void)sqlite3_bind_int64(row, i + 4, numbers[i]);
        }
        int step = sqlite3_step(row);
        status = step == SQLITE_DONE ? VG_OK
                 : step == SQLITE_CONSTRAINT ? vg_fail(error, VG_USAGE_ERROR, "there is such a code, or a code of that uuid, already")
                                             : store_sql_error(store->db, error, "a code is kept");
    }
    (void)sqlite3_finalize(row);
    return status;
}

vg_status vg_exposure_store_change_code(struct vg_exposure_store *store, const struct vg_stored_code *code, struct vg_error *error)
{
    static const uint8_t none[VG_STORED_HASH_BYTES] = {0};
    sqlite3_stmt *row = NULL;
    vg_status status = store_prepare(store->db, "UPDATE code SET expires = ?2, long_expires = ?3, claimed = ?4, token = ?5, token_expires = ?6, certified = ?7 WHERE code = ?1", &row, error);
    if (status == VG_OK) {
        (void)sqlite3_bind_blob(row, 1, code->code, sizeof code->code, SQLITE_STATIC);
        (void)sqlite3_bind_int64(row, 2, code->expires);
        (void)sqlite3_bind_int64(row, 3, code->long_expires);
        (void)sqlite3_bind_int64(row, 4, code->claimed);
        if (memcmp(code->token, none, sizeof none) != 0) {
            (void)sqlite3_bind_blob(row, 5, code->token, sizeof code->token, SQLITE_STATIC);
        }
        (void)sqlite3_bind_int64(row, 6, code->token_expires);
        (void)sqlite3_bind_int64(row, 7, code->certified);
        status = store_step_done(store->db, row, "a code is changed", error);
    }
    (void)sqlite3_finalize(row);
    return status;
}

/* ----------------------------------------------------------------- exports */

static void take_export(sqlite3_stmt *row, void *item)
{
    struct vg_stored_export *made = item;
    *made = (struct vg_stored_export){.from = sqlite3_column_int64(row, 1), .to = sqlite3_column_int64(row, 2)};
    (void)snprintf(made->file, sizeof made->file, "%s", (const char *)sqlite3_column_text(row, 0));
}

vg_status vg_exposure_store_add_export(struct vg_exposure_store *store, const struct vg_stored_export *made, struct vg_error *error)
{
    sqlite3_stmt *row = NULL;
    vg_status status = store_prepare(store->db, "INSERT OR REPLACE INTO export (file, from_time, to_time) VALUES (?1, ?2, ?3)", &row, error);
    if (status == VG_OK) {
        store_bind_text(row, 1, made->file);
        (void)sqlite3_bind_int64(row, 2, made->from);
        (void)sqlite3_bind_int64(row, 3, made->to);
        status = store_step_done(store->db, row, "an export is noted", error);
    }
    (void)sqlite3_finalize(row);
    return status;
}

vg_status vg_exposure_store_exports(struct vg_exposure_store *store, struct vg_arena *arena, struct vg_stored_export **exports, size_t *n_exports, struct vg_error *error)
{
    struct listing list = {.arena = arena, .size = sizeof(struct vg_stored_export)};
    vg_status status = list_rows(store, "SELECT file, from_time, to_time FROM export ORDER BY from_time, file", 0, 0, &list, take_export, error);
    *exports = (struct vg_stored_export *)(void *)list.items;
    *n_exports = list.n;
    return status;
}

vg_status vg_exposure_store_first_hour(struct vg_exposure_store *store, int64_t *hour, struct vg_error *error)
{
    return store_scalar(store->db, "SELECT coalesce(min(hour), 0) FROM key", hour, error);
}

vg_status vg_exposure_store_exported_to(struct vg_exposure_store *store, int64_t *hour, struct vg_error *error)
{
    return store_scalar(store->db, "SELECT coalesce(max(value), 0) FROM meta WHERE name = 'exported_to'", hour, error);
}

vg_status vg_exposure_store_set_exported_to(struct vg_exposure_store *store, int64_t hour, struct vg_error *error)
{
    sqlite3_stmt *row = NULL;
    vg_status status = store_prepare(store->db, "INSERT OR REPLACE INTO meta VALUES ('exported_to', ?1)", &row, error);
    if (status == VG_OK) {
        (void)sqlite3_bind_int64(row, 1, hour);
        status = store_step_done(store->db, row, "an export is noted", error);
    }
    (void)sqlite3_finalize(row);
    return status;
}

/* ------------------------------------------------------------------ counts */

vg_status vg_exposure_store_count(struct vg_exposure_store *store, int32_t date, enum vg_stored_event event, int64_t n, struct vg_error *error)
{
    sqlite3_stmt *row = NULL;
    vg_status status = store_prepare(store->db, "INSERT INTO day VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET n = n + excluded.n", &row, error);
    if (status == VG_OK) {
        (void)sqlite3_bind_int(row, 1, date);
        (void)sqlite3_bind_int(row, 2, (int)event);
        (void)sqlite3_bind_int64(row, 3, n);
        status = store_step_done(store->db, row, "a day is counted", error);
    }
    (void)sqlite3_finalize(row);
    return status;
}

struct day_row { int32_t date, event; int64_t n; };

static void take_day(sqlite3_stmt *row, void *item)
{
    *(struct day_row *)item = (struct day_row){sqlite3_column_int(row, 0), sqlite3_column_int(row, 1), sqlite3_column_int64(row, 2)};
}

vg_status vg_exposure_store_days(struct vg_exposure_store *store, struct vg_arena *arena, struct vg_stored_day **days, size_t *n_days, struct vg_error *error)
{
    struct listing list = {.arena = arena, .size = sizeof(struct day_row)};
    vg_status status = list_rows(store, "SELECT date, event, n FROM day ORDER BY date, event", 0, 0, &list, take_day, error);
    const struct day_row *rows = (const struct day_row *)(const void *)list.items;
    *n_days = 0;
    *days = vg_arena_alloc(arena, list.n + 1, sizeof **days);
    if (*days == NULL) {
        return vg_fail_memory(error, list.n * sizeof **days);
    }
    for (size_t i = 0; status == VG_OK && i < list.n; i++) {
        if (i == 0 || rows[i].date != rows[i - 1].date) {
            (*days)[(*n_days)++] = (struct vg_stored_day){.date = rows[i].date};
        }
        if (rows[i].event >= 0 && rows[i].event < VG_STORED_EVENTS) {
            (*days)[*n_days - 1].counts[rows[i].event] = rows[i].n;
        }
    }
    return status;
}

vg_status vg_exposure_store_forget(struct vg_exposure_store *store, int64_t before, struct vg_error *error)
{
    static const char *const sql[] = {"DELETE FROM key WHERE max(hour, coalesce(revised_hour, 0)) < ?1", "DELETE FROM code WHERE issued < ?1", "DELETE FROM export WHERE to_time < ?1",
                                      "DELETE FROM mac WHERE certified < ?1"};
    vg_status status = VG_OK;
    for (size_t i = 0; status == VG_OK && i < sizeof sql / sizeof *sql; i++) {
        sqlite3_stmt *row = NULL;
        status = store_prepare(store->db, sql[i], &row, error);
        if (status == VG_OK) {
            (void)sqlite3_bind_int64(row, 1, before);
            status = store_step_done(store->db, row, "what is old is forgotten", error);
        }
        (void)sqlite3_finalize(row);
    }
    return status;
}
