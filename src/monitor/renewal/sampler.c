/*
 * Hoffman and Gelman 2014 with multinomial weights and the generalised criterion of Betancourt 2017; step size by dual averaging.
 *
 * Coordinates: z[n] standard normal under Laplace's approximation at the centre. noise is moved as noise' (tau / tau_0)^a, with a the
 * share of the prior in noise's variance (partial non-centring, Papaspiliopoulos et al. 2007), effects alike with upsilon.
 */
#include "monitor/renewal/sampler.h"

#include "monitor/renewal/kernel.h"

#include <math.h>
#include <string.h>

#define DEPTH_MOST 9
#define ENERGY_LOST_MOST 1000.0
#define ACCEPTANCE_WANTED 0.85

struct subtree {
    double *sample, *sum, *first, *last; /* [n] position; momenta summed, of the first and last point built */
    double log_weight;
};

struct edge {
    double *position, *momentum, *gradient; /* [n] */
};

struct chain {
    const struct renewal_problem *p;
    const struct renewal_component *centre;
    size_t n;
    double free_noise, free_effect; /* exponents a */
    double hyper_scale[RENEWAL_HYPER_COUNT];
    struct renewal_point point, slope;
    struct renewal_state state;
    struct edge edges[2];
    struct subtree whole, parts[DEPTH_MOST + 1][2];
    double energy_start, step_size, acceptance;
    size_t n_leapfrogs;
    bool divergent;
    struct vg_random random;
};

/* ----------------------------------------------------------------- coordinates */

static void point_of(struct chain *c, const double *z)
{
    const struct renewal_problem *p = c->p;
    const struct renewal_component *centre = c->centre;
    struct renewal_point *point = &c->point;
    memcpy(point->noise, z, p->n_rows * sizeof *z);
    memcpy(point->level, z + p->n_rows, p->n_latent * sizeof *z);
    memcpy(point->theta, z + p->n_rows + p->n_latent, p->layout.n * sizeof *z);
    renewal_curvature_colour(p, &centre->fit.curvature, point);
    const double *hyper = z + c->n - RENEWAL_HYPER_COUNT;
    for (size_t i = 0; i < RENEWAL_HYPER_COUNT; i++) {
        point->hyper[i] = centre->hyper[i] + c->hyper_scale[i] * hyper[i];
    }
    double noise = exp(c->free_noise * (point->hyper[RENEWAL_TAU] - centre->hyper[RENEWAL_TAU]));
    double effect = exp(c->free_effect * (point->hyper[RENEWAL_UPSILON] - centre->hyper[RENEWAL_UPSILON]));
    for (size_t k = 0; k < p->n_rows; k++) {
        point->noise[k] = (point->noise[k] + centre->mean.noise[k]) * noise;
    }
    for (size_t i = 0; i < p->n_latent; i++) {
        point->level[i] += centre->mean.level[i];
    }
    for (size_t i = 0; i < p->layout.n; i++) {
        point->theta[i] += centre->mean.theta[i];
    }
    for (size_t i = p->layout.effect; i < p->layout.effect + p->layout.n_effect; i++) {
        point->theta[i] *= effect;
    }
}

/* Log density and gradient in z; the point stays in c->point. */
static double density_of(struct chain *c, const double *z, double *gradient)
{
    const struct renewal_problem *p = c->p;
    const struct renewal_layout *l = &p->layout;
    struct renewal_point *slope = &c->slope;
    point_of(c, z);
    double value = renewal_density(p, &c->point, &c->state);
    if (!isfinite(value)) {
        return -INFINITY;
    }
    renewal_gradient(p, &c->point, &c->state, slope);
    double by_tau = (double)p->n_rows, by_upsilon = (double)l->n_effect;
    double tau = c->point.hyper[RENEWAL_TAU] - c->centre->hyper[RENEWAL_TAU], upsilon = c->point.hyper[RENEWAL_UPSILON] - c->centre->hyper[RENEWAL_UPSILON];
    value += c->free_noise * by_tau * tau + c->free_effect * by_upsilon * upsilon;
    double noise = exp(c->free_noise * tau), effect = exp(c->free_effect * upsilon);
    for (size_t k = 0; k < p->n_rows; k++) {
        by_tau += slope->noise[k] * c->point.noise[k];
        slope->noise[k] *= noise;
    }
    for (size_t i = l->effect; i < l->effect + l->n_effect; i++) {
        by_upsilon += slope->theta[i] * c->point.theta[i];
        slope->theta[i] *= effect;
    }
    slope->hyper[RENEWAL_TAU] += c->free_noise * by_tau;
    slope->hyper[RENEWAL_UPSILON] += c->free_effect * by_upsilon;
    renewal_curvature_whiten(p, &c->centre->fit.curvature, slope);
    memcpy(gradient, slope->noise, p->n_rows * sizeof *gradient);
    memcpy(gradient + p->n_rows, slope->level, p->n_latent * sizeof *gradient);
    memcpy(gradient + p->n_rows + p->n_latent, slope->theta, l->n * sizeof *gradient);
    for (size_t j = 0; j < RENEWAL_HYPER_COUNT; j++) {
        gradient[c->n - RENEWAL_HYPER_COUNT + j] = c->hyper_scale[j] * slope->hyper[j];
    }
    return value;
}

