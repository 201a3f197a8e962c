/*
 * Keys against sightings, and what it means: matches, windows, days, records.
 */
#include "jobs/exposure/internal.h"

#include <math.h>
#include <string.h>

/* What has been found so far. */
struct matching {
    const struct vg_exposure_match_request *request;
    struct exposure_config config;
    struct exposure_keys keys;
    struct exposure_sightings sightings;
    struct exposure_encounters encounters;
    bool met; /* the file holds encounters, not sightings */
    struct vg_exposure_match *matches;
    size_t n_matches;
    struct vg_arena *arena;
    struct vg_table *table;
    struct vg_error *error;
};

static void time_cell(struct vg_table *table, int64_t seconds)
{
    char text[EXPOSURE_TIME_BYTES];
    exposure_print_time(seconds, text);
    vg_table_text(table, text);
}

static const char *infectiousness_name(enum vg_exposure_infectiousness infectiousness)
{
    return infectiousness == VG_EXPOSURE_INFECTIOUSNESS_HIGH ? "high" : infectiousness == VG_EXPOSURE_INFECTIOUSNESS_STANDARD ? "standard" : "none";
}

static vg_status show_matches(struct matching *matching)
{
    struct vg_table *table = matching->table;
    vg_table_add_column(table, "key", VG_COLUMN_TEXT);
    vg_table_add_column(table, "interval", VG_COLUMN_INTEGER);
    vg_table_add_column(table, "seen_at", VG_COLUMN_TEXT);
    vg_table_add_column(table, "row", VG_COLUMN_INTEGER);
    vg_table_add_column(table, "attenuation", VG_COLUMN_INTEGER);
    for (size_t i = 0; i < matching->n_matches; i++) {
        const struct vg_exposure_match *match = &matching->matches[i];
        const struct vg_exposure_sighting *sighting = &matching->sightings.sightings[match->sighting];
        const struct vg_exposure_key *key = &matching->keys.keys[match->key];
        uint8_t metadata[VG_EXPOSURE_METADATA_BYTES];
        vg_exposure_metadata(key->data, sighting->identifier, sighting->metadata, metadata);
        int32_t attenuation = vg_exposure_bluetooth_read(metadata).transmit_power - sighting->rssi;
        exposure_hex_cell(table, key->data);
        vg_table_integer(table, match->interval);
        time_cell(table, sighting->seconds);
        vg_table_integer(table, (int64_t)matching->sightings.lines[match->sighting]);
        if (matching->sightings.partial[match->sighting]) {
            vg_table_missing(table);
        } else {
            vg_table_integer(table, attenuation < 0 ? 0 : attenuation);
        }
    }
    return VG_OK;
}

/* Risk is reckoned from how near it was: of every sighting that counts that must be known. */
static vg_status can_be_weighed(const struct matching *matching)
{
    for (size_t i = 0; i < matching->n_matches; i++) {
        if (matching->sightings.partial[matching->matches[i].sighting]) {
            return vg_fail(matching->error, VG_DATA_ERROR, "%s, line %llu: no risk without metadata and rssi, which tell how near it was; --show matches needs neither",
                           matching->request->sightings_path, (unsigned long long)matching->sightings.lines[matching->matches[i].sighting]);
        }
    }
    return VG_OK;
}

/* What is shown of one telephone's windows; phone: empty where the file holds sightings, which are of one. */
typedef vg_status (*show_phone)(struct matching *matching, struct vg_text phone, const struct vg_exposure_window *windows, size_t n);

