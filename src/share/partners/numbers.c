/*
 * Numbers of bundles, given out and received, as two small files of a node's folder.
 */
#include "share/partners/internal.h"

#include <string.h>

#define RECEIVED_MOST 65536
#define NUMBER_MOST INT64_C(1000000000000)

/* -------------------------------------------------------------------- given */

static vg_status read_last(const char *path, struct vg_arena *arena, int64_t *last, struct vg_error *error)
{
    struct vg_text text;
    *last = 0;
    vg_status status = vg_file_exists(path) ? vg_file_read_text(path, 64, arena, &text, error) : VG_OK;
    if (status == VG_OK && vg_file_exists(path)) {
        const struct vg_text digits = vg_text_trim(text);
        status = vg_parse_integer(digits, last) && *last >= 0 && *last <= NUMBER_MOST ? VG_OK : vg_fail(error, VG_DATA_ERROR, "%s: the number of the newest bundle was expected, not \"%.40s\"", path, text.data);
    }
    return status;
}

static vg_status take(const char *folder, int64_t at_least, struct vg_arena *arena, int64_t *number, struct vg_error *error)
{
    char path[PARTNERS_PATH_BYTES], text[32];
    int64_t last = 0;
    vg_status status = partners_path(folder, "number", path, error);
    status = status == VG_OK ? read_last(path, arena, &last, error) : status;
    if (status != VG_OK) {
        return status;
    }
    if (at_least > 0 && at_least <= last) {
        return vg_fail(error, VG_USAGE_ERROR, "the number %lld was given to a bundle before: the next is %lld", (long long)at_least, (long long)last + 1);
    }
    *number = at_least > 0 ? at_least : last + 1;
    const int size = snprintf(text, sizeof text, "%lld\n", (long long)*number);
    return vg_file_write_atomic(path, text, (size_t)size, error);
}

vg_status vg_node_number_take(const char *folder, int64_t at_least, int64_t *number, struct vg_error *error)
{
    struct vg_arena arena;
    int descriptor = -1;
    vg_arena_init(&arena, 0);
    vg_status status = partners_lock(folder, &descriptor, error);
    status = status == VG_OK ? take(folder, at_least, &arena, number, error) : status;
    partners_unlock(descriptor);
    vg_arena_release(&arena);
    return status;
}

/* ----------------------------------------------------------------- received */

enum { NODE, TYPE, NUMBER, ISSUED, DIGEST, COLUMNS };
static const char *const headings[COLUMNS] = {"node", "type", "number", "issued", "digest"};

struct received {
    struct vg_bundle_mark *rows;
    size_t n, capacity;
    struct vg_arena *arena;
    struct vg_error *error;
};

static vg_status add(struct received *received, struct vg_bundle_mark mark)
{
    struct vg_bundle_mark *room = vg_arena_room(received->arena, received->rows, received->n, &received->capacity, sizeof *room);
    if (room == NULL) {
        return vg_fail_memory(received->error, sizeof *room);
    }
    received->rows = room;
    room[received->n++] = mark;
    return VG_OK;
}

static vg_status take_row(struct received *received, const struct vg_reader *reader, const size_t columns[COLUMNS], const struct vg_text *cells, uint64_t line)
{
    struct vg_text text[COLUMNS];
    struct vg_bundle_mark mark = {0};
    unsigned char bytes[32];
    for (size_t c = 0; c < COLUMNS; c++) {
        text[c] = vg_reader_cell(cells, columns[c]);
    }
    const size_t bad = !vg_node_name_is_good(text[NODE])                                                           ? NODE
                       : text[TYPE].size == 0                                                                      ? TYPE
                       : !vg_parse_integer(text[NUMBER], &mark.number) || mark.number < 0 || mark.number > NUMBER_MOST ? NUMBER
                       : !vg_parse_integer(text[ISSUED], &mark.issued) || mark.issued < 0                             ? ISSUED
                       : text[DIGEST].size != 64 || !vg_hex_decode(text[DIGEST], bytes, sizeof bytes)               ? DIGEST
                                                                                                                   : COLUMNS;
    if (bad < COLUMNS) {
        return vg_reader_bad_cell(reader, line, columns[bad], text[bad], "a bundle that was received, as this program writes it,", received->error);
    }
    mark.node = vg_arena_copy_bytes(received->arena, text[NODE].data, text[NODE].size);
    mark.type = vg_arena_copy_bytes(received->arena, text[TYPE].data, text[TYPE].size);
    vg_hex_encode(bytes, sizeof bytes, mark.digest);
    return mark.node == NULL || mark.type == NULL ? vg_fail_memory(received->error, text[TYPE].size) : add(received, mark);
}

