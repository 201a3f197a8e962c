/*
 * The ensemble: weights as defined, nothing from the future, better than the hubs' baseline and calibrated where the truth is known, and a sane answer or a
 * clear refusal for every kind of series that surveillance brings.
 */
#include "vg_test.h"

#include "monitor/forecast_internal.h"

#include <zlib.h>

static struct vg_forecast forecast(const double *values, size_t n, int32_t step_days, size_t horizon, size_t n_paths, struct vg_arena *arena)
{
    struct vg_series series = {.start = 18000, .step_days = step_days, .n_values = n, .values = vg_arena_alloc(arena, n, sizeof(double))};
    struct vg_forecast_parameters parameters;
    struct vg_forecast out;
    struct vg_error error;
    memcpy(series.values, values, n * sizeof *values);
    vg_monitor_forecast_defaults(&parameters);
    parameters.horizon_steps = horizon;
    parameters.n_paths = n_paths;
    parameters.seed = 5;
    vg_assert_ok(vg_monitor_forecast_full(&series, &parameters, arena, &out, &error), error);
    return out;
}

static void check_shape(const struct vg_forecast *out)
{
    for (size_t i = 0; i < out->n_steps * VG_FORECAST_LEVELS; i++) {
        assert_true(isfinite(out->quantiles[i]) && out->quantiles[i] >= 0);
        assert_true(i % VG_FORECAST_LEVELS == 0 || out->quantiles[i] >= out->quantiles[i - 1] - 1e-9);
    }
    for (size_t i = 0; i < out->n_steps; i++) {
        assert_true(isfinite(out->mean[i]));
    }
}

static double quantile(const struct vg_forecast *out, size_t step, size_t level)
{
    return out->quantiles[step * VG_FORECAST_LEVELS + level];
}

/* ------------------------------------------------------------------ combining */

enum { ORIGINS = 9 };

/* Member m says base[m] * (1 + level / 2) every week; what came is given. */
static void say(double *quantiles, double base)
{
    for (size_t level = 0; level < VG_FORECAST_LEVELS; level++) {
        quantiles[level] = base * (1 + vg_forecast_levels[level] / 2);
    }
}

static void weights_are_the_fourth_power_of_past_scores(void **state)
{
    (void)state;
    static const double bases[2] = {50, 80};
    static const double observed[ORIGINS] = {100, 95, 103, 99, 101, 97, 104, 98, 100};
    static const char *const names[2] = {"low", "high"};
    double now[2 * VG_FORECAST_LEVELS], former[2 * ORIGINS * VG_FORECAST_LEVELS], out[VG_FORECAST_LEVELS], prior[2 * VG_FORECAST_WEEKS];
    struct vg_forecast_weight weights[2];
    for (size_t member = 0; member < 2; member++) {
        say(now + member * VG_FORECAST_LEVELS, bases[member]);
        for (size_t origin = 0; origin < ORIGINS; origin++) {
            say(former + (member * ORIGINS + origin) * VG_FORECAST_LEVELS, bases[member]);
        }
        for (size_t week = 0; week < VG_FORECAST_WEEKS; week++) {
            prior[member * VG_FORECAST_WEEKS + week] = member == 0 ? 1 : 0.9;
        }
    }
    struct vg_forecast_pool pool = {.n_members = 2, .n_steps = 1, .n_former = ORIGINS, .steps_per_week = 1, .names = names, .quantiles = now, .former = former,
                                    .observed = observed, .prior_wis = prior};
    struct vg_arena arena;
    struct vg_error error;
    vg_arena_init(&arena, 0);
    vg_assert_ok(vg_monitor_forecast_combine(&pool, &arena, out, weights, NULL, &error), error);
    /* By the definition: half-life 26 weeks, shrunk by 30 forecasts to the prior, fourth power. */
    double sums[2] = {0, 0}, n = 0;
    for (size_t origin = 0; origin < ORIGINS; origin++) {
        double weight = pow(0.5, (double)(ORIGINS - 1 - origin) / 26);
        n += weight;
        for (size_t member = 0; member < 2; member++) {
            sums[member] += weight * vg_monitor_wis(vg_forecast_levels, now + member * VG_FORECAST_LEVELS, VG_FORECAST_LEVELS, observed[origin]);
        }
    }
    double relative = sums[1] / sums[0], shrunk = (relative * n + 0.9 * 30) / (n + 30), first = (n + 30) / (n + 30);
    double share = pow(shrunk, -4) / (pow(shrunk, -4) + pow(first, -4));
    vg_assert_near(weights[1].weight[0], share, 1e-9);
    vg_assert_near(weights[0].weight[0], 1 - share, 1e-9);
    vg_assert_near(weights[1].relative_wis[0], relative, 1e-9);
    assert_true(relative < 0.6 && weights[1].weight[0] > 0.6);
    assert_int_equal(weights[1].n_scored[0], ORIGINS);
    assert_string_equal(weights[1].name, "high");
    double root = share * sqrt(80 * 1.25) + (1 - share) * sqrt(50 * 1.25);
    vg_assert_near(out[VG_FORECAST_MEDIAN], root * root, 1e-9); /* the spread's correction leaves the median */
    /* A member without a past or a present. */
    for (size_t i = 0; i < ORIGINS * VG_FORECAST_LEVELS; i++) {
        former[ORIGINS * VG_FORECAST_LEVELS + i] = NAN;
    }
    vg_assert_ok(vg_monitor_forecast_combine(&pool, &arena, out, weights, NULL, &error), error);
    assert_true(isnan(weights[1].relative_wis[0]) && weights[1].n_scored[0] == 0);
    vg_assert_near(weights[1].weight[0], pow(0.9, -4) / (1 + pow(0.9, -4)), 1e-9);
    now[VG_FORECAST_LEVELS] = NAN;
    vg_assert_ok(vg_monitor_forecast_combine(&pool, &arena, out, weights, NULL, &error), error);
    assert_true(weights[1].weight[0] == 0 && weights[0].weight[0] == 1);
    pool.n_members = 17;
    assert_int_equal(vg_monitor_forecast_combine(&pool, &arena, out, weights, NULL, &error), VG_USAGE_ERROR);
    vg_arena_release(&arena);
}

