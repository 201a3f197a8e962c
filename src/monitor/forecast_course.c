/*
 * One weekly series run forward on the square-root or fourth-root scale: its usual change, its level, a bank of damped trends with errors clipped before they
 * move the states (Gardner and McKenzie 1985; Gelper et al. 2010) and weighted by their past one-step errors, the season's usual change, and the features and
 * normal equations of a direct regression of the change 1 to 4 weeks ahead. All changes are in units of the series' own usual change, so that places of any
 * size can learn from each other. Errors of the models' former forecasts give their spread; the law is lopsided, since epidemics rise faster than they fall.
 */
#include "monitor/forecast_internal.h"

#include <math.h>
#include <stdlib.h>

#define SIZE_HALF_LIFE 50.0
#define RECENT_HALF_LIFE 4.0
#define RECENT_SHARE 0.6   /* power with which the recent size moves the spread */
#define CHANCE_SHARE 0.5   /* least size over the standard deviation of a Poisson count */
#define LEVEL_WEEKS 26.0
#define BANK_HALF_LIFE 26.0
#define BANK_CLIP 3.0
#define RESPONSE_MOST 5.0
#define FEATURE_MOST 4.0
#define ERROR_MOST 8.0
#define WEIGHT_MOST 4.0
#define PEAK_HALF_LIFE 208.0
#define GROWTH_UNIT 0.65   /* usual size of the change that comes in a week, beside its spread */
#define SHIFT -0.1
#define SHIFT_GROWTH 0.4
#define SPREAD_HEIGHT 0.45
#define SPREAD_GROWTH 0.35
#define USUAL_HEIGHT 0.7
#define WAVE 2.0
#define UPPER_SHARE 0.85   /* of the Student law's upper half; the rises that it stood for are in the shift and the spread by growth */
#define SUMS_HALF_LIFE 104.0
#define ERROR_HALF_LIFE 80.0
#define YEARS_MOST 12
#define TAIL_FREEDOM 3.5   /* of the Student law of errors */
#define TAIL_MEAN 1.0409625624 /* its mean absolute value */

enum feature {
    CHANGE_1, CHANGE_2, CHANGE_3, FROM_LEVEL, SEASON, CONSTANT, SIBLINGS_1, SIBLINGS_2, LEADING_1, LEADING_2, LEADING_3, FROM_TREND, TREND, TOTAL
};

static const double bank_levels[] = {0.35, 0.65, 0.95}, bank_trends[] = {0.1, 0.3, 0.6}, bank_dampings[] = {0.6, 0.87};

static double clip(double value, double most)
{
    return value > most ? most : value < -most ? -most : value;
}

static double scaled(double count, size_t scale)
{
    return scale == 0 ? sqrt(count) : sqrt(sqrt(count));
}

static double counted(double value, size_t scale)
{
    double square = value > 0 ? value * value : 0;
    return scale == 0 ? square : square * square;
}

/* Standard deviation on the scale of a Poisson count with the mean that the value stands for. */
static double chance(double value, size_t scale)
{
    double count = fmax(counted(value, scale), 0.5);
    return scale == 0 ? 0.5 : 0.25 * pow(count, -0.25);
}

vg_status forecast_course_open(struct forecast_course *course, const double *counts, size_t n, size_t scale, struct vg_arena *arena, struct vg_error *error)
{
    *course = (struct forecast_course){.n = n, .scale = scale, .counts = counts};
    course->filled = VG_ARENA_ARRAY(arena, double, n);
    course->size = VG_ARENA_ARRAY(arena, double, n);
    course->recent_size = VG_ARENA_ARRAY(arena, double, n);
    course->peak = VG_ARENA_ARRAY(arena, double, n);
    course->level = VG_ARENA_ARRAY(arena, double, n);
    course->season = VG_ARENA_ARRAY(arena, double, n *VG_FORECAST_WEEKS);
    course->features = VG_ARENA_ARRAY(arena, double, n *FORECAST_FEATURES);
    course->points = VG_ARENA_ARRAY(arena, double, n *FORECAST_MODELS *VG_FORECAST_WEEKS);
    course->own = VG_ARENA_ARRAY(arena, double, VG_FORECAST_WEEKS *FORECAST_SUMS);
    if (arena->failed) {
        return vg_fail_memory(error, n * FORECAST_FEATURES * sizeof(double));
    }
    for (size_t i = 0; i < n * FORECAST_MODELS * VG_FORECAST_WEEKS; i++) {
        course->points[i] = NAN;
    }
    for (size_t i = 0; i < n; i++) {
        course->features[i * FORECAST_FEATURES] = NAN;
    }
    return VG_OK;
}

