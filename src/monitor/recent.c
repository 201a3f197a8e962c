/*
 * The newest days of many places at once, corrected for what is not reported yet. Two views of the newest window are weighed against each other: what it has
 * reported so far divided by the share that is usual (the ladder, Mack 1993), and the level of the days before, which are nearly complete, carried on with
 * half of their trend (Bornhuetter and Ferguson 1972). Delays and the errors of both are learnt once from the triangle of the whole, by doing the same as of
 * former days with what was known then; each place then costs a few additions, and its own small numbers widen its own errors. The full nowcast of one place
 * is vg_monitor_nowcast.
 */
#include "monitor/monitor.h"

#include <math.h>

#define LEVEL_SHARE 0.5      /* the level's days have at least this much reported */
#define TRUTH_SHARE 0.8      /* windows at least so complete serve as truth, corrected for the rest */
#define HALF_LIFE 28.0       /* of a former day's say, in steps */
#define MOST_ORIGINS 84
#define LARGEST_ERROR 1.5    /* on the log scale: a window after a backlog says no more than that */
#define LARGEST_TREND 0.7    /* a window, log */
#define OVERDISPERSION 2.0   /* of the reports of one place around its expectation */

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

/* What one series says of its newest window. */
struct views {
    double share;             /* of the newest window that is reported as a rule */
    double reported, ladder;  /* sum of the newest window, and divided by the share */
    double level_reported, level; /* reports that the level rests on; the level carried to the newest window */
};

static double share_at(const double *share, size_t n_ages, size_t age)
{
    return age < n_ages ? share[age] : 1;
}

static size_t first_age(const double *share, size_t n_ages, double least)
{
    size_t age = 0;
    while (age < n_ages && !(share[age] >= least)) {
        age++;
    }
    return age;
}

/* Corrected sum of the window whose newest date is `age` steps old; *reported is what it rests on. NaN where the series is too short. */
static double corrected_window(const double *reported, size_t n, const double *share, size_t n_ages, size_t age, size_t window, double *sum)
{
    double corrected = 0;
    *sum = 0;
    if (age + window > n) {
        return NAN;
    }
    for (size_t i = age; i < age + window; i++) {
        double value = reported[n - 1 - i];
        if (!isnan(value)) {
            corrected += value / share_at(share, n_ages, i);
            *sum += value;
        }
    }
    return corrected;
}

static bool look(const double *reported, size_t n, const double *share, size_t n_ages, size_t window, struct views *out)
{
    size_t known = first_age(share, n_ages, LEVEL_SHARE);
    double former_reports = 0;
    out->share = vg_monitor_window_share(share, n_ages, window, 0);
    (void)corrected_window(reported, n, share, 0, 0, window, &out->reported);
    double level = corrected_window(reported, n, share, n_ages, known, window, &out->level_reported);
    double former = corrected_window(reported, n, share, n_ages, known + window, window, &former_reports);
    if (!(out->share > 0) || isnan(level) || n < window) {
        return false;
    }
    double trend = isnan(former) ? 0 : log((fmax(level, 0) + 0.5) / (fmax(former, 0) + 0.5));
    trend = fmin(LARGEST_TREND, fmax(-LARGEST_TREND, trend)) / 2;
    out->ladder = fmax(out->reported, 0) / out->share;
    out->level = fmax(level, 0) * exp(trend * (double)known / (double)window);
    return true;
}

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

/* Steps since something was published, as of a day: dates are as complete as those so many steps younger. */
static size_t steps_unpublished(const struct vg_triangle *triangle, size_t origin)
{
    for (size_t steps = 0; steps <= origin && steps < triangle->n_delays; steps++) {
        size_t report = origin - steps;
        for (size_t delay = 0; delay < triangle->n_delays && delay <= report; delay++) {
            if (report - delay < triangle->n_references && !isnan(triangle->increments[(report - delay) * triangle->n_delays + delay])) {
                return steps;
            }
        }
    }
    return 0;
}

