/*
 * jobs: the only place where the store and the analyses meet. Each job gathers facts as they were known on a day, calls the
 * pure function, and gives the answer as a table. The command line, the server and the tests call the same jobs.
 *
 * A request names the facts; a job fills `table` (columns as in docs/api.md) and `meta`, one JSON object with the things that
 * are said once (status, data version, parameters). A series that cannot be analysed is an answer with a status, not an error.
 * Threads: jobs may run at the same time on one store handle, each with its own arena.
 */
#ifndef VG_JOBS_H
#define VG_JOBS_H

#include "core/ranks/ranks.h"
#include "store/store.h"
#include "intake/intake.h"
#include "monitor/monitor.h"

/* ---------------------------------------------------------------- requests */

/* A serial interval of the user's own: n_rows equally probable distributions over lags of 0, 1, ... days. */
struct vg_given_interval {
    const double *weights;    /* [n_rows * n_weights] */
    size_t n_rows, n_weights;
    double mean_days, sd_days; /* of their mixture */
    const char *source;
};
struct vg_rt_dates { int32_t from, to; };
/* What only vg_job_rt asks for; all zero: the defaults. */
struct vg_rt_request {
    const struct vg_given_interval *interval; /* before anything published */
    const char *imported;     /* measure, or group ("category:Importado"), of the cases that came from outside; NULL: none are told */
    const struct vg_rt_dates *windows; /* instead of sliding ones */
    size_t n_windows;
    double prior_mean, prior_sd;      /* 5, 5 */
    /* Standard deviations of the error of mean and standard deviation of the serial interval (EpiEstim's uncertain_si, cut off at two of them); 0: certain */
    double serial_interval_mean_error_days, serial_interval_sd_error_days;
};
struct job_forecast_memory;
/* What only vg_job_tree_node asks for, and vg_job_introductions_node use, agreement, allowed_only and cases (docs/api.md); all zero: the whole, thinned to 10,000 leaves, for the page. */
struct vg_tree_wish {
    const char *node, *sample, *lineage; /* below a node; around a leaf; of a lineage and what descends from it by name. At most one */
    size_t tips;
    const char *form;         /* "page", "auspice", "newick", "csv" */
    const char *use, *agreement; /* for whom it is: "here", "partner", "public" */
    bool allowed_only;        /* leaves whose terms forbid it are left out instead of refusing all */
    const char *cases;        /* introductions: the dataset whose cases sequences stand for, "none"; the node's first where all are of one disease */
};

