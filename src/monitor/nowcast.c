/*
 * The nowcast as it is handed out: dispersion of the former nowcasts' errors, predictive quantiles, draws and silence. The
 * means come from nowcast_learn.c.
 *
 * Dispersion: a nowcast with mean M of which R is missing has variance phi_h (R + tau^2 R^2). phi_h is the weighted mean over
 * former origins of (M now - M then)^2 / variance then, plus what is still open now at its longer horizon; so the newest errors
 * count although their dates are not complete. Weights fade with age and grow with the share of the missing that has arrived
 * since.
 */
#include "monitor/nowcast_internal.h"

#include <math.h>

#define N_VARIATIONS 4
static const double variations[N_VARIATIONS] = {
    0.003, 0.01, 0.03, 0.1}; /* tau^2: variation of the missing share, before phi; the likeliest is taken */
#define DISPERSION_HALF_LIFE_DAYS 42.0
#define PRIOR_CASES 3.0 /* weight of phi's prior mean 1.5 in former nowcasts */
#define PRIOR_DISPERSION 1.5
#define MOST_VARIATION 0.8
#define MINIMUM_REFERENCES 7
#define RANDOM_PURPOSE_DRAWS 0x4e43u

/* What a horizon's predictive is made of. */
struct spread {
    double variation;  /* tau^2 */
    double dispersion; /* phi_h */
    double bias;       /* expected (M now - M then) / R then, shrunk to zero */
    double freedom;    /* degrees of freedom of the dispersion */
    double neighbour;  /* correlation of the standardised error with that of the next horizon, of all horizons together */
    size_t n_learnt;
};

void vg_monitor_nowcast_defaults(struct vg_nowcast_parameters *parameters)
{
    *parameters = (struct vg_nowcast_parameters){.sum_steps = 1};
}

static double missing(const struct nowcast_case *target)
{
    double count = target->mean - target->reported;
    return count > 0 ? count : 0;
}

static double base_variance(const struct nowcast_case *target, double variation)
{
    double count = missing(target);
    return count + variation * count * count + 0.05;
}

/* What is thought now of the target that had `horizon` at `origin`: complete ones are known. */
static struct nowcast_case case_now(const struct nowcast_work *work, size_t origin, size_t horizon, size_t *horizon_now)
{
    size_t last = work->n_origins - 1;
    *horizon_now = horizon + (last - origin);
    if (*horizon_now < work->n_horizons) {
        return work->cases[last * work->n_horizons + *horizon_now];
    }
    struct nowcast_case complete = {0, 0, 1};
    for (size_t i = 0; i < work->sum_steps; i++) {
        size_t t = origin - horizon - i;
        complete.mean += work->published[t] < 0 ? NAN : work->known[t];
    }
    complete.reported = complete.mean;
    return complete;
}

/* A former nowcast against what is thought now: squared error in units of its variance, drift, weight. False where there is
 * none. */
struct comparison {
    double square, open, drift, weight, variance;
};

static bool compare_case(const struct nowcast_work *work, size_t origin, size_t horizon, const struct spread *spreads,
                         struct comparison *out)
{
    const struct nowcast_case *then = &work->cases[origin * work->n_horizons + horizon];
    if (isnan(then->mean)) {
        return false;
    }
    size_t horizon_now;
    struct nowcast_case now = case_now(work, origin, horizon, &horizon_now);
    if (isnan(now.mean)) {
        return false;
    }
    double arrived = then->share < 1 ? (now.share - then->share) / (1 - then->share) : 1;
    double error = now.mean - then->mean;
    double variation = spreads[horizon].variation;
    out->variance = base_variance(then, variation);
    out->square = error * error / out->variance;
    out->open =
        horizon_now < work->n_horizons ? spreads[horizon_now].dispersion * base_variance(&now, variation) / out->variance : 0;
    out->drift = error / (missing(then) + 1);
    out->weight = arrived > 0.02 ? arrived : 0.02;
    return true;
}

