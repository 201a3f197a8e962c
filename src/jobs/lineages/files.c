/*
 * Lists of aliases, columns of trees and dates of samples, as files have them.
 */
#include "jobs/lineages/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ALIASES_BYTES_MOST ((size_t)16 << 20)

vg_status lineages_aliases(const char *path, struct vg_arena *arena, struct vg_pango **pango, struct vg_error *error)
{
    struct vg_text text = {0};
    *pango = NULL;
    if (path == NULL) {
        return VG_OK;
    }
    vg_status status = vg_file_read_text(path, ALIASES_BYTES_MOST, arena, &text, error);
    return status == VG_OK ? vg_pango_parse(path, text, arena, pango, error) : status;
}

const struct vg_tree_column *lineages_column(const struct vg_tree *tree, const char *name, struct vg_error *error)
{
    const struct vg_tree_column *column = name == NULL ? vg_job_clade_column(tree) : vg_tree_column(tree, name);
    if (column != NULL && column->codes != NULL) {
        return column;
    }
    char there[300] = "";
    for (uint32_t i = 0, at = 0; i < tree->n_columns && at < sizeof there - 60; i++) {
        at += (uint32_t)snprintf(there + at, sizeof there - at, "%s%.*s", i == 0 ? "" : ", ", (int)(tree->columns[i].name.size < 50 ? tree->columns[i].name.size : 50),
                                 tree->columns[i].name.data);
    }
    (void)vg_fail(error, VG_DATA_ERROR, "the tree has no words in a column %s%s%s; it has %s", name == NULL ? "of lineages" : "\"", name == NULL ? "" : name, name == NULL ? "" : "\"",
                  there[0] == '\0' ? "no columns" : there);
    return NULL;
}

static bool all_digits(const char *data, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (data[i] < '0' || data[i] > '9') {
            return false;
        }
    }
    return size > 0;
}

enum lineages_day lineages_parse_day(struct vg_text cell, int32_t *day, double *year)
{
    int64_t week = 0, whole = 0;
    *day = VG_DATE_NONE;
    if (cell.size == 0 || vg_text_equals(cell, "NA") || vg_text_equals(cell, "?") || vg_text_equals(cell, "unknown")) {
        return LINEAGES_EMPTY;
    }
    if (cell.size >= 10 && vg_date_parse_iso(vg_text_of(cell.data, 10), day)) {
        return LINEAGES_DAY;
    }
    if (cell.size < 4 || !all_digits(cell.data, 4) || !vg_parse_integer(vg_text_of(cell.data, 4), &whole)) {
        return LINEAGES_BAD;
    }
    if (cell.size >= 7 && cell.data[4] == '-' && cell.data[5] == 'W' && vg_parse_integer(vg_text_of(cell.data + 6, cell.size - 6), &week)) {
        int32_t monday = week >= 1 && week <= 53 ? vg_date_from_epiweek((int)whole, (int)week, VG_WEEK_ISO) : VG_DATE_NONE;
        *day = monday == VG_DATE_NONE ? VG_DATE_NONE : monday + 3;
        return monday == VG_DATE_NONE ? LINEAGES_BAD : LINEAGES_DAY;
    }
    if (year != NULL && cell.size > 5 && cell.data[4] == '.' && vg_parse_double(cell, '.', year)) {
        return LINEAGES_DAY;
    }
    bool month = cell.size >= 7 && cell.data[4] == '-' && (all_digits(cell.data + 5, 2) || memcmp(cell.data + 5, "XX", 2) == 0);
    bool rest = cell.size == 4 || (month && (cell.size == 7 || (cell.size == 10 && memcmp(cell.data + 7, "-XX", 3) == 0)));
    return rest ? LINEAGES_PARTIAL : LINEAGES_BAD;
}

