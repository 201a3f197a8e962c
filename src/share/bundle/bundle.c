/*
 * Bundles: written, and read with everything checked before anything is believed.
 */
#include "share/bundle/bundle.h"

#include "core/cbor/cbor.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zstd.h>

static const char magic[] = "VGB1", context[] = "vigia-bundle-1"; /* the context with its NUL */
enum { MAGIC = 4, FRONT = 8, SIGNATURE = 64, DIGEST = 32, KEY_ID = 8, HEADER_MAX = 65536, LEVEL = 3 };
#define MICROSECONDS INT64_C(1000000)
#define CLOCK_SLACK_SECONDS 86400
#define SECONDS_MAX (INT64_C(1) << 40)
#define NUMBER_MAX INT64_C(1000000000000)

static void digest_of(const void *data, size_t size, unsigned char digest[DIGEST])
{
    char hex[65];
    vg_sha256(data, size, hex);
    VG_ASSERT(vg_hex_decode(vg_text_of(hex, 64), digest, DIGEST));
}

static void key_id_of(const char *public_key, unsigned char id[KEY_ID])
{
    unsigned char key[DIGEST], digest[DIGEST];
    VG_ASSERT(vg_hex_decode(vg_text_of(public_key, VG_PUBLIC_KEY_TEXT - 1), key, sizeof key));
    digest_of(key, sizeof key, digest);
    memcpy(id, digest, KEY_ID);
}

/* What is signed. */
static void signed_of(const void *header, size_t size, unsigned char message[sizeof context + DIGEST])
{
    memcpy(message, context, sizeof context);
    digest_of(header, size, message + sizeof context);
}

/* ------------------------------------------------------------------- write */

static void put_name(struct vg_buffer *out, const char *name)
{
    vg_cbor_put_text(out, vg_text_from(name));
}

static void put_day(struct vg_buffer *out, int32_t day)
{
    char text[VG_DATE_TEXT_BYTES];
    (void)vg_date_print(day, text);
    put_name(out, text);
}

/* Deterministic: shorter keys first, then by their bytes. */
static int by_name(const void *a, const void *b)
{
    const char *x = ((const struct vg_bundle_file *)a)->name, *y = ((const struct vg_bundle_file *)b)->name;
    const size_t p = strlen(x), q = strlen(y);
    return p != q ? (p > q) - (p < q) : strcmp(x, y);
}

static vg_status pack(const struct vg_bundle *bundle, struct vg_buffer *frame, size_t *unpacked, struct vg_error *error)
{
    struct vg_bundle_file files[VG_BUNDLE_FILES_MAX];
    struct vg_buffer plain;
    vg_status status = VG_OK;
    if (bundle->n_files == 0 || bundle->n_files > VG_BUNDLE_FILES_MAX) {
        return vg_fail(error, VG_USAGE_ERROR, "a bundle has 1 to %d files", VG_BUNDLE_FILES_MAX);
    }
    memcpy(files, bundle->files, bundle->n_files * sizeof *files);
    qsort(files, bundle->n_files, sizeof *files, by_name);
    vg_buffer_init(&plain, VG_BUNDLE_BODY_MAX);
    vg_cbor_put_head(&plain, VG_CBOR_MAP, bundle->n_files);
    for (size_t i = 0; i < bundle->n_files; i++) {
        put_name(&plain, files[i].name);
        vg_cbor_put_bytes(&plain, files[i].bytes.data, files[i].bytes.size);
    }
    *unpacked = plain.size;
    if (plain.failed || !vg_buffer_reserve(frame, ZSTD_compressBound(plain.size))) {
        status = vg_fail(error, VG_LIMIT_EXCEEDED, "what is to go into the bundle is larger than its %zu MiB", VG_BUNDLE_BODY_MAX >> 20);
    } else {
        const size_t size = ZSTD_compress(frame->data, ZSTD_compressBound(plain.size), plain.data, plain.size, LEVEL);
        frame->size = ZSTD_isError(size) ? 0 : size;
        status = ZSTD_isError(size) ? vg_fail(error, VG_SYSTEM_ERROR, "the bundle cannot be compressed: %s", ZSTD_getErrorName(size)) : VG_OK;
    }
    vg_buffer_release(&plain);
    return status;
}

