/*
 * What people and files tell the ledger: checked whole before anything of it is written.
 */
#include "store/stock/stock_internal.h"

#include <stdlib.h>
#include <string.h>

static const char *const statement_texts[STOCK_STATEMENTS] = {
    [STOCK_INSERT] = "INSERT INTO stock_movement (position, day, event, amount, counted, in_use, other, reverses, batch, note, entry) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    [STOCK_FIND_SITE] = "SELECT id FROM stock_site WHERE place = ?1 AND facility = ?2",
    [STOCK_MAKE_SITE] = "INSERT INTO stock_site (place, facility) VALUES (?1, ?2)",
    [STOCK_FIND_POSITIONS] = "SELECT id, lot, expiry FROM stock_position WHERE site = ?1 AND item = ?2 ORDER BY id",
    [STOCK_MAKE_POSITION] = "INSERT INTO stock_position (site, item, lot, expiry) VALUES (?1, ?2, ?3, ?4)",
    [STOCK_DAYS] = "SELECT day, sum(amount) FROM stock_movement WHERE position = ?1 GROUP BY day ORDER BY day",
    [STOCK_COUNTS] = "SELECT day, id FROM stock_movement WHERE position = ?1 AND counted IS NOT NULL ORDER BY day, id",
    [STOCK_FIND_ENTRY] = "SELECT id, entry, (SELECT stock_order FROM stock_order_part WHERE movement = stock_movement.id) FROM stock_movement WHERE entry BETWEEN ?1 AND ?2 LIMIT 1",
    [STOCK_MAKE_ORDER] = "INSERT INTO stock_order (item, from_site, to_site, day, due, amount, batch, note) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    [STOCK_MAKE_PART] = "INSERT INTO stock_order_part (movement, stock_order) VALUES (?1, ?2)",
    [STOCK_MAKE_ARRIVAL] = "INSERT INTO stock_arrival (stock_order, day, amount, short, returned, batch, note) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    [STOCK_SET_EXPIRY] = "UPDATE stock_position SET expiry = ?2 WHERE id = ?1",
};

/* ------------------------------------------------------------------ begin and end */

static void release(struct vg_stock_work *work)
{
    for (int i = 0; i < STOCK_STATEMENTS; i++) {
        (void)sqlite3_finalize(work->statements[i]);
    }
    vg_arena_release(&work->arena);
    free(work);
}

static vg_status file_is_there(struct vg_store *store, const char *hash, bool *there, struct vg_error *error)
{
    sqlite3_stmt *find = NULL;
    vg_status status = store_prepare(store->db, "SELECT 1 FROM stock_batch WHERE file_hash = ?1", &find, error);
    if (status == VG_OK) {
        store_bind_text(find, 1, hash);
        const int code = sqlite3_step(find);
        *there = code == SQLITE_ROW;
        status = code == SQLITE_ROW || code == SQLITE_DONE ? VG_OK : store_sql_error(store->db, error, "reading the stock ledger");
    }
    (void)sqlite3_finalize(find);
    return status;
}

static vg_status make_batch(struct vg_stock_work *work, const char *actor, const char *source, const char *hash, struct vg_error *error)
{
    sqlite3_stmt *make = NULL;
    vg_status status = store_prepare(work->store->db, "INSERT INTO stock_batch (at, actor, source, file_hash) VALUES (strftime('%Y-%m-%dT%H:%M:%SZ', 'now'), ?1, ?2, ?3)", &make, error);
    if (status == VG_OK) {
        store_bind_text(make, 1, actor);
        store_bind_text(make, 2, source);
        store_bind_text(make, 3, hash);
        status = store_step_done(work->store->db, make, "writing the stock ledger", error);
        work->batch = sqlite3_last_insert_rowid(work->store->db);
    }
    (void)sqlite3_finalize(make);
    return status;
}

static vg_status find_item_ids(struct vg_stock_work *work, struct vg_error *error)
{
    sqlite3_stmt *all = NULL;
    int code = SQLITE_DONE;
    vg_status status = vg_stock_items(work->store, &work->arena, &work->items, &work->n_items, error);
    work->item_ids = status == VG_OK ? VG_ARENA_ARRAY(&work->arena, int64_t, work->n_items) : NULL;
    if (status == VG_OK) {
        status = work->item_ids == NULL ? vg_fail_memory(error, work->n_items * 8) : store_prepare(work->store->db, "SELECT id, name FROM stock_item", &all, error);
    }
    while (status == VG_OK && (code = sqlite3_step(all)) == SQLITE_ROW) {
        const size_t item = vg_stock_item_find(work->items, work->n_items, vg_text_from((const char *)sqlite3_column_text(all, 1)));
        if (item < work->n_items) {
            work->item_ids[item] = sqlite3_column_int64(all, 0);
        }
    }
    (void)sqlite3_finalize(all);
    return status == VG_OK && code != SQLITE_DONE ? store_sql_error(work->store->db, error, "reading the stock ledger") : status;
}

