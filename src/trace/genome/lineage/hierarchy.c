/*
 * What lineages descend from what, and which branches begin recombinants.
 */
#include "trace/genome/lineage/lineage.h"

#include <string.h>

/* The nearest ancestor by name among the lineages of the tree. */
static uint32_t parent_by_name(const struct vg_pango *pango, const struct vg_dictionary *names, struct vg_text name)
{
    char above[VG_PANGO_BYTES];
    size_t size = vg_pango_parent(pango, name, above);
    for (int step = 0; size > 0 && step < VG_PANGO_BYTES; step++) {
        char full[VG_PANGO_BYTES];
        size_t full_size = vg_pango_expand(pango, vg_text_of(above, size), full);
        uint32_t code = full_size == 0 ? VG_DICTIONARY_NONE : vg_dictionary_find(names, vg_text_of(full, full_size));
        if (code != VG_DICTIONARY_NONE) {
            return code;
        }
        size = vg_pango_parent(pango, vg_text_of(above, size), above);
    }
    return VG_LINEAGE_NONE;
}

static vg_status by_names(const struct vg_tree_column *lineages, const struct vg_pango *pango, struct vg_arena *arena, uint32_t *parents, struct vg_error *error)
{
    struct vg_dictionary names; /* in full, in the order of the codes: a name that is none, or there twice, keeps its place by its number */
    vg_dictionary_init(&names, arena);
    for (uint32_t code = 0; code < lineages->n_values; code++) {
        char full[VG_PANGO_BYTES];
        size_t size = vg_pango_expand(pango, lineages->values[code], full);
        uint32_t index = size == 0 ? VG_DICTIONARY_NONE : vg_dictionary_add(&names, vg_text_of(full, size));
        if (index != code) {
            const char *place = vg_arena_format(arena, "?%u", code);
            index = place == NULL ? VG_DICTIONARY_NONE : vg_dictionary_add(&names, vg_text_from(place));
        }
        if (index == VG_DICTIONARY_NONE) {
            return vg_fail_memory(error, lineages->n_values);
        }
    }
    for (uint32_t code = 0; code < lineages->n_values; code++) {
        parents[code] = parent_by_name(pango, &names, lineages->values[code]);
    }
    return VG_OK;
}

/* A lineage is below that of the node above its first one. */
static void by_tree(const struct vg_tree *tree, const struct vg_tree_column *lineages, uint32_t *parents, uint8_t *seen)
{
    for (uint32_t v = 0; v < tree->n_nodes; v++) {
        uint32_t code = lineages->codes[v];
        if (code == VG_TREE_NONE || seen[code] != 0) {
            continue;
        }
        seen[code] = 1;
        for (uint32_t at = v; at != 0 && parents[code] == VG_LINEAGE_NONE;) {
            at = tree->parent[at];
            /* lineages seen before only, so that none is its own ancestor */
            parents[code] = lineages->codes[at] != VG_TREE_NONE && lineages->codes[at] != code ? lineages->codes[at] : VG_LINEAGE_NONE;
        }
    }
}

vg_status vg_lineage_parents(const struct vg_tree *tree, const struct vg_tree_column *lineages, const struct vg_pango *pango, bool by_name, struct vg_arena *arena,
                             uint32_t **parents, struct vg_error *error)
{
    uint32_t n = lineages->n_values;
    *parents = VG_ARENA_ARRAY(arena, uint32_t, n + 1);
    uint8_t *seen = VG_ARENA_ARRAY(arena, uint8_t, n + 1);
    if (*parents == NULL || seen == NULL) {
        return vg_fail_memory(error, n * sizeof **parents);
    }
    for (uint32_t code = 0; code < n; code++) {
        (*parents)[code] = VG_LINEAGE_NONE;
    }
    if (by_name) {
        return by_names(lineages, pango, arena, *parents, error);
    }
    by_tree(tree, lineages, *parents, seen);
    return VG_OK;
}

static size_t depth_of(const uint32_t *parents, uint32_t code)
{
    size_t depth = 0;
    for (; parents[code] != VG_LINEAGE_NONE; code = parents[code]) {
        depth++;
    }
    return depth;
}

uint32_t vg_lineage_common(const uint32_t *parents, uint32_t a, uint32_t b)
{
    if (a == VG_LINEAGE_NONE || b == VG_LINEAGE_NONE) {
        return VG_LINEAGE_NONE;
    }
    size_t at_a = depth_of(parents, a), at_b = depth_of(parents, b);
    for (; at_a > at_b; at_a--) {
        a = parents[a];
    }
    for (; at_b > at_a; at_b--) {
        b = parents[b];
    }
    while (a != b && a != VG_LINEAGE_NONE && b != VG_LINEAGE_NONE) {
        a = parents[a];
        b = parents[b];
    }
    return a == b ? a : VG_LINEAGE_NONE;
}

static bool is_recombinant(const struct vg_pango *pango, struct vg_text name)
{
    size_t n = 0, letters = 0;
    while (letters < name.size && name.data[letters] >= 'A' && name.data[letters] <= 'Z') {
        letters++;
    }
    bool named = letters >= 2 && name.data[0] == 'X' && (letters == name.size || name.data[letters] == '.');
    return named || vg_pango_parents(pango, name, &n) != NULL;
}

void vg_lineage_bar_recombinants(const struct vg_tree *tree, const struct vg_tree_column *lineages, const struct vg_pango *pango, uint8_t *barred)
{
    for (uint32_t v = 0; v < tree->n_nodes; v++) {
        uint32_t own = lineages->codes[v], above = v == 0 ? own : lineages->codes[tree->parent[v]];
        barred[v] = own != above && own != VG_TREE_NONE && is_recombinant(pango, lineages->values[own]) &&
                    (above == VG_TREE_NONE || !is_recombinant(pango, lineages->values[above]));
    }
}
