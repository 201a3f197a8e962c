/*
 * A table as an Arrow IPC stream (Arrow columnar format 1.x, "Serialization and Interprocess Communication"): a schema message,
 * one record batch, the end mark. The messages are flatbuffers, which are built from the end towards the start by the few
 * functions below.
 */
#include "core/table_internal.h"

#include <string.h>

/* ------------------------------------------------------------ flatbuffers */

/* A position is counted from the end of the buffer, so it does not move when the start is extended. */
struct flat {
    uint8_t *data;
    size_t capacity, used;
    size_t largest_alignment;
    struct vg_arena *arena;
    bool failed;
    size_t field_positions[8]; /* of the table being built; 0: absent */
    size_t n_fields, table_start;
};

static bool flat_reserve(struct flat *flat, size_t bytes)
{
    if (flat->failed) {
        return false;
    }
    if (flat->capacity - flat->used >= bytes) {
        return true;
    }
    size_t capacity = flat->capacity == 0 ? 1024 : flat->capacity;
    while (capacity - flat->used < bytes) {
        capacity *= 2;
    }
    uint8_t *data = vg_arena_alloc(flat->arena, capacity, 1);
    if (data == NULL) {
        flat->failed = true;
        return false;
    }
    if (flat->used > 0) {
        memcpy(data + capacity - flat->used, flat->data + flat->capacity - flat->used, flat->used);
    }
    flat->data = data;
    flat->capacity = capacity;
    return true;
}

static void flat_bytes(struct flat *flat, const void *bytes, size_t size)
{
    if (size > 0 && flat_reserve(flat, size)) {
        flat->used += size;
        memcpy(flat->data + flat->capacity - flat->used, bytes, size);
    }
}

/* Pads so that, after `following` bytes more, the position is a multiple of alignment. */
static void flat_align(struct flat *flat, size_t alignment, size_t following)
{
    static const uint8_t zeros[8] = {0};
    if (alignment > flat->largest_alignment) {
        flat->largest_alignment = alignment;
    }
    flat_bytes(flat, zeros, (alignment - (flat->used + following) % alignment) % alignment);
}

static void flat_scalar(struct flat *flat, const void *value, size_t size)
{
    flat_align(flat, size, size);
    flat_bytes(flat, value, size);
}

static void flat_reference(struct flat *flat, size_t position)
{
    flat_align(flat, 4, 4);
    uint32_t distance = (uint32_t)(flat->used + 4 - position);
    flat_bytes(flat, &distance, 4);
}

static size_t flat_string(struct flat *flat, const char *text)
{
    size_t size = strlen(text);
    uint32_t count = (uint32_t)size;
    flat_align(flat, 4, size + 1);
    flat_bytes(flat, text, size + 1);
    flat_bytes(flat, &count, 4);
    return flat->used;
}

static void flat_table_begin(struct flat *flat, size_t n_fields)
{
    VG_ASSERT(n_fields <= sizeof flat->field_positions / sizeof *flat->field_positions);
    memset(flat->field_positions, 0, sizeof flat->field_positions);
    flat->n_fields = n_fields;
    flat->table_start = flat->used;
}

static void flat_field(struct flat *flat, size_t field, const void *value, size_t size)
{
    flat_scalar(flat, value, size);
    flat->field_positions[field] = flat->used;
}

static void flat_field_reference(struct flat *flat, size_t field, size_t position)
{
    flat_reference(flat, position);
    flat->field_positions[field] = flat->used;
}

static size_t flat_table_end(struct flat *flat)
{
    int32_t to_vtable = 0;
    flat_scalar(flat, &to_vtable, 4);
    size_t table = flat->used;
    for (size_t i = flat->n_fields; i > 0; i--) {
        uint16_t offset = flat->field_positions[i - 1] == 0 ? 0 : (uint16_t)(table - flat->field_positions[i - 1]);
        flat_bytes(flat, &offset, 2);
    }
    uint16_t table_bytes = (uint16_t)(table - flat->table_start);
    uint16_t vtable_bytes = (uint16_t)((flat->n_fields + 2) * 2);
    flat_bytes(flat, &table_bytes, 2);
    flat_bytes(flat, &vtable_bytes, 2);
    if (!flat->failed) {
        to_vtable = (int32_t)(flat->used - table);
        memcpy(flat->data + flat->capacity - table, &to_vtable, 4);
    }
    return table;
}

static size_t flat_references(struct flat *flat, const size_t *positions, size_t n)
{
    uint32_t count = (uint32_t)n;
    flat_align(flat, 4, n * 4);
    for (size_t i = n; i > 0; i--) {
        flat_reference(flat, positions[i - 1]);
    }
    flat_bytes(flat, &count, 4);
    return flat->used;
}

/* Pairs of 64-bit numbers: FieldNode and Buffer are such structs. */
static size_t flat_pairs(struct flat *flat, const int64_t *pairs, size_t n)
{
    uint32_t count = (uint32_t)n;
    flat_align(flat, 4, n * 16);
    flat_align(flat, 8, n * 16);
    flat_bytes(flat, pairs, n * 16);
    flat_bytes(flat, &count, 4);
    return flat->used;
}

