/*
 * The mode: Newton's steps over places bordered by what they have in common (a block arrow), each followed by one step of the standard deviations between places
 * (MacKay 1992, Neural Computation 4:415) and of the correlation within batches (Williams 1982). Starts from all places taken together.
 */
#include "trace/genome/growth/internal.h"

#include <math.h>
#include <string.h>

enum { ITERATIONS_MOST = 60, DAMPED_FROM = 12, HALVINGS_MOST = 12 };
#define BYTES_MOST ((double)2 * 1024 * 1024 * 1024)
#define INTERCEPT_PRIOR_SD 10.0
#define ALONE_SD 1e-3 /* between places where there is one */
#define CELL_LEAST 1.0
#define FREEDOM_LEAST 6.0 /* what is known of s_d before anything is seen, as so many */
#define SETTLED 0.03 /* of the logarithms of variances: the next steps would be a quarter each of the one before */
#define FAR 10 /* of a step's promise a place */
#define LEANING 4.0 /* places that s_a of all lineages counts for that of one */

struct work {
    const struct vg_growth_counts *counts;
    const struct vg_growth_model *model;
    struct vg_growth_fit *fit;
    struct vg_pool *pool;
    struct growth_place *places;   /* [places] */
    double *weeks, *totals, *weights, *cells, *given; /* [times], [places * times] twice, [places * times * lineages] with the pivot last */
    double *gradients, *steps;     /* [places * 2n] */
    double *values;                /* [places] log likelihood */
    double *pearson, *freedom, *others; /* [places * times] statistic, its degrees of freedom, genomes but one */
    double *logs, *sums;           /* [places * times] log likelihood of a week, unweighted; logarithm of what its shares are divided by */
    double *matrices, *scratch;    /* [workers * (4n^2)], [workers * (3n^2 + 2n)] */
    double *common_gradient, *common_step, *border; /* [2n], [2n], [4n^2] */
    double *kept_places, *kept_common;
    double *precision, prior[2];   /* [2n] 1 / s^2 of a and d; of what is common */
    bool *failed;                  /* [places] */
    bool shares_known;
};

void vg_growth_model_defaults(struct vg_growth_model *model)
{
    *model = (struct vg_growth_model){.pivot = VG_GROWTH_NONE, .common_sd_per_week = 1, .place_sd_per_week = 0.1};
}

/* -------------------------------------------------------------- objective */

static void evaluate_place(void *context, size_t g, unsigned worker)
{
    struct work *w = context;
    size_t n = w->fit->n;
    w->values[g] = growth_value(&w->places[g], w->fit->places + g * 2 * n, w->gradients + g * 2 * n, w->shares_known && !w->places[g].open,
                                w->scratch + worker * (3 * n * n + 4 * n));
}

/* Log posterior at the fit's parameters, of which the places know their shares where only weights and priors changed; gradients of places with their prior, and of what is common. */
static double evaluate(struct work *w, bool shares_known)
{
    struct vg_growth_fit *fit = w->fit;
    size_t n = fit->n;
    double value = 0;
    w->shares_known = shares_known;
    vg_parallel_for(w->pool, fit->n_places, evaluate_place, w);
    fit->log_likelihood = 0;
    for (size_t k = 0; k < 2 * n; k++) {
        double precision = w->prior[k >= n];
        w->common_gradient[k] = -precision * fit->common[k];
        value -= precision / 2 * fit->common[k] * fit->common[k];
    }
    for (size_t g = 0; g < fit->n_places; g++) {
        value += w->values[g];
        fit->log_likelihood += w->values[g];
        for (size_t k = 0; k < 2 * n; k++) {
            double precision = w->precision[k], apart = fit->places[g * 2 * n + k] - fit->common[k];
            w->gradients[g * 2 * n + k] -= precision * apart;
            w->common_gradient[k] += precision * apart;
            value -= precision / 2 * apart * apart;
        }
    }
    return value;
}

/* ------------------------------------------------------------------- step */

