/*
 * Private to flow: the spanning tree and the arcs. The flow of an arc in the tree lives with the node below it, as the room that is left upwards and downwards, so that a step reads
 * nodes only; an arc outside is at 0 or at its capacity. Artificial arcs join each node to the root, which is one node more than the network has.
 *
 * After a change the flow is loose: what each arc carries is in an array, there is no tree, and what is more or less somewhere goes the cheapest ways (send.c). When steps are needed again, a tree is made of the amounts.
 */
#ifndef VG_FLOW_INTERNAL_H
#define VG_FLOW_INTERNAL_H

#include "allocate/flow/flow.h"

#define FLOW_NONE UINT32_MAX
#define FLOW_COST_LIMIT (INT64_C(1) << 59) /* of an artificial arc; the largest real cost times the nodes is below half of it */

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
    int64_t cost;               /* of a unit that leaves here by it: less than nothing of what comes in, for then it stays away */
    uint32_t far_use;           /* four times the other end, and how it can be used now: FLOW_LEAVES, FLOW_ENTERS */
    uint32_t arc_side;          /* twice the arc, and 1 where it leads away from here */
};
enum { FLOW_LEAVES = 1, FLOW_ENTERS = 2 }; /* more can go from here to the other end; more can come */

/*
 * A node as a search from both ends sees it; of two figures the first is of the giver's side. One line of the processor's cache. Its arcs are in three groups: those that cost far less than nothing beside the potentials, by which
 * things only come; those that are near nothing; those that cost far more, by which things only leave. A search that finds its way among near ones never looks at the others.
 */
struct flow_label {
    int64_t potential;
    int64_t distance[2];
    uint32_t stamp[2];          /* twice the number of the search, and 1 once settled */
    uint32_t via[2];            /* arc_side of the arc that it was reached by, as the node before saw it */
    uint32_t next[2], back[2];  /* in its bucket; back of the first: UINT32_MAX less the number of the bucket */
    uint32_t near, near_end;    /* of its arcs */
};

struct flow_loose {
    int64_t *amount;            /* [arcs] */
    int64_t *left;              /* [nodes] supply that found no way */
    uint64_t n_left;            /* units of it */
    struct flow_end *ends;      /* [2 * arcs] by node, from first_end[node] on */
    uint32_t *first_end;        /* [nodes + 1] */
    uint32_t *place;            /* [2 * arcs] of arc_side among the ends */
    int64_t *base;              /* [nodes] potential by which the groups of its arcs were told */
    int64_t drift;              /* no potential is farther from its base */
    struct flow_label *label;   /* [nodes] */
    uint32_t *settled[2];       /* [nodes] of each side */
    uint32_t searches;
    bool worn;                  /* potentials ran away from each other */
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
    bool *mark;                      /* [n_nodes + 1] after a failure the nodes of the cut */
    uint32_t *part;                  /* [n_nodes + 1] scratch while a tree is made */
    struct vg_arena *arena;
    struct flow_loose *loose;        /* made when a change first needs it */
    uint32_t block, next;            /* pricing: arcs looked at together, and where the next look begins */
    bool begun, stale, is_loose;     /* stale: the tree may be none of least cost */
    uint64_t pivots;
};

/* A step: the arc that enters, pushing from `first` to `second` along it. */
struct flow_step {
    uint32_t arc, first, second;
    int64_t room;  /* how much it can carry that way */
    bool forward;  /* the way it points; the ends do not tell, where they are one node */
};

/* begin.c */
void flow_begin_with_nothing(struct vg_flow *flow);
/* A tree of amounts[arcs], with left[nodes] (NULL: nothing) on artificial arcs. False: costs fall without end. */
bool flow_make_tree(struct vg_flow *flow, const int64_t *amounts, const int64_t *left);

/* flow.c */
vg_status flow_improve(struct vg_flow *flow, const struct vg_progress *progress, struct vg_error *error);
int64_t flow_above_amount(const struct flow_node *node); /* what the arc above it carries */

/* tree.c */
void flow_root_tree(struct vg_flow *flow);       /* all else of the tree from parents and arcs */
/* The step that begins at an arc outside the tree, from the bound where it is. */
struct flow_step flow_step_of(const struct vg_flow *flow, uint32_t arc);
void flow_level_potentials(struct vg_flow *flow); /* the root's back to 0 */
int64_t flow_reduced(const struct vg_flow *flow, uint32_t arc);
/* Pushes as much as the cycle allows, and exchanges the arcs. False where nothing bounds it. */
bool flow_pivot(struct vg_flow *flow, const struct flow_step *step);

/* price.c: the arc outside the tree that costs most to leave out, of the next block that has one; FLOW_NONE at the optimum. */
uint32_t flow_price(struct vg_flow *flow);

/* change.c: the tree of a loose flow; nothing where it has one. */
vg_status flow_tighten(struct vg_flow *flow, struct vg_error *error);

/* ends.c: all arcs by node, once amounts and potentials of the loose flow are there. */
void flow_index_ends(struct vg_flow *flow);
/* How the ends of an arc can be used, from what it carries. */
void flow_note_room(struct vg_flow *flow, uint32_t arc);
/* A node's potential in the loose flow. */
void flow_set_potential(struct vg_flow *flow, uint32_t node, int64_t potential);
#define FLOW_FAR 4 /* times the drift: what is farther from nothing was never nearer than FLOW_AWAY of it */
#define FLOW_AWAY 2

/* send.c: from one node to another of a loose flow of least cost, the cheapest ways; it stays one of least cost. Returns what could not go, or not soon enough. */
int64_t flow_send(struct vg_flow *flow, uint32_t from, uint32_t to, int64_t amount);

#endif
