/*
 * The series on which the fast posterior is held against the sampler's: twenty simulated with known parameters and ten cut from real data.
 * bench/renewal_reference.c runs the sampler on them, tests/monitor/test_renewal_reference.c the fast method; both make them here, so
 * the reference file holds quantiles alone and none of the data.
 */
#ifndef RENEWAL_REFERENCE_SERIES_H
#define RENEWAL_REFERENCE_SERIES_H

#include "monitor/renewal/renewal.h"
#include "renewal_simulation.h"

#include <stdio.h>
#include <string.h>
#include <zlib.h>

#define REFERENCE_SIMULATED 20
#define REFERENCE_SERIES 30
#define REFERENCE_ROWS_MOST 24

struct reference_series {
    char name[96]; /* says how it is made or cut; the key of the reference file */
    struct vg_triangle triangle;
    struct vg_renewal_parameters parameters;
};

/* What is compared of a series: one quantity on one day, counted in steps back from the newest. */
struct reference_row {
    const char *quantity; /* R, infections, nowcast */
    size_t back;
};
static const size_t reference_levels[5] = {1, 3, 4, 5, 7}; /* 5, 25, 50, 75, 95 % among vg_quantile_levels */

/* ------------------------------------------------------------------ simulated */

enum reference_kind { REFERENCE_DAYS, REFERENCE_PLAIN, REFERENCE_WEEKS, REFERENCE_PLAIN_WEEKS };

struct reference_plan {
    const char *name;
    enum reference_kind kind;
    size_t n, n_delays; /* days; of weekly series days too */
    double level, sigma, excess, tau, upsilon, delay_meanlog, delay_sdlog, generation_mean, generation_sd, incubation_mean, incubation_sd;
    bool weekdays;
};

static const struct reference_plan reference_plans[REFERENCE_SIMULATED] = {
    {"40 a day", REFERENCE_DAYS, 70, 12, 40, 0.05, 0.4, 0.1, 0.15, 1.2, 0.7, 4, 2, 3, 1.5, true},
    {"3 a day", REFERENCE_DAYS, 70, 12, 3, 0.05, 0.4, 0.1, 0.15, 1.2, 0.7, 4, 2, 3, 1.5, true},
    {"300 a day", REFERENCE_DAYS, 70, 12, 300, 0.05, 0.4, 0.1, 0.15, 1.2, 0.7, 4, 2, 3, 1.5, true},
    {"30 a day; short delays", REFERENCE_DAYS, 70, 10, 30, 0.04, 0.3, 0.08, 0.1, 0.3, 0.6, 5, 2.5, 4, 2, true},
    {"30 a day; long delays", REFERENCE_DAYS, 80, 15, 30, 0.04, 0.3, 0.08, 0.1, 1.9, 0.6, 5, 2.5, 4, 2, true},
    {"100 a day; variance three times the mean", REFERENCE_DAYS, 70, 12, 100, 0.05, 2, 0.1, 0.15, 1.2, 0.7, 4, 2, 3, 1.5, true},
    {"10 a day; nearly Poisson", REFERENCE_DAYS, 70, 12, 10, 0.05, 0.05, 0.03, 0.05, 1.2, 0.7, 4, 2, 3, 1.5, true},
    {"1000 a day", REFERENCE_DAYS, 70, 12, 1000, 0.05, 1, 0.06, 0.1, 1.2, 0.7, 4, 2, 3, 1.5, true},
    {"30 a day; generations of 7.5 days", REFERENCE_DAYS, 80, 12, 30, 0.04, 0.4, 0.1, 0.15, 1.2, 0.7, 7.5, 3.4, 5.5, 2.4, true},
    {"50 a day; no weekdays; no incubation", REFERENCE_DAYS, 60, 10, 50, 0.05, 0.4, 0.1, 0.1, 1, 0.8, 3, 1.5, 0, 0, false},
    {"60 a day; dates deviate by 30 %", REFERENCE_DAYS, 70, 12, 60, 0.05, 0.4, 0.3, 0.15, 1.2, 0.7, 4, 2, 3, 1.5, true},
    {"60 a day; report days deviate by 40 %", REFERENCE_DAYS, 70, 12, 60, 0.05, 0.4, 0.1, 0.4, 1.2, 0.7, 4, 2, 3, 1.5, true},
    {"30 a day; R moves fast", REFERENCE_DAYS, 70, 12, 30, 0.1, 0.4, 0.1, 0.15, 1.2, 0.7, 4, 2, 3, 1.5, true},
    {"30 a day; R moves slowly", REFERENCE_DAYS, 90, 10, 30, 0.02, 0.4, 0.1, 0.15, 1.2, 0.7, 4, 2, 3, 1.5, true},
    {"80 a day; 60 days", REFERENCE_DAYS, 60, 10, 80, 0.06, 0.6, 0.12, 0.2, 1.4, 0.9, 2.6, 1.2, 2, 1, true},
    {"40 a day by report date", REFERENCE_PLAIN, 90, 1, 40, 0.05, 0.4, 0.15, 0, 0, 1, 4, 2, 8, 3, true},
    {"400 a day by report date", REFERENCE_PLAIN, 80, 1, 400, 0.05, 1, 0.15, 0, 0, 1, 5, 2.5, 5, 2, true},
    {"20 a day; weeks by report date", REFERENCE_PLAIN_WEEKS, 210, 1, 20, 0.02, 0.4, 0.1, 0, 0, 1, 7, 3, 5, 2, false},
    {"30 a day; weeks", REFERENCE_WEEKS, 210, 28, 30, 0.02, 0.4, 0.1, 0.1, 1.8, 0.7, 7, 3, 5, 2, false},
    {"3 a day; weeks", REFERENCE_WEEKS, 210, 28, 3, 0.02, 0.4, 0.1, 0.1, 2.2, 0.6, 4, 2, 3, 1.5, false},
};

