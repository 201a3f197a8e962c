/*
 * When a case is known: swab, laboratory, the clerks of a province with their days off, outages and a limit to what they can
 * type in a day, and publication. Delays shrink as laboratories are added, and differ between provinces.
 */
#include "control/exercise/internal.h"

#include <math.h>
#include <stdlib.h>

#define CALENDAR_BEYOND 200    /* days after the last one that somebody may look at */
#define LOGISTIC_DAYS 12.0

static bool is_holiday(const struct vg_text_list *holidays, int32_t date)
{
    int year, month, day, other_month, other_day;
    vg_date_to_civil(date, &year, &month, &day);
    for (size_t i = 0; i < holidays->count; i++)
        if (vg_exercise_holiday_parse(vg_text_from(holidays->items[i]), &other_month, &other_day) && other_month == month && other_day == day)
            return true;
    return false;
}

vg_status exercise_make_calendar(struct vg_exercise *exercise, struct vg_error *error)
{
    exercise->n_off = (size_t)exercise->n_days + CALENDAR_BEYOND;
    exercise->off = VG_ARENA_ARRAY(exercise->arena, uint8_t, exercise->n_off);
    if (exercise->off == NULL)
        return vg_fail_memory(error, exercise->n_off);
    for (size_t day = 0; day < exercise->n_off; day++) {
        int32_t date = exercise->first_date + (int32_t)day;
        exercise->off[day] = vg_date_weekday(date) == 0 || is_holiday(&exercise->settings->holidays, date);
    }
    return VG_OK;
}

bool exercise_is_working_day(const struct vg_exercise *exercise, int32_t day)
{
    return day < 0 || (size_t)day >= exercise->n_off || exercise->off[day] == 0;
}

int32_t exercise_working_day(const struct vg_exercise *exercise, int32_t day)
{
    while (!exercise_is_working_day(exercise, day))
        day++;
    return day;
}

int32_t vg_exercise_release_day(const struct vg_exercise *exercise, int32_t day)
{
    int32_t release = day + exercise->settings->lag_days;
    return exercise->settings->days_off_too ? release : exercise_working_day(exercise, release);
}

/* 0 long before the laboratories are added, 1 long after. */
static double progress(const struct vg_exercise *exercise, int32_t day)
{
    int32_t changes = exercise->settings->found_changes;
    return changes == VG_DATE_NONE ? 1 : 1 / (1 + exp(-(double)(exercise->first_date + day - changes) / LOGISTIC_DAYS));
}

double vg_exercise_ascertainment(const struct vg_exercise *exercise, int32_t day, int age_years, uint32_t municipality)
{
    const struct vg_exercise_settings *settings = exercise->settings;
    struct vg_random place = vg_random_stream(exercise->seed, municipality, 0, EXERCISE_PLACE);
    double added = progress(exercise, day), habit = fmin(fmax(vg_random_normal(&place), -2.5), 2.5);
    double share = settings->found_first * (1 - added) + settings->found_last * added;
    share *= age_years < 15 ? settings->found_young : age_years >= 65 ? settings->found_old : 1;
    return fmin(share * exp(settings->found_place_sd * habit), 1);
}

static double province_factor(const struct vg_exercise *exercise, uint32_t province)
{
    struct vg_random random = vg_random_stream(exercise->seed, province, 0, EXERCISE_PROVINCE);
    return exp(0.15 * fmin(fmax(vg_random_normal(&random), -2), 2));
}

/* -------------------------------------------------------------------- outages */

static bool is_there(const struct vg_exercise *exercise, const struct vg_exercise_outage *outage, uint32_t municipality)
{
    bool there = outage->places.count == 0;
    for (size_t i = 0; i < outage->places.count && !there; i++)
        there = exercise_lies_in(exercise->world, municipality, outage->places.items[i]);
    return there;
}

/* The first and the last day; an outage that lasts to the end has its end beyond it. */
static void outage_days(const struct vg_exercise *exercise, const struct vg_exercise_outage *outage, int32_t *from, int32_t *to)
{
    *from = outage->from == VG_DATE_NONE ? 0 : outage->from - exercise->first_date;
    *to = outage->to == VG_DATE_NONE ? exercise->n_days : outage->to - exercise->first_date;
}

bool exercise_is_cut_off(const struct vg_exercise *exercise, uint32_t municipality, int32_t day)
{
    for (size_t i = 0; i < exercise->settings->n_outages; i++) {
        const struct vg_exercise_outage *outage = &exercise->settings->outages[i];
        int32_t from, to;
        outage_days(exercise, outage, &from, &to);
        if (day >= from && day <= to && outage->share >= 0.5 && is_there(exercise, outage, municipality))
            return true;
    }
    return false;
}

