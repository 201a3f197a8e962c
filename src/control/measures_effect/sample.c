/*
 * Draws of the scales from their posterior, coefficients integrated: Metropolis steps one scale at a time and, as drift, its correlation and noise are told apart
 * with difficulty, of these three together along what the chain has learnt of them. Widths are adapted in the warm-up only (towards 44 and 30 % taken; Roberts
 * and Rosenthal 2009, J Comput Graph Stat 18:349); then the common coefficients from their normal. Chains are independent streams, so threads change nothing.
 */
#include "control/measures_effect/internal.h"

#include <math.h>
#include <string.h>

#define TARGET_TAKEN 0.44
#define JOINT_TAKEN 0.3
#define MEASURE_ROUNDS 2 /* the spreads need no whitening, so they move twice in a sweep */
#define JOINT_ROUNDS 2
#define PRIOR_ROUNDS 3
#define JOINT 3          /* SCALE_DRIFT, SCALE_CORRELATION, SCALE_NOISE */
#define THIN 2           /* sweeps for each draw that is kept */
#define LEARN_FROM 60    /* sweeps of the warm-up before the joint step */

struct chain {
    const struct problem *problem;
    const struct vg_measures_parameters *parameters;
    struct kept *kept;
    struct vg_arena arena;
    struct workspace work;
    struct vg_random random;
    double *scales, *scales_before, *width; /* [n_scales] */
    double stretch;         /* width of the steps that move spread and factors together */
    double *pooled, *tried, *place_product; /* products of all places at the scales that hold, with one place's scale changed, and that place's own */
    double joint_mean[JOINT], joint_spread[JOINT * JOINT], joint_factor[JOINT * JOINT], joint_width; /* moments so far; factor of the spread */
    size_t n_learnt;
    double *product_before, *log_variance_before; /* room: the products at the scales that hold are kept while others are tried */
    double log_likelihood, log_prior;
    size_t index, n_scales;
    vg_status status;
};

static bool in_bounds(size_t scale, double value)
{
    return scale == SCALE_CORRELATION ? fabs(value) < 9 : value > -9 && value < 5;
}

/*
 * Takes the proposal or stays: scales first .. first + n - 1 become proposal[]. Whitening is done again only where it depends on them. The chance with which the
 * proposal was taken.
 */
static double decide(struct chain *chain, size_t first, size_t n, const double *proposal)
{
    const struct problem *problem = chain->problem;
    struct workspace *work = &chain->work;
    bool whitens = first < SCALE_LEVEL;
    double before[JOINT];
    double log_variance = work->log_variance;
    double threshold = log(vg_random_uniform(&chain->random));
    double *product = work->product;
    double *place_log_variance = work->place_log_variance;
    for (size_t i = 0; i < n; i++) {
        if (!in_bounds(first + i, proposal[i])) {
            return 0;
        }
    }
    for (size_t i = 0; i < n; i++) {
        before[i] = chain->scales[first + i];
        chain->scales[first + i] = proposal[i];
    }
    if (whitens) {
        work->product = chain->product_before;
        work->place_log_variance = chain->log_variance_before;
        whiten(problem, chain->scales, work);
    }
    double likelihood = log_likelihood(problem, chain->scales, work);
    double prior = log_prior(problem, chain->scales);
    double ratio = likelihood + prior - chain->log_likelihood - chain->log_prior;
    if (ratio > threshold) {
        chain->log_likelihood = likelihood;
        chain->log_prior = prior;
        chain->product_before = whitens ? product : chain->product_before;
        chain->log_variance_before = whitens ? place_log_variance : chain->log_variance_before;
    } else {
        memcpy(chain->scales + first, before, n * sizeof *before);
        work->product = product;
        work->place_log_variance = place_log_variance;
        work->log_variance = log_variance;
    }
    return isnan(ratio) ? 0 : exp(fmin(0, ratio));
}

static void move(struct chain *chain, size_t scale, double adapt)
{
    double proposal = chain->scales[scale] + chain->width[scale] * vg_random_normal(&chain->random);
    double taken = decide(chain, scale, 1, &proposal);
    chain->width[scale] = fmin(5, chain->width[scale] * exp(adapt * (taken - TARGET_TAKEN)));
}

