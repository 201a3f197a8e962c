/*
 * Reports that are withdrawn later: what is known of open dates is lowered by what was withdrawn of former ones, as an obvious reference says, and
 * outbreaks with known truth of which a part of the first reports is taken back are neither overestimated nor missed.
 */
#include "coverage.h"
#include "renewal_fit.h"

#include "monitor/renewal/problem.h"
#include "monitor/renewal/withdraw.h"

static const struct renewal_simulation usual = {.seed = 31, .n = 80, .n_delays = 10, .level = 40, .sigma = 0.04, .keep = 0.992, .excess = 0.4, .tau = 0.1,
    .upsilon = 0.15, .delay_meanlog = 0.3, .delay_sdlog = 0.6, .generation_mean = 4, .generation_sd = 2, .incubation_mean = 3, .incubation_sd = 1.5, .weekdays = true};

static struct vg_renewal_parameters usual_parameters(void)
{
    struct vg_renewal_parameters parameters = intervals_of(&usual);
    parameters.forecast_steps = 1;
    return parameters;
}

#define WITHDRAWN_AFTER 6

/* Of the reports of the first four days each is withdrawn six days later by chance, when hardly any others come in; the truth is without them. */
static void take_back(double chance, uint32_t run, struct vg_triangle *triangle, struct renewal_truth *truth)
{
    struct vg_random random = vg_random_stream(9, run, 0, 1);
    size_t n = triangle->n_references, D = triangle->n_delays;
    double *cells = triangle->increments;
    for (size_t k = 0; k < n; k++) {
        for (size_t d = 0; d < 4 && !isnan(cells[k * D + d]); d++) {
            double withdrawn = (double)vg_random_binomial(&random, (int64_t)cells[k * D + d], chance);
            truth->counts[k] -= withdrawn;
            cells[k * D + d + WITHDRAWN_AFTER] -= withdrawn;
        }
    }
}

/* ------------------------------------------------------------------------- the draw */

/* Mean over all that can be looked back at: what stays of each former date in the end, against what was known of it. */
static void losses_are_those_of_former_dates(void **state)
{
    (void)state;
    struct vg_triangle triangle;
    struct renewal_truth truth;
    struct vg_renewal_parameters parameters = usual_parameters();
    struct renewal_problem problem;
    struct renewal_withdrawals withdrawals;
    struct renewal_simulation s = usual;
    struct vg_error error = {0};
    struct vg_arena arena;
    struct vg_random random = vg_random_stream(1, 2, 3, 4);
    enum { OPEN = 9, TIMES = 200 };
    double drawn[OPEN] = {0}, counts[80];
    s.run = 5;
    simulate_renewal(&s, &triangle, &truth);
    take_back(0.1, 0, &triangle, &truth);
    vg_arena_init(&arena, 0);
    vg_assert_ok(renewal_problem_new(&triangle, &parameters, &arena, &problem, &error), error);
    vg_assert_ok(renewal_withdrawals_new(&problem, &triangle, &arena, &withdrawals, &error), error);
    assert_int_equal(withdrawals.first_offset, OPEN);
    assert_int_equal(withdrawals.n_offsets, 80 - OPEN + 1 - OPEN);
    for (size_t draw = 0; draw < TIMES * withdrawals.n_offsets; draw++) {
        for (size_t k = 0; k < 80; k++) {
            counts[k] = problem.rows[k].known;
        }
        renewal_withdraw(&withdrawals, &problem, draw, &random, counts);
        for (size_t back = 0; back < OPEN; back++) {
            drawn[back] += (problem.rows[79 - back].known - counts[79 - back]) / (double)(TIMES * withdrawals.n_offsets);
        }
        vg_assert_near(counts[80 - OPEN - 1], problem.rows[80 - OPEN - 1].known, 0);
    }
    for (size_t back = 0; back < OPEN; back++) {
        double mean = 0;
        for (size_t offset = OPEN; offset <= 80 - OPEN; offset++) {
            const double *cells = triangle.increments + (79 - back - offset) * 10;
            double known = 0, stays = 0, left[10];
            memcpy(left, cells, sizeof left);
            (void)renewal_net_revisions(left, 10);
            for (size_t d = 0; d <= back; d++) {
                known += cells[d];
                stays += left[d];
            }
            double scale = known > 0 ? problem.rows[79 - back].known / known : 0;
            mean += (known > stays ? known - stays : 0) * (known < 50 && scale > 1 ? 1 : scale) / (double)withdrawals.n_offsets;
        }
        vg_assert_near(drawn[back], mean, 0.03);
    }
    print_message("taken of a date five days old: %.2f of %g\n", drawn[4], problem.rows[75].known);
    assert_true(drawn[4] > 0.01 * problem.rows[75].known);
    vg_arena_release(&arena);
    renewal_simulation_free(&triangle, &truth);
}

/* ---------------------------------------------------------------------------- truth */

static void withdrawn_reports_are_foreseen(void **state)
{
    (void)state;
    struct coverage coverage = {0};
    double bias = 0;
    for (uint32_t run = 0; run < 100; run++) {
        struct renewal_simulation s = usual;
        struct vg_triangle triangle;
        struct renewal_truth truth;
        struct vg_renewal_parameters parameters = usual_parameters();
        struct fitted f;
        s.run = run;
        simulate_renewal(&s, &triangle, &truth);
        take_back(0.1, run, &triangle, &truth);
        fit(&triangle, &parameters, &f);
        const struct vg_renewal_estimate *estimate = &f.estimate;
        for (size_t back = 1; back < 7 && estimate->status == VG_SERIES_OK; back++) {
            size_t k = s.n - 1 - back;
            const double *to_come = estimate->to_come_draws + (k - estimate->first_open) * estimate->n_draws;
            cover_count(&coverage, to_come, estimate->n_draws, 1, truth.counts[k] - estimate->reported[k]);
            bias += log((estimate->expected_final.values[k * VG_QUANTILE_COUNT + VG_QUANTILE_MEDIAN] + 1) / (truth.counts[k] + 1));
        }
        vg_arena_release(&f.arena);
        renewal_simulation_free(&triangle, &truth);
    }
    double n = coverage.n, inside_50 = coverage.inside_50 / n, inside_95 = coverage.inside_95 / n;
    print_message("of dates 1 to 6 days old 50 %% intervals hold %.1f %%, 95 %% %.1f %% of %.0f; bias %+.3f\n", 100 * inside_50, 100 * inside_95, n, bias / n);
    assert_true(n > 500);
    vg_assert_near(inside_50, 0.5, 0.1);
    assert_true(inside_95 > 0.88);
    vg_assert_near(bias / n, 0, 0.04);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(losses_are_those_of_former_dates),
        cmocka_unit_test(withdrawn_reports_are_foreseen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
