/*
 * Products: what was found, kept with what is needed to find it again. The situation of each dataset is kept after every load, so that the
 * first view is ready, and so that any figure of it can be traced to the data version, the parameters and the program's version.
 */
#include "jobs/jobs_internal.h"

#include <stdlib.h>
#include <string.h>

static vg_status keep_situation(struct vg_store *store, const struct vg_dataset *dataset, int32_t as_of, struct vg_error *error)
{
    struct vg_arena arena;
    struct vg_answer answer;
    struct vg_request request;
    struct vg_buffer content;
    vg_arena_init(&arena, 0);
    vg_answer_init(&answer, &arena);
    vg_buffer_init(&content, 0);
    vg_request_init(&request);
    request.dataset = dataset->name;
    request.as_of = as_of;
    vg_status status = vg_job_situation(store, &request, &arena, &answer, error);
    if (status == VG_OK) {
        status = vg_table_write_json_meta(&answer.table, answer.meta.data, &content, error);
    }
    if (status == VG_OK) {
        char date[VG_DATE_TEXT_BYTES] = "now";
        (void)(as_of == VG_DATE_NONE ? 0 : vg_date_print(as_of, date));
        struct vg_product product = {.kind = "situation",
                                     .key = vg_arena_format(&arena, "%s|%s", dataset->name, date),
                                     .parameters_json = answer.meta.data,
                                     .program_version = VG_VERSION,
                                     .data_version = vg_store_data_version(store),
                                     .seed = request.seed,
                                     .content = content.data,
                                     .content_bytes = content.size};
        status = vg_store_put_products(store, &product, 1, error);
    }
    vg_buffer_release(&content);
    vg_answer_release(&answer);
    vg_arena_release(&arena);
    return status;
}

vg_status vg_job_refresh_products(struct vg_store *store, int32_t as_of, const struct vg_progress *progress, struct vg_error *error)
{
    struct vg_arena arena;
    struct vg_dataset *datasets = NULL;
    size_t n_datasets = 0;
    vg_arena_init(&arena, 0);
    vg_status status = vg_store_datasets(store, &arena, &datasets, &n_datasets, error);
    for (size_t i = 0; status == VG_OK && i < n_datasets; i++) {
        (void)vg_progress_report(progress, datasets[i].name, (double)i / (double)n_datasets);
        status = keep_situation(store, &datasets[i], as_of, error);
    }
    vg_arena_release(&arena);
    return status;
}
