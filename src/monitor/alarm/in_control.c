/*
 * What is expected while nothing happens: a log-linear regression on the season, a trend and a short cycle, Poisson or negative binomial, by maximum likelihood
 * (Fisher scoring for the coefficients, Newton's method for the dispersion, in turns: Venables WN, Ripley BD. Modern Applied Statistics with S, 2002, 7.4).
 */
#include "monitor/alarm/alarm.h"

#include <math.h>

#define MOST_COEFFICIENTS 32
#define ITERATIONS 100
#define ROUNDS 50
#define TOLERANCE 1e-10
#define PI 3.14159265358979323846
#define LEAST_DISPERSION 1e-7 /* below it the counts are as a Poisson's */

struct regression {
    const struct vg_in_control_parameters *parameters;
    size_t n_coefficients, n;
    const double *counts;
    double *rows;                       /* [n * n_coefficients] */
    double *mean;                       /* [n] */
    double coefficients[MOST_COEFFICIENTS];
    double dispersion;
};

void vg_in_control_defaults(struct vg_in_control_parameters *parameters)
{
    *parameters = (struct vg_in_control_parameters){.harmonics = 1, .steps_per_year = 365.25 / 7, .dispersion = NAN};
}

static void fill_row(const struct vg_in_control_parameters *p, size_t step, size_t n, double *row)
{
    size_t column = 0;
    row[column++] = 1;
    if (p->trend) {
        row[column++] = (double)step / (double)n;
    }
    for (size_t h = 1; h <= p->harmonics; h++) {
        double angle = 2 * PI * (double)h * (double)step / p->steps_per_year;
        row[column++] = cos(angle);
        row[column++] = sin(angle);
    }
    for (size_t level = 1; level < p->cycle; level++) {
        row[column++] = step % p->cycle == level;
    }
}

/* Solves the symmetric positive definite system in place by Cholesky; false where it is none. */
static bool solve(double matrix[MOST_COEFFICIENTS][MOST_COEFFICIENTS], double *right, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j <= i; j++) {
            double sum = matrix[i][j];
            for (size_t k = 0; k < j; k++) {
                sum -= matrix[i][k] * matrix[j][k];
            }
            if (i == j && !(sum > 1e-12 * matrix[i][i])) {
                return false;
            }
            matrix[i][j] = i == j ? sqrt(sum) : sum / matrix[j][j];
        }
        for (size_t k = 0; k < i; k++) {
            right[i] -= matrix[i][k] * right[k];
        }
        right[i] /= matrix[i][i];
    }
    for (size_t i = n; i > 0; i--) {
        for (size_t k = i; k < n; k++) {
            right[i - 1] -= matrix[k][i - 1] * right[k];
        }
        right[i - 1] /= matrix[i - 1][i - 1];
    }
    return true;
}

/* The log likelihood up to what does not depend on the mean. */
static double fit_of(const struct regression *r)
{
    double sum = 0;
    for (size_t i = 0; i < r->n; i++) {
        double m = r->mean[i];
        sum += r->counts[i] * log(m) - (r->dispersion > 0 ? (r->counts[i] + 1 / r->dispersion) * log1p(r->dispersion * m) : m);
    }
    return sum;
}

static void predict(struct regression *r, const double *coefficients)
{
    for (size_t i = 0; i < r->n; i++) {
        double eta = 0;
        for (size_t c = 0; c < r->n_coefficients; c++) {
            eta += r->rows[i * r->n_coefficients + c] * coefficients[c];
        }
        r->mean[i] = exp(fmin(fmax(eta, -30), 30));
    }
}

/* One step of Fisher scoring, halved until the likelihood does not fall. */
static bool score_step(struct regression *r, double *likelihood)
{
    double information[MOST_COEFFICIENTS][MOST_COEFFICIENTS] = {{0}};
    double step[MOST_COEFFICIENTS] = {0};
    size_t p = r->n_coefficients;
    for (size_t i = 0; i < r->n; i++) {
        const double *row = r->rows + i * p;
        double scale = 1 / (1 + r->dispersion * r->mean[i]);
        for (size_t a = 0; a < p; a++) {
            step[a] += row[a] * (r->counts[i] - r->mean[i]) * scale;
            for (size_t b = 0; b <= a; b++) {
                information[a][b] += row[a] * row[b] * r->mean[i] * scale;
            }
        }
    }
    if (!solve(information, step, p)) {
        return false;
    }
    double former = *likelihood;
    for (double size = 1; size > 1e-6; size /= 2) {
        double trial[MOST_COEFFICIENTS];
        for (size_t c = 0; c < p; c++) {
            trial[c] = r->coefficients[c] + size * step[c];
        }
        predict(r, trial);
        *likelihood = fit_of(r);
        if (*likelihood >= former - 1e-12 * fabs(former)) {
            for (size_t c = 0; c < p; c++) {
                r->coefficients[c] = trial[c];
            }
            return true;
        }
    }
    predict(r, r->coefficients);
    *likelihood = former; /* nothing is better than what there is */
    return true;
}

static bool fit_coefficients(struct regression *r)
{
    double likelihood = fit_of(r);
    for (int i = 0; i < ITERATIONS; i++) {
        double former = likelihood;
        if (!score_step(r, &likelihood) || !isfinite(likelihood)) {
            return false;
        }
        if (fabs(likelihood - former) <= TOLERANCE * (1 + fabs(likelihood))) {
            return true;
        }
    }
    return false;
}

