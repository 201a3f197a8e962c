/*
 * Runs into answers: the hubs' rows and the summary of control, of all places or with ages of the whole alone; then what was noted of each run, in the summary's columns; and what it all rests on.
 */
#include "jobs/simulate/internal.h"
#include "jobs/simulate/simulate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------- views */

/* Some places and ages of the runs' values, in the form that control answers. */
struct view {
    struct vg_scenario_layout layout;
    uint32_t **values;             /* [n_scenarios * n_runs] NULL where not finished */
    size_t n;
};

static void drop_view(struct view *view)
{
    for (size_t i = 0; view->values != NULL && i < view->n; i++) {
        free(view->values[i]);
    }
    free(view->values);
}

/* n_places from `from` on, the first n_ages of each. */
static vg_status make_view(const struct simulation *s, size_t from, size_t n_places, size_t n_ages, struct view *view)
{
    const struct vg_scenario_layout *whole = &s->files[0].layout;
    size_t cells = n_ages * whole->n_steps;
    *view = (struct view){.layout = *whole, .n = s->n_scenarios * s->n_runs};
    view->layout.places = whole->places + from;
    view->layout.n_places = n_places;
    view->layout.n_ages = n_ages;
    view->layout.n_values = whole->n_series * n_places * cells;
    view->values = calloc(view->n, sizeof *view->values);
    for (size_t run = 0; view->values != NULL && run < view->n; run++) {
        if (s->values[run] == NULL) {
            continue;
        }
        view->values[run] = malloc((view->layout.n_values + 1) * sizeof(uint32_t));
        if (view->values[run] == NULL) {
            return vg_fail_memory(s->error, view->layout.n_values * sizeof(uint32_t));
        }
        for (size_t place = 0; place < whole->n_series * n_places; place++) {
            size_t source = (place / n_places * whole->n_places + from + place % n_places) * whole->n_ages * whole->n_steps;
            memcpy(view->values[run] + place * cells, s->values[run] + source, cells * sizeof(uint32_t));
        }
    }
    return view->values == NULL ? vg_fail_memory(s->error, view->n * sizeof *view->values) : VG_OK;
}

static void copy_cell(struct vg_table *to, const struct vg_column *column, size_t row)
{
    if (column->missing != NULL && column->missing[row] != 0) {
        vg_table_missing(to);
        return;
    }
    switch (column->kind) {
    case VG_COLUMN_INTEGER:
        vg_table_integer(to, column->values.integers[row]);
        break;
    case VG_COLUMN_DOUBLE:
        vg_table_double(to, column->values.doubles[row]);
        break;
    case VG_COLUMN_DATE:
        vg_table_date(to, column->values.dates[row]);
        break;
    case VG_COLUMN_BOOLEAN:
        vg_table_boolean(to, column->values.integers[row] != 0);
        break;
    case VG_COLUMN_TEXT:
        vg_table_text_slice(to, column->values.texts[row]);
        break;
    }
}

static void append_rows(struct vg_table *to, const struct vg_table *from)
{
    for (size_t row = 0; row < from->n_rows; row++) {
        for (size_t column = 0; column < from->n_columns; column++) {
            copy_cell(to, &from->columns[column], row);
        }
    }
}

static vg_status answer_view(const struct simulation *s, const struct vg_scenario_layout *layout, uint32_t *const *values, struct vg_table *rows, struct vg_table *summary)
{
    const struct vg_scenario_output *output = &s->files[0].scenario.output;
    const struct vg_scenario_ensemble ensemble = {layout, s->n_scenarios, s->n_runs, s->names, (const uint32_t *const *)values};
    vg_status status = rows == NULL ? VG_OK : vg_control_ensemble_rows(&ensemble, &output->quantiles, (size_t)output->samples, rows, s->error);
    return status == VG_OK ? vg_control_ensemble_summary(&ensemble, summary, s->error) : status;
}

