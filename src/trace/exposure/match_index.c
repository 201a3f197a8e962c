/*
 * The index of sightings: identifiers are numbered through an open-addressing table, their sightings laid side by side by time, and a two-bit filter is made for each day that a
 * sighting is near enough to.
 */
#include "trace/exposure/match.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#define AHEAD 12 /* slots are asked for so many insertions before they are needed */
#define WORDS_LEAST 64
/* With 27 to 13 bits an entry, of which each entry sets two in one word, 0.6 to 2 in a hundred others pass. */
#define BITS_AN_ENTRY 26

void vg_exposure_match_defaults(struct vg_exposure_match_options *options)
{
    *options = (struct vg_exposure_match_options){.tolerance_intervals = VG_EXPOSURE_TOLERANCE_INTERVALS, .matches_max = (size_t)16 << 20};
}

void vg_exposure_matcher_free(struct vg_exposure_matcher *matcher)
{
    if (matcher != NULL) {
        free(matcher->slots);
        free(matcher->groups);
        free(matcher->order);
        free(matcher->filters);
        free(matcher->words);
        free(matcher);
    }
}

/* The identifier's group, made where there is none. firsts: a sighting of each group. */
static uint32_t group_of(struct vg_exposure_matcher *matcher, uint32_t sighting, uint64_t hash, uint32_t *firsts)
{
    const uint8_t *identifier = matcher->sightings[sighting].identifier;
    uint32_t tag = (uint32_t)(hash >> 32);
    for (uint64_t at = hash & matcher->slot_mask;; at = (at + 1) & matcher->slot_mask) {
        struct match_slot *slot = &matcher->slots[at];
        if (slot->group == 0) {
            *slot = (struct match_slot){tag, (uint32_t)matcher->n_groups + 1};
            firsts[matcher->n_groups] = sighting;
            return (uint32_t)matcher->n_groups++;
        }
        if (slot->tag == tag && memcmp(matcher->sightings[firsts[slot->group - 1]].identifier, identifier, VG_EXPOSURE_IDENTIFIER_BYTES) == 0) {
            return slot->group - 1;
        }
    }
}

static int by_time(const void *a, const void *b, void *context)
{
    const struct vg_exposure_sighting *sightings = context;
    const uint32_t *x = a;
    const uint32_t *y = b;
    uint32_t first = sightings[*x].seconds, second = sightings[*y].seconds;
    return first != second ? (first < second ? -1 : 1) : *x < *y ? -1 : 1;
}

/* groups, firsts: room for one of each a sighting. numbers: each sighting's group. */
static void lay_out(struct vg_exposure_matcher *matcher, const uint32_t *numbers)
{
    uint32_t start = 0;
    for (size_t i = 0; i < matcher->n_sightings; i++) {
        matcher->groups[numbers[i]].n++;
    }
    for (size_t group = 0; group < matcher->n_groups; group++) {
        matcher->groups[group].first = start;
        start += matcher->groups[group].n;
        matcher->groups[group].n = 0;
    }
    for (size_t i = 0; i < matcher->n_sightings; i++) {
        struct match_group *group = &matcher->groups[numbers[i]];
        matcher->order[group->first + group->n++] = (uint32_t)i;
    }
    for (size_t group = 0; group < matcher->n_groups; group++) {
        if (matcher->groups[group].n > 1) {
            qsort_r(matcher->order + matcher->groups[group].first, matcher->groups[group].n, sizeof *matcher->order, by_time,
                    (void *)(uintptr_t)matcher->sightings);
        }
    }
}

static vg_status index_identifiers(struct vg_exposure_matcher *matcher, struct vg_error *error)
{
    size_t n = matcher->n_sightings;
    size_t n_slots = 16;
    while (n_slots < 2 * n) {
        n_slots *= 2;
    }
    uint32_t *numbers = calloc(n + 1, sizeof *numbers);
    uint32_t *firsts = calloc(n + 1, sizeof *firsts);
    matcher->slots = calloc(n_slots, sizeof *matcher->slots);
    matcher->groups = calloc(n + 1, sizeof *matcher->groups);
    matcher->order = calloc(n + 1, sizeof *matcher->order);
    matcher->slot_mask = n_slots - 1;
    bool there = numbers != NULL && firsts != NULL && matcher->slots != NULL && matcher->groups != NULL && matcher->order != NULL;
    if (there) {
        uint64_t hashes[AHEAD];
        for (size_t i = 0; i < n + AHEAD; i++) {
            if (i >= AHEAD) {
                numbers[i - AHEAD] = group_of(matcher, (uint32_t)(i - AHEAD), hashes[i % AHEAD], firsts);
            }
            if (i < n) {
                hashes[i % AHEAD] = match_hash(matcher->sightings[i].identifier, matcher->options.seed);
                __builtin_prefetch(&matcher->slots[hashes[i % AHEAD] & matcher->slot_mask], 1);
            }
        }
        lay_out(matcher, numbers);
    }
    free(numbers);
    free(firsts);
    return there ? VG_OK : vg_fail_memory(error, n_slots * sizeof *matcher->slots);
}

