/*
 * Reports without a date: the law by which they are given one against brute force, outbreaks with known truth of which a part that changes in
 * time has no onset (as good as with all dates, and not biased as leaving them out is), and what happens at the edges.
 */
#include "renewal_fit.h"

#include "monitor/renewal/fit.h"
#include "monitor/renewal/impute.h"
#include "monitor/renewal/problem.h"

static const struct renewal_simulation usual = {.seed = 21, .n = 60, .n_delays = 10, .forecast = 14, .level = 40, .sigma = 0.05, .keep = 0.992, .excess = 0.4,
    .tau = 0.1, .upsilon = 0.15, .delay_meanlog = 1.1, .delay_sdlog = 0.7, .generation_mean = 4, .generation_sd = 2, .incubation_mean = 3, .incubation_sd = 1.5,
    .weekdays = true};

static struct vg_renewal_parameters parameters_of(const struct renewal_simulation *s)
{
    struct vg_renewal_parameters parameters = intervals_of(s);
    parameters.forecast_steps = 14;
    parameters.seed = 3;
    return parameters;
}

/* ------------------------------------------------------------------ conditional law */

/*
 * Probability of z undated and y dated reports in each of three cells, up to a constant: negative binomial sums, of which each report lacks
 * its date with the same chance.
 */
static double brute_force(const double *mean, const double *dated, double excess, double missing, const double *undated)
{
    double sum = 0;
    for (size_t i = 0; i < 3; i++) {
        double n = dated[i] + undated[i];
        sum += vg_negative_binomial_log_pmf((int64_t)n, mean[i], mean[i] / excess) + vg_log_gamma(n + 1) - vg_log_gamma(dated[i] + 1) -
               vg_log_gamma(undated[i] + 1) + undated[i] * log(missing) + dated[i] * log1p(-missing);
    }
    return exp(sum);
}

#define TOGETHER 13 /* at most */
#define DRAWN 40000

/* One report step with three open cells and so many undated reports; the weights are checked beside the law. */
static void check_law(size_t together)
{
    enum { ROWS = 20, DELAYS = 3, STEP = 15 };
    double increments[ROWS * DELAYS], undated[ROWS] = {0};
    struct vg_triangle triangle = {.start = 18628, .step_days = 1, .n_references = ROWS, .n_delays = DELAYS, .increments = increments, .as_of = 18628 + ROWS - 1};
    struct vg_renewal_parameters parameters = parameters_of(&usual);
    struct vg_arena arena;
    struct vg_error error = {0};
    struct renewal_undated u;
    struct renewal_problem problem;
    struct renewal_state now;
    struct renewal_point point;
    for (size_t i = 0; i < ROWS * DELAYS; i++) {
        increments[i] = i / DELAYS + i % DELAYS < ROWS ? (double)((i * 7) % 4) : NAN;
    }
    undated[STEP] = (double)together;
    parameters.undated = undated;
    parameters.n_undated = ROWS;
    vg_arena_init(&arena, 0);
    vg_assert_ok(renewal_undated_new(&triangle, &parameters, &arena, &u, &error), error);
    vg_assert_ok(renewal_problem_new(&triangle, &parameters, &arena, &problem, &error), error);
    vg_assert_ok(renewal_point_new(&problem, &arena, &point, &error), error);
    vg_assert_ok(renewal_state_new(&problem, &arena, &now, &error), error);
    renewal_start(&problem, &point);
    point.hyper[RENEWAL_EXCESS] = log(0.9);
    point.noise[STEP] = 0.2;
    assert_true(isfinite(renewal_density(&problem, &point, &now)));
    renewal_undated_weigh(&u, &problem, &point);
    double mean[3], dated[3], expected[TOGETHER + 1][TOGETHER + 1] = {{0}}, total = 0, seen[TOGETHER + 1][TOGETHER + 1] = {{0}}, distance = 0, degrees = 0;
    for (size_t d = 0; d < DELAYS; d++) {
        size_t k = STEP - d;
        double left = d > 0 ? now.survival[k * DELAYS + d - 1] : 1;
        mean[d] = now.mean[k] * left * now.hazard[k * DELAYS + d];
        dated[d] = increments[k * DELAYS + d];
        vg_assert_near(u.weight[(u.n_before + k) * DELAYS + d], mean[d] / 0.9 + dated[d], 1e-9 * (1 + mean[d]));
    }
    for (size_t a = 0; a <= together; a++) {
        for (size_t b = 0; a + b <= together; b++) {
            double parts[3] = {(double)a, (double)b, (double)(together - a - b)};
            expected[a][b] = brute_force(mean, dated, 0.9, 0.37, parts);
            total += expected[a][b];
        }
    }
    struct vg_random random = vg_random_stream(5, 0, 0, 1);
    for (size_t i = 0; i < DRAWN; i++) {
        double added[ROWS];
        renewal_undated_draw(&u, &random, i == 0, added);
        seen[(size_t)added[STEP]][(size_t)added[STEP - 1]]++;
        vg_assert_near(added[STEP] + added[STEP - 1] + added[STEP - 2], (double)together, 0);
    }
    for (size_t a = 0; a <= together; a++) {
        for (size_t b = 0; a + b <= together; b++) {
            double due = DRAWN * expected[a][b] / total;
            distance += (seen[a][b] - due) * (seen[a][b] - due) / due;
            degrees++;
        }
    }
    print_message("%zu reports: chi-square with %.0f degrees of freedom: %.1f\n", together, degrees - 1, distance);
    assert_true(distance < degrees - 1 + 3.7 * sqrt(2 * degrees));
    vg_arena_release(&arena);
}

