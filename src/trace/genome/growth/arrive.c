/*
 * Where a lineage is, and when it may come. A place with few genomes of it, or none, has either not been reached, what was seen being strays, or it has the lineage at a level
 * that so many genomes of others leave possible: a mixture, whose weight is the lineage's own (an EM step with each of Newton's). What is not there comes at the rate at
 * which the lineage was first seen in places of late, and begins with a fraction of a genome a week.
 */
#include "trace/genome/growth/internal.h"

#include <math.h>
#include <string.h>

#define RECENT_WEEKS 8.0     /* in which arrivals are counted */
#define ARRIVALS_PRIOR 0.5   /* arrivals ... */
#define EXPOSURE_PRIOR 8.0   /* ... in so many weeks of a place, before anything is seen */
#define UNSEEN_WEEKS 2.0     /* before the last day, in which a lineage may have come without being seen yet */
#define ENTRY_PART 0.1       /* of a week's genomes: what a lineage enters with */
#define ENTRY_SD 1.0         /* of its logarithm */
#define ENTRY_MOST 0.05      /* share */
#define FEW 8.0              /* genomes in a place that may be strays: travellers, mixed labels, chains that ended */
#define STRAYS 0.01          /* of a place's genomes, as part of the lineage's share everywhere */
#define CERTAIN 0.99
#define LEAST_THERE 1e-12
#define MIXTURE_STEPS 20
#define BEFORE_WEEKS 8.0     /* before the first, in which a lineage may have come */
#define LEVELS_WIDE 4.0      /* standard deviations on either side */
#define ODDS_MOST 20.0       /* logarithm */

/* ---------------------------------------------------------------- what is seen */

/* The share of each lineage among all genomes of a week, in all places. */
static void fill_everywhere(const struct growth_place *places, const struct vg_growth_fit *fit)
{
    size_t n = fit->n;
    for (size_t t = 0; t < fit->n_times; t++) {
        double total = 1;
        for (size_t g = 0; g < fit->n_places; g++) {
            total += places[g].totals[t];
        }
        for (size_t j = 0; j < n; j++) {
            double sum = 0.5;
            for (size_t g = 0; g < fit->n_places; g++) {
                sum += places[g].given[t * (n + 1) + j];
            }
            fit->presence.everywhere[t * n + j] = sum / total;
        }
    }
}

/* First weeks of a place, and how much is sequenced there. */
static void look_at_place(struct growth_place *place, const struct vg_growth_fit *fit, size_t g)
{
    size_t n = fit->n;
    const struct vg_growth_presence *presence = &fit->presence;
    double *first_seen = presence->first_seen + g * n, *seen = presence->seen + g * n, late = 0, last = fit->weeks[fit->n_times - 1];
    presence->first_week[g] = INFINITY;
    for (size_t j = 0; j < n; j++) {
        first_seen[j] = INFINITY;
    }
    for (size_t t = place->n_times; t-- > 0;) {
        presence->first_week[g] = place->totals[t] > 0 ? fit->weeks[t] : presence->first_week[g];
        late += fit->weeks[t] > last - RECENT_WEEKS ? place->totals[t] : 0;
        for (size_t j = 0; j < n; j++) {
            first_seen[j] = place->given[t * (n + 1) + j] > 0 ? fit->weeks[t] : first_seen[j];
            seen[j] += place->given[t * (n + 1) + j];
        }
    }
    presence->entry[g] = log(ENTRY_PART / (late / RECENT_WEEKS + 1));
    for (size_t j = 0; j < n; j++) {
        bool open = seen[j] <= FEW;
        presence->open[g * n + j] = open;
        place->open |= open;
        presence->there[g * n + j] = open ? 0.5 : 1;
        presence->offsets[g * n + j] = open ? log(0.5) : 0;
        presence->absent[g * n + j] = open ? INFINITY : -INFINITY;
    }
}

void growth_look(struct growth_place *places, struct vg_growth_fit *fit)
{
    size_t n = fit->n;
    double last = fit->weeks[fit->n_times - 1];
    for (size_t g = 0; g < fit->n_places; g++) {
        look_at_place(&places[g], fit, g);
    }
    fill_everywhere(places, fit);
    for (size_t j = 0; j < n; j++) {
        fit->presence.arrivals[j] = ARRIVALS_PRIOR;
        fit->presence.exposure[j] = EXPOSURE_PRIOR;
        for (size_t g = 0; g < fit->n_places; g++) {
            double first = fit->presence.first_seen[g * n + j], from = fmax(last - RECENT_WEEKS, fit->presence.first_week[g]);
            fit->presence.exposure[j] += fmax(fmin(first, last) - from, 0);
            fit->presence.arrivals[j] += isfinite(first) && first > from ? 1 : 0;
        }
    }
}

