/*
 * Back to a flow within its bounds after supplies or capacities changed: dual simplex steps. The tree's costs are optimal, only flows are out of bounds; each step takes one such arc
 * to its bound and lets the arc across the same cut that costs least more take what it could not carry.
 */
#include "allocate/flow/internal.h"

#include <string.h>

void flow_note_bounds(struct vg_flow *flow, uint32_t node)
{
    const struct flow_node *self = &flow->nodes[node];
    if (self->up_room >= 0 && self->down_room >= 0) {
        return;
    }
    flow->broken = true;
    if (!flow->mark[node]) {
        flow->mark[node] = 1;
        flow->queue[flow->n_queue++] = node;
    }
}

static void mark_part(struct vg_flow *flow, uint32_t top, uint8_t value)
{
    for (uint32_t node = top, k = 0; k < flow->nodes[top].size; k++, node = flow->thread[node]) {
        flow->mark[node] = (uint8_t)((flow->mark[node] & 1) | value);
    }
}

/* Arcs by both their ends, by counting. */
bool flow_index_arcs(struct vg_flow *flow)
{
    const uint32_t n = flow->n_nodes, m = flow->n_arcs;
    if (flow->ends != NULL) {
        return true;
    }
    uint32_t *first = VG_ARENA_ARRAY(flow->arena, uint32_t, (size_t)n + 2);
    struct flow_end *ends = VG_ARENA_ARRAY(flow->arena, struct flow_end, 2 * (size_t)m + 1);
    flow->crossing = VG_ARENA_ARRAY(flow->arena, struct flow_crossing, (size_t)m + 1);
    if (flow->arena->failed) {
        return false;
    }
    for (uint32_t arc = 0; arc < m; arc++) {
        first[flow->source[arc] + 2]++;
        first[flow->target[arc] + 2]++;
    }
    for (uint32_t node = 0; node < n; node++) {
        first[node + 2] += first[node + 1];
    }
    for (uint32_t arc = 0; arc < m; arc++) {
        ends[first[flow->source[arc] + 1]++] = (struct flow_end){flow->target[arc], 2 * arc + 1};
        ends[first[flow->target[arc] + 1]++] = (struct flow_end){flow->source[arc], 2 * arc};
    }
    flow->first_end = first;
    flow->ends = ends;
    return true;
}

/* Arcs that can carry more out of the marked part (or into it), each once; found at the nodes of the smaller side. */
static uint32_t find_crossing(const struct vg_flow *flow, uint32_t top, bool outwards)
{
    const struct flow_node *part = &flow->nodes[top];
    const bool others = 2 * (uint64_t)part->size > flow->n_nodes;
    const uint32_t begin = others ? flow->thread[part->last] : top, end = others ? top : flow->thread[part->last];
    const int inside = others ? 0 : 2;
    uint32_t n = 0;
    for (uint32_t node = begin; node != end; node = flow->thread[node]) {
        if (node == flow->root) {
            continue;
        }
        for (uint32_t k = flow->first_end[node]; k < flow->first_end[node + 1]; k++) {
            const struct flow_end seen = flow->ends[k];
            const uint32_t arc = seen.arc_side / 2;
            if ((flow->mark[seen.far] & 2) == inside || flow->state[arc] == FLOW_IN_TREE || flow->capacity[arc] == 0) {
                continue;
            }
            const bool leads_out = (seen.arc_side & 1) == (others ? 0 : 1);
            if ((leads_out == outwards) == (flow->state[arc] == FLOW_AT_ZERO)) {
                const int64_t reduced = flow_reduced(flow, arc);
                flow->crossing[n++] = (struct flow_crossing){flow->state[arc] == FLOW_AT_ZERO ? reduced : -reduced, arc};
            }
        }
    }
    return n;
}

static bool before(const struct flow_crossing *a, const struct flow_crossing *b)
{
    return a->loss != b->loss ? a->loss < b->loss : a->arc < b->arc;
}

void flow_heap_sift(struct flow_crossing *heap, uint32_t n, uint32_t at)
{
    const struct flow_crossing moved = heap[at];
    for (uint32_t child; (child = 2 * at + 1) < n; at = child) {
        child += child + 1 < n && before(&heap[child + 1], &heap[child]);
        if (!before(&heap[child], &moved)) {
            break;
        }
        heap[at] = heap[child];
    }
    heap[at] = moved;
}

