/*
 * The frame of an import: one transaction that writes dataset, import record, places and facts, then the cube of the new data version. A process
 * that is stopped anywhere leaves the former state (before COMMIT) or the new one (after it; the cube is then made when the node is next opened).
 */
#include "store/store_internal.h"

#include <stdlib.h>
#include <string.h>

static vg_status find_same_file(struct store_import_work *work, bool *found)
{
    sqlite3 *db = work->store->db;
    sqlite3_stmt *statement = NULL;
    vg_status status = store_prepare(db,
                                     "SELECT i.id FROM import i JOIN dataset d ON d.id = i.dataset WHERE d.name = ?1 AND i.file_hash = ?2 AND i.profile IS ?3"
                                     " AND i.published = ?4",
                                     &statement, work->error);
    if (status == VG_OK) {
        store_bind_text(statement, 1, work->import->dataset.name);
        store_bind_text(statement, 2, work->import->file_hash);
        store_bind_text(statement, 3, work->import->profile);
        (void)sqlite3_bind_int(statement, 4, work->import->published);
        *found = sqlite3_step(statement) == SQLITE_ROW;
        if (*found) {
            work->summary->import_id = (uint32_t)sqlite3_column_int64(statement, 0);
        }
    }
    (void)sqlite3_finalize(statement);
    return status;
}

/* Makes the dataset, or fills what was not said before. */
static vg_status write_dataset(struct store_import_work *work)
{
    const struct vg_dataset *info = &work->import->dataset;
    sqlite3 *db = work->store->db;
    sqlite3_stmt *statement = NULL;
    if (work->known != NULL && work->known->info.kind != info->kind) {
        return vg_fail(work->error, VG_USAGE_ERROR, "dataset %s holds %s and this file %s; give it another name with --dataset", info->name,
                       work->known->info.kind == VG_DATASET_CASES ? "cases" : "counts", info->kind == VG_DATASET_CASES ? "cases" : "counts");
    }
    vg_status status = store_prepare(db,
                                     "INSERT INTO dataset (name, title, disease, country, source, licence, note, kind, nature, step_days)"
                                     " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT (name) DO UPDATE SET title = coalesce(?2, title),"
                                     " disease = coalesce(?3, disease), country = coalesce(?4, country), source = coalesce(?5, source),"
                                     " licence = coalesce(?6, licence), note = coalesce(?7, note), step_days = ?10 RETURNING id",
                                     &statement, work->error);
    if (status != VG_OK) {
        return status;
    }
    const char *const texts[] = {info->name, info->title, info->disease, info->country, info->source, info->licence, info->note};
    for (int i = 0; i < 7; i++) {
        store_bind_text(statement, 1 + i, texts[i]);
    }
    int step_days = work->import->counts != NULL && work->import->counts->step_days != 0 ? work->import->counts->step_days : 1;
    (void)sqlite3_bind_int(statement, 8, (int)info->kind);
    (void)sqlite3_bind_int(statement, 9, (int)info->nature);
    (void)sqlite3_bind_int(statement, 10, step_days);
    if (sqlite3_step(statement) == SQLITE_ROW) {
        work->dataset_id = sqlite3_column_int64(statement, 0);
    } else {
        status = store_sql_error(db, work->error, "writing the dataset");
    }
    (void)sqlite3_finalize(statement);
    return status;
}

static vg_status write_import_record(struct store_import_work *work)
{
    const struct vg_store_import *import = work->import;
    sqlite3 *db = work->store->db;
    sqlite3_stmt *statement = NULL;
    vg_status status = store_prepare(db,
                                     "INSERT INTO import (dataset, file_name, file_hash, profile, imported_at, published, is_snapshot, file_bytes, rows_read,"
                                     " rows_rejected, rejects_csv, extra_headings) VALUES (?1, ?2, ?3, ?4, strftime('%Y-%m-%dT%H:%M:%SZ', 'now'), ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
                                     &statement, work->error);
    if (status != VG_OK) {
        return status;
    }
    (void)sqlite3_bind_int64(statement, 1, work->dataset_id);
    store_bind_text(statement, 2, import->file_name);
    store_bind_text(statement, 3, import->file_hash);
    store_bind_text(statement, 4, import->profile);
    (void)sqlite3_bind_int(statement, 5, import->published);
    (void)sqlite3_bind_int(statement, 6, import->snapshot);
    (void)sqlite3_bind_int64(statement, 7, (int64_t)import->file_bytes);
    (void)sqlite3_bind_int64(statement, 8, (int64_t)import->rows_read);
    (void)sqlite3_bind_int64(statement, 9, (int64_t)import->rows_rejected);
    store_bind_text(statement, 10, import->rejects_csv);
    if (import->cases != NULL && import->cases->extra_headings.size > 0) {
        (void)sqlite3_bind_text64(statement, 11, import->cases->extra_headings.data, import->cases->extra_headings.size, SQLITE_STATIC, SQLITE_UTF8);
    }
    status = store_step_done(db, statement, "writing the import record", work->error);
    (void)sqlite3_finalize(statement);
    work->import_id = sqlite3_last_insert_rowid(db);
    work->summary->import_id = (uint32_t)work->import_id;
    return status;
}

