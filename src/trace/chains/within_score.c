/*
 * What each host adds to the log posterior. Infection: a case is one with chance pi and shows after its delay; numbers of infected are negative binomial, and
 * those who leave no case are summed over (the outbreak is seen up to its last day). Phylogeny: lineages of a host coalesce at rate 1 / size(tau) a pair.
 */
#include "trace/chains/within.h"

#include <math.h>
#include <string.h>

#define LEAST 1e-20 /* a density below this is this: a start that cannot be then finds its way */
#define SOONEST 1e-9 /* days after infection: phylogenies that are given may have branches of no length */

static double at_day(const double *density, size_t n, double days)
{
    if (!(days >= 0) || days >= (double)n) {
        return LEAST;
    }
    size_t whole = (size_t)days;
    double part = days - (double)whole, value = density[whole] + part * (density[whole + 1] - density[whole]);
    return value > LEAST ? value : LEAST;
}

double within_generation_log(const struct within_world *world, double days)
{
    return log(at_day(world->generation, VG_CHAIN_GENERATION_MAX, days));
}

double within_shown_log(const struct within_world *world, unsigned kind, double days)
{
    return log(at_day(world->shown[kind], VG_CHAIN_SHOWN_MAX, days));
}

double within_size(const struct within_parameters *p, bool outside, double tau)
{
    return outside ? p->outside : fmin(p->growth * fmax(tau, SOONEST), p->size);
}

double within_hazard(const struct within_parameters *p, bool outside, double from, double to)
{
    if (outside) {
        return (to - from) / p->outside;
    }
    double bend = p->size / p->growth, sum = 0;
    if (to > bend) {
        sum = (to - fmax(from, bend)) / p->size;
        to = bend;
    }
    from = fmax(from, SOONEST);
    return from < to ? sum + log(to / from) / p->growth : sum;
}

static void latest_first(double *times, size_t n)
{
    for (size_t k = 1; k < n; k++) {
        double time = times[k];
        size_t at = k;
        for (; at > 0 && times[at - 1] < time; at--) {
            times[at] = times[at - 1];
        }
        times[at] = time;
    }
}

static double coalescent(const struct within_chain *chain, uint32_t host)
{
    const struct within_content *content = &chain->content;
    bool outside = host == WITHIN_OUTSIDE;
    double zero = outside ? 0 : chain->tree.events[host].time, sum = 0, lineages = 0;
    if (content->n_joins == 0) {
        return 0;
    }
    latest_first(content->starts, content->n_starts);
    latest_first(content->joins, content->n_joins);
    double time = content->starts[0];
    for (size_t s = 0, j = 0; j < content->n_joins;) {
        bool starts = s < content->n_starts && content->starts[s] >= content->joins[j];
        double next = starts ? content->starts[s] : content->joins[j];
        if (lineages > 1 && next < time) {
            sum -= lineages * (lineages - 1) / 2 * within_hazard(&chain->p, outside, next - zero, time - zero);
        }
        if (!starts) {
            sum -= log(within_size(&chain->p, outside, next - zero));
            j++;
        } else {
            s++;
        }
        lineages += starts ? 1 : -1;
        time = next;
    }
    return sum;
}

static double of_age(const double *table, size_t n, double age)
{
    if (age <= 0) {
        return table[0];
    }
    if (age >= (double)n - 1) {
        return table[n - 1];
    }
    size_t whole = (size_t)age;
    return table[whole] + (age - (double)whole) * (table[whole + 1] - table[whole]);
}

static double transmission(const struct within_chain *chain, uint32_t host)
{
    const struct within_world *world = chain->world;
    const struct within_content *content = &chain->content;
    double d = (double)content->n_outs;
    if (host == WITHIN_OUTSIDE) {
        return d * log(chain->p.imports_per_day);
    }
    double time = chain->tree.events[host].time, age = world->last - time, tail = of_age(chain->unseen.tail, chain->unseen.n_ages, age);
    double sum = chain->rising[content->n_outs < WITHIN_KIN_MAX ? content->n_outs : WITHIN_KIN_MAX] - (world->offspring ? (chain->p.dispersion + d) * tail : tail);
    sum += content->tip == WITHIN_NONE ? of_age(chain->unseen.unsampled, chain->unseen.n_ages, age)
                                       : log(chain->p.reporting) + within_shown_log(world, world->data->cases[content->tip].shown,
                                                                                    world->data->cases[content->tip].day + 0.5 - time);
    for (size_t k = 0; k < content->n_outs; k++) {
        sum += within_generation_log(world, chain->tree.events[content->outs[k]].time - time);
    }
    return content->n_outs > WITHIN_KIN_MAX ? -INFINITY : sum;
}

