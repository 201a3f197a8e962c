/*
 * What the law of the infectors tells: one tree that stands for it, which of its chains may go on, and which interview would narrow it down most.
 */
#include "trace/chains/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct ranked {
    float support;
    uint32_t i;
};

static int strongest_first(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    if (x->support > y->support || x->support < y->support) {
        return x->support > y->support ? -1 : 1;
    }
    return x->i < y->i ? -1 : x->i > y->i;
}

/* ---------------------------------------------------------------- one tree */

static bool closes_circle(const uint32_t *infector, uint32_t i, uint32_t by)
{
    while (by < VG_CHAIN_UNLISTED && by != i) {
        by = infector[by];
    }
    return by == i;
}

/* The options of a case, likeliest first: index in its list, or n outside, n + 1 not listed. */
static size_t rank_options(const struct vg_chain_candidates *candidates, const struct vg_chain_posterior *posterior, uint32_t i,
                           struct ranked options[VG_CHAIN_CANDIDATES_MAX + 2])
{
    size_t n = chain_list_size(candidates, i);
    for (size_t k = 0; k < n; k++) {
        options[k] = (struct ranked){posterior->support[candidates->starts[i] + k], (uint32_t)k};
    }
    options[n] = (struct ranked){posterior->outside[i], (uint32_t)n};
    options[n + 1] = (struct ranked){posterior->unlisted[i], (uint32_t)n + 1};
    qsort(options, n + 2, sizeof *options, strongest_first);
    return n;
}

vg_status vg_chains_consensus(const struct vg_chain_candidates *candidates, const struct vg_chain_posterior *posterior, uint32_t *infector, float *support,
                              struct vg_error *error)
{
    struct ranked *order = malloc((candidates->n + 1) * sizeof *order), options[VG_CHAIN_CANDIDATES_MAX + 2];
    if (order == NULL) {
        return vg_fail_memory(error, candidates->n * sizeof *order);
    }
    for (uint32_t i = 0; i < candidates->n; i++) {
        (void)rank_options(candidates, posterior, i, options);
        order[i] = (struct ranked){options[0].support, i};
        infector[i] = VG_CHAIN_NONE;
    }
    qsort(order, candidates->n, sizeof *order, strongest_first);
    for (size_t at = 0; at < candidates->n; at++) {
        uint32_t i = order[at].i, by = VG_CHAIN_NONE;
        size_t n = rank_options(candidates, posterior, i, options), k = 0;
        do {
            by = options[k].i < n ? candidates->list[candidates->starts[i] + options[k].i].infector : options[k].i == n ? VG_CHAIN_NONE : VG_CHAIN_UNLISTED;
            k++;
        } while (closes_circle(infector, i, by));
        infector[i] = by;
        support[i] = options[k - 1].support;
    }
    free(order);
    return VG_OK;
}

/* ------------------------------------------------------------------ chains */

static int largest_first(const void *a, const void *b)
{
    const struct vg_chain_alive *x = a, *y = b;
    return x->n_cases != y->n_cases ? (x->n_cases > y->n_cases ? -1 : 1) : x->first < y->first ? -1 : x->first > y->first;
}

static double mean_shown(const struct vg_chain_model *model, unsigned kind)
{
    double sum = 0;
    for (size_t day = 0; day < VG_CHAIN_SHOWN_MAX; day++) {
        sum += (double)day * model->shown[kind][day];
    }
    return sum;
}

