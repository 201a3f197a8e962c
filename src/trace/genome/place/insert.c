/*
 * Genomes added one after the other, each where it costs least on the tree as it is then. A batch is searched on the tree as it was before the batch; what the batch has
 * changed since is weighed again for each genome, branch by branch, which is little; one of which every best branch has been split, and for which nothing new is as good, is
 * searched by itself.
 */
#include "trace/genome/place/flat.h"

#include <stdlib.h>
#include <string.h>

#define BATCH 2048u
#define GAPS_MOST 256 /* of a genome that are looked at */

struct inserting {
    struct flat flat;
    const struct vg_genome *genomes;
    size_t n;
    const struct vg_site_range *masked;
    size_t n_masked;
    const struct vg_place_gaps *gaps;
    uint32_t own_gaps[GAPS_MOST]; /* of the genome at hand */
    size_t n_own_gaps;
    struct vg_insertion *out;
    uint8_t *is_masked;         /* [length] */
    /* The genome at hand. */
    uint8_t *set;               /* [length] bases it may have; 0: as the reference */
    uint32_t distance;          /* from the reference */
    /* What the batch has changed. */
    uint32_t *changed;          /* nodes whose branches are new or other ones */
    uint32_t n_changed;
    uint8_t *is_changed;        /* [capacity] */
    uint32_t *known, *stamp;    /* [capacity] distance of the genome at hand from a node, where stamp is its number */
    uint32_t stamp_now, capacity;
    uint32_t *site_stamp;       /* [length] */
    uint8_t *site_base;         /* [length] base at the attachment, where the stamp is new */
    uint32_t site_stamp_now;
    uint32_t *path;             /* scratch: nodes of a way up */
    uint32_t *down;             /* scratch: distances of a way down */
    struct vg_placement *placements;
};

static unsigned set_at(const struct inserting *work, uint32_t site)
{
    if (work->is_masked[site] != 0) {
        return 15;
    }
    if (work->set[site] != 0) {
        return work->set[site];
    }
    int base = vg_base_of_letter(work->flat.first->reference[site]);
    return base < 0 ? 15u : 1u << base;
}

static void take_up(struct inserting *work, const struct vg_genome *genome, bool set)
{
    uint32_t length = work->flat.first->length;
    for (uint32_t i = 0; i < genome->n_differences; i++) {
        const struct vg_genome_difference *one = &genome->differences[i];
        uint32_t first = one->position < length ? one->position : length, n = one->length < length - first ? one->length : length - first;
        memset(work->set + first, !set ? 0 : one->base >= VG_BASE_ANY ? 15 : one->base, n);
    }
    work->stamp_now++;
}

/* ---------------------------------------------------------------- distances */

/* Distance of the genome at hand from the node: from the nearest one above that is known, down. */
static uint32_t distance_from(struct inserting *work, uint32_t node)
{
    const struct flat *flat = &work->flat;
    uint32_t n = 0, distance = work->distance;
    for (uint32_t v = node; v != VG_TREE_NONE; v = flat->parent[v]) {
        if (work->stamp[v] == work->stamp_now) {
            distance = work->known[v];
            break;
        }
        work->path[n++] = v;
    }
    while (n > 0) {
        uint32_t v = work->path[--n];
        const uint32_t *mutations = flat->mutations + flat->start[v];
        for (uint32_t m = 0; m < flat->count[v]; m++) {
            unsigned set = set_at(work, vg_mutation_site(mutations[m]));
            distance += (set >> vg_mutation_from(mutations[m]) & 1) - (set >> vg_mutation_to(mutations[m]) & 1);
        }
        work->known[v] = distance;
        work->stamp[v] = work->stamp_now;
    }
    return distance;
}

struct choice {
    uint32_t node, cost, shared;
};

/* Whether the branch into the node has mutations that the genome at hand has not: it leaves it on the way. */
static bool leaves_on_the_way(const struct inserting *work, uint32_t node)
{
    const struct flat *flat = &work->flat;
    bool splits = false;
    for (uint32_t m = flat->start[node]; m < flat->start[node] + flat->count[node]; m++) {
        unsigned set = set_at(work, vg_mutation_site(flat->mutations[m]));
        splits |= (set >> vg_mutation_from(flat->mutations[m]) & 1) != 0 && (set >> vg_mutation_to(flat->mutations[m]) & 1) == 0;
    }
    return splits;
}

/* Deletions and insertions that the genome at hand has in common with where it would hang: with the nearest node that the tree had before all. */
static uint32_t share(const struct inserting *work, uint32_t node)
{
    const struct flat *flat = &work->flat;
    uint32_t v = work->n_own_gaps == 0 ? VG_TREE_NONE : leaves_on_the_way(work, node) ? flat->parent[node] : node;
    while (v != VG_TREE_NONE && (flat->origin[v] & ORIGIN_SAMPLE) != 0) { /* a branching point that was made has all bits */
        v = flat->parent[v];
    }
    return v == VG_TREE_NONE ? 0 : vg_gap_index_shared(work->gaps->index, work->gaps->of_nodes[flat->origin[v]], work->own_gaps, work->n_own_gaps);
}

