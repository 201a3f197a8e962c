/*
 * Private to the room: the search of one batch, written once for vectors of any width. A file that includes this says beforehand
 *     VECTOR_BYTES  of a vector, 8 lanes each;   ANY(v)  whether a bit of it is set;   TARGET  the functions' attribute;   KERNEL  the name of the result
 *
 * A batch's excess over its best cost, d - best, is kept as planes: bit p of every lane's number in one vector, two's complement. Lanes of which the best falls have
 * the difference added on every level of the way down, so that a hit is always a number that is zero, or negative, and a bound is one number for all lanes.
 */
#include "trace/genome/place/internal.h"

#include <string.h>

typedef uint64_t vector __attribute__((vector_size(VECTOR_BYTES), may_alias));
#define WORDS (VECTOR_BYTES / 8)
#define LANES (VECTOR_BYTES * 8)
#define LEVEL_VECTORS (PLACE_PLANES_MAX + FAR_LEVELS + 1)

struct search {
    struct batch *batch;
    const vector *rows;      /* [4 a row] lanes that allow A, C, G, T */
    vector *stack;           /* [LEVEL_VECTORS a level] planes, then lanes whose excess is at least 1, 2, 4, 8, 16 */
    uint32_t *minimum;       /* [level] the least excess of any lane */
    uint32_t *version;       /* [level] of what minimum and far lanes were made of */
    uint32_t current;        /* the newest version: counts improvements */
    unsigned n_planes;
    vector active;
};

#define INLINE static inline TARGET __attribute__((always_inline))

INLINE vector *level_of(const struct search *search, uint32_t level)
{
    return search->stack + (size_t)level * LEVEL_VECTORS;
}

INLINE vector gained(const vector *rows, uint32_t mutation)
{
    const vector *row = rows + (size_t)(mutation >> 4) * 4;
    return ~row[mutation >> 2 & 3] & row[mutation & 3];
}

INLINE vector lost(const vector *rows, uint32_t mutation)
{
    const vector *row = rows + (size_t)(mutation >> 4) * 4;
    return row[mutation >> 2 & 3] & ~row[mutation & 3];
}

INLINE void subtract(vector *planes, unsigned n, vector bit)
{
    for (unsigned p = 0; p < n && ANY(bit); p++) {
        vector was = planes[p];
        planes[p] = was ^ bit;
        bit &= ~was;
    }
}

INLINE void add(vector *planes, unsigned n, vector bit)
{
    for (unsigned p = 0; p < n && ANY(bit); p++) {
        vector was = planes[p];
        planes[p] = was ^ bit;
        bit &= was;
    }
}

/* The level's least excess, and which lanes are how far. */
static TARGET void sum_up(struct search *search, uint32_t level)
{
    vector *planes = level_of(search, level), *far = planes + PLACE_PLANES_MAX, left = search->active, above = {0};
    uint32_t minimum = 0;
    for (unsigned p = search->n_planes; p-- > 0;) {
        vector smaller = left & ~planes[p];
        if (ANY(smaller)) {
            left = smaller;
        } else {
            minimum |= 1u << p;
        }
        above |= planes[p];
        if (p < FAR_LEVELS) {
            far[p] = above;
        }
    }
    search->minimum[level] = minimum;
    search->version[level] = search->current;
}

static TARGET int32_t value_of(const vector *planes, unsigned n, unsigned lane)
{
    const uint64_t *words = (const uint64_t *)(const void *)planes;
    uint32_t value = 0;
    for (unsigned p = 0; p < n; p++) {
        value |= (uint32_t)(words[p * WORDS + lane / 64] >> (lane % 64) & 1) << p;
    }
    return (value >> (n - 1) & 1) != 0 ? (int32_t)(value | ~0u << n) : (int32_t)value;
}

static TARGET void raise_lane(vector *planes, unsigned n, unsigned lane, uint32_t by)
{
    uint64_t *words = (uint64_t *)(void *)planes, bit = (uint64_t)1 << (lane % 64);
    uint32_t carry = 0;
    for (unsigned p = 0; p < n; p++) {
        uint64_t *word = &words[p * WORDS + lane / 64];
        uint32_t sum = ((*word & bit) != 0 ? 1u : 0u) + (by >> p & 1) + carry;
        *word = (sum & 1) != 0 ? *word | bit : *word & ~bit;
        carry = sum >> 1;
    }
}

