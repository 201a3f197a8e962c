/*
 * Files of keys and of sightings into arrays.
 */
#include "jobs/exposure/internal.h"

#include <stdlib.h>
#include <string.h>

#define COLUMN_NONE SIZE_MAX
#define DAYS_OF_CLOCK (INT32_C(49710)) /* whole days in 32 bits of seconds */

/* ------------------------------------------------------------------- time */

void exposure_print_time(int64_t seconds, char out[EXPOSURE_TIME_BYTES])
{
    char date[VG_DATE_TEXT_BYTES];
    int64_t day = seconds / 86400 - (seconds % 86400 < 0 ? 1 : 0);
    int64_t rest = seconds - day * 86400;
    (void)vg_date_print(day > INT32_MAX || day < -INT32_MAX ? VG_DATE_NONE : (int32_t)day, date);
    (void)snprintf(out, EXPOSURE_TIME_BYTES, "%s%c%02d:%02d:%02dZ", date, 'T', (int)(rest / 3600), (int)(rest / 60 % 60), (int)(rest % 60));
}

static bool two_digits(const char *at, int most, int *value)
{
    if (at[0] < '0' || at[0] > '9' || at[1] < '0' || at[1] > '9') {
        return false;
    }
    *value = 10 * (at[0] - '0') + at[1] - '0';
    return *value <= most;
}

bool exposure_parse_time(struct vg_text text, int64_t *seconds)
{
    int32_t date = 0;
    int parts[3] = {0, 0, 0};
    text = vg_text_trim(text);
    if (vg_parse_integer(text, seconds)) {
        return *seconds >= 0;
    }
    if (text.size < 10 || !vg_date_parse_iso(vg_text_of(text.data, 10), &date)) {
        return false;
    }
    size_t at = 10;
    for (size_t part = 0; part < 3 && at < text.size && text.data[at] != 'Z'; part++, at += 3) {
        bool mark = part == 0 ? text.data[at] == 'T' || text.data[at] == ' ' : text.data[at] == ':';
        if (!mark || text.size - at < 3 || !two_digits(text.data + at + 1, part == 0 ? 23 : 59, &parts[part])) {
            return false;
        }
    }
    if (at != text.size && !(at + 1 == text.size && text.data[at] == 'Z')) {
        return false;
    }
    *seconds = (int64_t)date * 86400 + parts[0] * 3600 + parts[1] * 60 + parts[2];
    return *seconds >= 0;
}

void exposure_hex_cell(struct vg_table *table, const uint8_t key[VG_EXPOSURE_KEY_BYTES])
{
    char text[2 * VG_EXPOSURE_KEY_BYTES + 1];
    vg_hex_encode(key, VG_EXPOSURE_KEY_BYTES, text);
    vg_table_text(table, text);
}

/* ------------------------------------------------------------------- rows */

struct column {
    const char *names; /* with bars between */
    bool needed;
    size_t index;
};

struct rows {
    const char *path;
    struct vg_reader *reader;
    struct column *columns;
    struct vg_error *error;
    const struct vg_text *cells; /* of the present row */
    uint64_t line;
};

static size_t find_column(const struct vg_reader *reader, const char *names)
{
    for (const char *at = names; *at != '\0';) {
        size_t length = strcspn(at, "|");
        for (size_t column = 0; column < vg_reader_column_count(reader); column++) {
            if (vg_text_fold_equal(vg_reader_heading(reader, column), vg_text_of(at, length))) {
                return column;
            }
        }
        at += length + (at[length] == '|' ? 1 : 0);
    }
    return COLUMN_NONE;
}

static vg_status open_rows(const char *path, struct column *columns, size_t n_columns, struct rows *rows, struct vg_error *error)
{
    const struct vg_reader_options options = {.header_row = 1};
    *rows = (struct rows){.path = path, .columns = columns, .error = error};
    vg_status status = vg_reader_open(path, &options, &rows->reader, error);
    for (size_t i = 0; status == VG_OK && i < n_columns; i++) {
        columns[i].index = find_column(rows->reader, columns[i].names);
        if (columns[i].index == COLUMN_NONE && columns[i].needed) {
            status = vg_fail(error, VG_DATA_ERROR, "%s has no column %s", path, columns[i].names);
        }
    }
    return status;
}

static struct vg_text cell(const struct rows *rows, size_t column)
{
    size_t index = rows->columns[column].index;
    return index == COLUMN_NONE ? vg_text_of("", 0) : vg_text_trim(rows->cells[index]);
}

