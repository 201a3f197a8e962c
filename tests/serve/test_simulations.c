/*
 * Simulations over HTTP: started from texts, looked at while they run, stopped, kept as products with what they were made from, deleted; and what is refused.
 */
#include "served_node.h"

#include "jobs/jobs.h"
#include "jobs/simulate/simulate.h"

#define PATH "/api/v1/simulations"

static bool start_simulator(struct node *node)
{
    const struct vg_simulation_limits limits = {.scenarios = 4, .runs = 5000, .days = 400, .persons = 1e5, .person_runs = 2e8, .rows = 1e5};
    return start_server(node, &(struct vg_server_options){.request_seconds = 5, .simulation_limits = &limits});
}

static int make_node(void **state)
{
    return new_node(state, vg_job_init) && start_simulator(*state) ? 0 : -1;
}

/* A town, with and without its schools closed. */
static const char *town(int population, int runs, int seed, const char *more)
{
    static _Thread_local char text[2000];
    (void)snprintf(text, sizeof text,
                   "start = 2021-01-03\ndays = 84\nseed = %d\nruns = %d\n[place]\ncountry = \"CO\"\npopulation = %d\n%s[start]\ninfections_per_day = 20\n[hospital]\nicu_beds_per_100k = 20\n"
                   "[[measure]]\nname = \"shut\"\nkind = \"stay-at-home\"\nstrength = 0.8\n[output]\ntargets = [\"inc inf\", \"inc death\", \"occ icu\"]\nages = [\"0-64\", \"65+\"]\n"
                   "quantiles = [0.025, 0.5, 0.975]\n[[scenario]]\nname = \"open\"\nwithout = [\"shut\"]\n[[scenario]]\nname = \"shut\"\n",
                   seed, runs, population, more);
    return text;
}

static unsigned send_text(const struct node *node, const char *target, const char *headers, const char *body, json_t **answer)
{
    struct reply reply;
    post(node, target, headers, body, &reply);
    unsigned status = reply.status;
    *answer = json_of(&reply);
    reply_release(&reply);
    return status;
}

static unsigned start(const struct node *node, const char *name, const char *text, json_t **answer)
{
    json_t *order = json_pack("{s:s, s:s, s:[s], s:{s:i}}", "action", "start", "name", name, "texts", text, "note", "shown", 7);
    assert_non_null(order);
    char *body = json_dumps(order, 0);
    unsigned status = send_text(node, PATH, JSON, body, answer);
    free(body);
    json_decref(order);
    return status;
}

static json_t *get(const struct node *node, const char *id)
{
    char target[64];
    (void)snprintf(target, sizeof target, PATH "%s%s", id[0] == '\0' ? "" : "/", id);
    return get_json(node, target);
}

static const char *text_of(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

/* Asked again until it is in one of the states; fails after a minute. */
static json_t *wait_for(const struct node *node, const char *id, const char *first, const char *second)
{
    for (int tried = 0; tried < 1200; tried++) {
        json_t *body = get(node, id);
        const char *state = text_of(body, "state");
        if (strcmp(state, first) == 0 || strcmp(state, second) == 0) {
            return body;
        }
        if (strcmp(state, "failed") == 0) {
            fail_msg("%s", text_of(body, "message"));
        }
        json_decref(body);
        (void)nanosleep(&(struct timespec){0, 50000000}, NULL);
    }
    fail_msg("%s is still not %s", id, first);
    return NULL;
}

static unsigned tell(const struct node *node, const char *id, const char *action)
{
    char target[64];
    char body[64];
    json_t *answer = NULL;
    (void)snprintf(target, sizeof target, PATH "/%s", id);
    (void)snprintf(body, sizeof body, "{\"action\":\"%s\"}", action);
    unsigned status = send_text(node, target, JSON, body, &answer);
    json_decref(answer);
    return status;
}

static double total_of(const json_t *answer, const char *scenario, const char *reference, const char *target)
{
    const json_t *rows = json_object_get(json_object_get(answer, "summary"), "rows");
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        const char *against = json_string_value(json_array_get(row, 1));
        if (strcmp(json_string_value(json_array_get(row, 0)), scenario) == 0 && strcmp(json_string_value(json_array_get(row, 2)), target) == 0 &&
            strcmp(json_string_value(json_array_get(row, 4)), "0-130") == 0 && (reference == NULL ? against == NULL : against != NULL && strcmp(against, reference) == 0)) {
            return json_number_value(json_array_get(row, 6));
        }
    }
    fail_msg("no row of %s in %s", target, scenario);
    return 0;
}

