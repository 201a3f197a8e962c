/*
 * Several offers as the files of one plan. Places become NODE/PLACE; what contradicts another offer is refused by file and field.
 */
#include "jobs/offer/internal.h"

#include <math.h>
#include <string.h>

struct joining {
    const struct vg_offer *offers;
    size_t n;
    struct vg_arena *arena;
    struct vg_error *error;
    struct vg_stock_item *items;
    size_t n_items;
    struct offer_rows *rows;       /* [n] */
    size_t dated, pathed;          /* the offer whose dates, and whose paths, are the plan's; n: there is none */
    struct vg_dictionary places;   /* NODE/PLACE */
    uint32_t **place;              /* [n][places of the offer] index in places */
    struct vg_dictionary needed;   /* resources that somebody needs */
    bool *has_need, *alive;        /* [places] */
    struct joint_way *ways;
    size_t n_ways, way_room, n_lost_ways, n_lost_stocks;
    const char *lost_way, *lost_stock;
    struct vg_table tables[VG_OFFER_PARTS];
};
struct joint_way { uint32_t from, to; double days, cost, capacity; };

/* ----------------------------------------------------------------- reading */

static vg_status read_offer(struct joining *joining, size_t which)
{
    static vg_status (*const readers[VG_OFFER_PARTS])(struct offer_rows *rows, const struct offer_source *source) = {offer_read_needs, offer_read_stocks, offer_read_ways, offer_read_kinds};
    const struct vg_offer *offer = &joining->offers[which];
    struct offer_rows *rows = &joining->rows[which];
    vg_status status = offer_rows_init(rows, offer->node, joining->items, joining->n_items, joining->arena, joining->error);
    for (int part = 0; status == VG_OK && part < VG_OFFER_PARTS; part++) {
        const struct offer_source source = {.name = vg_arena_format(joining->arena, "%s: %s", offer->name, vg_offer_part_names[part]), .text = offer->parts[part], .memory = true};
        if (source.name == NULL) {
            return vg_fail_memory(joining->error, 256);
        }
        status = offer->parts[part].size == 0 ? VG_OK : readers[part](rows, &source);
    }
    const char *kinds = vg_arena_format(joining->arena, "%s: %s", offer->name, vg_offer_part_names[VG_OFFER_RESOURCES]);
    status = status == VG_OK && kinds != NULL ? offer_check_kinds(rows, kinds) : status;
    if (status == VG_OK && rows->first != VG_DATE_NONE && (rows->first != offer->from || rows->last != offer->to)) {
        return vg_fail(joining->error, VG_DATA_ERROR, "%s: header, field per: its days are not the dates of its needs.csv", offer->name);
    }
    return status == VG_OK && kinds == NULL ? vg_fail_memory(joining->error, 256) : status;
}

static vg_status check_nodes(const struct joining *joining)
{
    for (size_t i = 0; i < joining->n; i++) {
        for (size_t k = 0; k < i; k++) {
            if (strcmp(joining->offers[i].node, joining->offers[k].node) == 0) {
                return vg_fail(joining->error, VG_DATA_ERROR, "%s: header, field node: %s is an offer of %s, too: one node makes one offer", joining->offers[i].name, joining->offers[k].name, joining->offers[i].node);
            }
        }
    }
    return VG_OK;
}

/* "2021-03-01 to 2021-04-19, by 7 days" */
static const char *days_text(const struct joining *joining, size_t which)
{
    char from[VG_DATE_TEXT_BYTES], to[VG_DATE_TEXT_BYTES];
    const struct offer_rows *rows = &joining->rows[which];
    (void)vg_date_print(joining->offers[which].from, from);
    (void)vg_date_print(joining->offers[which].to, to);
    const char *text = rows->step_days > 0 ? vg_arena_format(joining->arena, "%s to %s, by %d days", from, to, (int)rows->step_days) : vg_arena_format(joining->arena, "%s to %s", from, to);
    return text == NULL ? "" : text;
}

