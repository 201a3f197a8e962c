/*
 * Exponential smoothing on the fourth-root scale (between the logarithm, on which a batch day after a zero explodes, and the
 * square root, on which growth bends): level, damped trend and additive season, ETS(A,Ad,A) (Gardner and McKenzie 1985;
 * Hyndman, Koehler, Ord and Snyder 2008), with errors clipped before they move the states (Gelper, Fried and Croux 2010), since
 * surveillance series have batch days. Constants by least squares on a grid, then Nelder and Mead. Paths draw past errors
 * again; the spread is corrected, by horizon, to what the same model's errors from former origins were.
 */
#include "monitor/forecast_internal.h"

#include <math.h>
#include <string.h>

#define PATHS 1000
#define LONGEST_SEASON 60
#define CLIP 2.5
#define FORMER_STEPS 90
#define PRIOR_ERRORS 6.0
#define RESIDUAL_HALF_LIFE 60.0
#define RANDOM_PURPOSE_PATHS 0x4653u
#define N_CONSTANTS 4
#define SEARCH_STEPS 80
#define SHORT_SEASONS 8

/* alpha, beta / alpha, gamma / (1 - alpha), phi. */
struct constants {
    double level, trend, season, damping;
};

struct states {
    double level, trend, scale; /* scale: running size of the one-step errors */
    double season[LONGEST_SEASON];
};

/* One step: error of the reported value (NaN: none) and new states. Returns the error before clipping. */
static double advance(const struct constants *c, struct states *states, size_t place, double value)
{
    double trend = c->damping * states->trend;
    double error = value - (states->level + trend + states->season[place]);
    states->level += trend;
    states->trend = trend;
    if (!isnan(error)) {
        double bound = CLIP * states->scale;
        double used = error > bound ? bound : error < -bound ? -bound : error;
        states->level += c->level * used;
        states->trend += c->level * c->trend * used;
        states->season[place] += c->season * (1 - c->level) * used;
    }
    return error;
}

/* Start: means of the first seasons; the trend starts flat. */
static void start_states(const struct forecast_input *input, struct states *states)
{
    size_t span = input->season > 1 ? input->season * 3 : 6;
    span = span > input->n ? input->n : span;
    double sum = 0, count = 0, season_sum[LONGEST_SEASON] = {0}, season_count[LONGEST_SEASON] = {0};
    memset(states, 0, sizeof *states);
    for (size_t i = 0; i < span; i++) {
        if (!isnan(input->values[i])) {
            sum += input->values[i];
            count++;
        }
    }
    states->level = count > 0 ? sum / count : 0;
    double squares = 0, n_squares = 0;
    for (size_t i = 0; i < input->n; i++) {
        double value = input->values[i];
        if (i < span && !isnan(value)) {
            season_sum[i % input->season] += value - states->level;
            season_count[i % input->season]++;
        }
        if (i >= input->season && !isnan(value - input->values[i - input->season])) {
            squares += fabs(value - input->values[i - input->season]);
            n_squares++;
        }
    }
    states->scale = n_squares > 0 && squares > 0 ? squares / n_squares : 1;
    for (size_t i = 0; i < input->season && input->season > 1; i++) {
        states->season[i] = season_count[i] > 0 ? season_sum[i] / (season_count[i] + 1) : 0;
    }
}

/* Sum of clipped squared one-step errors after the first season, newer ones counting a little more. errors may be NULL. */
static double run_filter(const struct forecast_input *input, const struct constants *c, struct states *states, double *errors)
{
    double sum = 0, weights = 1e-12, weight = 1;
    start_states(input, states);
    double bound = 3 * states->scale;
    for (size_t i = 0; i < input->n; i++) {
        double error = advance(c, states, i % input->season, input->values[i]);
        if (errors != NULL) {
            errors[i] = error;
        }
        weight *= 1.01;
        if (i >= input->season && !isnan(error)) {
            double used = fabs(error) > bound ? bound : error;
            sum += weight * used * used;
            weights += weight;
        }
    }
    return sum / weights;
}

/* Of days in their first eight weeks a trend is carried less far: what grows fast early on is met by measures, and nothing in so short a past says when. */
static double most_damping(const struct forecast_input *input)
{
    return input->season > 1 && input->n < SHORT_SEASONS * input->season ? 0.92 : 0.98;
}

static struct constants from_point(const struct forecast_input *input, const double point[N_CONSTANTS])
{
    double unit[N_CONSTANTS];
    for (size_t i = 0; i < N_CONSTANTS; i++) {
        unit[i] = 1 / (1 + exp(-point[i]));
    }
    return (struct constants){0.02 + 0.88 * unit[0], 0.4 * unit[1], 0.6 * unit[2], 0.7 + (most_damping(input) - 0.7) * unit[3]};
}

