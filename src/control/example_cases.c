/*
 * From infections to cases: who falls ill and when, who is found, notified and reported on which working day, who is
 * admitted, and what the clerks will get wrong. Two passes over the same random streams: the first counts, so that the
 * second can write each place's cases to their own stretch of memory in parallel; then a stable counting sort by report date.
 */
#include "control/example_internal.h"

#include <math.h>
#include <string.h>

struct fate {
    int32_t onset;
    bool symptomatic, found;
};

static int draw_days(struct vg_random *random, double mean, double sd)
{
    return (int)floor(vg_random_gamma(random, mean * mean / (sd * sd), sd * sd / mean) + 0.5);
}

static struct fate draw_fate(struct vg_random *random, const struct vg_example *example, int day)
{
    struct fate fate;
    fate.onset = example->start + day + draw_days(random, VG_EXAMPLE_INCUBATION_MEAN_DAYS, VG_EXAMPLE_INCUBATION_SD_DAYS);
    fate.symptomatic = vg_random_uniform(random) < VG_EXAMPLE_SYMPTOMATIC_SHARE;
    double share = vg_control_example_ascertainment(fate.onset - example->start);
    fate.found = vg_random_uniform(random) < (fate.symptomatic ? share : 0.10 * share); /* the others only as contacts */
    return fate;
}

static bool is_working_day(int32_t date)
{
    int weekday = vg_date_weekday(date);
    return weekday != 0 && weekday != 6 && !vg_control_example_holiday(date);
}

/* Moves a date that falls on a day of rest to the next working day with the chance that belongs to that kind of day. */
static int32_t after_rest(struct vg_random *random, int32_t date, double saturday, double sunday, double holiday)
{
    int weekday = vg_date_weekday(date);
    double chance = vg_control_example_holiday(date) ? holiday : weekday == 0 ? sunday : weekday == 6 ? saturday : 0;
    if (chance > 0 && vg_random_uniform(random) < chance)
        do
            date++;
        while (!is_working_day(date));
    return date;
}

static void draw_report(struct vg_random *random, const struct vg_example *example, struct vg_example_case *one)
{
    double part = fmin(fmax((double)(one->onset - example->start) / VG_EXAMPLE_DAYS, 0), 1);
    double visit_mean = 4.8 - 1.8 * part, paper_mean = 4.0 - 1.8 * part; /* both get quicker as the months go */
    uint16_t province = example->province_of[one->municipality];
    if (province == 4)
        paper_mean *= 1.5; /* far from the laboratory */
    one->notification = after_rest(random, one->onset + draw_days(random, visit_mean, 0.6 * visit_mean), 0.45, 0.7, 0.8);
    int paper_days = draw_days(random, paper_mean, 0.9 * paper_mean);
    if (vg_random_uniform(random) < 0.03) {
        paper_days += draw_days(random, 20, 12);
        one->flags |= VG_EXAMPLE_LATE_LABORATORY;
    }
    one->report = after_rest(random, one->notification + paper_days, 0.5, 1, 1);
    if (province == example->batch_province && one->report < example->batch_day && one->report >= example->batch_day - 12 &&
        vg_random_uniform(random) < 0.85) {
        one->report = example->batch_day;
        one->flags |= VG_EXAMPLE_IN_BATCH;
    }
    if (one->municipality == example->silent_municipality && one->report >= example->silent_from &&
        one->report < example->end + 3) {
        if (one->report <= example->end)
            one->flags |= VG_EXAMPLE_HELD_BY_SILENCE;
        one->report = example->end + 3; /* all at once, after the story */
    }
}

static void draw_admission(struct vg_random *random, struct vg_example_case *one)
{
    bool fatal = vg_random_uniform(random) < vg_example_fatal_share(one->age_years);
    bool intensive = vg_random_uniform(random) < (fatal ? 0.5 : 1) * vg_example_intensive_share(one->age_years);
    one->admission = one->onset + draw_days(random, 6, 3.2);
    one->severity = intensive ? VG_SEVERITY_CRITICAL : VG_SEVERITY_SEVERE;
    int32_t leaves = one->admission;
    if (intensive) {
        one->icu = one->admission + draw_days(random, 1.6, 1.4);
        one->icu_out = one->icu + 1 + draw_days(random, 9, 6);
        leaves = one->icu_out;
    }
    if (fatal) {
        one->death = intensive ? one->icu_out : one->admission + draw_days(random, 10, 7);
        one->discharge = one->death;
    } else {
        one->discharge = leaves + 1 + draw_days(random, intensive ? 5 : 8, intensive ? 3 : 5);
        one->recovery = one->discharge + 3;
    }
}