/* ------------------------------------------------------------------------ trees */

static double log_sum(double a, double b)
{
    double most = a > b ? a : b;
    return isinf(most) ? most : most + log(exp(a - most) + exp(b - most));
}

static bool goes_on(const double *sum, const double *a, const double *b, size_t n)
{
    return renewal_product(sum, a, n) > 0 && renewal_product(sum, b, n) > 0;
}

/* One leapfrog step of an edge; a tree of one point. */
static bool leap(struct chain *c, struct edge *edge, double step, struct subtree *out)
{
    size_t n = c->n;
    renewal_add_scaled(edge->momentum, edge->gradient, 0.5 * step, n);
    renewal_add_scaled(edge->position, edge->momentum, step, n);
    double value = density_of(c, edge->position, edge->gradient);
    renewal_add_scaled(edge->momentum, edge->gradient, 0.5 * step, n);
    double energy = value - 0.5 * renewal_product(edge->momentum, edge->momentum, n), change = energy - c->energy_start;
    change = isnan(change) ? -INFINITY : change;
    c->n_leapfrogs++;
    c->acceptance += change > 0 ? 1 : exp(change);
    out->log_weight = change;
    if (change < -ENERGY_LOST_MOST) {
        c->divergent = true;
        return false;
    }
    memcpy(out->sample, edge->position, n * sizeof(double));
    memcpy(out->sum, edge->momentum, n * sizeof(double));
    memcpy(out->first, edge->momentum, n * sizeof(double));
    memcpy(out->last, edge->momentum, n * sizeof(double));
    return true;
}

/* Joins b, built after a and beyond it, into a. Returns whether the joined tree may go on. */
static bool join(struct chain *c, struct subtree *a, const struct subtree *b, bool biased, double *scratch)
{
    size_t n = c->n;
    double log_weight = log_sum(a->log_weight, b->log_weight), chance = b->log_weight - (biased ? a->log_weight : log_weight);
    if (chance >= 0 || vg_random_uniform(&c->random) < exp(chance)) {
        memcpy(a->sample, b->sample, n * sizeof(double));
    }
    memcpy(scratch, a->sum, n * sizeof(double));
    renewal_add_scaled(scratch, b->first, 1, n);
    bool on = goes_on(scratch, a->first, b->first, n);
    memcpy(scratch, b->sum, n * sizeof(double));
    renewal_add_scaled(scratch, a->last, 1, n);
    on = on && goes_on(scratch, a->last, b->last, n);
    renewal_add_scaled(a->sum, b->sum, 1, n);
    memcpy(a->last, b->last, n * sizeof(double));
    a->log_weight = log_weight;
    return on && goes_on(a->sum, a->first, a->last, n);
}

/* Builds a tree of 2^depth points beyond an edge into `out`; false: it turned or diverged. parts[depth] is its work space. */
static bool build(struct chain *c, size_t depth, struct edge *edge, double step, struct subtree *out)
{
    if (depth == 0) {
        return leap(c, edge, step, out);
    }
    struct subtree *other = &c->parts[depth][0];
    return build(c, depth - 1, edge, step, out) && build(c, depth - 1, edge, step, other) && join(c, out, other, false, c->parts[depth][1].sum);
}

static void reverse_tree(struct subtree *tree)
{
    double *kept = tree->first;
    tree->first = tree->last;
    tree->last = kept;
}

/* One transition from position whole.sample; returns the depth. */
static size_t transition(struct chain *c)
{
    size_t n = c->n, depth = 0;
    struct subtree *whole = &c->whole, *beyond = &c->parts[DEPTH_MOST][1];
    double value = density_of(c, whole->sample, c->edges[0].gradient);
    for (size_t i = 0; i < n; i++) {
        c->edges[0].momentum[i] = vg_random_normal(&c->random);
    }
    memcpy(c->edges[0].position, whole->sample, n * sizeof(double));
    memcpy(c->edges[1].position, whole->sample, n * sizeof(double));
    memcpy(c->edges[1].momentum, c->edges[0].momentum, n * sizeof(double));
    memcpy(c->edges[1].gradient, c->edges[0].gradient, n * sizeof(double));
    memcpy(whole->sum, c->edges[0].momentum, n * sizeof(double));
    memcpy(whole->first, c->edges[0].momentum, n * sizeof(double));
    memcpy(whole->last, c->edges[0].momentum, n * sizeof(double));
    whole->log_weight = 0;
    c->energy_start = value - 0.5 * renewal_product(whole->sum, whole->sum, n);
    c->acceptance = 0;
    c->n_leapfrogs = 0;
    c->divergent = false;
    for (; depth < DEPTH_MOST; depth++) {
        bool forward = vg_random_uniform(&c->random) < 0.5;
        if (!build(c, depth, &c->edges[forward ? 1 : 0], forward ? c->step_size : -c->step_size, beyond)) {
            break;
        }
        /* The new tree is always the one beyond `last`: backwards the whole is seen from its other end. */
        if (!forward) {
            reverse_tree(whole);
        }
        bool on = join(c, whole, beyond, true, c->parts[0][0].sum);
        if (!forward) {
            reverse_tree(whole);
        }
        if (!on) {
            depth++;
            break;
        }
    }
    c->acceptance /= (double)(c->n_leapfrogs > 0 ? c->n_leapfrogs : 1);
    return depth;
}

