/*
 * Newton's method on the gradient that Fisher's identity gives, with the information that the moments promise of each scale, corrected by what
 * the gradients show, then the centre and a point to either side by log sigma. What the posterior is there relative to the centre follows from
 * the gradients at both ends, so the sides' weights are corrected where it is not normal.
 */
#include "monitor/renewal/explore.h"

#include "monitor/renewal/kernel.h"

#include <math.h>
#include <string.h>

#define SEARCH_MOST 15
#define SEARCH_DONE 0.2    /* posterior sds from the centre: what is left is in the weights */
#define SEARCH_LAST 0.4    /* from here the mode alone goes along: what is known of variances changes by a few per cent */
#define SECANT_FROM 0.1    /* posterior sds */
#define SECANT_WITHIN 4.0
#define LEARN_WITHIN 7.0   /* posterior sds */
#define ASTRAY_MOST 3      /* times that a step may lead away: between several modes there is no centre */
#define EXCESS_SHOWN_FIRST 1.8 /* counts tell that much more of the excess, as a rule, than its promise counts */
#define SEARCH_ENOUGH 1.5  /* sds at which a search that was ended is still of use */
#define HYPER_STEP_MOST 0.8
#define LOWER_MOST 1.5
#define CENTRE_WEIGHT (1.0 / 3)
#define SIDE_RADIUS 1.224744871391589 /* sqrt(3 / 2): with these weights a normal law's variance is kept */
#define SIDE_AWAY_MOST 3.0 /* sds that the newest log R may move */
#define CORRECTION_MOST 1.5

vg_status renewal_posterior_new(const struct renewal_problem *p, struct vg_pool *pool, struct vg_arena *arena, struct renewal_posterior *posterior,
                                struct vg_error *error)
{
    bool apart = vg_pool_threads(pool) > 1;
    *posterior = (struct renewal_posterior){.pool = pool};
    vg_status status = renewal_moments_new(p, arena, &posterior->moments, error);
    if (status == VG_OK && apart) {
        posterior->aside = VG_ARENA_ARRAY(arena, struct renewal_moments, 1);
        status = posterior->aside == NULL ? vg_fail_memory(error, sizeof *posterior->aside) : renewal_moments_new(p, arena, posterior->aside, error);
    }
    for (size_t i = 0; i < RENEWAL_POINTS && status == VG_OK; i++) {
        struct renewal_component *c = &posterior->components[i];
        status = renewal_fit_new(p, i == 0 || (i == 2 && apart) ? NULL : &posterior->components[0].fit, arena, &c->fit, error);
        status = status == VG_OK ? renewal_point_new(p, arena, &c->mean, error) : status;
        c->level_mean = VG_ARENA_ARRAY(arena, double, p->n_latent);
        c->level_variance = VG_ARENA_ARRAY(arena, double, p->n_latent);
        c->log_r_mean = VG_ARENA_ARRAY(arena, double, p->n_latent);
        c->log_r_variance = VG_ARENA_ARRAY(arena, double, p->n_latent);
        if (status == VG_OK && arena->failed) {
            status = vg_fail_memory(error, p->n_latent * sizeof(double));
        }
    }
    return status;
}

/* ---------------------------------------------------------------------- search */

struct search {
    const struct renewal_problem *p;
    struct renewal_moments *moments;
    bool without_excess; /* its gradient is not wanted */
    double gradient[RENEWAL_HYPER_COUNT], information[RENEWAL_HYPER_COUNT];
    double log_posterior; /* at the last evaluation, up to a constant */
};

/* Mode, moments and gradient at component->fit.mode.hyper. near: as in renewal_mode. */
static bool evaluate(struct search *s, const struct renewal_curvature *near, bool rough, struct renewal_component *component)
{
    struct renewal_fit *fit = &component->fit;
    if (!renewal_mode(s->p, near, rough, fit)) {
        return false;
    }
    s->log_posterior = fit->log_density - 0.5 * fit->curvature.log_determinant;
    s->moments->without_excess = s->without_excess;
    renewal_moments_of(s->p, fit, s->moments);
    renewal_hyper_gradient(s->p, fit, s->moments, s->gradient, s->information);
    return true;
}

