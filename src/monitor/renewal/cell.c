/*
 * The rising factorial of the negative binomial law and its derivatives: a short sum for small counts, Stirling's series for
 * large ones (Abramowitz and Stegun 6.1.41, 6.3.18, 6.4.12).
 */
#include "monitor/renewal/cell.h"

#include <math.h>

#define SHORT_SUM 16.0
#define STIRLING_FROM 9.0

/* What Stirling's series adds to the leading terms of log Gamma, digamma and trigamma, for z >= STIRLING_FROM. */
static void stirling(double z, double *log_gamma, double *digamma, double *trigamma)
{
    double inverse = 1 / z, square = inverse * inverse;
    *log_gamma = inverse * (1.0 / 12 - square * (1.0 / 360 - square * (1.0 / 1260 - square * (1.0 / 1680 - square / 1188))));
    *digamma = -0.5 * inverse -
               square * (1.0 / 12 - square * (1.0 / 120 - square * (1.0 / 252 - square * (1.0 / 240 - square / 132))));
    *trigamma = 0.5 * square +
                inverse * square * (1.0 / 6 - square * (1.0 / 30 - square * (1.0 / 42 - square * (1.0 / 30 - square * 5 / 66))));
}

static struct renewal_rising short_sum(double y, double mean, double excess)
{
    struct renewal_rising out = {0, 0, 0, 0};
    double product = 1;
    for (double i = 0; i < y; i++) {
        double term = mean + i * excess, inverse = 1 / term;
        product *= term;
        out.first += inverse;
        out.second += inverse * inverse;
        out.by_excess += i * inverse;
        if (product < 1e-200 || product > 1e200) {
            out.value += log(product);
            product = 1;
        }
    }
    out.value += log(product);
    return out;
}

struct renewal_rising renewal_rising_of(double y, double mean, double excess, bool with_second)
{
    if (y <= SHORT_SUM && y == floor(y)) {
        return short_sum(y, mean, excess);
    }
    double low = mean / excess, high = low + y, product = 1, shift_first = 0, shift_second = 0;
    /* Both arguments are raised alike until the series holds; y need not be whole. */
    while (low < STIRLING_FROM) {
        product *= low / high;
        shift_first += y / (low * high);
        shift_second += y * (low + high) / (low * low * high * high);
        low++;
        high++;
    }
    double gamma_low, digamma_low, trigamma_low, gamma_high, digamma_high, trigamma_high, ratio = log1p(y / low);
    stirling(low, &gamma_low, &digamma_low, &trigamma_low);
    stirling(high, &gamma_high, &digamma_high, &trigamma_high);
    struct renewal_rising out;
    out.value = y * (log(excess * high) - 1) + (low - 0.5) * ratio + gamma_high - gamma_low + log(product);
    out.first = (ratio + digamma_high - digamma_low + shift_first) / excess;
    out.second = with_second ? (y / (low * high) + trigamma_low - trigamma_high + shift_second) / (excess * excess) : 0;
    out.by_excess = (y - mean * out.first) / excess;
    return out;
}

double renewal_exposure_factor(double excess, double *by_excess)
{
    double one = log1p(excess);
    *by_excess = excess > 1e-3 ? (1 / (1 + excess) - one / excess) / excess : -0.5 + excess * (2.0 / 3 - 0.75 * excess);
    return one / excess;
}