static vg_status read_received(const char *folder, struct received *received)
{
    char path[PARTNERS_PATH_BYTES];
    size_t columns[COLUMNS];
    struct vg_row_batch batch = {.n_rows = 1};
    struct vg_reader *reader = NULL;
    vg_status status = partners_path(folder, "received.csv", path, received->error);
    if (status != VG_OK || !vg_file_exists(path)) {
        return status;
    }
    status = vg_reader_open(path, NULL, &reader, received->error);
    for (size_t c = 0; status == VG_OK && c < COLUMNS; c++) {
        columns[c] = vg_reader_find_column(reader, headings[c]);
        status = columns[c] != VG_READER_NO_COLUMN ? VG_OK : vg_fail(received->error, VG_DATA_ERROR, "%s has no column %s", path, headings[c]);
    }
    while (status == VG_OK && batch.n_rows > 0) {
        status = vg_reader_next(reader, &batch, received->error);
        for (size_t row = 0; status == VG_OK && row < batch.n_rows; row++) {
            status = received->n < RECEIVED_MOST ? take_row(received, reader, columns, batch.cells + row * batch.n_columns, batch.lines[row])
                                                 : vg_fail(received->error, VG_LIMIT_EXCEEDED, "%s has more than %d rows", path, RECEIVED_MOST);
        }
    }
    vg_reader_close(reader);
    return status;
}

static struct vg_bundle_mark *newest_of(const struct received *received, const struct vg_bundle_mark *mark)
{
    for (size_t i = 0; i < received->n; i++) {
        if (strcmp(received->rows[i].node, mark->node) == 0 && strcmp(received->rows[i].type, mark->type) == 0) {
            return &received->rows[i];
        }
    }
    return NULL;
}

/* A clock that was set back makes nothing older that has a higher number; a counter that was set back, as by a backup, makes older what is issued later: its node is told to count on from higher up. */
static enum vg_bundle_order order_of(const struct vg_bundle_mark *mark, const struct vg_bundle_mark *newest)
{
    const bool counted = mark->number > 0 && newest->number > 0;
    return strcmp(mark->digest, newest->digest) == 0                                              ? VG_BUNDLE_SAME
           : counted && mark->number == newest->number                                            ? VG_BUNDLE_SAME_NUMBER
           : counted ? mark->number < newest->number ? VG_BUNDLE_OLDER : VG_BUNDLE_NEWER
           : mark->issued < newest->issued                                                        ? VG_BUNDLE_OLDER
                                                                                                  : VG_BUNDLE_NEWER;
}

vg_status vg_received_order(const char *folder, const struct vg_bundle_mark *mark, struct vg_arena *arena, enum vg_bundle_order *order, struct vg_bundle_mark *newest, int64_t *missed,
                            struct vg_error *error)
{
    struct received received = {.arena = arena, .error = error};
    *order = VG_BUNDLE_NEWER;
    *newest = (struct vg_bundle_mark){0};
    *missed = 0;
    vg_status status = read_received(folder, &received);
    const struct vg_bundle_mark *row = status == VG_OK ? newest_of(&received, mark) : NULL;
    if (row != NULL) {
        *newest = *row;
        *order = order_of(mark, row);
        *missed = *order == VG_BUNDLE_NEWER && row->number > 0 && mark->number > row->number ? mark->number - row->number - 1 : 0;
    }
    return status;
}

static vg_status keep(const char *folder, const struct vg_bundle_mark *marks, size_t n, struct received *received)
{
    char path[PARTNERS_PATH_BYTES];
    struct vg_table table;
    struct vg_buffer text;
    bool changed = false;
    vg_status status = partners_path(folder, "received.csv", path, received->error);
    status = status == VG_OK ? read_received(folder, received) : status;
    for (size_t i = 0; status == VG_OK && i < n; i++) {
        struct vg_bundle_mark *row = newest_of(received, &marks[i]);
        if (row == NULL) {
            status = add(received, marks[i]);
            changed = true;
        } else if (order_of(&marks[i], row) == VG_BUNDLE_NEWER) {
            *row = marks[i];
            changed = true;
        }
    }
    if (status != VG_OK || !changed) {
        return status;
    }
    vg_buffer_init(&text, 0);
    vg_table_init(&table, received->arena);
    for (size_t c = 0; c < COLUMNS; c++) {
        vg_table_add_column(&table, headings[c], c == NUMBER || c == ISSUED ? VG_COLUMN_INTEGER : VG_COLUMN_TEXT);
    }
    for (size_t i = 0; i < received->n; i++) {
        const struct vg_bundle_mark *row = &received->rows[i];
        vg_table_text(&table, row->node);
        vg_table_text(&table, row->type);
        vg_table_integer(&table, row->number);
        vg_table_integer(&table, row->issued);
        vg_table_text(&table, row->digest);
    }
    status = vg_table_write(&table, VG_FORMAT_CSV, &text, received->error);
    status = status == VG_OK ? vg_file_write_atomic(path, text.data, text.size, received->error) : status;
    vg_buffer_release(&text);
    return status;
}

vg_status vg_received_keep(const char *folder, const struct vg_bundle_mark *marks, size_t n, struct vg_error *error)
{
    struct vg_arena arena;
    struct received received = {.arena = &arena, .error = error};
    int descriptor = -1;
    vg_arena_init(&arena, 0);
    vg_status status = partners_lock(folder, &descriptor, error);
    status = status == VG_OK ? keep(folder, marks, n, &received) : status;
    partners_unlock(descriptor);
    vg_arena_release(&arena);
    return status;
}