/* The first place with its ages, then all others without; their rows only if there is room for them. */
static vg_status answer_apart(const struct simulation *s, bool all_rows, struct vg_answer *rows, struct vg_answer *summary)
{
    const struct vg_scenario_layout *whole = &s->files[0].layout;
    struct view view;
    struct vg_table other_rows;
    struct vg_table other_summary;
    vg_table_init(&other_rows, rows->table.arena);
    vg_table_init(&other_summary, summary->table.arena);
    vg_status status = make_view(s, 0, 1, whole->n_ages, &view);
    if (status == VG_OK) {
        status = answer_view(s, &view.layout, view.values, &rows->table, &summary->table);
    }
    drop_view(&view);
    if (status != VG_OK) {
        return status;
    }
    status = make_view(s, 1, whole->n_places - 1, 1, &view);
    if (status == VG_OK) {
        status = answer_view(s, &view.layout, view.values, all_rows ? &other_rows : NULL, &other_summary);
    }
    drop_view(&view);
    if (status == VG_OK) {
        append_rows(&rows->table, &other_rows);
        append_rows(&summary->table, &other_summary);
        status = rows->table.failed || summary->table.failed ? vg_fail_memory(s->error, 0) : VG_OK;
    }
    return status;
}

/* ------------------------------------------------------------------- notes */

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return x < y ? -1 : x > y ? 1 : 0;
}

struct noted { const struct simulation *s; struct vg_table *table; double *values; size_t n; size_t scenario, place; };

static uint32_t note_of(const struct noted *w, size_t scenario, size_t run, size_t note)
{
    const struct vg_scenario_layout *l = &w->s->files[0].layout;
    const uint32_t *values = w->s->values[scenario * w->s->n_runs + run];
    return values[l->n_values + note * l->n_places + w->place];
}

static void note_head(const struct noted *w, const char *reference, const char *target, size_t runs)
{
    vg_table_text(w->table, w->s->names[w->scenario]);
    vg_table_text(w->table, reference);
    vg_table_text(w->table, target);
    vg_table_text(w->table, w->s->files[0].layout.places[w->place].code);
    vg_table_text(w->table, w->s->files[0].layout.age_names[0]);
    vg_table_integer(w->table, (int64_t)runs);
}

static void note_row(const struct noted *w, const char *reference, const char *target)
{
    static const double levels[] = {0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975};
    double mean = 0;
    double squares = 0;
    double lower = 0;
    for (size_t i = 0; i < w->n; i++) {
        mean += w->values[i] / (double)w->n;
        lower += w->values[i] < 0 ? 1 : 0;
    }
    for (size_t i = 0; i < w->n; i++) {
        squares += (w->values[i] - mean) * (w->values[i] - mean);
    }
    qsort(w->values, w->n, sizeof *w->values, compare_doubles);
    note_head(w, reference, target, w->n);
    vg_table_double(w->table, mean);
    vg_table_double(w->table, w->n > 1 ? (w->values[w->n - 1] > w->values[0] ? sqrt(squares / (double)(w->n - 1)) : 0) : NAN); /* alike: without what rounding leaves */
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
        vg_table_double(w->table, vg_quantile_sorted(w->values, w->n, levels[i]));
    }
    vg_table_double(w->table, reference == NULL ? NAN : lower / (double)w->n);
}

/* In which share of the runs beds were too few, and on which day first, counted from origin_date. */
static void shortage_rows(struct noted *w, size_t note, const char *any, const char *first)
{
    size_t finished = 0;
    w->n = 0;
    for (size_t run = 0; run < w->s->n_runs; run++) {
        bool done = w->s->values[w->scenario * w->s->n_runs + run] != NULL;
        uint32_t day = done ? note_of(w, w->scenario, run, note) : SIMULATE_NEVER;
        finished += done ? 1 : 0;
        if (day != SIMULATE_NEVER) {
            w->values[w->n++] = day;
        }
    }
    if (finished > 0) {
        note_head(w, NULL, any, finished);
        vg_table_double(w->table, (double)w->n / (double)finished);
        for (int empty = 0; empty < 9; empty++) {
            vg_table_double(w->table, NAN);
        }
    }
    if (w->n > 0) {
        note_row(w, NULL, first);
    }
}

static void restriction_rows(struct noted *w)
{
    for (int paired = 0; paired < (w->scenario > 0 ? 2 : 1); paired++) {
        w->n = 0;
        for (size_t run = 0; run < w->s->n_runs; run++) {
            bool done = w->s->values[w->scenario * w->s->n_runs + run] != NULL && (paired == 0 || w->s->values[run] != NULL);
            if (done) {
                w->values[w->n++] = (note_of(w, w->scenario, run, SIMULATE_RESTRICTION) - (paired == 0 ? 0.0 : note_of(w, 0, run, SIMULATE_RESTRICTION))) / 1000;
            }
        }
        if (w->n > 0) {
            note_row(w, paired == 0 ? NULL : w->s->names[0], "total restriction");
        }
    }
}

