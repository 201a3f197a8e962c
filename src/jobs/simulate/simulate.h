/*
 * scenarios of measures, run person by person (docs/scenarios.md), and the simulations that a node keeps for its page.
 */
#ifndef VG_JOBS_SIMULATE_H
#define VG_JOBS_SIMULATE_H

#include "jobs/jobs.h"

/* How far a simulation is when it answers: first from fewer people, then from the runs that are done. */
struct vg_simulate_stage {
    size_t runs_done, runs;     /* of all scenarios together */
    double people_scale;        /* below 1: coarse, so many simulated for each person */
    bool last, cancelled;
    const struct vg_answer *places; /* as the request's, with what is known by then; NULL: none were asked for */
};
struct vg_simulate_request {
    const char *const *paths;   /* scenario files; several are held against the first scenario of the first */
    size_t n_paths;
    const char *keep_folder;    /* finished runs and saved states, to go on from; NULL: none are kept */
    int64_t runs;               /* 0: the file's */
    unsigned threads;           /* 0: all processors */
    const struct vg_ranks *ranks; /* NULL: one process. Else the same call on every rank: each run is made by all of them together, and each gets the answer; no folder, no early answers */
    bool coarse;                /* answer early from a scaled-down population, where the population is large */
    double rows_max;            /* more rows than these, and only those of the first place are written; 0: no limit */
    /* NULL, or an answer that is filled with the course of all places but the first, for maps: scenario_id, target, location, horizon, q025, q50, q975 of inc inf, hosp, death and occ icu,
       where these are asked for; of more than 200 places q50 alone. Of an ensemble that was stopped before its first answer it is empty. */
    struct vg_answer *places;
    /*
     * Rules of priority for the doses of the one file's campaigns, compared (docs/doses.md): a file with columns rule, priority, and ages or group (of the scenario) or both. rules is filled: rule ("no doses" first), outcome, of a scenario with groups group (missing: everybody), runs, mean, q025, q975; averted: how much less
     * than without doses; less_than_first_rule, its range and its mean's standard error (less_error), and share_lower, the share of runs with less: all run by run, with the same draws. NULL: no rules.
     */
    const char *rules_path;
    struct vg_answer *rules;
    /* Called with every answer but the last, which vg_job_simulate returns. NULL: no early answers. */
    void (*early)(void *context, const struct vg_simulate_stage *stage, const struct vg_answer *rows, const struct vg_answer *summary);
    void *early_context;
};
/*
 * Runs the scenarios of the files (docs/scenarios.md). rows: quantiles and trajectories in the scenario hubs' columns; summary: totals, peaks and differences to the
 * first scenario with intervals; meta of both: scenarios, runs, calibration, program. A coarse answer's scenario_id says that it is one. When progress asks to stop,
 * what is done is answered with stage->cancelled, states are saved if there is a folder, and the same call goes on from there. VG_CANCELLED: stopped before any run was done.
 */
vg_status vg_job_simulate(const struct vg_simulate_request *request, const struct vg_progress *progress, struct vg_arena *arena, struct vg_answer *rows,
                          struct vg_answer *summary, struct vg_simulate_stage *stage, struct vg_error *error) VG_MUST_USE;
/* What the calibration of one file found: block by block, date, R with interval, and what else was estimated. */
vg_status vg_job_simulate_calibrate(const char *path, unsigned threads, const struct vg_progress *progress, struct vg_arena *arena, struct vg_answer *answer,
                                    struct vg_error *error) VG_MUST_USE;

/* ------------------------------------------- simulations that a node keeps */

/* How much may be asked of a node that also answers people. */
struct vg_simulation_limits {
    size_t scenarios;           /* of all texts together */
    int64_t runs;
    int32_t days;
    double persons;             /* in one world */
    double person_runs;         /* persons times runs times scenarios */
    double rows;                /* of the answer */
};
struct vg_simulation_limits vg_simulation_default_limits(void);

struct vg_simulation_scenario { const char *name, *title; double persons, ward_beds_per_100k, icu_beds_per_100k; };
/* What a few scenario texts ask for together. Memory is the arena's. */
struct vg_simulation_plan {
    size_t n_scenarios;
    struct vg_simulation_scenario *scenarios;
    int64_t seed, runs;
    int32_t start, days, step_days;
};
/*
 * Whether scenario texts from outside may be run here: they read well, name no file or folder (VG_USAGE_ERROR), stay within the limits (VG_LIMIT_EXCEEDED, with which and by how much),
 * and can be held against each other. Errors name the text's number, line and column.
 */
vg_status vg_job_simulation_plan(const char *const *texts, size_t n_texts, const struct vg_simulation_limits *limits, struct vg_arena *arena, struct vg_simulation_plan *plan,
                                 struct vg_error *error) VG_MUST_USE;
/* The same for the same texts and program, so that what was run once is not run again. */
#define VG_SIMULATION_ID_BYTES 17
void vg_job_simulation_id(const char *const *texts, size_t n_texts, char id[VG_SIMULATION_ID_BYTES]);
/*
 * An answer of vg_job_simulate as a page draws it: {"origin_date", "step_days", "scenarios": [{name, title, persons, ward_beds, icu_beds (numbers, null: no limit)}], "horizons": [...],
 * "series": [{"scenario", "target", "location", "values": {"mean": [...], "0.025": [...]}}] of the first place, all ages together, "summary": {columns, rows} of the first place, "meta": {...}}.
 * hide: text that is left out wherever it stands in the meta (a folder); NULL: none.
 */
vg_status vg_job_simulation_write(const struct vg_simulation_plan *plan, const struct vg_answer *rows, const struct vg_answer *summary, const char *hide, struct vg_buffer *json,
                                  struct vg_error *error) VG_MUST_USE;
/*
 * And its other places: {"horizons": [...], "series": [{"scenario", "target", "q025", "q50", "q975": [[...by horizon] of each location]}], "locations": [...], "summary": {columns, rows}}; q025 and q975
 * only where they are known, a number null where it is not.
 */
vg_status vg_job_simulation_write_places(const struct vg_answer *places, const struct vg_answer *summary, struct vg_buffer *json, struct vg_error *error) VG_MUST_USE;
/* Keeps it as products of the node: the documents above, and rows and summary as CSV. parameters_json names and describes it (the list shows its "name"). Open for writing. */
struct vg_simulation_found { const char *id, *parameters_json; uint64_t seed; const struct vg_buffer *document, *places; const struct vg_answer *rows, *summary; };
vg_status vg_job_simulation_keep(struct vg_store *store, const struct vg_simulation_found *found, struct vg_error *error) VG_MUST_USE;
enum vg_simulation_part { VG_SIMULATION_DOCUMENT, VG_SIMULATION_ROWS, VG_SIMULATION_SUMMARY, VG_SIMULATION_PLACES };
/* One part of what is kept; product->content is the arena's. VG_NOT_FOUND. */
vg_status vg_job_simulation_find(struct vg_store *store, const char *id, enum vg_simulation_part part, struct vg_arena *arena, struct vg_product *product, struct vg_error *error) VG_MUST_USE;
/* Newest first, without content. */
vg_status vg_job_simulation_list(struct vg_store *store, struct vg_arena *arena, struct vg_product **products, size_t *n_products, struct vg_error *error) VG_MUST_USE;
vg_status vg_job_simulation_drop(struct vg_store *store, const char *id, struct vg_error *error) VG_MUST_USE; /* VG_NOT_FOUND */

#endif
