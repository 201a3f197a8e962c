/*
 * The situation's rows by the generative model: they agree with what a nowcast and R of the place alone say, hold simulated truth as often as they should, fall back
 * to the quick way where the model refuses, and are made at once only where that is little work. And the triangles of many places are those of each by itself.
 */
#include "test_node.h"

#include <math.h>

#define DAYS 100
#define DELAYS 12
#define PLACES 6
#define FIRST_DAY 18628 /* 2021-01-01 */
#define ORIGINS 5
#define SEED 7

static const char *const codes[PLACES] = {"CO-ANT", "CO-CAL", "CO-RIS", "CO-QUI", "CO-CAU", "CO-NAR"};
static const double level_of[PLACES] = {90, 40, 12, 5, 2, 0.01}; /* cases a day; of the last one nothing can be said */

struct simulated {
    double final[PLACES][DAYS];
};

/* Courses that rise and fall, places a fortnight apart; reported by a geometric delay, fewer on Sundays. */
static void simulate(struct vg_buffer *file, struct simulated *truth)
{
    vg_buffer_text(file, "measure,iso3166_2,event_date,report_date,increment\n");
    for (uint32_t place = 0; place < PLACES; place++) {
        for (int day = 0; day < DAYS; day++) {
            struct vg_random random = vg_random_stream(SEED, place, (uint32_t)day, 0);
            double mean = level_of[place] * exp(0.8 * sin((day + 14.0 * place) / 16.0));
            int64_t cases = vg_random_poisson(&random, mean), left = cases;
            char event[VG_DATE_TEXT_BYTES], report[VG_DATE_TEXT_BYTES];
            truth->final[place][day] = (double)cases;
            (void)vg_date_print(FIRST_DAY + day, event);
            for (int delay = 0; delay < DELAYS; delay++) {
                double share = delay == DELAYS - 1 ? 1 : (FIRST_DAY + day + delay) % 7 == 3 ? 0.12 : 0.3;
                int64_t now = 0;
                for (int64_t i = 0; i < left; i++) {
                    now += vg_random_uniform(&random) < share ? 1 : 0;
                }
                left -= now;
                (void)vg_date_print(FIRST_DAY + day + delay, report);
                if (now > 0 && day + delay < DAYS) {
                    vg_buffer_format(file, "cases_onset,%s,%s,%s,%lld\n", codes[place], event, report, (long long)now);
                }
            }
        }
    }
}

static struct simulated truth;

static int make_simulated(void **state)
{
    struct vg_buffer file;
    struct vg_import_outcome outcome;
    vg_buffer_init(&file, 0);
    if (make_node(state) != 0) {
        return -1;
    }
    struct node *node = *state;
    simulate(&file, &truth);
    struct vg_import_request request = {.path = "triangle.csv", .data = file.data, .data_bytes = file.size, .dataset = "simulated", .intake = {.disease = "covid19", .published = VG_DATE_NONE}};
    vg_status status = vg_job_import(node->store, &request, &node->arena, &outcome, &node->error);
    vg_buffer_release(&file);
    return status == VG_OK ? 0 : -1;
}

static double number(const struct vg_table *table, const char *name, size_t row)
{
    const struct vg_column *column = column_of(table, name);
    return column->missing[row] ? NAN : column->values.doubles[row];
}

static bool says(const struct vg_table *table, const char *name, size_t row, const char *text)
{
    return vg_text_equals(column_of(table, name)->values.texts[row], text);
}

static size_t row_of(const struct vg_table *table, const char *code)
{
    for (size_t row = 0; row < table->n_rows; row++) {
        if (says(table, "code", row, code)) {
            return row;
        }
    }
    fail_msg("no row %s", code);
    return 0;
}

static void ask(struct node *node, vg_job *job, const struct vg_request *request, struct vg_answer *answer)
{
    vg_answer_init(answer, &node->arena);
    vg_assert_ok(job(node->store, request, &node->arena, answer, &node->error), node->error);
}

