/*
 * The renewal engine on outbreaks with known truth: its intervals hold what they claim, hard series end in a sane answer or a clear refusal,
 * results are the same for any number of threads, yesterday's fit helps, small places gain from their parent, and the sampler works.
 */
#include "vg_test.h"

#include "monitor/renewal/renewal.h"
#include "renewal_simulation.h"

#define DELAYS_MOST 16
#define NEWEST_ROWS 4

static const struct renewal_simulation usual = {.seed = 11, .n = 60, .n_delays = 10, .forecast = 28, .level = 30, .sigma = 0.05, .keep = 0.992, .excess = 0.4,
    .tau = 0.1, .upsilon = 0.15, .delay_meanlog = 1.1, .delay_sdlog = 0.7, .generation_mean = 4, .generation_sd = 2, .incubation_mean = 3, .incubation_sd = 1.5,
    .weekdays = true};

static struct vg_renewal_parameters parameters_of(const struct renewal_simulation *s)
{
    struct vg_renewal_parameters parameters;
    vg_renewal_defaults(&parameters);
    parameters.generation_mean_days = s->generation_mean;
    parameters.generation_sd_days = s->generation_sd;
    parameters.incubation_mean_days = s->incubation_mean;
    parameters.incubation_sd_days = s->incubation_sd;
    parameters.forecast_steps = 14;
    parameters.n_draws = 200;
    parameters.seed = 3;
    return parameters;
}

/* An outbreak whose older dates are within a factor of five of the level: chosen by what is known, which leaves calibration alone. */
static void simulate(const struct renewal_simulation *s, uint32_t run, struct vg_triangle *triangle, struct renewal_truth *truth)
{
    struct renewal_simulation here = *s;
    for (uint32_t attempt = 0;; attempt++) {
        double known = 0;
        here.run = 1000 * run + attempt;
        simulate_renewal(&here, triangle, truth);
        for (size_t i = (s->n - 28) * s->n_delays; i < (s->n - 14) * s->n_delays; i++) {
            known += isnan(triangle->increments[i]) ? 0 : triangle->increments[i] / 14;
        }
        if (attempt == 100 || (known > s->level / 5 && known < 5 * s->level)) {
            return;
        }
        renewal_simulation_free(triangle, truth);
    }
}

struct fitted {
    struct vg_arena arena;
    struct vg_renewal_estimate estimate;
    struct vg_error error;
};

static void fit(const struct vg_triangle *triangle, const struct vg_renewal_parameters *parameters, struct fitted *f)
{
    struct vg_arena scratch;
    vg_arena_init(&f->arena, 0);
    vg_arena_init(&scratch, 0);
    f->error = (struct vg_error){0};
    vg_assert_ok(vg_renewal(triangle, parameters, &f->arena, &scratch, &f->estimate, &f->error), f->error);
    vg_arena_release(&scratch);
}

/* ------------------------------------------------------------------ calibration */

enum { NOWCAST, RT, INFECTIONS, FORECAST, QUANTITIES };
static const char *const quantity_names[QUANTITIES] = {"nowcast", "R", "infections", "forecast"};

struct coverage {
    double inside_50, inside_95, n;
};

static void cover(struct coverage *c, const struct vg_quantile_series *series, size_t step, double truth)
{
    const double *q = series->values + step * VG_QUANTILE_COUNT;
    c->inside_50 += truth >= q[3] && truth <= q[5] ? 1 : 0;
    c->inside_95 += truth >= q[0] && truth <= q[8] ? 1 : 0;
    c->n++;
}

static double overlap(double low, double high, double from, double to)
{
    double most = high < to ? high : to, least = low > from ? low : from;
    return most > least ? (most - least) / (high - low) : 0;
}

/*
 * Of counts by their draws: the truth's rank among them is uniform if they are of the same law. Whole numbers tie, so the truth has a range
 * of ranks, of which the share within the interval's counts.
 */