static void put_header(const struct vg_bundle *bundle, const char *public_key, const struct vg_buffer *frame, size_t unpacked, struct vg_buffer *out)
{
    unsigned char id[KEY_ID], digest[DIGEST];
    key_id_of(public_key, id);
    digest_of(frame->data, frame->size, digest);
    vg_cbor_put_head(out, VG_CBOR_MAP, bundle->number > 0 ? 10 : 9);
    put_name(out, "t");
    vg_cbor_put_integer(out, bundle->issued * MICROSECONDS);
    put_name(out, "v");
    vg_cbor_put_integer(out, 1);
    put_name(out, "kid");
    vg_cbor_put_bytes(out, id, sizeof id);
    put_name(out, "per");
    vg_cbor_put_head(out, VG_CBOR_ARRAY, 2);
    put_day(out, bundle->from);
    put_day(out, bundle->to);
    if (bundle->number > 0) {
        put_name(out, "seq");
        vg_cbor_put_integer(out, bundle->number);
    }
    put_name(out, "body");
    vg_cbor_put_head(out, VG_CBOR_MAP, 3);
    put_name(out, "len");
    vg_cbor_put_integer(out, (int64_t)unpacked);
    put_name(out, "zlen");
    vg_cbor_put_integer(out, (int64_t)frame->size);
    put_name(out, "sha256");
    vg_cbor_put_bytes(out, digest, sizeof digest);
    put_name(out, "node");
    put_name(out, bundle->node);
    put_name(out, "type");
    put_name(out, bundle->type);
    put_name(out, "terms");
    vg_cbor_put_head(out, VG_CBOR_MAP, 2);
    put_name(out, "expires");
    vg_cbor_put_integer(out, bundle->expires);
    put_name(out, "purpose");
    put_name(out, bundle->purpose);
    put_name(out, "schema");
    vg_cbor_put_head(out, VG_CBOR_ARRAY, 2);
    put_name(out, bundle->schema);
    vg_cbor_put_integer(out, bundle->version);
}

static vg_status put_all(const struct vg_buffer *header, const struct vg_buffer *frame, const struct vg_seal_key *key, struct vg_buffer *out, struct vg_error *error)
{
    unsigned char message[sizeof context + DIGEST], bytes[SIGNATURE], size[4];
    char signature[VG_SIGNATURE_TEXT];
    if (header->failed || header->size > HEADER_MAX) {
        return vg_fail(error, VG_LIMIT_EXCEEDED, "the header of the bundle is larger than %d bytes", HEADER_MAX);
    }
    signed_of(header->data, header->size, message);
    vg_sign(key, message, sizeof message, signature);
    VG_ASSERT(vg_hex_decode(vg_text_of(signature, VG_SIGNATURE_TEXT - 1), bytes, sizeof bytes));
    for (int i = 0; i < 4; i++) {
        size[i] = (unsigned char)(header->size >> 8 * i & 255);
    }
    vg_buffer_append(out, magic, MAGIC);
    vg_buffer_append(out, size, sizeof size);
    vg_buffer_append(out, header->data, header->size);
    vg_buffer_append(out, bytes, sizeof bytes);
    vg_buffer_append(out, frame->data, frame->size);
    return out->failed ? vg_fail_memory(error, frame->size) : VG_OK;
}

