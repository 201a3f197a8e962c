/*
 * The hospital census: laws of stay against their moments, the convolution against itself, stays found again that made a
 * series, paths and quantiles of one law, peaks in step across places, what a short or old series is told, and rolling origins
 * on Sao Paulo's health regions.
 */
#include "vg_test.h"

#include "allocate/demand/internal.h"
#include "hospital.h"

#define DAYS 150

/* A wave of admissions with a weekly rhythm, and its census. */
static void wave(double mean_days, double size, double *admissions, double *census)
{
    double survival[VG_DEMAND_STAY_DAYS];
    for (size_t t = 0; t < DAYS; t++) {
        admissions[t] = size * exp(-0.5 * pow(((double)t - 90) / 30, 2)) * (t % 7 == 0 ? 0.7 : 1.05) + 0.1 * size;
    }
    vg_demand_survival(VG_INTERVAL_GAMMA, mean_days, 0.65, VG_DEMAND_STAY_DAYS, survival);
    vg_demand_census(admissions, DAYS, survival, VG_DEMAND_STAY_DAYS, census);
}

static void test_laws_have_their_moments(void **state)
{
    (void)state;
    for (int law = 0; law < VG_INTERVAL_NORMAL; law++) {
        for (double cv = 0.5; cv <= 1.3; cv += 0.4) {
            double survival[400], mean = 0, second = 0;
            vg_demand_survival((enum vg_interval_family)law, 9, cv, 400, survival);
            for (size_t j = 0; j < 400; j++) {
                assert_true(survival[j] >= 0 && survival[j] <= 1 && (j == 0 || survival[j] <= survival[j - 1]));
                mean += survival[j];
                second += 2 * ((double)j + 0.5) * survival[j];
            }
            vg_assert_near(mean, 9, 0.1);
            vg_assert_near(sqrt(second - mean * mean) / mean, cv, 0.03 * cv + (law == VG_INTERVAL_LOGNORMAL ? 0.02 : 0));
        }
    }
}

static void test_the_stay_is_found_again(void **state)
{
    (void)state;
    static const double means[] = {3.2, 7.9, 13.3};
    for (size_t i = 0; i < 3; i++) {
        double admissions[DAYS], census[DAYS], taken[DAYS];
        struct vg_demand_stay stay;
        struct vg_demand_fit fit;
        vg_demand_stay_defaults(&stay);
        wave(means[i], 100, admissions, census);
        vg_demand_fit_stay(&stay, admissions, census, DAYS, &fit);
        vg_assert_near(fit.mean_days, means[i], 0.02 * means[i]);
        vg_assert_near(fit.scale, 1, 0.03);
        assert_true(fit.log_error > 0 && fit.log_error < 0.1);
        /* Only two in five of the admitted come here: the share is found where the stay is known about. */
        for (size_t t = 0; t < DAYS; t++) {
            taken[t] = 0.4 * census[t];
        }
        stay.share_free = true;
        stay.prior_mean_days = means[i];
        stay.prior_log_sd = 0.1;
        vg_demand_fit_stay(&stay, admissions, taken, DAYS, &fit);
        vg_assert_near(fit.share, 0.4, 0.04);
    }
}

static void test_projection_goes_on_as_the_census_does(void **state)
{
    (void)state;
    double admissions[DAYS], census[DAYS], survival[VG_DEMAND_STAY_DAYS], ahead[28], doubled[28];
    wave(8, 50, admissions, census);
    vg_demand_survival(VG_INTERVAL_GAMMA, 8, 0.65, VG_DEMAND_STAY_DAYS, survival);
    vg_demand_project(admissions, DAYS - 28, admissions + DAYS - 28, 28, survival, 1, census[DAYS - 29], NULL, ahead);
    vg_demand_project(admissions, DAYS - 28, admissions + DAYS - 28, 28, survival, 1, 2 * census[DAYS - 29], NULL, doubled);
    for (size_t h = 0; h < 28; h++) {
        vg_assert_near(ahead[h], census[DAYS - 28 + h], 0.01);
        vg_assert_near(doubled[h], 2 * ahead[h], 1e-6 * ahead[h]);
    }
    /* Patients whom no admission explains leave; nobody comes. */
    const double nobody[28] = {0};
    vg_demand_project(nobody, 28, nobody, 28, survival, 1, 100, NULL, ahead);
    assert_true(ahead[0] < 100 && ahead[0] > 80 && ahead[27] < 10);
}

