/*
 * The instant answer: each case by itself, days of infection summed over, parameters by a few rounds of EM. Of the two directions of a link the one weakens the
 * other. Sums are taken by fixed blocks of cases, so threads do not change them.
 */
#include "trace/chains/internal.h"

#include <math.h>
#include <string.h>

enum {
    ROUNDS = 12,
    TURNS = 6 /* rounds in which both directions of a link are held against each other */,
    BLOCK = 2048,
    KINDS = VG_CHAIN_SHOWN_KINDS * VG_CHAIN_SHOWN_KINDS
};

/* What a round expects of the links: numbers of each sort. */
struct expected {
    double links, generations, differences, sequenced_generations, outside, unlisted, contact_direct, direct, same_place, placed;
};

struct instant {
    const struct vg_chain_data *data;
    const struct vg_chain_model *model;
    const struct vg_chain_candidates *candidates;
    const struct chain_delays *delays;
    struct chain_rows rows;
    struct vg_chain_parameters p;
    double (*serial)[GENERATIONS][SERIAL_N];  /* [KINDS] */
    double (*table)[2 * DISTANCES][SERIAL_N]; /* [KINDS] */
    bool used[KINDS];
    double days, exposed; /* over which imports come; cases, by the share of their infections that show */
    struct expected *blocks;
    float *before; /* [n_list] support of the round before; NULL: not looked at yet */
    struct vg_chain_posterior *posterior;
};

static void fill_table(struct instant *instant)
{
    chain_rows_fill(&instant->rows, instant->data, &instant->p, chain_wide());
    for (size_t kinds = 0; kinds < KINDS; kinds++) {
        for (size_t row = 0; instant->used[kinds] && row < 2 * DISTANCES; row++) {
            if (!instant->rows.used[row % DISTANCES] || (row >= DISTANCES && instant->data->n_contacts == 0)) {
                continue;
            }
            double *out = instant->table[kinds][row];
            memset(out, 0, SERIAL_N * sizeof *out);
            for (size_t g = 0; g < instant->delays->n_generations; g++) {
                double coefficient = instant->rows.coefficients[row][g];
                const double *serial = instant->serial[kinds][g];
                for (size_t i = 0; i < SERIAL_N; i++) {
                    out[i] += coefficient * serial[i];
                }
            }
        }
    }
}

static double weigh_unlisted(const struct instant *instant, uint32_t i)
{
    const struct vg_chain_candidates *candidates = instant->candidates;
    const struct vg_chain_case *c = &instant->data->cases[i];
    double sum = 0;
    if (candidates->unlisted == NULL) {
        return 0;
    }
    size_t n = instant->delays->n_shown[c->shown];
    for (size_t d = 0; d < n; d++) {
        sum += instant->model->shown[c->shown][n - 1 - d] * (double)candidates->unlisted[(size_t)i * VG_CHAIN_SHOWN_MAX + d];
    }
    unsigned distance = candidates->unlisted_distance[i];
    unsigned beyond = distance == VG_CHAIN_DISTANCE_NONE ? 0 : distance - candidates->nearest[i];
    return instant->p.reproduction * sum * instant->rows.sum[distance] * instant->rows.power[beyond];
}

static void count_link(const struct instant *instant, const struct vg_chain_candidate *candidate, size_t row, size_t kinds, size_t at, double probability,
                       struct expected *sums)
{
    double direct = instant->rows.coefficients[row][0] * instant->serial[kinds][0][at], all = instant->table[kinds][row][at], generations = 0;
    for (size_t g = 0; g < instant->delays->n_generations; g++) {
        generations += (double)(g + 1) * instant->rows.coefficients[row][g] * instant->serial[kinds][g][at];
    }
    generations *= probability / all;
    sums->links += probability;
    sums->generations += generations;
    sums->direct += probability * direct / all;
    sums->contact_direct += (candidate->flags & VG_CHAIN_IS_CONTACT) != 0 ? probability * direct / all : 0;
    sums->placed += (candidate->flags & VG_CHAIN_PLACES_KNOWN) != 0 ? probability : 0;
    sums->same_place += (candidate->flags & VG_CHAIN_SAME_PLACE) != 0 ? probability : 0;
    if (candidate->distance != VG_CHAIN_DISTANCE_NONE) {
        sums->differences += probability * candidate->distance;
        sums->sequenced_generations += generations;
    }
}

/* How likely it seemed in the round before that j was infected by i: then it cannot have infected i. */
static double infected_back(const struct instant *instant, uint32_t i, uint32_t j)
{
    const struct vg_chain_candidates *candidates = instant->candidates;
    for (size_t k = candidates->starts[j]; k < candidates->starts[j + 1]; k++) {
        if (candidates->list[k].infector == i) {
            return (double)instant->before[k];
        }
    }
    return 0;
}

