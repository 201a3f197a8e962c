/*
 * What is on its way: it left with rows of the ledger, and arrives with others, or is known to be short.
 */
#include "store/stock/stock_internal.h"

#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ telling */

vg_status stock_make_order(struct vg_stock_work *work, const struct vg_stock_told *told, size_t item, const struct stock_group *from, const struct stock_group *to, int64_t *order, struct vg_error *error)
{
    sqlite3_stmt *make = work->statements[STOCK_MAKE_ORDER];
    (void)sqlite3_bind_int64(make, 1, work->item_ids[item]);
    (void)sqlite3_bind_int64(make, 2, from->site);
    (void)sqlite3_bind_int64(make, 3, to->site);
    (void)sqlite3_bind_int(make, 4, told->day);
    store_bind_date(make, 5, told->due);
    (void)sqlite3_bind_int64(make, 6, told->amount);
    (void)sqlite3_bind_int64(make, 7, work->batch);
    store_bind_text(make, 8, told->note);
    vg_status status = store_step_done(work->store->db, make, "writing the stock ledger", error);
    *order = sqlite3_last_insert_rowid(work->store->db);
    return status;
}

vg_status stock_make_part(struct vg_stock_work *work, int64_t order, int64_t movement, struct vg_error *error)
{
    sqlite3_stmt *make = work->statements[STOCK_MAKE_PART];
    (void)sqlite3_bind_int64(make, 1, movement);
    (void)sqlite3_bind_int64(make, 2, order);
    return store_step_done(work->store->db, make, "writing the stock ledger", error);
}

vg_status stock_order_of(struct vg_stock_work *work, int64_t movement, int64_t *order, struct vg_error *error)
{
    char text[200];
    (void)snprintf(text, sizeof text,
                   "SELECT coalesce((SELECT stock_order FROM stock_order_part WHERE movement = %lld), (SELECT p.stock_order FROM stock_movement m JOIN stock_order_part p ON p.movement = m.other WHERE m.id = %lld), 0)",
                   (long long)movement, (long long)movement);
    return store_scalar(work->store->db, text, order, error);
}

/* A row with which the order left, and what of it has arrived. */
struct part { int64_t movement, sent, arrived; const char *lot; int32_t expiry; };
struct arriving {
    struct vg_stock_work *work;
    const struct vg_stock_arrival *arrival;
    struct vg_stock_done *done;
    struct vg_error *error;
    const char *item, *place, *facility;
    int32_t day;
    int64_t open;
    struct part *parts;
    size_t n_parts, capacity;
};

static vg_status read_order(struct arriving *arriving)
{
    sqlite3_stmt *find = NULL;
    struct vg_arena *arena = &arriving->work->arena;
    vg_status status = store_prepare(arriving->work->store->db,
                                     "SELECT i.name, s.place, s.facility, o.day, o.amount - coalesce((SELECT sum(a.amount + a.short) FROM stock_arrival a WHERE a.stock_order = o.id), 0)"
                                     " FROM stock_order o JOIN stock_item i ON i.id = o.item JOIN stock_site s ON s.id = CASE WHEN ?2 THEN o.from_site ELSE o.to_site END WHERE o.id = ?1",
                                     &find, arriving->error);
    if (status == VG_OK) {
        (void)sqlite3_bind_int64(find, 1, arriving->arrival->order);
        (void)sqlite3_bind_int(find, 2, arriving->arrival->returned);
        const int code = sqlite3_step(find);
        if (code == SQLITE_ROW) {
            arriving->item = store_column_text(arena, find, 0);
            arriving->place = store_column_text(arena, find, 1);
            arriving->facility = store_column_text(arena, find, 2);
            arriving->day = sqlite3_column_int(find, 3);
            arriving->open = sqlite3_column_int64(find, 4);
        }
        status = code == SQLITE_ROW ? VG_OK : code == SQLITE_DONE ? vg_fail(arriving->error, VG_NOT_FOUND, "there is no order %lld; vigia stock orders lists them", (long long)arriving->arrival->order)
                                                                  : store_sql_error(arriving->work->store->db, arriving->error, "reading the stock ledger");
    }
    (void)sqlite3_finalize(find);
    return status == VG_OK && arena->failed ? vg_fail_memory(arriving->error, 0) : status;
}

