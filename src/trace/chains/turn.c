/*
 * A link turns round: who of two came first, and the days of both, are drawn together from their conditional law, while all others stay where they are. Of the
 * first two of an introduction one has to be above; as each case by itself can only go to those infected before it, which of them it is would be settled for
 * good by who is drawn first. (A swap hands over those whom both infected, too, and is hardly ever taken where genomes tell whose they are.)
 */
#include "trace/chains/internal.h"

#include <math.h>

#define MOST 500.0 /* of a logarithm: beyond it nothing else has a chance */

/* Two cases, the one above and the one below it: weights of the upper one's day, its own times all days of the lower one. */
struct order {
    const struct chain_window *upper, *lower;
    const double *row; /* of the link between, by delay */
    double days[CHAIN_WINDOW], total;
};

static bool stays(const struct chain *chain, uint32_t i)
{
    const struct chain_world *world = chain->world;
    return chain->slot[i] >= SLOT_SIBLING || chain->person[i].n_siblings > 0 || (world->run->frozen != NULL && world->run->frozen[i] != 0);
}

/* Density of a link by days, genomes of slow cases aside: they are judged apart. */
static double above_at(const struct chain *chain, uint32_t i, unsigned slot, unsigned generations, int32_t t, int32_t above_day)
{
    int64_t delay = (int64_t)t - above_day;
    if (chain->world->slow[i] == 0) {
        return chain_attach(chain, i, slot, t, above_day);
    }
    if (slot == SLOT_OUTSIDE) {
        return chain_link_factor(chain, i, slot, generations);
    }
    return delay < 1 || delay > DELAY_MAX ? 0 : chain_link_factor(chain, i, slot, generations) * chain->world->delays->generation[generations - 1][PAD + delay];
}

static double below_scale(const struct chain *chain, uint32_t i, unsigned slot, unsigned generations, const double **row)
{
    if (chain->world->slow[i] == 0) {
        return chain_attach_scale(chain, i, slot, row);
    }
    *row = chain->world->delays->generation[generations - 1] + PAD;
    return chain_link_factor(chain, i, slot, generations);
}

/* Days of the lower one after day d of the upper one; the link's row there, at the lower one's day 0. */
struct after {
    size_t from, to;
    const double *row;
};

static struct after days_after(const struct order *order, size_t d)
{
    int64_t shift = (int64_t)order->lower->first - order->upper->first - (int64_t)d, from = 1 - shift, to = DELAY_MAX - shift;
    return (struct after){from > (int64_t)order->lower->low ? (size_t)from : order->lower->low,
                          to < (int64_t)order->lower->high ? (size_t)(to + 1) : order->lower->high + 1, order->row + shift};
}

/* `above`: the upper one's slot. factor: of the order as a whole. */
static void weigh_order(const struct chain *chain, uint32_t upper, unsigned above, unsigned generations, int32_t above_day, double factor, struct order *order)
{
    order->total = 0;
    for (size_t d = order->upper->low; d <= order->upper->high; d++) {
        double sum = 0, own = order->upper->base[d];
        const struct after after = days_after(order, d);
        for (size_t e = after.from; e < after.to; e++) {
            sum += order->lower->base[e] * after.row[e];
        }
        sum *= own;
        order->days[d] = sum > 0 ? factor * sum * above_at(chain, upper, above, generations, order->upper->first + (int32_t)d, above_day) : 0;
        order->total += order->days[d];
    }
}

static void draw_days(const struct order *order, struct vg_random *random, int32_t *upper, int32_t *lower)
{
    double left = vg_random_uniform(random) * order->total, sum = 0;
    size_t d = order->upper->low, e = order->lower->low, at = d;
    for (; d <= order->upper->high && left > 0; d++) {
        at = order->days[d] > 0 ? d : at;
        left -= order->days[d];
    }
    d = at;
    const struct after after = days_after(order, d);
    for (size_t k = after.from; k < after.to; k++) {
        sum += order->lower->base[k] * after.row[k];
    }
    left = vg_random_uniform(random) * sum;
    for (size_t k = after.from; k < after.to && left > 0; k++) {
        double weight = order->lower->base[k] * after.row[k];
        e = weight > 0 ? k : e;
        left -= weight;
    }
    *upper = order->upper->first + (int32_t)d;
    *lower = order->lower->first + (int32_t)e;
}

