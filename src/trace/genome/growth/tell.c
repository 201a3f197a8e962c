/*
 * What a fit says: advantages with their intervals by the curvature, draws of the parameters (what is common first, then each place given that), and from these
 * shares on any day and the day on which a lineage is half of all.
 */
#include "trace/genome/growth/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DRAW_COMMON = 1, DRAW_PLACE, DRAW_RATES, DRAW_ARRIVALS };
#define WEIGHT_DISPERSION 4.0 /* how much more genomes of a place vary than by chance */
#define WEIGHT_SD 0.25        /* a week to come, of the logarithm of what a place counts for */
#define Z95 1.959963984540054

static size_t place_of(const struct vg_growth_fit *fit, uint32_t lineage)
{
    return lineage == fit->pivot ? fit->n : lineage - (lineage > fit->pivot);
}

static double week_of(const struct vg_growth_fit *fit, double day)
{
    return (day - fit->origin_day) / 7;
}

/* From the order with the pivot last to the lineages' own, in place. */
static void own_order(const struct vg_growth_fit *fit, double *shares)
{
    double pivot = shares[fit->n];
    memmove(shares + fit->pivot + 1, shares + fit->pivot, (fit->n - fit->pivot) * sizeof *shares);
    shares[fit->pivot] = pivot;
}

/* One draw of everything; places NULL: the mode. */
struct drawn {
    const double *places, *from, *least, *weights; /* [n_places * 2n], [n_places * n], [n_places * (n + 2)], [n_places * 2] */
};

/* Below what a lineage enters with it is there at that, or not at all: shares are as before on average, and what dies out is gone. */
static void let_die(const double *least, size_t n, double *shares)
{
    double sum = 0;
    for (size_t j = 0; j <= n; j++) {
        shares[j] = shares[j] >= least[0] ? shares[j] : shares[j] > least[0] * least[j + 1] ? least[0] : 0;
        sum += shares[j];
    }
    for (size_t j = 0; j <= n; j++) {
        shares[j] /= sum;
    }
}

/* What a place counts for in all; what is drawn of it says how far genomes of so few cases may mislead, and how places may go on. */
static double weight_of(const struct vg_growth_fit *fit, const struct drawn *drawn, const double *weights, size_t g, double week)
{
    if (weights != NULL) {
        return weights[g];
    }
    double weight = fit->weights[growth_time(fit, week) * fit->n_places + g];
    return drawn->weights == NULL ? weight : weight * exp(drawn->weights[2 * g] + drawn->weights[2 * g + 1] * fmax(week - fit->weeks[fit->n_times - 1], 0));
}

/* Shares with the pivot last, of one place or of all. `one` holds 2n + 2. */
static void shares_of(const struct vg_growth_fit *fit, const struct drawn *drawn, uint32_t place, const double *weights, double day, double *shares, double *one)
{
    size_t n = fit->n, first = place == VG_GROWTH_ALL ? 0 : place, end = place == VG_GROWTH_ALL ? fit->n_places : (size_t)place + 1;
    double *own = place == VG_GROWTH_ALL ? one : shares, week = week_of(fit, day), sum = 0;
    memset(shares, 0, (n + 1) * sizeof *shares);
    for (size_t g = first; g < end; g++) {
        double weight = place == VG_GROWTH_ALL ? weight_of(fit, drawn, weights, g, week) : 1;
        if (weight <= 0) {
            continue;
        }
        if (drawn->places == NULL) {
            growth_expected(fit, g, week, own, one + n + 1);
        } else {
            (void)growth_softmax(drawn->places + g * 2 * n, fit->centers, drawn->from + g * n, n, week, own);
            let_die(drawn->least + g * (n + 2), n, own);
        }
        sum += weight;
        for (size_t j = 0; j <= n && own != shares; j++) {
            shares[j] += weight * own[j];
        }
    }
    for (size_t j = 0; j <= n && own != shares; j++) {
        shares[j] /= sum;
    }
}

static struct drawn drawn_of(const struct vg_growth_fit *fit, const struct vg_growth_draws *draws, size_t draw)
{
    size_t first = draw * fit->n_places;
    return (struct drawn){draws->places + first * 2 * fit->n, draws->from + first * fit->n, draws->least + first * (fit->n + 2), draws->weights + first * 2};
}

