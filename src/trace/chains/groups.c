/*
 * Cases without a genome among others with one. Those that hang together are a group; around it stand genomes that are known. Their likelihood, with the
 * unknown ones summed over, is found by pruning (Felsenstein 1981): each case of a group passes on what is known beyond it, site by site, as the chance of
 * either base. At nearly all sites that is the base of a genome near it, with the same small chance of the other; only the rest is listed. So for each place
 * to which a case may go, all genomes around both groups count at once. What was passed on is kept until something changes in its group.
 */
#include "trace/chains/internal.h"

#include <math.h>

#define UNLISTED 0.02     /* times mu: chances so near to those of other sites are not listed */
#define RATE_MOST 0.5     /* of two bases: after that nothing is known */

static bool sequenced(const struct chain *chain, uint32_t i)
{
    return chain->world->data->cases[i].genome != VG_CHAIN_NONE;
}

static struct chain_group *group_of(const struct chain *chain, uint32_t i)
{
    return &chain->groups->list[chain->world->group_of[i]];
}

double chain_genetic_log(const struct chain *chain, unsigned distance, unsigned generations)
{
    double length = (double)chain->world->data->genomes->length, mu = generations * chain->p.mutation;
    if (distance == VG_CHAIN_DISTANCE_NONE) {
        return 0;
    }
    return mu < 1 ? chain->heat * (distance * log(mu) + (length - distance) * log1p(-mu)) : -INFINITY;
}

static double outside_log(const struct chain *chain)
{
    return chain->heat * chain->rows.log_outside;
}

/* ---------------------------------------------------------------- messages */

static void know(struct chain_message *message, uint32_t genome)
{
    message->genome = genome;
    message->n = 0;
    message->other = 0;
}

static void take(struct chain_message *to, const struct chain_message *from)
{
    know(to, from->genome);
    to->other = from->other;
    to->n = from->n;
    for (uint32_t k = 0; k < from->n; k++) {
        to->site[k] = from->site[k];
        to->one[k] = from->one[k];
    }
}

/* Sites at which two messages differ from what holds at the others, in order: those of either list, and those at which their genomes differ. */
struct merging {
    const struct chain_message *a, *b;
    const uint64_t *of_a, *of_b;
    size_t n_words, word;
    uint64_t left; /* of the word: where the genomes differ */
    uint32_t at_a, at_b;
};

static void merge(const struct chain *chain, const struct chain_message *a, const struct chain_message *b, struct merging *merging)
{
    const struct chain_sites *sites = &chain->world->sites;
    const uint64_t *of_a = sites->bits + (size_t)a->genome * sites->n_words, *of_b = sites->bits + (size_t)b->genome * sites->n_words;
    *merging = (struct merging){a, b, of_a, of_b, sites->n_words, 0, of_a[0] ^ of_b[0], 0, 0};
}

static double one_at(const uint64_t *genome, uint32_t site, double other)
{
    return (genome[site / 64] >> (site % 64) & 1) != 0 ? 1 - other : other;
}

/* The next site, with the chance of base 1 in either; false: there is none. */
static bool next_site(struct merging *m, uint32_t *site, double *in_a, double *in_b)
{
    while (m->left == 0 && m->word + 1 < m->n_words) {
        m->word++;
        m->left = m->of_a[m->word] ^ m->of_b[m->word];
    }
    uint32_t differs = m->left != 0 ? (uint32_t)(64 * m->word) + (uint32_t)__builtin_ctzll(m->left) : UINT32_MAX;
    uint32_t of_a = m->at_a < m->a->n ? m->a->site[m->at_a] : UINT32_MAX, of_b = m->at_b < m->b->n ? m->b->site[m->at_b] : UINT32_MAX;
    *site = of_a < of_b ? of_a : of_b;
    *site = differs < *site ? differs : *site;
    if (*site == UINT32_MAX) {
        return false;
    }
    *in_a = of_a == *site ? m->a->one[m->at_a++] : one_at(m->of_a, *site, m->a->other);
    *in_b = of_b == *site ? m->b->one[m->at_b++] : one_at(m->of_b, *site, m->b->other);
    m->left &= differs == *site ? m->left - 1 : m->left;
    return true;
}

