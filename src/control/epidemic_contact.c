/*
 * Whom an infected person meets: the layer, the place, the age of the other by the layer's matrix row, and a person of that age
 * in that place, found by arithmetic. Only contacts that would infect somebody susceptible are drawn; the measures of the day
 * thin them, and what is left is put before the block of the one who was met.
 */
#include "control/epidemic_internal.h"

#include <string.h>

/* Everything here is told the layer as a constant where it matters, so that each layer has its own straight code. */
#define STRAIGHT static inline __attribute__((always_inline))

STRAIGHT void begin(const struct vg_epidemic *e, uint32_t person, uint32_t home, uint32_t entry, int32_t day, uint32_t index,
                    bool grouped, struct meeting *meeting)
{
    uint64_t hash = draw(e, person, (uint32_t)day, index, DRAW_CONTACT);
    uint32_t class = grouped ? class_of(e, person, home, e->p->entries[entry].age) : 0;
    const uint32_t *layers = e->tables.layers[profile_of(e, home, class, &e->p->entries[entry])];
    meeting->person = person;
    meeting->home = home;
    meeting->entry = entry;
    meeting->day = day;
    meeting->layer = (uint8_t)draw_index_of((uint32_t)hash, layers, VG_LAYERS);
    meeting->thinning = (uint32_t)(hash >> 32);
    meeting->other = mix64(hash + 0x9E3779B97F4A7C15U);
}

STRAIGHT void take_seat(const struct vg_epidemic *e, struct meeting *meeting, unsigned layer, bool exact)
{
    if (layer == VG_LAYER_HOUSEHOLD || (layer == VG_LAYER_COMMUNITY && !exact)) {
        meeting->seat = (struct pool_seat){meeting->home, 0};
        return;
    }
    uint32_t rank = rank_of(e->p, meeting->home, meeting->person, meeting->entry, layer);
    meeting->seat =
        seat_of_rank(e->p, layer, meeting->home, e->p->entries[meeting->entry].age, rank, layer_day(layer, meeting->day));
}

STRAIGHT bool meet_at_home(const struct vg_epidemic *e, struct meeting *meeting)
{
    const struct entry *entry = &e->p->entries[meeting->entry];
    uint32_t other = (uint32_t)((meeting->other >> 32) * (entry->size - 1U) >> 32);
    other += other >= entry->member ? 1 : 0;
    meeting->target = meeting->person - entry->member + other;
    meeting->other_age = e->p->entries[e->p->entry_of[(size_t)entry->type * VG_HOUSEHOLD_MAX + (entry->size > 1 ? other : 0)]].age;
    return entry->size > 1;
}

/* Among one's own age: anybody else of the same place. */
static uint32_t peer_rank(uint32_t rank, uint32_t places, uint32_t people, uint32_t draw)
{
    uint32_t place = (uint32_t)((uint64_t)rank * places / people);
    uint32_t from = (uint32_t)(((uint64_t)place * people + places - 1) / places);
    uint32_t end = (uint32_t)(((uint64_t)(place + 1) * people + places - 1) / places);
    if (end - from < 2) {
        return NOBODY;
    }
    uint32_t other = from + (uint32_t)((uint64_t)draw * (end - from - 1) >> 32);
    return other + (other >= rank ? 1 : 0);
}

/* Somebody of other_age in the place, as a number in the pool. */
STRAIGHT uint32_t other_rank(const struct vg_population *p, const struct meeting *meeting, unsigned layer, uint32_t age,
                             uint32_t other_age, uint32_t others)
{
    uint32_t pool = meeting->seat.pool;
    uint32_t places = p->places[layer][pool];
    uint64_t position = meeting->other >> 32; /* in the pool, of 2^32 */
    if (layer == VG_LAYER_COMMUNITY || layer == VG_LAYER_TRAVEL || places == 1) {
        return (uint32_t)(position * others >> 32);
    }
    uint32_t n = pool_size(p, layer, pool, age);
    uint32_t rank = permute(pool_key(p, layer, pool, age, 0, 1), n, meeting->seat.rank, PERMUTE_ROUNDS);
    if (age == other_age) {
        rank = peer_rank(rank, places_among(places, n), n, (uint32_t)position);
    } else {
        uint64_t place = (uint64_t)rank * places / n;
        rank = (uint32_t)(((place << 32 | position) / places) * others >> 32);
    }
    return rank == NOBODY ? NOBODY : permute_back(pool_key(p, layer, pool, other_age, 0, 1), others, rank, PERMUTE_ROUNDS);
}

