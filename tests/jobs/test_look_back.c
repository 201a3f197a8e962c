/*
 * What the page asks of the jobs about the past and the next week, on a list made here: how the delay changed, how former forecasts did, alarms and forecasts by
 * place. The list: 200 days, three places of 12 to 18 cases a day, reported after 1 or 2 days, from day 100 on after 5 or 6; one place stops on day 150, another
 * has six times as many cases on the last two days of report.
 */
#include "test_node.h"
#include "jobs/alarm/alarm.h"

#include <math.h>

#define DAYS 200
#define CHANGE 100
#define STOP 150

static void write_list(struct vg_buffer *csv)
{
    static const char *const places[] = {"Alto", "Bajo", "Callado"};
    int32_t first = vg_date_from_civil(2021, 1, 3);
    size_t id = 0;
    vg_buffer_text(csv, "id,municipality,onset_date,report_date\n");
    for (int day = 0; day < DAYS; day++) {
        for (size_t place = 0; place < 3; place++) {
            int cases = 12 + (day * 7 + (int)place * 3) % 7;
            cases *= place == 0 && day >= DAYS - 7 && day < DAYS - 5 ? 6 : 1;
            for (int i = 0; i < cases && !(place == 2 && day >= STOP); i++) {
                char onset[VG_DATE_TEXT_BYTES], report[VG_DATE_TEXT_BYTES];
                int delay = (day < CHANGE ? 1 : 5) + i % 2;
                if (day + delay < DAYS) {
                    (void)vg_date_print(first + day, onset);
                    (void)vg_date_print(first + day + delay, report);
                    vg_buffer_format(csv, "%zu,%s,%s,%s\n", ++id, places[place], onset, report);
                }
            }
        }
    }
}

static int make_node_of_list(void **state)
{
    struct vg_buffer csv;
    vg_buffer_init(&csv, 0);
    write_list(&csv);
    int made = make_node_with(state, "list.csv", "list", &csv);
    vg_buffer_release(&csv);
    return made;
}

static double number_in(const struct vg_answer *answer, const char *name)
{
    char wanted[64];
    (void)snprintf(wanted, sizeof wanted, "\"%s\":", name);
    const char *at = strstr(answer->meta.data, wanted);
    assert_non_null(at);
    return strtod(at + strlen(wanted), NULL);
}

static void ask(struct node *node, vg_job *job, const struct vg_request *request, struct vg_answer *answer)
{
    vg_answer_init(answer, &node->arena);
    vg_assert_ok(job(node->store, request, &node->arena, answer, &node->error), node->error);
}

static size_t row_of(const struct vg_table *table, const char *column, const char *value)
{
    const struct vg_column *names = column_of(table, column);
    for (size_t row = 0; row < table->n_rows; row++) {
        if (names->values.texts[row].size == strlen(value) && memcmp(names->values.texts[row].data, value, strlen(value)) == 0) {
            return row;
        }
    }
    fail_msg("there is no %s", value);
    return 0;
}

static void delays_follow_the_change_and_new_windows_do_not_seem_fast(void **state)
{
    struct node *node = *state;
    struct vg_request request;
    struct vg_answer answer;
    vg_request_init(&request);
    request.measure = "cases_onset";
    request.through_time = true;
    ask(node, vg_job_delays, &request, &answer);
    const struct vg_table *table = &answer.table;
    const struct vg_column *date = column_of(table, "date");
    const struct vg_column *start = column_of(table, "window_start");
    const struct vg_column *median = column_of(table, "median");
    const struct vg_column *share = column_of(table, "share_7_days");
    int32_t change = vg_date_from_civil(2021, 1, 3) + CHANGE;
    size_t before = 0;
    size_t after = 0;
    assert_true(table->n_rows >= 20);
    for (size_t row = 0; row < table->n_rows; row++) {
        assert_int_equal(date->values.dates[row] - start->values.dates[row], 27);
        assert_true(fabs(share->values.doubles[row] - 1) < 1e-9); /* all is reported within a week */
        if (date->values.dates[row] < change) {
            assert_true(median->values.doubles[row] == 1);
            before++;
        } else if (start->values.dates[row] >= change) {
            assert_true(median->values.doubles[row] == 5); /* the newest window too, of which half the dates are open */
            after++;
        }
    }
    assert_true(before >= 8 && after >= 8);
    vg_answer_release(&answer);
    request.from = change;
    ask(node, vg_job_delays, &request, &answer);
    assert_true(answer.table.n_rows > 0 && column_of(&answer.table, "date")->values.dates[0] >= change);
    vg_answer_release(&answer);
}

