/*
 * The stock ledger over HTTP: its tables, and entries that are taken once, all or none, from the node's own page alone.
 */
#include "served_node.h"

#include "jobs/stock/stock.h"

#define STOCK "/api/v1/stock"

static int make_node(void **state)
{
    return new_node(state, vg_job_init) && start_server(*state, &(struct vg_server_options){.request_seconds = 2}) ? 0 : -1;
}

static json_t *tell(const struct node *node, const char *body, unsigned status)
{
    struct reply reply;
    post(node, STOCK, JSON, body, &reply);
    if (reply.status != status) {
        fail_msg("%.200s: %u %.300s", body, reply.status, reply.body == NULL ? "" : reply.body);
    }
    json_t *answer = json_of(&reply);
    reply_release(&reply);
    return answer;
}

static const char received[] = "{\"by\":\"Zoë\",\"entries\":[{\"entry\":\"0123456789abcdef\",\"event\":\"received\",\"place\":\"Huila\",\"facility\":\"San Juan\",\"item\":\"n95\",\"amount\":\"500\",\"date\":\"2021-03-01\"}]}";

static void an_entry_is_taken_once(void **state)
{
    const struct node *node = *state;
    json_decref(tell(node, received, 200));
    json_t *again = tell(node, received, 200);
    assert_true(json_is_true(named_cell(again, 0, "already")));
    json_decref(again);
    json_t *body = get_json(node, STOCK "?language=pt");
    assert_int_equal(n_rows(body), 1);
    assert_string_equal(json_string_value(named_cell(body, 0, "place")), "CO-HUI");
    assert_string_equal(json_string_value(named_cell(body, 0, "title")), "máscaras N95 ou PFF2");
    assert_true(json_number_value(named_cell(body, 0, "amount")) == 500.0);
    assert_string_equal(json_string_value(json_object_get(json_object_get(body, "meta"), "day")), "2021-03-01");
    json_decref(body);
    body = get_json(node, STOCK "?show=movements");
    assert_int_equal(n_rows(body), 1);
    assert_string_equal(json_string_value(named_cell(body, 0, "by")), "Zoë");
    json_decref(body);
}

