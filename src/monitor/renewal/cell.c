/*
 * The rising factorial of the negative binomial law and its derivatives as differences of log Gamma, digamma and trigamma at m / k and
 * m / k + y, by Stirling's series (Abramowitz and Stegun 6.1.41, 6.3.18, 6.4.12). Both arguments are raised alike until the series holds. Four
 * cells at once.
 */
#include "monitor/renewal/cell.h"

#include "monitor/renewal/kernel.h"

#include <math.h>
#include <string.h>

#define STIRLING_FROM 9.0

/* What Stirling's series adds to the leading terms of log Gamma, digamma and trigamma, for z >= STIRLING_FROM. */
#define stirling(z, log_gamma, digamma, trigamma) \
    do { \
        renewal_four inverse = 1 / (z), square = inverse * inverse; \
        log_gamma = inverse * (1.0 / 12 - square * (1.0 / 360 - square * (1.0 / 1260 - square * (1.0 / 1680 - square * (1.0 / 1188))))); \
        digamma = -0.5 * inverse - square * (1.0 / 12 - square * (1.0 / 120 - square * (1.0 / 252 - square * (1.0 / 240 - square * (1.0 / 132))))); \
        trigamma = 0.5 * square + \
                   inverse * square * (1.0 / 6 - square * (1.0 / 30 - square * (1.0 / 42 - square * (1.0 / 30 - square * (5.0 / 66))))); \
    } while (0)

/* value and by_excess: [4] to which the four cells add theirs. */
RENEWAL_INLINE void rising_of_four(const double *counts, const double *means, double excess, double *score, double *bend, double *value,
                                   double *by_excess)
{
    static const renewal_four ones = {1, 1, 1, 1}, zeros = {0, 0, 0, 0};
    renewal_four y = load_four(counts), mean = load_four(means), inverse_excess = ones / excess;
    renewal_four low = mean * inverse_excess, high = low + y, product = ones, shift_first = zeros, shift_second = zeros;
    double logs[4], ratios[4], products[4] = {0};
    bool shifted = false;
    for (renewal_integers on = low < STIRLING_FROM; (on[0] | on[1] | on[2] | on[3]) != 0; on = low < STIRLING_FROM) {
        renewal_four inverse = 1 / (low * high), step = choose_four(on, ones, zeros);
        product *= choose_four(on, low * low * inverse, ones);
        shift_first += step * y * inverse;
        shift_second += step * y * (low + high) * inverse * inverse;
        low += step;
        high += step;
        shifted = true;
    }
    store_four(ratios, y / low);
    log1p_of_four(ratios);
    store_four(logs, excess * high);
    log_of_four(logs);
    if (shifted) {
        store_four(products, product);
        log_of_four(products);
    }
    renewal_four gamma_low, digamma_low, trigamma_low, gamma_high, digamma_high, trigamma_high, ratio = load_four(ratios);
    stirling(low, gamma_low, digamma_low, trigamma_low);
    stirling(high, gamma_high, digamma_high, trigamma_high);
    renewal_four sum = y * (load_four(logs) - 1) + (low - 0.5) * ratio + gamma_high - gamma_low + load_four(products);
    renewal_four first = (ratio + digamma_high - digamma_low + shift_first) * inverse_excess * mean;
    renewal_four second = (y / (low * high) + trigamma_low - trigamma_high + shift_second) * inverse_excess * inverse_excess * mean * mean;
    store_four(score, first);
    store_four(bend, choose_four(y > 1.0, first - second, zeros));
    store_four(value, load_four(value) + choose_four(y > 0.0, sum, zeros));
    store_four(by_excess, load_four(by_excess) + (y - first) * inverse_excess);
}

RENEWAL_KERNEL struct renewal_rising renewal_rising_of(const double *y, const double *mean, size_t n, double excess, double *score, double *bend)
{
    double value[4] = {0}, by_excess[4] = {0}, last_y[4] = {0}, last_mean[4] = {1, 1, 1, 1}, last_score[4], last_bend[4];
    size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        rising_of_four(y + i, mean + i, excess, score + i, bend + i, value, by_excess);
    }
    memcpy(last_y, y + i, (n - i) * sizeof *y);
    memcpy(last_mean, mean + i, (n - i) * sizeof *mean);
    rising_of_four(last_y, last_mean, excess, last_score, last_bend, value, by_excess);
    memcpy(score + i, last_score, (n - i) * sizeof *score);
    memcpy(bend + i, last_bend, (n - i) * sizeof *bend);
    return (struct renewal_rising){.value = (value[0] + value[2]) + (value[1] + value[3]),
                                   .by_excess = (by_excess[0] + by_excess[2]) + (by_excess[1] + by_excess[3])};
}

double renewal_exposure_factor(double excess, double *by_excess)
{
    double one = log1p(excess);
    *by_excess = excess > 1e-3 ? (1 / (1 + excess) - one / excess) / excess : -0.5 + excess * (2.0 / 3 - 0.75 * excess);
    return one / excess;
}
