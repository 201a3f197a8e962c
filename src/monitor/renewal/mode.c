/*
 * The mode at given hyperparameters: a first guess from ratios of the triangle, then Newton's method on noise, level and theta
 * together. The log density is nearly log-concave, so a handful of steps is the rule.
 */
#include "monitor/renewal/fit.h"

#include "monitor/renewal/kernel.h"

#include <math.h>
#include <string.h>

#define NEWTON_MOST 60
#define DECREMENT_DONE 1e-3 /* of the log density: what is left, a twentieth of a posterior sd, the moments take */
#define QUASI_STEPS_MOST 8
#define CHORD_FROM 100      /* with a factor made here */
#define NEAR_MOST 150.0      /* with a neighbour's */
#define NEAR_DONE 0.01      /* from here on a factor of its own is better */
#define KEEP_FACTOR_ROUGH 30.0 /* good enough for a step to other hyperparameters */
#define STEP_MOST 3.0       /* of any logarithm at once */

vg_status renewal_fit_new(const struct renewal_problem *problem, const struct renewal_fit *with, struct vg_arena *arena, struct renewal_fit *fit,
                          struct vg_error *error)
{
    if (with != NULL) {
        *fit = *with;
        fit->n_newton = 0;
    } else {
        struct renewal_point *points[] = {&fit->gradient, &fit->step, &fit->trial, &fit->before};
        *fit = (struct renewal_fit){.moves = renewal_doubles(arena, RENEWAL_PAIRS, renewal_point_length(problem))};
        fit->turns = renewal_doubles(arena, RENEWAL_PAIRS, renewal_point_length(problem));
        for (size_t i = 0; i < 4; i++) {
            vg_status status = renewal_point_new(problem, arena, points[i], error);
            if (status != VG_OK) {
                return status;
            }
        }
    }
    vg_status status = renewal_point_new(problem, arena, &fit->mode, error);
    status = status == VG_OK ? renewal_state_new(problem, arena, &fit->state, error) : status;
    return status == VG_OK ? renewal_curvature_new(problem, with != NULL ? &with->curvature : NULL, arena, &fit->curvature, error) : status;
}

/* ----------------------------------------------------------------- first guess */

/* Logit hazards by what came at each delay of what was still to come; base[n_base] holds what came, scratch[n_base] the rest. */
static void start_delays(const struct renewal_problem *p, struct renewal_point *point, double *at_risk)
{
    const struct renewal_layout *l = &p->layout;
    double *came = point->theta + l->base, first = 0, second = 0, total = 0, left = 1;
    memset(at_risk, 0, p->n_delays * sizeof *at_risk);
    memset(point->theta, 0, l->n * sizeof(double));
    for (size_t k = p->first_split; k < p->n_rows; k++) {
        const struct renewal_row *row = &p->rows[k];
        double seen = 0;
        size_t cell = 0;
        for (size_t d = 0; row->last_delay >= 0 && d <= (size_t)row->last_delay && d < l->n_base; d++) {
            while (cell < row->n_cells && p->cells[row->cell + cell].last < d) {
                cell++;
            }
            const struct renewal_cell *c = &p->cells[row->cell + cell];
            double here = cell < row->n_cells && c->first <= d ? (double)c->count / (double)(c->last - c->first + 1) : 0;
            seen += here;
            came[d] += here;
            /* Known at this delay, of which `here` is new: the reverse of a hazard. */
            at_risk[d] += seen;
        }
    }
    /* Shares by the chain ladder from the longest delay back, then forward hazards. */
    double *share = at_risk, cumulative = 1;
    for (size_t d = l->n_base; d-- > 0;) {
        double reverse = (came[d] + 0.02) / (at_risk[d] + 0.1);
        share[d] = cumulative * reverse;
        cumulative *= 1 - reverse;
    }
    share[0] += cumulative;
    for (size_t d = 0; d < l->n_base; d++) {
        double at = log((double)d + 0.5);
        first += share[d] * at;
        second += share[d] * at * at;
        total += share[d];
    }
    for (size_t d = 0; d < l->n_base; d++) {
        double hazard = share[d] / total * 0.995 / left;
        hazard = hazard > 0.98 ? 0.98 : hazard < 1e-4 ? 1e-4 : hazard;
        came[d] = log(hazard / (1 - hazard));
        left *= 1 - hazard;
    }
    if (l->n_shape > 0) {
        double mean = first / total, variance = second / total - mean * mean;
        point->theta[l->shape] = mean;
        point->theta[l->shape + 1] = 0.5 * log(variance > 0.1 ? variance : 0.1);
    }
}

static double reported_share(const struct renewal_problem *p, const struct renewal_point *point, const struct renewal_row *row)
{
    double left = 1;
    if (!row->split || row->last_delay < 0) {
        return row->last_delay < 0 ? 0 : 1;
    }
    for (size_t d = 0; d <= (size_t)row->last_delay; d++) {
        left *= d < p->n_hazards ? 1 / (1 + exp(p->hazard_offset[d] + point->theta[p->layout.base + p->base_of[d]])) : 0;
    }
    return 1 - left;
}