/* ------------------------------------------------------------------ Arrow */

enum { TYPE_INT = 2, TYPE_FLOATING_POINT = 3, TYPE_UTF8 = 5, TYPE_BOOL = 6, TYPE_DATE = 8 };
enum { HEADER_SCHEMA = 1, HEADER_RECORD_BATCH = 3 };

static size_t arrow_type(struct flat *flat, enum vg_column_kind kind, uint8_t *type)
{
    switch (kind) {
    case VG_COLUMN_INTEGER: {
        int32_t bits = 64;
        uint8_t is_signed = 1;
        *type = TYPE_INT;
        flat_table_begin(flat, 2);
        flat_field(flat, 0, &bits, 4);
        flat_field(flat, 1, &is_signed, 1);
        return flat_table_end(flat);
    }
    case VG_COLUMN_DOUBLE: {
        int16_t precision = 2; /* double */
        *type = TYPE_FLOATING_POINT;
        flat_table_begin(flat, 1);
        flat_field(flat, 0, &precision, 2);
        return flat_table_end(flat);
    }
    case VG_COLUMN_DATE: {
        int16_t unit = 0; /* days */
        *type = TYPE_DATE;
        flat_table_begin(flat, 1);
        flat_field(flat, 0, &unit, 2);
        return flat_table_end(flat);
    }
    case VG_COLUMN_TEXT:
    case VG_COLUMN_BOOLEAN:
        break;
    }
    *type = kind == VG_COLUMN_TEXT ? TYPE_UTF8 : TYPE_BOOL;
    flat_table_begin(flat, 0);
    return flat_table_end(flat);
}

static size_t arrow_field(struct flat *flat, const struct vg_column *column)
{
    uint8_t type = 0;
    uint8_t nullable = 1;
    size_t name = flat_string(flat, column->name);
    size_t children = flat_references(flat, NULL, 0);
    size_t type_table = arrow_type(flat, column->kind, &type);
    flat_table_begin(flat, 7);
    flat_field_reference(flat, 0, name);
    flat_field_reference(flat, 3, type_table);
    flat_field_reference(flat, 5, children);
    flat_field(flat, 1, &nullable, 1);
    flat_field(flat, 2, &type, 1);
    return flat_table_end(flat);
}

/* Wraps a header table in a message and writes it with its frame: continuation mark, length, message padded to 8 bytes. */
static void write_message(struct flat *flat, uint8_t header_type, size_t header, int64_t body_bytes, struct vg_buffer *out)
{
    static const char zeros[8] = {0};
    int16_t version = 4; /* V5 */
    uint32_t mark = UINT32_MAX;
    flat_table_begin(flat, 5);
    flat_field(flat, 3, &body_bytes, 8);
    flat_field_reference(flat, 2, header);
    flat_field(flat, 0, &version, 2);
    flat_field(flat, 1, &header_type, 1);
    size_t root = flat_table_end(flat);
    flat_align(flat, flat->largest_alignment, 4);
    flat_reference(flat, root);
    if (flat->failed) {
        out->failed = true;
        return;
    }
    uint32_t padded = (uint32_t)((flat->used + 7) / 8 * 8);
    vg_buffer_append(out, &mark, 4);
    vg_buffer_append(out, &padded, 4);
    vg_buffer_append(out, flat->data + flat->capacity - flat->used, flat->used);
    vg_buffer_append(out, zeros, padded - flat->used);
}

static void write_schema(const struct vg_table *table, struct vg_buffer *out)
{
    struct flat flat = {.arena = table->arena};
    size_t *fields = VG_ARENA_ARRAY(table->arena, size_t, table->n_columns);
    if (fields == NULL) {
        out->failed = true;
        return;
    }
    for (size_t i = 0; i < table->n_columns; i++) {
        fields[i] = arrow_field(&flat, &table->columns[i]);
    }
    size_t vector = flat_references(&flat, fields, table->n_columns);
    int16_t little_endian = 0;
    flat_table_begin(&flat, 4);
    flat_field_reference(&flat, 1, vector);
    flat_field(&flat, 0, &little_endian, 2);
    write_message(&flat, HEADER_SCHEMA, flat_table_end(&flat), 0, out);
}

/* The batch's body as it grows, with where each buffer lies in it. */
struct body {
    struct vg_buffer bytes;
    int64_t *buffers; /* [n_buffers] pairs of offset, length */
    size_t n_buffers;
};

static void end_buffer(struct body *body, size_t start)
{
    static const char zeros[8] = {0};
    body->buffers[body->n_buffers * 2] = (int64_t)start;
    body->buffers[body->n_buffers * 2 + 1] = (int64_t)(body->bytes.size - start);
    body->n_buffers++;
    vg_buffer_append(&body->bytes, zeros, (8 - body->bytes.size % 8) % 8);
}

