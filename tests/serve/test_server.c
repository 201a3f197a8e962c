/*
 * The server as a client sees it: every route, refusals, limits, tags, compression.
 */
#include "served_wave.h"

#include "serve/assets.h"

/* ----------------------------------------------------------------- routes */

static void every_table_comes_in_every_form(void **state)
{
    struct node *node = *state;
    static const struct {
        const char *path, *columns;
    } tables[] = {
        {"places", "code,name,name_es,name_pt,name_en,name_fr,name_zh,parent,level,population,latitude,longitude"},
        {"situation", "code,name,population,total,last_7_days,previous_7_days,change,incidence_per_100k"},
        {"series", "date,value,mean_7"},
        {"nowcast", "date,reported,mean,q025,q05,q10,q25,q50,q75,q90,q95,q975"},
        {"delays", "delay,share_reported,low,high"},
        {"hindcast", "origin,date,horizon,q025,q05,q10,q25,q50,q75,q90,q95,q975,observed,scored"},
        {"rt", "date,window_start,mean,sd,q025,q05,q10,q25,q50,q75,q90,q95,q975"},
        {"forecast", "date,horizon,mean,q025"},
        {"triangle", "reference_date,report_date,increment"},
        {"pyramid", "age_from,age_to,sex,outcome,count"},
        {"quality", "code,severity,field,field_other,place,date,count,total,share,value,low,high,detail"},
        {"imports", "id,dataset,file_name,file_hash,profile,imported_at,published,rows_read"},
        {"imports?dataset=wave", "id,dataset,file_name,file_hash,profile,imported_at,published,rows_read"},
    };
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        static const char *const formats[] = {"json", "csv", "arrow"};
        for (size_t f = 0; f < 3; f++) {
            char target[128];
            char value[512];
            struct reply reply;
            (void)snprintf(target, sizeof target, "/api/v1/%s%cformat=%s", tables[i].path, strchr(tables[i].path, '?') == NULL ? '?' : '&', formats[f]);
            client_get(node->port, target, &reply);
            if (reply.status != 200) {
                fail_msg("%s: %u %.400s", target, reply.status, reply.body == NULL ? "" : reply.body);
            }
            assert_non_null(header(&reply, "ETag", value));
            enum vg_table_format format = VG_FORMAT_JSON;
            assert_true(vg_table_format_from_name(formats[f], &format));
            assert_string_equal(header(&reply, "Content-Type", value), vg_table_format_media_type(format));
            if (format == VG_FORMAT_JSON) {
                json_t *body = json_of(&reply);
                assert_true(json_is_array(json_object_get(body, "columns")) && json_is_array(json_object_get(body, "rows")));
                assert_true(json_is_object(json_object_get(body, "meta")));
                assert_null(header(&reply, "Content-Disposition", value));
                json_decref(body);
            } else if (format == VG_FORMAT_CSV) {
                if (strncmp(reply.body, tables[i].columns, strlen(tables[i].columns)) != 0) {
                    fail_msg("%s begins with %.200s", target, reply.body);
                }
                /* The wave is invented, and what is exported of it says so; the list of all imports is of no dataset. */
                bool invented = strcmp(tables[i].path, "imports") != 0;
                (void)snprintf(target, sizeof target, "attachment; filename=\"vigia-%s%.*s.csv\"", invented ? "exercise-" : "",
                               (int)strcspn(tables[i].path, "?"), tables[i].path);
                assert_string_equal(header(&reply, "Content-Disposition", value), target);
            } else {
                assert_memory_equal(reply.body, "\xFF\xFF\xFF\xFF", 4);
                assert_memory_equal(reply.body + reply.body_bytes - 8, "\xFF\xFF\xFF\xFF\0\0\0\0", 8);
            }
            reply_release(&reply);
        }
    }
}

