/*
 * The strongest cylinder, exactly, without looking closely at most of them. The log likelihood ratio grows with the cases and falls with what is expected, so a run of
 * nested circles is passed over when even the cases of its largest with the expectation of its smallest could not beat the best so far, by an upper bound without
 * logarithms. All durations of a circle are added and judged at once in vectors (a GNU extension: with it this is several times faster); the ratio that counts is
 * computed in double.
 */
#include "monitor/alarm/scan_internal.h"

#include <math.h>
#include <string.h>

#define VECTOR_BYTES 16 /* what every 64-bit machine has; with wider ones compilers take comparisons apart */
#define VECTOR __attribute__((vector_size(VECTOR_BYTES)))
typedef uint16_t narrow_lanes VECTOR;
typedef uint16_t half_lanes __attribute__((vector_size(VECTOR_BYTES / 2)));
typedef uint32_t wide_lanes VECTOR;
typedef int32_t truth_lanes VECTOR;
typedef float float_lanes VECTOR;
#define NARROW (VECTOR_BYTES / sizeof(uint16_t)) /* lanes */
#define WIDE (VECTOR_BYTES / sizeof(float))

#define HALVINGS 8       /* of SCAN_LONGEST_RUN */
#define LEAST_RATIO 1e-3 /* below it nothing is a cluster */

/*
 * With u = observed / expected - 1, the gain of the inside is expected h(u), h(u) = (1 + u) log(1 + u) - u <= u^2 / (2 + 2 BEND u) for u up to MOST_EXCESS, and that of
 * the outside at most excess^2 / (n_cases - expected).
 */
#define BEND 0.08F
#define MOST_EXCESS 1000.0F

static void *new_rows(const struct scan *scan, size_t cell_bytes, struct vg_arena *arena)
{
    char *bytes = vg_arena_alloc(arena, scan->n_places * scan->width * cell_bytes + VECTOR_BYTES, 1);
    size_t over = (uintptr_t)bytes % VECTOR_BYTES;
    return bytes == NULL ? NULL : bytes + (over == 0 ? 0 : VECTOR_BYTES - over);
}

bool scan_bench_new(const struct scan *scan, struct vg_arena *arena, struct scan_bench *bench)
{
    *bench = (struct scan_bench){.counts = VG_ARENA_ARRAY(arena, uint32_t, scan->n_places * scan->n_steps), .expected_end = SIZE_MAX};
    bench->rows = new_rows(scan, scan->narrow ? sizeof(uint16_t) : sizeof(uint32_t), arena);
    bench->expected_rows = scan->separable ? NULL : new_rows(scan, sizeof(float), arena);
    return bench->counts != NULL && bench->rows != NULL && (scan->separable || bench->expected_rows != NULL);
}

double scan_ratio(double observed, double expected, double n_cases)
{
    if (observed <= expected) {
        return 0;
    }
    double rest = n_cases - observed;
    return observed * log(observed / expected) + (rest > 0 ? rest * log(rest / (n_cases - expected)) : 0);
}

static size_t earliest_end(const struct scan *scan)
{
    return scan->p->retrospective ? scan->p->shortest - 1 : scan->n_steps - 1;
}

/* Durations that reach before the first step repeat the longest that does not. */
static size_t duration_of(const struct scan *scan, size_t end, size_t column)
{
    size_t duration = scan->p->shortest + column;
    return duration > end + 1 ? end + 1 : duration;
}

static void fill_expected(const struct scan *scan, size_t end, float *rows)
{
    for (size_t place = 0; place < scan->n_places; place++) {
        const double *until = scan->expected_until + place * (scan->n_steps + 1);
        for (size_t column = 0; column < scan->width; column++) {
            rows[place * scan->width + column] = (float)(until[end + 1] - until[end + 1 - duration_of(scan, end, column < scan->n_columns ? column : 0)]);
        }
    }
}

/* Cases of each duration up to `end`; padding stays without cases. */
static void fill_rows(const struct scan *scan, const uint32_t *counts, size_t end, void *rows)
{
    for (size_t place = 0; place < scan->n_places; place++) {
        const uint32_t *series = counts + place * scan->n_steps;
        uint32_t sum = 0;
        for (size_t duration = 1; duration < scan->p->shortest && duration <= end + 1; duration++) {
            sum += series[end + 1 - duration];
        }
        for (size_t column = 0; column < scan->width; column++) {
            size_t duration = scan->p->shortest + column;
            sum += column < scan->n_columns && duration <= end + 1 ? series[end + 1 - duration] : 0;
            uint32_t value = column < scan->n_columns ? sum : 0;
            if (scan->narrow) {
                ((uint16_t *)rows)[place * scan->width + column] = (uint16_t)value;
            } else {
                ((uint32_t *)rows)[place * scan->width + column] = value;
            }
        }
    }
}

