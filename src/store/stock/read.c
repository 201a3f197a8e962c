/*
 * What the ledger says: items, balances on a day, use by day, rows.
 */
#include "store/stock/stock_internal.h"

#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------- items */

vg_status vg_stock_items(struct vg_store *store, struct vg_arena *arena, struct vg_stock_item **items, size_t *n_items, struct vg_error *error)
{
    sqlite3_stmt *own = NULL;
    int code = SQLITE_DONE;
    size_t capacity;
    vg_status status = vg_stock_items_shipped(arena, items, n_items, error);
    capacity = *n_items;
    status = status == VG_OK ? store_prepare(store->db, "SELECT name, category, unit, reusable, lots, title FROM stock_item WHERE own = 1 ORDER BY id", &own, error) : status;
    while (status == VG_OK && (code = sqlite3_step(own)) == SQLITE_ROW) {
        struct vg_stock_item item = {.name = store_column_text(arena, own, 0), .category = store_column_text(arena, own, 1), .unit = store_column_text(arena, own, 2),
                                     .reusable = sqlite3_column_int(own, 3) != 0, .lots = sqlite3_column_int(own, 4) != 0};
        const char *title = store_column_text(arena, own, 5);
        size_t at = 0;
        while (at < *n_items && item.name != NULL && strcmp((*items)[at].name, item.name) != 0) {
            at++;
        }
        struct vg_stock_item *room = at < *n_items ? *items : vg_arena_room(arena, *items, *n_items, &capacity, sizeof *room);
        if (room == NULL || item.name == NULL) {
            status = vg_fail_memory(error, sizeof item);
            break;
        }
        *items = room;
        item.also = at < *n_items ? room[at].also : NULL;
        item.asked = at < *n_items && room[at].asked;
        for (int language = 0; language < VG_LANGUAGE_COUNT; language++) {
            item.titles[language] = title != NULL ? title : at < *n_items ? room[at].titles[language] : NULL;
        }
        room[at] = item;
        *n_items += at == *n_items;
    }
    (void)sqlite3_finalize(own);
    return status == VG_OK && code != SQLITE_DONE ? store_sql_error(store->db, error, "reading the stock ledger") : status;
}

/* ---------------------------------------------------------------- balances */

struct sum { int64_t position, amount; int32_t last; };
struct count { int64_t position, in_use; int32_t day; };

static vg_status read_sums(struct vg_store *store, int32_t to, struct vg_arena *arena, struct sum **sums, size_t *n, struct vg_error *error)
{
    sqlite3_stmt *statement = NULL;
    int code = SQLITE_DONE;
    size_t capacity = 0;
    vg_status status = store_prepare(store->db, "SELECT position, sum(amount), max(day) FROM stock_movement INDEXED BY stock_movement_position WHERE day <= ?1 GROUP BY position", &statement, error);
    if (status == VG_OK) {
        (void)sqlite3_bind_int(statement, 1, to);
    }
    while (status == VG_OK && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        struct sum *room = vg_arena_room(arena, *sums, *n, &capacity, sizeof *room);
        if (room == NULL) {
            status = vg_fail_memory(error, sizeof *room);
            break;
        }
        *sums = room;
        room[(*n)++] = (struct sum){sqlite3_column_int64(statement, 0), sqlite3_column_int64(statement, 1), sqlite3_column_int(statement, 2)};
    }
    (void)sqlite3_finalize(statement);
    return status == VG_OK && code != SQLITE_DONE ? store_sql_error(store->db, error, "reading the stock ledger") : status;
}

