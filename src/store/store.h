/*
 * store: the durable record of a node, and the column cube over it.
 *
 * A node is a folder: node.db (SQLite, WAL, STRICT tables) is the truth; cube/ holds memory-mapped, dictionary-encoded
 * columns that are derived from it, appended in blocks and rebuilt at will, and that answer every aggregate. key holds the
 * key of the identifying fields (0600). One process writes at a time; readers see the last committed import.
 *
 * Vintages. Every case version is known from one day to another; every count is a signed increment with a report date.
 * as_of r sees what was known at the end of day r; VG_DATE_NONE means now.
 */
#ifndef VG_STORE_H
#define VG_STORE_H

#include "model/model.h"

struct vg_store;
enum vg_store_mode { VG_STORE_READ, VG_STORE_WRITE };

/* Makes an empty node in a folder that does not exist or is empty. */
vg_status vg_store_create(const char *folder, struct vg_error *error) VG_MUST_USE;
/* Opens; migrates an older schema when opened for writing (a newer one is refused). Brings the cube up to date if it is behind. */
vg_status vg_store_open(const char *folder, enum vg_store_mode mode, struct vg_store **store, struct vg_error *error) VG_MUST_USE;
void vg_store_close(struct vg_store *store);
const char *vg_store_folder(const struct vg_store *store);
/* Grows with every committed change of the data: for ETags and caches. */
uint64_t vg_store_data_version(struct vg_store *store);
/* Sees what another process has committed since (new version of the cube). Cheap when nothing changed. */
vg_status vg_store_refresh(struct vg_store *store, struct vg_error *error) VG_MUST_USE;
/* A consistent copy while the node is in use (SQLite's backup interface), as a folder that vg_store_open takes. */
vg_status vg_store_backup(struct vg_store *store, const char *folder, const struct vg_progress *progress, struct vg_error *error) VG_MUST_USE;
/* Puts a backup in the place of the node's folder; the former one stays beside it as <folder>.before-restore. */
vg_status vg_store_restore(const char *backup_folder, const char *folder, struct vg_error *error) VG_MUST_USE;
/* Integrity of the database, agreement of cube and database; rebuilds the cube if asked. */
vg_status vg_store_verify(struct vg_store *store, bool rebuild_cube, struct vg_error *error) VG_MUST_USE;

/* --------------------------------------------------------------- datasets */

enum vg_data_nature { VG_NATURE_REAL, VG_NATURE_SIMULATED, VG_NATURE_HISTORIC };
const char *vg_data_nature_name(enum vg_data_nature nature); /* "real", "simulated", "historic" */
enum vg_dataset_kind { VG_DATASET_CASES, VG_DATASET_COUNTS };

/* What belongs together and is never added to anything else: one stream of files of one source. */
struct vg_dataset {
    uint32_t id;
    const char *name;        /* [a-z0-9-]+ */
    const char *title, *disease, *country, *source, *licence, *note;
    enum vg_dataset_kind kind;
    enum vg_data_nature nature;
    /* filled on listing: */
    uint64_t n_rows;         /* cases (current versions) or count cells */
    int32_t first_date, last_date;           /* of reference */
    int32_t first_known, last_known;         /* of report: the span of as_of */
    int step_days;
};
vg_status vg_store_datasets(struct vg_store *store, struct vg_arena *arena, struct vg_dataset **datasets, size_t *n_datasets, struct vg_error *error) VG_MUST_USE;
/* VG_NOT_FOUND with the names there are. */
vg_status vg_store_dataset_find(struct vg_store *store, const char *name, struct vg_arena *arena, struct vg_dataset *dataset, struct vg_error *error) VG_MUST_USE;

/* ----------------------------------------------------------------- import */

