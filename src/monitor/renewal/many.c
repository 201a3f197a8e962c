/*
 * Many series at once, and what the places of one parent have in common. The parent is the sum of its places; how much places differ
 * is seen on the largest of them, fitted with a weak prior around the parent. Small places then lean on both.
 */
#include "monitor/renewal/predict.h"

#include <math.h>
#include <string.h>

#define LEARN_FROM 16
#define FEWEST_PLACES 3
#define WEAK_SD 0.4        /* of hazards of a place around its parent's, before anything is learnt */
#define SHRUNK 1.2         /* modes lie nearer to the parent than the places do */
#define HYPER_SLACK 0.35   /* beside what the largest places differ by: smaller ones may differ more */

/* One place of those that are learnt from. */
struct learnt {
    bool ok;
    double hazards[RENEWAL_DELAYS_MOST], hyper[VG_RENEWAL_HYPER_COUNT];
};

struct many {
    const struct vg_renewal_batch *batch;
    struct vg_renewal_parameters parameters;
    const struct renewal_normals *normals;
    const struct vg_renewal_prior *prior;
    vg_status *statuses;      /* [n] */
    struct vg_error *errors;  /* [n_workers] */
    size_t *failed;           /* [n_workers] first series that failed there */
    const size_t *chosen;     /* learning: which series */
    struct vg_arena *arenas;  /* [2 * n_workers] of results, of work space: kept from series to series */
    struct learnt *learnt;    /* learning: [LEARN_FROM], else NULL */
};

static bool triangle_of(const struct vg_renewal_batch *batch, size_t series, struct vg_arena *arena, struct vg_triangle *triangle)
{
    if (batch->triangles == NULL) {
        return batch->give(batch->context, series, arena, triangle);
    }
    *triangle = batch->triangles[series];
    return true;
}

/* Reports in a triangle, withdrawn ones left out. */
static double total_of(const struct vg_triangle *triangle)
{
    double sum = 0;
    for (size_t i = 0; i < triangle->n_references * triangle->n_delays; i++) {
        sum += isfinite(triangle->increments[i]) && triangle->increments[i] > 0 ? triangle->increments[i] : 0;
    }
    return sum;
}

static void work_one(void *context, size_t item, unsigned worker)
{
    struct many *m = context;
    size_t series = m->learnt != NULL ? m->chosen[item] : item;
    struct vg_renewal_parameters parameters = m->parameters;
    struct vg_renewal_estimate estimate;
    struct vg_triangle triangle;
    struct vg_error error = {0};
    struct vg_arena *arena = &m->arenas[2 * worker], *scratch = arena + 1;
    parameters.series = (uint32_t)series;
    parameters.pool = NULL;
    parameters.memory = m->batch->memories != NULL && m->learnt == NULL ? m->batch->memories[series] : NULL;
    vg_status status = triangle_of(m->batch, series, arena, &triangle) ? VG_OK : vg_fail_memory(&error, 0);
    parameters.undated = m->batch->undated != NULL && m->learnt == NULL ? m->batch->undated[series] : NULL;
    parameters.n_undated = m->batch->n_undated;
    if (status == VG_OK) {
        bool alone = m->learnt == NULL && m->batch->alone_reports > 0 && total_of(&triangle) >= m->batch->alone_reports;
        parameters.prior = alone ? NULL : m->prior;
        status = renewal_estimate(&triangle, &parameters, m->normals, arena, scratch, &estimate, &error);
    }
    m->statuses[item] = status;
    if (status != VG_OK) {
        if (m->failed[worker] == SIZE_MAX || series < m->failed[worker]) {
            m->failed[worker] = series;
            m->errors[worker] = error;
        }
    } else if (m->learnt != NULL) {
        struct learnt *out = &m->learnt[item];
        out->ok = estimate.status == VG_SERIES_OK;
        if (out->ok) {
            memcpy(out->hazards, estimate.memory.hazards, estimate.memory.n_hazards * sizeof(double));
            memcpy(out->hyper, estimate.memory.hyper, sizeof out->hyper);
        }
    } else {
        m->batch->take(m->batch->context, series, &estimate, error.message);
    }
    vg_arena_reset(arena);
    vg_arena_reset(scratch);
}

