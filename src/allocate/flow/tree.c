/*
 * The spanning tree of the network simplex: pushing flow around the cycle that an arc closes, and hanging a part of the tree elsewhere. The part that moves is visited
 * once: its nodes are walked in their old order, piece by piece from the node that takes the new arc to the node that loses the old one, while depth and potential are put right.
 */
#include "allocate/flow/internal.h"

int64_t flow_reduced(const struct vg_flow *flow, uint32_t arc)
{
    return flow->cost[arc] + flow->potential[flow->source[arc]] - flow->potential[flow->target[arc]];
}

struct flow_step flow_step_of(const struct vg_flow *flow, uint32_t arc)
{
    const bool forward = flow->state[arc] == FLOW_AT_ZERO;
    const uint32_t source = flow->source[arc], target = flow->target[arc];
    return (struct flow_step){arc, forward ? source : target, forward ? target : source, flow->capacity[arc], forward};
}

static void link_nodes(struct flow_node *nodes, uint32_t before, uint32_t after)
{
    nodes[before].thread = after;
    nodes[after].back = before;
}

/* What a node becomes when the arc above it is another: handed up the path that is turned round. */
struct hanging {
    uint32_t parent, arc;
    bool up;
    int64_t up_room, down_room;
};

static struct hanging rehang(struct flow_node *node, uint32_t self, const struct hanging *new)
{
    const struct hanging old = {self, node->arc, !node->up, node->down_room, node->up_room};
    node->parent = new->parent;
    node->arc = new->arc;
    node->up = new->up;
    node->up_room = new->up_room;
    node->down_room = new->down_room;
    return old;
}

/* Moves the part below `top` under new->parent, entering it at `entry`; potentials within change by `shift`. */
static void move_part(struct vg_flow *flow, uint32_t entry, uint32_t top, struct hanging new, int64_t shift)
{
    struct flow_node *nodes = flow->nodes;
    int64_t *potential = flow->potential;
    const uint32_t graft = new.parent;
    uint32_t depth = nodes[graft].depth + 1, before = nodes[entry].back, tail = entry, walk = entry, level = nodes[entry].depth;
    uint32_t change = depth - level; /* wraps, as intended */
    uint32_t above = nodes[entry].parent;
    do {
        nodes[walk].depth += change;
        potential[walk] += shift;
        tail = walk;
        walk = nodes[walk].thread;
    } while (nodes[walk].depth > level);
    struct hanging carried = rehang(&nodes[entry], entry, &new);
    for (uint32_t child = entry; child != top;) {
        const uint32_t stem = above, stem_before = nodes[stem].back;
        level = nodes[stem].depth;
        change = ++depth - level;
        above = nodes[stem].parent;
        link_nodes(nodes, tail, stem);
        for (tail = stem;; tail = nodes[tail].thread) {
            nodes[tail].depth += change;
            potential[tail] += shift;
            if (tail == before) {
                break;
            }
        }
        if (nodes[walk].depth > level) {
            link_nodes(nodes, tail, walk);
            do {
                nodes[walk].depth += change;
                potential[walk] += shift;
                tail = walk;
                walk = nodes[walk].thread;
            } while (nodes[walk].depth > level);
        }
        carried = rehang(&nodes[stem], stem, &carried);
        before = stem_before;
        child = stem;
    }
    link_nodes(nodes, before, walk);
    const uint32_t behind = nodes[graft].thread;
    link_nodes(nodes, graft, entry);
    link_nodes(nodes, tail, behind);
}

static uint32_t find_join(const struct flow_node *nodes, uint32_t a, uint32_t b)
{
    while (a != b) {
        if (nodes[a].depth >= nodes[b].depth) {
            a = nodes[a].parent;
        } else {
            b = nodes[b].parent;
        }
    }
    return a;
}

static void push(struct flow_node *nodes, const struct flow_step *step, uint32_t join, int64_t amount)
{
    for (uint32_t node = step->first; node != join; node = nodes[node].parent) {
        nodes[node].down_room -= amount;
        nodes[node].up_room += amount;
    }
    for (uint32_t node = step->second; node != join; node = nodes[node].parent) {
        nodes[node].up_room -= amount;
        nodes[node].down_room += amount;
    }
}

