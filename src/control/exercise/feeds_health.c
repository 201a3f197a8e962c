/*
 * Hospitals and deaths as they are published: a census of each hospital by day, some of them late; the civil register's deaths
 * with their delay; and deaths of all causes by week, against which an excess can be seen.
 */
#include "control/exercise/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FORMER_WEEKS 104

/* ---------------------------------------------------------------- hospitals */

bool exercise_hospital_of(const struct vg_exercise *exercise, uint32_t municipality, struct exercise_hospital *hospital)
{
    const struct vg_exercise_world *world = exercise->world;
    const struct vg_exercise_place *own = &world->municipalities[municipality];
    uint32_t rank = 0, n = 0;
    for (uint32_t m = 0; m < world->n_municipalities; m++) {
        const struct vg_exercise_place *other = &world->municipalities[m];
        if (other->above != own->above)
            continue;
        n++;
        rank += other->population > own->population || (other->population >= own->population && m < municipality);
    }
    if (rank > 1)
        return false;
    double share = n == 1 ? 1 : rank == 0 ? 2.0 / 3 : 1.0 / 3, people = world->provinces[own->above].population / 1e5;
    const struct vg_scenario_hospital *beds = &exercise->scenario->hospital;
    *hospital = (struct exercise_hospital){.municipality = municipality, .province = own->above, .rank = rank,
                                           .ward_beds = isnan(beds->ward_beds_per_100k) ? -1 : (int32_t)ceil(beds->ward_beds_per_100k * people * share),
                                           .icu_beds = isnan(beds->icu_beds_per_100k) ? -1 : (int32_t)ceil(beds->icu_beds_per_100k * people * share)};
    return true;
}

/* To which of the province's hospitals a patient goes. */
static uint32_t rank_of_patient(const struct vg_exercise *exercise, const struct vg_exercise_infection *patient)
{
    size_t in_province = 0;
    uint32_t province = exercise->world->municipalities[patient->municipality].above;
    for (size_t m = 0; m < exercise->world->n_municipalities; m++)
        in_province += exercise->world->municipalities[m].above == province;
    return in_province > 1 && exercise_pseudonym(exercise->seed, patient->person, EXERCISE_CENSUS) % 3 == 0;
}

static void add_stay(uint32_t *days, int32_t from, int32_t until, int32_t n_days)
{
    for (int32_t day = from; day < until && day < n_days; day++)
        days[day]++;
}

/* Until the last day where the stay does not end before. */
static int32_t until(const struct vg_exercise *exercise, int32_t day)
{
    return day == VG_DATE_NONE ? exercise->n_days : day;
}

void exercise_count_patients(const struct vg_exercise *exercise, const struct exercise_hospital *hospital, uint32_t *ward, uint32_t *icu, uint32_t *waiting)
{
    const int32_t n_days = exercise->n_days;
    memset(ward, 0, (size_t)n_days * sizeof *ward);
    memset(icu, 0, (size_t)n_days * sizeof *icu);
    memset(waiting, 0, (size_t)n_days * sizeof *waiting);
    for (size_t i = 0; i < exercise->world->n_infections; i++) {
        const struct vg_exercise_infection *one = &exercise->infections[i];
        if (one->admission == VG_DATE_NONE || exercise->world->municipalities[one->municipality].above != hospital->province ||
            rank_of_patient(exercise, one) != hospital->rank)
            continue;
        int32_t ward_until = one->icu == VG_DATE_NONE ? until(exercise, one->discharge) : one->icu;
        add_stay(one->without_ward ? waiting : ward, one->admission, ward_until, n_days);
        if (one->icu != VG_DATE_NONE)
            /* Whoever finds no bed of intensive care keeps the ward's, if any, and waits. */
            add_stay(one->without_icu ? waiting : icu, one->icu, until(exercise, one->discharge), n_days);
        if (one->icu != VG_DATE_NONE && one->without_icu && !one->without_ward)
            add_stay(ward, one->icu, until(exercise, one->discharge), n_days);
    }
}

static void beds_cell(struct vg_table *table, int32_t beds)
{
    if (beds < 0)
        vg_table_missing(table);
    else
        vg_table_integer(table, beds);
}

struct census_memory { struct exercise_hospital hospital; uint32_t *ward, *icu, *waiting; double oxygen, sedatives; };

/* Where nobody says how many beds there are, as many as are in use. */
static double beds_or(int32_t beds, uint32_t patients)
{
    return beds < 0 ? (double)patients : (double)beds;
}