/* Runs the items; the first series that failed, in their order, says why. */
static vg_status run(struct many *m, size_t n, struct vg_pool *pool, struct vg_arena *arena, struct vg_error *error)
{
    unsigned workers = vg_pool_threads(pool);
    m->statuses = VG_ARENA_ARRAY(arena, vg_status, n + 1);
    m->errors = VG_ARENA_ARRAY(arena, struct vg_error, workers);
    m->failed = VG_ARENA_ARRAY(arena, size_t, workers);
    m->arenas = VG_ARENA_ARRAY(arena, struct vg_arena, 2 * (size_t)workers);
    if (arena->failed || m->failed == NULL) {
        return vg_fail_memory(error, n * sizeof(vg_status));
    }
    for (unsigned w = 0; w < workers; w++) {
        m->failed[w] = SIZE_MAX;
        vg_arena_init(&m->arenas[2 * w], 0);
        vg_arena_init(&m->arenas[2 * w + 1], 0);
        vg_arena_reserve(&m->arenas[2 * w + 1], RENEWAL_SCRATCH_BYTES);
    }
    vg_parallel_for(pool, n, work_one, m);
    for (unsigned w = 0; w < 2 * workers; w++) {
        vg_arena_release(&m->arenas[w]);
    }
    size_t first = SIZE_MAX;
    unsigned where = 0;
    vg_status status = VG_OK;
    for (unsigned w = 0; w < workers; w++) {
        if (m->failed[w] < first) {
            first = m->failed[w];
            where = w;
        }
    }
    for (size_t i = 0; i < n && status == VG_OK; i++) {
        status = m->statuses[i];
    }
    if (status != VG_OK && error != NULL) {
        *error = m->errors[where];
        return vg_fail_context(error, "series %zu: ", first);
    }
    return status;
}

/* --------------------------------------------------------------------- learning */

/* Sum of all and the reports of each; NaN where none published. False where they do not fit together. */
static bool add_up(const struct vg_renewal_batch *batch, struct vg_arena *arena, struct vg_triangle *sum, double *totals)
{
    struct vg_arena scratch;
    bool fits = true;
    vg_arena_init(&scratch, 0);
    for (size_t series = 0; fits && series < batch->n; series++) {
        struct vg_triangle one;
        fits = triangle_of(batch, series, &scratch, &one);
        size_t cells = fits ? one.n_references * one.n_delays : 0;
        if (fits && series == 0) {
            *sum = one;
            sum->increments = VG_ARENA_ARRAY(arena, double, cells);
            for (size_t i = 0; sum->increments != NULL && i < cells; i++) {
                sum->increments[i] = NAN;
            }
        }
        fits = fits && sum->increments != NULL && one.start == sum->start && one.step_days == sum->step_days && one.n_references == sum->n_references &&
               one.n_delays == sum->n_delays && one.as_of == sum->as_of && one.n_delays <= RENEWAL_DELAYS_MOST;
        for (size_t i = 0; fits && i < cells; i++) {
            if (isfinite(one.increments[i])) {
                sum->increments[i] = isfinite(sum->increments[i]) ? sum->increments[i] + one.increments[i] : one.increments[i];
            }
        }
        totals[series] = fits ? total_of(&one) : 0;
        vg_arena_reset(&scratch);
    }
    vg_arena_release(&scratch);
    return fits;
}

/* The largest series, in order of their number so that nothing depends on ties. */
static size_t choose_largest(const struct vg_renewal_batch *batch, double *totals, size_t *chosen)
{
    size_t n = 0;
    for (; n < LEARN_FROM && n < batch->n; n++) {
        size_t best = 0;
        for (size_t series = 1; series < batch->n; series++) {
            best = totals[series] > totals[best] ? series : best;
        }
        if (!(totals[best] >= 50)) {
            break;
        }
        chosen[n] = best;
        totals[best] = -1;
    }
    return n;
}

