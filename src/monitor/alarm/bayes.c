/*
 * Bayesian surveillance: the count against the negative binomial that a Poisson rate with Jeffreys' prior predicts from the steps before and the same weeks of
 * former years (Riebler A. Thesis, Munich 2004), with the numbers of surveillance's bayes.
 */
#include "monitor/alarm/alarm.h"

#include <math.h>

void vg_alarm_bayes_defaults(struct vg_bayes_parameters *parameters)
{
    *parameters = (struct vg_bayes_parameters){.years_back = 0, .half_window = 6, .steps_per_year = 365.25 / 7, .present_year = true, .alpha = 0.05};
}

struct base { double sum, n; };

static void add_steps(const double *counts, size_t first, size_t last, struct base *base)
{
    for (size_t i = first; i <= last; i++) {
        base->sum += isnan(counts[i]) ? 0 : counts[i];
        base->n += isnan(counts[i]) ? 0 : 1;
    }
}

/* False where the series does not reach back far enough. */
static bool collect(const double *counts, size_t step, const struct vg_bayes_parameters *p, struct base *base)
{
    size_t w = p->half_window;
    *base = (struct base){0, 0};
    if (step < w) {
        return false;
    }
    if (p->present_year && w > 0) {
        add_steps(counts, step - w, step - 1, base);
    }
    for (size_t year = 1; year <= p->years_back; year++) {
        double back = round((double)year * p->steps_per_year);
        if (back + (double)w > (double)step) {
            return false;
        }
        add_steps(counts, step - (size_t)back - w, step - (size_t)back + w, base);
    }
    return base->n > 0;
}

vg_status vg_alarm_bayes(const double *counts, size_t n, size_t first, const struct vg_bayes_parameters *parameters, struct vg_alarm *out, struct vg_error *error)
{
    const struct vg_bayes_parameters *p = parameters;
    if (!(p->alpha > 0) || !(p->alpha < 1) || (!p->present_year && p->years_back == 0) || (double)(2 * p->half_window + 1) > p->steps_per_year) {
        return vg_fail(error, VG_USAGE_ERROR, "the Bayesian method needs an alpha between 0 and 1 and steps to learn from that fit into a year");
    }
    for (size_t step = first; step < n; step++) {
        struct base base;
        out[step] = (struct vg_alarm){VG_SERIES_TOO_SHORT, false, NAN, NAN, NAN, NAN};
        if (isnan(counts[step]) || !collect(counts, step, p, &base)) {
            continue;
        }
        if (base.sum < 0 || counts[step] < 0) {
            out[step].status = VG_SERIES_BAD_INPUT;
            continue;
        }
        double size = base.sum + 0.5;
        double mean = size / base.n;
        int64_t threshold = 0;
        while (vg_negative_binomial_cdf(threshold, mean, size) < 1 - p->alpha) {
            threshold++;
        }
        int64_t whole = (int64_t)fmin(ceil(counts[step]), 1e15);
        out[step] = (struct vg_alarm){VG_SERIES_OK, counts[step] > (double)threshold, mean, (double)threshold, NAN, NAN};
        out[step].score = (double)threshold > mean ? (counts[step] - mean) / ((double)threshold - mean) : NAN;
        out[step].p_value = whole <= 0 ? 1 : 1 - vg_negative_binomial_cdf(whole - 1, mean, size);
    }
    return VG_OK;
}
