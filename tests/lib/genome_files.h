/*
 * For suites of genomes: compressed files whole, trees and genomes of shared data, and random small trees with genomes of every kind.
 */
#ifndef GENOME_FILES_H
#define GENOME_FILES_H

#include "vg_test.h"

#include "trace/genome/place/place.h"

#include <zlib.h>

/* A file, decompressed where it is compressed; the caller frees. */
static inline char *genome_file(const char *path, size_t *size)
{
    gzFile file = gzopen(path, "rb");
    size_t capacity = 1 << 20;
    char *bytes = malloc(capacity + 1);
    *size = 0;
    assert_non_null(file);
    for (int got; (got = gzread(file, bytes + *size, (unsigned)(capacity - *size))) > 0;) {
        *size += (size_t)got;
        if (*size == capacity) {
            capacity *= 2;
            bytes = realloc(bytes, capacity + 1);
            assert_non_null(bytes);
        }
    }
    gzclose(file);
    bytes[*size] = '\0';
    return bytes;
}

static inline struct vg_tree *genome_tree(const char *path, enum vg_tree_form form)
{
    struct vg_error error = {0};
    struct vg_tree *tree;
    size_t size;
    char *bytes = genome_file(path, &size);
    struct vg_text at = {bytes, size};
    struct vg_tree_source source = vg_tree_source_of(&at, path);
    vg_assert_ok(vg_tree_read(form, &source, &tree, &error), error);
    free(bytes);
    return tree;
}

/* NULL where it is refused, with a sentence. */
static inline struct vg_tree *read_form(enum vg_tree_form form, struct vg_text at, struct vg_error *error)
{
    struct vg_tree_source source = vg_tree_source_of(&at, "text");
    struct vg_tree *tree;
    *error = (struct vg_error){0};
    vg_status status = form == VG_TREE_OWN ? vg_tree_map(at, "text", &tree, error) : vg_tree_read(form, &source, &tree, error);
    assert_true(status == VG_OK ? tree != NULL : tree == NULL && error->message[0] != '\0');
    return tree;
}

static inline void write_tree(const struct vg_tree *tree, enum vg_tree_form form, struct vg_buffer *out)
{
    struct vg_error error = {0};
    struct vg_tree_sink sink = vg_tree_sink_of(out);
    vg_assert_ok(vg_tree_write(tree, form, NULL, &sink, &error), error);
}

/* A tree with every shape: polytomies, chains, branches without mutations, reversions, sites that mutate again and again. */
static inline struct vg_tree *small_tree(uint32_t n, uint32_t length, uint64_t seed)
{
    struct vg_random random = vg_random_stream(seed, 1, 0, 0);
    struct vg_tree_builder *builder = vg_tree_builder_new();
    struct vg_error error = {0};
    struct vg_tree *tree;
    char *letters = malloc(length);
    uint32_t *open = calloc(n + 1, sizeof *open), depth = 0;
    for (uint32_t i = 0; i < length; i++) {
        letters[i] = "ACGT"[vg_random_below(&random, 4)];
    }
    for (uint32_t v = 0; v < n; v++) {
        char name[24];
        (void)snprintf(name, sizeof name, "n%u", v);
        for (uint32_t up = v == 0 ? 0 : vg_random_below(&random, 3) == 0 ? vg_random_below(&random, depth) : vg_random_below(&random, depth < 3 ? depth : 3); up > 0; up--) {
            depth--;
        }
        open[depth] = vg_tree_builder_node(builder, v == 0 ? VG_TREE_NONE : open[depth - 1], vg_random_below(&random, 5) == 0 && v != 0 ? vg_text_of("", 0) : vg_text_from(name));
        for (uint32_t m = vg_random_below(&random, 4); m > 0; m--) {
            uint32_t site = vg_random_below(&random, 2) == 0 ? vg_random_below(&random, length) : vg_random_below(&random, length / 8 + 1);
            vg_tree_builder_mutation(builder, site, 4, vg_random_below(&random, 4));
        }
        if (vg_random_below(&random, 4) == 0) {
            uint32_t column = vg_tree_builder_column(builder, vg_text_from("clade_membership"), true, false);
            (void)snprintf(name, sizeof name, "L.%u", vg_random_below(&random, 6));
            vg_tree_builder_word(builder, column, vg_text_from(name));
        }
        depth++;
    }
    struct vg_genome_reference reference = {vg_text_from("small"), letters, length};
    vg_assert_ok(vg_tree_builder_finish(builder, &reference, &tree, &error), error);
    free(letters);
    free(open);
    return tree;
}