static void documents_are_json(void **state)
{
    struct node *node = *state;
    struct reply reply;
    client_get(node->port, "/api/v1/node", &reply);
    assert_int_equal(reply.status, 200);
    json_t *body = json_of(&reply);
    assert_string_equal(json_string_value(json_object_get(body, "program")), "vigia");
    json_t *dataset = json_array_get(json_object_get(body, "datasets"), 0);
    assert_string_equal(json_string_value(json_object_get(dataset, "name")), "wave");
    json_decref(body);
    reply_release(&reply);
    client_get(node->port, "/api/v1/shapes?parent=CO", &reply);
    assert_int_equal(reply.status, 200);
    body = json_of(&reply);
    assert_string_equal(json_string_value(json_object_get(body, "type")), "FeatureCollection");
    json_decref(body);
    reply_release(&reply);
}

static void the_series_adds_up(void **state)
{
    struct node *node = *state;
    double totals[3] = {0};
    static const char *const places[] = {"", "&place=CO-ANT", "&place=CO-DC"};
    for (int i = 0; i < 3; i++) {
        char target[128];
        struct reply reply;
        (void)snprintf(target, sizeof target, "/api/v1/series?measure=cases_onset%s", places[i]);
        client_get(node->port, target, &reply);
        json_t *body = json_of(&reply);
        size_t row = 0;
        json_t *cells = NULL;
        json_array_foreach(json_object_get(body, "rows"), row, cells)
        {
            totals[i] += json_number_value(json_array_get(cells, 1));
        }
        json_decref(body);
        reply_release(&reply);
    }
    assert_true(totals[0] > 1000 && totals[0] == totals[1] + totals[2]);
}

static void files_of_the_page_are_served(void **state)
{
    struct node *node = *state;
    char value[512];
    assert_true(vg_asset_count > 0);
    bool has_page = false;
    for (size_t i = 0; i < vg_asset_count; i++) {
        const struct vg_asset *asset = &vg_assets[i];
        struct reply reply;
        has_page = has_page || strcmp(asset->path, "/") == 0;
        client_get(node->port, asset->path, &reply);
        assert_int_equal(reply.status, 200);
        assert_int_equal(reply.body_bytes, asset->size);
        assert_memory_equal(reply.body, asset->data, asset->size);
        assert_string_equal(header(&reply, "Content-Type", value), asset->media_type);
        assert_true((strstr(header(&reply, "Cache-Control", value), "immutable") != NULL) == asset->immutable);
        char condition[600];
        (void)snprintf(condition, sizeof condition, "If-None-Match: %s\r\n", header(&reply, "ETag", value));
        reply_release(&reply);
        client_ask(node->port, "GET", asset->path, condition, &reply);
        assert_int_equal(reply.status, 304);
        reply_release(&reply);
        client_ask(node->port, "GET", asset->path, "Accept-Encoding: gzip\r\n", &reply);
        assert_true((header(&reply, "Content-Encoding", value) != NULL) == (asset->gzip_data != NULL));
        if (asset->gzip_data != NULL) {
            struct vg_buffer plain;
            reply_unzip(&reply, &plain);
            assert_int_equal(plain.size, asset->size);
            assert_memory_equal(plain.data, asset->data, asset->size);
            vg_buffer_release(&plain);
        }
        reply_release(&reply);
    }
    assert_true(has_page);
    struct reply reply;
    client_get(node->port, "/?lang=es&dataset=wave", &reply);
    assert_int_equal(reply.status, 200);
    reply_release(&reply);
}

/* --------------------------------------------------------------- headers */

static void every_answer_carries_the_headers_of_a_careful_server(void **state)
{
    struct node *node = *state;
    static const char *const targets[] = {"/", "/worker.js", "/api/v1/node", "/api/v1/nothing", "/nothing"};
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        char value[512];
        struct reply reply;
        client_get(node->port, targets[i], &reply);
        assert_non_null(header(&reply, "Content-Security-Policy", value));
        const char *policy = i < 2 ? "default-src 'self'" : "default-src 'none'"; /* only the page, and the worker that keeps it, load anything */
        assert_memory_equal(value, policy, 18);
        assert_null(strstr(value, "unsafe"));
        assert_string_equal(header(&reply, "X-Content-Type-Options", value), "nosniff");
        assert_string_equal(header(&reply, "Referrer-Policy", value), "no-referrer");
        assert_string_equal(header(&reply, "Cross-Origin-Resource-Policy", value), "same-origin");
        assert_string_equal(header(&reply, "Vary", value), "Accept-Encoding");
        assert_null(header(&reply, "Access-Control-Allow-Origin", value));
        reply_release(&reply);
    }
}

