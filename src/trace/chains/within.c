/*
 * Chains of outbreaks with diversity within hosts, from a start to their summary. Each chain is one item of the pool and draws from its own stream.
 */
#include "trace/chains/within.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { CASES_MOST = 1000 };
enum { KEPT_CLOCK = VG_CHAIN_PARAMETERS, KEPT_LOG = KEPT_CLOCK + VG_CHAIN_WITHIN_ESTIMATES, KEPT_OUTSIDE, KEPT_TOP, KEPT };

static const char *const estimate_names[VG_CHAIN_WITHIN_ESTIMATES] = {"clock_a_site_a_day", "within_host_growth", "within_host_size_days", "hosts_that_are_no_cases"};

const char *vg_chains_within_name(enum vg_chain_within_estimate estimate)
{
    return estimate_names[estimate];
}

struct kept {
    uint32_t *counts; /* [n * (n + 1)] infector of each case, n the outside */
    uint32_t *direct, (*offspring)[OFFSPRING_BINS];
    double *infected, *offspring_sum, *traces, *settings, shares[OFFSPRING_SHARES], top, bottom;
    uint32_t *by, *children; /* of one sample */
};

struct running {
    struct within_chain *chains;
    struct kept *kept;
    const struct vg_progress *progress;
    size_t n_samples;
    atomic_bool stop;
};

/* ------------------------------------------------------------------- world */

static void densities(const double *probability, size_t n, double *out)
{
    double sum = 0;
    for (size_t day = 0; day < n; day++) {
        out[day] = probability[day];
        sum += day == 0 ? probability[day] / 2 : probability[day]; /* in between linear: half of the first day's is before it */
    }
    for (size_t day = 0; day < n && sum > 0; day++) {
        out[day] /= sum;
    }
}

static vg_status contacts_of(const struct vg_chain_data *data, struct vg_arena *scratch, struct within_world *world, struct vg_error *error)
{
    size_t n = data->n;
    uint32_t *starts = VG_ARENA_ARRAY(scratch, uint32_t, n + 2), *list = VG_ARENA_ARRAY(scratch, uint32_t, 2 * data->n_contacts + 1);
    if (scratch->failed) {
        return vg_fail_memory(error, n * 4 + data->n_contacts * 8);
    }
    for (unsigned pass = 0; pass < 2; pass++) {
        for (size_t k = 0; k < data->n_contacts; k++) {
            const struct vg_chain_contact *c = &data->contacts[k];
            for (unsigned way = 0; way < (c->directed ? 1U : 2U); way++) {
                uint32_t from = way == 0 ? c->from : c->to, to = way == 0 ? c->to : c->from;
                if (pass == 0) {
                    starts[from + 2]++;
                } else {
                    list[starts[from + 1]++] = to;
                }
            }
        }
        for (size_t i = 0; pass == 0 && i < n; i++) {
            starts[i + 2] += starts[i + 1];
        }
    }
    world->contact_starts = starts;
    world->contact_list = list;
    return VG_OK;
}

static vg_status new_world(const struct vg_chain_data *data, const struct vg_chain_model *model, const struct vg_chain_run *run, bool fixed_tree,
                           struct vg_arena *scratch, struct within_world *world, struct vg_error *error)
{
    *world = (struct within_world){.data = data,
                                   .model = model,
                                   .run = run,
                                   .fixed_tree = fixed_tree,
                                   .offspring = !isinf(model->fixed.dispersion),
                                   .last = chain_last_known(data) + 1.0,
                                   .first = INFINITY};
    densities(model->generation, VG_CHAIN_GENERATION_MAX, world->generation);
    for (size_t day = 0; day < VG_CHAIN_GENERATION_MAX; day++) {
        world->generation_mean += (double)day * model->generation[day];
    }
    for (unsigned kind = 0; kind < VG_CHAIN_SHOWN_KINDS; kind++) {
        densities(model->shown[kind], VG_CHAIN_SHOWN_MAX, world->shown[kind]);
    }
    for (size_t i = 0; i < data->n; i++) {
        const double *shown = model->shown[data->cases[i].shown];
        double sum = 0;
        world->first = fmin(world->first, data->cases[i].day);
        for (size_t day = 0; day <= VG_CHAIN_SHOWN_MAX; day++) {
            world->seen_by[day] += sum / (double)data->n;
            sum += day < VG_CHAIN_SHOWN_MAX ? shown[day] : 0;
        }
    }
    vg_status status = contacts_of(data, scratch, world, error);
    return status == VG_OK ? within_patterns(data, scratch, world, error) : status;
}

