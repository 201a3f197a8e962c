/*
 * The ledger as the stock of a plan, or of a forecast of demand.
 */
#include "jobs/stock/internal.h"

#include <string.h>

/* Facilities of the same name at several places are told apart by their places. */
static vg_status name_stores(struct vg_stock_held *held, size_t n, struct vg_arena *arena, struct vg_error *error)
{
    struct vg_dictionary names;
    char folded[256];
    const char **place = VG_ARENA_ARRAY(arena, const char *, n); /* [names] of the facility; NULL: of several */
    uint32_t *name = VG_ARENA_ARRAY(arena, uint32_t, n);
    vg_dictionary_init(&names, arena);
    if (place == NULL || name == NULL) {
        return vg_fail_memory(error, n * sizeof *place);
    }
    for (size_t i = 0; i < n; i++) {
        const size_t known = names.count, size = vg_text_fold(vg_text_from(held[i].facility), folded, sizeof folded);
        name[i] = vg_dictionary_add(&names, vg_text_of(folded, size));
        if (name[i] == VG_DICTIONARY_NONE) {
            return vg_fail_memory(error, sizeof folded);
        }
        const char *first = name[i] == known ? held[i].place : place[name[i]];
        place[name[i]] = first != NULL && strcmp(first, held[i].place) == 0 ? first : NULL;
    }
    for (size_t i = 0; i < n; i++) {
        if (held[i].facility[0] != '\0' && place[name[i]] == NULL) {
            held[i].store = vg_arena_format(arena, "%s/%s", held[i].place, held[i].facility);
        }
    }
    return arena->failed ? vg_fail_memory(error, 0) : VG_OK;
}

/* What is due before the day that is known is late: nobody knows when it comes, if it does. What comes from then until as_of is there by then. */
static void add_coming(const struct vg_stock_order *orders, size_t n, int32_t known, int32_t as_of, struct vg_stock_held *held, size_t *n_held)
{
    for (size_t i = 0; i < n; i++) {
        const struct vg_stock_order *order = &orders[i];
        for (size_t k = 0; k < order->n_parts && order->due != VG_DATE_NONE && order->due >= known; k++) {
            const int32_t first = order->due > as_of ? order->due : as_of;
            const bool usable = order->parts[k].expiry == VG_DATE_NONE || order->parts[k].expiry >= first;
            held[(*n_held)++] = (struct vg_stock_held){order->to_place, order->to_facility, order->to_facility[0] != '\0' ? order->to_facility : order->to_place, order->item,
                                                       usable ? order->parts[k].open : 0, order->parts[k].expiry,
                                                       order->due > as_of ? order->due : VG_DATE_NONE};
        }
    }
}

static vg_status hold(struct vg_store *store, int32_t day, bool coming, const struct vg_stock_item *items, size_t n_items, struct vg_arena *arena, struct vg_stock_held **held, size_t *n_held,
                      int32_t *as_of, struct vg_error *error)
{
    const struct vg_stock_filter filter = {.from = VG_DATE_NONE, .to = day};
    struct vg_stock_balance *balances = NULL;
    struct vg_stock_order *orders = NULL;
    size_t n = 0, n_orders = 0, n_parts = 0;
    const int32_t today = vg_date_today(), known = day == VG_DATE_NONE || day > today ? today : day;
    *held = NULL;
    *n_held = 0;
    *as_of = day;
    vg_status status = vg_stock_balances(store, &filter, items, n_items, arena, &balances, &n, error);
    if (status == VG_OK && n == 0) {
        status = vg_fail(error, VG_DATA_ERROR, "the node's stock ledger says nothing%s; vigia stock import or vigia stock count tells it what is there", day == VG_DATE_NONE ? "" : " of that day");
    }
    status = status == VG_OK && coming ? vg_stock_orders(store, &filter, true, items, n_items, arena, &orders, &n_orders, error) : status;
    for (size_t i = 0; i < n_orders; i++) {
        n_parts += orders[i].n_parts;
    }
    *held = status == VG_OK ? VG_ARENA_ARRAY(arena, struct vg_stock_held, n + n_parts) : NULL;
    if (status == VG_OK && *held == NULL) {
        return vg_fail_memory(error, n * sizeof **held);
    }
    for (size_t i = 0; status == VG_OK && day == VG_DATE_NONE && i < n; i++) {
        *as_of = balances[i].last > *as_of ? balances[i].last : *as_of;
    }
    for (size_t i = 0; status == VG_OK && i < n; i++) {
        const bool usable = balances[i].amount > 0 && (balances[i].expiry == VG_DATE_NONE || balances[i].expiry >= *as_of);
        const char *called = balances[i].facility[0] != '\0' ? balances[i].facility : balances[i].place;
        (*held)[(*n_held)++] = (struct vg_stock_held){balances[i].place, balances[i].facility, called, balances[i].item, usable ? balances[i].amount : 0, balances[i].expiry, VG_DATE_NONE};
    }
    if (status == VG_OK) {
        add_coming(orders, n_orders, known, *as_of, *held, n_held);
    }
    return status == VG_OK ? name_stores(*held, *n_held, arena, error) : status;
}