/* The days of the dataset's vintages, this one among them, in order. */
static vg_status load_vintages(struct store_import_work *work)
{
    sqlite3 *db = work->store->db;
    sqlite3_stmt *statement = NULL;
    size_t capacity = 0;
    vg_status status = store_prepare(db, "SELECT published, max(is_snapshot) FROM import WHERE dataset = ?1 GROUP BY published ORDER BY published", &statement, work->error);
    if (status == VG_OK) {
        (void)sqlite3_bind_int64(statement, 1, work->dataset_id);
    }
    while (status == VG_OK && sqlite3_step(statement) == SQLITE_ROW) {
        if (work->n_vintages == capacity) {
            capacity = capacity == 0 ? 64 : capacity * 2;
            int32_t *days = VG_ARENA_ARRAY(work->arena, int32_t, capacity);
            bool *snapshots = VG_ARENA_ARRAY(work->arena, bool, capacity);
            if (days == NULL || snapshots == NULL) {
                status = vg_fail_memory(work->error, 0);
                break;
            }
            if (work->n_vintages > 0) {
                memcpy(days, work->vintages, work->n_vintages * sizeof *days);
                memcpy(snapshots, work->vintage_is_snapshot, work->n_vintages * sizeof *snapshots);
            }
            work->vintages = days;
            work->vintage_is_snapshot = snapshots;
        }
        work->vintages[work->n_vintages] = sqlite3_column_int(statement, 0);
        work->vintage_is_snapshot[work->n_vintages] = sqlite3_column_int(statement, 1) != 0;
        if (work->vintages[work->n_vintages] == work->import->published) {
            work->this_vintage = work->n_vintages;
        }
        work->n_vintages++;
    }
    (void)sqlite3_finalize(statement);
    return status;
}

static vg_status write_summary(struct store_import_work *work)
{
    sqlite3 *db = work->store->db;
    sqlite3_stmt *statement = NULL;
    vg_status status = store_prepare(db, "UPDATE import SET rows_new = ?2, rows_changed = ?3, rows_withdrawn = ?4, rows_unchanged = ?5 WHERE id = ?1", &statement, work->error);
    if (status != VG_OK) {
        return status;
    }
    (void)sqlite3_bind_int64(statement, 1, work->import_id);
    (void)sqlite3_bind_int64(statement, 2, (int64_t)work->summary->rows_new);
    (void)sqlite3_bind_int64(statement, 3, (int64_t)work->summary->rows_changed);
    (void)sqlite3_bind_int64(statement, 4, (int64_t)work->summary->rows_withdrawn);
    (void)sqlite3_bind_int64(statement, 5, (int64_t)work->summary->rows_unchanged);
    status = store_step_done(db, statement, "writing the import record", work->error);
    (void)sqlite3_finalize(statement);
    return status;
}

static vg_status write_everything(struct store_import_work *work)
{
    bool places_changed = false;
    vg_status status = store_write_places(work->store, work->import->places, work->place_of, &places_changed, work->error);
    store_at_step(work->store, "places");
    if (status == VG_OK) {
        status = write_dataset(work);
    }
    if (status == VG_OK) {
        status = write_import_record(work);
    }
    if (status == VG_OK) {
        status = load_vintages(work);
    }
    store_at_step(work->store, "record");
    if (status == VG_OK) {
        status = work->import->cases != NULL ? store_import_cases(work) : store_import_counts(work);
    }
    store_at_step(work->store, "facts");
    if (status == VG_OK) {
        status = write_summary(work);
    }
    return status == VG_OK ? store_bump_version(work->store->db, work->error) : status;
}

struct settling { struct store_import_work *work; vg_status status; };

/* The import is durable in the write-ahead log by now. Bringing it into the database proper and making the cube are independent. */
static void settle_part(void *context, size_t item, unsigned worker)
{
    struct settling *settling = context;
    (void)worker;
    if (item == 0) {
        settling->status = store_cube_after_import(settling->work);
    } else {
        store_checkpoint(settling->work->store);
    }
}

static vg_status settle(struct store_import_work *work)
{
    enum { WORTH_A_THREAD_ROWS = 100000 };
    size_t rows = work->import->cases != NULL ? work->import->cases->n_cases : work->import->counts->n_counts;
    struct settling settling = {.work = work};
    struct vg_pool *pool = rows < WORTH_A_THREAD_ROWS ? NULL : vg_pool_new(2);
    vg_parallel_for(pool, 2, settle_part, &settling);
    vg_pool_free(pool);
    return settling.status;
}

vg_status vg_store_import(struct vg_store *store, const struct vg_store_import *import, struct vg_store_import_summary *summary, struct vg_error *error)
{
    struct vg_arena arena;
    struct store_import_work work = {.store = store, .import = import, .summary = summary, .arena = &arena, .error = error};
    *summary = (struct vg_store_import_summary){0};
    if (store->mode != VG_STORE_WRITE) {
        return vg_fail(error, VG_USAGE_ERROR, "the node was opened for reading");
    }
    if (import->published == VG_DATE_NONE) {
        return vg_fail(error, VG_NEEDS_CHOICE, "the day on which these data were published is not known; give it with --published");
    }
    VG_ASSERT((import->cases == NULL) != (import->counts == NULL));
    vg_status status = find_same_file(&work, &summary->already_there);
    if (status != VG_OK || summary->already_there) {
        return status;
    }
    vg_arena_init(&arena, 0);
    work.known = cube_find(store->cube, import->dataset.name);
    work.place_of = VG_ARENA_ARRAY(&arena, uint32_t, import->places->count);
    status = work.place_of == NULL ? vg_fail_memory(error, 0) : store_sql(store->db, "BEGIN IMMEDIATE", error);
    if (status == VG_OK) {
        store_at_step(store, "begun");
        status = write_everything(&work);
        store_at_step(store, "written");
        if (status == VG_OK) {
            (void)sqlite3_wal_autocheckpoint(store->db, 0); /* settle does it, beside the cube */
            status = store_sql(store->db, "COMMIT", error);
        }
        if (status != VG_OK) {
            (void)sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
            *summary = (struct vg_store_import_summary){0};
        }
        store_at_step(store, "committed");
    }
    if (status == VG_OK) {
        status = settle(&work);
        store_at_step(store, "cube");
    }
    vg_arena_release(&arena);
    return status;
}
