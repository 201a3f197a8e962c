/*
 * One run on several ranks. A rank owns the people of a run of municipalities: only their words, calendars and courses are in its memory. What concerns everybody is the
 * same on all ranks: the day's counts (added up), the beds (all ranks give out all beds, and each follows its own patients), and with these what triggers see. Once a day
 * contacts go to the rank of the one who was met, orders to the rank of the one who is to stay at home. Nothing depends on who computes what, so the bytes are those of one rank.
 */
#include "control/epidemic_internal.h"

#include <stdlib.h>

struct parcel {
    uint64_t item;
    uint32_t block, rank;
};

struct parcels {
    struct parcel *items;
    size_t n, capacity;
};

static bool many(const struct vg_epidemic *e)
{
    return e->input.ranks != NULL && e->input.ranks->count > 1;
}

/* First municipality of a rank: each has about as many people, in whole municipalities. */
static uint32_t first_of(const struct vg_epidemic *e, uint64_t rank, uint64_t count)
{
    uint64_t wanted = (e->n_persons * rank + count - 1) / count;
    uint32_t m = 0;
    while (rank < count && m < e->n_municipalities && e->p->first[m] < wanted) {
        m++;
    }
    return rank < count ? m : (uint32_t)e->n_municipalities;
}

void ranks_share(struct vg_epidemic *e)
{
    const struct vg_ranks *ranks = e->input.ranks;
    e->own_municipality = many(e) ? first_of(e, ranks->rank, ranks->count) : 0;
    e->end_municipality = many(e) ? first_of(e, ranks->rank + 1U, ranks->count) : (uint32_t)e->n_municipalities;
    e->own_person = e->p->first[e->own_municipality];
    e->end_person = e->p->first[e->end_municipality];
    e->own_block = e->own_person >> BLOCK_BITS;
    e->end_block = e->end_person > e->own_person ? ((size_t)e->end_person + BLOCK_PERSONS - 1) >> BLOCK_BITS : e->own_block;
}

static void fail(struct vg_epidemic *e)
{
    atomic_store(&e->chunks.failed, true);
}

static void add_parcel(struct vg_epidemic *e, struct parcels *parcels, struct parcel parcel)
{
    if (parcels->n == parcels->capacity) {
        size_t capacity = parcels->capacity == 0 ? 1024 : 2 * parcels->capacity;
        struct parcel *items = realloc(parcels->items, capacity * sizeof *items);
        if (items == NULL) {
            fail(e);
            return;
        }
        parcels->items = items;
        parcels->capacity = capacity;
    }
    parcels->items[parcels->n++] = parcel;
}

/* Takes from one list what is for people of other ranks. */
static void sift(struct vg_epidemic *e, struct list *list, uint32_t block, const uint32_t *ends, struct parcels *out)
{
    struct list kept = {0, 0, 0};
    uint32_t next = 0;
    for (uint32_t chunk = list->first; chunk != 0; chunk = next) {
        const uint64_t *items = (const uint64_t *)(const void *)chunk_at(&e->chunks, chunk) + 1;
        uint32_t n = chunk == list->last ? list->fill : CHUNK_LARGE;
        for (uint32_t i = 0; i < n; i++) {
            uint32_t person = block << BLOCK_BITS | (uint32_t)(items[i] & (BLOCK_PERSONS - 1));
            uint32_t rank = 0;
            while (person >= ends[rank]) {
                rank++;
            }
            if (rank == e->input.ranks->rank) {
                list_add_large(&e->chunks, &kept, items[i], 0);
            } else {
                add_parcel(e, out, (struct parcel){items[i], block, rank});
            }
        }
        next = chunk_at(&e->chunks, chunk)[CHUNK_NEXT];
        chunk_give(&e->chunks, chunk, 0);
    }
    *list = kept;
}

static int compare_parcels(const void *a, const void *b)
{
    const struct parcel *x = a;
    const struct parcel *y = b;
    return x->rank < y->rank ? -1 : x->rank > y->rank;
}

