/*
 * Gamma, beta and normal functions with their inverses. Series and continued fractions with the classic domain splits
 * (Abramowitz and Stegun 6.5, 26.5; Lentz's method for the fractions), large parameters by the same fractions with logarithmic
 * prefixes, very large ones by Temme's uniform expansion (1979; DLMF 8.12); inverses by Halley or Newton steps kept inside a
 * bracket.
 */
#include "core/special_internal.h"

#include <math.h>

#define MAX_TERMS 100000
#define TINY 1e-300

double vg_log_gamma(double x)
{
    if (!(x > 0)) {
        return NAN;
    }
    int sign = 0;
    return lgamma_r(x, &sign);
}

/* log(1 + x) - x without cancellation for small x. */
static double log1p_minus(double x)
{
    if (fabs(x) > 0.1) {
        return log1p(x) - x;
    }
    double term = x;
    double sum = 0;
    for (int k = 2; k < 60; k++) {
        term *= -x;
        double next = sum + term / k;
        if (next == sum) {
            break;
        }
        sum = next;
    }
    return sum;
}

double special_log_ratio_minus(double value, double mean, double value_less_mean)
{
    double distance = value_less_mean / mean;
    return distance < -0.5 ? log(value / mean) - distance : log1p_minus(distance);
}

double special_stirling_remainder(double a)
{
    double inverse = 1 / a;
    double square = inverse * inverse;
    return inverse *
           (1.0 / 12 +
            square * (-1.0 / 360 +
                      square * (1.0 / 1260 + square * (-1.0 / 1680 + square * (1.0 / 1188 + square * (-691.0 / 360360))))));
}

/* x^a e^-x / Gamma(a), accurate also where a is large and x close to it. */
static double gamma_prefix(double a, double x)
{
    if (a < 10) {
        return exp(a * log(x) - x - vg_log_gamma(a));
    }
    return sqrt(a / (2 * M_PI)) * exp(a * special_log_ratio_minus(x, a, x - a) - special_stirling_remainder(a));
}

static double gamma_series(double a, double x)
{
    double term = 1 / a;
    double sum = term;
    for (int n = 1; n < MAX_TERMS; n++) {
        term *= x / (a + n);
        sum += term;
        if (term < sum * 1e-17) {
            break;
        }
    }
    return sum;
}

static double gamma_fraction(double a, double x)
{
    double b = x + 1 - a;
    double c = 1 / TINY;
    double d = 1 / b;
    double h = d;
    for (int i = 1; i < MAX_TERMS; i++) {
        double numerator = -i * (i - a);
        b += 2;
        d = numerator * d + b;
        d = fabs(d) < TINY ? TINY : d;
        c = b + numerator / c;
        c = fabs(c) < TINY ? TINY : c;
        d = 1 / d;
        double delta = d * c;
        h *= delta;
        if (fabs(delta - 1) < 1e-16) {
            break;
        }
    }
    return h;
}

/* log Gamma(1 + a), with its digits kept for a near 0. */
static double log_gamma_of_one_more(double a)
{
    static const double zeta[] = {1.0009945751278181, 1.0020083928260822, 1.0040773561979443,
                                  1.0083492773819228, 1.0173430619844491, 1.0369277551433699,
                                  1.0823232337111382, 1.2020569031595942, 1.6449340668482264}; /* of 10 down to 2 */
    static const double euler = 0.57721566490153286;
    if (a > 0.03) {
        return vg_log_gamma(1 + a);
    }
    double sum = 0;
    for (int i = 0; i < 9; i++) {
        sum = zeta[i] / (10 - i) - a * sum;
    }
    return a * (a * sum - euler);
}

/* The upper function for a < 1, x < 2, where one less the lower one would keep few digits. */
static double gamma_upper_of_small(double a, double x)
{
    double exponent = a * log(x) - log_gamma_of_one_more(a);
    double power = 1;
    double sum = 0;
    for (int n = 1; n < 60; n++) {
        power *= -x / n;
        sum += power / (a + n);
        if (fabs(power) < 1e-18 * fabs(sum)) {
            break;
        }
    }
    return -expm1(exponent) - exp(exponent) * a * sum;
}