/* ------------------------------------------------------------------- start */

static struct within_parameters first_parameters(const struct within_world *world)
{
    const struct vg_chain_model *model = world->model;
    const struct vg_chain_parameters *fixed = &model->fixed;
    double length = world->data->genomes == NULL ? 0 : (double)world->data->genomes->length, sites = 0;
    for (size_t k = 0; k < world->n_patterns; k++) {
        sites += world->pattern_weights[k];
    }
    double clock = (sites + 1) / fmax(length, 1) / ((double)world->data->n * world->generation_mean);
    return (struct within_parameters){.clock = isnan(fixed->mutation) ? fmin(clock, 1e-3) : fixed->mutation / world->generation_mean,
                                      .reporting = isnan(fixed->reporting) ? 0.9 : fixed->reporting,
                                      .reproduction = isnan(fixed->reproduction) ? 1.2 : fixed->reproduction,
                                      .dispersion = isnan(fixed->dispersion) ? exp(model->dispersion_prior[0]) : fixed->dispersion,
                                      .imports_per_day = isnan(fixed->imports_per_day) ? 1 / (world->last - world->first + 1) : fixed->imports_per_day,
                                      .growth = isnan(model->fixed_growth) ? model->within_growth : model->fixed_growth,
                                      .size = isnan(model->fixed_size) ? model->within_generations * world->generation_mean : model->fixed_size,
                                      .outside = 30 * world->generation_mean,
                                      .coverage = isnan(fixed->contact_coverage) ? 0.5 : fixed->contact_coverage,
                                      .noise = isnan(fixed->contact_noise) ? 0.05 : fixed->contact_noise};
}

static vg_status new_chain(const struct within_world *world, uint32_t number, const struct vg_chain_phylogeny *phylogeny, struct vg_arena *scratch,
                           struct within_chain *chain, struct vg_error *error)
{
    uint32_t n = (uint32_t)world->data->n;
    size_t n_ages = (size_t)fmin(world->last - world->first + 4 * VG_CHAIN_GENERATION_MAX, 3000), room = 9 * (size_t)n + 80;
    *chain = (struct within_chain){.world = world,
                                   .number = number,
                                   .random = vg_random_stream(world->run->seed, VG_CHAIN_NONE - 1, 0, number),
                                   .p = first_parameters(world),
                                   .unseen = {n_ages, VG_ARENA_ARRAY(scratch, double, n_ages), VG_ARENA_ARRAY(scratch, double, n_ages),
                                              VG_ARENA_ARRAY(scratch, double, n_ages)},
                                   .content = {.pieces = vg_arena_alloc(scratch, room, sizeof *chain->content.pieces),
                                               .starts = VG_ARENA_ARRAY(scratch, double, room),
                                               .joins = VG_ARENA_ARRAY(scratch, double, room),
                                               .outs = VG_ARENA_ARRAY(scratch, uint32_t, room),
                                               .waiting = VG_ARENA_ARRAY(scratch, uint32_t, room)},
                                   .partial = VG_ARENA_ARRAY(scratch, double, 16 * (size_t)n * (world->n_patterns + 1)),
                                   .path = VG_ARENA_ARRAY(scratch, uint32_t, room),
                                   .stamp = VG_ARENA_ARRAY(scratch, uint32_t, room)};
    if (scratch->failed) {
        return vg_fail_memory(error, 128 * (size_t)n * (world->n_patterns + 1));
    }
    vg_status status = within_tree_new(n, scratch, &chain->tree, error);
    if (status == VG_OK) {
        status = within_tree_new(n, scratch, &chain->before, error);
    }
    if (status == VG_OK && phylogeny != NULL) {
        status = within_start_tree(chain, phylogeny, error);
    } else if (status == VG_OK) {
        within_start(chain);
        within_sequences_start(chain);
        within_sequences_all(chain);
    }
    if (status == VG_OK) {
        within_refresh(chain);
        within_score_all(chain);
    }
    return status;
}