static void factor_place(void *context, size_t g, unsigned worker)
{
    struct work *w = context;
    struct vg_growth_fit *fit = w->fit;
    size_t n = fit->n, m = 2 * n;
    double *matrix = w->matrices + worker * m * m;
    growth_curvature(&w->places[g], matrix, w->scratch + worker * (3 * n * n + 4 * n));
    for (size_t k = 0; k < m; k++) {
        matrix[k * m + k] += w->precision[k];
    }
    w->failed[g] = !growth_invert(matrix, m, fit->roots + g * m * m, fit->inverses + g * m * m);
}

/* S = P0 + sum of P - P A^-1 P, and its inverse. */
static bool factor_border(struct work *w)
{
    struct vg_growth_fit *fit = w->fit;
    size_t n = fit->n, m = 2 * n;
    memset(w->border, 0, m * m * sizeof *w->border);
    for (size_t g = 0; g < fit->n_places; g++) {
        const double *inverse = fit->inverses + g * m * m;
        if (w->failed[g]) {
            return false;
        }
        growth_subtract(w->border, inverse, m * m);
    }
    for (size_t i = 0; i < m; i++) {
        double p = w->precision[i];
        for (size_t j = i; j < m; j++) {
            w->border[i * m + j] *= p * w->precision[j];
        }
        w->border[i * m + i] += w->prior[i >= n] + (double)fit->n_places * p;
    }
    return growth_invert(w->border, m, fit->root, fit->covariance);
}

/* The steps of all parameters; the decrease that they promise, or NaN. */
static double direction(struct work *w)
{
    struct vg_growth_fit *fit = w->fit;
    size_t n = fit->n, m = 2 * n;
    double promise = 0;
    vg_parallel_for(w->pool, fit->n_places, factor_place, w);
    if (!factor_border(w)) {
        return NAN;
    }
    for (size_t k = 0; k < m; k++) {
        w->border[k] = w->common_gradient[k];
    }
    for (size_t g = 0; g < fit->n_places; g++) {
        growth_multiply(fit->inverses + g * m * m, w->gradients + g * m, m, w->steps + g * m);
        for (size_t k = 0; k < m; k++) {
            w->border[k] += w->precision[k] * w->steps[g * m + k];
        }
    }
    growth_multiply(fit->covariance, w->border, m, w->common_step);
    for (size_t g = 0; g < fit->n_places; g++) {
        for (size_t k = 0; k < m; k++) {
            w->border[k] = w->precision[k] * w->common_step[k];
        }
        growth_multiply(fit->inverses + g * m * m, w->border, m, w->border + m);
        for (size_t k = 0; k < m; k++) {
            w->steps[g * m + k] += w->border[m + k];
            promise += w->steps[g * m + k] * w->gradients[g * m + k];
        }
    }
    for (size_t k = 0; k < m; k++) {
        promise += w->common_step[k] * w->common_gradient[k];
    }
    return promise;
}

/* Log posterior of one place, what is common being given, and its gradient. */
static double place_posterior(struct work *w, size_t g, double *scratch)
{
    struct vg_growth_fit *fit = w->fit;
    size_t n = fit->n, m = 2 * n;
    double *own = fit->places + g * m, *gradient = w->gradients + g * m, value = growth_value(&w->places[g], own, gradient, false, scratch);
    for (size_t k = 0; k < m; k++) {
        double precision = w->precision[k], apart = own[k] - fit->common[k];
        gradient[k] -= precision * apart;
        value -= precision / 2 * apart * apart;
    }
    return value;
}

