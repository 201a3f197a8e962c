/*
 * When a case is known: swab, laboratory, the clerks of a province with their days off, a backlog and a limit to what they can
 * type in a day, and publication. Delays shrink as laboratories are added, and differ between provinces.
 */
#include "control/exercise/internal.h"

#include <math.h>
#include <stdlib.h>

#define BACKLOG_PROVINCE 2 /* of those there are */

bool exercise_is_working_day(const struct vg_exercise_parameters *parameters, int32_t day)
{
    int32_t date = parameters->first_date + day;
    return vg_date_weekday(date) != 0 && !vg_control_example_holiday(date);
}

int32_t exercise_working_day(const struct vg_exercise_parameters *parameters, int32_t day)
{
    while (!exercise_is_working_day(parameters, day))
        day++;
    return day;
}

int32_t vg_exercise_release_day(const struct vg_exercise_parameters *parameters, int32_t day)
{
    int32_t release = day + (int32_t)parameters->publication_lag_days;
    return parameters->publication_sundays >= 0.5 ? release : exercise_working_day(parameters, release);
}

/* 0 long before the laboratories are added, 1 long after. */
static double progress(const struct vg_exercise_parameters *parameters, int32_t day)
{
    return 1 / (1 + exp(-((double)day - parameters->ascertainment_day) / 12));
}

double vg_exercise_ascertainment(const struct vg_exercise *exercise, int32_t day, int age_years, uint32_t municipality)
{
    const struct vg_exercise_parameters *parameters = &exercise->parameters;
    struct vg_random place = vg_random_stream(parameters->seed, municipality, 0, EXERCISE_PLACE);
    double added = progress(parameters, day), habit = fmin(fmax(vg_random_normal(&place), -2.5), 2.5);
    double share = parameters->ascertainment_first * (1 - added) + parameters->ascertainment_last * added;
    share *= age_years < 15 ? parameters->ascertainment_young : age_years >= 65 ? parameters->ascertainment_old : 1;
    return fmin(share * exp(parameters->ascertainment_place_sd * habit), 1);
}

static double province_factor(const struct vg_exercise *exercise, uint32_t province)
{
    struct vg_random random = vg_random_stream(exercise->parameters.seed, province, 0, EXERCISE_PROVINCE);
    return exp(0.15 * fmin(fmax(vg_random_normal(&random), -2), 2));
}

/* From the result, which is known, to the day on which the row is typed; the queue comes after. */
void exercise_draw_report(const struct vg_exercise *exercise, struct vg_random *random, struct vg_exercise_case *one)
{
    const struct vg_exercise_parameters *parameters = &exercise->parameters;
    uint32_t province = exercise->world->municipalities[one->municipality].province;
    double added = progress(parameters, one->result), factor = province_factor(exercise, province);
    double mean = factor * (parameters->report_days_first * (1 - added) + parameters->report_days_last * added);
    one->report = one->result + exercise_draw_days(random, mean, factor * parameters->report_days_sd);
    if (exercise_chance(random, parameters->late_share)) {
        one->flags |= VG_EXERCISE_LATE;
        one->report += exercise_draw_days(random, parameters->late_days, 0.5 * parameters->late_days);
    }
    /* On Saturdays half of the offices are closed. */
    if (vg_date_weekday(parameters->first_date + one->report) == 6 && exercise_chance(random, 0.5))
        one->report++;
    one->report = exercise_working_day(parameters, one->report);
    bool held = exercise_chance(random, parameters->backlog_share);
    if (held && province == BACKLOG_PROVINCE % exercise->world->n_provinces && one->report < (int32_t)parameters->backlog_day &&
        one->report >= (int32_t)(parameters->backlog_day - parameters->backlog_days)) {
        one->flags |= VG_EXERCISE_HELD;
        one->report = exercise_working_day(parameters, (int32_t)parameters->backlog_day);
    }
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
    const struct vg_exercise_parameters *parameters = &exercise->parameters;
    int32_t day = 0;
    double typed = 0;
    for (size_t i = 0; i < n; i++) {
        struct vg_exercise_case *one = &exercise->cases[queue[i].index];
        double capacity = fmax(parameters->typing_capacity_per_100k * exercise->world->provinces[queue[i].province].population / 1e5, 1);
        if (i == 0 || queue[i].province != queue[i - 1].province || one->report > day) {
            day = one->report;
            typed = 0;
        } else if (typed >= capacity) {
            day = exercise_working_day(parameters, day + 1);
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
        queue[n++] = (struct waiting){.province = exercise->world->municipalities[one->municipality].province, .index = (uint32_t)i, .report = one->report,
                                      .ticket = exercise_pseudonym(exercise->parameters.seed, (uint32_t)i, EXERCISE_TYPING)};
    }
    qsort(queue, n, sizeof *queue, compare_waiting);
    serve_queue(exercise, queue, n);
    free(queue);
    return VG_OK;
}