void within_score(struct within_chain *chain, uint32_t host)
{
    struct within_event *event = &chain->tree.events[host];
    within_gather(&chain->tree, host, &chain->content);
    event->tip = chain->content.tip;
    event->transmission = transmission(chain, host);
    event->coalescent = coalescent(chain, host);
}

void within_score_all(struct within_chain *chain)
{
    within_score(chain, WITHIN_OUTSIDE);
    for (uint32_t k = 0; k < chain->tree.n_live; k++) {
        within_score(chain, chain->tree.live[k]);
    }
}

/* ---------------------------------------------------------------- contacts */

static bool is_contact(const struct within_world *world, uint32_t from, uint32_t to)
{
    for (uint32_t k = world->contact_starts[from]; k < world->contact_starts[from + 1]; k++) {
        if (world->contact_list[k] == to) {
            return true;
        }
    }
    return false;
}

void within_contact_counts(const struct within_chain *chain, double *direct, double *reported)
{
    const struct within_event *events = chain->tree.events;
    *direct = *reported = 0;
    for (uint32_t k = 0; k < chain->tree.n_live; k++) {
        const struct within_event *e = &events[chain->tree.live[k]];
        uint32_t by = e->above == WITHIN_OUTSIDE ? WITHIN_NONE : events[e->above].tip;
        if (e->tip != WITHIN_NONE && by != WITHIN_NONE) {
            *direct += 1;
            *reported += is_contact(chain->world, by, e->tip) ? 1 : 0;
        }
    }
}

double within_contacts(const struct within_chain *chain)
{
    double direct = 0, reported = 0, e = chain->p.coverage, el = e * chain->p.noise;
    if (chain->world->data->n_contacts == 0) {
        return 0;
    }
    within_contact_counts(chain, &direct, &reported);
    return reported * log(e / el) + (direct - reported) * log((1 - e) / (1 - el));
}

double within_prior(const struct within_chain *chain)
{
    const struct within_event *events = chain->tree.events;
    double sum = events[WITHIN_OUTSIDE].transmission + events[WITHIN_OUTSIDE].coalescent + within_contacts(chain);
    for (uint32_t k = 0; k < chain->tree.n_live; k++) {
        sum += events[chain->tree.live[k]].transmission + events[chain->tree.live[k]].coalescent;
    }
    return sum;
}

/* ------------------------------------------------------- who leaves no case */

/* By days before the last: chance that a host infected then, and all below it, are not among the cases. */
static void fill_unseen(struct within_chain *chain)
{
    const struct within_world *world = chain->world;
    struct within_unseen *unseen = &chain->unseen;
    double r = chain->p.reproduction, k = chain->p.dispersion;
    for (size_t age = 0; age < unseen->n_ages; age++) {
        double below = 0, passed = 0;
        for (size_t day = 1; day < VG_CHAIN_GENERATION_MAX && day <= age; day++) {
            below += world->generation[day] * (1 - unseen->seen[age - day]);
            passed += world->generation[day];
        }
        double none = below + fmax(1 - passed, 0);
        double by_now = world->seen_by[age < VG_CHAIN_SHOWN_MAX ? age : VG_CHAIN_SHOWN_MAX];
        double not_case = fmax(1 - chain->p.reporting * by_now, 1e-12);
        unseen->tail[age] = world->offspring ? log1p(r * (1 - none) / k) : r * (1 - none);
        unseen->unsampled[age] = log(not_case);
        unseen->seen[age] = 1 - not_case * exp(-(world->offspring ? k * unseen->tail[age] : unseen->tail[age]));
    }
}

double within_import_exposure(const struct within_chain *chain)
{
    const struct within_world *world = chain->world;
    size_t days = (size_t)fmax(world->last - world->first + world->generation_mean, 1);
    double sum = 0;
    for (size_t age = 0; age < days; age++) {
        sum += chain->unseen.seen[age < chain->unseen.n_ages ? age : chain->unseen.n_ages - 1];
    }
    return fmax(sum, 1);
}

void within_refresh(struct within_chain *chain)
{
    double r = chain->p.reproduction, k = chain->p.dispersion;
    fill_unseen(chain);
    chain->rising[0] = 0;
    for (size_t d = 0; d < WITHIN_KIN_MAX; d++) {
        chain->rising[d + 1] = chain->rising[d] + (chain->world->offspring ? log((k + (double)d) * r / k) : log(r));
    }
}
