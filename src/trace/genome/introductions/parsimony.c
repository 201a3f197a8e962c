/*
 * How few and how many importations the histories with the fewest changes have: Sankoff's recursion on two states with pairs of costs, changes first and then
 * importations, these once as small and once as large as can be. A region at a time, on the nodes that have leaves of both kinds below.
 */
#include "trace/genome/introductions/introductions.h"

#include <string.h>

struct cost { uint32_t changes, imports; };
/* Of a node without (0) and within (1) the region; few and many importations. */
struct costs { struct cost few[2], many[2]; };

struct region_pass {
    const struct vg_tree *tree;
    const uint32_t *regions;
    struct costs *costs; /* [workers * n_nodes] */
    struct vg_introductions_range *out;
};

#define IMPOSSIBLE 1000000000u

static struct cost with_change(struct cost cost, size_t from, size_t to)
{
    return (struct cost){cost.changes + (from != to), cost.imports + (from == 0 && to == 1)};
}

static struct cost better(struct cost a, struct cost b, bool many)
{
    if (a.changes != b.changes) {
        return a.changes < b.changes ? a : b;
    }
    return (a.imports > b.imports) == many ? a : b;
}

static void add_child(struct costs *parent, const struct costs *child)
{
    for (size_t from = 0; from < 2; from++) {
        struct cost few = better(with_change(child->few[0], from, 0), with_change(child->few[1], from, 1), false);
        struct cost many = better(with_change(child->many[0], from, 0), with_change(child->many[1], from, 1), true);
        parent->few[from].changes += few.changes;
        parent->few[from].imports += few.imports;
        parent->many[from].changes += many.changes;
        parent->many[from].imports += many.imports;
    }
}

static void one_region(void *context, size_t region, unsigned worker)
{
    struct region_pass *pass = context;
    const struct vg_tree *tree = pass->tree;
    struct costs *costs = pass->costs + worker * (size_t)tree->n_nodes;
    memset(costs, 0, tree->n_nodes * sizeof *costs);
    for (uint32_t v = tree->n_nodes; v-- > 0;) {
        if (vg_tree_is_leaf(tree, v) && pass->regions[v] != VG_REGION_ABSENT) {
            size_t wrong = pass->regions[v] == region ? 0 : 1;
            costs[v].few[wrong].changes = costs[v].many[wrong].changes = IMPOSSIBLE;
        }
        for (size_t state = 0; state < 2; state++) { /* sums of impossible ones stay impossible */
            costs[v].few[state].changes = costs[v].few[state].changes < IMPOSSIBLE ? costs[v].few[state].changes : IMPOSSIBLE;
            costs[v].many[state].changes = costs[v].many[state].changes < IMPOSSIBLE ? costs[v].many[state].changes : IMPOSSIBLE;
        }
        if (v > 0) {
            add_child(&costs[tree->parent[v]], &costs[v]);
        }
    }
    struct cost few = better(costs[0].few[0], (struct cost){costs[0].few[1].changes, costs[0].few[1].imports + 1}, false);
    struct cost many = better(costs[0].many[0], (struct cost){costs[0].many[1].changes, costs[0].many[1].imports + 1}, true);
    pass->out[region] = (struct vg_introductions_range){few.changes, few.imports, many.imports};
}

vg_status vg_introductions_parsimony(const struct vg_tree *tree, const uint32_t *regions, size_t n_regions, struct vg_pool *pool, struct vg_arena *arena,
                                     struct vg_introductions_range *out, struct vg_error *error)
{
    size_t n = 0;
    struct region_pass pass = {.tree = tree, .regions = regions, .out = out};
    if (!vg_multiply_size(vg_pool_threads(pool), tree->n_nodes, &n) || (pass.costs = VG_ARENA_ARRAY(arena, struct costs, n)) == NULL) {
        return vg_fail_memory(error, n * sizeof(struct costs));
    }
    if (tree->n_nodes > 0) {
        vg_parallel_for(pool, n_regions, one_region, &pass);
    }
    return VG_OK;
}
