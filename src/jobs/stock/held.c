/*
 * The ledger as the stock of a plan, or of a forecast of demand.
 */
#include "jobs/stock/internal.h"

#include <string.h>

vg_status vg_job_stock_held(struct vg_store *store, int32_t day, const struct vg_stock_item *items, size_t n_items, struct vg_arena *arena, struct vg_stock_held **held, size_t *n_held,
                            int32_t *as_of, struct vg_error *error)
{
    const struct vg_stock_filter filter = {.from = VG_DATE_NONE, .to = day};
    struct vg_stock_balance *balances = NULL;
    size_t n = 0;
    *held = NULL;
    *n_held = 0;
    *as_of = day;
    vg_status status = vg_stock_balances(store, &filter, items, n_items, arena, &balances, &n, error);
    if (status == VG_OK && n == 0) {
        status = vg_fail(error, VG_DATA_ERROR, "the node's stock ledger says nothing%s; vigia stock import or vigia stock count tells it what is there", day == VG_DATE_NONE ? "" : " of that day");
    }
    *held = status == VG_OK ? VG_ARENA_ARRAY(arena, struct vg_stock_held, n) : NULL;
    if (status == VG_OK && *held == NULL) {
        return vg_fail_memory(error, n * sizeof **held);
    }
    for (size_t i = 0; status == VG_OK && day == VG_DATE_NONE && i < n; i++) {
        *as_of = balances[i].last > *as_of ? balances[i].last : *as_of;
    }
    for (size_t i = 0; status == VG_OK && i < n; i++) {
        if (balances[i].amount > 0 && (balances[i].expiry == VG_DATE_NONE || balances[i].expiry >= *as_of)) {
            (*held)[(*n_held)++] = (struct vg_stock_held){balances[i].place, balances[i].facility, balances[i].item, balances[i].amount, balances[i].expiry};
        }
    }
    return status;
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
        whose[i] = VG_DICTIONARY_NONE;
        for (uint32_t k = 0; held[i].facility[0] != '\0' && k < names->count; k++) {
            whose[i] = vg_text_fold_equal(names->keys[k], vg_text_from(held[i].facility)) ? k : whose[i];
        }
        for (; whose[i] == VG_DICTIONARY_NONE && at != VG_PLACE_NONE; at = places->places[at].parent) {
            whose[i] = name_of[at];
        }
    }
    return VG_OK;
}
