/*
 * The renewal engine on many outbreaks with known truth, in eight settings: its intervals hold what they claim.
 */
#include "coverage.h"
#include "renewal_fixture.h"

enum { NOWCAST, RT, INFECTIONS, FORECAST, QUANTITIES };
static const char *const quantity_names[QUANTITIES] = {"nowcast", "R", "infections", "forecast"};

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(intervals_cover_what_they_claim),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