void ranks_deliver(struct vg_epidemic *e, struct list *lists)
{
    const struct vg_ranks *ranks = e->input.ranks;
    struct parcels out = {0};
    uint32_t ends[VG_RANKS_MAX];
    size_t sent[VG_RANKS_MAX] = {0};
    size_t received[VG_RANKS_MAX];
    if (!many(e)) {
        return;
    }
    for (unsigned r = 0; r < ranks->count; r++) {
        ends[r] = e->p->first[first_of(e, r + 1U, ranks->count)];
    }
    for (size_t i = 0; i < e->n_workers * e->n_blocks; i++) {
        size_t block = i % e->n_blocks;
        bool whole = block << BLOCK_BITS >= e->own_person && (block + 1) << BLOCK_BITS <= e->end_person;
        if (!whole && lists[i].first != 0) {
            sift(e, &lists[i], (uint32_t)block, ends, &out);
        }
    }
    if (out.n > 1) {
        qsort(out.items, out.n, sizeof *out.items, compare_parcels);
    }
    for (size_t i = 0; i < out.n; i++) {
        sent[out.items[i].rank] += sizeof *out.items;
    }
    void *came = NULL;
    bool good = ranks->exchange(ranks->context, out.items, sent, &came, received);
    for (unsigned r = 0, i = 0; good && r < ranks->count; r++) {
        for (size_t n = received[r] / sizeof(struct parcel); n > 0; n--, i++) {
            const struct parcel *parcel = (const struct parcel *)came + i;
            list_add_large(&e->chunks, &lists[parcel->block], parcel->item, 0);
        }
    }
    if (!good) {
        fail(e);
    }
    free(came);
    free(out.items);
}

/* Everybody's requests on all ranks. */
void ranks_gather_requests(struct vg_epidemic *e, struct request_list *all)
{
    const struct vg_ranks *ranks = e->input.ranks;
    size_t sent[VG_RANKS_MAX];
    size_t received[VG_RANKS_MAX];
    if (!many(e)) {
        return;
    }
    size_t bytes = all->n * sizeof *all->items;
    char *copies = malloc(ranks->count * bytes + 1);
    for (unsigned r = 0; r < ranks->count; r++) {
        sent[r] = copies == NULL ? 0 : bytes;
        if (copies != NULL && bytes > 0) {
            memcpy(copies + r * bytes, all->items, bytes);
        }
    }
    void *came = NULL;
    bool good = ranks->exchange(ranks->context, copies, sent, &came, received) && copies != NULL;
    size_t n = 0;
    for (unsigned r = 0; good && r < ranks->count; r++) {
        n += received[r] / sizeof *all->items;
    }
    all->n = 0;
    for (size_t i = 0; i < n; i++) {
        (void)request_add(all, ((const struct request *)came)[i]);
    }
    if (!good) {
        fail(e);
    }
    free(came);
    free(copies);
}

void ranks_add_up(struct vg_epidemic *e, uint32_t *values, size_t n)
{
    if (many(e) && !e->input.ranks->add_up(e->input.ranks->context, values, n)) {
        fail(e);
    }
}

/* The day's counts of all; whether somebody failed, or has something left to come. */
void ranks_close_day(struct vg_epidemic *e)
{
    if (!many(e)) {
        return;
    }
    size_t n = e->n_counts + e->n_group_counts + e->n_municipalities; /* doses lost stand behind the counts */
    uint32_t *told = e->counts + n;               /* two more, so that all go together */
    told[0] = atomic_load(&e->chunks.failed) || e->steps.failed ? 1 : 0;
    told[1] = e->pending > 0 ? 1 : 0;
    ranks_add_up(e, e->counts, n + 2);
    if (told[0] > 0) {
        fail(e);
    }
    e->pending_elsewhere = told[1] > 0;
}

bool ranks_all(struct vg_epidemic *e, bool go_on)
{
    uint32_t stops = go_on ? 0 : 1;
    ranks_add_up(e, &stops, 1);
    return stops == 0;
}

bool ranks_first(const struct vg_epidemic *e)
{
    return !many(e) || e->input.ranks->rank == 0;
}

/* Records of all ranks at the first, in the order of persons, as each has them. NULL elsewhere. */
void *ranks_collect(struct vg_epidemic *e, const void *mine, size_t n, size_t size, size_t *all)
{
    size_t sent[VG_RANKS_MAX] = {0};
    size_t received[VG_RANKS_MAX];
    void *came = NULL;
    sent[0] = n * size;
    *all = 0;
    if (!e->input.ranks->exchange(e->input.ranks->context, mine, sent, &came, received)) {
        fail(e);
        free(came);
        return NULL;
    }
    for (unsigned r = 0; r < e->input.ranks->count; r++) {
        *all += received[r] / size;
    }
    return came;
}

bool ranks_many(const struct vg_epidemic *e)
{
    return many(e);
}
