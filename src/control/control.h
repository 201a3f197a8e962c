/*
 * control: epidemics under control. The engine that simulates every person of a country: population, epidemic, measures, vaccination. Further headers have who meets
 * whom (mixing/), the disease (course/), theory (theory/), described scenarios (scenario/), exercises (exercise/) and what measures did (measures_effect/).
 *
 * Pure: no file, no clock, no global. Everything follows from the inputs and the seed, whatever the number of threads.
 */
#ifndef VG_CONTROL_H
#define VG_CONTROL_H

#include "core/ranks/ranks.h"
#include "model/model.h"

/*
 * One agent for each person, none stands for another. What a person is and whom they meet is computed from their number;
 * eight bytes a person hold what has happened to them. Time goes in days; only infected people cost time.
 *
 *     struct vg_population *population;     who lives where, with whom, and goes where         (vg_population_new)
 *     struct vg_epidemic *epidemic;         one run on it                                       (vg_epidemic_new)
 *     vg_epidemic_advance(epidemic, days)   calls on_day once a day, on_infections with what happened
 *
 * Many runs may share a population at the same time. Persons are 0 .. n - 1; a municipality is a run of numbers, in it a
 * household is a run of numbers. Every draw is a hash of (seed; person, day, purpose) held against integers that were made
 * from the parameters by arithmetic that IEEE 754 fixes (own exponential, logarithm and gamma), so the same inputs give the
 * same bytes on any number of threads and on any CPU, and two scenarios with one seed share all draws that both make.
 * Equations, limits and measured costs: docs/control.md.
 */

#define VG_AGES_MAX 20            /* age groups */
#define VG_HOUSEHOLD_MAX 12       /* persons in a household */
#define VG_HOUSEHOLD_ENTRIES_MAX 2048 /* sum of sizes over all household types */
#define VG_VARIANTS_MAX 6
#define VG_PRODUCTS_MAX 4
#define VG_DOSES_MAX 3
#define VG_ENGINE_DAYS_MAX 4094   /* longest run */
#define VG_DELAY_DAYS_MAX 62      /* longest delay between two events of a course */
#define VG_INTERVENTIONS_MAX 64
#define VG_CAMPAIGNS_MAX 32
#define VG_LOTS_MAX 1024
#define VG_GROUPS_MAX 8

enum vg_layer_kind { VG_LAYER_HOUSEHOLD, VG_LAYER_SCHOOL, VG_LAYER_WORK, VG_LAYER_COMMUNITY, VG_LAYER_TRAVEL, VG_LAYERS,
                     VG_LAYER_IMPORT = 7 /* in the log only: infected elsewhere */ };
enum vg_role { VG_ROLE_HOME, VG_ROLE_PUPIL, VG_ROLE_SCHOOL_STAFF, VG_ROLE_WORKER, VG_ROLES }; /* pupils and staff are in school, workers at work */

/* ---------------------------------------------------------------- population */

/* A kind of household, e.g. one of a census sample: who lives in it. */
struct vg_household_type {
    double weight;                /* its share of households (any scale) before a municipality's ages are known */
    uint8_t size;                 /* 1 .. VG_HOUSEHOLD_MAX */
    uint8_t age[VG_HOUSEHOLD_MAX];  /* [size] index of an age group */
    uint8_t role[VG_HOUSEHOLD_MAX]; /* [size] enum vg_role */
};

/* Who goes from where to where: rows of a sparse matrix. row[o] .. row[o + 1] - 1 are the destinations of municipality o. */
struct vg_flows {
    const uint32_t *row;          /* [n_municipalities + 1] */
    const uint32_t *destination;  /* [row[n]] municipality; the origin itself may be among them */
    const double *share;          /* [row[n]] share of o's people of that layer; what a row lacks to 1 stays at home */
};

/*
 * People told apart by something else than age: who works in a hospital, who has an illness. Which persons they are follows from the population's seed and their numbers; nobody is in two groups.
 * Outside the household somebody of a group meets `contacts` times as many as one of the same age in no group, and is met as often; what matrices say of an age stays the mean of the age's people.
 */
struct vg_group {
    const double *share;          /* [n_municipalities * n_ages] of an age's people there; over all groups at most 1 */
    double contacts;              /* 0 .. 100 */
};

