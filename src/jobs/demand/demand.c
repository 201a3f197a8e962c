/*
 * One run: files, the forecast of each resource, what patients need of it, the table that is asked for.
 */
#include "jobs/demand/internal.h"

#include <math.h>
#include <string.h>

void vg_demand_request_init(struct vg_demand_request *request)
{
    *request = (struct vg_demand_request){.cv = NAN,
                                          .window_days = 28,
                                          .horizon_days = VG_DEMAND_DAYS_MOST,
                                          .n_paths = 200,
                                          .seed = 20210205,
                                          .ventilated_share = NAN};
}

/* Usual stays where admissions are counted for all patients only, so that share and stay cannot be told apart by the data alone
 * (docs/demand.md has the sources). */
const double demand_usual_days[DEMAND_RESOURCES] = {8, 12.4, 12.5, 8};

static vg_status forecast_resource(struct demand_run *run, enum demand_resource resource)
{
    const struct demand_input *input = &run->input;
    const struct vg_demand_request *request = run->request;
    struct vg_demand_settings settings;
    const bool own = input->admissions[resource] != NULL || resource == DEMAND_HOSPITAL;
    vg_demand_settings_defaults(&settings);
    if (request->law != NULL && (!vg_interval_family_from_name(vg_text_from(request->law), &settings.stay.law) ||
                                 settings.stay.law == VG_INTERVAL_NORMAL)) {
        return vg_fail(run->error, VG_USAGE_ERROR, "--law: \"%s\" is none of gamma, weibull and lognormal", request->law);
    }
    settings.stay.cv = isnan(request->cv) ? settings.stay.cv : request->cv;
    settings.stay.window_days = (size_t)request->window_days;
    settings.stay.share_free = !own;
    settings.stay.prior_mean_days = own ? 0 : demand_usual_days[resource];
    settings.stay.prior_log_sd = 0.3;
    settings.n_ahead = input->n_ahead;
    settings.n_paths = input->n_paths;
    settings.seed = request->seed;
    settings.purpose = (uint32_t)resource;
    settings.in_beds = input->in_beds[resource];
    const double *admissions = input->admissions[resource] != NULL ? input->admissions[resource] : input->all_admissions;
    /* Paths of all admissions drive each resource that is driven by all admissions. */
    settings.coming = admissions != NULL && admissions == input->all_admissions ? input->coming : NULL;
    const struct vg_demand_series series = {input->n_places, input->n_days, input->census[resource], admissions, input->cases};
    vg_status status = vg_demand_forecast(&series, &settings, run->arena, &run->forecast[resource], run->error);
    run->made[resource] = status == VG_OK;
    return status == VG_OK ? VG_OK : vg_fail_context(run->error, "%s", demand_resource_names[resource]);
}

/* Ventilators as a share of intensive care, path by path. */
static vg_status share_ventilators(struct demand_run *run)
{
    const struct demand_input *input = &run->input;
    const struct vg_demand_forecast *icu = &run->forecast[DEMAND_ICU];
    struct vg_demand_forecast *out = &run->forecast[DEMAND_VENTILATOR];
    const size_t n_quantiles = input->n_places * input->n_ahead * VG_DEMAND_LEVELS,
                 n_cells = input->n_paths * input->n_places * input->n_ahead;
    const double share = run->request->ventilated_share;
    *out = *icu;
    out->quantiles = VG_ARENA_ARRAY(run->arena, double, n_quantiles);
    out->paths = VG_ARENA_ARRAY(run->arena, double, n_cells);
    out->today = VG_ARENA_ARRAY(run->arena, double, input->n_places);
    if (out->quantiles == NULL || out->paths == NULL || out->today == NULL) {
        return vg_fail_memory(run->error, n_cells * sizeof(double));
    }
    for (size_t i = 0; i < n_quantiles; i++) {
        out->quantiles[i] = share * icu->quantiles[i];
    }
    for (size_t i = 0; i < n_cells; i++) {
        out->paths[i] = share * icu->paths[i];
    }
    for (size_t i = 0; i < input->n_places; i++) {
        out->today[i] = share * icu->today[i];
    }
    run->made[DEMAND_VENTILATOR] = true;
    return VG_OK;
}

static vg_status write_meta(const struct demand_run *run, struct vg_answer *answer)
{
    static const char *const missing[DEMAND_RESOURCES] = {"ward", "icu", "ventilator", NULL};
    const struct demand_input *input = &run->input;
    struct vg_buffer *meta = &answer->meta;
    char day[VG_DATE_TEXT_BYTES];
    (void)vg_date_print(input->start + (int32_t)input->n_days - 1, day);
    vg_buffer_format(meta,
                     "{\"reference_date\":\"%s\",\"places\":%zu,\"days\":%zu,\"horizon_days\":%zu,\"paths\":%zu,\"admissions_"
                     "given\":%s,\"rows_of_other_places\":%zu,\"not_counted\":[",
                     day, input->n_places, input->n_days, input->n_ahead, input->n_paths,
                     input->coming != NULL ? "true" : "false", input->without_history);
    bool first = true;
    for (size_t r = 0; r < DEMAND_RESOURCES; r++) {
        if (missing[r] != NULL && !run->made[r] && run->input.census[DEMAND_HOSPITAL] == NULL) {
            vg_buffer_format(meta, "%s\"%s\"", first ? "" : ",", missing[r]);
            first = false;
        }
    }
    vg_buffer_text(meta, "]");
    for (size_t r = 0; r < DEMAND_RESOURCES; r++) {
        if (run->made[r] && input->census[r] != NULL) {
            vg_buffer_format(meta, ",\"%s\":{\"former_forecasts\":%zu,\"spread\":[%.3f,%.3f,%.3f,%.3f],\"together\":%.2f}",
                             demand_resource_names[r], run->forecast[r].n_former, run->forecast[r].spread[0],
                             run->forecast[r].spread[1], run->forecast[r].spread[2], run->forecast[r].spread[3],
                             run->forecast[r].together);
        }
    }
    vg_buffer_text(meta, "}");
    return meta->failed ? vg_fail_memory(run->error, meta->size) : VG_OK;
}

vg_status vg_job_demand(const struct vg_demand_request *request, struct vg_arena *arena, struct vg_answer *answer,
                        struct vg_error *error)
{
    struct demand_run *run = VG_ARENA_ARRAY(arena, struct demand_run, 1);
    if (run == NULL) {
        return vg_fail_memory(error, sizeof *run);
    }
    run->request = request;
    run->arena = arena;
    run->error = error;
    vg_status status = demand_read(request, arena, &run->input, error);
    if (status == VG_OK && run->input.coming != NULL && run->input.all_admissions == NULL) {
        status = vg_fail(error, VG_DATA_ERROR,
                         "%s has no column admissions; admissions to come say nothing without those of the past",
                         request->hospitals_path);
    }
    for (size_t r = 0; status == VG_OK && r < DEMAND_RESOURCES; r++) {
        if (run->input.census[r] != NULL) {
            status = forecast_resource(run, (enum demand_resource)r);
        }
    }
    if (status == VG_OK && run->made[DEMAND_ICU] && !run->made[DEMAND_VENTILATOR] && !isnan(request->ventilated_share)) {
        status = share_ventilators(run);
    }
    status = status != VG_OK ? status : demand_write(run, answer);
    return status != VG_OK ? status : write_meta(run, answer);
}
