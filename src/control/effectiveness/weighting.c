/*
 * Screening (Farrington 1993) and weighting by the inverse probability of treatment (Robins, Hernan and Brumback 2000), with what must be looked at beside a
 * weighted estimate: overlap, balance, extreme weights, and how strong something unmeasured would have to be (VanderWeele and Ding 2017).
 */
#include "control/effectiveness/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define Z95 1.959963984540054
#define OUTSIDE_MOST 0.2    /* share of people without a counterpart beyond which groups are not comparable */
#define DIFFERENCE_MOST 0.1 /* standardised difference that is called balanced (Austin 2009) */

/* --------------------------------------------------------------- screening */

static double effect_of(double vaccinated_share, double coverage)
{
    return 1 - vaccinated_share / (1 - vaccinated_share) * (1 - coverage) / coverage;
}

void vg_effectiveness_screening_one(const struct vg_screening_row *row, struct vg_screening *out)
{
    double n = row->cases, k = row->vaccinated_cases;
    *out = (struct vg_screening){VG_EFFECT_OK, NAN, NAN, NAN, NAN, NAN};
    if (!(n > 0)) {
        out->status = VG_EFFECT_TOO_FEW;
        return;
    }
    double share_low = k > 0 ? vg_beta_quantile(0.025, k, n - k + 1) : 0, share_high = k < n ? vg_beta_quantile(0.975, k + 1, n - k) : 1;
    out->effect = k < n ? effect_of(k / n, row->coverage) : NAN;
    out->low = share_high < 1 ? effect_of(share_high, row->coverage) : NAN;
    out->high = effect_of(share_low, row->coverage);
    out->status = k == 0 || k == n ? VG_EFFECT_NO_EVENTS : VG_EFFECT_OK;
}

vg_status vg_effectiveness_screening(const struct vg_screening_row *rows, size_t n, struct vg_arena *arena, struct vg_screening *out, struct vg_error *error)
{
    double *cases = VG_ARENA_ARRAY(arena, double, n + 1), *trials = VG_ARENA_ARRAY(arena, double, n + 1), *offset = VG_ARENA_ARRAY(arena, double, n + 1);
    struct vg_logistic_fit fit;
    *out = (struct vg_screening){VG_EFFECT_TOO_FEW, NAN, NAN, NAN, NAN, NAN};
    if (arena->failed) {
        return vg_fail_memory(error, n * sizeof(double));
    }
    double all = 0, vaccinated = 0;
    for (size_t i = 0; i < n; i++) {
        if (!(rows[i].coverage > 0 && rows[i].coverage < 1) || !(rows[i].vaccinated_cases >= 0 && rows[i].vaccinated_cases <= rows[i].cases)) {
            return vg_fail(error, VG_USAGE_ERROR, "stratum %zu has a coverage that is not between 0 and 1, or more vaccinated cases than cases", i + 1);
        }
        cases[i] = rows[i].vaccinated_cases;
        trials[i] = rows[i].cases;
        offset[i] = log(rows[i].coverage / (1 - rows[i].coverage));
        all += trials[i];
        vaccinated += cases[i];
    }
    if (!(all > 0)) {
        return VG_OK;
    }
    if (vaccinated == 0 || vaccinated == all) {
        out->status = VG_EFFECT_NO_EVENTS;
        return VG_OK;
    }
    const struct vg_logistic_data data = {.n = n, .p = 0, .cases = cases, .trials = trials, .offset = offset};
    vg_status status = vg_effectiveness_logistic(&data, arena, &fit, error);
    if (status != VG_OK) {
        return status;
    }
    double spread = Z95 * sqrt(fit.covariance[0]);
    out->status = fit.status;
    out->effect = 1 - exp(fit.beta[0]);
    out->low = 1 - exp(fit.beta[0] + spread);
    out->high = 1 - exp(fit.beta[0] - spread);
    out->heterogeneity = fit.deviance;
    out->p_value = n > 1 ? chi_square_above(fit.deviance, (double)n - 1) : NAN;
    if (fit.status == VG_EFFECT_OK && n > 1 && out->p_value < 0.05) {
        out->status = VG_EFFECT_UNLIKE_STRATA;
    }
    return VG_OK;
}

/* --------------------------------------------------------------- weighting */

double vg_effectiveness_e_value(double risk_ratio)
{
    double ratio = risk_ratio < 1 ? 1 / risk_ratio : risk_ratio;
    return ratio + sqrt(ratio * (ratio - 1));
}