static double both_alike(double p, double q)
{
    return p * q + (1 - p) * (1 - q);
}

static double rate_of(const struct chain *chain, unsigned generations)
{
    return fmin(generations * chain->p.mutation, RATE_MOST);
}

/* What is known at a case, and what someone so many generations away passes on, together. Returns the logarithm of the likelihood of both. */
static double join(const struct chain *chain, struct chain_message *known, const struct chain_message *from, unsigned generations)
{
    double rate = rate_of(chain, generations), kept = 1 - 2 * rate, other = rate + kept * from->other;
    if (from->genome == VG_CHAIN_NONE) {
        return 0;
    }
    if (known->genome == VG_CHAIN_NONE) {
        take(known, from);
        known->other = other;
        for (uint32_t k = 0; k < known->n; k++) {
            known->one[k] = rate + kept * known->one[k];
        }
        return 0;
    }
    struct chain_message joined;
    struct merging merging;
    bool nearer = known->other <= other;
    double differ = known->other + other - 2 * known->other * other, here = 0, there = 0, least = UNLISTED * chain->p.mutation;
    struct chain_product product = {1, 0};
    uint32_t site = 0, n_sites = 0;
    know(&joined, nearer ? known->genome : from->genome);
    joined.other = known->other * other / (1 - differ);
    merge(chain, known, from, &merging);
    const uint64_t *genome = nearer ? merging.of_a : merging.of_b;
    while (next_site(&merging, &site, &here, &there)) {
        there = rate + kept * there;
        double alike = both_alike(here, there), one = here * there / alike;
        chain_multiply(&product, alike);
        n_sites++;
        if (fabs(one - one_at(genome, site, joined.other)) > least && joined.n < MESSAGE_SITES) {
            joined.site[joined.n] = site;
            joined.one[joined.n++] = one;
        }
    }
    take(known, &joined);
    return chain_product_log(&product) + ((double)chain->world->data->genomes->length - n_sites) * log1p(-differ);
}

/* Log likelihood of what is known at two cases, one to so many generations apart. */
static void edge_logs(const struct chain *chain, const struct chain_message *a, const struct chain_message *b, size_t n_generations, double *out)
{
    struct merging merging;
    double alike[2 * MESSAGE_SITES], differ = a->other + b->other - 2 * a->other * b->other, here = 0, there = 0;
    uint32_t site = 0, n_sites = 0, n_listed = 0;
    merge(chain, a, b, &merging);
    while (merging.at_a < a->n || merging.at_b < b->n) { /* while any is listed */
        uint32_t listed = merging.at_a + merging.at_b;
        (void)next_site(&merging, &site, &here, &there);
        if (merging.at_a + merging.at_b > listed) {
            alike[n_listed++] = both_alike(here, there);
        } else {
            n_sites++;
        }
    }
    for (size_t word = merging.word; word < merging.n_words; word++) {
        n_sites += (uint32_t)__builtin_popcountll(word == merging.word ? merging.left : merging.of_a[word] ^ merging.of_b[word]);
    }
    double same = (double)chain->world->data->genomes->length - n_sites - n_listed;
    for (unsigned g = 0; g < n_generations; g++) {
        double rate = rate_of(chain, g + 1), changed = rate + differ * (1 - 2 * rate);
        struct chain_product product = {1, 0};
        for (uint32_t k = 0; k < n_listed; k++) {
            chain_multiply(&product, rate + (1 - 2 * rate) * alike[k]);
        }
        out[g] = chain->heat * (chain_product_log(&product) + n_sites * log(changed) + same * log1p(-changed));
    }
}

/* ------------------------------------------------------------------ groups */

vg_status chain_groups_new(struct chain *chain, struct vg_arena *arena, struct vg_error *error)
{
    size_t n = chain->world->n_unsequenced;
    struct chain_groups *groups = chain->groups = VG_ARENA_ARRAY(arena, struct chain_groups, 1);
    if (groups == NULL) {
        return vg_fail_memory(error, sizeof *groups);
    }
    *groups = (struct chain_groups){.list = VG_ARENA_ARRAY(arena, struct chain_group, n + 1), .without = VG_CHAIN_NONE};
    return arena->failed ? vg_fail_memory(error, n * sizeof *groups->list) : VG_OK;
}

