/*
 * Alarms over HTTP: listed with their history, taken from state to state by POST, at once seen by all, and by nobody else's page.
 */
#include "served_node.h"

#include "jobs/jobs.h"

static int make_node(void **state)
{
    struct vg_store *store = NULL;
    struct vg_alarm_summary summary;
    const struct vg_alarm_found found[] = {
        {.dataset = "dengue", .measure = "cases_report", .place = "PE", .method = "farrington", .first = 18628, .last = 18628, .step_days = 7, .count = 40, .expected = 10,
         .threshold = 20, .score = 3, .p_value = 0.001},
        {.dataset = "dengue", .measure = "cases_report", .place = "BR", .method = "ears_c3", .first = 18628, .last = 18628, .step_days = 7, .count = 9, .expected = NAN, .threshold = 4,
         .score = NAN, .p_value = NAN},
    };
    if (!new_node(state, vg_job_init)) {
        return -1;
    }
    struct node *node = *state;
    if (vg_store_open(node->folder, VG_STORE_WRITE, &store, &node->error) != VG_OK || vg_store_keep_alarms(store, found, 2, "vigia", &summary, &node->error) != VG_OK) {
        print_error("%s\n", node->error.message);
        return -1;
    }
    vg_store_close(store);
    return start_server(node, &(struct vg_server_options){.request_seconds = 2}) ? 0 : -1;
}

static unsigned step(const struct node *node, const char *id, const char *body, char message[512])
{
    char target[64];
    struct reply reply;
    (void)snprintf(target, sizeof target, "/api/v1/alarms/%s", id);
    post(node, target, JSON, body, &reply);
    unsigned status = reply.status;
    (void)snprintf(message, 512, "%.*s", (int)(reply.body_bytes < 511 ? reply.body_bytes : 511), reply.body == NULL ? "" : reply.body);
    reply_release(&reply);
    return status;
}

static const char *cell(const json_t *body, size_t row, size_t column)
{
    return json_string_value(json_array_get(json_array_get(json_object_get(body, "rows"), row), column));
}

static void alarms_are_listed_and_worked_on(void **state)
{
    struct node *node = *state;
    char message[512];
    json_t *body = get_json(node, "/api/v1/alarms?dataset=dengue");
    assert_int_equal(json_array_size(json_object_get(body, "rows")), 2);
    assert_string_equal(cell(body, 1, 1), "open");
    assert_string_equal(cell(body, 1, 5), "PE");
    assert_true(json_is_null(json_array_get(json_array_get(json_object_get(body, "rows"), 0), 12))); /* C3 expects nothing */
    assert_int_equal(json_array_size(json_object_get(json_object_get(body, "meta"), "history")), 2);
    json_decref(body);
    assert_int_equal(step(node, "1", "{\"action\":\"acknowledge\",\"by\":\"Ana\"}", message), 200);
    assert_non_null(strstr(message, "\"acknowledged\""));
    /* At once, and for everybody. */
    body = get_json(node, "/api/v1/alarms/1");
    assert_string_equal(cell(body, 0, 1), "acknowledged");
    json_t *history = json_object_get(json_object_get(body, "meta"), "history");
    assert_int_equal(json_array_size(history), 2);
    assert_string_equal(json_string_value(json_object_get(json_array_get(history, 1), "by")), "Ana");
    json_decref(body);
    assert_int_equal(step(node, "1", "{\"action\":\"acknowledge\",\"by\":\"Luis\"}", message), 422);
    assert_non_null(strstr(message, "already by Ana"));
    assert_int_equal(step(node, "1", "{\"action\":\"assign\",\"by\":\"Ana\",\"to\":\"Lúcía\"}", message), 200);
    assert_int_equal(step(node, "1", "{\"action\":\"close\",\"by\":\"Ana\"}", message), 400);
    assert_int_equal(step(node, "1", "{\"action\":\"close\",\"by\":\"Ana\",\"note\":\"a backlog\"}", message), 200);
    assert_int_equal(step(node, "77", "{\"action\":\"acknowledge\",\"by\":\"Ana\"}", message), 404);
    body = get_json(node, "/api/v1/alarms?state=closed");
    assert_int_equal(json_array_size(json_object_get(body, "rows")), 1);
    assert_string_equal(cell(body, 0, 17), "Lúcía");
    json_decref(body);
}

#define DAYS 40
#define FIRST_DAY 18628 /* 2021-01-01 */

