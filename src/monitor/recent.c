/*
 * The newest days of many places at once, corrected for what is not reported yet. The delays are learnt once from the triangle of the
 * whole (small places lend each other strength), and so is the error that this correction would have made on former days; then each
 * place costs a few multiplications. The full nowcast of one place is vg_monitor_nowcast.
 */
#include "monitor/monitor.h"

#include <math.h>

/* Sum of the triangle's cells of a reference date known by a day, NaN cells left out. */
static double known_by(const struct vg_triangle *triangle, size_t reference, size_t newest)
{
    double sum = 0;
    for (size_t delay = 0; delay < triangle->n_delays && reference + delay <= newest; delay++) {
        double cell = triangle->increments[reference * triangle->n_delays + delay];
        sum += isnan(cell) ? 0 : cell;
    }
    return sum;
}

double vg_monitor_window_share(const double *share_by_age, size_t n_ages, size_t window_steps, double growth_per_step)
{
    double weight_sum = 0;
    double reported = 0;
    for (size_t age = 0; age < window_steps; age++) {
        double weight = exp(-growth_per_step * (double)age);
        weight_sum += weight;
        reported += weight * (age < n_ages ? share_by_age[age] : 1);
    }
    return weight_sum > 0 ? reported / weight_sum : NAN;
}

/*
 * Re-enacts the correction of the newest window as of each former day whose final counts are known by now, and takes the root mean square
 * of log(final / expected).
 */
static double re_enacted_error(const struct vg_triangle *triangle, const double *share_by_age, size_t window_steps, size_t *n_days)
{
    double squares = 0;
    size_t n = 0;
    double share = vg_monitor_window_share(share_by_age, triangle->n_delays, window_steps, 0);
    if (triangle->n_references > triangle->n_delays + window_steps) {
        size_t last = triangle->n_references - triangle->n_delays;
        size_t first = last > 56 + window_steps ? last - 56 : window_steps;
        for (size_t newest = first; newest < last; newest++) {
            double reported = 0;
            double final = 0;
            for (size_t age = 0; age < window_steps; age++) {
                reported += known_by(triangle, newest - age, newest);
                final += known_by(triangle, newest - age, triangle->n_references - 1);
            }
            if (reported > 0 && final > 0 && share > 0) {
                double error = log(final * share / reported);
                squares += error * error;
                n++;
            }
        }
    }
    *n_days = n;
    return n == 0 ? 0 : sqrt(squares / (double)n);
}

vg_status vg_monitor_recent_learn(const struct vg_triangle *triangle, size_t window_steps, struct vg_arena *arena, struct vg_recent_model *out,
                                  struct vg_error *error)
{
    struct vg_delay_estimate delays;
    *out = (struct vg_recent_model){.status = VG_SERIES_NO_DELAYS, .window_steps = window_steps};
    vg_status status = vg_monitor_delays(triangle, 0, arena, &delays, error);
    if (status != VG_OK) {
        return status;
    }
    out->status = delays.status;
    if (delays.status != VG_SERIES_OK) {
        return VG_OK;
    }
    out->n_ages = delays.n_delays;
    out->share_by_age = delays.cumulative;
    out->log_error_sd = re_enacted_error(triangle, delays.cumulative, window_steps, &out->n_days_learnt);
    return VG_OK;
}

void vg_monitor_recent_correct(const struct vg_recent_model *model, const double *reported, size_t n, double minimum_share, double *expected)
{
    for (size_t i = 0; i < n; i++) {
        size_t age = n - 1 - i;
        double share = model->status == VG_SERIES_OK && age < model->n_ages ? model->share_by_age[age] : 1;
        expected[i] = share >= minimum_share ? reported[i] / share : NAN;
    }
}

struct vg_rate_interval vg_monitor_recent_sum(const struct vg_recent_model *model, double reported_sum, double growth_per_step)
{
    if (model->status != VG_SERIES_OK || !(reported_sum >= 0)) {
        return (struct vg_rate_interval){NAN, NAN, NAN};
    }
    double share = vg_monitor_window_share(model->share_by_age, model->n_ages, model->window_steps, growth_per_step);
    if (!(share > 0)) {
        return (struct vg_rate_interval){NAN, NAN, NAN};
    }
    /*
     * Given the share p, what is missing after r reports is negative binomial with mean (r + 1/2)(1 - p)/p and variance that over p; the
     * error of the share itself multiplies the whole.
     */
    double missing = (reported_sum + 0.5) * (1 - share) / share;
    double expected = reported_sum + missing;
    double variance = missing / share + expected * expected * model->log_error_sd * model->log_error_sd;
    double log_sd = expected > 0 ? sqrt(log1p(variance / (expected * expected))) : 0;
    double z = vg_normal_quantile(0.975);
    double low = expected * exp(-z * log_sd);
    return (struct vg_rate_interval){expected, low < reported_sum ? reported_sum : low, expected * exp(z * log_sd)};
}
