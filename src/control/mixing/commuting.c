/*
 * Commuting between municipalities: the gravity law of Balcan et al. 2009 (PNAS 106:21484) or a power of distance, with the strongest destinations kept, and rows from
 * counted flows. Municipalities are sorted by latitude, so only those within the limit's band are looked at.
 */
#include "control/mixing/mixing.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define EARTH_RADIUS_KM 6371.0088
#define RADIANS 0.017453292519943295

struct vg_gravity vg_gravity_default(void)
{
    return (struct vg_gravity){.decay = VG_GRAVITY_EXPONENTIAL, .leaving_share = 0.2, .population_exponent = 0.64, .scale_km = 82.0, .distance_exponent = 2.0,
                               .limit_km = 300.0, .most_destinations = 32};
}

double vg_distance_km(double latitude_a, double longitude_a, double latitude_b, double longitude_b)
{
    double a = latitude_a * RADIANS, b = latitude_b * RADIANS;
    double up = sin(0.5 * (b - a)), across = sin(0.5 * (longitude_b - longitude_a) * RADIANS);
    double half = up * up + cos(a) * cos(b) * across * across;
    return 2.0 * EARTH_RADIUS_KM * asin(sqrt(fmin(half, 1.0)));
}

struct pull { uint32_t destination; double strength; };
struct located { double latitude; uint32_t index; };

struct gravity_work {
    const struct vg_municipality_list *list;
    const struct vg_gravity *gravity;
    const struct located *order;       /* by latitude, those with coordinates */
    size_t n_located;
    struct pull *kept;                 /* [n * most_destinations] */
    uint32_t *n_kept;                  /* [n] */
};

static int by_latitude(const void *a, const void *b)
{
    const struct located *x = a, *y = b;
    return x->latitude != y->latitude ? (x->latitude < y->latitude ? -1 : 1) : (x->index > y->index) - (x->index < y->index);
}

static int by_destination(const void *a, const void *b)
{
    const struct pull *x = a, *y = b;
    return (x->destination > y->destination) - (x->destination < y->destination);
}

static bool weaker(const struct pull *a, const struct pull *b)
{
    return a->strength != b->strength ? a->strength < b->strength : a->destination > b->destination;
}

/* kept is a heap with the weakest on top. */
static void offer(struct pull *kept, uint32_t *n_kept, size_t most, struct pull pull)
{
    size_t at;
    if (*n_kept < most) {
        at = (*n_kept)++;
        while (at > 0 && weaker(&pull, &kept[(at - 1) / 2])) {
            kept[at] = kept[(at - 1) / 2];
            at = (at - 1) / 2;
        }
    } else if (weaker(&kept[0], &pull)) {
        at = 0;
        for (size_t child = 1; child < *n_kept; child = 2 * at + 1) {
            child += child + 1 < *n_kept && weaker(&kept[child + 1], &kept[child]);
            if (!weaker(&kept[child], &pull)) {
                break;
            }
            kept[at] = kept[child];
            at = child;
        }
    } else {
        return;
    }
    kept[at] = pull;
}

static double strength_of(const struct vg_gravity *gravity, const struct vg_municipality *from, const struct vg_municipality *to)
{
    double distance = vg_distance_km(from->latitude, from->longitude, to->latitude, to->longitude);
    if (distance > gravity->limit_km || !(to->population > 0.0)) {
        return 0.0;
    }
    double decay = gravity->decay == VG_GRAVITY_EXPONENTIAL ? exp(-distance / gravity->scale_km) : pow(distance + 1.0, -gravity->distance_exponent);
    return pow(to->population, gravity->population_exponent) * decay;
}

static void pull_row(void *context, size_t item, unsigned worker)
{
    (void)worker;
    struct gravity_work *work = context;
    const struct located *self = &work->order[item];
    const struct vg_municipality *items = work->list->items;
    size_t most = work->gravity->most_destinations;
    struct pull *kept = work->kept + (size_t)self->index * most;
    uint32_t *n_kept = &work->n_kept[self->index];
    double reach = work->gravity->limit_km / (EARTH_RADIUS_KM * RADIANS) * (1.0 + 1e-9);
    size_t first = item;
    while (first > 0 && self->latitude - work->order[first - 1].latitude <= reach) {
        first--;
    }
    for (size_t k = first; k < work->n_located && work->order[k].latitude - self->latitude <= reach; k++) {
        if (k == item) {
            continue;
        }
        struct pull pull = {work->order[k].index, strength_of(work->gravity, &items[self->index], &items[work->order[k].index])};
        if (pull.strength > 0.0) {
            offer(kept, n_kept, most, pull);
        }
    }
    qsort(kept, *n_kept, sizeof *kept, by_destination);
}

static vg_status check_gravity(const struct vg_gravity *gravity, struct vg_error *error)
{
    if (!(gravity->leaving_share >= 0.0 && gravity->leaving_share <= 1.0) || !(gravity->scale_km > 0.0) || !(gravity->limit_km > 0.0) || isinf(gravity->limit_km) ||
        !isfinite(gravity->population_exponent) || !isfinite(gravity->distance_exponent) || gravity->most_destinations == 0) {
        return vg_fail(error, VG_USAGE_ERROR, "gravity needs a leaving share of 0 to 1, distances above 0 km, and at least one destination");
    }
    return VG_OK;
}

static bool new_rows(size_t n_rows, size_t n_cells, struct vg_arena *arena, struct vg_commuting *commuting)
{
    *commuting = (struct vg_commuting){n_rows, VG_ARENA_ARRAY(arena, size_t, n_rows + 1), VG_ARENA_ARRAY(arena, uint32_t, n_cells + 1), VG_ARENA_ARRAY(arena, double, n_cells + 1)};
    return commuting->start != NULL && commuting->destination != NULL && commuting->share != NULL;
}

