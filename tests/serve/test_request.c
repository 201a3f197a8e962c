/*
 * What comes from outside, without a network: targets, headers, addresses, parameters.
 */
#include "vg_test.h"

#include "serve/http.h"

#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct parsed {
    char target[SERVE_TARGET_BYTES_MAX + 1];
    struct serve_request request;
    struct vg_error error;
};

static vg_status parse(struct parsed *parsed, const char *target)
{
    (void)snprintf(parsed->target, sizeof parsed->target, "%s", target);
    return serve_request_parse(parsed->target, &parsed->request, &parsed->error);
}

static void targets_are_taken_apart_and_decoded(void **state)
{
    (void)state;
    struct parsed p;
    vg_assert_ok(parse(&p, "/api/v1/series?place=CO-ANT&group=age%3A60-79&&x=&y&q=S%C3%A3o+Paulo%20%2B"), p.error);
    assert_string_equal(p.request.path, "/api/v1/series");
    assert_int_equal(p.request.n_parameters, 5);
    assert_string_equal(serve_parameter(&p.request, "place"), "CO-ANT");
    assert_string_equal(serve_parameter(&p.request, "group"), "age:60-79");
    assert_string_equal(serve_parameter(&p.request, "q"), "São Paulo +");
    assert_null(serve_parameter(&p.request, "x"));
    assert_null(serve_parameter(&p.request, "y"));
    assert_null(serve_parameter(&p.request, "Place"));
    vg_assert_ok(parse(&p, "/a%2fb+c?"), p.error);
    assert_string_equal(p.request.path, "/a/b+c");
    assert_int_equal(p.request.n_parameters, 0);
}

static void what_is_not_understood_whole_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",           "*",     "http://localhost/", "a/b",    "/%",      "/%4",           "/%zz",      "/%00",
        "/a%0d%0ab",  "/%ff",  "/?a=%00",           "/?a=%1", "/?%c3=1", "/?a=%ed%a0%80", "/?a=1&a=2", "/?a&a",
        "/?%61=1&a=", "/\x01", "/?a=\x7f"};
    struct parsed p;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (parse(&p, bad[i]) != VG_USAGE_ERROR || p.error.message[0] == '\0') {
            fail_msg("\"%s\" was taken", bad[i]);
        }
    }
}

static void lengths_and_numbers_are_bounded(void **state)
{
    (void)state;
    struct parsed p;
    char target[SERVE_TARGET_BYTES_MAX];
    size_t at = (size_t)snprintf(target, sizeof target, "/?a=");
    memset(target + at, 'x', SERVE_VALUE_BYTES_MAX);
    target[at + SERVE_VALUE_BYTES_MAX] = '\0';
    vg_assert_ok(parse(&p, target), p.error);
    target[at + SERVE_VALUE_BYTES_MAX] = 'x';
    target[at + SERVE_VALUE_BYTES_MAX + 1] = '\0';
    assert_int_equal(parse(&p, target), VG_USAGE_ERROR);
    memset(target + 2, 'n', SERVE_NAME_BYTES_MAX + 1);
    target[2 + SERVE_NAME_BYTES_MAX + 1] = '\0';
    assert_int_equal(parse(&p, target), VG_USAGE_ERROR);
    at = 2;
    for (int i = 0; i < SERVE_PARAMETERS_MAX; i++) {
        at += (size_t)snprintf(target + at, sizeof target - at, "p%d=1&", i);
    }
    vg_assert_ok(parse(&p, target), p.error);
    (void)snprintf(target + at, sizeof target - at, "more=1");
    assert_int_equal(parse(&p, target), VG_USAGE_ERROR);
}

static void only_names_of_this_machine_are_hosts(void **state)
{
    (void)state;
    static const char *const local[] = {"localhost",   "localhost:8450", "LOCALHOST", "127.0.0.1",
                                        "127.0.0.1:1", "127.9.9.9",      "[::1]",     "[::1]:8450"};
    static const char *const other[] = {"",
                                        "example.org",
                                        "localhost.example.org",
                                        "127.0.0.1.nip.io",
                                        "0.0.0.0",
                                        "192.168.1.2:8450",
                                        "[::]",
                                        "[fe80::1]",
                                        "::1",
                                        "localhost:80x",
                                        "localhost:123456",
                                        "localhost@evil",
                                        "[::1",
                                        "2130706433",
                                        "a.very.long.name.that.does.not.fit.in.the.space.that.is.there.for.it.localhost"};
    assert_false(serve_host_is_local(NULL));
    for (size_t i = 0; i < sizeof local / sizeof *local; i++) {
        if (!serve_host_is_local(local[i])) {
            fail_msg("%s is refused", local[i]);
        }
    }
    for (size_t i = 0; i < sizeof other / sizeof *other; i++) {
        if (serve_host_is_local(other[i])) {
            fail_msg("%s is taken", other[i]);
        }
    }
}

