/*
 * The reader as its users see it: opens what it is given, finds out what it is, and hands out rows. The work is done by
 * reader_csv and reader_xlsx; this file keeps what they share: the bytes, the name, the headings.
 */
#include "intake/reader.h"

#include <stdlib.h>
#include <string.h>

struct vg_reader {
    struct vg_arena arena;
    const char *name;
    struct vg_file_map map;
    struct vg_buffer input; /* standard input is kept, so that it can be read twice */
    struct vg_headings headings;
    struct vg_reader_facts facts;
    struct vg_csv *csv; /* one of the two */
    struct vg_xlsx *xlsx;
};

static vg_status check_options(const struct vg_reader_options *options, struct vg_error *error)
{
    char c = options->delimiter;
    if (c == '"' || c == '\n' || c == '\r' || (unsigned char)c >= 0x80) {
        return vg_fail(error, VG_USAGE_ERROR, "the delimiter must be one ASCII character, and neither a quote nor a line end");
    }
    if (options->encoding < VG_ENCODING_AUTO || options->encoding > VG_ENCODING_CP1252) {
        return vg_fail(error, VG_USAGE_ERROR, "an encoding that the reader does not know was asked for");
    }
    return VG_OK;
}

static vg_status open_bytes(struct vg_reader *reader, const char *data, size_t size, const struct vg_reader_options *options,
                            struct vg_error *error)
{
    if (size == 0) {
        return vg_fail(error, VG_DATA_ERROR, "%s is empty (0 bytes)", reader->name);
    }
    struct vg_reader_kind kind;
    vg_status status = vg_reader_kind_of(reader->name, data, size, &kind, error);
    if (status != VG_OK) {
        return status;
    }
    reader->facts.container = kind.container;
    reader->facts.compression = kind.compression;
    if (kind.container == VG_CONTAINER_XLSX) {
        status = vg_xlsx_open(reader->name, data, size, options, &reader->arena, &reader->headings, &reader->facts,
                              &reader->xlsx, error);
    } else if (options->sheet != NULL) {
        status = vg_fail(error, VG_USAGE_ERROR, "%s is no workbook: it has no sheet %s", reader->name, options->sheet);
    } else {
        status = vg_csv_open(reader->name, data, size, kind.compression, options, &reader->arena, &reader->headings,
                             &reader->facts, &reader->csv, error);
    }
    reader->facts.header_line = (size_t)reader->headings.line;
    return status;
}

static vg_status make_reader(const char *name, const struct vg_reader_options *options, struct vg_reader **made,
                             struct vg_error *error)
{
    *made = NULL;
    vg_status status = check_options(options, error);
    if (status != VG_OK) {
        return status;
    }
    struct vg_reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL) {
        return vg_fail_memory(error, sizeof *reader);
    }
    vg_arena_init(&reader->arena, 0);
    vg_buffer_init(&reader->input, 0);
    reader->name = vg_arena_copy(&reader->arena, name);
    if (reader->name == NULL) {
        vg_reader_close(reader);
        return vg_fail_memory(error, strlen(name));
    }
    *made = reader;
    return VG_OK;
}

vg_status vg_reader_open(const char *path, const struct vg_reader_options *options, struct vg_reader **opened,
                         struct vg_error *error)
{
    static const struct vg_reader_options defaults = {0};
    struct vg_reader *reader = NULL;
    bool from_input = strcmp(path, "-") == 0;
    options = options == NULL ? &defaults : options;
    *opened = NULL;
    vg_status status = make_reader(from_input ? "standard input" : path, options, &reader, error);
    if (status != VG_OK) {
        return status;
    }
    if (from_input) {
        uint64_t limit = options->limit_bytes != 0 ? options->limit_bytes : VG_READER_DEFAULT_LIMIT_BYTES;
        status = vg_file_read("-", (size_t)limit, &reader->input, error);
    } else {
        status = vg_file_map_open(path, &reader->map, error);
    }
    if (status == VG_OK) {
        status = open_bytes(reader, from_input ? reader->input.data : reader->map.data,
                            from_input ? reader->input.size : reader->map.size, options, error);
    }
    if (status != VG_OK) {
        vg_reader_close(reader);
        return status;
    }
    *opened = reader;
    return VG_OK;
}

vg_status vg_reader_open_memory(const char *name, const void *data, size_t size, const struct vg_reader_options *options,
                                struct vg_reader **opened, struct vg_error *error)
{
    static const struct vg_reader_options defaults = {0};
    struct vg_reader *reader = NULL;
    options = options == NULL ? &defaults : options;
    *opened = NULL;
    vg_status status = make_reader(name, options, &reader, error);
    if (status != VG_OK) {
        return status;
    }
    status = open_bytes(reader, data, size, options, error);
    if (status != VG_OK) {
        vg_reader_close(reader);
        return status;
    }
    *opened = reader;
    return VG_OK;
}

void vg_reader_close(struct vg_reader *reader)
{
    if (reader == NULL) {
        return;
    }
    vg_csv_close(reader->csv);
    vg_xlsx_close(reader->xlsx);
    vg_file_map_close(&reader->map);
    vg_buffer_release(&reader->input);
    vg_arena_release(&reader->arena);
    free(reader);
}

size_t vg_reader_column_count(const struct vg_reader *reader)
{
    return reader->headings.count;
}

struct vg_text vg_reader_heading(const struct vg_reader *reader, size_t column)
{
    VG_ASSERT(column < reader->headings.count);
    return reader->headings.texts[column];
}

size_t vg_reader_find_column(const struct vg_reader *reader, const char *headings)
{
    for (const char *at = headings; *at != '\0';) {
        size_t length = strcspn(at, "|");
        for (size_t column = 0; column < reader->headings.count; column++) {
            if (vg_text_fold_equal(reader->headings.texts[column], vg_text_of(at, length))) {
                return column;
            }
        }
        at += length + (at[length] == '|' ? 1 : 0);
    }
    return VG_READER_NO_COLUMN;
}

vg_status vg_reader_bad_cell(const struct vg_reader *reader, uint64_t line, size_t column, struct vg_text cell, const char *expected, struct vg_error *error)
{
    struct vg_text heading = vg_reader_heading(reader, column);
    return vg_fail(error, VG_DATA_ERROR, "%s, line %llu, column %.*s: %s was expected, not \"%.*s\"", reader->name, (unsigned long long)line, (int)heading.size, heading.data,
                   expected, cell.size > 60 ? 60 : (int)cell.size, cell.data);
}

void vg_reader_get_facts(const struct vg_reader *reader, struct vg_reader_facts *facts)
{
    *facts = reader->facts;
    if (reader->csv != NULL) {
        vg_csv_get_facts(reader->csv, facts);
    } else {
        vg_xlsx_get_facts(reader->xlsx, facts);
    }
}

vg_status vg_reader_next(struct vg_reader *reader, struct vg_row_batch *batch, struct vg_error *error)
{
    return reader->csv != NULL ? vg_csv_next(reader->csv, batch, error) : vg_xlsx_next(reader->xlsx, batch, error);
}

vg_status vg_reader_rewind(struct vg_reader *reader, struct vg_error *error)
{
    return reader->csv != NULL ? vg_csv_rewind(reader->csv, error) : vg_xlsx_rewind(reader->xlsx, error);
}

double vg_reader_progress(const struct vg_reader *reader)
{
    double progress = reader->csv != NULL ? vg_csv_progress(reader->csv) : vg_xlsx_progress(reader->xlsx);
    return progress < 0 ? 0 : progress > 1 ? 1 : progress;
}
