/*
 * A run as tables: quantiles and paths in the hubverse's long form, needs as a plan reads them, and how each series stands.
 */
#include "jobs/demand/internal.h"

#include <math.h>
#include <string.h>

#define PLAN_PATHS_MOST 64

struct writing {
    struct demand_run *run;
    struct vg_table *table;
    int32_t reference; /* last day of the hospitals' file */
    double *path_days; /* [path * n_ahead + day] of one place */
    double *scratch;   /* [path] */
};

/* What a row is about: its target, and in needs its resource. */
struct subject {
    const char *target;
    struct vg_text resource;
    bool consumable;
};

static struct vg_text place_name(const struct writing *w, size_t place)
{
    return w->run->input.places.keys[place];
}

static void long_row(const struct writing *w, const struct subject *subject, size_t place, size_t day, const char *type,
                     double id, double value)
{
    struct vg_table *table = w->table;
    vg_table_date(table, w->reference);
    vg_table_text(table, subject->target);
    vg_table_integer(table, (int64_t)day + 1);
    vg_table_text_slice(table, place_name(w, place));
    vg_table_date(table, w->reference + (int32_t)day + 1);
    vg_table_text(table, type);
    vg_table_double(table, id);
    vg_table_double(table, job_rounded(value, 5, false));
    vg_table_text(table, "ok");
}

static void failed_row(const struct writing *w, const struct subject *subject, size_t place, const char *status)
{
    struct vg_table *table = w->table;
    vg_table_date(table, w->reference);
    vg_table_text(table, subject->target);
    vg_table_missing(table);
    vg_table_text_slice(table, place_name(w, place));
    for (size_t i = 0; i < 4; i++) {
        vg_table_missing(table);
    }
    vg_table_text(table, status);
}

/* A week's highest census, or its use, in whole units: what a planner can count out. */
static void need_rows(const struct writing *w, const struct subject *subject, size_t place)
{
    const size_t n_ahead = w->run->input.n_ahead, all = w->run->input.n_paths,
                 n = all < PLAN_PATHS_MOST ? all : PLAN_PATHS_MOST;
    for (size_t path = 0; path < n; path++) {
        for (size_t week = 0; 7 * week + 7 <= n_ahead; week++) {
            double amount = 0;
            for (size_t day = 7 * week; day < 7 * week + 7; day++) {
                const double value = w->path_days[path * n_ahead + day];
                amount = subject->consumable ? amount + value : fmax(amount, value);
            }
            vg_table_text_slice(w->table, place_name(w, place));
            vg_table_text_slice(w->table, subject->resource);
            vg_table_date(w->table, w->reference + 1 + 7 * (int32_t)week);
            vg_table_double(w->table, ceil(amount - 1e-9));
            vg_table_integer(w->table, (int64_t)path + 1);
            vg_table_double(w->table, 1.0 / (double)n);
        }
    }
}

/* The paths of w->path_days as rows; exact quantiles where the forecast has them. */
static void write_paths(const struct writing *w, const struct subject *subject, size_t place, const double *exact)
{
    const char *show = w->run->request->show;
    const size_t n_ahead = w->run->input.n_ahead, n_paths = w->run->input.n_paths;
    if (show != NULL && strcmp(show, "needs") == 0) {
        need_rows(w, subject, place);
        return;
    }
    for (size_t day = 0; day < n_ahead; day++) {
        double quantiles[VG_DEMAND_LEVELS];
        if (show != NULL && strcmp(show, "paths") == 0) {
            for (size_t path = 0; path < n_paths; path++) {
                long_row(w, subject, place, day, "sample", (double)path + 1, w->path_days[path * n_ahead + day]);
            }
            continue;
        }
        vg_demand_quantiles(w->path_days + day, n_paths, n_ahead, w->scratch, quantiles);
        for (size_t i = 0; i < VG_DEMAND_LEVELS; i++) {
            long_row(w, subject, place, day, "quantile", vg_demand_levels[i],
                     exact != NULL ? exact[day * VG_DEMAND_LEVELS + i] : quantiles[i]);
        }
    }
}