#define VERY_LARGE 1e6

/* Both tails for very large a: half an error function, corrected by Temme's series in eta, the signed root of 2 (d - log(1 +
 * d)). */
static double gamma_of_very_large(double a, double x, bool upper)
{
    static const double c0[] = {-1.0 / 3,        1.0 / 12,    -2.0 / 135,         1.0 / 864,         1.0 / 2835,
                                -139.0 / 777600, 1.0 / 25515, -571.0 / 261273600, -281.0 / 151559100};
    static const double c1[] = {-1.0 / 540, -1.0 / 288, 1.0 / 378, -77.0 / 77760};
    double distance = (x - a) / a;
    double half_square = -log1p_minus(distance);
    double eta = copysign(sqrt(2 * half_square), distance);
    if (fabs(distance) > 0.5) {
        return upper == (distance < 0) ? 1 : 0;
    }
    double first = 0;
    for (size_t i = sizeof c0 / sizeof *c0; i > 0; i--) {
        first = first * eta + c0[i - 1];
    }
    double second = 0;
    for (size_t i = sizeof c1 / sizeof *c1; i > 0; i--) {
        second = second * eta + c1[i - 1];
    }
    double correction = exp(-a * half_square) / sqrt(2 * M_PI * a) * (first + second / a);
    double side = upper ? eta : -eta;
    return 0.5 * erfc(side * sqrt(0.5 * a)) + (upper ? correction : -correction);
}

double vg_gamma_p(double a, double x)
{
    if (!(a > 0) || !(x >= 0) || isinf(a)) {
        return NAN;
    }
    if (x == 0 || isinf(x)) {
        return x == 0 ? 0 : 1;
    }
    if (a > VERY_LARGE) {
        return gamma_of_very_large(a, x, false);
    }
    return x < a + 1 ? gamma_prefix(a, x) * gamma_series(a, x) : 1 - gamma_prefix(a, x) * gamma_fraction(a, x);
}

double vg_gamma_q(double a, double x)
{
    if (!(a > 0) || !(x >= 0) || isinf(a)) {
        return NAN;
    }
    if (x == 0 || isinf(x)) {
        return x == 0 ? 1 : 0;
    }
    if (a > VERY_LARGE) {
        return gamma_of_very_large(a, x, true);
    }
    if (x >= a + 1) {
        return gamma_prefix(a, x) * gamma_fraction(a, x);
    }
    return a < 1 ? gamma_upper_of_small(a, x) : 1 - gamma_prefix(a, x) * gamma_series(a, x);
}

double vg_gamma_cdf(double x, double shape, double scale)
{
    if (!(scale > 0)) {
        return NAN;
    }
    return x <= 0 ? (shape > 0 ? 0 : NAN) : vg_gamma_p(shape, x / scale);
}

/* Start of the search: Wilson and Hilferty's cube, or the power law near zero for small shapes. */
static double gamma_start(double p, double shape)
{
    double z = vg_normal_quantile(p);
    double cube = 1 - 1 / (9 * shape) + z / (3 * sqrt(shape));
    double start = cube > 0 ? shape * cube * cube * cube : 0;
    if (shape < 1 || start < 0.1 * shape || start <= 0) {
        double small = exp((log(p) + vg_log_gamma(shape + 1)) / shape);
        start = start > 0 && small > start ? start : small;
    }
    return start > 0 && isfinite(start) ? start : TINY;
}

