/*
 * The renewal engine on one series with known truth: hard series end in a sane answer or a clear refusal, yesterday's fit helps, and the sampler works.
 */
#include "renewal_fixture.h"

#define NEWEST_ROWS 4

/* --------------------------------------------------------------------- statuses */

static void too_little_is_refused(void **state)
{
    (void)state;
    const struct {
        size_t n, n_delays;
        double value, single;
        enum vg_series_status expected;
    } cases[] = {{10, 5, 3, 0, VG_SERIES_TOO_SHORT}, {13, 1, 40, 0, VG_SERIES_TOO_SHORT}, {60, 5, 0, 0, VG_SERIES_TOO_FEW}, {60, 1, 0, 0, VG_SERIES_TOO_FEW},
                 {60, 5, 0, 4, VG_SERIES_TOO_FEW}, {60, 5, -2, 0, VG_SERIES_TOO_FEW}, {60, 5, NAN, 0, VG_SERIES_TOO_SHORT}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct vg_renewal_parameters parameters = parameters_of(&usual);
        struct vg_triangle triangle = flat(cases[i].n, cases[i].n_delays, cases[i].value);
        struct fitted f;
        triangle.increments[triangle.n_references * triangle.n_delays / 2] += cases[i].single;
        assert_int_equal(sane(&triangle, &parameters, &f), cases[i].expected);
        vg_arena_release(&f.arena);
        free(triangle.increments);
    }
}

static void one_day_of_cases_is_answered_or_refused(void **state)
{
    (void)state;
    static const double counts[] = {5, 60, 3000};
    for (size_t i = 0; i < 6; i++) {
        struct vg_renewal_parameters parameters = parameters_of(&usual);
        struct vg_triangle triangle = flat(60, i % 2 == 0 ? 8 : 1, 0);
        struct fitted f;
        triangle.increments[30 * triangle.n_delays] = counts[i / 2];
        enum vg_series_status status = sane(&triangle, &parameters, &f);
        assert_true(status == VG_SERIES_OK || status == VG_SERIES_NOT_CONVERGED);
        /* A month without a report: hardly any are going on today. */
        assert_true(status != VG_SERIES_OK || median_at(&f.estimate.expected_final, 59) < 5);
        vg_arena_release(&f.arena);
        free(triangle.increments);
    }
}

/* Some of what was reported a day after is taken back four days later, so that cells end below zero. */
static void withdrawals_are_netted(void **state)
{
    (void)state;
    struct renewal_simulation s = usual;
    s.weekdays = false;
    for (uint32_t run = 0; run < 3; run++) {
        struct vg_renewal_parameters parameters = parameters_of(&usual);
        struct vg_triangle triangle;
        struct renewal_truth truth;
        struct fitted f;
        double negative = 0;
        simulate(&s, run, &triangle, &truth);
        for (size_t k = 0; k < usual.n; k++) {
            double *row = triangle.increments + k * usual.n_delays, *before = &row[1], *after = &row[5];
            if (!isnan(*after) && run > 0) {
                double taken = ceil(0.3 * *before) * run;
                *after -= taken;
                truth.counts[k] -= taken;
                negative += *after < 0 ? 1 : 0;
            }
        }
        assert_true(run == 0 || negative > 5);
        assert_int_equal(sane(&triangle, &parameters, &f), VG_SERIES_OK);
        for (size_t k = 0; k < usual.n; k++) {
            double known = 0;
            for (size_t d = 0; d < usual.n_delays && k + d < usual.n; d++) {
                known += triangle.increments[k * usual.n_delays + d];
            }
            vg_assert_near(f.estimate.reported[k], known > 0 ? known : 0, 1e-9);
        }
        vg_arena_release(&f.arena);
        renewal_simulation_free(&triangle, &truth);
    }
}

