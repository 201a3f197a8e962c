/*
 * The HTTP side: libmicrohttpd's threads, the checks every request passes, the embedded page, and the sending of bodies.
 * One store handle serves all threads: answers hold its lock for reading, and a look for newer data, at most once a second, for writing.
 */
#include "serve/http.h"

#include "serve/assets.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CONNECTIONS_MAX 256
#define CONNECTION_MEMORY_BYTES (32U << 10) /* request line and headers */
#define CONNECTION_TIMEOUT_SECONDS 30
#define CACHE_BYTES ((size_t)64 << 20)

struct vg_server {
    struct MHD_Daemon *daemon;
    struct vg_store *store;
    pthread_rwlock_t store_lock;
    atomic_llong refreshed_at;
    struct serve_cache cache;
};

static const char security_policy[] = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

bool serve_host_is_local(const char *host)
{
    if (host == NULL) {
        return false;
    }
    char name[64];
    size_t length = host[0] == '[' ? strcspn(host, "]") + (strchr(host, ']') != NULL) : strcspn(host, ":");
    if (length >= sizeof name) {
        return false;
    }
    memcpy(name, host, length);
    name[length] = '\0';
    const char *port = host + length;
    if (*port != '\0' && (*port != ':' || strspn(port + 1, "0123456789") != strlen(port + 1))) {
        return false;
    }
    struct in_addr address;
    if (inet_pton(AF_INET, name, &address) == 1) {
        return ntohl(address.s_addr) >> 24 == 127;
    }
    return strcasecmp(name, "localhost") == 0 || strcmp(name, "[::1]") == 0;
}

static enum MHD_Result take_parameter(void *context, enum MHD_ValueKind kind, const char *name, const char *value)
{
    (void)kind;
    struct serve_request *request = context;
    value = value == NULL ? "" : value;
    if (request->n_parameters == SERVE_PARAMETERS_MAX) {
        request->too_many_parameters = true;
        return MHD_NO;
    }
    size_t size = strlen(value);
    if (size > SERVE_VALUE_BYTES_MAX || strlen(name) > SERVE_VALUE_BYTES_MAX || !vg_utf8_valid(value, size)) {
        request->bad_parameter = true;
    }
    for (size_t i = 0; i < request->n_parameters; i++) {
        request->bad_parameter = request->bad_parameter || strcmp(request->parameters[i].name, name) == 0;
    }
    request->parameters[request->n_parameters++] = (struct serve_parameter){name, value};
    return MHD_YES;
}

static void add_common_headers(struct MHD_Response *response)
{
    (void)MHD_add_response_header(response, "Content-Security-Policy", security_policy);
    (void)MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    (void)MHD_add_response_header(response, "Referrer-Policy", "no-referrer");
    (void)MHD_add_response_header(response, "Cross-Origin-Resource-Policy", "same-origin");
    (void)MHD_add_response_header(response, "Vary", "Accept-Encoding");
}

static enum MHD_Result queue(struct MHD_Connection *connection, unsigned status, struct MHD_Response *response)
{
    enum MHD_Result result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result send_error(struct MHD_Connection *connection, unsigned http_status, const char *status_name, const char *message)
{
    struct vg_buffer body;
    vg_buffer_init(&body, 0);
    vg_buffer_text(&body, "{\"error\":{\"status\":");
    vg_buffer_json_string(&body, status_name, strlen(status_name));
    vg_buffer_text(&body, ",\"message\":");
    vg_buffer_json_string(&body, message, strlen(message));
    vg_buffer_text(&body, "}}");
    struct MHD_Response *response = body.failed ? NULL : MHD_create_response_from_buffer(body.size, body.data, MHD_RESPMEM_MUST_COPY);
    vg_buffer_release(&body);
    if (response == NULL) {
        return MHD_NO;
    }
    add_common_headers(response);
    (void)MHD_add_response_header(response, "Content-Type", "application/json; charset=utf-8");
    (void)MHD_add_response_header(response, "Cache-Control", "no-store");
    if (http_status == MHD_HTTP_METHOD_NOT_ALLOWED) {
        (void)MHD_add_response_header(response, "Allow", "GET, HEAD");
    }
    return queue(connection, http_status, response);
}

/* If-None-Match holds our tag, or a star. */
static bool tag_matches(const char *if_none_match, const char *etag)
{
    return if_none_match != NULL && (strcmp(if_none_match, "*") == 0 || strstr(if_none_match, etag) != NULL);
}

static enum MHD_Result send_not_modified(struct MHD_Connection *connection, const char *etag)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    if (response == NULL) {
        return MHD_NO;
    }
    add_common_headers(response);
    (void)MHD_add_response_header(response, "ETag", etag);
    return queue(connection, MHD_HTTP_NOT_MODIFIED, response);
}

/* The library frees a response when its last byte is sent; only then the body loses this user. */
struct sent_body {
    struct serve_cache *cache;
    struct serve_body *body;
    const char *data;
    size_t size;
};

