/*
 * The population as arithmetic: persons of a municipality are laid out by household type, so that from a number follow type,
 * household and member, and from (municipality, age, role range, rank) a number. Who shares a class or a workplace is a keyed
 * permutation of ranks. Inline because the engine lives in these functions. Private to control.
 *
 * An entry is one member of one type. Entries are sorted by (age, role), so the people of an age in a layer are one run of
 * entries, and `counted` (by municipality, cumulative) turns ranks into entries.
 */
#ifndef VG_CONTROL_POPULATION_H
#define VG_CONTROL_POPULATION_H

#include "control/control.h"
#include "control/epidemic_number.h"

#include <math.h>

struct entry {
    uint16_t type;
    uint8_t member, size, age, role;
    uint16_t profile; /* number of (age, role, size) */
};

/* Ranks of an origin's people of a layer and age are cut into runs, one a destination; at the destination runs of all origins
   stand one after the other: that is the pool. A link is one (origin, destination). Where runs begin stands together for a
   municipality and age, with the end of the last run behind them (see runs_at). */
struct flow_table {
    bool on;
    uint32_t *out_row;     /* [n_municipalities + 1] links of an origin */
    uint32_t *destination; /* [links] */
    uint32_t *out_start;   /* [(links + n_municipalities) * n_ages] where the runs begin in the origin's ranks */
    uint32_t *in_place;    /* [links] position of the link among those of its destination */
    uint32_t *in_row;      /* [n_municipalities + 1] */
    uint32_t *in_link;     /* [links] by destination: the link */
    uint32_t *in_origin;   /* [links] by destination: where from */
    uint32_t *in_start;    /* [(links + n_municipalities) * n_ages] by destination: where the runs begin in the pool */
};

struct vg_population {
    struct vg_arena arena;
    uint64_t seed;
    size_t n_ages, n_municipalities, n_types, n_entries;
    uint8_t age_from[VG_AGES_MAX + 1];
    uint32_t *first;      /* [n_municipalities + 1] */
    uint32_t *type_first; /* [n_municipalities * n_types] first person of a type */
    uint32_t *counted;    /* [n_municipalities * (n_entries + 1)] persons in entries before */
    struct entry entries[VG_HOUSEHOLD_ENTRIES_MAX];
    uint16_t *entry_of;                          /* [n_types * VG_HOUSEHOLD_MAX] */
    uint16_t stratum[VG_AGES_MAX][VG_ROLES + 1]; /* first entry of an age and role */
    struct flow_table flows[VG_LAYERS];
    uint32_t *places[VG_LAYERS]; /* [n_municipalities] groups in a pool */
    size_t n_groups;
    bool groups_by_place;  /* shares are not the same everywhere */
    uint32_t *group_ends;  /* [(municipality, if by place, * n_ages + age) * n_groups + group] cumulative thresholds */
    double *group_share;   /* [(n_groups + 1) * n_ages] of an age's people, those in no group first */
    double *group_contacts;/* the same shape: outside the household, times the mean of the age */
};

static const uint8_t layer_role_first[VG_LAYERS] = {VG_ROLE_HOME, VG_ROLE_PUPIL, VG_ROLE_WORKER, VG_ROLE_HOME, VG_ROLE_HOME};
static const uint8_t layer_role_end[VG_LAYERS] = {VG_ROLES, VG_ROLE_WORKER, VG_ROLES, VG_ROLES, VG_ROLES};

/* Only work and travel are lived elsewhere; said so that code for another layer need not ask. */
static inline bool layer_flows(const struct flow_table *flow, unsigned layer)
{
    return (layer == VG_LAYER_WORK || layer == VG_LAYER_TRAVEL) && flow->on;
}

static inline bool role_in_layer(unsigned role, unsigned layer)
{
    return role >= layer_role_first[layer] && role < layer_role_end[layer];
}

/* --------------------------------------------------------------- hashing */

static inline uint64_t mix64(uint64_t x)
{
    x ^= x >> 32;
    x *= 0xD6E8FEB86659FD93U;
    x ^= x >> 29;
    x *= 0xA0761D6478BD642FU;
    x ^= x >> 32;
    return x;
}

/* The key goes in twice, between multiplications; the counter is given whole. */
static inline uint64_t draw_of(uint64_t key, uint64_t counter)
{
    uint64_t x = counter ^ key;
    x ^= x >> 32;
    x *= 0xD6E8FEB86659FD93U;
    x ^= x >> 29;
    x += key << 17 | key >> 47;
    x *= 0xA0761D6478BD642FU;
    x ^= x >> 32;
    x *= 0xE7037ED1A0B428DBU;
    x ^= x >> 32;
    return x;
}

/* A permutation of 0 .. n - 1: unbalanced Feistel network on (x mod a, x div a), a b >= n, walked until the value is below n.
 */
#define PERMUTE_ROUNDS 6     /* who shares a place */
#define PERMUTE_ROUNDS_FEW 4 /* who goes to which municipality */

