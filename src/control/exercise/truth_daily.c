/*
 * The truth by day: counts by municipality, age and variant; and by place (countries, provinces, municipalities) what estimators
 * are held against: infections and their renewal ratio, the cohort's reproduction number, onsets, those infected, those ever infected, what is left of protection.
 * Instantaneous R: Fraser 2007; cohort R: Wallinga and Teunis 2004.
 */
#include "control/exercise/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define GENERATION_DAYS VG_DELAY_DAYS_MAX

/* --------------------------------------------------- by age and variant */

enum { DAILY_INFECTIONS, DAILY_ONSETS, DAILY_ADMISSIONS, DAILY_ICU, DAILY_DEATHS, DAILY_OFFSPRING, DAILY_BEGIN, DAILY_END, DAILY_KINDS };

struct daily_shape { size_t n_municipalities, n_ages, n_variants; int32_t n_days; };

static void count_at(uint32_t *counts, const struct daily_shape *shape, int32_t day, const struct vg_exercise_infection *one, size_t kind)
{
    if (day == VG_DATE_NONE || day < 0 || day >= shape->n_days)
        return;
    size_t cell = (((size_t)day * shape->n_municipalities + one->municipality) * shape->n_ages + one->age_group) * shape->n_variants + one->variant;
    counts[cell * DAILY_KINDS + kind]++;
}

static void put_daily(const struct vg_exercise *exercise, const struct daily_shape *shape, const uint32_t *counts, size_t n_cells, int64_t *prevalence, struct vg_table *table)
{
    const size_t n_series = shape->n_municipalities * shape->n_ages * shape->n_variants;
    for (size_t cell = 0; cell < n_cells; cell++) {
        const uint32_t *row = counts + cell * DAILY_KINDS;
        prevalence[cell % n_series] += (int64_t)row[DAILY_BEGIN] - (int64_t)row[DAILY_END];
        bool any = prevalence[cell % n_series] > 0;
        for (size_t kind = 0; kind <= DAILY_OFFSPRING; kind++)
            any = any || row[kind] > 0;
        if (!any)
            continue;
        size_t variant = cell % shape->n_variants, age = cell / shape->n_variants % shape->n_ages;
        size_t place = cell / shape->n_variants / shape->n_ages;
        exercise_date_cell(table, exercise, (int32_t)(place / shape->n_municipalities));
        vg_table_text(table, exercise->world->municipalities[place % shape->n_municipalities].code);
        vg_table_integer(table, exercise->world->age_from[age]);
        vg_table_integer(table, (int64_t)variant);
        for (size_t kind = 0; kind <= DAILY_OFFSPRING; kind++)
            vg_table_integer(table, row[kind]);
        vg_table_integer(table, prevalence[cell % n_series]);
    }
}

/* Rows in which nobody is infected and nothing happens are left out: they are zeros. */
vg_status exercise_truth_daily(const struct vg_exercise *exercise, struct vg_table *table, struct vg_error *error)
{
    static const struct exercise_column columns[] = {{"date", VG_COLUMN_DATE},          {"municipality", VG_COLUMN_TEXT},  {"age_from", VG_COLUMN_INTEGER},
                                                     {"variant", VG_COLUMN_INTEGER},    {"infections", VG_COLUMN_INTEGER}, {"onsets", VG_COLUMN_INTEGER},
                                                     {"admissions", VG_COLUMN_INTEGER}, {"icu", VG_COLUMN_INTEGER},        {"deaths", VG_COLUMN_INTEGER},
                                                     {"offspring", VG_COLUMN_INTEGER},  {"prevalence", VG_COLUMN_INTEGER}};
    const struct vg_exercise_world *world = exercise->world;
    const struct daily_shape shape = {world->n_municipalities, world->n_ages, world->disease->n_variants, exercise->n_days};
    size_t n_series = shape.n_municipalities * shape.n_ages * shape.n_variants, n_cells = (size_t)shape.n_days * n_series;
    uint32_t *counts = calloc(n_cells, DAILY_KINDS * sizeof *counts);
    int64_t *prevalence = calloc(n_series, sizeof *prevalence);
    vg_status status = counts == NULL || prevalence == NULL ? vg_fail_memory(error, n_cells * DAILY_KINDS * sizeof *counts) : VG_OK;
    EXERCISE_ADD_COLUMNS(table, columns);
    for (size_t i = 0; i < world->n_infections && status == VG_OK; i++) {
        const struct vg_exercise_infection *one = &exercise->infections[i];
        count_at(counts, &shape, one->day, one, DAILY_INFECTIONS);
        count_at(counts, &shape, one->day, one, DAILY_BEGIN);
        count_at(counts, &shape, one->death != VG_DATE_NONE ? one->death : one->recovery, one, DAILY_END);
        count_at(counts, &shape, one->symptomatic ? one->onset : VG_DATE_NONE, one, DAILY_ONSETS);
        count_at(counts, &shape, one->admission, one, DAILY_ADMISSIONS);
        count_at(counts, &shape, one->icu, one, DAILY_ICU);
        count_at(counts, &shape, one->death, one, DAILY_DEATHS);
        if (one->infector_infection != VG_EXERCISE_NONE)
            count_at(counts, &shape, exercise->infections[one->infector_infection].day, &exercise->infections[one->infector_infection], DAILY_OFFSPRING);
    }
    if (status == VG_OK)
        put_daily(exercise, &shape, counts, n_cells, prevalence, table);
    free(counts);
    free(prevalence);
    return status == VG_OK ? exercise_table_end(table, error) : status;
}

