/*
 * exercise: a whole outbreak of which everything is known, and what a ministry would see of it, day by day. From the log of an
 * epidemic (who infected whom, when, where) it draws each person's course, the tests, reports, errors and corrections, contact
 * tracing, hospitals, genomes, deaths, app keys, sewage and antibodies; it writes them as tables, truth and observed apart.
 *
 * Pure: no file, no clock. Everything follows from the log, the parameters and their seed. docs/exercise.md has the tables,
 * the equations and the reason of each default.
 */
#ifndef VG_EXERCISE_H
#define VG_EXERCISE_H

#include "control/control.h"

/* ---------------------------------------------------------------- parameters */

#define VG_EXERCISE_MEASURES_MAX 16

/* A dated measure of the scenario. Days count from the first, 0; both days included. */
struct vg_exercise_measure {
    int32_t first_day, last_day;
    uint32_t layers;                   /* bits 1 << enum vg_layer_kind */
    double strength, compliance;
    char place[24];                    /* code of a province or municipality; "" everywhere */
};

/* What the scenario file says. Numbers are described, with bounds and defaults, by vg_exercise_fields. */
struct vg_exercise_parameters {
    uint64_t seed;
    int32_t first_date;                /* date of day 0 */
    size_t n_measures;
    struct vg_exercise_measure measures[VG_EXERCISE_MEASURES_MAX];
    double days, persons, counterfactuals;
    /* the epidemic */
    double reproduction_number, dispersion, imports, variant_day, variant_transmissibility, variant_escape, app_uptake;
    /* who is found */
    double ascertainment_first, ascertainment_last, ascertainment_day, ascertainment_place_sd, ascertainment_young, ascertainment_old,
        ascertainment_hospital, ascertainment_asymptomatic;
    double test_sensitivity, test_specificity, background_tests_per_100k;
    /* when it is known */
    double seek_days, laboratory_days, report_days_first, report_days_last, report_days_sd, late_share, late_days, typing_capacity_per_100k,
        backlog_share, backlog_day, backlog_days, publication_lag_days, publication_sundays;
    /* what is wrong */
    double missing_onset, onset_filled, wrong_municipality, wrong_corrected, duplicate, duplicate_found, false_positive_found, missing_age, missing_sex;
    double weekly_places, correction_days;
    /* contact tracing */
    double traced_per_100k, refusal, recall_household, recall_school, recall_work, recall_community;
    /* hospitals and deaths */
    double ward_beds_per_100k, icu_beds_per_100k, census_late, census_missing, death_found, death_days, death_days_sd, other_deaths_per_1000;
    /* vaccination */
    double vaccine_day, vaccine_doses_per_100k, vaccine_uptake, vaccine_infection, vaccine_disease, vaccine_severe, vaccine_delay, vaccine_unknown;
    /* genomes */
    double genome_length, mutations_per_site_year, sequenced_share, sequencing_days, sequencing_days_sd, sequencing_errors, dropout_runs, mixed_labels;
    /* other eyes */
    double wastewater_sd, serosurvey_persons, antibody_sensitivity, antibody_specificity;
};

/* One number of the parameters: where it stands, its bounds, and why the default is what it is. */
struct vg_exercise_field {
    const char *section, *name;
    size_t offset;                     /* of a double in struct vg_exercise_parameters */
    double usual, low, high;
    const char *meaning;
};
extern const struct vg_exercise_field vg_exercise_fields[]; /* ends with a name of NULL */
void vg_exercise_defaults(struct vg_exercise_parameters *parameters);
/* The scenario as text, as vg_exercise_parse reads it; also what the parameters' hash is taken of. */
void vg_exercise_print(const struct vg_exercise_parameters *parameters, bool meanings, struct vg_buffer *out);
/*
 * "name = value" lines, "[section]" lines (for the eye alone), "#" comments; "measure = FROM TO LAYERS STRENGTH COMPLIANCE [PLACE]"
 * adds one, LAYERS being household, school, work, community, travel joined by "+". Starts from the defaults; the first measure
 * given replaces the default ones, "measure = none" all of them. VG_DATA_ERROR names the line.
 */
