/*
 * Epicurve arithmetic: trailing mean, growth rate with doubling time, incidence and case fatality with intervals.
 * Growth: quasi-Poisson regression (McCullagh and Nelder 1989) in which the level of each weekday is profiled out, so that the
 * score has the rate as its only unknown. Intervals: Garwood 1936 (Poisson), Wilson 1927 (binomial).
 */
#include "monitor/monitor.h"

#include <math.h>

#define WEEK 7
#define MINIMUM_VALUES 4
#define MINIMUM_CASES 5
#define NEWTON_STEPS 60

void vg_monitor_moving_average(const double *values, size_t n, size_t window, double *out)
{
    window = window == 0 ? 1 : window;
    for (size_t i = 0; i < n; i++) {
        size_t begin = i + 1 > window ? i + 1 - window : 0;
        double sum = 0;
        size_t reported = 0;
        for (size_t j = begin; j <= i; j++) {
            if (!isnan(values[j])) {
                sum += values[j];
                reported++;
            }
        }
        out[i] = reported >= window / 2 + 1 ? sum / (double)reported : NAN;
    }
}

/* The part of the series that the regression sees: values[n], each in one of n_levels groups by its index modulo n_levels. */
struct growth_data {
    const double *values;
    size_t n, n_levels;
    double sums[WEEK]; /* of the reported values of each group; a group whose sum is not positive is left out */
};

struct growth_fit {
    double score, information, pearson;
    size_t n_used, n_groups;
};

/* Score and information of the rate per step with the groups' levels at their best for that rate. */
static struct growth_fit fit_at(const struct growth_data *data, double rate)
{
    struct growth_fit fit = {0};
    for (size_t group = 0; group < data->n_levels; group++) {
        double weight = 0, weighted_time = 0, weighted_square = 0;
        if (!(data->sums[group] > 0)) {
            continue;
        }
        for (size_t t = group; t < data->n; t += data->n_levels) {
            if (!isnan(data->values[t])) {
                double time = (double)t - (double)data->n / 2;
                double w = exp(rate * time);
                weight += w;
                weighted_time += w * time;
                weighted_square += w * time * time;
            }
        }
        double level = data->sums[group] / weight;
        double mean_time = weighted_time / weight;
        for (size_t t = group; t < data->n; t += data->n_levels) {
            if (!isnan(data->values[t])) {
                double time = (double)t - (double)data->n / 2;
                double mean = level * exp(rate * time);
                fit.score += time * (data->values[t] - mean);
                fit.pearson += (data->values[t] - mean) * (data->values[t] - mean) / mean;
                fit.n_used++;
            }
        }
        fit.information += level * (weighted_square - weighted_time * mean_time);
        fit.n_groups++;
    }
    return fit;
}

/* Newton with halved steps: the profile score falls in the rate, so a step that overshoots is only ever too long. */
static bool solve_rate(const struct growth_data *data, double *rate, struct growth_fit *fit)
{
    *rate = 0;
    *fit = fit_at(data, 0);
    for (int step = 0; step < NEWTON_STEPS; step++) {
        if (!(fit->information > 1e-9) || fabs(*rate) > 3) {
            return false;
        }
        double change = fit->score / fit->information;
        change = change > 0.5 ? 0.5 : change < -0.5 ? -0.5 : change;
        struct growth_fit next = fit_at(data, *rate + change);
        for (int half = 0; half < 8 && fabs(next.score) > fabs(fit->score); half++) {
            change /= 2;
            next = fit_at(data, *rate + change);
        }
        *rate += change;
        *fit = next;
        if (fabs(change) < 1e-10) {
            return fit->information > 1e-9;
        }
    }
    return false;
}

static void fill_growth(const struct growth_fit *fit, double rate, int32_t step_days, struct vg_growth *out)
{
    double freedom = (double)fit->n_used - (double)fit->n_groups - 1;
    freedom = freedom < 1 ? 1 : freedom;
    double dispersion = fit->pearson / freedom;
    dispersion = dispersion < 1 ? 1 : dispersion;
    double half = vg_student_t_quantile(0.975, freedom) * sqrt(dispersion / fit->information);
    out->status = VG_SERIES_OK;
    out->rate_per_day = rate / step_days;
    out->rate_low = (rate - half) / step_days;
    out->rate_high = (rate + half) / step_days;
    if (out->rate_per_day != 0) {
        out->doubling_time_days = M_LN2 / out->rate_per_day;
    }
    if (out->rate_low > 0 || out->rate_high < 0) {
        out->doubling_time_low = M_LN2 / out->rate_high;
        out->doubling_time_high = M_LN2 / out->rate_low;
    }
}

void vg_monitor_growth(const double *values, size_t n, int32_t step_days, size_t window, struct vg_growth *out)
{
    *out = (struct vg_growth){VG_SERIES_TOO_SHORT, NAN, NAN, NAN, NAN, NAN, NAN};
    window = window > n ? n : window;
    bool daily = step_days == 1;
    if (daily && window > WEEK) {
        window -= window % WEEK;
    }
    struct growth_data data = {
        .values = values + (n - window), .n = window, .n_levels = daily && window >= 2 * WEEK ? WEEK : 1};
    size_t reported = 0;
    double total = 0;
    for (size_t t = 0; t < window; t++) {
        if (isinf(data.values[t])) {
            out->status = VG_SERIES_BAD_INPUT;
            return;
        }
        if (!isnan(data.values[t])) {
            data.sums[t % data.n_levels] += data.values[t];
            total += data.values[t];
            reported++;
        }
    }
    if (reported < MINIMUM_VALUES || step_days < 1) {
        return;
    }
    if (total < MINIMUM_CASES) {
        out->status = VG_SERIES_TOO_FEW;
        return;
    }
    double rate;
    struct growth_fit fit;
    if (!solve_rate(&data, &rate, &fit)) {
        out->status = VG_SERIES_NOT_CONVERGED;
        return;
    }
    fill_growth(&fit, rate, step_days, out);
}

struct vg_rate_interval vg_monitor_incidence_per_100k(double count, double population)
{
    if (!(count >= 0) || !(population > 0) || isinf(count) || isinf(population)) {
        return (struct vg_rate_interval){NAN, NAN, NAN};
    }
    double scale = 100000 / population;
    double low = count > 0 ? vg_gamma_quantile(0.025, count, 1) : 0;
    return (struct vg_rate_interval){count * scale, low * scale, vg_gamma_quantile(0.975, count + 1, 1) * scale};
}

struct vg_rate_interval vg_monitor_case_fatality(double deaths, double cases)
{
    if (!(deaths >= 0) || !(cases > 0) || deaths > cases || isinf(cases)) {
        return (struct vg_rate_interval){NAN, NAN, NAN};
    }
    double z = vg_normal_quantile(0.975);
    double share = deaths / cases;
    double centre = share + z * z / (2 * cases);
    double half = z * sqrt(share * (1 - share) / cases + z * z / (4 * cases * cases));
    double scale = 1 + z * z / cases;
    double low = deaths > 0 ? (centre - half) / scale : 0;
    double high = deaths < cases ? (centre + half) / scale : 1;
    return (struct vg_rate_interval){share, low, high};
}
