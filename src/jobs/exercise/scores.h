/*
 * Private to the jobs of exercises: how estimates stood against the truth, as sums that can be added up over days, places and whole exercises. What is added is one
 * cluster: its estimates hang together, so how sure a coverage is follows from how much it differs between clusters.
 */
#ifndef VG_EXERCISE_SCORES_H
#define VG_EXERCISE_SCORES_H

#include "jobs/exercise/internal.h"

#define EXERCISE_SCORES_MAX 128
#define EXERCISE_DELAY_DAYS 400 /* of a detection; later ones count as so late */

enum exercise_interval { EXERCISE_INTERVAL_50, EXERCISE_INTERVAL_90, EXERCISE_INTERVAL_95, EXERCISE_INTERVALS };

/* Sums over infectors that were named, or cases that were asked about: probabilities given, how often right, and -log2 of the probability that the truth was given. */
struct exercise_links { double n, support, right, right_baseline, bits, bits_baseline; };

/* Sums over plans, units times periods: what was needed in truth, and what of it stayed unmet by the plan, with nothing moved, and by the plan of who knows the truth. */
struct exercise_plans { double n, needed, unmet, unmet_nothing, unmet_best; };

/* One row: a kind of estimate, a level of places, and days before (lag) or after (ahead) the day of the estimate. Names live for ever. */
struct exercise_score {
    const char *what, *level, *days;
    struct vg_score_tally scores;           /* of the estimates */
    double inside[EXERCISE_INTERVALS];      /* how many intervals held; of counts, which may stand on an interval's edge, by parts (vg_monitor_pit_of_count) */
    double difference, truth;               /* sums of median - truth, of truth */
    size_t n_paired;                        /* those that the baseline tells of, too, and the sums of both over them */
    double wis_paired, wis_baseline;
    size_t without;                         /* series that were not estimated; beginnings that no alarm told of */
    size_t n_clusters;                      /* sums over them of (inside)^2, inside * n, n^2: the variance of a ratio */
    double inside_squared[EXERCISE_INTERVALS], inside_times_n[EXERCISE_INTERVALS], bias_squared, bias_times_n, n_squared;
    bool only_95;                           /* estimates that come with one interval, and no quantiles */
    struct exercise_links links;            /* chains */
    struct exercise_plans plans;
    size_t n_detected, n_days, n_alarm_days; /* alarms: beginnings told of; days without cause for one, and with one all the same */
    uint32_t detected_after[EXERCISE_DELAY_DAYS];
};
struct exercise_scores { struct exercise_score rows[EXERCISE_SCORES_MAX]; size_t n_rows; };

/* The row of these names, a new one of zeros where there is none yet. At most EXERCISE_SCORES_MAX. */
struct exercise_score *exercise_scores_row(struct exercise_scores *scores, const char *what, const char *level, const char *days);
/* An estimate as quantiles[VG_QUANTILE_COUNT], one that was not made (NaN) is not counted; the baseline's quantiles, or NULL. is_count: of whole numbers. */
void exercise_score_take(struct exercise_score *row, const double *quantiles, const double *baseline, bool is_count, double truth);
/* All rows of `one` into those of the same names, as one cluster. */
void exercise_scores_add(struct exercise_scores *sum, const struct exercise_scores *one);

double exercise_score_coverage(const struct exercise_score *row, enum exercise_interval interval); /* NaN where nothing was estimated */
/* Its standard error: between clusters (linearised variance of a ratio), at least as if all estimates were independent; NaN with fewer than two clusters. */
double exercise_score_coverage_error(const struct exercise_score *row, enum exercise_interval interval);
double exercise_score_bias_error(const struct exercise_score *row); /* standard error of the mean bias, between clusters */
double exercise_score_relative_wis(const struct exercise_score *row);
/* In two or three words whether intervals held as often as they should: "as sure as they should be", "too sure", "too careful", ... */
const char *exercise_score_verdict(const struct exercise_score *row);

/* Columns as vg_job_exercise_score describes them. */
void exercise_scores_table(const struct exercise_scores *scores, struct vg_table *table);
/* What a person reads: a block a kind of estimate, a line a row. clusters: what the sums were added up from, as "days". */
void exercise_scores_summary(const struct exercise_scores *scores, const char *clusters, struct vg_buffer *out);

/* ------------------------------------------------------------------ judges */

/* One estimate that was scored; baseline is NULL where it does not tell of the date. */
struct exercise_judged { const char *what, *level, *place; int32_t day, date; double truth; const double *quantiles, *baseline; };

struct exercise_judging {
    struct vg_store *store;
    const struct exercise_folder *folder; /* its feeds, of which chains are asked; NULL: they are not judged */
    const char *only;              /* one of exercise_judge's kinds; NULL: all */
    const char *dataset, *method;  /* of nowcast and R; NULL: their defaults */
    double reported;               /* share of infections that are cases, told to chains; 0, NAN: they find it */
    const struct exercise_truth *truth;
    const int32_t *days;           /* [n_days] as of which estimates are asked for */
    size_t n_days;
    int32_t alarm_step_days;       /* alarms are asked for on every such day of the exercise, 1: on each */
    void (*each)(void *context, const struct exercise_judged *judged); /* NULL, or told of every estimate by date */
    void *context;
    const struct vg_progress *progress;
    struct vg_error *error;
};
/* All kinds of estimates against the truth, or one of "nowcast", "rt", "forecast", "alarm", "chains", "genomes", "demand", "plan"; each day is a cluster. */
vg_status exercise_judge(const struct exercise_judging *judging, struct vg_arena *arena, struct exercise_scores *scores);

vg_status exercise_judge_known(const char *only, struct vg_error *error); /* VG_USAGE_ERROR: there is no such kind */
bool exercise_judge_asks_node(const char *only);

/* "country", "admin1"; NULL: what lies below, of which estimates are not judged. */
const char *exercise_level_of(const struct exercise_truth *truth, size_t place);
/* Patients in the beds of provinces and the country: rows "demand_ward" and "demand_icu". Asks no node. */
vg_status exercise_judge_demand(const struct exercise_judging *judging, struct vg_arena *arena, struct exercise_scores *scores);
/* Places of intensive care shared between the provinces of a country by these forecasts: rows "plan_icu". Asks no node. */
vg_status exercise_judge_plan(const struct exercise_judging *judging, struct vg_arena *arena, struct exercise_scores *scores);

/* The true R of infections in the week around a day, and of onsets in the week that ends with it; NaN where too few are infectious. */
double exercise_rt_of_infections(const struct exercise_truth *truth, size_t place, int32_t date);
double exercise_rt_of_onsets(const struct exercise_truth *truth, size_t place, int32_t date);

/* ------------------------------------------------------------------- scoring */

/* A node of its own takes a release a week and one on each of the days, and is asked; judging's store and dataset are filled in here. */
vg_status exercise_score_releases(const struct exercise_folder *folder, struct exercise_judging *judging, struct vg_arena *arena, struct exercise_scores *scores);
/* So many days, evenly spread, beginning when there is something to estimate and ending when its truth can be told. VG_DATA_ERROR: too short for that. */
vg_status exercise_score_days(const struct exercise_folder *folder, size_t n_days, int32_t *days, struct vg_error *error);

#endif
