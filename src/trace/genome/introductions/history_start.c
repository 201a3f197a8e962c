/*
 * A first history: blobs from the tree of mutations, each joined within regions first, by date.
 */
#include "trace/genome/introductions/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SURE_OF_CASES 3.0
enum { WEIGHT_CLASSES = 8, GAP = 2, BRANCH_MOST = 3650, YEARS_MOST = 400, ROOT_REACH = 30 };

struct making {
    const struct vg_tree *tree;
    struct history *history;
    struct lineage *pool;            /* [n_tips * 2 + 2] */
    uint32_t n_pool;
    uint32_t *head, *tail, *count;   /* [n_nodes] lists of lineages */
    uint32_t n_inner, n_lineages;
};

struct weighed { double weight; uint32_t region; };

/* The top of a lineage within the blob above, while a first tree is made. */
struct top { uint32_t twig, region; int32_t day; };

uint32_t history_lineage_twig(const struct history *history, const struct lineage *lineage)
{
    return lineage->is_blob ? history->blobs[lineage->index].root : lineage->index;
}

/* A list of n behind the node's own. */
static void append(struct making *m, uint32_t node, uint32_t head, uint32_t tail, uint32_t n)
{
    if (m->count[node] == 0) {
        m->head[node] = head;
    } else {
        m->pool[m->tail[node]].next = head;
    }
    m->tail[node] = tail;
    m->count[node] += n;
}

static void push(struct making *m, uint32_t node, struct lineage lineage)
{
    uint32_t at = m->n_pool++;
    lineage.next = VG_TREE_NONE;
    m->pool[at] = lineage;
    append(m, node, at, at, 1);
}

/* What goes up from a node: its lineages where nothing happened on its branch, a blob of them, or the only one with more mutations. */
static void close_node(struct making *m, uint32_t v)
{
    struct history *h = m->history;
    const struct vg_tree *tree = m->tree;
    uint32_t mutations = v == 0 ? 0 : tree->mutation_start[v + 1] - tree->mutation_start[v], above = v == 0 ? VG_TREE_NONE : tree->parent[v];
    if (m->count[v] == 0) {
        return;
    }
    if (m->count[v] == 1 && v != 0) {
        m->pool[m->head[v]].mutations += mutations;
        append(m, above, m->head[v], m->tail[v], 1);
    } else if (mutations == 0 && v != 0) {
        append(m, above, m->head[v], m->tail[v], m->count[v]);
    } else if (m->count[v] == 1) { /* all that there is hangs on one branch below the root */
        struct lineage *one = &m->pool[m->head[v]];
        one->mutations = 0;
        h->root = one->is_blob ? one->index : 0;
    } else {
        struct blob *blob = &h->blobs[h->n_blobs];
        *blob = (struct blob){.first = m->n_lineages, .n = m->count[v], .inner = h->n_tips + m->n_inner};
        for (uint32_t at = m->head[v]; at != VG_TREE_NONE; at = m->pool[at].next) {
            h->lineages[m->n_lineages++] = m->pool[at];
        }
        m->n_inner += blob->n - 1;
        h->root = h->n_blobs;
        if (v != 0) {
            push(m, above, (struct lineage){.index = h->n_blobs, .is_blob = true, .mutations = mutations});
        }
        h->n_blobs++;
    }
}

static int by_region(const void *a, const void *b)
{
    const struct top *x = a, *y = b;
    if (x->region != y->region) {
        return x->region < y->region ? -1 : 1;
    }
    return x->day != y->day ? (x->day < y->day ? -1 : 1) : x->twig < y->twig ? -1 : x->twig > y->twig;
}

static int by_weight(const void *a, const void *b)
{
    const struct weighed *x = a, *y = b;
    return x->weight < y->weight ? -1 : x->weight > y->weight ? 1 : x->region < y->region ? -1 : x->region > y->region;
}

static int by_day(const void *a, const void *b)
{
    const struct top *x = a, *y = b;
    return x->day != y->day ? (x->day < y->day ? -1 : 1) : x->twig < y->twig ? -1 : x->twig > y->twig;
}

