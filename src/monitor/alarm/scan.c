/*
 * Space-time clusters by the scan statistic: which cylinder (a circle of places, an interval of steps) holds most more cases than expected, and how often chance alone
 * makes one as strong (Kulldorff M. Commun Stat Theory Methods 1997;26:1481-1496; Kulldorff M. J R Stat Soc A 2001;164:61-72; Kulldorff M et al. PLoS Med 2005;2:e59).
 * P-values from replicates, and from the extreme value distribution through them (Abrams AM, Kleinman K, Kulldorff M. Int J Health Geogr 2010;9:61).
 */
#include "monitor/alarm/scan_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define EARTH_RADIUS_KM 6371.0088
#define PI 3.14159265358979323846
#define EULER 0.57721566490153286
#define SAME_PLACE 1e-14                /* squared chords of the unit sphere that differ by less are the same: under a metre */
#define MOST_CASES ((double)(1 << 24))  /* floats count so far */

void vg_scan_defaults(struct vg_scan_parameters *parameters)
{
    *parameters = (struct vg_scan_parameters){.largest_share = 0.5, .shortest = 1, .fewest_cases = 2, .replicates = 999, .most_clusters = 10, .report_p = 1, .seed = 20210205};
}

/* Everything that a replicate needs. */
struct work {
    struct scan *scan;
    struct vg_arena *arena;
    uint32_t *cell;             /* Poisson: alias table of the cells that expect anything */
    uint32_t *alias;
    double *keep;
    size_t n_cells;
    uint32_t *steps;            /* permutation: the step of each case, cases in order of their places */
    uint32_t *cases_until;      /* [n_places + 1] */
    struct scan_bench *benches; /* a worker each */
    uint32_t **shuffled;        /* [workers] */
    double *largest;            /* [replicates] */
    const double *latitude, *longitude;
    double *sphere;             /* [3 * n_places] */
    const double *size;         /* [n_places] what circles are measured by */
    uint32_t **sorted;          /* [n_places] */
    size_t *n_sorted;
    bool **complete;
    bool *failed;               /* [n_places] */
};

/* ---------------------------------------------------------------- circles */

struct near { double distance; uint32_t place; };

static int nearer(const void *a, const void *b)
{
    const struct near *x = a;
    const struct near *y = b;
    if (x->distance != y->distance) {
        return x->distance < y->distance ? -1 : 1;
    }
    return x->place < y->place ? -1 : x->place > y->place;
}

static void set_out_circles(void *shared, size_t centre, unsigned worker)
{
    struct work *work = shared;
    size_t n = work->scan->n_places;
    const double *from = work->sphere + 3 * centre;
    struct near *list = malloc(n * sizeof *list);
    (void)worker;
    work->failed[centre] = list == NULL;
    double total = 0;
    for (size_t i = 0; list != NULL && i < n; i++) {
        const double *to = work->sphere + 3 * i;
        double square = 0;
        for (int axis = 0; axis < 3; axis++) {
            square += (to[axis] - from[axis]) * (to[axis] - from[axis]);
        }
        list[i] = (struct near){square, (uint32_t)i};
        total += work->size[i];
    }
    size_t kept = 0;
    double inside = 0;
    if (list != NULL) {
        qsort(list, n, sizeof *list, nearer);
    }
    while (list != NULL && kept < n && (inside += work->size[list[kept].place]) <= work->scan->p->largest_share * total * (1 + 1e-12)) {
        kept++;
    }
    work->sorted[centre] = malloc((kept + 1) * sizeof(uint32_t));
    work->complete[centre] = malloc((kept + 1) * sizeof(bool));
    work->failed[centre] = work->failed[centre] || work->sorted[centre] == NULL || work->complete[centre] == NULL;
    work->n_sorted[centre] = 0;
    for (size_t k = 0; !work->failed[centre] && k < kept; k++) {
        work->sorted[centre][k] = list[k].place;
        work->complete[centre][k] = k + 1 == n || list[k + 1].distance > list[k].distance + SAME_PLACE;
        work->n_sorted[centre] = k + 1;
    }
    free(list);
}

