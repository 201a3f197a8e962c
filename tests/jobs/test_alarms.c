/*
 * Alarms through the jobs: a cluster of neighbours is found by the scans with its members, charts find it place by place, and runs on growing data make one alarm that goes on.
 */
#include "test_node.h"
#include "jobs/alarm/alarm.h"

#define DAYS 120
#define FIRST_DAY 18628 /* 2021-01-01 */
#define LAST_DAY (FIRST_DAY + DAYS - 1)

/* Departments of Colombia; Caldas, Risaralda and Quindío are neighbours, and have five times their cases in the last six days. */
static void write_counts(struct vg_buffer *file)
{
    static const char *const codes[] = {"CO-ANT", "CO-CAL", "CO-RIS", "CO-QUI", "CO-TOL", "CO-NAR", "CO-ATL", "CO-BOL", "CO-LAG", "CO-CAU"};
    vg_buffer_text(file, "date,location,cases\n");
    for (int day = 0; day < DAYS; day++) {
        for (uint32_t place = 0; place < 10; place++) {
            char date[VG_DATE_TEXT_BYTES];
            struct vg_random random = vg_random_stream(3, place, (uint32_t)day, 0);
            double mean = 3 + 2 * (place % 3);
            bool cluster = day >= DAYS - 6 && place >= 1 && place <= 3;
            (void)vg_date_print(FIRST_DAY + day, date);
            vg_buffer_format(file, "%s,%s,%lld\n", date, codes[place], (long long)vg_random_poisson(&random, cluster ? 5 * mean : mean));
        }
    }
}

static int make_node_of_counts(void **state)
{
    struct vg_buffer file;
    vg_buffer_init(&file, 0);
    write_counts(&file);
    int made = make_node_with(state, "counts.csv", "counts", &file);
    vg_buffer_release(&file);
    return made;
}

static void run(struct node *node, vg_job *job, const char *method, int32_t to, struct vg_answer *answer)
{
    struct vg_request request;
    vg_request_init(&request);
    vg_answer_init(answer, &node->arena);
    request.method = method;
    request.to = to;
    request.level = "admin1";
    vg_assert_ok(job(node->store, &request, &node->arena, answer, &node->error), node->error);
}

static void scans_find_the_cluster(void **state)
{
    struct node *node = *state;
    static const char *const methods[] = {"scan_permutation", "scan_adjusted", "scan"};
    for (size_t i = 0; i < 3; i++) {
        struct vg_answer answer;
        run(node, vg_job_alarm, methods[i], VG_DATE_NONE, &answer);
        assert_true(answer.table.n_rows >= 1);
        struct vg_text places = column_of(&answer.table, "places")->values.texts[0];
        char *codes = vg_arena_copy_bytes(&node->arena, places.data, places.size);
        assert_non_null(strstr(codes, "CO-RIS"));
        assert_true(column_of(&answer.table, "p_value")->values.doubles[0] <= 0.001 + 1e-12);
        assert_int_equal(column_of(&answer.table, "notable")->values.integers[0], 1);
        if (i == 0) {
            assert_int_equal(column_of(&answer.table, "n_places")->values.integers[0], 3);
            assert_int_equal(column_of(&answer.table, "from")->values.dates[0], LAST_DAY - 5);
            assert_int_equal(column_of(&answer.table, "date")->values.dates[0], LAST_DAY);
            assert_non_null(strstr(answer.meta.data, "\"method\":\"scan_permutation\""));
        }
        vg_answer_release(&answer);
    }
}

