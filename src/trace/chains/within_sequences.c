/*
 * The likelihood of the genomes on a dated phylogeny: one rate for all mutations (Jukes and Cantor 1969) and a strict clock, by Felsenstein's pruning (1981).
 * Only the way from what has changed to the root is computed again; each node has two tables, so that what is refused costs nothing to undo.
 */
#include "trace/chains/within.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct column {
    const uint8_t *bases;
    size_t n;
};

static int by_bases(const void *a, const void *b)
{
    const struct column *x = a, *y = b;
    return memcmp(x->bases, y->bases, x->n);
}

/* Sites that differ, as columns [site][case]. */
static size_t unpack(const struct vg_chain_data *data, uint8_t *columns)
{
    const struct vg_chain_genomes *genomes = data->genomes;
    size_t n_kept = 0;
    for (size_t site = 0; site < 64 * genomes->n_words; site++) {
        uint8_t *column = columns + n_kept * data->n, any = 0;
        for (size_t i = 0; i < data->n; i++) {
            column[i] = 15;
            if (data->cases[i].genome != VG_CHAIN_NONE) {
                const uint64_t *planes = genomes->planes + (size_t)data->cases[i].genome * 3 * genomes->n_words + site / 64;
                unsigned low = (unsigned)(planes[0] >> (site % 64)) & 1, high = (unsigned)(planes[genomes->n_words] >> (site % 64)) & 1;
                unsigned known = (unsigned)(planes[2 * genomes->n_words] >> (site % 64)) & 1;
                column[i] = known == 0 ? 15 : (uint8_t)(1U << (low + 2 * high));
            }
            any |= column[i] == 15 ? 0 : column[i];
        }
        n_kept += any != 0 ? 1 : 0; /* beyond the last site nothing is known of anyone */
    }
    return n_kept;
}

vg_status within_patterns(const struct vg_chain_data *data, struct vg_arena *arena, struct within_world *world, struct vg_error *error)
{
    size_t most = data->genomes == NULL || data->genomes->planes == NULL ? 0 : 64 * data->genomes->n_words, n = data->n;
    uint8_t *columns = VG_ARENA_ARRAY(arena, uint8_t, (most + 1) * n);
    struct column *sorted = VG_ARENA_ARRAY(arena, struct column, most + 1);
    uint8_t *patterns = VG_ARENA_ARRAY(arena, uint8_t, (most + 1) * n);
    double *weights = VG_ARENA_ARRAY(arena, double, most + 1);
    if (arena->failed) {
        return vg_fail_memory(error, (most + 1) * n);
    }
    size_t n_sites = most == 0 ? 0 : unpack(data, columns), n_patterns = 0;
    for (size_t site = 0; site < n_sites; site++) {
        sorted[site] = (struct column){columns + site * n, n};
    }
    if (n_sites > 0) {
        qsort(sorted, n_sites, sizeof *sorted, by_bases);
    }
    for (size_t site = 0; site < n_sites; site++) {
        if (site == 0 || by_bases(&sorted[site], &sorted[site - 1]) != 0) {
            n_patterns++;
        }
        weights[n_patterns - 1] += 1;
    }
    for (size_t site = 0, pattern = 0; site < n_sites; site++) {
        pattern += site > 0 && by_bases(&sorted[site], &sorted[site - 1]) != 0 ? 1 : 0;
        for (size_t i = 0; i < n; i++) {
            patterns[i * n_patterns + pattern] = sorted[site].bases[i];
        }
    }
    world->n_patterns = n_patterns;
    world->patterns = patterns;
    world->pattern_weights = weights;
    world->constant_sites = data->genomes == NULL ? 0 : (double)data->genomes->length - (double)n_sites;
    return VG_OK;
}

/* Patterns, and last of all a site at which all are alike: those that do not differ are not held one by one. */
static double *table(const struct within_chain *chain, uint32_t v, unsigned which)
{
    return chain->partial + (2 * (size_t)v + which) * (chain->world->n_patterns + 1) * 4;
}