static void put_census(const struct census_memory *memory, int32_t day, struct vg_random *random, struct vg_table *table)
{
    const struct exercise_hospital *hospital = &memory->hospital;
    uint32_t wards = memory->ward[day], intensive = memory->icu[day];
    double ward_beds = beds_or(hospital->ward_beds, wards), icu_beds = beds_or(hospital->icu_beds, intensive);
    int64_t staff = (int64_t)((ward_beds + 3 * icu_beds) * 2);
    /* Staff fall ill with everybody else: more are absent where the wards are full. */
    double absent = 0.03 + 0.06 * fmin((double)wards / fmax(ward_beds, 1), 1.5);
    vg_table_integer(table, wards);
    vg_table_integer(table, intensive);
    beds_cell(table, hospital->ward_beds);
    beds_cell(table, hospital->icu_beds);
    vg_table_integer(table, memory->waiting[day]);
    vg_table_integer(table, vg_random_binomial(random, intensive, 0.75));
    vg_table_integer(table, staff);
    vg_table_integer(table, vg_random_binomial(random, staff, absent));
    vg_table_integer(table, (int64_t)memory->oxygen);
    vg_table_integer(table, (int64_t)memory->sedatives);
}

/* Whether and how late the count of a day comes. */
static int32_t census_report(const struct vg_exercise *exercise, uint32_t municipality, int32_t day, struct vg_random *random)
{
    struct vg_random habit = vg_random_stream(exercise->seed, municipality, 0, EXERCISE_CENSUS);
    bool late = exercise_chance(&habit, exercise->settings->census_late);
    bool sunday = vg_date_weekday(exercise->first_date + day) == 0;
    bool missing = exercise_chance(random, exercise->settings->census_missing * (sunday ? 3 : 1));
    int32_t report = day + (late ? 1 + (int32_t)vg_random_below(random, 3) : 0);
    return missing ? VG_DATE_NONE : report;
}

/* Oxygen for about ten days of half full wards, filled up on Tuesdays; sedatives for two weeks of full intensive care, on the first Tuesday of a month. */
static void supply(const struct vg_exercise *exercise, struct census_memory *memory, int32_t day, struct vg_random *random)
{
    const struct exercise_hospital *hospital = &memory->hospital;
    double ward_beds = beds_or(hospital->ward_beds, 20), icu_beds = beds_or(hospital->icu_beds, 4);
    int32_t date = exercise->first_date + day;
    int year, month, month_day;
    vg_date_to_civil(date, &year, &month, &month_day);
    bool tuesday = vg_date_weekday(date) == 2, comes = exercise_chance(random, 0.9);
    if (day == 0 || (tuesday && comes))
        memory->oxygen = 60 * ward_beds + 200 * icu_beds;
    if (day == 0 || (tuesday && month_day <= 7 && comes))
        memory->sedatives = 14 * 10 * icu_beds;
    memory->oxygen = fmax(memory->oxygen - 9.0 * memory->ward[day] - 30.0 * memory->icu[day], 0);
    memory->sedatives = fmax(memory->sedatives - 10.0 * memory->icu[day], 0);
}

static void census_day(const struct vg_exercise *exercise, struct census_memory *memory, int32_t day, struct vg_table *table)
{
    const struct exercise_hospital *hospital = &memory->hospital;
    struct vg_random random = vg_random_stream(exercise->seed, hospital->municipality, (uint32_t)day + 1, EXERCISE_CENSUS);
    supply(exercise, memory, day, &random);
    int32_t report = census_report(exercise, hospital->municipality, day, &random);
    if (report == VG_DATE_NONE || report >= exercise->n_days)
        return;
    exercise_date_cell(table, exercise, day);
    vg_table_text(table, exercise->world->municipalities[hospital->municipality].code);
    vg_table_text(table, exercise->scenario->disease.name);
    put_census(memory, day, &random, table);
    exercise_release_cells(table, exercise, report);
}

vg_status exercise_feed_census(const struct vg_exercise *exercise, struct vg_table *table, struct vg_error *error)
{
    static const char *const counts[] = {"ward_patients", "icu_patients", "ward_beds", "icu_beds", "waiting", "ventilators_in_use", "staff", "staff_absent", "oxygen_m3", "sedative_ampoules"};
    const size_t n_days = (size_t)exercise->n_days, n = exercise->world->n_municipalities;
    vg_status status = VG_OK;
    size_t n_hospitals = 0;
    struct census_memory *hospitals = calloc(n + 1, sizeof *hospitals);
    uint32_t *patients = NULL;
    if (hospitals == NULL)
        return vg_fail_memory(error, n * sizeof *hospitals);
    for (uint32_t m = 0; m < n; m++)
        n_hospitals += exercise_hospital_of(exercise, m, &hospitals[n_hospitals].hospital);
    patients = calloc(n_hospitals * 3 * n_days + 1, sizeof *patients);
    if (patients == NULL) {
        status = vg_fail_memory(error, n_hospitals * 3 * n_days * sizeof *patients);
        goto done;
    }
    for (size_t h = 0; h < n_hospitals; h++) {
        hospitals[h].ward = patients + h * 3 * n_days;
        hospitals[h].icu = hospitals[h].ward + n_days;
        hospitals[h].waiting = hospitals[h].icu + n_days;
        exercise_count_patients(exercise, &hospitals[h].hospital, hospitals[h].ward, hospitals[h].icu, hospitals[h].waiting);
    }
    vg_table_add_column(table, "date", VG_COLUMN_DATE);
    vg_table_add_column(table, "place_code", VG_COLUMN_TEXT);
    vg_table_add_column(table, "disease", VG_COLUMN_TEXT);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        vg_table_add_column(table, counts[i], VG_COLUMN_INTEGER);
    vg_table_add_column(table, "report_day", VG_COLUMN_DATE);
    vg_table_add_column(table, "release_day", VG_COLUMN_DATE);
    for (int32_t day = 0; day < exercise->n_days; day++)
        for (size_t h = 0; h < n_hospitals; h++)
            census_day(exercise, &hospitals[h], day, table);
    status = exercise_table_end(table, error);
done:
    free(patients);
    free(hospitals);
    return status;
}

