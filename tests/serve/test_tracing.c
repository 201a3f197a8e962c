/*
 * Tracing over HTTP: lists, an officer's day and indicators without names, and visits that are taken once however often they are sent.
 */
#include "served_tracing.h"

static void lists_are_filtered(void **state)
{
    const struct node *node = *state;
    json_t *body = get_json(node, "/api/v1/tracing");
    assert_int_equal(n_rows(body), 2);
    assert_string_equal(json_string_value(named_cell(body, 0, "officer")), "Ana");
    assert_int_equal(json_integer_value(named_cell(body, 0, "open")), 3);
    assert_string_equal(json_string_value(named_cell(body, 1, "officer")), "Luis");
    assert_int_equal(json_integer_value(named_cell(body, 1, "open")), 1);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(body, "meta"), "contacts")), CONTACTS);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(body, "meta"), "cases")), 1);
    json_decref(body);
    expect_rows(node, "show=contacts", CONTACTS);
    expect_rows(node, "show=contacts&officer=Luis", 2);
    expect_rows(node, "show=contacts&place=CO-HUI", 2);
    expect_rows(node, "show=contacts&place=CO", CONTACTS); /* and all below it */
    expect_rows(node, "show=contacts&place=CO-TOL&officer=Luis", 1);
    expect_rows(node, "show=contacts&status=open&most=2", 2);
    expect_rows(node, "show=contacts&status=completed", 0);
    expect_rows(node, "show=contacts&most=2&skip=4", 1);
    expect_rows(node, "show=contacts&skip=0", CONTACTS);
    expect_rows(node, "show=cases&status=confirmed", 1);
    expect_rows(node, "show=day&officer=Ana", 3);
    expect_rows(node, "show=day&officer=Nobody", 0);
    expect_rows(node, "show=day&officer=Ana&date=2020-01-01", 0);
    expect_rows(node, "show=forward&officer=Ana", 3);
    expect_rows(node, "show=forward&most=2", 2);
    expect_rows(node, "show=backward&most=3", 3);
    expect_rows(node, "show=indicators", 11);
    body = get_json(node, "/api/v1/tracing?show=indicators");
    assert_string_equal(json_string_value(named_cell(body, 1, "indicator")), "contacts_per_case");
    assert_true(json_number_value(named_cell(body, 1, "value")) == CONTACTS);
    json_decref(body);
    body = get_json(node, "/api/v1/tracing?show=indicators&place=CO-TOL");
    assert_true(json_number_value(named_cell(body, 1, "numerator")) == 3);
    json_decref(body);
}

static void what_is_asked_wrongly_is_refused(void **state)
{
    static const char *const wrong[] = {"?show=persons", "?show=audit", "?show=day", "?show=day&officer=Ana&place=CO", "?show=contacts&status=ill", "?show=contacts&most=0", "?show=contacts&most=9999999",
                                        "?show=contacts&skip=-1", "?show=contacts&date=2020-01-01", "?show=contacts&names_for=me", "?show=day&officer=Ana&date=soon", "?officer=Ana", "?show=events&status=open", "?show=orders&status=open", "?show=attendees&event=x", "?show=orders&place=CO", "?show=beside&person=0",
                                        "?show=merges&person=1", "?show=contacts&other=1"};
    const struct node *node = *state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        expect_status(node, wrong[i], 400);
    }
    expect_status(node, "/followups", 404);
    expect_status(node, "?show=forward&disease=nothing", 404);
    expect_status(node, "?show=attendees&event=7", 404);
    expect_status(node, "?show=beside&person=77", 404);
    expect_status(node, "/entries", 404);
    expect_status(node, "/persons", 404);
}

/* Whatever is asked, in whatever form: the names are not in it, nor do answers stay in caches. */
static void nobody_is_named(void **state)
{
    static const char *const all[] = {"", "?show=contacts", "?show=cases", "?show=day&officer=Ana", "?show=forward", "?show=backward", "?show=indicators", "?show=contacts&format=csv"};
    const struct node *node = *state;
    char target[128], value[512];
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct reply reply;
        (void)snprintf(target, sizeof target, "/api/v1/tracing%s", all[i]);
        client_get(node->port, target, &reply);
        assert_int_equal(reply.status, 200);
        assert_true(reply.body_bytes > 20);
        assert_null(memmem(reply.body, reply.body_bytes, secret, sizeof secret - 1));
        assert_string_equal(header(&reply, "Cache-Control", value), "no-store");
        assert_null(header(&reply, "ETag", value));
        reply_release(&reply);
    }
}

