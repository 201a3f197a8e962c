/*
 * Genomes in batches: first all of a portion over the skeleton, for a bound and a neighbourhood; then, sorted by neighbourhood, each batch there for a sharp bound, and at
 * last over the whole tree for every branch that is as good.
 */
#include "trace/genome/place/internal.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define PORTION_BATCHES 64u

/* ------------------------------------------------------------------ kernels */

bool vg_place_lanes_there(enum vg_place_lanes lanes)
{
#if defined(__x86_64__)
    if (lanes == VG_PLACE_AVX2) {
        return __builtin_cpu_supports("avx2") != 0;
    }
#endif
    return lanes == VG_PLACE_BEST || lanes == VG_PLACE_PORTABLE;
}

static const struct kernel *kernel_of(enum vg_place_lanes lanes)
{
    return lanes == VG_PLACE_AVX2 || (lanes == VG_PLACE_BEST && vg_place_lanes_there(VG_PLACE_AVX2)) ? &place_avx2 : &place_portable;
}

/* ------------------------------------------------------------------- memory */

bool lanes_memory_new(const struct vg_place_index *index, const struct kernel *kernel, struct lanes_memory *memory)
{
    size_t rows = ((size_t)index->n_rows * 4 + 4) * kernel->vector_bytes, levels = (size_t)index->all.deepest + 3;
    memset(memory, 0, sizeof *memory);
    memory->rows = aligned_alloc(64, (rows + 63) / 64 * 64);
    memory->stack = aligned_alloc(64, (levels * (PLACE_PLANES_MAX + FAR_LEVELS + 1) * kernel->vector_bytes + 63) / 64 * 64);
    memory->minimum = malloc(levels * sizeof(uint32_t));
    memory->version = malloc(levels * sizeof(uint32_t));
    memory->edges = aligned_alloc(64, (((size_t)index->n_rows + 1) * kernel->vector_bytes + 63) / 64 * 64);
    return memory->rows != NULL && memory->edges != NULL && memory->stack != NULL && memory->minimum != NULL && memory->version != NULL;
}

void lanes_memory_free(struct lanes_memory *memory)
{
    free(memory->rows);
    free(memory->edges);
    free(memory->stack);
    free(memory->minimum);
    free(memory->version);
    memset(memory, 0, sizeof *memory);
}

void placement_add(const struct vg_place_index *index, struct vg_placement *placement, uint32_t branch, bool better)
{
    if (better) {
        placement->n_ties = placement->n_listed = 0;
    }
    if (placement->n_ties == 0 || index->leaves[branch] > index->leaves[placement->node]) {
        placement->node = branch;
    }
    if (placement->n_listed < VG_PLACE_TIES_MAX) {
        placement->ties[placement->n_listed++] = branch;
    }
    placement->n_ties++;
    placement->last = branch;
}

/* ---------------------------------------------------------------- certainty */

/* Bases that the genome may have at a site. */
static unsigned allowed(const struct vg_place_index *index, const struct vg_genome *genome, uint32_t site)
{
    uint32_t low = 0, high = genome->n_differences;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const struct vg_genome_difference *one = &genome->differences[middle];
        if (one->position + one->length <= site) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low < genome->n_differences && genome->differences[low].position <= site) {
        return genome->differences[low].base >= VG_BASE_ANY ? 15u : genome->differences[low].base;
    }
    int base = vg_base_of_letter(index->tree->reference[site]);
    return base < 0 ? 15u : 1u << base;
}

static bool branch_splits(const struct vg_place_index *index, const struct vg_genome *genome, uint32_t node)
{
    const struct vg_tree *tree = index->tree;
    for (uint32_t m = tree->mutation_start[node]; m < tree->mutation_start[node + 1]; m++) {
        uint32_t mutation = tree->mutations[m], site = vg_mutation_site(mutation);
        unsigned set = index->masked[site] != 0 ? 15u : allowed(index, genome, site);
        if ((set >> vg_mutation_from(mutation) & 1) != 0 && (set >> vg_mutation_to(mutation) & 1) == 0) {
            return true;
        }
    }
    return false;
}