vg_status vg_bundle_write(const struct vg_bundle *bundle, const struct vg_seal_key *key, struct vg_buffer *out, struct vg_error *error)
{
    struct vg_buffer header, frame;
    size_t unpacked = 0;
    if (bundle->expires <= bundle->issued || bundle->to < bundle->from) {
        return vg_fail(error, VG_USAGE_ERROR, "a bundle %s", bundle->to < bundle->from ? "is about days that do not end before they begin" : "expires after it is issued");
    }
    vg_buffer_init(&header, 0);
    vg_buffer_init(&frame, 0);
    vg_status status = vg_node_name_is_good(vg_text_from(bundle->node)) ? pack(bundle, &frame, &unpacked, error) : vg_fail(error, VG_USAGE_ERROR, "\"%.60s\" is no node's name", bundle->node);
    if (status == VG_OK) {
        put_header(bundle, key->public_key, &frame, unpacked, &header);
        status = put_all(&header, &frame, key, out, error);
    }
    vg_buffer_release(&header);
    vg_buffer_release(&frame);
    return status;
}

/* -------------------------------------------------------------------- read */

struct reading {
    const char *name;
    struct vg_arena *arena;
    struct vg_bundle *bundle;
    struct vg_error *error;
    struct vg_cbor header;
    struct vg_text key_id, digest, frame;
    int64_t unpacked;
};

static vg_status bad(const struct reading *reading, const char *field, const char *expected)
{
    return vg_fail(reading->error, VG_DATA_ERROR, "%s: header, field %s: %s", reading->name, field, expected);
}

static vg_status take_integer(const struct reading *reading, uint32_t map, const char *field, int64_t most, int64_t *number)
{
    const uint32_t at = vg_cbor_get_text(&reading->header, map, field);
    const struct vg_cbor_item *item = &reading->header.items[at];
    if (at == 0 || item->kind != VG_CBOR_UNSIGNED || item->number > (uint64_t)most) {
        return bad(reading, field, "expected a whole number that is not below zero nor too large");
    }
    *number = (int64_t)item->number;
    return VG_OK;
}

/* Text, or with `size` so many bytes. */
static vg_status take_bytes(const struct reading *reading, uint32_t map, const char *field, size_t size, struct vg_text *bytes)
{
    const uint32_t at = vg_cbor_get_text(&reading->header, map, field);
    const struct vg_cbor_item *item = &reading->header.items[at];
    const bool good = at != 0 && (size == 0 ? item->kind == VG_CBOR_TEXT && item->bytes.size > 0 && item->bytes.size <= 200 : item->kind == VG_CBOR_BYTES && item->bytes.size == size);
    if (!good) {
        return bad(reading, field, size == 0 ? "expected a text of 1 to 200 bytes" : "expected bytes of another number");
    }
    *bytes = item->bytes;
    return VG_OK;
}

static vg_status take_text(const struct reading *reading, uint32_t map, const char *field, const char **text)
{
    struct vg_text bytes;
    vg_status status = take_bytes(reading, map, field, 0, &bytes);
    if (status == VG_OK && memchr(bytes.data, '\0', bytes.size) != NULL) {
        status = bad(reading, field, "expected a text without a byte 0");
    }
    *text = status == VG_OK ? vg_arena_copy_bytes(reading->arena, bytes.data, bytes.size) : NULL;
    return status == VG_OK && *text == NULL ? vg_fail_memory(reading->error, bytes.size) : status;
}

/* An array of two items that hold no others. */
static bool is_pair(const struct vg_cbor *header, uint32_t at)
{
    return header->items[at].kind == VG_CBOR_ARRAY && header->items[at].next == at + 3 && header->items[at + 1].next == at + 2;
}

static vg_status take_period(const struct reading *reading)
{
    struct vg_bundle *bundle = reading->bundle;
    const struct vg_cbor *header = &reading->header;
    const uint32_t at = vg_cbor_get_text(header, 0, "per");
    const bool two = at != 0 && is_pair(header, at) && header->items[at + 1].kind == VG_CBOR_TEXT && header->items[at + 2].kind == VG_CBOR_TEXT;
    if (!two || !vg_date_parse_iso(header->items[at + 1].bytes, &bundle->from) || !vg_date_parse_iso(header->items[at + 2].bytes, &bundle->to) || bundle->to < bundle->from) {
        return bad(reading, "per", "expected the first and the last day that it is about");
    }
    return VG_OK;
}