void within_sequences_start(struct within_chain *chain)
{
    const struct within_world *world = chain->world;
    for (uint32_t i = 0; i < chain->tree.n_tips; i++) {
        double *to = table(chain, i, 0);
        bool known = world->data->cases[i].genome != VG_CHAIN_NONE && world->n_patterns + (size_t)world->constant_sites > 0;
        for (size_t pattern = 0; pattern <= world->n_patterns; pattern++) {
            unsigned bases = pattern < world->n_patterns ? world->patterns[i * world->n_patterns + pattern] : known ? 1 : 15;
            for (unsigned base = 0; base < 4; base++) {
                to[4 * pattern + base] = (bases >> base & 1) != 0 ? 1 : 0;
            }
        }
        chain->tree.nodes[i].which = 0;
    }
}

static void prune(struct within_chain *chain, uint32_t v)
{
    struct within_node *nodes = chain->tree.nodes, *node = &nodes[v];
    const double *from[2];
    double *to = table(chain, v, node->which ^= 1), same[2], other[2];
    for (unsigned side = 0; side < 2; side++) {
        uint32_t child = node->child[side];
        double moved = -expm1(-4.0 / 3 * chain->p.clock * fmax(nodes[child].time - node->time, 0));
        from[side] = table(chain, child, nodes[child].which);
        same[side] = 1 - moved;
        other[side] = 0.25 * moved;
    }
    for (size_t at = 0; at < 4 * (chain->world->n_patterns + 1); at += 4) {
        const double *x = from[0] + at, *y = from[1] + at;
        double all_x = other[0] * (x[0] + x[1] + x[2] + x[3]), all_y = other[1] * (y[0] + y[1] + y[2] + y[3]);
        for (unsigned base = 0; base < 4; base++) {
            to[at + base] = (all_x + same[0] * x[base]) * (all_y + same[1] * y[base]);
        }
    }
}

static double at_root(const struct within_chain *chain)
{
    const struct within_world *world = chain->world;
    const double *root = table(chain, chain->tree.root, chain->tree.nodes[chain->tree.root].which);
    double sum = 0;
    for (size_t pattern = 0; pattern <= world->n_patterns; pattern++, root += 4) {
        double weight = pattern < world->n_patterns ? world->pattern_weights[pattern] : world->constant_sites;
        sum += weight * log(fmax(0.25 * (root[0] + root[1] + root[2] + root[3]), 1e-300));
    }
    return sum;
}

void within_sequences(struct within_chain *chain, const uint32_t *changed, size_t n)
{
    struct within_tree *tree = &chain->tree;
    size_t n_path = 0;
    if (chain->world->n_patterns == 0 && !(chain->world->constant_sites > 0)) {
        return;
    }
    chain->stamped++;
    for (size_t k = 0; k < n; k++) {
        for (uint32_t v = changed[k]; v != WITHIN_NONE && chain->stamp[v] != chain->stamped; v = tree->nodes[v].parent) {
            chain->stamp[v] = chain->stamped;
            if (v >= tree->n_tips) {
                chain->path[n_path++] = v;
            }
        }
    }
    for (size_t k = 1; k < n_path; k++) { /* later nodes first: each way is in that order by itself */
        uint32_t v = chain->path[k];
        size_t at = k;
        for (; at > 0 && tree->nodes[chain->path[at - 1]].time < tree->nodes[v].time; at--) {
            chain->path[at] = chain->path[at - 1];
        }
        chain->path[at] = v;
    }
    for (size_t k = 0; k < n_path; k++) {
        prune(chain, chain->path[k]);
    }
    tree->sequences = at_root(chain);
}

void within_sequences_all(struct within_chain *chain)
{
    uint32_t *all = chain->content.outs;
    size_t n = 0;
    for (uint32_t v = chain->tree.n_tips; v < chain->tree.n_nodes; v++) {
        all[n++] = v;
    }
    within_sequences(chain, all, n);
}
