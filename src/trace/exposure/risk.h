/*
 * Private to the room: a key's sightings as the reckonings of risk take them.
 */
#ifndef VG_EXPOSURE_RISK_INTERNAL_H
#define VG_EXPOSURE_RISK_INTERNAL_H

#include "trace/exposure/exposure.h"

#define RISK_SAME_SCAN_SECONDS 25 /* 1.5 times a scan's 4 + 13 seconds, in whole seconds */

struct risk_sighting {
    uint32_t sighting; /* its number */
    uint32_t seconds, previous_scan;
    int32_t attenuation;
    uint8_t confidence;
};
/*
 * The sightings that count of one key, by time. matches are the key's own, ordered by interval. aggregated: of each identifier's scan the strongest packet alone. out: room for
 * n_matches. scratch: room for the same.
 */
size_t risk_sightings(const struct vg_exposure_key *key, const struct vg_exposure_sighting *sightings, const struct vg_exposure_match *matches, size_t n_matches, bool aggregated,
                      struct risk_sighting *scratch, struct risk_sighting *out);

#endif
