/*
 * Serial interval from pairs of infector and infected whose onsets are known to the day or to a few: doubly interval-censored likelihood (Reich et al. 2009), right
 * truncation, maximum by Nelder and Mead's simplex (1965), posterior by quadrature over two parameters, and Turnbull's estimate without a family.
 */
#include "monitor/monitor.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NARROWEST 1e-3
#define GRID 41
#define LEAST_VARIATION 0.05
#define MINIMUM_PAIRS 5
#define EM_ROUNDS 2000

void vg_monitor_interval_defaults(struct vg_interval_parameters *parameters)
{
    *parameters = (struct vg_interval_parameters){.shift_days = NAN, .observed_until = INFINITY};
}

/* Pairs as seen from the start of the infector's window, the same ones once; indices are into the distinct arguments of H. */
struct term {
    double width, low, high, until, count;
    size_t at[6];
};
struct likelihood {
    struct term *terms;
    size_t n_terms;
    double *arguments, *integrals;
    size_t n_arguments;
    enum vg_interval_family family;
    double shift;
    bool with_prior;
};

static int compare_terms(const void *a, const void *b)
{
    const struct term *left = a;
    const struct term *right = b;
    const double differences[] = {left->width - right->width, left->low - right->low, left->high - right->high};
    for (size_t i = 0; i < 3; i++) {
        if (differences[i] != 0) {
            return differences[i] < 0 ? -1 : 1;
        }
    }
    return left->until < right->until ? -1 : left->until > right->until ? 1 : 0;
}

static int compare_numbers(const void *a, const void *b)
{
    double left = *(const double *)a;
    double right = *(const double *)b;
    return left < right ? -1 : left > right ? 1 : 0;
}

static size_t index_of(const struct likelihood *likelihood, double argument)
{
    const double *found = bsearch(&argument, likelihood->arguments, likelihood->n_arguments, sizeof argument, compare_numbers);
    return (size_t)(found - likelihood->arguments);
}

/* The six differences of a term; the last two are of truncation. */
static void arguments_of(const struct term *term, double out[6])
{
    out[0] = term->high;
    out[1] = term->high - term->width;
    out[2] = term->low;
    out[3] = term->low - term->width;
    out[4] = isinf(term->until) ? term->high : term->until;
    out[5] = isinf(term->until) ? term->high : term->until - term->width;
}

static vg_status make_likelihood(const struct vg_interval_pair *pairs, size_t n, double until, struct vg_arena *arena, struct likelihood *out, struct vg_error *error)
{
    out->terms = VG_ARENA_ARRAY(arena, struct term, n);
    out->arguments = VG_ARENA_ARRAY(arena, double, 6 * n);
    out->integrals = VG_ARENA_ARRAY(arena, double, 6 * n);
    if (out->terms == NULL || out->arguments == NULL || out->integrals == NULL) {
        return vg_fail_memory(error, n * sizeof *out->terms);
    }
    for (size_t i = 0; i < n; i++) {
        const struct vg_interval_pair *pair = &pairs[i];
        double high = fmax(fmin(pair->infectee_high, until), pair->infectee_low + NARROWEST);
        out->terms[i] = (struct term){.width = fmax(pair->infector_high - pair->infector_low, NARROWEST), .low = pair->infectee_low - pair->infector_low,
                                      .high = high - pair->infector_low, .until = until - pair->infector_low, .count = 1};
    }
    qsort(out->terms, n, sizeof *out->terms, compare_terms);
    for (size_t i = 0; i < n; i++) {
        if (out->n_terms > 0 && compare_terms(&out->terms[out->n_terms - 1], &out->terms[i]) == 0) {
            out->terms[out->n_terms - 1].count++;
        } else {
            out->terms[out->n_terms++] = out->terms[i];
        }
    }
    size_t all = 0;
    for (size_t i = 0; i < out->n_terms; i++) {
        arguments_of(&out->terms[i], out->arguments + all);
        all += 6;
    }
    qsort(out->arguments, all, sizeof *out->arguments, compare_numbers);
    for (size_t i = 0; i < all; i++) {
        if (out->n_arguments == 0 || out->arguments[i] != out->arguments[out->n_arguments - 1]) {
            out->arguments[out->n_arguments++] = out->arguments[i];
        }
    }
    for (size_t i = 0; i < out->n_terms; i++) {
        double arguments[6];
        arguments_of(&out->terms[i], arguments);
        for (size_t k = 0; k < 6; k++) {
            out->terms[i].at[k] = index_of(out, arguments[k]);
        }
    }
    return VG_OK;
}