struct vg_store_import {
    struct vg_dataset dataset;          /* by name: made when new; title etc. are updated when given */
    const char *file_name, *file_hash, *profile;
    uint64_t file_bytes, rows_read, rows_rejected;
    int32_t published;                  /* day of this vintage */
    bool snapshot;                      /* cases or cells absent from the file were withdrawn */
    bool counts_have_report_date;
    const struct vg_place_list *places; /* the place indexes of the tables point into this; new places are stored */
    const struct vg_case_table *cases;  /* one of the two, the other NULL */
    const struct vg_count_table *counts;
    const char *rejects_csv;            /* kept with the import; NULL none */
    const struct vg_progress *progress;
};
struct vg_store_import_summary {
    bool already_there;                 /* same bytes, same profile, same dataset: nothing was changed */
    uint32_t import_id;
    uint64_t rows_new, rows_changed, rows_withdrawn, rows_unchanged;
};
/*
 * One transaction: all of it or nothing, durable on return. A case known before and different now gets a new version known
 * from `published` on; known_from of a new case is its report date (else notification, diagnosis), held between the day
 * after the dataset's former vintage and `published`. An older vintage than the newest one there is
 * woven in at its place in time. Counts without report dates are compared with what was known and kept as signed increments.
 */
vg_status vg_store_import(struct vg_store *store, const struct vg_store_import *import, struct vg_store_import_summary *summary, struct vg_error *error) VG_MUST_USE;

struct vg_import_record {
    uint32_t id;
    const char *dataset, *file_name, *file_hash, *profile, *imported_at; /* ISO 8601 UTC */
    int32_t published;
    uint64_t rows_read, rows_rejected, rows_new, rows_changed, rows_withdrawn, rows_unchanged;
};
vg_status vg_store_imports(struct vg_store *store, struct vg_arena *arena, struct vg_import_record **records, size_t *n_records, struct vg_error *error) VG_MUST_USE;

/* Places known to the node. */
vg_status vg_store_places(struct vg_store *store, struct vg_place_list *places, struct vg_error *error) VG_MUST_USE;
vg_status vg_store_put_places(struct vg_store *store, const struct vg_place_list *places, struct vg_error *error) VG_MUST_USE;
/* Geometry by place code, a GeoJSON geometry each. */
struct vg_place_shape { const char *code; const char *geojson; };
vg_status vg_store_put_shapes(struct vg_store *store, const struct vg_place_shape *shapes, size_t n_shapes, struct vg_error *error) VG_MUST_USE;
vg_status vg_store_shapes(struct vg_store *store, const char *parent_code /* NULL: all */, struct vg_arena *arena, struct vg_place_shape **shapes, size_t *n_shapes, struct vg_error *error) VG_MUST_USE;

/* ------------------------------------------------- aggregates from the cube */

/* Which facts. Text fields NULL and dates VG_DATE_NONE mean "all". */
struct vg_cube_filter {
    const char *dataset;
    const char *measure;     /* "cases_onset", ...; for pyramids any cases measure */
    const char *place;       /* code; the place and everything below it */
    const char *group;       /* "all" or NULL; "age:60-79", "sex:female", "class:confirmed", "category:influenza", or several joined by "/" */
    int32_t from, to;        /* of reference, both included */
    int32_t as_of;
    int32_t step_days;       /* 1, or 7 (MMWR weeks of the node, or the dataset's own weeks); 0: the dataset's own */
};
/* Bar: each of these under 100 ms at 5 million cases. Discarded cases are left out unless group asks for the class. */

/* One series; for line lists days without a case inside the reported span are 0, and outside it NaN. */
vg_status vg_store_series(struct vg_store *store, const struct vg_cube_filter *filter, struct vg_arena *arena, struct vg_series *series, struct vg_error *error) VG_MUST_USE;

/* One row a place at `level` (the places that have data; a place at a finer level counts in its ancestor): values[place * n_steps + step]. */
struct vg_series_matrix {
    int32_t start, step_days;
    size_t n_places, n_steps;
    uint32_t *place;         /* [n_places] index in vg_store_place_list */
    double *values;
};
vg_status vg_store_series_by_place(struct vg_store *store, const struct vg_cube_filter *filter, enum vg_place_level level, struct vg_arena *arena, struct vg_series_matrix *matrix, struct vg_error *error) VG_MUST_USE;
/* The node's places as loaded with the cube; valid until the next refresh. */
const struct vg_place_list *vg_store_place_list(struct vg_store *store);

/* n_delays 0: up to the 99th percentile of the delays, at most 120 steps. Step as the filter's. */
vg_status vg_store_triangle(struct vg_store *store, const struct vg_cube_filter *filter, size_t n_delays, struct vg_arena *arena, struct vg_triangle *triangle, struct vg_error *error) VG_MUST_USE;

