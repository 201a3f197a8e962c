/*
 * Rows out of delimited text, fast: the marks of a segment are found at once (reader_scan), then walked; a cell is a slice of
 * the window between two marks. Only cells with doubled quotes, or with text behind the closing quote, are copied.
 * The rules are those of vg_csv_parse_row, which is the reference in the tests.
 */
#include "intake/reader.h"

#include <stdlib.h>
#include <string.h>

#define SEGMENT_BYTES ((size_t)32 << 10)

struct cursor {       /* walks the marks of the window */
    const char *base; /* of the segment */
    const uint32_t *next, *end;
    size_t segment_end; /* offset in the window; marks before it are known */
};

struct vg_csv {
    const char *name;
    char delimiter;
    const struct vg_scan_kernels *kernels;
    struct vg_window window;
    size_t n_columns;
    size_t position;       /* of the next row in the window */
    uint64_t line;         /* at position */
    size_t first_position; /* of the first data row in the text, and its line */
    uint64_t first_line;
    struct cursor cursor;
    uint32_t *marks;
    bool starved; /* the window ended within a row */

    size_t row_capacity;
    struct vg_text *cells;
    uint64_t *lines;
    uint16_t *surplus;
    struct vg_arena rewritten; /* cells of the batch that had to be copied */
};

enum row_outcome {
    ROW_READ,
    ROW_BLANK,
    ROW_NONE /* the text ended before it */,
    ROW_STARVED,
    ROW_UNCLOSED,
    ROW_LONG_CELL,
    ROW_NO_MEMORY
};

struct row {
    const char *start, *next;
    uint64_t lines;       /* line ends in it */
    uint64_t quote_lines; /* line ends before the last quoted cell */
    size_t column, surplus;
};

static inline __attribute__((always_inline)) const char *next_mark(struct vg_csv *csv, struct cursor *cursor)
{
    while (__builtin_expect(cursor->next == cursor->end, 0)) {
        size_t start = cursor->segment_end;
        size_t size = csv->window.size - start;
        if (size == 0) {
            return NULL;
        }
        size = size < SEGMENT_BYTES ? size : SEGMENT_BYTES;
        cursor->base = csv->window.text + start;
        cursor->next = csv->marks;
        cursor->end = csv->marks + csv->kernels->marks(cursor->base, size, csv->delimiter, csv->marks);
        cursor->segment_end = start + size;
    }
    return cursor->base + *cursor->next++;
}

/*
 * mark is the opening quote of a cell. Leaves in *mark the delimiter or line end behind the cell, NULL at the end of the
 * window, and in *cell its value.
 */
static inline __attribute__((always_inline)) enum row_outcome
pass_quoted(struct vg_csv *csv, struct cursor *cursor, const char **mark, struct vg_text *cell, struct row *row)
{
    const char *open = *mark;
    const char *end = csv->window.text + csv->window.size;
    const char *close = NULL;
    bool rewrite = false;
    row->quote_lines = row->lines;
    while (close == NULL) {
        const char *m = next_mark(csv, cursor);
        if (m == NULL || (size_t)(m - open) > VG_READER_MAX_CELL_BYTES) {
            if (m == NULL && (size_t)(end - open) <= VG_READER_MAX_CELL_BYTES) {
                return csv->window.complete ? ROW_UNCLOSED : ROW_STARVED;
            }
            return ROW_LONG_CELL;
        }
        if (*m == '"') {
            if (m + 1 == end && !csv->window.complete) {
                return ROW_STARVED;
            }
            if (m + 1 < end && m[1] == '"') {
                (void)next_mark(csv, cursor);
                rewrite = true;
            } else {
                close = m;
            }
        } else {
            row->lines += *m == '\n' || (*m == '\r' && !(m + 1 < end && m[1] == '\n'));
        }
    }
    do { /* quotes behind the closing one are text */
        *mark = next_mark(csv, cursor);
    } while (*mark != NULL && **mark == '"');
    if (*mark == NULL && !csv->window.complete) {
        return ROW_STARVED;
    }
    const char *stop = *mark == NULL ? end : *mark;
    *cell = vg_text_of(open + 1, (size_t)(close - open) - 1);
    if (rewrite || stop != close + 1) {
        if ((size_t)(stop - open) > VG_READER_MAX_CELL_BYTES) {
            return ROW_LONG_CELL;
        }
        char *value = vg_arena_alloc(&csv->rewritten, (size_t)(stop - open), 1);
        if (value == NULL) {
            return ROW_NO_MEMORY;
        }
        *cell = vg_text_of(value, vg_csv_unquote(open, (size_t)(stop - open), value));
    }
    return ROW_READ;
}

static bool all_blank(const struct vg_text *cells, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!vg_text_is_blank(cells[i])) {
            return false;
        }
    }
    return true;
}

