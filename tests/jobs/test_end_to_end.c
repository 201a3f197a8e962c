/*
 * Files in, situation out: the jobs on small files made here and on real ones, with numbers counted by other means.
 */
#include "test_node.h"

#include "store/tracing/tracing.h"
#include "jobs/example/example.h"

static void import_path(struct node *node, const char *path, const char *dataset, struct vg_import_outcome *outcome)
{
    struct vg_import_request request = {.path = path, .dataset = dataset};
    request.intake.published = VG_DATE_NONE;
    vg_assert_ok(vg_job_import(node->store, &request, &node->arena, outcome, &node->error), node->error);
}

static double total(struct node *node, const char *dataset, const char *measure, const char *place, int32_t as_of)
{
    struct vg_request request;
    struct vg_answer answer;
    vg_request_init(&request);
    vg_answer_init(&answer, &node->arena);
    request.dataset = dataset;
    request.measure = measure;
    request.place = place;
    request.as_of = as_of;
    vg_assert_ok(vg_job_series(node->store, &request, &node->arena, &answer, &node->error), node->error);
    const struct vg_column *values = column_of(&answer.table, "value");
    double sum = 0;
    for (size_t row = 0; row < answer.table.n_rows; row++) {
        sum += values->missing[row] ? 0 : values->values.doubles[row];
    }
    vg_answer_release(&answer);
    return sum;
}

/* The Colombian list as published on 4 May 2020 and, in other headings and as a workbook, on 18 June: the same cases, revised. */
static void a_revised_colombian_list_becomes_a_vintage(void **state)
{
    struct node *node = *state;
    char older[4096];
    char newer[4096];
    struct vg_import_outcome first;
    struct vg_import_outcome second;
    struct vg_import_outcome again;
    vg_shared_or_skip("counts/raw_co_totalcases20200504.csv.gz", older);
    vg_shared_or_skip("counts/raw_co_totalcases20200618.xlsx", newer);
    import_path(node, older, NULL, &first);
    assert_int_equal(first.stored.rows_new, 7708 - first.read.rows_rejected);
    import_path(node, newer, NULL, &second);
    assert_string_equal(second.dataset, first.dataset);
    assert_int_equal(second.read.rows_taken + second.read.rows_rejected, 57046);
    /* Nearly all of the first file's cases are in the second. */
    assert_in_range(second.stored.rows_new, 57046 - 7708 - 100, 57046 - 7708 + 300);
    import_path(node, newer, NULL, &again);
    assert_true(again.stored.already_there);
    double then = total(node, first.dataset, "cases_report", NULL, first.read.published);
    double now = total(node, first.dataset, "cases_report", NULL, VG_DATE_NONE);
    assert_true(then > 7000 && then <= 7708);
    assert_true(now > 56500 && now <= 57046);
}

static void a_filter_gives_the_numbers_of_a_node(void **state)
{
    struct node *node = *state;
    char path[4096];
    struct vg_import_outcome outcome;
    struct vg_answer from_node;
    struct vg_answer from_filter;
    struct vg_request request;
    struct vg_intake_options options = {.published = VG_DATE_NONE};
    vg_shared_or_skip("counts/triangle_de_hosp_age.csv.gz", path);
    import_path(node, path, "hosp", &outcome);
    vg_request_init(&request);
    vg_answer_init(&from_node, &node->arena);
    vg_answer_init(&from_filter, &node->arena);
    request.group = "age:80+";
    struct vg_request on_node = request;
    on_node.dataset = "hosp";
    vg_assert_ok(vg_job_nowcast(node->store, &on_node, &node->arena, &from_node, &node->error), node->error);
    vg_assert_ok(vg_job_filter(path, VG_FILTER_NOWCAST, &options, &request, &node->arena, &from_filter, &node->error), node->error);
    assert_int_equal(from_node.table.n_rows, from_filter.table.n_rows);
    assert_true(from_node.table.n_rows > 100);
    const struct vg_column *a = column_of(&from_node.table, "q50");
    const struct vg_column *b = column_of(&from_filter.table, "q50");
    for (size_t row = 0; row < from_node.table.n_rows; row++) {
        assert_int_equal(a->missing[row], b->missing[row]);
        assert_true(a->missing[row] || a->values.doubles[row] == b->values.doubles[row]);
    }
    vg_answer_release(&from_node);
    vg_answer_release(&from_filter);
}

