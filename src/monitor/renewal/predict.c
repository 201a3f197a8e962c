/*
 * Draws of counts given a point: what is not reported yet of known dates, and the model run forward.
 */
#include "monitor/renewal/predict.h"

#include "monitor/renewal/cell.h"

#include <math.h>
#include <string.h>

#define EXACT_MOST 30.0
#define LOG_MOST 27.0 /* of infections a day: more than there are people */

void renewal_normals_fill(struct renewal_normals *normals, uint64_t seed)
{
    struct vg_random random = vg_random_stream(seed, 0, 0, 7301);
    for (size_t i = 0; i < RENEWAL_NORMALS; i++) {
        normals->values[i] = vg_random_normal(&random);
    }
}

void renewal_normals_take(const struct renewal_normals *normals, struct vg_random *random, double *out, size_t n)
{
    while (n > 0) {
        size_t at = vg_random_u32(random) % RENEWAL_NORMALS, here = RENEWAL_NORMALS - at < n ? RENEWAL_NORMALS - at : n;
        memcpy(out, normals->values + at, here * sizeof *out);
        out += here;
        n -= here;
    }
}

double renewal_draw_count(struct vg_random *random, double mean, double excess)
{
    if (!(mean > 0)) {
        return 0;
    }
    if (mean <= EXACT_MOST) {
        double left = vg_random_uniform(random), unused, probability = exp(-mean * renewal_exposure_factor(excess, &unused)), y = 0;
        double scale = 1 / (1 + excess);
        while (left > probability && y < 2000) {
            left -= probability;
            probability *= (mean + y * excess) * scale / (y + 1);
            y++;
        }
        return y;
    }
    double sd = sqrt(mean * (1 + excess)), skewness = (1 + 2 * excess) / sd, z = vg_random_normal(random);
    double value = floor(mean + sd * (z + skewness / 6 * (z * z - 1)) + 0.5);
    return value > 0 ? value : 0;
}

size_t renewal_first_open(const struct renewal_problem *p)
{
    size_t first = p->n_rows;
    for (size_t k = p->n_rows; k-- > 0;) {
        first = p->rows[k].last_delay + 1 < (int32_t)p->n_delays ? k : first;
    }
    return first;
}

size_t renewal_first_needed(const struct renewal_problem *p, size_t first_row)
{
    size_t row = first_row < p->n_rows ? first_row : p->n_rows - 1, newest = renewal_row_end(p, row);
    size_t needed = newest + 1 > p->n_kernel ? newest + 1 - p->n_kernel : 0;
    size_t longest = p->n_kernel > p->n_generation + 1 ? p->n_kernel : p->n_generation + 1;
    size_t ahead = p->n_latent > longest ? p->n_latent - longest : 0;
    return needed < ahead ? needed : ahead;
}

/*
 * Odds of being reported are products of what delay and report step give: odds[n_hazards], then of every report step for short delays,
 * then for long ones.
 */
static void make_odds(const struct renewal_problem *p, const double *theta, size_t first_row, double *odds)
{
    const struct renewal_layout *l = &p->layout;
    size_t n = p->n_rows + p->n_delays;
    for (size_t d = 0; d < p->n_hazards; d++) {
        odds[d] = exp(p->hazard_offset[d] + theta[l->base + p->base_of[d]]);
    }
    for (size_t step = first_row; step <= p->last_report && p->n_hazards > 0; step++) {
        double effect = l->n_report_day > 0 ? theta[l->report_day + p->report_weekday[step]] : 0;
        effect += l->n_holiday > 0 && p->report_holiday[step] ? theta[l->holiday] : 0;
        effect += step >= p->first_effect && step - p->first_effect < l->n_effect ? theta[l->effect + step - p->first_effect] : 0;
        size_t knot = p->knot[step];
        for (size_t group = 0; group < 2; group++) {
            const double *drift = theta + l->drift + group * l->n_group;
            size_t n_group = group * l->n_group < l->n_drift ? l->n_group : 0;
            double here = p->step_offset[group * n + step] + (knot < n_group ? p->knot_weight[step] * drift[knot] : 0);
            here += knot + 1 < n_group ? (1 - p->knot_weight[step]) * drift[knot + 1] : 0;
            odds[p->n_hazards + group * n + step] = exp(effect + here);
        }
    }
}