/*
 * Circles are judged together as long as the expectation grows by no more than a few standard deviations (or three cases): a run that grows by more seems to beat the best
 * too often, and is then judged again in halves.
 */
static void set_runs(const struct scan *scan, size_t centre)
{
    size_t first = scan->first_neighbour[centre];
    size_t n = scan->first_neighbour[centre + 1] - first;
    double of_all = scan->n_cases * (double)scan->longest / (double)scan->n_steps;
    double expected = 0;
    for (size_t k = 0; k < n;) {
        double before = expected;
        size_t length = 0;
        do {
            expected += of_all * scan->share[scan->neighbours[first + k + length]];
            length++;
        } while (length < SCAN_LONGEST_RUN && k + length < n && expected + of_all * scan->share[scan->neighbours[first + k + length]] - before <= fmax(3, 2.5 * sqrt(before)));
        scan->run[first + k] = (uint8_t)length;
        k += length;
    }
}

static vg_status collect_circles(struct work *work, struct vg_error *error)
{
    struct scan *scan = work->scan;
    size_t total = 0;
    bool failed = false;
    for (size_t i = 0; i < scan->n_places; i++) {
        total += work->n_sorted[i];
        failed = failed || work->failed[i];
    }
    scan->neighbours = VG_ARENA_ARRAY(work->arena, uint32_t, total + 1);
    scan->complete = VG_ARENA_ARRAY(work->arena, bool, total + 1);
    scan->run = VG_ARENA_ARRAY(work->arena, uint8_t, total + 1);
    scan->first_neighbour = VG_ARENA_ARRAY(work->arena, size_t, scan->n_places + 1);
    if (failed || scan->run == NULL || scan->neighbours == NULL || scan->complete == NULL || scan->first_neighbour == NULL) {
        return vg_fail_memory(error, total * (sizeof(uint32_t) + sizeof(bool)));
    }
    for (size_t i = 0, at = 0; i < scan->n_places; i++) {
        memcpy(scan->neighbours + at, work->sorted[i], work->n_sorted[i] * sizeof(uint32_t));
        memcpy(scan->complete + at, work->complete[i], work->n_sorted[i] * sizeof(bool));
        at += work->n_sorted[i];
        scan->first_neighbour[i + 1] = at;
        set_runs(scan, i);
    }
    return VG_OK;
}

static vg_status make_circles(struct work *work, struct vg_pool *pool, struct vg_error *error)
{
    size_t n = work->scan->n_places;
    const double radians = PI / 180;
    work->sphere = VG_ARENA_ARRAY(work->arena, double, 3 * n);
    work->sorted = VG_ARENA_ARRAY(work->arena, uint32_t *, n);
    work->complete = VG_ARENA_ARRAY(work->arena, bool *, n);
    work->n_sorted = VG_ARENA_ARRAY(work->arena, size_t, n);
    work->failed = VG_ARENA_ARRAY(work->arena, bool, n);
    if (work->arena->failed) {
        return vg_fail_memory(error, n * sizeof(double) * 7);
    }
    for (size_t i = 0; i < n; i++) {
        double latitude = work->latitude[i] * radians;
        double longitude = work->longitude[i] * radians;
        work->sphere[3 * i] = cos(latitude) * cos(longitude);
        work->sphere[3 * i + 1] = cos(latitude) * sin(longitude);
        work->sphere[3 * i + 2] = sin(latitude);
    }
    vg_parallel_for(pool, n, set_out_circles, work);
    vg_status status = collect_circles(work, error);
    for (size_t i = 0; i < n; i++) {
        free(work->sorted[i]);
        free(work->complete[i]);
    }
    return status;
}

/* ------------------------------------------------------------- replicates */

