/*
 * Kept plans over HTTP: the list, tables and files of one, its document, what-ifs, and questions that cannot be answered.
 */
#include "served_node.h"

#include "jobs/plan/plan.h"
#include "jobs/stock/stock.h"

#define PLANS "/api/v1/plans"

static const char needs[] = "place,resource,date,amount\nCO-ANT,ventilator,2021-03-01,40\nCO-ANT,ventilator,2021-03-08,50\nCO-HUI,ventilator,2021-03-01,10\n";
static const char stocks[] = "place,resource,amount\nCO-ANT,ventilator,20\nCO-HUI,ventilator,30\n";
static const char ways[] = "from,to,days\nCO-HUI,CO-ANT,2\n";
static const char kinds[] = "resource,kind\nventilator,reusable\n";

static vg_status make_with_plan(const char *folder, struct vg_error *error)
{
    const struct vg_given_file files[] = {{"needs", needs, sizeof needs - 1}, {"stocks", stocks, sizeof stocks - 1}, {"ways", ways, sizeof ways - 1}, {"kinds", kinds, sizeof kinds - 1}};
    struct vg_plan_request request;
    struct vg_store *store = NULL;
    struct vg_arena arena;
    struct vg_answer answer;
    vg_arena_init(&arena, 0);
    vg_answer_init(&answer, &arena);
    vg_plan_request_init(&request);
    request.needs_path = "needs";
    request.stocks_path = "stocks";
    request.ways_path = "ways";
    request.resources_path = "kinds";
    request.files = files;
    request.n_files = 4;
    vg_status status = vg_job_init(folder, error);
    status = status == VG_OK ? vg_store_open(folder, VG_STORE_WRITE, &store, error) : status;
    status = status == VG_OK ? vg_job_plan_keep(&request, store, "March & more", false, NULL, &arena, &answer, error) : status;
    vg_store_close(store);
    vg_answer_release(&answer);
    vg_arena_release(&arena);
    return status;
}

static int make_node(void **state)
{
    return new_node(state, make_with_plan) && start_server(*state, &(struct vg_server_options){.request_seconds = 2}) ? 0 : -1;
}

static void a_kept_plan_is_told(void **state)
{
    const struct node *node = *state;
    struct reply reply;
    json_t *body = get_json(node, PLANS);
    assert_int_equal(n_rows(body), 1);
    assert_string_equal(json_string_value(named_cell(body, 0, "name")), "March & more");
    assert_int_equal(json_integer_value(named_cell(body, 0, "movements")), 1);
    json_decref(body);
    body = get_json(node, PLANS "?name=March%20%26%20more&language=fr");
    assert_int_equal(n_rows(body), 1);
    assert_int_equal(json_integer_value(named_cell(body, 0, "amount")), 20);
    assert_non_null(strstr(json_string_value(named_cell(body, 0, "reason")), "à Antioquia manqueraient en moyenne 25, et avec le plan 15"));
    json_decref(body);
    body = get_json(node, PLANS "?name=March%20%26%20more&show=summary");
    assert_true(json_number_value(named_cell(body, 0, "unmet")) == 30.0); /* the plan: (40 - 40 on the way or there) ... 40 - 20 - 20 + 50 - 40, and none in Huila */
    json_decref(body);
    body = get_json(node, "/api/v1/plan?name=March%20%26%20more");
    const json_t *place = json_array_get(json_object_get(body, "places"), 0);
    assert_string_equal(json_string_value(json_object_get(place, "code")), "CO-ANT");
    assert_true(json_number_value(json_object_get(place, "latitude")) > 4.0);
    assert_int_equal(json_array_size(json_object_get(json_object_get(body, "plan"), "dates")), 2);
    assert_false(json_is_true(json_object_get(body, "exercise")));
    json_decref(body);
    client_get(node->port, PLANS "?name=March%20%26%20more&show=movements&format=xlsx", &reply);
    assert_int_equal(reply.status, 200);
    assert_true(reply.body_bytes > 1000 && memcmp(reply.body, "PK", 2) == 0);
    reply_release(&reply);
}

static void what_if_over_http(void **state)
{
    const struct node *node = *state;
    for (int again = 0; again < 3; again++) { /* the second time from memory */
        json_t *body = get_json(node, PLANS "?name=March%20%26%20more&what_if=CO-ANT,ventilator,5&language=en");
        assert_int_equal(n_rows(body), 1);
        assert_string_equal(json_string_value(named_cell(body, 0, "name")), "Antioquia");
        assert_true(json_number_value(named_cell(body, 0, "gained")) == 10.0); /* five more in each of two weeks */
        assert_true(json_is_true(json_object_get(json_object_get(body, "meta"), "warm")));
        json_decref(body);
    }
}