vg_status vg_stock_begin(struct vg_store *store, const char *actor, const char *source, const char *file_hash, bool *already, struct vg_stock_work **out, struct vg_error *error)
{
    bool there = false;
    *out = NULL;
    if (actor == NULL || actor[0] == '\0' || strlen(actor) > 100 || !vg_utf8_valid(actor, strlen(actor))) {
        return vg_fail(error, VG_USAGE_ERROR, "who does it is UTF-8 text of at most 100 bytes");
    }
    struct vg_stock_work *work = calloc(1, sizeof *work);
    if (work == NULL) {
        return vg_fail_memory(error, sizeof *work);
    }
    work->store = store;
    vg_arena_init(&work->arena, 0);
    vg_dictionary_init(&work->sites, &work->arena);
    vg_dictionary_init(&work->groups, &work->arena);
    vg_status status = store_begin(store, error);
    const bool begun = status == VG_OK;
    if (status == VG_OK && already != NULL && file_hash != NULL) {
        status = file_is_there(store, file_hash, &there, error);
        *already = there;
    }
    for (int i = 0; status == VG_OK && !there && i < STOCK_STATEMENTS; i++) {
        status = store_prepare(store->db, statement_texts[i], &work->statements[i], error);
    }
    status = status == VG_OK && !there ? find_item_ids(work, error) : status;
    status = status == VG_OK && !there ? make_batch(work, actor, source, file_hash, error) : status;
    if (status != VG_OK || there) {
        if (begun) {
            (void)store_end_transaction(store, VG_CANCELLED, NULL);
        }
        release(work);
        return status;
    }
    *out = work;
    return VG_OK;
}

vg_status vg_stock_end(struct vg_stock_work *work, vg_status status, struct vg_error *error)
{
    if (work == NULL) {
        return status;
    }
    struct vg_store *store = work->store;
    release(work); /* statements before the transaction ends */
    store_at_step(store, "stock");
    return store_end_transaction(store, status, error);
}

/* ------------------------------------------------------------------ items */

static vg_status write_item(struct vg_stock_work *work, size_t which, bool own, struct vg_error *error)
{
    const struct vg_stock_item *item = &work->items[which];
    sqlite3_stmt *put = NULL;
    vg_status status = store_prepare(work->store->db,
                                     "INSERT INTO stock_item (name, category, unit, reusable, lots, title, own) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
                                     " ON CONFLICT (name) DO UPDATE SET category = excluded.category, unit = excluded.unit, title = excluded.title, own = excluded.own",
                                     &put, error);
    if (status == VG_OK) {
        store_bind_text(put, 1, item->name);
        store_bind_text(put, 2, item->category);
        store_bind_text(put, 3, item->unit);
        (void)sqlite3_bind_int(put, 4, item->reusable);
        (void)sqlite3_bind_int(put, 5, item->lots);
        store_bind_text(put, 6, own ? item->titles[VG_EN] : NULL);
        (void)sqlite3_bind_int(put, 7, own);
        status = store_step_done(work->store->db, put, "writing the stock ledger", error);
        work->item_ids[which] = work->item_ids[which] == 0 ? sqlite3_last_insert_rowid(work->store->db) : work->item_ids[which];
    }
    (void)sqlite3_finalize(put);
    return status;
}

static vg_status item_has_rows(struct vg_stock_work *work, int64_t id, bool *has, struct vg_error *error)
{
    int64_t n = 0;
    char text[120];
    (void)snprintf(text, sizeof text, "SELECT EXISTS (SELECT 1 FROM stock_position WHERE item = %lld)", (long long)id);
    vg_status status = store_scalar(work->store->db, text, &n, error);
    *has = n != 0;
    return status;
}

