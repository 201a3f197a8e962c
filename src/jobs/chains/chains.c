/*
 * One run: files, candidates, the answer, and what is told of it.
 */
#include "jobs/chains/internal.h"

#include <math.h>
#include <string.h>

enum { MCMC_CASES_MOST = 20000 };

void vg_chains_request_init(struct vg_chains_request *request)
{
    *request = (struct vg_chains_request){.generation_mean_days = NAN,
                                          .generation_sd_days = NAN,
                                          .incubation_mean_days = NAN,
                                          .incubation_sd_days = NAN,
                                          .report_mean_days = NAN,
                                          .report_sd_days = NAN,
                                          .within_growth = NAN,
                                          .imports = NAN,
                                          .reported = NAN,
                                          .within_size_days = NAN,
                                          .generations_most = VG_CHAIN_GENERATIONS_MAX,
                                          .candidates = 32,
                                          .n_chains = 4,
                                          .warm_up = 500,
                                          .sweeps = 1500,
                                          .seed = 20210205,
                                          .as_of = VG_DATE_NONE,
                                          .least = 0.01};
}

/* The law of cases that an earlier run settled is that run's: here they stood still, once a chain. */
static void put_back(struct chains_run *run, const uint8_t *frozen, const float *kept)
{
    const struct vg_chain_candidates *candidates = &run->candidates;
    for (size_t i = 0; i < candidates->n; i++) {
        size_t start = candidates->starts[i], n = candidates->starts[i + 1] - start;
        double sum = 0, entropy = 0;
        const float *from = kept + start + 2 * i;
        for (size_t k = 0; k < n + 2; k++) {
            sum += (double)from[k];
        }
        if (frozen[i] == 0 || !(sum > 0.5)) {
            continue;
        }
        for (size_t k = 0; k < n + 2; k++) {
            double probability = (double)from[k] / sum;
            *(k < n ? &run->posterior.support[start + k] : k == n ? &run->posterior.outside[i] : &run->posterior.unlisted[i]) = (float)probability;
            entropy -= probability > 0 ? probability * log2(probability) : 0;
        }
        run->posterior.entropy[i] = fmax(entropy, 0);
    }
}

static vg_status sample(struct chains_run *run, const struct vg_progress *progress)
{
    const struct vg_chains_request *request = run->request;
    struct vg_chain_state start, end;
    struct vg_chain_run how;
    bool found = false;
    size_t n = run->input.data.n;
    uint8_t *frozen = VG_ARENA_ARRAY(run->arena, uint8_t, n);
    float *kept = VG_ARENA_ARRAY(run->arena, float, run->candidates.n_list + 2 * n);
    vg_chains_run_defaults(&how);
    how.n_chains = (size_t)request->n_chains;
    how.warm_up = (size_t)request->warm_up;
    how.sweeps = (size_t)request->sweeps;
    how.thin = how.sweeps > 4000 ? how.sweeps / 4000 : 1;
    how.seed = request->seed;
    vg_status status = frozen == NULL || kept == NULL ? vg_fail_memory(run->error, n) : VG_OK;
    if (status == VG_OK && request->state_path != NULL) {
        status = chains_read_state(run, &start, frozen, kept, &found);
    }
    if (status == VG_OK && found) {
        how.start = &start;
        how.frozen = frozen;
        how.warm_up = how.warm_up / 4;
        for (size_t i = 0; i < n; i++) {
            run->taken_over += frozen[i];
        }
    }
    if (status == VG_OK) {
        status = vg_chains_sample(&run->input.data, &run->model, &run->candidates, &how, run->pool, progress, run->arena, &run->posterior, &end, run->error);
    }
    if (status == VG_OK && found) {
        put_back(run, frozen, kept);
    }
    return status == VG_OK && request->state_path != NULL ? chains_write_state(run, &end) : status;
}

vg_status chains_answer(struct chains_run *run, bool sampled, const struct vg_progress *progress)
{
    const struct vg_chains_request *request = run->request;
    vg_status status = vg_chains_check(&run->input.data, &run->model, run->error);
    if (status == VG_OK) {
        status = vg_chains_candidates(&run->input.data, &run->model, (size_t)request->candidates, run->pool, run->arena, &run->candidates, run->error);
    }
    if (status != VG_OK) {
        return status;
    }
    run->sampled = sampled;
    return sampled ? sample(run, progress) : vg_chains_instant(&run->input.data, &run->model, &run->candidates, run->pool, run->arena, &run->posterior, run->error);
}

