/*
 * Growth of lineages from a table of samples: advantages, shares by week and to come, alarms.
 */
#include "jobs/lineages/samples.h"

#include <math.h>
#include <string.h>

#define DOMINANCE_DAYS 365

void vg_lineages_growth_request_init(struct vg_lineages_growth_request *request)
{
    *request = (struct vg_lineages_growth_request){.as_of = VG_DATE_NONE, .weeks = 26, .generation_days = 4.8, .forecast_days = 30, .n_draws = 400, .seed = 20210205};
}

struct growth_run {
    const struct vg_lineages_growth_request *request;
    struct samples samples;
    struct growth_table table;
    struct vg_growth_fit fit;
    struct vg_growth_draws draws;
    struct vg_pool *pool;
    struct vg_arena *arena;
    struct vg_answer *answer;
    struct vg_error *error;
    double *work, *shares, *low, *high; /* of share intervals */
};

static vg_status pivot_of(struct growth_run *run, uint32_t *pivot)
{
    const char *wanted = run->request->pivot;
    *pivot = VG_GROWTH_NONE;
    for (uint32_t v = 0; wanted != NULL && v < run->table.counts.n_lineages; v++) {
        *pivot = vg_text_equals(run->table.names[v], wanted) ? v : *pivot;
    }
    return wanted == NULL || *pivot != VG_GROWTH_NONE
               ? VG_OK
               : vg_fail(run->error, VG_DATA_ERROR, "the pivot %s is none of the %zu lineages with at least %.0f genomes in these weeks", wanted, run->table.counts.n_lineages, run->table.least);
}

/* All places together by what happened there instead of by what was sequenced; places that the file does not have count for nothing. */
static vg_status weigh_places(struct growth_run *run)
{
    size_t n = run->table.counts.n_places;
    double *cases = VG_ARENA_ARRAY(run->arena, double, n), sum = 0;
    if (cases == NULL) {
        return vg_fail_memory(run->error, n);
    }
    vg_status status = lineages_read_cases(run->request->weights_path, &run->samples.places, VG_DATE_NONE, VG_DATE_NONE, cases, NULL, run->error);
    for (size_t g = 0; g < n; g++) {
        sum += cases[g];
    }
    if (status == VG_OK && !(sum > 0)) {
        status = vg_fail(run->error, VG_DATA_ERROR, "%s has no place of the samples", run->request->weights_path);
    }
    for (size_t g = 0; g < n && status == VG_OK; g++) {
        cases[g] /= sum;
    }
    if (status == VG_OK) {
        vg_growth_weigh(&run->fit, cases);
    }
    return status;
}

static vg_status fit(struct growth_run *run)
{
    struct vg_growth_model model;
    vg_growth_model_defaults(&model);
    vg_status status = pivot_of(run, &model.pivot);
    if (status == VG_OK) {
        status = vg_growth_fit(&run->table.counts, &model, run->pool, run->arena, &run->fit, run->error);
    }
    if (status == VG_OK && run->request->weights_path != NULL) {
        status = weigh_places(run);
    }
    if (status == VG_OK) {
        status = vg_growth_draw(&run->fit, (size_t)run->request->n_draws, run->request->seed, run->pool, run->arena, &run->draws, run->error);
    }
    size_t n = run->table.counts.n_lineages;
    run->work = VG_ARENA_ARRAY(run->arena, double, ((size_t)run->request->n_draws + 10) * n);
    run->shares = VG_ARENA_ARRAY(run->arena, double, n);
    run->low = VG_ARENA_ARRAY(run->arena, double, n);
    run->high = VG_ARENA_ARRAY(run->arena, double, n);
    return status == VG_OK && (run->work == NULL || run->high == NULL || run->arena->failed) ? vg_fail_memory(run->error, n) : status;
}

static double genomes_of(const struct growth_run *run, uint32_t place, size_t lineage)
{
    const struct vg_growth_counts *counts = &run->table.counts;
    double sum = 0;
    for (size_t cell = 0; cell < counts->n_places * counts->n_times; cell++) {
        sum += place == VG_GROWTH_ALL || cell / counts->n_times == place ? counts->counts[cell * counts->n_lineages + lineage] : 0;
    }
    return sum;
}