void lineages_add_to_week(const struct lineages_weeks *weeks, int32_t day, size_t place, size_t n_places, double cases)
{
    if (weeks != NULL && day >= weeks->first && (size_t)(day - weeks->first) / 7 < weeks->n) {
        weeks->cases[(size_t)(day - weeks->first) / 7 * n_places + place] += cases;
    }
}

vg_status lineages_read_cases(const char *path, const struct vg_dictionary *names, int32_t from, int32_t to, double *cases, const struct lineages_weeks *weeks, struct vg_error *error)
{
    struct vg_reader *reader = NULL;
    struct vg_row_batch batch = {.n_rows = 1};
    vg_status status = vg_reader_open(path, NULL, &reader, error);
    if (status != VG_OK) {
        return status;
    }
    size_t place = vg_reader_find_column(reader, LINEAGES_PLACE_HEADINGS), column = vg_reader_find_column(reader, "cases|weight|infections|incidence");
    size_t when = vg_reader_find_column(reader, "week|date|day");
    uint8_t *begun = calloc(names->count + 1, 1);
    if (begun == NULL) {
        status = vg_fail_memory(error, names->count);
    } else if (place == VG_READER_NO_COLUMN || column == VG_READER_NO_COLUMN) {
        status = vg_fail(error, VG_DATA_ERROR, "%s needs columns country (or place, region) and cases (or weight)", path);
    }
    while (status == VG_OK && batch.n_rows > 0) {
        status = vg_reader_next(reader, &batch, error);
        for (size_t i = 0; status == VG_OK && i < batch.n_rows; i++) {
            const struct vg_text *cells = batch.cells + i * batch.n_columns;
            struct vg_text cell = vg_reader_cell(cells, column);
            uint32_t k = vg_dictionary_find(names, vg_reader_cell(cells, place));
            double value = 0;
            int32_t day = VG_DATE_NONE;
            bool dated = when != VG_READER_NO_COLUMN;
            int32_t half = dated && vg_reader_cell(cells, when).size > 5 && vg_reader_cell(cells, when).data[5] == 'W' ? 3 : 0; /* a week is in where one of its days is */
            if (!vg_parse_double(cell, '.', &value) || !((dated ? value >= 0 : value > 0) && value < 1e15)) {
                status = vg_reader_bad_cell(reader, batch.lines[i], column, cell, dated ? "a number from 0 on" : "a number above 0", error);
            } else if (dated && lineages_parse_day(vg_reader_cell(cells, when), &day, NULL) != LINEAGES_DAY) {
                status = vg_reader_bad_cell(reader, batch.lines[i], when, vg_reader_cell(cells, when), "a day (2021-03-05) or a week (2021-W09)", error);
            } else if (k != VG_DICTIONARY_NONE && !dated && begun[k] != 0) {
                status = vg_reader_bad_cell(reader, batch.lines[i], place, vg_reader_cell(cells, place), "each place once, or a column week or date", error);
            } else if (k != VG_DICTIONARY_NONE && (!dated || ((from == VG_DATE_NONE || day + half >= from) && (to == VG_DATE_NONE || day - half <= to)))) {
                cases[k] = value + (dated && begun[k] != 0 ? cases[k] : 0);
                begun[k] = 1;
                if (dated) {
                    lineages_add_to_week(weeks, day, k, names->count, value);
                }
            }
        }
    }
    free(begun);
    vg_reader_close(reader);
    return status;
}

void lineages_node(struct vg_table *table, const struct vg_tree *tree, uint32_t node)
{
    struct vg_buffer name;
    vg_buffer_init(&name, 0);
    vg_tree_put_name(tree, node, &name);
    vg_table_text_slice(table, vg_text_of(name.data, name.size));
    table->failed |= name.failed;
    vg_buffer_release(&name);
}

void lineages_number(struct vg_table *table, double value)
{
    vg_table_double(table, !isfinite(value) ? NAN : fabs(value) < 1e-12 ? 0 : job_rounded(value, 5, false)); /* what is less is noise */
}
