/*
 * Moves of one chain: infections slide, come, go and jump along the way between two cases (who infected whom turns round); nodes of the phylogeny slide;
 * lineages are drawn again within their host, or under another infector, by the coalescent itself, so that its terms cancel.
 */
#include "trace/chains/within.h"

#include <math.h>

static double uniform(struct within_chain *chain)
{
    return vg_random_uniform(&chain->random);
}

static double exponential(struct within_chain *chain, double mean)
{
    return -mean * log(uniform(chain));
}

/* Ends a move: as it was, where it is refused. */
static void decide(struct within_chain *chain, unsigned move, double log_ratio)
{
    chain->proposed[move]++;
    if (log(uniform(chain)) < log_ratio) {
        chain->taken[move]++;
    } else {
        within_copy(&chain->tree, &chain->before);
    }
}

static uint32_t any_infection(struct within_chain *chain)
{
    return chain->tree.live[vg_random_below(&chain->random, chain->tree.n_live)];
}

/* Where the branch above a node ends. */
static double branch_end(const struct within_tree *tree, uint32_t v)
{
    return tree->nodes[v].parent == WITHIN_NONE ? -INFINITY : tree->nodes[tree->nodes[v].parent].time;
}

/* ------------------------------------------------------------- infections */

static void slide(struct within_chain *chain)
{
    struct within_tree *tree = &chain->tree;
    uint32_t event = any_infection(chain);
    struct within_event *e = &tree->events[event];
    double late = e->down == WITHIN_NONE ? tree->nodes[e->node].time : tree->events[e->down].time;
    double early = e->up == WITHIN_NONE ? branch_end(tree, e->node) : tree->events[e->up].time;
    double to = isinf(early) ? e->time + 0.5 * chain->world->generation_mean * vg_random_normal(&chain->random) : early + (late - early) * uniform(chain);
    if (!(to < late)) {
        return;
    }
    double before = within_prior(chain);
    within_copy(&chain->before, tree);
    e->time = to;
    within_score(chain, event);
    within_score(chain, e->above);
    decide(chain, WITHIN_SLIDE, within_prior(chain) - before);
}

static double length_of_tree(const struct within_tree *tree)
{
    double sum = 0;
    for (uint32_t v = 0; v < tree->n_nodes; v++) {
        sum += v == tree->root ? 0 : tree->nodes[v].time - branch_end(tree, v);
    }
    return sum;
}

#define ABOVE_ROOT 0.1 /* share of new infections that are put before the root */

static double density_of_place(const struct within_chain *chain, double length, uint32_t node, double time)
{
    const struct within_tree *tree = &chain->tree;
    double mean = chain->world->generation_mean;
    return node == tree->root ? ABOVE_ROOT * exp(-(tree->nodes[node].time - time) / mean) / mean : (1 - ABOVE_ROOT) / length;
}

static void draw_place(struct within_chain *chain, double length, uint32_t *node, double *time)
{
    struct within_tree *tree = &chain->tree;
    *node = tree->root;
    if (uniform(chain) < ABOVE_ROOT || !(length > 0)) {
        *time = tree->nodes[tree->root].time - exponential(chain, chain->world->generation_mean);
        return;
    }
    double left = uniform(chain) * length;
    uint32_t last = tree->root;
    for (uint32_t v = 0; v < tree->n_nodes; v++) {
        double branch = v == tree->root ? 0 : tree->nodes[v].time - branch_end(tree, v);
        if (branch > 0) {
            last = v;
            if (left < branch) {
                break;
            }
            left -= branch;
        }
    }
    *node = last;
    *time = last == tree->root ? tree->nodes[last].time : fmax(tree->nodes[last].time - left, branch_end(tree, last));
}

/* The host in which a point of a branch lies. */
static uint32_t host_at(const struct within_tree *tree, uint32_t node, double time)
{
    uint32_t event = tree->nodes[node].bottom;
    if (event == WITHIN_NONE || tree->events[event].time <= time) {
        return tree->nodes[node].host;
    }
    while (tree->events[event].up != WITHIN_NONE && tree->events[tree->events[event].up].time > time) {
        event = tree->events[event].up;
    }
    return tree->events[event].above;
}

