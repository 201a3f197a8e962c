/*
 * One case at a time: infector, day of infection and (summed over) generations from their joint conditional law. For each candidate a row of its table is
 * added to a window of days; the window is multiplied by what the case's own day and its infected say; a day is drawn, then the infector on that day. An
 * infection is always later than its infector's, so no circle can close.
 */
#include "trace/chains/internal.h"

#include <math.h>
#include <string.h>

static double uniform(struct vg_random *random)
{
    return ((double)vg_random_u32(random) + 0.5) * 0x1p-32;
}

/* ------------------------------------------------------------------- links */

/* The weight of an infector with one infected less than it has, or none less; these are taken to report no contact with the one to come. */
static double weight_without(const struct chain *chain, uint32_t j, uint32_t less)
{
    const struct chain_world *world = chain->world;
    uint32_t others = chain->person[j].n_children - less;
    double strangers = world->contact_starts == NULL ? 1 : chain->strangers[others < STRANGERS ? others : STRANGERS];
    if (!world->offspring) {
        return chain->p.reproduction * strangers;
    }
    int64_t age = (int64_t)world->last_known - chain->person[j].infected;
    size_t at = age < 0 ? 0 : (size_t)age < world->delays->n_observed ? (size_t)age : world->delays->n_observed;
    return (chain->p.dispersion + (double)(chain->person[j].n_children - less)) * chain->weight_of_one[at] * strangers;
}

void chain_note_weight(struct chain *chain, uint32_t i)
{
    chain->person[i].weight = weight_without(chain, i, 0);
}

void chain_link(struct chain *chain, uint32_t i, unsigned slot)
{
    uint32_t parent = chain->parent[i], to = slot < SLOT_FIRST ? VG_CHAIN_NONE : chain_candidate(chain->world->candidates, i, slot)->infector;
    if (parent != VG_CHAIN_NONE) {
        *(chain_direct(chain->slot[i]) ? &chain->person[parent].n_children : &chain->person[parent].n_siblings) -= 1;
        chain_note_weight(chain, parent);
    }
    if (to != VG_CHAIN_NONE) {
        *(chain_direct(slot) ? &chain->person[to].n_children : &chain->person[to].n_siblings) += 1;
        chain_note_weight(chain, to);
    }
    chain->slot[i] = (uint8_t)slot;
    if (parent == to) {
        return;
    }
    if (parent != VG_CHAIN_NONE) {
        uint32_t next = chain->next[i], previous = chain->previous[i];
        if (previous == VG_CHAIN_NONE) {
            chain->child[parent] = next;
        } else {
            chain->next[previous] = next;
        }
        if (next != VG_CHAIN_NONE) {
            chain->previous[next] = previous;
        }
    }
    chain->parent[i] = to;
    if (to != VG_CHAIN_NONE) {
        uint32_t head = chain->child[to];
        chain->next[i] = head;
        chain->previous[i] = VG_CHAIN_NONE;
        if (head != VG_CHAIN_NONE) {
            chain->previous[head] = i;
        }
        chain->child[to] = i;
    }
}

unsigned chain_slot_of(const struct vg_chain_candidates *candidates, uint32_t i, uint32_t j)
{
    for (size_t k = candidates->starts[i]; k < candidates->starts[i + 1]; k++) {
        if (candidates->list[k].infector == j) {
            return (unsigned)(k - candidates->starts[i]) + SLOT_FIRST;
        }
    }
    return SLOT_OUTSIDE;
}

/* --------------------------------------------------------- the case itself */

/* The row of a link of i: with siblings that hang on it, someone unseen is between it and its infector. */
static size_t link_row(const struct chain *chain, uint32_t i, const struct vg_chain_candidate *candidate)
{
    size_t row = chain->person[i].n_siblings > 0 ? ROW_UNSEEN : (candidate->flags & VG_CHAIN_IS_CONTACT) != 0 ? ROW_CONTACT : ROW_LINK;
    return row + candidate->distance;
}

/* The row by which the delay of a case that hangs on another is judged. */
static const double *child_row(const struct chain *chain, uint32_t child)
{
    const struct vg_chain_candidate *candidate = chain_candidate(chain->world->candidates, child, chain->slot[child]);
    if (!chain_direct(chain->slot[child])) {
        return chain->world->delays->generation[1];
    }
    if (chain->world->slow[child] != 0) {
        return chain->world->delays->generation[chain->generations[child] - 1];
    }
    return chain->rows.rows[link_row(chain, child, candidate)];
}

