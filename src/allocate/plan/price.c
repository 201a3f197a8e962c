/*
 * Prices of rows: the highest bound that least costs at prices give. One row: two tangents of that concave function, one on each side of its top, meet above it; where they meet is asked next, until the top is
 * found (exactly, after a few questions). Several: the volume algorithm (Barahona and Anbil 2000), a subgradient method that goes along the average of what was asked and so comes to an average that nearly keeps to the rows.
 */
#include "allocate/plan/internal.h"

#include <math.h>
#include <string.h>

#define TANGENTS_MOST 80
#define FACTOR_MOST 3.0       /* logarithm of what a share grows or shrinks by at most */
#define RISE_FIRST 0.02       /* share of the bound that a round is to add to it */
#define RISE_NEXT 0.99
#define RISE_LEAST 0.002
#define LITTLE 0.05           /* of the target: a bound below is taken for as much */
#define FALSE_STEPS 10       /* without a better bound before steps get shorter */

struct side {
    double price, value, excess;
};

static vg_status ask_one(const struct plan_priced *priced, double price, struct side *side, struct vg_error *error)
{
    side->price = price;
    return priced->ask(priced->context, &price, &side->value, &side->excess, error);
}

static vg_status by_tangents(const struct plan_priced *priced, double *price, double *bound, uint32_t *rounds, struct vg_error *error)
{
    struct side low, high, trial;
    vg_status status = ask_one(priced, 0.0, &low, error);
    *rounds = 1;
    *price = 0.0;
    *bound = low.value;
    if (status != VG_OK || low.excess <= 0.0) { /* without a price it binds nothing */
        priced->blend(priced->context, 1.0);
        return status;
    }
    double guess = fmax(1e-6, fabs(*priced->target - low.value));
    for (;; guess *= 4.0) {
        status = ask_one(priced, guess, &high, error);
        ++*rounds;
        if (status != VG_OK || high.excess <= 0.0) {
            break;
        }
        low = high;
        if (*rounds > TANGENTS_MOST) {
            return vg_fail(error, VG_DATA_ERROR, "no plan keeps to the limit that resources share");
        }
    }
    while (status == VG_OK && *rounds < TANGENTS_MOST) {
        const double meet = (high.value - low.value + low.excess * low.price - high.excess * high.price) / (low.excess - high.excess), top = low.value + low.excess * (meet - low.price);
        if (!(meet > low.price && meet < high.price)) {
            break;
        }
        status = ask_one(priced, meet, &trial, error);
        ++*rounds;
        *(trial.excess > 0.0 ? &low : &high) = trial;
        if (trial.value >= top - 1e-12 * fabs(top)) {
            break;
        }
    }
    if (status == VG_OK) {
        *price = low.value > high.value ? low.price : high.price;
        *bound = fmax(low.value, high.value);
        status = ask_one(priced, low.price, &trial, error);
        priced->blend(priced->context, 1.0);
    }
    if (status == VG_OK) {
        status = ask_one(priced, high.price, &trial, error);
        priced->blend(priced->context, low.excess / (low.excess - high.excess));
    }
    return status;
}

/* ------------------------------------------------------------------ several rows */

/* Of rows, what shares of 1 have on average: only what is above or below it says where they should go. */
static double middle_of(const struct plan_priced *priced, const double *price, const double *mean)
{
    double middle = 0.0;
    for (uint32_t k = 0; priced->shares && k < priced->n; k++) {
        middle += mean[k] * price[k];
    }
    return middle;
}

/* How strongly the average pulls prices: rows that are exceeded, and those with room whose price can fall. */
static double pull(const struct plan_priced *priced, const double *price, const double *mean, double middle)
{
    double sum = 0.0;
    for (uint32_t k = 0; k < priced->n; k++) {
        const double away = mean[k] - middle;
        sum += priced->shares ? price[k] * away * away : away > 0.0 || price[k] > 0.0 ? away * away : 0.0;
    }
    return sum;
}

/* Prices go with the average and stay at least 0; shares grow and shrink by factors (entropic steps; Beck and Teboulle 2003), since they differ as much as the sites do. */
static void step_prices(const struct plan_priced *priced, const double *price, const double *mean, double middle, double length, double *trial)
{
    double sum = 0.0;
    for (uint32_t k = 0; k < priced->n; k++) {
        const double move = length * (mean[k] - middle);
        trial[k] = priced->shares ? price[k] * exp(fmax(-FACTOR_MOST, fmin(FACTOR_MOST, move))) : fmax(0.0, price[k] + move);
        sum += trial[k];
    }
    for (uint32_t k = 0; priced->shares && k < priced->n; k++) {
        trial[k] /= sum;
    }
}