double vg_growth_there(const struct vg_growth_fit *fit, uint32_t place, uint32_t lineage, double *work)
{
    return place == VG_GROWTH_ALL || lineage == fit->pivot ? 1 : growth_probably_there(fit, place * fit->n + place_of(fit, lineage), work);
}

void vg_growth_weigh(struct vg_growth_fit *fit, const double *weights)
{
    for (size_t cell = 0; cell < fit->n_times * fit->n_places; cell++) {
        fit->weights[cell] = weights[cell % fit->n_places];
        fit->genomes_near[cell % fit->n_places] = INFINITY;
    }
}

void vg_growth_shares(const struct vg_growth_fit *fit, uint32_t place, const double *weights, double day, double *work, double *shares)
{
    shares_of(fit, &(struct drawn){0}, place, weights, day, shares, work);
    own_order(fit, shares);
}

/* ------------------------------------------------------------- advantages */

/* Variance of a contrast [n] of the advantages in one place, or of what is common. along: [2n]. */
static double variance_of(const struct vg_growth_fit *fit, uint32_t place, const double *contrast, double *along)
{
    size_t n = fit->n, m = 2 * n;
    double own = 0, common = 0;
    memset(along, 0, n * sizeof *along);
    memcpy(along + n, contrast, n * sizeof *along);
    for (size_t i = 0; i < m && place != VG_GROWTH_ALL; i++) {
        const double *row = fit->inverses + (place * m + i) * m + n;
        double sum = 0, sd = fit->place_sd[i];
        for (size_t j = 0; j < n; j++) {
            sum += row[j] * contrast[j];
        }
        own += i >= n ? sum * contrast[i - n] : 0;
        along[i] = sum / (sd * sd);
    }
    for (size_t k = 0; k < m; k++) {
        double sum = 0;
        for (size_t i = 0; i <= k; i++) {
            sum += fit->root[k * m + i] * along[i];
        }
        common += sum * sum;
    }
    return own + common;
}

void vg_growth_advantage(const struct vg_growth_fit *fit, uint32_t place, uint32_t lineage, enum vg_growth_against against, double *work,
                         struct vg_growth_advantage *out)
{
    size_t n = fit->n, own = place_of(fit, lineage);
    const double *rates = (place == VG_GROWTH_ALL ? fit->common : fit->places + place * 2 * n) + n;
    double *contrast = work, *shares = work + n + 1, *along = shares + n + 1, mean = 0;
    shares_of(fit, &(struct drawn){0}, place, NULL, fit->last_day, shares, along);
    double others = 1 - shares[own];
    for (size_t j = 0; j < n; j++) {
        double against_it = against == VG_GROWTH_REST && j != own && others > 0 ? shares[j] / others : 0;
        contrast[j] = (j == own) - against_it;
        mean += contrast[j] * rates[j];
    }
    double sd = sqrt(variance_of(fit, place, contrast, along));
    double wide = isfinite(fit->freedom) ? vg_student_t_quantile(0.975, fit->freedom) : Z95;
    *out = (struct vg_growth_advantage){.per_week = mean, .sd_per_week = sd, .low = mean - wide * sd, .high = mean + wide * sd,
                                        .probability = sd > 0 ? vg_normal_cdf(mean / sd * Z95 / wide) : 0.5};
}

/* ------------------------------------------------------------------ draws */

struct drawing {
    const struct vg_growth_fit *fit;
    uint64_t seed;
    double *places, *from, *least, *weights, *work; /* [workers * (4n + 1)] */
    double *chances;              /* [(place * n + lineage) * GROWTH_LEVELS] */
};

/* out += V'z of a lower triangle V, times a factor. */
static void add_root(const double *root, size_t m, double factor, struct vg_random *random, double *out)
{
    for (size_t k = 0; k < m; k++) {
        double z = factor * vg_random_normal(random);
        for (size_t i = 0; i <= k; i++) {
            out[i] += root[k * m + i] * z;
        }
    }
}

