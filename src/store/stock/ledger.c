/*
 * Positions with their days in memory while a work goes on: what they hold on a day, what they can give, and the rows that are added to them.
 */
#include "store/stock/stock_internal.h"

#include <stdlib.h>
#include <string.h>

/* ---------------------------------------------------------------- loading */

static vg_status read_days(struct vg_stock_work *work, struct stock_position *position, struct vg_error *error)
{
    sqlite3_stmt *days = work->statements[STOCK_DAYS], *counts = work->statements[STOCK_COUNTS];
    int code;
    (void)sqlite3_bind_int64(days, 1, position->id);
    while ((code = sqlite3_step(days)) == SQLITE_ROW) {
        struct stock_day *room = vg_arena_room(&work->arena, position->days, position->n_days, &position->day_capacity, sizeof *room);
        if (room == NULL) {
            break;
        }
        position->days = room;
        room[position->n_days++] = (struct stock_day){sqlite3_column_int(days, 0), sqlite3_column_int64(days, 1)};
        if (__builtin_add_overflow(position->total, sqlite3_column_int64(days, 1), &position->total)) {
            (void)sqlite3_reset(days);
            return vg_fail(error, VG_LIMIT_EXCEEDED, "a position of the stock ledger holds more than can be counted");
        }
    }
    (void)sqlite3_reset(days);
    if (code != SQLITE_DONE) {
        return work->arena.failed ? vg_fail_memory(error, 0) : store_sql_error(work->store->db, error, "reading the stock ledger");
    }
    (void)sqlite3_bind_int64(counts, 1, position->id);
    while ((code = sqlite3_step(counts)) == SQLITE_ROW) {
        int32_t *room = vg_arena_room(&work->arena, position->counts, position->n_counts, &position->count_capacity, sizeof *room);
        int64_t *rows = vg_arena_room(&work->arena, position->count_rows, position->n_counts, &position->count_row_capacity, sizeof *rows);
        if (room == NULL || rows == NULL) {
            break;
        }
        position->counts = room;
        position->count_rows = rows;
        room[position->n_counts] = sqlite3_column_int(counts, 0);
        rows[position->n_counts++] = sqlite3_column_int64(counts, 1);
    }
    (void)sqlite3_reset(counts);
    return code == SQLITE_DONE ? VG_OK : work->arena.failed ? vg_fail_memory(error, 0) : store_sql_error(work->store->db, error, "reading the stock ledger");
}

static struct stock_position *add_position(struct vg_stock_work *work, struct stock_group *group, int64_t id, const char *lot, int32_t expiry)
{
    struct stock_position *room = vg_arena_room(&work->arena, group->positions, group->n_positions, &group->capacity, sizeof *room);
    char *kept = vg_arena_copy(&work->arena, lot);
    if (room == NULL || kept == NULL) {
        return NULL;
    }
    group->positions = room;
    room[group->n_positions] = (struct stock_position){.id = id, .lot = kept, .expiry = expiry};
    return &room[group->n_positions++];
}

static vg_status find_site(struct vg_stock_work *work, const char *place, const char *facility, int64_t *site, struct vg_error *error)
{
    const char *key = vg_arena_format(&work->arena, "%s\n%s", place, facility);
    const size_t known = work->sites.count;
    const uint32_t index = key == NULL ? VG_DICTIONARY_NONE : vg_dictionary_add(&work->sites, vg_text_from(key));
    if (index == VG_DICTIONARY_NONE) {
        return vg_fail_memory(error, 64);
    }
    if (index < known) {
        *site = work->site_ids[index];
        return VG_OK;
    }
    int64_t *room = vg_arena_room(&work->arena, work->site_ids, known, &work->site_capacity, sizeof *room);
    if (room == NULL) {
        return vg_fail_memory(error, sizeof *room);
    }
    work->site_ids = room;
    sqlite3_stmt *find = work->statements[STOCK_FIND_SITE];
    store_bind_text(find, 1, place);
    store_bind_text(find, 2, facility);
    const int code = sqlite3_step(find);
    room[index] = code == SQLITE_ROW ? sqlite3_column_int64(find, 0) : 0;
    (void)sqlite3_reset(find);
    *site = room[index];
    return code == SQLITE_ROW || code == SQLITE_DONE ? VG_OK : store_sql_error(work->store->db, error, "reading the stock ledger");
}

