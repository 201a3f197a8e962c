/*
 * intake/scenario: the file in which a simulation or an exercise is described (docs/scenarios.md, docs/exercise.md). Plain text in a part of TOML; every key has a default or is asked for, an
 * unknown key is an error that names its line and the nearest known one.
 */
#ifndef VG_INTAKE_SCENARIO_H
#define VG_INTAKE_SCENARIO_H

#include "model/scenario/scenario.h"

/* file_name: for messages, and where relative paths start. All memory is the arena's. Errors (VG_DATA_ERROR) name file, line and column. */
vg_status vg_intake_scenario_parse(const char *file_name, struct vg_text text, struct vg_arena *arena, struct vg_scenario *scenario, struct vg_error *error) VG_MUST_USE;
vg_status vg_intake_scenario_read(const char *path, struct vg_arena *arena, struct vg_scenario *scenario, struct vg_error *error) VG_MUST_USE;
/* A complete file that runs: every key with what it means, those that may be left out commented out with their default. */
void vg_intake_scenario_example(struct vg_buffer *out);
/* The scenario in full, defaults included, as a file that reads back the same: what an answer rests on. Without the sections that only exercises have. */
void vg_intake_scenario_print(const struct vg_scenario *scenario, struct vg_buffer *out);
/* An exercise in full, with these and without what only simulations have (output, calibration). */
void vg_intake_exercise_print(const struct vg_scenario *scenario, struct vg_buffer *out);
/* The same with every key's meaning, what has its default commented out. */
void vg_intake_exercise_explain(const struct vg_scenario *scenario, struct vg_buffer *out);
/* A path of the scenario's, as it is if absolute, else from the scenario's folder. NULL when out of memory. */
const char *vg_intake_scenario_path(const struct vg_scenario *scenario, const char *path, struct vg_arena *arena);

#endif