static void what_cannot_be_is_refused_whole(void **state)
{
    const struct node *node = *state;
    json_decref(tell(node, received, 200));
    const char *two = "{\"by\":\"Ana\",\"entries\":[{\"entry\":\"aaaaaaaa1\",\"event\":\"used\",\"place\":\"CO-HUI\",\"facility\":\"San Juan\",\"item\":\"respirator\",\"amount\":\"100\",\"date\":\"2021-03-02\"},"
                      "{\"entry\":\"aaaaaaaa2\",\"event\":\"used\",\"place\":\"CO-HUI\",\"facility\":\"San Juan\",\"item\":\"respirator\",\"amount\":\"401\",\"date\":\"2021-03-02\"}]}";
    json_t *answer = tell(node, two, 422);
    assert_non_null(strstr(json_string_value(json_object_get(json_object_get(answer, "error"), "message")), "has 400 pieces of respirator to give on 2021-03-02"));
    json_decref(answer);
    json_t *body = get_json(node, STOCK);
    assert_true(json_number_value(named_cell(body, 0, "amount")) == 500.0);
    json_decref(body);
    static const struct { const char *body; unsigned status; } wrong[] = {
        {"", 400}, {"[]", 400}, {"{\"by\":\"Ana\",\"entries\":[]}", 400}, {"{\"by\":\"Ana\",\"entries\":[{}]}", 400}, {"{\"by\":7,\"entries\":[{}]}", 400},
        {"{\"by\":\"Ana\",\"entries\":[{\"entry\":\"bbbbbbbb1\",\"event\":\"received\",\"place\":\"CO-HUI\",\"item\":\"gown\",\"amount\":5}]}", 400}, /* amounts are texts, as people write them */
        {"{\"by\":\"Ana\",\"entries\":[{\"entry\":\"bbbbbbbb1\",\"event\":\"received\",\"place\":\"CO-HUI\",\"item\":\"gown\",\"amount\":\"5\",\"price\":\"7\"}]}", 400},
        {"{\"by\":\"Ana\",\"entries\":[{\"entry\":\"b\",\"event\":\"received\",\"place\":\"CO-HUI\",\"item\":\"gown\",\"amount\":\"5\"}]}", 400},
        {"{\"by\":\"\",\"entries\":[{\"entry\":\"bbbbbbbb1\",\"event\":\"received\",\"place\":\"CO-HUI\",\"item\":\"gown\",\"amount\":\"5\"}]}", 400},
        {"{\"by\":\"Ana\",\"entries\":[{\"entry\":\"bbbbbbbb1\",\"event\":\"received\",\"place\":\"Atlantis\",\"item\":\"gown\",\"amount\":\"5\"}]}", 422},
        {"{\"by\":\"Ana\",\"entries\":[{\"entry\":\"bbbbbbbb1\",\"event\":\"received\",\"place\":\"CO-HUI\",\"item\":\"gown\\u0000\",\"amount\":\"5\"}]}", 400},
        {"{\"by\":\"Ana\",\"entries\":[{\"entry\":\"bbbbbbbb1\",\"event\":\"received\",\"place\":\"CO-HUI\",\"item\":\"gown\",\"amount\":\"many\"}]}", 400},
        {"{\"by\":\"Ana\",\"entries\":[{\"entry\":\"bbbbbbbb1\",\"event\":\"received\",\"place\":\"CO-HUI\",\"item\":\"gown\",\"amount\":\"5\",\"date\":\"2999-01-01\"}]}", 422},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        json_decref(tell(node, wrong[i].body, wrong[i].status));
    }
    struct reply reply;
    post(node, STOCK, JSON "Origin: http://elsewhere.example\r\n", received, &reply);
    assert_refused(&reply, 403, "usage_error");
    reply_release(&reply);
    post(node, STOCK, "Content-Type: text/plain\r\n", received, &reply);
    assert_refused(&reply, 415, "usage_error");
    reply_release(&reply);
}

static void tables_and_wrong_questions(void **state)
{
    const struct node *node = *state;
    static const char *const good[] = {"", "?show=cover", "?show=expiry&horizon=30", "?show=missing&level=admin1", "?show=movements&most=5", "?show=items&language=zh", "?show=lots", "?show=stock&level=country&place=CO", "?date=2021-03-05&format=csv"};
    static const struct { const char *query; unsigned status; } wrong[] = {{"?show=prices", 400}, {"?item=unicorn", 404}, {"?place=Atlantis", 404}, {"?level=street", 400}, {"?date=soon", 400}, {"?language=xx", 400}, {"?unknown=1", 400}, {"?most=0", 400}};
    struct reply reply;
    char target[160], value[512];
    json_decref(tell(node, received, 200));
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        (void)snprintf(target, sizeof target, STOCK "%s", good[i]);
        client_get(node->port, target, &reply);
        if (reply.status != 200) {
            fail_msg("%s: %u %.300s", target, reply.status, reply.body == NULL ? "" : reply.body);
        }
        assert_string_equal(header(&reply, "Cache-Control", value), "no-store");
        reply_release(&reply);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        (void)snprintf(target, sizeof target, STOCK "%s", wrong[i].query);
        client_get(node->port, target, &reply);
        if (reply.status != wrong[i].status) {
            fail_msg("%s: %u, not %u", target, reply.status, wrong[i].status);
        }
        reply_release(&reply);
    }
    json_t *body = get_json(node, STOCK "?show=missing&level=admin1");
    assert_true(n_rows(body) > 32 * 4); /* five figures of each department but what Huila told */
    json_decref(body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_entry_is_taken_once, make_node, drop_node),
        cmocka_unit_test_setup_teardown(what_cannot_be_is_refused_whole, make_node, drop_node),
        cmocka_unit_test_setup_teardown(tables_and_wrong_questions, make_node, drop_node),
    };
    return vg_run_group_tests("stock", tests, NULL, NULL);
}
