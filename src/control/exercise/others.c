/*
 * Other eyes on the epidemic, and doses: the load of sewage at each province's main plant, once a week, and surveys of antibodies. Both see
 * infections whether anybody was tested or not.
 */
#include "control/exercise/internal.h"

#include <math.h>
#include <stdlib.h>

#define SHED_DAYS 30
#define COPIES_PER_INFECTION 2e8  /* a day and 100,000 people at the peak of shedding; only its course matters */
#define COPIES_LEAST 2e5          /* what the method can tell from nothing */
#define SURVEY_FIRST_DAY 45
#define SURVEY_EVERY_DAYS 60
#define ANTIBODIES_AFTER_DAYS 14
#define LOT_DAYS 14

/* infections[municipality * n_days + day] and the first of each person alone; the caller frees. */
static double *count_infections(const struct vg_exercise *exercise, bool first_only)
{
    const size_t n_days = (size_t)exercise->n_days;
    double *counts = calloc(exercise->world->n_municipalities * n_days + 1, sizeof *counts);
    for (size_t i = 0; counts != NULL && i < exercise->world->n_infections; i++) {
        const struct vg_exercise_infection *one = &exercise->infections[i];
        counts[one->municipality * n_days + (size_t)one->day] += !first_only || one->earlier_infections == 0;
    }
    return counts;
}

static double load_of_day(const double *infections, int32_t day)
{
    double load = 0;
    for (int32_t since = 1; since < SHED_DAYS && since <= day; since++)
        load += infections[day - since] * (vg_gamma_cdf(since + 0.5, 2.5, 3) - vg_gamma_cdf(since - 0.5, 2.5, 3));
    return load;
}

vg_status exercise_feed_wastewater(const struct vg_exercise *exercise, struct vg_table *table, struct vg_error *error)
{
    static const struct exercise_column columns[] = {{"date", VG_COLUMN_DATE}, {"place_code", VG_COLUMN_TEXT}, {"copies_per_100k", VG_COLUMN_DOUBLE}, {"below_limit", VG_COLUMN_BOOLEAN},
                                                     {"report_day", VG_COLUMN_DATE}, {"release_day", VG_COLUMN_DATE}};
    const struct vg_exercise_world *world = exercise->world;
    double *infections = count_infections(exercise, false);
    if (infections == NULL)
        return vg_fail_memory(error, world->n_municipalities * (size_t)exercise->n_days * sizeof(double));
    EXERCISE_ADD_COLUMNS(table, columns);
    for (int32_t day = 0; day < exercise->n_days; day++) {
        for (uint32_t m = 0; m < world->n_municipalities && vg_date_weekday(exercise->first_date + day) == 3; m++) {
            struct exercise_hospital main_place;
            struct vg_random random = vg_random_stream(exercise->seed, m, (uint32_t)day, EXERCISE_WASTEWATER);
            double sd = exercise->settings->wastewater_sd, noise = exp(sd * vg_random_normal(&random) - 0.5 * sd * sd);
            int32_t report = exercise_working_day(exercise, day + 4 + (int32_t)vg_random_below(&random, 5));
            if (!exercise_hospital_of(exercise, m, &main_place) || main_place.rank != 0 || report >= exercise->n_days)
                continue;
            double load = noise * COPIES_PER_INFECTION * load_of_day(infections + (size_t)m * (size_t)exercise->n_days, day) * 1e5 / world->municipalities[m].population / 1e3;
            exercise_date_cell(table, exercise, day);
            vg_table_text(table, world->municipalities[m].code);
            vg_table_double(table, load < COPIES_LEAST ? NAN : floor(load / 1000 + 0.5) * 1000);
            vg_table_boolean(table, load < COPIES_LEAST);
            exercise_release_cells(table, exercise, report);
        }
    }
    free(infections);
    return exercise_table_end(table, error);
}

