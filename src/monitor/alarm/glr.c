/*
 * Charts of the likelihood ratio: has the mean of the counts changed at some time, by some amount, and do all counts since say so together (Höhle M, Paul M. Comput
 * Stat Data Anal 2008;52:4357-4368; Höhle M. SFB discussion paper 500, 2006). The search over beginnings keeps only those that can still win: the log likelihood ratio
 * of the steps between two beginnings does not change any more, is concave in the change and 0 at none, so where its slope there points away from the change the later
 * beginning is better for ever (functional pruning: Romano G et al. J Mach Learn Res 2023;24:81; Ward K et al. J Am Stat Assoc 2024).
 */
#include "monitor/alarm/alarm.h"

#include <math.h>
#include <string.h>

#define ITERATIONS 200
#define LARGEST_COUNT 1e12

struct chart {
    const struct vg_glr_parameters *p;
    double dispersion, direction;
    bool level_poisson;         /* closed form */
    bool prunes;                /* later beginnings may rule out earlier ones */
    size_t n;                   /* reported steps */
    double *counts, *mean;      /* [n] */
    double *former;             /* [n] count of the step before; 0 before the first */
    double *slope;              /* [n + 1] running sums: slope of the log likelihood ratio at no change, in the direction looked at */
    double *sum_counts, *sum_mean; /* [n + 1] */
    double *at;                 /* [n] the likeliest change since this beginning, when it was last looked at */
    size_t *beginnings;         /* those that may still win, oldest first, from `oldest` on */
    size_t oldest, n_beginnings;
};

void vg_glr_defaults(struct vg_glr_parameters *parameters)
{
    *parameters = (struct vg_glr_parameters){.decision = 5, .known_change = NAN, .shortest = 1};
}

static double mean_after(const struct chart *chart, size_t i, double change)
{
    return chart->p->change == VG_GLR_LEVEL ? chart->mean[i] * change : chart->mean[i] + change * chart->former[i];
}

/* Log likelihood ratio of one step whose mean became `after`. */
static double step_ratio(const struct chart *chart, size_t i, double after)
{
    double x = chart->counts[i];
    double before = chart->mean[i];
    double a = chart->dispersion;
    double gain = x > 0 ? x * log(after / before) : 0;
    return a > 0 ? gain - (x + 1 / a) * log((1 + a * after) / (1 + a * before)) : gain - (after - before);
}

/* First and second derivative of the log likelihood of steps from .. to: in log(factor) of a level, in the share of former counts of an epidemic. */
static void derivatives(const struct chart *chart, size_t from, size_t to, double change, double *first, double *second)
{
    double a = chart->dispersion;
    double slope = 0;
    double curvature = 0;
    bool level = chart->p->change == VG_GLR_LEVEL;
    double factor = level ? exp(change) : change;
    for (size_t i = from; i <= to; i++) {
        double x = chart->counts[i];
        double m = mean_after(chart, i, factor);
        double shrink = 1 / (1 + a * m);
        if (level) {
            slope += (x - m) * shrink;
            curvature -= m * (1 + a * x) * shrink * shrink;
        } else {
            double y = chart->former[i];
            slope += y * (x - m) * shrink / m;
            curvature += y * y * (a * (1 + a * x) * shrink * shrink - x / (m * m));
        }
    }
    *first = slope;
    *second = curvature;
}

/* Where the slope becomes 0, in the direction looked at from no change: Newton's method between bounds. */
static double likeliest_change(const struct chart *chart, size_t from, size_t to)
{
    double near = 0; /* still rising */
    double far = INFINITY * chart->direction;
    double at = chart->at[from];
    at = at * chart->direction > 0 ? at : 0.5 * chart->direction;
    for (int i = 0; i < ITERATIONS; i++) {
        double first = 0;
        double second = 0;
        derivatives(chart, from, to, at, &first, &second);
        if (first * chart->direction > 0) {
            near = at;
        } else {
            far = at;
        }
        double next = second < 0 ? at - first / second : NAN;
        bool inside = chart->direction > 0 ? next > near && next < far : next < near && next > far;
        if (!inside || fabs(next - near) > 4 * (1 + fabs(near))) {
            next = isinf(far) ? 2 * near + chart->direction : (near + far) / 2;
        }
        if (fabs(next - at) <= 1e-7 * (1 + fabs(at))) {
            return next;
        }
        at = next;
    }
    return at;
}

static double poisson_level(double x, double m, double direction)
{
    if ((x - m) * direction <= 0) {
        return 0;
    }
    return (x > 0 ? x * log(x / m) : 0) - (x - m);
}

