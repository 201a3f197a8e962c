/*
 * Chains from a start to their summary. Each chain is one item of the pool; its draws are named by seed, chain, sweep and case, so threads do not change them.
 */
#include "trace/chains/internal.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

#define UNLISTED_MOST 0.5
#define HEAT_FIRST 0.1
enum { MANY = 5000 };

void vg_chains_run_defaults(struct vg_chain_run *run)
{
    *run = (struct vg_chain_run){.n_chains = 4, .warm_up = 500, .sweeps = 1500, .thin = 1, .seed = 20210205};
}

/* ------------------------------------------------------------------- start */

static vg_status allocate(struct chain *chain, size_t n_samples, struct vg_arena *arena, struct vg_error *error)
{
    size_t n = chain->world->data->n;
    chain->person = VG_ARENA_ARRAY(arena, struct chain_person, n);
    chain->slot = VG_ARENA_ARRAY(arena, uint8_t, n);
    chain->generations = VG_ARENA_ARRAY(arena, uint8_t, n);
    chain->own = VG_ARENA_ARRAY(arena, uint8_t, n);
    chain->parent = VG_ARENA_ARRAY(arena, uint32_t, n);
    chain->child = VG_ARENA_ARRAY(arena, uint32_t, n);
    chain->next = VG_ARENA_ARRAY(arena, uint32_t, n);
    chain->previous = VG_ARENA_ARRAY(arena, uint32_t, n);
    chain->support = VG_ARENA_ARRAY(arena, uint32_t, chain->world->candidates->n_list + 1);
    chain->outside = VG_ARENA_ARRAY(arena, uint32_t, n);
    chain->unlisted = VG_ARENA_ARRAY(arena, uint32_t, n);
    chain->direct = VG_ARENA_ARRAY(arena, uint32_t, n);
    chain->inside = VG_ARENA_ARRAY(arena, uint32_t, n);
    chain->infected_sum = VG_ARENA_ARRAY(arena, double, n);
    chain->offspring_sum = VG_ARENA_ARRAY(arena, double, n);
    chain->offspring_counts = vg_arena_alloc(arena, n, sizeof *chain->offspring_counts);
    chain->offspring_share = VG_ARENA_ARRAY(arena, double, OFFSPRING_SHARES);
    chain->settings = VG_ARENA_ARRAY(arena, double, SETTINGS_MAX *SETTINGS_MAX);
    chain->traces = VG_ARENA_ARRAY(arena, double, TRACES *n_samples);
    return arena->failed ? vg_fail_memory(error, n * 150) : VG_OK;
}

static int32_t likeliest_shown(const struct vg_chain_model *model, unsigned kind)
{
    int32_t best = 0;
    for (int32_t day = 0; day < VG_CHAIN_SHOWN_MAX; day++) {
        best = model->shown[kind][day] > model->shown[kind][best] ? day : best;
    }
    return best;
}

/* The link of an earlier run where it still can be; else outside. */
static void take_start(struct chain *chain, uint32_t i)
{
    const struct chain_world *world = chain->world;
    const struct vg_chain_state *start = world->run->start;
    uint32_t infector = start->infector[chain->number * start->n + i];
    unsigned slot = infector == VG_CHAIN_UNLISTED && world->candidates->unlisted != NULL ? SLOT_UNLISTED : SLOT_OUTSIDE;
    for (size_t k = 0; infector < world->data->n && k < chain_list_size(world->candidates, i); k++) {
        int32_t delay = chain->person[i].infected - chain->person[infector].infected;
        if (chain_candidate(world->candidates, i, (unsigned)k + SLOT_FIRST)->infector == infector && delay > 0 && delay <= (int32_t)world->delays->delay_most) {
            slot = (unsigned)k + SLOT_FIRST;
            chain->generations[i] = start->generations[chain->number * start->n + i];
        }
    }
    chain_link(chain, i, slot);
}