static void a_row_says_what_the_place_alone_says(void **state)
{
    struct node *node = *state;
    struct vg_request request, alone;
    struct vg_answer situation, rt, nowcast;
    vg_request_init(&request);
    ask(node, vg_job_situation, &request, &situation);
    for (size_t place = 0; place + 1 < PLACES; place++) {
        size_t row = row_of(&situation.table, codes[place]);
        assert_true(says(&situation.table, "method", row, "renewal"));
        alone = request;
        alone.place = codes[place];
        alone.method = "renewal";
        ask(node, vg_job_rt, &alone, &rt);
        size_t last = rt.table.n_rows - 1;
        double log_ratio = log(number(&situation.table, "rt_median", row) / number(&rt.table, "q50", last));
        double half = 0.5 * log(number(&rt.table, "q975", last) / number(&rt.table, "q025", last));
        /* The places share their delays, so pooling moves R by much less than it is known. */
        if (fabs(log_ratio) > 0.5 * half) {
            fail_msg("%s: R %.3f, alone %.3f", codes[place], number(&situation.table, "rt_median", row), number(&rt.table, "q50", last));
        }
        alone.method = NULL;
        ask(node, vg_job_nowcast, &alone, &nowcast);
        double week = 0;
        for (size_t day = nowcast.table.n_rows - 7; day < nowcast.table.n_rows; day++) {
            week += number(&nowcast.table, "mean", day);
        }
        double expected = number(&situation.table, "expected_last_7_days", row);
        if (!(fabs(expected - week) < 0.2 * week + 2)) {
            fail_msg("%s: %.1f expected, the days' nowcasts sum to %.1f", codes[place], expected, week);
        }
        assert_true(number(&situation.table, "expected_low", row) <= expected && expected <= number(&situation.table, "expected_high", row));
        assert_true(number(&situation.table, "rt_low", row) < number(&situation.table, "rt_median", row));
        assert_true(number(&situation.table, "rt_high", row) > number(&situation.table, "rt_median", row));
        vg_answer_release(&rt);
        vg_answer_release(&nowcast);
    }
    vg_answer_release(&situation);
}

static void what_the_model_refuses_stays_as_it_was(void **state)
{
    static const char *const numbers[] = {"rt_median", "rt_low", "rt_high", "expected_last_7_days", "expected_low", "expected_high", "next_7_days", "next_low", "next_high"};
    struct node *node = *state;
    struct vg_request request;
    struct vg_answer model, quick;
    vg_request_init(&request);
    ask(node, vg_job_situation, &request, &model);
    request.method = "quick";
    ask(node, vg_job_situation, &request, &quick);
    size_t row = row_of(&model.table, codes[PLACES - 1]), same = row_of(&quick.table, codes[PLACES - 1]);
    assert_true(says(&model.table, "method", row, "quick"));
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        double one = number(&model.table, numbers[i], row), other = number(&quick.table, numbers[i], same);
        assert_true(one == other || (isnan(one) && isnan(other)));
    }
    for (size_t i = 0; i < quick.table.n_rows; i++) {
        assert_true(says(&quick.table, "method", i, "quick"));
    }
    request.method = "guess";
    vg_answer_release(&quick);
    vg_answer_init(&quick, &node->arena);
    assert_int_equal(vg_job_situation(node->store, &request, &node->arena, &quick, &node->error), VG_USAGE_ERROR);
    vg_answer_release(&model);
    vg_answer_release(&quick);
}

static double week_of(size_t place, int newest)
{
    double sum = 0;
    for (int day = newest - 6; day <= newest; day++) {
        sum += truth.final[place][day];
    }
    return sum;
}

static void intervals_hold_the_truth(void **state)
{
    struct node *node = *state;
    size_t n[2] = {0}, inside[2] = {0};
    for (int origin = 0; origin < ORIGINS; origin++) {
        int newest = 50 + 10 * origin;
        struct vg_request request;
        struct vg_answer answer;
        vg_request_init(&request);
        request.as_of = FIRST_DAY + newest;
        ask(node, vg_job_situation, &request, &answer);
        for (size_t place = 0; place + 1 < PLACES; place++) {
            size_t row = row_of(&answer.table, codes[place]);
            if (!says(&answer.table, "method", row, "renewal")) {
                continue;
            }
            double now = week_of(place, newest);
            n[0]++;
            inside[0] += now >= number(&answer.table, "expected_low", row) && now <= number(&answer.table, "expected_high", row) ? 1 : 0;
            if (newest + 7 < DAYS) {
                double next = week_of(place, newest + 7);
                n[1]++;
                inside[1] += next >= number(&answer.table, "next_low", row) && next <= number(&answer.table, "next_high", row) ? 1 : 0;
            }
        }
        vg_answer_release(&answer);
    }
    print_message("95 %% intervals held %zu of %zu newest weeks, %zu of %zu next ones\n", inside[0], n[0], inside[1], n[1]);
    assert_true(n[0] >= 20 && n[1] >= 20);
    assert_true((double)inside[0] >= 0.85 * (double)n[0]);
    assert_true((double)inside[1] >= 0.85 * (double)n[1]);
}

