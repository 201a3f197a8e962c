/*
 * What people say happened, by hand: words, places and amounts as they write them become what the ledger keeps.
 */
#include "jobs/stock/internal.h"

#include <string.h>

#define DAYS_AHEAD 1 /* of somebody whose day begins before the server's */

static vg_status find_place(struct vg_store *store, const char *text, const char **code, struct vg_error *error)
{
    bool several = false;
    const struct vg_place_list *places = vg_store_place_list(store);
    const uint32_t place = vg_place_list_find_any(places, VG_PLACE_NONE, vg_text_from(text == NULL ? "" : text), &several);
    if (place == VG_PLACE_NONE) {
        return vg_fail(error, VG_DATA_ERROR, several ? "several places are called \"%.80s\": write the code" : "there is no place \"%.80s\" in the node: write its code, or import a list of places", text == NULL ? "" : text);
    }
    *code = places->places[place].code;
    return VG_OK;
}

static vg_status find_day(const char *name, const char *text, int32_t *day, struct vg_error *error)
{
    if (text != NULL && text[0] != '\0' && !vg_date_parse_iso(vg_text_from(text), day)) {
        return vg_fail(error, VG_USAGE_ERROR, "%s: \"%.40s\" is not a date; write it as 2021-02-05", name, text);
    }
    return VG_OK;
}

static vg_status find_amount(const char *name, const char *text, int64_t *amount, struct vg_error *error)
{
    return vg_stock_parse(vg_text_from(text == NULL ? "" : text), amount)
               ? VG_OK
               : vg_fail(error, VG_USAGE_ERROR, "%s: \"%.40s\" is not an amount: %s", name, text == NULL ? "" : text, vg_stock_amount_fault(vg_text_from(text == NULL ? "" : text)));
}

static vg_status understand(struct vg_store *store, const struct vg_stock_said *said, struct vg_stock_told *told, struct vg_error *error)
{
    *told = (struct vg_stock_told){.item = said->item, .facility = said->facility, .to_facility = said->to_facility, .lot = said->lot, .expiry = VG_DATE_NONE, .day = vg_date_today(), .in_use = -1,
                                   .note = said->note, .entry = said->entry, .below_zero = said->below_zero};
    if (said->event == NULL || !vg_stock_event_from_name(vg_text_from(said->event), &told->event)) {
        return vg_fail(error, VG_USAGE_ERROR, "what happens is received, used, moved, lost or counted, not \"%.40s\"", said->event == NULL ? "" : said->event);
    }
    vg_status status = find_place(store, said->place, &told->place, error);
    if (status == VG_OK && told->event == VG_STOCK_SENT) {
        status = find_place(store, said->to_place, &told->to_place, error);
    }
    status = status == VG_OK ? find_amount("amount", said->amount, &told->amount, error) : status;
    if (status == VG_OK && said->in_use != NULL && said->in_use[0] != '\0') {
        status = find_amount("in use", said->in_use, &told->in_use, error);
    }
    status = status == VG_OK ? find_day("expiry", said->expiry, &told->expiry, error) : status;
    status = status == VG_OK ? find_day("date", said->day, &told->day, error) : status;
    told->on_way = said->due != NULL;
    told->due = VG_DATE_NONE;
    status = status == VG_OK ? find_day("arrives", said->due, &told->due, error) : status;
    if (status == VG_OK && told->day > vg_date_today() + DAYS_AHEAD) {
        status = vg_fail(error, VG_DATA_ERROR, "the day is in the future: what has not come is not in the ledger");
    }
    return status;
}