static void a_simulation_is_run_kept_and_deleted(void **state)
{
    struct node *node = *state;
    json_t *body = NULL;
    char id[32];
    struct reply reply;
    char target[80];
    assert_int_equal(start(node, "Pueblo", town(8000, 4, 1, ""), &body), 200);
    (void)snprintf(id, sizeof id, "%s", text_of(body, "id"));
    assert_int_equal(strlen(id), 16);
    json_decref(body);
    body = wait_for(node, id, "kept", "kept");
    const json_t *answer = json_object_get(body, "answer");
    const json_t *parameters = json_object_get(body, "parameters");
    /* What it was made from stays with it. */
    assert_string_equal(text_of(parameters, "name"), "Pueblo");
    assert_string_equal(json_string_value(json_array_get(json_object_get(parameters, "texts"), 0)), town(8000, 4, 1, ""));
    assert_int_equal(json_integer_value(json_object_get(json_object_get(parameters, "note"), "shown")), 7);
    assert_int_equal(json_integer_value(json_object_get(body, "seed")), 1);
    assert_non_null(strstr(text_of(body, "program"), VG_VERSION));
    assert_string_equal(text_of(json_array_get(json_object_get(json_object_get(answer, "meta"), "files"), 0), "file"), "1.toml"); /* and not where the node lies */
    assert_string_equal(text_of(json_object_get(answer, "meta"), "note"), "projections under assumptions, not forecasts");
    /* Two scenarios times three targets, twelve whole weeks, everybody; 20 beds a 100,000 of 8,000. */
    assert_int_equal(json_array_size(json_object_get(answer, "series")), 6);
    assert_int_equal(json_array_size(json_object_get(answer, "horizons")), 12);
    const json_t *series = json_array_get(json_object_get(answer, "series"), 0);
    assert_int_equal(json_array_size(json_object_get(json_object_get(series, "values"), "0.975")), 12);
    assert_true(json_number_value(json_object_get(json_array_get(json_object_get(answer, "scenarios"), 0), "icu_beds")) == 1.6);
    assert_true(json_is_null(json_object_get(json_array_get(json_object_get(answer, "scenarios"), 0), "ward_beds")));
    /* The weeks of the mean add up to the total, and the difference of means is the mean of differences. */
    double sum = 0;
    for (size_t week = 0; week < 12; week++) {
        sum += json_number_value(json_array_get(json_object_get(json_object_get(series, "values"), "mean"), week));
    }
    double open = total_of(answer, "open", NULL, "total inf");
    double shut = total_of(answer, "shut", NULL, "total inf");
    assert_true(fabs(sum - open) < 1e-3 * open);
    assert_true(shut < 0.5 * open);
    assert_true(fabs(total_of(answer, "shut", "open", "total inf") - (shut - open)) < 1e-4 * open);
    json_decref(body);
    /* The same again is not run again, whatever it is called. */
    assert_int_equal(start(node, "Otro", town(8000, 4, 1, ""), &body), 200);
    assert_string_equal(text_of(body, "id"), id);
    assert_string_equal(text_of(body, "state"), "kept");
    json_decref(body);
    /* In full as CSV, and listed. */
    (void)snprintf(target, sizeof target, PATH "/%s?part=rows", id);
    client_get(node->port, target, &reply);
    assert_int_equal(reply.status, 200);
    assert_memory_equal(reply.body, "origin_date,scenario_id,target,horizon,", 39);
    reply_release(&reply);
    body = get(node, "");
    assert_int_equal(json_array_size(json_object_get(body, "simulations")), 1);
    json_decref(body);
    /* Another server on the same node has it; the folder of its runs is gone. */
    vg_server_stop(node->server);
    (void)snprintf(target, sizeof target, "%s/simulations/%s", node->folder, id);
    assert_int_equal(access(target, F_OK), -1);
    assert_true(start_simulator(node));
    body = get(node, id);
    assert_string_equal(text_of(body, "state"), "kept");
    json_decref(body);
    assert_int_equal(tell(node, id, "delete"), 200);
    assert_int_equal(tell(node, id, "delete"), 404);
    (void)snprintf(target, sizeof target, PATH "/%s", id);
    client_get(node->port, target, &reply);
    assert_int_equal(reply.status, 404);
    reply_release(&reply);
}