/* The entering arc takes `amount`, the arc above `leaving` goes to its bound; `below_first`: leaving is on the side that the flow comes from. */
static void exchange(struct vg_flow *flow, const struct flow_step *step, int64_t amount, uint32_t leaving, bool below_first)
{
    struct flow_node *node = &flow->nodes[leaving];
    const int64_t old_flow = node->up ? node->down_room : node->up_room;
    const uint32_t old_arc = node->arc, entry = below_first ? step->first : step->second, graft = below_first ? step->second : step->first;
    const bool up = flow->source[step->arc] == entry;
    const int64_t capacity = flow->capacity[step->arc];
    /* what it carries after the push: from 0 or from capacity, or from between where a given flow is begun with */
    const int64_t carried = step->forward ? capacity - step->room + amount : step->room - amount;
    const int64_t reduced = flow_reduced(flow, step->arc);
    const struct hanging new = {graft, step->arc, up, up ? capacity - carried : carried, up ? carried : capacity - carried};
    move_part(flow, entry, leaving, new, up ? -reduced : reduced);
    flow->state[old_arc] = old_flow <= 0 ? FLOW_AT_ZERO : FLOW_AT_CAPACITY;
    flow->state[step->arc] = FLOW_IN_TREE;
}

bool flow_pivot(struct vg_flow *flow, const struct flow_step *step)
{
    struct flow_node *nodes = flow->nodes;
    uint32_t leaving = FLOW_NONE, join = find_join(nodes, step->first, step->second);
    bool below_first = true;
    int64_t amount = step->room;
    for (uint32_t node = step->first; node != join; node = nodes[node].parent) {
        if (nodes[node].down_room < amount) {
            amount = nodes[node].down_room;
            leaving = node;
        }
    }
    for (uint32_t node = step->second; node != join; node = nodes[node].parent) {
        if (nodes[node].up_room <= amount) { /* the last that blocks, seen from the join: the tree stays strongly feasible */
            amount = nodes[node].up_room;
            leaving = node;
            below_first = false;
        }
    }
    if (amount >= VG_FLOW_UNBOUNDED / 2) {
        return false;
    }
    if (amount > 0) {
        push(nodes, step, join, amount);
    }
    flow->pivots++;
    if (leaving == FLOW_NONE) {
        flow->state[step->arc] = step->forward ? FLOW_AT_CAPACITY : FLOW_AT_ZERO;
        return true;
    }
    exchange(flow, step, amount, leaving, below_first);
    return true;
}

void flow_exchange(struct vg_flow *flow, const struct flow_step *step, int64_t amount, uint32_t leaving)
{
    struct flow_node *nodes = flow->nodes;
    const uint32_t join = find_join(nodes, step->first, step->second);
    bool below_first = false;
    for (uint32_t node = step->first; node != join && !below_first; node = nodes[node].parent) {
        below_first = node == leaving;
    }
    push(nodes, step, join, amount);
    flow->pivots++;
    exchange(flow, step, amount, leaving, below_first);
}

void flow_shift_up(struct vg_flow *flow, uint32_t node, int64_t amount)
{
    struct flow_node *nodes = flow->nodes;
    for (; node != flow->root; node = nodes[node].parent) {
        nodes[node].up_room -= amount;
        nodes[node].down_room += amount;
        flow_note_bounds(flow, node);
    }
}

/* Children in lists by counting, then a walk: linear in the nodes. */
void flow_root_tree(struct vg_flow *flow)
{
    struct flow_node *nodes = flow->nodes;
    const uint32_t n = flow->n_nodes + 1;
    uint32_t *first = flow->queue;                       /* first child, or none */
    for (uint32_t node = 0; node < n; node++) {
        first[node] = FLOW_NONE;
    }
    for (uint32_t node = n; node-- > 0;) {               /* back is the next sibling for the while */
        if (node != flow->root) {
            nodes[node].back = first[nodes[node].parent];
            first[nodes[node].parent] = node;
        }
    }
    nodes[flow->root].depth = 0;
    flow->potential[flow->root] = 0;
    uint32_t node = flow->root, last = FLOW_NONE;
    while (node != FLOW_NONE) {
        if (node != flow->root) {
            const struct flow_node *self = &nodes[node];
            const int64_t cost = flow->cost[self->arc];
            nodes[node].depth = nodes[self->parent].depth + 1;
            flow->potential[node] = flow->potential[self->parent] + (self->up ? -cost : cost);
        }
        if (last != FLOW_NONE) {
            nodes[last].thread = node;
        }
        last = node;
        uint32_t next = first[node], climb = node;
        while (next == FLOW_NONE && climb != flow->root) { /* the next sibling of the nearest ancestor that has one */
            next = nodes[climb].back;
            climb = nodes[climb].parent;
        }
        node = next;
    }
    nodes[last].thread = flow->root;
    for (uint32_t k = 0; k < n; k++) {
        nodes[nodes[k].thread].back = k;
    }
}
