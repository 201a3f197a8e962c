/*
 * An outbreak in several places of which everything is known: who infected whom and where, with which mutations, and what of it was sequenced. Viruses come from elsewhere, too.
 * A host has one line of virus, whose mutations are at sites of their own, so that the tree of mutations is the true one, as far as it can be told.
 */
#ifndef VG_MOVING_OUTBREAK_H
#define VG_MOVING_OUTBREAK_H

#include "vg_test.h"

#include "trace/genome/introductions/introductions.h"

enum { MOVING_PLACES = 8, MOVING_HOST_DAYS = 40, MOVING_WEEKS = 40 };

struct moving_settings {
    size_t n_places, n_most;             /* infections */
    int32_t days, brake_day;             /* from then on the reproduction number is `later` */
    double reproduction, later, dispersion, generation_mean, generation_sd;
    double moves;                        /* share of infections that happen in another place, which by weight */
    double imports_a_day;                /* from elsewhere into one of the places by weight */
    double import_days;                  /* since all those from elsewhere were one virus, on the first day */
    double mutations_a_day;
    double weight[MOVING_PLACES];
    double sequenced[MOVING_PLACES];     /* share */
    int32_t change_day;                  /* of sampling: from then on `sequenced_later` are sequenced; 0: never */
    double sequenced_later[MOVING_PLACES];
    int32_t turn_days;                   /* sampling changes over to `sequenced_later` and back every so many days; 0: it does not */
    int32_t wave_days;                   /* in odd places the reproduction number is `later` for so many days, then as high as in even ones, which have it the other way round; 0: brake_day */
    double near;                         /* share of moves that go to a neighbour: 0 and 1, 2 and 3, and so on */
};
struct moving_infection { int32_t day, sampled; uint32_t infector, place, event, genotype, first, n; }; /* came with the genotype; own mutations: genotypes[first .. first + n) */
struct moving_genotype { uint32_t parent, n_below, first_child, next, first_sample; int32_t day; };
struct moving_outbreak {
    struct moving_infection *infections;
    struct moving_genotype *genotypes;   /* one a mutation; 0 is where all began */
    uint32_t *next_sample;
    size_t n, n_genotypes, n_samples, room;
    struct vg_tree *tree;
    uint32_t *regions, *events;          /* [n_nodes] of leaves: place, and the infection that brought the virus to it */
    double *days;                        /* [n_nodes] of leaves; NAN others */
    double cases[MOVING_PLACES], sequences[MOVING_PLACES];
    double weekly[MOVING_WEEKS * MOVING_PLACES]; /* [week * n_places + place] cases, weeks from day 0 on, by when they would be sampled */
    double reach[MOVING_WEEKS * MOVING_PLACES];  /* share of these from whom a sequence comes, also by way of others */
    double truth[MOVING_PLACES], all[MOVING_PLACES]; /* introductions that left a sequence; all */
};

static inline uint32_t moving_pick(const struct moving_settings *s, uint32_t but, struct vg_random *random)
{
    double total = 0;
    uint32_t last = 0;
    for (uint32_t p = 0; p < s->n_places; p++) {
        total += p == but ? 0 : s->weight[p];
    }
    double left = vg_random_uniform(random) * total;
    for (uint32_t p = 0; p < s->n_places && left > 0; p++) {
        if (p != but && s->weight[p] > 0) {
            left -= s->weight[p];
            last = p;
        }
    }
    return last;
}

static inline uint32_t moving_mutate(struct moving_outbreak *o, uint32_t parent, int32_t day)
{
    assert_true(o->n_genotypes < o->room);
    o->genotypes[o->n_genotypes] = (struct moving_genotype){parent, 0, UINT32_MAX, UINT32_MAX, UINT32_MAX, day};
    return (uint32_t)o->n_genotypes++;
}

static inline void moving_infect(struct moving_outbreak *o, const struct moving_settings *s, int32_t day, uint32_t infector, uint32_t place, uint32_t genotype, struct vg_random *random)
{
    struct moving_infection *one = &o->infections[o->n];
    bool came = infector == UINT32_MAX || o->infections[infector].place != place;
    *one = (struct moving_infection){.day = day, .sampled = -1, .infector = infector, .place = place, .event = came ? (uint32_t)o->n : o->infections[infector].event, .genotype = genotype, .first = (uint32_t)o->n_genotypes};
    for (int32_t d = 1; d < MOVING_HOST_DAYS; d++) {
        for (int64_t i = vg_random_poisson(random, s->mutations_a_day); i > 0; i--) {
            genotype = moving_mutate(o, genotype, day + d);
            one->n++;
        }
    }
    o->all[place] += came;
    o->cases[place]++;
    o->weekly[(size_t)((day + 5) / 7) * s->n_places + place]++;
    o->n++;
}

