/*
 * Proper scores of quantile and sample forecasts: weighted interval score with its parts (Bracher et al. 2021), interval score
 * (Gneiting and Raftery 2007), CRPS of a sample, and a tally of scores, coverage and bias over many forecasts.
 */
#include "monitor/monitor.h"

#include <math.h>

double vg_monitor_quantile_score(double level, double quantile, double observed)
{
    return 2 * ((observed <= quantile ? 1.0 : 0.0) - level) * (quantile - observed);
}

double vg_monitor_wis(const double *levels, const double *quantiles, size_t n_levels, double observed)
{
    double sum = 0;
    for (size_t i = 0; i < n_levels; i++) {
        sum += vg_monitor_quantile_score(levels[i], quantiles[i], observed);
    }
    return n_levels == 0 ? NAN : sum / (double)n_levels;
}

struct vg_wis_parts vg_monitor_wis_parts(const double *levels, const double *quantiles, size_t n_levels, double observed)
{
    struct vg_wis_parts parts = {0, 0, 0};
    for (size_t i = 0; i < n_levels; i++) {
        size_t mirror = n_levels - 1 - i;
        if (fabs(levels[i] + levels[mirror] - 1) > 1e-9 || (i > 0 && levels[i] <= levels[i - 1])) {
            return (struct vg_wis_parts){NAN, NAN, NAN};
        }
        if (i > mirror) {
            continue;
        }
        double low = quantiles[i], high = quantiles[mirror];
        double weight = i == mirror ? 1 : 2;
        parts.dispersion += i == mirror ? 0 : 2 * levels[i] * (high - low);
        parts.overprediction += observed < low ? weight * (low - observed) : 0;
        parts.underprediction += observed > high ? weight * (observed - high) : 0;
        if (isnan(low + high)) {
            return (struct vg_wis_parts){NAN, NAN, NAN};
        }
    }
    double n = n_levels == 0 || isnan(observed) ? NAN : (double)n_levels;
    return (struct vg_wis_parts){parts.dispersion / n, parts.overprediction / n, parts.underprediction / n};
}

double vg_monitor_interval_score(double alpha, double low, double high, double observed)
{
    double miss = observed < low ? low - observed : observed > high ? observed - high : 0;
    return isnan(low + high + observed) ? NAN : high - low + 2 / alpha * miss;
}

double vg_monitor_crps_sample(const double *sorted, size_t n, double observed)
{
    double distance = 0;
    double spread = 0; /* sum over pairs i < j of x_j - x_i, from the ranks */
    for (size_t i = 0; i < n; i++) {
        distance += fabs(sorted[i] - observed);
        spread += (2 * (double)i + 1 - (double)n) * sorted[i];
    }
    double count = (double)n;
    return n == 0 ? NAN : distance / count - spread / (count * count);
}

void vg_monitor_tally(struct vg_score_tally *tally, const double quantiles[VG_QUANTILE_COUNT], double observed)
{
    double wis = vg_monitor_wis(vg_quantile_levels, quantiles, VG_QUANTILE_COUNT, observed);
    if (isnan(wis)) {
        return;
    }
    struct vg_wis_parts parts = vg_monitor_wis_parts(vg_quantile_levels, quantiles, VG_QUANTILE_COUNT, observed);
    tally->n++;
    tally->wis += wis;
    tally->dispersion += parts.dispersion;
    tally->overprediction += parts.overprediction;
    tally->underprediction += parts.underprediction;
    tally->absolute_error += fabs(quantiles[VG_QUANTILE_MEDIAN] - observed);
    tally->inside_95 += observed >= quantiles[0] && observed <= quantiles[8] ? 1 : 0;
    tally->inside_90 += observed >= quantiles[1] && observed <= quantiles[7] ? 1 : 0;
    tally->inside_50 += observed >= quantiles[3] && observed <= quantiles[5] ? 1 : 0;
    for (size_t i = 0; i < VG_QUANTILE_COUNT; i++) {
        tally->bias += (quantiles[i] > observed ? 1.0 : quantiles[i] < observed ? -1.0 : 0.0) / VG_QUANTILE_COUNT;
    }
}