static double within(double value, double low, double high)
{
    return value < low ? low : value > high ? high : value;
}

/* Spread of the places around the parent, over the delays that matter. */
static void learn_hazards(const struct learnt *learnt, size_t n, struct vg_renewal_prior *prior)
{
    double common_squares = 0, own_squares = 0, left = 1, places = 0, values = 0;
    size_t delays = 0;
    while (delays < prior->n_hazards && left > 0.1) {
        left /= 1 + exp(prior->hazards[delays++]);
    }
    for (size_t i = 0; i < n && delays > 0; i++) {
        double common = 0;
        for (size_t d = 0; d < delays && learnt[i].ok; d++) {
            common += (learnt[i].hazards[d] - prior->hazards[d]) / (double)delays;
        }
        for (size_t d = 0; d < delays && learnt[i].ok; d++) {
            double own = learnt[i].hazards[d] - prior->hazards[d] - common;
            own_squares += own * own;
            values++;
        }
        common_squares += learnt[i].ok ? common * common : 0;
        places += learnt[i].ok ? 1 : 0;
    }
    prior->common_sd = places > 0 ? within(SHRUNK * sqrt(common_squares / places), 0.05, 1.0) : WEAK_SD;
    prior->between_sd = values > 0 ? within(SHRUNK * sqrt(own_squares / values), 0.05, 0.6) : WEAK_SD;
}

/*
 * The scales, but for that of report steps: single places of real sources report so unsteadily that a prior made of them lets the newest counts be
 * explained away by a step's effect.
 */
static void learn_hyper(const struct learnt *learnt, size_t n, struct vg_renewal_prior *prior)
{
    for (size_t h = 0; h < VG_RENEWAL_HYPER_COUNT; h++) {
        double mean = 0, variance = 0, places = 0;
        for (size_t i = 0; i < n; i++) {
            mean += learnt[i].ok ? learnt[i].hyper[h] : 0;
            places += learnt[i].ok ? 1 : 0;
        }
        if (places < FEWEST_PLACES || h == RENEWAL_UPSILON) {
            continue;
        }
        mean /= places;
        for (size_t i = 0; i < n; i++) {
            variance += learnt[i].ok ? (learnt[i].hyper[h] - mean) * (learnt[i].hyper[h] - mean) / places : 0;
        }
        prior->hyper_mean[h] = mean;
        prior->hyper_sd[h] = within(sqrt(variance + HYPER_SLACK * HYPER_SLACK), 0.2, prior->hyper_sd[h]);
    }
}

static bool prior_of_parent(const struct vg_renewal_estimate *parent, struct vg_arena *arena, struct vg_renewal_prior *prior)
{
    static const double hyper_mean[VG_RENEWAL_HYPER_COUNT] = RENEWAL_HYPER_MEANS, hyper_sd[VG_RENEWAL_HYPER_COUNT] = RENEWAL_HYPER_SDS;
    *prior = (struct vg_renewal_prior){.n_hazards = parent->memory.n_hazards, .between_sd = WEAK_SD, .common_sd = WEAK_SD, .report_day_sd = 0.3, .weekday_sd = 0.2};
    prior->hazards = VG_ARENA_ARRAY(arena, double, prior->n_hazards + 1);
    if (prior->hazards == NULL) {
        return false;
    }
    memcpy(prior->hazards, parent->memory.hazards, prior->n_hazards * sizeof(double));
    double *steps = VG_ARENA_ARRAY(arena, double, 2 * parent->memory.n_steps + 1);
    if (steps == NULL) {
        return false;
    }
    memcpy(steps, parent->memory.short_steps, 2 * parent->memory.n_steps * sizeof *steps);
    prior->first_step = parent->memory.first_step;
    prior->short_steps = steps;
    prior->long_steps = steps + parent->memory.n_steps;
    memcpy(prior->report_day, parent->memory.report_day, sizeof prior->report_day);
    memcpy(prior->weekday, parent->memory.weekday, sizeof prior->weekday);
    memcpy(prior->hyper_mean, hyper_mean, sizeof hyper_mean);
    memcpy(prior->hyper_sd, hyper_sd, sizeof hyper_sd);
    return true;
}

