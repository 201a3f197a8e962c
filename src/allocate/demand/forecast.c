/*
 * Paths and quantiles of the census to come. All places share the course of each path: its common error is a random walk over
 * the weeks whose end is spread evenly over the paths, its tails are Student's, and in one place a part of its own is added.
 */
#include "allocate/demand/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FREEDOM 5.0 /* degrees of freedom of the errors' law: weeks differ in how far off forecasts are */

const double vg_demand_levels[VG_DEMAND_LEVELS] = {0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4,   0.45, 0.5,
                                                   0.55, 0.6,   0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.975, 0.99};
enum { DRAW_COMMON = 0x4400, DRAW_PLACE, DRAW_ORDER, DRAW_STAY, DRAW_OWN_ORDER };

void vg_demand_settings_defaults(struct vg_demand_settings *settings)
{
    *settings = (struct vg_demand_settings){.n_ahead = VG_DEMAND_DAYS_MOST, .n_paths = 200, .seed = 20210205};
    vg_demand_stay_defaults(&settings->stay);
}

/* One path's errors as it runs through the four weeks, each with variance 1. */
struct course {
    double at[DEMAND_WEEKS];
};

/* A random walk whose end is given: week by week back from it (a Brownian bridge). */
static struct course course_to(double end, struct vg_random *random)
{
    struct course course;
    double value = end * sqrt((double)DEMAND_WEEKS);
    for (size_t week = DEMAND_WEEKS; week-- > 0;) {
        const double weeks = (double)(week + 1);
        course.at[week] = value / sqrt(weeks);
        value = value * (weeks - 1) / weeks + sqrt((weeks - 1) / weeks) * vg_random_normal(random);
    }
    return course;
}

struct path_law {
    struct course common;
    double stretch; /* of all its errors: what makes a normal law Student's */
    double stay;    /* of the stay, standard normal */
};

/* Numbers 0 .. n - 1 in random order. */
static void shuffle(struct vg_random *random, size_t n, size_t *order)
{
    for (size_t i = 0; i < n; i++) {
        const size_t other = vg_random_below(random, (uint32_t)(i + 1));
        order[i] = order[other];
        order[other] = i;
    }
}

/* The ends of the common courses lie at evenly spaced probabilities, in random order, so that few paths already show the range.
 */
static vg_status draw_paths(const struct vg_demand_settings *settings, struct vg_arena *arena, struct path_law **laws,
                            struct vg_error *error)
{
    const size_t n = settings->n_paths;
    size_t *order = VG_ARENA_ARRAY(arena, size_t, n);
    *laws = VG_ARENA_ARRAY(arena, struct path_law, n);
    if (order == NULL || *laws == NULL) {
        return vg_fail_memory(error, n * sizeof **laws);
    }
    struct vg_random random = vg_random_stream(settings->seed, 0, 0, DRAW_ORDER);
    shuffle(&random, n, order);
    for (size_t path = 0; path < n; path++) {
        random = vg_random_stream(settings->seed, 0, (uint32_t)path, DRAW_COMMON);
        (*laws)[path].common =
            course_to(vg_normal_quantile(((double)order[path] + vg_random_uniform(&random)) / (double)n), &random);
        (*laws)[path].stretch = sqrt(FREEDOM / (2 * vg_random_gamma(&random, FREEDOM / 2, 1)));
        (*laws)[path].stay = vg_random_normal(&random);
    }
    return VG_OK;
}

/* A figure of the weeks' ends at any day, straight on from 0 today. */
static double between(const double weeks[DEMAND_WEEKS], size_t ahead)
{
    const size_t week = ahead / 7;
    const double low = week == 0 ? 0 : weeks[week - 1], high = week < DEMAND_WEEKS ? weeks[week] : low;
    return low + (high - low) * (double)(ahead % 7) / 7;
}

