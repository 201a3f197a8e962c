/*
 * Protocol buffers: https://protobuf.dev/programming-guides/encoding.
 */
#include "trace/exposure/protobuf.h"

#define FIELD_NUMBER_MAX 536870911

struct protobuf_reader protobuf_begin(struct vg_text bytes)
{
    const uint8_t *start = (const uint8_t *)(bytes.data == NULL ? "" : bytes.data);
    return (struct protobuf_reader){start, start, start + bytes.size, NULL};
}

static bool fault(struct protobuf_reader *reader, const char *what)
{
    reader->fault = what;
    return false;
}

static bool take_varint(struct protobuf_reader *reader, uint64_t *value)
{
    *value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        if (reader->at == reader->end) {
            return fault(reader, "the bytes end within a number");
        }
        uint8_t byte = *reader->at++;
        if (shift == 63 && byte > 1) {
            return fault(reader, "a number is longer than 64 bits");
        }
        *value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            return true;
        }
    }
    return fault(reader, "a number is longer than 64 bits");
}

static bool take_fixed(struct protobuf_reader *reader, unsigned bytes, uint64_t *value)
{
    *value = 0;
    if ((size_t)(reader->end - reader->at) < bytes) {
        return fault(reader, "the bytes end within a number");
    }
    for (unsigned i = 0; i < bytes; i++) {
        *value |= (uint64_t)*reader->at++ << (8 * i);
    }
    return true;
}

bool protobuf_next(struct protobuf_reader *reader, struct protobuf_field *field)
{
    uint64_t tag = 0;
    if (reader->fault != NULL || reader->at == reader->end || !take_varint(reader, &tag)) {
        return false;
    }
    if (tag >> 3 == 0 || tag >> 3 > FIELD_NUMBER_MAX) {
        return fault(reader, "there is no such field number");
    }
    *field = (struct protobuf_field){.number = (uint32_t)(tag >> 3)};
    switch (tag & 7) {
    case PROTOBUF_VARINT:
        field->kind = PROTOBUF_VARINT;
        return take_varint(reader, &field->value);
    case PROTOBUF_FIXED64:
        field->kind = PROTOBUF_FIXED64;
        return take_fixed(reader, 8, &field->value);
    case PROTOBUF_FIXED32:
        field->kind = PROTOBUF_FIXED32;
        return take_fixed(reader, 4, &field->value);
    case PROTOBUF_BYTES:
        field->kind = PROTOBUF_BYTES;
        if (!take_varint(reader, &field->value)) {
            return false;
        }
        if (field->value > (uint64_t)(reader->end - reader->at)) {
            return fault(reader, "a field is longer than what holds it");
        }
        field->bytes = vg_text_of((const char *)reader->at, (size_t)field->value);
        reader->at += field->value;
        return true;
    default:
        return fault(reader, "a field is of a kind that is not used here");
    }
}

bool protobuf_is(struct protobuf_reader *reader, const struct protobuf_field *field, enum protobuf_kind kind)
{
    return field->kind == kind || fault(reader, "a field is of another kind than it should be");
}

int32_t protobuf_int32(const struct protobuf_field *field)
{
    return (int32_t)(uint32_t)field->value;
}

int32_t protobuf_sint32(const struct protobuf_field *field)
{
    uint32_t value = (uint32_t)field->value;
    return (int32_t)(value >> 1 ^ (~(value & 1) + 1));
}

static void put_number(struct vg_buffer *out, uint64_t value)
{
    while (value >= 0x80) {
        vg_buffer_char(out, (char)(0x80 | (value & 0x7f)));
        value >>= 7;
    }
    vg_buffer_char(out, (char)value);
}

static void put_tag(struct vg_buffer *out, uint32_t number, enum protobuf_kind kind)
{
    put_number(out, (uint64_t)number << 3 | (unsigned)kind);
}

void protobuf_put_varint(struct vg_buffer *out, uint32_t number, uint64_t value)
{
    put_tag(out, number, PROTOBUF_VARINT);
    put_number(out, value);
}

void protobuf_put_int32(struct vg_buffer *out, uint32_t number, int32_t value)
{
    protobuf_put_varint(out, number, (uint64_t)(int64_t)value);
}

void protobuf_put_sint32(struct vg_buffer *out, uint32_t number, int32_t value)
{
    uint32_t bits = (uint32_t)value;
    protobuf_put_varint(out, number, bits << 1 ^ (value < 0 ? UINT32_MAX : 0));
}

void protobuf_put_fixed64(struct vg_buffer *out, uint32_t number, uint64_t value)
{
    put_tag(out, number, PROTOBUF_FIXED64);
    for (unsigned i = 0; i < 8; i++) {
        vg_buffer_char(out, (char)(value >> (8 * i) & 0xff));
    }
}

void protobuf_put_bytes(struct vg_buffer *out, uint32_t number, const void *data, size_t size)
{
    put_tag(out, number, PROTOBUF_BYTES);
    put_number(out, size);
    vg_buffer_append(out, data, size);
}

void protobuf_put_text(struct vg_buffer *out, uint32_t number, struct vg_text text)
{
    protobuf_put_bytes(out, number, text.data, text.size);
}