static void take_sizes(struct forecast_course *course, size_t t, double value)
{
    double before = t > 0 ? course->filled[t - 1] : NAN;
    double change = fabs(value - before);
    course->filled[t] = isnan(value) ? before : value;
    double least = CHANCE_SHARE * chance(course->filled[t], course->scale);
    double size = t > 0 ? course->size[t - 1] : NAN;
    if (isnan(size)) {
        course->size[t] = course->recent_size[t] = isnan(change) ? NAN : fmax(change, least);
    } else if (isnan(change)) {
        course->size[t] = size;
        course->recent_size[t] = course->recent_size[t - 1];
    } else {
        double memory = exp2(-1 / SIZE_HALF_LIFE), recent_memory = exp2(-1 / RECENT_HALF_LIFE);
        course->size[t] = fmax(memory * size + (1 - memory) * fmin(change, 4 * size), least);
        course->recent_size[t] = fmax(recent_memory * course->recent_size[t - 1] + (1 - recent_memory) * fmin(change, 4 * course->size[t]), least);
    }
    double peak = t > 0 ? course->peak[t - 1] : NAN;
    course->peak[t] = fmax(course->filled[t], exp2(-1 / PEAK_HALF_LIFE) * peak);
    double level = t > 0 ? course->level[t - 1] : NAN;
    course->level[t] = isnan(level) ? course->filled[t] : level + (course->filled[t] - level) / LEVEL_WEEKS;
}

static void take_bank(struct forecast_course *course, size_t t, double value)
{
    double memory = exp2(-1 / BANK_HALF_LIFE), size = course->size[t];
    bool begins = t == 0 || isnan(course->filled[t - 1]);
    for (size_t i = 0; i < FORECAST_BANK && !isnan(course->filled[t]); i++) {
        if (begins) {
            course->bank_level[i] = course->filled[t];
            course->bank_trend[i] = 0;
            continue;
        }
        double alpha = bank_levels[i % 3], beta = bank_trends[i / 3 % 3];
        double trend = bank_dampings[i / 9] * course->bank_trend[i];
        double error = isnan(value) ? 0 : value - course->bank_level[i] - trend;
        if (!isnan(size)) {
            double relative = clip(error / size, FEATURE_MOST);
            course->bank_loss[i] = course->bank_loss[i] * memory + 0.5 * relative * relative;
            error = clip(error, BANK_CLIP * size);
        }
        course->bank_level[i] += trend + alpha * error;
        course->bank_trend[i] = trend + alpha * beta * error;
    }
}

static void features_of(const struct forecast_course *course, size_t origin, size_t week, double *features)
{
    for (size_t i = 0; i < FORECAST_FEATURES; i++) {
        features[i] = course->features[origin * FORECAST_FEATURES + i];
    }
    features[SEASON] = clip(course->season[origin * VG_FORECAST_WEEKS + week], FEATURE_MOST);
}

static void add_products(double *sums, const double *features, double response, double weight)
{
    size_t at = 0;
    for (size_t i = 0; i < FORECAST_FEATURES; i++) {
        for (size_t j = 0; j <= i; j++) {
            sums[at++] += weight * features[i] * features[j];
        }
    }
    for (size_t i = 0; i < FORECAST_FEATURES; i++) {
        sums[at++] += weight * features[i] * response;
    }
}