static void cover_count(struct coverage *c, const double *draws, size_t n, size_t stride, double truth)
{
    double below = 0, equal = 0;
    for (size_t draw = 0; draw < n; draw++) {
        below += draws[draw * stride] < truth ? 1 : 0;
        equal += draws[draw * stride] == truth ? 1 : 0;
    }
    double low = below / ((double)n + 1), high = (below + equal + 1) / ((double)n + 1);
    c->inside_50 += overlap(low, high, 0.25, 0.75);
    c->inside_95 += overlap(low, high, 0.025, 0.975);
    c->n++;
}

/* Sums of whole weeks, in place of the days. */
static void to_weeks(struct vg_triangle *triangle, struct renewal_truth *truth, size_t forecast)
{
    size_t weeks = triangle->n_references / 7, delays = (triangle->n_delays + 5) / 7 + 1;
    double *cells = calloc(weeks * delays, sizeof *cells);
    for (size_t i = 0; i < triangle->n_references * triangle->n_delays; i++) {
        size_t t = i / triangle->n_delays, week = (t + i % triangle->n_delays) / 7;
        cells[t / 7 * delays + week - t / 7] += triangle->increments[i];
    }
    for (size_t i = 0; i < weeks * delays; i++) {
        cells[i] = i / delays + i % delays < weeks ? cells[i] : NAN;
    }
    for (size_t t = 0; t < triangle->n_references + forecast; t++) {
        double count = truth->counts[t];
        truth->counts[t] = 0;
        truth->counts[t / 7] += count;
    }
    free(triangle->increments);
    *triangle = (struct vg_triangle){.start = triangle->start, .step_days = 7, .n_references = weeks, .n_delays = delays, .increments = cells,
                                     .as_of = triangle->start + 7 * ((int32_t)weeks - 1)};
}

static void cover_run(const struct renewal_simulation *s, bool weekly, uint32_t run, struct coverage coverages[QUANTITIES], double *refused)
{
    static const size_t rows_back[] = {0, 1, 2, 4}, days_back[] = {0, 3, 7, 14, 28}, ahead[] = {0, 2, 6, 13};
    struct vg_renewal_parameters parameters = parameters_of(s);
    struct vg_triangle triangle;
    struct renewal_truth truth;
    struct fitted f;
    simulate(s, run, &triangle, &truth);
    if (weekly) {
        to_weeks(&triangle, &truth, s->forecast);
        parameters.forecast_steps = 4;
    }
    fit(&triangle, &parameters, &f);
    *refused += f.estimate.status == VG_SERIES_OK ? 0 : 1;
    for (size_t i = 0; i < 4 && f.estimate.status == VG_SERIES_OK; i++) {
        size_t step = weekly ? i : ahead[i];
        if (rows_back[i] + 1 < triangle.n_delays) {
            size_t k = triangle.n_references - 1 - rows_back[i];
            double known = isfinite(f.estimate.reported[k]) ? f.estimate.reported[k] : 0;
            cover_count(&coverages[NOWCAST], f.estimate.to_come_draws + (k - f.estimate.first_open) * f.estimate.n_draws, f.estimate.n_draws, 1,
                        truth.counts[k] - known);
        }
        cover_count(&coverages[FORECAST], f.estimate.forecast_draws + step, f.estimate.n_draws, parameters.forecast_steps,
                    truth.counts[triangle.n_references + step]);
    }
    for (size_t i = 0; i < 5 && f.estimate.status == VG_SERIES_OK; i++) {
        size_t day = s->n - 1 - days_back[i];
        cover(&coverages[RT], &f.estimate.rt, day, truth.r[day]);
        cover(&coverages[INFECTIONS], &f.estimate.infections, day, truth.infections[day]);
    }
    vg_arena_release(&f.arena);
    renewal_simulation_free(&triangle, &truth);
}

struct setting {
    const char *name;
    double level, delay_meanlog, delay_sdlog, excess, tau, upsilon;
    size_t n, n_delays;
    bool weekdays, weekly;
};