vg_status within_new(const struct vg_chain_data *data, const struct vg_chain_model *model, const struct vg_chain_run *run,
                     const struct vg_chain_phylogeny *phylogeny, struct vg_arena *scratch, struct within_world *world, struct within_chain *chain,
                     struct vg_error *error)
{
    vg_status status = new_world(data, model, run, phylogeny != NULL, scratch, world, error);
    return status == VG_OK ? new_chain(world, 0, phylogeny, scratch, chain, error) : status;
}

static vg_status new_kept(const struct within_world *world, size_t n_samples, struct vg_arena *scratch, struct kept *kept, struct vg_error *error)
{
    size_t n = world->data->n;
    *kept = (struct kept){.counts = VG_ARENA_ARRAY(scratch, uint32_t, n * (n + 1)),
                          .direct = VG_ARENA_ARRAY(scratch, uint32_t, n),
                          .offspring = vg_arena_alloc(scratch, n, sizeof *kept->offspring),
                          .infected = VG_ARENA_ARRAY(scratch, double, n),
                          .offspring_sum = VG_ARENA_ARRAY(scratch, double, n),
                          .traces = VG_ARENA_ARRAY(scratch, double, KEPT *n_samples),
                          .settings = VG_ARENA_ARRAY(scratch, double, SETTINGS_MAX *SETTINGS_MAX),
                          .by = VG_ARENA_ARRAY(scratch, uint32_t, n),
                          .children = VG_ARENA_ARRAY(scratch, uint32_t, n)};
    return scratch->failed ? vg_fail_memory(error, n * (n + 1) * sizeof *kept->counts) : VG_OK;
}

/* ----------------------------------------------------------------- keeping */

static int most_first(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return (*x < *y) - (*x > *y);
}

/* Nearest case above each, and the numbers of those below it. */
static uint32_t trace_back(const struct within_chain *chain, struct kept *kept)
{
    const struct within_tree *tree = &chain->tree;
    uint32_t n = tree->n_tips, n_outside = 0;
    memset(kept->children, 0, n * sizeof *kept->children);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t host = tree->nodes[i].host, above = tree->events[host].above;
        kept->infected[i] += tree->events[host].time;
        bool direct = above != WITHIN_OUTSIDE && tree->events[above].tip != WITHIN_NONE;
        while (above != WITHIN_OUTSIDE && tree->events[above].tip == WITHIN_NONE) {
            above = tree->events[above].above;
        }
        kept->by[i] = above == WITHIN_OUTSIDE ? n : tree->events[above].tip;
        kept->direct[i] += direct ? 1 : 0;
        kept->counts[(size_t)i * (n + 1) + kept->by[i]]++;
        n_outside += kept->by[i] == n ? 1 : 0;
        if (kept->by[i] < n) {
            uint16_t from = chain->world->data->cases[kept->by[i]].setting, to = chain->world->data->cases[i].setting;
            kept->children[kept->by[i]]++;
            kept->settings[(from < SETTINGS_MAX ? from : 0) * SETTINGS_MAX + (to < SETTINGS_MAX ? to : 0)]++;
        }
    }
    return n_outside;
}

static void keep_sample(const struct within_chain *chain, struct kept *kept, size_t sample, size_t n_samples)
{
    uint32_t n = chain->tree.n_tips, n_outside = trace_back(chain, kept);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t r = kept->children[i];
        kept->offspring_sum[i] += r;
        kept->offspring[i][r < OFFSPRING_BINS ? r : OFFSPRING_BINS - 1]++;
        kept->shares[r < OFFSPRING_SHARES ? r : OFFSPRING_SHARES - 1]++;
        kept->top += (double)r * r;
        kept->bottom += r;
    }
    qsort(kept->children, n, sizeof *kept->children, most_first);
    double left = 0.2 * n, by_top = 0, links = n - n_outside;
    for (uint32_t i = 0; i < n && left > 0; i++, left--) {
        by_top += fmin(left, 1) * kept->children[i];
    }
    const struct within_parameters *p = &chain->p;
    const double values[KEPT] = {p->clock * chain->world->generation_mean,
                                   p->reporting,
                                   p->coverage,
                                   p->noise,
                                   NAN,
                                   p->reproduction,
                                   p->dispersion,
                                   p->imports_per_day,
                                   NAN,
                                   p->clock,
                                   p->growth,
                                   p->size,
                                   chain->tree.n_live - (double)n,
                                   within_prior(chain) + chain->tree.sequences,
                                   n_outside,
                                   links > 0 ? by_top / links : NAN};
    for (size_t k = 0; k < KEPT; k++) {
        kept->traces[k * n_samples + sample] = values[k];
    }
}