/* Four states of Brazil with 3 to 6 cases a day; the last has 90 on the newest. */
static void import_counts(struct node *node)
{
    static const char *const codes[] = {"BR-AC", "BR-BA", "BR-CE", "BR-DF"};
    struct vg_store *store = NULL;
    struct vg_buffer file;
    struct vg_arena arena;
    struct vg_import_outcome outcome;
    vg_buffer_init(&file, 0);
    vg_arena_init(&arena, 0);
    vg_buffer_text(&file, "date,location,cases\n");
    for (int day = 0; day < DAYS; day++) {
        for (int place = 0; place < 4; place++) {
            char date[VG_DATE_TEXT_BYTES];
            (void)vg_date_print(FIRST_DAY + day, date);
            vg_buffer_format(&file, "%s,%s,%d\n", date, codes[place], place == 3 && day == DAYS - 1 ? 90 : 3 + (day * 7 + place) % 4);
        }
    }
    struct vg_import_request request = {.path = "counts.csv", .data = file.data, .data_bytes = file.size, .dataset = "counts"};
    request.intake.published = VG_DATE_NONE;
    vg_assert_ok(vg_store_open(node->folder, VG_STORE_WRITE, &store, &node->error), node->error);
    vg_assert_ok(vg_job_import(store, &request, &arena, &outcome, &node->error), node->error);
    vg_store_close(store);
    vg_arena_release(&arena);
    vg_buffer_release(&file);
}

static json_t *keep(const struct node *node, const char *query, unsigned status)
{
    char target[128];
    struct reply reply;
    (void)snprintf(target, sizeof target, "/api/v1/alarms%s", query);
    post(node, target, JSON, "{\"action\":\"keep\"}", &reply);
    if (reply.status != status) {
        fail_msg("%s: %u %.300s", target, reply.status, reply.body == NULL ? "" : reply.body);
    }
    json_t *body = json_of(&reply);
    reply_release(&reply);
    return body;
}

static void check_kept(json_t *body, const json_int_t wanted[6])
{
    static const char *const names[] = {"judged", "found", "new", "went_on", "reopened", "known"};
    const json_t *row = json_array_get(json_object_get(body, "rows"), 0);
    for (size_t i = 0; i < 6; i++) {
        assert_string_equal(json_string_value(json_array_get(json_object_get(body, "columns"), i)), names[i]);
        assert_int_equal(json_integer_value(json_array_get(row, i)), wanted[i]);
    }
    json_decref(body);
}

static void the_present_alarms_are_kept(void **state)
{
    struct node *node = *state;
    struct vg_store *store = NULL;
    import_counts(node);
    check_kept(keep(node, "?dataset=counts&level=admin1", 200), (const json_int_t[]){4, 1, 1, 0, 0, 0});
    check_kept(keep(node, "?dataset=counts&level=admin1", 200), (const json_int_t[]){4, 1, 0, 0, 0, 1}); /* again: nothing is changed */
    json_t *list = get_json(node, "/api/v1/alarms?dataset=counts");
    assert_int_equal(json_array_size(json_object_get(list, "rows")), 1);
    assert_string_equal(cell(list, 0, 1), "open");
    assert_string_equal(cell(list, 0, 5), "BR-DF");
    assert_string_equal(cell(list, 0, 7), "ears_c2");
    json_decref(list);
    json_decref(keep(node, "?dataset=counts&method=channel", 400)); /* has zones, not alarms */
    json_decref(keep(node, "?dataset=counts&state=open", 400));     /* a question about kept ones */
    json_decref(keep(node, "?dataset=nothing", 404));
    vg_assert_ok(vg_store_open(node->folder, VG_STORE_WRITE, &store, &node->error), node->error);
    json_decref(keep(node, "?dataset=counts", 503));
    vg_store_close(store);
    list = get_json(node, "/api/v1/alarms?dataset=counts");
    assert_int_equal(json_array_size(json_object_get(json_object_get(list, "meta"), "history")), 1);
    json_decref(list);
}

static void answers_are_not_kept(void **state)
{
    struct node *node = *state;
    char value[512];
    struct reply reply;
    client_get(node->port, "/api/v1/alarms", &reply);
    assert_string_equal(header(&reply, "Cache-Control", value), "no-store");
    assert_null(header(&reply, "ETag", value));
    reply_release(&reply);
}