struct vg_population_input {
    uint64_t seed;                /* memberships follow from it */
    size_t n_ages;                /* 1 .. VG_AGES_MAX */
    const uint8_t *age_from;      /* [n_ages] first year of each group, rising from 0 */
    size_t n_municipalities;
    const uint32_t *persons;      /* [n_municipalities] wanted; households are whole, so what is built differs by some persons */
    const double *age_share;      /* [n_municipalities * n_ages] wanted shares (any scale); NULL: as the types' weights give */
    size_t n_types;
    const struct vg_household_type *types; /* [n_types] sizes sum to at most VG_HOUSEHOLD_ENTRIES_MAX */
    double school_size, work_size;/* persons of a school (all its ages) and of a workplace; 0: the whole municipality is one */
    const struct vg_flows *commuting; /* of workers; NULL: all work at home */
    const struct vg_flows *travel;    /* of everybody's contacts in the travel layer; NULL: that layer is empty */
    size_t n_groups;                  /* at most VG_GROUPS_MAX */
    const struct vg_group *groups;
};

struct vg_population;
/*
 * Chooses how many households of each type a municipality has: weights are raked until ages fit (iterative proportional
 * updating, Ye et al. 2009), then rounded by largest remainder. Cost: about 0.1 ms and 4 bytes times (types + entries) a
 * municipality; nothing is stored by person. Errors: VG_USAGE_ERROR (a bad table, ids beyond 2^32 - 2), VG_SYSTEM_ERROR.
 */
vg_status vg_population_new(const struct vg_population_input *input, struct vg_pool *pool, struct vg_population **population,
                            struct vg_error *error) VG_MUST_USE;
void vg_population_free(struct vg_population *population);
size_t vg_population_size(const struct vg_population *population);
/* Persons of a municipality are first[m] .. first[m + 1] - 1; [n_municipalities + 1]. */
const uint32_t *vg_population_first(const struct vg_population *population);
uint32_t vg_population_count(const struct vg_population *population, uint32_t municipality, uint32_t age);
size_t vg_population_groups(const struct vg_population *population);
/* People of group - 1 (0: of none) that shares let expect; those drawn differ by chance. */
double vg_population_group_expected(const struct vg_population *population, size_t group);

struct vg_person {
    uint32_t municipality, household, household_size; /* household: number of its first person */
    uint8_t age_group, age_years, role;
    uint8_t group;                /* 0: in none, else one more than its index */
    bool female;                  /* half of all, by a hash of the number */
    uint32_t pool[VG_LAYERS];     /* municipality in which the layer is lived that day; UINT32_MAX: not in that layer */
    uint32_t place[VG_LAYERS];    /* group within the pool: (layer, pool, place) names a class or a workplace */
};
/* day matters to the travel layer only. About 0.3 microseconds. */
struct vg_person vg_population_person(const struct vg_population *population, uint32_t person, int32_t day);

/*
 * Household types where no sample is at hand: n_types households drawn from a size distribution and simple rules (a couple
 * or one parent with children 18 to 45 years younger, grandparents, alone), with roles by age: school_share and work_share
 * [n_ages] of an age group that are pupils and workers, staff_share of workers who work in schools.
 */
struct vg_household_rules {
    uint64_t seed;
    size_t n_ages;
    const uint8_t *age_from;      /* [n_ages] */
    const double *age_share;      /* [n_ages] of the whole population */
    const double *school_share, *work_share; /* [n_ages] */
    double staff_share;
    size_t n_sizes;               /* 1 .. VG_HOUSEHOLD_MAX */
    const double *size_share;     /* [n_sizes] share of households with 1, 2, ... persons */
};
vg_status vg_population_household_types(const struct vg_household_rules *rules, size_t n_types, struct vg_household_type *types,
                                        struct vg_error *error) VG_MUST_USE;

/* ------------------------------------------------------------------ contacts */

/*
 * Mean contacts a day of a person of age a with persons of age b, by layer, averaged over all persons of age a (in the layer
 * or not): daily[((set * VG_LAYERS + layer) * n_ages + a) * n_ages + b]. The household layer is not read: there everybody
 * meets everybody. Contacts in a layer with an age of which nobody is in the pool do not come about. A set is e.g. a country, or town and countryside. In contact-exact mode a pair of ages uses the mean of
 * both directions, as reciprocity wants; give matrices that are reciprocal for the population.
 */
struct vg_contacts {
    size_t n_sets;
    const double *daily;
    const uint16_t *set;          /* [n_municipalities] of residents; NULL: all set 0 */
};

/* ------------------------------------------------------------------- disease */

