/*
 * control: invented and real outbreaks under control. This part makes the example that the program ships: a stochastic
 * outbreak of which everything is known, in the invented country Vallemar (code XV, which ISO 3166 leaves to users),
 * and writes it the way a ministry would: a line list with delays, weekends, a backlog, a silent municipality and
 * typing errors. What really happened is written beside it, so estimates can be held against the truth.
 *
 * Pure: no file, no clock, no global. Everything follows from (seed, end, scale), whatever the number of threads.
 */
#ifndef VG_CONTROL_H
#define VG_CONTROL_H

#include "model/model.h"

/* ------------------------------------------------------ the invented country */

#define VG_EXAMPLE_COUNTRY "XV"
#define VG_EXAMPLE_DISEASE "example"
#define VG_EXAMPLE_DAYS 245            /* eight months, the last one is `end` */
#define VG_EXAMPLE_PROVINCES 6
#define VG_EXAMPLE_MUNICIPALITIES 36

struct vg_example_place {
    const char *code;                  /* national code: "03" a province, "0301" a municipality; in a node "XV-03", "XV-0301" */
    const char *name;
    double population;                 /* already times scale */
    double latitude, longitude;        /* in the open South Pacific, where nobody lives */
};

/* -------------------------------------------------------------- what is true */

/* The disease as it was simulated. Days; each a gamma distribution, brought to whole days as the comment says. */
#define VG_EXAMPLE_GENERATION_MEAN_DAYS 5.0  /* discretised as in Cori et al. 2013, appendix 11: no weight on day 0 */
#define VG_EXAMPLE_GENERATION_SD_DAYS 2.0
#define VG_EXAMPLE_INCUBATION_MEAN_DAYS 4.6  /* rounded to the nearest day */
#define VG_EXAMPLE_INCUBATION_SD_DAYS 2.2
#define VG_EXAMPLE_SYMPTOMATIC_SHARE 0.70
#define VG_EXAMPLE_VARIANCE_RATIO 3.0        /* variance of a day's infections in a place over their mean */
#define VG_EXAMPLE_GENERATION_DAYS 22        /* length of the discretised generation time */

enum vg_example_flag {                 /* what was done to a case on its way into the file */
    VG_EXAMPLE_ONSET_LOST = 1,         /* onset left blank though there was one */
    VG_EXAMPLE_NAME_VARIANT = 2,       /* municipality without accents, in capitals, or padded */
    VG_EXAMPLE_CODE_LOST = 4,          /* municipality code left blank, name kept */
    VG_EXAMPLE_ONSET_WRONG_YEAR = 8,   /* onset written one year late: after the report */
    VG_EXAMPLE_DEATH_BEFORE_ONSET = 16,
    VG_EXAMPLE_AGE_IMPOSSIBLE = 32,    /* 199 */
    VG_EXAMPLE_AGE_LOST = 64,
    VG_EXAMPLE_SEX_LOST = 128,
    VG_EXAMPLE_AGE_ROUNDED = 256,      /* to the nearest ten: digit preference */
    VG_EXAMPLE_REPEATED = 512,         /* the row stands twice */
    VG_EXAMPLE_ENTERED_TWICE = 1024,   /* once more under another id */
    VG_EXAMPLE_IN_BATCH = 2048,        /* held back and reported on the batch day */
    VG_EXAMPLE_HELD_BY_SILENCE = 4096, /* not reported by `end` because the municipality fell silent */
    VG_EXAMPLE_LATE_LABORATORY = 8192, /* in the long tail of the reporting delay */
};
#define VG_EXAMPLE_FLAGS 14
const char *vg_example_flag_name(unsigned bit);        /* "onset_lost", ... for bit 0 .. VG_EXAMPLE_FLAGS - 1 */

/* One ascertained case, as it really was (the file's errors are in flags). Dates may lie after `end`. */
struct vg_example_case {
    int32_t infection, onset;          /* without symptoms: the day they would have begun, and asymptomatic is set */
    int32_t notification, report;
    int32_t admission, icu, icu_out, discharge, death, recovery; /* VG_DATE_NONE: did not happen */
    int16_t age_years;
    uint16_t municipality;             /* 0 .. VG_EXAMPLE_MUNICIPALITIES - 1 */
    uint16_t flags;                    /* enum vg_example_flag */
    uint8_t sex, severity;             /* enum vg_sex, enum vg_severity */
    bool asymptomatic;
};

struct vg_example_options {
    uint64_t seed;
    int32_t end;                       /* last day of the outbreak that is told */
    double scale;                      /* of populations and first cases; 0: 1, which gives about 80,000 cases (55,000 to 110,000 by seed). 0.01 .. 100 */
};