static vg_status take_schema(const struct reading *reading)
{
    const struct vg_cbor *header = &reading->header;
    const uint32_t at = vg_cbor_get_text(header, 0, "schema");
    const bool two = at != 0 && is_pair(header, at) && header->items[at + 1].kind == VG_CBOR_TEXT && header->items[at + 2].kind == VG_CBOR_UNSIGNED;
    if (!two || header->items[at + 1].bytes.size == 0 || header->items[at + 1].bytes.size > 200 || header->items[at + 2].number > 1000000) {
        return bad(reading, "schema", "expected a name and a version");
    }
    reading->bundle->schema = vg_arena_copy_bytes(reading->arena, header->items[at + 1].bytes.data, header->items[at + 1].bytes.size);
    reading->bundle->version = (int64_t)header->items[at + 2].number;
    return reading->bundle->schema == NULL ? vg_fail_memory(reading->error, 200) : VG_OK;
}

static vg_status take_header(struct reading *reading, struct vg_text bytes)
{
    struct vg_bundle *bundle = reading->bundle;
    const char *why = NULL;
    int64_t version = 0, issued = 0, packed = 0;
    if (!vg_cbor_read(bytes, reading->arena, &reading->header, &why) || reading->header.items[0].kind != VG_CBOR_MAP) {
        return vg_fail(reading->error, VG_DATA_ERROR, "%s: header: %s", reading->name, why == NULL ? "expected a map" : why);
    }
    vg_status status = take_integer(reading, 0, "v", 1000000, &version);
    if (status == VG_OK && version != 1) {
        return bad(reading, "v", "this program reads version 1 of bundles");
    }
    const uint32_t body = vg_cbor_get_text(&reading->header, 0, "body"), terms = vg_cbor_get_text(&reading->header, 0, "terms");
    if (status == VG_OK && (body == 0 || terms == 0)) {
        return bad(reading, body == 0 ? "body" : "terms", "expected a map");
    }
    status = status == VG_OK ? take_integer(reading, 0, "t", SECONDS_MAX * MICROSECONDS, &issued) : status;
    status = status == VG_OK ? take_bytes(reading, 0, "kid", KEY_ID, &reading->key_id) : status;
    status = status == VG_OK ? take_period(reading) : status;
    if (status == VG_OK && vg_cbor_get_text(&reading->header, 0, "seq") != 0) {
        status = take_integer(reading, 0, "seq", NUMBER_MAX, &bundle->number);
    }
    status = status == VG_OK ? take_integer(reading, body, "len", (int64_t)VG_BUNDLE_BODY_MAX, &reading->unpacked) : status;
    status = status == VG_OK ? take_integer(reading, body, "zlen", (int64_t)2 * VG_BUNDLE_BODY_MAX, &packed) : status;
    status = status == VG_OK ? take_bytes(reading, body, "sha256", DIGEST, &reading->digest) : status;
    status = status == VG_OK ? take_text(reading, 0, "node", &bundle->node) : status;
    status = status == VG_OK ? take_text(reading, 0, "type", &bundle->type) : status;
    status = status == VG_OK ? take_integer(reading, terms, "expires", SECONDS_MAX, &bundle->expires) : status;
    status = status == VG_OK ? take_text(reading, terms, "purpose", &bundle->purpose) : status;
    status = status == VG_OK ? take_schema(reading) : status;
    if (status == VG_OK && !vg_node_name_is_good(vg_text_from(bundle->node))) {
        status = bad(reading, "node", "expected a node's name");
    }
    if (status == VG_OK && (uint64_t)packed != reading->frame.size) {
        status = vg_fail(reading->error, VG_DATA_ERROR, "%s: body: %zu bytes, where field zlen of the header says %lld", reading->name, reading->frame.size, (long long)packed);
    }
    bundle->issued = issued / MICROSECONDS;
    return status;
}