static void keep_moments(const struct renewal_problem *p, const struct renewal_moments *m, struct renewal_component *c)
{
    const struct renewal_state *s = &c->fit.state;
    const struct renewal_point *mode = &c->fit.mode, *shift = &m->shift;
    memcpy(c->hyper, mode->hyper, sizeof c->hyper);
    renewal_point_copy(p, &c->mean, mode);
    for (size_t i = 0; i < p->n_latent; i++) {
        c->mean.level[i] += shift->level[i];
        c->level_mean[i] = c->mean.level[i];
        c->level_variance[i] = m->level[i];
        if (i >= p->n_seed) {
            double by_level[RENEWAL_LAGS_MOST + 16];
            renewal_log_r_by_level(p, s, i, by_level);
            c->log_r_mean[i] = s->log_r[i] + renewal_product(by_level, shift->level + i - p->n_generation, p->n_generation + 1);
            c->log_r_variance[i] = m->log_r[i];
        }
    }
    for (size_t k = 0; k < p->n_rows; k++) {
        c->mean.noise[k] += shift->noise[k];
    }
    for (size_t i = 0; i < p->layout.n; i++) {
        c->mean.theta[i] += shift->theta[i];
    }
}

/*
 * What the gradients show of the information beside what the moments promise of each scale by itself: how the two compare, on axes on which the
 * promise is 1. Along the way it is the promise that changes most, so the comparison stays good where a difference of gradients would not.
 */
struct shown {
    double compared[RENEWAL_HYPER_COUNT][RENEWAL_HYPER_COUNT];
};

static void begin_shown(struct shown *shown)
{
    *shown = (struct shown){0};
    for (size_t i = 0; i < RENEWAL_HYPER_COUNT; i++) {
        shown->compared[i][i] = 1;
    }
    shown->compared[RENEWAL_EXCESS][RENEWAL_EXCESS] = EXCESS_SHOWN_FIRST;
}

/* The mean of a promise that falls or rises geometrically between two points. */
static double mean_between(double a, double b)
{
    return fabs(a - b) < 1e-6 * a ? a : (a - b) / log(a / b);
}

/* One more pair of a move and its change of the gradient, by the rule of Broyden, Fletcher, Goldfarb and Shanno, within bounds (Powell 1978). */
static void learn_shown(const struct search *s, const double *before_hyper, const double *before_gradient, const double *before_information,
                        const double *hyper, struct shown *shown)
{
    double move[RENEWAL_HYPER_COUNT], turn[RENEWAL_HYPER_COUNT], promised[RENEWAL_HYPER_COUNT], squares = 0, product = 0, expected = 0;
    for (size_t i = 0; i < RENEWAL_HYPER_COUNT; i++) {
        double root = sqrt(mean_between(before_information[i], s->information[i]));
        move[i] = root * (hyper[i] - before_hyper[i]);
        turn[i] = (before_gradient[i] - s->gradient[i]) / root;
        squares += move[i] * move[i];
    }
    for (size_t i = 0; i < RENEWAL_HYPER_COUNT; i++) {
        promised[i] = 0;
        for (size_t j = 0; j < RENEWAL_HYPER_COUNT; j++) {
            promised[i] += shown->compared[i][j] * move[j];
        }
        expected += promised[i] * move[i];
        product += turn[i] * move[i];
    }
    if (squares < SECANT_FROM * SECANT_FROM || !(expected > 0)) {
        return;
    }
    double least = expected / SECANT_WITHIN, kept = product < least ? (expected - least) / (expected - product) : 1, most = SECANT_WITHIN * squares;
    for (size_t i = 0; i < RENEWAL_HYPER_COUNT; i++) {
        turn[i] = kept * turn[i] + (1 - kept) * promised[i];
    }
    product = product < least ? least : product;
    for (size_t i = 0; i < RENEWAL_HYPER_COUNT && product > most; i++) {
        turn[i] *= most / product;
    }
    product = product > most ? most : product;
    for (size_t i = 0; i < RENEWAL_HYPER_COUNT; i++) {
        for (size_t j = 0; j < RENEWAL_HYPER_COUNT; j++) {
            shown->compared[i][j] += turn[i] * turn[j] / product - promised[i] * promised[j] / expected;
        }
    }
}

