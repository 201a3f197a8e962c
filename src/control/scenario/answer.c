/*
 * Answers from an ensemble: quantiles and trajectories in the scenario hubs' columns; totals, peaks, and differences between twins.
 */
#include "control/scenario/scenario.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct answering {
    const struct vg_scenario_ensemble *ensemble;
    const struct vg_scenario_layout *layout;
    struct vg_table *table;
    double *values, *other;            /* [n_runs] */
    double *trajectories;              /* [n_runs * n_steps] of one series; finished runs only */
    size_t *runs;                      /* [n_runs] their numbers */
    size_t n_finished;
};

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return x < y ? -1 : x > y ? 1 : 0;
}

static vg_status start(struct answering *a, const struct vg_scenario_ensemble *ensemble, struct vg_table *table, struct vg_error *error)
{
    size_t cells = 0;
    *a = (struct answering){.ensemble = ensemble, .layout = ensemble->layout, .table = table};
    if (!vg_multiply_size(ensemble->n_runs + 1, ensemble->layout->n_steps, &cells)) {
        return vg_fail_memory(error, SIZE_MAX);
    }
    a->values = VG_ARENA_ARRAY(table->arena, double, ensemble->n_runs + 1);
    a->other = VG_ARENA_ARRAY(table->arena, double, ensemble->n_runs + 1);
    a->runs = VG_ARENA_ARRAY(table->arena, size_t, ensemble->n_runs + 1);
    a->trajectories = VG_ARENA_ARRAY(table->arena, double, cells);
    return a->trajectories == NULL || a->values == NULL || a->other == NULL || a->runs == NULL ? vg_fail_memory(error, cells * sizeof(double)) : VG_OK;
}

static const uint32_t *series_of(const struct answering *a, size_t scenario, size_t run, enum vg_scenario_series series, size_t place, size_t age)
{
    const struct vg_scenario_layout *l = a->layout;
    const uint32_t *values = a->ensemble->values[scenario * a->ensemble->n_runs + run];
    return values == NULL ? NULL : values + (((size_t)l->series_slot[series] * l->n_places + place) * l->n_ages + age) * l->n_steps;
}

/* Beds have no ages, nor have doses that nobody got; beds stand only for places that hold their regions whole. Quarantine orders are counted without age as well as with. */
static bool has_series(const struct vg_scenario_layout *l, enum vg_scenario_series series, size_t place, size_t age)
{
    return series < VG_KEPT_WARD || (age == 0 && (series == VG_KEPT_DOSES_LOST || l->places[place].has_beds));
}

/* The first day of horizon 1's step and later are projection. */
static int32_t step_end(const struct vg_scenario_layout *l, size_t step)
{
    return l->start + l->first_day + ((int32_t)step + 1) * l->step_days - 1;
}

static int32_t horizon_of(const struct vg_scenario_layout *l, size_t step)
{
    int32_t days = step_end(l, step) - l->origin;
    return (days >= 0 ? days / l->step_days : -((-days + l->step_days - 1) / l->step_days)) + 1;
}

static void take_trajectories(struct answering *a, size_t scenario, const struct vg_scenario_target *target, size_t place, size_t age)
{
    const struct vg_scenario_layout *l = a->layout;
    a->n_finished = 0;
    for (size_t run = 0; run < a->ensemble->n_runs; run++) {
        const uint32_t *values = series_of(a, scenario, run, target->series, place, age);
        if (values == NULL) {
            continue;
        }
        double *to = a->trajectories + a->n_finished * l->n_steps;
        double sum = 0;
        for (size_t step = 0; step < l->n_steps; step++) {
            sum = target->cumulative ? sum + values[step] : values[step];
            to[step] = sum * l->scale;
        }
        a->runs[a->n_finished++] = run;
    }
}

/* --------------------------------------------------------------- hub rows */

static void row_head(const struct answering *a, size_t scenario, const struct vg_scenario_target *target, size_t place, size_t age, size_t step)
{
    vg_table_date(a->table, a->layout->origin);
    vg_table_text(a->table, a->ensemble->names[scenario]);
    vg_table_text(a->table, target->name);
    vg_table_integer(a->table, horizon_of(a->layout, step));
    vg_table_text(a->table, a->layout->places[place].code);
    vg_table_text(a->table, a->layout->age_names[age]);
}

