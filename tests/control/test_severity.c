/*
 * Case fatality against the published figures of the R package cfr 0.2.0, the ratio through time, risks and stays against simulated truths.
 */
#include "vg_test.h"

#include "control/severity/severity.h"
#include "intake/intake.h"

#define DAYS_MOST 1200

struct series {
    double cases[DAYS_MOST], deaths[DAYS_MOST];
    size_t n;
};

static void read_series(const char *path, const char *country, const char *until, struct series *series)
{
    struct vg_reader *reader = NULL;
    struct vg_row_batch batch;
    struct vg_error error;
    vg_assert_ok(vg_reader_open(path, NULL, &reader, &error), error);
    size_t date = vg_reader_find_column(reader, "date"), place = vg_reader_find_column(reader, "country"), cases = vg_reader_find_column(reader, "cases"),
           deaths = vg_reader_find_column(reader, "deaths");
    series->n = 0;
    for (;;) {
        vg_assert_ok(vg_reader_next(reader, &batch, &error), error);
        for (size_t row = 0; row < batch.n_rows; row++) {
            const struct vg_text *cells = batch.cells + row * batch.n_columns;
            if ((country != NULL && !vg_text_equals(vg_reader_cell(cells, place), country)) ||
                (until != NULL && vg_text_compare(vg_reader_cell(cells, date), vg_text_from(until)) > 0)) {
                continue;
            }
            assert_true(series->n < DAYS_MOST);
            assert_true(vg_parse_double(vg_reader_cell(cells, cases), '.', &series->cases[series->n]) &&
                        vg_parse_double(vg_reader_cell(cells, deaths), '.', &series->deaths[series->n]));
            series->n++;
        }
        if (batch.n_rows == 0) {
            break;
        }
    }
    vg_reader_close(reader);
}

static struct vg_severity_ratio ratio_of(const struct series *series, size_t n, const struct vg_severity_settings *settings)
{
    struct vg_arena arena;
    struct vg_error error;
    struct vg_severity_ratio out;
    vg_arena_init(&arena, 0);
    vg_assert_ok(vg_severity_ratio(series->cases, series->deaths, NULL, n, settings, &arena, &out, &error), error);
    vg_arena_release(&arena);
    return out;
}

static void expect_estimate(const struct vg_severity_estimate *found, double value, double low, double high)
{
    vg_assert_near(found->value, value, 0.00006);
    vg_assert_near(found->low, low, 0.00006);
    vg_assert_near(found->high, high, 0.00006);
}

static void ebola_1976_is_as_published(void **state)
{
    (void)state;
    char path[4096];
    static struct series series;
    vg_shared_or_skip("allocate/ebola_1976_daily.csv", path);
    read_series(path, NULL, NULL, &series);
    assert_int_equal(series.n, 73);
    struct vg_severity_settings settings = {
        .delay = vg_interval_law_given(VG_INTERVAL_GAMMA, 2.40, 3.33), .way = VG_DELAY_DENSITY, .mean_error = 0.1, .sd_error = 0.2};
    struct vg_severity_ratio all = ratio_of(&series, 73, &settings), month = ratio_of(&series, 30, &settings), forty = ratio_of(&series, 40, &settings);
    assert_true(all.status == VG_SEVERITY_OK && all.cases == 245 && all.deaths == 234);
    expect_estimate(&all.naive, 0.9551, 0.9211, 0.9774);
    expect_estimate(&all.corrected, 0.9592, 0.9295, 0.9793);
    expect_estimate(&month.naive, 0.4741, 0.3875, 0.5618);
    expect_estimate(&month.corrected, 0.9422, 0.8701, 0.9819);
    vg_assert_near(forty.naive.value, 0.7887, 0.00006);
    vg_assert_near(forty.outcomes, 148.3, 0.05);
    assert_int_equal(forty.status, VG_SEVERITY_DEATHS_OVER_OUTCOMES);
    assert_true(isnan(forty.corrected.value));
    /* The profile says what can be said: nearly all die, and the truth of the whole outbreak is inside. */
    assert_true(forty.profile.low > 0.7 && forty.profile.low < 0.955 && forty.profile.high >= 0.955 && forty.profile.value > 0.85);
    assert_true(month.profile.low < 0.955 && month.profile.high >= 0.955);
    /* Days as days instead of densities: close, and a proper distribution. */
    settings.way = VG_DELAY_DAYS;
    struct vg_severity_ratio proper = ratio_of(&series, 73, &settings);
    vg_assert_near(proper.corrected.value, all.corrected.value, 0.003);
}

