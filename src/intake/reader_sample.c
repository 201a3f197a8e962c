/*
 * The first rows of a delimited text: a plain row parser (RFC 4180, and what people make of it), the "sep=" line, and the
 * choice of the delimiter: the candidate that cuts the most rows into the same number of cells, counted with quotes honoured.
 */
#include "intake/reader.h"

#include <stdlib.h>
#include <string.h>

#define SNIFF_BYTES ((size_t)256 << 10)
#define SNIFF_ROWS 100
#define SAMPLE_BYTES ((size_t)4 << 20)

bool vg_text_is_blank(struct vg_text text)
{
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c == 0xC2 && i + 1 < text.size && (unsigned char)text.data[i + 1] == 0xA0) {
            i++;
        } else if (c > ' ' && c != 0x7F) {
            return false;
        }
    }
    return true;
}

size_t vg_csv_unquote(const char *raw, size_t size, char *out)
{
    size_t length = 0;
    size_t i = 1;
    while (i < size) {
        if (raw[i] != '"') {
            out[length++] = raw[i++];
        } else if (i + 1 < size && raw[i + 1] == '"') {
            out[length++] = '"';
            i += 2;
        } else {
            /* closed; what follows up to the delimiter is taken as it stands */
            i++;
            memcpy(out + length, raw + i, size - i);
            return length + (size - i);
        }
    }
    return length;
}

void vg_csv_row_release(struct vg_csv_row *row)
{
    free(row->cells);
    *row = (struct vg_csv_row){0};
}

static bool add_cell(struct vg_csv_row *row, struct vg_text cell)
{
    if (row->n_cells == row->capacity) {
        size_t capacity = row->capacity == 0 ? 64 : row->capacity * 2;
        struct vg_text *cells = realloc(row->cells, capacity * sizeof *cells);
        if (cells == NULL) {
            return false;
        }
        row->cells = cells;
        row->capacity = capacity;
    }
    row->cells[row->n_cells++] = cell;
    return true;
}

/* From the opening quote at `open` to the end of the cell; returns the offset of the delimiter, line end or end of text. */
static size_t pass_quoted(const char *text, size_t size, size_t open, char delimiter, struct vg_csv_row *row, bool *rewrite)
{
    size_t i = open + 1;
    row->quote_line = row->lines;
    *rewrite = false;
    for (; i < size; i++) {
        if (text[i] == '"') {
            if (i + 1 < size && text[i + 1] == '"') {
                *rewrite = true;
                i++;
                continue;
            }
            break;
        }
        row->lines += text[i] == '\n' || (text[i] == '\r' && !(i + 1 < size && text[i + 1] == '\n'));
    }
    if (i == size) {
        row->unclosed = true;
        return size;
    }
    size_t close = i++;
    while (i < size && text[i] != delimiter && text[i] != '\n' && text[i] != '\r') {
        i++;
    }
    *rewrite = *rewrite || i > close + 1;
    return i;
}

bool vg_csv_parse_row(const char *text, size_t size, size_t start, char delimiter, struct vg_arena *arena,
                      struct vg_csv_row *row)
{
    row->n_cells = 0;
    row->lines = 0;
    row->unclosed = false;
    row->ended_by_text = false;
    size_t i = start;
    for (;;) {
        size_t from = i;
        struct vg_text cell;
        if (i < size && text[i] == '"') {
            bool rewrite = false;
            i = pass_quoted(text, size, i, delimiter, row, &rewrite);
            cell = vg_text_of(text + from + 1, i - from - (row->unclosed ? 1 : 2));
            if (rewrite && !row->unclosed) {
                char *value = vg_arena_alloc(arena, i - from, 1);
                if (value == NULL) {
                    return false;
                }
                cell = vg_text_of(value, vg_csv_unquote(text + from, i - from, value));
            }
        } else {
            while (i < size && text[i] != delimiter && text[i] != '\n' && text[i] != '\r') {
                i++;
            }
            cell = vg_text_of(text + from, i - from);
        }
        if (!add_cell(row, cell)) {
            return false;
        }
        if (i == size) {
            row->ended_by_text = true;
            row->next = size;
            return true;
        }
        if (text[i] != delimiter) {
            row->lines++;
            row->next = i + (text[i] == '\r' && i + 1 < size && text[i + 1] == '\n' ? 2 : 1);
            return true;
        }
        i++;
    }
}

size_t vg_csv_separator_line(const char *text, size_t size, char *delimiter)
{
    size_t i = size > 0 && text[0] == '"' ? 1 : 0;
    size_t quoted = i;
    if (size - i < 5 || (memcmp(text + i, "sep=", 4) != 0 && memcmp(text + i, "SEP=", 4) != 0)) {
        return 0;
    }
    char named = text[i + 4];
    i += 5;
    if (quoted == 1 && i < size && text[i] == '"') {
        i++;
    }
    if (named == '"' || named == '\n' || named == '\r' || (i < size && text[i] != '\n' && text[i] != '\r')) {
        return 0;
    }
    *delimiter = named;
    if (i < size && text[i] == '\r') {
        i++;
    }
    if (i < size && text[i] == '\n') {
        i++;
    }
    return i;
}