static inline uint32_t moving_genotype_at(const struct moving_outbreak *o, uint32_t host, int32_t day)
{
    const struct moving_infection *one = &o->infections[host];
    uint32_t at = one->genotype;
    for (uint32_t i = 0; i < one->n && o->genotypes[one->first + i].day <= day; i++) {
        at = one->first + i;
    }
    return at;
}

static inline void moving_leaf(struct moving_outbreak *o, struct vg_tree_builder *builder, uint32_t above, uint32_t host)
{
    char name[16];
    (void)snprintf(name, sizeof name, "S%u", host);
    uint32_t v = vg_tree_builder_node(builder, above, vg_text_from(name));
    o->regions[v] = o->infections[host].place;
    o->events[v] = o->infections[host].event;
    o->days[v] = o->infections[host].sampled;
}

/* A genotype with all that is below, and the mutations since the last node. */
static inline void moving_emit(struct moving_outbreak *o, struct vg_tree_builder *builder, uint32_t above, uint32_t g, uint32_t *pending, size_t n_pending)
{
    const struct moving_genotype *one = &o->genotypes[g];
    size_t ways = 0;
    for (uint32_t c = one->first_child; c != UINT32_MAX; c = o->genotypes[c].next) {
        ways += o->genotypes[c].n_below > 0;
    }
    for (uint32_t s = one->first_sample; s != UINT32_MAX; s = o->next_sample[s]) {
        ways++;
    }
    bool inner = ways > 1 || above == VG_TREE_NONE, leaf = !inner && one->first_sample != UINT32_MAX;
    if (inner) {
        above = vg_tree_builder_node(builder, above, vg_text_of("", 0));
        o->days[above] = NAN;
    } else if (leaf) {
        moving_leaf(o, builder, above, one->first_sample);
    }
    for (size_t i = 0; (inner || leaf) && i < n_pending; i++) {
        vg_tree_builder_mutation(builder, pending[i], 0, 1);
    }
    n_pending = inner ? 0 : n_pending;
    for (uint32_t s = one->first_sample; inner && s != UINT32_MAX; s = o->next_sample[s]) {
        moving_leaf(o, builder, above, s);
    }
    for (uint32_t c = one->first_child; c != UINT32_MAX; c = o->genotypes[c].next) {
        if (o->genotypes[c].n_below > 0) {
            assert_true(n_pending < 1000);
            pending[n_pending] = c;
            moving_emit(o, builder, above, c, pending, n_pending + 1);
        }
    }
}

static inline void moving_spread(struct moving_outbreak *o, const struct moving_settings *s, struct vg_random *random)
{
    double shape = s->generation_mean * s->generation_mean / (s->generation_sd * s->generation_sd);
    size_t *of_day = calloc((size_t)s->days + 1, sizeof *of_day); /* lists of those yet to come, by day */
    struct { int32_t day; uint32_t infector; } *coming = calloc(s->n_most * 8, sizeof *coming);
    size_t *next = calloc(s->n_most * 8, sizeof *next), n_coming = 1;
    assert_true(of_day != NULL && coming != NULL && next != NULL);
    for (int32_t day = 0; day < s->days; day++) {
        size_t before = o->n;
        for (int64_t i = vg_random_poisson(random, s->imports_a_day); i > 0 && o->n < s->n_most; i--) {
            uint32_t genotype = 0;
            for (int64_t m = vg_random_poisson(random, s->mutations_a_day * (s->import_days + day)); m > 0; m--) {
                genotype = moving_mutate(o, genotype, day);
            }
            moving_infect(o, s, day, UINT32_MAX, moving_pick(s, UINT32_MAX, random), genotype, random);
        }
        for (size_t at = of_day[day]; at != 0 && o->n < s->n_most; at = next[at]) {
            uint32_t infector = coming[at].infector, place = o->infections[infector].place;
            if (vg_random_uniform(random) < s->moves)
                place = s->near > 0 && vg_random_uniform(random) < s->near ? place ^ 1u : moving_pick(s, place, random);
            moving_infect(o, s, day, infector, place, moving_genotype_at(o, infector, day), random);
        }
        for (size_t i = before; i < o->n; i++) {
            bool high = s->wave_days > 0 ? ((uint32_t)(day / s->wave_days) + o->infections[i].place) % 2 == 0 : day < s->brake_day;
            double mean = high ? s->reproduction : s->later;
            for (int64_t c = vg_random_negative_binomial(random, mean, s->dispersion); c > 0 && n_coming < s->n_most * 8; c--) {
                int32_t when = day + (int32_t)fmax(1, rint(vg_random_gamma(random, shape, s->generation_mean / shape)));
                if (when < s->days && when < day + MOVING_HOST_DAYS) {
                    coming[n_coming].day = when;
                    coming[n_coming].infector = (uint32_t)i;
                    next[n_coming] = of_day[when];
                    of_day[when] = n_coming++;
                }
            }
        }
    }
    free(of_day);
    free(coming);
    free(next);
}

