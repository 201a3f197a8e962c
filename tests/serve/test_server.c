/*
 * The server as a client sees it: every route, refusals, limits, tags, compression, slow clients, many at a time, new data, the
 * end.
 */
#include "client.h"

#include "serve/assets.h"
#include "serve/serve.h"

#include <ftw.h>
#include <jansson.h>
#include <pthread.h>
#include <stdatomic.h>

struct node {
    char folder[64];
    struct vg_server *server;
    uint16_t port;
    struct vg_error error;
};

static int remove_one(const char *path, const struct stat *facts, int kind, struct FTW *where)
{
    (void)facts;
    (void)kind;
    (void)where;
    return remove(path);
}

#define FIRST_DAY 18628 /* 2021-01-01 */
#define N_DAYS 90
#define MAX_CASES 20000

/* Takes in a wave of cases in two places, reported up to ten days late. factor scales it, so that a second file differs. */
static void import_cases(const char *folder, double factor, const char *hash)
{
    struct vg_arena arena;
    struct vg_place_list places;
    struct vg_store *store = NULL;
    struct vg_error error;
    struct vg_store_import_summary summary;
    vg_arena_init(&arena, 0);
    vg_place_list_init(&places, &arena);
    uint32_t country = vg_place_list_add(
        &places, &(struct vg_place){
                     .code = "CO", .name = "Colombia", .parent = VG_PLACE_NONE, .level = VG_LEVEL_COUNTRY, .population = 5e7});
    uint32_t units[2] = {
        vg_place_list_add(
            &places,
            &(struct vg_place){
                .code = "CO-ANT", .name = "Antioquia", .parent = country, .level = VG_LEVEL_ADMIN1, .population = 6e6}),
        vg_place_list_add(
            &places,
            &(struct vg_place){
                .code = "CO-DC", .name = "Bogotá", .parent = country, .level = VG_LEVEL_ADMIN1, .population = 8e6}),
    };
    struct vg_case_table cases = {.place = VG_ARENA_ARRAY(&arena, uint32_t, MAX_CASES),
                                  .age_years = VG_ARENA_ARRAY(&arena, int16_t, MAX_CASES),
                                  .sex = VG_ARENA_ARRAY(&arena, uint8_t, MAX_CASES),
                                  .identity_hash = VG_ARENA_ARRAY(&arena, uint64_t, MAX_CASES),
                                  .content_hash = VG_ARENA_ARRAY(&arena, uint64_t, MAX_CASES),
                                  .id = VG_ARENA_ARRAY(&arena, struct vg_text, MAX_CASES),
                                  .line = VG_ARENA_ARRAY(&arena, uint64_t, MAX_CASES)};
    cases.dates[VG_CASE_ONSET] = VG_ARENA_ARRAY(&arena, int32_t, MAX_CASES);
    cases.dates[VG_CASE_REPORT] = VG_ARENA_ARRAY(&arena, int32_t, MAX_CASES);
    struct vg_random random = vg_random_stream(5, 0, 0, 0);
    for (int day = 0; day < N_DAYS; day++) {
        int64_t n = vg_random_poisson(&random, factor * (5 + 40 * exp(-0.5 * pow((day - 55) / 20.0, 2))));
        for (int64_t i = 0; i < n; i++) {
            size_t row = cases.n_cases;
            int32_t report = FIRST_DAY + day + (int32_t)vg_random_below(&random, 11);
            if (report > FIRST_DAY + N_DAYS - 1) {
                continue;
            }
            cases.dates[VG_CASE_ONSET][row] = FIRST_DAY + day;
            cases.dates[VG_CASE_REPORT][row] = report;
            cases.place[row] = units[vg_random_below(&random, 2)];
            cases.age_years[row] = (int16_t)vg_random_below(&random, 90);
            cases.sex[row] = (uint8_t)(1 + vg_random_below(&random, 2));
            cases.identity_hash[row] = vg_hash_bytes(&row, sizeof row, 1);
            cases.content_hash[row] = vg_hash_bytes(&row, sizeof row, 2);
            cases.id[row] = vg_text_from(vg_arena_format(&arena, "%zu", row));
            cases.line[row] = row + 2;
            cases.n_cases++;
        }
    }
    struct vg_store_import import = {.dataset = {.name = "wave",
                                                 .title = "A wave",
                                                 .disease = "covid19",
                                                 .country = "CO",
                                                 .kind = VG_DATASET_CASES,
                                                 .nature = VG_NATURE_SIMULATED},
                                     .file_name = "wave.csv",
                                     .file_hash = hash,
                                     .profile = "test",
                                     .file_bytes = 1,
                                     .rows_read = cases.n_cases,
                                     .published = FIRST_DAY + N_DAYS - 1,
                                     .places = &places,
                                     .cases = &cases};
    vg_assert_ok(vg_store_open(folder, VG_STORE_WRITE, &store, &error), error);
    vg_assert_ok(vg_store_import(store, &import, &summary, &error), error);
    vg_store_close(store);
    vg_arena_release(&arena);
}

