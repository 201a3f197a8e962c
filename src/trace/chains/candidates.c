/*
 * Candidate infectors of each case: proposed by contacts, places, genomes and time, weighed by a rough form of the instant answer, the best kept; and what
 * all others together weigh by day.
 */
#include "trace/chains/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
 * Genomes are looked up by parts of their sites, the nearest first: by all of them, by all but one eighth, by one eighth. Of a part that says much more days are looked at: the infector's genome is
 * often the case's own or one site off, and then it is the days that are far off.
 */
enum { ALL_PAIRS_MOST = 3000, BLOCKS = 8, PARTS = 1 + 2 * BLOCKS, NEAR = 3, PER_BLOCK = 16, PER_REST = 64, PER_GENOME = 192, PER_PLACE = 48, PROPOSALS_MOST = ALL_PAIRS_MOST + 64 };
/* Of the rough weight: what a difference, a contact and a place change its logarithm by. Only the order matters. */
static const double difference_penalty = 4, contact_bonus = 9, place_bonus = 2;

struct group_key {
    uint64_t key;
    int32_t day;
    uint32_t i;
};
struct proposal {
    double score;
    uint32_t j, tie;
    uint16_t distance, flags;
};

struct search {
    const struct vg_chain_data *data;
    const struct chain_delays *delays;
    size_t most;
    double serial[VG_CHAIN_SHOWN_KINDS][VG_CHAIN_SHOWN_KINDS][SERIAL_N]; /* logarithm, by kind of infector and infected */
    int32_t likeliest;                                                   /* difference of days */
    bool all_pairs;
    size_t *contact_starts;              /* [n + 1] */
    uint32_t *contacts;                  /* other case; direction is in `contact_from` */
    uint8_t *contact_counts_for;         /* 1: the other may have infected this one */
    struct group_key *by_day, *by_place; /* [n] */
    struct group_key *by_part[PARTS];    /* [n_sequenced] */
    size_t n_sequenced;
    uint32_t *marks;                 /* [workers * n] */
    struct proposal *proposals;      /* [workers * PROPOSALS_MOST] */
    struct vg_chain_candidate *kept; /* [n * most] */
    uint8_t *n_kept;
    uint8_t *whole; /* [n] nobody was left out */
};

static int by_key(const void *a, const void *b)
{
    const struct group_key *x = a, *y = b;
    if (x->key != y->key) {
        return x->key < y->key ? -1 : 1;
    }
    return x->day != y->day ? (x->day < y->day ? -1 : 1) : x->i < y->i ? -1 : x->i > y->i;
}

static int by_score(const void *a, const void *b)
{
    const struct proposal *x = a, *y = b;
    if (x->score > y->score || x->score < y->score) {
        return x->score > y->score ? -1 : 1;
    }
    return x->tie != y->tie ? (x->tie < y->tie ? -1 : 1) : x->j < y->j ? -1 : x->j > y->j;
}

/* Of equals each case takes others: were they always the same, these would seem to have infected everyone. */
static uint32_t mixed(uint32_t i, uint32_t j)
{
    const uint32_t pair[2] = {i, j};
    return (uint32_t)vg_hash_bytes(pair, sizeof pair, 0);
}

/* ----------------------------------------------------------------- indices */

static void fill_serial(struct search *search, const struct vg_chain_model *model)
{
    for (unsigned a = 0; a < VG_CHAIN_SHOWN_KINDS; a++) {
        for (unsigned b = 0; b < VG_CHAIN_SHOWN_KINDS; b++) {
            double *sum = search->serial[a][b], one[SERIAL_N], share = 0.8;
            memset(sum, 0, SERIAL_N * sizeof *sum);
            for (size_t g = 1; g <= search->delays->n_generations; g++, share *= 0.2) {
                chain_serial(model, search->delays, g, a, b, one);
                for (size_t i = 0; i < SERIAL_N; i++) {
                    sum[i] += share * one[i];
                }
            }
        }
    }
    for (int32_t i = 0; i < SERIAL_N; i++) {
        search->likeliest = search->serial[0][0][i] > search->serial[0][0][SERIAL_ZERO + search->likeliest] ? i - SERIAL_ZERO : search->likeliest;
    }
    for (unsigned a = 0; a < VG_CHAIN_SHOWN_KINDS; a++) {
        for (unsigned b = 0; b < VG_CHAIN_SHOWN_KINDS; b++) {
            for (size_t i = 0; i < SERIAL_N; i++) {
                search->serial[a][b][i] = log(search->serial[a][b][i]);
            }
        }
    }
}