/* A browser puts the headers of a 304 in the place of those that it kept: a page seen before must still be allowed to run. */
static void an_unchanged_page_keeps_its_policy(void **state)
{
    struct node *node = *state;
    char policy[512];
    char value[512];
    char condition[600];
    struct reply reply;
    client_get(node->port, "/", &reply);
    assert_non_null(header(&reply, "Content-Security-Policy", policy));
    (void)snprintf(condition, sizeof condition, "If-None-Match: %s\r\n", header(&reply, "ETag", value));
    reply_release(&reply);
    client_ask(node->port, "GET", "/", condition, &reply);
    assert_int_equal(reply.status, 304);
    assert_string_equal(header(&reply, "Content-Security-Policy", value), policy);
    reply_release(&reply);
}

static void a_tag_saves_the_second_answer(void **state)
{
    struct node *node = *state;
    char value[512];
    char condition[600];
    struct reply reply;
    client_get(node->port, "/api/v1/situation", &reply);
    (void)snprintf(condition, sizeof condition, "If-None-Match: \"x\", %s\r\n", header(&reply, "ETag", value));
    assert_string_equal(header(&reply, "Cache-Control", value), "private, no-cache");
    reply_release(&reply);
    client_ask(node->port, "GET", "/api/v1/situation", condition, &reply);
    assert_int_equal(reply.status, 304);
    assert_non_null(header(&reply, "ETag", value));
    reply_release(&reply);
    client_ask(node->port, "GET", "/api/v1/situation?level=admin1", condition, &reply);
    assert_int_equal(reply.status, 200);
    reply_release(&reply);
    /* A server started anew computes nothing to say that nothing changed. */
    restart(node, &(struct vg_server_options){0});
    client_ask(node->port, "GET", "/api/v1/situation", condition, &reply);
    assert_int_equal(reply.status, 304);
    reply_release(&reply);
}

static void gzip_is_used_where_asked_for_and_worth_it(void **state)
{
    struct node *node = *state;
    char value[512];
    struct reply plain;
    struct reply zipped;
    struct vg_buffer unpacked;
    client_get(node->port, "/api/v1/series?format=csv", &plain);
    client_ask(node->port, "GET", "/api/v1/series?format=csv", "Accept-Encoding: br, gzip\r\n", &zipped);
    assert_null(header(&plain, "Content-Encoding", value));
    assert_string_equal(header(&zipped, "Content-Encoding", value), "gzip");
    assert_true(zipped.body_bytes < plain.body_bytes);
    reply_unzip(&zipped, &unpacked);
    assert_int_equal(unpacked.size, plain.body_bytes);
    assert_memory_equal(unpacked.data, plain.body, plain.body_bytes);
    char condition[600];
    (void)snprintf(condition, sizeof condition, "If-None-Match: %s\r\n", header(&zipped, "ETag", value));
    reply_release(&zipped);
    client_ask(node->port, "GET", "/api/v1/series?format=csv", condition,
               &zipped); /* the tag of one form stands for the other */
    assert_int_equal(zipped.status, 304);
    reply_release(&zipped);
    client_ask(node->port, "GET", "/api/v1/imports", "Accept-Encoding: gzip\r\n", &zipped);
    assert_null(header(&zipped, "Content-Encoding", value)); /* small */
    reply_release(&zipped);
    reply_release(&plain);
    vg_buffer_release(&unpacked);
}

static void head_gives_the_headers_of_get(void **state)
{
    struct node *node = *state;
    static const char *const targets[] = {"/", "/api/v1/series", "/api/v1/nothing"};
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        char a[512];
        char b[512];
        struct reply get;
        struct reply head;
        client_get(node->port, targets[i], &get);
        client_ask(node->port, "HEAD", targets[i], "Connection: close\r\n", &head);
        assert_int_equal(head.status, get.status);
        assert_string_equal(header(&head, "Content-Length", a), header(&get, "Content-Length", b));
        if (get.status == 200) {
            assert_string_equal(header(&head, "ETag", a), header(&get, "ETag", b));
        }
        reply_release(&get);
        reply_release(&head);
    }
}