/* ---------------------------------------------------------------- by place */

enum { PLACE_INFECTIONS, PLACE_IMPORTS, PLACE_INFECTED, PLACE_OFFSPRING, PLACE_ONSETS, PLACE_ADMISSIONS, PLACE_ICU, PLACE_DEATHS, PLACE_EVER, PLACE_CASES_ONSET,
       PLACE_PROTECTED, PLACE_KINDS };

static void add_one(double *counts, int32_t n_days, size_t place, int32_t day, size_t kind, double number)
{
    if (day != VG_DATE_NONE && day >= 0 && day < n_days)
        counts[(place * (size_t)n_days + (size_t)day) * PLACE_KINDS + kind] += number;
}

static void count_places(const struct vg_exercise *exercise, double *counts)
{
    const int32_t n = exercise->n_days;
    for (size_t i = 0; i < exercise->world->n_infections; i++) {
        const struct vg_exercise_infection *one = &exercise->infections[i];
        size_t place = one->municipality;
        bool imported = one->infector_infection == VG_EXERCISE_NONE;
        int32_t ends = one->death != VG_DATE_NONE ? one->death : one->recovery;
        add_one(counts, n, place, one->day, PLACE_INFECTIONS, 1);
        add_one(counts, n, place, one->day, PLACE_IMPORTS, imported);
        add_one(counts, n, place, one->day, PLACE_EVER, one->earlier_infections == 0);
        /* As differences, summed up afterwards. */
        add_one(counts, n, place, one->day, PLACE_INFECTED, 1);
        add_one(counts, n, place, ends, PLACE_INFECTED, -1);
        add_one(counts, n, place, one->symptomatic ? one->onset : VG_DATE_NONE, PLACE_ONSETS, 1);
        add_one(counts, n, place, one->admission, PLACE_ADMISSIONS, 1);
        add_one(counts, n, place, one->icu, PLACE_ICU, 1);
        add_one(counts, n, place, one->death, PLACE_DEATHS, 1);
        if (exercise->case_of[i] != VG_EXERCISE_NONE && one->symptomatic)
            add_one(counts, n, place, one->onset, PLACE_CASES_ONSET, 1);
        if (!imported) {
            const struct vg_exercise_infection *infector = &exercise->infections[one->infector_infection];
            add_one(counts, n, infector->municipality, infector->day, PLACE_OFFSPRING, 1);
        }
    }
}

/* The most that is kept against the first variant of the variants seen, as the engine has it. */
static double kept_of(const struct vg_disease *disease, uint32_t seen)
{
    double kept = 0;
    for (size_t v = 0; v < disease->n_variants; v++)
        kept = seen >> v & 1 ? fmax(kept, disease->variants[0].immunity_from[v]) : kept;
    return kept;
}

/*
 * Protection against infection with the first variant, summed over people: of each who was infected or vaccinated since the first day, what is left that day of
 * both, one against the other independent. Those infected before the first day are not in the log and left out.
 */
