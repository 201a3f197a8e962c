/*
 * Part of a tree: some nodes with the leaves that are nearest to them in mutations, as a tree of its own. The work is within the lowest node that has leaves enough.
 */
#include "trace/genome/tree/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct extracting {
    const struct vg_tree *tree;
    uint32_t top, size;          /* the window: [top, top + size) */
    uint32_t *distance;          /* [size] mutations to the nearest chosen one */
    uint32_t *kept;              /* [size] of a leaf: 1 where kept; else the number of children that lead to kept ones */
    uint8_t *chosen;             /* [size] */
    const struct vg_genome **gaps; /* of each node of the tree; NULL: nothing is told */
};

static uint32_t length_of(const struct vg_tree *tree, uint32_t v)
{
    return tree->mutation_start[v + 1] - tree->mutation_start[v];
}

static uint32_t leaves_between(const struct vg_tree *tree, uint32_t first, uint32_t end, uint32_t most)
{
    uint32_t n = 0;
    for (uint32_t v = first; v < end && n < most; v++) {
        n += vg_tree_is_leaf(tree, v) ? 1 : 0;
    }
    return n;
}

/* The lowest node above all chosen ones with so many leaves, or the root. */
static uint32_t find_top(const struct vg_tree *tree, const uint32_t *nodes, size_t n, uint32_t n_leaves)
{
    uint32_t top = nodes[0];
    for (size_t i = 1; i < n; i++) {
        top = vg_tree_common_ancestor(tree, top, nodes[i]);
    }
    uint32_t count = leaves_between(tree, top, tree->end[top], n_leaves);
    while (top != 0 && count < n_leaves) { /* only what is new on either side is counted */
        uint32_t above = tree->parent[top];
        count += leaves_between(tree, above + 1, top, n_leaves - count);
        count += count < n_leaves ? leaves_between(tree, tree->end[top], tree->end[above], n_leaves - count) : 0;
        top = above;
    }
    return top;
}

static void measure(struct extracting *work)
{
    const struct vg_tree *tree = work->tree;
    uint32_t top = work->top;
    for (uint32_t i = 0; i < work->size; i++) {
        work->distance[i] = work->chosen[i] != 0 ? 0 : UINT32_MAX / 2;
    }
    for (uint32_t i = work->size; i-- > 1;) {
        uint32_t above = tree->parent[top + i] - top, through = work->distance[i] + length_of(tree, top + i);
        work->distance[above] = through < work->distance[above] ? through : work->distance[above];
    }
    for (uint32_t i = 1; i < work->size; i++) {
        uint32_t through = work->distance[tree->parent[top + i] - top] + length_of(tree, top + i);
        work->distance[i] = through < work->distance[i] ? through : work->distance[i];
    }
}

/* The nearest leaves, those of one distance in preorder; chosen ones first. False: no memory. */
static bool keep_nearest(struct extracting *work, uint32_t n_leaves)
{
    const struct vg_tree *tree = work->tree;
    uint32_t farthest = 0, kept = 0;
    for (uint32_t i = 0; i < work->size; i++) {
        bool leaf = vg_tree_is_leaf(tree, work->top + i);
        farthest = leaf && work->distance[i] > farthest ? work->distance[i] : farthest;
    }
    uint32_t *count = calloc((size_t)farthest + 1, sizeof *count);
    for (uint32_t i = 0; count != NULL && i < work->size; i++) {
        bool leaf = vg_tree_is_leaf(tree, work->top + i);
        work->kept[i] = leaf && work->chosen[i] != 0 ? 1 : 0;
        kept += work->kept[i];
        count[leaf && work->kept[i] == 0 ? work->distance[i] : 0] += leaf && work->kept[i] == 0 ? 1 : 0;
    }
    uint32_t within = 0;
    while (count != NULL && within <= farthest && kept + count[within] <= n_leaves) {
        kept += count[within++];
    }
    for (uint32_t i = 0; count != NULL && i < work->size; i++) {
        if (vg_tree_is_leaf(tree, work->top + i) && work->kept[i] == 0) {
            bool last = work->distance[i] == within && kept < n_leaves;
            work->kept[i] = work->distance[i] < within || last ? 1 : 0;
            kept += last ? 1 : 0;
        }
    }
    for (uint32_t i = work->size; count != NULL && i-- > 1;) {
        work->kept[tree->parent[work->top + i] - work->top] += work->kept[i] != 0 ? 1 : 0;
    }
    bool done = count != NULL;
    free(count);
    return done;
}