static vg_status check_dates(struct joining *joining)
{
    joining->dated = joining->n;
    for (size_t i = joining->n; i-- > 0;) {
        joining->dated = joining->rows[i].first != VG_DATE_NONE ? i : joining->dated;
    }
    if (joining->dated == joining->n) {
        return vg_fail(joining->error, VG_DATA_ERROR, "%s: needs.csv: neither this offer nor another says that anything is needed", joining->offers[0].name);
    }
    const struct offer_rows *base = &joining->rows[joining->dated];
    for (size_t i = 0; i < joining->n; i++) {
        const struct offer_rows *rows = &joining->rows[i];
        const bool good = rows->first != VG_DATE_NONE ? rows->first == base->first && rows->last == base->last && rows->step_days == base->step_days
                                                      : joining->offers[i].from <= base->first && joining->offers[i].to >= base->last;
        if (!good) {
            return vg_fail(joining->error, VG_DATA_ERROR, "%s: header, field per: it is about %s, and %s about %s: offers of one plan are about the same dates", joining->offers[i].name, days_text(joining, i),
                           joining->offers[joining->dated].name, days_text(joining, joining->dated));
        }
    }
    return VG_OK;
}

static vg_status check_paths(struct joining *joining)
{
    joining->pathed = joining->dated;
    for (size_t i = joining->n; i-- > 0;) {
        joining->pathed = joining->rows[i].paths.count > 1 ? i : joining->pathed;
    }
    const struct offer_rows *base = &joining->rows[joining->pathed];
    for (size_t i = 0; i < joining->n; i++) {
        const struct offer_rows *rows = &joining->rows[i];
        if (rows->paths.count > 1 && rows->paths.count != base->paths.count) {
            return vg_fail(joining->error, VG_DATA_ERROR, "%s: needs.csv, column path: %zu paths, where %s has %zu: offers of one plan have the same, or one", joining->offers[i].name, rows->paths.count,
                           joining->offers[joining->pathed].name, base->paths.count);
        }
        for (size_t k = 0; rows->paths.count > 1 && k < rows->paths.count; k++) {
            const uint32_t other = vg_dictionary_find(&base->paths, rows->paths.keys[k]);
            if (other == VG_DICTIONARY_NONE || fabs(base->probability[other] - rows->probability[k]) > 1e-6) {
                return vg_fail(joining->error, VG_DATA_ERROR, "%s: needs.csv, column %s: path %.*s is not in %s%s", joining->offers[i].name, other == VG_DICTIONARY_NONE ? "path" : "probability",
                               (int)rows->paths.keys[k].size, rows->paths.keys[k].data, joining->offers[joining->pathed].name, other == VG_DICTIONARY_NONE ? "" : " with this probability");
            }
        }
    }
    return VG_OK;
}

static vg_status check_kind(const struct joining *joining, size_t i, uint32_t r, size_t k, uint32_t other)
{
    if (joining->rows[i].kinds[r].line == 0 && joining->rows[k].kinds[other].line != 0) { /* who has a table of it is told where in it */
        return check_kind(joining, k, other, i, r);
    }
    const struct vg_text resource = joining->rows[i].resources.keys[r];
    const struct offer_kind *one = &joining->rows[i].kinds[r], *two = &joining->rows[k].kinds[other];
    if (!vg_text_fold_equal(vg_text_from(one->unit), vg_text_from(two->unit))) {
        return vg_fail(joining->error, VG_DATA_ERROR, "%s: resources.csv, line %llu, column unit: \"%.60s\" of %.*s, where %s has \"%.60s\"", joining->offers[i].name, (unsigned long long)one->line, one->unit,
                       (int)resource.size, resource.data, joining->offers[k].name, two->unit);
    }
    return one->reusable == two->reusable ? VG_OK
                                          : vg_fail(joining->error, VG_DATA_ERROR, "%s: resources.csv, line %llu, column kind: %.*s is %s, where %s says %s", joining->offers[i].name,
                                                    (unsigned long long)one->line, (int)resource.size, resource.data, one->reusable ? "reusable" : "consumable", joining->offers[k].name,
                                                    two->reusable ? "reusable" : "consumable");
}