static void test_a_small_share_is_not_taken_for_a_tenth(void **state)
{
    (void)state;
    double admissions[DAYS], census[DAYS], survival[VG_DEMAND_STAY_DAYS], ahead[28], coming[10 * 28];
    const double share = 0.04;
    const size_t n = DAYS - 28;
    struct vg_error error = {0};
    struct vg_arena arena;
    struct vg_demand_settings settings;
    struct vg_demand_forecast forecast;
    wave(12, 2000, admissions, census);
    vg_demand_survival(VG_INTERVAL_GAMMA, 12, 0.65, VG_DEMAND_STAY_DAYS, survival);
    for (size_t t = 0; t < DAYS; t++) {
        census[t] *= share;
    }
    vg_demand_project(admissions, n, admissions + n, 28, survival, share, census[n - 1], NULL, ahead);
    for (size_t h = 0; h < 28; h++) {
        vg_assert_near(ahead[h], census[n + h], 0.01);
    }
    vg_arena_init(&arena, 0);
    vg_demand_settings_defaults(&settings);
    settings.stay.share_free = true;
    settings.stay.prior_mean_days = 12;
    settings.stay.prior_log_sd = 0.3;
    settings.n_paths = 10;
    settings.coming = coming;
    for (size_t path = 0; path < 10; path++) {
        memcpy(coming + path * 28, admissions + n, 28 * sizeof(double));
    }
    const struct vg_demand_series series = {.n_places = 1, .n_days = n, .census = census, .admissions = admissions};
    vg_assert_ok(vg_demand_forecast(&series, &settings, &arena, &forecast, &error), error);
    vg_assert_near(forecast.fit[0].share, share, 0.1 * share);
    for (size_t h = 0; h < 28; h++) {
        vg_assert_near(forecast.quantiles[h * VG_DEMAND_LEVELS + 11], census[n + h], 0.1 * census[n + h]);
    }
    vg_arena_release(&arena);
}

/* Three hundred came from elsewhere three weeks ago, and are in no admissions: who has stayed so long leaves sooner than the
 * mix of past admissions says, and no more than before come in. */
static void test_who_is_in_leaves_by_the_days_already_stayed(void **state)
{
    (void)state;
    double admissions[DAYS], census[DAYS], survival[VG_DEMAND_STAY_DAYS], in_beds[VG_DEMAND_STAY_DAYS], ahead[28], blind[28];
    const size_t n = DAYS - 28;
    double off = 0, off_blind = 0;
    wave(12, 40, admissions, census);
    vg_demand_survival(VG_INTERVAL_GAMMA, 12, 0.65, VG_DEMAND_STAY_DAYS, survival);
    for (size_t j = 0; j < VG_DEMAND_STAY_DAYS; j++) {
        in_beds[j] = admissions[n - 1 - j] * survival[j] + (j == 20 ? 300 * survival[20] : 0);
    }
    const double today = census[n - 1] + 300 * survival[20];
    vg_demand_project(admissions, n, admissions + n, 28, survival, 1, today, in_beds, ahead);
    vg_demand_project(admissions, n, admissions + n, 28, survival, 1, today, NULL, blind);
    for (size_t h = 1; h <= 28; h++) {
        const double truth = census[n + h - 1] + 300 * survival[20 + h];
        vg_assert_near(ahead[h - 1], truth, 0.01 * truth);
        off += fabs(ahead[h - 1] - truth);
        off_blind += fabs(blind[h - 1] - truth);
    }
    assert_true(off < 0.1 * off_blind);
    /* Counts of another day give the mix, and today's census the number. */
    for (size_t j = 0; j < VG_DEMAND_STAY_DAYS; j++) {
        in_beds[j] *= 0.5;
    }
    vg_demand_project(admissions, n, admissions + n, 28, survival, 1, today, in_beds, blind);
    vg_assert_near(blind[27], ahead[27], 1e-9 * ahead[27]);
}

