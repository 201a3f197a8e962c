/*
 * Poisson and negative binomial distributions. Distribution functions through the incomplete gamma and beta functions;
 * quantiles start at the normal approximation with a skewness term and walk to the exact integer, doubling the step while far
 * away.
 */
#include "core/special_internal.h"

#include <math.h>

double special_poisson_log_pmf(double k, double mean)
{
    if (k < 10) {
        return k * log(mean) - mean - vg_log_gamma(k + 1);
    }
    /* Stirling's formula for k!, so that only small terms remain. */
    return k * special_log_ratio_minus(mean, k, mean - k) - 0.5 * log(2 * M_PI * k) - special_stirling_remainder(k);
}

double vg_poisson_cdf(int64_t k, double mean)
{
    if (!(mean >= 0)) {
        return NAN;
    }
    return k < 0 ? 0 : mean == 0 ? 1 : vg_gamma_q((double)k + 1, mean);
}

double vg_negative_binomial_log_pmf(int64_t k, double mean, double size)
{
    if (!(mean >= 0) || !(size > 0)) {
        return NAN;
    }
    if (k < 0) {
        return -INFINITY;
    }
    double n = (double)k;
    if (mean == 0) {
        return k == 0 ? 0 : -INFINITY;
    }
    if (isinf(size)) {
        return n * log(mean) - mean - vg_log_gamma(n + 1);
    }
    double rise = size >= 10 ? special_log_gamma_rise(size, n) : vg_log_gamma(n + size) - vg_log_gamma(size);
    double combinations = rise - vg_log_gamma(n + 1);
    return combinations - size * log1p(mean / size) + (k == 0 ? 0 : n * (log(mean) - log(mean + size)));
}

double vg_negative_binomial_cdf(int64_t k, double mean, double size)
{
    if (!(mean >= 0) || !(size > 0)) {
        return NAN;
    }
    if (k < 0) {
        return 0;
    }
    if (mean == 0) {
        return 1;
    }
    if (isinf(size)) {
        return vg_poisson_cdf(k, mean);
    }
    double below = special_beta_i(size, (double)k + 1, size / (size + mean), mean / (size + mean));
    /* With next to no size the fraction loses its digits; whatever k, it is no less likely than 0, which has a closed form. */
    return size > 1e-6 ? below : fmin(1, fmax(below, exp(-size * log1p(mean / size))));
}

struct discrete {
    double mean, size; /* size infinite: Poisson */
};

static double cdf_of(const struct discrete *d, int64_t k)
{
    return vg_negative_binomial_cdf(k, d->mean, d->size);
}

/* Smallest k with F(k) >= target, of F(low) < target <= F(high). */
static int64_t between(const struct discrete *d, int64_t low, int64_t high, double target)
{
    while (high - low > 1) {
        int64_t middle = low + (high - low) / 2;
        *(cdf_of(d, middle) >= target ? &high : &low) = middle;
    }
    return high;
}

/* Smallest k with F(k) >= p, from a guess. */
static int64_t search(const struct discrete *d, double p, double guess)
{
    double target = p * (1 - 4e-16); /* so that a p that is itself a value of F finds its own k */
    int64_t k = guess < 0 ? 0 : guess > 9e15 ? INT64_C(9000000000000000) : (int64_t)guess;
    int64_t step = 1;
    if (cdf_of(d, k) >= target) {
        int64_t high = k;
        int64_t low = k;
        while (low > 0 && cdf_of(d, low - 1) >= target) {
            high = low - 1;
            low = low - 1 - step < 0 ? 0 : low - 1 - step;
            step *= 2;
            if (cdf_of(d, low) < target) {
                break;
            }
        }
        if (cdf_of(d, low) >= target) {
            return low;
        }
        return between(d, low, high, target);
    }
    int64_t low = k;
    int64_t high = k + step;
    while (cdf_of(d, high) < target && high < INT64_C(9000000000000000)) {
        low = high;
        step *= 2;
        high += step;
    }
    return between(d, low, high, target);
}

/* INT64_MIN marks a question without an answer: integers have no NaN. */
static int64_t quantile(const struct discrete *d, double p)
{
    if (!(p >= 0 && p < 1) || !(d->mean >= 0) || !(d->size > 0)) {
        return INT64_MIN;
    }
    if (d->mean == 0 || p == 0) {
        return 0;
    }
    double variance = d->mean + (isinf(d->size) ? 0 : d->mean * d->mean / d->size);
    double sd = sqrt(variance);
    double skewness = (2 * variance - d->mean) / (d->mean * sd);
    double z = vg_normal_quantile(p);
    return search(d, p, floor(d->mean + sd * (z + skewness * (z * z - 1) / 6)));
}

int64_t vg_poisson_quantile(double p, double mean)
{
    return quantile(&(struct discrete){mean, INFINITY}, p);
}

int64_t vg_negative_binomial_quantile(double p, double mean, double size)
{
    return quantile(&(struct discrete){mean, size}, p);
}
