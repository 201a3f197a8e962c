/*
 * model/stock: what a stock ledger counts, and what may happen to it. Amounts are whole thousandths of the item's unit, so that sums are exact however many movements there are.
 */
#ifndef VG_MODEL_STOCK_H
#define VG_MODEL_STOCK_H

#include "model/model.h"

#define VG_STOCK_UNIT 1000                              /* thousandths in a unit */
#define VG_STOCK_AMOUNT_MOST (INT64_C(10000000000) * VG_STOCK_UNIT) /* told at once, and there: nearly a million such positions add up without overflow */
/*
 * "12", "12.5", "12,5": at most three decimals, from 0 to 1e10 units. False for anything else; also for "1.500" and "1,500", which are one and a half in some countries and fifteen
 * hundred in others (three decimals of a small number are written with a fourth: "1.5000").
 */
bool vg_stock_parse(struct vg_text text, int64_t *thousandths);
/* What a text that is no amount lacks, after "not an amount: ". */
const char *vg_stock_amount_fault(struct vg_text text);
static inline double vg_stock_units(int64_t thousandths) { return (double)thousandths / VG_STOCK_UNIT; }

/* What happens. People tell received, used, moved, lost and counted; a movement is two rows, sent and arrived. */
enum vg_stock_event { VG_STOCK_RECEIVED, VG_STOCK_USED, VG_STOCK_SENT, VG_STOCK_ARRIVED, VG_STOCK_LOST, VG_STOCK_COUNTED, VG_STOCK_EVENT_COUNT };
const char *vg_stock_event_name(enum vg_stock_event event); /* "received", "used", "sent", "arrived", "lost", "counted" */
/* By its name, or a word of the five languages ("recibido", "usado", "perdu"); "moved" is sent. */
bool vg_stock_event_from_name(struct vg_text name, enum vg_stock_event *event);

#define VG_STOCK_NAME_BYTES 64
/* Something that is counted. name is its own in files and requests: [a-z0-9_]+. */
struct vg_stock_item {
    const char *name, *category, *unit;
    const char *titles[VG_LANGUAGE_COUNT]; /* NULL: name */
    const char *also;                      /* "|"-separated other names, or NULL */
    bool reusable;                         /* serves again: it is there or lost, and never used up */
    bool lots;                             /* comes in lots with a day of expiry */
    bool asked;                            /* of every place it is asked how much there is: nothing is assumed of it */
};
bool vg_stock_name_is_good(const char *name);
/* The items that the program knows by itself, in the arena. */
vg_status vg_stock_items_shipped(struct vg_arena *arena, struct vg_stock_item **items, size_t *n_items, struct vg_error *error) VG_MUST_USE;
/* By name, title or other name, compared without case, accents and marks; n_items: there is none. */
size_t vg_stock_item_find(const struct vg_stock_item *items, size_t n_items, struct vg_text name);

#endif