/* Far away: each place by itself, with steps of its own length, what is common staying where it is. */
static void approach_place(void *context, size_t g, unsigned worker)
{
    struct work *w = context;
    struct vg_growth_fit *fit = w->fit;
    size_t n = fit->n, m = 2 * n;
    double *matrix = w->matrices + worker * m * m, *step = w->steps + g * m, *own = fit->places + g * m, *kept = w->kept_places + g * m;
    double *scratch = w->scratch + worker * (3 * n * n + 4 * n), value = place_posterior(w, g, scratch), promise = INFINITY;
    for (int turn = 0; turn < ITERATIONS_MOST && promise > FAR; turn++) {
        growth_curvature(&w->places[g], matrix, scratch);
        for (size_t k = 0; k < m; k++) {
            matrix[k * m + k] += w->precision[k];
        }
        memcpy(step, w->gradients + g * m, m * sizeof *step);
        memcpy(kept, own, m * sizeof *kept);
        w->failed[g] = !growth_solve(matrix, m, step);
        promise = 0;
        for (size_t k = 0; k < m; k++) {
            promise += step[k] * w->gradients[g * m + k];
        }
        if (w->failed[g] || !isfinite(promise)) {
            return; /* the whole step will find it again, and say so */
        }
        double before = value, length = 1;
        for (int halving = 0; halving <= HALVINGS_MOST; halving++, length /= 2) {
            for (size_t k = 0; k < m; k++) {
                own[k] = kept[k] + length * step[k];
            }
            value = place_posterior(w, g, scratch);
            if (value >= before + 1e-4 * length * promise) {
                break;
            }
        }
    }
}

/* What is common where it fits the places best. */
static void settle_common(struct work *w)
{
    struct vg_growth_fit *fit = w->fit;
    size_t n = fit->n, m = 2 * n;
    for (size_t k = 0; k < m; k++) {
        double sum = 0, p = w->precision[k];
        for (size_t g = 0; g < fit->n_places; g++) {
            sum += fit->places[g * m + k];
        }
        fit->common[k] = p * sum / (p * (double)fit->n_places + w->prior[k >= n]);
    }
}

/* Goes along the steps, less far as long as that is downhill. */
static double advance(struct work *w, double before, double promise)
{
    struct vg_growth_fit *fit = w->fit;
    size_t m = 2 * fit->n;
    double length = 1, value = before;
    memcpy(w->kept_places, fit->places, fit->n_places * m * sizeof *fit->places);
    memcpy(w->kept_common, fit->common, m * sizeof *fit->common);
    for (int halving = 0; halving <= HALVINGS_MOST; halving++, length /= 2) {
        for (size_t k = 0; k < fit->n_places * m; k++) {
            fit->places[k] = w->kept_places[k] + length * w->steps[k];
        }
        for (size_t k = 0; k < m; k++) {
            fit->common[k] = w->kept_common[k] + length * w->common_step[k];
        }
        value = evaluate(w, false);
        if (value >= before + 1e-4 * length * promise - 1e-9 * (1 + fabs(before))) {
            return value;
        }
    }
    return value;
}

/* --------------------------------------------------------- hyperparameters */

/* How far places are apart in one parameter, as a sum of squares; how many of them are known. */
static double spread_of(const struct work *w, size_t k, double *known)
{
    const struct vg_growth_fit *fit = w->fit;
    size_t m = 2 * fit->n;
    double squares = 0;
    *known = 0;
    for (size_t g = 0; g < fit->n_places; g++) {
        double apart = fit->places[g * m + k] - fit->common[k];
        squares += apart * apart;
        *known += fmax(1 - w->precision[k] * fit->inverses[(g * m + k) * m + k], 0);
    }
    return squares;
}

/*
 * One fixed-point step of s_a, s_d; how much they changed, of themselves. The mean of the places is estimated, too, which takes one of them. s_d is of all lineages;
 * s_a is of each, as newcomers are at all levels and others at nearly one, and leans on that of all.
 */
