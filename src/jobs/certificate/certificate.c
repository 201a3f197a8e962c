/*
 * Health certificates in files: lists of trust, verification of many, issue of one.
 */
#include "jobs/certificate/certificate.h"
#include "jobs/jobs_internal.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define SIGNER_FILE_MAX ((size_t)16 << 20)
#define LIST_FILE_MAX ((size_t)64 << 20)
#define CERTIFICATE_FILE_MAX ((size_t)1 << 30)
#define CLAIMS_FILE_MAX ((size_t)1 << 20)

/* ------------------------------------------------------------------- trust */

static vg_status add_signer(struct vg_certificate_trust *trust, const char *path, struct vg_arena *arena, struct vg_error *error)
{
    struct vg_text bytes;
    char country[3] = "";
    if (strlen(path) > 3 && path[2] == '=') {
        memcpy(country, path, 2);
        path += 3;
    }
    vg_status status = vg_file_read_text(path, SIGNER_FILE_MAX, arena, &bytes, error);
    if (status == VG_OK) {
        status = vg_certificate_trust_add_file(trust, bytes, country[0] == '\0' ? NULL : country, error);
        status = status == VG_OK ? VG_OK : vg_fail_context(error, "%s: ", path);
    }
    return status;
}

static vg_status open_trust(const struct vg_certificate_trust_files *files, int64_t now, struct vg_arena *arena, struct vg_certificate_trust **trust, struct vg_error *error)
{
    struct vg_text text;
    vg_status status = VG_OK;
    *trust = NULL;
    if (files->list_path == NULL) {
        status = vg_certificate_trust_new(trust, error);
    } else if (files->public_key == NULL || strlen(files->public_key) != VG_PUBLIC_KEY_TEXT - 1) {
        return vg_fail(error, VG_USAGE_ERROR, "a list of trust is read with the public key of the node that signed it: 64 hexadecimal digits");
    } else {
        status = vg_file_read_text(files->list_path, LIST_FILE_MAX, arena, &text, error);
        if (status == VG_OK) {
            status = vg_certificate_trust_read(text, files->public_key, now, trust, error);
            status = status == VG_OK ? VG_OK : vg_fail_context(error, "%s: ", files->list_path);
        }
    }
    for (size_t i = 0; status == VG_OK && i < files->n_signers; i++) {
        status = add_signer(*trust, files->signer_paths[i], arena, error);
    }
    if (status == VG_OK && files->policies_path != NULL) {
        status = vg_file_read_text(files->policies_path, CLAIMS_FILE_MAX, arena, &text, error);
        if (status == VG_OK) {
            status = vg_certificate_trust_policies(*trust, text, error);
            status = status == VG_OK ? VG_OK : vg_fail_context(error, "%s: ", files->policies_path);
        }
    }
    for (size_t i = 0; status == VG_OK && i < files->n_revoked; i++) {
        uint8_t hash[16];
        status = vg_hex_decode(vg_text_from(files->revoked[i]), hash, sizeof hash)
                     ? vg_certificate_trust_revoke(*trust, hash, error)
                     : vg_fail(error, VG_USAGE_ERROR, "a revoked certificate is named by 32 hexadecimal digits, not \"%.60s\"", files->revoked[i]);
    }
    return status;
}

vg_status vg_job_certificate_trust(const struct vg_certificate_trust_files *files, const char *node, int64_t issued, int64_t expires, const char *key_path, struct vg_arena *arena,
                                   struct vg_buffer *out, char public_key[VG_PUBLIC_KEY_TEXT], struct vg_error *error)
{
    struct vg_certificate_trust *trust = NULL;
    struct vg_seal_key key;
    unsigned char salt[VG_SALT_BYTES] = {0};
    char digest[65];
    vg_sha256(node, strlen(node), digest);
    memcpy(salt, digest, sizeof salt);
    vg_status status = open_trust(files, issued, arena, &trust, error);
    if (status == VG_OK && vg_certificate_trust_count(trust) == 0) {
        status = vg_fail(error, VG_USAGE_ERROR, "a list of trust names at least one signer (--signer FILE)");
    }
    if (status == VG_OK) {
        status = vg_seal_key_read(key_path, salt, &key, error);
    }
    if (status == VG_OK) {
        status = vg_certificate_trust_write(trust, node, issued, expires, &key, out, error);
        memcpy(public_key, key.public_key, VG_PUBLIC_KEY_TEXT);
        vg_seal_key_clear(&key);
    }
    vg_certificate_trust_free(trust);
    return status;
}