static void draw_course(struct vg_random *random, struct vg_example_case *one)
{
    one->age_years = (int16_t)vg_example_draw_age(random);
    one->sex = vg_random_uniform(random) < 0.52 ? VG_SEX_FEMALE : VG_SEX_MALE;
    one->admission = one->icu = one->icu_out = one->discharge = one->death = one->recovery = VG_DATE_NONE;
    double hospital = one->asymptomatic ? 0 : vg_example_hospital_share(one->age_years);
    double at_home = 0.15 * hospital * vg_example_fatal_share(one->age_years);
    double ticket = vg_random_uniform(random);
    if (ticket < hospital) {
        draw_admission(random, one);
        return;
    }
    one->severity = one->asymptomatic                  ? VG_SEVERITY_ASYMPTOMATIC
                    : vg_random_uniform(random) < 0.15 ? VG_SEVERITY_MODERATE
                                                       : VG_SEVERITY_MILD;
    if (ticket < hospital + at_home) {
        one->severity = VG_SEVERITY_SEVERE;
        one->death = one->onset + 2 + draw_days(random, 8, 5);
    } else {
        one->recovery = one->onset + 14 + (int32_t)vg_random_below(random, 3);
    }
}

static uint16_t draw_errors(struct vg_random *random, const struct vg_example *example, const struct vg_example_case *one)
{
    double onset_lost = example->province_of[one->municipality] == 3 ? 0.12 : 0.05;
    const struct {
        uint16_t flag;
        double chance;
    } errors[] = {
        {VG_EXAMPLE_ONSET_LOST, one->asymptomatic ? 0 : onset_lost},
        {VG_EXAMPLE_NAME_VARIANT, 0.04},
        {VG_EXAMPLE_CODE_LOST, 0.02},
        {VG_EXAMPLE_ONSET_WRONG_YEAR, one->asymptomatic ? 0 : 0.0005},
        {VG_EXAMPLE_DEATH_BEFORE_ONSET, one->death == VG_DATE_NONE || one->asymptomatic ? 0 : 0.015},
        {VG_EXAMPLE_AGE_IMPOSSIBLE, 0.0003},
        {VG_EXAMPLE_AGE_LOST, 0.01},
        {VG_EXAMPLE_SEX_LOST, 0.005},
        {VG_EXAMPLE_AGE_ROUNDED, one->age_years >= 30 ? 0.08 : 0},
        {VG_EXAMPLE_REPEATED, 0.0008},
        {VG_EXAMPLE_ENTERED_TWICE, 0.0006},
    };
    uint16_t flags = 0;
    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
        if (vg_random_uniform(random) < errors[i].chance)
            flags |= errors[i].flag;
    /* One cell can be spoilt in one way only, so that the counts stated are the counts found. */
    if (flags & VG_EXAMPLE_ONSET_LOST)
        flags &= (uint16_t) ~(VG_EXAMPLE_ONSET_WRONG_YEAR | VG_EXAMPLE_DEATH_BEFORE_ONSET);
    if (flags & VG_EXAMPLE_DEATH_BEFORE_ONSET)
        flags &= (uint16_t)~VG_EXAMPLE_ONSET_WRONG_YEAR;
    if (flags & VG_EXAMPLE_AGE_LOST)
        flags &= (uint16_t) ~(VG_EXAMPLE_AGE_IMPOSSIBLE | VG_EXAMPLE_AGE_ROUNDED);
    if (flags & VG_EXAMPLE_AGE_IMPOSSIBLE)
        flags &= (uint16_t)~VG_EXAMPLE_AGE_ROUNDED;
    return flags;
}