static vg_status answer_notes(const struct simulation *s, struct vg_table *table)
{
    const struct vg_scenario_layout *l = &s->files[0].layout;
    struct noted w = {.s = s, .table = table, .values = VG_ARENA_ARRAY(table->arena, double, s->n_runs)};
    if (w.values == NULL) {
        return vg_fail_memory(s->error, s->n_runs * sizeof(double));
    }
    for (w.scenario = 0; w.scenario < s->n_scenarios; w.scenario++) {
        for (w.place = 0; w.place < l->n_places; w.place++) {
            if (l->places[w.place].has_beds && l->series_slot[VG_KEPT_WITHOUT_WARD] >= 0) {
                shortage_rows(&w, SIMULATE_FIRST_WITHOUT_WARD, "any without ward", "first without ward");
            }
            if (l->places[w.place].has_beds && l->series_slot[VG_KEPT_WITHOUT_ICU] >= 0) {
                shortage_rows(&w, SIMULATE_FIRST_WITHOUT_ICU, "any without icu", "first without icu");
            }
            restriction_rows(&w);
        }
    }
    return table->failed ? vg_fail_memory(s->error, 0) : VG_OK;
}

/* ------------------------------------------------------------------- places */

#define PLACES_WITH_INTERVALS 200

static bool is_mapped(const char *target)
{
    return strcmp(target, "inc inf") == 0 || strcmp(target, "inc hosp") == 0 || strcmp(target, "inc death") == 0 || strcmp(target, "occ icu") == 0;
}

/* As control numbers them: the first step that ends on the origin or later is 1. */
static int32_t horizon_of(const struct vg_scenario_layout *l, size_t step)
{
    int32_t days = l->start + l->first_day + ((int32_t)step + 1) * l->step_days - 1 - l->origin;
    return (days >= 0 ? days / l->step_days : -((-days + l->step_days - 1) / l->step_days)) + 1;
}

static void place_rows(const struct simulation *s, size_t scenario, const struct vg_scenario_target *target, size_t place, double *values, struct vg_table *table)
{
    const struct vg_scenario_layout *l = &s->files[0].layout;
    size_t series = (((size_t)l->series_slot[target->series] * l->n_places + place) * l->n_ages) * l->n_steps;
    bool intervals = l->n_places <= PLACES_WITH_INTERVALS;
    for (size_t step = 0; step < l->n_steps; step++) {
        size_t n = 0;
        for (size_t run = 0; run < s->n_runs; run++) {
            const uint32_t *kept = s->values[scenario * s->n_runs + run];
            if (kept != NULL) {
                values[n++] = kept[series + step] * l->scale;
            }
        }
        qsort(values, n, sizeof *values, compare_doubles);
        vg_table_text(table, s->names[scenario]);
        vg_table_text(table, target->name);
        vg_table_text(table, l->places[place].code);
        vg_table_integer(table, horizon_of(l, step));
        vg_table_double(table, intervals && n > 0 ? vg_quantile_sorted(values, n, 0.025) : NAN);
        vg_table_double(table, n > 0 ? vg_quantile_sorted(values, n, 0.5) : NAN);
        vg_table_double(table, intervals && n > 0 ? vg_quantile_sorted(values, n, 0.975) : NAN);
    }
}

vg_status simulate_places(const struct simulation *s, struct vg_answer *places)
{
    static const char *const texts[] = {"scenario_id", "target", "location"};
    static const char *const doubles[] = {"q025", "q50", "q975"};
    const struct vg_scenario_layout *l = &s->files[0].layout;
    double *values = VG_ARENA_ARRAY(places->table.arena, double, s->n_runs + 1);
    if (values == NULL) {
        return vg_fail_memory(s->error, s->n_runs * sizeof *values);
    }
    for (size_t i = 0; i < 3; i++) {
        vg_table_add_column(&places->table, texts[i], VG_COLUMN_TEXT);
    }
    vg_table_add_column(&places->table, "horizon", VG_COLUMN_INTEGER);
    for (size_t i = 0; i < 3; i++) {
        vg_table_add_column(&places->table, doubles[i], VG_COLUMN_DOUBLE);
    }
    for (size_t scenario = 0; scenario < s->n_scenarios; scenario++) {
        for (size_t t = 0; t < l->n_targets; t++) {
            for (size_t place = 1; is_mapped(l->targets[t].name) && place < l->n_places; place++) {
                if (l->targets[t].series < VG_KEPT_WARD || l->targets[t].series == VG_KEPT_DOSES_LOST || l->places[place].has_beds) {
                    place_rows(s, scenario, &l->targets[t], place, values, &places->table);
                }
            }
        }
    }
    return places->table.failed ? vg_fail_memory(s->error, 0) : VG_OK;
}