static void come(struct within_chain *chain)
{
    struct within_tree *tree = &chain->tree;
    double length = length_of_tree(tree), time = 0, before = within_prior(chain);
    uint32_t node = 0;
    draw_place(chain, length, &node, &time);
    uint32_t host = host_at(tree, node, time);
    within_copy(&chain->before, tree);
    uint32_t event = within_insert(tree, node, time);
    if (event == WITHIN_NONE) {
        return;
    }
    within_score(chain, host);
    within_score(chain, event);
    double log_ratio = within_prior(chain) - before - log(tree->n_live) - log(density_of_place(chain, length, node, time));
    decide(chain, WITHIN_COME_OR_GO, log_ratio);
}

static void go(struct within_chain *chain)
{
    struct within_tree *tree = &chain->tree;
    uint32_t event = any_infection(chain);
    const struct within_event e = tree->events[event];
    if (e.tip != WITHIN_NONE && (e.above == WITHIN_OUTSIDE || tree->events[e.above].tip != WITHIN_NONE)) {
        return;
    }
    double before = within_prior(chain), n = tree->n_live, length = length_of_tree(tree);
    within_copy(&chain->before, tree);
    within_remove(tree, event);
    within_score(chain, e.above);
    decide(chain, WITHIN_COME_OR_GO, within_prior(chain) - before + log(n) + log(density_of_place(chain, length, e.node, e.time)));
}

/* ------------------------------------------------------------------- jumps */

/* Branches on the way between two nodes, or up to the root where `to` is WITHIN_NONE. */
static size_t way_between(struct within_chain *chain, uint32_t from, uint32_t to, uint32_t *branches)
{
    const struct within_tree *tree = &chain->tree;
    size_t n = 0;
    chain->stamped++;
    for (uint32_t v = to; v != WITHIN_NONE; v = tree->nodes[v].parent) {
        chain->stamp[v] = chain->stamped;
    }
    uint32_t meet = from;
    for (; meet != tree->root && chain->stamp[meet] != chain->stamped; meet = tree->nodes[meet].parent) {
        branches[n++] = meet;
    }
    for (uint32_t v = to; v != WITHIN_NONE && v != meet; v = tree->nodes[v].parent) {
        branches[n++] = v;
    }
    return n;
}

/*
 * An infection between two cases goes anywhere on the way from one to the other in what both hosts hold together; one between a case and the outside on its
 * way up to a little before the root; one of a host that is not a case anywhere in what it and its infector hold.
 */
static void jump(struct within_chain *chain)
{
    struct within_tree *tree = &chain->tree;
    uint32_t event = any_infection(chain), *branches = chain->path;
    const struct within_event e = tree->events[event];
    double before = within_prior(chain), beyond = e.above == WITHIN_OUTSIDE && e.tip != WITHIN_NONE ? 2 * chain->world->generation_mean : 0, length = beyond;
    if ((e.node == tree->root && e.above == WITHIN_OUTSIDE && (e.tip == WITHIN_NONE || e.time < tree->nodes[tree->root].time - beyond))) {
        return;
    }
    within_copy(&chain->before, tree);
    uint32_t of_infector = e.above == WITHIN_OUTSIDE ? WITHIN_NONE : tree->events[e.above].tip;
    within_remove(tree, event);
    within_gather(tree, e.above, &chain->content);
    size_t n = 0;
    bool anywhere = e.tip == WITHIN_NONE || (e.above != WITHIN_OUTSIDE && of_infector == WITHIN_NONE);
    if (!anywhere) {
        n = way_between(chain, e.tip, of_infector, branches);
    }
    struct within_content *content = &chain->content;
    for (size_t k = 0; k < (anywhere ? content->n_pieces : n); k++) {
        double piece = anywhere ? content->pieces[k].late - content->pieces[k].early : tree->nodes[branches[k]].time - branch_end(tree, branches[k]);
        length += isinf(piece) ? 0 : piece;
    }
    double left = uniform(chain) * length, time = tree->nodes[tree->root].time - left;
    uint32_t node = tree->root;
    bool found = left < beyond;
    left -= beyond;
    for (size_t k = 0; !found && k < (anywhere ? content->n_pieces : n); k++) {
        uint32_t branch = anywhere ? content->pieces[k].branch : branches[k];
        double late = anywhere ? content->pieces[k].late : tree->nodes[branch].time, early = anywhere ? content->pieces[k].early : branch_end(tree, branch);
        if (!isinf(early) && late > early) {
            node = branch;
            time = fmax(late - left, early);
            found = left < late - early;
            left -= late - early;
        }
    }
    if (!(length > 0) || within_insert(tree, node, time) == WITHIN_NONE) { /* the number just freed is the next to be given */
        within_copy(tree, &chain->before);
        return;
    }
    within_score(chain, e.above);
    within_score(chain, event);
    decide(chain, WITHIN_JUMP, within_prior(chain) - before);
}

