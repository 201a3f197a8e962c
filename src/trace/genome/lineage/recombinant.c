/*
 * Breakpoint search: for each place where a genome may be cut, the best attachments of both parts, and what chance alone would gain.
 */
#include "trace/genome/lineage/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DRAW_PURPOSE = 37, TRIES_MOST = 1000 };

/* A genome over the sites: sets in work->allowed, and where it may be cut. */
struct cut { uint32_t cost, before, after, at; };

/* States of a node as sets, over all sites. */
static void states_of(const struct vg_lineage_model *model, uint32_t node, uint8_t *states)
{
    const struct vg_tree *tree = model->tree;
    for (uint32_t site = 0; site < tree->length; site++) {
        states[site] = lineage_reference_set(model, site);
    }
    /* From the node up the lowest mutation of a site is the one that holds: 0x80 marks sites that have it. */
    for (uint32_t at = node; at != VG_TREE_NONE; at = at == 0 ? VG_TREE_NONE : tree->parent[at]) {
        for (uint32_t m = tree->mutation_start[at]; m < tree->mutation_start[at + 1]; m++) {
            uint32_t site = vg_mutation_site(tree->mutations[m]);
            if ((states[site] & 0x80) == 0 && (model->masked == NULL || model->masked[site] == 0)) {
                states[site] = (uint8_t)(0x80 | 1u << vg_mutation_to(tree->mutations[m]));
            }
        }
    }
    for (uint32_t site = 0; site < tree->length; site++) {
        states[site] &= 0x7f;
    }
}

/* How far a node is from the parts before and from a site, by the way from the root. */
static void node_costs(const struct vg_lineage_model *model, const struct vg_lineage_work *work, uint32_t node, uint32_t at, int32_t costs[2])
{
    const struct vg_tree *tree = model->tree;
    for (uint32_t v = node; v != VG_TREE_NONE; v = tree->parent[v]) {
        for (uint32_t m = tree->mutation_start[v]; m < tree->mutation_start[v + 1]; m++) {
            uint32_t site = vg_mutation_site(tree->mutations[m]);
            costs[site >= at] += lineage_step(work->allowed[site], tree->mutations[m]);
        }
    }
}

/*
 * The best places of the parts before and from a site, in one pass. Nodes that were best before are known to be good, so that what is below a node can be left out where
 * all its mutations could not do as well for either part.
 */
static struct cut cut_at(const struct vg_lineage_model *model, struct vg_lineage_work *work, uint32_t at, int32_t reference_before, int32_t reference_after,
                         const struct cut *good)
{
    const struct vg_tree *tree = model->tree;
    int32_t best_before = INT32_MAX, best_after = INT32_MAX, known[2] = {INT32_MAX, INT32_MAX};
    struct cut cut = {.at = at};
    for (size_t i = 0; i < 2; i++) {
        int32_t costs[2] = {reference_before, reference_after};
        node_costs(model, work, i == 0 ? good->before : good->after, at, costs);
        known[0] = costs[0] < known[0] ? costs[0] : known[0];
        known[1] = costs[1] < known[1] ? costs[1] : known[1];
    }
    for (uint32_t v = 0; v < tree->n_nodes; v++) {
        int32_t above_before = v == 0 ? reference_before : work->before[tree->parent[v]], above_after = v == 0 ? reference_after : work->after[tree->parent[v]];
        int32_t gained[2] = {0, 0}, lost[2] = {0, 0};
        for (uint32_t m = tree->mutation_start[v]; m < tree->mutation_start[v + 1]; m++) {
            uint32_t site = vg_mutation_site(tree->mutations[m]);
            int step = lineage_step(work->allowed[site], tree->mutations[m]);
            gained[site >= at] += step < 0;
            lost[site >= at] += step > 0;
        }
        work->before[v] = above_before - gained[0] + lost[0];
        work->after[v] = above_after - gained[1] + lost[1];
        bool whole = v == 0 || (model->barred != NULL && model->barred[v] != 0); /* no part of the branch alone */
        int32_t before = whole ? work->before[v] : above_before - gained[0], after = whole ? work->after[v] : above_after - gained[1];
        if (before < best_before) {
            best_before = before;
            cut.before = v;
        }
        if (after < best_after) {
            best_after = after;
            cut.after = v;
        }
        known[0] = best_before < known[0] ? best_before : known[0];
        known[1] = best_after < known[1] ? best_after : known[1];
        if (work->before[v] - work->height[v] > known[0] && work->after[v] - work->height[v] > known[1]) {
            v = tree->end[v] - 1;
        }
    }
    cut.cost = (uint32_t)(best_before + best_after);
    return cut;
}

static bool add_site(struct vg_lineage_work *work, uint32_t site)
{
    if (work->n_sites == work->site_capacity) {
        size_t capacity = work->site_capacity == 0 ? 256 : 2 * work->site_capacity;
        uint32_t *larger = realloc(work->sites, capacity * sizeof *larger);
        if (larger == NULL) {
            return false;
        }
        work->sites = larger;
        work->site_capacity = capacity;
    }
    work->sites[work->n_sites++] = site;
    return true;
}

/* The best cut of what lies in work->allowed, good being a place that is not bad; the best single place is that without a part before. false: no memory. */
static bool best_cut(const struct vg_lineage_model *model, struct vg_lineage_work *work, const uint8_t *states, const struct cut *good, struct cut *single, struct cut *best)
{
    int32_t apart = 0, before = 0;
    work->n_sites = 0;
    for (uint32_t site = 0; site < work->length; site++) {
        bool differs = (work->allowed[site] & lineage_reference_set(model, site)) == 0;
        apart += differs;
        if ((differs || (states != NULL && (work->allowed[site] & states[site]) == 0)) && !add_site(work, site)) {
            return false;
        }
    }
    *single = *best = cut_at(model, work, 0, 0, apart, good);
    struct cut last = *single;
    last.before = single->after;
    for (size_t i = 0; i < work->n_sites; i++) {
        if (i > 0) {
            struct cut cut = cut_at(model, work, work->sites[i], before, apart - before, &last);
            last = cut;
            *best = cut.cost < best->cost ? cut : *best;
        }
        before += (work->allowed[work->sites[i]] & lineage_reference_set(model, work->sites[i])) == 0;
    }
    return true;
}

