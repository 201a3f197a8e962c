/*
 * The renewal model run forward: infections, counts by reference date, reports, all with known truth. Beside the engine's own
 * code on purpose; only the equations of docs/renewal-model.md are shared.
 */
#ifndef RENEWAL_SIMULATION_H
#define RENEWAL_SIMULATION_H

#include "model/model.h"

#include <math.h>
#include <stdlib.h>

#define SIMULATED_SEED_DAYS 60

struct renewal_simulation {
    uint64_t seed;
    uint32_t run;
    size_t n, n_delays;          /* days, delays */
    size_t forecast;             /* days of truth beyond */
    double level;                /* infections a day at the start */
    double sigma, keep;          /* log R */
    double excess, tau, upsilon; /* counting, dates, report days */
    double delay_meanlog, delay_sdlog;
    double generation_mean, generation_sd, incubation_mean, incubation_sd;
    bool weekdays;
    double missing_share, missing_rise; /* of reports without a date: at the first report day, and how much more at the last; the rest is as without */
};

struct renewal_truth {
    double *infections, *r;  /* [n] */
    double *counts;          /* [n + forecast] final counts */
    double *unknown;         /* [n] reports without onset by report day */
};

static inline size_t simulated_gamma_weights(double mean, double sd, size_t first, double *weights, size_t capacity)
{
    double total = 0;
    for (size_t i = 0; i < capacity; i++) {
        double low = i == 0 ? 0 : vg_gamma_cdf((double)i - 0.5, mean * mean / (sd * sd), sd * sd / mean);
        weights[i] = i < first ? 0 : vg_gamma_cdf((double)i + 0.5, mean * mean / (sd * sd), sd * sd / mean) - low;
        total += weights[i];
    }
    for (size_t i = 0; i < capacity; i++) {
        weights[i] /= total;
    }
    return capacity;
}

/* Negative binomial with variance mean * (1 + excess). */
static inline double simulated_count(struct vg_random *random, double mean, double excess)
{
    return mean > 0 ? (double)vg_random_negative_binomial(random, mean, mean / excess) : 0;
}

/* All arrays by malloc; free with renewal_simulation_free. */
static inline void simulate_renewal(const struct renewal_simulation *s, struct vg_triangle *triangle, struct renewal_truth *truth)
{
    static const double by_reference[7] = {-0.35, 0.15, 0.15, 0.1, 0.05, 0.1, -0.2}, by_report[7] = {-1.2, 0.3, 0.4, 0.3, 0.2, 0.2, -0.6};
    struct vg_random random = vg_random_stream(s->seed, s->run, 0, 901);
    size_t total = SIMULATED_SEED_DAYS + s->n + s->forecast, D = s->n_delays;
    double generation[60], incubation[60] = {1};
    simulated_gamma_weights(s->generation_mean, s->generation_sd, 1, generation, 60);
    if (s->incubation_mean > 0) {
        simulated_gamma_weights(s->incubation_mean, s->incubation_sd, 0, incubation, 60);
    }
    double *infections = calloc(total, sizeof(double)), *effect = calloc(s->n + D, sizeof(double)), log_r = 0.2 * vg_random_normal(&random);
    *truth = (struct renewal_truth){calloc(s->n, sizeof(double)), calloc(s->n, sizeof(double)), calloc(s->n + s->forecast, sizeof(double)),
                                    calloc(s->n, sizeof(double))};
    *triangle = (struct vg_triangle){.start = 18628, .step_days = 1, .n_references = s->n, .n_delays = D, .increments = calloc(s->n * D, sizeof(double))};
    triangle->as_of = triangle->start + (int32_t)s->n - 1;
    double growth = log_r / s->generation_mean;
    for (size_t i = 0; i < total; i++) {
        double pressure = 0;
        for (size_t j = 1; j < 60 && j <= i; j++) {
            pressure += generation[j] * infections[i - j];
        }
        if (i < SIMULATED_SEED_DAYS) {
            infections[i] = s->level * exp(growth * ((double)i - SIMULATED_SEED_DAYS));
            continue;
        }
        log_r = i == SIMULATED_SEED_DAYS ? log_r : s->keep * log_r + s->sigma * vg_random_normal(&random);
        infections[i] = exp(log_r) * pressure;
        if (i < SIMULATED_SEED_DAYS + s->n) {
            truth->infections[i - SIMULATED_SEED_DAYS] = infections[i];
            truth->r[i - SIMULATED_SEED_DAYS] = exp(log_r);
        }
    }
    for (size_t step = 0; step < s->n + D; step++) {
        effect[step] = (s->weekdays ? by_report[(triangle->start + (int32_t)step) % 7] : 0) + s->upsilon * vg_random_normal(&random);
    }
    struct vg_random undated = vg_random_stream(s->seed, s->run, 0, 902);
    for (size_t t = 0; t < s->n + s->forecast; t++) {
        double mean = 0, left = 1;
        for (size_t j = 0; j < 60; j++) {
            mean += incubation[j] * infections[SIMULATED_SEED_DAYS + t - j];
        }
        mean *= exp((s->weekdays ? by_reference[(triangle->start + (int32_t)t) % 7] : 0) + s->tau * vg_random_normal(&random));
        for (size_t d = 0; d < D; d++) {
            double before = d == 0 ? 1 : 1 - vg_lognormal_cdf((double)d, s->delay_meanlog, s->delay_sdlog);
            double after = 1 - vg_lognormal_cdf((double)d + 1, s->delay_meanlog, s->delay_sdlog);
            double end = 1 - vg_lognormal_cdf((double)D, s->delay_meanlog, s->delay_sdlog), hazard = (before - after) / (before - end);
            double odds = d + 1 == D ? INFINITY : hazard / (1 - hazard) * exp(t + d < s->n + D ? effect[t + d] : 0);
            double share = d + 1 == D ? left : left * odds / (1 + odds), count = simulated_count(&random, mean * share, s->excess);
            left -= share;
            truth->counts[t] += count;
            if (t < s->n && t + d < s->n) {
                double chance = s->missing_share + s->missing_rise * (double)(t + d) / (double)s->n;
                double unknown = chance > 0 ? (double)vg_random_binomial(&undated, (int64_t)count, chance) : 0;
                truth->unknown[t + d] += unknown;
                triangle->increments[t * D + d] = count - unknown;
            } else if (t < s->n) {
                triangle->increments[t * D + d] = NAN;
            }
        }
    }
    free(infections);
    free(effect);
}

static inline void renewal_simulation_free(struct vg_triangle *triangle, struct renewal_truth *truth)
{
    free(triangle->increments);
    free(truth->infections);
    free(truth->r);
    free(truth->counts);
    free(truth->unknown);
}

#endif
