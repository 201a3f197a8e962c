/*
 * Who is infected: contacts put before a block are held against susceptibility, immunity and quarantine of the one who was met;
 * of several on one day that of the smallest hash wins. Then the course is drawn, and the days of the effective contacts that
 * this infection will make are written into the calendar.
 */
#include "control/epidemic_internal.h"

#include <stdlib.h>

#define TOGETHER 16U

static uint32_t days_since(int32_t day, uint32_t day_plus_one)
{
    return (uint32_t)day + 1 - day_plus_one;
}

static uint32_t natural_share(const struct vg_epidemic *e, uint64_t word, unsigned variant)
{
    return e->tables.natural[0][days_since(e->day, word_infected(word))] * e->tables.cross[variant][word_seen(word)] >> 15;
}

static uint32_t vaccine_share(const struct vg_epidemic *e, uint64_t word, unsigned variant)
{
    const uint16_t *kept = e->tables.vaccine[0][word_vaccine(word)];
    return kept[days_since(e->day, word_dosed(word))] * e->tables.vaccine_kept[variant] >> 15;
}

/* What is left of a risk `whole` after natural and vaccine protection, in WHOLE. Whoever was never infected has seen no variant, and whoever had no dose
   is looked up in a table of zeros, so no branch depends on it. */
static inline uint32_t susceptible_share(const struct vg_epidemic *e, uint32_t person, uint64_t word, unsigned variant, uint32_t whole)
{
    uint32_t natural = natural_share(e, word, variant);
    uint32_t vaccine = vaccine_share(e, word, variant);
    if (e->disease.immunity_all_or_nothing) {
        uint32_t after_infection = (uint32_t)(draw(e, person, word_infected(word), 0, DRAW_IMMUNE) >> 32);
        uint32_t after_dose = (uint32_t)(draw(e, person, 0, 0, DRAW_IMMUNE_VACCINE) >> 32);
        return after_infection >> 17 < natural || after_dose >> 17 < vaccine ? 0 : whole;
    }
    return (whole * (WHOLE - natural) >> 15) * (WHOLE - vaccine) >> 15;
}

/* Somebody of a group that meets many is met by more of the contacts outside the household. */
static __attribute__((noinline)) uint32_t met_share(const struct vg_epidemic *e, uint32_t person, uint32_t age)
{
    return e->tables.met[class_of(e, person, e->p->groups_by_place ? municipality_in(e, person) : 0, age)][age];
}

/* How likely an effective contact infects, in WHOLE. */
static inline uint32_t risk(const struct vg_epidemic *e, uint32_t person, uint64_t word, unsigned layer, unsigned variant)
{
    /* Whole numbers, so that nothing is asked before the last of them: branches here are guessed wrongly. */
    unsigned outside = layer != VG_LAYER_HOUSEHOLD && layer != VG_LAYER_IMPORT;
    unsigned infected = word_infections(word) > 0, lately = days_since(e->day, word_infected(word)) <= e->tables.refractory_days;
    unsigned dead = word_dead(word), kept = in_quarantine(word, e->day);
    if ((dead | (kept & outside) | (infected & lately)) != 0) {
        return 0;
    }
    uint32_t age = e->p->entries[word_entry(word)].age;
    uint32_t whole = __builtin_expect(e->n_groups > 0, 0) && outside ? met_share(e, person, age) : e->tables.susceptibility[age];
    return susceptible_share(e, person, word, variant, whole);
}

static bool add_newly(struct vg_epidemic *e, struct block *block, struct newly_room *room, struct newly newly)
{
    if (block->n_newly == room->capacity) {
        size_t capacity = room->capacity == 0 ? 256 : 2 * room->capacity;
        struct newly *items = realloc(room->items, capacity * sizeof *items);
        if (items == NULL) {
            atomic_store(&e->chunks.failed, true);
            return false;
        }
        room->items = items;
        room->capacity = capacity;
    }
    room->items[block->n_newly++] = newly;
    return true;
}

