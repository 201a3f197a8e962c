/*
 * Private to the jobs of exercises: the folder on disk, sealed or open, and its manifests.
 */
#ifndef VG_EXERCISE_JOBS_H
#define VG_EXERCISE_JOBS_H

#include "jobs/jobs_internal.h"
#include "jobs/simulate/internal.h"
#include "control/exercise/exercise.h"

#define EXERCISE_PATH_BYTES 4096

/* A file of data/exercise that the program carries, or NULL. */
struct vg_embedded_file;
const struct vg_embedded_file *exercise_embedded(const char *name);
/* The scenario of a file, or the shipped one where path is NULL; with a seed over its own. Everything else of the file is zero. */
vg_status exercise_read_scenario(const char *path, const uint64_t *seed, struct vg_arena *arena, struct simulated_file *file, struct vg_error *error);

/* An exercise that was simulated, in memory. */
struct exercise_made {
    struct simulated_file file;
    struct vg_exercise_run *run;
    struct vg_exercise exercise;
};
/*
 * Simulates what happens (the first of the file's scenarios) and draws what is seen of it; file->scenario was read. To be freed also after a failure. With
 * `others`, the file's further scenarios are simulated, too.
 */
vg_status exercise_make(struct exercise_made *made, bool others, struct vg_pool *pool, const struct vg_progress *progress, struct vg_arena *arena, struct vg_error *error);
void exercise_made_free(struct exercise_made *made);

/* A table of an exercise that lies in memory. */
struct exercise_kept { const char *bundle, *name; struct vg_buffer csv; };

/* The folder as its public manifest describes it, or an exercise in memory (kept is not NULL). Text lives in the arena given to exercise_open. */
struct exercise_folder {
    struct exercise_kept *kept; /* [n_kept] */
    size_t n_kept;
    const char *path, *country, *public_key;
    int32_t first_date, last_date;
    bool sealed, has_key;
    unsigned char salt[VG_SALT_BYTES];
    struct vg_seal_key key;   /* with has_key */
};

/* Writes all tables of an exercise that was drawn. key_path NULL: the truth lies open. */
vg_status exercise_write(const struct vg_exercise *exercise, const char *folder, const char *key_path, const struct vg_progress *progress,
                         struct vg_answer *answer, struct vg_error *error);
/* key_path NULL: only what is open can be read. VG_NOT_FOUND: no exercise there; VG_DATA_ERROR: another key. */
vg_status exercise_open(const char *path, const char *key_path, struct vg_arena *arena, struct exercise_folder *folder, struct vg_error *error);
/* One table of an exercise, whole and as CSV; n_rows may be NULL. */
vg_status exercise_table_csv(const struct vg_exercise *exercise, const struct vg_exercise_table *which, struct vg_buffer *csv, size_t *n_rows, struct vg_error *error);
/* The named tables of an exercise as a folder in memory that is read alike. Texts are the arena's, or live as long as the exercise; exercise_forget also after a failure. */
vg_status exercise_keep(const struct vg_exercise *exercise, const char *const *tables, size_t n_tables, struct vg_arena *arena, struct exercise_folder *folder,
                        struct vg_error *error);
void exercise_forget(struct exercise_folder *folder);
/* One file of the bundle "observed" or "truth", checked against its manifest and unsealed where it is sealed. */
vg_status exercise_read(const struct exercise_folder *folder, const char *bundle, const char *name, struct vg_buffer *out, struct vg_error *error);
vg_status exercise_check_folder(const char *path, struct vg_error *error); /* is not there, or empty */
vg_status exercise_make_folder(const char *path, struct vg_error *error); /* new, or there and empty */

/* The rows of a feed that are known at the end of `day`, newest version of each; n_rows may be NULL. */
vg_status exercise_rows_until(const struct vg_exercise_table *table, const struct vg_buffer *csv, int32_t day, struct vg_buffer *out, size_t *n_rows,
                              struct vg_error *error);
/* One feed, or all of them, as of a day, handed to `take` one by one with the name of their file. */
typedef vg_status exercise_take(void *context, const struct vg_exercise_table *table, const char *file_name, const struct vg_buffer *csv, size_t n_rows, struct vg_error *error);
vg_status exercise_feed_until(const struct exercise_folder *folder, const struct vg_exercise_table *table, int32_t day, exercise_take *take, void *context,
                              struct vg_error *error);
vg_status exercise_each_feed(const struct exercise_folder *folder, int32_t day, exercise_take *take, void *context, struct vg_error *error);

/* ------------------------------------------------------------------- reading CSV */

/* The named cells of every row, as they stand between commas; quotes stay. A column that is not there is VG_DATA_ERROR. At most 16 names. */
typedef void exercise_row(void *context, const struct vg_text *cells);
vg_status exercise_csv_rows(const struct vg_buffer *csv, const char *file_name, const char *const *names, size_t n_names, exercise_row *row, void *context,
                            struct vg_error *error);

/* ---------------------------------------------------------- what is scored against */

/* By place (country, provinces, municipalities) and day; arrays are [place * n_days + day]. */
struct exercise_truth {
    int32_t first_date;
    size_t n_days, n_places;
    const char **codes;
    uint32_t *parent;                 /* [n_places] index; UINT32_MAX: the country */
    struct vg_dictionary by_code;
    double *infections, *imports, *infectiousness, *onsets, *onset_infectiousness;
    double *cases_onset;              /* rows of the line list as it ends, by the onset in it */
    double *cases_true_onset;         /* rows that stay to the end, by true onset, or when it would have been: all dated */
    double *cases_report;             /* the same rows by the day of their first publication */
    bool publishes[7];                /* by vg_date_weekday, whether anything was ever published on such a day */
    double *generation;               /* [n_generation] share of transmissions so many days after infection */
    size_t n_generation;
    double generation_mean, generation_sd;
};
vg_status exercise_truth_load(const struct exercise_folder *folder, struct vg_arena *arena, struct exercise_truth *truth, struct vg_error *error);
/* Sum of numerator over sum of denominator on days from .. to; NaN outside of the exercise or where there is nothing below the line. */
double exercise_ratio(const struct exercise_truth *truth, const double *numerator, const double *less, const double *denominator, size_t place, int32_t from, int32_t to);

#endif