vg_status vg_renewal_learn_prior(const struct vg_renewal_batch *batch, const struct vg_renewal_parameters *parameters, struct vg_pool *pool,
                                 struct vg_arena *arena, struct vg_renewal_prior *prior, bool *found, struct vg_error *error)
{
    struct vg_triangle sum;
    struct vg_arena scratch;
    struct vg_renewal_estimate parent = {.status = VG_SERIES_TOO_SHORT};
    size_t chosen[LEARN_FROM], n = 0;
    struct many m = {.batch = batch, .parameters = *parameters, .chosen = chosen};
    vg_status status = VG_OK;
    *found = false;
    vg_arena_init(&scratch, 0);
    struct renewal_normals *normals = VG_ARENA_ARRAY(&scratch, struct renewal_normals, 1);
    double *totals = VG_ARENA_ARRAY(&scratch, double, batch->n + 1);
    m.learnt = VG_ARENA_ARRAY(&scratch, struct learnt, LEARN_FROM);
    m.normals = normals;
    m.parameters.method = VG_RENEWAL_FAST;
    m.parameters.prior = NULL;
    m.parameters.memory = NULL;
    m.parameters.undated = NULL; /* delays are learnt from dated reports */
    m.parameters.n_draws = 50;
    m.parameters.forecast_steps = 1;
    if (normals == NULL || totals == NULL || m.learnt == NULL) {
        status = vg_fail_memory(error, batch->n * sizeof *totals);
        goto done;
    }
    renewal_normals_fill(normals, parameters->seed);
    if (batch->n < FEWEST_PLACES || !add_up(batch, &scratch, &sum, totals)) {
        goto done;
    }
    m.parameters.pool = pool;
    status = renewal_estimate(&sum, &m.parameters, normals, &scratch, &scratch, &parent, error);
    if (status != VG_OK || parent.status != VG_SERIES_OK) {
        goto done;
    }
    if (!prior_of_parent(&parent, arena, prior)) {
        status = vg_fail_memory(error, parent.memory.n_hazards * sizeof(double));
        goto done;
    }
    n = choose_largest(batch, totals, chosen);
    m.prior = prior;
    status = run(&m, n, pool, &scratch, error);
    if (status == VG_OK && n >= FEWEST_PLACES) {
        learn_hazards(m.learnt, n, prior);
        learn_hyper(m.learnt, n, prior);
        /* Only from here on: the largest were fitted with all their delays, to see how much they differ. */
        prior->n_steps = batch->own_steps ? 0 : parent.memory.n_steps;
        for (size_t k = 0; k < parent.expected_final.n_steps; k++) {
            prior->total += isfinite(parent.reported[k]) ? parent.reported[k] : 0;
        }
        *found = true;
    }
done:
    vg_arena_release(&scratch);
    return status;
}

vg_status vg_renewal_many(const struct vg_renewal_batch *batch, const struct vg_renewal_parameters *parameters, struct vg_pool *pool,
                          struct vg_error *error)
{
    struct vg_arena arena;
    struct vg_renewal_prior prior;
    struct many m = {.batch = batch, .parameters = *parameters};
    bool found = false;
    vg_status status = VG_OK;
    vg_arena_init(&arena, 0);
    struct renewal_normals *normals = VG_ARENA_ARRAY(&arena, struct renewal_normals, 1);
    if (normals == NULL) {
        status = vg_fail_memory(error, sizeof *normals);
    } else {
        renewal_normals_fill(normals, parameters->seed);
        m.normals = normals;
    }
    if (status == VG_OK && batch->pooled && batch->n > 0) {
        status = vg_renewal_learn_prior(batch, parameters, pool, &arena, &prior, &found, error);
    }
    if (status == VG_OK) {
        m.prior = found ? &prior : NULL;
        status = run(&m, batch->n, pool, &arena, error);
    }
    vg_arena_release(&arena);
    return status;
}
