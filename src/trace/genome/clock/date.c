/*
 * Dates of all nodes by least squares, no child before its parent, and the rate for which they fit best. Dated leaves are springs that hardly give, so that
 * every node is free and a branch is either free or held at no length; which are held is found by primal-dual active sets (Hintermüller, Ito, Kunisch 2002, SIAM J.
 * Optim. 13:865): a free branch that goes back is held, a held branch that is pulled open is let go.
 */
#include "trace/genome/clock/internal.h"

#include "trace/genome/introductions/introductions.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS_MOST = 60, GOLDEN_STEPS = 13, REWEIGHTS = 2 };
#define STIFF 1e7   /* of a date's spring, in those of branches */
#define SLACK 1e-9  /* years */
#define NODES_TIMES_REPLICATES 400000000.0
#define DAYS_A_YEAR 365.25
#define DRAWN_LEAVES_MOST 20000u
#define SWEEPS_TIMES_LEAVES 4e6
#define WARMUP_LEAST 200.0
#define WARMUP_MOST 1000.0

void vg_clock_model_defaults(struct vg_clock_model *model)
{
    *model = (struct vg_clock_model){.rate = NAN, .outlier_sds = 4, .n_replicates = 50, .seed = 20210205};
}

static void eliminate(struct clock_solver *s, double rate)
{
    const struct vg_tree *tree = s->tree;
    for (uint32_t v = 0; v < tree->n_nodes; v++) {
        bool dated = isfinite(s->years[v]);
        s->a[v] = dated ? STIFF * rate * rate : 0;
        s->b[v] = dated ? s->a[v] * s->years[v] : 0;
    }
    for (uint32_t v = tree->n_nodes; v-- > 1;) {
        uint32_t parent = tree->parent[v];
        double k = rate * rate * s->weights[v], length = s->mutations[v] / rate, share = k / (s->a[v] + k);
        if (s->held[v] != 0) {
            s->a[parent] += s->a[v];
            s->b[parent] += s->b[v];
        } else {
            s->a[parent] += s->a[v] * share;
            s->b[parent] += s->b[v] * share - s->a[v] * share * length;
        }
    }
}

static void substitute(struct clock_solver *s, double rate)
{
    const struct vg_tree *tree = s->tree;
    s->times[0] = s->b[0] / s->a[0];
    for (uint32_t v = 1; v < tree->n_nodes; v++) {
        double k = rate * rate * s->weights[v], above = s->times[tree->parent[v]];
        s->times[v] = s->held[v] != 0 ? above : (s->b[v] + k * (above + s->mutations[v] / rate)) / (s->a[v] + k);
    }
}

/* How many branches were held or let go. */
static size_t exchange(struct clock_solver *s, double rate)
{
    size_t changes = 0;
    for (uint32_t v = 1; v < s->tree->n_nodes; v++) {
        if (s->held[v] == 0) {
            s->held[v] = s->times[v] < s->times[s->tree->parent[v]] - SLACK;
            changes += s->held[v];
        } else {
            double pull = s->a[v] * s->times[v] - s->b[v] - s->weights[v] * rate * s->mutations[v];
            double scale = rate * rate * s->weights[v] * SLACK;
            s->held[v] = !(pull < -scale);
            changes += s->held[v] == 0;
        }
    }
    return changes;
}

/* What is left of a cut-off search is put right: no node after a dated leaf below it, none before its parent. */
static void put_in_order(struct clock_solver *s)
{
    const struct vg_tree *tree = s->tree;
    for (uint32_t v = 0; v < tree->n_nodes; v++) {
        s->a[v] = isfinite(s->years[v]) ? s->years[v] : INFINITY;
    }
    for (uint32_t v = tree->n_nodes; v-- > 1;) {
        s->a[tree->parent[v]] = fmin(s->a[tree->parent[v]], s->a[v]);
    }
    for (uint32_t v = 0; v < tree->n_nodes; v++) {
        double least = v == 0 ? -INFINITY : s->times[tree->parent[v]];
        s->times[v] = isfinite(s->years[v]) ? s->years[v] : fmin(fmax(s->times[v], least), s->a[v]);
    }
}

static double objective(const struct clock_solver *s, double rate)
{
    double sum = 0;
    for (uint32_t v = 1; v < s->tree->n_nodes; v++) {
        double apart = s->mutations[v] - rate * (s->times[v] - s->times[s->tree->parent[v]]);
        sum += s->weights[v] * apart * apart;
    }
    return sum;
}

