/*
 * Subtrees pruned and grafted elsewhere nearby (SPR) where the tree then needs fewer mutations. The bases of all nodes stay what they are, so what a move saves is known
 * from the branches between the two places alone: the bases in which the moved node differs from the place under way are kept as a short list that every branch changes.
 * A round weighs moves on a tree that stands still, from many nodes at a time, then makes those that do not touch one another, the best first.
 */
#include "trace/genome/place/flat.h"

#include <stdlib.h>
#include <string.h>

#define DIFFERENCES_MAX 512u
#define RADIUS_MAX 64u

struct move {
    uint32_t node, target, gain;
};

struct weighing {
    const struct vg_tree *view;
    const uint32_t *reach;      /* [n] most mutations on a way down, the node's own branch counted */
    const uint32_t *sources;
    uint32_t radius, most_branches;
    struct move *moves;         /* [n_sources] gain 0: none */
};

/* One node looking for a better place. */
struct looking {
    const struct weighing *weighing;
    uint32_t node, best, target, left;  /* left: branches that may still be looked at */
    uint32_t n;                         /* of the differences */
    uint32_t site[DIFFERENCES_MAX];
    uint8_t base[DIFFERENCES_MAX];      /* of the node that moves */
    uint8_t here[DIFFERENCES_MAX];      /* of the place */
};

static void begin_with(struct looking *looking, uint32_t mutation)
{
    looking->site[looking->n] = vg_mutation_site(mutation);
    looking->here[looking->n] = (uint8_t)vg_mutation_from(mutation);
    looking->base[looking->n++] = (uint8_t)vg_mutation_to(mutation);
}

static uint32_t find(const struct looking *looking, uint32_t site)
{
    for (uint32_t i = 0; i < looking->n; i++) {
        if (looking->site[i] == site) {
            return i;
        }
    }
    return UINT32_MAX;
}

/* The place changes from base `from` to `to` at a site. */
static void step(struct looking *looking, uint32_t site, unsigned from, unsigned to)
{
    uint32_t at = find(looking, site);
    if (at == UINT32_MAX) {
        looking->site[looking->n] = site;
        looking->here[looking->n] = (uint8_t)to;
        looking->base[looking->n++] = (uint8_t)from;
    } else if (looking->base[at] == to) {
        looking->n--;
        looking->site[at] = looking->site[looking->n];
        looking->here[at] = looking->here[looking->n];
        looking->base[at] = looking->base[looking->n];
    } else {
        looking->here[at] = (uint8_t)to;
    }
}

/* Along the branch into v; false where too much would differ. */
static bool go(struct looking *looking, uint32_t v, bool down)
{
    const struct vg_tree *view = looking->weighing->view;
    uint32_t first = view->mutation_start[v], end = view->mutation_start[v + 1];
    if (looking->n + (end - first) > DIFFERENCES_MAX) {
        return false;
    }
    for (uint32_t m = first; m < end; m++) {
        uint32_t mutation = view->mutations[m];
        step(looking, vg_mutation_site(mutation), down ? vg_mutation_from(mutation) : vg_mutation_to(mutation), down ? vg_mutation_to(mutation) : vg_mutation_from(mutation));
    }
    return true;
}

/* The place is the parent of v: what a branch off the one into v would cost. */
static void weigh_branch(struct looking *looking, uint32_t v)
{
    const struct vg_tree *view = looking->weighing->view;
    uint32_t shared = 0;
    for (uint32_t m = view->mutation_start[v]; m < view->mutation_start[v + 1]; m++) {
        uint32_t at = find(looking, vg_mutation_site(view->mutations[m]));
        shared += at != UINT32_MAX && looking->base[at] == vg_mutation_to(view->mutations[m]) ? 1 : 0;
    }
    if (shared > 0 && looking->n - shared < looking->best) {
        looking->best = looking->n - shared;
        looking->target = v;
    }
}

/* Branches below the place, which is at u, but that into `without`. */
static void look_down(struct looking *looking, uint32_t u, uint32_t without, uint32_t radius)
{
    const struct weighing *weighing = looking->weighing;
    const struct vg_tree *view = weighing->view;
    for (uint32_t child = u + 1; child < view->end[u] && looking->left > 0; child = view->end[child]) {
        looking->left--;
        if (child == without || child == looking->node || looking->n >= looking->best + weighing->reach[child]) {
            continue; /* even sharing everything that is below would not be better */
        }
        weigh_branch(looking, child);
        if (radius > 1 && view->end[child] > child + 1 && go(looking, child, true)) {
            look_down(looking, child, VG_TREE_NONE, radius - 1);
            (void)go(looking, child, false);
        }
    }
}

