/*
 * Quantiles of an equal mixture of gamma distributions by bracketing its distribution function. Components of one shape share a
 * table of that shape's distribution function (cubic interpolation, error under 1e-6); else shapes of 40 and more take the cube
 * root of Wilson and Hilferty (1931, error under 3e-4 of probability) and smaller ones the incomplete gamma function itself.
 */
#include "monitor/rt_internal.h"

#include <math.h>

#define LARGE_SHAPE 40.0
#define SOLVER_STEPS 60

struct mixture {
    const double *shapes, *scales; /* scales: their logs where one_shape */
    size_t n;
    bool one_shape;
    const struct rt_mixture_scratch *table;
};

static void make_table(struct rt_mixture_scratch *scratch, double shape)
{
    double low = vg_gamma_quantile(1e-7, shape, 1);
    double high = vg_gamma_quantile(1 - 1e-9, shape, 1);
    low = low > 1e-12 ? low : 1e-12;
    scratch->table_first = log(low);
    scratch->table_step = (log(high) - scratch->table_first) / (RT_TABLE_POINTS - 1);
    for (size_t i = 0; i < RT_TABLE_POINTS; i++) {
        scratch->table[i] = vg_gamma_p(shape, exp(scratch->table_first + scratch->table_step * (double)i));
    }
}

/* Catmull-Rom between the table's points. */
static double table_cdf(const struct rt_mixture_scratch *scratch, double log_x)
{
    double at = (log_x - scratch->table_first) / scratch->table_step;
    if (at <= 1) {
        return at <= 0 ? 0 : scratch->table[0] + at * (scratch->table[1] - scratch->table[0]);
    }
    if (at >= RT_TABLE_POINTS - 2) {
        return 1;
    }
    size_t i = (size_t)at;
    double u = at - (double)i;
    const double *f = scratch->table + i;
    double a = f[0], b = 0.5 * (f[1] - f[-1]);
    double c = f[-1] - 2.5 * f[0] + 2 * f[1] - 0.5 * f[2];
    double d = 0.5 * (f[2] - f[-1]) + 1.5 * (f[0] - f[1]);
    return a + u * (b + u * (c + u * d));
}

static double component_cdf(double shape, double x)
{
    if (shape < LARGE_SHAPE) {
        return vg_gamma_p(shape, x);
    }
    double variance = 1 / (9 * shape);
    return vg_normal_cdf((cbrt(x / shape) - 1 + variance) / sqrt(variance));
}

static double mixture_cdf(const struct mixture *mixture, double log_x)
{
    double sum = 0;
    double x = exp(log_x);
    for (size_t i = 0; i < mixture->n; i++) {
        sum += mixture->one_shape ? table_cdf(mixture->table, log_x - mixture->scales[i])
                                  : component_cdf(mixture->shapes[i], x / mixture->scales[i]);
    }
    return sum / (double)mixture->n;
}

/* Regula falsi with Illinois' correction on log x. */
static double mixture_quantile(const struct mixture *mixture, double p, double low, double high)
{
    double f_low = mixture_cdf(mixture, low) - p, f_high = mixture_cdf(mixture, high) - p;
    if (f_low >= 0 || f_high <= 0) {
        return exp(f_low >= 0 ? low : high);
    }
    int side = 0;
    for (int step = 0; step < SOLVER_STEPS && high - low > 1e-8; step++) {
        double middle = step % 8 == 7 ? (low + high) / 2 : (low * f_high - high * f_low) / (f_high - f_low);
        double f = mixture_cdf(mixture, middle) - p;
        if (fabs(f) < 1e-9) {
            return exp(middle);
        }
        if (f < 0) {
            low = middle, f_low = f;
            f_high = side < 0 ? f_high / 2 : f_high;
            side = -1;
        } else {
            high = middle, f_high = f;
            f_low = side > 0 ? f_low / 2 : f_low;
            side = 1;
        }
    }
    return exp((low + high) / 2);
}

static void one_gamma(double shape, double scale, struct vg_rt_estimate *out)
{
    out->mean = shape * scale;
    out->sd = sqrt(shape) * scale;
    rt_gamma_quantiles(shape, scale, out->quantiles);
}

/* Mean and sd of the mixture, and the extremes of its components. False where all components are the same. */
static bool moments(const double *shapes, const double *scales, size_t n, bool *one_shape, struct vg_rt_estimate *out)
{
    double mean = 0, square = 0;
    bool one_scale = true;
    *one_shape = true;
    for (size_t i = 0; i < n; i++) {
        double m = shapes[i] * scales[i];
        mean += m;
        square += m * scales[i] + m * m;
        *one_shape = *one_shape && shapes[i] == shapes[0];
        one_scale = one_scale && scales[i] == scales[0];
    }
    mean /= (double)n;
    double variance = square / (double)n - mean * mean;
    out->mean = mean;
    out->sd = sqrt(variance > 0 ? variance : 0);
    return !(*one_shape && one_scale);
}

void rt_mixture(const double *shapes, double *scales, size_t n, struct rt_mixture_scratch *scratch, struct vg_rt_estimate *out)
{
    struct mixture mixture = {.shapes = shapes, .scales = scales, .n = n, .table = scratch};
    if (n == 1 || !moments(shapes, scales, n, &mixture.one_shape, out)) {
        one_gamma(shapes[0], scales[0], out);
        return;
    }
    double low = INFINITY, high = 0;
    for (size_t i = 0; i < n; i++) {
        /* Wilson and Hilferty's 1e-4 and 1 - 1e-4 points bracket the outer quantiles of every component. */
        double spread = 1 / (3 * sqrt(shapes[i]));
        double lower = 1 - spread * spread - 3.8 * spread;
        double upper = 1 - spread * spread + 3.8 * spread;
        double least = shapes[i] * scales[i] * (lower > 0.05 ? lower * lower * lower : 1e-6);
        double most = shapes[i] * scales[i] * upper * upper * upper;
        low = least < low ? least : low;
        high = most > high ? most : high;
    }
    double log_low = log(low), log_high = log(high);
    if (mixture.one_shape) {
        make_table(scratch, shapes[0]);
        for (size_t i = 0; i < n; i++) {
            scales[i] = log(scales[i]);
        }
    }
    for (size_t i = 0; i < VG_QUANTILE_COUNT; i++) {
        double log_quantile = log(mixture_quantile(&mixture, vg_quantile_levels[i], log_low, log_high));
        out->quantiles[i] = exp(log_quantile);
        log_low = log_quantile; /* levels ascend: the next one is not below */
    }
}
