/*
 * Trees of mutations of simulated epidemics: generations of infected whose numbers of offspring are negative binomial (k 0.5), a sample of the last of them, mutations at a rate
 * a generation, no node without one. One lineage may begin with some mutations at once and an advantage.
 */
#ifndef TEST_EPIDEMIC_TREES_H
#define TEST_EPIDEMIC_TREES_H

#include "vg_test.h"

#include "trace/genome/tree/tree.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { EPIDEMIC_LENGTH = 29989, EPIDEMIC_STRIDE = 7919 }; /* both primes: each mutation has its own site, and neighbours are far apart */

struct epidemic {
    size_t infected, generations, sampled_generations, sampled; /* a generation; how many of the last have samples; genomes */
    double mutations;          /* a generation */
    size_t begins, distinct;   /* generation in which the lineage begins, SIZE_MAX: none; its mutations */
    double advantage;          /* of its offspring, a generation, as a logarithm */
};

struct epidemic_tree {
    struct vg_tree *tree;
    uint32_t clade;            /* node of the lineage, VG_TREE_NONE: not sampled twice */
    uint32_t n_clade;          /* its leaves */
};

/* Ancestors [generations * infected], each by one of the generation before, by weights that are gamma and higher in the lineage. */
static inline void epidemic_ancestors(const struct epidemic *epidemic, struct vg_random *random, uint32_t *ancestor, bool *own)
{
    size_t n = epidemic->infected;
    double *sums = malloc((n + 1) * sizeof *sums);
    for (size_t t = 1; t < epidemic->generations; t++) {
        sums[0] = 0;
        for (size_t i = 0; i < n; i++) {
            sums[i + 1] = sums[i] + vg_random_gamma(random, 0.5, 1) * (own[(t - 1) * n + i] ? exp(epidemic->advantage) : 1);
        }
        for (size_t i = 0; i < n; i++) {
            double u = vg_random_uniform(random) * sums[n];
            size_t low = 0, high = n;
            while (high - low > 1) {
                size_t middle = (low + high) / 2;
                *(sums[middle] <= u ? &low : &high) = middle;
            }
            ancestor[t * n + i] = (uint32_t)low;
            own[t * n + i] = own[(t - 1) * n + low] || (t == epidemic->begins && i == 0);
        }
    }
    free(sums);
}

struct epidemic_node { uint32_t parent, mutations; bool sampled, founder; };

/* Hosts that are ancestors of samples, first generations first. */
static inline size_t epidemic_nodes(const struct epidemic *epidemic, struct vg_random *random, const uint32_t *ancestor, const bool *own, struct epidemic_node *nodes, uint32_t *at)
{
    size_t n = epidemic->infected, cells = n * epidemic->generations, count = 0;
    bool *needed = calloc(cells, 1), *sampled = calloc(cells, 1);
    for (size_t k = 0; k < epidemic->sampled;) {
        size_t t = epidemic->generations - 1 - vg_random_below(random, (uint32_t)epidemic->sampled_generations), i = vg_random_below(random, (uint32_t)n);
        k += !sampled[t * n + i];
        sampled[t * n + i] = needed[t * n + i] = true;
    }
    for (size_t cell = cells; cell-- > n;) {
        if (needed[cell]) {
            needed[(cell / n - 1) * n + ancestor[cell]] = true;
        }
    }
    for (size_t cell = 0; cell < cells; cell++) {
        if (needed[cell]) {
            size_t above = cell < n ? SIZE_MAX : (cell / n - 1) * n + ancestor[cell];
            bool founder = own[cell] && (above == SIZE_MAX || !own[above]);
            at[cell] = (uint32_t)count;
            nodes[count++] = (struct epidemic_node){.parent = above == SIZE_MAX ? VG_TREE_NONE : at[above], .sampled = sampled[cell], .founder = founder,
                                                    .mutations = (uint32_t)vg_random_poisson(random, epidemic->mutations) + (founder ? (uint32_t)epidemic->distinct : 0)};
        }
    }
    free(needed);
    free(sampled);
    return count;
}

