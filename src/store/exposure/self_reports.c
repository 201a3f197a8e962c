/*
 * What a verification server must remember of those who report by themselves: which telephone asked and when, what is to be sent to it, and which keys were certified.
 */
#include "store/exposure/exposure_internal.h"

#include <string.h>

static const uint8_t none[VG_STORED_HASH_BYTES] = {0};

static void take_hash(sqlite3_stmt *row, int column, uint8_t out[VG_STORED_HASH_BYTES])
{
    memset(out, 0, VG_STORED_HASH_BYTES);
    if (sqlite3_column_bytes(row, column) == VG_STORED_HASH_BYTES) {
        memcpy(out, sqlite3_column_blob(row, column), VG_STORED_HASH_BYTES);
    }
}

static void bind_hash(sqlite3_stmt *row, int at, const uint8_t hash[VG_STORED_HASH_BYTES])
{
    (void)(memcmp(hash, none, sizeof none) == 0 ? sqlite3_bind_null(row, at) : sqlite3_bind_blob(row, at, hash, VG_STORED_HASH_BYTES, SQLITE_STATIC));
}

vg_status vg_exposure_store_find_phone(struct vg_exposure_store *store, bool by_code, const uint8_t hash[VG_STORED_HASH_BYTES], struct vg_stored_phone *phone, struct vg_error *error)
{
    sqlite3_stmt *row = NULL;
    vg_status status = store_prepare(store->db, by_code ? "SELECT phone, code, nonce, issued, claimed FROM phone WHERE code = ?1" : "SELECT phone, code, nonce, issued, claimed FROM phone WHERE phone = ?1",
                                     &row, error);
    if (status == VG_OK) {
        (void)sqlite3_bind_blob(row, 1, hash, VG_STORED_HASH_BYTES, SQLITE_STATIC);
        int step = sqlite3_step(row);
        status = step == SQLITE_ROW ? VG_OK : step == SQLITE_DONE ? VG_NOT_FOUND : store_sql_error(store->db, error, "a telephone is looked for");
    }
    if (status == VG_OK) {
        *phone = (struct vg_stored_phone){.issued = sqlite3_column_int64(row, 3), .claimed = sqlite3_column_int64(row, 4)};
        take_hash(row, 0, phone->phone);
        take_hash(row, 1, phone->code);
        take_hash(row, 2, phone->nonce);
    }
    (void)sqlite3_finalize(row);
    return status;
}

vg_status vg_exposure_store_put_phone(struct vg_exposure_store *store, const struct vg_stored_phone *phone, struct vg_error *error)
{
    sqlite3_stmt *row = NULL;
    vg_status status = store_prepare(store->db, "INSERT OR REPLACE INTO phone (phone, code, nonce, issued, claimed) VALUES (?1, ?2, ?3, ?4, ?5)", &row, error);
    if (status == VG_OK) {
        (void)sqlite3_bind_blob(row, 1, phone->phone, sizeof phone->phone, SQLITE_STATIC);
        bind_hash(row, 2, phone->code);
        bind_hash(row, 3, phone->nonce);
        (void)sqlite3_bind_int64(row, 4, phone->issued);
        (void)sqlite3_bind_int64(row, 5, phone->claimed);
        status = store_step_done(store->db, row, "a telephone is kept", error);
    }
    (void)sqlite3_finalize(row);
    return status;
}

vg_status vg_exposure_store_forget_phones(struct vg_exposure_store *store, int64_t claimed_before, int64_t issued_before, struct vg_error *error)
{
    sqlite3_stmt *row = NULL;
    vg_status status = store_prepare(store->db, "DELETE FROM phone WHERE (claimed != 0 AND claimed < ?1) OR (claimed = 0 AND issued < ?2)", &row, error);
    if (status == VG_OK) {
        (void)sqlite3_bind_int64(row, 1, claimed_before);
        (void)sqlite3_bind_int64(row, 2, issued_before);
        status = store_step_done(store->db, row, "telephones are forgotten", error);
    }
    (void)sqlite3_finalize(row);
    return status;
}

/* ---------------------------------------------------------------- messages */