static void charts_judge_place_by_place(void **state)
{
    struct node *node = *state;
    static const char *const methods[] = {"glr", "glr_poisson", "cusum_nb", "glr_epidemic", "glr_decrease", "cusum"};
    for (size_t i = 0; i < 6; i++) {
        struct vg_answer answer;
        bool alarm[10] = {false};
        size_t n = 0;
        run(node, vg_job_alarm, methods[i], VG_DATE_NONE, &answer);
        assert_int_equal(answer.table.n_rows, 10);
        for (size_t row = 0; row < 10; row++) {
            struct vg_text code = column_of(&answer.table, "code")->values.texts[row];
            bool cluster = vg_text_equals(code, "CO-CAL") || vg_text_equals(code, "CO-RIS") || vg_text_equals(code, "CO-QUI");
            alarm[row] = column_of(&answer.table, "alarm")->values.integers[row] != 0;
            n += alarm[row] && cluster;
            assert_true(column_of(&answer.table, "score")->values.doubles[row] >= 0);
            assert_true(column_of(&answer.table, "expected")->values.doubles[row] > 1);
        }
        assert_true(i == 4 ? n == 0 : n >= 1);
        vg_answer_release(&answer);
    }
}

static void runs_on_growing_data_make_one_alarm(void **state)
{
    struct node *node = *state;
    struct vg_answer answer;
    run(node, vg_job_alarm_keep, "scan_permutation", LAST_DAY - 2, &answer);
    assert_int_equal(column_of(&answer.table, "new")->values.integers[0], 1);
    vg_answer_release(&answer);
    run(node, vg_job_alarm_keep, "scan_permutation", LAST_DAY, &answer);
    assert_int_equal(column_of(&answer.table, "went_on")->values.integers[0], 1);
    assert_int_equal(column_of(&answer.table, "new")->values.integers[0], 0);
    vg_answer_release(&answer);
    run(node, vg_job_alarm_keep, "scan_permutation", LAST_DAY, &answer);
    assert_int_equal(column_of(&answer.table, "known")->values.integers[0], 1);
    vg_answer_release(&answer);
    run(node, vg_job_alarms, NULL, VG_DATE_NONE, &answer);
    assert_int_equal(answer.table.n_rows, 1);
    assert_int_equal(column_of(&answer.table, "date")->values.dates[0], LAST_DAY);
    assert_int_equal(column_of(&answer.table, "n_events")->values.integers[0], 2);
    assert_non_null(strstr(answer.meta.data, "\"action\":\"went_on\""));
    vg_answer_release(&answer);
}

/* Over many places the notable ones are chosen by their rate of false ones, also where nobody asks for it. */
static void false_discoveries_are_controlled_by_default(void **state)
{
    struct node *node = *state;
    struct vg_answer answer;
    struct vg_request request;
    vg_request_init(&request);
    vg_answer_init(&answer, &node->arena);
    request.method = "bayes";
    request.newest_steps = 60;
    request.level = "admin1";
    vg_assert_ok(vg_job_alarm(node->store, &request, &node->arena, &answer, &node->error), node->error);
    size_t n_alarms = 0;
    size_t n_notable = 0;
    double largest = 0;
    for (size_t row = 0; row < answer.table.n_rows; row++) {
        bool notable = column_of(&answer.table, "notable")->values.integers[row] != 0;
        n_alarms += column_of(&answer.table, "alarm")->values.integers[row] != 0;
        n_notable += notable;
        largest = notable ? fmax(largest, column_of(&answer.table, "p_value")->values.doubles[row]) : largest;
    }
    assert_int_equal(answer.table.n_rows, 600);
    assert_true(n_notable > 0 && n_notable < n_alarms);
    assert_true(largest <= 0.05 * (double)n_notable / 600 + 1e-12); /* the line of Benjamini and Hochberg */
    vg_answer_release(&answer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(scans_find_the_cluster, make_node_of_counts, drop_node),
        cmocka_unit_test_setup_teardown(charts_judge_place_by_place, make_node_of_counts, drop_node),
        cmocka_unit_test_setup_teardown(runs_on_growing_data_make_one_alarm, make_node_of_counts, drop_node),
        cmocka_unit_test_setup_teardown(false_discoveries_are_controlled_by_default, make_node_of_counts, drop_node),
    };
    return cmocka_run_group_tests_name("jobs/alarms", tests, NULL, NULL);
}
