/*
 * The tree as the search sees it: only branches that have mutations, in preorder, with what can be gained below each; the sites that ever mutate as rows of a table; and a
 * skeleton of the branches that lead to many others, on which a genome's neighbourhood is found first.
 */
#include "trace/genome/place/internal.h"

#include <stdlib.h>
#include <string.h>

#define SKELETON_AIM 16384u /* branches of the skeleton, about */

static void free_branches(struct branches *branches)
{
    free(branches->branches);
    free(branches->mutations);
}

void vg_place_index_free(struct vg_place_index *index)
{
    if (index != NULL) {
        free_branches(&index->all);
        free_branches(&index->skeleton);
        free(index->leaves);
        free(index->row_start);
        free(index->row_base);
        free(index->row_site);
        free(index->masked);
        free(index);
    }
}

static bool make_rows(struct vg_place_index *index, const struct vg_site_range *masked, size_t n_masked)
{
    const struct vg_tree *tree = index->tree;
    index->masked = calloc(tree->length, 1);
    index->row_start = calloc((size_t)tree->length + 1, sizeof *index->row_start);
    index->row_base = malloc(tree->length);
    index->row_site = malloc(tree->length * sizeof *index->row_site);
    if (index->masked == NULL || index->row_start == NULL || index->row_base == NULL || index->row_site == NULL) {
        return false;
    }
    for (size_t i = 0; i < n_masked; i++) {
        for (uint32_t site = masked[i].first; site < masked[i].end && site < tree->length; site++) {
            index->masked[site] = 1;
        }
    }
    for (uint32_t m = 0; m < tree->n_mutations; m++) {
        index->row_start[vg_mutation_site(tree->mutations[m]) + 1] = 1;
    }
    for (uint32_t site = 0; site < tree->length; site++) {
        bool row = index->row_start[site + 1] != 0 && index->masked[site] == 0;
        if (row) {
            int base = vg_base_of_letter(tree->reference[site]);
            index->row_site[index->n_rows] = site;
            index->row_base[index->n_rows++] = base < 0 ? 0 : (uint8_t)base;
        }
        index->row_start[site + 1] = index->n_rows;
    }
    return true;
}

static uint16_t saturated(uint32_t number)
{
    return number > UINT16_MAX ? UINT16_MAX : (uint16_t)number;
}

/* Ends and reaches from the children, once first, node and depth are there; parent: branch above each. */
static void close_branches(struct branches *branches, const uint32_t *parent)
{
    uint32_t n = branches->n;
    for (uint32_t b = 0; b < n; b++) {
        branches->branches[b].end = b + 1;
        branches->branches[b].reach = 0;
    }
    for (uint32_t b = n; b-- > 0;) {
        struct branch *one = &branches->branches[b];
        one->reach = saturated((uint32_t)one->reach + branches->branches[b + 1].first - one->first);
        if (b > 0) {
            struct branch *above = &branches->branches[parent[b]];
            above->end = above->end < one->end ? one->end : above->end;
            above->reach = above->reach < one->reach ? one->reach : above->reach;
        }
        branches->deepest = branches->deepest < one->depth ? one->depth : branches->deepest;
    }
}

/* parent: of each branch, [all.n]. */
static bool make_branches(struct vg_place_index *index, uint32_t *branch_of, uint32_t *parent, bool *too_deep)
{
    const struct vg_tree *tree = index->tree;
    struct branches *all = &index->all;
    uint32_t n = 0, written = 0;
    *too_deep = false;
    for (uint32_t v = 0; v < tree->n_nodes; v++) {
        uint32_t first = written, above = v == 0 ? 0 : branch_of[tree->parent[v]];
        for (uint32_t m = tree->mutation_start[v]; m < tree->mutation_start[v + 1]; m++) {
            uint32_t mutation = tree->mutations[m], site = vg_mutation_site(mutation);
            if (index->masked[site] == 0) {
                all->mutations[written++] = index->row_start[site] << 4 | (mutation & 15u);
            }
        }
        if (first == written && v > 0) {
            branch_of[v] = above;
        } else {
            uint32_t depth = v == 0 ? 0 : all->branches[above].depth + 1u;
            *too_deep |= depth >= UINT16_MAX;
            parent[n] = above;
            all->branches[n] = (struct branch){.first = first, .node = v, .depth = saturated(depth)};
            branch_of[v] = n++;
        }
        index->leaves[branch_of[v]] += vg_tree_is_leaf(tree, v) ? 1 : 0;
    }
    all->n = n;
    all->branches[n].first = written;
    close_branches(all, parent);
    for (uint32_t b = n; b-- > 1;) {
        index->leaves[parent[b]] += index->leaves[b];
    }
    return true;
}