/* The step to where the gradient would vanish; elimination without exchange, since what is eliminated is positive definite. */
static void step_of(const struct search *s, const struct shown *shown, double *step)
{
    double a[RENEWAL_HYPER_COUNT][RENEWAL_HYPER_COUNT];
    memcpy(a, shown->compared, sizeof a);
    for (size_t i = 0; i < RENEWAL_HYPER_COUNT; i++) {
        step[i] = s->gradient[i] / sqrt(s->information[i]);
    }
    for (size_t i = 0; i < RENEWAL_HYPER_COUNT; i++) {
        for (size_t j = i + 1; j < RENEWAL_HYPER_COUNT; j++) {
            double factor = a[j][i] / a[i][i];
            for (size_t k = i; k < RENEWAL_HYPER_COUNT; k++) {
                a[j][k] -= factor * a[i][k];
            }
            step[j] -= factor * step[i];
        }
    }
    for (size_t i = RENEWAL_HYPER_COUNT; i-- > 0;) {
        for (size_t j = i + 1; j < RENEWAL_HYPER_COUNT; j++) {
            step[i] -= a[i][j] * step[j];
        }
        step[i] /= a[i][i];
    }
    for (size_t i = 0; i < RENEWAL_HYPER_COUNT; i++) {
        step[i] /= sqrt(s->information[i]);
    }
}

static void go_on(const struct search *s, const struct shown *shown, double length, double *hyper)
{
    double steps[RENEWAL_HYPER_COUNT];
    step_of(s, shown, steps);
    for (size_t i = 0; i < RENEWAL_HYPER_COUNT; i++) {
        double step = length * steps[i];
        hyper[i] += step > HYPER_STEP_MOST ? HYPER_STEP_MOST : step < -HYPER_STEP_MOST ? -HYPER_STEP_MOST : step;
    }
}

/* From hyperparameters that led nowhere half-way back to the best so far. */
static void go_back(const struct renewal_problem *p, const struct renewal_point *best, struct renewal_point *now)
{
    double tried[RENEWAL_HYPER_COUNT];
    memcpy(tried, now->hyper, sizeof tried);
    renewal_point_copy(p, now, best);
    for (size_t i = 0; i < RENEWAL_HYPER_COUNT; i++) {
        now->hyper[i] = 0.5 * (best->hyper[i] + tried[i]);
    }
}

/* Whether the way to where the gradient is now led uphill in the end: then the step was too long, else it may only have been too short. */
static bool overshot(const struct search *s, const double *before_hyper, const double *hyper)
{
    double along = 0;
    for (size_t i = 0; i < RENEWAL_HYPER_COUNT; i++) {
        along += s->gradient[i] * (hyper[i] - before_hyper[i]);
    }
    return along < 0;
}

/* Squared distance from the centre in posterior sds, as gradient and information tell. */
static double distance_of(const struct search *s)
{
    double sum = 0;
    for (size_t i = 0; i < RENEWAL_HYPER_COUNT; i++) {
        sum += s->gradient[i] * s->gradient[i] / s->information[i];
    }
    return sum;
}

/*
 * Goes to the centre; leaves component 0 there, and the search's gradient. A step after which the posterior (Laplace's) is clearly lower
 * is halved: far from the centre another mode may lie, in which an epidemic collapsed with the newest reports.
 */
