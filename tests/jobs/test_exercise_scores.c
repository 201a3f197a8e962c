/*
 * Scores of exercises as sums: what they say is what the single estimates say, whatever the clusters they were added up in; how sure a coverage is grows with the
 * differences between clusters; the table and the summary tell the same.
 */
#include "test_node.h"

#include "jobs/exercise/scores.h"

#define CLUSTERS 40
#define EACH 30

/* The nine quantiles of a normal law. */
static void normal_quantiles(double mean, double sd, double quantiles[VG_QUANTILE_COUNT])
{
    for (size_t level = 0; level < VG_QUANTILE_COUNT; level++) {
        quantiles[level] = mean + sd * vg_normal_quantile(vg_quantile_levels[level]);
    }
}

/* Estimates N(0, sd) of truths that are N(shift of the cluster, 1), in clusters; `alike`: how much of a truth's variance the cluster shares. */
static void make_scores(double sd, double alike, uint64_t seed, struct exercise_scores *sum)
{
    *sum = (struct exercise_scores){.n_rows = 0};
    struct exercise_scores *one = calloc(1, sizeof *one);
    assert_non_null(one);
    for (uint32_t cluster = 0; cluster < CLUSTERS; cluster++) {
        struct vg_random random = vg_random_stream(seed, cluster, 0, 1);
        double common = vg_random_normal(&random);
        one->n_rows = 0;
        for (int i = 0; i < EACH; i++) {
            double quantiles[VG_QUANTILE_COUNT], wide[VG_QUANTILE_COUNT], truth = sqrt(alike) * common + sqrt(1 - alike) * vg_random_normal(&random);
            normal_quantiles(0, sd, quantiles);
            normal_quantiles(0, 5, wide);
            exercise_score_take(exercise_scores_row(one, "rt", "country", "lag 0-6"), quantiles, i % 3 == 0 ? NULL : wide, false, truth);
        }
        exercise_scores_add(sum, one);
    }
    free(one);
}

static void sums_are_those_of_the_single_estimates(void **state)
{
    (void)state;
    struct exercise_scores sum;
    double inside_50 = 0, inside_95 = 0, wis = 0, own = 0, other = 0, difference = 0;
    make_scores(1.3, 0, 7, &sum);
    for (uint32_t cluster = 0; cluster < CLUSTERS; cluster++) {
        struct vg_random random = vg_random_stream(7, cluster, 0, 1);
        (void)vg_random_normal(&random);
        for (int i = 0; i < EACH; i++) {
            double quantiles[VG_QUANTILE_COUNT], wide[VG_QUANTILE_COUNT], truth = vg_random_normal(&random);
            normal_quantiles(0, 1.3, quantiles);
            normal_quantiles(0, 5, wide);
            double here = vg_monitor_wis(vg_quantile_levels, quantiles, VG_QUANTILE_COUNT, truth);
            inside_50 += fabs(truth) <= quantiles[5];
            inside_95 += fabs(truth) <= quantiles[8];
            wis += here;
            difference -= truth;
            own += i % 3 == 0 ? 0 : here;
            other += i % 3 == 0 ? 0 : vg_monitor_wis(vg_quantile_levels, wide, VG_QUANTILE_COUNT, truth);
        }
    }
    double n = CLUSTERS * EACH;
    const struct exercise_score *row = &sum.rows[0];
    assert_int_equal(sum.n_rows, 1);
    assert_int_equal(row->scores.n, CLUSTERS * EACH);
    assert_int_equal(row->n_clusters, CLUSTERS);
    assert_int_equal(row->n_paired, CLUSTERS * EACH * 2 / 3);
    vg_assert_near(exercise_score_coverage(row, EXERCISE_INTERVAL_50), inside_50 / n, 1e-12);
    vg_assert_near(exercise_score_coverage(row, EXERCISE_INTERVAL_95), inside_95 / n, 1e-12);
    vg_assert_near(exercise_score_relative_wis(row), own / other, 1e-9);
    vg_assert_near(row->scores.wis, wis, 1e-9);
    vg_assert_near(row->difference, difference, 1e-9);
}

/* Truths that clusters share make a coverage less sure: its standard error is near that of the clusters' own coverages, many times the independent one. */
static void clusters_say_how_sure_a_coverage_is(void **state)
{
    (void)state;
    struct exercise_scores apart, alike;
    make_scores(1, 0, 11, &apart);
    make_scores(1, 0.9, 11, &alike);
    double independent = sqrt(0.25 / (CLUSTERS * EACH)), loose = exercise_score_coverage_error(&apart.rows[0], EXERCISE_INTERVAL_50);
    double tight = exercise_score_coverage_error(&alike.rows[0], EXERCISE_INTERVAL_50);
    assert_true(loose >= independent && loose < 1.4 * independent);
    assert_true(tight > 3 * independent && tight < sqrt(0.25 / CLUSTERS) * 1.2);
    assert_true(exercise_score_bias_error(&alike.rows[0]) > 3 * exercise_score_bias_error(&apart.rows[0]));
    struct exercise_scores few;
    few = (struct exercise_scores){.n_rows = 0};
    double quantiles[VG_QUANTILE_COUNT];
    normal_quantiles(0, 1, quantiles);
    exercise_score_take(exercise_scores_row(&few, "rt", "country", "lag 0-6"), quantiles, NULL, false, 0.2);
    assert_true(isnan(exercise_score_coverage_error(&few.rows[0], EXERCISE_INTERVAL_50)));
    assert_string_equal(exercise_score_verdict(&few.rows[0]), "too few to say");
}

