/*
 * Greedy 1 : 1 matching, days upwards: who is protected on a day takes the nearest within the calipers among those of the same exact group who are seen,
 * unvaccinated and not yet anybody's partner. Who drops out as a partner stays out, as days only go upwards, so that a search over a sorted list can skip them
 * for good.
 */
#include "control/effectiveness/matching.h"

#include <math.h>
#include <stdlib.h>

/* A person's place in the list sorted by exact group, first near variable, and chance. */
struct place {
    uint32_t exact;
    double near;
    uint64_t chance;
    size_t person;
};

static int compare_places(const void *a, const void *b)
{
    const struct place *left = a, *right = b;
    if (left->exact != right->exact) {
        return left->exact < right->exact ? -1 : 1;
    }
    if (left->near != right->near) {
        return left->near < right->near ? -1 : 1;
    }
    return left->chance < right->chance ? -1 : left->chance > right->chance ? 1 : 0;
}

struct asking {
    int32_t day;
    uint64_t chance;
    size_t person;
};

static int compare_asking(const void *a, const void *b)
{
    const struct asking *left = a, *right = b;
    if (left->day != right->day) {
        return left->day < right->day ? -1 : 1;
    }
    return left->chance < right->chance ? -1 : left->chance > right->chance ? 1 : 0;
}

struct search {
    struct matching *matching;
    struct place *places;
    size_t *position;      /* [n] of each person in places */
    size_t *above, *below; /* next place that may still be a partner, upwards and downwards (n: none), shortened as they are followed */
    bool *gone;
    size_t n;
};

static size_t follow_up(struct search *search, size_t at)
{
    size_t end = at;
    while (end < search->n && search->gone[end]) {
        end = search->above[end];
    }
    while (at < search->n && search->gone[at]) {
        size_t next = search->above[at];
        search->above[at] = end;
        at = next;
    }
    return end;
}

static size_t follow_down(struct search *search, size_t at)
{
    size_t end = at;
    while (end < search->n && search->gone[end]) {
        end = search->below[end];
    }
    while (at < search->n && search->gone[at]) {
        size_t next = search->below[at];
        search->below[at] = end;
        at = next;
    }
    return end;
}

/* Whether a partner may still be had on that day; who may not now may never again. */
static bool still_free(struct search *search, size_t at, int32_t day)
{
    const struct matching *matching = search->matching;
    size_t i = search->places[at].person;
    bool vaccinated = matching->never ? matching->from[i] != VG_DATE_NONE ||
                                            (matching->cohort->counted != NULL && !matching->cohort->counted[i] && matching->dose[i] != VG_DATE_NONE)
                                      : matching->dose[i] != VG_DATE_NONE && matching->dose[i] <= day + 1;
    search->gone[at] = search->gone[at] || matching->last[i] <= day || vaccinated;
    return !search->gone[at];
}

/* Sum of squared differences in calipers; INFINITY outside of one of them. */
static double distance(const struct vg_cohort *cohort, size_t a, size_t b)
{
    double sum = 0;
    for (size_t k = 0; k < cohort->n_near; k++) {
        double difference = fabs(cohort->near[a * cohort->n_near + k] - cohort->near[b * cohort->n_near + k]);
        if (!(difference <= cohort->caliper[k])) {
            return INFINITY;
        }
        sum += cohort->caliper[k] > 0 ? difference * difference / (cohort->caliper[k] * cohort->caliper[k]) : 0;
    }
    return sum;
}

/* Walks both ways from a person's own place until the first variable alone is farther than the best found. */
static size_t nearest(struct search *search, size_t person, int32_t day)
{
    const struct vg_cohort *cohort = search->matching->cohort;
    size_t own = search->position[person], best = search->n;
    double best_distance = INFINITY;
    for (uint64_t side = 0; side < 2; side++) {
        bool up = ((search->places[own].chance >> 7) & 1) != side; /* of two equally near, not always the lower */
        size_t at = up ? own + 1 : own - 1;
        for (;; at = up ? at + 1 : at - 1) {
            at = at >= search->n ? search->n : up ? follow_up(search, at) : follow_down(search, at);
            if (at >= search->n || search->places[at].exact != search->places[own].exact) {
                break;
            }
            double step = cohort->n_near == 0 ? 0 : fabs(search->places[at].near - search->places[own].near);
            double scaled = cohort->n_near == 0 || !(cohort->caliper[0] > 0) ? 0 : step * step / (cohort->caliper[0] * cohort->caliper[0]);
            if ((cohort->n_near > 0 && step > cohort->caliper[0]) || scaled > best_distance ||
                (scaled == best_distance && best < search->n && cohort->n_near < 2)) {
                break;
            }
            if (still_free(search, at, day)) {
                double far = distance(cohort, person, search->places[at].person);
                if (far < best_distance) {
                    best_distance = far;
                    best = at;
                }
            }
        }
    }
    return best;
}

static vg_status make_places(struct search *search, struct vg_arena *arena, struct vg_error *error)
{
    const struct vg_cohort *cohort = search->matching->cohort;
    size_t n = cohort->n;
    search->n = n;
    search->places = VG_ARENA_ARRAY(arena, struct place, n + 1);
    search->position = VG_ARENA_ARRAY(arena, size_t, n + 1);
    search->above = VG_ARENA_ARRAY(arena, size_t, n + 1);
    search->below = VG_ARENA_ARRAY(arena, size_t, n + 1);
    search->gone = VG_ARENA_ARRAY(arena, bool, n + 1);
    if (arena->failed) {
        return vg_fail_memory(error, n * sizeof *search->places);
    }
    for (size_t i = 0; i < n; i++) {
        uint64_t name[2] = {search->matching->seed, i};
        search->places[i] = (struct place){cohort->exact == NULL ? 0 : cohort->exact[i], cohort->n_near == 0 ? 0 : cohort->near[i * cohort->n_near],
                                           vg_hash_bytes(name, sizeof name, 1), i};
    }
    qsort(search->places, n, sizeof *search->places, compare_places);
    for (size_t i = 0; i < n; i++) {
        search->position[search->places[i].person] = i;
        search->above[i] = i + 1;
        search->below[i] = i == 0 ? n : i - 1;
    }
    return VG_OK;
}

vg_status match_pairs(struct matching *matching, struct vg_arena *arena, struct vg_error *error)
{
    const struct vg_cohort *cohort = matching->cohort;
    struct search search = {.matching = matching};
    struct asking *asking = VG_ARENA_ARRAY(arena, struct asking, cohort->n + 1);
    size_t n_asking = 0;
    vg_status status = asking == NULL ? vg_fail_memory(error, cohort->n * sizeof *asking) : make_places(&search, arena, error);
    for (size_t i = 0; status == VG_OK && i < cohort->n; i++) {
        uint64_t name[2] = {matching->seed, i};
        matching->partner[i] = SIZE_MAX;
        if (matching_eligible(matching, i)) {
            asking[n_asking++] = (struct asking){matching->from[i], vg_hash_bytes(name, sizeof name, 2), i};
        }
    }
    if (status != VG_OK) {
        return status;
    }
    qsort(asking, n_asking, sizeof *asking, compare_asking);
    for (size_t k = 0; k < n_asking; k++) {
        size_t found = nearest(&search, asking[k].person, asking[k].day);
        if (found < search.n) {
            search.gone[found] = true;
            matching->partner[asking[k].person] = search.places[found].person;
        }
    }
    return VG_OK;
}
