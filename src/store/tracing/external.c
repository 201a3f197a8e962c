/*
 * What rows are called outside. Ids that came with rows are kept. Others are made from kind and number with the node's key, so that they tell nothing and are always the same: a tag
 * (keyed hash of both) and the number under a mask that follows from the tag. So the node knows an id of its own again when a file comes back, without having kept it.
 */
#include "store/tracing/tracing_internal.h"

#include <sodium.h>
#include <string.h>

/* A UUID has room for a tag of 60 bits and a number of 60; DHIS2's eleven letters and digits for 24 and 40. */
struct layout { unsigned tag_bits, number_bits; };
static const struct layout uuid = {60, 60}, letters = {24, 40};
static const char signs[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

static uint64_t low_bits(uint64_t value, unsigned bits)
{
    return value & ((UINT64_C(1) << bits) - 1);
}

static uint64_t tag_of(const struct tracing_keys *keys, struct layout layout, enum vg_tracing_kind kind, uint64_t number)
{
    char text[64];
    int size = snprintf(text, sizeof text, "external/%d/%llu", (int)kind, (unsigned long long)number);
    return low_bits(tracing_code(keys, vg_text_of(text, (size_t)size)), layout.tag_bits);
}

static uint64_t masked(const struct tracing_keys *keys, struct layout layout, uint64_t tag, uint64_t number)
{
    char text[64];
    int size = snprintf(text, sizeof text, "mask/%u/%llu", layout.tag_bits, (unsigned long long)tag);
    return low_bits(number ^ tracing_code(keys, vg_text_of(text, (size_t)size)), layout.number_bits);
}

static void print_made(const struct tracing_keys *keys, enum vg_tracing_kind kind, int64_t id, bool as_letters, char out[VG_TRACING_EXTERNAL_BYTES])
{
    struct layout layout = as_letters ? letters : uuid;
    uint64_t tag = tag_of(keys, layout, kind, (uint64_t)id), number = masked(keys, layout, tag, (uint64_t)id);
    if (!as_letters) {
        (void)snprintf(out, VG_TRACING_EXTERNAL_BYTES, "%08llx-%04llx-4%03llx-8%03llx-%012llx", (unsigned long long)(tag >> 28), (unsigned long long)(tag >> 12 & 0xFFFF),
                       (unsigned long long)(tag & 0xFFF), (unsigned long long)(number >> 48), (unsigned long long)(number & 0xFFFFFFFFFFFF));
        return;
    }
    uint64_t value = tag << 40 | number;
    for (int i = 0; i < 11; i++) { /* a letter first */
        unsigned base = i == 0 ? 52 : 62;
        out[i] = signs[value % base];
        value /= base;
    }
    out[11] = '\0';
}

/* The digits of a UUID without its dashes, version and variant. */
static bool read_uuid(const char *text, uint64_t *tag, uint64_t *number)
{
    uint8_t bytes[16];
    char digits[33];
    size_t n = 0;
    for (const char *c = text; *c != '\0' && n < 32; c++) {
        if (*c != '-') {
            digits[n++] = *c;
        }
    }
    if (strlen(text) != 36 || n != 32 || text[14] != '4' || text[19] != '8' || !vg_hex_decode(vg_text_of(digits, 32), bytes, 16)) {
        return false;
    }
    uint64_t high = 0, low = 0;
    for (int i = 0; i < 8; i++) {
        high = high << 8 | bytes[i];
        low = low << 8 | bytes[8 + i];
    }
    *tag = high >> 16 << 12 | (high & 0xFFF);
    *number = low_bits(low, 60);
    return true;
}

static bool read_letters(const char *text, uint64_t *tag, uint64_t *number)
{
    uint64_t value = 0;
    if (strlen(text) != 11) {
        return false;
    }
    for (int i = 10; i >= 0; i--) {
        const char *sign = strchr(signs, text[i]);
        unsigned base = i == 0 ? 52 : 62;
        if (sign == NULL || sign - signs >= (ptrdiff_t)base || __builtin_mul_overflow(value, base, &value) || __builtin_add_overflow(value, (uint64_t)(sign - signs), &value)) {
            return false;
        }
    }
    *tag = value >> 40;
    *number = low_bits(value, 40);
    return true;
}

/* The number in an id that this node made; 0: it made none such. */
static int64_t made_here(const struct tracing_keys *keys, enum vg_tracing_kind kind, const char *external)
{
    for (int form = 0; form < 2; form++) {
        struct layout layout = form == 0 ? uuid : letters;
        uint64_t tag = 0, number = 0;
        if (form == 0 ? !read_uuid(external, &tag, &number) : !read_letters(external, &tag, &number)) {
            continue;
        }
        number = masked(keys, layout, tag, number);
        if (tag_of(keys, layout, kind, number) == tag) {
            return (int64_t)number;
        }
    }
    return 0;
}

vg_status vg_tracing_external(struct vg_tracing_work *work, const char *form, enum vg_tracing_kind kind, const char *external, int64_t *id, struct vg_error *error)
{
    sqlite3_stmt *statement = tracing_statement(work, TRACING_EXTERNAL, error);
    if (statement == NULL) {
        return VG_SYSTEM_ERROR;
    }
    store_bind_text(statement, 1, form);
    (void)sqlite3_bind_int(statement, 2, (int)kind);
    store_bind_text(statement, 3, external);
    int code = sqlite3_step(statement);
    *id = code == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
    vg_status status = code == SQLITE_ROW || code == SQLITE_DONE ? VG_OK : store_sql_error(work->store->db, error, "reading tracing");
    (void)sqlite3_reset(statement);
    if (status == VG_OK && *id == 0) {
        *id = made_here(&work->keys, kind, external);
    }
    return status;
}

vg_status vg_tracing_put_external(struct vg_tracing_work *work, const char *form, enum vg_tracing_kind kind, const char *external, int64_t id, struct vg_error *error)
{
    sqlite3_stmt *statement = tracing_statement(work, TRACING_PUT_EXTERNAL, error);
    if (statement == NULL) {
        return VG_SYSTEM_ERROR;
    }
    store_bind_text(statement, 1, form);
    (void)sqlite3_bind_int(statement, 2, (int)kind);
    store_bind_text(statement, 3, external);
    (void)sqlite3_bind_int64(statement, 4, id);
    return store_step_done(work->store->db, statement, "writing tracing", error);
}

vg_status vg_tracing_told_external(struct vg_store *store, const char *form, enum vg_tracing_kind kind, int64_t id, char out[VG_TRACING_EXTERNAL_BYTES], struct vg_error *error)
{
    sqlite3_stmt *statement = NULL;
    vg_status status = store_prepare(store->db, "SELECT external FROM tracing_external WHERE kind = ?1 AND id = ?2 AND form = ?3 ORDER BY external LIMIT 1", &statement, error);
    if (status != VG_OK) {
        return status;
    }
    (void)sqlite3_bind_int(statement, 1, (int)kind);
    (void)sqlite3_bind_int64(statement, 2, id);
    store_bind_text(statement, 3, form);
    bool known = sqlite3_step(statement) == SQLITE_ROW;
    (void)snprintf(out, VG_TRACING_EXTERNAL_BYTES, "%s", known ? (const char *)sqlite3_column_text(statement, 0) : "");
    (void)sqlite3_finalize(statement);
    return VG_OK;
}

vg_status vg_tracing_external_of(struct vg_store *store, const char *form, enum vg_tracing_kind kind, int64_t id, bool as_letters, char out[VG_TRACING_EXTERNAL_BYTES], struct vg_error *error)
{
    struct tracing_keys keys;
    vg_status status = vg_tracing_told_external(store, form, kind, id, out, error);
    if (status == VG_OK && out[0] == '\0') {
        tracing_keys_of(store, &keys);
        print_made(&keys, kind, id, as_letters, out);
        sodium_memzero(&keys, sizeof keys);
    }
    return status;
}
