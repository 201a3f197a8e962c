/*
 * Changes after a solution. What is more or less at a node, or what an arc may no longer carry, is sent on through the loose flow; what finds no way is left to the steps, from a tree that is made of the amounts.
 */
#include "allocate/flow/internal.h"

#include <string.h>

#define LINE_BYTES 64u

static vg_status make_loose(struct vg_flow *flow, struct vg_error *error)
{
    const size_t n = flow->n_nodes, m = flow->n_arcs;
    struct flow_loose *loose = VG_ARENA_ARRAY(flow->arena, struct flow_loose, 1);
    char *labels = VG_ARENA_ARRAY(flow->arena, char, (n + 1) * sizeof(struct flow_label));
    if (loose == NULL || labels == NULL) {
        return vg_fail_memory(error, n * sizeof(struct flow_label));
    }
    *loose = (struct flow_loose){.label = (struct flow_label *)(void *)(labels + (LINE_BYTES - (uintptr_t)labels % LINE_BYTES) % LINE_BYTES),
        .amount = VG_ARENA_ARRAY(flow->arena, int64_t, m + 1), .left = VG_ARENA_ARRAY(flow->arena, int64_t, n), .first_end = VG_ARENA_ARRAY(flow->arena, uint32_t, n + 2),
        .base = VG_ARENA_ARRAY(flow->arena, int64_t, n), .place = VG_ARENA_ARRAY(flow->arena, uint32_t, 2 * m + 1), .ends = VG_ARENA_ARRAY(flow->arena, struct flow_end, 2 * m + 1), .settled = {VG_ARENA_ARRAY(flow->arena, uint32_t, n), VG_ARENA_ARRAY(flow->arena, uint32_t, n)}};
    if (flow->arena->failed) {
        return vg_fail_memory(error, m * 48 + n * 32);
    }
    for (uint32_t arc = 0; arc < m; arc++) {
        loose->first_end[flow->source[arc] + 1]++;
        loose->first_end[flow->target[arc] + 1]++;
    }
    for (uint32_t node = 0; node < n; node++) {
        loose->first_end[node + 1] += loose->first_end[node];
    }
    flow->loose = loose;
    return VG_OK;
}

/* From the tree, once it is one of least cost, to amounts. */
static vg_status loosen(struct vg_flow *flow, struct vg_error *error)
{
    vg_status status = flow->is_loose && flow->loose->worn ? flow_tighten(flow, error) : VG_OK;
    if (flow->is_loose || status != VG_OK) {
        return status;
    }
    if (!flow->begun) {
        flow_begin_with_nothing(flow);
    }
    status = flow->stale ? flow_improve(flow, NULL, error) : VG_OK;
    status = status == VG_OK && flow->loose == NULL ? make_loose(flow, error) : status;
    if (status != VG_OK) {
        return status;
    }
    struct flow_loose *loose = flow->loose;
    vg_flow_read(flow, loose->amount, NULL);
    loose->n_left = 0;
    loose->worn = false;
    for (uint32_t node = 0; node < flow->n_nodes; node++) {
        const struct flow_node *self = &flow->nodes[node];
        const int64_t amount = self->arc < flow->n_arcs ? 0 : flow_above_amount(self);
        loose->left[node] = self->up ? amount : -amount;
        loose->n_left += (uint64_t)amount;
    }
    flow_index_ends(flow);
    flow->is_loose = true;
    return VG_OK;
}

vg_status flow_tighten(struct vg_flow *flow, struct vg_error *error)
{
    return !flow->is_loose || flow_make_tree(flow, flow->loose->amount, flow->loose->n_left > 0 ? flow->loose->left : NULL)
               ? VG_OK
               : vg_fail(error, VG_DATA_ERROR, "costs fall without end around a cycle of arcs without capacity");
}

vg_status vg_flow_expect_changes(struct vg_flow *flow, struct vg_error *error)
{
    return loosen(flow, error);
}

static uint64_t size_of(int64_t amount)
{
    return amount < 0 ? (uint64_t)-amount : (uint64_t)amount;
}

static void leave(struct flow_loose *loose, uint32_t node, int64_t amount)
{
    loose->n_left -= size_of(loose->left[node]);
    loose->left[node] += amount;
    loose->n_left += size_of(loose->left[node]);
}

static void send(struct vg_flow *flow, uint32_t from, uint32_t to, int64_t amount)
{
    const int64_t left = from == to ? 0 : flow_send(flow, from, to, amount);
    if (left > 0) {
        leave(flow->loose, from, left);
        leave(flow->loose, to, -left);
    }
}

/* ------------------------------------------------------------------- figures */

static bool is_dear(const struct vg_flow *flow, int64_t cost)
{
    const int64_t limit = FLOW_COST_LIMIT / 2 / ((int64_t)flow->n_nodes + 1);
    return cost >= limit || cost <= -limit;
}