vg_status vg_stock_put_item(struct vg_stock_work *work, const struct vg_stock_item *item, struct vg_error *error)
{
    size_t which = 0;
    bool has = false;
    if (!vg_stock_name_is_good(item->name)) {
        return vg_fail(error, VG_USAGE_ERROR, "an item is named by small letters, digits and _, at most %d, not \"%.80s\"", VG_STOCK_NAME_BYTES - 1, item->name);
    }
    if (item->unit == NULL || item->unit[0] == '\0' || strlen(item->unit) > 40) {
        return vg_fail(error, VG_USAGE_ERROR, "say in which unit %s is counted, in at most 40 bytes", item->name);
    }
    while (which < work->n_items && strcmp(work->items[which].name, item->name) != 0) {
        which++;
    }
    if (which < work->n_items) {
        const struct vg_stock_item *known = &work->items[which];
        vg_status status = work->item_ids[which] == 0 ? VG_OK : item_has_rows(work, work->item_ids[which], &has, error);
        if (status == VG_OK && (known->reusable != item->reusable || (has && (known->lots != item->lots || strcmp(known->unit, item->unit) != 0)))) {
            status = vg_fail(error, VG_DATA_ERROR, "%s is %s and counted in %s%s; give what is otherwise another name", known->name, known->reusable ? "reusable" : "consumable", known->unit,
                             known->lots ? " by lots" : "");
        }
        if (status != VG_OK) {
            return status;
        }
    } else {
        struct vg_stock_item *items = VG_ARENA_ARRAY(&work->arena, struct vg_stock_item, work->n_items + 1);
        int64_t *ids = VG_ARENA_ARRAY(&work->arena, int64_t, work->n_items + 1);
        if (items == NULL || ids == NULL) {
            return vg_fail_memory(error, work->n_items * sizeof *items);
        }
        memcpy(items, work->items, work->n_items * sizeof *items);
        memcpy(ids, work->item_ids, work->n_items * sizeof *ids);
        work->items = items;
        work->item_ids = ids;
        work->n_items++;
    }
    work->items[which] = *item; /* its texts outlive the writing below, and the copies the work */
    work->items[which].name = vg_arena_copy(&work->arena, item->name);
    work->items[which].unit = vg_arena_copy(&work->arena, item->unit);
    return work->arena.failed ? vg_fail_memory(error, 0) : write_item(work, which, true, error);
}

/* ------------------------------------------------------------------- telling */

struct telling {
    struct vg_stock_work *work;
    const struct vg_stock_told *told;
    struct vg_stock_done *done;
    struct vg_error *error;
    const struct vg_stock_item *item;
    size_t which;                  /* of the items */
    struct stock_group *group;
    size_t target;                 /* group of the receiving site, by index: group_rows may move */
    char entry[STOCK_ENTRY_BYTES];
};

static const char *quantity(struct telling *telling, int64_t thousandths)
{
    char number[32];
    const size_t size = vg_print_double(vg_stock_units(thousandths), number);
    const char *text = vg_arena_format(&telling->work->arena, "%.*s %s", (int)size, number, telling->item->unit);
    return text == NULL ? "" : text;
}

static vg_status check(struct telling *telling)
{
    const struct vg_stock_told *told = telling->told;
    struct vg_error *error = telling->error;
    const bool counts = told->event == VG_STOCK_COUNTED;
    if (told->event == VG_STOCK_ARRIVED || told->event >= VG_STOCK_EVENT_COUNT) {
        return vg_fail(error, VG_DATA_ERROR, "what happens is received, used, moved, lost or counted");
    }
    if (told->place == NULL || told->place[0] == '\0' || told->day == VG_DATE_NONE) {
        return vg_fail(error, VG_DATA_ERROR, "where and on which day?");
    }
    if (told->amount < 0 || told->amount > VG_STOCK_AMOUNT_MOST || (told->amount == 0 && !counts)) {
        return vg_fail(error, VG_DATA_ERROR, "an amount is above 0 and at most 1e10");
    }
    if (telling->item->reusable && told->event == VG_STOCK_USED) {
        return vg_fail(error, VG_DATA_ERROR, "%s serves again and is not used up: say how many are in use with a stock-taking (counted), or that it is lost", telling->item->name);
    }
    if (told->in_use >= 0 && (!counts || !telling->item->reusable || told->in_use > told->amount)) {
        return vg_fail(error, VG_DATA_ERROR, "in use is of a stock-taking of what serves again, and not more than there is");
    }
    if (told->event == VG_STOCK_SENT && (told->to_place == NULL || told->to_place[0] == '\0')) {
        return vg_fail(error, VG_DATA_ERROR, "moved to where?");
    }
    if (told->on_way && (told->event != VG_STOCK_SENT || (told->due != VG_DATE_NONE && told->due < told->day))) {
        return vg_fail(error, VG_DATA_ERROR, told->event != VG_STOCK_SENT ? "only what is moved is on its way" : "it is to arrive before it leaves");
    }
    if (told->expiry != VG_DATE_NONE && (told->lot == NULL || told->lot[0] == '\0')) {
        return vg_fail(error, VG_DATA_ERROR, "a day of expiry is that of a lot: which lot?");
    }
    const char *const texts[] = {told->facility, told->to_facility, told->lot, told->note};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (texts[i] != NULL && (strlen(texts[i]) > (i == 3 ? 500 : 120) || !vg_utf8_valid(texts[i], strlen(texts[i])) || strpbrk(texts[i], "\n\r\t") != NULL)) {
            return vg_fail(error, VG_DATA_ERROR, "names of facilities and lots have at most 120 bytes, notes 500, in one line");
        }
    }
    return VG_OK;
}