static inline void reference_intervals(struct reference_series *out, double generation_mean, double generation_sd, double incubation_mean,
                                       double incubation_sd)
{
    vg_renewal_defaults(&out->parameters);
    out->parameters.generation_mean_days = generation_mean;
    out->parameters.generation_sd_days = generation_sd;
    out->parameters.incubation_mean_days = incubation_mean;
    out->parameters.incubation_sd_days = incubation_sd;
    out->parameters.forecast_steps = 0;
}

/* Whole weeks of a daily triangle, by week of the reference date and week of the report. */
static inline void add_up_weeks(struct vg_triangle *triangle)
{
    size_t weeks = triangle->n_references / 7, delays = (triangle->n_delays + 5) / 7 + 1;
    double *cells = calloc(weeks * delays, sizeof *cells);
    for (size_t i = 0; i < triangle->n_references * triangle->n_delays; i++) {
        size_t t = i / triangle->n_delays, week = (t + i % triangle->n_delays) / 7;
        cells[t / 7 * delays + week - t / 7] += triangle->increments[i];
    }
    for (size_t i = 0; i < weeks * delays; i++) {
        cells[i] = i / delays + i % delays < weeks ? cells[i] : NAN;
    }
    free(triangle->increments);
    *triangle = (struct vg_triangle){.start = triangle->start, .step_days = 7, .n_references = weeks, .n_delays = delays, .increments = cells,
                                     .as_of = triangle->start + 7 * ((int32_t)weeks - 1)};
}

