/*
 * Regions along a history: what is below each twig (Felsenstein's pruning), states drawn from the root down, and when a lineage came where it is. With classes a
 * step costs regions + classes^2 operations, however many regions there are: within a class all are entered alike.
 */
#include "trace/genome/introductions/internal.h"

#include <math.h>
#include <string.h>

#define ELSEWHERE_AT_ROOT 0.5

double history_root_prior(const struct history *h, uint32_t state)
{
    return state + 1 == h->moving.k ? ELSEWHERE_AT_ROOT : (1 - ELSEWHERE_AT_ROOT) / (double)(h->moving.k - 1);
}

/* What is below a twig, seen from the upper end of its branch. */
static void multiply_branch(const struct history *h, const float *below, uint32_t x, double *into)
{
    const struct moving *moving = &h->moving;
    size_t k = moving->k, n = moving->n_classes;
    const struct twig *twig = &h->twigs[x];
    int32_t first = h->twigs[twig->parent].day, last = twig->day;
    double in_class[HISTORY_CLASSES], seen[HISTORY_CLASSES], room[HISTORY_CLASSES];
    if (x < h->n_tips) {
        uint32_t state = twig->state, of = moving->class_of[state];
        size_t stride;
        double stays;
        const double *moved = moving_column(moving, first, last, of, room, &stride, &stays);
        double own = into[state] * (moved[of * stride] * moving->part[state] + stays);
        for (size_t c = 0; c < n; c++) {
            seen[c] = moved[c * stride] * moving->part[state];
        }
        for (uint32_t a = 0; a < k; a++) {
            into[a] *= seen[moving->class_of[a]];
        }
        into[state] = own;
        return;
    }
    const float *own = below + (size_t)x * k;
    memset(in_class, 0, n * sizeof *in_class);
    for (uint32_t b = 0; b < k; b++) {
        in_class[moving->class_of[b]] += moving->part[b] * (double)own[b];
    }
    const double *stays = moving_see(moving, first, last, in_class, seen, room);
    for (uint32_t a = 0; a < k; a++) {
        uint32_t of = moving->class_of[a];
        into[a] *= seen[of] + stays[of] * (double)own[a];
    }
}

double history_prune(struct history *h)
{
    float *below = h->below;
    size_t k = h->moving.k;
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
        multiply_branch(h, below, h->twigs[x].child[0], line);
        multiply_branch(h, below, h->twigs[x].child[1], line);
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
    const struct moving *moving = &h->moving;
    size_t k = moving->k;
    for (uint32_t i = 0; i < h->n; i++) {
        uint32_t x = h->order[i];
        struct twig *twig = &h->twigs[x];
        if (x < h->n_tips) {
            continue;
        }
        const float *below = h->below + (size_t)x * k;
        if (x == h->root) {
            for (uint32_t a = 0; a < k; a++) {
                h->weights[a] = (double)below[a] * history_root_prior(h, a);
            }
        } else {
            uint32_t from = h->twigs[twig->parent].state, of = moving->class_of[from];
            double room[HISTORY_CLASSES], stays;
            const double *moved = moving_row(moving, h->twigs[twig->parent].day, twig->day, of, room, &stays);
            for (uint32_t a = 0; a < k; a++) {
                h->weights[a] = (double)below[a] * moved[moving->class_of[a]] * moving->part[a];
            }
            h->weights[from] += (double)below[from] * stays;
        }
        twig->state = history_draw_from(h, h->weights, k);
    }
}

/* One of a class but another. */
static uint32_t draw_of_class(struct history *h, uint32_t of, uint32_t but)
{
    const struct moving *moving = &h->moving;
    if (moving->class_size[of] == 1) {
        return moving->first_of_class[of];
    }
    double left = vg_random_uniform(&h->random) * (1 - (but < moving->k && moving->class_of[but] == of ? moving->part[but] : 0));
    uint32_t last = VG_TREE_NONE;
    for (uint32_t a = moving->first_of_class[of]; a != VG_TREE_NONE && left > 0; a = moving->next_of_class[a]) {
        if (a != but && moving->part[a] > 0) {
            last = a;
            left -= moving->part[a];
        }
    }
    return last;
}

/* From where a lineage that was in a on the first day came into b, of another place: it left on the day after the last. */
static uint32_t draw_origin(struct history *h, uint32_t a, uint32_t b, int32_t first, int32_t last)
{
    const struct moving *moving = &h->moving;
    size_t n = moving->n_classes;
    uint32_t own = moving->class_of[a], of = moving->class_of[b];
    double chances[HISTORY_CLASSES + 1], room[HISTORY_CLASSES], stays;
    const double *moved = moving_row(moving, first, last, own, room, &stays), *goes = moving->goes + moving_period(moving, last) * n * n;
    for (size_t c = 0; c < n; c++) {
        chances[c] = moved[c] * (c == of ? 1 - moving->part[b] : 1) * goes[c * n + of];
    }
    chances[n] = a == b ? 0 : stays * goes[own * n + of]; /* had never left a */
    uint32_t from = history_draw_from(h, chances, n + 1);
    return from == n ? a : draw_of_class(h, from, b);
}