/* Nothing is published on some days: what was due comes with the next publication. */
static void days_without_publication_are_no_zeros(void **state)
{
    (void)state;
    double with_gaps = 0, without = 0;
    for (uint32_t run = 0; run < 4; run++) {
        struct vg_renewal_parameters parameters = parameters_of(&usual);
        struct vg_triangle triangle;
        struct renewal_truth truth;
        struct fitted f;
        simulate(&usual, run, &triangle, &truth);
        for (size_t gaps = 0; gaps < 2; gaps++) {
            for (size_t k = 0; k < usual.n && gaps == 1; k++) {
                double waiting = 0;
                for (size_t d = 0; d < usual.n_delays && k + d < usual.n; d++) {
                    double *cell = &triangle.increments[k * usual.n_delays + d];
                    waiting += *cell;
                    *cell = (k + d) % 6 == 2 || (k + d) % 6 == 3 ? NAN : waiting;
                    waiting = isnan(*cell) ? waiting : 0;
                }
            }
            assert_int_equal(sane(&triangle, &parameters, &f), VG_SERIES_OK);
            for (size_t back = 0; back < NEWEST_ROWS; back++) {
                double error = log(median_at(&f.estimate.expected_final, usual.n - 1 - back) + 1) - log(truth.counts[usual.n - 1 - back] + 1);
                *(gaps == 1 ? &with_gaps : &without) += fabs(error) / (4 * NEWEST_ROWS);
            }
            vg_arena_release(&f.arena);
        }
        renewal_simulation_free(&triangle, &truth);
    }
    print_message("mean log error of the newest dates: %.2f published daily, %.2f with gaps\n", without, with_gaps);
    assert_true(with_gaps < 1.5 * without + 0.05);
}

/* Plain counts of which a third is not published, the newest two among them. */
static void plain_counts_may_have_gaps(void **state)
{
    (void)state;
    struct renewal_simulation s = usual;
    struct vg_renewal_parameters parameters = parameters_of(&s);
    struct vg_triangle triangle;
    struct renewal_truth truth;
    struct fitted f;
    s.n_delays = 1;
    simulate(&s, 0, &triangle, &truth);
    for (size_t k = 0; k < s.n; k++) {
        triangle.increments[k] = k % 3 == 1 || k + 2 >= s.n ? NAN : triangle.increments[k];
    }
    assert_int_equal(sane(&triangle, &parameters, &f), VG_SERIES_OK);
    for (size_t k = 0; k < s.n; k++) {
        assert_int_equal(isnan(f.estimate.reported[k]) != 0, isnan(triangle.increments[k]) != 0);
        const double *q = f.estimate.expected_final.values + k * VG_QUANTILE_COUNT;
        assert_true(isnan(triangle.increments[k]) ? q[8] > q[0] : q[8] == triangle.increments[k]);
    }
    vg_arena_release(&f.arena);
    renewal_simulation_free(&triangle, &truth);
}

/* For five days hardly a report comes in, though a hundred a day were due. */
static void a_standstill_of_reports_is_no_collapse(void **state)
{
    (void)state;
    struct renewal_simulation s = usual;
    s.level = 100;
    double found = 0, expected = 0, r = 0;
    for (uint32_t run = 0; run < 4; run++) {
        struct vg_renewal_parameters parameters = parameters_of(&s);
        struct vg_triangle triangle;
        struct renewal_truth truth;
        struct fitted f;
        simulate(&s, run, &triangle, &truth);
        for (size_t i = 0; i < s.n * s.n_delays; i++) {
            size_t step = i / s.n_delays + i % s.n_delays;
            triangle.increments[i] = step + 5 >= s.n && step < s.n ? 0 : triangle.increments[i];
        }
        assert_int_equal(sane(&triangle, &parameters, &f), VG_SERIES_OK);
        for (size_t back = 0; back < 5; back++) {
            found += log(median_at(&f.estimate.expected_final, s.n - 1 - back) + 1) / 20;
            expected += log(truth.counts[s.n - 1 - back] + 1) / 20;
        }
        r += median_at(&f.estimate.rt, s.n - 1) / 4;
        vg_arena_release(&f.arena);
        renewal_simulation_free(&triangle, &truth);
    }
    print_message("geometric mean of the silent days: %.0f of %.0f; R %.2f\n", exp(found), exp(expected), r);
    vg_assert_near(found, expected, 0.5);
    assert_true(r > 0.7);
}

static void thousands_a_day_are_answered(void **state)
{
    (void)state;
    static const double levels[] = {5000, 200000};
    for (size_t i = 0; i < 4; i++) {
        struct renewal_simulation s = usual;
        struct vg_renewal_parameters parameters = parameters_of(&s);
        struct vg_triangle triangle;
        struct renewal_truth truth;
        struct fitted f;
        s.level = levels[i / 2];
        s.n_delays = i % 2 == 0 ? 10 : 1;
        simulate(&s, 0, &triangle, &truth);
        assert_int_equal(sane(&triangle, &parameters, &f), VG_SERIES_OK);
        vg_assert_near(log(median_at(&f.estimate.expected_final, s.n - 3)), log(truth.counts[s.n - 3]), 0.3);
        vg_arena_release(&f.arena);
        renewal_simulation_free(&triangle, &truth);
    }
}