static void weigh(const struct inserting *work, uint32_t node, uint32_t cost, struct choice *best)
{
    if (cost > best->cost) {
        return;
    }
    uint32_t shared = share(work, node);
    if (cost < best->cost || shared > best->shared || (shared == best->shared && work->flat.leaves[node] > work->flat.leaves[best->node])) {
        *best = (struct choice){node, cost, shared};
    }
}

static void weigh_changed(struct inserting *work, struct choice *best)
{
    const struct flat *flat = &work->flat;
    for (uint32_t i = 0; i < work->n_changed; i++) {
        uint32_t node = work->changed[i], shared = 0;
        const uint32_t *mutations = flat->mutations + flat->start[node];
        for (uint32_t m = 0; m < flat->count[node]; m++) {
            unsigned set = set_at(work, vg_mutation_site(mutations[m]));
            shared += (set >> vg_mutation_from(mutations[m]) & 1) == 0 && (set >> vg_mutation_to(mutations[m]) & 1) != 0 ? 1 : 0;
        }
        if (shared > 0 || flat->parent[node] == VG_TREE_NONE) {
            uint32_t above = flat->parent[node] == VG_TREE_NONE ? work->distance : distance_from(work, flat->parent[node]);
            weigh(work, node, above - shared, best);
        }
    }
}

/*
 * Branches of the tree before the batch that are still what they were, one genome by itself: for one of which every best branch has been split meanwhile. Bases of nodes do not
 * change, so distances hold; a subtree is passed over where even all that is below would not make it as good as the best known.
 */
static void weigh_unchanged(struct inserting *work, const struct vg_place_index *index, struct choice *best)
{
    const struct branches *all = &index->all;
    work->down[0] = work->distance;
    for (uint32_t b = 0; b < all->n;) {
        const struct branch *one = &all->branches[b];
        uint32_t above = work->down[one->depth], shared = 0, lost = 0;
        if (b > 0 && one->reach != UINT16_MAX && above > best->cost + one->reach) {
            b = one->end;
            continue;
        }
        for (uint32_t m = one->first; m < all->branches[b + 1].first; m++) {
            unsigned set = set_at(work, index->row_site[all->mutations[m] >> 4]), from = set >> (all->mutations[m] >> 2 & 3) & 1, to = set >> (all->mutations[m] & 3) & 1;
            shared += from < to ? 1 : 0;
            lost += from > to ? 1 : 0;
        }
        if ((shared > 0 || b == 0) && work->is_changed[one->node] == 0) {
            weigh(work, one->node, above - shared, best);
        }
        work->down[one->depth + 1] = above - shared + lost;
        b++;
    }
}

/* Where it costs least now. */
static struct choice choose(struct inserting *work, const struct vg_place_index *index, const struct vg_placement *placement)
{
    struct choice best = {VG_TREE_NONE, UINT32_MAX, 0};
    for (uint32_t i = 0; i < placement->n_listed; i++) {
        if (work->is_changed[placement->ties[i]] == 0) {
            weigh(work, placement->ties[i], placement->score, &best);
        }
    }
    if (placement->n_ties > placement->n_listed && work->is_changed[placement->node] == 0) {
        weigh(work, placement->node, placement->score, &best);
    }
    weigh_changed(work, &best);
    if (best.cost > placement->score) {
        weigh_unchanged(work, index, &best);
    }
    return best;
}

/* ------------------------------------------------------------------ changes */

static void mark_changed(struct inserting *work, uint32_t node)
{
    if (work->is_changed[node] == 0) {
        work->is_changed[node] = 1;
        work->changed[work->n_changed++] = node;
    }
}

