/*
 * Test, trace, quarantine. Whoever was found positive today is an index case; tracers take as many as they can, those of the
 * smallest hash first. Thinned mode: the effective contacts of an index case are computed again from their draws, and further
 * contacts that came to nothing are drawn beside them. Contact-exact mode: all contacts are computed, so the one who infected
 * the index case may be found too.
 */
#include "control/epidemic_internal.h"

#include <stdlib.h>

#define CONTACTS_MOST 512
#define OTHER_CONTACTS 16384U /* numbers of draws for contacts without effect */

struct index_case {
    uint64_t hash;
    uint32_t person, municipality;
    uint8_t measure;
    bool tested, traced;
};
struct tracing {
    struct vg_epidemic *e;
    struct index_case *cases;
    size_t n;
};

/* met: day + 1 of a contact that did not take place if the person was at home; 0: not asked. */
static void order(struct vg_epidemic *e, uint32_t person, int32_t until, uint32_t met, unsigned worker)
{
    if (until >= e->day) {
        uint64_t last = until > 4094 ? 4095 : (uint64_t)until + 1;
        list_add_large(&e->chunks, &e->orders[(size_t)worker * e->n_blocks + (person >> BLOCK_BITS)],
                       (person & (BLOCK_PERSONS - 1)) | last << 17 | (uint64_t)met << 29, worker);
    }
}

static bool uses_app(const struct vg_epidemic *e, uint32_t person, const struct vg_intervention *m)
{
    return m->app_uptake > 0 && draw_is((uint32_t)draw(e, person, 0, 0, DRAW_APP), threshold_of(m->app_uptake));
}

static void trace_contact(struct vg_epidemic *e, const struct index_case *index, uint32_t person, unsigned layer, int32_t met,
                          uint32_t number, unsigned worker)
{
    const struct vg_intervention *m = &e->input.measures[index->measure];
    bool app = uses_app(e, index->person, m) && uses_app(e, person, m);
    uint64_t hash = draw_of(e->key ^ (uint64_t)DRAW_TRACE << 59 ^ number, (uint64_t)index->person << 32 | person);
    if (app || (index->traced && draw_is((uint32_t)hash, threshold_of(m->traced_share[layer])))) {
        bool exact = e->input.mode == VG_CONTACTS_EXACT;
        order(e, person, met + m->quarantine_days, exact ? (uint32_t)met + 1 : 0, worker);
    }
}

static void trace_household(struct vg_epidemic *e, const struct index_case *index, const struct entry *entry, unsigned worker)
{
    const struct vg_intervention *m = &e->input.measures[index->measure];
    uint32_t first = index->person - entry->member;
    for (uint32_t i = 0; i < entry->size; i++) {
        uint64_t hash = draw(e, first + i, (uint32_t)e->day, 0, DRAW_TRACE);
        if (i != entry->member && draw_is((uint32_t)hash, threshold_of(m->household_share))) {
            order(e, first + i, e->day + m->quarantine_days - 1, 0, worker);
        }
    }
}

/* The contacts that were effective, met in the window; measures that prevented one are not looked up, so a few too many are
 * asked. */
static void trace_effective(struct vg_epidemic *e, const struct index_case *index, uint64_t word, unsigned worker)
{
    const struct vg_intervention *m = &e->input.measures[index->measure];
    const struct entry *entry = &e->p->entries[word_entry(word)];
    uint32_t infected = word_infected(word) - 1;
    uint64_t hash = draw(e, index->person, infected, 0, DRAW_DELAYS);
    uint32_t incubation = draw_delay((uint32_t)hash, &e->tables.incubation);
    uint32_t class = class_of(e, index->person, index->municipality, entry->age);
    const struct offspring_class *offspring =
        &e->tables.classes[(profile_of(e, index->municipality, class, entry) * e->n_variants + word_variant(word)) * 2 +
                           (word_symptomatic(word) ? 1 : 0)];
    uint32_t n = draw_offspring(&e->tables, offspring, (uint32_t)(hash >> 32));
    for (uint32_t i = 0; i < n; i++) {
        uint32_t after = offspring_day(e, offspring, index->person, infected, incubation < 1 ? 1 : incubation, i);
        int32_t day = (int32_t)(infected + after);
        if (after == 0 || day >= e->day || day < e->day - m->contact_days) {
            continue;
        }
        struct meeting meeting;
        meeting_begin(e, index->person, index->municipality, word_entry(word), day, i, &meeting);
        if (meeting.layer != VG_LAYER_HOUSEHOLD && meeting_end(e, &meeting)) {
            trace_contact(e, index, meeting.target, meeting.layer, day, i, worker);
        }
    }
}

