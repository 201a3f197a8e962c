/*
 * Outbreaks of which everything is known, for tests and benchmarks of who infected whom: a branching process with negative binomial numbers of infected,
 * imports, unseen cases, genomes that mutate at each infection, places and reported contacts.
 */
#ifndef VG_SMALL_OUTBREAK_H
#define VG_SMALL_OUTBREAK_H

#include "core/core.h"
#include "trace/chains/chains.h"

#include <math.h>
#include <string.h>

struct small_outbreak_settings {
    uint32_t n_most; /* infections; the process ends there */
    double reproduction, dispersion;
    double imports_every_days; /* mean, over the whole time */
    double reporting;          /* share of the infected that are cases */
    double generation_mean, generation_sd, shown_mean, shown_sd;
    size_t genome_length;                   /* 0: no genomes */
    double mutations;                       /* a generation */
    double import_differences;              /* mutations of an import from the common root */
    double sequenced;                       /* share of cases */
    double contact_coverage, contact_noise; /* 0 coverage: no contacts */
    double contact_siblings;                /* of two whom the same one infected, as contact_noise of all others; 0: they are as all others */
    uint32_t n_places;                      /* 0: none */
    double place_share;
};

struct small_outbreak {
    struct vg_chain_data data;
    struct vg_chain_model model;
    struct vg_chain_genomes genomes;
    struct vg_chain_case *cases;
    struct vg_chain_contact *contacts;
    uint32_t *truth; /* [n] the nearest ancestor that is a case, or VG_CHAIN_NONE */
    uint32_t *truth_generations;
    uint32_t *truth_infector; /* [n] number of who infected it, seen or not, among all; VG_CHAIN_NONE: outside */
    int32_t *truth_infected;
};

struct small_infected {
    int32_t day, shown;
    uint32_t infector, place, case_of;
};

static inline int32_t small_outbreak_draw(const double *delay, size_t n, struct vg_random *random)
{
    double left = vg_random_uniform(random);
    size_t day = 0;
    while (day + 1 < n && (left -= delay[day]) > 0) {
        day++;
    }
    return (int32_t)day;
}

/* Infections in the order of their days: the earliest that has not infected yet comes next. */
static inline uint32_t small_outbreak_spread(const struct small_outbreak_settings *s, const struct vg_chain_model *model, struct vg_random *random,
                                             struct small_infected *people)
{
    uint32_t n = 0, n_done = 0;
    double import_day = 0;
    while (n < s->n_most) {
        uint32_t next = n_done;
        for (uint32_t i = n_done; i < n; i++) {
            next = people[i].day < people[next].day ? i : next;
        }
        if (n_done == n || import_day <= people[next].day) {
            uint32_t place = s->n_places == 0 ? VG_CHAIN_NONE : vg_random_below(random, s->n_places);
            people[n++] = (struct small_infected){.day = (int32_t)import_day, .infector = VG_CHAIN_NONE, .place = place};
            import_day += -s->imports_every_days * log(vg_random_uniform(random));
            continue;
        }
        struct small_infected swap = people[n_done];
        people[n_done] = people[next];
        people[next] = swap;
        int64_t infects =
            isinf(s->dispersion) ? vg_random_poisson(random, s->reproduction) : vg_random_negative_binomial(random, s->reproduction, s->dispersion);
        for (int64_t k = 0; k < infects && n < s->n_most; k++) {
            bool home = s->n_places == 0 || vg_random_uniform(random) < s->place_share;
            people[n++] = (struct small_infected){.day = people[n_done].day + small_outbreak_draw(model->generation, VG_CHAIN_GENERATION_MAX, random),
                                                  .infector = n_done,
                                                  .place = home ? people[n_done].place : vg_random_below(random, s->n_places)};
        }
        n_done++;
    }
    return n_done; /* those whose infections are all known; later ones are cut away, as the data end */
}

/* Sequences of the sampled cases; mutations hit random sites, and go on from the infector's. */
static inline vg_status small_outbreak_sequence(const struct small_outbreak_settings *s, struct small_infected *people, uint32_t n, struct small_outbreak *out,
                                                struct vg_random *random, struct vg_arena *arena, struct vg_error *error)
{
    size_t length = s->genome_length;
    char *all = vg_arena_alloc(arena, n, length);
    struct vg_text *kept = VG_ARENA_ARRAY(arena, struct vg_text, n);
    uint32_t n_kept = 0;
    if (all == NULL || kept == NULL) {
        return vg_fail_memory(error, n * length);
    }
    for (uint32_t i = 0; i < n; i++) {
        char *own = all + i * length;
        bool import = people[i].infector == VG_CHAIN_NONE;
        if (import) {
            memset(own, 'A', length);
        } else {
            memcpy(own, all + people[i].infector * length, length);
        }
        int64_t mutations = vg_random_poisson(random, import ? s->import_differences : s->mutations);
        for (int64_t k = 0; k < mutations; k++) {
            char *site = &own[vg_random_below(random, (uint32_t)length)];
            *site = "CGTA"[((unsigned)(*site == 'A' ? 3 : *site == 'C' ? 0 : *site == 'G' ? 1 : 2) + 1U + vg_random_below(random, 3)) & 3U];
        }
        if (people[i].case_of != VG_CHAIN_NONE && vg_random_uniform(random) < s->sequenced) {
            out->cases[people[i].case_of].genome = n_kept;
            kept[n_kept++] = vg_text_of(own, length);
        }
    }
    vg_status status = vg_chains_genomes(kept, n_kept, arena, &out->genomes, error);
    out->data.genomes = &out->genomes;
    return status;
}

