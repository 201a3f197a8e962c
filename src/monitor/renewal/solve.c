/*
 * Banded and dense Cholesky factors of the curvature, right-looking so that the inner loops are sums of vectors: they run wide
 * on every processor and round the same everywhere.
 */
#include "monitor/renewal/curvature.h"

#include "monitor/renewal/kernel.h"

#include <math.h>
#include <string.h>

/* Sums logarithms of positive numbers by their product, as long as that is within range. */
struct log_sum {
    double product, sum;
};

static inline void add_log(struct log_sum *logs, double value)
{
    logs->product *= value;
    if (logs->product < 1e-100 || logs->product > 1e100) {
        logs->sum += log(logs->product);
        logs->product = 1;
    }
}

RENEWAL_KERNEL static bool factor_band(struct renewal_curvature *c, struct log_sum *logs)
{
    size_t width = c->width, stride = c->stride;
    double scaled[RENEWAL_LAGS_MOST + 32];
    memset(scaled, 0, sizeof scaled);
    for (size_t i = 0; i < c->n_latent; i++) {
        double *row = c->band + i * stride, pivot = row[0];
        if (!(pivot > 0) || isinf(pivot)) {
            return false;
        }
        double root = sqrt(pivot), inverse = 1 / root;
        for (size_t j = 0; j < stride; j += 4) {
            renewal_four here = load_four(row + j) * inverse;
            store_four(row + j, here);
            store_four(scaled + j, here);
        }
        row[0] = root;
        for (size_t j = 1; j < width && i + j < c->n_latent; j++) {
            add_scaled_fours(row + j * stride, scaled + j, -scaled[j], RENEWAL_FOURS(width - j));
        }
        add_log(logs, pivot);
    }
    return true;
}

/* cross := band^-T cross, and dense -= cross' cross. Rows before first_full have nothing before the four with the weekdays. */
RENEWAL_KERNEL static void eliminate_level(struct renewal_curvature *c, size_t weekday)
{
    size_t n = c->n_theta, width = c->width, stride = c->stride, narrow = weekday / 4 * 4;
    for (size_t i = 0; i < c->n_latent; i++) {
        double *cross = c->cross + i * n, inverse = 1 / c->band[i * stride];
        size_t first = i < c->first_full ? narrow : 0, before = i < width - 1 ? i : width - 1;
        if (i > 0) {
            renewal_subtract_rows(cross + first, c->band + (i - 1) * stride + 1, 1 - (ptrdiff_t)stride, cross + first - n, -(ptrdiff_t)n, before, n - first);
        }
        for (size_t a = first; a < n; a += 4) {
            store_four(cross + a, load_four(cross + a) * inverse);
        }
    }
    renewal_subtract_squares(c->dense, n, narrow, c->cross, NULL, c->first_full);
    renewal_subtract_squares(c->dense, n, 0, c->cross + c->first_full * n, NULL, c->n_latent - c->first_full);
}

/* Takes row i, scaled, off those behind it. What is below the diagonal is spoilt. */
RENEWAL_INLINE void take_row(double *restrict dense, const double *restrict row, size_t n, size_t i, bool eights)
{
    for (size_t j = i + 1; j < n; j++) {
        double factor = row[j];
#ifdef RENEWAL_WIDE
        if (eights) {
            for (size_t a = j / 8 * 8; a < n; a += 8) {
                *(renewal_eight *)(dense + j * n + a) -= factor * *(const renewal_eight *)(row + a);
            }
            continue;
        }
#endif
        for (size_t a = j / 4 * 4; a < n; a += 4) {
            store_four(dense + j * n + a, load_four(dense + j * n + a) - factor * load_four(row + a));
        }
    }
}

RENEWAL_INLINE bool factor_dense(struct renewal_curvature *c, struct log_sum *logs, bool eights)
{
    size_t n = c->n_theta;
    for (size_t i = 0; i < n; i++) {
        double *row = c->dense + i * n, pivot = row[i];
        if (!(pivot > 0) || isinf(pivot)) {
            return false;
        }
        double root = sqrt(pivot), inverse = 1 / root;
        row[i] = root;
        for (size_t j = i + 1; j < n; j++) {
            row[j] *= inverse;
        }
        take_row(c->dense, row, n, i, eights);
        add_log(logs, pivot);
    }
    return true;
}

RENEWAL_KERNEL static bool factor_dense_narrow(struct renewal_curvature *c, struct log_sum *logs)
{
    return factor_dense(c, logs, false);
}

#ifdef RENEWAL_WIDE
RENEWAL_WIDE static bool factor_dense_wide(struct renewal_curvature *c, struct log_sum *logs)
{
    return factor_dense(c, logs, true);
}
#endif

bool renewal_curvature_factor(const struct renewal_problem *p, struct renewal_curvature *c)
{
    struct log_sum logs = {1, 0};
    for (size_t k = 0; k < c->n_rows; k++) {
        if (!(c->noise[k] > 0)) {
            return false;
        }
        add_log(&logs, c->noise[k]);
    }
    if (!factor_band(c, &logs)) {
        return false;
    }
    eliminate_level(c, p->layout.weekday);
    bool made = by_width(factor_dense, c, &logs);
    c->log_determinant = logs.sum + log(logs.product);
    return made;
}