static void start_level(const struct renewal_problem *p, struct renewal_point *point)
{
    size_t lag = 0;
    double *noise = point->noise, passed = 0, total = 0;
    for (size_t j = 0; j < p->n_kernel; j++) {
        total += p->kernel[j];
    }
    while (lag + 1 < p->n_kernel && passed + p->kernel[lag] < total / 2) {
        passed += p->kernel[lag++];
    }
    /* Log counts of windows around each row, by what is expected in the end. */
    size_t half = p->step_days == 1 ? 3 : 1;
    for (size_t k = 0; k < p->n_rows; k++) {
        double known = 0.3, expected = 0.3 / exp(p->level_mean) / (double)p->step_days;
        size_t from = k > half ? k - half : 0, to = k + half < p->n_rows ? k + half : p->n_rows - 1;
        for (size_t i = from; i <= to; i++) {
            known += p->rows[i].known;
            expected += reported_share(p, point, &p->rows[i]);
        }
        noise[k] = log(known / expected / (double)p->step_days);
    }
    for (size_t i = 0; i < p->n_latent; i++) {
        size_t at = i + lag, k = at < p->n_seed ? 0 : (at - p->n_seed) / (size_t)p->step_days;
        point->level[i] = noise[k < p->n_rows ? k : p->n_rows - 1];
    }
    memset(noise, 0, p->n_rows * sizeof *noise);
}

void renewal_start(const struct renewal_problem *p, struct renewal_point *point)
{
    /* level is filled last: until then it is the scratch of the delays. */
    if (p->layout.n_base > 0 && p->prior == NULL) {
        start_delays(p, point, point->level);
    } else {
        memcpy(point->theta, p->theta_mean, p->layout.n * sizeof(double));
    }
    start_level(p, point);
    memcpy(point->hyper, p->hyper_mean, sizeof point->hyper);
}

/* --------------------------------------------------------------------- Newton */

static double largest(const double *values, size_t n)
{
    double most = 0;
    for (size_t i = 0; i < n; i++) {
        most = fabs(values[i]) > most ? fabs(values[i]) : most;
    }
    return most;
}

static void move(const struct renewal_problem *p, const struct renewal_point *from, const struct renewal_point *step, double length,
                 struct renewal_point *to)
{
    for (size_t i = 0; i < renewal_point_length(p); i++) {
        to->level[i] = from->level[i] + length * step->level[i];
    }
    memcpy(to->hyper, from->hyper, sizeof to->hyper);
}

static void swap_points(const struct renewal_problem *p, struct renewal_point *a, struct renewal_point *b)
{
    for (size_t i = 0; i < renewal_point_length(p); i++) {
        double kept = a->level[i];
        a->level[i] = b->level[i];
        b->level[i] = kept;
    }
}

/* Goes along fit->step as far as it is better; false where no length is. */
static bool go_along(const struct renewal_problem *p, struct renewal_fit *fit, double decrement)
{
    double most = largest(fit->step.level, p->n_latent), other = largest(fit->step.theta, p->layout.n);
    most = most > other ? most : other;
    double length = most > STEP_MOST ? STEP_MOST / most : 1;
    for (size_t halving = 0; halving < 30; halving++, length /= 2) {
        move(p, &fit->mode, &fit->step, length, &fit->trial);
        double value = renewal_density(p, &fit->trial, &fit->state);
        if (isfinite(value) && value >= fit->log_density + 1e-4 * length * decrement - 1e-9 * fabs(fit->log_density)) {
            swap_points(p, &fit->mode, &fit->trial);
            fit->log_density = value;
            return true;
        }
    }
    return false;
}

/*
 * Where the exact curvature is not positive definite, as between modes, some is added to theta's part of it. Far off, from a first guess, it
 * seldom is: there the expected one, which always is, leads as well and is tried first.
 */
static bool factor_here(const struct renewal_problem *p, bool far, struct renewal_fit *fit)
{
    static const double added[] = {0, 0.5, 5, 50};
    size_t n = p->layout.n;
    for (size_t i = 0; !far && i < sizeof added / sizeof *added; i++) {
        renewal_curvature_fill(p, &fit->mode, &fit->state, true, &fit->curvature);
        for (size_t j = 0; j < n; j++) {
            fit->curvature.dense[j * n + j] += added[i];
        }
        if (renewal_curvature_factor(p, &fit->curvature)) {
            return true;
        }
    }
    renewal_curvature_fill(p, &fit->mode, &fit->state, false, &fit->curvature);
    return renewal_curvature_factor(p, &fit->curvature);
}

/* ---------------------------------------------------------------- quasi-Newton */

/* Pairs of a search, the newest last: curvature times move is turn. */
struct pairs {
    size_t n, oldest;
    double weight[RENEWAL_PAIRS]; /* 1 / (move . turn) */
};

static size_t pair_at(const struct pairs *pairs, size_t i)
{
    return (pairs->oldest + i) % RENEWAL_PAIRS;
}

/*
 * fit->step: the inverse of the factored curvature, corrected by the pairs, times the gradient (two loops; Nocedal 1980). Returns their
 * product, the decrement.
 */