STRAIGHT bool meet(const struct vg_epidemic *e, struct meeting *meeting, unsigned layer)
{
    const struct vg_population *p = e->p;
    uint32_t age = p->entries[meeting->entry].age;
    uint32_t pool = meeting->seat.pool;
    uint32_t other_age = row_draw((uint32_t)meeting->other, row_of(e, meeting->home, layer, age), e->n_ages);
    uint32_t others = pool_size(p, layer, pool, other_age);
    meeting->other_age = other_age;
    if (others == 0) {
        return false;
    }
    uint32_t rank = other_rank(p, meeting, layer, age, other_age, others);
    if (rank == NOBODY) {
        return false;
    }
    meeting->target = person_of_seat(p, layer, (struct pool_seat){pool, rank}, other_age, layer_day(layer, meeting->day));
    return meeting->target != meeting->person;
}

STRAIGHT bool end_meeting(const struct vg_epidemic *e, struct meeting *meeting, unsigned layer, bool exact)
{
    return layer == VG_LAYER_HOUSEHOLD ? meet_at_home(e, meeting) : exact ? meeting_exact(e, meeting) : meet(e, meeting, layer);
}

void meeting_seat(const struct vg_epidemic *e, struct meeting *meeting)
{
    take_seat(e, meeting, meeting->layer, e->input.mode == VG_CONTACTS_EXACT);
}

void meeting_begin(const struct vg_epidemic *e, uint32_t person, uint32_t home, uint32_t entry, int32_t day, uint32_t index,
                   struct meeting *meeting)
{
    begin(e, person, home, entry, day, index, true, meeting);
    meeting_seat(e, meeting);
}

bool meeting_end(const struct vg_epidemic *e, struct meeting *meeting)
{
    return end_meeting(e, meeting, meeting->layer, e->input.mode == VG_CONTACTS_EXACT);
}

STRAIGHT bool allowed(const struct vg_epidemic *e, const struct meeting *meeting, unsigned layer, uint32_t cordon)
{
    return meeting->thinning >> 1 < e->factors[(size_t)meeting->seat.pool * VG_LAYERS + layer] * cordon << 1;
}

static uint32_t cordon_between(const struct vg_epidemic *e, uint32_t a, uint32_t b)
{
    return a == b ? WHOLE : e->cordon[a] < e->cordon[b] ? e->cordon[a] : e->cordon[b];
}

static uint32_t ages_of(const struct vg_epidemic *e, const struct meeting *meeting)
{
    return 1U << e->p->entries[meeting->entry].age | 1U << meeting->other_age;
}

/* What is left by measures that ask who the other is: cordons, and those on some ages. */
static uint32_t left_between(const struct vg_epidemic *e, const struct meeting *meeting, unsigned layer, bool exact)
{
    uint32_t left = WHOLE;
    if (!exact && (layer == VG_LAYER_WORK || layer == VG_LAYER_TRAVEL) && e->cordons) {
        uint32_t cordon = cordon_between(e, meeting->home, population_municipality(e->p, meeting->target));
        uint32_t there = cordon_between(e, meeting->home, meeting->seat.pool);
        left = there < cordon ? there : cordon;
    }
    for (size_t k = 0; k < e->n_aged && e->aged_today; k++) {
        if (is_of_ages(&e->input.measures[e->aged[k]], layer, ages_of(e, meeting))) {
            left = left * e->aged_left[k * e->n_municipalities + meeting->seat.pool] >> 15;
        }
    }
    return left;
}

/* The contacts of a chunk, sorted by layer: each layer's run through its code without surprises for the processor. */
struct batch {
    struct meeting meetings[CHUNK_SMALL];
    uint64_t items[CHUNK_SMALL]; /* all but the target */
    uint8_t of_layer[VG_LAYERS][CHUNK_SMALL];
    uint32_t n[VG_LAYERS];
    const uint64_t *words; /* of the block */
    struct stretch stretch;
    uint32_t fetched; /* of the next stretch's people */
};

/* The words of the next stretch come one by one while this one's contacts are worked on: asked for all at once they would be waited for. */
STRAIGHT void fetch_one(struct batch *batch)
{
    if (batch->fetched < batch->stretch.next_n) {
        __builtin_prefetch(&batch->words[batch->stretch.next_words[2 + batch->fetched++] & (BLOCK_PERSONS - 1)]);
    }
}

