/*
 * Makes an exercise: a scenario file, the epidemic by the engine, what would be seen of it, and the folder with both.
 */
#include "jobs/exercise_internal.h"

static vg_status read_scenario(const struct vg_exercise_make_request *request, struct vg_exercise_parameters *parameters, struct vg_error *error)
{
    struct vg_buffer text;
    vg_status status = VG_OK;
    vg_buffer_init(&text, 0);
    vg_exercise_defaults(parameters);
    if (request->scenario_path != NULL) {
        status = vg_file_read(request->scenario_path, 1 << 20, &text, error);
        if (status == VG_OK)
            status = vg_exercise_parse(request->scenario_path, text.data == NULL ? "" : text.data, text.size, parameters, error);
    }
    if (request->has_seed)
        parameters->seed = request->seed;
    vg_buffer_release(&text);
    return status;
}

vg_status vg_job_exercise_make(const struct vg_exercise_make_request *request, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    struct vg_exercise_parameters parameters;
    struct vg_exercise exercise;
    struct vg_exercise_run *run = NULL;
    struct vg_pool *pool = NULL;
    vg_status status = read_scenario(request, &parameters, error);
    if (status == VG_OK) {
        pool = vg_pool_new(request->threads);
        status = vg_exercise_simulate(&parameters, pool, request->progress, &run, error);
    }
    if (status == VG_OK) {
        (void)vg_progress_report(request->progress, "cases and reports", 0.55);
        status = vg_control_exercise(&parameters, vg_exercise_run_world(run), arena, &exercise, error);
    }
    if (status == VG_OK)
        status = exercise_write(&exercise, request->folder, request->key_path, request->progress, answer, error);
    vg_exercise_run_free(run);
    vg_pool_free(pool);
    return status;
}
