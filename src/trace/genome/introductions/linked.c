/*
 * Outbreaks: leaves that a chain of others links, each step no more than so many mutations along the tree. A node keeps the nearest leaf of each outbreak below that
 * could still be linked; those within reach of the nearest of all are one.
 */
#include "trace/genome/introductions/introductions.h"

#include <stdlib.h>
#include <string.h>

struct near_leaf { uint32_t outbreak; uint32_t distance; };
struct near_list { struct near_leaf *items; uint32_t n, capacity; };

static uint32_t find(uint32_t *parent, uint32_t at)
{
    while (parent[at] != at) {
        parent[at] = parent[parent[at]];
        at = parent[at];
    }
    return at;
}

static bool add(struct near_list *list, struct near_leaf item)
{
    if (list->n == list->capacity) {
        uint32_t capacity = list->capacity == 0 ? 4 : 2 * list->capacity;
        struct near_leaf *larger = realloc(list->items, capacity * sizeof *larger);
        if (larger == NULL) {
            return false;
        }
        list->items = larger;
        list->capacity = capacity;
    }
    list->items[list->n++] = item;
    return true;
}

/* Joins what is within reach of the nearest leaf, then goes up the branch and forgets what can reach nobody. */
static void settle(struct near_list *list, uint32_t *parent, uint32_t reach, uint32_t branch)
{
    uint32_t nearest = 0, kept = 0;
    for (uint32_t i = 1; i < list->n; i++) {
        nearest = list->items[i].distance < list->items[nearest].distance ? i : nearest;
    }
    struct near_leaf first = list->n > 0 ? list->items[nearest] : (struct near_leaf){0, 0};
    for (uint32_t i = 0; i < list->n; i++) {
        struct near_leaf one = list->items[i];
        if (i != nearest && one.distance + first.distance <= reach) {
            parent[find(parent, one.outbreak)] = find(parent, first.outbreak);
            continue;
        }
        one.distance += branch;
        if (one.distance <= reach) {
            list->items[kept++] = one;
        }
    }
    list->n = kept;
}

vg_status vg_introductions_linked(const struct vg_tree *tree, const uint32_t *regions, uint32_t mutations, uint32_t *outbreaks, struct vg_error *error)
{
    size_t nodes = tree->n_nodes;
    struct near_list *lists = calloc(nodes == 0 ? 1 : nodes, sizeof *lists);
    bool done = lists != NULL;
    for (uint32_t v = 0; v < nodes; v++) {
        outbreaks[v] = v;
    }
    for (uint32_t v = tree->n_nodes; done && v-- > 0;) {
        struct near_list *own = &lists[v];
        if (vg_tree_is_leaf(tree, v) && (regions == NULL || regions[v] != VG_REGION_ABSENT)) {
            done = add(own, (struct near_leaf){v, 0});
        }
        for (uint32_t child = v + 1; done && child < tree->end[v]; child = tree->end[child]) {
            struct near_list *from = &lists[child];
            if (own->n < from->n) {
                struct near_list other = *own;
                *own = *from;
                *from = other;
            }
            for (uint32_t i = 0; done && i < from->n; i++) {
                done = add(own, from->items[i]);
            }
            free(from->items);
            *from = (struct near_list){.n = 0};
        }
        settle(own, outbreaks, mutations, tree->mutation_start[v + 1] - tree->mutation_start[v]);
    }
    for (uint32_t v = 0; lists != NULL && v < nodes; v++) {
        free(lists[v].items);
    }
    free(lists);
    for (uint32_t v = 0; v < nodes; v++) {
        outbreaks[v] = vg_tree_is_leaf(tree, v) ? find(outbreaks, v) : VG_TREE_NONE; /* parents are leaves, so that none is overwritten before it is asked for */
    }
    return done ? VG_OK : vg_fail_memory(error, nodes * sizeof *lists);
}