static inline vg_status small_outbreak_contacts(const struct small_outbreak_settings *s, struct small_outbreak *out, struct vg_random *random,
                                                struct vg_arena *arena, struct vg_error *error)
{
    size_t n = out->data.n, capacity = (s->contact_siblings > 0 ? 20 : 1) * n + (size_t)(s->contact_noise * s->contact_coverage * 0.6 * (double)n * (double)n) + 100;
    out->contacts = VG_ARENA_ARRAY(arena, struct vg_chain_contact, capacity);
    if (out->contacts == NULL) {
        return vg_fail_memory(error, capacity * sizeof *out->contacts);
    }
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t j = 0; j < i; j++) {
            bool linked = (out->truth[i] == j && out->truth_generations[i] == 1) || (out->truth[j] == i && out->truth_generations[j] == 1);
            bool siblings = s->contact_siblings > 0 && out->truth_infector[i] == out->truth_infector[j] && out->truth_infector[i] != VG_CHAIN_NONE;
            double chance = linked ? 1 : siblings ? s->contact_siblings : s->contact_noise;
            if (vg_random_uniform(random) < s->contact_coverage * chance && out->data.n_contacts < capacity) {
                out->contacts[out->data.n_contacts++] = (struct vg_chain_contact){j, i, false};
            }
        }
    }
    out->data.contacts = out->contacts;
    return VG_OK;
}

static inline vg_status small_outbreak_make(const struct small_outbreak_settings *s, uint64_t seed, struct vg_arena *arena, struct small_outbreak *out,
                                            struct vg_error *error)
{
    struct vg_random random = vg_random_stream(seed, 0, 0, 77);
    struct small_infected *people = VG_ARENA_ARRAY(arena, struct small_infected, s->n_most + 1);
    *out = (struct small_outbreak){.cases = VG_ARENA_ARRAY(arena, struct vg_chain_case, s->n_most),
                                   .truth = VG_ARENA_ARRAY(arena, uint32_t, s->n_most),
                                   .truth_generations = VG_ARENA_ARRAY(arena, uint32_t, s->n_most),
                                   .truth_infector = VG_ARENA_ARRAY(arena, uint32_t, s->n_most),
                                   .truth_infected = VG_ARENA_ARRAY(arena, int32_t, s->n_most)};
    vg_chains_model_defaults(&out->model);
    vg_status status = vg_chains_delay_gamma(s->generation_mean, s->generation_sd, 1, out->model.generation, VG_CHAIN_GENERATION_MAX, error);
    if (status == VG_OK) {
        status = vg_chains_delay_gamma(s->shown_mean, s->shown_sd, 0, out->model.shown[0], VG_CHAIN_SHOWN_MAX, error);
    }
    if (status != VG_OK || arena->failed) {
        return status != VG_OK ? status : vg_fail_memory(error, s->n_most * sizeof *people);
    }
    uint32_t n = small_outbreak_spread(s, &out->model, &random, people), n_cases = 0;
    int32_t last = n == 0 ? 0 : people[n - 1].day; /* the data end when the process does */
    for (uint32_t i = 0; i < n; i++) {
        people[i].shown = people[i].day + small_outbreak_draw(out->model.shown[0], VG_CHAIN_SHOWN_MAX, &random);
        people[i].case_of = vg_random_uniform(&random) < s->reporting && people[i].shown <= last ? n_cases++ : VG_CHAIN_NONE;
    }
    for (uint32_t i = 0; i < n; i++) {
        uint32_t at = people[i].infector, generations = 1, c = people[i].case_of;
        while (at != VG_CHAIN_NONE && people[at].case_of == VG_CHAIN_NONE) {
            at = people[at].infector;
            generations++;
        }
        if (c != VG_CHAIN_NONE) {
            out->cases[c] = (struct vg_chain_case){.day = people[i].shown,
                                                   .place = people[i].place,
                                                   .genome = VG_CHAIN_NONE,
                                                   .setting = (uint16_t)(people[i].place == VG_CHAIN_NONE ? 0 : 1 + people[i].place % 4)};
            out->truth[c] = at == VG_CHAIN_NONE ? VG_CHAIN_NONE : people[at].case_of;
            out->truth_generations[c] = generations;
            out->truth_infector[c] = people[i].infector;
            out->truth_infected[c] = people[i].day;
        }
    }
    out->data = (struct vg_chain_data){.cases = out->cases, .n = n_cases, .as_of = last};
    if (s->genome_length > 0) {
        status = small_outbreak_sequence(s, people, n, out, &random, arena, error);
    }
    return status == VG_OK && s->contact_coverage > 0 ? small_outbreak_contacts(s, out, &random, arena, error) : status;
}

#endif
