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

/* The same seed with measures left out. */
struct others {
    struct vg_exercise_run *runs[VG_EXERCISE_MEASURES_MAX + 1];
    struct vg_exercise courses[VG_EXERCISE_MEASURES_MAX + 1];
    struct vg_exercise_without list[VG_EXERCISE_MEASURES_MAX + 1];
    char names[VG_EXERCISE_MEASURES_MAX + 1][8];
    size_t n;
};

static vg_status simulate_other(struct others *others, const struct vg_exercise_parameters *parameters, struct vg_pool *pool, const struct vg_progress *progress,
                                struct vg_arena *arena, struct vg_error *error)
{
    size_t n = others->n;
    vg_status status = vg_exercise_simulate(parameters, pool, progress, &others->runs[n], error);
    if (status == VG_OK)
        status = vg_exercise_courses(parameters, vg_exercise_run_world(others->runs[n]), arena, &others->courses[n], error);
    if (status == VG_OK) {
        others->list[n] = (struct vg_exercise_without){others->names[n], &others->courses[n]};
        others->n++;
    }
    return status;
}

/* Named by two digits, so that rows stand in the order of measures; "all" comes last. */
static vg_status simulate_others(struct others *others, const struct vg_exercise_parameters *parameters, struct vg_pool *pool, const struct vg_progress *progress,
                                 struct vg_arena *arena, struct vg_error *error)
{
    struct vg_exercise_parameters without = *parameters;
    vg_status status = VG_OK;
    for (size_t removed = 0; removed < parameters->n_measures && parameters->counterfactuals >= 2 && status == VG_OK; removed++) {
        without.n_measures = 0;
        for (size_t i = 0; i < parameters->n_measures; i++)
            if (i != removed)
                without.measures[without.n_measures++] = parameters->measures[i];
        (void)snprintf(others->names[others->n], sizeof others->names[0], "%02u", (unsigned)(removed + 1) % 100);
        status = simulate_other(others, &without, pool, progress, arena, error);
    }
    without.n_measures = 0;
    if (status == VG_OK && parameters->n_measures > 0 && parameters->counterfactuals >= 1) {
        (void)snprintf(others->names[others->n], sizeof others->names[0], "all");
        status = simulate_other(others, &without, pool, progress, arena, error);
    }
    return status;
}

vg_status vg_job_exercise_make(const struct vg_exercise_make_request *request, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    struct vg_exercise_parameters parameters;
    struct vg_exercise exercise;
    struct vg_exercise_run *run = NULL;
    struct vg_pool *pool = NULL;
    struct others *others = VG_ARENA_ARRAY(arena, struct others, 1);
    vg_status status = others == NULL ? vg_fail_memory(error, sizeof *others) : read_scenario(request, &parameters, error);
    if (status == VG_OK) {
        pool = vg_pool_new(request->threads);
        status = vg_exercise_simulate(&parameters, pool, request->progress, &run, error);
    }
    if (status == VG_OK)
        status = simulate_others(others, &parameters, pool, request->progress, arena, error);
    if (status == VG_OK) {
        (void)vg_progress_report(request->progress, "cases and reports", 0.55);
        status = vg_control_exercise(&parameters, vg_exercise_run_world(run), arena, &exercise, error);
    }
    if (status == VG_OK) {
        exercise.without = others->list;
        exercise.n_without = others->n;
        status = exercise_write(&exercise, request->folder, request->key_path, request->progress, answer, error);
    }
    for (size_t i = 0; others != NULL && i <= VG_EXERCISE_MEASURES_MAX; i++)
        vg_exercise_run_free(others->runs[i]);
    vg_exercise_run_free(run);
    vg_pool_free(pool);
    return status;
}