double clock_solve(struct clock_solver *s, double rate)
{
    for (int round = 0; round < ROUNDS_MOST; round++) {
        eliminate(s, rate);
        substitute(s, rate);
        if (exchange(s, rate) == 0) {
            break;
        }
    }
    put_in_order(s);
    return objective(s, rate);
}

static double deviance_at(void *solver, double log_rate)
{
    return clock_solve(solver, exp(log_rate));
}

/* The rate from a first one, and the dates. Weights are the variances that the dates expect, not those that happened to be seen, which would favour low rates. */
static double fit(struct clock_solver *s, double start, bool given, double width)
{
    double rate = start;
    for (uint32_t v = 0; v < s->tree->n_nodes; v++) {
        s->weights[v] = 1 / (s->mutations[v] + 1);
    }
    for (int turn = 0; turn <= REWEIGHTS; turn++) {
        double around = turn == 0 ? width : width / 6; /* weights move it little */
        rate = given ? start : exp(vg_golden_minimum(deviance_at, s, log(rate) - around, log(rate) + around, 0.0, GOLDEN_STEPS));
        (void)clock_solve(s, rate);
        for (uint32_t v = 1; v < s->tree->n_nodes && turn < REWEIGHTS; v++) {
            s->weights[v] = 1 / (rate * (s->times[v] - s->times[s->tree->parent[v]]) + 1);
        }
    }
    return rate;
}

/* -------------------------------------------------------------- intervals */

struct replicates {
    const struct vg_tree *tree;
    const struct vg_clock_model *model;
    const struct vg_clock *clock;
    const double *years;
    struct clock_solver *solvers;   /* [workers] */
    double *rates;            /* [n_replicates] */
    float *times;             /* [n_nodes * n_replicates] */
};

static void one_replicate(void *context, size_t replicate, unsigned worker)
{
    struct replicates *r = context;
    struct clock_solver *s = &r->solvers[worker];
    double rate = r->clock->rate;
    for (uint32_t v = 1; v < r->tree->n_nodes; v++) {
        double expected = rate * (r->clock->years[v] - r->clock->years[r->tree->parent[v]]), excess = r->clock->dispersion - 1;
        struct vg_random random = vg_random_stream(r->model->seed, v, (uint32_t)replicate, 23);
        if (excess > 0.01 && expected > 0) { /* gamma around the expected number: the variance is dispersion times the mean */
            expected = vg_random_gamma(&random, expected / excess, excess);
        }
        s->mutations[v] = (double)vg_random_poisson(&random, expected);
    }
    memset(s->held, 0, r->tree->n_nodes);
    r->rates[replicate] = fit(s, rate, isfinite(r->model->rate), 0.7);
    for (uint32_t v = 0; v < r->tree->n_nodes; v++) {
        r->times[(size_t)v * r->model->n_replicates + replicate] = (float)s->times[v];
    }
}