static void place_cell(const struct growth_run *run, struct vg_table *table, uint32_t place)
{
    if (place == VG_GROWTH_ALL) {
        vg_table_text(table, "all");
    } else {
        vg_table_text_slice(table, run->table.places[place]);
    }
}

/* Where there is one place alone it stands for all. */
static bool is_wanted(const struct growth_run *run, uint32_t place)
{
    const char *wanted = run->request->place;
    return wanted == NULL || (place == VG_GROWTH_ALL ? strcmp(wanted, "all") == 0 : vg_text_equals(run->table.places[place], wanted) || (run->table.counts.n_places == 1 && strcmp(wanted, "all") == 0));
}

/* ------------------------------------------------------------------ growth */

static void growth_row(struct growth_run *run, struct vg_table *table, uint32_t place, uint32_t lineage, struct vg_growth_dominance when)
{
    struct vg_growth_advantage pivot, rest;
    double generations = run->request->generation_days / 7;
    vg_growth_advantage(&run->fit, place, lineage, VG_GROWTH_PIVOT, run->work, &pivot);
    vg_growth_advantage(&run->fit, place, lineage, VG_GROWTH_REST, run->work, &rest);
    place_cell(run, table, place);
    vg_table_text_slice(table, run->table.names[lineage]);
    vg_table_double(table, genomes_of(run, place, lineage));
    const double cells[] = {run->shares[lineage], run->low[lineage], run->high[lineage], pivot.per_week, pivot.low, pivot.high, exp(pivot.per_week * generations),
                            exp(pivot.low * generations), exp(pivot.high * generations), rest.per_week, rest.low, rest.high, rest.probability,
                            rest.per_week > 0 ? 7 * log(2) / rest.per_week : NAN, when.days, when.low, when.high, when.probability,
                            vg_growth_there(&run->fit, place, lineage, run->work)};
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
        lineages_number(table, cells[i]);
    }
}

static vg_status show_growth(struct growth_run *run, struct vg_table *table)
{
    static const char *const numbers[] = {"genomes", "share", "share_low", "share_high", "advantage_per_week", "advantage_low", "advantage_high", "per_generation",
                                          "per_generation_low", "per_generation_high", "growth_per_week", "growth_low", "growth_high", "probability", "doubling_days",
                                          "dominant_days", "dominant_low", "dominant_high", "dominant_probability", "there"};
    struct vg_growth_dominance *when = VG_ARENA_ARRAY(run->arena, struct vg_growth_dominance, run->table.counts.n_lineages);
    vg_status status = when == NULL ? vg_fail_memory(run->error, run->table.counts.n_lineages) : VG_OK;
    vg_table_add_column(table, "place", VG_COLUMN_TEXT);
    vg_table_add_column(table, "lineage", VG_COLUMN_TEXT);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        vg_table_add_column(table, numbers[i], VG_COLUMN_DOUBLE);
    }
    size_t places = run->table.counts.n_places;
    for (size_t i = places > 1 ? 0 : 1; status == VG_OK && i <= places; i++) {
        uint32_t place = i == 0 ? VG_GROWTH_ALL : (uint32_t)(i - 1);
        if (!is_wanted(run, place)) {
            continue;
        }
        vg_growth_share_intervals(&run->fit, &run->draws, place, NULL, run->fit.last_day, run->work, run->shares, run->low, run->high);
        status = vg_growth_dominance(&run->fit, &run->draws, place, NULL, DOMINANCE_DAYS, run->arena, when, run->error);
        for (uint32_t v = 0; status == VG_OK && v < run->table.counts.n_lineages; v++) {
            growth_row(run, table, place, v, when[v]);
        }
    }
    return status;
}

/* ------------------------------------------------------------- frequencies */