/* ------------------------------------------------------------------- deaths */

struct exercise_death exercise_draw_death(const struct vg_exercise *exercise, uint32_t infection)
{
    const struct vg_exercise_infection *one = &exercise->infections[infection];
    struct vg_random random = vg_random_stream(exercise->seed, one->person, (uint32_t)one->day, EXERCISE_DEATH);
    struct exercise_death death = {.infection = infection};
    death.found = exercise_chance(&random, exercise->settings->death_found);
    int32_t days = exercise_draw_days(&random, exercise->settings->death_days, exercise->settings->death_days_sd);
    death.registered = exercise_working_day(exercise, one->death + days);
    return death;
}

static int compare_deaths(const void *a, const void *b)
{
    const struct exercise_death *one = a, *other = b;
    if (one->registered != other->registered)
        return one->registered < other->registered ? -1 : 1;
    return one->infection < other->infection ? -1 : one->infection > other->infection;
}

static void put_death(const struct vg_exercise *exercise, const struct exercise_death *death, size_t number, struct vg_table *table)
{
    const struct vg_exercise_infection *one = &exercise->infections[death->infection];
    char text[EXERCISE_NAME_BYTES];
    (void)snprintf(text, sizeof text, "D%06zu", number);
    vg_table_text(table, text);
    exercise_reference_name(exercise_pseudonym(exercise->seed, one->person, EXERCISE_REFERENCE_NAME), text);
    vg_table_text(table, text);
    exercise_date_cell(table, exercise, one->death);
    vg_table_text(table, exercise->world->municipalities[one->municipality].code);
    vg_table_integer(table, one->age_years);
    vg_table_text(table, one->female ? "female" : "male");
    vg_table_text(table, exercise->scenario->disease.name);
    vg_table_text(table, death->found ? "disease" : "ill defined");
    exercise_release_cells(table, exercise, death->registered);
}

/* All deaths of the infected that are registered in time, in the order of the register. The caller frees. */
static struct exercise_death *registered_deaths(const struct vg_exercise *exercise, size_t *n, struct vg_error *error)
{
    size_t all = 0;
    for (size_t i = 0; i < exercise->world->n_infections; i++)
        all += exercise->infections[i].death != VG_DATE_NONE;
    struct exercise_death *deaths = calloc(all + 1, sizeof *deaths);
    *n = 0;
    if (deaths == NULL) {
        (void)vg_fail_memory(error, all * sizeof *deaths);
        return NULL;
    }
    for (uint32_t i = 0; i < exercise->world->n_infections; i++) {
        if (exercise->infections[i].death == VG_DATE_NONE)
            continue;
        deaths[*n] = exercise_draw_death(exercise, i);
        *n += deaths[*n].registered < exercise->n_days;
    }
    qsort(deaths, *n, sizeof *deaths, compare_deaths);
    return deaths;
}

vg_status exercise_feed_deaths(const struct vg_exercise *exercise, struct vg_table *table, struct vg_error *error)
{
    static const struct exercise_column columns[] = {{"death_id", VG_COLUMN_TEXT}, {"reference", VG_COLUMN_TEXT}, {"date_of_death", VG_COLUMN_DATE}, {"municipality", VG_COLUMN_TEXT},
                                                     {"age", VG_COLUMN_INTEGER},   {"sex", VG_COLUMN_TEXT},       {"disease", VG_COLUMN_TEXT},     {"cause", VG_COLUMN_TEXT},         {"report_day", VG_COLUMN_DATE},
                                                     {"release_day", VG_COLUMN_DATE}};
    size_t n;
    struct exercise_death *deaths = registered_deaths(exercise, &n, error);
    if (deaths == NULL)
        return VG_SYSTEM_ERROR;
    EXERCISE_ADD_COLUMNS(table, columns);
    for (size_t i = 0; i < n; i++)
        put_death(exercise, &deaths[i], i + 1, table);
    free(deaths);
    return exercise_table_end(table, error);
}

