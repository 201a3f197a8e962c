/*
 * What sibling places teach, week by week as it became known: their mean growth, the regression's normal equations, the size of the models' errors and their
 * scores relative to the last value's.
 */
#include "monitor/forecast_internal.h"

#include <math.h>
#include <string.h>

#define PLACES_LEARNT 240
#define PLACES_SCORED 48
#define PLACES_CORRECTED 12
#define SUMS_HALF_LIFE 104.0
#define SCORES_HALF_LIFE 52.0
#define SCALE_WEEKS 26 /* scores are measured by the place's own mean over so many weeks */
#define SCORE_MOST 4.0

struct place {
    struct forecast_weeks weeks, leading_weeks;
    struct forecast_course course[FORECAST_SCALES], leading[FORECAST_SCALES];
    bool leads, scored;
    size_t group; /* index in the experience's groups */
    double *wis; /* [kept * MEMBERS * WEEKS] of the scored */
};

struct learning {
    struct vg_forecast_experience *out;
    struct place *places;
    size_t n_places;
    double score[FORECAST_MEMBERS][VG_FORECAST_WEEKS], score_reference[VG_FORECAST_WEEKS];
};

/* Where every so-manieth place is learnt from. */
static size_t stride_of(size_t n_places, size_t most)
{
    return (n_places + most - 1) / most;
}

static vg_status open_places(struct learning *learning, const struct vg_series *series, const struct vg_series *leading, size_t n_places, struct vg_arena *arena,
                             struct vg_error *error)
{
    size_t stride = stride_of(n_places, PLACES_LEARNT);
    size_t n = (n_places + stride - 1) / stride, scored_stride = stride_of(n, PLACES_SCORED);
    learning->places = VG_ARENA_ARRAY(arena, struct place, n);
    if (learning->places == NULL) {
        return vg_fail_memory(error, n * sizeof *learning->places);
    }
    vg_status status = VG_OK;
    for (size_t i = 0; status == VG_OK && i < n; i++) {
        struct place *place = &learning->places[i];
        const struct vg_series *one = &series[i * stride];
        place->scored = i % scored_stride == 0;
        place->leads = leading != NULL && leading[i * stride].values != NULL;
        if (one->n_values != series[0].n_values || one->step_days != series[0].step_days || one->start != series[0].start ||
            (place->leads && leading[i * stride].n_values != one->n_values)) {
            return vg_fail(error, VG_USAGE_ERROR, "sibling series have one start, step and length; number %zu has others", i * stride + 1);
        }
        status = forecast_to_weeks(one, arena, &place->weeks, error);
        if (status == VG_OK && place->leads) {
            status = forecast_to_weeks(&leading[i * stride], arena, &place->leading_weeks, error);
        }
        for (size_t scale = 0; status == VG_OK && scale < FORECAST_SCALES; scale++) {
            status = forecast_course_open(&place->course[scale], place->weeks.counts, place->weeks.n, scale, arena, error);
            if (status == VG_OK && place->leads) {
                status = forecast_course_open(&place->leading[scale], place->leading_weeks.counts, place->leading_weeks.n, scale, arena, error);
            }
        }
        learning->n_places++;
    }
    return status;
}

/* The groups that the learnt places belong to. */
static vg_status open_groups(struct learning *learning, const uint32_t *group, size_t stride, struct vg_arena *arena, struct vg_error *error)
{
    struct vg_forecast_experience *out = learning->out;
    out->groups = VG_ARENA_ARRAY(arena, uint32_t, learning->n_places);
    if (out->groups == NULL) {
        return vg_fail_memory(error, learning->n_places * sizeof *out->groups);
    }
    for (size_t i = 0; i < learning->n_places; i++) {
        uint32_t name = group == NULL ? 0 : group[i * stride];
        size_t at = 0;
        while (at < out->n_groups && out->groups[at] != name) {
            at++;
        }
        out->groups[at] = name;
        out->n_groups += at == out->n_groups ? 1 : 0;
        learning->places[i].group = at;
    }
    out->weeks = VG_ARENA_ARRAY(arena, struct forecast_week, out->n_groups * out->n_weeks);
    return out->weeks == NULL ? vg_fail_memory(error, out->n_groups * out->n_weeks * sizeof *out->weeks) : VG_OK;
}