/* To whom it hangs on: a sibling by contact is taken to be two away from the first. */
static unsigned steps(const struct chain *chain, uint32_t i)
{
    return chain_direct(chain->slot[i]) ? chain->generations[i] : 2;
}

static bool hangs_in_group(const struct chain *chain, uint32_t i)
{
    return chain->parent[i] != VG_CHAIN_NONE && !sequenced(chain, chain->parent[i]);
}

static uint32_t top_of(const struct chain *chain, uint32_t i)
{
    while (hangs_in_group(chain, i)) {
        i = chain->parent[i];
    }
    return i;
}

/* Below i something has changed. */
static void forget_above(const struct chain *chain, uint32_t i)
{
    for (;; i = chain->parent[i]) {
        group_of(chain, i)->below_known = false;
        if (!hangs_in_group(chain, i)) {
            break;
        }
    }
    group_of(chain, i)->changed = ++chain->groups->clock;
}

void chain_groups_forget(const struct chain *chain, uint32_t i)
{
    if (!chain->world->some_slow) {
        return;
    }
    if (hangs_in_group(chain, i)) {
        forget_above(chain, chain->parent[i]);
    }
    if (!sequenced(chain, i)) {
        forget_above(chain, i);
        return;
    }
    for (uint32_t child = chain->child[i]; child != VG_CHAIN_NONE; child = chain->next[child]) {
        if (!sequenced(chain, child)) {
            group_of(chain, child)->changed = ++chain->groups->clock;
        }
    }
}

void chain_groups_forget_all(const struct chain *chain)
{
    for (size_t k = 0; k < chain->world->n_unsequenced; k++) {
        chain->groups->list[k].below_known = false;
        chain->groups->list[k].changed = ++chain->groups->clock;
    }
}

static const struct chain_message *below(const struct chain *chain, uint32_t i, struct chain_message *of_genome);

/* Joins what those infected by i pass on, but for `but` and the one that is taken out. */
static double join_children(const struct chain *chain, uint32_t i, uint32_t but, struct chain_message *known)
{
    double sum = 0;
    for (uint32_t child = chain->child[i]; child != VG_CHAIN_NONE; child = chain->next[child]) {
        if (child != but && child != chain->groups->without) {
            struct chain_message of_genome;
            const struct chain_message *from = below(chain, child, &of_genome);
            sum += (sequenced(chain, child) ? 0 : group_of(chain, child)->below_log) + join(chain, known, from, steps(chain, child));
        }
    }
    return sum;
}

/* What is known of a case by itself and those below it. */
static const struct chain_message *below(const struct chain *chain, uint32_t i, struct chain_message *of_genome)
{
    if (sequenced(chain, i)) {
        know(of_genome, chain->world->data->cases[i].genome);
        return of_genome;
    }
    struct chain_group *group = group_of(chain, i);
    if (!group->below_known) {
        know(&group->below, VG_CHAIN_NONE);
        group->below_log = join_children(chain, i, VG_CHAIN_NONE, &group->below);
        group->below_known = true;
    }
    return &group->below;
}

/* What is known at the infector of i but by i, and, with it, all that is known at i. */
static void look_up(const struct chain *chain, uint32_t i, uint64_t changed)
{
    struct chain_group *group = group_of(chain, i);
    uint32_t parent = chain->parent[i];
    if (group->above_at == changed) {
        return;
    }
    if (parent == VG_CHAIN_NONE) {
        know(&group->above, VG_CHAIN_NONE);
    } else if (sequenced(chain, parent)) {
        know(&group->above, chain->world->data->cases[parent].genome);
    } else {
        look_up(chain, parent, changed);
        know(&group->above, VG_CHAIN_NONE);
        (void)join(chain, &group->above, &group_of(chain, parent)->above, steps(chain, parent));
        (void)join_children(chain, parent, i, &group->above);
    }
    group->above_at = changed;
}

static const struct chain_message *all_at(const struct chain *chain, uint32_t i, struct chain_message *of_genome)
{
    if (sequenced(chain, i)) {
        return below(chain, i, of_genome);
    }
    struct chain_group *group = group_of(chain, i);
    uint64_t changed = group_of(chain, top_of(chain, i))->changed;
    if (group->all_at != changed) {
        look_up(chain, i, changed);
        take(&group->all, below(chain, i, of_genome));
        (void)join(chain, &group->all, &group->above, steps(chain, i));
        group->all_at = changed;
    }
    return &group->all;
}