static void run_chain(void *context, size_t item, unsigned worker)
{
    struct running *running = context;
    struct within_chain *chain = &running->chains[item];
    const struct vg_chain_run *run = chain->world->run;
    size_t sweeps = run->warm_up + run->sweeps, sample = 0;
    (void)worker;
    for (size_t sweep = 0; sweep < sweeps && !atomic_load(&running->stop); sweep++) {
        within_sweep(chain);
        within_draw_parameters(chain);
        if (sweep >= run->warm_up && (sweep - run->warm_up) % run->thin == 0 && sample < running->n_samples) {
            keep_sample(chain, &running->kept[item], sample++, running->n_samples);
        }
        if (item == 0 && !vg_progress_report(running->progress, "who infected whom", (double)(sweep + 1) / (double)sweeps)) {
            atomic_store(&running->stop, true);
        }
    }
}

/* --------------------------------------------------------------- summaries */

static int by_count(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return (*x < *y) - (*x > *y);
}

/* Of each case the infectors that were drawn, at most as many as a list holds; what more there were is "not listed". */
static vg_status make_lists(const struct within_world *world, const struct running *running, struct vg_arena *scratch, struct vg_arena *arena,
                            struct vg_chain_candidates *candidates, struct vg_chain_posterior *out, struct vg_error *error)
{
    size_t n = world->data->n, n_chains = world->run->n_chains, each = n_chains * running->n_samples, most = n < VG_CHAIN_CANDIDATES_MAX ? n : VG_CHAIN_CANDIDATES_MAX;
    uint64_t *order = VG_ARENA_ARRAY(scratch, uint64_t, n + 1);
    *candidates = (struct vg_chain_candidates){.n = n,
                                               .starts = VG_ARENA_ARRAY(arena, size_t, n + 1),
                                               .list = VG_ARENA_ARRAY(arena, struct vg_chain_candidate, n * most),
                                               .nearest = VG_ARENA_ARRAY(arena, uint8_t, n),
                                               .earlier = VG_ARENA_ARRAY(arena, uint8_t, n),
                                               .unlisted_distance = VG_ARENA_ARRAY(arena, uint8_t, n),
                                               .place_odds = VG_ARENA_ARRAY(arena, double, 2 * n)};
    out->support = VG_ARENA_ARRAY(arena, float, n * most + 1);
    if (n > VG_CHAIN_CANDIDATES_MAX + 1) { /* so that it is known that a list may not hold everyone */
        candidates->unlisted = VG_ARENA_ARRAY(arena, float, n *VG_CHAIN_SHOWN_MAX);
    }
    if (scratch->failed || arena->failed) {
        return vg_fail_memory(error, n * most * 12);
    }
    for (uint32_t i = 0; i < n; i++) {
        double rest = 0;
        for (uint32_t j = 0; j <= n; j++) {
            uint64_t count = 0;
            for (size_t c = 0; c < n_chains; c++) {
                count += running->kept[c].counts[i * (n + 1) + j];
            }
            out->outside[i] = j == n ? (float)((double)count / (double)each) : 0;
            order[j] = j == n ? 0 : count << 32 | (UINT32_MAX - j); /* of equal ones the earlier first */
        }
        qsort(order, n, sizeof *order, by_count);
        size_t at = candidates->starts[i];
        for (size_t k = 0; k < n && order[k] >> 32 > 0; k++) {
            uint32_t j = UINT32_MAX - (uint32_t)order[k];
            double share = (double)(order[k] >> 32) / (double)each;
            if (k >= most) {
                rest += share;
                continue;
            }
            bool contact = false;
            for (uint32_t c = world->contact_starts[j]; c < world->contact_starts[j + 1]; c++) {
                contact = contact || world->contact_list[c] == i;
            }
            out->support[at] = (float)share;
            candidates->list[at++] = (struct vg_chain_candidate){
                j, (uint16_t)vg_chains_distance(world->data->genomes, world->data->cases[i].genome, world->data->cases[j].genome), contact ? VG_CHAIN_IS_CONTACT : 0};
        }
        candidates->starts[i + 1] = at;
        out->unlisted[i] = (float)rest;
        out->entropy[i] = chain_entropy(out->support + candidates->starts[i], at - candidates->starts[i], (double)out->outside[i], rest);
    }
    candidates->n_list = candidates->starts[n];
    return VG_OK;
}

