/*
 * The first view over HTTP: the situation that was kept after the import is sent as it was kept, what was not kept is computed, and what is stale too.
 */
#include "client.h"
#include "test_node.h"

#include "serve/serve.h"

static void import(struct node *node, int factor)
{
    static const char *const codes[] = {"CO-ANT", "CO-CAL", "CO-RIS"};
    struct vg_buffer file;
    struct vg_import_outcome outcome;
    vg_buffer_init(&file, 0);
    vg_buffer_text(&file, "date,location,cases\n");
    for (int day = 1; day <= 28; day++) {
        for (int place = 0; place < 3; place++) {
            vg_buffer_format(&file, "2021-02-%02d,%s,%d\n", day, codes[place], factor * (3 + (day * 5 + place) % 4));
        }
    }
    struct vg_import_request request = {.path = "wave.csv", .data = file.data, .data_bytes = file.size, .dataset = "wave"};
    request.intake.published = VG_DATE_NONE;
    vg_assert_ok(vg_job_import(node->store, &request, &node->arena, &outcome, &node->error), node->error);
    vg_buffer_release(&file);
}

/* Whether the answer of a server started for it holds the text. */
static bool answers_with(struct node *node, const char *target, const char *text)
{
    struct vg_server *server = NULL;
    struct reply reply;
    const struct vg_server_options options = {.node_folder = node->folder};
    vg_assert_ok(vg_server_start(&options, &server, &node->error), node->error);
    client_get(vg_server_port(server), target, &reply);
    if (reply.status != 200) {
        fail_msg("%s: %u %.300s", target, reply.status, reply.body == NULL ? "" : reply.body);
    }
    bool found = memmem(reply.body, reply.body_bytes, text, strlen(text)) != NULL;
    reply_release(&reply);
    vg_server_stop(server);
    return found;
}

static void what_was_kept_is_sent_as_it_was_kept(void **state)
{
    struct node *node = *state;
    static const char marked[] = "{\"columns\":[],\"rows\":[],\"meta\":{\"marked\":true}}"; /* so that it can be told from one that is computed */
    static const char *const computed[] = {"/api/v1/situation?dataset=wave&format=csv", "/api/v1/situation?dataset=wave&level=admin1", "/api/v1/situation?dataset=wave&as_of=2021-02-20"};
    struct vg_product product;
    import(node, 1);
    vg_assert_ok(vg_job_refresh_products(node->store, VG_DATE_NONE, NULL, &node->error), node->error);
    assert_true(answers_with(node, "/api/v1/situation?dataset=wave", "CO-RIS"));
    vg_assert_ok(vg_store_get_product(node->store, "situation", "wave|now", &node->arena, &product, &node->error), node->error);
    product.content = marked;
    product.content_bytes = sizeof marked - 1;
    vg_assert_ok(vg_store_put_products(node->store, &product, 1, &node->error), node->error);
    assert_true(answers_with(node, "/api/v1/situation", marked));
    assert_true(answers_with(node, "/api/v1/situation?dataset=wave&measure=cases_report", marked)); /* as the page asks */
    for (size_t i = 0; i < sizeof computed / sizeof *computed; i++) {
        assert_true(answers_with(node, computed[i], "CO-RIS"));
    }
    import(node, 2);
    assert_true(answers_with(node, "/api/v1/situation?dataset=wave", "CO-RIS")); /* stale: computed */
    assert_false(answers_with(node, "/api/v1/situation?dataset=wave", "marked"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_kept_is_sent_as_it_was_kept, make_node, drop_node),
    };
    return cmocka_run_group_tests_name("serve/first_view", tests, NULL, NULL);
}