static void make_places(double *census, double *admissions)
{
    for (size_t place = 0; place < 4; place++) {
        wave(6 + (double)place, 20 * pow(3, (double)place), admissions + place * DAYS, census + place * DAYS);
        struct vg_random random = vg_random_stream(7, (uint32_t)place, 0, 1);
        for (size_t t = 0; t < DAYS; t++) {
            census[place * DAYS + t] = (double)vg_random_poisson(&random, census[place * DAYS + t]);
        }
    }
}

static void test_paths_are_of_the_quantiles_law(void **state)
{
    (void)state;
    static double census[4 * DAYS], admissions[4 * DAYS];
    struct vg_error error = {0};
    struct vg_arena arena;
    struct vg_demand_settings settings;
    struct vg_demand_forecast forecast;
    vg_arena_init(&arena, 0);
    make_places(census, admissions);
    vg_demand_settings_defaults(&settings);
    settings.n_paths = 4000;
    const struct vg_demand_series series = {.n_places = 4, .n_days = DAYS, .census = census, .admissions = admissions};
    vg_assert_ok(vg_demand_forecast(&series, &settings, &arena, &forecast, &error), error);
    double *scratch = VG_ARENA_ARRAY(&arena, double, settings.n_paths);
    double both = 0, one = 0, other = 0;
    for (size_t day = 6; day < 28; day += 7) {
        double quantiles[VG_DEMAND_LEVELS];
        const double *exact = forecast.quantiles + (3 * settings.n_ahead + day) * VG_DEMAND_LEVELS;
        vg_demand_quantiles(forecast.paths + 3 * settings.n_ahead + day, settings.n_paths, 4 * settings.n_ahead, scratch,
                            quantiles);
        for (size_t i = 2; i < 21; i++) {
            vg_assert_near(log(quantiles[i]), log(exact[i]), 0.15 * forecast.spread[day / 7]);
        }
    }
    for (size_t path = 0; path < settings.n_paths; path++) {
        const double *last = forecast.paths + path * 4 * settings.n_ahead + 27;
        const double a = log(last[2 * settings.n_ahead] / forecast.quantiles[(2 * 28 + 27) * VG_DEMAND_LEVELS + 11]),
                     b = log(last[3 * settings.n_ahead] / forecast.quantiles[(3 * 28 + 27) * VG_DEMAND_LEVELS + 11]);
        both += a * b;
        one += a * a;
        other += b * b;
    }
    vg_assert_near(both / sqrt(one * other), forecast.together, 0.12); /* peaks keep step as past errors did */
    vg_arena_release(&arena);
}

/* Nobody goes home on two days of the week: whichever day a forecast is made on, it is that of the series without. */
static void test_days_of_the_week_are_no_growth(void **state)
{
    (void)state;
    static const double pattern[7] = {0.05, 0.03, 0, -0.02, -0.04, -0.03, 0.01};
    double smooth[DAYS], weekly[DAYS];
    struct vg_error error = {0};
    struct vg_arena arena;
    struct vg_demand_settings settings;
    vg_arena_init(&arena, 0);
    for (size_t t = 0; t < DAYS; t++) {
        smooth[t] = 3000 * exp(-0.5 * pow(((double)t - 50) / 30, 2)) + 300;
        weekly[t] = smooth[t] * exp(pattern[t % 7]);
    }
    vg_demand_settings_defaults(&settings);
    settings.n_paths = 1;
    for (size_t n = 60; n < 67; n++) {
        struct vg_demand_forecast without, with;
        const struct vg_demand_series plain = {.n_places = 1, .n_days = n, .census = smooth},
                                      patterned = {.n_places = 1, .n_days = n, .census = weekly};
        vg_assert_ok(vg_demand_forecast(&plain, &settings, &arena, &without, &error), error);
        vg_assert_ok(vg_demand_forecast(&patterned, &settings, &arena, &with, &error), error);
        for (size_t h = 7; h <= 21; h += 7) {
            const size_t at = (h - 1) * VG_DEMAND_LEVELS + 11;
            vg_assert_near(log(with.quantiles[at] / weekly[n - 1]), log(without.quantiles[at] / smooth[n - 1]), 0.06);
        }
    }
    vg_arena_release(&arena);
}

