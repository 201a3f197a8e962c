/*
 * The engine among people who are all alike, against what is known in closed form or by an ordinary differential equation:
 * final size, growth, extinction, the SEIR limit, the renewal equation; degenerate and monotone cases; arithmetic of
 * thresholds.
 */
#include "engine_world.h"

#include "control/epidemic_number.h"

static void arithmetic_agrees(void **state)
{
    (void)state;
    for (double x = -30; x < 30; x += 0.37) {
        vg_assert_near(exact_exp(x) / exp(x), 1, 1e-14);
        vg_assert_near(exact_cosine_of_turns(x), cos(2 * M_PI * x), 1e-12);
    }
    for (double x = 1e-6; x < 1e6; x *= 1.7) {
        vg_assert_near(exact_log(x), log(x), 1e-14 * (1 + fabs(log(x))));
        vg_assert_near(exact_log_gamma(x), vg_log_gamma(x), 1e-11 * (1 + fabs(vg_log_gamma(x))));
    }
    for (double mean = 0.2; mean < 60; mean *= 1.6) {
        for (double sd = 0.1; sd < 40; sd *= 2) {
            for (double x = 0.5; x < 80; x += 3) {
                double shape = mean * mean / (sd * sd);
                vg_assert_near(exact_gamma_cdf(x, mean, sd), vg_gamma_cdf(x, shape, mean / shape), 2e-10);
            }
        }
    }
    assert_int_equal(threshold_of(1), CERTAIN);
    assert_true(draw_is(UINT32_MAX, threshold_of(1)));
    assert_false(draw_is(0, threshold_of(0)));
}

static void final_size_is_known(void **state)
{
    (void)state;
    static struct world w;
    static const double r0[3] = {1.5, 2, 3}, sizes[3] = {0.58281, 0.79681, 0.94048};
    for (size_t i = 0; i < 3; i++) {
        for (uint64_t seed = 1; seed <= 2; seed++) {
            make_plain(&w, 1000000, r0[i]);
            w.input.seed = seed;
            w.import.count = 100;
            run(&w, 1000);
            vg_assert_near(total(&w, VG_COUNT_INFECTIONS) / 1e6, sizes[i], 0.004); /* four sd of a large outbreak's size */
            release_world(&w);
        }
    }
}

static double euler_lotka(const double *profile, size_t n, double r0)
{
    double low = 0, high = 2;
    for (int i = 0; i < 100; i++) {
        double r = (low + high) / 2, sum = 0;
        for (size_t s = 0; s < n; s++) {
            sum += profile[s] * exp(-r * (double)(s + 1));
        }
        if (r0 * sum > 1) {
            low = r;
        } else {
            high = r;
        }
    }
    return low;
}

/* From week to week, thirty runs together: about 0.3 % of noise. At the end 0.4 % of people have been infected, which costs 0.2 %. */
static void growth_is_euler_lotka(void **state)
{
    (void)state;
    static struct world w;
    make_plain(&w, 4000000, 2.5);
    double shares = 0, first = 0, last = 0, left = 0;
    for (size_t i = 0; i < 30; i++) {
        shares += w.profile[i];
    }
    vg_assert_near(shares, 1, 1e-6);
    w.import.count = 100;
    for (uint64_t seed = 1; seed <= 30; seed++) {
        w.input.seed = seed;
        run(&w, 32);
        double before = 0;
        for (int day = 0; day < 32; day++) {
            double now = w.counts[VG_COUNT_INFECTIONS][day];
            first += day >= 18 && day < 25 ? now : 0;
            last += day >= 25 ? now : 0;
            left += day >= 18 ? (1 - before / 4e6) / 420 : 0;
            before += now;
        }
    }
    vg_assert_near(log(last / first) / 7 / euler_lotka(w.profile, 30, 2.5 * left), 1, 0.01);
    print_message("# growth over Euler and Lotka's: %.4f\n", log(last / first) / 7 / euler_lotka(w.profile, 30, 2.5 * left));
    release_world(&w);
}