static void addresses_of_other_machines_are_refused(void **state)
{
    (void)state;
    struct sockaddr_storage address;
    unsigned bytes = 0;
    struct vg_error error;
    static const char *const taken[] = {NULL, "127.0.0.1", "127.0.0.2", "::1", "localhost"};
    static const char *const refused[] = {"0.0.0.0",     "::", "192.168.0.1", "10.0.0.1",
                                          "example.org", "",   "128.0.0.1",   "::ffff:10.0.0.1"};
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++) {
        vg_assert_ok(serve_address_parse(taken[i], 80, &address, &bytes, &error), error);
    }
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        assert_int_equal(serve_address_parse(refused[i], 80, &address, &bytes, &error), VG_USAGE_ERROR);
        assert_non_null(strstr(error.message, "this machine only"));
    }
}

static void headers_are_read_as_http_means_them(void **state)
{
    (void)state;
    assert_true(serve_accepts_gzip("gzip"));
    assert_true(serve_accepts_gzip("br, GZIP;q=0.5, deflate"));
    assert_true(serve_accepts_gzip("deflate,gzip ;q=1"));
    assert_false(serve_accepts_gzip(NULL));
    assert_false(serve_accepts_gzip(""));
    assert_false(serve_accepts_gzip("br"));
    assert_false(serve_accepts_gzip("gzip;q=0"));
    assert_false(serve_accepts_gzip("gzip; q=0.000, br"));
    assert_false(serve_accepts_gzip("xgzip"));
    assert_false(serve_accepts_gzip("gzipped"));
    const uint64_t tag = UINT64_C(0x0123456789abcdef);
    assert_true(serve_tag_matches("\"0123456789abcdef\"", tag));
    assert_true(serve_tag_matches("\"0123456789abcdef-gzip\"", tag));
    assert_true(serve_tag_matches("\"x\", W/\"0123456789abcdef\"", tag));
    assert_false(serve_tag_matches("\"0123456789abcdee\"", tag));
    assert_false(serve_tag_matches("\"0123456789abcdef-other\"", tag));
    assert_false(serve_tag_matches("0123456789abcdef", tag));
    assert_false(serve_tag_matches(NULL, tag));
}

static vg_status ask(const char *target, struct serve_question *question, struct vg_error *error)
{
    static struct parsed p; /* the question's text lies in it */
    vg_assert_ok(parse(&p, target), p.error);
    return serve_question_read(&p.request, question, error);
}

static void parameters_become_a_request(void **state)
{
    (void)state;
    struct serve_question q;
    struct vg_error error;
    vg_assert_ok(
        ask("/api/v1/"
            "rt?dataset=d&measure=cases_onset&place=CO&group=sex:male&as_of=2021-02-05&from=2021-01-01&to=2021-02-01&step=week"
            "&si_mean=5.2&si_sd=4.7&window=14&seed=9&format=arrow",
            &q, &error),
        error);
    assert_string_equal(q.wanted.dataset, "d");
    assert_string_equal(q.wanted.place, "CO");
    assert_int_equal(q.wanted.as_of, vg_date_from_civil(2021, 2, 5));
    assert_int_equal(q.wanted.step_days, 7);
    assert_true(q.wanted.serial_interval_mean_days == 5.2 && q.wanted.serial_interval_sd_days == 4.7);
    assert_int_equal(q.wanted.window_days, 14);
    assert_int_equal(q.wanted.seed, 9);
    assert_int_equal(q.format, VG_FORMAT_ARROW);
    vg_assert_ok(ask("/api/v1/forecast?horizon=10&shape=hubverse&method=naive", &q, &error), error);
    assert_true(q.wanted.hubverse && q.wanted.horizon_steps == 10 && q.wanted.as_of == VG_DATE_NONE && q.wanted.step_days == 0);
    assert_string_equal(q.wanted.method, "naive");
    vg_assert_ok(ask("/api/v1/rt?disease=covid19_delta", &q, &error), error);
    assert_string_equal(q.wanted.disease, "covid19_delta");
    vg_assert_ok(ask("/api/v1/parameters?disease=dengue&format=csv", &q, &error), error);
    assert_string_equal(q.wanted.disease, "dengue");
}