/* Later infections than the last day are not seen: what the number of infected says of the day. */
void chain_weigh_offspring(const struct chain *chain, uint32_t n_children, struct chain_window *window)
{
    const struct chain_world *world = chain->world;
    if ((int64_t)world->last_known - (window->first + (int64_t)window->high) >= (int64_t)world->delays->n_observed) {
        return;
    }
    for (size_t d = window->low; d <= window->high; d++) {
        int64_t age = (int64_t)world->last_known - (window->first + (int64_t)d);
        size_t at = age < 0 ? 0 : (size_t)age < world->delays->n_observed ? (size_t)age : world->delays->n_observed;
        double factor = chain->unseen_none[at];
        for (uint32_t r = 0; r < n_children; r++) {
            factor *= chain->unseen_each[at];
        }
        window->base[d] *= factor;
    }
}

/* Those whose days are counted from that of i: whom it infected, and these ones' siblings. */
static uint32_t past_siblings(const struct chain *chain, uint32_t child)
{
    while (child != VG_CHAIN_NONE && !chain_direct(chain->slot[child])) {
        child = chain->next[child];
    }
    return child;
}

static uint32_t first_below(const struct chain *chain, uint32_t i)
{
    return past_siblings(chain, chain->child[i]);
}

static uint32_t next_below(const struct chain *chain, uint32_t i, uint32_t child)
{
    if (chain->parent[child] == i && chain->person[child].n_siblings > 0) {
        for (uint32_t below = chain->child[child]; below != VG_CHAIN_NONE; below = chain->next[below]) {
            if (!chain_direct(chain->slot[below])) {
                return below;
            }
        }
    }
    while (chain->parent[child] != i) { /* a sibling: the next one, or on from the one that it hangs on */
        for (uint32_t next = chain->next[child]; next != VG_CHAIN_NONE; next = chain->next[next]) {
            if (!chain_direct(chain->slot[next])) {
                return next;
            }
        }
        child = chain->parent[child];
    }
    return past_siblings(chain, chain->next[child]);
}

bool chain_window_open(const struct chain *chain, uint32_t i, uint32_t but, struct chain_window *window)
{
    const struct chain_world *world = chain->world;
    const struct vg_chain_case *c = &world->data->cases[i];
    size_t n = world->delays->n_shown[c->shown];
    int32_t low = window->first = c->day - (int32_t)n + 1, high = c->day;
    for (uint32_t child = first_below(chain, i); child != VG_CHAIN_NONE; child = next_below(chain, i, child)) {
        int32_t day = chain->person[child].infected, earliest = day - (int32_t)world->delays->delay_most;
        if (child == but) {
            continue;
        }
        high = day - 1 < high ? day - 1 : high;
        low = earliest > low ? earliest : low;
    }
    if (low > high) {
        return false;
    }
    window->low = (size_t)(low - window->first);
    window->high = (size_t)(high - window->first);
    memset(window->base, 0, sizeof window->base);
    memset(window->sum, 0, sizeof window->sum);
    for (size_t d = window->low; d <= window->high; d++) {
        window->base[d] = world->model->shown[c->shown][n - 1 - d];
    }
    for (uint32_t child = first_below(chain, i); child != VG_CHAIN_NONE; child = next_below(chain, i, child)) {
        if (child == but) {
            continue;
        }
        const double *row = child_row(chain, child) + PAD + (chain->person[child].infected - window->first);
        double largest = 0;
        for (size_t d = window->low; d <= window->high; d++) {
            window->base[d] *= *(row - d);
            largest = window->base[d] > largest ? window->base[d] : largest;
        }
        for (size_t d = window->low; largest > 0 && largest < 1e-100 && d <= window->high; d++) {
            window->base[d] /= largest;
        }
    }
    if (chain->slot[i] < SLOT_FIRST && chain->person[i].n_siblings > 0) {
        chain_weigh_apart(chain, i, window);
    }
    return true;
}

/* -------------------------------------------------------------- candidates */

/* Of j as the infector of i: without i, where it is one of its infected. */
static inline double infector_weight(const struct chain *chain, uint32_t i, uint32_t j)
{
    return chain->parent[i] == j && chain_direct(chain->slot[i]) ? weight_without(chain, j, 1) : chain->person[j].weight;
}

