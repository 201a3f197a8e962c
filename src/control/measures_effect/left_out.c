/*
 * How well a place is foretold from the others. Given the scales all is normal, so leaving a place out is taking its products from the sum. The place's own error
 * factor is not known beforehand: it is integrated over its distribution between places. The log density is averaged by importance over the draws, as
 * p(y_i | others) = 1 / mean(1 / p(y_i | others, scales)) (Gelfand 1996); what is said of single steps takes the common scales as drawn from all places.
 */
#include "control/measures_effect/internal.h"

#include <math.h>
#include <string.h>

#define LEFT_OUT_DRAWS 100
#define NODES 13 /* of the factor: a trapezoid over +- 3 of its standard deviations */

struct nodes { double z[NODES], weight[NODES]; };

static struct nodes make_nodes(void)
{
    struct nodes nodes;
    double sum = 0;
    for (size_t i = 0; i < NODES; i++) {
        nodes.z[i] = -3 + 6.0 * (double)i / (NODES - 1);
        nodes.weight[i] = exp(-0.5 * nodes.z[i] * nodes.z[i]);
        sum += nodes.weight[i];
    }
    for (size_t i = 0; i < NODES; i++) {
        nodes.weight[i] /= sum;
    }
    return nodes;
}

/* Over draws: the mean that is foretold of each row, and where in its distribution the row lies. */
struct rows { double *mean, *position; };

struct leaving {
    const struct problem *problem;
    struct workspace work;
    struct nodes nodes;
    double *pooled, *without, *tried; /* [n_columns^2] of all places, of the others, of the others and the place with some factor */
    double log_node[NODES];
    struct rows *rows;
    double weight;
};

/* What the others say of each row: its mean, and how much of the distribution lies below what came. */
static void predict(struct leaving *leaving, const double *scales, size_t place)
{
    const struct problem *problem = leaving->problem;
    struct workspace *work = &leaving->work;
    size_t n = problem->n_columns;
    size_t f = problem->n_fixed;
    double drift = exp(2 * scales[SCALE_DRIFT]);
    double noise = exp(2 * scales[SCALE_NOISE]);
    double spread = exp(scales[scale_spread(problem)]);
    for (size_t t = problem->first[place]; t < problem->first[place + 1]; t++) {
        const double *columns = problem->columns + t * n;
        double steps = (double)problem->step[t] - (double)problem->step[problem->first[place]];
        double errors = noise + (problem->errors == VG_MEASURES_RANDOM_WALK ? drift * steps : drift);
        double variance = problem->variance[t];
        double mean = 0;
        for (size_t c = 0; c < f; c++) {
            mean += columns[c] * work->mean[c];
            work->row[c] = columns[c];
        }
        for (size_t k = 0; k < problem->n_own; k++) {
            variance += exp(2 * scales[SCALE_LEVEL + k]) * columns[k] * columns[k];
        }
        vg_dense_solve_lower(work->precision, f, work->row, 1);
        for (size_t c = 0; c < f; c++) {
            variance += work->row[c] * work->row[c];
        }
        leaving->rows->mean[t] += leaving->weight * mean;
        for (size_t i = 0; i < NODES; i++) {
            double sd = sqrt(variance + errors * exp(2 * spread * leaving->nodes.z[i]));
            leaving->rows->position[t] += leaving->weight * leaving->nodes.weight[i] * vg_normal_cdf((columns[n - 1] - mean) / sd);
        }
    }
}

/* log p(log R of the place | the others, scales), the place's factor integrated. */
static double density_of(struct leaving *leaving, const double *scales, size_t place)
{
    const struct problem *problem = leaving->problem;
    struct workspace *work = &leaving->work;
    size_t cells = problem->n_columns * problem->n_columns;
    double count = (double)(problem->first[place + 1] - problem->first[place]);
    double spread = exp(scales[scale_spread(problem)]);
    double highest = -INFINITY;
    double sum = 0;
    memcpy(leaving->without, leaving->pooled, cells * sizeof *leaving->pooled);
    (void)pool_place(problem, scales, work, place, -1, leaving->without);
    double others = solve_fixed(problem, work, leaving->without);
    if (leaving->rows != NULL) {
        predict(leaving, scales, place);
    }
    for (size_t i = 0; i < NODES; i++) {
        memcpy(leaving->tried, leaving->without, cells * sizeof *leaving->without);
        double determinant = whiten_one(problem, scales, place, spread * leaving->nodes.z[i], work);
        determinant += pool_place(problem, scales, work, place, 1, leaving->tried);
        leaving->log_node[i] = solve_fixed(problem, work, leaving->tried) - others - 0.5 * (determinant + count * log(2 * M_PI)) + log(leaving->nodes.weight[i]);
        highest = fmax(highest, leaving->log_node[i]);
    }
    for (size_t i = 0; i < NODES; i++) {
        sum += exp(leaving->log_node[i] - highest);
    }
    return highest + log(sum);
}