/* And lists what each resource is, once. */
static vg_status check_kinds(struct joining *joining)
{
    struct vg_dictionary seen;
    struct vg_table *table = &joining->tables[VG_OFFER_RESOURCES];
    vg_status status = VG_OK;
    vg_dictionary_init(&seen, joining->arena);
    vg_dictionary_init(&joining->needed, joining->arena);
    vg_table_add_column(table, "resource", VG_COLUMN_TEXT);
    vg_table_add_column(table, "kind", VG_COLUMN_TEXT);
    vg_table_add_column(table, "unit", VG_COLUMN_TEXT);
    for (size_t i = 0; status == VG_OK && i < joining->n; i++) {
        struct offer_rows *rows = &joining->rows[i];
        for (uint32_t r = 0; status == VG_OK && r < rows->resources.count; r++) {
            const size_t before = seen.count;
            if (!rows->kinds[r].used) {
                continue;
            }
            for (size_t k = 0; status == VG_OK && k < i; k++) {
                const uint32_t other = vg_dictionary_find(&joining->rows[k].resources, rows->resources.keys[r]);
                status = other != VG_DICTIONARY_NONE && joining->rows[k].kinds[other].used ? check_kind(joining, i, r, k, other) : VG_OK;
            }
            if (status == VG_OK && vg_dictionary_add(&seen, rows->resources.keys[r]) == before) {
                vg_table_text_slice(table, rows->resources.keys[r]);
                vg_table_text(table, rows->kinds[r].reusable ? "reusable" : "consumable");
                vg_table_text(table, rows->kinds[r].unit);
            }
        }
        for (size_t k = 0; status == VG_OK && k < rows->n_needs; k++) {
            (void)vg_dictionary_add(&joining->needed, rows->resources.keys[rows->needs[k].resource]);
        }
    }
    return status;
}

/* ----------------------------------------------------------------- joining */

static vg_status find_places(struct joining *joining)
{
    size_t all = 0;
    vg_dictionary_init(&joining->places, joining->arena);
    joining->place = VG_ARENA_ARRAY(joining->arena, uint32_t *, joining->n);
    for (size_t i = 0; i < joining->n; i++) {
        all += joining->rows[i].places.count;
    }
    joining->has_need = VG_ARENA_ARRAY(joining->arena, bool, all + 1);
    joining->alive = VG_ARENA_ARRAY(joining->arena, bool, all + 1);
    for (size_t i = 0; !joining->arena->failed && i < joining->n; i++) {
        const struct offer_rows *rows = &joining->rows[i];
        joining->place[i] = VG_ARENA_ARRAY(joining->arena, uint32_t, rows->places.count + 1);
        for (size_t k = 0; joining->place[i] != NULL && k < rows->places.count; k++) {
            const char *name = vg_arena_format(joining->arena, "%s/%.*s", rows->node, (int)rows->places.keys[k].size, rows->places.keys[k].data);
            joining->place[i][k] = name == NULL ? VG_DICTIONARY_NONE : vg_dictionary_add(&joining->places, vg_text_from(name));
        }
        for (size_t k = 0; !joining->arena->failed && k < rows->n_needs; k++) {
            joining->has_need[joining->place[i][rows->needs[k].place]] = true;
            joining->alive[joining->place[i][rows->needs[k].place]] = true;
        }
        for (size_t k = 0; !joining->arena->failed && k < rows->n_stocks; k++) {
            const bool needed = vg_dictionary_find(&joining->needed, rows->resources.keys[rows->stocks[k].resource]) != VG_DICTIONARY_NONE;
            joining->alive[joining->place[i][rows->stocks[k].place]] |= needed;
        }
    }
    return joining->arena->failed ? vg_fail_memory(joining->error, all) : VG_OK;
}

static vg_status lose_way(struct joining *joining, struct vg_text from, struct vg_text to)
{
    joining->n_lost_ways++;
    if (joining->lost_way == NULL) {
        joining->lost_way = vg_arena_format(joining->arena, "%.*s to %.*s", (int)from.size, from.data, (int)to.size, to.data);
    }
    return joining->arena->failed ? vg_fail_memory(joining->error, 0) : VG_OK;
}

