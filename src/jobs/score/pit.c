/*
 * Where the outcomes fell in the forecasts: histograms of the probability integral transform by model and group, flat where forecasts are calibrated, a valley
 * where their intervals are too narrow, a hill where they are too wide.
 */
#include "jobs/score/internal.h"

#include <string.h>

/* Of one model and group; forecasts at other levels than the first one's are left out and counted. */
struct score_pit {
    uint32_t model, group;
    size_t n_levels, n_quantiles, n_samples, n_other;
    double *levels, *counts; /* [n_levels], [n_levels + 1] */
    double sample[SCORE_PIT_BINS];
};

static struct score_pit *find(struct score_data *data, struct score_pits *pits, uint32_t model, uint32_t group)
{
    const uint32_t key[2] = {model, group};
    uint32_t index = vg_dictionary_add(&pits->keys, vg_text_of((const char *)key, sizeof key));
    if (index == VG_DICTIONARY_NONE) {
        return NULL;
    }
    if (index >= pits->capacity) {
        size_t capacity = pits->capacity == 0 ? 64 : 2 * pits->capacity;
        struct score_pit *larger = VG_ARENA_ARRAY(data->arena, struct score_pit, capacity);
        if (larger == NULL) {
            return NULL;
        }
        if (pits->capacity > 0) {
            memcpy(larger, pits->pits, pits->capacity * sizeof *larger);
        }
        pits->pits = larger;
        pits->capacity = capacity;
    }
    pits->pits[index].model = model;
    pits->pits[index].group = group;
    return &pits->pits[index];
}

vg_status score_pit_add(struct score_data *data, struct score_pits *pits, uint32_t model, uint32_t group, const struct score_numbers *numbers)
{
    struct score_pit *pit = find(data, pits, model, group);
    if (pit == NULL) {
        return vg_fail_memory(data->error, sizeof *pit);
    }
    size_t n = numbers->n_quantiles;
    if (n > 0 && pit->n_levels == 0) {
        pit->levels = VG_ARENA_ARRAY(data->arena, double, n);
        pit->counts = VG_ARENA_ARRAY(data->arena, double, n + 1);
        if (data->arena->failed) {
            return vg_fail_memory(data->error, n * sizeof *pit->levels);
        }
        pit->n_levels = n;
        memcpy(pit->levels, numbers->levels, n * sizeof *pit->levels);
    }
    if (n > 0 && n == pit->n_levels && memcmp(pit->levels, numbers->levels, n * sizeof *pit->levels) == 0) {
        pit->counts[vg_monitor_pit_bin(numbers->quantiles, n, numbers->observed)] += 1;
        pit->n_quantiles++;
    } else if (n > 0) {
        pit->n_other++;
    }
    if (numbers->n_draws > 0) {
        vg_monitor_pit_sample(numbers->draws, numbers->n_draws, numbers->observed, pit->sample, SCORE_PIT_BINS);
        pit->n_samples++;
    }
    return VG_OK;
}

static void add_row(const struct scoring *scoring, const struct score_pit *pit, const char *type, double low, double high, double count, size_t n)
{
    struct vg_table *table = scoring->table;
    vg_table_text_slice(table, scoring->data.models.keys[pit->model]);
    score_group_cells(scoring, &scoring->group[pit->group], table);
    vg_table_text(table, type);
    vg_table_double(table, low);
    vg_table_double(table, high);
    vg_table_double(table, count / (double)n / (high - low));
    vg_table_integer(table, (int64_t)n);
}

void score_pit_table(const struct scoring *scoring, size_t *n_other)
{
    struct vg_table *table = scoring->table;
    *n_other = 0;
    score_group_columns(scoring, table);
    vg_table_add_column(table, "output_type", VG_COLUMN_TEXT);
    vg_table_add_column(table, "from", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "to", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "density", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "n", VG_COLUMN_INTEGER);
    for (size_t i = 0; i < scoring->pits.keys.count; i++) {
        const struct score_pit *pit = &scoring->pits.pits[i];
        *n_other += pit->n_other;
        for (size_t bin = 0; pit->n_quantiles > 0 && bin <= pit->n_levels; bin++) {
            double low = bin == 0 ? 0 : pit->levels[bin - 1], high = bin == pit->n_levels ? 1 : pit->levels[bin];
            add_row(scoring, pit, "quantile", low, high, pit->counts[bin], pit->n_quantiles);
        }
        for (size_t bin = 0; pit->n_samples > 0 && bin < SCORE_PIT_BINS; bin++) {
            add_row(scoring, pit, "sample", (double)bin / SCORE_PIT_BINS, (double)(bin + 1) / SCORE_PIT_BINS, pit->sample[bin], pit->n_samples);
        }
    }
}
