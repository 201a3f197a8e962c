/*
 * control/scenario: a described scenario made into runs of the engine, and the runs into answers. The way is
 *
 *     vg_control_world_new        who lives there, whom they meet, what spreads          (once for all runs and scenarios of a file)
 *     vg_control_scenario_input   measures, vaccination, imports of one scenario
 *     vg_control_layout_new       what is kept of a run: series by place, age and step
 *     vg_control_scenario_run     one run, its kept series; may be stopped, saved and gone on with
 *     vg_control_ensemble_rows    quantiles and trajectories in the scenario hubs' columns
 *     vg_control_ensemble_summary totals, peaks and paired differences with intervals
 *
 * Run k of every scenario has the same seed and, by the engine's counters, the same draws wherever both make one: differences are between
 * twins. vg_control_calibrate finds the course of transmission that led to what was observed. Pure. Equations: docs/scenarios.md.
 */
#ifndef VG_CONTROL_SCENARIO_H
#define VG_CONTROL_SCENARIO_H

#include "control/control.h"
#include "model/disease/disease.h"
#include "model/scenario/scenario.h"
#include "model/society/society.h"

/* ------------------------------------------------------------------- world */

/* What the names in a scenario's [place] and [disease] stand for. */
struct vg_scenario_facts {
    const struct vg_municipality_list *municipalities; /* at least one */
    const struct vg_age_pyramid *pyramid;              /* of the whole */
    const struct vg_household_sizes *households;
    const struct vg_contact_matrices *contacts;        /* of any bands; NULL: the default made from published facts */
    const struct vg_commuting *commuting, *travel;     /* NULL: nobody leaves */
    const struct vg_disease_facts *disease;            /* variants in the order in which the scenario names them */
    const struct vg_vaccines *vaccines;
    const double *group_shares[VG_GROUPS_MAX];         /* [municipalities] percent of the people of the group's ages, NaN where not known; NULL: nowhere */
};

struct vg_scenario_world {
    struct vg_arena arena;
    struct vg_population *population;
    struct vg_contacts contacts;
    struct vg_disease disease;
    size_t n_ages, n_municipalities;
    uint8_t age_from[VG_AGES_MAX];
    double people_scale;               /* persons simulated for each real one: 1, or less in a coarse first answer */
    double persons;                    /* simulated */
    double age_persons[VG_AGES_MAX];   /* simulated */
    const struct vg_municipality_list *municipalities; /* the facts' */
    const char **code, **parent;       /* [n_municipalities]; parent may be NULL */
    const char *country;
    double r0;                         /* that the transmission was set to */
    double *ngm;                       /* [n_ages * n_ages] at R0: infections at age b by one of age a */
    uint32_t *region;                  /* [n_municipalities] of beds */
    size_t n_regions;
    double *region_persons;            /* [n_regions] */
    const struct vg_vaccines *vaccines;
    size_t product_of[VG_PRODUCTS_MAX];/* index in vaccines of the engine's products */
    int32_t lead_days;                 /* the engine's number of the first day: before lie the infections of those who are immune at the start; 0: nobody is */
    const char *variant_names[VG_VARIANTS_MAX];
};
/* people_scale: 1; less for a coarse answer: so many of the people, with all counts to be divided by it. facts must outlive the world. */
vg_status vg_control_world_new(const struct vg_scenario *scenario, const struct vg_scenario_facts *facts, double people_scale, struct vg_pool *pool,
                               struct vg_scenario_world **world, struct vg_error *error) VG_MUST_USE;
void vg_control_world_free(struct vg_scenario_world *world);

/* ------------------------------------------------------------------- input */

/* What a calibration found, of one run; NULL where none is made. */
struct vg_scenario_history {
    size_t n_blocks;
    int32_t block_days;                /* the first block starts on day 0; the last goes on for ever */
    double *transmission;              /* [n_blocks] factor on the world's */
    double infections_per_day;         /* at the start, real persons: instead of the scenario's */
    double reported;                   /* instead of observation.reported; NaN: that one */
    double severity, fatality;         /* factors on the odds of the ward, on the risks of death; 1 */
};
/* The engine's input of a scenario (an index in scenario->variations) and run, whose first day is the engine's day input->first_day. Arrays and the changed disease live in the arena; the world must outlive it. */
vg_status vg_control_scenario_input(const struct vg_scenario *scenario, size_t variation, const struct vg_scenario_world *world, const struct vg_scenario_history *history,
                                    size_t run, struct vg_arena *arena, struct vg_epidemic_input *input, struct vg_error *error) VG_MUST_USE;
uint64_t vg_control_run_seed(int64_t seed, size_t run); /* of run 0, 1, ...; the same in every scenario */

/* ------------------------------------------------------------------ layout */

enum vg_scenario_series { VG_KEPT_WARD = VG_COUNT_KINDS /* before: enum vg_count_kind */, VG_KEPT_ICU,
                          VG_KEPT_WITHOUT_WARD, VG_KEPT_WITHOUT_ICU, VG_KEPT_DOSES_LOST, VG_KEPT_KINDS };