/* The scores in meta are those of the rows, and each former forecast is what the forecast of that day says. */
static void former_forecasts_are_the_forecasts_of_their_day(void **state)
{
    struct node *node = *state;
    struct vg_request request;
    struct vg_answer former;
    vg_request_init(&request);
    request.measure = "cases_report";
    request.n_origins = 3;
    request.horizon_steps = 14;
    ask(node, vg_job_hindcast, &request, &former);
    const struct vg_table *table = &former.table;
    assert_int_equal(table->n_rows, 3 * 14);
    assert_true(number_in(&former, "n_forecasts") == 3 && number_in(&former, "n_scored") == 3 * 14);
    assert_non_null(strstr(former.meta.data, "\"known\":\"as_of\""));
    const struct vg_column *low = column_of(table, "q025");
    const struct vg_column *high = column_of(table, "q975");
    const struct vg_column *observed = column_of(table, "observed");
    size_t inside = 0;
    for (size_t row = 0; row < table->n_rows; row++) {
        assert_true(low->values.doubles[row] <= high->values.doubles[row]);
        /* Cells are rounded to three digits, the scores are not: an observation on the edge may fall either way. */
        inside += observed->values.doubles[row] >= low->values.doubles[row] && observed->values.doubles[row] <= high->values.doubles[row];
    }
    assert_true(fabs((double)inside / (3 * 14) - number_in(&former, "inside_95")) < 0.05);
    assert_true(fabs(number_in(&former, "relative_wis") - number_in(&former, "wis") / number_in(&former, "baseline_wis")) < 1e-9);
    struct vg_answer then;
    struct vg_request as_of = request;
    as_of.as_of = column_of(table, "origin")->values.dates[0];
    ask(node, vg_job_forecast, &as_of, &then);
    assert_int_equal(column_of(&then.table, "date")->values.dates[0], column_of(table, "date")->values.dates[0]);
    double exact = column_of(&then.table, "q50")->values.doubles[13];
    assert_true(fabs(column_of(table, "q50")->values.doubles[13] - exact) <= 0.005 * exact);
    vg_answer_release(&then);
    vg_answer_release(&former);
}

/* By onset the newest dates are incomplete: shown, not scored. */
static void dates_that_are_still_reported_are_not_scored(void **state)
{
    struct node *node = *state;
    struct vg_request request;
    struct vg_answer former;
    vg_request_init(&request);
    request.measure = "cases_onset";
    request.n_origins = 1;
    request.horizon_steps = 14;
    ask(node, vg_job_hindcast, &request, &former);
    const struct vg_column *scored = column_of(&former.table, "scored");
    assert_int_equal(former.table.n_rows, 14);
    assert_true(scored->values.integers[0] == 1 && scored->values.integers[13] == 0);
    vg_answer_release(&former);
    /* A series that ends before the first origin has none, and says so. */
    request.to = vg_date_from_civil(2021, 1, 8);
    ask(node, vg_job_hindcast, &request, &former);
    assert_int_equal(former.table.n_rows, 0);
    assert_true(former.status == VG_SERIES_TOO_SHORT);
    vg_answer_release(&former);
}

static void a_forecast_may_end_earlier(void **state)
{
    struct node *node = *state;
    struct vg_request request;
    struct vg_answer answer;
    vg_request_init(&request);
    request.measure = "cases_report";
    request.to = vg_date_from_civil(2021, 5, 1);
    ask(node, vg_job_forecast, &request, &answer);
    assert_int_equal(column_of(&answer.table, "date")->values.dates[0], request.to + 1);
    vg_answer_release(&answer);
}

static void the_situation_says_of_each_place_what_the_alarm_job_says(void **state)
{
    struct node *node = *state;
    struct vg_request request;
    struct vg_answer situation, alarm;
    vg_request_init(&request);
    ask(node, vg_job_situation, &request, &situation);
    ask(node, vg_job_alarm, &request, &alarm);
    assert_non_null(strstr(situation.meta.data, "\"alarm_method\":\"ears_c2\""));
    size_t alarms = 0;
    for (size_t row = 0; row < alarm.table.n_rows; row++) {
        const struct vg_text code = column_of(&alarm.table, "code")->values.texts[row];
        char text[64];
        (void)snprintf(text, sizeof text, "%.*s", (int)code.size, code.data);
        size_t same = row_of(&situation.table, "code", text);
        const struct vg_column *flag = column_of(&situation.table, "alarm");
        assert_int_equal(flag->missing[same], 0);
        assert_int_equal(flag->values.integers[same], column_of(&alarm.table, "alarm")->values.integers[row]);
        assert_int_equal(column_of(&situation.table, "alarm_notable")->values.integers[same], column_of(&alarm.table, "notable")->values.integers[row]);
        double p = column_of(&alarm.table, "p_value")->values.doubles[row];
        double shown = column_of(&situation.table, "alarm_p_value")->values.doubles[same];
        assert_true(isnan(p) ? isnan(shown) : fabs(shown - p) <= 0.051 * p);
        alarms += flag->values.integers[same] == 1;
    }
    assert_true(alarm.table.n_rows == 3 && alarms >= 1);
    /* The quiet place has no forecast; a steady one about a week of its cases. */
    size_t quiet = row_of(&situation.table, "name", "Callado");
    size_t steady = row_of(&situation.table, "name", "Bajo");
    const struct vg_column *next = column_of(&situation.table, "next_7_days");
    assert_true(next->missing[quiet] || isnan(next->values.doubles[quiet]));
    assert_true(next->values.doubles[steady] > 60 && next->values.doubles[steady] < 160);
    assert_true(column_of(&situation.table, "next_low")->values.doubles[steady] < next->values.doubles[steady]);
    assert_true(column_of(&situation.table, "next_high")->values.doubles[steady] > next->values.doubles[steady]);
    /* No deaths are recorded, which is not a case fatality of 0. */
    const struct vg_column *fatality = column_of(&situation.table, "case_fatality");
    assert_true(fatality->missing[steady] || isnan(fatality->values.doubles[steady]));
    vg_answer_release(&situation);
    vg_answer_release(&alarm);
}

