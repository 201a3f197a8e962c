/*
 * Who is found: which infections are tested and when, what the swab shows, the tests of people ill with something else and
 * their false positives, then what goes wrong on paper and when it is put right.
 */
#include "control/exercise/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define POSITIVE_BELOW_CT 38

uint64_t exercise_pseudonym(uint64_t seed, uint32_t number, uint32_t purpose)
{
    struct vg_random random = vg_random_stream(seed, number, 0, purpose);
    return vg_random_u64(&random) >> 16;
}

/* ------------------------------------------------------------------- the swab */

/* Cycle threshold: falls from 40 to a trough near onset, then rises by 0.85 a day; persons differ by 3. */
static double draw_ct(struct vg_random *random, const struct vg_exercise_infection *infection, int32_t test)
{
    double trough = fmin(fmax(21 + 3 * vg_random_normal(random), 13), 31);
    double peak = fmax(infection->onset - infection->day, 2), since = test - infection->day;
    double ct = since < peak ? 40 - (40 - trough) * fmax(since, 0) / peak : trough + 0.85 * (since - peak);
    return fmin(ct, 40);
}

static int32_t after_weekend(const struct vg_exercise *exercise, struct vg_random *random, int32_t day)
{
    int weekday = vg_date_weekday(exercise->first_date + day);
    bool stays = vg_random_uniform(random) < (weekday == 0 ? 0.3 : weekday == 6 ? 0.6 : 1);
    return stays ? day : day + (weekday == 0 ? 1 : 2);
}

/* The day of the swab, VG_DATE_NONE where nobody looks. */
static int32_t draw_test_day(const struct vg_exercise *exercise, const struct vg_exercise_infection *infection, struct vg_random *random)
{
    const struct vg_exercise_settings *settings = exercise->settings;
    double share = vg_exercise_ascertainment(exercise, infection->onset, infection->age_years, infection->municipality);
    double seek = settings->seek_days;
    int32_t test = VG_DATE_NONE;
    if (exercise_chance(random, infection->symptomatic ? share : share * settings->found_asymptomatic)) {
        test = infection->symptomatic ? infection->onset + exercise_draw_days(random, seek, 0.8 * seek) : infection->day + 3 + exercise_draw_days(random, 3, 2);
        test = after_weekend(exercise, random, test);
    }
    if (infection->admission != VG_DATE_NONE && (test == VG_DATE_NONE || test > infection->admission)) {
        bool tested = exercise_chance(random, settings->found_in_hospital);
        test = tested || test != VG_DATE_NONE ? infection->admission : VG_DATE_NONE;
    }
    return infection->death != VG_DATE_NONE && test > infection->death ? VG_DATE_NONE : test;
}

static int32_t draw_result_day(const struct vg_exercise *exercise, struct vg_random *random, int32_t test)
{
    return exercise_working_day(exercise, test + exercise_draw_days(random, exercise->settings->laboratory_days, 0.7 * exercise->settings->laboratory_days));
}

static void count_test(struct vg_exercise *exercise, uint32_t municipality, int32_t result, bool positive)
{
    if (result >= exercise->n_days)
        return;
    size_t at = (size_t)municipality * (size_t)exercise->n_days + (size_t)result;
    exercise->tests[at]++;
    exercise->positives[at] += positive;
}

/* Appends a case if there is one. */
static void find_infection(struct vg_exercise *exercise, uint32_t index, struct vg_buffer *cases)
{
    const struct vg_exercise_settings *settings = exercise->settings;
    const struct vg_exercise_infection *infection = &exercise->infections[index];
    struct vg_random random = vg_random_stream(exercise->seed, infection->person, (uint32_t)infection->day, EXERCISE_FINDING);
    struct vg_random swab = vg_random_stream(exercise->seed, infection->person, (uint32_t)infection->day, EXERCISE_TEST);
    struct vg_random way = vg_random_stream(exercise->seed, infection->person, (uint32_t)infection->day, EXERCISE_REPORT);
    int32_t test = draw_test_day(exercise, infection, &random);
    if (test == VG_DATE_NONE)
        return;
    double ct = draw_ct(&swab, infection, test);
    bool positive = ct < POSITIVE_BELOW_CT && exercise_chance(&swab, settings->sensitivity);
    int32_t result = draw_result_day(exercise, &swab, test);
    count_test(exercise, infection->municipality, result, positive);
    if (!positive)
        return;
    struct vg_exercise_case one = {.infection = index, .person = infection->person, .onset = infection->symptomatic ? infection->onset : VG_DATE_NONE,
                                   .test = test, .result = result, .municipality = infection->municipality, .age_years = infection->age_years,
                                   .female = infection->female, .symptomatic = infection->symptomatic, .ct = (float)ct};
    exercise_draw_report(exercise, &way, &one);
    vg_buffer_append(cases, &one, sizeof one);
}