/* Which facts, for every job that answers a question. NULL, VG_DATE_NONE and 0 mean the default, written behind each. */
struct vg_plan_memory;
struct vg_request {
    const char *dataset;      /* the node's first */
    const char *measure;      /* the dataset's first; for nowcasts its first delayed one */
    const char *place;        /* code; the whole dataset */
    const char *group;        /* "all" */
    const char *level;        /* situation, places: "country", "admin1", "admin2"; the coarsest with more than one place */
    const char *parent;       /* situation: only places below this one */
    const char *disease;      /* rt: whose serial interval; parameters: only this one's. The dataset's; every one */
    int32_t as_of;            /* what is known now */
    int32_t from, to;         /* the whole span */
    int32_t step_days;        /* 1 or 7; the dataset's own */
    size_t n_delays;          /* triangle, nowcast: chosen from the data */
    size_t horizon_steps;     /* forecast: 28 days or 4 weeks */
    const char *method;       /* forecast: "ensemble" or another of vg_forecast_method_name; nowcast: "both", "ladder", "renewal", "nuts"; rt: "cori", "wallinga_teunis", "renewal", "nuts"; the first. situation: "renewal", "quick"; the model where that is little work. alarm: see docs/alarms.md */
    const char *missing_onset; /* nowcast, rt of line lists: "impute" gives cases without an onset one within the renewal model, "omit" leaves them out; the methods renewal and nuts impute */
    double serial_interval_mean_days, serial_interval_sd_days; /* rt: the disease's, from data/parameters/epidemiological.csv */
    size_t window_days;       /* rt: 7 */
    const struct vg_rt_request *rt; /* rt: none of it */
    double alpha;             /* alarm: one-sided; the method's own */
    size_t newest_steps;      /* alarm: how many of the newest steps are judged: 1; scans: the longest cluster: half of the period */
    size_t n_replicates;      /* alarm, scans: 999 */
    bool retrospective;       /* alarm, scans: clusters of any time, not only those that go on */
    int64_t alarm;            /* alarms: one of them */
    const char *alarm_state;  /* alarms: "open", "acknowledged" or "closed" */
    const char *places_path;  /* filters: a list of places (codes, populations, coordinates) that is read first */
    uint64_t seed;            /* 20210205 */
    bool hubverse;            /* quantiles in the hubverse's long form */
    bool through_time;        /* delays: by reference period instead of by delay */
    size_t n_origins;         /* hindcast: former forecasts, one horizon apart: 4 */
    size_t n_samples;         /* forecast in the hubverse's form: so many sample paths beside the quantiles: none */
    bool members;             /* forecast: the ensemble's members with their weights and past scores instead */
    bool without_renewal;     /* forecast: the ensemble does without the renewal model, as it does by itself for many series */
    const char *show, *officer, *status; /* tracing: see vg_job_tracing_served */
    const char *item;         /* stock: one item: all */
    enum vg_language language; /* stock, plan: of titles and reasons: es */
    const char *name, *what_if; /* plans: of one kept plan; see vg_job_plan_kept */
    struct vg_plan_memory *plan_memory; /* plans: the one that was asked last; NULL: none is remembered */
    int32_t day;              /* tracing: as on this day: today; stock: the ledger's newest */
    size_t most, skip;        /* tracing: rows of lists: 100, from the first */
    struct vg_tree_wish tree; /* tree */
    const struct job_forecast_memory *forecast_memory; /* forecast: what was learnt from sibling places before; NULL: learnt anew */
};
void vg_request_init(struct vg_request *request);

/* A file that is in memory: a job that takes such takes a path of that name from here. */
struct vg_given_file { const char *path; const void *data; size_t size; };

struct vg_answer {
    struct vg_table table;
    struct vg_buffer meta;    /* a JSON object */
    enum vg_series_status status; /* how the analysis of the series ended, where the job makes one */
    double n_without_onset, n_imputed; /* nowcast, rt: cases of a line list without an onset, and those that were given one */
    bool simulated;           /* of a dataset of which nothing happened */
    const char *media_type;   /* of a body that is neither JSON nor a table; NULL: it is one of these */
    char file_name[128];      /* under which it is saved; "": its route's */
};
void vg_answer_init(struct vg_answer *answer, struct vg_arena *arena);
void vg_answer_release(struct vg_answer *answer);
/*
 * Before an answer leaves as CSV or Arrow: of simulated data every row says so, in a last column "exercise" with the word in the five languages of the page. JSON
 * says it in its meta. Another answer is left as it is.
 */
#define VG_EXERCISE_MARK "EJERCICIO · EXERCÍCIO · EXERCISE · EXERCICE · 演习"
void vg_answer_mark(struct vg_answer *answer);

typedef vg_status vg_job(struct vg_store *store, const struct vg_request *request, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error);

vg_job vg_job_places, vg_job_situation, vg_job_series, vg_job_nowcast, vg_job_delays, vg_job_rt, vg_job_forecast, vg_job_triangle,
    vg_job_pyramid, vg_job_quality, vg_job_imports, vg_job_alarm, vg_job_alarms, vg_job_alarm_history, vg_job_hindcast;
/* Runs vg_job_alarm and keeps what it found (vg_store_keep_alarms); one row with how many. The store must be open for writing. */
vg_job vg_job_alarm_keep;
/* Published parameters of request->disease, or of all, with their sources. Needs no store: store may be NULL. */
vg_job vg_job_parameters;
/* Bodies that are not tables: JSON written to answer->meta, the table stays empty. */
vg_job vg_job_node;    /* what /api/v1/node says */
vg_job vg_job_shapes;  /* GeoJSON FeatureCollection of the shapes below request->parent (NULL: all) */
/*
 * What a scenario of a place of the node starts from (docs/api.md, /scenario): its parts at request->level, or at the finest level that has people for at least two of them, with names, people and
 * coordinates; the daily counts of cases, admissions and deaths of its last 400 days, as known on request->as_of; and how many beds the node knows of there. VG_DATA_ERROR where no population is known.
 */
