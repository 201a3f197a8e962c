/*
 * model: the words of the field as structs. No behaviour beyond naming, checking and small arithmetic on them.
 * Analyses take these as input and fill them as output; the store and the readers carry them.
 *
 * Conventions: dates are int32_t days since 1970-01-01, VG_DATE_NONE unknown. Missing is not zero: a count that was
 * not reported is NaN in a series and absent from a count table.
 */
#ifndef VG_MODEL_H
#define VG_MODEL_H

#include "core/core.h"

/* ------------------------------------------------------------------ places */

enum vg_place_level { VG_LEVEL_WORLD, VG_LEVEL_COUNTRY, VG_LEVEL_ADMIN1, VG_LEVEL_ADMIN2, VG_LEVEL_OTHER, VG_LEVEL_COUNT };
const char *vg_place_level_name(enum vg_place_level level); /* "world", "country", "admin1", "admin2", "other" */
bool vg_place_level_from_name(struct vg_text name, enum vg_place_level *level);

/* Languages of the program and of place names. */
enum vg_language { VG_ES, VG_PT, VG_EN, VG_FR, VG_ZH, VG_LANGUAGE_COUNT };
const char *vg_language_code(enum vg_language language); /* "es", "pt", "en", "fr", "zh" */
bool vg_language_from_code(struct vg_text code, enum vg_language *language);

#define VG_PLACE_NONE UINT32_MAX
/*
 * code is unique in a node: ISO 3166-1 alpha-2 for a country ("CO"), ISO 3166-2 for a first-level unit ("CO-ANT"),
 * country + "-" + the country's own code for a second-level one ("CO-05001" DIVIPOLA, "BR-3550308" IBGE, "CN-420100"
 * GB/T 2260), and parent code + "~" + folded name for a place that has no code ("BR-SP~campinas").
 */
struct vg_place {
    const char *code;
    const char *name;                           /* as written where it is, or the best known */
    const char *names[VG_LANGUAGE_COUNT];       /* NULL where not known */
    const char *alternative_names;              /* "|"-separated other spellings and codes (ISO alpha-3, DIVIPOLA, IBGE, ...), or NULL */
    uint32_t parent;                            /* index in the same list, or VG_PLACE_NONE */
    enum vg_place_level level;
    double population;                          /* NaN unknown */
    double latitude, longitude;                 /* degrees, NaN unknown */
};

/* Places with fast look-up by code and by folded name inside a parent. Memory: the arena given to init. */
struct vg_place_list {
    struct vg_arena *arena;
    struct vg_place *places;
    size_t count, capacity;
    struct vg_dictionary codes;   /* code -> dictionary index; code_place gives the place */
    struct vg_dictionary names;   /* "parent index/folded name" -> dictionary index; name_place gives the place */
    uint32_t *code_place, *name_place;
    size_t code_capacity, name_capacity;
};
void vg_place_list_init(struct vg_place_list *list, struct vg_arena *arena);
/* Adds or, where the code is there already, fills what was unknown. Text is copied. Returns the index, VG_PLACE_NONE when out of memory. */
uint32_t vg_place_list_add(struct vg_place_list *list, const struct vg_place *place);
/* One more spelling or foreign code of a place ("Bogotá, D.C.", "11", "COL"). False when out of memory. */
bool vg_place_list_add_name(struct vg_place_list *list, uint32_t place, struct vg_text name);
uint32_t vg_place_list_find_code(const struct vg_place_list *list, struct vg_text code);
/* By any known spelling, accents and case ignored, among the children of parent (VG_PLACE_NONE: countries). */
uint32_t vg_place_list_find_name(const struct vg_place_list *list, uint32_t parent, struct vg_text name);
/*
 * As people write it: its code, else a name or another spelling that only one place has, below `within` (VG_PLACE_NONE: anywhere). VG_PLACE_NONE: there is none, or *several. Cost: a pass
 * over the list where it is no code.
 */