/* Two places in the text itself, with what was counted there: results by place in a part of their own, and in the rows as far as there is room for them. */
static void places_are_told_apart(void **state)
{
    struct node *node = *state;
    json_t *body = NULL;
    char id[32];
    char target[80];
    struct reply reply;
    char text[3000];
    char counts[600] = "";
    for (int day = 0; day < 42; day++) {
        size_t used = strlen(counts);
        (void)snprintf(counts + used, sizeof counts - used, "%s%d", day == 0 ? "" : ", ", 10 + day * 2);
    }
    (void)snprintf(text, sizeof text,
                   "start = 2021-01-03\ndays = 84\nseed = 1\nruns = 4\n[place]\ncountry = \"CO\"\ncode = \"XX\"\n[[municipality]]\ncode = \"A\"\npopulation = 20000\nlatitude = 4\nlongitude = -74\n"
                   "[[municipality]]\ncode = \"B\"\npopulation = 8000\nlatitude = 4.1\nlongitude = -74.1\n[calibration]\ncounts_from = 2021-01-03\ncases = [%s]\nengine_rounds = 1\nrun_rounds = 1\n"
                   "[hospital]\nicu_beds_per_100k = 10\nbeds_of = \"municipality\"\n[output]\ntargets = [\"inc inf\", \"inc case\", \"occ icu\", \"inc without icu\"]\nplaces = [\"country\", \"municipality\"]\n"
                   "ages = [\"0-64\", \"65+\"]\nplace_ages = false\nquantiles = [0.025, 0.5, 0.975]\n[[scenario]]\nname = \"as it is\"\n[[scenario]]\nname = \"more beds\"\nicu_beds_per_100k = 4000\n",
                   counts);
    assert_int_equal(start(node, "Two", text, &body), 200);
    (void)snprintf(id, sizeof id, "%s", text_of(body, "id"));
    json_decref(body);
    body = wait_for(node, id, "kept", "kept");
    const json_t *answer = json_object_get(body, "answer");
    const json_t *file = json_array_get(json_object_get(json_object_get(answer, "meta"), "files"), 0);
    /* From the first day after what was counted on; what was counted is behind it. */
    assert_string_equal(text_of(answer, "origin_date"), "2021-02-14");
    assert_int_equal(json_integer_value(json_array_get(json_object_get(answer, "horizons"), 0)), -5);
    assert_int_equal(json_array_size(json_object_get(json_object_get(file, "calibration"), "r")), 3);
    assert_string_equal(json_string_value(json_array_get(json_object_get(json_object_get(file, "calibration"), "observed"), 0)), "cases");
    assert_int_equal(json_array_size(json_object_get(file, "locations")), 3);
    assert_int_equal(json_array_size(json_object_get(file, "ages")), 2);
    assert_true(json_number_value(json_object_get(json_array_get(json_object_get(answer, "scenarios"), 1), "icu_beds")) == 1120);
    /* the document is of the whole */
    assert_int_equal(json_array_size(json_object_get(answer, "series")), 8);
    const json_t *rows = json_object_get(json_object_get(answer, "summary"), "rows");
    for (size_t i = 0; i < json_array_size(rows); i++) {
        assert_string_equal(json_string_value(json_array_get(json_array_get(rows, i), 3)), "XX");
    }
    double whole = total_of(answer, "as it is", NULL, "total inf");
    json_decref(body);
    /* and the places have theirs */
    json_error_t problem;
    (void)snprintf(target, sizeof target, PATH "/%s?part=places", id);
    client_get(node->port, target, &reply);
    assert_int_equal(reply.status, 200);
    body = json_loadb(reply.body, reply.body_bytes, 0, &problem);
    reply_release(&reply);
    assert_non_null(body);
    const json_t *series = json_object_get(body, "series");
    assert_int_equal(json_array_size(series), 4); /* inc inf and occ icu of two scenarios */
    assert_int_equal(json_array_size(json_object_get(json_array_get(series, 0), "q50")), 2);
    assert_int_equal(json_array_size(json_array_get(json_object_get(json_array_get(series, 0), "q975"), 1)), 12);
    assert_string_equal(json_string_value(json_array_get(json_object_get(json_array_get(series, 0), "locations"), 1)), "B");
    double sum = 0;
    size_t shares = 0;
    rows = json_object_get(json_object_get(body, "summary"), "rows");
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        const char *what = json_string_value(json_array_get(row, 2));
        bool first = strcmp(json_string_value(json_array_get(row, 0)), "as it is") == 0;
        sum += first && strcmp(what, "total inf") == 0 ? json_number_value(json_array_get(row, 6)) : 0;
        shares += strcmp(what, "any without icu") == 0 ? 1 : 0;
    }
    assert_true(fabs(sum - whole) < 1e-3 * whole);
    assert_int_equal(shares, 4);
    json_decref(body);
    (void)snprintf(target, sizeof target, PATH "/%s?part=rows", id);
    client_get(node->port, target, &reply);
    assert_non_null(memmem(reply.body, reply.body_bytes, ",B,0-130,", 9));
    assert_null(memmem(reply.body, reply.body_bytes, ",B,0-64,", 8));
    reply_release(&reply);
    assert_int_equal(tell(node, id, "delete"), 200);
}