/* --------------------------------------------------------------- phylogeny */

static void slide_node(struct within_chain *chain)
{
    struct within_tree *tree = &chain->tree;
    uint32_t v = tree->n_tips + vg_random_below(&chain->random, tree->n_nodes - tree->n_tips);
    struct within_node *node = &tree->nodes[v];
    double late = INFINITY, early = node->bottom == WITHIN_NONE ? branch_end(tree, v) : tree->events[node->bottom].time;
    for (unsigned side = 0; side < 2; side++) {
        const struct within_node *child = &tree->nodes[node->child[side]];
        late = fmin(late, child->top == WITHIN_NONE ? child->time : tree->events[child->top].time);
    }
    double to = isinf(early) ? node->time + chain->world->generation_mean * vg_random_normal(&chain->random) : early + (late - early) * uniform(chain);
    if (!(to < late) || !(to > early)) {
        return;
    }
    double before = within_prior(chain) + tree->sequences;
    within_copy(&chain->before, tree);
    node->time = to;
    within_score(chain, node->host);
    within_sequences(chain, &v, 1);
    decide(chain, WITHIN_NODE, within_prior(chain) + tree->sequences - before);
}

#define SOME_WEIGHT 1e-4    /* of any host infected earlier, as a new infector */
#define OUTSIDE_WEIGHT 0.01 /* of the outside */

static double infector_weight(const struct within_chain *chain, uint32_t host, uint32_t but, double time)
{
    if (host == WITHIN_OUTSIDE) {
        return OUTSIDE_WEIGHT;
    }
    double days = time - chain->tree.events[host].time;
    return host == but || days <= 0 ? 0 : exp(within_generation_log(chain->world, days)) + SOME_WEIGHT;
}

static double infector_weights(const struct within_chain *chain, uint32_t but, double time)
{
    double sum = OUTSIDE_WEIGHT;
    for (uint32_t k = 0; k < chain->tree.n_live; k++) {
        sum += infector_weight(chain, chain->tree.live[k], but, time);
    }
    return sum;
}

static uint32_t draw_infector(struct within_chain *chain, uint32_t but, double time, double total)
{
    double left = uniform(chain) * total - OUTSIDE_WEIGHT;
    uint32_t host = WITHIN_OUTSIDE;
    for (uint32_t k = 0; left > 0 && k < chain->tree.n_live; k++) {
        double weight = infector_weight(chain, chain->tree.live[k], but, time);
        host = weight > 0 ? chain->tree.live[k] : host;
        left -= weight;
    }
    return host;
}

/* What is not the coalescent's: its terms are those by which the lineage was drawn. */
static double without_coalescent(const struct within_chain *chain, uint32_t but)
{
    const struct within_event *events = chain->tree.events;
    double sum = events[WITHIN_OUTSIDE].transmission + within_contacts(chain) + chain->tree.sequences;
    for (uint32_t k = 0; k < chain->tree.n_live; k++) {
        sum += events[chain->tree.live[k]].transmission;
    }
    return but == WITHIN_NONE ? sum : sum + events[but].coalescent;
}

