/*
 * Lists of places (codes, names, populations, coordinates) into the place list.
 */
#include "intake/profile_internal.h"

#include <math.h>
#include <string.h>

struct place_row { double population, latitude, longitude; struct vg_text parent, level; };

static void read_cell(struct intake_work *work, uint64_t line, size_t column, struct vg_text cell, struct place_row *row)
{
    enum vg_place_level level;
    double value = 0;
    bool number = vg_parse_double(cell, work->decimal_comma[column] ? ',' : '.', &value);
    const char *reason = NULL;
    switch (work->fields[column].kind) {
    case FIELD_POPULATION:
        row->population = number && value >= 0 ? value : NAN;
        reason = isnan(row->population) ? "not a number of people; the cell is left out" : NULL;
        break;
    case FIELD_LATITUDE:
        row->latitude = number && fabs(value) <= 90 ? value : NAN;
        reason = isnan(row->latitude) ? "not a latitude in degrees; the cell is left out" : NULL;
        break;
    case FIELD_LONGITUDE:
        row->longitude = number && fabs(value) <= 180 ? value : NAN;
        reason = isnan(row->longitude) ? "not a longitude in degrees; the cell is left out" : NULL;
        break;
    case FIELD_PARENT:
        row->parent = cell;
        reason = vg_place_list_find_code(work->places, cell) == VG_PLACE_NONE ? "no place with this code is known or stands above; the cell is left out" : NULL;
        break;
    case FIELD_LEVEL:
        row->level = cell;
        reason = vg_place_level_from_name(cell, &level) ? NULL : "not a level (country, admin1, admin2, other); the place is of another one";
        break;
    default:
        break;
    }
    if (reason != NULL) {
        intake_reject(work, line, column, cell, reason);
    }
}

static void take_row(struct intake_work *work, const struct vg_text *cells, uint64_t line)
{
    struct vg_intake_result *result = work->result;
    struct place_row row = {NAN, NAN, NAN, {"", 0}, {"", 0}};
    struct raw_place raw;
    result->rows_read++;
    if (!row_passes_filters(work, cells)) {
        result->rows_filtered++;
        return;
    }
    for (size_t column = 0; column < work->n_columns; column++) {
        struct vg_text cell = vg_text_trim(cells[column]);
        if (!profile_is_missing(work->profile, cell)) {
            read_cell(work, line, column, cell, &row);
        }
    }
    if (!row_place(work, cells, line, &raw)) {
        return;
    }
    uint32_t place = VG_PLACE_NONE;
    if (raw.place_code.size > 0 && row.level.size > 0) {
        /* A list that states code, parent and level is taken at its word. */
        struct vg_place stated = {.code = vg_arena_copy_bytes(work->arena, raw.place_code.data, raw.place_code.size),
                                  .name = raw.place_name.size > 0 ? vg_arena_copy_bytes(work->arena, raw.place_name.data, raw.place_name.size) : NULL,
                                  .parent = row.parent.size == 0 ? VG_PLACE_NONE : vg_place_list_find_code(work->places, row.parent),
                                  .level = VG_LEVEL_OTHER, .population = NAN, .latitude = NAN, .longitude = NAN};
        (void)vg_place_level_from_name(row.level, &stated.level);
        place = stated.code == NULL ? VG_PLACE_NONE : vg_place_list_add(work->places, &stated);
    } else {
        place = place_resolve(&work->matcher, &raw);
    }
    if (place == VG_PLACE_NONE) {
        result->rows_rejected++;
        intake_reject(work, line, SIZE_MAX, cells[0], "the row names no place; it is left out");
        return;
    }
    struct vg_place *known = &work->places->places[place];
    known->population = isnan(row.population) ? known->population : row.population;
    known->latitude = isnan(row.latitude) ? known->latitude : row.latitude;
    known->longitude = isnan(row.longitude) ? known->longitude : row.longitude;
    result->rows_taken++;
}

vg_status intake_read_places(struct intake_work *work)
{
    struct vg_row_batch batch;
    vg_status status = VG_OK;
    while (status == VG_OK) {
        status = vg_reader_next(work->reader, &batch, work->error);
        if (status != VG_OK || batch.n_rows == 0) {
            break;
        }
        for (size_t row = 0; row < batch.n_rows; row++) {
            take_row(work, batch.cells + row * batch.n_columns, batch.lines[row]);
        }
    }
    work->matcher.n_made = 0; /* making places is what such a file is for */
    return status == VG_OK && work->arena->failed ? vg_fail_memory(work->error, 0) : status;
}