static void one_runs_others_wait_and_all_can_be_stopped(void **state)
{
    struct node *node = *state;
    json_t *body = NULL;
    char ids[6][32];
    const char *again = NULL;
    for (int i = 0; i < 5; i++) {
        assert_int_equal(start(node, "long", town(20000, 4000, 10 + i, ""), &body), 200);
        (void)snprintf(ids[i], sizeof ids[i], "%s", text_of(body, "id"));
        json_decref(body);
        if (i == 0) {
            json_decref(wait_for(node, ids[0], "running", "running"));
        }
    }
    /* The queue has an end, but what is in it already may be asked for again. */
    assert_int_equal(start(node, "one too many", town(20000, 4000, 99, ""), &body), 503);
    json_decref(body);
    assert_int_equal(start(node, "long", town(20000, 4000, 11, ""), &body), 200);
    again = text_of(body, "state");
    assert_string_equal(again, "waiting");
    json_decref(body);
    assert_int_equal(tell(node, ids[0], "delete"), 422); /* it runs */
    for (int i = 4; i >= 0; i--) {
        assert_int_equal(tell(node, ids[i], "cancel"), 200);
    }
    body = wait_for(node, ids[0], "cancelled", "cancelled");
    /* Nothing of it is kept, and what it had by then can be told from a whole answer. */
    assert_true(json_integer_value(json_object_get(body, "runs_done")) < 8000);
    json_decref(body);
    for (int i = 0; i < 5; i++) {
        json_decref(wait_for(node, ids[i], "cancelled", "cancelled"));
        assert_int_equal(tell(node, ids[i], "delete"), 200);
    }
    body = get(node, "");
    assert_int_equal(json_array_size(json_object_get(body, "simulations")), 0);
    json_decref(body);
}