static double other_deaths_a_day(const struct vg_exercise *exercise, uint32_t province)
{
    return exercise->settings->other_deaths_per_1000 / 1000 / 365.25 * exercise->world->provinces[province].population;
}

/* counts[week of death * n_weeks + week of registration] */
static void count_other_deaths(const struct vg_exercise *exercise, uint32_t province, size_t n_weeks, uint32_t *counts)
{
    const struct vg_exercise_settings *settings = exercise->settings;
    double a_day = other_deaths_a_day(exercise, province);
    for (int32_t day = 0; day < exercise->n_days; day++) {
        struct vg_random random = vg_random_stream(exercise->seed, province, (uint32_t)day, EXERCISE_OTHER_DEATHS);
        int64_t deaths = vg_random_poisson(&random, a_day);
        for (int64_t i = 0; i < deaths; i++) {
            int32_t known = day + exercise_draw_days(&random, settings->death_days, settings->death_days_sd);
            if (known / 7 < (int32_t)n_weeks)
                counts[(size_t)(day / 7) * n_weeks + (size_t)(known / 7)]++;
        }
    }
}

/* The two years before, complete: what an excess is counted from. Known on the first day. */
static void put_former_deaths(const struct vg_exercise *exercise, struct vg_table *table)
{
    const struct vg_exercise_world *world = exercise->world;
    for (int32_t week = -FORMER_WEEKS; week < 0; week++) {
        for (uint32_t p = 0; p < world->n_provinces; p++) {
            struct vg_random random = vg_random_stream(exercise->seed, p, (uint32_t)(exercise->n_days - week), EXERCISE_OTHER_DEATHS);
            exercise_date_cell(table, exercise, 7 * week);
            vg_table_text(table, world->provinces[p].code);
            vg_table_integer(table, 1);
            vg_table_integer(table, vg_random_poisson(&random, 7 * other_deaths_a_day(exercise, p)));
            exercise_release_cells(table, exercise, 0);
        }
    }
}

/* Weeks count from the first day; what was registered in a week is published after its last day. */
vg_status exercise_feed_all_deaths(const struct vg_exercise *exercise, struct vg_table *table, struct vg_error *error)
{
    static const struct exercise_column columns[] = {{"week_start", VG_COLUMN_DATE},  {"place_code", VG_COLUMN_TEXT}, {"version", VG_COLUMN_INTEGER},
                                                     {"deaths", VG_COLUMN_INTEGER}, {"report_day", VG_COLUMN_DATE}, {"release_day", VG_COLUMN_DATE}};
    const size_t n_weeks = (size_t)exercise->n_days / 7, n_provinces = exercise->world->n_provinces, n_cells = n_weeks * n_weeks;
    size_t n;
    struct exercise_death *deaths = registered_deaths(exercise, &n, error);
    uint32_t *counts = calloc(n_provinces * n_cells + 1, sizeof *counts);
    vg_status status = deaths == NULL || counts == NULL ? vg_fail_memory(error, n_provinces * n_cells * sizeof *counts) : VG_OK;
    if (status != VG_OK)
        goto done;
    for (uint32_t p = 0; p < n_provinces; p++)
        count_other_deaths(exercise, p, n_weeks, counts + p * n_cells);
    for (size_t i = 0; i < n; i++) {
        const struct vg_exercise_infection *one = &exercise->infections[deaths[i].infection];
        size_t died = (size_t)one->death / 7, known = (size_t)deaths[i].registered / 7;
        if (died < n_weeks && known < n_weeks)
            counts[exercise->world->municipalities[one->municipality].above * n_cells + died * n_weeks + known]++;
    }
    EXERCISE_ADD_COLUMNS(table, columns);
    put_former_deaths(exercise, table);
    for (size_t week = 0; week < n_weeks; week++) {
        for (size_t p = 0; p < n_provinces; p++) {
            int64_t total = 0, version = 0;
            for (size_t known = week; known < n_weeks; known++) {
                uint32_t more = counts[p * n_cells + week * n_weeks + known];
                int32_t report = exercise_working_day(exercise, (int32_t)known * 7 + 7);
                total += more;
                if ((more == 0 && version > 0) || report >= exercise->n_days)
                    continue;
                exercise_date_cell(table, exercise, (int32_t)week * 7);
                vg_table_text(table, exercise->world->provinces[p].code);
                vg_table_integer(table, ++version);
                vg_table_integer(table, total);
                exercise_release_cells(table, exercise, report);
            }
        }
    }
    status = exercise_table_end(table, error);
done:
    free(counts);
    free(deaths);
    return status;
}