/* Ten years: the window alone matters, so the same days alone give the same bits. */
static void of_ten_years_the_window_is_used(void **state)
{
    (void)state;
    struct vg_renewal_parameters parameters = parameters_of(&usual);
    struct vg_triangle triangle, longer = flat(3650, usual.n_delays, 2);
    struct renewal_truth truth;
    struct fitted whole, alone;
    simulate(&usual, 1, &triangle, &truth);
    size_t old = longer.n_references - usual.n;
    memcpy(longer.increments + old * usual.n_delays, triangle.increments, usual.n * usual.n_delays * sizeof(double));
    for (size_t i = 0; i < usual.n_delays * old; i++) {
        longer.increments[i] = (double)(i % 7);
    }
    triangle.start = longer.start + (int32_t)old;
    triangle.as_of = longer.as_of;
    parameters.window_references = 45;
    assert_int_equal(sane(&longer, &parameters, &whole), VG_SERIES_OK);
    assert_int_equal(sane(&triangle, &parameters, &alone), VG_SERIES_OK);
    assert_int_equal(whole.estimate.rt.n_steps, 45);
    assert_int_equal(whole.estimate.rt.start, longer.as_of - 44);
    assert_memory_equal(whole.estimate.rt.values, alone.estimate.rt.values, 45 * VG_QUANTILE_COUNT * sizeof(double));
    assert_memory_equal(whole.estimate.expected_final.values, alone.estimate.expected_final.values, 45 * VG_QUANTILE_COUNT * sizeof(double));
    vg_arena_release(&whole.arena);
    vg_arena_release(&alone.arena);
    parameters.window_references = 0;
    assert_int_equal(sane(&longer, &parameters, &whole), VG_SERIES_OK);
    assert_int_equal(whole.estimate.rt.n_steps, 180);
    vg_arena_release(&whole.arena);
    renewal_simulation_free(&triangle, &truth);
    free(longer.increments);
}

/* Reports of one reference date that are known. */
static double row_known(const struct vg_triangle *triangle, size_t k)
{
    double sum = 0;
    for (size_t d = 0; d < triangle->n_delays; d++) {
        double here = triangle->increments[k * triangle->n_delays + d];
        sum += isfinite(here) ? here : 0;
    }
    return sum;
}

static void sums_begin_with_the_first_whole_one(void **state)
{
    (void)state;
    struct vg_renewal_parameters parameters = parameters_of(&usual);
    struct vg_triangle triangle;
    struct renewal_truth truth;
    struct fitted f;
    parameters.sum_steps = 7;
    parameters.forecast_steps = 0;
    simulate(&usual, 2, &triangle, &truth);
    fit(&triangle, &parameters, &f);
    assert_int_equal(f.estimate.status, VG_SERIES_OK);
    for (size_t k = 0; k < usual.n; k++) {
        double value = median_at(&f.estimate.expected_final, k), draws = 0;
        assert_int_equal(isnan(value) != 0, k < 6);
        for (size_t j = k + 1 >= 7 ? k - 6 : k + 1; j <= k; j++) {
            draws += row_known(&triangle, j);
            for (size_t draw = 0; j >= f.estimate.first_open && draw < f.estimate.n_draws; draw++) {
                draws += f.estimate.to_come_draws[(j - f.estimate.first_open) * f.estimate.n_draws + draw] / (double)f.estimate.n_draws;
            }
        }
        if (k >= 6) {
            vg_assert_near(f.estimate.expected_final.mean[k], draws, 1e-6 * (1 + draws));
        }
    }
    vg_arena_release(&f.arena);
    renewal_simulation_free(&triangle, &truth);
}

static void expect_usage_error(const struct vg_triangle *triangle, const struct vg_renewal_parameters *parameters, const char *says)
{
    struct vg_arena arena, scratch;
    struct vg_renewal_estimate estimate;
    struct vg_error error = {0};
    vg_arena_init(&arena, 0);
    vg_arena_init(&scratch, 0);
    assert_int_equal(vg_renewal(triangle, parameters, &arena, &scratch, &estimate, &error), VG_USAGE_ERROR);
    if (strstr(error.message, says) == NULL) {
        fail_msg("\"%s\" does not speak of \"%s\"", error.message, says);
    }
    vg_arena_release(&scratch);
    vg_arena_release(&arena);
}

