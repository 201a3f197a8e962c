/*
 * Arcs by their ends, for searches in a loose flow: each node has those first that cost far less than nothing beside the potentials, then those near nothing, then those that cost far more. What far means is told by the potentials
 * as they were; potentials drift, and where one has drifted as far as is allowed, the arcs of its node are told apart anew, at both their ends.
 */
#include "allocate/flow/internal.h"

#define DRIFT_BITS 20 /* drift allowed is the largest cost divided by two so often */

/* From what an arc carries: of both its ends. A loop leads nowhere. */
static void find_use(const struct vg_flow *flow, uint32_t arc, uint32_t *source_use, uint32_t *target_use)
{
    const int64_t amount = flow->loose->amount[arc];
    const bool loop = flow->source[arc] == flow->target[arc];
    const uint32_t on = !loop && amount < flow->capacity[arc], back = !loop && amount > 0;
    *source_use = on * FLOW_LEAVES + back * FLOW_ENTERS;
    *target_use = back * FLOW_LEAVES + on * FLOW_ENTERS;
}

/* Of an arc that costs so much beside the bases, as one of its ends sees it: -1 below nothing, 0 near, 1 above. */
static int group_of(const struct flow_loose *loose, int64_t reduced)
{
    return (reduced > FLOW_FAR * loose->drift) - (reduced < -FLOW_FAR * loose->drift);
}

static int64_t reduced_by_base(const struct vg_flow *flow, uint32_t arc)
{
    return flow->cost[arc] + flow->loose->base[flow->source[arc]] - flow->loose->base[flow->target[arc]];
}

static void put_end(struct flow_loose *loose, uint32_t at, struct flow_end end)
{
    loose->ends[at] = end;
    loose->place[end.arc_side] = at;
}

/* Into the groups, by counting. While this lasts, next and back of a label hold where the next of each group goes. */
void flow_index_ends(struct vg_flow *flow)
{
    struct flow_loose *loose = flow->loose;
    struct flow_label *label = loose->label;
    int64_t most = 0;
    for (uint32_t arc = 0; arc < flow->n_arcs; arc++) {
        const int64_t cost = flow->cost[arc] < 0 ? -flow->cost[arc] : flow->cost[arc];
        most = cost > most ? cost : most;
    }
    loose->drift = 1 + (most >> DRIFT_BITS);
    for (uint32_t node = 0; node < flow->n_nodes; node++) {
        loose->base[node] = label[node].potential = flow->potential[node];
        label[node].near = label[node].near_end = 0;
    }
    for (uint32_t arc = 0; arc < flow->n_arcs; arc++) {
        const int group = group_of(loose, reduced_by_base(flow, arc));
        struct flow_label *source = &label[flow->source[arc]], *target = &label[flow->target[arc]];
        source->near += group < 0;
        target->near += group > 0;
        source->near_end += group <= 0;
        target->near_end += group >= 0;
    }
    for (uint32_t node = 0; node < flow->n_nodes; node++) {
        label[node].near += loose->first_end[node];
        label[node].near_end += loose->first_end[node];
        label[node].next[0] = loose->first_end[node];
        label[node].next[1] = label[node].near;
        label[node].back[0] = label[node].near_end;
    }
    for (uint32_t arc = 0; arc < flow->n_arcs; arc++) {
        uint32_t source_use, target_use;
        find_use(flow, arc, &source_use, &target_use);
        const uint32_t source = flow->source[arc], target = flow->target[arc];
        const int group = group_of(loose, reduced_by_base(flow, arc));
        struct flow_label *a = &label[source], *b = &label[target];
        uint32_t *at_source = group < 0 ? &a->next[0] : group == 0 ? &a->next[1] : &a->back[0], *at_target;
        put_end(loose, (*at_source)++, (struct flow_end){flow->cost[arc], 4 * target + source_use, 2 * arc + 1});
        at_target = group > 0 ? &b->next[0] : group == 0 ? &b->next[1] : &b->back[0];
        put_end(loose, (*at_target)++, (struct flow_end){-flow->cost[arc], 4 * source + target_use, 2 * arc});
    }
}

void flow_note_room(struct vg_flow *flow, uint32_t arc)
{
    struct flow_loose *loose = flow->loose;
    uint32_t source_use, target_use;
    find_use(flow, arc, &source_use, &target_use);
    loose->ends[loose->place[2 * arc + 1]].far_use = 4 * flow->target[arc] + source_use;
    loose->ends[loose->place[2 * arc]].far_use = 4 * flow->source[arc] + target_use;
}

static void swap_ends(struct flow_loose *loose, uint32_t a, uint32_t b)
{
    const struct flow_end end = loose->ends[a];
    put_end(loose, a, loose->ends[b]);
    put_end(loose, b, end);
}

/* The end of an arc goes to a group of its node, by way of the near ones. Where it stands is known by its place alone. */
static void regroup(struct flow_loose *loose, uint32_t node, uint32_t arc_side, int group)
{
    struct flow_label *label = &loose->label[node];
    const uint32_t at = loose->place[arc_side];
    const int old = (at >= label->near_end) - (at < label->near);
    if (old < 0 && group >= 0) {
        swap_ends(loose, at, --label->near);
    } else if (old > 0 && group <= 0) {
        swap_ends(loose, at, label->near_end++);
    }
    if (old >= 0 && group < 0) {
        swap_ends(loose, loose->place[arc_side], label->near++);
    } else if (old <= 0 && group > 0) {
        swap_ends(loose, loose->place[arc_side], --label->near_end);
    }
}

void flow_set_potential(struct vg_flow *flow, uint32_t node, int64_t potential)
{
    struct flow_loose *loose = flow->loose;
    flow->potential[node] = loose->label[node].potential = potential;
    const int64_t away = potential - loose->base[node];
    if (away <= loose->drift && away >= -loose->drift) {
        return;
    }
    loose->base[node] = potential;
    uint32_t low = loose->first_end[node], high = loose->first_end[node + 1];
    for (uint32_t at = low; at < high;) {
        const uint32_t arc_side = loose->ends[at].arc_side, far = loose->ends[at].far_use / 4;
        const int64_t reduced = reduced_by_base(flow, arc_side / 2);
        const int group = group_of(loose, (arc_side & 1) != 0 ? reduced : -reduced);
        if (far != node) {
            regroup(loose, far, arc_side ^ 1, -group);
        }
        if (group < 0) {
            swap_ends(loose, at++, low++);
        } else if (group > 0) {
            swap_ends(loose, at, --high);
        } else {
            at++;
        }
    }
    loose->label[node].near = low;
    loose->label[node].near_end = high;
}