/* ----------------------------------------------------------------- simulations */

enum { PLACES = 24, WEEKS = 74 };

/* Places of one country: a common wave and one of their own on the log scale, negative-binomial counts. */
static void simulate(uint64_t seed, double (*counts)[WEEKS + VG_FORECAST_WEEKS])
{
    struct vg_random common = vg_random_stream(seed, 999, 0, 7);
    double wave[WEEKS + VG_FORECAST_WEEKS], trend = 0, level = 0;
    for (size_t t = 0; t < WEEKS + VG_FORECAST_WEEKS; t++) {
        trend = 0.85 * trend + 0.08 * vg_random_normal(&common);
        level = 0.98 * level + trend;
        wave[t] = level;
    }
    for (uint32_t place = 0; place < PLACES; place++) {
        struct vg_random random = vg_random_stream(seed, place, 0, 8);
        double own = 0, size = 3 + 0.2 * place;
        for (size_t t = 0; t < WEEKS + VG_FORECAST_WEEKS; t++) {
            own = 0.97 * own + 0.06 * vg_random_normal(&random);
            counts[place][t] = (double)vg_random_negative_binomial(&random, exp(size + wave[t] + own), 30);
        }
    }
}

static struct vg_forecast_experience *learn(double (*counts)[WEEKS + VG_FORECAST_WEEKS], size_t n, struct vg_arena *arena)
{
    struct vg_series series[PLACES];
    struct vg_forecast_experience *experience = NULL;
    struct vg_error error;
    for (size_t place = 0; place < PLACES; place++) {
        series[place] = (struct vg_series){.start = 18000, .step_days = 7, .n_values = n, .values = counts[place]};
    }
    vg_assert_ok(vg_monitor_forecast_learn(series, NULL, NULL, PLACES, arena, &experience, &error), error);
    assert_non_null(experience);
    return experience;
}

