/*
 * The ensemble's own members: the models of forecast_course.c as of now and as of former weeks, each with what was known then; and laws given by quantiles.
 */
#include "monitor/forecast_internal.h"

#include <math.h>
#include <string.h>

const double vg_forecast_levels[VG_FORECAST_LEVELS] = {0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5,
                                                       0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.975, 0.99};
const size_t vg_forecast_level_of[VG_QUANTILE_COUNT] = {1, 2, 3, 6, 11, 16, 19, 20, 21};

const double forecast_tail[VG_FORECAST_LEVELS] = {
    -4.0607113593, -2.9400886380, -2.2224334936, -1.5765766051, -1.2147624063, -0.9567588339, -0.7509370294, -0.5753387018,
    -0.4184440083, -0.2732654541, -0.1350156502, 0,
    0.1350156502,  0.2732654541,  0.4184440083,  0.5753387018,  0.7509370294,  0.9567588339,  1.2147624063,  1.5765766051,
    2.2224334936,  2.9400886380,  4.0607113593};

/* Scale 0 is the square root, 1 the fourth root. The first is what the others are measured by. */
const struct forecast_member_kind forecast_members[FORECAST_MEMBERS] = {
    {"last_value", 0, FORECAST_LAST},
    {"damped_trend", 0, FORECAST_TREND},
    {"autoregression", 0, FORECAST_REGRESSION},
    {"autoregression_fourth_root", 1, FORECAST_REGRESSION},
    {"seasonal_analogues", 0, FORECAST_ANALOGUES},
};

static const char *const method_names[VG_FORECAST_METHOD_COUNT] = {"naive",    "exponential_smoothing", "hub_baseline",
                                                                   "ensemble", "autoregression",        "seasonal_analogues"};

const char *vg_forecast_method_name(enum vg_forecast_method method)
{
    return method < VG_FORECAST_METHOD_COUNT ? method_names[method] : NULL;
}

bool vg_forecast_method_from_name(const char *name, enum vg_forecast_method *method)
{
    for (size_t i = 0; name != NULL && i < VG_FORECAST_METHOD_COUNT; i++) {
        if (vg_text_equals(vg_text_from(name), method_names[i])) {
            *method = (enum vg_forecast_method)i;
            return true;
        }
    }
    return false;
}

/* ------------------------------------------------------------------------ weeks */

static int compare_sizes(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return left < right ? -1 : left > right;
}

/* How many days of a week are usually reported: the median of the newest nine weeks. */
static size_t usual_days(const double *days, size_t n_weeks)
{
    double counts[9];
    size_t n = 0;
    for (size_t week = n_weeks; week > 0 && n < 9; week--) {
        counts[n] = 0;
        for (size_t day = 0; day < 7; day++) {
            counts[n] += isnan(days[(week - 1) * 7 + day]) ? 0 : 1;
        }
        n++;
    }
    for (size_t i = 1; i < n; i++) {
        for (size_t j = i; j > 0 && compare_sizes(&counts[j], &counts[j - 1]) < 0; j--) {
            double swap = counts[j];
            counts[j] = counts[j - 1], counts[j - 1] = swap;
        }
    }
    return n == 0 ? 7 : (size_t)counts[n / 2];
}

vg_status forecast_to_weeks(const struct vg_series *series, struct vg_arena *arena, struct forecast_weeks *out, struct vg_error *error)
{
    size_t length = series->step_days == 7 ? 1 : 7;
    *out = (struct forecast_weeks){.n = series->n_values / length, .offset = series->n_values % length};
    out->counts = VG_ARENA_ARRAY(arena, double, out->n + 1);
    if (out->counts == NULL) {
        return vg_fail_memory(error, out->n * sizeof *out->counts);
    }
    const double *values = series->values + out->offset;
    size_t usual = length == 7 ? usual_days(values, out->n) : 1;
    for (size_t week = 0; week < out->n; week++) {
        double sum = 0;
        size_t reported = 0;
        for (size_t step = 0; step < length; step++) {
            double value = values[week * length + step];
            sum += isnan(value) ? 0 : value;
            reported += isnan(value) ? 0 : 1;
        }
        /* A week of which less than usual is reported stands for all of it; under half it says nothing. */
        double whole = reported == 0 || 2 * reported < usual ? NAN : reported >= usual ? sum : sum * (double)usual / (double)reported;
        out->counts[week] = whole >= 0 ? whole : NAN;
    }
    return VG_OK;
}

