/*
 * Batches of the European gateway (EFGS, efgs.proto): read, written, and the bytes that are signed (efgs-federation-gateway, BatchSignatureUtils).
 */
#include "trace/exposure/exposure.h"
#include "trace/exposure/protobuf.h"

#include <stdlib.h>
#include <string.h>

#define KEY_BYTES_MAX 64

/* ------------------------------------------------------------------- read */

static vg_status bad(struct vg_error *error, size_t number, const char *why)
{
    return vg_fail(error, VG_DATA_ERROR, "key %zu of the batch: %s", number, why);
}

static bool is_code(struct vg_text text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < 0x21 || text.data[i] > 0x7e || text.data[i] == ',') {
            return false;
        }
    }
    return text.size <= VG_EXPOSURE_COUNTRY_BYTES_MAX;
}

static vg_status take_text(struct vg_error *error, size_t number, const struct protobuf_field *field, struct vg_text *visited, struct vg_exposure_shared_key *key)
{
    if (field->number == 1) {
        key->data = field->bytes;
        return key->data.size <= KEY_BYTES_MAX ? VG_OK : bad(error, number, "it is longer than any key");
    }
    if (!is_code(field->bytes)) {
        return bad(error, number, "a country or origin is no code");
    }
    if (field->number == 6) {
        key->origin = field->bytes;
        return VG_OK;
    }
    if (key->n_visited == VG_EXPOSURE_VISITED_MAX) {
        return bad(error, number, "there are too many countries");
    }
    visited[key->n_visited++] = field->bytes;
    return VG_OK;
}

static void take_number(const struct protobuf_field *field, struct vg_exposure_shared_key *key)
{
    switch (field->number) {
    case 2:
        key->rolling_start = (uint32_t)field->value;
        return;
    case 3:
        key->rolling_period = (uint32_t)field->value;
        return;
    case 4:
        key->transmission_risk = protobuf_int32(field);
        return;
    case 7:
        key->report = protobuf_int32(field);
        return;
    case 8:
        key->days_since_onset = protobuf_sint32(field);
        return;
    default:
        return;
    }
}

/* visited: room for VG_EXPOSURE_VISITED_MAX, of which the arena gets what is used. */
static vg_status read_key(struct vg_text bytes, size_t number, struct vg_arena *arena, struct vg_text *visited, struct vg_exposure_shared_key *key, struct vg_error *error)
{
    struct protobuf_reader reader = protobuf_begin(bytes);
    struct protobuf_field field;
    vg_status status = VG_OK;
    *key = (struct vg_exposure_shared_key){.data = {"", 0}, .origin = {"", 0}};
    while (status == VG_OK && protobuf_next(&reader, &field)) {
        bool is_text = field.number == 1 || field.number == 5 || field.number == 6;
        if (field.number >= 1 && field.number <= 8 && !protobuf_is(&reader, &field, is_text ? PROTOBUF_BYTES : PROTOBUF_VARINT)) {
            break;
        }
        if (is_text) {
            status = take_text(error, number, &field, visited, key);
        } else {
            take_number(&field, key);
        }
    }
    if (status == VG_OK && reader.fault != NULL) {
        status = bad(error, number, reader.fault);
    }
    if (status == VG_OK && key->n_visited > 0) {
        struct vg_text *kept = VG_ARENA_ARRAY(arena, struct vg_text, key->n_visited);
        if (kept == NULL) {
            return vg_fail_memory(error, key->n_visited * sizeof *kept);
        }
        memcpy(kept, visited, key->n_visited * sizeof *kept);
        key->visited = kept;
    }
    return status;
}

vg_status vg_exposure_batch_read(struct vg_text bytes, struct vg_arena *arena, struct vg_exposure_shared_key **keys, size_t *n_keys, struct vg_error *error)
{
    struct vg_text visited[VG_EXPOSURE_VISITED_MAX];
    struct protobuf_reader reader = protobuf_begin(bytes);
    struct protobuf_field field;
    size_t n = 0;
    *n_keys = 0;
    while (protobuf_next(&reader, &field)) {
        n += field.number == 1 ? 1 : 0;
    }
    if (reader.fault != NULL) {
        return vg_fail(error, VG_DATA_ERROR, "this is no batch of keys: byte %zu: %s", (size_t)(reader.at - reader.start), reader.fault);
    }
    if (n > VG_EXPOSURE_SHARED_KEYS_MAX) {
        return vg_fail(error, VG_LIMIT_EXCEEDED, "the batch has %zu keys; at most %d are read", n, VG_EXPOSURE_SHARED_KEYS_MAX);
    }
    *keys = VG_ARENA_ARRAY(arena, struct vg_exposure_shared_key, n + 1);
    if (*keys == NULL) {
        return vg_fail_memory(error, n * sizeof **keys);
    }
    vg_status status = VG_OK;
    reader = protobuf_begin(bytes);
    while (status == VG_OK && protobuf_next(&reader, &field)) {
        if (field.number == 1 && protobuf_is(&reader, &field, PROTOBUF_BYTES)) {
            status = read_key(field.bytes, *n_keys + 1, arena, visited, &(*keys)[*n_keys], error);
            ++*n_keys;
        }
    }
    return status != VG_OK || reader.fault == NULL ? status : vg_fail(error, VG_DATA_ERROR, "this is no batch of keys: %s", reader.fault);
}

