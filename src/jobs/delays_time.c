/*
 * How the reporting delay changed: the delay distribution (vg_monitor_delays) of moving windows of reference dates, 28 days every 7 or 8 weeks every week,
 * the last one ending with the newest date. Of the newest windows long delays cannot have been seen yet: what comes later than a quarter of the window's
 * dates could show is taken as usual, that is from the distribution of all dates, so that new windows do not seem fast because they are new.
 */
#include "jobs/jobs_internal.h"

#include <math.h>
#include <string.h>

#define WINDOW_DAYS 28
#define WINDOW_WEEKS 8

struct window {
    size_t first, n;      /* reference dates of the triangle */
    size_t n_seen;        /* delays that enough of its dates can show */
    double n_reports;
    double median, q90, share, low, high; /* delays in steps; share within 7 days with its 95 % interval */
    enum vg_series_status status;
};

/* The window's own triangle, cut to the delays seen. */
static vg_status cut_triangle(const struct vg_triangle *whole, struct window *window, struct vg_arena *arena, struct vg_triangle *out, struct vg_error *error)
{
    *out = *whole;
    out->start = whole->start + (int32_t)window->first * whole->step_days;
    out->n_references = window->n;
    out->n_delays = window->n_seen;
    out->last_delay_open = whole->last_delay_open && window->n_seen == whole->n_delays;
    out->increments = VG_ARENA_ARRAY(arena, double, window->n * window->n_seen);
    if (out->increments == NULL) {
        return vg_fail_memory(error, window->n * window->n_seen * sizeof(double));
    }
    window->n_reports = 0;
    for (size_t reference = 0; reference < window->n; reference++) {
        const double *from = whole->increments + (window->first + reference) * whole->n_delays;
        memcpy(out->increments + reference * window->n_seen, from, window->n_seen * sizeof *from);
        for (size_t delay = 0; delay < whole->n_delays; delay++) {
            window->n_reports += isnan(from[delay]) ? 0 : from[delay];
        }
    }
    return VG_OK;
}

/* Share within a delay: the window's own as far as it is seen, of what all dates report within that; all dates' own beyond. */
static double share_within(const struct vg_delay_estimate *all, const double *own, size_t n_seen, size_t delay)
{
    return delay < n_seen ? own[delay] * all->cumulative[n_seen - 1] : all->cumulative[delay];
}

static double first_delay(const struct vg_delay_estimate *all, const struct vg_delay_estimate *own, double share)
{
    size_t delay = 0;
    while (delay + 1 < all->n_delays && share_within(all, own->cumulative, own->n_delays, delay) < share) {
        delay++;
    }
    return (double)delay;
}

static vg_status estimate(const struct vg_triangle *whole, const struct vg_delay_estimate *all, struct window *window, struct vg_error *error)
{
    struct vg_arena scratch;
    struct vg_triangle triangle;
    struct vg_delay_estimate own = {0};
    size_t last_report = (size_t)((whole->as_of - whole->start) / whole->step_days);
    size_t quarter = window->first + (window->n - 1) / 4;
    size_t age = last_report > quarter ? last_report - quarter : 0; /* of the window's first quarter */
    window->n_seen = age + 1 < whole->n_delays ? age + 1 : whole->n_delays;
    vg_arena_init(&scratch, 0);
    vg_status status = cut_triangle(whole, window, &scratch, &triangle, error);
    if (status == VG_OK) {
        status = vg_monitor_delays(&triangle, window->n, &scratch, &own, error);
    }
    window->status = own.status;
    if (status == VG_OK && own.status == VG_SERIES_OK) {
        size_t week = (size_t)(7 / whole->step_days);
        week = week < all->n_delays ? week : all->n_delays - 1;
        window->median = first_delay(all, &own, 0.5);
        window->q90 = first_delay(all, &own, 0.9);
        window->share = share_within(all, own.cumulative, own.n_delays, week);
        window->low = share_within(all, own.cumulative_low, own.n_delays, week);
        window->high = share_within(all, own.cumulative_high, own.n_delays, week);
    }
    vg_arena_release(&scratch);
    return status;
}

static void write_row(const struct job_context *context, const struct vg_triangle *triangle, const struct window *window)
{
    struct vg_table *table = &context->answer->table;
    int32_t start = triangle->start + (int32_t)window->first * triangle->step_days;
    int32_t last = start + (int32_t)(window->n - 1) * triangle->step_days;
    const struct vg_request *request = context->request;
    if ((request->from != VG_DATE_NONE && last < request->from) || (request->to != VG_DATE_NONE && last > request->to)) {
        return;
    }
    vg_table_date(table, last);
    vg_table_date(table, start);
    vg_table_double(table, window->n_reports);
    const double values[] = {window->median, window->q90, window->share, window->low, window->high};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        vg_table_double(table, values[i]);
    }
    vg_table_text(table, vg_series_status_name(window->status));
}

vg_status job_delays_through_time(struct job_context *context, const struct vg_triangle *triangle, const struct vg_delay_estimate *all)
{
    struct vg_table *table = &context->answer->table;
    static const char *const numbers[] = {"n_reports", "median", "q90", "share_7_days", "low", "high"};
    size_t length = context->step_days == 7 ? WINDOW_WEEKS : WINDOW_DAYS;
    size_t step = context->step_days == 7 ? 1 : 7;
    vg_table_add_column(table, "date", VG_COLUMN_DATE);
    vg_table_add_column(table, "window_start", VG_COLUMN_DATE);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        vg_table_add_column(table, numbers[i], VG_COLUMN_DOUBLE);
    }
    vg_table_add_column(table, "status", VG_COLUMN_TEXT);
    vg_status status = VG_OK;
    size_t n = all->status == VG_SERIES_OK && triangle->n_references >= length ? (triangle->n_references - length) / step + 1 : 0;
    for (size_t i = 0; status == VG_OK && i < n; i++) {
        struct window window = {.first = triangle->n_references - length - (n - 1 - i) * step, .n = length, .median = NAN, .q90 = NAN, .share = NAN, .low = NAN, .high = NAN};
        status = estimate(triangle, all, &window, context->error);
        if (status == VG_OK) {
            write_row(context, triangle, &window);
        }
    }
    return status;
}