static vg_status bad_cell(const struct rows *rows, size_t column, const char *expected)
{
    struct vg_text heading = vg_reader_heading(rows->reader, rows->columns[column].index);
    struct vg_text text = cell(rows, column);
    return vg_fail(rows->error, VG_DATA_ERROR, "%s, line %llu, column %.*s: %s was expected, not \"%.*s\"", rows->path, (unsigned long long)rows->line, (int)heading.size, heading.data,
                   expected, text.size > 60 ? 60 : (int)text.size, text.data);
}

/* A whole number within bounds; without a cell, the given value stays. */
static vg_status number_cell(const struct rows *rows, size_t column, int64_t low, int64_t high, const char *expected, int64_t *value)
{
    struct vg_text text = cell(rows, column);
    int64_t number = 0;
    if (text.size == 0) {
        return VG_OK;
    }
    if (!vg_parse_integer(text, &number) || number < low || number > high) {
        return bad_cell(rows, column, expected);
    }
    *value = number;
    return VG_OK;
}

static vg_status each_row(struct rows *rows, void *context, vg_status (*take)(const struct rows *rows, void *context))
{
    struct vg_row_batch batch;
    vg_status status = VG_OK;
    while (status == VG_OK) {
        status = vg_reader_next(rows->reader, &batch, rows->error);
        if (status != VG_OK || batch.n_rows == 0) {
            break;
        }
        for (size_t row = 0; status == VG_OK && row < batch.n_rows; row++) {
            rows->cells = batch.cells + row * batch.n_columns;
            rows->line = batch.lines[row];
            status = take(rows, context);
        }
    }
    return status;
}

/* ------------------------------------------------------------------- keys */

enum { KEY_DATA, KEY_START, KEY_PERIOD, KEY_RISK, KEY_REPORT, KEY_ONSET, KEY_REVISED, KEY_COLUMNS };

struct key_rows {
    struct vg_arena *arena;
    struct vg_exposure_export *export;
    size_t key_capacity, revised_capacity;
};

static vg_status take_key(const struct rows *rows, void *context)
{
    struct key_rows *into = context;
    struct vg_exposure_key key = {0};
    struct vg_text report = cell(rows, KEY_REPORT);
    int64_t start = -1, period = VG_EXPOSURE_PERIOD_MAX, risk = 0, onset = VG_EXPOSURE_ONSET_NONE, kind = 0, revised = 0;
    size_t size = 0;
    struct vg_text data = cell(rows, KEY_DATA);
    if (!vg_hex_decode(data, key.data, sizeof key.data) && !(vg_base64_decode(data, key.data, sizeof key.data, &size) && size == sizeof key.data)) {
        return bad_cell(rows, KEY_DATA, "a key of 16 bytes (32 hexadecimal digits, or base64)");
    }
    vg_status status = number_cell(rows, KEY_START, 0, INT32_MAX, "an interval (UNIX seconds / 600)", &start);
    if (status == VG_OK) {
        status = number_cell(rows, KEY_PERIOD, 1, VG_EXPOSURE_PERIOD_MAX, "1 to 144 intervals", &period);
    }
    if (status == VG_OK) {
        status = number_cell(rows, KEY_RISK, 0, 8, "a transmission risk from 0 to 8", &risk);
    }
    if (status == VG_OK) {
        status = number_cell(rows, KEY_ONSET, -4000, 4000, "days since onset", &onset);
    }
    if (status == VG_OK && report.size > 0 && !vg_exposure_report_from_name(report, &key.report)) {
        status = number_cell(rows, KEY_REPORT, 0, VG_EXPOSURE_REPORTS - 1, "unknown, confirmed_test, clinical, self_report, recursive or revoked", &kind);
        key.report = (enum vg_exposure_report)kind;
    }
    if (status == VG_OK) {
        struct vg_text text = cell(rows, KEY_REVISED);
        revised = vg_text_equals(text, "true");
        status = revised == 1 || vg_text_equals(text, "false") ? VG_OK : number_cell(rows, KEY_REVISED, 0, 1, "true or false", &revised);
    }
    if (status == VG_OK && start < 0) {
        status = bad_cell(rows, KEY_START, "an interval (UNIX seconds / 600)");
    }
    if (status != VG_OK) {
        return status;
    }
    key.rolling_start = (uint32_t)start;
    key.rolling_period = (uint32_t)period;
    key.transmission_risk = (int32_t)risk;
    key.days_since_onset = (int32_t)onset;
    struct vg_exposure_export *export = into->export;
    struct vg_exposure_key **list = revised == 1 ? &export->revised_keys : &export->keys;
    size_t *n = revised == 1 ? &export->n_revised_keys : &export->n_keys;
    struct vg_exposure_key *larger = vg_arena_room(into->arena, *list, *n, revised == 1 ? &into->revised_capacity : &into->key_capacity, sizeof key);
    if (larger == NULL) {
        return vg_fail_memory(rows->error, *n * sizeof key);
    }
    *list = larger;
    larger[(*n)++] = key;
    return VG_OK;
}

