/*
 * A node's own files, or its ledger, as an offer: read, checked, summed by place and date, written.
 */
#include "jobs/offer/internal.h"

#include "jobs/stock/stock.h"

#include <math.h>
#include <string.h>

const char *const vg_offer_part_names[VG_OFFER_PARTS] = {"needs.csv", "stocks.csv", "ways.csv", "resources.csv"};

void vg_offer_request_init(struct vg_offer_request *request)
{
    *request = (struct vg_offer_request){.from = VG_DATE_NONE, .to = VG_DATE_NONE};
}

/* ----------------------------------------------------------------- reading */

static vg_status read_ledger(const struct vg_offer_request *request, struct offer_rows *rows)
{
    struct vg_stock_held *held = NULL;
    size_t n = 0;
    int32_t as_of = VG_DATE_NONE;
    if (rows->resources.count == 0) {
        return vg_fail(rows->error, VG_USAGE_ERROR, "what of the ledger is offered? Needs, or --resources FILE with a column resource, name it");
    }
    vg_status status = vg_job_stock_held_and_coming(request->ledger, rows->first == VG_DATE_NONE ? request->from : rows->first, rows->items, rows->n_items, rows->arena, &held, &n, &as_of, rows->error);
    uint32_t *whose = status == VG_OK ? VG_ARENA_ARRAY(rows->arena, uint32_t, n) : NULL;
    if (status != VG_OK || whose == NULL) {
        return status != VG_OK ? status : vg_fail_memory(rows->error, n * sizeof *whose);
    }
    status = vg_job_stock_whose(request->ledger, &rows->places, held, n, rows->arena, whose, rows->error);
    for (size_t i = 0; status == VG_OK && i < n; i++) {
        const uint32_t resource = vg_dictionary_find(&rows->resources, vg_text_from(rows->items[held[i].item].name));
        if (resource == VG_DICTIONARY_NONE || held[i].usable == 0) {
            continue;
        }
        const uint32_t place = whose[i] != VG_DICTIONARY_NONE ? whose[i] : vg_dictionary_add(&rows->places, vg_text_from(held[i].store));
        status = place == VG_DICTIONARY_NONE ? vg_fail_memory(rows->error, 0)
                                             : offer_add_stock(rows, (struct offer_stock){.place = place, .resource = resource, .day = held[i].due, .amount = vg_stock_units(held[i].usable)});
    }
    return status;
}

static vg_status read_all(const struct vg_offer_request *request, struct offer_rows *rows)
{
    struct offer_source source = {.files = request->files, .n_files = request->n_files};
    vg_status status = VG_OK;
    if (request->needs_path != NULL) {
        source.name = request->needs_path;
        status = offer_read_needs(rows, &source);
    }
    if (status == VG_OK && request->resources_path != NULL) {
        source.name = request->resources_path;
        status = offer_read_kinds(rows, &source);
    }
    if (status == VG_OK && request->stocks_path != NULL) {
        source.name = request->stocks_path;
        status = offer_read_stocks(rows, &source);
    } else if (status == VG_OK && request->ledger != NULL) {
        status = read_ledger(request, rows);
    }
    if (status == VG_OK && request->minimum_path != NULL) {
        source.name = request->minimum_path;
        status = offer_read_minimums(rows, &source);
    }
    if (status == VG_OK && request->ways_path != NULL) {
        source.name = request->ways_path;
        status = offer_read_ways(rows, &source);
    }
    return status == VG_OK ? offer_check_kinds(rows, request->resources_path == NULL ? "--resources" : request->resources_path) : status;
}

/* One row a place, resource and day: what lies in which facility, and in which lots, is nobody else's. */
static vg_status sum_stocks(struct offer_rows *rows)
{
    struct vg_dictionary keys;
    size_t n = 0;
    vg_dictionary_init(&keys, rows->arena);
    for (size_t k = 0; k < rows->n_stocks; k++) {
        const struct offer_stock stock = rows->stocks[k];
        char key[64];
        const int size = snprintf(key, sizeof key, "%u,%u,%d", stock.place, stock.resource, (int)stock.day);
        const uint32_t at = vg_dictionary_add(&keys, vg_text_of(key, (size_t)size));
        if (at == VG_DICTIONARY_NONE) {
            return vg_fail_memory(rows->error, sizeof key);
        }
        if (at == n) {
            rows->stocks[n++] = stock;
        } else {
            rows->stocks[at].amount += stock.amount;
            rows->stocks[at].minimum += stock.minimum;
        }
    }
    rows->n_stocks = n;
    return VG_OK;
}

/* ----------------------------------------------------------------- writing */

static void columns(struct vg_table *table, struct vg_arena *arena, const char *const *names, const enum vg_column_kind *kinds, size_t n)
{
    vg_table_init(table, arena);
    for (size_t i = 0; i < n; i++) {
        vg_table_add_column(table, names[i], kinds[i]);
    }
}

