/*
 * Cumulative sums of what counts exceed their usual level by: small rises that last are found where single counts say nothing (Page 1954; transformations by
 * Rossi G et al. Stat Med 1999;18:2111-2122), with the numbers of surveillance's cusum.
 */
#include "monitor/alarm/alarm.h"

#include <math.h>

void vg_alarm_cusum_defaults(struct vg_cusum_parameters *parameters)
{
    *parameters = (struct vg_cusum_parameters){.reference = 1.04, .decision = 2.26, .mean = NAN, .transformation = VG_CUSUM_STANDARD};
}

static double transformed(double count, double mean, enum vg_cusum_transformation transformation)
{
    switch (transformation) {
    case VG_CUSUM_ROSSI:
        return (count - 3 * mean + 2 * sqrt(count * mean)) / (2 * sqrt(mean));
    case VG_CUSUM_ANSCOMBE:
        return 1.5 * (cbrt(count * count) - cbrt(mean * mean)) / pow(mean, 1.0 / 6);
    case VG_CUSUM_STANDARD:
        break;
    }
    return (count - mean) / sqrt(mean);
}

/* Smallest count with which the sum, `before` so far, reaches the decision; found by halving, as the transformations grow with the count. */
static double threshold_of(double before, double mean, const struct vg_cusum_parameters *p)
{
    double needed = p->decision + p->reference - before;
    double low = 0;
    double high = mean + 10;
    while (transformed(high, mean, p->transformation) < needed) {
        high *= 2;
    }
    for (int i = 0; i < 200 && high - low > 1e-9 * (1 + high); i++) {
        double middle = (low + high) / 2;
        if (transformed(middle, mean, p->transformation) < needed) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return ceil(high - 1e-6);
}

vg_status vg_alarm_cusum(const double *counts, size_t n, size_t first, const struct vg_cusum_parameters *parameters, struct vg_alarm *out, struct vg_error *error)
{
    const struct vg_cusum_parameters *p = parameters;
    if (!(p->reference >= 0) || !(p->decision > 0)) {
        return vg_fail(error, VG_USAGE_ERROR, "a cumulative sum needs a reference value that is not negative and a positive decision value");
    }
    double sum = 0;
    size_t known = 0;
    for (size_t i = 0; i < first && i < n; i++) {
        sum += isnan(counts[i]) ? 0 : counts[i];
        known += isnan(counts[i]) ? 0 : 1;
    }
    double mean = isnan(p->mean) ? known == 0 ? NAN : sum / (double)known : p->mean;
    double cumulative = 0;
    for (size_t step = first; step < n; step++) {
        out[step] = (struct vg_alarm){VG_SERIES_TOO_SHORT, false, NAN, NAN, NAN, NAN};
        if (!(mean > 0)) {
            out[step].status = isnan(mean) ? VG_SERIES_TOO_SHORT : VG_SERIES_TOO_FEW;
            continue;
        }
        if (isnan(counts[step])) {
            continue; /* the sum waits */
        }
        if (counts[step] < 0) {
            out[step].status = VG_SERIES_BAD_INPUT;
            continue;
        }
        double threshold = threshold_of(cumulative, mean, p);
        cumulative = fmax(0, cumulative + transformed(counts[step], mean, p->transformation) - p->reference);
        out[step] = (struct vg_alarm){VG_SERIES_OK, cumulative >= p->decision, mean, threshold, cumulative / p->decision, NAN};
    }
    return VG_OK;
}