void tree_put_facts(const struct vg_tree *tree, uint32_t v, uint32_t above, struct vg_tree_builder *builder)
{
    for (uint32_t c = 0; c < tree->n_columns; c++) {
        const struct vg_tree_column *column = &tree->columns[c];
        if (column->numbers != NULL) {
            if (!isnan(column->numbers[v])) {
                vg_tree_builder_number(builder, c, column->numbers[v]);
            }
        } else if (column->codes[v] != VG_TREE_NONE && (!column->is_clade || above == VG_TREE_NONE || column->codes[above] != column->codes[v])) {
            vg_tree_builder_word(builder, c, column->values[column->codes[v]]);
        }
    }
}

void tree_put_mutations(const struct vg_tree *tree, uint32_t v, struct vg_tree_builder *builder)
{
    for (uint32_t m = tree->mutation_start[v]; m < tree->mutation_start[v + 1]; m++) {
        vg_tree_builder_mutation(builder, vg_mutation_site(tree->mutations[m]), vg_mutation_from(tree->mutations[m]), vg_mutation_to(tree->mutations[m]));
    }
}

/* What of `one` the other does not have, as coming or going. */
static void put_missing(const struct vg_genome *one, const struct vg_genome *other, bool gained, struct vg_tree_builder *builder)
{
    for (uint32_t i = 0, k = 0; i < one->n_differences; i++) {
        while (k < other->n_differences && other->differences[k].position < one->differences[i].position) {
            k++;
        }
        if (k == other->n_differences || other->differences[k].position != one->differences[i].position || other->differences[k].length != one->differences[i].length) {
            vg_tree_builder_gap(builder, one->differences[i].position, one->differences[i].length, NULL, gained);
        }
    }
    for (uint32_t i = 0; i < one->n_insertions; i++) {
        bool there = false;
        for (uint32_t k = 0; k < other->n_insertions; k++) {
            there |= other->insertions[k].letters == one->insertions[i].letters; /* the tree has each once */
        }
        if (!there) {
            vg_tree_builder_gap(builder, one->insertions[i].position, one->insertions[i].length, one->insertions[i].letters, gained);
        }
    }
}

/* What comes and goes on the way from above (VG_TREE_NONE: the reference) to v. */
static void put_gaps(const struct extracting *work, uint32_t v, uint32_t above, struct vg_tree_builder *builder)
{
    static const struct vg_genome nothing = {.n_differences = 0};
    if (work->gaps != NULL) {
        const struct vg_genome *before = above == VG_TREE_NONE ? &nothing : work->gaps[above], *after = work->gaps[v];
        if (before != after) {
            put_missing(before, after, false, builder);
            put_missing(after, before, true, builder);
        }
    }
}

/* The way into v from the nearest node above it that was put, from above; number: of those put, or none. */
static void put_way(const struct extracting *work, uint32_t v, const uint32_t *number, struct vg_tree_builder *builder, uint32_t *way)
{
    uint32_t n = 0;
    for (uint32_t at = v; at != work->top && (at == v || number[at - work->top] == VG_TREE_NONE); at = work->tree->parent[at]) {
        way[n++] = at;
    }
    while (n > 0) {
        tree_put_mutations(work->tree, way[--n], builder);
    }
}

static vg_status put_root(const struct extracting *work, struct vg_tree_builder *builder, uint32_t *number, struct vg_error *error)
{
    const struct vg_tree *tree = work->tree;
    struct vg_genome_difference *states;
    struct vg_arena arena;
    size_t n;
    vg_arena_init(&arena, 0);
    vg_status status = vg_tree_states(tree, work->top, &arena, &states, &n, error);
    number[0] = vg_tree_builder_node(builder, VG_TREE_NONE, vg_tree_name(tree, work->top));
    for (size_t i = 0; status == VG_OK && i < n; i++) {
        int from = vg_base_of_letter(tree->reference[states[i].position]);
        vg_tree_builder_mutation(builder, states[i].position, from < 0 ? 4 : (unsigned)from, (unsigned)__builtin_ctz(states[i].base));
    }
    tree_put_facts(tree, work->top, VG_TREE_NONE, builder);
    put_gaps(work, work->top, VG_TREE_NONE, builder);
    vg_arena_release(&arena);
    return status;
}

