/*
 * Private to the readers of a scenario's tables: columns are found by any of their names, rows are handed on one by one, and errors get file and line put before.
 */
#ifndef VG_INTAKE_WALK_H
#define VG_INTAKE_WALK_H

#include "intake/society/society.h"

#define WALK_NONE VG_READER_NO_COLUMN
/* The most that one cell may say: of people or households, of contacts a day. Sums and products of such stay finite. */
#define WALK_PEOPLE_MOST 1e10
#define WALK_CONTACTS_MOST 1e6

/* names: "|"-separated headings, compared without case, accents and marks. at: filled with the column, WALK_NONE where there is none. */
struct walk_column { const char *names; bool required; size_t at; };

struct walk_row { const struct vg_text *cells; size_t n_columns; uint64_t line; };
typedef vg_status walk_take(void *context, const struct walk_row *row, struct vg_error *error);

struct walk { struct vg_reader *reader; const char *path; };
vg_status walk_open(const struct vg_table_source *source, struct walk *walk, struct vg_error *error) VG_MUST_USE;
vg_status walk_columns(const struct walk *walk, struct walk_column *columns, size_t n_columns, struct vg_error *error) VG_MUST_USE;
vg_status walk_rows(const struct walk *walk, walk_take *take, void *context, struct vg_error *error) VG_MUST_USE;
void walk_close(struct walk *walk);
/* All three. */
vg_status walk_table(const struct vg_table_source *source, struct walk_column *columns, size_t n_columns, walk_take *take, void *context, struct vg_error *error) VG_MUST_USE;

static inline struct vg_text walk_cell(const struct walk_row *row, const struct walk_column *column)
{
    return vg_reader_cell(row->cells, column->at);
}
/* A finite number from low to high, with a decimal point or comma; the first of the column's names goes into the message. */
vg_status walk_number(const struct walk_row *row, const struct walk_column *column, double low, double high, double *value, struct vg_error *error) VG_MUST_USE;
vg_status walk_parse(const char *column, struct vg_text cell, double low, double high, double *value, struct vg_error *error) VG_MUST_USE;

#endif