static vg_status read_key_rows(const char *path, struct vg_arena *arena, struct vg_exposure_export *export, struct vg_error *error)
{
    struct column columns[KEY_COLUMNS] = {{"key|key_data|keydata", true, 0},           {"rolling_start|rolling_start_interval_number|rollingstartnumber", true, 0},
                                          {"rolling_period|rollingperiod", false, 0},  {"transmission_risk|transmission_risk_level|transmissionrisk", false, 0},
                                          {"report|report_type", false, 0},            {"days_since_onset|days_since_onset_of_symptoms", false, 0},
                                          {"revised", false, 0}};
    struct rows rows;
    struct key_rows into = {arena, export, 0, 0};
    *export = (struct vg_exposure_export){.region = {"", 0}, .batch_number = 1, .batch_size = 1};
    vg_status status = open_rows(path, columns, KEY_COLUMNS, &rows, error);
    if (status == VG_OK) {
        status = each_row(&rows, &into, take_key);
    }
    vg_reader_close(rows.reader);
    return status;
}

static vg_status read_one(const char *path, struct vg_arena *arena, struct exposure_read *read, struct vg_error *error)
{
    struct vg_file_map map;
    *read = (struct exposure_read){.path = path};
    vg_status status = vg_file_map_open(path, &map, error);
    if (status != VG_OK) {
        return status;
    }
    read->is_export = map.size >= 2 && (memcmp(map.data, "PK", 2) == 0 || (map.size >= 11 && memcmp(map.data, "EK Export v", 11) == 0));
    if (read->is_export) {
        status = vg_exposure_file_read(map.data, map.size, arena, &read->file, error);
        status = status == VG_OK ? VG_OK : vg_fail_context(error, "%s: ", path);
    }
    vg_file_map_close(&map);
    return status != VG_OK || read->is_export ? status : read_key_rows(path, arena, &read->file.export, error);
}

static vg_status put_together(struct vg_arena *arena, struct exposure_keys *keys, struct vg_error *error)
{
    size_t n = 0;
    for (size_t i = 0; i < keys->n_files; i++) {
        n += keys->files[i].file.export.n_keys + keys->files[i].file.export.n_revised_keys;
    }
    keys->keys = VG_ARENA_ARRAY(arena, struct vg_exposure_key, n + 1);
    keys->file_of = VG_ARENA_ARRAY(arena, uint32_t, n + 1);
    keys->revised = VG_ARENA_ARRAY(arena, bool, n + 1);
    if (keys->keys == NULL || keys->file_of == NULL || keys->revised == NULL) {
        return vg_fail_memory(error, n * sizeof *keys->keys);
    }
    for (size_t i = 0; i < keys->n_files; i++) {
        const struct vg_exposure_export *export = &keys->files[i].file.export;
        for (size_t k = 0; k < export->n_keys + export->n_revised_keys; k++) {
            keys->keys[keys->n_keys] = k < export->n_keys ? export->keys[k] : export->revised_keys[k - export->n_keys];
            keys->file_of[keys->n_keys] = (uint32_t)i;
            keys->revised[keys->n_keys++] = k >= export->n_keys;
        }
    }
    return VG_OK;
}

vg_status exposure_read_keys(const struct vg_exposure_key_files *files, struct vg_arena *arena, struct exposure_keys *keys, struct vg_error *error)
{
    *keys = (struct exposure_keys){.files = VG_ARENA_ARRAY(arena, struct exposure_read, files->n_paths + 1), .n_files = files->n_paths};
    if (keys->files == NULL) {
        return vg_fail_memory(error, files->n_paths * sizeof *keys->files);
    }
    for (size_t i = 0; i < files->n_paths; i++) {
        vg_status status = read_one(files->paths[i], arena, &keys->files[i], error);
        if (status != VG_OK) {
            return status;
        }
    }
    vg_status status = files->n_public_keys == 0 ? VG_OK : exposure_verify(files, keys, NULL, error);
    return status == VG_OK ? put_together(arena, keys, error) : status;
}