static vg_status check_signature(const struct reading *reading, struct vg_text header, const unsigned char *signature, const struct vg_partners *partners)
{
    unsigned char message[sizeof context + DIGEST], id[KEY_ID];
    char text[VG_SIGNATURE_TEXT], shown[2 * KEY_ID + 1];
    bool known = false;
    signed_of(header.data, header.size, message);
    vg_hex_encode(signature, SIGNATURE, text);
    for (size_t i = 0; i < partners->n; i++) {
        if (strcmp(partners->rows[i].node, reading->bundle->node) != 0) {
            continue;
        }
        known = true;
        key_id_of(partners->rows[i].key, id);
        if (memcmp(id, reading->key_id.data, KEY_ID) == 0) {
            return vg_signature_holds(partners->rows[i].key, text, message, sizeof message)
                       ? VG_OK
                       : vg_fail(reading->error, VG_DATA_ERROR, "%s: signature: it is not %s's: what is signed was changed, or somebody else signed it", reading->name, reading->bundle->node);
        }
    }
    vg_hex_encode(reading->key_id.data, KEY_ID, shown);
    return vg_fail(reading->error, VG_DATA_ERROR, known ? "%s: header, field kid: %s is known by another key than %s: ask them, by another way than this one, whether their key is new"
                                                        : "%s: header, field node: nobody of the name %s is among the partners (its key begins with %s): vigia bundle trust adds one whose key you have checked",
                   reading->name, reading->bundle->node, shown);
}

static vg_status check_times(const struct reading *reading, int64_t now)
{
    char text[VG_DATE_TEXT_BYTES];
    const struct vg_bundle *bundle = reading->bundle;
    if (bundle->expires <= bundle->issued) {
        return bad(reading, "expires", "it expires before it is issued");
    }
    if (bundle->expires < now || bundle->issued > now + CLOCK_SLACK_SECONDS) {
        const bool late = bundle->expires < now;
        const int64_t day = (late ? bundle->expires : bundle->issued) / 86400, last = vg_date_from_civil(9999, 12, 31);
        (void)vg_date_print((int32_t)(day > last ? last : day), text);
        return vg_fail(reading->error, VG_DATA_ERROR, "%s: header, field %s: %s %s%s (UTC)", reading->name, late ? "expires" : "t", late ? "it expired on" : "it is not valid yet: it is issued on",
                       day > last ? "a day after " : "", text);
    }
    return VG_OK;
}

