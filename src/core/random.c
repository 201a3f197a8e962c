/*
 * Philox4x32-10 (Salmon, Moraes, Dror, Shaw 2011) and draws from it. A stream is named by (seed; entity, time, purpose), so the
 * same draw comes out whatever else was drawn before and on whatever thread.
 *
 * Gamma: Marsaglia and Tsang 2000. Poisson, binomial: inversion for small means, Hörmann's transformed rejection (PTRS, BTRS
 * 1993) else.
 */
#include "core/special_internal.h"

#include <math.h>

#define LARGEST_COUNT 1e18 /* draws above their mean still fit int64_t */

static inline uint32_t multiply_high(uint32_t a, uint32_t b, uint32_t *low)
{
    uint64_t product = (uint64_t)a * b;
    *low = (uint32_t)product;
    return (uint32_t)(product >> 32);
}

void vg_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4])
{
    uint32_t c0 = counter[0];
    uint32_t c1 = counter[1];
    uint32_t c2 = counter[2];
    uint32_t c3 = counter[3];
    uint32_t k0 = key[0];
    uint32_t k1 = key[1];
    for (int round = 0; round < 10; round++) {
        uint32_t low0 = 0;
        uint32_t low1 = 0;
        uint32_t high0 = multiply_high(0xD2511F53U, c0, &low0);
        uint32_t high1 = multiply_high(0xCD9E8D57U, c2, &low1);
        c0 = high1 ^ c1 ^ k0;
        c1 = low1;
        c2 = high0 ^ c3 ^ k1;
        c3 = low0;
        k0 += 0x9E3779B9U;
        k1 += 0xBB67AE85U;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

struct vg_random vg_random_stream(uint64_t seed, uint32_t entity, uint32_t time, uint32_t purpose)
{
    return (struct vg_random){
        .key = {(uint32_t)seed, (uint32_t)(seed >> 32)}, .counter = {0, purpose, time, entity}, .used = 4};
}

uint32_t vg_random_u32(struct vg_random *random)
{
    if (random->used == 4) {
        vg_philox(random->counter, random->key, random->block);
        random->counter[0]++;
        random->used = 0;
    }
    return random->block[random->used++];
}

uint64_t vg_random_u64(struct vg_random *random)
{
    uint64_t high = vg_random_u32(random);
    return high << 32 | vg_random_u32(random);
}

double vg_random_uniform(struct vg_random *random)
{
    /* 53 bits, moved by half a step so that 0 does not come out; the highest one would round up to 1. */
    double value = ((double)(vg_random_u64(random) >> 11) + 0.5) * 0x1p-53;
    return value < 1 ? value : 1 - 0x1p-53;
}

uint32_t vg_random_below(struct vg_random *random, uint32_t bound)
{
    VG_ASSERT(bound > 0);
    /* Lemire 2019: the high half of a product; the low half tells the few draws to reject. */
    uint64_t product = (uint64_t)vg_random_u32(random) * bound;
    uint32_t threshold = (0U - bound) % bound;
    while ((uint32_t)product < threshold) {
        product = (uint64_t)vg_random_u32(random) * bound;
    }
    return (uint32_t)(product >> 32);
}

double vg_random_normal(struct vg_random *random)
{
    /* Box and Muller's polar form without a spare: one call, one draw, so streams stay simple. */
    double radius = sqrt(-2 * log(vg_random_uniform(random)));
    return radius * cos(2 * M_PI * vg_random_uniform(random));
}

double vg_random_gamma(struct vg_random *random, double shape, double scale)
{
    if (!(shape > 0) || !(scale >= 0) || isinf(shape)) {
        return NAN;
    }
    double boost = 1;
    if (shape < 1) {
        boost = pow(vg_random_uniform(random), 1 / shape);
        shape += 1;
    }
    double d = shape - 1.0 / 3;
    double c = 1 / sqrt(9 * d);
    for (;;) {
        double x = vg_random_normal(random);
        double v = 1 + c * x;
        if (v <= 0) {
            continue;
        }
        v = v * v * v;
        if (log(vg_random_uniform(random)) < 0.5 * x * x + d * (1 - v + log(v))) {
            return d * v * boost * scale;
        }
    }
}

double vg_random_beta(struct vg_random *random, double a, double b)
{
    double x = vg_random_gamma(random, a, 1);
    double y = vg_random_gamma(random, b, 1);
    return x + y > 0 ? x / (x + y) : (vg_random_uniform(random) < a / (a + b) ? 1 : 0);
}

/* Below a mean of 10 nothing lies above this; a search that gets there met the last rounding of the sum and is made again. */
#define INVERSION_MAX 110

static int64_t poisson_by_inversion(struct vg_random *random, double mean)
{
    for (;;) {
        double u = vg_random_uniform(random);
        double term = exp(-mean);
        int64_t k = 0;
        while (u > term && k < INVERSION_MAX) {
            u -= term;
            k++;
            term *= mean / (double)k;
        }
        if (k < INVERSION_MAX) {
            return k;
        }
    }
}

static int64_t poisson_by_rejection(struct vg_random *random, double mean)
{
    double b = 0.931 + 2.53 * sqrt(mean);
    double a = -0.059 + 0.02483 * b;
    double inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
    double vr = 0.9277 - 3.6224 / (b - 2);
    for (;;) {
        double u = vg_random_uniform(random) - 0.5;
        double v = vg_random_uniform(random);
        double us = 0.5 - fabs(u);
        double k = floor((2 * a / us + b) * u + mean + 0.43);
        if (us >= 0.07 && v <= vr) {
            return (int64_t)k;
        }
        if (k < 0 || (us < 0.013 && v > us)) {
            continue;
        }
        if (log(v) + log(inverse_alpha) - log(a / (us * us) + b) <= special_poisson_log_pmf(k, mean)) {
            return (int64_t)k;
        }
    }
}

int64_t vg_random_poisson(struct vg_random *random, double mean)
{
    if (!(mean <= LARGEST_COUNT)) {
        return INT64_MIN;
    }
    if (mean <= 0) {
        return 0;
    }
    return mean < 10 ? poisson_by_inversion(random, mean) : poisson_by_rejection(random, mean);
}

static int64_t binomial_by_inversion(struct vg_random *random, int64_t trials, double p)
{
    double ratio = p / (1 - p);
    int64_t most = trials < INVERSION_MAX ? trials : INVERSION_MAX;
    for (;;) {
        double term = exp((double)trials * log1p(-p));
        double u = vg_random_uniform(random);
        int64_t k = 0;
        while (u > term && k < most) {
            u -= term;
            k++;
            term *= ratio * (double)(trials - k + 1) / (double)k;
        }
        if (k < INVERSION_MAX) {
            return k;
        }
    }
}

/* log C(trials, k) p^k (1 - p)^(trials - k), as three Poisson terms of which each keeps its digits. */
static double binomial_log_pmf(double k, double trials, double p)
{
    return special_poisson_log_pmf(k, trials * p) + special_poisson_log_pmf(trials - k, trials * (1 - p)) -
           special_poisson_log_pmf(trials, trials);
}

static int64_t binomial_by_rejection(struct vg_random *random, int64_t trials, double p)
{
    double n = (double)trials;
    double spq = sqrt(n * p * (1 - p));
    double b = 1.15 + 2.53 * spq;
    double a = -0.0873 + 0.0248 * b + 0.01 * p;
    double c = n * p + 0.5;
    double vr = 0.92 - 4.2 / b;
    double alpha = (2.83 + 5.1 / b) * spq;
    double at_mode = binomial_log_pmf(floor((n + 1) * p), n, p);
    for (;;) {
        double u = vg_random_uniform(random) - 0.5;
        double v = vg_random_uniform(random);
        double us = 0.5 - fabs(u);
        double k = floor((2 * a / us + b) * u + c);
        if (k < 0 || k > n) {
            continue;
        }
        if (us >= 0.07 && v <= vr) {
            return (int64_t)k;
        }
        v = log(v * alpha / (a / (us * us) + b));
        if (v <= binomial_log_pmf(k, n, p) - at_mode) {
            return (int64_t)k;
        }
    }
}

int64_t vg_random_binomial(struct vg_random *random, int64_t trials, double probability)
{
    if (isnan(probability) || (double)trials > LARGEST_COUNT) {
        return INT64_MIN;
    }
    if (trials <= 0 || probability <= 0) {
        return 0;
    }
    if (probability >= 1) {
        return trials;
    }
    double p = probability > 0.5 ? 1 - probability : probability;
    int64_t k = (double)trials * p < 10 ? binomial_by_inversion(random, trials, p) : binomial_by_rejection(random, trials, p);
    return probability > 0.5 ? trials - k : k;
}

int64_t vg_random_negative_binomial(struct vg_random *random, double mean, double size)
{
    if (!(mean <= LARGEST_COUNT) || isnan(size)) {
        return INT64_MIN;
    }
    if (mean <= 0 || size <= 0) {
        return 0;
    }
    return vg_random_poisson(random, isinf(size) ? mean : vg_random_gamma(random, size, mean / size));
}