static void answer_case(const struct instant *instant, uint32_t i, struct expected *sums)
{
    const struct vg_chain_candidates *candidates = instant->candidates;
    const struct vg_chain_case *c = &instant->data->cases[i];
    float *support = instant->posterior->support + candidates->starts[i];
    size_t n = chain_list_size(candidates, i), rows[VG_CHAIN_CANDIDATES_MAX], kinds[VG_CHAIN_CANDIDATES_MAX], at[VG_CHAIN_CANDIDATES_MAX];
    double weights[VG_CHAIN_CANDIDATES_MAX];
    double outside = c->origin == VG_CHAIN_ORIGIN_LOCAL ? 0 : instant->p.imports_per_day * instant->rows.outside[candidates->nearest[i]];
    double unlisted = weigh_unlisted(instant, i), total = 0;
    for (size_t k = 0; k < n; k++) {
        const struct vg_chain_candidate *candidate = &candidates->list[candidates->starts[i] + k];
        const struct vg_chain_case *infector = &instant->data->cases[candidate->infector];
        unsigned beyond = candidate->distance == VG_CHAIN_DISTANCE_NONE ? 0 : (unsigned)(candidate->distance - candidates->nearest[i]);
        rows[k] = ((candidate->flags & VG_CHAIN_IS_CONTACT) != 0 ? DISTANCES : 0) + candidate->distance;
        kinds[k] = (size_t)infector->shown * VG_CHAIN_SHOWN_KINDS + c->shown;
        at[k] = (size_t)(SERIAL_ZERO + (int64_t)c->day - infector->day);
        weights[k] = instant->p.reproduction * chain_place_factor(candidates, &instant->p, i, candidate->flags) * instant->rows.power[beyond] *
                     instant->table[kinds[k]][rows[k]][at[k]];
        total += weights[k];
    }
    total += outside + unlisted;
    for (size_t k = 0; instant->before != NULL && k < n; k++) {
        if (weights[k] > 0.01 * total) {
            double turned = weights[k] * (1 - infected_back(instant, i, candidates->list[candidates->starts[i] + k].infector));
            total += turned - weights[k];
            weights[k] = turned;
        }
    }
    if (!(total > 0)) { /* nobody can be its infector, though it is said to be local */
        outside = total = 1;
    }
    for (size_t k = 0; k < n; k++) {
        double probability = weights[k] / total;
        support[k] = (float)probability;
        if (probability > 1e-4) {
            count_link(instant, &candidates->list[candidates->starts[i] + k], rows[k], kinds[k], at[k], probability, sums);
        }
    }
    instant->posterior->outside[i] = (float)(outside / total);
    instant->posterior->unlisted[i] = (float)(unlisted / total);
    instant->posterior->entropy[i] = chain_entropy(support, n, outside / total, unlisted / total);
    sums->outside += outside / total;
    sums->unlisted += unlisted / total;
}

static void answer_block(void *context, size_t item, unsigned worker)
{
    struct instant *instant = context;
    struct expected sums = {0};
    (void)worker;
    for (size_t i = item * BLOCK; i < (item + 1) * BLOCK && i < instant->data->n; i++) {
        answer_case(instant, (uint32_t)i, &sums);
    }
    instant->blocks[item] = sums;
}

static void learn(struct instant *instant, const struct expected *sums)
{
    const struct vg_chain_model *model = instant->model;
    const struct vg_chain_parameters *fixed = &model->fixed;
    struct vg_chain_parameters *p = &instant->p;
    double n = (double)instant->data->n, pairs = n * (n - 1) / 2, false_contacts = (double)instant->data->n_contacts - sums->contact_direct;
    double within = sums->links + sums->unlisted;
    if (instant->data->genomes != NULL && isnan(fixed->mutation)) {
        p->mutation = fmin((sums->differences + 0.5) / ((double)instant->data->genomes->length * fmax(sums->sequenced_generations, 1)), 0.1);
    }
    if (isnan(fixed->reporting)) {
        p->reporting =
            fmin((sums->links + model->reporting_prior[0] - 1) / (sums->generations + model->reporting_prior[0] + model->reporting_prior[1] - 2), 0.9999);
    }
    if (instant->data->n_contacts > 0 && isnan(fixed->contact_coverage)) {
        p->contact_coverage = (sums->contact_direct + 0.5) / (sums->direct + 1);
    }
    if (instant->data->n_contacts > 0 && isnan(fixed->contact_noise)) {
        p->contact_noise = fmin((fmax(false_contacts, 0) + 0.5) / fmax(pairs - sums->direct, 1) / p->contact_coverage, 0.99);
    }
    if (isnan(fixed->place_share)) {
        p->place_share = (sums->same_place + 0.5) / (sums->placed + 1);
    }
    if (isnan(fixed->reproduction)) {
        p->reproduction = (within + model->reproduction_prior[0]) / (instant->exposed + model->reproduction_prior[1]);
    }
    if (isnan(fixed->imports_per_day)) {
        p->imports_per_day = (sums->outside + model->imports_prior[0]) / (instant->days + model->imports_prior[1]);
    }
}