uint32_t vg_place_list_find_any(const struct vg_place_list *list, uint32_t within, struct vg_text text, bool *several);
/* Whether place is ancestor itself or below it. */
bool vg_place_list_within(const struct vg_place_list *list, uint32_t place, uint32_t ancestor);

/* ------------------------------------------------------------------- cases */

/* The dates a case can carry. REPORT is when it became known to the system (typed, published): the reporting-delay key. */
enum vg_case_date {
    VG_CASE_ONSET, VG_CASE_NOTIFICATION, VG_CASE_SAMPLE, VG_CASE_DIAGNOSIS, VG_CASE_REPORT,
    VG_CASE_ADMISSION, VG_CASE_ICU, VG_CASE_RECOVERY, VG_CASE_DEATH, VG_CASE_DATE_COUNT
};
const char *vg_case_date_name(enum vg_case_date date); /* "onset", "notification", ... */
bool vg_case_date_from_name(struct vg_text name, enum vg_case_date *date);

enum vg_sex { VG_SEX_UNKNOWN, VG_SEX_FEMALE, VG_SEX_MALE, VG_SEX_OTHER, VG_SEX_COUNT };
/* Case classification in WHO's terms; DISCARDED cases are kept and left out of counts. */
enum vg_case_class { VG_CLASS_UNKNOWN, VG_CLASS_SUSPECTED, VG_CLASS_PROBABLE, VG_CLASS_CONFIRMED, VG_CLASS_DISCARDED, VG_CLASS_COUNT };
enum vg_outcome { VG_OUTCOME_UNKNOWN, VG_OUTCOME_ALIVE, VG_OUTCOME_RECOVERED, VG_OUTCOME_DIED, VG_OUTCOME_DIED_OTHER, VG_OUTCOME_COUNT };
enum vg_severity { VG_SEVERITY_UNKNOWN, VG_SEVERITY_ASYMPTOMATIC, VG_SEVERITY_MILD, VG_SEVERITY_MODERATE, VG_SEVERITY_SEVERE, VG_SEVERITY_CRITICAL, VG_SEVERITY_COUNT };
const char *vg_sex_name(enum vg_sex sex);                   /* "unknown", "female", "male", "other" */
const char *vg_case_class_name(enum vg_case_class class);   /* "unknown", "suspected", ... */
const char *vg_outcome_name(enum vg_outcome outcome);
const char *vg_severity_name(enum vg_severity severity);
bool vg_sex_from_name(struct vg_text name, enum vg_sex *sex);
bool vg_case_class_from_name(struct vg_text name, enum vg_case_class *class);
bool vg_outcome_from_name(struct vg_text name, enum vg_outcome *outcome);
bool vg_severity_from_name(struct vg_text name, enum vg_severity *severity);

#define VG_AGE_UNKNOWN (-1)

/*
 * Cases in columns: one array of n_cases per field; a field that the source does not have is NULL.
 * identity_hash names a case inside its dataset across revisions (hash of the source's id, or of the whole row with a
 * running number for equal rows); content_hash covers every field, so a changed case is seen.
 */
struct vg_case_table {
    size_t n_cases;
    int32_t *dates[VG_CASE_DATE_COUNT];
    uint32_t *place;              /* index in the place list that goes with the table, or VG_PLACE_NONE */
    int16_t *age_years;           /* VG_AGE_UNKNOWN */
    uint8_t *sex, *class, *outcome, *severity;
    uint64_t *identity_hash, *content_hash;
    struct vg_text *id;           /* the source's id as given; size 0 unknown */
    struct vg_text *extra;        /* the unmapped columns as one JSON array, in the order of extra_headings; size 0 none. Never holds identifying fields */
    struct vg_text extra_headings; /* their headings as a JSON array: held once, as they are half of what such columns weigh */
    struct vg_text *identifying;  /* name, document, phone, ... as one JSON object, to be stored encrypted; size 0 none */
    uint32_t *category;           /* index in categories: agent, virus type, source of infection, as the profile says; or UINT32_MAX */
    struct vg_text *categories;   /* [n_categories] */
    size_t n_categories;
    uint64_t *line;               /* line of the file where the row starts, from 1 */
    int32_t *known_from, *known_to; /* set by the store: the days between which this version of the case was the known one;
                                       known_to VG_DATE_NONE: still is. NULL from the readers */
};

