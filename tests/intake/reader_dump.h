/*
 * For the tests of the reader: everything a reader gives, as one text that a test can compare.
 *   #3[heading][heading]      the heading row and its line
 *   5[cell][n:12][d:2020-..]  a row, its line, kinds other than text, "+2" for surplus cells
 *   error: ...                how it ended, if badly
 */
#ifndef VG_TESTS_READER_DUMP_H
#define VG_TESTS_READER_DUMP_H

#include "intake/reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static inline void dump_batch(struct vg_buffer *out, const struct vg_row_batch *batch)
{
    for (size_t row = 0; row < batch->n_rows; row++) {
        vg_buffer_format(out, "%llu", (unsigned long long)batch->lines[row]);
        for (size_t column = 0; column < batch->n_columns; column++) {
            size_t i = row * batch->n_columns + column;
            uint8_t kind = batch->kinds == NULL ? VG_CELL_TEXT : batch->kinds[i];
            vg_buffer_text(out, kind == VG_CELL_NUMBER ? "[n:" : kind == VG_CELL_DATE ? "[d:" : "[");
            vg_buffer_append(out, batch->cells[i].data, batch->cells[i].size);
            vg_buffer_char(out, ']');
        }
        if (batch->surplus != NULL && batch->surplus[row] > 0) {
            vg_buffer_format(out, "+%u", (unsigned)batch->surplus[row]);
        }
        vg_buffer_char(out, '\n');
    }
}

static inline void dump_rows(struct vg_buffer *out, struct vg_reader *reader)
{
    for (;;) {
        struct vg_row_batch batch;
        struct vg_error error = {0};
        vg_status status = vg_reader_next(reader, &batch, &error);
        if (status != VG_OK) {
            vg_buffer_format(out, "error: %s\n", error.message);
            return;
        }
        if (batch.n_rows == 0) {
            return;
        }
        dump_batch(out, &batch);
    }
}

static inline void dump_headings(struct vg_buffer *out, const struct vg_reader *reader)
{
    struct vg_reader_facts facts;
    vg_reader_get_facts(reader, &facts);
    vg_buffer_format(out, "#%zu", facts.header_line);
    for (size_t i = 0; i < vg_reader_column_count(reader); i++) {
        struct vg_text heading = vg_reader_heading(reader, i);
        vg_buffer_char(out, '[');
        vg_buffer_append(out, heading.data, heading.size);
        vg_buffer_char(out, ']');
    }
    vg_buffer_char(out, '\n');
}

/* The bytes are given in a block of their own size, so that the sanitizer sees a read beyond them. */
static inline char *dump_bytes(const void *data, size_t size, const struct vg_reader_options *options,
                               struct vg_reader_facts *facts)
{
    struct vg_buffer out;
    vg_buffer_init(&out, 0);
    vg_buffer_text(&out, "");
    char *exact = malloc(size == 0 ? 1 : size);
    assert_non_null(exact);
    if (size > 0) {
        memcpy(exact, data, size);
    }
    struct vg_reader *reader = NULL;
    struct vg_error error = {0};
    if (vg_reader_open_memory("t", exact, size, options, &reader, &error) != VG_OK) {
        assert_null(reader);
        vg_buffer_format(&out, "error: %s\n", error.message);
    } else {
        dump_headings(&out, reader);
        size_t body = out.size;
        dump_rows(&out, reader);
        if (facts != NULL) {
            vg_reader_get_facts(reader, facts);
        }
        /* Read again after a rewind, everything must come again. */
        struct vg_buffer again;
        vg_buffer_init(&again, 0);
        vg_buffer_text(&again, "");
        if (vg_reader_rewind(reader, &error) != VG_OK) {
            vg_buffer_format(&again, "error: %s\n", error.message);
        }
        dump_rows(&again, reader);
        assert_string_equal(again.data, out.data + body);
        vg_buffer_release(&again);
    }
    vg_reader_close(reader);
    free(exact);
    return out.data;
}

static inline void expect_dump(const void *data, size_t size, const struct vg_reader_options *options, const char *expected)
{
    char *found = dump_bytes(data, size, options, NULL);
    assert_string_equal(found, expected);
    free(found);
}

#define expect_text(text, expected) expect_dump(text, sizeof(text) - 1, NULL, expected)

static inline void expect_error(const void *data, size_t size, const struct vg_reader_options *options, const char *part)
{
    char *found = dump_bytes(data, size, options, NULL);
    if (strstr(found, "error: ") == NULL || strstr(found, part) == NULL) {
        fail_msg("expected an error with \"%s\", found \"%s\"", part, found);
    }
    free(found);
}

#endif