/* The lineage above v, which comes into the host at `time`, joins it anew; false where there is no time left to. */
static bool rejoin(struct within_chain *chain, uint32_t v, uint32_t parent, uint32_t host, double time)
{
    uint32_t branch = 0;
    double at = 0;
    within_gather(&chain->tree, host, &chain->content);
    within_join(chain, host, time, &branch, &at);
    if (host != WITHIN_OUTSIDE && !(at > chain->tree.events[host].time + 1e-7)) {
        return false;
    }
    within_attach(&chain->tree, v, parent, branch, at);
    return true;
}

static void update_sequences(struct within_chain *chain, uint32_t v, uint32_t parent, uint32_t left_behind)
{
    uint32_t changed[3] = {chain->tree.nodes[v].parent, parent, left_behind};
    within_sequences(chain, changed, left_behind == WITHIN_NONE ? 2 : 3);
}

/* A lineage joins the others of its host somewhere else. */
static void redraw(struct within_chain *chain)
{
    struct within_tree *tree = &chain->tree;
    uint32_t v = vg_random_below(&chain->random, tree->n_nodes), parent = tree->nodes[v].parent;
    if (parent == WITHIN_NONE) {
        return;
    }
    uint32_t host = tree->nodes[parent].host, left_behind = tree->nodes[parent].parent;
    double time = tree->nodes[v].top == WITHIN_NONE ? tree->nodes[v].time : tree->events[tree->nodes[v].top].time, before = tree->sequences;
    within_copy(&chain->before, tree);
    within_detach(tree, v);
    if (!rejoin(chain, v, parent, host, time)) {
        within_copy(tree, &chain->before);
        return;
    }
    within_score(chain, host);
    update_sequences(chain, v, parent, left_behind);
    decide(chain, WITHIN_REDRAW, tree->sequences - before);
}

/* The first infection of a branch is by another host, and its lineage joins there; half the time on another day. */
static void reinfect(struct within_chain *chain)
{
    struct within_tree *tree = &chain->tree;
    uint32_t event = any_infection(chain), v = tree->events[event].node, parent = tree->nodes[v].parent;
    if (parent == WITHIN_NONE || tree->nodes[v].top != event) {
        return;
    }
    struct within_event *e = &tree->events[event];
    uint32_t old = e->above, left_behind = tree->nodes[parent].parent;
    double late = e->down == WITHIN_NONE ? tree->nodes[v].time : tree->events[e->down].time, mean = 0.5 * chain->world->generation_mean;
    double time = e->time, log_ratio = -without_coalescent(chain, event);
    within_copy(&chain->before, tree);
    if (uniform(chain) < 0.5) {
        time = late - exponential(chain, mean);
        log_ratio += (e->time - time) / mean; /* density of the way back, against that of the way there */
    }
    within_detach(tree, v);
    double old_time = e->time, old_total = infector_weights(chain, event, old_time), total = infector_weights(chain, event, time);
    uint32_t host = draw_infector(chain, event, time, total);
    log_ratio += log(infector_weight(chain, old, event, old_time) / old_total) - log(infector_weight(chain, host, event, time) / total);
    e->time = time;
    if (!rejoin(chain, v, parent, host, time)) {
        within_copy(tree, &chain->before);
        return;
    }
    within_score(chain, old);
    within_score(chain, host);
    within_score(chain, event);
    update_sequences(chain, v, parent, left_behind);
    decide(chain, WITHIN_REINFECT, log_ratio + without_coalescent(chain, event));
}

void within_sweep(struct within_chain *chain)
{
    bool fixed = chain->world->fixed_tree;
    for (uint32_t k = 0; k < chain->tree.n_tips; k++) {
        for (unsigned twice = 0; twice < 2; twice++) {
            slide(chain);
            (uniform(chain) < 0.5 ? come : go)(chain);
            jump(chain);
        }
        if (!fixed) {
            slide_node(chain);
            redraw(chain);
            reinfect(chain);
            reinfect(chain);
        }
    }
}
