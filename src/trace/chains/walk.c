/*
 * Cases without a genome among others with one: a genome is then held against the nearest sequenced ancestor, some links up, and what infects an unsequenced case changes the
 * terms of the first sequenced cases below it.
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

void chain_walk(const struct chain *chain, uint32_t i, double (*terms)[GENERATIONS], double *outside, double *unlisted, const bool *wanted)
{
    const struct chain_world *world = chain->world;
    const struct vg_chain_candidates *candidates = world->candidates;
    uint32_t *below = (uint32_t *)(void *)chain->scratch, *depths = below + world->data->n;
    size_t n_below = find_below(chain, i, below, depths), n = chain_list_size(candidates, i);
    *outside = (double)n_below * chain->rows.log_outside;
    *unlisted = sequenced(chain, i) ? log(fmax(chain->rows.sum[candidates->unlisted_distance[i]], 1e-300)) +
                                          (candidates->unlisted_distance[i] == VG_CHAIN_DISTANCE_NONE ? 0 : candidates->unlisted_distance[i] * log(chain->p.mutation / (1 - chain->p.mutation)))
                                    : *outside;
    for (size_t k = 0; k < n; k++) {
        unsigned above = 0;
        if (!wanted[k]) {
            continue;
        }
        uint32_t ancestor = chain_sequenced(chain, candidates->list[candidates->starts[i] + k].infector, &above);
        for (size_t g = 0; g < world->delays->n_generations; g++) {
            terms[k][g] = ancestor == VG_CHAIN_NONE ? *outside : 0;
        }
        for (size_t b = 0; ancestor != VG_CHAIN_NONE && b < n_below; b++) {
            unsigned distance = vg_chains_distance(world->data->genomes, world->data->cases[below[b]].genome, world->data->cases[ancestor].genome);
            for (unsigned g = 0; g < world->delays->n_generations; g++) {
                terms[k][g] += chain_genetic_log(chain, distance, g + 1 + above + depths[b]);
            }
        }
    }
}
