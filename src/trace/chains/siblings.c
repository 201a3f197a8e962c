/*
 * Two whom the same one infected. They report contacts with each other. Where that one is unseen, a case hangs as a sibling on the first of them in the data:
 * where genomes of both and of whoever infected the unseen one are known, these tell; else a contact of the two does. The unseen one may be from outside, or have
 * been infected by a case that is in no list, or be that case; then only the days between the infections of the siblings count.
 */
#include "trace/chains/internal.h"

#include <math.h>
#include <stdlib.h>

enum { CONTACTS_LOOKED_AT = 32 };
#define CLOSED_MOST 0.9

/* ---------------------------------------------------------------- contacts */

static bool in_contact(const size_t *starts, const uint32_t *contacts, uint32_t a, uint32_t b)
{
    for (size_t at = starts[a]; at < starts[a + 1] && at < starts[a] + CONTACTS_LOOKED_AT; at++) {
        if (contacts[at] == b) {
            return true;
        }
    }
    return false;
}

/*
 * Where nearly all who have a contact in common have one with each other, contacts are groups, as all pairs of each household: whoever infected whom, everyone
 * has everyone, and siblings cannot be told by it.
 */
static bool are_groups(const size_t *starts, const uint32_t *contacts, size_t n)
{
    double closed = 0, all = 0;
    for (size_t i = 0; i < n; i++) {
        size_t end = starts[i + 1] < starts[i] + CONTACTS_LOOKED_AT ? starts[i + 1] : starts[i] + CONTACTS_LOOKED_AT;
        for (size_t a = starts[i]; a < end; a++) {
            for (size_t b = starts[i]; b < a; b++, all++) {
                closed += in_contact(starts, contacts, contacts[a], contacts[b]) ? 1 : 0;
            }
        }
    }
    return closed > CLOSED_MOST * all;
}

vg_status chain_index_contacts(struct chain_world *world, struct vg_arena *arena, struct vg_error *error)
{
    const struct vg_chain_data *data = world->data;
    if (data->n_contacts == 0 || !(world->model->shared_ancestors > 0)) {
        return VG_OK;
    }
    size_t *starts = VG_ARENA_ARRAY(arena, size_t, data->n + 2);
    uint32_t *contacts = VG_ARENA_ARRAY(arena, uint32_t, 2 * data->n_contacts);
    if (starts == NULL || contacts == NULL) {
        return vg_fail_memory(error, (data->n + data->n_contacts) * 8);
    }
    for (size_t k = 0; k < data->n_contacts; k++) {
        starts[data->contacts[k].from + 2]++;
        starts[data->contacts[k].to + 2]++;
    }
    for (size_t i = 0; i < data->n; i++) {
        starts[i + 2] += starts[i + 1];
    }
    for (size_t k = 0; k < data->n_contacts; k++) { /* starts run ahead by one place, and end where the next begins */
        contacts[starts[data->contacts[k].from + 1]++] = data->contacts[k].to;
        contacts[starts[data->contacts[k].to + 1]++] = data->contacts[k].from;
    }
    if (are_groups(starts, contacts, data->n)) {
        return VG_OK;
    }
    world->contact_starts = starts;
    world->contacts = contacts;
    return VG_OK;
}

/* Contacts of i among those whom `infector` infected, but for `but`. */
static unsigned friends_among(const struct chain *chain, uint32_t i, uint32_t infector, uint32_t but)
{
    const struct chain_world *world = chain->world;
    unsigned n = 0;
    for (size_t at = world->contact_starts[i]; infector != VG_CHAIN_NONE && at < world->contact_starts[i + 1]; at++) {
        uint32_t other = world->contacts[at];
        n += other != but && chain->parent[other] == infector && chain_direct(chain->slot[other]) ? 1 : 0;
    }
    return n;
}

bool chain_find_friends(const struct chain *chain, uint32_t i, double *friends)
{
    const struct chain_world *world = chain->world;
    const struct vg_chain_candidate *list = world->candidates->list + world->candidates->starts[i];
    size_t n = chain_list_size(world->candidates, i);
    bool any = false;
    for (size_t at = world->contact_starts[i]; at < world->contact_starts[i + 1]; at++) {
        uint32_t other = world->contacts[at], infector = chain->parent[other];
        size_t k = chain_direct(chain->slot[other]) ? chain->person[infector].mark : n;
        if (k < n && list[k].infector == infector) {
            for (size_t each = 0; !any && each < n; each++) {
                friends[each] = 1;
            }
            any = true;
            friends[k] *= chain->friends;
        }
    }
    return any;
}

double chain_contacts_swapped(const struct chain *chain, uint32_t i, uint32_t x)
{
    uint32_t above = chain->parent[x];
    if (chain->world->contact_starts == NULL) {
        return 0;
    }
    unsigned more = friends_among(chain, i, above, x) + friends_among(chain, x, x, i), fewer = friends_among(chain, x, above, i) + friends_among(chain, i, x, i);
    return ((double)more - (double)fewer) * log(chain->friends);
}