static void an_empty_record_is_one(void **state)
{
    const struct node *node = *state;
    json_t *body = get_json(node, "/api/v1/tracing");
    assert_int_equal(n_rows(body), 0);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(body, "meta"), "contacts")), 0);
    json_decref(body);
    expect_rows(node, "show=contacts", 0);
    expect_rows(node, "show=forward", 0);
    expect_rows(node, "show=backward", 0);
    expect_rows(node, "show=day&officer=Ana", 0);
    expect_rows(node, "show=indicators", 11);
}

/* ------------------------------------------------------------------ visits */

#define FOLLOWUPS "/api/v1/tracing/followups"

static json_t *tell(const struct node *node, const char *body, unsigned status)
{
    struct reply reply;
    post(node, FOLLOWUPS, JSON, body, &reply);
    if (reply.status != status) {
        fail_msg("%.200s: %u %.300s", body, reply.status, reply.body == NULL ? "" : reply.body);
    }
    json_t *answer = json_of(&reply);
    reply_release(&reply);
    return answer;
}

static const char *visit(char out[512], const char *entry, int contact, int days_ago, const char *rest)
{
    char day[VG_DATE_TEXT_BYTES];
    (void)vg_date_print(vg_date_today() - days_ago, day);
    (void)snprintf(out, 512, "{\"entry\":\"%s\",\"contact\":%d,\"day\":\"%s\",%s}", entry, contact, day, rest);
    return out;
}

static const char *told(char out[1400], const char *first, const char *second)
{
    (void)snprintf(out, 1400, "{\"by\":\"Ana\",\"followups\":[%s%s%s]}", first, second == NULL ? "" : ",", second == NULL ? "" : second);
    return out;
}

static size_t visits_kept(struct node *node)
{
    const struct vg_tracing_query query = {.kind = VG_TRACING_FOLLOWUP};
    struct vg_store *store = NULL;
    size_t n = 0;
    vg_assert_ok(vg_store_open(node->folder, VG_STORE_READ, &store, &node->error), node->error);
    vg_assert_ok(vg_tracing_count(store, &query, &n, &node->error), node->error);
    vg_store_close(store);
    return n;
}

static void visits_are_taken_once(void **state)
{
    struct node *node = *state;
    char a[512], b[512], body[1400];
    visit(a, "aaaaaaaa-1", 1, 0, "\"seen\":\"in_person\",\"symptoms\":\"fever,cough\",\"temperature\":38.4");
    visit(b, "aaaaaaaa-2", 2, 1, "\"seen\":\"not_seen\",\"symptoms\":null");
    json_t *answer = tell(node, told(body, a, b), 200);
    assert_int_equal(n_rows(answer), 2);
    assert_string_equal(json_string_value(named_cell(answer, 0, "state")), "taken");
    assert_string_equal(json_string_value(named_cell(answer, 0, "entry")), "aaaaaaaa-1");
    assert_string_equal(json_string_value(named_cell(answer, 1, "state")), "taken");
    json_int_t number = json_integer_value(named_cell(answer, 0, "followup"));
    json_decref(answer);
    /* At once in the list of the day, first, with its alert. */
    json_t *day = get_json(node, "/api/v1/tracing?show=day&officer=Ana");
    assert_int_equal(json_integer_value(named_cell(day, 0, "contact")), 1);
    assert_true(json_is_true(named_cell(day, 0, "alert")) && json_is_true(named_cell(day, 0, "visited")));
    assert_string_equal(json_string_value(named_cell(day, 0, "symptoms")), "fever,cough");
    assert_false(json_is_true(named_cell(day, 1, "visited")));
    json_decref(day);
    /* The same again, as after an answer that was not heard. */
    for (int i = 0; i < 3; i++) {
        answer = tell(node, told(body, a, i == 1 ? b : NULL), 200);
        assert_string_equal(json_string_value(named_cell(answer, 0, "state")), "known");
        assert_int_equal(json_integer_value(named_cell(answer, 0, "followup")), number);
        json_decref(answer);
    }
    answer = tell(node, told(body, visit(a, "aaaaaaaa-3", 3, 0, "\"seen\":\"telephone\""), a), 200); /* twice in one */
    assert_string_equal(json_string_value(named_cell(answer, 0, "state")), "taken");
    assert_string_equal(json_string_value(named_cell(answer, 1, "state")), "known");
    json_decref(answer);
    assert_int_equal(visits_kept(node), 3);
}

