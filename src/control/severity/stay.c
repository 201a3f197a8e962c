/*
 * Risks with cases that are not over (Aalen and Johansen 1978; Ghani et al. 2005), and lengths of stay in whole days with
 * patients still in, entered late or seen only once discharged (Reich et al. 2009 for the days, Kaplan and Meier 1958 as a
 * check).
 */
#include "control/severity/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define Z95 1.959963984540054
#define LEAST_STAYS 10
#define LONG_DAYS 60

/* ------------------------------------------------------------------- risks */

struct ended {
    double day;
    uint8_t end;
};

static int compare_ended(const void *a, const void *b)
{
    const struct ended *left = a, *right = b;
    return left->day < right->day ? -1 : left->day > right->day ? 1 : 0;
}

/* Sums over the days with an end; the variance needs the final incidence, so it is of the second pass. */
struct incidence {
    double survival, event, other, variance;
};

static struct incidence pass(const struct ended *rows, size_t n, double final_event)
{
    struct incidence out = {1, 0, 0, 0};
    for (size_t at = 0; at < n;) {
        double risk = (double)(n - at), events = 0, others = 0, day = rows[at].day;
        for (; at < n && rows[at].day == day; at++) {
            events += rows[at].end == VG_END_EVENT ? 1 : 0;
            others += rows[at].end == VG_END_OTHER ? 1 : 0;
        }
        double before = out.survival, ends = events + others;
        out.event += before * events / risk;
        out.other += before * others / risk;
        out.survival *= 1 - ends / risk;
        double rest = final_event - out.event;
        out.variance += ends < risk ? rest * rest * ends / (risk * (risk - ends)) : 0;
        out.variance += before * before * (risk - events) * events / (risk * risk * risk) - 2 * rest * before * events / (risk * risk);
    }
    return out;
}

static struct vg_severity_estimate on_logit(double value, double error)
{
    double spread = value > 0 && value < 1 ? Z95 * error / (value * (1 - value)) : 0, center = log(value / (1 - value));
    return (struct vg_severity_estimate){value, value > 0 && value < 1 ? 1 / (1 + exp(-(center - spread))) : value,
                                         value > 0 && value < 1 ? 1 / (1 + exp(-(center + spread))) : value};
}

vg_status vg_severity_competing(const double *days, const uint8_t *end, size_t n, struct vg_arena *arena, struct vg_severity_risk *out, struct vg_error *error)
{
    struct ended *rows = VG_ARENA_ARRAY(arena, struct ended, n + 1);
    *out = (struct vg_severity_risk){.status = VG_SEVERITY_TOO_FEW, .n = (double)n, .known = {NAN, NAN, NAN}, .risk = {NAN, NAN, NAN}};
    if (rows == NULL) {
        return vg_fail_memory(error, n * sizeof *rows);
    }
    for (size_t i = 0; i < n; i++) {
        if (!(days[i] >= 0) || isinf(days[i]) || end[i] > VG_END_OTHER) {
            return vg_fail(error, VG_USAGE_ERROR, "case %zu ends after %g days", i + 1, days[i]);
        }
        rows[i] = (struct ended){days[i], end[i]};
        out->events += end[i] == VG_END_EVENT ? 1 : 0;
        out->others += end[i] == VG_END_OTHER ? 1 : 0;
    }
    out->open = out->n - out->events - out->others;
    if (out->events + out->others < 5) {
        return VG_OK;
    }
    qsort(rows, n, sizeof *rows, compare_ended);
    struct incidence first = pass(rows, n, 0), second = pass(rows, n, first.event);
    double over = first.event + first.other, scale = 1 / over;
    out->known = severity_binomial(out->events, out->events + out->others);
    out->status = VG_SEVERITY_OK;
    if (out->events == 0 || out->others == 0) {
        out->risk = severity_binomial(out->events, out->events + out->others);
        return VG_OK;
    }
    /* What is not over by the last day is shared out as what is: both incidences, and with them the error, are scaled alike. */
    out->risk = on_logit(first.event * scale, sqrt(fmax(0, second.variance)) * scale);
    return VG_OK;
}