/* Of one that another process is writing to nothing is changed, and the client is told to come again. */
static void a_busy_node_says_so(void **state)
{
    struct node *node = *state;
    struct vg_store *store = NULL;
    char message[512];
    vg_assert_ok(vg_store_open(node->folder, VG_STORE_WRITE, &store, &node->error), node->error);
    assert_int_equal(step(node, "2", "{\"action\":\"acknowledge\",\"by\":\"Ana\"}", message), 503);
    vg_store_close(store);
    assert_int_equal(step(node, "2", "{\"action\":\"acknowledge\",\"by\":\"Ana\"}", message), 200);
}

static void what_may_come_from_elsewhere_is_refused(void **state)
{
    struct node *node = *state;
    static const char body[] = "{\"action\":\"acknowledge\",\"by\":\"Ana\"}";
    char own[128];
    char value[512];
    static const struct { const char *target, *headers; unsigned status; } cases[] = {
        {"/api/v1/alarms/1", "Content-Type: text/plain\r\n", 415},
        {"/api/v1/alarms/1", "Content-Type: application/x-www-form-urlencoded\r\n", 415},
        {"/api/v1/alarms/1", "", 415},
        {"/api/v1/alarms/1", JSON "Origin: http://example.org\r\n", 403},
        {"/api/v1/alarms/1", JSON "Origin: null\r\n", 403},
        {"/api/v1/alarms/1", JSON "Sec-Fetch-Site: cross-site\r\n", 403},
        {"/api/v1/alarms/1", JSON "Origin: http://localhost:1\r\n", 403},
        {"/api/v1/alarms", JSON, 400}, /* a step of none of them */
        {"/api/v1/alarms", JSON "Origin: http://example.org\r\n", 403},
        {"/api/v1/alarms", "Content-Type: text/plain\r\n", 415},
        {"/api/v1/series", JSON, 405},
        {"/", JSON, 405},
    };
    struct reply reply;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        post(node, cases[i].target, cases[i].headers, body, &reply);
        if (reply.status != cases[i].status) {
            fail_msg("case %zu: %u", i, reply.status);
        }
        reply_release(&reply);
    }
    client_ask(node->port, "POST", "/api/v1/alarms/1", JSON, &reply); /* no length */
    assert_int_equal(reply.status, 411);
    reply_release(&reply);
    client_ask(node->port, "POST", "/api/v1/alarms/1", JSON "Content-Length: 100000\r\n", &reply);
    assert_int_equal(reply.status, 413);
    reply_release(&reply);
    client_ask(node->port, "POST", "/api/v1/alarms/1", JSON "Host: example.org\r\nContent-Length: 2\r\n", &reply);
    assert_int_equal(reply.status, 421);
    reply_release(&reply);
    client_ask(node->port, "OPTIONS", "/api/v1/alarms/1", "Origin: http://example.org\r\nAccess-Control-Request-Method: POST\r\n", &reply);
    assert_int_equal(reply.status, 405);
    assert_null(header(&reply, "Access-Control-Allow-Origin", value));
    reply_release(&reply);
    /* A body that does not come is waited for as long as any request. */
    client_ask(node->port, "POST", "/api/v1/alarms/1", JSON "Content-Length: 40\r\n", &reply);
    assert_int_equal(reply.status, 0);
    reply_release(&reply);
    json_t *list = get_json(node, "/api/v1/alarms?state=open");
    assert_int_equal(json_array_size(json_object_get(list, "rows")), 2);
    json_decref(list);
    (void)snprintf(own, sizeof own, JSON "Origin: http://localhost:%u\r\nSec-Fetch-Site: same-origin\r\n", node->port);
    post(node, "/api/v1/alarms/1", own, body, &reply);
    assert_int_equal(reply.status, 200);
    reply_release(&reply);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(alarms_are_listed_and_worked_on, make_node, drop_node),
        cmocka_unit_test_setup_teardown(the_present_alarms_are_kept, make_node, drop_node),
        cmocka_unit_test_setup_teardown(answers_are_not_kept, make_node, drop_node),
        cmocka_unit_test_setup_teardown(a_busy_node_says_so, make_node, drop_node),
        cmocka_unit_test_setup_teardown(what_may_come_from_elsewhere_is_refused, make_node, drop_node),
    };
    return cmocka_run_group_tests_name("serve/alarms", tests, NULL, NULL);
}
