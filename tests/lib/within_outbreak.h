/*
 * Outbreaks with diversity within hosts, of which everything is known: infections in a closed population, lineages that coalesce within hosts back to one at the
 * infection, genomes that mutate along the phylogeny. The settings of `within_outbreak_published` are those of the 200 outbreaks of 20 cases on which Campbell
 * and others (2018, BMC Bioinformatics 19:363) compared outbreaker2 with TransPhylo.
 */
#ifndef VG_WITHIN_OUTBREAK_H
#define VG_WITHIN_OUTBREAK_H

#include "core/core.h"
#include "trace/chains/chains.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

struct within_outbreak_settings {
    uint32_t n_cases;    /* exactly so many */
    uint32_t population; /* of whom any may be infected; those who were are immune */
    double reproduction, dispersion, generation_mean, generation_sd, shown_mean, shown_sd;
    double reporting; /* share of the infected that are cases */
    double growth, size; /* of the pathogen within a host */
    double clock;        /* mutations a site a day */
    size_t length;
    double sequenced; /* share of cases */
};

static const struct within_outbreak_settings within_outbreak_published = {.n_cases = 20,
                                                                          .population = 27,
                                                                          .reproduction = 1.8,
                                                                          .dispersion = INFINITY,
                                                                          .generation_mean = 14.4,
                                                                          .generation_sd = 8.9,
                                                                          .shown_mean = 14.4,
                                                                          .shown_sd = 8.9,
                                                                          .reporting = 1,
                                                                          .growth = 1,
                                                                          .size = 1e6,
                                                                          .clock = 3.1e-6,
                                                                          .length = 18958,
                                                                          .sequenced = 1};

struct within_person {
    double infected, shown;
    uint32_t infector, case_of;
    bool is_case;
};

struct within_outbreak {
    struct vg_chain_data data;
    struct vg_chain_model model;
    struct vg_chain_genomes genomes;
    struct vg_chain_phylogeny phylogeny; /* the true one */
    struct vg_chain_case *cases;
    struct vg_text *ids, *sequences;
    uint32_t *truth; /* [n] nearest ancestor that is a case, or VG_CHAIN_NONE */
};

static inline uint32_t within_outbreak_spread(const struct within_outbreak_settings *s, struct vg_random *random, struct within_person *people, uint32_t most)
{
    double w_scale = s->generation_sd * s->generation_sd / s->generation_mean, f_scale = s->shown_sd * s->shown_sd / s->shown_mean;
    uint32_t n = 1;
    people[0] = (struct within_person){.infector = VG_CHAIN_NONE};
    for (uint32_t i = 0; i < n; i++) { /* in the order of infection */
        for (uint32_t j = i + 1; j < n; j++) {
            if (people[j].infected < people[i].infected) {
                struct within_person swap = people[i];
                people[i] = people[j];
                people[j] = swap;
            }
        }
        people[i].is_case = vg_random_uniform(random) < s->reporting;
        people[i].shown = people[i].infected + vg_random_gamma(random, s->shown_mean / f_scale, f_scale);
        double mean = s->reproduction * (1 - (double)i / s->population);
        int64_t infects = isinf(s->dispersion) ? vg_random_poisson(random, mean) : vg_random_negative_binomial(random, mean, s->dispersion);
        for (int64_t k = 0; k < infects && n < most; k++) {
            people[n++] = (struct within_person){.infected = people[i].infected + vg_random_gamma(random, s->generation_mean / w_scale, w_scale), .infector = i};
        }
    }
    return n;
}

struct within_lineage {
    double time;
    uint32_t node, host;
};

