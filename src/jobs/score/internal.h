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

/* ----------------------------------------------------------------------- scoring */

enum by { BY_LOCATION, BY_TARGET, BY_HORIZON, BY_REFERENCE, BY_END, BY_GROUP, BY_COUNT };

/* Histograms by model and group (score_pit.c). */
#define SCORE_PIT_BINS 10
struct score_pit;
struct score_pits {
    struct vg_dictionary keys;
    struct score_pit *pits;
    size_t capacity;
};

/* One forecast with its scores. */
struct scored {
    uint32_t model, unit, group;
    struct vg_forecast_score score;
};

struct scoring {
    struct score_data data;
    bool by[BY_COUNT];
    bool logarithmic;
    bool pit;
    size_t baseline;
    struct scored *scored;
    size_t n_scored, n_unobserved;
    struct vg_dictionary groups;    /* by the bytes of the unit's fields that `by` names */
    struct score_unit *group;       /* [groups.count] those fields */
    struct score_pits pits;
    struct vg_table *table;
};

/* The columns and cells that say which model and group a row is of. */
void score_group_columns(const struct scoring *scoring, struct vg_table *table);
void score_group_cells(const struct scoring *scoring, const struct score_unit *group, struct vg_table *table);

/* The numbers of one forecast, ascending, and what came. */
struct score_numbers {
    size_t n_quantiles, n_draws;
    const double *levels, *quantiles, *draws;
    double observed;
};
vg_status score_pit_add(struct score_data *data, struct score_pits *pits, uint32_t model, uint32_t group, const struct score_numbers *numbers);
/* The histograms as the answer's table. n_other: forecasts left out, as their levels are not those of the model's first. */
void score_pit_table(const struct scoring *scoring, size_t *n_other);

#endif
