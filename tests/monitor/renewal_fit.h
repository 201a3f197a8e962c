/*
 * A fit of the renewal engine with the arena it lives in, and the parameters of who knows the intervals of a simulated outbreak.
 */
#ifndef RENEWAL_FIT_H
#define RENEWAL_FIT_H

#include "vg_test.h"

#include "monitor/renewal/renewal.h"
#include "renewal_simulation.h"

/* All else as it is by default. */
static inline struct vg_renewal_parameters intervals_of(const struct renewal_simulation *s)
{
    struct vg_renewal_parameters parameters;
    vg_renewal_defaults(&parameters);
    parameters.generation_mean_days = s->generation_mean;
    parameters.generation_sd_days = s->generation_sd;
    parameters.incubation_mean_days = s->incubation_mean;
    parameters.incubation_sd_days = s->incubation_sd;
    return parameters;
}

struct fitted {
    struct vg_arena arena;
    struct vg_renewal_estimate estimate;
    struct vg_error error;
};

static inline void fit(const struct vg_triangle *triangle, const struct vg_renewal_parameters *parameters, struct fitted *f)
{
    struct vg_arena scratch;
    vg_arena_init(&f->arena, 0);
    vg_arena_init(&scratch, 0);
    f->error = (struct vg_error){0};
    vg_assert_ok(vg_renewal(triangle, parameters, &f->arena, &scratch, &f->estimate, &f->error), f->error);
    vg_arena_release(&scratch);
}

#endif
