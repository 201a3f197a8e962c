/*
 * From the log of an epidemic to whole courses: who infected whom by number of infection, and when each person was infectious, in
 * hospital, in intensive care, well again or dead, all as the log has it. Only when the mildly ill are well again is drawn here.
 */
#include "control/exercise/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int32_t exercise_draw_days(struct vg_random *random, double mean_days, double sd_days)
{
    if (mean_days <= 0)
        return 0;
    if (sd_days <= 0)
        return (int32_t)floor(mean_days + 0.5);
    double days = vg_random_gamma(random, mean_days * mean_days / (sd_days * sd_days), sd_days * sd_days / mean_days);
    return (int32_t)fmin(floor(days + 0.5), 3 * VG_DELAY_DAYS_MAX);
}

bool exercise_chance(struct vg_random *random, double probability)
{
    return vg_random_uniform(random) < probability;
}

static void begin_course(const struct vg_exercise *exercise, const struct vg_infection *log, struct vg_exercise_infection *one)
{
    const struct vg_disease *disease = exercise->world->disease;
    struct vg_random random = vg_random_stream(exercise->seed, log->person, (uint32_t)log->day, EXERCISE_COURSE);
    one->admission = one->icu = one->icu_out = one->discharge = one->death = one->recovery = VG_DATE_NONE;
    /* The first day that carries weight in the profile of transmission. */
    int32_t first = disease->profile_from_onset ? log->onset + disease->profile_first_day : log->day + disease->profile_first_day;
    one->infectious = first <= log->day ? log->day + 1 : first;
    /* Until well again: 8 days from onset with symptoms (Covasim's mild course), counted alike without. Whoever dies or leaves hospital later is told so. */
    one->recovery = one->onset + exercise_draw_days(&random, 8, 2);
}

static void fill_person(const struct vg_exercise *exercise, struct vg_exercise_infection *one)
{
    struct vg_person person = exercise->world->person(exercise->world->context, one->person, one->day);
    one->household = person.household;
    one->municipality = (uint16_t)person.municipality;
    one->age_years = person.age_years;
    one->age_group = person.age_group;
    one->female = person.female;
}

uint32_t exercise_infection_on(const struct vg_exercise *exercise, uint32_t person, int32_t day)
{
    uint32_t found = VG_EXERCISE_NONE;
    for (uint32_t at = exercise->first_infection_of[person]; at != 0 && at != VG_EXERCISE_NONE;) {
        uint32_t index = at - 1;
        if (exercise->infections[index].day > day)
            break;
        found = index;
        at = exercise->next_infection[index] == VG_EXERCISE_NONE ? 0 : exercise->next_infection[index] + 1;
    }
    return found;
}

/* Puts an infection at the end of its person's chain; false: the person was infected that day already. */
static bool chain_infection(struct vg_exercise *exercise, uint32_t index)
{
    const struct vg_exercise_infection *one = &exercise->infections[index];
    uint32_t former = exercise_infection_on(exercise, one->person, one->day);
    exercise->next_infection[index] = VG_EXERCISE_NONE;
    if (former == VG_EXERCISE_NONE) {
        exercise->first_infection_of[one->person] = index + 1;
        return true;
    }
    exercise->next_infection[former] = index;
    return exercise->infections[former].day < one->day;
}

/* -------------------------------------------------------------------- steps */

/* The infection of a person to which a step belongs: an admission is the log's, what follows belongs to the open stay, a death at home to the newest infection. */
static struct vg_exercise_infection *infection_of_step(const struct vg_exercise *exercise, const struct vg_step *step)
{
    struct vg_exercise_infection *newest = NULL, *open = NULL;
    uint32_t index = exercise->first_infection_of[step->person];
    for (index = index == 0 ? VG_EXERCISE_NONE : index - 1; index != VG_EXERCISE_NONE; index = exercise->next_infection[index]) {
        struct vg_exercise_infection *one = &exercise->infections[index];
        if (one->day > step->day)
            break;
        newest = one;
        if (step->kind == VG_STEP_ADMISSION ? exercise->world->infections[index].admission == step->day : one->admission != VG_DATE_NONE && one->discharge == VG_DATE_NONE)
            open = one;
    }
    return open != NULL ? open : newest;
}

static void take_stay(const struct vg_exercise *exercise, const struct vg_step *step)
{
    struct vg_exercise_infection *one = infection_of_step(exercise, step);
    if (one == NULL)
        return;
    if (step->kind == VG_STEP_ADMISSION) {
        one->admission = step->day;
        one->without_ward = !step->bed;
        one->recovery = VG_DATE_NONE;
    } else if (step->kind == VG_STEP_ICU) {
        one->icu = step->day;
        one->without_icu = !step->bed;
    } else {
        one->icu_out = one->icu == VG_DATE_NONE ? VG_DATE_NONE : step->day;
        one->discharge = one->admission == VG_DATE_NONE ? VG_DATE_NONE : step->day;
        one->death = step->dead ? step->day : VG_DATE_NONE;
        one->recovery = step->dead ? VG_DATE_NONE : step->day;
    }
}

static int compare_doses(const void *a, const void *b)
{
    const struct vg_exercise_dose *one = a, *other = b;
    if (one->person != other->person)
        return one->person < other->person ? -1 : 1;
    return one->day != other->day ? (one->day < other->day ? -1 : 1) : (int)one->dose - (int)other->dose;
}

