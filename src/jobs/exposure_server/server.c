/*
 * The service as a whole: opened, asked, and what all answers share.
 */
#include "jobs/exposure_server/internal.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PADDING_LEAST 768 /* bytes, 1,024 as text */
#define EXPORT_FILE_MAX ((size_t)512 << 20)

/* -------------------------------------------------------------- small forms */

void server_random(void *out, size_t size)
{
    randombytes_buf(out, size);
}

void server_hash(const struct vg_exposure_server *server, const char *what, const void *data, size_t size, uint8_t out[VG_STORED_HASH_BYTES])
{
    crypto_generichash_state state;
    (void)crypto_generichash_init(&state, server->secret, sizeof server->secret, VG_STORED_HASH_BYTES);
    (void)crypto_generichash_update(&state, (const unsigned char *)what, strlen(what) + 1);
    (void)crypto_generichash_update(&state, data, size);
    (void)crypto_generichash_final(&state, out, VG_STORED_HASH_BYTES);
}

const char *server_text(const json_t *body, const char *name)
{
    const json_t *value = json_object_get(body, name);
    return json_is_string(value) && strlen(json_string_value(value)) == json_string_length(value) ? json_string_value(value) : "";
}

void server_put_padding(struct vg_buffer *out)
{
    unsigned char bytes[2 * PADDING_LEAST];
    size_t size = PADDING_LEAST + randombytes_uniform(PADDING_LEAST);
    randombytes_buf(bytes, size);
    vg_buffer_text(out, ",\"padding\":\"");
    vg_buffer_base64(out, bytes, size, VG_BASE64_STANDARD);
    vg_buffer_char(out, '"');
}

vg_status server_refuse(struct server_call *call, unsigned http_status, const char *code, const char *why)
{
    call->http_status = http_status;
    vg_buffer_clear(call->out);
    vg_buffer_text(call->out, "{\"error\":");
    vg_buffer_json_string(call->out, why, strlen(why));
    vg_buffer_format(call->out, ",\"errorCode\":\"%s\",\"code\":\"%s\"", code, code);
    server_put_padding(call->out);
    vg_buffer_char(call->out, '}');
    return VG_OK;
}

/* ------------------------------------------------------------ open and end */

static vg_status read_key(const char *folder, const char *name, struct vg_p256_key **key, struct vg_error *error)
{
    char path[SERVER_PATH_BYTES];
    struct vg_buffer pem;
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    vg_buffer_init(&pem, 0);
    vg_status status = vg_file_read(path, 1 << 20, &pem, error);
    if (status == VG_OK) {
        status = vg_p256_read_pem(pem.data, pem.size, key, error);
        status = status != VG_OK              ? vg_fail_context(error, "%s: ", path)
                 : !vg_p256_is_private(*key) ? vg_fail(error, VG_DATA_ERROR, "%s holds no private key", path)
                                             : VG_OK;
    }
    vg_buffer_release(&pem);
    return status;
}

static vg_status read_secret(const char *folder, unsigned char secret[32], struct vg_error *error)
{
    char path[SERVER_PATH_BYTES];
    struct vg_buffer text;
    (void)snprintf(path, sizeof path, "%s/secret", folder);
    vg_buffer_init(&text, 0);
    vg_status status = vg_file_read(path, 4096, &text, error);
    if (status == VG_OK && !vg_hex_decode(vg_text_trim(vg_text_of(text.data, text.size)), secret, 32)) {
        status = vg_fail(error, VG_DATA_ERROR, "%s: 64 hexadecimal digits were expected", path);
    }
    vg_buffer_release(&text);
    return status;
}

vg_status vg_exposure_server_open(const char *folder, struct vg_exposure_server **out, struct vg_error *error)
{
    *out = NULL;
    struct vg_exposure_server *server = calloc(1, sizeof *server);
    if (server == NULL) {
        return vg_fail_memory(error, sizeof *server);
    }
    (void)pthread_mutex_init(&server->lock, NULL);
    vg_exposure_upload_rules_defaults(&server->rules);
    vg_status status = (size_t)snprintf(server->folder, sizeof server->folder, "%s", folder) < sizeof server->folder
                           ? VG_OK
                           : vg_fail(error, VG_USAGE_ERROR, "the path of the folder is too long");
    if (status == VG_OK) {
        status = server_settings_read(folder, &server->settings, error);
    }
    if (status == VG_OK) {
        status = read_secret(folder, server->secret, error);
    }
    if (status == VG_OK) {
        status = read_key(folder, "verification.key", &server->verification_key, error);
    }
    if (status == VG_OK) {
        status = read_key(folder, "export.key", &server->export_key, error);
    }
    if (status == VG_OK) {
        status = vg_exposure_store_open(folder, &server->store, error);
    }
    if (status != VG_OK) {
        vg_exposure_server_close(server);
        return status;
    }
    *out = server;
    return VG_OK;
}

void vg_exposure_server_close(struct vg_exposure_server *server)
{
    if (server != NULL) {
        vg_exposure_store_close(server->store);
        vg_p256_free(server->verification_key);
        vg_p256_free(server->export_key);
        sodium_memzero(server->secret, sizeof server->secret);
        (void)pthread_mutex_destroy(&server->lock);
        free(server);
    }
}

/* ----------------------------------------------------------------- answers */

