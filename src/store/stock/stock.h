/*
 * store/stock: the ledger of what places have. It is only added to: a row says that on a day so much of an item came to, or went from, a position (a place or one of its
 * facilities, an item, a lot), and a balance is the sum of the rows up to a day. What was wrong is reversed by another row, never changed or deleted; the database sees to that.
 *
 * No balance of any day is ever below zero unless whoever told it said so. Use without a lot is taken from the lots that expire first; a lot after its last day is there, but
 * cannot be used. A stock-taking says what a position holds on a day: the difference is a row of its own, and what is told later of the days before it is taken out again
 * on the day of the stock-taking, which stays true.
 *
 * Amounts are thousandths of the item's unit (model/stock).
 */
#ifndef VG_STORE_STOCK_H
#define VG_STORE_STOCK_H

#include "model/stock/stock.h"
#include "store/store.h"

/* --------------------------------------------------------------- telling */

/* All that is told between begin and end is one transaction by one actor, with the file it came from (source and hash NULL: by hand). */
struct vg_stock_work;
/* *already: a file of these bytes was taken before; then there is no work, and nothing is to be done. already NULL: not asked. */
vg_status vg_stock_begin(struct vg_store *store, const char *actor, const char *source, const char *file_hash, bool *already, struct vg_stock_work **work, struct vg_error *error) VG_MUST_USE;
/* An item of the user's own, or a new title or unit of one. What decides sums (reusable, lots) stays as it is once there are movements. */
vg_status vg_stock_put_item(struct vg_stock_work *work, const struct vg_stock_item *item, struct vg_error *error) VG_MUST_USE;

/* What somebody says happened. */
struct vg_stock_told {
    enum vg_stock_event event;         /* RECEIVED, USED, SENT (to the other place), LOST or COUNTED */
    const char *item;                  /* name */
    const char *place, *facility;      /* code of a place; facility NULL: the place itself */
    const char *to_place, *to_facility; /* of SENT */
    const char *lot;                   /* NULL: none, and what goes is taken from those that expire first */
    int32_t expiry;                    /* last day on which the lot may be used; VG_DATE_NONE: not told */
    int32_t day;
    int64_t amount;                    /* thousandths; of COUNTED: what was there */
    int64_t in_use;                    /* COUNTED: of these occupied; -1 not told */
    const char *note;                  /* NULL none */
    const char *entry;                 /* a key of the source's own: the same one again is the same row. NULL: none */
    bool below_zero;                   /* it is so although it is more than there was */
    bool on_way;                       /* SENT: it leaves on the day, and arrives with vg_stock_arrive; until then it is nowhere, but on its way */
    int32_t due;                       /* of these: when it is to arrive, not before the day; VG_DATE_NONE not told */
};
struct vg_stock_done { size_t n_rows; int64_t first; bool already; int64_t order; }; /* already: that entry is there, nothing was written; order: of what is on its way, else 0 */
/*
 * VG_DATA_ERROR says what cannot be (more than there was, an expired lot, an unknown item, another expiry of the same lot) and has written nothing; the work goes on.
 */
vg_status vg_stock_tell(struct vg_stock_work *work, const struct vg_stock_told *told, struct vg_stock_done *done, struct vg_error *error) VG_MUST_USE;
/* How an order ends, or a part of it. */
struct vg_stock_arrival {
    int64_t order, amount;             /* thousandths that came, at most what is on its way; -1: all of that. Lots in the order in which they expire */
    int32_t day;                       /* not before it left */
    bool rest_follows;                 /* what did not come is still on its way; else it is short, and known as such */
    bool returned;                     /* it came back to where it left from */
    const char *note;
};
/* VG_NOT_FOUND: there is no such order; VG_DATA_ERROR: nothing of it is on its way, or less than came. Then nothing is written. */
vg_status vg_stock_arrive(struct vg_stock_work *work, const struct vg_stock_arrival *arrival, struct vg_stock_done *done, struct vg_error *error) VG_MUST_USE;
/* Rows of orders are not taken back: what is on its way is returned, and what came is set right by a stock-taking. Takes a row back, and with it the other half of a movement: rows of the opposite amount on the same day. Not of stock-takings: they are told again. */
vg_status vg_stock_reverse(struct vg_stock_work *work, int64_t movement, const char *note, struct vg_error *error) VG_MUST_USE;
/* VG_OK: kept; anything else: all is as before, and the status is given back. */
vg_status vg_stock_end(struct vg_stock_work *work, vg_status status, struct vg_error *error) VG_MUST_USE;

