/*
 * settings.json: read whole or refused, written with every default; and a new folder with its keys.
 */
#include "jobs/exposure_server/internal.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define SETTINGS_BYTES_MAX ((size_t)1 << 20)

static const struct {
    const char *name;
    size_t offset;
    size_t text_size; /* 0: a number */
    int32_t low, high;
} fields[] = {
    {"region", offsetof(struct server_settings, region), sizeof((struct server_settings *)0)->region, 0, 0},
    {"authority", offsetof(struct server_settings, authority), sizeof((struct server_settings *)0)->authority, 0, 0},
    {"issuer", offsetof(struct server_settings, issuer), sizeof((struct server_settings *)0)->issuer, 0, 0},
    {"audience", offsetof(struct server_settings, audience), sizeof((struct server_settings *)0)->audience, 0, 0},
    {"key_id", offsetof(struct server_settings, key_id), sizeof((struct server_settings *)0)->key_id, 0, 0},
    {"key_version", offsetof(struct server_settings, key_version), sizeof((struct server_settings *)0)->key_version, 0, 0},
    {"device_key_sha256", offsetof(struct server_settings, api_keys[SERVER_DEVICE]), 65, 0, 0},
    {"admin_key_sha256", offsetof(struct server_settings, api_keys[SERVER_ADMIN]), 65, 0, 0},
    {"stats_key_sha256", offsetof(struct server_settings, api_keys[SERVER_STATS]), 65, 0, 0},
    {"code_minutes", offsetof(struct server_settings, code_minutes), 0, 1, 1440},
    {"long_code_hours", offsetof(struct server_settings, long_code_hours), 0, 1, 168},
    {"token_hours", offsetof(struct server_settings, token_hours), 0, 1, 168},
    {"certificate_minutes", offsetof(struct server_settings, certificate_minutes), 0, 1, 1440},
    {"export_hours", offsetof(struct server_settings, export_hours), 0, 1, 24},
    {"hold_hours", offsetof(struct server_settings, hold_hours), 0, 0, 48},
    {"keep_hours", offsetof(struct server_settings, keep_hours), 0, 24, 2400},
    {"least_keys", offsetof(struct server_settings, least_keys), 0, 1, 1000000},
    {"spread_keys", offsetof(struct server_settings, spread_keys), 0, 0, 100000},
    {"most_keys", offsetof(struct server_settings, most_keys), 0, 1000, 1000000},
    {"onset_days_default", offsetof(struct server_settings, onset_days_default), 0, 0, 14},
    {"wrong_codes_a_minute", offsetof(struct server_settings, wrong_codes_a_minute), 0, 1, 1000000},
    {"self_reports_a_day", offsetof(struct server_settings, self_reports_a_day), 0, 0, 10000000},
    {"self_report_days", offsetof(struct server_settings, self_report_days), 0, 1, 365},
    {"self_report_text", offsetof(struct server_settings, self_report_text), sizeof((struct server_settings *)0)->self_report_text, 0, 0},
};
#define N_FIELDS (sizeof fields / sizeof *fields)

static void defaults(struct server_settings *settings)
{
    *settings = (struct server_settings){.code_minutes = 15, .long_code_hours = 24, .token_hours = 24, .certificate_minutes = 15, .export_hours = 1, .hold_hours = 2, .keep_hours = 336,
                                         .least_keys = 1000, .spread_keys = 100, .most_keys = 500000, .onset_days_default = 4, .wrong_codes_a_minute = 100,
                                         .self_report_days = 90, .self_report_text = "[enslink] [code]"};
}

static vg_status take_field(struct server_settings *settings, const char *name, const json_t *value, struct vg_error *error)
{
    size_t i = 0;
    while (i < N_FIELDS && strcmp(fields[i].name, name) != 0) {
        i++;
    }
    if (i == N_FIELDS) {
        return vg_fail(error, VG_DATA_ERROR, "settings.json: there is no setting %.60s", name);
    }
    char *place = (char *)settings + fields[i].offset;
    if (fields[i].text_size > 0) {
        if (!json_is_string(value) || json_string_length(value) == 0 || json_string_length(value) >= fields[i].text_size) {
            return vg_fail(error, VG_DATA_ERROR, "settings.json: %s is a text of 1 to %zu bytes", name, fields[i].text_size - 1);
        }
        memcpy(place, json_string_value(value), json_string_length(value) + 1);
        return VG_OK;
    }
    if (!json_is_integer(value) || json_integer_value(value) < fields[i].low || json_integer_value(value) > fields[i].high) {
        return vg_fail(error, VG_DATA_ERROR, "settings.json: %s is a whole number from %d to %d", name, fields[i].low, fields[i].high);
    }
    int32_t number = (int32_t)json_integer_value(value);
    memcpy(place, &number, sizeof number);
    return VG_OK;
}

