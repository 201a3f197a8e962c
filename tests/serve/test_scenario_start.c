/*
 * What a scenario of a place of the node starts from, over HTTP: its parts at the level that has people, its counts as known on a day, and where that is not possible, why.
 */
#include "client.h"
#include "test_node.h"

#include "serve/serve.h"

#include <jansson.h>

static struct vg_server *server;

static void import(struct node *node, const char *name, const char *dataset, const struct vg_buffer *text)
{
    struct vg_import_outcome outcome;
    struct vg_import_request request = {.path = name, .data = text->data, .data_bytes = text->size, .dataset = dataset};
    request.intake.published = VG_DATE_NONE;
    vg_assert_ok(vg_job_import(node->store, &request, &node->arena, &outcome, &node->error), node->error);
}

/* Counts of two departments; people, names and coordinates come with the program. */
static int make_served_node(void **state)
{
    struct vg_buffer text;
    if (make_node(state) != 0) {
        return -1;
    }
    struct node *node = *state;
    vg_buffer_init(&text, 0);
    vg_buffer_text(&text, "date,location,cases,deaths\n");
    for (int day = 1; day <= 28; day++) {
        vg_buffer_format(&text, "2021-02-%02d,CO-ANT,%d,%s\n2021-02-%02d,CO-CAL,%d,1\n", day, 10 * day, day == 3 ? "" : "2", day, day);
    }
    import(node, "wave.csv", "wave", &text);
    vg_buffer_release(&text);
    const struct vg_server_options options = {.node_folder = node->folder};
    if (vg_server_start(&options, &server, &node->error) != VG_OK) {
        print_error("%s\n", node->error.message);
        return -1;
    }
    return 0;
}

static int drop_served_node(void **state)
{
    vg_server_stop(server);
    return drop_node(state);
}

static json_t *ask(const char *query, unsigned status)
{
    char target[200];
    struct reply reply;
    json_error_t problem;
    (void)snprintf(target, sizeof target, "/api/v1/scenario?%s", query);
    client_get(vg_server_port(server), target, &reply);
    if (reply.status != status) {
        fail_msg("%s: %u %.300s", target, reply.status, reply.body == NULL ? "" : reply.body);
    }
    json_t *body = json_loadb(reply.body, reply.body_bytes, 0, &problem);
    assert_non_null(body);
    reply_release(&reply);
    return body;
}

static const char *text_of(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

static double count_of(const json_t *body, const char *kind, size_t day)
{
    return json_number_value(json_array_get(json_object_get(json_object_get(body, "counts"), kind), day));
}

static void a_place_has_parts_and_counts(void **state)
{
    (void)state;
    json_t *body = ask("dataset=wave&place=CO", 200);
    const json_t *parts = json_object_get(json_object_get(body, "parts"), "rows");
    assert_string_equal(text_of(body, "level"), "admin1");
    assert_string_equal(text_of(body, "country"), "CO");
    assert_int_equal(json_array_size(parts), 33); /* also those without data */
    double people = 0;
    for (size_t i = 0; i < 33; i++) {
        people += json_number_value(json_array_get(json_array_get(parts, i), 3));
    }
    assert_true(people > 4e7 && people == json_number_value(json_object_get(body, "population")));
    assert_int_equal(json_integer_value(json_object_get(body, "without_population")), 0);
    assert_string_equal(json_string_value(json_array_get(json_array_get(parts, 0), 2)), "CO");
    assert_string_equal(text_of(json_object_get(body, "counts"), "from"), "2021-02-01");
    assert_int_equal(json_array_size(json_object_get(json_object_get(body, "counts"), "cases")), 28);
    assert_true(count_of(body, "cases", 9) == 110);
    assert_true(count_of(body, "deaths", 0) == 3);
    assert_null(json_object_get(json_object_get(body, "counts"), "admissions"));
    json_decref(body);
    /* as it was known then, of one part, which has no parts itself */
    body = ask("dataset=wave&place=CO-ANT", 200);
    assert_string_equal(text_of(body, "level"), "none");
    assert_true(json_number_value(json_object_get(body, "population")) < people / 3);
    assert_true(count_of(body, "cases", 9) == 100);
    json_decref(body);
    body = ask("dataset=wave&place=CO&level=none", 200);
    assert_int_equal(json_array_size(json_object_get(json_object_get(body, "parts"), "rows")), 1);
    assert_int_equal(json_array_size(json_object_get(body, "levels")), 1);
    json_decref(body);
}

static void what_cannot_be_is_said(void **state)
{
    (void)state;
    json_t *body = ask("dataset=wave&place=CO&level=admin2", 422);
    assert_non_null(strstr(text_of(json_object_get(body, "error"), "message"), "at the level admin2"));
    json_decref(body);
    body = ask("dataset=wave&place=CO&level=moon", 400);
    json_decref(body);
    body = ask("dataset=wave&place=AG-03", 422);
    assert_non_null(strstr(text_of(json_object_get(body, "error"), "message"), "nobody knows how many people live"));
    json_decref(body);
    body = ask("dataset=wave&place=ZZ-9", 404);
    json_decref(body);
    body = ask("dataset=wave&place=CO&measure=cases", 400);
    json_decref(body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_place_has_parts_and_counts), cmocka_unit_test(what_cannot_be_is_said)};
    return cmocka_run_group_tests_name("serve/scenario_start", tests, make_served_node, drop_served_node);
}
