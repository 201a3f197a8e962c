/*
 * Rows of tracing that devices tell, and what is asked and decided of persons, over HTTP: each entry is one row however often it is sent, and names are shown to case workers alone, for a reason.
 */
#include "served_tracing.h"

#define ENTRIES "/api/v1/tracing/entries"
#define PERSONS "/api/v1/tracing/persons"

static int make_shown_node(void **state)
{
    if (make_node(state) != 0) {
        return -1;
    }
    restart(*state, &(struct vg_server_options){.request_seconds = 2, .role = VG_ROLE_CASE_WORKER});
    return 0;
}

static json_t *tell(const struct node *node, const char *target, const char *body, unsigned status)
{
    struct reply reply;
    post(node, target, JSON, body, &reply);
    if (reply.status != status) {
        fail_msg("%.200s: %u %.300s", body, reply.status, reply.body == NULL ? "" : reply.body);
    }
    json_t *answer = json_of(&reply);
    reply_release(&reply);
    return answer;
}

static const char *text(const json_t *answer, size_t row, const char *name)
{
    const char *cell = json_string_value(named_cell(answer, row, name));
    return cell == NULL ? "" : cell;
}

static json_int_t number(const json_t *answer, size_t row, const char *name)
{
    return json_integer_value(named_cell(answer, row, name));
}

/* The id of the one row that is told. */
static json_int_t taken(const struct node *node, const char *entry)
{
    char body[1400];
    (void)snprintf(body, sizeof body, "{\"by\":\"Ana\",\"entries\":[%s]}", entry);
    json_t *answer = tell(node, ENTRIES, body, 200);
    if (strcmp(text(answer, 0, "state"), "taken") != 0) {
        fail_msg("%s: %s", entry, text(answer, 0, "reason"));
    }
    json_int_t id = number(answer, 0, "id");
    json_decref(answer);
    return id;
}

static size_t kept(const struct node *node, const char *show)
{
    char target[128];
    (void)snprintf(target, sizeof target, "/api/v1/tracing?show=%s", show);
    json_t *answer = get_json(node, target);
    size_t n = n_rows(answer);
    json_decref(answer);
    return n;
}

static void a_contact_of_a_case_is_listed_once(void **state)
{
    const struct node *node = *state;
    const char *body = "{\"by\":\"Zoë\",\"entries\":[{\"entry\":\"aaaaaaaa-1\",\"kind\":\"contact\",\"source_case\":1,\"fields\":{\"given\":\"Quetzalcoatl\",\"family\":\"Mamani\",\"telephone\":\"3001234567\",\"last\":\"2026-01-02\","
                       "\"setting\":\"household\",\"proximity\":\"touch\",\"certainty\":\"high\",\"added\":\"2026-01-03\"}}]}";
    json_int_t id = 0;
    for (int i = 0; i < 3; i++) {
        json_t *answer = tell(node, ENTRIES, body, 200);
        assert_string_equal(text(answer, 0, "state"), i == 0 ? "taken" : "known");
        assert_string_equal(text(answer, 0, "kind"), "contact");
        assert_true(i == 0 || number(answer, 0, "id") == id);
        id = number(answer, 0, "id");
        json_decref(answer);
    }
    json_t *list = get_json(node, "/api/v1/tracing?show=contacts&most=1");
    assert_int_equal(number(list, 0, "id"), id);
    assert_int_equal(number(list, 0, "source"), 1);
    assert_string_equal(text(list, 0, "officer"), "Ana"); /* the case's */
    assert_string_equal(text(list, 0, "follow_until"), "2026-01-16");
    assert_string_equal(text(list, 0, "added"), "2026-01-03"); /* a list that is typed in later */
    json_decref(list);
    assert_int_equal(kept(node, "contacts"), CONTACTS + 1);
}