static void move_joint(struct chain *chain, double adapt)
{
    double step[JOINT];
    double proposal[JOINT];
    for (size_t i = 0; i < JOINT; i++) {
        step[i] = vg_random_normal(&chain->random);
    }
    for (size_t i = 0; i < JOINT; i++) {
        proposal[i] = chain->scales[i];
        for (size_t j = 0; j <= i; j++) {
            proposal[i] += chain->joint_width * chain->joint_factor[i * JOINT + j] * step[j];
        }
    }
    double taken = decide(chain, 0, JOINT, proposal);
    chain->joint_width = fmin(5, chain->joint_width * exp(adapt * (taken - JOINT_TAKEN)));
}

/* Moments of the three scales over the warm-up so far, its beginning forgotten by and by. */
static void learn(struct chain *chain)
{
    double weight = fmax(1.0 / (double)(++chain->n_learnt), 0.01);
    double difference[JOINT];
    for (size_t i = 0; i < JOINT; i++) {
        difference[i] = chain->scales[i] - chain->joint_mean[i];
        chain->joint_mean[i] += weight * difference[i];
    }
    for (size_t i = 0; i < JOINT; i++) {
        for (size_t j = 0; j < JOINT; j++) {
            double *cell = &chain->joint_spread[i * JOINT + j];
            *cell = (1 - weight) * (*cell + weight * difference[i] * difference[j]);
            chain->joint_factor[i * JOINT + j] = *cell + (i == j ? 1e-4 : 0);
        }
    }
    if (!vg_dense_cholesky(chain->joint_factor, JOINT)) {
        chain->n_learnt = 0; /* nothing that could be used: begin again */
    }
}

/* The factors of the places, one after the other: only that place is whitened anew, and its part of the sum exchanged. */
static void move_factors(struct chain *chain, double adapt)
{
    const struct problem *problem = chain->problem;
    struct workspace *work = &chain->work;
    size_t cells = problem->n_columns * problem->n_columns;
    double precision = exp(-2 * chain->scales[scale_spread(problem)]);
    chain->log_likelihood = log_likelihood(problem, chain->scales, work);
    memcpy(chain->pooled, work->pooled, cells * sizeof *chain->pooled);
    double solved = solve_fixed(problem, work, chain->pooled);
    for (size_t place = 0; place < problem->n_places; place++) {
        size_t scale = scale_place(problem, place);
        double *product = work->product + place * cells;
        double before = chain->scales[scale];
        double proposal = before + chain->width[scale] * vg_random_normal(&chain->random);
        double threshold = log(vg_random_uniform(&chain->random));
        memcpy(chain->tried, chain->pooled, cells * sizeof *chain->pooled);
        memcpy(chain->place_product, product, cells * sizeof *product);
        double determinant = pool_place(problem, chain->scales, work, place, -1, chain->tried) + work->place_log_variance[place];
        double log_variance = whiten_one(problem, chain->scales, place, proposal, work);
        determinant -= pool_place(problem, chain->scales, work, place, 1, chain->tried) + log_variance;
        double tried = solve_fixed(problem, work, chain->tried);
        double gain = tried - solved + determinant / 2;
        double ratio = in_bounds(scale, proposal) ? gain - (proposal * proposal - before * before) * precision / 2 : NAN;
        if (ratio > threshold) {
            double *pooled = chain->pooled;
            chain->pooled = chain->tried;
            chain->tried = pooled;
            chain->scales[scale] = proposal;
            chain->log_likelihood += gain;
            work->log_variance += log_variance - work->place_log_variance[place];
            work->place_log_variance[place] = log_variance;
            solved = tried;
        } else {
            memcpy(product, chain->place_product, cells * sizeof *product);
        }
        chain->width[scale] = fmin(5, chain->width[scale] * exp(adapt * ((isnan(ratio) ? 0 : exp(fmin(0, ratio))) - TARGET_TAKEN)));
    }
    chain->log_prior = log_prior(problem, chain->scales);
}

/*
 * The spread and all factors stretched together, which moves where the factors are all near one and the spread could not leave zero by itself (Yu and Meng 2011,
 * J Comput Graph Stat 20:531). The factors' prior and the Jacobian of the stretching cancel; what is left is the spread's own prior.
 */