static const struct setting settings[] = {
    {"3 a day", 3, 1.1, 0.7, 0.4, 0.1, 0.15, 60, 10, true, false},
    {"30 a day", 30, 1.1, 0.7, 0.4, 0.1, 0.15, 60, 10, true, false},
    {"300 a day", 300, 1.1, 0.7, 0.4, 0.1, 0.15, 60, 10, true, false},
    {"short delays, no weekdays", 30, 0.3, 0.6, 0.4, 0.1, 0.1, 60, 10, false, false},
    {"long delays", 30, 1.7, 0.6, 0.4, 0.1, 0.1, 60, 10, true, false},
    {"wild counts and dates", 60, 1.1, 0.7, 2, 0.25, 0.3, 60, 10, true, false},
    {"by report date", 30, 1.1, 0.7, 0.4, 0.15, 0, 60, 1, true, false},
    {"weeks", 8, 1.8, 0.7, 0.4, 0.1, 0.1, 140, 21, false, true},
};
#define SETTINGS (sizeof settings / sizeof *settings)
#define RUNS 16

static void intervals_cover_what_they_claim(void **state)
{
    (void)state;
    struct coverage whole[QUANTITIES] = {{0, 0, 0}};
    double refused = 0;
    for (size_t i = 0; i < SETTINGS; i++) {
        const struct setting *setting = &settings[i];
        struct renewal_simulation s = usual;
        struct coverage coverages[QUANTITIES] = {{0, 0, 0}};
        s.level = setting->level;
        s.delay_meanlog = setting->delay_meanlog;
        s.delay_sdlog = setting->delay_sdlog;
        s.excess = setting->excess;
        s.tau = setting->tau;
        s.upsilon = setting->upsilon;
        s.n = setting->n;
        s.n_delays = setting->n_delays;
        s.weekdays = setting->weekdays;
        s.sigma = setting->weekly ? 0.03 : s.sigma;
        for (uint32_t run = 0; run < RUNS; run++) {
            cover_run(&s, setting->weekly, run, coverages, &refused);
        }
        for (size_t q = 0; q < QUANTITIES; q++) {
            struct coverage *c = &coverages[q];
            whole[q].inside_50 += c->inside_50;
            whole[q].inside_95 += c->inside_95;
            whole[q].n += c->n;
            if (c->n > 0) {
                print_message("%s, %s: 50 %% interval holds %.0f %%, 95 %% interval %.0f %%\n", setting->name, quantity_names[q], 100 * c->inside_50 / c->n,
                              100 * c->inside_95 / c->n);
                /* The figures of one run hang together: some sixteen independent ones a setting. */
                vg_assert_near(c->inside_50 / c->n, 0.5, 0.27);
                assert_true(c->inside_95 >= 0.8 * c->n);
            }
        }
    }
    for (size_t q = 0; q < QUANTITIES; q++) {
        print_message("%s, all: %.1f %% and %.1f %% of %.0f\n", quantity_names[q], 100 * whole[q].inside_50 / whole[q].n,
                      100 * whole[q].inside_95 / whole[q].n, whole[q].n);
        vg_assert_near(whole[q].inside_50 / whole[q].n, 0.5, 0.08);
        vg_assert_near(whole[q].inside_95 / whole[q].n, 0.95, 0.04);
    }
    assert_true(refused <= 2);
}

/* --------------------------------------------------------------------- statuses */

static void check_series(const struct vg_quantile_series *series)
{
    for (size_t step = 0; step < series->n_steps; step++) {
        const double *q = series->values + step * VG_QUANTILE_COUNT;
        assert_true(isfinite(series->mean[step]));
        for (size_t level = 0; level < VG_QUANTILE_COUNT; level++) {
            assert_true(isfinite(q[level]) && q[level] >= 0);
            assert_true(level == 0 || q[level] >= q[level - 1]);
        }
    }
}