/* ----------------------------------------------------------- everybody else's */

static void false_positive(const struct vg_exercise *exercise, uint32_t municipality, int32_t test, struct vg_random *random, struct vg_buffer *cases)
{
    const struct vg_exercise_world *world = exercise->world;
    struct vg_exercise_case one = {.infection = VG_EXERCISE_NONE, .onset = VG_DATE_NONE, .test = test, .municipality = (uint16_t)municipality,
                                   .flags = VG_EXERCISE_FALSE_POSITIVE};
    /* Somebody of the municipality who is not infected; a few tries find one. */
    for (int attempt = 0; attempt < 200; attempt++) {
        uint32_t person = vg_random_below(random, world->n_persons);
        struct vg_person facts = world->person(world->context, person, test);
        if (facts.municipality != municipality || exercise_infection_on(exercise, person, test) != VG_EXERCISE_NONE)
            continue;
        one.person = person;
        one.age_years = facts.age_years;
        one.female = facts.female;
        one.symptomatic = exercise_chance(random, 0.6);
        one.onset = one.symptomatic ? test - exercise_draw_days(random, exercise->settings->seek_days, 0.8 * exercise->settings->seek_days) : VG_DATE_NONE;
        one.result = draw_result_day(exercise, random, test);
        one.ct = (float)(33 + 4.9 * vg_random_uniform(random));
        exercise_draw_report(exercise, random, &one);
        vg_buffer_append(cases, &one, sizeof one);
        return;
    }
}

static void test_background(struct vg_exercise *exercise, uint32_t municipality, int32_t day, struct vg_buffer *cases)
{
    const struct vg_exercise_settings *settings = exercise->settings;
    struct vg_random random = vg_random_stream(exercise->seed, municipality, (uint32_t)day, EXERCISE_BACKGROUND);
    double mean = settings->background_per_100k * exercise->world->municipalities[municipality].population / 1e5;
    if (!exercise_is_working_day(exercise, day))
        mean *= 0.25;
    /* With the laboratories come the tests. */
    mean *= vg_exercise_ascertainment(exercise, day, 30, municipality) / fmax(settings->found_last, 0.01);
    int64_t tests = vg_random_poisson(&random, mean), wrong = vg_random_binomial(&random, tests, 1 - settings->specificity);
    for (int64_t i = 0; i < tests; i++)
        count_test(exercise, municipality, draw_result_day(exercise, &random, day), i < wrong);
    for (int64_t i = 0; i < wrong; i++)
        false_positive(exercise, municipality, day, &random, cases);
}

/* ----------------------------------------------------------------- the clerks */

/* Provinces ask with different care: their share of blanks, with the mean of all kept. */
static double missing_onset_share(const struct vg_exercise *exercise, uint32_t province)
{
    const struct vg_exercise_world *world = exercise->world;
    double share = exercise->settings->onset_missing, own = 0, sum = 0, people = 0;
    for (size_t p = 0; p < world->n_provinces; p++) {
        struct vg_random random = vg_random_stream(exercise->seed, (uint32_t)p, 1, EXERCISE_PROVINCE);
        double care = fmin(fmax(vg_random_normal(&random), -1.5), 1.5);
        own = p == province ? care : own;
        sum += care * world->provinces[p].population;
        people += world->provinces[p].population;
    }
    return share <= 0 || share >= 1 ? share : fmin(fmax(share + 0.06 * (own - sum / people), 0), 1);
}

static uint16_t another_municipality(const struct vg_exercise_world *world, uint16_t municipality, struct vg_random *random)
{
    uint32_t others = 0;
    for (size_t m = 0; m < world->n_municipalities; m++)
        others += m != municipality && world->municipalities[m].above == world->municipalities[municipality].above;
    if (others == 0)
        return municipality;
    uint32_t chosen = vg_random_below(random, others);
    for (size_t m = 0; m < world->n_municipalities; m++)
        if (m != municipality && world->municipalities[m].above == world->municipalities[municipality].above && chosen-- == 0)
            return (uint16_t)m;
    return municipality;
}

/* A day after the report, on which somebody puts something right. */
static int32_t later(const struct vg_exercise *exercise, const struct vg_exercise_case *one, struct vg_random *random, double mean_days)
{
    return exercise_working_day(exercise, one->report + 1 + exercise_draw_days(random, mean_days - 1, 0.5 * mean_days));
}