/* Who is ill at a visit is a case in the same step, once, and is visited as a contact no more. */
static void a_visit_makes_a_case(void **state)
{
    struct node *node = *state;
    char a[512], body[1400], path[128];
    json_t *before = get_json(node, "/api/v1/tracing?show=cases&most=1"), *answer = NULL;
    json_int_t cases = json_integer_value(json_object_get(json_object_get(before, "meta"), "total")), number = 0;
    json_decref(before);
    visit(a, "cccccccc-1", 2, 0, "\"seen\":\"in_person\",\"symptoms\":\"fever\",\"case\":\"probable\",\"onset\":\"2020-01-02\"");
    for (int i = 0; i < 2; i++) {
        answer = tell(node, told(body, a, NULL), 200);
        assert_string_equal(json_string_value(named_cell(answer, 0, "state")), i == 0 ? "taken" : "known");
        assert_true(json_integer_value(named_cell(answer, 0, "case")) > 0 && (i == 0 || json_integer_value(named_cell(answer, 0, "case")) == number));
        number = json_integer_value(named_cell(answer, 0, "case"));
        json_decref(answer);
    }
    /* Another visit that says it again does not make a second one. */
    answer = tell(node, told(body, visit(a, "cccccccc-2", 2, 0, "\"seen\":\"telephone\",\"case\":\"confirmed\""), NULL), 200);
    assert_int_equal(json_integer_value(named_cell(answer, 0, "case")), number);
    json_decref(answer);
    (void)snprintf(path, sizeof path, "/api/v1/tracing?show=cases&most=1");
    answer = get_json(node, path);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(answer, "meta"), "total")), cases + 1);
    assert_int_equal(json_integer_value(named_cell(answer, 0, "from_contact")), 2);
    assert_string_equal(json_string_value(named_cell(answer, 0, "class")), "probable");
    assert_string_equal(json_string_value(named_cell(answer, 0, "onset")), "2020-01-02");
    json_decref(answer);
    answer = get_json(node, "/api/v1/tracing?show=day&officer=Ana");
    for (size_t row = 0; row < n_rows(answer); row++) {
        assert_int_not_equal(json_integer_value(named_cell(answer, row, "contact")), 2);
    }
    json_decref(answer);
    answer = tell(node, told(body, visit(a, "cccccccc-3", 3, 0, "\"seen\":\"telephone\",\"onset\":\"2020-01-02\""), NULL), 200); /* of no case */
    assert_string_equal(json_string_value(named_cell(answer, 0, "state")), "refused");
    json_decref(answer);
}

static void one_bad_visit_keeps_no_other_out(void **state)
{
    struct node *node = *state;
    char a[512], b[512], body[1400];
    const char *good = "\"seen\":\"in_person\"";
    json_decref(tell(node, told(body, visit(a, "bbbbbbbb-0", 1, 0, good), NULL), 200));
    const char *const bad[] = {visit(a, "bbbbbbbb-1", 77, 0, good), NULL, NULL, NULL};
    char more[3][512];
    visit(more[0], "bbbbbbbb-2", 1, 0, "\"seen\":\"in_person\",\"temperature\":98.6");
    visit(more[1], "bbbbbbbb-3", 1, -9, good);
    visit(more[2], "bbbbbbbb-0", 2, 0, good); /* the entry is another visit's */
    for (int i = 0; i < 4; i++) {
        char entry[16];
        (void)snprintf(entry, sizeof entry, "good-%d----", i);
        json_t *answer = tell(node, told(body, i == 0 ? bad[0] : more[i - 1], visit(b, entry, 2, 0, good)), 200);
        assert_string_equal(json_string_value(named_cell(answer, 0, "state")), "refused");
        assert_true(strlen(json_string_value(named_cell(answer, 0, "reason"))) > 10);
        assert_true(json_is_null(named_cell(answer, 0, "followup")));
        assert_string_equal(json_string_value(named_cell(answer, 1, "state")), "taken");
        json_decref(answer);
    }
    assert_int_equal(visits_kept(node), 5);
}