/* Bit i is set where test(i) holds. */
static void append_bits(struct vg_buffer *out, const struct vg_column *column, size_t n_rows, bool validity)
{
    for (size_t row = 0; row < n_rows; row += 8) {
        unsigned byte = 0;
        for (size_t bit = 0; bit < 8 && row + bit < n_rows; bit++) {
            bool set = validity ? !column->missing[row + bit] : column->values.integers[row + bit] != 0;
            byte |= (set ? 1U : 0U) << bit;
        }
        vg_buffer_char(out, (char)byte);
    }
}

/* Arrow's utf8 must be UTF-8: what is not becomes U+FFFD, byte by byte, as in JSON. */
static void append_utf8(struct vg_buffer *out, struct vg_text text)
{
    if (vg_utf8_valid(text.data, text.size)) {
        vg_buffer_append(out, text.data, text.size);
        return;
    }
    for (size_t i = 0; i < text.size;) {
        size_t length = 1;
        while (length <= 4 && length <= text.size - i && !vg_utf8_valid(text.data + i, length)) {
            length++;
        }
        bool good = length <= 4 && length <= text.size - i;
        vg_buffer_append(out, good ? text.data + i : "\xEF\xBF\xBD", good ? length : 3);
        i += good ? length : 1;
    }
}

static vg_status append_texts(struct body *body, const struct vg_column *column, size_t n_rows, struct vg_error *error)
{
    struct vg_buffer texts;
    int32_t offset = 0;
    size_t start = body->bytes.size;
    vg_buffer_init(&texts, INT32_MAX);
    vg_buffer_append(&body->bytes, &offset, 4);
    for (size_t row = 0; row < n_rows && !texts.failed; row++) {
        if (!column->missing[row]) {
            append_utf8(&texts, column->values.texts[row]);
        }
        offset = (int32_t)texts.size;
        vg_buffer_append(&body->bytes, &offset, 4);
    }
    end_buffer(body, start);
    start = body->bytes.size;
    vg_buffer_append(&body->bytes, texts.data == NULL ? "" : texts.data, texts.size);
    end_buffer(body, start);
    bool failed = texts.failed;
    vg_buffer_release(&texts);
    return !failed ? VG_OK
                   : vg_fail(error, VG_LIMIT_EXCEEDED, "column %s holds more text than memory or this Arrow type (2 GiB) can",
                             column->name);
}

static vg_status append_column(struct body *body, const struct vg_column *column, size_t n_rows, int64_t *node,
                               struct vg_error *error)
{
    size_t start = body->bytes.size;
    node[0] = (int64_t)n_rows;
    for (size_t row = 0; row < n_rows; row++) {
        node[1] += column->missing[row] != 0;
    }
    if (node[1] > 0) {
        append_bits(&body->bytes, column, n_rows, true);
    }
    end_buffer(body, start);
    if (column->kind == VG_COLUMN_TEXT) {
        return append_texts(body, column, n_rows, error);
    }
    start = body->bytes.size;
    if (column->kind == VG_COLUMN_BOOLEAN) {
        append_bits(&body->bytes, column, n_rows, false);
    } else {
        vg_buffer_append(&body->bytes, column->values.integers, n_rows * (column->kind == VG_COLUMN_DATE ? 4 : 8));
    }
    end_buffer(body, start);
    return VG_OK;
}

static vg_status write_batch(const struct vg_table *table, struct body *body, struct vg_buffer *out, struct vg_error *error)
{
    struct flat flat = {.arena = table->arena};
    int64_t *nodes = VG_ARENA_ARRAY(table->arena, int64_t, table->n_columns * 2);
    body->buffers = VG_ARENA_ARRAY(table->arena, int64_t, table->n_columns * 6);
    if (nodes == NULL || body->buffers == NULL) {
        return vg_fail_memory(error, table->n_columns * 64);
    }
    for (size_t i = 0; i < table->n_columns; i++) {
        vg_status status = append_column(body, &table->columns[i], table->n_rows, nodes + i * 2, error);
        if (status != VG_OK) {
            return status;
        }
    }
    int64_t length = (int64_t)table->n_rows;
    size_t buffers_vector = flat_pairs(&flat, body->buffers, body->n_buffers);
    size_t nodes_vector = flat_pairs(&flat, nodes, table->n_columns);
    flat_table_begin(&flat, 4);
    flat_field(&flat, 0, &length, 8);
    flat_field_reference(&flat, 1, nodes_vector);
    flat_field_reference(&flat, 2, buffers_vector);
    write_message(&flat, HEADER_RECORD_BATCH, flat_table_end(&flat), (int64_t)body->bytes.size, out);
    vg_buffer_append(out, body->bytes.data == NULL ? "" : body->bytes.data, body->bytes.size);
    return VG_OK;
}

vg_status table_write_arrow(const struct vg_table *table, struct vg_buffer *out, struct vg_error *error)
{
    static const uint32_t end_mark[2] = {UINT32_MAX, 0};
    struct body body = {0};
    vg_buffer_init(&body.bytes, 0);
    write_schema(table, out);
    vg_status status = write_batch(table, &body, out, error);
    vg_buffer_append(out, end_mark, sizeof end_mark);
    bool failed = body.bytes.failed || out->failed;
    vg_buffer_release(&body.bytes);
    return status != VG_OK ? status : failed ? vg_fail_memory(error, 0) : VG_OK;
}
