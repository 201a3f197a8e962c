/*
 * Cases without a genome among others with one: a genome is then held against the nearest sequenced ancestor, some links up, and what infects an unsequenced
 * case changes the terms of the first sequenced cases below it.
 */
#include "trace/chains/internal.h"

#include <math.h>

static bool sequenced(const struct chain *chain, uint32_t i)
{
    return chain->world->data->cases[i].genome != VG_CHAIN_NONE;
}

double chain_genetic_log(const struct chain *chain, unsigned distance, unsigned generations)
{
    double length = (double)chain->world->data->genomes->length, mu = generations * chain->p.mutation;
    if (distance == VG_CHAIN_DISTANCE_NONE) {
        return 0;
    }
    return mu < 1 ? distance * log(mu) + (length - distance) * log1p(-mu) : -INFINITY;
}

uint32_t chain_sequenced(const struct chain *chain, uint32_t from, unsigned *generations)
{
    while (!sequenced(chain, from)) {
        if (chain->parent[from] == VG_CHAIN_NONE) {
            return VG_CHAIN_NONE;
        }
        *generations += chain->generations[from];
        from = chain->parent[from];
    }
    return from;
}

/* First sequenced cases at or below i, with the generations to i. Depth first, by the lists of infected alone. */
static size_t find_below(const struct chain *chain, uint32_t i, uint32_t *below, uint32_t *generations)
{
    size_t n = 0;
    if (sequenced(chain, i)) {
        below[0] = i;
        generations[0] = 0;
        return 1;
    }
    uint32_t at = chain->child[i], depth = 0;
    while (at != VG_CHAIN_NONE) {
        depth += chain->generations[at];
        if (sequenced(chain, at)) {
            below[n] = at;
            generations[n++] = depth;
        } else if (chain->child[at] != VG_CHAIN_NONE) {
            at = chain->child[at];
            continue;
        }
        while (at != i && chain->next[at] == VG_CHAIN_NONE) {
            depth -= chain->generations[at];
            at = chain->parent[at];
        }
        if (at == i) {
            break;
        }
        depth -= chain->generations[at];
        at = chain->next[at];
    }
    return n;
}

/* The first sequenced infected of an unsequenced case, by which the genomes of the others are judged; but for one. VG_CHAIN_NONE: there is none. */
static uint32_t first_infected(const struct chain *chain, uint32_t of, uint32_t without)
{
    uint32_t first = VG_CHAIN_NONE;
    for (uint32_t child = chain->child[of]; child != VG_CHAIN_NONE; child = chain->next[child]) {
        first = child < first && child != without && sequenced(chain, child) ? child : first;
    }
    return first;
}

/* Term of i against its sibling `first`; -INFINITY where that comes later, or is none. */
static double sibling_term(const struct chain *chain, uint32_t i, uint32_t first, unsigned generations, unsigned *distance, unsigned *between)
{
    const struct vg_chain_data *data = chain->world->data;
    if (first == VG_CHAIN_NONE || first >= i) {
        return -INFINITY;
    }
    *distance = vg_chains_distance(data->genomes, data->cases[i].genome, data->cases[first].genome);
    *between = generations + chain->generations[first];
    return *distance == VG_CHAIN_DISTANCE_NONE ? -INFINITY : chain_genetic_log(chain, *distance, *between);
}

static double ancestor_term(const struct chain *chain, uint32_t i, uint32_t from, unsigned generations, unsigned *distance, unsigned *between)
{
    const struct vg_chain_data *data = chain->world->data;
    *between = generations;
    uint32_t ancestor = chain_sequenced(chain, from, between);
    *distance = ancestor == VG_CHAIN_NONE ? VG_CHAIN_DISTANCE_NONE : vg_chains_distance(data->genomes, data->cases[i].genome, data->cases[ancestor].genome);
    return ancestor == VG_CHAIN_NONE ? chain->rows.log_outside : chain_genetic_log(chain, *distance, *between);
}

static bool shares(const struct chain *chain, uint32_t from)
{
    return chain->world->model->shared_ancestors > 0 && !sequenced(chain, from);
}