/* As on the command line: in any of the five languages, kept in the record's words; a word that is none is named, with those that are. */
static void symptoms_are_known_words(void **state)
{
    struct node *node = *state;
    char a[512], b[512], body[1400];
    visit(a, "eeeeeeee-1", 1, 0, "\"seen\":\"in_person\",\"symptoms\":\"fiebre, dor de garganta\"");
    visit(b, "eeeeeeee-2", 2, 0, "\"seen\":\"in_person\",\"symptoms\":\"fever,glittering\"");
    json_t *answer = tell(node, told(body, a, b), 200);
    assert_string_equal(json_string_value(named_cell(answer, 0, "state")), "taken");
    assert_string_equal(json_string_value(named_cell(answer, 1, "state")), "refused");
    const char *reason = json_string_value(named_cell(answer, 1, "reason"));
    assert_non_null(strstr(reason, "glittering"));
    assert_non_null(strstr(reason, "sore_throat,headache"));
    json_decref(answer);
    answer = get_json(node, "/api/v1/tracing?show=day&officer=Ana");
    assert_string_equal(json_string_value(named_cell(answer, 0, "symptoms")), "fever,sore_throat");
    json_decref(answer);
    answer = tell(node, told(body, a, NULL), 200); /* sent again it is the same, though it is kept in other words */
    assert_string_equal(json_string_value(named_cell(answer, 0, "state")), "known");
    json_decref(answer);
    assert_int_equal(visits_kept(node), 1);
}

static void what_is_no_visit_is_refused(void **state)
{
    static const char *const wrong[] = {
        "", "[]", "{}", "{\"by\":\"Ana\"}", "{\"by\":\"Ana\",\"followups\":[]}", "{\"by\":\"Ana\",\"followups\":{}}", "{\"by\":\"Ana\",\"followups\":[1]}",
        "{\"by\":\"\",\"followups\":[{\"entry\":\"12345678\",\"contact\":1,\"day\":\"2020-01-01\",\"seen\":\"not_seen\"}]}",
        "{\"by\":\" \",\"followups\":[{\"entry\":\"12345678\",\"contact\":1,\"day\":\"2020-01-01\",\"seen\":\"not_seen\"}]}",
        "{\"by\":\"A\\nb\",\"followups\":[{\"entry\":\"12345678\",\"contact\":1,\"day\":\"2020-01-01\",\"seen\":\"not_seen\"}]}",
        "{\"by\":\"Ana\",\"role\":\"administrator\",\"followups\":[{\"entry\":\"12345678\",\"contact\":1,\"day\":\"2020-01-01\",\"seen\":\"not_seen\"}]}",
        "{\"by\":\"Ana\",\"followups\":[{\"entry\":\"1234567\",\"contact\":1,\"day\":\"2020-01-01\",\"seen\":\"not_seen\"}]}",
        "{\"by\":\"Ana\",\"followups\":[{\"entry\":\"1234 5678\",\"contact\":1,\"day\":\"2020-01-01\",\"seen\":\"not_seen\"}]}",
        "{\"by\":\"Ana\",\"followups\":[{\"entry\":\"12345678\",\"contact\":\"1\",\"day\":\"2020-01-01\",\"seen\":\"not_seen\"}]}",
        "{\"by\":\"Ana\",\"followups\":[{\"entry\":\"12345678\",\"contact\":-1,\"day\":\"2020-01-01\",\"seen\":\"not_seen\"}]}",
        "{\"by\":\"Ana\",\"followups\":[{\"entry\":\"12345678\",\"contact\":1,\"day\":\"2020-13-01\",\"seen\":\"not_seen\"}]}",
        "{\"by\":\"Ana\",\"followups\":[{\"entry\":\"12345678\",\"contact\":1,\"day\":\"2020-01-01\",\"seen\":\"perhaps\"}]}",
        "{\"by\":\"Ana\",\"followups\":[{\"entry\":\"12345678\",\"contact\":1,\"day\":\"2020-01-01\",\"seen\":null}]}",
        "{\"by\":\"Ana\",\"followups\":[{\"entry\":\"12345678\",\"contact\":1,\"day\":\"2020-01-01\"}]}",
        "{\"by\":\"Ana\",\"followups\":[{\"entry\":\"12345678\",\"contact\":1,\"day\":\"2020-01-01\",\"seen\":\"not_seen\",\"symptoms\":\"fever\\ncough\"}]}",
        "{\"by\":\"Ana\",\"followups\":[{\"entry\":\"12345678\",\"contact\":1,\"day\":\"2020-01-01\",\"seen\":\"not_seen\",\"temperature\":\"38\"}]}",
        "{\"by\":\"Ana\",\"followups\":[{\"entry\":\"12345678\",\"contact\":1,\"day\":\"2020-01-01\",\"seen\":\"not_seen\",\"id\":3}]}",
        "{\"by\":\"Ana\",\"followups\":[{\"entry\":\"12345678\",\"contact\":1,\"day\":\"2020-01-01\",\"seen\":\"in_person\",\"case\":\"discarded\"}]}",
        "{\"by\":\"Ana\",\"followups\":[{\"entry\":\"12345678\",\"entry\":\"12345679\",\"contact\":1,\"day\":\"2020-01-01\",\"seen\":\"not_seen\"}]}",
    };
    struct node *node = *state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        json_decref(tell(node, wrong[i], 400));
    }
    struct vg_buffer body;
    vg_buffer_init(&body, 0);
    vg_buffer_text(&body, "{\"by\":\"Ana\",\"followups\":[");
    for (int i = 0; i < 51; i++) {
        vg_buffer_format(&body, "%s{\"entry\":\"many-----%d\",\"contact\":1,\"day\":\"2020-01-01\",\"seen\":\"not_seen\"}", i == 0 ? "" : ",", i);
    }
    vg_buffer_text(&body, "]}");
    json_decref(tell(node, body.data, 400)); /* more than 50 */
    vg_buffer_release(&body);
    assert_int_equal(visits_kept(node), 0);
}

