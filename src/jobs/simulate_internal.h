/*
 * Private to the jobs that simulate: a scenario's file with the facts that it names, what is kept on disk, and the course of transmission found from data.
 */
#ifndef VG_JOBS_SIMULATE_INTERNAL_H
#define VG_JOBS_SIMULATE_INTERNAL_H

#include "jobs/jobs_internal.h"

#include "control/scenario/scenario.h"
#include "intake/scenario/scenario.h"

/* One file, everything that its names stand for. Memory is the arena's, but for the worlds. */
struct simulated_file {
    struct vg_scenario scenario;
    struct vg_municipality_list municipalities;
    struct vg_age_pyramid pyramid;
    struct vg_household_sizes households;
    struct vg_contact_matrices contacts;
    struct vg_commuting commuting, travel;
    struct vg_disease_facts disease;
    struct vg_vaccines vaccines;
    struct vg_scenario_facts facts;
    uint64_t tables_hash;              /* of the bytes of all files that the scenario names */
    struct vg_scenario_world *world;
    struct vg_scenario_layout layout;
    struct vg_calibration *calibration; /* NULL: none */
};
/* Reads the scenario and the tables that it names; or only these, where the scenario was read and all else of the file is zero. */
vg_status simulate_gather_facts(struct vg_pool *pool, struct vg_arena *arena, struct simulated_file *file, struct vg_error *error);
vg_status simulate_gather(const char *path, struct vg_pool *pool, struct vg_arena *arena, struct simulated_file *file, struct vg_error *error);

/*
 * Finds histories of the file's epidemic from what it says was observed, one for each of n_runs (0: for a table of what was found alone), and sets today. The world is made by
 * then. stop, if not NULL, is asked between days.
 */
struct simulate_stop { bool (*asked)(void *context); void *context; };
vg_status simulate_calibrate(struct simulated_file *file, size_t n_runs, struct vg_pool *pool, const struct simulate_stop *stop, struct vg_arena *arena, struct vg_error *error);

/* -------------------------------------------------------------------- kept */

/* A folder of finished runs and saved states, one file each, named by what the run rests on, so that nothing stale is ever taken. */
struct simulate_keep { const char *folder; }; /* NULL: nothing is kept */
/* Of everything that a run's figures follow from: the scenario in full but for its titles, numbers of runs, quantiles and other scenarios; its tables; the program. */
uint64_t simulate_run_hash(const struct simulated_file *file, size_t variation, double people_scale, struct vg_error *error);
vg_status simulate_keep_open(const struct simulate_keep *keep, struct vg_error *error); /* makes the folder */
bool simulate_keep_load(const struct simulate_keep *keep, uint64_t hash, size_t run, uint32_t *values, size_t n_values);
vg_status simulate_keep_store(const struct simulate_keep *keep, uint64_t hash, size_t run, const uint32_t *values, size_t n_values, struct vg_error *error);
/* A state being written beside the old one and put in its place when whole, or being read. */
struct simulate_state { char path[1024], temporary[1088]; FILE *file; bool failed; };
void simulate_state_name(const struct simulate_keep *keep, uint64_t hash, size_t run, struct simulate_state *state);
bool simulate_state_begin(struct simulate_state *state);
bool simulate_state_write(struct simulate_state *state, const void *data, size_t size);
bool simulate_state_end(struct simulate_state *state);
bool simulate_state_open(struct simulate_state *state); /* false: there is none */
bool simulate_state_read(struct simulate_state *state, void *data, size_t size);
void simulate_state_close(struct simulate_state *state);
void simulate_state_remove(const struct simulate_state *state);

#endif