double vg_gamma_quantile(double p, double shape, double scale)
{
    if (!(p >= 0 && p <= 1) || !(shape > 0) || !(scale > 0)) {
        return NAN;
    }
    if (p == 0 || p == 1) {
        return p == 0 ? 0 : INFINITY;
    }
    double low = 0;
    double high = INFINITY;
    double x = gamma_start(p, shape);
    bool upper = p > 0.5; /* work on the smaller tail, where nothing cancels */
    for (int i = 0; i < 200; i++) {
        double excess = upper ? (1 - p) - vg_gamma_q(shape, x) : vg_gamma_p(shape, x) - p;
        if (excess > 0) {
            high = x;
        } else {
            low = x;
        }
        double density = gamma_prefix(shape, x) / x;
        double step = density > 0 ? excess / density : NAN;
        double curvature = (shape - 1) / x - 1;
        double halley = step / (1 - 0.5 * fmax(-1, fmin(1, step * curvature)));
        double next = x - halley;
        if (!(next > low && next < high)) {
            next = isinf(high) ? x * 2 : low > 0 && high / low > 4 ? sqrt(low * high) : 0.5 * (low + high);
        }
        if (fabs(next - x) <= 1e-15 * x || next == 0) {
            return next * scale;
        }
        x = next;
    }
    return x * scale;
}

/* ------------------------------------------------------------------- beta */

double special_log_gamma_rise(double a, double b)
{
    return (a - 0.5) * log1p(b / a) + b * log(a + b) - b + special_stirling_remainder(a + b) - special_stirling_remainder(a);
}

/* x^a y^b / B(a, b), y = 1 - x, stable where a or b or both are large. */
static double beta_prefix(double a, double b, double x, double y)
{
    double log_x = x > 0.5 ? log1p(-y) : log(x);
    double log_y = y > 0.5 ? log1p(-x) : log(y);
    if (a < 10 && b < 10) {
        return exp(a * log_x + b * log_y + vg_log_gamma(a + b) - vg_log_gamma(a) - vg_log_gamma(b));
    }
    if (a < 10 || b < 10) {
        double large = a < 10 ? b : a;
        double small = a < 10 ? a : b;
        return exp(a * log_x + b * log_y + special_log_gamma_rise(large, small) - vg_log_gamma(small));
    }
    double n = a + b;
    double off = x * b - y * a; /* n times how far x is from the mean a / n */
    double exponent = a * special_log_ratio_minus(x * n, a, off) + b * special_log_ratio_minus(y * n, b, -off) +
                      special_stirling_remainder(n) - special_stirling_remainder(a) - special_stirling_remainder(b);
    return sqrt(a * (b / n) / (2 * M_PI)) * exp(exponent);
}

/* The even part of the classic fraction for I_x(a, b) (Didonato and Morris 1992, section 3), in which x and y stand apart: no
 * cancellation. */
static double beta_fraction(double a, double b, double x, double y)
{
    double off = a * y - b * x + 1;
    double h = a * off / (a + 1);
    h = fabs(h) < TINY ? TINY : h;
    double c = h;
    double d = 0;
    for (int m = 1; m < MAX_TERMS; m++) {
        double s = a + 2.0 * m - 1;
        double step = m * (b - m) * x / s;
        double numerator = (a + m - 1) * (a + b + m - 1) * step * x / s;
        double term = m + step + (a + m) * (off + m * (1 + y)) / (s + 2);
        d = term + numerator * d;
        d = 1 / (fabs(d) < TINY ? TINY : d);
        c = term + numerator / c;
        c = fabs(c) < TINY ? TINY : c;
        double delta = d * c;
        h *= delta;
        if (fabs(delta - 1) < 2e-16) {
            break;
        }
    }
    return 1 / h;
}

double special_beta_i(double a, double b, double x, double y)
{
    if (x <= 0 || y <= 0) {
        return x <= 0 ? 0 : 1;
    }
    if (x < (a + 1) / (a + b + 2)) {
        return beta_prefix(a, b, x, y) * beta_fraction(a, b, x, y);
    }
    return 1 - beta_prefix(a, b, x, y) * beta_fraction(b, a, y, x);
}

double vg_beta_i(double a, double b, double x)
{
    if (!(a > 0) || !(b > 0) || !(x >= 0 && x <= 1)) {
        return NAN;
    }
    return special_beta_i(a, b, x, 1 - x);
}