/* Shares by age as they stand so many steps after the last publication. */
static double *shift_shares(const struct vg_delay_estimate *delays, size_t steps, struct vg_arena *arena)
{
    double *share = VG_ARENA_ARRAY(arena, double, delays->n_delays + steps);
    for (size_t age = 0; share != NULL && age < delays->n_delays + steps; age++) {
        share[age] = age < steps ? 0 : delays->cumulative[age - steps];
    }
    return share;
}

struct moments { double weight, weight_squares, ladder, level, product, corrected; };

/* What would have been said as of a former day, against what is known of its newest window now. */
static vg_status re_enact(const struct vg_triangle *triangle, const struct vg_recent_model *now, size_t origin, double *reported, struct vg_arena *scratch, struct moments *moments,
                          struct vg_error *error)
{
    struct vg_triangle former = *triangle;
    struct vg_delay_estimate delays;
    former.n_references = origin + 1;
    former.as_of = triangle->start + (int32_t)origin * triangle->step_days;
    vg_status status = vg_monitor_delays(&former, 0, scratch, &delays, error);
    if (status != VG_OK || delays.status != VG_SERIES_OK) {
        return status;
    }
    size_t steps = steps_unpublished(triangle, origin);
    size_t n_ages = delays.n_delays + steps;
    const double *share = shift_shares(&delays, steps, scratch);
    if (share == NULL) {
        return vg_fail_memory(error, n_ages * sizeof *share);
    }
    size_t newest = triangle->n_references - 1;
    size_t window = now->window_steps;
    for (size_t i = 0; i <= origin; i++) {
        reported[i] = known_by(triangle, i, origin);
    }
    double truth = 0;
    size_t usable = first_age(share, n_ages, now->minimum_share);
    double late_truth = 0;
    double used = 0;
    for (size_t age = 0; age < window; age++) {
        truth += known_by(triangle, origin - age, newest) / share_at(now->share_by_age, now->n_ages, newest - origin + age);
        late_truth += origin >= usable + age ? known_by(triangle, origin - usable - age, newest) / share_at(now->share_by_age, now->n_ages, newest - origin + usable + age) : 0;
    }
    struct views views;
    if (!look(reported, origin + 1, share, n_ages, window, &views)) {
        return VG_OK;
    }
    double late = corrected_window(reported, origin + 1, share, n_ages, usable, window, &used);
    double weight = exp2(-(double)(newest - origin) / HALF_LIFE);
    double limit = LARGEST_ERROR;
    double ladder = fmin(limit, fmax(-limit, log((fmax(truth, 0) + 0.5) / (views.ladder + 0.5))));
    double level = fmin(limit, fmax(-limit, log((fmax(truth, 0) + 0.5) / (views.level + 0.5))));
    double corrected = isnan(late) ? 0 : fmin(limit, fmax(-limit, log((fmax(late_truth, 0) + 0.5) / (fmax(late, 0) + 0.5))));
    moments->weight += weight;
    moments->weight_squares += weight * weight;
    moments->ladder += weight * ladder * ladder;
    moments->level += weight * level * level;
    moments->product += weight * ladder * level;
    moments->corrected += weight * corrected * corrected;
    return VG_OK;
}

static vg_status learn_errors(const struct vg_triangle *triangle, struct vg_recent_model *model, struct vg_arena *arena, struct vg_error *error)
{
    struct moments moments = {0};
    double *reported = VG_ARENA_ARRAY(arena, double, triangle->n_references);
    if (reported == NULL) {
        return vg_fail_memory(error, triangle->n_references * sizeof *reported);
    }
    /* Until its newest date is so old that what is known now is nearly all. */
    size_t settled = first_age(model->share_by_age, model->n_ages, TRUTH_SHARE);
    size_t shortest = 3 * model->window_steps + first_age(model->share_by_age, model->n_ages, LEVEL_SHARE);
    size_t end = triangle->n_references > settled ? triangle->n_references - settled : 0;
    size_t begin = end > MOST_ORIGINS ? end - MOST_ORIGINS : 0;
    begin = begin < shortest ? shortest : begin;
    vg_status status = VG_OK;
    for (size_t origin = begin; status == VG_OK && origin < end; origin++) {
        struct vg_arena scratch;
        vg_arena_init(&scratch, 0);
        status = re_enact(triangle, model, origin, reported, &scratch, &moments, error);
        vg_arena_release(&scratch);
    }
    /* Days in a row share most of their reports: each window counts about once. */
    double n = moments.weight > 0 ? moments.weight * moments.weight / moments.weight_squares / (double)model->window_steps : 0;
    double prior = 2; /* windows of the prior, whose errors are a third (ladder) and a quarter (level) */
    double total = n + prior;
    double mean[4] = {0};
    if (moments.weight > 0) {
        mean[0] = moments.ladder / moments.weight;
        mean[1] = moments.level / moments.weight;
        mean[2] = moments.product / moments.weight;
        mean[3] = moments.corrected / moments.weight;
    }
    model->n_windows_learnt = n;
    model->ladder_variance = (n * mean[0] + prior * 0.09) / total;
    model->level_variance = (n * mean[1] + prior * 0.0625) / total;
    model->covariance = n * mean[2] / total;
    model->corrected_log_sd = sqrt((n * mean[3] + prior * 0.01) / total);
    return status;
}

