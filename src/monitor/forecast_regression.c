/*
 * The regression's coefficients from normal equations: the series' own and its siblings', with a ridge that draws to a change that goes on by a quarter to
 * two fifths of the last one. And seasonal analogues: the weeks of the series' past that were most like the newest ones in their changes, in their height
 * over the usual level and in the time of the year, say what came next (nearest neighbours with a kernel; Viboud et al. 2003).
 */
#include "monitor/forecast_internal.h"

#include <math.h>
#include <stdlib.h>

#define RIDGE 15.0
#define CONSTANT_FEATURE 5
#define OWN_SHARE 0.3        /* of the series' own equations beside its siblings' */
#define SIBLING_WEEKS 150.0  /* what the siblings' equations weigh at most */

static const double persistence[VG_FORECAST_WEEKS] = {0.25, 0.35, 0.4, 0.4};

void forecast_regress(const double *own, const double *pooled, size_t week, double *coefficients)
{
    enum { N = FORECAST_FEATURES };
    double matrix[N][N], right[N];
    const double *mine = own + week * FORECAST_SUMS;
    const double *theirs = pooled == NULL ? NULL : pooled + week * FORECAST_SUMS;
    double share = 0;
    if (theirs != NULL) {
        double n = theirs[CONSTANT_FEATURE * (CONSTANT_FEATURE + 1) / 2 + CONSTANT_FEATURE] / 0.09;
        share = fmin(1, SIBLING_WEEKS / (n + 1));
    }
    double own_share = theirs == NULL ? 1 : OWN_SHARE;
    size_t at = 0;
    for (size_t i = 0; i < N; i++) {
        for (size_t j = 0; j <= i; j++, at++) {
            matrix[i][j] = own_share * mine[at] + (theirs == NULL ? 0 : share * theirs[at]);
        }
        matrix[i][i] += i == CONSTANT_FEATURE ? 1 : RIDGE;
    }
    for (size_t i = 0; i < N; i++, at++) {
        right[i] = own_share * mine[at] + (theirs == NULL ? 0 : share * theirs[at]);
    }
    right[0] += RIDGE * persistence[week];
    for (size_t i = 0; i < N; i++) { /* Cholesky, then forward and back */
        for (size_t j = 0; j <= i; j++) {
            double sum = matrix[i][j];
            for (size_t k = 0; k < j; k++) {
                sum -= matrix[i][k] * matrix[j][k];
            }
            matrix[i][j] = i == j ? sqrt(fmax(sum, 1e-9)) : sum / matrix[j][j];
        }
    }
    for (size_t i = 0; i < N; i++) {
        double sum = right[i];
        for (size_t k = 0; k < i; k++) {
            sum -= matrix[i][k] * coefficients[k];
        }
        coefficients[i] = sum / matrix[i][i];
    }
    for (size_t i = N; i-- > 0;) {
        double sum = coefficients[i];
        for (size_t k = i + 1; k < N; k++) {
            sum -= matrix[k][i] * coefficients[k];
        }
        coefficients[i] = sum / matrix[i][i];
    }
}

/* ------------------------------------------------------------------ analogues */

#define SHAPE_WEEKS 5
#define NEAREST 12
#define HEIGHT_WEIGHT 0.3
#define SEASON_WEIGHT 0.075
#define SEASON_MOST 64.0
#define ANALOGUES_MOST 520 /* weeks back */

/* How unlike the weeks up to `then` are to those up to t, in squared usual changes. */
static double unlike(const struct forecast_course *course, size_t t, size_t then)
{
    double distance = 0;
    for (size_t back = 1; back < SHAPE_WEEKS; back++) {
        double now = (course->filled[t - back] - course->filled[t]) / course->size[t];
        double past = (course->filled[then - back] - course->filled[then]) / course->size[then];
        double apart = fmin(fabs(now - past), 6);
        distance += apart * apart;
    }
    double height = fmin(fabs((course->filled[t] - course->level[t]) / course->size[t] - (course->filled[then] - course->level[then]) / course->size[then]), 8);
    double apart = fmod((double)(t - then), FORECAST_SEASON_WEEKS);
    apart = fmin(apart, FORECAST_SEASON_WEEKS - apart);
    return distance + HEIGHT_WEIGHT * height * height + SEASON_WEIGHT * fmin(apart * apart, SEASON_MOST);
}

void forecast_course_analogues(const struct forecast_course *course, size_t t, double *points)
{
    double distances[ANALOGUES_MOST], nearest[NEAREST], sums[VG_FORECAST_WEEKS] = {0}, total = 0;
    size_t first = t > ANALOGUES_MOST + VG_FORECAST_WEEKS ? t - ANALOGUES_MOST - VG_FORECAST_WEEKS : 0;
    first = first < FORECAST_FIRST + SHAPE_WEEKS ? FORECAST_FIRST + SHAPE_WEEKS : first;
    size_t n = 0, n_nearest = 0;
    if ((double)t + 1 < 2 * FORECAST_SEASON_WEEKS) {
        return;
    }
    for (size_t then = first; then + VG_FORECAST_WEEKS <= t; then++) {
        double distance = unlike(course, t, then);
        distances[n++] = distance;
        if (isnan(distance) || (n_nearest == NEAREST && distance >= nearest[NEAREST - 1])) {
            continue;
        }
        size_t at = n_nearest < NEAREST ? n_nearest++ : NEAREST - 1;
        for (; at > 0 && nearest[at - 1] > distance; at--) {
            nearest[at] = nearest[at - 1];
        }
        nearest[at] = distance;
    }
    if (n_nearest < NEAREST) {
        return;
    }
    double width = fmax(nearest[NEAREST - 1], 1e-6);
    for (size_t i = 0; i < n; i++) {
        double weight = exp(-2 * distances[i] / width);
        if (isnan(weight) || weight < 1e-3) {
            continue;
        }
        total += weight;
        for (size_t week = 0; week < VG_FORECAST_WEEKS; week++) {
            double change = (course->filled[first + i + week + 1] - course->filled[first + i]) / course->size[first + i];
            sums[week] += weight * fmax(-8, fmin(8, change));
        }
    }
    for (size_t week = 0; week < VG_FORECAST_WEEKS; week++) {
        points[week] = course->filled[t] + course->size[t] * sums[week] / (total + 1);
    }
}