vg_status chain_new(const struct chain_world *world, uint32_t number, struct vg_arena *arena, struct chain *chain, struct vg_error *error)
{
    const struct vg_chain_run *run = world->run;
    size_t n = world->data->n;
    *chain = (struct chain){.world = world, .number = number, .listed_share = 1, .heat = 1, .p = chain_initial_parameters(world->data, world->model, world->candidates)};
    vg_status status = allocate(chain, run->sweeps / run->thin + 1, arena, error);
    if (status == VG_OK) {
        status = chain_rows_new(world->delays, world->data, world->model, world->candidates, arena, &chain->rows, error);
    }
    chain->rows.contact_siblings = world->contact_starts != NULL && world->model->generations_most > 1;
    chain->rows.siblings = chain->rows.siblings || chain->rows.contact_siblings;
    if (status == VG_OK) {
        status = chain_parameters_new(chain, arena, error);
    }
    if (status == VG_OK && world->some_slow) {
        status = chain_groups_new(chain, arena, error);
    }
    if (status != VG_OK) {
        return status;
    }
    for (uint32_t i = 0; i < n; i++) {
        const struct vg_chain_case *c = &world->data->cases[i];
        chain->person[i].infected = c->day - likeliest_shown(world->model, c->shown);
        chain->parent[i] = chain->child[i] = VG_CHAIN_NONE;
        chain->generations[i] = 1;
        if (run->start != NULL && i < run->start->n) {
            int32_t day = run->start->infected[number * run->start->n + i];
            int64_t shown = (int64_t)c->day - day;
            chain->person[i].infected = shown >= 0 && shown < VG_CHAIN_SHOWN_MAX && world->model->shown[c->shown][shown] > 0 ? day : chain->person[i].infected;
        }
    }
    for (uint32_t i = 0; run->start != NULL && i < run->start->n; i++) {
        take_start(chain, i);
    }
    if (run->start != NULL) {
        chain->p = run->start->parameters[number];
    }
    if (!world->offspring) {
        chain->p.dispersion = INFINITY;
    } else if (!isfinite(chain->p.dispersion)) {
        chain->p.dispersion = exp(world->model->dispersion_prior[0]);
    }
    return VG_OK;
}

/* ----------------------------------------------------------------- keeping */

static double top_share(const struct chain *chain)
{
    enum { MOST = 1024 };
    uint32_t counts[MOST] = {0};
    double total = 0, left = 0.2 * (double)chain->world->data->n, taken = 0;
    uint32_t most = 0;
    for (size_t i = 0; i < chain->world->data->n; i++) {
        uint32_t r = chain->person[i].n_children < MOST ? chain->person[i].n_children : MOST - 1;
        counts[r]++;
        most = r > most ? r : most;
        total += chain->person[i].n_children;
    }
    for (uint32_t r = most; r > 0 && left > 0; r--) {
        double n = fmin(counts[r], left);
        taken += n * r;
        left -= n;
    }
    return total > 0 ? fmin(taken / total, 1) : NAN;
}

static void keep_sample(struct chain *chain, size_t sample, size_t n_samples)
{
    const struct chain_world *world = chain->world;
    const struct vg_chain_candidates *candidates = world->candidates;
    double *trace = chain->traces;
    for (uint32_t i = 0; i < world->data->n; i++) {
        uint32_t r = chain->person[i].n_children;
        unsigned slot = chain_resolve(chain, i);
        if (slot >= SLOT_FIRST) {
            chain->support[candidates->starts[i] + slot - SLOT_FIRST]++;
            chain->inside[i]++;
            chain->direct[i] += slot == chain->slot[i] && chain->generations[i] == 1 ? 1 : 0;
            unsigned from = world->data->cases[chain_candidate(candidates, i, slot)->infector].setting, to = world->data->cases[i].setting;
            chain->settings[(from < SETTINGS_MAX ? from : 0) * SETTINGS_MAX + (to < SETTINGS_MAX ? to : 0)]++;
        } else {
            (slot == SLOT_OUTSIDE ? chain->outside : chain->unlisted)[i]++;
        }
        chain->infected_sum[i] += chain->person[i].infected;
        chain->offspring_sum[i] += r;
        chain->offspring_counts[i][r < OFFSPRING_BINS ? r : OFFSPRING_BINS - 1]++;
        chain->offspring_share[r < OFFSPRING_SHARES ? r : OFFSPRING_SHARES - 1]++;
        chain->backward_top += (double)r * r;
        chain->backward_bottom += r;
    }
    const double values[VG_CHAIN_PARAMETERS] = {chain->p.mutation,    chain->p.reporting,    chain->p.contact_coverage, chain->p.contact_noise,
                                                chain->p.place_share, chain->p.reproduction, chain->p.dispersion,       chain->p.imports_per_day,
                                                chain->p.contact_siblings};
    for (size_t k = 0; k < VG_CHAIN_PARAMETERS; k++) {
        trace[k * n_samples + sample] = values[k];
    }
    trace[TRACE_LOG * n_samples + sample] = chain->log_posterior;
    trace[TRACE_OUTSIDE * n_samples + sample] = chain->n_outside;
    trace[TRACE_TOP * n_samples + sample] = top_share(chain);
}