/* -------------------------------------------------------------- signatures */

static vg_status read_public_key(const char *path, struct vg_p256_key **key, struct vg_error *error)
{
    struct vg_buffer pem;
    vg_buffer_init(&pem, 0);
    vg_status status = vg_file_read(path, 1 << 20, &pem, error);
    if (status == VG_OK) {
        status = vg_p256_read_pem(pem.data == NULL ? "" : pem.data, pem.size, key, error);
        status = status == VG_OK ? VG_OK : vg_fail_context(error, "%s: ", path);
    }
    vg_buffer_release(&pem);
    return status;
}

static vg_status verify_files(const struct exposure_keys *keys, const struct vg_exposure_verifier *verifiers, size_t n_verifiers, size_t *holding, struct vg_error *error)
{
    const struct vg_exposure_export **exports = calloc(keys->n_files + 1, sizeof *exports);
    vg_status status = exports == NULL ? vg_fail_memory(error, keys->n_files * sizeof *exports) : VG_OK;
    for (size_t i = 0; status == VG_OK && i < keys->n_files; i++) {
        size_t n = 0;
        const struct exposure_read *read = &keys->files[i];
        status = read->is_export ? vg_exposure_file_verify(&read->file, verifiers, n_verifiers, &n, error) : vg_fail(error, VG_DATA_ERROR, "rows of keys carry no signature");
        status = status == VG_OK ? VG_OK : vg_fail_context(error, "%s: ", read->path);
        exports[i] = &read->file.export;
        if (holding != NULL) {
            holding[i] = n;
        }
    }
    status = status == VG_OK ? vg_exposure_batches_check(exports, keys->n_files, error) : status;
    free(exports);
    return status;
}

vg_status exposure_verify(const struct vg_exposure_key_files *files, const struct exposure_keys *keys, size_t *holding, struct vg_error *error)
{
    struct vg_exposure_verifier verifiers[VG_EXPOSURE_SIGNATURES_MAX];
    struct vg_p256_key *read[VG_EXPOSURE_SIGNATURES_MAX] = {NULL};
    size_t n = 0;
    if (files->n_public_keys > VG_EXPOSURE_SIGNATURES_MAX) {
        return vg_fail(error, VG_USAGE_ERROR, "at most %d public keys are taken", VG_EXPOSURE_SIGNATURES_MAX);
    }
    vg_status status = VG_OK;
    for (; status == VG_OK && n < files->n_public_keys; n++) {
        status = read_public_key(files->public_key_paths[n], &read[n], error);
        verifiers[n] = (struct vg_exposure_verifier){files->key_id == NULL ? (struct vg_text){NULL, 0} : vg_text_from(files->key_id),
                                                     files->key_version == NULL ? (struct vg_text){NULL, 0} : vg_text_from(files->key_version), read[n]};
    }
    if (status == VG_OK) {
        status = verify_files(keys, verifiers, n, holding, error);
    }
    for (size_t i = 0; i < VG_EXPOSURE_SIGNATURES_MAX; i++) {
        vg_p256_free(read[i]);
    }
    return status;
}

/* ---------------------------------------------------- sightings, encounters */

enum { SEEN_IDENTIFIER, SEEN_TIME, SEEN_METADATA, SEEN_RSSI, SEEN_PREVIOUS, MET_PHONE, MET_KEY, MET_DAY, MET_ATTENUATION, MET_MINUTES, SEEN_COLUMNS };

/* An encounter with whose it is, to be sorted. */
struct encounter {
    uint32_t phone;
    struct vg_exposure_counted counted;
};

struct seen_rows {
    const struct exposure_keys *keys;
    struct vg_arena *arena;
    struct exposure_sightings *list;
    struct encounter *met; /* [n_met] */
    struct vg_dictionary phones, published;
    uint32_t *key_of; /* [published.count] */
    size_t capacity, line_capacity, partial_capacity, n_met, met_capacity, n_without_key;
};