/* Few by the urn, more cell by cell. */
static void dates_are_drawn_by_the_conditional_law(void **state)
{
    (void)state;
    check_law(4);
    check_law(12);
    check_law(13);
}

/* ------------------------------------------------------------------------- truth */

enum { ALL_DATES, IMPUTED, LEFT_OUT, WAYS };
static const char *const way_names[WAYS] = {"all dates", "imputed", "left out"};

struct score {
    double inside_50, inside_95, n, error, signed_error;
};

static void judge(struct score *score, const struct vg_quantile_series *series, size_t step, double truth, struct vg_random *random)
{
    const double *q = series->values + step * VG_QUANTILE_COUNT;
    /* Whole numbers tie with quantiles: truth and interval are blurred alike. */
    double blurred = truth + vg_random_uniform(random) - 0.5;
    score->inside_50 += blurred >= q[3] - 0.5 * (q[3] == q[5]) && blurred <= q[5] + 0.5 * (q[3] == q[5]) ? 1 : 0;
    score->inside_95 += truth >= q[0] && truth <= q[8] ? 1 : 0;
    score->error += fabs(log((q[VG_QUANTILE_MEDIAN] + 0.5) / (truth + 0.5)));
    score->signed_error += log((q[VG_QUANTILE_MEDIAN] + 0.5) / (truth + 0.5));
    score->n++;
}

static void judge_real(struct score *score, const struct vg_quantile_series *series, size_t step, double truth)
{
    const double *q = series->values + step * VG_QUANTILE_COUNT;
    score->inside_50 += truth >= q[3] && truth <= q[5] ? 1 : 0;
    score->inside_95 += truth >= q[0] && truth <= q[8] ? 1 : 0;
    score->error += fabs(log(q[VG_QUANTILE_MEDIAN] / truth));
    score->signed_error += log(q[VG_QUANTILE_MEDIAN] / truth);
    score->n++;
}

/* Truth and triangle with all dates, of an outbreak that neither died out nor grew away; then the same with dates missing. */
static void simulate(const struct renewal_simulation *s, uint32_t run, struct vg_triangle *whole, struct vg_triangle *dated, struct renewal_truth *truth)
{
    struct renewal_simulation here = *s;
    struct renewal_truth unused;
    for (uint32_t attempt = 0;; attempt++) {
        double known = 0;
        here.run = 1000 * run + attempt;
        here.missing_share = here.missing_rise = 0;
        simulate_renewal(&here, whole, &unused);
        for (size_t i = (s->n - 28) * s->n_delays; i < (s->n - 14) * s->n_delays; i++) {
            known += isnan(whole->increments[i]) ? 0 : whole->increments[i] / 14;
        }
        free(unused.infections);
        free(unused.r);
        free(unused.counts);
        free(unused.unknown);
        if (attempt == 100 || (known > s->level / 5 && known < 5 * s->level)) {
            break;
        }
        free(whole->increments);
    }
    here.missing_share = s->missing_share;
    here.missing_rise = s->missing_rise;
    simulate_renewal(&here, dated, truth);
}