struct running {
    struct chain *chains;
    const struct vg_progress *progress;
    size_t n_samples;
    atomic_bool stop;
};

/* Of contacts among those whom the same one infected. */
static void fill_strangers(struct chain *chain)
{
    double contact[2];
    chain_sibling_factors(chain->world->data, &chain->p, contact);
    chain->friends = contact[1] / contact[0];
    chain->strangers[0] = 1;
    for (unsigned n = 0; n < STRANGERS; n++) {
        chain->strangers[n + 1] = chain->strangers[n] * contact[0];
    }
}

/* What follows from the parameters. */
static void refresh(struct chain *chain)
{
    double k = chain->p.dispersion, expected = chain->p.reproduction * chain->listed_share;
    for (size_t age = 0; age <= chain->world->delays->n_observed; age++) {
        double seen = chain_observed(chain->world->delays, (int64_t)age), less = log((k + expected) / (k + expected * seen));
        bool offspring = chain->world->offspring;
        chain->weight_of_one[age] = offspring ? chain->p.reproduction / (k + expected * seen) : 0;
        chain->unseen_none[age] = offspring ? exp(k * less) : exp(expected * (1 - seen));
        chain->unseen_each[age] = offspring ? exp(less) : 1;
    }
    for (unsigned n = 0; n <= SIBLINGS_COUNTED; n++) {
        chain->sibling_weight[n] = chain_sibling_weight(chain->rows.shared * chain->p.reproduction, k, n);
        chain->contact_weight[n] = chain_sibling_weight(chain->world->model->shared_ancestors * chain->p.reproduction, k, n);
    }
    if (chain->world->contact_starts != NULL) {
        fill_strangers(chain);
    }
    chain_rows_fill(&chain->rows, chain->world->data, &chain->p, chain->world->wide);
    if (chain->world->some_slow) {
        chain_groups_forget_all(chain);
    }
    for (uint32_t i = 0; i < chain->world->data->n; i++) {
        chain_note_weight(chain, i);
        if (chain->rows.siblings) {
            chain_note_unseen(chain, i);
        }
    }
}

/*
 * Where genomes are missing, chains begin nearly blind to the others and see them better and better through the first half of the warm-up: begun at the instant answer with all their weight, they would
 * stay with the infectors that it took for those that are not sequenced. A run that goes on from another has its places.
 */
static double heat_of(const struct chain_world *world, size_t sweep)
{
    size_t heated = world->some_slow && world->run->start == NULL ? world->run->warm_up / 2 : 0;
    return sweep >= heated ? 1 : HEAT_FIRST + (1 - HEAT_FIRST) * (double)sweep / (double)heated;
}

