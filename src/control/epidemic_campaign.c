/*
 * Vaccination: in each municipality people of an age group stand in a fixed random order, of which the first `uptake` share
 * accept; the same order serves all campaigns, so second doses go to those who had the first. Doses of a day go to the highest
 * priority that still has somebody, among its ages in proportion to who is left. Groups of people (health workers, ...) go through
 * the order of their age each by itself, passing over the others.
 */
#include "control/epidemic_internal.h"

#define CELLS_MAX (VG_AGES_MAX * (VG_GROUPS_MAX + 1))
struct left {
    uint32_t people[CELLS_MAX]; /* [class * n_ages + age] */
    uint64_t sum;
};

static uint32_t accepting(const struct vg_epidemic *e, const struct vg_campaign *campaign, uint32_t municipality, uint32_t age)
{
    return (uint32_t)((uint64_t)vg_population_count(e->p, municipality, age) * share_of(campaign->uptake[age]) >> 15);
}

enum answer { ANSWER_DOSE, ANSWER_PASS, ANSWER_WAIT };

/* Takes the dose, is passed over for good (dead, or dosed by another campaign), or lets everybody behind wait. */
static enum answer ask(struct vg_epidemic *e, const struct vg_campaign *campaign, uint32_t person)
{
    uint64_t word = e->words[person];
    if (word_dead(word) || word_doses(word) >= campaign->dose) {
        return ANSWER_PASS;
    }
    bool too_early = campaign->dose > 1 && (uint32_t)e->day + 1 < word_dosed(word) + (uint32_t)campaign->interval_days;
    if (word_doses(word) + 1U < campaign->dose || too_early) {
        return ANSWER_WAIT;
    }
    word = word_with(word, WORD_DOSES, 2, campaign->dose);
    word = word_with(word, WORD_PRODUCT, 2, campaign->product);
    e->words[person] = word_with(word, WORD_DOSED, 12, (uint64_t)e->day + 1);
    step_note(e, (struct vg_step){.person = person, .kind = VG_STEP_DOSE, .product = campaign->product, .dose = campaign->dose});
    return ANSWER_DOSE;
}

#define ASKED_TOGETHER 32U

static uint32_t *next_of(const struct vg_epidemic *e, size_t campaign, uint32_t municipality, uint32_t class, uint32_t age)
{
    return &e->given[((campaign * e->n_municipalities + municipality) * e->n_classes + class) * e->n_ages + age];
}

/* The next of the order, NOBODY where they are of another class. */
static void look_up(const struct vg_epidemic *e, uint32_t municipality, uint32_t class, uint32_t age, uint32_t next, uint32_t *persons, uint32_t n)
{
    uint32_t people = vg_population_count(e->p, municipality, age);
    uint64_t key = pool_key(e->p, VG_LAYER_COMMUNITY, municipality, age, 0, 2);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t person = person_of_rank(e->p, municipality, age, VG_LAYER_COMMUNITY, permute(key, people, next + i, PERMUTE_ROUNDS));
        persons[i] = class_of(e, person, municipality, age) == class ? person : NOBODY;
        if (persons[i] != NOBODY) {
            __builtin_prefetch(&e->words[person], 1);
        }
    }
}

/* Gives up to `doses` to those of a class and age. People are looked up a few dozen at a time, so that their words come from memory
 * together. */
static uint32_t give(struct vg_epidemic *e, size_t campaign_index, uint32_t municipality, uint32_t class, uint32_t age, uint32_t doses)
{
    const struct vg_campaign *campaign = &e->input.campaigns[campaign_index];
    uint32_t *next = next_of(e, campaign_index, municipality, class, age);
    uint32_t accept = accepting(e, campaign, municipality, age);
    uint32_t done = 0;
    uint32_t together = 1; /* the first may have to wait, and often does */
    enum answer answer = ANSWER_DOSE;
    while (*next < accept && done < doses && answer != ANSWER_WAIT) {
        uint32_t persons[ASKED_TOGETHER];
        uint32_t n = e->n_groups > 0 || accept - *next < doses - done ? accept - *next : doses - done;
        n = n < together ? n : together;
        look_up(e, municipality, class, age, *next, persons, n);
        for (uint32_t i = 0; i < n && answer != ANSWER_WAIT && done < doses; i++) {
            answer = persons[i] == NOBODY ? ANSWER_PASS : ask(e, campaign, persons[i]);
            done += answer == ANSWER_DOSE ? 1 : 0;
            *next += answer == ANSWER_WAIT ? 0 : 1;
        }
        together = ASKED_TOGETHER;
    }
    if (done > 0) {
        count(e, VG_COUNT_DOSES, municipality, age, class, 0, done);
    }
    return done;
}

/* How many of so many people of an age are of the class, by its share; not 0 where there may be one. */
static uint32_t of_class(const struct vg_epidemic *e, uint32_t municipality, uint32_t class, uint32_t age, uint32_t people)
{
    if (e->n_groups == 0) {
        return people;
    }
    const uint32_t *ends = e->p->group_ends + ((e->p->groups_by_place ? (size_t)municipality : 0) * e->n_ages + age) * e->n_groups;
    uint32_t from = class < 2 ? 0 : ends[class - 2];
    uint32_t share = class == 0 ? CERTAIN - ends[e->n_groups - 1] : ends[class - 1] - from;
    return (uint32_t)(((uint64_t)people * share + CERTAIN - 1) >> 31);
}

