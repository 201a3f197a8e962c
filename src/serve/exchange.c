/*
 * One request and its answer: the checks that every request passes, the embedded page, questions that are handed to the workers
 * while the connection is suspended, and the headers of what leaves.
 */
#include "serve/server_internal.h"

#include "serve/assets.h"

#include <stdlib.h>
#include <string.h>

static const char security_policy[] =
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

#define ANSWER_BYTES_PER_SECOND 32768 /* the slowest client that is still served */

struct exchange {
    struct serve_waiter waiter; /* first: the workers know only this */
    struct vg_server *server;
    struct MHD_Connection *connection;
    char *target;
    struct serve_request request;
    struct serve_question question;
    struct vg_buffer body; /* of what is posted */
    struct serve_step step;
    struct serve_order order;
    struct serve_followups followups;
    struct serve_tracing tracing;
    struct serve_stock stock;
    struct serve_plan plan;
    bool headers_seen, asked;
};

void *exchange_begin(void *context, const char *target, struct MHD_Connection *connection)
{
    struct vg_server *server = context;
    struct exchange *exchange = calloc(1, sizeof *exchange);
    if (exchange == NULL) {
        return NULL;
    }
    exchange->server = server;
    exchange->connection = connection;
    exchange->target = strndup(target, SERVE_TARGET_BYTES_MAX + 1);
    vg_buffer_init(&exchange->body, SERVE_SIMULATION_BODY_BYTES_MAX + 1);
    atomic_fetch_add(&server->n_exchanges, 1);
    return exchange;
}

static struct serve_guard_slot *slot_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info == NULL ? NULL : info->socket_context;
}

void exchange_end(void *context, struct MHD_Connection *connection, void **state, enum MHD_RequestTerminationCode how)
{
    struct vg_server *server = context;
    struct exchange *exchange = *state;
    (void)how;
    serve_guard_allow(&server->guard, slot_of(connection), server->request_seconds);
    if (exchange != NULL) {
        serve_body_drop(&server->cache, exchange->waiter.body);
        vg_buffer_release(&exchange->body);
        serve_order_release(&exchange->order);
        serve_followups_release(&exchange->followups);
        serve_tracing_release(&exchange->tracing);
        serve_stock_release(&exchange->stock);
        serve_plan_release(&exchange->plan);
        free(exchange->target);
        free(exchange);
        atomic_fetch_sub(&server->n_exchanges, 1);
        *state = NULL;
    }
}

void exchange_connection(void *context, struct MHD_Connection *connection, void **slot,
                         enum MHD_ConnectionNotificationCode what)
{
    struct vg_server *server = context;
    if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
        serve_guard_leave(&server->guard, *slot);
        *slot = NULL;
        return;
    }
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    *slot = info == NULL ? NULL : serve_guard_enter(&server->guard, info->connect_fd);
    serve_guard_allow(&server->guard, *slot, server->request_seconds);
}

/* ---------------------------------------------------------------- sending */

/* A document says what it may load, and so does the worker that gives it without a connection; what is neither loads nothing, which is shorter too. */
static void add_common_headers(struct MHD_Response *response, bool is_document)
{
    (void)MHD_add_response_header(response, "Content-Security-Policy", is_document ? security_policy : "default-src 'none'; frame-ancestors 'none'");
    (void)MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    (void)MHD_add_response_header(response, "Referrer-Policy", "no-referrer");
    (void)MHD_add_response_header(response, "Cross-Origin-Resource-Policy", "same-origin");
    if (is_document) {
        (void)MHD_add_response_header(response, "Cross-Origin-Opener-Policy", "same-origin");
    }
    (void)MHD_add_response_header(response, "Vary", "Accept-Encoding");
}