double vg_effectiveness_difference(const double *x, size_t stride, size_t n, const uint8_t *group, const double *weight)
{
    double sum[2] = {0, 0}, mean[2] = {0, 0}, total[2] = {0, 0};
    for (size_t i = 0; i < n; i++) {
        double w = weight == NULL ? 1 : weight[i];
        total[group[i] ? 1 : 0] += w;
        mean[group[i] ? 1 : 0] += w * x[i * stride];
    }
    if (!(total[0] > 0) || !(total[1] > 0)) {
        return NAN;
    }
    mean[0] /= total[0];
    mean[1] /= total[1];
    for (size_t i = 0; i < n; i++) {
        size_t g = group[i] ? 1 : 0;
        sum[g] += (weight == NULL ? 1 : weight[i]) * (x[i * stride] - mean[g]) * (x[i * stride] - mean[g]);
    }
    double pooled = sqrt((sum[0] / total[0] + sum[1] / total[1]) / 2), difference = mean[1] - mean[0];
    return pooled > 1e-12 * (fabs(mean[0]) + fabs(mean[1])) ? difference / pooled : difference == 0 ? 0 : INFINITY * difference;
}

static int compare_numbers(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return left < right ? -1 : left > right ? 1 : 0;
}

/* A person's time with their weight, to be sorted for a weighted curve. */
struct seen {
    double time, weight;
    uint8_t outcome;
};
/* The people of one estimate: all of them, or a draw with replacement. */
struct sample {
    const struct vg_treatment_data *data;
    size_t n;
    double at;
    double *x, *treated, *score, *weight, *sorted, *time;
    uint8_t *group, *outcome;
    struct seen *seen;
};

/* Stabilised weights from the scores, those beyond the quantiles set to them. */
static void weigh(struct sample *sample, double trim)
{
    double share = 0;
    for (size_t i = 0; i < sample->n; i++) {
        share += sample->treated[i] / (double)sample->n;
    }
    for (size_t i = 0; i < sample->n; i++) {
        double score = fmin(fmax(sample->score[i], 1e-12), 1 - 1e-12);
        sample->weight[i] = sample->group[i] ? share / score : (1 - share) / (1 - score);
    }
    if (trim > 0) {
        memcpy(sample->sorted, sample->weight, sample->n * sizeof(double));
        qsort(sample->sorted, sample->n, sizeof(double), compare_numbers);
        double low = vg_quantile_sorted(sample->sorted, sample->n, trim), high = vg_quantile_sorted(sample->sorted, sample->n, 1 - trim);
        for (size_t i = 0; i < sample->n; i++) {
            sample->weight[i] = fmin(fmax(sample->weight[i], low), high);
        }
    }
}

static int compare_seen(const void *a, const void *b)
{
    double left = ((const struct seen *)a)->time, right = ((const struct seen *)b)->time;
    return left < right ? -1 : left > right ? 1 : 0;
}

/* Risk of a group up to a day by a weighted Kaplan-Meier curve. */
static double risk_by_day(const struct sample *sample, bool weighted, size_t group)
{
    double at_risk = 0, survival = 1;
    size_t n = 0;
    for (size_t i = 0; i < sample->n; i++) {
        if (sample->group[i] == group) {
            sample->seen[n++] = (struct seen){sample->time[i], weighted ? sample->weight[i] : 1, sample->outcome[i]};
            at_risk += sample->seen[n - 1].weight;
        }
    }
    qsort(sample->seen, n, sizeof *sample->seen, compare_seen);
    for (size_t i = 0; i < n && sample->seen[i].time <= sample->at;) {
        double ended = 0, gone = 0, time = sample->seen[i].time;
        for (; i < n && sample->seen[i].time == time; i++) {
            gone += sample->seen[i].weight;
            ended += sample->seen[i].outcome ? sample->seen[i].weight : 0;
        }
        survival *= at_risk > 0 ? 1 - fmin(1, ended / at_risk) : 1;
        at_risk -= gone;
    }
    return 1 - survival;
}

/* Weighted risks of both groups and their sandwich variances. */
static void risks(const struct sample *sample, bool weighted, double risk[2], double variance[2])
{
    double total[2] = {0, 0}, sum[2] = {0, 0};
    variance[0] = variance[1] = sample->time == NULL ? 0 : NAN;
    for (size_t g = 0; sample->time != NULL && g < 2; g++) {
        risk[g] = risk_by_day(sample, weighted, g);
    }
    if (sample->time != NULL) {
        return;
    }
    for (size_t i = 0; i < sample->n; i++) {
        double w = weighted ? sample->weight[i] : 1;
        total[sample->group[i]] += w;
        sum[sample->group[i]] += w * sample->outcome[i];
    }
    risk[0] = sum[0] / total[0];
    risk[1] = sum[1] / total[1];
    for (size_t i = 0; i < sample->n; i++) {
        size_t g = sample->group[i];
        double w = weighted ? sample->weight[i] : 1, residual = w * ((double)sample->outcome[i] - risk[g]) / total[g];
        variance[g] += residual * residual;
    }
}