struct sums {
    _Alignas(64) uint32_t cases[SCAN_MOST_COLUMNS]; /* uint16_t where narrow */
    _Alignas(64) float expected[SCAN_MOST_COLUMNS]; /* where not separable */
    double share;                                   /* of what is expected in all, where separable */
};
struct sweep {
    const struct scan *scan;
    const struct scan_bench *bench;
    struct sums now, before[HALVINGS];              /* over the circle so far; at the beginning of the run, and of its part, and of that one's */
    _Alignas(64) float least[SCAN_MOST_COLUMNS];    /* expected in the smallest circle of the run */
    _Alignas(64) float of_all[SCAN_MOST_COLUMNS];   /* where separable: expected in all places by duration, and the smallest circle's share of it */
    float smallest_share;
    size_t end;
    struct scan_best *best;
};

static double exact_expectation(const struct scan *scan, size_t centre, size_t circle, size_t end, size_t duration)
{
    const uint32_t *neighbours = scan->neighbours + scan->first_neighbour[centre];
    double sum = 0;
    for (size_t k = 0; k <= circle; k++) {
        const double *until = scan->expected_until + neighbours[k] * (scan->n_steps + 1);
        sum += until[end + 1] - until[end + 1 - duration];
    }
    return sum;
}

/* One circle, duration by duration, from the sums of the sweep. */
static void examine(const struct sweep *sweep, size_t centre, size_t circle)
{
    const struct scan *scan = sweep->scan;
    struct scan_best *best = sweep->best;
    for (size_t column = 0; column < scan->n_columns; column++) {
        double observed = scan->narrow ? ((const uint16_t *)sweep->now.cases)[column] : sweep->now.cases[column];
        double expected = scan->separable ? (double)sweep->smallest_share * (double)sweep->of_all[column] : (double)sweep->least[column];
        if (observed <= expected || observed < scan->p->fewest_cases || scan_ratio(observed, expected * (1 - 1e-5), scan->n_cases) <= best->ratio) {
            continue;
        }
        size_t duration = duration_of(scan, sweep->end, column);
        expected = exact_expectation(scan, centre, circle, sweep->end, duration);
        double ratio = scan_ratio(observed, expected, scan->n_cases);
        if (ratio > best->ratio * (1 + 1e-12)) {
            *best = (struct scan_best){ratio, (uint32_t)centre, circle, sweep->end, duration, observed, expected};
        }
    }
}

static void add_expected(const float *rows, const uint32_t *places, size_t n, size_t width, float *sums, float *least)
{
    for (size_t column = 0; column < width; column += WIDE) {
        float_lanes sum = *(const float_lanes *)(sums + column) + *(const float_lanes *)(rows + places[0] * width + column);
        *(float_lanes *)(least + column) = sum;
        for (size_t i = 1; i < n; i++) {
            sum += *(const float_lanes *)(rows + places[i] * width + column);
        }
        *(float_lanes *)(sums + column) = sum;
    }
}

/* What one run is judged by: whether any duration of its circles could reach `ratio` where `share` times expected_cases are expected. */
struct bound { const float *expected_cases; float share, ratio, n_cases; };

static inline truth_lanes may_reach(float_lanes observed, const struct bound *bound, size_t column)
{
    float_lanes expected = bound->share * *(const float_lanes *)(bound->expected_cases + column);
    float_lanes excess = observed - expected;
    float_lanes inside = 2 * expected + 2 * BEND * excess;
    float_lanes outside = bound->n_cases - expected;
    return ((excess * excess * (inside + outside) > bound->ratio * inside * outside) | (excess > MOST_EXCESS * expected)) & (excess > 0);
}

static bool any_of(truth_lanes any)
{
    return (any[0] | any[1] | any[2] | any[3]) != 0;
}

static bool add_narrow(const uint16_t *rows, const uint32_t *places, size_t n, size_t width, uint16_t *sums, const struct bound *bound)
{
    truth_lanes any = {0};
    for (size_t column = 0; column < width; column += NARROW) {
        narrow_lanes sum = *(const narrow_lanes *)(sums + column);
        for (size_t i = 0; i < n; i++) {
            sum += *(const narrow_lanes *)(rows + places[i] * width + column);
        }
        *(narrow_lanes *)(sums + column) = sum;
        for (size_t half = column; half < column + NARROW; half += WIDE) {
            truth_lanes cases = __builtin_convertvector(*(const half_lanes *)(sums + half), truth_lanes);
            any |= may_reach(__builtin_convertvector(cases, float_lanes), bound, half);
        }
    }
    return any_of(any);
}

static bool add_wide(const uint32_t *rows, const uint32_t *places, size_t n, size_t width, uint32_t *sums, const struct bound *bound)
{
    truth_lanes any = {0};
    for (size_t column = 0; column < width; column += WIDE) {
        wide_lanes sum = *(const wide_lanes *)(sums + column);
        for (size_t i = 0; i < n; i++) {
            sum += *(const wide_lanes *)(rows + places[i] * width + column);
        }
        *(wide_lanes *)(sums + column) = sum;
        any |= may_reach(__builtin_convertvector((truth_lanes)sum, float_lanes), bound, column);
    }
    return any_of(any);
}