static int compare_away(const void *a, const void *b)
{
    const struct vg_exercise_away *one = a, *other = b;
    if (one->person != other->person)
        return one->person < other->person ? -1 : 1;
    return one->from < other->from ? -1 : one->from > other->from;
}

static vg_status take_steps(struct vg_exercise *exercise, struct vg_error *error)
{
    const struct vg_exercise_world *world = exercise->world;
    size_t n_doses = 0, n_away = 0;
    for (size_t i = 0; i < world->n_steps; i++) {
        n_doses += world->steps[i].kind == VG_STEP_DOSE;
        n_away += world->steps[i].kind == VG_STEP_AWAY;
    }
    exercise->doses = VG_ARENA_ARRAY(exercise->arena, struct vg_exercise_dose, n_doses + 1);
    exercise->away = VG_ARENA_ARRAY(exercise->arena, struct vg_exercise_away, n_away + 1);
    if (exercise->doses == NULL || exercise->away == NULL)
        return vg_fail_memory(error, (n_doses + n_away) * sizeof *exercise->doses);
    for (size_t i = 0; i < world->n_steps; i++) {
        const struct vg_step *step = &world->steps[i];
        if (step->person >= world->n_persons || (i > 0 && step->day < step[-1].day))
            return vg_fail(error, VG_USAGE_ERROR, "step %zu of the log (person %u, day %d): there is no such person, or it is not in the order of days", i, step->person,
                           (int)step->day);
        if (step->kind == VG_STEP_DOSE)
            exercise->doses[exercise->n_doses++] = (struct vg_exercise_dose){step->person, step->day, step->product, step->dose};
        else if (step->kind == VG_STEP_AWAY)
            exercise->away[exercise->n_away++] = (struct vg_exercise_away){step->person, step->day, step->until};
        else
            take_stay(exercise, step);
    }
    qsort(exercise->doses, exercise->n_doses, sizeof *exercise->doses, compare_doses);
    qsort(exercise->away, exercise->n_away, sizeof *exercise->away, compare_away);
    return VG_OK;
}

const struct vg_exercise_dose *exercise_doses_of(const struct vg_exercise *exercise, uint32_t person, size_t *n)
{
    size_t low = 0, high = exercise->n_doses;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (exercise->doses[middle].person < person)
            low = middle + 1;
        else
            high = middle;
    }
    for (*n = 0; low + *n < exercise->n_doses && exercise->doses[low + *n].person == person;)
        ++*n;
    return exercise->doses + low;
}

bool exercise_is_away(const struct vg_exercise *exercise, uint32_t person, int32_t day)
{
    size_t low = 0, high = exercise->n_away;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (exercise->away[middle].person < person)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < exercise->n_away && exercise->away[low].person == person; low++)
        if (day >= exercise->away[low].from && day < exercise->away[low].until)
            return true;
    return false;
}

static vg_status bad_log(const struct vg_infection *log, size_t index, const char *what, struct vg_error *error)
{
    return vg_fail(error, VG_USAGE_ERROR, "infection %zu of the log (person %u, day %d): %s", index, log->person, (int)log->day, what);
}

vg_status exercise_make_courses(struct vg_exercise *exercise, struct vg_error *error)
{
    const struct vg_exercise_world *world = exercise->world;
    const size_t n = world->n_infections;
    exercise->infections = VG_ARENA_ARRAY(exercise->arena, struct vg_exercise_infection, n + 1);
    exercise->next_infection = VG_ARENA_ARRAY(exercise->arena, uint32_t, n + 1);
    exercise->first_infection_of = VG_ARENA_ARRAY(exercise->arena, uint32_t, (size_t)world->n_persons + 1);
    if (exercise->infections == NULL || exercise->next_infection == NULL || exercise->first_infection_of == NULL)
        return vg_fail_memory(error, n * sizeof(struct vg_exercise_infection));
    for (size_t i = 0; i < n; i++) {
        const struct vg_infection *log = &world->infections[i];
        struct vg_exercise_infection *one = &exercise->infections[i];
        if (log->person >= world->n_persons || (log->infector != UINT32_MAX && log->infector >= world->n_persons))
            return bad_log(log, i, "there is no such person", error);
        if (log->day < 0 || log->day >= exercise->n_days || (i > 0 && log->day < log[-1].day))
            return bad_log(log, i, "the log is not in the order of days, or longer than the exercise", error);
        *one = (struct vg_exercise_infection){.person = log->person, .day = log->day, .onset = log->onset, .layer = log->layer, .variant = log->variant,
                                              .earlier_infections = log->earlier_infections, .doses = log->doses, .symptomatic = log->symptomatic,
                                              .pool = log->pool, .place = log->place, .immunity = log->immunity, .infector_infection = VG_EXERCISE_NONE};
        if (log->infector != UINT32_MAX) {
            one->infector_infection = exercise_infection_on(exercise, log->infector, log->day - 1);
            if (one->infector_infection == VG_EXERCISE_NONE)
                return bad_log(log, i, "the infector was not infected before", error);
        }
        if (!chain_infection(exercise, (uint32_t)i))
            return bad_log(log, i, "the person is infected twice on one day", error);
        fill_person(exercise, one);
        if (one->municipality >= world->n_municipalities)
            return bad_log(log, i, "there is no such municipality", error);
        begin_course(exercise, log, one);
    }
    return take_steps(exercise, error);
}