static void one_bad_entry_keeps_no_other_out(void **state)
{
    static const struct { const char *entry, *reason; } bad[] = {
        {"\"kind\":\"contact\",\"source_case\":77,\"fields\":{\"given\":\"A\"}", "there is no case 77"},
        {"\"kind\":\"contact\",\"source_case\":1,\"fields\":{\"given\":\"A\",\"setting\":\"moon\"}", "household"},
        {"\"kind\":\"contact\",\"source_case\":1,\"fields\":{\"given\":\"A\",\"added\":\"2199-01-01\"}", "cannot lie ahead"},
        {"\"kind\":\"contact\",\"source_case\":1,\"fields\":{\"given\":\"A\",\"colour\":\"red\"}", "a contact has no colour"},
        {"\"kind\":\"contact\",\"source_case\":1,\"fields\":{\"given\":\"A\",\"first\":\"2026-02-02\",\"last\":\"2026-02-01\"}", "before"},
        {"\"kind\":\"attendance\",\"fields\":{\"event\":\"9\",\"person\":\"1\"}", "not there"},
        {"\"kind\":\"order\",\"fields\":{\"person\":\"1\",\"kind\":\"prison\"}", "quarantine_home"},
        {"\"kind\":\"order\",\"id\":9,\"fields\":{\"ended\":\"2026-01-01\"}", "there is no order 9"}};
    const struct node *node = *state;
    char body[1400];
    size_t n = sizeof bad / sizeof *bad;
    for (size_t i = 0; i < n; i++) {
        (void)snprintf(body, sizeof body, "{\"by\":\"Ana\",\"entries\":[{\"entry\":\"bad-----%zu\",%s},{\"entry\":\"good----%zu\",\"kind\":\"person\",\"fields\":{\"birth_year\":\"1990\"}}]}", i, bad[i].entry, i);
        json_t *answer = tell(node, ENTRIES, body, 200);
        if (strcmp(text(answer, 0, "state"), "refused") != 0 || strstr(text(answer, 0, "reason"), bad[i].reason) == NULL) {
            fail_msg("%s: %s, %s", bad[i].entry, text(answer, 0, "state"), text(answer, 0, "reason"));
        }
        assert_string_equal(text(answer, 1, "state"), "taken");
        json_decref(answer);
    }
    assert_int_equal(kept(node, "contacts"), CONTACTS);
}

/* Who attended where a case was becomes a contact of the event, with its days, setting and officer, once. */
static void attendees_become_contacts(void **state)
{
    const struct node *node = *state;
    char entry[400];
    json_int_t event = taken(node, "{\"entry\":\"event---1\",\"kind\":\"event\",\"fields\":{\"label\":\"wedding\",\"setting\":\"gathering\",\"place\":\"CO-TOL\",\"first\":\"2026-03-01\",\"last\":\"2026-03-03\",\"officer\":\"Luis\"}}");
    (void)snprintf(entry, sizeof entry, "{\"entry\":\"attend--1\",\"kind\":\"attendance\",\"fields\":{\"event\":\"%lld\",\"person\":\"1\"}}", (long long)event);
    (void)taken(node, entry);
    (void)snprintf(entry, sizeof entry, "{\"entry\":\"attend--2\",\"kind\":\"attendance\",\"fields\":{\"event\":\"%lld\",\"given\":\"Quetzalcoatl\",\"birth_year\":\"1950\",\"last\":\"2026-03-02\"}}", (long long)event);
    (void)taken(node, entry);
    (void)snprintf(entry, sizeof entry, "/api/v1/tracing?show=attendees&event=%lld", (long long)event);
    json_t *list = get_json(node, entry);
    assert_int_equal(n_rows(list), 2);
    assert_string_equal(text(list, 0, "class"), "confirmed");
    assert_true(json_is_null(named_cell(list, 1, "case")) && json_is_null(named_cell(list, 1, "contact")));
    json_int_t person = number(list, 1, "person");
    json_decref(list);
    char made[400];
    (void)snprintf(made, sizeof made, "{\"entry\":\"made----1\",\"kind\":\"contact\",\"fields\":{\"event\":\"%lld\",\"person\":\"%lld\"}}", (long long)event, (long long)person);
    json_int_t contact = taken(node, made);
    list = get_json(node, entry);
    assert_int_equal(number(list, 1, "contact"), contact);
    assert_string_equal(text(list, 1, "status"), "open");
    json_decref(list);
    list = get_json(node, "/api/v1/tracing?show=contacts&most=1");
    assert_string_equal(text(list, 0, "last"), "2026-03-02"); /* the day of attending */
    assert_string_equal(text(list, 0, "follow_until"), "2026-03-16");
    assert_string_equal(text(list, 0, "setting"), "gathering");
    assert_string_equal(text(list, 0, "officer"), "Luis");
    assert_string_equal(text(list, 0, "found"), "event");
    json_decref(list);
    char again[1400];
    (void)snprintf(again, sizeof again, "{\"by\":\"Ana\",\"entries\":[{\"entry\":\"made----2\",\"kind\":\"contact\",\"fields\":{\"event\":\"%lld\",\"person\":\"%lld\"}}]}", (long long)event, (long long)person);
    json_t *answer = tell(node, ENTRIES, again, 200); /* by somebody else's device */
    assert_string_equal(text(answer, 0, "state"), "refused");
    assert_non_null(strstr(text(answer, 0, "reason"), "already"));
    json_decref(answer);
    assert_int_equal(kept(node, "events"), 1);
    assert_int_equal(kept(node, "events&officer=Ana"), 0);
}

