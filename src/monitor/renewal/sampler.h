/*
 * The No-U-Turn sampler on the renewal model's posterior, private to this folder: the reference for the fast way, and for those who
 * ask for it.
 */
#ifndef VG_RENEWAL_SAMPLER_H
#define VG_RENEWAL_SAMPLER_H

#include "monitor/renewal/explore.h"

struct renewal_sampler_report {
    size_t n_divergent; /* after the warm-up */
    double step_size, mean_depth, mean_acceptance;
};

/*
 * One chain: n_warmup steps thrown away, then n_draws, each given to `take` (which copies what it wants; the state is that of the
 * density at the point). The space is whitened by the fit at the posterior's centre, and noise and effects move with their scales
 * as far as the data leave them free, so that the chain starts in a nearly round bowl.
 */
vg_status renewal_sample(const struct renewal_problem *problem, const struct renewal_posterior *posterior, size_t n_warmup, size_t n_draws,
                         uint64_t seed, uint32_t chain, struct vg_arena *arena,
                         void (*take)(void *context, size_t draw, const struct renewal_point *point, const struct renewal_state *state),
                         void *context, struct renewal_sampler_report *report, struct vg_error *error) VG_MUST_USE;

#endif
