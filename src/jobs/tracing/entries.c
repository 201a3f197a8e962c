/*
 * Rows that devices send: each is one step of adding (add.c), by itself and once however often it arrives.
 */
#include "jobs/tracing/internal.h"

static int64_t person_in(enum vg_tracing_kind kind, const union tracing_row *row)
{
    const struct vg_tracing_field *field = vg_tracing_field(vg_tracing_shape(kind), "person");
    return kind == VG_TRACING_PERSON ? row->id : field == NULL ? 0 : *(const int64_t *)(const void *)((const char *)row + field->offset);
}

/* Nothing that is wrong with the row itself is a failure of the whole. */
static vg_status take_entry(struct vg_store *store, const struct vg_actor *actor, const struct vg_tracing_add *add, struct vg_arena *arena, struct vg_table *table, struct vg_error *error)
{
    struct tracing_added added;
    vg_status status = tracing_add(store, actor, add, arena, &added, error);
    if (status != VG_OK && status != VG_USAGE_ERROR && status != VG_NOT_FOUND && status != VG_DATA_ERROR) {
        return status;
    }
    vg_table_text(table, vg_arena_copy(table->arena, add->entry == NULL ? "" : add->entry));
    vg_table_text(table, vg_tracing_shape(add->kind)->name);
    vg_table_text(table, status != VG_OK ? "refused" : added.known ? "known" : "taken");
    vg_table_text(table, status == VG_OK ? NULL : vg_arena_copy(table->arena, error->message));
    tracing_id_cell(table, status == VG_OK ? added.row.id : 0);
    tracing_id_cell(table, status == VG_OK ? person_in(add->kind, &added.row) : 0);
    vg_table_integer(table, (int64_t)added.n_duplicates);
    tracing_id_cell(table, added.duplicate);
    vg_table_double(table, added.probability);
    return VG_OK;
}

vg_status vg_job_tracing_entries(struct vg_store *store, const struct vg_actor *actor, const struct vg_tracing_add *entries, size_t n_entries, struct vg_arena *arena, struct vg_answer *answer,
                                 struct vg_error *error)
{
    static const struct { const char *name; enum vg_column_kind kind; } columns[] = {
        {"entry", VG_COLUMN_TEXT},    {"kind", VG_COLUMN_TEXT},          {"state", VG_COLUMN_TEXT},        {"reason", VG_COLUMN_TEXT},       {"id", VG_COLUMN_INTEGER},
        {"person", VG_COLUMN_INTEGER}, {"duplicates", VG_COLUMN_INTEGER}, {"duplicate", VG_COLUMN_INTEGER}, {"probability", VG_COLUMN_DOUBLE}};
    vg_status status = actor->name == NULL || actor->name[0] == '\0' ? vg_fail(error, VG_USAGE_ERROR, "by says who tells it") : VG_OK;
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        vg_table_add_column(&answer->table, columns[i].name, columns[i].kind);
    }
    for (size_t i = 0; status == VG_OK && i < n_entries; i++) {
        status = take_entry(store, actor, &entries[i], arena, &answer->table, error);
    }
    tracing_meta_begin(answer);
    return status == VG_OK ? tracing_meta_end(answer, error) : status;
}