static vg_status put_kept(const struct extracting *work, struct vg_tree_builder *builder, uint32_t *number, uint32_t *way, struct vg_error *error)
{
    const struct vg_tree *tree = work->tree;
    for (uint32_t c = 0; c < tree->n_columns; c++) {
        (void)vg_tree_builder_column(builder, tree->columns[c].name, tree->columns[c].is_clade, tree->columns[c].numbers != NULL);
    }
    vg_status status = put_root(work, builder, number, error);
    for (uint32_t i = 1; status == VG_OK && i < work->size; i++) {
        uint32_t v = work->top + i, above = tree->parent[v];
        bool leaf = vg_tree_is_leaf(tree, v);
        number[i] = VG_TREE_NONE;
        if (work->kept[i] == 0) { /* nothing of it is wanted */
            i += tree->end[v] - v - 1;
            continue;
        }
        if (!leaf && work->kept[i] < 2 && work->chosen[i] == 0) {
            continue;
        }
        while (number[above - work->top] == VG_TREE_NONE) {
            above = tree->parent[above];
        }
        number[i] = vg_tree_builder_node(builder, number[above - work->top], vg_tree_name(tree, v));
        put_way(work, v, number, builder, way);
        tree_put_facts(tree, v, above, builder);
        put_gaps(work, v, above, builder);
    }
    return status;
}

vg_status vg_tree_extract(const struct vg_tree *tree, const uint32_t *nodes, size_t n, uint32_t n_leaves, struct vg_tree **part, struct vg_error *error)
{
    *part = NULL;
    if (n == 0 || n_leaves == 0) {
        return vg_fail(error, VG_USAGE_ERROR, "a part of a tree is around at least one node, with at least one leaf");
    }
    struct extracting work = {.tree = tree, .top = find_top(tree, nodes, n, n_leaves)};
    work.size = tree->end[work.top] - work.top;
    work.distance = malloc(work.size * sizeof(uint32_t));
    work.kept = calloc(work.size, sizeof(uint32_t));
    work.chosen = calloc(work.size, 1);
    struct vg_tree_builder *builder = vg_tree_builder_new();
    vg_status status = work.distance == NULL || work.kept == NULL || work.chosen == NULL || builder == NULL ? vg_fail_memory(error, work.size * 9ul) : VG_OK;
    for (size_t i = 0; status == VG_OK && i < n; i++) {
        work.chosen[nodes[i] - work.top] = 1;
    }
    struct vg_arena arena;
    vg_arena_init(&arena, 0);
    status = status == VG_OK && tree->n_gap_events > 0 ? vg_tree_gap_genomes(tree, &arena, &work.gaps, error) : status;
    if (status == VG_OK) {
        measure(&work);
        uint32_t *way = malloc(work.size * sizeof *way);
        status = way != NULL && keep_nearest(&work, n_leaves) ? put_kept(&work, builder, work.distance, way, error) : vg_fail_memory(error, work.size * 4ul);
        free(way);
    }
    struct vg_genome_reference reference = {tree->reference_name, tree->reference, tree->length};
    if (builder != NULL) {
        vg_status finished = vg_tree_builder_finish(builder, &reference, part, status == VG_OK ? error : NULL);
        if (status != VG_OK) {
            vg_tree_free(*part);
            *part = NULL;
        }
        status = status == VG_OK ? finished : status;
    }
    vg_arena_release(&arena);
    free(work.distance);
    free(work.kept);
    free(work.chosen);
    return status;
}

vg_status vg_tree_with_reference(struct vg_tree *tree, const struct vg_genome_reference *reference, uint32_t *n_different, struct vg_error *error)
{
    *n_different = 0;
    if (reference->length < tree->length) {
        return vg_fail(error, VG_DATA_ERROR, "the reference %.*s has %u sites, and the tree a mutation or site %u: it is not the tree's", (int)reference->name.size,
                       reference->name.data == NULL ? "" : reference->name.data, reference->length, tree->length);
    }
    char *letters = malloc(reference->length);
    if (letters == NULL) {
        return vg_fail_memory(error, reference->length);
    }
    for (uint32_t site = 0; site < reference->length; site++) {
        int base = vg_base_of_letter(reference->letters[site]);
        char known = site < tree->length ? tree->reference[site] : 'N', told = base < 0 ? 'N' : "ACGT"[base];
        *n_different += known != 'N' && told != 'N' && told != known ? 1 : 0;
        letters[site] = known != 'N' ? known : told;
    }
    free(tree->memory->reference);
    tree->reference = tree->memory->reference = letters;
    tree->length = reference->length;
    return VG_OK;
}