/* Lanes for which the branch costs no more than the best. */
static TARGET __attribute__((noinline)) void take_hits(struct search *search, uint32_t b, uint32_t level, vector *cost, vector hits)
{
    struct batch *batch = search->batch;
    unsigned n = search->n_planes;
    for (unsigned word = 0; word < WORDS; word++) {
        for (uint64_t bits = hits[word]; bits != 0; bits &= bits - 1) {
            unsigned lane = word * 64 + (unsigned)__builtin_ctzll(bits);
            int32_t excess = value_of(cost, n, lane);
            if (excess < 0) {
                uint32_t by = (uint32_t)-excess;
                batch->best[lane] -= by;
                for (uint32_t l = 0; l <= level; l++) {
                    raise_lane(level_of(search, l), n, lane, by);
                }
                raise_lane(cost, n, lane, by);
                search->current++;
                if (batch->aim == AIM_SEED) {
                    batch->seed[lane] = batch->over->branches[b].node;
                }
            }
            if (batch->aim == AIM_ALL) {
                placement_add(batch->index, batch->out[lane], b, excess < 0);
            }
        }
    }
}

/* The branch's cost in `cost` and the lanes that share something; then who is as good. */
INLINE void judge(struct search *search, uint32_t b, uint32_t level, vector *cost, vector sharing)
{
    unsigned n = search->n_planes;
    vector hits = cost[n - 1];
    if (search->batch->aim == AIM_ALL) {
        vector any = cost[n - 1];
        for (unsigned p = 0; p + 1 < n; p++) {
            any |= cost[p];
        }
        hits |= ~any;
    }
    hits &= sharing & search->active;
    if (ANY(hits)) {
        take_hits(search, b, level, cost, hits);
    }
}

/* Lanes whose excess may be at most reach. */
INLINE vector near_lanes(const struct search *search, const vector *planes, uint32_t reach)
{
    unsigned k = reach == 0 ? 0 : 32u - (unsigned)__builtin_clz(reach);
    vector near = search->active;
    if (k < FAR_LEVELS) {
        near &= ~planes[PLACE_PLANES_MAX + k];
    }
    return near;
}

INLINE vector sharing_lanes(const struct search *search, const uint32_t *mutations, uint32_t n)
{
    vector sharing = {0};
    for (uint32_t m = 0; m < n; m++) {
        sharing |= gained(search->rows, mutations[m]);
    }
    return sharing;
}

/* A branch with nothing below. */
INLINE void visit_leaf(struct search *search, uint32_t b, uint32_t level, const uint32_t *mutations, uint32_t n, uint32_t reach)
{
    const vector *planes = level_of(search, level);
    vector sharing = sharing_lanes(search, mutations, n) & near_lanes(search, planes, reach), cost[PLACE_PLANES_MAX];
    if (!ANY(sharing) && b != 0) {
        return;
    }
    memcpy(cost, planes, search->n_planes * sizeof(vector));
    for (uint32_t m = 0; m < n; m++) {
        subtract(cost, search->n_planes, gained(search->rows, mutations[m]));
    }
    if (b == 0) {
        sharing = search->active;
    }
    judge(search, b, level, cost, sharing);
}

INLINE void visit_inner(struct search *search, uint32_t b, uint32_t level, const uint32_t *mutations, uint32_t n)
{
    vector *planes = level_of(search, level), *own = level_of(search, level + 1), sharing = {0};
    memcpy(own, planes, search->n_planes * sizeof(vector));
    for (uint32_t m = 0; m < n; m++) {
        vector bit = gained(search->rows, mutations[m]);
        sharing |= bit;
        subtract(own, search->n_planes, bit);
    }
    if (b == 0) {
        sharing = search->active;
    }
    if (ANY(sharing)) {
        judge(search, b, level, own, sharing);
    }
    for (uint32_t m = 0; m < n; m++) {
        add(own, search->n_planes, lost(search->rows, mutations[m]));
    }
    sum_up(search, level + 1);
}

/* Whether a branch is within a subtree that is asked for, or leads to one. */
struct window {
    const uint32_t *within;
    uint32_t n, at, end; /* [.., end) is inside */
};
INLINE bool let_in(struct window *window, const struct branches *over, uint32_t b, uint32_t end)
{
    if (b < window->end) {
        return true;
    }
    while (window->at < window->n && window->within[window->at] < b) {
        window->at++;
    }
    if (window->at == window->n || window->within[window->at] >= end) {
        return false;
    }
    if (window->within[window->at] == b) {
        window->end = over->branches[b].end;
    }
    return true;
}

