/*
 * How good forecasts were: every forecast scored against what came, means by model and group, and skill by pairwise comparison on the forecasts that models share.
 */
#include "jobs/score/internal.h"
#include "jobs/score/score.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const by_names[BY_COUNT] = {"location", "target", "horizon", "reference_date", "target_end_date", "group"};

static int compare_values(const void *a, const void *b)
{
    const struct score_value *x = a;
    const struct score_value *y = b;
    if (x->model != y->model) {
        return x->model < y->model ? -1 : 1;
    }
    if (x->unit != y->unit) {
        return x->unit < y->unit ? -1 : 1;
    }
    if (x->is_sample != y->is_sample) {
        return x->is_sample ? 1 : -1;
    }
    double left = x->is_sample ? x->value : x->level;
    double right = y->is_sample ? y->value : y->level;
    return left < right ? -1 : left > right;
}

/* The fields that rows are grouped by; the others empty. */
static struct score_unit group_key(const struct scoring *scoring, const struct score_unit *unit)
{
    struct score_unit key = {UINT32_MAX, UINT32_MAX, UINT32_MAX, VG_DATE_NONE, VG_DATE_NONE, SCORE_NO_HORIZON};
    key.location = scoring->by[BY_LOCATION] ? unit->location : key.location;
    key.target = scoring->by[BY_TARGET] ? unit->target : key.target;
    key.horizon = scoring->by[BY_HORIZON] ? unit->horizon : key.horizon;
    key.reference = scoring->by[BY_REFERENCE] ? unit->reference : key.reference;
    key.end = scoring->by[BY_END] ? unit->end : key.end;
    key.group = scoring->by[BY_GROUP] ? unit->group : key.group;
    return key;
}

static double scale(const struct scoring *scoring, double value)
{
    return scoring->logarithmic ? log1p(value < 0 ? 0 : value) : value;
}

/* Quantiles and draws of one forecast, [first, end) of the sorted values, into `scored`. Ascending levels; equal levels are refused. */
static vg_status score_one(struct scoring *scoring, size_t first, size_t end, double observed, double *levels, double *numbers, struct scored *scored)
{
    const struct score_value *values = scoring->data.values;
    size_t n_quantiles = 0;
    size_t n_draws = 0;
    for (size_t i = first; i < end; i++) {
        if (values[i].is_sample) {
            break;
        }
        if (n_quantiles > 0 && values[i].level == levels[n_quantiles - 1]) {
            struct vg_text model = scoring->data.models.keys[values[i].model];
            return vg_fail(scoring->data.error, VG_DATA_ERROR, "%.*s gives the quantile %g of one forecast twice", (int)model.size, model.data, values[i].level);
        }
        levels[n_quantiles] = values[i].level;
        numbers[n_quantiles++] = scale(scoring, values[i].value);
    }
    for (size_t i = first + n_quantiles; i < end; i++) {
        numbers[n_quantiles + n_draws++] = scale(scoring, values[i].value);
    }
    struct vg_forecast_score draws, *out = &scored->score;
    vg_monitor_score_quantiles(levels, numbers, n_quantiles, scale(scoring, observed), out);
    vg_monitor_score_sample(numbers + n_quantiles, n_draws, scale(scoring, observed), &draws);
    if (n_quantiles == 0) {
        *out = draws;
    } else {
        out->crps = draws.crps;
        out->log_score = draws.log_score;
        out->pit = draws.pit;
    }
    struct score_numbers one = {n_quantiles, n_draws, levels, numbers, numbers + n_quantiles, scale(scoring, observed)};
    return scoring->pit ? score_pit_add(&scoring->data, &scoring->pits, scored->model, scored->group, &one) : VG_OK;
}

static vg_status score_all(struct scoring *scoring)
{
    struct score_data *data = &scoring->data;
    size_t most = 0;
    qsort(data->values, data->n_values, sizeof *data->values, compare_values);
    size_t n_forecasts = 0;
    for (size_t first = 0, end = 0; first < data->n_values; first = end) {
        end = first + 1;
        while (end < data->n_values && data->values[end].model == data->values[first].model && data->values[end].unit == data->values[first].unit) {
            end++;
        }
        most = end - first > most ? end - first : most;
        n_forecasts++;
    }
    double *levels = VG_ARENA_ARRAY(data->arena, double, most);
    double *numbers = VG_ARENA_ARRAY(data->arena, double, most);
    scoring->scored = VG_ARENA_ARRAY(data->arena, struct scored, n_forecasts);
    scoring->group = VG_ARENA_ARRAY(data->arena, struct score_unit, data->units.count);
    vg_dictionary_init(&scoring->groups, data->arena);
    if (data->arena->failed) {
        return vg_fail_memory(data->error, n_forecasts * sizeof *scoring->scored);
    }
    vg_status status = VG_OK;
    for (size_t first = 0, end = 0; status == VG_OK && first < data->n_values; first = end) {
        const struct score_value *value = &data->values[first];
        const struct score_unit *unit = &data->unit[value->unit];
        end = first + 1;
        while (end < data->n_values && data->values[end].model == value->model && data->values[end].unit == value->unit) {
            end++;
        }
        double observed = score_observation_of(data, unit);
        if (isnan(observed)) {
            scoring->n_unobserved++;
            continue;
        }
        struct scored *scored = &scoring->scored[scoring->n_scored++];
        struct score_unit key = group_key(scoring, unit);
        scored->model = value->model;
        scored->unit = value->unit;
        scored->group = vg_dictionary_add(&scoring->groups, vg_text_of((const char *)&key, sizeof key));
        if (scored->group == VG_DICTIONARY_NONE) {
            return vg_fail_memory(data->error, 0);
        }
        scoring->group[scored->group] = key;
        status = score_one(scoring, first, end, observed, levels, numbers, scored);
    }
    return status;
}

