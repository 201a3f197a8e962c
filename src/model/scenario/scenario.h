/*
 * scenario: what a simulation is asked, in the words of whoever asks. Place, disease, start, dated and named measures, vaccination, beds, what
 * is wanted of it. Read from a file by intake/scenario, made into the engine's input by control/scenario, also for exercises.
 *
 * Texts and arrays live as long as the arena that they were read into. Dates are days since 1970-01-01, VG_DATE_NONE where not given;
 * numbers that were not given are NaN unless the field says otherwise. Every default is in vg_scenario_defaults and nowhere else.
 */
#ifndef VG_SCENARIO_H
#define VG_SCENARIO_H

#include "model/exercise/exercise.h"

/* ------------------------------------------------------------------- place */

/* Either municipalities, as a table or in the file itself, or one population. Paths are relative to the scenario's file. */
#define VG_SCENARIO_SHIPPED_PLACES "shipped" /* as municipalities: the invented countries that the program carries */
struct vg_scenario_place {
    const char *country;               /* ISO 3166-1 alpha-2: ages, household size and contacts where no table is given */
    const char *like;                  /* the country whose ages and household size are taken instead; NULL: country */
    const char *code;                  /* of the whole, in what comes out; NULL: the country's */
    const char *municipalities;        /* CSV: code, name, parent, population, latitude, longitude; NULL: those of the file, or one place of `population` persons */
    double population;
    const char *ages, *households;     /* CSV, over the country's; NULL */
    struct vg_text_list contacts;      /* CSV, over the default's: one that names its settings, or four: home, school, work, other */
    struct vg_number_list age_bands;   /* first year of each; at most 20 */
    double household_size;             /* mean; NaN: the country's */
    double school_size, work_size;     /* persons of a class and of a group at work */
    const char *commuting;             /* "gravity", "none" or a CSV of flows: origin, destination, persons */
    double commuting_share;            /* gravity: of the workers, who work in another municipality */
    double travel_share;               /* of the contacts outside home, school and work, which are had by travel */
};
/*
 * People told apart by something else than age, such as health workers or those with an illness. Nobody is in two groups: who would be belongs to a third one that has both figures. Shares are of the
 * people of `ages`, one for all or one for each.
 */
#define VG_SCENARIO_GROUPS_MAX 8
struct vg_scenario_group {
    const char *name;
    struct vg_text_list ages;          /* none: everybody */
    struct vg_number_list share_percent;
    const char *shares;                /* CSV by place over share_percent: code, share_percent; NULL */
    double contacts, severity;         /* outside the household, and odds of admission and of death outside hospital: times those of people of the same age in no group */
    uint32_t line;                     /* of its heading, for messages */
};
struct vg_scenario_municipality { const char *code, *name, *parent; double population, latitude, longitude; }; /* parent NULL, degrees NaN: not given */

/* ----------------------------------------------------------------- disease */

struct vg_scenario_disease {
    const char *name;                  /* such as "covid19" */
    const char *course, *cross_immunity, *products, *vaccines; /* CSV in the form of the shipped tables; NULL: those */
    struct vg_text_list variants;      /* names in the disease's file, in the order of the engine; none: the first one */
    double r0;                         /* of the first variant without immunity, measures or season; NaN: the disease's */
    double growth_per_day;             /* instead of r0 */
    double dispersion;                 /* k of infectiousness; NaN: the disease's */
    double season_amplitude, season_peak_day; /* NaN: the disease's. Day of the year, 0: 1 January */
};

/* ------------------------------------------------------------------- start */

struct vg_scenario_start {
    double infections_per_day;         /* from elsewhere, on each of the first `days` days, over the places by population */
    int32_t days;
    struct vg_text_list places;        /* only there; none: everywhere */
    const char *variant;               /* NULL: the first */
    double immune_share;               /* of everybody, who were infected before the first day */
    struct vg_number_list immune_by_age; /* [age bands] instead */
    int32_t immune_days;               /* they were so evenly over so many days before */
};
struct vg_scenario_import { const char *name; int32_t from, to; double per_day; struct vg_text_list places; const char *variant; }; /* name NULL: in every scenario */

/* ---------------------------------------------------------------- measures */

