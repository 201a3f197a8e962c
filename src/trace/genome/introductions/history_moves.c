/*
 * Steps between histories that leave their law as it is: hazards by Gibbs, days of inner twigs, and lineages of a genotype hung up elsewhere among those that have it, by
 * Metropolis and Hastings. A step costs as many operations as there are regions.
 */
#include "trace/genome/introductions/internal.h"

#include <math.h>
#include <string.h>

#define SHORTEST 0.5 /* days, of a branch with mutations */
#define ERRORS_BEFORE 0.1 /* a genome, before anything is seen */
enum { TRIES = 2 };

static int32_t days_above(const struct history *h, uint32_t x)
{
    return h->twigs[x].day - h->twigs[h->twigs[x].parent].day;
}

/*
 * What depends on how long a branch is, but for what is passed on it. Days stand for moments anywhere in them: where both ends are on one day only half of all moments are
 * in order. Without this half a node between two others w days apart had w + 1 days to be on, short branches were too many, and the rate of mutations came out too high, by a quarter where they are few.
 */
static double log_length(const struct history *h, bool tip, uint32_t mutations, int32_t days)
{
    double exposed = fmax(days, SHORTEST) + (tip ? h->errors / h->mutations_a_day : 0);
    return (mutations == 0 ? 0 : mutations / h->dispersion * log(exposed)) + (days == 0 ? log(0.5) : 0);
}

static double passed(const struct history *h, int32_t day)
{
    return h->passed[day - h->first_day];
}

static double log_split(const struct history *h, int32_t day)
{
    return log(h->split[history_bin(h, day)]);
}

void history_settle_hazards(struct history *h)
{
    int32_t days = h->last_day - h->first_day;
    h->passed[0] = 0;
    for (int32_t i = 0; i < days; i++) {
        uint32_t bin = history_bin(h, h->first_day + i);
        h->passed[i + 1] = h->passed[i] + h->split[bin] + h->sample[bin] + h->mutations_a_day / h->dispersion;
    }
}

/* How many of a genome's own mutations came with its reading and not with time. */
static uint32_t draw_errors(struct history *h, uint32_t x)
{
    double clock = h->mutations_a_day * fmax(days_above(h, x), SHORTEST);
    uint32_t wrong = 0;
    for (uint32_t i = 0; i < h->twigs[x].mutations; i++) {
        wrong += vg_random_uniform(&h->random) * (clock + h->errors) < h->errors;
    }
    return wrong;
}

void history_draw_hazards(struct history *h)
{
    double splits[HISTORY_BINS] = {0}, samples[HISTORY_BINS] = {0}, length[HISTORY_BINS] = {0}, total = 0, mutations = 0, errors = 0;
    int32_t span = h->last_day - h->first_day + 1;
    double *lineages = h->passed; /* of each day, before it is filled anew */
    memset(lineages, 0, (size_t)span * sizeof *lineages);
    for (uint32_t x = 0; x < h->n; x++) {
        const struct twig *twig = &h->twigs[x];
        (x < h->n_tips ? samples : splits)[history_bin(h, twig->day)]++;
        if (x != h->root) {
            uint32_t wrong = x < h->n_tips ? draw_errors(h, x) : 0;
            mutations += twig->mutations - wrong;
            errors += wrong;
            lineages[h->twigs[twig->parent].day - h->first_day]++;
            lineages[twig->day - h->first_day]--;
        }
    }
    double alive = 0;
    for (int32_t i = 0; i < span; i++) {
        alive += lineages[i];
        length[history_bin(h, h->first_day + i)] += alive;
        total += alive;
    }
    double mean = (double)h->n_tips / total;
    for (int b = 0; b < HISTORY_BINS; b++) { /* before anything is seen as often as on average, with the weight of one event */
        h->split[b] = vg_random_gamma(&h->random, 1 + splits[b], 1 / (1 / mean + length[b]));
        h->sample[b] = vg_random_gamma(&h->random, 1 + samples[b], 1 / (1 / mean + length[b]));
    }
    h->mutations_a_day = h->rate_given ? h->mutations_before : vg_random_gamma(&h->random, 1 + mutations / h->dispersion, 1 / (1 / h->mutations_before + total / h->dispersion));
    h->errors = vg_random_gamma(&h->random, 1 + errors / h->dispersion, 1 / (1 / ERRORS_BEFORE + h->n_tips / h->dispersion));
    history_settle_hazards(h);
}