static void draw_one(void *context, size_t draw, unsigned worker)
{
    struct drawing *d = context;
    const struct vg_growth_fit *fit = d->fit;
    size_t n = fit->n, m = 2 * n;
    double *apart = d->work + worker * (2 * m + 1), *rates = apart + m, *one = rates + n;
    struct vg_random random = vg_random_stream(d->seed, (uint32_t)draw, 0, DRAW_COMMON);
    memset(apart, 0, m * sizeof *apart);
    double factor = isfinite(fit->freedom) ? sqrt(fit->freedom / vg_random_gamma(&random, fit->freedom / 2, 2)) : 1; /* Student's */
    add_root(fit->root, m, factor, &random, apart);
    for (size_t k = 0; k < m; k++) {
        double sd = fit->place_sd[k];
        apart[k] /= sd * sd;
    }
    random = vg_random_stream(d->seed, (uint32_t)draw, 0, DRAW_RATES);
    for (size_t j = 0; j < n; j++) {
        rates[j] = vg_random_gamma(&random, fit->presence.arrivals[j], 1 / fit->presence.exposure[j]);
    }
    for (size_t g = 0; g < fit->n_places; g++) {
        const double *inverse = fit->inverses + g * m * m;
        double *out = d->places + (draw * fit->n_places + g) * m;
        memcpy(out, fit->places + g * m, m * sizeof *out);
        for (size_t i = 0; i < m; i++) {
            for (size_t j = 0; j < m; j++) {
                out[j] += apart[i] * inverse[i * m + j];
            }
        }
        random = vg_random_stream(d->seed, (uint32_t)draw, (uint32_t)g, DRAW_PLACE);
        add_root(fit->roots + g * m * m, m, factor, &random, out);
        random = vg_random_stream(d->seed, (uint32_t)draw, (uint32_t)g, DRAW_ARRIVALS);
        double *weight = d->weights + 2 * (draw * fit->n_places + g), known = fit->genomes_near[g] + 1;
        weight[0] = sqrt(WEIGHT_DISPERSION / known) * vg_random_normal(&random);
        weight[1] = isfinite(known) ? WEIGHT_SD * vg_random_normal(&random) : 0;
        growth_draw_arrivals(fit, g, d->chances + g * n * GROWTH_LEVELS, rates, &random, out, d->from + (draw * fit->n_places + g) * n,
                             d->least + (draw * fit->n_places + g) * (n + 2), one);
    }
}

/* Levels that lineages may have where few genomes of theirs were seen, or none. */
static void fill_levels(struct drawing *d)
{
    double levels[GROWTH_LEVELS];
    for (size_t cell = 0; cell < d->fit->n_places * d->fit->n; cell++) {
        if (d->fit->presence.open[cell]) {
            (void)growth_levels(d->fit, cell, levels, d->chances + cell * GROWTH_LEVELS);
        }
    }
}

vg_status vg_growth_draw(const struct vg_growth_fit *fit, size_t n_draws, uint64_t seed, struct vg_pool *pool, struct vg_arena *arena,
                         struct vg_growth_draws *draws, struct vg_error *error)
{
    size_t m = 2 * fit->n, n_values = 0, workers = vg_pool_threads(pool);
    if (!vg_multiply_size(n_draws * m, fit->n_places, &n_values)) {
        return vg_fail_memory(error, SIZE_MAX);
    }
    struct drawing d = {.fit = fit, .seed = seed, .places = VG_ARENA_ARRAY(arena, double, n_values), .from = VG_ARENA_ARRAY(arena, double, n_values / 2), .weights = VG_ARENA_ARRAY(arena, double, 2 * n_draws * fit->n_places), .least = VG_ARENA_ARRAY(arena, double, n_draws * fit->n_places * (fit->n + 2)),
                        .work = VG_ARENA_ARRAY(arena, double, workers * (2 * m + 1)), .chances = VG_ARENA_ARRAY(arena, double, fit->n_places * fit->n * GROWTH_LEVELS)};
    if (d.places == NULL || d.from == NULL || d.weights == NULL || d.least == NULL || d.work == NULL || d.chances == NULL) {
        return vg_fail_memory(error, n_values * sizeof(double));
    }
    fill_levels(&d);
    vg_parallel_for(pool, n_draws, draw_one, &d);
    *draws = (struct vg_growth_draws){.n_draws = n_draws, .places = d.places, .from = d.from, .least = d.least, .weights = d.weights};
    return VG_OK;
}