static uint32_t give_priority(struct vg_epidemic *e, size_t campaign_index, uint32_t municipality, unsigned priority,
                              uint32_t doses)
{
    const struct vg_campaign *campaign = &e->input.campaigns[campaign_index];
    struct left left = {.sum = 0};
    uint32_t cells = (uint32_t)(e->n_classes * e->n_ages);
    for (uint32_t i = 0; i < cells; i++) {
        uint32_t class = i / (uint32_t)e->n_ages, a = i % (uint32_t)e->n_ages;
        uint32_t next = *next_of(e, campaign_index, municipality, class, a);
        uint32_t accept = accepting(e, campaign, municipality, a);
        left.people[i] = campaign->priority[i] == priority && accept > next ? of_class(e, municipality, class, a, accept - next) : 0;
        left.sum += left.people[i];
    }
    uint32_t given = 0;
    for (uint32_t i = 0; i < cells && left.sum > 0; i++) {
        uint64_t share = (uint64_t)doses * left.people[i] / left.sum;
        given += share > 0 ? give(e, campaign_index, municipality, i / (uint32_t)e->n_ages, i % (uint32_t)e->n_ages, (uint32_t)share) : 0;
    }
    for (uint32_t i = 0; i < cells && given < doses; i++) { /* what rounding left */
        given += left.people[i] > 0 ? give(e, campaign_index, municipality, i / (uint32_t)e->n_ages, i % (uint32_t)e->n_ages, doses - given) : 0;
    }
    return given;
}

/* -------------------------------------------------------------------- lots */

void lots_order(struct vg_epidemic *e)
{
    for (size_t i = 0; i < e->input.n_lots; i++) {
        const struct vg_vaccine_lot *lot = &e->input.lots[i];
        size_t at = i;
        while (at > 0) { /* insertion: lots are few */
            const struct vg_vaccine_lot *before = &e->input.lots[e->lot_order[at - 1]];
            bool later = before->expiry_day > lot->expiry_day || (before->expiry_day == lot->expiry_day && before->arrival_day > lot->arrival_day);
            if (!later) {
                break;
            }
            e->lot_order[at] = e->lot_order[at - 1];
            at--;
        }
        e->lot_order[at] = (uint16_t)i;
    }
}

static uint32_t left_of_lot(const struct vg_epidemic *e, size_t lot, size_t municipality)
{
    return e->input.lots[lot].doses[municipality] - e->lot_used[lot * e->n_municipalities + municipality];
}

static bool is_good(const struct vg_epidemic *e, const struct vg_vaccine_lot *lot, uint8_t product)
{
    return lot->product == product && lot->arrival_day <= e->day && lot->expiry_day >= e->day;
}

/* Doses of the product that may be given today; without lots as many as wanted. */
static uint32_t at_hand(const struct vg_epidemic *e, uint8_t product, size_t municipality, uint32_t wanted)
{
    bool any = false;
    uint64_t sum = 0;
    for (size_t i = 0; i < e->input.n_lots; i++) {
        any = any || e->input.lots[i].product == product;
        sum += is_good(e, &e->input.lots[i], product) ? left_of_lot(e, i, municipality) : 0;
    }
    return !any || sum > wanted ? wanted : (uint32_t)sum;
}

static void take_from_lots(struct vg_epidemic *e, uint8_t product, size_t municipality, uint32_t given)
{
    for (size_t i = 0; i < e->input.n_lots && given > 0; i++) {
        size_t lot = e->lot_order[i];
        if (is_good(e, &e->input.lots[lot], product)) {
            uint32_t left = left_of_lot(e, lot, municipality);
            uint32_t taken = given < left ? given : left;
            e->lot_used[lot * e->n_municipalities + municipality] += taken;
            given -= taken;
        }
    }
}

static void lose_expired(struct vg_epidemic *e, size_t municipality)
{
    for (size_t i = 0; i < e->input.n_lots; i++) {
        if (e->input.lots[i].expiry_day + 1 == e->day) {
            e->lost[municipality] += left_of_lot(e, i, municipality);
        }
    }
}

static void campaigns_of_municipality(void *context, size_t item, unsigned worker)
{
    (void)worker;
    struct vg_epidemic *e = context;
    size_t municipality = e->own_municipality + item;
    lose_expired(e, municipality);
    for (size_t i = 0; i < e->input.n_campaigns; i++) {
        const struct vg_campaign *campaign = &e->input.campaigns[i];
        if (e->day < campaign->first_day || e->day > campaign->last_day) {
            continue;
        }
        uint32_t *used = &e->stock_used[i * e->n_municipalities + municipality];
        uint32_t doses = campaign->doses_per_day[municipality];
        if (campaign->stock != NULL && campaign->stock[municipality] - *used < doses) {
            doses = campaign->stock[municipality] - *used;
        }
        doses = at_hand(e, campaign->product, municipality, doses);
        unsigned last = 0;
        for (size_t cell = 0; cell < e->n_classes * e->n_ages; cell++) {
            last = campaign->priority[cell] > last ? campaign->priority[cell] : last;
        }
        for (unsigned priority = 1; priority <= last && doses > 0; priority++) {
            uint32_t given = give_priority(e, i, (uint32_t)municipality, priority, doses);
            doses -= given;
            *used += given;
            take_from_lots(e, campaign->product, municipality, given);
        }
    }
}

void campaigns_of_day(struct vg_epidemic *e)
{
    if (e->input.n_campaigns > 0 || e->input.n_lots > 0) {
        vg_parallel_for(e->pool, e->end_municipality - e->own_municipality, campaigns_of_municipality, e);
    }
}
