/*
 * The network simplex method: what the caller gives, the steps to the optimum, and what is read of it. The first tree is in begin.c, its steps in tree.c, the choice of the entering arc in
 * price.c, changes after a solution in change.c and send.c.
 */
#include "allocate/flow/internal.h"

#include <string.h>

#define BLOCK_LEAST 1024u
#define STEPS_A_REPORT 4096u
#define STEPS_A_LEVEL 1048576u

static vg_status check_network(const struct vg_flow_network *network, struct vg_error *error)
{
    int64_t most_cost = 0, sum = 0, gives = 0;
    if (network->nodes == 0 || network->nodes > UINT32_MAX / 4 || network->arcs > UINT32_MAX / 2 - network->nodes) {
        return vg_fail(error, VG_DATA_ERROR, "a network of %u nodes and %u arcs cannot be planned", network->nodes, network->arcs);
    }
    for (uint32_t arc = 0; arc < network->arcs; arc++) {
        if (network->source[arc] >= network->nodes || network->target[arc] >= network->nodes) {
            return vg_fail(error, VG_DATA_ERROR, "arc %u leads to a node that is not there", arc + 1);
        }
        if (network->capacity[arc] < 0 || network->capacity[arc] > VG_FLOW_UNBOUNDED) {
            return vg_fail(error, VG_DATA_ERROR, "the capacity of arc %u, %lld, is negative or too large", arc + 1, (long long)network->capacity[arc]);
        }
        const int64_t cost = network->cost[arc];
        if (cost <= -FLOW_COST_LIMIT || cost >= FLOW_COST_LIMIT) {
            return vg_fail(error, VG_DATA_ERROR, "the cost of arc %u, %lld, is too large", arc + 1, (long long)cost);
        }
        most_cost = most_cost > (cost < 0 ? -cost : cost) ? most_cost : (cost < 0 ? -cost : cost);
    }
    if (most_cost >= FLOW_COST_LIMIT / 2 / ((int64_t)network->nodes + 1)) {
        return vg_fail(error, VG_DATA_ERROR, "costs of up to %lld are too large for %u nodes", (long long)most_cost, network->nodes);
    }
    for (uint32_t node = 0; node < network->nodes; node++) {
        const int64_t supply = network->supply[node];
        if (__builtin_add_overflow(sum, supply, &sum) || (supply > 0 && __builtin_add_overflow(gives, supply, &gives)) || gives >= VG_FLOW_UNBOUNDED / 2) {
            return vg_fail(error, VG_DATA_ERROR, "supplies are too large");
        }
    }
    if (sum != 0) {
        return vg_fail(error, VG_DATA_ERROR, "supplies sum to %lld, not to 0", (long long)sum);
    }
    return VG_OK;
}

vg_status vg_flow_create(const struct vg_flow_network *network, struct vg_arena *arena, struct vg_flow **result, struct vg_error *error)
{
    vg_status status = check_network(network, error);
    if (status != VG_OK) {
        return status;
    }
    struct vg_flow *flow = VG_ARENA_ARRAY(arena, struct vg_flow, 1);
    const size_t n = (size_t)network->nodes + 1, m = network->arcs, all = m + network->nodes;
    if (flow == NULL) {
        return vg_fail_memory(error, sizeof *flow);
    }
    *flow = (struct vg_flow){.n_nodes = network->nodes, .n_arcs = network->arcs, .n_all = (uint32_t)all, .root = network->nodes, .arena = arena,
        .source = VG_ARENA_ARRAY(arena, uint32_t, all), .target = VG_ARENA_ARRAY(arena, uint32_t, all), .cost = VG_ARENA_ARRAY(arena, int64_t, all),
        .capacity = VG_ARENA_ARRAY(arena, int64_t, all), .state = VG_ARENA_ARRAY(arena, int8_t, all), .nodes = VG_ARENA_ARRAY(arena, struct flow_node, n),
        .potential = VG_ARENA_ARRAY(arena, int64_t, n), .thread = VG_ARENA_ARRAY(arena, uint32_t, n), .supply = VG_ARENA_ARRAY(arena, int64_t, n), .mark = VG_ARENA_ARRAY(arena, bool, n),
        .part = VG_ARENA_ARRAY(arena, uint32_t, n)};
    if (arena->failed) {
        return vg_fail_memory(error, all * 25 + n * 60);
    }
    if (m > 0) {
        memcpy(flow->source, network->source, m * sizeof *flow->source);
        memcpy(flow->target, network->target, m * sizeof *flow->target);
        memcpy(flow->cost, network->cost, m * sizeof *flow->cost);
        memcpy(flow->capacity, network->capacity, m * sizeof *flow->capacity);
    }
    memcpy(flow->supply, network->supply, network->nodes * sizeof *flow->supply);
    flow->block = BLOCK_LEAST;
    while ((uint64_t)flow->block * flow->block < 4 * (uint64_t)all) {
        flow->block *= 2;
    }
    *result = flow;
    return VG_OK;
}

/* -------------------------------------------------------------------- solving */

vg_status flow_improve(struct vg_flow *flow, const struct vg_progress *progress, struct vg_error *error)
{
    for (uint32_t steps = 1;; steps++) {
        const uint32_t arc = flow_price(flow);
        if (arc == FLOW_NONE) {
            flow->stale = false;
            flow_level_potentials(flow);
            return VG_OK;
        }
        const struct flow_step step = flow_step_of(flow, arc);
        if (!flow_pivot(flow, &step)) {
            return vg_fail(error, VG_DATA_ERROR, "costs fall without end around a cycle of arcs without capacity");
        }
        if (steps % STEPS_A_LEVEL == 0) {
            flow_level_potentials(flow);
        }
        if (steps % STEPS_A_REPORT == 0 && !vg_progress_report(progress, "planning", 0.0)) {
            return vg_fail(error, VG_CANCELLED, "cancelled");
        }
    }
}

