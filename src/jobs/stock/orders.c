/*
 * What is on its way: beside the stock that it will be, and by itself.
 */
#include "jobs/stock/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static vg_status read_orders(struct stock_asking *asking, bool open_only, struct vg_stock_order **orders, size_t *n)
{
    const struct vg_stock_question *question = asking->question;
    const size_t item = question->item == NULL ? asking->n_items : vg_stock_item_find(asking->items, asking->n_items, vg_text_from(question->item));
    const struct vg_stock_filter filter = {.item = item == asking->n_items ? NULL : asking->items[item].name, .place = question->place, .from = VG_DATE_NONE, .to = question->day};
    return vg_stock_orders(asking->store, &filter, open_only, asking->items, asking->n_items, asking->arena, orders, n, asking->error);
}

static struct stock_line *line_of(struct stock_asking *asking, struct vg_dictionary *keys, size_t *capacity, const char *place, const char *facility, size_t item)
{
    const char *key = vg_arena_format(asking->arena, "%s\n%s\n%zu", place, facility, item);
    const size_t known = keys->count;
    const uint32_t index = key == NULL ? VG_DICTIONARY_NONE : vg_dictionary_add(keys, vg_text_from(key));
    if (index == VG_DICTIONARY_NONE || index < known) {
        return index == VG_DICTIONARY_NONE ? NULL : &asking->lines[index];
    }
    struct stock_line *room = vg_arena_room(asking->arena, asking->lines, asking->n_lines, capacity, sizeof *room);
    if (room == NULL) {
        return NULL;
    }
    asking->lines = room;
    room[asking->n_lines] = (struct stock_line){.place = place, .facility = facility, .item = item, .in_use = -1, .counted = VG_DATE_NONE, .last = VG_DATE_NONE, .first = INT32_MAX, .due = VG_DATE_NONE};
    return &room[asking->n_lines++];
}

static int by_due(const void *a, const void *b)
{
    const struct stock_coming *x = a, *y = b;
    return x->due != y->due ? (x->due > y->due) - (x->due < y->due) : (x->lot.last_day > y->lot.last_day) - (x->lot.last_day < y->lot.last_day);
}

/* What is due on one day and expires on one day is one lot: many small orders are as quick as a few. */
static void join_coming(struct stock_line *line)
{
    size_t n = 0;
    if (line->n_coming > 1) {
        qsort(line->coming, line->n_coming, sizeof *line->coming, by_due);
    }
    for (size_t i = 0; i < line->n_coming; i++) {
        const struct stock_coming one = line->coming[i];
        if (n > 0 && line->coming[n - 1].due == one.due && line->coming[n - 1].lot.last_day == one.lot.last_day) {
            line->coming[n - 1].lot.amount += one.lot.amount;
        } else {
            line->coming[n++] = one;
        }
    }
    line->n_coming = n;
}

static vg_status add_order(struct stock_asking *asking, struct stock_line *line, const struct vg_stock_order *order)
{
    line->on_way += order->open;
    if (order->due == VG_DATE_NONE || order->due < stock_now(asking)) { /* late: nobody knows when */
        return VG_OK;
    }
    line->due = line->due == VG_DATE_NONE || order->due < line->due ? order->due : line->due;
    for (size_t i = 0; i < order->n_parts; i++) {
        struct stock_coming *room = vg_arena_room(asking->arena, line->coming, line->n_coming, &line->coming_capacity, sizeof *room);
        if (room == NULL) {
            return vg_fail_memory(asking->error, sizeof *room);
        }
        line->coming = room;
        room[line->n_coming++] = (struct stock_coming){order->due, {vg_stock_units(order->parts[i].open), order->parts[i].expiry == VG_DATE_NONE ? VG_COVER_KEEPS : order->parts[i].expiry - asking->day}};
    }
    return VG_OK;
}

vg_status stock_add_orders(struct stock_asking *asking)
{
    struct vg_stock_order *orders = NULL;
    struct vg_dictionary keys;
    size_t n = 0, capacity = asking->n_lines; /* a copy is made where there is no room */
    bool by_place = false;
    enum vg_place_level level = VG_LEVEL_COUNT;
    vg_status status = stock_find_level(asking, &by_place, &level);
    status = status == VG_OK ? read_orders(asking, true, &orders, &n) : status;
    vg_dictionary_init(&keys, asking->arena);
    for (size_t i = 0; status == VG_OK && n > 0 && i < asking->n_lines; i++) {
        const char *key = vg_arena_format(asking->arena, "%s\n%s\n%zu", asking->lines[i].place, asking->lines[i].facility, asking->lines[i].item);
        status = key == NULL || vg_dictionary_add(&keys, vg_text_from(key)) == VG_DICTIONARY_NONE ? vg_fail_memory(asking->error, 64) : VG_OK;
    }
    for (size_t i = 0; status == VG_OK && i < n; i++) {
        const char *place = stock_place_of(asking, orders[i].to_place, level);
        const uint32_t at = place == NULL ? VG_PLACE_NONE : vg_place_list_find_code(vg_store_place_list(asking->store), vg_text_from(place));
        const uint32_t above = asking->question->place == NULL ? VG_PLACE_NONE : vg_place_list_find_code(vg_store_place_list(asking->store), vg_text_from(asking->question->place));
        if (place == NULL || (above != VG_PLACE_NONE && (at == VG_PLACE_NONE || !vg_place_list_within(vg_store_place_list(asking->store), at, above)))) {
            continue;
        }
        struct stock_line *line = line_of(asking, &keys, &capacity, place, by_place ? "" : orders[i].to_facility, orders[i].item);
        status = line == NULL ? vg_fail_memory(asking->error, sizeof *line) : add_order(asking, line, &orders[i]);
    }
    for (size_t i = 0; status == VG_OK && i < asking->n_lines; i++) {
        join_coming(&asking->lines[i]);
    }
    return status;
}