/* Pads a short row; tells whether there is anything in it. */
static inline __attribute__((always_inline)) enum row_outcome finish_row(const struct vg_csv *csv, struct vg_text *cells,
                                                                         const struct row *row)
{
    size_t n = csv->n_columns;
    for (size_t i = row->column; i < n; i++) {
        cells[i] = vg_text_of("", 0);
    }
    bool may_be_blank = row->surplus == 0 && (cells[0].size == 0 || (unsigned char)cells[0].data[0] <= ' ' ||
                                              (unsigned char)cells[0].data[0] >= 0x7F);
    return may_be_blank && all_blank(cells, n) ? ROW_BLANK : ROW_READ;
}

/* mark is the line end: CR LF is one. */
static inline __attribute__((always_inline)) enum row_outcome end_row(struct vg_csv *csv, struct cursor *cursor,
                                                                      struct vg_text *cells, struct row *row, const char *mark)
{
    const char *end = csv->window.text + csv->window.size;
    row->next = mark + 1;
    if (*mark == '\r') {
        if (row->next == end && !csv->window.complete) {
            return ROW_STARVED; /* the LF may be the next byte */
        }
        if (row->next < end && *row->next == '\n') {
            (void)next_mark(csv, cursor);
            row->next++;
        }
    }
    row->lines++;
    return finish_row(csv, cells, row);
}

static inline __attribute__((always_inline)) enum row_outcome parse_row(struct vg_csv *csv, struct cursor *cursor,
                                                                        struct vg_text *cells, struct row *row)
{
    const char *end = csv->window.text + csv->window.size;
    const char delimiter = csv->delimiter;
    const size_t n_columns = csv->n_columns;
    const char *from = row->start;
    row->column = 0;
    row->surplus = 0;
    row->lines = 0;
    for (;;) {
        const char *mark = next_mark(csv, cursor);
        struct vg_text cell;
        if (mark != NULL && *mark == '"') {
            if (mark != from) {
                continue; /* within an unquoted cell a quote is text */
            }
            enum row_outcome outcome = pass_quoted(csv, cursor, &mark, &cell, row);
            if (outcome != ROW_READ) {
                return outcome;
            }
        } else if (mark != NULL) {
            cell = vg_text_of(from, (size_t)(mark - from));
        } else {
            if (!csv->window.complete && (size_t)(end - from) <= VG_READER_MAX_CELL_BYTES) {
                return ROW_STARVED;
            }
            cell = vg_text_of(from, (size_t)(end - from));
            if (row->column == 0 && from == end) {
                return ROW_NONE;
            }
        }
        if (__builtin_expect(cell.size > VG_READER_MAX_CELL_BYTES, 0)) {
            return ROW_LONG_CELL;
        }
        if (__builtin_expect(row->column < n_columns, 1)) {
            cells[row->column] = cell;
        } else if (!vg_text_is_blank(cell)) {
            row->surplus = row->column - n_columns + 1;
        }
        row->column++;
        if (mark == NULL) {
            row->next = end;
            return finish_row(csv, cells, row);
        }
        from = mark + 1;
        if (*mark == delimiter) {
            continue;
        }
        return end_row(csv, cursor, cells, row, mark);
    }
}

/* Reads rows until the batch is full or a row does not end well; returns that row's outcome. */
static enum row_outcome parse_rows(struct vg_csv *csv, size_t *n_rows, bool *any_surplus, struct row *last)
{
    struct cursor cursor = csv->cursor;
    struct row row = {.start = csv->window.text + csv->position};
    enum row_outcome outcome = ROW_READ;
    uint64_t line = csv->line;
    size_t n = 0;
    bool surplus = false;
    while (n < csv->row_capacity) {
        outcome = parse_row(csv, &cursor, csv->cells + n * csv->n_columns, &row);
        if (outcome > ROW_BLANK) {
            break;
        }
        if (outcome == ROW_READ) {
            csv->lines[n] = line;
            csv->surplus[n] = row.surplus > UINT16_MAX ? UINT16_MAX : (uint16_t)row.surplus;
            surplus = surplus || row.surplus > 0;
            n++;
        }
        line += row.lines;
        row.start = row.next;
    }
    csv->cursor = cursor;
    csv->line = line;
    csv->position = (size_t)(row.start - csv->window.text);
    *n_rows = n;
    *any_surplus = surplus;
    *last = row;
    return outcome;
}

static void restart_cursor(struct vg_csv *csv)
{
    csv->cursor = (struct cursor){csv->window.text, csv->marks, csv->marks, csv->position};
}

static vg_status feed(struct vg_csv *csv, struct vg_error *error)
{
    if (csv->window.size - csv->position > VG_READER_MAX_ROW_BYTES) {
        return vg_fail(error, VG_LIMIT_EXCEEDED, "%s, line %llu: a row longer than %zu MiB; is this a table?", csv->name,
                       (unsigned long long)csv->line, VG_READER_MAX_ROW_BYTES >> 20);
    }
    vg_status status = vg_window_more(&csv->window, csv->position, error);
    if (status == VG_OK) {
        csv->position = 0;
        restart_cursor(csv);
    }
    return status;
}

