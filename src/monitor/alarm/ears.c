/*
 * EARS C1, C2 and C3: moving means without history (Hutwagner L et al. J Urban Health 2003;80:i89-96), with the numbers of surveillance's earsC.
 */
#include "monitor/alarm/alarm.h"

#include <math.h>

static const struct vg_alarm unjudged = {VG_SERIES_TOO_SHORT, false, NAN, NAN, NAN, NAN};

void vg_ears_defaults(enum vg_ears_method method, struct vg_ears_parameters *parameters)
{
    *parameters = (struct vg_ears_parameters){.method = method, .baseline = 7, .alpha = method == VG_EARS_C3 ? 0.025 : 0.001};
}

/* Mean and sd of the baseline whose last step is `end`; false where it is not whole. */
static bool baseline_of(const double *counts, size_t end, const struct vg_ears_parameters *p, double *mean, double *sd)
{
    double sum = 0;
    double squares = 0;
    for (size_t i = end + 1 - p->baseline; i <= end; i++) {
        sum += counts[i];
    }
    *mean = sum / (double)p->baseline;
    for (size_t i = end + 1 - p->baseline; i <= end; i++) {
        squares += (counts[i] - *mean) * (counts[i] - *mean);
    }
    *sd = fmax(sqrt(squares / ((double)p->baseline - 1)), p->minimum_sd);
    return !isnan(sum);
}

/* max(0, C2 - 1) of a step; NaN where it cannot be told. Where nothing varied, C2 is infinite above its mean, as a division by zero. */
static double exceedance(const double *counts, size_t step, const struct vg_ears_parameters *p)
{
    double mean = 0;
    double sd = 0;
    if (!baseline_of(counts, step - 3, p, &mean, &sd) || isnan(counts[step])) {
        return NAN;
    }
    double statistic = (counts[step] - mean) / sd;
    return isnan(statistic) ? NAN : fmax(0, statistic - 1);
}

vg_status vg_alarm_ears(const double *counts, size_t n, const struct vg_ears_parameters *parameters, struct vg_alarm *out, struct vg_error *error)
{
    const struct vg_ears_parameters *p = parameters;
    if (p->baseline < 3 || !(p->alpha > 0) || !(p->alpha < 1) || !(p->minimum_sd >= 0)) {
        return vg_fail(error, VG_USAGE_ERROR, "EARS needs a baseline of at least 3 steps, an alpha between 0 and 1 and a minimum sd that is not negative");
    }
    double z = -vg_normal_quantile(p->alpha);
    size_t lag = p->method == VG_EARS_C1 ? 1 : 3;
    size_t before = p->baseline + lag - 1 + (p->method == VG_EARS_C3 ? 2 : 0);
    for (size_t step = 0; step < n; step++) {
        double mean = 0;
        double sd = 0;
        out[step] = unjudged;
        if (step < before || isnan(counts[step]) || !baseline_of(counts, step - lag, p, &mean, &sd)) {
            continue;
        }
        struct vg_alarm *alarm = &out[step];
        if (p->method == VG_EARS_C3) {
            double former = exceedance(counts, step - 1, p) + exceedance(counts, step - 2, p);
            double threshold = counts[step] + sd * (z - former);
            if (isnan(threshold)) {
                continue;
            }
            *alarm = (struct vg_alarm){VG_SERIES_OK, false, mean, fmax(0, threshold), NAN, NAN};
        } else {
            *alarm = (struct vg_alarm){VG_SERIES_OK, false, mean, mean + z * sd, NAN, NAN};
            alarm->score = z * sd > 0 ? (counts[step] - mean) / (z * sd) : NAN;
            alarm->p_value = sd > 0 ? vg_normal_cdf(-(counts[step] - mean) / sd) : NAN;
        }
        alarm->alarm = counts[step] > alarm->threshold;
    }
    return VG_OK;
}
