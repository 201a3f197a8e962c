/*
 * Private to store/stock: a work with what it has looked up. Positions come in groups, all lots of one item at one site, which are loaded when they are first touched.
 */
#ifndef VG_STORE_STOCK_INTERNAL_H
#define VG_STORE_STOCK_INTERNAL_H

#include "store/stock/stock.h"
#include "store/store_internal.h"

/* What came and went on one day. */
struct stock_day { int32_t day; int64_t amount; };

struct stock_position {
    int64_t id;                    /* 0: not written yet */
    const char *lot;
    int32_t expiry;
    struct stock_day *days;        /* [n_days] upwards */
    size_t n_days, day_capacity;
    int64_t total;
    int32_t *counts;               /* [n_counts] days of stock-takings, upwards */
    int64_t *count_rows;           /* their ids */
    size_t n_counts, count_capacity, count_row_capacity;
};

struct stock_group {
    int64_t site, item;
    struct stock_position *positions;
    size_t n_positions, capacity;
};

struct stock_row { enum vg_stock_event event; int32_t day; int64_t amount, counted, in_use, other; bool reverses; const char *note; const void *entry; };

enum stock_statement { STOCK_INSERT, STOCK_FIND_SITE, STOCK_MAKE_SITE, STOCK_FIND_POSITIONS, STOCK_MAKE_POSITION, STOCK_DAYS, STOCK_COUNTS, STOCK_FIND_ENTRY, STOCK_SET_EXPIRY, STOCK_MAKE_ORDER, STOCK_MAKE_PART, STOCK_MAKE_ARRIVAL, STOCK_STATEMENTS };

struct vg_stock_work {
    struct vg_store *store;
    struct vg_arena arena;
    int64_t batch;
    struct vg_stock_item *items;
    size_t n_items;
    int64_t *item_ids;             /* [n_items] 0: not in the node yet */
    struct vg_dictionary sites, groups;
    int64_t *site_ids;
    size_t site_capacity;
    struct stock_group *group_rows;
    size_t group_capacity;
    sqlite3_stmt *statements[STOCK_STATEMENTS];
};

#define STOCK_ENTRY_BYTES 16

/* orders.c */
vg_status stock_make_order(struct vg_stock_work *work, const struct vg_stock_told *told, size_t item, const struct stock_group *from, const struct stock_group *to, int64_t *order, struct vg_error *error);
vg_status stock_make_part(struct vg_stock_work *work, int64_t order, int64_t movement, struct vg_error *error);
/* Of which order the row, or the one that it belongs to, is; 0: of none. */
vg_status stock_order_of(struct vg_stock_work *work, int64_t movement, int64_t *order, struct vg_error *error);
/* read.c: whether the place is the filter's or below it; codes that the node does not know stand for themselves. */
bool stock_is_within(struct vg_store *store, const char *place, const char *above);

/* ledger.c: what a position can give, and rows in it */
vg_status stock_load_group(struct vg_stock_work *work, size_t item, const char *place, const char *facility, struct stock_group **group, struct vg_error *error);
/* NULL: there is none. */
struct stock_position *stock_find_lot(const struct stock_group *group, const char *lot);
/* Whether so much can come to (or below 0: go from) a lot with such an expiry on the day; VG_DATA_ERROR: it expires otherwise, or it would be more than a position holds. Writes nothing. */
vg_status stock_check(const struct stock_group *group, const char *lot, int32_t expiry, int32_t day, int64_t amount, struct vg_error *error);
/* The position of a lot, new where there is none (not written before a row of it is). */
vg_status stock_position_of(struct vg_stock_work *work, struct stock_group *group, const char *lot, int32_t expiry, size_t *which, struct vg_error *error);
int64_t stock_balance_on(const struct stock_position *position, int32_t day);
/* What can be taken on the day without any later balance, before the next stock-taking, going below what it is or zero. */
int64_t stock_available(const struct stock_position *position, int32_t day);
vg_status stock_add_row(struct vg_stock_work *work, struct stock_group *group, struct stock_position *position, const struct stock_row *row, int64_t *id, struct vg_error *error);

#endif