/* i, with the generations of x, goes to the slot of its own list, and x to that where i is. */
static void turn_round(struct chain *chain, uint32_t i, unsigned i_above, uint32_t x, unsigned x_below)
{
    chain_groups_forget(chain, x);
    chain_link(chain, i, i_above);
    chain_link(chain, x, x_below);
    chain_take_generations(chain, i, x);
    chain_groups_forget(chain, i);
    chain_groups_forget(chain, x);
}

/* Log ratio of the genomes' terms with both turned, which they then are, to those as they were. */
static double turn_genomes(struct chain *chain, uint32_t i, unsigned i_above, uint32_t x, unsigned x_below)
{
    double before = chain_groups_around(chain, x, i);
    turn_round(chain, i, i_above, x, x_below);
    return chain_groups_around(chain, i, x) - before;
}

void chain_turn(struct chain *chain, uint32_t i, struct vg_random *random)
{
    const struct vg_chain_candidates *candidates = chain->world->candidates;
    uint32_t x = chain->parent[i];
    if (x == VG_CHAIN_NONE || stays(chain, i) || stays(chain, x) || chain->world->slow[i] != chain->world->slow[x]) {
        return;
    }
    bool slow = chain->world->slow[i] != 0;
    unsigned above = chain->slot[x], below = chain->slot[i], of_above = chain->generations[x], of_below = chain->generations[i];
    unsigned i_above = above < SLOT_FIRST ? above : chain_slot_of(candidates, i, chain->parent[x]), x_below = chain_slot_of(candidates, x, i);
    if (x_below == SLOT_OUTSIDE || (above >= SLOT_FIRST && i_above == SLOT_OUTSIDE) || (slow && above == SLOT_UNLISTED)) {
        return;
    }
    struct chain_window of_x, of_i, of_x_alone, of_i_more;
    if (!chain_window_open(chain, x, i, &of_x) || !chain_window_open(chain, i, VG_CHAIN_NONE, &of_i)) {
        return;
    }
    of_x_alone = of_x;
    of_i_more = of_i;
    uint32_t of_x_infected = chain->person[x].n_children, of_i_infected = chain->person[i].n_children;
    chain_weigh_offspring(chain, of_x_infected, &of_x);
    chain_weigh_offspring(chain, of_i_infected, &of_i);
    chain_weigh_offspring(chain, of_x_infected - 1, &of_x_alone);
    chain_weigh_offspring(chain, of_i_infected + 1, &of_i_more);
    int32_t above_day = above < SLOT_FIRST ? 0 : chain->person[chain->parent[x]].infected, day_i = 0, day_x = 0;
    double k = chain->p.dispersion, turned = chain->world->offspring ? (k + of_i_infected) / (k + of_x_infected - 1) : 1;
    turned *= chain_contacts_turned(chain, i, x);
    struct order as_is = {.upper = &of_x, .lower = &of_i}, other = {.upper = &of_i_more, .lower = &of_x_alone};
    double scale_i = below_scale(chain, i, below, of_below, &as_is.row), scale_x = below_scale(chain, x, x_below, of_below, &other.row);
    weigh_order(chain, x, above, of_above, above_day, scale_i, &as_is);
    weigh_order(chain, i, i_above, of_above, above_day, turned * scale_x, &other);
    if (!(as_is.total > 0) || !isfinite(as_is.total + other.total)) {
        return;
    }
    bool judged = slow && other.total > 0;
    double odds = other.total / as_is.total * (judged ? exp(fmin(turn_genomes(chain, i, i_above, x, x_below), MOST)) : 1);
    bool turns = isinf(odds) || vg_random_uniform(random) * (1 + odds) < odds;
    if (turns) {
        draw_days(&other, random, &day_i, &day_x);
    } else {
        draw_days(&as_is, random, &day_x, &day_i);
    }
    if (turns && !judged) {
        turn_round(chain, i, i_above, x, x_below);
    } else if (!turns && judged) {
        turn_round(chain, x, above, i, below);
    }
    chain->person[i].infected = day_i;
    chain->person[x].infected = day_x;
    chain_note_weight(chain, i);
    chain_note_weight(chain, x);
    chain_note_both(chain, i, x);
}