/*
 * From the first node that has supply left over: all that it can still reach. Every arc out of that set is full and every arc into it empty, else the left-over would
 * be sent at less than an artificial arc costs; so the set's supply exceeds its capacity.
 */
static void find_cut(struct vg_flow *flow)
{
    memset(flow->mark, 0, ((size_t)flow->n_nodes + 1) * sizeof *flow->mark);
    uint32_t node = 0;
    while (!(flow->nodes[node].arc >= flow->n_arcs && flow->nodes[node].up && flow->nodes[node].down_room > 0)) {
        node++;
    }
    flow->mark[node] = true;
    for (bool grown = true; grown;) {
        grown = false;
        for (uint32_t arc = 0; arc < flow->n_arcs; arc++) {
            const uint32_t a = flow->source[arc], b = flow->target[arc];
            if (flow->mark[a] == flow->mark[b]) {
                continue;
            }
            bool out = flow->state[arc] == FLOW_AT_ZERO && flow->capacity[arc] > 0, in = flow->state[arc] == FLOW_AT_CAPACITY && flow->capacity[arc] > 0;
            if (flow->state[arc] == FLOW_IN_TREE) {
                const struct flow_node *below = flow->nodes[a].arc == arc ? &flow->nodes[a] : &flow->nodes[b];
                out = (below->up ? below->up_room : below->down_room) > 0;
                in = (below->up ? below->down_room : below->up_room) > 0;
            }
            if (flow->mark[a] ? out : in) {
                flow->mark[a] = flow->mark[b] = true;
                grown = true;
            }
        }
    }
}

vg_status vg_flow_solve(struct vg_flow *flow, const struct vg_progress *progress, struct vg_error *error)
{
    if (flow->is_loose && flow->loose->n_left == 0) {
        return VG_OK; /* of least cost since the change */
    }
    if (!flow->begun) {
        flow_begin_with_nothing(flow);
    }
    vg_status status = flow_tighten(flow, error);
    status = status == VG_OK ? flow_improve(flow, progress, error) : status;
    if (status != VG_OK) {
        return status;
    }
    const int64_t missing = vg_flow_missing(flow);
    if (missing > 0) {
        find_cut(flow);
        return vg_fail(error, VG_DATA_ERROR, "%lld units of supply cannot be carried to where they are due", (long long)missing);
    }
    return VG_OK;
}

/* --------------------------------------------------------------------- reading */

int64_t flow_above_amount(const struct flow_node *node)
{
    return node->up ? node->down_room : node->up_room;
}

void vg_flow_read(const struct vg_flow *flow, int64_t *amounts, int64_t *potential)
{
    if (amounts != NULL && flow->is_loose) {
        memcpy(amounts, flow->loose->amount, flow->n_arcs * sizeof *amounts);
    } else if (amounts != NULL) {
        for (uint32_t arc = 0; arc < flow->n_arcs; arc++) {
            amounts[arc] = flow->state[arc] == FLOW_AT_CAPACITY ? flow->capacity[arc] : 0;
        }
        for (uint32_t node = 0; node < flow->n_nodes && flow->begun; node++) {
            if (flow->nodes[node].arc < flow->n_arcs) {
                amounts[flow->nodes[node].arc] = flow_above_amount(&flow->nodes[node]);
            }
        }
    }
    if (potential != NULL) {
        memcpy(potential, flow->potential, flow->n_nodes * sizeof *potential);
    }
}

int64_t vg_flow_potential(const struct vg_flow *flow, uint32_t node)
{
    return flow->potential[node];
}

double vg_flow_cost(const struct vg_flow *flow)
{
    __int128 sum = 0; /* an extension of GCC and Clang: products of two large figures are summed exactly */
    for (uint32_t arc = 0; flow->is_loose && arc < flow->n_arcs; arc++) {
        sum += (__int128)flow->loose->amount[arc] * flow->cost[arc];
    }
    if (flow->is_loose) {
        return (double)sum;
    }
    for (uint32_t arc = 0; arc < flow->n_arcs; arc++) {
        sum += flow->state[arc] == FLOW_AT_CAPACITY ? (__int128)flow->capacity[arc] * flow->cost[arc] : 0;
    }
    for (uint32_t node = 0; node < flow->n_nodes && flow->begun; node++) {
        const uint32_t arc = flow->nodes[node].arc;
        sum += arc < flow->n_arcs ? (__int128)flow_above_amount(&flow->nodes[node]) * flow->cost[arc] : 0;
    }
    return (double)sum;
}

int64_t vg_flow_missing(const struct vg_flow *flow)
{
    int64_t sum = 0;
    if (flow->is_loose) {
        return (int64_t)(flow->loose->n_left / 2); /* half of it is what others lack */
    }
    for (uint32_t node = 0; node < flow->n_nodes && flow->begun; node++) {
        if (flow->nodes[node].arc >= flow->n_arcs && flow->nodes[node].up) {
            sum += flow_above_amount(&flow->nodes[node]);
        }
    }
    return sum;
}

void vg_flow_cut(const struct vg_flow *flow, bool *inside)
{
    for (uint32_t node = 0; node < flow->n_nodes; node++) {
        inside[node] = flow->mark[node];
    }
}

uint64_t vg_flow_pivots(const struct vg_flow *flow)
{
    return flow->pivots;
}

bool vg_flow_basis(const struct vg_flow *flow, int8_t *state)
{
    if (!flow->begun || flow->is_loose) {
        return false;
    }
    memcpy(state, flow->state, flow->n_arcs * sizeof *state);
    return true;
}