/* Normal density of the prior, with its constant, so that families can be compared. */
static double log_normal_density(double value, double mean, double sd)
{
    double z = (value - mean) / sd;
    return -0.5 * z * z - log(sd) - 0.5 * log(2 * M_PI);
}

/* theta: log mean and log sd of the shifted interval; of the normal its mean and log sd. */
static void moments_of(const struct likelihood *likelihood, const double theta[2], double *mean, double *sd)
{
    *mean = likelihood->family == VG_INTERVAL_NORMAL ? theta[0] : exp(theta[0]);
    *sd = exp(theta[1]);
}

/* Log likelihood, plus log prior where the posterior is wanted; -INFINITY outside of what is allowed. */
static double log_density(const struct likelihood *likelihood, const double theta[2])
{
    double mean;
    double sd;
    moments_of(likelihood, theta, &mean, &sd);
    bool normal = likelihood->family == VG_INTERVAL_NORMAL;
    double variation = normal ? sd : sd / mean;
    if (!(variation >= (normal ? 0.01 : LEAST_VARIATION)) || !(variation <= (normal ? 1e3 : 10)) || !(fabs(mean) <= 1e4) || !(normal || mean >= 1e-3)) {
        return -INFINITY;
    }
    struct vg_interval_law law = vg_interval_law_of(likelihood->family, mean, sd);
    double *integrals = likelihood->integrals;
    for (size_t i = 0; i < likelihood->n_arguments; i++) {
        integrals[i] = vg_interval_integral(&law, likelihood->arguments[i] + likelihood->shift);
    }
    double sum = 0;
    for (size_t i = 0; i < likelihood->n_terms; i++) {
        const struct term *term = &likelihood->terms[i];
        double inside = integrals[term->at[0]] - integrals[term->at[1]] - integrals[term->at[2]] + integrals[term->at[3]];
        double seen = isinf(term->until) ? term->width : integrals[term->at[4]] - integrals[term->at[5]];
        sum += term->count * log(inside > 0 && seen > 0 ? inside / seen : 0);
    }
    if (likelihood->with_prior) {
        sum += normal ? log_normal_density(mean, 5, 10) + log_normal_density(theta[1], log(5), 1)
                      : log_normal_density(theta[0], log(8), 1) + log_normal_density(theta[1] - theta[0], log(0.6), 1);
    }
    return isnan(sum) ? -INFINITY : sum;
}

/* The simplex method in two dimensions: reflect, expand, contract, shrink. */
static double maximise(const struct likelihood *likelihood, double theta[2])
{
    double points[3][2] = {{theta[0], theta[1]}, {theta[0] + 0.2, theta[1]}, {theta[0], theta[1] + 0.2}};
    double values[3];
    for (size_t i = 0; i < 3; i++) {
        values[i] = log_density(likelihood, points[i]);
    }
    for (int step = 0; step < 400; step++) {
        size_t best = 0;
        size_t worst = 0;
        for (size_t i = 1; i < 3; i++) {
            best = values[i] > values[best] ? i : best;
            worst = values[i] <= values[worst] ? i : worst;
        }
        size_t middle = 3 - best - worst;
        double size = fmax(fabs(points[best][0] - points[worst][0]), fabs(points[best][1] - points[worst][1]));
        if (best == worst || size < 1e-9) {
            break;
        }
        static const double factors[] = {1, 2, -0.5};
        double trial[3][2];
        double tried[3];
        for (size_t k = 0; k < 3; k++) {
            for (size_t d = 0; d < 2; d++) {
                double centre = (points[best][d] + points[middle][d]) / 2;
                trial[k][d] = centre + factors[k] * (centre - points[worst][d]);
            }
        }
        tried[0] = log_density(likelihood, trial[0]);
        size_t chosen = 0;
        if (tried[0] > values[best]) {
            tried[1] = log_density(likelihood, trial[1]);
            chosen = tried[1] > tried[0] ? 1 : 0;
        } else if (!(tried[0] > values[middle])) {
            tried[2] = log_density(likelihood, trial[2]);
            chosen = 2;
        }
        if (chosen < 2 || tried[2] > values[worst]) {
            memcpy(points[worst], trial[chosen], sizeof points[worst]);
            values[worst] = tried[chosen];
            continue;
        }
        for (size_t i = 0; i < 3; i++) {
            for (size_t d = 0; i != best && d < 2; d++) {
                points[i][d] = (points[i][d] + points[best][d]) / 2;
            }
            values[i] = i == best ? values[i] : log_density(likelihood, points[i]);
        }
    }
    size_t best = values[1] > values[0] ? 1 : 0;
    best = values[2] > values[best] ? 2 : best;
    memcpy(theta, points[best], sizeof points[best]);
    return values[best];
}

