/*
 * From the log of an epidemic to whole courses: who infected whom by number of infection, and when each person was infectious,
 * in hospital, in intensive care, well again or dead. The log's own onsets and admissions stand; the rest is drawn from the
 * disease's delays, one stream of random numbers an infection.
 */
#include "control/exercise/internal.h"

#include <math.h>
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

static int32_t draw_delay(struct vg_random *random, struct vg_delay delay)
{
    return exercise_draw_days(random, delay.mean_days, delay.sd_days);
}

static void draw_hospital(const struct vg_disease *disease, const struct vg_infection *log, struct vg_random *random, struct vg_exercise_infection *one)
{
    int32_t leaves;
    one->admission = log->admission;
    if (log->icu) {
        one->icu = one->admission + draw_delay(random, disease->admission_to_icu);
        one->icu_out = one->icu + 1 + draw_delay(random, log->death ? disease->icu_to_death : disease->icu_stay);
        /* Whoever leaves intensive care alive spends some days more in a ward. */
        leaves = log->death ? one->icu_out : one->icu_out + 1 + exercise_draw_days(random, 0.5 * disease->ward_stay.mean_days, 0.5 * disease->ward_stay.sd_days);
    } else {
        leaves = one->admission + 1 + draw_delay(random, log->death ? disease->ward_to_death : disease->ward_stay);
    }
    one->discharge = leaves;
    if (log->death)
        one->death = leaves;
    else
        one->recovery = leaves;
}

static void draw_course(const struct vg_exercise *exercise, const struct vg_infection *log, struct vg_exercise_infection *one)
{
    const struct vg_disease *disease = exercise->world->disease;
    struct vg_random random = vg_random_stream(exercise->parameters.seed, log->person, (uint32_t)log->day, EXERCISE_COURSE);
    one->admission = one->icu = one->icu_out = one->discharge = one->death = one->recovery = VG_DATE_NONE;
    /* The first day that carries weight in the profile of transmission. */
    int32_t first = disease->profile_from_onset ? log->onset + disease->profile_first_day : log->day + disease->profile_first_day;
    one->infectious = first <= log->day ? log->day + 1 : first;
    if (log->ward && log->admission != VG_DATE_NONE) {
        draw_hospital(disease, log, &random, one);
    } else if (log->death) {
        one->death = one->onset + 1 + draw_delay(&random, disease->onset_to_death);
    } else {
        /* Until well again: 8 days from onset with symptoms (Covasim's mild course), counted alike without. */
        one->recovery = one->onset + exercise_draw_days(&random, 8, 2);
    }
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
                                              .pool = log->pool, .place = log->place, .infector_infection = VG_EXERCISE_NONE};
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
        draw_course(exercise, log, one);
    }
    return VG_OK;
}
