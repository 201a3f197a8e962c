/*
 * Likelihood ratio charts agree with R's surveillance 1.20.3 on its weekly series, with a plain search over every beginning of a change, and their thresholds are the counts
 * that make the difference.
 */
#include "vg_test.h"

#include "monitor/alarm/alarm.h"
#include "weekly_series.h"

#include <math.h>

struct value { size_t week; double value; };

static void assert_near(double actual, double expected, double tolerance, const char *what, size_t row)
{
    if (!(fabs(actual - expected) <= tolerance * fmax(1, fabs(expected)))) {
        fail_msg("%s of row %zu: %.10g instead of %.10g", what, row, actual, expected);
    }
}

static size_t count_alarms(const struct vg_alarm *out, size_t first, size_t n)
{
    size_t alarms = 0;
    for (size_t i = first; i < n; i++) {
        alarms += out[i].alarm;
    }
    return alarms;
}

/* A chart over the weeks from `first` on, with the usual level fitted to the weeks before; weeks of the values are counted from 1 in the range. */
struct setting {
    const double *counts;
    size_t n, first;
    struct vg_in_control_parameters usual;
    struct vg_glr_parameters chart;
    double mean, dispersion;            /* of the first judged week; of the fit */
    size_t alarms;
    struct value values[12];
};

static void compare(const struct setting *setting, size_t number)
{
    struct vg_alarm out[400];
    double mean[400];
    double dispersion = NAN;
    enum vg_series_status series_status = VG_SERIES_OK;
    struct vg_error error = {0};
    struct vg_arena arena;
    struct vg_glr_parameters p = setting->chart;
    vg_arena_init(&arena, 0);
    vg_assert_ok(vg_alarm_in_control(setting->counts, setting->first, setting->n, &setting->usual, &arena, mean, &dispersion, &series_status, &error), error);
    assert_int_equal(series_status, VG_SERIES_OK);
    assert_near(mean[setting->first], setting->mean, 1e-5, "mean", number);
    assert_near(dispersion, setting->dispersion, 1e-5, "dispersion", number);
    p.dispersion = dispersion;
    vg_assert_ok(vg_alarm_glr(setting->counts, mean, setting->n, setting->first, &p, &arena, out, &error), error);
    for (size_t i = 0; i < 12 && setting->values[i].week > 0; i++) {
        const struct vg_alarm *alarm = &out[setting->first + setting->values[i].week - 1];
        assert_near(alarm->score * p.decision, setting->values[i].value, 1e-5, "statistic", 1000 * number + setting->values[i].week);
        assert_int_equal(alarm->alarm, setting->values[i].value >= p.decision);
        assert_int_equal(alarm->status, VG_SERIES_OK);
    }
    if (setting->alarms > 0) {
        assert_int_equal(count_alarms(out, setting->first, setting->n), setting->alarms);
    }
    vg_arena_release(&arena);
}