vg_status exercise_check_outages(const struct vg_exercise *exercise, struct vg_error *error)
{
    for (size_t i = 0; i < exercise->settings->n_outages; i++) {
        const struct vg_exercise_outage *outage = &exercise->settings->outages[i];
        for (size_t k = 0; k < outage->places.count; k++) {
            bool found = false;
            for (uint32_t m = 0; m < exercise->world->n_municipalities && !found; m++)
                found = exercise_lies_in(exercise->world, m, outage->places.items[k]);
            if (!found)
                return vg_fail(error, VG_USAGE_ERROR, "outage %zu: there is no place %s", i + 1, outage->places.items[k]);
        }
    }
    return VG_OK;
}

/* Each outage takes one draw, so that one more leaves the others as they were. */
static void hold_back(const struct vg_exercise *exercise, struct vg_random *random, struct vg_exercise_case *one)
{
    for (size_t i = 0; i < exercise->settings->n_outages; i++) {
        const struct vg_exercise_outage *outage = &exercise->settings->outages[i];
        bool held = exercise_chance(random, outage->share);
        int32_t from, to;
        outage_days(exercise, outage, &from, &to);
        if (held && one->report >= from && one->report <= to && is_there(exercise, outage, one->municipality)) {
            one->flags |= VG_EXERCISE_HELD;
            one->report = exercise_working_day(exercise, to + 1);
        }
    }
}

/* From the result, which is known, to the day on which the row is typed; the queue comes after. */
void exercise_draw_report(const struct vg_exercise *exercise, struct vg_random *random, struct vg_exercise_case *one)
{
    const struct vg_exercise_settings *settings = exercise->settings;
    double added = progress(exercise, one->result), factor = province_factor(exercise, exercise->world->municipalities[one->municipality].above);
    double mean = factor * (settings->report_days_first * (1 - added) + settings->report_days_last * added);
    one->report = one->result + exercise_draw_days(random, mean, factor * settings->report_days_sd);
    if (exercise_chance(random, settings->late)) {
        one->flags |= VG_EXERCISE_LATE;
        one->report += exercise_draw_days(random, settings->late_days, 0.5 * settings->late_days);
    }
    /* On Saturdays half of the offices are closed. */
    if (vg_date_weekday(exercise->first_date + one->report) == 6 && exercise_chance(random, 0.5))
        one->report++;
    one->report = exercise_working_day(exercise, one->report);
    hold_back(exercise, random, one);
}

/* ------------------------------------------------------------------ the queue */

struct waiting { uint32_t province, index; int32_t report; uint64_t ticket; };

static int compare_waiting(const void *a, const void *b)
{
    const struct waiting *one = a, *other = b;
    if (one->province != other->province)
        return one->province < other->province ? -1 : 1;
    if (one->report != other->report)
        return one->report < other->report ? -1 : 1;
    if (one->ticket != other->ticket)
        return one->ticket < other->ticket ? -1 : 1;
    return one->index < other->index ? -1 : one->index > other->index;
}

static void serve_queue(struct vg_exercise *exercise, const struct waiting *queue, size_t n)
{
    const struct vg_exercise_settings *settings = exercise->settings;
    int32_t day = 0;
    double typed = 0;
    for (size_t i = 0; i < n; i++) {
        struct vg_exercise_case *one = &exercise->cases[queue[i].index];
        double capacity = fmax(settings->typing_per_100k * exercise->world->provinces[queue[i].province].population / 1e5, 1);
        if (i == 0 || queue[i].province != queue[i - 1].province || one->report > day) {
            day = one->report;
            typed = 0;
        } else if (typed >= capacity) {
            day = exercise_working_day(exercise, day + 1);
            typed = 0;
        }
        typed++;
        if (day > one->report) {
            one->report = day;
            one->flags |= VG_EXERCISE_QUEUED;
        }
    }
}

/* Rows beyond a day's capacity wait, first come first served; what was held back arrives as a file and needs no typing. */
vg_status exercise_queue_reports(struct vg_exercise *exercise, struct vg_error *error)
{
    struct waiting *queue = calloc(exercise->n_cases + 1, sizeof *queue);
    size_t n = 0;
    if (queue == NULL)
        return vg_fail_memory(error, exercise->n_cases * sizeof *queue);
    for (size_t i = 0; i < exercise->n_cases; i++) {
        const struct vg_exercise_case *one = &exercise->cases[i];
        if (one->flags & VG_EXERCISE_HELD)
            continue;
        queue[n++] = (struct waiting){.province = exercise->world->municipalities[one->municipality].above, .index = (uint32_t)i, .report = one->report,
                                      .ticket = exercise_pseudonym(exercise->seed, (uint32_t)i, EXERCISE_TYPING)};
    }
    qsort(queue, n, sizeof *queue, compare_waiting);
    serve_queue(exercise, queue, n);
    free(queue);
    return VG_OK;
}
