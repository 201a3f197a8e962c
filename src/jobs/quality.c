/*
 * The data-quality report of a dataset, as the facts were known on a day.
 */
#include "jobs/jobs_internal.h"

vg_status vg_job_quality(struct vg_store *store, const struct vg_request *request, struct vg_arena *arena, struct vg_answer *answer,
                         struct vg_error *error)
{
    struct job_context context;
    struct vg_quality_report report = {0};
    vg_status status = job_context_open(&context, store, request, arena, answer, JOB_ANY_MEASURE, error);
    if (status != VG_OK) {
        return status;
    }
    const struct vg_place_list *places = vg_store_place_list(store);
    if (context.dataset.kind == VG_DATASET_CASES) {
        struct vg_case_table cases = {0};
        status = vg_store_case_table(store, &context.filter, arena, &cases, error);
        if (status == VG_OK) {
            status = vg_intake_check_cases(&cases, places, context.as_of, arena, &report, error);
        }
    } else {
        struct vg_count_table counts = {0};
        status = vg_store_count_table(store, &context.filter, arena, &counts, error);
        if (status == VG_OK) {
            status = vg_intake_check_counts(&counts, places, context.as_of, arena, &report, error);
        }
    }
    if (status != VG_OK) {
        return status;
    }
    vg_quality_report_table(&report, places, &answer->table);
    job_meta_begin(&context);
    job_meta_number(&answer->meta, "n_rows", (double)report.n_rows);
    return job_finish(&context);
}
