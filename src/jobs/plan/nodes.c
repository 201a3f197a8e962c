/*
 * A plan over several nodes' places, node by node: what each would see before it agrees.
 */
#include "jobs/plan/internal.h"

#include <math.h>
#include <string.h>

#define SAME 1e-9

struct vg_text plan_node_of(const struct plan_input *input, uint32_t site)
{
    const struct vg_text place = input->places.keys[site];
    const char *slash = memchr(place.data, '/', place.size);
    return vg_text_of(place.data, slash == NULL ? place.size : (size_t)(slash - place.data));
}

struct node_sums { double needed, before, after; int64_t gives, gets, places_worse; };

static void sum_places(const struct plan_run *run, uint32_t r, const uint32_t *node, struct node_sums *sums)
{
    const struct vg_plan_problem *problem = &run->input.problem;
    const struct vg_plan_resource *resource = &run->input.resource[r];
    const struct plan_outcome *outcome = &run->outcomes[r];
    for (uint32_t site = 0; site < problem->n_sites; site++) {
        double needed;
        struct node_sums *sum = &sums[node[site]];
        const double before = plan_place_unmet(problem, resource, outcome->rules[VG_PLAN_NOTHING_MOVES].account.held, site, -1, &needed);
        const double after = plan_place_unmet(problem, resource, outcome->best.account.held, site, -1, &needed);
        sum->needed += needed;
        sum->before += before;
        sum->after += after;
        sum->places_worse += after > before + SAME * fmax(1.0, before);
    }
    for (size_t k = 0; k < outcome->best.n_movements; k++) {
        const struct vg_plan_movement *movement = &outcome->best.movements[k];
        const uint32_t from = node[problem->ways[movement->way].from], to = node[problem->ways[movement->way].to];
        sums[from].gives += from == to ? 0 : movement->amount;
        sums[to].gets += from == to ? 0 : movement->amount;
    }
}

static void node_row(const struct plan_run *run, uint32_t r, struct vg_text node, const struct node_sums *sum, struct vg_table *table)
{
    const double slack = SAME * fmax(1.0, sum->before);
    vg_table_text(table, run->input.resource[r].name);
    vg_table_text_slice(table, node);
    vg_table_double(table, sum->needed);
    vg_table_double(table, sum->before);
    vg_table_double(table, sum->after);
    vg_table_double(table, sum->needed > 0.0 ? 1.0 - sum->before / sum->needed : NAN);
    vg_table_double(table, sum->needed > 0.0 ? 1.0 - sum->after / sum->needed : NAN);
    vg_table_integer(table, sum->gives);
    vg_table_integer(table, sum->gets);
    vg_table_integer(table, sum->places_worse);
    vg_table_text(table, sum->after < sum->before - slack ? "better" : sum->after > sum->before + slack ? "worse" : "same");
}

vg_status plan_nodes_table(struct plan_run *run, struct vg_table *table)
{
    static const char *const doubles[] = {"needed", "unmet_before", "unmet", "coverage_before", "coverage"}, *const integers[] = {"gives", "gets", "places_worse"};
    struct vg_dictionary nodes;
    const uint32_t sites = run->input.problem.n_sites;
    uint32_t *node = VG_ARENA_ARRAY(run->arena, uint32_t, sites);
    if (!run->request->by_node) {
        return vg_fail(run->error, VG_USAGE_ERROR, "--show nodes is of plans over the offers of several nodes: vigia plan BUNDLE ...");
    }
    vg_dictionary_init(&nodes, run->arena);
    for (uint32_t site = 0; node != NULL && site < sites; site++) {
        node[site] = vg_dictionary_add(&nodes, plan_node_of(&run->input, site));
    }
    struct node_sums *sums = VG_ARENA_ARRAY(run->arena, struct node_sums, nodes.count);
    if (run->arena->failed) {
        return vg_fail_memory(run->error, sites * sizeof *node);
    }
    vg_table_add_column(table, "resource", VG_COLUMN_TEXT);
    vg_table_add_column(table, "node", VG_COLUMN_TEXT);
    for (size_t k = 0; k < 5; k++) {
        vg_table_add_column(table, doubles[k], VG_COLUMN_DOUBLE);
    }
    for (size_t k = 0; k < 3; k++) {
        vg_table_add_column(table, integers[k], VG_COLUMN_INTEGER);
    }
    vg_table_add_column(table, "status", VG_COLUMN_TEXT);
    for (uint32_t r = 0; r < run->input.resources.count; r++) {
        memset(sums, 0, nodes.count * sizeof *sums);
        sum_places(run, r, node, sums);
        for (uint32_t k = 0; k < nodes.count; k++) {
            node_row(run, r, nodes.keys[k], &sums[k], table);
        }
    }
    return VG_OK;
}
