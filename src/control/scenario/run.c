/*
 * One run: the engine's days added to the kept series, with a saved state from which it can go on as if it had never stopped.
 */
#include "control/scenario/scenario.h"

#include <stdlib.h>
#include <string.h>

#define STATE_MAGIC 0x3152535647495645ULL

struct recorder {
    const struct vg_scenario_layout *layout;
    const struct vg_run_control *control;
    int32_t days, lead;        /* days of the run; the engine's number of its first */
    uint32_t *values;
    uint64_t *sums;            /* [n_places] of one day */
    enum vg_run_wish wish;
};

static uint32_t *cell(const struct recorder *r, int slot, size_t place, size_t age, size_t step)
{
    const struct vg_scenario_layout *l = r->layout;
    return &r->values[(((size_t)slot * l->n_places + place) * l->n_ages + age) * l->n_steps + step];
}

/* A count that leaves 32 bits stays at the highest: 4 billion in a week of one series. */
static void add(uint32_t *to, uint64_t n)
{
    uint64_t sum = *to + n;
    *to = sum > UINT32_MAX ? UINT32_MAX : (uint32_t)sum;
}

static void record_counts(struct recorder *r, const struct vg_day *day, int kind, int slot, size_t step)
{
    const struct vg_scenario_layout *l = r->layout;
    for (size_t m = 0; m < day->n_municipalities; m++) {
        const uint32_t *counts = day->counts + ((size_t)kind * day->n_municipalities + m) * day->n_ages * day->n_variants;
        uint64_t groups[VG_AGES_MAX + 1 + VG_GROUPS_MAX] = {0};
        uint64_t all = 0;
        for (size_t a = 0; a < day->n_ages; a++) {
            uint64_t sum = 0;
            for (size_t v = 0; v < day->n_variants; v++) {
                sum += counts[a * day->n_variants + v];
            }
            all += sum;
            groups[l->age_of[a]] += sum;
        }
        if (all == 0) {
            continue;
        }
        groups[0] = all;
        for (size_t g = 0; g < day->n_groups; g++) {
            groups[l->n_bands + g] = day->group_counts[((size_t)kind * day->n_municipalities + m) * day->n_groups + g];
        }
        for (size_t level = 0; level < 3; level++) {
            uint32_t place = l->place_of[3 * m + level];
            for (size_t g = 0; place != UINT32_MAX && g < l->n_ages; g++) {
                add(cell(r, slot, place, g, step), groups[g]);
            }
        }
    }
}

/* Beds in use: the sum over a place's regions, of which the most in a step is kept. Those turned away add up. */
static void record_beds(struct recorder *r, const struct vg_day *day, int series, int slot, size_t step)
{
    const struct vg_scenario_layout *l = r->layout;
    const uint32_t *of[] = {day->ward_patients, day->icu_patients, day->without_ward, day->without_icu};
    const uint32_t *now = of[series - VG_KEPT_WARD];
    memset(r->sums, 0, l->n_places * sizeof *r->sums);
    for (size_t i = 0; i < 3 * day->n_regions; i++) {
        if (l->region_place[i] != UINT32_MAX) {
            r->sums[l->region_place[i]] += now[i / 3];
        }
    }
    for (size_t place = 0; place < l->n_places; place++) {
        uint32_t *to = cell(r, slot, place, 0, step);
        if (series == VG_KEPT_WITHOUT_WARD || series == VG_KEPT_WITHOUT_ICU) {
            add(to, r->sums[place]);
        } else if (r->sums[place] > *to) {
            *to = (uint32_t)(r->sums[place] > UINT32_MAX ? UINT32_MAX : r->sums[place]);
        }
    }
}

static void record_lost(struct recorder *r, const struct vg_day *day, int slot, size_t step)
{
    const struct vg_scenario_layout *l = r->layout;
    for (size_t i = 0; i < 3 * day->n_municipalities; i++) {
        if (l->place_of[i] != UINT32_MAX) {
            add(cell(r, slot, l->place_of[i], 0, step), day->doses_lost[i / 3]);
        }
    }
}

