/*
 * A tree that changes: numbers stay while nodes are added and moved; then one walk puts them in preorder.
 */
#include "trace/genome/place/flat.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void flat_free(struct flat *flat)
{
    free(flat->parent);
    free(flat->start);
    free(flat->count);
    free(flat->origin);
    free(flat->clade);
    free(flat->leaves);
    free(flat->mutations);
    free(flat->end);
    free(flat->mutation_start);
    memset(flat, 0, sizeof *flat);
}

static bool grow(uint32_t **array, size_t n)
{
    uint32_t *larger = realloc(*array, n * sizeof *larger);
    *array = larger == NULL ? *array : larger;
    return larger != NULL;
}

bool flat_reserve(struct flat *flat, uint32_t nodes, size_t mutations)
{
    if (flat->n + (uint64_t)nodes > VG_TREE_NODES_MAX) {
        return false;
    }
    if (flat->n + nodes > flat->capacity) {
        size_t capacity = (size_t)flat->n + nodes + flat->n / 8;
        if (!grow(&flat->parent, capacity) || !grow(&flat->start, capacity) || !grow(&flat->count, capacity) || !grow(&flat->origin, capacity) ||
            !grow(&flat->clade, capacity) || !grow(&flat->leaves, capacity)) {
            return false;
        }
        flat->capacity = (uint32_t)capacity;
    }
    if (flat->n_mutations + mutations > flat->mutation_capacity) {
        size_t capacity = flat->n_mutations + mutations + flat->n_mutations / 8;
        if (capacity > UINT32_MAX || !grow(&flat->mutations, capacity)) {
            return false;
        }
        flat->mutation_capacity = capacity;
    }
    return true;
}

uint32_t flat_add(struct flat *flat, uint32_t parent, uint32_t origin, uint32_t clade)
{
    uint32_t node = flat->n++;
    VG_ASSERT(node < flat->capacity);
    flat->parent[node] = parent;
    flat->start[node] = (uint32_t)flat->n_mutations;
    flat->count[node] = 0;
    flat->origin[node] = origin;
    flat->clade[node] = clade;
    flat->leaves[node] = 1;
    return node;
}

vg_status flat_new(const struct vg_tree *tree, struct flat *flat, struct vg_error *error)
{
    memset(flat, 0, sizeof *flat);
    flat->first = tree;
    if (!flat_reserve(flat, tree->n_nodes, tree->n_mutations + (size_t)1)) {
        flat_free(flat);
        return vg_fail_memory(error, (size_t)tree->n_nodes * 24);
    }
    for (uint32_t v = 0; v < tree->n_nodes; v++) {
        flat->parent[v] = tree->parent[v];
        flat->start[v] = tree->mutation_start[v];
        flat->count[v] = tree->mutation_start[v + 1] - tree->mutation_start[v];
        flat->origin[v] = flat->clade[v] = v;
    }
    if (tree->n_mutations > 0) {
        memcpy(flat->mutations, tree->mutations, (size_t)tree->n_mutations * sizeof(uint32_t));
    }
    flat->n = tree->n_nodes;
    flat->n_mutations = tree->n_mutations;
    return flat_order(flat, NULL, error);
}

/* -------------------------------------------------------------------- order */

struct ordering {
    uint32_t *first, *next, *order; /* children in rising number; the nodes in preorder */
    uint32_t n;
};

/* Branching points that lead to one node only, and have no name, are passed over: their mutations go to that node. */
static bool is_passed(const struct flat *flat, const struct ordering *ordering, uint32_t v)
{
    uint32_t child = ordering->first[v];
    return flat->origin[v] == ORIGIN_INNER && flat->parent[v] != VG_TREE_NONE && (child == VG_TREE_NONE || ordering->next[child] == VG_TREE_NONE);
}

static uint32_t link_children(const struct flat *flat, struct ordering *ordering)
{
    uint32_t root = VG_TREE_NONE;
    for (uint32_t v = 0; v < flat->n; v++) {
        ordering->first[v] = VG_TREE_NONE;
    }
    for (uint32_t v = flat->n; v-- > 0;) {
        uint32_t parent = flat->parent[v];
        ordering->next[v] = VG_TREE_NONE;
        if (parent == VG_TREE_NONE) {
            root = v;
        } else {
            ordering->next[v] = ordering->first[parent];
            ordering->first[parent] = v;
        }
    }
    return root;
}

