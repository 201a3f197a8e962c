/*
 * Infector and infected change places: what no case can do by itself, since neither can be the other's infector before the other is not.
 */
#include "trace/chains/internal.h"

#include <math.h>

static bool is_frozen(const struct chain *chain, uint32_t i)
{
    return chain->world->run->frozen != NULL && chain->world->run->frozen[i] != 0;
}

static bool has_sibling(const struct chain *chain, uint32_t i)
{
    return chain->slot[i] >= SLOT_SIBLING || chain->person[i].n_siblings > 0;
}

static bool is_fixed(const struct chain *chain, uint32_t i)
{
    return chain->world->slow[i] != 0 || has_sibling(chain, i) || is_frozen(chain, i);
}

/* After i and x have changed places. */
void chain_note_both(struct chain *chain, uint32_t i, uint32_t x)
{
    for (unsigned side = 0; chain->rows.siblings && side < 2; side++) {
        uint32_t of = side == 0 ? i : x;
        chain_note_unseen(chain, of);
        for (uint32_t child = chain->child[of]; child != VG_CHAIN_NONE; child = chain->next[child]) {
            chain_note_unseen(chain, child);
        }
    }
}

/* Log ratio of the infected of `of` (but for `but`) going to `to`, infected on `day`; false where one cannot. */
static bool weigh_children(const struct chain *chain, uint32_t of, uint32_t but, uint32_t to, int32_t day, double *log_ratio)
{
    for (uint32_t child = chain->child[of]; child != VG_CHAIN_NONE; child = chain->next[child]) {
        if (child == but) {
            continue;
        }
        unsigned slot = chain_slot_of(chain->world->candidates, child, to);
        if (slot == SLOT_OUTSIDE || is_fixed(chain, child)) {
            return false;
        }
        double now = chain_attach(chain, child, slot, chain->person[child].infected, day),
               before = chain_attach(chain, child, chain->slot[child], chain->person[child].infected, chain->person[of].infected);
        if (!(now > 0)) {
            return false;
        }
        *log_ratio += log(now / before);
    }
    return true;
}

/* From `first` on, all that follow it in its infector's list go to `to`. */
static void give_children(struct chain *chain, uint32_t first, uint32_t to)
{
    for (uint32_t child = first; child != VG_CHAIN_NONE;) {
        uint32_t next = chain->next[child];
        chain_link(chain, child, chain_slot_of(chain->world->candidates, child, to));
        child = next;
    }
}

/* i takes the place and the day of x, which infected it, and x those of i. */
static void exchange(struct chain *chain, uint32_t i, unsigned i_above, unsigned x_below)
{
    uint32_t x = chain->parent[i], first_of_i = chain->child[i]; /* what is given to i stands before it */
    int32_t day_i = chain->person[i].infected, day_x = chain->person[x].infected;
    chain_link(chain, i, i_above);
    give_children(chain, chain->child[x], i);
    give_children(chain, first_of_i, x);
    chain_link(chain, x, x_below);
    chain->person[i].infected = day_x;
    chain->person[x].infected = day_i;
    chain_note_weight(chain, i);
    chain_note_weight(chain, x);
}

/* Both and all that they infected, but for other cases' infected that are not slow. */
static void swap_fast(struct chain *chain, uint32_t i, struct vg_random *random)
{
    const struct chain_world *world = chain->world;
    uint32_t x = chain->parent[i];
    if (is_fixed(chain, i) || is_fixed(chain, x)) {
        return;
    }
    const struct vg_chain_case *of_i = &world->data->cases[i], *of_x = &world->data->cases[x];
    int32_t day_i = chain->person[i].infected, day_x = chain->person[x].infected;
    int64_t shown_i = (int64_t)of_i->day - day_x, shown_x = (int64_t)of_x->day - day_i;
    unsigned above = chain->slot[x], i_above = above, x_below = chain_slot_of(world->candidates, x, i);
    chain->swaps++;
    if (above >= SLOT_FIRST) {
        i_above = chain_slot_of(world->candidates, i, chain->parent[x]);
        above = i_above == SLOT_OUTSIDE ? SLOT_OUTSIDE : above;
        if (i_above == SLOT_OUTSIDE) {
            return;
        }
    }
    if (x_below == SLOT_OUTSIDE || shown_i < 0 || shown_x < 0 || shown_i >= VG_CHAIN_SHOWN_MAX || shown_x >= VG_CHAIN_SHOWN_MAX) {
        return;
    }
    int32_t above_day = chain->parent[x] == VG_CHAIN_NONE ? 0 : chain->person[chain->parent[x]].infected;
    double now_i = chain_attach(chain, i, i_above, day_x, above_day), now_x = chain_attach(chain, x, x_below, day_i, day_x);
    if (!(now_i > 0) || !(now_x > 0)) {
        return;
    }
    double log_ratio = world->log_shown[of_i->shown][shown_i] + world->log_shown[of_x->shown][shown_x] - world->log_shown[of_i->shown][of_i->day - day_i] -
                       world->log_shown[of_x->shown][of_x->day - day_x] + log(now_i / chain_attach(chain, i, chain->slot[i], day_i, day_x)) +
                       log(now_x / chain_attach(chain, x, chain->slot[x], day_x, above_day)) + chain_contacts_swapped(chain, i, x);
    if (isinf(log_ratio) || !weigh_children(chain, x, i, i, day_x, &log_ratio) || !weigh_children(chain, i, VG_CHAIN_NONE, x, day_i, &log_ratio) ||
        !(log(vg_random_uniform(random)) < log_ratio)) {
        return;
    }
    exchange(chain, i, i_above, x_below);
    chain->swaps_taken++;
    chain_note_both(chain, i, x);
}

