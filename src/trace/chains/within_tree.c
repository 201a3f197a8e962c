/*
 * A dated phylogeny with infections on its branches: edits of both, and what a host holds.
 */
#include "trace/chains/within.h"

#include <math.h>
#include <string.h>

vg_status within_tree_new(uint32_t n_tips, struct vg_arena *arena, struct within_tree *tree, struct vg_error *error)
{
    uint32_t capacity = 6 * n_tips + 64;
    *tree = (struct within_tree){.n_tips = n_tips,
                                 .n_nodes = 2 * n_tips - 1,
                                 .root = WITHIN_NONE,
                                 .capacity = capacity,
                                 .nodes = VG_ARENA_ARRAY(arena, struct within_node, 2 * (size_t)n_tips),
                                 .events = VG_ARENA_ARRAY(arena, struct within_event, capacity),
                                 .live = VG_ARENA_ARRAY(arena, uint32_t, capacity),
                                 .spare = VG_ARENA_ARRAY(arena, uint32_t, capacity)};
    if (arena->failed) {
        return vg_fail_memory(error, capacity * sizeof *tree->events);
    }
    for (uint32_t v = 0; v < tree->n_nodes; v++) {
        tree->nodes[v] = (struct within_node){.parent = WITHIN_NONE, .child = {WITHIN_NONE, WITHIN_NONE}, .top = WITHIN_NONE, .bottom = WITHIN_NONE};
    }
    tree->events[WITHIN_OUTSIDE] = (struct within_event){.time = -INFINITY, .tip = WITHIN_NONE, .above = WITHIN_NONE};
    for (uint32_t k = 0; k + 1 < capacity; k++) {
        tree->spare[k] = capacity - 1 - k;
    }
    return VG_OK;
}

void within_copy(struct within_tree *to, const struct within_tree *from)
{
    struct within_tree arrays = *to;
    *to = *from;
    to->nodes = arrays.nodes;
    to->events = arrays.events;
    to->live = arrays.live;
    to->spare = arrays.spare;
    memcpy(to->nodes, from->nodes, from->n_nodes * sizeof *to->nodes);
    memcpy(to->live, from->live, from->n_live * sizeof *to->live);
    memcpy(to->spare, from->spare, (from->capacity - 1 - from->n_live) * sizeof *to->spare);
    to->events[WITHIN_OUTSIDE] = from->events[WITHIN_OUTSIDE];
    for (uint32_t k = 0; k < from->n_live; k++) {
        to->events[from->live[k]] = from->events[from->live[k]];
    }
}

uint32_t within_insert(struct within_tree *tree, uint32_t node, double time)
{
    if (tree->n_live + 1 >= tree->capacity) {
        return WITHIN_NONE;
    }
    uint32_t event = tree->spare[tree->capacity - 2 - tree->n_live], down = WITHIN_NONE, up = tree->nodes[node].bottom;
    while (up != WITHIN_NONE && tree->events[up].time > time) {
        down = up;
        up = tree->events[up].up;
    }
    tree->events[event] =
        (struct within_event){.time = time, .node = node, .up = up, .down = down, .above = WITHIN_NONE, .tip = WITHIN_NONE, .place = tree->n_live};
    *(down == WITHIN_NONE ? &tree->nodes[node].bottom : &tree->events[down].up) = event;
    *(up == WITHIN_NONE ? &tree->nodes[node].top : &tree->events[up].down) = event;
    tree->live[tree->n_live++] = event;
    return event;
}

void within_remove(struct within_tree *tree, uint32_t event)
{
    const struct within_event *e = &tree->events[event];
    struct within_node *node = &tree->nodes[e->node];
    *(e->down == WITHIN_NONE ? &node->bottom : &tree->events[e->down].up) = e->up;
    *(e->up == WITHIN_NONE ? &node->top : &tree->events[e->up].down) = e->down;
    uint32_t last = tree->live[--tree->n_live];
    tree->live[e->place] = last;
    tree->events[last].place = e->place;
    tree->spare[tree->capacity - 2 - tree->n_live] = event;
}

/* The infections on the branch of `from` go on top of those on the branch of `to`, which leads on from it. */
static void give_branch(struct within_tree *tree, uint32_t from, uint32_t to)
{
    struct within_node *above = &tree->nodes[from], *below = &tree->nodes[to];
    for (uint32_t e = above->bottom; e != WITHIN_NONE; e = tree->events[e].up) {
        tree->events[e].node = to;
    }
    if (above->bottom != WITHIN_NONE) {
        *(below->top == WITHIN_NONE ? &below->bottom : &tree->events[below->top].up) = above->bottom;
        tree->events[above->bottom].down = below->top;
        below->top = above->top;
    }
    above->top = above->bottom = WITHIN_NONE;
}