static vg_status as_text(const struct vg_table *table, struct vg_arena *arena, struct vg_text *text, struct vg_error *error)
{
    struct vg_buffer out;
    *text = vg_text_of(NULL, 0);
    if (table->n_rows == 0) {
        return VG_OK;
    }
    vg_buffer_init(&out, 0);
    vg_status status = vg_table_write(table, VG_FORMAT_CSV, &out, error);
    if (status == VG_OK) {
        *text = vg_text_of(vg_arena_copy_bytes(arena, out.data, out.size), out.size);
        status = text->data == NULL ? vg_fail_memory(error, out.size) : VG_OK;
    }
    vg_buffer_release(&out);
    return status;
}

static void needs_table(const struct offer_rows *rows, struct vg_table *table)
{
    static const char *const names[] = {"place", "resource", "date", "amount", "path", "probability"};
    static const enum vg_column_kind kinds[] = {VG_COLUMN_TEXT, VG_COLUMN_TEXT, VG_COLUMN_DATE, VG_COLUMN_DOUBLE, VG_COLUMN_TEXT, VG_COLUMN_DOUBLE};
    columns(table, rows->arena, names, kinds, 6);
    for (size_t k = 0; k < rows->n_needs; k++) {
        const struct offer_need *need = &rows->needs[k];
        vg_table_text_slice(table, rows->places.keys[need->place]);
        vg_table_text_slice(table, rows->resources.keys[need->resource]);
        vg_table_date(table, need->day);
        vg_table_double(table, need->amount);
        vg_table_text_slice(table, rows->paths.keys[need->path]);
        vg_table_double(table, rows->probability[need->path]);
    }
}

static void stocks_table(const struct offer_rows *rows, struct vg_table *table)
{
    static const char *const names[] = {"place", "resource", "amount", "date", "minimum"};
    static const enum vg_column_kind kinds[] = {VG_COLUMN_TEXT, VG_COLUMN_TEXT, VG_COLUMN_DOUBLE, VG_COLUMN_DATE, VG_COLUMN_DOUBLE};
    columns(table, rows->arena, names, kinds, 5);
    for (size_t k = 0; k < rows->n_stocks; k++) {
        vg_table_text_slice(table, rows->places.keys[rows->stocks[k].place]);
        vg_table_text_slice(table, rows->resources.keys[rows->stocks[k].resource]);
        vg_table_double(table, rows->stocks[k].amount);
        vg_table_date(table, rows->stocks[k].day);
        vg_table_double(table, rows->stocks[k].minimum);
    }
}

static void way_row(const struct offer_rows *rows, struct vg_table *table, const struct offer_way *way, bool back)
{
    const struct vg_text from = rows->places.keys[back ? way->own : way->from], to = back ? rows->places.keys[way->from] : way->own != VG_DICTIONARY_NONE ? rows->places.keys[way->own] : vg_text_from(way->to);
    vg_table_text_slice(table, from);
    vg_table_text_slice(table, to);
    vg_table_double(table, way->days);
    vg_table_double(table, way->cost);
    vg_table_double(table, way->capacity);
}

static void ways_table(const struct offer_rows *rows, bool two_way, struct vg_table *table)
{
    static const char *const names[] = {"from", "to", "days", "cost", "capacity"};
    static const enum vg_column_kind kinds[] = {VG_COLUMN_TEXT, VG_COLUMN_TEXT, VG_COLUMN_DOUBLE, VG_COLUMN_DOUBLE, VG_COLUMN_DOUBLE};
    columns(table, rows->arena, names, kinds, 5);
    for (size_t k = 0; k < rows->n_ways; k++) {
        way_row(rows, table, &rows->ways[k], false);
    }
    for (size_t k = 0; two_way && k < rows->n_ways; k++) {
        if (rows->ways[k].own != VG_DICTIONARY_NONE) {
            way_row(rows, table, &rows->ways[k], true);
        }
    }
}

static void kinds_table(const struct offer_rows *rows, struct vg_table *table)
{
    static const char *const names[] = {"resource", "kind", "unit"};
    static const enum vg_column_kind kinds[] = {VG_COLUMN_TEXT, VG_COLUMN_TEXT, VG_COLUMN_TEXT};
    columns(table, rows->arena, names, kinds, 3);
    for (size_t r = 0; r < rows->resources.count; r++) {
        if (rows->kinds[r].used) {
            vg_table_text_slice(table, rows->resources.keys[r]);
            vg_table_text(table, rows->kinds[r].reusable ? "reusable" : "consumable");
            vg_table_text(table, rows->kinds[r].unit);
        }
    }
}

/* ------------------------------------------------------------------- saying */

