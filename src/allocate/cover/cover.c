/*
 * Days of cover: courses of use go through the lots in the order in which they expire.
 */
#include "allocate/cover/cover.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *vg_cover_status_name(enum vg_cover_status status)
{
    static const char *const names[] = {"ok", "no_use", "few_days", "empty"};
    return names[status];
}

static int by_last_day(const void *a, const void *b)
{
    const struct vg_cover_lot *x = a, *y = b;
    return (x->last_day > y->last_day) - (x->last_day < y->last_day);
}

double vg_cover_of_course(const double *cumulative, size_t n_days, const struct vg_cover_lot *lots, size_t n_lots, struct vg_cover_lot *order, double *unused)
{
    size_t first = 0;
    double covered = INFINITY, lost = 0.0;
    if (n_lots > 0) {
        memcpy(order, lots, n_lots * sizeof *lots);
        qsort(order, n_lots, sizeof *order, by_last_day);
    }
    for (size_t day = 1; day <= n_days; day++) {
        const double need = cumulative[day - 1] - (day == 1 ? 0.0 : cumulative[day - 2]);
        double left = need;
        for (; first < n_lots && order[first].last_day < (int64_t)day; first++) {
            lost += order[first].amount;
        }
        while (left > 0.0 && first < n_lots) {
            const double taken = fmin(left, order[first].amount);
            left -= taken;
            order[first].amount -= taken;
            first += order[first].amount <= 0.0;
        }
        if (left > 1e-9 * need && isinf(covered)) {
            covered = (double)day - left / need;
        }
    }
    if (unused != NULL) {
        *unused = lost;
    }
    return covered;
}

/* The variance of a day's use as it adds up over many days. */
static double long_run_variance(const double *use, size_t n, double mean)
{
    double daily = 0.0, weekly = 0.0;
    for (size_t i = 0; i < n; i++) {
        daily += (use[i] - mean) * (use[i] - mean);
    }
    daily /= (double)(n - 1);
    const size_t weeks = n / 7;
    for (size_t week = 0; week < weeks && weeks >= 3; week++) {
        double sum = 0.0;
        for (size_t i = 0; i < 7; i++) {
            sum += use[n - 7 * (week + 1) + i] - mean;
        }
        weekly += sum * sum / 7.0 / (double)(weeks - 1);
    }
    return fmax(daily, weekly);
}

/*
 * What is used by the end of each day at one level of the law, until all that is there is used: the law's quantile on each day of the first two weeks and then once a week, straight between. Returns the
 * number of days.
 */
static size_t use_course(double level, double per_day, double variance, size_t n_use, double there, size_t horizon_days, double *course)
{
    size_t done = 0;
    while (done < horizon_days && (done == 0 || course[done - 1] <= there)) {
        const size_t next = done < 14 ? done + 1 : done + 7 < horizon_days ? done + 7 : horizon_days;
        const double d = (double)next, mean = per_day * d, spread = variance * d + variance * d * d / (double)n_use, before = done == 0 ? 0.0 : course[done - 1];
        const double at = fmax(before, spread > 1e-12 * mean * mean ? vg_gamma_quantile(level, mean * mean / spread, spread / mean) : mean);
        for (size_t day = done; day < next; day++) {
            course[day] = before + (at - before) * (double)(day + 1 - done) / (double)(next - done);
        }
        done = next;
    }
    return done;
}

static bool any_left(const struct vg_cover_lot *lots, size_t n_lots)
{
    bool any = false;
    for (size_t i = 0; i < n_lots; i++) {
        any = any || (lots[i].amount > 0.0 && lots[i].last_day >= 1);
    }
    return any;
}

