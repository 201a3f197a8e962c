/*
 * Polytomies parted by what their branches gain of deletions and insertions: children that gain the same one get a branching point of their own, which gains it. Bases of nodes
 * stay, and so does the number of mutations. Gaps that most children gain go first (which is greedy: the fewest events are not looked for), then the same within each group.
 */
#include "trace/genome/tree/internal.h"

#include <stdlib.h>
#include <string.h>

/* That a child gains a gap. */
struct gain {
    uint32_t parent, gap, child;
    uint32_t event; /* of the tree */
};

struct joining {
    const struct vg_tree *tree;
    const uint8_t *fixed;
    uint32_t *leaves;            /* [n_nodes] below */
    uint8_t *moved;              /* [n_gap_events] the event is its group's now */
    struct list32 parent;        /* of tree's nodes and then of groups */
    struct list32 group_first;   /* of each group: where its gaps begin in group_gaps */
    struct list32 group_gaps;
    struct list32 queue;         /* triples: the parent, and which of gains are its children's: first, end */
    struct gain *gains;
    size_t n_gains, gain_capacity;
};

static int by_parent(const void *a, const void *b)
{
    const struct gain *x = a, *y = b;
    if (x->parent != y->parent || x->gap != y->gap) {
        return x->parent != y->parent ? (x->parent < y->parent ? -1 : 1) : x->gap < y->gap ? -1 : 1;
    }
    return x->child < y->child ? -1 : x->child > y->child;
}

static bool add_gain(struct joining *joining, struct gain gain)
{
    if (joining->n_gains == joining->gain_capacity) {
        size_t capacity = joining->gain_capacity == 0 ? 256 : 2 * joining->gain_capacity;
        struct gain *gains = capacity > INT32_MAX ? NULL : realloc(joining->gains, capacity * sizeof *gains);
        if (gains == NULL) {
            return false;
        }
        joining->gains = gains;
        joining->gain_capacity = capacity;
    }
    joining->gains[joining->n_gains++] = gain;
    return true;
}

/* Gaps of one parent in the order in which groups are made. */
struct shared { uint32_t first, n, gap; };

static int most_first(const void *a, const void *b)
{
    const struct shared *x = a, *y = b;
    return x->n != y->n ? (x->n > y->n ? -1 : 1) : x->gap < y->gap ? -1 : x->gap > y->gap;
}

/* Those of [first, first + n) that are the parent's children still, of fixed ones the largest alone; they go to the front. */
static uint32_t choose_members(struct joining *joining, uint32_t parent, uint32_t first, uint32_t n)
{
    uint32_t largest = VG_TREE_NONE, kept = 0;
    for (uint32_t i = first; i < first + n; i++) {
        uint32_t child = joining->gains[i].child;
        if (joining->parent.items[child] == parent && joining->fixed[child] != 0 && (largest == VG_TREE_NONE || joining->leaves[child] > joining->leaves[largest])) {
            largest = child;
        }
    }
    for (uint32_t i = first; i < first + n; i++) {
        struct gain one = joining->gains[i];
        if (joining->parent.items[one.child] == parent && (joining->fixed[one.child] == 0 || one.child == largest)) {
            joining->gains[i] = joining->gains[first + kept];
            joining->gains[first + kept++] = one;
        }
    }
    return kept;
}

static uint32_t count_children(const struct joining *joining, uint32_t parent)
{
    uint32_t n = 0;
    if (parent < joining->tree->n_nodes) { /* of a group not all gain the same again, see make_group */
        for (uint32_t child = parent + 1; child < joining->tree->end[parent]; child = joining->tree->end[child]) {
            n++;
        }
    }
    return n == 0 ? UINT32_MAX : n;
}

/* Members [first, first + n) of gains, of `parent`, which have all gains [begin, end), as a group: what all of them gain is its own, the rest is looked at in its turn. */
static bool make_group(struct joining *joining, uint32_t parent, uint32_t first, uint32_t n, uint32_t begin, uint32_t end)
{
    uint32_t group = (uint32_t)joining->parent.n, from = (uint32_t)joining->n_gains;
    bool fine = list32_add(&joining->parent, parent) && list32_add(&joining->group_first, (uint32_t)joining->group_gaps.n);
    for (uint32_t i = first; i < first + n; i++) {
        joining->parent.items[joining->gains[i].child] = group;
    }
    for (uint32_t i = begin; fine && i < end; i++) { /* all that they gain */
        struct gain one = joining->gains[i];
        if (joining->parent.items[one.child] == group) {
            one.parent = group;
            fine = add_gain(joining, one);
        }
    }
    uint32_t kept = from;
    if (fine && joining->n_gains > from) {
        qsort(joining->gains + from, joining->n_gains - from, sizeof *joining->gains, by_parent);
    }
    for (uint32_t i = from, next; fine && i < joining->n_gains; i = next) {
        for (next = i + 1; next < joining->n_gains && joining->gains[next].gap == joining->gains[i].gap; next++) {
        }
        bool all = next - i == n;
        fine = !all || list32_add(&joining->group_gaps, joining->gains[i].gap);
        for (uint32_t k = i; k < next; k++) {
            if (all) {
                joining->moved[joining->gains[k].event] = 1;
            } else {
                joining->gains[kept++] = joining->gains[k];
            }
        }
    }
    joining->n_gains = kept;
    return fine && list32_add(&joining->queue, group) && list32_add(&joining->queue, from) && list32_add(&joining->queue, kept);
}