/* ------------------------------------------------------------------ the mixture */

/*
 * Of a lineage in a place where few genomes of it were seen: how many would be expected at the common level among those of others, how many were seen, by weight, and the
 * logarithm of how much more probable these are at that level than as strays, but for the exponential of what is expected.
 */
static double compare(const struct growth_place *place, const struct vg_growth_fit *fit, size_t cell)
{
    size_t n = fit->n, j = cell % n;
    double level = fit->common[j], rate = fit->common[n + j], expected = 0, seen = 0, gain = 0;
    for (size_t t = 0; t < place->n_times; t++) {
        if (place->totals[t] > 0) {
            double odds = fmin(level + rate * (fit->weeks[t] - fit->centers[j]) - place->sums[t], ODDS_MOST), stray = STRAYS * fit->presence.everywhere[t * n + j];
            double own = place->weights[t] * place->given[t * (n + 1) + j];
            expected += place->weights[t] * (place->totals[t] - place->counts[t * (n + 1) + j]) * exp(odds);
            seen += own;
            gain += own * (odds - log(stray)) + place->weights[t] * place->totals[t] * stray;
        }
    }
    fit->presence.expected[cell] = expected;
    fit->presence.seen[cell] = seen;
    return gain;
}

static double level_sd(const struct vg_growth_fit *fit, size_t lineage)
{
    return sqrt(fit->place_sd[lineage] * fit->place_sd[lineage] + fit->covariance[lineage * 2 * fit->n + lineage]);
}

double growth_levels(const struct vg_growth_fit *fit, size_t cell, double *levels, double *chances)
{
    double sd = level_sd(fit, cell % fit->n), sum = 0, whole = 0, most = -INFINITY, expected = fit->presence.expected[cell], seen = fit->presence.seen[cell];
    for (size_t i = 0; i < GROWTH_LEVELS; i++) {
        double z = LEVELS_WIDE * (2.0 * (double)i / (GROWTH_LEVELS - 1) - 1);
        levels[i] = sd * z;
        chances[i] = -z * z / 2 + seen * levels[i] - expected * exp(levels[i]);
        most = fmax(most, chances[i]);
        whole += exp(-z * z / 2);
    }
    for (size_t i = 0; i < GROWTH_LEVELS; i++) {
        chances[i] = exp(chances[i] - most);
        sum += chances[i];
    }
    for (size_t i = 0; i < GROWTH_LEVELS; i++) {
        chances[i] /= sum;
    }
    return most + log(sum / whole);
}

static double there_by(double part, double gain)
{
    return 1 / (1 + (1 - part) / part * exp(-gain));
}

/* One lineage: the part of places that it has reached, and from it each place's probability. */
static double update_lineage(const struct growth_place *places, struct vg_growth_fit *fit, size_t j)
{
    size_t n = fit->n;
    struct vg_growth_presence *presence = &fit->presence;
    double settled = 0, looked = 0, part = 0.5, change = 0, levels[GROWTH_LEVELS], chances[GROWTH_LEVELS];
    for (size_t g = 0; g < fit->n_places; g++) {
        size_t cell = g * n + j;
        bool any = isfinite(presence->first_week[g]);
        looked += any;
        settled += any && !presence->open[cell];
        if (presence->open[cell]) {
            double gain = compare(&places[g], fit, cell);
            presence->gain[cell] = gain + growth_levels(fit, cell, levels, chances);
        }
    }
    for (int step = 0; step < MIXTURE_STEPS && settled < looked; step++) {
        double sum = settled;
        for (size_t g = 0; g < fit->n_places; g++) {
            sum += isfinite(presence->first_week[g]) && presence->open[g * n + j] ? there_by(part, presence->gain[g * n + j]) : 0;
        }
        part = (sum + 0.5) / (looked + 1);
    }
    for (size_t cell = j; cell < fit->n_places * n; cell += n) {
        if (presence->open[cell]) {
            double there = there_by(part, presence->gain[cell]);
            change = fmax(change, fabs(there - presence->there[cell]));
            presence->there[cell] = there;
            presence->offsets[cell] = log(fmax(there, LEAST_THERE));
        }
    }
    return change;
}