static vg_status add_way(struct joining *joining, uint32_t from, uint32_t to, const struct offer_way *way)
{
    struct joint_way *room = vg_arena_room(joining->arena, joining->ways, joining->n_ways, &joining->way_room, sizeof *room);
    if (room == NULL) {
        return vg_fail_memory(joining->error, sizeof *room);
    }
    joining->ways = room;
    room[joining->n_ways++] = (struct joint_way){from, to, way->days, way->cost, way->capacity};
    return VG_OK;
}

static vg_status join_ways(struct joining *joining, const char *ways_path)
{
    vg_status status = VG_OK;
    for (size_t i = 0; i < joining->n; i++) {
        const struct offer_rows *rows = &joining->rows[i];
        for (size_t k = 0; status == VG_OK && k < rows->n_ways; k++) {
            const struct offer_way *way = &rows->ways[k];
            const uint32_t from = joining->place[i][way->from], to = way->own != VG_DICTIONARY_NONE ? joining->place[i][way->own] : vg_dictionary_find(&joining->places, vg_text_from(way->to));
            status = to == VG_DICTIONARY_NONE || !joining->alive[from] || !joining->alive[to]
                         ? lose_way(joining, joining->places.keys[from], to == VG_DICTIONARY_NONE ? vg_text_from(way->to) : joining->places.keys[to])
                         : add_way(joining, from, to, way);
        }
    }
    if (status == VG_OK && ways_path != NULL) {
        struct offer_rows own;
        const struct offer_source source = {.name = ways_path};
        status = offer_rows_init(&own, "", joining->items, joining->n_items, joining->arena, joining->error);
        own.places = joining->places;
        status = status == VG_OK ? offer_read_ways(&own, &source) : status;
        for (size_t k = 0; status == VG_OK && k < own.n_ways; k++) {
            const uint32_t from = own.ways[k].from, to = own.ways[k].own;
            status = joining->alive[from] && joining->alive[to] ? add_way(joining, from, to, &own.ways[k]) : lose_way(joining, joining->places.keys[from], joining->places.keys[to]);
        }
    }
    return status;
}

/* A store from which no way leads to where something is needed, or to another store that is not so, is of no use to the plan, nor is a way to it. */
static vg_status drop_stores(struct joining *joining)
{
    bool *leads = VG_ARENA_ARRAY(joining->arena, bool, joining->places.count + 1), changed = true;
    size_t kept = 0;
    if (leads == NULL) {
        return vg_fail_memory(joining->error, joining->places.count);
    }
    while (changed) { /* backwards from where something is needed */
        changed = false;
        for (size_t k = 0; k < joining->n_ways; k++) {
            const struct joint_way *way = &joining->ways[k];
            if (!leads[way->from] && (joining->has_need[way->to] || leads[way->to])) {
                leads[way->from] = changed = true;
            }
        }
    }
    for (size_t place = 0; place < joining->places.count; place++) {
        joining->alive[place] = joining->alive[place] && (joining->has_need[place] || leads[place]);
    }
    vg_status status = VG_OK;
    for (size_t k = 0; status == VG_OK && k < joining->n_ways; k++) {
        const struct joint_way way = joining->ways[k];
        if (joining->alive[way.from] && joining->alive[way.to]) {
            joining->ways[kept++] = way;
        } else {
            status = lose_way(joining, joining->places.keys[way.from], joining->places.keys[way.to]);
        }
    }
    joining->n_ways = kept;
    return status;
}

/* ----------------------------------------------------------------- the files */

static void need_row(const struct joining *joining, size_t i, const struct offer_need *need, uint32_t path, struct vg_table *table)
{
    const struct offer_rows *rows = &joining->rows[i], *base = &joining->rows[joining->pathed];
    vg_table_text_slice(table, joining->places.keys[joining->place[i][need->place]]);
    vg_table_text_slice(table, rows->resources.keys[need->resource]);
    vg_table_date(table, need->day);
    vg_table_double(table, need->amount);
    vg_table_text_slice(table, base->paths.keys[path]);
    vg_table_double(table, base->probability[path]);
}