/* Expected share of row k that is still to come. */
static double share_left(const struct renewal_problem *p, const double *odds, size_t k)
{
    const struct renewal_row *row = &p->rows[k];
    const double *short_odds = odds + p->n_hazards + k, *long_odds = short_odds + p->n_rows + p->n_delays;
    double product = 1;
    if (row->last_delay < 0) {
        return 1;
    }
    if (!row->split || (size_t)row->last_delay + 1 >= p->n_delays) {
        return 0;
    }
    for (size_t d = 0; d <= (size_t)row->last_delay && product < 1e200; d++) {
        product *= 1 + odds[d] * (d < p->n_short ? short_odds[d] : long_odds[d]);
    }
    return 1 / product;
}

size_t renewal_predict_scratch(const struct renewal_problem *p, size_t n_steps)
{
    return p->n_latent + 2 * n_steps * (size_t)p->step_days + n_steps + p->n_hazards + 2 * (p->n_rows + p->n_delays);
}

static void open_rows(const struct renewal_problem *p, const struct renewal_point *point, size_t first_row, const double *infections, double *odds,
                      double excess, struct vg_random *random, double *counts)
{
    const double *weekday = point->theta + p->layout.weekday;
    make_odds(p, point->theta, first_row, odds);
    for (size_t k = first_row; k < p->n_rows; k++) {
        double left = share_left(p, odds, k), mean = 0;
        const double *newest = infections + renewal_row_end(p, k);
        for (size_t j = 0; j < p->n_kernel && left > 0; j++) {
            mean += p->kernel[j] * newest[-(ptrdiff_t)j];
        }
        mean *= left * exp(point->noise[k] + (p->layout.n_weekday > 0 ? weekday[p->rows[k].weekday] : 0));
        counts[k] = p->rows[k].known + (left > 0 ? renewal_draw_count(random, mean, excess) : 0);
    }
}

/* log R of the newest latent day. */
static double newest_log_r(const struct renewal_problem *p, const struct renewal_point *point, const double *infections)
{
    double pressure = 0;
    for (size_t j = 1; j < p->n_generation; j++) {
        pressure += p->generation[j] * infections[p->n_latent - 1 - j];
    }
    return point->level[p->n_latent - 1] - log(pressure);
}

void renewal_predict(const struct renewal_problem *p, const struct renewal_point *point, const struct renewal_normals *normals, size_t first_row,
                     size_t n_steps, struct vg_random *random, double *infections, double *counts, double *ahead)
{
    double *odds = infections + p->n_latent + n_steps * (size_t)p->step_days, *innovations = odds + p->n_hazards + 2 * (p->n_rows + p->n_delays);
    double *own = innovations + n_steps * (size_t)p->step_days;
    double excess = exp(point->hyper[RENEWAL_EXCESS]), tau = exp(point->hyper[RENEWAL_TAU]), sigma = exp(point->hyper[RENEWAL_SIGMA]);
    const double *weekday = point->theta + p->layout.weekday;
    for (size_t i = renewal_first_needed(p, first_row); i < p->n_latent; i++) {
        infections[i] = exp(point->level[i] < LOG_MOST ? point->level[i] : LOG_MOST);
    }
    open_rows(p, point, first_row, infections, odds, excess, random, counts);
    renewal_normals_take(normals, random, innovations, n_steps * (size_t)p->step_days + n_steps);
    double log_r = n_steps > 0 ? newest_log_r(p, point, infections) : 0;
    for (size_t step = 0; step < n_steps; step++) {
        for (size_t day = 0; day < (size_t)p->step_days; day++) {
            size_t i = p->n_latent + step * (size_t)p->step_days + day;
            double pressure = 0;
            log_r = p->keep * log_r + sigma * *innovations++;
            for (size_t j = 1; j < p->n_generation; j++) {
                pressure += p->generation[j] * infections[i - j];
            }
            double level = log_r + log(pressure);
            infections[i] = exp(level < LOG_MOST ? level : LOG_MOST);
        }
        const double *newest = infections + renewal_row_end(p, p->n_rows + step);
        double mean = 0;
        for (size_t j = 0; j < p->n_kernel; j++) {
            mean += p->kernel[j] * newest[-(ptrdiff_t)j];
        }
        int32_t date = p->start + (int32_t)(p->n_rows + step) * p->step_days;
        mean *= exp(tau * own[step] + (p->layout.n_weekday > 0 ? weekday[vg_date_weekday(date)] : 0));
        ahead[step] = renewal_draw_count(random, mean, excess);
    }
}