static vg_status each_phone(struct matching *matching, show_phone show)
{
    const struct exposure_encounters *met = &matching->encounters;
    struct vg_exposure_window *windows = NULL;
    size_t n = 0;
    if (!matching->met) {
        vg_status status = vg_exposure_windows(matching->keys.keys, matching->sightings.sightings, matching->matches, matching->n_matches, &matching->config.mapping, matching->arena, &windows,
                                               &n, matching->error);
        return status == VG_OK ? show(matching, vg_text_of("", 0), windows, n) : status;
    }
    vg_status status = VG_OK;
    for (size_t first = 0, end = 0; status == VG_OK && first < met->n; first = end) {
        for (end = first; end < met->n && met->phones[end].data == met->phones[first].data; end++) {
        }
        status = vg_exposure_counted_windows(matching->keys.keys, met->counted + first, end - first, &matching->config.mapping, matching->arena, &windows, &n, matching->error);
        status = status == VG_OK ? show(matching, met->phones[first], windows, n) : status;
    }
    return status;
}

static void add_phone_column(const struct matching *matching)
{
    if (matching->met) {
        vg_table_add_column(matching->table, "phone", VG_COLUMN_TEXT);
    }
}

static void phone_cell(const struct matching *matching, struct vg_text phone)
{
    if (matching->met && phone.size == 0) {
        vg_table_missing(matching->table);
    } else if (matching->met) {
        vg_table_text_slice(matching->table, phone);
    }
}

static vg_status put_windows(struct matching *matching, struct vg_text phone, const struct vg_exposure_window *windows, size_t n)
{
    struct vg_table *table = matching->table;
    for (size_t i = 0; i < n; i++) {
        double weighted = 0;
        double score = vg_exposure_v2_score(&matching->config.v2, &windows[i], &weighted);
        int64_t seconds = 0;
        int32_t least = INT32_MAX;
        for (size_t k = 0; k < windows[i].n_scans; k++) {
            seconds += windows[i].scans[k].seconds;
            least = windows[i].scans[k].least_attenuation < least ? windows[i].scans[k].least_attenuation : least;
        }
        phone_cell(matching, phone);
        time_cell(table, windows[i].start_seconds);
        exposure_hex_cell(table, matching->keys.keys[windows[i].key].data);
        vg_table_text(table, vg_exposure_report_name(windows[i].report));
        vg_table_text(table, infectiousness_name(windows[i].infectiousness));
        vg_table_integer(table, (int64_t)windows[i].n_scans);
        vg_table_integer(table, seconds);
        vg_table_integer(table, least);
        vg_table_double(table, weighted);
        vg_table_double(table, score);
    }
    return VG_OK;
}

static vg_status show_windows(struct matching *matching)
{
    static const char *const texts[] = {"start", "key", "report", "infectiousness"}, *const integers[] = {"scans", "seconds", "least_attenuation"};
    struct vg_table *table = matching->table;
    add_phone_column(matching);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        vg_table_add_column(table, texts[i], VG_COLUMN_TEXT);
    }
    for (size_t i = 0; i < sizeof integers / sizeof *integers; i++) {
        vg_table_add_column(table, integers[i], VG_COLUMN_INTEGER);
    }
    vg_table_add_column(table, "weighted_seconds", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "score", VG_COLUMN_DOUBLE);
    return each_phone(matching, put_windows);
}

static void day_row(const struct matching *matching, struct vg_text phone, int32_t day, const char *report, const struct vg_exposure_sums *sums)
{
    struct vg_table *table = matching->table;
    phone_cell(matching, phone);
    vg_table_date(table, day);
    vg_table_text(table, report);
    vg_table_double(table, sums->largest_score);
    vg_table_double(table, sums->score_sum);
    vg_table_double(table, sums->weighted_seconds_sum);
}

static vg_status put_days(struct matching *matching, struct vg_text phone, const struct vg_exposure_window *windows, size_t n)
{
    struct vg_exposure_summary *days = NULL;
    size_t n_days = 0;
    vg_status status = vg_exposure_v2_summaries(&matching->config.v2, windows, n, (int32_t)(matching->request->now / 86400), matching->arena, &days, &n_days, matching->error);
    for (size_t i = 0; status == VG_OK && i < n_days; i++) {
        day_row(matching, phone, days[i].day, "all", &days[i].all);
        for (unsigned report = 0; report < VG_EXPOSURE_REPORTS; report++) {
            if (days[i].by_report[report].weighted_seconds_sum > 0) {
                day_row(matching, phone, days[i].day, vg_exposure_report_name((enum vg_exposure_report)report), &days[i].by_report[report]);
            }
        }
    }
    return status;
}

