/*
 * What was observed, from a file or a node, and the course of transmission that led there, found with the engine itself in the loop.
 */
#include "jobs/simulate/internal.h"
#include "jobs/simulate/simulate.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define COLUMN_NONE SIZE_MAX
#define ENGINE_RUN_FIRST 1000000000 /* runs of calibration have seeds of their own */
#define TABLE_DRAWS 1000           /* where no runs are to follow */

struct observing {
    struct simulated_file *file;
    struct vg_arena *arena;
    struct vg_error *error;
    size_t n_days;                     /* room: days of the scenario */
    double *counts[VG_OBSERVED_KINDS]; /* [n_days] or NULL */
    int32_t last;                      /* newest day with a count */
};

static vg_status make_room(struct observing *o, size_t kind)
{
    if (o->counts[kind] != NULL) {
        return VG_OK;
    }
    o->counts[kind] = VG_ARENA_ARRAY(o->arena, double, o->n_days);
    for (size_t day = 0; o->counts[kind] != NULL && day < o->n_days; day++) {
        o->counts[kind][day] = NAN;
    }
    return o->counts[kind] == NULL ? vg_fail_memory(o->error, o->n_days * sizeof(double)) : VG_OK;
}

/* A count of step_days days from date on, spread evenly; what lies outside of the fitted time is passed over. */
static void put_count(struct observing *o, size_t kind, int32_t date, int32_t step_days, double value)
{
    const struct vg_scenario *scenario = &o->file->scenario;
    for (int32_t day = date; day < date + step_days; day++) {
        bool fitted = day >= scenario->start && day < scenario->start + (int32_t)o->n_days && (scenario->calibration.from == VG_DATE_NONE || day >= scenario->calibration.from) &&
                      (scenario->today == VG_DATE_NONE || day < scenario->today);
        if (fitted) {
            double *cell = &o->counts[kind][day - scenario->start];
            *cell = (isnan(*cell) ? 0 : *cell) + value / step_days;
            o->last = o->last == VG_DATE_NONE || day > o->last ? day : o->last;
        }
    }
}

/* -------------------------------------------------------------------- file */

struct observed_file { const char *path; struct vg_reader *reader; size_t date, column[VG_OBSERVED_KINDS]; };

static size_t find_column(const struct vg_reader *reader, const char *names)
{
    for (const char *at = names; *at != '\0';) {
        size_t length = strcspn(at, "|");
        for (size_t column = 0; column < vg_reader_column_count(reader); column++) {
            if (vg_text_fold_equal(vg_reader_heading(reader, column), vg_text_of(at, length))) {
                return column;
            }
        }
        at += length + (at[length] == '|' ? 1 : 0);
    }
    return COLUMN_NONE;
}

static vg_status bad_cell(const struct observing *o, const struct observed_file *file, uint64_t line, size_t column, struct vg_text cell, const char *expected)
{
    struct vg_text heading = vg_reader_heading(file->reader, column);
    return vg_fail(o->error, VG_DATA_ERROR, "%s, line %llu, column %.*s: %s was expected, not \"%.*s\"", file->path, (unsigned long long)line, (int)heading.size, heading.data, expected,
                   cell.size > 60 ? 60 : (int)cell.size, cell.data);
}

static vg_status take_row(struct observing *o, const struct observed_file *file, const struct vg_text *cells, uint64_t line)
{
    int32_t date = 0;
    struct vg_text cell = vg_text_trim(cells[file->date]);
    if (!vg_date_parse_iso(cell, &date)) {
        return bad_cell(o, file, line, file->date, cell, "a date like 2021-12-31");
    }
    for (size_t kind = 0; kind < VG_OBSERVED_KINDS; kind++) {
        double value = 0;
        if (file->column[kind] == COLUMN_NONE) {
            continue;
        }
        cell = vg_text_trim(cells[file->column[kind]]);
        if (cell.size > 0 && (!vg_parse_double(cell, '.', &value) || !(value >= 0) || isinf(value))) {
            return bad_cell(o, file, line, file->column[kind], cell, "a count of 0 or more, or nothing");
        }
        if (cell.size > 0) {
            put_count(o, kind, date, 1, value);
        }
    }
    return VG_OK;
}

