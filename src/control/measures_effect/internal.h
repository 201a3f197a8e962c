/*
 * Private to measures_effect: the problem as its parts see it, and the likelihood's workspace.
 * Columns of a place's rows are [1, measures, shared, log R]: n_own = 1 + measures have coefficients of each place's own, n_fixed = n_own + shared have a
 * common one, and the last of n_columns = n_fixed + 1 is what is explained.
 */
#ifndef VG_CONTROL_MEASURES_EFFECT_INTERNAL_H
#define VG_CONTROL_MEASURES_EFFECT_INTERNAL_H

#include "control/measures_effect/measures_effect.h"

struct problem {
    size_t n_places, n_rows, n_measures, n_own, n_fixed, n_columns;
    size_t *first;        /* [n_places + 1] rows that are used */
    size_t *place;        /* [n_places] number of the place in the data */
    int32_t *step;        /* [n_rows] */
    double *columns;      /* [n_rows * n_columns] */
    double *variance;     /* [n_rows] of the estimate of log R */
    enum vg_measures_errors errors;
    struct vg_measures_priors priors;
};

/*
 * Scales in the order of the sampler: drift, correlation (logit), noise, level, measures, then the spread of the places' own factors and these; all but the
 * correlation as logarithms. A place's factor multiplies drift and noise there.
 */
enum { SCALE_DRIFT, SCALE_CORRELATION, SCALE_NOISE, SCALE_LEVEL, SCALE_MEASURE };
static inline size_t scale_spread(const struct problem *problem) { return SCALE_MEASURE + problem->n_measures; }
static inline size_t scale_place(const struct problem *problem, size_t place) { return scale_spread(problem) + 1 + place; }
static inline size_t scale_count(const struct problem *problem) { return scale_spread(problem) + 1 + problem->n_places; }

/* What the likelihood needs room for. */
struct workspace {
    double *state;        /* [n_columns] */
    double *row;          /* [n_columns] */
    double *product;      /* [n_places * n_columns^2] whitened rows' products: W' V^-1 W */
    double *pooled;       /* [n_columns^2] of all places with their own coefficients integrated */
    double *own;          /* [n_own^2] */
    double *solved;       /* [n_own * n_columns] */
    double *precision;    /* [n_fixed^2] and its factor */
    double *mean;         /* [n_fixed] */
    double log_variance;  /* sum of log F over rows */
    double *place_log_variance; /* [n_places] its parts */
};
bool workspace_init(struct workspace *work, const struct problem *problem, struct vg_arena *arena);
/* Products of each place's columns, whitened by drift, noise and standard errors. */
void whiten(const struct problem *problem, const double *scales, struct workspace *work);
/* The same of one place with that factor (a logarithm); returns its part of log_variance, which is not touched. */
double whiten_one(const struct problem *problem, const double *scales, size_t place, double log_factor, struct workspace *work);
/* One place's products with its own coefficients integrated, added times sign to pooled; the log determinant that goes with it. own and solved are left as the place's factor and L^-1 S A. */
double pool_place(const struct problem *problem, const double *scales, struct workspace *work, size_t place, double sign, double *pooled);
/* From pooled products: factor of the precision of the fixed coefficients and their mean; log density up to what whiten and pool_place gave. NaN if not definite. */
double solve_fixed(const struct problem *problem, struct workspace *work, const double *pooled);
/* log p(log R | scales) of whitened products. */
double log_likelihood(const struct problem *problem, const double *scales, struct workspace *work);
double log_prior(const struct problem *problem, const double *scales);
double correlation_of(const struct problem *problem, const double *scales);
double prior_sd_of(const struct problem *problem, size_t fixed); /* of a fixed coefficient */

vg_status build_problem(const struct vg_measures_data *data, const struct vg_measures_parameters *parameters, struct vg_measures_place *places, struct vg_arena *arena,
                        struct problem *problem, struct vg_error *error);

/* What the chains kept, below each other: n = chains * draws. */
struct kept {
    size_t n_chains, n_draws, n_scales;
    double *scales;       /* [n * n_scales] */
    double *fixed;        /* [n * n_fixed] */
    double *log_density;  /* [n] log p(log R | scales) */
};
vg_status sample(const struct problem *problem, const struct vg_measures_parameters *parameters, struct vg_pool *pool, struct vg_arena *arena, struct kept *kept,
                 struct vg_error *error);
/* Split r-hat and effective draws (Gelman et al. 2013) of values[draw * stride]. */
void convergence(const double *values, size_t stride, size_t n_chains, size_t n_draws, double *r_hat, double *effective);

vg_status summarise(const struct problem *problem, const struct kept *kept, const struct vg_measures_parameters *parameters, struct vg_arena *arena,
                    struct vg_measures_estimate *out, struct vg_error *error);
vg_status diagnose(const struct problem *problem, const struct kept *kept, struct vg_arena *arena, struct vg_measures_estimate *out, struct vg_error *error);
/* Prediction of each place from the others; log_score[n_places]. With details the rest of out->places is filled. */
vg_status leave_out(const struct problem *problem, const struct kept *kept, struct vg_arena *arena, double *log_score, struct vg_measures_estimate *out, struct vg_error *error);

#endif
