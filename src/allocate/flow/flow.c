/*
 * The network simplex method: what the caller gives, the first tree, the steps to the optimum, and what is read of it. The tree is in tree.c, the choice of the entering arc in
 * price.c, the return to feasibility after changes in repair.c.
 */
#include "allocate/flow/internal.h"

#include <string.h>

#define COST_LIMIT (INT64_C(1) << 59) /* of an artificial arc; the largest real cost times the nodes is below half of it */
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
        if (cost <= -COST_LIMIT || cost >= COST_LIMIT) {
            return vg_fail(error, VG_DATA_ERROR, "the cost of arc %u, %lld, is too large", arc + 1, (long long)cost);
        }
        most_cost = most_cost > (cost < 0 ? -cost : cost) ? most_cost : (cost < 0 ? -cost : cost);
    }
    if (most_cost >= COST_LIMIT / 2 / ((int64_t)network->nodes + 1)) {
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

/* The arc between a node and the root: towards the root, or the other way where the node takes. */
static void set_artificial(struct vg_flow *flow, uint32_t node, int64_t amount)
{
    const uint32_t arc = flow->n_arcs + node;
    const bool up = amount >= 0;
    flow->source[arc] = up ? node : flow->root;
    flow->target[arc] = up ? flow->root : node;
    flow->cost[arc] = flow->artificial_cost;
    flow->capacity[arc] = VG_FLOW_UNBOUNDED;
    flow->state[arc] = FLOW_AT_ZERO;
}

static void hang_on_root(struct vg_flow *flow, uint32_t node, int64_t amount)
{
    struct flow_node *self = &flow->nodes[node];
    set_artificial(flow, node, amount);
    const int64_t carried = amount < 0 ? -amount : amount, left = VG_FLOW_UNBOUNDED - carried;
    self->parent = flow->root;
    self->arc = flow->n_arcs + node;
    self->up = amount >= 0;
    self->up_room = self->up ? left : carried;
    self->down_room = self->up ? carried : left;
    flow->state[self->arc] = FLOW_IN_TREE;
}

static void begin_with_nothing(struct vg_flow *flow)
{
    memset(flow->state, FLOW_AT_ZERO, flow->n_arcs * sizeof *flow->state);
    for (uint32_t node = 0; node < flow->n_nodes; node++) {
        hang_on_root(flow, node, flow->supply[node]);
    }
    flow_root_tree(flow);
    memset(flow->mark, 0, (size_t)flow->n_nodes + 1);
    flow->n_queue = 0;
    flow->begun = true;
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
        .potential = VG_ARENA_ARRAY(arena, int64_t, n), .thread = VG_ARENA_ARRAY(arena, uint32_t, n), .supply = VG_ARENA_ARRAY(arena, int64_t, n), .mark = VG_ARENA_ARRAY(arena, uint8_t, n),
        .queue = VG_ARENA_ARRAY(arena, uint32_t, n)};
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
    flow->artificial_cost = COST_LIMIT; /* dearer than twice any way, now and after changes: see find_cut */
    flow->block = BLOCK_LEAST;
    while ((uint64_t)flow->block * flow->block < 4 * (uint64_t)all) {
        flow->block *= 2;
    }
    *result = flow;
    return VG_OK;
}

/* ------------------------------------------------------------- a given beginning */

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

/* Arcs between their bounds that close a cycle go to one of their bounds, the cheaper way round. */
static bool settle_cycles(struct vg_flow *flow, const int64_t *amounts)
{
    for (uint32_t arc = 0; arc < flow->n_arcs; arc++) {
        if (flow->state[arc] != FLOW_BETWEEN) {
            continue;
        }
        const bool more = flow_reduced(flow, arc) <= 0;
        const struct flow_step step = {arc, more ? flow->source[arc] : flow->target[arc], more ? flow->target[arc] : flow->source[arc],
                                       more ? flow->capacity[arc] - amounts[arc] : amounts[arc], more};
        if (!flow_pivot(flow, &step)) {
            return false;
        }
    }
    return true;
}