/* Returns the weighted log-likelihood of the errors under normal laws with the variances found. */
static double learn_horizon(const struct nowcast_work *work, size_t horizon, struct spread *spreads)
{
    struct spread *spread = &spreads[horizon];
    double keep = work->season == 1 ? exp2(-1 / 16.0) : exp2(-work->triangle->step_days / DISPERSION_HALF_LIFE_DAYS);
    size_t burn_in = work->n_delays / 2 + work->sum_steps;
    double weights = 0, squares = 0, weight_squares = 0, drift = 0, roots = 0, logs = 0, cap = INFINITY;
    /* First round: mean size of the errors; second round: squares, single ones cut at three times that size. */
    for (int round = 0; round < 2; round++) {
        double faded = 1;
        weights = weight_squares = 0;
        for (size_t origin = work->n_origins - 1; origin-- > burn_in;) {
            struct comparison one;
            faded *= keep;
            if (!compare_case(work, origin, horizon, spreads, &one)) {
                continue;
            }
            double weight = faded * one.weight;
            double both = one.square + one.open;
            roots += round == 0 ? weight * sqrt(both) : 0;
            squares += round == 1 ? weight * (both < cap ? both : cap) : 0;
            drift += round == 1 ? weight * fmax(-1, fmin(1, one.drift)) : 0;
            logs += round == 1 ? weight * log(one.variance) : 0;
            spread->n_learnt += (size_t)round;
            weights += weight;
            weight_squares += weight * weight;
        }
        cap = weights > 0 ? fmax(4, 9 * (M_PI / 2) * (roots / weights) * (roots / weights)) : INFINITY;
    }
    double effective = weight_squares > 0 ? weights * weights / weight_squares : 0;
    spread->dispersion = (squares + PRIOR_CASES * PRIOR_DISPERSION) / (weights + PRIOR_CASES);
    /* Errors of neighbouring origins are alike, those of rolling sums for as long as they overlap. */
    double alike = work->season == 1 ? 2 : work->sum_steps > 1 ? (double)work->sum_steps + 1 : 3;
    /* What is learnt from so few independent errors is itself uncertain. */
    spread->dispersion *= 1 + 2 * alike / (effective + alike);
    spread->freedom = 4 + effective / alike;
    spread->bias = drift / (weights + 5 * alike);
    return -0.5 * (logs + weights * log(spread->dispersion) + squares / spread->dispersion);
}

/* Correlation of errors along the dates, from all horizons and the newest origins whose outcome is mostly known. */
static void learn_neighbours(const struct nowcast_work *work, struct spread *spreads)
{
    double product = 0, square = 0;
    for (size_t origin = work->n_delays / 2; origin + work->season < work->n_origins; origin++) {
        for (size_t horizon = 0; horizon + 1 < work->n_horizons; horizon++) {
            size_t unused;
            const struct nowcast_case *then = &work->cases[origin * work->n_horizons + horizon];
            if (isnan(then[0].mean) || isnan(then[1].mean)) {
                continue;
            }
            double a = (case_now(work, origin, horizon, &unused).mean - then[0].mean) /
                       sqrt(base_variance(&then[0], spreads[horizon].variation));
            double b = (case_now(work, origin, horizon + 1, &unused).mean - then[1].mean) /
                       sqrt(base_variance(&then[1], spreads[horizon].variation));
            if (!isnan(a + b)) {
                product += a * b;
                square += (a * a + b * b) / 2;
            }
        }
    }
    double neighbour = square > 0 ? product / (square + 10) : 0;
    for (size_t horizon = 0; horizon < work->n_horizons; horizon++) {
        spreads[horizon].neighbour = neighbour < 0 ? 0 : neighbour > 0.95 ? 0.95 : neighbour;
    }
}

static void learn_spreads(const struct nowcast_work *work, struct spread *spreads)
{
    double best = -INFINITY, chosen = variations[0];
    for (size_t i = 0; i <= N_VARIATIONS; i++) {
        double variation = i < N_VARIATIONS ? variations[i] : chosen, likelihood = 0;
        for (size_t horizon = work->n_horizons; horizon-- > 0;) {
            spreads[horizon] = (struct spread){.variation = variation};
            likelihood += learn_horizon(work, horizon, spreads);
        }
        chosen = likelihood > best ? variation : chosen;
        best = likelihood > best ? likelihood : best;
    }
    learn_neighbours(work, spreads);
}