static void start(struct node *node, const struct vg_server_options *options)
{
    struct vg_server_options wanted = *options;
    wanted.node_folder = node->folder;
    vg_assert_ok(vg_server_start(&wanted, &node->server, &node->error), node->error);
    node->port = vg_server_port(node->server);
    assert_true(node->port != 0);
}

static void restart(struct node *node, const struct vg_server_options *options)
{
    vg_server_stop(node->server);
    node->server = NULL;
    start(node, options);
}

static int make_node(void **state)
{
    struct node *node = calloc(1, sizeof *node);
    (void)snprintf(node->folder, sizeof node->folder, "/tmp/vigia-serve-XXXXXX");
    if (mkdtemp(node->folder) == NULL || vg_store_create(node->folder, &node->error) != VG_OK) {
        print_error("%s\n", node->error.message);
        return -1;
    }
    import_cases(node->folder, 1, "aa");
    start(node, &(struct vg_server_options){0});
    *state = node;
    return 0;
}

static int drop_node(void **state)
{
    struct node *node = *state;
    vg_server_stop(node->server);
    (void)nftw(node->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    free(node);
    return 0;
}

static json_t *json_of(const struct reply *reply)
{
    json_error_t error;
    json_t *body = json_loadb(reply->body, reply->body_bytes, 0, &error);
    if (body == NULL) {
        fail_msg("not JSON (%s): %.300s", error.text, reply->body);
    }
    return body;
}

static void assert_refused(const struct reply *reply, unsigned status, const char *name)
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
    };
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        static const char *const formats[] = {"json", "csv", "arrow"};
        for (size_t f = 0; f < 3; f++) {
            char target[128];
            char value[512];
            struct reply reply;
            (void)snprintf(target, sizeof target, "/api/v1/%s?format=%s", tables[i].path, formats[f]);
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
                (void)snprintf(target, sizeof target, "attachment; filename=\"vigia-%s.csv\"", tables[i].path);
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
    static const char *const targets[] = {"/", "/api/v1/node", "/api/v1/nothing", "/nothing"};
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        char value[512];
        struct reply reply;
        client_get(node->port, targets[i], &reply);
        assert_non_null(header(&reply, "Content-Security-Policy", value));
        const char *policy = i == 0 ? "default-src 'self'" : "default-src 'none'"; /* only the page loads anything */
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

/* ------------------------------------------------------------ time and load */

static double now_seconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void a_client_that_sends_byte_by_byte_is_cut_off(void **state)
{
    struct node *node = *state;
    restart(node, &(struct vg_server_options){.request_seconds = 1, .connections = 4});
    int s = client_connect(node->port);
    double began = now_seconds();
    bool closed = false;
    while (!closed && now_seconds() - began < 10) {
        char byte = 0;
        (void)send(s, "x", 1, MSG_NOSIGNAL);
        struct pollfd waiting = {.fd = s, .events = POLLIN};
        closed = poll(&waiting, 1, 100) > 0 && recv(s, &byte, 1, 0) <= 0;
    }
    assert_true(closed);
    assert_in_range(now_seconds() - began, 0, 4);
    (void)close(s);
    /* Idle connections up to the limit do not shut others out for longer than that. */
    int idle[8];
    for (int i = 0; i < 8; i++) {
        idle[i] = client_connect(node->port);
    }
    struct reply reply;
    began = now_seconds();
    client_get(node->port, "/api/v1/node", &reply);
    assert_int_equal(reply.status, 200);
    assert_true(now_seconds() - began < 8);
    reply_release(&reply);
    for (int i = 0; i < 8; i++) {
        (void)close(idle[i]);
    }
}

static void one_connection_carries_many_requests(void **state)
{
    struct node *node = *state;
    int s = client_connect(node->port);
    for (int i = 0; i < 30; i++) {
        char request[256];
        struct reply reply;
        (void)snprintf(request, sizeof request, "GET /api/v1/%s HTTP/1.1\r\nHost: localhost\r\n\r\n",
                       i % 3 == 0   ? "series"
                       : i % 3 == 1 ? "nothing"
                                    : "delays");
        client_send(s, request, strlen(request));
        client_receive(s, true, &reply);
        assert_int_equal(reply.status, i % 3 == 1 ? 404 : 200);
        reply_release(&reply);
    }
    (void)close(s);
}

struct crowd {
    uint16_t port;
    const char *path;
    bool same;
    atomic_uint next, answered, busy;
    char etag[512];
};

static void *ask_in_crowd(void *argument)
{
    struct crowd *crowd = argument;
    char target[256];
    struct reply reply;
    unsigned number = atomic_fetch_add(&crowd->next, 1);
    (void)snprintf(target, sizeof target, "/api/v1/%s?seed=%u", crowd->path, crowd->same ? 1 : number + 1);
    client_get(crowd->port, target, &reply);
    if (reply.status == 200) {
        atomic_fetch_add(&crowd->answered, 1);
    } else if (reply.status == 503) {
        char value[512];
        assert_refused(&reply, 503, "busy");
        assert_string_equal(header(&reply, "Retry-After", value), "2");
        atomic_fetch_add(&crowd->busy, 1);
    }
    reply_release(&reply);
    return NULL;
}

#define CROWD 60
static void run_crowd(struct crowd *crowd)
{
    pthread_t threads[CROWD];
    for (int i = 0; i < CROWD; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, ask_in_crowd, crowd), 0);
    }
    for (int i = 0; i < CROWD; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
}