/* ------------------------------------------------------------------------- pool */

static const struct forecast_week no_week;

/* What the experience says of week t of a series that begins `shift` weeks after the experience's first. */
static void context_of(const struct vg_forecast_experience *experience, const struct forecast_week *group, long shift, size_t t, size_t scale,
                       struct forecast_context *context)
{
    long week = (long)t + shift;
    context->week = &no_week;
    context->sums = NULL;
    if (experience == NULL || week < 0) {
        return;
    }
    bool known = (size_t)week < experience->n_weeks;
    context->week = group == NULL || !known ? &no_week : &group[week];
    week = known ? week : (long)experience->n_weeks - 1; /* what was learnt before still holds */
    if ((size_t)week >= experience->first_kept) {
        size_t kept = (size_t)week - experience->first_kept;
        context->sums = experience->sums + (kept * FORECAST_SCALES + scale) * VG_FORECAST_WEEKS * FORECAST_SUMS;
    }
}

static const double *errors_of(const struct vg_forecast_experience *experience, long shift, size_t t, size_t scale, enum forecast_model model)
{
    long week = (long)t + shift;
    if (experience == NULL || week < (long)experience->first_kept) {
        return NULL;
    }
    week = week < (long)experience->n_weeks ? week : (long)experience->n_weeks - 1;
    size_t kept = (size_t)week - experience->first_kept;
    return experience->errors + ((kept * FORECAST_SCALES + scale) * FORECAST_MODELS + model) * VG_FORECAST_WEEKS * 2;
}

enum { STEP = VG_FORECAST_WEEKS * VG_FORECAST_LEVELS };

/* Where the forecasts of one series go: [MEMBERS * STEP] and [MEMBERS * n_former * STEP]. */
struct sayings {
    const struct vg_forecast_experience *experience;
    const struct forecast_week *group;
    long shift; /* the experience's week of the series' first one */
    size_t n_former;
    double *now, *former;
};

/* The members of one scale as of week t, with the errors known by then. */
static void keep(const struct sayings *sayings, const struct forecast_course *course, size_t t)
{
    size_t origin = t + 1 + sayings->n_former - course->n;
    for (size_t i = 0; i < FORECAST_MEMBERS; i++) {
        const struct forecast_member_kind *kind = &forecast_members[i];
        if (kind->scale == course->scale) {
            double *to = origin == sayings->n_former ? sayings->now + i * STEP : sayings->former + (i * sayings->n_former + origin) * STEP;
            forecast_course_quantiles(course, t, kind->model, errors_of(sayings->experience, sayings->shift, t, kind->scale, kind->model), to);
        }
    }
}

static vg_status run_course(const struct forecast_weeks *weeks, const struct forecast_weeks *leading, size_t scale, const struct sayings *sayings,
                            struct vg_arena *arena, struct vg_error *error)
{
    struct forecast_course course, ahead;
    bool leads = leading != NULL && leading->n == weeks->n;
    vg_status status = forecast_course_open(&course, weeks->counts, weeks->n, scale, arena, error);
    if (status == VG_OK && leads) {
        status = forecast_course_open(&ahead, leading->counts, leading->n, scale, arena, error);
    }
    for (size_t t = 0; status == VG_OK && t < weeks->n; t++) {
        struct forecast_context context = {.leading = leads ? &ahead : NULL, .with_analogues = scale == 0};
        context_of(sayings->experience, sayings->group, sayings->shift, t, scale, &context);
        if (leads) {
            forecast_course_take(&ahead, t, NULL, NULL);
        }
        forecast_course_take(&course, t, NULL, NULL);
        forecast_course_look(&course, t, &context);
        if (t + sayings->n_former + 1 >= weeks->n) {
            forecast_course_say(&course, t, &context);
            keep(sayings, &course, t);
        }
    }
    return status;
}