/* What a lineage of a class is up to within a period, having come to its beginning. */
struct within {
    uint32_t period;
    int32_t begin;
    const double *row;
    double stays, room[HISTORY_CLASSES];
};

static void look_within(const struct moving *moving, int32_t first, int32_t day, uint32_t own, struct within *in)
{
    in->period = moving_period(moving, day);
    in->begin = moving->begins[in->period] > first ? moving->begins[in->period] : first;
    in->row = in->begin > first ? moving_row(moving, first, in->begin, own, in->room, &in->stays) : NULL;
}

/* In class `of` on a day of the period or at its end, having been drawn again; *stays: never. */
static double reached(const struct moving *moving, const struct within *in, int32_t day, uint32_t own, uint32_t of, double *stays)
{
    size_t n = moving->n_classes;
    struct stretch all = moving_stretch(moving, in->period, day - in->begin);
    *stays = all.stays[own];
    if (in->row == NULL) {
        return all.moved[own * n + of];
    }
    double sum = in->stays * all.moved[own * n + of] + in->row[of] * all.stays[of];
    for (size_t c = 0; c < n; c++) {
        sum += in->row[c] * all.moved[c * n + of];
    }
    *stays *= in->stays;
    return sum;
}

/* Not out of region b on one day of a period: not drawn again, or b again. */
static double stays_a_day(const struct moving *moving, uint32_t period, uint32_t b)
{
    size_t n = moving->n_classes, of = moving->class_of[b];
    return 1 - moving->leave[period * n + of] + moving->goes[(period * n + of) * n + of] * moving->part[b];
}

static double stays_all(const struct moving *moving, int32_t first, int32_t last, uint32_t b)
{
    double all = 1;
    while (first < last) {
        uint32_t period = moving_period(moving, first);
        int32_t end = moving->begins[period + 1] < last ? moving->begins[period + 1] : last;
        all *= pow(stays_a_day(moving, period, b), end - first);
        first = end;
    }
    return all;
}

/*
 * What all entries weigh together is in the table
 * (to b by then, less: in b all the time), so days are only looked at from the last back to the one that is drawn.
 */
bool history_last_entry(struct history *h, uint32_t a, uint32_t b, int32_t first, int32_t last, int32_t *after, uint32_t *from)
{
    const struct moving *moving = &h->moving;
    size_t n = moving->n_classes;
    uint32_t own = moving->class_of[a], of = moving->class_of[b];
    int32_t before = moving->begins[1] < last ? moving->begins[1] : last, skipped = before - first < (int32_t)moving->n_lengths[0] ? 0 : before - first - (int32_t)moving->n_lengths[0] + 1;
    first += skipped; /* longer than the table: as if nothing could happen at first, as it has it */
    double always = a == b ? stays_all(moving, first, last, b) : 0, rest = vg_random_uniform(&h->random) * moving_chance(moving, first, last, a, b) - always;
    if (a == b && (first == last || rest < 0)) {
        return false;
    }
    struct within in = {.period = UINT32_MAX};
    int32_t entered = -1;
    double since = 1, there = 0, stays = 0;
    for (int32_t day = last - 1; day >= first && (entered < 0 || rest > 0); day--) {
        if (in.period == UINT32_MAX || day < in.begin) {
            look_within(moving, first, day, own, &in);
            there = reached(moving, &in, day + 1, own, of, &stays);
        }
        /* on the day after, drawn into b out of anything: less those that were in b */
        double once = 1 - moving->leave[in.period * n + of], leaves = moving->goes[(in.period * n + of) * n + of], then = there;
        there = reached(moving, &in, day, own, of, &stays);
        double weight = (then - once * there) * moving->part[b] - (there * moving->part[b] + (a == b ? stays : 0)) * leaves * moving->part[b];
        if (weight > 0) { /* the earliest such day if rounding leaves some of the rest */
            entered = day - first;
            rest -= weight * since;
        }
        since *= once + leaves * moving->part[b];
    }
    if (entered < 0) { /* the branch has no length: both happened on one day */
        *after = 0;
        *from = a;
        return true;
    }
    *after = skipped + entered + 1;
    *from = draw_origin(h, a, b, first, first + entered);
    return true;
}

/*
 * The day of an entry, which is anywhere on the branch as far as moves go. Who was infected by it is sampled, or infects others, some days later. And what comes from elsewhere, where nobody samples, has
 * not been here for long, else it would have been seen before: the longer, the less likely, by the hazards of splitting and of being sampled.
 */
static int32_t day_of_entry(struct history *h, int32_t first, int32_t last, int32_t after, bool from_elsewhere)
{
    double days = last - first;
    if (days <= 0) {
        return first;
    }
    if (from_elsewhere) {
        uint32_t bin = history_bin(h, last);
        double hazard = h->split[bin] + h->sample[bin];
        return last + (int32_t)lrint(fmax(log1p(vg_random_uniform(&h->random) * expm1(-hazard * days)) / hazard, -days));
    }
    return first + (int32_t)lrint(after * fmax(days - h->infected_days, 0) / days);
}