vg_status vg_exercise_parse(const char *file_name, const char *text, size_t size, struct vg_exercise_parameters *parameters, struct vg_error *error) VG_MUST_USE;

/* --------------------------------------------------------------------- world */

struct vg_exercise_place {
    const char *code, *name;           /* as in a node: "XV-01" a province, "XV-0101" a municipality */
    uint32_t province;                 /* of a municipality: index of its province */
    double population, latitude, longitude;
};

/* The epidemic, as it was simulated by whatever engine. Arrays must outlive the exercise. Days are days of the run. */
struct vg_exercise_world {
    const char *country, *country_name;
    size_t n_provinces, n_municipalities;
    const struct vg_exercise_place *provinces, *municipalities;
    uint32_t n_persons;
    const struct vg_disease *disease;  /* its delays are used for what the log does not hold; profile from infection: the generation time */
    const struct vg_infection *infections; /* [n_infections] by day, then person */
    size_t n_infections;
    void *context;
    struct vg_person (*person)(void *context, uint32_t person, int32_t day);
    int32_t (*dosed)(void *context, uint32_t person); /* day of the only dose, VG_DATE_NONE: none; NULL: nobody is vaccinated */
    /* Whom a person meets on a day, symmetric; NULL: no contacts are known, and the tables of contacts stay empty. */
    size_t (*contacts)(void *context, uint32_t person, int32_t day, struct vg_contact_met *met, size_t capacity);
};

/*
 * The scenario's epidemic, by the engine in its contact-exact mode, in the invented country of the example at the size that was asked for. About
 * 10 bytes a person and 50 an infection; pool may be NULL. VG_USAGE_ERROR: a measure's place that there is not; VG_CANCELLED as progress says.
 */
struct vg_exercise_run;
vg_status vg_exercise_simulate(const struct vg_exercise_parameters *parameters, struct vg_pool *pool, const struct vg_progress *progress,
                               struct vg_exercise_run **run, struct vg_error *error) VG_MUST_USE;
const struct vg_exercise_world *vg_exercise_run_world(const struct vg_exercise_run *run); /* lives as long as the run */
void vg_exercise_run_free(struct vg_exercise_run *run);

/* --------------------------------------------------------------------- truth */

#define VG_EXERCISE_NONE UINT32_MAX

/* One infection with its whole course; days of the run, VG_DATE_NONE: did not happen. */
struct vg_exercise_infection {
    uint32_t person, infector_infection; /* index of the infection that caused this one; VG_EXERCISE_NONE: imported */
    int32_t day, infectious, onset, admission, icu, icu_out, discharge, death, recovery;
    uint32_t household, pool, place;
    uint16_t municipality;
    uint8_t age_years, age_group, female, layer, variant, earlier_infections, doses, symptomatic;
};

enum vg_exercise_flag {                /* what was done to a case on its way into the line list */
    VG_EXERCISE_ONSET_MISSING = 1, VG_EXERCISE_ONSET_FILLED = 2, VG_EXERCISE_WRONG_PLACE = 4, VG_EXERCISE_DUPLICATE = 8,
    VG_EXERCISE_FALSE_POSITIVE = 16, VG_EXERCISE_LATE = 32, VG_EXERCISE_HELD = 64 /* in the backlog */, VG_EXERCISE_QUEUED = 128 /* more than clerks can type */,
    VG_EXERCISE_AGE_MISSING = 256, VG_EXERCISE_SEX_MISSING = 512, VG_EXERCISE_DOSES_MISSING = 1024,
};