/* How much of the newest answer goes into the average: what makes the pull smallest, within bounds. */
static double share_of_newest(const double *excess, const double *mean, uint32_t n, double most)
{
    double cross = 0.0, square = 0.0;
    for (uint32_t k = 0; k < n; k++) {
        const double change = excess[k] - mean[k];
        cross -= change * mean[k];
        square += change * change;
    }
    const double best = square > 0.0 ? cross / square : most;
    return fmin(most, fmax(0.1 * most, best));
}

/* Whether the average nearly keeps to the rows and costs what the bound says: then there is nothing left to find. */
static bool settled(const struct plan_priced *priced, const double *mean, double cost, double bound)
{
    double over = -INFINITY;
    for (uint32_t k = 0; k < priced->n; k++) {
        over = fmax(over, mean[k]);
    }
    return priced->shares ? over - bound <= priced->tolerance : over <= priced->excess && fabs(cost - bound) <= priced->tolerance;
}

static double cost_of(const struct plan_priced *priced, const double *price, const double *excess, double value)
{
    for (uint32_t k = 0; k < priced->n; k++) {
        value -= price[k] * excess[k];
    }
    return value;
}

/* How far the bound is thought to rise: to the target, but prices of rows that are asked for more than they can give in the first rounds do not come down again, so not by more than a share, less and less. */
static double gap_ahead(const struct plan_priced *priced, double bound, uint32_t round)
{
    const double gap = *priced->target - bound, size = fmax(fabs(bound), LITTLE * fabs(*priced->target));
    return priced->shares ? gap : fmin(gap, size * fmax(RISE_LEAST, RISE_FIRST * pow(RISE_NEXT, round)));
}

static vg_status by_volume(const struct plan_priced *priced, struct vg_arena *arena, const struct vg_progress *progress, double *price, double *bound, uint32_t *rounds, struct vg_error *error)
{
    const uint32_t n = priced->n;
    double *trial = VG_ARENA_ARRAY(arena, double, n), *mean = VG_ARENA_ARRAY(arena, double, n), *excess = VG_ARENA_ARRAY(arena, double, n);
    if (arena->failed) {
        return vg_fail_memory(error, n * (size_t)24);
    }
    double value = 0.0, factor = 0.5, most = 0.3;
    uint32_t without = 0, idle = 0;
    vg_status status = priced->ask(priced->context, price, bound, mean, error);
    priced->blend(priced->context, 1.0);
    double cost = cost_of(priced, price, mean, *bound);
    for (*rounds = 1; status == VG_OK && *rounds < priced->rounds_most && idle < priced->patience && !settled(priced, mean, cost, *bound); ++*rounds) {
        const double middle = middle_of(priced, price, mean), norm = pull(priced, price, mean, middle), left = fmax(gap_ahead(priced, *bound, *rounds), priced->tolerance);
        if (!(norm > 0.0)) { /* an average that nothing pulls, and that is no optimum: anew from the best prices, in shorter steps */
            if (factor < 1e-3) {
                break;
            }
            factor *= 0.5;
            status = priced->ask(priced->context, price, &value, mean, error);
            priced->blend(priced->context, 1.0);
            cost = cost_of(priced, price, mean, value);
            continue;
        }
        step_prices(priced, price, mean, middle, factor * left / norm, trial);
        status = priced->ask(priced->context, trial, &value, excess, error);
        if (status != VG_OK) {
            break;
        }
        const double share = share_of_newest(excess, mean, n, most);
        double along = 0.0;
        for (uint32_t k = 0; k < n; k++) {
            along += excess[k] * mean[k];
            mean[k] += share * (excess[k] - mean[k]);
        }
        priced->blend(priced->context, share);
        cost += share * (cost_of(priced, trial, excess, value) - cost);
        idle = value < *bound + priced->tolerance ? idle + 1 : 0;
        if (value > *bound) {
            factor = along >= 0.0 ? fmin(2.0, 1.1 * factor) : factor;
            *bound = value;
            memcpy(price, trial, n * sizeof *price);
            without = 0;
        } else if (++without == FALSE_STEPS) {
            factor *= 0.66;
            most = fmax(0.02, 0.8 * most);
            without = 0;
        }
        if (!vg_progress_report(progress, "planning", (double)*rounds / (double)priced->rounds_most)) {
            status = vg_fail(error, VG_CANCELLED, "cancelled");
        }
    }
    return status;
}

vg_status plan_find_prices(const struct plan_priced *priced, struct vg_arena *arena, const struct vg_progress *progress, double *price, double *bound, uint32_t *rounds, struct vg_error *error)
{
    return priced->n == 1 && !priced->shares ? by_tangents(priced, price, bound, rounds, error) : by_volume(priced, arena, progress, price, bound, rounds, error);
}