vg_status vg_monitor_recent_learn(const struct vg_triangle *triangle, size_t window_steps, double minimum_share, struct vg_arena *arena, struct vg_recent_model *out,
                                  struct vg_error *error)
{
    struct vg_delay_estimate delays;
    *out = (struct vg_recent_model){.status = VG_SERIES_NO_DELAYS, .window_steps = window_steps, .minimum_share = minimum_share};
    vg_status status = vg_monitor_delays(triangle, 0, arena, &delays, error);
    if (status != VG_OK) {
        return status;
    }
    out->status = delays.status;
    if (delays.status != VG_SERIES_OK) {
        return VG_OK;
    }
    size_t steps = steps_unpublished(triangle, triangle->n_references - 1);
    out->n_ages = delays.n_delays + steps;
    out->share_by_age = shift_shares(&delays, steps, arena);
    if (out->share_by_age == NULL) {
        return vg_fail_memory(error, out->n_ages * sizeof(double));
    }
    return learn_errors(triangle, out, arena, error);
}

void vg_monitor_recent_correct(const struct vg_recent_model *model, const double *reported, size_t n, double *expected)
{
    for (size_t i = 0; i < n; i++) {
        size_t age = n - 1 - i;
        double share = model->status == VG_SERIES_OK ? share_at(model->share_by_age, model->n_ages, age) : 1;
        expected[i] = share >= model->minimum_share ? reported[i] / share : NAN;
    }
}

struct vg_rate_interval vg_monitor_recent_expect(const struct vg_recent_model *model, const double *reported, size_t n)
{
    struct views views;
    if (model->status != VG_SERIES_OK || !look(reported, n, model->share_by_age, model->n_ages, model->window_steps, &views)) {
        return (struct vg_rate_interval){NAN, NAN, NAN};
    }
    /* Small numbers: thinned reports under the ladder; under the level those it rests on and those to come. */
    double expected = fmax(views.level, 0) + 0.5;
    double ladder = model->ladder_variance + OVERDISPERSION * fmax(1 - views.share, 0) / (expected * views.share);
    double level = model->level_variance + OVERDISPERSION * (1 / (fmax(views.level_reported, 0) + 0.5) + 1 / expected);
    double both = ladder + level - 2 * model->covariance;
    double weight = both > 0 ? fmin(1, fmax(0, (level - model->covariance) / both)) : 0.5;
    double centre = weight * log(views.ladder + 0.5) + (1 - weight) * log(views.level + 0.5);
    double variance = weight * weight * ladder + (1 - weight) * (1 - weight) * level + 2 * weight * (1 - weight) * model->covariance;
    /* Student's t by the windows learnt from (two of the prior among them): its 97.5 % point to a few parts in a hundred. */
    double z = vg_normal_quantile(0.975);
    double spread = z * (1 + 1.1 / (model->n_windows_learnt + 2)) * sqrt(variance);
    double least = fmax(views.reported, 0);
    struct vg_rate_interval out = {exp(centre) - 0.5, exp(centre - spread) - 0.5, exp(centre + spread) - 0.5};
    out.estimate = fmax(out.estimate, least);
    out.low = fmax(out.low, least);
    out.high = fmax(out.high, least + 0.5);
    return out;
}