/* A delay in whole days: gamma of that mean and sd, rounded to the nearest day (0 .. VG_DELAY_DAYS_MAX); sd 0: always the mean. */
struct vg_delay { double mean_days, sd_days; };
/* Protection (0 .. 1) t days after infection or dose: 0 until delay_days, then final + (initial - final) 2^-((t - delay) / half_life). half_life 0: initial for ever. */
struct vg_protection { double initial, final, half_life_days, delay_days; };

struct vg_variant {
    double transmissibility;      /* relative to the disease's */
    double severity;              /* multiplies the odds of the ward */
    double immunity_from[VG_VARIANTS_MAX]; /* share of natural protection kept against this variant after infection with each; own: 1 */
    double vaccine_kept;          /* share of a vaccine's protection against infection kept against this variant */
};
struct vg_vaccine_product { struct vg_protection infection[VG_DOSES_MAX], disease[VG_DOSES_MAX], severe[VG_DOSES_MAX], death[VG_DOSES_MAX]; }; /* [doses - 1]; given in turn: disease of the infected, severe of the ill, death of the severe */

struct vg_disease {
    size_t n_ages;
    double transmission;          /* effective contacts over a whole infection for each daily contact: vg_control_transmission finds it from R0 */
    double layer_weight[VG_LAYERS]; /* transmission of a layer's contact relative to others */
    double household_scaling;     /* a member meets n - 1 others with rate (n - 1)^-scaling each; 0: density, 1: frequency */
    double dispersion;            /* k of the gamma distributed infectiousness of a person (mean 1); 0: all alike */
    double asymptomatic_infectiousness;
    const double *susceptibility; /* [n_ages] at most 1 is used up: divided by the largest; NULL: 1 */
    const double *infectiousness_by_age; /* [n_ages]; NULL: 1 */
    size_t n_profile;             /* at most VG_DELAY_DAYS_MAX */
    const double *profile;        /* [n_profile] share of transmission by day; day 0 is profile_first_day */
    bool profile_from_onset;      /* days count from onset (of symptoms, or when they would have begun), else from infection */
    int profile_first_day;        /* >= 1 from infection; e.g. -5 from onset; what falls before day 1 of infection happens on day 1 */
    struct vg_delay incubation, onset_to_admission, admission_to_icu, ward_stay, icu_stay, ward_to_death, icu_to_death, onset_to_death;
    const double *symptomatic, *ward, *icu;               /* [n_ages] of the infected; of the symptomatic; of those in a ward. NULL: 0 */
    const double *death_home, *death_ward, *death_icu;    /* [n_ages] of the symptomatic outside hospital; of the admitted; of those in intensive care */
    const double *group_severity; /* [the population's groups] odds of the ward, and of death outside hospital, times those of people of the same age in no group; the mean of an age stays as above. NULL: 1 */
    size_t n_variants;
    struct vg_variant variants[VG_VARIANTS_MAX];
    struct vg_protection natural_infection, natural_disease, natural_severe; /* of somebody infected before, against the own variant */
    bool immunity_all_or_nothing; /* a share of people is immune at a time, the others not at all; else everybody's risk is lowered by the share */
    double refractory_days;       /* nobody is infected again before; at least the profile's length */
    size_t n_products;
    struct vg_vaccine_product products[VG_PRODUCTS_MAX];
    double season_amplitude;      /* transmission times 1 + amplitude cos(2 pi (day of year - peak) / 365.25) */
    double season_peak_day;       /* 0: 1 January */
};

/*
 * The transmission with which the mean next generation of one variant, in a population without immunity, measures or season,
 * has the dominant eigenvalue r0 (households count by their members, saturation left out). ngm, if not NULL, takes the
 * next generation [a * n_ages + b]: infections at age b by one infected at age a at that transmission. With groups the generation
 * is that of ages and groups together, and ngm of an age that of its infected, of whom groups have the share that they have while an epidemic grows.
 */
vg_status vg_control_transmission(const struct vg_population *population, const struct vg_contacts *contacts,
                                  const struct vg_disease *disease, double r0, double *transmission, double *ngm,
                                  struct vg_error *error) VG_MUST_USE;

/* ------------------------------------------------------------------ scenario */

/* Infections from elsewhere: count persons of a municipality on each of the days, whoever is hit and not immune. */
struct vg_import { int32_t first_day, last_day; uint32_t municipality, count; uint8_t variant; };