/* First and last day whose identifiers a sighting may be. */
static void days_of(const struct vg_exposure_matcher *matcher, size_t sighting, uint32_t *first, uint32_t *last)
{
    uint32_t interval = matcher->sightings[sighting].seconds / VG_EXPOSURE_INTERVAL_SECONDS;
    uint32_t tolerance = matcher->options.tolerance_intervals;
    *first = (interval > tolerance ? interval - tolerance : 0) / VG_EXPOSURE_PERIOD_MAX;
    *last = (interval + tolerance) / VG_EXPOSURE_PERIOD_MAX;
}

static size_t filter_words(size_t entries)
{
    size_t words = WORDS_LEAST;
    while (words * 64 < entries * BITS_AN_ENTRY) {
        words *= 2;
    }
    return words;
}

static vg_status index_days(struct vg_exposure_matcher *matcher, struct vg_error *error)
{
    size_t *entries = calloc(MATCH_DAYS, sizeof *entries);
    size_t total = 0;
    uint32_t first = 0, last = 0;
    matcher->filters = calloc(MATCH_DAYS, sizeof *matcher->filters);
    if (entries == NULL || matcher->filters == NULL) {
        free(entries);
        return vg_fail_memory(error, MATCH_DAYS * sizeof *entries);
    }
    for (size_t i = 0; i < matcher->n_sightings; i++) {
        days_of(matcher, i, &first, &last);
        for (uint32_t day = first; day <= last; day++) {
            entries[day]++;
        }
    }
    for (size_t day = 0; day < MATCH_DAYS; day++) {
        total += entries[day] > 0 ? filter_words(entries[day]) : 0;
    }
    matcher->words = aligned_alloc(64, (total + 8) * sizeof *matcher->words / 64 * 64 + 64);
    if (matcher->words == NULL) {
        free(entries);
        return vg_fail_memory(error, total * sizeof *matcher->words);
    }
    memset(matcher->words, 0, total * sizeof *matcher->words);
    uint64_t *words = matcher->words;
    for (size_t day = 0; day < MATCH_DAYS; day++) {
        if (entries[day] > 0) {
            matcher->filters[day] = (struct derive_filter){words, filter_words(entries[day]) - 1};
            words += filter_words(entries[day]);
        }
    }
    free(entries);
    for (size_t i = 0; i < matcher->n_sightings; i++) {
        uint64_t a;
        memcpy(&a, matcher->sightings[i].identifier, sizeof a);
        a = le64toh(a);
        days_of(matcher, i, &first, &last);
        for (uint32_t day = first; day <= last; day++) {
            size_t word = (size_t)(matcher->filters[day].words - matcher->words) + (size_t)((a >> 12) & matcher->filters[day].mask);
            matcher->words[word] |= (uint64_t)1 << (a & 63) | (uint64_t)1 << ((a >> 6) & 63);
        }
    }
    return VG_OK;
}

vg_status vg_exposure_matcher_new(const struct vg_exposure_sighting *sightings, size_t n_sightings, const struct vg_exposure_match_options *options,
                                  struct vg_exposure_matcher **matcher, struct vg_error *error)
{
    const struct derive_kernel *kernel = derive_kernel_of(options->code);
    *matcher = NULL;
    if (n_sightings > INT32_MAX) {
        return vg_fail(error, VG_LIMIT_EXCEEDED, "at most %d sightings can be indexed at a time", INT32_MAX);
    }
    if (options->tolerance_intervals > VG_EXPOSURE_PERIOD_MAX) {
        return vg_fail(error, VG_USAGE_ERROR, "the tolerance is at most %d intervals, not %u", VG_EXPOSURE_PERIOD_MAX, options->tolerance_intervals);
    }
    if (kernel == NULL) {
        return vg_fail(error, VG_USAGE_ERROR, "this processor does not have the instructions for the code that was asked for");
    }
    struct vg_exposure_matcher *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return vg_fail_memory(error, sizeof *made);
    }
    made->sightings = sightings;
    made->n_sightings = n_sightings;
    made->options = *options;
    made->options.matches_max = options->matches_max == 0 ? (size_t)16 << 20 : options->matches_max;
    made->kernel = kernel;
    vg_status status = index_identifiers(made, error);
    if (status == VG_OK) {
        status = index_days(made, error);
    }
    if (status != VG_OK) {
        vg_exposure_matcher_free(made);
        return status;
    }
    *matcher = made;
    return VG_OK;
}
