/*
 * A small result in columns: appended cell by cell, left to right, in memory of the caller's arena.
 */
#include "core/core.h"

#include <math.h>
#include <string.h>

void vg_table_init(struct vg_table *table, struct vg_arena *arena)
{
    *table = (struct vg_table){.arena = arena};
}

static size_t cell_bytes(enum vg_column_kind kind)
{
    switch (kind) {
    case VG_COLUMN_INTEGER:
    case VG_COLUMN_BOOLEAN:
        return sizeof(int64_t);
    case VG_COLUMN_DOUBLE:
        return sizeof(double);
    case VG_COLUMN_TEXT:
        return sizeof(struct vg_text);
    case VG_COLUMN_DATE:
        break;
    }
    return sizeof(int32_t);
}

void vg_table_add_column(struct vg_table *table, const char *name, enum vg_column_kind kind)
{
    VG_ASSERT(table->n_rows == 0 && table->next_column == 0);
    struct vg_column *columns = VG_ARENA_ARRAY(table->arena, struct vg_column, table->n_columns + 1);
    if (columns == NULL) {
        table->failed = true;
        return;
    }
    if (table->n_columns > 0) {
        memcpy(columns, table->columns, table->n_columns * sizeof *columns);
    }
    columns[table->n_columns] = (struct vg_column){.name = name, .kind = kind};
    table->columns = columns;
    table->n_columns++;
    table->row_capacity = 0; /* the new column has no room yet */
}

void vg_table_append_text(struct vg_table *table, const char *name, const char *value)
{
    size_t n_rows = table->n_rows;
    size_t capacity = table->row_capacity;
    VG_ASSERT(table->next_column == 0);
    if (table->failed) {
        return;
    }
    table->n_rows = 0;
    vg_table_add_column(table, name, VG_COLUMN_TEXT);
    table->n_rows = n_rows;
    table->row_capacity = capacity;
    if (table->failed) {
        return;
    }
    struct vg_column *column = &table->columns[table->n_columns - 1];
    column->values.texts = VG_ARENA_ARRAY(table->arena, struct vg_text, capacity + 1);
    column->missing = VG_ARENA_ARRAY(table->arena, uint8_t, capacity + 1);
    if (column->values.texts == NULL || column->missing == NULL) {
        table->failed = true;
        return;
    }
    for (size_t row = 0; row < n_rows; row++) {
        column->values.texts[row] = vg_text_from(value);
    }
}

static void *grown_copy(struct vg_arena *arena, const void *old, size_t count, size_t capacity, size_t size)
{
    void *copy = vg_arena_alloc(arena, capacity, size);
    if (copy != NULL && count > 0) {
        memcpy(copy, old, count * size);
    }
    return copy;
}

static bool grow_rows(struct vg_table *table)
{
    size_t capacity = table->row_capacity == 0 ? 64 : table->row_capacity * 2;
    for (size_t i = 0; i < table->n_columns; i++) {
        struct vg_column *column = &table->columns[i];
        void *values = grown_copy(table->arena, column->values.integers, table->n_rows, capacity, cell_bytes(column->kind));
        uint8_t *missing = grown_copy(table->arena, column->missing, table->n_rows, capacity, 1);
        if (values == NULL || missing == NULL) {
            return false;
        }
        column->values.integers = values;
        column->missing = missing;
    }
    table->row_capacity = capacity;
    return true;
}

/* The column that the next cell goes to, which must be of that kind; NULL once memory has run out. *row tells where. */
static struct vg_column *next_cell(struct vg_table *table, size_t *row)
{
    if (table->failed || (table->next_column == 0 && table->n_rows == table->row_capacity && !grow_rows(table))) {
        table->failed = true;
        return NULL;
    }
    VG_ASSERT(table->next_column < table->n_columns);
    struct vg_column *column = &table->columns[table->next_column];
    *row = table->n_rows;
    table->next_column++;
    if (table->next_column == table->n_columns) {
        table->next_column = 0;
        table->n_rows++;
    }
    return column;
}

static struct vg_column *next_cell_of(struct vg_table *table, enum vg_column_kind kind, size_t *row)
{
    struct vg_column *column = next_cell(table, row);
    VG_ASSERT(column == NULL || column->kind == kind);
    return column;
}

void vg_table_integer(struct vg_table *table, int64_t value)
{
    size_t row = 0;
    struct vg_column *column = next_cell_of(table, VG_COLUMN_INTEGER, &row);
    if (column != NULL) {
        column->values.integers[row] = value;
    }
}

void vg_table_boolean(struct vg_table *table, bool value)
{
    size_t row = 0;
    struct vg_column *column = next_cell_of(table, VG_COLUMN_BOOLEAN, &row);
    if (column != NULL) {
        column->values.integers[row] = value;
    }
}

void vg_table_double(struct vg_table *table, double value)
{
    size_t row = 0;
    struct vg_column *column = next_cell_of(table, VG_COLUMN_DOUBLE, &row);
    if (column != NULL) {
        column->values.doubles[row] = value;
        column->missing[row] = (uint8_t)(isnan(value) != 0);
    }
}

void vg_table_date(struct vg_table *table, int32_t value)
{
    size_t row = 0;
    struct vg_column *column = next_cell_of(table, VG_COLUMN_DATE, &row);
    if (column != NULL) {
        column->values.dates[row] = value;
        column->missing[row] = value == VG_DATE_NONE ? 1 : 0;
    }
}

void vg_table_text_slice(struct vg_table *table, struct vg_text value)
{
    size_t row = 0;
    struct vg_column *column = next_cell_of(table, VG_COLUMN_TEXT, &row);
    if (column == NULL) {
        return;
    }
    if (value.data == NULL) {
        column->missing[row] = 1;
        return;
    }
    char *copy = vg_arena_copy_bytes(table->arena, value.data, value.size);
    table->failed = table->failed || copy == NULL;
    column->values.texts[row] = (struct vg_text){copy, value.size};
}

void vg_table_text(struct vg_table *table, const char *value)
{
    vg_table_text_slice(table, vg_text_from(value));
}

void vg_table_missing(struct vg_table *table)
{
    size_t row = 0;
    struct vg_column *column = next_cell(table, &row);
    if (column != NULL) {
        column->missing[row] = 1;
    }
}

static const struct {
    const char *name, *media_type;
} formats[] = {{"csv", "text/csv; charset=utf-8"},
               {"json", "application/json; charset=utf-8"},
               {"arrow", "application/vnd.apache.arrow.stream"},
               {"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}};

bool vg_table_format_from_name(const char *name, enum vg_table_format *format)
{
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        if (strcmp(name, formats[i].name) == 0) {
            *format = (enum vg_table_format)i;
            return true;
        }
    }
    return false;
}

const char *vg_table_format_media_type(enum vg_table_format format)
{
    return formats[format].media_type;
}