/* Quantile of a count with the given mean and variance: negative binomial, gamma where it is large. */
static double count_quantile(double p, double mean, double variance)
{
    if (!(mean > 0)) {
        return 0;
    }
    if (mean < 50) {
        double size = variance > mean * 1.0001 ? mean * mean / (variance - mean) : 1e9;
        return (double)vg_negative_binomial_quantile(p, mean, size);
    }
    return vg_gamma_quantile(p, mean * mean / variance, variance / mean);
}

static void predict(const struct nowcast_case *target, const struct spread *spread, bool revised_downward, double *quantiles,
                    double *mean)
{
    double expected = missing(target) * (1 + spread->bias);
    double variance = spread->dispersion * base_variance(target, spread->variation);
    double allowance = revised_downward ? fmin(target->reported, 3 * sqrt(variance)) : 0;
    if (target->mean < target->reported) {
        allowance = fmin(target->reported, allowance + target->reported - target->mean);
        expected = target->mean - target->reported;
    }
    double shifted = expected + allowance, scores[VG_QUANTILE_COUNT];
    /* An error as large as the missing itself says only that: more variance would pull the median of a skewed law to zero. */
    double most = shifted + MOST_VARIATION * MOST_VARIATION * shifted * shifted + 1;
    variance = variance < most ? variance : most;
    double floor = target->reported - allowance;
    double widen = sqrt((spread->freedom - 2) / spread->freedom);
    for (size_t i = 0; i < VG_QUANTILE_COUNT; i++) {
        /* Student t instead of normal tails, since the dispersion itself is an estimate. Levels are symmetric. */
        double z = i < VG_QUANTILE_MEDIAN ? vg_student_t_quantile(vg_quantile_levels[i], spread->freedom) * widen : 0;
        scores[i] = i <= VG_QUANTILE_MEDIAN ? z : -scores[VG_QUANTILE_COUNT - 1 - i];
        quantiles[i] = floor + count_quantile(vg_normal_cdf(scores[i]), shifted, variance);
        if (i > 0 && quantiles[i] < quantiles[i - 1]) {
            quantiles[i] = quantiles[i - 1];
        }
    }
    *mean = target->reported + expected;
}

/* --------------------------------------------------------------------- draws */

/* Value at a normal score between the quantiles; straight lines, beyond the outermost ones on their slope. */
static double value_at_score(const double *quantiles, const double *scores, double z, double floor)
{
    size_t i = 1;
    while (i + 1 < VG_QUANTILE_COUNT && z > scores[i]) {
        i++;
    }
    double slope = (quantiles[i] - quantiles[i - 1]) / (scores[i] - scores[i - 1]);
    double value = quantiles[i - 1] + slope * (z - scores[i - 1]);
    return value > floor ? value : floor;
}

static void draw_courses(const struct nowcast_work *work, const struct spread *spreads, uint64_t seed, struct vg_nowcast *out)
{
    double scores[VG_QUANTILE_COUNT];
    size_t n = out->expected_final.n_steps;
    double neighbour = work->n_horizons > 0 ? spreads[0].neighbour : 0;
    double fresh = sqrt(1 - neighbour * neighbour);
    for (size_t i = 0; i < VG_QUANTILE_COUNT; i++) {
        scores[i] = vg_normal_quantile(vg_quantile_levels[i]);
    }
    for (size_t draw = 0; draw < out->n_draws; draw++) {
        struct vg_random random = vg_random_stream(seed, (uint32_t)draw, 0, RANDOM_PURPOSE_DRAWS);
        double z = vg_random_normal(&random);
        double *course = out->draws + draw * n;
        for (size_t step = n; step-- > 0;) {
            const double *quantiles = out->expected_final.values + step * VG_QUANTILE_COUNT;
            bool certain = quantiles[0] == quantiles[VG_QUANTILE_COUNT - 1];
            double floor = out->revised_downward ? 0 : out->reported[step];
            course[step] = isnan(quantiles[0]) ? NAN
                           : certain           ? quantiles[0]
                                               : value_at_score(quantiles, scores, z, isnan(floor) ? 0 : floor);
            z = certain ? z : neighbour * z + fresh * vg_random_normal(&random);
        }
    }
}

/* ------------------------------------------------------------------ the whole */