static void an_order_is_given_and_lifted(void **state)
{
    const struct node *node = *state;
    char entry[400];
    json_int_t order = taken(node, "{\"entry\":\"order---1\",\"kind\":\"order\",\"fields\":{\"person\":\"3\",\"kind\":\"quarantine_home\",\"first\":\"2020-01-01\",\"last\":\"2199-01-01\",\"help\":\"food\"}}");
    json_t *list = get_json(node, "/api/v1/tracing?show=day&officer=Ana");
    assert_string_equal(text(list, 0, "order"), "quarantine_home");
    json_decref(list);
    (void)snprintf(entry, sizeof entry, "{\"entry\":\"order---2\",\"kind\":\"order\",\"id\":%lld,\"fields\":{\"ended\":\"2020-02-01\"}}", (long long)order);
    assert_int_equal(taken(node, entry), order);
    list = get_json(node, "/api/v1/tracing?show=orders&person=3");
    assert_int_equal(n_rows(list), 1);
    assert_string_equal(text(list, 0, "ended"), "2020-02-01");
    assert_string_equal(text(list, 0, "help"), "food"); /* nothing else has changed */
    json_decref(list);
    list = get_json(node, "/api/v1/tracing?show=day&officer=Ana");
    assert_string_equal(text(list, 0, "order"), "");
    json_decref(list);
    assert_int_equal(kept(node, "orders&from=2199-01-02"), 0);
    assert_int_equal(kept(node, "orders&status=force"), 0);
    (void)taken(node, "{\"entry\":\"order---3\",\"kind\":\"order\",\"fields\":{\"person\":\"4\",\"kind\":\"isolation_home\",\"first\":\"2020-01-01\"}}"); /* without an end */
    (void)taken(node, "{\"entry\":\"order---4\",\"kind\":\"order\",\"fields\":{\"person\":\"4\",\"kind\":\"isolation_home\",\"first\":\"2020-01-01\",\"last\":\"2020-01-09\"}}");
    (void)taken(node, "{\"entry\":\"order---5\",\"kind\":\"order\",\"fields\":{\"person\":\"4\",\"kind\":\"isolation_home\",\"first\":\"2020-01-01\",\"last\":\"2198-01-01\",\"ended\":\"2198-01-01\"}}"); /* until then */
    assert_int_equal(kept(node, "orders&status=force"), 2);
}

/* Somebody who is there twice: found, seen side by side, merged with its contacts, and apart again. */
static void two_that_are_one(void **state)
{
    const struct node *node = *state;
    char body[400];
    (void)taken(node, "{\"entry\":\"twin----1\",\"kind\":\"contact\",\"source_case\":1,\"fields\":{\"given\":\"Iñigo\",\"family\":\"Zubizarreta\",\"document\":\"12345678\",\"birth\":\"1970-05-06\",\"last\":\"2026-01-02\"}}");
    (void)taken(node, "{\"entry\":\"twin----2\",\"kind\":\"case\",\"fields\":{\"given\":\"Inigo\",\"family\":\"Zubizareta\",\"document\":\"12345678\",\"birth\":\"1970-05-06\",\"class\":\"probable\",\"onset\":\"2026-01-05\"}}");
    json_t *pairs = get_json(node, "/api/v1/tracing?show=duplicates");
    assert_int_equal(n_rows(pairs), 1);
    assert_non_null(strstr(text(pairs, 0, "pattern"), "document"));
    json_int_t a = number(pairs, 0, "person"), b = number(pairs, 0, "other");
    json_decref(pairs);
    (void)snprintf(body, sizeof body, "/api/v1/tracing?show=beside&person=%lld&other=%lld", (long long)a, (long long)b);
    json_t *both = get_json(node, body);
    assert_int_equal(n_rows(both), 2);
    assert_true(number(both, 0, "contacts") == 1 && number(both, 0, "cases") == 0 && number(both, 1, "cases") == 1);
    assert_string_equal(text(both, 1, "class"), "probable");
    json_decref(both);
    (void)snprintf(body, sizeof body, "{\"by\":\"Ana\",\"action\":\"candidates\",\"person\":%lld}", (long long)a);
    json_t *answer = tell(node, PERSONS, body, 200);
    assert_int_equal(number(answer, 0, "other"), b);
    json_decref(answer);
    (void)snprintf(body, sizeof body, "{\"by\":\"Ana\",\"action\":\"merge\",\"person\":%lld,\"other\":%lld,\"reason\":\"same document\"}", (long long)b, (long long)a);
    answer = tell(node, PERSONS, body, 200);
    json_int_t step = number(answer, 0, "step");
    json_decref(answer);
    assert_int_equal(kept(node, "duplicates"), 0);
    (void)snprintf(body, sizeof body, "cases&person=%lld", (long long)a);
    assert_int_equal(kept(node, body), 1);
    json_t *contact = get_json(node, "/api/v1/tracing?show=contacts&most=1"); /* who is a case is followed no more */
    assert_string_equal(text(contact, 0, "status"), "became_case");
    json_decref(contact);
    json_t *merges = get_json(node, "/api/v1/tracing?show=merges");
    assert_true(n_rows(merges) == 1 && number(merges, 0, "step") == step && number(merges, 0, "person") == b && number(merges, 0, "into") == a && json_is_false(named_cell(merges, 0, "undone")));
    json_decref(merges);
    (void)snprintf(body, sizeof body, "{\"by\":\"Ana\",\"action\":\"undo\",\"step\":%lld,\"reason\":\"her brother\"}", (long long)step);
    json_decref(tell(node, PERSONS, body, 200));
    json_decref(tell(node, PERSONS, body, 422));
    (void)snprintf(body, sizeof body, "cases&person=%lld", (long long)b);
    assert_int_equal(kept(node, body), 1);
    merges = get_json(node, "/api/v1/tracing?show=merges");
    assert_true(json_is_true(named_cell(merges, 0, "undone")));
    json_decref(merges);
    assert_int_equal(kept(node, "duplicates"), 0); /* undone they are two, which is not asked again */
    (void)snprintf(body, sizeof body, "{\"by\":\"Ana\",\"action\":\"different\",\"person\":%lld,\"other\":%lld,\"reason\":\"brothers\"}", (long long)b, (long long)a);
    json_decref(tell(node, PERSONS, body, 200));
}

