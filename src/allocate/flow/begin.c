/*
 * The first tree: all on artificial arcs, or made of amounts that the arcs carry already. Arcs between their bounds are joined to parts, smaller to larger; those that would close a cycle are pushed to a bound, the cheaper
 * way round.
 */
#include "allocate/flow/internal.h"

#include <string.h>

/* The arc between a node and the root: towards the root, or the other way where the node takes. */
static void set_artificial(struct vg_flow *flow, uint32_t node, int64_t amount)
{
    const uint32_t arc = flow->n_arcs + node;
    const bool up = amount >= 0;
    flow->source[arc] = up ? node : flow->root;
    flow->target[arc] = up ? flow->root : node;
    flow->cost[arc] = FLOW_COST_LIMIT; /* dearer than twice any way, now and after changes: see find_cut */
    flow->capacity[arc] = VG_FLOW_UNBOUNDED;
    flow->state[arc] = FLOW_AT_ZERO;
}

static void hang_on_root(struct vg_flow *flow, uint32_t node, int64_t amount)
{
    struct flow_node *self = &flow->nodes[node];
    set_artificial(flow, node, amount);
    const int64_t carried = amount < 0 ? -amount : amount, room = VG_FLOW_UNBOUNDED - carried;
    self->parent = flow->root;
    self->arc = flow->n_arcs + node;
    self->up = amount >= 0;
    self->up_room = self->up ? room : carried;
    self->down_room = self->up ? carried : room;
    flow->state[self->arc] = FLOW_IN_TREE;
}

void flow_begin_with_nothing(struct vg_flow *flow)
{
    memset(flow->state, FLOW_AT_ZERO, flow->n_arcs * sizeof *flow->state);
    for (uint32_t node = 0; node < flow->n_nodes; node++) {
        hang_on_root(flow, node, flow->supply[node]);
    }
    flow_root_tree(flow);
    flow->begun = flow->stale = true;
    flow->is_loose = false;
}

static vg_status check_amounts(const struct vg_flow *flow, const int64_t *amounts, struct vg_error *error)
{
    int64_t *left = flow->potential; /* not in use yet */
    memcpy(left, flow->supply, flow->n_nodes * sizeof *left);
    for (uint32_t arc = 0; arc < flow->n_arcs; arc++) {
        if (amounts[arc] < 0 || amounts[arc] > flow->capacity[arc] || amounts[arc] >= VG_FLOW_UNBOUNDED / 2) {
            return vg_fail(error, VG_USAGE_ERROR, "arc %u cannot begin with %lld", arc + 1, (long long)amounts[arc]);
        }
        left[flow->source[arc]] -= amounts[arc];
        left[flow->target[arc]] += amounts[arc];
    }
    for (uint32_t node = 0; node < flow->n_nodes; node++) {
        if (left[node] != 0) {
            return vg_fail(error, VG_USAGE_ERROR, "the flow to begin with does not balance at node %u", node + 1);
        }
    }
    return VG_OK;
}

/* ------------------------------------------------------------------------- parts */

static uint32_t find_part(uint32_t *part, uint32_t node)
{
    while (part[node] != node) {
        part[node] = part[part[node]];
        node = part[node];
    }
    return node;
}

/*
 * Turns the path from `node` to the top of its part round, so that node is the top: then a part is joined to another by one arc. Parts are joined smaller to larger by the caller,
 * which keeps this to n log n.
 */
static void make_top(struct vg_flow *flow, uint32_t node)
{
    struct flow_node carried = {.parent = FLOW_NONE};
    uint32_t child = FLOW_NONE;
    while (node != FLOW_NONE) {
        struct flow_node *self = &flow->nodes[node];
        const struct flow_node old = *self;
        *self = carried;
        self->parent = child;
        carried = (struct flow_node){.arc = old.arc, .up = !old.up, .up_room = old.down_room, .down_room = old.up_room};
        child = node;
        node = old.parent;
    }
}

