/*
 * Regions as the states of a Markov chain along the tree: rates mu pi[k] into every region (Felsenstein's 1981 model of bases, for any number of states), for which a
 * branch of length t keeps its state with probability e^(-mu t) and else draws a new one from pi. Likelihoods below a node are scaled by their sum; the rate is
 * found by golden section on its logarithm.
 */
#include "trace/genome/introductions/introductions.h"

#include <math.h>
#include <string.h>

#define CELLS_MOST 500000000.0
enum { RATE_STEPS = 40 };

struct pruning {
    const struct vg_tree *tree;
    const uint32_t *regions;
    const struct vg_mugration_model *model;
    size_t k;
    const double *frequencies;
    float *below;  /* [n_nodes * k] likelihood of what is below, scaled to sum to 1 */
    double *sums;  /* [n_nodes] of pi * below */
    double *line;  /* [k] */
};

static double branch(const struct pruning *p, uint32_t v)
{
    return fmax(p->model->times[v] - p->model->times[p->tree->parent[v]], 0);
}

/* Of a leaf whose region is known or not. */
static bool known_leaf(const struct pruning *p, uint32_t v)
{
    return vg_tree_is_leaf(p->tree, v) && p->regions[v] != VG_REGION_NONE && (p->model->left_out == NULL || p->model->left_out[v] == 0);
}

/* below [k] of a node from its children's; adds the logarithm of what was taken out as scale. */
static void prune_node(struct pruning *p, uint32_t v, double rate, double *log_likelihood)
{
    const struct vg_tree *tree = p->tree;
    size_t k = p->k;
    float *below = p->below + v * k;
    double scale = 0;
    for (size_t i = 0; i < k; i++) {
        p->line[i] = 1;
    }
    for (uint32_t child = v + 1; child < tree->end[v]; child = tree->end[child]) {
        const float *from = p->below + child * k;
        double stays = exp(-rate * branch(p, child)), drawn = (1 - stays) * p->sums[child], sum = 0;
        for (size_t i = 0; i < k; i++) {
            p->line[i] *= stays * (double)from[i] + drawn;
            sum += p->line[i];
        }
        for (size_t i = 0; i < k; i++) {
            p->line[i] /= sum;
        }
        *log_likelihood += log(sum);
    }
    if (known_leaf(p, v)) {
        memset(p->line, 0, k * sizeof *p->line);
        p->line[p->regions[v]] = 1;
    } else if (vg_tree_is_leaf(tree, v)) { /* unknown: any region, which is 1 for each */
        for (size_t i = 0; i < k; i++) {
            p->line[i] = 1.0;
        }
    }
    for (size_t i = 0; i < k; i++) {
        below[i] = (float)p->line[i];
        scale += p->line[i] * p->frequencies[i];
    }
    p->sums[v] = scale;
}

static double log_likelihood(struct pruning *p, double rate)
{
    double value = 0;
    for (uint32_t v = p->tree->n_nodes; v-- > 0;) {
        prune_node(p, v, rate, &value);
    }
    return value + log(p->sums[0]);
}

/* The rate with the highest likelihood, between changes of a thousandth and of a thousand a height of the tree. */
static double unlikeliness_at(void *pruning, double log_rate)
{
    return -log_likelihood(pruning, exp(log_rate));
}

/* Who is in the epidemic: leaves by what they stand for, with half a sequence for each region. */
static void fill_frequencies(const struct pruning *p, double *frequencies)
{
    double total = 0;
    for (size_t i = 0; i < p->k; i++) {
        frequencies[i] = 0.5;
    }
    for (uint32_t v = 0; v < p->tree->n_nodes; v++) {
        if (known_leaf(p, v)) {
            frequencies[p->regions[v]]++;
        }
    }
    for (size_t i = 0; i < p->k; i++) {
        frequencies[i] *= p->model->weights == NULL ? 1 : p->model->weights[i];
        total += frequencies[i];
    }
    for (size_t i = 0; i < p->k; i++) {
        frequencies[i] /= total;
    }
}

/*
 * From the root down: probabilities of a node's regions given everything, states[v][b] = sum over a of up[a] P(a, b) below[b], where up is the parent's state without
 * what this branch told of it; and with them the flows along the branch.
 */
static void descend(struct pruning *p, struct vg_mugration *out, double *up)
{
    const struct vg_tree *tree = p->tree;
    size_t k = p->k;
    for (uint32_t v = 0; v < tree->n_nodes; v++) {
        const float *below = p->below + v * k;
        float *states = out->states + v * k;
        if (v == 0) {
            for (size_t i = 0; i < k; i++) {
                states[i] = (float)(p->frequencies[i] * (double)below[i] / p->sums[0]);
            }
            continue;
        }
        double stays = exp(-out->rate * branch(p, v)), leaves = 1 - stays, mass = 0;
        for (size_t a = 0; a < k; a++) {
            double told = stays * (double)below[a] + leaves * p->sums[v];
            up[a] = told > 0 ? (double)out->states[tree->parent[v] * k + a] / told : 0;
            mass += up[a];
        }
        for (size_t b = 0; b < k; b++) {
            double drawn = leaves * p->frequencies[b] * (double)below[b];
            states[b] = (float)((up[b] * stays * (double)below[b]) + mass * drawn);
            out->importations[b] += (mass - up[b]) * drawn;
            for (size_t a = 0; a < k && drawn > 0; a++) {
                out->flows[a * k + b] += a == b ? 0 : up[a] * drawn;
            }
        }
    }
}

