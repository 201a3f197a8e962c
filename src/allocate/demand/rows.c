/*
 * Series made ready: gaps filled, the sum of all places added, and by place what the stay would make of the census if
 * admissions stayed as in the newest week, as was known on each day.
 */
#include "allocate/demand/internal.h"

#include <math.h>
#include <string.h>

#define STALE_DAYS 3
#define SHORTEST_DAYS 15
#define CENSUS_MOST 1e9

const char *vg_demand_status_name(enum vg_demand_status status)
{
    static const char *const names[VG_DEMAND_STATUS_COUNT] = {"ok", "too_short", "stale", "no_census"};
    return (unsigned)status < VG_DEMAND_STATUS_COUNT ? names[status] : "unknown";
}

void demand_grid_survival(const struct demand_grid *grid, double mean_days, double *survival)
{
    const double place = grid->n == 1 ? 0 : log(mean_days / grid->mean[0]) / log(DEMAND_MEAN_STEP);
    const double bounded = fmin(fmax(place, 0), (double)(grid->n - 1));
    const size_t at = (size_t)bounded, next = at + 1 < grid->n ? at + 1 : at;
    const double part = bounded - (double)at;
    for (size_t j = 0; j < VG_DEMAND_STAY_DAYS; j++) {
        survival[j] = (1 - part) * grid->survival[at][j] + part * grid->survival[next][j];
    }
}

/* Between two reports on a straight line, before the first as the first, after the last as the last. Returns the last day with
 * a report, or SIZE_MAX. */
static size_t fill_gaps(const double *from, size_t n, double *to)
{
    size_t last = SIZE_MAX;
    for (size_t t = 0; t < n; t++) {
        if (isnan(from[t])) {
            continue;
        }
        for (size_t u = last == SIZE_MAX ? 0 : last + 1; u < t; u++) {
            to[u] = last == SIZE_MAX ? from[t] : from[last] + (from[t] - from[last]) * (double)(u - last) / (double)(t - last);
        }
        to[t] = from[t];
        last = t;
    }
    for (size_t u = last == SIZE_MAX ? 0 : last + 1; u < n; u++) {
        to[u] = last == SIZE_MAX ? 0 : from[last];
    }
    return last;
}

static size_t first_reported(const double *values, size_t n)
{
    size_t t = 0;
    while (t < n && isnan(values[t])) {
        t++;
    }
    return t;
}

/* Admissions that are missing are as the mean of the reported days of the week before (and of none: of the first week
 * reported). */
static void fill_admissions(const double *from, size_t n, double *to)
{
    double first = 0;
    size_t n_first = 0;
    for (size_t t = 0; t < n && n_first < 7; t++) {
        if (!isnan(from[t])) {
            first += from[t];
            n_first++;
        }
    }
    for (size_t t = 0; t < n; t++) {
        double sum = 0;
        size_t reported = 0;
        for (size_t back = 1; back <= 7 && back <= t; back++) {
            if (!isnan(from[t - back])) {
                sum += from[t - back];
                reported++;
            }
        }
        to[t] = !isnan(from[t]) ? from[t]
                : reported > 0  ? sum / (double)reported
                : t > 0         ? to[t - 1]
                : n_first == 0  ? 0
                                : first / (double)n_first;
    }
}

/* log of the sum of the newest seven days + 1 */
static void log_weeks(const double *values, size_t n_rows, size_t n_days, double *out)
{
    for (size_t row = 0; row < n_rows; row++) {
        for (size_t t = 0; t < n_days; t++) {
            double week = 0;
            for (size_t back = 0; back < 7 && back <= t; back++) {
                week += values[row * n_days + t - back];
            }
            out[row * n_days + t] = log1p(week);
        }
    }
}

static vg_status check(const double *values, size_t n_places, size_t n_days, const char *what, struct vg_error *error)
{
    for (size_t i = 0; values != NULL && i < n_places * n_days; i++) {
        if (!isnan(values[i]) && !(values[i] >= 0 && values[i] <= CENSUS_MOST)) {
            return vg_fail(error, VG_DATA_ERROR, "%s of place %zu on day %zu is %g: a number from 0 to 1e9 is expected", what,
                           i / n_days, i % n_days, values[i]);
        }
    }
    return VG_OK;
}

