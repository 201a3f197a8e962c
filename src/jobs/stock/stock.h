/*
 * jobs/stock: the stock ledger of a node as people use it: told by hand or from files, and asked (docs/stock.md).
 */
#ifndef VG_JOBS_STOCK_H
#define VG_JOBS_STOCK_H

#include "jobs/jobs.h"
#include "store/stock/stock.h"

/* ----------------------------------------------------------------- telling */

/* As vg_stock_told, but places, item and amounts as people write them; NULL: not told. */
struct vg_stock_said {
    const char *event, *item, *amount, *place, *facility, *to_place, *to_facility, *lot, *expiry, *day /* NULL: today */, *in_use, *note, *entry;
    const char *due;                   /* of what is moved: it is on its way until it arrives, on this day or "" (not known); NULL: it is there at once */
    bool below_zero;
};
/* All in one transaction, or none. A row each: event, item, place, rows (written), first (id of the first), already, order (of what is on its way). The store must be open for writing. */
vg_status vg_job_stock_say(struct vg_store *store, const char *actor, const struct vg_stock_said *said, size_t n_said, struct vg_arena *arena, struct vg_answer *answer,
                           struct vg_error *error) VG_MUST_USE;
vg_status vg_job_stock_reverse(struct vg_store *store, const char *actor, int64_t movement, const char *note, struct vg_error *error) VG_MUST_USE;

/*
 * A file of movements: CSV and kin or Excel, read by a profile of the kind stock (docs/profiles.md); the shipped one has headings in the five languages and in any case:
 *   date; place, and/or facility; item; event; amount; [unit]; [lot]; [expiry]; [to_place]; [to_facility]; [in_use]; [note]; [id]
 * or, where there is no column of items, a column an item (a stock list): each cell that is not empty is told with the one event.
 * Rows are told day by day; in the order of the file within a day, but what cannot be yet is tried again at the day's end. A row that was told before, from this file or another, is not told again: by its
 * id, or else as often as the files have rows like it (the more of two files).
 */
struct vg_stock_import {
    const char *path, *actor;
    const char *const *maps;      /* [n_maps] FIELD=HEADING */
    size_t n_maps;
    enum vg_date_order date_order;
    const char *profile;          /* by name; NULL: the one that fits best, else the shipped one */
    const char *event;            /* of files that do not say it; NULL */
    const char *within;           /* code: names are those of places below it; NULL: of any */
    const char *rejects_path;     /* NULL: none written */
    bool accept_rejects, dry_run, below_zero;
    const struct vg_progress *progress;
};
/* One row: rows, told, same, rejected, written, first_day, last_day, notes. Where there are rejects and they are not accepted nothing is taken, and the error names the first. */
vg_status vg_job_stock_import(struct vg_store *store, const struct vg_stock_import *import, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error) VG_MUST_USE;

/* What came of an order (or, returned, came back), as people write it; amount NULL: all that is on its way; day NULL: today. The row as of vg_job_stock_say, with order, arrived and missing. */
struct vg_stock_came { int64_t order; const char *amount, *day, *note; bool rest_follows, returned; };
vg_status vg_job_stock_came(struct vg_store *store, const char *actor, const struct vg_stock_came *came, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error) VG_MUST_USE;

/* ------------------------------------------------------------------ asking */

/*
 * show:
 *   stock (NULL)  a row a place, facility and item: amount, usable, expired, expiring (within 30 days), in_use, counted, last, per_day, cover_low, cover_days, cover_high, runs_out,
 *                 expires_unused, status (ok, long, few_days, no_use, empty, negative, reusable, no_need_given), on_way, due (the next day on which some of it is to arrive), cover_with_on_way (days, if what is to arrive before then does).
 *                 Days of cover are empty where they are more than the horizon.
 *   cover         the consumables of it, soonest first
 *   expiry        a row a lot that has expired or will within the horizon: lot, expiry, days_left, amount, unused (that is not used by then at the present rate)
 *                 in_use is empty unless it was told of all that are there.
 *   missing       a row a place and item of which it is asked: state (never, old, in_use), last. old: from today where no day is asked for (and the data are not invented)
 *   movements     the rows, newest first
 *   orders        what was sent and is on its way, or came: order, item, title, unit, from, from_facility, to, to_facility, date, due, amount, arrived, returned, missing, on_way, last, state (on_way,
 *                 late: not come by its day; arrived; short: and known as such; returned), note, by
 *   items         what can be told of
 *   lots          a row a position that holds something
 */
struct vg_stock_question {
    const char *show, *item, *place;
    const char *by;               /* "facility" (NULL), "place", or a level ("admin1", ...): sums below it */
    const char *needs_path;       /* use is that of this file of needs (vigia demand --needs) instead of the recorded one; NULL */
    int32_t day, from, to;        /* day: as of its end; VG_DATE_NONE: the newest of the ledger */
    int64_t window_days;          /* of recorded use: 28 */
    int64_t horizon_days;         /* how far cover looks (180), and expiry (90) */
    int64_t old_days;             /* missing: what was last told more than so many days ago: 30 */
    size_t most, skip;            /* movements: 100 */
    bool all_orders;              /* orders: also those of which nothing is on its way any more */
    enum vg_language language;    /* of items' titles */
};
void vg_stock_question_init(struct vg_stock_question *question);
vg_status vg_job_stock(struct vg_store *store, const struct vg_stock_question *question, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error) VG_MUST_USE;
/* The same for the server: show, item, place, level (by), day, from, to, most, skip of the request. */
vg_job vg_job_stock_served;

/* --------------------------------------------------------- for plans and demand */

/*
 * What can be used of a position at the end of a day; 0 where all has gone or expired, which is known, too. store: a name that only this facility (or place) has: the facility's,
 * or PLACE/FACILITY where facilities of several places have the same.
 */
struct vg_stock_held { const char *place, *facility, *store; size_t item; int64_t usable; int32_t expiry, due; }; /* due: on its way, and to arrive then; VG_DATE_NONE: there */
/* day VG_DATE_NONE: the newest of the ledger; *as_of says which it was. VG_DATA_ERROR: the ledger is empty. */
vg_status vg_job_stock_held(struct vg_store *store, int32_t day, const struct vg_stock_item *items, size_t n_items, struct vg_arena *arena, struct vg_stock_held **held, size_t *n_held,
                            int32_t *as_of, struct vg_error *error) VG_MUST_USE;
/* And behind them what is on its way as of then. What is due from today on (or from the day on, if that is before) and until the day is there by then: due VG_DATE_NONE. */
vg_status vg_job_stock_held_and_coming(struct vg_store *store, int32_t day, const struct vg_stock_item *items, size_t n_items, struct vg_arena *arena, struct vg_stock_held **held, size_t *n_held,
                                       int32_t *as_of, struct vg_error *error) VG_MUST_USE;
/*
 * Whose each of them is, of names as a file has them: of the facility of that name, else of the nearest place above it (or itself) that one of the names means, by code or name.
 * whose[n_held]: index in names, or VG_DICTIONARY_NONE. VG_DATA_ERROR: one of the names is that of facilities at several places.
 */
vg_status vg_job_stock_whose(struct vg_store *store, const struct vg_dictionary *names, const struct vg_stock_held *held, size_t n_held, struct vg_arena *arena, uint32_t *whose,
                             struct vg_error *error) VG_MUST_USE;

#endif