/* algo.glrnb(x, control = list(range, c.ARL, mu0 = list(S, trend), alpha, M, Mtilde, change = "intercept", dir, theta, ret = "value")): upperbound, mu0, alarm. */
static void charts_agree_with_surveillance(void **state)
{
    (void)state;
    const struct vg_in_control_parameters poisson = {.harmonics = 1, .steps_per_year = 52, .dispersion = 0};
    const struct vg_in_control_parameters negative_binomial = {.harmonics = 1, .steps_per_year = 52, .dispersion = NAN};
    const struct vg_in_control_parameters trend_poisson = {.harmonics = 2, .trend = true, .steps_per_year = 52, .dispersion = 0};
    const struct vg_in_control_parameters trend = {.harmonics = 2, .trend = true, .steps_per_year = 52, .dispersion = NAN};
    const struct vg_in_control_parameters trend_given = {.harmonics = 2, .trend = true, .steps_per_year = 52, .dispersion = 0.3};
    const struct vg_glr_parameters chart = {.decision = 5, .known_change = NAN, .shortest = 1};
    const struct vg_glr_parameters less = {.decision = 5, .known_change = NAN, .shortest = 1, .decrease = true};
    const struct vg_glr_parameters window = {.decision = 2, .known_change = NAN, .shortest = 1, .window = 26};
    const struct vg_glr_parameters lasting = {.decision = 2, .known_change = NAN, .shortest = 3, .window = 26};
    const struct vg_glr_parameters known = {.decision = 2, .known_change = 0.6, .shortest = 1};
    const struct setting settings[] = {
        {shadar, SHADAR, 104, poisson, chart, 2.65566750277, 0, 6,
         {{3, 0.04864480263}, {4, 0.41871675183}, {13, 0.24373430209}, {20, 2.2017445455}, {24, 0.10125100729}, {50, 0}, {120, 0}, {150, 0}, {176, 6.1479746287},
          {179, 4.6267928498}, {183, 6.5751168555}, {188, 9.9476343348}}},
        {shadar, SHADAR, 104, negative_binomial, chart, 2.72067438935, 0.24757049468, 2,
         {{3, 0.021401082569}, {4, 0.21700301789}, {13, 0.12214489776}, {20, 0.94213975726}, {24, 0.0805326581}, {50, 0}, {120, 0}, {150, 0}, {176, 2.4324315864},
          {179, 6.4604978222}, {183, 2.9236093377}, {188, 7.4641094287}}},
        {shadar, SHADAR, 104, negative_binomial, less, 2.72067438935, 0.24757049468, 10,
         {{1, 2.0800229688}, {2, 0.91837168509}, {9, 3.8762339508}, {20, 0.55352056995}, {48, 2.6943205444}, {53, 5.4034002809}, {76, 5.0641422974}, {88, 6.3938295967},
          {100, 3.5229830174}, {117, 5.3080008536}, {150, 1.7538349349}, {160, 5.9602439528}}},
        {agona, AGONA, 208, trend_poisson, chart, 1.243026538359, 0, 8,
         {{2, 2.0791245843}, {8, 1.8415328901}, {15, 2.5389346116}, {20, 0.068175175827}, {31, 0.74932272325}, {40, 2.6062674274}, {52, 1.0307679872}, {60, 3.1943178353},
          {76, 5.5090439219}, {81, 3.1465242345}, {90, 1.4832413329}, {104, 4.1516828123}}},
        {agona, AGONA, 208, trend, chart, 1.200721359374, 0.254466229014, 5,
         {{2, 1.4783994147}, {8, 1.4298909731}, {15, 4.2655911475}, {20, 2.5818188688}, {31, 1.3769761677}, {40, 2.2091930126}, {52, 0.79373429129}, {60, 2.5192973299},
          {76, 3.4822592695}, {81, 1.392136863}, {90, 3.4221208111}, {104, 1.9178031509}}},
        {agona, AGONA, 208, trend, window, 1.200721359374, 0.254466229014, 15,
         {{2, 1.4783994147}, {8, 1.0489557366}, {15, 1.8771575771}, {20, 0}, {31, 0.38227581054}, {40, 1.3654621488}, {52, 0.79373429129}, {60, 1.312522258}, {76, 3.4822592695},
          {81, 2.0553881456}, {90, 0.098716486378}, {104, 2.3393551575}}},
        {agona, AGONA, 208, trend, lasting, 1.200721359374, 0.254466229014, 12,
         {{2, 0}, {8, 0.16188772529}, {15, 1.8771575771}, {20, 0}, {31, 0.013015149856}, {40, 1.3654621488}, {52, 2.7622708114}, {60, 0}, {76, 3.1682055271}, {81, 2.0553881456},
          {90, 0.098716486378}, {104, 2.3393551575}}},
        {agona, AGONA, 208, trend_poisson, known, 1.243026538359, 0, 18,
         {{2, 1.4353835458}, {8, 1.0299832633}, {15, 2.2492057629}, {20, 0}, {31, 0.74011560169}, {40, 1.7390893524}, {52, 0.8567144633}, {60, 1.1326529716}, {76, 4.0223506553},
          {81, 0.19067177026}, {90, 0}, {104, 2.4339070484}}},
        {agona, AGONA, 208, trend_given, known, 1.19714501192, 0.3, 11, /* mu0 from glm with epsilon = 1e-15 */
         {{2, 1.0093834739}, {8, 1.3704631785}, {15, 1.6280090746}, {20, 0.030989601775}, {31, 0.34940213618}, {40, 0.90623033606}, {52, 2.1385493877}, {60, 2.0105889412},
          {76, 2.576944248}, {81, 1.9231418153}, {90, 0.62168542293}, {104, 2.5828193893}}},
        {momo, MOMO, 208, poisson, less, 7.98072356715, 0, 0,
         {{1, 0.64276772969}, {2, 4.9390027128}, {10, 3.5999774697}, {20, 0}, {40, 2.8828428446}, {60, 3.6785468319}, {80, 2.6129664737}, {100, 0.37196308226}}},
        {momo, MOMO, 208, negative_binomial, less, 7.98238974053, 0.0131190283351, 0,
         {{1, 0.58994150747}, {2, 4.6391990102}, {10, 3.2905823078}, {20, 3.5876518413}, {40, 0.94069799175}, {60, 0.64326665287}, {80, 0.42735239867}, {100, 0.34112745237}}},
    };
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        compare(&settings[i], i);
    }
}

