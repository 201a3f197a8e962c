/*
 * Contact-exact mode: contacts that exist for any two people and day, symmetric, computed and never stored.
 *
 * In a pool, somebody of age a has S(a, b) slots towards age b. The slots of both ages are laid, in the order of ranks (so
 * places are intervals), onto one row of M cells, M the larger number of slots. Within each place a keyed permutation of the
 * day takes a's cells to b's; a pair of slots that meet there is a contact if a hash of (cell, day) says so, with the
 * probability that makes the mean that of the matrix. Within one age, cells are permuted and joined in twos. Both sides compute
 * the same.
 */
#include "control/epidemic_internal.h"

struct side {
    uint32_t age, slots;
    uint64_t people, cells;
};

/* The meeting of two ages in a pool. */
struct floor_plan {
    const struct vg_epidemic *e;
    unsigned layer;
    uint32_t pool, places;
    double active; /* share of joined slots that meet */
    int32_t day;
    struct side own, other;
    uint64_t cells;
};

static bool plan(const struct vg_epidemic *e, unsigned layer, uint32_t pool, uint32_t own, uint32_t other, int32_t day,
                 struct floor_plan *out)
{
    size_t base = ((size_t)e->set[pool] * VG_LAYERS + layer) * e->n_ages;
    size_t there = (base + own) * e->n_ages + other;
    size_t back = (base + other) * e->n_ages + own;
    *out = (struct floor_plan){.e = e,
                               .layer = layer,
                               .pool = pool,
                               .places = e->p->places[layer][pool],
                               .day = day,
                               .own = {own, e->tables.slots[there], pool_size(e->p, layer, pool, own), 0},
                               .other = {other, e->tables.slots[back], pool_size(e->p, layer, pool, other), 0}};
    out->own.cells = out->own.people * out->own.slots;
    out->other.cells = out->other.people * out->other.slots;
    if (out->own.cells == 0 || out->other.cells == 0) {
        return false;
    }
    out->cells = out->own.cells > out->other.cells ? out->own.cells : out->other.cells;
    uint64_t fewer = out->own.cells < out->other.cells ? out->own.cells : out->other.cells;
    /* The younger age first, so that both directions round alike. */
    double first = e->tables.daily[own <= other ? there : back] * (double)(own <= other ? out->own.people : out->other.people);
    double second = e->tables.daily[own <= other ? back : there] * (double)(own <= other ? out->other.people : out->own.people);
    out->active = (first + second) / 2 / (double)fewer;
    if (own == other) {
        out->places = places_among(out->places, (uint32_t)out->own.people);
    }
    return true;
}

/* In twos, an odd one is left over and one's own slots may be joined: those who are joined meet more often, so that the mean
 * stays. */
static double kept_in_twos(uint32_t width, uint32_t slots)
{
    double odd = width % 2 == 1 ? 1.0 / width : 0;
    double own = width > 1 ? (slots - 1.0) / (width - 1.0) : 1;
    return (1 - odd) * (own < 1 ? 1 - own : 0);
}

static uint64_t scaled_up(uint64_t x, uint64_t to, uint64_t from)
{
    return (x * to + from - 1) / from;
} /* least y with y * from / to >= x */

static inline bool meets(uint64_t key, uint64_t edge, double active)
{
    return draw_is((uint32_t)(draw_of(key, edge ^ 0xAC7100000000U) >> 32), threshold_of(active));
}