static vg_status open_experience(struct learning *learning, const struct vg_series *first, struct vg_arena *arena, struct vg_arena *scratch,
                                 struct vg_error *error)
{
    struct vg_forecast_experience *out = VG_ARENA_ARRAY(arena, struct vg_forecast_experience, 1);
    if (out == NULL) {
        return vg_fail_memory(error, sizeof *out);
    }
    learning->out = out;
    out->first_week = first->start + (int32_t)learning->places[0].weeks.offset * first->step_days;
    out->step_days = first->step_days;
    out->n_weeks = learning->places[0].weeks.n;
    out->first_kept = out->n_weeks > FORECAST_FORMER + 1 ? out->n_weeks - FORECAST_FORMER - 1 : 0;
    size_t kept = forecast_kept(out);
    out->sums = VG_ARENA_ARRAY(arena, double, kept *FORECAST_SCALES *VG_FORECAST_WEEKS *FORECAST_SUMS);
    out->errors = VG_ARENA_ARRAY(arena, double, kept *FORECAST_SCALES *FORECAST_MODELS *VG_FORECAST_WEEKS * 2);
    out->scores = VG_ARENA_ARRAY(arena, double, kept *FORECAST_MEMBERS *VG_FORECAST_WEEKS);
    for (size_t i = 0; i < learning->n_places; i++) {
        if (learning->places[i].scored) {
            learning->places[i].wis = VG_ARENA_ARRAY(scratch, double, kept *FORECAST_MEMBERS *VG_FORECAST_WEEKS);
        }
    }
    return arena->failed || scratch->failed ? vg_fail_memory(error, kept * FORECAST_SUMS * sizeof(double)) : VG_OK;
}

static const struct forecast_week *week_of(const struct learning *learning, const struct place *place, size_t t)
{
    return &learning->out->weeks[place->group * learning->out->n_weeks + t];
}

/* Mean changes of the places of one group and growth of their sum. */
static void look_around(struct learning *learning, size_t group, size_t t)
{
    struct forecast_week *week = &learning->out->weeks[group * learning->out->n_weeks + t];
    double now = 0, before = 0;
    for (size_t scale = 0; scale < FORECAST_SCALES; scale++) {
        size_t n = 0;
        for (size_t i = 0; i < learning->n_places; i++) {
            if (learning->places[i].group != group) {
                continue;
            }
            double one = forecast_course_change(&learning->places[i].course[scale], t, 1, 3);
            double two = forecast_course_change(&learning->places[i].course[scale], t, 2, 5);
            if (!isnan(one + two)) {
                week->one[scale] += one;
                week->two[scale] += two;
                n++;
            }
        }
        week->one[scale] /= n < 3 ? INFINITY : (double)n;
        week->two[scale] /= n < 3 ? INFINITY : (double)n;
    }
    for (size_t i = 0; t > 0 && i < learning->n_places; i++) {
        double newer = learning->places[i].weeks.counts[t], older = learning->places[i].weeks.counts[t - 1];
        if (learning->places[i].group == group && !isnan(newer + older)) {
            now += newer;
            before += older;
        }
    }
    double growth = 5 * log((now + 10) / (before + 10));
    week->total = growth > 4 ? 4 : growth < -4 ? -4 : growth;
}