/* ------------------------------------------------------------------ counts */

/*
 * What is counted. A measure names what and by which date: "cases_onset" are confirmed cases by date of onset,
 * "cases_report" by date of report, "deaths_date" by date of death. FLOW measures add over time and places, STOCK measures
 * (beds occupied) over places alone, LEVEL measures (a concentration) over neither: of several places they have the mean,
 * weighted by population where that of all is known.
 */
enum vg_measure_kind { VG_MEASURE_FLOW, VG_MEASURE_STOCK, VG_MEASURE_LEVEL };
const char *vg_measure_kind_name(enum vg_measure_kind kind); /* "flow", "stock", "level" */
struct vg_measure {
    const char *name;
    enum vg_measure_kind kind;
    const char *what;   /* "cases", "deaths", "admissions", "icu_admissions", "tests", "tests_positive", "suspected", "recovered", "ward_patients", "icu_patients", "ward_beds", "icu_beds", "survey_tested", "survey_positive", "wastewater_load" */
    const char *by;     /* "onset", "notification", "sample", "diagnosis", "report", "admission", "icu", "recovery", "death" */
    bool delayed;       /* by a date before the report, so the newest days are incomplete and a nowcast makes sense */
};
const struct vg_measure *vg_measure_find(struct vg_text name); /* NULL if there is no such measure */
size_t vg_measure_count(void);
const struct vg_measure *vg_measure_at(size_t index);
/* The measure that counts a line list by the given date ("cases_onset", ..., "deaths_date" for VG_CASE_DEATH). */
const struct vg_measure *vg_measure_of_case_date(enum vg_case_date date);

/*
 * Counts in long form with vintages: what the publication of report_date added to (or, negative, took from) the count
 * of reference_date. Sum over report_date <= r is what was known on day r.
 */
struct vg_count_table {
    size_t n_counts;
    uint16_t *measure;        /* index by vg_measure_at */
    uint32_t *place;          /* index in the place list */
    uint32_t *group;          /* index in groups */
    int32_t *reference_date;  /* for weeks: the first day of the week */
    int32_t *report_date;
    double *increment;        /* signed; for STOCK and LEVEL measures the value itself, newest report wins */
    struct vg_text *groups;   /* [n_groups] "all", "age:60-79", "sex:female", "age:60-79/sex:female" */
    size_t n_groups;
    int step_days;            /* 1 daily, 7 weekly; 0 mixed */
};

/* ---------------------------------------------------- series and triangles */

/* One value a step from start. NaN: not reported. */
struct vg_series {
    int32_t start;
    int32_t step_days;        /* 1 or 7 */
    size_t n_values;
    double *values;
};

/*
 * A reporting triangle: increments[reference * n_delays + delay] became known `delay` steps after reference date
 * start + reference * step_days. Cells not yet observed on as_of are NaN, cells before reporting began are NaN, and a
 * day without publication has its cells NaN too. Negative cells are downward revisions. The last delay holds what came at
 * that delay or later when last_delay_open is set.
 */
struct vg_triangle {
    int32_t start;
    int32_t step_days;
    int32_t as_of;
    size_t n_references, n_delays;
    double *increments;
    bool last_delay_open;
};

/* How an analysis of one series ended. A series that fails says why and never stops the others. */
enum vg_series_status {
    VG_SERIES_OK,
    VG_SERIES_TOO_SHORT,       /* not enough dates for the method */
    VG_SERIES_TOO_FEW,         /* not enough cases to say anything */
    VG_SERIES_NO_DELAYS,       /* no reporting history to learn delays from */
    VG_SERIES_SILENT,          /* the place stopped reporting; nothing is claimed about the silent days */
    VG_SERIES_NOT_CONVERGED,
    VG_SERIES_BAD_INPUT,       /* negative or not finite where that cannot be */
    VG_SERIES_STATUS_COUNT
};
const char *vg_series_status_name(enum vg_series_status status); /* "ok", "too_short", ... */

