/*
 * flow: the cheapest flow through a network, exactly and in whole numbers: the core of every plan, since sharing one resource over places and weeks is such a
 * flow (docs/allocate.md). Network simplex on a strongly feasible spanning tree (Cunningham 1976; Bradley, Brown and Graves 1977; Ahuja, Magnanti and Orlin
 * 1993, ch. 11). It may begin from a flow that the caller knows, and after a change it goes on from its last solution: steps from the last tree after a change of
 * costs, shortest ways for what is more or less after a change of supplies or capacities.
 *
 * The sum over arcs of cost * flow is least, subject to 0 <= flow <= capacity and, at each node, flow out - flow in = supply. Supplies sum to 0.
 */
#ifndef VG_FLOW_H
#define VG_FLOW_H

#include "core/core.h"

#define VG_FLOW_UNBOUNDED (INT64_C(1) << 60) /* a capacity that never binds; capacities and sums of supplies are below it */

struct vg_flow_network {
    uint32_t nodes, arcs;
    const uint32_t *source, *target;  /* [arcs] nodes */
    const int64_t *capacity;          /* [arcs] 0 .. VG_FLOW_UNBOUNDED */
    const int64_t *cost;              /* [arcs] of a unit; the largest times the nodes stays below 2^58 */
    const int64_t *supply;            /* [nodes] above 0 gives, below 0 takes */
};

struct vg_flow;

/* Copies the network into the arena (about 25 bytes an arc and 65 a node; 48 an arc and 90 a node more from the first change of a supply or capacity on). VG_DATA_ERROR: an arc leads nowhere, a capacity is negative, supplies do not balance, figures too large. */
vg_status vg_flow_create(const struct vg_flow_network *network, struct vg_arena *arena, struct vg_flow **flow, struct vg_error *error) VG_MUST_USE;

/*
 * Before the first solution: begin from flow[arcs], which must be within capacities and balance at every node (else VG_USAGE_ERROR). A good one (today's plan, nothing
 * moved) saves most of the steps.
 */
vg_status vg_flow_begin(struct vg_flow *flow, const int64_t *amounts, struct vg_error *error) VG_MUST_USE;

/*
 * Finds the optimum. VG_DATA_ERROR when the supplies cannot be carried: vg_flow_cut then names the nodes that have more supply than capacity to send it away; or when
 * costs fall without end. VG_CANCELLED by progress; solving again goes on.
 */
vg_status vg_flow_solve(struct vg_flow *flow, const struct vg_progress *progress, struct vg_error *error) VG_MUST_USE;

/* After a solution: sorts the arcs by node now, which the first change of a supply or capacity would else do (some 40 ns an arc). */
vg_status vg_flow_expect_changes(struct vg_flow *flow, struct vg_error *error) VG_MUST_USE;
/* Changes after a solution; the next vg_flow_solve goes on from there. A supply moves from one node to another, so that they stay balanced. What changes of supplies and capacities can be sent on is sent at once. */
vg_status vg_flow_set_cost(struct vg_flow *flow, uint32_t arc, int64_t cost, struct vg_error *error) VG_MUST_USE;
/* All at once: cost[arcs]. */
vg_status vg_flow_set_costs(struct vg_flow *flow, const int64_t *cost, struct vg_error *error) VG_MUST_USE;
vg_status vg_flow_set_capacity(struct vg_flow *flow, uint32_t arc, int64_t capacity, struct vg_error *error) VG_MUST_USE;
vg_status vg_flow_move_supply(struct vg_flow *flow, uint32_t from, uint32_t to, int64_t amount, struct vg_error *error) VG_MUST_USE;

/* The flow, and what a unit costs at each node against the others: cost + potential[source] - potential[target] is 0 where a flow is between its bounds. Either may be NULL. */
void vg_flow_read(const struct vg_flow *flow, int64_t *amounts, int64_t *potential);
int64_t vg_flow_potential(const struct vg_flow *flow, uint32_t node);
double vg_flow_cost(const struct vg_flow *flow);        /* summed exactly, then rounded once */
int64_t vg_flow_missing(const struct vg_flow *flow);    /* supply that could not be carried; 0 after VG_OK */
void vg_flow_cut(const struct vg_flow *flow, bool *inside); /* [nodes] after a failure: those whose supply exceeds what leaves them */
uint64_t vg_flow_pivots(const struct vg_flow *flow);    /* steps so far */
/* After a solution, before any change: state[arcs] 0 in the tree, 1 nothing flows, -1 full: a basis for a linear program over the same network. False: the flow has no tree now. */
bool vg_flow_basis(const struct vg_flow *flow, int8_t *state) VG_MUST_USE;

#endif
