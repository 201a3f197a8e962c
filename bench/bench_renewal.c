/*
 * The renewal model over many places of one parent, whose outbreaks and reports are simulated here with known truth: seconds, memory, and
 * whether the intervals hold. One place is measured first, without what others tell, with and without yesterday's fit.
 *
 *     bench_renewal [PLACES [DAYS [DELAYS]]]      1,000 places of 180 days and 40 delays unless told otherwise
 */
#include "monitor/renewal/renewal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#define GENERATION_MEAN 4.7
#define GENERATION_SD 2.9
#define INCUBATION_MEAN 5.5
#define INCUBATION_SD 2.4
#define LAGS 40
#define BEFORE 60
#define AHEAD 28

struct truth {
    double *final; /* [days] */
    double *ahead; /* [AHEAD] */
    double r;      /* of the newest day */
};

struct tally {
    double inside_50[3], inside_95[3], n[3]; /* newest week's final counts, R of the newest day, next week's counts */
    size_t refused, factors;
};

struct check {
    const struct truth *truths;
    size_t days;
    struct tally *tallies; /* [n] one a place: threads never meet */
};

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void weights_of(double mean, double sd, size_t first, double *weights)
{
    double shape = mean * mean / (sd * sd), scale = sd * sd / mean, total = 0;
    for (size_t i = 0; i < LAGS; i++) {
        weights[i] = i < first ? 0 : vg_gamma_cdf((double)i + 0.5, shape, scale) - (i == 0 ? 0 : vg_gamma_cdf((double)i - 0.5, shape, scale));
        total += weights[i];
    }
    for (size_t i = 0; i < LAGS; i++) {
        weights[i] /= total;
    }
}

/* Negative binomial with variance mean * 1.4, reports by a log-normal delay that differs a little from place to place. */
static void simulate(uint32_t place, size_t days, size_t delays, struct vg_triangle *triangle, struct truth *truth)
{
    static const double by_day[7] = {0.75, 1.1, 1.1, 1.08, 1.05, 1.07, 0.85}, by_report[7] = {0.4, 1.25, 1.2, 1.15, 1.1, 1.1, 0.8};
    double generation[LAGS], incubation[LAGS], infections[4000];
    struct vg_random random = vg_random_stream(11, place, 0, 1);
    weights_of(GENERATION_MEAN, GENERATION_SD, 1, generation);
    weights_of(INCUBATION_MEAN, INCUBATION_SD, 0, incubation);
    double level = exp(1.6 + 1.3 * vg_random_normal(&random)), log_r = 0.15 * vg_random_normal(&random);
    double meanlog = 1.7 + 0.15 * vg_random_normal(&random), sdlog = 0.65;
    size_t total = BEFORE + days + AHEAD;
    for (size_t i = 0; i < total; i++) {
        double pressure = i < LAGS ? level : 0;
        for (size_t j = 1; j < LAGS && i >= LAGS; j++) {
            pressure += generation[j] * infections[i - j];
        }
        log_r = i < BEFORE ? log_r : 0.985 * log_r + 0.035 * vg_random_normal(&random);
        /* Kept within a factor of some hundred of where it began, as depletion and behaviour do. */
        double pull = 0.03 * log(pressure / level);
        infections[i] = pressure * exp((i < BEFORE ? 0 : log_r) - pull);
        truth->r = i == BEFORE + days - 1 ? infections[i] / pressure : truth->r;
    }
    for (size_t t = 0; t < days + AHEAD; t++) {
        double mean = 0, left = 1;
        for (size_t j = 0; j < LAGS; j++) {
            mean += incubation[j] * infections[BEFORE + t - j];
        }
        mean *= by_day[t % 7];
        if (t >= days) {
            truth->ahead[t - days] = (double)vg_random_negative_binomial(&random, mean, mean / 0.4);
            continue;
        }
        for (size_t d = 0; d < delays; d++) {
            double before = 1 - vg_lognormal_cdf((double)d, meanlog, sdlog), after = 1 - vg_lognormal_cdf((double)d + 1, meanlog, sdlog);
            double odds = d + 1 == delays ? INFINITY : (before - after) / after * by_report[(t + d) % 7], share = d + 1 == delays ? left : left * odds / (1 + odds);
            double count = mean * share > 1e-9 ? (double)vg_random_negative_binomial(&random, mean * share, mean * share / 0.4) : 0;
            left -= share;
            truth->final[t] += count;
            triangle->increments[t * delays + d] = t + d < days ? count : NAN;
        }
    }
}