static inline void reference_simulated(size_t number, struct reference_series *out)
{
    const struct reference_plan *plan = &reference_plans[number];
    const struct renewal_simulation s = {.seed = 2024, .n = plan->n, .n_delays = plan->n_delays, .level = plan->level,
        .sigma = plan->sigma, .keep = exp2(-1.0 / 90), .excess = plan->excess, .tau = plan->tau, .upsilon = plan->upsilon,
        .delay_meanlog = plan->delay_meanlog, .delay_sdlog = plan->delay_sdlog, .generation_mean = plan->generation_mean,
        .generation_sd = plan->generation_sd, .incubation_mean = plan->incubation_mean, .incubation_sd = plan->incubation_sd, .weekdays = plan->weekdays};
    for (uint32_t run = 0;; run++) {
        struct renewal_simulation here = s;
        struct renewal_truth truth;
        double newest = 0, *cells;
        here.run = 1000 * (uint32_t)number + run;
        simulate_renewal(&here, &out->triangle, &truth);
        for (size_t t = plan->n - 14; t < plan->n; t++) {
            newest += truth.counts[t] / 14;
        }
        cells = out->triangle.increments;
        out->triangle.increments = NULL;
        renewal_simulation_free(&out->triangle, &truth);
        out->triangle.increments = cells;
        /* Epidemics wander: one is taken that ends near the size that the plan is about. */
        if ((newest > plan->level / 3 && newest < 3 * plan->level) || run == 200) {
            break;
        }
        free(cells);
    }
    if (plan->kind == REFERENCE_WEEKS || plan->kind == REFERENCE_PLAIN_WEEKS) {
        add_up_weeks(&out->triangle);
    }
    (void)snprintf(out->name, sizeof out->name, "simulated: %s", plan->name);
    reference_intervals(out, plan->generation_mean, plan->generation_sd, plan->incubation_mean, plan->incubation_sd);
}

/* ----------------------------------------------------------------------- real */

enum reference_source { REFERENCE_WIDE, REFERENCE_LONG, REFERENCE_LIST, REFERENCE_SERIES_OF_COUNTS };

/* The newest n steps up to `newest`, as known then, delays 0 .. n_delays - 1. */
struct reference_cut {
    const char *name, *file, *newest;
    enum reference_source source;
    int32_t step_days;
    size_t n, n_delays;
    const char *where[2]; /* what the key columns say; a list has one */
    int key[2], event_column, value_column; /* list, long: report date in the column after the event's */
    size_t early;         /* wide: columns of delays below 0, added to the first */
    double generation_mean, generation_sd, incubation_mean, incubation_sd;
};

static const struct reference_cut reference_cuts[REFERENCE_SERIES - REFERENCE_SIMULATED] = {
    {"Germany hospitalised; all ages", "triangle_de_hosp_age.csv.gz", "2021-09-15", REFERENCE_WIDE, 1, 80, 25,
     {"DE", "00+"}, {0, 1}, 2, 3, 0, 4.7, 2.9, 9, 4},
    {"Germany hospitalised; 60-79 years", "triangle_de_hosp_age.csv.gz", "2021-10-20", REFERENCE_WIDE, 1, 80, 25,
     {"DE", "60-79"}, {0, 1}, 2, 3, 0, 4.7, 2.9, 9, 4},
    {"Germany hospitalised; 5-14 years", "triangle_de_hosp_age.csv.gz", "2021-08-25", REFERENCE_WIDE, 1, 80, 25,
     {"DE", "05-14"}, {0, 1}, 2, 3, 0, 4.7, 2.9, 9, 4},
    {"State of Mexico; deaths by date", "triangle_mx_states.csv.gz", "2020-10-01", REFERENCE_LONG, 1, 80, 25,
     {"deaths_date", "MX-MEX"}, {0, 1}, 2, 4, 0, 4.7, 2.9, 18, 8},
    {"Campinas; severe respiratory infection by onset", "linelist_br_sp_srag.csv.gz", "2021-02-28", REFERENCE_LIST, 1, 80, 25,
     {"CAMPINAS", NULL}, {2, 2}, 3, -1, 0, 4.7, 2.9, 5.5, 2.4},
    {"Germany influenza by week", "triangle_de_survstat_influenza.csv.gz", "2023-01-15", REFERENCE_WIDE, 7, 40, 8,
     {"DE", "00+"}, {0, 1}, 2, 3, 1, 3.6, 1.6, 2, 1},
    {"Puerto Rico dengue by week of onset", "linelist_pr_dengue_weekly.csv.gz", "1998-09-07", REFERENCE_LIST, 7, 40, 8,
     {NULL, NULL}, {0, 0}, 0, -1, 0, 18, 7, 6, 2},
    {"Uruguay cases by report date", "national_daily.csv.gz", "2021-04-30", REFERENCE_SERIES_OF_COUNTS, 1, 90, 1,
     {"URY", NULL}, {0, 0}, 2, 3, 0, 4.7, 2.9, 8, 3},
    {"Chile deaths by report date", "national_daily.csv.gz", "2021-06-30", REFERENCE_SERIES_OF_COUNTS, 1, 90, 1,
     {"CHL", NULL}, {0, 0}, 2, 4, 0, 4.7, 2.9, 20, 8},
    {"Colombia cases by report date", "national_daily.csv.gz", "2021-02-15", REFERENCE_SERIES_OF_COUNTS, 1, 90, 1,
     {"COL", NULL}, {0, 0}, 2, 3, 0, 4.7, 2.9, 8, 3},
};

