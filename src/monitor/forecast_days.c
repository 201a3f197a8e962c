/*
 * Days from weeks. The law of a day is a mixture: its week's sum, at any level of that sum's law, times the day's share in one of the newest weeks, newer
 * weeks counting more. So a place that reports on Thursdays only, rests on Sundays or empties its drawers now and then will do so again, and the days of a
 * week add up to what is said of the week. Shares are tilted by how much steeper the coming week is than the one they were seen in.
 */
#include "monitor/forecast_internal.h"

#include <math.h>
#include <stdlib.h>

#define PATTERNS 10
#define PATTERN_HALF_LIFE 5.0
#define FEW 5.0 /* cases */
#define TILT_MOST 0.08 /* a day, on the log scale */
#define POINTS 60      /* levels of the week's law */
#define PURPOSE_DAYS 0x4644u

struct pattern {
    double share[7], weight, growth; /* growth: log, a day */
};

struct point {
    double value, weight;
};

static double week_sum(const double *daily, size_t n, size_t back, double *reported)
{
    double sum = 0;
    *reported = 0;
    for (size_t day = 0; day < 7; day++) {
        double value = daily[n - 7 * (back + 1) + day];
        sum += value > 0 ? value : 0;
        *reported += isnan(value) ? 0 : 1;
    }
    return sum;
}

static double growth_of(double before, double after, double weeks)
{
    double growth = log((after + 2) / (before + 2)) / (7 * weeks);
    return growth > TILT_MOST ? TILT_MOST : growth < -TILT_MOST ? -TILT_MOST : growth;
}

/* Shares of the days in the newest weeks that had cases; where there are none the days share alike. */
static size_t find_patterns(const double *daily, size_t n, struct pattern *patterns)
{
    size_t found = 0;
    double total = 0, newest = 0;
    for (size_t back = 0; 7 * (back + 1) <= n && back < 2 * PATTERNS && found < PATTERNS; back++) {
        double reported, other;
        double sum = week_sum(daily, n, back, &reported);
        if (!(sum > 0)) {
            continue;
        }
        newest = found == 0 ? sum : newest;
        struct pattern *pattern = &patterns[found++];
        double older = 7 * (back + 2) <= n ? week_sum(daily, n, back + 1, &other) : sum;
        double newer = back > 0 ? week_sum(daily, n, back - 1, &other) : sum;
        *pattern = (struct pattern){.weight = exp2(-(double)back / PATTERN_HALF_LIFE) * (sum + FEW) / (sum + newest + FEW), .growth = growth_of(older, newer, back > 0 && older != sum ? 2 : 1)};
        for (size_t day = 0; day < 7; day++) {
            double value = daily[n - 7 * (back + 1) + day];
            pattern->share[day] = value > 0 ? value / sum : 0;
        }
        total += pattern->weight;
    }
    if (found == 0) {
        patterns[found++] = (struct pattern){.share = {1.0 / 7, 1.0 / 7, 1.0 / 7, 1.0 / 7, 1.0 / 7, 1.0 / 7, 1.0 / 7}, .weight = 1};
        total = 1;
    }
    for (size_t i = 0; i < found; i++) {
        patterns[i].weight /= total;
    }
    return found;
}

/* The pattern's shares in a week that grows by `growth` a day. */
static void tilt(const struct pattern *pattern, double growth, double *share)
{
    double total = 0;
    for (size_t day = 0; day < 7; day++) {
        share[day] = pattern->share[day] * exp((growth - pattern->growth) * ((double)day - 3));
        total += share[day];
    }
    for (size_t day = 0; day < 7; day++) {
        share[day] /= total;
    }
}

static int compare_points(const void *a, const void *b)
{
    const struct point *left = a, *right = b;
    return left->value < right->value ? -1 : left->value > right->value;
}

/* Quantiles of weighted points: straight between the middles of their weights. */
static void quantiles_of_points(struct point *points, size_t n, double *out)
{
    size_t at = 0;
    double before = 0;
    qsort(points, n, sizeof *points, compare_points);
    for (size_t level = 0; level < VG_FORECAST_LEVELS; level++) {
        double wanted = vg_forecast_levels[level];
        while (at + 1 < n && before + points[at].weight / 2 < wanted) {
            before += points[at++].weight;
        }
        double middle = before + points[at].weight / 2;
        if (at == 0 || middle <= wanted) {
            out[level] = points[at].value;
            continue;
        }
        double former = before - points[at - 1].weight / 2;
        double share = (wanted - former) / (middle - former);
        out[level] = points[at - 1].value + fmin(1, fmax(0, share)) * (points[at].value - points[at - 1].value);
    }
}

