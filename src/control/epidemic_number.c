/*
 * Exponential, logarithm, cosine and gamma from basic arithmetic alone (see the header), accurate to about 1e-13, and the
 * integer thresholds that come of them. Gamma distribution by series and by Lentz's continued fraction; log gamma by Stirling's
 * series.
 */
#include "control/epidemic_number.h"

#include <math.h>

#define LN2 0.693147180559945309417

double exact_exp(double x)
{
    if (x < -700) {
        return 0;
    }
    VG_ASSERT(x < 700);
    double k = floor(x / LN2 + 0.5);
    double r = x - k * 0x1.62e42fefa0000p-1 - k * 0x1.cf79abc9e3b3ap-40; /* ln 2 in two parts */
    double sum = 1;
    for (int i = 18; i >= 1; i--) {
        sum = 1 + sum * r / i;
    }
    return scalbn(sum, (int)k);
}

double exact_log(double x)
{
    VG_ASSERT(x > 0);
    int exponent = 0;
    double m = frexp(x, &exponent);
    if (m < 0.70710678118654752) {
        m *= 2;
        exponent--;
    }
    double s = (m - 1) / (m + 1);
    double square = s * s;
    double sum = 0;
    for (int i = 27; i >= 1; i -= 2) {
        sum = 1.0 / i + sum * square;
    }
    return 2 * s * sum + exponent * LN2;
}

double exact_power(double base, double exponent)
{
    if (base <= 0) {
        return exponent <= 0 ? 1 : 0;
    }
    return exponent == 0 ? 1 : exact_exp(exponent * exact_log(base));
}

double exact_cosine_of_turns(double turns)
{
    double x = (turns - floor(turns + 0.5)) * 6.283185307179586477;
    double sum = 1;
    for (int i = 30; i >= 2; i -= 2) {
        sum = 1 - sum * x * x / (i * (i - 1));
    }
    return sum;
}

double exact_log_gamma(double x)
{
    double shift = 0;
    double product = 1;
    while (x < 12) {
        product *= x;
        x += 1;
        if (product > 1e200) {
            shift += exact_log(product);
            product = 1;
        }
    }
    double inverse = 1 / x;
    double square = inverse * inverse;
    double series = inverse * (1.0 / 12 - square * (1.0 / 360 - square * (1.0 / 1260 - square * (1.0 / 1680 - square / 1188))));
    return (x - 0.5) * exact_log(x) - x + 0.918938533204672742 + series - shift - exact_log(product);
}

double exact_gamma_cdf(double x, double mean, double sd)
{
    if (x <= 0) {
        return 0;
    }
    double a = mean / sd * (mean / sd);
    double z = x * a / mean;
    double log_front = a * exact_log(z) - z - exact_log_gamma(a);
    double front = log_front < -700 ? 0 : exact_exp(log_front);
    if (z < a + 1) {
        double term = 1 / a;
        double sum = term;
        for (int i = 1; i < 100000 && term > sum * 1e-17; i++) {
            term *= z / (a + i);
            sum += term;
        }
        return front * sum < 1 ? front * sum : 1;
    }
    double b = z + 1 - a;
    double c = 1e300;
    double d = 1 / b;
    double h = d;
    for (int i = 1; i < 100000; i++) {
        double an = -i * (i - a);
        b += 2;
        d = an * d + b;
        c = b + an / c;
        d = 1 / (fabs(d) < 1e-300 ? 1e-300 : d);
        double delta = d * c;
        h *= delta;
        if (fabs(delta - 1) < 1e-16) {
            break;
        }
    }
    double cdf = 1 - front * h;
    return cdf > 0 ? cdf : 0;
}

uint32_t threshold_of(double probability)
{
    return !(probability > 0) ? 0 : probability >= 1 ? CERTAIN : (uint32_t)(probability * 0x1p31 + 0.5);
}

uint32_t share_of(double probability)
{
    return !(probability > 0) ? 0 : probability >= 1 ? WHOLE : (uint32_t)(probability * WHOLE + 0.5);
}

void cumulative_thresholds(const double *p, size_t n, uint32_t *thresholds)
{
    double total = 0;
    for (size_t i = 0; i < n; i++) {
        total += p[i];
    }
    VG_ASSERT(total > 0);
    double sum = 0;
    size_t last = 0;
    for (size_t i = 0; i < n; i++) {
        sum += p[i];
        thresholds[i] = threshold_of(sum / total);
        last = p[i] > 0 ? i : last;
    }
    for (size_t i = last; i < n; i++) { /* rounding must not let an impossible one through */
        thresholds[i] = CERTAIN;
    }
}

void delay_table_of_shares(const double *p, size_t n, struct delay_table *table)
{
    VG_ASSERT(n >= 1 && n <= DELAY_SLOTS);
    cumulative_thresholds(p, n, table->thresholds);
    for (size_t i = n; i < DELAY_SLOTS; i++) {
        table->thresholds[i] = CERTAIN;
    }
    for (uint32_t i = 0; i < 256; i++) {
        table->start[i] = (uint8_t)draw_index(i << 24, table->thresholds);
    }
}

bool delay_table_of(struct vg_delay delay, struct delay_table *table)
{
    double p[VG_DELAY_DAYS_MAX + 1] = {0};
    if (!(delay.mean_days >= 0) || !(delay.sd_days >= 0) || delay.mean_days > VG_DELAY_DAYS_MAX || delay.sd_days > 1000) {
        return false;
    }
    if (delay.sd_days == 0 || delay.mean_days == 0) {
        p[(size_t)(delay.mean_days + 0.5)] = 1;
    } else {
        double before = 0;
        for (int day = 0; day <= VG_DELAY_DAYS_MAX; day++) {
            double now = day == VG_DELAY_DAYS_MAX ? 1 : exact_gamma_cdf(day + 0.5, delay.mean_days, delay.sd_days);
            p[day] = now > before ? now - before : 0;
            before = now;
        }
    }
    delay_table_of_shares(p, VG_DELAY_DAYS_MAX + 1, table);
    return true;
}