/* Distance along one axis within which the density falls by half a unit or so: where the mode lies on a bound there is no curvature to go by. */
static double reach(const struct likelihood *likelihood, const double mode[2], double top, size_t axis)
{
    double distance = 1;
    for (int step = 0; step < 24; step++, distance /= 1.5) {
        double to[2] = {mode[0], mode[1]};
        double from[2] = {mode[0], mode[1]};
        to[axis] += distance;
        from[axis] -= distance;
        if (fmax(log_density(likelihood, to), log_density(likelihood, from)) > top - 0.7) {
            break;
        }
    }
    return distance;
}

/*
 * Root of the covariance at the mode, from finite differences, as a matrix whose columns are the grid's axes. They are turned by an odd angle so that the points'
 * means, and their standard deviations, are all different: their quantiles are then as fine as the points are many. Returns the determinant.
 */
static double axes_at(const struct likelihood *likelihood, const double mode[2], double top, double axes[2][2])
{
    const double h = 2e-3;
    const double cosine = cos(0.6);
    const double sine = sin(0.6);
    double f[3][3];
    for (int i = -1; i <= 1; i++) {
        for (int j = -1; j <= 1; j++) {
            const double at[2] = {mode[0] + i * h, mode[1] + j * h};
            f[i + 1][j + 1] = log_density(likelihood, at);
        }
    }
    double aa = -(f[2][1] - 2 * f[1][1] + f[0][1]) / (h * h);
    double bb = -(f[1][2] - 2 * f[1][1] + f[1][0]) / (h * h);
    double ab = -(f[2][2] - f[2][0] - f[0][2] + f[0][0]) / (4 * h * h);
    double determinant = aa * bb - ab * ab;
    double first;
    double across = 0;
    double second;
    if (aa > 0 && bb > 0 && determinant > 0 && isfinite(determinant)) {
        first = sqrt(bb / determinant);
        across = -ab / determinant / first;
        second = sqrt(1 / bb);
    } else {
        first = reach(likelihood, mode, top, 0);
        second = reach(likelihood, mode, top, 1);
    }
    axes[0][0] = first * cosine;
    axes[0][1] = -first * sine;
    axes[1][0] = across * cosine + second * sine;
    axes[1][1] = -across * sine + second * cosine;
    return first * second;
}

struct grid {
    double mean[GRID * GRID], sd[GRID * GRID], weight[GRID * GRID];
    double log_evidence;
};

/* Posterior on a grid along the mode's axes, widened until its rim holds nothing to speak of. */
static void fill_grid(const struct likelihood *likelihood, const double mode[2], double top, struct grid *grid)
{
    double axes[2][2];
    double determinant = axes_at(likelihood, mode, top, axes);
    double half = 5;
    for (int attempt = 0; attempt < 4; attempt++, half *= 1.5) {
        double step = 2 * half / (GRID - 1);
        double sum = 0;
        double rim = 0;
        for (size_t i = 0; i < GRID; i++) {
            for (size_t j = 0; j < GRID; j++) {
                double u = (double)i * step - half;
                double v = (double)j * step - half;
                const double theta[2] = {mode[0] + axes[0][0] * u + axes[0][1] * v, mode[1] + axes[1][0] * u + axes[1][1] * v};
                size_t at = i * GRID + j;
                moments_of(likelihood, theta, &grid->mean[at], &grid->sd[at]);
                grid->weight[at] = exp(log_density(likelihood, theta) - top);
                sum += grid->weight[at];
                rim += i == 0 || j == 0 || i == GRID - 1 || j == GRID - 1 ? grid->weight[at] : 0;
            }
        }
        grid->log_evidence = top + log(sum * determinant * step * step);
        for (size_t at = 0; at < GRID * GRID; at++) {
            grid->weight[at] /= sum;
        }
        if (rim < 1e-5 * sum) {
            break;
        }
    }
}

