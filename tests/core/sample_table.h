/*
 * The small table whose written forms are held fixed: each kind of column, with and without missing cells, nine rows so that
 * bitmaps pass a byte.
 */
#ifndef VG_SAMPLE_TABLE_H
#define VG_SAMPLE_TABLE_H

#include "core/core.h"

#include <math.h>

static inline void fill_sample_table(struct vg_table *table, struct vg_arena *arena)
{
    static const char *const names[] = {"Bogotá",
                                        "São Paulo, SP",
                                        "a \"quoted\" name",
                                        "武汉",
                                        "",
                                        "two\nlines",
                                        " blank",
                                        "\xFF"
                                        "bad",
                                        NULL};
    static const double values[] = {0, -1.5, 0.1, 1e300, NAN, INFINITY, 5e-324, 12345678.25, -0.0};
    vg_table_init(table, arena);
    vg_table_add_column(table, "count", VG_COLUMN_INTEGER);
    vg_table_add_column(table, "value", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "place", VG_COLUMN_TEXT);
    vg_table_add_column(table, "date", VG_COLUMN_DATE);
    vg_table_add_column(table, "silent", VG_COLUMN_BOOLEAN);
    for (int row = 0; row < 9; row++) {
        vg_table_integer(table, row == 0 ? INT64_MIN : row == 1 ? INT64_MAX : row);
        vg_table_double(table, values[row]);
        vg_table_text(table, names[row]);
        vg_table_date(table, row == 3 ? VG_DATE_NONE : 18663 + row);
        if (row == 8) {
            vg_table_missing(table);
        } else {
            vg_table_boolean(table, row % 3 == 0);
        }
    }
}

#endif