static void what_makes_no_sense_is_a_usage_error(void **state)
{
    (void)state;
    static const double wrong[] = {0, 0.5, -0.1, 0.6}, nothing[] = {1, 0, 0};
    struct vg_triangle triangle = flat(60, 5, 3), other = triangle;
    struct vg_renewal_parameters good = parameters_of(&usual), bad = good;
    bad.generation_mean_days = 0;
    expect_usage_error(&triangle, &bad, "generation interval");
    bad = good;
    bad.generation = wrong;
    bad.generation_n = 4;
    expect_usage_error(&triangle, &bad, "lag 2");
    bad.generation = nothing;
    bad.generation_n = 3;
    expect_usage_error(&triangle, &bad, "no weight");
    bad = good;
    bad.incubation_mean_days = 100;
    bad.incubation_sd_days = 30;
    expect_usage_error(&triangle, &bad, "incubation");
    bad = good;
    bad.forecast_steps = 367;
    expect_usage_error(&triangle, &bad, "366");
    other.step_days = 3;
    expect_usage_error(&other, &good, "step of 1 or 7");
    other = triangle;
    other.as_of = other.start - 1;
    expect_usage_error(&other, &good, "before it starts");
    free(triangle.increments);
}

/* --------------------------------------------------------------------- memory */

/* What was known a day before, without the newest date. */
static struct vg_triangle day_before(const struct vg_triangle *triangle)
{
    struct vg_triangle before = *triangle;
    size_t n = triangle->n_references - 1, delays = triangle->n_delays;
    before.n_references = n;
    before.as_of--;
    before.increments = malloc(n * delays * sizeof(double));
    for (size_t i = 0; i < n * delays; i++) {
        before.increments[i] = i / delays + i % delays < n ? triangle->increments[i] : NAN;
    }
    return before;
}

static void yesterday_s_fit_helps_and_changes_nothing(void **state)
{
    (void)state;
    size_t cold_factors = 0, warm_factors = 0;
    double largest = 0;
    for (uint32_t run = 0; run < 6; run++) {
        struct vg_renewal_parameters parameters = parameters_of(&usual);
        struct vg_triangle triangle, before;
        struct renewal_truth truth;
        struct fitted yesterday, cold, warm;
        simulate(&usual, run, &triangle, &truth);
        before = day_before(&triangle);
        fit(&before, &parameters, &yesterday);
        assert_int_equal(yesterday.estimate.status, VG_SERIES_OK);
        fit(&triangle, &parameters, &cold);
        parameters.memory = &yesterday.estimate.memory;
        fit(&triangle, &parameters, &warm);
        assert_int_equal(warm.estimate.status, VG_SERIES_OK);
        cold_factors += cold.estimate.diagnostics.n_factors;
        warm_factors += warm.estimate.diagnostics.n_factors;
        const struct vg_quantile_series *pairs[2][2] = {{&cold.estimate.rt, &warm.estimate.rt}, {&cold.estimate.infections, &warm.estimate.infections}};
        for (size_t which = 0; which < 2; which++) {
            for (size_t day = 0; day < usual.n; day++) {
                double off = fabs(median_at(pairs[which][0], day) - median_at(pairs[which][1], day)) / width_at(pairs[which][0], day);
                largest = off > largest ? off : largest;
            }
        }
        vg_arena_release(&yesterday.arena);
        vg_arena_release(&cold.arena);
        vg_arena_release(&warm.arena);
        free(before.increments);
        renewal_simulation_free(&triangle, &truth);
    }
    print_message("factorisations: %zu without memory, %zu with; medians apart by at most %.3f of the 90 %% interval\n", cold_factors, warm_factors, largest);
    assert_true(warm_factors < cold_factors);
    assert_true(largest < 0.05);
}

/* ------------------------------------------------------------------- sampler */