static inline uint32_t feistel_round(uint64_t key, uint32_t value, uint32_t range)
{
    uint64_t h = (key ^ value) * 0x9E3779B97F4A7C15U;
    h = (h ^ h >> 32) * 0xD6E8FEB86659FD93U;
    return (uint32_t)((h >> 32) * range >> 32);
}

static inline uint64_t feistel_key(uint64_t key, int round)
{
    return key + 0xA24BAED4963EE407U * (uint64_t)(round + 1);
}

/* Few cells mix slowly: pairs of neighbours come out as often as others within 1 % from 10 rounds on at 24, from 14 at 5. */
static inline int rounds_for(uint32_t n, int rounds)
{
    return n >= 256 ? rounds : n >= 16 ? rounds + 4 : rounds + 8;
}

static inline uint32_t permute(uint64_t key, uint32_t n, uint32_t x, int rounds)
{
    rounds = rounds_for(n, rounds);
    uint32_t a = (uint32_t)sqrt((double)n) + 1;
    uint32_t b = n / a + 1;
    uint32_t left = x % a;
    uint32_t right = x / a;
    do {
        for (int round = 0; round < rounds; round += 2) {
            left += feistel_round(feistel_key(key, round), right, a);
            left -= left >= a ? a : 0;
            right += feistel_round(feistel_key(key, round + 1), left, b);
            right -= right >= b ? b : 0;
        }
    } while ((uint64_t)right * a + left >= n);
    return right * a + left;
}

static inline uint32_t permute_back(uint64_t key, uint32_t n, uint32_t x, int rounds)
{
    rounds = rounds_for(n, rounds);
    uint32_t a = (uint32_t)sqrt((double)n) + 1;
    uint32_t b = n / a + 1;
    uint32_t left = x % a;
    uint32_t right = x / a;
    do {
        for (int round = rounds - 2; round >= 0; round -= 2) {
            uint32_t off = feistel_round(feistel_key(key, round + 1), left, b);
            right += right < off ? b - off : 0U - off;
            off = feistel_round(feistel_key(key, round), right, a);
            left += left < off ? a - off : 0U - off;
        }
    } while ((uint64_t)right * a + left >= n);
    return right * a + left;
}

/* ---------------------------------------------------------------- layout */

static inline const uint32_t *counted_of(const struct vg_population *p, uint32_t municipality)
{
    return p->counted + (size_t)municipality * (p->n_entries + 1);
}

/* People of an age who live in the municipality and are in the layer. */
static inline uint32_t residents_in_layer(const struct vg_population *p, uint32_t municipality, uint32_t age, unsigned layer)
{
    const uint32_t *counted = counted_of(p, municipality);
    return counted[p->stratum[age][layer_role_end[layer]]] - counted[p->stratum[age][layer_role_first[layer]]];
}

static inline uint32_t household_of(const struct vg_population *p, uint32_t municipality, uint32_t person,
                                    const struct entry *entry)
{
    return (person - p->type_first[(size_t)municipality * p->n_types + entry->type]) / entry->size;
}

static inline uint32_t rank_of(const struct vg_population *p, uint32_t municipality, uint32_t person, uint32_t entry_index,
                               unsigned layer)
{
    const struct entry *entry = &p->entries[entry_index];
    const uint32_t *counted = counted_of(p, municipality);
    return counted[entry_index] - counted[p->stratum[entry->age][layer_role_first[layer]]] +
           household_of(p, municipality, person, entry);
}

static inline uint32_t person_of_rank(const struct vg_population *p, uint32_t municipality, uint32_t age, unsigned layer,
                                      uint32_t rank)
{
    const uint32_t *counted = counted_of(p, municipality);
    uint32_t low = p->stratum[age][layer_role_first[layer]];
    uint32_t length = p->stratum[age][layer_role_end[layer]] - low;
    uint32_t wanted = counted[low] + rank;
    while (length > 1) { /* the last entry that begins at or before `wanted` */
        uint32_t half = length / 2;
        low += counted[low + half] <= wanted ? half : 0;
        length -= half;
    }
    const struct entry *entry = &p->entries[low];
    return p->type_first[(size_t)municipality * p->n_types + entry->type] + (wanted - counted[low]) * entry->size +
           entry->member;
}

uint32_t population_municipality(const struct vg_population *p, uint32_t person);
uint32_t population_entry(const struct vg_population *p, uint32_t municipality,
                          uint32_t person); /* by search; persons' words have it */

/* ----------------------------------------------------------------- pools */

/* Keys of permutations. day is 0 where memberships stay. */
static inline uint64_t pool_key(const struct vg_population *p, unsigned layer, uint32_t municipality, uint32_t age,
                                uint32_t day, unsigned stage)
{
    return mix64(p->seed ^ ((uint64_t)municipality << 32 | (uint64_t)day << 16 | age << 8 | layer << 4 | stage));
}