static int upwards(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

void vg_growth_share_intervals(const struct vg_growth_fit *fit, const struct vg_growth_draws *draws, uint32_t place, const double *weights, double day,
                               double *work, double *shares, double *low, double *high)
{
    size_t v = fit->n_lineages;
    double *one = work + draws->n_draws * v, *line = one + v;
    for (size_t draw = 0; draw < draws->n_draws; draw++) {
        struct drawn drawn = drawn_of(fit, draws, draw);
        shares_of(fit, &drawn, place, weights, day, line, one);
        own_order(fit, line);
        for (size_t j = 0; j < v; j++) {
            work[j * draws->n_draws + draw] = line[j];
        }
    }
    vg_growth_shares(fit, place, weights, day, one, shares);
    for (size_t j = 0; j < v; j++) {
        double *of_lineage = work + j * draws->n_draws;
        qsort(of_lineage, draws->n_draws, sizeof *of_lineage, upwards);
        low[j] = fmin(vg_quantile_sorted(of_lineage, draws->n_draws, 0.025), shares[j]);
        high[j] = fmax(vg_quantile_sorted(of_lineage, draws->n_draws, 0.975), shares[j]);
    }
}

/* ------------------------------------------------------------- dominance */

/* The first day up to the given one, and after a week before it, on which the lineage is at least half. */
static double crossed(const struct vg_growth_fit *fit, const struct drawn *drawn, uint32_t place, const double *weights, size_t own, int32_t day, double *shares, double *one)
{
    for (int32_t sooner = day - 6; sooner < day && day > 0; sooner++) {
        shares_of(fit, drawn, place, weights, fit->last_day + (double)sooner, shares, one);
        if (shares[own] >= 0.5) {
            return sooner;
        }
    }
    return day;
}

/* Of one draw: the first days on which lineages are half of all, in the order with the pivot last, which need not stay so. At any time one lineage is half at most. */
static void crossings(const struct vg_growth_fit *fit, const struct drawn *drawn, uint32_t place, const double *weights, int32_t most_days, double *first, double *shares, double *one)
{
    for (size_t j = 0; j <= fit->n; j++) {
        first[j] = INFINITY;
    }
    for (int32_t day = 0; day <= most_days; day += 7) {
        shares_of(fit, drawn, place, weights, fit->last_day + (double)day, shares, one);
        for (size_t j = 0; j <= fit->n; j++) {
            if (shares[j] >= 0.5) {
                first[j] = isinf(first[j]) ? crossed(fit, drawn, place, weights, j, day, shares, one) : first[j];
                break;
            }
        }
    }
}

vg_status vg_growth_dominance(const struct vg_growth_fit *fit, const struct vg_growth_draws *draws, uint32_t place, const double *weights, int32_t most_days,
                              struct vg_arena *arena, struct vg_growth_dominance *out, struct vg_error *error)
{
    size_t n = draws->n_draws, v = fit->n_lineages;
    double *days = VG_ARENA_ARRAY(arena, double, n * v), *first = VG_ARENA_ARRAY(arena, double, 4 * v);
    if (days == NULL || first == NULL || n == 0) {
        return vg_fail_memory(error, n * v * sizeof *days);
    }
    for (size_t draw = 0; draw < n; draw++) {
        struct drawn drawn = drawn_of(fit, draws, draw);
        crossings(fit, &drawn, place, weights, most_days, first, first + v, first + 2 * v);
        for (size_t j = 0; j < v; j++) {
            days[j * n + draw] = first[j];
        }
    }
    for (uint32_t lineage = 0; lineage < v; lineage++) {
        double *own = days + place_of(fit, lineage) * n;
        size_t reached = 0;
        for (size_t draw = 0; draw < n; draw++) {
            reached += isfinite(own[draw]) ? 1 : 0;
        }
        qsort(own, n, sizeof *own, upwards);
        out[lineage] = (struct vg_growth_dominance){.days = own[n / 2], .low = own[(size_t)(0.025 * (double)n)], .high = own[(size_t)(0.975 * (double)n)],
                                                    .probability = (double)reached / (double)n};
    }
    return VG_OK;
}