double chain_term(const struct chain *chain, uint32_t i, uint32_t from, unsigned generations, uint32_t without, unsigned *distance, unsigned *between)
{
    unsigned sibling_distance = 0, sibling_between = 0;
    double term = ancestor_term(chain, i, from, generations, distance, between);
    if (shares(chain, from)) {
        double by_sibling = sibling_term(chain, i, first_infected(chain, from, without), generations, &sibling_distance, &sibling_between);
        if (by_sibling > term) {
            *distance = sibling_distance;
            *between = sibling_between;
            return by_sibling;
        }
    }
    return term;
}

/* A sequenced case under the candidate j: its own term, and what it changes for the other infected of an unsequenced j where it comes first. */
static void walk_sequenced(const struct chain *chain, uint32_t i, uint32_t j, double terms[GENERATIONS])
{
    const struct vg_chain_data *data = chain->world->data;
    unsigned distance = 0, between = 0;
    for (unsigned g = 0; g < chain->world->delays->n_generations; g++) {
        terms[g] = chain_term(chain, i, j, g + 1, i, &distance, &between);
    }
    bool first = shares(chain, j) && i < first_infected(chain, j, i);
    for (uint32_t child = chain->child[j]; first && child != VG_CHAIN_NONE; child = chain->next[child]) {
        if (child != i && sequenced(chain, child)) {
            double without = chain_term(chain, child, j, chain->generations[child], i, &distance, &between);
            double by_ancestor = ancestor_term(chain, child, j, chain->generations[child], &distance, &between);
            distance = vg_chains_distance(data->genomes, data->cases[i].genome, data->cases[child].genome);
            for (unsigned g = 0; g < chain->world->delays->n_generations; g++) {
                double by_i = distance == VG_CHAIN_DISTANCE_NONE ? -INFINITY : chain_genetic_log(chain, distance, chain->generations[child] + g + 1);
                terms[g] += fmax(by_ancestor, by_i) - without;
            }
        }
    }
}

void chain_walk(const struct chain *chain, uint32_t i, double (*terms)[GENERATIONS], double *outside, double *unlisted, const bool *wanted)
{
    const struct chain_world *world = chain->world;
    const struct vg_chain_candidates *candidates = world->candidates;
    uint32_t *below = (uint32_t *)(void *)chain->scratch, *depths = below + world->data->n;
    double *siblings = chain->below_terms;
    size_t n_below = find_below(chain, i, below, depths), n = chain_list_size(candidates, i);
    unsigned distance = 0, between = 0;
    *outside = 0;
    for (size_t b = 0; b < n_below; b++) { /* those below that have siblings before them need no ancestor */
        uint32_t by = below[b] == i || world->model->shared_ancestors <= 0 ? VG_CHAIN_NONE : first_infected(chain, chain->parent[below[b]], VG_CHAIN_NONE);
        siblings[b] = sibling_term(chain, below[b], by, chain->generations[below[b]], &distance, &between);
        *outside += fmax(chain->rows.log_outside, siblings[b]);
    }
    *unlisted = sequenced(chain, i) ? log(fmax(chain->rows.sum[candidates->unlisted_distance[i]], 1e-300)) +
                                          (candidates->unlisted_distance[i] == VG_CHAIN_DISTANCE_NONE
                                               ? 0
                                               : candidates->unlisted_distance[i] * log(chain->p.mutation / (1 - chain->p.mutation)))
                                    : *outside;
    for (size_t k = 0; k < n; k++) {
        unsigned above = 0;
        uint32_t candidate = candidates->list[candidates->starts[i] + k].infector;
        if (!wanted[k]) {
            continue;
        }
        if (sequenced(chain, i)) {
            walk_sequenced(chain, i, candidate, terms[k]);
            continue;
        }
        uint32_t ancestor = chain_sequenced(chain, candidate, &above);
        for (size_t g = 0; g < world->delays->n_generations; g++) {
            terms[k][g] = ancestor == VG_CHAIN_NONE ? *outside : 0;
        }
        for (size_t b = 0; ancestor != VG_CHAIN_NONE && b < n_below; b++) {
            distance = vg_chains_distance(world->data->genomes, world->data->cases[below[b]].genome, world->data->cases[ancestor].genome);
            for (unsigned g = 0; g < world->delays->n_generations; g++) {
                terms[k][g] += fmax(chain_genetic_log(chain, distance, g + 1 + above + depths[b]), siblings[b]);
            }
        }
    }
}