static void look_around(void *context, size_t item, unsigned worker)
{
    const struct weighing *weighing = context;
    const struct vg_tree *view = weighing->view;
    uint32_t node = weighing->sources[item], place = view->parent[node], below = node;
    uint32_t now = view->mutation_start[node + 1] - view->mutation_start[node];
    struct looking looking = {.weighing = weighing, .node = node, .best = now, .target = VG_TREE_NONE, .left = weighing->most_branches};
    (void)worker;
    for (uint32_t m = view->mutation_start[node]; m < view->mutation_start[node + 1]; m++) {
        if (looking.n == DIFFERENCES_MAX) {
            return;
        }
        begin_with(&looking, view->mutations[m]);
    }
    for (uint32_t radius = weighing->radius; radius > 0 && looking.left > 0; radius--) {
        look_down(&looking, place, below, radius);
        if (place == 0 || !go(&looking, place, false)) {
            break;
        }
        weigh_branch(&looking, place); /* off the branch into the place itself, on the way up */
        below = place;
        place = view->parent[place];
        if (looking.n >= looking.best + weighing->reach[0]) {
            break;
        }
    }
    if (looking.target != VG_TREE_NONE) {
        weighing->moves[item] = (struct move){node, looking.target, now - looking.best};
    }
}

/* -------------------------------------------------------------------- moves */

struct refining {
    struct flat flat;
    uint32_t *reach, *children, *sources;
    struct move *moves;
    uint8_t *touched;
    uint32_t n_sources;
    uint32_t capacity;
};

/* Nodes on the way between two, both and the one above both counted: false where one is touched. mark: touch them. */
static bool way_is_free(struct refining *refining, uint32_t a, uint32_t b, bool mark)
{
    const struct vg_tree *view = &refining->flat.view;
    while (true) {
        uint32_t low = a > b ? a : b;
        if (refining->touched[low] != 0 && !mark) {
            return false;
        }
        refining->touched[low] = mark ? 1 : refining->touched[low];
        if (a == b) {
            return true;
        }
        *(a > b ? &a : &b) = view->parent[low];
    }
}

/* The differences of the node from the target's parent, along the way between the two. */
static void carry(const struct vg_tree *view, const struct move *move, struct looking *looking)
{
    uint32_t place = view->parent[move->node], goal = view->parent[move->target], top = vg_tree_common_ancestor(view, place, goal), way[RADIUS_MAX + 1], n = 0;
    for (uint32_t m = view->mutation_start[move->node]; m < view->mutation_start[move->node + 1]; m++) {
        begin_with(looking, view->mutations[m]);
    }
    for (; place != top; place = view->parent[place]) {
        (void)go(looking, place, false);
    }
    for (; goal != top; goal = view->parent[goal]) {
        way[n++] = goal;
    }
    while (n > 0) {
        (void)go(looking, way[--n], true);
    }
}