vg_status vg_chains_alive(const struct vg_chain_data *data, const struct vg_chain_model *model, const struct vg_chain_posterior *posterior,
                          const uint32_t *infector, double extinction, struct vg_arena *arena, struct vg_chain_alive *out, size_t *n_out,
                          struct vg_error *error)
{
    uint32_t *children = VG_ARENA_ARRAY(arena, uint32_t, data->n), *chain_of = VG_ARENA_ARRAY(arena, uint32_t, data->n);
    struct chain_delays *delays = VG_ARENA_ARRAY(arena, struct chain_delays, 1);
    if (children == NULL || chain_of == NULL || delays == NULL) {
        return vg_fail_memory(error, data->n * 8);
    }
    double r = posterior->parameters.reproduction, k = posterior->parameters.dispersion;
    int32_t last = chain_last_known(data);
    chain_delays(model, delays);
    *n_out = 0;
    for (uint32_t i = 0; i < data->n; i++) {
        if (infector[i] < VG_CHAIN_UNLISTED) {
            children[infector[i]]++;
        } else {
            out[*n_out] = (struct vg_chain_alive){i, 0, VG_DATE_NONE, 1, 1};
            chain_of[i] = (uint32_t)(*n_out)++;
        }
    }
    for (uint32_t i = 0; i < data->n; i++) {
        uint32_t root = i;
        while (infector[root] < VG_CHAIN_UNLISTED) {
            root = infector[root];
        }
        struct vg_chain_alive *chain = &out[chain_of[root]];
        double infected = posterior->infected_mean != NULL ? (double)posterior->infected_mean[i] : data->cases[i].day - mean_shown(model, data->cases[i].shown);
        double seen = chain_observed(delays, (int64_t)floor(last - infected + 0.5)), left = 1 - seen;
        chain->n_cases++;
        chain->last_day = data->cases[i].day > chain->last_day ? data->cases[i].day : chain->last_day;
        chain->over *= isinf(k) ? exp(-r * left) : pow((k / r + seen) / (k / r + 1), k + children[i]);
        chain->extinct *= isinf(k) ? exp(-r * left * (1 - extinction)) : pow((k / r + seen) / (k / r + seen + left * (1 - extinction)), k + children[i]);
    }
    qsort(out, *n_out, sizeof *out, largest_first);
    return VG_OK;
}

/* -------------------------------------------------------------- interviews */

enum { DRAWS = 64 };

struct interviewing {
    const struct vg_chain_candidates *candidates;
    const struct vg_chain_posterior *posterior;
    uint64_t seed;
    double *gain;
};

static void interview(void *context, size_t item, unsigned worker)
{
    const struct interviewing *in = context;
    const struct vg_chain_candidates *candidates = in->candidates;
    const struct vg_chain_parameters *p = &in->posterior->parameters;
    size_t start = candidates->starts[item], n = chain_list_size(candidates, (uint32_t)item);
    const float *support = in->posterior->support + start;
    double outside = (double)in->posterior->outside[item], unlisted = (double)in->posterior->unlisted[item], noise = p->contact_coverage * p->contact_noise;
    double named_factor = 1 / p->contact_noise, not_named_factor = (1 - p->contact_coverage) / (1 - noise), sum = 0;
    struct vg_random random = vg_random_stream(in->seed, (uint32_t)item, 0, 0x696e74);
    (void)worker;
    for (int draw = 0; draw < DRAWS && in->posterior->entropy[item] > 1e-3; draw++) {
        double left = vg_random_uniform(&random) - outside - unlisted, total = outside + unlisted;
        float after[VG_CHAIN_CANDIDATES_MAX];
        for (size_t k = 0; k < n; k++) {
            bool asked = (candidates->list[start + k].flags & VG_CHAIN_IS_CONTACT) == 0;
            bool is_infector = left > 0 && left <= (double)support[k];
            left -= (double)support[k];
            bool named = asked && support[k] > 1e-6F && vg_random_uniform(&random) < (is_infector ? p->contact_coverage : noise);
            double weight = (double)support[k] * (!asked ? 1 : named ? named_factor : not_named_factor);
            after[k] = (float)weight;
            total += weight;
        }
        for (size_t k = 0; k < n; k++) {
            after[k] = (float)((double)after[k] / total);
        }
        sum += chain_entropy(after, n, outside / total, unlisted / total) / DRAWS;
    }
    in->gain[item] = fmax(in->posterior->entropy[item] - sum, 0);
    in->gain[item] = in->posterior->entropy[item] > 1e-3 ? in->gain[item] : 0;
}

void vg_chains_interview(const struct vg_chain_candidates *candidates, const struct vg_chain_posterior *posterior, uint64_t seed, struct vg_pool *pool,
                         double *gain)
{
    struct interviewing in = {candidates, posterior, seed, gain};
    vg_parallel_for(pool, candidates->n, interview, &in);
}