struct run {
    const struct vg_demand_settings *settings;
    const struct demand_rows *rows;
    const struct demand_grid *grid;
    const struct demand_learnt *learnt;
    const struct path_law *laws;
    struct vg_demand_forecast *out;
    double *scratch;               /* [path] */
    size_t *order;                 /* [path] */
    struct course *own;            /* [path] of the place at hand */
    double unit[VG_DEMAND_LEVELS]; /* quantiles of the errors' law with variance 1 */
    size_t start;                  /* last day */
};

static double weekday_step(const struct run *run, size_t ahead)
{
    const double *effect = run->rows->weekday[run->start];
    return effect[(run->start + ahead) % 7] - effect[run->start % 7];
}

/* The error of one path in one place after so many days: what is shared, what is its own, by Student's law. */
static double error_of(const struct run *run, const struct path_law *law, const struct course *own, size_t ahead,
                       double variance)
{
    double mixed[DEMAND_WEEKS];
    const double together = run->learnt->together;
    for (size_t week = 0; week < DEMAND_WEEKS; week++) {
        mixed[week] = sqrt(together) * law->common.at[week] + sqrt(1 - together) * own->at[week];
    }
    const double z = ahead < 7 ? mixed[0] : between(mixed, ahead);
    return sqrt(variance * (FREEDOM - 2) / FREEDOM) * law->stretch * z;
}

static double *path_cells(const struct run *run, size_t path, size_t place)
{
    return run->out->paths + (path * run->rows->n_places + place) * run->settings->n_ahead;
}

/* Places' own courses end at evenly spaced probabilities, too, in an order of their own. */
static void own_courses(const struct run *run, size_t place)
{
    const size_t n = run->settings->n_paths;
    struct vg_random random =
        vg_random_stream(run->settings->seed, (uint32_t)place, 0, DRAW_OWN_ORDER + 16 * run->settings->purpose);
    shuffle(&random, n, run->order);
    for (size_t path = 0; path < n; path++) {
        random =
            vg_random_stream(run->settings->seed, (uint32_t)place, (uint32_t)path, DRAW_PLACE + 16 * run->settings->purpose);
        run->own[path] =
            course_to(vg_normal_quantile(((double)run->order[path] + vg_random_uniform(&random)) / (double)n), &random);
    }
}

/* Growth as learnt; quantiles are exact, paths are drawn from the same law. */
static void forecast_learnt(const struct run *run, size_t place)
{
    const struct demand_rows *rows = run->rows;
    double growth[DEMAND_WEEKS], square[DEMAND_WEEKS];
    const double patients = rows->census[place * rows->n_days + run->start],
                 level = rows->log_census[place * rows->n_days + run->start];
    for (size_t week = 0; week < DEMAND_WEEKS; week++) {
        double x[DEMAND_FEATURES];
        demand_features(rows, place, run->start, week, x);
        growth[week] = 0;
        for (size_t i = 0; i < DEMAND_FEATURES; i++) {
            growth[week] += x[i] * run->learnt->coefficients[week][i];
        }
        square[week] = run->learnt->square[week];
    }
    const double chance = run->learnt->small / (patients + 1);
    for (size_t h = 1; h <= run->settings->n_ahead; h++) {
        const double middle = level + between(growth, h) + weekday_step(run, h),
                     variance = between(square, h) + chance * fmin(1, (double)h / 7);
        double *quantiles = run->out->quantiles + (place * run->settings->n_ahead + h - 1) * VG_DEMAND_LEVELS;
        for (size_t i = 0; i < VG_DEMAND_LEVELS; i++) {
            quantiles[i] = fmax(0, expm1(middle + run->unit[i] * sqrt(variance)));
        }
    }
    for (size_t path = 0; path < run->settings->n_paths; path++) {
        double *cells = path_cells(run, path, place);
        for (size_t h = 1; h <= run->settings->n_ahead; h++) {
            const double middle = level + between(growth, h) + weekday_step(run, h),
                         variance = between(square, h) + chance * fmin(1, (double)h / 7);
            cells[h - 1] = fmax(0, expm1(middle + error_of(run, &run->laws[path], &run->own[path], h, variance)));
        }
    }
}