static void measures_of(const double risk[2], double out[VG_TREATMENT_MEASURES])
{
    out[VG_RISK_DIFFERENCE] = risk[1] - risk[0];
    out[VG_RISK_RATIO] = risk[1] / risk[0];
    out[VG_ODDS_RATIO] = risk[1] / (1 - risk[1]) * (1 - risk[0]) / risk[0];
}

static void intervals_of(const double risk[2], const double variance[2], struct vg_treatment *out)
{
    double difference = sqrt(variance[0] + variance[1]);
    double ratio = sqrt(variance[0] / (risk[0] * risk[0]) + variance[1] / (risk[1] * risk[1]));
    double odds = sqrt(variance[0] / pow(risk[0] * (1 - risk[0]), 2) + variance[1] / pow(risk[1] * (1 - risk[1]), 2));
    out->low[VG_RISK_DIFFERENCE] = out->effect[VG_RISK_DIFFERENCE] - Z95 * difference;
    out->high[VG_RISK_DIFFERENCE] = out->effect[VG_RISK_DIFFERENCE] + Z95 * difference;
    const double spread[VG_TREATMENT_MEASURES] = {0, ratio, odds};
    for (size_t m = VG_RISK_RATIO; m < VG_TREATMENT_MEASURES; m++) {
        out->low[m] = out->effect[m] * exp(-Z95 * spread[m]);
        out->high[m] = out->effect[m] * exp(Z95 * spread[m]);
    }
}

static vg_status make_sample(const struct vg_treatment_data *data, double at, struct vg_arena *arena, struct sample *sample, struct vg_error *error)
{
    size_t n = data->n + 1;
    *sample = (struct sample){.data = data, .n = data->n, .at = at};
    double **const rooms[] = {&sample->treated, &sample->score, &sample->weight, &sample->sorted};
    for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++) {
        *rooms[i] = VG_ARENA_ARRAY(arena, double, n);
    }
    sample->x = VG_ARENA_ARRAY(arena, double, n *(data->p + 1));
    sample->time = data->time == NULL ? NULL : VG_ARENA_ARRAY(arena, double, n);
    sample->seen = data->time == NULL ? NULL : VG_ARENA_ARRAY(arena, struct seen, n);
    sample->group = VG_ARENA_ARRAY(arena, uint8_t, n);
    sample->outcome = VG_ARENA_ARRAY(arena, uint8_t, n);
    return arena->failed ? vg_fail_memory(error, n * data->p * sizeof(double)) : VG_OK;
}

static void take(struct sample *sample, size_t at, size_t person)
{
    const struct vg_treatment_data *data = sample->data;
    memcpy(sample->x + at * data->p, data->x + person * data->p, data->p * sizeof(double));
    sample->group[at] = data->treated[person] ? 1 : 0;
    sample->treated[at] = sample->group[at];
    sample->outcome[at] = data->outcome[person] ? 1 : 0;
    if (data->time != NULL) {
        sample->time[at] = data->time[person];
    }
}

static vg_status score(struct sample *sample, struct vg_arena *arena, enum vg_effect_status *how, struct vg_error *error)
{
    const struct vg_logistic_data data = {.n = sample->n, .p = sample->data->p, .x = sample->x, .cases = sample->treated};
    struct vg_logistic_fit fit;
    vg_status status = vg_effectiveness_logistic(&data, arena, &fit, error);
    *how = status == VG_OK ? fit.status : VG_EFFECT_NOT_CONVERGED;
    if (status == VG_OK) {
        memcpy(sample->score, fit.fitted, sample->n * sizeof(double));
    }
    return status;
}