double chain_contacts_turned(const struct chain *chain, uint32_t i, uint32_t x)
{
    uint32_t above = chain->parent[x];
    if (chain->world->contact_starts == NULL) {
        return 1;
    }
    unsigned more = friends_among(chain, i, above, x) + friends_among(chain, x, i, i), fewer = friends_among(chain, x, above, i) + friends_among(chain, i, x, i);
    double strangers = (double)chain->person[i].n_children - (double)(chain->person[x].n_children - 1);
    return pow(chain->friends, (double)more - (double)fewer) * pow(chain->strangers[1], strangers);
}

bool chain_are_siblings(const struct chain *chain, uint32_t a, uint32_t b)
{
    bool direct_a = chain_direct(chain->slot[a]), direct_b = chain_direct(chain->slot[b]);
    if (direct_a && direct_b && chain->parent[a] == chain->parent[b]) {
        return true;
    }
    uint32_t first_a = chain->slot[a] >= SLOT_SIBLING ? chain->parent[a] : a, first_b = chain->slot[b] >= SLOT_SIBLING ? chain->parent[b] : b;
    return first_a == first_b;
}

/* ------------------------------------------------------------------ unseen */

static uint32_t other_siblings(const struct chain *chain, uint32_t i, uint32_t j)
{
    return chain->person[j].n_siblings - (chain->parent[i] == j && !chain_direct(chain->slot[i]) ? 1U : 0U);
}

/* Whether contacts are reported with j and those who hang on it. */
static double contacts_in(const struct chain *chain, uint32_t i, uint32_t j, uint32_t others)
{
    const struct chain_world *world = chain->world;
    double factor = 1;
    for (size_t at = world->contact_starts[i]; at < world->contact_starts[i + 1]; at++) {
        uint32_t other = world->contacts[at];
        factor *= other == j || (chain->parent[other] == j && chain->slot[other] >= SLOT_SIBLING) ? chain->friends : 1;
    }
    return factor * chain->strangers[others + 1 < STRANGERS ? others + 1 : STRANGERS];
}

/*
 * What i, as a sibling of its k-th candidate, has of its own: what it differs from that and from the infector of both beyond what these differ, halved.
 * VG_CHAIN_DISTANCE_NONE: the infector is no candidate of i, so it is no sibling.
 */
static unsigned own_differences(const struct chain *chain, uint32_t i, size_t k)
{
    const struct vg_chain_candidates *candidates = chain->world->candidates;
    const struct vg_chain_candidate *list = candidates->list + candidates->starts[i];
    const struct chain_person *person = &chain->person[list[k].infector];
    size_t at = chain->person[person->above].mark;
    if (at >= chain_list_size(candidates, i) || list[at].infector != person->above || list[at].distance == VG_CHAIN_DISTANCE_NONE) {
        return VG_CHAIN_DISTANCE_NONE;
    }
    unsigned both = (unsigned)list[k].distance + list[at].distance;
    return both > person->above_distance ? (both - person->above_distance + 1) / 2 : 0;
}

/* The row of i two generations from the infector of j; NULL: no day fits. */
static inline const double *row_below(const struct chain *chain, uint32_t above, const struct chain_window *window)
{
    int32_t shift = window->first - chain->person[above].infected;
    bool fits = shift + (int32_t)window->high >= 2 && shift + (int32_t)window->low <= (int32_t)chain->world->delays->two_most;
    return fits ? chain->world->delays->generation[1] + PAD + shift : NULL;
}

/* The row of i infected by the same one as j. */
static const double *row_apart(const struct chain *chain, uint32_t j, const struct chain_window *window)
{
    int32_t shift = window->first - chain->person[j].infected;
    bool fits = shift + (int32_t)window->high > -VG_CHAIN_GENERATION_MAX && shift + (int32_t)window->low < VG_CHAIN_GENERATION_MAX;
    return fits ? chain->world->delays->apart + APART_ZERO + shift : NULL;
}

/* Of a first sibling that somebody in the list infected, or nobody. */
static bool fits_by_contact(const struct chain *chain, uint32_t i, size_t k, uint32_t j, const struct chain_window *window, struct weighed *weighed)
{
    bool alone = chain->slot[j] < SLOT_FIRST;
    if (alone ? chain->slot[j] == SLOT_OUTSIDE && chain->world->data->cases[i].origin == VG_CHAIN_ORIGIN_LOCAL : chain->parent[j] == i) {
        return false;
    }
    weighed->own[k] = VG_CHAIN_DISTANCE_NONE;
    weighed->sibling_row[k] = alone ? row_apart(chain, j, window) : row_below(chain, chain->parent[j], window);
    return weighed->sibling_row[k] != NULL;
}