vg_status forecast_make_pool(const struct forecast_weeks *weeks, const struct forecast_weeks *leading, const struct vg_forecast_experience *experience,
                             long shift, uint32_t group, size_t n_former, struct vg_arena *arena, struct vg_forecast_pool *pool, struct vg_error *error)
{
    size_t n = weeks->n;
    n_former = n_former < n ? n_former : n - 1;
    double *now = VG_ARENA_ARRAY(arena, double, FORECAST_MEMBERS *STEP);
    double *former = VG_ARENA_ARRAY(arena, double, FORECAST_MEMBERS *n_former *STEP);
    double *observed = VG_ARENA_ARRAY(arena, double, n_former *VG_FORECAST_WEEKS);
    const char **names = VG_ARENA_ARRAY(arena, const char *, FORECAST_MEMBERS);
    if (arena->failed) {
        return vg_fail_memory(error, FORECAST_MEMBERS * n_former * STEP * sizeof *former);
    }
    struct sayings sayings = {experience, forecast_group(experience, group), shift, n_former, now, former};
    for (size_t scale = 0; scale < FORECAST_SCALES; scale++) {
        vg_status status = run_course(weeks, leading, scale, &sayings, arena, error);
        if (status != VG_OK) {
            return status;
        }
    }
    for (size_t i = 0; i < FORECAST_MEMBERS; i++) {
        names[i] = forecast_members[i].name;
    }
    for (size_t origin = 0; origin < n_former; origin++) {
        for (size_t week = 0; week < VG_FORECAST_WEEKS; week++) {
            size_t t = n - n_former + origin + week;
            observed[origin * VG_FORECAST_WEEKS + week] = t < n ? weeks->counts[t] : NAN;
        }
    }
    *pool = (struct vg_forecast_pool){.n_members = FORECAST_MEMBERS, .n_steps = VG_FORECAST_WEEKS, .n_former = n_former, .steps_per_week = 1, .names = names,
                                      .quantiles = now, .former = former, .observed = observed};
    long last = (long)n - 1 + shift;
    if (experience != NULL && last >= (long)experience->first_kept) {
        size_t kept = (size_t)(last < (long)experience->n_weeks ? last : (long)experience->n_weeks - 1) - experience->first_kept;
        pool->prior_wis = experience->scores + kept * FORECAST_MEMBERS * VG_FORECAST_WEEKS;
        pool->log_spread = experience->log_spread;
    }
    return VG_OK;
}

/* What a guest is thought to score, beside the last value, before it has a past: a mechanism sees the next weeks better than the month. */
static const double guest_wis[VG_FORECAST_WEEKS] = {1.1, 1.2, 1.6, 2.0};

vg_status forecast_add_guest(const struct vg_forecast_guest *guest, struct vg_arena *arena, struct vg_forecast_pool *pool, struct vg_error *error)
{
    size_t n = pool->n_members, n_former = pool->n_former;
    double *now = VG_ARENA_ARRAY(arena, double, (n + 1) * STEP);
    double *former = VG_ARENA_ARRAY(arena, double, (n + 1) * n_former *STEP);
    double *prior = VG_ARENA_ARRAY(arena, double, (n + 1) * VG_FORECAST_WEEKS);
    const char **names = VG_ARENA_ARRAY(arena, const char *, n + 1);
    if (arena->failed) {
        return vg_fail_memory(error, (n + 1) * n_former * STEP * sizeof *former);
    }
    memcpy(now, pool->quantiles, n * STEP * sizeof *now);
    memcpy(now + n * STEP, guest->quantiles, STEP * sizeof *now);
    memcpy(former, pool->former, n * n_former * STEP * sizeof *former);
    for (size_t origin = 0; origin < n_former; origin++) {
        size_t back = n_former - origin; /* weeks ago */
        double *to = former + (n * n_former + origin) * STEP;
        for (size_t i = 0; i < STEP; i++) {
            to[i] = back <= guest->n_former ? guest->former[(guest->n_former - back) * STEP + i] : NAN;
        }
    }
    for (size_t i = 0; i < (n + 1) * VG_FORECAST_WEEKS; i++) {
        prior[i] = i >= n * VG_FORECAST_WEEKS ? guest_wis[i % VG_FORECAST_WEEKS] : pool->prior_wis == NULL ? 1 : pool->prior_wis[i];
    }
    memcpy(names, pool->names, n * sizeof *names);
    names[n] = guest->name;
    pool->names = names;
    pool->quantiles = now;
    pool->former = former;
    pool->prior_wis = prior;
    pool->n_members = n + 1;
    return VG_OK;
}
