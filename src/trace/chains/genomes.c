/*
 * Genomes as bit planes of the sites at which any two of them differ, and distances from them: 64 sites a step.
 */
#include "trace/chains/internal.h"

#include <string.h>

/* 0 .. 3, or 4 where it is not one known base. */
static unsigned base_of(char letter)
{
    switch (letter) {
    case 'A':
    case 'a':
        return 0;
    case 'C':
    case 'c':
        return 1;
    case 'G':
    case 'g':
        return 2;
    case 'T':
    case 't':
    case 'U':
    case 'u':
        return 3;
    default:
        return 4;
    }
}

vg_status vg_chains_genomes(const struct vg_text *sequences, size_t n, struct vg_arena *arena, struct vg_chain_genomes *genomes, struct vg_error *error)
{
    size_t length = n == 0 ? 0 : sequences[0].size, n_sites = 0;
    *genomes = (struct vg_chain_genomes){.n = n, .length = length};
    if (n == 0 || length == 0) {
        return vg_fail(error, VG_DATA_ERROR, "there are no sequences");
    }
    uint8_t *seen = VG_ARENA_ARRAY(arena, uint8_t, length);
    uint32_t *sites = VG_ARENA_ARRAY(arena, uint32_t, length);
    if (seen == NULL || sites == NULL) {
        return vg_fail_memory(error, 5 * length);
    }
    for (size_t i = 0; i < n; i++) {
        if (sequences[i].size != length) {
            return vg_fail(error, VG_DATA_ERROR, "sequence %zu has %zu sites where the first has %zu: they must be aligned", i + 1, sequences[i].size, length);
        }
        for (size_t site = 0; site < length; site++) {
            seen[site] |= (uint8_t)((1U << base_of(sequences[i].data[site])) & 15U);
        }
    }
    for (size_t site = 0; site < length; site++) {
        if ((seen[site] & (seen[site] - 1)) != 0) {
            sites[n_sites++] = (uint32_t)site;
        }
    }
    genomes->n_words = n_sites / 64 + 1;
    genomes->planes = VG_ARENA_ARRAY(arena, uint64_t, n * 3 * genomes->n_words);
    if (genomes->planes == NULL) {
        return vg_fail_memory(error, n * 24 * genomes->n_words);
    }
    for (size_t i = 0; i < n; i++) {
        uint64_t *planes = genomes->planes + i * 3 * genomes->n_words;
        for (size_t k = 0; k < n_sites; k++) {
            unsigned base = base_of(sequences[i].data[sites[k]]);
            uint64_t bit = UINT64_C(1) << (k % 64);
            planes[k / 64] |= (base & 1) != 0 && base < 4 ? bit : 0;
            planes[genomes->n_words + k / 64] |= (base & 2) != 0 ? bit : 0;
            planes[2 * genomes->n_words + k / 64] |= base < 4 ? bit : 0;
        }
    }
    return VG_OK;
}

/* Sites known in both that differ in either bit. */
#define COUNT_SITES(x, y, n)                                                                                                                                   \
    unsigned distance = 0;                                                                                                                                     \
    for (size_t k = 0; k < (n); k++) {                                                                                                                         \
        uint64_t differs = ((x)[k] ^ (y)[k]) | ((x)[(n) + k] ^ (y)[(n) + k]);                                                                                  \
        distance += (unsigned)__builtin_popcountll(differs & (x)[2 * (n) + k] & (y)[2 * (n) + k]);                                                             \
    }                                                                                                                                                          \
    return distance

static unsigned count_plain(const uint64_t *x, const uint64_t *y, size_t n)
{
    COUNT_SITES(x, y, n);
}

#ifdef __x86_64__
__attribute__((target("popcnt"))) static unsigned count_fast(const uint64_t *x, const uint64_t *y, size_t n)
{
    COUNT_SITES(x, y, n);
}

static bool fast_count(void)
{
    return __builtin_cpu_supports("popcnt") != 0;
}
#else
#define count_fast count_plain
static bool fast_count(void)
{
    return false;
}
#endif

unsigned vg_chains_distance(const struct vg_chain_genomes *genomes, uint32_t a, uint32_t b)
{
    if (a == VG_CHAIN_NONE || b == VG_CHAIN_NONE || genomes == NULL) {
        return VG_CHAIN_DISTANCE_NONE;
    }
    if (genomes->distances != NULL) {
        unsigned distance = a == b ? 0 : genomes->distances[(size_t)a * genomes->n + b];
        return distance == UINT16_MAX ? VG_CHAIN_DISTANCE_NONE : distance > VG_CHAIN_DISTANCE_MAX ? VG_CHAIN_DISTANCE_MAX : distance;
    }
    size_t n = genomes->n_words;
    const uint64_t *x = genomes->planes + (size_t)a * 3 * n, *y = genomes->planes + (size_t)b * 3 * n;
    unsigned distance = fast_count() ? count_fast(x, y, n) : count_plain(x, y, n);
    return distance > VG_CHAIN_DISTANCE_MAX ? VG_CHAIN_DISTANCE_MAX : distance;
}