static const double *path_of(const struct writing *w, size_t resource, size_t path, size_t place)
{
    const struct demand_input *input = &w->run->input;
    return w->run->forecast[resource].paths + (path * input->n_places + place) * input->n_ahead;
}

static bool wants_needs(const struct writing *w)
{
    return w->run->request->show != NULL && strcmp(w->run->request->show, "needs") == 0;
}

static void write_census(const struct writing *w, size_t resource, size_t place)
{
    const struct demand_input *input = &w->run->input;
    const struct vg_demand_forecast *forecast = &w->run->forecast[resource];
    struct subject subject = {vg_arena_format(w->run->arena, "day prev %s", demand_resource_names[resource]),
                              vg_text_from(demand_resource_names[resource]), false};
    if (forecast->status[place] != VG_DEMAND_OK) {
        if (!wants_needs(w)) {
            failed_row(w, &subject, place, vg_demand_status_name(forecast->status[place]));
        }
        return;
    }
    for (size_t path = 0; path < input->n_paths; path++) {
        memcpy(w->path_days + path * input->n_ahead, path_of(w, resource, path, place), input->n_ahead * sizeof(double));
    }
    write_paths(w, &subject, place, forecast->quantiles + place * input->n_ahead * VG_DEMAND_LEVELS);
    const double beds = input->beds[resource] == NULL ? NAN : input->beds[resource][place];
    if (!isnan(beds) && !wants_needs(w)) {
        subject.target = vg_arena_format(w->run->arena, "day prev %s occupied", demand_resource_names[resource]);
        vg_demand_occupied(w->path_days, input->n_paths * input->n_ahead, beds, w->path_days);
        write_paths(w, &subject, place, NULL);
    }
}

/* How many are admitted on a path each day, as far as the census of r tells; where nothing is known of stays, by the usual ones. */
static void admitted_to(const struct writing *w, size_t r, size_t path, size_t place, double *admitted)
{
    const struct vg_demand_forecast *forecast = &w->run->forecast[r];
    const struct vg_demand_fit *fit = &forecast->fit[place];
    const bool known = fit->mean_days > 0;
    vg_demand_admitted(path_of(w, r, path, place), w->run->input.n_ahead, forecast->today[place], known ? fit->mean_days : demand_usual_days[r], known && fit->share > 0 ? fit->share : 1.0, admitted);
}

/* As given; else behind the census of the hospital, or of the ward where all admissions are counted (a share of them comes there), or of ward and intensive care together: who goes from one to the other counts twice. */
static bool add_admitted(const struct writing *w, double quantity, size_t place)
{
    const struct demand_input *input = &w->run->input;
    const double *coming = input->coming;
    double admitted[VG_DEMAND_DAYS_MOST];
    bool from[DEMAND_RESOURCES] = {false};
    const bool all = input->all_admissions != NULL, given = coming != NULL && !isnan(coming[place * input->n_ahead]);
    from[DEMAND_HOSPITAL] = w->run->made[DEMAND_HOSPITAL];
    from[DEMAND_WARD] = !from[DEMAND_HOSPITAL] && w->run->made[DEMAND_WARD];
    from[DEMAND_ICU] = !from[DEMAND_HOSPITAL] && w->run->made[DEMAND_ICU] && !(all && from[DEMAND_WARD]);
    bool any = given;
    for (size_t r = 0; r < DEMAND_RESOURCES && !given; r++) {
        if (from[r] && w->run->forecast[r].status[place] != VG_DEMAND_OK) {
            return false;
        }
        any = any || from[r];
    }
    for (size_t path = 0; any && path < input->n_paths; path++) {
        double *use = w->path_days + path * input->n_ahead;
        for (size_t day = 0; given && day < input->n_ahead; day++) {
            use[day] += quantity * coming[(path * input->n_places + place) * input->n_ahead + day];
        }
        for (size_t r = 0; r < DEMAND_RESOURCES && !given; r++) {
            if (from[r]) {
                admitted_to(w, r, path, place, admitted);
            }
            for (size_t day = 0; from[r] && day < input->n_ahead; day++) {
                use[day] += quantity * admitted[day];
            }
        }
    }
    return any;
}