struct weighted {
    double value, weight;
};

static int compare_weighted(const void *a, const void *b)
{
    return compare_numbers(&((const struct weighted *)a)->value, &((const struct weighted *)b)->value);
}

/* Quantiles of weighted points, straight between the middles of their weights. */
static void weighted_quantiles(const double *values, const double *weights, double less, struct weighted *scratch, double quantiles[VG_QUANTILE_COUNT])
{
    for (size_t i = 0; i < GRID * GRID; i++) {
        scratch[i] = (struct weighted){values[i] - less, weights[i]};
    }
    qsort(scratch, GRID * GRID, sizeof *scratch, compare_weighted);
    double reached = 0;
    double before = 0;
    size_t level = 0;
    for (size_t i = 0; i < GRID * GRID && level < VG_QUANTILE_COUNT; i++) {
        double middle = reached + scratch[i].weight / 2;
        while (level < VG_QUANTILE_COUNT && middle >= vg_quantile_levels[level]) {
            double share = middle > before ? (vg_quantile_levels[level] - before) / (middle - before) : 1;
            quantiles[level++] = i == 0 ? scratch[i].value : scratch[i - 1].value + share * (scratch[i].value - scratch[i - 1].value);
        }
        before = middle;
        reached += scratch[i].weight;
    }
    while (level < VG_QUANTILE_COUNT) {
        quantiles[level++] = scratch[GRID * GRID - 1].value;
    }
}

/* Where the searches start: mean and sd of the middles of the windows. */
static void first_guess(const struct likelihood *likelihood, double theta[2])
{
    double n = 0;
    double sum = 0;
    double square = 0;
    for (size_t i = 0; i < likelihood->n_terms; i++) {
        const struct term *term = &likelihood->terms[i];
        double middle = (term->low + term->high - term->width) / 2 + likelihood->shift;
        n += term->count;
        sum += term->count * middle;
        square += term->count * middle * middle;
    }
    double mean = sum / n;
    double sd = sqrt(fmax(square / n - mean * mean, 0.04));
    if (likelihood->family == VG_INTERVAL_NORMAL) {
        theta[0] = mean;
    } else {
        mean = fmax(mean, 0.3);
        theta[0] = log(mean);
        sd = fmin(fmax(sd, 0.15 * mean), 2 * mean);
    }
    theta[1] = log(sd);
}

/* One family: most likely member, posterior grid appended to the points with weights that add to the evidence. False where no member can have these pairs. */
static bool fit_family(struct likelihood *likelihood, struct grid *grid, struct weighted *scratch, struct vg_interval_estimate *out)
{
    struct vg_interval_fit *fit = &out->fits[out->n_fits];
    double theta[2];
    *fit = (struct vg_interval_fit){.family = likelihood->family, .shift_days = likelihood->shift};
    likelihood->with_prior = false;
    first_guess(likelihood, theta);
    fit->log_likelihood = maximise(likelihood, theta);
    if (!isfinite(fit->log_likelihood)) {
        return false;
    }
    fit->log_likelihood = maximise(likelihood, theta); /* again from there: a simplex may have collapsed */
    moments_of(likelihood, theta, &fit->mean, &fit->sd);
    struct vg_interval_law law = vg_interval_law_of(fit->family, fit->mean, fit->sd);
    fit->parameters[0] = law.a;
    fit->parameters[1] = law.b;
    fit->mean -= likelihood->shift;
    fit->aic = 4 - 2 * fit->log_likelihood;
    likelihood->with_prior = true;
    double top = maximise(likelihood, theta);
    fill_grid(likelihood, theta, top, grid);
    fit->probability = grid->log_evidence; /* until all families are known */
    for (size_t at = 0; at < GRID * GRID; at++) {
        fit->mean_expected += grid->weight[at] * (grid->mean[at] - likelihood->shift);
        fit->sd_expected += grid->weight[at] * grid->sd[at];
        out->point_mean[out->n_points + at] = grid->mean[at];
        out->point_sd[out->n_points + at] = grid->sd[at];
        out->point_weight[out->n_points + at] = grid->weight[at];
        out->point_fit[out->n_points + at] = (uint8_t)out->n_fits;
    }
    weighted_quantiles(grid->mean, grid->weight, likelihood->shift, scratch, fit->mean_quantiles);
    weighted_quantiles(grid->sd, grid->weight, 0, scratch, fit->sd_quantiles);
    out->n_points += GRID * GRID;
    out->n_fits++;
    return true;
}