static void nothing_is_taken_from_the_future(void **state)
{
    (void)state;
    static double counts[PLACES][WEEKS + VG_FORECAST_WEEKS];
    enum { BACK = 6, STEP = VG_FORECAST_WEEKS * VG_FORECAST_LEVELS };
    struct vg_arena arena;
    struct vg_error error;
    vg_arena_init(&arena, 0);
    simulate(31, counts);
    struct forecast_weeks whole = {.n = WEEKS, .counts = counts[3]}, cut = {.n = WEEKS - BACK, .counts = counts[3]};
    struct vg_forecast_pool late, early;
    vg_assert_ok(forecast_make_pool(&whole, NULL, learn(counts, WEEKS, &arena), 0, 0, 100, &arena, &late, &error), error);
    vg_assert_ok(forecast_make_pool(&cut, NULL, learn(counts, WEEKS - BACK, &arena), 0, 0, 100, &arena, &early, &error), error);
    /* What is forecast again as of a former week is what was forecast then, to the bit. */
    for (size_t member = 0; member < late.n_members; member++) {
        const double *again = late.former + (member * late.n_former + late.n_former - BACK) * STEP;
        assert_memory_equal(again, early.quantiles + member * STEP, STEP * sizeof(double));
    }
    /* Outcomes that are not known yet are not read. */
    for (size_t origin = 0; origin < late.n_former; origin++) {
        for (size_t week = 0; week < VG_FORECAST_WEEKS; week++) {
            assert_true(isnan(late.observed[origin * VG_FORECAST_WEEKS + week]) == (origin + week + 1 > late.n_former));
        }
    }
    vg_arena_release(&arena);
}

static void simulated_places_are_forecast_better_than_by_the_baseline(void **state)
{
    (void)state;
    static double counts[PLACES][WEEKS + VG_FORECAST_WEEKS];
    double wis[3] = {0, 0, 0}, inside_50 = 0, inside_95 = 0, n = 0;
    for (uint64_t seed = 41; seed < 45; seed++) {
        struct vg_arena arena;
        vg_arena_init(&arena, 0);
        simulate(seed, counts);
        struct vg_forecast_experience *experience = learn(counts, WEEKS, &arena);
        for (size_t place = 0; place < PLACES; place++) {
            struct vg_series series = {.start = 18000, .step_days = 7, .n_values = WEEKS, .values = counts[place]};
            for (size_t method = 0; method < 3; method++) { /* with its siblings, alone, the baseline */
                struct vg_forecast_parameters parameters;
                struct vg_forecast out;
                struct vg_error error;
                vg_monitor_forecast_defaults(&parameters);
                parameters.horizon_steps = VG_FORECAST_WEEKS;
                parameters.method = method == 2 ? VG_FORECAST_HUB_BASELINE : VG_FORECAST_ENSEMBLE;
                parameters.experience = method == 0 ? experience : NULL;
                vg_assert_ok(vg_monitor_forecast_full(&series, &parameters, &arena, &out, &error), error);
                assert_int_equal(out.status, VG_SERIES_OK);
                check_shape(&out);
                for (size_t week = 0; week < VG_FORECAST_WEEKS; week++) {
                    double truth = counts[place][WEEKS + week];
                    wis[method] += vg_monitor_wis(vg_forecast_levels, out.quantiles + week * VG_FORECAST_LEVELS, VG_FORECAST_LEVELS, truth);
                    inside_50 += method == 0 && truth >= quantile(&out, week, 6) && truth <= quantile(&out, week, 16) ? 1 : 0;
                    inside_95 += method == 0 && truth >= quantile(&out, week, 1) && truth <= quantile(&out, week, 21) ? 1 : 0;
                    n += method == 0 ? 1 : 0;
                }
            }
        }
        vg_arena_release(&arena);
    }
    print_message("relative WIS with siblings %.3f, alone %.3f; 50 %% holds %.3f, 95 %% holds %.3f\n", wis[0] / wis[2], wis[1] / wis[2], inside_50 / n, inside_95 / n);
    assert_true(wis[0] < 0.85 * wis[2]);
    assert_true(wis[0] < wis[1]);
    assert_true(inside_50 / n > 0.35 && inside_50 / n < 0.7 && inside_95 / n > 0.88);
}

/* ---------------------------------------------------------------------- guests */