/* -------------------------------------------------------------------- the chain */

static double *vectors(struct vg_arena *arena, size_t n)
{
    return VG_ARENA_ARRAY(arena, double, n);
}

static void new_tree(struct vg_arena *arena, size_t n, struct subtree *tree)
{
    *tree = (struct subtree){vectors(arena, n), vectors(arena, n), vectors(arena, n), vectors(arena, n), 0};
}

static vg_status chain_new(const struct renewal_problem *p, const struct renewal_posterior *posterior, uint64_t seed, uint32_t number,
                           struct vg_arena *arena, struct chain *c, struct vg_error *error)
{
    *c = (struct chain){.p = p, .centre = &posterior->components[0], .random = vg_random_stream(seed, number, 0, 7302)};
    c->n = p->n_rows + p->n_latent + p->layout.n + RENEWAL_HYPER_COUNT;
    new_tree(arena, c->n, &c->whole);
    for (size_t i = 0; i <= DEPTH_MOST; i++) {
        new_tree(arena, c->n, &c->parts[i][0]);
        new_tree(arena, c->n, &c->parts[i][1]);
    }
    for (size_t i = 0; i < 2; i++) {
        c->edges[i] = (struct edge){vectors(arena, c->n), vectors(arena, c->n), vectors(arena, c->n)};
    }
    if (arena->failed) {
        return vg_fail_memory(error, c->n * sizeof(double));
    }
    vg_status status = renewal_point_new(p, arena, &c->point, error);
    status = status == VG_OK ? renewal_point_new(p, arena, &c->slope, error) : status;
    return status == VG_OK ? renewal_state_new(p, arena, &c->state, error) : status;
}

vg_status renewal_sample(const struct renewal_problem *p, const struct renewal_posterior *posterior, size_t n_warmup, size_t n_draws,
                         uint64_t seed, uint32_t number, struct vg_arena *arena,
                         void (*take)(void *context, size_t draw, const struct renewal_point *point, const struct renewal_state *state),
                         void *context, struct renewal_sampler_report *report, struct vg_error *error)
{
    struct chain c;
    vg_status status = chain_new(p, posterior, seed, number, arena, &c, error);
    if (status != VG_OK) {
        return status;
    }
    *report = (struct renewal_sampler_report){0, 0, 0, 0};
    for (size_t i = 0; i < RENEWAL_HYPER_COUNT; i++) {
        c.hyper_scale[i] = p->hyper_sd[i] > 0 ? 1 / sqrt(posterior->information[i]) : 0;
    }
    c.free_noise = posterior->free_noise;
    c.free_effect = posterior->free_effect;
    for (size_t i = 0; i < c.n; i++) {
        c.whole.sample[i] = 0.5 * vg_random_normal(&c.random);
    }
    /* Dual averaging, with the constants of Hoffman and Gelman. */
    double log_step = log(0.2), averaged = log_step, error_sum = 0, anchor = log(10 * 0.2);
    c.step_size = 0.2;
    for (size_t i = 0; i < n_warmup + n_draws; i++) {
        size_t depth = transition(&c);
        if (i < n_warmup) {
            double at = (double)i + 1, weight = 1 / (at + 10);
            error_sum = (1 - weight) * error_sum + weight * (ACCEPTANCE_WANTED - c.acceptance);
            log_step = anchor - sqrt(at) / 0.05 * error_sum;
            double share = pow(at, -0.75);
            averaged = share * log_step + (1 - share) * averaged;
            c.step_size = exp(i + 1 == n_warmup ? averaged : log_step);
            continue;
        }
        report->n_divergent += c.divergent ? 1 : 0;
        report->mean_depth += (double)depth / (double)n_draws;
        report->mean_acceptance += c.acceptance / (double)n_draws;
        (void)density_of(&c, c.whole.sample, c.edges[0].gradient);
        take(context, i - n_warmup, &c.point, &c.state);
    }
    report->step_size = c.step_size;
    return VG_OK;
}