/* Scores of newest counts, of complete ones, and of R; by way. */
enum { NEWEST, COMPLETE, RT, QUANTITIES };
static const char *const quantity_names[QUANTITIES] = {"newest counts", "complete counts", "R"};

static void score_run(const struct renewal_simulation *s, uint32_t run, struct score scores[QUANTITIES][WAYS])
{
    struct vg_renewal_parameters parameters = parameters_of(s);
    struct vg_triangle whole, dated;
    struct renewal_truth truth;
    struct vg_random random = vg_random_stream(77, run, 0, 1);
    simulate(s, run, &whole, &dated, &truth);
    for (size_t way = 0; way < WAYS; way++) {
        struct fitted f;
        parameters.undated = way == IMPUTED ? truth.unknown : NULL;
        parameters.n_undated = s->n;
        fit(way == ALL_DATES ? &whole : &dated, &parameters, &f);
        assert_int_equal(f.estimate.status, VG_SERIES_OK);
        for (size_t back = 0; back < 5; back += 2) {
            judge(&scores[NEWEST][way], &f.estimate.expected_final, s->n - 1 - back, truth.counts[s->n - 1 - back], &random);
        }
        for (size_t back = 14; back < 50 && way != ALL_DATES; back += 7) {
            judge(&scores[COMPLETE][way], &f.estimate.expected_final, s->n - 1 - back, truth.counts[s->n - 1 - back], &random);
        }
        for (size_t back = 0; back < 36; back += 7) {
            judge_real(&scores[RT][way], &f.estimate.rt, s->n - 1 - back, truth.r[s->n - 1 - back]);
        }
        vg_arena_release(&f.arena);
    }
    free(whole.increments);
    renewal_simulation_free(&dated, &truth);
}

struct setting {
    const char *name;
    double level, excess, delay_meanlog, missing_share, missing_rise;
};
#define RUNS 12 /* of each */

static void print_scores(const char *name, struct score scores[QUANTITIES][WAYS])
{
    for (size_t q = 0; q < QUANTITIES; q++) {
        for (size_t way = 0; way < WAYS; way++) {
            const struct score *c = &scores[q][way];
            if (c->n > 0) {
                print_message("%s, %s, %s: 50 %% holds %.0f %%, 95 %% holds %.0f %%; log error %.3f, bias %+.3f\n", name, quantity_names[q], way_names[way],
                              100 * c->inside_50 / c->n, 100 * c->inside_95 / c->n, c->error / c->n, c->signed_error / c->n);
            }
        }
    }
}