/* The quantile levels that every interval is given at: 2.5, 5, 10, 25, 50, 75, 90, 95, 97.5 %. */
#define VG_QUANTILE_COUNT 9
extern const double vg_quantile_levels[VG_QUANTILE_COUNT];
#define VG_QUANTILE_MEDIAN 4

/* Quantiles per step: values[step * VG_QUANTILE_COUNT + level]. */
struct vg_quantile_series {
    int32_t start;
    int32_t step_days;
    size_t n_steps;
    double *values;
    double *mean;             /* [n_steps] */
};

/* ----------------------------------------------------------- shipped facts */

/*
 * Adds the places that the program knows from the start: the countries of ISO 3166-1 and the first-level units of China,
 * Latin America and the Caribbean and a few others (data/README.md names the sources). Places already there keep what is known.
 */
vg_status vg_places_load_shipped(struct vg_place_list *list, struct vg_error *error) VG_MUST_USE;

/* A published number about a disease, from data/parameters/epidemiological.csv. The texts live as long as the program's own. */
struct vg_epidemiological_fact {
    struct vg_text disease, name;       /* as in the table: "covid19_delta", "serial_interval_mean_days" */
    double value, low, high;            /* low and high: the published interval, NaN where there is none */
    struct vg_text interval;            /* what low and high are: "95% CI", "range"; size 0: none */
    struct vg_text distribution;        /* that the source fitted: "gamma", "lognormal", "weibull"; size 0: not said */
    struct vg_text source, doi, note;   /* size 0: none */
};
/*
 * disease as in the file ("covid19") or in one of the program's languages ("sarampión", "Viruela del mono"); name:
 * "serial_interval_mean_days", "serial_interval_sd_days", "generation_time_mean_days", "generation_time_sd_days",
 * "incubation_mean_days", "incubation_sd_days", "reproduction_number", "dispersion_k", and of mosquitoes
 * "extrinsic_incubation_mean_days" (dengue: "extrinsic_incubation_25c_mean_days", "extrinsic_incubation_30c_mean_days").
 * VG_NOT_FOUND names the diseases that are known. *fact may be NULL: then it only says whether there is one.
 */
vg_status vg_epidemiological_parameter(struct vg_text disease, const char *name, struct vg_epidemiological_fact *fact,
                                       struct vg_error *error) VG_MUST_USE;
/* Every row in the table's order: start with *cursor 0; false at the end. */
bool vg_epidemiological_next(size_t *cursor, struct vg_epidemiological_fact *fact);
/* Whether two names mean one disease: "COVID-19" and "covid19", "gripe" and "influenza". */
bool vg_epidemiological_same_disease(struct vg_text a, struct vg_text b);

/* Mean and standard deviation in days (mean.value, sd.value), each with its source; mean.name says of what. */
struct vg_disease_interval {
    struct vg_epidemiological_fact mean, sd;
};
/*
 * What models of transmission ask for. The serial interval falls back on the generation time and the other way round where only one
 * of them is published. Names are families by their underscores: what is not published of covid19_omicron_ba2 is taken from
 * covid19_omicron, then from covid19 (mean.disease and sd.disease say from where). VG_NOT_FOUND names the known diseases; out is then undefined.
 */
vg_status vg_disease_serial_interval(struct vg_text disease, struct vg_disease_interval *out, struct vg_error *error) VG_MUST_USE;
vg_status vg_disease_generation_time(struct vg_text disease, struct vg_disease_interval *out, struct vg_error *error) VG_MUST_USE;
vg_status vg_disease_incubation(struct vg_text disease, struct vg_disease_interval *out, struct vg_error *error) VG_MUST_USE;

#endif
