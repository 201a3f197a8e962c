/*
 * Places that stopped reporting, and which places ask for attention. A flat tail is not zero cases: whether it can be one is
 * judged from the rhythm and the size of the series' own former reports. Formulas in monitor.h.
 */
#include "monitor/monitor.h"

#include <math.h>

#define GAPS_LOOKED_AT 8
#define INTERVALS_LOOKED_AT 4
#define SHORTEST_TAIL 3
#define DISPERSION 2.0
#define IMPROBABLE 0.001

static bool has_cases(double value)
{
    return !isnan(value) && value != 0;
}

/* Longest distance between two of the newest non-empty reports that end at `last`; 1 where there is only one. */
static size_t reporting_interval(const double *values, size_t last)
{
    size_t longest = 1;
    size_t newer = last;
    size_t n_gaps = 0;
    for (size_t i = last; i-- > 0 && n_gaps < GAPS_LOOKED_AT;) {
        if (has_cases(values[i])) {
            longest = newer - i > longest ? newer - i : longest;
            newer = i;
            n_gaps++;
        }
    }
    return longest;
}

/* Sum of the reported values of the `steps` steps before `end`. */
static double sum_before(const double *values, size_t end, size_t steps)
{
    double sum = 0;
    for (size_t i = 1; i <= steps && i <= end; i++) {
        sum += isnan(values[end - i]) ? 0 : values[end - i];
    }
    return sum > 0 ? sum : 0;
}

/* Probability of `missed` empty intervals after `end`, if the level and any decline of the last intervals went on. */
static double empty_probability(const double *values, size_t end, size_t gap, size_t missed)
{
    size_t span = gap * INTERVALS_LOOKED_AT;
    span = span > end ? end : span;
    double longer = sum_before(values, end, span) * (double)gap / (double)span;
    double newest = sum_before(values, end, gap);
    double mean = newest < longer ? newest : longer;
    double before = end > span ? sum_before(values, end - span, span) : 0;
    double decline = before > 0 ? sum_before(values, end, span) / before : 1;
    decline = pow(decline < 1 ? decline : 1, 1.0 / INTERVALS_LOOKED_AT);
    double log_probability = 0;
    for (size_t i = 0; i < missed && log_probability > -700; i++) {
        mean *= decline;
        log_probability -= DISPERSION * log1p(mean / DISPERSION);
    }
    return exp(log_probability);
}

void vg_monitor_silence(const double *values, size_t n, struct vg_silence *out)
{
    *out = (struct vg_silence){.first_silent = n, .probability = 1};
    size_t end = n;
    bool unreported = true;
    while (end > 0 && !has_cases(values[end - 1])) {
        unreported = unreported && isnan(values[end - 1]);
        end--;
    }
    out->first_silent = end;
    out->steps = n - end;
    if (out->steps == 0 || end == 0) {
        return;
    }
    size_t gap = reporting_interval(values, end - 1);
    out->probability = empty_probability(values, end, gap, out->steps / gap);
    bool long_enough = out->steps >= SHORTEST_TAIL && out->steps >= 2 * gap;
    out->silent = long_enough && (unreported || out->probability < IMPROBABLE);
}

double vg_monitor_attention(const struct vg_growth *growth, double incidence_rank, bool silent)
{
    double level = isnan(incidence_rank) || incidence_rank < 0 ? 0 : incidence_rank > 1 ? 1 : incidence_rank;
    double growing = 0.5;
    if (growth->status == VG_SERIES_OK) {
        double spread = (growth->rate_high - growth->rate_low) / (2 * vg_normal_quantile(0.975));
        growing = spread > 0 ? vg_normal_cdf(growth->rate_per_day / spread) : growth->rate_per_day > 0 ? 1 : 0;
    }
    growing *= level < 0.5 ? 2 * level : 1;
    double score = 0.6 * growing + 0.4 * level;
    double silent_score = 0.5 + 0.3 * level;
    return silent && silent_score > score ? silent_score : score;
}
