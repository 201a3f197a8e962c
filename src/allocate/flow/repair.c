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

/* The arc out of (or into) the marked part that can carry more that way and is cheapest. */
static uint32_t cheapest_across(const struct vg_flow *flow, bool outwards)
{
    uint32_t best = FLOW_NONE;
    int64_t least = INT64_MAX;
    for (uint32_t arc = 0; arc < flow->n_arcs; arc++) {
        const int from = flow->mark[flow->source[arc]] & 2, to = flow->mark[flow->target[arc]] & 2;
        if (from == to || flow->state[arc] == FLOW_IN_TREE || flow->capacity[arc] == 0) {
            continue;
        }
        const bool leads_out = from != 0;
        if ((leads_out == outwards) != (flow->state[arc] == FLOW_AT_ZERO)) {
            continue;
        }
        const int64_t reduced = flow_reduced(flow, arc), loss = flow->state[arc] == FLOW_AT_ZERO ? reduced : -reduced;
        if (loss < least) {
            least = loss;
            best = arc;
        }
    }
    return best;
}

static void note_cycle(struct vg_flow *flow, uint32_t a, uint32_t b)
{
    while (a != b) {
        uint32_t *lower = flow->nodes[a].size < flow->nodes[b].size ? &a : &b;
        flow_note_bounds(flow, *lower);
        *lower = flow->nodes[*lower].parent;
    }
}

vg_status flow_repair(struct vg_flow *flow, const struct vg_progress *progress, struct vg_error *error)
{
    memset(flow->mark, 0, (size_t)flow->n_nodes + 1); /* may name the cut of a failure */
    flow->n_queue = 0;
    for (uint32_t node = 0; node < flow->n_nodes; node++) {
        flow_note_bounds(flow, node);
    }
    for (uint32_t steps = 1; flow->n_queue > 0; steps++) {
        const uint32_t node = flow->queue[flow->n_queue - 1];
        const struct flow_node *self = &flow->nodes[node];
        if (node == flow->root || (self->up_room >= 0 && self->down_room >= 0)) {
            flow->mark[node] = 0;
            flow->n_queue--;
            continue;
        }
        const bool outwards = self->up_room < 0;
        const int64_t amount = outwards ? -self->up_room : -self->down_room;
        const uint32_t parent = self->parent;
        mark_part(flow, node, 2);
        const uint32_t arc = cheapest_across(flow, outwards);
        mark_part(flow, node, 0);
        if (arc == FLOW_NONE) {
            memset(flow->mark, 0, (size_t)flow->n_nodes + 1);
            mark_part(flow, node, 1);
            for (uint32_t k = 0; k < flow->n_nodes && !outwards; k++) { /* the others have too much for it */
                flow->mark[k] ^= 1;
            }
            return vg_fail(error, VG_DATA_ERROR, "%lld units of supply cannot be carried to where they are due", (long long)amount);
        }
        const struct flow_step step = flow_step_of(flow, arc);
        flow_exchange(flow, &step, amount, node);
        note_cycle(flow, node, parent); /* the cycle, less the arc that left */
        if (steps % 64 == 0 && !vg_progress_report(progress, "planning", 0.0)) {
            return vg_fail(error, VG_CANCELLED, "cancelled");
        }
    }
    flow->broken = false;
    return VG_OK;
}