static inline size_t reference_fields(char *line, char **fields, size_t capacity)
{
    size_t n = 0;
    line[strcspn(line, "\r\n")] = 0;
    for (char *at = line; at != NULL && n < capacity; n++) {
        fields[n] = at;
        at = strchr(at, ',');
        if (at != NULL) {
            *at++ = 0;
        }
    }
    return n;
}

static inline int32_t reference_date(const char *text)
{
    int32_t date = VG_DATE_NONE;
    return vg_date_parse_iso(vg_text_from(text), &date) ? date : VG_DATE_NONE;
}

/* Takes one line of the file into the triangle. */
static inline void reference_take(const struct reference_cut *cut, char **fields, size_t n, struct vg_triangle *triangle)
{
    int32_t event = reference_date(fields[cut->event_column]);
    if (event == VG_DATE_NONE || event < triangle->start || event > triangle->as_of) {
        return;
    }
    size_t t = (size_t)((event - triangle->start) / cut->step_days);
    double *row = triangle->increments + t * cut->n_delays;
    if (cut->source == REFERENCE_LIST || cut->source == REFERENCE_LONG) {
        int32_t report = reference_date(fields[cut->event_column + 1]);
        size_t d = report == VG_DATE_NONE || report < event ? SIZE_MAX : (size_t)((report - triangle->start) / cut->step_days) - t;
        if (d < cut->n_delays && report <= triangle->as_of) {
            row[d] += cut->value_column < 0 ? 1 : strtod(fields[cut->value_column], NULL);
        }
        return;
    }
    for (size_t d = 0; d < cut->n_delays && t + d < triangle->n_references; d++) {
        size_t column = (size_t)cut->value_column + cut->early + d;
        row[d] = column < n && *fields[column] != 0 ? strtod(fields[column], NULL) : NAN;
        for (size_t early = 0; d == 0 && early < cut->early; early++) {
            row[0] += *fields[(size_t)cut->value_column + early] == 0 ? 0 : strtod(fields[(size_t)cut->value_column + early], NULL);
        }
    }
}

/* Mexico: nothing is known of report dates without a publication. */
static inline bool reference_publications(const char *folder, struct vg_triangle *triangle)
{
    char path[4096], line[64];
    bool *published = calloc(triangle->n_references, sizeof *published);
    (void)snprintf(path, sizeof path, "%s/triangle_mx_vintage_dates.csv", folder);
    gzFile file = gzopen(path, "rb");
    while (file != NULL && gzgets(file, line, sizeof line) != NULL) {
        line[strcspn(line, "\r\n")] = 0;
        int32_t date = reference_date(line);
        if (date >= triangle->start && date <= triangle->as_of) {
            published[date - triangle->start] = true;
        }
    }
    for (size_t i = 0; i < triangle->n_references * triangle->n_delays; i++) {
        size_t step = i / triangle->n_delays + i % triangle->n_delays;
        triangle->increments[i] = step < triangle->n_references && !published[step] ? NAN : triangle->increments[i];
    }
    free(published);
    return file != NULL && gzclose(file) == Z_OK;
}