vg_status vg_job_stock_say(struct vg_store *store, const char *actor, const struct vg_stock_said *said, size_t n_said, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    static const char *const texts[] = {"event", "item", "place"};
    struct vg_stock_work *work = NULL;
    struct vg_stock_item *items = NULL;
    size_t n_items = 0;
    for (size_t i = 0; i < 3; i++) {
        vg_table_add_column(&answer->table, texts[i], VG_COLUMN_TEXT);
    }
    vg_table_add_column(&answer->table, "rows", VG_COLUMN_INTEGER);
    vg_table_add_column(&answer->table, "first", VG_COLUMN_INTEGER);
    vg_table_add_column(&answer->table, "already", VG_COLUMN_BOOLEAN);
    vg_table_add_column(&answer->table, "order", VG_COLUMN_INTEGER);
    vg_status status = vg_stock_items(store, arena, &items, &n_items, error);
    status = status == VG_OK ? vg_stock_begin(store, actor, NULL, NULL, NULL, &work, error) : status;
    for (size_t i = 0; status == VG_OK && i < n_said; i++) {
        struct vg_stock_told told;
        struct vg_stock_done done = {0};
        status = understand(store, &said[i], &told, error);
        status = status == VG_OK ? vg_stock_tell(work, &told, &done, error) : status;
        if (status == VG_OK) {
            vg_table_text(&answer->table, vg_stock_event_name(told.event));
            vg_table_text(&answer->table, items[vg_stock_item_find(items, n_items, vg_text_from(told.item))].name);
            vg_table_text(&answer->table, told.place);
            vg_table_integer(&answer->table, (int64_t)done.n_rows);
            if (done.already) {
                vg_table_missing(&answer->table);
            } else {
                vg_table_integer(&answer->table, done.first);
            }
            vg_table_boolean(&answer->table, done.already);
            if (done.order == 0) {
                vg_table_missing(&answer->table);
            } else {
                vg_table_integer(&answer->table, done.order);
            }
        }
    }
    status = vg_stock_end(work, status, error);
    vg_buffer_text(&answer->meta, "{\"analysis\":\"stock\"}");
    return status == VG_OK && (answer->table.failed || answer->meta.failed || arena->failed) ? vg_fail_memory(error, 0) : status;
}

vg_status vg_job_stock_reverse(struct vg_store *store, const char *actor, int64_t movement, const char *note, struct vg_error *error)
{
    struct vg_stock_work *work = NULL;
    vg_status status = vg_stock_begin(store, actor, NULL, NULL, NULL, &work, error);
    return status == VG_OK ? vg_stock_end(work, vg_stock_reverse(work, movement, note, error), error) : status;
}

vg_status vg_job_stock_came(struct vg_store *store, const char *actor, const struct vg_stock_came *came, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    static const char *const numbers[] = {"order", "rows"}, *const amounts[] = {"arrived", "returned", "missing", "on_way"};
    struct vg_stock_arrival arrival = {.order = came->order, .amount = -1, .day = vg_date_today(), .rest_follows = came->rest_follows, .returned = came->returned, .note = came->note};
    struct vg_stock_work *work = NULL;
    struct vg_stock_done done = {0};
    struct vg_stock_item *items = NULL;
    struct vg_stock_order *orders = NULL;
    size_t n_items = 0, n = 0;
    vg_status status = came->amount == NULL ? VG_OK : find_amount("amount", came->amount, &arrival.amount, error);
    status = status == VG_OK ? find_day("date", came->day, &arrival.day, error) : status;
    if (status == VG_OK && arrival.day > vg_date_today() + DAYS_AHEAD) {
        status = vg_fail(error, VG_DATA_ERROR, "the day is in the future: what has not come is not there");
    }
    status = status == VG_OK ? vg_stock_begin(store, actor, NULL, NULL, NULL, &work, error) : status;
    status = status == VG_OK ? vg_stock_end(work, vg_stock_arrive(work, &arrival, &done, error), error) : status;
    status = status == VG_OK ? vg_stock_items(store, arena, &items, &n_items, error) : status;
    status = status == VG_OK ? vg_stock_orders(store, &(struct vg_stock_filter){.from = VG_DATE_NONE, .to = VG_DATE_NONE}, false, items, n_items, arena, &orders, &n, error) : status;
    for (size_t i = 0; i < 2; i++) {
        vg_table_add_column(&answer->table, numbers[i], VG_COLUMN_INTEGER);
    }
    for (size_t i = 0; i < 4; i++) {
        vg_table_add_column(&answer->table, amounts[i], VG_COLUMN_DOUBLE);
    }
    for (size_t i = 0; status == VG_OK && i < n; i++) {
        if (orders[i].id == came->order) {
            vg_table_integer(&answer->table, orders[i].id);
            vg_table_integer(&answer->table, (int64_t)done.n_rows);
            vg_table_double(&answer->table, vg_stock_units(orders[i].arrived));
            vg_table_double(&answer->table, vg_stock_units(orders[i].returned));
            vg_table_double(&answer->table, vg_stock_units(orders[i].missing));
            vg_table_double(&answer->table, vg_stock_units(orders[i].open));
        }
    }
    vg_buffer_text(&answer->meta, "{\"analysis\":\"stock\"}");
    return status == VG_OK && (answer->table.failed || answer->meta.failed) ? vg_fail_memory(error, 0) : status;
}