/* Log growth a day in each coming week, by its neighbours' medians. */
static double coming_growth(const double *daily, size_t n, const double *week_quantiles, size_t n_weeks, size_t week)
{
    double reported;
    double before = week > 0 ? week_quantiles[(week - 1) * VG_FORECAST_LEVELS + VG_FORECAST_MEDIAN] : n >= 7 ? week_sum(daily, n, 0, &reported) : NAN;
    double here = week_quantiles[week * VG_FORECAST_LEVELS + VG_FORECAST_MEDIAN];
    double after = week + 1 < n_weeks ? week_quantiles[(week + 1) * VG_FORECAST_LEVELS + VG_FORECAST_MEDIAN] : here;
    return isnan(before) ? 0 : growth_of(before, after, week + 1 < n_weeks ? 2 : 1);
}

static void draw_days(const struct pattern *patterns, size_t n_patterns, const double *growths, const double *week_quantiles, size_t n_weeks, size_t n_days,
                      size_t n_paths, uint64_t seed, double *week_paths, double *paths)
{
    vg_monitor_forecast_paths(week_quantiles, n_weeks, n_paths, seed, week_paths);
    for (size_t path = 0; path < n_paths; path++) {
        struct vg_random random = vg_random_stream(seed, (uint32_t)path, 0, PURPOSE_DAYS);
        for (size_t week = 0; week < n_weeks; week++) {
            double share[7], left = vg_random_uniform(&random);
            size_t chosen = 0;
            while (chosen + 1 < n_patterns && left > patterns[chosen].weight) {
                left -= patterns[chosen++].weight;
            }
            tilt(&patterns[chosen], growths[week], share);
            for (size_t day = 0; day < 7 && week * 7 + day < n_days; day++) {
                paths[path * n_days + week * 7 + day] = week_paths[path * n_weeks + week] * share[day];
            }
        }
    }
}

vg_status forecast_days(const double *daily, size_t n, const double *week_quantiles, size_t n_weeks, size_t n_days, size_t n_paths, uint64_t seed,
                        struct vg_arena *arena, double *out, double *paths, struct vg_error *error)
{
    struct pattern patterns[PATTERNS];
    struct point points[PATTERNS * POINTS];
    size_t n_patterns = find_patterns(daily, n, patterns);
    double *growths = VG_ARENA_ARRAY(arena, double, n_weeks);
    double *week_paths = n_paths > 0 ? VG_ARENA_ARRAY(arena, double, n_paths *n_weeks) : NULL;
    if (arena->failed) {
        return vg_fail_memory(error, n_paths * n_weeks * sizeof *week_paths);
    }
    for (size_t week = 0; week < n_weeks; week++) {
        double values[POINTS], shares[PATTERNS][7];
        growths[week] = coming_growth(daily, n, week_quantiles, n_weeks, week);
        for (size_t i = 0; i < POINTS; i++) {
            values[i] = forecast_quantile_at(week_quantiles + week * VG_FORECAST_LEVELS, ((double)i + 0.5) / POINTS);
        }
        for (size_t i = 0; i < n_patterns; i++) {
            tilt(&patterns[i], growths[week], shares[i]);
        }
        for (size_t day = 0; day < 7 && week * 7 + day < n_days; day++) {
            for (size_t i = 0; i < n_patterns * POINTS; i++) {
                points[i] = (struct point){values[i % POINTS] * shares[i / POINTS][day], patterns[i / POINTS].weight / POINTS};
            }
            quantiles_of_points(points, n_patterns * POINTS, out + (week * 7 + day) * VG_FORECAST_LEVELS);
        }
    }
    if (n_paths > 0) {
        draw_days(patterns, n_patterns, growths, week_quantiles, n_weeks, n_days, n_paths, seed, week_paths, paths);
    }
    return VG_OK;
}