/* Genomes of a place without what is taken for strays. */
static void take_strays(const struct growth_place *place, const double *there, double *counts, double *totals)
{
    size_t v = place->n + 1;
    for (size_t t = 0; t < place->n_times; t++) {
        totals[t] = 0;
        for (size_t j = 0; j < v; j++) {
            counts[t * v + j] = place->given[t * v + j] * (j + 1 < v ? there[j] : 1);
            totals[t] += counts[t * v + j];
        }
    }
}

double growth_update_there(const struct growth_place *places, struct vg_growth_fit *fit, double *counts, double *totals)
{
    double change = 0;
    for (size_t j = 0; j < fit->n; j++) {
        change = fmax(change, update_lineage(places, fit, j));
    }
    for (size_t g = 0; g < fit->n_places; g++) {
        if (places[g].open) {
            take_strays(&places[g], fit->presence.there + g * fit->n, counts + g * fit->n_times * fit->n_lineages, totals + g * fit->n_times);
        }
    }
    return change;
}

/* --------------------------------------------------------------- after the fit */

/* When it came to where it was seen later: in any week before that, as far as those without a genome allow. */
static void fill_came(const struct growth_place *place, const struct vg_growth_fit *fit, size_t cell)
{
    size_t n = fit->n, j = cell % n, first = 0;
    const double *own = fit->places + cell / n * 2 * n;
    double *came = fit->presence.came + cell * fit->n_times, expected = 0, sum = 1; /* of the week in which it was seen: 1 */
    while (first < fit->n_times && fit->weeks[first] < fit->presence.first_seen[cell]) {
        first++;
    }
    for (size_t t = first; t < fit->n_times; t++) {
        came[t] = 1;
    }
    for (size_t t = first; t-- > 0;) {
        double odds = fmin(own[j] + own[n + j] * (fit->weeks[t] - fit->centers[j]) - place->sums[t], ODDS_MOST);
        expected += place->totals[t] > 0 ? place->weights[t] * place->totals[t] * exp(odds) : 0;
        came[t] = exp(-expected) * (t == 0 ? BEFORE_WEEKS : 1);
        sum += came[t];
    }
    for (size_t t = 0; t < first; t++) {
        came[t] = came[t] / sum + (t > 0 ? came[t - 1] : 0);
    }
}

void growth_settle(const struct growth_place *places, struct vg_growth_fit *fit)
{
    struct vg_growth_presence *presence = &fit->presence;
    for (size_t cell = 0; cell < fit->n_places * fit->n; cell++) {
        if (presence->open[cell] && isfinite(presence->first_seen[cell]) && presence->there[cell] > CERTAIN) {
            presence->open[cell] = false; /* the curvature tells of its level, as of all others' */
            presence->there[cell] = 1;
            presence->absent[cell] = -INFINITY;
        }
        if (isfinite(presence->first_seen[cell])) {
            fill_came(&places[cell / fit->n], fit, cell);
        }
    }
}

size_t growth_time(const struct vg_growth_fit *fit, double week)
{
    size_t t = 0;
    while (t + 1 < fit->n_times && fit->weeks[t + 1] <= week) {
        t++;
    }
    return t;
}

/* ----------------------------------------------------------------- expected shares */

static double share_of_odds(double log_odds)
{
    return 1 / (1 + exp(-log_odds));
}

/*
 * Of a lineage that may not be there: at the levels that are left if it is; else, in times to come, by when it came. others: the logarithm of what the shares of those that are
 * there are divided by.
 */
static double expected_of_open(const struct vg_growth_fit *fit, size_t cell, double week, double others, double *one)
{
    size_t n = fit->n, g = cell / n, j = cell % n;
    const struct vg_growth_presence *presence = &fit->presence;
    const double *own = fit->places + g * 2 * n;
    double levels[GROWTH_LEVELS], chances[GROWTH_LEVELS], there = 0, later = 0, last = fit->weeks[fit->n_times - 1], rate = own[n + j];
    double line = fit->common[j] + rate * (week - fit->centers[j]) - others;
    (void)growth_levels(fit, cell, levels, chances);
    for (size_t i = 0; i < GROWTH_LEVELS; i++) {
        there += chances[i] * share_of_odds(line + levels[i]);
    }
    double survived = 1, start = last - UNSEEN_WEEKS;
    for (double since = 0; since < week - start; since++) {
        double left = pow(1 + fmin(since + 1, week - start) / presence->exposure[j], -presence->arrivals[j]), at = start + fmin(since + 0.5, week - start);
        double then = growth_softmax(own, fit->centers, presence->absent + g * n, n, at, one);
        later += (survived - left) * share_of_odds(presence->entry[g] + ENTRY_SD * ENTRY_SD / 2 + rate * (week - at) + then - others);
        survived = left;
    }
    return presence->there[cell] * there + (1 - presence->there[cell]) * later;
}

