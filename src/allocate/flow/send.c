/*
 * More supply at one node and less at another, in a loose flow of least cost: as much as the cheapest way carries goes by it, then by the cheapest way that is left, until all has gone (successive shortest paths; Ahuja, Magnanti
 * and Orlin 1993, ch. 9). What a unit costs beside the potentials is never less than 0, so ways are found by Dijkstra's method, from both ends at once (Pohl 1971): the side that has had less work goes on, and both end where
 * their distances together reach the best way found, so that little but the neighbourhood of the change is looked at; arcs that cost far more wait until nothing nearer is left (ends.c). Nodes wait in buckets by the
 * highest bit in which their distance differs from the last one that was settled (radix heap; Ahuja, Mehlhorn, Orlin and Tarjan 1990): most are as near as the last.
 */
#include "allocate/flow/internal.h"

#include <string.h>

#define NO_WAY INT64_MAX
#define CHUNK 32u
#define ENDS_A_LINE 4u                       /* of the cache */
#define ENDS_AHEAD 16u                       /* asked for before they are looked at */
#define BUCKETS 64u                          /* and those of one node only differ from it in 0 bits */
#define WORN (INT64_C(3) << 59)              /* potentials beyond are made anew from a tree before their differences overflow */
#define LOOKS_MOST 64u                       /* at each end of an arc: then steps are the better way */
#define PATIENCE 4194304u                    /* looks that are always allowed */

struct side {
    uint32_t *settled, n_settled;
    uint32_t n_far;                          /* of the settled: those whose far arcs have been looked at, too */
    uint32_t first[BUCKETS + 1], last;       /* of each bucket; of the nearest */
    uint64_t filled;                         /* buckets, less the first, that hold any */
    int64_t distance;                        /* all that is nearer is settled */
    uint64_t looks;
    uint32_t current;                        /* the nearest that is not settled */
};

struct search {
    struct vg_flow *flow;
    struct flow_label *label;
    struct side side[2];                     /* from the giver on, and back from the taker */
    uint32_t stamp, meeting;
    int64_t best;                            /* of the ways found */
};

/* ----------------------------------------------------------------------- waiting */

static void put(struct search *search, int which, uint32_t node)
{
    struct side *side = &search->side[which];
    struct flow_label *label = &search->label[node];
    const uint64_t apart = (uint64_t)(label->distance[which] ^ side->distance);
    const uint32_t bucket = apart == 0 ? 0 : 64u - (uint32_t)__builtin_clzll(apart), next = side->first[bucket];
    if (bucket == 0 && next != FLOW_NONE) { /* behind those that have waited longer: in breadth, ways stay short */
        label->next[which] = FLOW_NONE;
        label->back[which] = side->last;
        search->label[side->last].next[which] = node;
        side->last = node;
        return;
    }
    side->last = bucket == 0 ? node : side->last;
    label->next[which] = next;
    label->back[which] = FLOW_NONE - bucket;
    if (next != FLOW_NONE) {
        search->label[next].back[which] = node;
    }
    side->first[bucket] = node;
    side->filled |= bucket == 0 ? 0 : UINT64_C(1) << (bucket - 1);
}

static void take_out(struct search *search, int which, uint32_t node)
{
    struct side *side = &search->side[which];
    const uint32_t next = search->label[node].next[which], back = search->label[node].back[which], bucket = FLOW_NONE - back;
    if (next != FLOW_NONE) {
        search->label[next].back[which] = back;
    } else if (side->last == node) {
        side->last = back;
    }
    if (bucket > BUCKETS) {
        search->label[back].next[which] = next;
        return;
    }
    side->first[bucket] = next;
    if (bucket > 0 && next == FLOW_NONE) {
        side->filled &= ~(UINT64_C(1) << (bucket - 1));
    }
}

/* --------------------------------------------------------------------- searching */

static void reach(struct search *search, int which, uint32_t node, int64_t distance, uint32_t via)
{
    struct flow_label *label = &search->label[node];
    if (label->stamp[which] == search->stamp) {
        take_out(search, which, node);
    }
    label->stamp[which] = search->stamp;
    label->distance[which] = distance;
    label->via[which] = via;
    for (uint32_t k = 0; k < ENDS_AHEAD; k += ENDS_A_LINE) {
        __builtin_prefetch(&search->flow->loose->ends[label->near] + k);
    }
    put(search, which, node);
    if ((label->stamp[1 - which] | 1) == (search->stamp | 1) && distance + label->distance[1 - which] < search->best) {
        search->best = distance + label->distance[1 - which];
        search->meeting = node;
    }
}