static void series_rows(struct answering *a, size_t scenario, const struct vg_scenario_target *target, size_t place, size_t age, const struct vg_number_list *quantiles,
                        size_t samples)
{
    for (size_t step = 0; step < a->layout->n_steps; step++) {
        double mean = 0;
        for (size_t i = 0; i < a->n_finished; i++) {
            a->values[i] = a->trajectories[i * a->layout->n_steps + step];
            mean += a->values[i];
        }
        mean /= (double)a->n_finished;
        row_head(a, scenario, target, place, age, step);
        vg_table_text(a->table, "mean");
        vg_table_missing(a->table);
        vg_table_double(a->table, mean);
        vg_table_missing(a->table);
        vg_table_missing(a->table);
        for (size_t i = 0; i < a->n_finished && a->runs[i] < samples; i++) {
            row_head(a, scenario, target, place, age, step);
            vg_table_text(a->table, "sample");
            vg_table_double(a->table, (double)a->runs[i] + 1);
            vg_table_double(a->table, a->values[i]);
            vg_table_integer(a->table, (int64_t)a->runs[i] + 1);
            vg_table_integer(a->table, (int64_t)a->runs[i] + 1);
        }
        qsort(a->values, a->n_finished, sizeof *a->values, compare_doubles);
        for (size_t q = 0; q < quantiles->count; q++) {
            row_head(a, scenario, target, place, age, step);
            vg_table_text(a->table, "quantile");
            vg_table_double(a->table, quantiles->items[q]);
            vg_table_double(a->table, vg_quantile_sorted(a->values, a->n_finished, quantiles->items[q]));
            vg_table_missing(a->table);
            vg_table_missing(a->table);
        }
    }
}

vg_status vg_control_ensemble_rows(const struct vg_scenario_ensemble *ensemble, const struct vg_number_list *quantiles, size_t samples, struct vg_table *table,
                                   struct vg_error *error)
{
    static const struct { const char *name; enum vg_column_kind kind; } columns[] = {
        {"origin_date", VG_COLUMN_DATE}, {"scenario_id", VG_COLUMN_TEXT}, {"target", VG_COLUMN_TEXT}, {"horizon", VG_COLUMN_INTEGER}, {"location", VG_COLUMN_TEXT},
        {"age_group", VG_COLUMN_TEXT}, {"output_type", VG_COLUMN_TEXT}, {"output_type_id", VG_COLUMN_DOUBLE}, {"value", VG_COLUMN_DOUBLE},
        {"run_grouping", VG_COLUMN_INTEGER}, {"stochastic_run", VG_COLUMN_INTEGER}};
    const struct vg_scenario_layout *l = ensemble->layout;
    struct answering a;
    vg_status status = start(&a, ensemble, table, error);
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        vg_table_add_column(table, columns[i].name, columns[i].kind);
    }
    for (size_t scenario = 0; status == VG_OK && scenario < ensemble->n_scenarios; scenario++) {
        for (size_t t = 0; t < l->n_targets; t++) {
            for (size_t place = 0; place < l->n_places; place++) {
                for (size_t age = 0; age < l->n_ages; age++) {
                    if (has_series(l, l->targets[t].series, place, age)) {
                        take_trajectories(&a, scenario, &l->targets[t], place, age);
                        if (a.n_finished > 0) {
                            series_rows(&a, scenario, &l->targets[t], place, age, quantiles, samples);
                        }
                    }
                }
            }
        }
    }
    return status == VG_OK && table->failed ? vg_fail_memory(error, 0) : status;
}

/* ----------------------------------------------------------------- summary */

static const struct { const char *name; enum vg_scenario_series series; bool peak; } summed[] = {
    {"total inf", (enum vg_scenario_series)VG_COUNT_INFECTIONS, false}, {"total case", (enum vg_scenario_series)VG_COUNT_REPORTED, false},
    {"total hosp", (enum vg_scenario_series)VG_COUNT_ADMISSIONS, false}, {"total icu", (enum vg_scenario_series)VG_COUNT_ICU, false},
    {"total death", (enum vg_scenario_series)VG_COUNT_DEATHS, false}, {"total dose", (enum vg_scenario_series)VG_COUNT_DOSES, false}, {"total dose lost", VG_KEPT_DOSES_LOST, false},
    {"total quarantine", (enum vg_scenario_series)VG_COUNT_QUARANTINED, false}, {"total without ward", VG_KEPT_WITHOUT_WARD, false},
    {"total without icu", VG_KEPT_WITHOUT_ICU, false}, {"peak ward", VG_KEPT_WARD, true}, {"peak icu", VG_KEPT_ICU, true},
};
static const double summary_levels[] = {0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975};