static bool find_centre(struct search *s, struct renewal_posterior *posterior)
{
    struct renewal_component *centre = &posterior->components[0];
    struct renewal_point *best = &posterior->components[1].mean, *now = &centre->fit.mode;
    const struct renewal_curvature *near = NULL;
    double length = 1, before = INFINITY, highest = -INFINITY, last_hyper[RENEWAL_HYPER_COUNT], last_gradient[RENEWAL_HYPER_COUNT];
    double last_information[RENEWAL_HYPER_COUNT];
    struct shown shown;
    size_t astray = 0;
    begin_shown(&shown);
    for (posterior->n_steps = 1; posterior->n_steps <= SEARCH_MOST; posterior->n_steps++) {
        double distance;
        bool found = evaluate(s, near, near == NULL && posterior->n_steps == 1, centre);
        if ((!found || s->log_posterior < highest - LOWER_MOST) && isfinite(highest)) {
            go_back(s->p, best, now);
            near = NULL;
            continue;
        }
        if (!found) {
            return false;
        }
        distance = distance_of(s);
        memcpy(posterior->information, s->information, sizeof posterior->information);
        memcpy(posterior->gradient, s->gradient, sizeof posterior->gradient);
        bool went_too_far = false;
        if (near != NULL) {
            went_too_far = overshot(s, last_hyper, now->hyper);
            /* Far off, what differs most would decide about all the others' steps. */
            astray += distance > before ? 1 : 0;
            if (distance > before || before > LEARN_WITHIN * LEARN_WITHIN) {
                begin_shown(&shown);
            } else {
                learn_shown(s, last_hyper, last_gradient, last_information, now->hyper, &shown);
            }
        }
        memcpy(last_hyper, now->hyper, sizeof last_hyper);
        memcpy(last_gradient, s->gradient, sizeof last_gradient);
        memcpy(last_information, s->information, sizeof last_information);
        if (distance < SEARCH_DONE * SEARCH_DONE && centre->fit.factor_off < RENEWAL_KEEP_FACTOR) {
            return true;
        }
        if (astray > ASTRAY_MOST) {
            return false;
        }
        bool last = distance < SEARCH_LAST * SEARCH_LAST && centre->fit.factor_off < RENEWAL_KEEP_FACTOR;
        near = &centre->fit.curvature;
        highest = s->log_posterior > highest ? s->log_posterior : highest;
        renewal_point_copy(s->p, best, now);
        length = distance <= 0.9 * before ? 1 : went_too_far ? 0.6 * length : fmin(1, 1.5 * length);
        before = distance;
        go_on(s, &shown, length, now->hyper);
        if (last) {
            posterior->gradient[RENEWAL_SIGMA] = 0;
            return renewal_mode_near(s->p, &centre->fit);
        }
    }
    /* Not quite there: the best that was seen will do if it is near, with the information of the last step taken from it. */
    renewal_point_copy(s->p, now, best);
    return evaluate(s, NULL, false, centre) && distance_of(s) < SEARCH_ENOUGH * SEARCH_ENOUGH;
}

/* A point to one side of the centre: by how much log sigma moved, and its gradient there. */
struct side {
    double move, gradient;
    bool found;
};

struct sides {
    const struct renewal_problem *p;
    struct renewal_posterior *posterior;
    struct side side[2];
};

static void add_side(void *context, size_t item, unsigned worker)
{
    struct sides *sides = context;
    struct renewal_posterior *posterior = sides->posterior;
    struct search search = {.p = sides->p, .moments = item == 1 && posterior->aside != NULL ? posterior->aside : &posterior->moments, .without_excess = true};
    struct search *s = &search;
    struct side *side = &sides->side[item];
    size_t number = item + 1;
    double direction = item == 0 ? -1 : 1;
    (void)worker;
    struct renewal_component *centre = &posterior->components[0], *here = &posterior->components[number];
    renewal_point_copy(s->p, &here->fit.mode, &centre->fit.mode);
    side->move = direction * SIDE_RADIUS / sqrt(posterior->information[RENEWAL_SIGMA]);
    here->fit.mode.hyper[RENEWAL_SIGMA] += side->move;
    side->found = evaluate(s, &centre->fit.curvature, false, here);
    if (side->found) {
        side->gradient = s->gradient[RENEWAL_SIGMA];
        keep_moments(s->p, s->moments, here);
        /* Another mode, in which an epidemic collapsed with its newest reports, is no side of this one. */
        size_t newest = s->p->n_latent - 1;
        side->found = fabs(here->log_r_mean[newest] - centre->log_r_mean[newest]) < SIDE_AWAY_MOST * sqrt(centre->log_r_variance[newest]);
    }
}