/* An answer is whole and finite; a refusal says why. Returns the status. */
static enum vg_series_status sane(const struct vg_triangle *triangle, const struct vg_renewal_parameters *parameters, struct fitted *f)
{
    fit(triangle, parameters, f);
    if (f->estimate.status != VG_SERIES_OK) {
        print_message("refused (%s): %s\n", vg_series_status_name(f->estimate.status), f->error.message);
        assert_true(f->error.message[0] != 0);
        return f->estimate.status;
    }
    check_series(&f->estimate.rt);
    check_series(&f->estimate.infections);
    check_series(&f->estimate.expected_final);
    check_series(&f->estimate.forecast);
    for (size_t d = 0; d < f->estimate.n_delays; d++) {
        assert_true(f->estimate.delay_low[d] >= 0 && f->estimate.delay_low[d] <= f->estimate.delay_high[d] && f->estimate.delay_high[d] <= 1);
        assert_true(d == 0 || f->estimate.delay_cumulative[d] >= f->estimate.delay_cumulative[d - 1]);
    }
    for (size_t i = 0; i < VG_RENEWAL_HYPER_COUNT; i++) {
        assert_true(isfinite(f->estimate.hyper_mean[i]) && isfinite(f->estimate.hyper_sd[i]));
    }
    return VG_SERIES_OK;
}

static double median_at(const struct vg_quantile_series *series, size_t step)
{
    return series->values[step * VG_QUANTILE_COUNT + VG_QUANTILE_MEDIAN];
}

/* Triangle of n days whose cells are all `value` as far as they are known. */
static struct vg_triangle flat(size_t n, size_t n_delays, double value)
{
    struct vg_triangle triangle = {.start = 18628, .step_days = 1, .as_of = 18628 + (int32_t)n - 1, .n_references = n, .n_delays = n_delays,
                                   .increments = malloc(n * n_delays * sizeof(double))};
    for (size_t i = 0; i < n * n_delays; i++) {
        triangle.increments[i] = i / n_delays + i % n_delays < n ? value : NAN;
    }
    return triangle;
}

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

/* ---------------------------------------------------------------- many and threads */

#define PLACES 9

struct places {
    struct vg_triangle triangles[PLACES];
    struct renewal_truth truths[PLACES];
};

static void simulate_places(struct places *p)
{
    static const double levels[PLACES] = {60, 2, 25, 1, 40, 3, 8, 2, 0.05};
    for (uint32_t i = 0; i < PLACES; i++) {
        struct renewal_simulation s = usual;
        s.level = levels[i];
        simulate(&s, 100 + i, &p->triangles[i], &p->truths[i]);
    }
}

static void free_places(struct places *p)
{
    for (size_t i = 0; i < PLACES; i++) {
        renewal_simulation_free(&p->triangles[i], &p->truths[i]);
    }
}

struct kept_one {
    enum vg_series_status status;
    double values[4][180 * VG_QUANTILE_COUNT], means[4][180], delays[3][DELAYS_MOST], hyper[2 * VG_RENEWAL_HYPER_COUNT];
    char message[256];
};

static void keep(void *context, size_t series, const struct vg_renewal_estimate *e, const char *message)
{
    struct kept_one *out = (struct kept_one *)context + series;
    const struct vg_quantile_series *all[4] = {&e->rt, &e->infections, &e->expected_final, &e->forecast};
    memset(out, 0, sizeof *out);
    out->status = e->status;
    (void)snprintf(out->message, sizeof out->message, "%.200s", message != NULL ? message : "");
    for (size_t i = 0; i < 4 && e->status == VG_SERIES_OK; i++) {
        memcpy(out->values[i], all[i]->values, all[i]->n_steps * VG_QUANTILE_COUNT * sizeof(double));
        memcpy(out->means[i], all[i]->mean, all[i]->n_steps * sizeof(double));
    }
    for (size_t i = 0; i < 3 && e->status == VG_SERIES_OK; i++) {
        const double *from = i == 0 ? e->delay_cumulative : i == 1 ? e->delay_low : e->delay_high;
        memcpy(out->delays[i], from, e->n_delays * sizeof(double));
    }
    memcpy(out->hyper, e->hyper_mean, sizeof e->hyper_mean);
    memcpy(out->hyper + VG_RENEWAL_HYPER_COUNT, e->hyper_sd, sizeof e->hyper_sd);
}