/* -------------------------------------------------------------------- meta */

static void put_double(struct vg_buffer *meta, const char *name, double value, int digits)
{
    vg_buffer_format(meta, ",\"%s\":", name);
    if (isnan(value)) {
        vg_buffer_text(meta, "null");
    } else {
        vg_buffer_double(meta, job_rounded(value, digits, false));
    }
}

static void put_three(struct vg_buffer *meta, const char *name, const double three[3])
{
    vg_buffer_format(meta, ",\"%s\":[", name);
    for (int i = 0; i < 3; i++) {
        vg_buffer_text(meta, i == 0 ? "" : ",");
        vg_buffer_double(meta, job_rounded(three[i], 4, false));
    }
    vg_buffer_char(meta, ']');
}

static void calibration_meta(const struct simulated_file *file, struct vg_buffer *meta)
{
    static const char *const kinds[VG_OBSERVED_KINDS] = {"cases", "admissions", "icu", "deaths"};
    const struct vg_calibration *c = file->calibration;
    vg_buffer_format(meta, ",\"calibration\":{\"blocks\":%zu,\"block_days\":%d", c->n_blocks, c->mode.block_days);
    put_double(meta, "last_r", c->r_mean[c->n_blocks - 1], 4);
    vg_buffer_text(meta, ",\"r\":[");
    for (size_t b = 0; b < c->n_blocks; b++) {
        const double three[] = {c->r_mean[b], c->r_low[b], c->r_high[b]};
        for (int i = 0; i < 3; i++) {
            vg_buffer_text(meta, i == 0 ? (b == 0 ? "[" : ",[") : ",");
            vg_buffer_double(meta, job_rounded(three[i], 4, false));
        }
        vg_buffer_char(meta, ']');
    }
    vg_buffer_char(meta, ']');
    put_double(meta, "reported", c->reported[0], 4);
    put_three(meta, "reported_interval", c->reported);
    put_double(meta, "infected_share", c->infected_share[0], 4);
    put_three(meta, "infected_interval", c->infected_share);
    put_double(meta, "infections_per_day_at_start", c->mode.infections_per_day, 4);
    put_double(meta, "odds_of_admission", c->mode.severity, 4);
    put_double(meta, "risk_of_death", c->mode.fatality, 4);
    vg_buffer_text(meta, ",\"observed\":[");
    for (size_t kind = 0, n = 0; kind < VG_OBSERVED_KINDS; kind++) {
        if (!isnan(c->dispersion[kind])) {
            vg_buffer_format(meta, "%s\"%s\"", n++ == 0 ? "" : ",", kinds[kind]);
        }
    }
    vg_buffer_format(meta, "],\"rounds\":%zu", c->rounds);
    if (!isnan(c->worst_gap)) {
        put_double(meta, "worst_gap", c->worst_gap, 3);
    }
    if (!isnan(c->run_gap)) {
        put_double(meta, "run_gap", c->run_gap, 3);
    }
    vg_buffer_char(meta, '}');
}