/* Branches' numbers become nodes; what all ties have above them is found from the first and the last. */
static void settle(const struct vg_place_index *index, const struct vg_genome *genome, uint32_t score, struct vg_placement *placement)
{
    const struct vg_tree *tree = index->tree;
    const struct branch *branches = index->all.branches;
    placement->score = score;
    placement->node = branches[placement->node].node;
    placement->last = branches[placement->last].node;
    for (uint32_t i = 0; i < placement->n_listed; i++) {
        placement->ties[i] = branches[placement->ties[i]].node;
    }
    placement->splits = branch_splits(index, genome, placement->node);
    uint32_t first = placement->ties[0], ancestor = vg_tree_common_ancestor(tree, first, placement->last);
    placement->certain = ancestor == first && branch_splits(index, genome, first) ? tree->parent[first] : ancestor;
}

/* --------------------------------------------------------------------- runs */

struct run {
    const struct vg_place_index *index;
    const struct kernel *kernel;
    const struct vg_genome *genomes;   /* of the portion */
    uint32_t n;
    uint32_t *root_distance, *best, *seed, *order; /* [n] */
    struct vg_placement *out;
    struct lanes_memory *memory;       /* [threads] */
    bool with_skeleton;
    atomic_uint_fast64_t n_visited, n_mutations, n_batches;
};

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

#define LANES_MAX 256

/* One batch's numbers, gathered and given back. */
struct gathered {
    const struct vg_genome *genomes[LANES_MAX];
    struct vg_placement *out[LANES_MAX];
    uint32_t root_distance[LANES_MAX], best[LANES_MAX], seed[LANES_MAX], within[LANES_MAX];
};

static void count_work(struct run *run, const struct batch *batch)
{
    atomic_fetch_add_explicit(&run->n_visited, batch->n_visited, memory_order_relaxed);
    atomic_fetch_add_explicit(&run->n_mutations, batch->n_mutations, memory_order_relaxed);
    atomic_fetch_add_explicit(&run->n_batches, 1, memory_order_relaxed);
}

static void run_batch(void *context, size_t item, unsigned worker)
{
    struct run *run = context;
    struct gathered g;
    uint32_t lanes = run->kernel->n_lanes, first = (uint32_t)item * lanes, n = run->n - first < lanes ? run->n - first : lanes;
    struct batch batch = {.index = run->index, .aim = run->with_skeleton ? AIM_SEED : AIM_NEAR, .over = run->with_skeleton ? &run->index->skeleton : &run->index->all,
                          .genomes = g.genomes, .n = n, .root_distance = g.root_distance, .best = g.best, .seed = g.seed, .out = g.out, .within = g.within};
    for (uint32_t i = 0; i < n; i++) {
        uint32_t which = run->order[first + i];
        g.genomes[i] = &run->genomes[which];
        g.out[i] = &run->out[which];
        g.root_distance[i] = run->root_distance[which];
        g.best[i] = run->best[which];
        g.seed[i] = g.within[i] = run->seed[which];
    }
    if (!run->with_skeleton) {
        qsort(g.within, n, sizeof *g.within, by_number);
        for (uint32_t i = 0; i < n; i++) {
            if (batch.n_within == 0 || g.within[i] != g.within[batch.n_within - 1]) {
                g.within[batch.n_within++] = g.within[i];
            }
        }
        if (run->index->skeleton.n < run->index->all.n) {
            run->kernel->run(&batch, &run->memory[worker]);
            batch.table_is_made = true;
        }
        batch.aim = AIM_ALL;
    }
    run->kernel->run(&batch, &run->memory[worker]);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t which = run->order[first + i];
        run->best[which] = g.best[i];
        run->seed[which] = g.seed[i];
        if (!run->with_skeleton) {
            settle(run->index, g.genomes[i], g.best[i], g.out[i]);
        }
    }
    count_work(run, &batch);
}

struct keyed {
    uint32_t seed, which;
};

static int by_seed(const void *a, const void *b)
{
    const struct keyed *x = a, *y = b;
    return x->seed != y->seed ? (x->seed < y->seed ? -1 : 1) : x->which < y->which ? -1 : 1;
}