static void the_example_is_a_situation_to_look_at(void **state)
{
    struct node *node = *state;
    struct vg_request request;
    struct vg_answer answer;
    vg_assert_ok(vg_job_load_example(node->store, vg_date_from_civil(2026, 6, 30), 0, NULL, &node->error), node->error);
    vg_request_init(&request);
    vg_answer_init(&answer, &node->arena);
    request.level = "admin2";
    vg_assert_ok(vg_job_situation(node->store, &request, &node->arena, &answer, &node->error), node->error); /* the line list is the first dataset */
    assert_true(answer.simulated);
    assert_non_null(strstr(answer.meta.data, "\"dataset\":\"vigia-exercise-cases\",\"nature\":\"simulated\",\"exercise\":\"EJERCICIO"));
    assert_in_range(answer.table.n_rows, 50, 70);
    const struct vg_column *status = column_of(&answer.table, "status");
    const struct vg_column *attention = column_of(&answer.table, "attention");
    size_t n_silent = 0;
    size_t n_ok = 0;
    for (size_t row = 0; row < answer.table.n_rows; row++) {
        n_silent += vg_text_equals(status->values.texts[row], "silent");
        n_ok += vg_text_equals(status->values.texts[row], "ok");
        assert_true(row == 0 || attention->missing[row] || attention->values.doubles[row] <= attention->values.doubles[row - 1]);
    }
    /* One town is silent by an outage; more may look so by chance, but not many. */
    assert_in_range(n_silent, 1, 5);
    const struct vg_column *code = column_of(&answer.table, "code");
    const struct vg_column *days_silent = column_of(&answer.table, "days_silent");
    bool found = false;
    for (size_t row = 0; row < answer.table.n_rows; row++) {
        if (vg_text_equals(code->values.texts[row], "XV-0401")) {
            found = true;
            assert_true(vg_text_equals(status->values.texts[row], "silent") && days_silent->values.doubles[row] >= 12 && days_silent->values.doubles[row] <= 16);
        }
    }
    assert_true(found);
    assert_true(n_ok * 3 > answer.table.n_rows);
    vg_answer_release(&answer);
    struct vg_product product;
    vg_assert_ok(vg_store_get_product(node->store, "situation", "vigia-exercise-cases|now", &node->arena, &product, &node->error), node->error);
    assert_true(product.content_bytes > 1000);
    /* Everything that a ministry looks at is there, and marked. */
    static const char *const datasets[] = {"vigia-exercise-cases", "vigia-exercise-census", "vigia-exercise-deaths", "vigia-exercise-tests", "vigia-exercise-daily"};
    for (size_t i = 0; i < sizeof datasets / sizeof *datasets; i++) {
        struct vg_dataset dataset;
        vg_assert_ok(vg_store_dataset_find(node->store, datasets[i], &node->arena, &dataset, &node->error), node->error);
        assert_int_equal(dataset.nature, VG_NATURE_SIMULATED);
        assert_string_equal(dataset.disease, "covid19");
        assert_true(dataset.last_known <= vg_date_from_civil(2026, 6, 30) && dataset.last_known >= vg_date_from_civil(2026, 6, 24));
    }
    /* Tracing as it goes: contacts are listed when they were named, and some were known before they were cases. */
    struct vg_tracing_indicators all;
    vg_assert_ok(vg_tracing_indicate(node->store, vg_date_from_civil(2026, 5, 25), vg_date_from_civil(2026, 6, 30), NULL, &all, &node->error), node->error);
    assert_true(all.cases > 500 && all.contacts > 2 * all.cases);
    assert_true(all.cases_known_as_contacts * 20 > all.cases * 2 && all.cases_known_as_contacts * 20 < all.cases * 10);
    assert_true(all.cases_traced_in_24h * 20 > all.cases * 8 && all.cases_traced_in_24h < all.cases_with_contacts);
    assert_true(all.visits_made * 20 > all.visits_due * 13 && all.visits_made * 20 < all.visits_due * 19);
    assert_true(all.contacts_lost > 0 && all.contacts_with_symptoms > 0 && all.days_report_to_listing > 0.3 && all.days_report_to_listing < 3);
}