static void other_sites_and_forms_are_kept_out(void **state)
{
    struct node *node = *state;
    struct reply reply;
    char a[512], body[1400];
    (void)told(body, visit(a, "cccccccc-1", 1, 0, "\"seen\":\"in_person\""), NULL);
    static const struct { const char *target, *headers; unsigned status; } cases[] = {
        {FOLLOWUPS, "Content-Type: text/plain\r\n", 415},      {FOLLOWUPS, "", 415}, {FOLLOWUPS, JSON "Origin: http://example.org\r\n", 403}, {FOLLOWUPS, JSON "Origin: null\r\n", 403},
        {FOLLOWUPS, JSON "Sec-Fetch-Site: cross-site\r\n", 403}, {"/api/v1/tracing", JSON, 405}, {FOLLOWUPS "/1", JSON, 405}, {FOLLOWUPS "?place=CO", JSON, 400},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        post(node, cases[i].target, cases[i].headers, body, &reply);
        if (reply.status != cases[i].status) {
            fail_msg("case %zu: %u", i, reply.status);
        }
        reply_release(&reply);
    }
    client_ask(node->port, "POST", FOLLOWUPS, JSON "Content-Length: 40000\r\n", &reply);
    assert_int_equal(reply.status, 413);
    reply_release(&reply);
    assert_int_equal(visits_kept(node), 0);
    json_decref(tell(node, body, 200));
    assert_int_equal(visits_kept(node), 1);
}

/* While another process writes nothing is taken, and the device is told to come again. */
static void a_busy_node_says_so(void **state)
{
    struct node *node = *state;
    struct vg_store *store = NULL;
    char a[512], body[1400];
    (void)told(body, visit(a, "dddddddd-1", 1, 0, "\"seen\":\"in_person\""), NULL);
    vg_assert_ok(vg_store_open(node->folder, VG_STORE_WRITE, &store, &node->error), node->error);
    json_decref(tell(node, body, 503));
    vg_store_close(store);
    json_t *answer = tell(node, body, 200);
    assert_string_equal(json_string_value(named_cell(answer, 0, "state")), "taken");
    json_decref(answer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lists_are_filtered, make_node, drop_node),
        cmocka_unit_test_setup_teardown(what_is_asked_wrongly_is_refused, make_node, drop_node),
        cmocka_unit_test_setup_teardown(nobody_is_named, make_node, drop_node),
        cmocka_unit_test_setup_teardown(an_empty_record_is_one, make_empty_node, drop_node),
        cmocka_unit_test_setup_teardown(visits_are_taken_once, make_node, drop_node),
        cmocka_unit_test_setup_teardown(a_visit_makes_a_case, make_node, drop_node),
        cmocka_unit_test_setup_teardown(one_bad_visit_keeps_no_other_out, make_node, drop_node),
        cmocka_unit_test_setup_teardown(symptoms_are_known_words, make_node, drop_node),
        cmocka_unit_test_setup_teardown(what_is_no_visit_is_refused, make_node, drop_node),
        cmocka_unit_test_setup_teardown(other_sites_and_forms_are_kept_out, make_node, drop_node),
        cmocka_unit_test_setup_teardown(a_busy_node_says_so, make_node, drop_node),
    };
    return cmocka_run_group_tests_name("serve/tracing", tests, NULL, NULL);
}