static int32_t known_after(const struct vg_exercise_case *one, int32_t event, int32_t lag)
{
    return event == VG_DATE_NONE ? VG_DATE_NONE : event + lag > one->report ? event + lag : one->report;
}

static void draw_hospital_knowledge(const struct vg_exercise *exercise, struct vg_random *random, struct vg_exercise_case *one)
{
    one->admission = one->admission_known = one->icu = one->icu_known = one->death = one->recovery = one->outcome_known = VG_DATE_NONE;
    int32_t lags[4];
    const double means[4] = {2, 2, 4, 7};
    for (size_t i = 0; i < 4; i++)
        lags[i] = 1 + exercise_draw_days(random, means[i] - 1, 0.7 * means[i]);
    bool told = exercise_chance(random, 0.8); /* many recoveries are never written down */
    if (one->infection == VG_EXERCISE_NONE)
        return;
    const struct vg_exercise_infection *infection = &exercise->infections[one->infection];
    one->admission = infection->admission;
    one->admission_known = known_after(one, infection->admission, lags[0]);
    one->icu = infection->icu;
    one->icu_known = known_after(one, infection->icu, lags[1]);
    one->death = infection->death;
    one->recovery = told ? infection->recovery : VG_DATE_NONE;
    one->outcome_known = infection->death != VG_DATE_NONE ? known_after(one, infection->death, lags[2]) : known_after(one, one->recovery, lags[3]);
}

static void draw_errors(const struct vg_exercise *exercise, struct vg_exercise_case *one)
{
    const struct vg_exercise_settings *settings = exercise->settings;
    struct vg_random random = vg_random_stream(exercise->seed, one->person, (uint32_t)one->test, EXERCISE_ERRORS);
    bool missing = exercise_chance(&random, missing_onset_share(exercise, exercise->world->municipalities[one->municipality].above));
    bool filled = exercise_chance(&random, settings->onset_filled), misplaced = exercise_chance(&random, settings->municipality_wrong);
    bool corrected = exercise_chance(&random, settings->municipality_corrected), found_out = exercise_chance(&random, settings->false_positive_found);
    one->onset_known = one->symptomatic ? one->report : VG_DATE_NONE;
    if (one->symptomatic && missing) {
        one->flags |= (uint16_t)(VG_EXERCISE_ONSET_MISSING | (filled ? VG_EXERCISE_ONSET_FILLED : 0));
        one->onset_known = filled ? later(exercise, one, &random, 12) : VG_DATE_NONE;
    }
    one->municipality_reported = misplaced ? another_municipality(exercise->world, one->municipality, &random) : one->municipality;
    one->place_known = one->report;
    if (one->municipality_reported != one->municipality) {
        one->flags |= VG_EXERCISE_WRONG_PLACE;
        one->place_known = corrected ? later(exercise, one, &random, 15) : VG_DATE_NONE;
    }
    one->withdrawn = one->flags & VG_EXERCISE_FALSE_POSITIVE && found_out ? later(exercise, one, &random, 18) : VG_DATE_NONE;
    if (exercise_chance(&random, settings->age_missing))
        one->flags |= VG_EXERCISE_AGE_MISSING;
    if (exercise_chance(&random, settings->sex_missing))
        one->flags |= VG_EXERCISE_SEX_MISSING;
    if (exercise_chance(&random, settings->doses_missing))
        one->flags |= VG_EXERCISE_DOSES_MISSING;
    size_t n_doses;
    const struct vg_exercise_dose *doses = exercise_doses_of(exercise, one->person, &n_doses);
    for (size_t i = 0; i < n_doses && doses[i].day < one->test; i++)
        one->doses++;
    one->reference = exercise_pseudonym(exercise->seed, one->person, EXERCISE_REFERENCE_NAME);
    draw_hospital_knowledge(exercise, &random, one);
}

/* The same person once more, from another laboratory, half of the time under a name that nobody recognises. */
static void append_duplicate(const struct vg_exercise *exercise, const struct vg_exercise_case *first, struct vg_buffer *cases)
{
    const struct vg_exercise_settings *settings = exercise->settings;
    struct vg_random random = vg_random_stream(exercise->seed, first->person, (uint32_t)first->test, EXERCISE_TYPING);
    if (!exercise_chance(&random, settings->duplicate))
        return;
    struct vg_exercise_case one = *first;
    one.report = later(exercise, first, &random, 5);
    one.flags |= VG_EXERCISE_DUPLICATE;
    if (exercise_chance(&random, 0.5))
        one.reference ^= 1u + vg_random_below(&random, 0xFFFFFF);
    one.withdrawn = exercise_chance(&random, settings->duplicate_found) ? later(exercise, &one, &random, 14) : VG_DATE_NONE;
    one.onset_known = first->onset_known == VG_DATE_NONE ? VG_DATE_NONE : first->onset_known > one.report ? first->onset_known : one.report;
    one.place_known = first->place_known == VG_DATE_NONE ? VG_DATE_NONE : first->place_known > one.report ? first->place_known : one.report;
    one.admission_known = known_after(&one, first->admission_known, 0);
    one.icu_known = known_after(&one, first->icu_known, 0);
    one.outcome_known = known_after(&one, first->outcome_known, 0);
    vg_buffer_append(cases, &one, sizeof one);
}