static double loss(const struct forecast_input *input, const double point[N_CONSTANTS])
{
    struct states states;
    struct constants c = from_point(input, point);
    double penalty = 0; /* keeps the search from the corners, where nothing is learnt from flat series */
    for (size_t i = 0; i < N_CONSTANTS; i++) {
        penalty += 2e-4 * point[i] * point[i];
    }
    return log(run_filter(input, &c, &states, NULL) + 1e-9) + penalty;
}

static void best_of_grid(const struct forecast_input *input, double best[N_CONSTANTS], double *best_loss)
{
    static const double levels[] = {-2.5, -1, 0, 1}, trends[] = {-3, -1, 1}, seasons[] = {-2.5, -0.5}, dampings[] = {-1, 1.5};
    *best_loss = INFINITY;
    for (size_t i = 0; i < 4 * 3 * 2 * 2; i++) {
        double point[N_CONSTANTS] = {levels[i % 4], trends[i / 4 % 3], seasons[i / 12 % 2], dampings[i / 24]};
        double value = loss(input, point);
        if (value < *best_loss) {
            *best_loss = value;
            memcpy(best, point, sizeof point);
        }
    }
}

/* The simplex's new corner: the centroid of the others moved `factor` times the distance from the worst. */
static double try_corner(const struct forecast_input *input, double simplex[N_CONSTANTS + 1][N_CONSTANTS], size_t worst,
                         double factor, double corner[N_CONSTANTS])
{
    for (size_t i = 0; i < N_CONSTANTS; i++) {
        double centre = 0;
        for (size_t j = 0; j <= N_CONSTANTS; j++) {
            centre += j == worst ? 0 : simplex[j][i] / N_CONSTANTS;
        }
        corner[i] = centre + factor * (simplex[worst][i] - centre);
    }
    return loss(input, corner);
}

static void nelder_mead(const struct forecast_input *input, double best[N_CONSTANTS], double best_loss)
{
    double simplex[N_CONSTANTS + 1][N_CONSTANTS], values[N_CONSTANTS + 1];
    for (size_t j = 0; j <= N_CONSTANTS; j++) {
        memcpy(simplex[j], best, sizeof simplex[j]);
        if (j > 0) {
            simplex[j][j - 1] += 0.8;
        }
        values[j] = j == 0 ? best_loss : loss(input, simplex[j]);
    }
    size_t least = 0;
    for (int step = 0; step < SEARCH_STEPS; step++) {
        size_t worst = 0;
        for (size_t j = 1; j <= N_CONSTANTS; j++) {
            worst = values[j] > values[worst] ? j : worst;
            least = values[j] < values[least] ? j : least;
        }
        if (values[worst] - values[least] < 1e-5) {
            break;
        }
        double corner[N_CONSTANTS], further[N_CONSTANTS];
        double value = try_corner(input, simplex, worst, -1, corner);
        double factor = value < values[least] ? -2 : value < values[worst] ? -0.5 : 0.5;
        double other = try_corner(input, simplex, worst, factor, further);
        const double *chosen = other < value ? further : corner;
        double lower = other < value ? other : value;
        if (lower < values[worst]) {
            memcpy(simplex[worst], chosen, sizeof simplex[worst]);
            values[worst] = lower;
            continue;
        }
        for (size_t j = 0; j <= N_CONSTANTS; j++) {
            for (size_t i = 0; i < N_CONSTANTS && j != least; i++) {
                simplex[j][i] = (simplex[j][i] + simplex[least][i]) / 2;
            }
            values[j] = j == least ? values[j] : loss(input, simplex[j]);
        }
    }
    for (size_t j = 0; j <= N_CONSTANTS; j++) {
        least = values[j] < values[least] ? j : least;
    }
    memcpy(best, simplex[least], sizeof simplex[least]);
}

/* Sums of squared errors by horizon of the same model from former origins. squares[horizon], counts[horizon]. */
static void former_errors(const struct forecast_input *input, const struct constants *c, double *squares, double *counts)
{
    struct states states;
    start_states(input, &states);
    size_t warm = 2 * input->season > 8 ? 2 * input->season : 8;
    size_t first = input->n > FORMER_STEPS + input->horizon ? input->n - FORMER_STEPS - input->horizon : 0;
    first = first > warm ? first : warm;
    for (size_t i = 0; i < input->n; i++) {
        (void)advance(c, &states, i % input->season, input->values[i]);
        if (i < first) {
            continue;
        }
        double trend = 0, damping = 1;
        for (size_t k = 1; k <= input->horizon && i + k < input->n; k++) {
            damping *= c->damping;
            trend += damping * states.trend;
            double error = input->values[i + k] - (states.level + trend + states.season[(i + k) % input->season]);
            if (!isnan(error)) {
                squares[k - 1] += error * error;
                counts[k - 1]++;
            }
        }
    }
}

struct residuals {
    double *values, *cumulative;
    size_t n;
};