static void count_protected(const struct vg_exercise *exercise, double *counts)
{
    const struct vg_exercise_world *world = exercise->world;
    const struct vg_disease *disease = world->disease;
    for (uint32_t person = 0; person < world->n_persons; person++) {
        size_t n_doses;
        const struct vg_exercise_dose *doses = exercise_doses_of(exercise, person, &n_doses);
        uint32_t index = exercise->first_infection_of[person] == 0 ? VG_EXERCISE_NONE : exercise->first_infection_of[person] - 1;
        if (n_doses == 0 && index == VG_EXERCISE_NONE)
            continue;
        int32_t first = n_doses > 0 ? doses[0].day : exercise->n_days;
        first = index != VG_EXERCISE_NONE && exercise->infections[index].day < first ? exercise->infections[index].day : first;
        size_t municipality = world->person(world->context, person, first).municipality, taken = 0;
        uint32_t newest = VG_EXERCISE_NONE, seen = 0;
        for (int32_t day = first + 1; day < exercise->n_days; day++) {
            double left = 1;
            for (; index != VG_EXERCISE_NONE && exercise->infections[index].day < day; index = exercise->next_infection[index]) {
                newest = index;
                seen |= 1u << exercise->infections[index].variant;
            }
            for (; taken < n_doses && doses[taken].day < day;)
                taken++;
            if (newest != VG_EXERCISE_NONE)
                left *= 1 - kept_of(disease, seen) * exercise_protection(disease->natural_infection, day - exercise->infections[newest].day);
            if (taken > 0)
                left *= 1 - disease->variants[0].vaccine_kept * exercise_protection(disease->products[doses[taken - 1].product].infection[doses[taken - 1].dose - 1], day - doses[taken - 1].day);
            add_one(counts, exercise->n_days, municipality, day, PLACE_PROTECTED, 1 - left);
        }
    }
}

/* The generation time: the disease's profile where it counts from infection, else as the log has it. */
static void generation_weights(const struct vg_exercise *exercise, double weights[GENERATION_DAYS])
{
    const struct vg_disease *disease = exercise->world->disease;
    double total = 0;
    memset(weights, 0, GENERATION_DAYS * sizeof *weights);
    for (size_t k = 0; !disease->profile_from_onset && k < disease->n_profile; k++) {
        int32_t day = disease->profile_first_day + (int32_t)k;
        if (day >= 0 && day < GENERATION_DAYS)
            weights[day < 1 ? 1 : day] += disease->profile[k];
    }
    for (size_t i = 0; disease->profile_from_onset && i < exercise->world->n_infections; i++) {
        const struct vg_exercise_infection *one = &exercise->infections[i];
        if (one->infector_infection == VG_EXERCISE_NONE)
            continue;
        int32_t day = one->day - exercise->infections[one->infector_infection].day;
        if (day < GENERATION_DAYS)
            weights[day]++;
    }
    for (size_t s = 0; s < GENERATION_DAYS; s++)
        total += weights[s];
    for (size_t s = 0; s < GENERATION_DAYS && total > 0; s++)
        weights[s] /= total;
}

/* With what weight an infection of so many days ago infects: what place_truth's infectiousness is made with. */
vg_status exercise_truth_generation(const struct vg_exercise *exercise, struct vg_table *table, struct vg_error *error)
{
    static const struct exercise_column columns[] = {{"days_since", VG_COLUMN_INTEGER}, {"share", VG_COLUMN_DOUBLE}};
    double weights[GENERATION_DAYS];
    generation_weights(exercise, weights);
    EXERCISE_ADD_COLUMNS(table, columns);
    for (size_t s = 1; s < GENERATION_DAYS; s++) {
        if (weights[s] > 0) {
            vg_table_integer(table, (int64_t)s);
            vg_table_double(table, weights[s]);
        }
    }
    return exercise_table_end(table, error);
}

static double convolved(const double *counts, int32_t day, size_t kind, const double weights[GENERATION_DAYS])
{
    double sum = 0;
    for (int32_t s = 1; s < GENERATION_DAYS && s <= day; s++)
        sum += weights[s] * counts[(size_t)(day - s) * PLACE_KINDS + kind];
    return sum;
}