struct widths {
    size_t rows, first; /* rows with content, width of the first */
    size_t mode, matching;
};

/* How many rows have the most frequent width. Widths up to 20,000 are kept apart, there are at most SNIFF_ROWS rows. */
static struct widths mode_of(const size_t *widths, size_t n)
{
    struct widths result = {n, n == 0 ? 0 : widths[0], 0, 0};
    for (size_t i = 0; i < n; i++) {
        size_t matching = 0;
        for (size_t j = 0; j < n; j++) {
            matching += widths[j] == widths[i];
        }
        if (widths[i] > 1 && (matching > result.matching || (matching == result.matching && widths[i] > result.mode))) {
            result.mode = widths[i];
            result.matching = matching;
        }
    }
    return result;
}

static bool measure_widths(const char *text, size_t size, bool complete, char delimiter, struct widths *found)
{
    size_t widths[SNIFF_ROWS];
    size_t n = 0;
    size_t i = 0;
    struct vg_csv_row row = {0};
    struct vg_arena arena;
    vg_arena_init(&arena, 0);
    bool memory = true;
    while (i < size && n < SNIFF_ROWS) {
        memory = vg_csv_parse_row(text, size, i, delimiter, &arena, &row);
        if (!memory || (row.ended_by_text && !complete && n > 0)) {
            break;
        }
        bool blank = row.n_cells == 1 && vg_text_is_blank(row.cells[0]);
        if (!blank) {
            widths[n++] = row.n_cells;
        }
        i = row.next;
    }
    *found = mode_of(widths, n);
    vg_csv_row_release(&row);
    vg_arena_release(&arena);
    return memory;
}

char vg_csv_decide_delimiter(const char *text, size_t size, bool complete, struct vg_error *error)
{
    static const char candidates[] = {',', ';', '\t', '|'};
    struct widths found[sizeof candidates];
    if (size > SNIFF_BYTES) {
        size = SNIFF_BYTES;
        complete = false;
    }
    bool first_row_is_cut = false; /* by some candidate that fits most rows */
    for (size_t i = 0; i < sizeof candidates; i++) {
        if (!measure_widths(text, size, complete, candidates[i], &found[i])) {
            (void)vg_fail_memory(error, 0);
            return 0;
        }
        first_row_is_cut = first_row_is_cut ||
                           (found[i].first == found[i].mode && found[i].first > 1 && found[i].matching * 2 >= found[i].rows);
    }
    size_t best = 0;
    double best_score = 0;
    for (size_t i = 0; i < sizeof candidates; i++) {
        double score = found[i].rows == 0 || found[i].mode < 2 ? 0 : (double)found[i].matching / (double)found[i].rows;
        /* Decimal commas cut all rows alike, but not the headings. */
        if (first_row_is_cut && found[i].first < 2) {
            score /= 2;
        }
        bool better = score > best_score || (score == best_score && score > 0 && found[i].mode > found[best].mode);
        if (better) {
            best = i;
            best_score = score;
        }
    }
    return candidates[best];
}

static bool keep_row(struct vg_sample *sample, const struct vg_csv_row *row, uint64_t line)
{
    struct vg_text *cells = VG_ARENA_ARRAY(&sample->arena, struct vg_text, row->n_cells);
    if (cells == NULL) {
        return false;
    }
    memcpy(cells, row->cells, row->n_cells * sizeof *cells);
    sample->rows[sample->n_rows++] = (struct vg_sample_row){line, row->n_cells, cells};
    return true;
}

static bool row_is_blank(const struct vg_csv_row *row)
{
    for (size_t i = 0; i < row->n_cells; i++) {
        if (!vg_text_is_blank(row->cells[i])) {
            return false;
        }
    }
    return true;
}

vg_status vg_csv_sample(const char *text, size_t size, bool complete, uint64_t first_line, char delimiter,
                        struct vg_sample *sample, struct vg_error *error)
{
    if (size > SAMPLE_BYTES) {
        size = SAMPLE_BYTES;
        complete = false;
    }
    vg_status status = VG_OK;
    struct vg_csv_row row = {0};
    uint64_t line = first_line;
    size_t i = 0;
    while (i < size && sample->n_rows < VG_SAMPLE_ROWS) {
        if (!vg_csv_parse_row(text, size, i, delimiter, &sample->arena, &row)) {
            status = vg_fail_memory(error, 0);
            break;
        }
        if (row.ended_by_text && (!complete || row.unclosed)) {
            if (sample->n_rows == 0 && row.unclosed && complete) {
                status = vg_fail(error, VG_DATA_ERROR, "the quote that opens on line %llu is never closed",
                                 (unsigned long long)(line + row.quote_line));
            }
            break;
        }
        if (!row_is_blank(&row) && !keep_row(sample, &row, line)) {
            status = vg_fail_memory(error, 0);
            break;
        }
        line += row.lines;
        i = row.next;
    }
    vg_csv_row_release(&row);
    return status;
}