static void run_chain(void *context, size_t item, unsigned worker)
{
    struct running *running = context;
    struct chain *chain = &running->chains[item];
    const struct chain_world *world = chain->world;
    const struct vg_chain_run *run = world->run;
    size_t sweeps = run->warm_up + run->sweeps, sample = 0;
    (void)worker;
    refresh(chain);
    for (size_t sweep = 0; sweep < sweeps && !atomic_load(&running->stop); sweep++) {
        chain->sweep = (uint32_t)sweep;
        chain->heat = heat_of(world, sweep);
        for (uint32_t i = 0; i < world->data->n; i++) {
            if (run->frozen == NULL || run->frozen[i] == 0) {
                chain_update(chain, i);
            }
        }
        struct vg_random random = vg_random_stream(run->seed, VG_CHAIN_NONE, chain->sweep, 4 * chain->number + 3);
        size_t n_swaps = world->data->n < MANY ? world->data->n : world->data->n / 4, turned = world->data->n < MANY ? 8 : 16; /* in large outbreaks each is a walk out of the cache */
        for (size_t i = 0; i < n_swaps; i++) {                                        /* in no order: the way back is that the other of the two is drawn */
            uint32_t one = vg_random_below(&random, (uint32_t)world->data->n);
            (i % turned == 0 ? chain_turn : chain_swap)(chain, one, &random);
        }
        chain_parameters(chain);
        refresh(chain);
        if (sweep >= run->warm_up && (sweep - run->warm_up) % run->thin == 0 && sample < running->n_samples) {
            keep_sample(chain, sample++, running->n_samples);
        }
        if (item == 0 && !vg_progress_report(running->progress, "who infected whom", (double)(sweep + 1) / (double)sweeps)) {
            atomic_store(&running->stop, true);
        }
    }
}

/* --------------------------------------------------------------- summaries */

static void summarise_law(const struct chain_world *world, const struct chain *chains, double samples, struct vg_chain_posterior *out)
{
    const struct vg_chain_candidates *candidates = world->candidates;
    size_t n_chains = world->run->n_chains;
    double each = samples * (double)n_chains, apart = 0;
    for (uint32_t i = 0; i < world->data->n; i++) {
        size_t n = chain_list_size(candidates, i), start = candidates->starts[i];
        double outside = 0, unlisted = 0, furthest = 0;
        for (size_t c = 0; c < n_chains; c++) {
            outside += chains[c].outside[i];
            unlisted += chains[c].unlisted[i];
            for (size_t k = 0; k < n; k++) {
                out->support[start + k] += (float)(chains[c].support[start + k] / each);
            }
        }
        out->outside[i] = (float)(outside / each);
        out->unlisted[i] = (float)(unlisted / each);
        out->entropy[i] = chain_entropy(out->support + start, n, outside / each, unlisted / each);
        for (size_t c = 0; c < n_chains; c++) {
            double distance = fabs(chains[c].outside[i] / samples - outside / each) + fabs(chains[c].unlisted[i] / samples - unlisted / each);
            for (size_t k = 0; k < n; k++) {
                distance += fabs(chains[c].support[start + k] / samples - (double)out->support[start + k]);
            }
            furthest = fmax(furthest, distance / 2);
        }
        apart += furthest;
    }
    out->between_chains = n_chains > 1 ? apart / (double)world->data->n : NAN;
}

static void summarise_cases(const struct chain_world *world, const struct chain *chains, double samples, struct vg_chain_posterior *out)
{
    size_t n_chains = world->run->n_chains;
    double each = samples * (double)n_chains;
    for (uint32_t i = 0; i < world->data->n; i++) {
        double counts[OFFSPRING_BINS] = {0}, infected = 0, offspring = 0, direct = 0, inside = 0, sum = 0;
        for (size_t c = 0; c < n_chains; c++) {
            infected += chains[c].infected_sum[i];
            offspring += chains[c].offspring_sum[i];
            direct += chains[c].direct[i];
            inside += chains[c].inside[i];
            for (size_t r = 0; r < OFFSPRING_BINS; r++) {
                counts[r] += chains[c].offspring_counts[i][r];
            }
        }
        out->infected_mean[i] = (float)(infected / each);
        out->offspring_mean[i] = (float)(offspring / each);
        out->direct[i] = (float)(inside > 0 ? direct / inside : NAN);
        out->offspring_low[i] = out->offspring_high[i] = UINT16_MAX;
        for (size_t r = 0; r < OFFSPRING_BINS; r++) {
            sum += counts[r] / each;
            out->offspring_low[i] = out->offspring_low[i] == UINT16_MAX && sum >= 0.025 ? (uint16_t)r : out->offspring_low[i];
            out->offspring_high[i] = out->offspring_high[i] == UINT16_MAX && sum >= 0.975 - 1e-12 ? (uint16_t)r : out->offspring_high[i];
            out->superspreading[i] += r >= 10 ? (float)(counts[r] / each) : 0;
        }
    }
}