/* The branches that have many below, and the root. */
static bool make_skeleton(struct vg_place_index *index, const uint32_t *parent, uint32_t *number)
{
    const struct branches *all = &index->all;
    struct branches *skeleton = &index->skeleton;
    uint32_t least = 2, n = all->n, mutations = 0;
    for (;; least *= 2) { /* sizes of subtrees fall off like a power law: doubling halves the number */
        uint32_t count = 0;
        for (uint32_t b = 0; b < n; b++) {
            count += all->branches[b].end - b >= least ? 1 : 0;
        }
        if (count <= SKELETON_AIM) {
            break;
        }
    }
    for (uint32_t b = 0; b < n; b++) {
        bool taken = b == 0 || all->branches[b].end - b >= least;
        skeleton->n += taken ? 1 : 0;
        mutations += taken ? all->branches[b + 1].first - all->branches[b].first : 0;
    }
    uint32_t *above = malloc(((size_t)skeleton->n + 1) * sizeof *above), written = 0, taken = 0;
    skeleton->branches = calloc((size_t)skeleton->n + 1, sizeof *skeleton->branches);
    skeleton->mutations = malloc(((size_t)mutations + 1) * sizeof *skeleton->mutations);
    for (uint32_t b = 0; above != NULL && skeleton->branches != NULL && skeleton->mutations != NULL && b < n; b++) {
        const struct branch *one = &all->branches[b];
        if (b > 0 && one->end - b < least) {
            continue;
        }
        uint32_t count = all->branches[b + 1].first - one->first;
        above[taken] = b == 0 ? 0 : number[parent[b]];
        number[b] = taken;
        skeleton->branches[taken++] = (struct branch){.first = written, .node = b, .depth = one->depth};
        memcpy(skeleton->mutations + written, all->mutations + one->first, count * sizeof(uint32_t));
        written += count;
    }
    if (taken == skeleton->n) {
        skeleton->branches[taken].first = written;
        close_branches(skeleton, above);
    }
    free(above);
    return taken == skeleton->n;
}

static uint32_t most_mutations_down(const struct vg_tree *tree, uint32_t *depth)
{
    uint32_t most = 0;
    for (uint32_t v = 0; v < tree->n_nodes; v++) {
        depth[v] = (v == 0 ? 0 : depth[tree->parent[v]]) + tree->mutation_start[v + 1] - tree->mutation_start[v];
        most = depth[v] > most ? depth[v] : most;
    }
    return most;
}

static vg_status build(struct vg_place_index *index, uint32_t *memory, struct vg_error *error)
{
    const struct vg_tree *tree = index->tree;
    size_t n = tree->n_nodes;
    bool too_deep;
    index->all.branches = calloc(n + 1, sizeof *index->all.branches);
    index->all.mutations = malloc(((size_t)tree->n_mutations + 1) * sizeof(uint32_t));
    index->leaves = calloc(n, sizeof *index->leaves);
    if (index->all.branches == NULL || index->all.mutations == NULL || index->leaves == NULL) {
        return vg_fail_memory(error, n * sizeof(struct branch));
    }
    index->most_mutations = most_mutations_down(tree, memory);
    (void)make_branches(index, memory, memory + n, &too_deep);
    if (too_deep) {
        return vg_fail(error, VG_LIMIT_EXCEEDED, "the tree is more than %u branches deep", UINT16_MAX);
    }
    if (index->most_mutations >= 1u << (PLACE_PLANES_MAX - 4)) {
        return vg_fail(error, VG_LIMIT_EXCEEDED, "the tree has %u mutations on one way down: too diverse for placement by parsimony", index->most_mutations);
    }
    /* Most branches of large trees are fewer than the nodes: what is not needed goes back. */
    struct branch *branches = realloc(index->all.branches, ((size_t)index->all.n + 1) * sizeof *branches);
    uint32_t *leaves = realloc(index->leaves, (size_t)index->all.n * sizeof *leaves);
    index->all.branches = branches == NULL ? index->all.branches : branches;
    index->leaves = leaves == NULL ? index->leaves : leaves;
    return make_skeleton(index, memory + n, memory) ? VG_OK : vg_fail_memory(error, n * sizeof(uint32_t));
}

vg_status vg_place_index_new(const struct vg_tree *tree, const struct vg_site_range *masked, size_t n_masked, struct vg_place_index **out, struct vg_error *error)
{
    struct vg_place_index *index = calloc(1, sizeof *index);
    uint32_t *memory = calloc(2 * (size_t)tree->n_nodes, sizeof *memory);
    *out = NULL;
    if (index == NULL || memory == NULL) {
        free(index);
        free(memory);
        return vg_fail_memory(error, 2 * (size_t)tree->n_nodes * sizeof *memory);
    }
    index->tree = tree;
    vg_status status = make_rows(index, masked, n_masked) ? build(index, memory, error) : vg_fail_memory(error, (size_t)tree->length * 6);
    free(memory);
    if (status == VG_OK) {
        *out = index;
    } else {
        vg_place_index_free(index);
    }
    return status;
}

uint32_t place_root_distance(const struct vg_place_index *index, const struct vg_genome *genome)
{
    uint32_t distance = 0;
    for (uint32_t i = 0; i < genome->n_differences; i++) {
        distance += place_excludes(index, &genome->differences[i]) ? 1 : 0;
    }
    return distance;
}

static uint64_t bytes_of(const struct branches *branches)
{
    return ((uint64_t)branches->n + 1) * sizeof(struct branch) + (uint64_t)branches->branches[branches->n].first * sizeof(uint32_t);
}

uint64_t place_index_bytes(const struct vg_place_index *index)
{
    return bytes_of(&index->all) + bytes_of(&index->skeleton) + (uint64_t)index->all.n * sizeof(uint32_t) + (uint64_t)index->tree->length * 10;
}
