/*
 * Exposure windows and the second version of risk: seconds weighted by attenuation, times the weights of report and infectiousness; a day's largest and sum.
 */
#include "trace/exposure/risk.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WINDOW_SECONDS_MAX 1800
#define SCAN_MINUTES_MOST 5
#define SCAN_MINUTES_UNKNOWN 2
#define WEIGHT_MOST 2.5

void vg_exposure_mapping_defaults(struct vg_exposure_mapping *mapping)
{
    for (size_t i = 0; i < sizeof mapping->infectiousness / sizeof *mapping->infectiousness; i++) {
        mapping->infectiousness[i] = VG_EXPOSURE_INFECTIOUSNESS_STANDARD;
    }
    mapping->infectiousness_without_onset = VG_EXPOSURE_INFECTIOUSNESS_STANDARD;
    mapping->report_when_unknown = VG_EXPOSURE_REPORT_CONFIRMED_TEST;
}

static enum vg_exposure_infectiousness infectiousness_of(const struct vg_exposure_key *key, const struct vg_exposure_mapping *mapping)
{
    int32_t days = key->days_since_onset;
    return days < -VG_EXPOSURE_ONSET_DAYS_MAX || days > VG_EXPOSURE_ONSET_DAYS_MAX ? mapping->infectiousness_without_onset
                                                                                   : mapping->infectiousness[days + VG_EXPOSURE_ONSET_DAYS_MAX];
}

static int32_t seconds_of(const struct risk_sighting *sighting)
{
    if (sighting->previous_scan == 0) {
        return SCAN_MINUTES_UNKNOWN * 60;
    }
    int64_t minutes = (int64_t)(sighting->seconds / 60) - (int64_t)(sighting->previous_scan / 60);
    return (int32_t)(60 * (minutes > SCAN_MINUTES_MOST ? SCAN_MINUTES_MOST : minutes < 0 ? 0 : minutes));
}

static struct vg_exposure_window window_of(const struct vg_exposure_key *keys, uint32_t number, const struct vg_exposure_mapping *mapping, uint32_t start_seconds)
{
    const struct vg_exposure_key *key = &keys[number];
    return (struct vg_exposure_window){.key = number, .start_seconds = start_seconds, .infectiousness = infectiousness_of(key, mapping),
                                       .report = key->report == VG_EXPOSURE_REPORT_UNKNOWN ? mapping->report_when_unknown : key->report};
}

/* Windows and scans that are being filled; both have room for one of each a match. */
struct filling {
    struct vg_exposure_window *windows;
    struct vg_exposure_scan *scans;
    size_t n_windows, n_scans;
};

/* A scan's attenuations are gathered as a sum and a number until it ends. */
struct gathering {
    double sum;
    size_t n;
};

static void end_scan(struct filling *filling, struct gathering *gathering)
{
    if (gathering->n > 0) {
        filling->scans[filling->n_scans - 1].typical_attenuation = (int32_t)floor(gathering->sum / (double)gathering->n + 0.5);
    }
    *gathering = (struct gathering){0, 0};
}

static void add_windows(const struct vg_exposure_key *keys, uint32_t number, const struct vg_exposure_mapping *mapping, const struct risk_sighting *list, size_t n,
                        struct filling *filling)
{
    struct vg_exposure_window *window = NULL;
    struct gathering gathering = {0, 0};
    for (size_t i = 0; i < n; i++) {
        if (window == NULL || list[i].seconds - window->start_seconds >= WINDOW_SECONDS_MAX) {
            end_scan(filling, &gathering);
            window = &filling->windows[filling->n_windows++];
            *window = window_of(keys, number, mapping, list[i].seconds);
            window->confidence = list[i].confidence;
            window->scans = filling->scans + filling->n_scans;
        }
        if (window->n_scans == 0 || list[i].seconds - list[i - 1].seconds > RISK_SAME_SCAN_SECONDS) {
            end_scan(filling, &gathering);
            filling->scans[filling->n_scans++] = (struct vg_exposure_scan){0, list[i].attenuation, seconds_of(&list[i])};
            window->n_scans++;
        }
        struct vg_exposure_scan *scan = &filling->scans[filling->n_scans - 1];
        scan->least_attenuation = list[i].attenuation < scan->least_attenuation ? list[i].attenuation : scan->least_attenuation;
        gathering.sum += list[i].attenuation;
        gathering.n++;
    }
    end_scan(filling, &gathering);
}