static vg_status summarise_traces(const struct chain_world *world, const struct chain *chains, size_t n_samples, struct vg_arena *scratch,
                                  struct vg_chain_posterior *out, struct vg_error *error)
{
    size_t n_chains = world->run->n_chains;
    double *traces = VG_ARENA_ARRAY(scratch, double, n_chains *n_samples), *means = (double *)&out->parameters;
    if (traces == NULL) {
        return vg_fail_memory(error, n_chains * n_samples * sizeof *traces);
    }
    for (size_t k = 0; k < TRACES; k++) {
        struct vg_chain_estimate *to = k < VG_CHAIN_PARAMETERS ? &out->estimates[k]
                                       : k == TRACE_LOG        ? &out->log_posterior
                                       : k == TRACE_OUTSIDE    ? &out->outside_cases
                                                               : &out->top_share;
        for (size_t c = 0; c < n_chains; c++) {
            memcpy(traces + c * n_samples, chains[c].traces + k * n_samples, n_samples * sizeof *traces);
        }
        vg_chains_diagnose(traces, n_chains, n_samples, to);
        if (k < VG_CHAIN_PARAMETERS) {
            means[k] = to->mean;
        }
    }
    return VG_OK;
}

static void summarise_shares(const struct chain_world *world, const struct chain *chains, double samples, struct vg_chain_posterior *out)
{
    double each = samples * (double)world->run->n_chains, top = 0, bottom = 0, swaps = 0, taken = 0;
    for (size_t c = 0; c < world->run->n_chains; c++) {
        for (size_t r = 0; r < OFFSPRING_SHARES; r++) {
            out->offspring_share[r] += chains[c].offspring_share[r] / each / (double)world->data->n;
        }
        for (size_t k = 0; k < out->n_settings * out->n_settings; k++) {
            out->settings[k] += chains[c].settings[k / out->n_settings * SETTINGS_MAX + k % out->n_settings] / each;
        }
        top += chains[c].backward_top;
        bottom += chains[c].backward_bottom;
        swaps += (double)chains[c].swaps;
        taken += (double)chains[c].swaps_taken;
    }
    out->backward = bottom > 0 ? top / bottom : NAN;
    out->swaps_taken = swaps > 0 ? taken / swaps : NAN;
}

vg_status chain_posterior_new(const struct vg_chain_data *data, size_t n_support, size_t n_chains, struct vg_arena *arena, struct vg_chain_posterior *out, struct vg_error *error)
{
    size_t n = data->n, n_settings = 1;
    for (size_t i = 0; i < n; i++) {
        size_t setting = data->cases[i].setting;
        n_settings = setting < SETTINGS_MAX && setting >= n_settings ? setting + 1 : n_settings;
    }
    *out = (struct vg_chain_posterior){.n = n,
                                       .support = n_support == 0 ? NULL : VG_ARENA_ARRAY(arena, float, n_support),
                                       .outside = VG_ARENA_ARRAY(arena, float, n),
                                       .unlisted = VG_ARENA_ARRAY(arena, float, n),
                                       .entropy = VG_ARENA_ARRAY(arena, double, n),
                                       .infected_mean = VG_ARENA_ARRAY(arena, float, n),
                                       .direct = VG_ARENA_ARRAY(arena, float, n),
                                       .offspring_mean = VG_ARENA_ARRAY(arena, float, n),
                                       .offspring_low = VG_ARENA_ARRAY(arena, uint16_t, n),
                                       .offspring_high = VG_ARENA_ARRAY(arena, uint16_t, n),
                                       .superspreading = VG_ARENA_ARRAY(arena, float, n),
                                       .offspring_share = VG_ARENA_ARRAY(arena, double, OFFSPRING_SHARES),
                                       .n_offspring_share = OFFSPRING_SHARES,
                                       .settings = VG_ARENA_ARRAY(arena, double, n_settings *n_settings),
                                       .n_settings = n_settings,
                                       .n_chains = n_chains};
    return arena->failed ? vg_fail_memory(error, n * 60) : VG_OK;
}

