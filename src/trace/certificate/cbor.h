/*
 * Private to the room: CBOR (RFC 8949), read into a flat list of items and written. A reader of outside bytes: depth and number of items are bounded, lengths are held against what
 * is left, text must be UTF-8, and a map may not have a key twice.
 */
#ifndef VG_CERTIFICATE_CBOR_H
#define VG_CERTIFICATE_CBOR_H

#include "core/core.h"

enum cbor_kind { CBOR_UNSIGNED, CBOR_NEGATIVE /* -1 - number */, CBOR_BYTES, CBOR_TEXT, CBOR_ARRAY, CBOR_MAP, CBOR_TAG /* of number, with one item inside */, CBOR_SIMPLE, CBOR_FLOAT };
enum { CBOR_FALSE = 20, CBOR_TRUE = 21, CBOR_NULL = 22 }; /* numbers of CBOR_SIMPLE */

/* Items stand in the order of the bytes: what is inside an array, map or tag follows it, up to `next`. In a map keys and values alternate. */
struct cbor_item {
    enum cbor_kind kind;
    uint64_t number;
    double real;
    struct vg_text bytes;   /* of BYTES and TEXT */
    struct vg_text encoded; /* the item as it stood */
    uint32_t next;          /* index of the item behind this one and all inside it */
};
struct cbor {
    struct cbor_item *items;
    size_t n;
};

/* One item that fills bytes. False with a sentence of what is wrong; out of memory too (*why "out of memory"). */
bool cbor_read(struct vg_text bytes, struct vg_arena *arena, struct cbor *cbor, const char **why);
/* Index of the value of an integer key, or of a text key, in the map at index; 0 where there is none or it is no map. */
uint32_t cbor_get_integer(const struct cbor *cbor, uint32_t map, int64_t key);
uint32_t cbor_get_text(const struct cbor *cbor, uint32_t map, const char *key);
/* The item inside any tags. */
uint32_t cbor_untag(const struct cbor *cbor, uint32_t item);
/* A number as whole seconds (rounded down), with or without tag 1; false for anything else. */
bool cbor_seconds(const struct cbor *cbor, uint32_t item, int64_t *seconds);

void cbor_put_head(struct vg_buffer *out, enum cbor_kind kind, uint64_t number); /* UNSIGNED .. TAG */
void cbor_put_integer(struct vg_buffer *out, int64_t value);
void cbor_put_bytes(struct vg_buffer *out, const void *data, size_t size);
void cbor_put_text(struct vg_buffer *out, struct vg_text text);
void cbor_put_double(struct vg_buffer *out, double value);
void cbor_put_simple(struct vg_buffer *out, unsigned number);

#endif