/* Walker's alias method, so that a case finds its cell with two draws. */
static vg_status make_alias_table(struct work *work, struct vg_error *error)
{
    const struct scan *scan = work->scan;
    size_t n_all = scan->n_places * scan->n_steps;
    work->cell = VG_ARENA_ARRAY(work->arena, uint32_t, n_all);
    work->alias = VG_ARENA_ARRAY(work->arena, uint32_t, n_all);
    work->keep = VG_ARENA_ARRAY(work->arena, double, n_all);
    uint32_t *waiting = VG_ARENA_ARRAY(work->arena, uint32_t, n_all);
    if (work->arena->failed) {
        return vg_fail_memory(error, n_all * 20);
    }
    size_t n = 0;
    for (size_t i = 0; i < n_all; i++) {
        if (scan->expected[i] > 0) {
            work->cell[n] = (uint32_t)i;
            work->keep[n++] = scan->expected[i];
        }
    }
    work->n_cells = n;
    size_t n_small = 0;
    size_t n_large = 0; /* small ones wait at the front, large ones at the back */
    for (size_t i = 0; i < n; i++) {
        work->keep[i] *= (double)n / scan->n_cases;
        work->alias[i] = (uint32_t)i;
        waiting[work->keep[i] < 1 ? n_small++ : n - ++n_large] = (uint32_t)i;
    }
    while (n_small > 0 && n_large > 0) {
        uint32_t small = waiting[--n_small];
        uint32_t large = waiting[n - n_large];
        work->alias[small] = large;
        work->keep[large] -= 1 - work->keep[small];
        if (work->keep[large] < 1) {
            n_large--;
            waiting[n_small++] = large;
        }
    }
    return VG_OK;
}

static vg_status list_cases(struct work *work, const uint32_t *counts, struct vg_error *error)
{
    const struct scan *scan = work->scan;
    work->steps = VG_ARENA_ARRAY(work->arena, uint32_t, (size_t)scan->n_cases);
    work->cases_until = VG_ARENA_ARRAY(work->arena, uint32_t, scan->n_places + 1);
    if (work->arena->failed) {
        return vg_fail_memory(error, (size_t)scan->n_cases * sizeof(uint32_t));
    }
    uint32_t n = 0;
    for (size_t place = 0; place < scan->n_places; place++) {
        for (size_t step = 0; step < scan->n_steps; step++) {
            for (uint32_t i = 0; i < counts[place * scan->n_steps + step]; i++) {
                work->steps[n++] = (uint32_t)step;
            }
        }
        work->cases_until[place + 1] = n;
    }
    return VG_OK;
}

static void draw_poisson(const struct work *work, struct vg_random *random, uint32_t *counts)
{
    size_t n_cases = (size_t)work->scan->n_cases;
    for (size_t i = 0; i < n_cases; i++) {
        uint64_t bits = vg_random_u64(random);
        size_t cell = (size_t)((bits >> 32) * work->n_cells >> 32); /* too often by at most 2^-32 n_cells of itself */
        counts[work->cell[(double)(uint32_t)bits * 0x1p-32 < work->keep[cell] ? cell : work->alias[cell]]]++;
    }
}

static void draw_permutation(const struct work *work, struct vg_random *random, uint32_t *steps, uint32_t *counts)
{
    uint32_t n = (uint32_t)work->scan->n_cases;
    memcpy(steps, work->steps, n * sizeof *steps);
    size_t place = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t other = i + vg_random_below(random, n - i);
        uint32_t kept = steps[i];
        steps[i] = steps[other];
        steps[other] = kept;
        while (i >= work->cases_until[place + 1]) {
            place++;
        }
        counts[place * work->scan->n_steps + steps[i]]++;
    }
}

static void run_replicate(void *shared, size_t replicate, unsigned worker)
{
    struct work *work = shared;
    struct scan *scan = work->scan;
    struct scan_bench *bench = &work->benches[worker];
    struct vg_random random = vg_random_stream(scan->p->seed, (uint32_t)replicate, 0, 0x7363616E);
    struct scan_best best;
    memset(bench->counts, 0, scan->n_places * scan->n_steps * sizeof *bench->counts);
    if (scan->p->model == VG_SCAN_POISSON) {
        draw_poisson(work, &random, bench->counts);
    } else {
        draw_permutation(work, &random, work->shuffled[worker], bench->counts);
    }
    scan_search(scan, bench, NULL, &best);
    work->largest[replicate] = best.ratio;
}