static void the_verdict_is_as_the_intervals_are(void **state)
{
    (void)state;
    static const struct { double sd, alike; const char *verdict; } cases[] = {
        {1, 0, "as sure as it should be"}, {0.5, 0, "too sure"}, {2, 0, "too careful"}, {1, 0.9, "as sure as it should be"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct exercise_scores sum;
        make_scores(cases[i].sd, cases[i].alike, 23, &sum);
        assert_string_equal(exercise_score_verdict(&sum.rows[0]), cases[i].verdict);
    }
}

static double cell(const struct vg_table *table, const char *name, size_t row)
{
    const struct vg_column *column = column_of(table, name);
    assert_non_null(column);
    return column->missing[row] ? NAN : column->values.doubles[row];
}

static void alarms_have_days_and_a_share_of_false_ones(void **state)
{
    (void)state;
    struct exercise_scores sum = {.n_rows = 0}, one = {.n_rows = 0};
    struct exercise_score *rises = exercise_scores_row(&one, "alarm", "country", "after R rises above 1");
    rises->detected_after[3] = rises->detected_after[4] = rises->detected_after[20] = 1;
    rises->n_detected = 3;
    rises->without = 1;
    struct exercise_score *falling = exercise_scores_row(&one, "alarm", "country", "while falling");
    falling->n_days = 200;
    falling->n_alarm_days = 3;
    exercise_scores_add(&sum, &one);
    exercise_scores_add(&sum, &one);
    sum.rows[0].detected_after[6]++;
    sum.rows[0].n_detected++;
    struct vg_arena arena;
    struct vg_table table;
    struct vg_buffer text;
    vg_arena_init(&arena, 0);
    vg_table_init(&table, &arena);
    vg_buffer_init(&text, 0);
    exercise_scores_table(&sum, &table);
    exercise_scores_summary(&sum, "days", &text);
    vg_assert_near(cell(&table, "days_to_detection", 0), 4, 0); /* 3 3 4 4 6 20 20 */
    vg_assert_near(cell(&table, "mean_days_to_detection", 0), 60.0 / 7, 0.01);
    vg_assert_near(cell(&table, "false_alarms", 1), 0.015, 1e-12);
    assert_true(isnan(cell(&table, "false_alarms", 0)) && isnan(cell(&table, "coverage_95", 0)));
    assert_non_null(strstr(text.data, "7 of 9 told of, after 4 days (median; mean 8.6)"));
    assert_non_null(strstr(text.data, "an alarm on 1.5 % of 400 days"));
    vg_buffer_release(&text);
    vg_arena_release(&arena);
}

/* Infectors: shares and means are over what was added up, whatever the clusters; bands have no baseline, estimates with one interval no other coverage. */
static void infectors_have_shares_and_bits(void **state)
{
    (void)state;
    struct exercise_scores *sum = calloc(1, sizeof *sum), *one = calloc(1, sizeof *one);
    assert_true(sum != NULL && one != NULL);
    exercise_scores_row(one, "chains", "admin1", "all cases")->links = (struct exercise_links){8, 6, 5, 1, 12, 40};
    exercise_scores_row(one, "chains", "admin1", "support 0.9-1.0")->links = (struct exercise_links){.n = 4, .support = 3.8, .right = 3};
    struct exercise_score *r = exercise_scores_row(one, "chains", "admin1", "R");
    r->only_95 = true;
    r->scores.n = 4;
    r->inside[EXERCISE_INTERVAL_95] = 3;
    r->difference = 0.4;
    r->truth = 4;
    exercise_scores_add(sum, one);
    exercise_scores_add(sum, one);
    struct vg_arena arena;
    struct vg_table table;
    struct vg_buffer text;
    vg_arena_init(&arena, 0);
    vg_table_init(&table, &arena);
    vg_buffer_init(&text, 0);
    exercise_scores_table(sum, &table);
    exercise_scores_summary(sum, "days", &text);
    assert_int_equal(column_of(&table, "n")->values.integers[0], 16);
    vg_assert_near(cell(&table, "right", 0), 0.625, 1e-12);
    vg_assert_near(cell(&table, "right_baseline", 0), 0.125, 1e-12);
    vg_assert_near(cell(&table, "mean_support", 1), 0.95, 1e-12);
    vg_assert_near(cell(&table, "log_score", 0), 1.5, 1e-12);
    vg_assert_near(cell(&table, "log_score_baseline", 0), 5, 1e-12);
    assert_true(isnan(cell(&table, "right_baseline", 1)) && isnan(cell(&table, "log_score", 1)) && isnan(cell(&table, "right", 2)));
    vg_assert_near(cell(&table, "coverage_95", 2), 0.75, 1e-12);
    assert_true(isnan(cell(&table, "coverage_50", 2)) && isnan(cell(&table, "wis", 2)) && isnan(cell(&table, "bias", 2)));
    vg_assert_near(cell(&table, "mean_error", 2), 0.1, 1e-12);
    assert_non_null(strstr(text.data, "R: of 8 intervals 95 % 75 % held; 1.10, and in truth 1.00"));
    vg_buffer_release(&text);
    vg_arena_release(&arena);
    free(sum);
    free(one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_are_those_of_the_single_estimates),
        cmocka_unit_test(clusters_say_how_sure_a_coverage_is),
        cmocka_unit_test(the_verdict_is_as_the_intervals_are),
        cmocka_unit_test(alarms_have_days_and_a_share_of_false_ones),
        cmocka_unit_test(infectors_have_shares_and_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