vg_status vg_exposure_windows(const struct vg_exposure_key *keys, const struct vg_exposure_sighting *sightings, const struct vg_exposure_match *matches, size_t n_matches,
                              const struct vg_exposure_mapping *mapping, struct vg_arena *arena, struct vg_exposure_window **windows, size_t *n_windows,
                              struct vg_error *error)
{
    struct filling filling = {.windows = VG_ARENA_ARRAY(arena, struct vg_exposure_window, n_matches + 1), .scans = VG_ARENA_ARRAY(arena, struct vg_exposure_scan, n_matches + 1)};
    struct risk_sighting *lists = VG_ARENA_ARRAY(arena, struct risk_sighting, 2 * n_matches + 1);
    *windows = filling.windows;
    *n_windows = 0;
    if (filling.windows == NULL || filling.scans == NULL || lists == NULL) {
        return vg_fail_memory(error, n_matches * (sizeof *filling.windows + sizeof *filling.scans));
    }
    for (size_t first = 0, end = 0; first < n_matches; first = end) {
        for (end = first; end < n_matches && matches[end].key == matches[first].key; end++) {
        }
        size_t n = risk_sightings(&keys[matches[first].key], sightings, matches + first, end - first, false, lists, lists + n_matches);
        add_windows(keys, matches[first].key, mapping, lists + n_matches, n, &filling);
    }
    *n_windows = filling.n_windows;
    return VG_OK;
}

vg_status vg_exposure_counted_windows(const struct vg_exposure_key *keys, const struct vg_exposure_counted *counted, size_t n, const struct vg_exposure_mapping *mapping,
                                      struct vg_arena *arena, struct vg_exposure_window **windows, size_t *n_windows, struct vg_error *error)
{
    static const uint32_t scan_seconds = SCAN_MINUTES_MOST * 60;
    size_t most_windows = 0, most_scans = 0;
    for (size_t i = 0; i < n; i++) {
        most_windows += counted[i].seconds / WINDOW_SECONDS_MAX + 1;
        most_scans += counted[i].seconds / scan_seconds + 1;
    }
    struct filling filling = {.windows = VG_ARENA_ARRAY(arena, struct vg_exposure_window, most_windows + 1), .scans = VG_ARENA_ARRAY(arena, struct vg_exposure_scan, most_scans + 1)};
    *windows = filling.windows;
    *n_windows = 0;
    if (filling.windows == NULL || filling.scans == NULL) {
        return vg_fail_memory(error, most_scans * sizeof *filling.scans);
    }
    for (size_t i = 0; i < n; i++) {
        struct vg_exposure_window *window = NULL;
        for (uint32_t at = 0; at < counted[i].seconds; at += scan_seconds) {
            uint32_t rest = counted[i].seconds - at;
            if (at % WINDOW_SECONDS_MAX == 0) {
                window = &filling.windows[filling.n_windows++];
                *window = window_of(keys, counted[i].key, mapping, counted[i].start_seconds + at);
                window->scans = filling.scans + filling.n_scans;
            }
            filling.scans[filling.n_scans++] = (struct vg_exposure_scan){counted[i].attenuation, counted[i].attenuation, (int32_t)(rest < scan_seconds ? rest : scan_seconds)};
            window->n_scans++;
        }
    }
    *n_windows = filling.n_windows;
    return VG_OK;
}

/* ------------------------------------------------------------------ scores */

void vg_exposure_v2_defaults(struct vg_exposure_v2 *config)
{
    *config = (struct vg_exposure_v2){.report_weights = {0, 1, 1, 1, 1, 0}, .infectiousness_weights = {0, 1, 1}, .attenuation_thresholds = {55, 63, 73},
                                      .attenuation_weights = {1, 1, 1, 1}};
}

static bool weights_hold(const double *weights, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!(weights[i] >= 0 && weights[i] <= WEIGHT_MOST)) {
            return false;
        }
    }
    return true;
}

