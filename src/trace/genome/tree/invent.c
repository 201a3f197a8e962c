/*
 * Trees of any size that look like those of a pandemic's genomes, and genomes that belong on them.
 */
#include "trace/genome/tree/tree.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define HAPLOTYPES_PER_LEAF 0.3295 /* 132,947 nodes of 100,000 leaves */
#define FURTHER_MUTATIONS 0.612    /* chance of one more: 2.58 a haplotype */

enum purpose { OF_RATE = 101, OF_REFERENCE, OF_PARENT, OF_MUTATION, OF_LEAF, OF_SAMPLE };

struct inventing {
    uint64_t seed;
    uint32_t n_leaves, n_haplotypes, length;
    char *reference;
    double *cumulative;     /* [length] of the sites' rates */
    uint32_t *first, *next; /* [n_haplotypes] children, newest first */
    uint32_t *parent;       /* [n_haplotypes] */
    uint32_t *leaves;       /* [n_haplotypes] */
    struct vg_tree_builder *builder;
};

static uint32_t draw_site(const double *cumulative, uint32_t length, struct vg_random *random)
{
    double u = vg_random_uniform(random) * cumulative[length - 1];
    uint32_t low = 0, high = length - 1;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (cumulative[middle] < u) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static unsigned other_base(unsigned base, struct vg_random *random)
{
    unsigned kind = vg_random_below(random, 20);
    return kind < 14 ? base ^ 2u : base ^ (kind < 17 ? 1u : 3u); /* A and G, C and T differ in the second bit */
}

static void draw_genome_of_root(struct inventing *inventing)
{
    struct vg_random rate = vg_random_stream(inventing->seed, 0, 0, OF_RATE), letter = vg_random_stream(inventing->seed, 0, 0, OF_REFERENCE);
    double sum = 0;
    for (uint32_t site = 0; site < inventing->length; site++) {
        sum += exp(1.2 * vg_random_normal(&rate));
        inventing->cumulative[site] = sum;
        inventing->reference[site] = "ACGT"[vg_random_below(&letter, 4)];
    }
}

/* Who descends from whom, and how many leaves each has: one, and the rest among recent ones, some with many. */
static void draw_shape(struct inventing *inventing)
{
    uint32_t n = inventing->n_haplotypes;
    for (uint32_t h = 0; h < n; h++) {
        struct vg_random random = vg_random_stream(inventing->seed, h, 0, OF_PARENT);
        inventing->first[h] = VG_TREE_NONE;
        inventing->leaves[h] = 1;
        if (h > 0) {
            uint32_t above = (uint32_t)((double)h * pow(vg_random_uniform(&random), 0.4));
            above = above < h ? above : h - 1;
            inventing->parent[h] = above;
            inventing->next[h] = inventing->first[above];
            inventing->first[above] = h;
        }
    }
    for (uint32_t i = n; i < inventing->n_leaves; i++) {
        struct vg_random random = vg_random_stream(inventing->seed, i, 1, OF_LEAF);
        double u = vg_random_uniform(&random); /* the smaller the number, the more leaves: a few haplotypes are had by many */
        uint32_t h = (uint32_t)((double)n * (vg_random_uniform(&random) < 0.5 ? u : u * u * u));
        inventing->leaves[h < n ? h : n - 1]++;
    }
}

static void put_haplotype(struct inventing *inventing, uint32_t h, uint32_t *node, uint32_t *leaf)
{
    struct vg_random random = vg_random_stream(inventing->seed, h, 0, OF_MUTATION);
    node[h] = vg_tree_builder_node(inventing->builder, h == 0 ? VG_TREE_NONE : node[inventing->parent[h]], vg_text_of(NULL, 0));
    while (h > 0) {
        uint32_t site = draw_site(inventing->cumulative, inventing->length, &random);
        unsigned base = (unsigned)vg_base_of_letter(inventing->reference[site]), to = vg_random_below(&random, 16) == 0 ? base : other_base(base, &random);
        vg_tree_builder_mutation(inventing->builder, site, 4, to);
        if (vg_random_uniform(&random) > FURTHER_MUTATIONS) {
            break;
        }
    }
    for (uint32_t i = 0; i < inventing->leaves[h]; i++) {
        char name[40];
        uint32_t number = ++*leaf;
        int size = snprintf(name, sizeof name, "VG/%u/2021|2021-%02u-%02u", number, 1 + number / 28 % 12, 1 + number % 28);
        (void)vg_tree_builder_node(inventing->builder, node[h], vg_text_of(name, (size_t)size));
    }
}

static void put_all(struct inventing *inventing, uint32_t *node)
{
    uint32_t leaf = 0, h = 0;
    while (true) {
        put_haplotype(inventing, h, node, &leaf);
        if (inventing->first[h] != VG_TREE_NONE) {
            h = inventing->first[h];
            continue;
        }
        while (h != 0 && inventing->next[h] == VG_TREE_NONE) {
            h = inventing->parent[h];
        }
        if (h == 0) {
            return;
        }
        h = inventing->next[h];
    }
}

vg_status vg_tree_invent(uint32_t n_leaves, uint32_t length, uint64_t seed, struct vg_tree **tree, struct vg_error *error)
{
    uint32_t n = (uint32_t)(n_leaves * HAPLOTYPES_PER_LEAF) + 1;
    struct inventing inventing = {.seed = seed, .n_leaves = n_leaves, .n_haplotypes = n, .length = length};
    *tree = NULL;
    if (n_leaves == 0 || n_leaves > VG_TREE_NODES_MAX / 2 || length < 100 || length > VG_GENOME_LENGTH_MAX) {
        return vg_fail(error, VG_USAGE_ERROR, "a tree is invented with 1 to %u leaves and genomes of 100 to %u sites", VG_TREE_NODES_MAX / 2, VG_GENOME_LENGTH_MAX);
    }
    inventing.builder = vg_tree_builder_new();
    uint32_t *memory = calloc((size_t)n * 5, sizeof *memory);
    inventing.reference = malloc(length);
    inventing.cumulative = malloc(length * sizeof(double));
    vg_status status = memory == NULL || inventing.reference == NULL || inventing.cumulative == NULL || inventing.builder == NULL ? vg_fail_memory(error, (size_t)n * 20) : VG_OK;
    if (status == VG_OK) {
        inventing.first = memory;
        inventing.next = memory + n;
        inventing.parent = memory + 2 * (size_t)n;
        inventing.leaves = memory + 3 * (size_t)n;
        for (uint32_t h = 0; h < n; h++) {
            inventing.next[h] = VG_TREE_NONE;
        }
        draw_genome_of_root(&inventing);
        draw_shape(&inventing);
        put_all(&inventing, memory + 4 * (size_t)n);
    }
    struct vg_genome_reference reference = {vg_text_from("invented"), inventing.reference, length};
    free(memory);
    if (inventing.builder != NULL) {
        vg_status finished = vg_tree_builder_finish(inventing.builder, status == VG_OK ? &reference : NULL, tree, status == VG_OK ? error : NULL);
        status = status == VG_OK ? finished : status;
    }
    free(inventing.reference);
    free(inventing.cumulative);
    return status;
}

/* ------------------------------------------------------------------- samples */


static void add_own_mutations(const struct vg_tree *tree, uint8_t *set, struct vg_random *random)
{
    for (uint32_t i = vg_random_below(random, 4); i > 0; i--) {
        uint32_t site = vg_random_below(random, tree->length);
        int base = set[site] != 0 ? __builtin_ctz(set[site]) : vg_base_of_letter(tree->reference[site]);
        if (base >= 0) {
            set[site] = (uint8_t)(1u << other_base((unsigned)base, random));
        }
    }
    if (vg_random_below(random, 10) == 0) {
        uint32_t site = vg_random_below(random, tree->length);
        int base = set[site] != 0 ? __builtin_ctz(set[site]) : vg_base_of_letter(tree->reference[site]);
        if (base >= 0) {
            set[site] = (uint8_t)(1u << base | 1u << other_base((unsigned)base, random));
        }
    }
    for (uint32_t i = vg_random_below(random, 4); i > 0; i--) {
        uint32_t run = 100 + vg_random_below(random, 301), first = vg_random_below(random, tree->length);
        for (uint32_t site = first; site < first + run && site < tree->length; site++) {
            set[site] = VG_BASE_ANY;
        }
    }
}

static vg_status list_differences(const struct vg_tree *tree, const uint8_t *set, struct vg_arena *arena, struct vg_genome *genome, struct vg_error *error)
{
    uint32_t n = 0;
    for (int pass = 0; pass < 2; pass++) {
        struct vg_genome_difference *items = pass == 0 ? NULL : VG_ARENA_ARRAY(arena, struct vg_genome_difference, (size_t)n + 1);
        if (pass == 1 && items == NULL) {
            return vg_fail_memory(error, n * sizeof *items);
        }
        n = 0;
        for (uint32_t site = 0; site < tree->length;) {
            uint32_t end = site + 1;
            if (set[site] == 0 || (set[site] & (set[site] - 1)) == 0) {
                int base = vg_base_of_letter(tree->reference[site]);
                if (set[site] == 0 || (base >= 0 && set[site] == 1u << base)) {
                    site++;
                    continue;
                }
            }
            while (set[site] == VG_BASE_ANY && end < tree->length && set[end] == VG_BASE_ANY) {
                end++;
            }
            if (pass == 1) {
                items[n] = (struct vg_genome_difference){site, end - site, set[site]};
            }
            n++;
            site = end;
        }
        genome->differences = items;
        genome->n_differences = n;
    }
    return VG_OK;
}

vg_status vg_tree_invent_sample(const struct vg_tree *tree, uint64_t seed, uint32_t number, struct vg_arena *arena, struct vg_genome *genome, struct vg_error *error)
{
    struct vg_random random = vg_random_stream(seed, number, 0, OF_SAMPLE);
    struct vg_genome_difference *states;
    struct vg_arena own;
    size_t n;
    uint32_t node = vg_random_below(&random, tree->n_nodes);
    vg_arena_init(&own, 0);
    vg_status status = vg_tree_states(tree, node, &own, &states, &n, error);
    uint8_t *set = VG_ARENA_ARRAY(&own, uint8_t, tree->length);
    char *name = vg_arena_format(arena, "sample_%u", number + 1);
    *genome = (struct vg_genome){.name = vg_text_from(name == NULL ? "" : name)};
    if (status == VG_OK && (set == NULL || name == NULL)) {
        status = vg_fail_memory(error, tree->length);
    }
    if (status == VG_OK) {
        for (size_t i = 0; i < n; i++) {
            set[states[i].position] = states[i].base;
        }
        add_own_mutations(tree, set, &random);
        status = list_differences(tree, set, arena, genome, error);
    }
    vg_arena_release(&own);
    return status;
}