/* What happened before the first day, so that a run can begin with today's immunity: share of an age group's people who were
   infected, or had had so many doses, each on a day of the span, evenly. Who was vaccinated twice is among those vaccinated once if
   the same product's shares are nested. They infect nobody: the infections of the last weeks are imports. */
enum vg_past_kind { VG_PAST_INFECTION, VG_PAST_DOSE };
struct vg_past {
    enum vg_past_kind kind;
    int32_t first_day, last_day;  /* 0 <= first <= last < the run's first day */
    uint8_t variant;              /* of an infection */
    uint8_t product, dose;        /* of a dose: its number, 1 .. VG_DOSES_MAX */
    const double *share;          /* [n_municipalities * n_ages] 0 .. 1 */
};

struct vg_hospital {
    size_t n_regions;             /* 0: beds without limit, one region for all */
    const uint32_t *region;       /* [n_municipalities] whose beds they use */
    const uint32_t *ward_beds, *icu_beds; /* [n_regions] */
    double death_without_ward, death_without_icu; /* what the risk of death is multiplied with when there is no bed */
};

enum vg_intervention_kind {
    VG_INTERVENTION_CONTACTS,     /* contacts in the layers become fewer (or safer) by strength * compliance: closing, masks, gatherings, stay at home */
    VG_INTERVENTION_CORDON,       /* contacts outside the municipality of residence, to and from the measure's, become fewer by strength * compliance */
    VG_INTERVENTION_ISOLATION,    /* the symptomatic stay away from all layers but the household, from delay_days after onset for duration_days; compliance: share who do */
    VG_INTERVENTION_TRACING,      /* test, trace, quarantine: see the fields */
};
enum vg_trigger_kind { VG_TRIGGER_NONE, VG_TRIGGER_CASES /* reported in 7 days per 100,000 */, VG_TRIGGER_ADMISSIONS /* in 7 days per 100,000 */, VG_TRIGGER_ICU /* share of ICU beds in use, in the hospital region */ };

struct vg_intervention {
    enum vg_intervention_kind kind;
    uint32_t layers;              /* bits 1 << layer */
    uint32_t ages;                /* bits 1 << age group; 0: all. Contacts of which one or both are of these ages; of isolation and tracing the ill of these ages; not of cordons */
    bool only_safer;              /* of contacts: they are made all the same and pass on less (masks). Contact-exact mode can then compute them */
    int32_t first_day, last_day;  /* in force, both days included; with a trigger: may be in force */
    const uint8_t *where;         /* [n_municipalities] 1: there; NULL: everywhere */
    double strength, compliance;  /* 0 .. 1 */
    int32_t fade_in_days, fade_out_days; /* strength rises and falls along a line; fade out ends with last_day */
    double fatigue_per_day;       /* strength is lost at this rate: times 1 / (1 + rate * days in force) */
    enum vg_trigger_kind trigger; /* by municipality, on what is observed up to yesterday */
    const uint32_t *trigger_region; /* [n_municipalities] < n_municipalities: cases and admissions are those of all municipalities of the same number, in which the measure
                                     begins and ends together, each number by itself; NULL: of each municipality alone */
    double trigger_on, trigger_off; /* in force from on and above until below off */
    int32_t minimum_days;
    int32_t delay_days, duration_days; /* isolation and tracing */
    /* Tracing. A symptomatic person takes a test with probability compliance; found with probability sensitivity, delay_days
       after onset, if there is a test for them (tests_per_100k a day, 0: no limit), then isolated for duration_days. Household
       members are quarantined with probability household_share; contacts of the last contact_days by layer with probability
       traced_share when a tracer is free (tracers_per_100k index cases a day, 0: no limit), or if both use the app (share
       app_uptake of all). Who comes first is a matter of hashes. quarantine_days count from the contact. */
    double sensitivity, household_share, traced_share[VG_LAYERS], tests_per_100k, tracers_per_100k, app_uptake;
    int32_t contact_days, quarantine_days;
};

/* Doses by age and group in the order of priority, to people in a fixed random order within the age. */
struct vg_campaign {
    int32_t first_day, last_day;
    uint8_t product, dose;        /* dose: 1 .. VG_DOSES_MAX; who has the one before it is asked */
    int32_t interval_days;        /* at least so long after the dose before */
    const uint8_t *priority;      /* [(the population's groups + 1) * n_ages] of those in no group, then of each group: 0 not asked; 1 first, then 2, ... */
    const double *uptake;         /* [n_ages] share of the age that accepts */
    const uint32_t *doses_per_day;/* [n_municipalities] capacity */
    const uint32_t *stock;        /* [n_municipalities] doses in all; NULL: no limit */
};

