/*
 * What the other places of a dataset and its other measures bring to the forecast of one: the siblings at the same level, and the cases that run ahead of
 * deaths and admissions. Learnt once for many series where a caller keeps it.
 */
#include "jobs/forecast_internal.h"

#include <math.h>
#include <string.h>

#define SHARE_KNOWN 0.95

static bool same_text(const char *a, const char *b)
{
    return (a == NULL || b == NULL) ? a == b : strcmp(a, b) == 0;
}

const struct vg_measure *job_leading_measure(const struct job_context *context)
{
    const char *what = context->measure->what;
    if (context->measure->delayed || (strcmp(what, "deaths") != 0 && strcmp(what, "admissions") != 0 && strcmp(what, "icu_admissions") != 0)) {
        return NULL;
    }
    for (size_t i = 0; i < context->n_measures; i++) {
        const struct vg_measure *measure = context->measures[i];
        if (strcmp(measure->what, "cases") == 0 && measure->kind == VG_MEASURE_FLOW && !measure->delayed) {
            return measure;
        }
    }
    return NULL;
}

/* Values [n] of dates from `start` on, taken from a run of dates that may begin and end elsewhere. */
static void align(const double *from, int32_t from_start, size_t n_from, int32_t start, int32_t step_days, size_t n, double *to)
{
    for (size_t i = 0; i < n; i++) {
        int64_t at = ((int64_t)start - from_start) / step_days + (int64_t)i;
        to[i] = at >= 0 && (size_t)at < n_from ? from[at] : NAN;
    }
}

vg_status job_leading_series(struct job_context *context, const struct vg_series *series, struct vg_series *leading)
{
    const struct vg_measure *measure = job_leading_measure(context);
    struct vg_series found;
    *leading = (struct vg_series){0};
    if (measure == NULL) {
        return VG_OK;
    }
    struct vg_cube_filter filter = context->filter;
    filter.measure = measure->name;
    vg_status status = vg_store_series(context->store, &filter, context->arena, &found, context->error);
    double *values = status == VG_OK ? VG_ARENA_ARRAY(context->arena, double, series->n_values) : NULL;
    if (status != VG_OK || values == NULL) {
        return status != VG_OK ? status : vg_fail_memory(context->error, series->n_values * sizeof *values);
    }
    align(found.values, found.start, found.n_values, series->start, series->step_days, series->n_values, values);
    *leading = (struct vg_series){series->start, series->step_days, series->n_values, values};
    return VG_OK;
}

/* The place's own level; without a place the level that was asked for, else the coarsest with several places. */
static vg_status find_matrix(struct job_context *context, const struct vg_cube_filter *filter, struct vg_arena *arena, enum vg_place_level *level,
                             struct vg_series_matrix *matrix)
{
    const struct vg_place_list *places = vg_store_place_list(context->store);
    bool named = context->request->level != NULL && vg_place_level_from_name(vg_text_from(context->request->level), level);
    if (context->place != VG_PLACE_NONE) {
        *level = places->places[context->place].level;
        named = true;
    }
    if (named) {
        return vg_store_series_by_place(context->store, filter, *level, arena, matrix, context->error);
    }
    for (int candidate = VG_LEVEL_COUNTRY; candidate < VG_LEVEL_COUNT; candidate++) {
        *level = (enum vg_place_level)candidate;
        vg_status status = vg_store_series_by_place(context->store, filter, *level, arena, matrix, context->error);
        if (status != VG_OK || matrix->n_places > 1) {
            return status;
        }
    }
    return VG_OK;
}

/* Newest steps of which too little is reported to teach anything. */
static vg_status steps_open(struct job_context *context, struct vg_cube_filter *filter, struct vg_arena *arena, size_t *n_open)
{
    struct vg_triangle triangle;
    struct vg_delay_estimate delays;
    *n_open = 0;
    if (!context->measure->delayed) {
        return VG_OK;
    }
    vg_status status = vg_store_triangle(context->store, filter, context->request->n_delays, arena, &triangle, context->error);
    if (status == VG_OK && triangle.n_references > 0) {
        status = vg_monitor_delays(&triangle, 0, arena, &delays, context->error);
        while (status == VG_OK && delays.status == VG_SERIES_OK && *n_open < delays.n_delays && delays.cumulative[*n_open] < SHARE_KNOWN) {
            (*n_open)++;
        }
    }
    return status;
}