/* Admissions given: each path its own stay, and the model's own error. Quantiles are the paths'. */
static void forecast_given(const struct run *run, size_t place)
{
    const struct demand_rows *rows = run->rows;
    const struct vg_demand_settings *settings = run->settings;
    const struct vg_demand_fit *fit = &run->out->fit[place];
    const double patients = rows->census[place * rows->n_days + run->start];
    double census[VG_DEMAND_DAYS_MOST], survival[VG_DEMAND_STAY_DAYS];
    for (size_t path = 0; path < settings->n_paths; path++) {
        const struct path_law *law = &run->laws[path];
        struct vg_random random =
            vg_random_stream(settings->seed, (uint32_t)place, (uint32_t)path, DRAW_STAY + 16 * settings->purpose);
        const double stay = sqrt(0.5) * law->stay + sqrt(0.5) * vg_random_normal(&random);
        double *cells = path_cells(run, path, place);
        demand_grid_survival(run->grid, fit->mean_days * exp(fit->log_error * stay), survival);
        vg_demand_project(rows->admissions + place * rows->n_days, rows->n_days,
                          settings->coming + (path * rows->n_places + place) * settings->n_ahead, settings->n_ahead, survival,
                          fit->share, patients, demand_in_beds(settings, rows, place), census);
        for (size_t h = 1; h <= settings->n_ahead; h++) {
            const double variance =
                between(rows->known_square, h) + rows->known_small / (patients + 1) * fmin(1, (double)h / 7);
            cells[h - 1] =
                fmax(0, expm1(log1p(census[h - 1]) + weekday_step(run, h) + error_of(run, law, &run->own[path], h, variance)));
        }
    }
    for (size_t h = 0; h < settings->n_ahead; h++) {
        vg_demand_quantiles(run->out->paths + place * settings->n_ahead + h, settings->n_paths,
                            rows->n_places * settings->n_ahead, run->scratch,
                            run->out->quantiles + (place * settings->n_ahead + h) * VG_DEMAND_LEVELS);
    }
}

static void leave_out(const struct run *run, size_t place)
{
    for (size_t i = 0; i < run->settings->n_ahead * VG_DEMAND_LEVELS; i++) {
        run->out->quantiles[place * run->settings->n_ahead * VG_DEMAND_LEVELS + i] = NAN;
    }
    for (size_t path = 0; path < run->settings->n_paths; path++) {
        for (size_t h = 0; h < run->settings->n_ahead; h++) {
            path_cells(run, path, place)[h] = NAN;
        }
    }
}

static vg_status give_room(const struct vg_demand_series *series, const struct vg_demand_settings *settings,
                           struct vg_arena *arena, struct vg_demand_forecast *out, struct vg_error *error)
{
    size_t cells = 0;
    *out = (struct vg_demand_forecast){0};
    if (series->n_places == 0 || series->n_days == 0 || settings->n_ahead == 0 || settings->n_ahead > VG_DEMAND_DAYS_MOST ||
        settings->n_paths == 0 || settings->n_paths > 10000) {
        return vg_fail(error, VG_USAGE_ERROR,
                       "demand: at least one place and day, 1 to %d days ahead and 1 to 10000 paths are expected",
                       VG_DEMAND_DAYS_MOST);
    }
    if (settings->coming != NULL && series->admissions == NULL) {
        return vg_fail(error, VG_USAGE_ERROR, "demand: admissions to come say nothing without those of the past");
    }
    if (!vg_multiply_size(series->n_places * settings->n_ahead, settings->n_paths, &cells)) {
        return vg_fail(error, VG_LIMIT_EXCEEDED, "demand: too many places and paths");
    }
    out->today = VG_ARENA_ARRAY(arena, double, series->n_places);
    out->quantiles = VG_ARENA_ARRAY(arena, double, series->n_places * settings->n_ahead * VG_DEMAND_LEVELS);
    out->paths = VG_ARENA_ARRAY(arena, double, cells);
    return arena->failed ? vg_fail_memory(error, cells * sizeof(double)) : VG_OK;
}