/* The other slot that a slot is joined with that day; false if none, or if they do not meet. */
static bool joined(const struct floor_plan *plan, uint64_t slot, uint64_t *other_slot)
{
    uint64_t cell = plan->cells == plan->own.cells ? slot : slot * plan->cells / plan->own.cells;
    uint64_t window = plan->places == 1 ? 0 : cell * plan->places / plan->cells; /* divisions are what this costs */
    uint64_t from = plan->places == 1 ? 0 : scaled_up(window, plan->cells, plan->places);
    uint32_t width = (uint32_t)((plan->places == 1 ? plan->cells : scaled_up(window + 1, plan->cells, plan->places)) - from);
    uint32_t inside = (uint32_t)(cell - from);
    bool first = plan->own.age <= plan->other.age;
    uint32_t low = first ? plan->own.age : plan->other.age;
    uint32_t high = first ? plan->other.age : plan->own.age;
    uint64_t key = draw_of(plan->e->key ^ ((uint64_t)(plan->day + 1) << 32 | (uint64_t)plan->layer << 16 | low << 8 | high),
                           (uint64_t)plan->pool << 32 | window);
    /* Whether they meet is asked as soon as what both sides know is known, for most do not. */
    uint64_t across = 0;
    if (low == high) {
        uint32_t partner = permute(key, width, inside, PERMUTE_ROUNDS) ^ 1U;
        if (partner >= width) {
            return false;
        }
        double kept = kept_in_twos(width, plan->own.slots);
        across = from + permute_back(key, width, partner, PERMUTE_ROUNDS);
        if (!meets(key, across < cell ? across : cell, kept > 0 ? plan->active / kept : 0)) {
            return false;
        }
    } else if (first) {
        if (!meets(key, cell, plan->active)) {
            return false;
        }
        across = from + permute(key, width, inside, PERMUTE_ROUNDS);
    } else {
        across = from + permute_back(key, width, inside, PERMUTE_ROUNDS);
        if (!meets(key, across, plan->active)) {
            return false;
        }
    }
    if (plan->cells == plan->other.cells) {
        *other_slot = across;
        return true;
    }
    *other_slot = scaled_up(across, plan->other.cells, plan->cells);
    return *other_slot < plan->other.cells && *other_slot * plan->cells / plan->other.cells == across;
}

static uint64_t seat_to_rank(const struct floor_plan *plan, uint32_t rank)
{
    return plan->places > 1 ? permute(pool_key(plan->e->p, plan->layer, plan->pool, plan->own.age, 0, 1),
                                      (uint32_t)plan->own.people, rank, PERMUTE_ROUNDS)
                            : rank;
}

static uint32_t slot_to_person(const struct floor_plan *plan, uint64_t slot)
{
    uint32_t rank = (uint32_t)(slot / plan->other.slots);
    if (plan->places > 1) {
        rank = permute_back(pool_key(plan->e->p, plan->layer, plan->pool, plan->other.age, 0, 1), (uint32_t)plan->other.people,
                            rank, PERMUTE_ROUNDS);
    }
    return person_of_seat(plan->e->p, plan->layer, (struct pool_seat){plan->pool, rank}, plan->other.age,
                          layer_day(plan->layer, plan->day));
}

static bool finds_slot(const struct vg_epidemic *e, struct meeting *meeting, struct floor_plan *floor_plan, uint64_t *other_slot)
{
    uint32_t age = e->p->entries[meeting->entry].age;
    uint32_t other = row_draw((uint32_t)meeting->other, row_of(e, meeting->home, meeting->layer, age), e->n_ages);
    meeting->other_age = other;
    if (!plan(e, meeting->layer, meeting->seat.pool, age, other, meeting->day, floor_plan)) {
        return false;
    }
    uint64_t slot = seat_to_rank(floor_plan, meeting->seat.rank) * floor_plan->own.slots +
                    ((meeting->other >> 32) * floor_plan->own.slots >> 32);
    return joined(floor_plan, slot, other_slot);
}

bool meeting_exact(const struct vg_epidemic *e, struct meeting *meeting)
{
    struct floor_plan floor_plan;
    uint64_t other_slot = 0;
    if (!finds_slot(e, meeting, &floor_plan, &other_slot)) {
        return false;
    }
    meeting->target = slot_to_person(&floor_plan, other_slot);
    return meeting->target != meeting->person;
}

