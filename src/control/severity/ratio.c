/*
 * Case fatality corrected for deaths still to come: Nishiura et al. 2009 as the R package cfr computes it, and a profile
 * likelihood that knows the delay to be uncertain.
 */
#include "control/severity/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define GRID 10000
#define DROP 1.92 /* half of chi-squared's 95 % point, as cfr rounds it */
#define POISSON_CASES 100
#define POISSON_SHARE 0.05
#define PROFILE_STEPS 10 /* of the delay's mean and standard deviation, to both sides, up to three standard errors */
#define BINS 60
#define DRAWS 4000

static const char *const status_names[VG_SEVERITY_STATUS_COUNT] = {"ok",           "too_few", "no_outcomes", "deaths_over_outcomes", "deaths_over_cases",
                                                                   "not_converged"};

const char *vg_severity_status_name(enum vg_severity_estimate_status status)
{
    VG_ASSERT(status < VG_SEVERITY_STATUS_COUNT);
    return status_names[status];
}

void vg_severity_delay(const struct vg_interval_law *delay, enum vg_severity_discretisation way, size_t n, double *weights)
{
    double before = 0, here = 0; /* integral at k - 1 and k */
    for (size_t k = 0; k < n; k++) {
        double ahead = way == VG_DELAY_DAYS ? vg_interval_integral(delay, (double)k + 1) : 0;
        weights[k] = way == VG_DELAY_DENSITY ? vg_interval_density(delay, (double)k) : fmax(0, ahead - 2 * here + before);
        weights[k] = isfinite(weights[k]) ? weights[k] : 1;
        before = here;
        here = ahead;
    }
}

/* The last delay that counts at all, so that long series stay quick. */
static size_t length_of(const double *weights, size_t n)
{
    while (n > 1 && weights[n - 1] < 1e-12) {
        n--;
    }
    return n;
}

void vg_severity_outcomes(const double *cases, const double *reported, size_t n, const double *weights, double *outcomes)
{
    size_t length = length_of(weights, n);
    for (size_t t = 0; t < n; t++) {
        double sum = 0;
        for (size_t j = 0; j < length && j <= t; j++) {
            sum += cases[t - j] * weights[j];
        }
        outcomes[t] = sum * (reported == NULL ? 1 : reported[t]);
    }
}

static double total(const double *values, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += values[i];
    }
    return sum;
}

static const struct vg_severity_estimate nothing = {NAN, NAN, NAN};

struct vg_severity_estimate severity_binomial(double events, double n)
{
    struct vg_severity_estimate out = {events / n, 0, 1};
    if (!(n > 0)) {
        return nothing;
    }
    out.low = events > 0 ? vg_beta_quantile(0.025, events, n - events + 1) : 0;
    out.high = events < n ? vg_beta_quantile(0.975, events + 1, n - events) : 1;
    return out;
}

/* Highest point of a likelihood on the grid, and where it is within DROP of it. */
static struct vg_severity_estimate highest(const double *likelihood)
{
    size_t best = 0, first = SIZE_MAX, last = 0;
    for (size_t i = 1; i < GRID; i++) {
        best = likelihood[i] > likelihood[best] ? i : best;
    }
    for (size_t i = 0; i < GRID; i++) {
        if (likelihood[i] >= likelihood[best] - DROP) {
            first = first == SIZE_MAX ? i : first;
            last = i;
        }
    }
    return (struct vg_severity_estimate){(double)(best + 1) / GRID, (double)(first + 1) / GRID, (double)(last + 1) / GRID};
}

/* cfr's likelihood: binomial of rounded outcomes with the unrounded ones in the exponent. */
static struct vg_severity_estimate corrected(double cases, double deaths, double outcomes, double *likelihood)
{
    double whole = nearbyint(outcomes);
    bool poisson = cases >= POISSON_CASES && deaths / whole < POISSON_SHARE;
    for (size_t i = 0; i < GRID; i++) {
        double p = (double)(i + 1) / GRID, left = outcomes - deaths;
        if (poisson) {
            likelihood[i] = deaths * log(p * whole) - p * whole;
        } else {
            likelihood[i] = deaths * log(p) + (left == 0 ? 0 : left * log1p(-p));
        }
    }
    return highest(likelihood);
}

/* Sum of the expected outcomes; where all are reported, each case's share is a sum of weights, so that days need not be gone
 * through for each other. */
static double known_outcomes(const double *cases, const double *reported, size_t n, const double *weights, double *outcomes)
{
    double within = 0, sum = 0;
    if (reported != NULL) {
        vg_severity_outcomes(cases, reported, n, weights, outcomes);
        return total(outcomes, n);
    }
    for (size_t t = n; t-- > 0;) {
        within += weights[n - 1 - t];
        sum += cases[t] * within;
    }
    return sum;
}