static void compare_families(struct vg_interval_estimate *out)
{
    double akaike = 0;
    double evidence = 0;
    double highest = -INFINITY;
    for (size_t i = 0; i < out->n_fits; i++) {
        out->best = out->fits[i].aic < out->fits[out->best].aic ? i : out->best;
        highest = fmax(highest, out->fits[i].probability);
    }
    for (size_t i = 0; i < out->n_fits; i++) {
        struct vg_interval_fit *fit = &out->fits[i];
        fit->akaike_weight = exp(0.5 * (out->fits[out->best].aic - fit->aic));
        fit->probability = exp(fit->probability - highest);
        akaike += fit->akaike_weight;
        evidence += fit->probability;
    }
    for (size_t i = 0; i < out->n_fits; i++) {
        out->fits[i].akaike_weight /= akaike;
        out->fits[i].probability /= evidence;
    }
    for (size_t at = 0; at < out->n_points; at++) {
        out->point_weight[at] *= out->fits[out->point_fit[at]].probability;
    }
}

/* Days that a window touches. */
static void days_of(double low, double high, int32_t *first, int32_t *last)
{
    *first = (int32_t)floor(low);
    *last = (int32_t)ceil(high) - 1;
    *last = *last < *first ? *first : *last;
}

/* Turnbull's estimate over whole days: each pair's weight goes where it may lie, and every pair brings the ones like it that are not seen yet. */
static vg_status estimate_empirical(const struct vg_interval_pair *pairs, size_t n, double until, struct vg_arena *arena, struct vg_interval_estimate *out,
                                    struct vg_error *error)
{
    int32_t lowest = INT32_MAX;
    int32_t highest = INT32_MIN;
    for (size_t i = 0; i < n; i++) {
        int32_t a1, b1, a2, b2;
        days_of(pairs[i].infector_low, pairs[i].infector_high, &a1, &b1);
        days_of(pairs[i].infectee_low, fmin(pairs[i].infectee_high, until), &a2, &b2);
        lowest = a2 - b1 < lowest ? a2 - b1 : lowest;
        highest = b2 - a1 > highest ? b2 - a1 : highest;
    }
    size_t n_lags = (size_t)((int64_t)highest - lowest + 1);
    size_t total;
    out->first_lag = lowest;
    out->n_lags = n_lags;
    out->empirical = VG_ARENA_ARRAY(arena, double, n_lags);
    double *next = VG_ARENA_ARRAY(arena, double, n_lags);
    double *may = vg_multiply_size(2 * n, n_lags, &total) ? VG_ARENA_ARRAY(arena, double, total) : NULL;
    if (out->empirical == NULL || next == NULL || may == NULL) {
        return vg_fail_memory(error, 2 * n * n_lags * sizeof *may);
    }
    for (size_t i = 0; i < n; i++) {
        int32_t a1, b1, a2, b2;
        days_of(pairs[i].infector_low, pairs[i].infector_high, &a1, &b1);
        days_of(pairs[i].infectee_low, fmin(pairs[i].infectee_high, until), &a2, &b2);
        double *inside = may + 2 * i * n_lags;
        double *seen = inside + n_lags;
        for (int32_t day = a1; day <= b1; day++) {
            for (size_t k = 0; k < n_lags; k++) {
                double second = (double)day + lowest + (double)k;
                inside[k] += second >= a2 && second <= b2 ? 1.0 / (b1 - a1 + 1) : 0;
                seen[k] += second < until ? 1.0 / (b1 - a1 + 1) : 0;
            }
        }
    }
    for (size_t k = 0; k < n_lags; k++) {
        out->empirical[k] = 1 / (double)n_lags;
    }
    for (int round = 0; round < EM_ROUNDS; round++) {
        double all = 0;
        double moved = 0;
        memset(next, 0, n_lags * sizeof *next);
        for (size_t i = 0; i < n; i++) {
            const double *inside = may + 2 * i * n_lags;
            const double *seen = inside + n_lags;
            double here = 0;
            double known = 0;
            for (size_t k = 0; k < n_lags; k++) {
                here += inside[k] * out->empirical[k];
                known += seen[k] * out->empirical[k];
            }
            for (size_t k = 0; here > 0 && known > 0 && k < n_lags; k++) {
                next[k] += out->empirical[k] * (inside[k] / here + (1 - seen[k]) / known);
            }
        }
        for (size_t k = 0; k < n_lags; k++) {
            all += next[k];
        }
        for (size_t k = 0; k < n_lags; k++) {
            moved = fmax(moved, fabs(next[k] / all - out->empirical[k]));
            out->empirical[k] = next[k] / all;
        }
        if (moved < 1e-8) {
            break;
        }
    }
    double square = 0;
    out->empirical_mean = 0;
    for (size_t k = 0; k < n_lags; k++) {
        double lag = lowest + (double)k;
        out->empirical_mean += lag * out->empirical[k];
        square += lag * lag * out->empirical[k];
    }
    out->empirical_sd = sqrt(fmax(0, square - out->empirical_mean * out->empirical_mean));
    return VG_OK;
}

