/*
 * Published keys against observed identifiers. Keys are taken by day, since one can match only sightings of its own day and two hours around; so one filter at a time is hot in
 * the second cache. Of a group of sixteen keys all identifiers are derived and held against the filter without a branch; the few that pass are looked up after the whole group,
 * when the memory that was asked for them has come.
 */
#include "trace/exposure/match.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_SEGMENTS 4096 /* a thread's portion */

/* Part of a key's intervals that lies within one day. */
struct segment {
    uint32_t key, first, n;
};
/* Segments of one day. */
struct block {
    size_t first, n;
    uint32_t day;
};
struct found {
    struct vg_exposure_match *matches;
    size_t n, capacity;
};
struct candidate {
    uint64_t hash;
    uint32_t segment, position;
    uint8_t identifier[VG_EXPOSURE_IDENTIFIER_BYTES];
};
struct worker {
    struct derive_state *state;
    struct candidate candidates[DERIVE_GROUP * VG_EXPOSURE_PERIOD_MAX];
};
struct run {
    const struct vg_exposure_matcher *matcher;
    const struct vg_exposure_key *keys;
    struct segment *segments;
    size_t n_segments;
    struct block *blocks;
    size_t n_blocks;
    struct found *found; /* [n_blocks] */
    struct worker *workers;
    size_t n_workers;
    atomic_size_t n_found;
    atomic_bool out_of_memory;
};

/* ---------------------------------------------------------------- segments */

static vg_status check_keys(const struct vg_exposure_key *keys, size_t n_keys, struct vg_error *error)
{
    if (n_keys > UINT32_MAX) {
        return vg_fail(error, VG_LIMIT_EXCEEDED, "at most %u keys can be matched at a time", UINT32_MAX);
    }
    for (size_t i = 0; i < n_keys; i++) {
        if (keys[i].rolling_period < 1 || keys[i].rolling_period > VG_EXPOSURE_PERIOD_MAX) {
            return vg_fail(error, VG_DATA_ERROR, "key %zu: a rolling period is 1 to %d intervals, not %u", i + 1, VG_EXPOSURE_PERIOD_MAX, keys[i].rolling_period);
        }
    }
    return VG_OK;
}

/* The part of a key in its first day (part 0) and the next (part 1) that has sightings near; false where there is none. */
static bool segment_of(const struct vg_exposure_matcher *matcher, const struct vg_exposure_key *keys, size_t key, unsigned part, struct segment *segment, uint32_t *day)
{
    uint64_t first = keys[key].rolling_start;
    uint64_t end = first + keys[key].rolling_period;
    uint64_t middle = (first / VG_EXPOSURE_PERIOD_MAX + 1) * VG_EXPOSURE_PERIOD_MAX;
    uint64_t from = part == 0 ? first : middle;
    uint64_t to = part == 0 && middle < end ? middle : end;
    *day = (uint32_t)(from / VG_EXPOSURE_PERIOD_MAX);
    if (from >= to || from > UINT32_MAX || *day >= MATCH_DAYS || matcher->filters[*day].words == NULL) {
        return false;
    }
    *segment = (struct segment){(uint32_t)key, (uint32_t)from, (uint32_t)(to - from)};
    return true;
}

/* Segments by day, and keys upwards within a day; blocks of them. */
static vg_status lay_out(struct run *run, size_t n_keys, struct vg_error *error)
{
    size_t *starts = calloc(MATCH_DAYS + 1, sizeof *starts);
    struct segment segment;
    uint32_t day;
    if (starts == NULL) {
        return vg_fail_memory(error, MATCH_DAYS * sizeof *starts);
    }
    for (size_t key = 0; key < n_keys; key++) {
        for (unsigned part = 0; part < 2; part++) {
            if (segment_of(run->matcher, run->keys, key, part, &segment, &day)) {
                starts[day + 1]++;
            }
        }
    }
    for (size_t i = 0; i < MATCH_DAYS; i++) {
        run->n_blocks += (starts[i + 1] + BLOCK_SEGMENTS - 1) / BLOCK_SEGMENTS;
        starts[i + 1] += starts[i];
    }
    run->n_segments = starts[MATCH_DAYS];
    run->segments = calloc(run->n_segments + 1, sizeof *run->segments);
    run->blocks = calloc(run->n_blocks + 1, sizeof *run->blocks);
    run->found = calloc(run->n_blocks + 1, sizeof *run->found);
    if (run->segments == NULL || run->blocks == NULL || run->found == NULL) {
        free(starts);
        return vg_fail_memory(error, run->n_segments * sizeof *run->segments);
    }
    size_t block = 0;
    for (size_t i = 0; i < MATCH_DAYS; i++) {
        for (size_t at = starts[i]; at < starts[i + 1]; at += BLOCK_SEGMENTS) {
            size_t left = starts[i + 1] - at;
            run->blocks[block++] = (struct block){at, left < BLOCK_SEGMENTS ? left : BLOCK_SEGMENTS, (uint32_t)i};
        }
    }
    for (size_t key = 0; key < n_keys; key++) {
        for (unsigned part = 0; part < 2; part++) {
            if (segment_of(run->matcher, run->keys, key, part, &segment, &day)) {
                run->segments[starts[day]++] = segment;
            }
        }
    }
    free(starts);
    return VG_OK;
}

