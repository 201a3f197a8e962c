/*
 * The case fatality ratio of each day with a prior that it changes little from day to day: negative binomial deaths, a random walk on the logit, Laplace's
 * approximation on a grid of step and dispersion, and the average over it (Rue, Martino and Chopin 2009). The curvature is tridiagonal, so all is linear in the
 * days.
 */
#include "control/severity/severity.h"

#include <math.h>
#include <string.h>

#define STEPS 9
#define SIZES 7
#define ROUNDS 60
#define LEAST_OUTCOMES 0.01

static const double step_sds[STEPS] = {0.002, 0.004, 0.008, 0.015, 0.03, 0.06, 0.1, 0.18, 0.3};
static const double sizes[SIZES] = {1e9, 200, 70, 25, 10, 4, 1.5};

struct walk {
    const double *deaths, *outcomes;
    size_t n;
    double start; /* of the walk, a priori with a standard deviation of 3 */
    double *eta, *gradient, *diagonal, *factor, *trial, *variance;
};

static double logistic(double eta)
{
    return 1 / (1 + exp(-eta));
}

/* Log likelihood of one day and its derivatives by eta; the curvature is the expected one, which is never negative. */
static double day(double deaths, double outcomes, double eta, double size, double *slope, double *curvature)
{
    *slope = *curvature = 0;
    if (outcomes < LEAST_OUTCOMES) {
        return 0;
    }
    double p = logistic(eta), mean = outcomes * p, by_eta = mean * (1 - p);
    *slope = (deaths / mean - (deaths + size) / (mean + size)) * by_eta;
    *curvature = by_eta * by_eta / (mean * (1 + mean / size));
    double count = size >= 1e9 ? -mean : -(size + deaths) * log1p(mean / size);
    double ways = size >= 1e9 ? 0 : vg_log_gamma(deaths + size) - vg_log_gamma(size) - deaths * log(size);
    return deaths * log(mean) + count + ways - vg_log_gamma(deaths + 1);
}

static double density(const struct walk *walk, const double *eta, double sd, double size)
{
    double slope, curvature, sum = -0.5 * pow((eta[0] - walk->start) / 3, 2);
    for (size_t t = 0; t < walk->n; t++) {
        sum += day(walk->deaths[t], walk->outcomes[t], eta[t], size, &slope, &curvature);
        sum -= t > 0 ? 0.5 * pow((eta[t] - eta[t - 1]) / sd, 2) : 0;
    }
    return sum;
}

/* Gradient and tridiagonal curvature (off-diagonal -1 / sd^2), then its factors: factor[t] are the pivots. Returns log of the determinant. */
static double curve(struct walk *walk, double sd, double size)
{
    double precision = 1 / (sd * sd), log_determinant = 0;
    size_t n = walk->n;
    for (size_t t = 0; t < n; t++) {
        double slope, curvature;
        (void)day(walk->deaths[t], walk->outcomes[t], walk->eta[t], size, &slope, &curvature);
        double back = t > 0 ? walk->eta[t] - walk->eta[t - 1] : 0, ahead = t + 1 < n ? walk->eta[t + 1] - walk->eta[t] : 0;
        walk->gradient[t] = slope - (back - ahead) * precision - (t == 0 ? (walk->eta[0] - walk->start) / 9 : 0);
        walk->diagonal[t] = curvature + precision * ((t > 0 ? 1 : 0) + (t + 1 < n ? 1 : 0)) + (t == 0 ? 1.0 / 9 : 0);
        walk->factor[t] = walk->diagonal[t] - (t > 0 ? precision * precision / walk->factor[t - 1] : 0);
        log_determinant += log(walk->factor[t]);
    }
    return log_determinant;
}

/* Newton's steps to the mode, halved where they go too far. Returns the Laplace approximation of the log evidence, or NaN. */
static double fit(struct walk *walk, double sd, double size)
{
    size_t n = walk->n;
    double precision = 1 / (sd * sd), now = density(walk, walk->eta, sd, size), log_determinant = 0;
    for (int round = 0; round < ROUNDS; round++) {
        log_determinant = curve(walk, sd, size);
        double *move = walk->gradient;
        for (size_t t = 1; t < n; t++) {
            move[t] += precision / walk->factor[t - 1] * move[t - 1];
        }
        move[n - 1] /= walk->factor[n - 1];
        for (size_t t = n - 1; t-- > 0;) {
            move[t] = (move[t] + precision * move[t + 1]) / walk->factor[t];
        }
        double length = 1, next = -INFINITY;
        for (int half = 0; half < 25; half++, length /= 2) {
            for (size_t t = 0; t < n; t++) {
                walk->trial[t] = walk->eta[t] + length * move[t];
            }
            next = density(walk, walk->trial, sd, size);
            if (next >= now - 1e-10) {
                break;
            }
        }
        if (!isfinite(next) || next < now - 1e-6) {
            return NAN;
        }
        memcpy(walk->eta, walk->trial, n * sizeof *walk->eta);
        bool done = next - now < 1e-7;
        now = next;
        if (done) {
            break;
        }
    }
    log_determinant = curve(walk, sd, size);
    return now - (double)(n - 1) * log(sd) - log_determinant / 2;
}