/* VG_SERIES_OK, and how negative the most negative pair is for sure (latest second onset less earliest first). */
static enum vg_series_status check_pairs(const struct vg_interval_pair *pairs, size_t n, double until, double *most_negative, struct vg_error *error)
{
    *most_negative = INFINITY;
    if (n < MINIMUM_PAIRS) {
        (void)vg_fail(error, VG_DATA_ERROR, "%zu pairs are too few for a serial interval; %d are needed", n, MINIMUM_PAIRS);
        return VG_SERIES_TOO_FEW;
    }
    for (size_t i = 0; i < n; i++) {
        const struct vg_interval_pair *pair = &pairs[i];
        bool finite = isfinite(pair->infector_low) && isfinite(pair->infector_high) && isfinite(pair->infectee_low) && isfinite(pair->infectee_high);
        if (!finite || pair->infector_low > pair->infector_high || pair->infectee_low > pair->infectee_high) {
            (void)vg_fail(error, VG_DATA_ERROR, "pair %zu has a window that ends before it begins or has no end", i + 1);
            return VG_SERIES_BAD_INPUT;
        }
        if (fabs(pair->infectee_low - pair->infector_low) > 3650 || pair->infector_high - pair->infector_low > 3650 || pair->infectee_high - pair->infectee_low > 3650) {
            (void)vg_fail(error, VG_DATA_ERROR, "pair %zu spans more than ten years", i + 1);
            return VG_SERIES_BAD_INPUT;
        }
        if (pair->infectee_low >= until) {
            (void)vg_fail(error, VG_DATA_ERROR, "pair %zu lies after the day until which pairs were seen", i + 1);
            return VG_SERIES_BAD_INPUT;
        }
        *most_negative = fmin(*most_negative, fmin(pair->infectee_high, until) - pair->infector_low);
    }
    return VG_SERIES_OK;
}