/* Lineages backwards: within a host at rate 1 / min(growth tau, size) a pair, by thinning of small steps' exact hazards. */
static inline void within_outbreak_coalesce(const struct within_outbreak_settings *s, const struct within_person *people, uint32_t n_people,
                                            struct vg_random *random, struct within_lineage *at, uint32_t *n_at, struct vg_chain_phylogeny *tree, uint32_t *next)
{
    for (uint32_t host = n_people; host-- > 0;) { /* the infected come after their infectors */
        double time = INFINITY;
        for (;;) {
            uint32_t here = 0, of[2] = {0, 0};
            double zero = people[host].infected, start = -INFINITY;
            for (uint32_t k = 0; k < *n_at; k++) {
                here += at[k].host == host && at[k].time >= time ? 1 : 0;
                start = at[k].host == host && at[k].time < time ? fmax(start, at[k].time) : start;
            }
            double to = zero;
            if (here > 1) {
                double left = -log(vg_random_uniform(random)) / (0.5 * here * (here - 1)), tau = time - zero, bend = s->size / s->growth;
                double flat = fmax(0, fmin(left, (tau - bend) / s->size));
                to = zero + (tau - flat * s->size) * exp(-s->growth * (tau > bend && flat >= left ? 0 : left - flat));
            }
            if (isinf(start) && here <= 1) {
                break;
            }
            if (here <= 1 || start > to) {
                time = start;
                continue;
            }
            uint32_t first = vg_random_below(random, here), second = vg_random_below(random, here - 1), seen = 0;
            second += second >= first ? 1 : 0;
            for (uint32_t k = 0; k < *n_at; k++) {
                if (at[k].host == host && at[k].time >= time) {
                    of[0] = seen == first ? k : of[0];
                    of[1] = seen == second ? k : of[1];
                    seen++;
                }
            }
            tree->times[*next] = to;
            tree->parents[*next] = VG_CHAIN_NONE;
            tree->parents[at[of[0]].node] = tree->parents[at[of[1]].node] = *next;
            for (uint32_t k = 0; k < *n_at; k++) { /* all that are here go on from this time */
                at[k].time = at[k].host == host && at[k].time >= time ? to : at[k].time;
            }
            at[of[0]].node = (*next)++;
            at[of[1]] = at[--*n_at];
            time = to;
        }
        for (uint32_t k = 0; k < *n_at; k++) {
            if (at[k].host == host && people[host].infector != VG_CHAIN_NONE) {
                at[k] = (struct within_lineage){people[host].infected, at[k].node, people[host].infector};
            }
        }
    }
}

static inline vg_status within_outbreak_mutate(const struct within_outbreak_settings *s, struct vg_random *random, struct vg_arena *arena,
                                               struct within_outbreak *out, struct vg_error *error)
{
    size_t n = out->data.n, n_nodes = 2 * n - 1, n_sequences = 0;
    char *bases = VG_ARENA_ARRAY(arena, char, n_nodes *s->length);
    out->sequences = VG_ARENA_ARRAY(arena, struct vg_text, n);
    if (bases == NULL || out->sequences == NULL) {
        return vg_fail_memory(error, n_nodes * s->length);
    }
    for (size_t v = n_nodes; v-- > 0;) { /* parents first */
        char *to = bases + v * s->length;
        uint32_t parent = out->phylogeny.parents[v];
        if (parent == VG_CHAIN_NONE) {
            memset(to, 'A', s->length);
            continue;
        }
        memcpy(to, bases + parent * s->length, s->length);
        int64_t mutations = vg_random_poisson(random, s->clock * (double)s->length * (out->phylogeny.times[v] - out->phylogeny.times[parent]));
        for (int64_t k = 0; k < mutations; k++) {
            char *site = &to[vg_random_below(random, (uint32_t)s->length)], base = *site;
            while (base == *site) {
                base = "ACGT"[vg_random_below(random, 4)];
            }
            *site = base;
        }
    }
    for (size_t i = 0; i < n; i++) {
        out->sequences[i] = vg_text_of(bases + i * s->length, s->length);
        bool sequenced = vg_random_uniform(random) < s->sequenced;
        out->cases[i].genome = sequenced ? (uint32_t)n_sequences : VG_CHAIN_NONE;
        if (sequenced) {
            out->sequences[n_sequences++] = out->sequences[i];
        }
    }
    out->data.genomes = n_sequences == 0 ? NULL : &out->genomes;
    return n_sequences == 0 ? VG_OK : vg_chains_genomes(out->sequences, n_sequences, arena, &out->genomes, error);
}