static void challenge(struct vg_epidemic *e, struct block *block, uint32_t person, uint64_t item, uint64_t key, uint32_t *places, struct newly_room *room)
{
    uint64_t word = e->words[person];
    bool today = word_infected(word) == (uint32_t)e->day + 1;
    uint64_t before = today ? room->items[places[person & (BLOCK_PERSONS - 1)]].word : word;
    unsigned layer = (unsigned)(item >> 49) & 7;
    unsigned variant = (unsigned)(item >> 52) & 7;
    uint32_t share = risk(e, person, before, layer, variant);
    if (share == 0) {
        return;
    }
    uint32_t infector = (uint32_t)(item >> 17);
    uint64_t hash = draw_of(key ^ item >> 55, (uint64_t)infector << 32 | person);
    if (!draw_is((uint32_t)(hash >> 32), share << 16)) {
        return;
    }
    uint64_t order = mix64(hash);
    struct newly newly = {before, order, person, infector, (uint8_t)layer, (uint8_t)variant};
    uint32_t *place = &places[person & (BLOCK_PERSONS - 1)];
    if (!today) {
        *place = (uint32_t)block->n_newly;
        if (add_newly(e, block, room, newly)) {
            e->words[person] = word_with(word, WORD_INFECTED, 12, (uint64_t)e->day + 1);
        }
    } else if (order < room->items[*place].hash ||
               (order == room->items[*place].hash && infector < room->items[*place].infector)) {
        room->items[*place] = newly;
    }
}

static void challenge_all(struct vg_epidemic *e, size_t block, const struct stretch *s, unsigned worker)
{
    const uint64_t *items = (const uint64_t *)(const void *)s->words + 1;
    const uint64_t *next = s->next_n == 0 ? items : (const uint64_t *)(const void *)s->next_words + 1;
    uint32_t first = (uint32_t)(block << BLOCK_BITS);
    uint64_t key = e->key ^ ((uint64_t)e->day << 32 | (uint64_t)DRAW_ACCEPT << 59);
    uint32_t *places = &e->scratch[(size_t)worker * BLOCK_PERSONS];
    struct newly_room *room = &e->newly[worker];
    for (uint32_t i = 0; i < s->n; i++) {
        __builtin_prefetch(&e->words[first | (next[i < s->next_n ? i : 0] & (BLOCK_PERSONS - 1))]);
        challenge(e, &e->blocks[block], first | (uint32_t)(items[i] & (BLOCK_PERSONS - 1)), items[i], key, places, room);
    }
}

/* Draws the course of an infection. Protection against disease and severe disease lowers the risks of those infected all the
 * same. */
static bool course_begins(const struct vg_epidemic *e, const struct newly *newly, uint32_t age, uint32_t class, bool *severe)
{
    const struct tables *t = &e->tables;
    uint64_t hash = draw(e, newly->person, (uint32_t)e->day, 0, DRAW_COURSE);
    uint64_t symptomatic = t->symptomatic[age];
    uint64_t ward = t->ward[class][newly->variant][age];
    uint32_t mask = word_infections(newly->word) > 0 ? UINT32_MAX : 0; /* no branch: nobody can tell beforehand who was, and who had a dose */
    uint32_t since = days_since(e->day, word_infected(newly->word));
    unsigned vaccine = word_vaccine(newly->word);
    uint32_t since_dose = days_since(e->day, word_dosed(newly->word));
    symptomatic = symptomatic * (WHOLE - (t->natural[1][since] & mask)) >> 15;
    ward = ward * (WHOLE - (t->natural[2][since] & mask)) >> 15;
    symptomatic = symptomatic * (WHOLE - t->vaccine[1][vaccine][since_dose]) >> 15;
    ward = ward * (WHOLE - t->vaccine[2][vaccine][since_dose]) >> 15;
    bool ill = draw_is((uint32_t)hash, (uint32_t)symptomatic);
    *severe = ill && draw_is((uint32_t)(hash >> 32), (uint32_t)ward);
    return ill;
}

