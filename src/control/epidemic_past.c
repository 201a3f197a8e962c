/*
 * How a run begins: everybody's word says who they are, and what of infections and doses lies behind them.
 */
#include "control/epidemic_internal.h"

vg_status past_check(const struct vg_epidemic_input *input, struct vg_error *error)
{
    if (input->first_day < 0 || input->first_day > VG_ENGINE_DAYS_MAX) {
        return vg_fail(error, VG_USAGE_ERROR, "a run cannot begin on day %d", input->first_day);
    }
    for (size_t i = 0; i < input->n_past; i++) {
        const struct vg_past *past = &input->past[i];
        bool known = past->kind == VG_PAST_INFECTION
                         ? past->variant < input->disease->n_variants
                         : past->product < input->disease->n_products && past->dose >= 1 && past->dose <= VG_DOSES_MAX;
        if (past->first_day < 0 || past->last_day < past->first_day || past->last_day >= input->first_day || !known ||
            past->share == NULL) {
            return vg_fail(error, VG_USAGE_ERROR,
                           "past %zu: days %d to %d of a run from day %d, or its variant or dose, are not allowed", i,
                           past->first_day, past->last_day, input->first_day);
        }
    }
    return VG_OK;
}

static uint64_t with_past(const struct vg_epidemic *e, uint64_t word, uint32_t person, size_t i)
{
    const struct vg_past *past = &e->input.past[i];
    bool dose = past->kind == VG_PAST_DOSE;
    uint64_t hash = draw(e, person, dose ? 0 : (uint32_t)i, dose ? past->product : 0, dose ? DRAW_DOSE : DRAW_PAST);
    uint32_t span = (uint32_t)(past->last_day - past->first_day + 1);
    uint64_t day = (uint64_t)past->first_day + 1 + ((hash >> 32) * span >> 32);
    if (dose) {
        word = word_with(word, WORD_DOSES, 2, past->dose);
        word = word_with(word, WORD_PRODUCT, 2, past->product);
        return word_with(word, WORD_DOSED, 12, day);
    }
    unsigned infections = word_infections(word);
    word = word_with(word, WORD_INFECTIONS, 2, infections < 3 ? infections + 1 : 3);
    word = word_with(word, WORD_VARIANT, 3, past->variant);
    word = word_with(word, WORD_SEEN, 6, word_seen(word) | 1U << past->variant);
    return word_with(word, WORD_INFECTED, 12, day);
}

static void lay_past(struct vg_epidemic *e, size_t municipality, size_t i)
{
    const struct vg_past *past = &e->input.past[i];
    bool dose = past->kind == VG_PAST_DOSE;
    uint32_t thresholds[VG_AGES_MAX];
    for (size_t a = 0; a < e->n_ages; a++) {
        thresholds[a] = threshold_of(past->share[municipality * e->n_ages + a]);
    }
    for (uint32_t person = e->p->first[municipality]; person < e->p->first[municipality + 1]; person++) {
        uint64_t hash = draw(e, person, dose ? 0 : (uint32_t)i, dose ? past->product : 0, dose ? DRAW_DOSE : DRAW_PAST);
        if (draw_is((uint32_t)hash, thresholds[e->p->entries[word_entry(e->words[person])].age])) {
            e->words[person] = with_past(e, e->words[person], person, i);
        }
    }
}

void words_of_municipality(void *context, size_t item, unsigned worker)
{
    (void)worker;
    struct vg_epidemic *e = context;
    size_t municipality = e->own_municipality + item;
    const struct vg_population *p = e->p;
    for (size_t t = 0; t < p->n_types; t++) {
        const uint16_t *entries = p->entry_of + t * VG_HOUSEHOLD_MAX;
        uint32_t size = p->entries[entries[0]].size;
        uint32_t first = p->type_first[municipality * p->n_types + t];
        uint32_t end = t + 1 < p->n_types ? p->type_first[municipality * p->n_types + t + 1] : p->first[municipality + 1];
        for (uint32_t person = first; person < end; person += size) {
            for (uint32_t i = 0; i < size; i++) {
                e->words[person + i] = entries[i];
            }
        }
    }
    for (size_t i = 0; i < e->input.n_past; i++) {
        lay_past(e, municipality, i);
    }
}