/* The outcome of week t for the forecasts of the weeks before, in units of the place's own recent scores. */
static void score_places(struct learning *learning, size_t t)
{
    size_t first = learning->out->first_kept;
    double memory = exp2(-1 / SCORES_HALF_LIFE);
    for (size_t week = 0; week < VG_FORECAST_WEEKS; week++) {
        learning->score_reference[week] *= memory;
        for (size_t member = 0; member < FORECAST_MEMBERS; member++) {
            learning->score[member][week] *= memory;
        }
        for (size_t i = 0; i < learning->n_places && t >= first + week + 1; i++) {
            struct place *place = &learning->places[i];
            size_t kept = t - week - 1 - first;
            const double *scores = place->scored ? place->wis + kept * FORECAST_MEMBERS * VG_FORECAST_WEEKS : NULL;
            if (!place->scored || isnan(scores[week])) {
                continue;
            }
            double sum = 0, n = 0;
            for (size_t back = 0; back < SCALE_WEEKS && back <= kept; back++) {
                double wis = place->wis[(kept - back) * FORECAST_MEMBERS * VG_FORECAST_WEEKS + week];
                sum += isnan(wis) ? 0 : wis;
                n += isnan(wis) ? 0 : 1;
            }
            double unit = sum / n, weight = fmin(1, SCORE_MOST * unit / scores[week]) / unit;
            if (!(unit > 0) || !(weight > 0)) {
                continue;
            }
            learning->score_reference[week] += weight * scores[week];
            for (size_t member = 0; member < FORECAST_MEMBERS; member++) {
                double wis = scores[member * VG_FORECAST_WEEKS + week];
                learning->score[member][week] += weight * (isnan(wis) ? scores[week] : wis);
            }
        }
    }
}

/* Forecasts of the scored places from week t, and what they will score: the outcome is only read when it is known, in score_places. */
static void say(struct learning *learning, size_t t)
{
    struct vg_forecast_experience *out = learning->out;
    size_t kept = t - out->first_kept;
    for (size_t i = 0; i < learning->n_places; i++) {
        struct place *place = &learning->places[i];
        if (!place->scored) {
            continue;
        }
        for (size_t scale = 0; scale < FORECAST_SCALES; scale++) {
            struct forecast_context context = {.week = week_of(learning, place, t),
                                               .sums = out->sums + (kept * FORECAST_SCALES + scale) * VG_FORECAST_WEEKS * FORECAST_SUMS,
                                               .leading = place->leads ? &place->leading[scale] : NULL,
                                               .with_analogues = scale == 0};
            forecast_course_say(&place->course[scale], t, &context);
        }
        for (size_t member = 0; member < FORECAST_MEMBERS; member++) {
            const struct forecast_member_kind *kind = &forecast_members[member];
            double quantiles[VG_FORECAST_WEEKS * VG_FORECAST_LEVELS];
            const double *errors = out->errors + ((kept * FORECAST_SCALES + kind->scale) * FORECAST_MODELS + kind->model) * VG_FORECAST_WEEKS * 2;
            forecast_course_quantiles(&place->course[kind->scale], t, kind->model, errors, quantiles);
            for (size_t week = 0; week < VG_FORECAST_WEEKS; week++) {
                double observed = t + week + 1 < out->n_weeks ? place->weeks.counts[t + week + 1] : NAN;
                place->wis[(kept * FORECAST_MEMBERS + member) * VG_FORECAST_WEEKS + week] =
                    vg_monitor_wis(vg_forecast_levels, quantiles + week * VG_FORECAST_LEVELS, VG_FORECAST_LEVELS, observed);
            }
        }
    }
}

/* One week becomes known everywhere. sums, errors: running; copied where they are kept. */
static void take_week(struct learning *learning, size_t t, double *sums, double *errors)
{
    enum { SUMS = VG_FORECAST_WEEKS * FORECAST_SUMS, ERRORS = FORECAST_MODELS * VG_FORECAST_WEEKS * 2 };
    struct vg_forecast_experience *out = learning->out;
    double memory = exp2(-1 / SUMS_HALF_LIFE);
    for (size_t i = 0; i < FORECAST_SCALES * SUMS; i++) {
        sums[i] *= memory;
    }
    for (size_t i = 0; i < FORECAST_SCALES * ERRORS; i++) {
        errors[i] *= memory;
    }
    for (size_t i = 0; i < learning->n_places; i++) {
        struct place *place = &learning->places[i];
        for (size_t scale = 0; scale < FORECAST_SCALES; scale++) {
            if (place->leads) {
                forecast_course_take(&place->leading[scale], t, NULL, NULL);
            }
            forecast_course_take(&place->course[scale], t, sums + scale * SUMS, errors + scale * ERRORS);
        }
    }
    for (size_t group = 0; group < out->n_groups; group++) {
        look_around(learning, group, t);
    }
    for (size_t i = 0; i < learning->n_places; i++) {
        struct place *place = &learning->places[i];
        for (size_t scale = 0; scale < FORECAST_SCALES; scale++) {
            struct forecast_context context = {.week = week_of(learning, place, t), .leading = place->leads ? &place->leading[scale] : NULL};
            forecast_course_look(&place->course[scale], t, &context);
        }
    }
    score_places(learning, t);
    if (t < out->first_kept) {
        return;
    }
    size_t kept = t - out->first_kept;
    memcpy(out->sums + kept * FORECAST_SCALES * SUMS, sums, FORECAST_SCALES * SUMS * sizeof *sums);
    memcpy(out->errors + kept * FORECAST_SCALES * ERRORS, errors, FORECAST_SCALES * ERRORS * sizeof *errors);
    for (size_t member = 0; member < FORECAST_MEMBERS; member++) {
        for (size_t week = 0; week < VG_FORECAST_WEEKS; week++) {
            double reference = learning->score_reference[week];
            out->scores[(kept * FORECAST_MEMBERS + member) * VG_FORECAST_WEEKS + week] = reference > 0 ? learning->score[member][week] / reference : 1;
        }
    }
    say(learning, t);
}