/* ------------------------------------------------------------------ many places */

#define MANY 310
#define MANY_DAYS 30

static int make_many(void **state)
{
    struct vg_buffer file;
    struct vg_import_outcome outcome;
    vg_buffer_init(&file, 0);
    vg_buffer_text(&file, "date,location,cases\n");
    for (uint32_t place = 0; place < MANY; place++) {
        for (int day = 0; day < MANY_DAYS; day++) {
            char date[VG_DATE_TEXT_BYTES];
            struct vg_random random = vg_random_stream(SEED + 1, place, (uint32_t)day, 0);
            (void)vg_date_print(FIRST_DAY + day, date);
            vg_buffer_format(&file, "%s,Municipio %u,%lld\n", date, (unsigned)place, (long long)vg_random_poisson(&random, 8));
        }
    }
    if (make_node(state) != 0) {
        return -1;
    }
    struct node *node = *state;
    struct vg_import_request request = {
        .path = "counts.csv", .data = file.data, .data_bytes = file.size, .dataset = "many", .intake = {.disease = "covid19", .country = "CO", .published = VG_DATE_NONE}};
    vg_status status = vg_job_import(node->store, &request, &node->arena, &outcome, &node->error);
    vg_buffer_release(&file);
    return status == VG_OK ? 0 : -1;
}

static size_t rows_by(const struct vg_table *table, const char *method)
{
    size_t n = 0;
    for (size_t row = 0; row < table->n_rows; row++) {
        n += says(table, "method", row, method) ? 1 : 0;
    }
    return n;
}

static void who_waits_gets_many_places_the_quick_way(void **state)
{
    struct node *node = *state;
    struct vg_request request;
    struct vg_answer answer;
    struct vg_buffer kept;
    bool found = false;
    size_t n = 0;
    vg_request_init(&request);
    ask(node, vg_job_situation, &request, &answer);
    assert_int_equal(answer.table.n_rows, MANY);
    assert_int_equal(rows_by(&answer.table, "quick"), MANY);
    vg_answer_release(&answer);
    vg_assert_ok(vg_job_refresh_products(node->store, VG_DATE_NONE, NULL, &node->error), node->error);
    vg_buffer_init(&kept, 0);
    vg_assert_ok(vg_job_kept_situation(node->store, &request, &kept, &found, &node->error), node->error);
    assert_true(found);
    for (const char *at = kept.data; (at = strstr(at, "\"renewal\"")) != NULL; at++) {
        n++;
    }
    assert_true(n > MANY * 9 / 10);
    request.method = "renewal";
    ask(node, vg_job_situation, &request, &answer);
    assert_int_equal(rows_by(&answer.table, "renewal"), n);
    vg_answer_release(&answer);
    vg_buffer_release(&kept);
}

/* -------------------------------------------------------------------- triangles */