/* A week's rows of one place; weeks beyond the last are forecasts. */
static void frequency_rows(struct growth_run *run, struct vg_table *table, uint32_t place, int32_t week)
{
    const struct vg_growth_counts *counts = &run->table.counts;
    bool forecast = week >= (int32_t)counts->n_times;
    size_t n = counts->n_lineages;
    double total = 0;
    vg_growth_share_intervals(&run->fit, &run->draws, place, NULL, counts->days[0] + 7.0 * week, run->work, run->shares, run->low, run->high);
    double *seen = run->work;
    memset(seen, 0, n * sizeof *seen);
    for (size_t g = 0; g < counts->n_places && !forecast; g++) {
        for (size_t v = 0; v < n && (place == VG_GROWTH_ALL || g == place); v++) {
            seen[v] += counts->counts[(g * counts->n_times + (size_t)week) * n + v];
            total += counts->counts[(g * counts->n_times + (size_t)week) * n + v];
        }
    }
    for (size_t v = 0; v < n; v++) {
        bool observed = !forecast && total > 0;
        place_cell(run, table, place);
        vg_table_date(table, run->table.first_week + 7 * week);
        vg_table_boolean(table, forecast);
        vg_table_text_slice(table, run->table.names[v]);
        vg_table_double(table, forecast ? NAN : seen[v]);
        vg_table_double(table, forecast ? NAN : total);
        lineages_number(table, observed ? seen[v] / total : NAN);
        lineages_number(table, observed ? (seen[v] > 0 ? vg_beta_quantile(0.025, seen[v] + 0.5, total - seen[v] + 0.5) : 0) : NAN);
        lineages_number(table, observed ? (seen[v] < total ? vg_beta_quantile(0.975, seen[v] + 0.5, total - seen[v] + 0.5) : 1) : NAN);
        lineages_number(table, run->shares[v]);
        lineages_number(table, run->low[v]);
        lineages_number(table, run->high[v]);
    }
}

static vg_status show_frequencies(struct growth_run *run, struct vg_table *table)
{
    vg_table_add_column(table, "place", VG_COLUMN_TEXT);
    vg_table_add_column(table, "week", VG_COLUMN_DATE);
    vg_table_add_column(table, "forecast", VG_COLUMN_BOOLEAN);
    vg_table_add_column(table, "lineage", VG_COLUMN_TEXT);
    static const char *const numbers[] = {"genomes", "total", "observed", "observed_low", "observed_high", "share", "share_low", "share_high"};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        vg_table_add_column(table, numbers[i], VG_COLUMN_DOUBLE);
    }
    size_t places = run->table.counts.n_places;
    int32_t weeks = (int32_t)run->table.counts.n_times + (int32_t)((run->request->forecast_days + 6) / 7);
    for (size_t i = places > 1 ? 0 : 1; i <= places; i++) {
        for (int32_t week = 0; week < weeks && is_wanted(run, i == 0 ? VG_GROWTH_ALL : (uint32_t)(i - 1)); week++) {
            frequency_rows(run, table, i == 0 ? VG_GROWTH_ALL : (uint32_t)(i - 1), week);
        }
    }
    return VG_OK;
}

/* ------------------------------------------------------------------ alarms */

/* Why there is an alarm, or the first reason why there is none. */
static const char *why(struct growth_run *run, const struct vg_growth_rule *rule, const struct vg_growth_alarm *alarm)
{
    if (alarm->raised) {
        return vg_arena_format(run->arena, "its odds double in %.0f days", alarm->doubling_days);
    }
    if (!(alarm->advantage.probability > rule->probability)) {
        return vg_arena_format(run->arena, "it grows with probability %.3f, which is not above %.3f", alarm->advantage.probability, rule->probability);
    }
    if (!(alarm->doubling_days < rule->doubling_days)) {
        return vg_arena_format(run->arena, "its odds double in %.0f days, which is not below %.0f", alarm->doubling_days, rule->doubling_days);
    }
    if (alarm->genomes < rule->least_genomes) {
        return vg_arena_format(run->arena, "%.0f genomes in eight weeks, of %.0f that it takes", alarm->genomes, rule->least_genomes);
    }
    if (alarm->share >= rule->most_share) {
        return "it is common already";
    }
    if (!(alarm->since_seen > rule->probability)) {
        return "it came, but did not grow since it was first seen";
    }
    return vg_arena_format(run->arena, "seen by %zu %s", alarm->sources, run->samples.has_laboratories ? "laboratories" : "places");
}

static void alarm_row(struct growth_run *run, struct vg_table *table, const char *kind, struct vg_text name, bool raised, const struct vg_growth_alarm *alarm, const char *reason)
{
    vg_table_text(table, kind);
    vg_table_text_slice(table, name);
    vg_table_boolean(table, raised);
    vg_table_double(table, alarm->genomes);
    vg_table_integer(table, (int64_t)alarm->sources);
    const double cells[] = {alarm->share, alarm->advantage.per_week, alarm->advantage.low, alarm->advantage.high, alarm->advantage.probability, alarm->since_seen, alarm->doubling_days};
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
        lineages_number(table, cells[i]);
    }
    vg_table_text(table, reason);
}

