/*
 * Tables as CSV (RFC 4180), as compact JSON, and as columns of text for a terminal.
 */
#include "core/table_internal.h"

#include <math.h>
#include <string.h>

static void date_cell(struct vg_buffer *out, int32_t date)
{
    char text[VG_DATE_TEXT_BYTES];
    vg_buffer_append(out, text, vg_date_print(date, text));
}

static void csv_text(struct vg_buffer *out, struct vg_text text)
{
    bool quoted = text.size > 0 && (text.data[0] == ' ' || text.data[text.size - 1] == ' ');
    for (size_t i = 0; i < text.size && !quoted; i++) {
        char c = text.data[i];
        quoted = c == ',' || c == '"' || c == '\n' || c == '\r';
    }
    if (!quoted) {
        vg_buffer_append(out, text.data, text.size);
        return;
    }
    vg_buffer_char(out, '"');
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] == '"') {
            vg_buffer_char(out, '"');
        }
        vg_buffer_char(out, text.data[i]);
    }
    vg_buffer_char(out, '"');
}

static void csv_cell(struct vg_buffer *out, const struct vg_column *column, size_t row)
{
    if (column->missing[row]) {
        return;
    }
    switch (column->kind) {
    case VG_COLUMN_INTEGER:
        vg_buffer_integer(out, column->values.integers[row]);
        break;
    case VG_COLUMN_BOOLEAN:
        vg_buffer_text(out, column->values.integers[row] != 0 ? "true" : "false");
        break;
    case VG_COLUMN_DOUBLE:
        vg_buffer_double(out, column->values.doubles[row]);
        break;
    case VG_COLUMN_TEXT:
        csv_text(out, column->values.texts[row]);
        break;
    case VG_COLUMN_DATE:
        date_cell(out, column->values.dates[row]);
        break;
    }
}

static void write_csv(const struct vg_table *table, struct vg_buffer *out)
{
    for (size_t i = 0; i < table->n_columns; i++) {
        vg_buffer_text(out, i == 0 ? "" : ",");
        csv_text(out, vg_text_from(table->columns[i].name));
    }
    vg_buffer_char(out, '\n');
    for (size_t row = 0; row < table->n_rows; row++) {
        for (size_t i = 0; i < table->n_columns; i++) {
            if (i > 0) {
                vg_buffer_char(out, ',');
            }
            csv_cell(out, &table->columns[i], row);
        }
        if (table->n_columns == 1 && table->columns[0].missing[row]) {
            vg_buffer_text(out, "\"\""); /* readers pass over an empty line */
        }
        vg_buffer_char(out, '\n');
    }
}

static void json_cell(struct vg_buffer *out, const struct vg_column *column, size_t row)
{
    if (column->missing[row] || (column->kind == VG_COLUMN_DOUBLE && !isfinite(column->values.doubles[row]))) {
        vg_buffer_text(out, "null");
    } else if (column->kind == VG_COLUMN_TEXT) {
        vg_buffer_json_string(out, column->values.texts[row].data, column->values.texts[row].size);
    } else if (column->kind == VG_COLUMN_DATE) {
        vg_buffer_char(out, '"');
        date_cell(out, column->values.dates[row]);
        vg_buffer_char(out, '"');
    } else {
        csv_cell(out, column, row);
    }
}

static void write_json(const struct vg_table *table, const char *meta_json, struct vg_buffer *out)
{
    vg_buffer_text(out, "{\"columns\":[");
    for (size_t i = 0; i < table->n_columns; i++) {
        vg_buffer_text(out, i == 0 ? "" : ",");
        vg_buffer_json_string(out, table->columns[i].name, strlen(table->columns[i].name));
    }
    vg_buffer_text(out, "],\"rows\":[");
    for (size_t row = 0; row < table->n_rows; row++) {
        vg_buffer_text(out, row == 0 ? "[" : ",[");
        for (size_t i = 0; i < table->n_columns; i++) {
            if (i > 0) {
                vg_buffer_char(out, ',');
            }
            json_cell(out, &table->columns[i], row);
        }
        vg_buffer_char(out, ']');
    }
    vg_buffer_char(out, ']');
    if (meta_json != NULL) {
        vg_buffer_text(out, ",\"meta\":");
        vg_buffer_text(out, meta_json);
    }
    vg_buffer_char(out, '}');
}

static vg_status check(const struct vg_table *table, struct vg_error *error)
{
    if (table->failed) {
        return vg_fail_memory(error, 0);
    }
    VG_ASSERT(table->next_column == 0);
    return VG_OK;
}