/* Digamma and trigamma, differences from their argument plus count: sums for small counts, Stirling's series else. */
static void gamma_differences(double from, double count, double *digamma, double *trigamma)
{
    *digamma = 0;
    *trigamma = 0;
    double ends[2] = {from, from + count};
    for (int i = 0; i < 2; i++) {
        double sign = i == 0 ? -1 : 1;
        double x = ends[i];
        while (x < 12) {
            *digamma -= sign / x;
            *trigamma += sign / (x * x);
            x += 1;
        }
        double q = 1 / (x * x);
        *digamma += sign * (log(x) - 0.5 / x - q * (1.0 / 12 - q * (1.0 / 120 - q * (1.0 / 252 - q / 240))));
        *trigamma += sign * (1 / x + 0.5 * q + q / x * (1.0 / 6 - q * (1.0 / 30 - q * (1.0 / 42 - q / 30))));
    }
}

/* First and second derivative of the log likelihood in log size, size = 1 / dispersion. */
static void size_slope(const struct regression *r, double size, double *first, double *second)
{
    double slope = 0;
    double curvature = 0;
    for (size_t i = 0; i < r->n; i++) {
        double m = r->mean[i];
        double y = r->counts[i];
        double digamma = 0;
        double trigamma = 0;
        gamma_differences(size, y, &digamma, &trigamma);
        slope += digamma - log1p(m / size) + (m - y) / (size + m);
        curvature += trigamma + m / (size * (size + m)) - (m - y) / ((size + m) * (size + m));
    }
    *first = slope * size;
    *second = curvature * size * size + slope * size;
}

/* Newton's method in log size between bounds; where even the largest size is too small, the counts are no more dispersed than a Poisson's. */
static void fit_dispersion(struct regression *r)
{
    double low = log(1e-4);
    double high = -log(LEAST_DISPERSION);
    double first = 0;
    double second = 0;
    size_slope(r, exp(high), &first, &second);
    if (first >= 0) {
        r->dispersion = 0;
        return;
    }
    double at = r->dispersion > 0 ? -log(r->dispersion) : 1;
    for (int i = 0; i < ITERATIONS; i++) {
        size_slope(r, exp(at), &first, &second);
        low = first > 0 ? at : low;
        high = first > 0 ? high : at;
        double next = second < 0 ? at - first / second : (low + high) / 2;
        next = next > low && next < high ? next : (low + high) / 2;
        if (fabs(next - at) < 1e-10) {
            break;
        }
        at = next;
    }
    r->dispersion = exp(-at);
}

static enum vg_series_status fit(struct regression *r)
{
    double total = 0;
    for (size_t i = 0; i < r->n; i++) {
        total += r->counts[i];
        if (r->counts[i] < 0) {
            return VG_SERIES_BAD_INPUT;
        }
    }
    if (r->n < 2 * r->n_coefficients) {
        return VG_SERIES_TOO_SHORT;
    }
    if (!(total > 0)) {
        return VG_SERIES_TOO_FEW;
    }
    bool free_dispersion = isnan(r->parameters->dispersion);
    r->dispersion = free_dispersion ? 0 : r->parameters->dispersion;
    r->coefficients[0] = log(total / (double)r->n);
    predict(r, r->coefficients);
    if (!fit_coefficients(r)) {
        return VG_SERIES_NOT_CONVERGED;
    }
    for (int round = 0; free_dispersion && round < ROUNDS; round++) {
        double former = r->dispersion;
        fit_dispersion(r);
        if (r->dispersion == 0 || fabs(r->dispersion - former) <= 1e-9 * r->dispersion) {
            break;
        }
        if (!fit_coefficients(r)) {
            return VG_SERIES_NOT_CONVERGED;
        }
    }
    return r->dispersion > 0 || !free_dispersion || fit_coefficients(r) ? VG_SERIES_OK : VG_SERIES_NOT_CONVERGED;
}

vg_status vg_alarm_in_control(const double *counts, size_t n_fitted, size_t n, const struct vg_in_control_parameters *parameters, struct vg_arena *scratch, double *mean,
                              double *dispersion, enum vg_series_status *series_status, struct vg_error *error)
{
    const struct vg_in_control_parameters *p = parameters;
    size_t n_coefficients = 1 + (size_t)p->trend + 2 * p->harmonics + (p->cycle > 1 ? p->cycle - 1 : 0);
    if (p->harmonics > 8 || p->cycle > 14 || n_coefficients > MOST_COEFFICIENTS || p->dispersion < 0 || (p->harmonics > 0 && !(p->steps_per_year > 2)) || n_fitted > n) {
        return vg_fail(error, VG_USAGE_ERROR, "the usual level has at most 8 harmonics and a cycle of at most 14 steps, and a dispersion that is not negative");
    }
    struct regression r = {.parameters = p, .n_coefficients = n_coefficients};
    double *known = VG_ARENA_ARRAY(scratch, double, n_fitted + 1);
    r.rows = VG_ARENA_ARRAY(scratch, double, (n_fitted + 1) * n_coefficients);
    r.mean = VG_ARENA_ARRAY(scratch, double, n_fitted + 1);
    if (known == NULL || r.rows == NULL || r.mean == NULL) {
        return vg_fail_memory(error, n_fitted * n_coefficients * sizeof(double));
    }
    for (size_t i = 0; i < n_fitted; i++) {
        if (!isnan(counts[i])) {
            fill_row(p, i, n, r.rows + r.n * n_coefficients);
            known[r.n++] = counts[i];
        }
    }
    r.counts = known;
    *series_status = fit(&r);
    *dispersion = *series_status == VG_SERIES_OK ? r.dispersion : NAN;
    for (size_t i = 0; i < n; i++) {
        double row[MOST_COEFFICIENTS];
        double eta = 0;
        fill_row(p, i, n, row);
        for (size_t c = 0; c < n_coefficients; c++) {
            eta += row[c] * r.coefficients[c];
        }
        mean[i] = *series_status == VG_SERIES_OK ? exp(eta) : NAN;
    }
    return VG_OK;
}
