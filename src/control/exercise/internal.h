/*
 * Private to exercise: what its files share. A stream of random numbers belongs to one purpose, so that a change of one
 * observation leaves the others as they were.
 */
#ifndef VG_EXERCISE_INTERNAL_H
#define VG_EXERCISE_INTERNAL_H

#include "control/exercise/exercise.h"

enum {
    EXERCISE_COURSE = 201, EXERCISE_FINDING, EXERCISE_TEST, EXERCISE_REPORT, EXERCISE_ERRORS, EXERCISE_BACKGROUND, EXERCISE_PLACE, EXERCISE_PROVINCE,
    EXERCISE_REFERENCE_NAME, EXERCISE_TYPING, EXERCISE_DAILY, EXERCISE_INTERVIEW, EXERCISE_RECALL, EXERCISE_CENSUS, EXERCISE_DEATH, EXERCISE_OTHER_DEATHS,
    EXERCISE_MUTATION, EXERCISE_IMPORT_GENOME, EXERCISE_MARKER, EXERCISE_SEQUENCER, EXERCISE_LETTERS, EXERCISE_APP, EXERCISE_KEY, EXERCISE_ENCOUNTER, EXERCISE_WASTEWATER,
    EXERCISE_SEROSURVEY, EXERCISE_LINE, EXERCISE_HOUR
};

/* Whole days of a gamma law, to the nearest; 0 for a mean of 0. */
int32_t exercise_draw_days(struct vg_random *random, double mean_days, double sd_days);
/* The calendar: made by exercise_make_calendar, in report.c. */
vg_status exercise_make_calendar(struct vg_exercise *exercise, struct vg_error *error);
/* The day itself, or the next one on which offices work (no Sunday, no holiday). */
int32_t exercise_working_day(const struct vg_exercise *exercise, int32_t day);
bool exercise_is_working_day(const struct vg_exercise *exercise, int32_t day);
/* Every place of the three levels in the order of codes, which is that of the tables; the caller frees. NULL when out of memory. */
enum exercise_level { EXERCISE_COUNTRY, EXERCISE_PROVINCE_LEVEL, EXERCISE_MUNICIPALITY };
struct exercise_listed { const struct vg_exercise_place *place; const char *parent; enum exercise_level level; uint32_t index; };
struct exercise_listed *exercise_list_places(const struct vg_exercise_world *world, size_t *n);
/* What is left of a protection after so many days (control.h, struct vg_protection). */
double exercise_protection(struct vg_protection protection, double days);
/* Whether an outage keeps most reports of a municipality back that day. */
bool exercise_is_cut_off(const struct vg_exercise *exercise, uint32_t municipality, int32_t day);
vg_status exercise_check_outages(const struct vg_exercise *exercise, struct vg_error *error);
/* Whether a municipality has the code or lies in a unit or country that has it. */
bool exercise_lies_in(const struct vg_exercise_world *world, uint32_t municipality, const char *code);
bool exercise_chance(struct vg_random *random, double probability);
/* A pseudonym: 48 bits that tell nothing without the seed. */
uint64_t exercise_pseudonym(uint64_t seed, uint32_t number, uint32_t purpose);
#define EXERCISE_NAME_BYTES 24
void exercise_case_name(size_t index, char out[EXERCISE_NAME_BYTES]);
void exercise_infection_name(uint32_t index, char out[EXERCISE_NAME_BYTES]); /* "" for VG_EXERCISE_NONE */
void exercise_reference_name(uint64_t reference, char out[EXERCISE_NAME_BYTES]);

static inline int32_t exercise_date(const struct vg_exercise *exercise, int32_t day)
{
    return day == VG_DATE_NONE ? VG_DATE_NONE : exercise->first_date + day;
}

/* Courses of all infections, and who infected whom; in courses.c. */
vg_status exercise_make_courses(struct vg_exercise *exercise, struct vg_error *error);
/* Cases of the infected and of others, tests; in observe.c, with report.c for when they are typed. */
vg_status exercise_make_cases(struct vg_exercise *exercise, struct vg_error *error);
void exercise_draw_report(const struct vg_exercise *exercise, struct vg_random *random, struct vg_exercise_case *one);
vg_status exercise_queue_reports(struct vg_exercise *exercise, struct vg_error *error);
/* The infection that a person had on a day: the latest one not after it; VG_EXERCISE_NONE without. */
uint32_t exercise_infection_on(const struct vg_exercise *exercise, uint32_t person, int32_t day);