static vg_status take_sighting(const struct rows *rows, void *context)
{
    struct seen_rows *into = context;
    struct vg_exposure_sighting sighting = {0};
    struct vg_text metadata = cell(rows, SEEN_METADATA);
    struct vg_text previous = cell(rows, SEEN_PREVIOUS);
    int64_t time = 0, rssi = 0, scan = 0;
    if (!vg_hex_decode(cell(rows, SEEN_IDENTIFIER), sighting.identifier, sizeof sighting.identifier)) {
        return bad_cell(rows, SEEN_IDENTIFIER, "an identifier of 32 hexadecimal digits");
    }
    if (!exposure_parse_time(cell(rows, SEEN_TIME), &time) || time > UINT32_MAX) {
        return bad_cell(rows, SEEN_TIME, "UNIX seconds or a time as 2020-05-20T12:00:00Z");
    }
    if (metadata.size > 0 && !vg_hex_decode(metadata, sighting.metadata, sizeof sighting.metadata)) {
        return bad_cell(rows, SEEN_METADATA, "8 hexadecimal digits");
    }
    if (previous.size > 0 && (!exposure_parse_time(previous, &scan) || scan > UINT32_MAX)) {
        return bad_cell(rows, SEEN_PREVIOUS, "UNIX seconds or a time as 2020-05-20T12:00:00Z");
    }
    vg_status status = number_cell(rows, SEEN_RSSI, -200, 200, "a strength in dBm", &rssi);
    if (status != VG_OK) {
        return status;
    }
    sighting.seconds = (uint32_t)time;
    sighting.previous_scan = (uint32_t)scan;
    sighting.rssi = (int32_t)rssi;
    struct exposure_sightings *list = into->list;
    list->sightings = vg_arena_room(into->arena, list->sightings, list->n, &into->capacity, sizeof sighting);
    list->lines = vg_arena_room(into->arena, list->lines, list->n, &into->line_capacity, sizeof *list->lines);
    list->partial = vg_arena_room(into->arena, list->partial, list->n, &into->partial_capacity, sizeof *list->partial);
    if (list->sightings == NULL || list->lines == NULL || list->partial == NULL) {
        return vg_fail_memory(rows->error, list->n * sizeof sighting);
    }
    list->lines[list->n] = rows->line;
    list->partial[list->n] = metadata.size == 0 || cell(rows, SEEN_RSSI).size == 0;
    list->sightings[list->n++] = sighting;
    return VG_OK;
}

static vg_status take_encounter(const struct rows *rows, void *context)
{
    struct seen_rows *into = context;
    int32_t day = 0;
    int64_t attenuation = -1, minutes = -1;
    uint8_t data[VG_EXPOSURE_KEY_BYTES];
    if (!vg_hex_decode(cell(rows, MET_KEY), data, sizeof data)) {
        return bad_cell(rows, MET_KEY, "a key of 32 hexadecimal digits");
    }
    if (!vg_date_parse_iso(cell(rows, MET_DAY), &day) || day < 0 || day >= DAYS_OF_CLOCK) {
        return bad_cell(rows, MET_DAY, "a date as 2020-05-20, from 1970 to 2106");
    }
    vg_status status = number_cell(rows, MET_ATTENUATION, 0, 255, "an attenuation from 0 to 255 dB", &attenuation);
    status = status == VG_OK && attenuation < 0 ? bad_cell(rows, MET_ATTENUATION, "an attenuation from 0 to 255 dB") : status;
    status = status == VG_OK ? number_cell(rows, MET_MINUTES, 0, 1440, "minutes of a day", &minutes) : status;
    status = status == VG_OK && minutes < 0 ? bad_cell(rows, MET_MINUTES, "minutes of a day") : status;
    if (status != VG_OK) {
        return status;
    }
    uint32_t found = vg_dictionary_find(&into->published, vg_text_of((const char *)data, sizeof data));
    if (found == VG_DICTIONARY_NONE) {
        into->n_without_key++;
        return VG_OK;
    }
    into->met = vg_arena_room(into->arena, into->met, into->n_met, &into->met_capacity, sizeof *into->met);
    uint32_t phone = vg_dictionary_add(&into->phones, cell(rows, MET_PHONE));
    if (into->met == NULL || phone == VG_DICTIONARY_NONE) {
        return vg_fail_memory(rows->error, into->n_met * sizeof *into->met);
    }
    into->met[into->n_met++] = (struct encounter){phone, {into->key_of[found], (uint32_t)day * 86400u, (uint32_t)minutes * 60u, (int32_t)attenuation}};
    return VG_OK;
}

