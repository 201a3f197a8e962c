/*
 * Private to flow: the spanning tree and the arcs. The flow of an arc in the tree lives with the node below it, as the room that is left upwards and downwards, so that a step reads
 * nodes only; an arc outside is at 0 or at its capacity. Artificial arcs join each node to the root, which is one node more than the network has.
 */
#ifndef VG_FLOW_INTERNAL_H
#define VG_FLOW_INTERNAL_H

#include "allocate/flow/flow.h"

#define FLOW_NONE UINT32_MAX

enum { FLOW_AT_CAPACITY = -1, FLOW_IN_TREE = 0, FLOW_AT_ZERO = 1, FLOW_BETWEEN = 2 /* of a given flow, until it is settled */ };

struct flow_node {
    int64_t up_room, down_room; /* how much more the arc to the parent can carry towards it, and away from it */
    uint32_t parent, arc;
    uint32_t size, last;        /* of the part below and with it: how many nodes, and which is the last in preorder */
    uint32_t back;              /* the node before it in preorder */
    bool up;                    /* the arc points to the parent */
};

/* An arc as one of its ends sees it. */
struct flow_end {
    uint32_t far, arc_side; /* twice the arc, and 1 where it leads away from here */
};

/* An arc across a cut, and what a unit through it would cost. */
struct flow_crossing {
    int64_t loss;
    uint32_t arc;
};

struct vg_flow {
    uint32_t n_nodes, n_arcs, n_all; /* n_all with the artificial arcs */
    uint32_t root;
    uint32_t *source, *target;
    int64_t *cost, *capacity;
    int8_t *state;
    struct flow_node *nodes;         /* [n_nodes + 1] */
    uint32_t *thread;                /* [n_nodes + 1] the tree in preorder, in a ring */
    int64_t *potential;              /* [n_nodes + 1]; only differences mean something */
    int64_t *supply;                 /* [n_nodes] */
    uint8_t *mark;                   /* [n_nodes + 1] scratch; after a failure the nodes of the cut */
    uint32_t *queue;                 /* [n_nodes + 1] scratch: nodes whose arc is out of bounds */
    uint32_t n_queue;
    struct vg_arena *arena;
    struct flow_end *ends;           /* [2 * arcs] by node, from first_end[node] on; made when a change first needs them */
    uint32_t *first_end;             /* [nodes + 1] */
    struct flow_crossing *crossing;  /* [arcs] scratch of the same */
    uint32_t block, next;            /* pricing: arcs looked at together, and where the next look begins */
    int64_t artificial_cost;
    bool begun, stale, broken;       /* stale: costs changed; broken: an arc of the tree is out of bounds */
    uint64_t pivots;
};

/* A step: the arc that enters, pushing from `first` to `second` along it. */
struct flow_step {
    uint32_t arc, first, second;
    int64_t room;  /* how much it can carry that way */
    bool forward;  /* the way it points; the ends do not tell, where they are one node */
};

void flow_root_tree(struct vg_flow *flow);       /* all else of the tree from parents and arcs */
/* The step that begins at an arc outside the tree, from the bound where it is. */
struct flow_step flow_step_of(const struct vg_flow *flow, uint32_t arc);
void flow_level_potentials(struct vg_flow *flow); /* the root's back to 0 */
int64_t flow_reduced(const struct vg_flow *flow, uint32_t arc);
/* Pushes as much as the cycle allows, and exchanges the arcs. False where nothing bounds it. */
bool flow_pivot(struct vg_flow *flow, const struct flow_step *step);
/* Pushes `amount` around the cycle whatever its bounds, and puts the arc above `leaving` out of the tree for step->arc. */
void flow_exchange(struct vg_flow *flow, const struct flow_step *step, int64_t amount, uint32_t leaving);
/* The arc outside the tree that costs most to leave out, of the next block that has one; FLOW_NONE at the optimum. */
uint32_t flow_price(struct vg_flow *flow);
vg_status flow_repair(struct vg_flow *flow, const struct vg_progress *progress, struct vg_error *error);
vg_status flow_improve(struct vg_flow *flow, const struct vg_progress *progress, struct vg_error *error);
uint32_t flow_join(const struct vg_flow *flow, uint32_t a, uint32_t b); /* the lowest node that both are below, or are */
bool flow_is_below(const struct vg_flow *flow, uint32_t node, uint32_t top); /* or is it */
/* Supply from one node to another over the optimal tree, unit by unit the cheapest way; returns what could not go. */
int64_t flow_send(struct vg_flow *flow, uint32_t from, uint32_t to, int64_t amount);
bool flow_index_arcs(struct vg_flow *flow); /* false without memory */
/* A heap of arcs, the least loss first: one more behind the first n; the one at `at` to its place among n. */
void flow_heap_put(struct flow_crossing *heap, uint32_t n, struct flow_crossing more);
void flow_heap_sift(struct flow_crossing *heap, uint32_t n, uint32_t at);
void flow_push_round(struct vg_flow *flow, const struct flow_step *step, int64_t amount); /* from bound to bound: the arc stays outside the tree */
void flow_shift_up(struct vg_flow *flow, uint32_t node, int64_t amount); /* supply into the tree at a node */
void flow_note_bounds(struct vg_flow *flow, uint32_t node); /* queues a node whose arc is out of its bounds */

#endif