/* NaN where the run is not finished. */
static double summary_of(const struct answering *a, size_t scenario, size_t run, size_t what, size_t place, size_t age)
{
    const uint32_t *values = series_of(a, scenario, run, summed[what].series, place, age);
    double sum = 0;
    for (size_t step = 0; values != NULL && step < a->layout->n_steps; step++) {
        bool projected = horizon_of(a->layout, step) >= 1;
        sum = !projected ? sum : summed[what].peak ? fmax(sum, values[step]) : sum + values[step];
    }
    return values == NULL ? NAN : sum * a->layout->scale;
}

static void summary_row(struct answering *a, size_t scenario, const char *reference, size_t what, size_t place, size_t age, size_t n)
{
    double mean = 0;
    double squares = 0;
    double lower = 0;
    for (size_t i = 0; i < n; i++) {
        mean += a->values[i];
        lower += a->values[i] < 0 ? 1 : 0;
    }
    mean /= (double)n;
    for (size_t i = 0; i < n; i++) {
        squares += (a->values[i] - mean) * (a->values[i] - mean);
    }
    vg_table_text(a->table, a->ensemble->names[scenario]);
    vg_table_text(a->table, reference);
    vg_table_text(a->table, summed[what].name);
    vg_table_text(a->table, a->layout->places[place].code);
    vg_table_text(a->table, a->layout->age_names[age]);
    vg_table_integer(a->table, (int64_t)n);
    vg_table_double(a->table, mean);
    vg_table_double(a->table, n > 1 ? sqrt(squares / (double)(n - 1)) : NAN);
    qsort(a->values, n, sizeof *a->values, compare_doubles);
    for (size_t q = 0; q < sizeof summary_levels / sizeof *summary_levels; q++) {
        vg_table_double(a->table, vg_quantile_sorted(a->values, n, summary_levels[q]));
    }
    vg_table_double(a->table, reference == NULL ? NAN : lower / (double)n);
}

static void summary_rows(struct answering *a, size_t scenario, size_t what, size_t place, size_t age)
{
    size_t n = 0;
    size_t paired = 0;
    for (size_t run = 0; run < a->ensemble->n_runs; run++) {
        double here = summary_of(a, scenario, run, what, place, age);
        double there = scenario > 0 ? summary_of(a, 0, run, what, place, age) : NAN;
        if (!isnan(here)) {
            a->values[n++] = here;
        }
        if (!isnan(here) && !isnan(there)) {
            a->other[paired++] = here - there;
        }
    }
    if (n > 0) {
        summary_row(a, scenario, NULL, what, place, age, n);
    }
    if (paired > 0) {
        memcpy(a->values, a->other, paired * sizeof *a->values);
        summary_row(a, scenario, a->ensemble->names[0], what, place, age, paired);
    }
}

vg_status vg_control_ensemble_summary(const struct vg_scenario_ensemble *ensemble, struct vg_table *table, struct vg_error *error)
{
    static const char *const texts[] = {"scenario_id", "reference_id", "target", "location", "age_group"};
    static const char *const doubles[] = {"mean", "sd", "q025", "q10", "q25", "q50", "q75", "q90", "q975", "share_lower"};
    const struct vg_scenario_layout *l = ensemble->layout;
    struct answering a;
    vg_status status = start(&a, ensemble, table, error);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        vg_table_add_column(table, texts[i], VG_COLUMN_TEXT);
    }
    vg_table_add_column(table, "runs", VG_COLUMN_INTEGER);
    for (size_t i = 0; i < sizeof doubles / sizeof *doubles; i++) {
        vg_table_add_column(table, doubles[i], VG_COLUMN_DOUBLE);
    }
    for (size_t scenario = 0; status == VG_OK && scenario < ensemble->n_scenarios; scenario++) {
        for (size_t what = 0; what < sizeof summed / sizeof *summed; what++) {
            for (size_t place = 0; l->series_slot[summed[what].series] >= 0 && place < l->n_places; place++) {
                for (size_t age = 0; age < l->n_ages; age++) {
                    if (has_series(l, summed[what].series, place, age)) {
                        summary_rows(&a, scenario, what, place, age);
                    }
                }
            }
        }
    }
    return status == VG_OK && table->failed ? vg_fail_memory(error, 0) : status;
}