static size_t shown_in_audit(struct node *node)
{
    const struct vg_audit_query query = {.action = "shown", .most = 100};
    struct vg_store *store = NULL;
    struct vg_audit_row *rows = NULL;
    struct vg_arena arena;
    size_t n = 0;
    vg_arena_init(&arena, 0);
    vg_assert_ok(vg_store_open(node->folder, VG_STORE_READ, &store, &node->error), node->error);
    vg_assert_ok(vg_tracing_audit(store, &query, &arena, &rows, &n, &node->error), node->error);
    vg_store_close(store);
    vg_arena_release(&arena);
    return n;
}

#define NAMES "{\"by\":\"Ana\",\"action\":\"names\",\"persons\":[1,3],\"reason\":\"telephone round\"}"

static void a_reader_is_shown_nobodys_name(void **state)
{
    struct node *node = *state;
    struct reply reply;
    post(node, PERSONS, JSON, NAMES, &reply);
    assert_int_equal(reply.status, 400);
    assert_non_null(strstr(reply.body, "case worker"));
    assert_null(memmem(reply.body, reply.body_bytes, secret, sizeof secret - 1));
    reply_release(&reply);
    assert_int_equal(shown_in_audit(node), 0);
    json_t *officers = get_json(node, "/api/v1/tracing");
    assert_true(json_is_false(json_object_get(json_object_get(officers, "meta"), "names")));
    json_decref(officers);
}

