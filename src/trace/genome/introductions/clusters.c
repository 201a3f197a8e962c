/*
 * matUtils' heuristic for every region at once. Nodes are taken from the last to the first, so that children come before parents; a node has a list of the regions
 * below it with their numbers of leaves, their nearest leaf, and the groups of leaves whose way to the root has not ended yet. The longest list of a node's
 * children becomes its own; distances in it are relative to an offset, so that going up a branch costs nothing.
 */
#include "trace/genome/introductions/introductions.h"

#include <stdlib.h>
#include <string.h>

#define ORIGIN_LEAST 0.05
#define WITHIN 0.5

/* Leaves of one region below a node, and their groups, each named by its first leaf. */
struct entry {
    uint32_t region, n, first_group, last_group;
    int64_t nearest; /* mutations, less the list's offset */
    double degree;   /* C at the node at hand */
};
struct list {
    struct entry *entries; /* by region */
    uint32_t n, capacity, n_leaves;
    int64_t offset;
};
struct pass {
    const struct vg_tree *tree;
    struct list *lists;                                           /* [n_nodes]; freed as parents take them */
    uint32_t *group_node, *group_last, *group_n, *group_next;     /* [n_nodes] by first leaf */
    double *group_confidence;
    struct vg_introductions *out;                                 /* room for one introduction a leaf */
};