struct outbreak_sizes {
    double *infections;
};
static bool add_by_municipality(void *context, const struct vg_day *day)
{
    struct outbreak_sizes *sizes = context;
    for (size_t m = 0; m < day->n_municipalities; m++) {
        sizes->infections[m] += day->counts[m];
    }
    return true;
}

/* One case in each of 3,000 islands. q = (1 + R (1 - q) / k)^-k. */
static void extinction_follows_dispersion(void **state)
{
    (void)state;
    enum { ISLANDS = 3000, PEOPLE = 2000 };
    static struct world w;
    static uint32_t persons[ISLANDS];
    static struct vg_import imports[ISLANDS];
    static double infections[ISLANDS];
    static const double k[3] = {0, 0.8, 0.2};
    static const uint8_t from[1] = {0};
    struct vg_error error;
    struct vg_household_type alone = {.weight = 1, .size = 1};
    for (size_t m = 0; m < ISLANDS; m++) {
        persons[m] = PEOPLE;
        imports[m] = (struct vg_import){0, 0, (uint32_t)m, 1, 0};
    }
    struct vg_population_input input = {
        .n_ages = 1, .age_from = from, .n_municipalities = ISLANDS, .persons = persons, .n_types = 1, .types = &alone};
    for (size_t i = 0; i < 3; i++) {
        make_plain(&w, 1000, 2);
        vg_population_free(w.population);
        vg_assert_ok(vg_population_new(&input, NULL, &w.population, &error), error);
        struct outbreak_sizes sizes = {infections};
        memset(infections, 0, sizeof infections);
        w.disease.dispersion = k[i];
        w.input.population = w.population;
        w.input.imports = imports;
        w.input.n_imports = ISLANDS;
        w.input.context = &sizes;
        w.input.on_day = add_by_municipality;
        struct vg_epidemic *epidemic = NULL;
        vg_assert_ok(vg_epidemic_new(&w.input, NULL, &epidemic, &error), error);
        vg_assert_ok(vg_epidemic_advance(epidemic, 90, &error), error);
        vg_epidemic_free(epidemic);
        double died_out = 0, q = 0;
        for (size_t m = 0; m < ISLANDS; m++) {
            assert_true(infections[m] >= 1);
            died_out += infections[m] < 120 ? 1 : 0;
        }
        for (int step = 0; step < 500; step++) {
            q = k[i] > 0 ? pow(1 + 2 * (1 - q) / k[i], -k[i]) : exp(-2 * (1 - q));
        }
        vg_assert_near(died_out / ISLANDS, q, 4 * sqrt(q * (1 - q) / ISLANDS) + 0.005);
        release_world(&w);
    }
}

/* dS = -beta S I / N, dE = beta S I / N - sigma E, dI = sigma E - gamma I, by Runge and Kutta's fourth order. */
struct seir {
    double s, e, i;
};
static struct seir slope(struct seir x, double beta, double sigma, double gamma)
{
    return (struct seir){-beta * x.s * x.i, beta * x.s * x.i - sigma * x.e, sigma * x.e - gamma * x.i};
}

static struct seir moved(struct seir x, struct seir d, double h)
{
    return (struct seir){x.s + h * d.s, x.e + h * d.e, x.i + h * d.i};
}

static void exponential_stages_follow_the_ode(void **state)
{
    (void)state;
    static struct world w;
    double sigma = 1 / 4.0, gamma = 1 / 6.0, r0 = 2.2;
    make_plain(&w, 2000000, r0);
    for (size_t i = 0; i < 40; i++) { /* chance to be infectious, over the day around i + 1 */
        double sum = 0;
        for (int step = 0; step < 100; step++) {
            double t = (double)i + 0.5 + (step + 0.5) / 100;
            sum += exp(-gamma * t) - exp(-sigma * t);
        }
        w.profile[i] = sum;
    }
    w.disease.n_profile = 40;
    w.disease.refractory_days = 41;
    w.import.count = 20000;
    run(&w, 120);
    struct seir x = {0.99, 0.01, 0};
    double infected = 0.01, simulated = 0;
    for (int day = 0; day < 120; day++) {
        simulated += w.counts[VG_COUNT_INFECTIONS][day] / 2e6;
        if (day > 0) {
            for (int step = 0; step < 100; step++) {
                double h = 0.01;
                struct seir a = slope(x, r0 * gamma, sigma, gamma), b = slope(moved(x, a, h / 2), r0 * gamma, sigma, gamma);
                struct seir c = slope(moved(x, b, h / 2), r0 * gamma, sigma, gamma),
                            d = slope(moved(x, c, h), r0 * gamma, sigma, gamma);
                x = moved(moved(moved(moved(x, a, h / 6), b, h / 3), c, h / 3), d, h / 6);
            }
            infected = 1 - x.s;
        }
        vg_assert_near(simulated, infected, 0.012); /* whole days against continuous time */
    }
    vg_assert_near(simulated, infected, 0.006);
    release_world(&w);
}