static ssize_t read_sent_body(void *context, uint64_t position, char *out, size_t capacity)
{
    struct sent_body *sent = context;
    size_t left = sent->size - (size_t)position;
    size_t n = left < capacity ? left : capacity;
    memcpy(out, sent->data + position, n);
    return (ssize_t)n;
}

static void free_sent_body(void *context)
{
    struct sent_body *sent = context;
    serve_body_drop(sent->cache, sent->body);
    free(sent);
}

static enum MHD_Result send_body(struct vg_server *server, struct MHD_Connection *connection, const struct serve_request *request, struct serve_body *body)
{
    struct sent_body *sent = malloc(sizeof *sent);
    if (sent == NULL) {
        serve_body_drop(&server->cache, body);
        return MHD_NO;
    }
    bool zipped = request->accepts_gzip && body->gzip_data != NULL;
    *sent = (struct sent_body){&server->cache, body, zipped ? body->gzip_data : body->data, zipped ? body->gzip_size : body->size};
    struct MHD_Response *response = MHD_create_response_from_callback(sent->size, 64U << 10, read_sent_body, sent, free_sent_body);
    if (response == NULL) {
        free_sent_body(sent);
        return MHD_NO;
    }
    add_common_headers(response);
    (void)MHD_add_response_header(response, "Content-Type", body->media_type);
    (void)MHD_add_response_header(response, "Cache-Control", "private, no-cache");
    (void)MHD_add_response_header(response, "ETag", body->etag);
    if (zipped) {
        (void)MHD_add_response_header(response, "Content-Encoding", "gzip");
    }
    if (body->file_name[0] != '\0') {
        char disposition[192];
        (void)snprintf(disposition, sizeof disposition, "attachment; filename=\"%s\"", body->file_name);
        (void)MHD_add_response_header(response, "Content-Disposition", disposition);
    }
    return queue(connection, MHD_HTTP_OK, response);
}

/* Sees what another process (vigia import) has committed; at most once a second, as it stops the other answers for a moment. */
static void refresh_store(struct vg_server *server)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    long long last = atomic_load(&server->refreshed_at);
    if (now.tv_sec <= last || !atomic_compare_exchange_strong(&server->refreshed_at, &last, (long long)now.tv_sec)) {
        return;
    }
    (void)pthread_rwlock_wrlock(&server->store_lock);
    struct vg_error error;
    if (vg_store_refresh(server->store, &error) != VG_OK) {
        (void)fprintf(stderr, "vigia serve: the newest data cannot be read yet: %s\n", error.message);
    }
    (void)pthread_rwlock_unlock(&server->store_lock);
}

static enum MHD_Result answer_api(struct vg_server *server, struct MHD_Connection *connection, const struct serve_request *request)
{
    struct vg_error error = {0};
    struct serve_body *body = NULL;
    refresh_store(server);
    (void)pthread_rwlock_rdlock(&server->store_lock);
    vg_status status = serve_api(server->store, request, &server->cache, &body, &error);
    (void)pthread_rwlock_unlock(&server->store_lock);
    if (status != VG_OK) {
        return send_error(connection, serve_http_status(status), serve_status_name(status), error.message);
    }
    if (tag_matches(request->if_none_match, body->etag)) {
        enum MHD_Result result = send_not_modified(connection, body->etag);
        serve_body_drop(&server->cache, body);
        return result;
    }
    return send_body(server, connection, request, body);
}

static enum MHD_Result answer_asset(struct MHD_Connection *connection, const struct serve_request *request)
{
    const struct vg_asset *asset = NULL;
    for (size_t i = 0; i < vg_asset_count && asset == NULL; i++) {
        asset = strcmp(vg_assets[i].path, request->path) == 0 ? &vg_assets[i] : NULL;
    }
    if (asset == NULL) {
        return send_error(connection, MHD_HTTP_NOT_FOUND, "not_found", "there is nothing at this address");
    }
    char etag[32];
    (void)snprintf(etag, sizeof etag, "\"%016llx\"", (unsigned long long)vg_hash_bytes(asset->data, asset->size, 0));
    if (tag_matches(request->if_none_match, etag)) {
        return send_not_modified(connection, etag);
    }
    bool zipped = request->accepts_gzip && asset->gzip_data != NULL;
    const unsigned char *data = zipped ? asset->gzip_data : asset->data;
    struct MHD_Response *response =
        MHD_create_response_from_buffer(zipped ? asset->gzip_size : asset->size, (void *)(uintptr_t)data, MHD_RESPMEM_PERSISTENT);
    if (response == NULL) {
        return MHD_NO;
    }
    add_common_headers(response);
    (void)MHD_add_response_header(response, "Content-Type", asset->media_type);
    (void)MHD_add_response_header(response, "ETag", etag);
    (void)MHD_add_response_header(response, "Cache-Control", asset->immutable ? "public, max-age=31536000, immutable" : "no-cache");
    if (zipped) {
        (void)MHD_add_response_header(response, "Content-Encoding", "gzip");
    }
    return queue(connection, MHD_HTTP_OK, response);
}