/* tops, from early to late, joined from the last on. */
static struct top join(struct history *h, const struct top *tops, size_t n, uint32_t *inner, uint32_t blob)
{
    struct top rest = tops[n - 1];
    for (size_t i = n - 1; i-- > 0;) {
        uint32_t p = (*inner)++;
        int32_t day = tops[i].day - GAP < rest.day ? tops[i].day - GAP : rest.day; /* no gap for each of many on one day: such a tree would begin years too early */
        h->twigs[p] = (struct twig){.day = day, .parent = VG_TREE_NONE, .child = {tops[i].twig, rest.twig}, .blob = blob, .state = tops[i].region};
        h->twigs[tops[i].twig].parent = h->twigs[rest.twig].parent = p;
        rest = (struct top){p, tops[i].region, day};
    }
    return rest;
}

static void join_blob(struct history *h, uint32_t b, struct top *tops)
{
    struct blob *blob = &h->blobs[b];
    uint32_t inner = blob->inner;
    size_t n_groups = 0;
    for (uint32_t i = 0; i < blob->n; i++) {
        const struct lineage *one = &h->lineages[blob->first + i];
        uint32_t twig = history_lineage_twig(h, one);
        int32_t days = one->mutations == 0 ? 0 : (int32_t)fmin(fmax(1, one->mutations / h->mutations_a_day), BRANCH_MOST);
        h->twigs[twig].mutations = one->mutations;
        tops[i] = (struct top){twig, h->twigs[twig].state, h->twigs[twig].day - days};
    }
    qsort(tops, blob->n, sizeof *tops, by_region);
    for (uint32_t i = 0; i < blob->n;) {
        uint32_t end = i + 1;
        while (end < blob->n && tops[end].region == tops[i].region) {
            end++;
        }
        tops[n_groups++] = join(h, tops + i, end - i, &inner, b);
        i = end;
    }
    qsort(tops, n_groups, sizeof *tops, by_day);
    blob->root = join(h, tops, n_groups, &inner, b).twig;
}

void history_order(struct history *h)
{
    uint32_t n = 0, x = h->root, *stack = h->order + h->n; /* room for both */
    size_t depth = 0;
    stack[depth++] = x;
    while (depth > 0) {
        x = stack[--depth];
        h->order[n++] = x;
        if (x >= h->n_tips) {
            stack[depth++] = h->twigs[x].child[0];
            stack[depth++] = h->twigs[x].child[1];
        }
    }
    VG_ASSERT(n == h->n);
}

uint32_t history_bin(const struct history *h, int32_t day)
{
    return (uint32_t)((int64_t)(day - h->first_day) * HISTORY_BINS / (h->last_day - h->first_day + 1));
}

/* Regions in classes: each its own where there are few, else by what a sequence stands for. */
static bool make_classes(struct moving *moving, struct vg_arena *arena)
{
    size_t k = moving->k, regions = k - 1, n = regions < HISTORY_CLASSES ? regions : WEIGHT_CLASSES;
    struct weighed *weighed = VG_ARENA_ARRAY(arena, struct weighed, k);
    moving->n_classes = n + 1;
    moving->class_of = VG_ARENA_ARRAY(arena, uint32_t, k);
    moving->class_size = VG_ARENA_ARRAY(arena, uint32_t, n + 1);
    moving->first_of_class = VG_ARENA_ARRAY(arena, uint32_t, n + 1);
    moving->next_of_class = VG_ARENA_ARRAY(arena, uint32_t, k);
    moving->class_weight = VG_ARENA_ARRAY(arena, double, n + 1);
    moving->class_into = VG_ARENA_ARRAY(arena, double, n + 1);
    if (moving->class_into == NULL || arena->failed) {
        return false;
    }
    for (uint32_t a = 0; a < regions; a++) {
        weighed[a] = (struct weighed){n < regions ? moving->weight[a] : 0, a};
    }
    qsort(weighed, regions, sizeof *weighed, by_weight);
    for (size_t i = 0; i < regions; i++) {
        moving->class_of[weighed[i].region] = (uint32_t)(i * n / regions);
    }
    moving->class_of[regions] = (uint32_t)n;
    memset(moving->first_of_class, 0xFF, (n + 1) * sizeof *moving->first_of_class);
    for (uint32_t a = (uint32_t)k; a-- > 0;) {
        uint32_t of = moving->class_of[a];
        moving->next_of_class[a] = moving->first_of_class[of];
        moving->first_of_class[of] = a;
        moving->class_size[of]++;
        moving->class_weight[of] += moving->weight[a];
    }
    for (size_t c = 0; c <= n; c++) {
        moving->class_weight[c] /= moving->class_size[c];
    }
    return true;
}