/* Rows to be added to a window. */
struct addends {
    const double *rows[2 * VG_CHAIN_CANDIDATES_MAX]; /* at d = 0 */
    double weights[2 * VG_CHAIN_CANDIDATES_MAX];
    size_t n;
};

/*
 * sum += weights * rows, by blocks of eight days from `low` on. The wide one does the same four at a time: no product is fused with its sum, and each day's sum
 * is made in the same order, so both give the same bits.
 */
static void add_rows(double *restrict sum, const struct addends *addends, size_t low, size_t blocks)
{
    for (size_t k = 0; k < addends->n; k++) {
        const double *row = addends->rows[k] + low;
        for (size_t d = 0; d < 8 * blocks; d++) {
            sum[low + d] += addends->weights[k] * row[d];
        }
    }
}

#ifdef __x86_64__
#include <immintrin.h>

__attribute__((target("avx2"))) static void add_rows_wide(double *restrict sum, const struct addends *addends, size_t low, size_t blocks)
{
    for (size_t at = low; at < low + 8 * blocks; at += 8) {
        __m256d first = _mm256_loadu_pd(sum + at), second = _mm256_loadu_pd(sum + at + 4);
        for (size_t k = 0; k < addends->n; k++) {
            __m256d factor = _mm256_set1_pd(addends->weights[k]);
            first = _mm256_add_pd(first, _mm256_mul_pd(factor, _mm256_loadu_pd(addends->rows[k] + at)));
            second = _mm256_add_pd(second, _mm256_mul_pd(factor, _mm256_loadu_pd(addends->rows[k] + at + 4)));
        }
        _mm256_storeu_pd(sum + at, first);
        _mm256_storeu_pd(sum + at + 4, second);
    }
}

bool chain_wide(void)
{
    return __builtin_cpu_supports("avx2") != 0;
}
#else
#define add_rows_wide add_rows
bool chain_wide(void)
{
    return false;
}
#endif

/* Notes where in its list each candidate stands. */
static void mark_candidates(struct chain *chain, uint32_t i)
{
    const struct chain_world *world = chain->world;
    const struct vg_chain_candidate *list = world->candidates->list + world->candidates->starts[i];
    for (size_t at = world->usable_starts[i]; at < world->usable_starts[i + 1]; at++) {
        chain->person[list[world->usable[at]].infector].mark = world->usable[at];
    }
}

static double unlisted_scale(const struct chain *chain, uint32_t i)
{
    const struct vg_chain_candidates *candidates = chain->world->candidates;
    if (candidates->unlisted == NULL) {
        return 0;
    }
    unsigned distance = candidates->unlisted_distance[i];
    return chain->rows.sum[distance] * chain->rows.power[distance == VG_CHAIN_DISTANCE_NONE ? 0 : distance - candidates->nearest[i]];
}

static void push(struct addends *addends, const double *row, double weight)
{
    addends->rows[addends->n] = row;
    addends->weights[addends->n++] = weight;
}

/* (mu / (1 - mu)) to the power of own less nearest; so few that others have no chance are as good as fewer. */
static double power_of(const struct chain *chain, unsigned own, unsigned nearest)
{
    if (own >= nearest) {
        return chain->rows.power[own - nearest];
    }
    return 1 / chain->rows.power[nearest - own < DISTANCES_BEYOND ? nearest - own : DISTANCES_BEYOND];
}

/* Of a sibling: of its own differences over one generation, or, where no genome tells of their infector, of those from the first one over two. */
static double sibling_genome(const struct chain *chain, unsigned distance, unsigned own, unsigned nearest)
{
    if (own != VG_CHAIN_DISTANCE_NONE) {
        return chain->rows.one_generation * power_of(chain, own, nearest);
    }
    double reported = chain->p.reporting * (1 - chain->p.reporting);
    return reported > 0 ? chain->rows.coefficients[ROW_LINK + distance][1] / reported * (distance == VG_CHAIN_DISTANCE_NONE ? 1 : chain->rows.power[distance - nearest]) : 0;
}

/* A case that has siblings keeps its infector: they are held against both. They may go before it does. */
static bool keeps_infector(const struct chain *chain, uint32_t i, uint32_t j)
{
    return chain->person[i].n_siblings == 0 || chain->parent[i] == j;
}