/* An entry is kept as a hash of its key, and one of what was told under it. */
static vg_status entry_is_there(struct telling *telling, bool *there)
{
    const struct vg_stock_told *told = telling->told;
    const char *content = vg_arena_format(&telling->work->arena, "%d\n%d\n%lld\n%lld\n%s\n%s\n%s\n%s\n%s\n%s", (int)told->event, (int)told->day, (long long)told->amount, (long long)told->in_use, telling->item->name,
                                          told->place, told->facility == NULL ? "" : told->facility, told->lot == NULL ? "" : told->lot, told->to_place == NULL ? "" : told->to_place,
                                          told->to_facility == NULL ? "" : told->to_facility);
    if (content != NULL && told->on_way) { /* behind the rest: what was told of others is known as before */
        content = vg_arena_format(&telling->work->arena, "%s\n%d", content, (int)told->due);
    }
    if (content == NULL) {
        return vg_fail_memory(telling->error, 64);
    }
    const uint64_t halves[2] = {vg_hash_bytes(told->entry, strlen(told->entry), 1), vg_hash_bytes(content, strlen(content), 2)}, low[2] = {halves[0], 0}, high[2] = {halves[0], UINT64_MAX};
    sqlite3_stmt *find = telling->work->statements[STOCK_FIND_ENTRY];
    memcpy(telling->entry, halves, sizeof halves);
    (void)sqlite3_bind_blob(find, 1, low, STOCK_ENTRY_BYTES, SQLITE_STATIC);
    (void)sqlite3_bind_blob(find, 2, high, STOCK_ENTRY_BYTES, SQLITE_STATIC);
    const int code = sqlite3_step(find);
    *there = code == SQLITE_ROW;
    const bool other = *there && (sqlite3_column_bytes(find, 1) != STOCK_ENTRY_BYTES || memcmp(sqlite3_column_blob(find, 1), halves, sizeof halves) != 0);
    const int64_t row = *there ? sqlite3_column_int64(find, 0) : 0, order = *there ? sqlite3_column_int64(find, 2) : 0;
    (void)sqlite3_reset(find);
    if (other && order != 0) { /* the rows of an order cannot be undone */
        return vg_fail(telling->error, VG_DATA_ERROR, "the same entry was told otherwise before, as order %lld: take that back first (vigia stock recall %lld), and give what is right another id", (long long)order,
                       (long long)order);
    }
    if (other) {
        return vg_fail(telling->error, VG_DATA_ERROR, "the same entry was told otherwise before, in row %lld of the ledger: take that back first (vigia stock undo %lld), and give what is right another id",
                       (long long)row, (long long)row);
    }
    return code == SQLITE_ROW || code == SQLITE_DONE ? VG_OK : store_sql_error(telling->work->store->db, telling->error, "reading the stock ledger");
}

static bool usable(const struct stock_position *position, int32_t day)
{
    return position->expiry == VG_DATE_NONE || position->expiry >= day;
}

/* Whether a is taken before b: what expires first, then what has no day of expiry. */
static bool before(const struct stock_position *a, const struct stock_position *b)
{
    const int32_t x = a->expiry == VG_DATE_NONE ? INT32_MAX : a->expiry, y = b->expiry == VG_DATE_NONE ? INT32_MAX : b->expiry;
    return x != y ? x < y : strcmp(a->lot, b->lot) < 0;
}

static vg_status write_row(struct telling *telling, size_t position, int64_t amount, int64_t counted, enum vg_stock_event event, int64_t other, int64_t *id)
{
    struct stock_group *group = telling->group;
    const struct stock_row row = {.event = event, .day = telling->told->day, .amount = amount, .counted = counted, .in_use = counted >= 0 ? telling->told->in_use : -1, .other = other,
                                  .note = telling->told->note, .entry = telling->told->entry != NULL && telling->done->n_rows == 0 ? telling->entry : NULL};
    vg_status status = stock_add_row(telling->work, group, &group->positions[position], &row, id, telling->error);
    if (status == VG_OK && telling->done->n_rows++ == 0) {
        telling->done->first = *id;
    }
    return status;
}