/* ------------------------------------------------------------------ verify */

static void put_time(struct vg_table *table, int64_t seconds)
{
    char text[32];
    struct tm parts;
    time_t time = (time_t)seconds;
    if (seconds == INT64_MIN || gmtime_r(&time, &parts) == NULL || strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0) {
        vg_table_missing(table);
    } else {
        vg_table_text(table, text);
    }
}

static void put_report(struct vg_table *table, const char *path, size_t line, const struct vg_certificate_report *report)
{
    char kinds[64] = "";
    for (size_t kind = 0; kind < VG_CERTIFICATE_KINDS; kind++) {
        if (report->kinds[kind]) {
            size_t used = strlen(kinds);
            (void)snprintf(kinds + used, sizeof kinds - used, "%s%s", used == 0 ? "" : " ", vg_certificate_kind_name((enum vg_certificate_kind)kind));
        }
    }
    bool read = report->steps[VG_CERTIFICATE_STEP_STRUCTURE] == VG_CERTIFICATE_PASSED;
    vg_table_text(table, path);
    vg_table_integer(table, (int64_t)line);
    vg_table_boolean(table, report->valid);
    vg_table_text(table, report->valid ? NULL : vg_certificate_step_name(report->failed));
    vg_table_text(table, report->valid ? NULL : report->why);
    vg_table_text(table, kinds[0] == '\0' ? NULL : kinds);
    vg_table_text(table, report->country[0] == '\0' ? NULL : report->country);
    vg_table_text(table, !read ? NULL : report->rsa ? "PS256" : "ES256");
    put_time(table, read ? report->issued : INT64_MIN);
    put_time(table, read ? report->expires : INT64_MIN);
}

struct verifying { const struct vg_certificate_trust *trust; int64_t now; struct vg_table *table; size_t *n_refused; struct vg_error *error; };

static vg_status verify_file(const struct verifying *v, const char *path, struct vg_arena *arena)
{
    struct vg_text text;
    size_t n = 0;
    vg_status status = vg_file_read_text(path, CERTIFICATE_FILE_MAX, arena, &text, v->error);
    for (size_t line = 1, at = 0; status == VG_OK && at < text.size; line++) {
        const char *end = memchr(text.data + at, '\n', text.size - at);
        size_t size = end == NULL ? text.size - at : (size_t)(end - text.data) - at;
        struct vg_text one = vg_text_trim(vg_text_of(text.data + at, size));
        at += size + 1;
        if (one.size == 0) {
            continue;
        }
        struct vg_certificate_report report;
        struct vg_arena own;
        vg_arena_init(&own, 0);
        status = vg_certificate_verify(one, v->trust, v->now, &own, &report, v->error);
        if (status == VG_OK) {
            put_report(v->table, path, line, &report);
            *v->n_refused += report.valid ? 0 : 1;
            n++;
        }
        vg_arena_release(&own);
    }
    return status == VG_OK && n == 0 ? vg_fail(v->error, VG_DATA_ERROR, "%s holds no certificate: one a line was expected, each beginning with HC1:", path) : status;
}

vg_status vg_job_certificate_verify(const struct vg_certificate_trust_files *files, const char *const *paths, size_t n_paths, int64_t now, struct vg_arena *arena,
                                    struct vg_answer *answer, size_t *n_refused, struct vg_error *error)
{
    static const char *const texts[] = {"failed", "why", "kind", "country", "algorithm", "issued", "expires"};
    struct vg_certificate_trust *trust = NULL;
    struct vg_table *table = &answer->table;
    *n_refused = 0;
    vg_table_add_column(table, "file", VG_COLUMN_TEXT);
    vg_table_add_column(table, "line", VG_COLUMN_INTEGER);
    vg_table_add_column(table, "valid", VG_COLUMN_BOOLEAN);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        vg_table_add_column(table, texts[i], VG_COLUMN_TEXT);
    }
    vg_status status = open_trust(files, now, arena, &trust, error);
    if (status == VG_OK && vg_certificate_trust_count(trust) == 0) {
        status = vg_fail(error, VG_USAGE_ERROR, "nobody is trusted: give --trust LIST with --public-key, or --signer FILE");
    }
    const struct verifying verifying = {trust, now, table, n_refused, error};
    for (size_t i = 0; status == VG_OK && i < n_paths; i++) {
        status = verify_file(&verifying, paths[i], arena);
    }
    vg_certificate_trust_free(trust);
    return status == VG_OK && table->failed ? vg_fail_memory(error, 0) : status;
}