static void stretch_factors(struct chain *chain, double adapt)
{
    const struct problem *problem = chain->problem;
    struct workspace *work = &chain->work;
    size_t spread = scale_spread(problem);
    double step = chain->stretch * vg_random_normal(&chain->random);
    double threshold = log(vg_random_uniform(&chain->random));
    double *product = work->product;
    double *place_log_variance = work->place_log_variance;
    double log_variance = work->log_variance;
    bool inside = in_bounds(spread, chain->scales[spread] + step);
    memcpy(chain->scales_before, chain->scales, chain->n_scales * sizeof *chain->scales);
    chain->scales[spread] += step;
    for (size_t place = 0; place < problem->n_places; place++) {
        chain->scales[scale_place(problem, place)] *= exp(step);
        inside = inside && in_bounds(scale_place(problem, place), chain->scales[scale_place(problem, place)]);
    }
    work->product = chain->product_before;
    work->place_log_variance = chain->log_variance_before;
    double ratio = -INFINITY;
    double likelihood = NAN;
    double prior = NAN;
    if (inside) {
        whiten(problem, chain->scales, work);
        likelihood = log_likelihood(problem, chain->scales, work);
        prior = log_prior(problem, chain->scales);
        ratio = likelihood + prior - chain->log_likelihood - chain->log_prior + (double)problem->n_places * step;
    }
    if (ratio > threshold) {
        chain->log_likelihood = likelihood;
        chain->log_prior = prior;
        chain->product_before = product;
        chain->log_variance_before = place_log_variance;
    } else {
        memcpy(chain->scales, chain->scales_before, chain->n_scales * sizeof *chain->scales);
        work->product = product;
        work->place_log_variance = place_log_variance;
        work->log_variance = log_variance;
    }
    chain->stretch = fmin(5, chain->stretch * exp(adapt * ((isnan(ratio) ? 0 : exp(fmin(0, ratio))) - TARGET_TAKEN)));
}

/* Steps that leave the likelihood as it is: the factors' spread, and all factors up against drift and noise down. Only the prior decides. */
static void move_along_prior(struct chain *chain, bool shift, double adapt)
{
    const struct problem *problem = chain->problem;
    size_t spread = scale_spread(problem);
    double *width = &chain->width[spread];
    double step = (shift ? 0.1 : *width) * vg_random_normal(&chain->random);
    double threshold = log(vg_random_uniform(&chain->random));
    bool inside = shift || in_bounds(spread, chain->scales[spread] + step);
    for (int round = 0; round < 2; round++) {
        double by = round == 0 ? step : -step;
        if (shift) {
            chain->scales[SCALE_DRIFT] -= by;
            chain->scales[SCALE_NOISE] -= by;
        } else {
            chain->scales[spread] += by;
        }
        for (size_t place = 0; shift && place < problem->n_places; place++) {
            chain->scales[scale_place(problem, place)] += by;
            inside = inside && in_bounds(scale_place(problem, place), chain->scales[scale_place(problem, place)]);
        }
        inside = inside && in_bounds(SCALE_DRIFT, chain->scales[SCALE_DRIFT]) && in_bounds(SCALE_NOISE, chain->scales[SCALE_NOISE]);
        double prior = log_prior(problem, chain->scales);
        double ratio = inside ? prior - chain->log_prior : -INFINITY;
        if (round == 0 && !shift) {
            *width = fmin(5, *width * exp(adapt * (exp(fmin(0, ratio)) - TARGET_TAKEN)));
        }
        if (round == 0 && ratio > threshold) {
            chain->log_prior = prior;
            return;
        }
    }
}

static void sweep(struct chain *chain, double adapt, bool warm_up)
{
    bool walk = chain->problem->errors == VG_MEASURES_RANDOM_WALK;
    for (size_t scale = 0; scale < SCALE_LEVEL; scale++) {
        if (!(walk && scale == SCALE_CORRELATION)) {
            move(chain, scale, adapt);
        }
    }
    if (warm_up) {
        learn(chain);
    }
    for (size_t round = 0; round < JOINT_ROUNDS && chain->n_learnt >= LEARN_FROM; round++) {
        move_joint(chain, adapt);
    }
    for (size_t round = 0; round < MEASURE_ROUNDS; round++) {
        for (size_t scale = SCALE_LEVEL; scale < scale_spread(chain->problem); scale++) {
            move(chain, scale, adapt);
        }
    }
    move_factors(chain, adapt);
    stretch_factors(chain, adapt);
    for (size_t round = 0; round < PRIOR_ROUNDS; round++) {
        move_along_prior(chain, false, adapt);
        move_along_prior(chain, true, adapt);
    }
}

