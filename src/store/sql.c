/*
 * The database's schema, and the small steps around SQLite that every file of this folder takes.
 */
#include "store/store_internal.h"

#include <math.h>
#include <string.h>

/* The bits of a contact's visits, from the visits. */
#define STORE_VISITED \
    "coalesce((SELECT sum(DISTINCT CASE WHEN f.seen IN (1, 2, 3) AND f.day BETWEEN tracing_contact.added + 1 AND tracing_contact.added + 62 THEN 1 << (f.day - tracing_contact.added - 1) ELSE 0 END) |" \
    " max(CASE WHEN f.symptoms IS NULL THEN 0 ELSE 1 << 62 END) FROM tracing_followup f WHERE f.contact = tracing_contact.id), 0)"

static const char schema_1[] =
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;"
    "CREATE TABLE place (id INTEGER PRIMARY KEY, code TEXT NOT NULL UNIQUE, name TEXT, name_es TEXT, name_pt TEXT, name_en TEXT, name_fr TEXT, name_zh TEXT,"
    " alternative_names TEXT, parent INTEGER, level INTEGER NOT NULL, population REAL, latitude REAL, longitude REAL) STRICT;"
    "CREATE TABLE dataset (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, title TEXT, disease TEXT, country TEXT, source TEXT, licence TEXT, note TEXT,"
    " kind INTEGER NOT NULL, nature INTEGER NOT NULL, step_days INTEGER NOT NULL DEFAULT 1) STRICT;"
    "CREATE TABLE import (id INTEGER PRIMARY KEY, dataset INTEGER NOT NULL REFERENCES dataset, file_name TEXT, file_hash TEXT NOT NULL, profile TEXT,"
    " imported_at TEXT NOT NULL, published INTEGER NOT NULL, is_snapshot INTEGER NOT NULL, file_bytes INTEGER, rows_read INTEGER, rows_rejected INTEGER,"
    " rows_new INTEGER, rows_changed INTEGER, rows_withdrawn INTEGER, rows_unchanged INTEGER, rejects_csv TEXT) STRICT;"
    "CREATE INDEX import_file ON import (dataset, file_hash);"
    "CREATE TABLE category (id INTEGER PRIMARY KEY, dataset INTEGER NOT NULL, number INTEGER NOT NULL, name TEXT NOT NULL, UNIQUE (dataset, number)) STRICT;"
    "CREATE TABLE case_version (id INTEGER PRIMARY KEY, dataset INTEGER NOT NULL, import INTEGER NOT NULL, identity INTEGER NOT NULL, content INTEGER NOT NULL,"
    " known_from INTEGER NOT NULL, known_to INTEGER, place INTEGER, onset INTEGER, notification INTEGER, sample INTEGER, diagnosis INTEGER, report INTEGER,"
    " admission INTEGER, icu INTEGER, recovery INTEGER, death INTEGER, age INTEGER, sex INTEGER, class INTEGER, outcome INTEGER, severity INTEGER,"
    " category INTEGER, line INTEGER, case_id TEXT, extra TEXT) STRICT;"
    "CREATE TABLE case_secret (dataset INTEGER NOT NULL, identity INTEGER NOT NULL, sealed BLOB NOT NULL, PRIMARY KEY (dataset, identity)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE count_group (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;"
    "CREATE TABLE count_increment (id INTEGER PRIMARY KEY, dataset INTEGER NOT NULL, import INTEGER NOT NULL, measure TEXT NOT NULL, place INTEGER, grp INTEGER NOT NULL,"
    " reference INTEGER NOT NULL, report INTEGER NOT NULL, increment REAL NOT NULL) STRICT;"
    "CREATE TABLE shape (code TEXT PRIMARY KEY, geojson TEXT NOT NULL) STRICT;"
    "CREATE TABLE product (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, key TEXT NOT NULL, parameters TEXT, program_version TEXT, data_version INTEGER NOT NULL,"
    " seed INTEGER, made_at TEXT NOT NULL, content BLOB) STRICT;"
    "CREATE INDEX product_key ON product (kind, key, id);"
    "INSERT INTO meta VALUES ('data_version', 1);"
    "PRAGMA user_version = 1;";