static int compare_encounters(const void *a, const void *b)
{
    const struct encounter *one = a, *other = b;
    if (one->phone != other->phone) {
        return one->phone < other->phone ? -1 : 1;
    }
    if (one->counted.start_seconds != other->counted.start_seconds) {
        return one->counted.start_seconds < other->counted.start_seconds ? -1 : 1;
    }
    return one->counted.key < other->counted.key ? -1 : one->counted.key > other->counted.key;
}

/* The first of a key's rows counts, as it does where keys are matched by identifiers. */
static vg_status index_keys(struct seen_rows *into, struct vg_error *error)
{
    vg_dictionary_init(&into->phones, into->arena);
    vg_dictionary_init(&into->published, into->arena);
    into->key_of = VG_ARENA_ARRAY(into->arena, uint32_t, into->keys->n_keys + 1);
    for (size_t i = 0; into->key_of != NULL && i < into->keys->n_keys; i++) {
        size_t before = into->published.count;
        uint32_t at = vg_dictionary_add(&into->published, vg_text_of((const char *)into->keys->keys[i].data, VG_EXPOSURE_KEY_BYTES));
        if (at == VG_DICTIONARY_NONE) {
            return vg_fail_memory(error, i);
        }
        into->key_of[at] = before == into->published.count ? into->key_of[at] : (uint32_t)i;
    }
    return into->key_of == NULL ? vg_fail_memory(error, into->keys->n_keys * sizeof *into->key_of) : VG_OK;
}

static vg_status put_encounters(struct seen_rows *into, struct exposure_encounters *encounters, struct vg_error *error)
{
    encounters->counted = VG_ARENA_ARRAY(into->arena, struct vg_exposure_counted, into->n_met + 1);
    encounters->phones = VG_ARENA_ARRAY(into->arena, struct vg_text, into->n_met + 1);
    if (encounters->counted == NULL || encounters->phones == NULL) {
        return vg_fail_memory(error, into->n_met * sizeof *encounters->counted);
    }
    if (into->n_met > 0) {
        qsort(into->met, into->n_met, sizeof *into->met, compare_encounters);
    }
    for (size_t i = 0; i < into->n_met; i++) {
        encounters->counted[i] = into->met[i].counted;
        encounters->phones[i] = into->phones.keys[into->met[i].phone];
    }
    encounters->n = into->n_met;
    encounters->n_without_key = into->n_without_key;
    return VG_OK;
}

vg_status exposure_read_seen(const char *path, const struct exposure_keys *keys, struct vg_arena *arena, struct exposure_sightings *sightings, struct exposure_encounters *encounters,
                             bool *met, struct vg_error *error)
{
    struct column columns[SEEN_COLUMNS] = {{"identifier|rpi|rolling_proximity_identifier", false, 0}, {"time|seconds|seen_at", false, 0},
                                           {"metadata|aem|associated_encrypted_metadata", false, 0}, {"rssi", false, 0},
                                           {"previous_scan", false, 0}, {"phone", false, 0}, {"key|key_data|keydata", false, 0}, {"day|date", false, 0},
                                           {"attenuation_db|attenuation", false, 0}, {"minutes", false, 0}};
    static const size_t needed[2][4] = {{SEEN_IDENTIFIER, SEEN_TIME, SEEN_TIME, SEEN_TIME}, {MET_KEY, MET_DAY, MET_ATTENUATION, MET_MINUTES}};
    struct rows rows;
    struct seen_rows into = {.keys = keys, .arena = arena, .list = sightings};
    *sightings = (struct exposure_sightings){.n = 0};
    *encounters = (struct exposure_encounters){.n = 0};
    vg_status status = open_rows(path, columns, SEEN_COLUMNS, &rows, error);
    *met = status == VG_OK && columns[SEEN_IDENTIFIER].index == COLUMN_NONE && columns[MET_KEY].index != COLUMN_NONE;
    for (size_t i = 0; status == VG_OK && i < 4; i++) {
        const struct column *column = &columns[needed[*met ? 1 : 0][i]];
        status = column->index == COLUMN_NONE ? vg_fail(error, VG_DATA_ERROR, "%s has no column %s", path, column->names) : VG_OK;
    }
    if (status == VG_OK && *met) {
        status = index_keys(&into, error);
    }
    if (status == VG_OK) {
        status = each_row(&rows, &into, *met ? take_encounter : take_sighting);
    }
    if (status == VG_OK && *met) {
        status = put_encounters(&into, encounters, error);
    }
    vg_reader_close(rows.reader);
    return status;
}
