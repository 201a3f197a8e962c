/*
 * Farrington's method and its improvement: quasi-Poisson regression on the same weeks of former years (Farrington CP et al. J R Stat Soc A 1996;159:547-563;
 * Noufaily A et al. Stat Med 2013;32:1206-1222; thresholds after Salmon M et al. J Stat Softw 2016;70(10)), with the numbers of surveillance's
 * farringtonFlexible.
 */
#include "monitor/alarm/alarm.h"

#include <math.h>
#include <string.h>

#define MOST_COEFFICIENTS 24
#define ITERATIONS 25
#define TOLERANCE 1e-8        /* of the deviance, relative: R's glm.control */

void vg_farrington_defaults(struct vg_farrington_parameters *parameters)
{
    *parameters = (struct vg_farrington_parameters){.years_back = 5, .half_window = 3, .steps_per_year = 365.25 / 7, .periods = 10, .left_out = 26, .alpha = 0.05, .reweight = true,
                                                    .weights_threshold = 2.58, .trend = true, .trend_p = 1, .method = VG_FARRINGTON_NB_PLUGIN, .fewest_cases = 5, .within_steps = 4};
}

/* The reference steps of one judged step, and the fit. Coefficients: the judged step's own part of the year at its time, the trend, the other parts. */
struct fit {
    size_t n, n_coefficients;
    double *counts, *time, *weight, *mean, *leverage;
    uint32_t *period;               /* 0: the judged step's own */
    size_t n_periods;
    bool trend;
    double coefficients[MOST_COEFFICIENTS];
    double covariance[MOST_COEFFICIENTS][MOST_COEFFICIENTS]; /* without the dispersion */
    double phi;                     /* dispersion, at least 1 */
    double phi_of_errors;           /* that of standard errors */
};

static size_t fill_row(const struct fit *fit, size_t i, size_t *columns, double *values)
{
    size_t n = 0;
    columns[n] = 0;
    values[n++] = 1;
    if (fit->trend) {
        columns[n] = 1;
        values[n++] = fit->time[i];
    }
    if (fit->period[i] > 0) {
        columns[n] = (fit->trend ? 1 : 0) + fit->period[i];
        values[n++] = 1;
    }
    return n;
}

/* Inverse of a symmetric positive definite matrix by Cholesky, in place; false where it is none. */
static bool invert(double matrix[MOST_COEFFICIENTS][MOST_COEFFICIENTS], size_t n)
{
    double root[MOST_COEFFICIENTS][MOST_COEFFICIENTS];
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j <= i; j++) {
            double sum = matrix[i][j];
            for (size_t k = 0; k < j; k++) {
                sum -= root[i][k] * root[j][k];
            }
            if (i == j && !(sum > 1e-14 * matrix[i][i])) {
                return false;
            }
            root[i][j] = i == j ? sqrt(sum) : sum / root[j][j];
        }
    }
    for (size_t column = 0; column < n; column++) {
        double work[MOST_COEFFICIENTS];
        for (size_t i = 0; i < n; i++) {
            double sum = i == column ? 1 : 0;
            for (size_t k = 0; k < i; k++) {
                sum -= root[i][k] * work[k];
            }
            work[i] = sum / root[i][i];
        }
        for (size_t i = n; i > 0; i--) {
            double sum = work[i - 1];
            for (size_t k = i; k < n; k++) {
                sum -= root[k][i - 1] * work[k];
            }
            work[i - 1] = sum / root[i - 1][i - 1];
        }
        for (size_t i = 0; i < n; i++) {
            matrix[i][column] = work[i];
        }
    }
    return true;
}

static double deviance_of(const struct fit *fit)
{
    double sum = 0;
    for (size_t i = 0; i < fit->n; i++) {
        double y = fit->counts[i];
        sum += 2 * fit->weight[i] * ((y > 0 ? y * log(y / fit->mean[i]) : 0) - (y - fit->mean[i]));
    }
    return sum;
}