static void what_cannot_be_answered(void **state)
{
    const struct node *node = *state;
    static const struct { const char *target; unsigned status; } wrong[] = {
        {PLANS "?name=other", 404}, {"/api/v1/plan?name=other", 404}, {"/api/v1/plan", 400}, {PLANS "?name=March%20%26%20more&show=worth", 400}, {PLANS "?show=summary", 400}, {PLANS "?place=CO", 400},
        {PLANS "?name=March%20%26%20more&what_if=CO-ANT", 400}, {PLANS "?name=March%20%26%20more&what_if=CO-ANT,ventilator,1e9", 400}, {PLANS "?name=March%20%26%20more&what_if=CO-ANT,ventilator,-21", 400},
        {PLANS "?name=March%20%26%20more&what_if=CO-ANT,ventilator,9223372036854775807", 400}, {PLANS "?name=March%20%26%20more&language=xx", 400}, {PLANS "?name=March%20%26%20more&format=pdf", 400},
        {PLANS "?name=March%20%26%20more&what_if=Atlantis,ventilator,1", 400}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct reply reply;
        client_get(node->port, wrong[i].target, &reply);
        if (reply.status != wrong[i].status) {
            fail_msg("%s: %u, not %u: %.200s", wrong[i].target, reply.status, wrong[i].status, reply.body == NULL ? "" : reply.body);
        }
        reply_release(&reply);
    }
}

/* --------------------------------------------------------------------------------- made */

/* Three departments whose hospitals fill, and the ventilators of two of them, of a depot of the country, and of a department that is left out. */
static vg_status make_with_hospitals(const char *folder, struct vg_error *error)
{
    static const char *const there[][3] = {{"CO-ANT", "", "10"}, {"CO-HUI", "", "60"}, {"CO-CUN", "", "90"}, {"CO", "Depot, national", "25"}};
    struct vg_store *store = NULL;
    struct vg_arena arena;
    struct vg_answer answer;
    struct vg_buffer csv;
    struct vg_import_outcome outcome;
    vg_arena_init(&arena, 0);
    vg_answer_init(&answer, &arena);
    vg_buffer_init(&csv, 0);
    vg_buffer_text(&csv, "disease,date,place_code,ward_patients,icu_patients,ward_beds,icu_beds,waiting,release_day\n");
    for (int day = 0; day < 60; day++) {
        char date[VG_DATE_TEXT_BYTES];
        (void)vg_date_print(18600 + day, date);
        vg_buffer_format(&csv, "flu,%s,CO-ANT,%d,%d,90,30,0,%s\nflu,%s,CO-HUI,%d,%d,90,30,0,%s\nflu,%s,CO-CUN,60,20,90,30,0,%s\n", date, 40 + 2 * day, 12 + day, date, date, 25 + day % 5, 7 + day % 2, date, date, date);
    }
    struct vg_import_request import = {.path = "census.csv", .data = csv.data, .data_bytes = csv.size, .dataset = "hospitals"};
    import.intake.published = VG_DATE_NONE;
    vg_status status = vg_job_init(folder, error);
    status = status == VG_OK ? vg_store_open(folder, VG_STORE_WRITE, &store, error) : status;
    status = status == VG_OK ? vg_job_import(store, &import, &arena, &outcome, error) : status;
    for (size_t i = 0; status == VG_OK && i < sizeof there / sizeof *there; i++) {
        const char *entry = vg_arena_format(&arena, "entry-of-test-%zu", i);
        const struct vg_stock_said said = {.entry = entry, .event = "counted", .item = "ventilator", .amount = there[i][2], .place = there[i][0], .facility = there[i][1][0] == '\0' ? NULL : there[i][1], .day = "2021-01-30"};
        vg_answer_release(&answer);
        vg_answer_init(&answer, &arena);
        status = vg_job_stock_say(store, "Ana", &said, 1, &arena, &answer, error);
    }
    vg_store_close(store);
    vg_buffer_release(&csv);
    vg_answer_release(&answer);
    vg_arena_release(&arena);
    return status;
}

static int make_hospitals(void **state)
{
    return new_node(state, make_with_hospitals) && start_server(*state, &(struct vg_server_options){.request_seconds = 2}) ? 0 : -1;
}