/* The largest log likelihood ratio of a change that began at step from, as seen at step to; the slope tells whether there is any. */
static double largest_ratio(struct chart *chart, size_t from, size_t to, double count_now)
{
    bool is_now = count_now == chart->counts[to];
    if (chart->level_poisson) {
        double x = chart->sum_counts[to] - chart->sum_counts[from] + count_now;
        return poisson_level(x, chart->sum_mean[to + 1] - chart->sum_mean[from], chart->direction);
    }
    double kept = chart->counts[to];
    chart->counts[to] = count_now;
    double first = 0;
    double second = 0;
    double ratio = 0;
    derivatives(chart, from, to, 0, &first, &second);
    if (first * chart->direction > 0) {
        double change = -INFINITY;
        if (chart->direction > 0 || chart->sum_counts[to] - chart->sum_counts[from] + count_now > 0) {
            change = likeliest_change(chart, from, to);
        }
        double factor = chart->p->change == VG_GLR_LEVEL ? exp(change) : change;
        for (size_t i = from; i <= to; i++) {
            ratio += step_ratio(chart, i, mean_after(chart, i, factor));
        }
        chart->at[from] = is_now && isfinite(change) ? change : chart->at[from];
    }
    chart->counts[to] = kept;
    return fmax(ratio, 0);
}

/* The statistic with count_now in the place of the newest count; stops early where it passes `enough`. */
static double statistic(struct chart *chart, size_t to, double count_now, double enough)
{
    double best = 0;
    for (size_t i = chart->n_beginnings; i > chart->oldest && best < enough; i--) {
        best = fmax(best, largest_ratio(chart, chart->beginnings[i - 1], to, count_now));
    }
    return best;
}

/* Admits a beginning and drops those that it rules out, alone or (Poisson level, no window) together with the one before them. */
static void admit(struct chart *chart, size_t beginning)
{
    while (chart->prunes && chart->n_beginnings > chart->oldest) {
        size_t last = chart->beginnings[chart->n_beginnings - 1];
        bool beaten = chart->slope[beginning] - chart->slope[last] <= 0;
        if (!beaten && chart->level_poisson && chart->p->window == 0 && chart->n_beginnings >= chart->oldest + 2) {
            size_t before = chart->beginnings[chart->n_beginnings - 2];
            double early = (chart->sum_counts[last] - chart->sum_counts[before]) / (chart->sum_mean[last] - chart->sum_mean[before]);
            double late = (chart->sum_counts[beginning] - chart->sum_counts[last]) / (chart->sum_mean[beginning] - chart->sum_mean[last]);
            beaten = early * chart->direction >= late * chart->direction;
        }
        if (!beaten) {
            break;
        }
        chart->n_beginnings--;
    }
    chart->at[beginning] = 0;
    chart->beginnings[chart->n_beginnings++] = beginning;
}

/* The smallest count with which the alarm would have come; for a decrease the largest, NaN where not even 0 would do. */
static double threshold_of(struct chart *chart, size_t to)
{
    double c = chart->p->decision;
    if (chart->direction < 0) {
        double low = 0;
        double high = ceil(chart->mean[to]);
        if (statistic(chart, to, low, c) < c) {
            return NAN;
        }
        while (statistic(chart, to, high, c) >= c && high < LARGEST_COUNT) {
            high = 2 * high + 1;
        }
        while (high - low > 1) {
            double middle = floor((low + high) / 2);
            *(statistic(chart, to, middle, c) >= c ? &low : &high) = middle;
        }
        return low;
    }
    double low = -1;
    double high = ceil(chart->mean[to]) + 1;
    while (statistic(chart, to, high, c) < c) {
        low = high;
        high = 2 * high + 1;
        if (high > LARGEST_COUNT) {
            return NAN;
        }
    }
    while (high - low > 1) {
        double middle = floor((low + high) / 2);
        *(statistic(chart, to, middle, c) >= c ? &high : &low) = middle;
    }
    return high;
}

/* Takes in the reported steps; false without memory. */
static bool open_chart(struct chart *chart, const double *counts, const double *mean, size_t n, size_t first, struct vg_arena *scratch)
{
    double **const arrays[] = {&chart->counts, &chart->mean, &chart->former, &chart->slope, &chart->sum_counts, &chart->sum_mean, &chart->at};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) {
        *arrays[i] = VG_ARENA_ARRAY(scratch, double, n - first + 1);
        if (*arrays[i] == NULL) {
            return false;
        }
    }
    chart->beginnings = VG_ARENA_ARRAY(scratch, size_t, n - first + 1);
    for (size_t step = first; chart->beginnings != NULL && step < n; step++) {
        if (isnan(counts[step]) || counts[step] < 0 || !(mean[step] > 0)) {
            continue;
        }
        size_t i = chart->n++;
        chart->counts[i] = counts[step];
        chart->mean[i] = mean[step];
        chart->former[i] = i == 0 ? 0 : chart->counts[i - 1];
        double slope = (counts[step] - mean[step]) / (1 + chart->dispersion * mean[step]);
        slope *= chart->p->change == VG_GLR_LEVEL ? 1 : chart->former[i] / mean[step];
        chart->slope[i + 1] = chart->slope[i] + slope * chart->direction;
        chart->sum_counts[i + 1] = chart->sum_counts[i] + counts[step];
        chart->sum_mean[i + 1] = chart->sum_mean[i] + mean[step];
    }
    return chart->beginnings != NULL;
}

