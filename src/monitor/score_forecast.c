/*
 * One forecast against what came, as the forecast hubs and scoringutils (Bosse et al. 2022) score it, and models against each other: relative skill from
 * pairwise comparison over the forecasts that both made (Cramer et al. 2022).
 */
#include "monitor/monitor.h"

#include <math.h>

static const struct vg_forecast_score nothing = {NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};

static double at_level(const double *levels, const double *quantiles, size_t n, double level)
{
    for (size_t i = 0; i < n; i++) {
        if (fabs(levels[i] - level) < 1e-9) {
            return quantiles[i];
        }
    }
    return NAN;
}

/* 1 inside, 0 outside, NaN where the forecast does not give the interval. */
static double covered(const double *levels, const double *quantiles, size_t n, double share, double observed)
{
    double low = at_level(levels, quantiles, n, (1 - share) / 2);
    double high = at_level(levels, quantiles, n, (1 + share) / 2);
    return isnan(low + high) ? NAN : observed >= low && observed <= high ? 1 : 0;
}

/* How far the forecast lies above (1) or below (-1) what came: one minus twice the largest level at or below it, or the smallest at or above. */
static double bias_of(const double *levels, const double *quantiles, size_t n, double observed)
{
    double median = at_level(levels, quantiles, n, 0.5);
    if (isnan(median)) {
        return NAN;
    }
    if (observed == median) {
        return 0;
    }
    if (observed < median) {
        for (size_t i = 0; i < n; i++) {
            if (quantiles[i] >= observed) {
                return observed < quantiles[0] ? 1 : 1 - 2 * levels[i];
            }
        }
    }
    for (size_t i = n; i > 0; i--) {
        if (quantiles[i - 1] <= observed) {
            return observed > quantiles[n - 1] ? -1 : 1 - 2 * levels[i - 1];
        }
    }
    return NAN;
}

void vg_monitor_score_quantiles(const double *levels, const double *quantiles, size_t n, double observed, struct vg_forecast_score *out)
{
    *out = nothing;
    if (n == 0 || isnan(observed)) {
        return;
    }
    struct vg_wis_parts parts = vg_monitor_wis_parts(levels, quantiles, n, observed);
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += quantiles[i];
    }
    if (isnan(sum)) {
        return;
    }
    out->wis = vg_monitor_wis(levels, quantiles, n, observed);
    out->dispersion = parts.dispersion;
    out->overprediction = parts.overprediction;
    out->underprediction = parts.underprediction;
    out->absolute_error = fabs(at_level(levels, quantiles, n, 0.5) - observed);
    out->bias = bias_of(levels, quantiles, n, observed);
    out->inside_50 = covered(levels, quantiles, n, 0.5, observed);
    out->inside_90 = covered(levels, quantiles, n, 0.9, observed);
    out->inside_95 = covered(levels, quantiles, n, 0.95, observed);
}

/* Logarithmic score of a sample by a normal kernel with Scott's bandwidth (1.06 min(sd, IQR / 1.34) n^-1/5), as scoringRules' logs_sample. */
static double log_score(const double *sorted, size_t n, double observed)
{
    double mean = 0;
    double squares = 0;
    for (size_t i = 0; i < n; i++) {
        mean += sorted[i] / (double)n;
    }
    for (size_t i = 0; i < n; i++) {
        squares += (sorted[i] - mean) * (sorted[i] - mean);
    }
    double range = (vg_quantile_sorted(sorted, n, 0.75) - vg_quantile_sorted(sorted, n, 0.25)) / 1.34;
    double width = 1.06 * fmin(sqrt(squares / ((double)n - 1)), range) * pow((double)n, -0.2);
    if (!(width > 0)) {
        return NAN;
    }
    double most = -INFINITY;
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        most = fmax(most, -0.5 * pow((observed - sorted[i]) / width, 2));
    }
    for (size_t i = 0; i < n; i++) {
        sum += exp(-0.5 * pow((observed - sorted[i]) / width, 2) - most);
    }
    return -(most + log(sum) - log((double)n * width * sqrt(2 * 3.14159265358979323846)));
}