/* Which triangles at once: of these places at one level, each with all below it. */
struct vg_triangle_rows {
    enum vg_place_level level;
    const uint32_t *places;  /* [n_places] */
    size_t n_places;
    size_t n_delays;         /* 0: as vg_store_triangle chooses for all places of the filter */
    size_t most_references;  /* the newest; 0: all */
};
/* The triangles of many places on one axis, of which only what became known is kept: some 12 bytes a report or revision instead of 8 a cell. */
struct vg_triangle_set {
    struct vg_triangle shape; /* increments NULL */
    size_t n_places;
    size_t *first;            /* [n_places + 1] */
    uint32_t *cell;           /* reference * n_delays + delay */
    double *increment;
    const uint8_t *published; /* [steps from shape.start to shape.as_of], or NULL: every day */
};
vg_status vg_store_triangles_by_place(struct vg_store *store, const struct vg_cube_filter *filter, const struct vg_triangle_rows *rows, struct vg_arena *arena, struct vg_triangle_set *set, struct vg_error *error) VG_MUST_USE;
/* Lays out one of them as vg_store_triangle would: [shape.n_references * shape.n_delays]. */
void vg_store_triangle_of(const struct vg_triangle_set *set, size_t row, double *increments);
/*
 * Cases of a line list that have no date of the measure, by the report steps of the filter's triangle: *counts [*n_steps], from triangle->start on. They
 * are those of measures by onset only (who was not admitted has no missing admission), without those who are known to have no symptoms. Others: n_steps 0.
 */
vg_status vg_store_undated(struct vg_store *store, const struct vg_cube_filter *filter, const struct vg_triangle *triangle, struct vg_arena *arena, double **counts, size_t *n_steps, struct vg_error *error) VG_MUST_USE;

#define VG_PYRAMID_BANDS 18  /* 0-4, 5-9, ..., 80-84, 85+ */
struct vg_pyramid { double counts[VG_PYRAMID_BANDS + 1 /* age unknown */][VG_SEX_COUNT][VG_OUTCOME_COUNT]; };
vg_status vg_store_pyramid(struct vg_store *store, const struct vg_cube_filter *filter, struct vg_pyramid *pyramid, struct vg_error *error) VG_MUST_USE;

/* The groups a dataset can be asked for ("category:influenza", "age:60-79", ...). */
vg_status vg_store_groups(struct vg_store *store, const char *dataset, struct vg_arena *arena, const char ***groups, size_t *n_groups, struct vg_error *error) VG_MUST_USE;
/* The measures a dataset has something of. */
vg_status vg_store_measures(struct vg_store *store, const char *dataset, struct vg_arena *arena, const struct vg_measure ***measures, size_t *n_measures, struct vg_error *error) VG_MUST_USE;
/* All case versions known on filter->as_of as columns, for the quality report (no text columns). */
vg_status vg_store_case_table(struct vg_store *store, const struct vg_cube_filter *filter, struct vg_arena *arena, struct vg_case_table *cases, struct vg_error *error) VG_MUST_USE;
/* All increments of a counts dataset up to filter->as_of. */
vg_status vg_store_count_table(struct vg_store *store, const struct vg_cube_filter *filter, struct vg_arena *arena, struct vg_count_table *counts, struct vg_error *error) VG_MUST_USE;

/* --------------------------------------------------------------- products */

/* What an analysis found: enough to compute it again bit for bit. key names kind, dataset, place, measure, as_of and parameters. */
struct vg_product { const char *kind, *key, *parameters_json, *program_version; uint64_t data_version, seed; const void *content; size_t content_bytes; };
/* In one transaction; each takes the place of the one with the same kind and key. */
vg_status vg_store_put_products(struct vg_store *store, const struct vg_product *products, size_t n_products, struct vg_error *error) VG_MUST_USE;
/* VG_NOT_FOUND if there is none with that kind and key. */
vg_status vg_store_get_product(struct vg_store *store, const char *kind, const char *key, struct vg_arena *arena, struct vg_product *product, struct vg_error *error) VG_MUST_USE;

/* ----------------------------------------------------------------- alarms (alarms.c) */