/* Draws the common coefficients given the scales that hold. */
static void keep(struct chain *chain, size_t draw)
{
    const struct problem *problem = chain->problem;
    size_t f = problem->n_fixed;
    size_t row = chain->index * chain->kept->n_draws + draw;
    double *fixed = chain->kept->fixed + row * f;
    /* The last proposal may have been refused: the factor must be that of the scales that hold. */
    (void)log_likelihood(problem, chain->scales, &chain->work);
    for (size_t i = 0; i < f; i++) {
        fixed[i] = vg_random_normal(&chain->random);
    }
    vg_dense_solve_upper(chain->work.precision, f, fixed);
    for (size_t i = 0; i < f; i++) {
        fixed[i] += chain->work.mean[i];
    }
    memcpy(chain->kept->scales + row * chain->n_scales, chain->scales, chain->n_scales * sizeof *chain->scales);
    chain->kept->log_density[row] = chain->log_likelihood;
}

/* Chains start apart from each other, around a third of what the priors hold likely. */
static void start(struct chain *chain)
{
    const struct vg_measures_priors *priors = &chain->problem->priors;
    const double centre[SCALE_MEASURE] = {log(priors->drift_scale / 2), 0.5, log(priors->noise_scale / 3), log(priors->level_spread_scale / 2)};
    for (size_t scale = 0; scale < chain->n_scales; scale++) {
        double middle = scale < SCALE_MEASURE                  ? centre[scale]
                        : scale < scale_spread(chain->problem)  ? log(priors->effect_spread_scale / 3)
                        : scale == scale_spread(chain->problem) ? log(priors->factor_spread_scale / 2)
                                                                : 0;
        chain->scales[scale] = middle + (scale > scale_spread(chain->problem) ? 0.1 : 0.5) * vg_random_normal(&chain->random);
        chain->width[scale] = 0.5;
    }
    chain->joint_width = 1.4;
    chain->stretch = 0.5;
}

static void run_chain(void *context, size_t item, unsigned worker)
{
    (void)worker;
    struct chain *chain = (struct chain *)context + item;
    const struct problem *problem = chain->problem;
    size_t n = problem->n_columns;
    chain->status = VG_SYSTEM_ERROR;
    if (!workspace_init(&chain->work, problem, &chain->arena)) {
        return;
    }
    chain->product_before = VG_ARENA_ARRAY(&chain->arena, double, problem->n_places *n *n);
    chain->log_variance_before = VG_ARENA_ARRAY(&chain->arena, double, problem->n_places + 1);
    chain->pooled = VG_ARENA_ARRAY(&chain->arena, double, n *n);
    chain->tried = VG_ARENA_ARRAY(&chain->arena, double, n *n);
    chain->place_product = VG_ARENA_ARRAY(&chain->arena, double, n *n);
    chain->scales = VG_ARENA_ARRAY(&chain->arena, double, chain->n_scales);
    chain->scales_before = VG_ARENA_ARRAY(&chain->arena, double, chain->n_scales);
    chain->width = VG_ARENA_ARRAY(&chain->arena, double, chain->n_scales);
    if (chain->arena.failed) {
        return;
    }
    chain->random = vg_random_stream(chain->parameters->seed, (uint32_t)item, 0, 0x6d656173u);
    start(chain);
    whiten(problem, chain->scales, &chain->work);
    chain->log_likelihood = log_likelihood(problem, chain->scales, &chain->work);
    chain->log_prior = log_prior(problem, chain->scales);
    if (isnan(chain->log_likelihood)) {
        chain->status = VG_DATA_ERROR;
        return;
    }
    for (size_t i = 0; i < chain->parameters->n_warmup; i++) {
        sweep(chain, 1.5 / sqrt(1 + (double)i / 4), true);
    }
    for (size_t i = 0; i < chain->parameters->n_draws; i++) {
        for (size_t j = 0; j < THIN; j++) {
            sweep(chain, 0, false);
        }
        keep(chain, i);
    }
    chain->status = VG_OK;
}