/* Step i of the chart, begun again at `since`; true where it gives the alarm. */
static bool judge(struct chart *chart, size_t i, size_t since, bool wants_threshold, double mean, struct vg_alarm *out)
{
    const struct vg_glr_parameters *p = chart->p;
    while (chart->oldest < chart->n_beginnings && p->window > 0 && chart->beginnings[chart->oldest] + p->window < i) {
        chart->oldest++;
    }
    if (i + 1 >= since + p->shortest) {
        admit(chart, i + 1 - p->shortest);
    }
    double value = statistic(chart, i, chart->counts[i], INFINITY);
    *out = (struct vg_alarm){VG_SERIES_OK, value >= p->decision, mean, NAN, value / p->decision, NAN};
    out->threshold = wants_threshold && chart->n_beginnings > chart->oldest ? threshold_of(chart, i) : NAN;
    return out->alarm;
}

/* The change is known: a recursive sum, and the count that it needs in closed form. */
static bool judge_known(struct chart *chart, size_t i, double *sum, struct vg_alarm *out)
{
    const struct vg_glr_parameters *p = chart->p;
    double a = chart->dispersion;
    double before = chart->mean[i];
    double after = mean_after(chart, i, p->change == VG_GLR_LEVEL ? exp(p->known_change) : p->known_change);
    double growth = a > 0 ? log((1 + a * after) / (1 + a * before)) : 0;
    double each = log(after / before) - growth; /* that one case adds */
    double constant = a > 0 ? growth / a : after - before;
    double needed = (p->decision - *sum + constant) / each;
    *sum = fmax(0, *sum + each * chart->counts[i] - constant);
    *out = (struct vg_alarm){VG_SERIES_OK, *sum >= p->decision, before, NAN, *sum / p->decision, NAN};
    out->threshold = each > 0 ? fmax(0, ceil(needed - 1e-9)) : each < 0 && needed >= 0 ? floor(needed + 1e-9) : NAN;
    return out->alarm;
}

static vg_status check_parameters(const struct vg_glr_parameters *p, struct vg_error *error)
{
    bool known = !isnan(p->known_change);
    if (!(p->decision > 0) || !(p->dispersion >= 0) || p->shortest == 0 || (p->window > 0 && p->shortest > p->window)) {
        return vg_fail(error, VG_USAGE_ERROR, "a likelihood ratio chart needs a positive decision value, a dispersion that is not negative, and changes that last a step at least");
    }
    if (p->decrease && p->change == VG_GLR_EPIDEMIC) {
        return vg_fail(error, VG_USAGE_ERROR, "an epidemic change is an increase");
    }
    if (known && (p->known_change == 0 || (p->known_change < 0) != p->decrease)) {
        return vg_fail(error, VG_USAGE_ERROR, "the known change is above 0, or below for a decrease");
    }
    return VG_OK;
}

vg_status vg_alarm_glr(const double *counts, const double *mean, size_t n, size_t first, const struct vg_glr_parameters *parameters, struct vg_arena *scratch,
                       struct vg_alarm *out, struct vg_error *error)
{
    const struct vg_glr_parameters *p = parameters;
    struct chart chart = {.p = p, .dispersion = p->dispersion, .direction = p->decrease ? -1 : 1};
    vg_status status = check_parameters(p, error);
    if (status != VG_OK || first >= n) {
        return status;
    }
    chart.level_poisson = p->change == VG_GLR_LEVEL && p->dispersion == 0;
    chart.prunes = p->change == VG_GLR_LEVEL || p->dispersion == 0;
    if (!open_chart(&chart, counts, mean, n, first, scratch)) {
        return vg_fail_memory(error, (n - first) * 8 * sizeof(double));
    }
    size_t i = 0;
    size_t since = 0;
    double sum = 0;
    for (size_t step = first; step < n; step++) {
        out[step] = (struct vg_alarm){VG_SERIES_TOO_SHORT, false, NAN, NAN, NAN, NAN};
        if (counts[step] < 0) {
            out[step].status = VG_SERIES_BAD_INPUT;
        }
        if (isnan(counts[step]) || counts[step] < 0 || !(mean[step] > 0)) {
            continue; /* the chart waits */
        }
        bool alarm = isnan(p->known_change) ? judge(&chart, i, since, step >= p->thresholds_from, mean[step], &out[step]) : judge_known(&chart, i, &sum, &out[step]);
        i++;
        if (alarm) {
            since = i;
            sum = 0;
            chart.oldest = 0;
            chart.n_beginnings = 0;
        }
    }
    return VG_OK;
}
