/*
 * Periods in which rates of moves are constant, and how likely a case of each leaves a sequence.
 *
 * Who is infected leaves one by being sequenced, or by way of those whom he infects: by week, from the last one back, p = 1 - (1 - s) (1 + R p' / k)^-k, s the share of cases that are sequenced, R
 * those of the week after over those of this one, p' the chance of these, k the dispersion of how many somebody infects (Lloyd-Smith et al. 2005, Nature 438:355); a week is about a generation.
 * p goes with the square root of s where R is about 1. A lineage of a is seen to go to b as often as it goes times p[b] / p[a] (histories.c), so rates change with p. Weeks that follow each other are
 * put together as long as p hardly differs, two by two (Ward 1963).
 */
#include "trace/genome/introductions/internal.h"

#include <math.h>
#include <string.h>

#define DISPERSION 0.5    /* of how many one infects, as of most respiratory viruses */
#define SURE_OF_SHARE 10.0 /* a week's share is what it is on average, as if from so many sequences more */
#define SURE_OF_GROWTH 10.0 /* cases that a week has more, before it is divided by another */
#define GROWTH_MOST 2.0
#define ALIKE 0.1         /* weeks x squared difference of log p, mean over classes */
enum { LENGTHS_MOST = 1200, WEEK = 7 };

struct weeks {
    size_t n, n_classes;
    int32_t first;             /* day */
    double *cases, *sequences, *reach; /* [n_classes * n] */
    double *together;          /* [n] weeks of a period that begins with this one; 0: it goes on */
};

static bool count_weeks(const struct history *h, const struct vg_history_model *model, struct vg_arena *arena, struct weeks *weeks)
{
    const struct moving *moving = &h->moving;
    size_t n = moving->n_classes, regions = moving->k - 1, skipped = 0;
    int32_t first = (int32_t)lrint(model->first_week);
    while (skipped + 1 < model->n_weeks && (first < h->first_day || h->last_day - first > LENGTHS_MOST)) { /* longer ago rates are as in the first of these */
        first += WEEK;
        skipped++;
    }
    *weeks = (struct weeks){.n = model->n_weeks - skipped, .n_classes = n, .first = first};
    while (weeks->n > 1 && first + WEEK * (int32_t)(weeks->n - 1) > h->last_day) {
        weeks->n--;
    }
    weeks->cases = VG_ARENA_ARRAY(arena, double, weeks->n * n);
    weeks->sequences = VG_ARENA_ARRAY(arena, double, weeks->n * n);
    weeks->reach = VG_ARENA_ARRAY(arena, double, weeks->n * n);
    weeks->together = VG_ARENA_ARRAY(arena, double, weeks->n);
    if (weeks->together == NULL || arena->failed) {
        return false;
    }
    for (size_t w = skipped; w < model->n_weeks; w++) {
        size_t at = w - skipped < weeks->n ? w - skipped : weeks->n - 1;
        for (size_t a = 0; a < regions; a++) {
            weeks->cases[moving->class_of[a] * weeks->n + at] += model->weekly[w * regions + a];
        }
    }
    for (uint32_t i = 0; i < h->n_tips; i++) {
        if (h->twigs[i].day >= first) {
            size_t at = (size_t)(h->twigs[i].day - first) / WEEK;
            weeks->sequences[moving->class_of[h->twigs[i].state] * weeks->n + (at < weeks->n ? at : weeks->n - 1)]++;
        }
    }
    return true;
}

void history_reach(const double *cases, const double *sequences, size_t n_weeks, double *reach)
{
    double all_cases = 0, all_sequences = 0, later = 0;
    for (size_t w = 0; w < n_weeks; w++) {
        all_cases += cases[w];
        all_sequences += sequences[w];
        reach[w] = 1;
    }
    if (all_cases <= 0 || all_sequences <= 0) {
        return;
    }
    double usual = fmin(all_sequences / all_cases, 1);
    for (size_t w = n_weeks; w-- > 0;) {
        double happened = SURE_OF_SHARE / usual, sequenced = SURE_OF_SHARE, growth = 1;
        for (size_t near = w > 0 ? w - 1 : 0; near < n_weeks && near <= w + 1; near++) { /* sequences are not always of the week that their cases are counted in */
            happened += cases[near];
            sequenced += sequences[near];
        }
        if (w + 1 < n_weeks) {
            growth = fmin(fmax((cases[w + 1] + SURE_OF_GROWTH) / (cases[w] + SURE_OF_GROWTH), 1 / GROWTH_MOST), GROWTH_MOST);
        }
        later = 1 - (1 - fmin(sequenced / happened, 1)) * pow(1 + growth * later / DISPERSION, -DISPERSION);
        reach[w] = later;
    }
}

/* How far the means of log p of two periods are apart, times their weeks. */
static double apart(const struct weeks *weeks, const double *mean, size_t one, size_t other)
{
    size_t n = weeks->n_classes;
    double sum = 0, a = weeks->together[one], b = weeks->together[other];
    for (size_t c = 0; c + 1 < n; c++) {
        double off = mean[one * n + c] - mean[other * n + c];
        sum += off * off / (double)(n - 1);
    }
    return sum * a * b / (a + b);
}

