/*
 * Private to store: the handle, the cube, and the small helpers around SQLite.
 *
 * The cube holds every case version and every count increment in columns. It is made from the database, kept as one file
 * cube/<data version>.cube (layout at the head of cube_file.c) and mapped from it; it never changes once made, so any number of threads
 * may read it until the next refresh.
 */
#ifndef VG_STORE_INTERNAL_H
#define VG_STORE_INTERNAL_H

#include "store/store.h"

#include <sqlite3.h>

#define STORE_SCHEMA_VERSION 11
#define STORE_PATH_BYTES 4096
#define STORE_KEY_BYTES 32
#define CUBE_OPEN INT32_MAX     /* known_to of a version that still is the known one */

/* The columns of a line list: [n] each, NULL where no case has the field. place is n_places where unknown. */
struct cube_cases {
    size_t n;
    int32_t *dates[VG_CASE_DATE_COUNT];
    int32_t *known_from, *known_to;
    uint32_t *place, *category, *row; /* row: the row id in case_version; category UINT32_MAX none */
    int16_t *age;
    uint8_t *sex, *class, *outcome, *severity;
    uint64_t *identity, *content;
    struct vg_text *categories;
    size_t n_categories;
    size_t filled[VG_CASE_DATE_COUNT];   /* current versions that have the date */
    int32_t first[VG_CASE_DATE_COUNT], last[VG_CASE_DATE_COUNT]; /* over all versions, so that the axis is the same for every as_of */
};

/* Count increments, sorted by measure, place, group, reference, report. */
struct cube_counts {
    size_t n;
    uint16_t *measure;
    uint32_t *place, *group, *row;
    int32_t *reference, *report;
    double *increment;
    struct vg_text *groups; /* [n_groups] of the whole node */
    size_t n_groups;
};

struct cube_dataset {
    struct vg_dataset info;
    struct cube_cases cases;
    struct cube_counts counts;
};

struct cube {
    uint64_t data_version;
    struct vg_arena arena;          /* names, places, columns that are not mapped */
    struct vg_file_map map;
    struct vg_place_list places;    /* index = row id in table place - 1 */
    struct cube_dataset *datasets;
    size_t n_datasets;
};

struct vg_store {
    sqlite3 *db;
    char folder[STORE_PATH_BYTES];
    enum vg_store_mode mode;
    int lock_descriptor;            /* -1: none */
    struct cube *cube;
    uint8_t key[STORE_KEY_BYTES];
    /* Tests stop the process at a named step by this; NULL otherwise. */
    void (*at_step)(void *context, const char *step);
    void *at_step_context;
};

/* ---- SQLite */
vg_status store_sql_error(sqlite3 *db, struct vg_error *error, const char *doing);
vg_status store_sql(sqlite3 *db, const char *sql, struct vg_error *error);
vg_status store_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **statement, struct vg_error *error);
vg_status store_step_done(sqlite3 *db, sqlite3_stmt *statement, const char *doing, struct vg_error *error); /* runs and resets a statement without rows */
vg_status store_scalar(sqlite3 *db, const char *sql, int64_t *value, struct vg_error *error);
void store_bind_text(sqlite3_stmt *statement, int index, const char *text);
void store_bind_date(sqlite3_stmt *statement, int index, int32_t date);
void store_bind_double(sqlite3_stmt *statement, int index, double value);
const char *store_column_text(struct vg_arena *arena, sqlite3_stmt *statement, int column); /* NULL for NULL */
vg_status store_schema_create(sqlite3 *db, struct vg_error *error);
/* Copies what the write-ahead log holds into the database; may run beside anything. */
void store_checkpoint(const struct vg_store *store);
vg_status store_schema_migrate(sqlite3 *db, enum vg_store_mode mode, struct vg_error *error);
vg_status store_bump_version(sqlite3 *db, struct vg_error *error);
vg_status store_need_writing(const struct vg_store *store, struct vg_error *error);
/* Begins one that writes; refused where the node was opened for reading. */
vg_status store_begin(struct vg_store *store, struct vg_error *error);
/* Ends a transaction begun before: COMMIT, or ROLLBACK where status says so. */
vg_status store_end_transaction(struct vg_store *store, vg_status status, struct vg_error *error);
void store_at_step(struct vg_store *store, const char *step);

/* ---- cube */
void cube_free(struct cube *cube);
vg_status cube_from_database(struct vg_store *store, struct cube **cube, struct vg_error *error); /* metadata and columns */
vg_status cube_metadata(struct vg_store *store, struct cube *cube, struct vg_error *error);      /* places, datasets, categories, groups */
vg_status cube_load_counts(struct vg_store *store, struct cube *cube, struct cube_dataset *dataset, struct vg_error *error); /* of one dataset */
struct cube *cube_new(void);                                        /* empty; NULL when out of memory */
vg_status cube_file_write(struct vg_store *store, const struct cube *cube, struct vg_error *error);
vg_status cube_file_open(struct vg_store *store, struct cube **cube, struct vg_error *error);     /* VG_NOT_FOUND: none for this data version, or damaged */
vg_status cube_file_verify(struct vg_store *store, struct vg_error *error);
void cube_describe(struct cube *cube);                              /* spans and row counts of the datasets from their columns */
bool cube_cases_reserve(struct vg_arena *arena, struct cube_cases *cases, size_t n); /* all columns, empty */
struct cube_dataset *cube_find(struct cube *cube, const char *name);
vg_status store_open_cube(struct vg_store *store, struct vg_error *error);
int cube_counts_compare(const struct cube_counts *counts, size_t a, size_t b);
bool cube_counts_sort(struct vg_arena *arena, struct cube_counts *counts);

/* ---- places */
vg_status store_write_places(struct vg_store *store, const struct vg_place_list *places, uint32_t *place_of, bool *changed, struct vg_error *error);

/* ---- import */

/*
 * The dataset's case versions as an import leaves them, in the order of their row ids: the known ones (from REMOVED where they went), then those that were
 * added, each from a row of the file or, as a copy, from a known version.
 */
#define CASE_REMOVED INT32_MAX
struct case_result {
    int32_t *from, *to;                 /* [known->n] */
    size_t *added;                      /* content: a row of the file, or n_file + a known version */
    int32_t *added_from, *added_to;
    uint32_t *added_row;
    size_t n_added, capacity;
};

struct store_import_work {
    struct vg_store *store;
    const struct vg_store_import *import;
    struct vg_store_import_summary *summary;
    struct vg_arena *arena;
    struct vg_error *error;
    int64_t dataset_id, import_id;
    struct cube_dataset *known;         /* what the cube holds of the dataset; NULL when new */
    uint32_t *place_of;                 /* [import->places->count] -> index in the store's places */
    int32_t *vintages;                  /* [n_vintages] sorted, this import's day among them */
    bool *vintage_is_snapshot;
    size_t n_vintages, this_vintage;
    struct case_result cases;
    struct vg_case_table file;          /* the import's cases with categories and places in the dataset's numbers */
};
vg_status store_import_cases(struct store_import_work *work);
/* The cube after the commit: the other datasets' columns are taken over, this one's made from what the import did. Falls back to the database. */
vg_status store_cube_after_import(struct store_import_work *work);
/* The cube after a change that touched no facts (places, shapes): every column is taken over. */
vg_status store_cube_after_places(struct vg_store *store, struct vg_error *error);
vg_status store_import_counts(struct store_import_work *work);

#endif