static void bad_parameters_are_told_with_what_there_is(void **state)
{
    (void)state;
    static const struct {
        const char *target;
        vg_status status;
        const char *said;
    } cases[] = {
        {"/api/v1/nothing", VG_NOT_FOUND, "situation"},
        {"/api/v1/series/", VG_NOT_FOUND, "series"},
        {"/api/v2/series", VG_NOT_FOUND, "/api/v1"},
        {"/api/v1/series?horizon=3", VG_USAGE_ERROR, "dataset measure place group as_of from to step format"},
        {"/api/v1/node?format=csv", VG_USAGE_ERROR, "none"},
        {"/api/v1/imports?x=1", VG_USAGE_ERROR, "dataset format"},
        {"/api/v1/series?dataset+measure=x", VG_USAGE_ERROR, "takes no parameter"},
        {"/api/v1/series?data=x", VG_USAGE_ERROR, "takes no parameter"},
        {"/api/v1/series?as_of=05/02/2021", VG_USAGE_ERROR, "2021-02-05"},
        {"/api/v1/series?from=2021-02-30", VG_USAGE_ERROR, "not a date"},
        {"/api/v1/series?step=month", VG_USAGE_ERROR, "day or week"},
        {"/api/v1/series?format=xls", VG_USAGE_ERROR, "json, csv, arrow or xlsx"},
        {"/api/v1/rt?si_mean=5", VG_USAGE_ERROR, "together"},
        {"/api/v1/rt?si_mean=nan&si_sd=1", VG_USAGE_ERROR, "days"},
        {"/api/v1/rt?si_mean=1e9&si_sd=1", VG_USAGE_ERROR, "days"},
        {"/api/v1/rt?window=0", VG_USAGE_ERROR, "from 1 to 365"},
        {"/api/v1/forecast?horizon=1.5", VG_USAGE_ERROR, "whole number"},
        {"/api/v1/forecast?horizon=99999999999999999999", VG_USAGE_ERROR, "whole number"},
        {"/api/v1/nowcast?shape=long", VG_USAGE_ERROR, "hubverse"},
    };
    struct serve_question q;
    struct vg_error error;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        vg_status status = ask(cases[i].target, &q, &error);
        if (status != cases[i].status || strstr(error.message, cases[i].said) == NULL) {
            fail_msg("%s: status %d, %s", cases[i].target, (int)status, status == VG_OK ? "taken" : error.message);
        }
    }
}

static void the_same_question_has_the_same_tag_and_another_one_another(void **state)
{
    (void)state;
    struct serve_question a;
    struct serve_question b;
    struct vg_error error;
    vg_assert_ok(ask("/api/v1/series?place=CO&group=all", &a, &error), error);
    vg_assert_ok(ask("/api/v1/series?place=C%4F&group=all", &b, &error), error);
    assert_true(serve_tag(1, 2, &a) == serve_tag(1, 2, &b));
    assert_true(serve_tag(1, 2, &a) != serve_tag(2, 2, &a));
    assert_true(serve_tag(1, 2, &a) != serve_tag(1, 3, &a));
    static const char *const others[] = {"/api/v1/series?place=CO", "/api/v1/series?place=COg&roup=all",
                                         "/api/v1/series?place=CO&group=al", "/api/v1/nowcast?place=CO&group=all"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        (void)ask(others[i], &b, &error);
        assert_true(serve_tag(1, 2, &a) != serve_tag(1, 2, &b));
    }
}

static void every_status_has_a_name_and_a_number(void **state)
{
    (void)state;
    for (vg_status status = VG_OK; status <= VG_SYSTEM_ERROR; status++) {
        assert_in_range(serve_http_status(status), 200, 503);
        assert_true(strlen(serve_status_name(status)) > 1);
    }
    assert_int_equal(serve_http_status(VG_NOT_FOUND), 404);
    assert_int_equal(serve_http_status(VG_BUSY), 503);
}

static struct serve_body *new_body(size_t size, uint64_t tag)
{
    struct vg_buffer text;
    vg_buffer_init(&text, 0);
    for (size_t i = 0; i < size; i++) {
        vg_buffer_char(&text, (char)('a' + (i * i + tag) % 17));
    }
    struct serve_body *body = serve_body_new(&text, "text/plain", tag);
    assert_non_null(body);
    return body;
}