static double spread_size(const struct forecast_course *course, size_t t)
{
    return course->size[t] * pow(course->recent_size[t] / course->size[t], RECENT_SHARE);
}

/* Weeks count by what their errors are in cases. */
static double weight_of(const struct forecast_course *course, size_t origin)
{
    double ratio = (course->filled[origin] + 0.1) / (course->level[origin] + 0.1);
    return clip(course->scale == 0 ? ratio : ratio * ratio * ratio, WEIGHT_MOST);
}

/*
 * Epidemics rise faster than they fall, so the middle of what comes lies below its mean, the more so the nearer a week is to the highest one; and errors are
 * larger there and in growth. How much so, in units of the spread, was the same for cases, deaths, dengue and influenza.
 */
static const double shift_height[VG_FORECAST_WEEKS] = {-0.15, -0.3, -0.4, -0.45};

/* A value over the place's highest one: 0 .. 1. */
static double over_peak(const struct forecast_course *course, size_t t, double value)
{
    double ratio = course->peak[t] > 0 ? fmin(1, fmax(value, 0) / course->peak[t]) : 0;
    return course->scale == 0 ? ratio : ratio * ratio;
}

/* The change that is said, in units of what usually comes. */
static double growth_of(const struct forecast_course *course, size_t t, size_t week, double point)
{
    return clip((point - course->filled[t]) / (GROWTH_UNIT * spread_size(course, t) * sqrt((double)week + 1)), 1);
}

/* What errors are measured in. */
static double expected_size(const struct forecast_course *course, size_t t, size_t week, double point)
{
    double height = over_peak(course, t, course->filled[t]) - USUAL_HEIGHT, growth = growth_of(course, t, week, point);
    return spread_size(course, t) * exp(SPREAD_HEIGHT * height + SPREAD_GROWTH * fmax(growth, 0));
}

/* Where the middle of what comes lies beside the point, in units of the spread. */
static double shift_of(const struct forecast_course *course, size_t t, size_t week, double point)
{
    /* A place that never leaves its usual level has no waves to come down from. */
    double wave = fmin(1, WAVE * (1 - over_peak(course, t, course->level[t])));
    return SHIFT + shift_height[week] * wave * over_peak(course, t, course->filled[t]) + SHIFT_GROWTH * growth_of(course, t, week, point);
}

/* What the value says of the forecasts made `week` + 1 weeks before. */
static void take_outcome(struct forecast_course *course, size_t t, double value, size_t week, double *pooled, double *errors)
{
    size_t origin = t - week - 1;
    if (origin < FORECAST_FIRST || isnan(course->features[origin * FORECAST_FEATURES])) {
        return;
    }
    double features[FORECAST_FEATURES], weight = weight_of(course, origin);
    double response = clip((value - course->filled[origin]) / course->size[origin], RESPONSE_MOST);
    features_of(course, origin, week, features);
    add_products(course->own + week * FORECAST_SUMS, features, response, weight);
    if (pooled != NULL) {
        add_products(pooled + week * FORECAST_SUMS, features, response, weight);
    }
    for (size_t model = 0; model < FORECAST_MODELS; model++) {
        double point = course->points[(origin * FORECAST_MODELS + model) * VG_FORECAST_WEEKS + week];
        double error = fmin(fabs(value - point) / expected_size(course, origin, week, point), ERROR_MOST);
        if (isnan(point)) {
            continue;
        }
        course->error_sum[model][week] += error;
        course->error_weight[model][week] += 1;
        if (errors != NULL) {
            errors[(model * VG_FORECAST_WEEKS + week) * 2] += error;
            errors[(model * VG_FORECAST_WEEKS + week) * 2 + 1] += 1;
        }
    }
}