/* Weeks are put together until no two that follow each other are alike; how many periods are left. mean [n * n_classes] is of log p. */
static size_t put_together(struct weeks *weeks, double *mean)
{
    size_t n = weeks->n_classes, left = weeks->n;
    for (size_t w = 0; w < weeks->n; w++) {
        weeks->together[w] = 1;
        for (size_t c = 0; c + 1 < n; c++) {
            mean[w * n + c] = log(weeks->reach[c * weeks->n + w]);
        }
    }
    while (left > 1) {
        double least = INFINITY;
        size_t best = 0, best_next = 0;
        for (size_t w = 0, next = (size_t)weeks->together[0]; next < weeks->n; w = next, next += (size_t)weeks->together[next]) {
            double distance = apart(weeks, mean, w, next);
            if (distance < least) {
                least = distance;
                best = w;
                best_next = next;
            }
        }
        if (least > ALIKE && left <= HISTORY_PERIODS) {
            break;
        }
        double a = weeks->together[best], b = weeks->together[best_next];
        for (size_t c = 0; c < n; c++) {
            mean[best * n + c] = (a * mean[best * n + c] + b * mean[best_next * n + c]) / (a + b);
        }
        weeks->together[best] = a + b;
        weeks->together[best_next] = 0;
        left--;
    }
    return left;
}

/* What a sequence of a region stands for, 1 on average over sequences: one over the chance of its class. */
static void take_weights(struct moving *moving, const struct weeks *weeks, const double *mean)
{
    double sum = 0, sequences = 0;
    for (size_t i = 0; i < weeks->n * weeks->n_classes; i++) {
        sum += weeks->sequences[i] / mean[i / weeks->n];
        sequences += weeks->sequences[i];
    }
    for (size_t a = 0; a + 1 < moving->k; a++) {
        moving->weight[a] = moving->class_weight[moving->class_of[a]] = sequences / sum / mean[moving->class_of[a]];
    }
}

/* Begins of periods, and shapes: mean p of a class's cases over p in the period. Who is infected is counted, and sampled, some days later. */
static void take_periods(struct history *h, const struct weeks *weeks)
{
    struct moving *moving = &h->moving;
    size_t n = moving->n_classes, period = 0;
    double mean[HISTORY_CLASSES];
    int32_t before = (int32_t)lrint(h->infected_days);
    for (size_t w = 0; w < weeks->n; w += (size_t)weeks->together[w], period++) {
        int32_t day = weeks->first + WEEK * (int32_t)w - before;
        moving->begins[period] = period == 0 ? h->first_day : day > moving->begins[period - 1] ? day : moving->begins[period - 1] + 1;
    }
    for (size_t c = 0; c + 1 < n; c++) {
        const double *cases = weeks->cases + c * weeks->n, *reach = weeks->reach + c * weeks->n;
        double all_cases = 0, all_reach = 0;
        for (size_t w = 0; w < weeks->n; w++) {
            all_cases += cases[w];
            all_reach += cases[w] * reach[w];
        }
        mean[c] = all_cases > 0 ? all_reach / all_cases : 1;
        for (size_t w = 0, at = 0; w < weeks->n; w += (size_t)weeks->together[w], at++) {
            double log_reach = 0;
            for (size_t i = 0; i < (size_t)weeks->together[w]; i++) {
                log_reach += log(reach[w + i]) / weeks->together[w];
            }
            moving->shape[at * n + c] = mean[c] / exp(log_reach);
        }
    }
    mean[n - 1] = 1;
    take_weights(moving, weeks, mean);
}

bool history_settle_periods(struct history *h, struct vg_arena *arena)
{
    struct moving *moving = &h->moving;
    size_t n = moving->n_classes, periods = moving->n_periods, days = (size_t)(h->last_day - h->first_day) + 1, lengths = 0;
    for (size_t m = 0; m < periods; m++) {
        size_t length = (size_t)(moving->begins[m + 1] - moving->begins[m]) + 1;
        moving->n_lengths[m] = (uint32_t)(length > LENGTHS_MOST ? LENGTHS_MOST : length);
        moving->first_length[m] = lengths;
        lengths += moving->n_lengths[m];
    }
    moving->period_of = VG_ARENA_ARRAY(arena, uint8_t, days);
    moving->leave = VG_ARENA_ARRAY(arena, double, periods * n);
    moving->goes = VG_ARENA_ARRAY(arena, double, periods * n * n);
    moving->table = VG_ARENA_ARRAY(arena, double, lengths * n * n);
    moving->table_stays = VG_ARENA_ARRAY(arena, double, lengths * n);
    h->moved.leaves = VG_ARENA_ARRAY(arena, double, periods * moving->k);
    h->moved.days = VG_ARENA_ARRAY(arena, double, periods * moving->k);
    if (h->moved.days == NULL || arena->failed) {
        return false;
    }
    for (size_t day = 0, m = 0; day < days; day++) {
        m += m + 1 < periods && h->first_day + (int32_t)day >= moving->begins[m + 1];
        moving->period_of[day] = (uint8_t)m;
    }
    return true;
}

bool history_make_periods(struct history *h, const struct vg_history_model *model, struct vg_arena *arena)
{
    struct moving *moving = &h->moving;
    size_t n = moving->n_classes;
    struct weeks weeks = {0};
    bool any = model->weekly != NULL && model->n_weeks > 0 && n > 1;
    moving->n_periods = 1;
    moving->begins[0] = h->first_day;
    moving->shape = VG_ARENA_ARRAY(arena, double, HISTORY_PERIODS * n);
    if (moving->shape == NULL || (any && !count_weeks(h, model, arena, &weeks))) {
        return false;
    }
    for (size_t i = 0; i < HISTORY_PERIODS * n; i++) {
        moving->shape[i] = 1;
    }
    if (any) {
        double *room = VG_ARENA_ARRAY(arena, double, weeks.n * n);
        if (room == NULL) {
            return false;
        }
        for (size_t c = 0; c + 1 < n; c++) {
            history_reach(weeks.cases + c * weeks.n, weeks.sequences + c * weeks.n, weeks.n, weeks.reach + c * weeks.n);
        }
        moving->n_periods = put_together(&weeks, room);
        take_periods(h, &weeks);
    }
    moving->begins[moving->n_periods] = h->last_day;
    return history_settle_periods(h, arena);
}