static void summarise_cases(const struct within_world *world, const struct running *running, struct vg_chain_posterior *out)
{
    size_t n = world->data->n, n_chains = world->run->n_chains;
    double each = (double)(n_chains * running->n_samples), apart = 0;
    for (size_t i = 0; i < n; i++) {
        double infected = 0, offspring = 0, direct = 0, counts[OFFSPRING_BINS] = {0}, sum = 0, furthest = 0;
        for (size_t c = 0; c < n_chains; c++) {
            const struct kept *kept = &running->kept[c];
            double distance = 0;
            infected += kept->infected[i];
            offspring += kept->offspring_sum[i];
            direct += kept->direct[i];
            for (size_t r = 0; r < OFFSPRING_BINS; r++) {
                counts[r] += kept->offspring[i][r] / each;
            }
            for (size_t j = 0; j <= n; j++) {
                double all = 0;
                for (size_t other = 0; other < n_chains; other++) {
                    all += running->kept[other].counts[i * (n + 1) + j];
                }
                distance += fabs(kept->counts[i * (n + 1) + j] / (double)running->n_samples - all / each);
            }
            furthest = fmax(furthest, distance / 2);
        }
        apart += furthest;
        double inside = 1 - (double)out->outside[i];
        out->infected_mean[i] = (float)(infected / each - 0.5); /* days are counted from their middles, as those of cases */
        out->offspring_mean[i] = (float)(offspring / each);
        out->direct[i] = (float)(inside > 0.5 / each ? direct / each / inside : NAN);
        out->offspring_low[i] = out->offspring_high[i] = UINT16_MAX;
        for (size_t r = 0; r < OFFSPRING_BINS; r++) {
            sum += counts[r];
            out->offspring_low[i] = out->offspring_low[i] == UINT16_MAX && sum >= 0.025 ? (uint16_t)r : out->offspring_low[i];
            out->offspring_high[i] = out->offspring_high[i] == UINT16_MAX && sum >= 0.975 - 1e-12 ? (uint16_t)r : out->offspring_high[i];
            out->superspreading[i] += r >= 10 ? (float)counts[r] : 0;
        }
    }
    out->between_chains = n_chains > 1 ? apart / (double)n : NAN;
}

static vg_status summarise_traces(const struct within_world *world, const struct running *running, struct vg_arena *scratch, struct vg_chain_posterior *out,
                                  struct vg_error *error)
{
    size_t n_chains = world->run->n_chains, n_samples = running->n_samples;
    double *traces = VG_ARENA_ARRAY(scratch, double, n_chains *n_samples), *means = (double *)&out->parameters;
    if (traces == NULL) {
        return vg_fail_memory(error, n_chains * n_samples * sizeof *traces);
    }
    for (size_t k = 0; k < KEPT; k++) {
        struct vg_chain_estimate *to = k < VG_CHAIN_PARAMETERS ? &out->estimates[k]
                                       : k < KEPT_LOG         ? &out->within[k - KEPT_CLOCK]
                                       : k == KEPT_LOG        ? &out->log_posterior
                                       : k == KEPT_OUTSIDE    ? &out->outside_cases
                                                               : &out->top_share;
        for (size_t c = 0; c < n_chains; c++) {
            memcpy(traces + c * n_samples, running->kept[c].traces + k * n_samples, n_samples * sizeof *traces);
        }
        vg_chains_diagnose(traces, n_chains, n_samples, to);
        if (k < VG_CHAIN_PARAMETERS) {
            means[k] = to->mean;
        }
    }
    return VG_OK;
}