#define PARTS_OF                                                                                                                                                                                       \
    "SELECT m.id, -m.amount, coalesce((SELECT sum(a.amount) FROM stock_movement a WHERE a.other = m.id AND a.event = 3 AND a.reverses = 0 AND a.day <= ?2), 0), p.lot, p.expiry"                       \
    " FROM stock_order_part o JOIN stock_movement m ON m.id = o.movement JOIN stock_position p ON p.id = m.position WHERE o.stock_order = ?1 ORDER BY p.expiry IS NULL, p.expiry, p.lot, m.id"

static vg_status read_parts(sqlite3 *db, sqlite3_stmt *find, int64_t order, int32_t to, struct vg_arena *arena, struct part **parts, size_t *n, size_t *capacity, struct vg_error *error)
{
    int code = SQLITE_DONE;
    *n = 0;
    (void)sqlite3_bind_int64(find, 1, order);
    (void)sqlite3_bind_int(find, 2, to);
    while ((code = sqlite3_step(find)) == SQLITE_ROW) {
        struct part *room = vg_arena_room(arena, *parts, *n, capacity, sizeof *room);
        if (room == NULL) {
            break;
        }
        *parts = room;
        room[(*n)++] = (struct part){sqlite3_column_int64(find, 0), sqlite3_column_int64(find, 1), sqlite3_column_int64(find, 2), store_column_text(arena, find, 3),
                                     sqlite3_column_type(find, 4) == SQLITE_NULL ? VG_DATE_NONE : sqlite3_column_int(find, 4)};
    }
    (void)sqlite3_reset(find);
    return arena->failed ? vg_fail_memory(error, 0) : code == SQLITE_DONE ? VG_OK : store_sql_error(db, error, "reading the stock ledger");
}

static vg_status read_parts_of(struct arriving *arriving)
{
    sqlite3_stmt *find = NULL;
    vg_status status = store_prepare(arriving->work->store->db, PARTS_OF, &find, arriving->error);
    status = status == VG_OK ? read_parts(arriving->work->store->db, find, arriving->arrival->order, INT32_MAX, &arriving->work->arena, &arriving->parts, &arriving->n_parts, &arriving->capacity, arriving->error)
                             : status;
    (void)sqlite3_finalize(find);
    return status;
}

static vg_status check(const struct arriving *arriving, int64_t amount)
{
    char day[VG_DATE_TEXT_BYTES];
    const struct vg_stock_arrival *arrival = arriving->arrival;
    if (arriving->open == 0) {
        return vg_fail(arriving->error, VG_DATA_ERROR, "nothing of order %lld is on its way any more", (long long)arrival->order);
    }
    if (amount < 0 || amount > arriving->open) {
        return vg_fail(arriving->error, VG_DATA_ERROR, "of order %lld %g are on their way; what came beyond them is received", (long long)arrival->order, vg_stock_units(arriving->open));
    }
    if (amount == 0 && arrival->rest_follows) {
        return vg_fail(arriving->error, VG_DATA_ERROR, "nothing came, and all still follows: there is nothing to tell");
    }
    if (arrival->day == VG_DATE_NONE || arrival->day < arriving->day) {
        (void)vg_date_print(arriving->day, day);
        return vg_fail(arriving->error, VG_DATA_ERROR, "order %lld left on %s: it does not arrive before", (long long)arrival->order, day);
    }
    const bool good = arrival->note == NULL || (strlen(arrival->note) <= 500 && vg_utf8_valid(arrival->note, strlen(arrival->note)) && strpbrk(arrival->note, "\n\r\t") == NULL);
    return good ? VG_OK : vg_fail(arriving->error, VG_DATA_ERROR, "a note has at most 500 bytes, in one line");
}

