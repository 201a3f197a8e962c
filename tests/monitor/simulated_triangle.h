/*
 * Reporting triangles of which the truth is known: negative-binomial counts around a growing or falling curve with weekdays,
 * gamma delays, reports that come less on weekends.
 */
#ifndef SIMULATED_TRIANGLE_H
#define SIMULATED_TRIANGLE_H

#include "monitor/monitor.h"

#include <math.h>
#include <stdlib.h>

struct simulation {
    uint64_t seed;
    uint32_t run;
    size_t n, n_delays;
    double level, growth, dispersion; /* expected count of the newest date; growth per step; size of the negative binomial */
    double mean_delay;
    bool weekdays;
};

/* Fills triangle->increments (malloc) with all that is known on the last date and truth[n] with the final counts. */
static inline void simulate_triangle(const struct simulation *s, struct vg_triangle *triangle, double *truth)
{
    static const double effect[7] = {1.1, 1.3, 1.1, 1, 1, 0.4, 0.2};
    struct vg_random random = vg_random_stream(s->seed, s->run, 0, 500);
    *triangle =
        (struct vg_triangle){.start = 18000, .step_days = s->weekdays ? 1 : 7, .n_references = s->n, .n_delays = s->n_delays};
    triangle->as_of = triangle->start + (int32_t)(s->n - 1) * triangle->step_days;
    triangle->increments = malloc(s->n * s->n_delays * sizeof(double));
    for (size_t t = 0; t < s->n; t++) {
        double mean =
            s->level * exp(s->growth * ((double)t - (double)s->n)) * (s->weekdays ? 0.6 + 0.4 * effect[(t + 2) % 7] : 1);
        int64_t left = vg_random_negative_binomial(&random, mean, s->dispersion);
        double share_left = 0, share[400];
        truth[t] = (double)left;
        for (size_t d = 0; d < s->n_delays; d++) {
            share[d] = vg_gamma_cdf((double)d + 1, 2, s->mean_delay / 2) - vg_gamma_cdf((double)d, 2, s->mean_delay / 2);
            share[d] *= s->weekdays ? effect[(t + d) % 7] : 1;
            share_left += share[d];
        }
        for (size_t d = 0; d < s->n_delays; d++) {
            int64_t now = d + 1 == s->n_delays ? left : vg_random_binomial(&random, left, fmin(1, share[d] / share_left));
            triangle->increments[t * s->n_delays + d] = t + d < s->n ? (double)now : NAN;
            left -= now;
            share_left -= share[d];
        }
    }
}

#endif