/* ------------------------------------------------------------------ write */

/* As proto3 does: what is zero or empty is not written. */
vg_status vg_exposure_batch_write(const struct vg_exposure_shared_key *keys, size_t n_keys, struct vg_buffer *out, struct vg_error *error)
{
    struct vg_buffer message;
    vg_buffer_init(&message, 0);
    for (size_t i = 0; i < n_keys; i++) {
        const struct vg_exposure_shared_key *key = &keys[i];
        vg_buffer_clear(&message);
        if (key->data.size > 0) {
            protobuf_put_text(&message, 1, key->data);
        }
        if (key->rolling_start != 0) {
            protobuf_put_varint(&message, 2, key->rolling_start);
        }
        if (key->rolling_period != 0) {
            protobuf_put_varint(&message, 3, key->rolling_period);
        }
        if (key->transmission_risk != 0) {
            protobuf_put_int32(&message, 4, key->transmission_risk);
        }
        for (size_t k = 0; k < key->n_visited; k++) {
            protobuf_put_text(&message, 5, key->visited[k]);
        }
        if (key->origin.size > 0) {
            protobuf_put_text(&message, 6, key->origin);
        }
        if (key->report != 0) {
            protobuf_put_int32(&message, 7, key->report);
        }
        if (key->days_since_onset != 0) {
            protobuf_put_sint32(&message, 8, key->days_since_onset);
        }
        out->failed = out->failed || message.failed;
        protobuf_put_bytes(out, 1, message.data, message.size);
    }
    vg_buffer_release(&message);
    return out->failed ? vg_fail_memory(error, out->size) : VG_OK;
}

/* ---------------------------------------------------------- what is signed */

static void put_field(struct vg_buffer *out, const void *data, size_t size)
{
    vg_buffer_base64(out, data, size, VG_BASE64_STANDARD);
    vg_buffer_char(out, '.');
}

static void put_number(struct vg_buffer *out, uint32_t value)
{
    const unsigned char bytes[4] = {(unsigned char)(value >> 24), (unsigned char)(value >> 16), (unsigned char)(value >> 8), (unsigned char)value};
    put_field(out, bytes, sizeof bytes);
}

/* countries: scratch. */
static void put_key(struct vg_buffer *out, struct vg_buffer *countries, const struct vg_exposure_shared_key *key)
{
    vg_buffer_clear(countries);
    for (size_t i = 0; i < key->n_visited; i++) {
        if (i > 0) {
            vg_buffer_char(countries, ',');
        }
        vg_buffer_append(countries, key->visited[i].data, key->visited[i].size);
    }
    put_field(out, key->data.data, key->data.size);
    put_number(out, key->rolling_start);
    put_number(out, key->rolling_period);
    put_number(out, (uint32_t)key->transmission_risk);
    put_field(out, countries->data, countries->size);
    put_field(out, key->origin.data, key->origin.size);
    put_number(out, (uint32_t)key->report);
    put_number(out, (uint32_t)key->days_since_onset);
    out->failed = out->failed || countries->failed;
}

/* A key's bytes, and their base64 by which they are ordered; both as places in buffers that still grow. */
struct piece {
    size_t plain, plain_size, sorted, sorted_size;
};

static int by_base64(const void *a, const void *b, void *context)
{
    const struct vg_buffer *base64 = context;
    const struct piece *x = a;
    const struct piece *y = b;
    int order = vg_text_compare(vg_text_of(base64->data + x->sorted, x->sorted_size), vg_text_of(base64->data + y->sorted, y->sorted_size));
    return order != 0 ? order : x->plain < y->plain ? -1 : x->plain > y->plain;
}

vg_status vg_exposure_batch_signing_bytes(const struct vg_exposure_shared_key *keys, size_t n_keys, struct vg_buffer *out, struct vg_error *error)
{
    struct vg_buffer plain, base64, countries;
    struct piece *pieces = calloc(n_keys + 1, sizeof *pieces);
    if (pieces == NULL) {
        return vg_fail_memory(error, n_keys * sizeof *pieces);
    }
    vg_buffer_init(&plain, 0);
    vg_buffer_init(&base64, 0);
    vg_buffer_init(&countries, 0);
    for (size_t i = 0; i < n_keys; i++) {
        pieces[i].plain = plain.size;
        pieces[i].sorted = base64.size;
        put_key(&plain, &countries, &keys[i]);
        pieces[i].plain_size = plain.size - pieces[i].plain;
        vg_buffer_base64(&base64, plain.data + pieces[i].plain, pieces[i].plain_size, VG_BASE64_STANDARD);
        pieces[i].sorted_size = base64.size - pieces[i].sorted;
    }
    bool good = !plain.failed && !base64.failed;
    if (good) {
        qsort_r(pieces, n_keys, sizeof *pieces, by_base64, &base64);
        for (size_t i = 0; i < n_keys; i++) {
            vg_buffer_append(out, plain.data + pieces[i].plain, pieces[i].plain_size);
        }
    }
    vg_buffer_release(&plain);
    vg_buffer_release(&base64);
    vg_buffer_release(&countries);
    free(pieces);
    return good && !out->failed ? VG_OK : vg_fail_memory(error, 0);
}
