/*
 * More supply at one node and less at another, over an optimal tree that stays within its bounds: what the tree can carry goes at once; a full arc on the way leaves it for the arc across its cut that costs least more, and
 * so unit by unit the cheapest way is taken and nothing else moves. From cut to cut the side of the giver mostly grows, as what Dijkstra's method has reached, or loses a part; so the arcs out of it are kept in a heap, and only
 * those of nodes that came or went are looked at. What is in the heap may have become wrong, and is held against the tree when it comes to the top.
 */
#include "allocate/flow/internal.h"

#include <string.h>

struct side {
    struct vg_flow *flow;
    bool known;             /* mark[] tells the side, and the heap its arcs */
    uint32_t n;             /* of the heap */
    uint64_t nodes;
    int64_t raised;         /* by so much arcs out of the side are cheaper than when they were put in, less what they have in the heap */
    uint32_t inner, outer;  /* ends of the arc that came into the tree last, of the side and beyond */
};

/* Whether an arc from a node of the side to one beyond, or the other way, can carry more out of it. */
static bool can_carry(const struct vg_flow *flow, uint32_t arc, bool away)
{
    return flow->state[arc] == (away ? FLOW_AT_ZERO : FLOW_AT_CAPACITY) && flow->capacity[arc] > 0;
}

static int64_t loss_of(const struct vg_flow *flow, uint32_t arc, bool away)
{
    return away ? flow_reduced(flow, arc) : -flow_reduced(flow, arc);
}

/* The arcs out of the side that one of its nodes has, or into a node that has left it. */
static void put_arcs(struct side *side, uint32_t node, bool inside)
{
    struct vg_flow *flow = side->flow;
    for (uint32_t k = flow->first_end[node]; k < flow->first_end[node + 1]; k++) {
        const struct flow_end end = flow->ends[k];
        const bool away = (end.arc_side & 1) == (inside ? 1 : 0); /* of the side */
        if ((flow->mark[end.far] == 1) == inside || !can_carry(flow, end.arc_side / 2, away)) {
            continue;
        }
        if (side->n == flow->n_arcs) { /* no room for what has become wrong: anew from the next cut on */
            side->known = false;
            return;
        }
        flow_heap_put(flow->crossing, side->n++, (struct flow_crossing){loss_of(flow, end.arc_side / 2, away) + side->raised, end.arc_side / 2});
    }
}

/* Those in preorder from a node to before another, less the parts below two nodes (FLOW_NONE: none), come to the side or leave it. */
static void change_nodes(struct side *side, uint32_t begin, uint32_t end, uint32_t without, uint32_t nor, bool come)
{
    struct vg_flow *flow = side->flow;
    for (int pass = 0; pass < 2; pass++) { /* all are marked before their arcs are told apart */
        uint32_t node = begin;
        do {
            if (node == without || node == nor) {
                node = flow->thread[flow->nodes[node].last];
                continue;
            }
            if (pass == 0) {
                flow->mark[node] = come;
                side->nodes += come ? 1 : UINT64_MAX;
            } else if (node != flow->root) {
                put_arcs(side, node, come);
            }
            node = flow->thread[node];
        } while (node != end);
    }
}

/* What lies on the giver's side of the full arc above a node, anew. */
static void begin_side(struct side *side, uint32_t full, bool outwards)
{
    struct vg_flow *flow = side->flow;
    memset(flow->mark, 0, (size_t)flow->n_nodes + 1);
    side->n = 0;
    side->nodes = 0;
    side->raised = 0;
    side->known = true;
    if (outwards) {
        change_nodes(side, full, flow->thread[flow->nodes[full].last], FLOW_NONE, FLOW_NONE, true);
    } else {
        change_nodes(side, flow->root, flow->root, full, FLOW_NONE, true);
    }
}

/* A full arc beyond the side: the part between comes to it. */
static void grow_side(struct side *side, uint32_t full, bool outwards)
{
    struct vg_flow *flow = side->flow;
    const bool hangs = flow->nodes[side->inner].parent == side->outer; /* the side is below the arc */
    if (outwards) {
        change_nodes(side, full, flow->thread[flow->nodes[full].last], side->inner, FLOW_NONE, true);
    } else if (hangs) {
        change_nodes(side, flow->root, flow->root, side->inner, full, true);
    } else if (side->outer != full) {
        change_nodes(side, side->outer, flow->thread[flow->nodes[side->outer].last], full, FLOW_NONE, true);
    }
}