static int compare_cases(const void *a, const void *b)
{
    const struct vg_exercise_case *one = a, *other = b;
    if (one->report != other->report)
        return one->report < other->report ? -1 : 1;
    if (one->reference != other->reference)
        return one->reference < other->reference ? -1 : 1;
    if (one->test != other->test)
        return one->test < other->test ? -1 : 1;
    return (one->flags & VG_EXERCISE_DUPLICATE) - (other->flags & VG_EXERCISE_DUPLICATE);
}

static vg_status allocate(struct vg_exercise *exercise, struct vg_error *error)
{
    size_t n_cells = exercise->world->n_municipalities * (size_t)exercise->n_days;
    exercise->tests = VG_ARENA_ARRAY(exercise->arena, uint32_t, n_cells);
    exercise->positives = VG_ARENA_ARRAY(exercise->arena, uint32_t, n_cells);
    exercise->case_of = VG_ARENA_ARRAY(exercise->arena, uint32_t, exercise->world->n_infections + 1);
    if (exercise->tests == NULL || exercise->positives == NULL || exercise->case_of == NULL)
        return vg_fail_memory(error, n_cells * 2 * sizeof(uint32_t));
    for (size_t i = 0; i < exercise->world->n_infections; i++)
        exercise->case_of[i] = VG_EXERCISE_NONE;
    return VG_OK;
}

/* What is in the buffer becomes the cases; those that nobody types in time are dropped where `final`. */
static void take_cases(struct vg_exercise *exercise, struct vg_buffer *found, bool final)
{
    struct vg_exercise_case *cases = (struct vg_exercise_case *)(void *)found->data;
    size_t n = found->size / sizeof *cases, kept = 0;
    for (size_t i = 0; i < n; i++)
        if (!final || cases[i].report < exercise->n_days)
            cases[kept++] = cases[i];
    exercise->cases = cases;
    exercise->n_cases = kept;
}

vg_status exercise_make_cases(struct vg_exercise *exercise, struct vg_error *error)
{
    struct vg_buffer found;
    vg_status status = allocate(exercise, error);
    vg_buffer_init(&found, 0);
    for (uint32_t i = 0; status == VG_OK && i < exercise->world->n_infections; i++)
        find_infection(exercise, i, &found);
    for (uint32_t m = 0; status == VG_OK && m < exercise->world->n_municipalities; m++)
        for (int32_t day = 0; day < exercise->n_days; day++)
            test_background(exercise, m, day, &found);
    if (status == VG_OK) {
        take_cases(exercise, &found, false);
        status = exercise_queue_reports(exercise, error);
    }
    size_t n_first = exercise->n_cases;
    for (size_t i = 0; status == VG_OK && i < n_first && !found.failed; i++) {
        struct vg_exercise_case first = ((struct vg_exercise_case *)(void *)found.data)[i];
        draw_errors(exercise, &first);
        ((struct vg_exercise_case *)(void *)found.data)[i] = first;
        append_duplicate(exercise, &first, &found);
    }
    if (status == VG_OK && found.failed)
        status = vg_fail_memory(error, found.size);
    if (status == VG_OK) {
        take_cases(exercise, &found, true);
        struct vg_exercise_case *kept = VG_ARENA_ARRAY(exercise->arena, struct vg_exercise_case, exercise->n_cases + 1);
        if (kept == NULL)
            status = vg_fail_memory(error, found.size);
        else if (exercise->n_cases > 0)
            memcpy(kept, exercise->cases, exercise->n_cases * sizeof *kept);
        exercise->cases = kept;
    }
    vg_buffer_release(&found);
    if (status != VG_OK)
        return status;
    qsort(exercise->cases, exercise->n_cases, sizeof *exercise->cases, compare_cases);
    for (size_t i = exercise->n_cases; i-- > 0;)
        if (exercise->cases[i].infection != VG_EXERCISE_NONE && !(exercise->cases[i].flags & VG_EXERCISE_DUPLICATE))
            exercise->case_of[exercise->cases[i].infection] = (uint32_t)i;
    return VG_OK;
}
