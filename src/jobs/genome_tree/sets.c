/*
 * The node's sets of genomes, and what is known of each.
 */
#include "jobs/genome_tree/joined.h"

#include <stdlib.h>

struct counting {
    int64_t dated, with_place, with_lineage;
    int32_t first, last;
};

static vg_status count_one(void *context, const struct vg_kept_genome *genome, struct vg_error *error)
{
    struct counting *counting = context;
    (void)error;
    counting->dated += genome->date != VG_DATE_NONE;
    counting->with_place += genome->place != NULL && genome->place[0] != '\0';
    counting->with_lineage += genome->lineage != NULL && genome->lineage[0] != '\0';
    if (genome->date != VG_DATE_NONE) {
        counting->first = counting->first == VG_DATE_NONE || genome->date < counting->first ? genome->date : counting->first;
        counting->last = counting->last == VG_DATE_NONE || genome->date > counting->last ? genome->date : counting->last;
    }
    return VG_OK;
}

static void set_row(struct vg_table *table, const struct vg_genome_set *set, const struct counting *counting, const struct kept_tree *kept)
{
    vg_table_text(table, set->name);
    vg_table_text_slice(table, set->reference.name);
    vg_table_integer(table, set->reference.length);
    vg_table_integer(table, (int64_t)set->n_genomes);
    vg_table_integer(table, counting->dated);
    vg_table_integer(table, counting->with_place);
    vg_table_integer(table, counting->with_lineage);
    vg_table_date(table, counting->first);
    vg_table_date(table, counting->last);
    if (kept->tree == NULL) {
        vg_table_missing(table);
    } else {
        vg_table_integer(table, kept->tree->n_leaves);
    }
    vg_table_text(table, kept->made_at);
    vg_table_boolean(table, vg_genome_set_is_invented(set));
}

vg_status vg_job_genome_sets(struct vg_store *store, const struct vg_request *request, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    static const struct { const char *name; enum vg_column_kind kind; } columns[] = {
        {"set", VG_COLUMN_TEXT}, {"reference", VG_COLUMN_TEXT}, {"length", VG_COLUMN_INTEGER}, {"genomes", VG_COLUMN_INTEGER}, {"dated", VG_COLUMN_INTEGER}, {"with_place", VG_COLUMN_INTEGER},
        {"with_lineage", VG_COLUMN_INTEGER}, {"first_date", VG_COLUMN_DATE}, {"last_date", VG_COLUMN_DATE}, {"leaves", VG_COLUMN_INTEGER}, {"tree_made", VG_COLUMN_TEXT}, {"invented", VG_COLUMN_BOOLEAN}};
    struct vg_genome_set *sets = NULL;
    size_t n_sets = 0, invented = 0;
    (void)request;
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        vg_table_add_column(&answer->table, columns[i].name, columns[i].kind);
    }
    vg_status status = vg_genomes_sets(store, arena, &sets, &n_sets, error);
    for (size_t i = 0; status == VG_OK && i < n_sets; i++) {
        struct counting counting = {.first = VG_DATE_NONE, .last = VG_DATE_NONE};
        struct kept_tree kept;
        struct vg_error none = {0};
        status = vg_genomes_each(store, sets[i].id, count_one, &counting, error);
        vg_status found = status == VG_OK ? kept_tree_open(store, sets[i].name, arena, &kept, &none) : VG_NOT_FOUND;
        if (status == VG_OK && found != VG_OK && found != VG_NOT_FOUND) {
            status = vg_fail(error, found, "%s", none.message);
        }
        if (status == VG_OK) {
            set_row(&answer->table, &sets[i], &counting, &kept);
            kept_tree_close(&kept);
            invented += vg_genome_set_is_invented(&sets[i]);
        }
    }
    answer->simulated = n_sets > 0 && invented == n_sets;
    vg_buffer_text(&answer->meta, "{");
    job_meta_number(&answer->meta, "sets", (double)n_sets);
    if (answer->simulated) {
        job_meta_text(&answer->meta, "exercise", VG_EXERCISE_MARK);
    }
    vg_buffer_text(&answer->meta, "}");
    return status == VG_OK && (answer->table.failed || arena->failed) ? vg_fail_memory(error, 0) : status;
}