/* One weighted least squares step on the log scale. */
static bool least_squares(struct fit *fit)
{
    double right[MOST_COEFFICIENTS] = {0};
    size_t columns[3];
    double values[3];
    memset(fit->covariance, 0, sizeof fit->covariance);
    for (size_t i = 0; i < fit->n; i++) {
        size_t n = fill_row(fit, i, columns, values);
        double weight = fit->weight[i] * fit->mean[i];
        double working = log(fit->mean[i]) + (fit->counts[i] - fit->mean[i]) / fit->mean[i];
        for (size_t a = 0; a < n; a++) {
            right[columns[a]] += weight * values[a] * working;
            for (size_t b = 0; b < n; b++) {
                fit->covariance[columns[a]][columns[b]] += weight * values[a] * values[b];
            }
        }
    }
    if (!invert(fit->covariance, fit->n_coefficients)) {
        return false;
    }
    for (size_t c = 0; c < fit->n_coefficients; c++) {
        fit->coefficients[c] = 0;
        for (size_t k = 0; k < fit->n_coefficients; k++) {
            fit->coefficients[c] += fit->covariance[c][k] * right[k];
        }
    }
    for (size_t i = 0; i < fit->n; i++) {
        size_t n = fill_row(fit, i, columns, values);
        double predictor = 0;
        for (size_t a = 0; a < n; a++) {
            predictor += fit->coefficients[columns[a]] * values[a];
        }
        fit->mean[i] = fmax(exp(fmin(predictor, 700)), 1e-300);
    }
    return true;
}

/* Iteratively reweighted least squares with R's start and stop; fit->weight are prior weights. */
static bool fit_once(struct fit *fit)
{
    double former = INFINITY;
    for (size_t i = 0; i < fit->n; i++) {
        fit->mean[i] = fit->counts[i] + 0.1;
    }
    for (int iteration = 0; iteration < ITERATIONS; iteration++) {
        if (!least_squares(fit)) {
            return false;
        }
        double deviance = deviance_of(fit);
        if (!isfinite(deviance)) {
            return false;
        }
        if (fabs(deviance - former) / (fabs(deviance) + 0.1) < TOLERANCE) {
            return true;
        }
        former = deviance;
    }
    return false;
}

static void find_dispersion(struct fit *fit, bool reweighted)
{
    double pearson = 0;
    double relative = 0;
    for (size_t i = 0; i < fit->n; i++) {
        double residual = (fit->counts[i] - fit->mean[i]) / fit->mean[i];
        pearson += fit->weight[i] * fit->mean[i] * residual * residual;
        relative += fit->weight[i] * residual * residual;
    }
    double freedom = (double)(fit->n - fit->n_coefficients);
    fit->phi = fmax(pearson / freedom, 1);
    fit->phi_of_errors = (reweighted ? relative : pearson) / freedom;
}

/* Former outbreaks: steps with a large Anscombe residual get the weight of its inverse square. */
static void reweight(struct fit *fit, double threshold)
{
    double sum = 0;
    for (size_t i = 0; i < fit->n; i++) {
        size_t columns[3];
        double values[3];
        size_t n = fill_row(fit, i, columns, values);
        double leverage = 0;
        for (size_t a = 0; a < n; a++) {
            for (size_t b = 0; b < n; b++) {
                leverage += values[a] * values[b] * fit->covariance[columns[a]][columns[b]];
            }
        }
        leverage *= fit->mean[i];
        double residual = 1.5 * (cbrt(fit->counts[i] * fit->counts[i]) * pow(fit->mean[i], -1.0 / 6) - sqrt(fit->mean[i])) / sqrt(fit->phi * (1 - leverage));
        fit->leverage[i] = residual > threshold ? 1 / (residual * residual) : 1;
        sum += fit->leverage[i];
    }
    for (size_t i = 0; i < fit->n; i++) {
        fit->weight[i] = fit->leverage[i] * (double)fit->n / sum;
    }
}