/* --------------------------------------------------------------- refusals */

static void bad_requests_are_refused(void **state)
{
    struct node *node = *state;
    static const struct {
        const char *method, *target, *headers;
        unsigned status;
        const char *name;
    } cases[] = {
        {"GET", "/api/v1/nothing", NULL, 404, "not_found"},
        {"GET", "/api/v1/series?colour=red", NULL, 400, "usage_error"},
        {"GET", "/api/v1/series?as_of=yesterday", NULL, 400, "usage_error"},
        {"GET", "/api/v1/series?place=CO&place=CO", NULL, 400, "usage_error"},
        {"GET", "/api/v1/series?place=%00", NULL, 400, "usage_error"},
        {"GET", "/api/v1/series?dataset=none", NULL, 404, "not_found"},
        {"GET", "/api/v1/series?place=XX-1", NULL, 404, "not_found"},
        {"GET", "/api/v1/series?measure=cats", NULL, 404, "not_found"},
        {"GET", "/api/v1/forecast?method=magic", NULL, 400, "usage_error"},
        {"GET", "/../etc/passwd", NULL, 404, "not_found"},
        {"GET", "/%2e%2e/%2e%2e/etc/passwd", NULL, 404, "not_found"},
        {"GET", "/%zz", NULL, 400, "usage_error"},
        {"GET", "/assets/", NULL, 404, "not_found"},
        {"POST", "/api/v1/series", "Content-Length: 0\r\n", 405, "usage_error"},
        {"DELETE", "/", NULL, 405, "usage_error"},
        {"OPTIONS", "/api/v1/node", NULL, 405, "usage_error"},
        {"PUT", "/api/v1/node", "Content-Length: 99999999999\r\n", 405, "usage_error"},
        {"GET", "/api/v1/node", "Content-Length: 5\r\n", 413, "limit_exceeded"},
        {"GET", "/api/v1/node", "Transfer-Encoding: chunked\r\n", 413, "limit_exceeded"},
        {"GET", "/api/v1/node", "Host: example.org\r\n", 421, "usage_error"},
        {"GET", "/", "Host: 192.168.1.7:8450\r\n", 421, "usage_error"},
        {"GET", "/", "Host: localhost.example.org\r\n", 421, "usage_error"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char value[512];
        struct reply reply;
        client_ask(node->port, cases[i].method, cases[i].target, cases[i].headers, &reply);
        if (reply.status != cases[i].status) {
            fail_msg("%s %s: %u, not %u: %.300s", cases[i].method, cases[i].target, reply.status, cases[i].status,
                     reply.body == NULL ? "" : reply.body);
        }
        assert_refused(&reply, cases[i].status, cases[i].name);
        assert_true(cases[i].status != 405 || strcmp(header(&reply, "Allow", value), "GET, HEAD") == 0);
        reply_release(&reply);
    }
}

static void malformed_and_oversized_requests_do_no_harm(void **state)
{
    struct node *node = *state;
    struct vg_buffer request;
    struct reply reply;
    restart(node, &(struct vg_server_options){.request_seconds = 1}); /* what is never whole is closed then */
    static const char *const raw[] = {"\r\n\r\n",
                                      "GET\r\n\r\n",
                                      "GET / HTTP/9.9\r\nHost: localhost\r\n\r\n",
                                      "\x16\x03\x01\x02\x00\x01\x00",
                                      "GET / HTTP/1.1\r\n\r\n",
                                      "GET / HTTP/1.1\r\nHost: localhost\r\nHost: example.org\r\nBad Header\r\n\r\n",
                                      "GET / HTTP/1.0\r\n\r\n"};
    for (size_t i = 0; i < sizeof raw / sizeof *raw; i++) {
        int s = client_connect(node->port);
        client_send(s, raw[i], strlen(raw[i]));
        (void)shutdown(s, SHUT_WR);
        client_receive(s, true, &reply);
        assert_true(reply.status != 200 || i == 5);
        reply_release(&reply);
        (void)close(s);
    }
    vg_buffer_init(&request, 0);
    for (size_t length = 5000; length < 200000; length *= 3) { /* a long target, then long headers */
        for (int in_header = 0; in_header < 2; in_header++) {
            vg_buffer_clear(&request);
            vg_buffer_text(&request, in_header ? "GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: " : "GET /?a=");
            for (size_t i = 0; i < length; i++) {
                vg_buffer_char(&request, 'x');
            }
            vg_buffer_text(&request, in_header ? "\r\n\r\n" : " HTTP/1.1\r\nHost: localhost\r\n\r\n");
            int s = client_connect(node->port);
            client_send(s, request.data, request.size);
            client_receive(s, true, &reply);
            if (!in_header) {
                assert_true(reply.status == (length > 8192 ? 414U : 400U) || (length > 20000 && reply.status == 0));
            } else {
                assert_true(length < 20000 ? reply.status == 200
                                           : reply.status == 431 || reply.status == 413 || reply.status == 0);
            }
            reply_release(&reply);
            (void)close(s);
        }
    }
    vg_buffer_release(&request);
    client_get(node->port, "/api/v1/node", &reply);
    assert_int_equal(reply.status, 200);
    reply_release(&reply);
}

static void other_addresses_and_missing_nodes_are_refused(void **state)
{
    struct node *node = *state;
    struct vg_server *server = NULL;
    static const char *const addresses[] = {"0.0.0.0", "::", "192.168.0.1", "example.org"};
    for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
        struct vg_server_options options = {.node_folder = node->folder, .address = addresses[i]};
        assert_int_equal(vg_server_start(&options, &server, &node->error), VG_USAGE_ERROR);
        assert_null(server);
        assert_non_null(strstr(node->error.message, "this machine only"));
    }
    assert_int_equal(vg_server_start(&(struct vg_server_options){.node_folder = "/nonexistent/node"}, &server, &node->error),
                     VG_NOT_FOUND);
    /* Two servers never share a port. */
    assert_int_equal(
        vg_server_start(&(struct vg_server_options){.node_folder = node->folder, .port = node->port}, &server, &node->error),
        VG_SYSTEM_ERROR);
    assert_non_null(strstr(node->error.message, "in use"));
}