/* Where the region is, or would be. */
static uint32_t list_find(const struct list *list, uint32_t region)
{
    uint32_t low = 0, high = list->n;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (list->entries[middle].region < region) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool list_room(struct list *list)
{
    if (list->n == list->capacity) {
        uint32_t capacity = list->capacity == 0 ? 2 : 2 * list->capacity;
        struct entry *larger = realloc(list->entries, capacity * sizeof *larger);
        if (larger == NULL) {
            return false;
        }
        list->entries = larger;
        list->capacity = capacity;
    }
    return true;
}

/* The shorter list into the longer one. */
static bool take_list(struct pass *pass, struct list *into, struct list *from)
{
    if (from->n > into->n) {
        struct list other = *into;
        *into = *from;
        *from = other;
    }
    into->n_leaves += from->n_leaves;
    for (uint32_t i = 0; i < from->n; i++) {
        struct entry one = from->entries[i];
        uint32_t at = list_find(into, one.region);
        one.nearest += from->offset - into->offset;
        if (at < into->n && into->entries[at].region == one.region) {
            struct entry *own = &into->entries[at];
            own->n += one.n;
            own->nearest = one.nearest < own->nearest ? one.nearest : own->nearest;
            if (own->first_group == VG_TREE_NONE) {
                own->first_group = one.first_group;
                own->last_group = one.last_group;
            } else if (one.first_group != VG_TREE_NONE) {
                pass->group_next[own->last_group] = one.first_group;
                own->last_group = one.last_group;
            }
        } else {
            if (!list_room(into)) {
                return false;
            }
            memmove(into->entries + at + 1, into->entries + at, (into->n - at) * sizeof one);
            into->entries[at] = one;
            into->n++;
        }
    }
    free(from->entries);
    *from = (struct list){.n = 0};
    return true;
}

/* C of every region at a node, from its list. */
static void fill_degrees(struct list *list)
{
    int64_t best = INT64_MAX, second = INT64_MAX;
    uint32_t of_best = 0;
    for (uint32_t i = 0; i < list->n; i++) {
        int64_t nearest = list->entries[i].nearest;
        if (nearest < best) {
            second = best;
            best = nearest;
            of_best = i;
        } else if (nearest < second) {
            second = nearest;
        }
    }
    for (uint32_t i = 0; i < list->n; i++) {
        struct entry *one = &list->entries[i];
        uint32_t others = list->n_leaves - one->n;
        double within = (double)(one->nearest + list->offset), without = others == 0 ? 0 : (double)((i == of_best ? second : best) + list->offset);
        if (others == 0 || within == 0) {
            one->degree = 1;
        } else if (without == 0) {
            one->degree = 0;
        } else {
            one->degree = 1 / (1 + within / one->n / (without / others));
        }
    }
}

/* The region with the highest C but this one's. */
static void fill_origin(const struct list *list, struct vg_introduction *one)
{
    one->origin = VG_REGION_NONE;
    for (uint32_t i = 0; i < list->n; i++) {
        const struct entry *other = &list->entries[i];
        if (other->region != one->region && other->region != VG_REGION_NONE && other->degree >= ORIGIN_LEAST && other->degree > one->origin_confidence) {
            one->origin = other->region;
            one->origin_confidence = other->degree;
        }
    }
}

/* The groups of a region have come to their ends: at the node, whose parent's list this is; NULL: at the root. */
static void close_groups(struct pass *pass, const struct list *parent, struct entry *entry)
{
    for (uint32_t group = entry->first_group; group != VG_TREE_NONE; group = pass->group_next[group]) {
        struct vg_introduction *one = &pass->out->list[pass->out->n++];
        *one = (struct vg_introduction){.node = pass->group_node[group], .region = entry->region, .origin = VG_REGION_NONE,
                                        .confidence = pass->group_confidence[group], .n_leaves = pass->group_n[group], .first_leaf = group};
        if (parent != NULL) {
            fill_origin(parent, one);
        }
    }
    entry->first_group = entry->last_group = VG_TREE_NONE;
}

/* All groups of a region are one, which goes on. */
static void join_groups(struct pass *pass, struct entry *entry, uint32_t node)
{
    uint32_t first = entry->first_group;
    for (uint32_t group = first == VG_TREE_NONE ? first : pass->group_next[first]; group != VG_TREE_NONE; group = pass->group_next[group]) {
        pass->out->next_leaf[pass->group_last[first]] = group;
        pass->group_last[first] = pass->group_last[group];
        pass->group_n[first] += pass->group_n[group];
    }
    if (first != VG_TREE_NONE) {
        pass->group_next[first] = VG_TREE_NONE;
        entry->last_group = first;
        pass->group_node[first] = node;
        pass->group_confidence[first] = entry->degree;
    }
}

static bool begin_leaf(struct pass *pass, uint32_t leaf, uint32_t region)
{
    struct list *list = &pass->lists[leaf];
    if (!list_room(list)) {
        return false;
    }
    bool inside = region != VG_REGION_NONE;
    list->entries[0] = (struct entry){.region = region, .n = 1, .first_group = inside ? leaf : VG_TREE_NONE, .last_group = inside ? leaf : VG_TREE_NONE};
    list->n = list->n_leaves = 1;
    pass->group_node[leaf] = pass->group_last[leaf] = leaf;
    pass->group_n[leaf] = 1;
    pass->group_next[leaf] = VG_TREE_NONE;
    pass->group_confidence[leaf] = 1;
    return true;
}

static bool visit(struct pass *pass, uint32_t v, const uint32_t *regions)
{
    const struct vg_tree *tree = pass->tree;
    struct list *own = &pass->lists[v];
    if (vg_tree_is_leaf(tree, v)) {
        if (regions[v] != VG_REGION_ABSENT && !begin_leaf(pass, v, regions[v])) {
            return false;
        }
    } else {
        for (uint32_t child = v + 1; child < tree->end[v]; child = tree->end[child]) {
            if (!take_list(pass, own, &pass->lists[child])) {
                return false;
            }
        }
        fill_degrees(own);
        for (uint32_t i = 0; i < own->n; i++) {
            struct entry *one = &own->entries[i];
            if (one->region == VG_REGION_NONE) {
                continue;
            }
            if (one->degree >= WITHIN) {
                join_groups(pass, one, v);
            } else {
                close_groups(pass, own, one);
            }
        }
    }
    own->offset += (int64_t)tree->mutation_start[v + 1] - tree->mutation_start[v];
    return true;
}

static int in_order(const void *a, const void *b)
{
    const struct vg_introduction *x = a, *y = b;
    if (x->region != y->region) {
        return x->region < y->region ? -1 : 1;
    }
    if (x->n_leaves != y->n_leaves) {
        return x->n_leaves > y->n_leaves ? -1 : 1;
    }
    return x->node < y->node ? -1 : x->node > y->node;
}

static bool take_memory(struct pass *pass, struct vg_arena *arena)
{
    const struct vg_tree *tree = pass->tree;
    struct vg_introductions *out = pass->out;
    pass->group_node = VG_ARENA_ARRAY(arena, uint32_t, tree->n_nodes);
    pass->group_last = VG_ARENA_ARRAY(arena, uint32_t, tree->n_nodes);
    pass->group_n = VG_ARENA_ARRAY(arena, uint32_t, tree->n_nodes);
    pass->group_next = VG_ARENA_ARRAY(arena, uint32_t, tree->n_nodes);
    pass->group_confidence = VG_ARENA_ARRAY(arena, double, tree->n_nodes);
    out->list = VG_ARENA_ARRAY(arena, struct vg_introduction, tree->n_leaves);
    out->of_leaf = VG_ARENA_ARRAY(arena, uint32_t, tree->n_nodes);
    out->next_leaf = VG_ARENA_ARRAY(arena, uint32_t, tree->n_nodes);
    return out->next_leaf != NULL && !arena->failed;
}

vg_status vg_introductions_clusters(const struct vg_tree *tree, const uint32_t *regions, size_t n_regions, struct vg_arena *arena, struct vg_introductions *out,
                                    struct vg_error *error)
{
    struct pass pass = {.tree = tree, .out = out, .lists = calloc(tree->n_nodes == 0 ? 1 : tree->n_nodes, sizeof(struct list))};
    bool done = pass.lists != NULL && take_memory(&pass, arena);
    for (uint32_t v = 0; done && v < tree->n_nodes; v++) {
        VG_ASSERT(!vg_tree_is_leaf(tree, v) || regions[v] >= VG_REGION_ABSENT || regions[v] < n_regions);
        out->of_leaf[v] = out->next_leaf[v] = VG_TREE_NONE;
    }
    out->n = 0;
    for (uint32_t v = tree->n_nodes; done && v-- > 0;) {
        done = visit(&pass, v, regions);
    }
    for (uint32_t i = 0; done && tree->n_nodes > 0 && i < pass.lists[0].n; i++) {
        close_groups(&pass, NULL, &pass.lists[0].entries[i]);
    }
    for (uint32_t v = 0; pass.lists != NULL && v < tree->n_nodes; v++) {
        free(pass.lists[v].entries);
    }
    free(pass.lists);
    if (!done) {
        return vg_fail_memory(error, tree->n_nodes * sizeof(struct list));
    }
    qsort(out->list, out->n, sizeof *out->list, in_order);
    for (uint32_t i = 0; i < out->n; i++) {
        for (uint32_t leaf = out->list[i].first_leaf; leaf != VG_TREE_NONE; leaf = out->next_leaf[leaf]) {
            out->of_leaf[leaf] = i;
        }
    }
    return VG_OK;
}