static void outbreaks_without_onsets_are_as_good_as_with(void **state)
{
    (void)state;
    static const struct setting settings[] = {
        {"30 to 60 % missing", 40, 0.4, 1.1, 0.3, 0.3},
        {"60 to 30 % missing, long delays, wild counts", 60, 1.5, 1.6, 0.6, -0.3},
        {"8 a day, 45 % missing", 8, 0.4, 1.1, 0.45, 0},
    };
    struct score all[QUANTITIES][WAYS] = {{{0}}};
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        const struct setting *setting = &settings[i];
        struct renewal_simulation s = usual;
        struct score scores[QUANTITIES][WAYS] = {{{0}}};
        s.level = setting->level;
        s.excess = setting->excess;
        s.delay_meanlog = setting->delay_meanlog;
        s.missing_share = setting->missing_share;
        s.missing_rise = setting->missing_rise;
        for (uint32_t run = 0; run < RUNS; run++) {
            score_run(&s, run, scores);
        }
        print_scores(setting->name, scores);
        for (size_t q = 0; q < QUANTITIES; q++) {
            for (size_t way = 0; way < WAYS; way++) {
                all[q][way].inside_50 += scores[q][way].inside_50;
                all[q][way].inside_95 += scores[q][way].inside_95;
                all[q][way].n += scores[q][way].n;
                all[q][way].error += scores[q][way].error;
                all[q][way].signed_error += scores[q][way].signed_error;
            }
        }
    }
    print_scores("all", all);
    for (size_t q = 0; q < QUANTITIES; q++) {
        const struct score *imputed = &all[q][IMPUTED], *left_out = &all[q][LEFT_OUT], *whole = &all[q][ALL_DATES];
        vg_assert_near(imputed->inside_50 / imputed->n, 0.5, 0.12);
        assert_true(imputed->inside_95 >= 0.88 * imputed->n);
        assert_true(imputed->error < left_out->error);
        /* Half of the dates tell nearly as much as all. */
        assert_true(q == COMPLETE || imputed->error < (q == RT ? 1.15 : 1.5) * whole->error);
        assert_true(q == RT || (fabs(imputed->signed_error) < 0.06 * imputed->n && left_out->signed_error < -0.4 * left_out->n));
    }
}

/* -------------------------------------------------------------------------- edges */

static struct renewal_simulation small_outbreak(void)
{
    struct renewal_simulation s = usual;
    s.n = 45;
    s.missing_share = 0.4;
    return s;
}

static void no_missing_date_changes_nothing(void **state)
{
    (void)state;
    struct renewal_simulation s = small_outbreak();
    struct vg_renewal_parameters parameters = parameters_of(&s);
    struct vg_triangle whole, dated;
    struct renewal_truth truth;
    struct fitted without, with;
    double none[45] = {0};
    simulate(&s, 1, &whole, &dated, &truth);
    fit(&whole, &parameters, &without);
    parameters.undated = none;
    parameters.n_undated = s.n;
    fit(&whole, &parameters, &with);
    assert_int_equal(with.estimate.n_draws, without.estimate.n_draws);
    assert_memory_equal(with.estimate.rt.values, without.estimate.rt.values, s.n * VG_QUANTILE_COUNT * sizeof(double));
    assert_int_equal(with.estimate.first_open, without.estimate.first_open);
    assert_memory_equal(with.estimate.to_come_draws, without.estimate.to_come_draws, (s.n - with.estimate.first_open) * with.estimate.n_draws * sizeof(double));
    assert_memory_equal(with.estimate.forecast_draws, without.estimate.forecast_draws, 14 * with.estimate.n_draws * sizeof(double));
    vg_arena_release(&with.arena);
    vg_arena_release(&without.arena);
    free(whole.increments);
    renewal_simulation_free(&dated, &truth);
}

/* Every report is on one of the dates that it can be of, in each draw: as many more than the dated ones as came in without, once all are in. */
static void every_report_gets_a_date_that_it_can_have(void **state)
{
    (void)state;
    enum { ROWS = 30, DELAYS = 4 };
    struct renewal_simulation s = usual;
    s.n = ROWS;
    s.n_delays = DELAYS;
    s.missing_share = 0.5;
    struct vg_renewal_parameters parameters = parameters_of(&s);
    struct vg_triangle whole, dated;
    struct renewal_truth truth;
    struct fitted f;
    double undated[ROWS] = {0};
    simulate(&s, 2, &whole, &dated, &truth);
    undated[20] = 25;
    parameters.undated = undated;
    parameters.n_undated = ROWS;
    fit(&dated, &parameters, &f);
    assert_int_equal(f.estimate.status, VG_SERIES_OK);
    assert_int_equal(f.estimate.first_open, 0);
    vg_assert_near(f.estimate.n_undated, 25, 0);
    for (size_t draw = 0; draw < f.estimate.n_draws; draw++) {
        double more = 0;
        for (size_t k = 0; k + DELAYS <= ROWS; k++) {
            double here = f.estimate.to_come_draws[k * f.estimate.n_draws + draw];
            assert_true(here == 0 || (here > 0 && k > 20 - DELAYS && k <= 20));
            more += here;
        }
        vg_assert_near(more, 25, 0);
    }
    vg_arena_release(&f.arena);
    free(whole.increments);
    renewal_simulation_free(&dated, &truth);
}