/* False where the file is not there. */
static inline bool reference_real(const struct reference_cut *cut, const char *folder, struct reference_series *out)
{
    char path[4096], line[4096], *fields[64];
    struct vg_triangle *triangle = &out->triangle;
    (void)snprintf(path, sizeof path, "%s/%s", folder, cut->file);
    gzFile file = gzopen(path, "rb");
    if (file == NULL) {
        return false;
    }
    int32_t newest = reference_date(cut->newest);
    *triangle = (struct vg_triangle){.start = newest - ((int32_t)cut->n - 1) * cut->step_days, .step_days = cut->step_days, .as_of = newest,
                                     .n_references = cut->n, .n_delays = cut->n_delays, .increments = calloc(cut->n * cut->n_delays, sizeof(double))};
    for (size_t i = 0; i < cut->n * cut->n_delays; i++) {
        triangle->increments[i] = i / cut->n_delays + i % cut->n_delays < cut->n ? 0 : NAN;
    }
    while (gzgets(file, line, sizeof line) != NULL) {
        size_t n = reference_fields(line, fields, 64);
        bool wanted = n > (size_t)cut->event_column + 1;
        for (int i = 0; i < 2 && wanted; i++) {
            wanted = cut->where[i] == NULL || strcmp(fields[cut->key[i]], cut->where[i]) == 0;
        }
        if (wanted) {
            reference_take(cut, fields, n, triangle);
        }
    }
    (void)snprintf(out->name, sizeof out->name, "real: %s; %zu %s to %s; %zu delays", cut->name, cut->n, cut->step_days == 7 ? "weeks" : "days", cut->newest,
                   cut->n_delays);
    reference_intervals(out, cut->generation_mean, cut->generation_sd, cut->incubation_mean, cut->incubation_sd);
    return gzclose(file) == Z_OK && (cut->source != REFERENCE_LONG || reference_publications(folder, triangle));
}

/* ---------------------------------------------------------------------- whole */

/* folder: where the count files are. Increments by malloc. False where a real series is not there. */
static inline bool reference_series_make(size_t number, const char *folder, struct reference_series *out)
{
    if (number >= REFERENCE_SIMULATED) {
        return reference_real(&reference_cuts[number - REFERENCE_SIMULATED], folder, out);
    }
    reference_simulated(number, out);
    return true;
}

/* The rows of one series; nowcasts only of dates that are not complete. */
static inline size_t reference_rows(const struct reference_series *series, struct reference_row *rows)
{
    static const size_t days[] = {0, 1, 3, 7, 14, 28, 42}, weeks[] = {0, 3, 7, 14, 28, 63, 105}, dates[] = {0, 1, 2, 3, 5, 8};
    size_t n = 0;
    for (size_t which = 0; which < 2; which++) {
        for (size_t i = 0; i < sizeof days / sizeof *days; i++) {
            rows[n++] = (struct reference_row){which == 0 ? "R" : "infections", series->triangle.step_days == 1 ? days[i] : weeks[i]};
        }
    }
    for (size_t i = 0; i < sizeof dates / sizeof *dates && dates[i] + 1 < series->triangle.n_delays; i++) {
        rows[n++] = (struct reference_row){"nowcast", dates[i]};
    }
    return n;
}

/* Quantiles of one row in an estimate: [VG_QUANTILE_COUNT]. */
static inline const double *reference_quantiles(const struct vg_renewal_estimate *estimate, const struct reference_row *row)
{
    const struct vg_quantile_series *series = &estimate->expected_final;
    series = row->quantity[0] == 'R' ? &estimate->rt : row->quantity[0] == 'i' ? &estimate->infections : series;
    return series->values + (series->n_steps - 1 - row->back) * VG_QUANTILE_COUNT;
}

#endif