static void compare_triangles(struct node *node, const struct vg_cube_filter *filter, size_t most)
{
    struct vg_series_matrix matrix;
    struct vg_triangle_set set;
    vg_assert_ok(vg_store_series_by_place(node->store, filter, VG_LEVEL_ADMIN1, &node->arena, &matrix, &node->error), node->error);
    assert_true(matrix.n_places > 1);
    const struct vg_triangle_rows rows = {.level = VG_LEVEL_ADMIN1, .places = matrix.place, .n_places = matrix.n_places, .most_references = most};
    vg_assert_ok(vg_store_triangles_by_place(node->store, filter, &rows, &node->arena, &set, &node->error), node->error);
    size_t cells = set.shape.n_references * set.shape.n_delays, some = 0;
    double *increments = VG_ARENA_ARRAY(&node->arena, double, cells);
    assert_true(cells > 0);
    for (size_t row = 0; row < matrix.n_places; row++) {
        struct vg_triangle one;
        struct vg_cube_filter of_place = *filter;
        of_place.place = vg_store_place_list(node->store)->places[matrix.place[row]].code;
        vg_assert_ok(vg_store_triangle(node->store, &of_place, set.shape.n_delays, &node->arena, &one, &node->error), node->error);
        vg_store_triangle_of(&set, row, increments);
        size_t skipped = one.n_references - set.shape.n_references;
        assert_int_equal(one.as_of, set.shape.as_of);
        assert_int_equal(one.start + (int32_t)skipped * one.step_days, set.shape.start);
        assert_true(most == 0 ? skipped == 0 : skipped > 0);
        for (size_t cell = 0; cell < cells; cell++) {
            double wanted = one.increments[skipped * one.n_delays + cell];
            if (isnan(wanted) ? !isnan(increments[cell]) : increments[cell] != wanted) {
                fail_msg("row %zu cell %zu: %g, not %g", row, cell, increments[cell], wanted);
            }
            some += wanted > 0 ? 1 : 0;
        }
    }
    assert_true(some > 20);
}

static void triangles_of_many_counts_are_those_of_each(void **state)
{
    struct node *node = *state;
    struct vg_cube_filter filter = {.dataset = "simulated", .measure = "cases_onset", .from = VG_DATE_NONE, .to = VG_DATE_NONE, .as_of = VG_DATE_NONE};
    compare_triangles(node, &filter, 0);
    compare_triangles(node, &filter, 40);
    filter.as_of = FIRST_DAY + 61;
    compare_triangles(node, &filter, 0);
    filter.step_days = 7;
    compare_triangles(node, &filter, 5);
}

static void import_list(struct node *node, bool revised)
{
    struct vg_buffer file;
    struct vg_import_outcome outcome;
    vg_buffer_init(&file, 0);
    vg_buffer_text(&file, "id,admin1_code,onset_date,report_date\n");
    for (uint32_t id = 0; id < 900; id++) {
        struct vg_random random = vg_random_stream(SEED + 2, id, 0, 0);
        char onset[VG_DATE_TEXT_BYTES], report[VG_DATE_TEXT_BYTES];
        int32_t day = FIRST_DAY + (int32_t)(id % 60);
        (void)vg_date_print(day + (revised && id % 17 == 0 ? 2 : 0), onset);
        (void)vg_date_print(day + 2 + (int32_t)(6 * vg_random_uniform(&random)), report);
        vg_buffer_format(&file, "%u,%s,%s,%s\n", (unsigned)id, codes[id % 3], onset, report);
    }
    struct vg_import_request request = {.path = "list.csv", .data = file.data, .data_bytes = file.size, .dataset = "list"};
    request.intake.country = "CO";
    request.intake.published = FIRST_DAY + (revised ? 75 : 70);
    vg_assert_ok(vg_job_import(node->store, &request, &node->arena, &outcome, &node->error), node->error);
    vg_buffer_release(&file);
}

static void triangles_of_a_line_list_too(void **state)
{
    struct node *node = *state;
    struct vg_cube_filter filter = {.dataset = "list", .measure = "cases_onset", .from = VG_DATE_NONE, .to = VG_DATE_NONE, .as_of = VG_DATE_NONE};
    import_list(node, false);
    import_list(node, true); /* a revision adds and takes away */
    compare_triangles(node, &filter, 0);
    compare_triangles(node, &filter, 30);
    filter.as_of = FIRST_DAY + 50;
    compare_triangles(node, &filter, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_row_says_what_the_place_alone_says, make_simulated, drop_node),
        cmocka_unit_test_setup_teardown(what_the_model_refuses_stays_as_it_was, make_simulated, drop_node),
        cmocka_unit_test_setup_teardown(intervals_hold_the_truth, make_simulated, drop_node),
        cmocka_unit_test_setup_teardown(who_waits_gets_many_places_the_quick_way, make_many, drop_node),
        cmocka_unit_test_setup_teardown(triangles_of_many_counts_are_those_of_each, make_simulated, drop_node),
        cmocka_unit_test_setup_teardown(triangles_of_a_line_list_too, make_node, drop_node),
    };
    return cmocka_run_group_tests_name("jobs/situation_model", tests, NULL, NULL);
}
