/*
 * From one day to another where rates change in between: each period has a table of its own, and a way over several of them is put together when it is asked for, once a class at each border.
 */
#include "trace/genome/introductions/internal.h"

#include <string.h>

/* One period behind others: from a class, and never drawn again until then. */
static void go_on(const struct moving *moving, struct stretch all, uint32_t from, double *row, double *stays)
{
    size_t n = moving->n_classes;
    double next[HISTORY_CLASSES];
    for (size_t d = 0; d < n; d++) {
        next[d] = row[d] * all.stays[d] + *stays * all.moved[from * n + d];
    }
    for (size_t c = 0; c < n; c++) {
        for (size_t d = 0; d < n; d++) {
            next[d] += row[c] * all.moved[c * n + d];
        }
    }
    memcpy(row, next, n * sizeof *row);
    *stays *= all.stays[from];
}

const double *moving_row(const struct moving *moving, int32_t first, int32_t last, uint32_t from, double *room, double *stays)
{
    size_t n = moving->n_classes;
    struct stretch all;
    bool at_once = moving_at_once(moving, first, last, &all);
    if (at_once) {
        *stays = all.stays[from];
        return all.moved + from * n;
    }
    uint32_t period = moving_period(moving, first), end = moving_period(moving, last - 1);
    all = moving_stretch(moving, period, moving->begins[period + 1] - first);
    memcpy(room, all.moved + from * n, n * sizeof *room);
    *stays = all.stays[from];
    while (period++ < end) {
        go_on(moving, moving_stretch(moving, period, (period == end ? last : moving->begins[period + 1]) - moving->begins[period]), from, room, stays);
    }
    return room;
}

/* One period before others: what is seen from it. values NULL: 1 in class `to`, 0 in others. */
static void go_back(const struct moving *moving, struct stretch all, const double *values, uint32_t to, double *seen, double *stays)
{
    size_t n = moving->n_classes;
    double reached[HISTORY_CLASSES];
    for (size_t d = 0; d < n; d++) {
        reached[d] = seen[d] + stays[d] * (values != NULL ? values[d] : d == to);
    }
    for (size_t c = 0; c < n; c++) {
        double sum = all.stays[c] * seen[c];
        for (size_t d = 0; d < n; d++) {
            sum += all.moved[c * n + d] * reached[d];
        }
        seen[c] = sum;
        stays[c] *= all.stays[c];
    }
}

/* All periods before the last one's, back to the first day. */
static void go_back_to(const struct moving *moving, int32_t first, uint32_t end, const double *values, uint32_t to, double *seen, double *stays)
{
    for (uint32_t begin = moving_period(moving, first), period = end; period-- > begin;) {
        go_back(moving, moving_stretch(moving, period, moving->begins[period + 1] - (period == begin ? first : moving->begins[period])), values, to, seen, stays);
    }
}

const double *moving_column(const struct moving *moving, int32_t first, int32_t last, uint32_t to, double *room, size_t *stride, double *stays)
{
    size_t n = moving->n_classes;
    struct stretch all;
    if (moving_at_once(moving, first, last, &all)) {
        *stride = n;
        *stays = all.stays[to];
        return all.moved + to;
    }
    double stay[HISTORY_CLASSES];
    uint32_t end = moving_period(moving, last - 1);
    all = moving_stretch(moving, end, last - moving->begins[end]);
    for (size_t c = 0; c < n; c++) {
        room[c] = all.moved[c * n + to];
        stay[c] = all.stays[c];
    }
    go_back_to(moving, first, end, NULL, to, room, stay);
    *stride = 1;
    *stays = stay[to];
    return room;
}

const double *moving_see(const struct moving *moving, int32_t first, int32_t last, const double *values, double *seen, double *room)
{
    size_t n = moving->n_classes;
    struct stretch all;
    bool at_once = moving_at_once(moving, first, last, &all);
    uint32_t end = at_once ? 0 : moving_period(moving, last - 1);
    if (!at_once) {
        all = moving_stretch(moving, end, last - moving->begins[end]);
    }
    for (size_t c = 0; c < n; c++) {
        double sum = 0;
        for (size_t d = 0; d < n; d++) {
            sum += all.moved[c * n + d] * values[d];
        }
        seen[c] = sum;
    }
    if (at_once) {
        return all.stays;
    }
    memcpy(room, all.stays, n * sizeof *room);
    go_back_to(moving, first, end, values, 0, seen, room);
    return room;
}

double moving_chance_across(const struct moving *moving, int32_t first, int32_t last, uint32_t a, uint32_t b)
{
    size_t n = moving->n_classes;
    uint32_t from = moving->class_of[a], to = moving->class_of[b], end = moving_period(moving, last - 1);
    double room[HISTORY_CLASSES], stays;
    struct stretch rest = moving_stretch(moving, end, last - moving->begins[end]);
    const double *row = moving_row(moving, first, moving->begins[end], from, room, &stays);
    double sum = stays * rest.moved[from * n + to] + row[to] * rest.stays[to];
    for (size_t c = 0; c < n; c++) {
        sum += row[c] * rest.moved[c * n + to];
    }
    return sum * moving->part[b] + (a == b ? stays * rest.stays[from] : 0);
}