vg_status exercise_feed_serosurvey(const struct vg_exercise *exercise, struct vg_table *table, struct vg_error *error)
{
    static const struct exercise_column columns[] = {{"round_start", VG_COLUMN_DATE}, {"place_code", VG_COLUMN_TEXT}, {"tested", VG_COLUMN_INTEGER}, {"positive", VG_COLUMN_INTEGER},
                                                     {"report_day", VG_COLUMN_DATE}, {"release_day", VG_COLUMN_DATE}};
    const struct vg_exercise_world *world = exercise->world;
    const struct vg_exercise_settings *settings = exercise->settings;
    double *infections = count_infections(exercise, true);
    if (infections == NULL)
        return vg_fail_memory(error, world->n_municipalities * (size_t)exercise->n_days * sizeof(double));
    EXERCISE_ADD_COLUMNS(table, columns);
    for (int32_t round = SURVEY_FIRST_DAY; round < exercise->n_days; round += SURVEY_EVERY_DAYS) {
        for (uint32_t p = 0; p < world->n_provinces; p++) {
            struct vg_random random = vg_random_stream(exercise->seed, p, (uint32_t)round, EXERCISE_SEROSURVEY);
            double infected = 0;
            for (size_t m = 0; m < world->n_municipalities; m++)
                for (int32_t day = 0; day <= round - ANTIBODIES_AFTER_DAYS && world->municipalities[m].above == p; day++)
                    infected += infections[m * (size_t)exercise->n_days + (size_t)day];
            double share = infected / world->provinces[p].population;
            int64_t wanted = (int64_t)fmin(settings->antibody_persons, 0.1 * world->provinces[p].population);
            int64_t tested = vg_random_binomial(&random, wanted, 0.85); /* the others were not at home, or did not want to */
            int64_t positive = vg_random_binomial(&random, tested, share * settings->antibody_sensitivity + (1 - share) * (1 - settings->antibody_specificity));
            int32_t report = exercise_working_day(exercise, round + 28);
            if (report >= exercise->n_days || tested == 0)
                continue;
            exercise_date_cell(table, exercise, round);
            vg_table_text(table, world->provinces[p].code);
            vg_table_integer(table, tested);
            vg_table_integer(table, positive);
            exercise_release_cells(table, exercise, report);
        }
    }
    free(infections);
    return exercise_table_end(table, error);
}

/* ---------------------------------------------------------------- vaccination */

double exercise_protection(struct vg_protection protection, double days)
{
    if (days < protection.delay_days)
        return 0;
    return protection.half_life_days <= 0 ? protection.initial
                                          : protection.final + (protection.initial - protection.final) * exp2(-(days - protection.delay_days) / protection.half_life_days);
}

vg_status exercise_truth_doses(const struct vg_exercise *exercise, struct vg_table *table, struct vg_error *error)
{
    static const struct exercise_column columns[] = {{"person_id", VG_COLUMN_INTEGER}, {"day", VG_COLUMN_DATE},        {"product", VG_COLUMN_TEXT},
                                                     {"lot", VG_COLUMN_TEXT},          {"dose_no", VG_COLUMN_INTEGER}, {"protects_from", VG_COLUMN_DATE}};
    const struct vg_exercise_world *world = exercise->world;
    EXERCISE_ADD_COLUMNS(table, columns);
    for (size_t i = 0; i < exercise->n_doses; i++) {
        const struct vg_exercise_dose *one = &exercise->doses[i];
        char lot[EXERCISE_NAME_BYTES];
        exercise_lot_name(exercise, one, lot);
        vg_table_integer(table, one->person);
        exercise_date_cell(table, exercise, one->day);
        vg_table_text(table, world->product_names[one->product]);
        vg_table_text(table, lot);
        vg_table_integer(table, one->dose);
        exercise_date_cell(table, exercise, one->day + (int32_t)world->disease->products[one->product].infection[one->dose - 1].delay_days);
    }
    return exercise_table_end(table, error);
}

