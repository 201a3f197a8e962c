/*
 * Days of a tree's nodes by histories: the day of each node's leaves' common ancestor in each draw. Leaves in the order of a walk through the draw, that of neighbours is the twig between them, and that of
 * a set the earliest between its first and last.
 */
#include "trace/genome/introductions/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CELLS_MOST 400000000.0
#define Z_95 1.96
#define RATE_UNSURE 0.15 /* standard deviation of the rate's logarithm by what the histories do not know: how unevenly hosts infect others */
#define DATES_UNSURE 0.35 /* the same, of how long a node was before its first sample, and of so many days more: hosts are sampled some days after they were infected */
#define DAYS_MORE 8.0
#define DENSE_DAYS 365.0 /* the span of a tree up to which all of the first counts: beyond, what hosts do in weeks is ever less of it */
#define DATES_MOST 120.0 /* days before its first sample of a node, up to which all of the second counts */
#define ALWAYS_UNSURE 0.06 /* of both: sites that change twice, mutations of reading */

struct dating {
    const struct vg_tree *tree;
    const struct vg_history_model *model;
    uint32_t *leaf_of_tip;     /* [n_tips] */
    uint32_t n_tips;
    uint8_t *ways;             /* [n_nodes] children that lead to dated leaves: 0, 1, 2 for more; dated leaves 2 */
    float *days;               /* [n_nodes * draws of all chains] */
    double *rates;             /* [draws of all chains] */
    vg_status *status;
    struct vg_error *errors;
};

/* Of one draw: places of tips in a walk, and the earliest day between any two. */
struct walk {
    uint32_t *place;           /* [n_tips] of a tip */
    uint32_t *first, *last;    /* [n_nodes] places of a node's leaves */
    int32_t *least;            /* [levels * n_tips] of so many neighbours from here on */
    size_t levels;
};

/* Twigs in preorder: between two tips that follow each other the earliest is the twig at which the way turned, the one whose second child comes next. */
static void walk_draw(struct history *h, struct walk *walk)
{
    uint32_t n = 0;
    history_order(h);
    for (uint32_t i = 0; i < h->n; i++) {
        uint32_t x = h->order[i];
        if (x != h->root && n > 0 && i > 0 && h->twigs[x].parent != h->order[i - 1]) {
            walk->least[n - 1] = h->twigs[h->twigs[x].parent].day;
        }
        if (x < h->n_tips) {
            walk->place[x] = n++;
        }
    }
    for (size_t level = 1; level < walk->levels; level++) {
        const int32_t *below = walk->least + (level - 1) * h->n_tips;
        int32_t *own = walk->least + level * h->n_tips;
        for (size_t i = 0; i + ((size_t)1 << level) < h->n_tips; i++) {
            int32_t a = below[i], b = below[i + ((size_t)1 << (level - 1))];
            own[i] = a < b ? a : b;
        }
    }
}

static int32_t earliest(const struct walk *walk, uint32_t n_tips, uint32_t first, uint32_t last)
{
    size_t level = (size_t)(31 - __builtin_clz(last - first));
    int32_t a = walk->least[level * n_tips + first], b = walk->least[level * n_tips + last - ((size_t)1 << level)];
    return a < b ? a : b;
}

static double mutations_of(const struct vg_tree *tree, uint32_t v)
{
    return (double)(tree->mutation_start[v + 1] - tree->mutation_start[v]);
}

/* Nodes that no history has, by their mutations at the rate: before the one that they lead to, though not before what is above; behind it where they lead to none. */
static void fill_rest(const struct dating *d, double rate, float *days)
{
    const struct vg_tree *tree = d->tree;
    for (uint32_t v = tree->n_nodes; v-- > 0;) { /* from below: the day if nothing is above */
        for (uint32_t child = v + 1; d->ways[v] == 1 && child < tree->end[v]; child = tree->end[child]) {
            if (d->ways[child] > 0) {
                days[v] = days[child] - (float)(mutations_of(tree, child) / rate);
            }
        }
    }
    for (uint32_t v = 1; v < tree->n_nodes; v++) { /* from above */
        float above = days[tree->parent[v]];
        if (d->ways[v] == 0) {
            days[v] = above + (float)(mutations_of(tree, v) / rate);
        } else if (d->ways[v] == 1 && days[v] < above) {
            days[v] = above;
        }
    }
}