/* Doses of a product that come on a day and are lost after another. Where a product has lots, its campaigns give no others: in each municipality those that
   expire first (of these the first to come), shared by all doses of the product in the order of the campaigns. */
struct vg_vaccine_lot {
    uint8_t product;
    int32_t arrival_day, expiry_day; /* given from the one to the other, both included */
    const uint32_t *doses;        /* [n_municipalities] */
};

/* How infections become reported cases, for triggers and the reported count. */
struct vg_observation {
    double reported;              /* share of the symptomatic that is reported */
    struct vg_delay onset_to_report;
};

/* --------------------------------------------------------------------- output */

enum vg_count_kind { VG_COUNT_INFECTIONS, VG_COUNT_REINFECTIONS, VG_COUNT_ONSETS, VG_COUNT_REPORTED, VG_COUNT_ADMISSIONS, VG_COUNT_ICU,
                     VG_COUNT_DEATHS, VG_COUNT_DOSES, VG_COUNT_QUARANTINED, VG_COUNT_KINDS };
/* What happened on a day: counts[((kind * n_municipalities + municipality) * n_ages + age) * n_variants + variant], by place of
   residence; doses and quarantine orders stand under variant 0. */
struct vg_day {
    int32_t day;
    const uint32_t *counts;
    size_t n_municipalities, n_ages, n_variants, n_regions;
    const uint32_t *ward_patients, *icu_patients; /* [n_regions] in a bed at the end of the day */
    const uint32_t *without_ward, *without_icu;   /* [n_regions] needed one that day and got none */
    const uint32_t *doses_lost;   /* [n_municipalities] of lots whose last day was the day before */
    size_t n_groups;
    const uint32_t *group_counts; /* [(kind * n_municipalities + municipality) * n_groups + group] of counts: by group, all ages and variants together */
};

struct vg_infection {
    uint32_t person, infector;    /* infector UINT32_MAX: imported */
    int32_t day;
    uint8_t layer, variant, earlier_infections, doses;
    bool symptomatic, ward, icu, death; /* as drawn, before it is known whether there is a bed */
    int32_t onset, admission;     /* onset: also when it would have been; admission VG_DATE_NONE without one */
    uint32_t pool, place;         /* of the contact */
    float immunity;               /* share of the risk of infection that earlier infections and doses took away that day */
};

/* What happens to a person besides being infected. */
enum vg_step_kind { VG_STEP_DOSE, VG_STEP_ADMISSION, VG_STEP_ICU, VG_STEP_LEAVE, VG_STEP_AWAY };
struct vg_step {
    uint32_t person;
    int32_t day, until;           /* until: of VG_STEP_AWAY (isolated, in quarantine: meets the household only), the first day on which it is over */
    uint8_t kind;                 /* enum vg_step_kind */
    bool bed;                     /* of admissions: whether there was one */
    bool dead;                    /* of VG_STEP_LEAVE: the course ends with death, else the person leaves hospital */
    uint8_t product, dose;        /* of VG_STEP_DOSE */
};

/* In contact-exact mode people of a group meet as many as others do, and pass on and catch by each contact in proportion: the same infections, but no more contacts to be told. */
enum vg_contact_mode { VG_CONTACTS_THINNED /* only contacts that infect are drawn */, VG_CONTACTS_EXACT /* and all others can be computed, vg_epidemic_contacts */ };