static double update_spread(struct work *w, double *effective)
{
    struct vg_growth_fit *fit = w->fit;
    size_t n = fit->n, m = 2 * n;
    double change = 0, places = (double)fit->n_places, one = (places - 1) / places;
    const double guess[2] = {1, w->model->place_sd_per_week};
    *effective = 0;
    for (size_t kind = 0; kind < 2; kind++) {
        double known = 0, squares = 0, *own = w->scratch, *own_known = own + m;
        for (size_t k = kind * n; k < kind * n + n; k++) {
            own[k] = spread_of(w, k, &own_known[k]);
            squares += own[k];
            known += own_known[k];
            *effective += fmax(1 - w->prior[kind] * fit->covariance[k * m + k], 0);
        }
        *effective += known * one;
        fit->freedom = kind == 1 && fit->n_places > 1 ? known * one + FREEDOM_LEAST : fit->freedom;
        double pooled = (squares + guess[kind] * guess[kind] / 4) / (known * one + 0.25);
        for (size_t k = kind * n; k < kind * n + n && fit->n_places > 1; k++) {
            double variance = kind == 0 ? (own[k] + LEANING * pooled) / (own_known[k] * one + LEANING) : pooled;
            variance = fmin(fmax(variance, 1e-8), 100);
            change = fmax(change, fabs(log(variance * w->precision[k])));
            w->precision[k] = 1 / variance;
        }
    }
    return change;
}

/* Pearson's statistic of a week, cells with little expected together. */
static void pearson(const struct growth_place *place, size_t t, double *statistic, double *freedom)
{
    size_t n = place->n, cells = 0;
    const double *counts = place->counts + t * (n + 1), *shares = place->shares + t * n;
    double total = place->totals[t], rest = total, seen = counts[n], few_expected = 0, few_seen = 0, sum = 0;
    for (size_t j = 0; j <= n; j++) {
        double expected = j < n ? total * shares[j] : fmax(rest, 0), count = j < n ? counts[j] : seen;
        rest -= j < n ? expected : 0;
        if (expected >= CELL_LEAST) {
            sum += (count - expected) * (count - expected) / expected;
            cells++;
        } else {
            few_expected += expected;
            few_seen += count;
        }
    }
    if (few_expected >= CELL_LEAST) {
        sum += (few_seen - few_expected) * (few_seen - few_expected) / few_expected;
        cells++;
    }
    *statistic = sum;
    *freedom = cells > 1 ? (double)(cells - 1) : 0;
}

/* rho at which the statistic is as large as its degrees of freedom; how much it changed. */
static double update_correlation(struct work *w, double effective)
{
    size_t n_times = w->counts->n_times, n_cells = w->fit->n_places * n_times;
    double freedom = 0, low = 0, high = 0.9, before = w->fit->correlation, spread = 0, total = 0;
    for (size_t cell = 0; cell < n_cells; cell++) {
        w->pearson[cell] = w->freedom[cell] = 0;
        if (w->totals[cell] > 1) {
            pearson(&w->places[cell / n_times], cell % n_times, &w->pearson[cell], &w->freedom[cell]);
        }
        freedom += w->freedom[cell];
        w->others[cell] = fmax(w->totals[cell] - 1, 0);
    }
    double wanted = fmax(freedom - effective, freedom / 2);
    if (w->fit->n_places == 1) {
        w->fit->freedom = fmax(wanted, FREEDOM_LEAST);
    }
    for (int step = 0; step < 26 && freedom > 0; step++) {
        double middle = step == 0 ? 0 : (low + high) / 2, sum = 0;
        for (size_t cell = 0; cell < n_cells; cell++) {
            sum += w->pearson[cell] / (1 + w->others[cell] * middle);
        }
        if (step == 0 && sum <= wanted) {
            high = 0;
            break;
        }
        *(sum > wanted ? &low : &high) = step == 0 ? 0 : middle;
    }
    /* Which cells count for themselves changes with what is expected of them: the later, the less is changed, so that it ends. */
    double damping = w->fit->iterations < DAMPED_FROM ? 1 : 1 / (double)(2 + w->fit->iterations - DAMPED_FROM);
    double rho = freedom > 0 && !w->model->multinomial ? before + damping * ((low + high) / 2 - before) : 0;
    for (size_t cell = 0; cell < n_cells; cell++) {
        w->weights[cell] = 1 / (1 + w->others[cell] * rho);
        spread += w->totals[cell] / w->weights[cell];
        total += w->totals[cell];
    }
    w->fit->correlation = rho;
    w->fit->dispersion = spread / total;
    return fabs(rho - before) / (rho + 1e-4);
}