/* Expected infections of a day from those before: N s (1 - exp(-R0 sum w I / N)), to 4 sd over the whole outbreak and each
 * phase. */
static void renewal_equation_holds(void **state)
{
    (void)state;
    static struct world w;
    make_plain(&w, 1000000, 2);
    w.import.count = 500;
    w.keeps_log = true;
    run(&w, 300);
    double susceptible = 1e6 - w.counts[VG_COUNT_INFECTIONS][0];
    for (int phase = 0; phase < 6; phase++) {
        double expected = 0, seen = 0;
        for (int day = 1 + phase * 15; day < 16 + phase * 15; day++) {
            double force = 0;
            for (int s = 1; s <= 30 && s <= day; s++) {
                force += w.profile[s - 1] * w.counts[VG_COUNT_INFECTIONS][day - s];
            }
            expected += susceptible * (1 - exp(-2 * force / 1e6));
            seen += w.counts[VG_COUNT_INFECTIONS][day];
            susceptible -= w.counts[VG_COUNT_INFECTIONS][day];
        }
        vg_assert_near(seen / expected, 1, 5 / sqrt(expected)); /* the noise of each day is Poisson's, and days compensate */
    }
    double caused = 0, early = 0; /* cohort reproduction number of the first week's cases */
    for (size_t i = 0; i < w.n_log; i++) {
        assert_true(w.log[i].infector == UINT32_MAX || w.log[i].infector != w.log[i].person);
        early += w.log[i].infector == UINT32_MAX ? 1 : 0;
    }
    static uint8_t imported[1000000];
    memset(imported, 0, sizeof imported);
    for (size_t i = 0; i < w.n_log; i++) {
        imported[w.log[i].person] = w.log[i].infector == UINT32_MAX ? 1 : imported[w.log[i].person];
    }
    for (size_t i = 0; i < w.n_log; i++) {
        caused += w.log[i].infector != UINT32_MAX && imported[w.log[i].infector] != 0 ? 1 : 0;
    }
    vg_assert_near(caused / early, 2, 0.25);
    release_world(&w);
}

static void degenerate_cases(void **state)
{
    (void)state;
    static struct world w;
    make_plain(&w, 100000, 2);
    w.disease.transmission = 0;
    w.import.count = 50;
    run(&w, 100);
    vg_assert_near(total(&w, VG_COUNT_INFECTIONS), 50, 1); /* two imports may hit one person */
    vg_assert_near(total(&w, VG_COUNT_ONSETS) + total(&w, VG_COUNT_DEATHS) + total(&w, VG_COUNT_ADMISSIONS), 0, 0);
    w.disease.transmission = 2;
    w.import.count = 0;
    run(&w, 100);
    vg_assert_near(total(&w, VG_COUNT_INFECTIONS), 0, 0);
    w.import.count = 20;
    w.disease.symptomatic = w.disease.ward = w.disease.icu = w.disease.death_icu = w.ones;
    w.disease.icu_to_death = (struct vg_delay){30, 0}; /* after all contacts: who dies before makes none */
    run(&w, 600);
    double infections = total(&w, VG_COUNT_INFECTIONS);
    assert_true(infections > 70000);
    vg_assert_near(total(&w, VG_COUNT_ONSETS), infections, 0);
    vg_assert_near(total(&w, VG_COUNT_ADMISSIONS), infections, 0);
    vg_assert_near(total(&w, VG_COUNT_ICU), infections, 0);
    vg_assert_near(total(&w, VG_COUNT_DEATHS), infections, 0);
    w.disease.symptomatic = NULL;
    run(&w, 600);
    vg_assert_near(total(&w, VG_COUNT_ONSETS) + total(&w, VG_COUNT_DEATHS), 0, 0);
    release_world(&w);
}