/* The siblings' series, and where there is one the leading measure's. */
static vg_status learn(struct job_context *context, const struct vg_cube_filter *filter, const struct vg_series_matrix *matrix, size_t n_steps,
                       struct vg_arena *scratch, struct vg_arena *arena, struct job_forecast_memory *memory)
{
    const struct vg_place_list *places = vg_store_place_list(context->store);
    const struct vg_measure *measure = job_leading_measure(context);
    struct vg_series_matrix cases = {0};
    size_t n = matrix->n_places;
    struct vg_series *series = VG_ARENA_ARRAY(scratch, struct vg_series, n);
    struct vg_series *leading = VG_ARENA_ARRAY(scratch, struct vg_series, n);
    uint32_t *group = VG_ARENA_ARRAY(scratch, uint32_t, n);
    vg_status status = scratch->failed ? vg_fail_memory(context->error, n * sizeof *series) : VG_OK;
    if (status == VG_OK && measure != NULL) {
        struct vg_cube_filter ahead = *filter;
        ahead.measure = measure->name;
        status = vg_store_series_by_place(context->store, &ahead, memory->level, scratch, &cases, context->error);
    }
    for (size_t row = 0; status == VG_OK && row < n; row++) {
        series[row] = (struct vg_series){matrix->start, matrix->step_days, n_steps, matrix->values + row * matrix->n_steps};
        group[row] = places->places[matrix->place[row]].parent;
        for (size_t other = 0; other < cases.n_places; other++) {
            if (cases.place[other] != matrix->place[row]) {
                continue;
            }
            double *values = VG_ARENA_ARRAY(scratch, double, n_steps);
            if (values == NULL) {
                return vg_fail_memory(context->error, n_steps * sizeof *values);
            }
            align(cases.values + other * cases.n_steps, cases.start, cases.n_steps, matrix->start, matrix->step_days, n_steps, values);
            leading[row] = (struct vg_series){matrix->start, matrix->step_days, n_steps, values};
        }
    }
    return status == VG_OK ? vg_monitor_forecast_learn(series, measure == NULL ? NULL : leading, group, n, arena, &memory->experience, context->error) : status;
}

vg_status job_forecast_learn(struct job_context *context, struct vg_arena *arena, struct job_forecast_memory *memory)
{
    struct vg_arena scratch;
    struct vg_series_matrix matrix;
    struct vg_cube_filter filter = context->filter;
    size_t n_open = 0;
    *memory = (struct job_forecast_memory){.measure = context->measure->name, .group = context->request->group, .as_of = context->as_of,
                                           .to = context->request->to, .step_days = context->step_days, .level = VG_LEVEL_WORLD};
    if (context->measure->delayed && context->step_days == 1) {
        return VG_OK; /* places are cut at different days: their weeks would not be the siblings' */
    }
    filter.place = NULL;
    filter.from = VG_DATE_NONE;
    vg_arena_init(&scratch, 0);
    vg_status status = find_matrix(context, &filter, &scratch, &memory->level, &matrix);
    if (status == VG_OK) {
        status = steps_open(context, &filter, &scratch, &n_open);
    }
    if (status == VG_OK && matrix.n_places > 1 && matrix.n_steps > n_open) {
        status = learn(context, &filter, &matrix, matrix.n_steps - n_open, &scratch, arena, memory);
    }
    vg_arena_release(&scratch);
    return status;
}

static bool fits(const struct job_context *context, const struct job_forecast_memory *memory)
{
    const struct vg_place_list *places = vg_store_place_list(context->store);
    return same_text(memory->measure, context->measure->name) && same_text(memory->group, context->request->group) && memory->as_of == context->as_of &&
           memory->to == context->request->to && memory->step_days == context->step_days &&
           (context->place == VG_PLACE_NONE || places->places[context->place].level == memory->level);
}

vg_status job_forecast_experience(struct job_context *context, const struct vg_forecast_experience **experience, uint32_t *group)
{
    const struct vg_place_list *places = vg_store_place_list(context->store);
    struct job_forecast_memory memory = {0};
    *group = context->place == VG_PLACE_NONE ? VG_PLACE_NONE : places->places[context->place].parent;
    for (const struct job_forecast_memory *kept = context->request->forecast_memory; kept != NULL; kept = kept->next) {
        if (fits(context, kept)) {
            *experience = kept->experience;
            return VG_OK;
        }
    }
    vg_status status = job_forecast_learn(context, context->arena, &memory);
    *experience = memory.experience;
    return status;
}
