/*
 * Makes an exercise: a scenario file, the epidemic by the engine, what would be seen of it, and the folder with both.
 */
#include "jobs/exercise/internal.h"

#include "data_embedded.h"
#include "jobs/exercise/exercise.h"

#include <stdlib.h>
#include <string.h>

#define SHIPPED "exercise.toml"

const struct vg_embedded_file *exercise_embedded(const char *name)
{
    for (size_t i = 0; i < vg_embedded_exercise_count; i++)
        if (strcmp(vg_embedded_exercise[i].name, name) == 0)
            return &vg_embedded_exercise[i];
    return NULL;
}

vg_status exercise_read_scenario(const char *path, const uint64_t *seed, struct vg_arena *arena, struct simulated_file *file, struct vg_error *error)
{
    const struct vg_embedded_file *shipped = exercise_embedded(SHIPPED);
    vg_status status;
    *file = (struct simulated_file){0};
    if (path != NULL)
        status = vg_intake_scenario_read(path, arena, &file->scenario, error);
    else if (shipped == NULL)
        status = vg_fail(error, VG_SYSTEM_ERROR, "the program was built without its exercise");
    else
        status = vg_intake_scenario_parse(SHIPPED, vg_text_of((const char *)shipped->data, shipped->size), arena, &file->scenario, error);
    if (seed != NULL)
        file->scenario.seed = (int64_t)*seed;
    const struct vg_scenario_calibration *calibration = &file->scenario.calibration;
    if (status == VG_OK && (calibration->observed != NULL || calibration->node != NULL))
        return vg_fail(error, VG_DATA_ERROR, "%s: an exercise does not start from what was observed; leave [calibration] out", file->scenario.file_name);
    return status;
}

vg_status vg_job_exercise_scenario(struct vg_arena *arena, struct vg_buffer *out, struct vg_error *error)
{
    struct simulated_file file;
    vg_status status = exercise_read_scenario(NULL, NULL, arena, &file, error);
    if (status == VG_OK)
        vg_intake_exercise_explain(&file.scenario, out);
    return status == VG_OK && out->failed ? vg_fail_memory(error, out->size) : status;
}

/* ------------------------------------------------------- the other scenarios */

static int compare_others(const void *a, const void *b)
{
    return strcmp(((const struct vg_exercise_other *)a)->name, ((const struct vg_exercise_other *)b)->name);
}

/* Each run is only needed until its courses are drawn, which stay in the arena. */
static vg_status simulate_others(struct exercise_made *made, struct vg_pool *pool, const struct vg_progress *progress, struct vg_arena *arena, struct vg_error *error)
{
    const struct vg_scenario *scenario = &made->file.scenario;
    struct vg_exercise_other *others = VG_ARENA_ARRAY(arena, struct vg_exercise_other, scenario->n_variations);
    struct vg_exercise *courses = VG_ARENA_ARRAY(arena, struct vg_exercise, scenario->n_variations);
    struct vg_exercise_world *worlds = VG_ARENA_ARRAY(arena, struct vg_exercise_world, scenario->n_variations);
    vg_status status = others == NULL || courses == NULL || worlds == NULL ? vg_fail_memory(error, scenario->n_variations * sizeof *courses) : VG_OK;
    for (size_t v = 1; v < scenario->n_variations && status == VG_OK; v++) {
        struct vg_exercise_run *run = NULL;
        status = vg_exercise_simulate(scenario, v, &made->file.facts, made->file.world, pool, progress, &run, error);
        if (status == VG_OK) {
            worlds[v] = *vg_exercise_run_world(run);
            worlds[v].countries = made->exercise.world->countries; /* the same, but these live longer */
            worlds[v].provinces = made->exercise.world->provinces;
            worlds[v].municipalities = made->exercise.world->municipalities;
            status = vg_exercise_courses(scenario, &worlds[v], arena, &courses[v], error);
            others[v - 1] = (struct vg_exercise_other){scenario->variations[v].name, &courses[v]};
        }
        vg_exercise_run_free(run);
    }
    if (status == VG_OK && scenario->n_variations > 1) {
        qsort(others, scenario->n_variations - 1, sizeof *others, compare_others);
        made->exercise.others = others;
        made->exercise.n_others = scenario->n_variations - 1;
    }
    return status;
}

vg_status exercise_make(struct exercise_made *made, bool others, struct vg_pool *pool, const struct vg_progress *progress, struct vg_arena *arena, struct vg_error *error)
{
    const struct vg_scenario *scenario = &made->file.scenario;
    (void)vg_progress_report(progress, "the population", 0);
    vg_status status = simulate_gather_facts(pool, arena, &made->file, error);
    if (status == VG_OK)
        status = vg_control_world_new(scenario, &made->file.facts, 1, pool, &made->file.world, error);
    if (status == VG_OK)
        status = vg_exercise_simulate(scenario, 0, &made->file.facts, made->file.world, pool, progress, &made->run, error);
    if (status == VG_OK) {
        (void)vg_progress_report(progress, "cases and reports", 0.5);
        status = vg_control_exercise(scenario, vg_exercise_run_world(made->run), arena, &made->exercise, error);
    }
    return status == VG_OK && others ? simulate_others(made, pool, progress, arena, error) : status;
}

void exercise_made_free(struct exercise_made *made)
{
    vg_exercise_run_free(made->run);
    vg_control_world_free(made->file.world);
    made->run = NULL;
    made->file.world = NULL;
}

vg_status vg_job_exercise_make(const struct vg_exercise_make_request *request, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    struct exercise_made *made = VG_ARENA_ARRAY(arena, struct exercise_made, 1);
    struct vg_pool *pool = NULL;
    if (made == NULL)
        return vg_fail_memory(error, sizeof *made);
    vg_status status = exercise_read_scenario(request->scenario_path, request->has_seed ? &request->seed : NULL, arena, &made->file, error);
    if (status == VG_OK)
        status = exercise_check_folder(request->folder, error); /* before the long work */
    if (status == VG_OK) {
        pool = vg_pool_new(request->threads);
        status = exercise_make(made, true, pool, request->progress, arena, error);
    }
    if (status == VG_OK)
        status = exercise_write(&made->exercise, request->folder, request->key_path, request->progress, answer, error);
    exercise_made_free(made);
    vg_pool_free(pool);
    return status;
}
