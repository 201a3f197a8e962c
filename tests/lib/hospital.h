/*
 * Daily hospital series by place as the developers' files have them (hospital_br_sp_drs.csv.gz, hospital_it_regions.csv.gz),
 * for the test of demand and its rolling benchmark: a matrix of places and days for each column that is asked for.
 */
#ifndef VG_TEST_HOSPITAL_H
#define VG_TEST_HOSPITAL_H

#include "intake/intake.h"

#include <math.h>
#include <string.h>

#define HOSPITAL_COLUMNS 4
#define HOSPITAL_PLACES 64
#define HOSPITAL_DAYS 800

struct hospital {
    size_t n_places, n_days;
    int32_t start;
    double *values[HOSPITAL_COLUMNS]; /* [place * n_days + day] */
    struct vg_dictionary places;
};

static inline vg_status hospital_read(const char *path, const char *const *columns, size_t n_columns, struct vg_arena *arena,
                                      struct hospital *out, struct vg_error *error)
{
    struct vg_reader *reader = NULL;
    struct vg_row_batch batch = {.n_rows = 1};
    size_t at[HOSPITAL_COLUMNS];
    vg_status status = vg_reader_open(path, NULL, &reader, error);
    if (status != VG_OK) {
        return status;
    }
    const size_t date_column = vg_reader_find_column(reader, "date"), place_column = vg_reader_find_column(reader, "region");
    *out = (struct hospital){.start = VG_DATE_NONE};
    vg_dictionary_init(&out->places, arena);
    for (size_t c = 0; c < n_columns; c++) {
        at[c] = vg_reader_find_column(reader, columns[c]);
        out->values[c] = VG_ARENA_ARRAY(arena, double, HOSPITAL_PLACES *HOSPITAL_DAYS);
        for (size_t i = 0; i < HOSPITAL_PLACES * HOSPITAL_DAYS; i++) {
            out->values[c][i] = NAN;
        }
    }
    while (status == VG_OK && batch.n_rows > 0) {
        status = vg_reader_next(reader, &batch, error);
        for (size_t row = 0; status == VG_OK && row < batch.n_rows; row++) {
            const struct vg_text *cells = batch.cells + row * batch.n_columns;
            int32_t date = VG_DATE_NONE;
            const uint32_t place = vg_dictionary_add(&out->places, vg_reader_cell(cells, place_column));
            if (!vg_date_parse_iso(vg_reader_cell(cells, date_column), &date) || place >= HOSPITAL_PLACES) {
                status = vg_fail(error, VG_DATA_ERROR, "%s: a row without a date, or too many places", path);
                break;
            }
            out->start = out->start == VG_DATE_NONE ? date : out->start; /* the files begin with their first day */
            const size_t day = (size_t)(date - out->start);
            if (day >= HOSPITAL_DAYS) {
                continue;
            }
            out->n_days = day + 1 > out->n_days ? day + 1 : out->n_days;
            for (size_t c = 0; c < n_columns; c++) {
                (void)vg_parse_double(vg_reader_cell(cells, at[c]), '.', &out->values[c][place * HOSPITAL_DAYS + day]);
            }
        }
    }
    vg_reader_close(reader);
    out->n_places = out->places.count;
    for (size_t c = 0; c < n_columns; c++) {
        for (size_t place = 0; place < out->n_places; place++) {
            memmove(out->values[c] + place * out->n_days, out->values[c] + place * HOSPITAL_DAYS, out->n_days * sizeof(double));
        }
    }
    return status;
}

#endif