static void the_other_loopback_is_served_too(void **state)
{
    struct node *node = *state;
    struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    struct reply reply;
    int probe = socket(AF_INET6, SOCK_STREAM, 0);
    bool there = probe >= 0 && bind(probe, (struct sockaddr *)&address, sizeof address) == 0;
    (void)close(probe);
    if (!there) {
        print_message("skipped: this machine has no IPv6\n");
        skip();
    }
    restart(node, &(struct vg_server_options){.address = "::1"});
    address.sin6_port = htons(node->port);
    int s = socket(AF_INET6, SOCK_STREAM, 0);
    assert_int_equal(connect(s, (struct sockaddr *)&address, sizeof address), 0);
    static const char request[] = "GET /api/v1/node HTTP/1.1\r\nHost: [::1]:1\r\n\r\n";
    client_send(s, request, strlen(request));
    client_receive(s, true, &reply);
    assert_int_equal(reply.status, 200);
    reply_release(&reply);
    (void)close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVED(every_table_comes_in_every_form),
        SERVED(documents_are_json),
        SERVED(the_series_adds_up),
        SERVED(files_of_the_page_are_served),
        SERVED(every_answer_carries_the_headers_of_a_careful_server),
        SERVED(an_unchanged_page_keeps_its_policy),
        SERVED(a_tag_saves_the_second_answer),
        SERVED(gzip_is_used_where_asked_for_and_worth_it),
        SERVED(head_gives_the_headers_of_get),
        SERVED(bad_requests_are_refused),
        SERVED(malformed_and_oversized_requests_do_no_harm),
        SERVED(other_addresses_and_missing_nodes_are_refused),
        SERVED(the_other_loopback_is_served_too),
    };
    return cmocka_run_group_tests_name("serve/server", tests, NULL, NULL);
}