/* One row of the line list, and what is behind it. Days of the run; a day of VG_DATE_NONE never comes. */
struct vg_exercise_case {
    uint64_t reference;                /* pseudonym of the person as the health service writes it */
    uint32_t infection;                /* VG_EXERCISE_NONE: false positive */
    uint32_t person;
    int32_t onset;                     /* as the patient says; VG_DATE_NONE: no symptoms */
    int32_t test, result, report;      /* swab, laboratory, typed into the system */
    int32_t onset_known, place_known, withdrawn; /* when a missing onset comes, the right municipality, when the row goes */
    int32_t admission, admission_known, icu, icu_known, death, recovery, outcome_known;
    uint16_t municipality, municipality_reported, flags;
    uint8_t age_years, female, symptomatic, doses; /* doses: before the swab */
    float ct;                          /* cycle threshold of the swab */
};

struct vg_exercise {
    struct vg_exercise_parameters parameters;
    const struct vg_exercise_world *world;
    struct vg_arena *arena;
    int32_t n_days;                    /* of the run; the feeds end with the last one */
    struct vg_exercise_infection *infections; /* [world->n_infections], same order as the log */
    struct vg_exercise_case *cases;    /* [n_cases] by day of report; all that were typed by the last day */
    size_t n_cases;
    uint32_t *case_of;                 /* [n_infections] first case of an infection, or VG_EXERCISE_NONE */
    uint32_t *tests, *positives;       /* [municipality * n_days + day of the result] */
    uint32_t *first_infection_of;      /* [n_persons] index + 1 of a person's first infection, 0 none */
    uint32_t *next_infection;          /* [n_infections] the same person's next one, or VG_EXERCISE_NONE */
    const struct vg_exercise_without *without; /* [n_without] the same outbreak with measures left out, for the table counterfactual */
    size_t n_without;
};
/* courses: drawn by vg_exercise_courses from a run with the same seed and without what `removed` names ("01", "02", ..., "all"). */
struct vg_exercise_without { const char *removed; const struct vg_exercise *courses; };

/*
 * Draws the courses, the cases and their tests. Memory is the arena's (about 150 bytes an infection and 4 a person). VG_USAGE_ERROR: a log
 * that is not in order or names an infector who was not infected before, a field out of bounds.
 */
vg_status vg_control_exercise(const struct vg_exercise_parameters *parameters, const struct vg_exercise_world *world, struct vg_arena *arena,
                              struct vg_exercise *exercise, struct vg_error *error) VG_MUST_USE;

/* The courses of the infected alone: cases and tests stay empty. */
vg_status vg_exercise_courses(const struct vg_exercise_parameters *parameters, const struct vg_exercise_world *world, struct vg_arena *arena,
                              struct vg_exercise *exercise, struct vg_error *error) VG_MUST_USE;

/* The first day on which what was typed on `day` is published. */
int32_t vg_exercise_release_day(const struct vg_exercise_parameters *parameters, int32_t day);
/* The share of symptomatic infections that is looked for, by day, age and municipality, before sensitivity. */
double vg_exercise_ascertainment(const struct vg_exercise *exercise, int32_t day, int age_years, uint32_t municipality);

/* -------------------------------------------------------------------- tables */

/*
 * A table of the contract. Observed ones end with report_day and release_day; rows are sorted by their keys, the first n_keys columns. With
 * `versions` a later row of equal keys replaces the earlier one, and a row whose column status says "withdrawn" takes it away.
 */
struct vg_exercise_table {
    const char *name;
    bool truth, versions;
    size_t n_keys;
    vg_status (*fill)(const struct vg_exercise *exercise, struct vg_table *table, struct vg_error *error);
};
extern const struct vg_exercise_table vg_exercise_tables[]; /* ends with a name of NULL */
const struct vg_exercise_table *vg_exercise_table_find(const char *name); /* or NULL */

/* ------------------------------------------------------------------- genomes */

#define VG_EXERCISE_GENOME_MAX 200000
/* The invented reference, [genome_length] letters of ACGT. */
void vg_exercise_reference(const struct vg_exercise_parameters *parameters, char *sequence);

#endif