static vg_status read_file(struct observing *o)
{
    static const char *const headings[VG_OBSERVED_KINDS] = {"cases|reported", "admissions|hosp|hospital_admissions", "icu|icu_admissions", "deaths|death"};
    struct observed_file file = {.path = vg_intake_scenario_path(&o->file->scenario, o->file->scenario.calibration.observed, o->arena)};
    struct vg_row_batch batch;
    if (file.path == NULL) {
        return vg_fail_memory(o->error, 0);
    }
    vg_status status = vg_reader_open(file.path, NULL, &file.reader, o->error);
    if (status != VG_OK) {
        return status;
    }
    bool any = false;
    file.date = find_column(file.reader, "date|day");
    for (size_t kind = 0; status == VG_OK && kind < VG_OBSERVED_KINDS; kind++) {
        file.column[kind] = find_column(file.reader, headings[kind]);
        any = any || file.column[kind] != COLUMN_NONE;
        status = file.column[kind] != COLUMN_NONE ? make_room(o, kind) : VG_OK;
    }
    if (status == VG_OK && (file.date == COLUMN_NONE || !any)) {
        status = vg_fail(o->error, VG_DATA_ERROR, "%s: a column date and one of cases, admissions, icu, deaths are needed", file.path);
    }
    while (status == VG_OK) {
        status = vg_reader_next(file.reader, &batch, o->error);
        if (status != VG_OK || batch.n_rows == 0) {
            break;
        }
        for (size_t row = 0; status == VG_OK && row < batch.n_rows; row++) {
            status = take_row(o, &file, batch.cells + row * batch.n_columns, batch.lines[row]);
        }
    }
    vg_reader_close(file.reader);
    return status;
}

/* ------------------------------------------------------------------ counts */

static vg_status read_counts(struct observing *o)
{
    const struct vg_scenario_calibration *said = &o->file->scenario.calibration;
    const struct vg_number_list *lists[VG_OBSERVED_KINDS] = {&said->cases, &said->admissions, &said->icu, &said->deaths};
    for (size_t kind = 0; kind < VG_OBSERVED_KINDS; kind++) {
        vg_status status = lists[kind]->count > 0 ? make_room(o, kind) : VG_OK;
        if (status != VG_OK) {
            return status;
        }
        for (size_t day = 0; day < lists[kind]->count; day++) {
            if (lists[kind]->items[day] >= 0) {
                put_count(o, kind, said->counts_from + (int32_t)day, 1, lists[kind]->items[day]);
            }
        }
    }
    return VG_OK;
}

/* -------------------------------------------------------------------- node */

static vg_status read_node(struct observing *o)
{
    const struct vg_scenario_calibration *said = &o->file->scenario.calibration;
    const char *folder = vg_intake_scenario_path(&o->file->scenario, said->node, o->arena);
    struct vg_store *store = NULL;
    struct vg_request request;
    struct simulate_counts counts;
    vg_request_init(&request);
    request.dataset = said->dataset;
    request.place = said->node_place;
    vg_status status = folder == NULL ? vg_fail_memory(o->error, 0) : vg_store_open(folder, VG_STORE_READ, &store, o->error);
    if (status == VG_OK) {
        status = simulate_node_counts(store, &request, o->arena, &counts, o->error);
    }
    for (size_t kind = 0; status == VG_OK && kind < VG_OBSERVED_KINDS; kind++) {
        status = counts.counts[kind] == NULL ? VG_OK : make_room(o, kind);
        for (size_t day = 0; status == VG_OK && counts.counts[kind] != NULL && day < counts.n_days; day++) {
            if (!isnan(counts.counts[kind][day])) {
                put_count(o, kind, counts.from + (int32_t)day, 1, counts.counts[kind][day]);
            }
        }
    }
    vg_store_close(store);
    return status;
}

/* ------------------------------------------------------------------ engine */

struct engine_runs {
    struct simulated_file *file;
    struct vg_pool *pool;
    const struct simulate_stop *stop;
    const struct vg_scenario_history *history;
    size_t n_days, n_runs;
    double *counts;                    /* [n_runs * VG_OBSERVED_KINDS * n_days] */
    atomic_int status;
};
struct engine_run { const struct engine_runs *all; double *counts; int32_t lead; };