static void run_many(const struct vg_triangle *triangles, size_t n, bool pooled, unsigned threads, const struct vg_renewal_parameters *parameters,
                     struct kept_one *out)
{
    const struct vg_renewal_batch batch = {.triangles = triangles, .n = n, .pooled = pooled, .take = keep, .context = out};
    struct vg_pool *pool = vg_pool_new(threads);
    struct vg_error error;
    vg_assert_ok(vg_renewal_many(&batch, parameters, pool, &error), error);
    vg_pool_free(pool);
}

static void results_do_not_depend_on_threads(void **state)
{
    (void)state;
    static const unsigned threads[] = {1, 2, 7};
    struct places places;
    struct vg_renewal_parameters parameters = parameters_of(&usual);
    struct kept_one *first = calloc(PLACES, sizeof *first), *other = calloc(PLACES, sizeof *other);
    simulate_places(&places);
    for (size_t pooled = 0; pooled < 2; pooled++) {
        run_many(places.triangles, PLACES, pooled == 1, threads[0], &parameters, first);
        assert_int_equal(first[0].status, VG_SERIES_OK);
        for (size_t i = 1; i < 3; i++) {
            run_many(places.triangles, PLACES, pooled == 1, threads[i], &parameters, other);
            assert_memory_equal(first, other, PLACES * sizeof *first);
        }
        for (uint32_t series = 0; series < PLACES && pooled == 0; series++) {
            struct fitted f;
            parameters.series = series;
            fit(&places.triangles[series], &parameters, &f);
            keep(other, series, &f.estimate, f.error.message);
            assert_memory_equal(&first[series], &other[series], sizeof *first);
            vg_arena_release(&f.arena);
        }
    }
    free_places(&places);
    free(first);
    free(other);
}

struct given { const struct places *places; struct kept_one *kept; };
static bool give_one(void *context, size_t series, struct vg_arena *arena, struct vg_triangle *triangle)
{
    (void)arena;
    *triangle = ((const struct given *)context)->places->triangles[series];
    return true;
}

static void keep_given(void *context, size_t series, const struct vg_renewal_estimate *e, const char *message)
{
    keep(((struct given *)context)->kept, series, e, message);
}

static void triangles_are_given_one_by_one_and_the_large_may_stand_alone(void **state)
{
    (void)state;
    struct places places;
    struct vg_renewal_parameters parameters = parameters_of(&usual);
    struct kept_one *kept = calloc(3 * PLACES, sizeof *kept);
    struct vg_error error;
    simulate_places(&places);
    run_many(places.triangles, PLACES, true, 2, &parameters, kept);
    run_many(places.triangles, PLACES, false, 2, &parameters, kept + PLACES);
    struct given given = {&places, kept + 2 * PLACES};
    const struct vg_renewal_batch batch = {.give = give_one, .n = PLACES, .pooled = true, .alone_reports = 1000, .take = keep_given, .context = &given};
    vg_assert_ok(vg_renewal_many(&batch, &parameters, NULL, &error), error);
    for (size_t i = 0; i < PLACES; i++) {
        double reports = 0;
        for (size_t cell = 0; cell < places.triangles[i].n_references * places.triangles[i].n_delays; cell++) {
            reports += places.triangles[i].increments[cell] > 0 ? places.triangles[i].increments[cell] : 0;
        }
        assert_memory_equal(&given.kept[i], &kept[reports >= 1000 ? PLACES + i : i], sizeof *kept);
    }
    free_places(&places);
    free(kept);
}