void forecast_course_take(struct forecast_course *course, size_t t, double *pooled, double *errors)
{
    double value = course->counts[t] >= 0 ? scaled(course->counts[t], course->scale) : NAN;
    double memory = exp2(-1 / SUMS_HALF_LIFE), error_memory = exp2(-1 / ERROR_HALF_LIFE);
    take_sizes(course, t, value);
    take_bank(course, t, value);
    for (size_t i = 0; i < VG_FORECAST_WEEKS * FORECAST_SUMS; i++) {
        course->own[i] *= memory;
    }
    for (size_t i = 0; i < FORECAST_MODELS * VG_FORECAST_WEEKS; i++) {
        course->error_sum[i / VG_FORECAST_WEEKS][i % VG_FORECAST_WEEKS] *= error_memory;
        course->error_weight[i / VG_FORECAST_WEEKS][i % VG_FORECAST_WEEKS] *= error_memory;
    }
    for (size_t week = 0; week < VG_FORECAST_WEEKS && week + 1 <= t && !isnan(value); week++) {
        take_outcome(course, t, value, week, pooled, errors);
    }
}

double forecast_course_change(const struct forecast_course *course, size_t t, size_t weeks, double most)
{
    return t < weeks || isnan(course->size[t]) ? NAN : clip((course->filled[t] - course->filled[t - weeks]) / course->size[t], most);
}

/* Mean change in the weeks after the same week of former years, neighbours counting less, shrunk to none. */
static void look_at_season(struct forecast_course *course, size_t t)
{
    double sums[VG_FORECAST_WEEKS] = {0}, weights[VG_FORECAST_WEEKS] = {0};
    for (int year = 1; year <= YEARS_MOST && t + 2 >= (size_t)(FORECAST_SEASON_WEEKS * year) + FORECAST_FIRST; year++) {
        for (int beside = -2; beside <= 2; beside++) {
            long then = (long)t - lround(FORECAST_SEASON_WEEKS * year) + beside;
            double weight = 3 - abs(beside);
            for (size_t week = 0; then >= FORECAST_FIRST && week < VG_FORECAST_WEEKS && (size_t)then + week + 1 <= t; week++) {
                double change = (course->filled[(size_t)then + week + 1] - course->filled[then]) / course->size[then];
                if (!isnan(change)) {
                    sums[week] += weight * clip(change, 2 * FEATURE_MOST);
                    weights[week] += weight;
                }
            }
        }
    }
    for (size_t week = 0; week < VG_FORECAST_WEEKS; week++) {
        course->season[t * VG_FORECAST_WEEKS + week] = sums[week] / (weights[week] + 9);
    }
}

/* The bank's level and trend, each filter weighing by its past errors. */
static void bank_mean(const struct forecast_course *course, double *weights)
{
    double least = INFINITY, total = 0;
    for (size_t i = 0; i < FORECAST_BANK; i++) {
        least = fmin(least, course->bank_loss[i]);
    }
    for (size_t i = 0; i < FORECAST_BANK; i++) {
        weights[i] = exp(least - course->bank_loss[i]);
        total += weights[i];
    }
    for (size_t i = 0; i < FORECAST_BANK; i++) {
        weights[i] /= total;
    }
}

static double change_between(const struct forecast_course *course, size_t t, size_t newer, size_t older)
{
    return (course->filled[t - newer] - course->filled[t - older]) / course->size[t];
}

