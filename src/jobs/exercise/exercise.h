/*
 * exercises: an outbreak with known truth is made, released day by day as a ministry would see it, and estimates are held against the truth (docs/exercise.md).
 */
#ifndef VG_JOBS_EXERCISE_H
#define VG_JOBS_EXERCISE_H

#include "jobs/jobs.h"

/*
 * A folder of an exercise: manifest.json; observed/ with the feeds as CSV; truth/ with the tables of the truth, sealed with the controller's key
 * (docs/exercise.md). All files follow from scenario and seed, but for the seals, which are different each time.
 */
struct vg_exercise_make_request {
    const char *scenario_path;  /* NULL: the shipped exercise */
    const char *folder;         /* new or empty */
    const char *key_path;       /* of the controller; NULL: the truth lies open (for statistics over many exercises) */
    bool has_seed;
    uint64_t seed;              /* in the scenario's place, with has_seed */
    unsigned threads;           /* 0: all processors */
    const struct vg_progress *progress;
};
/* The shipped exercise, each key with its meaning: a file that can be changed and made. */
vg_status vg_job_exercise_scenario(struct vg_arena *arena, struct vg_buffer *out, struct vg_error *error) VG_MUST_USE;
/* A row a table: bundle, table, rows, bytes, sha256. */
vg_status vg_job_exercise_make(const struct vg_exercise_make_request *request, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error) VG_MUST_USE;

struct vg_exercise_release_request {
    const char *folder;
    int32_t day;                /* what was published by the end of this day */
    const char *to;             /* new or empty folder */
    const char *key_path;       /* signs the release; NULL: unsigned */
    bool fasta;                 /* whole sequences too, not only their differences from the reference: genomes-DAY.fasta, 30 kB each */
};
/* Files NAME-DAY.csv, as vigia import takes them, with a manifest. A table that is not as its manifest says is VG_DATA_ERROR. A row a table: table, rows, sha256. */
vg_status vg_job_exercise_release(const struct vg_exercise_release_request *request, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error) VG_MUST_USE;
/* The truth into a folder, for the debriefing. A row a table as above. */
vg_status vg_job_exercise_unseal(const char *folder, const char *key_path, const char *to, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error) VG_MUST_USE;

/*
 * Estimates as of chosen days against the truth. subject: a node that loaded the releases; a file of quantiles in the hubverse's long form
 * (target "infections", "onsets", "cases_onset", "cases_report", "rt" or "rt_onset"; answered as vg_job_score does); NULL: a node is made here and every release loaded. Rows: what (nowcast, rt,
 * forecast, alarm), level, days (lag or horizon), n, without (series that were not estimated), coverage_50, coverage_90, coverage_95, wis, wis_baseline (mean
 * over those estimates that it tells of, too), relative_wis (over the same), bias, mean_error, relative_error (mean absolute error over mean truth),
 * days_to_detection (median), mean_days_to_detection, false_alarms (share of days); of chains: right, right_baseline, mean_support, log_score and log_score_baseline
 * (bits); of plans: needed, unmet, unmet_nothing_moves, unmet_best (by a plan that knows what comes; place-days). Baselines: counts as they stood for nowcasts, R of cases by report for R, the
 * forecast hubs' for forecasts. meta: {"summary": what a person reads}.
 */
struct vg_exercise_score_request {
    const char *folder, *key_path, *subject;
    const int32_t *days;        /* NULL: eight, evenly spread */
    size_t n_days;
    const char *method;         /* of nowcast and rt, as in vg_request; NULL: their defaults */
    const char *only;           /* "nowcast", "rt", "forecast", "alarm", "chains", "genomes", "demand" or "plan" alone; NULL: all. Not of a file */
    double reported;            /* share of infections that are cases, told to chains; 0: they find it */
    struct vg_buffer *summary;  /* NULL, or where the calibration is told in lines of text; not of a file */
    const struct vg_progress *progress;
};
vg_status vg_job_exercise_score(const struct vg_exercise_score_request *request, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error) VG_MUST_USE;

#endif