/* Off the branch into the target; off the target itself where all of the branch is shared and it is no leaf. */
static uint32_t split_target(struct flat *flat, struct looking *looking, uint32_t target)
{
    uint32_t start = flat->start[target], count = flat->count[target], kept = 0, shared = 0;
    for (uint32_t m = start; m < start + count; m++) {
        uint32_t at = find(looking, vg_mutation_site(flat->mutations[m]));
        shared += at != UINT32_MAX && looking->base[at] == vg_mutation_to(flat->mutations[m]) ? 1 : 0;
    }
    bool whole = shared == count && flat->end[target] > target + 1;
    uint32_t parent = target;
    if (!whole) {
        parent = flat_add(flat, flat->parent[target], ORIGIN_INNER, shared == count ? flat->clade[target] : flat->clade[flat->parent[target]]);
        flat->parent[target] = parent;
    }
    for (uint32_t m = start; m < start + count; m++) {
        uint32_t mutation = flat->mutations[m], at = find(looking, vg_mutation_site(mutation));
        if (at == UINT32_MAX || looking->base[at] != vg_mutation_to(mutation)) {
            flat->mutations[start + kept++] = mutation;
            continue;
        }
        step(looking, vg_mutation_site(mutation), vg_mutation_from(mutation), vg_mutation_to(mutation));
        if (!whole) {
            flat->mutations[flat->n_mutations++] = mutation;
            flat->count[parent]++;
        }
    }
    flat->count[target] = whole ? count : kept;
    return parent;
}

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static bool make_move(struct refining *refining, const struct move *move)
{
    struct flat *flat = &refining->flat;
    struct weighing weighing = {.view = &flat->view};
    struct looking looking = {.weighing = &weighing, .node = move->node};
    uint32_t place = flat->parent[move->node];
    if (!flat_reserve(flat, 1, flat->count[move->target] + (size_t)DIFFERENCES_MAX)) {
        return false;
    }
    flat->view.parent = flat->parent; /* memory may have moved */
    flat->view.mutations = flat->mutations;
    carry(&flat->view, move, &looking);
    flat->parent[move->node] = split_target(flat, &looking, move->target);
    flat->start[move->node] = (uint32_t)flat->n_mutations;
    flat->count[move->node] = looking.n;
    for (uint32_t i = 0; i < looking.n; i++) {
        flat->mutations[flat->n_mutations++] = vg_mutation(looking.site[i], looking.here[i], looking.base[i]);
    }
    qsort(flat->mutations + flat->start[move->node], looking.n, sizeof(uint32_t), by_number);
    if (--refining->children[place] == 1 && place != 0) {
        flat->origin[place] = ORIGIN_INNER; /* it branches no more */
    }
    return true;
}

static int best_first(const void *a, const void *b)
{
    const struct move *x = a, *y = b;
    return x->gain != y->gain ? (x->gain > y->gain ? -1 : 1) : x->node < y->node ? -1 : x->node > y->node;
}

/* -------------------------------------------------------------------- round */

static bool prepare(struct refining *refining)
{
    struct flat *flat = &refining->flat;
    size_t n = flat->n;
    if (n > refining->capacity) {
        size_t capacity = n + n / 8;
        uint32_t **arrays[2] = {&refining->reach, &refining->children};
        for (size_t i = 0; i < 2; i++) {
            uint32_t *larger = realloc(*arrays[i], capacity * sizeof *larger);
            if (larger == NULL) {
                return false;
            }
            *arrays[i] = larger;
        }
        uint8_t *touched = realloc(refining->touched, capacity);
        if (touched == NULL) {
            return false;
        }
        refining->touched = touched;
        refining->capacity = (uint32_t)capacity;
    }
    memset(refining->touched, 0, n);
    memset(refining->reach, 0, n * sizeof(uint32_t));
    memset(refining->children, 0, n * sizeof(uint32_t));
    for (uint32_t v = (uint32_t)n; v-- > 0;) {
        refining->reach[v] += flat->count[v];
        if (v > 0) {
            uint32_t parent = flat->parent[v];
            refining->reach[parent] = refining->reach[parent] < refining->reach[v] ? refining->reach[v] : refining->reach[parent];
            refining->children[parent]++;
        }
    }
    return true;
}

/* Nodes with mutations below which there is nothing but leaves of the list; or all. */
static bool choose_sources(struct refining *refining, bool all, const uint32_t *movable, size_t n_movable)
{
    const struct vg_tree *view = &refining->flat.view;
    uint8_t *chosen = calloc(view->n_nodes, 1);
    free(refining->sources);
    free(refining->moves);
    refining->sources = NULL;
    refining->moves = NULL;
    refining->n_sources = 0;
    for (uint32_t v = 0; chosen != NULL && v < view->n_nodes; v++) {
        chosen[v] = vg_tree_is_leaf(view, v) ? 0 : 1;
    }
    for (size_t i = 0; chosen != NULL && i < n_movable; i++) {
        if (movable[i] < view->n_nodes) {
            chosen[movable[i]] = 1;
        }
    }
    for (uint32_t v = view->n_nodes; chosen != NULL && v-- > 1;) {
        chosen[view->parent[v]] &= chosen[v];
    }
    for (int pass = 0; chosen != NULL && pass < 2; pass++) {
        uint32_t n = 0;
        for (uint32_t v = 1; v < view->n_nodes; v++) {
            if ((all || chosen[v] != 0) && refining->flat.count[v] > 0 && refining->children[view->parent[v]] > 1) {
                if (pass == 1) {
                    refining->sources[n] = v;
                }
                n++;
            }
        }
        if (pass == 0) {
            refining->sources = malloc(((size_t)n + 1) * sizeof *refining->sources);
            refining->moves = calloc((size_t)n + 1, sizeof *refining->moves);
            if (refining->sources == NULL || refining->moves == NULL) {
                break;
            }
        }
        refining->n_sources = n;
    }
    bool done = chosen != NULL && refining->sources != NULL && refining->moves != NULL;
    free(chosen);
    return done;
}