/* A genome from where the single place is, known where the given one is known, with so many of the tree's mutations. */
static void draw_genome(const struct vg_lineage_model *model, struct vg_lineage_work *work, const uint8_t *states, const uint8_t *known, uint32_t n_new,
                        struct vg_random *random)
{
    const struct vg_tree *tree = model->tree;
    uint32_t placed = 0;
    for (uint32_t site = 0; site < work->length; site++) {
        work->allowed[site] = known[site] != 0 ? states[site] : VG_BASE_ANY;
    }
    for (uint32_t tries = 0; placed < n_new && tries < TRIES_MOST && tree->n_mutations > 0; tries++) {
        uint32_t mutation = tree->mutations[vg_random_below(random, tree->n_mutations)], site = vg_mutation_site(mutation);
        uint8_t to = (uint8_t)(1 << vg_mutation_to(mutation));
        if (known[site] != 0 && (work->allowed[site] & to) == 0) {
            work->allowed[site] = to;
            placed++;
        }
    }
}

/* Where the break may be: between the last site before it that only the first node explains and the first after it that only the second does. */
static void fill_break(const struct vg_lineage_model *model, struct vg_lineage_work *work, struct vg_recombinant *out, uint32_t at, uint8_t *states)
{
    uint8_t *other = states + work->length;
    states_of(model, out->before, states);
    states_of(model, out->after, other);
    out->breakpoint_from = 0;
    out->breakpoint_to = work->length;
    for (uint32_t site = 0; site < work->length; site++) {
        bool by_first = (work->allowed[site] & states[site]) != 0, by_second = (work->allowed[site] & other[site]) != 0;
        if (site < at && by_first && !by_second) {
            out->breakpoint_from = site;
        }
        if (site >= at && !by_first && by_second && site < out->breakpoint_to) {
            out->breakpoint_to = site;
        }
    }
}

static vg_status test_gain(const struct vg_lineage_model *model, struct vg_lineage_work *work, size_t n_draws, uint64_t seed, uint8_t *states, uint8_t *known,
                           const struct cut *good, struct vg_recombinant *out, struct vg_error *error)
{
    size_t as_much = 0, drawn = 0;
    for (; drawn < n_draws && as_much < 10; drawn++) { /* where ten draws gain as much it is known to be nothing */
        struct vg_random random = vg_random_stream(seed, (uint32_t)drawn, 0, DRAW_PURPOSE);
        struct cut single, best;
        draw_genome(model, work, states, known, out->single, &random);
        if (!best_cut(model, work, states, good, &single, &best)) {
            return vg_fail_memory(error, 0);
        }
        as_much += single.cost - best.cost >= out->gain;
    }
    out->p = (double)(as_much + 1) / (double)(drawn + 1);
    return VG_OK;
}

static vg_status search(const struct vg_lineage_model *model, struct vg_lineage_work *work, size_t n_draws, uint64_t seed, uint8_t *states, struct vg_recombinant *out,
                        struct vg_error *error)
{
    struct cut single, best;
    uint8_t *known = states + 2 * (size_t)work->length;
    for (uint32_t site = 0; site < work->length; site++) {
        known[site] = work->allowed[site] != VG_BASE_ANY;
    }
    struct cut place = {.at = 0};
    if (!best_cut(model, work, NULL, &place, &single, &best)) {
        return vg_fail_memory(error, 0);
    }
    states_of(model, single.after, states);
    if (!best_cut(model, work, states, &single, &single, &best)) {
        return vg_fail_memory(error, 0);
    }
    *out = (struct vg_recombinant){.single = single.cost, .both = best.cost, .gain = single.cost - best.cost, .before = best.before, .after = best.after, .p = NAN};
    if (out->gain == 0) {
        out->before = out->after = single.after;
        return VG_OK;
    }
    uint32_t node = single.after;
    fill_break(model, work, out, best.at, states);
    states_of(model, node, states);
    return n_draws > 0 ? test_gain(model, work, n_draws, seed, states, known, &single, out, error) : VG_OK;
}

vg_status vg_lineage_recombinant(const struct vg_lineage_model *model, struct vg_lineage_work *work, const struct vg_genome *genome, size_t n_draws, uint64_t seed,
                                 struct vg_recombinant *out, struct vg_error *error)
{
    uint32_t n_missing = 0, n = model->tree->n_nodes;
    if (work->before == NULL) {
        work->before = malloc((n + 1) * sizeof *work->before);
        work->after = malloc((n + 1) * sizeof *work->after);
    }
    uint8_t *states = malloc(3 * (size_t)work->length + 1);
    if (work->before == NULL || work->after == NULL || states == NULL) {
        free(states);
        return vg_fail_memory(error, n * sizeof *work->before);
    }
    vg_status status = lineage_lay(model, work, genome, &n_missing)
                           ? search(model, work, n_draws, seed, states, out, error)
                           : vg_fail(error, VG_DATA_ERROR, "genome %.*s differs beyond the %u sites of the tree's reference", (int)genome->name.size, genome->name.data, work->length);
    for (uint32_t site = 0; site < work->length; site++) { /* draws are over all sites */
        work->allowed[site] = lineage_reference_set(model, site);
    }
    free(states);
    return status;
}