static void countries_are_as_published(void **state)
{
    (void)state;
    char path[4096];
    static struct series series;
    const struct {
        const char *country;
        double naive, corrected;
    } expected[] = {{"Peru", 0.1323, 0.1647}, {"Mexico", 0.1483, 0.2070}, {"Brazil", 0.0429, 0.0663}, {"Argentina", 0.0475, 0.0839}};
    const struct vg_severity_settings settings = {
        .delay = vg_interval_law_given(VG_INTERVAL_LOGNORMAL, 2.577, 0.440), .way = VG_DELAY_DENSITY, .mean_error = 0.05, .sd_error = 0.1};
    vg_shared_or_skip("allocate/covid_daily_5_countries.csv.gz", path);
    for (size_t i = 0; i < 4; i++) {
        read_series(path, expected[i].country, "2020-06-30", &series);
        struct vg_severity_ratio out = ratio_of(&series, series.n, &settings);
        vg_assert_near(out.naive.value, expected[i].naive, 0.00006);
        vg_assert_near(out.corrected.value, expected[i].corrected, 0.00006);
        assert_true(out.profile.low < out.corrected.value && out.profile.high > out.corrected.value);
    }
}

static void delays_are_distributions(void **state)
{
    (void)state;
    double weights[300], mean = 0, sum = 0;
    struct vg_interval_law laws[] = {vg_interval_law_of(VG_INTERVAL_GAMMA, 9, 6), vg_interval_law_of(VG_INTERVAL_LOGNORMAL, 9, 6),
                                     vg_interval_law_of(VG_INTERVAL_WEIBULL, 9, 6)};
    for (size_t f = 0; f < 3; f++) {
        vg_assert_near(laws[f].mean, 9, 1e-9);
        vg_assert_near(vg_interval_sd(&laws[f]), 6, 1e-8);
        struct vg_interval_law same = vg_interval_law_given(laws[f].family, laws[f].a, laws[f].b);
        vg_assert_near(same.mean, 9, 1e-9);
        double area = 0;
        for (int i = 0; i < 40000; i++) { /* the density's own distribution function, by small steps */
            area += vg_interval_density(&laws[f], (i + 0.5) / 2000) / 2000;
        }
        vg_assert_near(area, vg_interval_cdf(&laws[f], 20), 1e-6);
        vg_severity_delay(&laws[f], VG_DELAY_DAYS, 300, weights);
        mean = sum = 0;
        for (size_t k = 0; k < 300; k++) {
            sum += weights[k];
            mean += (double)k * weights[k];
        }
        vg_assert_near(sum, 1, 1e-6);
        vg_assert_near(mean, 9, 1e-4);
    }
}

static void what_cannot_be_is_told(void **state)
{
    (void)state;
    struct series series = {.cases = {5, 0, 0}, .deaths = {0, 6, 0}, .n = 3};
    struct vg_severity_settings settings = {.delay = vg_interval_law_of(VG_INTERVAL_GAMMA, 8, 5), .way = VG_DELAY_DAYS};
    assert_int_equal(ratio_of(&series, 3, &settings).status, VG_SEVERITY_DEATHS_OVER_CASES);
    series.deaths[1] = 0;
    assert_int_equal(ratio_of(&series, 1, &settings).status, VG_SEVERITY_NO_OUTCOMES);
    series.cases[0] = 0;
    assert_int_equal(ratio_of(&series, 3, &settings).status, VG_SEVERITY_TOO_FEW);
    series.cases[0] = -1;
    struct vg_arena arena;
    struct vg_error error;
    struct vg_severity_ratio out;
    vg_arena_init(&arena, 0);
    assert_int_equal(vg_severity_ratio(series.cases, series.deaths, NULL, 3, &settings, &arena, &out, &error), VG_USAGE_ERROR);
    vg_arena_release(&arena);
    struct vg_severity_estimate known = {0.014, 0.012, 0.016}, estimate = {0.07, 0.06, 0.08};
    struct vg_severity_estimate found = vg_severity_ascertainment(&known, &estimate);
    vg_assert_near(found.value, 0.2, 1e-12);
    vg_assert_near(found.low, 0.15, 1e-12);
}

/* --------------------------------------------------------------- simulated */