double vg_beta_quantile(double p, double a, double b)
{
    if (!(p >= 0 && p <= 1) || !(a > 0) || !(b > 0)) {
        return NAN;
    }
    if (p == 0 || p == 1) {
        return p;
    }
    double low = 0;
    double high = 1;
    double x = a / (a + b);
    for (int i = 0; i < 1100; i++) { /* enough halvings for the smallest double; Newton ends it in a few */
        double excess = vg_beta_i(a, b, x) - p;
        if (excess > 0) {
            high = x;
        } else {
            low = x;
        }
        double density = beta_prefix(a, b, x, 1 - x) / (x * (1 - x));
        double next = density > 0 ? x - excess / density : NAN;
        if (!(next > low && next < high)) {
            next = low > 0 && high / low > 16 ? sqrt(low * high) : low == 0 && high < 0.01 ? high / 16 : 0.5 * (low + high);
        }
        if (fabs(next - x) <= 1e-16 * x || next == x) {
            return next;
        }
        x = next;
    }
    return x;
}

double vg_student_t_quantile(double p, double degrees_of_freedom)
{
    if (!(p >= 0 && p <= 1) || !(degrees_of_freedom > 0)) {
        return NAN;
    }
    if (p == 0.5) {
        return 0;
    }
    if (p == 0 || p == 1) {
        return p == 0 ? -INFINITY : INFINITY;
    }
    if (isinf(degrees_of_freedom)) {
        return vg_normal_quantile(p);
    }
    double tail = p < 0.5 ? 2 * p : 2 * (1 - p);
    double x = vg_beta_quantile(tail, 0.5 * degrees_of_freedom, 0.5);
    double t = sqrt(degrees_of_freedom * (1 - x) / x);
    return p < 0.5 ? -t : t;
}

/* ----------------------------------------------------------------- normal */

double vg_normal_cdf(double z)
{
    return 0.5 * erfc(-z * M_SQRT1_2);
}

/* A rough start from the tail's asymptotics, then Halley steps on the smaller tail: converges to the last bits in a few. */
double vg_normal_quantile(double p)
{
    if (!(p >= 0 && p <= 1)) {
        return NAN;
    }
    if (p == 0 || p == 1) {
        return p == 0 ? -INFINITY : INFINITY;
    }
    if (p == 0.5) {
        return 0;
    }
    double tail = p < 0.5 ? p : 1 - p;
    double t = sqrt(-2 * log(tail));
    double z = t - (2.30753 + 0.27061 * t) / (1 + t * (0.99229 + 0.04481 * t)); /* Abramowitz and Stegun 26.2.22 */
    for (int i = 0; i < 8; i++) {
        double error = 0.5 * erfc(z * M_SQRT1_2) - tail;
        double density = exp(-0.5 * z * z) / sqrt(2 * M_PI);
        double step = error / density;
        double next = z + step / (1 - 0.5 * z * step);
        if (fabs(next - z) <= 1e-16 * fabs(z)) {
            z = next;
            break;
        }
        z = next;
    }
    return p < 0.5 ? -z : z;
}

double vg_lognormal_cdf(double x, double meanlog, double sdlog)
{
    return !(sdlog > 0) ? NAN : x <= 0 ? 0 : vg_normal_cdf((log(x) - meanlog) / sdlog);
}

double vg_weibull_cdf(double x, double shape, double scale)
{
    return !(shape > 0) || !(scale > 0) ? NAN : x <= 0 ? 0 : -expm1(-pow(x / scale, shape));
}

double vg_quantile_sorted(const double *sorted, size_t n, double p)
{
    if (n == 0 || !(p >= 0 && p <= 1)) {
        return NAN;
    }
    double position = p * (double)(n - 1);
    size_t below = (size_t)position;
    if (below + 1 >= n) {
        return sorted[n - 1];
    }
    double fraction = position - (double)below;
    return fraction == 0 ? sorted[below] : sorted[below] + fraction * (sorted[below + 1] - sorted[below]);
}