vg_status vg_table_write_json_meta(const struct vg_table *table, const char *meta_json, struct vg_buffer *out,
                                   struct vg_error *error)
{
    vg_status status = check(table, error);
    if (status == VG_OK) {
        write_json(table, meta_json, out);
        status = out->failed ? vg_fail_memory(error, 0) : VG_OK;
    }
    return status;
}

vg_status vg_table_write(const struct vg_table *table, enum vg_table_format format, struct vg_buffer *out,
                         struct vg_error *error)
{
    vg_status status = check(table, error);
    if (status != VG_OK) {
        return status;
    }
    switch (format) {
    case VG_FORMAT_CSV:
        write_csv(table, out);
        break;
    case VG_FORMAT_JSON:
        write_json(table, NULL, out);
        break;
    case VG_FORMAT_ARROW:
        return table_write_arrow(table, out, error);
    case VG_FORMAT_XLSX:
        return table_write_xlsx(table, out, error);
    }
    return out->failed ? vg_fail_memory(error, 0) : VG_OK;
}

/* ------------------------------------------------------------------- text */

/* Cells of a terminal that UTF-8 text takes: one a character, two for East Asian ones. */
static size_t display_width(const char *text, size_t size)
{
    size_t width = 0;
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];
        width += (c & 0xC0) == 0x80 ? 0 : c >= 0xE3 && c < 0xF5 ? 2 : 1;
    }
    return width;
}

static void text_cell(struct vg_buffer *out, const struct vg_column *column, size_t row, int digits)
{
    if (column->kind == VG_COLUMN_DOUBLE && !column->missing[row]) {
        char text[48];
        double value = column->values.doubles[row];
        bool whole = value == floor(value) && fabs(value) < 1e15;
        int length = whole ? snprintf(text, sizeof text, "%.0f", value) : snprintf(text, sizeof text, "%.*g", digits, value);
        vg_buffer_append(out, text, (size_t)length);
    } else if (column->kind == VG_COLUMN_TEXT && !column->missing[row]) {
        vg_buffer_append(out, column->values.texts[row].data, column->values.texts[row].size);
    } else {
        csv_cell(out, column, row);
    }
}

static void pad(struct vg_buffer *out, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        vg_buffer_char(out, ' ');
    }
}

static void aligned(struct vg_buffer *out, const char *text, size_t size, size_t width, bool to_the_right, bool last)
{
    size_t shown = display_width(text, size);
    size_t missing = shown < width ? width - shown : 0;
    pad(out, to_the_right ? missing : 0);
    vg_buffer_append(out, text, size);
    pad(out, to_the_right || last ? 0 : missing);
    vg_buffer_text(out, last ? "\n" : "  ");
}

vg_status vg_table_write_text(const struct vg_table *table, int digits, struct vg_buffer *out, struct vg_error *error)
{
    vg_status status = check(table, error);
    if (status != VG_OK) {
        return status;
    }
    size_t *widths = VG_ARENA_ARRAY(table->arena, size_t, table->n_columns);
    if (widths == NULL) {
        return vg_fail_memory(error, table->n_columns * sizeof *widths);
    }
    struct vg_buffer cell;
    vg_buffer_init(&cell, 0);
    for (size_t i = 0; i < table->n_columns; i++) {
        widths[i] = display_width(table->columns[i].name, strlen(table->columns[i].name));
        for (size_t row = 0; row < table->n_rows; row++) {
            vg_buffer_clear(&cell);
            text_cell(&cell, &table->columns[i], row, digits);
            size_t width = display_width(cell.data == NULL ? "" : cell.data, cell.size);
            widths[i] = width > widths[i] ? width : widths[i];
        }
    }
    for (size_t i = 0; i < table->n_columns; i++) {
        const struct vg_column *column = &table->columns[i];
        bool number = column->kind == VG_COLUMN_INTEGER || column->kind == VG_COLUMN_DOUBLE;
        aligned(out, column->name, strlen(column->name), widths[i], number, i + 1 == table->n_columns);
    }
    for (size_t row = 0; row < table->n_rows; row++) {
        for (size_t i = 0; i < table->n_columns; i++) {
            const struct vg_column *column = &table->columns[i];
            bool number = column->kind == VG_COLUMN_INTEGER || column->kind == VG_COLUMN_DOUBLE;
            vg_buffer_clear(&cell);
            text_cell(&cell, column, row, digits);
            aligned(out, cell.data == NULL ? "" : cell.data, cell.size, widths[i], number, i + 1 == table->n_columns);
        }
    }
    bool failed = cell.failed || out->failed;
    vg_buffer_release(&cell);
    return failed ? vg_fail_memory(error, 0) : VG_OK;
}
