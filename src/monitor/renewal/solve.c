/*
 * Banded and dense Cholesky factors of the curvature, right-looking so that the inner loops are sums of vectors: they run wide
 * on every processor and round the same everywhere.
 */
#include "monitor/renewal/curvature.h"

#include "monitor/renewal/kernel.h"

#include <math.h>
#include <string.h>

RENEWAL_KERNEL static bool factor_band(struct renewal_curvature *c)
{
    size_t width = c->width;
    for (size_t i = 0; i < c->n_latent; i++) {
        double *row = c->band + i * width, pivot = row[0];
        if (!(pivot > 0) || isinf(pivot)) {
            return false;
        }
        double root = sqrt(pivot), inverse = 1 / root;
        row[0] = root;
        for (size_t j = 1; j < width; j++) {
            row[j] *= inverse;
        }
        for (size_t j = 1; j < width && i + j < c->n_latent; j++) {
            add_scaled(row + j * width, row + j, -row[j], width - j);
        }
        c->log_determinant += 2 * log(root);
    }
    return true;
}

/* cross := band^-T cross, and dense -= cross' cross. */
RENEWAL_KERNEL static void eliminate_level(struct renewal_curvature *c, size_t weekday)
{
    size_t n = c->n_theta, width = c->width;
    for (size_t i = 0; i < c->n_latent; i++) {
        double *cross = c->cross + i * n, inverse = 1 / c->band[i * width];
        size_t first = i < c->first_full ? weekday : 0, before = i < width - 1 ? i : width - 1;
        if (i > 0) {
            renewal_subtract_rows(cross + first, c->band + (i - 1) * width + 1, 1 - (ptrdiff_t)width, cross + first - n, -(ptrdiff_t)n, before, n - first);
        }
        for (size_t a = first; a < n; a++) {
            cross[a] *= inverse;
        }
        for (size_t a = first; a < n && i < c->first_full; a++) {
            add_scaled(c->dense + a * n + a, cross + a, -cross[a], n - a);
        }
    }
    if (c->first_full < c->n_latent) {
        renewal_subtract_squares(c->dense, n, c->cross + c->first_full * n, NULL, c->n_latent - c->first_full);
    }
}

RENEWAL_KERNEL static bool factor_dense(struct renewal_curvature *c)
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
        for (size_t j = i + 1; j < n; j++) {
            add_scaled(c->dense + j * n + j, row + j, -row[j], n - j);
        }
        c->log_determinant += 2 * log(root);
    }
    return true;
}

bool renewal_curvature_factor(const struct renewal_problem *p, struct renewal_curvature *c)
{
    c->log_determinant = 0;
    for (size_t k = 0; k < c->n_rows; k++) {
        if (!(c->noise[k] > 0)) {
            return false;
        }
        c->log_determinant += log(c->noise[k]);
    }
    if (!factor_band(c)) {
        return false;
    }
    eliminate_level(c, p->layout.weekday);
    return factor_dense(c);
}

/* What the row's noise owes to the level and theta of a point: (noise_mean * share . level + noise_theta . theta) / noise. */
RENEWAL_INLINE double noise_debt(const struct renewal_problem *p, const struct renewal_curvature *c, size_t k, const struct renewal_point *point)
{
    const double *newest = point->level + renewal_row_end(p, k), *share = c->share + k * p->n_kernel, *tied = c->noise_theta + k * c->n_theta;
    size_t weekday = p->layout.weekday + p->rows[k].weekday;
    double level = 0, theta = 0;
    for (size_t j = 0; j < p->n_kernel; j++) {
        level += share[j] * newest[-(ptrdiff_t)j];
    }
    if (k >= c->first_tied) {
        theta = inner_product(tied, point->theta, c->n_theta);
    } else if (p->layout.n_weekday > 0) {
        theta = tied[weekday] * point->theta[weekday];
    }
    return (c->noise_mean[k] * level + theta) * c->noise_weight[k];
}

/* theta, level, noise from their right-hand sides by back substitution; of level and noise only the newest, from the given ones on. */
RENEWAL_KERNEL static void substitute_back(const struct renewal_problem *p, const struct renewal_curvature *c, size_t first_level, size_t first_row,
                                           struct renewal_point *point)
{
    size_t n = c->n_theta, width = c->width;
    for (size_t i = n; i-- > 0;) {
        const double *row = c->dense + i * n;
        point->theta[i] = (point->theta[i] - inner_product(row + i + 1, point->theta + i + 1, n - i - 1)) / row[i];
    }
    for (size_t i = c->n_latent; i-- > first_level;) {
        const double *row = c->band + i * width, *cross = c->cross + i * n;
        size_t first = i < c->first_full ? p->layout.weekday : 0, most = c->n_latent - i < width ? c->n_latent - i : width;
        double sum = point->level[i] - inner_product(cross + first, point->theta + first, n - first);
        point->level[i] = (sum - inner_product(row + 1, point->level + i + 1, most - 1)) / row[0];
    }
    for (size_t k = first_row; k < c->n_rows; k++) {
        point->noise[k] -= noise_debt(p, c, k, point);
    }
}

/* Forward half of the solution: what is left is triangular. noise is divided by its own curvature's root or by all of it. */
RENEWAL_KERNEL static void substitute_forward(const struct renewal_problem *p, const struct renewal_curvature *c, bool root, struct renewal_point *point)
{
    size_t n = c->n_theta, width = c->width;
    for (size_t k = 0; k < c->n_rows; k++) {
        double scaled = point->noise[k] / c->noise[k], by_mean = scaled * c->noise_mean[k];
        double *newest = point->level + renewal_row_end(p, k);
        const double *share = c->share + k * p->n_kernel;
        for (size_t j = 0; j < p->n_kernel; j++) {
            newest[-(ptrdiff_t)j] -= by_mean * share[j];
        }
        if (k >= c->first_tied) {
            add_scaled(point->theta, c->noise_theta + k * n, -scaled, n);
        } else if (p->layout.n_weekday > 0) {
            size_t weekday = p->layout.weekday + p->rows[k].weekday;
            point->theta[weekday] -= scaled * c->noise_theta[k * n + weekday];
        }
        point->noise[k] = root ? point->noise[k] / sqrt(c->noise[k]) : scaled;
    }
    for (size_t i = 0; i < c->n_latent; i++) {
        const double *row = c->band + i * width;
        double value = point->level[i] / row[0];
        point->level[i] = value;
        for (size_t j = 1; j < width && i + j < c->n_latent; j++) {
            point->level[i + j] -= row[j] * value;
        }
        add_scaled(point->theta, c->cross + i * n, -value, n);
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
    substitute_back(p, c, 0, 0, step);
}

void renewal_curvature_colour(const struct renewal_problem *p, const struct renewal_curvature *c, size_t first_level, size_t first_row,
                              struct renewal_point *point)
{
    for (size_t k = first_row; k < c->n_rows; k++) {
        point->noise[k] /= sqrt(c->noise[k]);
    }
    substitute_back(p, c, first_level, first_row, point);
}

void renewal_curvature_whiten(const struct renewal_problem *p, const struct renewal_curvature *c, struct renewal_point *gradient)
{
    substitute_forward(p, c, true, gradient);
}