/* What expires first came first, as far as anybody knows. write false: only whether all could be. */
static vg_status come(struct arriving *arriving, struct stock_group *group, int64_t amount, bool write)
{
    vg_status status = VG_OK;
    for (size_t i = 0; status == VG_OK && amount > 0 && i < arriving->n_parts; i++) {
        const struct part *part = &arriving->parts[i];
        const int64_t left = part->sent - part->arrived, share = left < amount ? left : amount;
        size_t which = 0;
        int64_t id = 0;
        if (share <= 0) {
            continue;
        }
        amount -= share;
        if (!write) {
            status = stock_check(group, part->lot, part->expiry, arriving->arrival->day, share, arriving->error);
            continue;
        }
        const struct stock_row row = {.event = VG_STOCK_ARRIVED, .day = arriving->arrival->day, .amount = share, .counted = -1, .in_use = -1, .other = part->movement, .note = arriving->arrival->note};
        status = stock_position_of(arriving->work, group, part->lot, part->expiry, &which, arriving->error);
        status = status == VG_OK ? stock_add_row(arriving->work, group, &group->positions[which], &row, &id, arriving->error) : status;
        if (status == VG_OK && arriving->done->n_rows++ == 0) {
            arriving->done->first = id;
        }
    }
    return status;
}

vg_status vg_stock_arrive(struct vg_stock_work *work, const struct vg_stock_arrival *arrival, struct vg_stock_done *done, struct vg_error *error)
{
    struct arriving arriving = {.work = work, .arrival = arrival, .done = done, .error = error};
    struct stock_group *group = NULL;
    *done = (struct vg_stock_done){.order = arrival->order};
    vg_status status = read_order(&arriving);
    const int64_t amount = arrival->amount == -1 ? arriving.open : arrival->amount;
    status = status == VG_OK ? check(&arriving, amount) : status;
    status = status == VG_OK ? read_parts_of(&arriving) : status;
    const size_t item = status == VG_OK ? vg_stock_item_find(work->items, work->n_items, vg_text_from(arriving.item)) : 0;
    if (status == VG_OK && item == work->n_items) {
        status = vg_fail(error, VG_SYSTEM_ERROR, "the ledger's item %.60s is gone", arriving.item);
    }
    status = status == VG_OK ? stock_load_group(work, item, arriving.place, arriving.facility, &group, error) : status;
    status = status == VG_OK ? come(&arriving, group, amount, false) : status;
    status = status == VG_OK ? come(&arriving, group, amount, true) : status;
    if (status != VG_OK) {
        return status;
    }
    sqlite3_stmt *make = work->statements[STOCK_MAKE_ARRIVAL];
    (void)sqlite3_bind_int64(make, 1, arrival->order);
    (void)sqlite3_bind_int(make, 2, arrival->day);
    (void)sqlite3_bind_int64(make, 3, amount);
    (void)sqlite3_bind_int64(make, 4, arrival->rest_follows ? 0 : arriving.open - amount);
    (void)sqlite3_bind_int(make, 5, arrival->returned);
    (void)sqlite3_bind_int64(make, 6, work->batch);
    store_bind_text(make, 7, arrival->note);
    return store_step_done(work->store->db, make, "writing the stock ledger", error);
}

/* ------------------------------------------------------------------ reading */

/* What is on its way of each lot: what left less what came, in the order in which it is taken to come, and no more than the whole. */
static vg_status open_parts(struct vg_store *store, sqlite3_stmt *find, int32_t to, struct vg_arena *arena, struct vg_stock_order *order, struct vg_error *error)
{
    struct part *parts = NULL;
    size_t n = 0, capacity = 0;
    int64_t left = order->open;
    vg_status status = read_parts(store->db, find, order->id, to, arena, &parts, &n, &capacity, error);
    order->parts = status == VG_OK ? VG_ARENA_ARRAY(arena, struct vg_stock_part, n) : NULL;
    if (status != VG_OK || order->parts == NULL) {
        return status != VG_OK ? status : vg_fail_memory(error, n * sizeof *parts);
    }
    for (size_t i = 0; i < n && left > 0; i++) {
        const int64_t there = parts[i].sent - parts[i].arrived, share = there < left ? there : left;
        if (share > 0) {
            order->parts[order->n_parts++] = (struct vg_stock_part){parts[i].lot, parts[i].expiry, share};
            left -= share;
        }
    }
    return VG_OK;
}

