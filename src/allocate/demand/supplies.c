/*
 * What a census asks for: what a capacity lets in, what is missing beyond the stock, and quantiles of paths.
 */
#include "allocate/demand/demand.h"

#include <math.h>
#include <stdlib.h>

void vg_demand_beyond_stock(const double *use, size_t n_paths, size_t n_days, double stock, double *missing)
{
    for (size_t path = 0; path < n_paths; path++) {
        double used = 0;
        for (size_t day = 0; day < n_days; day++) {
            used += use[path * n_days + day];
            missing[path * n_days + day] = fmax(0, used - stock);
        }
    }
}

void vg_demand_admitted(const double *census, size_t n_days, double today, double mean_days, double share, double *admitted)
{
    double before = today, owed = 0;
    for (size_t day = 0; day < n_days; day++) {
        const double came = census[day] - before + before / mean_days + owed;
        owed = fmin(came, 0);
        admitted[day] = fmax(came, 0) / share;
        before = census[day];
    }
}

void vg_demand_occupied(const double *demand, size_t n, double capacity, double *occupied)
{
    for (size_t i = 0; i < n; i++) {
        occupied[i] = isnan(capacity) ? demand[i] : fmin(demand[i], capacity);
    }
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

void vg_demand_quantiles(const double *paths, size_t n_paths, size_t stride, double *scratch,
                         double quantiles[VG_DEMAND_LEVELS])
{
    for (size_t path = 0; path < n_paths; path++) {
        scratch[path] = paths[path * stride];
    }
    qsort(scratch, n_paths, sizeof *scratch, ascending);
    for (size_t i = 0; i < VG_DEMAND_LEVELS; i++) {
        quantiles[i] = vg_quantile_sorted(scratch, n_paths, vg_demand_levels[i]);
    }
}