/* ret = "cases": the counts that would have raised the alarm (rounded up where surveillance gives fractions; it gives none where a count is 0 and negative binomial). */
static void thresholds_agree_with_surveillance(void **state)
{
    (void)state;
    static const struct { bool agona; double dispersion, known_change; struct value values[11]; } rows[] = {
        {false, 0, NAN, {{3, 9}, {4, 9}, {13, 10}, {20, 12}, {24, 14}, {50, 11}, {120, 11}, {150, 12}, {176, 12}, {179, 14}, {188, 17}}},
        {false, NAN, NAN, {{3, 14}, {4, 13}, {13, 15}, {20, 19}, {24, 23}, {120, 16}, {150, 18}, {176, 19}, {179, 9}, {183, 21}, {188, 9}}},
        {true, 0, 0.6, {{2, 4.9410274236}, {8, 4.6166945612}, {15, 3.5846570619}, {20, 5.2262526668}, {31, 8.0998073305}, {40, 5.4348510793}, {60, 4.4455783807}, {104, 3.276821586}}},
        {true, 0.3, 0.6, {{2, 6.4139442904}, {8, 4.4485785171}, {15, 4.8726442987}, {20, 5.0851259518}, {31, 12.557198953}, {52, 2.6663133212}, {76, 5.3857544896}, {104, 2.6565671589}}},
    };
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
        const double *counts = rows[row].agona ? agona : shadar;
        size_t n = rows[row].agona ? AGONA : SHADAR;
        size_t first = rows[row].agona ? 208 : 104;
        struct vg_in_control_parameters usual = {.harmonics = rows[row].agona ? 2 : 1, .trend = rows[row].agona, .steps_per_year = 52, .dispersion = rows[row].dispersion};
        struct vg_glr_parameters p = {.decision = rows[row].agona ? 2 : 5, .known_change = rows[row].known_change, .shortest = 1};
        struct vg_alarm out[400];
        double mean[400];
        enum vg_series_status series_status = VG_SERIES_OK;
        struct vg_error error = {0};
        struct vg_arena arena;
        vg_arena_init(&arena, 0);
        vg_assert_ok(vg_alarm_in_control(counts, first, n, &usual, &arena, mean, &p.dispersion, &series_status, &error), error);
        vg_assert_ok(vg_alarm_glr(counts, mean, n, first, &p, &arena, out, &error), error);
        for (size_t i = 0; i < 11 && rows[row].values[i].week > 0; i++) {
            assert_near(out[first + rows[row].values[i].week - 1].threshold, ceil(rows[row].values[i].value), 1e-12, "threshold", 1000 * row + rows[row].values[i].week);
        }
        vg_arena_release(&arena);
    }
}

/* change = "epi", mu0 = list(S = 1, trend = TRUE), alpha = 0: at these weeks its search ends at the maximum, at others (13, 23) before it. */
static void epidemic_agrees_where_surveillance_converges(void **state)
{
    (void)state;
    static const struct value values[] = {{3, 1.06938737696}, {4, 3.4345861920}, {5, 1.0520745445}, {7, 1.4675840364}, {9, 0.84138039098}, {11, 0.7820176096}, {12, 1.0022996860}, {20, 9.3702698821}};
    const struct vg_in_control_parameters usual = {.harmonics = 1, .trend = true, .steps_per_year = 52, .dispersion = 0};
    struct vg_glr_parameters p = {.decision = 5, .known_change = NAN, .shortest = 1, .change = VG_GLR_EPIDEMIC};
    struct vg_alarm out[SHADAR];
    double mean[SHADAR];
    double dispersion = NAN;
    enum vg_series_status series_status = VG_SERIES_OK;
    struct vg_error error = {0};
    struct vg_arena arena;
    vg_arena_init(&arena, 0);
    vg_assert_ok(vg_alarm_in_control(shadar, 104, SHADAR, &usual, &arena, mean, &dispersion, &series_status, &error), error);
    vg_assert_ok(vg_alarm_glr(shadar, mean, SHADAR, 104, &p, &arena, out, &error), error);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        assert_near(out[103 + values[i].week].score * p.decision, values[i].value, 1e-5, "statistic", values[i].week);
    }
    vg_arena_release(&arena);
}