/* From each version to the next, in order; a new node passes through all of them, so that they stay tested. */
static const char *const migrations[STORE_SCHEMA_VERSION] = {
    schema_1,
    /* case_version.extra held objects with their headings in each row; from here on arrays, whose headings are the import's. Objects stay valid. */
    "ALTER TABLE import ADD COLUMN extra_headings TEXT; PRAGMA user_version = 2;",
    /* Alarms that people work on, and all that was done with them: rows of the audit are only ever added. */
    "CREATE TABLE alarm (id INTEGER PRIMARY KEY, dataset TEXT NOT NULL, measure TEXT NOT NULL, grp TEXT NOT NULL, place TEXT NOT NULL, method TEXT NOT NULL, parameters TEXT,"
    " step_days INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, count REAL, expected REAL, threshold REAL, score REAL, p_value REAL, places TEXT,"
    " data_version INTEGER NOT NULL, program_version TEXT, state INTEGER NOT NULL, assignee TEXT, found_at TEXT NOT NULL, changed_at TEXT NOT NULL) STRICT;"
    "CREATE INDEX alarm_series ON alarm (dataset, measure, grp, method, last);"
    "CREATE TABLE alarm_event (id INTEGER PRIMARY KEY, alarm INTEGER NOT NULL REFERENCES alarm, at TEXT NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL,"
    " recipient TEXT, note TEXT, data_version INTEGER NOT NULL) STRICT;"
    "CREATE INDEX alarm_event_alarm ON alarm_event (alarm, id);"
    "CREATE TRIGGER alarm_event_stays BEFORE UPDATE ON alarm_event BEGIN SELECT RAISE(ABORT, 'the audit of alarms is only added to'); END;"
    "CREATE TRIGGER alarm_event_is_kept BEFORE DELETE ON alarm_event BEGIN SELECT RAISE(ABORT, 'the audit of alarms is only added to'); END;"
    "CREATE TRIGGER alarm_is_kept BEFORE DELETE ON alarm BEGIN SELECT RAISE(ABORT, 'alarms are closed, not deleted'); END;"
    "PRAGMA user_version = 3;",
    /* Tracing: persons, cases, contacts, events, follow-up, orders; what identifies is sealed in a table of its own, and its audit is only added to. */
    "CREATE INDEX place_parent ON place (parent);"
    "CREATE TABLE tracing_person (id INTEGER PRIMARY KEY, birth_year INTEGER, sex INTEGER NOT NULL, place TEXT, added INTEGER NOT NULL, merged_into INTEGER REFERENCES tracing_person,"
    " erased INTEGER) STRICT;"
    "CREATE INDEX tracing_person_merged ON tracing_person (merged_into) WHERE merged_into IS NOT NULL;"
    "CREATE TABLE tracing_identity (person INTEGER PRIMARY KEY REFERENCES tracing_person, sealed BLOB NOT NULL) STRICT;"
    "CREATE TABLE tracing_search (code INTEGER NOT NULL, person INTEGER NOT NULL, PRIMARY KEY (code, person)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE tracing_name (code INTEGER PRIMARY KEY, n INTEGER NOT NULL) STRICT;"
    "CREATE TABLE tracing_event (id INTEGER PRIMARY KEY, label TEXT, setting INTEGER NOT NULL, place TEXT, first INTEGER, last INTEGER, people INTEGER, officer TEXT,"
    " added INTEGER NOT NULL) STRICT;"
    "CREATE INDEX tracing_event_first ON tracing_event (first);"
    "CREATE TABLE tracing_case (id INTEGER PRIMARY KEY, person INTEGER NOT NULL REFERENCES tracing_person, class INTEGER NOT NULL, exposure_first INTEGER, exposure_last INTEGER,"
    " onset INTEGER, report INTEGER, sample INTEGER, isolation INTEGER, outcome INTEGER NOT NULL, outcome_day INTEGER, imported INTEGER NOT NULL, setting INTEGER NOT NULL, place TEXT,"
    " officer TEXT, laboratory TEXT, genome TEXT, from_contact INTEGER REFERENCES tracing_contact, added INTEGER NOT NULL) STRICT;"
    "CREATE INDEX tracing_case_person ON tracing_case (person);"
    "CREATE INDEX tracing_case_officer ON tracing_case (officer, report);"
    "CREATE INDEX tracing_case_place ON tracing_case (place, report);"
    "CREATE INDEX tracing_case_report ON tracing_case (report);"
    "CREATE TABLE tracing_contact (id INTEGER PRIMARY KEY, source INTEGER REFERENCES tracing_person, person INTEGER NOT NULL REFERENCES tracing_person,"
    " event INTEGER REFERENCES tracing_event, first INTEGER, last INTEGER, setting INTEGER NOT NULL, proximity INTEGER NOT NULL, minutes INTEGER, certainty INTEGER NOT NULL,"
    " found INTEGER NOT NULL, status INTEGER NOT NULL, follow_until INTEGER, place TEXT, officer TEXT, became_case INTEGER REFERENCES tracing_case, added INTEGER NOT NULL) STRICT;"
    "CREATE INDEX tracing_contact_person ON tracing_contact (person);"
    "CREATE INDEX tracing_contact_source ON tracing_contact (source);"
    "CREATE INDEX tracing_contact_officer ON tracing_contact (officer, status, follow_until);"
    "CREATE INDEX tracing_contact_place ON tracing_contact (place, status, follow_until);"
    "CREATE INDEX tracing_contact_status ON tracing_contact (status, follow_until);"
    "CREATE INDEX tracing_contact_last ON tracing_contact (last);"
    "CREATE INDEX tracing_contact_event ON tracing_contact (event) WHERE event IS NOT NULL;"
    "CREATE TABLE tracing_attendance (id INTEGER PRIMARY KEY, event INTEGER NOT NULL REFERENCES tracing_event, person INTEGER NOT NULL REFERENCES tracing_person, first INTEGER,"
    " last INTEGER, UNIQUE (event, person)) STRICT;"
    "CREATE INDEX tracing_attendance_person ON tracing_attendance (person);"
    "CREATE TABLE tracing_followup (id INTEGER PRIMARY KEY, contact INTEGER NOT NULL REFERENCES tracing_contact, day INTEGER NOT NULL, seen INTEGER NOT NULL, symptoms TEXT,"
    " temperature REAL, officer TEXT, entry TEXT) STRICT;"
    "CREATE INDEX tracing_followup_contact ON tracing_followup (contact, day);"
    "CREATE UNIQUE INDEX tracing_followup_entry ON tracing_followup (entry) WHERE entry IS NOT NULL;"
    "CREATE TABLE tracing_order (id INTEGER PRIMARY KEY, person INTEGER NOT NULL REFERENCES tracing_person, kind INTEGER NOT NULL, first INTEGER, last INTEGER, ended INTEGER,"
    " help TEXT, officer TEXT) STRICT;"
    "CREATE INDEX tracing_order_person ON tracing_order (person);"
    "CREATE TABLE tracing_external (form TEXT NOT NULL, kind INTEGER NOT NULL, external TEXT NOT NULL, id INTEGER NOT NULL, PRIMARY KEY (form, kind, external)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX tracing_external_id ON tracing_external (kind, id);"
    "CREATE TABLE tracing_duplicate (person INTEGER NOT NULL REFERENCES tracing_person, other INTEGER NOT NULL REFERENCES tracing_person, probability REAL, state INTEGER NOT NULL,"
    " pattern TEXT, PRIMARY KEY (person, other)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX tracing_duplicate_other ON tracing_duplicate (other);"
    "CREATE INDEX tracing_duplicate_state ON tracing_duplicate (state, probability);"
    "CREATE TABLE tracing_audit (id INTEGER PRIMARY KEY, at TEXT NOT NULL, actor TEXT NOT NULL, role TEXT NOT NULL, action TEXT NOT NULL, person INTEGER, object TEXT, object_id INTEGER,"
    " reason TEXT, detail TEXT) STRICT;"
    "CREATE INDEX tracing_audit_person ON tracing_audit (person, id) WHERE person IS NOT NULL;"
    "CREATE TRIGGER tracing_audit_stays BEFORE UPDATE ON tracing_audit BEGIN SELECT RAISE(ABORT, 'the audit of tracing is only added to'); END;"
    "CREATE TRIGGER tracing_audit_is_kept BEFORE DELETE ON tracing_audit BEGIN SELECT RAISE(ABORT, 'the audit of tracing is only added to'); END;"
    "CREATE TABLE tracing_retention (kind INTEGER PRIMARY KEY, days INTEGER NOT NULL) STRICT;"
    "INSERT INTO tracing_retention VALUES (0, 180), (1, 30), (2, 30), (3, 30);"
    "PRAGMA user_version = 4;",
    /* Lists find their rows in an index alone; of a chain's contacts, most of whom are no cases, only those who are have their row read. */
    "DROP INDEX tracing_contact_source; DROP INDEX tracing_contact_officer; DROP INDEX tracing_contact_place; DROP INDEX tracing_contact_status;"
    "CREATE INDEX tracing_contact_source ON tracing_contact (source, person, status);"
    "CREATE INDEX tracing_contact_officer ON tracing_contact (officer, status, follow_until, last, added);"
    "CREATE INDEX tracing_contact_place ON tracing_contact (place, status, last);"
    "CREATE INDEX tracing_contact_status ON tracing_contact (status, last);"
    "PRAGMA user_version = 5;",
    /*
     * Indicators go over the contacts of a month in one index: what was seen of a contact is a bit a day (0 to 61: the days after it was listed; 62: ill in any visit), kept by the
     * database itself, whoever writes a visit. Contacts that end before they were listed are few, and have an index of their own.
     */
    "ALTER TABLE tracing_contact ADD COLUMN visited INTEGER NOT NULL DEFAULT 0;"
    "UPDATE tracing_contact SET visited = " STORE_VISITED ";"
    "CREATE TRIGGER tracing_visit_made AFTER INSERT ON tracing_followup BEGIN UPDATE tracing_contact SET visited = visited |"
    " (CASE WHEN NEW.seen IN (1, 2, 3) AND NEW.day BETWEEN added + 1 AND added + 62 THEN 1 << (NEW.day - added - 1) ELSE 0 END) | (CASE WHEN NEW.symptoms IS NULL THEN 0 ELSE 1 << 62 END)"
    " WHERE id = NEW.contact; END;"
    "CREATE TRIGGER tracing_visit_changed AFTER UPDATE ON tracing_followup BEGIN UPDATE tracing_contact SET visited = " STORE_VISITED " WHERE id IN (OLD.contact, NEW.contact); END;"
    "CREATE TRIGGER tracing_visit_gone AFTER DELETE ON tracing_followup BEGIN UPDATE tracing_contact SET visited = " STORE_VISITED " WHERE id = OLD.contact; END;"
    "CREATE TRIGGER tracing_contact_relisted AFTER UPDATE OF added ON tracing_contact WHEN NEW.added IS NOT OLD.added"
    " BEGIN UPDATE tracing_contact SET visited = " STORE_VISITED " WHERE id = NEW.id; END;"
    "CREATE INDEX tracing_contact_until ON tracing_contact (follow_until, added, status, source, last, became_case, visited, place);"
    "CREATE INDEX tracing_contact_short ON tracing_contact (added) WHERE follow_until IS NULL OR follow_until < added;"
    "PRAGMA user_version = 6;",
    /* Genomes as differences from their set's reference, with the terms on which they are here. */
    "CREATE TABLE genome_set (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, reference_name TEXT NOT NULL, letters TEXT NOT NULL) STRICT;"
    "CREATE TABLE genome (id INTEGER PRIMARY KEY, genome_set INTEGER NOT NULL REFERENCES genome_set, name TEXT NOT NULL, date INTEGER, place TEXT, lineage TEXT, source TEXT,"
    " added INTEGER NOT NULL, quality TEXT, score REAL, provider TEXT, licence TEXT, agreement TEXT, embargo INTEGER, packed BLOB NOT NULL, UNIQUE (genome_set, name)) STRICT;"
    "PRAGMA user_version = 7;",
    /* The stock ledger: rows are only added. A position is a place or facility, an item and a lot; its balance is the sum of its rows, found in one index. */
    "CREATE TABLE stock_item (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, category TEXT, unit TEXT, reusable INTEGER NOT NULL, lots INTEGER NOT NULL, title TEXT,"
    " own INTEGER NOT NULL) STRICT;"
    "CREATE TABLE stock_site (id INTEGER PRIMARY KEY, place TEXT NOT NULL, facility TEXT NOT NULL, UNIQUE (place, facility)) STRICT;"
    "CREATE TABLE stock_position (id INTEGER PRIMARY KEY, site INTEGER NOT NULL REFERENCES stock_site, item INTEGER NOT NULL REFERENCES stock_item, lot TEXT NOT NULL, expiry INTEGER,"
    " UNIQUE (site, item, lot)) STRICT;"
    "CREATE TABLE stock_batch (id INTEGER PRIMARY KEY, at TEXT NOT NULL, actor TEXT NOT NULL, source TEXT, file_hash TEXT) STRICT;"
    "CREATE INDEX stock_batch_file ON stock_batch (file_hash) WHERE file_hash IS NOT NULL;"
    "CREATE TABLE stock_movement (id INTEGER PRIMARY KEY, position INTEGER NOT NULL REFERENCES stock_position, day INTEGER NOT NULL, event INTEGER NOT NULL, amount INTEGER NOT NULL,"
    " counted INTEGER, in_use INTEGER, other INTEGER, reverses INTEGER NOT NULL, batch INTEGER NOT NULL REFERENCES stock_batch, note TEXT, entry BLOB) STRICT;"
    "CREATE INDEX stock_movement_position ON stock_movement (position, day, amount);"
    "CREATE INDEX stock_movement_used ON stock_movement (day, position, amount) WHERE event = 1;"
    "CREATE INDEX stock_movement_counted ON stock_movement (position, day, in_use) WHERE counted IS NOT NULL;"
    "CREATE INDEX stock_movement_other ON stock_movement (other) WHERE other IS NOT NULL;"
    "CREATE UNIQUE INDEX stock_movement_entry ON stock_movement (entry) WHERE entry IS NOT NULL;"
    "CREATE TRIGGER stock_movement_stays BEFORE UPDATE ON stock_movement BEGIN SELECT RAISE(ABORT, 'the stock ledger is only added to'); END;"
    "CREATE TRIGGER stock_movement_is_kept BEFORE DELETE ON stock_movement BEGIN SELECT RAISE(ABORT, 'the stock ledger is only added to'); END;"
    "CREATE TRIGGER stock_batch_stays BEFORE UPDATE ON stock_batch BEGIN SELECT RAISE(ABORT, 'the stock ledger is only added to'); END;"
    "CREATE TRIGGER stock_batch_is_kept BEFORE DELETE ON stock_batch BEGIN SELECT RAISE(ABORT, 'the stock ledger is only added to'); END;"
    "CREATE TRIGGER stock_position_is_kept BEFORE DELETE ON stock_position BEGIN SELECT RAISE(ABORT, 'the stock ledger is only added to'); END;"
    "PRAGMA user_version = 8;",
    /* What was sent and has not arrived: an order has the rows with which it left, and what came of it, and how much did not. */
    "CREATE TABLE stock_order (id INTEGER PRIMARY KEY, item INTEGER NOT NULL REFERENCES stock_item, from_site INTEGER NOT NULL REFERENCES stock_site,"
    " to_site INTEGER NOT NULL REFERENCES stock_site, day INTEGER NOT NULL, due INTEGER, amount INTEGER NOT NULL, batch INTEGER NOT NULL REFERENCES stock_batch, note TEXT) STRICT;"
    "CREATE TABLE stock_order_part (movement INTEGER PRIMARY KEY REFERENCES stock_movement, stock_order INTEGER NOT NULL REFERENCES stock_order) STRICT;"
    "CREATE INDEX stock_order_part_of ON stock_order_part (stock_order);"
    "CREATE TABLE stock_arrival (id INTEGER PRIMARY KEY, stock_order INTEGER NOT NULL REFERENCES stock_order, day INTEGER NOT NULL, amount INTEGER NOT NULL, short INTEGER NOT NULL,"
    " returned INTEGER NOT NULL, batch INTEGER NOT NULL REFERENCES stock_batch, note TEXT) STRICT;"
    "CREATE INDEX stock_arrival_of ON stock_arrival (stock_order);"
    "CREATE TRIGGER stock_order_stays BEFORE UPDATE ON stock_order BEGIN SELECT RAISE(ABORT, 'the stock ledger is only added to'); END;"
    "CREATE TRIGGER stock_order_is_kept BEFORE DELETE ON stock_order BEGIN SELECT RAISE(ABORT, 'the stock ledger is only added to'); END;"
    "CREATE TRIGGER stock_order_part_stays BEFORE UPDATE ON stock_order_part BEGIN SELECT RAISE(ABORT, 'the stock ledger is only added to'); END;"
    "CREATE TRIGGER stock_order_part_is_kept BEFORE DELETE ON stock_order_part BEGIN SELECT RAISE(ABORT, 'the stock ledger is only added to'); END;"
    "CREATE TRIGGER stock_arrival_stays BEFORE UPDATE ON stock_arrival BEGIN SELECT RAISE(ABORT, 'the stock ledger is only added to'); END;"
    "CREATE TRIGGER stock_arrival_is_kept BEFORE DELETE ON stock_arrival BEGIN SELECT RAISE(ABORT, 'the stock ledger is only added to'); END;"
    "PRAGMA user_version = 9;",
    /* The coding sequences of a set's reference, as GFF3. */
    "ALTER TABLE genome_set ADD COLUMN annotation TEXT; PRAGMA user_version = 10;",
    /* Merges are few among all that the audit holds, and are listed. */
    "CREATE INDEX tracing_audit_merge ON tracing_audit (action, object_id) WHERE action IN ('merged', 'merge_undone'); PRAGMA user_version = 11;",
};