/* How probably lineages are where few genomes of theirs were seen, if any; the largest change. */
static double settle_there(struct work *w)
{
    struct vg_growth_fit *fit = w->fit;
    for (size_t k = 0; k < 2 * fit->n; k++) {
        fit->place_sd[k] = 1 / sqrt(w->precision[k]);
    }
    return growth_update_there(w->places, fit, w->cells, w->totals);
}

/* -------------------------------------------------------------------- loop */

static vg_status climb(struct work *w, struct vg_error *error)
{
    struct vg_growth_fit *fit = w->fit;
    if (fit->n_places > 1) {
        vg_parallel_for(w->pool, fit->n_places, approach_place, w);
        settle_common(w);
    }
    double value = evaluate(w, false);
    for (fit->iterations = 0; fit->iterations < ITERATIONS_MOST && !fit->converged; fit->iterations++) {
        double promise = direction(w), effective = 0;
        if (!isfinite(promise)) {
            return vg_fail(error, VG_DATA_ERROR, "the growth of lineages cannot be told from these counts: the curvature is not positive definite");
        }
        value = advance(w, value, promise);
        if (promise > FAR * (double)fit->n_places) {
            continue; /* far away, what is spread or correlated cannot be told */
        }
        double change = update_spread(w, &effective);
        change = fmax(change, w->model->multinomial ? 0 : update_correlation(w, effective));
        change = fmax(change, settle_there(w));
        fit->converged = promise < 0.01 * (double)fit->n_places && change < SETTLED;
        value = evaluate(w, true);
    }
    bool known = isfinite(direction(w));
    for (size_t k = 0; k < fit->n_places * 2 * fit->n && known && fit->converged; k++) { /* what is left to go after the last change of spreads and probabilities */
        fit->places[k] += w->steps[k];
    }
    for (size_t k = 0; k < 2 * fit->n && known && fit->converged; k++) {
        fit->common[k] += w->common_step[k];
    }
    growth_settle(w->places, fit);
    return known ? VG_OK : vg_fail(error, VG_DATA_ERROR, "the growth of lineages cannot be told from these counts");
}

/* ------------------------------------------------------------------ set-up */

static vg_status check(const struct vg_growth_counts *counts, const struct vg_growth_model *model, struct vg_error *error)
{
    size_t weeks = 0, lineages = 0, v = counts->n_lineages;
    double n = 2 * ((double)v - 1);
    if (v < 2 || counts->n_times < 2 || counts->n_places == 0) {
        return vg_fail(error, VG_DATA_ERROR, "growth needs two lineages and two weeks: there are %zu lineages, %zu weeks, %zu places", v, counts->n_times, counts->n_places);
    }
    if (!(model->common_sd_per_week > 0) || !(model->place_sd_per_week > 0) || (model->pivot != VG_GROWTH_NONE && model->pivot >= v)) {
        return vg_fail(error, VG_USAGE_ERROR, "standard deviations of growth must be above 0, and the pivot one of the lineages");
    }
    if ((double)counts->n_places * n * n * 16 > BYTES_MOST) {
        return vg_fail(error, VG_LIMIT_EXCEEDED, "%zu lineages in %zu places are more than growth is told for at once: merge rare lineages", v, counts->n_places);
    }
    for (size_t t = 0; t < counts->n_times; t++) {
        double sum = 0;
        if (t > 0 && counts->days[t] <= counts->days[t - 1]) {
            return vg_fail(error, VG_USAGE_ERROR, "weeks must be in order, each once");
        }
        for (size_t g = 0; g < counts->n_places; g++) {
            for (size_t j = 0; j < v; j++) {
                double count = counts->counts[(g * counts->n_times + t) * v + j];
                if (!(count >= 0 && count < 1e15)) {
                    return vg_fail(error, VG_DATA_ERROR, "a count of genomes is %g", count);
                }
                sum += count;
            }
        }
        weeks += sum > 0;
    }
    for (size_t j = 0; j < v; j++) {
        double sum = 0;
        for (size_t cell = 0; cell < counts->n_places * counts->n_times; cell++) {
            sum += counts->counts[cell * v + j];
        }
        lineages += sum > 0;
    }
    return weeks >= 2 && lineages >= 2 ? VG_OK
                                       : vg_fail(error, VG_DATA_ERROR, "growth needs genomes of two lineages in two weeks: there are %zu lineages and %zu weeks", lineages, weeks);
}