/* Near a node of the tree, with mutations of its own, gaps, runs of N and ambiguity codes; or the reference; or nothing that is known. */
static inline struct vg_genome small_genome(const struct vg_tree *tree, uint64_t seed, uint32_t number, struct vg_arena *arena)
{
    struct vg_random random = vg_random_stream(seed, number, 2, 0);
    struct vg_error error = {0};
    struct vg_genome_difference *states, *items = VG_ARENA_ARRAY(arena, struct vg_genome_difference, tree->length + 1);
    uint8_t *set = VG_ARENA_ARRAY(arena, uint8_t, tree->length);
    size_t n, count = 0;
    vg_assert_ok(vg_tree_states(tree, vg_random_below(&random, tree->n_nodes), arena, &states, &n, &error), error);
    for (size_t i = 0; i < n && number % 17 != 0; i++) {
        set[states[i].position] = states[i].base;
    }
    for (uint32_t i = number % 17 == 0 ? 0 : vg_random_below(&random, 6); i > 0; i--) {
        set[vg_random_below(&random, tree->length)] = (uint8_t)(1 + vg_random_below(&random, 15));
    }
    for (uint32_t i = number % 17 == 0 ? 0 : vg_random_below(&random, 3); i > 0; i--) {
        uint32_t first = vg_random_below(&random, tree->length), run = 1 + vg_random_below(&random, tree->length / 4);
        memset(set + first, vg_random_below(&random, 2) == 0 ? VG_BASE_ANY : VG_BASE_DELETED, first + run > tree->length ? tree->length - first : run);
    }
    if (number % 29 == 28) {
        memset(set, VG_BASE_ANY, tree->length);
    }
    for (uint32_t site = 0; site < tree->length; site++) {
        if (set[site] == 0 || vg_letter_of_base_set(set[site]) == tree->reference[site]) {
            continue;
        }
        if (count > 0 && set[site] >= VG_BASE_ANY && items[count - 1].base == set[site] && items[count - 1].position + items[count - 1].length == site) {
            items[count - 1].length++;
        } else {
            items[count++] = (struct vg_genome_difference){site, 1, set[site]};
        }
    }
    return (struct vg_genome){.name = vg_text_from("sample"), .differences = items, .n_differences = (uint32_t)count};
}

/* Bases of every node, and sets of the genome, a byte a site. */
static inline uint8_t *bases_of_nodes(const struct vg_tree *tree)
{
    uint8_t *bases = malloc((size_t)tree->n_nodes * tree->length);
    for (uint32_t v = 0; v < tree->n_nodes; v++) {
        uint8_t *own = bases + (size_t)v * tree->length;
        for (uint32_t site = 0; site < tree->length; site++) {
            own[site] = v > 0 ? bases[(size_t)tree->parent[v] * tree->length + site] : (uint8_t)vg_base_of_letter(tree->reference[site]);
        }
        for (uint32_t m = tree->mutation_start[v]; m < tree->mutation_start[v + 1]; m++) {
            assert_int_equal(own[vg_mutation_site(tree->mutations[m])], vg_mutation_from(tree->mutations[m]));
            own[vg_mutation_site(tree->mutations[m])] = (uint8_t)vg_mutation_to(tree->mutations[m]);
        }
    }
    return bases;
}

struct scan {
    uint32_t score, n_ties, ties[4096], certain, node;
    bool splits;
};