/* Use of an item on each day and path; false where it hangs on no census that there is, or on a series that failed. */
static bool use_of(const struct writing *w, const struct demand_item *item, size_t place)
{
    const struct demand_input *input = &w->run->input;
    bool any = false;
    memset(w->path_days, 0, input->n_paths * input->n_ahead * sizeof(double));
    for (size_t r = 0; r < DEMAND_RESOURCES; r++) {
        if (!(item->quantity[r] > 0) || !w->run->made[r]) {
            continue;
        }
        if (w->run->forecast[r].status[place] != VG_DEMAND_OK) {
            return false;
        }
        any = true;
        for (size_t path = 0; path < input->n_paths; path++) {
            for (size_t day = 0; day < input->n_ahead; day++) {
                w->path_days[path * input->n_ahead + day] += item->quantity[r] * path_of(w, r, path, place)[day];
            }
        }
    }
    return item->of_admission > 0 ? add_admitted(w, item->of_admission, place) : any;
}

static void write_item(const struct writing *w, const struct demand_item *item, size_t place)
{
    const struct demand_input *input = &w->run->input;
    struct subject subject = {vg_arena_format(w->run->arena, "day use %.*s", (int)item->name.size, item->name.data), item->name,
                              true};
    if (!use_of(w, item, place)) {
        return;
    }
    write_paths(w, &subject, place, NULL);
    if (item->stock != NULL && !isnan(item->stock[place]) && !wants_needs(w)) {
        subject.target = vg_arena_format(w->run->arena, "cum missing %.*s", (int)item->name.size, item->name.data);
        vg_demand_beyond_stock(w->path_days, input->n_paths, input->n_ahead, item->stock[place], w->path_days);
        write_paths(w, &subject, place, NULL);
    }
}

/* ------------------------------------------------------------------- how each series stands */

static void full_cells(const struct writing *w, size_t resource, size_t place, double beds)
{
    const struct demand_input *input = &w->run->input;
    size_t full = 0, likely = input->n_ahead;
    for (size_t path = 0; path < input->n_paths; path++) {
        bool beyond = false;
        for (size_t day = 0; day < input->n_ahead; day++) {
            beyond = beyond || path_of(w, resource, path, place)[day] > beds;
        }
        full += beyond ? 1 : 0;
    }
    for (size_t day = input->n_ahead; day-- > 0;) {
        const double median =
            w->run->forecast[resource].quantiles[(place * input->n_ahead + day) * VG_DEMAND_LEVELS + VG_DEMAND_LEVELS / 2];
        likely = median > beds ? day : likely;
    }
    vg_table_double(w->table, (double)full / (double)input->n_paths);
    vg_table_date(w->table, likely < input->n_ahead ? w->reference + 1 + (int32_t)likely : VG_DATE_NONE);
}