/* An epidemic of n days whose cases die by chance after gamma delays of mean 15; ratio(t) by day of the case. */
static void simulate(struct series *series, size_t n, double growth, double ratio, uint32_t seed)
{
    *series = (struct series){.n = n};
    for (size_t t = 0; t < n; t++) {
        struct vg_random random = vg_random_stream(seed, (uint32_t)t, 0, 3);
        series->cases[t] = (double)vg_random_poisson(&random, 5 * exp(growth * (double)t));
        for (int64_t i = 0; i < (int64_t)series->cases[t]; i++) {
            if (vg_random_uniform(&random) < ratio) {
                size_t day = (size_t)((double)t + vg_random_uniform(&random) + vg_random_gamma(&random, 4, 15.0 / 4));
                series->deaths[day < n ? day : DAYS_MOST - 1] += 1;
            }
        }
    }
    series->deaths[DAYS_MOST - 1] = 0;
}

static void profiles_cover(void **state)
{
    (void)state;
    static struct series series;
    size_t covered = 0, known = 0, n = 200;
    double corrected = 0, naive = 0;
    for (uint32_t seed = 1; seed <= n; seed++) {
        simulate(&series, 60, 0.08, 0.1, seed);
        /* Who estimates is wrong about the delay by as much as its standard error says. */
        struct vg_random random = vg_random_stream(seed, 0, 0, 4);
        double mean = 15 * exp(0.15 * vg_random_normal(&random)), sd = 7.5 * exp(0.2 * vg_random_normal(&random));
        const struct vg_severity_settings settings = {
            .delay = vg_interval_law_of(VG_INTERVAL_GAMMA, mean, sd), .way = VG_DELAY_DAYS, .mean_error = 0.15, .sd_error = 0.2};
        struct vg_severity_ratio out = ratio_of(&series, series.n, &settings);
        covered += out.profile.low <= 0.1 && out.profile.high >= 0.1 ? 1 : 0;
        known += out.corrected.low <= 0.1 && out.corrected.high >= 0.1 ? 1 : 0;
        naive += out.naive.value / (double)n;
        corrected += out.profile.value / (double)n;
    }
    print_message("profile covered %zu, corrected with a delay taken as certain %zu of %zu; naive %.3f, profile %.3f (truth 0.1)\n", covered, known, n, naive,
                  corrected);
    assert_true(covered >= 180 && known < covered);
    assert_true(naive < 0.05 && fabs(corrected - 0.1) < 0.02);
}

static void the_course_is_followed(void **state)
{
    (void)state;
    struct vg_arena arena;
    struct vg_error error;
    struct vg_severity_course course;
    enum vg_severity_estimate_status status;
    double deaths[300], outcomes[300], covered = 0, n = 0, width = 0;
    for (uint32_t seed = 1; seed <= 6; seed++) {
        vg_arena_init(&arena, 0);
        for (size_t t = 0; t < 300; t++) {
            struct vg_random random = vg_random_stream(seed, (uint32_t)t, 0, 5);
            double truth = 0.06 + 0.03 * sin((double)t / 40);
            outcomes[t] = 200 + 150 * sin((double)t / 25);
            deaths[t] = (double)vg_random_negative_binomial(&random, truth * outcomes[t], 20);
        }
        vg_assert_ok(vg_severity_through_time(deaths, outcomes, 300, &arena, &course, &status, &error), error);
        assert_int_equal(status, VG_SEVERITY_OK);
        for (size_t t = 0; t < 300; t++) {
            double truth = 0.06 + 0.03 * sin((double)t / 40);
            covered += course.low[t] <= truth && course.high[t] >= truth ? 1 : 0;
            width += course.high[t] - course.low[t];
            n++;
        }
        vg_arena_release(&arena);
    }
    print_message("course: covered %.3f, mean width %.4f\n", covered / n, width / n);
    assert_true(covered / n > 0.88 && width / n < 0.04);
    memset(deaths, 0, sizeof deaths);
    vg_arena_init(&arena, 0);
    vg_assert_ok(vg_severity_through_time(deaths, outcomes, 300, &arena, &course, &status, &error), error);
    assert_int_equal(status, VG_SEVERITY_TOO_FEW);
    vg_arena_release(&arena);
}

