/*
 * The renewal model as a member of the ensemble: fitted to the series as it is and as it was some former weeks ago, so that the ensemble can weigh it by what
 * came. Only where the disease's generation interval is known and counts come without delay; a fit that fails leaves a hole, not an error.
 */
#include "jobs/forecast_internal.h"

#include <math.h>
#include <stdlib.h>

#define FORMER_FITS 8       /* a fit costs as much as ten ensembles */
#define FORMER_WEEKS 2      /* between them */
#define FEWEST_WEEKS 12     /* of the shortest past that is fitted */
#define DRAWS 400

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* Weekly quantiles [WEEKS * LEVELS] from the first n_values of the series; left as they are where the model has no answer. */
static vg_status fit(struct job_context *context, const struct vg_series *series, size_t n_values, double *quantiles)
{
    size_t length = series->step_days == 7 ? 1 : 7, n_steps = VG_FORECAST_WEEKS * length;
    struct vg_triangle triangle = {.start = series->start, .step_days = series->step_days, .n_references = n_values, .n_delays = 1, .increments = series->values,
                                   .as_of = series->start + ((int32_t)n_values - 1) * series->step_days};
    struct job_renewal_wish wish = {.forecast_steps = n_steps, .n_draws = DRAWS};
    struct vg_renewal_estimate estimate;
    struct vg_error unheard;
    struct vg_arena arena;
    struct job_context own = *context;
    vg_arena_init(&arena, 0);
    own.arena = &arena;
    own.error = &unheard;
    vg_status status = job_renewal(&own, &triangle, &wish, &estimate);
    double *sums = status == VG_OK && estimate.status == VG_SERIES_OK ? VG_ARENA_ARRAY(&arena, double, estimate.n_draws) : NULL;
    for (size_t week = 0; sums != NULL && week < VG_FORECAST_WEEKS; week++) {
        for (size_t draw = 0; draw < estimate.n_draws; draw++) {
            sums[draw] = 0;
            for (size_t step = week * length; step < (week + 1) * length; step++) {
                sums[draw] += estimate.forecast_draws[draw * n_steps + step];
            }
        }
        qsort(sums, estimate.n_draws, sizeof *sums, by_value);
        for (size_t level = 0; level < VG_FORECAST_LEVELS; level++) {
            quantiles[week * VG_FORECAST_LEVELS + level] = vg_quantile_sorted(sums, estimate.n_draws, vg_forecast_levels[level]);
        }
    }
    vg_arena_release(&arena);
    if (status != VG_OK && status != VG_DATA_ERROR && status != VG_NOT_FOUND) {
        return vg_fail(context->error, status, "%s", unheard.message);
    }
    return VG_OK;
}

vg_status job_forecast_guest(struct job_context *context, const struct vg_series *series, struct vg_forecast_guest *guest)
{
    enum { STEP = VG_FORECAST_WEEKS * VG_FORECAST_LEVELS };
    size_t length = series->step_days == 7 ? 1 : 7, n_former = FORMER_FITS * FORMER_WEEKS;
    double *values = VG_ARENA_ARRAY(context->arena, double, series->n_values);
    double *quantiles = VG_ARENA_ARRAY(context->arena, double, (n_former + 1) * STEP);
    *guest = (struct vg_forecast_guest){.name = JOB_RENEWAL_NAME, .n_former = n_former, .quantiles = quantiles, .former = quantiles + STEP};
    if (values == NULL || quantiles == NULL) {
        return vg_fail_memory(context->error, (n_former + 1) * STEP * sizeof *quantiles);
    }
    for (size_t i = 0; i < (n_former + 1) * STEP; i++) {
        quantiles[i] = NAN;
    }
    for (size_t i = 0; i < series->n_values; i++) {
        values[i] = series->values[i];
    }
    (void)job_drop_negative(values, series->n_values);
    struct vg_series kept = {series->start, series->step_days, series->n_values, values};
    vg_status status = fit(context, &kept, kept.n_values, quantiles);
    if (status != VG_OK || isnan(quantiles[0])) { /* without an answer now the former ones are of no use */
        guest->name = NULL;
        return status;
    }
    for (size_t back = FORMER_WEEKS; status == VG_OK && back <= n_former && kept.n_values >= (back + FEWEST_WEEKS) * length; back += FORMER_WEEKS) {
        status = fit(context, &kept, kept.n_values - back * length, quantiles + STEP + (n_former - back) * STEP);
    }
    return status;
}