static void take_presence(struct vg_growth_presence *presence, size_t places, size_t times, size_t n, struct vg_arena *arena)
{
    presence->open = VG_ARENA_ARRAY(arena, bool, places * n);
    presence->there = VG_ARENA_ARRAY(arena, double, places * n);
    presence->offsets = VG_ARENA_ARRAY(arena, double, places * n);
    presence->absent = VG_ARENA_ARRAY(arena, double, places * n);
    presence->expected = VG_ARENA_ARRAY(arena, double, places * n);
    presence->seen = VG_ARENA_ARRAY(arena, double, places * n);
    presence->gain = VG_ARENA_ARRAY(arena, double, places * n);
    presence->first_seen = VG_ARENA_ARRAY(arena, double, places * n);
    presence->came = VG_ARENA_ARRAY(arena, double, places * n * times);
    presence->first_week = VG_ARENA_ARRAY(arena, double, places);
    presence->entry = VG_ARENA_ARRAY(arena, double, places);
    presence->arrivals = VG_ARENA_ARRAY(arena, double, n);
    presence->exposure = VG_ARENA_ARRAY(arena, double, n);
    presence->everywhere = VG_ARENA_ARRAY(arena, double, times * n);
}

static bool take_memory(struct work *w, struct vg_arena *arena)
{
    struct vg_growth_fit *fit = w->fit;
    size_t places = fit->n_places, times = w->counts->n_times, n = fit->n, m = 2 * n, cells = places * times, workers = vg_pool_threads(w->pool);
    fit->centers = VG_ARENA_ARRAY(arena, double, n);
    fit->places = VG_ARENA_ARRAY(arena, double, places * m);
    fit->common = VG_ARENA_ARRAY(arena, double, m);
    fit->inverses = VG_ARENA_ARRAY(arena, double, places * m * m);
    fit->roots = VG_ARENA_ARRAY(arena, double, places * m * m);
    fit->covariance = VG_ARENA_ARRAY(arena, double, m * m);
    fit->root = VG_ARENA_ARRAY(arena, double, m * m);
    fit->place_sd = VG_ARENA_ARRAY(arena, double, m);
    fit->weights = VG_ARENA_ARRAY(arena, double, cells);
    fit->genomes_near = VG_ARENA_ARRAY(arena, double, places);
    w->precision = VG_ARENA_ARRAY(arena, double, m);
    take_presence(&fit->presence, places, times, n, arena);
    w->given = VG_ARENA_ARRAY(arena, double, cells * (n + 1));
    w->sums = VG_ARENA_ARRAY(arena, double, cells);
    w->places = VG_ARENA_ARRAY(arena, struct growth_place, places);
    w->weeks = fit->weeks = VG_ARENA_ARRAY(arena, double, times);
    w->totals = VG_ARENA_ARRAY(arena, double, cells);
    w->weights = VG_ARENA_ARRAY(arena, double, cells);
    w->pearson = VG_ARENA_ARRAY(arena, double, cells);
    w->freedom = VG_ARENA_ARRAY(arena, double, cells);
    w->others = VG_ARENA_ARRAY(arena, double, cells);
    w->logs = VG_ARENA_ARRAY(arena, double, cells);
    w->cells = VG_ARENA_ARRAY(arena, double, cells * (n + 1));
    w->gradients = VG_ARENA_ARRAY(arena, double, places * m);
    w->steps = VG_ARENA_ARRAY(arena, double, places * m);
    w->kept_places = VG_ARENA_ARRAY(arena, double, places * m);
    w->kept_common = VG_ARENA_ARRAY(arena, double, m);
    w->values = VG_ARENA_ARRAY(arena, double, places);
    w->failed = VG_ARENA_ARRAY(arena, bool, places);
    w->matrices = VG_ARENA_ARRAY(arena, double, workers * m * m);
    w->scratch = VG_ARENA_ARRAY(arena, double, workers * (3 * n * n + 4 * n));
    w->border = VG_ARENA_ARRAY(arena, double, m * m + 2 * m);
    w->common_gradient = VG_ARENA_ARRAY(arena, double, m);
    w->common_step = VG_ARENA_ARRAY(arena, double, m);
    return !arena->failed;
}

