/*
 * What each draw of a chain of histories says of introductions, and the draw that is nearest to all.
 */
#include "trace/genome/introductions/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TIPS_MOST 100000u
#define CELLS_MOST 200000000.0

/* An introduction of one draw; n 0: it left no leaf. */
struct entry { uint32_t region, from, n; int32_t day; };

struct draw {
    uint32_t *of_tip;     /* [n_tips] */
    struct entry *entries; /* [n_entries] */
    uint32_t n_entries;
};

struct drawing {
    const struct vg_tree *tree;
    const uint32_t *regions;
    size_t n_regions;
    const struct vg_history_model *model;
    uint32_t *leaf_of_tip; /* [n_tips] */
    uint32_t n_tips;
    struct draw *draws;    /* [n_chains * n_draws] */
    double *mutations, *moves; /* [n_chains] sums over draws */
    struct vg_arena *arenas; /* [n_chains] what a chain's draws are kept in */
    uint32_t **of_twig;    /* [n_chains] room while a draw is read */
    struct entry **rooms;
    vg_status *status;
    struct vg_error *errors;
};

/* ------------------------------------------------------------------- one draw */

/* Introductions of the history as it is, in preorder: a twig has its parent's unless its lineage came in on its own branch. */
static bool read_draw(struct history *h, uint32_t *of_twig, struct entry *room, struct vg_arena *arena, struct draw *draw)
{
    uint32_t n = 0, kept = 0, *number = h->order + h->n; /* free between two orders */
    for (uint32_t i = 0; i < h->n; i++) {
        uint32_t x = h->order[i];
        const struct twig *twig = &h->twigs[x];
        int32_t day = twig->day;
        uint32_t from = (uint32_t)h->moving.k - 1;
        if (x != h->root && !history_entry(h, x, &day, &from)) {
            of_twig[x] = of_twig[twig->parent];
        } else {
            of_twig[x] = n;
            room[n++] = (struct entry){twig->state, from, 0, day};
        }
        room[of_twig[x]].n += x < h->n_tips;
    }
    for (uint32_t i = 0; i < n; i++) {
        number[i] = kept;
        kept += room[i].n > 0;
    }
    draw->of_tip = VG_ARENA_ARRAY(arena, uint32_t, h->n_tips);
    draw->entries = VG_ARENA_ARRAY(arena, struct entry, kept + 1);
    draw->n_entries = kept;
    if (draw->of_tip == NULL || draw->entries == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < n; i++) {
        if (room[i].n > 0) {
            draw->entries[number[i]] = room[i];
        }
    }
    for (uint32_t x = 0; x < h->n_tips; x++) {
        draw->of_tip[x] = number[of_twig[x]];
    }
    return true;
}

/* What is kept of a chain: where it stands after warming up. */
static bool keep_draw(void *context, size_t chain, size_t number, struct history *h)
{
    struct drawing *d = context;
    history_order(h);
    history_spare(h, true); /* for what is told alone */
    (void)history_prune(h);
    history_draw_states(h);
    d->mutations[chain] += h->mutations_a_day;
    d->moves[chain] += h->moving.mean;
    bool kept = read_draw(h, d->of_twig[chain], d->rooms[chain], &d->arenas[chain], &d->draws[chain * d->model->n_draws + number]);
    history_spare(h, false);
    return kept;
}

static void one_chain(void *context, size_t chain, unsigned worker)
{
    struct drawing *d = context;
    (void)worker;
    d->of_twig[chain] = VG_ARENA_ARRAY(&d->arenas[chain], uint32_t, 2 * (size_t)d->n_tips);
    d->rooms[chain] = VG_ARENA_ARRAY(&d->arenas[chain], struct entry, 2 * (size_t)d->n_tips);
    d->status[chain] = d->of_twig[chain] == NULL || d->rooms[chain] == NULL
                           ? vg_fail_memory(&d->errors[chain], d->n_tips)
                           : history_chain(d->tree, d->regions, d->n_regions, d->model, chain, keep_draw, d, &d->errors[chain]);
}