static bool make_moving(struct history *h, size_t n_regions, const struct vg_history_model *model, const double *sequences, struct vg_arena *arena)
{
    struct moving *moving = &h->moving;
    const double *cases = model->cases;
    size_t k = n_regions + 1;
    double total = 0, mean = 0;
    *moving = (struct moving){.k = k, .mean = MOVING_INTO, .evenness = 1, .weight = VG_ARENA_ARRAY(arena, double, k), .part = VG_ARENA_ARRAY(arena, double, k)};
    if (moving->part == NULL || moving->weight == NULL) {
        return false;
    }
    for (size_t a = 0; a < n_regions; a++) {
        moving->weight[a] = cases == NULL || sequences[a] < 1 ? 1 : fmax(cases[a], sequences[a]) / sequences[a];
        mean += moving->weight[a] * sequences[a];
        total += sequences[a];
    }
    for (size_t a = 0; a < n_regions; a++) {
        moving->weight[a] *= total / mean;
    }
    moving->weight[n_regions] = 1;
    moving->sureness = cases == NULL ? 1 : SURE_OF_CASES;
    if (!make_classes(moving, arena)) {
        return false;
    }
    size_t n = moving->n_classes;
    moving->into = VG_ARENA_ARRAY(arena, double, k + n + n * n);
    h->moved = (struct moved){.to = VG_ARENA_ARRAY(arena, double, k * n), .from = VG_ARENA_ARRAY(arena, double, k * n)};
    h->weights = VG_ARENA_ARRAY(arena, double, k);
    h->kept = VG_ARENA_ARRAY(arena, double, k + n + n * n);
    if (!history_make_periods(h, model, arena) || moving->into == NULL || h->kept == NULL || arena->failed) {
        return false;
    }
    moving->out = moving->into + k; /* behind each other, to be copied as one */
    moving->pair = moving->out + n;
    for (size_t a = 0; a < n_regions; a++) {
        moving->into[a] = moving->mean / moving->weight[a];
    }
    for (size_t c = 0; c < n; c++) {
        moving->out[c] = moving->class_weight[c];
        for (size_t d = 0; d + 1 < n; d++) {
            moving->pair[c * n + d] = c != d || moving->class_size[c] > 1;
        }
    }
    return true;
}

/* Tips, and their lineages gathered into blobs. */
static vg_status gather(struct making *m, const uint32_t *regions, const struct vg_history_model *model, const uint32_t *leaf_of_tip, struct vg_arena *arena, struct vg_error *error)
{
    const struct vg_tree *tree = m->tree;
    struct history *h = m->history;
    m->pool = VG_ARENA_ARRAY(arena, struct lineage, 2 * (size_t)h->n_tips + 2);
    m->head = VG_ARENA_ARRAY(arena, uint32_t, tree->n_nodes);
    m->tail = VG_ARENA_ARRAY(arena, uint32_t, tree->n_nodes);
    m->count = VG_ARENA_ARRAY(arena, uint32_t, tree->n_nodes);
    if (m->count == NULL || arena->failed) {
        return vg_fail_memory(error, tree->n_nodes);
    }
    uint32_t tip = h->n_tips;
    for (uint32_t v = tree->n_nodes; v-- > 0;) {
        uint32_t mutations = tree->mutation_start[v + 1] - tree->mutation_start[v];
        if (tip > 0 && leaf_of_tip[tip - 1] == v) {
            tip--;
            h->twigs[tip] = (struct twig){.day = (int32_t)lrint(model->days[v]), .parent = VG_TREE_NONE, .child = {VG_TREE_NONE, VG_TREE_NONE}, .blob = VG_TREE_NONE, .state = regions == NULL ? 0 : regions[v]};
            push(m, tree->parent[v], (struct lineage){.index = tip, .mutations = mutations});
        } else {
            close_node(m, v);
        }
    }
    return VG_OK;
}