vg_status vg_stock_orders(struct vg_store *store, const struct vg_stock_filter *filter, bool open_only, const struct vg_stock_item *items, size_t n_items, struct vg_arena *arena,
                          struct vg_stock_order **orders, size_t *n_orders, struct vg_error *error)
{
    sqlite3_stmt *all = NULL, *parts = NULL;
    size_t capacity = 0;
    int code = SQLITE_DONE;
    const int32_t to = filter->to == VG_DATE_NONE ? INT32_MAX : filter->to;
    *orders = NULL;
    *n_orders = 0;
    vg_status status = store_prepare(store->db,
                                     "SELECT o.id, i.name, f.place, f.facility, t.place, t.facility, o.day, o.due, o.amount, o.note, b.actor, coalesce(sum(a.amount) FILTER (WHERE NOT a.returned), 0),"
                                     " coalesce(sum(a.amount) FILTER (WHERE a.returned), 0), coalesce(sum(a.short), 0), max(a.day) FROM stock_order o JOIN stock_item i ON i.id = o.item"
                                     " JOIN stock_site f ON f.id = o.from_site JOIN stock_site t ON t.id = o.to_site JOIN stock_batch b ON b.id = o.batch"
                                     " LEFT JOIN stock_arrival a ON a.stock_order = o.id AND a.day <= ?1 WHERE o.day <= ?1 AND (?2 IS NULL OR i.name = ?2) GROUP BY o.id ORDER BY o.id",
                                     &all, error);
    status = status == VG_OK ? store_prepare(store->db, PARTS_OF, &parts, error) : status;
    if (status == VG_OK) {
        (void)sqlite3_bind_int(all, 1, to);
        store_bind_text(all, 2, filter->item);
    }
    while (status == VG_OK && (code = sqlite3_step(all)) == SQLITE_ROW) {
        struct vg_stock_order order = {.id = sqlite3_column_int64(all, 0), .item = vg_stock_item_find(items, n_items, vg_text_from((const char *)sqlite3_column_text(all, 1))), .day = sqlite3_column_int(all, 6),
                                       .due = sqlite3_column_type(all, 7) == SQLITE_NULL ? VG_DATE_NONE : sqlite3_column_int(all, 7), .amount = sqlite3_column_int64(all, 8),
                                       .arrived = sqlite3_column_int64(all, 11), .returned = sqlite3_column_int64(all, 12), .missing = sqlite3_column_int64(all, 13),
                                       .last = sqlite3_column_type(all, 14) == SQLITE_NULL ? VG_DATE_NONE : sqlite3_column_int(all, 14)};
        order.open = order.amount - order.arrived - order.returned - order.missing;
        const bool within = stock_is_within(store, (const char *)sqlite3_column_text(all, 2), filter->place) || stock_is_within(store, (const char *)sqlite3_column_text(all, 4), filter->place);
        if (order.item == n_items || !within || (open_only && order.open <= 0)) {
            continue;
        }
        const char **const texts[] = {&order.from_place, &order.from_facility, &order.to_place, &order.to_facility};
        for (int i = 0; i < 4; i++) {
            *texts[i] = store_column_text(arena, all, 2 + i);
        }
        order.note = store_column_text(arena, all, 9);
        order.actor = store_column_text(arena, all, 10);
        status = order.open > 0 ? open_parts(store, parts, to, arena, &order, error) : VG_OK;
        struct vg_stock_order *room = status == VG_OK ? vg_arena_room(arena, *orders, *n_orders, &capacity, sizeof *room) : NULL;
        if (room == NULL) {
            status = status != VG_OK ? status : vg_fail_memory(error, sizeof *room);
            break;
        }
        *orders = room;
        room[(*n_orders)++] = order;
    }
    (void)sqlite3_finalize(all);
    (void)sqlite3_finalize(parts);
    return status == VG_OK && code != SQLITE_DONE ? store_sql_error(store->db, error, "reading the stock ledger") : status == VG_OK && arena->failed ? vg_fail_memory(error, 0) : status;
}