vg_status server_settings_read(const char *folder, struct server_settings *settings, struct vg_error *error)
{
    char path[SERVER_PATH_BYTES];
    struct vg_buffer text;
    json_error_t where;
    const char *name = NULL;
    json_t *value = NULL;
    defaults(settings);
    (void)snprintf(path, sizeof path, "%s/settings.json", folder);
    vg_buffer_init(&text, 0);
    vg_status status = vg_file_read(path, SETTINGS_BYTES_MAX, &text, error);
    json_t *root = status == VG_OK ? json_loadb(text.data, text.size, JSON_REJECT_DUPLICATES, &where) : NULL;
    if (status == VG_OK && !json_is_object(root)) {
        status = vg_fail(error, VG_DATA_ERROR, "%s, line %d: this is no object of JSON", path, root == NULL ? where.line : 1);
    }
    if (status == VG_OK) {
        json_object_foreach(root, name, value) {
            status = status == VG_OK ? take_field(settings, name, value, error) : status;
        }
    }
    for (size_t i = 0; status == VG_OK && i < N_FIELDS; i++) {
        if (fields[i].text_size > 0 && ((const char *)settings)[fields[i].offset] == '\0') {
            status = vg_fail(error, VG_DATA_ERROR, "settings.json: %s is missing", fields[i].name);
        }
    }
    if (status == VG_OK && 24 % settings->export_hours != 0) {
        status = vg_fail(error, VG_DATA_ERROR, "settings.json: export_hours divides a day");
    }
    if (status == VG_OK && !server_report_text_fits(settings)) {
        status = vg_fail(error, VG_DATA_ERROR, "settings.json: self_report_text becomes longer than a message of %d bytes with its codes and links", SERVER_TEXT_BYTES - 1);
    }
    json_decref(root);
    vg_buffer_release(&text);
    return status;
}

vg_status server_settings_write(const char *folder, const struct server_settings *settings, struct vg_error *error)
{
    char path[SERVER_PATH_BYTES];
    struct vg_buffer text;
    vg_buffer_init(&text, 0);
    vg_buffer_text(&text, "{");
    for (size_t i = 0; i < N_FIELDS; i++) {
        const char *place = (const char *)settings + fields[i].offset;
        vg_buffer_format(&text, "%s\n  \"%s\": ", i == 0 ? "" : ",", fields[i].name);
        if (fields[i].text_size > 0) {
            vg_buffer_json_string(&text, place, strlen(place));
        } else {
            int32_t number = 0;
            memcpy(&number, place, sizeof number);
            vg_buffer_integer(&text, number);
        }
    }
    vg_buffer_text(&text, "\n}\n");
    (void)snprintf(path, sizeof path, "%s/settings.json", folder);
    vg_status status = text.failed ? vg_fail_memory(error, 0) : vg_file_write_atomic(path, text.data, text.size, error);
    vg_buffer_release(&text);
    return status;
}

/* ------------------------------------------------------------- a new folder */

static vg_status write_secret(const char *folder, const char *name, const void *data, size_t size, struct vg_error *error)
{
    char path[SERVER_PATH_BYTES];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return vg_file_write_secret(path, data, size, error);
}

static vg_status new_key(const char *folder, const char *name, struct vg_error *error)
{
    struct vg_p256_key *key = NULL;
    struct vg_buffer pem;
    vg_buffer_init(&pem, 0);
    vg_status status = vg_p256_new(&key, error);
    if (status == VG_OK) {
        status = vg_p256_write_pem(key, true, &pem, error);
    }
    if (status == VG_OK) {
        status = write_secret(folder, name, pem.data, pem.size, error);
    }
    vg_p256_free(key);
    vg_buffer_release(&pem);
    return status;
}

vg_status vg_exposure_server_create(const char *folder, const struct vg_exposure_server_new *wanted, struct vg_buffer *out, struct vg_error *error)
{
    static const char *const roles[SERVER_ROLES] = {"device", "admin", "stats"};
    struct server_settings settings;
    struct vg_exposure_store *store = NULL;
    unsigned char secret[32];
    char hex[65];
    defaults(&settings);
    const struct { char *to; size_t size; const char *from; } texts[] = {
        {settings.region, sizeof settings.region, wanted->region},       {settings.authority, sizeof settings.authority, wanted->authority},
        {settings.issuer, sizeof settings.issuer, wanted->authority},    {settings.audience, sizeof settings.audience, wanted->authority},
        {settings.key_id, sizeof settings.key_id, wanted->key_id},       {settings.key_version, sizeof settings.key_version, wanted->key_version}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (texts[i].from == NULL || texts[i].from[0] == '\0' || (size_t)snprintf(texts[i].to, texts[i].size, "%s", texts[i].from) >= texts[i].size) {
            return vg_fail(error, VG_USAGE_ERROR, "region, authority, key's id and version are needed, of at most %zu bytes", texts[i].size - 1);
        }
    }
    if (settings.region[strspn(settings.region, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-")] != '\0') {
        return vg_fail(error, VG_USAGE_ERROR, "a region is an ISO 3166 code such as CO or CO-ANT, not \"%s\"", settings.region);
    }
    if (mkdir(folder, 0700) != 0) {
        return vg_fail_errno(error, errno, "the folder %s cannot be made", folder);
    }
    server_random(secret, sizeof secret);
    vg_hex_encode(secret, sizeof secret, hex);
    vg_status status = write_secret(folder, "secret", hex, 64, error);
    if (status == VG_OK) {
        status = new_key(folder, "verification.key", error);
    }
    if (status == VG_OK) {
        status = new_key(folder, "export.key", error);
    }
    for (size_t role = 0; status == VG_OK && role < SERVER_ROLES; role++) {
        server_random(secret, sizeof secret);
        vg_hex_encode(secret, sizeof secret, hex);
        vg_sha256(hex, 64, settings.api_keys[role]);
        vg_buffer_format(out, "%s key: %s\n", roles[role], hex);
    }
    if (status == VG_OK) {
        status = vg_exposure_store_open(folder, &store, error);
        vg_exposure_store_close(store);
    }
    return status == VG_OK ? server_settings_write(folder, &settings, error) : status;
}