/* Past errors, centred, with weights that fade into the past. */
static void collect_residuals(const struct forecast_input *input, const double *errors, struct residuals *out)
{
    double total = 0, mean = 0;
    for (size_t i = input->season; i < input->n; i++) {
        if (!isnan(errors[i])) {
            double weight = exp2(-(double)(input->n - 1 - i) / RESIDUAL_HALF_LIFE);
            out->values[out->n] = errors[i];
            total += weight;
            mean += weight * errors[i];
            out->cumulative[out->n++] = total;
        }
    }
    for (size_t i = 0; i < out->n; i++) {
        out->values[i] -= mean / total;
        out->cumulative[i] /= total;
    }
}

static double draw_residual(const struct residuals *residuals, struct vg_random *random)
{
    double u = vg_random_uniform(random);
    size_t low = 0, high = residuals->n - 1;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (residuals->cumulative[middle] < u) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return residuals->values[low];
}

/* paths[step * PATHS + path] on the fourth-root scale. */
static void simulate(const struct forecast_input *input, const struct constants *c, const struct states *start,
                     const struct residuals *residuals, double *paths)
{
    for (uint32_t path = 0; path < PATHS; path++) {
        struct vg_random random = vg_random_stream(input->seed, path, 0, RANDOM_PURPOSE_PATHS);
        struct states states = *start;
        for (size_t k = 0; k < input->horizon; k++) {
            size_t place = (input->n + k) % input->season;
            double expected = states.level + c->damping * states.trend + states.season[place];
            double value = expected + draw_residual(residuals, &random);
            value = value > 0 ? value : 0;
            paths[k * PATHS + path] = value;
            (void)advance(c, &states, place, value);
        }
    }
}

/* How much wider than the simulated paths the former errors were at horizon k, smoothed over the neighbouring horizons. */
static double widening(const double *paths, const double *squares, const double *counts, size_t k, size_t horizon)
{
    size_t from = k >= 3 ? k - 3 : 0, to = k + 3 < horizon ? k + 3 : horizon - 1;
    double observed = 0, expected = 0;
    for (size_t j = from; j <= to; j++) {
        double mean = 0, variance = 0;
        for (size_t i = 0; i < PATHS; i++) {
            mean += paths[j * PATHS + i] / PATHS;
        }
        for (size_t i = 0; i < PATHS; i++) {
            variance += (paths[j * PATHS + i] - mean) * (paths[j * PATHS + i] - mean) / PATHS;
        }
        /* Errors from neighbouring origins overlap, so k of them count about as one. */
        double effective = counts[j] / (1 + (double)j / 2);
        observed += counts[j] > 0 ? effective * squares[j] / (counts[j] * (variance + 1e-9)) : 0;
        expected += effective;
    }
    double prior = PRIOR_ERRORS * (double)(to - from + 1) / 2;
    double ratio = sqrt((observed + prior) / (expected + prior));
    return ratio < 0.6 ? 0.6 : ratio > 3 ? 3 : ratio;
}

vg_status forecast_smoothing(const struct forecast_input *input, struct vg_arena *arena, double *quantiles, double *mean,
                             struct vg_error *error)
{
    size_t n_paths;
    double *paths = vg_multiply_size(input->horizon, PATHS, &n_paths) ? VG_ARENA_ARRAY(arena, double, n_paths) : NULL;
    double *errors = VG_ARENA_ARRAY(arena, double, input->n);
    double *squares = VG_ARENA_ARRAY(arena, double, input->horizon);
    double *counts = VG_ARENA_ARRAY(arena, double, input->horizon);
    double *factors = VG_ARENA_ARRAY(arena, double, input->horizon);
    struct residuals residuals = {VG_ARENA_ARRAY(arena, double, input->n), VG_ARENA_ARRAY(arena, double, input->n), 0};
    if (paths == NULL || arena->failed) {
        return vg_fail_memory(error, input->horizon * PATHS * sizeof *paths);
    }
    double point[N_CONSTANTS], lowest;
    best_of_grid(input, point, &lowest);
    nelder_mead(input, point, lowest);
    struct constants c = from_point(input, point);
    struct states states;
    (void)run_filter(input, &c, &states, errors);
    collect_residuals(input, errors, &residuals);
    former_errors(input, &c, squares, counts);
    simulate(input, &c, &states, &residuals, paths);
    for (size_t k = 0; k < input->horizon; k++) {
        factors[k] = widening(paths, squares, counts, k, input->horizon);
    }
    for (size_t k = 0; k < input->horizon; k++) {
        double *step = paths + k * PATHS;
        forecast_sort(step, PATHS);
        double median = vg_quantile_sorted(step, PATHS, 0.5);
        mean[k] = 0;
        for (size_t i = 0; i < PATHS; i++) {
            mean[k] += forecast_count(median + factors[k] * (step[i] - median)) / PATHS;
        }
        for (size_t i = 0; i < VG_FORECAST_LEVELS; i++) {
            double quantile = vg_quantile_sorted(step, PATHS, vg_forecast_levels[i]);
            quantiles[k * VG_FORECAST_LEVELS + i] = forecast_count(median + factors[k] * (quantile - median));
        }
    }
    return VG_OK;
}