vg_status vg_cover_from_use(const double *use, size_t n_use, const struct vg_cover_lot *lots, size_t n_lots, size_t horizon_days, struct vg_arena *arena, struct vg_cover *cover,
                            struct vg_error *error)
{
    static const double levels[] = {0.975, 0.5, 0.025}; /* of use: the most gives the shortest cover */
    double *const ends[] = {&cover->low, &cover->median, &cover->high};
    double sum = 0.0, there = 0.0;
    *cover = (struct vg_cover){.status = VG_COVER_OK, .per_day = NAN, .per_day_sd = NAN, .low = NAN, .median = NAN, .high = NAN, .unused = NAN};
    VG_ASSERT(horizon_days > 0 && horizon_days <= VG_COVER_DAYS_MOST);
    for (size_t i = 0; i < n_use; i++) {
        sum += use[i];
    }
    cover->status = n_use < VG_COVER_USE_DAYS_LEAST ? VG_COVER_FEW_DAYS : !(sum > 0.0) ? VG_COVER_NO_USE : VG_COVER_OK;
    if (cover->status != VG_COVER_OK) {
        return VG_OK;
    }
    cover->per_day = sum / (double)n_use;
    const double variance = long_run_variance(use, n_use, cover->per_day);
    cover->per_day_sd = sqrt(variance);
    if (!any_left(lots, n_lots)) {
        cover->status = VG_COVER_EMPTY;
        cover->low = cover->median = cover->high = cover->unused = 0.0;
        return VG_OK;
    }
    double *course = VG_ARENA_ARRAY(arena, double, horizon_days);
    struct vg_cover_lot *order = VG_ARENA_ARRAY(arena, struct vg_cover_lot, n_lots);
    if (course == NULL || order == NULL) {
        return vg_fail_memory(error, horizon_days * sizeof *course);
    }
    for (size_t i = 0; i < n_lots; i++) {
        there += lots[i].amount;
    }
    for (int level = 0; level < 3; level++) {
        const size_t n_days = use_course(levels[level], cover->per_day, variance, n_use, there, horizon_days, course);
        *ends[level] = vg_cover_of_course(course, n_days, lots, n_lots, order, level == 1 ? &cover->unused : NULL);
    }
    return VG_OK;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Of values of which the largest may be infinite: where the upper neighbour is, the nearer one. */
static double order_statistic(const double *sorted, size_t n, double p)
{
    const double at = p * (double)(n - 1), low = floor(at);
    const double x = sorted[(size_t)low], y = sorted[(size_t)ceil(at)];
    return isinf(y) ? (at - low < 0.5 ? x : y) : x + (at - low) * (y - x);
}

vg_status vg_cover_from_paths(const double *need, size_t n_paths, size_t n_periods, size_t step_days, int32_t first_day, const struct vg_cover_lot *lots, size_t n_lots, struct vg_arena *arena,
                              struct vg_cover *cover, struct vg_error *error)
{
    const int64_t last_day = (int64_t)(n_periods * step_days) + first_day - 1;
    const size_t n_days = last_day > 0 ? (size_t)last_day : 0;
    double sum = 0.0, unused = 0.0;
    double *course = VG_ARENA_ARRAY(arena, double, n_days + 1), *days = VG_ARENA_ARRAY(arena, double, n_paths), *wasted = VG_ARENA_ARRAY(arena, double, n_paths);
    struct vg_cover_lot *order = VG_ARENA_ARRAY(arena, struct vg_cover_lot, n_lots + 1);
    VG_ASSERT(n_paths > 0 && n_days > 0);
    *cover = (struct vg_cover){.status = any_left(lots, n_lots) ? VG_COVER_OK : VG_COVER_EMPTY, .per_day_sd = NAN};
    if (course == NULL || days == NULL || wasted == NULL || order == NULL) {
        return vg_fail_memory(error, n_days * sizeof *course);
    }
    for (size_t path = 0; path < n_paths; path++) {
        double so_far = 0.0;
        for (size_t day = 0; day < n_days; day++) {
            const int64_t within = (int64_t)day + 1 - first_day; /* of the forecast's days, from 0 */
            so_far += need[path * n_periods + (within < 0 ? 0 : (size_t)within / step_days)] / (double)step_days;
            course[day] = so_far;
        }
        sum += so_far;
        days[path] = vg_cover_of_course(course, n_days, lots, n_lots, order, &unused);
        wasted[path] = unused;
    }
    qsort(days, n_paths, sizeof *days, by_value);
    qsort(wasted, n_paths, sizeof *wasted, by_value);
    cover->per_day = sum / (double)(n_paths * n_days);
    cover->low = order_statistic(days, n_paths, 0.025);
    cover->median = order_statistic(days, n_paths, 0.5);
    cover->high = order_statistic(days, n_paths, 0.975);
    cover->unused = vg_quantile_sorted(wasted, n_paths, 0.5);
    if (cover->status == VG_COVER_OK && !(sum > 0.0)) {
        cover->status = VG_COVER_NO_USE;
        cover->low = cover->median = cover->high = NAN;
    }
    return VG_OK;
}