static void record_day(struct recorder *r, const struct vg_day *day)
{
    const struct vg_scenario_layout *l = r->layout;
    if (day->day - r->lead < l->first_day) {
        return;
    }
    size_t step = (size_t)((day->day - r->lead - l->first_day) / l->step_days);
    for (int series = 0; step < l->n_steps && series < VG_KEPT_KINDS; series++) {
        int slot = l->series_slot[series];
        if (slot >= 0 && series < (int)VG_COUNT_KINDS) {
            record_counts(r, day, series, slot, step);
        } else if (slot >= 0 && series == VG_KEPT_DOSES_LOST) {
            record_lost(r, day, slot, step);
        } else if (slot >= 0) {
            record_beds(r, day, series, slot, step);
        }
    }
}

static bool on_day(void *context, const struct vg_day *day)
{
    struct recorder *r = context;
    record_day(r, day);
    r->wish = r->control != NULL && r->control->after_day != NULL ? r->control->after_day(r->control->context, day->day - r->lead + 1, r->days) : VG_RUN_GO_ON;
    return r->wish == VG_RUN_GO_ON;
}

struct state_head { uint64_t magic, n_values; };

static vg_status save(const struct recorder *r, const struct vg_epidemic *epidemic, struct vg_error *error)
{
    const struct vg_run_control *c = r->control;
    struct state_head head = {STATE_MAGIC, r->layout->n_values};
    if (c == NULL || c->write == NULL) {
        return VG_OK;
    }
    bool good = (c->begin_write == NULL || c->begin_write(c->context)) && c->write(c->context, &head, sizeof head) &&
                c->write(c->context, r->values, r->layout->n_values * sizeof *r->values);
    if (!good) {
        return vg_fail(error, VG_SYSTEM_ERROR, "the state of a run cannot be written");
    }
    vg_status status = vg_epidemic_save(epidemic, c->write, c->context, error);
    return status == VG_OK && c->end_write != NULL && !c->end_write(c->context) ? vg_fail(error, VG_SYSTEM_ERROR, "the state of a run cannot be written") : status;
}

static vg_status load(const struct recorder *r, struct vg_epidemic *epidemic, struct vg_error *error)
{
    const struct vg_run_control *c = r->control;
    struct state_head head;
    if (!c->read(c->context, &head, sizeof head) || head.magic != STATE_MAGIC || head.n_values != r->layout->n_values ||
        !c->read(c->context, r->values, r->layout->n_values * sizeof *r->values)) {
        return vg_fail(error, VG_DATA_ERROR, "the saved state is of another run");
    }
    return vg_epidemic_resume(epidemic, c->read, c->context, error);
}

vg_status vg_control_scenario_run(const struct vg_epidemic_input *input, const struct vg_scenario_layout *layout, int32_t days, struct vg_pool *pool,
                                  const struct vg_run_control *control, uint32_t *values, struct vg_error *error)
{
    struct recorder recorder = {.layout = layout, .control = control, .days = days, .lead = input->first_day, .values = values};
    struct vg_epidemic_input recorded = *input;
    struct vg_epidemic *epidemic = NULL;
    recorder.sums = calloc(layout->n_places, sizeof *recorder.sums);
    if (recorder.sums == NULL) {
        return vg_fail_memory(error, layout->n_places * sizeof *recorder.sums);
    }
    recorded.context = &recorder;
    recorded.on_day = on_day;
    memset(values, 0, layout->n_values * sizeof *values);
    vg_status status = vg_epidemic_new(&recorded, pool, &epidemic, error);
    if (status == VG_OK && control != NULL && control->read != NULL) {
        status = load(&recorder, epidemic, error);
    }
    while (status == VG_OK && vg_epidemic_today(epidemic) < recorder.lead + days) {
        recorder.wish = VG_RUN_GO_ON;
        vg_status advanced = vg_epidemic_advance(epidemic, recorder.lead + days - vg_epidemic_today(epidemic), error);
        if (advanced == VG_CANCELLED && recorder.wish != VG_RUN_GO_ON) {
            status = save(&recorder, epidemic, error);
            if (status == VG_OK && recorder.wish == VG_RUN_STOP) {
                status = vg_fail(error, VG_CANCELLED, "stopped after day %d of %d", vg_epidemic_today(epidemic) - recorder.lead, days);
            }
        } else {
            status = advanced;
        }
    }
    vg_epidemic_free(epidemic);
    free(recorder.sums);
    return status;
}