/* Names of what can be asked for, without "inc " and "cum ": "inf", "reinf", "onset", "case", "hosp", "icu", "death", "dose", "quarantine", "ward", "icu", "dose lost", ... */
struct vg_scenario_target { const char *name; enum vg_scenario_series series; bool cumulative; };

struct vg_scenario_place_out { const char *code; bool has_beds; };
struct vg_scenario_layout {
    size_t n_targets;
    struct vg_scenario_target *targets;
    size_t n_series;                   /* kept */
    int series_slot[VG_KEPT_KINDS];  /* -1: not kept */
    size_t n_places, n_ages, n_steps;  /* ages[0] is everybody; behind the ages stand the scenario's groups of people */
    size_t n_bands;                    /* of n_ages those that are everybody or ages */
    struct vg_scenario_place_out *places;
    uint32_t *place_of;                /* [3 * n_municipalities] UINT32_MAX: none */
    uint32_t *region_place;            /* [3 * n_regions] places that hold the region whole */
    const char **age_names;            /* "0-130", "0-64", "65-130", "health workers" */
    uint8_t *age_of;                   /* [world's n_ages] group, 0: in none beside the whole */
    int32_t step_days, first_day;      /* first_day: day of the run on which step 0 starts */
    int32_t start, origin;             /* dates of day 0 and of horizon 1 */
    double scale;                      /* what values are multiplied with */
    size_t n_values;                   /* of a run: [((slot * n_places + place) * n_ages + age) * n_steps + step] */
};
/* Errors (VG_DATA_ERROR): a target, place level or age group that there is not. */
vg_status vg_control_layout_new(const struct vg_scenario *scenario, const struct vg_scenario_world *world, struct vg_arena *arena, struct vg_scenario_layout *layout,
                                struct vg_error *error) VG_MUST_USE;

/* --------------------------------------------------------------------- run */

enum vg_run_wish { VG_RUN_GO_ON, VG_RUN_SAVE /* and go on */, VG_RUN_STOP /* save and stop */ };
struct vg_run_control {                /* all may be NULL */
    void *context;
    enum vg_run_wish (*after_day)(void *context, int32_t days_done, int32_t days);
    bool (*write)(void *context, const void *data, size_t size); /* a saved state, piece by piece; begins anew at each save */
    bool (*begin_write)(void *context), (*end_write)(void *context);
    bool (*read)(void *context, void *data, size_t size);        /* not NULL: go on from this state */
};
/* values [layout->n_values]. VG_CANCELLED when it was stopped; a state was then written if there is a `write`. */
vg_status vg_control_scenario_run(const struct vg_epidemic_input *input, const struct vg_scenario_layout *layout, int32_t days, struct vg_pool *pool,
                                  const struct vg_run_control *control, uint32_t *values, struct vg_error *error) VG_MUST_USE;

/* ----------------------------------------------------------------- answers */

/* Runs of one file's scenarios. values[scenario * n_runs + run]: NULL where not finished. */
struct vg_scenario_ensemble {
    const struct vg_scenario_layout *layout;
    size_t n_scenarios, n_runs;
    const char *const *names;          /* [n_scenarios] */
    const uint32_t *const *values;
};
/*
 * origin_date, scenario_id, target, horizon, location, age_group, output_type, output_type_id, value, run_grouping, stochastic_run. Quantiles are type 7
 * over the finished runs; samples: so many first runs as trajectories (run_grouping pairs scenarios). The table must be empty and have an arena.
 */
vg_status vg_control_ensemble_rows(const struct vg_scenario_ensemble *ensemble, const struct vg_number_list *quantiles, size_t samples, struct vg_table *table,
                                   struct vg_error *error) VG_MUST_USE;
/*
 * Of the projected time: totals of the counts that are kept and peaks of the beds; by scenario, place and age group, with reference_id empty; and, for all but the
 * first scenario, its difference to the first over the runs that both have finished: scenario_id, reference_id, target, location, age_group, runs, mean, sd, q025 ..., share_lower.
 */
vg_status vg_control_ensemble_summary(const struct vg_scenario_ensemble *ensemble, struct vg_table *table, struct vg_error *error) VG_MUST_USE;

/* --------------------------------------------------- the renewal equation */

/*
 * The same epidemic by the age-structured renewal equation: one place, means instead of draws, infections by one force of infection a day:
 *     force_b(t) = m(t) season(t) sum_a ngm[a][b] / N_b sum_s w(s) I_a(t - s),   I_b(t) = S_b(t) (1 - exp(-force_b(t))) + imported
 * with those who lose protection back in S. A year of 16 ages takes about 0.2 ms. It is the quick model of calibration and of first answers.
 */