double chain_weigh_sibling(const struct chain *chain, uint32_t i, size_t k, const struct chain_window *window, struct weighed *weighed)
{
    const struct vg_chain_candidates *candidates = chain->world->candidates;
    const struct vg_chain_candidate *candidate = &candidates->list[candidates->starts[i] + k];
    uint32_t j = candidate->infector, others = other_siblings(chain, i, j);
    const struct chain_person *person = &chain->person[j];
    weighed->sibling_row[k] = NULL;
    if (others == 0 && !(person->unseen > 0)) {
        return 0;
    }
    const double *weights = chain->sibling_weight;
    if (person->above != VG_CHAIN_NONE) {
        const double *row = row_below(chain, person->above, window);
        if (row == NULL || candidate->distance == VG_CHAIN_DISTANCE_NONE || candidate->distance > chain_sibling_reach(candidates->nearest[i])) {
            return 0;
        }
        unsigned own = weighed->own[k] = own_differences(chain, i, k);
        if (own == VG_CHAIN_DISTANCE_NONE || (others > 0 && candidate->distance != own + chain->own[j])) {
            return 0; /* the infector of the others had another genome */
        }
        weighed->sibling_row[k] = row;
    } else if (chain->rows.contact_siblings && (candidate->flags & VG_CHAIN_IS_CONTACT) != 0 && fits_by_contact(chain, i, k, j, window, weighed)) {
        weights = chain->contact_weight;
    } else {
        return 0;
    }
    double factor = weights[others < SIBLINGS_COUNTED ? others : SIBLINGS_COUNTED] * (others > 0 ? 1 : (double)person->unseen);
    return chain->world->contact_starts == NULL ? factor : factor * contacts_in(chain, i, j, others);
}

void chain_weigh_apart(const struct chain *chain, uint32_t i, struct chain_window *window)
{
    for (uint32_t sibling = chain->child[i]; sibling != VG_CHAIN_NONE; sibling = chain->next[sibling]) {
        int32_t shift = chain->person[sibling].infected - window->first;
        for (size_t d = window->low; chain->slot[sibling] >= SLOT_SIBLING && d <= window->high; d++) {
            int32_t days = shift - (int32_t)d;
            window->base[d] *= abs(days) < VG_CHAIN_GENERATION_MAX ? chain->world->delays->apart[APART_ZERO + days] : 0;
        }
    }
}

double chain_sibling_days(const struct chain *chain, uint32_t i)
{
    uint32_t first = chain->parent[i], from = chain->slot[first] < SLOT_FIRST ? first : chain->parent[first];
    int32_t days = chain->person[i].infected - chain->person[from].infected;
    return from == first ? chain->world->delays->apart[APART_ZERO + days] : chain->world->delays->generation[1][PAD + days];
}

void chain_note_unseen(struct chain *chain, uint32_t i)
{
    struct chain_person *person = &chain->person[i];
    const struct vg_chain_candidate *candidate = chain_direct(chain->slot[i]) ? chain_candidate(chain->world->candidates, i, chain->slot[i]) : NULL;
    person->above = VG_CHAIN_NONE;
    person->unseen = chain->slot[i] < SLOT_FIRST && chain->rows.contact_siblings ? 1 : 0;
    if (candidate == NULL || (candidate->distance == VG_CHAIN_DISTANCE_NONE && !chain->rows.contact_siblings)) {
        return;
    }
    bool known = candidate->distance != VG_CHAIN_DISTANCE_NONE;
    if (known) {
        person->above = candidate->infector;
        person->above_distance = (uint8_t)candidate->distance;
    }
    if (chain->world->slow[i] != 0) { /* those who differ from the infector do so by mutations of the way to the unseen one, or of the last generation */
        person->unseen = chain->generations[i] == 2 ? (float)pow(0.5, known ? candidate->distance : 0) : 0;
        return;
    }
    size_t at = (size_t)(PAD + person->infected - chain->person[candidate->infector].infected);
    double all = chain->rows.rows[((candidate->flags & VG_CHAIN_IS_CONTACT) != 0 ? ROW_CONTACT : ROW_LINK) + candidate->distance][at];
    person->unseen = all > 0 ? (float)(chain->rows.rows[ROW_UNSEEN + candidate->distance][at] / all) : 0;
}

unsigned chain_resolve(const struct chain *chain, uint32_t i)
{
    uint32_t at = i;
    while (chain->slot[at] >= SLOT_SIBLING) {
        at = chain->parent[at];
    }
    if (at == i || chain->slot[at] < SLOT_FIRST) {
        return chain->slot[at];
    }
    unsigned slot = chain_slot_of(chain->world->candidates, i, chain->parent[at]);
    return slot == SLOT_OUTSIDE ? SLOT_UNLISTED : slot;
}
