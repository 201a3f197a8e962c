/*
 * How well a place is foretold from the others. Given the scales all is normal, so leaving a place out is taking its products from the sum. Its log density is
 * averaged by importance over the draws, as p(y_i | others) = 1 / mean(1 / p(y_i | others, scales)) (Gelfand 1996); the intervals of single steps take the scales
 * as drawn from all places.
 */
#include "control/measures_effect/internal.h"

#include <math.h>
#include <string.h>

#define LEFT_OUT_DRAWS 200
#define Z_50 0.674489750196082
#define Z_90 1.644853626951473

struct rows { double *mean, *square; }; /* [n_rows] mixture's mean, and variance plus squared mean */

/* What the other places say of each row: mean and variance, its own coefficients drawn anew. */
static void predict(const struct problem *problem, const double *scales, struct workspace *work, size_t place, double weight, struct rows *rows)
{
    size_t n = problem->n_columns;
    size_t f = problem->n_fixed;
    double drift = exp(2 * scales[SCALE_DRIFT]);
    double noise = exp(2 * scales[SCALE_NOISE]);
    for (size_t t = problem->first[place]; t < problem->first[place + 1]; t++) {
        const double *columns = problem->columns + t * n;
        double steps = (double)problem->step[t] - (double)problem->step[problem->first[place]];
        double variance = problem->variance[t] + noise + (problem->errors == VG_MEASURES_RANDOM_WALK ? drift * steps : drift);
        double mean = 0;
        for (size_t c = 0; c < f; c++) {
            mean += columns[c] * work->mean[c];
            work->row[c] = columns[c];
        }
        for (size_t k = 0; k < problem->n_own; k++) {
            variance += exp(2 * scales[SCALE_LEVEL + k]) * columns[k] * columns[k];
        }
        dense_solve_lower(work->precision, f, work->row, 1);
        for (size_t c = 0; c < f; c++) {
            variance += work->row[c] * work->row[c];
        }
        rows->mean[t] += weight * mean;
        rows->square[t] += weight * (variance + mean * mean);
    }
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
        double sd = sqrt(fmax(0, rows->square[t] - rows->mean[t] * rows->mean[t]));
        double error = value - rows->mean[t];
        own_left += (error - mean_error) * (error - mean_error);
        own_total += (value - mean) * (value - mean);
        within_50 += fabs(error) <= Z_50 * sd;
        within_90 += fabs(error) <= Z_90 * sd;
    }
    out->predicted_share = own_total > 0 ? 1 - own_left / own_total : NAN;
    out->coverage_50 = (double)within_50 / count;
    out->coverage_90 = (double)within_90 / count;
    *left += own_left;
    *total += own_total;
    covered[0] += (double)within_50;
    covered[1] += (double)within_90;
}

/* One draw of the scales: log density of each place given the others, and, where rows are wanted, their moments. */
static bool take_draw(const struct problem *problem, const double *scales, struct workspace *work, double *pooled, double *without, double weight, double *log_density, struct rows *rows)
{
    size_t n = problem->n_columns;
    memset(pooled, 0, n * n * sizeof *pooled);
    whiten(problem, scales, work);
    for (size_t place = 0; place < problem->n_places; place++) {
        log_density[place] = -0.5 * (pool_place(problem, scales, work, place, 1, pooled) + work->place_log_variance[place]);
    }
    double all = solve_fixed(problem, work, pooled);
    for (size_t place = 0; place < problem->n_places; place++) {
        double count = (double)(problem->first[place + 1] - problem->first[place]);
        memcpy(without, pooled, n * n * sizeof *pooled);
        (void)pool_place(problem, scales, work, place, -1, without);
        log_density[place] += all - solve_fixed(problem, work, without) - 0.5 * count * log(2 * M_PI);
        if (rows != NULL) {
            predict(problem, scales, work, place, weight, rows);
        }
    }
    return !isnan(all);
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
    struct workspace work;
    size_t n = kept->n_chains * kept->n_draws;
    size_t n_used = n < LEFT_OUT_DRAWS ? n : LEFT_OUT_DRAWS;
    size_t cells = problem->n_columns * problem->n_columns;
    double *pooled = VG_ARENA_ARRAY(arena, double, cells);
    double *without = VG_ARENA_ARRAY(arena, double, cells);
    double *density = VG_ARENA_ARRAY(arena, double, n_used *problem->n_places);
    struct rows rows = {VG_ARENA_ARRAY(arena, double, problem->n_rows), VG_ARENA_ARRAY(arena, double, problem->n_rows)};
    if (!workspace_init(&work, problem, arena)) {
        return vg_fail_memory(error, n_used * problem->n_places * sizeof *density);
    }
    for (size_t i = 0; i < n_used; i++) {
        const double *scales = kept->scales + i * n / n_used * kept->n_scales;
        if (!take_draw(problem, scales, &work, pooled, without, 1 / (double)n_used, density + i * problem->n_places, out == NULL ? NULL : &rows)) {
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