bool history_entry(struct history *h, uint32_t x, int32_t *day, uint32_t *from)
{
    const struct twig *twig = &h->twigs[x], *above = &h->twigs[twig->parent];
    int32_t after = 0;
    bool came = history_last_entry(h, above->state, twig->state, above->day, twig->day, &after, from);
    *day = came ? day_of_entry(h, above->day, twig->day, after, *from + 1 == h->moving.k) : twig->day;
    return came;
}

static void add_days(struct history *h, uint32_t region, int32_t first, int32_t last)
{
    const struct moving *moving = &h->moving;
    while (first < last) {
        uint32_t period = moving_period(moving, first);
        int32_t end = moving->begins[period + 1] < last ? moving->begins[period + 1] : last;
        h->moved.days[period * moving->k + region] += end - first;
        first = end;
    }
}

void history_fill_moved(struct history *h)
{
    const struct moving *moving = &h->moving;
    struct moved *moved = &h->moved;
    size_t k = moving->k, n = moving->n_classes;
    memset(moved->to, 0, k * n * sizeof *moved->to);
    memset(moved->from, 0, k * n * sizeof *moved->from);
    memset(moved->leaves, 0, moving->n_periods * k * sizeof *moved->leaves);
    memset(moved->days, 0, moving->n_periods * k * sizeof *moved->days);
    for (uint32_t x = 0; x < h->n; x++) {
        if (x == h->root) {
            continue;
        }
        uint32_t a = h->twigs[h->twigs[x].parent].state, b = h->twigs[x].state, from = a;
        int32_t first = h->twigs[h->twigs[x].parent].day, last = h->twigs[x].day, after = 0;
        while (history_last_entry(h, a, b, first, last, &after, &from) && after > 0) {
            moved->to[from * n + moving->class_of[b]]++;
            moved->from[b * n + moving->class_of[from]]++;
            moved->leaves[moving_period(moving, first + after - 1) * k + from]++;
            add_days(h, b, first + after, last);
            last = first + after - 1;
            b = from;
        }
        add_days(h, b, first, last);
    }
}

/*
 * Between three: a lineage in `above` (VG_TREE_NONE: nobody knows, the root's prior) is somewhere on a day, and from there two go to their states. The sum over where; *state: a draw, NULL: none.
 * By classes, and what stays where it is by itself.
 */
double history_between(struct history *h, uint32_t above, int32_t day_above, int32_t day, const uint32_t *to, const int32_t *days, uint32_t *state)
{
    const struct moving *moving = &h->moving;
    size_t n = moving->n_classes, step, other_step;
    bool root = above == VG_TREE_NONE;
    double rooms[3][HISTORY_CLASSES], stays[3] = {0}; /* of to[0], to[1], above */
    const double *down = root ? NULL : moving_row(moving, day_above, day, moving->class_of[above], rooms[2], &stays[2]);
    const double *one = moving_column(moving, day, days[0], moving->class_of[to[0]], rooms[0], &step, &stays[0]);
    const double *other = moving_column(moving, day, days[1], moving->class_of[to[1]], rooms[1], &other_step, &stays[1]);
    double parts = moving->part[to[0]] * moving->part[to[1]], chances[HISTORY_CLASSES + 3], sum = 0;
    uint32_t special[3] = {to[0], to[1], above};
    for (size_t c = 0; c < n; c++) { /* as if all of the class had to be entered again */
        double reach = root ? (double)moving->class_size[c] * history_root_prior(h, moving->first_of_class[c]) : down[c];
        chances[c] = reach * one[c * step] * other[c * other_step] * parts;
        sum += chances[c];
    }
    for (size_t i = 0; i < 3; i++) { /* what these have more than others of their class */
        uint32_t s = special[i], of = s == VG_TREE_NONE ? 0 : moving->class_of[s];
        chances[n + i] = 0;
        if (s == VG_TREE_NONE || (i == 1 && s == special[0]) || (i == 2 && (s == special[0] || s == special[1]))) {
            continue;
        }
        double reach = root ? history_root_prior(h, s) : down[of] * moving->part[s], plain = reach * one[of * step] * other[of * other_step] * parts;
        double whole = (reach + (s == above ? stays[2] : 0)) * (one[of * step] * moving->part[to[0]] + (s == to[0] ? stays[0] : 0)) *
                       (other[of * other_step] * moving->part[to[1]] + (s == to[1] ? stays[1] : 0));
        chances[n + i] = whole - plain;
        sum += chances[n + i];
    }
    if (state != NULL) {
        uint32_t from = history_draw_from(h, chances, n + 3);
        if (from >= n) {
            *state = special[from - n];
        } else if (root && moving->class_size[from] > 1) { /* the prior is the same for all of them */
            *state = moving->first_of_class[from];
            for (uint32_t i = vg_random_below(&h->random, moving->class_size[from]); i > 0; i--) {
                *state = moving->next_of_class[*state];
            }
        } else {
            *state = draw_of_class(h, from, VG_TREE_NONE);
        }
    }
    return sum;
}