static vg_status read_counts(struct vg_store *store, int32_t to, struct vg_arena *arena, struct count **counts, size_t *n, struct vg_error *error)
{
    sqlite3_stmt *statement = NULL;
    int code = SQLITE_DONE;
    size_t capacity = 0;
    vg_status status = store_prepare(store->db, "SELECT position, in_use, day FROM stock_movement WHERE counted IS NOT NULL AND day <= ?1 ORDER BY position, day, id", &statement, error);
    if (status == VG_OK) {
        (void)sqlite3_bind_int(statement, 1, to);
    }
    while (status == VG_OK && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        const struct count one = {sqlite3_column_int64(statement, 0), sqlite3_column_type(statement, 1) == SQLITE_NULL ? -1 : sqlite3_column_int64(statement, 1), sqlite3_column_int(statement, 2)};
        const bool same = *n > 0 && (*counts)[*n - 1].position == one.position;
        struct count *room = same ? *counts : vg_arena_room(arena, *counts, *n, &capacity, sizeof *room);
        if (room == NULL) {
            status = vg_fail_memory(error, sizeof *room);
            break;
        }
        *counts = room;
        *n += !same;
        room[*n - 1] = one; /* the newest stays */
    }
    (void)sqlite3_finalize(statement);
    return status == VG_OK && code != SQLITE_DONE ? store_sql_error(store->db, error, "reading the stock ledger") : status;
}

static int by_position(const void *key, const void *row)
{
    const int64_t a = *(const int64_t *)key, b = *(const int64_t *)row; /* the first member of sum and count */
    return (a > b) - (a < b);
}

bool stock_is_within(struct vg_store *store, const char *place, const char *above)
{
    if (above == NULL || strcmp(place, above) == 0) {
        return true;
    }
    const struct vg_place_list *places = vg_store_place_list(store);
    const uint32_t one = vg_place_list_find_code(places, vg_text_from(place)), other = vg_place_list_find_code(places, vg_text_from(above));
    return one != VG_PLACE_NONE && other != VG_PLACE_NONE && vg_place_list_within(places, one, other);
}

vg_status vg_stock_balances(struct vg_store *store, const struct vg_stock_filter *filter, const struct vg_stock_item *items, size_t n_items, struct vg_arena *arena,
                            struct vg_stock_balance **balances, size_t *n_balances, struct vg_error *error)
{
    sqlite3_stmt *statement = NULL;
    struct sum *sums = NULL;
    struct count *counts = NULL;
    size_t n_sums = 0, n_counts = 0, capacity = 0;
    int code = SQLITE_DONE;
    const int32_t to = filter->to == VG_DATE_NONE ? INT32_MAX : filter->to;
    *balances = NULL;
    *n_balances = 0;
    vg_status status = read_sums(store, to, arena, &sums, &n_sums, error);
    status = status == VG_OK ? read_counts(store, to, arena, &counts, &n_counts, error) : status;
    status = status == VG_OK ? store_prepare(store->db,
                                             "SELECT p.id, i.name, s.place, s.facility, p.lot, p.expiry FROM stock_position p JOIN stock_site s ON s.id = p.site JOIN stock_item i ON i.id = p.item"
                                             " WHERE ?1 IS NULL OR i.name = ?1 ORDER BY s.place, s.facility, i.name, p.expiry IS NULL, p.expiry, p.lot",
                                             &statement, error)
                             : status;
    if (status == VG_OK) {
        store_bind_text(statement, 1, filter->item);
    }
    while (status == VG_OK && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        const int64_t id = sqlite3_column_int64(statement, 0);
        const struct sum *sum = n_sums == 0 ? NULL : bsearch(&id, sums, n_sums, sizeof *sums, by_position);
        const struct count *count = n_counts == 0 ? NULL : bsearch(&id, counts, n_counts, sizeof *counts, by_position);
        const size_t item = vg_stock_item_find(items, n_items, vg_text_from((const char *)sqlite3_column_text(statement, 1)));
        if (sum == NULL || item == n_items || !stock_is_within(store, (const char *)sqlite3_column_text(statement, 2), filter->place)) {
            continue;
        }
        struct vg_stock_balance *room = vg_arena_room(arena, *balances, *n_balances, &capacity, sizeof *room);
        if (room == NULL) {
            status = vg_fail_memory(error, sizeof *room);
            break;
        }
        *balances = room;
        room[(*n_balances)++] = (struct vg_stock_balance){.position = id, .item = item, .place = store_column_text(arena, statement, 2), .facility = store_column_text(arena, statement, 3),
                                                          .lot = store_column_text(arena, statement, 4),
                                                          .expiry = sqlite3_column_type(statement, 5) == SQLITE_NULL ? VG_DATE_NONE : sqlite3_column_int(statement, 5), .amount = sum->amount,
                                                          .last = sum->last, .counted = count == NULL ? VG_DATE_NONE : count->day, .in_use = count == NULL ? -1 : count->in_use};
    }
    (void)sqlite3_finalize(statement);
    return status == VG_OK && code != SQLITE_DONE ? store_sql_error(store->db, error, "reading the stock ledger") : status == VG_OK && arena->failed ? vg_fail_memory(error, 0) : status;
}