static vg_status keep_state(const struct chain_world *world, const struct chain *chains, struct vg_arena *arena, struct vg_chain_state *state,
                            struct vg_error *error)
{
    size_t n = world->data->n, n_chains = world->run->n_chains;
    *state = (struct vg_chain_state){n,
                                     n_chains,
                                     VG_ARENA_ARRAY(arena, int32_t, n * n_chains),
                                     VG_ARENA_ARRAY(arena, uint32_t, n * n_chains),
                                     VG_ARENA_ARRAY(arena, uint8_t, n * n_chains),
                                     VG_ARENA_ARRAY(arena, struct vg_chain_parameters, n_chains)};
    if (arena->failed) {
        return vg_fail_memory(error, n * n_chains * 9);
    }
    for (size_t c = 0; c < n_chains; c++) {
        state->parameters[c] = chains[c].p;
        for (size_t i = 0; i < n; i++) {
            state->infected[c * n + i] = chains[c].person[i].infected;
            unsigned slot = chain_resolve(&chains[c], (uint32_t)i); /* siblings are linked to the infector of both */
            state->infector[c * n + i] = slot == SLOT_UNLISTED  ? VG_CHAIN_UNLISTED
                                         : slot == SLOT_OUTSIDE ? VG_CHAIN_NONE
                                                                : chain_candidate(world->candidates, (uint32_t)i, slot)->infector;
            state->generations[c * n + i] = slot == chains[c].slot[i] ? chains[c].generations[i] : 2;
        }
    }
    return VG_OK;
}

/* ------------------------------------------------------------------- whole */

static vg_status check_run(const struct vg_chain_data *data, const struct vg_chain_run *run, struct vg_error *error)
{
    size_t samples = run->thin == 0 ? 0 : run->sweeps / run->thin;
    if (run->n_chains < 1 || run->n_chains > 64 || samples < 1 || samples > UINT16_MAX || run->warm_up + run->sweeps >= UINT32_MAX) {
        return vg_fail(error, VG_USAGE_ERROR, "1 to 64 chains and 1 to 65535 sweeps that are kept are needed");
    }
    if (run->start != NULL && (run->start->n > data->n || run->start->n_chains != run->n_chains)) {
        return vg_fail(error, VG_USAGE_ERROR, "the start has other chains, or more cases, than the data");
    }
    return VG_OK;
}

/* Share of the infections that the instant answer gives to cases in no list. */
static vg_status unlisted_share(const struct vg_chain_data *data, const struct vg_chain_model *model, const struct vg_chain_candidates *candidates,
                                struct vg_pool *pool, struct vg_arena *scratch, double *share, struct vg_error *error)
{
    struct vg_chain_posterior instant;
    double unlisted = 0;
    *share = 0;
    if (candidates->unlisted == NULL) {
        return VG_OK;
    }
    vg_status status = vg_chains_instant(data, model, candidates, pool, scratch, &instant, error);
    for (size_t i = 0; status == VG_OK && i < data->n; i++) {
        unlisted += (double)instant.unlisted[i];
    }
    *share = unlisted / (double)data->n;
    return status;
}

/* Whether j may ever infect i, or be its sibling. Slow cases are judged by what is above and below them, not by the distance of two. */
static bool is_usable(const struct chain_world *world, uint32_t i, const struct vg_chain_candidate *candidate)
{
    const struct vg_chain_case *of_i = &world->data->cases[i], *of_j = &world->data->cases[candidate->infector];
    unsigned nearest = world->candidates->nearest[i];
    unsigned furthest = nearest + DISTANCES_BEYOND < VG_CHAIN_DISTANCE_NONE ? nearest + DISTANCES_BEYOND : VG_CHAIN_DISTANCE_MAX;
    int64_t longest = (int64_t)(world->delays->delay_most > VG_CHAIN_GENERATION_MAX ? world->delays->delay_most : VG_CHAIN_GENERATION_MAX);
    bool by_genome = world->slow[i] != 0 || candidate->distance <= furthest || candidate->distance == VG_CHAIN_DISTANCE_NONE;
    return by_genome && chain_first_day(world->delays, of_j) <= of_i->day && (int64_t)chain_first_day(world->delays, of_i) - of_j->day <= longest;
}