/* What comes while there still is some joins the stock; the first that comes too late ends it: a gap is a gap. */
vg_status stock_cover_with_orders(struct stock_asking *asking, const struct stock_needs *needs, const struct stock_line *line, const struct vg_cover *cover, double *days)
{
    struct stock_line with = *line;
    struct vg_cover longer = *cover;
    const char *word = NULL;
    vg_status status = VG_OK;
    *days = NAN;
    if (line->on_way <= 0 || isnan(cover->median)) {
        return VG_OK;
    }
    with.lots = VG_ARENA_ARRAY(asking->arena, struct vg_cover_lot, line->n_lots + line->n_coming);
    if (with.lots == NULL) {
        return vg_fail_memory(asking->error, line->n_coming * sizeof *with.lots);
    }
    if (line->n_lots > 0) {
        memcpy(with.lots, line->lots, line->n_lots * sizeof *with.lots);
    }
    for (size_t i = 0, known = 0; status == VG_OK && (i < line->n_coming || known < i);) { /* known: how many the days are of */
        if (i < line->n_coming && (double)(line->coming[i].due - asking->day - 1) <= longer.median) {
            with.lots[with.n_lots++] = line->coming[i++].lot;
        } else if (known < i) {
            status = stock_cover_of(asking, needs, &with, &longer, &word);
            known = i;
        } else {
            break;
        }
    }
    *days = longer.median;
    return status;
}

/* -------------------------------------------------------------------- asking */

static const char *state_of(const struct stock_asking *asking, const struct vg_stock_order *order)
{
    return order->open > 0                    ? order->due != VG_DATE_NONE && order->due < stock_now(asking) ? "late" : "on_way"
           : order->missing > 0               ? "short"
           : order->returned == order->amount ? "returned"
                                              : "arrived";
}

vg_status stock_answer_orders(struct stock_asking *asking)
{
    static const char *const texts[] = {"item", "title", "unit", "from", "from_facility", "to", "to_facility"}, *const amounts[] = {"amount", "arrived", "returned", "missing", "on_way"};
    struct vg_table *table = &asking->answer->table;
    struct vg_stock_order *orders = NULL;
    size_t n = 0;
    vg_status status = read_orders(asking, !asking->question->all_orders, &orders, &n);
    vg_table_add_column(table, "order", VG_COLUMN_INTEGER);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        vg_table_add_column(table, texts[i], VG_COLUMN_TEXT);
    }
    vg_table_add_column(table, "date", VG_COLUMN_DATE);
    vg_table_add_column(table, "due", VG_COLUMN_DATE);
    for (size_t i = 0; i < 5; i++) {
        vg_table_add_column(table, amounts[i], VG_COLUMN_DOUBLE);
    }
    vg_table_add_column(table, "last", VG_COLUMN_DATE);
    vg_table_add_column(table, "state", VG_COLUMN_TEXT);
    vg_table_add_column(table, "note", VG_COLUMN_TEXT);
    vg_table_add_column(table, "by", VG_COLUMN_TEXT);
    for (size_t i = 0; status == VG_OK && i < n; i++) {
        const struct vg_stock_order *order = &orders[i];
        const struct vg_stock_item *item = &asking->items[order->item];
        const char *title = item->titles[asking->question->language];
        vg_table_integer(table, order->id);
        vg_table_text(table, item->name);
        vg_table_text(table, title == NULL ? item->name : title);
        vg_table_text(table, item->unit);
        vg_table_text(table, order->from_place);
        vg_table_text(table, order->from_facility[0] == '\0' ? NULL : order->from_facility);
        vg_table_text(table, order->to_place);
        vg_table_text(table, order->to_facility[0] == '\0' ? NULL : order->to_facility);
        vg_table_date(table, order->day);
        vg_table_date(table, order->due);
        vg_table_double(table, vg_stock_units(order->amount));
        vg_table_double(table, vg_stock_units(order->arrived));
        vg_table_double(table, vg_stock_units(order->returned));
        vg_table_double(table, vg_stock_units(order->missing));
        vg_table_double(table, vg_stock_units(order->open));
        vg_table_date(table, order->last);
        vg_table_text(table, state_of(asking, order));
        vg_table_text(table, order->note);
        vg_table_text(table, order->actor);
    }
    return status;
}