/*
 * Whole numbers tie: the truth has a range of ranks among the draws, `stride` apart, of which the share within an interval's counts.
 */
static void judge_count(const double *draws, size_t n, size_t stride, double truth, size_t what, struct tally *tally)
{
    double below = 0, equal = 0;
    for (size_t draw = 0; draw < n; draw++) {
        below += draws[draw * stride] < truth ? 1 : 0;
        equal += draws[draw * stride] == truth ? 1 : 0;
    }
    double low = below / ((double)n + 1), high = (below + equal + 1) / ((double)n + 1);
    tally->n[what]++;
    tally->inside_50[what] += fmax(0, fmin(high, 0.75) - fmax(low, 0.25)) / (high - low);
    tally->inside_95[what] += fmax(0, fmin(high, 0.975) - fmax(low, 0.025)) / (high - low);
}

static void judge(const double *quantiles, double truth, size_t what, struct tally *tally)
{
    tally->n[what]++;
    tally->inside_50[what] += truth >= quantiles[3] && truth <= quantiles[5] ? 1 : 0;
    tally->inside_95[what] += truth >= quantiles[0] && truth <= quantiles[8] ? 1 : 0;
}

static void take(void *context, size_t series, const struct vg_renewal_estimate *estimate, const char *message)
{
    struct check *check = context;
    struct tally *tally = &check->tallies[series];
    const struct truth *truth = &check->truths[series];
    (void)message;
    if (estimate->status != VG_SERIES_OK) {
        tally->refused++;
        return;
    }
    size_t n = estimate->expected_final.n_steps;
    tally->factors = estimate->diagnostics.n_factors;
    for (size_t back = 0; back < 7; back++) {
        double known = isfinite(estimate->reported[n - 1 - back]) ? estimate->reported[n - 1 - back] : 0;
        judge_count(estimate->to_come_draws + (n - 1 - back - estimate->first_open) * estimate->n_draws, estimate->n_draws, 1,
                    truth->final[check->days - 1 - back] - known, 0, tally);
        judge_count(estimate->forecast_draws + back, estimate->n_draws, estimate->forecast.n_steps, truth->ahead[back], 2, tally);
    }
    judge(estimate->rt.values + (estimate->rt.n_steps - 1) * VG_QUANTILE_COUNT, truth->r, 1, tally);
}

static double number(int argc, char **argv, int at, double otherwise)
{
    return argc > at ? strtod(argv[at], NULL) : otherwise;
}

/* Seconds of one fit by the clock; the memory it leaves is the caller's. */
static double fit_one(const struct vg_triangle *triangle, const struct vg_renewal_parameters *parameters, struct vg_arena *arena,
                      struct vg_renewal_estimate *estimate)
{
    struct vg_arena scratch;
    struct vg_error error;
    vg_arena_init(&scratch, 0);
    double begin = seconds_now();
    if (vg_renewal(triangle, parameters, arena, &scratch, estimate, &error) != VG_OK) {
        printf("failed: %s\n", error.message);
        exit(3);
    }
    double seconds = seconds_now() - begin;
    vg_arena_release(&scratch);
    return seconds;
}

/* Each place by itself, the least of some times, since others may be at work: by one thread, by two, and by two from its former fit. */
static void one_place(const struct vg_triangle *triangles, size_t n, const struct vg_renewal_parameters *parameters)
{
    enum { TIMES = 9, WAYS = 3 };
    double sums[WAYS] = {0};
    size_t factors[WAYS] = {0};
    struct vg_pool *pool = vg_pool_new(2);
    for (size_t i = 0; i < n; i++) {
        double least[WAYS] = {INFINITY, INFINITY, INFINITY};
        for (size_t time = 0; time < TIMES; time++) {
            struct vg_renewal_parameters ways[WAYS] = {*parameters, *parameters, *parameters};
            struct vg_renewal_estimate estimates[WAYS];
            struct vg_arena arena;
            vg_arena_init(&arena, 0);
            ways[1].pool = ways[2].pool = pool;
            for (size_t way = 0; way < WAYS; way++) {
                ways[2].memory = way == 2 && estimates[0].status == VG_SERIES_OK ? &estimates[0].memory : NULL;
                least[way] = fmin(least[way], fit_one(&triangles[i], &ways[way], &arena, &estimates[way]));
                factors[way] += time == 0 ? estimates[way].diagnostics.n_factors : 0;
            }
            vg_arena_release(&arena);
        }
        for (size_t way = 0; way < WAYS; way++) {
            sums[way] += 1e3 * least[way] / (double)n;
        }
    }
    printf("one place alone: %.1f ms by two threads, %.1f ms by one (%.0f factorisations); from its former fit %.1f ms (%.0f)\n", sums[1], sums[0],
           (double)factors[0] / (double)n, sums[2], (double)factors[2] / (double)n);
    vg_pool_free(pool);
}

