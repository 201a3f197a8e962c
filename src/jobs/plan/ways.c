/*
 * Ways by distance, where nobody listed any: between each place and its nearest others, and from a depot to all.
 */
#include "jobs/plan/internal.h"

#include <math.h>
#include <stdlib.h>

#define EARTH_RADIUS_KM 6371.0
#define RADIANS (3.14159265358979323846 / 180.0)

static double kilometres(const struct vg_plan_spot *a, const struct vg_plan_spot *b)
{
    const double latitude = sin((b->latitude - a->latitude) * RADIANS / 2.0), longitude = sin((b->longitude - a->longitude) * RADIANS / 2.0);
    const double h = latitude * latitude + cos(a->latitude * RADIANS) * cos(b->latitude * RADIANS) * longitude * longitude;
    return 2.0 * EARTH_RADIUS_KM * asin(sqrt(fmin(1.0, h)));
}

struct neighbour { double apart; size_t spot; };

static int nearer(const void *a, const void *b)
{
    const struct neighbour *x = a, *y = b;
    return x->apart != y->apart ? (x->apart > y->apart) - (x->apart < y->apart) : (x->spot > y->spot) - (x->spot < y->spot);
}

static void put_way(struct vg_table *table, const struct vg_plan_spot *from, const struct vg_plan_spot *to, double apart, const struct vg_plan_near *near)
{
    vg_table_text(table, from->name);
    vg_table_text(table, to->name);
    vg_table_integer(table, (int64_t)(fmax(1.0, ceil(apart / near->km_per_day)) + (from->country != to->country ? near->border_days : 0.0)));
    vg_table_double(table, round(10.0 * (near->cost_fixed + near->cost_per_100km * apart / 100.0)) / 10.0);
    vg_table_double(table, near->capacity);
}

vg_status vg_job_plan_near_ways(const struct vg_plan_spot *spots, size_t n, const struct vg_plan_near *near, struct vg_arena *arena, struct vg_buffer *ways, struct vg_error *error)
{
    static const char *const names[] = {"from", "to", "days", "cost", "capacity"};
    static const enum vg_column_kind kinds[] = {VG_COLUMN_TEXT, VG_COLUMN_TEXT, VG_COLUMN_INTEGER, VG_COLUMN_DOUBLE, VG_COLUMN_DOUBLE};
    struct vg_table table;
    struct neighbour *row = VG_ARENA_ARRAY(arena, struct neighbour, n + 1);
    if (row == NULL) {
        return vg_fail_memory(error, n * sizeof *row);
    }
    vg_table_init(&table, arena);
    for (size_t c = 0; c < sizeof names / sizeof *names; c++) {
        vg_table_add_column(&table, names[c], kinds[c]);
    }
    for (size_t i = 0; i < n; i++) {
        size_t others = 0;
        if (isnan(spots[i].latitude) || isnan(spots[i].longitude)) {
            return vg_fail(error, VG_DATA_ERROR, "it is not known where %s lies, and so not which places are near it: list the ways (from, to, days)", spots[i].name);
        }
        for (size_t j = 0; j < n; j++) {
            if (j != i && !spots[j].depot) {
                row[others++] = (struct neighbour){kilometres(&spots[i], &spots[j]), j};
            }
        }
        qsort(row, others, sizeof *row, nearer);
        for (size_t k = 0; k < others && (spots[i].depot || k < near->neighbours); k++) {
            put_way(&table, &spots[i], &spots[row[k].spot], row[k].apart, near);
        }
    }
    return vg_table_write(&table, VG_FORMAT_CSV, ways, error);
}
