/*
 * The job of measures' effects: the same from a node as from a file, settings that change what they should, and countries' real counts under their stringency index.
 */
#include "test_node.h"
#include "jobs/measures_effect/measures_effect.h"

#include <fcntl.h>

#define PLACES 8
#define DAYS 260

static const char *const places[PLACES] = {"COL", "BRA", "PER", "ARG", "CHL", "MEX", "ECU", "BOL"};

/* Counts that grow by 3 % a day, and fall by 5 % while a measure stands (felt after ten days); the measure's dates beside them. */
static void write_counts(struct vg_buffer *counts, struct vg_buffer *measures)
{
    char date[VG_DATE_TEXT_BYTES];
    char end[VG_DATE_TEXT_BYTES];
    int32_t first = vg_date_from_civil(2020, 1, 5);
    vg_buffer_text(counts, "date,country,new_cases\n");
    vg_buffer_text(measures, "place,measure,from,to\n");
    for (int place = 0; place < PLACES; place++) {
        double cases = 60;
        int from = 40 + 12 * place;
        int until = from + 80;
        (void)vg_date_print(first + from, date);
        (void)vg_date_print(first + until - 1, end);
        vg_buffer_format(measures, "%s,Curfew,%s,%s\n", places[place], date, end);
        for (int day = 0; day < DAYS; day++) {
            cases *= exp(day - 10 >= from && day - 10 < until ? -0.05 : 0.03);
            (void)vg_date_print(first + day, date);
            vg_buffer_format(counts, "%s,%s,%d\n", date, places[place], (int)(cases + 0.5));
        }
    }
}

static void keep_file(char path[32], const struct vg_buffer *text)
{
    (void)snprintf(path, 32, "/tmp/vigia-measures-XXXXXX");
    int file = mkstemp(path);
    assert_true(file >= 0);
    assert_int_equal(write(file, text->data, text->size), (int)text->size);
    (void)close(file);
}

static double number_of(const struct vg_table *table, const char *column, size_t row)
{
    const struct vg_column *found = column_of(table, column);
    return found->missing[row] ? NAN : found->values.doubles[row];
}

static void a_node_and_a_file_say_the_same(void **state)
{
    (void)state;
    struct vg_buffer counts;
    struct vg_buffer measures;
    char counts_path[32];
    char measures_path[32];
    vg_buffer_init(&counts, 0);
    vg_buffer_init(&measures, 0);
    write_counts(&counts, &measures);
    keep_file(counts_path, &counts);
    keep_file(measures_path, &measures);
    void *made = NULL;
    assert_int_equal(make_node_with(&made, "counts.csv", "counts", &counts), 0);
    struct node *node = made;
    struct vg_request request;
    struct vg_measures_request wish;
    struct vg_answer of_node;
    struct vg_answer of_file;
    struct vg_measures_limits limits;
    const struct vg_intake_options intake = {.published = VG_DATE_NONE};
    vg_request_init(&request);
    request.disease = "covid19";
    vg_measures_request_init(&wish);
    wish.measures_path = measures_path;
    wish.intake = &intake;
    wish.without_sensitivity = true;
    vg_answer_init(&of_node, &node->arena);
    vg_answer_init(&of_file, &node->arena);
    vg_assert_ok(vg_job_measures(node->store, &request, &wish, NULL, &node->arena, &of_node, &limits, &node->error), node->error);
    wish.counts_path = counts_path;
    vg_assert_ok(vg_job_measures(NULL, &request, &wish, NULL, &node->arena, &of_file, &limits, &node->error), node->error);
    assert_int_equal(of_node.status, VG_SERIES_OK);
    assert_int_equal(of_node.table.n_rows, 1);
    assert_true(number_of(&of_node.table, "reduction_mean", 0) == number_of(&of_file.table, "reduction_mean", 0));
    /* R at growth r with a gamma serial interval (Wallinga and Lipsitch 2007): (1 + r sd^2 / mean)^(mean^2 / sd^2), mean 4.7, sd 2.9. */
    double shape = 4.7 * 4.7 / (2.9 * 2.9);
    double expected = 100 * (1 - pow((1 - 0.05 * 4.7 / shape) / (1 + 0.03 * 4.7 / shape), shape));
    vg_assert_near(number_of(&of_node.table, "reduction_mean", 0), expected, 3);
    assert_true(limits.n > limits.n_general && limits.n_general == 5);
    vg_answer_release(&of_node);
    vg_answer_release(&of_file);
    (void)unlink(counts_path);
    (void)unlink(measures_path);
    vg_buffer_release(&counts);
    vg_buffer_release(&measures);
    (void)drop_node(&made);
}

/* 48 countries' reported cases of 2020 and the OxCGRT index: an effect is there, in the range that others found for all measures together, and the checks speak. */
static void countries_of_2020(void **state)
{
    (void)state;
    char counts_path[4096];
    char measures_path[4096];
    vg_shared_or_skip("counts/national_daily.csv.gz", counts_path);
    vg_shared_or_skip("counts/policy_stringency.csv.gz", measures_path);
    struct vg_arena arena;
    struct vg_error error = {0};
    struct vg_request request;
    struct vg_measures_request wish;
    struct vg_answer answer;
    struct vg_measures_limits limits;
    const struct vg_intake_options intake = {.published = VG_DATE_NONE};
    vg_arena_init(&arena, 0);
    vg_request_init(&request);
    request.measure = "cases_report";
    request.to = vg_date_from_civil(2020, 12, 31);
    vg_measures_request_init(&wish);
    wish.counts_path = counts_path;
    wish.measures_path = measures_path;
    wish.intake = &intake;
    wish.show = "sensitivity";
    vg_answer_init(&answer, &arena);
    vg_assert_ok(vg_job_measures(NULL, &request, &wish, NULL, &arena, &answer, &limits, &error), error);
    assert_int_equal(answer.status, VG_SERIES_OK);
    double main_one = number_of(&answer.table, "reduction_mean", 0);
    assert_true(main_one > 55 && main_one < 85);
    assert_true(number_of(&answer.table, "reduction_low", 0) < main_one && number_of(&answer.table, "reduction_high", 0) > main_one);
    assert_int_equal(answer.table.n_rows, 6); /* five settings, and the lead itself */
    assert_true(number_of(&answer.table, "reduction_mean", 2) < main_one); /* a lag that is too long takes from it */
    vg_answer_release(&answer);
    vg_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_node_and_a_file_say_the_same),
        vg_statistics(countries_of_2020),
    };
    return vg_run_group_tests("jobs_measures_effect", tests, NULL, NULL);
}
