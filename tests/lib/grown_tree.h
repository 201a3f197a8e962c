/*
 * A tree that grew in time, of which everything is known: lineages split at a rate, each is sampled once some time after its last split, mutations fall on branches
 * and regions change along them as a Markov chain. For suites of genomes.
 */
#ifndef GROWN_TREE_H
#define GROWN_TREE_H

#include "vg_test.h"

#include "trace/genome/tree/tree.h"

struct grown_tree {
    /* wanted */
    uint32_t n_leaves;
    double mutation_rate, dispersion; /* a year; variance over mean */
    double split_rate, sampling_rate; /* a year */
    size_t n_regions;
    double move_rate;                 /* a year; into region k with probability frequencies[k] */
    double frequencies[16];
    /* made */
    struct vg_tree *tree;
    double *years;    /* [n_nodes] */
    uint32_t *regions; /* [n_nodes] true ones, of inner nodes too */
    uint32_t *moves;  /* [n_regions] branches at whose ends the region differs, by where they go */
};

struct grown_lineage { int left, right, parent; double born, ends; };

static inline uint32_t grown_region(struct vg_random *random, const struct grown_tree *grown)
{
    double u = vg_random_uniform(random);
    uint32_t k = 0;
    while (k + 1 < grown->n_regions && u >= grown->frequencies[k]) {
        u -= grown->frequencies[k++];
    }
    return k;
}

struct grown_walk { struct vg_tree_builder *builder; struct grown_tree *grown; const struct grown_lineage *lineages; struct vg_random *random; uint32_t site, n; };

static inline void grown_place(struct grown_walk *walk, int lineage, uint32_t parent)
{
    struct grown_tree *grown = walk->grown;
    const struct grown_lineage *one = &walk->lineages[lineage];
    char name[24];
    int size = snprintf(name, sizeof name, "%s%d", one->left < 0 ? "leaf" : "node", lineage);
    uint32_t v = vg_tree_builder_node(walk->builder, parent, vg_text_of(name, (size_t)size));
    double length = one->ends - one->born, expected = parent == VG_TREE_NONE ? 0 : length * grown->mutation_rate;
    if (grown->dispersion > 1 && expected > 0) {
        expected = vg_random_gamma(walk->random, expected / (grown->dispersion - 1), grown->dispersion - 1);
    }
    for (int64_t m = vg_random_poisson(walk->random, expected); m > 0; m--) {
        vg_tree_builder_mutation(walk->builder, walk->site++, 0, 1);
    }
    grown->years[v] = one->ends;
    grown->regions[v] = parent == VG_TREE_NONE ? grown_region(walk->random, grown) : grown->regions[parent];
    if (parent != VG_TREE_NONE && grown->n_regions > 1 && vg_random_uniform(walk->random) > exp(-grown->move_rate * length)) {
        grown->regions[v] = grown_region(walk->random, grown);
    }
    if (parent != VG_TREE_NONE && grown->regions[v] != grown->regions[parent]) {
        grown->moves[grown->regions[v]]++;
    }
    if (one->left >= 0) {
        grown_place(walk, one->left, v);
        grown_place(walk, one->right, v);
    }
}

static inline void grow_tree(struct grown_tree *grown, uint64_t seed, struct vg_arena *arena)
{
    struct vg_random random = vg_random_stream(seed, 0, 0, 31);
    struct vg_error error = {0};
    size_t most = 2 * (size_t)grown->n_leaves;
    struct grown_lineage *lineages = VG_ARENA_ARRAY(arena, struct grown_lineage, most);
    int *alive = VG_ARENA_ARRAY(arena, int, most), n = 1, n_alive = 1;
    double now = 2000;
    grown->years = VG_ARENA_ARRAY(arena, double, most);
    grown->regions = VG_ARENA_ARRAY(arena, uint32_t, most);
    grown->moves = VG_ARENA_ARRAY(arena, uint32_t, grown->n_regions + 1);
    lineages[0] = (struct grown_lineage){-1, -1, -1, now, now};
    alive[0] = 0;
    while (n_alive < (int)grown->n_leaves) { /* the first splits at once: it is the root */
        int which = (int)vg_random_below(&random, (uint32_t)n_alive), mother = alive[which];
        now += n == 1 ? 0 : -log(vg_random_uniform(&random)) / (grown->split_rate * n_alive);
        lineages[mother].ends = now;
        lineages[mother].left = n;
        lineages[mother].right = n + 1;
        lineages[n] = lineages[n + 1] = (struct grown_lineage){-1, -1, mother, now, now};
        alive[which] = n;
        alive[n_alive++] = n + 1;
        n += 2;
    }
    for (int i = 0; i < n; i++) {
        lineages[i].ends = lineages[i].left < 0 ? lineages[i].born - log(vg_random_uniform(&random)) / grown->sampling_rate : lineages[i].ends;
    }
    struct grown_walk walk = {.builder = vg_tree_builder_new(), .grown = grown, .lineages = lineages, .random = &random};
    grown_place(&walk, 0, VG_TREE_NONE);
    vg_assert_ok(vg_tree_builder_finish(walk.builder, NULL, &grown->tree, &error), error);
}

#endif