/* The ensemble's runs, each to be brought to its draw. */
struct bringing {
    struct engine_runs runs;
    const struct vg_renewal_world *renewal;
    const struct vg_observed *observed;
    const struct vg_calibration_options *options;
    double *gaps;                      /* [runs] */
};
struct own_run { struct engine_runs *runs; size_t number; };

static bool count_day(void *context, const struct vg_day *day)
{
    static const enum vg_count_kind kinds[VG_OBSERVED_KINDS] = {VG_COUNT_REPORTED, VG_COUNT_ADMISSIONS, VG_COUNT_ICU, VG_COUNT_DEATHS};
    struct engine_run *run = context;
    size_t cells = day->n_municipalities * day->n_ages * day->n_variants;
    for (size_t kind = 0; kind < VG_OBSERVED_KINDS; kind++) {
        const uint32_t *counts = day->counts + (size_t)kinds[kind] * cells;
        double sum = 0;
        for (size_t i = 0; i < cells; i++) {
            sum += counts[i];
        }
        run->counts[kind * run->all->n_days + (size_t)(day->day - run->lead)] = sum / run->all->file->world->people_scale;
    }
    return run->all->stop == NULL || !run->all->stop->asked(run->all->stop->context);
}

static vg_status run_once(const struct engine_runs *all, const struct vg_scenario_history *history, size_t number, double *counts, struct vg_error *error)
{
    struct engine_run run = {all, counts, all->file->world->lead_days};
    struct vg_epidemic *epidemic = NULL;
    struct vg_epidemic_input input;
    struct vg_scenario own;
    struct vg_arena arena;
    vg_arena_init(&arena, 0);
    vg_status status = simulate_variation(&all->file->scenario, 0, &arena, &own, error);
    if (status == VG_OK) {
        status = vg_control_scenario_input(&own, 0, all->file->world, history, number, &arena, &input, error);
    }
    if (status == VG_OK) {
        input.context = &run;
        input.on_day = count_day;
        status = vg_epidemic_new(&input, NULL, &epidemic, error);
    }
    if (status == VG_OK) {
        status = vg_epidemic_advance(epidemic, (int32_t)all->n_days, error);
    }
    vg_epidemic_free(epidemic);
    vg_arena_release(&arena);
    return status;
}

static void engine_item(void *context, size_t item, unsigned worker)
{
    (void)worker;
    struct engine_runs *all = context;
    struct vg_error error;
    vg_status status = run_once(all, all->history, ENGINE_RUN_FIRST + item, all->counts + item * VG_OBSERVED_KINDS * all->n_days, &error);
    if (status != VG_OK) {
        atomic_store(&all->status, (int)status);
    }
}

static vg_status run_engine(void *context, const struct vg_scenario_history *history, size_t n_days, double *expected, struct vg_error *error)
{
    struct engine_runs *all = context;
    size_t cells = VG_OBSERVED_KINDS * n_days;
    all->history = history;
    all->n_days = n_days;
    all->counts = calloc(all->n_runs * cells, sizeof *all->counts);
    if (all->counts == NULL) {
        return vg_fail_memory(error, all->n_runs * cells * sizeof(double));
    }
    atomic_store(&all->status, VG_OK);
    vg_parallel_for(all->pool, all->n_runs, engine_item, all);
    for (size_t i = 0; i < cells; i++) {
        expected[i] = 0;
        for (size_t run = 0; run < all->n_runs; run++) {
            expected[i] += all->counts[run * cells + i] / (double)all->n_runs;
        }
    }
    free(all->counts);
    vg_status status = (vg_status)atomic_load(&all->status);
    return status == VG_OK ? VG_OK : vg_fail(error, status, "%s", status == VG_CANCELLED ? "stopped while calibrating" : "a run of the calibration failed");
}

static vg_status run_own(void *context, const struct vg_scenario_history *history, size_t n_days, double *expected, struct vg_error *error)
{
    struct own_run *own = context;
    memset(expected, 0, VG_OBSERVED_KINDS * n_days * sizeof *expected);
    return run_once(own->runs, history, own->number, expected, error);
}