struct vg_renewal_world {
    size_t n_ages;
    const double *persons;             /* [n_ages] */
    const double *ngm;                 /* [n_ages * n_ages] */
    size_t n_profile;
    double profile[2 * VG_DELAY_DAYS_MAX]; /* by days since infection, from 1 */
    double season[VG_ENGINE_DAYS_MAX];
    double ill[VG_AGES_MAX], ward[VG_AGES_MAX], icu[VG_AGES_MAX], death_outside[VG_AGES_MAX], death_hospital[VG_AGES_MAX]; /* of the infected */
    double report_delay[2 * VG_DELAY_DAYS_MAX], ward_delay[2 * VG_DELAY_DAYS_MAX], icu_delay[3 * VG_DELAY_DAYS_MAX], death_delay[4 * VG_DELAY_DAYS_MAX]; /* from infection */
    size_t n_report, n_ward, n_icu, n_death;
    double immune[VG_AGES_MAX];        /* share infected before the start, ... */
    size_t immune_days;                /* ... so many days before */
    double protection[VG_ENGINE_DAYS_MAX]; /* by days since infection */
    int32_t import_days;
};
void vg_control_renewal_world(const struct vg_scenario *scenario, const struct vg_scenario_world *world, struct vg_renewal_world *renewal);

enum vg_observed_kind { VG_OBSERVED_CASES, VG_OBSERVED_ADMISSIONS, VG_OBSERVED_ICU, VG_OBSERVED_DEATHS, VG_OBSERVED_KINDS };
/* Expected counts a day, [VG_OBSERVED_KINDS * n_days]; infections [n_days] may be NULL. work: [(n_ages + VG_OBSERVED_KINDS) * n_days]. */
void vg_control_renewal_run(const struct vg_renewal_world *renewal, const struct vg_scenario_history *history, double reported, size_t n_days, double *work,
                            double *infections, double *expected);

/* ------------------------------------------------------------- calibration */

/* Daily counts from day 0 of the run, NaN where not reported; a kind that was not observed is NULL. */
struct vg_observed { size_t n_days; const double *counts[VG_OBSERVED_KINDS]; };

/*
 * Sets to NaN the first days of each kind, until nine in ten of those infected on day 0 would have been counted: before, the observed counts are mostly those of infections before the
 * start, of which the model has none.
 */
void vg_control_observed_mask(const struct vg_renewal_world *renewal, size_t n_days, double *const counts[VG_OBSERVED_KINDS]);

/* Runs the engine with a history and returns the mean of its counts over a few runs, as `expected` of the renewal equation. */
typedef vg_status vg_calibration_engine(void *context, const struct vg_scenario_history *history, size_t n_days, double *expected, struct vg_error *error);

struct vg_calibration_options {
    uint64_t seed;
    int32_t block_days;
    double change_sd;
    bool estimate_reporting, estimate_severity;
    size_t n_draws;                    /* histories wanted */
    size_t engine_rounds;
    vg_calibration_engine *engine;     /* NULL: the renewal equation is taken to be right */
    void *engine_context;
};
struct vg_calibration {
    size_t n_blocks, n_draws;
    struct vg_scenario_history mode;
    struct vg_scenario_history *draws; /* [n_draws] equally probable */
    size_t n_parameters;
    double *auxiliary, *shift;         /* [n_draws * n_parameters] of the renewal equation; [n_parameters] taken from them to get the engine's */
    double *r_mean, *r_low, *r_high;   /* [n_blocks] transmission as a reproduction number without immunity: mean, 2.5 and 97.5 % */
    double reported[3], infected_share[3]; /* mean, 2.5 %, 97.5 %: share of the ill reported; of the population infected until today */
    double dispersion[VG_OBSERVED_KINDS];  /* size of the negative binomial weekly counts; NaN: not observed */
    double worst_gap;                  /* of the engine's weekly counts, relative to the data, over blocks, after the last round; NaN without */
    double acceptance;                 /* of the Markov chain */
    size_t rounds;
    double run_gap;                    /* median over runs that were brought to their draws; NaN: none were */
};
vg_status vg_control_calibrate(const struct vg_renewal_world *renewal, const struct vg_scenario *scenario, const struct vg_observed *observed,
                               const struct vg_calibration_options *options, double r0, struct vg_arena *arena, struct vg_calibration *calibration,
                               struct vg_error *error) VG_MUST_USE;

/*
 * Brings one run to its draw: with the run's own seed the engine is run, the renewal equation fitted to its counts, and the history moved by the difference to the draw's parameters, up to
 * `rounds` times; the round that came nearest is kept, in calibration->draws[draw]. Luck of a run's beginning is so made good by its transmission, as data say it was. engine makes
 * counts of that one run. *gap as worst_gap, of the history that is kept. Safe to call for several draws at once.
 */
vg_status vg_control_calibrate_run(const struct vg_renewal_world *renewal, const struct vg_scenario *scenario, const struct vg_observed *observed,
                                   const struct vg_calibration_options *options, struct vg_calibration *calibration, size_t draw, size_t rounds,
                                   vg_calibration_engine *engine, void *engine_context, double *gap, struct vg_error *error) VG_MUST_USE;

#endif