static vg_status collect_rows(const struct gravity_work *work, struct vg_arena *arena, struct vg_commuting *commuting, struct vg_error *error)
{
    size_t n = work->list->count, n_cells = 0;
    for (size_t i = 0; i < n; i++) {
        n_cells += work->n_kept[i];
    }
    if (!new_rows(n, n_cells, arena, commuting)) {
        return vg_fail_memory(error, n_cells * sizeof(double));
    }
    for (size_t i = 0; i < n; i++) {
        const struct pull *kept = work->kept + i * work->gravity->most_destinations;
        size_t at = commuting->start[i];
        double sum = 0.0;
        for (size_t k = 0; k < work->n_kept[i]; k++) {
            sum += kept[k].strength;
        }
        for (size_t k = 0; k < work->n_kept[i]; k++, at++) {
            commuting->destination[at] = kept[k].destination;
            commuting->share[at] = work->gravity->leaving_share * kept[k].strength / sum;
        }
        commuting->start[i + 1] = at;
    }
    return VG_OK;
}

vg_status vg_commuting_gravity(const struct vg_municipality_list *municipalities, const struct vg_gravity *gravity, struct vg_pool *pool, struct vg_arena *arena,
                               struct vg_commuting *commuting, struct vg_error *error)
{
    size_t n = municipalities->count, n_slots;
    vg_status status = check_gravity(gravity, error);
    if (status != VG_OK) {
        return status;
    }
    struct vg_gravity used = *gravity;
    used.most_destinations = n > 1 && used.most_destinations > n - 1 ? n - 1 : used.most_destinations;
    struct vg_arena scratch;
    vg_arena_init(&scratch, 0);
    struct located *order = VG_ARENA_ARRAY(&scratch, struct located, n + 1);
    struct gravity_work work = {.list = municipalities, .gravity = &used, .order = order, .n_kept = VG_ARENA_ARRAY(&scratch, uint32_t, n + 1),
                                .kept = vg_multiply_size(n, used.most_destinations, &n_slots) ? VG_ARENA_ARRAY(&scratch, struct pull, n_slots + 1) : NULL};
    if (scratch.failed || work.kept == NULL) {
        vg_arena_release(&scratch);
        return vg_fail_memory(error, 0);
    }
    for (size_t i = 0; i < n; i++) {
        if (isfinite(municipalities->items[i].latitude) && isfinite(municipalities->items[i].longitude)) {
            order[work.n_located++] = (struct located){municipalities->items[i].latitude, (uint32_t)i};
        }
    }
    qsort(order, work.n_located, sizeof *order, by_latitude);
    vg_parallel_for(pool, work.n_located, pull_row, &work);
    status = collect_rows(&work, arena, commuting, error);
    vg_arena_release(&scratch);
    return status;
}

/* ------------------------------------------------------------------- flows */

struct flow { uint32_t origin, destination; double persons; };

static int by_origin(const void *a, const void *b)
{
    const struct flow *x = a, *y = b;
    if (x->origin != y->origin) {
        return x->origin < y->origin ? -1 : 1;
    }
    if (x->destination != y->destination) {
        return x->destination < y->destination ? -1 : 1;
    }
    return (x->persons > y->persons) - (x->persons < y->persons);
}

static vg_status check_row(const struct vg_commuting *commuting, size_t row, double residents, struct vg_error *error)
{
    double leaving = 0.0;
    for (size_t k = commuting->start[row]; k < commuting->start[row + 1]; k++) {
        leaving += commuting->share[k];
    }
    return leaving <= 1.0 + 1e-9 ? VG_OK : vg_fail(error, VG_DATA_ERROR, "of %.0f residents of municipality %zu, %.0f commute: more than there are", residents, row + 1, leaving * residents);
}

vg_status vg_commuting_from_flows(const uint32_t *origin, const uint32_t *destination, const double *persons, size_t n_flows, const double *total, size_t n_municipalities,
                                  struct vg_arena *arena, struct vg_commuting *commuting, struct vg_error *error)
{
    struct vg_arena scratch;
    vg_status status = VG_OK;
    vg_arena_init(&scratch, 0);
    struct flow *flows = VG_ARENA_ARRAY(&scratch, struct flow, n_flows + 1);
    if (flows == NULL || !new_rows(n_municipalities, n_flows, arena, commuting)) {
        status = vg_fail_memory(error, n_flows * sizeof *flows);
        goto done;
    }
    for (size_t k = 0; k < n_flows; k++) {
        if (origin[k] >= n_municipalities || destination[k] >= n_municipalities || !(persons[k] >= 0.0) || isinf(persons[k])) {
            status = vg_fail(error, VG_DATA_ERROR, "flow %zu: found %g persons from %u to %u, expected a number of persons between two of %zu municipalities", k + 1, persons[k],
                             (unsigned)origin[k], (unsigned)destination[k], n_municipalities);
            goto done;
        }
        flows[k] = (struct flow){origin[k], destination[k], persons[k]};
    }
    qsort(flows, n_flows, sizeof *flows, by_origin);
    size_t at = 0, k = 0;
    for (size_t row = 0; row < n_municipalities && status == VG_OK; row++) {
        size_t row_start = at;
        for (; k < n_flows && flows[k].origin == row; k++) {
            if (flows[k].destination == row || !(total[row] > 0.0)) {
                continue;
            }
            if (at == row_start || commuting->destination[at - 1] != flows[k].destination) {
                commuting->destination[at++] = flows[k].destination;
            }
            commuting->share[at - 1] += flows[k].persons / total[row];
        }
        commuting->start[row + 1] = at;
        status = check_row(commuting, row, total[row], error);
    }
done:
    vg_arena_release(&scratch);
    return status;
}