/*
 * At some of the arcs of a settled node. Those that can be used are told apart before the nodes behind them are looked at, so that these come from memory together.
 */
static void look_at(struct search *search, int which, uint32_t node, uint32_t begin, uint32_t end)
{
    const struct flow_end *ends = search->flow->loose->ends;
    struct flow_label *labels = search->label;
    const uint32_t use = which == 0 ? FLOW_LEAVES : FLOW_ENTERS;
    const int64_t here = labels[node].distance[which] + (which == 0 ? labels[node].potential : -labels[node].potential);
    search->side[which].looks += end - begin;
    for (uint32_t first = begin; first < end; first += CHUNK) {
        const uint32_t last = end - first < CHUNK ? end : first + CHUNK;
        uint32_t usable[CHUNK], n = 0;
        for (uint32_t k = first; k < last; k++) {
            usable[n] = k;
            n += (ends[k].far_use & use) != 0;
        }
        for (uint32_t k = 0; k < n; k++) {
            __builtin_prefetch(&labels[ends[usable[k]].far_use / 4]);
        }
        for (uint32_t k = 0; k < n; k++) {
            const struct flow_end seen = ends[usable[k]];
            const struct flow_label *label = &labels[seen.far_use / 4];
            const int64_t there = seen.cost - label->potential, distance = here + (which == 0 ? there : -there);
            if (distance < search->best && (label->stamp[which] < search->stamp || (label->stamp[which] == search->stamp && distance < label->distance[which]))) {
                reach(search, which, seen.far_use / 4, distance, seen.arc_side);
            }
        }
    }
}

/* Settles the current node of a side. */
static void look_around(struct search *search, int which)
{
    struct side *side = &search->side[which];
    struct flow_label *label = &search->label[side->current];
    label->stamp[which] = search->stamp | 1;
    side->settled[side->n_settled++] = side->current;
    look_at(search, which, side->current, label->near, label->near_end);
}

/* At the far arcs of the settled nodes that nothing farther than `distance` may be reached before. Whether there were any. */
static bool look_far(struct search *search, int which, int64_t distance)
{
    struct side *side = &search->side[which];
    const struct flow_loose *loose = search->flow->loose;
    const uint32_t before = side->n_far;
    while (side->n_far < side->n_settled) {
        const uint32_t node = side->settled[side->n_far];
        const struct flow_label *label = &search->label[node];
        if (label->distance[which] + FLOW_AWAY * loose->drift > distance) {
            break;
        }
        side->n_far++;
        look_at(search, which, node, which == 0 ? label->near_end : loose->first_end[node], which == 0 ? loose->first_end[node + 1] : label->near);
    }
    return side->n_far > before;
}

/* The nearest that waits, or FLOW_NONE, becomes current. Where it is farther than the last, those of its bucket are spread over the lower ones. */
static void take_nearest(struct search *search, int which)
{
    struct side *side = &search->side[which];
    const struct flow_label *label = search->label;
    while (side->first[0] == FLOW_NONE) {
        if (side->filled == 0) {
            if (!look_far(search, which, INT64_MAX)) {
                break;
            }
            continue;
        }
        const uint32_t bucket = (uint32_t)__builtin_ctzll(side->filled) + 1;
        uint32_t node = side->first[bucket];
        int64_t distance = label[node].distance[which];
        for (uint32_t k = node; k != FLOW_NONE; k = label[k].next[which]) {
            distance = label[k].distance[which] < distance ? label[k].distance[which] : distance;
        }
        if (look_far(search, which, distance)) {
            continue;
        }
        side->first[bucket] = FLOW_NONE;
        side->filled &= side->filled - 1;
        side->distance = distance;
        while (node != FLOW_NONE) {
            const uint32_t next = label[node].next[which];
            put(search, which, node);
            node = next;
        }
    }
    side->current = side->first[0];
    if (side->current != FLOW_NONE) {
        take_out(search, which, side->current);
    }
}

static void begin_side(struct search *search, int which, uint32_t node)
{
    struct side *side = &search->side[which];
    side->n_settled = side->n_far = 0;
    side->filled = 0;
    side->distance = 0;
    side->looks = 0;
    memset(side->first, 0xff, sizeof side->first);
    reach(search, which, node, 0, FLOW_NONE);
    take_nearest(search, which);
}

/* So far: a node costs about as much as looking at four arcs. */
static uint64_t work_of(const struct side *side)
{
    return side->looks + 4 * (uint64_t)side->n_settled;
}