/* Weights: the normal law's, corrected for the cubic that the gradients show beside the quadratic that the information promises. */
static void weigh(double gradient, const struct side sides[2], struct renewal_posterior *posterior)
{
    double total = CENTRE_WEIGHT;
    posterior->components[0].weight = CENTRE_WEIGHT;
    for (size_t i = 0; i < 2; i++) {
        double start = gradient * sides[i].move, change = SIDE_RADIUS * SIDE_RADIUS + (sides[i].gradient - gradient) * sides[i].move, correction = start + change / 3;
        correction = correction > CORRECTION_MOST ? CORRECTION_MOST : correction < -CORRECTION_MOST ? -CORRECTION_MOST : correction;
        posterior->components[i + 1].weight = sides[i].found ? (1 - CENTRE_WEIGHT) / 2 * exp(correction) : 0;
        total += posterior->components[i + 1].weight;
    }
    posterior->n_components = RENEWAL_POINTS;
    for (size_t i = 0; i < RENEWAL_POINTS; i++) {
        posterior->components[i].weight /= total;
    }
}

bool renewal_posterior_find(const struct renewal_problem *p, const struct renewal_point *start, struct renewal_posterior *posterior)
{
    struct renewal_moments *moments = &posterior->moments;
    struct search s = {.p = p, .moments = moments};
    struct renewal_component *centre = &posterior->components[0];
    if (start != NULL) {
        renewal_point_copy(p, &centre->fit.mode, start);
    } else {
        renewal_start(p, &centre->fit.mode);
    }
    if (!find_centre(&s, posterior)) {
        return false;
    }
    keep_moments(p, moments, centre);
    posterior->free_noise = moments->noise / (double)p->n_rows;
    posterior->free_effect = p->layout.n_effect > 0 ? moments->effect / (double)p->layout.n_effect : 0;
    struct sides sides = {.p = p, .posterior = posterior};
    vg_parallel_for(posterior->aside != NULL ? posterior->pool : NULL, 2, add_side, &sides);
    weigh(posterior->gradient[RENEWAL_SIGMA], sides.side, posterior);
    return true;
}

void renewal_mixture_quantiles(const double *weight, const double *mean, const double *variance, size_t n, const double *normal_quantiles,
                               size_t n_levels, double *out)
{
    double centre = 0, second = 0, third = 0, fourth = 0;
    for (size_t i = 0; i < n; i++) {
        centre += weight[i] * mean[i];
    }
    for (size_t i = 0; i < n; i++) {
        double off = mean[i] - centre, squared = off * off;
        second += weight[i] * (variance[i] + squared);
        third += weight[i] * off * (3 * variance[i] + squared);
        fourth += weight[i] * (3 * variance[i] * variance[i] + 6 * variance[i] * squared + squared * squared);
    }
    double sd = sqrt(second), skewness = third / (second * sd), kurtosis = fourth / (second * second) - 3;
    skewness = skewness > 1 ? 1 : skewness < -1 ? -1 : skewness;
    kurtosis = kurtosis > 2 ? 2 : kurtosis;
    for (size_t level = 0; level < n_levels; level++) {
        double z = normal_quantiles[level], square = z * z;
        out[level] = centre + sd * (z + skewness / 6 * (square - 1) + kurtosis / 24 * z * (square - 3) - skewness * skewness / 36 * z * (2 * square - 5));
    }
}