/* A full arc within the side: the part behind it goes; where that is the larger part, anew. */
static void shrink_side(struct side *side, uint32_t full, bool outwards)
{
    struct vg_flow *flow = side->flow;
    const bool hangs = flow->nodes[side->inner].parent == side->outer;
    const uint64_t stay = outwards ? flow->nodes[full].size : (uint64_t)flow->n_nodes + 1 - flow->nodes[full].size;
    if (!side->known || side->nodes > 2 * stay) {
        begin_side(side, full, outwards);
    } else if (side->nodes == stay) {
        return; /* the arc that came in last */
    } else if (!outwards) {
        change_nodes(side, full, flow->thread[flow->nodes[full].last], side->outer, FLOW_NONE, false);
    } else if (hangs) {
        change_nodes(side, side->inner, flow->thread[flow->nodes[side->inner].last], full, FLOW_NONE, false);
    } else {
        change_nodes(side, flow->root, flow->root, side->outer, full, false);
    }
}

/*
 * Of the full arcs on the way the one nearest its end, by the node below it: so the side stays as large as it can, and changes least. FLOW_NONE: *room is what all can carry.
 */
static uint32_t find_full(const struct side *side, uint32_t from, uint32_t to, uint32_t join, int64_t *room, bool *beyond)
{
    const struct vg_flow *flow = side->flow;
    const struct flow_node *nodes = flow->nodes;
    uint32_t last = FLOW_NONE;
    for (uint32_t node = from; node != join; node = nodes[node].parent) {
        *room = nodes[node].up_room < *room ? nodes[node].up_room : *room;
        last = nodes[node].up_room <= 0 ? node : last;
    }
    bool found = false;
    for (uint32_t node = to; node != join; node = nodes[node].parent) {
        *room = nodes[node].down_room < *room ? nodes[node].down_room : *room;
        if (!found && nodes[node].down_room <= 0) {
            last = node;
            found = true;
        }
    }
    *beyond = side->known && last != FLOW_NONE && !flow->mark[last];
    return last;
}

static void push_along(struct vg_flow *flow, uint32_t from, uint32_t to, uint32_t join, int64_t amount)
{
    struct flow_node *nodes = flow->nodes;
    for (uint32_t node = from; node != join; node = nodes[node].parent) {
        nodes[node].up_room -= amount;
        nodes[node].down_room += amount;
    }
    for (uint32_t node = to; node != join; node = nodes[node].parent) {
        nodes[node].down_room -= amount;
        nodes[node].up_room += amount;
    }
}

/* The cheapest arc out of the side comes into the tree for the full one. False: there is none. */
static bool cross(struct side *side, uint32_t full)
{
    struct vg_flow *flow = side->flow;
    while (side->n > 0) {
        const struct flow_crossing best = flow->crossing[0];
        const uint32_t source = flow->source[best.arc], target = flow->target[best.arc];
        const bool away = flow->mark[source];
        flow->crossing[0] = flow->crossing[--side->n];
        flow_heap_sift(flow->crossing, side->n, 0);
        if (flow->mark[source] == flow->mark[target] || !can_carry(flow, best.arc, away) || loss_of(flow, best.arc, away) != best.loss - side->raised) {
            continue;
        }
        const struct flow_step step = flow_step_of(flow, best.arc);
        side->inner = flow->mark[source] ? source : target;
        side->outer = flow->mark[source] ? target : source;
        side->raised = best.loss;
        flow_exchange(flow, &step, 0, full);
        return true;
    }
    return false;
}

int64_t flow_send(struct vg_flow *flow, uint32_t from, uint32_t to, int64_t amount)
{
    const uint64_t most = flow->pivots + 2 * (uint64_t)flow->n_nodes; /* ties might go in circles */
    struct side side = {.flow = flow};
    if (!flow_index_arcs(flow)) {
        return amount;
    }
    memset(flow->mark, 0, (size_t)flow->n_nodes + 1);
    while (amount > 0 && flow->pivots < most) {
        const uint32_t join = flow_join(flow, from, to);
        int64_t room = amount;
        bool beyond;
        const uint32_t full = find_full(&side, from, to, join, &room, &beyond);
        if (full == FLOW_NONE) {
            push_along(flow, from, to, join, room);
            amount -= room;
            continue;
        }
        const bool outwards = flow_is_below(flow, from, full);
        if (beyond) {
            grow_side(&side, full, outwards);
        } else {
            shrink_side(&side, full, outwards);
        }
        if (!side.known) {
            begin_side(&side, full, outwards);
        }
        if (!cross(&side, full)) {
            break;
        }
    }
    memset(flow->mark, 0, (size_t)flow->n_nodes + 1);
    return amount;
}