static TARGET void go_through(struct search *search)
{
    struct batch *batch = search->batch;
    const struct branches *over = batch->over;
    const struct branch *branches = over->branches;
    struct window window = {batch->within, batch->n_within, 0, batch->aim == AIM_NEAR ? 0 : over->n};
    uint64_t n_visited = 0, n_mutations = 0;
    for (uint32_t b = 0; b < over->n;) {
        struct branch one = branches[b];
        uint32_t level = one.depth, n = branches[b + 1].first - one.first;
        if (one.reach < search->minimum[level] && one.reach != UINT16_MAX && b != 0) {
            b = one.end;
            continue;
        }
        if (search->version[level] != search->current) {
            sum_up(search, level);
            continue; /* seen again, with the new bound */
        }
        if (!let_in(&window, over, b, one.end)) {
            b = one.end;
            continue;
        }
        n_visited++;
        n_mutations += n;
        if (one.end == b + 1) {
            visit_leaf(search, b, level, over->mutations + one.first, n, one.reach);
        } else {
            visit_inner(search, b, level, over->mutations + one.first, n);
        }
        b++;
    }
    batch->n_visited += n_visited;
    batch->n_mutations += n_mutations;
}

static TARGET void set_row(uint64_t *rows, uint32_t row, unsigned lane, unsigned bases)
{
    uint64_t bit = (uint64_t)1 << (lane % 64), *words = rows + (size_t)row * 4 * WORDS + lane / 64;
    for (unsigned base = 0; base < 4; base++) {
        words[base * WORDS] = (bases >> base & 1) != 0 ? words[base * WORDS] | bit : words[base * WORDS] & ~bit;
    }
}

/*
 * The table of a batch: runs of N are marked where they begin and end, and filled in on the one way through the table on which it is written; what is one site long is
 * put in after.
 */
static TARGET void fill_rows(const struct batch *batch, struct lanes_memory *memory)
{
    const struct vg_place_index *index = batch->index;
    vector *rows = memory->rows, *edges = memory->edges, unknown = {0};
    uint32_t length = index->tree->length;
    memset(edges, 0, ((size_t)index->n_rows + 1) * sizeof(vector));
    for (int pass = 0; pass < 2; pass++) {
        for (unsigned lane = 0; lane < batch->n; lane++) {
            const struct vg_genome *genome = batch->genomes[lane];
            for (uint32_t i = 0; i < genome->n_differences && genome->differences[i].position < length; i++) {
                const struct vg_genome_difference *one = &genome->differences[i];
                uint32_t end = one->length < length - one->position ? one->position + one->length : length;
                uint32_t first_row = index->row_start[one->position], end_row = index->row_start[end];
                if (first_row == end_row || (one->base >= VG_BASE_ANY) != (pass == 0)) {
                    continue;
                }
                if (pass == 0) {
                    ((uint64_t *)(void *)&edges[first_row])[lane / 64] ^= (uint64_t)1 << (lane % 64);
                    ((uint64_t *)(void *)&edges[end_row])[lane / 64] ^= (uint64_t)1 << (lane % 64);
                } else {
                    set_row(memory->rows, first_row, lane, one->base);
                }
            }
        }
        for (uint32_t row = 0; pass == 0 && row < index->n_rows; row++) {
            unknown ^= edges[row];
            rows[(size_t)row * 4] = rows[(size_t)row * 4 + 1] = rows[(size_t)row * 4 + 2] = rows[(size_t)row * 4 + 3] = unknown;
            rows[(size_t)row * 4 + index->row_base[row]] = ~(vector){0};
        }
    }
}

static TARGET void run(struct batch *batch, struct lanes_memory *memory)
{
    struct search search = {.batch = batch, .rows = memory->rows, .stack = memory->stack, .minimum = memory->minimum, .version = memory->version};
    uint32_t most = 0;
    for (unsigned lane = 0; lane < batch->n; lane++) {
        search.active[lane / 64] |= (uint64_t)1 << (lane % 64);
        most = batch->root_distance[lane] > most ? batch->root_distance[lane] : most;
    }
    most += batch->index->most_mutations + 1;
    search.n_planes = 34u - (unsigned)__builtin_clz(most); /* and one for the sign */
    VG_ASSERT(search.n_planes <= PLACE_PLANES_MAX);
    memset(memory->stack, 0, LEVEL_VECTORS * sizeof(vector));
    for (uint32_t l = 0; l <= batch->over->deepest + 1; l++) {
        search.version[l] = 0;
        search.minimum[l] = 0;
    }
    for (unsigned lane = 0; lane < batch->n; lane++) {
        raise_lane(search.stack, search.n_planes, lane, batch->root_distance[lane] - batch->best[lane]);
    }
    sum_up(&search, 0);
    if (!batch->table_is_made) {
        fill_rows(batch, memory);
    }
    go_through(&search);
}

const struct kernel KERNEL = {KERNEL_NAME, LANES, VECTOR_BYTES, run};