int main(int argc, char **argv)
{
    size_t n = (size_t)number(argc, argv, 1, 1000), days = (size_t)number(argc, argv, 2, 180), delays = (size_t)number(argc, argv, 3, 40);
    struct vg_triangle *triangles = calloc(n, sizeof *triangles);
    struct truth *truths = calloc(n, sizeof *truths);
    struct check check = {.truths = truths, .days = days, .tallies = calloc(n, sizeof *check.tallies)};
    double reports = 0;
    for (size_t i = 0; i < n; i++) {
        triangles[i] = (struct vg_triangle){.start = 18628, .step_days = 1, .n_references = days, .n_delays = delays, .increments = calloc(days * delays, sizeof(double))};
        triangles[i].as_of = triangles[i].start + (int32_t)days - 1;
        truths[i] = (struct truth){calloc(days, sizeof(double)), calloc(AHEAD, sizeof(double)), 0};
        simulate((uint32_t)i, days, delays, &triangles[i], &truths[i]);
        for (size_t t = 0; t < days; t++) {
            reports += truths[i].final[t];
        }
    }
    struct vg_renewal_parameters parameters;
    vg_renewal_defaults(&parameters);
    parameters.generation_mean_days = GENERATION_MEAN;
    parameters.generation_sd_days = GENERATION_SD;
    parameters.incubation_mean_days = INCUBATION_MEAN;
    parameters.incubation_sd_days = INCUBATION_SD;
    one_place(triangles, n < 10 ? n : 10, &parameters);
    struct vg_error error;
    struct vg_pool *pool = vg_pool_new(0);
    struct vg_renewal_batch batch = {.triangles = triangles, .n = n, .pooled = true, .take = take, .context = &check};
    struct rusage before, after;
    getrusage(RUSAGE_SELF, &before);
    double begin = seconds_now();
    if (vg_renewal_many(&batch, &parameters, pool, &error) != VG_OK) {
        printf("failed: %s\n", error.message);
        return 3;
    }
    double seconds = seconds_now() - begin;
    getrusage(RUSAGE_SELF, &after);
    double cpu = (double)(after.ru_utime.tv_sec - before.ru_utime.tv_sec) + 1e-6 * (double)(after.ru_utime.tv_usec - before.ru_utime.tv_usec);
    struct tally sum = {.refused = 0};
    for (size_t i = 0; i < n; i++) {
        for (size_t what = 0; what < 3; what++) {
            sum.inside_50[what] += check.tallies[i].inside_50[what];
            sum.inside_95[what] += check.tallies[i].inside_95[what];
            sum.n[what] += check.tallies[i].n[what];
        }
        sum.refused += check.tallies[i].refused;
        sum.factors += check.tallies[i].factors;
    }
    printf("%zu places x %zu days x %zu delays, %.1f reports a day each: %.1f s on %u threads, %.2f ms of processor and %.0f factorisations a place, 10,000 in %.0f s; %zu refused, %.0f MB at most\n", n,
           days, delays, reports / (double)n / (double)days, seconds, vg_pool_threads(pool), 1e3 * cpu / (double)n, (double)sum.factors / (double)n, seconds * 1e4 / (double)n, sum.refused,
           (double)after.ru_maxrss / 1024);
    static const char *const names[3] = {"final counts of the newest week", "R of the newest day", "counts of the next week"};
    for (size_t what = 0; what < 3; what++) {
        printf("  %-32s inside 50 %%: %4.1f %%   inside 95 %%: %4.1f %%\n", names[what], 100 * sum.inside_50[what] / sum.n[what], 100 * sum.inside_95[what] / sum.n[what]);
    }
    vg_pool_free(pool);
    return 0;
}
