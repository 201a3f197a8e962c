/*
 * Private to exercise: from a scenario's world to that of an exercise.
 */
#ifndef VG_EXERCISE_WORLD_H
#define VG_EXERCISE_WORLD_H

#include "control/exercise/internal.h"

/* Fills countries, provinces and municipalities; first: of the population's persons. Memory: arena. */
vg_status exercise_places(const struct vg_scenario *scenario, const struct vg_municipality_list *list, const uint32_t *first, struct vg_arena *arena,
                          struct vg_exercise_world *world, struct vg_error *error);

#endif