static json_t *order(const struct node *node, const char *body, unsigned status)
{
    struct reply reply;
    post(node, PLANS, JSON, body, &reply);
    if (reply.status != status) {
        fail_msg("%.300s: %u, not %u: %.300s", body, reply.status, status, reply.body == NULL ? "" : reply.body);
    }
    json_t *answer = json_of(&reply);
    reply_release(&reply);
    return answer;
}

#define MAKE(more) "{\"action\":\"make\",\"dataset\":\"hospitals\",\"ventilated_share\":0.7,\"resources\":[\"ventilator\"]," more "}"

static double sum_moved(const struct node *node, const char *query, const char *from)
{
    json_t *body = get_json(node, query);
    double sum = 0.0;
    for (size_t i = 0; i < n_rows(body); i++) {
        sum += from == NULL || strcmp(json_string_value(named_cell(body, i, "from")), from) == 0 ? json_number_value(named_cell(body, i, "amount")) : 0.0;
    }
    json_decref(body);
    return sum;
}

static void a_plan_is_made_and_removed(void **state)
{
    const struct node *node = *state;
    json_t *answer = order(node, MAKE("\"name\":\"All\""), 200);
    assert_string_equal(json_string_value(json_object_get(answer, "name")), "All");
    assert_true(json_is_null(json_object_get(answer, "left_out")));
    json_decref(answer);
    json_t *body = get_json(node, PLANS "?name=All&show=coverage");
    assert_int_equal(n_rows(body), 4); /* three departments and the depot */
    json_decref(body);
    body = get_json(node, PLANS "?name=All&show=summary");
    assert_int_equal(n_rows(body), 4); /* beside nothing moved, per head and by shortage; or without the second, where people are not known */
    assert_true(json_number_value(named_cell(body, 0, "unmet")) < json_number_value(named_cell(body, 1, "unmet")));
    json_decref(body);
    assert_true(sum_moved(node, PLANS "?name=All", "Depot, national") > 0.0);
    /* Two departments and two weeks: what lies in the third stays there; ways as listed, on which nothing comes from Huila. */
    json_decref(order(node, MAKE("\"name\":\"Two\",\"places\":[\"CO-ANT\",\"CO-HUI\"],\"weeks\":2,\"fairest\":true,\"nobody_worse\":true"), 200));
    body = get_json(node, "/api/v1/plan?name=Two");
    assert_int_equal(json_array_size(json_object_get(json_object_get(body, "plan"), "dates")), 2);
    json_decref(body);
    assert_true(sum_moved(node, PLANS "?name=Two", "CO-CUN") == 0.0 && sum_moved(node, PLANS "?name=Two", NULL) > 0.0);
    json_decref(order(node, MAKE("\"name\":\"Two\",\"replace\":true,\"places\":[\"CO-ANT\",\"CO-HUI\"],\"ways\":\"from,to,days\\nCO-CUN,CO-ANT,1\\nCO-HUI,CO-ANT,1\\n\""), 200)); /* a way of a place that was not chosen is no slip */
    json_decref(order(node, MAKE("\"name\":\"Two\",\"replace\":true,\"ways\":\"from,to,days\\nCO-CUN,CO-ANT,1\\n\""), 200));
    assert_true(sum_moved(node, PLANS "?name=Two", "CO-HUI") == 0.0 && sum_moved(node, PLANS "?name=Two", "CO-CUN") > 0.0);
    /* A budget that two resources share: kept with what limits it, the worst-served place first, too. */
    json_decref(order(node, "{\"action\":\"make\",\"dataset\":\"hospitals\",\"ventilated_share\":0.7,\"name\":\"Two\",\"replace\":true,\"resources\":[\"ventilator\",\"oxygen_m3\"],\"budget\":9,\"weights\":{\"oxygen_m3\":0.01,\"ventilator\":5},\"fairest\":true}", 200));
    body = get_json(node, PLANS "?name=Two&show=limits");
    assert_true(n_rows(body) == 1 && json_number_value(named_cell(body, 0, "most")) == 9.0 && json_number_value(named_cell(body, 0, "used")) > 0.0 && json_number_value(named_cell(body, 0, "used")) <= 9.0);
    json_decref(body);
    body = get_json(node, PLANS "?name=Two&show=fairness");
    assert_int_equal(n_rows(body), 6); /* two resources, and both by weights */
    json_decref(body);
    json_decref(order(node, "{\"action\":\"remove\",\"name\":\"Two\"}", 200));
    body = get_json(node, PLANS);
    assert_int_equal(n_rows(body), 1);
    json_decref(body);
}

