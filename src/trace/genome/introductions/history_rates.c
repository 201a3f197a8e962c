/*
 * Rates at which lineages move: what follows from them day by day, and draws of them given what moved. They are drawn as they would be if moves were in continuous time, where all laws
 * are gamma's, and taken as days have it (Metropolis and Hastings): what is looked at is by how much the two differ.
 */
#include "trace/genome/introductions/internal.h"

#include <math.h>
#include <string.h>

#define LEAST 1e-9         /* of a rate */
static const double evennesses[] = {0.15, 0.3, 0.6, 1.2, 2.5, 5, 10, 100};
enum { N_EVENNESSES = sizeof evennesses / sizeof *evennesses };

/* How much oftener than on average what is seen to go is seen to go from c to d in a period. */
static double oftener(const struct moving *moving, size_t period, size_t c, size_t d)
{
    const double *shape = moving->shape + period * moving->n_classes;
    return shape[c] / shape[d];
}

/* What a lineage of a class is drawn again with, a day of a period, in continuous time. */
static double hazard(const struct moving *moving, size_t period, size_t c)
{
    double sum = 0;
    for (size_t d = 0; d < moving->n_classes; d++) {
        sum += moving->pair[c * moving->n_classes + d] * moving->class_into[d] * oftener(moving, period, c, d);
    }
    return moving->out[c] * sum;
}

static void sum_into(struct moving *moving)
{
    memset(moving->class_into, 0, moving->n_classes * sizeof *moving->class_into);
    for (size_t a = 0; a < moving->k; a++) {
        moving->class_into[moving->class_of[a]] += moving->into[a];
    }
}

/* From each class to each after so many days of a period, one day more at a time. */
static void fill_table(struct moving *moving, size_t period)
{
    size_t n = moving->n_classes, first = moving->first_length[period];
    double stays_a_day[HISTORY_CLASSES];
    const double *leave = moving->leave + period * n, *all_goes = moving->goes + period * n * n;
    double *table = moving->table + first * n * n, *stays = moving->table_stays + first * n;
    for (size_t c = 0; c < n; c++) {
        stays[c] = 1;
        stays_a_day[c] = (1 - leave[c]) * (c + 1 == n ? moving->spared[period] : 1);
    }
    memset(table, 0, n * n * sizeof *table);
    for (size_t days = 1; days < moving->n_lengths[period]; days++) {
        const double *stayed = stays + (days - 1) * n;
        for (size_t c = 0; c < n; c++) {
            const double *before = table + ((days - 1) * n + c) * n;
            double *after = table + (days * n + c) * n;
            for (size_t d = 0; d < n; d++) {
                after[d] = before[d] * stays_a_day[d] + stayed[c] * all_goes[c * n + d];
            }
            for (size_t d = 0; d < n; d++) {
                const double *goes = all_goes + d * n;
                for (size_t e = 0; e < n; e++) {
                    after[e] += before[d] * goes[e];
                }
            }
            stays[days * n + c] = stayed[c] * stays_a_day[c];
        }
    }
}

void moving_settle(struct moving *moving)
{
    size_t k = moving->k, n = moving->n_classes;
    sum_into(moving);
    for (size_t a = 0; a < k; a++) {
        uint32_t of = moving->class_of[a];
        moving->part[a] = moving->class_size[of] == 1 ? 1 : moving->into[a] / moving->class_into[of];
    }
    for (size_t period = 0; period < moving->n_periods; period++) {
        double *leave = moving->leave + period * n, *goes = moving->goes + period * n * n;
        for (size_t c = 0; c < n; c++) {
            double all = hazard(moving, period, c);
            leave[c] = -expm1(-all);
            for (size_t d = 0; d < n; d++) {
                goes[c * n + d] = all > 0 ? leave[c] * moving->out[c] * moving->pair[c * n + d] * moving->class_into[d] * oftener(moving, period, c, d) / all : 0;
                goes[c * n + d] *= c + 1 == n ? moving->spared[period] : 1;
            }
        }
        fill_table(moving, period);
    }
}

/* Logarithm of the probability of what happened in days, less that in continuous time. */
static double of_days(const struct history *h)
{
    const struct moving *moving = &h->moving;
    size_t k = moving->k, n = moving->n_classes;
    double value = 0, all[HISTORY_CLASSES];
    for (size_t period = 0; period < moving->n_periods; period++) {
        const double *all_leaves = h->moved.leaves + period * k, *days = h->moved.days + period * k;
        for (size_t c = 0; c < n; c++) {
            all[c] = hazard(moving, period, c);
        }
        for (size_t a = 0; a < k; a++) {
            uint32_t of = moving->class_of[a];
            double moves = all[of] - moving->out[of] * moving->pair[of * n + of] * moving->into[a];
            value += all[of] > 0 ? all_leaves[a] * log(-expm1(-all[of]) / all[of]) + days[a] * (log1p(expm1(-all[of]) * moves / all[of]) + moves) : 0;
        }
    }
    return value;
}

/* Sums over the regions of a class: moves to another, and days times what there is to go to. */
static void sum_moves(const struct history *h, double *moves, double *exposed)
{
    const struct moving *moving = &h->moving;
    size_t n = moving->n_classes;
    memset(moves, 0, n * n * sizeof *moves);
    memset(exposed, 0, n * n * sizeof *exposed);
    for (size_t a = 0; a < moving->k; a++) {
        uint32_t of = moving->class_of[a];
        for (size_t d = 0; d < n; d++) {
            moves[of * n + d] += h->moved.to[a * n + d];
            for (size_t period = 0; period < moving->n_periods; period++) {
                exposed[of * n + d] += h->moved.days[period * moving->k + a] * oftener(moving, period, of, d) * (moving->class_into[d] - (d == of ? moving->into[a] : 0));
            }
        }
    }
}