static void put_place(const struct vg_exercise *exercise, const struct vg_exercise_place *place, const double *counts, const double weights[GENERATION_DAYS], struct vg_table *table)
{
    double infected = 0, ever = 0;
    for (int32_t day = 0; day < exercise->n_days; day++) {
        const double *row = counts + (size_t)day * PLACE_KINDS;
        double met = convolved(counts, day, PLACE_INFECTIONS, weights), onset_met = convolved(counts, day, PLACE_ONSETS, weights);
        infected += row[PLACE_INFECTED];
        ever += row[PLACE_EVER];
        vg_table_text(table, place->code);
        exercise_date_cell(table, exercise, day);
        vg_table_integer(table, (int64_t)row[PLACE_INFECTIONS]);
        vg_table_integer(table, (int64_t)row[PLACE_IMPORTS]);
        vg_table_integer(table, (int64_t)infected);
        vg_table_double(table, met);
        vg_table_double(table, met > 0 ? (row[PLACE_INFECTIONS] - row[PLACE_IMPORTS]) / met : NAN);
        /* Whoever was infected in the last three weeks may pass it on yet. */
        vg_table_double(table, row[PLACE_INFECTIONS] > 0 && day < exercise->n_days - 21 ? row[PLACE_OFFSPRING] / row[PLACE_INFECTIONS] : NAN);
        vg_table_integer(table, (int64_t)row[PLACE_ONSETS]);
        vg_table_double(table, onset_met);
        vg_table_integer(table, (int64_t)row[PLACE_ADMISSIONS]);
        vg_table_integer(table, (int64_t)row[PLACE_ICU]);
        vg_table_integer(table, (int64_t)row[PLACE_DEATHS]);
        vg_table_integer(table, (int64_t)ever);
        vg_table_integer(table, (int64_t)row[PLACE_CASES_ONSET]);
        vg_table_double(table, floor(row[PLACE_PROTECTED] / place->population * 1e4 + 0.5) / 1e4);
    }
}

vg_status exercise_truth_places_daily(const struct vg_exercise *exercise, struct vg_table *table, struct vg_error *error)
{
    static const struct exercise_column columns[] = {
        {"place_code", VG_COLUMN_TEXT},      {"date", VG_COLUMN_DATE},           {"infections", VG_COLUMN_INTEGER},       {"imports", VG_COLUMN_INTEGER},
        {"prevalence", VG_COLUMN_INTEGER},   {"infectiousness", VG_COLUMN_DOUBLE}, {"rt_instantaneous", VG_COLUMN_DOUBLE}, {"rt_cohort", VG_COLUMN_DOUBLE},
        {"onsets", VG_COLUMN_INTEGER},       {"onset_infectiousness", VG_COLUMN_DOUBLE}, {"admissions", VG_COLUMN_INTEGER}, {"icu_admissions", VG_COLUMN_INTEGER},
        {"deaths", VG_COLUMN_INTEGER},       {"ever_infected", VG_COLUMN_INTEGER}, {"cases_onset", VG_COLUMN_INTEGER},
        {"immune_share", VG_COLUMN_DOUBLE}};
    const struct vg_exercise_world *world = exercise->world;
    const size_t n_places = world->n_municipalities + world->n_provinces + world->n_countries, per_place = (size_t)exercise->n_days * PLACE_KINDS;
    double weights[GENERATION_DAYS];
    double *counts = calloc(n_places * per_place, sizeof *counts);
    if (counts == NULL)
        return vg_fail_memory(error, n_places * per_place * sizeof *counts);
    count_places(exercise, counts);
    count_protected(exercise, counts);
    generation_weights(exercise, weights);
    double *provinces = counts + world->n_municipalities * per_place, *countries = provinces + world->n_provinces * per_place;
    for (size_t m = 0; m < world->n_municipalities; m++)
        for (size_t i = 0; i < per_place; i++) {
            provinces[world->municipalities[m].above * per_place + i] += counts[m * per_place + i];
            countries[world->provinces[world->municipalities[m].above].above * per_place + i] += counts[m * per_place + i];
        }
    EXERCISE_ADD_COLUMNS(table, columns);
    size_t n;
    struct exercise_listed *all = exercise_list_places(world, &n);
    vg_status status = all == NULL ? vg_fail_memory(error, n_places * sizeof *all) : VG_OK;
    for (size_t i = 0; i < n && status == VG_OK; i++) {
        const double *const of_level[] = {countries, provinces, counts};
        put_place(exercise, all[i].place, of_level[all[i].level] + all[i].index * per_place, weights, table);
    }
    free(all);
    free(counts);
    return status == VG_OK ? exercise_table_end(table, error) : status;
}

/* ------------------------------------------------ what would have happened */