/* What came on the other days comes with the next publication, or at the end of a row with the one before. */
static void publish_every_third_day(struct vg_triangle *triangle)
{
    size_t D = triangle->n_delays;
    for (size_t i = 0; i < triangle->n_references * D; i++) {
        size_t step = i / D + i % D, d = i % D, later = (3 - step % 3) % 3;
        if (later > 0 && !isnan(triangle->increments[i])) {
            size_t to = d + later < D ? i + later : d + later >= 3 ? i + later - 3 : i;
            if (to != i) {
                triangle->increments[to] += triangle->increments[i];
            }
            triangle->increments[i] = NAN;
        }
    }
}

/* Days without publication, and a window shorter than the series: reports of dates before it leave it again. */
static void gaps_and_windows_are_handled(void **state)
{
    (void)state;
    struct renewal_simulation s = usual;
    s.n = 70;
    s.missing_share = 0.5;
    double apart[2] = {0}, n = 0;
    for (uint32_t run = 0; run < 6; run++) {
        struct vg_renewal_parameters parameters = parameters_of(&s);
        struct vg_triangle whole, dated;
        struct renewal_truth truth;
        struct fitted f;
        simulate(&s, run, &whole, &dated, &truth);
        publish_every_third_day(&dated);
        parameters.undated = truth.unknown;
        parameters.n_undated = s.n;
        parameters.window_references = 40;
        fit(&dated, &parameters, &f);
        assert_int_equal(f.estimate.status, VG_SERIES_OK);
        assert_int_equal(f.estimate.expected_final.n_steps, 40);
        for (size_t k = 0; k < 28; k++) {
            const double *q = f.estimate.expected_final.values + k * VG_QUANTILE_COUNT;
            apart[k < s.n_delays ? 0 : 1] += log((q[VG_QUANTILE_MEDIAN] + 0.5) / (truth.counts[30 + k] + 0.5));
            n++;
        }
        vg_arena_release(&f.arena);
        free(whole.increments);
        renewal_simulation_free(&dated, &truth);
    }
    print_message("mean log error of the window's first %zu dates %+.3f, of the next %+.3f\n", s.n_delays, apart[0] / (6.0 * (double)s.n_delays),
                  apart[1] / (n - 6.0 * (double)s.n_delays));
    assert_true(fabs(apart[0] / (6.0 * (double)s.n_delays)) < 0.1);
    assert_true(fabs(apart[1] / (n - 6.0 * (double)s.n_delays)) < 0.06);
}

static void weeks_and_plain_counts_have_missing_dates_too(void **state)
{
    (void)state;
    enum { WEEKS = 30, DELAYS = 4 };
    double increments[WEEKS * DELAYS], undated[WEEKS], counts[WEEKS];
    static const double share[DELAYS] = {0.4, 0.3, 0.2, 0.1};
    struct vg_triangle triangle = {.start = 18630, .step_days = 7, .n_references = WEEKS, .n_delays = DELAYS, .increments = increments, .as_of = 18630 + 7 * (WEEKS - 1)};
    struct vg_renewal_parameters parameters = parameters_of(&usual);
    struct fitted f;
    /* 100 a week, of whose reports half are dated. */
    for (size_t i = 0; i < WEEKS * DELAYS; i++) {
        increments[i] = i / DELAYS + i % DELAYS < WEEKS ? 50 * share[i % DELAYS] : NAN;
    }
    for (size_t step = 0; step < WEEKS; step++) {
        undated[step] = 0;
        for (size_t d = 0; d < DELAYS && d <= step; d++) {
            undated[step] += 50 * share[d];
        }
        counts[step] = 50;
    }
    parameters.undated = undated;
    parameters.n_undated = WEEKS;
    parameters.forecast_steps = 2;
    fit(&triangle, &parameters, &f);
    assert_int_equal(f.estimate.status, VG_SERIES_OK);
    for (size_t k = 5; k < WEEKS; k++) {
        vg_assert_near(f.estimate.expected_final.values[k * VG_QUANTILE_COUNT + VG_QUANTILE_MEDIAN], 100, 12);
    }
    vg_arena_release(&f.arena);
    /* By report week there is nothing to draw: the counts add up. */
    triangle.n_delays = 1;
    triangle.increments = counts;
    fit(&triangle, &parameters, &f);
    assert_int_equal(f.estimate.status, VG_SERIES_OK);
    for (size_t k = 0; k < WEEKS; k++) {
        const double *q = f.estimate.expected_final.values + k * VG_QUANTILE_COUNT;
        vg_assert_near(q[0], 50 + undated[k], 0);
        vg_assert_near(q[8], 50 + undated[k], 0);
    }
    vg_arena_release(&f.arena);
}