static vg_status allocate(struct vg_nowcast *out, const struct vg_triangle *triangle, size_t n_draws, struct vg_arena *arena,
                          struct vg_error *error)
{
    size_t n = triangle->n_references, values, courses;
    if (!vg_multiply_size(n, VG_QUANTILE_COUNT, &values) || !vg_multiply_size(n, n_draws, &courses)) {
        return vg_fail(error, VG_USAGE_ERROR, "%zu drawn courses are too many", n_draws);
    }
    out->expected_final = (struct vg_quantile_series){triangle->start, triangle->step_days, n,
                                                      VG_ARENA_ARRAY(arena, double, values), VG_ARENA_ARRAY(arena, double, n)};
    out->reported = VG_ARENA_ARRAY(arena, double, n);
    out->n_draws = n_draws;
    out->draws = n_draws == 0 ? NULL : VG_ARENA_ARRAY(arena, double, courses);
    if (out->expected_final.values == NULL || out->expected_final.mean == NULL || out->reported == NULL ||
        (n_draws > 0 && out->draws == NULL)) {
        return vg_fail_memory(error, (values + courses) * sizeof(double));
    }
    for (size_t i = 0; i < values; i++) {
        out->expected_final.values[i] = NAN;
    }
    for (size_t i = 0; i < n; i++) {
        out->expected_final.mean[i] = out->reported[i] = NAN;
    }
    for (size_t i = 0; i < (n_draws > 0 ? courses : 0); i++) {
        out->draws[i] = NAN;
    }
    return VG_OK;
}

/* Known reports of each date, summed over rolling windows; a sum holds what is known of its dates, NaN where none is. */
static void fill_reported(const struct vg_triangle *triangle, size_t sum_steps, size_t last_report, double *reported)
{
    for (size_t t = triangle->n_references; t-- > 0;) {
        for (size_t delay = 0; delay < triangle->n_delays && t + delay <= last_report; delay++) {
            double cell = triangle_cell(triangle, t, delay);
            reported[t] = isnan(cell) ? reported[t] : isnan(reported[t]) ? cell : reported[t] + cell;
        }
    }
    for (size_t t = triangle->n_references; t-- > 0 && sum_steps > 1;) {
        double sum = NAN;
        for (size_t i = 0; i < sum_steps && i <= t; i++) {
            double one = reported[t - i];
            sum = isnan(one) ? sum : isnan(sum) ? one : sum + one;
        }
        reported[t] = t + 1 < sum_steps ? NAN : sum;
    }
}

/* Reports by day of publication, and whether they have stopped. */
static vg_status find_silence(const struct vg_triangle *triangle, size_t last_report, struct vg_arena *arena,
                              struct vg_silence *out, struct vg_error *error)
{
    double *reports = VG_ARENA_ARRAY(arena, double, last_report + 1);
    if (reports == NULL) {
        return vg_fail_memory(error, (last_report + 1) * sizeof *reports);
    }
    for (size_t r = 0; r <= last_report; r++) {
        reports[r] = NAN;
        for (size_t delay = 0; delay < triangle->n_delays && delay <= r; delay++) {
            double cell = r - delay < triangle->n_references ? triangle_cell(triangle, r - delay, delay) : NAN;
            reports[r] = isnan(cell) ? reports[r] : isnan(reports[r]) ? cell : reports[r] + cell;
        }
    }
    vg_monitor_silence(reports, last_report + 1, out);
    /* Where the newest dates are simply not in the triangle, their reports cannot be missed. */
    out->silent = out->silent && last_report < triangle->n_references + triangle->n_delays / 2;
    return VG_OK;
}

static void fill_quantiles(const struct nowcast_work *work, const struct spread *spreads, struct vg_nowcast *out)
{
    size_t last = work->n_origins - 1;
    for (size_t t = 0; t < out->expected_final.n_steps; t++) {
        double *quantiles = out->expected_final.values + t * VG_QUANTILE_COUNT;
        double *mean = &out->expected_final.mean[t];
        bool old = t < work->first + (work->sum_steps - 1) || last - (t - work->first) >= work->n_horizons;
        if (t < work->first || old) {
            *mean = out->reported[t];
            for (size_t i = 0; i < VG_QUANTILE_COUNT; i++) {
                quantiles[i] = *mean;
            }
            continue;
        }
        size_t horizon = last - (t - work->first);
        const struct nowcast_case *target = &work->cases[last * work->n_horizons + horizon];
        if (!isnan(target->mean)) {
            predict(target, &spreads[horizon], out->revised_downward, quantiles, mean);
            out->n_learnt = spreads[horizon].n_learnt > out->n_learnt ? spreads[horizon].n_learnt : out->n_learnt;
        }
    }
}

