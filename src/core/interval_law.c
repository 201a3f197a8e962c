/*
 * Gamma, log-normal, Weibull and normal times: parameters from mean and standard deviation, and the integral of the distribution
 * function, x F(x) less the partial expectation, which is closed for all four.
 */
#include "core/core.h"

#include <math.h>

static const char *const family_names[VG_INTERVAL_FAMILY_COUNT] = {"gamma", "lognormal", "weibull", "normal"};

const char *vg_interval_family_name(enum vg_interval_family family)
{
    VG_ASSERT(family < VG_INTERVAL_FAMILY_COUNT);
    return family_names[family];
}

bool vg_interval_family_from_name(struct vg_text name, enum vg_interval_family *family)
{
    for (size_t i = 0; i < VG_INTERVAL_FAMILY_COUNT; i++) {
        if (vg_text_equals(name, family_names[i])) {
            *family = (enum vg_interval_family)i;
            return true;
        }
    }
    return false;
}

/* log of 1 + the squared coefficient of variation, which falls as the shape grows. */
static double weibull_log_square(double shape)
{
    return vg_log_gamma(1 + 2 / shape) - 2 * vg_log_gamma(1 + 1 / shape);
}

/* Secant steps on the logarithms, kept inside a bracket; the shape is about the coefficient of variation to the power of -1.086. */
static double weibull_shape(double variation)
{
    double wanted = log1p(variation * variation);
    double low = log(0.05);
    double high = log(1000);
    double at = -1.086 * log(variation);
    for (int step = 0; step < 80 && high - low > 1e-13; step++) {
        at = at > low && at < high ? at : (low + high) / 2;
        double shape = exp(at);
        double excess = weibull_log_square(shape) - wanted;
        if (excess > 0) {
            low = at;
        } else {
            high = at;
        }
        double ahead = weibull_log_square(shape * 1.0001) - wanted;
        double next = at - excess * log(1.0001) / (ahead - excess);
        if (fabs(next - at) < 1e-12) {
            break;
        }
        at = next;
    }
    return exp(at);
}

struct vg_interval_law vg_interval_law_of(enum vg_interval_family family, double mean, double sd)
{
    double variation = sd / mean;
    struct vg_interval_law law = {.family = family, .mean = mean};
    switch (family) {
    case VG_INTERVAL_GAMMA:
        law.a = 1 / (variation * variation);
        law.b = mean * variation * variation;
        break;
    case VG_INTERVAL_LOGNORMAL:
        law.b = sqrt(log1p(variation * variation));
        law.a = log(mean) - law.b * law.b / 2;
        break;
    case VG_INTERVAL_WEIBULL:
        law.a = weibull_shape(variation);
        law.b = mean / exp(vg_log_gamma(1 + 1 / law.a));
        break;
    case VG_INTERVAL_NORMAL:
    case VG_INTERVAL_FAMILY_COUNT:
        law.a = mean;
        law.b = sd;
        break;
    }
    return law;
}

double vg_interval_integral(const struct vg_interval_law *law, double x)
{
    if (x <= 0 && law->family != VG_INTERVAL_NORMAL) {
        return 0;
    }
    switch (law->family) {
    case VG_INTERVAL_GAMMA: {
        /* P(a + 1, z) = P(a, z) - z^a e^-z / Gamma(a + 1): one incomplete gamma serves both parts. */
        double z = x / law->b;
        double below = vg_gamma_p(law->a, z);
        double step = exp(law->a * log(z) - z - vg_log_gamma(law->a + 1));
        return (x - law->mean) * below + law->mean * step;
    }
    case VG_INTERVAL_LOGNORMAL: {
        double z = (log(x) - law->a) / law->b;
        return x * vg_normal_cdf(z) - law->mean * vg_normal_cdf(z - law->b);
    }
    case VG_INTERVAL_WEIBULL: {
        double power = pow(x / law->b, law->a);
        return x * -expm1(-power) - law->mean * vg_gamma_p(1 + 1 / law->a, power);
    }
    case VG_INTERVAL_NORMAL:
    case VG_INTERVAL_FAMILY_COUNT:
        break;
    }
    double z = (x - law->a) / law->b;
    return (x - law->a) * vg_normal_cdf(z) + law->b * exp(-0.5 * z * z) / sqrt(2 * M_PI);
}

struct vg_interval_law vg_interval_law_given(enum vg_interval_family family, double a, double b)
{
    struct vg_interval_law law = {.family = family, .a = a, .b = b, .mean = a};
    if (family == VG_INTERVAL_GAMMA) {
        law.mean = a * b;
    } else if (family == VG_INTERVAL_LOGNORMAL) {
        law.mean = exp(a + b * b / 2);
    } else if (family == VG_INTERVAL_WEIBULL) {
        law.mean = b * exp(vg_log_gamma(1 + 1 / a));
    }
    return law;
}

double vg_interval_sd(const struct vg_interval_law *law)
{
    switch (law->family) {
    case VG_INTERVAL_GAMMA:
        return sqrt(law->a) * law->b;
    case VG_INTERVAL_LOGNORMAL:
        return law->mean * sqrt(expm1(law->b * law->b));
    case VG_INTERVAL_WEIBULL:
        return law->mean * sqrt(expm1(weibull_log_square(law->a)));
    case VG_INTERVAL_NORMAL:
    case VG_INTERVAL_FAMILY_COUNT:
        break;
    }
    return law->b;
}

double vg_interval_density(const struct vg_interval_law *law, double x)
{
    if (x < 0 && law->family != VG_INTERVAL_NORMAL) {
        return 0;
    }
    switch (law->family) {
    case VG_INTERVAL_GAMMA:
        return x == 0 ? (law->a < 1 ? INFINITY : law->a > 1 ? 0 : 1 / law->b) : exp((law->a - 1) * log(x / law->b) - x / law->b - vg_log_gamma(law->a)) / law->b;
    case VG_INTERVAL_LOGNORMAL: {
        double z = x == 0 ? INFINITY : (log(x) - law->a) / law->b;
        return x == 0 ? 0 : exp(-0.5 * z * z) / (x * law->b * sqrt(2 * M_PI));
    }
    case VG_INTERVAL_WEIBULL:
        return law->a / law->b * pow(x / law->b, law->a - 1) * exp(-pow(x / law->b, law->a));
    case VG_INTERVAL_NORMAL:
    case VG_INTERVAL_FAMILY_COUNT:
        break;
    }
    double z = (x - law->a) / law->b;
    return exp(-0.5 * z * z) / (law->b * sqrt(2 * M_PI));
}

double vg_interval_cdf(const struct vg_interval_law *law, double x)
{
    if (x <= 0 && law->family != VG_INTERVAL_NORMAL) {
        return 0;
    }
    switch (law->family) {
    case VG_INTERVAL_GAMMA:
        return vg_gamma_cdf(x, law->a, law->b);
    case VG_INTERVAL_LOGNORMAL:
        return vg_lognormal_cdf(x, law->a, law->b);
    case VG_INTERVAL_WEIBULL:
        return vg_weibull_cdf(x, law->a, law->b);
    case VG_INTERVAL_NORMAL:
    case VG_INTERVAL_FAMILY_COUNT:
        break;
    }
    return vg_normal_cdf((x - law->a) / law->b);
}