static void bring_item(void *context, size_t item, unsigned worker)
{
    (void)worker;
    struct bringing *b = context;
    struct own_run own = {&b->runs, item};
    struct vg_error error;
    const struct vg_scenario *scenario = &b->runs.file->scenario;
    if (atomic_load(&b->runs.status) != VG_OK) {
        return;
    }
    vg_status status = vg_control_calibrate_run(b->renewal, scenario, b->observed, b->options, b->runs.file->calibration, item, (size_t)scenario->calibration.run_rounds, run_own, &own,
                                                &b->gaps[item], &error);
    if (status != VG_OK) {
        atomic_store(&b->runs.status, (int)status);
    }
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return x < y ? -1 : x > y ? 1 : 0;
}

static vg_status bring_runs(struct bringing *b, size_t n_runs, struct vg_arena *arena, struct vg_error *error)
{
    b->gaps = VG_ARENA_ARRAY(arena, double, n_runs);
    if (b->gaps == NULL) {
        return vg_fail_memory(error, n_runs * sizeof(double));
    }
    b->runs.n_days = b->observed->n_days;
    atomic_store(&b->runs.status, VG_OK);
    vg_parallel_for(b->runs.pool, n_runs, bring_item, b);
    vg_status status = (vg_status)atomic_load(&b->runs.status);
    if (status != VG_OK) {
        return vg_fail(error, status, "%s", status == VG_CANCELLED ? "stopped while calibrating" : "a run could not be brought to its history");
    }
    qsort(b->gaps, n_runs, sizeof *b->gaps, compare_doubles);
    b->runs.file->calibration->run_gap = vg_quantile_sorted(b->gaps, n_runs, 0.5);
    return VG_OK;
}

static vg_status observe(struct observing *o)
{
    const struct vg_scenario_calibration *said = &o->file->scenario.calibration;
    vg_status status = said->observed != NULL ? read_file(o) : said->node != NULL ? read_node(o) : read_counts(o);
    if (status == VG_OK && o->last == VG_DATE_NONE) {
        char start[VG_DATE_TEXT_BYTES];
        (void)vg_date_print(o->file->scenario.start, start);
        status = vg_fail(o->error, VG_DATA_ERROR, "%s: nothing was observed in the %d days from %s on", o->file->scenario.file_name, o->file->scenario.days, start);
    }
    return status;
}

vg_status simulate_calibrate(struct simulated_file *file, size_t n_runs, struct vg_pool *pool, const struct simulate_stop *stop, struct vg_arena *arena, struct vg_error *error)
{
    struct vg_scenario *scenario = &file->scenario;
    const struct vg_scenario_calibration *said = &scenario->calibration;
    struct observing o = {.file = file, .arena = arena, .error = error, .n_days = (size_t)scenario->days, .last = VG_DATE_NONE};
    struct vg_renewal_world *renewal = vg_arena_alloc(arena, 1, sizeof *renewal);
    struct vg_calibration *calibration = vg_arena_alloc(arena, 1, sizeof *calibration);
    double persons = file->world->persons;
    struct engine_runs engine = {.file = file, .pool = pool, .stop = stop, .n_runs = persons < 3e5 ? 16 : persons < 3e6 ? 8 : 4};
    struct vg_calibration_options options = {.seed = (uint64_t)scenario->seed, .block_days = said->block_days, .change_sd = said->change_sd, .estimate_reporting = said->estimate_reporting,
                                             .estimate_severity = said->estimate_severity, .n_draws = n_runs == 0 ? TABLE_DRAWS : n_runs, .engine_rounds = (size_t)said->engine_rounds,
                                             .engine = said->engine_rounds > 0 ? run_engine : NULL, .engine_context = &engine};
    if (renewal == NULL || calibration == NULL) {
        return vg_fail_memory(error, sizeof *renewal);
    }
    struct vg_observed observed = {.n_days = 0};
    vg_status status = observe(&o);
    if (status == VG_OK) {
        scenario->today = scenario->today == VG_DATE_NONE ? o.last + 1 : scenario->today;
        observed.n_days = (size_t)(o.last + 1 - scenario->start);
        vg_control_renewal_world(scenario, file->world, renewal);
        vg_control_observed_mask(renewal, observed.n_days, o.counts);
        for (size_t kind = 0; kind < VG_OBSERVED_KINDS; kind++) {
            observed.counts[kind] = o.counts[kind];
            file->tables_hash = o.counts[kind] == NULL ? file->tables_hash : vg_hash_bytes(o.counts[kind], observed.n_days * sizeof(double), file->tables_hash);
        }
        if (stop != NULL && stop->expect != NULL) {
            stop->expect(stop->context, (double)observed.n_days * ((double)said->engine_rounds * (double)engine.n_runs + (double)said->run_rounds * (double)n_runs));
        }
        status = vg_control_calibrate(renewal, scenario, &observed, &options, file->world->r0, arena, calibration, error);
    }
    if (status != VG_OK) {
        return error == NULL || status == VG_CANCELLED ? status : vg_fail_context(error, "calibration: ");
    }
    file->calibration = calibration;
    struct bringing bringing = {.runs = engine, .renewal = renewal, .observed = &observed, .options = &options};
    return n_runs > 0 && said->run_rounds > 0 ? bring_runs(&bringing, n_runs, arena, error) : VG_OK;
}