/* ----------------------------------------------------------- length of stay */

/* By whole days: stays that ended after k, that are known to be longer than k, that were seen only from k + 1 on, and that
 * could be seen up to k only. */
struct days {
    double ended[VG_STAY_DAYS_MAX + 1], longer[VG_STAY_DAYS_MAX + 1], late[VG_STAY_DAYS_MAX + 1], until[VG_STAY_DAYS_MAX + 1];
    size_t last;
};

static size_t capped(int64_t day)
{
    return day > VG_STAY_DAYS_MAX ? VG_STAY_DAYS_MAX : (size_t)day;
}

static void count_days(const struct vg_stay *stays, size_t n, const struct vg_stay_settings *settings, struct days *days, struct vg_stay_estimate *out)
{
    int64_t window = settings->window_days > 0 ? (int64_t)settings->as_of - settings->window_days + 1 : INT32_MIN;
    for (size_t i = 0; i < n; i++) {
        int64_t from = stays[i].from;
        bool open = stays[i].to == VG_DATE_NONE || stays[i].to > settings->as_of;
        if (from > settings->as_of || (!open && stays[i].to < window) || (open && settings->discharged_only)) {
            continue;
        }
        int64_t length = (open ? (int64_t)settings->as_of : stays[i].to) - from;
        if (length > VG_STAY_DAYS_MAX) {
            out->n_longer++;
            days->longer[VG_STAY_DAYS_MAX]++;
        } else if (open) {
            days->longer[length]++;
        } else {
            days->ended[length]++;
        }
        if (from < window) { /* in for longer than is looked at when the window opens: entered and out on the last day, so that
                                they say nothing */
            days->late[capped(window - from - 1)]++;
        }
        if (settings->discharged_only) {
            days->until[capped((int64_t)settings->as_of - from)]++;
        }
        out->n++;
        out->n_open += open ? 1 : 0;
        out->n_long_open += open && length > LONG_DAYS ? 1 : 0;
        days->last = capped(length) > days->last ? capped(length) : days->last;
    }
    for (size_t k = 0; k <= VG_STAY_DAYS_MAX; k++) {
        days->last = (days->late[k] > 0 || days->until[k] > 0) && k > days->last ? k : days->last;
    }
}

/* lost: the share of ends that nobody ever records. */
static double log_likelihood(const struct days *days, const struct vg_interval_law *law, double lost)
{
    double before = 0, here = 0, sum = 0;
    for (size_t k = 0; k <= days->last; k++) {
        double ahead = vg_interval_integral(law, (double)k + 1), inside = ahead - 2 * here + before, within = ahead - here;
        sum += days->ended[k] > 0 ? days->ended[k] * log(fmax((1 - lost) * inside, 1e-15)) : 0;
        sum += days->longer[k] != days->late[k] ? (days->longer[k] - days->late[k]) * log(fmax(lost + (1 - lost) * (1 - within), 1e-15)) : 0;
        sum -= days->until[k] > 0 ? days->until[k] * log(fmax(within, 1e-15)) : 0;
        before = here;
        here = ahead;
    }
    return sum;
}

/* theta: log mean, log standard deviation, logit of the lost share; n of them are free, and of two none is lost. */
struct climbing {
    const struct days *days;
    enum vg_interval_family family;
    size_t n;
};

static double at(const struct climbing *climbing, const double theta[3])
{
    bool inside = theta[0] > -3 && theta[0] < 7 && theta[1] > -4 && theta[1] < 8 && theta[1] - theta[0] < 2.3 && theta[1] - theta[0] > -3;
    if (!inside || (climbing->n == 3 && !(theta[2] > -12 && theta[2] < 3))) {
        return -INFINITY;
    }
    struct vg_interval_law law = vg_interval_law_of(climbing->family, exp(theta[0]), exp(theta[1]));
    return log_likelihood(climbing->days, &law, climbing->n == 3 ? 1 / (1 + exp(-theta[2])) : 0);
}