/* ------------------------------------------------------------------- a block */

static bool keep(struct run *run, struct found *found, struct vg_exposure_match match)
{
    if (found->n == found->capacity) {
        size_t capacity = found->capacity == 0 ? 64 : 2 * found->capacity;
        struct vg_exposure_match *grown = realloc(found->matches, capacity * sizeof *grown);
        if (grown == NULL) {
            atomic_store(&run->out_of_memory, true);
            return false;
        }
        found->matches = grown;
        found->capacity = capacity;
    }
    found->matches[found->n++] = match;
    return atomic_fetch_add(&run->n_found, 1) < run->matcher->options.matches_max;
}

/* The identifier's sightings near enough to its interval. False: stop. */
static bool keep_sightings(struct run *run, struct found *found, const struct match_group *group, uint32_t key, uint32_t interval)
{
    const struct vg_exposure_matcher *matcher = run->matcher;
    const uint32_t *order = matcher->order + group->first;
    uint32_t tolerance = matcher->options.tolerance_intervals;
    uint32_t least = interval > tolerance ? interval - tolerance : 0;
    size_t low = 0, high = group->n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (matcher->sightings[order[middle]].seconds / VG_EXPOSURE_INTERVAL_SECONDS < least) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (; low < group->n && matcher->sightings[order[low]].seconds / VG_EXPOSURE_INTERVAL_SECONDS <= (uint64_t)interval + tolerance; low++) {
        if (!keep(run, found, (struct vg_exposure_match){key, order[low], interval})) {
            return false;
        }
    }
    return true;
}

static bool look_up(struct run *run, struct found *found, const struct candidate *candidate)
{
    const struct vg_exposure_matcher *matcher = run->matcher;
    const struct segment *segment = &run->segments[candidate->segment];
    for (uint64_t at = candidate->hash & matcher->slot_mask; matcher->slots[at].group != 0; at = (at + 1) & matcher->slot_mask) {
        if (matcher->slots[at].tag == (uint32_t)(candidate->hash >> 32)) {
            const struct match_group *group = &matcher->groups[matcher->slots[at].group - 1];
            if (memcmp(matcher->sightings[matcher->order[group->first]].identifier, candidate->identifier, VG_EXPOSURE_IDENTIFIER_BYTES) == 0) {
                return keep_sightings(run, found, group, segment->key, segment->first + candidate->position);
            }
        }
    }
    return true;
}

/* Sixteen segments at most: which identifiers pass the filter. */
static size_t gather(const struct run *run, const struct derive_filter *filter, struct worker *worker, size_t first, size_t n)
{
    const struct derive_kernel *kernel = run->matcher->kernel;
    uint8_t keys[DERIVE_GROUP][16];
    struct derive_schedules schedules[DERIVE_GROUP / 4];
    uint8_t identifiers[DERIVE_IDENTIFIER_BYTES] __attribute__((aligned(64)));
    uint8_t positions[VG_EXPOSURE_PERIOD_MAX + 1];
    size_t n_candidates = 0;
    for (size_t i = 0; i < n; i++) {
        memcpy(keys[i], run->keys[run->segments[first + i].key].data, 16);
    }
    kernel->identifier_keys(worker->state, keys, n, keys);
    kernel->schedules(keys, n, schedules);
    for (size_t i = 0; i < n; i++) {
        const struct segment *segment = &run->segments[first + i];
        kernel->identifiers(worker->state, &schedules[i / 4], i % 4, segment->first, segment->n, identifiers);
        size_t passed = kernel->pass(filter, identifiers, segment->n, positions);
        for (size_t k = 0; k < passed; k++) {
            struct candidate *candidate = &worker->candidates[n_candidates++];
            memcpy(candidate->identifier, identifiers + (size_t)16 * positions[k], 16);
            candidate->segment = (uint32_t)(first + i);
            candidate->position = positions[k];
            candidate->hash = match_hash(candidate->identifier, run->matcher->options.seed);
            __builtin_prefetch(&run->matcher->slots[candidate->hash & run->matcher->slot_mask]);
        }
    }
    return n_candidates;
}

static void match_block(void *context, size_t item, unsigned which)
{
    struct run *run = context;
    struct block block = run->blocks[item];
    struct worker *worker = &run->workers[which];
    bool good = true;
    for (size_t at = 0; good && at < block.n; at += DERIVE_GROUP) {
        size_t n = block.n - at < DERIVE_GROUP ? block.n - at : DERIVE_GROUP;
        for (size_t next = at + n; next < at + 2 * n && next < block.n; next++) {
            __builtin_prefetch(&run->keys[run->segments[block.first + next].key]); /* of a day, but not beside each other */
        }
        size_t n_candidates = gather(run, &run->matcher->filters[block.day], worker, block.first + at, n);
        for (size_t i = 0; good && i < n_candidates; i++) {
            good = look_up(run, &run->found[item], &worker->candidates[i]);
        }
    }
}