static inline vg_status within_outbreak_make(const struct within_outbreak_settings *s, uint64_t seed, struct vg_arena *arena, struct within_outbreak *out,
                                             struct vg_error *error)
{
    enum { TRIES = 20000 };
    uint32_t most = 20 * s->n_cases + 200, n_people = 0, n = 0, next = s->n_cases, n_at = 0;
    struct vg_random random = vg_random_stream(seed, 0, 0, 7);
    struct within_person *people = VG_ARENA_ARRAY(arena, struct within_person, most);
    struct within_lineage *at = VG_ARENA_ARRAY(arena, struct within_lineage, s->n_cases);
    *out = (struct within_outbreak){.cases = VG_ARENA_ARRAY(arena, struct vg_chain_case, s->n_cases),
                                    .truth = VG_ARENA_ARRAY(arena, uint32_t, s->n_cases),
                                    .phylogeny = {s->n_cases, VG_ARENA_ARRAY(arena, double, 2 * (size_t)s->n_cases),
                                                  VG_ARENA_ARRAY(arena, uint32_t, 2 * (size_t)s->n_cases)}};
    if (arena->failed) {
        return vg_fail_memory(error, most * sizeof *people);
    }
    for (int try = 0; n != s->n_cases; try++) {
        if (try == TRIES) {
            return vg_fail(error, VG_DATA_ERROR, "no outbreak of that size in %d", TRIES);
        }
        n_people = within_outbreak_spread(s, &random, people, most);
        n = 0;
        for (uint32_t i = 0; i < n_people; i++) {
            n += people[i].is_case ? 1 : 0;
        }
    }
    n = 0;
    for (uint32_t i = 0; i < n_people; i++) { /* by day, as files are read */
        if (people[i].is_case) {
            uint32_t place = n++;
            people[i].case_of = i;
            for (; place > 0 && floor(people[out->truth[place - 1]].shown) > floor(people[i].shown); place--) {
                out->truth[place] = out->truth[place - 1];
            }
            out->truth[place] = i;
        }
    }
    for (uint32_t c = 0; c < n; c++) {
        uint32_t i = out->truth[c];
        people[i].case_of = c;
        out->cases[c] = (struct vg_chain_case){.day = (int32_t)floor(people[i].shown), .place = VG_CHAIN_NONE, .genome = VG_CHAIN_NONE};
        out->phylogeny.times[c] = people[i].shown;
        at[n_at++] = (struct within_lineage){people[i].shown, c, i};
    }
    for (uint32_t c = 0; c < n; c++) {
        uint32_t by = people[out->truth[c]].infector;
        while (by != VG_CHAIN_NONE && !people[by].is_case) {
            by = people[by].infector;
        }
        out->truth[c] = by == VG_CHAIN_NONE ? VG_CHAIN_NONE : people[by].case_of;
    }
    within_outbreak_coalesce(s, people, n_people, &random, at, &n_at, &out->phylogeny, &next);
    out->phylogeny.parents[2 * n - 2] = VG_CHAIN_NONE;
    out->data = (struct vg_chain_data){.cases = out->cases, .n = n, .as_of = out->cases[n - 1].day + 60};
    vg_chains_model_defaults(&out->model);
    vg_status status = within_outbreak_mutate(s, &random, arena, out, error);
    for (uint32_t c = 0; c < n; c++) { /* a case is dated by its day alone */
        out->phylogeny.times[c] = fmax(out->cases[c].day + 0.5, out->phylogeny.times[out->phylogeny.parents[c]] + 1e-4);
    }
    status = status == VG_OK ? vg_chains_delay_gamma(s->generation_mean, s->generation_sd, 1, out->model.generation, VG_CHAIN_GENERATION_MAX, error) : status;
    return status == VG_OK ? vg_chains_delay_gamma(s->shown_mean, s->shown_sd, 0, out->model.shown[VG_CHAIN_ONSET], VG_CHAIN_SHOWN_MAX, error) : status;
}

#endif