static void say_resource(const struct offer_rows *rows, uint32_t r, uint8_t *at, struct vg_table *table)
{
    double has = 0.0, keeps = 0.0, arrives = 0.0, needs = 0.0;
    int64_t places = 0;
    memset(at, 0, rows->places.count);
    for (size_t k = 0; k < rows->n_stocks; k++) {
        const struct offer_stock *stock = &rows->stocks[k];
        if (stock->resource == r) {
            has += stock->day == VG_DATE_NONE ? stock->amount : 0.0;
            arrives += stock->day == VG_DATE_NONE ? 0.0 : stock->amount;
            keeps += stock->minimum;
            at[stock->place] = 1;
        }
    }
    for (size_t k = 0; k < rows->n_needs; k++) {
        if (rows->needs[k].resource == r) {
            needs += rows->needs[k].amount * rows->probability[rows->needs[k].path];
            at[rows->needs[k].place] = 1;
        }
    }
    for (size_t place = 0; place < rows->places.count; place++) {
        places += at[place];
    }
    vg_table_text_slice(table, rows->resources.keys[r]);
    vg_table_text(table, rows->kinds[r].unit);
    vg_table_text(table, rows->kinds[r].reusable ? "reusable" : "consumable");
    vg_table_integer(table, places);
    vg_table_double(table, has);
    vg_table_double(table, keeps);
    vg_table_double(table, arrives);
    vg_table_double(table, needs);
}

static vg_status say(const struct offer_rows *rows, const struct vg_offer *offer, struct vg_answer *answer)
{
    static const char *const texts[] = {"resource", "unit", "kind"}, *const doubles[] = {"has", "keeps", "arrives", "needs"};
    uint8_t *at = VG_ARENA_ARRAY(rows->arena, uint8_t, rows->places.count + 1);
    if (at == NULL) {
        return vg_fail_memory(rows->error, rows->places.count);
    }
    for (size_t i = 0; i < 3; i++) {
        vg_table_add_column(&answer->table, texts[i], VG_COLUMN_TEXT);
    }
    vg_table_add_column(&answer->table, "places", VG_COLUMN_INTEGER);
    for (size_t i = 0; i < 4; i++) {
        vg_table_add_column(&answer->table, doubles[i], VG_COLUMN_DOUBLE);
    }
    for (uint32_t r = 0; r < rows->resources.count; r++) {
        if (rows->kinds[r].used) {
            say_resource(rows, r, at, &answer->table);
        }
    }
    vg_buffer_text(&answer->meta, "{\"analysis\":\"plan offer\"");
    job_meta_text(&answer->meta, "node", offer->node);
    job_meta_date(&answer->meta, "from", offer->from);
    job_meta_date(&answer->meta, "to", offer->to);
    job_meta_number(&answer->meta, "paths", (double)rows->paths.count);
    job_meta_number(&answer->meta, "ways", (double)rows->n_ways);
    vg_buffer_text(&answer->meta, "}");
    return answer->table.failed || answer->meta.failed ? vg_fail_memory(rows->error, 0) : VG_OK;
}

static vg_status check_days(const struct vg_offer_request *request, const struct offer_rows *rows, struct vg_offer *offer)
{
    const bool told = request->from != VG_DATE_NONE || request->to != VG_DATE_NONE;
    if (rows->first != VG_DATE_NONE && told) {
        return vg_fail(rows->error, VG_USAGE_ERROR, "the days of an offer with needs are the dates of these; --from and --to are for offers without");
    }
    if (rows->first == VG_DATE_NONE && (request->from == VG_DATE_NONE || request->to == VG_DATE_NONE || request->to < request->from)) {
        return vg_fail(rows->error, VG_USAGE_ERROR, "for which days does an offer without needs hold? --from DATE and --to DATE say it");
    }
    offer->from = rows->first != VG_DATE_NONE ? rows->first : request->from;
    offer->to = rows->first != VG_DATE_NONE ? rows->last : request->to;
    return rows->n_needs + rows->n_stocks > 0 ? VG_OK : vg_fail(rows->error, VG_DATA_ERROR, "there are neither needs nor stocks to offer");
}

vg_status vg_job_offer(const struct vg_offer_request *request, struct vg_arena *arena, struct vg_offer *offer, struct vg_answer *answer, struct vg_error *error)
{
    struct offer_rows rows;
    struct vg_stock_item *items = NULL;
    struct vg_table tables[VG_OFFER_PARTS];
    size_t n_items = 0;
    *offer = (struct vg_offer){.name = "the offer", .node = request->node};
    vg_status status = request->ledger == NULL ? vg_stock_items_shipped(arena, &items, &n_items, error) : vg_stock_items(request->ledger, arena, &items, &n_items, error);
    status = status == VG_OK ? offer_rows_init(&rows, request->node, items, n_items, arena, error) : status;
    status = status == VG_OK ? read_all(request, &rows) : status;
    status = status == VG_OK ? check_days(request, &rows, offer) : status;
    status = status == VG_OK ? sum_stocks(&rows) : status;
    if (status != VG_OK) {
        return status;
    }
    needs_table(&rows, &tables[VG_OFFER_NEEDS]);
    stocks_table(&rows, &tables[VG_OFFER_STOCKS]);
    ways_table(&rows, request->two_way, &tables[VG_OFFER_WAYS]);
    kinds_table(&rows, &tables[VG_OFFER_RESOURCES]);
    for (int part = 0; status == VG_OK && part < VG_OFFER_PARTS; part++) {
        status = as_text(&tables[part], arena, &offer->parts[part], error);
    }
    return status == VG_OK ? say(&rows, offer, answer) : status;
}