static bool keep_days(void *context, size_t chain, size_t number, struct history *h)
{
    struct dating *d = context;
    const struct vg_tree *tree = d->tree;
    size_t at = chain * d->model->n_draws + number;
    float *days = d->days + at * tree->n_nodes;
    struct walk walk = {.place = malloc(h->n_tips * sizeof *walk.place), .first = malloc(tree->n_nodes * sizeof *walk.first), .last = malloc(tree->n_nodes * sizeof *walk.last)};
    while ((size_t)1 << walk.levels < h->n_tips) {
        walk.levels++;
    }
    walk.levels += walk.levels == 0;
    walk.least = malloc(walk.levels * h->n_tips * sizeof *walk.least);
    bool there = walk.place != NULL && walk.first != NULL && walk.last != NULL && walk.least != NULL;
    if (there) {
        walk_draw(h, &walk);
        for (uint32_t v = 0; v < tree->n_nodes; v++) {
            walk.first[v] = UINT32_MAX;
            walk.last[v] = 0;
        }
        for (uint32_t x = 0; x < h->n_tips; x++) {
            walk.first[d->leaf_of_tip[x]] = walk.last[d->leaf_of_tip[x]] = walk.place[x];
            days[d->leaf_of_tip[x]] = (float)h->twigs[x].day;
        }
        for (uint32_t v = tree->n_nodes; v-- > 1;) {
            uint32_t parent = tree->parent[v];
            if (d->ways[v] > 0) {
                walk.first[parent] = walk.first[v] < walk.first[parent] ? walk.first[v] : walk.first[parent];
                walk.last[parent] = walk.last[v] > walk.last[parent] ? walk.last[v] : walk.last[parent];
            }
        }
        for (uint32_t v = 0; v < tree->n_nodes; v++) {
            if (d->ways[v] > 1 && walk.first[v] < walk.last[v]) {
                days[v] = (float)earliest(&walk, h->n_tips, walk.first[v], walk.last[v]);
            }
        }
        d->rates[at] = h->mutations_a_day;
        fill_rest(d, h->mutations_a_day, days);
    }
    free(walk.place);
    free(walk.first);
    free(walk.last);
    free(walk.least);
    return there;
}

static void one_chain(void *context, size_t chain, unsigned worker)
{
    struct dating *d = context;
    (void)worker;
    d->status[chain] = history_chain(d->tree, NULL, 0, d->model, chain, keep_days, d, &d->errors[chain]);
}