/* ------------------------------------------------------- the slow and obvious way */

static double ratio_of(const double *x, const double *mu, const double *former, size_t from, size_t to, double a, bool level, double change)
{
    double sum = 0;
    for (size_t i = from; i <= to; i++) {
        double m = level ? mu[i] * exp(change) : mu[i] + change * former[i];
        sum += a > 0 ? vg_negative_binomial_log_pmf((int64_t)x[i], m, 1 / a) - vg_negative_binomial_log_pmf((int64_t)x[i], mu[i], 1 / a)
                     : x[i] * log(m / mu[i]) - (m - mu[i]);
    }
    return sum;
}

/* The largest ratio over the change by thirds (it is concave), for every beginning. */
static double slow_statistic(const double *x, const double *mu, const double *former, size_t since, size_t to, const struct vg_glr_parameters *p)
{
    double best = 0;
    bool level = p->change == VG_GLR_LEVEL;
    for (size_t from = since; from + p->shortest <= to + 1; from++) {
        if (p->window > 0 && from + p->window < to) {
            continue;
        }
        double low = p->decrease ? -20 : 0;
        double high = p->decrease ? 0 : 10;
        for (int i = 0; i < 75; i++) {
            double left = low + (high - low) / 3;
            double right = high - (high - low) / 3;
            if (ratio_of(x, mu, former, from, to, p->dispersion, level, left) < ratio_of(x, mu, former, from, to, p->dispersion, level, right)) {
                low = left;
            } else {
                high = right;
            }
        }
        best = fmax(best, ratio_of(x, mu, former, from, to, p->dispersion, level, low));
    }
    return best;
}

enum { STEPS = 60 };

static void simulate(uint32_t number, double dispersion, double *x, double *mu)
{
    struct vg_random random = vg_random_stream(20210205, number, 0, 0);
    double level = exp(3 * vg_random_uniform(&random));
    for (size_t i = 0; i < STEPS; i++) {
        mu[i] = level * exp(0.4 * sin((double)i / 8));
        double truth = mu[i] * (i > 40 ? 1.4 : i > 15 && i < 25 ? 0.5 : 1);
        x[i] = (double)(dispersion > 0 ? vg_random_negative_binomial(&random, truth, 1 / dispersion) : vg_random_poisson(&random, truth));
    }
}

static void the_short_search_finds_what_the_long_one_finds(void **state)
{
    (void)state;
    static const struct vg_glr_parameters settings[] = {
        {.decision = 4, .known_change = NAN, .shortest = 1},
        {.decision = 4, .known_change = NAN, .shortest = 1, .decrease = true},
        {.decision = 4, .known_change = NAN, .shortest = 2, .window = 9},
        {.decision = 4, .known_change = NAN, .shortest = 1, .dispersion = 0.2},
        {.decision = 4, .known_change = NAN, .shortest = 3, .window = 12, .dispersion = 0.2, .decrease = true},
        {.decision = 4, .known_change = NAN, .shortest = 1, .change = VG_GLR_EPIDEMIC},
        {.decision = 4, .known_change = NAN, .shortest = 1, .change = VG_GLR_EPIDEMIC, .window = 7},
    };
    for (size_t setting = 0; setting < sizeof settings / sizeof *settings; setting++) {
        const struct vg_glr_parameters *p = &settings[setting];
        for (uint32_t number = 0; number < 2; number++) {
            double x[STEPS];
            double mu[STEPS];
            double former[STEPS] = {0};
            struct vg_alarm out[STEPS];
            struct vg_error error = {0};
            struct vg_arena arena;
            size_t since = 0;
            vg_arena_init(&arena, 0);
            simulate(number, p->dispersion, x, mu);
            memcpy(former + 1, x, (STEPS - 1) * sizeof *x);
            vg_assert_ok(vg_alarm_glr(x, mu, STEPS, 0, p, &arena, out, &error), error);
            for (size_t i = 0; i < STEPS; i++) {
                assert_near(out[i].score * p->decision, slow_statistic(x, mu, former, since, i, p), 1e-6, "statistic", setting * 100000 + number * 1000 + i);
                since = out[i].alarm ? i + 1 : since;
            }
            vg_arena_release(&arena);
        }
    }
}