static vg_status unpack(struct reading *reading)
{
    struct vg_bundle *bundle = reading->bundle;
    struct vg_cbor body;
    const char *why = NULL;
    unsigned char digest[DIGEST];
    digest_of(reading->frame.data, reading->frame.size, digest);
    if (memcmp(digest, reading->digest.data, DIGEST) != 0) {
        return vg_fail(reading->error, VG_DATA_ERROR, "%s: body: it is not what %s signed (field sha256 of the header): it was changed or cut", reading->name, bundle->node);
    }
    const unsigned long long size = ZSTD_getFrameContentSize(reading->frame.data, reading->frame.size);
    if (size != (unsigned long long)reading->unpacked) {
        return vg_fail(reading->error, VG_DATA_ERROR, "%s: body: not a zstd frame of the size that field len of the header says", reading->name);
    }
    char *plain = vg_arena_alloc(reading->arena, (size_t)size + 1, 1);
    if (plain == NULL) {
        return vg_fail_memory(reading->error, (size_t)size);
    }
    const size_t got = ZSTD_decompress(plain, (size_t)size, reading->frame.data, reading->frame.size);
    if (ZSTD_isError(got) || got != size) {
        return vg_fail(reading->error, VG_DATA_ERROR, "%s: body: %s", reading->name, ZSTD_isError(got) ? ZSTD_getErrorName(got) : "shorter than it says");
    }
    if (!vg_cbor_read(vg_text_of(plain, (size_t)size), reading->arena, &body, &why) || body.items[0].kind != VG_CBOR_MAP) {
        return vg_fail(reading->error, VG_DATA_ERROR, "%s: body: %s", reading->name, why == NULL ? "expected a map of names to files" : why);
    }
    bundle->files = VG_ARENA_ARRAY(reading->arena, struct vg_bundle_file, VG_BUNDLE_FILES_MAX);
    for (uint32_t at = 1; bundle->files != NULL && at + 1 < body.n; at = body.items[at + 1].next) {
        const struct vg_cbor_item *name = &body.items[at], *bytes = &body.items[at + 1];
        if (bundle->n_files == VG_BUNDLE_FILES_MAX || name->kind != VG_CBOR_TEXT || bytes->kind != VG_CBOR_BYTES || name->bytes.size == 0 || name->bytes.size > 200 || memchr(name->bytes.data, '\0', name->bytes.size) != NULL) {
            return vg_fail(reading->error, VG_DATA_ERROR, "%s: body: expected at most %d names with bytes", reading->name, VG_BUNDLE_FILES_MAX);
        }
        bundle->files[bundle->n_files++] = (struct vg_bundle_file){vg_arena_copy_bytes(reading->arena, name->bytes.data, name->bytes.size), bytes->bytes};
    }
    return reading->arena->failed ? vg_fail_memory(reading->error, 0) : VG_OK;
}

bool vg_bundle_is(struct vg_text bytes)
{
    return bytes.size >= MAGIC && memcmp(bytes.data, magic, MAGIC) == 0;
}

vg_status vg_bundle_read(const char *name, struct vg_text bytes, const struct vg_partners *partners, int64_t now, struct vg_arena *arena, struct vg_bundle *bundle, struct vg_error *error)
{
    struct reading reading = {.name = name, .arena = arena, .bundle = bundle, .error = error};
    const unsigned char *data = (const unsigned char *)bytes.data;
    *bundle = (struct vg_bundle){0};
    if (!vg_bundle_is(bytes)) {
        return vg_fail(error, VG_DATA_ERROR, "%s is no bundle: it does not begin with %s", name, magic);
    }
    const size_t size = bytes.size < FRONT ? SIZE_MAX : (size_t)data[4] | (size_t)data[5] << 8 | (size_t)data[6] << 16 | (size_t)data[7] << 24;
    if (size > HEADER_MAX || bytes.size - FRONT < size || bytes.size - FRONT - size < SIGNATURE) {
        return vg_fail(error, VG_DATA_ERROR, "%s: the bundle is cut within its header, or its size was changed", name);
    }
    const struct vg_text header = vg_text_of(bytes.data + FRONT, size);
    reading.frame = vg_text_of(bytes.data + FRONT + size + SIGNATURE, bytes.size - FRONT - size - SIGNATURE);
    vg_sha256(header.data, header.size, bundle->digest);
    vg_status status = take_header(&reading, header);
    status = status == VG_OK ? check_signature(&reading, header, data + FRONT + size, partners) : status;
    status = status == VG_OK ? check_times(&reading, now) : status;
    return status == VG_OK ? unpack(&reading) : status;
}

struct vg_bundle_mark vg_bundle_mark_of(const struct vg_bundle *bundle)
{
    struct vg_bundle_mark mark = {.node = bundle->node, .type = bundle->type, .number = bundle->number, .issued = bundle->issued};
    memcpy(mark.digest, bundle->digest, sizeof mark.digest);
    return mark;
}

struct vg_text vg_bundle_file(const struct vg_bundle *bundle, const char *name)
{
    for (size_t i = 0; i < bundle->n_files; i++) {
        if (strcmp(bundle->files[i].name, name) == 0) {
            return bundle->files[i].bytes;
        }
    }
    return vg_text_of(NULL, 0);
}