static enum MHD_Result queue(struct exchange *exchange, unsigned status, struct MHD_Response *response, size_t bytes)
{
    struct vg_server *server = exchange->server;
    if (atomic_load(&server->ending)) {
        (void)MHD_add_response_header(response, "Connection", "close");
    }
    serve_guard_allow(&server->guard, slot_of(exchange->connection), server->answer_seconds + bytes / ANSWER_BYTES_PER_SECOND);
    enum MHD_Result result = MHD_queue_response(exchange->connection, status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result send_error(struct exchange *exchange, unsigned http_status, const char *status_name, const char *message)
{
    struct vg_buffer body;
    vg_buffer_init(&body, 0);
    vg_buffer_text(&body, "{\"error\":{\"status\":");
    vg_buffer_json_string(&body, status_name, strlen(status_name));
    vg_buffer_text(&body, ",\"message\":");
    vg_buffer_json_string(&body, message, strlen(message));
    vg_buffer_text(&body, "}}");
    size_t size = body.size;
    struct MHD_Response *response =
        body.failed ? NULL : MHD_create_response_from_buffer(size, body.data, MHD_RESPMEM_MUST_COPY);
    vg_buffer_release(&body);
    if (response == NULL) {
        return MHD_NO;
    }
    add_common_headers(response, false);
    (void)MHD_add_response_header(response, "Content-Type", "application/json; charset=utf-8");
    (void)MHD_add_response_header(response, "Cache-Control", "no-store");
    if (http_status == MHD_HTTP_METHOD_NOT_ALLOWED) {
        (void)MHD_add_response_header(response, "Allow", serve_post_of(exchange->request.path) != SERVE_POST_NONE ? "GET, HEAD, POST" : "GET, HEAD");
    }
    if (http_status == MHD_HTTP_SERVICE_UNAVAILABLE) {
        (void)MHD_add_response_header(response, "Retry-After", "2");
    }
    if (!exchange->headers_seen) {
        (void)MHD_add_response_header(response, "Connection", "close"); /* what may follow as a body is not read */
    }
    return queue(exchange, http_status, response, size);
}

static void add_tag(struct MHD_Response *response, uint64_t tag, bool zipped)
{
    char text[40];
    (void)snprintf(text, sizeof text, "\"%016llx%s\"", (unsigned long long)tag, zipped ? "-gzip" : "");
    (void)MHD_add_response_header(response, "ETag", text);
}

/* The headers of a 304 take the place of the stored ones (RFC 9111, 4.3.4), so they are those of the whole answer. */
static enum MHD_Result send_not_modified(struct exchange *exchange, uint64_t tag, const char *cache_control, bool is_document)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    if (response == NULL) {
        return MHD_NO;
    }
    add_common_headers(response, is_document);
    add_tag(response, tag, false);
    (void)MHD_add_response_header(response, "Cache-Control", cache_control);
    return queue(exchange, MHD_HTTP_NOT_MODIFIED, response, 0);
}

static const char *header_of(const struct exchange *exchange, const char *name)
{
    return MHD_lookup_connection_value(exchange->connection, MHD_HEADER_KIND, name);
}

/* -------------------------------------------------------------- the page */

static enum MHD_Result answer_asset(struct exchange *exchange)
{
    const struct vg_asset *asset = NULL;
    for (size_t i = 0; i < vg_asset_count && asset == NULL; i++) {
        asset = strcmp(vg_assets[i].path, exchange->request.path) == 0 ? &vg_assets[i] : NULL;
    }
    if (asset == NULL) {
        return send_error(exchange, MHD_HTTP_NOT_FOUND, "not_found", "there is nothing at this address");
    }
    const char *cache_control = asset->immutable ? "public, max-age=31536000, immutable" : "no-cache";
    uint64_t tag = vg_hash_bytes(asset->data, asset->size, 0);
    bool is_document = !asset->immutable;
    if (serve_tag_matches(header_of(exchange, MHD_HTTP_HEADER_IF_NONE_MATCH), tag)) {
        return send_not_modified(exchange, tag, cache_control, is_document);
    }
    bool zipped = asset->gzip_data != NULL && serve_accepts_gzip(header_of(exchange, MHD_HTTP_HEADER_ACCEPT_ENCODING));
    const unsigned char *data = zipped ? asset->gzip_data : asset->data;
    size_t size = zipped ? asset->gzip_size : asset->size;
    struct MHD_Response *response = MHD_create_response_from_buffer(size, (void *)(uintptr_t)data, MHD_RESPMEM_PERSISTENT);
    if (response == NULL) {
        return MHD_NO;
    }
    add_common_headers(response, is_document);
    add_tag(response, tag, zipped);
    (void)MHD_add_response_header(response, "Content-Type", asset->media_type);
    (void)MHD_add_response_header(response, "Cache-Control", cache_control);
    if (zipped) {
        (void)MHD_add_response_header(response, "Content-Encoding", "gzip");
    }
    return queue(exchange, MHD_HTTP_OK, response, size);
}

/* --------------------------------------------------------------- the API */

#define API_CACHE_CONTROL "private, no-cache"

static enum MHD_Result send_body(struct exchange *exchange, struct serve_body *body)
{
    bool zipped = body->gzip_data != NULL && serve_accepts_gzip(header_of(exchange, MHD_HTTP_HEADER_ACCEPT_ENCODING));
    char *data = zipped ? body->gzip_data : body->data;
    size_t size = zipped ? body->gzip_size : body->size;
    /* The exchange holds the body until the last byte is sent. */
    struct MHD_Response *response = MHD_create_response_from_buffer(size, data, MHD_RESPMEM_PERSISTENT);
    if (response == NULL) {
        return MHD_NO;
    }
    add_common_headers(response, false);
    if (!exchange->question.live) {
        add_tag(response, body->tag, zipped);
    }
    (void)MHD_add_response_header(response, "Content-Type", body->media_type);
    (void)MHD_add_response_header(response, "Cache-Control", exchange->question.live ? "no-store" : API_CACHE_CONTROL);
    if (zipped) {
        (void)MHD_add_response_header(response, "Content-Encoding", "gzip");
    }
    if (body->file_name[0] != '\0') {
        char disposition[192];
        (void)snprintf(disposition, sizeof disposition, "attachment; filename=\"%s\"", body->file_name);
        (void)MHD_add_response_header(response, "Content-Disposition", disposition);
    }
    return queue(exchange, MHD_HTTP_OK, response, size);
}

static void suspend_exchange(struct serve_waiter *waiter)
{
    struct exchange *exchange = (struct exchange *)waiter;
    serve_guard_allow(&exchange->server->guard, slot_of(exchange->connection), UINT64_MAX);
    MHD_suspend_connection(exchange->connection);
}

static void resume_exchange(struct serve_waiter *waiter)
{
    struct exchange *exchange = (struct exchange *)waiter;
    MHD_resume_connection(exchange->connection);
}

/* What was posted, by the kind that its path asks for. */
static vg_status read_body(struct exchange *exchange, struct vg_error *error)
{
    const char *data = exchange->body.data;
    const size_t size = exchange->body.size;
    const enum serve_post post = serve_post_of(exchange->request.path);
    if (serve_question_simulates(&exchange->question)) {
        exchange->question.simulation.order = &exchange->order;
        return serve_order_parse(data, size, post == SERVE_POST_SIMULATION, &exchange->order, error);
    }
    switch (post) {
    case SERVE_POST_FOLLOWUPS:
        exchange->question.followups = &exchange->followups;
        return serve_followups_parse(data, size, &exchange->followups, error);
    case SERVE_POST_ENTRIES:
        exchange->question.tracing = &exchange->tracing;
        return serve_entries_parse(data, size, &exchange->tracing, error);
    case SERVE_POST_PERSONS:
        exchange->question.tracing = &exchange->tracing;
        return serve_persons_parse(data, size, &exchange->tracing, error);
    case SERVE_POST_STOCK:
        exchange->question.stock = &exchange->stock;
        return serve_stock_parse(data, size, &exchange->stock, error);
    case SERVE_POST_PLAN:
        exchange->question.plan = &exchange->plan;
        return serve_plan_parse(data, size, &exchange->plan, error);
    default:
        exchange->question.step = &exchange->step;
        return serve_step_parse(data, size, post, &exchange->step, error);
    }
}

static enum MHD_Result answer_question(struct exchange *exchange)
{
    struct vg_server *server = exchange->server;
    struct serve_waiter *waiter = &exchange->waiter;
    waiter->status = serve_question_read(&exchange->request, &exchange->question, &waiter->error);
    exchange->question.simulations = &server->simulations;
    exchange->question.wanted.plan_memory = server->plan_memory;
    exchange->question.role = server->role;
    exchange->question.wanted.names = server->role == VG_ROLE_CASE_WORKER;
    if (waiter->status == VG_OK && exchange->request.posts) {
        waiter->status = read_body(exchange, &waiter->error);
    }
    if (waiter->status != VG_OK) {
        return send_error(exchange, serve_http_status(waiter->status), serve_status_name(waiter->status),
                          waiter->error.message);
    }
    uint64_t tag = serve_tag(serve_node_version(&server->node), vg_date_today(), &exchange->question);
    bool live = exchange->question.live;
    if (!live && serve_tag_matches(header_of(exchange, MHD_HTTP_HEADER_IF_NONE_MATCH), tag)) {
        return send_not_modified(exchange, tag, API_CACHE_CONTROL, false); /* the client has it: nothing is computed */
    }
    if (live) {
        uint64_t number = atomic_fetch_add(&server->n_live, 1);
        tag = vg_hash_bytes(&number, sizeof number, tag);
    }
    waiter->body = live ? NULL : serve_cache_find(&server->cache, tag);
    if (waiter->body != NULL) {
        return send_body(exchange, waiter->body);
    }
    waiter->question = &exchange->question;
    waiter->tag = tag;
    waiter->ready = resume_exchange;
    exchange->asked = true;
    if (!serve_workers_ask(&server->workers, waiter, suspend_exchange)) {
        exchange->asked = false;
        return send_error(exchange, MHD_HTTP_SERVICE_UNAVAILABLE, "busy",
                          "too many questions are waiting for an answer; ask again in a moment");
    }
    return MHD_YES;
}

static enum MHD_Result send_answer(struct exchange *exchange)
{
    const struct serve_waiter *waiter = &exchange->waiter;
    if (waiter->status == VG_OK) {
        return send_body(exchange, waiter->body);
    }
    if (waiter->status == VG_SYSTEM_ERROR) {
        (void)fprintf(stderr, "vigia serve: %s: %s\n", exchange->request.path, waiter->error.message);
    }
    return send_error(exchange, serve_http_status(waiter->status), serve_status_name(waiter->status), waiter->error.message);
}

/* -------------------------------------------------------------- the checks */

/* A step is taken from the node's own page or a program of this machine only, as JSON, with its length told before. */
static enum MHD_Result check_step(struct exchange *exchange, bool *refused)
{
    const char *length = header_of(exchange, MHD_HTTP_HEADER_CONTENT_LENGTH);
    int64_t bytes = 0;
    if (!serve_origin_is_own(header_of(exchange, MHD_HTTP_HEADER_ORIGIN), header_of(exchange, "Sec-Fetch-Site"), header_of(exchange, MHD_HTTP_HEADER_HOST))) {
        return send_error(exchange, MHD_HTTP_FORBIDDEN, "usage_error", "a page of another site cannot change anything here");
    }
    if (!serve_is_json(header_of(exchange, MHD_HTTP_HEADER_CONTENT_TYPE))) {
        return send_error(exchange, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE, "usage_error", "the body is sent as Content-Type: application/json");
    }
    if (length == NULL || header_of(exchange, MHD_HTTP_HEADER_TRANSFER_ENCODING) != NULL || !vg_parse_integer(vg_text_from(length), &bytes) || bytes < 0) {
        return send_error(exchange, MHD_HTTP_LENGTH_REQUIRED, "usage_error", "the body's length is told before (Content-Length)");
    }
    if ((uint64_t)bytes > serve_post_bytes_max(serve_post_of(exchange->request.path))) {
        return send_error(exchange, MHD_HTTP_CONTENT_TOO_LARGE, "limit_exceeded", "the body is too long");
    }
    exchange->request.posts = true;
    *refused = false;
    return MHD_YES;
}

/* What can be refused from the headers alone. Sets *refused where it was. */
static enum MHD_Result check_headers(struct exchange *exchange, const char *method, bool *refused)
{
    const char *length = header_of(exchange, MHD_HTTP_HEADER_CONTENT_LENGTH);
    struct vg_error error = {0};
    *refused = true;
    exchange->request.path = "";
    if (!serve_host_is_local(header_of(exchange, MHD_HTTP_HEADER_HOST))) {
        return send_error(exchange, MHD_HTTP_MISDIRECTED_REQUEST, "usage_error",
                          "this node answers to names of this machine only (localhost, 127.0.0.1)");
    }
    bool posts = strcmp(method, MHD_HTTP_METHOD_POST) == 0;
    if (!posts && strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0) {
        return send_error(exchange, MHD_HTTP_METHOD_NOT_ALLOWED, "usage_error", "only GET and HEAD are answered, and POST to /api/v1/alarms, /api/v1/simulations, what is below them, /api/v1/tracing/followups, /entries and /persons, /api/v1/stock and /api/v1/plans");
    }
    if (!posts && ((length != NULL && strcmp(length, "0") != 0) || header_of(exchange, MHD_HTTP_HEADER_TRANSFER_ENCODING) != NULL)) {
        return send_error(exchange, MHD_HTTP_CONTENT_TOO_LARGE, "limit_exceeded", "a request carries no body here");
    }
    if (strlen(exchange->target) > SERVE_TARGET_BYTES_MAX) {
        return send_error(exchange, MHD_HTTP_URI_TOO_LONG, "limit_exceeded", "the address is too long");
    }
    if (serve_request_parse(exchange->target, &exchange->request, &error) != VG_OK) {
        return send_error(exchange, MHD_HTTP_BAD_REQUEST, "usage_error", error.message);
    }
    if (posts && serve_post_of(exchange->request.path) == SERVE_POST_NONE) {
        return send_error(exchange, MHD_HTTP_METHOD_NOT_ALLOWED, "usage_error", "only GET and HEAD are answered here, and POST to /api/v1/alarms, /api/v1/simulations, what is below them, /api/v1/tracing/followups, /entries and /persons, /api/v1/stock and /api/v1/plans");
    }
    if (posts) {
        return check_step(exchange, refused);
    }
    *refused = false;
    return MHD_YES;
}

enum MHD_Result exchange_go_on(void *context, struct MHD_Connection *connection, const char *url, const char *method,
                               const char *version, const char *upload, size_t *upload_size, void **state)
{
    struct exchange *exchange = *state;
    (void)context;
    (void)connection;
    (void)url;
    (void)version;
    if (exchange == NULL || exchange->target == NULL) {
        return MHD_NO; /* no memory: the connection is closed */
    }
    if (*upload_size != 0) {
        if (!exchange->request.posts || exchange->body.size + *upload_size > serve_post_bytes_max(serve_post_of(exchange->request.path))) {
            return MHD_NO; /* a body that was not announced */
        }
        vg_buffer_append(&exchange->body, upload, *upload_size);
        *upload_size = 0;
        return exchange->body.failed ? MHD_NO : MHD_YES;
    }
    if (!exchange->headers_seen) { /* the library calls again when the request is whole */
        bool refused = false;
        enum MHD_Result result = check_headers(exchange, method, &refused);
        exchange->headers_seen = true;
        return refused ? result : MHD_YES;
    }
    if (exchange->asked) {
        return send_answer(exchange);
    }
    if (strncmp(exchange->request.path, "/api/", 5) == 0) {
        return answer_question(exchange);
    }
    return answer_asset(exchange);
}