static void many_at_a_time_are_answered_or_told_to_wait(void **state)
{
    struct node *node = *state;
    struct crowd different = {.port = node->port, .path = "nowcast"};
    run_crowd(&different);
    assert_int_equal(atomic_load(&different.answered) + atomic_load(&different.busy), CROWD);
    assert_true(atomic_load(&different.answered) > 4);
    restart(node, &(struct vg_server_options){.threads = 1, .waiting = 1});
    struct crowd crowded = {.port = node->port, .path = "nowcast"};
    run_crowd(&crowded);
    assert_int_equal(atomic_load(&crowded.answered) + atomic_load(&crowded.busy), CROWD);
    assert_true(atomic_load(&crowded.answered) > 0 && atomic_load(&crowded.busy) > 0);
    /* The same question from everybody is one question: nobody is turned away. */
    struct crowd same = {.port = node->port, .path = "forecast", .same = true};
    run_crowd(&same);
    assert_int_equal(atomic_load(&same.answered), CROWD);
}

static void new_data_are_seen_without_a_restart(void **state)
{
    struct node *node = *state;
    char before[512];
    char after[512];
    struct reply reply;
    client_get(node->port, "/api/v1/series", &reply);
    (void)header(&reply, "ETag", before);
    reply_release(&reply);
    import_cases(node->folder, 2, "bb");
    double began = now_seconds();
    do {
        (void)nanosleep(&(struct timespec){0, 50000000}, NULL);
        client_get(node->port, "/api/v1/series", &reply);
        assert_int_equal(reply.status, 200);
        (void)header(&reply, "ETag", after);
        reply_release(&reply);
    } while (strcmp(before, after) == 0 && now_seconds() - began < 10);
    assert_string_not_equal(before, after);
    assert_true(now_seconds() - began < 4);
    char condition[600];
    (void)snprintf(condition, sizeof condition, "If-None-Match: %s\r\n", before);
    client_ask(node->port, "GET", "/api/v1/series", condition, &reply);
    assert_int_equal(reply.status, 200);
    reply_release(&reply);
}

static double total_of(struct node *node)
{
    struct reply reply;
    double sum = 0;
    size_t row = 0;
    json_t *cells = NULL;
    client_get(node->port, "/api/v1/series?measure=cases_onset", &reply);
    assert_int_equal(reply.status, 200);
    json_t *body = json_of(&reply);
    json_array_foreach(json_object_get(body, "rows"), row, cells)
    {
        sum += json_number_value(json_array_get(cells, 1));
    }
    json_decref(body);
    reply_release(&reply);
    return sum;
}

static double total_once_changed(struct node *node, double before)
{
    double began = now_seconds();
    double total = before;
    while (total == before && now_seconds() - began < 10) {
        (void)nanosleep(&(struct timespec){0, 50000000}, NULL);
        total = total_of(node);
    }
    return total;
}