static void summarise_shares(const struct within_world *world, const struct running *running, struct vg_chain_posterior *out)
{
    double each = (double)(world->run->n_chains * running->n_samples), top = 0, bottom = 0, taken = 0, proposed = 0;
    for (size_t c = 0; c < world->run->n_chains; c++) {
        for (size_t r = 0; r < OFFSPRING_SHARES; r++) {
            out->offspring_share[r] += running->kept[c].shares[r] / each / (double)world->data->n;
        }
        for (size_t k = 0; k < out->n_settings * out->n_settings; k++) {
            out->settings[k] += running->kept[c].settings[k / out->n_settings * SETTINGS_MAX + k % out->n_settings] / each;
        }
        top += running->kept[c].top;
        bottom += running->kept[c].bottom;
        taken += (double)running->chains[c].taken[WITHIN_JUMP];
        proposed += (double)running->chains[c].proposed[WITHIN_JUMP];
    }
    out->backward = bottom > 0 ? top / bottom : NAN;
    out->swaps_taken = proposed > 0 ? taken / proposed : NAN;
}

/* ------------------------------------------------------------------- whole */

static vg_status check(const struct vg_chain_data *data, const struct vg_chain_model *model, const struct vg_chain_phylogeny *phylogeny,
                       const struct vg_chain_run *run, struct vg_error *error)
{
    size_t samples = run->thin == 0 ? 0 : run->sweeps / run->thin;
    if (data->n < 2 || data->n > CASES_MOST) {
        return vg_fail(error, VG_DATA_ERROR, "diversity within hosts is taken into account for 2 to %d cases, and there are %zu", CASES_MOST, data->n);
    }
    if (phylogeny == NULL && (data->genomes == NULL || data->genomes->planes == NULL)) {
        return vg_fail(error, VG_USAGE_ERROR, "diversity within hosts needs the sequences (--genomes) or a dated phylogeny (--tree), not distances alone");
    }
    if (run->n_chains < 1 || run->n_chains > 64 || samples < 1 || samples > UINT16_MAX || run->start != NULL) {
        return vg_fail(error, VG_USAGE_ERROR, "1 to 64 chains and 1 to 65535 sweeps that are kept are needed, and no earlier state");
    }
    bool growth = isnan(model->fixed_growth) ? model->within_growth > 0 : model->fixed_growth > 0;
    if (!growth || !(isnan(model->fixed_size) ? model->within_generations > 0 : model->fixed_size > 0)) {
        return vg_fail(error, VG_USAGE_ERROR, "growth and size within hosts must be above 0");
    }
    return VG_OK;
}

vg_status vg_chains_within(const struct vg_chain_data *data, const struct vg_chain_model *model, const struct vg_chain_phylogeny *phylogeny,
                           const struct vg_chain_run *run, struct vg_pool *pool, const struct vg_progress *progress, struct vg_arena *arena,
                           struct vg_chain_candidates *candidates, struct vg_chain_posterior *posterior, struct vg_error *error)
{
    struct vg_arena scratch;
    struct within_world world;
    struct running running = {.progress = progress};
    vg_status status = check(data, model, phylogeny, run, error);
    if (status != VG_OK) {
        return status;
    }
    vg_arena_init(&scratch, 0);
    running.n_samples = run->sweeps / run->thin;
    running.chains = VG_ARENA_ARRAY(&scratch, struct within_chain, run->n_chains);
    running.kept = VG_ARENA_ARRAY(&scratch, struct kept, run->n_chains);
    status = scratch.failed ? vg_fail_memory(error, run->n_chains * sizeof(struct within_chain))
                            : new_world(data, model, run, phylogeny != NULL, &scratch, &world, error);
    for (uint32_t c = 0; status == VG_OK && c < run->n_chains; c++) {
        status = new_chain(&world, c, phylogeny, &scratch, &running.chains[c], error);
        status = status == VG_OK ? new_kept(&world, running.n_samples, &scratch, &running.kept[c], error) : status;
    }
    if (status == VG_OK) {
        vg_parallel_for(pool, run->n_chains, run_chain, &running);
        status = atomic_load(&running.stop) ? vg_fail(error, VG_CANCELLED, "the sampling was stopped") : VG_OK;
    }
    status = status == VG_OK ? chain_posterior_new(data, 0, run->n_chains, arena, posterior, error) : status;
    posterior->n_samples = status == VG_OK ? running.n_samples : 0;
    status = status == VG_OK ? make_lists(&world, &running, &scratch, arena, candidates, posterior, error) : status;
    if (status == VG_OK) {
        summarise_cases(&world, &running, posterior);
        summarise_shares(&world, &running, posterior);
        status = summarise_traces(&world, &running, &scratch, posterior, error);
    }
    vg_arena_release(&scratch);
    return status;
}
