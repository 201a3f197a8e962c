/*
 * Claims between JSON, in which people write them, and CBOR, which is signed.
 */
#include "trace/certificate/internal.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>

/* ----------------------------------------------------------- JSON to CBOR */

static bool put_value(struct vg_buffer *out, json_t *value, unsigned depth)
{
    const char *name = NULL;
    json_t *member = NULL;
    size_t i = 0;
    bool good = depth < VG_CBOR_DEPTH_MAX / 2;
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        vg_cbor_put_head(out, VG_CBOR_MAP, json_object_size(value));
        json_object_foreach(value, name, member) {
            vg_cbor_put_text(out, vg_text_from(name));
            good = good && put_value(out, member, depth + 1);
        }
        return good;
    case JSON_ARRAY:
        vg_cbor_put_head(out, VG_CBOR_ARRAY, json_array_size(value));
        json_array_foreach(value, i, member) {
            good = good && put_value(out, member, depth + 1);
        }
        return good;
    case JSON_STRING:
        vg_cbor_put_text(out, vg_text_of(json_string_value(value), json_string_length(value)));
        return good;
    case JSON_INTEGER:
        vg_cbor_put_integer(out, json_integer_value(value));
        return good;
    case JSON_REAL:
        vg_cbor_put_double(out, json_real_value(value));
        return good;
    default:
        vg_cbor_put_simple(out, json_is_true(value) ? VG_CBOR_TRUE : json_is_false(value) ? VG_CBOR_FALSE : VG_CBOR_NULL);
        return good;
    }
}

vg_status certificate_json_to_cbor(struct vg_text json, struct vg_buffer *out, struct vg_error *error)
{
    json_error_t fault;
    json_t *root = json_loadb(json.data, json.size, JSON_REJECT_DUPLICATES, &fault);
    if (root == NULL) {
        return vg_fail(error, VG_DATA_ERROR, "claims, line %d, column %d: %s", fault.line, fault.column, fault.text);
    }
    bool good = json_is_object(root) && put_value(out, root, 0);
    json_decref(root);
    return !good ? vg_fail(error, VG_DATA_ERROR, "claims are a JSON object of moderate depth") : out->failed ? vg_fail_memory(error, 0) : VG_OK;
}

/* ----------------------------------------------------------- CBOR to JSON */

static void print_item(const struct vg_cbor *cbor, uint32_t at, struct vg_buffer *out);

static void print_text(const struct vg_cbor_item *item, struct vg_buffer *out)
{
    if (item->kind == VG_CBOR_TEXT) {
        vg_buffer_json_string(out, item->bytes.data, item->bytes.size);
        return;
    }
    vg_buffer_char(out, '"');
    vg_buffer_base64(out, item->bytes.data, item->bytes.size, VG_BASE64_STANDARD);
    vg_buffer_char(out, '"');
}

static void print_list(const struct vg_cbor *cbor, uint32_t list, struct vg_buffer *out)
{
    bool is_map = cbor->items[list].kind == VG_CBOR_MAP;
    bool is_key = is_map;
    vg_buffer_char(out, is_map ? '{' : '[');
    for (uint32_t at = list + 1; at < cbor->items[list].next; at = cbor->items[at].next) {
        if (at > list + 1) {
            vg_buffer_text(out, is_map && !is_key ? ": " : ", ");
        }
        if (is_key && cbor->items[at].kind != VG_CBOR_TEXT) { /* JSON has texts alone as names */
            struct vg_buffer name;
            vg_buffer_init(&name, 0);
            print_item(cbor, at, &name);
            vg_buffer_json_string(out, name.data == NULL ? "" : name.data, name.size);
            vg_buffer_release(&name);
        } else {
            print_item(cbor, at, out);
        }
        is_key = is_map && !is_key;
    }
    vg_buffer_char(out, is_map ? '}' : ']');
}

static void print_item(const struct vg_cbor *cbor, uint32_t at, struct vg_buffer *out)
{
    const struct vg_cbor_item *item = &cbor->items[at];
    switch (item->kind) {
    case VG_CBOR_UNSIGNED:
        vg_buffer_format(out, "%" PRIu64, item->number);
        return;
    case VG_CBOR_NEGATIVE:
        vg_buffer_format(out, item->number == UINT64_MAX ? "-18446744073709551616" : "-%" PRIu64, item->number + 1);
        return;
    case VG_CBOR_BYTES:
    case VG_CBOR_TEXT:
        print_text(item, out);
        return;
    case VG_CBOR_ARRAY:
    case VG_CBOR_MAP:
        print_list(cbor, at, out);
        return;
    case VG_CBOR_TAG:
        print_item(cbor, at + 1, out);
        return;
    case VG_CBOR_FLOAT:
        if (isfinite(item->real)) {
            vg_buffer_double(out, item->real);
        } else {
            vg_buffer_text(out, "null");
        }
        return;
    default:
        vg_buffer_text(out, item->number == VG_CBOR_TRUE ? "true" : item->number == VG_CBOR_FALSE ? "false" : "null");
        return;
    }
}

vg_status vg_certificate_claims_json(struct vg_text claims, struct vg_buffer *out, struct vg_error *error)
{
    struct vg_arena arena;
    struct vg_cbor cbor;
    const char *why = NULL;
    vg_arena_init(&arena, 0);
    vg_status status = vg_cbor_read(claims, &arena, &cbor, &why) ? VG_OK : vg_fail(error, VG_DATA_ERROR, "%s", why);
    if (status == VG_OK) {
        print_item(&cbor, 0, out);
        status = out->failed ? vg_fail_memory(error, 0) : VG_OK;
    }
    vg_arena_release(&arena);
    return status;
}
