/*
 * One run with diversity within hosts: the phylogeny, if one is given, and the answer.
 */
#include "jobs/chains/internal.h"

#include <math.h>
#include <string.h>

#define TREE_BYTES_MAX ((size_t)64 << 20)
enum { SWEEPS_EACH = 2 }; /* one that is asked for is so many: lineages are drawn one by one */

static vg_status read_tree(struct chains_run *run, struct vg_chain_phylogeny *phylogeny)
{
    const char *path = run->request->tree_path;
    struct vg_buffer text;
    vg_buffer_init(&text, 0);
    vg_status status = vg_file_read(path, TREE_BYTES_MAX, &text, run->error);
    if (status == VG_OK) {
        status = vg_chains_newick(vg_text_of(text.data, text.size), run->input.ids, run->input.data.cases, run->input.data.n, run->arena, phylogeny, run->error);
        status = status == VG_OK ? VG_OK : vg_fail_context(run->error, "%s: ", path);
    }
    vg_buffer_release(&text);
    return status;
}

vg_status chains_within(struct chains_run *run, const struct vg_progress *progress)
{
    const struct vg_chains_request *request = run->request;
    struct vg_chain_phylogeny phylogeny;
    struct vg_chain_run how;
    if (request->state_path != NULL || (request->method != NULL && strcmp(request->method, "mcmc") != 0)) {
        return vg_fail(run->error, VG_USAGE_ERROR, "--within-host and --tree go with neither --state nor --method instant");
    }
    run->model.fixed_growth = request->within_growth;
    run->model.fixed_size = request->within_size_days;
    vg_chains_run_defaults(&how);
    how.n_chains = (size_t)request->n_chains;
    how.warm_up = SWEEPS_EACH * (size_t)request->warm_up;
    how.sweeps = SWEEPS_EACH * (size_t)request->sweeps;
    how.thin = SWEEPS_EACH * (request->sweeps > 4000 ? (size_t)request->sweeps / 4000 : 1);
    how.seed = request->seed;
    vg_status status = vg_chains_check(&run->input.data, &run->model, run->error);
    if (status == VG_OK && request->tree_path != NULL) {
        status = read_tree(run, &phylogeny);
    }
    run->sampled = run->within = true;
    return status != VG_OK ? status
                           : vg_chains_within(&run->input.data, &run->model, request->tree_path == NULL ? NULL : &phylogeny, &how, run->pool, progress, run->arena,
                                              &run->candidates, &run->posterior, run->error);
}
