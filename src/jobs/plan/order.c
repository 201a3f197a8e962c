/*
 * A plan that a person orders with a few choices: needs of the node's own hospitals, stocks of its ledger, ways as listed or by distance; made and kept.
 */
#include "jobs/plan/internal.h"

#include "jobs/stock/stock.h"

#include <math.h>
#include <string.h>

#define SPOTS_MOST 2000
#define FAIREST_CELLS_MOST 3000        /* places times weeks: beyond, linear programs may take longer than anybody waits */

void vg_plan_order_init(struct vg_plan_order *order)
{
    *order = (struct vg_plan_order){.census = {.level = VG_LEVEL_ADMIN1, .ventilated_share = NAN}, .budget = NAN, .period_budget = NAN, .near = {.neighbours = 4, .km_per_day = 400.0, .border_days = 2.0, .cost_fixed = 1.0, .cost_per_100km = 1.0, .capacity = NAN}};
}

/* Rows of the needs as census.c writes them: place,resource,date,path,amount, without marks of quotation. */
struct row { struct vg_text place, resource, date, all; };

static bool next_row(struct vg_text *rest, struct row *row)
{
    const char *end = rest->size == 0 ? NULL : memchr(rest->data, '\n', rest->size);
    if (end == NULL) {
        return false;
    }
    row->all = vg_text_of(rest->data, (size_t)(end - rest->data) + 1);
    const char *first = memchr(rest->data, ',', row->all.size), *second = first == NULL ? NULL : memchr(first + 1, ',', (size_t)(end - first - 1));
    VG_ASSERT(first != NULL && second != NULL && second + 10 < end);
    row->place = vg_text_of(rest->data, (size_t)(first - rest->data));
    row->resource = vg_text_of(first + 1, (size_t)(second - first - 1));
    row->date = vg_text_of(second + 1, 10);
    *rest = vg_text_of(end + 1, rest->size - row->all.size);
    return true;
}

struct making {
    struct vg_store *store;
    const struct vg_plan_order *order;
    struct vg_arena *arena;
    struct vg_error *error;
    struct vg_buffer needs, people, chosen, ways, weights;
    struct vg_dictionary needing, planned; /* codes: all places with needs, and those that are planned for */
    const char *left_out;
};

static vg_status choose_places(struct making *making)
{
    const struct vg_plan_order *order = making->order;
    struct vg_text rest = vg_text_of(making->needs.data, making->needs.size);
    struct vg_dictionary resources;
    struct row row;
    vg_dictionary_init(&making->needing, making->arena);
    vg_dictionary_init(&making->planned, making->arena);
    vg_dictionary_init(&resources, making->arena);
    (void)next_row(&rest, &row); /* headings */
    while (next_row(&rest, &row)) {
        if (vg_dictionary_add(&making->needing, row.place) == VG_DICTIONARY_NONE || vg_dictionary_add(&resources, row.resource) == VG_DICTIONARY_NONE) {
            return vg_fail_memory(making->error, row.place.size);
        }
    }
    for (size_t i = 0; i < order->n_only; i++) {
        if (vg_dictionary_find(&resources, vg_text_from(order->only[i])) == VG_DICTIONARY_NONE) {
            return vg_fail(making->error, VG_USAGE_ERROR, "the hospitals' patients tell no need of %.60s%s", order->only[i],
                           strcmp(order->only[i], "ventilator") == 0 ? ": say what share of those in intensive care is ventilated" : "");
        }
    }
    for (size_t i = 0; i < order->n_places; i++) {
        if (vg_dictionary_find(&making->needing, vg_text_from(order->places[i])) == VG_DICTIONARY_NONE) {
            return vg_fail(making->error, VG_USAGE_ERROR, "no hospital of %.60s reports patients that can be forecast: it cannot be planned for", order->places[i]);
        }
        if (vg_dictionary_add(&making->planned, vg_text_from(order->places[i])) == VG_DICTIONARY_NONE) {
            return vg_fail_memory(making->error, 64);
        }
    }
    making->planned = order->n_places == 0 ? making->needing : making->planned;
    if (making->planned.count < 2 || making->planned.count > SPOTS_MOST) {
        return vg_fail(making->error, VG_USAGE_ERROR, "%zu %s planned for here: a plan is between 2 to %d (vigia plan makes larger ones)", making->planned.count, making->planned.count == 1 ? "place is" : "places are", SPOTS_MOST);
    }
    return VG_OK;
}