static vg_status read_positions(struct vg_stock_work *work, struct stock_group *group, int64_t item, struct vg_error *error)
{
    sqlite3_stmt *find = work->statements[STOCK_FIND_POSITIONS];
    int code;
    (void)sqlite3_bind_int64(find, 1, group->site);
    (void)sqlite3_bind_int64(find, 2, item);
    while ((code = sqlite3_step(find)) == SQLITE_ROW) {
        const char *lot = (const char *)sqlite3_column_text(find, 1);
        if (add_position(work, group, sqlite3_column_int64(find, 0), lot == NULL ? "" : lot, sqlite3_column_type(find, 2) == SQLITE_NULL ? VG_DATE_NONE : sqlite3_column_int(find, 2)) == NULL) {
            break;
        }
    }
    (void)sqlite3_reset(find);
    vg_status status = code == SQLITE_DONE ? VG_OK : work->arena.failed ? vg_fail_memory(error, 0) : store_sql_error(work->store->db, error, "reading the stock ledger");
    for (size_t i = 0; status == VG_OK && i < group->n_positions; i++) {
        status = read_days(work, &group->positions[i], error);
    }
    return status;
}

vg_status stock_load_group(struct vg_stock_work *work, size_t item, const char *place, const char *facility, struct stock_group **out, struct vg_error *error)
{
    const char *key = vg_arena_format(&work->arena, "%zu\n%s\n%s", item, place, facility);
    const size_t known = work->groups.count;
    const uint32_t index = key == NULL ? VG_DICTIONARY_NONE : vg_dictionary_add(&work->groups, vg_text_from(key));
    if (index == VG_DICTIONARY_NONE) {
        return vg_fail_memory(error, 64);
    }
    if (index < known) {
        *out = &work->group_rows[index];
        return VG_OK;
    }
    struct stock_group *room = vg_arena_room(&work->arena, work->group_rows, known, &work->group_capacity, sizeof *room);
    if (room == NULL) {
        return vg_fail_memory(error, sizeof *room);
    }
    work->group_rows = room;
    struct stock_group *group = &room[index];
    *group = (struct stock_group){.item = (int64_t)item};
    vg_status status = find_site(work, place, facility, &group->site, error);
    if (status == VG_OK && group->site != 0 && work->item_ids[item] != 0) {
        status = read_positions(work, group, work->item_ids[item], error);
    }
    if (group->site == 0 && status == VG_OK) { /* the names are kept until the first row makes the site */
        sqlite3_stmt *make = work->statements[STOCK_MAKE_SITE];
        store_bind_text(make, 1, place);
        store_bind_text(make, 2, facility);
        status = store_step_done(work->store->db, make, "writing the stock ledger", error);
        group->site = sqlite3_last_insert_rowid(work->store->db);
        work->site_ids[vg_dictionary_find(&work->sites, vg_text_from(strchr(key, '\n') + 1))] = group->site;
    }
    *out = group;
    return status;
}

struct stock_position *stock_find_lot(const struct stock_group *group, const char *lot)
{
    for (size_t i = 0; i < group->n_positions; i++) {
        if (strcmp(group->positions[i].lot, lot) == 0) {
            return &group->positions[i];
        }
    }
    return NULL;
}

static vg_status check_expiry(const struct stock_position *position, int32_t expiry, struct vg_error *error)
{
    char known[VG_DATE_TEXT_BYTES], told[VG_DATE_TEXT_BYTES];
    if (expiry == VG_DATE_NONE || position->expiry == VG_DATE_NONE || expiry == position->expiry) {
        return VG_OK;
    }
    (void)vg_date_print(position->expiry, known);
    (void)vg_date_print(expiry, told);
    return vg_fail(error, VG_DATA_ERROR, "lot %.60s expires on %s, as was told before, and not on %s", position->lot, known, told);
}