/* The pivot is taken to be everywhere: of those that most places saw, the one with the most genomes. */
static void fill_pivot(struct work *w)
{
    const struct vg_growth_counts *counts = w->counts;
    double most = -1;
    size_t most_places = 0;
    w->fit->pivot = w->model->pivot;
    for (uint32_t j = 0; j < counts->n_lineages && w->model->pivot == VG_GROWTH_NONE; j++) {
        double sum = 0;
        size_t places = 0;
        for (size_t g = 0; g < counts->n_places; g++) {
            double before = sum;
            for (size_t t = 0; t < counts->n_times; t++) {
                sum += counts->counts[(g * counts->n_times + t) * counts->n_lineages + j];
            }
            places += sum > before;
        }
        if (places > most_places || (places == most_places && sum > most)) {
            most = sum;
            most_places = places;
            w->fit->pivot = j;
        }
    }
}

static void fill_places(struct work *w, double *shares)
{
    const struct vg_growth_counts *counts = w->counts;
    struct vg_growth_fit *fit = w->fit;
    size_t n = fit->n, times = counts->n_times, v = n + 1;
    for (size_t g = 0; g < fit->n_places; g++) {
        for (size_t t = 0; t < times; t++) {
            size_t cell = g * times + t, k = 0;
            for (size_t j = 0; j < v; j++) {
                double count = counts->counts[cell * v + j];
                w->given[cell * v + (j == fit->pivot ? n : k)] = w->cells[cell * v + (j == fit->pivot ? n : k)] = count;
                k += j != fit->pivot;
                w->totals[cell] += count;
            }
            w->weights[cell] = 1;
        }
        w->places[g] = (struct growth_place){.n = n, .n_times = times, .counts = w->cells + g * times * v, .totals = w->totals + g * times, .given = w->given + g * times * v,
                                             .weights = w->weights + g * times, .weeks = w->weeks, .centers = fit->centers, .shares = shares + g * times * n,
                                             .logs = w->logs + g * times,
                                             .sums = w->sums + g * times, .offsets = fit->presence.offsets + g * n};
    }
}

/* Mean weeks, and the start of what is common. */
static void fill_common(struct work *w)
{
    const struct vg_growth_counts *counts = w->counts;
    struct vg_growth_fit *fit = w->fit;
    size_t n = fit->n, times = counts->n_times, v = n + 1;
    double pivot = 0.5;
    for (size_t j = v; j-- > 0;) {
        double sum = 0, moment = 0;
        for (size_t cell = 0; cell < fit->n_places * times; cell++) {
            sum += w->cells[cell * v + j];
            moment += w->cells[cell * v + j] * w->weeks[cell % times];
        }
        if (j == n) {
            pivot += sum;
        } else {
            fit->centers[j] = sum > 0 ? moment / sum : 0;
            fit->common[j] = log((sum + 0.5) / pivot);
        }
    }
    for (size_t g = 0; g < fit->n_places; g++) {
        memcpy(fit->places + g * 2 * n, fit->common, 2 * n * sizeof *fit->common);
    }
}