static vg_status run_portion(struct run *run, struct vg_pool *pool, struct vg_error *error)
{
    size_t n_batches = (run->n + run->kernel->n_lanes - 1) / run->kernel->n_lanes;
    struct keyed *keyed = malloc(run->n * sizeof *keyed);
    if (keyed == NULL) {
        return vg_fail_memory(error, run->n * sizeof *keyed);
    }
    for (uint32_t i = 0; i < run->n; i++) {
        run->root_distance[i] = run->best[i] = place_root_distance(run->index, &run->genomes[i]);
        run->seed[i] = 0;
        run->order[i] = i;
        run->out[i].n_ties = run->out[i].n_listed = 0;
    }
    run->with_skeleton = true;
    vg_parallel_for(pool, n_batches, run_batch, run);
    for (uint32_t i = 0; i < run->n; i++) {
        keyed[i] = (struct keyed){run->seed[i], i};
    }
    qsort(keyed, run->n, sizeof *keyed, by_seed);
    for (uint32_t i = 0; i < run->n; i++) {
        run->order[i] = keyed[i].which;
    }
    free(keyed);
    run->with_skeleton = false;
    vg_parallel_for(pool, n_batches, run_batch, run);
    return VG_OK;
}

static vg_status check_genomes(const struct vg_place_index *index, const struct vg_genome *genomes, size_t n, struct vg_error *error)
{
    for (size_t g = 0; g < n; g++) {
        uint64_t before = 0;
        for (uint32_t i = 0; i < genomes[g].n_differences; i++) {
            const struct vg_genome_difference *one = &genomes[g].differences[i];
            if (one->position < before || one->base == 0 || one->base > VG_BASE_DELETED) {
                return vg_fail(error, VG_USAGE_ERROR, "%.*s: its differences are not sorted, or overlap", (int)genomes[g].name.size, genomes[g].name.data);
            }
            before = (uint64_t)one->position + one->length;
        }
        if (genomes[g].n_differences > VG_PLACE_DIFFERENCES_MAX) {
            return vg_fail(error, VG_LIMIT_EXCEEDED, "%.*s has %u differences from the reference", (int)genomes[g].name.size, genomes[g].name.data, genomes[g].n_differences);
        }
    }
    (void)index;
    return VG_OK;
}

static vg_status start(struct run *run, unsigned n_threads, uint32_t most, struct vg_error *error)
{
    run->memory = calloc(n_threads, sizeof *run->memory);
    run->root_distance = malloc(((size_t)most * 4 + 1) * sizeof(uint32_t));
    if (run->memory == NULL || run->root_distance == NULL) {
        return vg_fail_memory(error, (size_t)most * 16);
    }
    run->best = run->root_distance + most;
    run->seed = run->best + most;
    run->order = run->seed + most;
    for (unsigned i = 0; i < n_threads; i++) {
        if (!lanes_memory_new(run->index, run->kernel, &run->memory[i])) {
            return vg_fail_memory(error, (size_t)run->index->n_rows * 4 * run->kernel->vector_bytes);
        }
    }
    return VG_OK;
}

vg_status vg_place(const struct vg_place_index *index, const struct vg_genome *genomes, size_t n, enum vg_place_lanes lanes, struct vg_pool *pool,
                   const struct vg_progress *progress, struct vg_placement *out, struct vg_place_work *work, struct vg_error *error)
{
    unsigned n_threads = vg_pool_threads(pool);
    struct run run = {.index = index, .kernel = kernel_of(lanes)};
    if (!vg_place_lanes_there(lanes)) {
        return vg_fail(error, VG_USAGE_ERROR, "this machine does not have the instructions that are asked for");
    }
    uint32_t portion = PORTION_BATCHES * run.kernel->n_lanes, most = n < portion ? (uint32_t)n : portion;
    vg_status status = check_genomes(index, genomes, n, error);
    status = status == VG_OK ? start(&run, n_threads, most, error) : status;
    for (size_t first = 0; status == VG_OK && first < n; first += portion) {
        run.genomes = genomes + first;
        run.out = out + first;
        run.n = n - first < portion ? (uint32_t)(n - first) : portion;
        status = run_portion(&run, pool, error);
        if (status == VG_OK && !vg_progress_report(progress, "placing genomes", (double)(first + run.n) / (double)n)) {
            status = vg_fail(error, VG_CANCELLED, "placing was stopped");
        }
    }
    if (work != NULL) {
        *work = (struct vg_place_work){atomic_load(&run.n_visited), atomic_load(&run.n_mutations), atomic_load(&run.n_batches),
                                       (uint64_t)index->n_rows * 4 * run.kernel->vector_bytes, place_index_bytes(index)};
    }
    for (unsigned i = 0; run.memory != NULL && i < n_threads; i++) {
        lanes_memory_free(&run.memory[i]);
    }
    free(run.memory);
    free(run.root_distance);
    return status;
}

/* -------------------------------------------------------------- private ones */

