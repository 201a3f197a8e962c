/*
 * How soon each method finds an outbreak, and how often it cries wolf: simulated series with known outbreaks, in the design of Noufaily A et al. Stat Med 2013;32:1206-1222:
 * negative binomial counts around a level with season and trend; past outbreaks in the years that are learnt from; one outbreak in the judged steps, whose size is Poisson with a
 * mean of so many standard deviations of the counts, spread over time by a log-normal. Prints the tables of docs/alarms.md.
 *
 *     alarm_detection [SERIES]
 */
#include "monitor/alarm/alarm.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TAU 6.28318530717958648
#define MOST_STEPS 640
#define SIZES 4
#define RUNS (SIZES + 1) /* the first without an outbreak */

enum method { FARRINGTON, EARS_C1, EARS_C2, EARS_C3, BAYES, CUSUM, CUSUM_NB, GLR_POISSON, GLR, GLR_EPIDEMIC, METHODS };
static const char *const names[METHODS] = {"farrington", "ears_c1", "ears_c2", "ears_c3", "bayes", "cusum", "cusum_nb", "glr_poisson", "glr", "glr_epidemic"};
static const double sizes[SIZES] = {2, 3, 5, 10};

struct scenario { double level, trend_per_year, season, overdispersion; };
/* Cases a step; growth of the log; amplitude of the log; variance over mean. */
static const struct scenario weekly_scenarios[] = {{0.5, 0, 0, 1.05}, {0.5, 0, 0.6, 1.5}, {5, 0, 0.3, 1.2}, {5, 0.08, 0.8, 2}, {50, 0, 0.3, 1.5}, {50, 0.08, 0.8, 4}};
static const struct scenario daily_scenarios[] = {{0.5, 0, 0, 1.05}, {0.5, 0, 0.3, 1.5}, {5, 0, 0.3, 1.2}, {5, 0.1, 0.3, 2}, {50, 0, 0.3, 2}, {50, 0.1, 0.3, 4}};
enum { SCENARIOS = 6 };

struct design {
    const struct scenario *scenarios;
    size_t steps, judged;       /* in all; the newest of them that are judged */
    double steps_per_year;
    size_t cycle;               /* 7: weekends have half of the cases */
    double spread_meanlog;      /* of an outbreak's cases over steps */
    size_t past_outbreaks;
    int step_days;
    bool used[METHODS];
};
struct result { double false_alarms, judged_steps; double detected[SIZES], outbreaks[SIZES], delay[SIZES]; };
struct work { const struct design *design; size_t n_series; struct result *results; /* [METHODS * items] */ };

static double mean_at(const struct design *design, const struct scenario *scenario, size_t step)
{
    double year = (double)step / design->steps_per_year;
    double weekend = design->cycle == 7 && step % 7 >= 5 ? 0.5 : 1;
    return scenario->level * exp(scenario->trend_per_year * (year - (double)design->steps / design->steps_per_year) + scenario->season * cos(TAU * year)) * weekend;
}

/* Adds an outbreak; returns the last step that it touches. */
static size_t add_outbreak(const struct design *design, const struct scenario *scenario, double size, size_t begin, struct vg_random *random, double *counts)
{
    double sd = sqrt(scenario->overdispersion * mean_at(design, scenario, begin));
    int64_t cases = vg_random_poisson(random, size * sd);
    size_t last = begin;
    cases = cases < 1 ? 1 : cases; /* an outbreak has a case */
    for (int64_t i = 0; i < cases; i++) {
        size_t step = begin + (size_t)floor(exp(design->spread_meanlog + 0.5 * vg_random_normal(random)));
        if (step < design->steps) {
            counts[step] += 1;
            last = step > last ? step : last;
        }
    }
    return last;
}

static void simulate(const struct design *design, const struct scenario *scenario, uint32_t series, double *counts)
{
    struct vg_random random = vg_random_stream(20130330, series, (uint32_t)design->step_days, 1);
    for (size_t step = 0; step < design->steps; step++) {
        double mean = mean_at(design, scenario, step);
        counts[step] = (double)vg_random_negative_binomial(&random, mean, mean / (scenario->overdispersion - 1));
    }
    for (size_t i = 0; i < design->past_outbreaks; i++) {
        size_t begin = vg_random_below(&random, (uint32_t)(design->steps - design->judged - 10));
        (void)add_outbreak(design, scenario, sizes[i % SIZES], begin, &random, counts);
    }
}