/* What a table of invented data looks like when it leaves, and one of real data. */
static void exported_rows_of_invented_data_say_so(void **state)
{
    struct node *node = *state;
    static const char csv[] = "date,place_code,version,disease,tests,positives,report_day,release_day\n2021-04-03,XV-01,1,covid19,9,2,2021-04-04,2021-04-05\n"
                              "2021-04-04,XV-01,1,covid19,7,1,2021-04-05,2021-04-06\n";
    struct vg_import_outcome outcome;
    for (int real = 0; real < 2; real++) {
        struct vg_import_request request = {.path = "tests-2021-04-06.csv", .data = csv, .data_bytes = sizeof csv - 1, .dataset = real == 1 ? "real" : "exercise"};
        struct vg_request question;
        struct vg_answer answer;
        static const char *const mappings[] = {"place_code=place_code", "date=date", "measure:tests_report=tests"};
        request.intake.published = VG_DATE_NONE;
        if (real == 1) {
            request.intake.profile = "generic-counts";
            request.intake.mappings = mappings;
            request.intake.n_mappings = 3;
        }
        vg_assert_ok(vg_job_import(node->store, &request, &node->arena, &outcome, &node->error), node->error);
        vg_request_init(&question);
        vg_answer_init(&answer, &node->arena);
        question.dataset = request.dataset;
        vg_assert_ok(vg_job_series(node->store, &question, &node->arena, &answer, &node->error), node->error);
        size_t before = answer.table.n_columns;
        assert_int_equal(answer.simulated, real == 0);
        vg_answer_mark(&answer);
        assert_int_equal(answer.table.n_columns, before + (real == 0 ? 1 : 0));
        assert_true(answer.table.n_rows > 0);
        for (size_t row = 0; row < answer.table.n_rows && real == 0; row++) {
            assert_true(vg_text_equals(column_of(&answer.table, "exercise")->values.texts[row], VG_EXERCISE_MARK));
        }
        vg_answer_release(&answer);
    }
}

static void an_empty_node_says_what_to_do(void **state)
{
    struct node *node = *state;
    struct vg_request request;
    struct vg_answer answer;
    vg_request_init(&request);
    vg_answer_init(&answer, &node->arena);
    assert_int_equal(vg_job_situation(node->store, &request, &node->arena, &answer, &node->error), VG_NOT_FOUND);
    assert_non_null(strstr(node->error.message, "vigia import"));
    vg_assert_ok(vg_job_node(node->store, &request, &node->arena, &answer, &node->error), node->error);
    assert_non_null(strstr(answer.meta.data, "\"datasets\":[]"));
    vg_answer_release(&answer);
}

static void unknown_names_are_answered_with_the_known_ones(void **state)
{
    struct node *node = *state;
    static const char csv[] = "case_id,date_of_onset,date_reported\n1,2021-04-03,2021-04-05\n2,2021-04-04,2021-04-06\n";
    struct vg_import_request request = {.path = "two.csv", .data = csv, .data_bytes = sizeof csv - 1, .dataset = "two"};
    struct vg_import_outcome outcome;
    struct vg_request question;
    struct vg_answer answer;
    request.intake.published = VG_DATE_NONE;
    vg_assert_ok(vg_job_import(node->store, &request, &node->arena, &outcome, &node->error), node->error);
    vg_request_init(&question);
    vg_answer_init(&answer, &node->arena);
    question.measure = "sneezes";
    assert_int_equal(vg_job_series(node->store, &question, &node->arena, &answer, &node->error), VG_NOT_FOUND);
    assert_non_null(strstr(node->error.message, "cases_onset"));
    question.measure = NULL;
    question.place = "ZZ-NOWHERE";
    assert_int_equal(vg_job_series(node->store, &question, &node->arena, &answer, &node->error), VG_NOT_FOUND);
    question.place = NULL;
    question.dataset = "three";
    assert_int_equal(vg_job_series(node->store, &question, &node->arena, &answer, &node->error), VG_NOT_FOUND);
    assert_non_null(strstr(node->error.message, "two"));
    vg_answer_release(&answer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_revised_colombian_list_becomes_a_vintage, make_node, drop_node),
        cmocka_unit_test_setup_teardown(a_filter_gives_the_numbers_of_a_node, make_node, drop_node),
        cmocka_unit_test_setup_teardown(the_example_is_a_situation_to_look_at, make_node, drop_node),
        cmocka_unit_test_setup_teardown(exported_rows_of_invented_data_say_so, make_node, drop_node),
        cmocka_unit_test_setup_teardown(an_empty_node_says_what_to_do, make_node, drop_node),
        cmocka_unit_test_setup_teardown(unknown_names_are_answered_with_the_known_ones, make_node, drop_node),
    };
    return cmocka_run_group_tests_name("jobs/end_to_end", tests, NULL, NULL);
}