vg_status vg_job_certificate_show(const char *path, struct vg_arena *arena, struct vg_buffer *out, struct vg_error *error)
{
    struct vg_certificate_trust *nobody = NULL;
    struct vg_certificate_report report;
    struct vg_text text;
    vg_status status = vg_file_read_text(path, CERTIFICATE_FILE_MAX, arena, &text, error);
    if (status == VG_OK) {
        status = vg_certificate_trust_new(&nobody, error);
    }
    if (status == VG_OK) {
        const char *end = memchr(text.data, '\n', text.size);
        status = vg_certificate_verify(vg_text_trim(vg_text_of(text.data, end == NULL ? text.size : (size_t)(end - text.data))), nobody, (int64_t)time(NULL), arena, &report, error);
    }
    vg_certificate_trust_free(nobody);
    if (status == VG_OK && report.claims.size == 0) {
        return vg_fail(error, VG_DATA_ERROR, "%s: %s", path, report.why);
    }
    if (status == VG_OK) {
        status = vg_certificate_claims_json(report.claims, out, error);
        vg_buffer_char(out, '\n');
    }
    return status;
}

/* ------------------------------------------------------------------- issue */

vg_status vg_job_certificate_issue(const struct vg_certificate_issue_request *request, struct vg_arena *arena, struct vg_buffer *out, struct vg_error *error)
{
    struct vg_certificate_signer *signer = NULL;
    struct vg_text json, certificate, key;
    struct vg_buffer text;
    vg_status status = vg_file_read_text(request->claims_path, CLAIMS_FILE_MAX, arena, &json, error);
    if (status == VG_OK) {
        status = vg_file_read_text(request->certificate_path, SIGNER_FILE_MAX, arena, &certificate, error);
    }
    if (status == VG_OK) {
        status = vg_file_read_text(request->key_path, SIGNER_FILE_MAX, arena, &key, error);
    }
    if (status == VG_OK) {
        status = vg_certificate_signer_read(certificate, key, &signer, error);
    }
    if (status != VG_OK) {
        return status;
    }
    const struct vg_certificate_claims claims = {json, request->issuer, request->issued, request->expires};
    vg_buffer_init(&text, 0);
    status = vg_certificate_issue(&claims, signer, &text, error);
    if (status != VG_OK) {
        status = vg_fail_context(error, "%s: ", request->claims_path);
    } else if (request->svg) {
        status = vg_certificate_qr_svg(vg_text_of(text.data, text.size), out, error);
    } else if (request->png) {
        status = vg_certificate_qr_png(vg_text_of(text.data, text.size), 6, out, error);
    } else {
        vg_buffer_append(out, text.data, text.size);
        vg_buffer_char(out, '\n');
    }
    vg_buffer_release(&text);
    vg_certificate_signer_free(signer);
    return status == VG_OK && out->failed ? vg_fail_memory(error, 0) : status;
}

vg_status vg_job_certificate_signer(const char *country, const char *name, const char *kinds, int64_t from, int64_t to, struct vg_buffer *certificate_pem, struct vg_buffer *key_pem,
                                    struct vg_error *error)
{
    bool wanted[VG_CERTIFICATE_KINDS] = {false};
    if (kinds == NULL) {
        kinds = "test,vaccination,recovery";
    }
    for (const char *at = kinds; *at != '\0';) {
        size_t size = strcspn(at, ","), kind = 0;
        while (kind < VG_CERTIFICATE_KINDS && !vg_text_equals(vg_text_of(at, size), vg_certificate_kind_name((enum vg_certificate_kind)kind))) {
            kind++;
        }
        if (kind == VG_CERTIFICATE_KINDS) {
            return vg_fail(error, VG_USAGE_ERROR, "\"%.*s\" is no kind of certificate; there are test, vaccination, recovery", size > 40 ? 40 : (int)size, at);
        }
        wanted[kind] = true;
        at += size + (at[size] == ',' ? 1 : 0);
    }
    return vg_certificate_signer_new(country, name, wanted, from, to, certificate_pem, key_pem, error);
}
