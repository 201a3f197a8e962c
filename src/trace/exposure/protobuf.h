/*
 * Private to the room: protocol buffers (the wire format of proto2 and proto3), as far as exposure notification needs them. A reader walks over fields and never reads outside its
 * bytes; groups, which nothing here uses, are refused.
 */
#ifndef VG_EXPOSURE_PROTOBUF_H
#define VG_EXPOSURE_PROTOBUF_H

#include "core/core.h"

enum protobuf_kind { PROTOBUF_VARINT = 0, PROTOBUF_FIXED64 = 1, PROTOBUF_BYTES = 2, PROTOBUF_FIXED32 = 5 };

struct protobuf_reader {
    const uint8_t *start, *at, *end;
    const char *fault; /* what was wrong, NULL while nothing is */
};
struct protobuf_field {
    uint32_t number;
    enum protobuf_kind kind;
    uint64_t value;          /* varint, fixed */
    struct vg_text bytes;    /* bytes, text, message */
};
struct protobuf_reader protobuf_begin(struct vg_text bytes);
/* False at the end and on a fault. */
bool protobuf_next(struct protobuf_reader *reader, struct protobuf_field *field);
/* Sets reader->fault where the field is of another kind. */
bool protobuf_is(struct protobuf_reader *reader, const struct protobuf_field *field, enum protobuf_kind kind);
/* A varint as int32 as protobuf has them: negative numbers are 64 bits long; what lies beyond 32 bits is cut off. */
int32_t protobuf_int32(const struct protobuf_field *field);
int32_t protobuf_sint32(const struct protobuf_field *field); /* zigzag */

void protobuf_put_varint(struct vg_buffer *out, uint32_t number, uint64_t value);
void protobuf_put_int32(struct vg_buffer *out, uint32_t number, int32_t value);
void protobuf_put_sint32(struct vg_buffer *out, uint32_t number, int32_t value);
void protobuf_put_fixed64(struct vg_buffer *out, uint32_t number, uint64_t value);
void protobuf_put_bytes(struct vg_buffer *out, uint32_t number, const void *data, size_t size);
void protobuf_put_text(struct vg_buffer *out, uint32_t number, struct vg_text text);

#endif