/*
 * Alarms as objects: what an analysis found is kept, joined with what it is the continuation of, and worked on by people. Every step (found, went_on, reopened, acknowledged,
 * assigned, closed) is a row of an audit that the database lets nobody change or delete. None of it changes the data version: the data are the same.
 */
enum vg_alarm_state { VG_ALARM_STATE_OPEN, VG_ALARM_STATE_ACKNOWLEDGED, VG_ALARM_STATE_CLOSED, VG_ALARM_STATE_COUNT };
const char *vg_alarm_state_name(enum vg_alarm_state state); /* "open", "acknowledged", "closed" */
bool vg_alarm_state_from_name(const char *name, enum vg_alarm_state *state);

/* One alarm of one analysis. Numbers are those of the newest step, NaN where the method has none. */
struct vg_alarm_found {
    const char *dataset, *measure, *group;  /* group "all" when NULL */
    const char *place;                      /* code; "" the whole dataset */
    const char *places;                     /* codes of a cluster with a blank between; NULL: place alone */
    const char *method, *parameters_json;
    int32_t first, last;                    /* first days of the first and the newest step */
    int step_days;
    double count, expected, threshold, score, p_value;
};
struct vg_alarm_summary { size_t n_new, n_went_on, n_reopened, n_known; };
/*
 * Keeps them in one transaction. The same dataset, measure, group, method and place (a cluster: one whose centre is in the other) and steps that overlap or follow each other
 * are one alarm that goes on: its span grows, its numbers become the newest step's. One that had been closed is open again when a new step follows; the same steps again change
 * nothing. Needs VG_STORE_WRITE.
 */
vg_status vg_store_keep_alarms(struct vg_store *store, const struct vg_alarm_found *found, size_t n_found, const char *actor, struct vg_alarm_summary *summary,
                               struct vg_error *error) VG_MUST_USE;

struct vg_alarm_record {
    int64_t id;
    struct vg_alarm_found found;
    enum vg_alarm_state state;
    const char *assignee, *program_version, *found_at, *changed_at; /* times: ISO 8601 UTC */
    uint64_t data_version;
    size_t n_events;
};
/* NULL, 0 and VG_ALARM_STATE_COUNT: all. */
struct vg_alarm_filter { int64_t id; const char *dataset, *place; enum vg_alarm_state state; };
/* Newest step first. VG_NOT_FOUND for an id that is none. */
vg_status vg_store_alarms(struct vg_store *store, const struct vg_alarm_filter *filter, struct vg_arena *arena, struct vg_alarm_record **records, size_t *n_records,
                          struct vg_error *error) VG_MUST_USE;
struct vg_alarm_event { int64_t alarm; const char *at, *actor, *action, *recipient, *note; uint64_t data_version; };
/* In the order in which they happened; of the alarms that the filter takes. */
vg_status vg_store_alarm_events(struct vg_store *store, const struct vg_alarm_filter *filter, struct vg_arena *arena, struct vg_alarm_event **events, size_t *n_events,
                                struct vg_error *error) VG_MUST_USE;

enum vg_alarm_action { VG_ALARM_ACKNOWLEDGE, VG_ALARM_ASSIGN, VG_ALARM_CLOSE, VG_ALARM_REOPEN, VG_ALARM_ACTION_COUNT };
const char *vg_alarm_action_name(enum vg_alarm_action action); /* "acknowledge", "assign", "close", "reopen" */
bool vg_alarm_action_from_name(const char *name, enum vg_alarm_action *action);
/* actor: who does it; recipient: to whom it is assigned; note: NULL none, but closing and reopening want one. */
struct vg_alarm_step { int64_t alarm; enum vg_alarm_action action; const char *actor, *recipient, *note; };
/*
 * One step of a person. VG_USAGE_ERROR where it says too little or too much (names up to 100 bytes, notes up to 2,000); VG_DATA_ERROR where the alarm's state does not allow it:
 * only open alarms are acknowledged, only those that are not closed are assigned and closed, only closed ones are reopened. Needs VG_STORE_WRITE.
 */
vg_status vg_store_step_alarm(struct vg_store *store, const struct vg_alarm_step *step, struct vg_error *error) VG_MUST_USE;

#endif