/* What a dose protects from by days since it: of the risk of infection; of symptoms, of the infected; of admission, of the ill; of death, of the admitted. */
vg_status exercise_truth_vaccines(const struct vg_exercise *exercise, struct vg_table *table, struct vg_error *error)
{
    static const struct exercise_column columns[] = {{"product", VG_COLUMN_TEXT},           {"dose_no", VG_COLUMN_INTEGER},         {"days_since", VG_COLUMN_INTEGER},
                                                     {"against_infection", VG_COLUMN_DOUBLE}, {"against_disease", VG_COLUMN_DOUBLE}, {"against_admission", VG_COLUMN_DOUBLE},
                                                     {"against_death", VG_COLUMN_DOUBLE}};
    const struct vg_exercise_world *world = exercise->world;
    const struct vg_disease *disease = world->disease;
    EXERCISE_ADD_COLUMNS(table, columns);
    for (size_t product = 0; product < disease->n_products; product++) {
        for (size_t dose = 0; dose < VG_DOSES_MAX; dose++) {
            const struct vg_vaccine_product *one = &disease->products[product];
            const struct vg_protection of[] = {one->infection[dose], one->disease[dose], one->severe[dose], one->death[dose]};
            for (int32_t days = 0; days < exercise->n_days; days += 7) {
                vg_table_text(table, world->product_names[product]);
                vg_table_integer(table, (int64_t)dose + 1);
                vg_table_integer(table, days);
                for (size_t i = 0; i < sizeof of / sizeof *of; i++)
                    vg_table_double(table, floor(exercise_protection(of[i], days) * 1e4 + 0.5) / 1e4);
            }
        }
    }
    return exercise_table_end(table, error);
}

/* Lots of a province change every two weeks. */
void exercise_lot_name(const struct vg_exercise *exercise, const struct vg_exercise_dose *dose, char out[EXERCISE_NAME_BYTES])
{
    const struct vg_exercise_world *world = exercise->world;
    uint32_t province = world->municipalities[world->person(world->context, dose->person, dose->day).municipality].above;
    (void)snprintf(out, EXERCISE_NAME_BYTES, "L%u%02u%02u", dose->product + 1u, province % 100u, (uint32_t)dose->day / LOT_DAYS % 100u);
}

#define TEN_YEARS 13           /* groups of ten years, the last from 120 on */

/* By day, municipality, ten years of age and number of the dose: the denominators that effectiveness needs. */
vg_status exercise_feed_vaccinations(const struct vg_exercise *exercise, struct vg_table *table, struct vg_error *error)
{
    static const struct exercise_column columns[] = {{"date", VG_COLUMN_DATE}, {"place_code", VG_COLUMN_TEXT}, {"age_from", VG_COLUMN_INTEGER}, {"dose_no", VG_COLUMN_INTEGER}, {"doses", VG_COLUMN_INTEGER},
                                                     {"report_day", VG_COLUMN_DATE}, {"release_day", VG_COLUMN_DATE}};
    const struct vg_exercise_world *world = exercise->world;
    const size_t n = world->n_municipalities, n_cells = (size_t)exercise->n_days * n * TEN_YEARS * VG_DOSES_MAX;
    uint32_t *counts = calloc(n_cells + 1, sizeof *counts);
    if (counts == NULL)
        return vg_fail_memory(error, n_cells * sizeof *counts);
    for (size_t i = 0; i < exercise->n_doses; i++) {
        const struct vg_exercise_dose *one = &exercise->doses[i];
        struct vg_person facts = world->person(world->context, one->person, one->day);
        size_t decade = facts.age_years / 10u < TEN_YEARS ? facts.age_years / 10u : TEN_YEARS - 1;
        counts[(((size_t)one->day * n + facts.municipality) * TEN_YEARS + decade) * VG_DOSES_MAX + one->dose - 1]++;
    }
    EXERCISE_ADD_COLUMNS(table, columns);
    for (size_t cell = 0; cell < n_cells; cell++) {
        const size_t ages = cell / VG_DOSES_MAX;
        int32_t day = (int32_t)(ages / TEN_YEARS / n), report = exercise_working_day(exercise, day + 2);
        if (counts[cell] == 0 || report >= exercise->n_days)
            continue;
        exercise_date_cell(table, exercise, day);
        vg_table_text(table, world->municipalities[ages / TEN_YEARS % n].code);
        vg_table_integer(table, (int64_t)(ages % TEN_YEARS) * 10);
        vg_table_integer(table, (int64_t)(cell % VG_DOSES_MAX) + 1);
        vg_table_integer(table, counts[cell]);
        exercise_release_cells(table, exercise, report);
    }
    free(counts);
    return exercise_table_end(table, error);
}