static void weigh_fast(const struct chain *chain, uint32_t i, struct chain_window *window, struct weighed *weighed)
{
    const struct chain_world *world = chain->world;
    const struct vg_chain_candidates *candidates = world->candidates;
    const struct vg_chain_candidate *list = candidates->list + candidates->starts[i];
    int32_t last = window->first + (int32_t)window->high, start = window->first + (int32_t)window->low, most = (int32_t)world->delays->delay_most;
    unsigned nearest = candidates->nearest[i];
    bool unseen = chain->person[i].n_siblings > 0; /* as in link_row */
    /* siblings are looked at in every second sweep; in the others who is one stays one, and no one else becomes one */
    bool stays_sibling = (chain->sweep & 1) != 0 && chain->slot[i] >= SLOT_SIBLING;
    bool siblings = chain->rows.siblings && !unseen && ((chain->sweep & 1) == 0 || stays_sibling);
    unsigned near = chain_sibling_reach(nearest), contact = chain->rows.contact_siblings ? VG_CHAIN_IS_CONTACT : 0;
    bool placed = candidates->place_odds[2 * i] > 0; /* factors by place: unknown, same, other */
    double same = placed ? chain_place_factor(candidates, &chain->p, i, VG_CHAIN_PLACES_KNOWN | VG_CHAIN_SAME_PLACE) : 1;
    double apart = placed ? chain_place_factor(candidates, &chain->p, i, VG_CHAIN_PLACES_KNOWN) : 1;
    const double factors[4] = {1, 1, apart, same};
    uint32_t own = chain_direct(chain->slot[i]) ? chain->parent[i] : VG_CHAIN_NONE;
    double own_weight = own == VG_CHAIN_NONE ? 0 : weight_without(chain, own, 1);
    const size_t kinds[2] = {unseen ? ROW_UNSEEN : ROW_LINK, unseen ? ROW_UNSEEN : ROW_CONTACT};
    struct addends addends;
    double friends[VG_CHAIN_CANDIDATES_MAX];
    bool has_friends = world->contact_starts != NULL && chain_find_friends(chain, i, friends);
    addends.n = 0;
    for (size_t at = world->usable_starts[i]; at < world->usable_starts[i + 1]; at++) {
        size_t k = world->usable[at];
        const struct chain_person *person = &chain->person[list[k].infector];
        weighed->row[k] = weighed->sibling_row[k] = NULL;
        int32_t day = person->infected;
        bool may_tell = (unsigned)list[k].distance <= near || (list[k].flags & contact) != 0;
        if (siblings && may_tell && list[k].infector < i && (person->unseen > 0 || person->n_siblings > 0)) {
            double factor = chain_weigh_sibling(chain, i, k, window, weighed);
            if (factor > 0) {
                weighed->sibling_weight[k] = factor * sibling_genome(chain, list[k].distance, weighed->own[k], nearest);
                push(&addends, weighed->sibling_row[k], weighed->sibling_weight[k]);
            }
        }
        if (stays_sibling || last <= day || start - day > most || !keeps_infector(chain, i, list[k].infector)) {
            continue;
        }
        unsigned distance = list[k].distance, flags = list[k].flags;
        const double *row = chain->rows.rows[kinds[flags & VG_CHAIN_IS_CONTACT] + distance] + PAD + (window->first - day);
        double weight = (list[k].infector == own ? own_weight : chain->person[list[k].infector].weight) * factors[(flags >> 1) & 3] *
                        (distance == VG_CHAIN_DISTANCE_NONE ? 1 : chain->rows.power[distance - nearest]);
        if (has_friends) {
            weight *= friends[k];
        }
        weighed->row[k] = row;
        weighed->weight[k] = weight;
        push(&addends, row, weight);
    }
    (world->wide ? add_rows_wide : add_rows)(window->sum, &addends, window->low, (window->high - window->low) / 8 + 1);
    if (unseen || stays_sibling) {
        weighed->outside = weighed->unlisted = 0;
        return;
    }
    weighed->outside = world->data->cases[i].origin == VG_CHAIN_ORIGIN_LOCAL ? 0 : chain->p.imports_per_day * chain->rows.outside[nearest];
    weighed->unlisted = chain->p.reproduction * unlisted_scale(chain, i);
}