/* Compass search (Hooke and Jeeves 1961): a few smooth parameters, no derivatives, never lost. */
static double climb(const struct climbing *climbing, double theta[3])
{
    static const double ways[14][3] = {{1, 0, 0},  {-1, 0, 0}, {0, 1, 0},  {0, -1, 0}, {1, 1, 0},   {-1, -1, 0}, {1, -1, 0},
                                       {-1, 1, 0}, {0, 0, 1},  {0, 0, -1}, {1, 1, -1}, {-1, -1, 1}, {0, 1, -1},  {0, -1, 1}};
    double best = at(climbing, theta), step = 0.25;
    for (int round = 0; round < 600 && step > 1e-6; round++) {
        bool moved = false;
        for (size_t w = 0; w < (climbing->n == 3 ? 14 : 8); w++) {
            double trial[3] = {theta[0] + step * ways[w][0], theta[1] + step * ways[w][1], theta[2] + 2 * step * ways[w][2]}, value = at(climbing, trial);
            if (value > best) {
                best = value;
                memcpy(theta, trial, sizeof trial);
                moved = true;
                break;
            }
        }
        step *= moved ? 1.3 : 0.5;
    }
    return best;
}

/* Standard errors from second differences; NaN where the top is no top. */
static void errors_of(const struct climbing *climbing, const double theta[3], double error[3])
{
    const double h = 1e-3;
    double curvature[9], inverse[9], room[3];
    size_t n = climbing->n;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j <= i; j++) {
            double sum = 0;
            for (int corner = 0; corner < 4; corner++) {
                double moved[3] = {theta[0], theta[1], theta[2]}, a = corner & 1 ? h : -h, b = corner & 2 ? h : -h;
                moved[i] += a;
                moved[j] += b;
                sum += (a > 0) == (b > 0) ? at(climbing, moved) : -at(climbing, moved);
            }
            curvature[i * n + j] = -sum / (4 * h * h);
        }
    }
    bool top = vg_dense_cholesky(curvature, n);
    if (top) {
        vg_dense_inverse(curvature, n, room, inverse);
    }
    for (size_t i = 0; i < 3; i++) {
        error[i] = top && i < n ? sqrt(inverse[i * n + i]) : NAN;
    }
}