/* Deaths come sooner than recoveries and the list is cut off while it grows: what is known is biased, the risk is not. */
static void open_cases_do_not_bias_the_risk(void **state)
{
    (void)state;
    size_t covered = 0, n = 200;
    double known = 0, mean = 0;
    for (uint32_t seed = 1; seed <= n; seed++) {
        struct vg_arena arena;
        struct vg_error error;
        struct vg_severity_risk out;
        double days[800];
        uint8_t end[800];
        vg_arena_init(&arena, 0);
        for (uint32_t i = 0; i < 800; i++) {
            struct vg_random random = vg_random_stream(seed, i, 0, 6);
            double seen = -12 * log(vg_random_uniform(&random)) + 3; /* most cases are recent */
            bool dies = vg_random_uniform(&random) < 0.2;
            double until = dies ? vg_random_gamma(&random, 4, 2) : vg_random_gamma(&random, 6, 2.5);
            end[i] = until > seen ? VG_END_OPEN : dies ? VG_END_EVENT : VG_END_OTHER;
            days[i] = floor(fmin(until, seen));
        }
        vg_assert_ok(vg_severity_competing(days, end, 800, &arena, &out, &error), error);
        assert_int_equal(out.status, VG_SEVERITY_OK);
        covered += out.risk.low <= 0.2 && out.risk.high >= 0.2 ? 1 : 0;
        known += out.known.value / (double)n;
        mean += out.risk.value / (double)n;
        vg_arena_release(&arena);
    }
    print_message("risk: mean %.4f, covered %zu of %zu; of those over %.4f\n", mean, covered, n, known);
    assert_true(covered >= 180 && fabs(mean - 0.2) < 0.01 && known > 0.24);
}

static const int32_t last_day = 200;

static size_t make_stays(struct vg_stay *stays, uint32_t seed, enum vg_interval_family family, bool only_discharged)
{
    size_t n = 0;
    for (uint32_t i = 0; i < 2000; i++) {
        struct vg_random random = vg_random_stream(seed, i, (uint32_t)family, 7);
        double start = last_day - 40 * -log(vg_random_uniform(&random)), stay = 0;
        if (family == VG_INTERVAL_GAMMA) {
            stay = vg_random_gamma(&random, 1.5, 6);
        } else if (family == VG_INTERVAL_WEIBULL) {
            stay = 6.9 * pow(-log(vg_random_uniform(&random)), 1 / 1.2);
        } else {
            stay = exp(2 + 0.7 * vg_random_normal(&random));
        }
        bool open = floor(start + stay) > last_day;
        if (start < 0 || (open && only_discharged)) {
            continue;
        }
        stays[n++] = (struct vg_stay){(int32_t)floor(start), open ? VG_DATE_NONE : (int32_t)floor(start + stay)};
    }
    return n;
}

static void stays_are_found_again(void **state)
{
    (void)state;
    const enum vg_interval_family families[3] = {VG_INTERVAL_GAMMA, VG_INTERVAL_LOGNORMAL, VG_INTERVAL_WEIBULL};
    const double truth[3] = {9, exp(2 + 0.7 * 0.7 / 2), vg_interval_law_given(VG_INTERVAL_WEIBULL, 1.2, 6.9).mean};
    static struct vg_stay stays[2000];
    static struct vg_stay_estimate out;
    for (size_t f = 0; f < 3; f++) {
        size_t covered[3] = {0}, best = 0, n = 40;
        for (uint32_t seed = 1; seed <= n; seed++) {
            for (size_t way = 0; way < 3; way++) {
                struct vg_arena arena;
                struct vg_error error;
                vg_arena_init(&arena, 0);
                size_t n_stays = make_stays(stays, seed, families[f], way == 1);
                const struct vg_stay_settings settings = {.as_of = last_day, .window_days = way == 2 ? 28 : 0, .discharged_only = way == 1};
                vg_assert_ok(vg_severity_stay(stays, n_stays, &settings, &arena, &out, &error), error);
                assert_int_equal(out.status, VG_SEVERITY_OK);
                covered[way] += out.fits[f].mean_low <= truth[f] && out.fits[f].mean_high >= truth[f] ? 1 : 0;
                best += way == 0 && out.best == f ? 1 : 0;
                if (way != 1) {
                    assert_true(out.distance < 0.08);
                }
                vg_arena_release(&arena);
            }
        }
        print_message("%s: covered %zu with those still in, %zu of the discharged alone, %zu in a window, of %zu; family found %zu times\n",
                      vg_interval_family_name(families[f]), covered[0], covered[1], covered[2], n, best);
        assert_true(covered[0] >= 34 && covered[1] >= 32 && covered[2] >= 34 && best >= 30);
    }
}

/* Of those who came hundreds of days before the window opens and are still in, or leave in it, nothing is known that a family of
 * 400 days could tell; and a window over the discharged alone is refused. */
