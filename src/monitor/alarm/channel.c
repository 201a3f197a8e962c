/*
 * The endemic channel (canal endémico): where the present year's weeks lie among those of former years (Bortman M. Rev Panam Salud Publica 1999;5:1-8).
 */
#include "monitor/alarm/alarm.h"

#include <math.h>
#include <stdlib.h>

#define MOST_YEARS 100
#define FEWEST_YEARS 3

const char *vg_channel_zone_name(enum vg_channel_zone zone)
{
    static const char *const names[] = {"success", "safety", "alert", "epidemic", "unknown"};
    return names[zone];
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static void limits_by_mean(const double *values, size_t n, struct vg_channel_week *out)
{
    double sum = 0;
    double squares = 0;
    for (size_t i = 0; i < n; i++) {
        sum += log1p(values[i]);
    }
    double mean = sum / (double)n;
    for (size_t i = 0; i < n; i++) {
        squares += (log1p(values[i]) - mean) * (log1p(values[i]) - mean);
    }
    double half = vg_student_t_quantile(0.975, (double)n - 1) * sqrt(squares / ((double)n - 1) / (double)n);
    out->low = expm1(mean - half);
    out->middle = expm1(mean);
    out->high = expm1(mean + half);
}

vg_status vg_alarm_channel(const double *history, size_t n_years, const bool *leave_out, const double *now, size_t weeks, enum vg_channel_method method,
                           struct vg_channel_week *out, struct vg_error *error)
{
    if (n_years > MOST_YEARS) {
        return vg_fail(error, VG_USAGE_ERROR, "an endemic channel is made of at most %d former years", MOST_YEARS);
    }
    for (size_t week = 0; week < weeks; week++) {
        double values[MOST_YEARS];
        size_t n = 0;
        for (size_t year = 0; year < n_years; year++) {
            double value = history[year * weeks + week];
            if (!isnan(value) && value >= 0 && (leave_out == NULL || !leave_out[year])) {
                values[n++] = value;
            }
        }
        out[week] = (struct vg_channel_week){VG_CHANNEL_UNKNOWN, n, NAN, NAN, NAN};
        if (n < FEWEST_YEARS) {
            continue;
        }
        if (method == VG_CHANNEL_QUARTILES) {
            qsort(values, n, sizeof *values, compare_doubles);
            out[week].low = vg_quantile_sorted(values, n, 0.25);
            out[week].middle = vg_quantile_sorted(values, n, 0.5);
            out[week].high = vg_quantile_sorted(values, n, 0.75);
        } else {
            limits_by_mean(values, n, &out[week]);
        }
        if (!isnan(now[week])) {
            out[week].zone = now[week] <= out[week].low      ? VG_CHANNEL_SUCCESS
                             : now[week] <= out[week].middle ? VG_CHANNEL_SAFETY
                             : now[week] <= out[week].high   ? VG_CHANNEL_ALERT
                                                             : VG_CHANNEL_EPIDEMIC;
        }
    }
    return VG_OK;
}