/* The same bits, whoever does the work. */
static void threads_of_one_series_change_nothing(void **state)
{
    (void)state;
    struct renewal_simulation s = usual;
    struct vg_renewal_parameters parameters = parameters_of(&s);
    struct vg_triangle triangle;
    struct renewal_truth truth;
    struct fitted alone;
    simulate(&s, 3, &triangle, &truth);
    fit(&triangle, &parameters, &alone);
    assert_int_equal(alone.estimate.status, VG_SERIES_OK);
    for (unsigned threads = 1; threads <= 3; threads++) {
        struct fitted f;
        const struct vg_renewal_estimate *a = &alone.estimate, *b = &f.estimate;
        parameters.pool = vg_pool_new(threads);
        fit(&triangle, &parameters, &f);
        assert_int_equal(b->status, VG_SERIES_OK);
        assert_int_equal(b->n_draws, a->n_draws);
        assert_memory_equal(b->rt.values, a->rt.values, a->rt.n_steps * VG_QUANTILE_COUNT * sizeof(double));
        assert_memory_equal(b->infections.values, a->infections.values, a->infections.n_steps * VG_QUANTILE_COUNT * sizeof(double));
        assert_memory_equal(b->forecast_draws, a->forecast_draws, a->n_draws * a->forecast.n_steps * sizeof(double));
        assert_memory_equal(b->to_come_draws, a->to_come_draws, a->n_draws * (a->expected_final.n_steps - a->first_open) * sizeof(double));
        assert_memory_equal(b->delay_low, a->delay_low, a->n_delays * sizeof(double));
        assert_memory_equal(b->hyper_sd, a->hyper_sd, sizeof a->hyper_sd);
        vg_pool_free(parameters.pool);
        vg_arena_release(&f.arena);
    }
    vg_arena_release(&alone.arena);
    renewal_simulation_free(&triangle, &truth);
}

static void the_sampler_runs_and_repeats_itself(void **state)
{
    (void)state;
    struct renewal_simulation s = usual;
    struct vg_renewal_parameters parameters = parameters_of(&s);
    struct vg_triangle triangle;
    struct renewal_truth truth;
    struct fitted fast, first, same, other;
    s.n = 40;
    s.n_delays = 6;
    s.delay_meanlog = 0.6;
    simulate(&s, 5, &triangle, &truth);
    fit(&triangle, &parameters, &fast);
    parameters.method = VG_RENEWAL_SAMPLER;
    parameters.n_warmup = 150;
    parameters.n_draws = 300;
    assert_int_equal(sane(&triangle, &parameters, &first), VG_SERIES_OK);
    parameters.n_warmup = 40;
    parameters.n_draws = 30;
    fit(&triangle, &parameters, &same);
    fit(&triangle, &parameters, &other);
    assert_memory_equal(same.estimate.rt.values, other.estimate.rt.values, s.n * VG_QUANTILE_COUNT * sizeof(double));
    assert_memory_equal(same.estimate.forecast_draws, other.estimate.forecast_draws, 30 * parameters.forecast_steps * sizeof(double));
    vg_arena_release(&other.arena);
    parameters.seed++;
    fit(&triangle, &parameters, &other);
    assert_true(median_at(&same.estimate.rt, s.n - 1) != median_at(&other.estimate.rt, s.n - 1));
    const struct vg_renewal_diagnostics *d = &first.estimate.diagnostics;
    print_message("sampler: %zu divergent, step %.2f, depth %.1f, acceptance %.2f, least effective %.0f of 300\n", d->n_divergent, d->step_size, d->mean_depth,
                  d->mean_acceptance, d->least_effective);
    assert_int_equal(d->n_divergent, 0);
    assert_true(d->least_effective > 10 && d->least_effective < 400);
    assert_true(d->mean_acceptance > 0.6 && d->mean_acceptance < 0.99 && d->step_size > 0.02 && d->mean_depth > 1);
    /* The suite of the reference compares exactly; here it is seen that both speak of the same thing. */
    for (size_t back = 0; back < 30; back += 5) {
        double off = median_at(&first.estimate.rt, s.n - 1 - back) - median_at(&fast.estimate.rt, s.n - 1 - back);
        assert_true(fabs(off) < 0.3 * width_at(&fast.estimate.rt, s.n - 1 - back));
    }
    vg_arena_release(&fast.arena);
    vg_arena_release(&first.arena);
    vg_arena_release(&same.arena);
    vg_arena_release(&other.arena);
    renewal_simulation_free(&triangle, &truth);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(too_little_is_refused),
        cmocka_unit_test(one_day_of_cases_is_answered_or_refused),
        cmocka_unit_test(withdrawals_are_netted),
        cmocka_unit_test(days_without_publication_are_no_zeros),
        cmocka_unit_test(plain_counts_may_have_gaps),
        cmocka_unit_test(a_standstill_of_reports_is_no_collapse),
        cmocka_unit_test(thousands_a_day_are_answered),
        cmocka_unit_test(of_ten_years_the_window_is_used),
        cmocka_unit_test(sums_begin_with_the_first_whole_one),
        cmocka_unit_test(what_makes_no_sense_is_a_usage_error),
        cmocka_unit_test(yesterday_s_fit_helps_and_changes_nothing),
        cmocka_unit_test(threads_of_one_series_change_nothing),
        cmocka_unit_test(the_sampler_runs_and_repeats_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