/* The children of one parent, whose gains are [first, end), by gap. */
static bool part(struct joining *joining, uint32_t parent, uint32_t first, uint32_t end)
{
    size_t n = 0;
    uint32_t n_children = count_children(joining, parent);
    struct shared *shared = malloc(((size_t)(end - first) + 1) * sizeof *shared);
    bool fine = shared != NULL;
    for (uint32_t i = first, next; fine && i < end; i = next) {
        for (next = i + 1; next < end && joining->gains[next].gap == joining->gains[i].gap; next++) {
        }
        if (next - i > 1) {
            shared[n++] = (struct shared){i, next - i, joining->gains[i].gap};
        }
    }
    if (fine && n > 1) {
        qsort(shared, n, sizeof *shared, most_first);
    }
    for (size_t s = 0; fine && s < n; s++) {
        uint32_t members = choose_members(joining, parent, shared[s].first, shared[s].n);
        if (members > 1 && members < n_children) {
            fine = make_group(joining, parent, shared[s].first, members, first, end);
        }
    }
    free(shared);
    return fine;
}

/* Whether the node loses a deletion that the one which it gains touches: then it became that one, and did not come by itself. */
static bool replaces(const struct vg_tree *tree, uint32_t event)
{
    const struct vg_tree_gap *gained = &tree->gaps[vg_gap_of(&tree->gap_events[event])];
    uint32_t node = tree->gap_events[event].node, end, first = vg_tree_gap_events_of(tree, node, &end);
    bool touches = false;
    for (uint32_t i = first; i < end && gained->letters == VG_TREE_NONE; i++) {
        const struct vg_tree_gap *lost = &tree->gaps[vg_gap_of(&tree->gap_events[i])];
        touches |= !vg_gap_is_gained(&tree->gap_events[i]) && lost->letters == VG_TREE_NONE && lost->position <= gained->position + gained->length &&
                   gained->position <= lost->position + lost->length;
    }
    return touches;
}

static bool find_groups(struct joining *joining)
{
    const struct vg_tree *tree = joining->tree;
    bool fine = true;
    for (uint32_t v = 0; fine && v < tree->n_nodes; v++) {
        fine = list32_add(&joining->parent, tree->parent[v]);
    }
    for (uint32_t v = tree->n_nodes; fine && v-- > 0;) {
        joining->leaves[v] += vg_tree_is_leaf(tree, v) ? 1 : 0;
        joining->leaves[v > 0 ? tree->parent[v] : 0] += v > 0 ? joining->leaves[v] : 0;
    }
    for (uint32_t i = 0; fine && i < tree->n_gap_events; i++) {
        const struct vg_gap_event *one = &tree->gap_events[i];
        if (vg_gap_is_gained(one) && one->node > 0 && !replaces(tree, i)) {
            fine = add_gain(joining, (struct gain){tree->parent[one->node], vg_gap_of(one), one->node, i});
        }
    }
    if (fine && joining->n_gains > 1) {
        qsort(joining->gains, joining->n_gains, sizeof *joining->gains, by_parent);
    }
    uint32_t n = (uint32_t)joining->n_gains;
    for (uint32_t i = 0, next; fine && i < n; i = next) {
        for (next = i + 1; next < n && joining->gains[next].parent == joining->gains[i].parent; next++) {
        }
        fine = list32_add(&joining->queue, joining->gains[i].parent) && list32_add(&joining->queue, i) && list32_add(&joining->queue, next);
    }
    for (size_t at = 0; fine && at + 2 < joining->queue.n; at += 3) { /* groups come in behind */
        fine = part(joining, joining->queue.items[at], joining->queue.items[at + 1], joining->queue.items[at + 2]);
    }
    return fine;
}

/* -------------------------------------------------------------------- write */

static void put_gap(const struct vg_tree *tree, uint32_t gap, bool gained, struct vg_tree_builder *builder)
{
    const struct vg_tree_gap *one = &tree->gaps[gap];
    vg_tree_builder_gap(builder, one->position, one->length, one->letters == VG_TREE_NONE ? NULL : tree->gap_letters + one->letters, gained);
}