struct epidemic_build {
    struct vg_tree_builder *builder;
    const struct epidemic_node *nodes;
    const uint32_t *first, *next; /* children of a host */
    uint32_t site;
    struct epidemic_tree *out;
};

/* Host by host in depth first order: a branch where lines part or a sample is, with all mutations since the one before; a leaf for each sample. */
static inline void epidemic_walk(struct epidemic_build *build, uint32_t host, uint32_t above, uint32_t pending, bool inside, bool founded)
{
    const struct epidemic_node *node = &build->nodes[host];
    uint32_t here = above, child = build->first[host];
    char name[32];
    pending += node->mutations;
    inside |= node->founder;
    founded |= node->founder;
    if (node->sampled || child == VG_TREE_NONE || build->next[child] != VG_TREE_NONE) {
        here = pending > 0 ? vg_tree_builder_node(build->builder, above, vg_text_from("")) : above;
        for (; pending > 0; pending--) {
            vg_tree_builder_mutation(build->builder, build->site++ * EPIDEMIC_STRIDE % EPIDEMIC_LENGTH, 0, 1);
        }
        build->out->clade = founded ? here : build->out->clade;
        founded = false;
    }
    if (node->sampled) {
        int size = snprintf(name, sizeof name, "%s%u", inside ? "c" : "s", host);
        (void)vg_tree_builder_node(build->builder, here, vg_text_of(name, (size_t)size));
        build->out->n_clade += inside;
    }
    for (; child != VG_TREE_NONE; child = build->next[child]) {
        epidemic_walk(build, child, here, pending, inside, founded);
    }
}

static inline void epidemic_tree(const struct epidemic *epidemic, uint64_t seed, struct epidemic_tree *out)
{
    struct vg_random random = vg_random_stream(seed, 0, 0, 41);
    struct vg_error error = {0};
    size_t cells = epidemic->infected * epidemic->generations;
    uint32_t *ancestor = calloc(cells, sizeof *ancestor), *at = calloc(cells, sizeof *at);
    bool *own = calloc(cells, 1);
    struct epidemic_node *nodes = calloc(cells, sizeof *nodes);
    epidemic_ancestors(epidemic, &random, ancestor, own);
    size_t n = epidemic_nodes(epidemic, &random, ancestor, own, nodes, at);
    uint32_t *first = malloc(n * sizeof *first), *next = malloc(n * sizeof *next);
    struct vg_tree_builder *builder = vg_tree_builder_new();
    uint32_t root = vg_tree_builder_node(builder, VG_TREE_NONE, vg_text_from("root"));
    *out = (struct epidemic_tree){.clade = VG_TREE_NONE};
    struct epidemic_build build = {.builder = builder, .nodes = nodes, .first = first, .next = next, .out = out};
    memset(first, 0xFF, n * sizeof *first);
    for (size_t i = n; i-- > 0;) {
        next[i] = VG_TREE_NONE;
        if (nodes[i].parent != VG_TREE_NONE) {
            next[i] = first[nodes[i].parent];
            first[nodes[i].parent] = (uint32_t)i;
        }
    }
    for (size_t i = 0; i < n; i++) {
        if (nodes[i].parent == VG_TREE_NONE) {
            epidemic_walk(&build, (uint32_t)i, root, 0, false, false);
        }
    }
    char *letters = malloc(EPIDEMIC_LENGTH);
    memset(letters, 'A', EPIDEMIC_LENGTH);
    struct vg_genome_reference reference = {vg_text_from("reference"), letters, EPIDEMIC_LENGTH};
    vg_assert_ok(vg_tree_builder_finish(builder, &reference, &out->tree, &error), error);
    free(letters);
    free(ancestor);
    free(at);
    free(own);
    free(nodes);
    free(first);
    free(next);
}

#endif
