/*
 * Private to jobs: what the jobs share. A context holds one request made definite (dataset, measure, filter found and
 * checked); the helpers write the columns and meta fields that several answers have in common.
 */
#ifndef VG_JOBS_INTERNAL_H
#define VG_JOBS_INTERNAL_H

#include "jobs/jobs.h"
#include "model/genome_terms/genome_terms.h"
#include "monitor/renewal/renewal.h"
#include "jobs/measures_effect/measures_effect.h"

/* A request with its defaults filled in. Text lives in the request, the arena or static tables. */
struct job_context {
    struct vg_store *store;
    const struct vg_request *request;
    struct vg_arena *arena;
    struct vg_answer *answer;
    struct vg_error *error;
    struct vg_dataset dataset;
    const struct vg_measure **measures;
    size_t n_measures;
    const struct vg_measure *measure;
    struct vg_cube_filter filter;
    int32_t as_of;         /* the request's, or the newest day that the dataset knows of */
    int32_t step_days;
    uint32_t place;        /* VG_PLACE_NONE: the whole dataset */
    const double *undated; /* [n_undated] cases without an onset by report step of the triangle, once job_undated has counted them */
    size_t n_undated;
};

enum job_measure_choice { JOB_ANY_MEASURE, JOB_DELAYED_MEASURE };
/* Finds dataset and measure, checks the place, and fills the filter. Errors name what there is. */
vg_status job_context_open(struct job_context *context, struct vg_store *store, const struct vg_request *request, struct vg_arena *arena,
                           struct vg_answer *answer, enum job_measure_choice choice, struct vg_error *error);

/* meta is one JSON object built field by field. */
void job_meta_begin(struct job_context *context);   /* {"data_version":...,"as_of":...,"dataset":...,"measure":...,"place":...,"group":... */
void job_meta_text(struct vg_buffer *meta, const char *name, const char *value);
/* One more thing that the command line tells beside the answer. */
void job_warn(struct vg_answer *answer, struct vg_arena *arena, const char *format, ...) VG_PRINTF(3, 4);
/* "limits":[...] in a meta that is begun or still empty; the caller closes it. */
void job_meta_limits(struct vg_buffer *meta, const struct vg_measures_limits *limits);
/* Tracing is of no dataset: it is invented where all else is. */
bool job_is_invented(const struct vg_dataset *datasets, size_t n);
void job_meta_date(struct vg_buffer *meta, const char *name, int32_t date);
void job_meta_number(struct vg_buffer *meta, const char *name, double value);
void job_meta_end(struct job_context *context);     /* } and checks that nothing ran out of memory */
vg_status job_finish(struct job_context *context);  /* job_meta_end, then VG_OK or out of memory */

/* Columns of the quantile levels: q025, q05, ..., q975. */
void job_add_quantile_columns(struct vg_table *table);
void job_quantile_cells(struct vg_table *table, const double *quantiles); /* [VG_QUANTILE_COUNT] */
/* The hubverse's long form of a quantile series: columns, then rows of one series. */
void job_add_hubverse_columns(struct vg_table *table);
void job_hubverse_rows(struct vg_table *table, struct job_context *context, int32_t reference_date, int32_t target_date, int32_t horizon, const double *quantiles);

/* Serial interval of the dataset's disease, or the request's. source says where it is from. */
struct job_serial_interval { double mean_days, sd_days; const char *source; const struct vg_given_interval *given; }; /* given: weights of the user's own, or NULL */
vg_status job_serial_interval(struct job_context *context, struct job_serial_interval *out);
/* Incubation period of the dataset's disease, or the request's; VG_NOT_FOUND where none is published. */
struct job_incubation { double mean_days, sd_days; const char *source; };
vg_status job_incubation(struct job_context *context, struct job_incubation *out);

/* The request's series as a matrix of one row: its place, or VG_PLACE_NONE for the whole dataset. */
vg_status job_whole_matrix(struct job_context *context, struct vg_series_matrix *matrix);
/* The series of every place at one level: the coarsest with several places, else the finest with any; or the one asked for. Data that name no place: the whole. */
vg_status job_choose_matrix(struct job_context *context, struct vg_series_matrix *matrix, enum vg_place_level *level);

/* For whom an answer about genomes is: wish->use (NULL: it stays here); VG_USAGE_ERROR where there is no such use, or an agreement without a partner. */
vg_status job_wish_use(const struct vg_tree_wish *wish, enum vg_genome_use *use, struct vg_error *error);

/* The column of that name, or NULL. */
const struct vg_column *job_column(const struct vg_table *table, const char *name);

