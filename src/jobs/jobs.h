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
    double reported;          /* chains: share of infections that are cases, where it is known */
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
    int64_t event, person, other; /* tracing: of this event; of this person, and this other: all */
    bool names;               /* tracing: whether the server shows names to those who ask for them: no */
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
    const char *warning;      /* what somebody should know of what was given, or of figures that are missing, in the arena; the command line tells it beside the answer, meta has it too. NULL: nothing */
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
    vg_job_pyramid, vg_job_quality, vg_job_imports, vg_job_hindcast;
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