void vg_monitor_score_sample(const double *sorted, size_t n, double observed, struct vg_forecast_score *out)
{
    static const double levels[] = {0.025, 0.05, 0.25, 0.5, 0.75, 0.95, 0.975};
    double quantiles[sizeof levels / sizeof *levels];
    *out = nothing;
    if (n < 2 || isnan(observed)) {
        return;
    }
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
        quantiles[i] = vg_quantile_sorted(sorted, n, levels[i]);
    }
    size_t below = 0;
    size_t equal = 0;
    for (size_t i = 0; i < n; i++) {
        below += sorted[i] < observed;
        equal += sorted[i] == observed;
    }
    double share = (double)(below + equal) / (double)n;
    out->crps = vg_monitor_crps_sample(sorted, n, observed);
    out->log_score = log_score(sorted, n, observed);
    out->absolute_error = fabs(quantiles[3] - observed);
    out->bias = 1 - ((double)below / (double)n + share);
    out->pit = ((double)below + 0.5 * (double)equal) / (double)n;
    out->inside_50 = covered(levels, quantiles, 7, 0.5, observed);
    out->inside_90 = covered(levels, quantiles, 7, 0.9, observed);
    out->inside_95 = covered(levels, quantiles, 7, 0.95, observed);
}

/* Probability of less than x: at a jump that of all before it. */
static double below(const double *levels, const double *quantiles, size_t n, double x)
{
    if (x < quantiles[0]) {
        return levels[0] / 2;
    }
    if (x >= quantiles[n - 1]) {
        return (1 + levels[n - 1]) / 2;
    }
    size_t i = 1;
    while (quantiles[i] <= x) {
        i++;
    }
    return levels[i - 1] + (levels[i] - levels[i - 1]) * (x - quantiles[i - 1]) / (quantiles[i] - quantiles[i - 1]);
}

void vg_monitor_pit_of_count(const double *levels, const double *quantiles, size_t n, double observed, double *low, double *high)
{
    double sum = observed;
    for (size_t i = 0; i < n; i++) {
        sum += quantiles[i];
    }
    *low = *high = NAN;
    if (n > 0 && !isnan(sum)) {
        *low = observed > 0 ? below(levels, quantiles, n, observed - 0.5) : 0;
        *high = below(levels, quantiles, n, observed + 0.5);
    }
}

size_t vg_monitor_pit_bin(const double *quantiles, size_t n, double observed)
{
    size_t bin = 0;
    while (bin < n && observed > quantiles[bin]) {
        bin++;
    }
    return bin;
}

void vg_monitor_pit_sample(const double *sorted, size_t n, double observed, double *bins, size_t n_bins)
{
    size_t below = 0;
    size_t upto = 0;
    if (n == 0 || isnan(observed)) {
        return;
    }
    for (size_t i = 0; i < n; i++) {
        below += sorted[i] < observed;
        upto += sorted[i] <= observed;
    }
    double low = (double)below / (double)n * (double)n_bins;
    double high = (double)upto / (double)n * (double)n_bins;
    if (below == upto) { /* a point: bins are closed above, the first one below too */
        size_t bin = low <= 0 ? 0 : (size_t)ceil(low) - 1;
        bins[bin] += 1;
        return;
    }
    for (size_t bin = 0; bin < n_bins; bin++) {
        double overlap = fmin(high, (double)bin + 1) - fmax(low, (double)bin);
        bins[bin] += overlap > 0 ? overlap / (high - low) : 0;
    }
}

/* Mean score of one model over another's, on the forecasts that both made. */
static double ratio_of(const double *scores, size_t n_units, size_t one, size_t other)
{
    double sum_one = 0;
    double sum_other = 0;
    for (size_t unit = 0; unit < n_units; unit++) {
        double a = scores[one * n_units + unit];
        double b = scores[other * n_units + unit];
        if (!isnan(a) && !isnan(b)) {
            sum_one += a;
            sum_other += b;
        }
    }
    return sum_one > 0 && sum_other > 0 ? sum_one / sum_other : NAN;
}

void vg_monitor_relative_skill(const double *scores, size_t n_models, size_t n_units, size_t baseline, double *skill, double *scaled)
{
    for (size_t model = 0; model < n_models; model++) {
        double logarithms = 0;
        size_t n = 0;
        for (size_t other = 0; other < n_models; other++) {
            double ratio = ratio_of(scores, n_units, model, other);
            if (!isnan(ratio)) {
                logarithms += log(ratio);
                n++;
            }
        }
        skill[model] = n == 0 ? NAN : exp(logarithms / (double)n);
    }
    for (size_t model = 0; model < n_models; model++) {
        scaled[model] = baseline < n_models ? skill[model] / skill[baseline] : NAN;
    }
}