/* Its day alone: one whom nobody in its list infected keeps that as long as siblings hang on it. */
static void weigh_first(const struct chain *chain, uint32_t i, struct weighed *weighed)
{
    const struct chain_world *world = chain->world;
    for (size_t at = world->usable_starts[i]; at < world->usable_starts[i + 1]; at++) {
        weighed->row[world->usable[at]] = weighed->sibling_row[world->usable[at]] = NULL;
    }
    weighed->outside = chain->slot[i] == SLOT_OUTSIDE ? 1 : 0;
    weighed->unlisted = chain->slot[i] == SLOT_OUTSIDE ? 0 : 1;
}

/* The same of one that a listed case infected: infector and generations stay. */
static void weigh_head(const struct chain *chain, uint32_t i, struct chain_window *window, struct weighed *weighed)
{
    const struct chain_delays *delays = chain->world->delays;
    size_t at = chain->slot[i] - SLOT_FIRST, n = chain_list_size(chain->world->candidates, i);
    memset(weighed->row, 0, n * sizeof *weighed->row);
    memset(weighed->sibling_row, 0, n * sizeof *weighed->sibling_row);
    memset(weighed->by_generations[at], 0, sizeof weighed->by_generations[at]);
    weighed->row[at] = delays->generation[0];
    weighed->shift[at] = window->first - chain->person[chain->parent[i]].infected;
    weighed->by_generations[at][chain->generations[i] - 1] = 1;
    weighed->outside = weighed->unlisted = 0;
    for (size_t d = window->low; d <= window->high; d++) {
        int32_t delay = weighed->shift[at] + (int32_t)d;
        window->sum[d] = delay > 0 && delay <= DELAY_MAX ? delays->generation[chain->generations[i] - 1][PAD + delay] : 0;
    }
}

static void weigh_slow(const struct chain *chain, uint32_t i, struct chain_window *window, struct weighed *weighed)
{
    const struct chain_world *world = chain->world;
    const struct vg_chain_candidates *candidates = world->candidates;
    const struct vg_chain_candidate *list = candidates->list + candidates->starts[i];
    size_t n = chain_list_size(candidates, i), n_generations = world->delays->n_generations;
    int32_t last = window->first + (int32_t)window->high;
    double terms[VG_CHAIN_CANDIDATES_MAX][GENERATIONS], contact[2], outside = 0, unlisted = 0, shift = -INFINITY;
    double siblings[VG_CHAIN_CANDIDATES_MAX] = {0}, siblings_log[VG_CHAIN_CANDIDATES_MAX], friends[VG_CHAIN_CANDIDATES_MAX];
    bool wanted[VG_CHAIN_CANDIDATES_MAX] = {false};
    for (size_t k = 0; k < n; k++) {
        wanted[k] = last > chain->person[list[k].infector].infected;
        weighed->sibling_row[k] = NULL;
    }
    for (size_t at = world->usable_starts[i]; at < world->usable_starts[i + 1]; at++) {
        size_t k = world->usable[at];
        if (chain->rows.siblings && list[k].infector < i) {
            siblings[k] = chain_weigh_sibling(chain, i, k, window, weighed);
            wanted[k] = wanted[k] || siblings[k] > 0;
        }
    }
    chain_group_terms(chain, i, terms, &outside, &unlisted, wanted);
    for (size_t k = 0; k < n; k++) {
        for (size_t g = 0; wanted[k] && g < n_generations; g++) {
            shift = fmax(shift, terms[k][g]);
        }
        if (siblings[k] > 0) {
            siblings_log[k] = weighed->own[k] != VG_CHAIN_DISTANCE_NONE ? chain_genetic_log(chain, weighed->own[k], 1) : terms[k][1];
            shift = fmax(shift, siblings_log[k]);
        }
    }
    shift = fmax(shift, outside);
    chain_contact_factors(world->data, &chain->p, contact);
    bool has_friends = world->contact_starts != NULL && chain_find_friends(chain, i, friends);
    for (size_t k = 0; k < n; k++) {
        double reported = chain->p.reporting * chain_place_factor(candidates, &chain->p, i, list[k].flags) * infector_weight(chain, i, list[k].infector) * (has_friends ? friends[k] : 1);
        weighed->row[k] = wanted[k] ? world->delays->generation[0] : NULL;
        weighed->sibling_weight[k] = siblings[k] > 0 ? siblings[k] * exp(siblings_log[k] - shift) : 0;
        for (size_t d = window->low; siblings[k] > 0 && d <= window->high; d++) {
            window->sum[d] += weighed->sibling_weight[k] * weighed->sibling_row[k][d];
        }
        weighed->shift[k] = window->first - chain->person[list[k].infector].infected;
        for (size_t g = 0; wanted[k] && g < n_generations; g++, reported *= 1 - chain->p.reporting) {
            double coefficient = weighed->by_generations[k][g] =
                reported * exp(terms[k][g] - shift) * (g == 0 ? contact[list[k].flags & VG_CHAIN_IS_CONTACT] : 1);
            for (size_t d = window->low; d <= window->high; d++) {
                int32_t delay = weighed->shift[k] + (int32_t)d;
                window->sum[d] += delay > 0 && delay <= DELAY_MAX ? coefficient * world->delays->generation[g][PAD + delay] : 0;
            }
        }
    }
    weighed->outside = world->data->cases[i].origin == VG_CHAIN_ORIGIN_LOCAL ? 0 : chain->p.imports_per_day * exp(outside - shift);
    weighed->unlisted = candidates->unlisted == NULL ? 0 : chain->p.reproduction * exp(unlisted - shift);
}