vg_status store_sql_error(sqlite3 *db, struct vg_error *error, const char *doing)
{
    int code = sqlite3_extended_errcode(db);
    int primary = code & 0xFF;
    if (primary == SQLITE_FULL) {
        return vg_fail(error, VG_SYSTEM_ERROR, "%s: the disk is full; the node is as it was before", doing);
    }
    if (primary == SQLITE_IOERR) {
        return vg_fail(error, VG_SYSTEM_ERROR, "%s: the disk cannot be written or read (%s; is it full?); the node is as it was before", doing, sqlite3_errmsg(db));
    }
    if (primary == SQLITE_BUSY || primary == SQLITE_LOCKED) {
        return vg_fail(error, VG_BUSY, "%s: another process is writing to the node; try again when it has ended", doing);
    }
    if (primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB) {
        return vg_fail(error, VG_SYSTEM_ERROR, "%s: the database is damaged (%s); restore a backup with vigia restore", doing, sqlite3_errmsg(db));
    }
    return vg_fail(error, VG_SYSTEM_ERROR, "%s: %s", doing, sqlite3_errmsg(db));
}

vg_status store_sql(sqlite3 *db, const char *sql, struct vg_error *error)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK ? VG_OK : store_sql_error(db, error, "the node's database");
}

vg_status store_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **statement, struct vg_error *error)
{
    return sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, statement, NULL) == SQLITE_OK ? VG_OK : store_sql_error(db, error, "the node's database");
}