/* A watched mutation is an alarm where it is seen; what is told of its growth is what with and without it say. */
static vg_status mutation_alarm(struct growth_run *run, struct vg_table *table, size_t watched)
{
    struct vg_growth_counts counts;
    struct vg_growth_model model;
    struct vg_growth_fit two;
    struct vg_growth_rule rule;
    struct vg_growth_alarm alarms[2] = {{.lineage = 0}};
    struct vg_error ignored = {0};
    double work[18], ever = 0;
    size_t *sources = NULL, n_sources = 0;
    vg_growth_model_defaults(&model);
    vg_growth_rule_defaults(&rule);
    model.pivot = 0;
    vg_status status = samples_count_mutation(&run->samples, &run->table, watched, run->arena, &counts, run->error);
    if (status == VG_OK && run->samples.has_laboratories) {
        status = samples_sources(&run->samples, &run->table, watched, run->arena, 2, &sources, &n_sources, run->error);
    }
    if (status != VG_OK) {
        return status;
    }
    for (size_t cell = 0; cell < counts.n_places * counts.n_times; cell++) {
        ever += counts.counts[2 * cell + 1];
    }
    const char *reason = "not seen in these weeks";
    alarms[1].advantage = (struct vg_growth_advantage){NAN, NAN, NAN, NAN, NAN};
    alarms[1].doubling_days = alarms[1].since_seen = NAN;
    if (ever > 0 && vg_growth_fit(&counts, &model, run->pool, run->arena, &two, &ignored) == VG_OK) {
        vg_growth_alarms(&counts, &two, &rule, sources, n_sources, work, alarms);
        reason = alarms[1].raised ? why(run, &rule, &alarms[1]) : alarms[1].genomes > 0 ? "seen in the last eight weeks" : "not seen in the last eight weeks";
    } else if (ever > 0) {
        alarms[1].genomes = ever;
        reason = "in every genome, or in one week alone";
    }
    alarm_row(run, table, "mutation", run->samples.watched[watched], alarms[1].genomes > 0, &alarms[1], reason);
    return VG_OK;
}

static vg_status show_alarms(struct growth_run *run, struct vg_table *table)
{
    static const char *const numbers[] = {"share", "growth_per_week", "growth_low", "growth_high", "probability", "since_seen", "doubling_days"};
    struct vg_growth_rule rule;
    size_t *sources = NULL, n_sources = 0, n = run->table.counts.n_lineages;
    struct vg_growth_alarm *alarms = VG_ARENA_ARRAY(run->arena, struct vg_growth_alarm, n);
    vg_growth_rule_defaults(&rule);
    vg_table_add_column(table, "kind", VG_COLUMN_TEXT);
    vg_table_add_column(table, "name", VG_COLUMN_TEXT);
    vg_table_add_column(table, "raised", VG_COLUMN_BOOLEAN);
    vg_table_add_column(table, "genomes", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "sources", VG_COLUMN_INTEGER);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        vg_table_add_column(table, numbers[i], VG_COLUMN_DOUBLE);
    }
    vg_table_add_column(table, "why", VG_COLUMN_TEXT);
    vg_status status = alarms == NULL ? vg_fail_memory(run->error, n) : VG_OK;
    if (status == VG_OK && run->samples.has_laboratories) {
        status = samples_sources(&run->samples, &run->table, SIZE_MAX, run->arena, n, &sources, &n_sources, run->error);
    }
    if (status != VG_OK) {
        return status;
    }
    vg_growth_alarms(&run->table.counts, &run->fit, &rule, sources, n_sources, run->work, alarms);
    for (size_t v = 0; v < n; v++) {
        if (v != run->table.other) {
            alarm_row(run, table, "lineage", run->table.names[v], alarms[v].raised, &alarms[v], why(run, &rule, &alarms[v]));
        }
    }
    for (size_t i = 0; status == VG_OK && i < run->samples.n_watched; i++) {
        status = mutation_alarm(run, table, i);
    }
    return status;
}

/* -------------------------------------------------------------------- run */