/* What the row's noise owes to the level and theta of a point: (noise_mean * share . level + noise_theta . theta) / noise. */
RENEWAL_INLINE double noise_debt(const struct renewal_problem *p, const struct renewal_curvature *c, size_t k, const struct renewal_point *point)
{
    const double *tied = c->noise_theta + k * c->n_theta;
    size_t weekday = p->layout.weekday + p->rows[k].weekday;
    double level = inner_product(c->share + k * c->n_share, point->level + renewal_row_end(p, k) + 1 - p->n_kernel, c->n_share), theta = 0;
    if (k >= c->first_tied) {
        theta = inner_product(tied, point->theta, c->n_theta);
    } else if (p->layout.n_weekday > 0) {
        theta = tied[weekday] * point->theta[weekday];
    }
    return (c->noise_mean[k] * level + theta) * c->noise_weight[k];
}

/* theta, level, noise from their right-hand sides by back substitution. */
RENEWAL_KERNEL static void substitute_back(const struct renewal_problem *p, const struct renewal_curvature *c, struct renewal_point *point)
{
    size_t n = c->n_theta, stride = c->stride;
    for (size_t i = n; i-- > 0;) {
        const double *row = c->dense + i * n;
        point->theta[i] = (point->theta[i] - inner_product(row + i + 1, point->theta + i + 1, n - i - 1)) / row[i];
    }
    for (size_t i = c->n_latent; i-- > 0;) {
        const double *row = c->band + i * stride, *cross = c->cross + i * n;
        size_t first = i < c->first_full ? p->layout.weekday / 4 * 4 : 0;
        double sum = point->level[i] - inner_product(cross + first, point->theta + first, n - first);
        /* Whole fours: the row's zeros keep out what stands beyond the last level. */
        point->level[i] = 0;
        point->level[i] = (sum - inner_product(row, point->level + i, stride)) / row[0];
    }
    for (size_t k = 0; k < c->n_rows; k++) {
        point->noise[k] -= noise_debt(p, c, k, point);
    }
}

#define VECTOR renewal_four
#define WIDTH 4
#define NAMED(name) name##_in_fours
#include "monitor/renewal/solve_lanes.inc"
#undef VECTOR
#undef WIDTH
#undef NAMED

RENEWAL_KERNEL static void colour_lanes_narrow(const struct renewal_problem *p, const struct renewal_curvature *c, size_t first_level,
                                               size_t first_row, struct renewal_lanes *lanes)
{
    colour_lanes_in_fours(p, c, first_level, first_row, lanes);
}

#ifdef RENEWAL_WIDE
#define VECTOR renewal_eight
#define WIDTH 8
#define NAMED(name) name##_in_eights
#include "monitor/renewal/solve_lanes.inc"
#undef VECTOR
#undef WIDTH
#undef NAMED

RENEWAL_WIDE static void colour_lanes_wide(const struct renewal_problem *p, const struct renewal_curvature *c, size_t first_level, size_t first_row,
                                           struct renewal_lanes *lanes)
{
    colour_lanes_in_eights(p, c, first_level, first_row, lanes);
}
#endif

void renewal_curvature_colour_lanes(const struct renewal_problem *p, const struct renewal_curvature *c, size_t first_level, size_t first_row,
                                    struct renewal_lanes *lanes)
{
    by_width(colour_lanes, p, c, first_level, first_row, lanes);
}

/* Forward half of the solution: what is left is triangular. noise is divided by its own curvature's root or by all of it. */
RENEWAL_KERNEL static void substitute_forward(const struct renewal_problem *p, const struct renewal_curvature *c, bool root, struct renewal_point *point)
{
    size_t n = c->n_theta, stride = c->stride;
    for (size_t k = 0; k < c->n_rows; k++) {
        double scaled = point->noise[k] / c->noise[k], by_mean = scaled * c->noise_mean[k];
        add_scaled(point->level + renewal_row_end(p, k) + 1 - p->n_kernel, c->share + k * c->n_share, -by_mean, p->n_kernel);
        if (k >= c->first_tied) {
            add_scaled(point->theta, c->noise_theta + k * n, -scaled, n);
        } else if (p->layout.n_weekday > 0) {
            size_t weekday = p->layout.weekday + p->rows[k].weekday;
            point->theta[weekday] -= scaled * c->noise_theta[k * n + weekday];
        }
        point->noise[k] = root ? point->noise[k] / sqrt(c->noise[k]) : scaled;
    }
    for (size_t i = 0; i < c->n_latent; i++) {
        const double *row = c->band + i * stride;
        double value = point->level[i] / row[0];
        size_t first = i < c->first_full ? p->layout.weekday / 4 * 4 : 0;
        add_scaled_fours(point->level + i, row, -value, stride);
        point->level[i] = value;
        add_scaled_fours(point->theta + first, c->cross + i * n + first, -value, n - first);
    }
    for (size_t i = 0; i < n; i++) {
        const double *row = c->dense + i * n;
        double value = point->theta[i] / row[i];
        point->theta[i] = value;
        add_scaled(point->theta + i + 1, row + i + 1, -value, n - i - 1);
    }
}

void renewal_curvature_solve(const struct renewal_problem *p, const struct renewal_curvature *c, const struct renewal_point *gradient,
                             struct renewal_point *step)
{
    memcpy(step->level, gradient->level, c->n_latent * sizeof(double));
    memcpy(step->theta, gradient->theta, c->n_theta * sizeof(double));
    memcpy(step->noise, gradient->noise, c->n_rows * sizeof(double));
    substitute_forward(p, c, false, step);
    substitute_back(p, c, step);
}

void renewal_curvature_colour(const struct renewal_problem *p, const struct renewal_curvature *c, struct renewal_point *point)
{
    for (size_t k = 0; k < c->n_rows; k++) {
        point->noise[k] /= sqrt(c->noise[k]);
    }
    substitute_back(p, c, point);
}

void renewal_curvature_whiten(const struct renewal_problem *p, const struct renewal_curvature *c, struct renewal_point *gradient)
{
    substitute_forward(p, c, true, gradient);
}