/* Doses of a person, in their order; n: how many. */
const struct vg_exercise_dose *exercise_doses_of(const struct vg_exercise *exercise, uint32_t person, size_t *n);
void exercise_lot_name(const struct vg_exercise *exercise, const struct vg_exercise_dose *dose, char out[24]); /* a vaccine's lot */
bool exercise_is_away(const struct vg_exercise *exercise, uint32_t person, int32_t day); /* isolated or in quarantine */
/* Whether a person carries the exposure app. */
bool exercise_has_app(const struct vg_exercise *exercise, uint32_t person, int age_years);

/*
 * Hospitals stand in the two largest municipalities of each province, one in each; the first takes two thirds of the patients of the province and
 * has as many of its beds. False: there is none in the municipality.
 */
struct exercise_hospital { uint32_t municipality, province, rank; int32_t ward_beds, icu_beds; /* -1: nobody says */ };
bool exercise_hospital_of(const struct vg_exercise *exercise, uint32_t municipality, struct exercise_hospital *hospital);
/* Patients in beds at the end of each day, and those who need one and have none: [n_days] each, set to zero first. */
void exercise_count_patients(const struct vg_exercise *exercise, const struct exercise_hospital *hospital, uint32_t *ward, uint32_t *icu, uint32_t *waiting);
/* When a death comes into the civil register, and whether its cause is the disease. */
struct exercise_death { uint32_t infection; int32_t registered; bool found; };
struct exercise_death exercise_draw_death(const struct vg_exercise *exercise, uint32_t infection);

/* Whether a municipality halves its daily counts for a while, and on which days. */
bool exercise_is_tampered(const struct vg_exercise *exercise, uint32_t municipality, int32_t *from, int32_t *to);
const char *exercise_lineage(unsigned variant);
/* The day on which the first sequence of a variant was finished; VG_DATE_NONE: never. */
int32_t exercise_first_sequence(const struct vg_exercise *exercise, unsigned variant, struct vg_error *error);

/* A column list in one call: names and kinds in step. */
struct exercise_column { const char *name; enum vg_column_kind kind; };
void exercise_add_columns(struct vg_table *table, const struct exercise_column *columns, size_t n);
#define EXERCISE_ADD_COLUMNS(table, columns) exercise_add_columns((table), (columns), sizeof(columns) / sizeof(*(columns)))
void exercise_date_cell(struct vg_table *table, const struct vg_exercise *exercise, int32_t day);
/* The two last cells of an observed row: report_day and release_day. */
void exercise_release_cells(struct vg_table *table, const struct vg_exercise *exercise, int32_t report_day);
vg_status exercise_table_end(const struct vg_table *table, struct vg_error *error);

typedef vg_status exercise_fill(const struct vg_exercise *exercise, struct vg_table *table, struct vg_error *error);
exercise_fill exercise_truth_places, exercise_truth_persons, exercise_truth_infections, exercise_truth_cases, exercise_truth_measures, exercise_truth_daily,
    exercise_truth_places_daily, exercise_truth_counterfactual, exercise_truth_contacts, exercise_truth_genomes, exercise_truth_generation, exercise_truth_isolation, exercise_truth_lineages, exercise_truth_samples, exercise_feed_places, exercise_feed_linelist, exercise_feed_daily,
    exercise_feed_tests, exercise_feed_swabs, exercise_feed_census, exercise_feed_deaths, exercise_feed_all_deaths, exercise_feed_contacts, exercise_feed_genomes,
    exercise_feed_genome_diff, exercise_feed_keys, exercise_feed_encounters, exercise_truth_doses, exercise_truth_vaccines, exercise_feed_vaccinations, exercise_feed_wastewater, exercise_feed_serosurvey, exercise_feed_injects;

#endif