/* Daily arrays are [municipality * VG_EXAMPLE_DAYS + day], day 0 is start. */
struct vg_example {
    struct vg_example_options options;
    int32_t start, end;
    struct vg_example_place provinces[VG_EXAMPLE_PROVINCES];
    struct vg_example_place municipalities[VG_EXAMPLE_MUNICIPALITIES];
    uint16_t province_of[VG_EXAMPLE_MUNICIPALITIES];
    double generation[VG_EXAMPLE_GENERATION_DAYS]; /* [s]: share of transmission s days after infection; [0] is 0 */
    double flow[VG_EXAMPLE_MUNICIPALITIES * VG_EXAMPLE_MUNICIPALITIES]; /* contacts between places, in persons, symmetric; row sums are populations */
    double *rt;                        /* what a person infected on an earlier day passes on, that day, susceptibles counted */
    double *expected;                  /* mean of the day's infections by the renewal equation, given all before */
    double *infections;                /* what was drawn, imports included */
    double *imports;
    double *onsets;                    /* first symptoms, of all infections, seen or not, onset within the time told */
    struct vg_example_case *cases;     /* ordered by report date */
    size_t n_cases;                    /* all that will ever be reported, also after `end` */
    uint16_t silent_municipality, batch_province;
    int32_t silent_from, batch_day;    /* nothing is reported from silent_from on */
};

/* Runs the outbreak. pool may be NULL. Errors: VG_USAGE_ERROR (end, scale), VG_SYSTEM_ERROR (memory). About 0.1 s at scale 1. */
vg_status vg_control_example(const struct vg_example_options *options, struct vg_pool *pool, struct vg_arena *arena,
                             struct vg_example *example, struct vg_error *error) VG_MUST_USE;
/* The country, its provinces and municipalities into a place list; the indices of the latter in order, or NULL. */
bool vg_control_example_add_places(const struct vg_example *example, struct vg_place_list *list,
                                   uint32_t municipalities[VG_EXAMPLE_MUNICIPALITIES]);
bool vg_control_example_holiday(int32_t date);         /* the fixed holidays of Vallemar */
double vg_control_example_ascertainment(int day);      /* share of symptomatic infections that become cases, by day of onset */

/* --------------------------------------------------------------- as a ministry */

/*
 * The files. Each fills a table that the caller has initialised (vg_table_init) and writes as it likes.
 * as_of: the day of the publication; later vintages hold more rows, and more deaths and recoveries in the same rows.
 */
/* id_caso, codigo_provincia, provincia, codigo_municipio, municipio, sexo, edad, fecha_inicio_sintomas,
   fecha_notificacion, fecha_reporte, gravedad, fecha_hospitalizacion, fecha_uci, estado, fecha_recuperacion, fecha_muerte */
vg_status vg_control_example_line_list(const struct vg_example *example, int32_t as_of, struct vg_table *table, struct vg_error *error) VG_MUST_USE;
/* date, place_code, place, ward_patients, icu_patients, ward_beds, icu_beds, admissions: one row a province and day; blank is not reported */
vg_status vg_control_example_census(const struct vg_example *example, int32_t as_of, struct vg_table *table, struct vg_error *error) VG_MUST_USE;
/* code, name, parent, level, population, latitude, longitude */
vg_status vg_control_example_places(const struct vg_example *example, struct vg_table *table, struct vg_error *error) VG_MUST_USE;

/* ------------------------------------------------------------------ the truth */

/*
 * place_code, date, rt, rt_onset, infections, imports, onsets, cases_onset, cases_reported: one row a place and day for
 * the country, the provinces and the municipalities. rt is the renewal equation's; of a sum of places, expected
 * infections over infectiousness. rt_onset is the same ratio between the expected onsets, which is what an estimator
 * that sees only onsets can find (rt, later and smoother; blank in the first three weeks). cases_onset: cases by true
 * onset (asymptomatic ones left out), whenever reported; cases_reported: of these, known by as_of.
 */
vg_status vg_control_example_truth(const struct vg_example *example, int32_t as_of, struct vg_table *table, struct vg_error *error) VG_MUST_USE;
/* id_caso, place_code, infection_date, onset_date, report_date, asymptomatic, age, errors: one row a case, all of them */
vg_status vg_control_example_case_truth(const struct vg_example *example, struct vg_table *table, struct vg_error *error) VG_MUST_USE;
/* month, cases, mean_days, sd_days, median_days, p90_days: the delay from onset to report, by month of onset */
vg_status vg_control_example_delay_truth(const struct vg_example *example, struct vg_table *table, struct vg_error *error) VG_MUST_USE;
/* kind, count, note: what was spoilt on purpose in the line list of that day, with batch, silence and holidays */
vg_status vg_control_example_imperfections(const struct vg_example *example, int32_t as_of, struct vg_table *table, struct vg_error *error) VG_MUST_USE;

#endif