/* Shares of the cases with a known outcome by delay, and what each delay costs: how far it is from the assumed one. */
struct delays {
    double share[(2 * PROFILE_STEPS + 1) * (2 * PROFILE_STEPS + 1)], cost[(2 * PROFILE_STEPS + 1) * (2 * PROFILE_STEPS + 1)];
    size_t n;
};

static void profile_delays(const double *cases, const double *reported, size_t n, double n_cases, const struct vg_severity_settings *settings, double *weights,
                           double *outcomes, struct delays *out)
{
    double sd = vg_interval_sd(&settings->delay);
    int means = settings->mean_error > 0 ? PROFILE_STEPS : 0, sds = settings->sd_error > 0 ? PROFILE_STEPS : 0;
    out->n = 0;
    for (int i = -means; i <= means; i++) {
        for (int j = -sds; j <= sds; j++) {
            double a = 3.0 * i / PROFILE_STEPS, b = 3.0 * j / PROFILE_STEPS;
            struct vg_interval_law law =
                vg_interval_law_of(settings->delay.family, settings->delay.mean * exp(a * settings->mean_error), sd * exp(b * settings->sd_error));
            vg_severity_delay(&law, VG_DELAY_DAYS, n, weights);
            out->share[out->n] = fmin(1, known_outcomes(cases, reported, n, weights, outcomes) / n_cases);
            out->cost[out->n++] = (a * a + b * b) / 2;
        }
    }
}

/* The likeliest delay's log likelihood of a ratio given by its logit. */
static double profile_at(double cases, double deaths, const struct delays *delays, double x)
{
    double p = 1 / (1 + exp(-x)), best = -INFINITY;
    for (size_t k = 0; k < delays->n; k++) {
        double q = p * delays->share[k], left = cases - deaths;
        double value = (deaths == 0 ? 0 : deaths * log(q)) + (left == 0 ? 0 : left * log1p(-q)) - delays->cost[k];
        best = value > best ? value : best;
    }
    return best;
}

#define LOGIT_MOST 16.0
#define LOGIT_STEPS 320

/* Where the likelihood has fallen by DROP between its top and one end; the end itself where it has not. */
static double limit_between(double cases, double deaths, const struct delays *delays, double top, double end)
{
    double floor_value = profile_at(cases, deaths, delays, top) - DROP, inside = top, outside = end;
    if (profile_at(cases, deaths, delays, end) >= floor_value) {
        return end;
    }
    for (int i = 0; i < 50; i++) {
        double middle = (inside + outside) / 2;
        if (profile_at(cases, deaths, delays, middle) >= floor_value) {
            inside = middle;
        } else {
            outside = middle;
        }
    }
    return inside;
}

static struct vg_severity_estimate profile(double cases, double deaths, const struct delays *delays)
{
    double top = -LOGIT_MOST, highest_value = -INFINITY;
    for (int i = 0; i <= LOGIT_STEPS; i++) {
        double x = -LOGIT_MOST + 2 * LOGIT_MOST * i / LOGIT_STEPS, value = profile_at(cases, deaths, delays, x);
        top = value > highest_value ? x : top;
        highest_value = fmax(value, highest_value);
    }
    for (double step = LOGIT_MOST / LOGIT_STEPS; step > 1e-9; step /= 2) {
        for (int way = -1; way <= 1; way += 2) {
            double x = fmin(fmax(top + way * step, -LOGIT_MOST), LOGIT_MOST), value = profile_at(cases, deaths, delays, x);
            if (value > highest_value) {
                highest_value = value;
                top = x;
            }
        }
    }
    double low = limit_between(cases, deaths, delays, top, -LOGIT_MOST), high = limit_between(cases, deaths, delays, top, LOGIT_MOST);
    double out[3] = {top, low, high};
    for (size_t k = 0; k < 3; k++) {
        out[k] = out[k] <= -LOGIT_MOST + 1e-6 ? 0 : out[k] >= LOGIT_MOST - 1e-6 ? 1 : 1 / (1 + exp(-out[k]));
    }
    return (struct vg_severity_estimate){out[0], out[1], out[2]};
}

/* Delays of the same share are worth only their cheapest; the grid's many are thinned to sixty by share. */
static void thin(struct delays *delays)
{
    struct delays kept = {.n = 0};
    double low = INFINITY, high = -INFINITY;
    for (size_t k = 0; k < delays->n; k++) {
        low = fmin(low, delays->share[k]);
        high = fmax(high, delays->share[k]);
    }
    for (size_t bin = 0; bin < BINS; bin++) {
        size_t best = SIZE_MAX;
        for (size_t k = 0; k < delays->n; k++) {
            size_t own = high > low ? (size_t)fmin(BINS - 1, (delays->share[k] - low) / (high - low) * BINS) : 0;
            best = own == bin && (best == SIZE_MAX || delays->cost[k] < delays->cost[best]) ? k : best;
        }
        if (best != SIZE_MAX) {
            kept.share[kept.n] = delays->share[best];
            kept.cost[kept.n++] = delays->cost[best];
        }
    }
    *delays = kept;
}