/* --------------------------------------------------------------- reading */

/* The shipped items and the node's own, in the arena; an own one stands for a shipped one of its name. */
vg_status vg_stock_items(struct vg_store *store, struct vg_arena *arena, struct vg_stock_item **items, size_t *n_items, struct vg_error *error) VG_MUST_USE;

/* NULL, VG_DATE_NONE and 0: all. */
struct vg_stock_filter {
    const char *item, *place;      /* the place and everything below it */
    int32_t from, to;              /* days, both included; balances take `to` alone */
    size_t most, skip;             /* of movements */
};

/* One position with what it holds at the end of filter->to. */
struct vg_stock_balance {
    int64_t position;
    size_t item;                   /* in the items given */
    const char *place, *facility, *lot; /* facility and lot "" for none */
    int32_t expiry;
    int64_t amount;
    int32_t last;                  /* newest day of any row */
    int32_t counted;               /* newest stock-taking; VG_DATE_NONE never */
    int64_t in_use;                /* as of that; -1 not told */
};
/* Positions with any row up to the day, by place, facility, item, expiry. Cost: one pass over an index, some 0.2 s for a million rows. */
vg_status vg_stock_balances(struct vg_store *store, const struct vg_stock_filter *filter, const struct vg_stock_item *items, size_t n_items, struct vg_arena *arena,
                            struct vg_stock_balance **balances, size_t *n_balances, struct vg_error *error) VG_MUST_USE;

/* What was used of a position on a day (what was reversed is taken out); by position and day. */
struct vg_stock_use { int64_t position; int32_t day; int64_t amount; };
vg_status vg_stock_uses(struct vg_store *store, int32_t from, int32_t to, struct vg_arena *arena, struct vg_stock_use **uses, size_t *n_uses, struct vg_error *error) VG_MUST_USE;
/* The first day of any row of each position, for knowing since when use is recorded; by position. */
struct vg_stock_first { int64_t position; int32_t day; };
vg_status vg_stock_firsts(struct vg_store *store, struct vg_arena *arena, struct vg_stock_first **firsts, size_t *n_firsts, struct vg_error *error) VG_MUST_USE;

/* What is on its way of a lot. */
struct vg_stock_part { const char *lot; int32_t expiry; int64_t open; };
struct vg_stock_order {
    int64_t id;
    size_t item;                       /* in the items given */
    const char *from_place, *from_facility, *to_place, *to_facility, *note, *actor;
    int32_t day, due, last;            /* left; is to arrive; newest arrival, VG_DATE_NONE: none */
    int64_t amount, arrived, returned, missing, open; /* amount is the sum of the others; missing: told to be short; open: on its way */
    struct vg_stock_part *parts;       /* [n_parts] with open above 0, by expiry */
    size_t n_parts;
};
/* As known at the end of filter->to, by id; from or to filter->place or below it. open_only: of which something is on its way then. */
vg_status vg_stock_orders(struct vg_store *store, const struct vg_stock_filter *filter, bool open_only, const struct vg_stock_item *items, size_t n_items, struct vg_arena *arena,
                          struct vg_stock_order **orders, size_t *n_orders, struct vg_error *error) VG_MUST_USE;

/* A row of the ledger. */
struct vg_stock_movement {
    int64_t id, other;             /* other: the other half, the row that is reversed, or the stock-taking that a late row is taken out at; 0 none */
    enum vg_stock_event event;
    bool reverses;
    int32_t day, expiry;
    const char *place, *facility, *item, *lot, *note, *actor, *at, *source; /* at: ISO 8601 UTC */
    int64_t amount;                /* signed */
    int64_t counted, in_use;       /* of stock-takings; -1 none */
};
#define VG_STOCK_COUNT_MOST ((size_t)100000)
/* Newest first, filter->most at most; *total: how many there are in all, counted up to VG_STOCK_COUNT_MOST where only some are wanted. */
vg_status vg_stock_movements(struct vg_store *store, const struct vg_stock_filter *filter, struct vg_arena *arena, struct vg_stock_movement **movements, size_t *n_movements, size_t *total,
                             struct vg_error *error) VG_MUST_USE;
/* The newest day of any row; VG_DATE_NONE: there is none. */
vg_status vg_stock_newest(struct vg_store *store, int32_t *day, struct vg_error *error) VG_MUST_USE;
/* Whether there is any row. */
vg_status vg_stock_any(struct vg_store *store, bool *any, struct vg_error *error) VG_MUST_USE;

#endif
