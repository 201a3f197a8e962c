/*
 * Quantiles of an equal mixture of gamma distributions by Newton's steps on its distribution function. In the cube root of x a gamma distribution is nearly normal
 * (Wilson and Hilferty 1931): a polynomial of degree 4 through its exact quantiles takes the root to the normal score, to 1e-5 of probability for shapes of 10 and
 * more; smaller ones take the incomplete gamma function itself. The normal distribution function comes from a table (cubic, 1e-9).
 */
#include "monitor/rt_internal.h"

#include <math.h>

#define SMALL_SHAPE 10.0
#define SOLVER_STEPS 60
#define REACH 6.0 /* the table's last normal score */

struct mixture {
    const double *shapes, *scales;
    size_t n;
    const struct rt_mixture_scratch *scratch;
};

void rt_mixture_prepare(struct rt_mixture_scratch *scratch)
{
    const double step = 2 * REACH / RT_TABLE_POINTS;
    for (size_t i = 0; i <= RT_TABLE_POINTS; i++) {
        double z = step * (double)i - REACH;
        scratch->normal[i][0] = vg_normal_cdf(z);
        scratch->normal[i][1] = step * exp(-0.5 * z * z) / sqrt(2 * M_PI);
    }
}

/* Distribution function and density at a normal score, by the cubic through values and slopes of the table. */
static double normal_at(const struct rt_mixture_scratch *scratch, double z, double *density)
{
    const double per_step = RT_TABLE_POINTS / (2 * REACH);
    double at = (z + REACH) * per_step;
    *density = 0;
    if (!(at > 0) || at >= RT_TABLE_POINTS) {
        return at > 0 ? 1 : 0;
    }
    size_t i = (size_t)at;
    double t = at - (double)i;
    const double *left = scratch->normal[i];
    const double *right = scratch->normal[i + 1];
    double rise = right[0] - left[0];
    double bend = 3 * rise - 2 * left[1] - right[1];
    double twist = left[1] + right[1] - 2 * rise;
    *density = (left[1] + t * (2 * bend + 3 * t * twist)) * per_step;
    return left[0] + t * (left[1] + t * (bend + t * twist));
}

/* Powers in w = cube root of (x / mean) - 1 of the polynomial that gives the normal score, through the 2.5, 10, 50, 90 and 97.5 % points. */
static void score_polynomial(double shape, double powers[RT_SCORE_POWERS])
{
    static const size_t levels[RT_SCORE_POWERS] = {0, 2, 4, 6, 8};
    double quantiles[VG_QUANTILE_COUNT];
    double node[RT_SCORE_POWERS];
    double difference[RT_SCORE_POWERS];
    rt_gamma_quantiles(shape, 1 / shape, quantiles);
    for (size_t i = 0; i < RT_SCORE_POWERS; i++) {
        node[i] = cbrt(quantiles[levels[i]]) - 1;
        difference[i] = rt_level_scores[levels[i]];
        powers[i] = 0;
    }
    for (size_t order = 1; order < RT_SCORE_POWERS; order++) {
        for (size_t i = RT_SCORE_POWERS - 1; i >= order; i--) {
            difference[i] = (difference[i] - difference[i - 1]) / (node[i] - node[i - order]);
        }
    }
    /* Newton's form unfolded from the inside: powers = powers * (w - node) + difference. */
    for (size_t i = RT_SCORE_POWERS; i > 0; i--) {
        for (size_t power = RT_SCORE_POWERS - 1; power > 0; power--) {
            powers[power] = powers[power - 1] - node[i - 1] * powers[power];
        }
        powers[0] = difference[i - 1] - node[i - 1] * powers[0];
    }
}

static void make_components(const double *shapes, const double *scales, size_t n, struct rt_mixture_scratch *scratch)
{
    for (size_t i = 0; i < n; i++) {
        struct rt_component *component = &scratch->components[i];
        component->rate = 1 / cbrt(shapes[i] * scales[i]);
        component->centre = -1 / (9 * shapes[i]);
        component->reach = 5 / (3 * sqrt(shapes[i]));
        if (i > 0 && shapes[i] == shapes[i - 1]) {
            for (size_t power = 0; power < RT_SCORE_POWERS; power++) {
                component->powers[power] = scratch->components[i - 1].powers[power];
            }
        } else if (shapes[i] >= SMALL_SHAPE) {
            score_polynomial(shapes[i], component->powers);
        }
    }
}