/* No balance of the day or after it may pass the most, so that no sum of the rows up to a day does. */
vg_status stock_check(const struct stock_group *group, const char *lot, int32_t expiry, int32_t day, int64_t amount, struct vg_error *error)
{
    const struct stock_position *position = stock_find_lot(group, lot);
    if (position == NULL) {
        return VG_OK;
    }
    int64_t balance = position->total, highest = balance, lowest = balance, after = 0, below = 0;
    for (size_t i = position->n_days; i > 0 && position->days[i - 1].day > day; i--) {
        balance -= position->days[i - 1].amount;
        highest = balance > highest ? balance : highest;
        lowest = balance < lowest ? balance : lowest;
    }
    vg_status status = check_expiry(position, expiry, error);
    if (status == VG_OK && (__builtin_add_overflow(highest, amount, &after) || __builtin_add_overflow(lowest, amount, &below) || (amount > 0 && after > VG_STOCK_AMOUNT_MOST) ||
                            (amount < 0 && below < -VG_STOCK_AMOUNT_MOST))) {
        status = vg_fail(error, VG_DATA_ERROR, "there would be more than %lld of it, or less than none by as much: a slip of the pen?", (long long)(VG_STOCK_AMOUNT_MOST / VG_STOCK_UNIT));
    }
    return status;
}

static vg_status set_expiry(struct vg_stock_work *work, struct stock_position *position, int32_t expiry, struct vg_error *error)
{
    vg_status status = check_expiry(position, expiry, error);
    if (status != VG_OK || expiry == VG_DATE_NONE || expiry == position->expiry) {
        return status;
    }
    position->expiry = expiry;
    if (position->id == 0) {
        return VG_OK;
    }
    sqlite3_stmt *set = work->statements[STOCK_SET_EXPIRY];
    (void)sqlite3_bind_int64(set, 1, position->id);
    store_bind_date(set, 2, expiry);
    return store_step_done(work->store->db, set, "writing the stock ledger", error);
}

vg_status stock_position_of(struct vg_stock_work *work, struct stock_group *group, const char *lot, int32_t expiry, size_t *which, struct vg_error *error)
{
    struct stock_position *known = stock_find_lot(group, lot);
    if (known != NULL) {
        *which = (size_t)(known - group->positions);
        return set_expiry(work, known, expiry, error);
    }
    *which = group->n_positions;
    return add_position(work, group, 0, lot, expiry) == NULL ? vg_fail_memory(error, sizeof(struct stock_position)) : VG_OK;
}

/* --------------------------------------------------------------- balances */

int64_t stock_balance_on(const struct stock_position *position, int32_t day)
{
    int64_t balance = position->total;
    for (size_t i = position->n_days; i > 0 && position->days[i - 1].day > day; i--) {
        balance -= position->days[i - 1].amount;
    }
    return balance;
}

int64_t stock_available(const struct stock_position *position, int32_t day)
{
    int32_t until = INT32_MAX; /* the next stock-taking after the day says anew what there is */
    for (size_t i = position->n_counts; i > 0 && position->counts[i - 1] > day; i--) {
        until = position->counts[i - 1];
    }
    int64_t balance = position->total, least = INT64_MAX;
    for (size_t i = position->n_days; i > 0 && position->days[i - 1].day > day; i--) {
        least = position->days[i - 1].day < until && balance < least ? balance : least;
        balance -= position->days[i - 1].amount;
    }
    return balance < least ? balance : least;
}

/* ------------------------------------------------------------------- rows */

static vg_status note_day(struct vg_stock_work *work, struct stock_position *position, int32_t day, int64_t amount, struct vg_error *error)
{
    size_t at = position->n_days;
    position->total += amount;
    while (at > 0 && position->days[at - 1].day > day) {
        at--;
    }
    if (at > 0 && position->days[at - 1].day == day) {
        position->days[at - 1].amount += amount;
        return VG_OK;
    }
    struct stock_day *room = vg_arena_room(&work->arena, position->days, position->n_days, &position->day_capacity, sizeof *room);
    if (room == NULL) {
        return vg_fail_memory(error, sizeof *room);
    }
    position->days = room;
    memmove(room + at + 1, room + at, (position->n_days - at) * sizeof *room);
    room[at] = (struct stock_day){day, amount};
    position->n_days++;
    return VG_OK;
}