vg_status vg_monitor_interval(const struct vg_interval_pair *pairs, size_t n_pairs, const struct vg_interval_parameters *parameters, struct vg_arena *arena,
                              struct vg_interval_estimate *out, struct vg_error *error)
{
    struct likelihood likelihood = {0};
    double most_negative;
    *out = (struct vg_interval_estimate){.n_pairs = n_pairs};
    if (isinf(parameters->shift_days) || isnan(parameters->observed_until)) {
        return vg_fail(error, VG_USAGE_ERROR, "the shift of a serial interval must be finite");
    }
    out->status = check_pairs(pairs, n_pairs, parameters->observed_until, &most_negative, error);
    if (out->status != VG_SERIES_OK) {
        return VG_OK;
    }
    bool asked = false;
    for (size_t family = 0; family < VG_INTERVAL_FAMILY_COUNT; family++) {
        asked = asked || parameters->families[family];
    }
    bool negative = most_negative <= 0;
    double shift = !isnan(parameters->shift_days) ? parameters->shift_days : negative ? ceil(1 - most_negative) : 0;
    size_t capacity = VG_INTERVAL_FAMILY_COUNT * GRID * GRID;
    struct grid *grid = VG_ARENA_ARRAY(arena, struct grid, 1);
    struct weighted *scratch = VG_ARENA_ARRAY(arena, struct weighted, GRID * GRID);
    out->point_mean = VG_ARENA_ARRAY(arena, double, capacity);
    out->point_sd = VG_ARENA_ARRAY(arena, double, capacity);
    out->point_weight = VG_ARENA_ARRAY(arena, double, capacity);
    out->point_fit = VG_ARENA_ARRAY(arena, uint8_t, capacity);
    if (grid == NULL || scratch == NULL || out->point_mean == NULL || out->point_sd == NULL || out->point_weight == NULL || out->point_fit == NULL) {
        return vg_fail_memory(error, capacity * sizeof(double));
    }
    vg_status status = make_likelihood(pairs, n_pairs, parameters->observed_until, arena, &likelihood, error);
    if (status == VG_OK) {
        status = estimate_empirical(pairs, n_pairs, parameters->observed_until, arena, out, error);
    }
    for (size_t family = 0; status == VG_OK && family < VG_INTERVAL_FAMILY_COUNT; family++) {
        likelihood.family = (enum vg_interval_family)family;
        likelihood.shift = family == VG_INTERVAL_NORMAL ? 0 : shift;
        if (asked ? parameters->families[family] : family != VG_INTERVAL_NORMAL || negative) {
            (void)fit_family(&likelihood, grid, scratch, out);
        }
    }
    if (status == VG_OK && out->n_fits == 0) {
        (void)vg_fail(error, VG_DATA_ERROR, "a pair has an interval of %g days or less, which no family asked for can have; shift it or take the normal family", most_negative);
        out->status = VG_SERIES_BAD_INPUT;
    }
    if (status == VG_OK && out->n_fits > 0) {
        compare_families(out);
    }
    return status;
}

vg_status vg_monitor_interval_weights(const struct vg_interval_estimate *estimate, size_t n_rows, size_t n_lags, double *weights, double *dropped, struct vg_error *error)
{
    if (n_rows == 0 || n_lags < 3 || estimate->n_points == 0) {
        return vg_fail(error, VG_USAGE_ERROR, "weights of a serial interval need an estimate, a row and three days");
    }
    double reached = 0;
    size_t at = 0;
    *dropped = 0;
    for (size_t row = 0; row < n_rows; row++) {
        /* The point in which the row's share of the weights, taken in the grid's order, has its middle. */
        double level = ((double)row + 0.5) / (double)n_rows;
        while (at + 1 < estimate->n_points && reached + estimate->point_weight[at] < level) {
            reached += estimate->point_weight[at++];
        }
        const struct vg_interval_fit *fit = &estimate->fits[estimate->point_fit[at]];
        struct vg_interval_law law = vg_interval_law_of(fit->family, estimate->point_mean[at], estimate->point_sd[at]);
        double *out = weights + row * n_lags;
        double before = vg_interval_integral(&law, fit->shift_days);
        double here = vg_interval_integral(&law, fit->shift_days + 1);
        double sum = 0;
        double no_day = here - before; /* at most a day back: lag 0 and below, as H' = F and F(-inf) = 0 */
        out[0] = 0;
        for (size_t lag = 1; lag < n_lags; lag++) {
            double after = vg_interval_integral(&law, fit->shift_days + (double)lag + 1);
            out[lag] = fmax(0, after - 2 * here + before);
            sum += out[lag];
            before = here;
            here = after;
        }
        if (!(sum > 0)) {
            return vg_fail(error, VG_DATA_ERROR, "the serial interval has no part of a day or more: the renewal of daily counts cannot use it");
        }
        for (size_t lag = 1; lag < n_lags; lag++) {
            out[lag] /= sum;
        }
        *dropped += no_day / (double)n_rows;
    }
    return VG_OK;
}
