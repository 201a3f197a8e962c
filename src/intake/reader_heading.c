/*
 * Which row holds the headings, and what they are called. Above a table people put titles, dates and merged group names: rows
 * with few cells filled. The headings are the first row that is nearly as full as the rows of the table and more than half as
 * wide.
 */
#include "intake/reader.h"

#include <stdlib.h>
#include <string.h>

#define MAX_HEADING_BYTES ((size_t)500)

static size_t filled_cells(const struct vg_sample_row *row)
{
    size_t filled = 0;
    for (size_t i = 0; i < row->n_cells; i++) {
        filled += !vg_text_is_blank(row->cells[i]);
    }
    return filled;
}

/* Row names have no heading in what R writes: all cells of a full width are filled but the first. */
static bool lacks_only_row_names(const struct vg_sample_row *row, size_t filled, size_t width)
{
    return filled > 0 && row->n_cells >= width && filled + 1 == row->n_cells && vg_text_is_blank(row->cells[0]);
}

static int compare_sizes(const void *a, const void *b)
{
    size_t x = *(const size_t *)a;
    size_t y = *(const size_t *)b;
    return (x > y) - (x < y);
}

/* The most frequent of n sorted values, the largest of those that are equally frequent. */
static size_t mode_of_sorted(const size_t *values, size_t n)
{
    size_t mode = 0;
    size_t longest = 0;
    for (size_t i = 0; i < n;) {
        size_t j = i;
        while (j < n && values[j] == values[i]) {
            j++;
        }
        if (j - i >= longest) {
            longest = j - i;
            mode = values[i];
        }
        i = j;
    }
    return mode;
}

/* Cells that start like a number or a date, more than a third of the filled ones: data rather than headings. */
static bool looks_like_data(const struct vg_sample_row *row, size_t filled)
{
    size_t numbers = 0;
    for (size_t i = 0; i < row->n_cells; i++) {
        struct vg_text cell = vg_text_trim(row->cells[i]);
        size_t sign = cell.size > 1 && (cell.data[0] == '-' || cell.data[0] == '+') ? 1 : 0;
        numbers += cell.size > 0 && cell.data[sign] >= '0' && cell.data[sign] <= '9';
    }
    return numbers * 3 > filled;
}

/* The row found is data: headings of which many are empty may stand right above it. */
static size_t look_above(const struct vg_sample *sample, const size_t *filled, size_t found, size_t median)
{
    size_t least = (median + 2) / 3 < 2 ? 2 : (median + 2) / 3;
    for (size_t i = found; i > 0 && looks_like_data(&sample->rows[found], filled[found]); i--) {
        if (filled[i - 1] >= least && !looks_like_data(&sample->rows[i - 1], filled[i - 1])) {
            return i - 1;
        }
    }
    return found;
}

static size_t decide_row(const struct vg_sample *sample)
{
    size_t widths[VG_SAMPLE_ROWS];
    size_t filled[VG_SAMPLE_ROWS];
    size_t sorted[VG_SAMPLE_ROWS];
    size_t n = sample->n_rows;
    for (size_t i = 0; i < n; i++) {
        widths[i] = sample->rows[i].n_cells;
        filled[i] = filled_cells(&sample->rows[i]);
    }
    memcpy(sorted, widths, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, compare_sizes);
    size_t width = mode_of_sorted(sorted, n);
    memcpy(sorted, filled, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, compare_sizes);
    size_t median = sorted[n / 2];
    size_t needed = median <= 2 ? median : (median * 2 + 2) / 3;
    for (size_t i = 0; i < n; i++) {
        /* Somewhat narrower is let pass: rows often end in delimiters that the headings lack. */
        bool full = filled[i] >= needed || lacks_only_row_names(&sample->rows[i], filled[i], width);
        if (full && widths[i] * 2 > width) {
            return look_above(sample, filled, i, median);
        }
    }
    for (size_t i = 0; i < n; i++) {
        if (filled[i] >= needed) {
            return i;
        }
    }
    return 0;
}

/* Bytes at the start of the first heading that are the wreck of a byte-order mark or of a broken first character. */
static size_t broken_start(struct vg_text text)
{
    static const char *const wrecks[] = {
        "\xEF\xBB\xBF",
        "\xEF\xBF\xBD",
        "\xEF\xBF\xBE",
        "\xC3\xBF",
        "\xC3\xBE",
        "\xE2\x80\x8B",
        "\xC3\xAF\xC2\xBB\xC2\xBF", /* the mark's three bytes, read as Latin-1 and written as UTF-8 */
    };
    size_t used = 0;
    for (bool found = true; found;) {
        found = false;
        for (size_t i = 0; i < sizeof wrecks / sizeof wrecks[0]; i++) {
            size_t length = strlen(wrecks[i]);
            if (text.size - used >= length && memcmp(text.data + used, wrecks[i], length) == 0) {
                used += length;
                found = true;
            }
        }
    }
    return used;
}