/* The data version goes back with a restore; no answer of the time between may be taken for one of the restored node. */
static void a_restored_node_is_seen(void **state)
{
    struct node *node = *state;
    struct vg_store *store = NULL;
    char backup[80];
    char former[96];
    double first = total_of(node);
    (void)snprintf(backup, sizeof backup, "%s-backup", node->folder);
    (void)snprintf(former, sizeof former, "%s.before-restore", node->folder);
    vg_assert_ok(vg_store_open(node->folder, VG_STORE_WRITE, &store, &node->error), node->error);
    vg_assert_ok(vg_store_backup(store, backup, NULL, &node->error), node->error);
    vg_store_close(store);
    import_cases(node->folder, 2, "bb");
    double second = total_once_changed(node, first);
    assert_true(second > first * 1.5);
    vg_assert_ok(vg_store_restore(backup, node->folder, &node->error), node->error);
    assert_true(total_once_changed(node, second) == first);
    import_cases(node->folder, 3, "cc"); /* the same data version as the one before the restore, other data */
    assert_true(total_once_changed(node, first) > second);
    (void)nftw(backup, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    (void)nftw(former, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void *ask_once(void *argument)
{
    struct crowd *crowd = argument;
    int s = client_connect(crowd->port);
    char request[256];
    (void)snprintf(request, sizeof request, "GET /api/v1/%s?seed=%u HTTP/1.1\r\nHost: localhost\r\n\r\n", crowd->path,
                   atomic_fetch_add(&crowd->next, 1) + 1);
    client_send(s, request, strlen(request));
    atomic_fetch_add(&crowd->busy, 1);
    struct reply reply;
    client_receive(s, true, &reply);
    if (reply.status == 200 || reply.status == 503) {
        atomic_fetch_add(&crowd->answered, 1);
    }
    reply_release(&reply);
    (void)close(s);
    return NULL;
}

/* Whatever runs is answered, whatever waits is told, and nothing hangs. */
static void the_end_is_orderly(void **state)
{
    struct node *node = *state;
    restart(node, &(struct vg_server_options){.threads = 1, .waiting = 20});
    struct crowd crowd = {.port = node->port, .path = "nowcast"};
    pthread_t threads[10];
    for (int i = 0; i < 10; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, ask_once, &crowd), 0);
    }
    while (atomic_load(&crowd.busy) < 10) {
        (void)nanosleep(&(struct timespec){0, 1000000}, NULL);
    }
    (void)nanosleep(&(struct timespec){0, 20000000}, NULL);
    double began = now_seconds();
    vg_server_stop(node->server);
    node->server = NULL;
    assert_true(now_seconds() - began < 5);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    assert_int_equal(atomic_load(&crowd.answered), 10);
    int s = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(node->port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_int_not_equal(connect(s, (struct sockaddr *)&address, sizeof address), 0);
    (void)close(s);
    start(node, &(struct vg_server_options){.port = node->port}); /* the port is free at once */
    vg_server_stop(NULL);
}

static void clients_that_leave_early_do_no_harm(void **state)
{
    struct node *node = *state;
    for (int i = 0; i < 40; i++) {
        char request[256];
        int s = client_connect(node->port);
        (void)snprintf(request, sizeof request, "GET /api/v1/nowcast?seed=%d HTTP/1.1\r\nHost: localhost\r\n\r\n", 1000 + i);
        client_send(s, request, strlen(request) - (i % 4 == 0 ? 3 : 0));
        if (i % 2 == 0) {
            struct linger at_once = {1, 0};
            (void)setsockopt(s, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        }
        (void)close(s);
    }
    struct reply reply;
    int tries = 0;
    do { /* the queue may still be full of what nobody waits for */
        (void)nanosleep(&(struct timespec){0, 50000000}, NULL);
        client_get(node->port, "/api/v1/delays", &reply);
        unsigned status = reply.status;
        reply_release(&reply);
        if (status == 200) {
            return;
        }
        assert_int_equal(status, 503);
    } while (++tries < 200);
    fail_msg("the server did not come back");
}

#define SERVED(test) cmocka_unit_test_setup_teardown(test, make_node, drop_node)
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
        SERVED(a_client_that_sends_byte_by_byte_is_cut_off),
        SERVED(one_connection_carries_many_requests),
        SERVED(many_at_a_time_are_answered_or_told_to_wait),
        SERVED(new_data_are_seen_without_a_restart),
        SERVED(a_restored_node_is_seen),
        SERVED(the_end_is_orderly),
        SERVED(clients_that_leave_early_do_no_harm),
    };
    return cmocka_run_group_tests_name("serve/server", tests, NULL, NULL);
}