static void schedule(struct vg_epidemic *e, struct block *block, size_t block_index, const struct newly *newly,
                     const struct entry *entry, uint32_t home, uint32_t class, bool symptomatic, bool severe, unsigned worker)
{
    uint32_t person = newly->person, local = person & (BLOCK_PERSONS - 1);
    bool exact = e->input.mode == VG_CONTACTS_EXACT;
    uint64_t hash = draw(e, person, (uint32_t)e->day, 0, DRAW_DELAYS);
    uint32_t incubation = draw_delay((uint32_t)hash, &e->tables.incubation);
    incubation = incubation < 1 ? 1 : incubation;
    if (symptomatic) {
        list_add_small(&e->chunks, calendar(e, e->courses, (uint32_t)e->day + incubation, block_index),
                       course_item(local, COURSE_ONSET, severe ? COURSE_SEVERE : 0), worker);
        block->scheduled++;
    }
    const struct offspring_class *offspring =
        &e->tables.classes[(profile_of(e, home, class, entry) * e->n_variants + newly->variant) * 2 + (symptomatic ? 1 : 0)];
    uint32_t n = draw_offspring(&e->tables, offspring, (uint32_t)(hash >> 32));
    struct list *lists = calendar(e, e->contacts, 0, block_index);
    for (uint32_t from = 0; from < n; from += TOGETHER) { /* days first, so that the processor works on several at a time */
        uint32_t many = n - from < TOGETHER ? n - from : TOGETHER;
        uint8_t after[TOGETHER];
        for (uint32_t i = 0; i < many; i++) {
            after[i] = (uint8_t)offspring_day(e, offspring, person, (uint32_t)e->day, incubation, from + i);
        }
        for (uint32_t i = 0; i < many && exact; i++) {
            after[i] = after[i] > 0 && meeting_may_be(e, person, home, word_entry(newly->word), e->day + after[i], from + i) ? after[i] : 0;
        }
        for (uint32_t i = 0; i < many; i++) {
            if (after[i] > 0) {
                list_add_small(&e->chunks, &lists[((uint32_t)e->day + after[i]) & (e->ring - 1)], local | (from + i) << 17, worker);
                block->scheduled++;
            }
        }
    }
}

static void write_log(struct vg_epidemic *e, const struct newly *newly, uint64_t word, bool severe, struct vg_infection *log)
{
    *log = (struct vg_infection){.person = newly->person,
                                 .infector = newly->infector,
                                 .day = e->day,
                                 .layer = newly->layer,
                                 .variant = newly->variant,
                                 .earlier_infections = (uint8_t)word_infections(newly->word),
                                 .doses = (uint8_t)word_doses(newly->word),
                                 .symptomatic = word_symptomatic(word),
                                 .pool = NOBODY,
                                 .place = NOBODY};
    uint32_t whole = e->tables.susceptibility[e->p->entries[word_entry(newly->word)].age];
    uint32_t left = susceptible_share(e, newly->person, newly->word, newly->variant, whole);
    log->immunity = whole == 0 ? 0 : (float)(1 - (double)left / whole);
    course_drawn(e, newly->person, word, severe, log);
    if (newly->layer == VG_LAYER_IMPORT) {
        return;
    }
    uint32_t home = population_municipality(e->p, newly->infector);
    struct meeting meeting = {.person = newly->infector,
                              .home = home,
                              .day = e->day,
                              .layer = newly->layer,
                              .entry = population_entry(e->p, home, newly->infector)};
    meeting_seat(e, &meeting);
    const struct entry *entry = &e->p->entries[meeting.entry];
    log->pool = meeting.seat.pool;
    log->place = newly->layer == VG_LAYER_HOUSEHOLD ? newly->infector - entry->member : 0;
    if (newly->layer != VG_LAYER_HOUSEHOLD && e->p->places[newly->layer][log->pool] > 1) {
        uint32_t people = pool_size(e->p, newly->layer, log->pool, entry->age);
        uint32_t rank =
            permute(pool_key(e->p, newly->layer, log->pool, entry->age, 0, 1), people, meeting.seat.rank, PERMUTE_ROUNDS);
        log->place = (uint32_t)((uint64_t)rank * e->p->places[newly->layer][log->pool] / people);
    }
}