void forecast_course_look(struct forecast_course *course, size_t t, const struct forecast_context *context)
{
    double *features = course->features + t * FORECAST_FEATURES;
    double size = course->size[t], weights[FORECAST_BANK], level = 0, trend = 0;
    if (t < FORECAST_FIRST || isnan(size)) {
        return;
    }
    look_at_season(course, t);
    bank_mean(course, weights);
    for (size_t i = 0; i < FORECAST_BANK; i++) {
        level += weights[i] * course->bank_level[i];
        trend += weights[i] * course->bank_trend[i];
    }
    features[CHANGE_1] = change_between(course, t, 0, 1);
    features[CHANGE_2] = change_between(course, t, 1, 2);
    features[CHANGE_3] = change_between(course, t, 2, 4) / 2;
    features[FROM_LEVEL] = (course->filled[t] - course->level[t]) / size / 4;
    features[FROM_TREND] = (level - course->filled[t]) / size;
    features[TREND] = trend / size;
    if (context->week != NULL) {
        features[SIBLINGS_1] = context->week->one[course->scale];
        features[SIBLINGS_2] = context->week->two[course->scale];
        features[TOTAL] = context->week->total;
    }
    if (context->leading != NULL && t >= FORECAST_FIRST + 2) {
        features[LEADING_1] = change_between(context->leading, t, 0, 1);
        features[LEADING_2] = change_between(context->leading, t, 1, 3) / 2;
        features[LEADING_3] = change_between(context->leading, t, 3, 5) / 2;
    }
    for (size_t i = 0; i < FORECAST_FEATURES; i++) {
        features[i] = isnan(features[i]) ? 0 : clip(features[i], FEATURE_MOST);
    }
    features[CONSTANT] = 0.3;
}

static void say_trend(const struct forecast_course *course, double *points)
{
    double weights[FORECAST_BANK];
    bank_mean(course, weights);
    for (size_t week = 0; week < VG_FORECAST_WEEKS; week++) {
        points[week] = 0;
    }
    for (size_t i = 0; i < FORECAST_BANK; i++) {
        double value = course->bank_level[i], trend = course->bank_trend[i];
        for (size_t week = 0; week < VG_FORECAST_WEEKS; week++) {
            trend *= bank_dampings[i / 9];
            value += trend;
            points[week] += weights[i] * value;
        }
    }
}

void forecast_course_say(struct forecast_course *course, size_t t, const struct forecast_context *context)
{
    double *points = course->points + t * FORECAST_MODELS * VG_FORECAST_WEEKS;
    if (isnan(course->features[t * FORECAST_FEATURES])) {
        return;
    }
    say_trend(course, points + FORECAST_TREND * VG_FORECAST_WEEKS);
    for (size_t week = 0; week < VG_FORECAST_WEEKS; week++) {
        double features[FORECAST_FEATURES], coefficients[FORECAST_FEATURES], change = 0;
        features_of(course, t, week, features);
        forecast_regress(course->own, context->sums, week, coefficients);
        for (size_t i = 0; i < FORECAST_FEATURES; i++) {
            change += coefficients[i] * features[i];
        }
        points[FORECAST_LAST * VG_FORECAST_WEEKS + week] = course->filled[t];
        points[FORECAST_REGRESSION * VG_FORECAST_WEEKS + week] = course->filled[t] + change * course->size[t];
    }
    if (context->with_analogues) {
        forecast_course_analogues(course, t, points + FORECAST_ANALOGUES * VG_FORECAST_WEEKS);
    }
}

void forecast_course_quantiles(const struct forecast_course *course, size_t t, enum forecast_model model, const double *pooled_errors, double *quantiles)
{
    for (size_t week = 0; week < VG_FORECAST_WEEKS; week++) {
        double point = course->points[(t * FORECAST_MODELS + model) * VG_FORECAST_WEEKS + week];
        bool pooled = pooled_errors != NULL && pooled_errors[week * 2 + 1] > 10;
        double expected = pooled ? pooled_errors[week * 2] / pooled_errors[week * 2 + 1] : 0.9 * sqrt((double)week + 1);
        double credit = pooled ? 100 : 6;
        double error = (course->error_sum[model][week] + credit * expected) / (course->error_weight[model][week] + credit);
        double spread = expected_size(course, t, week, point) * error / TAIL_MEAN, shift = shift_of(course, t, week, point);
        for (size_t level = 0; level < VG_FORECAST_LEVELS; level++) {
            double value = point + spread * (shift + (level > VG_FORECAST_MEDIAN ? UPPER_SHARE : 1) * forecast_tail[level]);
            quantiles[week * VG_FORECAST_LEVELS + level] = isnan(point) ? NAN : counted(value, course->scale);
        }
    }
}
