/*
 * Simulated places under measures with known effects, for the tests of the regression on measures. Everything follows from the seed.
 */
#ifndef VG_TEST_SIMULATED_MEASURES_H
#define VG_TEST_SIMULATED_MEASURES_H

#include "control/measures_effect/measures_effect.h"

#define SIMULATED_ROWS_MOST 4000
#define SIMULATED_MEASURES_MOST 8

struct simulation_truth {
    size_t n_places, n_steps, n_measures;
    double effect[SIMULATED_MEASURES_MOST], between[SIMULATED_MEASURES_MOST];
    double level, level_sd, drift_sd, correlation, noise_sd, error_sd;
    double together;   /* chance that the second measure is taken and dropped with the first one */
    double factor_spread; /* of the logarithm of what multiplies drift and noise of a place */
    bool walk;         /* the drift is a random walk; drift_sd is its step's */
};
struct simulation {
    struct vg_measures_data data;
    size_t first[SIMULATED_ROWS_MOST / 4];
    int32_t step[SIMULATED_ROWS_MOST];
    double log_r[SIMULATED_ROWS_MOST], error[SIMULATED_ROWS_MOST], felt[SIMULATED_ROWS_MOST * SIMULATED_MEASURES_MOST];
    double place_effect[SIMULATED_ROWS_MOST], factor[SIMULATED_ROWS_MOST / 4];
};

/* Measures are taken once or twice in each place, at times of their own. */
static void simulate_strengths(const struct simulation_truth *truth, struct vg_random *random, double *felt)
{
    size_t m = truth->n_measures;
    for (size_t j = 0; j < m; j++) {
        size_t from = 3 + vg_random_below(random, (uint32_t)(truth->n_steps / 2));
        size_t length = 5 + vg_random_below(random, (uint32_t)(truth->n_steps / 2));
        bool together = j == 1 && vg_random_uniform(random) < truth->together;
        for (size_t t = 0; t < truth->n_steps; t++) {
            felt[t * m + j] = together ? felt[t * m] : t >= from && t < from + length ? 1 : 0;
        }
    }
}

static void simulate_measures(const struct simulation_truth *truth, uint64_t seed, struct simulation *out)
{
    size_t m = truth->n_measures;
    size_t row = 0;
    out->first[0] = 0;
    for (size_t place = 0; place < truth->n_places; place++) {
        struct vg_random random = vg_random_stream(seed, (uint32_t)place, 0, 77);
        double level = truth->level + truth->level_sd * vg_random_normal(&random);
        double factor = exp(truth->factor_spread * vg_random_normal(&random));
        double drift_sd = factor * truth->drift_sd;
        double noise_sd = factor * truth->noise_sd;
        double drift = truth->walk ? 0 : drift_sd * vg_random_normal(&random);
        out->factor[place] = factor;
        simulate_strengths(truth, &random, out->felt + row * m);
        for (size_t j = 0; j < m; j++) {
            out->place_effect[place * m + j] = truth->effect[j] + truth->between[j] * vg_random_normal(&random);
        }
        for (size_t t = 0; t < truth->n_steps; t++, row++) {
            double error = truth->error_sd * (0.5 + vg_random_uniform(&random));
            double mean = level + drift;
            for (size_t j = 0; j < m; j++) {
                mean += out->place_effect[place * m + j] * out->felt[row * m + j];
            }
            out->step[row] = (int32_t)t;
            out->error[row] = error;
            out->log_r[row] = mean + sqrt(error * error + noise_sd * noise_sd) * vg_random_normal(&random);
            double push = vg_random_normal(&random);
            drift = truth->walk ? drift + drift_sd * push
                                : truth->correlation * drift + drift_sd * sqrt(1 - truth->correlation * truth->correlation) * push;
        }
        out->first[place + 1] = row;
    }
    out->data = (struct vg_measures_data){.n_places = truth->n_places, .n_measures = m, .first = out->first, .step = out->step, .log_r = out->log_r,
                                          .log_r_error = out->error, .felt = out->felt};
}

#endif