static bool make_moves(struct refining *refining, uint32_t *n_moves)
{
    *n_moves = 0;
    qsort(refining->moves, refining->n_sources, sizeof *refining->moves, best_first);
    for (uint32_t i = 0; i < refining->n_sources && refining->moves[i].gain > 0; i++) {
        const struct move *move = &refining->moves[i];
        if (way_is_free(refining, move->node, move->target, false)) {
            (void)way_is_free(refining, move->node, move->target, true);
            if (!make_move(refining, move)) {
                return false;
            }
            (*n_moves)++;
        }
    }
    return true;
}

/* movable: in and out in the numbers of the tree before and after the round. */
static vg_status run_round(struct refining *refining, const struct vg_refine_options *options, uint32_t *movable, size_t n_movable, struct vg_pool *pool, uint32_t *n_moves,
                           struct vg_error *error)
{
    struct weighing weighing = {.view = &refining->flat.view, .radius = options->radius, .most_branches = options->most_branches};
    uint32_t *renumbered = NULL;
    if (!prepare(refining) || !choose_sources(refining, options->all, movable, n_movable)) {
        return vg_fail_memory(error, (size_t)refining->flat.n * 9);
    }
    weighing.reach = refining->reach;
    weighing.sources = refining->sources;
    weighing.moves = refining->moves;
    vg_parallel_for(pool, refining->n_sources, look_around, &weighing);
    if (!make_moves(refining, n_moves)) {
        return vg_fail_memory(error, (size_t)refining->flat.n * 24);
    }
    vg_status status = *n_moves == 0 ? VG_OK : flat_order(&refining->flat, &renumbered, error);
    for (size_t i = 0; status == VG_OK && renumbered != NULL && i < n_movable; i++) {
        movable[i] = renumbered[movable[i]];
    }
    free(renumbered);
    return status;
}

void vg_refine_defaults(struct vg_refine_options *options)
{
    *options = (struct vg_refine_options){.radius = 10, .most_rounds = 10, .most_branches = 4000};
}

vg_status vg_place_refine(const struct vg_tree *tree, const struct vg_refine_options *options, uint32_t *movable, size_t n_movable, struct vg_pool *pool,
                          const struct vg_progress *progress, struct vg_tree **refined, struct vg_refine_report *report, struct vg_error *error)
{
    struct refining refining = {.n_sources = 0};
    *refined = NULL;
    *report = (struct vg_refine_report){.before = tree->n_mutations, .after = tree->n_mutations};
    if (options->radius == 0 || options->radius > RADIUS_MAX) {
        return vg_fail(error, VG_USAGE_ERROR, "a radius is 1 to %u branches", RADIUS_MAX);
    }
    vg_status status = flat_new(tree, &refining.flat, error);
    for (uint32_t round = 0, n_moves = 1; status == VG_OK && round < options->most_rounds && n_moves > 0; round++) {
        status = run_round(&refining, options, movable, n_movable, pool, &n_moves, error);
        report->n_moves += n_moves;
        report->n_rounds++;
        if (status == VG_OK && !vg_progress_report(progress, "refining the tree", (double)(round + 1) / options->most_rounds)) {
            status = vg_fail(error, VG_CANCELLED, "refining was stopped");
        }
    }
    if (status == VG_OK) {
        report->after = (uint32_t)refining.flat.n_mutations;
        VG_ASSERT(report->after <= report->before);
        status = flat_finish(&refining.flat, NULL, refined, error);
    }
    flat_free(&refining.flat);
    free(refining.reach);
    free(refining.children);
    free(refining.sources);
    free(refining.moves);
    free(refining.touched);
    return status;
}