static vg_status bootstrap(const struct vg_treatment_data *data, const struct vg_treatment_settings *settings, struct vg_arena *arena, struct vg_treatment *out,
                           struct vg_error *error)
{
    struct vg_arena own;
    struct sample sample;
    double *values = VG_ARENA_ARRAY(arena, double, settings->n_bootstrap *VG_TREATMENT_MEASURES + 1), risk[2], variance[2];
    size_t n = 0;
    vg_status status = make_sample(data, out->at, arena, &sample, error);
    if (status != VG_OK || values == NULL) {
        return status == VG_OK ? vg_fail_memory(error, 0) : status;
    }
    vg_arena_init(&own, 0);
    for (size_t b = 0; status == VG_OK && b < settings->n_bootstrap; b++) {
        struct vg_random random = vg_random_stream(settings->seed, (uint32_t)b, 0, 7);
        enum vg_effect_status how = VG_EFFECT_OK;
        for (size_t i = 0; i < data->n; i++) {
            take(&sample, i, vg_random_below(&random, (uint32_t)data->n));
        }
        vg_arena_reset(&own);
        status = score(&sample, &own, &how, error);
        if (status != VG_OK || how != VG_EFFECT_OK) {
            continue;
        }
        double all[VG_TREATMENT_MEASURES];
        weigh(&sample, settings->trim);
        risks(&sample, true, risk, variance);
        measures_of(risk, all);
        for (size_t m = 0; m < VG_TREATMENT_MEASURES; m++) {
            values[m * settings->n_bootstrap + n] = all[m];
        }
        n += isfinite(all[VG_RISK_RATIO]) && isfinite(all[VG_ODDS_RATIO]) ? 1 : 0;
    }
    vg_arena_release(&own);
    for (size_t m = 0; status == VG_OK && n * 10 >= settings->n_bootstrap * 9 && m < VG_TREATMENT_MEASURES; m++) {
        double *sorted = values + m * settings->n_bootstrap;
        qsort(sorted, n, sizeof *sorted, compare_numbers);
        out->boot_low[m] = vg_quantile_sorted(sorted, n, 0.025);
        out->boot_high[m] = vg_quantile_sorted(sorted, n, 0.975);
    }
    return status;
}

/* Range of scores by group, those outside of the other group's range, and how much the weights cost. */
static void overlap(const struct sample *sample, struct vg_treatment *out)
{
    double sum[2] = {0, 0}, square[2] = {0, 0};
    for (size_t g = 0; g < 2; g++) {
        out->score_low[g] = INFINITY;
        out->score_high[g] = -INFINITY;
    }
    for (size_t i = 0; i < sample->n; i++) {
        size_t g = sample->group[i];
        out->score_low[g] = fmin(out->score_low[g], sample->score[i]);
        out->score_high[g] = fmax(out->score_high[g], sample->score[i]);
        sum[g] += sample->weight[i];
        square[g] += sample->weight[i] * sample->weight[i];
        out->largest_weight = fmax(out->largest_weight, sample->weight[i]);
    }
    double low = fmax(out->score_low[0], out->score_low[1]), high = fmin(out->score_high[0], out->score_high[1]);
    for (size_t i = 0; i < sample->n; i++) {
        out->n_outside += sample->score[i] < low || sample->score[i] > high ? 1 : 0;
    }
    out->effective_n[0] = sum[0] * sum[0] / square[0];
    out->effective_n[1] = sum[1] * sum[1] / square[1];
}

/* The weighted hazards' ratio, and whether it is constant. */
static vg_status hazards(const struct sample *sample, struct vg_arena *arena, struct vg_treatment *out, struct vg_error *error)
{
    const struct vg_cox_data data = {.n = sample->n, .p = 1, .exit = sample->time, .event = sample->outcome, .x = sample->treated, .weight = sample->weight};
    struct vg_cox_fit fit;
    struct vg_proportional test;
    double *influence = NULL, variance = 0;
    vg_status status = vg_effectiveness_cox(&data, VG_TIES_EFRON, arena, &fit, error);
    if (status != VG_OK || fit.status != VG_EFFECT_OK) {
        return status;
    }
    status = vg_effectiveness_proportional(&data, VG_TIES_EFRON, &fit, arena, &test, error);
    status = status == VG_OK ? vg_effectiveness_cox_influence(&data, VG_TIES_EFRON, &fit, arena, &influence, error) : status;
    for (size_t i = 0; status == VG_OK && i < sample->n; i++) {
        variance += influence[i] * influence[i];
    }
    if (status == VG_OK) {
        out->hazard_ratio = exp(fit.beta[0]);
        out->hazard_low = exp(fit.beta[0] - Z95 * sqrt(variance));
        out->hazard_high = exp(fit.beta[0] + Z95 * sqrt(variance));
        out->p_proportional = test.p_value[0];
    }
    return status;
}

static double last_outcome(const struct vg_treatment_data *data)
{
    double last = 0;
    for (size_t i = 0; i < data->n; i++) {
        last = data->outcome[i] && data->time[i] > last ? data->time[i] : last;
    }
    return last;
}

