/*
 * What the data could not tell apart: the design as the errors weigh it, with each place's own level and the shared columns taken out (Belsley, Kuh and Welsch,
 * Regression Diagnostics, 1980: condition number of the scaled design, variance inflation), and the effects' correlation in the posterior.
 */
#include "control/measures_effect/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SEEN_PRIOR_LEFT 0.9      /* hardly narrower than the prior */
#define APART_CORRELATION (-0.8) /* effects that can be exchanged for one another */
#define APART_INFLATION 10.0
#define RIDGE 1e-9

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return x < y ? -1 : x > y ? 1 : 0;
}

/* Information on [measures, shared] once each place has a level of its own: sum over places of A_ww - A_w1 A_1w / A_11. */
static void information_of(const struct problem *problem, const struct workspace *work, double *information)
{
    size_t n = problem->n_columns;
    size_t w = problem->n_fixed - 1;
    for (size_t place = 0; place < problem->n_places; place++) {
        const double *product = work->product + place * n * n;
        for (size_t a = 0; a < w; a++) {
            for (size_t b = 0; b < w; b++) {
                information[a * w + b] += product[(1 + a) * n + 1 + b] - product[(1 + a) * n] * product[1 + b] / product[0];
            }
        }
    }
}

/* Takes the shared columns out of the measures' information (a Schur complement) and writes it by itself. */
static void partial_out(double *information, size_t w, size_t m, double *rest)
{
    for (size_t pivot = w; pivot-- > m;) {
        double diagonal = information[pivot * w + pivot];
        for (size_t a = 0; diagonal > 0 && a < pivot; a++) {
            double factor = information[a * w + pivot] / diagonal;
            for (size_t b = 0; b < pivot; b++) {
                information[a * w + b] -= factor * information[pivot * w + b];
            }
        }
    }
    for (size_t a = 0; a < m; a++) {
        for (size_t b = 0; b < m; b++) {
            rest[a * m + b] = information[a * w + b];
        }
    }
}

/* Timing's correlations, variance inflation and condition number of the measures that change at all. */
static vg_status judge_timing(const struct problem *problem, const double *raw, const double *rest, struct vg_arena *arena, struct vg_measures_estimate *out, struct vg_error *error)
{
    size_t m = problem->n_measures;
    size_t *used = VG_ARENA_ARRAY(arena, size_t, m + 1);
    double *scaled = VG_ARENA_ARRAY(arena, double, m *m + 1);
    double *inverse = VG_ARENA_ARRAY(arena, double, m *m + 1);
    double *column = VG_ARENA_ARRAY(arena, double, m + 1);
    size_t n = 0;
    double lowest = 1;
    double highest = 1;
    if (arena->failed) {
        return vg_fail_memory(error, 0);
    }
    for (size_t j = 0; j < m; j++) {
        bool changes = out->effects[j].n_places > 0 && raw[j * m + j] > 0;
        out->effects[j].variance_inflation = changes ? INFINITY : NAN;
        if (changes) {
            used[n++] = j;
        }
    }
    for (size_t a = 0; a < n; a++) {
        for (size_t b = 0; b < n; b++) {
            double value = rest[used[a] * m + used[b]] / sqrt(raw[used[a] * m + used[a]] * raw[used[b] * m + used[b]]);
            scaled[a * n + b] = value + (a == b ? RIDGE : 0);
            out->pair_timing[used[a] * m + used[b]] = raw[used[a] * m + used[b]] / sqrt(raw[used[a] * m + used[a]] * raw[used[b] * m + used[b]]);
        }
    }
    memcpy(inverse, scaled, n * n * sizeof *scaled);
    vg_dense_eigenvalues(inverse, n, &lowest, &highest);
    out->condition_number = n == 0 ? NAN : sqrt(highest / fmax(lowest, RIDGE));
    if (n > 0 && vg_dense_cholesky(scaled, n)) {
        vg_dense_inverse(scaled, n, column, inverse);
        for (size_t a = 0; a < n; a++) {
            out->effects[used[a]].variance_inflation = inverse[a * n + a];
        }
    }
    return VG_OK;
}