vg_job vg_job_scenario_start;

/* ------------------------------------------------------------------ import */

struct vg_import_request {
    const char *path;                  /* "-": standard input */
    const void *data;                  /* the file's bytes where they are in memory already (path is then only its name); NULL: path is read */
    size_t data_bytes;
    struct vg_intake_options intake;   /* profiles NULL: the shipped ones and the node's own (node/profiles) */
    const char *dataset;               /* NULL: the profile's name, with the disease if the profile serves several */
    const char *title, *note;          /* NULL: the profile's */
    enum vg_data_nature nature;
    bool dry_run;
    const char *rejects_path;          /* NULL: none written */
    /* Called between reading and storing with what was understood; false: nothing is stored (VG_CANCELLED). NULL: go on. */
    bool (*confirm)(void *context, const struct vg_intake_result *read);
    void *confirm_context;
};
struct vg_import_outcome {
    struct vg_intake_result read;
    struct vg_store_import_summary stored; /* zero on a dry run */
    char dataset[128];
};
/*
 * Reads a file and takes it into the store: one transaction. On VG_NEEDS_CHOICE outcome->read.plan says what was understood so far.
 * Memory of the outcome is the arena's.
 */
vg_status vg_job_import(struct vg_store *store, const struct vg_import_request *request, struct vg_arena *arena, struct vg_import_outcome *outcome,
                        struct vg_error *error) VG_MUST_USE;

/* Makes a node in an empty folder with the shipped places. */
vg_status vg_job_init(const char *folder, struct vg_error *error) VG_MUST_USE;
/* Fills a new node with the shipped example: the simulated outbreak and the historic ones. newest: the example's last day. */
vg_status vg_job_load_example(struct vg_store *store, int32_t newest, uint64_t seed, const struct vg_progress *progress, struct vg_error *error) VG_MUST_USE;

/* ----------------------------------------------------------------- filters */

/*
 * The same analyses without a node: one file in, one table out, a status per series. The file is taken into a node in memory
 * (a folder in /dev/shm, else /tmp, gone afterwards) and the job runs over each series: every place and group that a file of counts holds; the whole
 * of a line list, or each place of request->level. Rows begin with place, group, measure, status.
 */
enum vg_filter_kind { VG_FILTER_NOWCAST, VG_FILTER_RT, VG_FILTER_FORECAST, VG_FILTER_CHECK, VG_FILTER_STATUS, VG_FILTER_SERIES, VG_FILTER_ALARM };
vg_status vg_job_filter(const char *path, enum vg_filter_kind kind, const struct vg_intake_options *options, const struct vg_request *request,
                        struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error) VG_MUST_USE;

/* ---------------------------------------------------------- serial intervals */

/* A serial interval from a file: a column weight (or probability), from lag 0 on or with a column lag; without such a column every column but lag is one of equally
 * probable distributions. Lag 0 must have none and each must sum to 1. Memory is the arena's. */
vg_status vg_job_read_interval(const char *path, struct vg_arena *arena, struct vg_given_interval *interval, struct vg_error *error) VG_MUST_USE;
/*
 * The serial interval estimated from pairs of infector and infected (vg_monitor_interval). Columns: infector_onset and infectee_onset (dates), or their ranges
 * infector_from, infector_to, infectee_from, infectee_to, or EL, ER, SL, SR in days as coarseDataTools has them.
 */
struct vg_interval_request {
    const char *path;
    const char *family;       /* gamma, lognormal, weibull, normal; NULL: several, by their probability */
    int32_t as_of;            /* pairs are those known at the end of this day, and more are to come; VG_DATE_NONE: all are known */
    bool weights;             /* answer with the distribution by lag instead of the estimates */
};
/* answer NULL: no table wanted; interval NULL: no weights. Rows by family with posterior mean, sd and their 95 % intervals, then "empirical". */
vg_status vg_job_interval(const struct vg_interval_request *request, struct vg_arena *arena, struct vg_answer *answer, struct vg_given_interval *interval,
                          struct vg_error *error) VG_MUST_USE;