static void walk(const struct flat *flat, struct ordering *ordering, uint32_t root)
{
    uint32_t v = root;
    while (true) {
        if (!is_passed(flat, ordering, v)) {
            ordering->order[ordering->n++] = v;
        }
        if (ordering->first[v] != VG_TREE_NONE) {
            v = ordering->first[v];
            continue;
        }
        while (v != root && ordering->next[v] == VG_TREE_NONE) {
            v = flat->parent[v];
        }
        if (v == root) {
            return;
        }
        v = ordering->next[v];
    }
}

/* Mutations of the branch into v, with those of the passed ones above it; returns how many. Both lists are sorted by site. */
static uint32_t gather(const struct flat *flat, const struct ordering *ordering, uint32_t v, uint32_t *out)
{
    uint32_t n = flat->count[v];
    memcpy(out, flat->mutations + flat->start[v], n * sizeof *out);
    for (uint32_t above = flat->parent[v]; above != VG_TREE_NONE && is_passed(flat, ordering, above); above = flat->parent[above]) {
        for (uint32_t m = 0; m < flat->count[above]; m++) {
            uint32_t upper = flat->mutations[flat->start[above] + m], at = 0;
            while (at < n && vg_mutation_site(out[at]) < vg_mutation_site(upper)) {
                at++;
            }
            if (at < n && vg_mutation_site(out[at]) == vg_mutation_site(upper)) {
                out[at] = vg_mutation(vg_mutation_site(upper), vg_mutation_from(upper), vg_mutation_to(out[at]));
                if (vg_mutation_from(out[at]) == vg_mutation_to(out[at])) {
                    memmove(out + at, out + at + 1, (--n - at) * sizeof *out);
                }
                continue;
            }
            memmove(out + at + 1, out + at, (n++ - at) * sizeof *out);
            out[at] = upper;
        }
    }
    return n;
}

static uint32_t kept_parent(const struct flat *flat, const struct ordering *ordering, uint32_t v)
{
    uint32_t above = flat->parent[v];
    while (above != VG_TREE_NONE && is_passed(flat, ordering, above)) {
        above = flat->parent[above];
    }
    return above;
}

static void permute(const struct ordering *ordering, uint32_t **array, uint32_t **spare)
{
    for (uint32_t i = 0; i < ordering->n; i++) {
        (*spare)[i] = (*array)[ordering->order[i]];
    }
    uint32_t *was = *array;
    *array = *spare;
    *spare = was;
}

static void count_leaves(struct flat *flat)
{
    for (uint32_t v = 0; v < flat->n; v++) {
        flat->leaves[v] = 0;
        flat->end[v] = v + 1;
    }
    flat->view.n_leaves = 0;
    for (uint32_t v = flat->n; v-- > 0;) {
        bool leaf = flat->end[v] == v + 1;
        flat->leaves[v] += leaf ? 1 : 0;
        flat->view.n_leaves += leaf ? 1 : 0;
        if (v > 0) {
            uint32_t parent = flat->parent[v];
            flat->leaves[parent] += flat->leaves[v];
            flat->end[parent] = flat->end[parent] < flat->end[v] ? flat->end[v] : flat->end[parent];
        }
    }
}

static vg_status reorder(struct flat *flat, struct ordering *ordering, uint32_t *number, struct vg_error *error)
{
    size_t capacity = flat->capacity;
    uint32_t *spare = malloc(capacity * sizeof *spare), *mutations = malloc((flat->n_mutations + 1 + flat->n_mutations / 8) * sizeof *mutations);
    uint32_t *end = realloc(flat->end, (size_t)flat->n * sizeof *end), *starts = realloc(flat->mutation_start, ((size_t)flat->n + 1) * sizeof *starts);
    flat->end = end == NULL ? flat->end : end;
    flat->mutation_start = starts == NULL ? flat->mutation_start : starts;
    if (spare == NULL || mutations == NULL || end == NULL || starts == NULL) {
        free(spare);
        free(mutations);
        return vg_fail_memory(error, capacity * 4);
    }
    uint32_t written = 0;
    for (uint32_t v = 0; v < flat->n; v++) {
        number[v] = VG_TREE_NONE;
    }
    for (uint32_t i = 0; i < ordering->n; i++) {
        uint32_t v = ordering->order[i], above = kept_parent(flat, ordering, v);
        number[v] = i;
        spare[i] = above == VG_TREE_NONE ? VG_TREE_NONE : number[above];
        starts[i] = written;
        written += gather(flat, ordering, v, mutations + written);
    }
    starts[ordering->n] = written;
    uint32_t *was = flat->parent;
    flat->parent = spare;
    spare = was;
    permute(ordering, &flat->origin, &spare);
    permute(ordering, &flat->clade, &spare);
    free(spare);
    free(flat->mutations);
    flat->mutations = mutations;
    flat->mutation_capacity = flat->n_mutations + 1 + flat->n_mutations / 8;
    flat->n_mutations = written;
    flat->n = ordering->n;
    for (uint32_t v = 0; v < flat->n; v++) {
        flat->start[v] = starts[v];
        flat->count[v] = starts[v + 1] - starts[v];
    }
    count_leaves(flat);
    return VG_OK;
}