/* Trimmed, with every run of blanks, line ends and control characters as one space, cut at a whole character. */
static size_t clean_heading(struct vg_text text, bool first, char out[MAX_HEADING_BYTES])
{
    text = vg_text_trim(text);
    if (first) {
        size_t broken = broken_start(text);
        text = vg_text_trim(vg_text_of(text.data + broken, text.size - broken));
    }
    size_t length = 0;
    for (size_t i = 0; i < text.size;) {
        unsigned char c = (unsigned char)text.data[i];
        size_t used = c < 0x80 ? 1 : vg_utf8_sequence((const unsigned char *)text.data + i, text.size - i);
        if (c <= ' ' || c == 0x7F) {
            if (length > 0 && out[length - 1] != ' ' && length < MAX_HEADING_BYTES) {
                out[length++] = ' ';
            }
            i++;
            continue;
        }
        used = used == 0 ? 1 : used;
        if (length + used > MAX_HEADING_BYTES) {
            break;
        }
        memcpy(out + length, text.data + i, used);
        length += used;
        i += used;
    }
    while (length > 0 && out[length - 1] == ' ') {
        length--;
    }
    return length;
}

struct naming {
    struct vg_dictionary names;
    uint32_t *repeats; /* [columns] how often the name with this index was seen */
};

static bool name_column(struct naming *naming, struct vg_arena *arena, struct vg_text wanted, struct vg_text *heading)
{
    uint32_t index = vg_dictionary_find(&naming->names, wanted);
    if (index == VG_DICTIONARY_NONE) {
        index = vg_dictionary_add(&naming->names, wanted);
        if (index == VG_DICTIONARY_NONE) {
            return false;
        }
        naming->repeats[index] = 1;
        *heading = naming->names.keys[index];
        return true;
    }
    for (;;) {
        naming->repeats[index]++;
        char *text = vg_arena_format(arena, "%.*s (%u)", (int)wanted.size, wanted.data, naming->repeats[index]);
        if (text == NULL) {
            return false;
        }
        if (vg_dictionary_find(&naming->names, vg_text_from(text)) == VG_DICTIONARY_NONE) {
            return name_column(naming, arena, vg_text_from(text), heading);
        }
    }
}

/* Columns with neither heading nor content in the first rows, at the right end, are not columns. */
static size_t count_columns(const struct vg_sample *sample, size_t heading_row)
{
    size_t last = 0;
    size_t width = sample->rows[heading_row].n_cells;
    for (size_t i = heading_row; i < sample->n_rows; i++) {
        const struct vg_sample_row *row = &sample->rows[i];
        for (size_t column = row->n_cells < width ? row->n_cells : width; column > last; column--) {
            if (!vg_text_is_blank(row->cells[column - 1])) {
                last = column;
            }
        }
    }
    return last;
}

static vg_status name_columns(const struct vg_sample_row *row, struct vg_arena *arena, struct vg_headings *headings,
                              struct vg_error *error)
{
    struct naming naming;
    vg_dictionary_init(&naming.names, arena);
    headings->texts = VG_ARENA_ARRAY(arena, struct vg_text, headings->count);
    naming.repeats = VG_ARENA_ARRAY(arena, uint32_t, headings->count);
    if (headings->texts == NULL || naming.repeats == NULL) {
        return vg_fail_memory(error, headings->count * sizeof(struct vg_text));
    }
    for (size_t i = 0; i < headings->count; i++) {
        char text[MAX_HEADING_BYTES];
        size_t length = i < row->n_cells ? clean_heading(row->cells[i], i == 0, text) : 0;
        if (length == 0) {
            length = (size_t)snprintf(text, sizeof text, "column %zu", i + 1);
        }
        if (!name_column(&naming, arena, vg_text_of(text, length), &headings->texts[i])) {
            return vg_fail_memory(error, 0);
        }
    }
    return VG_OK;
}

vg_status vg_headings_decide(const char *name, const struct vg_sample *sample, size_t wanted_row, struct vg_arena *arena,
                             struct vg_headings *headings, struct vg_error *error)
{
    if (sample->n_rows == 0) {
        return vg_fail(error, VG_DATA_ERROR, "%s is empty: not one row with content", name);
    }
    size_t row = 0;
    if (wanted_row == 0) {
        row = decide_row(sample);
    } else {
        while (row < sample->n_rows && sample->rows[row].line < wanted_row) {
            row++;
        }
        if (row == sample->n_rows) {
            return vg_fail(error, VG_USAGE_ERROR,
                           "%s: the heading row %zu was asked for, but row %llu is the last of the first %d rows with content",
                           name, wanted_row, (unsigned long long)sample->rows[row - 1].line, VG_SAMPLE_ROWS);
        }
    }
    headings->line = sample->rows[row].line;
    headings->count = count_columns(sample, row);
    if (headings->count > VG_READER_MAX_COLUMNS) {
        return vg_fail(error, VG_LIMIT_EXCEEDED, "%s, line %llu: %zu columns, more than the %zu allowed", name,
                       (unsigned long long)headings->line, headings->count, VG_READER_MAX_COLUMNS);
    }
    return name_columns(&sample->rows[row], arena, headings, error);
}
