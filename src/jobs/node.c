/*
 * What the node is and holds: one JSON object, the first thing the page asks for.
 */
#include "jobs/jobs_internal.h"

#include <string.h>

static void measures_json(struct vg_buffer *body, const struct vg_measure *const *measures, size_t n_measures)
{
    vg_buffer_text(body, ",\"measures\":[");
    for (size_t i = 0; i < n_measures; i++) {
        vg_buffer_text(body, i == 0 ? "{" : ",{");
        job_meta_text(body, "name", measures[i]->name);
        job_meta_text(body, "what", measures[i]->what);
        job_meta_text(body, "by", measures[i]->by);
        job_meta_text(body, "kind", vg_measure_kind_name(measures[i]->kind));
        vg_buffer_format(body, ",\"delayed\":%s}", measures[i]->delayed ? "true" : "false");
    }
    vg_buffer_char(body, ']');
}

/* The levels at which the dataset has places with data. */
static vg_status levels_json(struct vg_store *store, const struct vg_dataset *dataset, const struct vg_measure *measure, struct vg_arena *arena,
                             struct vg_buffer *body, struct vg_error *error)
{
    vg_buffer_text(body, ",\"levels\":[");
    bool first = true;
    for (int level = VG_LEVEL_COUNTRY; level < VG_LEVEL_COUNT && measure != NULL; level++) {
        struct vg_cube_filter filter = {.dataset = dataset->name, .measure = measure->name, .from = VG_DATE_NONE, .to = VG_DATE_NONE, .as_of = VG_DATE_NONE};
        struct vg_series_matrix matrix;
        vg_status status = vg_store_series_by_place(store, &filter, (enum vg_place_level)level, arena, &matrix, error);
        if (status != VG_OK) {
            return status;
        }
        if (matrix.n_places > 0) {
            vg_buffer_format(body, "%s\"%s\"", first ? "" : ",", vg_place_level_name((enum vg_place_level)level));
            first = false;
        }
    }
    vg_buffer_char(body, ']');
    return VG_OK;
}

static vg_status dataset_json(struct vg_store *store, const struct vg_dataset *dataset, struct vg_arena *arena, struct vg_buffer *body,
                              struct vg_error *error)
{
    const struct vg_measure **measures = NULL;
    const char **groups = NULL;
    size_t n_measures = 0;
    size_t n_groups = 0;
    vg_status status = vg_store_measures(store, dataset->name, arena, &measures, &n_measures, error);
    if (status == VG_OK) {
        status = vg_store_groups(store, dataset->name, arena, &groups, &n_groups, error);
    }
    if (status != VG_OK) {
        return status;
    }
    vg_buffer_char(body, '{');
    job_meta_text(body, "name", dataset->name);
    job_meta_text(body, "title", dataset->title);
    job_meta_text(body, "disease", dataset->disease);
    job_meta_text(body, "country", dataset->country);
    job_meta_text(body, "nature", vg_data_nature_name(dataset->nature));
    job_meta_text(body, "kind", dataset->kind == VG_DATASET_CASES ? "cases" : "counts");
    job_meta_text(body, "source", dataset->source);
    job_meta_text(body, "licence", dataset->licence);
    job_meta_text(body, "note", dataset->note);
    job_meta_number(body, "n_rows", (double)dataset->n_rows);
    job_meta_date(body, "first_date", dataset->first_date);
    job_meta_date(body, "last_date", dataset->last_date);
    job_meta_date(body, "first_known", dataset->first_known);
    job_meta_date(body, "last_known", dataset->last_known);
    job_meta_number(body, "step_days", dataset->step_days);
    measures_json(body, measures, n_measures);
    vg_buffer_text(body, ",\"groups\":[");
    for (size_t i = 0; i < n_groups; i++) {
        vg_buffer_text(body, i == 0 ? "" : ",");
        vg_buffer_json_string(body, groups[i], strlen(groups[i]));
    }
    vg_buffer_char(body, ']');
    status = levels_json(store, dataset, n_measures == 0 ? NULL : measures[0], arena, body, error);
    vg_buffer_char(body, '}');
    return status;
}

vg_status vg_job_node(struct vg_store *store, const struct vg_request *request, struct vg_arena *arena, struct vg_answer *answer,
                      struct vg_error *error)
{
    (void)request;
    struct vg_dataset *datasets = NULL;
    size_t n_datasets = 0;
    vg_status status = vg_store_datasets(store, arena, &datasets, &n_datasets, error);
    if (status != VG_OK) {
        return status;
    }
    struct vg_buffer *body = &answer->meta;
    vg_buffer_char(body, '{');
    job_meta_text(body, "program", "vigia");
    job_meta_text(body, "version", VG_VERSION);
    job_meta_number(body, "data_version", (double)vg_store_data_version(store));
    job_meta_date(body, "today", vg_date_today());
    vg_buffer_text(body, ",\"datasets\":[");
    for (size_t i = 0; i < n_datasets && status == VG_OK; i++) {
        vg_buffer_text(body, i == 0 ? "" : ",");
        status = dataset_json(store, &datasets[i], arena, body, error);
    }
    vg_buffer_text(body, "]}");
    return status == VG_OK && body->failed ? vg_fail_memory(error, 0) : status;
}