static void write_status(const struct writing *w)
{
    static const char *const numbers[] = {"patients", "stay_days", "stay_low", "stay_high", "share", "beds", "chance_full"};
    const struct demand_input *input = &w->run->input;
    vg_table_add_column(w->table, "location", VG_COLUMN_TEXT);
    vg_table_add_column(w->table, "resource", VG_COLUMN_TEXT);
    vg_table_add_column(w->table, "status", VG_COLUMN_TEXT);
    vg_table_add_column(w->table, "reference_date", VG_COLUMN_DATE);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        vg_table_add_column(w->table, numbers[i], VG_COLUMN_DOUBLE);
    }
    vg_table_add_column(w->table, "likely_full", VG_COLUMN_DATE);
    for (size_t place = 0; place < input->n_places; place++) {
        for (size_t r = 0; r < DEMAND_RESOURCES; r++) {
            if (!w->run->made[r]) {
                continue;
            }
            const struct vg_demand_forecast *forecast = &w->run->forecast[r];
            const struct vg_demand_fit *fit = &forecast->fit[place];
            const double beds = input->beds[r] == NULL ? NAN : input->beds[r][place], spread = exp(1.96 * fit->log_error);
            const bool own = input->census[r] != NULL;
            vg_table_text_slice(w->table, place_name(w, place));
            vg_table_text(w->table, demand_resource_names[r]);
            vg_table_text(w->table, vg_demand_status_name(forecast->status[place]));
            vg_table_date(w->table, w->reference);
            vg_table_double(w->table, forecast->today[place]);
            vg_table_double(w->table, own ? job_rounded(fit->mean_days, 3, false) : NAN);
            vg_table_double(w->table, own ? job_rounded(fit->mean_days / spread, 3, false) : NAN);
            vg_table_double(w->table, own ? job_rounded(fit->mean_days * spread, 3, false) : NAN);
            vg_table_double(w->table, own ? job_rounded(fit->share, 3, false) : NAN);
            vg_table_double(w->table, beds);
            if (isnan(beds) || forecast->status[place] != VG_DEMAND_OK) {
                vg_table_missing(w->table);
                vg_table_missing(w->table);
            } else {
                full_cells(w, r, place, beds);
            }
        }
    }
}

static void add_columns(const struct writing *w)
{
    if (wants_needs(w)) {
        vg_table_add_column(w->table, "place", VG_COLUMN_TEXT);
        vg_table_add_column(w->table, "resource", VG_COLUMN_TEXT);
        vg_table_add_column(w->table, "date", VG_COLUMN_DATE);
        vg_table_add_column(w->table, "amount", VG_COLUMN_DOUBLE);
        vg_table_add_column(w->table, "path", VG_COLUMN_INTEGER);
        vg_table_add_column(w->table, "probability", VG_COLUMN_DOUBLE);
        return;
    }
    job_add_hubverse_columns(w->table);
    vg_table_add_column(w->table, "status", VG_COLUMN_TEXT);
}

vg_status demand_write(struct demand_run *run, struct vg_answer *answer)
{
    static const char *const shows[] = {"quantiles", "paths", "needs", "status"};
    const struct demand_input *input = &run->input;
    bool known = run->request->show == NULL;
    for (size_t i = 0; i < sizeof shows / sizeof *shows; i++) {
        known = known || strcmp(run->request->show, shows[i]) == 0;
    }
    if (!known) {
        return vg_fail(run->error, VG_USAGE_ERROR, "--show: \"%s\" is none of quantiles, paths, needs and status",
                       run->request->show);
    }
    struct writing w = {.run = run, .table = &answer->table, .reference = input->start + (int32_t)input->n_days - 1};
    w.path_days = VG_ARENA_ARRAY(run->arena, double, input->n_paths * input->n_ahead);
    w.scratch = VG_ARENA_ARRAY(run->arena, double, input->n_paths);
    if (w.path_days == NULL || w.scratch == NULL) {
        return vg_fail_memory(run->error, input->n_paths * input->n_ahead * sizeof(double));
    }
    if (run->request->show != NULL && strcmp(run->request->show, "status") == 0) {
        write_status(&w);
        return VG_OK;
    }
    add_columns(&w);
    for (size_t place = 0; place < input->n_places; place++) {
        for (size_t r = 0; r < DEMAND_RESOURCES; r++) {
            if (run->made[r]) {
                write_census(&w, r, place);
            }
        }
        for (size_t i = 0; i < input->n_items; i++) {
            write_item(&w, &input->items[i], place);
        }
    }
    return VG_OK;
}
