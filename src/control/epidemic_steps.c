/*
 * What happens to persons besides being infected, told to whoever listens: doses, beds, the end of a stay, days at home. Threads write in any order; the day's
 * steps are sorted before they are told, so that the list does not depend on the schedule.
 */
#include "control/epidemic_internal.h"

#include <stdlib.h>

void step_note(struct vg_epidemic *e, struct vg_step step)
{
    struct step_log *log = &e->steps;
    if (e->input.on_steps == NULL) {
        return;
    }
    step.day = e->day;
    (void)pthread_mutex_lock(&log->lock);
    if (log->n == log->capacity && !log->failed) {
        size_t capacity = log->capacity == 0 ? 1024 : 2 * log->capacity;
        struct vg_step *items = realloc(log->items, capacity * sizeof *items);
        log->failed = items == NULL;
        log->items = items == NULL ? log->items : items;
        log->capacity = items == NULL ? log->capacity : capacity;
    }
    if (!log->failed) {
        log->items[log->n++] = step;
    }
    (void)pthread_mutex_unlock(&log->lock);
}

static int compare_steps(const void *a, const void *b)
{
    const struct vg_step *x = a;
    const struct vg_step *y = b;
    if (x->person != y->person) {
        return x->person < y->person ? -1 : 1;
    }
    if (x->kind != y->kind) {
        return x->kind < y->kind ? -1 : 1;
    }
    if (x->dose != y->dose) {
        return x->dose < y->dose ? -1 : 1;
    }
    return x->until < y->until ? -1 : x->until > y->until;
}

/* Of several orders to one person on one day the longest is told: which of them came first, and so which were overtaken, is chance. */
static size_t keep_longest(struct vg_step *steps, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        bool overtaken = steps[i].kind == VG_STEP_AWAY && i + 1 < n && steps[i + 1].person == steps[i].person && steps[i + 1].kind == VG_STEP_AWAY;
        if (!overtaken) {
            steps[kept++] = steps[i];
        }
    }
    return kept;
}

static void tell_first(struct vg_epidemic *e, const struct vg_step *mine, size_t n)
{
    size_t all = 0;
    struct vg_step *steps = ranks_collect(e, mine, n, sizeof *mine, &all);
    if (all > 0) {
        e->input.on_steps(e->input.context, steps, all);
    }
    free(steps);
}

void steps_tell(struct vg_epidemic *e)
{
    struct step_log *log = &e->steps;
    if (e->input.on_steps == NULL || (log->n == 0 && !ranks_many(e))) {
        return;
    }
    if (log->n > 0) {
        qsort(log->items, log->n, sizeof *log->items, compare_steps);
        log->n = keep_longest(log->items, log->n);
    }
    if (ranks_many(e)) {
        tell_first(e, log->items, log->n);
    } else {
        e->input.on_steps(e->input.context, log->items, log->n);
    }
    log->n = 0;
}