static vg_status find_usable(struct chain_world *world, struct vg_arena *scratch, struct vg_error *error)
{
    const struct vg_chain_candidates *candidates = world->candidates;
    size_t *starts = VG_ARENA_ARRAY(scratch, size_t, candidates->n + 1);
    uint8_t *usable = VG_ARENA_ARRAY(scratch, uint8_t, candidates->n_list + 1);
    if (starts == NULL || usable == NULL) {
        return vg_fail_memory(error, candidates->n_list);
    }
    for (uint32_t i = 0; i < candidates->n; i++) {
        starts[i + 1] = starts[i];
        for (size_t k = candidates->starts[i]; k < candidates->starts[i + 1]; k++) {
            if (is_usable(world, i, &candidates->list[k])) {
                usable[starts[i + 1]++] = (uint8_t)(k - candidates->starts[i]);
            }
        }
    }
    world->usable_starts = starts;
    world->usable = usable;
    return VG_OK;
}

static vg_status new_world(const struct vg_chain_data *data, const struct vg_chain_model *model, const struct vg_chain_candidates *candidates,
                           const struct vg_chain_run *run, struct vg_arena *scratch, struct chain_world *world, struct vg_error *error)
{
    struct chain_delays *delays = VG_ARENA_ARRAY(scratch, struct chain_delays, 1);
    uint8_t *slow = VG_ARENA_ARRAY(scratch, uint8_t, data->n);
    uint32_t *group_of = VG_ARENA_ARRAY(scratch, uint32_t, data->n);
    if (delays == NULL || slow == NULL || group_of == NULL) {
        return vg_fail_memory(error, sizeof *delays);
    }
    chain_delays(model, delays);
    *world = (struct chain_world){.data = data,
                                  .model = model,
                                  .candidates = candidates,
                                  .run = run,
                                  .delays = delays,
                                  .slow = slow,
                                  .group_of = group_of,
                                  .last_known = chain_last_known(data),
                                  .days = chain_days(data, delays),
                                  .offspring = !isinf(model->fixed.dispersion),
                                  .wide = chain_wide()};
    for (size_t i = 0; data->genomes != NULL && i < data->n; i++) {
        slow[i] = data->cases[i].genome == VG_CHAIN_NONE;
        group_of[i] = (uint32_t)world->n_unsequenced;
        world->n_unsequenced += slow[i];
        for (size_t k = candidates->starts[i]; k < candidates->starts[i + 1]; k++) {
            slow[i] |= data->cases[candidates->list[k].infector].genome == VG_CHAIN_NONE;
        }
        world->some_slow = world->some_slow || slow[i] != 0;
    }
    for (unsigned kind = 0; kind < VG_CHAIN_SHOWN_KINDS; kind++) {
        for (size_t day = 0; day < VG_CHAIN_SHOWN_MAX; day++) {
            world->log_shown[kind][day] = log(model->shown[kind][day]);
        }
    }
    vg_status status = world->some_slow ? chain_sites(data, candidates, scratch, &world->sites, error) : VG_OK;
    status = status == VG_OK ? chain_index_contacts(world, scratch, error) : status;
    return status == VG_OK ? find_usable(world, scratch, error) : status;
}

/* Chains from their start to what they say together. */
static vg_status run_all(const struct chain_world *world, struct running *running, struct vg_pool *pool, struct vg_arena *arena, struct vg_arena *scratch,
                         struct vg_chain_posterior *posterior, struct vg_error *error)
{
    size_t n_chains = world->run->n_chains;
    vg_status status = chain_posterior_new(world->data, world->candidates->n_list + 1, world->run->n_chains, arena, posterior, error);
    for (size_t c = 0; status == VG_OK && c < n_chains; c++) {
        status = chain_new(world, (uint32_t)c, scratch, &running->chains[c], error);
    }
    if (status == VG_OK) {
        vg_parallel_for(pool, n_chains, run_chain, running);
        status = atomic_load(&running->stop) ? vg_fail(error, VG_CANCELLED, "the sampling was stopped") : VG_OK;
    }
    if (status == VG_OK) {
        posterior->n_samples = running->n_samples;
        summarise_law(world, running->chains, (double)running->n_samples, posterior);
        summarise_cases(world, running->chains, (double)running->n_samples, posterior);
        summarise_shares(world, running->chains, (double)running->n_samples, posterior);
        status = summarise_traces(world, running->chains, running->n_samples, scratch, posterior, error);
    }
    return status;
}