/* gzip;q=0 is a refusal. */
static bool wants_gzip(const char *accepted)
{
    const char *at = accepted == NULL ? NULL : strstr(accepted, "gzip");
    return at != NULL && strncmp(at, "gzip;q=0", 8) != 0;
}

static enum MHD_Result answer(void *context, struct MHD_Connection *connection, const char *url, const char *method, const char *version,
                              const char *upload, size_t *upload_size, void **state)
{
    static const char marker = 0;
    struct vg_server *server = context;
    (void)version;
    (void)upload;
    if (*state == NULL) { /* headers have arrived; the library calls again when the request is whole */
        *state = (void *)(uintptr_t)&marker;
        return MHD_YES;
    }
    if (*upload_size != 0) {
        *upload_size = 0; /* bodies are read and left aside: no route takes one */
        return MHD_YES;
    }
    struct serve_request request = {.path = url};
    request.host = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_HOST);
    request.if_none_match = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_IF_NONE_MATCH);
    request.accepts_gzip = wants_gzip(MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT_ENCODING));
    if (!serve_host_is_local(request.host)) {
        return send_error(connection, MHD_HTTP_MISDIRECTED_REQUEST, "usage_error", "this node answers to names of this machine only (localhost, 127.0.0.1)");
    }
    if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0) {
        return send_error(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "usage_error", "only GET and HEAD are answered");
    }
    (void)MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, take_parameter, &request);
    if (strncmp(url, "/api/", 5) == 0) {
        return answer_api(server, connection, &request);
    }
    return answer_asset(connection, &request);
}

static vg_status parse_address(const struct vg_server_options *options, struct sockaddr_storage *address, bool *is_v6, struct vg_error *error)
{
    const char *text = options->address == NULL ? "127.0.0.1" : options->address;
    struct sockaddr_in *v4 = (struct sockaddr_in *)address;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)address;
    memset(address, 0, sizeof *address);
    *is_v6 = false;
    if (inet_pton(AF_INET, strcmp(text, "localhost") == 0 ? "127.0.0.1" : text, &v4->sin_addr) == 1 && ntohl(v4->sin_addr.s_addr) >> 24 == 127) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(options->port);
        return VG_OK;
    }
    memset(address, 0, sizeof *address);
    if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1 && IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr)) {
        *is_v6 = true;
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(options->port);
        return VG_OK;
    }
    return vg_fail(error, VG_USAGE_ERROR, "the page is served on this machine only (127.0.0.1 or ::1), as users and passwords are not there yet; \"%.60s\" is refused", text);
}

static vg_status start_daemon(struct vg_server *server, const struct vg_server_options *options, struct vg_error *error)
{
    struct sockaddr_storage address;
    bool is_v6 = false;
    vg_status status = parse_address(options, &address, &is_v6, error);
    if (status != VG_OK) {
        return status;
    }
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | (is_v6 ? (unsigned)MHD_USE_IPv6 : 0U);
    server->daemon = MHD_start_daemon(flags, options->port, NULL, NULL, answer, server, MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&address,
                                      MHD_OPTION_THREAD_POOL_SIZE, options->threads == 0 ? 4U : options->threads, MHD_OPTION_CONNECTION_LIMIT,
                                      (unsigned)CONNECTIONS_MAX, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY_BYTES,
                                      MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)CONNECTION_TIMEOUT_SECONDS, MHD_OPTION_LISTENING_ADDRESS_REUSE, 1U,
                                      MHD_OPTION_END);
    if (server->daemon == NULL) {
        return vg_fail(error, VG_SYSTEM_ERROR, "port %u cannot be served: is another program using it? (--port 0 takes any free one)", options->port);
    }
    return VG_OK;
}

vg_status vg_server_start(const struct vg_server_options *options, struct vg_server **out, struct vg_error *error)
{
    struct vg_server *server = calloc(1, sizeof *server);
    *out = NULL;
    if (server == NULL) {
        return vg_fail_memory(error, sizeof *server);
    }
    pthread_rwlockattr_t attributes;
    (void)pthread_rwlockattr_init(&attributes);
    (void)pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    (void)pthread_rwlock_init(&server->store_lock, &attributes);
    (void)pthread_rwlockattr_destroy(&attributes);
    serve_cache_init(&server->cache, options->cache_bytes == 0 ? CACHE_BYTES : options->cache_bytes);
    vg_status status = vg_store_open(options->node_folder, VG_STORE_READ, &server->store, error);
    if (status == VG_OK) {
        status = start_daemon(server, options, error);
    }
    if (status != VG_OK) {
        vg_server_stop(server);
        return status;
    }
    *out = server;
    return VG_OK;
}

uint16_t vg_server_port(const struct vg_server *server)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT);
    return info == NULL ? 0 : info->port;
}

void vg_server_stop(struct vg_server *server)
{
    if (server == NULL) {
        return;
    }
    if (server->daemon != NULL) {
        MHD_stop_daemon(server->daemon);
    }
    vg_store_close(server->store);
    serve_cache_release(&server->cache);
    (void)pthread_rwlock_destroy(&server->store_lock);
    free(server);
}