/* ------------------------------------------------- where genomes are missing */

double chain_link_factor(const struct chain *chain, uint32_t i, unsigned slot, unsigned generations)
{
    if (slot == SLOT_OUTSIDE) {
        return chain->world->data->cases[i].origin == VG_CHAIN_ORIGIN_LOCAL ? 0 : 1;
    }
    double contact[2];
    const struct vg_chain_candidate *candidate = chain_candidate(chain->world->candidates, i, slot);
    chain_contact_factors(chain->world->data, &chain->p, contact);
    return chain_place_factor(chain->world->candidates, &chain->p, i, candidate->flags) * (generations == 1 ? contact[candidate->flags & VG_CHAIN_IS_CONTACT] : 1);
}

/* As weigh_children, with the genetic terms of slow ones left to chain_groups_around. */
static bool weigh_given(const struct chain *chain, uint32_t of, uint32_t but, uint32_t to, int32_t day, double *log_ratio)
{
    for (uint32_t child = chain->child[of]; child != VG_CHAIN_NONE; child = chain->next[child]) {
        if (child == but) {
            continue;
        }
        unsigned slot = chain_slot_of(chain->world->candidates, child, to);
        if (slot == SLOT_OUTSIDE || is_frozen(chain, child) || has_sibling(chain, child)) {
            return false;
        }
        bool slow = chain->world->slow[child] != 0;
        unsigned generations = chain->generations[child];
        int32_t infected = chain->person[child].infected;
        double now = slow ? chain_link_factor(chain, child, slot, generations) : chain_attach(chain, child, slot, infected, day);
        double before = slow ? chain_link_factor(chain, child, chain->slot[child], generations) : chain_attach(chain, child, chain->slot[child], infected, day);
        if (!(now > 0) || !(before > 0)) {
            return false;
        }
        *log_ratio += log(now / before);
    }
    return true;
}

void chain_take_generations(struct chain *chain, uint32_t i, uint32_t x)
{
    uint8_t kept = chain->generations[i];
    chain->generations[i] = chain->generations[x];
    chain->generations[x] = kept;
}

static void forget_both(const struct chain *chain, uint32_t i, uint32_t x)
{
    chain_groups_forget(chain, i);
    chain_groups_forget(chain, x);
}

/*
 * Both without a genome, or with neighbours that have none: which of them is higher changes what the genomes below are held against. Without this, of an unsequenced case that infected two sequenced ones
 * nothing is ever seen once one of these stands for it: neither can go to it before the other.
 */
static void swap_slow(struct chain *chain, uint32_t i, struct vg_random *random)
{
    const struct chain_world *world = chain->world;
    uint32_t x = chain->parent[i];
    const struct vg_chain_case *of_i = &world->data->cases[i], *of_x = &world->data->cases[x];
    int32_t day_i = chain->person[i].infected, day_x = chain->person[x].infected;
    int64_t shown_i = (int64_t)of_i->day - day_x, shown_x = (int64_t)of_x->day - day_i;
    unsigned above = chain->slot[x], below = chain->slot[i], i_above = above, x_below = chain_slot_of(world->candidates, x, i);
    if (above == SLOT_UNLISTED || is_frozen(chain, i) || is_frozen(chain, x) || has_sibling(chain, i) || has_sibling(chain, x)) {
        return;
    }
    chain->swaps++;
    i_above = above >= SLOT_FIRST ? chain_slot_of(world->candidates, i, chain->parent[x]) : SLOT_OUTSIDE;
    if ((above >= SLOT_FIRST && i_above == SLOT_OUTSIDE) || x_below == SLOT_OUTSIDE || shown_i < 0 || shown_x < 0 || shown_i >= VG_CHAIN_SHOWN_MAX || shown_x >= VG_CHAIN_SHOWN_MAX) {
        return;
    }
    unsigned of_above = chain->generations[x], of_below = chain->generations[i];
    double now = chain_link_factor(chain, i, i_above, of_above) * chain_link_factor(chain, x, x_below, of_below);
    double before = chain_link_factor(chain, x, above, of_above) * chain_link_factor(chain, i, below, of_below);
    double log_ratio = world->log_shown[of_i->shown][shown_i] + world->log_shown[of_x->shown][shown_x] - world->log_shown[of_i->shown][of_i->day - day_i] -
                       world->log_shown[of_x->shown][of_x->day - day_x] + log(now / before) + chain_contacts_swapped(chain, i, x);
    if (!(now > 0) || !(before > 0) || isinf(log_ratio) || !weigh_given(chain, x, i, i, day_x, &log_ratio) || !weigh_given(chain, i, VG_CHAIN_NONE, x, day_i, &log_ratio)) {
        return;
    }
    log_ratio -= chain_groups_around(chain, x, i);
    forget_both(chain, i, x);
    exchange(chain, i, i_above, x_below);
    chain_take_generations(chain, i, x);
    forget_both(chain, i, x);
    log_ratio += chain_groups_around(chain, i, x);
    if (log(vg_random_uniform(random)) < log_ratio) {
        chain->swaps_taken++;
        chain_note_both(chain, i, x);
        return;
    }
    exchange(chain, x, above, below);
    chain_take_generations(chain, i, x);
    forget_both(chain, i, x);
}

/* x infected i becomes i infected x: they take each other's day, infector and infected. Numbers of infected go with the days, so their law does not change. */
void chain_swap(struct chain *chain, uint32_t i, struct vg_random *random)
{
    uint32_t x = chain->parent[i];
    if (x == VG_CHAIN_NONE || chain->world->slow[i] != chain->world->slow[x]) {
        return;
    }
    if (chain->world->slow[i] != 0) {
        swap_slow(chain, i, random);
    } else {
        swap_fast(chain, i, random);
    }
}