/* Samples a few days after infection, and the tree of what they have. */
static inline void moving_sequence(struct moving_outbreak *o, const struct moving_settings *s, struct vg_arena *arena, struct vg_random *random)
{
    uint32_t *seen = VG_ARENA_ARRAY(arena, uint32_t, o->n), pending[1024];
    for (uint32_t i = 0; i < o->n; i++) {
        struct moving_infection *one = &o->infections[i];
        bool later = s->turn_days > 0 ? one->day / s->turn_days % 2 == 1 : s->change_day > 0 && one->day >= s->change_day;
        const double *share = later ? s->sequenced_later : s->sequenced;
        if (vg_random_uniform(random) < share[one->place]) {
            one->sampled = one->day + 3 + (int32_t)vg_random_below(random, 5);
            uint32_t g = moving_genotype_at(o, i, one->sampled);
            o->next_sample[i] = o->genotypes[g].first_sample;
            o->genotypes[g].first_sample = i;
            o->genotypes[g].n_below++;
            o->sequences[one->place]++;
            o->n_samples++;
            o->truth[one->place] += seen[one->event]++ == 0;
        }
    }
    uint8_t *leaves = VG_ARENA_ARRAY(arena, uint8_t, o->n);
    for (size_t i = o->n; i-- > 0;) {
        const struct moving_infection *one = &o->infections[i];
        size_t at = (size_t)((one->day + 5) / 7) * s->n_places + one->place;
        leaves[i] |= one->sampled >= 0;
        o->reach[at] += leaves[i] / o->weekly[at];
        if (one->infector != UINT32_MAX) {
            leaves[one->infector] |= leaves[i];
        }
    }
    for (size_t g = o->n_genotypes; g-- > 1;) {
        struct moving_genotype *parent = &o->genotypes[o->genotypes[g].parent];
        parent->n_below += o->genotypes[g].n_below;
        o->genotypes[g].next = parent->first_child;
        parent->first_child = (uint32_t)g;
    }
    struct vg_error error = {0};
    struct vg_tree_builder *builder = vg_tree_builder_new();
    o->regions = VG_ARENA_ARRAY(arena, uint32_t, 2 * o->n_samples + 2);
    o->events = VG_ARENA_ARRAY(arena, uint32_t, 2 * o->n_samples + 2);
    o->days = VG_ARENA_ARRAY(arena, double, 2 * o->n_samples + 2);
    moving_emit(o, builder, VG_TREE_NONE, 0, pending, 0);
    vg_assert_ok(vg_tree_builder_finish(builder, NULL, &o->tree, &error), error);
}

/* The tree is freed by vg_tree_free. */
static inline void moving_outbreak_make(const struct moving_settings *s, uint64_t seed, struct vg_arena *arena, struct moving_outbreak *o)
{
    struct vg_random random = vg_random_stream(seed, 0, 0, 91);
    *o = (struct moving_outbreak){.infections = VG_ARENA_ARRAY(arena, struct moving_infection, s->n_most + 1), .next_sample = VG_ARENA_ARRAY(arena, uint32_t, s->n_most + 1),
                                  .room = s->n_most * 12 + 10000};
    o->genotypes = VG_ARENA_ARRAY(arena, struct moving_genotype, o->room);
    assert_true(!arena->failed);
    assert_true(s->days + 5 <= MOVING_WEEKS * 7 && s->n_places <= MOVING_PLACES);
    (void)moving_mutate(o, 0, 0);
    moving_spread(o, s, &random);
    moving_sequence(o, s, arena, &random);
}

#endif