static void put_node(const struct joining *joining, uint32_t v, uint32_t parent, struct vg_tree_builder *builder, uint32_t *number)
{
    const struct vg_tree *tree = joining->tree;
    if (v < tree->n_nodes) {
        uint32_t end, first = vg_tree_gap_events_of(tree, v, &end);
        number[v] = vg_tree_builder_node(builder, parent, vg_tree_name(tree, v));
        tree_put_mutations(tree, v, builder);
        tree_put_facts(tree, v, tree->parent[v], builder);
        for (uint32_t i = first; i < end; i++) {
            if (joining->moved[i] == 0) {
                put_gap(tree, vg_gap_of(&tree->gap_events[i]), vg_gap_is_gained(&tree->gap_events[i]), builder);
            }
        }
        return;
    }
    uint32_t group = v - tree->n_nodes, end = group + 1 < joining->group_first.n ? joining->group_first.items[group + 1] : (uint32_t)joining->group_gaps.n;
    number[v] = vg_tree_builder_node(builder, parent, vg_text_of(NULL, 0));
    for (uint32_t i = joining->group_first.items[group]; i < end; i++) {
        put_gap(tree, joining->group_gaps.items[i], true, builder);
    }
}

/* All in preorder, groups where their first child was. */
static bool put_all(const struct joining *joining, struct vg_tree_builder *builder, uint32_t *number)
{
    const struct vg_tree *tree = joining->tree;
    size_t n = joining->parent.n;
    uint32_t *first = malloc(n * sizeof *first), *next = malloc(n * sizeof *next), *rank = malloc(n * sizeof *rank);
    bool fine = first != NULL && next != NULL && rank != NULL;
    for (size_t v = 0; fine && v < n; v++) {
        first[v] = next[v] = VG_TREE_NONE;
        rank[v] = v < tree->n_nodes ? (uint32_t)v : VG_TREE_NONE;
    }
    for (size_t v = 0; fine && v < tree->n_nodes; v++) {
        for (uint32_t up = joining->parent.items[v]; up != VG_TREE_NONE && up >= tree->n_nodes && rank[up] > v; up = joining->parent.items[up]) {
            rank[up] = (uint32_t)v;
        }
    }
    /* Children in falling rank, each put before those that are there. Nodes and groups of one rank are never siblings. */
    size_t *order = fine ? malloc(n * sizeof *order) : NULL;
    uint32_t *at_rank = fine ? calloc(tree->n_nodes + (size_t)1, sizeof *at_rank) : NULL;
    fine = fine && order != NULL && at_rank != NULL;
    for (size_t v = 0; fine && v < n; v++) {
        at_rank[rank[v] + 1]++;
    }
    for (size_t r = 1; fine && r <= tree->n_nodes; r++) {
        at_rank[r] += at_rank[r - 1];
    }
    for (size_t v = 0; fine && v < n; v++) {
        order[at_rank[rank[v]]++] = v;
    }
    for (size_t i = fine ? n : 0; i-- > 0;) {
        uint32_t v = (uint32_t)order[i], parent = joining->parent.items[v];
        if (parent != VG_TREE_NONE) {
            next[v] = first[parent];
            first[parent] = v;
        }
    }
    for (uint32_t v = 0; fine && v != VG_TREE_NONE;) {
        uint32_t parent = joining->parent.items[v];
        put_node(joining, v, parent == VG_TREE_NONE ? VG_TREE_NONE : number[parent], builder, number);
        if (first[v] != VG_TREE_NONE) {
            v = first[v];
            continue;
        }
        while (v != VG_TREE_NONE && next[v] == VG_TREE_NONE) {
            v = joining->parent.items[v];
        }
        v = v == VG_TREE_NONE ? v : next[v];
    }
    free(first);
    free(next);
    free(rank);
    free(order);
    free(at_rank);
    return fine;
}

vg_status vg_tree_join_by_gaps(const struct vg_tree *tree, const uint8_t *fixed, uint32_t *renumbered, struct vg_tree **joined, struct vg_error *error)
{
    struct joining joining = {.tree = tree, .fixed = fixed, .leaves = calloc(tree->n_nodes, sizeof(uint32_t)), .moved = calloc(tree->n_gap_events + (size_t)1, 1)};
    struct vg_genome_reference reference = {tree->reference_name, tree->reference, tree->length};
    struct vg_tree_builder *builder = vg_tree_builder_new();
    *joined = NULL;
    bool fine = joining.leaves != NULL && joining.moved != NULL && builder != NULL && find_groups(&joining);
    uint32_t *number = fine ? malloc(joining.parent.n * sizeof *number) : NULL;
    for (uint32_t c = 0; fine && c < tree->n_columns; c++) {
        (void)vg_tree_builder_column(builder, tree->columns[c].name, tree->columns[c].is_clade, tree->columns[c].numbers != NULL);
    }
    fine = fine && number != NULL && put_all(&joining, builder, number);
    if (fine) {
        memcpy(renumbered, number, tree->n_nodes * sizeof *number);
    }
    vg_status status = fine ? VG_OK : vg_fail_memory(error, (size_t)tree->n_nodes * 24);
    if (builder != NULL) {
        vg_status finished = vg_tree_builder_finish(builder, &reference, joined, fine ? error : NULL);
        if (!fine) {
            vg_tree_free(*joined);
            *joined = NULL;
        }
        status = fine ? finished : status;
    }
    free(number);
    free(joining.leaves);
    free(joining.moved);
    free(joining.gains);
    list32_free(&joining.parent);
    list32_free(&joining.group_first);
    list32_free(&joining.group_gaps);
    list32_free(&joining.queue);
    return status;
}
