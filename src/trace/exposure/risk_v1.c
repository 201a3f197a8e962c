/*
 * The first version of risk: series of sightings, each with a duration, an attenuation weighted by time, and the product of four scores (exposure-notifications-internals,
 * KeyExposureEvaluator and RiskScoreCalculator).
 */
#include "trace/exposure/risk.h"

#include <math.h>

#define GAP_SECONDS_MAX 600
#define SCAN_SECONDS 300

void vg_exposure_v1_defaults(struct vg_exposure_v1 *config)
{
    *config = (struct vg_exposure_v1){.attenuation_thresholds = {50, 74}};
    for (size_t i = 0; i < 8; i++) {
        config->attenuation_scores[i] = config->days_scores[i] = config->duration_scores[i] = config->transmission_scores[i] = 4;
    }
}

int64_t vg_exposure_v1_score(const struct vg_exposure_v1 *config, int32_t attenuation, int64_t days_since, int64_t duration_seconds, int32_t transmission_risk)
{
    static const int32_t attenuations[7] = {73, 63, 51, 33, 27, 15, 10};
    static const int32_t days[7] = {14, 12, 10, 8, 6, 4, 2};
    static const int32_t minutes[7] = {0, 5, 10, 15, 20, 25, 30};
    size_t bucket[3] = {0, 0, 0};
    while (bucket[0] < 7 && attenuation <= attenuations[bucket[0]]) {
        bucket[0]++;
    }
    while (bucket[1] < 7 && days_since < days[bucket[1]]) {
        bucket[1]++;
    }
    while (bucket[2] < 7 && duration_seconds / 60 > minutes[bucket[2]]) {
        bucket[2]++;
    }
    int64_t score = (int64_t)config->attenuation_scores[bucket[0]] * config->days_scores[bucket[1]] * config->duration_scores[bucket[2]] *
                    (transmission_risk >= 1 && transmission_risk <= 8 ? config->transmission_scores[transmission_risk - 1] : 1);
    return score >= config->least_score ? score : 0;
}

/* Each sighting's attenuation holds until the next; the first and the last are drawn out by half a scan. */
static void weigh(const struct vg_exposure_v1 *config, const struct risk_sighting *series, size_t n, struct vg_exposure_record *record)
{
    double sum = 0;
    double total = 0;
    for (size_t i = 0, next = 0; i < n; i = next) {
        for (next = i + 1; next < n && series[next].seconds == series[i].seconds; next++) {
            /* of several at one time the first holds */
        }
        uint32_t seconds = next < n ? series[next].seconds - series[i].seconds : SCAN_SECONDS / 2;
        int32_t attenuation = series[i].attenuation;
        seconds += i == 0 ? SCAN_SECONDS / 2 : 0;
        sum += (double)attenuation * seconds;
        total += seconds;
        if (attenuation < config->attenuation_thresholds[0]) {
            record->below_seconds += seconds;
        } else if (attenuation >= config->attenuation_thresholds[1]) {
            record->above_seconds += seconds;
        } else {
            record->between_seconds += seconds;
        }
    }
    record->attenuation = (int32_t)floor(sum / total + 0.5);
}

/* One scan longer than from the first to the last sighting, to the nearest scan (the half goes down). */
static uint32_t to_scans(uint32_t seconds)
{
    uint32_t longer = seconds + SCAN_SECONDS;
    uint32_t over = longer % SCAN_SECONDS;
    return over <= SCAN_SECONDS / 2 ? longer - over : longer + SCAN_SECONDS - over;
}

vg_status vg_exposure_v1_records(const struct vg_exposure_v1 *config, const struct vg_exposure_key *keys, const struct vg_exposure_sighting *sightings,
                                 const struct vg_exposure_match *matches, size_t n_matches, int64_t now, struct vg_arena *arena, struct vg_exposure_record **records,
                                 size_t *n_records, struct vg_error *error)
{
    struct risk_sighting *lists = VG_ARENA_ARRAY(arena, struct risk_sighting, 2 * n_matches + 1);
    *records = VG_ARENA_ARRAY(arena, struct vg_exposure_record, n_matches + 1);
    *n_records = 0;
    if (lists == NULL || *records == NULL) {
        return vg_fail_memory(error, n_matches * sizeof **records);
    }
    for (size_t first = 0, end = 0; first < n_matches; first = end) {
        for (end = first; end < n_matches && matches[end].key == matches[first].key; end++) {
        }
        const struct vg_exposure_key *key = &keys[matches[first].key];
        const struct risk_sighting *list = lists + n_matches;
        size_t n = risk_sightings(key, sightings, matches + first, end - first, true, lists, lists + n_matches);
        int64_t days = (now - (int64_t)key->rolling_start * VG_EXPOSURE_INTERVAL_SECONDS) / 86400;
        for (size_t from = 0, to = 0; from < n; from = to) {
            for (to = from + 1; to < n && list[to].seconds - list[to - 1].seconds <= GAP_SECONDS_MAX; to++) {
            }
            struct vg_exposure_record *record = &(*records)[(*n_records)++];
            *record = (struct vg_exposure_record){.key = matches[first].key, .start_seconds = list[from].seconds,
                                                  .duration_seconds = to_scans(list[to - 1].seconds - list[from].seconds)};
            weigh(config, list + from, to - from, record);
            record->score = vg_exposure_v1_score(config, record->attenuation, days, record->duration_seconds, key->transmission_risk);
        }
    }
    return VG_OK;
}
