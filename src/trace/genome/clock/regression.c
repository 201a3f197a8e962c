/*
 * Root-to-tip regression, and dates as years.
 */
#include "trace/genome/clock/clock.h"

#include <math.h>
#include <stdlib.h>

enum { REFITS = 3 };
#define NORMAL_OF_MEDIAN 1.4826 /* standard deviation of a normal law whose median absolute deviation is 1 */

static int32_t days_of_year(int year)
{
    return vg_date_from_civil(year + 1, 1, 1) - vg_date_from_civil(year, 1, 1);
}

double vg_clock_year_of_date(int32_t date)
{
    int year = 0, month = 0, day = 0;
    if (date == VG_DATE_NONE) {
        return NAN;
    }
    vg_date_to_civil(date, &year, &month, &day);
    return year + ((double)date - vg_date_from_civil(year, 1, 1) + 0.5) / days_of_year(year);
}

int32_t vg_clock_date_of_year(double year)
{
    if (!(year >= 2 && year < 9998)) {
        return VG_DATE_NONE;
    }
    int whole = (int)floor(year);
    return vg_date_from_civil(whole, 1, 1) + (int32_t)floor((year - whole) * days_of_year(whole));
}

struct sums { double n, x, y, xx, xy, yy; };

static struct sums sums_of(const struct vg_tree *tree, const double *years, const double *heights, const uint8_t *outliers, double origin)
{
    struct sums s = {0};
    for (uint32_t v = 0; v < tree->n_nodes; v++) {
        if (vg_tree_is_leaf(tree, v) && isfinite(years[v]) && outliers[v] == 0) {
            double x = years[v] - origin, y = heights[v];
            s.n++;
            s.x += x;
            s.y += y;
            s.xx += x * x;
            s.xy += x * y;
            s.yy += y * y;
        }
    }
    return s;
}

static int upwards(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Marks leaves that are off the line; the robust standard deviation of residuals. */
static double mark(const struct vg_tree *tree, const double *years, const double *heights, double rate, double at_origin, double origin, double outlier_sds,
                   uint8_t *outliers, double *work, size_t *n_outliers)
{
    size_t n = 0;
    for (uint32_t v = 0; v < tree->n_nodes; v++) {
        if (vg_tree_is_leaf(tree, v) && isfinite(years[v])) {
            work[n++] = fabs(heights[v] - at_origin - rate * (years[v] - origin));
        }
    }
    qsort(work, n, sizeof *work, upwards);
    double sd = fmax(NORMAL_OF_MEDIAN * work[n / 2], 1); /* a mutation is the least that can be told */
    *n_outliers = 0;
    for (uint32_t v = 0; v < tree->n_nodes; v++) {
        double line = at_origin + rate * (years[v] - origin), own_sd = fmax(sd, sqrt(fmax(line, 1))); /* no less than what chance alone makes of so many mutations */
        outliers[v] = vg_tree_is_leaf(tree, v) && isfinite(years[v]) && fabs(heights[v] - line) > outlier_sds * own_sd;
        *n_outliers += outliers[v];
    }
    return sd;
}

/*
 * A line that outliers do not move, from which they are marked for the first time: the median of the slopes between leaves far apart in time (Siegel 1982 in spirit),
 * of pairs drawn at random, and the median of what is left. work: [n_nodes].
 */
static double robust_line(const struct vg_tree *tree, const double *years, const double *heights, double origin, uint32_t *leaves, double *work, double *at_origin)
{
    size_t n = 0, pairs = 0;
    for (uint32_t v = 0; v < tree->n_nodes; v++) {
        if (vg_tree_is_leaf(tree, v) && isfinite(years[v])) {
            work[n] = years[v];
            leaves[n++] = v;
        }
    }
    qsort(work, n, sizeof *work, upwards);
    double apart = (vg_quantile_sorted(work, n, 0.75) - vg_quantile_sorted(work, n, 0.25)) / 2;
    struct vg_random random = vg_random_stream(n, 0, 0, 29);
    for (size_t tried = 0; tried < 20 * n && pairs < n; tried++) {
        uint32_t a = leaves[vg_random_below(&random, (uint32_t)n)], b = leaves[vg_random_below(&random, (uint32_t)n)];
        if (fabs(years[a] - years[b]) > apart) {
            work[pairs++] = (heights[a] - heights[b]) / (years[a] - years[b]);
        }
    }
    qsort(work, pairs, sizeof *work, upwards);
    double rate = pairs > 0 ? work[pairs / 2] : 0;
    for (size_t i = 0; i < n; i++) {
        work[i] = heights[leaves[i]] - rate * (years[leaves[i]] - origin);
    }
    qsort(work, n, sizeof *work, upwards);
    *at_origin = work[n / 2];
    return rate;
}

vg_status vg_clock_regression(const struct vg_tree *tree, const double *years, double outlier_sds, struct vg_arena *arena, uint8_t *outliers,
                              struct vg_clock_regression *out, struct vg_error *error)
{
    double *heights = VG_ARENA_ARRAY(arena, double, tree->n_nodes), *work = VG_ARENA_ARRAY(arena, double, tree->n_nodes), origin = 0, n_dated = 0;
    *out = (struct vg_clock_regression){0};
    if (heights == NULL || work == NULL) {
        return vg_fail_memory(error, tree->n_nodes * sizeof *heights);
    }
    for (uint32_t v = 0; v < tree->n_nodes; v++) {
        heights[v] = v == 0 ? 0 : heights[tree->parent[v]] + (double)(tree->mutation_start[v + 1] - tree->mutation_start[v]);
        outliers[v] = 0;
        if (vg_tree_is_leaf(tree, v) && isfinite(years[v])) {
            origin += years[v];
            n_dated++;
        }
    }
    if (n_dated < 3) {
        return vg_fail(error, VG_DATA_ERROR, "a clock needs at least three leaves with a date: there are %.0f", n_dated);
    }
    origin /= n_dated;
    uint32_t *leaves = VG_ARENA_ARRAY(arena, uint32_t, tree->n_nodes);
    if (leaves == NULL) {
        return vg_fail_memory(error, tree->n_nodes * sizeof *leaves);
    }
    double at_origin = 0, rate = robust_line(tree, years, heights, origin, leaves, work, &at_origin);
    (void)mark(tree, years, heights, rate, at_origin, origin, outlier_sds, outliers, work, &out->n_outliers);
    for (int refit = 0; refit < REFITS; refit++) {
        struct sums s = sums_of(tree, years, heights, outliers, origin);
        double xx = s.xx - s.x * s.x / s.n, xy = s.xy - s.x * s.y / s.n, yy = s.yy - s.y * s.y / s.n;
        if (s.n < 3 || !(xx > 1e-9)) {
            return vg_fail(error, VG_DATA_ERROR, "the leaves are of one date: a clock needs several");
        }
        rate = xy / xx;
        at_origin = (s.y - rate * s.x) / s.n;
        out->r_squared = yy > 0 ? xy * xy / (xx * yy) : 0;
        out->n = (size_t)s.n;
        out->residual_sd = mark(tree, years, heights, rate, at_origin, origin, outlier_sds, outliers, work, &out->n_outliers);
    }
    if (!(rate > 0)) {
        return vg_fail(error, VG_DATA_ERROR, "there is no clock in these data: later leaves have no more mutations (%.3g a year)", rate);
    }
    out->rate = rate;
    out->root_year = origin - at_origin / rate;
    return VG_OK;
}