/* ----------------------------------------------------------------- drawing */

static double unlisted_at(const struct chain *chain, uint32_t i, size_t d)
{
    const float *unlisted = chain->world->candidates->unlisted;
    return unlisted == NULL ? 0 : (double)unlisted[(size_t)i * VG_CHAIN_SHOWN_MAX + d];
}

static double slow_at(const struct chain *chain, const struct weighed *weighed, size_t k, size_t d, double by_generations[GENERATIONS])
{
    const struct chain_delays *delays = chain->world->delays;
    int32_t delay = weighed->shift[k] + (int32_t)d;
    double sum = 0;
    for (size_t g = 0; g < delays->n_generations; g++) {
        by_generations[g] = delay > 0 && delay <= DELAY_MAX ? weighed->by_generations[k][g] * delays->generation[g][PAD + delay] : 0;
        sum += by_generations[g];
    }
    return sum;
}

static unsigned draw_slot(struct chain *chain, uint32_t i, const struct weighed *weighed, size_t d, double total, struct vg_random *random)
{
    const struct chain_world *world = chain->world;
    bool slow = world->slow[i] != 0;
    double left = uniform(random) * total - weighed->outside, by_generations[GENERATIONS];
    unsigned slot = SLOT_OUTSIDE;
    for (size_t at = world->usable_starts[i]; left > 0 && at < world->usable_starts[i + 1]; at++) {
        size_t k = world->usable[at];
        if (weighed->row[k] != NULL) {
            double weight = slow ? slow_at(chain, weighed, k, d, by_generations) : weighed->weight[k] * weighed->row[k][d];
            slot = weight > 0 ? (unsigned)k + SLOT_FIRST : slot;
            left -= weight;
        }
        if (left > 0 && weighed->sibling_row[k] != NULL) {
            double weight = weighed->sibling_weight[k] * weighed->sibling_row[k][d];
            slot = weight > 0 ? (unsigned)k + SLOT_SIBLING : slot;
            left -= weight;
        }
    }
    if (left > 0 && weighed->unlisted * unlisted_at(chain, i, d) > 1e-12 * total) {
        return SLOT_UNLISTED;
    }
    if (slow && chain_direct(slot)) {
        double at = uniform(random) * slow_at(chain, weighed, slot - SLOT_FIRST, d, by_generations);
        size_t g = 0;
        while (g + 1 < chain->world->delays->n_generations && (at -= by_generations[g]) > 0) {
            g++;
        }
        chain->generations[i] = (uint8_t)(g + 1);
    }
    return slot;
}