/* Whether the rate between two classes is its own: where there are two ways to go, and not from elsewhere. */
static bool is_free(const struct moving *moving, size_t c, size_t d)
{
    size_t regions = moving->n_classes - 1;
    return c < regions && d < regions && moving->k > 3 && regions > 1 && (c != d || moving->class_size[c] > 1);
}

static void draw_pairs(struct history *h, const double *moves, const double *exposed)
{
    struct moving *moving = &h->moving;
    size_t n = moving->n_classes;
    double value[N_EVENNESSES], most = -INFINITY;
    for (size_t i = 0; i < N_EVENNESSES; i++) { /* rates of pairs integrated out */
        double s = evennesses[i];
        value[i] = 0;
        for (size_t at = 0; at < n * n; at++) {
            if (is_free(moving, at / n, at % n)) {
                double x = moving->out[at / n] * exposed[at];
                value[i] += (moves[at] > 0 ? lgamma(s + moves[at]) - lgamma(s) : 0) + s * log(s) - (s + moves[at]) * log(s + x);
            }
        }
        most = fmax(most, value[i]);
    }
    for (size_t i = 0; i < N_EVENNESSES; i++) {
        value[i] = exp(value[i] - most);
    }
    double s = evennesses[history_draw_from(h, value, N_EVENNESSES)];
    moving->evenness = s;
    for (size_t at = 0; at < n * n; at++) {
        if (is_free(moving, at / n, at % n)) {
            moving->pair[at] = fmax(vg_random_gamma(&h->random, s + moves[at], 1 / (s + moving->out[at / n] * exposed[at])), LEAST);
        }
    }
}

static void draw_out(struct history *h, const double *moves, const double *exposed)
{
    struct moving *moving = &h->moving;
    size_t n = moving->n_classes;
    for (size_t c = 0; c < n; c++) {
        double shape = c + 1 < n ? moving->sureness : 1, rate = shape / moving->class_weight[c];
        for (size_t d = 0; d < n; d++) {
            shape += moves[c * n + d];
            rate += moving->pair[c * n + d] * exposed[c * n + d];
        }
        moving->out[c] = fmax(vg_random_gamma(&h->random, shape, 1 / rate), LEAST);
    }
}

static void draw_into(struct history *h)
{
    struct moving *moving = &h->moving;
    size_t k = moving->k, n = moving->n_classes;
    double pull[HISTORY_CLASSES] = {0}, days[HISTORY_CLASSES];
    for (size_t period = 0; period < moving->n_periods; period++) {
        memset(days, 0, sizeof days);
        for (size_t a = 0; a < k; a++) {
            days[moving->class_of[a]] += h->moved.days[period * k + a];
        }
        for (size_t c = 0; c < n; c++) {
            for (size_t d = 0; d < n; d++) {
                pull[d] += days[c] * moving->out[c] * moving->pair[c * n + d] * oftener(moving, period, c, d);
            }
        }
    }
    for (size_t b = 0; b + 1 < k; b++) {
        uint32_t of = moving->class_of[b];
        double shape = 1, rate = moving->weight[b] / moving->mean + pull[of], own = 0;
        for (size_t period = 0; period < moving->n_periods; period++) {
            own += h->moved.days[period * k + b];
        }
        rate -= own * moving->out[of] * moving->pair[of * n + of];
        for (size_t c = 0; c < n; c++) {
            shape += h->moved.from[b * n + c];
        }
        moving->into[b] = fmax(vg_random_gamma(&h->random, shape, 1 / rate), LEAST);
    }
    sum_into(moving);
}

void history_draw_moving(struct history *h)
{
    struct moving *moving = &h->moving;
    size_t k = moving->k, n = moving->n_classes, size = k + n + n * n;
    double moves[HISTORY_CLASSES * HISTORY_CLASSES], exposed[HISTORY_CLASSES * HISTORY_CLASSES];
    history_fill_moved(h);
    for (int step = 0; step < 3; step++) {
        double before = of_days(h), evenness = moving->evenness;
        memcpy(h->kept, moving->into, size * sizeof *h->kept);
        sum_moves(h, moves, exposed);
        if (step == 0) {
            draw_pairs(h, moves, exposed);
        } else if (step == 1) {
            draw_out(h, moves, exposed);
        } else {
            draw_into(h);
        }
        double ratio = of_days(h) - before;
        if (ratio < 0 && log(vg_random_uniform(&h->random)) >= ratio) {
            memcpy(moving->into, h->kept, size * sizeof *h->kept);
            moving->evenness = evenness;
            sum_into(moving);
        }
    }
    double sum = MOVING_INTO / 2;
    for (size_t b = 0; b + 1 < k; b++) {
        sum += moving->into[b] * moving->weight[b];
    }
    double mean = 1 / vg_random_gamma(&h->random, 0.5 + (double)(k - 1), 1 / sum);
    moving->mean = mean * (double)(k - 1) > MOVING_OFTENEST ? moving->mean : mean; /* another one is not drawn until the next sweep */
    moving_settle(moving);
}