double history_log_density(const struct history *h)
{
    double value = 0;
    for (uint32_t x = 0; x < h->n; x++) {
        const struct twig *twig = &h->twigs[x];
        value += x < h->n_tips ? 0 : log_split(h, twig->day);
        if (x != h->root) {
            value += log_length(h, x < h->n_tips, twig->mutations, days_above(h, x)) - (passed(h, twig->day) - passed(h, h->twigs[twig->parent].day));
        }
    }
    return value;
}

static double log_branch(const struct history *h, uint32_t x, int32_t first, int32_t last, uint32_t from)
{
    const struct twig *twig = &h->twigs[x];
    return log(moving_chance(&h->moving, first, last, from, twig->state)) + log_length(h, x < h->n_tips, twig->mutations, last - first);
}

/* Another day for an inner twig, anywhere between its parent and its children. */
static void move_day(struct history *h, uint32_t x)
{
    struct twig *twig = &h->twigs[x];
    uint32_t left = twig->child[0], right = twig->child[1];
    int32_t old = twig->day, latest = h->twigs[left].day < h->twigs[right].day ? h->twigs[left].day : h->twigs[right].day;
    bool root = x == h->root;
    int32_t earliest = root ? old - h->root_reach : h->twigs[twig->parent].day, width = root ? 2 * h->root_reach + 1 : latest - earliest + 1;
    int32_t day = earliest + (int32_t)vg_random_below(&h->random, (uint32_t)width);
    if (day == old || day > latest || day < h->first_day) {
        return;
    }
    double ratio = log_split(h, day) - log_split(h, old) + (root ? 2 : 1) * (passed(h, day) - passed(h, old));
    ratio += log_branch(h, left, day, h->twigs[left].day, twig->state) - log_branch(h, left, old, h->twigs[left].day, twig->state);
    ratio += log_branch(h, right, day, h->twigs[right].day, twig->state) - log_branch(h, right, old, h->twigs[right].day, twig->state);
    if (!root) {
        ratio += log_branch(h, x, earliest, day, h->twigs[twig->parent].state) - log_branch(h, x, earliest, old, h->twigs[twig->parent].state);
    }
    if (ratio >= 0 || log(vg_random_uniform(&h->random)) < ratio) {
        twig->day = day;
    }
}

void history_move_days(struct history *h)
{
    for (uint32_t x = h->n_tips; x < h->n; x++) {
        move_day(h, x);
    }
}

/* A place on a branch: on that of twig `at`, at a day. */
struct place { uint32_t at; int32_t day; };

/*
 * Where lineage v would hang by its twig p: the logarithm of what depends on the place, regions of p summed over; *state: one of them, drawn, NULL: none.
 * at has its parent as it is without p.
 */
static double log_hang(struct history *h, uint32_t v, struct place place, uint32_t mutations_below, uint32_t *state)
{
    const struct twig *twig = &h->twigs[v], *at = &h->twigs[place.at];
    bool root = at->parent == VG_TREE_NONE;
    int32_t below = at->day - place.day, own = twig->day - place.day, above_day = root ? 0 : h->twigs[at->parent].day;
    uint32_t above = root ? VG_TREE_NONE : h->twigs[at->parent].state;
    double sum = history_between(h, above, above_day, place.day, (uint32_t[]){at->state, twig->state}, (int32_t[]){at->day, twig->day}, state);
    double whole = root ? history_root_prior(h, at->state) : moving_chance(&h->moving, above_day, at->day, above, at->state);
    double value = log(sum / whole) + log_split(h, place.day) - (passed(h, twig->day) - passed(h, place.day)) + log_length(h, v < h->n_tips, twig->mutations, own) +
                   log_length(h, place.at < h->n_tips, mutations_below, below);
    if (root) {
        value -= passed(h, at->day) - passed(h, place.day);
    } else {
        value += log_length(h, false, at->mutations - mutations_below, place.day - above_day) - log_length(h, place.at < h->n_tips, at->mutations, at->day - above_day);
    }
    return value;
}