/* ----------------------------------------------------------------- the table */

static const char *const score_columns[] = {"wis", "dispersion", "overprediction", "underprediction", "crps", "log_score", "ae_median", "bias", "coverage_50", "coverage_90", "coverage_95"};
enum { SCORES = sizeof score_columns / sizeof *score_columns };

static void list_scores(const struct vg_forecast_score *score, double out[SCORES])
{
    const double values[SCORES] = {score->wis, score->dispersion, score->overprediction, score->underprediction, score->crps, score->log_score, score->absolute_error, score->bias,
                                   score->inside_50, score->inside_90, score->inside_95};
    memcpy(out, values, sizeof values);
}

void score_group_columns(const struct scoring *scoring, struct vg_table *table)
{
    vg_table_add_column(table, "model", VG_COLUMN_TEXT);
    for (int by = 0; by < BY_COUNT; by++) {
        if (scoring->by[by]) {
            vg_table_add_column(table, by_names[by], by == BY_HORIZON ? VG_COLUMN_INTEGER : by == BY_REFERENCE || by == BY_END ? VG_COLUMN_DATE : VG_COLUMN_TEXT);
        }
    }
}

static void add_columns(const struct scoring *scoring, struct vg_table *table)
{
    score_group_columns(scoring, table);
    vg_table_add_column(table, "n", VG_COLUMN_INTEGER);
    for (size_t i = 0; i < SCORES; i++) {
        vg_table_add_column(table, score_columns[i], VG_COLUMN_DOUBLE);
    }
    vg_table_add_column(table, "relative_skill", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "scaled_skill", VG_COLUMN_DOUBLE);
}

void score_group_cells(const struct scoring *scoring, const struct score_unit *group, struct vg_table *table)
{
    const uint32_t texts[BY_COUNT] = {[BY_LOCATION] = group->location, [BY_TARGET] = group->target, [BY_GROUP] = group->group};
    for (int by = 0; by < BY_COUNT; by++) {
        if (!scoring->by[by]) {
            continue;
        }
        if (by == BY_HORIZON && group->horizon == SCORE_NO_HORIZON) {
            vg_table_missing(table);
        } else if (by == BY_HORIZON) {
            vg_table_integer(table, group->horizon);
        } else if (by == BY_REFERENCE || by == BY_END) {
            vg_table_date(table, by == BY_END ? group->end : group->reference);
        } else {
            vg_table_text_slice(table, scoring->data.names.keys[texts[by]]);
        }
    }
}

/* Scores of the pairwise comparison: WIS, or CRPS where a forecast is a sample alone. */
static vg_status compare_models(const struct scoring *scoring, uint32_t group, double *skill, double *scaled)
{
    size_t n_models = scoring->data.models.count;
    size_t n_units = 0;
    uint32_t *place = VG_ARENA_ARRAY(scoring->data.arena, uint32_t, scoring->data.units.count);
    if (place == NULL) {
        return vg_fail_memory(scoring->data.error, scoring->data.units.count * sizeof *place);
    }
    for (size_t i = 0; i < scoring->n_scored; i++) {
        if (scoring->scored[i].group == group && place[scoring->scored[i].unit] == 0) {
            place[scoring->scored[i].unit] = (uint32_t)++n_units;
        }
    }
    double *scores = VG_ARENA_ARRAY(scoring->data.arena, double, n_models * n_units);
    if (scores == NULL) {
        return vg_fail_memory(scoring->data.error, n_models * n_units * sizeof *scores);
    }
    for (size_t i = 0; i < n_models * n_units; i++) {
        scores[i] = NAN;
    }
    for (size_t i = 0; i < scoring->n_scored; i++) {
        const struct scored *scored = &scoring->scored[i];
        if (scored->group == group) {
            scores[scored->model * n_units + place[scored->unit] - 1] = isnan(scored->score.wis) ? scored->score.crps : scored->score.wis;
        }
    }
    vg_monitor_relative_skill(scores, n_models, n_units, scoring->baseline, skill, scaled);
    return VG_OK;
}