/* Who lives there, for rates: age groups of the whole, and places with the units above them. */
static void people_meta(const struct simulated_file *file, struct vg_buffer *meta)
{
    const struct vg_scenario_layout *l = &file->layout;
    const struct vg_scenario_world *world = file->world;
    const uint32_t *first = vg_population_first(world->population);
    double ages[VG_AGES_MAX + 1] = {0};
    double *places = calloc(l->n_places, sizeof *places);
    for (size_t a = 0; a < world->n_ages; a++) {
        ages[l->age_of[a]] += world->age_persons[a] / world->people_scale;
    }
    vg_buffer_text(meta, ",\"ages\":[");
    for (size_t g = 1; g < l->n_bands; g++) {
        vg_buffer_format(meta, "%s{\"age\":\"%s\",\"persons\":%.0f}", g == 1 ? "" : ",", l->age_names[g], ages[g]);
    }
    for (size_t i = 0; places != NULL && i < 3 * world->n_municipalities; i++) {
        if (l->place_of[i] != UINT32_MAX) {
            places[l->place_of[i]] += (first[i / 3 + 1] - first[i / 3]) / world->people_scale;
        }
    }
    vg_buffer_text(meta, "],\"locations\":[");
    for (size_t place = 0; places != NULL && place < l->n_places; place++) {
        vg_buffer_text(meta, place == 0 ? "{\"code\":" : ",{\"code\":");
        vg_buffer_json_string(meta, l->places[place].code, strlen(l->places[place].code));
        vg_buffer_format(meta, ",\"persons\":%.0f,\"beds\":%s}", places[place], l->places[place].has_beds ? "true" : "false");
    }
    vg_buffer_char(meta, ']');
    for (size_t g = 0; g < file->scenario.n_groups; g++) {
        const struct vg_scenario_group *group = &file->scenario.groups[g];
        vg_buffer_text(meta, g == 0 ? ",\"groups\":[{\"group\":" : ",{\"group\":");
        vg_buffer_json_string(meta, group->name, strlen(group->name));
        vg_buffer_format(meta, ",\"persons\":%.0f", vg_population_group_expected(world->population, g + 1) / world->people_scale);
        put_double(meta, "contacts", group->contacts, 6);
        put_double(meta, "severity", group->severity, 6);
        vg_buffer_text(meta, g + 1 == file->scenario.n_groups ? "}]" : "}");
    }
    meta->failed = meta->failed || places == NULL;
    free(places);
}

static void write_meta(const struct simulation *s, const struct vg_simulate_stage *stage, struct vg_buffer *meta)
{
    vg_buffer_text(meta, "{\"program\":\"vigia " VG_VERSION "\",\"note\":\"projections under assumptions, not forecasts\"");
    vg_buffer_format(meta, ",\"runs_done\":%zu,\"runs\":%zu,\"people_scale\":", stage->runs_done, stage->runs);
    vg_buffer_double(meta, stage->people_scale);
    vg_buffer_format(meta, ",\"cancelled\":%s,\"files\":[", stage->cancelled ? "true" : "false");
    for (size_t f = 0; f < s->n_files; f++) {
        const struct simulated_file *file = &s->files[f];
        struct vg_buffer text;
        vg_buffer_init(&text, 0);
        vg_intake_scenario_print(&file->scenario, &text);
        vg_buffer_text(meta, f == 0 ? "{\"file\":" : ",{\"file\":");
        vg_buffer_json_string(meta, file->scenario.file_name, strlen(file->scenario.file_name));
        vg_buffer_format(meta, ",\"persons\":%.0f,\"municipalities\":%zu,\"tables_hash\":\"%016llx\",\"r0\":", file->world->persons, file->world->n_municipalities,
                         (unsigned long long)file->tables_hash);
        vg_buffer_double(meta, job_rounded(file->world->r0, 6, false));
        people_meta(file, meta);
        if (file->calibration != NULL) {
            calibration_meta(file, meta);
        }
        vg_buffer_text(meta, ",\"scenario\":");
        vg_buffer_json_string(meta, text.data == NULL ? "" : text.data, text.size);
        vg_buffer_char(meta, '}');
        vg_buffer_release(&text);
    }
    vg_buffer_text(meta, "]}");
}

vg_status simulate_answer(const struct simulation *s, const struct vg_simulate_stage *stage, struct vg_answer *rows, struct vg_answer *summary)
{
    const struct vg_scenario_layout *layout = &s->files[0].layout;
    const struct vg_scenario_output *output = &s->files[0].scenario.output;
    double each = (double)layout->n_steps * (double)layout->n_targets * ((double)output->quantiles.count + (double)output->samples + 1) * (double)s->n_scenarios;
    bool place_ages = output->place_ages || layout->n_ages == 1;
    double n_rows = each * ((double)layout->n_ages + (double)(layout->n_places - 1) * (place_ages ? (double)layout->n_ages : 1));
    bool all_rows = !(s->request->rows_max > 0) || n_rows <= s->request->rows_max;
    bool apart = layout->n_places > 1 && (!place_ages || !all_rows);
    vg_status status = apart ? answer_apart(s, all_rows, rows, summary) : answer_view(s, layout, s->values, &rows->table, &summary->table);
    if (status == VG_OK) {
        status = answer_notes(s, &summary->table);
    }
    write_meta(s, stage, &rows->meta);
    write_meta(s, stage, &summary->meta);
    return status == VG_OK && (rows->meta.failed || summary->meta.failed) ? vg_fail_memory(s->error, rows->meta.size) : status;
}
