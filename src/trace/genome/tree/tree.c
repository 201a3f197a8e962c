/*
 * What every part of the room stands on: letters, columns, names, ancestors, states.
 */
#include "trace/genome/tree/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ----------------------------------------------------------------- letters */

int vg_base_of_letter(char letter)
{
    switch (letter) {
    case 'A': case 'a': return 0;
    case 'C': case 'c': return 1;
    case 'G': case 'g': return 2;
    case 'T': case 't': case 'U': case 'u': return 3;
    default: return -1;
    }
}

/* ------------------------------------------------------------------ memory */

vg_status tree_new(struct vg_tree **tree, struct vg_error *error)
{
    *tree = calloc(1, sizeof **tree);
    struct vg_tree_memory *memory = calloc(1, sizeof *memory);
    if (*tree == NULL || memory == NULL) {
        free(*tree);
        free(memory);
        *tree = NULL;
        return vg_fail_memory(error, sizeof **tree + sizeof *memory);
    }
    vg_arena_init(&memory->arena, 0);
    (*tree)->memory = memory;
    return VG_OK;
}

/* A pointer that was handed out for reading, of memory that is ours. */
static void free_constant(const void *pointer)
{
    union { const void *given; void *own; } both = {.given = pointer};
    free(both.own);
}

void vg_tree_free(struct vg_tree *tree)
{
    if (tree == NULL) {
        return;
    }
    struct vg_tree_memory *memory = tree->memory;
    for (size_t c = 0; c < memory->n_columns && !memory->mapped; c++) {
        free_constant(memory->columns[c].codes);
        free_constant(memory->columns[c].numbers);
    }
    free(memory->columns);
    free(memory->parent);
    free(memory->end);
    free(memory->mutation_start);
    free(memory->mutations);
    free(memory->name_start);
    free(memory->names);
    free(memory->reference);
    vg_arena_release(&memory->arena);
    free(memory);
    free(tree);
}

const struct vg_tree_column *vg_tree_column(const struct vg_tree *tree, const char *name)
{
    for (uint32_t c = 0; c < tree->n_columns; c++) {
        if (vg_text_equals(tree->columns[c].name, name)) {
            return &tree->columns[c];
        }
    }
    return NULL;
}

/* ------------------------------------------------------------------- names */

struct vg_tree_names {
    const struct vg_tree *tree;
    uint32_t *slots; /* node + 1, | REPEATED; 0 empty */
    size_t mask;
    uint32_t n_repeated, first_repeated;
};

#define REPEATED 0x80000000u /* another node has the name, too */

static uint32_t node_in(uint32_t slot)
{
    return (slot & ~REPEATED) - 1;
}

vg_status vg_tree_names_new(const struct vg_tree *tree, struct vg_tree_names **names, struct vg_error *error)
{
    size_t n_slots = 16;
    while (n_slots < (size_t)tree->n_nodes * 3 / 2) {
        n_slots *= 2;
    }
    *names = malloc(sizeof **names);
    uint32_t *slots = calloc(n_slots, sizeof *slots);
    if (*names == NULL || slots == NULL) {
        free(*names);
        free(slots);
        *names = NULL;
        return vg_fail_memory(error, n_slots * sizeof *slots);
    }
    **names = (struct vg_tree_names){.tree = tree, .slots = slots, .mask = n_slots - 1, .first_repeated = VG_TREE_NONE};
    for (uint32_t v = 0; v < tree->n_nodes; v++) {
        struct vg_text name = vg_tree_name(tree, v);
        size_t slot = vg_hash_text(name) & (n_slots - 1);
        while (name.size > 0 && slots[slot] != 0 && !vg_text_equal(vg_tree_name(tree, node_in(slots[slot])), name)) {
            slot = (slot + 1) & (n_slots - 1);
        }
        if (name.size > 0 && slots[slot] == 0) {
            slots[slot] = v + 1;
        } else if (name.size > 0) {
            slots[slot] |= REPEATED;
            (*names)->first_repeated = (*names)->n_repeated++ == 0 ? v : (*names)->first_repeated;
        }
    }
    return VG_OK;
}