/* What places count for in all: genomes of weeks nearby, half as many for each week that they are away. */
static void weigh_weeks(struct vg_growth_fit *fit, const double *totals)
{
    size_t times = fit->n_times, places = fit->n_places;
    for (size_t g = 0; g < places; g++) {
        double before = 0, after = 0;
        for (size_t t = 0; t < times; t++) {
            before = totals[g * times + t] + (t > 0 ? before * exp2(fit->weeks[t - 1] - fit->weeks[t]) : 0);
            fit->weights[t * places + g] = before;
        }
        fit->genomes_near[g] = before;
        for (size_t t = times; t-- > 1;) {
            after = (totals[g * times + t] + after) * exp2(fit->weeks[t - 1] - fit->weeks[t]);
            fit->weights[(t - 1) * places + g] += after;
        }
    }
    for (size_t t = 0; t < times; t++) {
        double *weights = fit->weights + t * places, sum = 0;
        for (size_t g = 0; g < places; g++) {
            sum += weights[g];
        }
        for (size_t g = 0; g < places; g++) {
            weights[g] = sum > 0 ? weights[g] / sum : 1 / (double)places;
        }
    }
}

/* All places as one, whose mode is the start of each. */
static vg_status start_together(struct work *w, struct vg_arena *arena, struct vg_error *error)
{
    const struct vg_growth_counts *counts = w->counts;
    size_t row = counts->n_times * counts->n_lineages, m = 2 * w->fit->n;
    double *sums = VG_ARENA_ARRAY(arena, double, row);
    struct vg_growth_counts whole = {.n_places = 1, .n_times = counts->n_times, .n_lineages = counts->n_lineages, .counts = sums, .days = counts->days};
    struct vg_growth_model model = *w->model;
    struct vg_growth_fit fit;
    if (sums == NULL) {
        return vg_fail_memory(error, row * sizeof *sums);
    }
    for (size_t i = 0; i < counts->n_places * row; i++) {
        sums[i % row] += counts->counts[i];
    }
    model.pivot = w->fit->pivot;
    model.multinomial = true;
    vg_status status = vg_growth_fit(&whole, &model, NULL, arena, &fit, error);
    if (status == VG_OK) {
        memcpy(w->fit->common, fit.places, m * sizeof *fit.places);
        for (size_t g = 0; g < counts->n_places; g++) {
            memcpy(w->fit->places + g * m, fit.places, m * sizeof *fit.places);
        }
    }
    return status;
}

vg_status vg_growth_fit(const struct vg_growth_counts *counts, const struct vg_growth_model *model, struct vg_pool *pool, struct vg_arena *arena,
                        struct vg_growth_fit *fit, struct vg_error *error)
{
    struct work w = {.counts = counts, .model = model, .fit = fit, .pool = pool};
    vg_status status = check(counts, model, error);
    if (status != VG_OK) {
        return status;
    }
    *fit = (struct vg_growth_fit){.n_places = counts->n_places, .n_lineages = counts->n_lineages, .n = counts->n_lineages - 1, .n_times = counts->n_times, .dispersion = 1, .freedom = INFINITY};
    fit->first_day = counts->days[0];
    fit->last_day = counts->days[counts->n_times - 1];
    fit->origin_day = fit->first_day + (fit->last_day - fit->first_day) / 2;
    double *shares = VG_ARENA_ARRAY(arena, double, counts->n_places * counts->n_times * fit->n);
    if (!take_memory(&w, arena)) {
        return vg_fail_memory(error, 0);
    }
    for (size_t t = 0; t < counts->n_times; t++) {
        w.weeks[t] = ((double)counts->days[t] - fit->origin_day) / 7;
    }
    bool alone = counts->n_places == 1;
    for (size_t k = 0; k < 2 * fit->n; k++) {
        double sd = alone ? ALONE_SD : k < fit->n ? 1 : model->place_sd_per_week;
        w.precision[k] = 1 / (sd * sd);
    }
    w.prior[0] = 1 / (INTERCEPT_PRIOR_SD * INTERCEPT_PRIOR_SD);
    w.prior[1] = 1 / (model->common_sd_per_week * model->common_sd_per_week);
    fill_pivot(&w);
    fill_places(&w, shares);
    fill_common(&w);
    weigh_weeks(fit, w.totals);
    growth_look(w.places, fit);
    if (!alone) {
        status = start_together(&w, arena, error);
    }
    return status == VG_OK ? climb(&w, error) : status;
}
