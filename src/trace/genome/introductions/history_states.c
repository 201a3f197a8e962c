/*
 * Regions along a history: the table of moves, what is below each twig (Felsenstein's pruning), and states drawn from the root down.
 */
#include "trace/genome/introductions/internal.h"

#include <math.h>
#include <string.h>

#define ELSEWHERE_AT_ROOT 0.5
#define INTO 0.01          /* a day, before anything is seen */

/* out [a] x what there is to go to from a */
static double leaving(const struct moving *moving, const double *rates, double sum, size_t a)
{
    return rates[moving->k + a] * (sum - rates[a]);
}

static double sum_of_into(const struct moving *moving, const double *rates)
{
    double sum = 0;
    for (size_t b = 0; b + 1 < moving->k; b++) {
        sum += rates[b];
    }
    return sum;
}

void moving_settle(struct moving *moving)
{
    size_t k = moving->k;
    double sum = sum_of_into(moving, moving->into);
    for (size_t a = 0; a < k; a++) {
        moving->share[a] = moving->into[a] / sum;
        moving->leave[a] = -expm1(-leaving(moving, moving->into, sum, a)) / fmax(1 - moving->share[a], 1e-12); /* times a share: to there */
    }
    memset(moving->table, 0, k * k * sizeof *moving->table);
    for (size_t a = 0; a < k; a++) {
        moving->table[a * k + a] = 1;
    }
    for (size_t a = 0; a < k; a++) { /* row by row: from a after so many days */
        double *row = moving->row;
        memset(row, 0, k * sizeof *row);
        row[a] = 1;
        for (size_t days = 1; days < moving->n_lengths; days++) {
            double leaving = 0;
            for (size_t b = 0; b < k; b++) {
                leaving += row[b] * moving->leave[b];
            }
            moving->left[(days - 1) * k + a] = leaving;
            double *out = moving->table + (days * k + a) * k;
            for (size_t b = 0; b < k; b++) { /* who leaves and draws b again has b = b only by the part that is taken off */
                double own = row[b] * moving->leave[b];
                row[b] += moving->share[b] * (leaving - own) - own * (1 - moving->share[b]);
                out[b] = row[b];
            }
        }
    }
}

double history_root_prior(const struct history *h, uint32_t state)
{
    return state + 1 == h->moving.k ? ELSEWHERE_AT_ROOT : (1 - ELSEWHERE_AT_ROOT) / (double)(h->moving.k - 1);
}

/* What is below a twig, seen from the upper end of its branch. */
static void multiply_branch(const struct history *h, const struct moving *moving, const float *below, uint32_t x, double *into)
{
    size_t k = moving->k;
    const struct twig *twig = &h->twigs[x];
    int32_t days = twig->day - h->twigs[twig->parent].day;
    for (uint32_t a = 0; a < k; a++) {
        const double *to = moving_from(moving, days, a);
        if (x < h->n_tips) {
            into[a] *= to[twig->state];
            continue;
        }
        const float *own = below + (size_t)x * k;
        double sum = 0;
        for (size_t b = 0; b < k; b++) {
            sum += to[b] * (double)own[b];
        }
        into[a] *= sum;
    }
}

double history_prune(struct history *h)
{
    const struct moving *moving = &h->moving;
    float *below = h->below;
    size_t k = moving->k;
    double value = 0, *line = h->weights;
    for (size_t i = h->n; i-- > 0;) {
        uint32_t x = h->order[i];
        if (x < h->n_tips) {
            continue;
        }
        double most = 0;
        for (size_t a = 0; a < k; a++) {
            line[a] = 1;
        }
        multiply_branch(h, moving, below, h->twigs[x].child[0], line);
        multiply_branch(h, moving, below, h->twigs[x].child[1], line);
        for (size_t a = 0; a < k; a++) {
            most = fmax(most, line[a]);
        }
        for (size_t a = 0; a < k && most > 0; a++) {
            below[(size_t)x * k + a] = (float)(line[a] / most);
        }
        value += log(most);
    }
    double sum = 0;
    for (uint32_t a = 0; a < k; a++) {
        sum += history_root_prior(h, a) * (double)below[(size_t)h->root * k + a];
    }
    return value + log(sum);
}