static enum vg_demand_status status_of(const double *census, size_t n, size_t last)
{
    size_t reported = 0;
    for (size_t t = 0; t < n; t++) {
        reported += isnan(census[t]) ? 0 : 1;
    }
    return last == SIZE_MAX            ? VG_DEMAND_NO_CENSUS
           : n - 1 - last > STALE_DAYS ? VG_DEMAND_STALE
           : reported < SHORTEST_DAYS  ? VG_DEMAND_TOO_SHORT
                                       : VG_DEMAND_OK;
}

static void fill_rows(const struct vg_demand_series *series, size_t skipped, struct demand_rows *rows)
{
    const size_t n = rows->n_days, whole = rows->n_places * n;
    rows->first[rows->n_places] = n;
    for (size_t place = 0; place < rows->n_places; place++) {
        const size_t from = place * series->n_days + skipped, to = place * n;
        rows->status[place] = status_of(series->census + from, n, fill_gaps(series->census + from, n, rows->census + to));
        if (rows->admissions != NULL) {
            fill_admissions(series->admissions + from, n, rows->admissions + to);
            rows->first[place] = first_reported(series->admissions + from, n);
            rows->first[rows->n_places] =
                rows->first[place] < rows->first[rows->n_places] ? rows->first[place] : rows->first[rows->n_places];
        }
        for (size_t t = 0; t < n && rows->status[place] == VG_DEMAND_OK; t++) {
            rows->census[whole + t] += rows->census[to + t];
            if (rows->admissions != NULL) {
                rows->admissions[whole + t] += rows->admissions[to + t];
            }
        }
    }
    for (size_t cell = 0; cell < rows->n_rows * n; cell++) {
        rows->log_census[cell] = log1p(rows->census[cell]);
    }
    if (rows->admissions != NULL) {
        log_weeks(rows->admissions, rows->n_rows, n, rows->log_week);
    }
}

/* Cases of the places that are forecast, their sum, and their weeks. `cases`: room for rows * days. */
static void fill_cases(const struct vg_demand_series *series, size_t skipped, struct demand_rows *rows, double *cases)
{
    const size_t n = rows->n_days, whole = rows->n_places * n;
    for (size_t place = 0; place < rows->n_places; place++) {
        fill_admissions(series->cases + place * series->n_days + skipped, n, cases + place * n);
        for (size_t t = 0; t < n && rows->status[place] == VG_DEMAND_OK; t++) {
            cases[whole + t] += cases[place * n + t];
        }
    }
    log_weeks(cases, rows->n_rows, n, rows->log_cases);
}

/* The census by day of the week, against the mean of the seven days around, over the newest eight weeks of all places together:
 * as of each day, for what growth is learnt from must have been known then. */
static void find_weekdays(struct demand_rows *rows)
{
    const double *log_census = rows->log_census + rows->n_places * rows->n_days;
    for (size_t day = 0; day < rows->n_days; day++) {
        double *effect = rows->weekday[day], sum[7] = {0}, mean = 0;
        size_t n[7] = {0};
        for (size_t t = day > 58 ? day - 58 : 3; t + 3 <= day; t++) {
            double around = 0;
            for (size_t u = t - 3; u <= t + 3; u++) {
                around += log_census[u] / 7;
            }
            sum[t % 7] += log_census[t] - around;
            n[t % 7]++;
        }
        for (size_t d = 0; d < 7; d++) {
            effect[d] = sum[d] / (double)(n[d] + 1); /* a week of none shrinks it */
            mean += effect[d] / 7;
        }
        for (size_t d = 0; d < 7; d++) {
            effect[d] -= mean;
        }
    }
}

struct row_work {
    const struct vg_demand_settings *settings;
    const struct demand_grid *grid;
    double *model;               /* [mean * n_days + day] */
    struct demand_errors errors; /* with known admissions */
};

static void fill_model(const struct demand_rows *rows, size_t row, size_t from, struct row_work *work)
{
    const double *admissions = rows->admissions + row * rows->n_days;
    const double before = demand_before(admissions, rows->n_days);
    for (size_t i = 0; i < work->grid->n; i++) {
        for (size_t t = from; t < rows->n_days; t++) {
            work->model[i * rows->n_days + t] = demand_model_census(admissions, t, before, work->grid->survival[i]);
        }
    }
}

