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
#include "control/scenario/scenario.h"

/* --------------------------------------------------------------------- world */

struct vg_exercise_place {
    const char *code, *name;           /* as in a node: "XV", "XV-01", "XV-0101" */
    uint32_t above;                    /* of a municipality: index of its province; of a province: of its country */
    double population, latitude, longitude;
};

/* The epidemic, as it was simulated by whatever engine. Arrays must outlive the exercise. Days are days of the run, from 0. */
struct vg_exercise_world {
    size_t n_countries, n_provinces, n_municipalities;
    const struct vg_exercise_place *countries, *provinces, *municipalities; /* each in the order of codes */
    uint32_t n_persons;
    size_t n_ages;
    const uint8_t *age_from;           /* [n_ages] first year of each age group */
    const struct vg_disease *disease;  /* generation time (its profile, from infection), vaccines, risks */
    const char *const *variant_names, *const *product_names;
    const struct vg_infection *infections; /* [n_infections] by day, then person */
    size_t n_infections;
    const struct vg_step *steps;       /* [n_steps] by day, then person: doses, stays in hospital, deaths, isolation */
    size_t n_steps;
    size_t n_measures;                 /* that the scenario holds */
    const struct vg_scenario_measure *const *measures;
    const uint32_t *measure_layers;    /* [n_measures] bits 1 << layer, of those that take contacts away */
    const double *measure_effects;     /* [n_measures] share by which it lowers R at its full strength, where it is everywhere; NaN: not told by contacts alone */
    void *context;
    struct vg_person (*person)(void *context, uint32_t person, int32_t day);
    /* Whom a person met on a day, as vg_epidemic_contacts says after the run; symmetric; NULL: no contacts are known, and the tables of contacts stay empty. */
    size_t (*contacts)(void *context, uint32_t person, int32_t day, struct vg_contact_met *met, size_t capacity);
    /* What a measure took away in a municipality that day: see vg_epidemic_measure_strength. NULL: there were none. */
    double (*strength)(void *context, size_t measure, uint32_t municipality, int32_t day);
};

/*
 * The epidemic of a scenario (an index in scenario->variations), by the engine; contact-exact if the scenario's [release] wants contacts. facts and world are the
 * scenario's and outlive the run. About 10 bytes a person, 60 an infection, 4 a measure, municipality and day. pool may be NULL. VG_CANCELLED as progress says.
 */
struct vg_exercise_run;
vg_status vg_exercise_simulate(const struct vg_scenario *scenario, size_t variation, const struct vg_scenario_facts *facts, const struct vg_scenario_world *world,
                               struct vg_pool *pool, const struct vg_progress *progress, struct vg_exercise_run **run, struct vg_error *error) VG_MUST_USE;
const struct vg_exercise_world *vg_exercise_run_world(const struct vg_exercise_run *run); /* lives as long as the run */
void vg_exercise_run_free(struct vg_exercise_run *run);

/* --------------------------------------------------------------------- truth */

#define VG_EXERCISE_NONE UINT32_MAX

/* One infection with its whole course; days of the run, VG_DATE_NONE: did not happen. */
struct vg_exercise_infection {
    uint32_t person, infector_infection; /* index of the infection that caused this one; VG_EXERCISE_NONE: imported */
    int32_t day, infectious, onset, admission, icu, icu_out, discharge, death, recovery;
    uint32_t household, pool, place;
    float immunity;                    /* as in the log */
    uint16_t municipality;
    bool without_ward, without_icu;    /* there was no bed */
    uint8_t age_years, age_group, female, layer, variant, earlier_infections, doses, symptomatic;
};

enum vg_exercise_flag {                /* what was done to a case on its way into the line list */
    VG_EXERCISE_ONSET_MISSING = 1, VG_EXERCISE_ONSET_FILLED = 2, VG_EXERCISE_WRONG_PLACE = 4, VG_EXERCISE_DUPLICATE = 8,
    VG_EXERCISE_FALSE_POSITIVE = 16, VG_EXERCISE_LATE = 32, VG_EXERCISE_HELD = 64 /* by an outage */, VG_EXERCISE_QUEUED = 128 /* more than clerks can type */,
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

struct vg_exercise_dose { uint32_t person; int32_t day; uint8_t product, dose; };
struct vg_exercise_away { uint32_t person; int32_t from, until; }; /* until: the first day on which it is over */

struct vg_exercise {
    const struct vg_scenario *scenario;
    const struct vg_exercise_settings *settings; /* the scenario's */
    const struct vg_exercise_world *world;
    struct vg_arena *arena;
    uint64_t seed;
    int32_t first_date, n_days;        /* the feeds end with the last day */
    uint8_t *off;                      /* [n_days + some] whether offices are closed */
    size_t n_off;
    struct vg_exercise_infection *infections; /* [world->n_infections], same order as the log */
    struct vg_exercise_case *cases;    /* [n_cases] by day of report; all that were typed by the last day */
    size_t n_cases;
    uint32_t *case_of;                 /* [n_infections] first case of an infection, or VG_EXERCISE_NONE */
    uint32_t *tests, *positives;       /* [municipality * n_days + day of the result] */
    uint32_t *first_infection_of;      /* [n_persons] index + 1 of a person's first infection, 0 none */
    uint32_t *next_infection;          /* [n_infections] the same person's next one, or VG_EXERCISE_NONE */
    struct vg_exercise_dose *doses;    /* [n_doses] by person, then day */
    size_t n_doses;
    struct vg_exercise_away *away;     /* [n_away] by person, then day */
    size_t n_away;
    const struct vg_exercise_other *others; /* [n_others] what would have happened under the file's other scenarios, for the table counterfactual */
    size_t n_others;
};
/* courses: made by vg_exercise_courses from a run of another scenario with the same seed. */
struct vg_exercise_other { const char *name; const struct vg_exercise *courses; };

/*
 * Draws the courses, the cases and their tests. Memory is the arena's (about 170 bytes an infection and 4 a person). VG_USAGE_ERROR: a log that is not in order or
 * names an infector who was not infected before; an outage of places that there are not.
 */
vg_status vg_control_exercise(const struct vg_scenario *scenario, const struct vg_exercise_world *world, struct vg_arena *arena, struct vg_exercise *exercise,
                              struct vg_error *error) VG_MUST_USE;

/* The courses of the infected alone: cases and tests stay empty. */
vg_status vg_exercise_courses(const struct vg_scenario *scenario, const struct vg_exercise_world *world, struct vg_arena *arena, struct vg_exercise *exercise,
                              struct vg_error *error) VG_MUST_USE;

/* The first day on which what was typed on `day` is published. */
int32_t vg_exercise_release_day(const struct vg_exercise *exercise, int32_t day);
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

#define VG_EXERCISE_ROOT_DAYS 60 /* before the first day viruses of all who come from elsewhere were the reference, and of a later lineage the reference with its markers */
/* The invented reference, [genome_length + 1] letters of ACGT and a NUL. */
void vg_exercise_reference(const struct vg_scenario *scenario, char *sequence);

#endif