/* Contacts without effect: as many as the matrix says, of which those who would be traced are drawn. */
static void trace_others(struct vg_epidemic *e, const struct index_case *index, uint64_t word, unsigned worker)
{
    const struct vg_intervention *m = &e->input.measures[index->measure];
    const struct entry *entry = &e->p->entries[word_entry(word)];
    uint32_t class = class_of(e, index->person, index->municipality, entry->age);
    double contacts = e->n_groups == 0 ? 1 : e->p->group_contacts[class * e->n_ages + entry->age];
    uint32_t number = OTHER_CONTACTS;
    for (unsigned layer = VG_LAYER_SCHOOL; layer < VG_LAYERS; layer++) {
        if (!role_in_layer(entry->role, layer) || m->traced_share[layer] <= 0 || !index->traced) {
            continue;
        }
        double daily = 0;
        size_t row = (((size_t)e->set[index->municipality] * VG_LAYERS + layer) * e->n_ages + entry->age) * e->n_ages;
        for (size_t b = 0; b < e->n_ages; b++) {
            daily += e->tables.daily[row + b];
        }
        double expected = daily * m->contact_days * m->traced_share[layer] * contacts;
        uint64_t hash = draw(e, index->person, (uint32_t)e->day, layer, DRAW_TRACE);
        uint32_t n = (uint32_t)expected;
        n += draw_is((uint32_t)hash, threshold_of(expected - n)) ? 1 : 0;
        for (uint32_t i = 0; i < n && i < CONTACTS_MOST; i++) {
            int32_t day = e->day - 1 - (int32_t)(i % (uint32_t)m->contact_days);
            struct meeting meeting = {.person = index->person,
                                      .home = index->municipality,
                                      .entry = word_entry(word),
                                      .day = day < 0 ? 0 : day,
                                      .layer = (uint8_t)layer,
                                      .other = draw(e, index->person, (uint32_t)e->day, number++, DRAW_CONTACT_AGE)};
            meeting_seat(e, &meeting);
            if (meeting_end(e, &meeting)) {
                order(e, meeting.target, day + m->quarantine_days, 0, worker);
            }
        }
    }
}

/* Whether the others were at home that day is asked where they are: see obey. */
static void trace_exact(struct vg_epidemic *e, const struct index_case *index, unsigned worker)
{
    const struct vg_intervention *m = &e->input.measures[index->measure];
    struct vg_contact_met met[CONTACTS_MOST];
    for (int32_t day = e->day - m->contact_days; day < e->day; day++) {
        size_t n = day < 0 ? 0 : contacts_of_day(e, index->person, day, false, met, CONTACTS_MOST);
        for (size_t i = 0; i < n && i < CONTACTS_MOST; i++) {
            if (met[i].layer != VG_LAYER_HOUSEHOLD) {
                trace_contact(e, index, met[i].person, met[i].layer, day, (uint32_t)(i * 4096 + (uint32_t)day), worker);
            }
        }
    }
}

static void trace_case(void *context, size_t item, unsigned worker)
{
    const struct tracing *tracing = context;
    struct vg_epidemic *e = tracing->e;
    const struct index_case *index = &tracing->cases[item];
    uint64_t word = e->words[index->person];
    if (!index->tested) {
        return;
    }
    trace_household(e, index, &e->p->entries[word_entry(word)], worker);
    if (!index->traced && !uses_app(e, index->person, &e->input.measures[index->measure])) {
        return;
    }
    if (e->input.mode == VG_CONTACTS_EXACT) {
        trace_exact(e, index, worker);
        return;
    }
    trace_effective(e, index, word, worker);
    trace_others(e, index, word, worker);
}

static int compare_cases(const void *a, const void *b)
{
    const struct index_case *x = a;
    const struct index_case *y = b;
    if (x->measure != y->measure || x->municipality != y->municipality) {
        return x->measure != y->measure ? x->measure - y->measure : x->municipality < y->municipality ? -1 : 1;
    }
    return x->hash < y->hash ? -1 : x->hash > y->hash ? 1 : x->person < y->person ? -1 : x->person > y->person;
}

/* What a capacity of `per_100k` a day allows today; fractions are carried from day to day. */
static double capacity_today(const struct vg_epidemic *e, double per_100k, uint32_t municipality)
{
    double a_day = per_100k * (e->p->first[municipality + 1] - e->p->first[municipality]) / 100000;
    return per_100k <= 0 ? INFINITY : floor(a_day * (e->day + 1)) - floor(a_day * e->day);
}