static bool fit_model(struct fit *fit, const struct vg_farrington_parameters *p, bool trend)
{
    fit->trend = trend;
    fit->n_coefficients = fit->n_periods + (trend ? 1 : 0);
    if (fit->n <= fit->n_coefficients) {
        return false;
    }
    for (size_t i = 0; i < fit->n; i++) {
        fit->weight[i] = 1;
    }
    if (!fit_once(fit)) {
        return trend ? fit_model(fit, p, false) : false;
    }
    find_dispersion(fit, false);
    if (!p->reweight) {
        return true;
    }
    reweight(fit, p->weights_threshold);
    if (!fit_once(fit)) {
        return false;
    }
    find_dispersion(fit, true);
    return true;
}

static double student_t_tail(double t, double freedom)
{
    return vg_beta_i(freedom / 2, 0.5, freedom / (freedom + t * t)); /* two-sided */
}

/* With a trend where it is asked for, stands out, and does not lead beyond what was ever seen. */
static bool fit_with_trend(struct fit *fit, const struct vg_farrington_parameters *p)
{
    if (!fit_model(fit, p, p->trend)) {
        return false;
    }
    if (!fit->trend) {
        return true;
    }
    double most = 0;
    for (size_t i = 0; i < fit->n; i++) {
        most = fmax(most, fit->counts[i]);
    }
    double error = sqrt(fit->covariance[1][1] * fit->phi_of_errors);
    double p_value = student_t_tail(fit->coefficients[1] / error, (double)(fit->n - fit->n_coefficients));
    bool keep = p->years_back >= 3 && p_value < p->trend_p && exp(fit->coefficients[0]) <= most;
    return keep || fit_model(fit, p, false);
}

/* The part of the year of each former step: 0 the windows around the same week, 1 .. periods - 1 between them; UINT32_MAX not used. */
static bool cut_years(size_t step, const struct vg_farrington_parameters *p, uint32_t *period)
{
    size_t w = p->half_window;
    for (size_t i = 0; i <= step; i++) {
        period[i] = i + w >= step ? 0 : UINT32_MAX;
    }
    size_t later = step;
    for (size_t year = 1; year <= p->years_back; year++) {
        double back = round((double)year * p->steps_per_year);
        if (back + (double)w > (double)step) {
            return false;
        }
        size_t reference = step - (size_t)back;
        for (size_t i = reference - w; i <= reference + w; i++) {
            period[i] = 0;
        }
        if (p->periods > 1) {
            if (later < reference + 2 * w + 1 + (p->periods - 1)) {
                return false;
            }
            size_t between = later - 2 * w - 1 - reference;
            size_t length = between / (p->periods - 1);
            size_t rest = between % (p->periods - 1);
            size_t at = reference + w + 1;
            for (uint32_t part = 1; part < p->periods; part++) {
                size_t end = at + length + (part <= rest ? 1 : 0);
                for (; at < end; at++) {
                    period[at] = part;
                }
            }
        }
        later = reference;
    }
    return true;
}

static int64_t count_quantile(double level, double mean, double phi)
{
    int64_t k = (int64_t)fmax(0, floor(mean) - 1);
    double size = phi > 1 ? mean / (phi - 1) : INFINITY;
    while (k > 0 && (phi > 1 ? vg_negative_binomial_cdf(k - 1, mean, size) : vg_poisson_cdf(k - 1, mean)) >= level) {
        k--;
    }
    while ((phi > 1 ? vg_negative_binomial_cdf(k, mean, size) : vg_poisson_cdf(k, mean)) < level) {
        k++;
    }
    return k;
}

static void judge(const struct fit *fit, const struct vg_farrington_parameters *p, double count, struct vg_alarm *out)
{
    double expected = exp(fit->coefficients[0]);
    double error = sqrt(fit->covariance[0][0] * fit->phi_of_errors); /* of the logarithm */
    double z = -vg_normal_quantile(p->alpha);
    out->expected = expected;
    if (p->method == VG_FARRINGTON_DELTA) {
        double tau = fit->phi + error * error * expected * expected / expected;
        double sd = sqrt(4.0 / 9 * cbrt(expected) * tau);
        double centre = cbrt(expected * expected);
        out->threshold = pow(centre + z * sd, 1.5);
        out->p_value = vg_normal_cdf(-(cbrt(count * count) - centre) / sd);
    } else {
        double mean = p->method == VG_FARRINGTON_MUAN ? exp(fit->coefficients[0] + z * error) : expected;
        int64_t whole = (int64_t)fmin(ceil(count), 1e15);
        if (!(mean < 1e9)) {
            out->status = VG_SERIES_NOT_CONVERGED;
            return;
        }
        out->threshold = (double)count_quantile(1 - p->alpha, mean, fit->phi);
        double below = whole <= 0 ? 0 : fit->phi > 1 ? vg_negative_binomial_cdf(whole - 1, mean, mean / (fit->phi - 1)) : vg_poisson_cdf(whole - 1, mean);
        out->p_value = 1 - below;
    }
    out->score = out->threshold > expected ? (count - expected) / (out->threshold - expected) : NAN;
    out->alarm = count > out->threshold && count > 0;
}

