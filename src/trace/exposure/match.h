/*
 * Private to the room: the index of sightings. A table finds an identifier's sightings, which stand together by time; a filter a day says quickly that an identifier is not there.
 */
#ifndef VG_EXPOSURE_MATCH_INTERNAL_H
#define VG_EXPOSURE_MATCH_INTERNAL_H

#include "trace/exposure/derive.h"

#define MATCH_DAYS (UINT32_MAX / 86400 + 2) /* every day that 32 bits of seconds can tell */

struct match_slot {
    uint32_t tag;   /* of the hash */
    uint32_t group; /* + 1; 0: empty */
};
/* All sightings of one identifier: order[first .. first + n - 1], by time. */
struct match_group {
    uint32_t first, n;
};
struct vg_exposure_matcher {
    const struct vg_exposure_sighting *sightings;
    size_t n_sightings;
    struct vg_exposure_match_options options;
    const struct derive_kernel *kernel;
    struct match_slot *slots;
    uint64_t slot_mask;
    struct match_group *groups;
    uint32_t *order;
    size_t n_groups;
    struct derive_filter *filters; /* [MATCH_DAYS]; words NULL where no sighting is near the day */
    uint64_t *words;
};

/* Of the whole identifier, with the seed: who does not know the seed cannot make many fall on one slot. */
static inline uint64_t match_hash(const uint8_t identifier[VG_EXPOSURE_IDENTIFIER_BYTES], uint64_t seed)
{
    uint64_t halves[2];
    __builtin_memcpy(halves, identifier, sizeof halves);
    unsigned __int128 product = (unsigned __int128)(halves[0] ^ seed) * (halves[1] ^ (seed * 0x9e3779b97f4a7c15u) ^ 0xa0761d6478bd642fu);
    uint64_t folded = (uint64_t)product ^ (uint64_t)(product >> 64);
    product = (unsigned __int128)(folded ^ 0xe7037ed1a0b428dbu) * 0x8ebc6af09c88c6e3u;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

#endif
