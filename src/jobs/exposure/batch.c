/*
 * Batches of a gateway as files: made of keys, signed, verified.
 */
#include "jobs/exposure/internal.h"

#include <string.h>

#define BATCH_BYTES_MAX ((size_t)256 << 20)
#define PEM_BYTES_MAX ((size_t)4 << 20)

static vg_status split(const char *list, struct vg_text *out, size_t *n, struct vg_error *error)
{
    *n = 0;
    for (const char *at = list; at != NULL && *at != '\0';) {
        size_t length = strcspn(at, ",");
        if (*n == VG_EXPOSURE_VISITED_MAX || length == 0 || length > VG_EXPOSURE_COUNTRY_BYTES_MAX) {
            return vg_fail(error, VG_USAGE_ERROR, "countries are codes with commas between, such as CO,PE");
        }
        out[(*n)++] = vg_text_of(at, length);
        at += length + (at[length] == ',' ? 1 : 0);
    }
    return VG_OK;
}

vg_status vg_job_exposure_batch(const struct vg_exposure_key_files *files, const char *origin, const char *visited, struct vg_buffer *out, struct vg_error *error)
{
    struct vg_text countries[VG_EXPOSURE_VISITED_MAX];
    struct exposure_keys keys;
    struct vg_arena arena;
    size_t n_countries = 0;
    vg_arena_init(&arena, 0);
    vg_status status = origin[0] == '\0' || strlen(origin) > VG_EXPOSURE_COUNTRY_BYTES_MAX ? vg_fail(error, VG_USAGE_ERROR, "the origin is a code, such as CO") : VG_OK;
    if (status == VG_OK) {
        status = split(visited, countries, &n_countries, error);
    }
    if (status == VG_OK) {
        status = exposure_read_keys(files, &arena, &keys, error);
    }
    struct vg_exposure_shared_key *shared = status == VG_OK ? VG_ARENA_ARRAY(&arena, struct vg_exposure_shared_key, keys.n_keys + 1) : NULL;
    if (status == VG_OK && shared == NULL) {
        status = vg_fail_memory(error, keys.n_keys * sizeof *shared);
    }
    for (size_t i = 0; status == VG_OK && i < keys.n_keys; i++) {
        const struct vg_exposure_key *key = &keys.keys[i];
        shared[i] = (struct vg_exposure_shared_key){.data = vg_text_of((const char *)key->data, VG_EXPOSURE_KEY_BYTES), .rolling_start = key->rolling_start,
                                                    .rolling_period = key->rolling_period, .transmission_risk = key->transmission_risk, .visited = countries,
                                                    .n_visited = n_countries, .origin = vg_text_from(origin), .report = (int32_t)key->report,
                                                    .days_since_onset = key->days_since_onset == VG_EXPOSURE_ONSET_NONE ? 4000 : key->days_since_onset};
    }
    if (status == VG_OK) {
        status = vg_exposure_batch_write(shared, keys.n_keys, out, error);
    }
    vg_arena_release(&arena);
    return status;
}

static vg_status read_batch(const char *path, struct vg_arena *arena, struct vg_exposure_shared_key **keys, size_t *n_keys, struct vg_error *error)
{
    struct vg_text bytes = {"", 0};
    vg_status status = vg_file_read_text(path, BATCH_BYTES_MAX, arena, &bytes, error);
    if (status != VG_OK) {
        return status;
    }
    status = vg_exposure_batch_read(bytes, arena, keys, n_keys, error);
    return status == VG_OK ? VG_OK : vg_fail_context(error, "%s: ", path);
}

vg_status vg_job_exposure_batch_sign(const char *batch_path, const char *certificate_path, const char *private_key_path, struct vg_buffer *out, struct vg_error *error)
{
    struct vg_exposure_shared_key *keys = NULL;
    struct vg_text certificate = {"", 0}, key = {"", 0};
    struct vg_arena arena;
    size_t n = 0;
    vg_arena_init(&arena, 0);
    vg_status status = read_batch(batch_path, &arena, &keys, &n, error);
    if (status == VG_OK) {
        status = vg_file_read_text(certificate_path, PEM_BYTES_MAX, &arena, &certificate, error);
    }
    if (status == VG_OK) {
        status = vg_file_read_text(private_key_path, PEM_BYTES_MAX, &arena, &key, error);
    }
    if (status == VG_OK) {
        status = vg_exposure_batch_sign(keys, n, certificate, key, out, error);
    }
    vg_arena_release(&arena);
    return status;
}

static void add_rows(struct vg_table *table, struct vg_arena *arena, const struct vg_exposure_shared_key *keys, size_t n)
{
    static const char *const integers[] = {"rolling_start", "rolling_period", "transmission_risk", "days_since_onset"};
    vg_table_add_column(table, "key", VG_COLUMN_TEXT);
    for (size_t i = 0; i < 4; i++) {
        vg_table_add_column(table, integers[i], VG_COLUMN_INTEGER);
    }
    vg_table_add_column(table, "report", VG_COLUMN_TEXT);
    vg_table_add_column(table, "origin", VG_COLUMN_TEXT);
    vg_table_add_column(table, "visited", VG_COLUMN_TEXT);
    for (size_t i = 0; i < n; i++) {
        struct vg_buffer text;
        char *hex = vg_arena_alloc(arena, 2 * keys[i].data.size + 1, 1);
        vg_buffer_init(&text, 0);
        if (hex != NULL) {
            vg_hex_encode(keys[i].data.data, keys[i].data.size, hex);
        }
        for (size_t k = 0; k < keys[i].n_visited; k++) {
            vg_buffer_text(&text, k == 0 ? "" : " ");
            vg_buffer_append(&text, keys[i].visited[k].data, keys[i].visited[k].size);
        }
        vg_table_text(table, hex);
        vg_table_integer(table, keys[i].rolling_start);
        vg_table_integer(table, keys[i].rolling_period);
        vg_table_integer(table, keys[i].transmission_risk);
        vg_table_integer(table, keys[i].days_since_onset);
        vg_table_text(table, keys[i].report >= 0 ? vg_exposure_report_name((enum vg_exposure_report)keys[i].report) : NULL);
        vg_table_text_slice(table, keys[i].origin);
        vg_table_text_slice(table, vg_text_of(text.data, text.size));
        table->failed = table->failed || text.failed;
        vg_buffer_release(&text);
    }
}

vg_status vg_job_exposure_batch_verify(const char *batch_path, const char *signature_path, const char *trusted_path, int64_t now, struct vg_arena *arena, struct vg_answer *answer,
                                       struct vg_error *error)
{
    struct vg_exposure_shared_key *keys = NULL;
    struct vg_text signature = {"", 0}, trusted = {"", 0};
    size_t n = 0;
    vg_status status = read_batch(batch_path, arena, &keys, &n, error);
    if (status == VG_OK) {
        status = vg_file_read_text(signature_path, PEM_BYTES_MAX, arena, &signature, error);
    }
    if (status == VG_OK) {
        status = vg_file_read_text(trusted_path, PEM_BYTES_MAX, arena, &trusted, error);
    }
    if (status == VG_OK) {
        status = vg_exposure_batch_verify(keys, n, vg_text_trim(signature), trusted, now, error);
    }
    if (status != VG_OK) {
        return status;
    }
    add_rows(&answer->table, arena, keys, n);
    return answer->table.failed ? vg_fail_memory(error, 0) : VG_OK;
}