#define DISPERSION_LEAST 0.05 /* less than outbreaks are known to have, but where a few hospitals make nearly all cases */
#define COVERAGE_LEAST 0.5

/*
 * In closed groups cases come in waves, each about a generation after the last. Days alone then say the same of a few who infect nearly all as of many who
 * infect some, and numbers without bound take the first (Hagelloch 1861: k 0.01, three cases infect 118). Genomes and contacts that cover most links can tell.
 */
static bool knows_days_alone(const struct chain_world *world, const struct vg_chain_parameters *parameters)
{
    return world->data->genomes == NULL && (world->data->n_contacts == 0 || parameters->contact_coverage < COVERAGE_LEAST);
}

static bool takes_waves_for_spreaders(const struct chain_world *world, const struct vg_chain_posterior *posterior)
{
    return isnan(world->model->fixed.dispersion) && world->run->start == NULL && knows_days_alone(world, &posterior->parameters) && posterior->parameters.dispersion < DISPERSION_LEAST;
}

/* An earlier run saw it so: its settled cases are what k would be told from, and a new day alone does not tell otherwise. */
static bool took_waves_for_spreaders(const struct chain_world *world)
{
    const struct vg_chain_state *start = world->run->start;
    return isnan(world->model->fixed.dispersion) && start != NULL && isinf(start->parameters[0].dispersion) && knows_days_alone(world, &start->parameters[0]);
}

vg_status vg_chains_sample(const struct vg_chain_data *data, const struct vg_chain_model *model, const struct vg_chain_candidates *candidates,
                           const struct vg_chain_run *run, struct vg_pool *pool, const struct vg_progress *progress, struct vg_arena *arena,
                           struct vg_chain_posterior *posterior, struct vg_chain_state *state, struct vg_error *error)
{
    struct vg_arena scratch;
    struct chain_world world;
    struct running running = {.progress = progress};
    vg_status status = check_run(data, run, error);
    if (status != VG_OK) {
        return status;
    }
    vg_arena_init(&scratch, 0);
    running.n_samples = run->sweeps / run->thin;
    running.chains = VG_ARENA_ARRAY(&scratch, struct chain, run->n_chains);
    status =
        running.chains == NULL ? vg_fail_memory(error, run->n_chains * sizeof(struct chain)) : new_world(data, model, candidates, run, &scratch, &world, error);
    double unlisted = 0;
    if (status == VG_OK && world.offspring) {
        status = unlisted_share(data, model, candidates, pool, &scratch, &unlisted, error);
        world.offspring = unlisted <= UNLISTED_MOST && !took_waves_for_spreaders(&world); /* else there is nothing to tell numbers of infected from */
    }
    if (status == VG_OK) {
        status = run_all(&world, &running, pool, arena, &scratch, posterior, error);
    }
    if (status == VG_OK && world.offspring && takes_waves_for_spreaders(&world, posterior)) {
        world.offspring = false;
        status = run_all(&world, &running, pool, arena, &scratch, posterior, error);
    }
    if (status == VG_OK && !world.offspring && !isinf(model->fixed.dispersion)) {
        posterior->parameters.dispersion = NAN;
        posterior->estimates[VG_CHAIN_DISPERSION] = (struct vg_chain_estimate){NAN, NAN, NAN, NAN, NAN};
    }
    if (status == VG_OK && world.contact_starts == NULL) {
        posterior->parameters.contact_siblings = NAN;
        posterior->estimates[VG_CHAIN_CONTACT_SIBLINGS] = (struct vg_chain_estimate){NAN, NAN, NAN, NAN, NAN};
    }
    if (status == VG_OK && state != NULL) {
        status = keep_state(&world, running.chains, arena, state, error);
    }
    vg_arena_release(&scratch);
    return status;
}