/* ------------------------------------------------------------------ scores */

/*
 * How good forecasts were: anybody's files in the hubverse's long form (one row a quantile or sample) against what came. Files: CSV and kin, plain or
 * compressed. Columns of forecasts: [model_id], [reference_date | origin_date | forecast_date], [target], [horizon], target_end_date | target_date | date,
 * [location | place], [age_group | group], output_type, output_type_id, value; without model_id the file's name is the model. Of observations:
 * target_end_date | target_date | date, [location | place], [target], [age_group | group], observation | observed | value.
 */
struct vg_score_request {
    const char *const *forecast_paths;
    size_t n_forecasts;
    const char *observed_path;
    const char *by;             /* comma-separated: location, target, horizon, reference_date, target_end_date, group; NULL: by model alone */
    const char *baseline;       /* model that skill is scaled to; NULL: one whose name holds "baseline", if there is one */
    bool logarithmic;           /* scores of log(x + 1) */
    bool pit;                   /* histograms of the probability integral transform instead: output_type, from, to, density, n */
};
/* One row a model and group: n, wis, dispersion, overprediction, underprediction, crps, log_score, ae_median, bias, coverage_50, _90, _95, relative_skill,
 * scaled_skill. meta: how many forecasts had no observation. A row that cannot be read ends the job with file, line and column. */
vg_status vg_job_score(const struct vg_score_request *request, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error) VG_MUST_USE;

/* -------------------------------------------------------- effects of measures */

/*
 * What dated measures did to R, over many places (vg_control_measures; docs/measures-effects.md). R comes from counts by vg_job_rt on windows that do not overlap, or as
 * it was estimated elsewhere; measures from a file in one of three forms:
 *   wide: place, date, and a column a measure (OxCGRT's own; dates as 20200131 too);   long: place, date, measure, value;
 *   dated: place, measure, from, [to], [strength]: without `to` it goes on, on other days it is none.
 * Blank strengths are those of the day before. Places are taken by code or name.
 */
struct vg_measures_request {
    const char *counts_path;    /* counts as vg_job_filter reads them, or columns place, date, mean, sd of R (as vigia rt prints them); NULL: the store's dataset */
    const char *measures_path;
    const struct vg_intake_options *intake; /* of counts_path */
    const char *columns;        /* names with commas, each perhaps with ">=NUMBER": on or off by that; NULL: all */
    const char *show;           /* the table: "effects" (NULL), "places", "place_effects", "pairs", "sensitivity", "fit" */
    double lag_mean_days, lag_sd_days; /* from the day a measure acts to the day by which R is told; NaN: incubation of the disease and the usual delay of what is counted */
    double half_life_days;      /* of a measure's strength while it lasts; 0: it does not fade */
    size_t window_days;         /* of R, and the step of the regression: 7 */
    double least_cases;         /* in a window, below which its R is not used: 20 */
    bool random_walk;           /* the drift; else autoregressive */
    bool calendar;              /* what each month did to R everywhere is taken out */
    size_t n_draws;             /* of each of 4 chains: 500 */
    double effect_sd;           /* prior standard deviation of a measure's effect on log R: 0.5 */
    bool without_sensitivity;   /* the main regression alone */
};
#define VG_MEASURES_LIMITS_MOST 40
/* What must be said beside the numbers, in sentences: what holds of all such estimates, then what was found wrong with this one. */
struct vg_measures_limits { const char *sentences[VG_MEASURES_LIMITS_MOST]; size_t n, n_general; };
void vg_measures_request_init(struct vg_measures_request *measures);
/*
 * store NULL: counts_path. Table as measures->show says, one row a measure, place, pair or setting, reductions of R in percent; meta: fit, lag, limits. limits may be
 * NULL. Places that cannot be used have rows with a status in "places". A cell that cannot be read ends the job with file, line and column.
 */