static vg_status index_contacts(struct search *search, struct vg_arena *arena, struct vg_error *error)
{
    const struct vg_chain_data *data = search->data;
    search->contact_starts = VG_ARENA_ARRAY(arena, size_t, data->n + 2);
    search->contacts = VG_ARENA_ARRAY(arena, uint32_t, 2 * data->n_contacts + 1);
    search->contact_counts_for = VG_ARENA_ARRAY(arena, uint8_t, 2 * data->n_contacts + 1);
    if (search->contact_starts == NULL || search->contacts == NULL || search->contact_counts_for == NULL) {
        return vg_fail_memory(error, 10 * data->n_contacts);
    }
    size_t *starts = search->contact_starts + 1;
    for (size_t k = 0; k < data->n_contacts; k++) {
        starts[data->contacts[k].from + 1]++;
        starts[data->contacts[k].to + 1]++;
    }
    starts[0] = 0;
    for (size_t i = 0; i < data->n; i++) {
        starts[i + 1] += starts[i];
    }
    for (size_t k = 0; k < data->n_contacts; k++) { /* starts run ahead by one place, and end where the next begins */
        const struct vg_chain_contact *contact = &data->contacts[k];
        size_t at = starts[contact->to]++;
        search->contacts[at] = contact->from;
        search->contact_counts_for[at] = 1;
        at = starts[contact->from]++;
        search->contacts[at] = contact->to;
        search->contact_counts_for[at] = contact->directed ? 0 : 1;
    }
    return VG_OK;
}

static uint64_t sites_of_part(unsigned part)
{
    uint64_t block = UINT64_C(0x0101010101010101) << (part - 1) % BLOCKS;
    return part == 0 ? ~UINT64_C(0) : part <= BLOCKS ? ~block : block;
}

static size_t days_of_part(unsigned part)
{
    return part == 0 ? PER_GENOME : part <= BLOCKS ? PER_REST : PER_BLOCK;
}

static uint64_t part_hash(const struct vg_chain_genomes *genomes, uint32_t genome, unsigned part)
{
    const uint64_t *planes = genomes->planes + (size_t)genome * 3 * genomes->n_words;
    uint64_t mask = sites_of_part(part), hash = part + 1;
    for (size_t k = 0; k < 2 * genomes->n_words; k++) {
        hash = (hash ^ (planes[k] & mask)) * UINT64_C(0x9E3779B97F4A7C15);
        hash ^= hash >> 29;
    }
    return hash;
}

static vg_status index_groups(struct search *search, struct vg_arena *arena, struct vg_error *error)
{
    const struct vg_chain_data *data = search->data;
    search->by_day = VG_ARENA_ARRAY(arena, struct group_key, data->n);
    search->by_place = VG_ARENA_ARRAY(arena, struct group_key, data->n);
    if (search->by_day == NULL || search->by_place == NULL) {
        return vg_fail_memory(error, data->n * 2 * sizeof *search->by_day);
    }
    for (uint32_t i = 0; i < data->n; i++) {
        search->by_day[i] = (struct group_key){0, data->cases[i].day, i};
        search->by_place[i] = (struct group_key){data->cases[i].place, data->cases[i].day, i};
        search->n_sequenced += data->cases[i].genome != VG_CHAIN_NONE ? 1 : 0;
    }
    qsort(search->by_day, data->n, sizeof *search->by_day, by_key);
    qsort(search->by_place, data->n, sizeof *search->by_place, by_key);
    for (unsigned part = 0; part < PARTS && search->n_sequenced > 0 && data->genomes->planes != NULL; part++) {
        search->by_part[part] = VG_ARENA_ARRAY(arena, struct group_key, search->n_sequenced);
        if (search->by_part[part] == NULL) {
            return vg_fail_memory(error, search->n_sequenced * sizeof *search->by_day);
        }
        size_t n = 0;
        for (uint32_t i = 0; i < data->n; i++) {
            if (data->cases[i].genome != VG_CHAIN_NONE) {
                search->by_part[part][n++] = (struct group_key){part_hash(data->genomes, data->cases[i].genome, part), data->cases[i].day, i};
            }
        }
        qsort(search->by_part[part], n, sizeof *search->by_day, by_key);
    }
    return VG_OK;
}

/* --------------------------------------------------------------- proposing */