void chain_group_terms(const struct chain *chain, uint32_t i, double (*terms)[GENERATIONS], double *outside, double *unlisted, const bool *wanted)
{
    const struct vg_chain_candidates *candidates = chain->world->candidates;
    size_t n = chain_list_size(candidates, i), n_generations = chain->world->delays->n_generations;
    struct chain_message of_i, of_candidate;
    const struct chain_message *own = below(chain, i, &of_i);
    bool known = own->genome != VG_CHAIN_NONE;
    *outside = *unlisted = known ? outside_log(chain) : 0;
    if (sequenced(chain, i)) {
        unsigned distance = candidates->unlisted_distance[i];
        *unlisted = log(fmax(chain->rows.sum[distance], 1e-300)) + (distance == VG_CHAIN_DISTANCE_NONE ? 0 : distance * log(chain->p.mutation / (1 - chain->p.mutation)));
    }
    chain->groups->without = i;
    if (hangs_in_group(chain, i)) {
        forget_above(chain, chain->parent[i]);
    }
    for (size_t k = 0; k < n; k++) {
        const struct vg_chain_candidate *candidate = &candidates->list[candidates->starts[i] + k];
        if (!wanted[k]) {
            continue;
        }
        for (unsigned g = 0; g < n_generations; g++) { /* without anything known around it, as one from outside */
            terms[k][g] = candidate->distance != VG_CHAIN_DISTANCE_NONE ? chain_genetic_log(chain, candidate->distance, g + 1) : *outside;
        }
        if (known && candidate->distance == VG_CHAIN_DISTANCE_NONE) {
            const struct chain_message *there = all_at(chain, candidate->infector, &of_candidate);
            if (there->genome != VG_CHAIN_NONE) {
                edge_logs(chain, there, own, n_generations, terms[k]);
            }
        }
    }
    chain->groups->without = VG_CHAIN_NONE;
    if (hangs_in_group(chain, i)) {
        forget_above(chain, chain->parent[i]);
    }
}

double chain_group_log(const struct chain *chain, uint32_t top)
{
    double logs[GENERATIONS];
    struct chain_message of_top, of_parent;
    const struct chain_message *known = below(chain, top, &of_top);
    uint32_t parent = chain->parent[top];
    double within = sequenced(chain, top) ? 0 : chain->heat * group_of(chain, top)->below_log;
    if (known->genome == VG_CHAIN_NONE) {
        return 0;
    }
    if (parent == VG_CHAIN_NONE) {
        return within + outside_log(chain);
    }
    if (!chain_direct(chain->slot[top]) && chain->own[top] != VG_CHAIN_DISTANCE_NONE) {
        return within + chain_genetic_log(chain, chain->own[top], 1);
    }
    unsigned distance = chain_candidate(chain->world->candidates, top, chain->slot[top])->distance;
    if (distance != VG_CHAIN_DISTANCE_NONE) {
        return chain_genetic_log(chain, distance, steps(chain, top));
    }
    edge_logs(chain, below(chain, parent, &of_parent), known, steps(chain, top), logs);
    return within + logs[steps(chain, top) - 1];
}

double chain_groups_log(const struct chain *chain)
{
    double sum = 0;
    for (uint32_t i = 0; i < chain->world->data->n; i++) {
        sum += sequenced(chain, i) || hangs_in_group(chain, i) ? 0 : chain_group_log(chain, i);
    }
    return sum;
}

double chain_groups_around(const struct chain *chain, uint32_t upper, uint32_t lower)
{
    double sum = chain_group_log(chain, top_of(chain, upper));
    for (unsigned side = 0; side < 2; side++) {
        uint32_t of = side == 0 ? upper : lower;
        for (uint32_t child = sequenced(chain, of) ? chain->child[of] : VG_CHAIN_NONE; child != VG_CHAIN_NONE; child = chain->next[child]) {
            sum += chain->world->slow[child] != 0 ? chain_group_log(chain, child) : 0;
        }
    }
    return sum;
}