/* Days on the branch of `at` on which v could hang: from *first on; how many. */
static int32_t days_to_hang(const struct history *h, uint32_t v, uint32_t at, int32_t *first)
{
    int32_t last = h->twigs[at].day < h->twigs[v].day ? h->twigs[at].day : h->twigs[v].day;
    *first = h->twigs[at].parent == VG_TREE_NONE ? h->twigs[at].day - h->root_reach : h->twigs[h->twigs[at].parent].day;
    *first = *first < h->first_day ? h->first_day : *first;
    return last - *first + 1;
}

static void replace_child(struct history *h, uint32_t parent, uint32_t old, uint32_t with)
{
    if (parent == VG_TREE_NONE) {
        h->root = with;
    } else {
        h->twigs[parent].child[h->twigs[parent].child[1] == old] = with;
    }
    h->twigs[with].parent = parent;
}

/* p and v are taken out of the tree. */
static void take_off(struct history *h, struct blob *blob, uint32_t p, uint32_t sibling)
{
    replace_child(h, h->twigs[p].parent, p, sibling);
    if (blob->root == p) {
        blob->root = sibling;
        h->twigs[sibling].mutations = h->twigs[p].mutations;
        h->twigs[p].mutations = 0;
    }
}

static void hang(struct history *h, struct blob *blob, uint32_t p, uint32_t v, struct place place)
{
    replace_child(h, h->twigs[place.at].parent, place.at, p);
    h->twigs[p].child[0] = v;
    h->twigs[p].child[1] = place.at;
    h->twigs[p].day = place.day;
    h->twigs[v].parent = h->twigs[place.at].parent = p;
    h->twigs[p].mutations = 0;
    if (blob->root == place.at) {
        blob->root = p;
        h->twigs[p].mutations = h->twigs[place.at].mutations;
        h->twigs[place.at].mutations = 0;
    }
}

/* Mutations on the branch of a twig that are below any place on it; those above the blob's root are above. */
static uint32_t hung_below(const struct history *h, const struct blob *blob, uint32_t at)
{
    return at == blob->root ? 0 : h->twigs[at].mutations;
}

static void move_lineage(struct history *h, struct blob *blob, uint32_t v)
{
    uint32_t p = h->twigs[v].parent, sibling = h->twigs[p].child[h->twigs[p].child[0] == v], n_edges = 2 * blob->n - 1;
    uint32_t which = vg_random_below(&h->random, n_edges);
    uint32_t at = which < blob->n ? history_lineage_twig(h, &h->lineages[blob->first + which]) : blob->inner + which - blob->n;
    if (at == v || at == p) {
        return;
    }
    struct place old = {sibling, h->twigs[p].day}, new = {at, 0};
    take_off(h, blob, p, sibling);
    int32_t first, first_old, n = days_to_hang(h, v, at, &first), n_old = days_to_hang(h, v, sibling, &first_old);
    bool taken = false;
    uint32_t state = h->twigs[p].state;
    if (n > 0 && old.day >= first_old) {
        new.day = first + (int32_t)vg_random_below(&h->random, (uint32_t)n);
        double ratio = log((double)n / n_old) - log_hang(h, v, old, hung_below(h, blob, sibling), NULL) + log_hang(h, v, new, hung_below(h, blob, at), &state);
        taken = ratio >= 0 || log(vg_random_uniform(&h->random)) < ratio;
    }
    h->twigs[p].state = taken ? state : h->twigs[p].state;
    hang(h, blob, p, v, taken ? new : old);
}

void history_move_lineages(struct history *h)
{
    for (uint32_t b = 0; b < h->n_blobs; b++) {
        struct blob *blob = &h->blobs[b];
        for (uint32_t i = 0; i < blob->n * TRIES && blob->n > 2; i++) {
            move_lineage(h, blob, history_lineage_twig(h, &h->lineages[blob->first + i % blob->n]));
        }
    }
}