vg_status store_step_done(sqlite3 *db, sqlite3_stmt *statement, const char *doing, struct vg_error *error)
{
    int code = sqlite3_step(statement);
    if (code != SQLITE_DONE && code != SQLITE_ROW) {
        vg_status status = store_sql_error(db, error, doing);
        (void)sqlite3_reset(statement);
        return status;
    }
    (void)sqlite3_reset(statement);
    return VG_OK;
}

vg_status store_scalar(sqlite3 *db, const char *sql, int64_t *value, struct vg_error *error)
{
    sqlite3_stmt *statement = NULL;
    vg_status status = store_prepare(db, sql, &statement, error);
    if (status == VG_OK) {
        if (sqlite3_step(statement) == SQLITE_ROW) {
            *value = sqlite3_column_int64(statement, 0);
        } else {
            status = store_sql_error(db, error, "the node's database");
        }
    }
    (void)sqlite3_finalize(statement);
    return status;
}

void store_bind_text(sqlite3_stmt *statement, int index, const char *text)
{
    (void)(text == NULL ? sqlite3_bind_null(statement, index) : sqlite3_bind_text(statement, index, text, -1, SQLITE_STATIC));
}

void store_bind_date(sqlite3_stmt *statement, int index, int32_t date)
{
    (void)(date == VG_DATE_NONE ? sqlite3_bind_null(statement, index) : sqlite3_bind_int(statement, index, date));
}