/* With the threshold in the place of the count there is an alarm, with one case less (for a decrease: more) there is none. */
static void thresholds_make_the_difference(void **state)
{
    (void)state;
    static const struct vg_glr_parameters settings[] = {
        {.decision = 5, .known_change = NAN, .shortest = 1},
        {.decision = 5, .known_change = NAN, .shortest = 1, .dispersion = 0.1},
        {.decision = 5, .known_change = NAN, .shortest = 1, .dispersion = 0.1, .change = VG_GLR_EPIDEMIC},
        {.decision = 3, .known_change = NAN, .shortest = 2, .decrease = true},
        {.decision = 3, .known_change = 0.4, .shortest = 1, .dispersion = 0.1},
        {.decision = 3, .known_change = -0.4, .shortest = 1, .decrease = true},
    };
    size_t tried = 0;
    for (size_t setting = 0; setting < sizeof settings / sizeof *settings; setting++) {
        const struct vg_glr_parameters *p = &settings[setting];
        double x[STEPS];
        double mu[STEPS];
        struct vg_alarm out[STEPS];
        struct vg_arena arena;
        vg_arena_init(&arena, 0);
        simulate((uint32_t)setting, p->dispersion, x, mu);
        assert_int_equal(vg_alarm_glr(x, mu, STEPS, 0, p, &arena, out, NULL), VG_OK);
        for (size_t i = 0; i < STEPS; i += 7) {
            struct vg_alarm again[STEPS];
            double threshold = out[i].threshold;
            double kept = x[i];
            double beyond = threshold + (p->decrease ? 1 : -1);
            if (isnan(threshold)) {
                continue;
            }
            x[i] = threshold;
            assert_int_equal(vg_alarm_glr(x, mu, i + 1, 0, p, &arena, again, NULL), VG_OK);
            assert_true(again[i].alarm);
            if (beyond >= 0) {
                x[i] = beyond;
                assert_int_equal(vg_alarm_glr(x, mu, i + 1, 0, p, &arena, again, NULL), VG_OK);
                assert_false(again[i].alarm);
            }
            x[i] = kept;
            tried++;
        }
        vg_arena_release(&arena);
    }
    assert_true(tried > 30);
}

static void bad_series_and_parameters(void **state)
{
    (void)state;
    double x[12] = {1, 2, NAN, 3, -1, 2, 0, 5, 1, 2, 40, 1};
    double mean[12];
    double dispersion = 0;
    enum vg_series_status series_status = VG_SERIES_OK;
    struct vg_alarm out[12];
    struct vg_arena arena;
    struct vg_error error = {0};
    struct vg_glr_parameters p;
    struct vg_in_control_parameters usual;
    vg_arena_init(&arena, 0);
    vg_glr_defaults(&p);
    vg_in_control_defaults(&usual);
    for (size_t i = 0; i < 12; i++) {
        mean[i] = 2;
    }
    vg_assert_ok(vg_alarm_glr(x, mean, 12, 0, &p, &arena, out, &error), error);
    assert_int_equal(out[2].status, VG_SERIES_TOO_SHORT);
    assert_int_equal(out[4].status, VG_SERIES_BAD_INPUT);
    assert_true(out[10].alarm);
    assert_int_equal(vg_alarm_in_control(x, 12, 12, &usual, &arena, mean, &dispersion, &series_status, &error), VG_OK);
    assert_int_equal(series_status, VG_SERIES_BAD_INPUT);
    assert_true(isnan(mean[0]));
    x[4] = 0;
    assert_int_equal(vg_alarm_in_control(x, 5, 12, &usual, &arena, mean, &dispersion, &series_status, &error), VG_OK);
    assert_int_equal(series_status, VG_SERIES_TOO_SHORT);
    const double nothing[12] = {0};
    assert_int_equal(vg_alarm_in_control(nothing, 12, 12, &usual, &arena, mean, &dispersion, &series_status, &error), VG_OK);
    assert_int_equal(series_status, VG_SERIES_TOO_FEW);
    p.decrease = true;
    p.change = VG_GLR_EPIDEMIC;
    assert_int_equal(vg_alarm_glr(x, mean, 12, 0, &p, &arena, out, &error), VG_USAGE_ERROR);
    vg_glr_defaults(&p);
    p.known_change = -1;
    assert_int_equal(vg_alarm_glr(x, mean, 12, 0, &p, &arena, out, &error), VG_USAGE_ERROR);
    vg_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(charts_agree_with_surveillance),
        cmocka_unit_test(thresholds_agree_with_surveillance),
        cmocka_unit_test(epidemic_agrees_where_surveillance_converges),
        cmocka_unit_test(the_short_search_finds_what_the_long_one_finds),
        cmocka_unit_test(thresholds_make_the_difference),
        cmocka_unit_test(bad_series_and_parameters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