/* Needs of the places and weeks that are wanted. Dates are a week apart and in order within a place. */
static vg_status choose_rows(struct making *making)
{
    const int64_t weeks = making->order->weeks;
    int32_t first = INT32_MAX, day = 0;
    struct row row;
    for (int round = 0; round < 2; round++) {
        struct vg_text rest = vg_text_of(making->needs.data, making->needs.size);
        (void)next_row(&rest, &row);
        if (round == 1) {
            vg_buffer_append(&making->chosen, row.all.data, row.all.size);
        }
        while (next_row(&rest, &row)) {
            VG_ASSERT(vg_date_parse_iso(row.date, &day));
            first = day < first ? day : first;
            if (round == 1 && vg_dictionary_find(&making->planned, row.place) != VG_DICTIONARY_NONE && (weeks == 0 || day < first + 7 * weeks)) {
                vg_buffer_append(&making->chosen, row.all.data, row.all.size);
            }
        }
    }
    const int64_t cells = (int64_t)making->planned.count * (weeks == 0 ? 4 : weeks);
    if (making->order->fairest && cells > FAIREST_CELLS_MOST) {
        return vg_fail(making->error, VG_USAGE_ERROR, "the worst-served place first is planned here for up to %d places times weeks, and these are %lld: choose fewer, or plan them by vigia plan --fairest", FAIREST_CELLS_MOST, (long long)cells);
    }
    return making->chosen.failed ? vg_fail_memory(making->error, making->chosen.size) : VG_OK;
}

static uint32_t country_of(const struct vg_place_list *places, uint32_t place)
{
    while (place != VG_PLACE_NONE && places->places[place].parent != VG_PLACE_NONE) {
        place = places->places[place].parent;
    }
    return place;
}

static struct vg_plan_spot spot_of(const struct vg_place_list *places, const char *name, const char *code, bool depot)
{
    const uint32_t place = vg_place_list_find_code(places, vg_text_from(code));
    const struct vg_place *at = place == VG_PLACE_NONE ? NULL : &places->places[place];
    return (struct vg_plan_spot){name, at == NULL ? NAN : at->latitude, at == NULL ? NAN : at->longitude, country_of(places, place), depot};
}

/* What lies in no place that needs anything, chosen or not, is a depot's: it may go to all. What lies in a place that is not chosen stays there. */
static vg_status add_depots(struct making *making, struct vg_plan_spot *spots, size_t *n)
{
    struct vg_stock_item *items = NULL;
    struct vg_stock_held *held = NULL;
    struct vg_dictionary names;
    size_t n_items = 0, n_held = 0;
    int32_t as_of = VG_DATE_NONE;
    vg_dictionary_init(&names, making->arena);
    vg_status status = vg_stock_items(making->store, making->arena, &items, &n_items, making->error);
    status = status == VG_OK ? vg_job_stock_held(making->store, VG_DATE_NONE, items, n_items, making->arena, &held, &n_held, &as_of, making->error) : status;
    uint32_t *whose = status == VG_OK ? VG_ARENA_ARRAY(making->arena, uint32_t, n_held + 1) : NULL;
    if (status != VG_OK || whose == NULL) {
        return status != VG_OK ? status : vg_fail_memory(making->error, n_held * sizeof *whose);
    }
    status = vg_job_stock_whose(making->store, &making->needing, held, n_held, making->arena, whose, making->error);
    for (size_t i = 0; status == VG_OK && i < n_held && *n < SPOTS_MOST; i++) {
        bool wanted = whose[i] == VG_DICTIONARY_NONE && held[i].usable > 0 && making->order->n_only == 0;
        for (size_t k = 0; k < making->order->n_only; k++) {
            wanted = wanted || (whose[i] == VG_DICTIONARY_NONE && held[i].usable > 0 && strcmp(items[held[i].item].name, making->order->only[k]) == 0);
        }
        const size_t known = names.count;
        const struct vg_plan_spot spot = spot_of(vg_store_place_list(making->store), held[i].store, held[i].place, true);
        if (wanted && !isnan(spot.latitude) && vg_dictionary_add(&names, vg_text_from(held[i].store)) == known) {
            spots[(*n)++] = spot;
        }
    }
    return status;
}