static double quantile_of(const struct vg_interval_law *law, double level)
{
    double low = 0, high = 4000;
    for (int i = 0; i < 80; i++) {
        double middle = (low + high) / 2;
        if (vg_interval_cdf(law, middle) < level) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return (low + high) / 2;
}

/* Kaplan and Meier with late entry; of those seen only once discharged, in reverse time (Lagakos et al. 1988). */
static void without_family(const struct days *days, bool discharged_only, struct vg_stay_estimate *out)
{
    double survival = 1, mean = 0, above = 0, risk = 0;
    if (discharged_only) {
        double share = 1;
        for (size_t k = days->last + 1; k-- > 0;) {
            /* of those who could be seen up to k or later and left within k: how many on day k */
            out->survival[k] = 1 - share;
            double within = 0;
            for (size_t d = 0; d <= k; d++) {
                within += days->ended[d];
            }
            double early = 0; /* whose time of being seen ends before k are not in the set */
            for (size_t u = 0; u < k; u++) {
                early += days->until[u];
            }
            share *= within - early > 0 ? 1 - days->ended[k] / (within - early) : 1;
            share = fmax(share, 0);
        }
    } else {
        for (size_t k = 0; k <= days->last; k++) {
            above += days->ended[k] + days->longer[k];
        }
        double entered = above;
        for (size_t k = 0; k <= days->last; k++) {
            entered -= days->late[k];
        }
        risk = entered; /* at risk on day 0: those not entering late */
        for (size_t k = 0; k <= days->last; k++) {
            survival *= risk > 0 ? 1 - fmin(1, days->ended[k] / risk) : 1;
            out->survival[k] = survival;
            risk += days->late[k] - days->ended[k] - days->longer[k];
        }
    }
    out->median = NAN;
    for (size_t k = 0; k <= days->last; k++) {
        mean += out->survival[k];
        out->median = isnan(out->median) && out->survival[k] <= 0.5 ? (double)k : out->median;
    }
    out->mean = mean;
}

static void fit_family(const struct climbing *climbing, const double start[3], struct vg_stay_fit *fit)
{
    double theta[3] = {start[0], start[1], start[2]}, error[3];
    fit->log_likelihood = climb(climbing, theta);
    errors_of(climbing, theta, error);
    fit->law = vg_interval_law_of(climbing->family, exp(theta[0]), exp(theta[1]));
    fit->mean_low = exp(theta[0] - Z95 * error[0]);
    fit->mean_high = exp(theta[0] + Z95 * error[0]);
    fit->sd_low = exp(theta[1] - Z95 * error[1]);
    fit->sd_high = exp(theta[1] + Z95 * error[1]);
    fit->lost = climbing->n == 3 ? 1 / (1 + exp(-theta[2])) : 0;
    fit->median = quantile_of(&fit->law, 0.5);
    fit->q90 = quantile_of(&fit->law, 0.9);
    fit->aic = 2 * (double)climbing->n - 2 * fit->log_likelihood;
}

vg_status vg_severity_stay(const struct vg_stay *stays, size_t n, const struct vg_stay_settings *settings, struct vg_arena *arena, struct vg_stay_estimate *out,
                           struct vg_error *error)
{
    static const enum vg_interval_family families[3] = {VG_INTERVAL_GAMMA, VG_INTERVAL_LOGNORMAL, VG_INTERVAL_WEIBULL};
    struct days *days = VG_ARENA_ARRAY(arena, struct days, 1);
    *out = (struct vg_stay_estimate){.status = VG_SEVERITY_TOO_FEW, .median = NAN, .mean = NAN, .distance = NAN};
    if (days == NULL) {
        return vg_fail_memory(error, sizeof *days);
    }
    for (size_t i = 0; i < n; i++) {
        if (stays[i].from == VG_DATE_NONE || (stays[i].to != VG_DATE_NONE && stays[i].to < stays[i].from)) {
            return vg_fail(error, VG_USAGE_ERROR, "stay %zu has no beginning, or ends before it begins", i + 1);
        }
    }
    if (settings->discharged_only && settings->window_days > 0) {
        return vg_fail(error, VG_USAGE_ERROR,
                       "of lists that hold only those who have left all days are taken: a window leaves out both ends, and "
                       "would be taken for short stays");
    }
    count_days(stays, n, settings, days, out);
    double ended = 0, sum = 0, distinct = 0;
    for (size_t k = 0; k <= VG_STAY_DAYS_MAX; k++) {
        ended += days->ended[k];
        sum += days->ended[k] * ((double)k + 0.3);
        distinct += days->ended[k] > 0 ? 1 : 0;
    }
    if (ended < LEAST_STAYS || distinct < 2) {
        return VG_OK;
    }
    const double start[3] = {log(sum / ended), log(0.8 * sum / ended), -3};
    without_family(days, settings->discharged_only, out);
    for (size_t f = 0; f < 3; f++) {
        const struct climbing climbing = {days, families[f], settings->unrecorded && !settings->discharged_only ? 3 : 2};
        fit_family(&climbing, start, &out->fits[f]);
        out->best = out->fits[f].aic < out->fits[out->best].aic ? f : out->best;
    }
    out->distance = 0;
    for (size_t k = 0; k <= days->last; k++) {
        const struct vg_interval_law *law = &out->fits[out->best].law;
        double within = vg_interval_integral(law, (double)k + 1) - vg_interval_integral(law, (double)k);
        out->distance = fmax(out->distance, fabs(1 - out->survival[k] - (1 - out->fits[out->best].lost) * within));
    }
    out->status = isnan(out->fits[out->best].mean_low) ? VG_SEVERITY_NOT_CONVERGED : VG_SEVERITY_OK;
    return VG_OK;
}