/* -------------------------------------------------------------- as a table */

static void row(struct vg_table *table, const char *what, int32_t from, double mean, double low, double high)
{
    vg_table_text(table, what);
    vg_table_date(table, from);
    vg_table_double(table, mean);
    vg_table_double(table, low);
    vg_table_double(table, high);
}

static void write_calibration(const struct simulated_file *file, struct vg_answer *answer)
{
    static const char *const kinds[VG_OBSERVED_KINDS] = {"size_cases", "size_admissions", "size_icu", "size_deaths"};
    const struct vg_calibration *c = file->calibration;
    struct vg_table *table = &answer->table;
    vg_table_add_column(table, "what", VG_COLUMN_TEXT);
    vg_table_add_column(table, "from", VG_COLUMN_DATE);
    vg_table_add_column(table, "mean", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "q025", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "q975", VG_COLUMN_DOUBLE);
    for (size_t b = 0; b < c->n_blocks; b++) {
        row(table, "r_without_immunity", file->scenario.start + (int32_t)b * c->mode.block_days, c->r_mean[b], c->r_low[b], c->r_high[b]);
    }
    row(table, "reported_share", VG_DATE_NONE, c->reported[0], c->reported[1], c->reported[2]);
    row(table, "infected_share", file->scenario.today - 1, c->infected_share[0], c->infected_share[1], c->infected_share[2]);
    row(table, "infections_per_day_at_start", file->scenario.start, c->mode.infections_per_day, NAN, NAN);
    row(table, "odds_of_admission", VG_DATE_NONE, c->mode.severity, NAN, NAN);
    row(table, "risk_of_death", VG_DATE_NONE, c->mode.fatality, NAN, NAN);
    for (size_t kind = 0; kind < VG_OBSERVED_KINDS; kind++) {
        if (!isnan(c->dispersion[kind])) {
            row(table, kinds[kind], VG_DATE_NONE, c->dispersion[kind], NAN, NAN);
        }
    }
    row(table, "gap_of_engine", VG_DATE_NONE, c->worst_gap, NAN, NAN);
    row(table, "acceptance", VG_DATE_NONE, c->acceptance, NAN, NAN);
}

vg_status vg_job_simulate_calibrate(const char *path, unsigned threads, const struct vg_progress *progress, struct vg_arena *arena, struct vg_answer *answer,
                                    struct vg_error *error)
{
    struct simulated_file *file = vg_arena_alloc(arena, 1, sizeof *file);
    struct vg_pool *pool = vg_pool_new(threads);
    if (file == NULL) {
        vg_pool_free(pool);
        return vg_fail_memory(error, sizeof *file);
    }
    vg_status status = simulate_gather(path, pool, arena, file, error);
    if (status == VG_OK && !vg_scenario_is_calibrated(&file->scenario)) {
        status = vg_fail(error, VG_DATA_ERROR, "%s: [calibration] names neither observed nor node, and has no counts", path);
    }
    if (status == VG_OK) {
        status = vg_control_world_new(&file->scenario, &file->facts, 1, pool, &file->world, error);
    }
    if (status == VG_OK && !vg_progress_report(progress, "calibration", 0)) {
        status = vg_fail(error, VG_CANCELLED, "stopped before calibrating");
    }
    if (status == VG_OK) {
        status = simulate_calibrate(file, 0, pool, NULL, arena, error);
    }
    if (status == VG_OK) {
        write_calibration(file, answer);
    }
    vg_control_world_free(file->world);
    vg_pool_free(pool);
    return status == VG_OK && answer->table.failed ? vg_fail_memory(error, 0) : status;
}
