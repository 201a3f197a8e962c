/*
 * Private to the jobs that simulate: a scenario's file with the facts that it names, what is kept on disk, and the course of transmission found from data.
 */
#ifndef VG_JOBS_SIMULATE_INTERNAL_H
#define VG_JOBS_SIMULATE_INTERNAL_H

#include "jobs/jobs_internal.h"

#include "control/scenario/scenario.h"
#include "intake/scenario/scenario.h"
#include "jobs/simulate/simulate.h"

#include <pthread.h>
#include <stdatomic.h>

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
    struct vg_scenario_layout layout;  /* as asked for */
    struct vg_scenario_layout days;    /* as runs are recorded: by day, with what triggers look at */
    uint32_t *place_in_days;           /* [layout.n_places] */
    struct vg_calibration *calibration; /* NULL: none */
};
/* Reads the scenario and the tables that it names; or only these, where the scenario was read and all else of the file is zero. */
vg_status simulate_gather_facts(struct vg_pool *pool, struct vg_arena *arena, struct simulated_file *file, struct vg_error *error);
vg_status simulate_gather(const char *path, struct vg_pool *pool, struct vg_arena *arena, struct simulated_file *file, struct vg_error *error);

/*
 * Finds histories of the file's epidemic from what it says was observed, one for each of n_runs (0: for a table of what was found alone), and sets today. The world is made by
 * then. stop, if not NULL, is asked between days.
 */
struct simulate_stop { bool (*asked)(void *context); void (*expect)(void *context, double days) /* at most so many, when that is known */; void *context; };
vg_status simulate_calibrate(struct simulated_file *file, size_t n_runs, struct vg_pool *pool, const struct simulate_stop *stop, struct vg_arena *arena, struct vg_error *error);

/* What a node knows of a place, by day. Counts of a week are spread evenly over it. */
struct simulate_counts {
    int32_t from;                      /* day of the first; VG_DATE_NONE: there are none */
    size_t n_days;
    double *counts[VG_OBSERVED_KINDS]; /* [n_days] NaN where nothing is reported; NULL: not observed */
    const char *measures[VG_OBSERVED_KINDS]; /* from which; NULL */
};
/* Of the request's dataset and place, as of its day. Of several measures of a kind the one by date of report, which is complete; where there is only one by date of event the newest days are left out. */
vg_status simulate_node_counts(struct vg_store *store, const struct vg_request *request, struct vg_arena *arena, struct simulate_counts *out, struct vg_error *error);

/* -------------------------------------------------------------------- kept */

/* A folder of finished runs and saved states, one file each, named by what the run rests on, so that nothing stale is ever taken. */
struct simulate_keep { const char *folder; }; /* NULL: nothing is kept */
/* Of everything that a run's figures follow from: the scenario in full but for its titles, numbers of runs, quantiles and other scenarios; its tables; the program. */
uint64_t simulate_run_hash(const struct simulated_file *file, size_t variation, double people_scale, struct vg_arena *arena, struct vg_error *error);
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

/* -------------------------------------------------------------------- runs */

struct simulation {
    const struct vg_simulate_request *request;
    const struct vg_progress *progress;
    struct vg_arena *arena;
    struct vg_pool *pool;
    struct simulate_keep keep;
    struct simulated_file *files;
    size_t n_files, n_scenarios, n_runs;
    size_t *file_of, *variation_of;    /* [n_scenarios] */
    const char **names;                /* [n_scenarios] */
    uint64_t *hashes;                  /* [n_scenarios] */
    uint32_t **values;                 /* [n_scenarios * n_runs] NULL until finished */
    double people_scale;
    pthread_mutex_t lock;              /* of progress and of the first error */
    atomic_bool stop;
    atomic_llong days_done;
    double days_all;                   /* of everything that is to be run in this stage */
    const char *doing;
    vg_status status;                  /* of the first run that failed */
    struct vg_error *error;
};

/* What is noted of a run for each place of the layout, behind its values. */
enum { SIMULATE_FIRST_WITHOUT_WARD, SIMULATE_FIRST_WITHOUT_ICU /* day since the origin, or SIMULATE_NEVER */, SIMULATE_RESTRICTION /* thousandths of a day, a person */, SIMULATE_NOTES };
#define SIMULATE_NEVER UINT32_MAX
/* The scenario as one of its variations has it: its own beds, and of the named imports its own. */
vg_status simulate_variation(const struct vg_scenario *scenario, size_t variation, struct vg_arena *arena, struct vg_scenario *own, struct vg_error *error);
/* Both layouts of a file whose world is made. */
vg_status simulate_layouts(struct simulated_file *file, struct vg_arena *arena, struct vg_error *error);
size_t simulate_kept_values(const struct simulated_file *file); /* of a run, with its notes */
/* One run into s->values, or the first failure into s->status; one that was stopped leaves nothing. Safe to call for several at once. */
void simulate_run(struct simulation *s, size_t scenario, size_t run, struct vg_pool *pool);
/* Progress is told by whoever comes when nobody else does. */
void simulate_tell(struct simulation *s);
/* Who gets doses first, by the rules of a file: a scenario for each of them, after one without doses; and what comes of them. */
vg_status simulate_rules_expand(const char *path, struct vg_scenario *scenario, struct vg_arena *arena, struct vg_error *error);
vg_status simulate_rules_answer(const struct simulation *s, struct vg_answer *rules);
/* The course of all places but the first. */
vg_status simulate_places(const struct simulation *s, struct vg_answer *places);
/* What the finished runs say. */
vg_status simulate_answer(const struct simulation *s, const struct vg_simulate_stage *stage, struct vg_answer *rows, struct vg_answer *summary);

#endif