void store_bind_double(sqlite3_stmt *statement, int index, double value)
{
    (void)(isnan(value) ? sqlite3_bind_null(statement, index) : sqlite3_bind_double(statement, index, value));
}

const char *store_column_text(struct vg_arena *arena, sqlite3_stmt *statement, int column)
{
    const char *text = (const char *)sqlite3_column_text(statement, column);
    return text == NULL ? NULL : vg_arena_copy(arena, text);
}

static vg_status migrate_from(sqlite3 *db, int64_t version, struct vg_error *error)
{
    vg_status status = store_sql(db, "BEGIN IMMEDIATE", error);
    for (int64_t next = version; status == VG_OK && next < STORE_SCHEMA_VERSION; next++) {
        status = store_sql(db, migrations[next], error);
    }
    if (status != VG_OK) {
        (void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
        return status;
    }
    return store_sql(db, "COMMIT", error);
}

vg_status store_schema_create(sqlite3 *db, struct vg_error *error)
{
    return migrate_from(db, 0, error);
}

/* Version 0 is a database without tables, left where the making of a node was interrupted. */
vg_status store_schema_migrate(sqlite3 *db, enum vg_store_mode mode, struct vg_error *error)
{
    int64_t version = 0;
    vg_status status = store_scalar(db, "PRAGMA user_version", &version, error);
    if (status != VG_OK || version == STORE_SCHEMA_VERSION) {
        return status;
    }
    if (version > STORE_SCHEMA_VERSION) {
        return vg_fail(error, VG_DATA_ERROR, "the node was written by a newer vigia (schema %lld, this program knows %d); use that one",
                       (long long)version, STORE_SCHEMA_VERSION);
    }
    if (mode == VG_STORE_READ) {
        return vg_fail(error, VG_DATA_ERROR, "the node is of an older schema (%lld); open it once for writing (any vigia import) to bring it up to date", (long long)version);
    }
    return migrate_from(db, version < 0 ? 0 : version, error);
}

vg_status store_bump_version(sqlite3 *db, struct vg_error *error)
{
    return store_sql(db, "UPDATE meta SET value = value + 1 WHERE name = 'data_version'", error);
}

void store_at_step(struct vg_store *store, const char *step)
{
    if (store->at_step != NULL) {
        store->at_step(store->at_step_context, step);
    }
}