static vg_status prepare(struct instant *instant, struct vg_arena *scratch, struct vg_error *error)
{
    const struct vg_chain_data *data = instant->data;
    struct chain_delays *delays = VG_ARENA_ARRAY(scratch, struct chain_delays, 1);
    instant->serial = vg_arena_alloc(scratch, KINDS, sizeof *instant->serial);
    instant->table = vg_arena_alloc(scratch, KINDS, sizeof *instant->table);
    instant->blocks = VG_ARENA_ARRAY(scratch, struct expected, data->n / BLOCK + 1);
    if (scratch->failed) {
        return vg_fail_memory(error, KINDS * sizeof *instant->table);
    }
    bool shown[VG_CHAIN_SHOWN_KINDS] = {false};
    int32_t last = chain_last_known(data);
    chain_delays(instant->model, delays);
    instant->delays = delays;
    instant->days = chain_days(data, delays);
    for (size_t i = 0; i < data->n; i++) {
        const struct vg_chain_case *c = &data->cases[i];
        shown[c->shown] = true;
        instant->exposed += chain_observed(delays, (int64_t)last - c->day + (int64_t)delays->n_shown[c->shown] / 2);
    }
    for (unsigned kinds = 0; kinds < KINDS; kinds++) {
        instant->used[kinds] = shown[kinds / VG_CHAIN_SHOWN_KINDS] && shown[kinds % VG_CHAIN_SHOWN_KINDS];
        for (size_t g = 0; instant->used[kinds] && g < delays->n_generations; g++) {
            chain_serial(instant->model, delays, g + 1, kinds / VG_CHAIN_SHOWN_KINDS, kinds % VG_CHAIN_SHOWN_KINDS, instant->serial[kinds][g]);
        }
    }
    instant->p = chain_initial_parameters(data, instant->model, instant->candidates);
    return chain_rows_new(delays, data, instant->model, instant->candidates, scratch, &instant->rows, error);
}

vg_status vg_chains_instant(const struct vg_chain_data *data, const struct vg_chain_model *model, const struct vg_chain_candidates *candidates,
                            struct vg_pool *pool, struct vg_arena *arena, struct vg_chain_posterior *posterior, struct vg_error *error)
{
    struct vg_arena scratch;
    struct instant instant = {.data = data, .model = model, .candidates = candidates, .posterior = posterior};
    *posterior = (struct vg_chain_posterior){.n = data->n,
                                             .support = VG_ARENA_ARRAY(arena, float, candidates->n_list + 1),
                                             .outside = VG_ARENA_ARRAY(arena, float, data->n),
                                             .unlisted = VG_ARENA_ARRAY(arena, float, data->n),
                                             .entropy = VG_ARENA_ARRAY(arena, double, data->n)};
    if (arena->failed) {
        return vg_fail_memory(error, candidates->n_list * sizeof(float));
    }
    vg_arena_init(&scratch, 0);
    float *before = VG_ARENA_ARRAY(&scratch, float, candidates->n_list + 1);
    vg_status status = before == NULL ? vg_fail_memory(error, candidates->n_list * sizeof *before) : prepare(&instant, &scratch, error);
    size_t n_blocks = (data->n + BLOCK - 1) / BLOCK;
    for (int round = 0; status == VG_OK && round <= ROUNDS; round++) {
        struct expected sums = {0};
        fill_table(&instant);
        if (round >= ROUNDS - TURNS) {
            instant.before = before;
            memcpy(before, posterior->support, candidates->n_list * sizeof *before);
        }
        vg_parallel_for(pool, n_blocks, answer_block, &instant);
        for (size_t block = 0; block < n_blocks; block++) {
            const double *from = (const double *)&instant.blocks[block];
            for (size_t k = 0; k < sizeof sums / sizeof(double); k++) {
                ((double *)&sums)[k] += from[k];
            }
        }
        if (round < ROUNDS) {
            learn(&instant, &sums);
        }
    }
    posterior->parameters = instant.p;
    posterior->parameters.dispersion = model->fixed.dispersion; /* is not estimated here */
    vg_arena_release(&scratch);
    return status;
}