uint32_t history_draw_from(struct history *h, const double *weights, size_t n)
{
    double sum = 0;
    for (size_t a = 0; a < n; a++) {
        sum += weights[a];
    }
    double left = vg_random_uniform(&h->random) * sum;
    uint32_t last = 0;
    for (uint32_t a = 0; a < n; a++) {
        if (weights[a] > 0) {
            last = a;
            left -= weights[a];
            if (left <= 0) {
                break;
            }
        }
    }
    return last;
}

void history_draw_states(struct history *h)
{
    size_t k = h->moving.k;
    for (uint32_t i = 0; i < h->n; i++) {
        uint32_t x = h->order[i];
        struct twig *twig = &h->twigs[x];
        if (x < h->n_tips) {
            continue;
        }
        const float *below = h->below + (size_t)x * k;
        const double *to = x == h->root ? NULL : moving_from(&h->moving, twig->day - h->twigs[twig->parent].day, h->twigs[twig->parent].state);
        for (uint32_t a = 0; a < k; a++) {
            h->weights[a] = (double)below[a] * (to == NULL ? history_root_prior(h, a) : to[a]);
        }
        twig->state = history_draw_from(h, h->weights, k);
    }
}

/*
 * The last entry into state b of a lineage that was in a so many days before; false: it was in b all the time. *after: on which of the days, from 1. What all entries weigh together is in the table
 * (to b by then, less: in b all the time), so days are only looked at from the last back to the one that is drawn.
 */
static bool last_entry(struct history *h, uint32_t a, uint32_t b, int32_t days, int32_t *after, uint32_t *from)
{
    const struct moving *moving = &h->moving;
    size_t k = moving->k;
    double stays = 1 - moving->leave[b] * (1 - moving->share[b]);
    int32_t skipped = days < (int32_t)moving->n_lengths ? 0 : days - (int32_t)moving->n_lengths + 1; /* longer than the table: as if nothing could happen at first, as it has it */
    days -= skipped;
    double always = a == b ? pow(stays, days) : 0, rest = vg_random_uniform(&h->random) * moving_from(moving, days, a)[b] - always;
    if (a == b && (days == 0 || rest < 0)) {
        return false;
    }
    int32_t entered = -1;
    rest /= moving->share[b];
    double since = 1;
    for (int32_t t = days - 1; t >= 0 && (entered < 0 || rest > 0); t--, since *= stays) {
        double weight = moving->left[(size_t)t * k + a] - moving_from(moving, t, a)[b] * moving->leave[b];
        if (weight > 0) { /* the earliest such day if rounding leaves some of the rest */
            entered = t;
            rest -= weight * since;
        }
    }
    if (entered < 0) { /* the branch has no length: both happened on one day */
        *after = 0;
        *from = a;
        return true;
    }
    const double *at = moving_from(moving, entered, a);
    for (uint32_t c = 0; c < k; c++) {
        h->weights[c] = c == b ? 0 : at[c] * moving->leave[c];
    }
    *after = skipped + entered + 1;
    *from = history_draw_from(h, h->weights, k);
    return true;
}

bool history_entry(struct history *h, uint32_t x, int32_t *day, uint32_t *from)
{
    const struct twig *twig = &h->twigs[x], *above = &h->twigs[twig->parent];
    int32_t after = 0;
    bool came = last_entry(h, above->state, twig->state, twig->day - above->day, &after, from);
    *day = above->day + after;
    return came;
}