static void a_case_worker_is_for_a_reason(void **state)
{
    struct node *node = *state;
    struct reply reply;
    char value[512];
    post(node, PERSONS, JSON, NAMES, &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(header(&reply, "Cache-Control", value), "no-store");
    json_t *names = json_of(&reply);
    reply_release(&reply);
    assert_int_equal(n_rows(names), 2);
    assert_string_equal(text(names, 1, "given"), secret);
    assert_int_equal(number(names, 1, "person"), 3);
    json_decref(names);
    assert_int_equal(shown_in_audit(node), 2); /* person by person */
    json_decref(tell(node, PERSONS, "{\"by\":\"Ana\",\"action\":\"names\",\"persons\":[1],\"reason\":\" \"}", 400));
    json_decref(tell(node, PERSONS, "{\"by\":\"Ana\",\"action\":\"names\",\"persons\":[1]}", 400));
    json_decref(tell(node, PERSONS, "{\"by\":\"Ana\",\"action\":\"names\",\"persons\":[77],\"reason\":\"x\"}", 404));
    assert_int_equal(shown_in_audit(node), 2);
    json_t *officers = get_json(node, "/api/v1/tracing");
    assert_true(json_is_true(json_object_get(json_object_get(officers, "meta"), "names")));
    json_decref(officers);
}

static void what_is_none_is_refused(void **state)
{
    static const struct { const char *target, *body; } wrong[] = {
        {ENTRIES, ""}, {ENTRIES, "[]"}, {ENTRIES, "{\"by\":\"Ana\",\"entries\":[]}"}, {ENTRIES, "{\"by\":\"\",\"entries\":[{\"entry\":\"12345678\",\"kind\":\"person\"}]}"},
        {ENTRIES, "{\"by\":\"Ana\",\"entries\":[{\"entry\":\"1234567\",\"kind\":\"person\"}]}"}, {ENTRIES, "{\"by\":\"Ana\",\"entries\":[{\"entry\":\"12345678\"}]}"},
        {ENTRIES, "{\"by\":\"Ana\",\"entries\":[{\"kind\":\"person\"}]}"}, {ENTRIES, "{\"by\":\"Ana\",\"entries\":[{\"entry\":\"12345678\",\"kind\":\"followup\"}]}"},
        {ENTRIES, "{\"by\":\"Ana\",\"entries\":[{\"entry\":\"12345678\",\"kind\":\"person\",\"role\":\"administrator\"}]}"},
        {ENTRIES, "{\"by\":\"Ana\",\"entries\":[{\"entry\":\"12345678\",\"kind\":\"person\",\"fields\":{\"given\":3}}]}"},
        {ENTRIES, "{\"by\":\"Ana\",\"entries\":[{\"entry\":\"12345678\",\"kind\":\"person\",\"fields\":{\"given\":\"a\\u0000b\"}}]}"},
        {ENTRIES, "{\"by\":\"Ana\",\"entries\":[{\"entry\":\"12345678\",\"kind\":\"contact\",\"source_case\":-1}]}"}, {ENTRIES, "{\"by\":\"Ana\",\"role\":\"x\",\"entries\":[{\"entry\":\"12345678\",\"kind\":\"person\"}]}"},
        {PERSONS, ""}, {PERSONS, "{\"by\":\"Ana\",\"action\":\"erase\",\"person\":1}"}, {PERSONS, "{\"action\":\"candidates\",\"person\":1}"}, {PERSONS, "{\"by\":\"Ana\",\"action\":\"candidates\",\"person\":\"1\"}"},
        {PERSONS, "{\"by\":\"Ana\",\"action\":\"candidates\",\"person\":1,\"other\":2}"}, {PERSONS, "{\"by\":\"Ana\",\"action\":\"merge\",\"person\":1,\"reason\":\"x\"}"},
        {PERSONS, "{\"by\":\"Ana\",\"action\":\"merge\",\"person\":1,\"other\":2}"}, {PERSONS, "{\"by\":\"Ana\",\"action\":\"names\",\"persons\":[],\"reason\":\"x\"}"},
        {PERSONS, "{\"by\":\"Ana\",\"action\":\"merge\",\"person\":1,\"other\":1,\"reason\":\"x\"}"}};
    struct node *node = *state;
    struct reply reply;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        json_decref(tell(node, wrong[i].target, wrong[i].body, 400));
    }
    static const char *const kept_out[] = {"", JSON "Origin: http://example.org\r\n", JSON "Sec-Fetch-Site: cross-site\r\n"};
    static const unsigned statuses[] = {415, 403, 403};
    for (size_t i = 0; i < 6; i++) {
        post(node, i < 3 ? ENTRIES : PERSONS, kept_out[i % 3], NAMES, &reply);
        assert_int_equal(reply.status, statuses[i % 3]);
        reply_release(&reply);
    }
    assert_int_equal(kept(node, "contacts"), CONTACTS);
    assert_int_equal(shown_in_audit(node), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_contact_of_a_case_is_listed_once, make_node, drop_node),
        cmocka_unit_test_setup_teardown(one_bad_entry_keeps_no_other_out, make_node, drop_node),
        cmocka_unit_test_setup_teardown(attendees_become_contacts, make_node, drop_node),
        cmocka_unit_test_setup_teardown(an_order_is_given_and_lifted, make_node, drop_node),
        cmocka_unit_test_setup_teardown(two_that_are_one, make_node, drop_node),
        cmocka_unit_test_setup_teardown(a_reader_is_shown_nobodys_name, make_node, drop_node),
        cmocka_unit_test_setup_teardown(a_case_worker_is_for_a_reason, make_shown_node, drop_node),
        cmocka_unit_test_setup_teardown(what_is_none_is_refused, make_shown_node, drop_node),
    };
    return cmocka_run_group_tests_name("serve/tracing_entries", tests, NULL, NULL);
}