static int upwards(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

bool clock_solver_memory(struct clock_solver *s, const struct vg_tree *tree, const double *years, struct vg_arena *arena)
{
    size_t n = tree->n_nodes;
    *s = (struct clock_solver){.tree = tree, .years = years, .mutations = VG_ARENA_ARRAY(arena, double, n), .weights = VG_ARENA_ARRAY(arena, double, n),
                         .a = VG_ARENA_ARRAY(arena, double, n), .b = VG_ARENA_ARRAY(arena, double, n), .times = VG_ARENA_ARRAY(arena, double, n),
                         .held = VG_ARENA_ARRAY(arena, uint8_t, n)};
    return !arena->failed;
}

static vg_status fill_intervals(const struct vg_tree *tree, const double *years, const struct vg_clock_model *model, struct vg_pool *pool, struct vg_arena *arena,
                                struct vg_clock *out, double *corrected, struct vg_error *error)
{
    size_t n = model->n_replicates, workers = vg_pool_threads(pool);
    struct replicates r = {.tree = tree, .model = model, .clock = out, .years = years};
    if ((double)tree->n_nodes * (double)n > NODES_TIMES_REPLICATES) {
        return vg_fail(error, VG_LIMIT_EXCEEDED, "%zu replicates of %u nodes are too many: ask for fewer", n, tree->n_nodes);
    }
    r.solvers = VG_ARENA_ARRAY(arena, struct clock_solver, workers);
    r.rates = VG_ARENA_ARRAY(arena, double, n);
    r.times = VG_ARENA_ARRAY(arena, float, n * tree->n_nodes);
    out->low = VG_ARENA_ARRAY(arena, double, tree->n_nodes);
    out->high = VG_ARENA_ARRAY(arena, double, tree->n_nodes);
    double *line = VG_ARENA_ARRAY(arena, double, n);
    bool there = line != NULL && r.times != NULL && r.solvers != NULL && !arena->failed;
    for (size_t w = 0; there && w < workers; w++) {
        there = clock_solver_memory(&r.solvers[w], tree, years, arena);
    }
    if (!there) {
        return vg_fail_memory(error, n * tree->n_nodes * sizeof(float));
    }
    vg_parallel_for(pool, n, one_replicate, &r);
    qsort(r.rates, n, sizeof *r.rates, upwards);
    /* The way from the estimate to a replicate is that from the truth to the estimate: also what they are too low by. */
    out->rate_low = out->rate * out->rate / vg_quantile_sorted(r.rates, n, 0.975);
    out->rate_high = out->rate * out->rate / vg_quantile_sorted(r.rates, n, 0.025);
    *corrected = out->rate * out->rate / vg_quantile_sorted(r.rates, n, 0.5);
    for (uint32_t v = 0; v < tree->n_nodes; v++) {
        for (size_t i = 0; i < n; i++) {
            line[i] = (double)r.times[v * n + i];
        }
        qsort(line, n, sizeof *line, upwards);
        out->low[v] = fmin(vg_quantile_sorted(line, n, 0.025), out->years[v]);
        out->high[v] = fmax(vg_quantile_sorted(line, n, 0.975), out->years[v]);
    }
    return VG_OK;
}

/* Pearson's statistic of the branches, with those together on which less than one mutation is expected; a node was fitted for every branch that is not a leaf's. */
static double dispersion_of(const struct clock_solver *s, double rate)
{
    double statistic = 0, degrees = 0, few_seen = 0, few_expected = 0;
    for (uint32_t v = 1; v < s->tree->n_nodes; v++) {
        double expected = rate * (s->times[v] - s->times[s->tree->parent[v]]), seen = s->mutations[v];
        if (expected < 1) {
            few_expected += expected;
            few_seen += seen;
        } else {
            statistic += (seen - expected) * (seen - expected) / expected;
            degrees++;
        }
    }
    if (few_expected >= 1) {
        statistic += (few_seen - few_expected) * (few_seen - few_expected) / few_expected;
    }
    double free = (double)s->tree->n_leaves / fmax(s->tree->n_nodes - 1.0, 1); /* share of branches that is left when inner nodes are fitted */
    return degrees > 0 ? fmin(fmax(statistic / fmax(degrees * free - 1, 1), 1), 50) : 1;
}

/* The rate without the bias that replicates show, and the dates that go with it; intervals move along. */
static void correct(struct clock_solver *s, struct vg_clock *out, double rate)
{
    out->rate = fit(s, rate, true, 0);
    for (uint32_t v = 0; v < s->tree->n_nodes; v++) {
        double moved = s->times[v] - out->years[v];
        out->years[v] = s->times[v];
        out->low[v] = fmin(out->low[v] + moved, out->years[v]);
        out->high[v] = fmax(out->high[v] + moved, out->years[v]);
    }
}

static double year_of_day(double day)
{
    double from = vg_clock_year_of_date((int32_t)floor(day)), to = vg_clock_year_of_date((int32_t)floor(day) + 1);
    return from + (to - from) * (day - floor(day));
}

/* Dates and rate by resolved trees that are drawn; as they were where there is nothing to draw. origin: year from which dates are counted. */
static vg_status draw_dates(const struct vg_tree *tree, const double *years, double origin, const struct vg_clock_model *model, struct vg_pool *pool, struct vg_arena *arena, struct vg_clock *out,
                            struct vg_error *error)
{
    struct vg_history_model histories;
    struct vg_history_dates dates;
    struct vg_error why = {0};
    double *days = VG_ARENA_ARRAY(arena, double, tree->n_nodes), sweeps = SWEEPS_TIMES_LEAVES / tree->n_leaves;
    double *low = VG_ARENA_ARRAY(arena, double, tree->n_nodes), *high = VG_ARENA_ARRAY(arena, double, tree->n_nodes);
    if (days == NULL || low == NULL || high == NULL) {
        return vg_fail_memory(error, tree->n_nodes * sizeof *days);
    }
    for (uint32_t v = 0; v < tree->n_nodes; v++) {
        days[v] = isfinite(years[v]) ? (double)vg_clock_date_of_year(years[v] + origin) : NAN;
    }
    vg_history_model_defaults(&histories);
    histories.days = days;
    histories.rate_given = isfinite(model->rate) && model->rate > 0;
    histories.mutations_a_day = fmax(histories.rate_given ? model->rate : fmax(out->rate, out->regression.rate), 1e-3) / DAYS_A_YEAR;
    histories.n_warmup = (size_t)fmin(fmax(sweeps, WARMUP_LEAST), WARMUP_MOST);
    histories.n_draws = model->n_replicates;
    histories.seed = model->seed;
    histories.dispersion = out->dispersion;
    vg_status status = vg_histories_dates(tree, &histories, pool, arena, &dates, &why);
    if (status == VG_DATA_ERROR || status == VG_LIMIT_EXCEEDED) {
        return VG_OK;
    }
    if (status != VG_OK) {
        return vg_fail(error, status, "%s", why.message);
    }
    out->low = low;
    out->high = high;
    for (uint32_t v = 0; v < tree->n_nodes; v++) {
        bool given = isfinite(years[v]);
        out->years[v] = given ? years[v] : year_of_day(dates.day[v]) - origin;
        out->low[v] = given ? years[v] : year_of_day(dates.low[v]) - origin;
        out->high[v] = given ? years[v] : year_of_day(dates.high[v]) - origin;
    }
    for (uint32_t v = tree->n_nodes; v-- > 1;) { /* a moment in a day may be before its middle */
        double *above = &out->years[tree->parent[v]];
        *above = fmin(*above, out->years[v]);
        out->low[tree->parent[v]] = fmin(out->low[tree->parent[v]], *above);
    }
    if (!histories.rate_given) {
        out->rate = dates.mutations_a_day * DAYS_A_YEAR;
        out->rate_low = dates.mutations_low * DAYS_A_YEAR;
        out->rate_high = dates.mutations_high * DAYS_A_YEAR;
    }
    out->drawn = true;
    return VG_OK;
}

vg_status vg_clock_date(const struct vg_tree *tree, const double *years, const struct vg_clock_model *model, struct vg_pool *pool, struct vg_arena *arena,
                        struct vg_clock *out, struct vg_error *error)
{
    struct clock_solver s;
    double *from_origin = VG_ARENA_ARRAY(arena, double, tree->n_nodes), origin = -INFINITY;
    *out = (struct vg_clock){.outliers = VG_ARENA_ARRAY(arena, uint8_t, tree->n_nodes), .years = VG_ARENA_ARRAY(arena, double, tree->n_nodes)};
    if (from_origin == NULL || out->years == NULL || !clock_solver_memory(&s, tree, from_origin, arena)) {
        return vg_fail_memory(error, tree->n_nodes * sizeof(double));
    }
    vg_status status = vg_clock_regression(tree, years, model->outlier_sds, arena, out->outliers, &out->regression, error);
    if (status != VG_OK) {
        return status;
    }
    for (uint32_t v = 0; v < tree->n_nodes; v++) {
        bool dated = vg_tree_is_leaf(tree, v) && isfinite(years[v]) && out->outliers[v] == 0;
        from_origin[v] = dated ? years[v] : NAN;
        origin = dated ? fmax(origin, years[v]) : origin;
        s.mutations[v] = (double)(tree->mutation_start[v + 1] - tree->mutation_start[v]);
    }
    for (uint32_t v = 0; v < tree->n_nodes; v++) {
        from_origin[v] -= origin; /* NaN stays */
    }
    bool given = isfinite(model->rate) && model->rate > 0;
    out->rate = fit(&s, given ? model->rate : out->regression.rate, given, 1.4);
    out->objective = objective(&s, out->rate);
    out->dispersion = dispersion_of(&s, out->rate);
    out->rate_low = out->rate_high = out->rate;
    memcpy(out->years, s.times, tree->n_nodes * sizeof *s.times);
    if (model->n_replicates > 0) {
        double corrected = out->rate;
        if (tree->n_leaves <= DRAWN_LEAVES_MOST) {
            status = draw_dates(tree, from_origin, origin, model, pool, arena, out, error);
        }
        if (status == VG_OK && !out->drawn) {
            status = fill_intervals(tree, from_origin, model, pool, arena, out, &corrected, error);
            if (status == VG_OK && !given) {
                correct(&s, out, corrected);
            }
        }
    }
    for (uint32_t v = 0; status == VG_OK && v < tree->n_nodes; v++) {
        out->years[v] += origin;
        if (out->low != NULL) {
            out->low[v] += origin;
            out->high[v] += origin;
        }
    }
    return status;
}