/* ---------------------------------------------------------------- all draws */

/* Chao and Lin's estimate of the introductions that left nothing, from how many left one and two of n sequences, at a sampled share. */
static double unseen_least(double ones, double twos, double n, double share)
{
    double odds = share / fmax(1 - share, 1e-6), below = n / fmax(n - 1, 1) * 2 * twos + odds * ones;
    return share >= 1 || ones == 0 ? 0 : below > 0 ? ones * ones / below : 0;
}

static bool count(const struct drawing *d, const double *sequences, struct vg_arena *arena, struct vg_histories *out)
{
    size_t k = d->n_regions;
    double *ones = VG_ARENA_ARRAY(arena, double, k), *twos = VG_ARENA_ARRAY(arena, double, k);
    out->seen = VG_ARENA_ARRAY(arena, uint32_t, out->n_draws * k);
    out->flows = VG_ARENA_ARRAY(arena, double, (k + 1) * k);
    out->unseen = d->model->cases == NULL ? NULL : VG_ARENA_ARRAY(arena, double, out->n_draws * k);
    if (ones == NULL || twos == NULL || arena->failed) {
        return false;
    }
    for (size_t i = 0; i < out->n_draws; i++) {
        const struct draw *draw = &d->draws[i];
        memset(ones, 0, k * sizeof *ones);
        memset(twos, 0, k * sizeof *twos);
        for (uint32_t j = 0; j < draw->n_entries; j++) {
            const struct entry *entry = &draw->entries[j];
            out->seen[i * k + entry->region]++;
            out->flows[entry->from * k + entry->region] += 1 / (double)out->n_draws;
            ones[entry->region] += entry->n == 1;
            twos[entry->region] += entry->n == 2;
        }
        for (size_t a = 0; a < k && out->unseen != NULL; a++) {
            out->unseen[i * k + a] = unseen_least(ones[a], twos[a], sequences[a], sequences[a] / fmax(d->model->cases[a], sequences[a]));
        }
    }
    return true;
}

/* The draw whose answers to "are this leaf and the next of its region of one introduction" are nearest to how often all say so (Dahl 2006, of neighbours alone). */
static size_t nearest_draw(const struct drawing *d, size_t n_draws, const uint32_t *next, double *together)
{
    size_t best = 0;
    double least = INFINITY;
    for (uint32_t x = 0; x < d->n_tips; x++) {
        together[x] = 0;
        for (size_t i = 0; i < n_draws && next[x] != VG_TREE_NONE; i++) {
            together[x] += (d->draws[i].of_tip[x] == d->draws[i].of_tip[next[x]]) / (double)n_draws;
        }
    }
    for (size_t i = 0; i < n_draws; i++) {
        double sum = 0;
        for (uint32_t x = 0; x < d->n_tips; x++) {
            double off = next[x] == VG_TREE_NONE ? 0 : (d->draws[i].of_tip[x] == d->draws[i].of_tip[next[x]]) - together[x];
            sum += off * off;
        }
        if (sum < least) {
            least = sum;
            best = i;
        }
    }
    return best;
}

static int in_order(const void *a, const void *b)
{
    const struct vg_history_introduction *x = a, *y = b;
    if (x->region != y->region) {
        return x->region < y->region ? -1 : 1;
    }
    return x->n_leaves != y->n_leaves ? (x->n_leaves > y->n_leaves ? -1 : 1) : x->first_leaf < y->first_leaf ? -1 : x->first_leaf > y->first_leaf;
}

