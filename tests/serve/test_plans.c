/*
 * Kept plans over HTTP: the list, tables and files of one, its document, what-ifs, and questions that cannot be answered.
 */
#include "served_node.h"

#include "jobs/plan/plan.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_kept_plan_is_told, make_node, drop_node),
        cmocka_unit_test_setup_teardown(what_if_over_http, make_node, drop_node),
        cmocka_unit_test_setup_teardown(what_cannot_be_answered, make_node, drop_node),
    };
    return vg_run_group_tests("plans", tests, NULL, NULL);
}