/* With the admissions that came: how far off the model was, for the spread of forecasts whose admissions are given. */
static void judge_known(const struct demand_rows *rows, size_t row, size_t day, const double *survival, double share,
                        struct row_work *work)
{
    double census[7 * DEMAND_WEEKS];
    const size_t n = rows->n_days, at = row * n, ahead = n - 1 - day < 7 * DEMAND_WEEKS ? n - 1 - day : 7 * DEMAND_WEEKS;
    vg_demand_project(rows->admissions + at, day + 1, rows->admissions + at + day + 1, ahead, survival, share,
                      rows->census[at + day], NULL, census);
    for (size_t week = 0; 7 * (week + 1) <= ahead; week++) {
        const double truth = rows->census[at + day + 7 * (week + 1)], off = log1p(truth) - log1p(census[7 * (week + 1) - 1]),
                     weight = truth / (truth + DEMAND_SMALL);
        work->errors.squares[week] += weight * off * off;
        work->errors.weights[week] += weight;
        work->errors.chance[week] += weight / (truth + 1);
        if (week == work->errors.small_week) {
            work->errors.small_squares += off * off;
            work->errors.small_weights += 1 / (truth + 1);
            work->errors.n_small++;
        }
    }
}

/* Stays of those who are in on the last day; NULL: not known. */
const double *demand_in_beds(const struct vg_demand_settings *settings, const struct demand_rows *rows, size_t row)
{
    return settings->in_beds == NULL || row == rows->n_places ? NULL : settings->in_beds + row * VG_DEMAND_STAY_DAYS;
}

static void fill_flat(struct demand_rows *rows, size_t row, struct row_work *work)
{
    const size_t n = rows->n_days;
    const double *admissions = rows->admissions + row * n;
    struct vg_demand_fit fit = {.mean_days = NAN};
    double survival[VG_DEMAND_STAY_DAYS];
    /* What is not learnt from is looked at on its last day only. */
    const bool learns = demand_takes_part(rows, row);
    const size_t window = work->settings->stay.window_days, first = rows->first[row] + SHORTEST_DAYS - 1;
    fill_model(rows, row, learns || window > n ? 0 : n - window, work);
    for (size_t day = learns || first > n - 1 ? first : n - 1; day < n; day++) {
        double coming[7 * DEMAND_WEEKS], census[7 * DEMAND_WEEKS], week = 0;
        if ((n - 1 - day) % 7 == 0 || isnan(fit.mean_days)) {
            demand_fit_as_of(&work->settings->stay, work->grid, work->model, rows->census + row * n, n, day, &fit);
            demand_grid_survival(work->grid, fit.mean_days, survival);
            if (learns && row < rows->n_places && day >= rows->first[row] + DEMAND_FIRST_DAY && day + 7 < n) {
                judge_known(rows, row, day, survival, fit.share, work);
            }
        }
        for (size_t back = 0; back < 7 && back <= day; back++) {
            week += admissions[day - back] / 7;
        }
        for (size_t h = 0; h < 7 * DEMAND_WEEKS; h++) {
            coming[h] = week;
        }
        vg_demand_project(admissions, day + 1, coming, 7 * DEMAND_WEEKS, survival, fit.share, rows->census[row * n + day],
                          day + 1 == n ? demand_in_beds(work->settings, rows, row) : NULL, census);
        for (size_t w = 0; w < DEMAND_WEEKS; w++) {
            rows->flat[(row * n + day) * DEMAND_WEEKS + w] =
                (float)(log1p(census[7 * (w + 1) - 1]) - rows->log_census[row * n + day]);
        }
    }
    if (row < rows->n_places) {
        rows->fit[row] = fit;
    }
}

/* Places' stays lean on each other: normal shrinkage of the logarithms by what they differ beyond their errors (DerSimonian and
 * Laird 1986). */