static int upwards(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* What all draws say of one introduction's leaves: each by its own introduction that has most of them. Of days and origins those speak whose own has at least half of all leaves that either has:
 * where it is one with others' leaves, it is of another event that is told. */
static void judge(const struct drawing *d, size_t n_draws, const uint32_t *tips, size_t n, uint32_t *hits, double *days, struct vg_history_introduction *one, double *origins)
{
    size_t k = d->n_regions, n_days = 0;
    for (size_t i = 0; i < n_draws; i++) {
        const struct draw *draw = &d->draws[i];
        uint32_t best = draw->of_tip[tips[0]];
        for (size_t j = 0; j < n; j++) {
            uint32_t of = draw->of_tip[tips[j]];
            hits[of]++;
            best = hits[of] > hits[best] ? of : best;
        }
        one->support += (double)hits[best] / (double)n / (double)n_draws;
        if (2 * hits[best] >= n + draw->entries[best].n - hits[best]) {
            origins[draw->entries[best].from]++;
            days[n_days++] = draw->entries[best].day;
        }
        for (size_t j = 0; j < n; j++) {
            hits[draw->of_tip[tips[j]]] = 0;
        }
    }
    qsort(days, n_days, sizeof *days, upwards); /* the draw that is told is one of them */
    one->day_low = vg_quantile_sorted(days, n_days, 0.025);
    one->day = vg_quantile_sorted(days, n_days, 0.5);
    one->day_high = vg_quantile_sorted(days, n_days, 0.975);
    for (uint32_t a = 0; a <= k; a++) {
        origins[a] /= (double)n_days;
        one->origin = origins[a] > origins[one->origin] ? a : one->origin;
    }
}

static bool tell(const struct drawing *d, struct vg_arena *arena, struct vg_histories *out)
{
    size_t k = d->n_regions, nodes = d->tree->n_nodes;
    uint32_t *next = VG_ARENA_ARRAY(arena, uint32_t, d->n_tips), *latest = VG_ARENA_ARRAY(arena, uint32_t, k), *hits = VG_ARENA_ARRAY(arena, uint32_t, d->n_tips + 1);
    uint32_t *tips = VG_ARENA_ARRAY(arena, uint32_t, d->n_tips), *tip_of_leaf = VG_ARENA_ARRAY(arena, uint32_t, nodes);
    double *room = VG_ARENA_ARRAY(arena, double, d->n_tips > out->n_draws ? d->n_tips : out->n_draws);
    out->of_leaf = VG_ARENA_ARRAY(arena, uint32_t, nodes);
    out->next_leaf = VG_ARENA_ARRAY(arena, uint32_t, nodes);
    if (room == NULL || arena->failed) {
        return false;
    }
    memset(latest, 0xFF, k * sizeof *latest);
    for (uint32_t x = d->n_tips; x-- > 0;) {
        uint32_t region = d->regions[d->leaf_of_tip[x]];
        next[x] = latest[region];
        latest[region] = x;
        tip_of_leaf[d->leaf_of_tip[x]] = x;
    }
    const struct draw *chosen = &d->draws[nearest_draw(d, out->n_draws, next, room)];
    out->n = chosen->n_entries;
    out->list = VG_ARENA_ARRAY(arena, struct vg_history_introduction, out->n + 1);
    out->origins = VG_ARENA_ARRAY(arena, double, (out->n + 1) * (k + 1));
    if (out->list == NULL || out->origins == NULL) {
        return false;
    }
    memset(out->of_leaf, 0xFF, nodes * sizeof *out->of_leaf);
    memset(out->next_leaf, 0xFF, nodes * sizeof *out->next_leaf);
    for (size_t i = 0; i < out->n; i++) {
        out->list[i] = (struct vg_history_introduction){.region = chosen->entries[i].region, .first_leaf = VG_TREE_NONE};
    }
    for (uint32_t x = d->n_tips; x-- > 0;) {
        struct vg_history_introduction *one = &out->list[chosen->of_tip[x]];
        out->next_leaf[d->leaf_of_tip[x]] = one->first_leaf;
        one->first_leaf = d->leaf_of_tip[x];
        one->n_leaves++;
    }
    qsort(out->list, out->n, sizeof *out->list, in_order);
    for (uint32_t i = 0; i < out->n; i++) {
        struct vg_history_introduction *one = &out->list[i];
        size_t n = 0;
        uint32_t last = one->first_leaf;
        for (uint32_t leaf = one->first_leaf; leaf != VG_TREE_NONE; leaf = out->next_leaf[leaf]) {
            out->of_leaf[leaf] = i;
            tips[n++] = tip_of_leaf[leaf];
            last = leaf;
        }
        one->node = vg_tree_common_ancestor(d->tree, one->first_leaf, last); /* of the first and the last is of all: leaves are in preorder */
        judge(d, out->n_draws, tips, n, hits, room, one, out->origins + i * (k + 1));
    }
    return true;
}

static vg_status begin(struct drawing *d, double *sequences, struct vg_arena *arena, struct vg_error *error)
{
    const struct vg_history_model *model = d->model;
    size_t chains = model->n_chains, n = chains * model->n_draws;
    VG_ASSERT(chains > 0 && model->n_draws > 0 && model->mutations_a_day > 0);
    d->leaf_of_tip = VG_ARENA_ARRAY(arena, uint32_t, d->tree->n_leaves);
    d->draws = VG_ARENA_ARRAY(arena, struct draw, n);
    d->mutations = VG_ARENA_ARRAY(arena, double, chains);
    d->moves = VG_ARENA_ARRAY(arena, double, chains);
    d->arenas = VG_ARENA_ARRAY(arena, struct vg_arena, chains);
    d->of_twig = VG_ARENA_ARRAY(arena, uint32_t *, chains);
    d->rooms = VG_ARENA_ARRAY(arena, struct entry *, chains);
    d->status = VG_ARENA_ARRAY(arena, vg_status, chains);
    d->errors = VG_ARENA_ARRAY(arena, struct vg_error, chains);
    if (d->errors == NULL || d->leaf_of_tip == NULL || arena->failed) {
        return vg_fail_memory(error, n);
    }
    for (uint32_t v = 1; v < d->tree->n_nodes; v++) {
        if (vg_tree_is_leaf(d->tree, v) && d->regions[v] < d->n_regions && isfinite(model->days[v])) {
            d->leaf_of_tip[d->n_tips++] = v;
            sequences[d->regions[v]]++;
        }
    }
    return d->n_tips <= TIPS_MOST && 2.0 * d->n_tips * (double)(d->n_regions + 1) <= CELLS_MOST
               ? VG_OK
               : vg_fail(error, VG_LIMIT_EXCEEDED, "%u leaves of %zu regions are too many for histories: take a part of the tree, or fewer regions (--region of a coarser column, a coarser level)", d->n_tips,
                         d->n_regions);
}

vg_status vg_histories_draw(const struct vg_tree *tree, const uint32_t *regions, size_t n_regions, const struct vg_history_model *model, struct vg_pool *pool,
                            struct vg_arena *arena, struct vg_histories *out, struct vg_error *error)
{
    struct drawing d = {.tree = tree, .regions = regions, .n_regions = n_regions, .model = model};
    double *sequences = VG_ARENA_ARRAY(arena, double, n_regions + 1);
    *out = (struct vg_histories){.n_draws = model->n_chains * model->n_draws};
    vg_status status = sequences == NULL ? vg_fail_memory(error, n_regions) : begin(&d, sequences, arena, error);
    if (status != VG_OK) {
        return status;
    }
    for (size_t i = 0; i < model->n_chains; i++) {
        vg_arena_init(&d.arenas[i], 0);
    }
    vg_parallel_for(pool, model->n_chains, one_chain, &d);
    for (size_t i = 0; i < model->n_chains; i++) {
        if (status == VG_OK && d.status[i] != VG_OK) {
            status = d.status[i];
            *error = d.errors[i];
        }
        out->mutations_a_day += d.mutations[i] / (double)out->n_draws;
        out->moves_a_day += d.moves[i] / (double)out->n_draws;
    }
    if (status == VG_OK && !(count(&d, sequences, arena, out) && tell(&d, arena, out))) {
        status = vg_fail_memory(error, d.n_tips);
    }
    for (size_t i = 0; i < model->n_chains; i++) {
        vg_arena_release(&d.arenas[i]);
    }
    return status;
}