/* The delays of moving windows of the triangle's reference dates as the answer's table; all: of the whole triangle. */
vg_status job_delays_through_time(struct job_context *context, const struct vg_triangle *triangle, const struct vg_delay_estimate *all);

/* To so many significant digits, whole numbers left as they are where told to: what more a double holds is noise, and weighs on bad networks. */
double job_rounded(double value, int digits, bool keep_whole);

/* A negative day is a correction of days that nobody names: for Rt it is taken as not reported. Returns how many there were. */
size_t job_drop_negative(double *values, size_t n);

/* The renewal model's parameters for the request's measure. VG_DATA_ERROR where no generation interval is known for the disease, or of a stock. */
vg_status job_renewal_parameters(struct job_context *context, struct vg_renewal_parameters *parameters);
/* What is wanted of the renewal model; zero: one step ahead, 400 draws, the fast way, cases without an onset left out. */
struct job_renewal_wish { size_t forecast_steps, n_draws; bool sampler, impute; };
/* Counts the cases without an onset beside the triangle of those with one, for the model and the answer. */
vg_status job_undated(struct job_context *context, const struct vg_triangle *triangle);
/* Whether cases without an onset are to be given one: what the request says, else whether the model is asked for by name. */
vg_status job_wants_imputation(const struct job_context *context, bool by_model, bool *impute);
void job_undated_meta(struct job_context *context);
/*
 * The renewal model of the request's series in the context's arena. triangle NULL: the request's own, or its counts as they are. VG_DATA_ERROR where
 * no generation interval is known for the disease.
 */
vg_status job_renewal(struct job_context *context, const struct vg_triangle *triangle, const struct job_renewal_wish *wish, struct vg_renewal_estimate *out);
void job_renewal_meta(struct vg_buffer *meta, const struct vg_renewal_estimate *estimate); /* ,"renewal":{its hyperparameters and how it went} */
/* The model run forward, at the hubs' levels, with the first n_paths of its draws as paths; of the steps after the newest known one. */
vg_status job_forecast_renewal(struct job_context *context, size_t n_steps, size_t n_paths, struct vg_forecast *out);
/* The whole answer of R by the renewal model. */
vg_status job_rt_renewal(struct job_context *context, bool sampler);
/* One series among many: NULL place is the whole. */
struct job_series_key { const char *place, *group, *measure; };
/*
 * One job over many series on all processors; the answers below each other in the keys' order with place, group, measure and status in front. A series that
 * fails gets a row that says so, after the others; only a failing machine, or all series failing, ends it all.
 */
vg_status job_each_series(struct vg_store *store, const char *dataset, vg_job *job, const struct vg_request *request, const struct job_series_key *keys,
                          size_t n_keys, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error);

/* A file taken into a node of its own in memory, for analyses without a node; path NULL: only the shipped places. After VG_OK it must be closed. */
#define JOB_FOLDER_BYTES 512
struct job_file_node { char folder[JOB_FOLDER_BYTES]; struct vg_store *store; };
vg_status job_open_file(const char *path, const char *places_path, const struct vg_intake_options *options, struct vg_arena *arena, struct job_file_node *node,
                        struct vg_error *error);
void job_close_file(struct job_file_node *node);
/* The series of a dataset that an analysis can be done with: every place and group of counts, the whole of a line list or each place of request->level. */
vg_status job_list_series(struct vg_store *store, const struct vg_dataset *dataset, enum vg_filter_kind kind, const struct vg_request *request,
                          struct vg_arena *arena, struct job_series_key **keys, size_t *n_keys, struct vg_error *error);

/* Why a row of a file was not taken; column "": none of its cells is to blame. And a list of them as the CSV that --rejects asks for: line, column, value, reason. */
struct job_reject { uint64_t line; const char *column; struct vg_text value; const char *reason; };
vg_status job_write_rejects(const char *path, const struct job_reject *rejects, size_t n, struct vg_arena *arena, struct vg_error *error);

/* The file of that path among those in memory, else on disk. */
vg_status job_open_reader(const char *path, const struct vg_given_file *files, size_t n_files, struct vg_reader **reader, struct vg_error *error);

/* The triangle of the request's facts, with what a nowcast of it needs. */
vg_status job_triangle(struct job_context *context, struct vg_triangle *triangle);

/* A folder in memory (else on disk) for a node that lives as long as one job, and its end with all that is in it. */
#define JOB_FOLDER_BYTES 512
vg_status job_scratch_folder(char folder[JOB_FOLDER_BYTES], struct vg_error *error);
void job_remove_folder(const char *folder);

#endif