/* Diagonal of the inverse of a tridiagonal matrix, by pivots from both ends. */
static void variances(struct walk *walk, double sd)
{
    double precision = 1 / (sd * sd), above = 0;
    for (size_t t = walk->n; t-- > 0;) {
        double own = walk->diagonal[t] - (above > 0 ? precision * precision / above : 0); /* pivot from the other end */
        walk->variance[t] = 1 / (walk->factor[t] + own - walk->diagonal[t]);
        above = own;
    }
}

struct mixture {
    size_t n;
    double weight[STEPS * SIZES], *mean[STEPS * SIZES], *sd[STEPS * SIZES], step[STEPS * SIZES], size[STEPS * SIZES];
};

static double quantile(const struct mixture *mixture, size_t t, double level)
{
    double low = -40, high = 40;
    for (int i = 0; i < 60; i++) {
        double middle = (low + high) / 2, below = 0;
        for (size_t k = 0; k < mixture->n; k++) {
            below += mixture->weight[k] * vg_normal_cdf((middle - mixture->mean[k][t]) / mixture->sd[k][t]);
        }
        if (below < level) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return logistic((low + high) / 2);
}

static vg_status explore(struct walk *walk, struct vg_arena *arena, struct mixture *mixture, struct vg_error *error)
{
    double highest = -INFINITY, sum = 0;
    size_t n = walk->n;
    for (size_t s = 0; s < STEPS; s++) {
        for (size_t k = 0; k < SIZES; k++) {
            for (size_t t = 0; t < n; t++) {
                walk->eta[t] = walk->start;
            }
            double evidence = fit(walk, step_sds[s], sizes[k]);
            if (isnan(evidence) || evidence < highest - 12) {
                continue;
            }
            size_t at = mixture->n++;
            highest = fmax(highest, evidence);
            mixture->weight[at] = evidence;
            mixture->step[at] = step_sds[s];
            mixture->size[at] = sizes[k];
            mixture->mean[at] = VG_ARENA_ARRAY(arena, double, n);
            mixture->sd[at] = VG_ARENA_ARRAY(arena, double, n);
            if (arena->failed) {
                return vg_fail_memory(error, n * sizeof(double));
            }
            variances(walk, step_sds[s]);
            for (size_t t = 0; t < n; t++) {
                mixture->mean[at][t] = walk->eta[t];
                mixture->sd[at][t] = sqrt(walk->variance[t]);
            }
        }
    }
    for (size_t k = 0; k < mixture->n; k++) {
        mixture->weight[k] = exp(mixture->weight[k] - highest);
        sum += mixture->weight[k];
    }
    for (size_t k = 0; k < mixture->n; k++) {
        mixture->weight[k] /= sum;
    }
    return VG_OK;
}

vg_status vg_severity_through_time(const double *deaths, const double *outcomes, size_t n, struct vg_arena *arena, struct vg_severity_course *out,
                                   enum vg_severity_estimate_status *status, struct vg_error *error)
{
    double all_deaths = 0, all_outcomes = 0;
    *out = (struct vg_severity_course){.n = n};
    *status = VG_SEVERITY_TOO_FEW;
    for (size_t t = 0; t < n; t++) {
        if (!(deaths[t] >= 0) || !(outcomes[t] >= 0) || isinf(deaths[t]) || isinf(outcomes[t])) {
            return vg_fail(error, VG_USAGE_ERROR, "day %zu has %g deaths and %g outcomes", t + 1, deaths[t], outcomes[t]);
        }
        all_deaths += outcomes[t] >= LEAST_OUTCOMES ? deaths[t] : 0;
        all_outcomes += outcomes[t];
    }
    if (n < 7 || all_deaths < 5 || all_outcomes < 5) {
        return VG_OK;
    }
    struct walk walk = {.deaths = deaths, .outcomes = outcomes, .n = n};
    double share = fmin(0.98, (all_deaths + 0.5) / (all_outcomes + 1));
    walk.start = log(share / (1 - share));
    double **const rooms[] = {&walk.eta, &walk.gradient, &walk.diagonal, &walk.factor, &walk.trial, &walk.variance, &out->low, &out->median, &out->high};
    for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++) {
        *rooms[i] = VG_ARENA_ARRAY(arena, double, n);
    }
    struct mixture *mixture = VG_ARENA_ARRAY(arena, struct mixture, 1);
    if (arena->failed) {
        return vg_fail_memory(error, n * sizeof(double));
    }
    vg_status done = explore(&walk, arena, mixture, error);
    if (done != VG_OK || mixture->n == 0) {
        *status = VG_SEVERITY_NOT_CONVERGED;
        return done;
    }
    for (size_t k = 0; k < mixture->n; k++) {
        out->step_sd += mixture->weight[k] * mixture->step[k];
        out->dispersion += mixture->weight[k] / mixture->size[k];
    }
    for (size_t t = 0; t < n; t++) {
        out->low[t] = quantile(mixture, t, 0.025);
        out->median[t] = quantile(mixture, t, 0.5);
        out->high[t] = quantile(mixture, t, 0.975);
    }
    *status = VG_SEVERITY_OK;
    return VG_OK;
}