/* The slot of a name; 0: nobody has it. */
static uint32_t find_slot(const struct vg_tree_names *names, struct vg_text name)
{
    size_t slot = vg_hash_text(name) & names->mask;
    while (names->slots[slot] != 0 && !vg_text_equal(vg_tree_name(names->tree, node_in(names->slots[slot])), name)) {
        slot = (slot + 1) & names->mask;
    }
    return names->slots[slot];
}

uint32_t vg_tree_names_find(const struct vg_tree_names *names, struct vg_text name)
{
    uint32_t slot = find_slot(names, name);
    return slot == 0 ? VG_TREE_NONE : node_in(slot);
}

uint32_t vg_tree_names_repeated(const struct vg_tree_names *names, uint32_t *first)
{
    *first = names->first_repeated;
    return names->n_repeated;
}

bool vg_tree_names_is_repeated(const struct vg_tree_names *names, struct vg_text name)
{
    return (find_slot(names, name) & REPEATED) != 0;
}

void vg_tree_names_free(struct vg_tree_names *names)
{
    if (names != NULL) {
        free(names->slots);
        free(names);
    }
}

/* --------------------------------------------------------------- questions */

uint32_t vg_tree_common_ancestor(const struct vg_tree *tree, uint32_t a, uint32_t b)
{
    uint32_t low = a < b ? a : b, high = a < b ? b : a;
    while (high >= tree->end[low]) {
        low = tree->parent[low];
    }
    return low;
}

/* The newest base of every site that changed on the way to the node; false where memory is at its end. */
static bool newest_bases(const struct vg_tree *tree, uint32_t node, struct vg_arena *arena, uint64_t **differs, uint8_t **bases)
{
    size_t words = (tree->length + 63) / 64;
    uint64_t *seen = VG_ARENA_ARRAY(arena, uint64_t, words);
    *differs = VG_ARENA_ARRAY(arena, uint64_t, words);
    *bases = VG_ARENA_ARRAY(arena, uint8_t, tree->length);
    for (uint32_t v = node; !arena->failed; v = tree->parent[v]) {
        for (uint32_t m = tree->mutation_start[v]; m < tree->mutation_start[v + 1]; m++) {
            uint32_t site = vg_mutation_site(tree->mutations[m]);
            uint64_t bit = (uint64_t)1 << (site & 63);
            if ((seen[site >> 6] & bit) == 0) {
                seen[site >> 6] |= bit;
                (*bases)[site] = (uint8_t)vg_mutation_to(tree->mutations[m]);
                (*differs)[site >> 6] |= tree->reference[site] == "ACGT"[(*bases)[site]] ? 0 : bit;
            }
        }
        if (v == 0) {
            break;
        }
    }
    return !arena->failed;
}

vg_status vg_tree_states(const struct vg_tree *tree, uint32_t node, struct vg_arena *arena, struct vg_genome_difference **out, size_t *n, struct vg_error *error)
{
    size_t words = (tree->length + 63) / 64, count = 0;
    struct vg_arena own;
    uint64_t *differs;
    uint8_t *bases;
    vg_arena_init(&own, 0);
    bool found = newest_bases(tree, node, &own, &differs, &bases);
    for (size_t word = 0; found && word < words; word++) {
        count += (size_t)__builtin_popcountll(differs[word]);
    }
    *n = 0;
    *out = found ? VG_ARENA_ARRAY(arena, struct vg_genome_difference, count + 1) : NULL;
    for (size_t word = 0; *out != NULL && word < words; word++) {
        for (uint64_t bits = differs[word]; bits != 0; bits &= bits - 1) {
            uint32_t site = (uint32_t)(word * 64) + (uint32_t)__builtin_ctzll(bits);
            (*out)[(*n)++] = (struct vg_genome_difference){site, 1, (uint8_t)(1u << bases[site])};
        }
    }
    vg_arena_release(&own);
    return *out == NULL ? vg_fail_memory(error, words * 80) : VG_OK;
}

const double *dates_of_all(const struct vg_tree *tree)
{
    const struct vg_tree_column *years = vg_tree_column(tree, "num_date");
    const double *dates = years == NULL ? NULL : years->numbers;
    for (uint32_t v = 0; dates != NULL && v < tree->n_nodes; v++) {
        dates = isfinite(dates[v]) ? dates : NULL;
    }
    return dates;
}