void chain_update(struct chain *chain, uint32_t i)
{
    struct chain_window window;
    struct weighed weighed;
    double total = 0, totals[CHAIN_WINDOW];
    if (!chain_window_open(chain, i, VG_CHAIN_NONE, &window)) {
        return;
    }
    chain_weigh_offspring(chain, chain->person[i].n_children, &window);
    if (chain->rows.siblings || chain->world->contact_starts != NULL) {
        mark_candidates(chain, i);
    }
    if (chain->slot[i] < SLOT_FIRST && chain->person[i].n_siblings > 0) {
        weigh_first(chain, i, &weighed);
    } else if (chain->world->slow[i] != 0 && chain->person[i].n_siblings > 0) {
        weigh_head(chain, i, &window, &weighed);
    } else if (chain->world->slow[i] != 0) {
        weigh_slow(chain, i, &window, &weighed);
    } else {
        weigh_fast(chain, i, &window, &weighed);
    }
    for (size_t d = window.low; d <= window.high; d++) {
        window.sum[d] += weighed.outside + weighed.unlisted * unlisted_at(chain, i, d);
        totals[d] = window.base[d] * window.sum[d];
        total += totals[d];
    }
    if (!(total > 0)) {
        return; /* nobody can have infected it as things are: it stays */
    }
    struct vg_random random = vg_random_stream(chain->world->run->seed, i, chain->sweep, 4 * chain->number);
    double left = uniform(&random) * total;
    size_t d = window.low;
    while (d < window.high && (left -= totals[d]) > 0) {
        d++;
    }
    while (totals[d] <= 0) {
        d--; /* rounding ran past the last possible day */
    }
    unsigned slot = draw_slot(chain, i, &weighed, d, window.sum[d], &random);
    uint32_t before = chain->slot[i] >= SLOT_SIBLING ? chain->parent[i] : VG_CHAIN_NONE;
    chain->person[i].infected = window.first + (int32_t)d;
    chain_note_weight(chain, i);
    chain_link(chain, i, slot);
    if (chain->world->slow[i] != 0) {
        chain_groups_forget(chain, i);
    }
    if (slot >= SLOT_SIBLING) {
        const struct vg_chain_candidate *first = chain_candidate(chain->world->candidates, i, slot);
        chain->own[i] = (uint8_t)weighed.own[slot - SLOT_SIBLING];
        chain->own[first->infector] = chain->own[i] == VG_CHAIN_DISTANCE_NONE ? VG_CHAIN_DISTANCE_NONE : (uint8_t)(first->distance - chain->own[i]);
    }
    if (chain->rows.siblings) {
        chain_note_unseen(chain, i);
        for (uint32_t child = chain->child[i]; child != VG_CHAIN_NONE; child = chain->next[child]) {
            chain_note_unseen(chain, child);
        }
        if (before != VG_CHAIN_NONE) {
            chain_note_unseen(chain, before);
        }
    }
}

/* ------------------------------------------------------------- one density */

double chain_attach_scale(const struct chain *chain, uint32_t i, unsigned slot, const double **row)
{
    const struct vg_chain_candidates *candidates = chain->world->candidates;
    const struct vg_chain_candidate *candidate = chain_candidate(candidates, i, slot);
    double power = candidate->distance == VG_CHAIN_DISTANCE_NONE ? 1 : chain->rows.power[candidate->distance - candidates->nearest[i]];
    *row = chain->rows.rows[link_row(chain, i, candidate)] + PAD;
    return chain->p.reproduction * chain_place_factor(candidates, &chain->p, i, candidate->flags) * power;
}

double chain_attach(const struct chain *chain, uint32_t i, unsigned slot, int32_t t, int32_t parent_day)
{
    const struct chain_world *world = chain->world;
    const struct vg_chain_candidates *candidates = world->candidates;
    const struct vg_chain_case *c = &world->data->cases[i];
    if (slot == SLOT_OUTSIDE) {
        return c->origin == VG_CHAIN_ORIGIN_LOCAL ? 0 : chain->p.imports_per_day * chain->rows.outside[candidates->nearest[i]];
    }
    if (slot == SLOT_UNLISTED) {
        int64_t d = (int64_t)t - chain_first_day(world->delays, c);
        return d < 0 || d >= (int64_t)world->delays->n_shown[c->shown] ? 0
                                                                       : chain->p.reproduction * unlisted_scale(chain, i) * unlisted_at(chain, i, (size_t)d);
    }
    const double *row;
    int64_t delay = (int64_t)t - parent_day;
    if (delay < 1 || delay > DELAY_MAX) {
        return 0;
    }
    double scale = chain_attach_scale(chain, i, slot, &row);
    return scale * row[delay];
}
