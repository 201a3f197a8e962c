/*
 * A tree in time: its rate and root, the dates of its nodes, and itself with them as Auspice JSON.
 */
#include "jobs/lineages/places.h"

#include "trace/genome/clock/clock.h"

#include <math.h>
#include <string.h>

struct clock_run {
    const struct vg_lineages_tree_request *request;
    struct placed_tree placed;
    struct vg_clock clock;
    struct vg_arena *arena;
    struct vg_error *error;
};

static void rate_row(struct vg_table *table, const char *quantity, double value, double low, double high, const char *note)
{
    vg_table_text(table, quantity);
    lineages_number(table, value);
    lineages_number(table, low);
    lineages_number(table, high);
    vg_table_text(table, note);
}

/* Years to the day: four digits behind the point would be none with as many digits as other numbers have. */
static void year_row(struct vg_table *table, const char *quantity, double year, double low, double high, const char *note)
{
    const double values[] = {year, low, high};
    vg_table_text(table, quantity);
    for (size_t i = 0; i < 3; i++) {
        if (isfinite(values[i])) {
            vg_table_double(table, round(values[i] * 1e4) / 1e4);
        } else {
            vg_table_missing(table);
        }
    }
    vg_table_text(table, note);
}

static const char *day_note(struct clock_run *run, double year)
{
    char text[VG_DATE_TEXT_BYTES];
    return vg_date_print(vg_clock_date_of_year(year), text) == 0 ? NULL : vg_arena_copy(run->arena, text);
}

static void show_rate(struct clock_run *run, struct vg_table *table)
{
    const struct vg_clock *clock = &run->clock;
    double sites = run->placed.tree->length, root_low = clock->low == NULL ? NAN : clock->low[0], root_high = clock->low == NULL ? NAN : clock->high[0];
    bool given = isfinite(run->request->rate), intervals = clock->low != NULL && !given;
    vg_table_add_column(table, "quantity", VG_COLUMN_TEXT);
    vg_table_add_column(table, "value", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "low", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "high", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "note", VG_COLUMN_TEXT);
    rate_row(table, "mutations_per_year", clock->rate, intervals ? clock->rate_low : NAN, intervals ? clock->rate_high : NAN, given ? "as given" : clock->drawn ? "of resolved trees that were drawn" : "least squares over the tree");
    rate_row(table, "mutations_per_site_and_year", clock->rate / sites, intervals ? clock->rate_low / sites : NAN, intervals ? clock->rate_high / sites : NAN,
             vg_arena_format(run->arena, "of %u sites", run->placed.tree->length));
    year_row(table, "root_year", clock->years[0], root_low, root_high, day_note(run, clock->years[0]));
    rate_row(table, "regression_mutations_per_year", clock->regression.rate, NAN, NAN, "root to tip");
    year_row(table, "regression_root_year", clock->regression.root_year, NAN, NAN, day_note(run, clock->regression.root_year));
    rate_row(table, "r_squared", clock->regression.r_squared, NAN, NAN, "of the regression");
    rate_row(table, "dispersion", clock->dispersion, NAN, NAN, clock->dispersion > 1.5 ? "above 1: the clock is relaxed, and intervals allow for it" : "1: a strict clock");
    rate_row(table, "dated_leaves", (double)clock->regression.n, NAN, NAN, NULL);
    rate_row(table, "outliers", (double)clock->regression.n_outliers, NAN, NAN, "leaves off the line, dated by the clock instead");
}

static void show_dates(struct clock_run *run, struct vg_table *table)
{
    static const struct { const char *name; enum vg_column_kind kind; } columns[] = {{"node", VG_COLUMN_TEXT}, {"leaf", VG_COLUMN_BOOLEAN}, {"date", VG_COLUMN_DATE},
        {"low", VG_COLUMN_DATE}, {"high", VG_COLUMN_DATE}, {"num_date", VG_COLUMN_DOUBLE}, {"given", VG_COLUMN_DATE}, {"outlier", VG_COLUMN_BOOLEAN}};
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        vg_table_add_column(table, columns[i].name, columns[i].kind);
    }
    for (uint32_t v = 0; v < run->placed.tree->n_nodes; v++) {
        const struct vg_clock *clock = &run->clock;
        lineages_node(table, run->placed.tree, v);
        vg_table_boolean(table, vg_tree_is_leaf(run->placed.tree, v));
        vg_table_date(table, vg_clock_date_of_year(clock->years[v]));
        vg_table_date(table, clock->low == NULL ? VG_DATE_NONE : vg_clock_date_of_year(clock->low[v]));
        vg_table_date(table, clock->low == NULL ? VG_DATE_NONE : vg_clock_date_of_year(clock->high[v]));
        vg_table_double(table, round(clock->years[v] * 1e5) / 1e5);
        vg_table_date(table, isfinite(run->placed.years[v]) ? vg_clock_date_of_year(run->placed.years[v]) : VG_DATE_NONE);
        vg_table_boolean(table, clock->outliers[v] != 0);
    }
}