/* ------------------------------------------------------------------ small places */

static int make_two_sizes(void **state)
{
    static const char places[] = "code,name,parent,level,population,latitude,longitude,release_day\nXV,Vallemar,,country,,,,2021-01-01\n"
                                 "XV-01,Small,XV,admin1,6000,,,2021-01-01\nXV-02,Large,XV,admin1,60000000,,,2021-01-01\n";
    struct vg_buffer csv;
    vg_buffer_init(&csv, 0);
    vg_buffer_text(&csv, "code,date,cases\n");
    for (int day = 0; day < 84; day++) {
        char date[VG_DATE_TEXT_BYTES];
        (void)vg_date_print(vg_date_from_civil(2021, 1, 3) + day, date);
        int cases = day < 60 ? 1 + day % 2 : (int)(2 * exp(0.16 * (day - 60)));
        vg_buffer_format(&csv, "XV-01,%s,%d\nXV-02,%s,%d\n", date, cases, date, cases);
    }
    int made = make_node_with(state, "counts.csv", "counts", &csv);
    vg_buffer_release(&csv);
    if (made != 0) {
        return made;
    }
    struct node *node = *state;
    struct vg_import_outcome outcome;
    struct vg_import_request request = {.path = "places.csv", .data = places, .data_bytes = sizeof places - 1};
    request.intake.published = VG_DATE_NONE;
    return vg_job_import(node->store, &request, &node->arena, &outcome, &node->error) == VG_OK ? 0 : -1;
}

/* The largest sum of a drawn course of 28 days, and the median of the first one. */
static double largest_course(struct node *node, const char *place, double *median)
{
    struct vg_request request;
    struct vg_answer answer;
    double sums[200] = {0}, largest = 0;
    vg_request_init(&request);
    request.measure = "cases_report";
    request.disease = "covid19";
    request.place = place;
    request.method = "renewal";
    request.hubverse = true;
    request.n_samples = 200;
    ask(node, vg_job_forecast, &request, &answer);
    const struct vg_column *type = column_of(&answer.table, "output_type"), *id = column_of(&answer.table, "output_type_id"), *value = column_of(&answer.table, "value"),
                           *horizon = column_of(&answer.table, "horizon");
    for (size_t row = 0; row < answer.table.n_rows; row++) {
        if (vg_text_equals(type->values.texts[row], "sample")) {
            sums[(size_t)id->values.doubles[row] - 1] += value->values.doubles[row];
        } else if (horizon->values.integers[row] == 1 && id->values.doubles[row] == 0.5) {
            *median = value->values.doubles[row];
        }
    }
    for (size_t i = 0; i < 200; i++) {
        largest = fmax(largest, sums[i]);
    }
    vg_answer_release(&answer);
    return largest;
}

/* Growth that would go on for a while in a large place ends in a small one with its people; tomorrow they are alike. */
static void a_course_of_the_model_does_not_outgrow_its_place(void **state)
{
    struct node *node = *state;
    double small_median = 0, large_median = 0, so_far = 0;
    for (int day = 0; day < 84; day++) {
        so_far += day < 60 ? 1 + day % 2 : (int)(2 * exp(0.16 * (day - 60)));
    }
    double small = largest_course(node, "XV-01", &small_median), large = largest_course(node, "XV-02", &large_median);
    assert_true(large > 12000);
    assert_true(small > 1000 && small <= 1.001 * (6000 - so_far));
    assert_true(small_median > 20 && fabs(small_median / large_median - 1) < 0.1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(delays_follow_the_change_and_new_windows_do_not_seem_fast),
        cmocka_unit_test(former_forecasts_are_the_forecasts_of_their_day),
        cmocka_unit_test(dates_that_are_still_reported_are_not_scored),
        cmocka_unit_test(a_forecast_may_end_earlier),
        cmocka_unit_test(the_situation_says_of_each_place_what_the_alarm_job_says),
        cmocka_unit_test_setup_teardown(a_course_of_the_model_does_not_outgrow_its_place, make_two_sizes, drop_node),
    };
    return cmocka_run_group_tests_name("jobs/look_back", tests, make_node_of_list, drop_node);
}