struct proposing {
    struct search *search;
    uint32_t i, *marks;
    struct proposal *list;
    size_t n;
};

static void propose(struct proposing *to, uint32_t j, unsigned flags)
{
    const struct search *search = to->search;
    const struct vg_chain_case *a = &search->data->cases[j], *b = &search->data->cases[to->i];
    int64_t at = SERIAL_ZERO + (int64_t)b->day - a->day;
    if (j == to->i || to->marks[j] == to->i + 1 || to->n == PROPOSALS_MOST) {
        return;
    }
    to->marks[j] = to->i + 1;
    if (at < 0 || at >= SERIAL_N || isinf(search->serial[a->shown][b->shown][at]) || (b->origin == VG_CHAIN_ORIGIN_IMPORTED)) {
        return;
    }
    unsigned distance = vg_chains_distance(search->data->genomes, a->genome, b->genome);
    if (a->place != VG_CHAIN_NONE && b->place != VG_CHAIN_NONE) {
        flags |= VG_CHAIN_PLACES_KNOWN | (a->place == b->place ? VG_CHAIN_SAME_PLACE : 0);
    }
    double score = search->serial[a->shown][b->shown][at] - (distance == VG_CHAIN_DISTANCE_NONE ? difference_penalty : difference_penalty * distance) +
                   ((flags & VG_CHAIN_IS_CONTACT) != 0 ? contact_bonus : 0) + ((flags & VG_CHAIN_SAME_PLACE) != 0 ? place_bonus : 0);
    to->list[to->n++] = (struct proposal){score, j, mixed(to->i, j), (uint16_t)distance, (uint16_t)flags};
}

/* The first of a group, in the order of days, that is not before `day`. */
static size_t first_from(const struct group_key *group, size_t n, int32_t day)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (group[middle].day < day) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Up to `most` of a group around `day`: all of the nearest days where they are so few, else so many of them by chance. */
static void propose_group(struct proposing *to, const struct group_key *group, size_t n, int32_t day, size_t most)
{
    int32_t around = 0;
    size_t low = 0, high = 0;
    do {
        low = first_from(group, n, day - around);
        high = first_from(group, n, day + around + 1);
        around = 2 * around + 1;
    } while (high - low < most && around < VG_CHAIN_SHOWN_MAX);
    if (high - low <= most) {
        for (size_t k = low; k < high; k++) {
            propose(to, group[k].i, 0);
        }
        return;
    }
    for (size_t k = 0; k < most; k++) {
        propose(to, group[low + mixed(to->i, (uint32_t)k) % (high - low)].i, 0);
    }
}