STRAIGHT void meet_in_layer(struct vg_epidemic *e, struct batch *batch, unsigned layer, bool exact, unsigned worker)
{
    struct list *lists = e->candidates + (size_t)worker * e->n_blocks;
    for (uint32_t i = 0; i < batch->n[layer]; i++) {
        struct meeting *meeting = &batch->meetings[batch->of_layer[layer][i]];
        fetch_one(batch);
        take_seat(e, meeting, layer, exact);
        if (!allowed(e, meeting, layer, WHOLE) || !end_meeting(e, meeting, layer, exact)) {
            continue;
        }
        if (exact && !kept_contact(e, meeting->person, meeting->target, ages_of(e, meeting), meeting->seat.pool, layer, e->day)) {
            continue;
        }
        if ((e->cordons || e->aged_today) && !allowed(e, meeting, layer, left_between(e, meeting, layer, exact))) {
            continue;
        }
        list_add_large(&e->chunks, &lists[meeting->target >> BLOCK_BITS],
                       batch->items[batch->of_layer[layer][i]] | (meeting->target & (BLOCK_PERSONS - 1)), worker);
    }
}

static void meet_all(struct vg_epidemic *e, struct batch *batch, unsigned worker)
{
    if (e->input.mode == VG_CONTACTS_EXACT) {
        for (unsigned layer = 0; layer < VG_LAYERS; layer++) {
            meet_in_layer(e, batch, layer, true, worker);
        }
        return;
    }
    meet_in_layer(e, batch, VG_LAYER_HOUSEHOLD, false, worker);
    meet_in_layer(e, batch, VG_LAYER_SCHOOL, false, worker);
    meet_in_layer(e, batch, VG_LAYER_WORK, false, worker);
    meet_in_layer(e, batch, VG_LAYER_COMMUNITY, false, worker);
    meet_in_layer(e, batch, VG_LAYER_TRAVEL, false, worker);
}

STRAIGHT void begin_contact(const struct vg_epidemic *e, struct batch *batch, uint32_t i, uint32_t person, uint32_t index, bool grouped)
{
    uint64_t word = e->words[person];
    struct meeting *meeting = &batch->meetings[i];
    begin(e, person, municipality_in(e, person), word_entry(word), e->day, index, grouped, meeting);
    unsigned layer = meeting->layer;
    batch->items[i] =
        (uint64_t)person << 17 | (uint64_t)layer << 49 | (uint64_t)word_variant(word) << 52 | (uint64_t)index << 55;
    batch->of_layer[layer][batch->n[layer]] = (uint8_t)i;
    batch->n[layer] += word_dead(word) || (in_quarantine(word, e->day) && layer != VG_LAYER_HOUSEHOLD) ? 0 : 1;
}

STRAIGHT void begin_contacts(const struct vg_epidemic *e, struct batch *batch, uint32_t first, bool grouped)
{
    const struct stretch *s = &batch->stretch;
    for (uint32_t i = 0; i < s->n; i++) {
        begin_contact(e, batch, i, first | (s->words[2 + i] & (BLOCK_PERSONS - 1)), s->words[2 + i] >> 17, grouped);
    }
}

void contacts_of_block(void *context, size_t block, unsigned worker)
{
    struct vg_epidemic *e = context;
    struct list *list = calendar(e, e->contacts, (uint32_t)e->day, block);
    uint32_t first = (uint32_t)(block << BLOCK_BITS);
    struct batch batch;
    batch.words = e->words + first;
    batch.stretch = stretch_at(&e->chunks, list, list->first, CHUNK_SMALL);
    const struct stretch *s = &batch.stretch;
    for (uint32_t i = 0; i < s->n; i++) {
        __builtin_prefetch(&batch.words[s->words[2 + i] & (BLOCK_PERSONS - 1)]);
    }
    while (s->chunk != 0) {
        memset(batch.n, 0, sizeof batch.n);
        batch.fetched = 0;
        if (e->n_groups > 0) {
            begin_contacts(e, &batch, first, true);
        } else {
            begin_contacts(e, &batch, first, false);
        }
        meet_all(e, &batch, worker);
        while (batch.fetched < s->next_n) {
            fetch_one(&batch);
        }
        e->blocks[block].scheduled -= s->n;
        e->blocks[block].work.contacts += s->n;
        chunk_give(&e->chunks, s->chunk, worker);
        batch.stretch = stretch_at(&e->chunks, list, s->next, CHUNK_SMALL);
    }
    *list = (struct list){0, 0, 0};
}