void within_detach(struct within_tree *tree, uint32_t v)
{
    uint32_t p = tree->nodes[v].parent, above = tree->nodes[p].parent;
    uint32_t sibling = tree->nodes[p].child[tree->nodes[p].child[0] == v ? 1 : 0];
    give_branch(tree, p, sibling);
    tree->nodes[sibling].parent = above;
    if (above == WITHIN_NONE) {
        tree->root = sibling;
    } else {
        tree->nodes[above].child[tree->nodes[above].child[0] == p ? 0 : 1] = sibling;
    }
    tree->nodes[v].parent = WITHIN_NONE;
}

void within_attach(struct within_tree *tree, uint32_t v, uint32_t parent, uint32_t branch, double time)
{
    struct within_node *p = &tree->nodes[parent], *b = &tree->nodes[branch];
    uint32_t above = b->parent, first = b->bottom;
    while (first != WITHIN_NONE && tree->events[first].time > time) {
        first = tree->events[first].up;
    }
    *p = (struct within_node){.time = time, .parent = above, .child = {branch, v}, .top = WITHIN_NONE, .bottom = WITHIN_NONE, .host = p->host, .which = p->which};
    if (first != WITHIN_NONE) {
        p->top = b->top;
        p->bottom = first;
        b->top = tree->events[first].down;
        tree->events[first].down = WITHIN_NONE;
        *(b->top == WITHIN_NONE ? &b->bottom : &tree->events[b->top].up) = WITHIN_NONE;
    }
    for (uint32_t e = p->bottom; e != WITHIN_NONE; e = tree->events[e].up) {
        tree->events[e].node = parent;
    }
    if (above == WITHIN_NONE) {
        tree->root = parent;
    } else {
        tree->nodes[above].child[tree->nodes[above].child[0] == branch ? 0 : 1] = parent;
    }
    b->parent = tree->nodes[v].parent = parent;
}

void within_gather(struct within_tree *tree, uint32_t host, struct within_content *content)
{
    const struct within_event *events = tree->events;
    uint32_t first = host == WITHIN_OUTSIDE ? tree->root : events[host].node;
    size_t n_waiting = 0;
    content->n_pieces = content->n_starts = content->n_joins = content->n_outs = 0;
    content->tip = WITHIN_NONE;
    content->waiting[n_waiting++] = first;
    while (n_waiting > 0) {
        uint32_t v = content->waiting[--n_waiting], next = tree->nodes[v].top;
        struct within_node *node = &tree->nodes[v];
        double early = node->parent == WITHIN_NONE ? -INFINITY : tree->nodes[node->parent].time;
        if (v == first && host != WITHIN_OUTSIDE) {
            next = events[host].down;
            early = events[host].time;
        }
        double late = next == WITHIN_NONE ? node->time : events[next].time;
        content->pieces[content->n_pieces++] = (struct within_piece){v, late, early};
        if (next != WITHIN_NONE) {
            tree->events[next].above = host;
            content->outs[content->n_outs++] = next;
            content->starts[content->n_starts++] = late;
            continue;
        }
        node->host = host;
        if (v < tree->n_tips) {
            content->tip = v;
            content->starts[content->n_starts++] = late;
        } else {
            content->joins[content->n_joins++] = late;
            content->waiting[n_waiting++] = node->child[0];
            content->waiting[n_waiting++] = node->child[1];
        }
    }
}

/* The earlier time by which the integral of 1 / size, from `tau` back, comes to x. */
static double back_by(const struct within_parameters *p, bool outside, double tau, double x)
{
    if (outside) {
        return tau - x * p->outside;
    }
    double bend = p->size / p->growth;
    if (tau > bend) {
        double flat = (tau - bend) / p->size;
        if (x <= flat) {
            return tau - x * p->size;
        }
        x -= flat;
        tau = bend;
    }
    return tau * exp(-p->growth * x);
}

void within_join(struct within_chain *chain, uint32_t host, double time, uint32_t *branch, double *at)
{
    const struct within_content *content = &chain->content;
    bool outside = host == WITHIN_OUTSIDE;
    double zero = outside ? 0 : chain->tree.events[host].time, left = -log(vg_random_uniform(&chain->random));
    for (;;) {
        double next = -INFINITY;
        uint32_t n = 0;
        for (size_t k = 0; k < content->n_pieces; k++) {
            const struct within_piece *piece = &content->pieces[k];
            bool here = piece->late >= time && piece->early < time;
            double edge = here ? piece->early : piece->late < time ? piece->late : -INFINITY;
            n += here ? 1 : 0;
            next = fmax(next, edge);
        }
        double all = n == 0 ? 0 : next <= zero && !outside ? INFINITY : isinf(next) ? INFINITY : n * within_hazard(&chain->p, outside, next - zero, time - zero);
        if (left < all) {
            uint32_t chosen = vg_random_below(&chain->random, n);
            *at = zero + back_by(&chain->p, outside, time - zero, left / n);
            for (size_t k = 0; k < content->n_pieces; k++) {
                if (content->pieces[k].late >= time && content->pieces[k].early < time && chosen-- == 0) {
                    *branch = content->pieces[k].branch;
                    return;
                }
            }
        }
        left -= all;
        time = next;
    }
}