static void judge_chart(const struct design *design, enum method method, const double *counts, struct vg_arena *arena, struct vg_alarm *out)
{
    struct vg_in_control_parameters usual;
    struct vg_glr_parameters p;
    double mean[MOST_STEPS];
    enum vg_series_status status = VG_SERIES_OK;
    size_t first = design->steps - design->judged;
    vg_in_control_defaults(&usual);
    vg_glr_defaults(&p);
    usual.steps_per_year = design->steps_per_year;
    usual.harmonics = (double)first >= 1.5 * design->steps_per_year ? 1 : 0;
    usual.cycle = design->cycle;
    usual.dispersion = method == GLR_POISSON ? 0 : NAN;
    p.change = method == GLR_EPIDEMIC ? VG_GLR_EPIDEMIC : VG_GLR_LEVEL;
    p.known_change = method == CUSUM_NB ? log(2) : NAN;
    p.thresholds_from = design->steps;
    if (vg_alarm_in_control(counts, first, design->steps, &usual, arena, mean, &p.dispersion, &status, NULL) != VG_OK || status != VG_SERIES_OK ||
        vg_alarm_glr(counts, mean, design->steps, first, &p, arena, out, NULL) != VG_OK) {
        memset(out + first, 0, design->judged * sizeof *out);
    }
}

static vg_status judge(const struct design *design, enum method method, const double *counts, struct vg_arena *arena, struct vg_alarm *out)
{
    size_t n = design->steps;
    size_t first = n - design->judged;
    struct vg_farrington_parameters farrington;
    struct vg_ears_parameters ears;
    struct vg_bayes_parameters bayes;
    struct vg_cusum_parameters cusum;
    switch (method) {
    case FARRINGTON:
        vg_farrington_defaults(&farrington);
        return vg_alarm_farrington(counts, n, first, &farrington, arena, out, NULL);
    case BAYES:
        vg_alarm_bayes_defaults(&bayes);
        return vg_alarm_bayes(counts, n, first, &bayes, out, NULL);
    case CUSUM:
        vg_alarm_cusum_defaults(&cusum);
        return vg_alarm_cusum(counts, n, first, &cusum, out, NULL);
    case EARS_C1:
    case EARS_C2:
    case EARS_C3:
        vg_ears_defaults((enum vg_ears_method)(method - EARS_C1), &ears);
        return vg_alarm_ears(counts, n, &ears, out, NULL);
    default:
        judge_chart(design, method, counts, arena, out);
        return VG_OK;
    }
}

/* One series of one scenario: judged as it is, and with an outbreak of each size begun in the judged steps. */
static void run_series(void *shared, size_t item, unsigned worker)
{
    struct work *work = shared;
    const struct design *design = work->design;
    const struct scenario *scenario = &design->scenarios[item % SCENARIOS];
    double clean[MOST_STEPS];
    size_t first = design->steps - design->judged;
    (void)worker;
    simulate(design, scenario, (uint32_t)item, clean);
    for (int run = 0; run < RUNS; run++) {
        struct vg_random random = vg_random_stream(20130330, (uint32_t)item, (uint32_t)run, 2);
        double counts[MOST_STEPS];
        size_t begin = first + vg_random_below(&random, (uint32_t)(design->judged * 2 / 3));
        memcpy(counts, clean, sizeof clean);
        size_t last = run == 0 ? 0 : add_outbreak(design, scenario, sizes[run - 1], begin, &random, counts);
        for (int method = 0; method < METHODS; method++) {
            struct result *result = &work->results[item * METHODS + (size_t)method];
            struct vg_alarm out[MOST_STEPS] = {{0}};
            struct vg_arena arena;
            vg_arena_init(&arena, 0);
            bool judged = design->used[method] && judge(design, (enum method)method, counts, &arena, out) == VG_OK;
            vg_arena_release(&arena);
            size_t found = SIZE_MAX;
            for (size_t step = first; judged && step < design->steps; step++) {
                result->false_alarms += run == 0 && out[step].alarm;
                result->judged_steps += run == 0;
                found = run > 0 && found == SIZE_MAX && out[step].alarm && step >= begin && step <= last ? step : found;
            }
            if (judged && run > 0) {
                result->outbreaks[run - 1]++;
                result->detected[run - 1] += found != SIZE_MAX;
                result->delay[run - 1] += found == SIZE_MAX ? 0 : (double)(found - begin) * design->step_days;
            }
        }
    }
}