/* Errors drawn by a law of large places and of chance: both are found again, by weeks ahead. */
static void test_errors_of_large_places_and_chance_are_told_apart(void **state)
{
    (void)state;
    static const double spread[DEMAND_WEEKS] = {0.06, 0.1, 0.16, 0.22}, usual[DEMAND_WEEKS] = {0.1, 0.1, 0.1, 0.1};
    struct demand_errors errors = {.small_week = 1};
    struct vg_random random = vg_random_stream(11, 0, 0, 1);
    double square[DEMAND_WEEKS], small = 0;
    for (size_t i = 0; i < 40000; i++) {
        const double patients = exp(8 * vg_random_uniform(&random)), weight = patients / (patients + DEMAND_SMALL);
        for (size_t week = 0; week < DEMAND_WEEKS; week++) {
            const double off = sqrt(spread[week] * spread[week] + 0.6 / (patients + 1)) * vg_random_normal(&random);
            errors.squares[week] += weight * off * off;
            errors.weights[week] += weight;
            errors.chance[week] += weight / (patients + 1);
            if (week == 1) {
                errors.small_squares += off * off;
                errors.small_weights += 1 / (patients + 1);
                errors.n_small++;
            }
        }
    }
    demand_part_errors(&errors, usual, 1, square, &small);
    vg_assert_near(small, 0.6, 0.03);
    for (size_t week = 0; week < DEMAND_WEEKS; week++) {
        vg_assert_near(sqrt(square[week]), spread[week], 0.06 * spread[week]);
    }
    /* No past: the usual ones, and Poisson's chance. */
    demand_part_errors(&(struct demand_errors){.small_week = 1}, spread, 6, square, &small);
    vg_assert_near(sqrt(square[3]), spread[3], 1e-12);
    vg_assert_near(small, 1, 1e-12);
}

static void test_given_admissions_and_what_is_told_of_bad_series(void **state)
{
    (void)state;
    static double census[4 * DAYS], admissions[4 * DAYS], coming[200 * 4 * 28];
    struct vg_error error = {0};
    struct vg_arena arena;
    struct vg_demand_settings settings;
    struct vg_demand_forecast forecast;
    vg_arena_init(&arena, 0);
    make_places(census, admissions);
    const size_t n = DAYS - 28;
    static double past[4 * DAYS], past_admissions[4 * DAYS];
    for (size_t place = 0; place < 4; place++) {
        memcpy(past + place * n, census + place * DAYS, n * sizeof(double));
        memcpy(past_admissions + place * n, admissions + place * DAYS, n * sizeof(double));
        for (size_t path = 0; path < 200; path++) {
            memcpy(coming + (path * 4 + place) * 28, admissions + place * DAYS + n, 28 * sizeof(double));
        }
    }
    for (size_t t = 0; t < n; t++) {
        past[t] = t < n - 10 ? NAN : past[t];                  /* place 0: ten days */
        past[n + t] = t < n - 5 ? past[n + t] : NAN;           /* place 1: silent for five */
        past[2 * n + t] = t == n - 20 ? NAN : past[2 * n + t]; /* place 2: a gap, which does no harm */
    }
    vg_demand_settings_defaults(&settings);
    settings.coming = coming;
    const struct vg_demand_series series = {.n_places = 4, .n_days = n, .census = past, .admissions = past_admissions};
    vg_assert_ok(vg_demand_forecast(&series, &settings, &arena, &forecast, &error), error);
    assert_int_equal(forecast.status[0], VG_DEMAND_TOO_SHORT);
    assert_int_equal(forecast.status[1], VG_DEMAND_STALE);
    assert_int_equal(forecast.status[2], VG_DEMAND_OK);
    assert_true(isnan(forecast.quantiles[0]));
    for (size_t h = 6; h < 28; h += 7) {
        const double *quantiles = forecast.quantiles + (3 * 28 + h) * VG_DEMAND_LEVELS, truth = census[3 * DAYS + n + h];
        vg_assert_near(quantiles[11], truth, 0.1 * truth);
        assert_true(quantiles[1] < truth && truth < quantiles[21]);
    }
    past[3 * n + 4] = -1;
    assert_int_equal(vg_demand_forecast(&series, &settings, &arena, &forecast, &error), VG_DATA_ERROR);
    settings.n_ahead = 29;
    assert_int_equal(vg_demand_forecast(&series, &settings, &arena, &forecast, &error), VG_USAGE_ERROR);
    vg_arena_release(&arena);
}