static vg_status show_days(struct matching *matching)
{
    struct vg_table *table = matching->table;
    add_phone_column(matching);
    vg_table_add_column(table, "date", VG_COLUMN_DATE);
    vg_table_add_column(table, "report", VG_COLUMN_TEXT);
    vg_table_add_column(table, "largest_score", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "score_sum", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "weighted_seconds", VG_COLUMN_DOUBLE);
    return each_phone(matching, put_days);
}

static vg_status show_records(struct matching *matching)
{
    static const char *const integers[] = {"duration_seconds", "attenuation", "below_seconds", "between_seconds", "above_seconds", "score"};
    struct vg_exposure_record *records = NULL;
    struct vg_table *table = matching->table;
    size_t n = 0;
    vg_status status = vg_exposure_v1_records(&matching->config.v1, matching->keys.keys, matching->sightings.sightings, matching->matches, matching->n_matches, matching->request->now,
                                              matching->arena, &records, &n, matching->error);
    vg_table_add_column(table, "start", VG_COLUMN_TEXT);
    vg_table_add_column(table, "key", VG_COLUMN_TEXT);
    for (size_t i = 0; i < sizeof integers / sizeof *integers; i++) {
        vg_table_add_column(table, integers[i], VG_COLUMN_INTEGER);
    }
    for (size_t i = 0; status == VG_OK && i < n; i++) {
        time_cell(table, records[i].start_seconds);
        exposure_hex_cell(table, matching->keys.keys[records[i].key].data);
        vg_table_integer(table, records[i].duration_seconds);
        vg_table_integer(table, records[i].attenuation);
        vg_table_integer(table, records[i].below_seconds);
        vg_table_integer(table, records[i].between_seconds);
        vg_table_integer(table, records[i].above_seconds);
        vg_table_integer(table, records[i].score);
    }
    return status;
}

static const struct {
    const char *name;
    vg_status (*show)(struct matching *matching);
    bool of_encounters; /* needs no packets */
} shows[] = {{"matches", show_matches, false}, {"windows", show_windows, true}, {"days", show_days, true}, {"records", show_records, false}};

static vg_status run_match(struct matching *matching)
{
    struct vg_exposure_match_options options;
    struct vg_exposure_matcher *matcher = NULL;
    unsigned char salt[VG_SALT_BYTES];
    vg_exposure_match_defaults(&options);
    vg_seal_salt(salt);
    memcpy(&options.seed, salt, sizeof options.seed); /* matches do not depend on it; who chose the identifiers must not know it */
    vg_status status = vg_exposure_matcher_new(matching->sightings.sightings, matching->sightings.n, &options, &matcher, matching->error);
    if (status == VG_OK) {
        struct vg_pool *pool = vg_pool_new(matching->request->threads);
        status = vg_exposure_match(matcher, matching->keys.keys, matching->keys.n_keys, pool, matching->arena, &matching->matches, &matching->n_matches, matching->error);
        vg_pool_free(pool);
    }
    vg_exposure_matcher_free(matcher);
    return status;
}

static size_t matched_keys(const struct matching *matching)
{
    size_t n = 0;
    for (size_t i = 0; i < matching->n_matches; i++) {
        n += i == 0 || matching->matches[i].key != matching->matches[i - 1].key ? 1 : 0;
    }
    return n;
}

