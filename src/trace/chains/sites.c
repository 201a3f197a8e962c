/*
 * Genomes as sites of two bases each, for likelihoods that sum over genomes that are not known: a site at which more than two bases are found is one for each
 * of the rarer ones. What is not known of a genome is taken from the nearest ones of its case's list. Of distances alone such sites are made: each genome in
 * turn leaves the way between two earlier ones where these say (exact where no site has changed twice).
 */
#include "trace/chains/internal.h"

#include <string.h>

enum { NEIGHBOURS = 8 /* of whom unknown bases are taken */ };

static bool bit_at(const uint64_t *plane, size_t site)
{
    return (plane[site / 64] >> (site % 64) & 1) != 0;
}

/* ------------------------------------------------------------- from planes */

static unsigned base_at(const struct vg_chain_genomes *genomes, uint32_t genome, size_t site)
{
    const uint64_t *planes = genomes->planes + (size_t)genome * 3 * genomes->n_words;
    if (!bit_at(planes + 2 * genomes->n_words, site)) {
        return 4;
    }
    return (bit_at(planes, site) ? 1U : 0U) + (bit_at(planes + genomes->n_words, site) ? 2U : 0U);
}

/* Whose base at a site that is not known of case i is taken: NONE where nobody's near it is known. */
static unsigned neighbours_base(const struct vg_chain_data *data, const struct vg_chain_candidates *candidates, uint32_t i, size_t site)
{
    unsigned taken = 4, nearest = VG_CHAIN_DISTANCE_NONE, looked_at = 0;
    for (size_t k = candidates->starts[i]; k < candidates->starts[i + 1] && looked_at < NEIGHBOURS; k++) {
        const struct vg_chain_candidate *candidate = &candidates->list[k];
        if (candidate->distance < nearest) {
            unsigned base = base_at(data->genomes, data->cases[candidate->infector].genome, site);
            taken = base < 4 ? base : taken;
            nearest = base < 4 ? candidate->distance : nearest;
            looked_at++;
        }
    }
    return taken;
}

static vg_status from_planes(const struct vg_chain_data *data, const struct vg_chain_candidates *candidates, struct vg_arena *arena, struct chain_sites *out,
                             struct vg_error *error)
{
    const struct vg_chain_genomes *genomes = data->genomes;
    size_t n_sites = 64 * genomes->n_words, n = 0;
    uint8_t *common = VG_ARENA_ARRAY(arena, uint8_t, n_sites), *found = VG_ARENA_ARRAY(arena, uint8_t, n_sites);
    if (common == NULL || found == NULL) {
        return vg_fail_memory(error, 2 * n_sites);
    }
    for (size_t site = 0; site < n_sites; site++) {
        size_t counts[5] = {0};
        for (uint32_t g = 0; g < genomes->n; g++) {
            counts[base_at(genomes, g, site)]++;
        }
        for (unsigned base = 0; base < 4; base++) {
            common[site] = (uint8_t)(counts[base] > counts[common[site]] ? base : common[site]);
            found[site] |= (uint8_t)(counts[base] > 0 ? 1U << base : 0U);
        }
        found[site] &= (uint8_t) ~(1U << common[site]);
        n += (size_t)__builtin_popcount(found[site]);
    }
    out->n_words = n / 64 + 1;
    out->bits = VG_ARENA_ARRAY(arena, uint64_t, genomes->n * out->n_words);
    if (out->bits == NULL) {
        return vg_fail_memory(error, genomes->n * out->n_words * 8);
    }
    for (uint32_t i = 0; i < data->n; i++) {
        uint32_t genome = data->cases[i].genome;
        size_t at = 0;
        for (size_t site = 0; site < n_sites && genome != VG_CHAIN_NONE; site++) {
            unsigned base = found[site] == 0 ? 0 : base_at(genomes, genome, site);
            base = base == 4 ? neighbours_base(data, candidates, i, site) : base;
            for (unsigned other = 0; other < 4; other++) {
                if ((found[site] >> other & 1) != 0) {
                    out->bits[genome * out->n_words + at / 64] |= base == other ? UINT64_C(1) << (at % 64) : 0;
                    at++;
                }
            }
        }
    }
    return VG_OK;
}

/* ---------------------------------------------------------- from distances */

/* Where a genome leaves the way from the nearest earlier one to another: so many sites from the nearest, and so many of its own. */
struct leaves {
    uint32_t near, towards;
    unsigned along, own;
};