/* Of many places some are learnt from; the same series has the same forecast whether it is one of them or not. */
static void test_many_places(void **state)
{
    (void)state;
    const size_t n_places = 401;
    struct vg_error error = {0};
    struct vg_arena arena;
    struct vg_demand_settings settings;
    struct vg_demand_forecast forecast;
    vg_arena_init(&arena, 0);
    double *census = VG_ARENA_ARRAY(&arena, double, n_places *DAYS),
           *admissions = VG_ARENA_ARRAY(&arena, double, n_places *DAYS);
    for (size_t place = 0; place < n_places; place++) {
        wave(7, 30, admissions + place * DAYS, census + place * DAYS);
    }
    vg_demand_settings_defaults(&settings);
    settings.n_paths = 10;
    const struct vg_demand_series series = {.n_places = n_places, .n_days = DAYS, .census = census, .admissions = admissions};
    vg_assert_ok(vg_demand_forecast(&series, &settings, &arena, &forecast, &error), error);
    for (size_t place = 1; place < n_places; place++) {
        vg_assert_near(forecast.fit[place].mean_days, forecast.fit[0].mean_days, 1e-9);
        for (size_t i = 0; i < 28 * VG_DEMAND_LEVELS; i++) {
            vg_assert_near(forecast.quantiles[place * 28 * VG_DEMAND_LEVELS + i], forecast.quantiles[i],
                           1e-9 * forecast.quantiles[i]);
        }
    }
    vg_arena_release(&arena);
}

static void test_stock_and_beds(void **state)
{
    (void)state;
    const double use[6] = {1, 2, 3, 0, 0, 10}, expected[6] = {0, 0, 2, 0, 0, 6};
    double missing[6], occupied[3];
    vg_demand_beyond_stock(use, 2, 3, 4, missing);
    for (size_t i = 0; i < 6; i++) {
        vg_assert_near(missing[i], expected[i], 1e-12);
    }
    vg_demand_occupied(use, 3, 2, occupied);
    vg_assert_near(occupied[2], 2, 0);
    vg_demand_occupied(use, 3, NAN, occupied);
    vg_assert_near(occupied[2], 3, 0);
}

/* Of exponential stays the admissions behind a census are found again; a fall that is too fast is made up, and no day has fewer
 * than none. */
static void test_admissions_behind_a_census(void **state)
{
    (void)state;
    double came[28], census[28], admitted[28], total = 0, patients = 100;
    for (size_t day = 0; day < 28; day++) {
        came[day] = 10 + (double)((day * 7) % 11);
        census[day] = patients = patients * (1 - 1 / 8.0) + came[day];
    }
    vg_demand_admitted(census, 28, 100, 8, 1, admitted);
    for (size_t day = 0; day < 28; day++) {
        vg_assert_near(admitted[day], came[day], 1e-9);
    }
    vg_demand_admitted(census, 28, 100, 8, 0.5, admitted);
    vg_assert_near(admitted[27], 2 * came[27], 1e-9);
    /* 40 left at once, where 12.5 should have: until 27.5 more have left nobody comes. */
    for (size_t day = 0; day < 28; day++) {
        census[day] = 60;
    }
    vg_demand_admitted(census, 28, 100, 8, 1, admitted);
    for (size_t day = 0; day < 28; day++) {
        assert_true(admitted[day] >= 0);
        total += admitted[day];
    }
    vg_assert_near(admitted[0], 0, 0);
    vg_assert_near(admitted[4], 2.5, 1e-9);
    vg_assert_near(admitted[27], 7.5, 1e-9);
    vg_assert_near(total, 60 - 100 + 100 / 8.0 + 27 * 7.5, 1e-9);
}