static bool holds_key(const struct vg_exposure_server *server, const char *api_key, enum server_role role)
{
    char digest[65];
    if (api_key == NULL) {
        return false;
    }
    vg_sha256(api_key, strlen(api_key), digest);
    return sodium_memcmp(digest, server->settings.api_keys[role], 64) == 0;
}

/* What is given to anybody: exports, their index, public keys. */
static vg_status give_file(struct server_call *call)
{
    const struct vg_exposure_server *server = call->server;
    const char *path = call->question->path, *name = path;
    char file[SERVER_PATH_BYTES], region[sizeof server->settings.region + 16];
    if (strcmp(path, "/keys/export.pem") == 0 || strcmp(path, "/keys/verification.pem") == 0) {
        call->media_type = "application/x-pem-file";
        return vg_p256_write_pem(path[6] == 'e' ? server->export_key : server->verification_key, false, call->out, &call->error);
    }
    (void)snprintf(region, sizeof region, "/exports/%s/", server->settings.region);
    name += strncmp(path, region, strlen(region)) == 0 ? strlen(region) : 0;
    /* Names that are made here: digits, hyphens and an ending. */
    bool is_index = strcmp(name, "index.txt") == 0;
    size_t digits = strspn(name, "0123456789-");
    if (name == path || (!is_index && (digits == 0 || strcmp(name + digits, ".zip") != 0))) {
        return server_refuse(call, 404, "not_found", "there is nothing of this name");
    }
    (void)snprintf(file, sizeof file, "%s%s", server->folder, path);
    call->media_type = is_index ? "text/plain; charset=utf-8" : "application/zip";
    if (!vg_file_exists(file)) { /* an index: nothing is exported yet */
        return is_index ? VG_OK : server_refuse(call, 404, "not_found", "there is no such export, or not any more");
    }
    return vg_file_read(file, EXPORT_FILE_MAX, call->out, &call->error);
}

static const struct {
    const char *path;
    server_handler *handle;
    bool posts;
    enum server_role role; /* SERVER_ROLES: anybody */
} routes[] = {{"/v1/publish", server_publish, true, SERVER_ROLES},          {"/api/issue", server_issue, true, SERVER_ADMIN},
              {"/api/batch-issue", server_batch_issue, true, SERVER_ADMIN}, {"/api/checkcodestatus", server_check_code, true, SERVER_ADMIN},
              {"/api/expirecode", server_expire_code, true, SERVER_ADMIN},  {"/api/verify", server_verify, true, SERVER_DEVICE},
              {"/api/certificate", server_certify, true, SERVER_DEVICE},    {"/api/stats", server_stats, false, SERVER_STATS},
              {"/api/user-report", server_user_report, true, SERVER_DEVICE}, {"/api/messages", server_messages, true, SERVER_ADMIN}};

static vg_status answer(struct server_call *call)
{
    const struct vg_exposure_question *question = call->question;
    size_t i = 0;
    while (i < sizeof routes / sizeof *routes && strcmp(routes[i].path, question->path) != 0) {
        i++;
    }
    if (i == sizeof routes / sizeof *routes) {
        return question->posts ? server_refuse(call, 404, "not_found", "there is nothing of this name") : give_file(call);
    }
    if (routes[i].posts != question->posts) {
        return server_refuse(call, 405, "method_not_allowed", routes[i].posts ? "this is asked by POST" : "this is asked by GET");
    }
    if (routes[i].role != SERVER_ROLES && !holds_key(call->server, question->api_key, routes[i].role)) {
        return server_refuse(call, 401, "unauthorized", "the header X-API-Key holds no key that may ask this");
    }
    if (question->chaff) { /* answered alike, and nothing done: nobody who listens can tell it from a real one */
        vg_buffer_text(call->out, "{\"chaff\":true");
        server_put_padding(call->out);
        vg_buffer_char(call->out, '}');
        return VG_OK;
    }
    if (question->posts) {
        call->body = question->body_size > VG_EXPOSURE_BODY_BYTES_MAX ? NULL : json_loadb(question->body, question->body_size, JSON_REJECT_DUPLICATES, NULL);
        if (!json_is_object(call->body)) {
            return question->body_size > VG_EXPOSURE_BODY_BYTES_MAX ? server_refuse(call, 413, "bad_request", "at most 64 kB are taken")
                                                                    : server_refuse(call, 400, strcmp(routes[i].path, "/v1/publish") == 0 ? "bad_request" : "unparsable_request",
                                                                                    "an object of JSON was expected");
        }
    }
    (void)pthread_mutex_lock(&call->server->lock);
    vg_status status = vg_exposure_store_begin(call->server->store, &call->error);
    if (status == VG_OK) {
        status = routes[i].handle(call);
        /* What was refused leaves nothing behind but what handlers count on purpose. */
        status = vg_exposure_store_end(call->server->store, status, &call->error);
    }
    (void)pthread_mutex_unlock(&call->server->lock);
    return status;
}

unsigned vg_exposure_server_answer(struct vg_exposure_server *server, const struct vg_exposure_question *question, int64_t now, struct vg_buffer *out, const char **media_type)
{
    struct server_call call = {.server = server, .question = question, .now = now, .out = out, .http_status = 200, .media_type = "application/json"};
    vg_status status = answer(&call);
    if (status != VG_OK || out->failed) {
        out->failed = false;
        call.media_type = "application/json";
        (void)server_refuse(&call, 500, "internal_error", "the server could not do it; what was sent is not kept");
    }
    json_decref(call.body);
    *media_type = call.media_type;
    return call.http_status;
}
