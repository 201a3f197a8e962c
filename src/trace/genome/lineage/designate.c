/*
 * New lineages by how much of their descendants' genotypes a name would capture: greedy, from the most telling node on, each new one a lineage to be looked into again.
 */
#include "trace/genome/lineage/lineage.h"

#include <stdlib.h>
#include <string.h>

struct region { uint32_t root; uint32_t parent_lineage, within; }; /* one lineage: what is below its root and of no other */

struct pass {
    const struct vg_tree *tree;
    const struct vg_designation_model *model;
    uint32_t *owner;      /* [n_nodes] region of a node */
    double *weight, *below; /* [n_nodes] leaves of the region below a node, and the sum of their distances from it */
    uint32_t *depth;      /* [n_nodes] mutations from the root of the tree */
    const double *weights;
};

/* Leaves of a region below each of its nodes; the best node in it that is not its root, by index. */
static bool best_node(struct pass *pass, uint32_t region, uint32_t root, struct vg_designation *best)
{
    const struct vg_tree *tree = pass->tree;
    uint32_t end = tree->end[root];
    for (uint32_t v = root; v < end; v++) {
        pass->weight[v] = pass->below[v] = 0;
    }
    best->index = 0;
    for (uint32_t v = end; v-- > root;) {
        if (pass->owner[v] != region) {
            continue;
        }
        if (vg_tree_is_leaf(tree, v)) {
            pass->weight[v] = pass->weights == NULL ? 1 : pass->weights[v];
        }
        if (v == root) {
            break;
        }
        uint32_t parent = tree->parent[v];
        double own = tree->mutation_start[v + 1] - tree->mutation_start[v];
        pass->weight[parent] += pass->weight[v];
        pass->below[parent] += pass->below[v] + own * pass->weight[v];
    }
    double least = pass->model->least_leaves, share = pass->model->least_share * pass->weight[root];
    for (uint32_t v = root + 1; v < end; v++) {
        uint32_t path = pass->owner[v] == region ? pass->depth[v] - pass->depth[root] : 0;
        if (path < pass->model->least_mutations || path == 0 || pass->weight[v] < least || pass->weight[v] < share || vg_tree_is_leaf(tree, v)) {
            continue;
        }
        double captured = path / (path + pass->below[v] / pass->weight[v]), index = pass->weight[v] * captured;
        if (index > best->index) {
            best->node = v;
            best->n_leaves = (uint32_t)pass->weight[v];
            best->n_mutations = path;
            best->index = index;
            best->captured = captured;
        }
    }
    return best->index > 0;
}

void vg_designation_defaults(struct vg_designation_model *model)
{
    *model = (struct vg_designation_model){.least_leaves = 20, .least_mutations = 1, .least_share = 0.05, .most = 1000};
}

/* Each node's region: that of the nearest ancestor at which a lineage begins. */
static size_t first_regions(struct pass *pass, const struct vg_tree_column *lineages, struct region *regions)
{
    const struct vg_tree *tree = pass->tree;
    size_t n = 0;
    for (uint32_t v = 0; v < tree->n_nodes; v++) {
        uint32_t code = lineages == NULL ? VG_TREE_NONE : lineages->codes[v];
        bool begins = v == 0 || (lineages != NULL && code != lineages->codes[tree->parent[v]]);
        pass->depth[v] = (v == 0 ? 0 : pass->depth[tree->parent[v]]) + tree->mutation_start[v + 1] - tree->mutation_start[v];
        if (begins) {
            regions[n] = (struct region){.root = v, .parent_lineage = code == VG_TREE_NONE ? VG_LINEAGE_NONE : code, .within = VG_LINEAGE_NONE};
            pass->owner[v] = (uint32_t)n++;
        } else {
            pass->owner[v] = pass->owner[tree->parent[v]];
        }
    }
    return n;
}

vg_status vg_lineage_designate(const struct vg_tree *tree, const struct vg_tree_column *lineages, const double *weights, const struct vg_designation_model *model,
                               struct vg_arena *arena, struct vg_designation **list, size_t *n, struct vg_error *error)
{
    size_t nodes = tree->n_nodes, capacity = nodes + model->most;
    struct pass pass = {.tree = tree, .model = model, .weights = weights, .owner = VG_ARENA_ARRAY(arena, uint32_t, nodes), .weight = VG_ARENA_ARRAY(arena, double, nodes),
                        .below = VG_ARENA_ARRAY(arena, double, nodes), .depth = VG_ARENA_ARRAY(arena, uint32_t, nodes)};
    struct region *regions = VG_ARENA_ARRAY(arena, struct region, capacity);
    *list = VG_ARENA_ARRAY(arena, struct vg_designation, model->most);
    *n = 0;
    if (regions == NULL || *list == NULL || pass.depth == NULL || arena->failed) {
        return vg_fail_memory(error, capacity * sizeof *regions);
    }
    size_t n_regions = first_regions(&pass, lineages, regions);
    for (size_t region = 0; region < n_regions && *n < model->most; region++) {
        struct vg_designation one;
        while (*n < model->most && best_node(&pass, (uint32_t)region, regions[region].root, &one)) {
            one.parent_lineage = regions[region].parent_lineage;
            one.within = regions[region].within;
            for (uint32_t v = one.node; v < tree->end[one.node]; v++) {
                pass.owner[v] = pass.owner[v] == region ? (uint32_t)n_regions : pass.owner[v];
            }
            regions[n_regions++] = (struct region){.root = one.node, .parent_lineage = one.parent_lineage, .within = (uint32_t)*n};
            (*list)[(*n)++] = one;
        }
    }
    return VG_OK;
}