static void the_cache_holds_its_bound_and_gives_back_what_it_has(void **state)
{
    (void)state;
    struct serve_cache cache;
    serve_cache_init(&cache, 100000);
    for (uint64_t tag = 1; tag <= 2000; tag++) {
        struct serve_body *body = new_body(500 + tag % 300, tag);
        serve_cache_keep(&cache, body);
        serve_body_drop(&cache, body);
        assert_true(cache.bytes <= 100000);
        struct serve_body *found = serve_cache_find(&cache, tag);
        assert_non_null(found);
        assert_true(found->tag == tag && found->size == 500 + tag % 300);
        serve_body_drop(&cache, found);
    }
    assert_null(serve_cache_find(&cache, 1));
    struct serve_body *large = new_body(60000, 5000);
    serve_cache_keep(&cache, large);
    serve_body_drop(&cache, large);
    assert_null(serve_cache_find(&cache, 5000)); /* one bulk answer does not push out the others */
    struct serve_body *held = serve_cache_find(&cache, 2000);
    assert_non_null(held);
    serve_cache_release(&cache); /* what is being sent outlives the cache's own hold */
    assert_int_equal(held->users, 1);
    serve_cache_init(&cache, 1000);
    serve_body_drop(&cache, held);
    serve_cache_release(&cache);
}

static void the_guard_shuts_what_takes_too_long(void **state)
{
    (void)state;
    struct serve_guard guard;
    struct vg_error error;
    int late[2];
    int good[2];
    char byte = 0;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, late), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, good), 0);
    vg_assert_ok(serve_guard_start(&guard, 2, &error), error);
    struct serve_guard_slot *first = serve_guard_enter(&guard, late[0]);
    struct serve_guard_slot *second = serve_guard_enter(&guard, good[0]);
    assert_non_null(first);
    assert_non_null(second);
    assert_null(serve_guard_enter(&guard, 0));
    serve_guard_allow(&guard, first, 1);
    serve_guard_allow(&guard, second, 1);
    serve_guard_allow(&guard, second, UINT64_MAX);
    struct timespec before;
    struct timespec after;
    (void)clock_gettime(CLOCK_MONOTONIC, &before);
    assert_int_equal(read(late[1], &byte, 1), 0); /* ends when the other side is shut */
    (void)clock_gettime(CLOCK_MONOTONIC, &after);
    double seconds = (double)(after.tv_sec - before.tv_sec) + 1e-9 * (double)(after.tv_nsec - before.tv_nsec);
    assert_true(seconds > 0.9 && seconds < 3);
    assert_int_equal(write(good[0], "x", 1), 1);
    assert_int_equal(read(good[1], &byte, 1), 1);
    serve_guard_leave(&guard, first);
    assert_non_null(serve_guard_enter(&guard, late[0]));
    serve_guard_stop(&guard);
    for (int i = 0; i < 2; i++) {
        (void)close(late[i]);
        (void)close(good[i]);
    }
}

static void only_the_own_page_may_change_something(void **state)
{
    (void)state;
    static const struct { const char *origin, *site, *host; bool own; } cases[] = {
        {NULL, NULL, "localhost:8450", true},
        {"http://localhost:8450", NULL, "localhost:8450", true},
        {"http://localhost:8450", "same-origin", "localhost:8450", true},
        {"HTTP://localhost:8450", NULL, "localhost:8450", false},
        {"http://127.0.0.1:8450", NULL, "localhost:8450", false},
        {"http://localhost:8451", NULL, "localhost:8450", false},
        {"http://localhost", NULL, "localhost:8450", false},
        {"https://localhost:8450", NULL, "localhost:8450", false},
        {"http://localhost:8450.example.org", NULL, "localhost:8450", false},
        {"http://example.org", NULL, "localhost:8450", false},
        {"http://example.org", NULL, "example.org", false},
        {"null", NULL, "localhost:8450", false},
        {"", NULL, "localhost:8450", false},
        {NULL, "cross-site", "localhost:8450", false},
        {NULL, "same-site", "localhost:8450", false},
        {"http://localhost:8450", "cross-site", "localhost:8450", false},
        {"http://localhost:8450", NULL, NULL, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (serve_origin_is_own(cases[i].origin, cases[i].site, cases[i].host) != cases[i].own) {
            fail_msg("case %zu", i);
        }
    }
    static const struct { const char *type; bool json; } types[] = {
        {"application/json", true}, {"Application/JSON; charset=UTF-8", true}, {"application/json;charset=\"utf-8\"", true}, {"application/json ", true},
        {NULL, false},              {"", false},                              {"text/plain", false},                           {"application/x-www-form-urlencoded", false},
        {"application/jsonp", false}, {"application/json; charset=latin1", false}, {"text/plain; application/json", false}, {"application/json, text/plain", false},
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        assert_int_equal(serve_is_json(types[i].type), types[i].json);
    }
}

static void keeping_takes_nothing_else(void **state)
{
    (void)state;
    static const char good[] = "{\"action\": \"keep\"}";
    static const char *const bad[] = {"", "{}", "\"keep\"", "{\"action\": \"keep\", \"by\": \"Ana\"}", "{\"action\": \"close\"}", "{\"action\": null}", "{\"action\": \"keep\", \"action\": \"keep\"}"};
    struct serve_step step;
    struct vg_error error = {0};
    vg_assert_ok(serve_step_parse(good, sizeof good - 1, SERVE_POST_KEEP, &step, &error), error);
    assert_true(step.keeps);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (serve_step_parse(bad[i], strlen(bad[i]), SERVE_POST_KEEP, &step, &error) != VG_USAGE_ERROR || error.message[0] == '\0') {
            fail_msg("taken: %s", bad[i]);
        }
    }
}