static bool take_draw(struct leaving *leaving, const double *scales, double *log_density)
{
    const struct problem *problem = leaving->problem;
    struct workspace *work = &leaving->work;
    bool known = true;
    memset(leaving->pooled, 0, problem->n_columns * problem->n_columns * sizeof *leaving->pooled);
    whiten(problem, scales, work);
    for (size_t place = 0; place < problem->n_places; place++) {
        (void)pool_place(problem, scales, work, place, 1, leaving->pooled);
    }
    for (size_t place = 0; place < problem->n_places; place++) {
        log_density[place] = density_of(leaving, scales, place);
        known = known && isfinite(log_density[place]);
    }
    return known;
}

static void judge_place(const struct problem *problem, size_t place, const struct rows *rows, struct vg_measures_place *out, double *left, double *total, double covered[2])
{
    size_t n = problem->n_columns;
    size_t from = problem->first[place];
    size_t until = problem->first[place + 1];
    double count = (double)(until - from);
    double mean = 0;
    double mean_error = 0;
    double own_left = 0;
    double own_total = 0;
    size_t within_50 = 0;
    size_t within_90 = 0;
    for (size_t t = from; t < until; t++) {
        double value = problem->columns[t * n + n - 1];
        mean += value / count;
        mean_error += (value - rows->mean[t]) / count;
    }
    for (size_t t = from; t < until; t++) {
        double value = problem->columns[t * n + n - 1];
        double error = value - rows->mean[t] - mean_error;
        own_left += error * error;
        own_total += (value - mean) * (value - mean);
        within_50 += fabs(rows->position[t] - 0.5) <= 0.25;
        within_90 += fabs(rows->position[t] - 0.5) <= 0.45;
    }
    out->predicted_share = own_total > 0 ? 1 - own_left / own_total : NAN;
    out->coverage_50 = (double)within_50 / count;
    out->coverage_90 = (double)within_90 / count;
    *left += own_left;
    *total += own_total;
    covered[0] += (double)within_50;
    covered[1] += (double)within_90;
}

/* log of 1 / mean(1 / p) over draws, of values[draw * stride]. */
static double harmonic(const double *values, size_t n, size_t stride)
{
    double lowest = INFINITY;
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        lowest = fmin(lowest, values[i * stride]);
    }
    for (size_t i = 0; i < n; i++) {
        sum += exp(lowest - values[i * stride]) / (double)n;
    }
    return lowest - log(sum);
}

vg_status leave_out(const struct problem *problem, const struct kept *kept, struct vg_arena *arena, double *log_score, struct vg_measures_estimate *out, struct vg_error *error)
{
    size_t n = kept->n_chains * kept->n_draws;
    size_t n_used = n < LEFT_OUT_DRAWS ? n : LEFT_OUT_DRAWS;
    size_t cells = problem->n_columns * problem->n_columns;
    struct rows rows = {VG_ARENA_ARRAY(arena, double, problem->n_rows), VG_ARENA_ARRAY(arena, double, problem->n_rows)};
    struct leaving leaving = {.problem = problem, .nodes = make_nodes(), .rows = out == NULL ? NULL : &rows, .weight = 1 / (double)n_used};
    leaving.pooled = VG_ARENA_ARRAY(arena, double, cells);
    leaving.without = VG_ARENA_ARRAY(arena, double, cells);
    leaving.tried = VG_ARENA_ARRAY(arena, double, cells);
    double *density = VG_ARENA_ARRAY(arena, double, n_used *problem->n_places);
    if (!workspace_init(&leaving.work, problem, arena)) {
        return vg_fail_memory(error, n_used * problem->n_places * sizeof *density);
    }
    for (size_t i = 0; i < n_used; i++) {
        if (!take_draw(&leaving, kept->scales + i * n / n_used * kept->n_scales, density + i * problem->n_places)) {
            return vg_fail(error, VG_DATA_ERROR, "places that are left out cannot be foretold with these numbers: they differ too much in size");
        }
    }
    double left = 0;
    double total = 0;
    double covered[2] = {0};
    for (size_t place = 0; place < problem->n_places; place++) {
        log_score[place] = harmonic(density + place, n_used, problem->n_places);
        if (out != NULL) {
            judge_place(problem, place, &rows, &out->places[problem->place[place]], &left, &total, covered);
        }
    }
    if (out != NULL) {
        out->predicted_share = total > 0 ? 1 - left / total : NAN;
        out->coverage_50 = covered[0] / (double)problem->n_rows;
        out->coverage_90 = covered[1] / (double)problem->n_rows;
    }
    return VG_OK;
}