double growth_probably_there(const struct vg_growth_fit *fit, size_t cell, double *one)
{
    size_t n = fit->n, g = cell / n, j = cell % n;
    const struct vg_growth_presence *presence = &fit->presence;
    const double *own = fit->places + g * 2 * n;
    double levels[GROWTH_LEVELS], chances[GROWTH_LEVELS], there = 0, week = fit->weeks[fit->n_times - 1];
    double others = growth_softmax(own, fit->centers, presence->absent + g * n, n, week, one), line = fit->common[j] + own[n + j] * (week - fit->centers[j]) - others;
    if (!presence->open[cell]) {
        return 1;
    }
    (void)growth_levels(fit, cell, levels, chances);
    for (size_t i = 0; i < GROWTH_LEVELS; i++) { /* below what it enters with it is hardly there */
        there += chances[i] * fmin(exp(line + levels[i] - presence->entry[g]), 1);
    }
    return presence->there[cell] * there + (1 - presence->there[cell]) * (1 - pow(1 + UNSEEN_WEEKS / presence->exposure[j], -presence->arrivals[j]));
}

void growth_expected(const struct vg_growth_fit *fit, size_t g, double week, double *shares, double *one)
{
    size_t n = fit->n, t = growth_time(fit, week);
    const struct vg_growth_presence *presence = &fit->presence;
    double others = growth_softmax(fit->places + g * 2 * n, fit->centers, presence->absent + g * n, n, week, shares), open = 0, settled = shares[n];
    for (size_t j = 0; j < n; j++) {
        size_t cell = g * n + j;
        if (presence->open[cell]) {
            shares[j] = fmin(expected_of_open(fit, cell, week, others, one), 1 - 1e-9 - open);
            open += shares[j];
        } else {
            shares[j] *= presence->came[cell * fit->n_times + t];
            settled += shares[j];
        }
    }
    for (size_t j = 0; j <= n; j++) {
        shares[j] *= j == n || !presence->open[g * n + j] ? (1 - open) / settled : 1;
    }
}

/* --------------------------------------------------------------------- draws */

/* One of the levels that are left. */
static double draw_level(const struct vg_growth_fit *fit, size_t lineage, const double *chances, struct vg_random *random)
{
    double u = vg_random_uniform(random), sum = 0;
    size_t i = 0;
    while (i + 1 < GROWTH_LEVELS && (sum += chances[i]) < u) {
        i++;
    }
    return fit->common[lineage] + level_sd(fit, lineage) * LEVELS_WIDE * (2 * ((double)i - 0.5 + vg_random_uniform(random)) / (GROWTH_LEVELS - 1) - 1);
}

void growth_draw_arrivals(const struct vg_growth_fit *fit, size_t g, const double *chances, const double *rates, struct vg_random *random, double *parameters, double *from,
                          double *least, double *one)
{
    size_t n = fit->n, times = fit->n_times;
    const struct vg_growth_presence *presence = &fit->presence;
    least[0] = fmin(exp(presence->entry[g] + ENTRY_SD * vg_random_normal(random)), ENTRY_MOST);
    for (size_t j = 0; j <= n; j++) {
        least[j + 1] = vg_random_uniform(random);
    }
    for (size_t j = 0; j < n; j++) {
        double u = vg_random_uniform(random);
        size_t t = 0;
        while (isfinite(presence->first_seen[g * n + j]) && t + 1 < times && presence->came[(g * n + j) * times + t] < u) {
            t++;
        }
        from[j] = vg_random_uniform(random) > presence->there[g * n + j] ? INFINITY : t > 0 ? fit->weeks[t] : -INFINITY;
    }
    for (size_t j = 0; j < n; j++) {
        double rate = parameters[n + j];
        if (presence->open[g * n + j] && from[j] < INFINITY) {
            parameters[j] = draw_level(fit, j, chances + j * GROWTH_LEVELS, random);
        } else if (presence->open[g * n + j]) {
            double at = fit->weeks[times - 1] - UNSEEN_WEEKS - log(vg_random_uniform(random)) / rates[j], others = growth_softmax(parameters, fit->centers, from, n, at, one);
            parameters[j] = others + presence->entry[g] + ENTRY_SD * vg_random_normal(random) - rate * (at - fit->centers[j]);
            from[j] = at;
        }
    }
}