/* Finds the cheapest way; false where there is none. Then the distances of both sides add up to what it costs. */
static bool find_way(struct search *search, uint32_t from, uint32_t to)
{
    struct flow_loose *loose = search->flow->loose;
    struct side *sides = search->side;
    if (++loose->searches == UINT32_MAX / 2) {
        for (uint32_t node = 0; node < search->flow->n_nodes; node++) {
            search->label[node].stamp[0] = search->label[node].stamp[1] = 0;
        }
        loose->searches = 1;
    }
    search->stamp = 2 * loose->searches;
    search->best = NO_WAY;
    begin_side(search, 0, from);
    begin_side(search, 1, to);
    while (sides[0].current != FLOW_NONE && sides[1].current != FLOW_NONE && sides[0].distance + sides[1].distance < search->best) {
        const int which = work_of(&sides[0]) <= work_of(&sides[1]) ? 0 : 1;
        look_around(search, which);
        take_nearest(search, which);
    }
    if (search->best == NO_WAY) {
        return false;
    }
    if (sides[0].current == FLOW_NONE && sides[1].current != FLOW_NONE) { /* all that is nearer than what is left is settled */
        sides[0].distance = search->best - sides[1].distance;
    }
    sides[0].distance = sides[0].distance < search->best ? sides[0].distance : search->best;
    sides[1].distance = search->best - sides[0].distance;
    return true;
}

/* ------------------------------------------------------------------------ sending */

/* What is settled comes nearer by what lies between it and its side's distance: then the arcs of the way cost nothing beside the potentials, and no other less. */
static void shift_potentials(struct search *search)
{
    struct vg_flow *flow = search->flow;
    for (int which = 0; which < 2; which++) {
        const struct side *side = &search->side[which];
        for (uint32_t k = 0; k < side->n_settled; k++) {
            const uint32_t node = side->settled[k];
            const int64_t shift = side->distance - search->label[node].distance[which];
            if (shift > 0) {
                const int64_t potential = flow->potential[node] + (which == 0 ? -shift : shift);
                flow_set_potential(flow, node, potential);
                flow->loose->worn = flow->loose->worn || potential > WORN || potential < -WORN;
            }
        }
    }
}

/* The arc that a node of a side was reached by, whether the way goes along it, and the node before it. */
static uint32_t arc_before(const struct search *search, int which, uint32_t node, bool *along, uint32_t *before)
{
    const uint32_t via = search->label[node].via[which], arc = via / 2;
    const bool away = (via & 1) != 0;
    *along = away == (which == 0);
    *before = away ? search->flow->source[arc] : search->flow->target[arc];
    return arc;
}

static int64_t room_of_way(const struct search *search, const uint32_t *end, int64_t amount)
{
    const struct vg_flow *flow = search->flow;
    for (int which = 0; which < 2; which++) {
        for (uint32_t node = search->meeting, before; node != end[which]; node = before) {
            bool along;
            const uint32_t arc = arc_before(search, which, node, &along, &before);
            const int64_t room = along ? flow->capacity[arc] - flow->loose->amount[arc] : flow->loose->amount[arc];
            amount = room < amount ? room : amount;
        }
    }
    return amount;
}

static void push_way(const struct search *search, const uint32_t *end, int64_t amount)
{
    struct vg_flow *flow = search->flow;
    for (int which = 0; which < 2; which++) {
        for (uint32_t node = search->meeting, before; node != end[which]; node = before) {
            bool along;
            const uint32_t arc = arc_before(search, which, node, &along, &before);
            flow->loose->amount[arc] += along ? amount : -amount;
            flow_note_room(flow, arc);
        }
    }
}

int64_t flow_send(struct vg_flow *flow, uint32_t from, uint32_t to, int64_t amount)
{
    const uint32_t end[2] = {from, to};
    const uint64_t looks_most = PATIENCE + LOOKS_MOST * 2 * (uint64_t)flow->n_arcs;
    uint64_t looks = 0;
    struct search search = {.flow = flow, .label = flow->loose->label, .side = {{.settled = flow->loose->settled[0]}, {.settled = flow->loose->settled[1]}}};
    while (amount > 0 && looks < looks_most && !flow->loose->worn && find_way(&search, from, to)) {
        const int64_t sent = room_of_way(&search, end, amount);
        push_way(&search, end, sent);
        shift_potentials(&search);
        amount -= sent;
        looks += search.side[0].looks + search.side[1].looks;
        flow->pivots++;
    }
    return amount;
}