static void what_cannot_be_made(void **state)
{
    const struct node *node = *state;
    static const struct { const char *body; unsigned status; const char *said; } wrong[] = {
        {"", 400, "action"}, {"[]", 400, "action"}, {"{\"action\":\"dream\",\"name\":\"x\"}", 400, "make or remove"}, {"{\"action\":\"make\",\"name\":\"x\"}", 400, "dataset"},
        {"{\"action\":\"remove\"}", 400, "a name"}, {"{\"action\":\"remove\",\"name\":\"none\"}", 404, "no plan"}, {"{\"action\":\"make\",\"name\":\"x\",\"dataset\":\"other\"}", 404, "other"},
        {MAKE("\"name\":\"x\",\"places\":[\"CO-ANT\",\"CO-AMA\"]"), 400, "CO-AMA"}, {MAKE("\"name\":\"x\",\"places\":[\"CO-ANT\"]"), 400, "1 place is"}, {MAKE("\"name\":\"x\",\"places\":\"CO-ANT\""), 400, "places"},
        {MAKE("\"name\":\"x\",\"weeks\":5"), 400, "weeks"}, {MAKE("\"name\":\"x\",\"level\":\"street\""), 400, "level"}, {MAKE("\"name\":\"x\",\"neighbours\":0"), 400, "neighbours"},
        {MAKE("\"name\":\"x\",\"km_per_day\":-3"), 400, "km_per_day"}, {MAKE("\"name\":\"x\",\"colour\":3"), 400, "colour"}, {MAKE("\"name\":\"x\",\"level\":\"admin2\""), 422, "level"},
        {MAKE("\"name\":\"x\",\"ways\":\"from,to,days\\nCO-CUN,CO-ANT,soon\\n\""), 422, "line 2, column days"},
        {MAKE("\"name\":\"x\",\"ways\":\"from,to,days\\nCO-CUN,CO-ANT,1\\nCO-CUN,CO-ATN,1\\n\""), 422, "CO-ATN"},
        {"{\"action\":\"make\",\"name\":\"x\",\"dataset\":\"hospitals\",\"ventilated_share\":0.7,\"resources\":[\"ventilator\",\"ward\"],\"budget\":5}", 400, "weights"},
        {"{\"action\":\"make\",\"name\":\"x\",\"dataset\":\"hospitals\",\"ventilated_share\":0.7,\"resources\":[\"ventilator\",\"ward\"],\"budget\":5,\"weights\":{\"ventilator\":2}}", 400, "ward"},
        {MAKE("\"name\":\"x\",\"budget\":-1"), 400, "budget"}, {MAKE("\"name\":\"x\",\"weights\":{\"unicorn\":2}"), 400, "unicorn"}, {MAKE("\"name\":\"x\",\"weights\":[2]"), 400, "weights"},
        {"{\"action\":\"make\",\"name\":\"x\",\"dataset\":\"hospitals\",\"resources\":[\"unicorn\"]}", 400, "unicorn"}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        json_t *answer = order(node, wrong[i].body, wrong[i].status);
        const char *message = json_string_value(json_object_get(json_object_get(answer, "error"), "message"));
        if (message == NULL || strstr(message, wrong[i].said) == NULL) {
            fail_msg("%s: \"%s\" does not say \"%s\"", wrong[i].body, message, wrong[i].said);
        }
        json_decref(answer);
    }
    json_decref(order(node, MAKE("\"name\":\"x\""), 200));
    json_decref(order(node, MAKE("\"name\":\"x\""), 400)); /* it is there */
    struct reply reply;
    post(node, PLANS, JSON "Origin: http://elsewhere.example\r\n", MAKE("\"name\":\"y\""), &reply);
    assert_refused(&reply, 403, "usage_error");
    reply_release(&reply);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_kept_plan_is_told, make_node, drop_node),
        cmocka_unit_test_setup_teardown(what_if_over_http, make_node, drop_node),
        cmocka_unit_test_setup_teardown(what_cannot_be_answered, make_node, drop_node),
        cmocka_unit_test_setup_teardown(a_plan_is_made_and_removed, make_hospitals, drop_node),
        cmocka_unit_test_setup_teardown(what_cannot_be_made, make_hospitals, drop_node),
    };
    return vg_run_group_tests("plans", tests, NULL, NULL);
}