/* Splits the branch into `node`: what the genome shares goes above a new branching point. What it may have or not stays below; so does a third base. */
static uint32_t split(struct inserting *work, uint32_t node, bool all_above)
{
    struct flat *flat = &work->flat;
    uint32_t above = flat_add(flat, flat->parent[node], ORIGIN_INNER, flat->parent[node] == VG_TREE_NONE || all_above ? flat->clade[node] : flat->clade[flat->parent[node]]);
    uint32_t *mutations = flat->mutations + flat->start[node], n = flat->count[node], kept = 0;
    for (uint32_t m = 0; m < n; m++) {
        unsigned set = set_at(work, vg_mutation_site(mutations[m]));
        bool shared = all_above || ((set >> vg_mutation_from(mutations[m]) & 1) == 0 && (set >> vg_mutation_to(mutations[m]) & 1) != 0);
        if (shared) {
            flat->mutations[flat->n_mutations++] = mutations[m];
            flat->count[above]++;
        } else {
            mutations[kept++] = mutations[m];
        }
    }
    flat->count[node] = kept;
    flat->leaves[above] = flat->leaves[node] + 1;
    flat->parent[node] = above;
    mark_changed(work, node);
    mark_changed(work, above);
    return above;
}

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* One site of the genome against the base at the attachment. */
static void put_own(struct inserting *work, uint32_t leaf, uint32_t site, unsigned base)
{
    struct flat *flat = &work->flat;
    unsigned set = set_at(work, site);
    if ((set >> base & 1) == 0 && set != 0) {
        int reference = vg_base_of_letter(flat->first->reference[site]);
        unsigned to = reference >= 0 && (set >> reference & 1) != 0 ? (unsigned)reference : (unsigned)__builtin_ctz(set);
        flat->mutations[flat->n_mutations++] = vg_mutation(site, base, to);
        flat->count[leaf]++;
    }
}

/* The genome's own mutations, below `parent`: over the sites that changed on the way down, then over those that are told of it. */
static void put_mutations(struct inserting *work, const struct vg_genome *genome, uint32_t leaf, uint32_t parent)
{
    struct flat *flat = &work->flat;
    const struct vg_tree *first = flat->first;
    work->site_stamp_now++;
    for (uint32_t v = parent; v != VG_TREE_NONE; v = flat->parent[v]) {
        for (uint32_t m = flat->start[v]; m < flat->start[v] + flat->count[v]; m++) {
            uint32_t site = vg_mutation_site(flat->mutations[m]);
            if (work->site_stamp[site] != work->site_stamp_now) {
                work->site_stamp[site] = work->site_stamp_now;
                put_own(work, leaf, site, vg_mutation_to(flat->mutations[m]));
            }
        }
    }
    for (uint32_t i = 0; i < genome->n_differences && genome->differences[i].position < first->length; i++) {
        uint32_t site = genome->differences[i].position;
        int base = vg_base_of_letter(first->reference[site]);
        if (genome->differences[i].base < VG_BASE_ANY && work->site_stamp[site] != work->site_stamp_now && base >= 0) {
            put_own(work, leaf, site, (unsigned)base);
        }
    }
    qsort(flat->mutations + flat->start[leaf], flat->count[leaf], sizeof(uint32_t), by_number);
}

/* Sites of the way down, whose number bounds what the genome may have of its own. */
static size_t room_of(const struct inserting *work, const struct vg_genome *genome, uint32_t node)
{
    size_t n = genome->n_differences;
    for (uint32_t v = node; v != VG_TREE_NONE; v = work->flat.parent[v]) {
        n += work->flat.count[v];
    }
    return n + work->flat.count[node];
}

static vg_status attach(struct inserting *work, size_t number, const struct choice *choice, struct vg_error *error)
{
    struct flat *flat = &work->flat;
    const struct vg_genome *genome = &work->genomes[number];
    uint32_t node = choice->node;
    if (!flat_reserve(flat, 2, room_of(work, genome, node))) {
        return vg_fail_memory(error, (size_t)flat->n * 24);
    }
    bool splits = leaves_on_the_way(work, node);
    bool leaf = flat->origin[node] != ORIGIN_INNER && ((flat->origin[node] & ORIGIN_SAMPLE) != 0 || vg_tree_is_leaf(flat->first, flat->origin[node]));
    uint32_t parent = splits ? split(work, node, false) : leaf ? split(work, node, true) : node;
    uint32_t added = flat_add(flat, parent, ORIGIN_SAMPLE | (uint32_t)number, flat->clade[parent]);
    put_mutations(work, genome, added, parent);
    VG_ASSERT(flat->count[added] <= choice->cost);
    if (flat->count[added] > 0) {
        mark_changed(work, added);
    }
    work->out[number].score = flat->count[added];
    return VG_OK;
}

/* -------------------------------------------------------------------- batch */

static bool make_room(struct inserting *work)
{
    uint32_t capacity = work->flat.n + 2 * BATCH + 2;
    if (capacity > work->capacity) {
        capacity += capacity / 8;
        uint8_t *is_changed = realloc(work->is_changed, capacity);
        work->is_changed = is_changed == NULL ? work->is_changed : is_changed;
        uint32_t **arrays[3] = {&work->known, &work->stamp, &work->path};
        for (size_t i = 0; i < 3; i++) {
            uint32_t *larger = realloc(*arrays[i], capacity * sizeof *larger);
            if (larger == NULL || is_changed == NULL) {
                return false;
            }
            *arrays[i] = larger;
        }
        work->capacity = capacity;
    }
    memset(work->is_changed, 0, work->capacity);
    memset(work->stamp, 0, work->capacity * sizeof *work->stamp);
    work->stamp_now = 0;
    work->n_changed = 0;
    return true;
}