static struct leaves place(const struct vg_chain_genomes *genomes, uint32_t g)
{
    struct leaves leaves = {VG_CHAIN_NONE, VG_CHAIN_NONE, 0, 0};
    unsigned nearest = VG_CHAIN_DISTANCE_NONE;
    for (uint32_t a = 0; a < g; a++) {
        unsigned distance = vg_chains_distance(genomes, g, a);
        leaves.near = distance < nearest ? a : leaves.near;
        nearest = distance < nearest ? distance : nearest;
    }
    for (uint32_t b = 0; b < g && leaves.near != VG_CHAIN_NONE; b++) {
        unsigned apart = vg_chains_distance(genomes, leaves.near, b), distance = vg_chains_distance(genomes, g, b);
        unsigned along = apart == VG_CHAIN_DISTANCE_NONE || distance == VG_CHAIN_DISTANCE_NONE || nearest + apart < distance ? 0 : (nearest + apart - distance) / 2;
        leaves.towards = along > leaves.along ? b : leaves.towards;
        leaves.along = along > leaves.along ? along : leaves.along;
    }
    leaves.own = leaves.near == VG_CHAIN_NONE ? 0 : nearest - leaves.along;
    return leaves;
}

/* How many genomes before g have the base of `of` at a site: few where the site lies near it. */
static uint32_t alike(const struct chain_sites *sites, uint32_t g, uint32_t of, size_t site)
{
    uint32_t n = 0;
    for (uint32_t a = 0; a < g; a++) {
        n += bit_at(sites->bits + a * sites->n_words, site) == bit_at(sites->bits + of * sites->n_words, site) ? 1 : 0;
    }
    return n;
}

static void walk_along(struct chain_sites *sites, uint32_t g, const struct leaves *leaves)
{
    const uint64_t *near = sites->bits + leaves->near * sites->n_words, *towards = sites->bits + leaves->towards * sites->n_words;
    uint64_t *bits = sites->bits + g * sites->n_words;
    for (unsigned step = 0; step < leaves->along; step++) {
        size_t best = SIZE_MAX;
        uint32_t fewest = UINT32_MAX;
        for (size_t word = 0; word < sites->n_words; word++) {
            for (uint64_t left = (near[word] ^ towards[word]) & ~(near[word] ^ bits[word]); left != 0; left &= left - 1) {
                size_t site = 64 * word + (size_t)__builtin_ctzll(left);
                uint32_t n = alike(sites, g, leaves->near, site);
                best = n < fewest ? site : best;
                fewest = n < fewest ? n : fewest;
            }
        }
        if (best == SIZE_MAX) {
            return;
        }
        bits[best / 64] ^= UINT64_C(1) << (best % 64);
    }
}

static vg_status from_distances(const struct vg_chain_genomes *genomes, struct vg_arena *arena, struct chain_sites *out, struct vg_error *error)
{
    struct leaves *leaves = vg_arena_alloc(arena, genomes->n, sizeof *leaves);
    size_t n = 0, at = 0;
    if (leaves == NULL) {
        return vg_fail_memory(error, genomes->n * sizeof *leaves);
    }
    for (uint32_t g = 0; g < genomes->n; g++) {
        leaves[g] = place(genomes, g);
        n += leaves[g].own;
    }
    out->n_words = n / 64 + 1;
    out->bits = VG_ARENA_ARRAY(arena, uint64_t, genomes->n * out->n_words);
    if (out->bits == NULL) {
        return vg_fail_memory(error, genomes->n * out->n_words * 8);
    }
    for (uint32_t g = 0; g < genomes->n; g++) {
        uint64_t *bits = out->bits + g * out->n_words;
        if (leaves[g].near != VG_CHAIN_NONE) {
            memcpy(bits, out->bits + leaves[g].near * out->n_words, out->n_words * sizeof *bits);
        }
        if (leaves[g].along > 0) {
            walk_along(out, g, &leaves[g]);
        }
        for (unsigned k = 0; k < leaves[g].own; k++, at++) {
            bits[at / 64] |= UINT64_C(1) << (at % 64);
        }
    }
    return VG_OK;
}

vg_status chain_sites(const struct vg_chain_data *data, const struct vg_chain_candidates *candidates, struct vg_arena *arena, struct chain_sites *out,
                      struct vg_error *error)
{
    *out = (struct chain_sites){0};
    return data->genomes->distances != NULL ? from_distances(data->genomes, arena, out, error) : from_planes(data, candidates, arena, out, error);
}