vg_status vg_job_measures(struct vg_store *store, const struct vg_request *request, const struct vg_measures_request *measures, const struct vg_progress *progress,
                          struct vg_arena *arena, struct vg_answer *answer, struct vg_measures_limits *limits, struct vg_error *error) VG_MUST_USE;

/* --------------------------------------------------------------- exercises */

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
    struct vg_buffer *summary;  /* NULL, or where the calibration is told in lines of text; not of a file */
    const struct vg_progress *progress;
};
vg_status vg_job_exercise_score(const struct vg_exercise_score_request *request, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error) VG_MUST_USE;

/* -------------------------------------------------------------- scenarios */

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
     * Rules of priority for the doses of the one file's campaigns, compared (docs/doses.md): a file with columns rule, priority, ages. rules is filled: rule ("no doses" first), outcome, runs, mean, q025, q975; averted: how much less
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

/* -------------------------------------------------------------- benchmarks */

struct vg_bench { const char *name, *summary; };
extern const struct vg_bench vg_benches[]; /* ends with a name of NULL */
struct vg_bench_request {
    const char *name;
    size_t n_series;        /* monitor, exposure: 0: as many as the benchmark is meant for */
    unsigned threads;       /* monitor, exposure: of the second measurement, the first is with one; 0: all processors. simulate: 0: one */
    bool without_peers;
    size_t n_people;        /* simulate: of the first wave, or of the task asked for; genomes: leaves of the largest tree; 0: its own number */
    const char *only;       /* simulate: "wave", "years", "tracing" or "exact"; genomes: "align" or "place"; NULL: all */
};
/*
 * "simulate": a row a task: task, people, threads, days, infections, doses, quarantined, population_cpu_seconds, cpu_seconds (user and system, without the population), system_seconds,
 * wall_seconds, infections_per_cpu_second, peak_bytes (of the task's own process, by the operating system), bytes_per_person, peer, peer_infections_per_cpu_second, ratio, bar, instructions,
 * cycles, cache_misses, branch_misses (empty where the kernel does not let them be counted), contacts, challenges, limit.
 * "monitor": series made here through the analyses. A row a task and number of threads: task, threads, series, seconds, series_per_second, peer, peer_series, peer_seconds,
 * peer_series_per_second, ratio (ours per second by the peer's), largest_difference (of the compared number, relative), limit. A peer that is not installed is named
 * with the reason. "genomes": task, n, cpu_seconds, per_cpu_second, memory_bytes, peer, peer_per_cpu_second, ratio, bar, held, limit. "tracing": a node of n_series contacts (a million): task, n, mean_ms, worst_ms (of the processor), worst_clock_ms, bar_ms, held, what. "exposure" has columns of its own: task, threads, keys, seconds, cpu_seconds, keys_per_cpu_second, ratio (to the reference's way), limit. progress may be NULL.
 */
vg_status vg_job_bench(const struct vg_bench_request *request, const struct vg_progress *progress, struct vg_arena *arena, struct vg_answer *answer,
                       struct vg_error *error) VG_MUST_USE;

/* --------------------------------------------------------------- products */

/*
 * Runs the situation of every dataset of which none is kept that this program made from these data, and keeps it as products (as the page first asks for it, and the row of the
 * whole), so that the first view is ready and can be traced. By the model up to 10,000 places, as nobody waits. To be called after whatever changes the data; datasets of which there is no situation are passed over.
 */
vg_status vg_job_refresh_products(struct vg_store *store, int32_t as_of, const struct vg_progress *progress, struct vg_error *error) VG_MUST_USE;
/*
 * What vg_job_situation answers to the request with method "renewal" as JSON, byte for byte, where it is kept and still holds: of the data as they are, made by this program. Else, and where the
 * request or the node is at fault, *found is false and json untouched: ask the job. Costs a look-up.
 */
vg_status vg_job_kept_situation(struct vg_store *store, const struct vg_request *request, struct vg_buffer *json, bool *found, struct vg_error *error) VG_MUST_USE;

#endif
