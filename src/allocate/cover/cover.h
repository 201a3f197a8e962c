/*
 * cover: for how many days a stock lasts, and what of it expires unused. Pure: arrays in, numbers out.
 *
 * Use is taken from the lots that expire first; a lot is of no use after its last day. Days are counted from the day of the balance: day 1 is the next one.
 */
#ifndef VG_COVER_H
#define VG_COVER_H

#include "core/core.h"

#define VG_COVER_DAYS_MOST 365
#define VG_COVER_USE_DAYS_LEAST 7 /* of recorded use, below which nothing is said */
#define VG_COVER_KEEPS INT32_MAX  /* last_day of what does not expire */

struct vg_cover_lot {
    double amount;                /* above 0 */
    int32_t last_day;             /* the last day on which it may be used: 1 the next day; below 1 it has expired */
};

enum vg_cover_status {
    VG_COVER_OK,
    VG_COVER_NO_USE,              /* none was recorded in the window: how long it lasts is not known */
    VG_COVER_FEW_DAYS,            /* use is recorded for fewer than seven days */
    VG_COVER_EMPTY,               /* nothing that can be used is there */
    VG_COVER_STATUS_COUNT
};
const char *vg_cover_status_name(enum vg_cover_status status); /* "ok", "no_use", "few_days", "empty" */

struct vg_cover {
    enum vg_cover_status status;
    double per_day, per_day_sd;   /* mean use, and the long-run standard deviation of a day's use */
    double low, median, high;     /* days: the stock lasts at least `low` with 97.5 % probability, `high` with 2.5 %; INFINITY: longer than was looked */
    double unused;                /* units that expire before they are used, on the median course */
};

/*
 * One course of use: cumulative[n_days] used by the end of day 1, 2, ...; lots in any order. Returns the days that are covered, the first day that is not covered whole
 * counted by its part, or INFINITY where all are. *unused (NULL allowed): what expires within the days. order: room for n_lots. Cost: n_days + n_lots log n_lots.
 */
double vg_cover_of_course(const double *cumulative, size_t n_days, const struct vg_cover_lot *lots, size_t n_lots, struct vg_cover_lot *order, double *unused);

/*
 * From recorded use, use[n_use] of the newest days, oldest first, days without use as 0. What will be used by day d has mean m d and variance s d + s d^2 / n_use, the second part
 * the error of the mean; s is the larger of a day's variance and a seventh of a week's (which holds what days of a week have in common), and the law is a gamma's.
 * horizon_days: how far is looked, at most VG_COVER_DAYS_MOST. After two weeks the law is asked once a week.
 */
vg_status vg_cover_from_use(const double *use, size_t n_use, const struct vg_cover_lot *lots, size_t n_lots, size_t horizon_days, struct vg_arena *arena, struct vg_cover *cover,
                            struct vg_error *error) VG_MUST_USE;

/*
 * From a forecast: need[path * n_periods + period] of n_paths equally probable courses in periods of step_days, of which the first begins on first_day (1: the day after the balance;
 * below 1: earlier, and days that are past do not count; above: the days before it need as much as its own). Some day must be after the balance. low, median and high are quantiles
 * over the paths; per_day is the mean.
 */
vg_status vg_cover_from_paths(const double *need, size_t n_paths, size_t n_periods, size_t step_days, int32_t first_day, const struct vg_cover_lot *lots, size_t n_lots, struct vg_arena *arena,
                              struct vg_cover *cover, struct vg_error *error) VG_MUST_USE;

#endif