static void fill_meta(struct growth_run *run, struct vg_buffer *meta)
{
    struct vg_text pivot = run->table.names[run->fit.pivot];
    vg_buffer_char(meta, '{');
    job_meta_text(meta, "pivot", vg_arena_copy_bytes(run->arena, pivot.data, pivot.size));
    job_meta_number(meta, "lineages", (double)run->table.counts.n_lineages);
    job_meta_number(meta, "places", (double)run->table.counts.n_places);
    job_meta_date(meta, "first_week", run->table.first_week);
    job_meta_number(meta, "weeks", (double)run->table.counts.n_times);
    job_meta_number(meta, "least_genomes", run->table.least);
    job_meta_number(meta, "lineages_merged", (double)run->table.n_merged);
    job_meta_number(meta, "rows_without_day", (double)(run->samples.without_day + run->samples.partial_days));
    job_meta_number(meta, "rows_without_lineage", (double)run->samples.without_lineage);
    job_meta_number(meta, "left_out", (double)run->samples.forbidden);
    job_meta_number(meta, "rows_outside_weeks", (double)run->table.outside_weeks);
    job_meta_number(meta, "generation_days", run->request->generation_days);
    job_meta_number(meta, "place_sd_per_week", job_rounded(run->fit.place_sd[run->fit.n], 5, false));
    job_meta_number(meta, "correlation", job_rounded(run->fit.correlation, 5, false));
    job_meta_number(meta, "iterations", (double)run->fit.iterations);
    if (run->samples.simulated) {
        job_meta_text(meta, "exercise", VG_EXERCISE_MARK);
    }
    vg_buffer_text(meta, run->fit.converged ? ",\"converged\":true}" : ",\"converged\":false}");
}

vg_status vg_job_lineages_growth(struct vg_store *store, const struct vg_lineages_growth_request *request, struct vg_arena *arena, struct vg_answer *answer,
                                 struct vg_error *error)
{
    static const struct { const char *name; vg_status (*fill)(struct growth_run *, struct vg_table *); } shows[] = {
        {"growth", show_growth}, {"frequencies", show_frequencies}, {"alarms", show_alarms}};
    size_t which = 0, n_shows = sizeof shows / sizeof *shows;
    struct vg_pango *pango = NULL;
    struct growth_run *run = VG_ARENA_ARRAY(arena, struct growth_run, 1);
    while (which < n_shows && request->show != NULL && strcmp(request->show, shows[which].name) != 0) {
        which++;
    }
    if (which == n_shows) {
        return vg_fail(error, VG_USAGE_ERROR, "--show is growth, frequencies or alarms, not \"%.40s\"", request->show);
    }
    if (run == NULL) {
        return vg_fail_memory(error, sizeof *run);
    }
    *run = (struct growth_run){.request = request, .arena = arena, .answer = answer, .error = error};
    vg_status status = lineages_aliases(request->aliases_path, arena, &pango, error);
    if (status == VG_OK) {
        status = store == NULL ? samples_read(request, arena, &run->samples, error) : samples_of_node(store, request, arena, &run->samples, error);
    }
    if (status == VG_OK) {
        status = samples_count(request, &run->samples, pango, arena, &run->table, error);
    }
    run->pool = vg_pool_new(request->threads);
    if (status == VG_OK) {
        status = fit(run);
    }
    if (status == VG_OK) {
        status = shows[which].fill(run, &answer->table);
    }
    vg_pool_free(run->pool);
    answer->simulated = run->samples.simulated;
    if (status == VG_OK) {
        fill_meta(run, &answer->meta);
    }
    return status != VG_OK ? status : answer->table.failed || answer->meta.failed || arena->failed ? vg_fail_memory(error, 0) : VG_OK;
}

vg_status vg_job_lineages_node(struct vg_store *store, const struct vg_request *request, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    struct vg_lineages_growth_request growth;
    vg_lineages_growth_request_init(&growth);
    growth.set = request->dataset;
    growth.level = request->level == NULL ? "" : request->level;
    growth.place = request->place;
    growth.show = request->show;
    growth.wish = &request->tree;
    growth.as_of = request->as_of;
    growth.seed = request->seed;
    growth.threads = 1;
    return vg_job_lineages_growth(store, &growth, arena, answer, error);
}
