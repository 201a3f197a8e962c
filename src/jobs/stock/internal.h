/*
 * Private to jobs/stock: the ledger summed for the tables.
 */
#ifndef VG_JOBS_STOCK_INTERNAL_H
#define VG_JOBS_STOCK_INTERNAL_H

#include "allocate/cover/cover.h"
#include "jobs/jobs_internal.h"
#include "jobs/stock/stock.h"

/* An item at a facility, a place, or all below a place. */
struct stock_line {
    const char *place, *facility;
    size_t item;
    int64_t amount, usable, expired, expiring, in_use;
    bool negative, in_use_untold;  /* somewhere there are some of which nobody said how many are in use */
    int32_t counted, last, first;  /* newest stock-taking, newest and first row */
    struct vg_cover_lot *lots;
    size_t n_lots, lot_capacity;
    double *use;                   /* [window_days], oldest first; NULL: none */
    int64_t on_way;                /* coming here, and not among the others */
    int32_t due;                   /* the first of it that is to arrive from now on; VG_DATE_NONE: none has such a day */
    struct stock_coming *coming;   /* [n_coming] by due */
    size_t n_coming, coming_capacity;
};
/* What of a lot is to arrive from now on. */
struct stock_coming { int32_t due; struct vg_cover_lot lot; };

struct stock_asking {
    struct vg_store *store;
    const struct vg_stock_question *question;
    struct vg_arena *arena;
    struct vg_answer *answer;
    struct vg_error *error;
    struct vg_stock_item *items;
    size_t n_items;
    struct vg_stock_balance *balances;
    size_t n_balances;
    int32_t day;                   /* as of its end; VG_DATE_NONE: the ledger is empty */
    size_t window, horizon;
    struct stock_line *lines;      /* by place, facility and item */
    size_t n_lines;
};
/* Items, balances and the day. */
vg_status stock_open(struct stock_asking *asking);
/* Today, unless a day is asked for, or the data are invented: the ledger's newest row may be old, and what has not come by now is late. */
int32_t stock_now(const struct stock_asking *asking);
/* The lines, with use. */
vg_status stock_sum(struct stock_asking *asking);

struct stock_needs;
/* By recorded use, or by needs; *word: the status. needs NULL: by use. */
vg_status stock_cover_of(struct stock_asking *asking, const struct stock_needs *needs, const struct stock_line *line, struct vg_cover *cover, const char **word);
/* The place of the question's level that the place is, or is below; NULL: of none. by_place: facilities are not told apart. */
vg_status stock_find_level(struct stock_asking *asking, bool *by_place, enum vg_place_level *level);
const char *stock_place_of(struct stock_asking *asking, const char *place, enum vg_place_level level);

/* orders.c: what is on its way to each line; a line of its own where nothing of it was ever there. */
vg_status stock_add_orders(struct stock_asking *asking);
/* Days that are covered with what is to arrive before it runs out, too; NaN: nothing is on its way, or not known. */
vg_status stock_cover_with_orders(struct stock_asking *asking, const struct stock_needs *needs, const struct stock_line *line, const struct vg_cover *cover, double *days);
vg_status stock_answer_orders(struct stock_asking *asking);

/* Days of cover of each line by a file of needs. */
vg_status stock_read_needs(struct stock_asking *asking, struct stock_needs **needs);
/* *known: the file says something of the line. Of what serves again: the days until more is needed than there is. */
vg_status stock_cover_by_needs(struct stock_asking *asking, const struct stock_needs *needs, const struct stock_line *line, bool *known, struct vg_cover *cover);

#endif