static void share_stays(struct demand_rows *rows)
{
    double weights = 0, weighted = 0, squares = 0, weight_squares = 0;
    size_t n = 0;
    for (size_t place = 0; place < rows->n_places; place++) {
        const struct vg_demand_fit *fit = &rows->fit[place];
        if (fit->log_error > 0) {
            const double weight = 1 / (fit->log_error * fit->log_error);
            weights += weight;
            weight_squares += weight * weight;
            weighted += weight * log(fit->mean_days);
            n++;
        }
    }
    if (n < 3) {
        return;
    }
    const double middle = weighted / weights;
    for (size_t place = 0; place < rows->n_places; place++) {
        const struct vg_demand_fit *fit = &rows->fit[place];
        squares += fit->log_error > 0 ? pow((log(fit->mean_days) - middle) / fit->log_error, 2) : 0;
    }
    const double between = fmax((squares - (double)(n - 1)) / (weights - weight_squares / weights),
                                0.0025); /* they differ by a twentieth at least */
    for (size_t place = 0; place < rows->n_places; place++) {
        struct vg_demand_fit *fit = &rows->fit[place];
        if (fit->log_error > 0) {
            const double own = 1 / (fit->log_error * fit->log_error), all = 1 / between;
            fit->mean_days = exp((own * log(fit->mean_days) + all * middle) / (own + all));
            fit->log_error = sqrt(1 / (own + all));
        }
    }
}

vg_status demand_rows_make(const struct vg_demand_series *series, const struct vg_demand_settings *settings,
                           const struct demand_grid *grid, struct vg_arena *arena, struct demand_rows *rows,
                           struct vg_error *error)
{
    const size_t skipped = series->n_days > DEMAND_DAYS_KEPT ? series->n_days - DEMAND_DAYS_KEPT : 0,
                 n = series->n_days - skipped;
    const size_t cells = (series->n_places + 1) * n;
    *rows = (struct demand_rows){.n_places = series->n_places, .n_rows = series->n_places + 1, .n_days = n};
    struct row_work work = {.settings = settings, .grid = grid, .model = VG_ARENA_ARRAY(arena, double, grid->n *n)};
    rows->census = VG_ARENA_ARRAY(arena, double, cells);
    rows->admissions = series->admissions == NULL ? NULL : VG_ARENA_ARRAY(arena, double, cells);
    rows->log_census = VG_ARENA_ARRAY(arena, double, cells);
    rows->log_week = VG_ARENA_ARRAY(arena, double, cells);
    rows->log_cases = series->cases == NULL ? NULL : VG_ARENA_ARRAY(arena, double, cells);
    double *cases = series->cases == NULL ? NULL : VG_ARENA_ARRAY(arena, double, cells);
    rows->flat = VG_ARENA_ARRAY(arena, float, cells *DEMAND_WEEKS);
    rows->first = VG_ARENA_ARRAY(arena, size_t, series->n_places + 1);
    rows->weekday = vg_arena_alloc(arena, n, sizeof *rows->weekday);
    rows->status = VG_ARENA_ARRAY(arena, enum vg_demand_status, series->n_places);
    rows->fit = VG_ARENA_ARRAY(arena, struct vg_demand_fit, series->n_places);
    if (arena->failed) {
        return vg_fail_memory(error, cells * sizeof(double) * 4);
    }
    vg_status status = check(series->census, series->n_places, series->n_days, "the census", error);
    status = status != VG_OK ? status : check(series->admissions, series->n_places, series->n_days, "admissions", error);
    status = status != VG_OK ? status : check(series->cases, series->n_places, series->n_days, "cases", error);
    if (status != VG_OK) {
        return status;
    }
    fill_rows(series, skipped, rows);
    if (cases != NULL) {
        fill_cases(series, skipped, rows, cases);
    }
    find_weekdays(rows);
    for (size_t place = 0; place < rows->n_places; place++) {
        rows->fit[place] = (struct vg_demand_fit){.mean_days = NAN, .log_error = NAN, .share = NAN, .scale = NAN};
    }
    for (size_t row = 0; rows->admissions != NULL && n >= SHORTEST_DAYS && row < rows->n_rows; row++) {
        if (row == rows->n_places || rows->status[row] == VG_DEMAND_OK) {
            fill_flat(rows, row, &work);
        }
    }
    share_stays(rows);
    /* As much as ten place-weeks of the error found in Sao Paulo. */
    static const double usual[DEMAND_WEEKS] = {0.04, 0.06, 0.07, 0.08};
    demand_part_errors(&work.errors, usual, 10, rows->known_square, &rows->known_small);
    return VG_OK;
}