static vg_status check(const struct pruning *p, double *height, struct vg_error *error)
{
    const struct vg_tree *tree = p->tree;
    uint32_t first = VG_REGION_NONE;
    bool two = false;
    *height = 0;
    for (uint32_t v = 0; v < tree->n_nodes; v++) {
        if (!isfinite(p->model->times[v]) || (v > 0 && p->model->times[v] < p->model->times[tree->parent[v]] - 1e-9)) {
            return vg_fail(error, VG_DATA_ERROR, "the tree is not dated: node %u has no time, or is before its parent", v);
        }
        *height = fmax(*height, p->model->times[v] - p->model->times[0]);
        if (known_leaf(p, v)) {
            two |= first != VG_REGION_NONE && first != p->regions[v];
            first = p->regions[v];
        }
    }
    if (!two || *height <= 0) {
        return vg_fail(error, VG_DATA_ERROR, "migration needs leaves of two regions, and a tree with some height in time");
    }
    return (double)tree->n_nodes * (double)p->k <= CELLS_MOST
               ? VG_OK
               : vg_fail(error, VG_LIMIT_EXCEEDED, "%u nodes and %zu regions are too many for the Markov model: take fewer regions, or clusters and parsimony", tree->n_nodes, p->k);
}

vg_status vg_mugration_fit(const struct vg_tree *tree, const uint32_t *regions, size_t n_regions, const struct vg_mugration_model *model, struct vg_arena *arena,
                           struct vg_mugration *out, struct vg_error *error)
{
    struct pruning p = {.tree = tree, .regions = regions, .model = model, .k = n_regions};
    double height = 0;
    vg_status status = check(&p, &height, error);
    if (status != VG_OK) {
        return status;
    }
    size_t cells = (size_t)tree->n_nodes * n_regions;
    *out = (struct vg_mugration){.frequencies = VG_ARENA_ARRAY(arena, double, n_regions), .states = VG_ARENA_ARRAY(arena, float, cells),
                                 .importations = VG_ARENA_ARRAY(arena, double, n_regions), .flows = VG_ARENA_ARRAY(arena, double, n_regions * n_regions)};
    double *up = VG_ARENA_ARRAY(arena, double, n_regions);
    p.line = VG_ARENA_ARRAY(arena, double, n_regions);
    p.sums = VG_ARENA_ARRAY(arena, double, tree->n_nodes);
    p.below = VG_ARENA_ARRAY(arena, float, cells);
    if (p.below == NULL || arena->failed) {
        return vg_fail_memory(error, cells * sizeof(float));
    }
    fill_frequencies(&p, out->frequencies);
    p.frequencies = out->frequencies;
    out->rate = exp(vg_golden_minimum(unlikeliness_at, &p, log(1e-3 / height), log(1e3 / height), 1e-4, RATE_STEPS));
    out->log_likelihood = log_likelihood(&p, out->rate);
    out->below = p.below;
    out->sums = p.sums;
    descend(&p, out, up);
    return VG_OK;
}

void vg_mugration_thin(const struct vg_tree *tree, const uint32_t *regions, const double *keep, uint64_t seed, uint32_t replicate, uint8_t *left_out)
{
    for (uint32_t v = 0; v < tree->n_nodes; v++) {
        left_out[v] = 0;
        if (vg_tree_is_leaf(tree, v) && regions[v] != VG_REGION_NONE) {
            struct vg_random random = vg_random_stream(seed, v, replicate, 17);
            left_out[v] = vg_random_uniform(&random) >= keep[regions[v]];
        }
    }
}

void vg_mugration_origin(const struct vg_tree *tree, const struct vg_mugration_model *model, const struct vg_mugration *fit, size_t n_regions, uint32_t node,
                         uint32_t region, double *origin)
{
    double sum = 0;
    memset(origin, 0, n_regions * sizeof *origin);
    if (node == 0) {
        return;
    }
    double stays = exp(-fit->rate * fmax(model->times[node] - model->times[tree->parent[node]], 0)), leaves = 1 - stays;
    const float *parent = fit->states + tree->parent[node] * n_regions, *below = fit->below + node * n_regions;
    for (size_t a = 0; a < n_regions; a++) {
        double told = stays * (double)below[a] + leaves * fit->sums[node];
        origin[a] = told > 0 ? (double)parent[a] / told * ((a == region ? stays : 0) + leaves * fit->frequencies[region]) : 0;
        sum += origin[a];
    }
    for (size_t a = 0; a < n_regions; a++) {
        origin[a] = sum > 0 ? origin[a] / sum : 0;
    }
}