/* So much goes from a position; moved: to the same lot at the other site. */
static vg_status take_from(struct telling *telling, size_t position, int64_t amount)
{
    int64_t id = 0, arrived = 0;
    size_t there = 0;
    const char *lot = telling->group->positions[position].lot;
    const int32_t expiry = telling->group->positions[position].expiry;
    if (amount == 0) {
        return VG_OK;
    }
    vg_status status = write_row(telling, position, -amount, -1, telling->told->event, 0, &id);
    if (status != VG_OK || telling->told->event != VG_STOCK_SENT) {
        return status;
    }
    struct stock_group *from = telling->group;
    if (telling->told->on_way) {
        status = telling->done->order == 0 ? stock_make_order(telling->work, telling->told, telling->which, from, &telling->work->group_rows[telling->target], &telling->done->order, telling->error) : VG_OK;
        return status == VG_OK ? stock_make_part(telling->work, telling->done->order, id, telling->error) : status;
    }
    telling->group = &telling->work->group_rows[telling->target];
    status = stock_position_of(telling->work, telling->group, lot, expiry, &there, telling->error);
    status = status == VG_OK ? write_row(telling, there, amount, -1, VG_STOCK_ARRIVED, id, &arrived) : status;
    telling->group = from;
    return status;
}

/* How much each position gives, expiring first; what they cannot give is left. */
static int64_t share_out(const struct telling *telling, int64_t *shares)
{
    const struct vg_stock_told *told = telling->told;
    const struct stock_group *group = telling->group;
    int64_t left = told->amount;
    for (;;) {
        size_t next = SIZE_MAX;
        for (size_t i = 0; i < group->n_positions; i++) {
            const struct stock_position *position = &group->positions[i];
            const bool asked = told->lot != NULL && told->lot[0] != '\0' ? strcmp(position->lot, told->lot) == 0 : (told->event == VG_STOCK_LOST || usable(position, told->day));
            if (asked && shares[i] < 0 && (next == SIZE_MAX || before(position, &group->positions[next]))) {
                next = i;
            }
        }
        if (next == SIZE_MAX || left == 0) {
            return left;
        }
        const int64_t there = stock_available(&group->positions[next], told->day);
        shares[next] = there <= 0 ? 0 : there < left ? there : left;
        left -= shares[next];
    }
}

static vg_status too_much(struct telling *telling, int64_t left)
{
    const struct vg_stock_told *told = telling->told;
    int64_t expired = 0;
    char date[VG_DATE_TEXT_BYTES];
    (void)vg_date_print(told->day, date);
    for (size_t i = 0; i < telling->group->n_positions; i++) {
        const int64_t there = stock_available(&telling->group->positions[i], told->day);
        expired += !usable(&telling->group->positions[i], told->day) && there > 0 ? there : 0;
    }
    if (telling->group->n_positions == 0) {
        return vg_fail(telling->error, VG_DATA_ERROR, "nothing was told of %s at %s%s%s before %s: begin with what is there (received or counted)", telling->item->name, told->place,
                       told->facility == NULL || told->facility[0] == '\0' ? "" : ", ", told->facility == NULL ? "" : told->facility, date);
    }
    return vg_fail(telling->error, VG_DATA_ERROR, "%s%s%s has %s of %s%s%s to give on %s (until the next stock-taking), %s less than that%s%s%s", told->place,
                   told->facility == NULL || told->facility[0] == '\0' ? "" : ", ", told->facility == NULL ? "" : told->facility, quantity(telling, told->amount - left), telling->item->name,
                   told->lot == NULL || told->lot[0] == '\0' ? "" : " lot ", told->lot == NULL ? "" : told->lot, date, quantity(telling, left), expired > 0 ? "; " : "",
                   expired > 0 ? quantity(telling, expired) : "", expired > 0 ? " more have expired" : "");
}

/* Before the first row is written: every lot can go, and come where it is moved to. */
static vg_status check_out(struct telling *telling, const int64_t *shares, int64_t left)
{
    const struct vg_stock_told *told = telling->told;
    const struct stock_group *group = telling->group, *target = told->event == VG_STOCK_SENT ? &telling->work->group_rows[telling->target] : NULL;
    const char *lot = told->lot == NULL ? "" : told->lot;
    const struct stock_position *asked = stock_find_lot(group, lot);
    const int32_t expiry = told->expiry == VG_DATE_NONE && asked != NULL ? asked->expiry : told->expiry;
    const int64_t rest = left + (asked != NULL && shares[asked - group->positions] > 0 ? shares[asked - group->positions] : 0);
    vg_status status = stock_check(group, lot, told->expiry, told->day, -rest, telling->error);
    if (status == VG_OK && target != NULL && rest > 0) {
        status = stock_check(target, lot, expiry, told->day, rest, telling->error);
    }
    for (size_t i = 0; status == VG_OK && target != NULL && i < group->n_positions; i++) {
        if (shares[i] > 0 && &group->positions[i] != asked) {
            status = stock_check(target, group->positions[i].lot, group->positions[i].expiry, told->day, shares[i], telling->error);
        }
    }
    return status;
}