/* All moves along all branches, drawn given the states at their ends. */
static void fill_moved(struct history *h)
{
    struct moved *moved = &h->moved;
    size_t k = h->moving.k;
    memset(moved->moves, 0, k * k * sizeof *moved->moves);
    memset(moved->days, 0, k * sizeof *moved->days);
    for (uint32_t x = 0; x < h->n; x++) {
        if (x == h->root) {
            continue;
        }
        uint32_t a = h->twigs[h->twigs[x].parent].state, b = h->twigs[x].state, from = a;
        int32_t days = h->twigs[x].day - h->twigs[h->twigs[x].parent].day, after = 0;
        while (last_entry(h, a, b, days, &after, &from) && after > 0) {
            moved->moves[from * k + b]++;
            moved->days[b] += days - after;
            days = after - 1;
            b = from;
        }
        moved->days[b] += days;
    }
}

/* Logarithm of the probability of what happened. rates: into, then out. */
static double log_moved(const struct history *h, const double *rates)
{
    const struct moving *moving = &h->moving;
    size_t k = moving->k;
    double sum = sum_of_into(moving, rates), value = 0;
    for (size_t a = 0; a < k; a++) {
        double out = leaving(moving, rates, sum, a), leaves = 0;
        for (size_t b = 0; b + 1 < k; b++) {
            double n = h->moved.moves[a * k + b];
            leaves += n;
            value += n > 0 ? n * log(rates[b] / (sum - rates[a])) : 0;
        }
        value += leaves > 0 ? leaves * log(-expm1(-out)) : 0;
        value -= out * h->moved.days[a];
    }
    return value;
}

/* Gamma laws: before anything is seen, and as it would be if moves were in continuous time, all other rates given. */
struct gamma_law { double shape, rate, before_shape, before_rate; };
static struct gamma_law law_of(const struct history *h, const double *rates, bool out, size_t at)
{
    const struct moving *moving = &h->moving;
    size_t k = moving->k;
    struct gamma_law law;
    law.before_shape = law.shape = out && at + 1 < k ? moving->sureness : 1;
    law.before_rate = law.rate = (out ? law.shape : 1 / moving->mean) * (out ? 1 / moving->weight[at] : moving->weight[at]);
    for (size_t a = 0; a < k; a++) {
        law.shape += out ? h->moved.moves[at * k + a] : h->moved.moves[a * k + at];
        law.rate += out || a == at ? 0 : h->moved.days[a] * rates[k + a];
    }
    law.rate += out ? h->moved.days[at] * (sum_of_into(moving, rates) - rates[at]) : 0;
    return law;
}

static double log_gamma_density(double x, double shape, double rate)
{
    return (shape - 1) * log(x) - rate * x;
}

void history_draw_moving(struct history *h)
{
    struct moving *moving = &h->moving;
    size_t k = moving->k;
    fill_moved(h);
    for (int out = 0; out < 2; out++) { /* proposed as of continuous time, taken as of days */
        double ratio = -log_moved(h, moving->into);
        memcpy(h->proposed, moving->into, 2 * k * sizeof *h->proposed);
        for (size_t b = 0; b < k - (out ? 0 : 1); b++) {
            struct gamma_law law = law_of(h, moving->into, out, b);
            double *now = &moving->into[out ? k + b : b], *proposed = &h->proposed[out ? k + b : b];
            *proposed = fmax(vg_random_gamma(&h->random, law.shape, 1 / law.rate), 1e-9);
            ratio += log_gamma_density(*now, law.shape, law.rate) - log_gamma_density(*proposed, law.shape, law.rate);
            ratio += log_gamma_density(*proposed, law.before_shape, law.before_rate) - log_gamma_density(*now, law.before_shape, law.before_rate);
        }
        ratio += log_moved(h, h->proposed);
        if (ratio >= 0 || log(vg_random_uniform(&h->random)) < ratio) {
            memcpy(moving->into, h->proposed, 2 * k * sizeof *h->proposed);
        }
    }
    double sum = INTO / 2;
    for (size_t b = 0; b + 1 < k; b++) {
        sum += moving->into[b] * moving->weight[b];
    }
    moving->mean = 1 / vg_random_gamma(&h->random, 0.5 + (double)(k - 1), 1 / sum);
    moving_settle(moving);
}