/* A guest that foresaw each of the last sixteen outcomes earns weight; one that saw four times as much gets next to none; either is shown. */
static void a_guest_earns_its_weight_by_its_past(void **state)
{
    (void)state;
    enum { N = 90, FORMER = 16, STEP = VG_FORECAST_WEEKS * VG_FORECAST_LEVELS };
    double values[N], weight[2][VG_FORECAST_WEEKS];
    struct vg_random random = vg_random_stream(21, 0, 0, 0);
    struct vg_arena arena;
    vg_arena_init(&arena, 0);
    for (size_t t = 0; t < N; t++) {
        values[t] = (double)vg_random_negative_binomial(&random, 300 + 200 * sin((double)t / 5), 20);
    }
    for (int wrong = 0; wrong < 2; wrong++) {
        static double now[STEP], former[FORMER * STEP];
        for (size_t i = 0; i < STEP; i++) {
            now[i] = (wrong ? 4 : 1) * 300 * (0.98 + 0.04 * vg_forecast_levels[i % VG_FORECAST_LEVELS]);
            for (size_t origin = 0; origin < FORMER; origin++) {
                size_t t = N - FORMER + origin + i / VG_FORECAST_LEVELS;
                former[origin * STEP + i] = t < N ? (wrong ? 4 : 1) * values[t] * (0.98 + 0.04 * vg_forecast_levels[i % VG_FORECAST_LEVELS]) : NAN;
            }
        }
        struct vg_forecast_guest guest = {"guest", FORMER, now, former};
        struct vg_series series = {.start = 18000, .step_days = 7, .n_values = N, .values = values};
        struct vg_forecast_parameters parameters;
        struct vg_forecast out;
        struct vg_error error;
        vg_monitor_forecast_defaults(&parameters);
        parameters.horizon_steps = VG_FORECAST_WEEKS;
        parameters.guest = &guest;
        vg_assert_ok(vg_monitor_forecast_full(&series, &parameters, &arena, &out, &error), error);
        check_shape(&out);
        const struct vg_forecast_weight *shown = &out.members[out.n_members - 1];
        assert_string_equal(shown->name, "guest");
        for (size_t week = 0; week < VG_FORECAST_WEEKS; week++) {
            assert_int_equal(shown->n_scored[week], FORMER - week);
            assert_true(wrong ? shown->relative_wis[week] > 2 : shown->relative_wis[week] < 0.2);
            weight[wrong][week] = shown->weight[week];
        }
    }
    for (size_t week = 0; week < VG_FORECAST_WEEKS; week++) {
        assert_true(weight[0][week] > 4 * weight[1][week] && weight[1][week] < 0.03);
    }
    assert_true(weight[0][0] > 0.3);
    vg_arena_release(&arena);
}

/* --------------------------------------------------------------------- the law */

static double median_of_sum(double (*shape)(size_t), size_t n, size_t week)
{
    double sum = 0;
    for (uint64_t seed = 0; seed < 20; seed++) {
        double values[160];
        struct vg_random random = vg_random_stream(50 + seed, 0, 0, 0);
        struct vg_arena arena;
        vg_arena_init(&arena, 0);
        for (size_t t = 0; t < n; t++) {
            values[t] = (double)vg_random_negative_binomial(&random, shape(t), 60);
        }
        struct vg_forecast out = forecast(values, n, 7, VG_FORECAST_WEEKS, 0, &arena);
        assert_int_equal(out.status, VG_SERIES_OK);
        sum += quantile(&out, week, VG_FORECAST_MEDIAN);
        vg_arena_release(&arena);
    }
    return sum / 20;
}

static double flat(size_t t)
{
    (void)t;
    return 400;
}

static double waves(size_t t)
{
    return 30 + 970 * pow(0.5 + 0.5 * sin((double)t / 5), 3);
}

/* The middle leans down at the top of a wave, and not where there are no waves. */
static void the_law_leans_down_only_where_there_are_waves(void **state)
{
    (void)state;
    double level = median_of_sum(flat, 120, 3), top = median_of_sum(waves, 134, 3); /* sin = 1 near week 133 */
    assert_true(level > 0.94 * 400 && level < 1.04 * 400);
    assert_true(top < 0.95 * waves(133) && top > 0.3 * waves(133));
}

/* --------------------------------------------------------------------- traps */

static double noise(struct vg_random *random, double mean)
{
    return (double)vg_random_negative_binomial(random, mean, 20);
}

static void weekly_reporters_report_weekly_again(void **state)
{
    (void)state;
    double values[140];
    struct vg_random random = vg_random_stream(8, 0, 0, 0);
    struct vg_arena arena;
    vg_arena_init(&arena, 0);
    for (int absent = 0; absent < 2; absent++) { /* zeros between the reports, or nothing */
        for (size_t t = 0; t < 140; t++) {
            values[t] = t % 7 == 3 ? noise(&random, 300) : absent == 0 ? 0 : NAN;
        }
        struct vg_forecast out = forecast(values, 140, 1, 28, 0, &arena);
        assert_int_equal(out.status, VG_SERIES_OK);
        check_shape(&out);
        for (size_t step = 0; step < 28; step++) {
            double median = quantile(&out, step, VG_FORECAST_MEDIAN);
            assert_true((140 + step) % 7 == 3 ? median > 200 && median < 400 : median == 0);
        }
    }
    vg_arena_release(&arena);
}

