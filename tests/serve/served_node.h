/*
 * A node in a folder of its own with a server before it, and what is asked of it and said to it as JSON.
 */
#ifndef SERVED_NODE_H
#define SERVED_NODE_H

#include "client.h"
#include "test_folder.h"

#include "serve/serve.h"

#include <jansson.h>

struct node {
    char folder[TEST_FOLDER_BYTES];
    struct vg_server *server;
    uint16_t port;
    struct vg_error error;
};

/* Node and folder, with what `create` makes in it and without a server; the message is printed where it fails. */
static inline bool new_node(void **state, vg_status (*create)(const char *folder, struct vg_error *error))
{
    struct node *node = calloc(1, sizeof *node);
    *state = node;
    if (!test_folder_make(node->folder) || create(node->folder, &node->error) != VG_OK) {
        print_error("%s\n", node->error.message);
        return false;
    }
    return true;
}

static inline bool start_server(struct node *node, const struct vg_server_options *options)
{
    struct vg_server_options wanted = *options;
    wanted.node_folder = node->folder;
    if (vg_server_start(&wanted, &node->server, &node->error) != VG_OK) {
        print_error("%s\n", node->error.message);
        return false;
    }
    node->port = vg_server_port(node->server);
    return node->port != 0;
}

static inline void restart(struct node *node, const struct vg_server_options *options)
{
    vg_server_stop(node->server);
    node->server = NULL;
    assert_true(start_server(node, options));
}

static inline int drop_node(void **state)
{
    struct node *node = *state;
    vg_server_stop(node->server);
    test_folder_remove(node->folder);
    free(node);
    return 0;
}

static inline json_t *json_of(const struct reply *reply)
{
    json_error_t error;
    json_t *body = json_loadb(reply->body, reply->body_bytes, 0, &error);
    if (body == NULL) {
        fail_msg("not JSON (%s): %.300s", error.text, reply->body);
    }
    return body;
}

/* What must be answered with 200. */
static inline json_t *get_json(const struct node *node, const char *target)
{
    struct reply reply;
    client_get(node->port, target, &reply);
    if (reply.status != 200) {
        fail_msg("%s: %u %.300s", target, reply.status, reply.body == NULL ? "" : reply.body);
    }
    json_t *body = json_of(&reply);
    reply_release(&reply);
    return body;
}

#define JSON "Content-Type: application/json\r\n"

static inline void post(const struct node *node, const char *target, const char *headers, const char *body, struct reply *reply)
{
    struct vg_buffer request;
    vg_buffer_init(&request, 0);
    vg_buffer_format(&request, "POST %s HTTP/1.1\r\nHost: localhost:%u\r\nContent-Length: %zu\r\n%s\r\n%s", target, node->port, strlen(body), headers, body);
    int s = client_connect(node->port);
    client_send(s, request.data, request.size);
    client_receive(s, true, reply);
    (void)close(s);
    vg_buffer_release(&request);
}

/* Of an answer that is a table: its rows, and the cell of a row and a named column. */
static inline size_t n_rows(const json_t *body) { return json_array_size(json_object_get(body, "rows")); }

static inline const json_t *named_cell(const json_t *body, size_t row, const char *column)
{
    const json_t *columns = json_object_get(body, "columns");
    for (size_t i = 0; i < json_array_size(columns); i++) {
        if (strcmp(json_string_value(json_array_get(columns, i)), column) == 0) {
            return json_array_get(json_array_get(json_object_get(body, "rows"), row), i);
        }
    }
    fail_msg("there is no column %s", column);
    return NULL;
}

static inline void assert_refused(const struct reply *reply, unsigned status, const char *name)
{
    char value[512];
    assert_int_equal(reply->status, status);
    json_t *body = json_of(reply);
    json_t *told = json_object_get(body, "error");
    assert_string_equal(json_string_value(json_object_get(told, "status")), name);
    assert_true(strlen(json_string_value(json_object_get(told, "message"))) > 10);
    assert_string_equal(header(reply, "Cache-Control", value), "no-store");
    assert_string_equal(header(reply, "X-Content-Type-Options", value), "nosniff");
    json_decref(body);
}

#endif
