/*
 * What ships, and what a node's stock ledger knows, in the place of files: quantities of a patient-day, stocks, and the beds that the hospitals' file does not tell.
 */
#include "jobs/demand/internal.h"

#include "data_embedded.h"
#include "jobs/stock/stock.h"
#include "model/shipped.h"

#include <math.h>
#include <string.h>

vg_status demand_published_quantities(struct vg_arena *arena, struct demand_input *input, struct vg_error *error)
{
    struct vg_shipped_rows rows;
    const bool apart = input->census[DEMAND_WARD] != NULL || input->census[DEMAND_ICU] != NULL;
    vg_status status = vg_shipped_open(vg_embedded_allocate, vg_embedded_allocate_count, "supplies.csv", &rows, error);
    while (status == VG_OK && vg_shipped_next(&rows)) {
        double quantity = 0.0;
        struct demand_item *item = &input->items[input->n_items++];
        if (!vg_parse_double(rows.cells[2], '.', &quantity)) {
            return vg_fail(error, VG_SYSTEM_ERROR, "the program's table of supplies is damaged");
        }
        *item = (struct demand_item){.name = {vg_arena_copy_bytes(arena, rows.cells[0].data, rows.cells[0].size), rows.cells[0].size}};
        if (vg_text_equals(rows.cells[1], "admission")) {
            item->of_admission = quantity;
            continue;
        }
        /* Of every patient, wherever counted; who is on a ventilator is counted in intensive care. */
        item->quantity[DEMAND_WARD] = item->quantity[DEMAND_ICU] = apart ? quantity : 0.0;
        item->quantity[DEMAND_HOSPITAL] = apart ? 0.0 : quantity;
    }
    return status == VG_OK && arena->failed ? vg_fail_memory(error, 64) : status;
}

static double *all_unknown(struct vg_arena *arena, size_t n)
{
    double *values = VG_ARENA_ARRAY(arena, double, n);
    for (size_t i = 0; values != NULL && i < n; i++) {
        values[i] = NAN;
    }
    return values;
}

/* The sums of an item by place of the hospitals' file; a place of which the ledger says nothing stays unknown. */
static vg_status sum_item(const struct vg_stock_held *held, const uint32_t *whose, size_t n, size_t which, struct vg_arena *arena, size_t n_places, double **sums, struct vg_error *error)
{
    for (size_t i = 0; i < n; i++) {
        if (held[i].item != which || whose[i] == VG_DICTIONARY_NONE) {
            continue;
        }
        *sums = *sums == NULL ? all_unknown(arena, n_places) : *sums;
        if (*sums == NULL) {
            return vg_fail_memory(error, n_places * sizeof(double));
        }
        (*sums)[whose[i]] = (isnan((*sums)[whose[i]]) ? 0.0 : (*sums)[whose[i]]) + vg_stock_units(held[i].usable);
    }
    return VG_OK;
}

vg_status demand_read_ledger(struct vg_store *ledger, struct vg_arena *arena, struct demand_input *input, struct vg_error *error)
{
    struct vg_stock_item *items = NULL;
    struct vg_stock_held *held = NULL;
    size_t n_items = 0, n = 0;
    int32_t as_of = VG_DATE_NONE;
    vg_status status = vg_stock_items(ledger, arena, &items, &n_items, error);
    status = status == VG_OK ? vg_job_stock_held(ledger, input->start + (int32_t)input->n_days - 1, items, n_items, arena, &held, &n, &as_of, error) : status;
    uint32_t *whose = status == VG_OK ? VG_ARENA_ARRAY(arena, uint32_t, n) : NULL;
    if (status == VG_OK && whose == NULL) {
        return vg_fail_memory(error, n * sizeof *whose);
    }
    status = status == VG_OK ? vg_job_stock_whose(ledger, &input->places, held, n, arena, whose, error) : status;
    for (size_t i = 0; status == VG_OK && i < input->n_items; i++) {
        const size_t which = vg_stock_item_find(items, n_items, input->items[i].name);
        status = which == n_items ? VG_OK : sum_item(held, whose, n, which, arena, input->n_places, &input->items[i].stock, error);
    }
    for (size_t r = 0; status == VG_OK && r < DEMAND_RESOURCES; r++) {
        const size_t which = vg_stock_item_find(items, n_items, vg_text_from(demand_resource_names[r]));
        if (input->beds[r] == NULL && which < n_items) {
            status = sum_item(held, whose, n, which, arena, input->n_places, &input->beds[r], error);
        }
    }
    return status;
}