/* The tree with num_date, and the regions that metadata gave, in the place of its own columns of these names. */
static vg_status write_tree(struct clock_run *run, struct vg_buffer *bytes)
{
    const struct vg_tree *tree = run->placed.tree;
    struct vg_tree dated = *tree;
    const char *region = run->request->region == NULL ? "country" : run->request->region;
    struct vg_tree_column *columns = VG_ARENA_ARRAY(run->arena, struct vg_tree_column, (size_t)tree->n_columns + 4);
    if (columns == NULL) {
        return vg_fail_memory(run->error, tree->n_columns);
    }
    dated.n_columns = 0;
    bool placed = run->request->metadata_path != NULL && run->placed.n_placed > 0;
    for (uint32_t i = 0; i < tree->n_columns; i++) {
        struct vg_text name = tree->columns[i].name;
        if (!vg_text_equals(name, "num_date") && !vg_text_equals(name, "num_date_low") && !vg_text_equals(name, "num_date_high") && !(placed && vg_text_equals(name, region))) {
            columns[dated.n_columns++] = tree->columns[i];
        }
    }
    columns[dated.n_columns++] = (struct vg_tree_column){.name = vg_text_from("num_date"), .numbers = run->clock.years};
    if (run->clock.low != NULL) { /* Auspice has them as the date's confidence */
        columns[dated.n_columns++] = (struct vg_tree_column){.name = vg_text_from("num_date_low"), .numbers = run->clock.low};
        columns[dated.n_columns++] = (struct vg_tree_column){.name = vg_text_from("num_date_high"), .numbers = run->clock.high};
    }
    if (placed) {
        columns[dated.n_columns++] = (struct vg_tree_column){.name = vg_text_from(region), .codes = run->placed.regions, .values = run->placed.names.keys,
                                                             .n_values = (uint32_t)run->placed.n_regions};
    }
    dated.columns = columns;
    struct vg_tree_write_options options = {.updated = vg_date_today()};
    struct vg_tree_sink sink = vg_tree_sink_of(bytes);
    return vg_tree_write(&dated, VG_TREE_AUSPICE, &options, &sink, run->error);
}

vg_status vg_job_lineages_clock(const struct vg_lineages_tree_request *request, struct vg_arena *arena, struct vg_answer *answer, struct vg_buffer *bytes,
                                struct vg_error *error)
{
    struct clock_run run = {.request = request, .arena = arena, .error = error};
    struct vg_clock_model model;
    const char *show = request->show == NULL ? "rate" : request->show;
    vg_clock_model_defaults(&model);
    model.rate = request->rate;
    model.seed = request->seed;
    model.n_replicates = request->n_replicates < 0 ? model.n_replicates : (size_t)request->n_replicates;
    if (strcmp(show, "rate") != 0 && strcmp(show, "dates") != 0 && strcmp(show, "tree") != 0) {
        return vg_fail(error, VG_USAGE_ERROR, "--show is rate, dates or tree, not \"%.40s\"", show);
    }
    vg_status status = placed_tree_open(request, false, arena, &run.placed, error);
    if (status == VG_OK && run.placed.n_dated == 0) {
        status = vg_fail(error, VG_DATA_ERROR, "no leaf of %s has a date: give --metadata with columns strain and date", request->tree_path);
    }
    struct vg_pool *pool = vg_pool_new(request->threads);
    if (status == VG_OK) {
        status = vg_clock_date(run.placed.tree, run.placed.years, &model, pool, arena, &run.clock, error);
    }
    vg_pool_free(pool);
    if (status == VG_OK && strcmp(show, "tree") == 0) {
        status = write_tree(&run, bytes);
    } else if (status == VG_OK) {
        if (strcmp(show, "rate") == 0) {
            show_rate(&run, &answer->table);
        } else {
            show_dates(&run, &answer->table);
        }
        vg_buffer_char(&answer->meta, '{');
        job_meta_number(&answer->meta, "leaves", run.placed.tree->n_leaves);
        job_meta_number(&answer->meta, "leaves_with_date", (double)run.placed.n_dated);
        job_meta_number(&answer->meta, "dates_without_day", (double)run.placed.n_partial);
        job_meta_number(&answer->meta, "rows_of_no_leaf", (double)run.placed.n_unknown_rows);
        status = vg_job_warn_of_names(run.placed.tree, NULL, arena, answer, error);
        vg_buffer_char(&answer->meta, '}');
    }
    placed_tree_close(&run.placed);
    return status != VG_OK ? status : answer->table.failed || arena->failed ? vg_fail_memory(error, 0) : VG_OK;
}
