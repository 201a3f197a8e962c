/*
 * Columns by name, rows one by one, errors with file and line: what all readers of a scenario's tables share.
 */
#include "intake/society/walk.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

vg_status walk_open(const struct vg_table_source *source, struct walk *walk, struct vg_error *error)
{
    *walk = (struct walk){.path = source->path};
    return source->data == NULL ? vg_reader_open(source->path, &source->reader, &walk->reader, error)
                                : vg_reader_open_memory(source->path, source->data, source->size, &source->reader, &walk->reader, error);
}

void walk_close(struct walk *walk)
{
    if (walk->reader != NULL) {
        vg_reader_close(walk->reader);
        walk->reader = NULL;
    }
}

static void list_headings(const struct vg_reader *reader, char *out, size_t bytes)
{
    size_t used = 0;
    for (size_t column = 0; column < vg_reader_column_count(reader) && column < 12; column++) {
        struct vg_text heading = vg_reader_heading(reader, column);
        int wrote = snprintf(out + used, bytes - used, "%s%.*s", used > 0 ? ", " : "", heading.size > 40 ? 40 : (int)heading.size, heading.data);
        used += wrote > 0 && (size_t)wrote < bytes - used ? (size_t)wrote : 0;
    }
}

vg_status walk_columns(const struct walk *walk, struct walk_column *columns, size_t n_columns, struct vg_error *error)
{
    for (size_t i = 0; i < n_columns; i++) {
        columns[i].at = vg_reader_find_column(walk->reader, columns[i].names);
        if (columns[i].at == WALK_NONE && columns[i].required) {
            char found[400] = "";
            list_headings(walk->reader, found, sizeof found);
            return vg_fail(error, VG_DATA_ERROR, "%s: found the columns %s, expected one named %.*s", walk->path, found, (int)strcspn(columns[i].names, "|"), columns[i].names);
        }
    }
    return VG_OK;
}

/* Codes and names of these tables are kept as C strings, in which a NUL would end them. */
static vg_status check_cells(const struct walk_row *row, struct vg_error *error)
{
    for (size_t column = 0; column < row->n_columns; column++) {
        struct vg_text cell = vg_text_trim(row->cells[column]);
        if (cell.size > 0 && memchr(cell.data, '\0', cell.size) != NULL) {
            return vg_fail(error, VG_DATA_ERROR, "column %zu: found a NUL byte within the cell, expected text", column + 1);
        }
    }
    return VG_OK;
}

vg_status walk_rows(const struct walk *walk, walk_take *take, void *context, struct vg_error *error)
{
    struct vg_row_batch batch;
    size_t rows = 0;
    vg_status status;
    while ((status = vg_reader_next(walk->reader, &batch, error)) == VG_OK && batch.n_rows > 0) {
        for (size_t i = 0; i < batch.n_rows; i++, rows++) {
            const struct walk_row row = {batch.cells + i * batch.n_columns, batch.n_columns, batch.lines[i]};
            status = check_cells(&row, error);
            status = status == VG_OK ? take(context, &row, error) : status;
            if (status != VG_OK) {
                return error == NULL ? status : vg_fail_context(error, "%s, line %" PRIu64 ": ", walk->path, row.line);
            }
        }
    }
    if (status == VG_OK && rows == 0) {
        return vg_fail(error, VG_DATA_ERROR, "%s: found headings, expected lines below them", walk->path);
    }
    return status;
}

vg_status walk_table(const struct vg_table_source *source, struct walk_column *columns, size_t n_columns, walk_take *take, void *context, struct vg_error *error)
{
    struct walk walk;
    vg_status status = walk_open(source, &walk, error);
    if (status == VG_OK) {
        status = walk_columns(&walk, columns, n_columns, error);
    }
    if (status == VG_OK) {
        status = walk_rows(&walk, take, context, error);
    }
    walk_close(&walk);
    return status;
}

vg_status walk_parse(const char *column, struct vg_text cell, double low, double high, double *value, struct vg_error *error)
{
    struct vg_text trimmed = vg_text_trim(cell);
    bool number = vg_parse_double(trimmed, '.', value) || vg_parse_double(trimmed, ',', value);
    if (number && isfinite(*value) && *value >= low && *value <= high) {
        return VG_OK;
    }
    int shown = trimmed.size > 60 ? 60 : (int)trimmed.size, name = (int)strcspn(column, "|");
    if (isinf(high)) {
        return vg_fail(error, VG_DATA_ERROR, "column %.*s: found \"%.*s\", expected a number from %g on", name, column, shown, trimmed.data, low);
    }
    return vg_fail(error, VG_DATA_ERROR, "column %.*s: found \"%.*s\", expected a number from %g to %g", name, column, shown, trimmed.data, low, high);
}

vg_status walk_number(const struct walk_row *row, const struct walk_column *column, double low, double high, double *value, struct vg_error *error)
{
    return walk_parse(column->names, walk_cell(row, column), low, high, value, error);
}