vg_status vg_flow_begin(struct vg_flow *flow, const int64_t *amounts, struct vg_error *error)
{
    vg_status status = flow->begun ? vg_fail(error, VG_USAGE_ERROR, "a flow is begun with before it is solved") : check_amounts(flow, amounts, error);
    if (status != VG_OK) {
        return status;
    }
    uint32_t *part = flow->queue;
    int64_t *size = flow->potential;
    for (uint32_t node = 0; node < flow->n_nodes; node++) {
        part[node] = node;
        size[node] = 1;
        flow->nodes[node] = (struct flow_node){.parent = FLOW_NONE};
        set_artificial(flow, node, 0);
    }
    for (uint32_t arc = 0; arc < flow->n_arcs; arc++) {
        if (amounts[arc] == 0 || amounts[arc] == flow->capacity[arc]) {
            flow->state[arc] = amounts[arc] == 0 ? FLOW_AT_ZERO : FLOW_AT_CAPACITY;
            continue;
        }
        flow->state[arc] = FLOW_BETWEEN;
        uint32_t a = flow->source[arc], b = flow->target[arc], part_a = find_part(part, a), part_b = find_part(part, b);
        if (part_a == part_b) {
            continue;
        }
        const bool swap = size[part_a] > size[part_b];
        const uint32_t below = swap ? b : a, above = swap ? a : b, small = swap ? part_b : part_a, large = swap ? part_a : part_b;
        make_top(flow, below);
        join_by(flow, below, above, arc, amounts[arc]);
        part[small] = large;
        size[large] += size[small];
    }
    for (uint32_t node = 0; node < flow->n_nodes; node++) {
        if (flow->nodes[node].parent == FLOW_NONE) {
            hang_on_root(flow, node, 0);
        }
    }
    flow_root_tree(flow);
    flow->begun = true;
    return settle_cycles(flow, amounts) ? VG_OK : vg_fail(error, VG_DATA_ERROR, "costs fall without end around a cycle of arcs without capacity");
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
    memset(flow->mark, 0, (size_t)flow->n_nodes + 1);
    uint32_t node = 0;
    while (!(flow->nodes[node].arc >= flow->n_arcs && flow->nodes[node].up && flow->nodes[node].down_room > 0)) {
        node++;
    }
    flow->mark[node] = 1;
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
                flow->mark[a] = flow->mark[b] = 1;
                grown = true;
            }
        }
    }
}