/* At the cube root y of R, with the slope against y. */
static double mixture_cdf(const struct mixture *mixture, double y, double *slope)
{
    double sum = 0;
    double rise = 0;
    for (size_t i = 0; i < mixture->n; i++) {
        const struct rt_component *component = &mixture->scratch->components[i];
        double shape = mixture->shapes[i];
        if (shape < SMALL_SHAPE) {
            double x = y * y * y / mixture->scales[i];
            sum += vg_gamma_p(shape, x);
            rise += x > 0 ? 3 / y * exp(shape * log(x) - x - vg_log_gamma(shape)) : 0;
            continue;
        }
        const double *p = component->powers;
        double w = y * component->rate - 1;
        double density;
        if (fabs(w - component->centre) > component->reach) {
            sum += w > component->centre ? 1 : 0;
            continue;
        }
        sum += normal_at(mixture->scratch, p[0] + w * (p[1] + w * (p[2] + w * (p[3] + w * p[4]))), &density);
        rise += density * component->rate * (p[1] + w * (2 * p[2] + w * (3 * p[3] + w * 4 * p[4])));
    }
    *slope = rise / (double)mixture->n;
    return sum / (double)mixture->n;
}

/* Newton's steps within a bracket that closes in; halves it where a step leads out. */
static double mixture_quantile(const struct mixture *mixture, double level, double start, double low, double high)
{
    double y = start > low && start < high ? start : (low + high) / 2;
    for (int step = 0; step < SOLVER_STEPS && high - low > 1e-13 * high; step++) {
        double slope;
        double excess = mixture_cdf(mixture, y, &slope) - level;
        if (fabs(excess) < 1e-9) {
            break;
        }
        low = excess < 0 ? y : low;
        high = excess > 0 ? y : high;
        double next = y - excess / slope;
        bool small = fabs(next - y) < 1e-10 * y;
        y = next > low && next < high ? next : (low + high) / 2;
        if (small) {
            break;
        }
    }
    return y;
}

static void one_gamma(double shape, double scale, struct vg_rt_estimate *out)
{
    out->mean = shape * scale;
    out->sd = sqrt(shape) * scale;
    rt_gamma_quantiles(shape, scale, out->quantiles);
}

/* Mean and sd of the mixture. False where all components are the same. */
static bool moments(const double *shapes, const double *scales, size_t n, struct vg_rt_estimate *out)
{
    double mean = 0, square = 0;
    bool one = true;
    for (size_t i = 0; i < n; i++) {
        double m = shapes[i] * scales[i];
        mean += m;
        square += m * scales[i] + m * m;
        one = one && shapes[i] == shapes[0] && scales[i] == scales[0];
    }
    mean /= (double)n;
    double variance = square / (double)n - mean * mean;
    out->mean = mean;
    out->sd = sqrt(variance > 0 ? variance : 0);
    return !one;
}

/* Mean, sd and skewness of the cube root, from which the search for a quantile starts (Cornish and Fisher). */
struct start {
    double mean, sd, skewness;
};

static struct start start_of(const double *shapes, const double *scales, size_t n)
{
    double mean = 0, second = 0, third = 0;
    for (size_t i = 0; i < n; i++) {
        double root = cbrt(shapes[i] * scales[i]);
        double m = root * (1 - 1 / (9 * shapes[i]));
        double variance = root * root / (9 * shapes[i]);
        mean += m;
        second += variance + m * m;
        third += m * m * m + 3 * m * variance;
    }
    mean /= (double)n;
    double variance = second / (double)n - mean * mean;
    double sd = sqrt(variance > 0 ? variance : 0);
    double cubed = third / (double)n - 3 * mean * variance - mean * mean * mean;
    return (struct start){mean, sd, sd > 0 ? cubed / (sd * sd * sd) : 0};
}

void rt_mixture(const double *shapes, const double *scales, size_t n, struct rt_mixture_scratch *scratch, struct vg_rt_estimate *out)
{
    struct mixture mixture = {.shapes = shapes, .scales = scales, .n = n, .scratch = scratch};
    if (n == 1 || !moments(shapes, scales, n, out)) {
        one_gamma(shapes[0], scales[0], out);
        return;
    }
    double low = INFINITY, high = 0;
    for (size_t i = 0; i < n; i++) {
        /* Wilson and Hilferty's 1e-4 and 1 - 1e-4 points bracket the outer quantiles of every component. */
        double root = cbrt(shapes[i] * scales[i]);
        double spread = 1 / (3 * sqrt(shapes[i]));
        double lower = root * (1 - spread * spread - 3.8 * spread);
        double upper = root * (1 - spread * spread + 3.8 * spread);
        low = fmin(low, fmax(lower, 0.01 * root));
        high = fmax(high, upper);
    }
    make_components(shapes, scales, n, scratch);
    struct start start = start_of(shapes, scales, n);
    for (size_t i = 0; i < VG_QUANTILE_COUNT; i++) {
        double z = rt_level_scores[i];
        double y = start.mean + start.sd * (z + start.skewness / 6 * (z * z - 1));
        low = mixture_quantile(&mixture, vg_quantile_levels[i], y, low, high); /* levels ascend: the next one is not below */
        out->quantiles[i] = low * low * low;
    }
}