/* Every fourth of the benchmark's origins (bench/demand_rolling has them all): growth shrunk to what Italy taught, and never to
 * this country. */
static void test_rolling_origins(void **state)
{
    (void)state;
    static const char *const columns[] = {"ward_patients", "icu_patients", "admissions"};
    char path[4096];
    struct vg_error error = {0};
    struct vg_arena arena;
    struct hospital data;
    double said[3] = {0}, known[3] = {0}, same[3] = {0}, truth[3] = {0};
    size_t inside = 0, n_all = 0;
    vg_shared_or_skip("counts/hospital_br_sp_drs.csv.gz", path);
    vg_arena_init(&arena, 0);
    vg_assert_ok(hospital_read(path, columns, 3, &arena, &data, &error), error);
    for (size_t day = 120; day + 21 < data.n_days; day += 28) {
        struct vg_arena work;
        struct vg_demand_settings settings;
        struct vg_demand_forecast forecast, given;
        const size_t n = day + 1;
        vg_arena_init(&work, 0);
        vg_demand_settings_defaults(&settings);
        settings.prior = VG_DEMAND_PRIOR_ITALY;
        settings.n_ahead = 21;
        double *census = VG_ARENA_ARRAY(&work, double, data.n_places *n),
               *admissions = VG_ARENA_ARRAY(&work, double, data.n_places *n);
        double *coming = VG_ARENA_ARRAY(&work, double, settings.n_paths *data.n_places * 21);
        for (size_t place = 0; place < data.n_places; place++) {
            for (size_t t = 0; t < n + 21; t++) {
                const size_t cell = place * data.n_days + t;
                for (size_t k = 0; t >= n && k < settings.n_paths; k++) {
                    coming[(k * data.n_places + place) * 21 + t - n] = data.values[2][cell];
                }
                if (t < n) {
                    census[place * n + t] = data.values[0][cell] + data.values[1][cell];
                    admissions[place * n + t] = data.values[2][cell];
                }
            }
        }
        const struct vg_demand_series series = {
            .n_places = data.n_places, .n_days = n, .census = census, .admissions = admissions};
        vg_assert_ok(vg_demand_forecast(&series, &settings, &work, &forecast, &error), error);
        settings.coming = coming;
        vg_assert_ok(vg_demand_forecast(&series, &settings, &work, &given, &error), error);
        for (size_t place = 0; place < data.n_places; place++) {
            for (size_t week = 0; week < 3; week++) {
                const size_t ahead = 7 * (week + 1), cell = place * data.n_days + day + ahead,
                             at = (place * 21 + ahead - 1) * VG_DEMAND_LEVELS;
                const double came = data.values[0][cell] + data.values[1][cell];
                if (isnan(came)) {
                    continue;
                }
                said[week] += fabs(forecast.quantiles[at + 11] - came);
                known[week] += fabs(given.quantiles[at + 11] - came);
                same[week] += fabs(forecast.today[place] - came);
                truth[week] += came;
                inside += came >= forecast.quantiles[at + 3] && came <= forecast.quantiles[at + 19];
                n_all++;
            }
        }
        vg_arena_release(&work);
    }
    for (size_t week = 0; week < 3; week++) {
        static const double most_known[3] = {0.028, 0.042, 0.044}, most[3] = {0.05, 0.105, 0.16};
        print_message("%zu weeks: forecast %.2f %%, admissions known %.2f %%, no change %.2f %%\n", week + 1,
                      100 * said[week] / truth[week], 100 * known[week] / truth[week], 100 * same[week] / truth[week]);
        assert_true(known[week] / truth[week] < most_known[week]);
        assert_true(said[week] / truth[week] < most[week]);
    }
    print_message("inside the 80 %% intervals: %.1f %%\n", 100 * (double)inside / (double)n_all);
    assert_true((double)inside > 0.72 * (double)n_all && (double)inside < 0.92 * (double)n_all);
    vg_arena_release(&arena);
}