vg_status vg_severity_ratio(const double *cases, const double *deaths, const double *reported, size_t n, const struct vg_severity_settings *settings,
                            struct vg_arena *arena, struct vg_severity_ratio *out, struct vg_error *error)
{
    double *weights = VG_ARENA_ARRAY(arena, double, n + 1), *outcomes = VG_ARENA_ARRAY(arena, double, n + 1), *likelihood = VG_ARENA_ARRAY(arena, double, GRID);
    struct delays *delays = VG_ARENA_ARRAY(arena, struct delays, 1);
    *out = (struct vg_severity_ratio){VG_SEVERITY_OK, 0, 0, 0, nothing, nothing, nothing};
    if (arena->failed) {
        return vg_fail_memory(error, n * sizeof(double));
    }
    for (size_t t = 0; t < n; t++) {
        if (!(cases[t] >= 0) || !(deaths[t] >= 0) || isinf(cases[t]) || isinf(deaths[t])) {
            return vg_fail(error, VG_USAGE_ERROR, "day %zu has %g cases and %g deaths", t + 1, cases[t], deaths[t]);
        }
    }
    out->cases = total(cases, n);
    out->deaths = total(deaths, n);
    vg_severity_delay(&settings->delay, settings->way, n, weights);
    vg_severity_outcomes(cases, reported, n, weights, outcomes);
    out->outcomes = total(outcomes, n);
    if (!(out->cases > 0)) {
        out->status = VG_SEVERITY_TOO_FEW;
        return VG_OK;
    }
    if (out->deaths > out->cases) {
        out->status = VG_SEVERITY_DEATHS_OVER_CASES;
        return VG_OK;
    }
    out->naive = severity_binomial(out->deaths, out->cases);
    profile_delays(cases, reported, n, out->cases, settings, weights, outcomes, delays);
    thin(delays);
    if (nearbyint(out->outcomes) < 1) {
        out->status = VG_SEVERITY_NO_OUTCOMES;
        return VG_OK;
    }
    out->profile = profile(out->cases, out->deaths, delays);
    if (out->deaths > out->outcomes) {
        out->status = VG_SEVERITY_DEATHS_OVER_OUTCOMES;
        return VG_OK;
    }
    out->corrected = corrected(out->cases, out->deaths, out->outcomes, likelihood);
    return VG_OK;
}

struct vg_severity_estimate vg_severity_ascertainment(const struct vg_severity_estimate *known, const struct vg_severity_estimate *estimate)
{
    struct vg_severity_estimate out = {fmin(1, known->value / estimate->value), fmin(1, known->low / estimate->high), fmin(1, known->high / estimate->low)};
    return isnan(estimate->value) || isnan(known->value) ? nothing : out;
}

/* ---------------------------------------------------------- standardisation */

static double logit(double p)
{
    return log(p / (1 - p));
}

static int compare_numbers(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return left < right ? -1 : left > right ? 1 : 0;
}

vg_status vg_severity_standardised(const struct vg_severity_estimate *groups, const double *weights, size_t n, uint64_t seed, struct vg_arena *arena,
                                   struct vg_severity_estimate *out, struct vg_error *error)
{
    double *draws = VG_ARENA_ARRAY(arena, double, DRAWS), all = total(weights, n);
    *out = nothing;
    if (draws == NULL) {
        return vg_fail_memory(error, DRAWS * sizeof *draws);
    }
    if (!(all > 0)) {
        return vg_fail(error, VG_USAGE_ERROR, "the standard population is empty");
    }
    double value = 0;
    for (size_t g = 0; g < n; g++) {
        if (weights[g] > 0 && isnan(groups[g].value)) {
            return VG_OK;
        }
        value += weights[g] > 0 ? weights[g] / all * groups[g].value : 0;
    }
    for (uint32_t d = 0; d < DRAWS; d++) {
        struct vg_random random = vg_random_stream(seed, d, 0, 11);
        for (size_t g = 0; g < n; g++) {
            double normal = vg_random_normal(&random), low = fmax(groups[g].low, 1e-9), high = fmin(groups[g].high, 1 - 1e-9);
            double center = fmin(fmax(groups[g].value, low), high),
                   spread = (normal > 0 ? logit(high) - logit(center) : logit(center) - logit(low)) / 1.959963984540054;
            draws[d] += weights[g] > 0 ? weights[g] / all / (1 + exp(-(logit(center) + normal * spread))) : 0;
        }
    }
    qsort(draws, DRAWS, sizeof *draws, compare_numbers);
    *out = (struct vg_severity_estimate){value, vg_quantile_sorted(draws, DRAWS, 0.025), vg_quantile_sorted(draws, DRAWS, 0.975)};
    return VG_OK;
}