static void infect(struct vg_epidemic *e, struct block *block, size_t block_index, struct newly *newly,
                   struct vg_infection *log, unsigned worker)
{
    uint64_t word = newly->word;
    uint32_t person = newly->person;
    const struct entry *entry = &e->p->entries[word_entry(word)];
    uint32_t home = municipality_in(e, person);
    bool severe = false;
    uint32_t class = class_of(e, person, home, entry->age);
    bool symptomatic = course_begins(e, newly, entry->age, class, &severe);
    unsigned infections = word_infections(word);
    count(e, VG_COUNT_INFECTIONS, home, entry->age, class, newly->variant, 1);
    if (infections > 0) {
        count(e, VG_COUNT_REINFECTIONS, home, entry->age, class, newly->variant, 1);
    }
    word = word_with(word, WORD_SYMPTOMATIC, 1, symptomatic ? 1 : 0);
    word = word_with(word, WORD_INFECTIONS, 2, infections < 3 ? infections + 1 : 3);
    word = word_with(word, WORD_VARIANT, 3, newly->variant);
    word = word_with(word, WORD_SEEN, 6, word_seen(word) | 1U << newly->variant);
    word = word_with(word, WORD_INFECTED, 12, (uint64_t)e->day + 1);
    e->words[person] = word;
    if (log != NULL) {
        write_log(e, newly, word, severe, log);
    }
    schedule(e, block, block_index, newly, entry, home, class, symptomatic, severe, worker);
}

static int compare_log(const void *a, const void *b)
{
    uint32_t x = ((const struct vg_infection *)a)->person;
    uint32_t y = ((const struct vg_infection *)b)->person;
    return x < y ? -1 : x > y;
}

static void infect_all(struct vg_epidemic *e, size_t block_index, unsigned worker)
{
    struct block *block = &e->blocks[block_index];
    bool logs = e->input.on_infections != NULL && block->n_newly > 0;
    if (logs && block->n_newly > block->log_capacity) {
        size_t capacity = 2 * block->n_newly;
        struct vg_infection *log = realloc(block->log, capacity * sizeof *log);
        if (log == NULL) {
            atomic_store(&e->chunks.failed, true);
            return;
        }
        block->log = log;
        block->log_capacity = capacity;
    }
    for (size_t i = 0; i < block->n_newly; i++) {
        infect(e, block, block_index, &e->newly[worker].items[i], logs ? &block->log[i] : NULL, worker);
    }
    if (logs) {
        qsort(block->log, block->n_newly, sizeof *block->log, compare_log);
    }
}

void infections_of_block(void *context, size_t block, unsigned worker)
{
    struct vg_epidemic *e = context;
    uint32_t first = (uint32_t)(block << BLOCK_BITS);
    e->blocks[block].n_newly = 0;
    for (unsigned from = 0; from < e->n_workers; from++) {
        struct list *list = &e->candidates[(size_t)from * e->n_blocks + block];
        struct stretch s = stretch_at(&e->chunks, list, list->first, CHUNK_LARGE);
        while (s.chunk != 0) {
            const uint64_t *items = (const uint64_t *)(const void *)s.words + 1;
            for (uint32_t i = 0; i < s.n && s.chunk == list->first; i++) {
                __builtin_prefetch(&e->words[first | (items[i] & (BLOCK_PERSONS - 1))]);
            }
            challenge_all(e, block, &s, worker);
            e->blocks[block].work.challenges += s.n;
            chunk_give(&e->chunks, s.chunk, worker);
            s = stretch_at(&e->chunks, list, s.next, CHUNK_LARGE);
        }
        *list = (struct list){0, 0, 0};
    }
    infect_all(e, block, worker);
}

void imports_of_day(struct vg_epidemic *e)
{
    for (size_t i = 0; i < e->input.n_imports; i++) {
        const struct vg_import *import = &e->input.imports[i];
        uint32_t first = e->p->first[import->municipality];
        uint32_t n = e->p->first[import->municipality + 1] - first;
        if (e->day < import->first_day || e->day > import->last_day || n == 0 || !is_own(e, first)) {
            continue;
        }
        for (uint32_t j = 0; j < import->count; j++) {
            uint64_t hash = draw(e, j, (uint32_t)e->day, (uint32_t)i, DRAW_IMPORT);
            uint32_t person = first + (uint32_t)((hash >> 32) * n >> 32);
            uint64_t item = (person & (BLOCK_PERSONS - 1)) | (uint64_t)NOBODY << 17 | (uint64_t)VG_LAYER_IMPORT << 49 |
                            (uint64_t)import->variant << 52 | (uint64_t)(j & 511) << 55;
            list_add_large(&e->chunks, &e->candidates[person >> BLOCK_BITS], item, 0);
        }
    }
}
