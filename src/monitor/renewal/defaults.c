/*
 * What the engine does unless told otherwise.
 */
#include "monitor/renewal/renewal.h"

const char *const vg_renewal_hyper_names[VG_RENEWAL_HYPER_COUNT] = {"sigma", "excess", "tau", "upsilon", "omega"};

void vg_renewal_defaults(struct vg_renewal_parameters *parameters)
{
    *parameters = (struct vg_renewal_parameters){
        .rt_half_life_days = 90, .report_effects = 28, .sum_steps = 1, .forecast_steps = 28, .n_warmup = 500, .n_imputations = 8};
}