struct vg_epidemic_input {
    uint64_t seed;
    const struct vg_population *population; /* must outlive the epidemic */
    struct vg_contacts contacts;  /* these arrays, and disease with its own, must live until vg_epidemic_new returns */
    const struct vg_disease *disease;
    enum vg_contact_mode mode;
    int32_t first_date;           /* date of day 0, for the season */
    int32_t first_day;            /* the first day that is simulated; days before it are for `past`. Usually 0 */
    const int16_t *season_later_days; /* [n_municipalities] by so much the season comes later there (182: the other hemisphere), -366 .. 366; NULL: 0 */
    size_t n_past;
    const struct vg_past *past;   /* in the order of time; must live until vg_epidemic_new returns */
    size_t n_imports, n_measures, n_campaigns; /* these arrays, season_later_days and the beds must outlive the epidemic */
    const struct vg_import *imports;
    const struct vg_intervention *measures;   /* at most VG_INTERVENTIONS_MAX */
    const struct vg_campaign *campaigns; /* at most VG_CAMPAIGNS_MAX */
    size_t n_lots;
    const struct vg_vaccine_lot *lots; /* at most VG_LOTS_MAX; must outlive the epidemic, as the campaigns */
    struct vg_hospital hospital;
    struct vg_observation observation;
    const struct vg_ranks *ranks; /* NULL: one process. Else the run is one of all ranks together, which give the same input and call the same functions: a rank has
                                     the people of a part of the municipalities. on_day is called on all, with everybody's counts, and the run stops if one says so;
                                     on_infections and on_steps on rank 0 only, with everybody's, but must be given on all or on none */
    void *context;
    bool (*on_day)(void *context, const struct vg_day *day);              /* false: stop after this day. May be NULL */
    void (*on_infections)(void *context, const struct vg_infection *infections, size_t n); /* by person within a day. May be NULL */
    void (*on_steps)(void *context, const struct vg_step *steps, size_t n); /* by person, then kind, within a day; before the day's infections. May be NULL */
};

struct vg_epidemic;
/* 8 bytes a person at once, then about 4 bytes for each effective contact that is still to come. pool may be NULL. */
vg_status vg_epidemic_new(const struct vg_epidemic_input *input, struct vg_pool *pool, struct vg_epidemic **epidemic,
                          struct vg_error *error) VG_MUST_USE;
void vg_epidemic_free(struct vg_epidemic *epidemic);
/* Simulates up to `days` more days. VG_CANCELLED when on_day said so (the day is complete, one may go on), VG_LIMIT_EXCEEDED
   beyond VG_ENGINE_DAYS_MAX, VG_SYSTEM_ERROR without memory (the epidemic can then only be freed). */
vg_status vg_epidemic_advance(struct vg_epidemic *epidemic, int32_t days, struct vg_error *error) VG_MUST_USE;
int32_t vg_epidemic_today(const struct vg_epidemic *epidemic);        /* the next day to be simulated */
bool vg_epidemic_over(const struct vg_epidemic *epidemic);            /* nobody is infected and no import is to come */

/* What a run has had to do so far: effective contacts on their day, those that reached somebody, steps of courses, quarantine orders. Each looks up one
   person's word. Not part of a checkpoint: counts from the resumption on. */
struct vg_epidemic_work { uint64_t contacts, challenges, courses, orders; };
struct vg_epidemic_work vg_epidemic_work(const struct vg_epidemic *epidemic);
/*
 * Of the day that on_day tells of: what a measure takes away in a municipality of those of its ages (strength times compliance, faded), 0 where it is not in force; of isolation and
 * tracing 1 where it is.
 */
double vg_epidemic_measure_strength(const struct vg_epidemic *epidemic, size_t measure, uint32_t municipality);

struct vg_person_state {
    int32_t infected_on, dosed_on, quarantined_until; /* VG_DATE_NONE: never; days of the run */
    uint8_t infections, variant, variants_seen, doses, product; /* variants_seen: bits */
    bool dead, symptomatic;
};
/* Of several ranks: only of a person of this rank. */
struct vg_person_state vg_epidemic_person(const struct vg_epidemic *epidemic, uint32_t person);

struct vg_contact_met { uint32_t person; uint8_t layer; };
/* Contact-exact mode: everybody whom a person met on a day of the run so far, by whom transmission was decided: closings, cordons, isolation and quarantine have
   taken their share (of a person's times at home the last two are known, of the dead one that was over by then). Of a later day: whom they would meet without measures. Symmetric. Returns how many there
   are and fills at most capacity. About 10 microseconds. Of several ranks: of a person of this rank, whose contacts on other ranks are not known to have been at home. */
size_t vg_epidemic_contacts(const struct vg_epidemic *epidemic, uint32_t person, int32_t day, struct vg_contact_met *met, size_t capacity);

/* Checkpoint: the whole state as bytes, to be given back with the same input. Thread numbers may differ. Of one rank only: VG_USAGE_ERROR. */
vg_status vg_epidemic_save(const struct vg_epidemic *epidemic, bool (*write)(void *context, const void *data, size_t size), void *context,
                           struct vg_error *error) VG_MUST_USE;
vg_status vg_epidemic_resume(struct vg_epidemic *epidemic, bool (*read)(void *context, void *data, size_t size), void *context,
                             struct vg_error *error) VG_MUST_USE;

#endif