static vg_status fail_row(const struct vg_csv *csv, enum row_outcome outcome, const struct row *row, struct vg_error *error)
{
    unsigned long long line = (unsigned long long)csv->line;
    unsigned long long quote_line = (unsigned long long)(csv->line + row->quote_lines);
    if (outcome == ROW_UNCLOSED) {
        return vg_fail(error, VG_DATA_ERROR, "%s, line %llu, column %zu: the quote that opens here is never closed", csv->name,
                       quote_line, row->column + 1);
    }
    if (outcome == ROW_LONG_CELL) {
        return vg_fail(error, VG_LIMIT_EXCEEDED,
                       "%s, line %llu, column %zu: a cell longer than %zu bytes; is a quote there never closed?", csv->name,
                       row->lines > 0 ? quote_line : line, row->column + 1, VG_READER_MAX_CELL_BYTES);
    }
    return vg_fail_memory(error, 0);
}

vg_status vg_csv_next(struct vg_csv *csv, struct vg_row_batch *batch, struct vg_error *error)
{
    *batch = (struct vg_row_batch){.n_columns = csv->n_columns, .cells = csv->cells, .lines = csv->lines};
    if (csv->rewritten.newest != NULL) {
        vg_arena_release(&csv->rewritten);
    }
    for (;;) {
        if (csv->starved) {
            vg_status status = feed(csv, error);
            if (status != VG_OK) {
                return status;
            }
            csv->starved = false;
        }
        bool any_surplus = false;
        struct row row;
        enum row_outcome outcome = parse_rows(csv, &batch->n_rows, &any_surplus, &row);
        batch->surplus = any_surplus ? csv->surplus : NULL;
        if (outcome > ROW_BLANK) {
            restart_cursor(csv); /* the row is read again from its start, with more text or for its error */
        }
        csv->starved = outcome == ROW_STARVED;
        if (batch->n_rows > 0 || outcome == ROW_NONE) {
            return VG_OK;
        }
        if (outcome > ROW_STARVED) {
            return fail_row(csv, outcome, &row, error);
        }
    }
}

vg_status vg_csv_rewind(struct vg_csv *csv, struct vg_error *error)
{
    vg_status status = vg_window_rewind(&csv->window, error);
    size_t skip = csv->first_position;
    csv->position = 0;
    /* What lies above the first row is longer than a window only in a hostile file, but then too it must be passed. */
    while (status == VG_OK && skip > csv->window.size && !csv->window.complete) {
        size_t used = csv->window.size;
        skip -= used;
        status = vg_window_more(&csv->window, used, error);
    }
    csv->position = skip < csv->window.size ? skip : csv->window.size;
    csv->line = csv->first_line;
    csv->starved = false;
    restart_cursor(csv);
    return status;
}

/* Passes rows up to and with the heading row, with the plain parser: the text was seen whole by the sample. */
static vg_status pass_headings(struct vg_csv *csv, size_t start, uint64_t line, uint64_t heading_line, struct vg_error *error)
{
    struct vg_csv_row row = {0};
    struct vg_arena arena;
    vg_arena_init(&arena, 0);
    bool memory = true;
    bool passed = false;
    size_t i = start;
    while (!passed && i < csv->window.size && memory) {
        memory = vg_csv_parse_row(csv->window.text, csv->window.size, i, csv->delimiter, &arena, &row);
        passed = line >= heading_line;
        line += row.lines;
        i = row.next;
    }
    vg_csv_row_release(&row);
    vg_arena_release(&arena);
    csv->position = csv->first_position = i;
    csv->line = csv->first_line = line;
    return memory ? VG_OK : vg_fail_memory(error, 0);
}

static vg_status make_batch_room(struct vg_csv *csv, struct vg_error *error)
{
    size_t rows = VG_READER_BATCH_CELLS / csv->n_columns, segment = SEGMENT_BYTES;
    rows = rows > VG_READER_BATCH_ROWS ? VG_READER_BATCH_ROWS : rows;
    if (csv->window.source == NULL && csv->window.size < segment) { /* a small table has no more rows and marks than bytes */
        segment = csv->window.size;
        rows = rows > segment ? segment : rows;
    }
    rows = rows < 4 ? 4 : rows;
    csv->row_capacity = rows;
    csv->cells = calloc(rows * csv->n_columns, sizeof *csv->cells);
    csv->lines = calloc(rows, sizeof *csv->lines);
    csv->surplus = calloc(rows, sizeof *csv->surplus);
    csv->marks = calloc(segment + 8, sizeof *csv->marks);
    if (csv->cells == NULL || csv->lines == NULL || csv->surplus == NULL || csv->marks == NULL) {
        return vg_fail_memory(error, rows * csv->n_columns * sizeof *csv->cells);
    }
    return VG_OK;
}

