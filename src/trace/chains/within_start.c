/*
 * First states: cases one after another under an infector that may have been theirs, or a phylogeny that is given, coloured from its tips.
 */
#include "trace/chains/within.h"

#include <math.h>

static double guess(const struct within_world *world, uint32_t i)
{
    const struct vg_chain_case *c = &world->data->cases[i];
    double mean = 0;
    for (size_t day = 0; day < VG_CHAIN_SHOWN_MAX; day++) {
        mean += (double)day * world->model->shown[c->shown][day];
    }
    return c->day + 0.5 - fmax(mean, 0.4);
}

static void set_tips(struct within_chain *chain)
{
    for (uint32_t i = 0; i < chain->tree.n_tips; i++) {
        chain->tree.nodes[i].time = chain->world->data->cases[i].day + 0.5;
    }
}

/* By days between them and by genomes; the outside where nobody can be. */
static uint32_t draw_first_infector(struct within_chain *chain, uint32_t i, double time, double *weights)
{
    const struct within_world *world = chain->world;
    struct within_tree *tree = &chain->tree;
    double total = 0;
    for (uint32_t k = 0; k < tree->n_live; k++) {
        const struct within_event *e = &tree->events[tree->live[k]];
        unsigned distance = vg_chains_distance(world->data->genomes, world->data->cases[i].genome, world->data->cases[e->tip].genome);
        double by_time = within_generation_log(world, time - e->time);
        weights[k] = by_time < -40 ? 0 : exp(by_time - (distance == VG_CHAIN_DISTANCE_NONE ? 0 : distance));
        total += weights[k];
    }
    double left = vg_random_uniform(&chain->random) * total;
    uint32_t host = WITHIN_OUTSIDE;
    for (uint32_t k = 0; k < tree->n_live && total > 1e-12; k++) {
        host = weights[k] > 0 ? tree->live[k] : host;
        if ((left -= weights[k]) <= 0) {
            break;
        }
    }
    return host;
}

void within_start(struct within_chain *chain)
{
    struct within_tree *tree = &chain->tree;
    uint32_t *order = chain->path, parent = tree->n_tips;
    double *weights = chain->content.joins;
    set_tips(chain);
    for (uint32_t i = 0; i < tree->n_tips; i++) {
        uint32_t at = i;
        for (; at > 0 && guess(chain->world, order[at - 1]) > guess(chain->world, i); at--) {
            order[at] = order[at - 1];
        }
        order[at] = i;
    }
    tree->root = order[0];
    tree->events[within_insert(tree, order[0], guess(chain->world, order[0]))].tip = order[0];
    for (uint32_t k = 1; k < tree->n_tips; k++, parent++) {
        uint32_t i = order[k], branch = 0;
        double time = guess(chain->world, i), at = 0;
        uint32_t host = draw_first_infector(chain, i, time, weights);
        for (uint32_t e = 0; e < tree->n_live; e++) { /* tips and hosts above, up to now */
            within_gather(tree, tree->live[e], &chain->content);
        }
        within_gather(tree, host, &chain->content);
        within_join(chain, host, time, &branch, &at);
        within_attach(tree, i, parent, branch, host == WITHIN_OUTSIDE ? at : fmax(at, tree->events[host].time + 1e-6));
        tree->events[within_insert(tree, i, time)].tip = i;
    }
}

/* Each node is of the host of the earliest case below it. */
vg_status within_start_tree(struct within_chain *chain, const struct vg_chain_phylogeny *phylogeny, struct vg_error *error)
{
    struct within_tree *tree = &chain->tree;
    uint32_t *of = chain->path;
    if (phylogeny->n_tips != tree->n_tips) {
        return vg_fail(error, VG_DATA_ERROR, "the tree has %u tips, and there are %u cases", phylogeny->n_tips, tree->n_tips);
    }
    set_tips(chain);
    for (uint32_t v = tree->n_tips; v < tree->n_nodes; v++) {
        tree->nodes[v].time = phylogeny->times[v];
    }
    for (uint32_t v = 0; v < tree->n_nodes; v++) { /* children have lower numbers */
        uint32_t parent = phylogeny->parents[v];
        of[v] = v < tree->n_tips ? v : of[tree->nodes[v].child[0]];
        if (v >= tree->n_tips && guess(chain->world, of[tree->nodes[v].child[1]]) < guess(chain->world, of[v])) {
            of[v] = of[tree->nodes[v].child[1]];
        }
        tree->nodes[v].parent = parent == VG_CHAIN_NONE ? WITHIN_NONE : parent;
        if (parent == VG_CHAIN_NONE) {
            tree->root = v;
        } else {
            tree->nodes[parent].child[tree->nodes[parent].child[0] == WITHIN_NONE ? 0 : 1] = v;
        }
    }
    for (uint32_t v = 0; v < tree->n_nodes; v++) {
        uint32_t parent = tree->nodes[v].parent;
        double time = guess(chain->world, of[v]);
        if (parent == WITHIN_NONE) {
            (void)within_insert(tree, v, fmin(time, tree->nodes[v].time - 0.5));
        } else if (of[parent] != of[v]) {
            double early = tree->nodes[parent].time, late = tree->nodes[v].time, edge = 0.05 * (late - early);
            (void)within_insert(tree, v, fmin(fmax(time, early + edge), late - edge));
        }
    }
    return VG_OK;
}