vg_status vg_exposure_v2_check(const struct vg_exposure_v2 *config, struct vg_error *error)
{
    const int32_t *thresholds = config->attenuation_thresholds;
    if (!weights_hold(config->report_weights, VG_EXPOSURE_REPORTS) || !weights_hold(config->infectiousness_weights, 3) || !weights_hold(config->attenuation_weights, 4)) {
        return vg_fail(error, VG_USAGE_ERROR, "a weight of risk is from 0 to %g", WEIGHT_MOST);
    }
    if (thresholds[0] < 0 || thresholds[0] >= thresholds[1] || thresholds[1] >= thresholds[2] || thresholds[2] > 255) {
        return vg_fail(error, VG_USAGE_ERROR, "the thresholds of attenuation are three numbers upwards from 0 to 255, not %d, %d, %d", thresholds[0], thresholds[1], thresholds[2]);
    }
    if (config->days_since_exposure < 0 || !(config->least_window_score >= 0)) {
        return vg_fail(error, VG_USAGE_ERROR, "days since exposure and the least score are 0 or more");
    }
    return VG_OK;
}

double vg_exposure_v2_score(const struct vg_exposure_v2 *config, const struct vg_exposure_window *window, double *weighted_seconds)
{
    int64_t seconds[4] = {0, 0, 0, 0};
    double sum = 0;
    for (size_t i = 0; i < window->n_scans; i++) {
        size_t bucket = 0;
        while (bucket < 3 && window->scans[i].typical_attenuation > config->attenuation_thresholds[bucket]) {
            bucket++;
        }
        seconds[bucket] += window->scans[i].seconds;
    }
    for (size_t bucket = 0; bucket < 4; bucket++) {
        sum += (double)seconds[bucket] * config->attenuation_weights[bucket];
    }
    *weighted_seconds = sum;
    return sum * config->report_weights[window->report] * config->infectiousness_weights[window->infectiousness];
}

static bool counts(const struct vg_exposure_window *window)
{
    return window->report == VG_EXPOSURE_REPORT_CONFIRMED_TEST || window->report == VG_EXPOSURE_REPORT_CLINICAL || window->report == VG_EXPOSURE_REPORT_SELF;
}

static int32_t day_of(const struct vg_exposure_window *window)
{
    return (int32_t)(window->start_seconds / 86400);
}

static int by_day(const void *a, const void *b)
{
    const struct vg_exposure_window *x = *(const struct vg_exposure_window *const *)a;
    const struct vg_exposure_window *y = *(const struct vg_exposure_window *const *)b;
    if (day_of(x) != day_of(y)) {
        return day_of(x) < day_of(y) ? -1 : 1;
    }
    return x < y ? -1 : x > y; /* sums do not depend on the sort */
}

static void add(struct vg_exposure_sums *sums, double score, double weighted_seconds)
{
    sums->largest_score = fmax(sums->largest_score, score);
    sums->score_sum += score;
    sums->weighted_seconds_sum += weighted_seconds;
}

vg_status vg_exposure_v2_summaries(const struct vg_exposure_v2 *config, const struct vg_exposure_window *windows, size_t n_windows, int32_t today, struct vg_arena *arena,
                                   struct vg_exposure_summary **summaries, size_t *n_summaries, struct vg_error *error)
{
    const struct vg_exposure_window **chosen = VG_ARENA_ARRAY(arena, const struct vg_exposure_window *, n_windows + 1);
    size_t n = 0;
    *summaries = VG_ARENA_ARRAY(arena, struct vg_exposure_summary, n_windows + 1);
    *n_summaries = 0;
    if (chosen == NULL || *summaries == NULL) {
        return vg_fail_memory(error, n_windows * sizeof **summaries);
    }
    for (size_t i = 0; i < n_windows; i++) {
        bool old = config->days_since_exposure > 0 && today - day_of(&windows[i]) > config->days_since_exposure;
        if (counts(&windows[i]) && !old) {
            chosen[n++] = &windows[i];
        }
    }
    qsort(chosen, n, sizeof *chosen, by_day);
    struct vg_exposure_summary *summary = NULL;
    for (size_t i = 0; i < n; i++) {
        double weighted_seconds = 0;
        double score = vg_exposure_v2_score(config, chosen[i], &weighted_seconds);
        if (summary == NULL || summary->day != day_of(chosen[i])) {
            summary = &(*summaries)[(*n_summaries)++];
            summary->day = day_of(chosen[i]);
        }
        if (score >= config->least_window_score) {
            add(&summary->all, score, weighted_seconds);
            add(&summary->by_report[chosen[i]->report], score, weighted_seconds);
        }
    }
    return VG_OK;
}
