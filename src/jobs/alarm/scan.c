/*
 * Clusters of places and time among the places of one level: which of them can be scanned, what is expected of each, and the clusters as rows.
 */
#include "jobs/alarm/internal.h"

#include <math.h>

#define PERIOD_DAYS 90  /* of daily data; */
#define PERIOD_WEEKS 52 /* of weekly data, unless --from says more */
#define ALPHA 0.05

/* A place takes part with coordinates and, for the Poisson models, a population; where nothing was ever reported it still is a place without cases. */
static bool takes_part(const struct alarm_run *run, const struct vg_place *place)
{
    return !isnan(place->latitude) && !isnan(place->longitude) && (run->method == METHOD_SCAN_PERMUTATION || place->population > 0);
}

struct scan_input { double *counts, *expected, *latitude, *longitude; size_t n_places, n_steps, first; };

static vg_status gather(struct alarm_run *run, struct scan_input *input)
{
    const struct job_context *context = &run->context;
    const struct vg_place_list *places = vg_store_place_list(context->store);
    size_t period = run->matrix.step_days == 7 ? PERIOD_WEEKS : PERIOD_DAYS;
    input->n_steps = context->request->from != VG_DATE_NONE || run->n_steps < period ? run->n_steps : period;
    input->first = run->n_steps - input->n_steps;
    size_t n = run->matrix.n_places * input->n_steps + 1;
    input->counts = VG_ARENA_ARRAY(context->arena, double, n);
    input->expected = VG_ARENA_ARRAY(context->arena, double, n);
    input->latitude = VG_ARENA_ARRAY(context->arena, double, run->matrix.n_places + 1);
    input->longitude = VG_ARENA_ARRAY(context->arena, double, run->matrix.n_places + 1);
    run->scanned = VG_ARENA_ARRAY(context->arena, uint32_t, run->matrix.n_places + 1);
    if (context->arena->failed) {
        return vg_fail_memory(context->error, n * 2 * sizeof(double));
    }
    for (size_t row = 0; row < run->matrix.n_places; row++) {
        uint32_t index = run->matrix.place[row];
        if (index >= places->count || !takes_part(run, &places->places[index])) {
            run->n_left_out++;
            continue;
        }
        size_t i = input->n_places++;
        run->scanned[i] = index;
        input->latitude[i] = places->places[index].latitude;
        input->longitude[i] = places->places[index].longitude;
        for (size_t step = 0; step < input->n_steps; step++) {
            double count = run->matrix.values[row * run->matrix.n_steps + input->first + step];
            input->counts[i * input->n_steps + step] = count > 0 ? count : 0;
            input->expected[i * input->n_steps + step] = places->places[index].population;
        }
    }
    if (input->n_places < 2) {
        return vg_fail(context->error, VG_DATA_ERROR, "a scan needs two places with coordinates%s; import a list of places first (with a file: --places)",
                       run->method == METHOD_SCAN_PERMUTATION ? "" : " and populations");
    }
    return VG_OK;
}

/* The adjusted scan expects of each step what it had in all, shared out by population, so that a rise everywhere is no cluster. */
static void adjust_for_time(struct scan_input *input)
{
    for (size_t step = 0; step < input->n_steps; step++) {
        double total = 0;
        for (size_t i = 0; i < input->n_places; i++) {
            total += input->counts[i * input->n_steps + step];
        }
        for (size_t i = 0; i < input->n_places; i++) {
            input->expected[i * input->n_steps + step] *= total;
        }
    }
}

vg_status alarm_scan_find(struct alarm_run *run)
{
    struct job_context *context = &run->context;
    const struct vg_request *request = context->request;
    struct scan_input input = {0};
    struct vg_scan_parameters p;
    struct vg_scan_result result;
    vg_status status = gather(run, &input);
    if (status != VG_OK) {
        return status;
    }
    if (run->method == METHOD_SCAN_ADJUSTED) {
        adjust_for_time(&input);
    }
    vg_scan_defaults(&p);
    p.model = run->method == METHOD_SCAN_PERMUTATION ? VG_SCAN_PERMUTATION : VG_SCAN_POISSON;
    p.retrospective = request->retrospective;
    p.longest = request->newest_steps > input.n_steps ? input.n_steps : request->newest_steps;
    p.replicates = request->n_replicates == 0 ? p.replicates : request->n_replicates;
    p.seed = request->seed;
    struct vg_pool *pool = vg_pool_new(0);
    status = vg_alarm_scan(input.counts, input.expected, input.n_places, input.n_steps, input.latitude, input.longitude, &p, pool, context->arena, &result, context->error);
    vg_pool_free(pool);
    run->judged = VG_ARENA_ARRAY(context->arena, struct alarm_judged, p.most_clusters + 1);
    if (status != VG_OK || run->judged == NULL) {
        return status != VG_OK ? status : vg_fail_memory(context->error, 0);
    }
    double alpha = request->alpha > 0 ? request->alpha : ALPHA;
    for (size_t i = 0; i < result.n_clusters; i++) {
        const struct vg_scan_cluster *cluster = &result.clusters[i];
        int32_t start = run->matrix.start + (int32_t)input.first * run->matrix.step_days;
        bool alarm = cluster->p_value <= alpha; /* of all cylinders together: nothing is left to control */
        run->judged[run->n_judged++] = (struct alarm_judged){.place = run->scanned[cluster->centre], .first = start + (int32_t)cluster->first * run->matrix.step_days,
                                                             .date = start + (int32_t)cluster->last * run->matrix.step_days, .count = cluster->observed,
                                                             .alarm = {VG_SERIES_OK, alarm, cluster->expected, NAN, NAN, cluster->p_value}, .notable = alarm, .cluster = cluster};
    }
    return VG_OK;
}