static vg_status make_ways(struct making *making)
{
    const struct vg_place_list *places = vg_store_place_list(making->store);
    struct vg_plan_spot *spots = VG_ARENA_ARRAY(making->arena, struct vg_plan_spot, SPOTS_MOST);
    size_t n = 0;
    if (spots == NULL) {
        return vg_fail_memory(making->error, SPOTS_MOST * sizeof *spots);
    }
    for (size_t i = 0; i < making->planned.count; i++) {
        const struct vg_text code = making->planned.keys[i];
        const char *name = vg_arena_copy_bytes(making->arena, code.data, code.size);
        if (name == NULL) {
            return vg_fail_memory(making->error, code.size);
        }
        spots[n++] = spot_of(places, name, name, false);
    }
    vg_status status = add_depots(making, spots, &n);
    return status == VG_OK ? vg_job_plan_near_ways(spots, n, &making->order->near, making->arena, &making->ways, making->error) : status;
}

/* What an unmet unit of each resource counts. Kinds are the ledger's. */
static vg_status write_weights(struct making *making)
{
    const struct vg_plan_order *order = making->order;
    struct vg_stock_item *items = NULL;
    size_t n_items = 0;
    if ((isnan(order->budget) && isnan(order->period_budget)) || order->n_only == 1) {
        return VG_OK;
    }
    if (order->n_only == 0 || order->weights == NULL) {
        return vg_fail(making->error, VG_USAGE_ERROR, "resources that share a budget are named, and of each is said what an unmet unit weighs against one of the others (weights)");
    }
    vg_status status = vg_stock_items(making->store, making->arena, &items, &n_items, making->error);
    vg_buffer_text(&making->weights, "resource,kind,weight\n");
    for (size_t i = 0; status == VG_OK && i < order->n_only; i++) {
        const size_t item = vg_stock_item_find(items, n_items, vg_text_from(order->only[i]));
        if (item == n_items || !(order->weights[i] > 0.0)) {
            return vg_fail(making->error, VG_USAGE_ERROR, item == n_items ? "the ledger has no item %.60s" : "say of %.60s what an unmet unit weighs against one of the others, above 0: it shares a budget", order->only[i]);
        }
        vg_buffer_format(&making->weights, "%s,%s,%.17g\n", order->only[i], items[item].reusable ? "reusable" : "consumable", order->weights[i]);
    }
    return status == VG_OK && making->weights.failed ? vg_fail_memory(making->error, making->weights.size) : status;
}

static vg_status keep_it(struct making *making, const struct vg_progress *progress, struct vg_answer *answer)
{
    const struct vg_plan_order *order = making->order;
    struct vg_plan_request request;
    const bool listed = order->ways.size > 0;
    const struct vg_given_file files[] = {{"the hospitals", making->chosen.data, making->chosen.size},
                                          {"the people", making->people.data, making->people.size},
                                          {"the ways", listed ? order->ways.data : making->ways.data, listed ? order->ways.size : making->ways.size},
                                          {"the weights", making->weights.data, making->weights.size}};
    vg_plan_request_init(&request);
    request.needs_path = files[0].path;
    request.population_path = making->people.size > 0 ? files[1].path : NULL;
    request.ways_path = files[2].path;
    request.files = files;
    request.n_files = 4;
    request.resources_path = making->weights.size > 0 ? files[3].path : NULL;
    request.budget = order->budget;
    request.period_budget = order->period_budget;
    request.ledger = making->store;
    request.only = order->only;
    request.n_only = order->n_only;
    request.known = &making->needing; /* those that were not chosen */
    request.fairest = order->fairest;
    request.nobody_worse = order->nobody_worse;
    request.show = "summary";
    request.language = order->language;
    return vg_job_plan_keep(&request, making->store, order->name, order->replace, progress, making->arena, answer, making->error);
}

vg_status vg_job_plan_order(struct vg_store *store, const struct vg_plan_order *order, const struct vg_progress *progress, struct vg_arena *arena, struct vg_answer *answer, const char **left_out, struct vg_error *error)
{
    struct making making = {.store = store, .order = order, .arena = arena, .error = error};
    struct vg_buffer *buffers[] = {&making.needs, &making.people, &making.chosen, &making.ways, &making.weights};
    for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++) {
        vg_buffer_init(buffers[i], 0);
    }
    vg_status status = vg_job_plan_census(store, &order->census, arena, &making.needs, &making.people, &making.left_out, error);
    status = status == VG_OK ? choose_places(&making) : status;
    status = status == VG_OK ? choose_rows(&making) : status;
    status = status == VG_OK ? write_weights(&making) : status;
    status = status == VG_OK && order->ways.size == 0 ? make_ways(&making) : status;
    status = status == VG_OK ? keep_it(&making, progress, answer) : status;
    *left_out = making.left_out;
    for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++) {
        vg_buffer_release(buffers[i]);
    }
    return status;
}