static void join_needs(struct joining *joining)
{
    struct vg_table *table = &joining->tables[VG_OFFER_NEEDS];
    const struct offer_rows *base = &joining->rows[joining->pathed];
    vg_table_add_column(table, "place", VG_COLUMN_TEXT);
    vg_table_add_column(table, "resource", VG_COLUMN_TEXT);
    vg_table_add_column(table, "date", VG_COLUMN_DATE);
    vg_table_add_column(table, "amount", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "path", VG_COLUMN_TEXT);
    vg_table_add_column(table, "probability", VG_COLUMN_DOUBLE);
    for (size_t i = 0; i < joining->n; i++) {
        const struct offer_rows *rows = &joining->rows[i];
        for (size_t k = 0; k < rows->n_needs; k++) {
            if (rows->paths.count > 1) {
                need_row(joining, i, &rows->needs[k], vg_dictionary_find(&base->paths, rows->paths.keys[rows->needs[k].path]), table);
            }
            for (uint32_t path = 0; rows->paths.count == 1 && path < base->paths.count; path++) {
                need_row(joining, i, &rows->needs[k], path, table);
            }
        }
    }
}

static vg_status join_stocks(struct joining *joining)
{
    struct vg_table *table = &joining->tables[VG_OFFER_STOCKS];
    const int32_t first = joining->rows[joining->dated].first;
    vg_table_add_column(table, "place", VG_COLUMN_TEXT);
    vg_table_add_column(table, "resource", VG_COLUMN_TEXT);
    vg_table_add_column(table, "amount", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "date", VG_COLUMN_DATE);
    vg_table_add_column(table, "minimum", VG_COLUMN_DOUBLE);
    for (size_t i = 0; i < joining->n; i++) {
        const struct offer_rows *rows = &joining->rows[i];
        for (size_t k = 0; k < rows->n_stocks; k++) {
            const struct offer_stock *stock = &rows->stocks[k];
            const uint32_t place = joining->place[i][stock->place];
            const struct vg_text resource = rows->resources.keys[stock->resource];
            if (!joining->alive[place] || vg_dictionary_find(&joining->needed, resource) == VG_DICTIONARY_NONE) {
                joining->n_lost_stocks++;
                if (joining->lost_stock == NULL) {
                    joining->lost_stock = vg_arena_format(joining->arena, "%.*s at %.*s", (int)resource.size, resource.data, (int)joining->places.keys[place].size, joining->places.keys[place].data);
                }
                continue;
            }
            vg_table_text_slice(table, joining->places.keys[place]);
            vg_table_text_slice(table, resource);
            vg_table_double(table, stock->amount);
            vg_table_date(table, stock->day != VG_DATE_NONE && stock->day > first ? stock->day : VG_DATE_NONE); /* what was to arrive before is there */
            vg_table_double(table, fmin(stock->minimum, floor(stock->amount + 1e-9))); /* plans are in whole units */
        }
    }
    return joining->arena->failed ? vg_fail_memory(joining->error, 0) : VG_OK;
}

static void list_ways(struct joining *joining)
{
    struct vg_table *table = &joining->tables[VG_OFFER_WAYS];
    vg_table_add_column(table, "from", VG_COLUMN_TEXT);
    vg_table_add_column(table, "to", VG_COLUMN_TEXT);
    vg_table_add_column(table, "days", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "cost", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "capacity", VG_COLUMN_DOUBLE);
    for (size_t k = 0; k < joining->n_ways; k++) {
        const struct joint_way *way = &joining->ways[k];
        vg_table_text_slice(table, joining->places.keys[way->from]);
        vg_table_text_slice(table, joining->places.keys[way->to]);
        vg_table_double(table, way->days);
        vg_table_double(table, way->cost);
        vg_table_double(table, way->capacity);
    }
}