static int upwards(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static bool begin(struct dating *d, struct vg_arena *arena, struct vg_history_dates *out)
{
    const struct vg_tree *tree = d->tree;
    size_t chains = d->model->n_chains, n = chains * d->model->n_draws;
    d->leaf_of_tip = VG_ARENA_ARRAY(arena, uint32_t, tree->n_leaves);
    d->ways = VG_ARENA_ARRAY(arena, uint8_t, tree->n_nodes);
    d->days = VG_ARENA_ARRAY(arena, float, n * tree->n_nodes);
    d->rates = VG_ARENA_ARRAY(arena, double, n);
    d->status = VG_ARENA_ARRAY(arena, vg_status, chains);
    d->errors = VG_ARENA_ARRAY(arena, struct vg_error, chains);
    *out = (struct vg_history_dates){.day = VG_ARENA_ARRAY(arena, double, tree->n_nodes), .low = VG_ARENA_ARRAY(arena, double, tree->n_nodes), .high = VG_ARENA_ARRAY(arena, double, tree->n_nodes)};
    if (out->high == NULL || d->days == NULL || arena->failed) {
        return false;
    }
    for (uint32_t v = 1; v < tree->n_nodes; v++) {
        if (vg_tree_is_leaf(tree, v) && isfinite(d->model->days[v])) {
            d->leaf_of_tip[d->n_tips++] = v;
            d->ways[v] = 2;
        }
    }
    for (uint32_t v = tree->n_nodes; v-- > 1;) {
        uint8_t *above = &d->ways[tree->parent[v]];
        *above = (uint8_t)(*above + (d->ways[v] > 0 && *above < 2));
    }
    return true;
}

/* Intervals by all that is unsure: with another rate a node would be further from its first sample, or nearer to it. */
static void widen(const struct dating *d, double *first, struct vg_history_dates *out)
{
    const struct vg_tree *tree = d->tree;
    double dates_beyond = Z_95 * DATES_UNSURE, newest = -INFINITY;
    for (uint32_t v = 0; v < tree->n_nodes; v++) {
        first[v] = vg_tree_is_leaf(tree, v) && isfinite(d->model->days[v]) ? d->model->days[v] : INFINITY;
        newest = isfinite(first[v]) ? fmax(newest, first[v]) : newest;
    }
    double beyond = d->model->rate_given ? 0 : Z_95 * fmax(RATE_UNSURE * fmin(1, DENSE_DAYS / fmax(newest - out->day[0], 1)), ALWAYS_UNSURE);
    for (uint32_t v = tree->n_nodes; v-- > 1;) {
        first[tree->parent[v]] = fmin(first[tree->parent[v]], first[v]);
    }
    for (uint32_t v = 0; v < tree->n_nodes; v++) {
        double age = isfinite(first[v]) ? fmax(first[v] - out->day[v], 0) : 0, more = fmax(dates_beyond * fmin(age, DATES_MOST), Z_95 * ALWAYS_UNSURE * age);
        out->low[v] = out->day[v] - hypot(out->day[v] - out->low[v], more + dates_beyond * DAYS_MORE);
        out->high[v] = fmax(fmin(out->day[v] + hypot(out->high[v] - out->day[v], more), first[v] + 0.5), out->day[v]);
    }
    if (beyond > 0) {
        out->mutations_low = out->mutations_a_day * exp(-hypot(log(out->mutations_a_day / out->mutations_low), beyond));
        out->mutations_high = out->mutations_a_day * exp(hypot(log(out->mutations_high / out->mutations_a_day), beyond));
    }
}

vg_status vg_histories_dates(const struct vg_tree *tree, const struct vg_history_model *model, struct vg_pool *pool, struct vg_arena *arena, struct vg_history_dates *out,
                             struct vg_error *error)
{
    struct dating d = {.tree = tree, .model = model};
    size_t n = model->n_chains * model->n_draws;
    VG_ASSERT(n > 0 && model->mutations_a_day > 0);
    if ((double)tree->n_nodes * (double)n > CELLS_MOST) {
        return vg_fail(error, VG_LIMIT_EXCEEDED, "%zu draws of %u nodes are too many: ask for fewer", n, tree->n_nodes);
    }
    double *line = VG_ARENA_ARRAY(arena, double, n), *first = VG_ARENA_ARRAY(arena, double, tree->n_nodes);
    if (!begin(&d, arena, out) || line == NULL || first == NULL) {
        return vg_fail_memory(error, n * tree->n_nodes * sizeof(float));
    }
    vg_parallel_for(pool, model->n_chains, one_chain, &d);
    for (size_t i = 0; i < model->n_chains; i++) {
        if (d.status[i] != VG_OK) {
            *error = d.errors[i];
            return d.status[i];
        }
    }
    for (uint32_t v = 0; v < tree->n_nodes; v++) {
        for (size_t i = 0; i < n; i++) {
            line[i] = (double)d.days[i * tree->n_nodes + v];
        }
        qsort(line, n, sizeof *line, upwards);
        out->low[v] = vg_quantile_sorted(line, n, 0.025) - 0.5; /* a day is its middle here */
        out->day[v] = vg_quantile_sorted(line, n, 0.5);
        out->high[v] = vg_quantile_sorted(line, n, 0.975) + 0.5;
    }
    qsort(d.rates, n, sizeof *d.rates, upwards);
    out->mutations_low = vg_quantile_sorted(d.rates, n, 0.025);
    out->mutations_a_day = vg_quantile_sorted(d.rates, n, 0.5);
    out->mutations_high = vg_quantile_sorted(d.rates, n, 0.975);
    widen(&d, first, out);
    return VG_OK;
}