vg_status sample(const struct problem *problem, const struct vg_measures_parameters *parameters, struct vg_pool *pool, struct vg_arena *arena, struct kept *kept,
                 struct vg_error *error)
{
    size_t n = parameters->n_chains * parameters->n_draws;
    *kept = (struct kept){.n_chains = parameters->n_chains, .n_draws = parameters->n_draws, .n_scales = scale_count(problem)};
    kept->scales = VG_ARENA_ARRAY(arena, double, n *kept->n_scales);
    kept->fixed = VG_ARENA_ARRAY(arena, double, n *problem->n_fixed);
    kept->log_density = VG_ARENA_ARRAY(arena, double, n);
    struct chain *chains = VG_ARENA_ARRAY(arena, struct chain, parameters->n_chains);
    if (arena->failed) {
        return vg_fail_memory(error, n * (kept->n_scales + problem->n_fixed + 1) * sizeof(double));
    }
    for (size_t i = 0; i < parameters->n_chains; i++) {
        chains[i] = (struct chain){.problem = problem, .parameters = parameters, .kept = kept, .index = i, .n_scales = kept->n_scales};
        vg_arena_init(&chains[i].arena, 0);
    }
    vg_parallel_for(pool, parameters->n_chains, run_chain, chains);
    vg_status status = VG_OK;
    for (size_t i = 0; i < parameters->n_chains; i++) {
        status = chains[i].status != VG_OK ? chains[i].status : status;
        vg_arena_release(&chains[i].arena);
    }
    return status == VG_SYSTEM_ERROR ? vg_fail_memory(error, 0)
           : status != VG_OK         ? vg_fail(error, status, "the regression on measures cannot be computed with these numbers: they differ too much in size")
                                     : VG_OK;
}

static double autocovariance(const double *values, size_t stride, size_t n, size_t lag, double mean)
{
    double sum = 0;
    for (size_t i = 0; i + lag < n; i++) {
        sum += (values[i * stride] - mean) * (values[(i + lag) * stride] - mean);
    }
    return sum / (double)n;
}

void convergence(const double *values, size_t stride, size_t n_chains, size_t n_draws, double *r_hat, double *effective)
{
    size_t half = n_draws / 2;
    size_t n_parts = 2 * n_chains;
    double grand = 0;
    double between = 0;
    double within = 0;
    *r_hat = NAN;
    *effective = NAN;
    if (half < 4) {
        return;
    }
    double means[64];
    n_parts = n_parts > 64 ? 64 : n_parts;
    for (size_t part = 0; part < n_parts; part++) {
        const double *from = values + (part / 2 * n_draws + part % 2 * half) * stride;
        means[part] = 0;
        for (size_t i = 0; i < half; i++) {
            means[part] += from[i * stride] / (double)half;
        }
        grand += means[part] / (double)n_parts;
        within += autocovariance(from, stride, half, 0, means[part]) * (double)half / ((double)half - 1) / (double)n_parts;
    }
    for (size_t part = 0; part < n_parts; part++) {
        between += (means[part] - grand) * (means[part] - grand) / ((double)n_parts - 1);
    }
    double total = within * ((double)half - 1) / (double)half + between;
    if (!(within > 0)) {
        return;
    }
    *r_hat = sqrt(total / within);
    double sum = 0;
    for (size_t lag = 1; lag + 1 < half; lag += 2) {
        double pair = 0; /* Geyer's: sums of neighbouring lags while they are positive */
        for (size_t part = 0; part < n_parts; part++) {
            const double *from = values + (part / 2 * n_draws + part % 2 * half) * stride;
            pair += (autocovariance(from, stride, half, lag, means[part]) + autocovariance(from, stride, half, lag + 1, means[part])) / (double)n_parts;
        }
        double correlation = 2 - 2 * (within - pair / 2) / total;
        if (!(correlation > 0) || !(pair > 0)) {
            break;
        }
        sum += correlation;
    }
    *effective = fmin((double)(n_parts * half), (double)(n_parts * half) / (1 + 2 * sum));
}