enum vg_scenario_measure_kind {
    VG_SCENARIO_CONTACTS,              /* of the layers named */
    VG_SCENARIO_MASKS, VG_SCENARIO_SCHOOL_CLOSING, VG_SCENARIO_WORK_CLOSING, VG_SCENARIO_GATHERINGS, VG_SCENARIO_STAY_AT_HOME, VG_SCENARIO_TRAVEL_LIMITS,
    VG_SCENARIO_CORDON, VG_SCENARIO_ISOLATION, VG_SCENARIO_TRACING, VG_SCENARIO_MEASURE_KINDS
};
enum vg_scenario_trigger { VG_SCENARIO_ALWAYS, VG_SCENARIO_ON_CASES, VG_SCENARIO_ON_ADMISSIONS, VG_SCENARIO_ON_ICU };
enum vg_scenario_layer { VG_SCENARIO_HOUSEHOLD, VG_SCENARIO_SCHOOL, VG_SCENARIO_WORK, VG_SCENARIO_COMMUNITY, VG_SCENARIO_TRAVEL, VG_SCENARIO_LAYERS };
extern const char *const vg_scenario_measure_names[];   /* "contacts", "masks", ...; ends with NULL, like the two below */
extern const char *const vg_scenario_trigger_names[];   /* "none", "cases", "admissions", "icu" */
extern const char *const vg_scenario_layer_names[];     /* "household", "school", ... */
/* Bits 1 << layer that a kind works on where no layers are named; 0: it has none. */
unsigned vg_scenario_measure_layers(enum vg_scenario_measure_kind kind);

struct vg_scenario_measure {
    const char *name;
    int32_t kind;                      /* enum vg_scenario_measure_kind */
    struct vg_text_list layers, places;/* none: the kind's; everywhere */
    struct vg_text_list ages;          /* "65+", "5-17": contacts of which one or both are of these; isolation and tracing: the ill of these. None: everybody */
    int32_t from, to;                  /* both included; VG_DATE_NONE: from the first, to the last day */
    double strength, compliance;       /* share of contacts that it takes away from those who comply; share who do */
    int32_t fade_in_days, fade_out_days;
    double fatigue_per_day;
    int32_t trigger;                   /* enum vg_scenario_trigger */
    int32_t trigger_of;                /* whose cases or admissions: enum vg_scenario_region; each switches by itself */
    double trigger_on, trigger_off;    /* NaN off: half of on */
    int32_t minimum_days;
    int32_t delay_days, duration_days; /* isolation, tracing */
    double sensitivity, household_share, traced_share, capacity_per_100k, app_uptake; /* tracing; capacity 0: no limit */
    int32_t contact_days, quarantine_days;
};

/* ------------------------------------------------------------- vaccination */

struct vg_scenario_campaign {
    const char *name, *product;        /* product: in the disease's file; NULL: its first */
    int32_t dose, interval_days;
    int32_t from, to;
    double per_day_percent;            /* capacity: percent of the population a day */
    double stock_percent;              /* NaN: without limit */
    const char *group;                 /* only people of this group; NULL: everybody */
    struct vg_text_list ages;          /* in the order of priority: "60+", "40-59", also a group or some of its ages (vg_scenario_turn_parse); none: everybody at once */
    double uptake;
    struct vg_text_list places;
};

/* Doses that come on a day and expire on another. Where a product has lots, its campaigns give no other doses. */
struct vg_scenario_lot {
    const char *name, *product;        /* name NULL: in every scenario; product as in campaigns */
    int32_t arrives, expires;          /* first and last day on which it is given; VG_DATE_NONE: from the start, to the end */
    double percent;                    /* of the population, spread over the places by it */
    struct vg_text_list places;
};

/* --------------------------------------------------- hospitals, observation */

enum vg_scenario_region { VG_SCENARIO_BEDS_COUNTRY, VG_SCENARIO_BEDS_PARENT, VG_SCENARIO_BEDS_MUNICIPALITY };
extern const char *const vg_scenario_region_names[];    /* "country", "parent", "municipality" */
struct vg_scenario_hospital {
    double ward_beds_per_100k, icu_beds_per_100k; /* for these patients; NaN: without limit */
    int32_t region;                    /* who share them: enum vg_scenario_region */
    double death_without_ward, death_without_icu; /* the risk of death is multiplied with these */
};
struct vg_scenario_observation { double reported, delay_mean_days, delay_sd_days; };

/* ------------------------------------------------------------------ output */

enum vg_scenario_step { VG_SCENARIO_DAY, VG_SCENARIO_WEEK };
extern const char *const vg_scenario_step_names[];      /* "day", "week" */
struct vg_scenario_output {
    int32_t step;                      /* enum vg_scenario_step; weeks are Sunday to Saturday */
    struct vg_text_list targets;       /* "inc case", "cum death", ... of vg_control_scenario_targets */
    struct vg_text_list places;        /* "country", "parent", "municipality" */
    struct vg_text_list ages;          /* "0-64", "65+"; the whole is always there */
    bool place_ages;                   /* of every place; false: of the country alone, which keeps the answer of many places small */
    struct vg_number_list quantiles;
    int32_t samples;                   /* trajectories of so many runs beside the quantiles */
};

