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
    return mu < 1 ? chain->heat * (distance * log(mu) + (length - distance) * log1p(-mu)) : -INFINITY;
}

static double outside_log(const struct chain *chain)
{
    return chain->heat * chain->rows.log_outside;
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

/* Genomes that are known around an unsequenced case, and the generations from it to each: its sequenced ancestor, and the first of its infected. */
enum { KNOWN_MOST = 3 };
struct around {
    uint32_t of[KNOWN_MOST];
    unsigned generations[KNOWN_MOST], n;
};

static unsigned differing(const struct chain *chain, uint32_t a, uint32_t b)
{
    const struct vg_chain_data *data = chain->world->data;
    return vg_chains_distance(data->genomes, data->cases[a].genome, data->cases[b].genome);
}

static bool shares(const struct chain *chain, uint32_t from)
{
    return chain->world->model->shared_ancestors > 0 && !sequenced(chain, from);
}

/* Those that i, infected by `from`, is held against: the ancestor some generations above, and those infected by an unsequenced `from` that come before i. */
static void look_around(const struct chain *chain, uint32_t i, uint32_t from, uint32_t ancestor, unsigned above, uint32_t without, struct around *known)
{
    uint32_t least = 0;
    known->n = 0;
    if (ancestor != VG_CHAIN_NONE) {
        known->of[known->n] = ancestor;
        known->generations[known->n++] = above;
    }
    while (shares(chain, from) && known->n < KNOWN_MOST) {
        uint32_t next = i;
        for (uint32_t child = chain->child[from]; child != VG_CHAIN_NONE; child = chain->next[child]) {
            next = child >= least && child < next && child != without && sequenced(chain, child) ? child : next;
        }
        if (next == i) {
            return;
        }
        known->of[known->n] = next;
        known->generations[known->n++] = chain->generations[next];
        least = next + 1;
    }
}

/*
 * Log probability of the genome of i given those around its infector. By one: the differences of both over the generations between. By two or three: all share
 * the infector, so i has of its own, in its own generations, half of what it differs from any two beyond what these differ (the most that a pair gives, as what
 * i shares with one of them must then have come about twice). Without any it is one from outside.
 */
static double around_log(const struct chain *chain, uint32_t i, unsigned generations, const struct around *known, unsigned *distance, unsigned *between)
{
    unsigned to[KNOWN_MOST], own = 0, pairs = 0;
    *distance = VG_CHAIN_DISTANCE_NONE;
    *between = generations;
    if (known->n == 0) {
        return outside_log(chain);
    }
    for (unsigned a = 0; a < known->n; a++) {
        to[a] = differing(chain, i, known->of[a]);
        for (unsigned b = 0; b < a; b++) {
            unsigned apart = differing(chain, known->of[a], known->of[b]);
            if (to[a] != VG_CHAIN_DISTANCE_NONE && to[b] != VG_CHAIN_DISTANCE_NONE && apart != VG_CHAIN_DISTANCE_NONE) {
                unsigned half = to[a] + to[b] > apart ? (to[a] + to[b] - apart + 1) / 2 : 0;
                own = half > own ? half : own;
                pairs++;
            }
        }
    }
    if (pairs > 0) {
        *distance = own;
    } else {
        *distance = to[0];
        *between += known->generations[0];
    }
    return chain_genetic_log(chain, *distance, *between);
}

double chain_term(const struct chain *chain, uint32_t i, uint32_t from, unsigned generations, uint32_t without, unsigned *distance, unsigned *between)
{
    struct around known;
    unsigned above = 0;
    uint32_t ancestor = chain_sequenced(chain, from, &above);
    look_around(chain, i, from, ancestor, above, without, &known);
    return around_log(chain, i, generations, &known, distance, between);
}

/* What the infected of an unsequenced j that come after i have as terms, together, where i is infected by j over so many generations, or (0) is not. */
static double later_terms(const struct chain *chain, uint32_t i, uint32_t j, unsigned generations, uint32_t ancestor, unsigned above)
{
    double sum = 0;
    unsigned distance = 0, between = 0;
    struct around known;
    for (uint32_t child = chain->child[j]; child != VG_CHAIN_NONE; child = chain->next[child]) {
        if (child <= i || !sequenced(chain, child)) {
            continue;
        }
        look_around(chain, child, j, ancestor, above, i, &known);
        if (generations > 0) { /* i goes where its number puts it, and the last one may have to go */
            unsigned at = known.n < KNOWN_MOST ? known.n++ : KNOWN_MOST;
            for (; at > 0 && known.of[at - 1] != ancestor && known.of[at - 1] > i; at--) {
                if (at < KNOWN_MOST) {
                    known.of[at] = known.of[at - 1];
                    known.generations[at] = known.generations[at - 1];
                }
            }
            if (at < KNOWN_MOST) {
                known.of[at] = i;
                known.generations[at] = generations;
            }
        }
        sum += around_log(chain, child, chain->generations[child], &known, &distance, &between);
    }
    return sum;
}

/* A sequenced case under the candidate j: its own term, and what it changes for those infected by an unsequenced j that come after it. */
static void walk_sequenced(const struct chain *chain, uint32_t i, uint32_t j, double terms[GENERATIONS])
{
    unsigned distance = 0, between = 0, above = 0;
    uint32_t ancestor = chain_sequenced(chain, j, &above);
    struct around known;
    look_around(chain, i, j, ancestor, above, i, &known);
    double without = shares(chain, j) ? later_terms(chain, i, j, 0, ancestor, above) : 0;
    for (unsigned g = 0; g < chain->world->delays->n_generations; g++) {
        terms[g] = around_log(chain, i, g + 1, &known, &distance, &between);
        terms[g] += shares(chain, j) ? later_terms(chain, i, j, g + 1, ancestor, above) - without : 0;
    }
}

void chain_walk(const struct chain *chain, uint32_t i, double (*terms)[GENERATIONS], double *outside, double *unlisted, const bool *wanted)
{
    const struct chain_world *world = chain->world;
    const struct vg_chain_candidates *candidates = world->candidates;
    uint32_t *below = (uint32_t *)(void *)chain->scratch, *depths = below + world->data->n;
    size_t n_below = find_below(chain, i, below, depths), n = chain_list_size(candidates, i);
    unsigned distance = 0, between = 0;
    struct around known;
    *outside = 0;
    for (size_t b = 0; b < n_below; b++) {
        bool alone = below[b] == i;
        look_around(chain, below[b], alone ? i : chain->parent[below[b]], VG_CHAIN_NONE, 0, VG_CHAIN_NONE, &known);
        *outside += alone ? outside_log(chain) : around_log(chain, below[b], chain->generations[below[b]], &known, &distance, &between);
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
        for (unsigned g = 0; g < world->delays->n_generations; g++) {
            terms[k][g] = ancestor == VG_CHAIN_NONE ? *outside : 0;
            for (size_t b = 0; ancestor != VG_CHAIN_NONE && b < n_below; b++) {
                unsigned own = chain->generations[below[b]];
                look_around(chain, below[b], chain->parent[below[b]], ancestor, g + 1 + above + depths[b] - own, VG_CHAIN_NONE, &known);
                terms[k][g] += around_log(chain, below[b], own, &known, &distance, &between);
            }
        }
    }
}

/* ------------------------------------------------------------------- swaps */

size_t chain_around(const struct chain *chain, uint32_t x, uint32_t i, uint32_t *around)
{
    uint32_t *depths = around + chain->world->data->n, above = chain->parent[x];
    size_t n = 0;
    for (unsigned side = 0; side < 2; side++) {
        uint32_t of = side == 0 ? x : i;
        if (sequenced(chain, of)) {
            around[n++] = of;
        }
        for (uint32_t child = chain->child[of]; child != VG_CHAIN_NONE; child = chain->next[child]) {
            n += child == i ? 0 : find_below(chain, child, around + n, depths + n);
        }
    }
    for (uint32_t child = above == VG_CHAIN_NONE || sequenced(chain, above) ? VG_CHAIN_NONE : chain->child[above]; child != VG_CHAIN_NONE; child = chain->next[child]) {
        if (child != x && sequenced(chain, child)) {
            around[n++] = child;
        }
    }
    return n;
}

double chain_terms(const struct chain *chain, const uint32_t *cases, size_t n)
{
    double sum = 0;
    unsigned distance = 0, between = 0;
    for (size_t k = 0; k < n; k++) {
        uint32_t i = cases[k];
        if (chain->world->slow[i] != 0) {
            sum += chain->parent[i] == VG_CHAIN_NONE ? outside_log(chain) : chain_term(chain, i, chain->parent[i], chain->generations[i], i, &distance, &between);
        }
    }
    return sum;
}