static void steps_are_read_strictly(void **state)
{
    (void)state;
    static const char good[] = "{\"action\": \"close\", \"by\": \"Ana\", \"to\": null, \"note\": \"a backlog\\nwas typed in\"}";
    static const char *const bad[] = {
        "", "[]", "null", "{}", "{\"action\": 1}", "{\"action\": \"delete\"}", "{\"action\": \"close\", \"by\": 3}", "{\"action\": \"close\", \"by\": \"A\\u0000\"}",
        "{\"action\": \"close\", \"by\": \"A\\nB\"}", "{\"action\": \"close\", \"action\": \"close\"}", "{\"action\": \"close\", \"colour\": \"red\"}",
        "{\"action\": \"close\"} x", "{\"action\": \"close\", \"by\": \"\xff\"}", "{\"action\": \"keep\"}",
    };
    struct serve_step step;
    struct vg_error error = {0};
    vg_assert_ok(serve_step_parse(good, sizeof good - 1, SERVE_POST_STEP, &step, &error), error);
    assert_int_equal(step.action, VG_ALARM_CLOSE);
    assert_string_equal(step.by, "Ana");
    assert_string_equal(step.note, "a backlog\nwas typed in");
    assert_true(step.has_note && !step.has_to);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (serve_step_parse(bad[i], strlen(bad[i]), SERVE_POST_STEP, &step, &error) != VG_USAGE_ERROR || error.message[0] == '\0') {
            fail_msg("taken: %s", bad[i]);
        }
    }
    char *large = malloc(SERVE_BODY_BYTES_MAX + 2);
    assert_non_null(large);
    memset(large, ' ', SERVE_BODY_BYTES_MAX + 1);
    memcpy(large, good, sizeof good - 1);
    assert_int_equal(serve_step_parse(large, SERVE_BODY_BYTES_MAX, SERVE_POST_STEP, &step, &error), VG_OK);
    assert_int_equal(serve_step_parse(large, SERVE_BODY_BYTES_MAX + 1, SERVE_POST_STEP, &step, &error), VG_USAGE_ERROR);
    free(large);
    assert_int_equal(serve_post_of("/api/v1/alarms/12"), SERVE_POST_STEP);
    assert_int_equal(serve_post_of("/api/v1/alarms"), SERVE_POST_KEEP);
    static const char *const paths[] = {"/api/v1/alarms/", "/api/v1/alarms/0", "/api/v1/alarms/-1", "/api/v1/alarms/1/2", "/api/v1/alarmsx/1", "/api/v1/series/1",
                                        "/api/v1/alarms/99999999999999999999"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        assert_int_equal(serve_post_of(paths[i]), SERVE_POST_NONE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(targets_are_taken_apart_and_decoded),
        cmocka_unit_test(what_is_not_understood_whole_is_refused),
        cmocka_unit_test(lengths_and_numbers_are_bounded),
        cmocka_unit_test(only_names_of_this_machine_are_hosts),
        cmocka_unit_test(addresses_of_other_machines_are_refused),
        cmocka_unit_test(headers_are_read_as_http_means_them),
        cmocka_unit_test(parameters_become_a_request),
        cmocka_unit_test(bad_parameters_are_told_with_what_there_is),
        cmocka_unit_test(the_same_question_has_the_same_tag_and_another_one_another),
        cmocka_unit_test(every_status_has_a_name_and_a_number),
        cmocka_unit_test(the_cache_holds_its_bound_and_gives_back_what_it_has),
        cmocka_unit_test(the_guard_shuts_what_takes_too_long),
        cmocka_unit_test(only_the_own_page_may_change_something),
        cmocka_unit_test(steps_are_read_strictly),
        cmocka_unit_test(keeping_takes_nothing_else),
    };
    return cmocka_run_group_tests_name("serve/request", tests, NULL, NULL);
}