/* --------------------------------------------------------------------- use */

vg_status vg_stock_uses(struct vg_store *store, int32_t from, int32_t to, struct vg_arena *arena, struct vg_stock_use **uses, size_t *n_uses, struct vg_error *error)
{
    sqlite3_stmt *statement = NULL;
    int code = SQLITE_DONE;
    size_t capacity = 0;
    *uses = NULL;
    *n_uses = 0;
    vg_status status = store_prepare(store->db, "SELECT position, day, -sum(amount) FROM stock_movement WHERE event = 1 AND day BETWEEN ?1 AND ?2 GROUP BY position, day ORDER BY position, day",
                                     &statement, error);
    if (status == VG_OK) {
        (void)sqlite3_bind_int(statement, 1, from);
        (void)sqlite3_bind_int(statement, 2, to);
    }
    while (status == VG_OK && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        struct vg_stock_use *room = vg_arena_room(arena, *uses, *n_uses, &capacity, sizeof *room);
        if (room == NULL) {
            status = vg_fail_memory(error, sizeof *room);
            break;
        }
        *uses = room;
        room[(*n_uses)++] = (struct vg_stock_use){sqlite3_column_int64(statement, 0), sqlite3_column_int(statement, 1), sqlite3_column_int64(statement, 2)};
    }
    (void)sqlite3_finalize(statement);
    return status == VG_OK && code != SQLITE_DONE ? store_sql_error(store->db, error, "reading the stock ledger") : status;
}

vg_status vg_stock_firsts(struct vg_store *store, struct vg_arena *arena, struct vg_stock_first **firsts, size_t *n_firsts, struct vg_error *error)
{
    sqlite3_stmt *statement = NULL;
    int code = SQLITE_DONE;
    size_t capacity = 0;
    *firsts = NULL;
    *n_firsts = 0;
    /* min() of an indexed column is one seek a position */
    vg_status status = store_prepare(store->db, "SELECT p.id, (SELECT min(m.day) FROM stock_movement m WHERE m.position = p.id) FROM stock_position p ORDER BY p.id", &statement, error);
    while (status == VG_OK && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        if (sqlite3_column_type(statement, 1) == SQLITE_NULL) {
            continue;
        }
        struct vg_stock_first *room = vg_arena_room(arena, *firsts, *n_firsts, &capacity, sizeof *room);
        if (room == NULL) {
            status = vg_fail_memory(error, sizeof *room);
            break;
        }
        *firsts = room;
        room[(*n_firsts)++] = (struct vg_stock_first){sqlite3_column_int64(statement, 0), sqlite3_column_int(statement, 1)};
    }
    (void)sqlite3_finalize(statement);
    return status == VG_OK && code != SQLITE_DONE ? store_sql_error(store->db, error, "reading the stock ledger") : status;
}

/* ---------------------------------------------------------------- the rows */

static int32_t date_or_none(sqlite3_stmt *statement, int column)
{
    return sqlite3_column_type(statement, column) == SQLITE_NULL ? VG_DATE_NONE : sqlite3_column_int(statement, column);
}

static int64_t number_or(sqlite3_stmt *statement, int column, int64_t otherwise)
{
    return sqlite3_column_type(statement, column) == SQLITE_NULL ? otherwise : sqlite3_column_int64(statement, column);
}

static void read_movement(struct vg_arena *arena, sqlite3_stmt *statement, struct vg_stock_movement *row)
{
    *row = (struct vg_stock_movement){.id = sqlite3_column_int64(statement, 0), .day = sqlite3_column_int(statement, 1), .event = (enum vg_stock_event)sqlite3_column_int(statement, 2),
                                      .amount = sqlite3_column_int64(statement, 3), .counted = number_or(statement, 4, -1), .in_use = number_or(statement, 5, -1),
                                      .other = number_or(statement, 6, 0), .reverses = sqlite3_column_int(statement, 7) != 0, .note = store_column_text(arena, statement, 8),
                                      .item = store_column_text(arena, statement, 9), .place = store_column_text(arena, statement, 10), .facility = store_column_text(arena, statement, 11),
                                      .lot = store_column_text(arena, statement, 12), .expiry = date_or_none(statement, 13), .at = store_column_text(arena, statement, 14),
                                      .actor = store_column_text(arena, statement, 15), .source = store_column_text(arena, statement, 16)};
}