/* ------------------------------------------------------------- calibration */

/* What was observed until today, to start from. A CSV with columns date and any of cases, admissions, icu, deaths; or the counts themselves; or a node. */
struct vg_scenario_calibration {
    const char *observed;              /* NULL: no table */
    const char *node, *dataset;        /* instead: a node's folder */
    const char *node_place;            /* code; NULL: the dataset's whole */
    int32_t counts_from;               /* instead: day of the first of each of these; VG_DATE_NONE: none are given */
    struct vg_number_list cases, admissions, icu, deaths; /* a day each, -1 where nothing was reported */
    int32_t from;                      /* first day used; default: the first with data */
    int32_t block_days;                /* transmission is constant over such blocks */
    double change_sd;                  /* prior standard deviation of the log of its change from block to block */
    bool estimate_reporting;           /* else observation.reported is taken as known */
    bool estimate_severity;            /* one factor on the odds of the ward, one on the risk of death, from admissions and deaths */
    int32_t engine_rounds;             /* how often the engine is run to correct the renewal equation */
    int32_t run_rounds;                /* and for each run by itself, to bring it to what was observed; 0: runs keep their luck */
};

/* ---------------------------------------------------------------- all of it */

/* The scenarios of one file differ in which of the named measures, campaigns and imports they hold, and in beds; everything else and all random draws are shared. */
struct vg_scenario_variation {
    const char *name, *title;
    struct vg_text_list without, only; /* names of measures, campaigns, lots and imports */
    double ward_beds_per_100k, icu_beds_per_100k; /* NaN: those of [hospital] */
};

struct vg_scenario {
    const char *file_name, *folder;    /* for messages; where paths start, without "/" at the end */
    const char *name, *title;
    int32_t start, days;
    int32_t today;                     /* origin_date, the first day that is projected; default: start, or the day after the last observed */
    int64_t seed, runs;
    struct vg_scenario_place place;
    struct vg_scenario_disease disease;
    struct vg_scenario_start begin;
    struct vg_scenario_hospital hospital;
    struct vg_scenario_observation observation;
    struct vg_scenario_output output;
    struct vg_scenario_calibration calibration;
    struct vg_scenario_municipality *municipalities;
    struct vg_scenario_group *groups;
    struct vg_exercise_settings exercise; /* what only exercises read */
    struct vg_scenario_import *imports;
    struct vg_scenario_measure *measures;
    struct vg_scenario_campaign *campaigns;
    struct vg_scenario_lot *lots;
    struct vg_scenario_variation *variations; /* at least one after reading: the whole */
    size_t n_municipalities, n_groups, n_imports, n_measures, n_campaigns, n_lots, n_variations;
};
void vg_scenario_defaults(struct vg_scenario *scenario);
void vg_scenario_municipality_defaults(struct vg_scenario_municipality *municipality);
void vg_scenario_group_defaults(struct vg_scenario_group *group);
void vg_scenario_import_defaults(struct vg_scenario_import *import);
void vg_scenario_measure_defaults(struct vg_scenario_measure *measure);
void vg_scenario_campaign_defaults(struct vg_scenario_campaign *campaign);
void vg_scenario_lot_defaults(struct vg_scenario_lot *lot);
void vg_scenario_variation_defaults(struct vg_scenario_variation *variation);
/* Who is asked at one priority: people of some ages, of a group, or of a group's ages: "60+", "health workers", "health workers: 60+". False: neither ages nor a group of the scenario. */
struct vg_scenario_turn { size_t group; int low_years, high_years; }; /* group SIZE_MAX: whether in a group or not; high -1: open */
bool vg_scenario_turn_parse(const struct vg_scenario *scenario, struct vg_text text, struct vg_scenario_turn *turn);
size_t vg_scenario_group_find(const struct vg_scenario *scenario, struct vg_text name); /* SIZE_MAX: there is none of that name */
/* Whether people of an age band that begins with that year may be in the group. */
bool vg_scenario_group_covers(const struct vg_scenario_group *group, int age_from);
/* Its share of that band in percent, as far as share_percent says it; 0 where there is none. */
double vg_scenario_group_percent(const struct vg_scenario_group *group, int age_from);
/* All dates that were given, later by so many days. */
void vg_scenario_move(struct vg_scenario *scenario, int32_t days);
/* Whether the scenario of that number holds the measure, campaign or import of that name. */
bool vg_scenario_holds(const struct vg_scenario *scenario, size_t variation, const char *name);
/* Whether the course until today is to be found from what was observed. */
bool vg_scenario_is_calibrated(const struct vg_scenario *scenario);
/* Persons of all places that the file itself names; NaN where they stand in a table. */
double vg_scenario_persons(const struct vg_scenario *scenario);

#endif