/* Correlation of two effects' draws, and both together. */
static void pair_of(const struct problem *problem, const struct kept *kept, size_t a, size_t b, double *sorted, struct vg_measures_estimate *out)
{
    size_t n = kept->n_chains * kept->n_draws;
    size_t m = problem->n_measures;
    const struct vg_measures_effect *one = &out->effects[a];
    const struct vg_measures_effect *other = &out->effects[b];
    double product = 0;
    for (size_t i = 0; i < n; i++) {
        double x = kept->fixed[i * problem->n_fixed + 1 + a];
        double y = kept->fixed[i * problem->n_fixed + 1 + b];
        product += (x - one->mean) * (y - other->mean);
        sorted[i] = x + y;
    }
    double sum_mean = one->mean + other->mean;
    qsort(sorted, n, sizeof *sorted, compare);
    double correlation = product / ((double)n - 1) / (one->sd * other->sd);
    const size_t at[2] = {a * m + b, b * m + a};
    for (size_t i = 0; i < 2; i++) {
        out->pair_posterior[at[i]] = correlation;
        out->pair_sum_mean[at[i]] = sum_mean;
        out->pair_sum_low[at[i]] = vg_quantile_sorted(sorted, n, 0.025);
        out->pair_sum_high[at[i]] = vg_quantile_sorted(sorted, n, 0.975);
    }
}

static void judge_effects(const struct problem *problem, struct vg_measures_estimate *out)
{
    size_t m = problem->n_measures;
    for (size_t a = 0; a < m; a++) {
        struct vg_measures_effect *effect = &out->effects[a];
        effect->partner = SIZE_MAX;
        effect->partner_correlation = NAN;
        for (size_t b = 0; b < m; b++) {
            double correlation = out->pair_posterior[a * m + b];
            if (a != b && out->effects[b].n_places > 0 && (effect->partner == SIZE_MAX || correlation < effect->partner_correlation)) {
                effect->partner = b;
                effect->partner_correlation = correlation;
            }
        }
        effect->seen = isnan(effect->variance_inflation)                                                                        ? VG_MEASURES_NEVER_CHANGES
                       : effect->partner != SIZE_MAX && effect->partner_correlation < APART_CORRELATION                         ? VG_MEASURES_NOT_TOLD_APART
                       : effect->partner != SIZE_MAX && problem->n_measures > 1 && effect->variance_inflation > APART_INFLATION ? VG_MEASURES_NOT_TOLD_APART
                       : effect->prior_left > SEEN_PRIOR_LEFT                                                                   ? VG_MEASURES_PRIOR_ONLY
                                                                                                                                : VG_MEASURES_SEEN;
    }
}

vg_status diagnose(const struct problem *problem, const struct kept *kept, struct vg_arena *arena, struct vg_measures_estimate *out, struct vg_error *error)
{
    struct workspace work;
    size_t n = kept->n_chains * kept->n_draws;
    size_t w = problem->n_fixed - 1;
    size_t m = problem->n_measures;
    double *information = VG_ARENA_ARRAY(arena, double, w *w + 1);
    double *raw = VG_ARENA_ARRAY(arena, double, m *m + 1);
    double *rest = VG_ARENA_ARRAY(arena, double, m *m + 1);
    double *sorted = VG_ARENA_ARRAY(arena, double, n);
    double *scales = VG_ARENA_ARRAY(arena, double, kept->n_scales);
    if (!workspace_init(&work, problem, arena)) {
        return vg_fail_memory(error, 0);
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t scale = 0; scale < kept->n_scales; scale++) {
            scales[scale] += kept->scales[i * kept->n_scales + scale] / (double)n;
        }
    }
    whiten(problem, scales, &work);
    information_of(problem, &work, information);
    for (size_t a = 0; a < m; a++) {
        for (size_t b = 0; b < m; b++) {
            raw[a * m + b] = information[a * w + b];
        }
    }
    partial_out(information, w, m, rest);
    vg_status status = judge_timing(problem, raw, rest, arena, out, error);
    for (size_t a = 0; a < m; a++) {
        out->pair_posterior[a * m + a] = 1;
        for (size_t b = a + 1; b < m; b++) {
            pair_of(problem, kept, a, b, sorted, out);
        }
    }
    judge_effects(problem, out);
    return status;
}