enum { AVERTED_INFECTIONS, AVERTED_ADMISSIONS, AVERTED_ICU, AVERTED_DEATHS, AVERTED_KINDS };

/* counts[(place * n_days + day) * AVERTED_KINDS + kind], provinces and then countries. */
static void count_above(const struct vg_exercise *exercise, double *counts, uint32_t municipality, int32_t day, size_t kind)
{
    const struct vg_exercise_world *world = exercise->world;
    const uint32_t province = world->municipalities[municipality].above;
    const size_t places[2] = {province, world->n_provinces + world->provinces[province].above};
    for (size_t i = 0; i < 2 && day != VG_DATE_NONE && day >= 0 && day < exercise->n_days; i++)
        counts[(places[i] * (size_t)exercise->n_days + (size_t)day) * AVERTED_KINDS + kind]++;
}

static void count_all_above(const struct vg_exercise *exercise, double *counts)
{
    const struct vg_exercise_world *world = exercise->world;
    memset(counts, 0, (world->n_provinces + world->n_countries) * (size_t)exercise->n_days * AVERTED_KINDS * sizeof *counts);
    for (size_t i = 0; i < world->n_infections; i++) {
        const struct vg_exercise_infection *one = &exercise->infections[i];
        count_above(exercise, counts, one->municipality, one->day, AVERTED_INFECTIONS);
        count_above(exercise, counts, one->municipality, one->admission, AVERTED_ADMISSIONS);
        count_above(exercise, counts, one->municipality, one->icu, AVERTED_ICU);
        count_above(exercise, counts, one->municipality, one->death, AVERTED_DEATHS);
    }
}

static void put_counterfactual(const struct vg_exercise *exercise, const char *scenario, const char *code, const double *with, const double *without, struct vg_table *table)
{
    for (int32_t day = 0; day < exercise->n_days; day++) {
        vg_table_text(table, scenario);
        vg_table_text(table, code);
        exercise_date_cell(table, exercise, day);
        for (size_t kind = 0; kind < AVERTED_KINDS; kind++) {
            size_t at = (size_t)day * AVERTED_KINDS + kind;
            vg_table_integer(table, (int64_t)with[at]);
            vg_table_integer(table, (int64_t)without[at]);
        }
    }
}

/* Days as they were and as they would have been; the two runs share every draw that both make, so their difference is the measures'. */
vg_status exercise_truth_counterfactual(const struct vg_exercise *exercise, struct vg_table *table, struct vg_error *error)
{
    static const struct exercise_column columns[] = {{"scenario", VG_COLUMN_TEXT},      {"place_code", VG_COLUMN_TEXT},         {"date", VG_COLUMN_DATE},
                                                     {"infections", VG_COLUMN_INTEGER}, {"infections_without", VG_COLUMN_INTEGER}, {"admissions", VG_COLUMN_INTEGER},
                                                     {"admissions_without", VG_COLUMN_INTEGER}, {"icu", VG_COLUMN_INTEGER}, {"icu_without", VG_COLUMN_INTEGER},
                                                     {"deaths", VG_COLUMN_INTEGER}, {"deaths_without", VG_COLUMN_INTEGER}};
    const struct vg_exercise_world *world = exercise->world;
    const size_t per_place = (size_t)exercise->n_days * AVERTED_KINDS, n = (world->n_provinces + world->n_countries) * per_place;
    size_t n_listed;
    double *with = calloc(2 * n, sizeof *with), *without = with + n;
    struct exercise_listed *all = exercise_list_places(world, &n_listed);
    vg_status status = with == NULL || all == NULL ? vg_fail_memory(error, 2 * n * sizeof *with) : VG_OK;
    EXERCISE_ADD_COLUMNS(table, columns);
    if (status == VG_OK)
        count_all_above(exercise, with);
    for (size_t i = 0; i < exercise->n_others && status == VG_OK; i++) {
        count_all_above(exercise->others[i].courses, without);
        for (size_t k = 0; k < n_listed; k++) {
            size_t at = (all[k].level == EXERCISE_COUNTRY ? world->n_provinces + all[k].index : all[k].index) * per_place;
            if (all[k].level != EXERCISE_MUNICIPALITY)
                put_counterfactual(exercise, exercise->others[i].name, all[k].place->code, with + at, without + at, table);
        }
    }
    free(with);
    free(all);
    return status == VG_OK ? exercise_table_end(table, error) : status;
}