static void silent_empty_and_short_series_are_refused(void **state)
{
    (void)state;
    double values[400] = {0};
    struct vg_arena arena;
    vg_arena_init(&arena, 0);
    struct vg_forecast out = forecast(values, 120, 1, 14, 10, &arena);
    assert_int_equal(out.status, VG_SERIES_TOO_FEW); /* all zero */
    assert_true(isnan(quantile(&out, 0, 0)) && isnan(out.mean[13]) && isnan(out.paths[139]));
    for (size_t t = 0; t < 100; t++) {
        values[t] = 40;
    }
    assert_int_equal(forecast(values, 120, 1, 14, 0, &arena).status, VG_SERIES_SILENT); /* a flat tail */
    assert_int_equal(forecast(values, 110, 7, 4, 0, &arena).status, VG_SERIES_SILENT);
    assert_int_equal(forecast(values, 1, 1, 14, 0, &arena).status, VG_SERIES_TOO_SHORT); /* one day */
    assert_int_equal(forecast(values, 7, 7, 4, 0, &arena).status, VG_SERIES_TOO_SHORT);
    out = forecast(values, 30, 1, 14, 0, &arena); /* four weeks: too few for the ensemble, enough to smooth */
    assert_int_equal(out.status, VG_SERIES_OK);
    assert_int_equal(out.method, VG_FORECAST_EXPONENTIAL_SMOOTHING);
    values[50] = INFINITY;
    assert_int_equal(forecast(values, 100, 1, 14, 0, &arena).status, VG_SERIES_BAD_INPUT);
    for (size_t t = 0; t < 120; t++) {
        values[t] = t == 110 ? 60 : 0; /* cases of one day alone */
    }
    out = forecast(values, 120, 1, 14, 0, &arena);
    if (out.status == VG_SERIES_OK) {
        check_shape(&out);
        assert_true(quantile(&out, 6, VG_FORECAST_MEDIAN) <= 60);
    } else {
        assert_true(out.status == VG_SERIES_SILENT);
    }
    vg_arena_release(&arena);
}

static void holes_corrections_and_batches_do_not_derail_it(void **state)
{
    (void)state;
    static double values[3650];
    struct vg_random random = vg_random_stream(77, 0, 0, 0);
    struct vg_arena arena;
    vg_arena_init(&arena, 0);
    for (size_t t = 0; t < 200; t++) {
        values[t] = noise(&random, 50);
    }
    values[120] = -400;  /* a correction */
    values[150] = 2500;  /* a cleared drawer */
    for (size_t t = 0; t < 200; t += 5) {
        values[t] = NAN;
    }
    struct vg_forecast out = forecast(values, 200, 1, 28, 0, &arena);
    assert_int_equal(out.status, VG_SERIES_OK);
    check_shape(&out);
    for (size_t step = 7; step < 28; step++) {
        double median = quantile(&out, step, VG_FORECAST_MEDIAN);
        assert_true(median > 15 && median < 90);
    }
    for (size_t t = 0; t < 3650; t++) { /* ten years of days at a thousand a day */
        values[t] = noise(&random, 1000 + 400 * sin((double)t / 58.1));
    }
    out = forecast(values, 3650, 1, 28, 0, &arena);
    assert_int_equal(out.status, VG_SERIES_OK);
    check_shape(&out);
    assert_true(quantile(&out, 10, VG_FORECAST_MEDIAN) > 400 && quantile(&out, 10, VG_FORECAST_MEDIAN) < 2000);
    for (size_t t = 0; t < 522; t++) { /* ten years of weeks, half of them missing */
        values[t] = t % 2 == 0 || t > 510 ? noise(&random, 30) : NAN;
    }
    out = forecast(values, 522, 7, 8, 0, &arena);
    assert_int_equal(out.status, VG_SERIES_OK);
    check_shape(&out);
    double near = quantile(&out, 3, 16) - quantile(&out, 3, 6), far = quantile(&out, 7, 16) - quantile(&out, 7, 6);
    assert_true(far > near && quantile(&out, 7, VG_FORECAST_MEDIAN) == quantile(&out, 3, VG_FORECAST_MEDIAN)); /* carried on, less certain */
    vg_arena_release(&arena);
}