static void the_very_long_say_nothing_in_a_window(void **state)
{
    (void)state;
    static struct vg_stay stays[700];
    static struct vg_stay_estimate without, with;
    struct vg_arena arena;
    struct vg_error error;
    for (uint32_t i = 0; i < 600; i++) {
        struct vg_random random = vg_random_stream(3, i, 0, 17);
        double start = 1000 + 200 * vg_random_uniform(&random), end = start + vg_random_gamma(&random, 2, 5);
        stays[i] = (struct vg_stay){(int32_t)start, end < 1201 ? (int32_t)end : VG_DATE_NONE};
    }
    for (uint32_t i = 600; i < 700; i++) {
        stays[i] = (struct vg_stay){(int32_t)i, i % 2 ? VG_DATE_NONE : 1190};
    }
    struct vg_stay_settings settings = {.as_of = 1200, .window_days = 28};
    vg_arena_init(&arena, 0);
    vg_assert_ok(vg_severity_stay(stays, 600, &settings, &arena, &without, &error), error);
    vg_assert_ok(vg_severity_stay(stays, 700, &settings, &arena, &with, &error), error);
    assert_int_equal(with.n, without.n + 100);
    for (size_t f = 0; f < 3; f++) {
        vg_assert_near(with.fits[f].law.mean, without.fits[f].law.mean, 1e-6);
    }
    vg_assert_near(with.survival[30], without.survival[30], 1e-12);
    settings.discharged_only = true;
    assert_int_equal(vg_severity_stay(stays, 700, &settings, &arena, &with, &error), VG_USAGE_ERROR);
    vg_arena_release(&arena);
}

/* One in ten discharges is never written down. */
static void unrecorded_ends_are_told_from_long_stays(void **state)
{
    (void)state;
    static struct vg_stay stays[3000];
    static struct vg_stay_estimate out;
    size_t covered = 0, n = 30;
    double lost = 0, plain = 0;
    for (uint32_t seed = 1; seed <= n; seed++) {
        struct vg_arena arena;
        struct vg_error error;
        vg_arena_init(&arena, 0);
        for (uint32_t i = 0; i < 3000; i++) {
            struct vg_random random = vg_random_stream(seed, i, 0, 9);
            double start = 200 * vg_random_uniform(&random), end = start + vg_random_gamma(&random, 1.5, 6);
            bool written = vg_random_uniform(&random) < 0.9 && end < 201;
            stays[i] = (struct vg_stay){(int32_t)start, written ? (int32_t)end : VG_DATE_NONE};
        }
        struct vg_stay_settings settings = {.as_of = 200, .unrecorded = true};
        vg_assert_ok(vg_severity_stay(stays, 3000, &settings, &arena, &out, &error), error);
        assert_int_equal(out.status, VG_SEVERITY_OK);
        covered += out.fits[0].mean_low <= 9 && out.fits[0].mean_high >= 9 ? 1 : 0;
        lost += out.fits[0].lost / (double)n;
        assert_true(out.distance < 0.05 && out.n_long_open > 100);
        settings.unrecorded = false;
        vg_assert_ok(vg_severity_stay(stays, 3000, &settings, &arena, &out, &error), error);
        plain += out.fits[0].law.mean / (double)n;
        vg_arena_release(&arena);
    }
    print_message("unrecorded: share %.3f (truth 0.1), mean covered %zu of %zu; without it the mean is %.1f (truth 9)\n", lost, covered, n, plain);
    assert_true(covered >= 25 && fabs(lost - 0.1) < 0.01 && plain > 12);
}

static void a_standard_population_weighs(void **state)
{
    (void)state;
    struct vg_arena arena;
    struct vg_error error;
    struct vg_severity_estimate out;
    const struct vg_severity_estimate groups[] = {{0.01, 0.005, 0.02}, {0.2, 0.15, 0.26}};
    const double weights[] = {900, 100};
    vg_arena_init(&arena, 0);
    vg_assert_ok(vg_severity_standardised(groups, weights, 2, 1, &arena, &out, &error), error);
    vg_assert_near(out.value, 0.029, 1e-12);
    assert_true(out.low > 0.02 && out.low < 0.027 && out.high > 0.031 && out.high < 0.042);
    vg_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ebola_1976_is_as_published),
        cmocka_unit_test(countries_are_as_published),
        cmocka_unit_test(delays_are_distributions),
        cmocka_unit_test(what_cannot_be_is_told),
        cmocka_unit_test(a_standard_population_weighs),
        cmocka_unit_test(the_course_is_followed),
        vg_statistics(profiles_cover),
        vg_statistics(open_cases_do_not_bias_the_risk),
        vg_statistics(stays_are_found_again),
        cmocka_unit_test(the_very_long_say_nothing_in_a_window),
        vg_statistics(unrecorded_ends_are_told_from_long_stays),
    };
    return vg_run_group_tests("severity", tests, NULL, NULL);
}