static vg_status status_of(const struct vg_triangle *triangle, const struct vg_renewal_parameters *parameters, struct vg_error *error)
{
    struct vg_arena arena;
    struct vg_renewal_estimate estimate;
    vg_arena_init(&arena, 0);
    vg_status status = vg_renewal(triangle, parameters, &arena, &arena, &estimate, error);
    vg_arena_release(&arena);
    return status;
}

static void what_makes_no_sense_is_a_usage_error(void **state)
{
    (void)state;
    struct renewal_simulation s = small_outbreak();
    struct vg_renewal_parameters parameters = parameters_of(&s);
    struct vg_triangle whole, dated;
    struct renewal_truth truth;
    struct vg_error error = {0};
    double undated[60] = {0};
    simulate(&s, 1, &whole, &dated, &truth);
    parameters.undated = undated;
    parameters.n_undated = 60;
    static const struct {
        size_t step;
        double count;
        const char *says;
    } cases[] = {{3, -1, "whole numbers"}, {3, 1.5, "whole numbers"}, {3, NAN, "whole numbers"}, {3, INFINITY, "whole numbers"}, {50, 1, "after the day"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        undated[cases[i].step] = cases[i].count;
        assert_int_equal(status_of(&dated, &parameters, &error), VG_USAGE_ERROR);
        assert_non_null(strstr(error.message, cases[i].says));
        undated[cases[i].step] = 0;
    }
    undated[3] = 2;
    for (size_t i = 0; i < s.n * s.n_delays; i++) {
        dated.increments[i] = NAN;
    }
    assert_int_equal(status_of(&dated, &parameters, &error), VG_USAGE_ERROR);
    assert_non_null(strstr(error.message, "nothing was published"));
    free(whole.increments);
    renewal_simulation_free(&dated, &truth);
}

/* All dates missing but a few, and a step at which none is known. */
static void hardly_any_date_is_answered_or_refused(void **state)
{
    (void)state;
    struct renewal_simulation s = small_outbreak();
    struct vg_renewal_parameters parameters = parameters_of(&s);
    for (uint32_t i = 0; i < 3; i++) {
        struct vg_triangle whole, dated;
        struct renewal_truth truth;
        struct fitted f;
        s.missing_share = i == 0 ? 0.98 : i == 1 ? 0.999999 : 0.3;
        simulate(&s, i, &whole, &dated, &truth);
        for (size_t d = 0; d < s.n_delays && i == 2; d++) {
            truth.unknown[40] += dated.increments[(40 - d) * s.n_delays + d];
            dated.increments[(40 - d) * s.n_delays + d] = 0;
        }
        parameters.undated = truth.unknown;
        parameters.n_undated = s.n;
        fit(&dated, &parameters, &f);
        print_message("%.4f missing: %s\n", s.missing_share, vg_series_status_name(f.estimate.status));
        assert_true(i < 2 || f.estimate.status == VG_SERIES_OK);
        for (size_t k = 0; k < f.estimate.expected_final.n_steps; k++) {
            assert_true(isfinite(f.estimate.expected_final.values[k * VG_QUANTILE_COUNT + 8]));
        }
        vg_arena_release(&f.arena);
        free(whole.increments);
        renewal_simulation_free(&dated, &truth);
    }
}

/* ------------------------------------------------------------- many, and the sampler */

#define PLACES 5

struct kept {
    double rt[PLACES][45 * VG_QUANTILE_COUNT], undated[PLACES];
};

static void keep(void *context, size_t series, const struct vg_renewal_estimate *estimate, const char *message)
{
    struct kept *kept = context;
    (void)message;
    assert_int_equal(estimate->status, VG_SERIES_OK);
    memcpy(kept->rt[series], estimate->rt.values, sizeof kept->rt[series]);
    kept->undated[series] = estimate->n_undated;
}

static void results_do_not_depend_on_threads(void **state)
{
    (void)state;
    struct renewal_simulation s = small_outbreak();
    struct vg_renewal_parameters parameters = parameters_of(&s);
    struct vg_triangle whole[PLACES], dated[PLACES];
    struct renewal_truth truth[PLACES];
    const double *undated[PLACES];
    struct kept *kept = calloc(2, sizeof *kept);
    for (uint32_t i = 0; i < PLACES; i++) {
        simulate(&s, i, &whole[i], &dated[i], &truth[i]);
        undated[i] = i == 2 ? NULL : truth[i].unknown;
    }
    parameters.n_imputations = 2;
    for (unsigned threads = 1; threads <= 3; threads += 2) {
        struct vg_error error = {0};
        struct vg_renewal_batch batch = {.triangles = dated, .n = PLACES, .pooled = true, .undated = undated, .n_undated = s.n, .take = keep,
                                         .context = &kept[threads / 2]};
        struct vg_pool *pool = vg_pool_new(threads);
        vg_assert_ok(vg_renewal_many(&batch, &parameters, pool, &error), error);
        vg_pool_free(pool);
    }
    assert_memory_equal(&kept[0], &kept[1], sizeof *kept);
    assert_true(kept[0].undated[1] > 100 && kept[0].undated[2] == 0);
    for (size_t i = 0; i < PLACES; i++) {
        free(whole[i].increments);
        renewal_simulation_free(&dated[i], &truth[i]);
    }
    free(kept);
}

static void the_sampler_agrees(void **state)
{
    (void)state;
    struct renewal_simulation s = small_outbreak();
    s.n = 30;
    s.n_delays = 5;
    s.delay_meanlog = 0.4;
    struct vg_renewal_parameters parameters = parameters_of(&s);
    struct vg_triangle whole, dated;
    struct renewal_truth truth;
    struct fitted fast, sampled;
    simulate(&s, 4, &whole, &dated, &truth);
    parameters.undated = truth.unknown;
    parameters.n_undated = s.n;
    parameters.n_imputations = 4;
    fit(&dated, &parameters, &fast);
    parameters.method = VG_RENEWAL_SAMPLER;
    parameters.n_warmup = 60;
    parameters.n_draws = 239;
    fit(&dated, &parameters, &sampled);
    assert_int_equal(sampled.estimate.n_draws, 240);
    for (size_t back = 0; back < 20; back += 5) {
        const double *a = fast.estimate.rt.values + (s.n - 1 - back) * VG_QUANTILE_COUNT, *b = sampled.estimate.rt.values + (s.n - 1 - back) * VG_QUANTILE_COUNT;
        assert_true(fabs(a[VG_QUANTILE_MEDIAN] - b[VG_QUANTILE_MEDIAN]) < 0.3 * (a[7] - a[1]));
    }
    vg_arena_release(&fast.arena);
    vg_arena_release(&sampled.arena);
    free(whole.increments);
    renewal_simulation_free(&dated, &truth);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates_are_drawn_by_the_conditional_law),
        cmocka_unit_test(outbreaks_without_onsets_are_as_good_as_with),
        cmocka_unit_test(no_missing_date_changes_nothing),
        cmocka_unit_test(every_report_gets_a_date_that_it_can_have),
        cmocka_unit_test(gaps_and_windows_are_handled),
        cmocka_unit_test(weeks_and_plain_counts_have_missing_dates_too),
        cmocka_unit_test(what_makes_no_sense_is_a_usage_error),
        cmocka_unit_test(hardly_any_date_is_answered_or_refused),
        cmocka_unit_test(results_do_not_depend_on_threads),
        cmocka_unit_test(the_sampler_agrees),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
