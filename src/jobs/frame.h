/*
 * Private to jobs: a whole table of text with its lines, columns found by name, cells read as numbers, dates or yes and no with errors that name file, line and column;
 * and columns made into numbers that a regression can take.
 */
#ifndef VG_JOBS_FRAME_H
#define VG_JOBS_FRAME_H

#include "jobs/jobs_internal.h"

struct job_frame {
    struct vg_reader *reader;   /* kept for its headings and messages */
    struct vg_arena *arena;
    struct vg_error *error;
    const char *path;
    size_t n_rows, n_columns;
    struct vg_text *cells;      /* [n_rows * n_columns] trimmed */
    uint64_t *lines;            /* [n_rows] */
};
vg_status job_frame_open(const char *path, struct vg_arena *arena, struct job_frame *frame, struct vg_error *error);
void job_frame_close(struct job_frame *frame);
static inline struct vg_text job_frame_cell(const struct job_frame *frame, size_t row, size_t column) { return frame->cells[row * frame->n_columns + column]; }
bool job_frame_blank(struct vg_text cell); /* nothing, NA and the like */
vg_status job_frame_bad(const struct job_frame *frame, size_t row, size_t column, const char *expected);
/* A column by the user's name for it, or else by any of the usual ones; *column VG_READER_NO_COLUMN: none of the usual is there. VG_USAGE_ERROR: there is no column of the user's name. */
vg_status job_frame_find(const struct job_frame *frame, const char *option, const char *wanted, const char *usual, size_t *column);
/* Whole columns. Blank numbers are NaN, blank dates VG_DATE_NONE. */
vg_status job_frame_numbers(const struct job_frame *frame, size_t column, double low, double high, const char *expected, double **values);
vg_status job_frame_dates(const struct job_frame *frame, size_t column, int32_t **values);
/* 1 yes, 0 no, 2 blank: 0 and 1, yes and no, positive and negative, died and alive in the page's languages. */
vg_status job_frame_yes_no(const struct job_frame *frame, size_t column, uint8_t **values);
bool job_frame_is_number(const struct job_frame *frame, size_t column);
bool job_frame_is_date(const struct job_frame *frame, size_t column);
/* Different texts of a column as 0, 1, 2 ... in the order of their names; UINT32_MAX: blank. */
struct job_levels { size_t n; struct vg_text *names; double *counts; uint32_t *of; /* [n_rows] */ };
vg_status job_frame_levels(const struct job_frame *frame, size_t column, double band, bool month, struct job_levels *levels);

/*
 * Columns named in a list ("age,sex,date/month,age/10"): numbers as they are, numbers with /WIDTH in bands, dates by /month, all else by its texts, the commonest left out
 * as what the others are compared with. usable[] is set to 0 where a cell is blank.
 */
struct job_design { size_t p; const char **names; double *x; /* [n_rows * p] */ };
vg_status job_frame_design(const struct job_frame *frame, const char *option, const char *list, size_t most, uint8_t *usable, struct job_design *design);
/* The texts of several columns together as one number each: people with the same have the same. list NULL: all alike. */
vg_status job_frame_key(const struct job_frame *frame, const char *option, const char *list, uint8_t *usable, uint32_t **keys, size_t *n_keys);

#endif