/* Where a municipality's runs of an age stand, of out_start with out_row and of in_start with in_row. */
static inline size_t runs_at(const struct vg_population *p, const uint32_t *row, uint32_t municipality, uint32_t age)
{
    return ((size_t)row[municipality] + municipality) * p->n_ages + (size_t)age * (row[municipality + 1] - row[municipality] + 1);
}

/* Which of n runs a rank is in: the last that begins at or before it. */
static inline uint32_t run_of(const uint32_t *starts, uint32_t n, uint32_t rank)
{
    uint32_t low = 0;
    while (n > 1) {
        uint32_t half = n / 2;
        low += starts[low + half] <= rank ? half : 0;
        n -= half;
    }
    return low;
}

static inline uint32_t pool_size(const struct vg_population *p, unsigned layer, uint32_t pool, uint32_t age)
{
    const struct flow_table *flow = &p->flows[layer];
    if (!layer_flows(flow, layer)) {
        return residents_in_layer(p, pool, age, layer);
    }
    return flow->in_start[runs_at(p, flow->in_row, pool, age) + (flow->in_row[pool + 1] - flow->in_row[pool])];
}

/* Where somebody's layer is lived, and their number among those of their age there (not yet permuted to places). */
struct pool_seat {
    uint32_t pool, rank;
};

static inline struct pool_seat seat_of_rank(const struct vg_population *p, unsigned layer, uint32_t home, uint32_t age,
                                            uint32_t rank, uint32_t day)
{
    const struct flow_table *flow = &p->flows[layer];
    if (!layer_flows(flow, layer)) {
        return (struct pool_seat){home, rank};
    }
    uint32_t first = flow->out_row[home];
    uint32_t links = flow->out_row[home + 1] - first;
    if (links > 1) {
        rank = permute(pool_key(p, layer, home, age, day, 0), residents_in_layer(p, home, age, layer), rank, PERMUTE_ROUNDS_FEW);
    }
    const uint32_t *starts = flow->out_start + runs_at(p, flow->out_row, home, age);
    uint32_t run = run_of(starts, links, rank);
    uint32_t place = flow->in_place[first + run];
    uint32_t pool = flow->destination[first + run];
    uint32_t start = flow->in_start[runs_at(p, flow->in_row, pool, age) + (place - flow->in_row[pool])];
    return (struct pool_seat){pool, start + rank - starts[run]};
}

/* The way back: where whoever has the seat lives, and their number among those of their age and layer there. */
struct resident {
    uint32_t home, rank;
};

static inline struct resident resident_of_seat(const struct vg_population *p, unsigned layer, struct pool_seat seat, uint32_t age,
                                               uint32_t day)
{
    const struct flow_table *flow = &p->flows[layer];
    if (!layer_flows(flow, layer)) {
        return (struct resident){seat.pool, seat.rank};
    }
    uint32_t first = flow->in_row[seat.pool];
    const uint32_t *starts = flow->in_start + runs_at(p, flow->in_row, seat.pool, age);
    uint32_t run = run_of(starts, flow->in_row[seat.pool + 1] - first, seat.rank);
    uint32_t origin = flow->in_origin[first + run];
    uint32_t out_first = flow->out_row[origin];
    uint32_t start = flow->out_start[runs_at(p, flow->out_row, origin, age) + (flow->in_link[first + run] - out_first)];
    uint32_t rank = start + seat.rank - starts[run];
    if (flow->out_row[origin + 1] - out_first > 1) {
        rank = permute_back(pool_key(p, layer, origin, age, day, 0), residents_in_layer(p, origin, age, layer), rank,
                            PERMUTE_ROUNDS_FEW);
    }
    return (struct resident){origin, rank};
}

static inline uint32_t person_of_seat(const struct vg_population *p, unsigned layer, struct pool_seat seat, uint32_t age,
                                      uint32_t day)
{
    struct resident resident = resident_of_seat(p, layer, seat, age, day);
    return person_of_rank(p, resident.home, age, layer, resident.rank);
}

/* Places as people of one age use them among themselves: of an age that is rare there, neighbouring places together, so that
   nobody is left without company. */
static inline uint32_t places_among(uint32_t places, uint32_t people)
{
    uint32_t most = people / 4 < 1 ? 1 : people / 4;
    return places < most ? places : most;
}

/* The day that membership keys of a layer follow. */
static inline uint32_t layer_day(unsigned layer, int32_t day)
{
    return layer == VG_LAYER_TRAVEL ? (uint32_t)day + 1 : 0;
}

/* 0: in no group, else one more than the group's index. municipality is not looked at unless shares differ by place. Not inline: where there are no groups nobody calls it. */
uint32_t population_group(const struct vg_population *p, uint32_t person, uint32_t municipality, uint32_t age);
vg_status population_groups(struct vg_population *p, size_t n_groups, const struct vg_group *groups, struct vg_error *error);
vg_status population_flows(struct vg_population *p, unsigned layer, const struct vg_flows *flows, struct vg_error *error);

#endif