static void join_by(struct vg_flow *flow, uint32_t below, uint32_t above, uint32_t arc, int64_t amount)
{
    struct flow_node *self = &flow->nodes[below];
    self->parent = above;
    self->arc = arc;
    self->up = flow->source[arc] == below;
    self->up_room = self->up ? flow->capacity[arc] - amount : amount;
    self->down_room = self->up ? amount : flow->capacity[arc] - amount;
    flow->state[arc] = FLOW_IN_TREE;
}

/* Joins the parts at both ends of an arc between its bounds, unless they are one. */
static void join_parts(struct vg_flow *flow, uint32_t arc, int64_t amount)
{
    uint32_t *part = flow->part, *size = flow->thread; /* threads come last */
    const uint32_t a = flow->source[arc], b = flow->target[arc], part_a = find_part(part, a), part_b = find_part(part, b);
    if (part_a == part_b) {
        return;
    }
    const bool swap = size[part_a] > size[part_b];
    const uint32_t below = swap ? b : a, above = swap ? a : b, small = swap ? part_b : part_a, large = swap ? part_a : part_b;
    make_top(flow, below);
    join_by(flow, below, above, arc, amount);
    part[small] = large;
    size[large] += size[small];
}

static bool settle_cycles(struct vg_flow *flow, const int64_t *amounts)
{
    for (uint32_t arc = 0; arc < flow->n_arcs; arc++) {
        if (flow->state[arc] != FLOW_BETWEEN) {
            continue;
        }
        const bool more = flow_reduced(flow, arc) < 0; /* what costs nothing either way goes to 0, which is not far */
        const struct flow_step step = {arc, more ? flow->source[arc] : flow->target[arc], more ? flow->target[arc] : flow->source[arc],
                                       more ? flow->capacity[arc] - amounts[arc] : amounts[arc], more};
        if (!flow_pivot(flow, &step)) {
            return false;
        }
    }
    return true;
}

bool flow_make_tree(struct vg_flow *flow, const int64_t *amounts, const int64_t *left)
{
    uint32_t *part = flow->part, *size = flow->thread;
    for (uint32_t node = 0; node <= flow->n_nodes; node++) {
        part[node] = node;
        size[node] = node == flow->root ? flow->n_nodes + 1 : 1; /* no part is larger than the root's */
        flow->nodes[node] = (struct flow_node){.parent = FLOW_NONE};
    }
    for (uint32_t node = 0; node < flow->n_nodes; node++) {
        set_artificial(flow, node, 0);
        if (left != NULL && left[node] != 0) {
            hang_on_root(flow, node, left[node]);
            part[node] = flow->root;
        }
    }
    for (uint32_t arc = 0; arc < flow->n_arcs; arc++) {
        if (amounts[arc] == 0 || amounts[arc] == flow->capacity[arc]) {
            flow->state[arc] = amounts[arc] == 0 ? FLOW_AT_ZERO : FLOW_AT_CAPACITY;
        } else {
            flow->state[arc] = FLOW_BETWEEN;
            join_parts(flow, arc, amounts[arc]);
        }
    }
    for (uint32_t node = 0; node < flow->n_nodes; node++) {
        if (flow->nodes[node].parent == FLOW_NONE) {
            hang_on_root(flow, node, 0);
        }
    }
    flow_root_tree(flow);
    flow->begun = flow->stale = true;
    flow->is_loose = false;
    return settle_cycles(flow, amounts);
}

vg_status vg_flow_begin(struct vg_flow *flow, const int64_t *amounts, struct vg_error *error)
{
    vg_status status = flow->begun ? vg_fail(error, VG_USAGE_ERROR, "a flow is begun with before it is solved") : check_amounts(flow, amounts, error);
    if (status == VG_OK && !flow_make_tree(flow, amounts, NULL)) {
        status = vg_fail(error, VG_DATA_ERROR, "costs fall without end around a cycle of arcs without capacity");
    }
    return status;
}