static void a_series_without_sense_is_named(void **state)
{
    (void)state;
    struct places places;
    struct vg_renewal_parameters parameters = parameters_of(&usual);
    struct kept_one *kept = calloc(PLACES, sizeof *kept);
    const struct vg_renewal_batch batch = {.triangles = places.triangles, .n = PLACES, .take = keep, .context = kept};
    struct vg_error error;
    simulate_places(&places);
    places.triangles[5].step_days = 2;
    assert_int_equal(vg_renewal_many(&batch, &parameters, NULL, &error), VG_USAGE_ERROR);
    assert_non_null(strstr(error.message, "series 5"));
    free_places(&places);
    free(kept);
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

static double width_at(const struct vg_quantile_series *series, size_t step)
{
    return series->values[step * VG_QUANTILE_COUNT + 7] - series->values[step * VG_QUANTILE_COUNT + 1];
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

/* -------------------------------------------------------------------- pooling */

#define LARGE_PLACES 4
#define SMALL_PLACES 14

/* Places with the same delays; the small ones cannot know them by themselves. */
static void small_places_gain_from_their_parent(void **state)
{
    (void)state;
    struct renewal_simulation s = usual;
    struct vg_renewal_parameters parameters = parameters_of(&s);
    struct vg_triangle triangles[LARGE_PLACES + SMALL_PLACES];
    struct renewal_truth truths[LARGE_PLACES + SMALL_PLACES];
    struct kept_one *kept = calloc(LARGE_PLACES + SMALL_PLACES, sizeof *kept);
    double delay_error[2] = {0, 0}, count_error[2] = {0, 0}, width[2] = {0, 0};
    s.weekdays = false;
    s.upsilon = 0.02;
    s.delay_meanlog = 1.4;
    for (uint32_t i = 0; i < LARGE_PLACES + SMALL_PLACES; i++) {
        s.level = i < LARGE_PLACES ? 40 : 1.5;
        simulate(&s, 200 + i, &triangles[i], &truths[i]);
    }
    for (size_t pooled = 0; pooled < 2; pooled++) {
        run_many(triangles, LARGE_PLACES + SMALL_PLACES, pooled == 1, 2, &parameters, kept);
        for (size_t i = LARGE_PLACES; i < LARGE_PLACES + SMALL_PLACES; i++) {
            assert_int_equal(kept[i].status, VG_SERIES_OK);
            for (size_t d = 0; d + 1 < s.n_delays; d++) {
                double end = vg_lognormal_cdf((double)s.n_delays, s.delay_meanlog, s.delay_sdlog);
                double share = vg_lognormal_cdf((double)d + 1, s.delay_meanlog, s.delay_sdlog) / end;
                delay_error[pooled] += fabs(kept[i].delays[0][d] - share) / (SMALL_PLACES * (double)(s.n_delays - 1));
            }
            for (size_t k = s.n - 6; k < s.n; k++) {
                const double *q = kept[i].values[2] + k * VG_QUANTILE_COUNT;
                count_error[pooled] += fabs(q[VG_QUANTILE_MEDIAN] - truths[i].counts[k]) / (6.0 * SMALL_PLACES);
                width[pooled] += (q[8] - q[0]) / (6.0 * SMALL_PLACES);
            }
        }
    }
    print_message("small places, alone and pooled: error of the share reported %.3f and %.3f, of counts %.2f and %.2f, 95 %% interval %.1f and %.1f wide\n",
                  delay_error[0], delay_error[1], count_error[0], count_error[1], width[0], width[1]);
    assert_true(delay_error[1] < 0.7 * delay_error[0]);
    assert_true(count_error[1] < count_error[0]);
    for (size_t i = 0; i < LARGE_PLACES + SMALL_PLACES; i++) {
        renewal_simulation_free(&triangles[i], &truths[i]);
    }
    free(kept);
}

/* ------------------------------------------------------------------- sampler */

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
        cmocka_unit_test(intervals_cover_what_they_claim),
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
        cmocka_unit_test(results_do_not_depend_on_threads),
        cmocka_unit_test(triangles_are_given_one_by_one_and_the_large_may_stand_alone),
        cmocka_unit_test(a_series_without_sense_is_named),
        cmocka_unit_test(yesterday_s_fit_helps_and_changes_nothing),
        cmocka_unit_test(small_places_gain_from_their_parent),
        cmocka_unit_test(the_sampler_runs_and_repeats_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