/* Adds a run of places to the sums; whether any circle that one of them closes could beat the best. */
static bool add_run(struct sweep *sweep, const uint32_t *places, size_t n)
{
    const struct scan *scan = sweep->scan;
    size_t width = scan->width;
    struct bound bound = {.expected_cases = sweep->least, .share = 1, .n_cases = (float)scan->n_cases};
    bound.ratio = (float)(fmax(sweep->best->ratio, LEAST_RATIO) * (1 - 1e-5));
    if (scan->separable) {
        bound.expected_cases = sweep->of_all;
        bound.share = sweep->smallest_share = (float)(sweep->now.share + scan->share[places[0]]);
        for (size_t i = 0; i < n; i++) {
            sweep->now.share += scan->share[places[i]];
        }
    } else {
        add_expected(sweep->bench->expected_rows, places, n, width, sweep->now.expected, sweep->least);
    }
    return scan->narrow ? add_narrow(sweep->bench->rows, places, n, width, (uint16_t *)sweep->now.cases, &bound)
                        : add_wide(sweep->bench->rows, places, n, width, sweep->now.cases, &bound);
}

static void copy_sums(const struct scan *scan, struct sums *to, const struct sums *from)
{
    memcpy(to->cases, from->cases, scan->width * (scan->narrow ? sizeof(uint16_t) : sizeof(uint32_t)));
    if (!scan->separable) {
        memcpy(to->expected, from->expected, scan->width * sizeof *to->expected);
    }
    to->share = from->share;
}

/* A run of circles: passed over as a whole, or judged in halves. */
static void judge_run(struct sweep *sweep, size_t centre, size_t first, size_t n, size_t depth)
{
    const struct scan *scan = sweep->scan;
    const uint32_t *neighbours = scan->neighbours + scan->first_neighbour[centre];
    if (n == 1) {
        if (add_run(sweep, neighbours + first, 1) && scan->complete[scan->first_neighbour[centre] + first]) {
            examine(sweep, centre, first);
        }
        return;
    }
    copy_sums(scan, &sweep->before[depth], &sweep->now);
    if (add_run(sweep, neighbours + first, n)) {
        copy_sums(scan, &sweep->now, &sweep->before[depth]);
        judge_run(sweep, centre, first, n / 2, depth + 1);
        judge_run(sweep, centre, first + n / 2, n - n / 2, depth + 1);
    }
}

static void sweep_centre(struct sweep *sweep, size_t centre, size_t n_circles)
{
    const struct scan *scan = sweep->scan;
    const uint8_t *run = scan->run + scan->first_neighbour[centre];
    memset(sweep->now.cases, 0, scan->width * sizeof *sweep->now.cases);
    memset(sweep->now.expected, 0, scan->width * sizeof *sweep->now.expected);
    sweep->now.share = 0;
    for (size_t k = 0; k < n_circles;) {
        size_t n = run[k] > n_circles - k ? n_circles - k : run[k];
        judge_run(sweep, centre, k, n, 0);
        k += n;
    }
}

/* Circles without a taken place; one whose next place is as far away and taken is not whole. */
static size_t circles_of(const struct scan *scan, size_t centre, const bool *taken)
{
    size_t first = scan->first_neighbour[centre];
    size_t n = scan->first_neighbour[centre + 1] - first;
    for (size_t k = 0; taken != NULL && k < n; k++) {
        if (taken[scan->neighbours[first + k]]) {
            n = k;
        }
    }
    while (n > 0 && !scan->complete[first + n - 1]) {
        n--;
    }
    return n;
}

/* Of all places by duration: the sums of the running sums. */
static void fill_of_all(const struct scan *scan, size_t end, float *of_all)
{
    for (size_t column = 0; column < scan->width; column++) {
        size_t duration = duration_of(scan, end, column < scan->n_columns ? column : 0);
        double sum = 0;
        for (size_t place = 0; place < scan->n_places; place++) {
            const double *until = scan->expected_until + place * (scan->n_steps + 1);
            sum += until[end + 1] - until[end + 1 - duration];
        }
        of_all[column] = (float)sum;
    }
}

void scan_search(const struct scan *scan, struct scan_bench *bench, const bool *taken, struct scan_best *best)
{
    struct sweep sweep;
    sweep.scan = scan;
    sweep.bench = bench;
    sweep.best = best;
    *best = (struct scan_best){0};
    for (sweep.end = earliest_end(scan); sweep.end < scan->n_steps; sweep.end++) {
        fill_rows(scan, bench->counts, sweep.end, bench->rows);
        if (scan->separable) {
            fill_of_all(scan, sweep.end, sweep.of_all);
        } else if (bench->expected_end != sweep.end) {
            fill_expected(scan, sweep.end, bench->expected_rows);
            bench->expected_end = sweep.end;
        }
        for (size_t centre = 0; centre < scan->n_places; centre++) {
            sweep_centre(&sweep, centre, circles_of(scan, centre, taken));
        }
    }
}