/* Takes back what was said of dates after the last report of a place that fell silent. */
static void blank_silent(struct vg_nowcast *out, size_t first_silent)
{
    for (size_t t = first_silent; t < out->expected_final.n_steps; t++) {
        out->expected_final.mean[t] = NAN;
        for (size_t i = 0; i < VG_QUANTILE_COUNT; i++) {
            out->expected_final.values[t * VG_QUANTILE_COUNT + i] = NAN;
        }
    }
}

static vg_status run(const struct vg_triangle *triangle, const struct vg_nowcast_parameters *parameters, struct vg_arena *arena,
                     struct vg_nowcast *out, struct vg_error *error)
{
    struct nowcast_work work;
    size_t window = parameters->window_references > 0 ? parameters->window_references : triangle->step_days == 1 ? 180 : 156;
    window = window < MINIMUM_REFERENCES ? MINIMUM_REFERENCES : window;
    vg_status status = nowcast_work_init(&work, triangle, window, parameters->sum_steps, arena, error);
    if (status != VG_OK) {
        return status;
    }
    struct spread *spreads = VG_ARENA_ARRAY(arena, struct spread, work.n_horizons);
    if (spreads == NULL) {
        return vg_fail_memory(error, work.n_horizons * sizeof *spreads);
    }
    nowcast_re_enact(&work);
    learn_spreads(&work, spreads);
    fill_quantiles(&work, spreads, out);
    if (parameters->n_draws > 0) {
        draw_courses(&work, spreads, parameters->seed, out);
    }
    return VG_OK;
}

vg_status vg_monitor_nowcast(const struct vg_triangle *triangle, const struct vg_nowcast_parameters *parameters,
                             struct vg_arena *arena, struct vg_nowcast *out, struct vg_error *error)
{
    size_t last_report;
    struct vg_silence silence;
    *out = (struct vg_nowcast){.status = VG_SERIES_OK};
    vg_status status = triangle_check(triangle, &last_report, error);
    if (status == VG_OK && (parameters->sum_steps < 1 || parameters->sum_steps > 366)) {
        status = vg_fail(error, VG_USAGE_ERROR, "rolling sums are over 1 to 366 steps, not %zu", parameters->sum_steps);
    }
    if (status == VG_OK) {
        status = allocate(out, triangle, parameters->n_draws, arena, error);
    }
    if (status == VG_OK) {
        fill_reported(triangle, parameters->sum_steps, last_report, out->reported);
        status = vg_monitor_delays(triangle, 0, arena, &out->delays, error);
    }
    if (status == VG_OK) {
        status = find_silence(triangle, last_report, arena, &silence, error);
    }
    if (status != VG_OK) {
        return status;
    }
    out->status = out->delays.status;
    out->revised_downward = triangle_revised_downward(triangle);
    if (triangle->n_references < MINIMUM_REFERENCES || triangle->n_references < parameters->sum_steps + 1) {
        out->status = VG_SERIES_TOO_SHORT;
        (void)vg_fail(error, VG_DATA_ERROR, "a nowcast needs %d reference dates; there are %zu", MINIMUM_REFERENCES,
                      triangle->n_references);
    }
    if (out->status != VG_SERIES_OK) {
        return VG_OK;
    }
    if (!silence.silent) {
        return run(triangle, parameters, arena, out, error);
    }
    /* As of the last report, the place still spoke. */
    struct vg_triangle spoke = *triangle;
    spoke.as_of = triangle->start + (int32_t)(silence.first_silent - 1) * triangle->step_days;
    out->status = VG_SERIES_SILENT;
    (void)vg_fail(error, VG_DATA_ERROR, "nothing was reported in the last %zu steps", silence.steps);
    status = run(&spoke, parameters, arena, out, error);
    blank_silent(out, silence.first_silent);
    return status;
}