vg_status vg_flow_solve(struct vg_flow *flow, const struct vg_progress *progress, struct vg_error *error)
{
    if (!flow->begun) {
        begin_with_nothing(flow);
    }
    vg_status status = flow->broken ? flow_repair(flow, progress, error) : VG_OK;
    if (status == VG_OK) {
        status = flow_improve(flow, progress, error);
    }
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

/* --------------------------------------------------------------------- changes */

/* Dual steps need the optimum of the costs as they are. */
static vg_status settle_costs(struct vg_flow *flow, struct vg_error *error)
{
    if (!flow->begun) {
        begin_with_nothing(flow);
        flow->stale = true;
    }
    return flow->stale && !flow->broken ? flow_improve(flow, NULL, error) : VG_OK;
}

vg_status vg_flow_set_cost(struct vg_flow *flow, uint32_t arc, int64_t cost, struct vg_error *error)
{
    if (arc >= flow->n_arcs || cost >= COST_LIMIT / 2 / ((int64_t)flow->n_nodes + 1) || cost <= -(COST_LIMIT / 2 / ((int64_t)flow->n_nodes + 1))) {
        return vg_fail(error, VG_DATA_ERROR, "the cost %lld of arc %u is too large, or the arc is not there", (long long)cost, arc + 1);
    }
    if (flow->broken && flow_repair(flow, NULL, error) != VG_OK) { /* neither costs nor flows to go on from: anew */
        flow->begun = flow->broken = false;
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
    const int64_t limit = COST_LIMIT / 2 / ((int64_t)flow->n_nodes + 1);
    for (uint32_t arc = 0; arc < flow->n_arcs; arc++) {
        if (cost[arc] >= limit || cost[arc] <= -limit) {
            return vg_fail(error, VG_DATA_ERROR, "the cost %lld of arc %u is too large", (long long)cost[arc], arc + 1);
        }
    }
    if (flow->broken && flow_repair(flow, NULL, error) != VG_OK) {
        flow->begun = flow->broken = false;
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

/* What is more at a node and less at another, over the tree; what finds no way there is left to the repair, which says why. */
static void move(struct vg_flow *flow, uint32_t from, uint32_t to, int64_t amount)
{
    amount = flow->broken ? amount : flow_send(flow, from, to, amount);
    if (amount > 0) {
        flow_shift_up(flow, from, amount);
        flow_shift_up(flow, to, -amount);
    }
}

vg_status vg_flow_set_capacity(struct vg_flow *flow, uint32_t arc, int64_t capacity, struct vg_error *error)
{
    if (arc >= flow->n_arcs || capacity < 0 || capacity > VG_FLOW_UNBOUNDED) {
        return vg_fail(error, VG_DATA_ERROR, "the capacity %lld of arc %u is negative or too large, or the arc is not there", (long long)capacity, arc + 1);
    }
    vg_status status = settle_costs(flow, error);
    if (status != VG_OK) {
        return status;
    }
    const int64_t change = capacity - flow->capacity[arc];
    const uint32_t source = flow->source[arc], target = flow->target[arc];
    flow->capacity[arc] = capacity;
    if (capacity == change && flow->state[arc] != FLOW_IN_TREE) { /* without capacity either bound was as good */
        flow->state[arc] = flow_reduced(flow, arc) < 0 ? FLOW_AT_CAPACITY : FLOW_AT_ZERO;
    }
    if (flow->state[arc] == FLOW_AT_CAPACITY) {
        flow_shift_up(flow, source, -change);
        flow_shift_up(flow, target, change);
    } else if (flow->state[arc] == FLOW_IN_TREE) {
        const bool up = flow->nodes[source].arc == arc && flow->nodes[source].parent == target;
        const uint32_t below = up ? source : target;
        *(up ? &flow->nodes[below].up_room : &flow->nodes[below].down_room) += change;
        flow_note_bounds(flow, below);
    }
    return VG_OK;
}

vg_status vg_flow_move_supply(struct vg_flow *flow, uint32_t from, uint32_t to, int64_t amount, struct vg_error *error)
{
    int64_t less, more;
    if (from >= flow->n_nodes || to >= flow->n_nodes || __builtin_sub_overflow(flow->supply[from], amount, &less) || __builtin_add_overflow(flow->supply[to], amount, &more) ||
        less <= -(VG_FLOW_UNBOUNDED / 2) || less >= VG_FLOW_UNBOUNDED / 2 || more <= -(VG_FLOW_UNBOUNDED / 2) || more >= VG_FLOW_UNBOUNDED / 2) {
        return vg_fail(error, VG_DATA_ERROR, "a supply of %lld cannot move from node %u to node %u", (long long)amount, from + 1, to + 1);
    }
    vg_status status = from == to ? VG_OK : settle_costs(flow, error);
    if (status != VG_OK || from == to) {
        return status;
    }
    flow->supply[from] = less;
    flow->supply[to] = more;
    move(flow, amount > 0 ? to : from, amount > 0 ? from : to, amount > 0 ? amount : -amount);
    return VG_OK;
}

/* --------------------------------------------------------------------- reading */

static int64_t above_amount(const struct flow_node *node)
{
    return node->up ? node->down_room : node->up_room;
}

void vg_flow_read(const struct vg_flow *flow, int64_t *amounts, int64_t *potential)
{
    if (amounts != NULL) {
        for (uint32_t arc = 0; arc < flow->n_arcs; arc++) {
            amounts[arc] = flow->state[arc] == FLOW_AT_CAPACITY ? flow->capacity[arc] : 0;
        }
        for (uint32_t node = 0; node < flow->n_nodes && flow->begun; node++) {
            if (flow->nodes[node].arc < flow->n_arcs) {
                amounts[flow->nodes[node].arc] = above_amount(&flow->nodes[node]);
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
    for (uint32_t arc = 0; arc < flow->n_arcs; arc++) {
        sum += flow->state[arc] == FLOW_AT_CAPACITY ? (__int128)flow->capacity[arc] * flow->cost[arc] : 0;
    }
    for (uint32_t node = 0; node < flow->n_nodes && flow->begun; node++) {
        const uint32_t arc = flow->nodes[node].arc;
        sum += arc < flow->n_arcs ? (__int128)above_amount(&flow->nodes[node]) * flow->cost[arc] : 0;
    }
    return (double)sum;
}

int64_t vg_flow_missing(const struct vg_flow *flow)
{
    int64_t sum = 0;
    for (uint32_t node = 0; node < flow->n_nodes && flow->begun; node++) {
        if (flow->nodes[node].arc >= flow->n_arcs && flow->nodes[node].up) {
            sum += above_amount(&flow->nodes[node]);
        }
    }
    return sum;
}

void vg_flow_cut(const struct vg_flow *flow, bool *inside)
{
    for (uint32_t node = 0; node < flow->n_nodes; node++) {
        inside[node] = flow->mark[node] != 0;
    }
}

uint64_t vg_flow_pivots(const struct vg_flow *flow)
{
    return flow->pivots;
}
