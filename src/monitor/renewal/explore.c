/*
 * Newton's method with secant updates (Broyden, Fletcher, Goldfarb, Shanno) on the gradient that Fisher's identity gives, then
 * the centre and the corners of a simplex. What the posterior is at a corner relative to the centre follows from the gradients
 * at both ends, so the corners' weights are corrected where it is not normal.
 */
#include "monitor/renewal/explore.h"

#include <math.h>
#include <string.h>

#define SEARCH_MOST 15
#define SEARCH_DONE 0.12   /* posterior sds from the centre */
#define HYPER_STEP_MOST 1.0
#define CENTRE_WEIGHT (1.0 / 3)
#define CORRECTION_MOST 1.5

typedef double hyper_matrix[RENEWAL_HYPER_COUNT][RENEWAL_HYPER_COUNT];

vg_status renewal_posterior_new(const struct renewal_problem *p, struct vg_arena *arena, struct renewal_posterior *posterior, struct vg_error *error)
{
    vg_status status = VG_OK;
    *posterior = (struct renewal_posterior){.n_components = 0};
    for (size_t i = 0; i < RENEWAL_POINTS && status == VG_OK; i++) {
        struct renewal_component *c = &posterior->components[i];
        status = renewal_fit_new(p, arena, &c->fit, error);
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

/* ------------------------------------------------------- four by four, row by row */

static bool factor_small(hyper_matrix a)
{
    for (size_t i = 0; i < RENEWAL_HYPER_COUNT; i++) {
        for (size_t j = 0; j <= i; j++) {
            double sum = a[i][j];
            for (size_t k = 0; k < j; k++) {
                sum -= a[i][k] * a[j][k];
            }
            if (i == j && !(sum > 0)) {
                return false;
            }
            a[i][j] = i == j ? sqrt(sum) : sum / a[j][j];
        }
    }
    return true;
}

/* x := L^-T x */
static void back_small(const hyper_matrix factor, double *x)
{
    for (size_t i = RENEWAL_HYPER_COUNT; i-- > 0;) {
        for (size_t k = i + 1; k < RENEWAL_HYPER_COUNT; k++) {
            x[i] -= factor[k][i] * x[k];
        }
        x[i] /= factor[i][i];
    }
}

static void forward_small(const hyper_matrix factor, double *x)
{
    for (size_t i = 0; i < RENEWAL_HYPER_COUNT; i++) {
        for (size_t k = 0; k < i; k++) {
            x[i] -= factor[i][k] * x[k];
        }
        x[i] /= factor[i][i];
    }
}

/* ---------------------------------------------------------------------- search */

struct search {
    const struct renewal_problem *p;
    struct renewal_moments *moments;
    double gradient[RENEWAL_HYPER_COUNT], guess[RENEWAL_HYPER_COUNT];
    double by_excess; /* of the log determinant, by log excess, over k / (1 + k) */
};

static double excess_share(const double *hyper)
{
    return exp(hyper[RENEWAL_EXCESS]) / (1 + exp(hyper[RENEWAL_EXCESS]));
}

/* Mode, moments and gradient at component->fit.mode.hyper. */
static bool evaluate(struct search *s, struct renewal_component *component, bool learn_excess)
{
    struct renewal_fit *fit = &component->fit;
    if (!renewal_mode(s->p, fit)) {
        return false;
    }
    renewal_moments_of(s->p, fit, s->moments);
    double share = excess_share(fit->mode.hyper);
    if (learn_excess) {
        s->by_excess = renewal_by_excess(s->p, fit) / share;
    }
    renewal_hyper_gradient(s->p, fit, s->moments, s->by_excess * share, s->gradient, s->guess);
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
            double moved = shift->level[i];
            for (size_t j = 1; j < p->n_generation; j++) {
                moved -= p->generation[j] * s->infections[i - j] / s->pressure[i] * shift->level[i - j];
            }
            c->log_r_mean[i] = s->log_r[i] + moved;
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

/* Powell's damped update of the information from a step and the change of the gradient over it. */
static void update_information(hyper_matrix information, const double *step, const double *change)
{
    double by_step[RENEWAL_HYPER_COUNT] = {0}, squared = 0, along = 0, mixed[RENEWAL_HYPER_COUNT], inner = 0;
    for (size_t i = 0; i < RENEWAL_HYPER_COUNT; i++) {
        for (size_t j = 0; j < RENEWAL_HYPER_COUNT; j++) {
            by_step[i] += information[i][j] * step[j];
        }
        squared += step[i] * by_step[i];
        along += step[i] * change[i];
    }
    double part = along >= 0.2 * squared ? 1 : 0.8 * squared / (squared - along);
    for (size_t i = 0; i < RENEWAL_HYPER_COUNT; i++) {
        mixed[i] = part * change[i] + (1 - part) * by_step[i];
        inner += step[i] * mixed[i];
    }
    for (size_t i = 0; i < RENEWAL_HYPER_COUNT && squared > 1e-12 && inner > 1e-12; i++) {
        for (size_t j = 0; j < RENEWAL_HYPER_COUNT; j++) {
            information[i][j] += mixed[i] * mixed[j] / inner - by_step[i] * by_step[j] / squared;
        }
    }
}

/* Goes to the centre; leaves component 0 there, and the search's gradient. */
static bool find_centre(struct search *s, const double (*guess)[RENEWAL_HYPER_COUNT], struct renewal_posterior *posterior)
{
    struct renewal_component *centre = &posterior->components[0];
    double (*information)[RENEWAL_HYPER_COUNT] = posterior->information;
    if (!evaluate(s, centre, true)) {
        return false;
    }
    for (size_t i = 0; i < RENEWAL_HYPER_COUNT; i++) {
        for (size_t j = 0; j < RENEWAL_HYPER_COUNT; j++) {
            information[i][j] = guess != NULL ? guess[i][j] : i == j ? s->guess[i] : 0;
        }
    }
    for (posterior->n_steps = 1; posterior->n_steps < SEARCH_MOST; posterior->n_steps++) {
        hyper_matrix factor;
        double step[RENEWAL_HYPER_COUNT], change[RENEWAL_HYPER_COUNT], distance = 0, most = 0;
        memcpy(factor, information, sizeof factor);
        if (!factor_small(factor)) {
            return false;
        }
        memcpy(step, s->gradient, sizeof step);
        forward_small(factor, step);
        for (size_t i = 0; i < RENEWAL_HYPER_COUNT; i++) {
            distance += step[i] * step[i];
        }
        if (distance < SEARCH_DONE * SEARCH_DONE) {
            break;
        }
        back_small(factor, step);
        for (size_t i = 0; i < RENEWAL_HYPER_COUNT; i++) {
            most = fabs(step[i]) > most ? fabs(step[i]) : most;
        }
        for (size_t i = 0; i < RENEWAL_HYPER_COUNT; i++) {
            step[i] *= most > HYPER_STEP_MOST ? HYPER_STEP_MOST / most : 1;
            centre->fit.mode.hyper[i] += step[i];
            change[i] = s->gradient[i];
        }
        if (!evaluate(s, centre, true)) {
            return false;
        }
        for (size_t i = 0; i < RENEWAL_HYPER_COUNT; i++) {
            change[i] -= s->gradient[i];
        }
        update_information(information, step, change);
    }
    return true;
}

/* Corner `corner` of a simplex of n + 1 corners in n dimensions, at distance 1 from its centre. */
static void simplex_corner(size_t n, size_t corner, double *out)
{
    double rest = 1;
    for (size_t i = 0; i < n; i++) {
        double left = (double)(n - i), here = sqrt(rest);
        out[i] = corner == i ? here : corner > i ? -here / left : 0;
        rest *= 1 - 1 / (left * left);
    }
}

static bool add_corner(struct search *s, struct renewal_posterior *posterior, const hyper_matrix factor, const size_t *axes, size_t n_axes,
                       size_t corner, const double *gradient)
{
    struct renewal_component *centre = &posterior->components[0], *here = &posterior->components[corner + 1];
    double direction[RENEWAL_HYPER_COUNT], move[RENEWAL_HYPER_COUNT] = {0}, radius = sqrt((double)n_axes / (1 - CENTRE_WEIGHT)), rise = 0;
    simplex_corner(n_axes, corner, direction);
    for (size_t i = 0; i < n_axes; i++) {
        move[axes[i]] = radius * direction[i];
    }
    back_small(factor, move);
    renewal_point_copy(s->p, &here->fit.mode, &centre->fit.mode);
    for (size_t i = 0; i < RENEWAL_HYPER_COUNT; i++) {
        here->fit.mode.hyper[i] = centre->hyper[i] + move[i];
    }
    if (!evaluate(s, here, false)) {
        here->weight = 0;
        return false;
    }
    keep_moments(s->p, s->moments, here);
    for (size_t i = 0; i < RENEWAL_HYPER_COUNT; i++) {
        rise += 0.5 * (s->gradient[i] + gradient[i]) * move[i];
    }
    double correction = rise + 0.5 * radius * radius;
    correction = correction > CORRECTION_MOST ? CORRECTION_MOST : correction < -CORRECTION_MOST ? -CORRECTION_MOST : correction;
    here->weight = (1 - CENTRE_WEIGHT) / (double)(n_axes + 1) * exp(correction);
    return true;
}

bool renewal_posterior_find(const struct renewal_problem *p, const struct renewal_point *start, const double (*information)[RENEWAL_HYPER_COUNT],
                            struct renewal_moments *moments, struct renewal_posterior *posterior)
{
    struct search s = {.p = p, .moments = moments};
    struct renewal_component *centre = &posterior->components[0];
    if (start != NULL) {
        renewal_point_copy(p, &centre->fit.mode, start);
    } else {
        renewal_start(p, &centre->fit.mode);
    }
    if (!find_centre(&s, information, posterior)) {
        return false;
    }
    keep_moments(p, moments, centre);
    posterior->free_noise = moments->noise / (double)p->n_rows;
    posterior->free_effect = p->layout.n_effect > 0 ? moments->effect / (double)p->layout.n_effect : 0;
    /* The excess's derivative spoilt the factor; it is needed for draws. */
    renewal_curvature_fill(p, &centre->fit.mode, &centre->fit.state, true, &centre->fit.curvature);
    if (!renewal_curvature_factor(p, &centre->fit.curvature)) {
        return false;
    }
    hyper_matrix factor;
    memcpy(factor, posterior->information, sizeof factor);
    size_t axes[RENEWAL_HYPER_COUNT], n_axes = 0;
    if (!factor_small(factor)) {
        return false;
    }
    for (size_t i = 0; i < RENEWAL_HYPER_COUNT; i++) {
        axes[n_axes] = i;
        n_axes += p->hyper_sd[i] > 0 ? 1 : 0;
    }
    double gradient[RENEWAL_HYPER_COUNT], total = CENTRE_WEIGHT;
    memcpy(gradient, s.gradient, sizeof gradient);
    centre->weight = CENTRE_WEIGHT;
    for (size_t corner = 0; corner <= n_axes; corner++) {
        (void)add_corner(&s, posterior, factor, axes, n_axes, corner, gradient);
        total += posterior->components[corner + 1].weight;
    }
    posterior->n_components = n_axes + 2;
    for (size_t i = 0; i < posterior->n_components; i++) {
        posterior->components[i].weight /= total;
    }
    return true;
}

double renewal_mixture_quantile(const double *weight, const double *mean, const double *variance, size_t n, double probability)
{
    double centre = 0, spread = 0, z = vg_normal_quantile(probability), low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < n; i++) {
        centre += weight[i] * mean[i];
    }
    for (size_t i = 0; i < n; i++) {
        spread += weight[i] * (variance[i] + (mean[i] - centre) * (mean[i] - centre));
        double here = mean[i] + z * sqrt(variance[i]);
        low = weight[i] > 0 && here < low ? here : low;
        high = weight[i] > 0 && here > high ? here : high;
    }
    double at = centre + z * sqrt(spread);
    at = at < low ? low : at > high ? high : at;
    for (size_t round = 0; round < 12 && high - low > 1e-9; round++) {
        double below = -probability, density = 0;
        for (size_t i = 0; i < n; i++) {
            double sd = sqrt(variance[i]), u = (at - mean[i]) / sd;
            below += weight[i] * vg_normal_cdf(u);
            density += weight[i] * exp(-0.5 * u * u) / (sd * 2.5066282746310002);
        }
        low = below < 0 ? at : low;
        high = below > 0 ? at : high;
        double next = at - below / density;
        next = next > low && next < high ? next : 0.5 * (low + high);
        if (fabs(next - at) < 1e-5 * sqrt(spread)) {
            return next;
        }
        at = next;
    }
    return at;
}