static void make_case(const struct vg_example *example, size_t municipality, int day, size_t number, const struct fate *fate,
                      struct vg_example_case *one)
{
    uint32_t entity = (uint32_t)(municipality * 512) + (uint32_t)day; /* 512 > VG_EXAMPLE_DAYS */
    struct vg_random random = vg_random_stream(example->options.seed, entity, (uint32_t)number, PURPOSE_CASE);
    struct vg_random clerk = vg_random_stream(example->options.seed, entity, (uint32_t)number, PURPOSE_FILE);
    *one = (struct vg_example_case){.infection = example->start + day,
                                    .onset = fate->onset,
                                    .municipality = (uint16_t)municipality,
                                    .asymptomatic = !fate->symptomatic};
    draw_report(&random, example, one);
    draw_course(&random, one);
    one->flags |= draw_errors(&clerk, example, one);
}

struct case_work {
    struct vg_example *example;
    struct vg_example_case *cases; /* NULL while counting */
    size_t first[VG_EXAMPLE_MUNICIPALITIES], count[VG_EXAMPLE_MUNICIPALITIES];
};

static void work_municipality(void *context, size_t municipality, unsigned worker)
{
    struct case_work *work = context;
    struct vg_example *example = work->example;
    size_t found = 0;
    for (int day = 0; day < VG_EXAMPLE_DAYS; day++) {
        struct vg_random random = vg_random_stream(example->options.seed, (uint32_t)municipality, (uint32_t)day, PURPOSE_FATE);
        size_t infections = (size_t)example->infections[vg_example_at(municipality, day)];
        for (size_t number = 0; number < infections; number++) {
            struct fate fate = draw_fate(&random, example, day);
            if (!work->cases && fate.symptomatic && fate.onset <= example->end)
                example->onsets[vg_example_at(municipality, fate.onset - example->start)]++;
            if (!fate.found)
                continue;
            if (work->cases)
                make_case(example, municipality, day, number, &fate, &work->cases[work->first[municipality] + found]);
            found++;
        }
    }
    work->count[municipality] = found;
}

static vg_status sort_by_report(struct vg_example *example, const struct vg_example_case *cases, struct vg_arena *arena,
                                struct vg_error *error)
{
    int32_t newest = example->start;
    for (size_t i = 0; i < example->n_cases; i++)
        newest = cases[i].report > newest ? cases[i].report : newest;
    size_t n_days = (size_t)(newest - example->start) + 2;
    size_t *next = VG_ARENA_ARRAY(arena, size_t, n_days);
    example->cases = VG_ARENA_ARRAY(arena, struct vg_example_case, example->n_cases + 1);
    if (!next || !example->cases)
        return vg_fail_memory(error, example->n_cases * sizeof *cases);
    for (size_t i = 0; i < example->n_cases; i++)
        next[cases[i].report - example->start + 1]++;
    for (size_t day = 1; day < n_days; day++)
        next[day] += next[day - 1];
    for (size_t i = 0; i < example->n_cases; i++)
        example->cases[next[cases[i].report - example->start]++] = cases[i];
    return VG_OK;
}

vg_status vg_example_make_cases(struct vg_example *example, struct vg_pool *pool, struct vg_arena *arena,
                                struct vg_error *error)
{
    struct case_work work = {.example = example};
    struct vg_arena scratch;
    vg_status status = VG_OK;
    vg_arena_init(&scratch, 0);
    vg_parallel_for(pool, VG_EXAMPLE_MUNICIPALITIES, work_municipality, &work);
    for (size_t m = 0; m < VG_EXAMPLE_MUNICIPALITIES; m++) {
        work.first[m] = example->n_cases;
        example->n_cases += work.count[m];
    }
    work.cases = VG_ARENA_ARRAY(&scratch, struct vg_example_case, example->n_cases + 1);
    if (!work.cases) {
        status = vg_fail_memory(error, example->n_cases * sizeof(struct vg_example_case));
        goto done;
    }
    vg_parallel_for(pool, VG_EXAMPLE_MUNICIPALITIES, work_municipality, &work);
    status = sort_by_report(example, work.cases, arena, error);
done:
    vg_arena_release(&scratch);
    return status;
}