/* ------------------------------------------------------------------- seasons */

static void analogues_foresee_what_the_season_brings(void **state)
{
    (void)state;
    double values[300];
    struct vg_random random = vg_random_stream(12, 0, 0, 0);
    struct vg_arena arena;
    struct vg_forecast_parameters parameters;
    struct vg_forecast out;
    struct vg_error error;
    vg_arena_init(&arena, 0);
    for (size_t t = 0; t < 300; t++) {
        double phase = fmod((double)t, 52.18) / 52.18;
        values[t] = noise(&random, 40 + 900 * exp(-pow((phase - 0.5) / 0.06, 2)));
    }
    struct vg_series series = {.start = 17000, .step_days = 7, .n_values = 282, .values = values}; /* three weeks before a peak */
    vg_monitor_forecast_defaults(&parameters);
    parameters.method = VG_FORECAST_SEASONAL_ANALOGUES;
    parameters.horizon_steps = 4;
    vg_assert_ok(vg_monitor_forecast_full(&series, &parameters, &arena, &out, &error), error);
    assert_int_equal(out.status, VG_SERIES_OK);
    check_shape(&out);
    assert_true(quantile(&out, 3, VG_FORECAST_MEDIAN) > 1.5 * values[281]);
    series.n_values = 90;
    vg_assert_ok(vg_monitor_forecast_full(&series, &parameters, &arena, &out, &error), error);
    assert_int_equal(out.status, VG_SERIES_TOO_SHORT); /* fewer than two seasons */
    vg_arena_release(&arena);
}

/* --------------------------------------------------------------------- paths */

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return left < right ? -1 : left > right;
}

static void paths_have_the_law_of_the_quantiles(void **state)
{
    (void)state;
    enum { PATHS = 4000, STEPS = 14 };
    double values[200], column[PATHS];
    struct vg_random random = vg_random_stream(3, 0, 0, 0);
    struct vg_arena arena;
    vg_arena_init(&arena, 0);
    for (size_t t = 0; t < 200; t++) {
        values[t] = noise(&random, t % 7 < 5 ? 120 : 30);
    }
    for (int weekly = 0; weekly < 2; weekly++) {
        struct vg_forecast out = forecast(values, 200, weekly ? 7 : 1, weekly ? 4 : STEPS, PATHS, &arena);
        struct vg_forecast again = forecast(values, 200, weekly ? 7 : 1, weekly ? 4 : STEPS, PATHS, &arena);
        assert_int_equal(out.status, VG_SERIES_OK);
        assert_memory_equal(out.paths, again.paths, PATHS * out.n_steps * sizeof(double));
        for (size_t step = 0; step < out.n_steps; step++) {
            for (size_t path = 0; path < PATHS; path++) {
                column[path] = out.paths[path * out.n_steps + step];
            }
            qsort(column, PATHS, sizeof *column, compare);
            for (size_t level = 1; level < VG_FORECAST_LEVELS - 1; level += 2) { /* between neighbouring levels, with room for chance */
                double drawn = vg_quantile_sorted(column, PATHS, vg_forecast_levels[level]);
                double width = quantile(&out, step, 16) - quantile(&out, step, 6);
                assert_true(fabs(drawn - quantile(&out, step, level)) < 0.15 * width + (level < 3 || level > 19 ? 0.35 * width : 0));
            }
        }
    }
    vg_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_are_the_fourth_power_of_past_scores),
        cmocka_unit_test(nothing_is_taken_from_the_future),
        cmocka_unit_test(simulated_places_are_forecast_better_than_by_the_baseline),
        cmocka_unit_test(a_guest_earns_its_weight_by_its_past),
        cmocka_unit_test(the_law_leans_down_only_where_there_are_waves),
        cmocka_unit_test(weekly_reporters_report_weekly_again),
        cmocka_unit_test(silent_empty_and_short_series_are_refused),
        cmocka_unit_test(holes_corrections_and_batches_do_not_derail_it),
        cmocka_unit_test(analogues_foresee_what_the_season_brings),
        cmocka_unit_test(paths_have_the_law_of_the_quantiles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