static bool count(const struct vg_treatment_data *data, struct vg_treatment *out)
{
    for (size_t i = 0; i < data->n; i++) {
        out->n_treated += data->treated[i] ? 1 : 0;
        out->n_outcomes_treated += data->treated[i] && data->outcome[i] ? 1 : 0;
        out->n_outcomes_untreated += !data->treated[i] && data->outcome[i] ? 1 : 0;
    }
    out->n_untreated = data->n - out->n_treated;
    for (size_t m = 0; m < VG_TREATMENT_MEASURES; m++) {
        out->crude[m] = out->effect[m] = out->low[m] = out->high[m] = out->boot_low[m] = out->boot_high[m] = NAN;
    }
    out->risk[0] = out->risk[1] = out->e_value = out->e_value_limit = out->hazard_ratio = out->hazard_low = out->hazard_high = out->p_proportional = NAN;
    bool few = out->n_treated < 5 || out->n_untreated < 5 || data->n <= data->p + 2;
    bool none = out->n_outcomes_treated == 0 || out->n_outcomes_untreated == 0 || out->n_outcomes_treated == out->n_treated ||
                out->n_outcomes_untreated == out->n_untreated;
    out->status = few ? VG_EFFECT_TOO_FEW : none ? VG_EFFECT_NO_EVENTS : VG_EFFECT_OK;
    return !few && !none;
}

static void judge(const struct vg_treatment_data *data, struct vg_treatment *out)
{
    if ((double)out->n_outside > OUTSIDE_MOST * (double)data->n || out->effective_n[0] < 10 || out->effective_n[1] < 10) {
        out->status = VG_EFFECT_NO_OVERLAP;
        return;
    }
    for (size_t j = 0; j < data->p; j++) {
        if (fabs(out->difference_after[j]) > DIFFERENCE_MOST) {
            out->status = VG_EFFECT_NOT_BALANCED;
        }
    }
}

vg_status vg_effectiveness_treatment(const struct vg_treatment_data *data, const struct vg_treatment_settings *settings, struct vg_arena *arena,
                                     struct vg_treatment *out, struct vg_error *error)
{
    struct sample sample;
    enum vg_effect_status how = VG_EFFECT_OK;
    double variance[2];
    *out = (struct vg_treatment){.score = NULL};
    if (!(settings->trim >= 0 && settings->trim < 0.5) || data->n > UINT32_MAX) {
        return vg_fail(error, VG_USAGE_ERROR, "weights are trimmed at a quantile from 0 to below 0.5");
    }
    out->at = data->time == NULL ? NAN : settings->at > 0 ? settings->at : last_outcome(data);
    vg_status status = make_sample(data, out->at, arena, &sample, error);
    out->difference_before = VG_ARENA_ARRAY(arena, double, data->p + 1);
    out->difference_after = VG_ARENA_ARRAY(arena, double, data->p + 1);
    if (status != VG_OK || arena->failed || !count(data, out)) {
        return arena->failed ? vg_fail_memory(error, 0) : status;
    }
    for (size_t i = 0; i < data->n; i++) {
        take(&sample, i, i);
    }
    status = score(&sample, arena, &how, error);
    if (status != VG_OK || how != VG_EFFECT_OK) {
        out->status = how == VG_EFFECT_SEPARATED ? VG_EFFECT_NO_OVERLAP : how;
        return status;
    }
    weigh(&sample, settings->trim);
    out->score = sample.score;
    out->weight = sample.weight;
    risks(&sample, false, out->risk, variance);
    measures_of(out->risk, out->crude);
    risks(&sample, true, out->risk, variance);
    measures_of(out->risk, out->effect);
    intervals_of(out->risk, variance, out);
    overlap(&sample, out);
    for (size_t j = 0; j < data->p; j++) {
        out->difference_before[j] = vg_effectiveness_difference(sample.x + j, data->p, data->n, sample.group, NULL);
        out->difference_after[j] = vg_effectiveness_difference(sample.x + j, data->p, data->n, sample.group, sample.weight);
    }
    status = data->time != NULL ? hazards(&sample, arena, out, error) : VG_OK;
    status = status == VG_OK && settings->n_bootstrap > 0 ? bootstrap(data, settings, arena, out, error) : status;
    bool booted = !isnan(out->boot_low[VG_RISK_RATIO]);
    double low = booted ? out->boot_low[VG_RISK_RATIO] : out->low[VG_RISK_RATIO], high = booted ? out->boot_high[VG_RISK_RATIO] : out->high[VG_RISK_RATIO];
    out->e_value = vg_effectiveness_e_value(out->effect[VG_RISK_RATIO]);
    out->e_value_limit = isnan(low) || isnan(high) ? NAN : low <= 1 && high >= 1 ? 1 : vg_effectiveness_e_value(low > 1 ? low : high);
    judge(data, out);
    return status;
}
