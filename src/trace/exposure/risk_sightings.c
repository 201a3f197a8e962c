/*
 * A key's sightings as they count for risk: replays and impossible transmit powers left out, metadata decrypted, attenuation reckoned. After the matching of Google's reference
 * code (exposure-notifications-internals, ExposureMatchingTracer).
 */
#include "trace/exposure/risk.h"

#include <stdlib.h>
#include <string.h>

#define IDENTIFIER_SECONDS_MAX 1200 /* two rolling periods: longer nobody sends one identifier */
#define TRANSMIT_POWER_LEAST (-50)
#define TRANSMIT_POWER_MOST 20

struct vg_exposure_bluetooth vg_exposure_bluetooth_read(const uint8_t metadata[VG_EXPOSURE_METADATA_BYTES])
{
    return (struct vg_exposure_bluetooth){metadata[0] >> 6, metadata[0] >> 4 & 3, metadata[0] >> 2 & 3, (int8_t)metadata[1]};
}

void vg_exposure_bluetooth_write(struct vg_exposure_bluetooth bluetooth, uint8_t metadata[VG_EXPOSURE_METADATA_BYTES])
{
    metadata[0] = (uint8_t)((bluetooth.major & 3) << 6 | (bluetooth.minor & 3) << 4 | (bluetooth.confidence & 3) << 2);
    metadata[1] = (uint8_t)bluetooth.transmit_power;
    metadata[2] = metadata[3] = 0;
}

static int by_time(const void *a, const void *b)
{
    const struct risk_sighting *x = a;
    const struct risk_sighting *y = b;
    if (x->seconds != y->seconds) {
        return x->seconds < y->seconds ? -1 : 1;
    }
    return x->sighting < y->sighting ? -1 : x->sighting > y->sighting;
}

/* Of one identifier's sightings by time: of each scan the strongest. How many are left. */
static size_t strongest(const struct vg_exposure_sighting *sightings, struct risk_sighting *list, size_t n)
{
    size_t kept = 0;
    uint32_t previous = list[0].seconds;
    for (size_t i = 0; i < n; i++) {
        struct risk_sighting current = list[i];
        if (i == 0 || current.seconds - previous > RISK_SAME_SCAN_SECONDS) {
            list[kept++] = current;
        } else if (sightings[current.sighting].rssi > sightings[list[kept - 1].sighting].rssi) {
            list[kept - 1] = current;
        }
        previous = current.seconds;
    }
    return kept;
}

static int32_t attenuation_of(int8_t transmit_power, int32_t rssi)
{
    int64_t attenuation = (int64_t)transmit_power - rssi;
    return attenuation < 0 ? 0 : attenuation > INT16_MAX ? INT16_MAX : (int32_t)attenuation;
}

size_t risk_sightings(const struct vg_exposure_key *key, const struct vg_exposure_sighting *sightings, const struct vg_exposure_match *matches, size_t n_matches, bool aggregated,
                      struct risk_sighting *scratch, struct risk_sighting *out)
{
    size_t n_out = 0;
    for (size_t first = 0, end = 0; first < n_matches; first = end) {
        size_t n = 0;
        for (end = first; end < n_matches && matches[end].interval == matches[first].interval; end++) {
            const struct vg_exposure_sighting *sighting = &sightings[matches[end].sighting];
            scratch[n++] = (struct risk_sighting){matches[end].sighting, sighting->seconds, sighting->previous_scan, 0, 0};
        }
        qsort(scratch, n, sizeof *scratch, by_time);
        while (scratch[n - 1].seconds - scratch[0].seconds > IDENTIFIER_SECONDS_MAX) {
            n--;
        }
        n = aggregated ? strongest(sightings, scratch, n) : n;
        for (size_t i = 0; i < n; i++) {
            const struct vg_exposure_sighting *sighting = &sightings[scratch[i].sighting];
            uint8_t metadata[VG_EXPOSURE_METADATA_BYTES];
            vg_exposure_metadata(key->data, sighting->identifier, sighting->metadata, metadata);
            struct vg_exposure_bluetooth bluetooth = vg_exposure_bluetooth_read(metadata);
            if (bluetooth.transmit_power >= TRANSMIT_POWER_LEAST && bluetooth.transmit_power <= TRANSMIT_POWER_MOST) {
                out[n_out] = scratch[i];
                out[n_out].attenuation = attenuation_of(bluetooth.transmit_power, sighting->rssi);
                out[n_out++].confidence = bluetooth.confidence;
            }
        }
    }
    qsort(out, n_out, sizeof *out, by_time);
    return n_out;
}