static vg_status insert_batch(struct inserting *work, size_t first, size_t n, struct vg_pool *pool, enum vg_place_lanes lanes, struct vg_error *error)
{
    struct vg_place_index *index = NULL;
    vg_status status = make_room(work) ? vg_place_index_new(&work->flat.view, work->masked, work->n_masked, &index, error) : vg_fail_memory(error, work->capacity * 17ul);
    if (status == VG_OK) {
        uint32_t *down = realloc(work->down, ((size_t)index->all.deepest + 2) * sizeof *down);
        work->down = down == NULL ? work->down : down;
        status = down == NULL ? vg_fail_memory(error, index->all.deepest * 4ul) : vg_place(index, work->genomes + first, n, lanes, pool, NULL, work->placements, NULL, error);
    }
    for (size_t i = 0; status == VG_OK && i < n; i++) {
        const struct vg_genome *genome = &work->genomes[first + i];
        work->distance = place_root_distance(index, genome);
        take_up(work, genome, true);
        work->n_own_gaps = work->gaps == NULL ? 0 : vg_gap_index_list(work->gaps->index, genome, work->own_gaps, GAPS_MOST);
        struct choice best = choose(work, index, &work->placements[i]);
        work->out[first + i].n_ties = work->placements[i].n_ties;
        status = attach(work, first + i, &best, error);
        take_up(work, genome, false);
    }
    vg_place_index_free(index);
    return status == VG_OK ? flat_order(&work->flat, NULL, error) : status;
}

static void release(struct inserting *work)
{
    flat_free(&work->flat);
    free(work->is_masked);
    free(work->set);
    free(work->changed);
    free(work->is_changed);
    free(work->known);
    free(work->stamp);
    free(work->site_stamp);
    free(work->path);
    free(work->down);
    free(work->placements);
}

static vg_status begin(struct inserting *work, const struct vg_tree *tree, struct vg_error *error)
{
    size_t length = tree->length;
    work->is_masked = calloc(length, 1);
    work->set = calloc(length, 1);
    work->site_stamp = calloc(length, sizeof *work->site_stamp);
    work->changed = malloc((3 * BATCH + 3) * sizeof *work->changed);
    work->placements = calloc(BATCH, sizeof *work->placements);
    if (work->is_masked == NULL || work->set == NULL || work->site_stamp == NULL || work->changed == NULL || work->placements == NULL) {
        return vg_fail_memory(error, length * 6);
    }
    for (size_t i = 0; i < work->n_masked; i++) {
        for (uint32_t site = work->masked[i].first; site < work->masked[i].end && site < length; site++) {
            work->is_masked[site] = 1;
        }
    }
    return flat_new(tree, &work->flat, error);
}

/* Where each genome's leaf is in the tree that was made. */
static void find_leaves(const struct inserting *work)
{
    for (uint32_t v = 0; v < work->flat.n; v++) {
        uint32_t origin = work->flat.origin[v];
        if (origin != ORIGIN_INNER && (origin & ORIGIN_SAMPLE) != 0) {
            work->out[origin & ~ORIGIN_SAMPLE].node = v;
        }
    }
}

vg_status vg_place_insert(const struct vg_tree *tree, const struct vg_genome *genomes, size_t n, const struct vg_site_range *masked, size_t n_masked,
                          const struct vg_place_gaps *gaps, enum vg_place_lanes lanes, struct vg_pool *pool, const struct vg_progress *progress, struct vg_insertion *out,
                          struct vg_tree **grown, struct vg_error *error)
{
    struct inserting work = {.gaps = gaps, .genomes = genomes, .n = n, .masked = masked, .n_masked = n_masked, .out = out};
    *grown = NULL;
    if (tree->n_nodes + 2 * (uint64_t)n > VG_TREE_NODES_MAX) {
        return vg_fail(error, VG_LIMIT_EXCEEDED, "a tree has at most %u nodes here", VG_TREE_NODES_MAX);
    }
    vg_status status = begin(&work, tree, error);
    for (size_t first = 0; status == VG_OK && first < n;) {
        size_t batch = n - first < BATCH ? n - first : BATCH;
        status = insert_batch(&work, first, batch, pool, lanes, error);
        first += batch;
        if (status == VG_OK && !vg_progress_report(progress, "adding genomes", (double)first / (double)n)) {
            status = vg_fail(error, VG_CANCELLED, "adding was stopped");
        }
    }
    if (status == VG_OK) {
        find_leaves(&work);
        status = flat_finish(&work.flat, genomes, grown, error);
    }
    release(&work);
    return status;
}