static void run_places(const struct run *run)
{
    const struct demand_rows *rows = run->rows;
    const struct vg_demand_settings *settings = run->settings;
    for (size_t place = 0; place < rows->n_places; place++) {
        run->out->today[place] = rows->status[place] == VG_DEMAND_OK ? rows->census[place * rows->n_days + run->start] : NAN;
        if (rows->status[place] != VG_DEMAND_OK) {
            leave_out(run, place);
            continue;
        }
        own_courses(run, place);
        if (settings->coming != NULL && !isnan(settings->coming[place * settings->n_ahead]) &&
            !isnan(rows->fit[place].mean_days)) {
            forecast_given(run, place);
        } else {
            forecast_learnt(run, place);
        }
    }
}

vg_status vg_demand_forecast(const struct vg_demand_series *series, const struct vg_demand_settings *settings,
                             struct vg_arena *arena, struct vg_demand_forecast *out, struct vg_error *error)
{
    struct vg_arena work;
    struct demand_rows rows;
    struct demand_learnt learnt = {.small = 1};
    struct path_law *laws = NULL;
    vg_arena_init(&work, 0);
    struct demand_grid *grid = VG_ARENA_ARRAY(&work, struct demand_grid, 1);
    vg_status status = grid == NULL ? vg_fail_memory(error, sizeof *grid) : give_room(series, settings, arena, out, error);
    if (status == VG_OK) {
        demand_grid_init(grid, &settings->stay);
        status = demand_rows_make(series, settings, grid, &work, &rows, error);
    }
    status = status != VG_OK ? status : demand_learn(&rows, settings->prior, &work, &learnt, error);
    status = status != VG_OK ? status : draw_paths(settings, &work, &laws, error);
    double *scratch = status == VG_OK ? VG_ARENA_ARRAY(&work, double, settings->n_paths) : NULL;
    size_t *order = status == VG_OK ? VG_ARENA_ARRAY(&work, size_t, settings->n_paths) : NULL;
    struct course *own = status == VG_OK ? VG_ARENA_ARRAY(&work, struct course, settings->n_paths) : NULL;
    out->status = status == VG_OK ? VG_ARENA_ARRAY(arena, enum vg_demand_status, series->n_places) : NULL;
    out->fit = status == VG_OK ? VG_ARENA_ARRAY(arena, struct vg_demand_fit, series->n_places) : NULL;
    if (status == VG_OK && (scratch == NULL || order == NULL || own == NULL || out->status == NULL || out->fit == NULL)) {
        status = vg_fail_memory(error, settings->n_paths * sizeof *scratch);
    }
    if (status == VG_OK) {
        struct run run = {settings, &rows, grid, &learnt, laws, out, scratch, order, own, {0}, rows.n_days - 1};
        for (size_t i = 0; i < VG_DEMAND_LEVELS; i++) {
            run.unit[i] = vg_student_t_quantile(vg_demand_levels[i], FREEDOM) * sqrt((FREEDOM - 2) / FREEDOM);
        }
        memcpy(out->status, rows.status, series->n_places * sizeof *out->status);
        memcpy(out->fit, rows.fit, series->n_places * sizeof *out->fit);
        for (size_t week = 0; week < DEMAND_WEEKS; week++) {
            out->spread[week] = sqrt(learnt.square[week]);
        }
        out->together = learnt.together;
        out->n_former = learnt.n_former;
        run_places(&run);
    }
    vg_arena_release(&work);
    return status;
}
