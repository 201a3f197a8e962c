/*
 * Private to the score job: forecasts and observations as read.
 */
#ifndef VG_SCORE_INTERNAL_H
#define VG_SCORE_INTERNAL_H

#include "jobs/jobs.h"

#define SCORE_NO_HORIZON INT32_MIN

/* One number of one forecast: a quantile at a level, or a draw. */
struct score_value {
    uint32_t model, unit;
    bool is_sample;
    double level, value;
};

/* What is forecast: the same for all models. Texts are indices into `names`. */
struct score_unit {
    uint32_t target, location, group;
    int32_t reference, end, horizon;
};

struct score_data {
    struct vg_arena *arena;
    struct vg_error *error;
    struct vg_dictionary models, names, units, observations; /* units and observations by the bytes of their keys */
    struct score_unit *unit;        /* [units.count] */
    size_t unit_capacity;
    struct score_value *values;
    size_t n_values, capacity;
    double *observed;               /* [observations.count] */
    size_t observed_capacity;
    bool observed_has_target, observed_has_group;
    size_t n_skipped;               /* rows of output types that are not scored (mean, median, pmf, cdf) */
};

vg_status score_read_forecasts(struct score_data *data, const char *path);
vg_status score_read_observations(struct score_data *data, const char *path);
/* NaN where nothing is known of it. */
double score_observation_of(const struct score_data *data, const struct score_unit *unit);

#endif