vg_status vg_exposure_store_add_message(struct vg_exposure_store *store, const struct vg_stored_message *message, struct vg_error *error)
{
    sqlite3_stmt *row = NULL;
    vg_status status = store_prepare(store->db, "INSERT INTO message (sealed, expires) VALUES (?1, ?2)", &row, error);
    if (status == VG_OK) {
        (void)sqlite3_bind_blob(row, 1, message->sealed, (int)message->size, SQLITE_STATIC);
        (void)sqlite3_bind_int64(row, 2, message->expires);
        status = store_step_done(store->db, row, "a message is kept", error);
    }
    (void)sqlite3_finalize(row);
    return status;
}

static vg_status delete_messages(struct vg_exposure_store *store, const char *sql, int64_t number, struct vg_error *error)
{
    sqlite3_stmt *row = NULL;
    vg_status status = store_prepare(store->db, sql, &row, error);
    if (status == VG_OK) {
        (void)sqlite3_bind_int64(row, 1, number);
        status = store_step_done(store->db, row, "a message is forgotten", error);
    }
    (void)sqlite3_finalize(row);
    return status;
}

vg_status vg_exposure_store_forget_messages(struct vg_exposure_store *store, int64_t now, struct vg_error *error)
{
    return delete_messages(store, "DELETE FROM message WHERE expires <= ?1", now, error);
}

vg_status vg_exposure_store_take_message(struct vg_exposure_store *store, int64_t now, struct vg_stored_message *message, struct vg_error *error)
{
    sqlite3_stmt *row = NULL;
    vg_status status = vg_exposure_store_forget_messages(store, now, error);
    if (status == VG_OK) {
        status = store_prepare(store->db, "SELECT id, sealed, expires FROM message ORDER BY id LIMIT 1", &row, error);
    }
    if (status == VG_OK) {
        int step = sqlite3_step(row);
        status = step == SQLITE_ROW ? VG_OK : step == SQLITE_DONE ? VG_NOT_FOUND : store_sql_error(store->db, error, "a message is looked for");
    }
    if (status == VG_OK) {
        size_t size = (size_t)sqlite3_column_bytes(row, 1);
        *message = (struct vg_stored_message){.id = sqlite3_column_int64(row, 0), .expires = sqlite3_column_int64(row, 2), .size = size < sizeof message->sealed ? size : sizeof message->sealed};
        memcpy(message->sealed, sqlite3_column_blob(row, 1), message->size);
    }
    (void)sqlite3_finalize(row);
    return status == VG_OK ? delete_messages(store, "DELETE FROM message WHERE id = ?1", message->id, error) : status;
}

/* ----------------------------------------------------------------- certified */

vg_status vg_exposure_store_use_mac(struct vg_exposure_store *store, const uint8_t hash[VG_STORED_HASH_BYTES], int64_t now, bool *used, struct vg_error *error)
{
    sqlite3_stmt *row = NULL;
    vg_status status = store_prepare(store->db, "INSERT OR IGNORE INTO mac (mac, certified) VALUES (?1, ?2)", &row, error);
    if (status == VG_OK) {
        (void)sqlite3_bind_blob(row, 1, hash, VG_STORED_HASH_BYTES, SQLITE_STATIC);
        (void)sqlite3_bind_int64(row, 2, now);
        status = store_step_done(store->db, row, "an HMAC is kept", error);
    }
    *used = status == VG_OK && sqlite3_changes(store->db) == 0;
    (void)sqlite3_finalize(row);
    return status;
}

vg_status vg_exposure_store_counted(struct vg_exposure_store *store, int32_t date, enum vg_stored_event event, int64_t *n, struct vg_error *error)
{
    sqlite3_stmt *row = NULL;
    *n = 0;
    vg_status status = store_prepare(store->db, "SELECT n FROM day WHERE date = ?1 AND event = ?2", &row, error);
    if (status == VG_OK) {
        (void)sqlite3_bind_int(row, 1, date);
        (void)sqlite3_bind_int(row, 2, (int)event);
        int step = sqlite3_step(row);
        *n = step == SQLITE_ROW ? sqlite3_column_int64(row, 0) : 0;
        status = step == SQLITE_ROW || step == SQLITE_DONE ? VG_OK : store_sql_error(store->db, error, "a count is looked for");
    }
    (void)sqlite3_finalize(row);
    return status;
}