/* Italy's regions, which have no admissions to the ward: every other week of the benchmark's origins, growth shrunk to what Sao
 * Paulo taught. */
static void test_cases_tell_of_growth_sooner(void **state)
{
    (void)state;
    static const char *const columns[] = {"ward_beds_occupied", "icu_beds_occupied", "new_cases"};
    static const double most[3] = {0.065, 0.142, 0.245};
    char path[4096];
    struct vg_error error = {0};
    struct vg_arena arena;
    struct hospital data;
    double off[2][3] = {{0}}, truth[3] = {0};
    vg_shared_or_skip("counts/hospital_it_regions.csv.gz", path);
    vg_arena_init(&arena, 0);
    vg_assert_ok(hospital_read(path, columns, 3, &arena, &data, &error), error);
    for (size_t day = 120; day + 21 < data.n_days; day += 14) {
        struct vg_arena work;
        const size_t n = day + 1;
        vg_arena_init(&work, 0);
        double *census = VG_ARENA_ARRAY(&work, double, data.n_places *n),
               *cases = VG_ARENA_ARRAY(&work, double, data.n_places *n);
        for (size_t place = 0; place < data.n_places; place++) {
            for (size_t t = 0; t < n; t++) {
                const size_t cell = place * data.n_days + t;
                census[place * n + t] = data.values[0][cell] + data.values[1][cell];
                cases[place * n + t] = data.values[2][cell] < 0 ? NAN : data.values[2][cell];
            }
        }
        for (size_t with = 0; with < 2; with++) {
            struct vg_demand_settings settings;
            struct vg_demand_forecast forecast;
            const struct vg_demand_series series = {
                .n_places = data.n_places, .n_days = n, .census = census, .cases = with == 1 ? cases : NULL};
            vg_demand_settings_defaults(&settings);
            settings.prior = VG_DEMAND_PRIOR_SAO_PAULO;
            settings.n_ahead = 21;
            settings.n_paths = 1;
            vg_assert_ok(vg_demand_forecast(&series, &settings, &work, &forecast, &error), error);
            for (size_t cell = 0; cell < 3 * data.n_places; cell++) {
                const size_t place = cell / 3, week = cell % 3, ahead = 7 * (week + 1), at = place * data.n_days + day + ahead;
                const double came = data.values[0][at] + data.values[1][at];
                if (!isnan(came)) {
                    off[with][week] += fabs(forecast.quantiles[(place * 21 + ahead - 1) * VG_DEMAND_LEVELS + 11] - came);
                    truth[week] += with == 0 ? came : 0;
                }
            }
        }
        vg_arena_release(&work);
    }
    for (size_t week = 0; week < 3; week++) {
        print_message("%zu weeks: census alone %.2f %%, with cases %.2f %%\n", week + 1, 100 * off[0][week] / truth[week],
                      100 * off[1][week] / truth[week]);
        assert_true(off[0][week] < most[week] * truth[week]);
        assert_true(off[1][week] < 0.94 * off[0][week]);
    }
    vg_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_laws_have_their_moments),
                                       cmocka_unit_test(test_the_stay_is_found_again),
                                       cmocka_unit_test(test_projection_goes_on_as_the_census_does),
                                       cmocka_unit_test(test_a_small_share_is_not_taken_for_a_tenth),
                                       cmocka_unit_test(test_who_is_in_leaves_by_the_days_already_stayed),
                                       cmocka_unit_test(test_paths_are_of_the_quantiles_law),
                                       cmocka_unit_test(test_days_of_the_week_are_no_growth),
                                       cmocka_unit_test(test_errors_of_large_places_and_chance_are_told_apart),
                                       cmocka_unit_test(test_given_admissions_and_what_is_told_of_bad_series),
                                       cmocka_unit_test(test_many_places),
                                       cmocka_unit_test(test_stock_and_beds),
                                       cmocka_unit_test(test_admissions_behind_a_census),
                                       vg_statistics(test_rolling_origins),
                                       vg_statistics(test_cases_tell_of_growth_sooner)};
    return vg_run_group_tests("demand", tests, NULL, NULL);
}
