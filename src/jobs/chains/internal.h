/*
 * Private to jobs/chains: the files as arrays, and one run with its answers.
 */
#ifndef VG_JOBS_CHAINS_INTERNAL_H
#define VG_JOBS_CHAINS_INTERNAL_H

#include "jobs/chains/chains.h"
#include "jobs/jobs_internal.h"

struct chains_input {
    struct vg_chain_data data;
    struct vg_chain_case *cases;             /* [n] data.cases, while they are read */
    struct vg_text *ids;                     /* [n] in the order of the cases, which is that of their days */
    struct vg_dictionary names;              /* of ids in the order of the file */
    uint32_t *place_of;                      /* [names] index in `ids`, or VG_CHAIN_NONE */
    bool dates;                              /* days are dates, else whole numbers */
    double report_mean_days, report_sd_days; /* of the cases with onset and report; NaN: there are none */
    struct vg_dictionary settings;           /* 0: unknown */
    size_t without_day, unknown_contacts, unknown_genomes;
};
vg_status chains_read(const struct vg_chains_request *request, struct vg_arena *arena, struct chains_input *input, struct vg_error *error);
/* Delays of the request into the model. */
/* A known share of infections that are cases; 0 or NAN: found from the data. */
vg_status chains_reported(double share, struct vg_chain_model *model, struct vg_error *error);
vg_status chains_delays(const struct vg_chains_request *request, const struct chains_input *input, struct vg_chain_model *model, struct vg_error *error);

struct chains_run {
    const struct vg_chains_request *request;
    struct chains_input input;
    struct vg_chain_model model;
    struct vg_chain_candidates candidates;
    struct vg_chain_posterior posterior;
    bool sampled, within; /* within: diversity within hosts was taken into account */
    uint32_t *infector; /* [n] of the tree that stands for all */
    float *support;
    double *gain; /* [n] of interviews */
    uint64_t seed;
    size_t taken_over; /* cases that a state file froze */
    struct vg_pool *pool;
    struct vg_arena *arena;
    struct vg_error *error;
};
/* Candidates and the answer over them, of input and model as they are. */
vg_status chains_answer(struct chains_run *run, bool sampled, const struct vg_progress *progress);
/* The same with diversity within hosts; finds the candidates too. */
vg_status chains_within(struct chains_run *run, const struct vg_progress *progress);
/* The tree that stands for all, and what interviews would gain. */
vg_status chains_tree(struct chains_run *run);
void chains_meta(const struct chains_run *run, struct vg_buffer *meta); /* members of an object that was begun */
/* The rows of request->show. */
vg_status chains_tables(struct chains_run *run, struct vg_answer *answer);

/* The state file: chain, case, infector, infected, generations, probability. Rows of chain "all" are the laws of cases, those without case the parameters. */
vg_status chains_read_state(struct chains_run *run, struct vg_chain_state *state, uint8_t *frozen, float *kept, bool *found);
vg_status chains_write_state(struct chains_run *run, const struct vg_chain_state *state);

#endif