vg_status vg_job_stock_held(struct vg_store *store, int32_t day, const struct vg_stock_item *items, size_t n_items, struct vg_arena *arena, struct vg_stock_held **held, size_t *n_held,
                            int32_t *as_of, struct vg_error *error)
{
    return hold(store, day, false, items, n_items, arena, held, n_held, as_of, error);
}

vg_status vg_job_stock_held_and_coming(struct vg_store *store, int32_t day, const struct vg_stock_item *items, size_t n_items, struct vg_arena *arena, struct vg_stock_held **held, size_t *n_held,
                                       int32_t *as_of, struct vg_error *error)
{
    return hold(store, day, true, items, n_items, arena, held, n_held, as_of, error);
}

static uint32_t find_name(const struct vg_dictionary *names, const char *name)
{
    for (uint32_t k = 0; name[0] != '\0' && k < names->count; k++) {
        if (vg_text_fold_equal(names->keys[k], vg_text_from(name))) {
            return k;
        }
    }
    return VG_DICTIONARY_NONE;
}

static vg_status name_both(const struct vg_stock_held *held, size_t n, size_t which, struct vg_error *error)
{
    size_t other = 0;
    while (other < n && (strcmp(held[other].place, held[which].place) == 0 || !vg_text_fold_equal(vg_text_from(held[other].facility), vg_text_from(held[which].facility)))) {
        other++;
    }
    return vg_fail(error, VG_DATA_ERROR, "%.120s is a facility at %.40s and at %.40s in the stock ledger: call it %.160s or %.160s", held[which].facility, held[which].place,
                   other < n ? held[other].place : "another place", held[which].store, other < n ? held[other].store : "the like");
}

vg_status vg_job_stock_whose(struct vg_store *store, const struct vg_dictionary *names, const struct vg_stock_held *held, size_t n_held, struct vg_arena *arena, uint32_t *whose,
                             struct vg_error *error)
{
    const struct vg_place_list *places = vg_store_place_list(store);
    uint32_t *name_of = VG_ARENA_ARRAY(arena, uint32_t, places->count);
    if (name_of == NULL) {
        return vg_fail_memory(error, places->count * sizeof *name_of);
    }
    for (size_t i = 0; i < places->count; i++) {
        name_of[i] = VG_DICTIONARY_NONE;
    }
    for (uint32_t i = 0; i < names->count; i++) {
        bool several = false;
        const uint32_t place = vg_place_list_find_any(places, VG_PLACE_NONE, names->keys[i], &several);
        if (place != VG_PLACE_NONE) {
            name_of[place] = i;
        }
    }
    for (size_t i = 0; i < n_held; i++) {
        uint32_t at = vg_place_list_find_code(places, vg_text_from(held[i].place));
        whose[i] = find_name(names, held[i].facility[0] == '\0' ? "" : held[i].store);
        if (whose[i] == VG_DICTIONARY_NONE && held[i].facility[0] != '\0' && held[i].store != held[i].facility && find_name(names, held[i].facility) != VG_DICTIONARY_NONE) {
            return name_both(held, n_held, i, error);
        }
        for (; whose[i] == VG_DICTIONARY_NONE && at != VG_PLACE_NONE; at = places->places[at].parent) {
            whose[i] = name_of[at];
        }
    }
    return VG_OK;
}