static vg_status add_group(const struct scoring *scoring, uint32_t group, struct vg_table *table)
{
    size_t n_models = scoring->data.models.count;
    double *skill = VG_ARENA_ARRAY(scoring->data.arena, double, 2 * n_models);
    if (skill == NULL) {
        return vg_fail_memory(scoring->data.error, n_models * sizeof *skill);
    }
    vg_status status = compare_models(scoring, group, skill, skill + n_models);
    for (uint32_t model = 0; status == VG_OK && model < n_models; model++) {
        double sums[SCORES] = {0};
        size_t counts[SCORES] = {0};
        size_t n = 0;
        for (size_t i = 0; i < scoring->n_scored; i++) {
            const struct scored *scored = &scoring->scored[i];
            double values[SCORES];
            if (scored->model != model || scored->group != group) {
                continue;
            }
            n++;
            list_scores(&scored->score, values);
            for (size_t s = 0; s < SCORES; s++) {
                sums[s] += isnan(values[s]) ? 0 : values[s];
                counts[s] += isnan(values[s]) ? 0 : 1;
            }
        }
        if (n == 0) {
            continue;
        }
        vg_table_text_slice(table, scoring->data.models.keys[model]);
        score_group_cells(scoring, &scoring->group[group], table);
        vg_table_integer(table, (int64_t)n);
        for (size_t s = 0; s < SCORES; s++) {
            vg_table_double(table, counts[s] == 0 ? NAN : sums[s] / (double)counts[s]);
        }
        vg_table_double(table, skill[model]);
        vg_table_double(table, skill[n_models + model]);
    }
    return status;
}

/* ------------------------------------------------------------------- the job */

static vg_status read_by(struct scoring *scoring, const char *names)
{
    for (const char *at = names == NULL ? "" : names; *at != '\0';) {
        size_t length = strcspn(at, ",");
        struct vg_text name = vg_text_trim(vg_text_of(at, length));
        bool known = false;
        for (int by = 0; by < BY_COUNT; by++) {
            if (vg_text_equals(name, by_names[by])) {
                scoring->by[by] = known = true;
            }
        }
        if (!known) {
            return vg_fail(scoring->data.error, VG_USAGE_ERROR, "forecasts are grouped by location, target, horizon, reference_date, target_end_date or group, not by \"%.*s\"",
                           (int)name.size, name.data);
        }
        at += length + (at[length] == ',' ? 1 : 0);
    }
    return VG_OK;
}

static vg_status find_baseline(struct scoring *scoring, const char *name)
{
    scoring->baseline = SIZE_MAX;
    for (uint32_t model = 0; model < scoring->data.models.count; model++) {
        struct vg_text known = scoring->data.models.keys[model];
        if (name != NULL ? vg_text_equals(known, name) : memmem(known.data, known.size, "baseline", 8) != NULL) {
            scoring->baseline = model;
            return VG_OK;
        }
    }
    return name == NULL ? VG_OK : vg_fail(scoring->data.error, VG_NOT_FOUND, "no file holds forecasts of a model %s", name);
}

vg_status vg_job_score(const struct vg_score_request *request, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    struct scoring scoring = {.logarithmic = request->logarithmic, .pit = request->pit, .table = &answer->table};
    struct score_data *data = &scoring.data;
    data->arena = arena;
    data->error = error;
    struct vg_dictionary *const dictionaries[] = {&data->models, &data->names, &data->units, &data->observations, &scoring.pits.keys};
    for (size_t i = 0; i < sizeof dictionaries / sizeof *dictionaries; i++) {
        vg_dictionary_init(dictionaries[i], arena);
    }
    vg_status status = read_by(&scoring, request->by);
    if (status == VG_OK) {
        status = score_read_observations(data, request->observed_path);
    }
    for (size_t i = 0; status == VG_OK && i < request->n_forecasts; i++) {
        status = score_read_forecasts(data, request->forecast_paths[i]);
    }
    if (status == VG_OK && data->n_values == 0) {
        status = vg_fail(error, VG_DATA_ERROR, "the files hold no quantiles and no samples (%zu rows of other output types)", data->n_skipped);
    }
    if (status == VG_OK) {
        status = find_baseline(&scoring, request->baseline);
    }
    if (status == VG_OK) {
        status = score_all(&scoring);
    }
    if (status == VG_OK && scoring.n_scored == 0) {
        status = vg_fail(error, VG_DATA_ERROR, "none of the %zu forecasts has an observation in %s: do dates, locations and targets have the same names in both?", scoring.n_unobserved,
                         request->observed_path);
    }
    if (status != VG_OK) {
        return status;
    }
    size_t n_other = 0;
    if (request->pit) {
        score_pit_table(&scoring, &n_other);
    } else {
        add_columns(&scoring, &answer->table);
    }
    for (uint32_t group = 0; status == VG_OK && !request->pit && group < scoring.groups.count; group++) {
        status = add_group(&scoring, group, &answer->table);
    }
    vg_buffer_format(&answer->meta, "{\"scored\":%zu,\"without_observation\":%zu,\"rows_of_other_types\":%zu,\"forecasts_at_other_levels\":%zu}", scoring.n_scored, scoring.n_unobserved, data->n_skipped,
                     n_other);
    return status;
}