/* The run of entries with the key. */
static const struct group_key *find_group(const struct group_key *all, size_t n, uint64_t key, size_t *size)
{
    size_t bounds[2];
    for (unsigned side = 0; side < 2; side++) {
        size_t low = 0, high = n;
        while (low < high) {
            size_t middle = (low + high) / 2;
            if (all[middle].key < key || (side == 1 && all[middle].key == key)) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        bounds[side] = low;
    }
    *size = bounds[1] - bounds[0];
    return all + bounds[0];
}

static void propose_all(struct proposing *to)
{
    struct search *search = to->search;
    const struct vg_chain_case *c = &search->data->cases[to->i];
    size_t n = search->data->n, size = 0;
    int32_t target = c->day - search->likeliest;
    for (size_t k = search->contact_starts[to->i]; k < search->contact_starts[to->i + 1]; k++) {
        if (search->contact_counts_for[k] != 0) {
            propose(to, search->contacts[k], VG_CHAIN_IS_CONTACT);
        }
    }
    if (search->all_pairs) {
        for (uint32_t j = 0; j < n; j++) {
            propose(to, j, 0);
        }
        return;
    }
    if (c->place != VG_CHAIN_NONE) {
        const struct group_key *group = find_group(search->by_place, n, c->place, &size);
        propose_group(to, group, size, target, PER_PLACE);
    }
    for (unsigned part = 0; part < PARTS && c->genome != VG_CHAIN_NONE && search->by_part[part] != NULL; part++) {
        const struct group_key *group = find_group(search->by_part[part], search->n_sequenced, part_hash(search->data->genomes, c->genome, part), &size);
        propose_group(to, group, size, target, days_of_part(part));
    }
    for (uint32_t j = 0; c->genome != VG_CHAIN_NONE && search->data->genomes->distances != NULL && j < n; j++) { /* a matrix is read as a whole */
        if (vg_chains_distance(search->data->genomes, c->genome, search->data->cases[j].genome) <= NEAR) {
            propose(to, j, 0);
        }
    }
    propose_group(to, search->by_day, n, target, search->most);
}

static void search_case(void *context, size_t item, unsigned worker)
{
    struct search *search = context;
    struct proposing to = {search, (uint32_t)item, search->marks + worker * search->data->n, search->proposals + (size_t)worker * PROPOSALS_MOST, 0};
    propose_all(&to);
    qsort(to.list, to.n, sizeof *to.list, by_score);
    size_t n = to.n < search->most ? to.n : search->most;
    for (size_t k = 0; k < n; k++) {
        search->kept[item * search->most + k] = (struct vg_chain_candidate){to.list[k].j, to.list[k].distance, to.list[k].flags};
    }
    search->n_kept[item] = (uint8_t)n;
    search->whole[item] = search->all_pairs && to.n == n;
}

/* ------------------------------------------------------------------ others */

/* Density of infections by a case shown on day s at s - (n_shown - 1) + x. */
struct infectivity {
    double density[VG_CHAIN_SHOWN_KINDS][DELAY_MAX + VG_CHAIN_SHOWN_MAX];
    size_t n[VG_CHAIN_SHOWN_KINDS];
};

static void fill_infectivity(const struct chain_delays *delays, const struct vg_chain_model *model, struct infectivity *out)
{
    memset(out, 0, sizeof *out);
    for (unsigned kind = 0; kind < VG_CHAIN_SHOWN_KINDS; kind++) {
        out->n[kind] = delays->n_shown[kind] + delays->delay_most;
        for (size_t shown = 0; shown < delays->n_shown[kind]; shown++) {
            double share = 0.8;
            for (size_t g = 0; g < delays->n_generations; g++, share *= 0.2) {
                for (size_t delay = 1; delay <= delays->delay_most; delay++) {
                    out->density[kind][delays->n_shown[kind] - 1 - shown + delay] += share * model->shown[kind][shown] * delays->generation[g][PAD + delay];
                }
            }
        }
    }
}

struct others {
    const struct vg_chain_data *data;
    const struct chain_delays *delays;
    struct infectivity infectivity;
    int32_t first;
    size_t n_days;
    double *all, *place; /* [n_days] of everyone, and of the present place */
};

static void add_case(const struct others *others, uint32_t j, double sign, double *days)
{
    const struct vg_chain_case *c = &others->data->cases[j];
    size_t from = (size_t)(chain_first_day(others->delays, c) - others->first);
    for (size_t x = 0; x < others->infectivity.n[c->shown] && from + x < others->n_days; x++) {
        days[from + x] = fma(sign, others->infectivity.density[c->shown][x], days[from + x]);
    }
}

static double of_case(const struct others *others, uint32_t j, int32_t day)
{
    const struct vg_chain_case *c = &others->data->cases[j];
    int64_t x = (int64_t)day - chain_first_day(others->delays, c);
    return x < 0 || x >= (int64_t)others->infectivity.n[c->shown] ? 0 : others->infectivity.density[c->shown][x];
}

static void fill_unlisted(const struct others *others, const struct vg_chain_model *model, struct vg_chain_candidates *candidates, uint32_t i)
{
    const struct vg_chain_case *c = &others->data->cases[i];
    struct vg_chain_parameters parameters = {.place_share = isnan(model->fixed.place_share) ? 0.6 : model->fixed.place_share};
    bool placed = c->place != VG_CHAIN_NONE && candidates->place_odds[2 * i] > 0;
    double same = chain_place_factor(candidates, &parameters, i, placed ? VG_CHAIN_PLACES_KNOWN | VG_CHAIN_SAME_PLACE : 0);
    double apart = chain_place_factor(candidates, &parameters, i, placed ? VG_CHAIN_PLACES_KNOWN : 0);
    for (size_t d = 0; d < others->delays->n_shown[c->shown]; d++) {
        int32_t day = chain_first_day(others->delays, c) + (int32_t)d;
        size_t at = (size_t)(day - others->first);
        double here = placed ? others->place[at] - of_case(others, i, day) : 0, elsewhere = others->all[at] - of_case(others, i, day) - here;
        for (size_t k = candidates->starts[i]; k < candidates->starts[i + 1]; k++) {
            double one = of_case(others, candidates->list[k].infector, day);
            bool at_home = placed && (candidates->list[k].flags & VG_CHAIN_SAME_PLACE) != 0;
            here -= at_home ? one : 0;
            elsewhere -= at_home ? 0 : one;
        }
        double sum = (here > 1e-9 ? same * here : 0) + (elsewhere > 1e-9 ? apart * elsewhere : 0);
        candidates->unlisted[(size_t)i * VG_CHAIN_SHOWN_MAX + d] = c->origin == VG_CHAIN_ORIGIN_IMPORTED ? 0 : (float)sum;
    }
}

static vg_status weigh_others(const struct search *search, const struct vg_chain_model *model, struct vg_arena *arena, struct vg_chain_candidates *candidates,
                              struct vg_error *error)
{
    const struct vg_chain_data *data = search->data;
    struct others *others = VG_ARENA_ARRAY(arena, struct others, 1);
    candidates->unlisted = VG_ARENA_ARRAY(arena, float, data->n *VG_CHAIN_SHOWN_MAX);
    if (others == NULL || candidates->unlisted == NULL) {
        return vg_fail_memory(error, data->n * VG_CHAIN_SHOWN_MAX * sizeof(float));
    }
    others->data = data;
    others->delays = search->delays;
    fill_infectivity(search->delays, model, &others->infectivity);
    others->first = search->by_day[0].day - VG_CHAIN_SHOWN_MAX;
    others->n_days = (size_t)(search->by_day[data->n - 1].day - others->first) + DELAY_MAX + VG_CHAIN_SHOWN_MAX;
    others->all = VG_ARENA_ARRAY(arena, double, 2 * others->n_days);
    if (others->all == NULL) {
        return vg_fail_memory(error, 16 * others->n_days);
    }
    others->place = others->all + others->n_days;
    for (uint32_t i = 0; i < data->n; i++) {
        add_case(others, i, 1, others->all);
    }
    for (size_t at = 0, end; at < data->n; at = end) { /* place by place; what was added is taken away again */
        for (end = at; end < data->n && search->by_place[end].key == search->by_place[at].key; end++) {
            add_case(others, search->by_place[end].i, 1, others->place);
        }
        for (size_t k = at; k < end; k++) {
            fill_unlisted(others, model, candidates, search->by_place[k].i);
        }
        for (size_t k = at; k < end; k++) {
            size_t from = (size_t)(chain_first_day(search->delays, &data->cases[search->by_place[k].i]) - others->first);
            size_t n = DELAY_MAX + VG_CHAIN_SHOWN_MAX < others->n_days - from ? DELAY_MAX + VG_CHAIN_SHOWN_MAX : others->n_days - from;
            memset(others->place + from, 0, n * sizeof *others->place);
        }
    }
    return VG_OK;
}

/* ------------------------------------------------------------------- whole */

static vg_status new_lists(const struct search *search, struct vg_arena *arena, struct vg_chain_candidates *candidates, struct vg_error *error)
{
    size_t n = search->data->n, placed = 0, at = 0, n_places = 0;
    *candidates = (struct vg_chain_candidates){.n = n,
                                               .starts = VG_ARENA_ARRAY(arena, size_t, n + 1),
                                               .unlisted_distance = VG_ARENA_ARRAY(arena, uint8_t, n),
                                               .nearest = VG_ARENA_ARRAY(arena, uint8_t, n),
                                               .earlier = VG_ARENA_ARRAY(arena, uint8_t, n),
                                               .place_odds = VG_ARENA_ARRAY(arena, double, 2 * n)};
    for (size_t i = 0; i < n; i++) {
        candidates->n_list += search->n_kept[i];
        placed += search->data->cases[i].place != VG_CHAIN_NONE ? 1 : 0;
    }
    candidates->list = VG_ARENA_ARRAY(arena, struct vg_chain_candidate, candidates->n_list + 1);
    if (arena->failed) {
        return vg_fail_memory(error, candidates->n_list * sizeof *candidates->list);
    }
    for (size_t i = 0; i < n; i++) {
        unsigned nearest = VG_CHAIN_DISTANCE_NONE, largest = 0, earlier = VG_CHAIN_DISTANCE_NONE;
        candidates->starts[i] = at;
        for (size_t k = 0; k < search->n_kept[i]; k++) {
            struct vg_chain_candidate candidate = search->kept[i * search->most + k];
            nearest = candidate.distance < nearest ? candidate.distance : nearest;
            earlier = candidate.distance < earlier && search->data->cases[candidate.infector].day < search->data->cases[i].day ? candidate.distance : earlier;
            largest = candidate.distance != VG_CHAIN_DISTANCE_NONE && candidate.distance > largest ? candidate.distance : largest;
            candidates->list[at++] = candidate;
        }
        candidates->nearest[i] = (uint8_t)nearest;
        candidates->earlier[i] = (uint8_t)(earlier == VG_CHAIN_DISTANCE_NONE ? nearest : earlier);
        candidates->unlisted_distance[i] = (uint8_t)(nearest == VG_CHAIN_DISTANCE_NONE ? nearest : largest);
    }
    candidates->starts[n] = at;
    for (size_t k = 0; k < n; k++) {
        n_places += search->by_place[k].key != VG_CHAIN_NONE && (k == 0 || search->by_place[k].key != search->by_place[k - 1].key) ? 1 : 0;
    }
    /* halfway between its share of the cases and that of one place among equals: a place's cases are not its people */
    for (size_t from = 0, end; from < n; from = end) {
        for (end = from; end < n && search->by_place[end].key == search->by_place[from].key; end++) {
        }
        double share = 0.5 * (double)(end - from) / (double)(placed == 0 ? 1 : placed) + 0.5 / (double)(n_places == 0 ? 1 : n_places);
        for (size_t k = from; k < end; k++) {
            bool tells = search->by_place[k].key != VG_CHAIN_NONE && n_places > 1;
            candidates->place_odds[2 * search->by_place[k].i] = tells ? share : 0;
            candidates->place_odds[2 * search->by_place[k].i + 1] = tells ? 1 - share : 0;
        }
    }
    for (size_t i = 0; i < n; i++) { /* a place that is everyone's tells nothing */
        for (size_t k = candidates->starts[i]; candidates->place_odds[2 * i] == 0 && k < candidates->starts[i + 1]; k++) {
            candidates->list[k].flags &= VG_CHAIN_IS_CONTACT;
        }
    }
    return VG_OK;
}

vg_status vg_chains_candidates(const struct vg_chain_data *data, const struct vg_chain_model *model, size_t most, struct vg_pool *pool, struct vg_arena *arena,
                               struct vg_chain_candidates *candidates, struct vg_error *error)
{
    struct vg_arena scratch;
    size_t workers = vg_pool_threads(pool);
    if (most < 1 || most > VG_CHAIN_CANDIDATES_MAX) {
        return vg_fail(error, VG_USAGE_ERROR, "1 to %d candidates are kept for a case", VG_CHAIN_CANDIDATES_MAX);
    }
    vg_arena_init(&scratch, 0);
    struct search *search = VG_ARENA_ARRAY(&scratch, struct search, 1);
    struct chain_delays *delays = VG_ARENA_ARRAY(&scratch, struct chain_delays, 1);
    vg_status status = search == NULL || delays == NULL ? vg_fail_memory(error, sizeof *search) : VG_OK;
    if (status == VG_OK) {
        chain_delays(model, delays);
        *search = (struct search){.data = data,
                                  .delays = delays,
                                  .most = most,
                                  .all_pairs = data->n <= ALL_PAIRS_MOST,
                                  .marks = VG_ARENA_ARRAY(&scratch, uint32_t, workers * data->n),
                                  .proposals = VG_ARENA_ARRAY(&scratch, struct proposal, workers * PROPOSALS_MOST),
                                  .kept = VG_ARENA_ARRAY(&scratch, struct vg_chain_candidate, data->n * most),
                                  .n_kept = VG_ARENA_ARRAY(&scratch, uint8_t, data->n),
                                  .whole = VG_ARENA_ARRAY(&scratch, uint8_t, data->n)};
        fill_serial(search, model);
        status = scratch.failed ? vg_fail_memory(error, data->n * most * sizeof *search->kept) : index_contacts(search, &scratch, error);
    }
    if (status == VG_OK) {
        status = index_groups(search, &scratch, error);
    }
    if (status == VG_OK) {
        vg_parallel_for(pool, data->n, search_case, search);
        status = new_lists(search, arena, candidates, error);
    }
    bool whole = true;
    for (size_t i = 0; status == VG_OK && i < data->n; i++) {
        whole = whole && search->whole[i] != 0;
    }
    if (status == VG_OK && !whole) {
        status = weigh_others(search, model, arena, candidates, error);
    }
    vg_arena_release(&scratch);
    return status;
}