static bool none_of_8(const uint8_t *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return word == 0;
}

/* Bases at the attachment, as base + 1 where the way down tells; 0: the reference's. Returns the mutations on that way. */
static uint32_t attached_states(const struct vg_place_index *index, const struct vg_genome *genome, uint32_t node, uint8_t *state)
{
    const struct vg_tree *tree = index->tree;
    uint32_t n = 0;
    for (uint32_t v = node; v != VG_TREE_NONE; v = tree->parent[v]) {
        n += tree->mutation_start[v + 1] - tree->mutation_start[v];
        for (uint32_t m = tree->mutation_start[v]; m < tree->mutation_start[v + 1]; m++) {
            uint32_t mutation = tree->mutations[m], site = vg_mutation_site(mutation);
            unsigned to = vg_mutation_to(mutation), from = vg_mutation_from(mutation);
            if (v == node) { /* on the branch itself only what is shared, or does not matter, is above the attachment */
                unsigned set = index->masked[site] != 0 ? 15u : allowed(index, genome, site);
                to = (set >> from & 1) != 0 && (set >> to & 1) == 0 ? from : to;
            }
            state[site] = state[site] == 0 ? (uint8_t)(to + 1) : state[site];
        }
    }
    return n;
}

/* The next site from `site` on, and before `stop`, that the way down tells of: nearly all are passed over. */
static uint32_t next_told(const uint8_t *state, uint32_t site, uint32_t stop)
{
    while (site + 8 <= stop && none_of_8(state + site)) {
        site += 8;
    }
    while (site < stop && state[site] == 0) {
        site++;
    }
    return site;
}

/* The mutation of one site from what is at the attachment to what the genome has; VG_TREE_NONE: none. */
static uint32_t private_mutation(const struct vg_place_index *index, uint32_t site, uint8_t state, unsigned set)
{
    int reference = vg_base_of_letter(index->tree->reference[site]);
    if (index->masked[site] != 0 || set >= 15) {
        return VG_TREE_NONE;
    }
    if (state == 0 && reference < 0) { /* neither the tree nor its file knows the base: it is another one than the genome's */
        return (set & (set - 1)) == 0 ? vg_mutation(site, (unsigned)__builtin_ctz(set) ^ 1u, (unsigned)__builtin_ctz(set)) : VG_TREE_NONE;
    }
    unsigned base = state != 0 ? state - 1u : (unsigned)reference;
    return (set >> base & 1) == 0 ? vg_mutation(site, base, (unsigned)__builtin_ctz(set)) : VG_TREE_NONE;
}

vg_status vg_place_private(const struct vg_place_index *index, const struct vg_genome *genome, uint32_t node, struct vg_arena *arena, uint32_t **mutations, size_t *n,
                           struct vg_error *error)
{
    const struct vg_tree *tree = index->tree;
    struct vg_arena own;
    vg_arena_init(&own, 0);
    uint8_t *state = VG_ARENA_ARRAY(&own, uint8_t, tree->length);
    uint32_t most = genome->n_differences + (state == NULL ? 0 : attached_states(index, genome, node, state)), count = 0;
    uint32_t *found = state == NULL ? NULL : VG_ARENA_ARRAY(&own, uint32_t, (size_t)most + 1);
    for (uint32_t site = 0, at = 0; found != NULL && site < tree->length; site++) {
        while (at < genome->n_differences && genome->differences[at].position + genome->differences[at].length <= site) {
            at++;
        }
        uint32_t start = at < genome->n_differences && genome->differences[at].position < tree->length ? genome->differences[at].position : tree->length;
        if (start > site) {
            site = next_told(state, site, start);
        }
        if (site == tree->length) {
            break;
        }
        int reference = vg_base_of_letter(tree->reference[site]);
        unsigned set = start <= site ? genome->differences[at].base : reference < 0 ? 15u : 1u << reference;
        uint32_t mutation = private_mutation(index, site, state[site], set);
        if (mutation != VG_TREE_NONE) {
            found[count++] = mutation;
        }
    }
    *n = count;
    *mutations = found == NULL ? NULL : VG_ARENA_ARRAY(arena, uint32_t, (size_t)count + 1);
    if (*mutations != NULL && count > 0) {
        memcpy(*mutations, found, count * sizeof **mutations);
    }
    vg_arena_release(&own);
    return *mutations == NULL ? vg_fail_memory(error, most * sizeof(uint32_t)) : VG_OK;
}