static vg_status check_not_expired(struct telling *telling, const char *lot)
{
    const struct vg_stock_told *told = telling->told;
    const struct stock_position *known = stock_find_lot(telling->group, lot);
    const int32_t expiry = known != NULL && known->expiry != VG_DATE_NONE ? known->expiry : told->expiry;
    char date[VG_DATE_TEXT_BYTES];
    if (expiry == VG_DATE_NONE || expiry >= told->day) {
        return VG_OK;
    }
    (void)vg_date_print(expiry, date);
    return vg_fail(telling->error, VG_DATA_ERROR, "lot %.60s of %s expired on %s and cannot be used; what is thrown away is lost", lot, telling->item->name, date);
}

static vg_status tell_out(struct telling *telling)
{
    const struct vg_stock_told *told = telling->told;
    const char *lot = told->lot == NULL ? "" : told->lot;
    size_t rest = 0;
    vg_status status = told->event == VG_STOCK_USED && lot[0] != '\0' ? check_not_expired(telling, lot) : VG_OK;
    if (status != VG_OK) {
        return status;
    }
    int64_t *shares = VG_ARENA_ARRAY(&telling->work->arena, int64_t, telling->group->n_positions + 1);
    if (shares == NULL) {
        return vg_fail_memory(telling->error, telling->group->n_positions * 8);
    }
    for (size_t i = 0; i <= telling->group->n_positions; i++) {
        shares[i] = -1;
    }
    const int64_t left = share_out(telling, shares);
    if (left > 0 && !told->below_zero) {
        return too_much(telling, left);
    }
    const size_t n = telling->group->n_positions;
    status = check_out(telling, shares, left);
    if (status == VG_OK && (left > 0 || lot[0] != '\0')) {
        status = stock_position_of(telling->work, telling->group, lot, told->expiry, &rest, telling->error);
    }
    for (size_t i = 0; status == VG_OK && i < n; i++) {
        status = shares[i] > 0 ? take_from(telling, i, shares[i]) : VG_OK;
    }
    return status == VG_OK && left > 0 ? take_from(telling, rest, left) : status;
}

static vg_status tell_in(struct telling *telling)
{
    const struct vg_stock_told *told = telling->told;
    size_t position = 0;
    int64_t id = 0;
    const char *lot = told->lot == NULL ? "" : told->lot;
    vg_status status = stock_check(telling->group, lot, told->expiry, told->day, told->amount, telling->error);
    status = status == VG_OK ? stock_position_of(telling->work, telling->group, lot, told->expiry, &position, telling->error) : status;
    return status == VG_OK ? write_row(telling, position, told->amount, -1, VG_STOCK_RECEIVED, 0, &id) : status;
}

static vg_status tell_counted(struct telling *telling)
{
    const struct vg_stock_told *told = telling->told;
    const char *lot = told->lot == NULL ? "" : told->lot;
    size_t position = 0, held = 0;
    int64_t id = 0;
    for (size_t i = 0; i < telling->group->n_positions; i++) {
        held += telling->group->positions[i].lot[0] != '\0' && stock_balance_on(&telling->group->positions[i], told->day) != 0;
    }
    const struct stock_position *known = stock_find_lot(telling->group, lot);
    const int64_t there = known == NULL ? 0 : stock_balance_on(known, told->day);
    if (lot[0] == '\0' && held > 0 && there == 0) {
        return vg_fail(telling->error, VG_DATA_ERROR, "%s is there in %zu lot%s: of which lot is this the stock-taking?", telling->item->name, held, held == 1 ? "" : "s");
    }
    const int64_t difference = told->amount - there;
    if (known != NULL && difference < 0 && !told->below_zero && stock_available(known, told->day) < -difference) {
        char date[VG_DATE_TEXT_BYTES];
        (void)vg_date_print(told->day, date);
        return vg_fail(telling->error, VG_DATA_ERROR, "more %s was used after %s than this stock-taking leaves", telling->item->name, date);
    }
    vg_status status = stock_check(telling->group, lot, told->expiry, told->day, difference, telling->error);
    status = status == VG_OK ? stock_position_of(telling->work, telling->group, lot, told->expiry, &position, telling->error) : status;
    return status == VG_OK ? write_row(telling, position, difference, told->amount, VG_STOCK_COUNTED, 0, &id) : status;
}