static double direction(const struct renewal_problem *p, const struct renewal_curvature *near, const struct pairs *pairs, struct renewal_fit *fit)
{
    size_t n = renewal_point_length(p);
    double share[RENEWAL_PAIRS], *step = fit->step.level;
    memcpy(fit->trial.level, fit->gradient.level, n * sizeof(double));
    for (size_t i = pairs->n; i-- > 0;) {
        size_t at = pair_at(pairs, i);
        share[i] = pairs->weight[at] * renewal_product(fit->moves + at * n, fit->trial.level, n);
        renewal_add_scaled(fit->trial.level, fit->turns + at * n, -share[i], n);
    }
    renewal_curvature_solve(p, near, &fit->trial, &fit->step);
    for (size_t i = 0; i < pairs->n; i++) {
        size_t at = pair_at(pairs, i);
        double back = pairs->weight[at] * renewal_product(fit->turns + at * n, step, n);
        renewal_add_scaled(step, fit->moves + at * n, share[i] - back, n);
    }
    return renewal_product(fit->gradient.level, step, n);
}

/* After a step: fit->trial is where it began, fit->before the gradient there. */
static void keep_pair(const struct renewal_problem *p, struct renewal_fit *fit, struct pairs *pairs)
{
    size_t n = renewal_point_length(p), at = pair_at(pairs, pairs->n);
    double *moved = fit->moves + at * n, *turned = fit->turns + at * n;
    for (size_t i = 0; i < n; i++) {
        moved[i] = fit->mode.level[i] - fit->trial.level[i];
        turned[i] = fit->before.level[i] - fit->gradient.level[i];
    }
    if (pairs->n == RENEWAL_PAIRS) {
        /* The oldest made room, whether or not the new one is of use. */
        pairs->oldest = (pairs->oldest + 1) % RENEWAL_PAIRS;
        pairs->n--;
    }
    double product = renewal_product(moved, turned, n);
    if (product > 0) {
        pairs->weight[at] = 1 / product;
        pairs->n++;
    }
}

struct descent {
    double first, last; /* decrements */
    bool stuck;         /* no length of the last step was better */
};

/*
 * Goes down with one factor as far as that is worth it: a step costs a tenth of one with its own factor. Where the first decrement is
 * above `most`, one step is made only.
 */
static struct descent descend(const struct renewal_problem *p, const struct renewal_curvature *near, double most, double done, struct renewal_fit *fit)
{
    struct pairs pairs = {.n = 0};
    struct descent way = {0, 0, false};
    for (size_t i = 0; i < QUASI_STEPS_MOST; i++) {
        double before = way.last;
        way.last = direction(p, near, &pairs, fit);
        way.first = i == 0 ? way.last : way.first;
        if (!(way.last >= done) || (i >= 3 && way.last > before)) {
            break;
        }
        memcpy(fit->before.level, fit->gradient.level, renewal_point_length(p) * sizeof(double));
        way.stuck = !go_along(p, fit, way.last);
        if (way.stuck) {
            fit->log_density = renewal_density(p, &fit->mode, &fit->state);
            break;
        }
        renewal_gradient(p, &fit->mode, &fit->state, &fit->gradient);
        if (way.first > most) {
            break;
        }
        if (near == &fit->curvature && way.first < RENEWAL_KEEP_FACTOR) {
            /* Newton's last step squares what was left, and more. */
            way.last *= way.last;
            break;
        }
        keep_pair(p, fit, &pairs);
    }
    return way;
}

bool renewal_mode_near(const struct renewal_problem *p, struct renewal_fit *fit)
{
    fit->log_density = renewal_density(p, &fit->mode, &fit->state);
    if (!isfinite(fit->log_density)) {
        return false;
    }
    renewal_gradient(p, &fit->mode, &fit->state, &fit->gradient);
    (void)descend(p, &fit->curvature, NEAR_MOST, DECREMENT_DONE, fit);
    return true;
}

bool renewal_mode(const struct renewal_problem *p, const struct renewal_curvature *near, bool rough, struct renewal_fit *fit)
{
    fit->log_density = renewal_density(p, &fit->mode, &fit->state);
    if (!isfinite(fit->log_density)) {
        return false;
    }
    renewal_gradient(p, &fit->mode, &fit->state, &fit->gradient);
    if (near != NULL) {
        (void)descend(p, near, NEAR_MOST, NEAR_DONE, fit);
    }
    for (size_t i = 0; i < NEWTON_MOST; i++) {
        bool far = i == 0 && near == NULL;
        if (!factor_here(p, far, fit)) {
            return false;
        }
        fit->n_newton++;
        struct descent way = descend(p, &fit->curvature, CHORD_FROM, DECREMENT_DONE, fit);
        fit->factor_off = way.first;
        if (way.last < DECREMENT_DONE && way.first < (rough ? KEEP_FACTOR_ROUGH : RENEWAL_KEEP_FACTOR) && !far) {
            return true;
        }
        if (way.stuck && way.last == way.first) {
            return way.last < 1e-2;
        }
    }
    return false;
}