vg_status vg_job_exposure_match(const struct vg_exposure_match_request *request, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    struct matching matching = {.request = request, .arena = arena, .table = &answer->table, .error = error};
    const char *wanted = request->show == NULL ? "matches" : request->show;
    size_t which = 0;
    while (which < sizeof shows / sizeof *shows && strcmp(shows[which].name, wanted) != 0) {
        which++;
    }
    if (which == sizeof shows / sizeof *shows) {
        return vg_fail(error, VG_USAGE_ERROR, "what is shown is matches, windows, days or records, not \"%.40s\"", wanted);
    }
    exposure_config_defaults(&matching.config);
    vg_status status = request->config_path == NULL ? VG_OK : exposure_config_read(request->config_path, &matching.config, error);
    if (status == VG_OK) {
        status = exposure_read_keys(&request->keys, arena, &matching.keys, error);
    }
    if (status == VG_OK) {
        status = exposure_read_seen(request->sightings_path, &matching.keys, arena, &matching.sightings, &matching.encounters, &matching.met, error);
    }
    if (status == VG_OK && matching.met && !shows[which].of_encounters) {
        status = vg_fail(error, VG_USAGE_ERROR, "%s holds encounters, which telephones have matched by themselves: --show windows or days", request->sightings_path);
    }
    if (status == VG_OK && !matching.met) {
        status = run_match(&matching);
    }
    if (status == VG_OK && which > 0) {
        status = can_be_weighed(&matching);
    }
    if (status == VG_OK) {
        status = shows[which].show(&matching);
    }
    vg_buffer_char(&answer->meta, '{');
    job_meta_number(&answer->meta, "keys", (double)matching.keys.n_keys);
    job_meta_number(&answer->meta, "sightings", (double)matching.sightings.n);
    job_meta_number(&answer->meta, "matches", (double)matching.n_matches);
    job_meta_number(&answer->meta, "matched_keys", (double)matched_keys(&matching));
    if (matching.met) {
        job_meta_number(&answer->meta, "encounters", (double)matching.encounters.n);
        job_meta_number(&answer->meta, "encounters_without_key", (double)matching.encounters.n_without_key);
    }
    vg_buffer_char(&answer->meta, '}');
    return status == VG_OK && (answer->table.failed || answer->meta.failed) ? vg_fail_memory(error, 0) : status;
}

/* ----------------------------------------------------------------- beacons */

vg_status vg_job_exposure_beacon(const char *key, int64_t first_interval, int64_t n, int64_t transmit_power, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    uint8_t data[VG_EXPOSURE_KEY_BYTES], identifiers[VG_EXPOSURE_PERIOD_MAX * VG_EXPOSURE_IDENTIFIER_BYTES], plain[VG_EXPOSURE_METADATA_BYTES], metadata[VG_EXPOSURE_METADATA_BYTES];
    char text[2 * VG_EXPOSURE_METADATA_BYTES + 1];
    struct vg_table *table = &answer->table;
    (void)arena;
    if (!vg_hex_decode(vg_text_from(key), data, sizeof data)) {
        return vg_fail(error, VG_USAGE_ERROR, "a key is 32 hexadecimal digits, not \"%.40s\"", key);
    }
    vg_table_add_column(table, "interval", VG_COLUMN_INTEGER);
    vg_table_add_column(table, "begins_at", VG_COLUMN_TEXT);
    vg_table_add_column(table, "identifier", VG_COLUMN_TEXT);
    vg_table_add_column(table, "metadata", VG_COLUMN_TEXT);
    vg_exposure_identifiers(data, (uint32_t)first_interval, (size_t)n, identifiers);
    vg_exposure_bluetooth_write((struct vg_exposure_bluetooth){1, 0, 0, (int8_t)transmit_power}, plain);
    for (int64_t i = 0; i < n; i++) {
        const uint8_t *identifier = identifiers + i * VG_EXPOSURE_IDENTIFIER_BYTES;
        vg_exposure_metadata(data, identifier, plain, metadata);
        vg_hex_encode(metadata, sizeof metadata, text);
        vg_table_integer(table, first_interval + i);
        time_cell(table, (first_interval + i) * VG_EXPOSURE_INTERVAL_SECONDS);
        exposure_hex_cell(table, identifier);
        vg_table_text(table, text);
    }
    return table->failed ? vg_fail_memory(error, 0) : VG_OK;
}