void flow_heap_put(struct flow_crossing *heap, uint32_t n, struct flow_crossing more)
{
    uint32_t at = n;
    for (uint32_t parent; at > 0 && before(&more, &heap[parent = (at - 1) / 2]); at = parent) {
        heap[at] = heap[parent];
    }
    heap[at] = more;
}

static void note_cycle(struct vg_flow *flow, uint32_t a, uint32_t b)
{
    while (a != b) {
        uint32_t *lower = flow->nodes[a].size < flow->nodes[b].size ? &a : &b;
        flow_note_bounds(flow, *lower);
        *lower = flow->nodes[*lower].parent;
    }
}

static vg_status name_cut(struct vg_flow *flow, uint32_t node, bool outwards, int64_t amount, struct vg_error *error)
{
    memset(flow->mark, 0, (size_t)flow->n_nodes + 1);
    mark_part(flow, node, 1);
    for (uint32_t k = 0; k < flow->n_nodes && !outwards; k++) { /* the others have too much for it */
        flow->mark[k] ^= 1;
    }
    return vg_fail(error, VG_DATA_ERROR, "%lld units of supply cannot be carried to where they are due", (long long)amount);
}

/*
 * Brings the arc above a node to the bound that it passed. The arcs across its cut take what it may not carry, the cheapest first: those that fill up go from bound to bound (the long step
 * of dual simplex methods; Maros 2003), the first that does not comes into the tree.
 */
static vg_status settle_cut(struct vg_flow *flow, uint32_t node, struct vg_error *error)
{
    const struct flow_node *self = &flow->nodes[node];
    const bool outwards = self->up_room < 0;
    int64_t amount = outwards ? -self->up_room : -self->down_room;
    mark_part(flow, node, 2);
    uint32_t n = find_crossing(flow, node, outwards);
    mark_part(flow, node, 0);
    for (uint32_t k = n / 2; k-- > 0;) {
        flow_heap_sift(flow->crossing, n, k);
    }
    while (n > 0) {
        const struct flow_step step = flow_step_of(flow, flow->crossing[0].arc);
        if (step.room >= amount || n == 1) {
            flow_exchange(flow, &step, amount, node);
            return VG_OK;
        }
        flow_push_round(flow, &step, step.room);
        note_cycle(flow, step.first, step.second);
        amount -= step.room;
        flow->crossing[0] = flow->crossing[--n];
        flow_heap_sift(flow->crossing, n, 0);
    }
    return name_cut(flow, node, outwards, amount, error);
}

/* Of the queue the node whose arc is farthest out of bounds, put last: large faults first make fewer of them. */
static uint32_t next_broken(struct vg_flow *flow)
{
    uint32_t worst = flow->n_queue - 1;
    int64_t most = -1;
    for (uint32_t k = 0; k < flow->n_queue; k++) {
        const struct flow_node *node = &flow->nodes[flow->queue[k]];
        const int64_t fault = -(node->up_room < node->down_room ? node->up_room : node->down_room);
        if (fault > most) {
            most = fault;
            worst = k;
        }
    }
    const uint32_t chosen = flow->queue[worst];
    flow->queue[worst] = flow->queue[flow->n_queue - 1];
    flow->queue[flow->n_queue - 1] = chosen;
    return chosen;
}

vg_status flow_repair(struct vg_flow *flow, const struct vg_progress *progress, struct vg_error *error)
{
    if (!flow_index_arcs(flow)) {
        return vg_fail_memory(error, flow->n_arcs * (size_t)32);
    }
    memset(flow->mark, 0, (size_t)flow->n_nodes + 1); /* may name the cut of a failure */
    flow->n_queue = 0;
    for (uint32_t node = 0; node < flow->n_nodes; node++) {
        flow_note_bounds(flow, node);
    }
    for (uint32_t steps = 1; flow->n_queue > 0; steps++) {
        const uint32_t node = next_broken(flow);
        const struct flow_node *self = &flow->nodes[node];
        if (node == flow->root || (self->up_room >= 0 && self->down_room >= 0)) {
            flow->mark[node] = 0;
            flow->n_queue--;
            continue;
        }
        const uint32_t parent = self->parent;
        vg_status status = settle_cut(flow, node, error);
        if (status != VG_OK) {
            return status;
        }
        note_cycle(flow, node, parent); /* the cycle, less the arc that left */
        if (steps % 64 == 0 && !vg_progress_report(progress, "planning", 0.0)) {
            return vg_fail(error, VG_CANCELLED, "cancelled");
        }
    }
    flow->broken = false;
    return VG_OK;
}