bool meeting_may_be(const struct vg_epidemic *e, uint32_t person, uint32_t home, uint32_t entry, int32_t day, uint32_t index)
{
    struct meeting meeting;
    struct floor_plan floor_plan;
    uint64_t other_slot = 0;
    meeting_begin(e, person, home, entry, day, index, &meeting);
    return meeting.layer == VG_LAYER_HOUSEHOLD ? e->p->entries[entry].size > 1 : finds_slot(e, &meeting, &floor_plan, &other_slot);
}

struct gathering {
    const struct vg_epidemic *e;
    uint32_t person;
    int32_t day;
    bool asks_others;
    struct vg_contact_met *met;
    size_t n, capacity;
};

static void gather(struct gathering *gathering, uint32_t person, uint32_t ages, uint32_t pool, unsigned layer)
{
    const struct vg_epidemic *e = gathering->e;
    if (!was_there(e, gathering->person, layer, gathering->day) || (gathering->asks_others && !was_there(e, person, layer, gathering->day)) ||
        !kept_contact(e, gathering->person, person, ages, pool, layer, gathering->day)) {
        return;
    }
    if (gathering->n < gathering->capacity) {
        gathering->met[gathering->n] = (struct vg_contact_met){person, (uint8_t)layer};
    }
    gathering->n++;
}

static void gather_layer(const struct vg_epidemic *e, struct meeting *meeting, unsigned layer, struct gathering *gathering)
{
    uint32_t age = e->p->entries[meeting->entry].age;
    meeting->layer = (uint8_t)layer;
    meeting_seat(e, meeting);
    for (uint32_t other = 0; other < e->n_ages; other++) {
        struct floor_plan floor_plan;
        if (!plan(e, layer, meeting->seat.pool, age, other, meeting->day, &floor_plan)) {
            continue;
        }
        uint64_t first = seat_to_rank(&floor_plan, meeting->seat.rank) * floor_plan.own.slots;
        for (uint64_t slot = first; slot < first + floor_plan.own.slots; slot++) {
            uint64_t other_slot = 0;
            if (joined(&floor_plan, slot, &other_slot)) {
                uint32_t person = slot_to_person(&floor_plan, other_slot);
                if (person != meeting->person) {
                    gather(gathering, person, 1U << age | 1U << other, meeting->seat.pool, layer);
                }
            }
        }
    }
}

size_t contacts_of_day(const struct vg_epidemic *epidemic, uint32_t person, int32_t day, bool asks_others, struct vg_contact_met *met, size_t capacity)
{
    struct gathering gathering = {epidemic, person, day, asks_others, met, 0, capacity};
    const struct vg_population *p = epidemic->p;
    uint32_t home = population_municipality(p, person);
    struct meeting meeting = {.person = person, .home = home, .day = day, .entry = population_entry(p, home, person)};
    const struct entry *entry = &p->entries[meeting.entry];
    for (uint32_t i = 0; i < entry->size; i++) {
        if (i != entry->member) {
            uint32_t ages = 1U << entry->age | 1U << p->entries[p->entry_of[(size_t)entry->type * VG_HOUSEHOLD_MAX + i]].age;
            gather(&gathering, person - entry->member + i, ages, home, VG_LAYER_HOUSEHOLD);
        }
    }
    for (unsigned layer = VG_LAYER_SCHOOL; layer < VG_LAYERS && epidemic->input.mode == VG_CONTACTS_EXACT; layer++) {
        if (role_in_layer(entry->role, layer) && (layer != VG_LAYER_TRAVEL || p->flows[layer].on)) {
            gather_layer(epidemic, &meeting, layer, &gathering);
        }
    }
    return gathering.n;
}

size_t vg_epidemic_contacts(const struct vg_epidemic *epidemic, uint32_t person, int32_t day, struct vg_contact_met *met, size_t capacity)
{
    return contacts_of_day(epidemic, person, day, true, met, capacity);
}