#define ROWS_FROM " FROM stock_movement m JOIN stock_position p ON p.id = m.position JOIN stock_site s ON s.id = p.site JOIN stock_item i ON i.id = p.item JOIN stock_batch b ON b.id = m.batch"
#define ROWS_WHERE " WHERE m.day BETWEEN ?1 AND ?2 AND (?3 IS NULL OR i.name = ?3)"

static vg_status movements_query(struct vg_store *store, const struct vg_stock_filter *filter, const char *text, sqlite3_stmt **statement, struct vg_error *error)
{
    vg_status status = store_prepare(store->db, text, statement, error);
    if (status == VG_OK) {
        (void)sqlite3_bind_int(*statement, 1, filter->from == VG_DATE_NONE ? INT32_MIN : filter->from);
        (void)sqlite3_bind_int(*statement, 2, filter->to == VG_DATE_NONE ? INT32_MAX : filter->to);
        store_bind_text(*statement, 3, filter->item);
    }
    return status;
}

/* Places below the filter's are known to the program, not to the database: rows of other places are passed over here. */
vg_status vg_stock_movements(struct vg_store *store, const struct vg_stock_filter *filter, struct vg_arena *arena, struct vg_stock_movement **movements, size_t *n_movements, size_t *total,
                             struct vg_error *error)
{
    static const char all[] = "SELECT m.id, m.day, m.event, m.amount, m.counted, m.in_use, m.other, m.reverses, m.note, i.name, s.place, s.facility, p.lot, p.expiry, b.at, b.actor, b.source" ROWS_FROM
        ROWS_WHERE " ORDER BY m.id DESC";
    sqlite3_stmt *statement = NULL;
    size_t capacity = 0;
    int code = SQLITE_DONE;
    *movements = NULL;
    *n_movements = *total = 0;
    vg_status status = movements_query(store, filter, all, &statement, error);
    while (status == VG_OK && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        if (filter->place != NULL && !stock_is_within(store, (const char *)sqlite3_column_text(statement, 10), filter->place)) {
            continue;
        }
        if (*total >= VG_STOCK_COUNT_MOST && (filter->most == 0 ? 0 : *n_movements >= filter->most)) {
            code = SQLITE_DONE;
            break;
        }
        const size_t at = (*total)++;
        if (at < filter->skip || (filter->most > 0 && *n_movements >= filter->most)) {
            continue;
        }
        struct vg_stock_movement *room = vg_arena_room(arena, *movements, *n_movements, &capacity, sizeof *room);
        if (room == NULL) {
            status = vg_fail_memory(error, sizeof *room);
            break;
        }
        *movements = room;
        read_movement(arena, statement, &room[(*n_movements)++]);
    }
    (void)sqlite3_finalize(statement);
    return status == VG_OK && code != SQLITE_DONE ? store_sql_error(store->db, error, "reading the stock ledger") : status == VG_OK && arena->failed ? vg_fail_memory(error, 0) : status;
}

vg_status vg_stock_any(struct vg_store *store, bool *any, struct vg_error *error)
{
    int64_t n = 0;
    vg_status status = store_scalar(store->db, "SELECT EXISTS (SELECT 1 FROM stock_movement)", &n, error);
    *any = n != 0;
    return status;
}

vg_status vg_stock_newest(struct vg_store *store, int32_t *day, struct vg_error *error)
{
    int64_t newest = 0; /* one seek a position, as there is no index by day alone */
    vg_status status = store_scalar(store->db, "SELECT coalesce(max((SELECT max(m.day) FROM stock_movement m WHERE m.position = p.id)), -2147483648) FROM stock_position p", &newest, error);
    *day = (int32_t)newest;
    return status;
}