vg_status flat_order(struct flat *flat, uint32_t **renumbered, struct vg_error *error)
{
    size_t n = flat->n;
    struct ordering ordering = {.first = malloc(n * 4), .next = malloc(n * 4), .order = malloc(n * 4)};
    uint32_t *number = malloc(n * 4);
    vg_status status = VG_OK;
    if (ordering.first == NULL || ordering.next == NULL || ordering.order == NULL || number == NULL) {
        status = vg_fail_memory(error, n * 16);
    } else {
        walk(flat, &ordering, link_children(flat, &ordering));
        status = reorder(flat, &ordering, number, error);
    }
    free(ordering.first);
    free(ordering.next);
    free(ordering.order);
    if (renumbered != NULL && status == VG_OK) {
        *renumbered = number;
    } else {
        free(number);
    }
    uint32_t n_leaves = flat->view.n_leaves;
    flat->view = (struct vg_tree){.n_nodes = flat->n, .n_leaves = n_leaves, .n_mutations = (uint32_t)flat->n_mutations, .length = flat->first->length,
                                  .reference = flat->first->reference, .parent = flat->parent, .end = flat->end, .mutation_start = flat->mutation_start,
                                  .mutations = flat->mutations};
    return status;
}

/* ------------------------------------------------------------------- finish */

static void put_facts(const struct flat *flat, uint32_t v, const uint32_t *columns, struct vg_tree_builder *builder)
{
    const struct vg_tree *first = flat->first;
    for (uint32_t c = 0; c < first->n_columns; c++) {
        const struct vg_tree_column *column = &first->columns[c];
        uint32_t of = column->is_clade ? flat->clade[v] : flat->origin[v];
        if (of >= first->n_nodes) {
            continue;
        }
        if (column->numbers != NULL) {
            if (!isnan(column->numbers[of])) {
                vg_tree_builder_number(builder, columns[c], column->numbers[of]);
            }
        } else if (column->codes[of] != VG_TREE_NONE && (!column->is_clade || v == 0 || first->columns[c].codes[flat->clade[flat->parent[v]]] != column->codes[of])) {
            vg_tree_builder_word(builder, columns[c], column->values[column->codes[of]]);
        }
    }
}

vg_status flat_finish(struct flat *flat, const struct vg_genome *genomes, struct vg_tree **tree, struct vg_error *error)
{
    const struct vg_tree *first = flat->first;
    struct vg_tree_builder *builder = vg_tree_builder_new();
    uint32_t *columns = malloc(((size_t)first->n_columns + 1) * sizeof *columns);
    struct vg_genome_reference reference = {first->reference_name, first->reference, first->length};
    *tree = NULL;
    if (builder == NULL || columns == NULL) {
        free(columns);
        if (builder != NULL) {
            vg_status ignored = vg_tree_builder_finish(builder, NULL, tree, NULL);
            (void)ignored;
        }
        return vg_fail_memory(error, (size_t)flat->n * 16);
    }
    for (uint32_t c = 0; c < first->n_columns; c++) {
        columns[c] = vg_tree_builder_column(builder, first->columns[c].name, first->columns[c].is_clade, first->columns[c].numbers != NULL);
    }
    for (uint32_t v = 0; v < flat->n; v++) {
        uint32_t origin = flat->origin[v];
        struct vg_text name = origin == ORIGIN_INNER ? vg_text_of("", 0) : (origin & ORIGIN_SAMPLE) != 0 ? genomes[origin & ~ORIGIN_SAMPLE].name : vg_tree_name(first, origin);
        (void)vg_tree_builder_node(builder, flat->parent[v], name);
        for (uint32_t m = flat->mutation_start[v]; m < flat->mutation_start[v + 1]; m++) {
            vg_tree_builder_mutation(builder, vg_mutation_site(flat->mutations[m]), vg_mutation_from(flat->mutations[m]), vg_mutation_to(flat->mutations[m]));
        }
        put_facts(flat, v, columns, builder);
    }
    free(columns);
    return vg_tree_builder_finish(builder, &reference, tree, error);
}