static vg_status choose_method(struct chains_run *run, const struct vg_progress *progress)
{
    const struct vg_chains_request *request = run->request;
    if (request->within_host || request->tree_path != NULL) {
        return chains_within(run, progress);
    }
    bool instant = request->method == NULL ? run->input.data.n > MCMC_CASES_MOST && request->state_path == NULL : strcmp(request->method, "instant") == 0;
    if (request->method != NULL && !instant && strcmp(request->method, "mcmc") != 0) {
        return vg_fail(run->error, VG_USAGE_ERROR, "the method is instant or mcmc, not \"%.40s\"", request->method);
    }
    return chains_answer(run, !instant, progress);
}

void chains_meta(const struct chains_run *run, struct vg_buffer *meta)
{
    const struct chains_input *input = &run->input;
    job_meta_number(meta, "cases", (double)input->data.n);
    job_meta_number(meta, "contacts", (double)input->data.n_contacts);
    job_meta_number(meta, "genomes", input->data.genomes == NULL ? 0 : (double)input->data.genomes->n);
    job_meta_number(meta, "cases_without_day", (double)input->without_day);
    job_meta_number(meta, "contacts_left_out", (double)input->unknown_contacts);
    job_meta_number(meta, "genomes_left_out", (double)input->unknown_genomes);
    job_meta_text(meta, "method", run->within ? "mcmc within hosts" : run->sampled ? "mcmc" : "instant");
    if (run->sampled) {
        job_meta_number(meta, "chains", (double)run->posterior.n_chains);
        job_meta_number(meta, "samples", (double)run->posterior.n_samples);
        job_meta_number(meta, "r_hat", run->posterior.log_posterior.r_hat);
        job_meta_number(meta, "effective_size", run->posterior.log_posterior.effective_size);
        job_meta_number(meta, "between_chains", run->posterior.between_chains);
        job_meta_number(meta, "settled_before", (double)run->taken_over);
    }
}

vg_status chains_reported(double share, struct vg_chain_model *model, struct vg_error *error)
{
    if (share < 0 || share > 1) {
        return vg_fail(error, VG_USAGE_ERROR, "the share of infections that are reported is above 0 and at most 1, not %g", share);
    }
    model->fixed.reporting = share > 0 ? fmin(share, 1 - 1e-9) : NAN; /* that nobody is unseen has a logarithm, too */
    return VG_OK;
}

vg_status vg_job_chains(const struct vg_chains_request *request, const struct vg_progress *progress, struct vg_arena *arena, struct vg_answer *answer,
                        struct vg_error *error)
{
    struct chains_run *run = VG_ARENA_ARRAY(arena, struct chains_run, 1);
    if (run == NULL) {
        return vg_fail_memory(error, sizeof *run);
    }
    *run = (struct chains_run){.request = request, .arena = arena, .error = error, .seed = request->seed};
    vg_chains_model_defaults(&run->model);
    run->model.generations_most = (size_t)request->generations_most;
    run->model.fixed.dispersion = request->poisson ? INFINITY : NAN;
    vg_status status = chains_reported(request->reported, &run->model, error);
    if (status == VG_OK) {
        status = chains_read(request, arena, &run->input, error);
    }
    if (status == VG_OK) {
        status = chains_delays(request, &run->input, &run->model, error);
    }
    if (status == VG_OK && !isnan(request->imports)) {
        const struct vg_chain_data *data = &run->input.data; /* in the order of days */
        run->model.fixed.imports_per_day = request->imports / ((double)data->cases[data->n - 1].day - data->cases[0].day + 1);
    }
    run->pool = vg_pool_new(request->threads);
    if (status == VG_OK) {
        status = choose_method(run, progress);
    }
    if (status == VG_OK) {
        status = chains_tables(run, answer);
    }
    vg_pool_free(run->pool);
    if (status == VG_OK) {
        vg_buffer_char(&answer->meta, '{');
        chains_meta(run, &answer->meta);
        vg_buffer_char(&answer->meta, '}');
    }
    return status != VG_OK ? status : answer->table.failed || answer->meta.failed ? vg_fail_memory(error, 0) : VG_OK;
}
