/*
 * The published parameters that the program carries, as a table: so that a user sees what there is, from whom, and chooses.
 */
#include "jobs/jobs_internal.h"

#include <string.h>

static void fact_row(struct vg_table *table, const struct vg_epidemiological_fact *fact)
{
    vg_table_text_slice(table, fact->disease);
    vg_table_text_slice(table, fact->name);
    vg_table_double(table, fact->value);
    vg_table_double(table, fact->low);
    vg_table_double(table, fact->high);
    const struct vg_text texts[] = {fact->interval, fact->distribution, fact->source, fact->doi, fact->note};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (texts[i].size == 0) {
            vg_table_missing(table);
        } else {
            vg_table_text_slice(table, texts[i]);
        }
    }
}

vg_status vg_job_parameters(struct vg_store *store, const struct vg_request *request, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    (void)store;
    (void)arena;
    static const char *const texts[] = {"interval", "distribution", "source", "doi", "note"};
    struct vg_table *table = &answer->table;
    struct vg_epidemiological_fact fact;
    size_t cursor = 0;
    vg_table_add_column(table, "disease", VG_COLUMN_TEXT);
    vg_table_add_column(table, "parameter", VG_COLUMN_TEXT);
    vg_table_add_column(table, "value", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "low", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "high", VG_COLUMN_DOUBLE);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        vg_table_add_column(table, texts[i], VG_COLUMN_TEXT);
    }
    while (vg_epidemiological_next(&cursor, &fact)) {
        if (request->disease == NULL || vg_epidemiological_same_disease(vg_text_from(request->disease), fact.disease)) {
            fact_row(table, &fact);
        }
    }
    vg_buffer_char(&answer->meta, '{');
    job_meta_text(&answer->meta, "disease", request->disease);
    vg_buffer_char(&answer->meta, '}');
    if (table->n_rows == 0) {
        /* The lookup's own sentence names the diseases that there are. */
        return vg_epidemiological_parameter(vg_text_from(request->disease), "parameter", NULL, error);
    }
    return answer->meta.failed || table->failed ? vg_fail_memory(error, 0) : VG_OK;
}