/* Tests and tracers go to the first of each municipality. Those who were tested in vain used tests as well. */
static void share_capacity(const struct vg_epidemic *e, struct index_case *cases, size_t n)
{
    qsort(cases, n, sizeof *cases, compare_cases);
    double taken = 0;
    for (size_t i = 0; i < n; i++) {
        bool same = i > 0 && cases[i].measure == cases[i - 1].measure && cases[i].municipality == cases[i - 1].municipality;
        taken = same ? taken + 1 : 0;
        const struct vg_intervention *m = &e->input.measures[cases[i].measure];
        cases[i].tested = taken < capacity_today(e, m->tests_per_100k * m->sensitivity, cases[i].municipality);
        cases[i].traced = cases[i].tested && taken < capacity_today(e, m->tracers_per_100k, cases[i].municipality);
    }
}

/* Before any order, so that counts of quarantines do not depend on which comes first. */
static void isolate(struct vg_epidemic *e, const struct index_case *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t word = e->words[cases[i].person];
        uint64_t until = (uint64_t)e->day + (uint64_t)e->input.measures[cases[i].measure].duration_days;
        until = until > 4095 ? 4095 : until;
        if (cases[i].tested && until > word_quarantine(word)) {
            stay_at_home(e, cases[i].person, until);
        }
    }
}

void tracing_of_day(struct vg_epidemic *e)
{
    size_t n = 0;
    for (size_t b = 0; b < e->n_blocks && e->traces; b++) {
        n += e->blocks[b].results.n;
    }
    if (n == 0) {
        return;
    }
    struct tracing tracing = {e, malloc(n * sizeof(struct index_case)), 0};
    if (tracing.cases == NULL) {
        atomic_store(&e->chunks.failed, true);
        return;
    }
    for (size_t b = 0; b < e->n_blocks; b++) {
        const struct request_list *results = &e->blocks[b].results;
        for (size_t i = 0; i < results->n; i++) {
            uint32_t home = municipality_in(e, results->items[i].person);
            tracing.cases[tracing.n++] = (struct index_case){
                results->items[i].hash, results->items[i].person, home, results->items[i].flags, false, false};
        }
    }
    share_capacity(e, tracing.cases, n);
    isolate(e, tracing.cases, n);
    vg_parallel_for(e->pool, n, trace_case, &tracing);
    free(tracing.cases);
}

static void obey(struct vg_epidemic *e, size_t block, uint64_t item)
{
    uint32_t person = (uint32_t)(block << BLOCK_BITS) | (uint32_t)(item & (BLOCK_PERSONS - 1));
    uint64_t word = e->words[person];
    uint32_t until = (uint32_t)(item >> 17) & 4095;
    uint32_t met = (uint32_t)(item >> 29);
    if (met > 0 && was_away(e, person, (int32_t)met - 1)) { /* they did not meet: only the rank of the one who was at home knows */
        return;
    }
    if (until <= word_quarantine(word) || word_dead(word)) {
        return;
    }
    if (!in_quarantine(word, e->day)) { /* one who is already at home is not counted again */
        uint32_t home = municipality_in(e, person), age = e->p->entries[word_entry(word)].age;
        count(e, VG_COUNT_QUARANTINED, home, age, class_of(e, person, home, age), 0, 1);
    }
    stay_at_home(e, person, until);
}

void orders_of_block(void *context, size_t block, unsigned worker)
{
    struct vg_epidemic *e = context;
    uint32_t first = (uint32_t)(block << BLOCK_BITS);
    for (unsigned from = 0; from < e->n_workers; from++) {
        struct list *list = &e->orders[(size_t)from * e->n_blocks + block];
        struct stretch s = stretch_at(&e->chunks, list, list->first, CHUNK_LARGE);
        while (s.chunk != 0) {
            const uint64_t *items = (const uint64_t *)(const void *)s.words + 1;
            const uint64_t *next = s.next_n == 0 ? items : (const uint64_t *)(const void *)s.next_words + 1;
            for (uint32_t i = 0; i < s.n && s.chunk == list->first; i++) {
                __builtin_prefetch(&e->words[first | (items[i] & (BLOCK_PERSONS - 1))]);
            }
            for (uint32_t i = 0; i < s.n; i++) {
                if (i < s.next_n) {
                    __builtin_prefetch(&e->words[first | (next[i] & (BLOCK_PERSONS - 1))]);
                }
                obey(e, block, items[i]);
            }
            e->blocks[block].work.orders += s.n;
            chunk_give(&e->chunks, s.chunk, worker);
            s = stretch_at(&e->chunks, list, s.next, CHUNK_LARGE);
        }
        *list = (struct list){0, 0, 0};
    }
}