static void add(struct result *to, const struct result *from)
{
    to->false_alarms += from->false_alarms;
    to->judged_steps += from->judged_steps;
    for (int i = 0; i < SIZES; i++) {
        to->detected[i] += from->detected[i];
        to->outbreaks[i] += from->outbreaks[i];
        to->delay[i] += from->delay[i];
    }
}

static int measure(const struct design *design, size_t n_series, struct vg_pool *pool, const char *step_name)
{
    size_t items = n_series * SCENARIOS;
    struct work work = {design, n_series, calloc(items * METHODS, sizeof(struct result))};
    if (work.results == NULL) {
        return 1;
    }
    vg_parallel_for(pool, items, run_series, &work);
    (void)printf("| method | false alarms per 100 %ss at 0.5 | at 5 | at 50 a %s |", step_name, step_name);
    for (int i = 0; i < SIZES; i++) {
        (void)printf(" %.0f sd: found, days |", sizes[i]);
    }
    (void)printf("\n|---|---|---|---|---|---|---|---|\n");
    for (size_t method = 0; method < METHODS; method++) {
        struct result all = {0};
        struct result by_level[3] = {{0}};
        if (!design->used[method]) {
            continue;
        }
        for (size_t item = 0; item < items; item++) {
            add(&all, &work.results[item * METHODS + method]);
            add(&by_level[item % SCENARIOS / 2], &work.results[item * METHODS + method]);
        }
        (void)printf("| `%s` |", names[method]);
        for (int level = 0; level < 3; level++) {
            (void)printf(" %.1f |", 100 * by_level[level].false_alarms / by_level[level].judged_steps);
        }
        for (int i = 0; i < SIZES; i++) {
            (void)printf(" %.0f %%, %.1f |", 100 * all.detected[i] / all.outbreaks[i], all.delay[i] / fmax(1, all.detected[i]));
        }
        (void)printf("\n");
    }
    free(work.results);
    return 0;
}

/* -------------------------------------------------------------- clusters */

enum { PLACES = 49, DAYS = 60, WATCHED = 14, SCAN_SIZES = 3 };
struct scan_result { double alarms, days; double found[SCAN_SIZES], delay[SCAN_SIZES], right[SCAN_SIZES]; };
struct scan_work { enum vg_scan_model model; struct scan_result *results; };

/* Places on a grid of 7 x 7, 30 km apart; an outbreak in one of them and its neighbours adds so many cases a day. It is looked at each day, as it would be. */
static void run_scan(void *shared, size_t item, unsigned worker)
{
    static const double extra[SCAN_SIZES] = {1, 2, 4}; /* cases a day in the middle; half of it in each of its four neighbours */
    struct scan_work *work = shared;
    struct scan_result *result = &work->results[item];
    (void)worker;
    for (int run = 0; run <= SCAN_SIZES; run++) {
        double counts[PLACES * DAYS];
        double expected[PLACES * DAYS];
        double latitude[PLACES];
        double longitude[PLACES];
        struct vg_random random = vg_random_stream(2005, (uint32_t)item, (uint32_t)run, 3);
        size_t middle = 8 + 7 * vg_random_below(&random, 5) + vg_random_below(&random, 5);
        for (size_t place = 0; place < PLACES; place++) {
            struct vg_random size = vg_random_stream(2005, (uint32_t)place, 0, 4);
            double mean = 0.7 * exp(0.5 * vg_random_normal(&size));
            latitude[place] = 0.27 * (double)(place / 7);
            longitude[place] = 0.27 * (double)(place % 7);
            bool beside = place + 1 == middle || place == middle + 1 || place + 7 == middle || place == middle + 7;
            for (size_t day = 0; day < DAYS; day++) {
                double more = run == 0 || day < DAYS - WATCHED ? 0 : extra[run - 1] * (place == middle ? 1 : beside ? 0.5 : 0);
                expected[place * DAYS + day] = mean;
                counts[place * DAYS + day] = (double)vg_random_poisson(&random, mean + more);
            }
        }
        for (size_t today = DAYS - WATCHED; today < DAYS; today++) {
            double known[PLACES * DAYS];
            double usual[PLACES * DAYS];
            struct vg_scan_parameters p;
            struct vg_scan_result found;
            struct vg_arena arena;
            size_t n = today + 1;
            for (size_t place = 0; place < PLACES; place++) {
                memcpy(known + place * n, counts + place * DAYS, n * sizeof *known);
                memcpy(usual + place * n, expected + place * DAYS, n * sizeof *usual);
            }
            vg_arena_init(&arena, 0);
            vg_scan_defaults(&p);
            p.model = work->model;
            p.replicates = 99;
            p.longest = 14;
            p.most_clusters = 1;
            p.seed = item * 100 + today;
            bool alarm = vg_alarm_scan(known, usual, PLACES, n, latitude, longitude, &p, NULL, &arena, &found, NULL) == VG_OK && found.n_clusters > 0 &&
                         found.clusters[0].p_value <= 0.01;
            bool right = false;
            for (size_t i = 0; alarm && i < found.clusters[0].n_places; i++) {
                right = right || found.clusters[0].places[i] == middle;
            }
            vg_arena_release(&arena);
            result->days += run == 0;
            result->alarms += run == 0 && alarm;
            if (run > 0 && alarm) {
                result->found[run - 1] = 1;
                result->delay[run - 1] = (double)(today - (DAYS - WATCHED));
                result->right[run - 1] = right;
                break;
            }
        }
    }
}

