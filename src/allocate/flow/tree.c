/*
 * The spanning tree of the network simplex: pushing flow around the cycle that an arc closes, and hanging a part of the tree elsewhere. Each node
 * knows the size of the part below it and its last node in preorder (Kiraly and Kovacs 2012 compare such ways of keeping a tree), so hanging a part elsewhere touches only the path that is
 * turned round and the paths to the root; of the potentials the smaller side of the cut is shifted, since only differences mean something.
 */
#include "allocate/flow/internal.h"

#define SHIFT_SMALL (INT64_C(1) << 40) /* larger ones, of artificial arcs, might run away from the root */

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

static void link_nodes(struct vg_flow *flow, uint32_t before, uint32_t after)
{
    flow->thread[before] = after;
    flow->nodes[after].back = before;
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

/* Ancestors whose last node is `was` now end with `is`. */
static void change_last(struct vg_flow *flow, uint32_t node, uint32_t was, uint32_t is)
{
    while (flow->nodes[node].last == was) {
        flow->nodes[node].last = is;
        if (node == flow->root) {
            return;
        }
        node = flow->nodes[node].parent;
    }
}

static void shift_potentials(struct vg_flow *flow, uint32_t top, int64_t shift)
{
    const struct flow_node *node = &flow->nodes[top];
    const bool others = 2 * (uint64_t)node->size > flow->n_nodes && shift < SHIFT_SMALL && shift > -SHIFT_SMALL;
    const uint32_t *thread = flow->thread, behind = thread[node->last], first = others ? behind : top, end = others ? top : behind;
    int64_t *potential = flow->potential;
    shift = others ? -shift : shift;
    for (uint32_t k = first; k != end; k = thread[k]) {
        potential[k] += shift;
    }
}

/*
 * Turns the path from `entry` up to `top` round, entry becoming the top; returns the last node in the new preorder. There each node of the path is followed by what hung on it
 * aside of the path: first what stood before the path's next node, then what stood behind.
 */
static uint32_t turn_round(struct vg_flow *flow, uint32_t entry, uint32_t top, const struct hanging *new)
{
    struct flow_node *nodes = flow->nodes;
    const uint32_t size = nodes[top].size;
    struct flow_node child = nodes[entry]; /* as it was */
    uint32_t tail = child.last, behind = flow->thread[tail];
    struct hanging carried = rehang(&nodes[entry], entry, new);
    nodes[entry].size = size;
    for (uint32_t at = entry; at != top;) {
        const uint32_t stem = child.parent;
        const struct flow_node old = nodes[stem];
        const uint32_t old_behind = flow->thread[old.last];
        link_nodes(flow, tail, stem);
        tail = child.back;
        if (old.last != child.last) {
            link_nodes(flow, tail, behind);
            tail = old.last;
            behind = old_behind;
        }
        carried = rehang(&nodes[stem], stem, &carried);
        nodes[stem].size = size - child.size;
        child = old;
        at = stem;
    }
    for (uint32_t at = top; at != entry; at = nodes[at].parent) {
        nodes[at].last = tail;
    }
    nodes[entry].last = tail;
    return tail;
}

/* Moves the part below `top` under new->parent, entering it at `entry`; its potentials change by `shift`. `join` is above both places. */
static void move_part(struct vg_flow *flow, uint32_t entry, uint32_t top, uint32_t join, const struct hanging *new, int64_t shift)
{
    struct flow_node *nodes = flow->nodes;
    const uint32_t graft = new->parent, old_parent = nodes[top].parent, size = nodes[top].size, last = nodes[top].last, before = nodes[top].back, behind = flow->thread[last];
    shift_potentials(flow, top, shift);
    const uint32_t tail = turn_round(flow, entry, top, new);
    link_nodes(flow, before, behind);
    change_last(flow, old_parent, last, before);
    for (uint32_t node = old_parent; node != join; node = nodes[node].parent) {
        nodes[node].size -= size;
    }
    const uint32_t after = flow->thread[graft];
    link_nodes(flow, graft, entry);
    link_nodes(flow, tail, after);
    change_last(flow, graft, graft, tail);
    for (uint32_t node = graft; node != join; node = nodes[node].parent) {
        nodes[node].size += size;
    }
}

static uint32_t find_join(const struct flow_node *nodes, uint32_t a, uint32_t b)
{
    while (a != b) { /* an ancestor has the larger part; of equals neither is the other's ancestor */
        if (nodes[a].size < nodes[b].size) {
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
static void exchange(struct vg_flow *flow, const struct flow_step *step, int64_t amount, uint32_t leaving, bool below_first, uint32_t join)
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
    move_part(flow, entry, leaving, join, &new, up ? -reduced : reduced);
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
    exchange(flow, step, amount, leaving, below_first, join);
    return true;
}

/* Children in lists, then a walk: linear in the nodes. */
void flow_root_tree(struct vg_flow *flow)
{
    struct flow_node *nodes = flow->nodes;
    const uint32_t n = flow->n_nodes + 1;
    uint32_t *first = flow->part; /* first child, or none; `back` is the next sibling for the while */
    for (uint32_t node = 0; node < n; node++) {
        first[node] = FLOW_NONE;
        nodes[node].size = 1;
    }
    for (uint32_t node = n; node-- > 0;) {
        if (node != flow->root) {
            nodes[node].back = first[nodes[node].parent];
            first[nodes[node].parent] = node;
        }
    }
    uint32_t node = flow->root, last = FLOW_NONE;
    flow->potential[node] = 0;
    while (node != FLOW_NONE) {
        const struct flow_node *self = &nodes[node];
        if (node != flow->root) {
            flow->potential[node] = flow->potential[self->parent] + (self->up ? -flow->cost[self->arc] : flow->cost[self->arc]);
        }
        if (last != FLOW_NONE) {
            flow->thread[last] = node;
        }
        last = node;
        uint32_t next = first[node], climb = node;
        for (; next == FLOW_NONE; climb = nodes[climb].parent) { /* the next sibling of the nearest ancestor that has one; parts above which there is none end here */
            nodes[climb].last = last;
            if (climb == flow->root) {
                break;
            }
            nodes[nodes[climb].parent].size += nodes[climb].size;
            next = nodes[climb].back;
        }
        node = next;
    }
    flow->thread[last] = flow->root;
    for (uint32_t k = 0; k < n; k++) {
        nodes[flow->thread[k]].back = k;
    }
}

void flow_level_potentials(struct vg_flow *flow)
{
    const int64_t level = flow->potential[flow->root];
    for (uint32_t node = 0; node <= flow->n_nodes; node++) {
        flow->potential[node] -= level;
    }
}