static vg_status give(struct joining *joining, struct vg_plan_request *request)
{
    static const char *const names[VG_OFFER_PARTS] = {"needs of the offers", "stocks of the offers", "ways of the offers", "resources of the offers"};
    struct vg_given_file *files = VG_ARENA_ARRAY(joining->arena, struct vg_given_file, VG_OFFER_PARTS);
    vg_status status = files == NULL ? vg_fail_memory(joining->error, sizeof *files) : VG_OK;
    for (int part = 0; status == VG_OK && part < VG_OFFER_PARTS; part++) {
        struct vg_buffer out;
        vg_buffer_init(&out, 0);
        status = vg_table_write(&joining->tables[part], VG_FORMAT_CSV, &out, joining->error);
        if (status == VG_OK) {
            files[part] = (struct vg_given_file){names[part], vg_arena_copy_bytes(joining->arena, out.data, out.size), out.size};
            status = files[part].data == NULL ? vg_fail_memory(joining->error, out.size) : VG_OK;
        }
        vg_buffer_release(&out);
    }
    request->needs_path = names[VG_OFFER_NEEDS];
    request->stocks_path = names[VG_OFFER_STOCKS];
    request->ways_path = joining->n_ways == 0 ? NULL : names[VG_OFFER_WAYS];
    request->resources_path = names[VG_OFFER_RESOURCES];
    request->files = files;
    request->n_files = VG_OFFER_PARTS;
    request->by_node = true;
    return status;
}

static vg_status say_left_out(struct joining *joining, const char **left_out)
{
    const char *ways = joining->n_lost_ways == 0 ? "" : vg_arena_format(joining->arena, "%zu way%s to or from places that made no offer of use (the first: %s)", joining->n_lost_ways,
                                                                          joining->n_lost_ways == 1 ? " leads" : "s lead", joining->lost_way);
    const char *stocks = joining->n_lost_stocks == 0 ? "" : vg_arena_format(joining->arena, "%zu stock%s of what nobody needs, or where no way leads from (the first: %s)", joining->n_lost_stocks,
                                                                              joining->n_lost_stocks == 1 ? " is" : "s are", joining->lost_stock);
    *left_out = ways == NULL || stocks == NULL || (ways[0] == '\0' && stocks[0] == '\0') ? NULL : vg_arena_format(joining->arena, "%s%s%s", ways, ways[0] != '\0' && stocks[0] != '\0' ? "; " : "", stocks);
    return joining->arena->failed ? vg_fail_memory(joining->error, 0) : VG_OK;
}

vg_status vg_job_offers_join(const struct vg_offer *offers, size_t n_offers, const char *ways_path, struct vg_arena *arena, struct vg_plan_request *request, const char **left_out,
                             struct vg_error *error)
{
    struct joining joining = {.offers = offers, .n = n_offers, .arena = arena, .error = error, .rows = VG_ARENA_ARRAY(arena, struct offer_rows, n_offers)};
    *left_out = NULL;
    for (int part = 0; part < VG_OFFER_PARTS; part++) {
        vg_table_init(&joining.tables[part], arena);
    }
    vg_status status = n_offers == 0 || joining.rows == NULL ? vg_fail(error, VG_USAGE_ERROR, "a plan of offers has at least one") : vg_stock_items_shipped(arena, &joining.items, &joining.n_items, error);
    status = status == VG_OK ? check_nodes(&joining) : status;
    for (size_t i = 0; status == VG_OK && i < n_offers; i++) {
        status = read_offer(&joining, i);
    }
    status = status == VG_OK ? check_dates(&joining) : status;
    status = status == VG_OK ? check_paths(&joining) : status;
    status = status == VG_OK ? check_kinds(&joining) : status;
    status = status == VG_OK ? find_places(&joining) : status;
    status = status == VG_OK ? join_ways(&joining, ways_path) : status;
    status = status == VG_OK ? drop_stores(&joining) : status;
    if (status != VG_OK) {
        return status;
    }
    join_needs(&joining);
    status = join_stocks(&joining);
    list_ways(&joining);
    status = status == VG_OK ? give(&joining, request) : status;
    return status == VG_OK ? say_left_out(&joining, left_out) : status;
}