/* ------------------------------------------------------------------- the whole */

static int by_key(const void *a, const void *b)
{
    const struct vg_exposure_match *x = a;
    const struct vg_exposure_match *y = b;
    if (x->key != y->key) {
        return x->key < y->key ? -1 : 1;
    }
    if (x->interval != y->interval) {
        return x->interval < y->interval ? -1 : 1;
    }
    return x->sighting < y->sighting ? -1 : x->sighting > y->sighting;
}

static vg_status gather_found(struct run *run, struct vg_arena *arena, struct vg_exposure_match **matches, size_t *n_matches, struct vg_error *error)
{
    size_t n = atomic_load(&run->n_found);
    if (atomic_load(&run->out_of_memory)) {
        return vg_fail_memory(error, n * sizeof **matches);
    }
    if (n > run->matcher->options.matches_max) {
        return vg_fail(error, VG_LIMIT_EXCEEDED, "there are more than %zu matches", run->matcher->options.matches_max);
    }
    *matches = VG_ARENA_ARRAY(arena, struct vg_exposure_match, n + 1);
    if (*matches == NULL) {
        return vg_fail_memory(error, n * sizeof **matches);
    }
    for (size_t block = 0; block < run->n_blocks; block++) {
        if (run->found[block].n > 0) {
            memcpy(*matches + *n_matches, run->found[block].matches, run->found[block].n * sizeof **matches);
            *n_matches += run->found[block].n;
        }
    }
    qsort(*matches, *n_matches, sizeof **matches, by_key);
    return VG_OK;
}

static vg_status start_workers(struct run *run, struct vg_pool *pool, struct vg_error *error)
{
    run->n_workers = vg_pool_threads(pool);
    run->workers = calloc(run->n_workers, sizeof *run->workers);
    vg_status status = run->workers == NULL ? vg_fail_memory(error, run->n_workers * sizeof *run->workers) : VG_OK;
    for (size_t i = 0; status == VG_OK && i < run->n_workers; i++) {
        status = derive_state_new(run->matcher->kernel, &run->workers[i].state, error);
    }
    return status;
}

vg_status vg_exposure_match(const struct vg_exposure_matcher *matcher, const struct vg_exposure_key *keys, size_t n_keys, struct vg_pool *pool, struct vg_arena *arena,
                            struct vg_exposure_match **matches, size_t *n_matches, struct vg_error *error)
{
    struct run run = {.matcher = matcher, .keys = keys};
    *matches = NULL;
    *n_matches = 0;
    vg_status status = check_keys(keys, n_keys, error);
    if (status == VG_OK) {
        status = lay_out(&run, n_keys, error);
    }
    if (status == VG_OK) {
        status = start_workers(&run, pool, error);
    }
    if (status == VG_OK) {
        vg_parallel_for(pool, run.n_blocks, match_block, &run);
        status = gather_found(&run, arena, matches, n_matches, error);
    }
    for (size_t i = 0; run.workers != NULL && i < run.n_workers; i++) {
        derive_state_free(run.workers[i].state);
    }
    for (size_t i = 0; run.found != NULL && i < run.n_blocks; i++) {
        free(run.found[i].matches);
    }
    free(run.workers);
    free(run.segments);
    free(run.blocks);
    free(run.found);
    return status;
}

/* ------------------------------------------------------------- derivation */

vg_status vg_exposure_derive(enum vg_exposure_code code, const struct vg_exposure_key *keys, size_t n_keys, bool identifiers, uint64_t *sum, struct vg_error *error)
{
    const struct derive_kernel *kernel = derive_kernel_of(code);
    struct derive_state *state = NULL;
    *sum = 0;
    if (kernel == NULL) {
        return vg_fail(error, VG_USAGE_ERROR, "this processor does not have the instructions for the code that was asked for");
    }
    vg_status status = check_keys(keys, n_keys, error);
    if (status == VG_OK) {
        status = derive_state_new(kernel, &state, error);
    }
    for (size_t at = 0; status == VG_OK && at < n_keys; at += DERIVE_GROUP) {
        size_t n = n_keys - at < DERIVE_GROUP ? n_keys - at : DERIVE_GROUP;
        uint8_t group[DERIVE_GROUP][16];
        uint8_t made[DERIVE_IDENTIFIER_BYTES] __attribute__((aligned(64)));
        struct derive_schedules schedules[DERIVE_GROUP / 4];
        for (size_t i = 0; i < n; i++) {
            memcpy(group[i], keys[at + i].data, 16);
        }
        kernel->identifier_keys(state, group, n, group);
        if (identifiers) {
            kernel->schedules(group, n, schedules);
        }
        for (size_t i = 0; i < n; i++) {
            const struct vg_exposure_key *key = &keys[at + i];
            if (identifiers) {
                kernel->identifiers(state, &schedules[i / 4], i % 4, key->rolling_start, key->rolling_period, made);
            }
            *sum += identifiers ? made[16 * (key->rolling_period - 1)] : group[i][0];
        }
    }
    derive_state_free(state);
    return status;
}