vg_status history_make(const struct vg_tree *tree, const uint32_t *regions, size_t n_regions, const struct vg_history_model *model, uint32_t *leaf_of_tip, struct vg_arena *arena,
                       struct history *h, struct vg_error *error)
{
    struct making m = {.tree = tree, .history = h};
    double *sequences = VG_ARENA_ARRAY(arena, double, n_regions + 1);
    *h = (struct history){.mutations_a_day = model->mutations_a_day, .mutations_before = model->mutations_a_day, .infected_days = model->infected_days, .rate_given = model->rate_given, .dispersion = fmax(model->dispersion, 1), .errors = 0.01};
    for (uint32_t v = 0; sequences != NULL && v < tree->n_nodes; v++) {
        if (vg_tree_is_leaf(tree, v) && v > 0 && (regions == NULL || regions[v] < n_regions) && isfinite(model->days[v])) {
            leaf_of_tip[h->n_tips++] = v;
            sequences[regions == NULL ? 0 : regions[v]]++;
        }
    }
    if (h->n_tips < 2) {
        return vg_fail(error, VG_DATA_ERROR, "histories need two leaves with a region and a date");
    }
    h->n = 2 * h->n_tips - 1;
    size_t k = n_regions + 1, cells = (size_t)h->n * k;
    h->twigs = VG_ARENA_ARRAY(arena, struct twig, h->n);
    h->blobs = VG_ARENA_ARRAY(arena, struct blob, h->n_tips);
    h->lineages = VG_ARENA_ARRAY(arena, struct lineage, 2 * (size_t)h->n_tips);
    h->order = VG_ARENA_ARRAY(arena, uint32_t, 2 * (size_t)h->n + 2);
    h->below = VG_ARENA_ARRAY(arena, float, cells);
    struct top *tops = VG_ARENA_ARRAY(arena, struct top, h->n_tips);
    if (tops == NULL || h->below == NULL || arena->failed) {
        return vg_fail_memory(error, cells * sizeof(float));
    }
    vg_status status = gather(&m, regions, model, leaf_of_tip, arena, error);
    if (status != VG_OK) {
        return status;
    }
    VG_ASSERT(h->n_blobs > 0 && m.n_inner == h->n_tips - 1);
    for (uint32_t b = 0; b < h->n_blobs; b++) {
        join_blob(h, b, tops);
    }
    h->root = h->blobs[h->root].root;
    h->twigs[h->root].mutations = 0;
    h->last_day = INT32_MIN;
    for (uint32_t i = 0; i < h->n_tips; i++) {
        h->last_day = h->twigs[i].day > h->last_day ? h->twigs[i].day : h->last_day;
    }
    int32_t top = h->twigs[h->root].day;
    if (h->last_day - top > YEARS_MOST * 366) {
        return vg_fail(error, VG_DATA_ERROR, "the tree spans %d years by its dates and its rate: is the rate of the whole genome a year, and are the dates right?", (int)((h->last_day - top) / 365.25));
    }
    h->first_day = top - 30 - (h->last_day - top) / 2;
    h->root_reach = ROOT_REACH + (h->last_day - top) / 20;
    h->passed = VG_ARENA_ARRAY(arena, double, (size_t)(h->last_day - h->first_day) + 2);
    return h->passed != NULL && make_moving(h, n_regions, model, sequences, arena) ? VG_OK : vg_fail_memory(error, cells);
}
