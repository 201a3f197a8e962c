/*
 * Private to jobs/offer: an offer as rows.
 */
#ifndef VG_JOBS_OFFER_INTERNAL_H
#define VG_JOBS_OFFER_INTERNAL_H

#include "jobs/jobs_internal.h"
#include "jobs/offer/offer.h"
#include "model/stock/stock.h"

#define OFFER_AMOUNT_MOST 1e12
#define OFFER_PERIODS_MOST 10000
#define OFFER_PATHS_MOST 64
#define OFFER_NAME_BYTES 200

struct offer_need { uint32_t place, resource, path; int32_t day; double amount, probability; uint64_t line; };
struct offer_stock { uint32_t place, resource; int32_t day; double amount, minimum; uint64_t line; }; /* day VG_DATE_NONE: there at the beginning */
struct offer_way { const char *to; uint32_t from, own; double days, cost, capacity; };                  /* own: index of the place, where `to` is one; capacity NaN: no limit */
struct offer_kind { bool known, reusable, used; const char *unit; uint64_t line; }; /* used: something of it is needed or there */

struct offer_rows {
    const char *node;
    struct vg_arena *arena;
    struct vg_error *error;
    struct vg_dictionary places, words, resources, paths; /* words: resources as they are written */
    uint32_t *resource_of;                /* [words] */
    const struct vg_stock_item *items;    /* by whose names resources go */
    size_t n_items, word_room;
    struct offer_need *needs;
    struct offer_stock *stocks;
    struct offer_way *ways;
    struct offer_kind *kinds;             /* [resources] */
    size_t n_needs, need_room, n_stocks, stock_room, n_ways, way_room, n_kinds, kind_room;
    double *probability;                  /* [paths] */
    int32_t first, last, step_days;       /* of needs; VG_DATE_NONE: there are none. step 0: a single date */
};
vg_status offer_rows_init(struct offer_rows *rows, const char *node, const struct vg_stock_item *items, size_t n_items, struct vg_arena *arena, struct vg_error *error);

/* Where a table is: a path (with the request's files), or text under a name for messages. */
struct offer_source { const char *name; struct vg_text text; const struct vg_given_file *files; size_t n_files; bool memory; };
/* In this order; a table that is not there is not read. */
vg_status offer_read_needs(struct offer_rows *rows, const struct offer_source *source);
vg_status offer_read_stocks(struct offer_rows *rows, const struct offer_source *source);
vg_status offer_read_minimums(struct offer_rows *rows, const struct offer_source *source);
vg_status offer_read_ways(struct offer_rows *rows, const struct offer_source *source);
vg_status offer_read_kinds(struct offer_rows *rows, const struct offer_source *source);
vg_status offer_add_stock(struct offer_rows *rows, struct offer_stock stock);
/* Index of the resource by the name that items have for it; VG_DICTIONARY_NONE: out of memory. */
uint32_t offer_resource(struct offer_rows *rows, struct vg_text word);
/* Of known items what was not said, and whether anything is missing. shown: who is to say it. */
vg_status offer_check_kinds(struct offer_rows *rows, const char *shown);

#endif
