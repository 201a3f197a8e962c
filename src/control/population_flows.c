/*
 * Who goes where: rows of shares become runs of ranks, by age, at the origin and at the destination (see population.h), so that
 * neither a traveller nor a pool needs a list.
 */
#include "control/population.h"

#include <string.h>

static vg_status check_row(const struct vg_population *p, const struct vg_flows *flows, uint32_t origin, bool *has_home,
                           struct vg_error *error)
{
    double sum = 0;
    *has_home = false;
    for (uint32_t i = flows->row[origin]; i < flows->row[origin + 1]; i++) {
        if (flows->destination[i] >= p->n_municipalities || !(flows->share[i] >= 0)) {
            return vg_fail(error, VG_USAGE_ERROR, "flows of municipality %u: destination %u with share %g is not allowed",
                           origin, flows->destination[i], flows->share[i]);
        }
        *has_home = *has_home || flows->destination[i] == origin;
        sum += flows->share[i];
    }
    return sum <= 1 + 1e-6
               ? VG_OK
               : vg_fail(error, VG_USAGE_ERROR, "flows of municipality %u: shares sum to %g, more than 1", origin, sum);
}

/* The runs of one origin; the last link takes what is left, and that is home whenever the row does not name it. */
static void cut_runs(const struct vg_population *p, unsigned layer, const struct vg_flows *flows, uint32_t origin,
                     struct flow_table *table)
{
    uint32_t link = table->out_row[origin];
    uint32_t end = table->out_row[origin + 1];
    for (uint32_t i = flows->row[origin]; i < flows->row[origin + 1]; i++) {
        table->destination[link + i - flows->row[origin]] = flows->destination[i];
    }
    if (end - link > flows->row[origin + 1] - flows->row[origin]) {
        table->destination[end - 1] = origin;
    }
    for (uint32_t age = 0; age < p->n_ages; age++) {
        uint32_t n = residents_in_layer(p, origin, age, layer);
        double start = (double)(draw_of(p->seed ^ 0x666C6F77U, (uint64_t)origin << 16 | age << 8 | layer) >> 11) * 0x1p-53;
        double sum = 0;
        uint32_t *starts = table->out_start + runs_at(p, table->out_row, origin, age);
        for (uint32_t i = link; i < end; i++) {
            uint32_t from = flows->row[origin] + (i - link);
            sum += from < flows->row[origin + 1] ? flows->share[from] : 1;
            double bound = floor(sum * n + start);
            starts[i - link + 1] = i + 1 == end || bound > n ? n : (uint32_t)bound;
        }
    }
}

static void join_pools(const struct vg_population *p, struct flow_table *table, uint32_t *cursor)
{
    size_t n = p->n_municipalities;
    for (uint32_t link = 0; link < table->out_row[n]; link++) {
        table->in_row[table->destination[link] + 1]++;
    }
    for (size_t m = 0; m < n; m++) {
        table->in_row[m + 1] += table->in_row[m];
        cursor[m] = table->in_row[m];
    }
    for (uint32_t origin = 0; origin < n; origin++) {
        for (uint32_t link = table->out_row[origin]; link < table->out_row[origin + 1]; link++) {
            uint32_t pool = table->destination[link];
            uint32_t place = cursor[pool]++;
            table->in_place[link] = place;
            table->in_link[place] = link;
            table->in_origin[place] = origin;
            for (uint32_t age = 0; age < p->n_ages; age++) {
                const uint32_t *out = table->out_start + runs_at(p, table->out_row, origin, age) + (link - table->out_row[origin]);
                uint32_t *in = table->in_start + runs_at(p, table->in_row, pool, age) + (place - table->in_row[pool]);
                in[1] = in[0] + out[1] - out[0];
            }
        }
    }
}

vg_status population_flows(struct vg_population *p, unsigned layer, const struct vg_flows *flows, struct vg_error *error)
{
    struct flow_table *table = &p->flows[layer];
    size_t n = p->n_municipalities;
    table->out_row = VG_ARENA_ARRAY(&p->arena, uint32_t, n + 1);
    table->in_row = VG_ARENA_ARRAY(&p->arena, uint32_t, n + 1);
    uint32_t *cursor = VG_ARENA_ARRAY(&p->arena, uint32_t, n);
    if (p->arena.failed) {
        return vg_fail_memory(error, n * 12);
    }
    for (uint32_t m = 0; m < n; m++) {
        bool has_home = false;
        vg_status status = check_row(p, flows, m, &has_home, error);
        if (status != VG_OK) {
            return status;
        }
        table->out_row[m + 1] = table->out_row[m] + (flows->row[m + 1] - flows->row[m]) + (has_home ? 0 : 1);
    }
    size_t links = table->out_row[n];
    table->destination = VG_ARENA_ARRAY(&p->arena, uint32_t, links);
    table->in_place = VG_ARENA_ARRAY(&p->arena, uint32_t, links);
    table->in_link = VG_ARENA_ARRAY(&p->arena, uint32_t, links);
    table->in_origin = VG_ARENA_ARRAY(&p->arena, uint32_t, links);
    table->out_start = VG_ARENA_ARRAY(&p->arena, uint32_t, (links + n) * p->n_ages);
    table->in_start = VG_ARENA_ARRAY(&p->arena, uint32_t, (links + n) * p->n_ages);
    if (p->arena.failed) {
        return vg_fail_memory(error, links * (16 + 8 * p->n_ages) + n * 8 * p->n_ages);
    }
    for (uint32_t m = 0; m < n; m++) {
        cut_runs(p, layer, flows, m, table);
    }
    join_pools(p, table, cursor);
    table->on = true;
    return VG_OK;
}
