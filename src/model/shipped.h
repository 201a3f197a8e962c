/*
 * Private to model: rows of the tables that the program carries inside. They are the project's own files, so the reader
 * is small: commas, "quotes" without doubled ones inside, LF; a test reads every row of every table.
 */
#ifndef VG_MODEL_SHIPPED_H
#define VG_MODEL_SHIPPED_H

#include "model/model.h"

#define VG_SHIPPED_COLUMNS 24

struct vg_shipped_rows {
    const char *at, *end;
    size_t n_columns;                          /* of the headings; every row must have as many */
    struct vg_text cells[VG_SHIPPED_COLUMNS];  /* of the row last read */
};

struct vg_embedded_file;
vg_status vg_shipped_open(const struct vg_embedded_file *files, size_t n_files, const char *name, struct vg_shipped_rows *rows, struct vg_error *error);
bool vg_shipped_next(struct vg_shipped_rows *rows); /* false at the end, or where a row is not whole */

#endif