static void early_answers_come_while_it_runs(void **state)
{
    struct node *node = *state;
    json_t *body = NULL;
    char id[32];
    bool seen = false;
    assert_int_equal(start(node, "early", town(20000, 3000, 40, ""), &body), 200);
    (void)snprintf(id, sizeof id, "%s", text_of(body, "id"));
    json_decref(body);
    for (int tried = 0; tried < 1200 && !seen; tried++) {
        body = get(node, id);
        assert_string_not_equal(text_of(body, "state"), "failed");
        seen = json_is_object(json_object_get(body, "answer"));
        if (seen) {
            assert_string_equal(text_of(body, "state"), "running");
            assert_true(json_integer_value(json_object_get(body, "runs_done")) >= 4); /* two of each scenario */
            assert_true(json_number_value(json_object_get(body, "progress")) < 1);
        }
        json_decref(body);
        (void)nanosleep(&(struct timespec){0, 50000000}, NULL);
    }
    assert_true(seen);
    /* A server that ends while it simulates ends soon, and leaves nothing behind. */
    char folder[160];
    time_t before = time(NULL);
    vg_server_stop(node->server);
    assert_true(time(NULL) - before < 20);
    (void)snprintf(folder, sizeof folder, "%s/simulations/%s", node->folder, id);
    assert_int_equal(access(folder, F_OK), -1);
    assert_true(start_simulator(node));
}

static void what_is_not_allowed_is_refused(void **state)
{
    struct node *node = *state;
    static const struct { const char *more; unsigned status; const char *says; } texts[] = {
        {"ages = \"/etc/passwd\"\n", 400, "names a file"}, {"commuting = \"flows.csv\"\n", 400, "names a file"},
        {"[calibration]\nnode = \"/\"\n", 400, "names a file"}, {"[disease]\ncourse = \"c.csv\"\n", 400, "names a file"}, {"agess = 3\n", 422, "did you mean ages"},
        {"[[group]]\nname = \"a\"\nshares = \"s.csv\"\n", 400, "names a file"}, {"[[group]]\nname = \"a\"\n", 422, "needs share_percent"},
    };
    json_t *body = NULL;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        unsigned status = start(node, "x", town(1000, 2, 1, texts[i].more), &body);
        if (status != texts[i].status) {
            fail_msg("%s: %u %s", texts[i].more, status, text_of(json_object_get(body, "error"), "message"));
        }
        assert_non_null(strstr(text_of(json_object_get(body, "error"), "message"), texts[i].says));
        json_decref(body);
    }
    assert_int_equal(start(node, "x", "start = 2021-01-03\n[place]\ncountry = \"CO\"\nmunicipalities = \"m.csv\"\n", &body), 400);
    json_decref(body);
    assert_int_equal(start(node, "x", town(100001, 2, 1, ""), &body), 413);
    json_decref(body);
    assert_int_equal(start(node, "x", town(90000, 5000, 1, ""), &body), 413);
    json_decref(body);
    static const char *const bodies[] = {"[]", "{}", "{\"action\":\"start\"}", "{\"action\":\"cancel\"}", "{\"action\":\"start\",\"texts\":[]}", "{\"action\":\"start\",\"texts\":[1]}",
                                         "{\"action\":\"start\",\"texts\":[\"\"],\"path\":\"x\"}", "{\"action\":\"start\",\"texts\":[\"a\\u0000b\"]}", "{\"action\":\"start\",\"texts\":[\"\"],\"note\":3}"};
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        assert_int_equal(send_text(node, PATH, JSON, bodies[i], &body), 400);
        json_decref(body);
    }
    assert_int_equal(send_text(node, PATH, "Content-Type: text/plain\r\n", "{}", &body), 415);
    json_decref(body);
    assert_int_equal(send_text(node, PATH, JSON "Origin: http://evil.example\r\n", "{}", &body), 403);
    json_decref(body);
    assert_int_equal(send_text(node, PATH "/../../x", JSON, "{}", &body), 405);
    json_decref(body);
    assert_int_equal(tell(node, "0123456789abcdef", "cancel"), 404);
    assert_int_equal(tell(node, "0123456789abcdef", "delete"), 404);
    body = get(node, "");
    assert_int_equal(json_array_size(json_object_get(body, "simulations")), 0);
    json_decref(body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_allowed_is_refused),
        cmocka_unit_test(a_simulation_is_run_kept_and_deleted),
        cmocka_unit_test(places_are_told_apart),
        cmocka_unit_test(one_runs_others_wait_and_all_can_be_stopped),
        cmocka_unit_test(early_answers_come_while_it_runs),
    };
    return cmocka_run_group_tests(tests, make_node, drop_node);
}
