/*
 * core/cbor: CBOR (RFC 8949), read into a flat list of items and written. A reader of outside bytes: depth and number of items are bounded, lengths are held against what
 * is left, text must be UTF-8, and a map may not have a key twice.
 */
#ifndef VG_CBOR_H
#define VG_CBOR_H

#include "core/core.h"

enum vg_cbor_kind { VG_CBOR_UNSIGNED, VG_CBOR_NEGATIVE /* -1 - number */, VG_CBOR_BYTES, VG_CBOR_TEXT, VG_CBOR_ARRAY, VG_CBOR_MAP, VG_CBOR_TAG /* of number, with one item inside */, VG_CBOR_SIMPLE, VG_CBOR_FLOAT };
enum { VG_CBOR_FALSE = 20, VG_CBOR_TRUE = 21, VG_CBOR_NULL = 22 }; /* numbers of VG_CBOR_SIMPLE */

#define VG_CBOR_ITEMS_MAX 2048
#define VG_CBOR_DEPTH_MAX 16
/* Items stand in the order of the bytes: what is inside an array, map or tag follows it, up to `next`. In a map keys and values alternate. */
struct vg_cbor_item {
    enum vg_cbor_kind kind;
    uint64_t number;
    double real;
    struct vg_text bytes;   /* of BYTES and TEXT */
    struct vg_text encoded; /* the item as it stood */
    uint32_t next;          /* index of the item behind this one and all inside it */
};
struct vg_cbor {
    struct vg_cbor_item *items;
    size_t n;
};

/* One item that fills bytes. False with a sentence of what is wrong; out of memory too (*why "out of memory"). */
bool vg_cbor_read(struct vg_text bytes, struct vg_arena *arena, struct vg_cbor *cbor, const char **why);
/* Index of the value of an integer key, or of a text key, in the map at index; 0 where there is none or it is no map. */
uint32_t vg_cbor_get_integer(const struct vg_cbor *cbor, uint32_t map, int64_t key);
uint32_t vg_cbor_get_text(const struct vg_cbor *cbor, uint32_t map, const char *key);
/* The item inside any tags. */
uint32_t vg_cbor_untag(const struct vg_cbor *cbor, uint32_t item);
/* A number as whole seconds (rounded down), with or without tag 1; false for anything else. */
bool vg_cbor_seconds(const struct vg_cbor *cbor, uint32_t item, int64_t *seconds);

void vg_cbor_put_head(struct vg_buffer *out, enum vg_cbor_kind kind, uint64_t number); /* UNSIGNED .. TAG */
void vg_cbor_put_integer(struct vg_buffer *out, int64_t value);
void vg_cbor_put_bytes(struct vg_buffer *out, const void *data, size_t size);
void vg_cbor_put_text(struct vg_buffer *out, struct vg_text text);
void vg_cbor_put_double(struct vg_buffer *out, double value);
void vg_cbor_put_simple(struct vg_buffer *out, unsigned number);

#endif