/* The window grows until the sample has its rows, or the text or the patience ends. */
static vg_status read_sample(struct vg_csv *csv, const struct vg_reader_options *options, struct vg_sample *sample,
                             size_t *start, uint64_t *line, struct vg_error *error)
{
    for (;;) {
        vg_status status = vg_window_more(&csv->window, 0, error);
        if (status != VG_OK) {
            return status;
        }
        const struct vg_window *window = &csv->window;
        char named = 0;
        *start = vg_csv_separator_line(window->text, window->size, &named);
        *line = *start > 0 ? 2 : 1;
        csv->delimiter = options->delimiter != 0 ? options->delimiter : named;
        if (csv->delimiter == 0) {
            csv->delimiter = vg_csv_decide_delimiter(window->text, window->size, window->complete, error);
        }
        if (csv->delimiter == 0) {
            return error == NULL ? VG_SYSTEM_ERROR : error->status;
        }
        vg_arena_release(&sample->arena);
        sample->n_rows = 0;
        status =
            vg_csv_sample(window->text + *start, window->size - *start, window->complete, *line, csv->delimiter, sample, error);
        if (status != VG_OK) {
            return status == VG_DATA_ERROR ? vg_fail_context(error, "%s: ", csv->name) : status;
        }
        if (sample->n_rows > 0 || window->complete) {
            return VG_OK;
        }
        if (window->size > VG_READER_MAX_ROW_BYTES) {
            return vg_fail(error, VG_LIMIT_EXCEEDED, "%s: the first row is longer than %zu MiB; is this a table?", csv->name,
                           VG_READER_MAX_ROW_BYTES >> 20);
        }
    }
}

vg_status vg_csv_open(const char *name, const char *data, size_t size, enum vg_intake_compression compression,
                      const struct vg_reader_options *options, struct vg_arena *arena, struct vg_headings *headings,
                      struct vg_reader_facts *facts, struct vg_csv **opened, struct vg_error *error)
{
    *opened = NULL;
    struct vg_csv *csv = calloc(1, sizeof *csv);
    struct vg_sample *sample = calloc(1, sizeof *sample);
    vg_status status = VG_OK;
    if (csv == NULL || sample == NULL) {
        status = vg_fail_memory(error, sizeof *sample);
        goto done;
    }
    csv->name = name;
    csv->kernels = vg_scan_best();
    uint64_t limit_bytes =
        options->limit_bytes != 0 || compression == VG_COMPRESSION_NONE ? options->limit_bytes : VG_READER_DEFAULT_LIMIT_BYTES;
    status = vg_window_open(&csv->window, name, data, size, compression, options->encoding, limit_bytes, error);
    size_t start = 0;
    uint64_t line = 1;
    if (status == VG_OK) {
        status = read_sample(csv, options, sample, &start, &line, error);
    }
    if (status == VG_OK) {
        status = vg_headings_decide(name, sample, options->header_row, arena, headings, error);
    }
    if (status != VG_OK) {
        goto done;
    }
    csv->n_columns = headings->count;
    status = make_batch_room(csv, error);
    if (status == VG_OK) {
        status = pass_headings(csv, start, line, headings->line, error);
    }
    if (status == VG_OK) {
        restart_cursor(csv);
        facts->delimiter = csv->delimiter;
        facts->byte_order_mark = csv->window.guess.mark_bytes > 0;
        *opened = csv;
        csv = NULL;
    }
done:
    if (sample != NULL) {
        vg_arena_release(&sample->arena);
        free(sample);
    }
    vg_csv_close(csv);
    return status;
}

double vg_csv_progress(const struct vg_csv *csv)
{
    if (csv->window.source != NULL) {
        return vg_source_progress(csv->window.source);
    }
    return csv->window.size == 0 ? 1.0 : (double)csv->position / (double)csv->window.size;
}

void vg_csv_get_facts(const struct vg_csv *csv, struct vg_reader_facts *facts)
{
    facts->encoding = csv->window.source == NULL ? csv->window.guess.encoding : csv->window.transcoder.encoding;
    facts->bad_utf8_bytes = csv->window.transcoder.bad_bytes;
}

void vg_csv_use_kernels(struct vg_csv *csv, const struct vg_scan_kernels *kernels)
{
    csv->kernels = kernels;
}

void vg_csv_close(struct vg_csv *csv)
{
    if (csv == NULL) {
        return;
    }
    vg_window_close(&csv->window);
    vg_arena_release(&csv->rewritten);
    free(csv->marks);
    free(csv->cells);
    free(csv->lines);
    free(csv->surplus);
    free(csv);
}
