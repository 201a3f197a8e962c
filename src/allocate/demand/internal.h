/*
 * Private to demand: the grid of stays, the features that growth is learnt from, and what a forecast knows of its rows (places,
 * and their sum as the last row).
 */
#ifndef VG_DEMAND_INTERNAL_H
#define VG_DEMAND_INTERNAL_H

#include "allocate/demand/demand.h"

#define DEMAND_MEANS 68 /* 1.5 days to 40, 5 % apart */
#define DEMAND_MEAN_STEP 1.05
#define DEMAND_FIT_DAYS 120
#define DEMAND_WEEKS 4 /* 7, 14, 21, 28 days ahead */
/* Features: of the census, of cases, of admissions; where each begin. */
enum { DEMAND_OF_CENSUS, DEMAND_OF_CASES = 8, DEMAND_OF_ADMISSIONS = 10, DEMAND_FEATURES = 13 };
#define DEMAND_FIRST_DAY 27  /* of 0, ...: the first day that is learnt from */
#define DEMAND_DAYS_KEPT 420 /* newest days that a forecast looks at */
#define DEMAND_ROWS_LEARNT 200
#define DEMAND_SMALL 20.0 /* patients at which half of a place's growth is taken to be chance */

struct demand_grid {
    size_t n;
    double mean[DEMAND_MEANS];
    double survival[DEMAND_MEANS][VG_DEMAND_STAY_DAYS];
};
void demand_grid_init(struct demand_grid *grid, const struct vg_demand_stay *stay);
/* The survival of any mean between the grid's. */
void demand_grid_survival(const struct demand_grid *grid, double mean_days, double *survival);
double demand_before(const double *admissions, size_t n_days);
double demand_model_census(const double *admissions, size_t day, double before, const double *survival);
/* model[mean * n_days + day]: the model's census by the grid's means. */
void demand_fit_as_of(const struct vg_demand_stay *stay, const struct demand_grid *grid, const double *model,
                      const double *census, size_t n_days, size_t day, struct vg_demand_fit *fit);

/* Errors of former forecasts in logs, by weeks ahead: weighted squares, weights, weighted 1 / (patients + 1); and of one week
 * ahead every place's by itself, for what is added in small ones. */
struct demand_errors {
    double squares[DEMAND_WEEKS], weights[DEMAND_WEEKS], chance[DEMAND_WEEKS];
    size_t small_week, n_small;
    double small_squares, small_weights;
};
/* Parts them into the variance of a large place and what chance adds: square + small / (patients + 1). usual: errors that count
 * as usual_weight, so that a short series is not taken to be without error. */
void demand_part_errors(const struct demand_errors *errors, const double usual[DEMAND_WEEKS], double usual_weight,
                        double square[DEMAND_WEEKS], double *small);

/* Rows: places, and their sum as the last one. */
struct demand_rows {
    size_t n_places, n_rows, n_days;
    double *census, *admissions;  /* [row * n_days + day], gaps filled; admissions NULL: none */
    double *log_census;           /* log(census + 1) */
    double *log_week, *log_cases; /* log of the week's admissions, of its cases + 1; cases NULL: not known */
    size_t *first;                /* [row] day of the first reported admissions; n_days: none */
    float *flat;          /* [(row * n_days + day) * DEMAND_WEEKS] log growth of the census if admissions stay as the week's */
    double (*weekday)[7]; /* [day] log effect on the census by day of the week of index % 7, as known on that day */
    enum vg_demand_status *status; /* [place] */
    struct vg_demand_fit *fit;     /* [place], as of the last day */
    double known_square[DEMAND_WEEKS],
        known_small; /* what the model errs in logs with known admissions: square, and what is added over (census + 1) */
};
vg_status demand_rows_make(const struct vg_demand_series *series, const struct vg_demand_settings *settings,
                           const struct demand_grid *grid, struct vg_arena *arena, struct demand_rows *rows,
                           struct vg_error *error) VG_MUST_USE;

const double *demand_in_beds(const struct vg_demand_settings *settings, const struct demand_rows *rows, size_t row);

/* Sums over days, each weighted by its patients; of the shipped prior a mean day. */
struct demand_moments {
    double second[DEMAND_FEATURES][DEMAND_FEATURES], first[DEMAND_FEATURES], patients, days;
};
/* Whether a row is learnt from: all of up to 200 places, else as many spread over the list; and the sum. */
bool demand_takes_part(const struct demand_rows *rows, size_t row);
void demand_features(const struct demand_rows *rows, size_t row, size_t day, size_t week, double x[DEMAND_FEATURES]);
void demand_add_day(const struct demand_rows *rows, size_t day, size_t week, struct demand_moments *moments);
/* Coefficients from the sums and the prior. */
void demand_solve(const struct demand_moments *moments, const struct demand_rows *rows, enum vg_demand_prior prior, size_t week,
                  double coefficients[DEMAND_FEATURES]);

/* What is learnt as of the last day. */
struct demand_learnt {
    double coefficients[DEMAND_WEEKS][DEMAND_FEATURES];
    double square[DEMAND_WEEKS], small; /* variance of log error: square + small / (census + 1) */
    double together;
    size_t n_former;
};
vg_status demand_learn(const struct demand_rows *rows, enum vg_demand_prior prior, struct vg_arena *arena,
                       struct demand_learnt *learnt, struct vg_error *error) VG_MUST_USE;

#endif
