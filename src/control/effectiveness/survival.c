/*
 * Kaplan and Meier's (1958) survival with Greenwood's variance, and the log-rank test (Mantel 1966), with late entry.
 */
#include "control/effectiveness/internal.h"

#include <math.h>
#include <stdlib.h>

static int compare_numbers(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return left < right ? -1 : left > right ? 1 : 0;
}

static double weight_of(const struct vg_cox_data *data, size_t i)
{
    return data->weight == NULL ? 1 : data->weight[i];
}

/* First index whose time is not below t. */
static size_t first_from(const double *time, size_t n, double t)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (time[middle] < t) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

vg_status vg_effectiveness_kaplan_meier(const struct vg_cox_data *data, const uint8_t *take, uint8_t which, struct vg_arena *arena,
                                        struct vg_survival_curve *out, struct vg_error *error)
{
    double *time = VG_ARENA_ARRAY(arena, double, data->n + 1);
    size_t n = 0;
    if (time == NULL) {
        return vg_fail_memory(error, data->n * sizeof *time);
    }
    for (size_t i = 0; i < data->n; i++) {
        if (data->event[i] && (take == NULL || take[i] == which)) {
            time[n++] = data->exit[i];
        }
    }
    qsort(time, n, sizeof *time, compare_numbers);
    size_t distinct = 0;
    for (size_t i = 0; i < n; i++) {
        if (distinct == 0 || time[distinct - 1] != time[i]) {
            time[distinct++] = time[i];
        }
    }
    *out = (struct vg_survival_curve){distinct,
                                      time,
                                      VG_ARENA_ARRAY(arena, double, distinct + 2),
                                      VG_ARENA_ARRAY(arena, double, distinct + 1),
                                      VG_ARENA_ARRAY(arena, double, distinct + 1),
                                      VG_ARENA_ARRAY(arena, double, distinct + 1)};
    if (arena->failed) {
        return vg_fail_memory(error, distinct * sizeof *time);
    }
    /* A row is at risk at the event times in (entry, exit]: +1 at the first of them, -1 after the last. */
    for (size_t i = 0; i < data->n; i++) {
        if (take != NULL && take[i] != which) {
            continue;
        }
        size_t to = first_from(time, distinct, data->exit[i]);
        bool on_time = to < distinct && time[to] == data->exit[i];
        size_t from = data->entry == NULL ? 0 : first_from(time, distinct, data->entry[i]);
        from += data->entry != NULL && from < distinct && time[from] == data->entry[i] ? 1 : 0;
        to += on_time ? 1 : 0;
        if (from < to) {
            out->at_risk[from] += weight_of(data, i);
            out->at_risk[to] -= weight_of(data, i);
        }
        if (data->event[i]) {
            out->events[to - 1] += weight_of(data, i);
        }
    }
    double survival = 1, variance = 0;
    for (size_t k = 0; k < distinct; k++) {
        out->at_risk[k] += k == 0 ? 0 : out->at_risk[k - 1];
        double risk = out->at_risk[k], d = out->events[k];
        survival *= 1 - d / risk;
        variance += d / (risk * (risk - d));
        out->survival[k] = survival;
        out->error[k] = survival > 0 ? survival * sqrt(variance) : 0;
    }
    return VG_OK;
}

void vg_effectiveness_survival_at(const struct vg_survival_curve *curve, double time, double *survival, double *error)
{
    size_t after = first_from(curve->time, curve->n_times, nextafter(time, INFINITY));
    *survival = after == 0 ? 1 : curve->survival[after - 1];
    *error = after == 0 ? 0 : curve->error[after - 1];
}

/* ----------------------------------------------------------------- log-rank */

/* The partial likelihood of one 0/1 covariate at no effect: its score is observed less expected. Ties as Mantel has them, hypergeometric. */
struct rank_sums {
    double observed[2], expected[2], variance;
    const uint8_t *group;
};

static void add_ranks(void *context, struct cox_sweep *sweep, const struct cox_deaths *deaths)
{
    struct rank_sums *sums = context;
    double all = sweep->at_risk.zeroth, ones = sweep->at_risk.first[0] + all * sweep->center[0], d = (double)deaths->n;
    for (size_t i = 0; i < deaths->n_rows; i++) {
        size_t row = deaths->rows[i];
        sums->observed[sums->group[row] ? 1 : 0] += sweep->data->event[row] ? 1 : 0;
    }
    sums->expected[1] += d * ones / all;
    sums->expected[0] += d * (all - ones) / all;
    sums->variance += all > 1.5 ? d * (ones / all) * (1 - ones / all) * (all - d) / (all - 1) : 0;
}

vg_status vg_effectiveness_log_rank(const struct vg_cox_data *data, const uint8_t *group, struct vg_arena *arena, struct vg_log_rank *out,
                                    struct vg_error *error)
{
    struct cox_sweep sweep;
    struct rank_sums sums = {.group = group};
    double *x = VG_ARENA_ARRAY(arena, double, data->n + 1);
    const double none = 0;
    struct vg_cox_data one = *data;
    if (x == NULL) {
        return vg_fail_memory(error, data->n * sizeof *x);
    }
    for (size_t i = 0; i < data->n; i++) {
        x[i] = group[i] ? 1 : 0;
    }
    one.p = 1;
    one.x = x;
    one.weight = NULL;
    vg_status status = cox_prepare(&one, VG_TIES_BRESLOW, arena, &sweep, error);
    if (status != VG_OK) {
        return status;
    }
    cox_run(&sweep, &none, add_ranks, &sums);
    double excess = sums.observed[1] - sums.expected[1];
    *out = (struct vg_log_rank){.observed = {sums.observed[0], sums.observed[1]},
                                .expected = {sums.expected[0], sums.expected[1]},
                                .chi_square = sums.variance > 0 ? excess * excess / sums.variance : NAN};
    out->p_value = isnan(out->chi_square) ? NAN : chi_square_above(out->chi_square, 1);
    return VG_OK;
}