static int measure_scans(size_t n_worlds, struct vg_pool *pool)
{
    (void)printf("| method | false alarms per 100 days | +1 a day: found, days, in the right place | +2 a day | +4 a day |\n|---|---|---|---|---|\n");
    for (int model = 0; model < 2; model++) {
        struct scan_work work = {model == 0 ? VG_SCAN_POISSON : VG_SCAN_PERMUTATION, calloc(n_worlds, sizeof(struct scan_result))};
        struct scan_result all = {0};
        if (work.results == NULL) {
            return 1;
        }
        vg_parallel_for(pool, n_worlds, run_scan, &work);
        for (size_t i = 0; i < n_worlds; i++) {
            all.alarms += work.results[i].alarms;
            all.days += work.results[i].days;
            for (int size = 0; size < SCAN_SIZES; size++) {
                all.found[size] += work.results[i].found[size];
                all.delay[size] += work.results[i].delay[size];
                all.right[size] += work.results[i].right[size];
            }
        }
        (void)printf("| `%s` | %.1f |", model == 0 ? "scan" : "scan_permutation", 100 * all.alarms / all.days);
        for (int size = 0; size < SCAN_SIZES; size++) {
            double found = fmax(1, all.found[size]);
            (void)printf(" %.0f %%, %.1f, %.0f %% |", 100 * all.found[size] / (double)n_worlds, all.delay[size] / found, 100 * all.right[size] / found);
        }
        (void)printf("\n");
        free(work.results);
    }
    return 0;
}

int main(int argc, char **argv)
{
    const struct design weekly = {.scenarios = weekly_scenarios, .steps = 624, .judged = 49, .steps_per_year = 365.25 / 7, .spread_meanlog = 0, .past_outbreaks = 4, .step_days = 7,
                                  .used = {true, true, true, true, true, true, true, true, true, true}};
    const struct design daily = {.scenarios = daily_scenarios, .steps = 420, .judged = 60, .steps_per_year = 365.25, .cycle = 7, .spread_meanlog = 1.4, .past_outbreaks = 2, .step_days = 1,
                                 .used = {false, true, true, true, true, true, true, true, true, true}};
    size_t n = argc > 1 ? (size_t)strtoul(argv[1], NULL, 10) : 100;
    if (n == 0) {
        return 2;
    }
    struct vg_pool *pool = vg_pool_new(0);
    (void)printf("Weekly, %zu series of 12 years in each of %d scenarios, 49 weeks judged:\n\n", n, SCENARIOS);
    int failed = measure(&weekly, n, pool, "week");
    (void)printf("\nDaily, %zu series of 420 days in each of %d scenarios, 60 days judged:\n\n", n, SCENARIOS);
    failed = failed || measure(&daily, n, pool, "day");
    (void)printf("\nClusters, %zu worlds of %d places over %d days, each of the last %d days looked at (p <= 0.01 of 99 replicates):\n\n", n, PLACES, DAYS, WATCHED);
    failed = failed || measure_scans(n, pool);
    vg_pool_free(pool);
    return failed;
}