static vg_status load_groups(struct telling *telling)
{
    const struct vg_stock_told *told = telling->told;
    const char *facility = told->facility == NULL ? "" : told->facility, *to = told->to_facility == NULL ? "" : told->to_facility;
    vg_status status = telling->work->item_ids[telling->which] == 0 ? write_item(telling->work, telling->which, false, telling->error) : VG_OK;
    if (status == VG_OK && told->event == VG_STOCK_SENT) {
        if (strcmp(told->place, told->to_place) == 0 && strcmp(facility, to) == 0) {
            return vg_fail(telling->error, VG_DATA_ERROR, "moved to where it is already");
        }
        status = stock_load_group(telling->work, telling->which, told->to_place, to, &telling->group, telling->error);
        telling->target = status == VG_OK ? (size_t)(telling->group - telling->work->group_rows) : 0;
    }
    return status == VG_OK ? stock_load_group(telling->work, telling->which, told->place, facility, &telling->group, telling->error) : status;
}

/* What was told before without its lot's day of expiry, and is now told with it. */
static vg_status tell_expiry(struct telling *telling)
{
    const struct vg_stock_told *told = telling->told;
    size_t position = 0;
    if (told->lot == NULL || told->lot[0] == '\0' || told->expiry == VG_DATE_NONE) {
        return VG_OK;
    }
    vg_status status = load_groups(telling);
    if (status == VG_OK && stock_find_lot(telling->group, told->lot) != NULL) {
        status = stock_position_of(telling->work, telling->group, told->lot, told->expiry, &position, telling->error);
    }
    return status;
}

vg_status vg_stock_tell(struct vg_stock_work *work, const struct vg_stock_told *told, struct vg_stock_done *done, struct vg_error *error)
{
    struct telling telling = {.work = work, .told = told, .done = done, .error = error};
    *done = (struct vg_stock_done){0};
    telling.which = vg_stock_item_find(work->items, work->n_items, vg_text_from(told->item == NULL ? "" : told->item));
    if (telling.which == work->n_items) {
        return vg_fail(error, VG_DATA_ERROR, "there is no item \"%.80s\"; vigia stock items lists them, and vigia stock item NAME makes one", told->item == NULL ? "" : told->item);
    }
    telling.item = &work->items[telling.which];
    vg_status status = check(&telling);
    if (status == VG_OK && told->entry != NULL) {
        status = entry_is_there(&telling, &done->already);
    }
    if (status != VG_OK || done->already) {
        return status == VG_OK ? tell_expiry(&telling) : status;
    }
    status = load_groups(&telling);
    if (status != VG_OK) {
        return status;
    }
    return told->event == VG_STOCK_RECEIVED ? tell_in(&telling) : told->event == VG_STOCK_COUNTED ? tell_counted(&telling) : tell_out(&telling);
}

/* ----------------------------------------------------------------- reversing */

struct told_row { int64_t id, amount, other; enum vg_stock_event event; int32_t day, expiry; bool reverses; const char *item, *place, *facility, *lot; };

static vg_status read_row(struct vg_stock_work *work, const char *where, int64_t id, struct told_row *row, bool *found, struct vg_error *error)
{
    sqlite3_stmt *find = NULL;
    const char *text = vg_arena_format(&work->arena,
                                       "SELECT m.id, m.amount, m.other, m.event, m.day, m.reverses, i.name, s.place, s.facility, p.lot, p.expiry FROM stock_movement m JOIN stock_position p ON"
                                       " p.id = m.position JOIN stock_site s ON s.id = p.site JOIN stock_item i ON i.id = p.item WHERE %s", where);
    vg_status status = text == NULL ? vg_fail_memory(error, 400) : store_prepare(work->store->db, text, &find, error);
    *found = false;
    if (status == VG_OK) {
        (void)sqlite3_bind_int64(find, 1, id);
        const int code = sqlite3_step(find);
        *found = code == SQLITE_ROW;
        if (*found) {
            *row = (struct told_row){sqlite3_column_int64(find, 0), sqlite3_column_int64(find, 1), sqlite3_column_int64(find, 2), (enum vg_stock_event)sqlite3_column_int(find, 3),
                                     sqlite3_column_int(find, 4), sqlite3_column_type(find, 10) == SQLITE_NULL ? VG_DATE_NONE : sqlite3_column_int(find, 10), sqlite3_column_int(find, 5) != 0,
                                     store_column_text(&work->arena, find, 6), store_column_text(&work->arena, find, 7), store_column_text(&work->arena, find, 8),
                                     store_column_text(&work->arena, find, 9)};
        }
        status = work->arena.failed ? vg_fail_memory(error, 0) : code == SQLITE_ROW || code == SQLITE_DONE ? VG_OK : store_sql_error(work->store->db, error, "reading the stock ledger");
    }
    (void)sqlite3_finalize(find);
    return status;
}