static void more_transmission_more_infections(void **state)
{
    (void)state;
    static struct world w;
    double before = 0;
    for (double r0 = 0.5; r0 < 4; r0 += 0.5) {
        make_plain(&w, 100000, r0);
        w.import.count = 100;
        run(&w, 600);
        assert_true(total(&w, VG_COUNT_INFECTIONS) > before);
        before = total(&w, VG_COUNT_INFECTIONS);
        release_world(&w);
    }
    make_plain(&w, 100000, 2);
    w.import.count = 100;
    w.disease.symptomatic = w.symptomatic;
    before = 1e9;
    for (double share = 1; share >= 0; share -= 0.25) { /* the asymptomatic pass on a third */
        w.symptomatic[0] = share;
        w.disease.asymptomatic_infectiousness = 0.33;
        run(&w, 600);
        assert_true(total(&w, VG_COUNT_INFECTIONS) < before);
        before = total(&w, VG_COUNT_INFECTIONS);
    }
    release_world(&w);
}

static void season_moves_the_wave(void **state)
{
    (void)state;
    static struct world w;
    static const int16_t south[1] = {182};
    double sizes[3];
    for (int i = 0; i < 3;
         i++) { /* a wave that begins at the peak of the season, half a year off, and there in the other hemisphere */
        make_plain(&w, 300000, 1.3);
        w.import.count = 300;
        w.disease.season_amplitude = 0.3;
        w.disease.season_peak_day = i == 0 ? 30 : 212;
        w.input.season_later_days = i == 2 ? south : NULL;
        run(&w, 120);
        sizes[i] = total(&w, VG_COUNT_INFECTIONS);
        release_world(&w);
    }
    assert_true(sizes[0] > 3 * sizes[1]);
    vg_assert_near(sizes[2] / sizes[0], 1, 0.02);
}

static void bad_input_is_refused(void **state)
{
    (void)state;
    static struct world w;
    struct vg_error error;
    struct vg_epidemic *epidemic = NULL;
    make_plain(&w, 1000, 2);
    w.disease.transmission = 1000;
    assert_int_equal(vg_epidemic_new(&w.input, NULL, &epidemic, &error), VG_USAGE_ERROR);
    w.disease.transmission = 2;
    w.disease.refractory_days = 3;
    assert_int_equal(vg_epidemic_new(&w.input, NULL, &epidemic, &error), VG_USAGE_ERROR);
    w.disease.refractory_days = 30;
    w.disease.incubation.mean_days = -1;
    assert_int_equal(vg_epidemic_new(&w.input, NULL, &epidemic, &error), VG_USAGE_ERROR);
    w.disease.incubation.mean_days = 5;
    w.import.municipality = 1;
    assert_int_equal(vg_epidemic_new(&w.input, NULL, &epidemic, &error), VG_USAGE_ERROR);
    assert_null(epidemic);
    release_world(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arithmetic_agrees),
        cmocka_unit_test(final_size_is_known),
        cmocka_unit_test(growth_is_euler_lotka),
        cmocka_unit_test(extinction_follows_dispersion),
        cmocka_unit_test(exponential_stages_follow_the_ode),
        cmocka_unit_test(renewal_equation_holds),
        cmocka_unit_test(degenerate_cases),
        cmocka_unit_test(more_transmission_more_infections),
        cmocka_unit_test(season_moves_the_wave),
        cmocka_unit_test(bad_input_is_refused),
    };
    return cmocka_run_group_tests_name("epidemic", tests, NULL, NULL);
}
