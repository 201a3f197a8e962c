/*
 * Private to the import: a row on its way from a sheet into the record. import_read.c reads its cells, import_rows.c and import_visits.c find whom it is of and write it, import.c goes through
 * the sheets.
 */
#ifndef VG_JOBS_TRACING_IMPORTING_H
#define VG_JOBS_TRACING_IMPORTING_H

#include "jobs/tracing/exchange.h"

#define IMPORT_COLUMNS_MOST 64
#define IMPORT_REJECTS_MOST 100000
#define IMPORT_NOTES_MOST 20
#define IMPORT_PLACES_TOLD 5

struct import_counts { size_t rows, added, changed, same, rejected, persons; };

union import_row { int64_t id; struct vg_tracing_case one; struct vg_contact contact; struct vg_followup followup; struct vg_event event; };

struct importing {
    struct vg_store *store;
    const struct vg_tracing_import *import;
    struct vg_arena *arena;
    struct vg_error *error;
    struct vg_tracing_work *work;
    struct tracing_matcher *matcher;
    struct vg_buffer rejects, notes; /* of struct job_reject; sentences */
    size_t n_notes, n_rejected;      /* rows of all sheets */
    struct vg_buffer unknown_places; /* the first few, in quotes */
    size_t n_unknown_places;
    enum exchange_form form;
    struct vg_dictionary places;     /* cells of places that were looked up; the code is places_found[] */
    const char **places_found;
    size_t places_room;
    struct vg_dictionary unknown_words;
    bool month_first;

    /* of the sheet at hand */
    enum exchange_part part;
    enum vg_tracing_kind kind;
    const struct exchange_sheet *sheet;
    const struct exchange_column *columns;
    size_t n_columns, at[IMPORT_COLUMNS_MOST];
    struct exchange_sign *signs;     /* [n_columns of the sheet]: what a visit's column says of symptoms */
    struct import_counts counts;
    size_t left_out;                 /* rows for which the record has no room */
    size_t unnamed;                  /* interviews without a contact */
    size_t again;                    /* cases that are there by another id */
    size_t mistaken;                 /* case numbers that another person's case has */

    /* of the row at hand */
    size_t row;
    bool bad;
    union import_row out;
    bool is_again;                   /* the last id that was looked up is a second one of the row that was found */
    uint64_t given;                  /* bit: field of the shape that the row gives */
    struct vg_tracing_person person;
    struct vg_identity identity;
    bool has_identity, has_order, ill; /* ill: not well, whatever the symptoms */
    struct vg_order order;
    int64_t age, event;              /* event: that the other end of a relationship is */
    uint32_t symptoms;               /* bit: exchange_symptoms[] */
    struct vg_text symptoms_as_told; /* the cell that lists them */
    const char *external, *external_person, *external_contact, *source, *source_case, *person_type, *result, *number;
};

/* The row cannot be taken; column SIZE_MAX: none of its cells is to blame. */
void import_reject(struct importing *importing, size_t column, struct vg_text value, const char *reason);
/* A sentence for the answer, at most so many and none twice. */
void import_note(struct importing *importing, const char *sentence);
bool import_is_date_column(const struct importing *importing, size_t i);
vg_status import_decide_order(struct importing *importing);
/* Everything of the row that can be read; bad: what cannot is listed. */
void import_read_row(struct importing *importing);

/* By the id it has in the form, or by a second one of it (is_again): of two rows that are one case each has its own. */
vg_status import_look_up(struct importing *importing, enum vg_tracing_kind kind, const char *external, int64_t *id);
vg_status import_register(struct importing *importing, enum vg_tracing_kind kind, const char *external, int64_t id);
vg_status import_register_again(struct importing *importing, enum vg_tracing_kind kind, const char *external, int64_t id);
/* The id of a relationship by itself, under which it leaves again. */
vg_status import_name(struct importing *importing, enum vg_tracing_kind kind, int64_t id);
/* Fields that the row does not give are those that were there; whether any is another now. */
bool import_overlay(const struct importing *importing, const void *former, void *row);
/* vg_tracing_check, before anything of the row is written; false: the row is bad now. */
bool import_check(struct importing *importing);

/* Each writes the row at hand: a case, contact or relationship; a visit; an event; a laboratory's result. */
vg_status import_put_row(struct importing *importing);
vg_status import_put_visit(struct importing *importing);
vg_status import_put_event(struct importing *importing);
vg_status import_put_result(struct importing *importing);
vg_status import_attend(struct importing *importing, int64_t event, int64_t person);

#endif