/* The cost of every branch, site by site: at best of all points on the branch, what is shared being above it. */
static inline void scan_tree(const struct vg_tree *tree, const uint8_t *bases, const uint8_t *masked, const struct vg_genome *genome, struct scan *out)
{
    uint32_t length = tree->length, best_leaves = 0;
    uint8_t *set = malloc(length);
    for (uint32_t site = 0; site < length; site++) {
        set[site] = masked[site] ? 15 : (uint8_t)(1u << vg_base_of_letter(tree->reference[site]));
    }
    for (uint32_t i = 0; i < genome->n_differences; i++) {
        for (uint32_t j = 0; j < genome->differences[i].length; j++) {
            uint32_t site = genome->differences[i].position + j;
            set[site] = masked[site] || genome->differences[i].base == VG_BASE_DELETED ? 15 : genome->differences[i].base;
        }
    }
    *out = (struct scan){.score = UINT32_MAX};
    for (uint32_t v = 0; v < tree->n_nodes; v++) {
        uint32_t cost = 0, shared = 0, leaves = 0;
        bool splits = false;
        for (uint32_t site = 0; site < length; site++) {
            uint8_t from = v > 0 ? bases[(size_t)tree->parent[v] * length + site] : (uint8_t)vg_base_of_letter(tree->reference[site]), to = bases[(size_t)v * length + site];
            bool before = (set[site] >> from & 1) != 0, after = (set[site] >> to & 1) != 0;
            cost += !before && !after ? 1 : 0;
            shared += !before && after ? 1 : 0;
            splits |= before && !after;
        }
        for (uint32_t w = v; w < tree->end[v]; w++) {
            leaves += vg_tree_is_leaf(tree, w) ? 1 : 0;
        }
        if (shared == 0 && v > 0) {
            continue;
        }
        if (cost < out->score) {
            *out = (struct scan){.score = cost};
            best_leaves = 0;
        }
        if (cost == out->score) {
            if (leaves > best_leaves) {
                out->node = v;
                out->splits = splits;
                best_leaves = leaves;
            }
            uint32_t lowest = splits ? tree->parent[v] : v; /* it descends from that one for sure */
            out->certain = out->n_ties == 0 ? lowest
                           : out->certain == VG_TREE_NONE || lowest == VG_TREE_NONE ? VG_TREE_NONE : vg_tree_common_ancestor(tree, out->certain, lowest);
            out->ties[out->n_ties++] = v;
        }
    }
    free(set);
}

/* The files' own reference is masked at its ends, where the table takes the tree's. */
static inline size_t genome_set(const struct vg_tree *tree, const char *path, struct vg_arena *arena, struct vg_genome *genomes, size_t capacity)
{
    struct vg_error error = {0};
    struct vg_genome_reference reference;
    struct vg_maple_reader *reader;
    struct vg_rebase *rebase;
    struct vg_genome one;
    size_t size, n = 0;
    bool more = true;
    char *bytes = genome_file(path, &size);
    struct vg_text at = {bytes, size};
    struct vg_tree_source source = vg_tree_source_of(&at, path);
    vg_assert_ok(vg_maple_open(&source, &reader, &reference, &error), error);
    assert_int_equal(reference.length, tree->length);
    char *letters = vg_arena_copy_bytes(arena, reference.letters, reference.length);
    for (uint32_t site = 0; site < reference.length; site++) {
        letters[site] = site < 55 || site >= 29804 ? tree->reference[site] : letters[site];
    }
    reference.letters = letters;
    vg_assert_ok(vg_rebase_new(&reference, tree->reference, tree->length, &rebase, &error), error);
    assert_int_equal(vg_rebase_count(rebase), 16);
    while (true) {
        vg_assert_ok(vg_maple_next(reader, arena, &one, &more, &error), error);
        if (!more) {
            break;
        }
        assert_true(n < capacity);
        vg_assert_ok(vg_rebase(rebase, &one, arena, &genomes[n++], &error), error);
    }
    vg_rebase_free(rebase);
    vg_maple_close(reader);
    free(bytes);
    return n;
}

#endif