/* How far the ensemble's spread had to be corrected in the end, on average over some of the places. */
static vg_status learn_spread(struct learning *learning, struct vg_arena *scratch, struct vg_error *error)
{
    double sums[VG_FORECAST_WEEKS] = {0}, n = 0;
    vg_status status = VG_OK;
    size_t stride = (learning->n_places + PLACES_CORRECTED - 1) / PLACES_CORRECTED;
    for (size_t i = 0; status == VG_OK && i < learning->n_places; i += stride) {
        const struct place *place = &learning->places[i];
        struct vg_forecast_pool pool;
        double quantiles[VG_FORECAST_WEEKS * VG_FORECAST_LEVELS], log_spread[VG_FORECAST_WEEKS];
        status = forecast_make_pool(&place->weeks, place->leads ? &place->leading_weeks : NULL, learning->out, 0, learning->out->groups[place->group], FORECAST_FORMER, scratch, &pool, error);
        if (status == VG_OK) {
            status = vg_monitor_forecast_combine(&pool, scratch, quantiles, NULL, log_spread, error);
        }
        for (size_t week = 0; status == VG_OK && week < VG_FORECAST_WEEKS && !isnan(quantiles[0]); week++) {
            sums[week] += log_spread[week];
            n += week == 0 ? 1 : 0;
        }
    }
    for (size_t week = 0; week < VG_FORECAST_WEEKS && n > 0; week++) {
        learning->out->log_spread[week] = sums[week] / n;
    }
    return status;
}

vg_status vg_monitor_forecast_learn(const struct vg_series *series, const struct vg_series *leading, const uint32_t *group, size_t n_places,
                                    struct vg_arena *arena, struct vg_forecast_experience **out, struct vg_error *error)
{
    struct learning learning = {0};
    struct vg_arena scratch;
    *out = NULL;
    if (n_places == 0 || series[0].n_values == 0) {
        return VG_OK;
    }
    vg_arena_init(&scratch, 0);
    double *sums = VG_ARENA_ARRAY(&scratch, double, FORECAST_SCALES *VG_FORECAST_WEEKS *FORECAST_SUMS);
    double *errors = VG_ARENA_ARRAY(&scratch, double, FORECAST_SCALES *FORECAST_MODELS *VG_FORECAST_WEEKS * 2);
    vg_status status = scratch.failed ? vg_fail_memory(error, 0) : open_places(&learning, series, leading, n_places, &scratch, error);
    if (status == VG_OK && learning.places[0].weeks.n > 0) {
        status = open_experience(&learning, series, arena, &scratch, error);
        status = status == VG_OK ? open_groups(&learning, group, stride_of(n_places, PLACES_LEARNT), arena, error) : status;
    }
    for (size_t t = 0; status == VG_OK && learning.out != NULL && t < learning.out->n_weeks; t++) {
        take_week(&learning, t, sums, errors);
    }
    if (status == VG_OK && learning.out != NULL) {
        status = learn_spread(&learning, &scratch, error);
    }
    *out = status == VG_OK ? learning.out : NULL;
    vg_arena_release(&scratch);
    return status;
}