static vg_status load_row(struct vg_stock_work *work, const struct told_row *row, struct stock_group **group, size_t *position, struct vg_error *error)
{
    const size_t item = vg_stock_item_find(work->items, work->n_items, vg_text_from(row->item));
    vg_status status = item == work->n_items ? vg_fail(error, VG_SYSTEM_ERROR, "the ledger's item %.60s is gone", row->item)
                                             : stock_load_group(work, item, row->place, row->facility, group, error);
    return status == VG_OK ? stock_position_of(work, *group, row->lot, row->expiry, position, error) : status;
}

static vg_status check_reverse(struct vg_stock_work *work, const struct told_row *row, struct vg_error *error)
{
    struct stock_group *group = NULL;
    size_t position = 0;
    vg_status status = load_row(work, row, &group, &position, error);
    if (status == VG_OK && row->amount > 0 && row->amount > stock_available(&group->positions[position], row->day)) {
        status = vg_fail(error, VG_DATA_ERROR, "row %lld cannot be taken back: of what came then, more has gone since than would have been there", (long long)row->id);
    }
    return status == VG_OK ? stock_check(group, row->lot, row->expiry, row->day, -row->amount, error) : status;
}

static vg_status reverse_one(struct vg_stock_work *work, const struct told_row *row, const char *note, struct vg_error *error)
{
    struct stock_group *group = NULL;
    size_t position = 0;
    int64_t id = 0;
    vg_status status = load_row(work, row, &group, &position, error);
    const struct stock_row back = {.event = row->event, .day = row->day, .amount = -row->amount, .counted = -1, .in_use = -1, .other = row->id, .reverses = true, .note = note};
    return status == VG_OK ? stock_add_row(work, group, &group->positions[position], &back, &id, error) : status;
}

vg_status vg_stock_reverse(struct vg_stock_work *work, int64_t movement, const char *note, struct vg_error *error)
{
    struct told_row row, half = {0}, back;
    bool found = false, has_half = false, reversed = false;
    vg_status status = read_row(work, "m.id = ?1", movement, &row, &found, error);
    if (status == VG_OK && !found) {
        status = vg_fail(error, VG_NOT_FOUND, "there is no row %lld in the stock ledger", (long long)movement);
    }
    if (status == VG_OK && (row.event == VG_STOCK_COUNTED || row.reverses)) {
        status = vg_fail(error, VG_DATA_ERROR, "row %lld is %s; tell what is right instead", (long long)movement, row.reverses ? "one that takes another back" : "a stock-taking: the next one sets it right");
    }
    int64_t order = 0;
    status = status == VG_OK ? stock_order_of(work, movement, &order, error) : status;
    if (status == VG_OK && order != 0) {
        status = vg_fail(error, VG_DATA_ERROR, "row %lld is of order %lld and stays: what is on its way is recalled (vigia stock recall %lld), and what came is set right by a stock-taking", (long long)movement,
                         (long long)order, (long long)order);
    }
    status = status == VG_OK ? read_row(work, "m.other = ?1 AND m.reverses = 1", movement, &back, &reversed, error) : status;
    if (status == VG_OK && reversed) {
        status = vg_fail(error, VG_DATA_ERROR, "row %lld was taken back already, by row %lld", (long long)movement, (long long)back.id);
    }
    if (status == VG_OK && row.event == VG_STOCK_SENT) {
        status = read_row(work, "m.other = ?1 AND m.event = 3 AND m.reverses = 0", movement, &half, &has_half, error);
    } else if (status == VG_OK && row.event == VG_STOCK_ARRIVED) {
        status = read_row(work, "m.id = ?1", row.other, &half, &has_half, error);
    }
    const bool row_first = !has_half || row.amount > 0; /* what arrived goes first */
    status = status == VG_OK ? check_reverse(work, &row, error) : status; /* both before one is written */
    status = status == VG_OK && has_half ? check_reverse(work, &half, error) : status;
    status = status == VG_OK ? reverse_one(work, row_first ? &row : &half, note, error) : status;
    return status == VG_OK && has_half ? reverse_one(work, row_first ? &half : &row, note, error) : status;
}