static vg_status note_count(struct vg_stock_work *work, struct stock_position *position, int32_t day, int64_t row, struct vg_error *error)
{
    int32_t *counts = vg_arena_room(&work->arena, position->counts, position->n_counts, &position->count_capacity, sizeof *counts);
    int64_t *rows = vg_arena_room(&work->arena, position->count_rows, position->n_counts, &position->count_row_capacity, sizeof *rows);
    if (counts == NULL || rows == NULL) {
        return vg_fail_memory(error, sizeof *rows);
    }
    position->counts = counts;
    position->count_rows = rows;
    size_t at = position->n_counts++;
    for (; at > 0 && counts[at - 1] > day; at--) {
        counts[at] = counts[at - 1];
        rows[at] = rows[at - 1];
    }
    counts[at] = day;
    rows[at] = row;
    return VG_OK;
}

static vg_status make_position(struct vg_stock_work *work, const struct stock_group *group, struct stock_position *position, struct vg_error *error)
{
    sqlite3_stmt *make = work->statements[STOCK_MAKE_POSITION];
    (void)sqlite3_bind_int64(make, 1, group->site);
    (void)sqlite3_bind_int64(make, 2, work->item_ids[group->item]);
    store_bind_text(make, 3, position->lot);
    store_bind_date(make, 4, position->expiry);
    vg_status status = store_step_done(work->store->db, make, "writing the stock ledger", error);
    position->id = sqlite3_last_insert_rowid(work->store->db);
    return status;
}

static void bind_or_null(sqlite3_stmt *statement, int index, int64_t value, bool known)
{
    (void)(known ? sqlite3_bind_int64(statement, index, value) : sqlite3_bind_null(statement, index));
}

static vg_status insert(struct vg_stock_work *work, struct stock_position *position, const struct stock_row *row, int64_t *id, struct vg_error *error)
{
    sqlite3_stmt *statement = work->statements[STOCK_INSERT];
    (void)sqlite3_bind_int64(statement, 1, position->id);
    (void)sqlite3_bind_int(statement, 2, row->day);
    (void)sqlite3_bind_int(statement, 3, (int)row->event);
    (void)sqlite3_bind_int64(statement, 4, row->amount);
    bind_or_null(statement, 5, row->counted, row->counted >= 0);
    bind_or_null(statement, 6, row->in_use, row->in_use >= 0);
    bind_or_null(statement, 7, row->other, row->other != 0);
    (void)sqlite3_bind_int(statement, 8, row->reverses);
    (void)sqlite3_bind_int64(statement, 9, work->batch);
    store_bind_text(statement, 10, row->note);
    (void)(row->entry == NULL ? sqlite3_bind_null(statement, 11) : sqlite3_bind_blob(statement, 11, row->entry, STOCK_ENTRY_BYTES, SQLITE_STATIC));
    vg_status status = store_step_done(work->store->db, statement, "writing the stock ledger", error);
    *id = sqlite3_last_insert_rowid(work->store->db);
    return status == VG_OK ? note_day(work, position, row->day, row->amount, error) : status;
}

vg_status stock_add_row(struct vg_stock_work *work, struct stock_group *group, struct stock_position *position, const struct stock_row *row, int64_t *id, struct vg_error *error)
{
    size_t next = position->n_counts;
    vg_status status = position->id == 0 ? make_position(work, group, position, error) : VG_OK;
    status = status == VG_OK ? insert(work, position, row, id, error) : status;
    while (next > 0 && position->counts[next - 1] > row->day) {
        next--;
    }
    if (status == VG_OK && next < position->n_counts && row->amount != 0) { /* known too late for the stock-taking, which stays true */
        int64_t late = 0;
        const struct stock_row out = {.event = VG_STOCK_COUNTED, .day = position->counts[next], .amount = -row->amount, .counted = -1, .in_use = -1, .other = position->count_rows[next]};
        status = insert(work, position, &out, &late, error);
    }
    return status == VG_OK && row->counted >= 0 ? note_count(work, position, row->day, *id, error) : status;
}