static vg_status make_benches(struct work *work, unsigned n_workers, struct vg_error *error)
{
    const struct scan *scan = work->scan;
    size_t n_all = scan->n_places * scan->n_steps;
    work->benches = VG_ARENA_ARRAY(work->arena, struct scan_bench, n_workers);
    work->shuffled = VG_ARENA_ARRAY(work->arena, uint32_t *, n_workers);
    for (unsigned i = 0; !work->arena->failed && i < n_workers; i++) {
        (void)scan_bench_new(scan, work->arena, &work->benches[i]);
        work->shuffled[i] = scan->p->model == VG_SCAN_PERMUTATION ? VG_ARENA_ARRAY(work->arena, uint32_t, (size_t)scan->n_cases) : NULL;
    }
    return work->arena->failed ? vg_fail_memory(error, n_workers * n_all * 8) : VG_OK;
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* --------------------------------------------------------------- clusters */

/* P-values of a ratio among the sorted largest ones of the replicates. */
static void judge(const struct vg_scan_result *result, size_t replicates, struct vg_scan_cluster *cluster)
{
    size_t at_least = 0;
    double mean = 0;
    double squares = 0;
    for (size_t i = 0; i < replicates; i++) {
        at_least += result->largest_ratios[i] >= cluster->log_likelihood_ratio * (1 - 1e-9);
        mean += result->largest_ratios[i] / (double)replicates;
    }
    for (size_t i = 0; i < replicates; i++) {
        squares += (result->largest_ratios[i] - mean) * (result->largest_ratios[i] - mean);
    }
    cluster->p_value = replicates == 0 ? NAN : (1 + (double)at_least) / (1 + (double)replicates);
    double scale = replicates < 2 ? NAN : sqrt(6 * squares / ((double)replicates - 1)) / PI;
    cluster->p_gumbel = -expm1(-exp(-(cluster->log_likelihood_ratio - (mean - EULER * scale)) / scale));
}

static bool describe(const struct work *work, const struct scan_best *best, struct vg_scan_cluster *cluster)
{
    const struct scan *scan = work->scan;
    const uint32_t *neighbours = scan->neighbours + scan->first_neighbour[best->centre];
    const double *from = work->sphere + 3 * best->centre;
    const double *to = work->sphere + 3 * neighbours[best->circle];
    double chord = sqrt((to[0] - from[0]) * (to[0] - from[0]) + (to[1] - from[1]) * (to[1] - from[1]) + (to[2] - from[2]) * (to[2] - from[2]));
    double rest = scan->n_cases - best->observed;
    *cluster = (struct vg_scan_cluster){.centre = best->centre, .n_places = best->circle + 1, .radius_km = 2 * EARTH_RADIUS_KM * asin(fmin(1, chord / 2)),
                                        .first = best->end + 1 - best->duration, .last = best->end, .observed = best->observed, .expected = best->expected,
                                        .log_likelihood_ratio = best->ratio};
    cluster->relative_risk = rest > 0 ? best->observed / best->expected / (rest / (scan->n_cases - best->expected)) : INFINITY;
    cluster->places = VG_ARENA_ARRAY(work->arena, uint32_t, cluster->n_places);
    if (cluster->places != NULL) {
        memcpy(cluster->places, neighbours, cluster->n_places * sizeof *neighbours);
    }
    return cluster->places != NULL;
}

static vg_status find_clusters(const struct work *work, struct scan_bench *bench, struct vg_scan_result *result, struct vg_error *error)
{
    const struct scan *scan = work->scan;
    bool *taken = VG_ARENA_ARRAY(work->arena, bool, scan->n_places);
    result->clusters = VG_ARENA_ARRAY(work->arena, struct vg_scan_cluster, scan->p->most_clusters + 1);
    while (taken != NULL && result->clusters != NULL && result->n_clusters < scan->p->most_clusters) {
        struct vg_scan_cluster *cluster = &result->clusters[result->n_clusters];
        struct scan_best best;
        scan_search(scan, bench, taken, &best);
        if (!(best.ratio > 0) || !describe(work, &best, cluster)) {
            break;
        }
        judge(result, scan->p->replicates, cluster);
        if (result->n_clusters > 0 && cluster->p_value > scan->p->report_p) {
            break;
        }
        result->n_clusters++;
        for (size_t i = 0; i < cluster->n_places; i++) {
            taken[cluster->places[i]] = true;
        }
    }
    return work->arena->failed ? vg_fail_memory(error, 0) : VG_OK;
}

/* ------------------------------------------------------------ the way in */

static vg_status check(const struct vg_scan_parameters *p, size_t n_places, size_t n_steps, const double *latitude, const double *longitude, struct vg_error *error)
{
    if (!(p->largest_share > 0) || p->largest_share > 1 || p->shortest == 0 || (p->longest > 0 && p->longest < p->shortest) || p->replicates > 999999 || p->most_clusters == 0) {
        return vg_fail(error, VG_USAGE_ERROR, "a scan needs a largest share above 0 and up to 1, a longest duration that is not under the shortest, and at most 999,999 replicates");
    }
    if (n_places == 0 || n_steps < p->shortest || n_places > UINT32_MAX / (n_steps + 1)) {
        return vg_fail(error, VG_DATA_ERROR, "a scan needs places and as many steps as the shortest cluster lasts");
    }
    for (size_t i = 0; i < n_places; i++) {
        if (!(fabs(latitude[i]) <= 90) || !(fabs(longitude[i]) <= 360)) {
            return vg_fail(error, VG_USAGE_ERROR, "place %zu has no coordinates", i);
        }
    }
    return VG_OK;
}

/* Whether what is expected is a product of place and step, up to rounding. */
static bool is_separable(const struct scan *scan)
{
    size_t n_steps = scan->n_steps;
    for (size_t step = 0; step < n_steps; step++) {
        double sum = 0;
        for (size_t place = 0; place < scan->n_places; place++) {
            sum += scan->expected[place * n_steps + step];
        }
        for (size_t place = 0; place < scan->n_places; place++) {
            double product = sum * scan->share[place];
            if (fabs(product - scan->expected[place * n_steps + step]) > 1e-7 * product) {
                return false;
            }
        }
    }
    return true;
}

/* Counts as whole numbers, and what is expected of each cell, scaled to their sum. */
static vg_status take_in(struct scan *scan, const double *counts, const double *expected, struct vg_arena *arena, uint32_t **whole, struct vg_error *error)
{
    size_t n = scan->n_places * scan->n_steps;
    double *scaled = VG_ARENA_ARRAY(arena, double, n);
    double *by_step = VG_ARENA_ARRAY(arena, double, scan->n_steps);
    double *by_place = VG_ARENA_ARRAY(arena, double, scan->n_places);
    scan->share = VG_ARENA_ARRAY(arena, double, scan->n_places);
    *whole = VG_ARENA_ARRAY(arena, uint32_t, n);
    scan->expected_until = VG_ARENA_ARRAY(arena, double, scan->n_places * (scan->n_steps + 1));
    if (arena->failed) {
        return vg_fail_memory(error, n * sizeof(double) * 3);
    }
    double total = 0;
    for (size_t i = 0; i < n; i++) {
        double count = counts[i] > 0 ? round(fmin(counts[i], MOST_CASES)) : 0;
        (*whole)[i] = (uint32_t)count;
        scan->n_cases += count;
        by_place[i / scan->n_steps] += count;
        by_step[i % scan->n_steps] += count;
        total += expected == NULL || !(expected[i] > 0) ? 0 : expected[i];
    }
    if (!(scan->n_cases > 0) || scan->n_cases >= MOST_CASES) {
        return vg_fail(error, VG_DATA_ERROR, scan->n_cases > 0 ? "a scan takes up to 16 million cases" : "there are no cases to scan");
    }
    for (size_t i = 0; i < n; i++) {
        scaled[i] = expected == NULL ? by_place[i / scan->n_steps] * by_step[i % scan->n_steps] / scan->n_cases : expected[i] > 0 ? expected[i] * scan->n_cases / total : 0;
        if ((*whole)[i] > 0 && !(scaled[i] > 0)) {
            return vg_fail(error, VG_DATA_ERROR, "place %zu has cases where nothing is expected (is its population known?)", i / scan->n_steps);
        }
        size_t place = i / scan->n_steps;
        scan->expected_until[i + place + 1] = scan->expected_until[i + place] + scaled[i];
    }
    for (size_t place = 0; place < scan->n_places; place++) {
        scan->share[place] = scan->expected_until[place * (scan->n_steps + 1) + scan->n_steps] / scan->n_cases;
    }
    scan->expected = scaled;
    scan->narrow = scan->n_cases <= UINT16_MAX;
    scan->separable = is_separable(scan);
    return VG_OK;
}

vg_status vg_alarm_scan(const double *counts, const double *expected, size_t n_places, size_t n_steps, const double *latitude, const double *longitude,
                        const struct vg_scan_parameters *parameters, struct vg_pool *pool, struct vg_arena *arena, struct vg_scan_result *result, struct vg_error *error)
{
    const struct vg_scan_parameters *p = parameters;
    struct scan scan = {.p = p, .n_places = n_places, .n_steps = n_steps, .longest = p->longest == 0 ? n_steps / 2 : p->longest};
    struct work work = {.scan = &scan, .arena = arena, .latitude = latitude, .longitude = longitude};
    uint32_t *whole = NULL;
    *result = (struct vg_scan_result){0};
    vg_status status = check(p, n_places, n_steps, latitude, longitude, error);
    if (status != VG_OK) {
        return status;
    }
    if (p->model == VG_SCAN_POISSON && expected == NULL) {
        return vg_fail(error, VG_USAGE_ERROR, "the Poisson scan needs what is expected");
    }
    scan.longest = scan.longest > n_steps ? n_steps : scan.longest < p->shortest ? p->shortest : scan.longest;
    scan.n_columns = scan.longest - p->shortest + 1;
    scan.width = (scan.n_columns + SCAN_LANES - 1) / SCAN_LANES * SCAN_LANES;
    if (scan.width > SCAN_MOST_COLUMNS) {
        return vg_fail(error, VG_USAGE_ERROR, "a cluster lasts at most %d steps", SCAN_MOST_COLUMNS);
    }
    status = take_in(&scan, counts, p->model == VG_SCAN_PERMUTATION ? NULL : expected, arena, &whole, error);
    result->largest_ratios = VG_ARENA_ARRAY(arena, double, p->replicates + 1);
    if (status != VG_OK || arena->failed) {
        return status != VG_OK ? status : vg_fail_memory(error, n_places * scan.width * sizeof(float));
    }
    work.size = scan.share;
    work.largest = result->largest_ratios;
    result->n_cases = scan.n_cases;
    status = make_circles(&work, pool, error);
    if (status == VG_OK) {
        status = p->model == VG_SCAN_POISSON ? make_alias_table(&work, error) : list_cases(&work, whole, error);
    }
    if (status == VG_OK) {
        status = make_benches(&work, vg_pool_threads(pool), error);
    }
    if (status != VG_OK) {
        return status;
    }
    vg_parallel_for(pool, p->replicates, run_replicate, &work);
    qsort(result->largest_ratios, p->replicates, sizeof(double), compare_doubles);
    memcpy(work.benches[0].counts, whole, n_places * n_steps * sizeof *whole);
    return find_clusters(&work, &work.benches[0], result, error);
}