static bool enough_cases(const double *counts, size_t step, const struct vg_farrington_parameters *p)
{
    double sum = 0;
    for (size_t i = step + 1 > p->within_steps ? step + 1 - p->within_steps : 0; i <= step; i++) {
        sum += isnan(counts[i]) ? 0 : counts[i];
    }
    return sum >= p->fewest_cases;
}

static bool allocate(struct fit *fit, size_t n, struct vg_arena *scratch)
{
    double **const arrays[] = {&fit->counts, &fit->time, &fit->weight, &fit->mean, &fit->leverage};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) {
        *arrays[i] = VG_ARENA_ARRAY(scratch, double, n);
    }
    fit->period = VG_ARENA_ARRAY(scratch, uint32_t, n);
    return !scratch->failed;
}

static void judge_step(const double *counts, size_t step, const struct vg_farrington_parameters *p, uint32_t *period, struct fit *fit, struct vg_alarm *out)
{
    *out = (struct vg_alarm){VG_SERIES_TOO_SHORT, false, NAN, NAN, NAN, NAN};
    if (isnan(counts[step]) || !cut_years(step, p, period)) {
        return;
    }
    fit->n = 0;
    fit->n_periods = p->periods;
    for (size_t i = 0; i + p->left_out < step; i++) {
        if (counts[i] < 0) {
            out->status = VG_SERIES_BAD_INPUT;
            return;
        }
        if (period[i] != UINT32_MAX && !isnan(counts[i])) {
            fit->counts[fit->n] = counts[i];
            fit->time[fit->n] = ((double)i - (double)step) / p->steps_per_year;
            fit->period[fit->n++] = period[i];
        }
    }
    if (counts[step] < 0) {
        out->status = VG_SERIES_BAD_INPUT;
        return;
    }
    if (!fit_with_trend(fit, p)) {
        out->status = VG_SERIES_NOT_CONVERGED;
        return;
    }
    out->status = VG_SERIES_OK;
    judge(fit, p, counts[step], out);
    if (!enough_cases(counts, step, p)) {
        out->status = VG_SERIES_TOO_FEW;
        out->alarm = false;
        out->threshold = out->score = NAN;
    }
}

vg_status vg_alarm_farrington(const double *counts, size_t n, size_t first, const struct vg_farrington_parameters *parameters, struct vg_arena *scratch, struct vg_alarm *out,
                              struct vg_error *error)
{
    const struct vg_farrington_parameters *p = parameters;
    if (p->years_back < 1 || !(p->steps_per_year >= 4) || !(p->alpha > 0) || !(p->alpha < 1) || p->periods < 1 || p->periods + 1 > MOST_COEFFICIENTS ||
        (double)(2 * p->half_window + 1) > p->steps_per_year) {
        return vg_fail(error, VG_USAGE_ERROR, "Farrington's method needs at least one former year, an alpha between 0 and 1, 1 to %d periods and windows that fit into a year",
                       MOST_COEFFICIENTS - 1);
    }
    struct fit fit = {0};
    uint32_t *period = VG_ARENA_ARRAY(scratch, uint32_t, n);
    if (period == NULL || !allocate(&fit, n, scratch)) {
        return vg_fail_memory(error, n * 48);
    }
    for (size_t step = first; step < n; step++) {
        judge_step(counts, step, p, period, &fit, &out[step]);
    }
    return VG_OK;
}