vg_status vg_flow_set_cost(struct vg_flow *flow, uint32_t arc, int64_t cost, struct vg_error *error)
{
    if (arc >= flow->n_arcs || is_dear(flow, cost)) {
        return vg_fail(error, VG_DATA_ERROR, "the cost %lld of arc %u is too large, or the arc is not there", (long long)cost, arc + 1);
    }
    vg_status status = flow_tighten(flow, error);
    if (status != VG_OK) {
        return status;
    }
    const int64_t change = cost - flow->cost[arc];
    flow->cost[arc] = cost;
    flow->stale = true;
    if (!flow->begun || flow->state[arc] != FLOW_IN_TREE || change == 0) {
        return VG_OK;
    }
    const struct flow_node *nodes = flow->nodes;
    const bool up = nodes[flow->source[arc]].arc == arc && flow->source[arc] != flow->root && nodes[flow->source[arc]].parent == flow->target[arc];
    const uint32_t below = up ? flow->source[arc] : flow->target[arc];
    for (uint32_t node = below, k = 0; k < nodes[below].size; k++, node = flow->thread[node]) {
        flow->potential[node] += up ? -change : change;
    }
    return VG_OK;
}

vg_status vg_flow_set_costs(struct vg_flow *flow, const int64_t *cost, struct vg_error *error)
{
    for (uint32_t arc = 0; arc < flow->n_arcs; arc++) {
        if (is_dear(flow, cost[arc])) {
            return vg_fail(error, VG_DATA_ERROR, "the cost %lld of arc %u is too large", (long long)cost[arc], arc + 1);
        }
    }
    vg_status status = flow_tighten(flow, error);
    if (status != VG_OK) {
        return status;
    }
    if (flow->n_arcs > 0) {
        memcpy(flow->cost, cost, flow->n_arcs * sizeof *cost);
    }
    flow->stale = true;
    uint32_t node = flow->root;
    while (flow->begun && (node = flow->thread[node]) != flow->root) { /* parents come before their children */
        const struct flow_node *self = &flow->nodes[node];
        flow->potential[node] = flow->potential[self->parent] + (self->up ? -flow->cost[self->arc] : flow->cost[self->arc]);
    }
    return VG_OK;
}

vg_status vg_flow_set_capacity(struct vg_flow *flow, uint32_t arc, int64_t capacity, struct vg_error *error)
{
    if (arc >= flow->n_arcs || capacity < 0 || capacity > VG_FLOW_UNBOUNDED) {
        return vg_fail(error, VG_DATA_ERROR, "the capacity %lld of arc %u is negative or too large, or the arc is not there", (long long)capacity, arc + 1);
    }
    vg_status status = loosen(flow, error);
    if (status != VG_OK) {
        return status;
    }
    int64_t *amount = &flow->loose->amount[arc];
    const int64_t carried = *amount;
    const bool pays = flow_reduced(flow, arc) < 0;
    flow->capacity[arc] = capacity;
    *amount = pays || carried > capacity ? capacity : carried;
    flow_note_room(flow, arc);
    if (*amount < carried) {
        send(flow, flow->source[arc], flow->target[arc], carried - *amount);
    } else if (*amount > carried) { /* what is too much comes back, at worst through the arc itself */
        send(flow, flow->target[arc], flow->source[arc], *amount - carried);
    }
    return *amount < VG_FLOW_UNBOUNDED / 2 ? VG_OK : vg_fail(error, VG_DATA_ERROR, "costs fall without end around a cycle of arcs without capacity");
}

vg_status vg_flow_move_supply(struct vg_flow *flow, uint32_t from, uint32_t to, int64_t amount, struct vg_error *error)
{
    int64_t less, more;
    if (from >= flow->n_nodes || to >= flow->n_nodes || __builtin_sub_overflow(flow->supply[from], amount, &less) || __builtin_add_overflow(flow->supply[to], amount, &more) ||
        less <= -(VG_FLOW_UNBOUNDED / 2) || less >= VG_FLOW_UNBOUNDED / 2 || more <= -(VG_FLOW_UNBOUNDED / 2) || more >= VG_FLOW_UNBOUNDED / 2) {
        return vg_fail(error, VG_DATA_ERROR, "a supply of %lld cannot move from node %u to node %u", (long long)amount, from + 1, to + 1);
    }
    vg_status status = from == to ? VG_OK : loosen(flow, error);
    if (status != VG_OK || from == to) {
        return status;
    }
    flow->supply[from] = less;
    flow->supply[to] = more;
    send(flow, amount > 0 ? to : from, amount > 0 ? from : to, amount > 0 ? amount : -amount);
    return VG_OK;
}
