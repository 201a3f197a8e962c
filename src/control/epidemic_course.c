/*
 * What follows an infection: onset, report, ward, intensive care, death or recovery. Every step is an item in the calendar of
 * the person's block; beds are given out once a day and region to those of the smallest hash, so that nobody's luck depends on
 * the order of computing. Steps are at least a day apart.
 */
#include "control/epidemic_internal.h"

#include <stdlib.h>

static void put(struct vg_epidemic *e, size_t block, uint32_t local, uint32_t after, unsigned kind, unsigned flags,
                unsigned worker)
{
    after = after < 1 ? 1 : after;
    list_add_small(&e->chunks, calendar(e, e->courses, (uint32_t)e->day + after, block), course_item(local, kind, flags),
                   worker);
    e->blocks[block].scheduled++;
}

static void count_one(struct vg_epidemic *e, enum vg_count_kind kind, uint32_t person, uint32_t home, uint64_t word)
{
    uint32_t age = e->p->entries[word_entry(word)].age;
    count(e, kind, home, age, class_of(e, person, home, age), word_variant(word), 1);
}

static uint64_t draw_once(const struct vg_epidemic *e, uint32_t person, uint64_t word, uint32_t index, enum purpose purpose)
{
    return draw(e, person, word_infected(word), index, purpose);
}

/* Protection against death of those who were vaccinated before this infection. */
static uint32_t after_vaccine(const struct vg_epidemic *e, uint64_t word, uint32_t threshold)
{
    if (word_doses(word) == 0 || word_dosed(word) > word_infected(word)) {
        return threshold;
    }
    uint32_t kept = e->tables.vaccine[3][word_vaccine(word)][word_infected(word) - word_dosed(word)];
    return (uint32_t)((uint64_t)threshold * (WHOLE - kept) >> 15);
}

/* The least favourable courses are nested: who dies in a bed also dies without one. */
static bool draws_icu(const struct vg_epidemic *e, uint32_t person, uint64_t word, unsigned age)
{
    return draw_is((uint32_t)draw_once(e, person, word, 0, DRAW_HOSPITAL), e->tables.icu[age]);
}

static bool draws_death(const struct vg_epidemic *e, uint32_t person, uint64_t word, uint32_t threshold)
{
    return draw_is((uint32_t)(draw_once(e, person, word, 0, DRAW_HOSPITAL) >> 32), after_vaccine(e, word, threshold));
}

void course_drawn(const struct vg_epidemic *e, uint32_t person, uint64_t word, bool severe, struct vg_infection *infection)
{
    const struct tables *t = &e->tables;
    unsigned age = e->p->entries[word_entry(word)].age;
    uint32_t class = e->n_groups == 0 ? 0 : class_of(e, person, municipality_in(e, person), age);
    uint32_t incubation = draw_delay((uint32_t)draw(e, person, (uint32_t)e->day, 0, DRAW_DELAYS), &t->incubation);
    infection->onset = e->day + (int32_t)(incubation < 1 ? 1 : incubation);
    infection->admission = VG_DATE_NONE;
    infection->ward = severe;
    if (severe) {
        uint32_t wait = draw_delay((uint32_t)draw_once(e, person, word, 0, DRAW_HOSPITAL_DELAY), &t->onset_to_admission);
        infection->admission = infection->onset + (int32_t)(wait < 1 ? 1 : wait);
        infection->icu = draws_icu(e, person, word, age);
    }
    uint32_t threshold = !severe ? t->death_home[class][age] : infection->icu ? t->death_icu[0][age] : t->death_ward[0][age];
    infection->death = word_symptomatic(word) && draws_death(e, person, word, threshold);
}

/* Isolation and tests that the measures in force ask of somebody whose symptoms begin. */
static void react(struct vg_epidemic *e, size_t block, uint32_t person, uint32_t home, uint64_t word, unsigned worker)
{
    for (size_t i = 0; i < e->input.n_measures; i++) {
        const struct vg_intervention *measure = &e->input.measures[i];
        if ((measure->kind != VG_INTERVENTION_ISOLATION && measure->kind != VG_INTERVENTION_TRACING) ||
            (measure->ages != 0 && (measure->ages >> e->p->entries[word_entry(word)].age & 1) == 0) || !measure_in_force(e, i, home)) {
            continue;
        }
        uint64_t hash = draw_once(e, person, word, (uint32_t)i, DRAW_POLICY);
        if (!draw_is((uint32_t)hash, threshold_of(measure->compliance)) ||
            (measure->kind == VG_INTERVENTION_TRACING &&
             !draw_is((uint32_t)(hash >> 32), threshold_of(measure->sensitivity)))) {
            continue;
        }
        put(e, block, person & (BLOCK_PERSONS - 1), (uint32_t)measure->delay_days, COURSE_RESULT, (unsigned)i, worker);
    }
}

static void onset(struct vg_epidemic *e, size_t block, uint32_t person, uint32_t home, unsigned flags, unsigned worker)
{
    const struct tables *t = &e->tables;
    uint64_t word = e->words[person];
    uint32_t local = person & (BLOCK_PERSONS - 1);
    unsigned age = e->p->entries[word_entry(word)].age;
    uint32_t class = class_of(e, person, home, age);
    count(e, VG_COUNT_ONSETS, home, age, class, word_variant(word), 1);
    uint64_t hash = draw_once(e, person, word, 0, DRAW_REPORT);
    if (draw_is((uint32_t)hash, t->reported)) {
        put(e, block, local, draw_delay((uint32_t)(hash >> 32), &t->onset_to_report), COURSE_REPORT, 0, worker);
    }
    uint32_t wait = (uint32_t)draw_once(e, person, word, 0, DRAW_HOSPITAL_DELAY);
    if ((flags & COURSE_SEVERE) != 0) {
        put(e, block, local, draw_delay(wait, &t->onset_to_admission), COURSE_ADMISSION, 0, worker);
    } else if (draws_death(e, person, word, t->death_home[class][age])) {
        put(e, block, local, draw_delay(wait, &t->onset_to_death), COURSE_LEAVE, COURSE_DEATH, worker);
    }
    react(e, block, person, home, word, worker);
}

/* The day on which somebody isolates, or a test is found positive (who is isolated then depends on how many there are). */
static void result(struct vg_epidemic *e, size_t block, uint32_t person, unsigned index)
{
    const struct vg_intervention *measure = &e->input.measures[index];
    uint64_t word = e->words[person];
    if (measure->kind == VG_INTERVENTION_TRACING) {
        struct request request = {draw_once(e, person, word, index, DRAW_TRACE), person, COURSE_RESULT, (uint8_t)index};
        (void)request_add(&e->blocks[block].results, request);
        return;
    }
    uint64_t until = (uint64_t)e->day + (uint64_t)measure->duration_days;
    until = until > 4095 ? 4095 : until;
    if (until > word_quarantine(word)) {
        stay_at_home(e, person, until);
    }
}

static void leave(struct vg_epidemic *e, uint32_t person, uint32_t home, unsigned flags)
{
    uint64_t word = e->words[person];
    uint32_t region = e->region[home];
    step_note(e, (struct vg_step){.person = person, .kind = VG_STEP_LEAVE, .dead = (flags & COURSE_DEATH) != 0});
    if ((flags & COURSE_IN_WARD) != 0) {
        (void)__atomic_fetch_add(&e->left[region], 1, __ATOMIC_RELAXED);
    }
    if ((flags & COURSE_IN_ICU) != 0) {
        (void)__atomic_fetch_add(&e->left[e->n_regions + region], 1, __ATOMIC_RELAXED);
    }
    if ((flags & COURSE_DEATH) != 0) {
        e->words[person] = word | 1ULL << WORD_DEAD;
        meets_nobody(e, person);
        count_one(e, VG_COUNT_DEATHS, person, home, word);
    }
}

static void step(struct vg_epidemic *e, size_t block, uint32_t item, unsigned worker)
{
    uint32_t person = (uint32_t)(block << BLOCK_BITS) | (item & (BLOCK_PERSONS - 1));
    unsigned kind = item >> 17 & 7;
    unsigned flags = item >> 20;
    uint64_t word = e->words[person];
    if (word_dead(word)) { /* can only be somebody infected again before an earlier course ended */
        if (kind == COURSE_LEAVE) {
            leave(e, person, municipality_in(e, person), flags & (COURSE_IN_WARD | COURSE_IN_ICU));
        }
        return;
    }
    uint32_t home = municipality_in(e, person);
    switch (kind) {
    case COURSE_ONSET:
        onset(e, block, person, home, flags, worker);
        break;
    case COURSE_REPORT:
        count_one(e, VG_COUNT_REPORTED, person, home, word);
        break;
    case COURSE_RESULT:
        result(e, block, person, flags);
        break;
    case COURSE_LEAVE:
        leave(e, person, home, flags);
        break;
    default: {
        struct request request = {draw_once(e, person, word, kind, DRAW_HOSPITAL), person, (uint8_t)kind, (uint8_t)flags};
        (void)request_add(&e->blocks[block].requests, request);
    }
    }
}

void courses_of_block(void *context, size_t block, unsigned worker)
{
    struct vg_epidemic *e = context;
    struct list *list = calendar(e, e->courses, (uint32_t)e->day, block);
    e->blocks[block].requests.n = 0;
    e->blocks[block].results.n = 0;
    const uint64_t *words = e->words + (block << BLOCK_BITS);
    struct stretch s = stretch_at(&e->chunks, list, list->first, CHUNK_SMALL);
    for (uint32_t i = 0; i < s.n; i++) {
        __builtin_prefetch(&words[s.words[2 + i] & (BLOCK_PERSONS - 1)]);
    }
    while (s.chunk != 0) {
        for (uint32_t i = 0; i < s.n; i++) {
            if (i < s.next_n) {
                __builtin_prefetch(&words[s.next_words[2 + i] & (BLOCK_PERSONS - 1)]);
            }
            step(e, block, s.words[2 + i], worker);
        }
        e->blocks[block].scheduled -= s.n;
        e->blocks[block].work.courses += s.n;
        chunk_give(&e->chunks, s.chunk, worker);
        s = stretch_at(&e->chunks, list, s.next, CHUNK_SMALL);
    }
    *list = (struct list){0, 0, 0};
}

/* ------------------------------------------------------------------- beds */

static void take_ward(struct vg_epidemic *e, const struct request *request, uint32_t region, uint32_t home)
{
    const struct tables *t = &e->tables;
    const struct vg_hospital *h = &e->input.hospital;
    bool bed = h->n_regions == 0 || e->ward[region] < h->ward_beds[region];
    e->ward[region] += bed ? 1 : 0;
    e->without_ward[region] += bed ? 0 : 1;
    if (!is_own(e, request->person)) {
        return;
    }
    uint64_t word = e->words[request->person];
    unsigned age = e->p->entries[word_entry(word)].age;
    size_t block = request->person >> BLOCK_BITS;
    uint32_t local = request->person & (BLOCK_PERSONS - 1);
    uint32_t delay = (uint32_t)(draw_once(e, request->person, word, request->kind, DRAW_HOSPITAL_DELAY) >> 32);
    unsigned flags = bed ? COURSE_IN_WARD : 0;
    count_one(e, VG_COUNT_ADMISSIONS, request->person, home, word);
    step_note(e, (struct vg_step){.person = request->person, .kind = VG_STEP_ADMISSION, .bed = bed});
    if (draws_icu(e, request->person, word, age)) {
        put(e, block, local, draw_delay(delay, &t->admission_to_icu), COURSE_ICU, flags, 0);
    } else if (draws_death(e, request->person, word, t->death_ward[bed ? 0 : 1][age])) {
        put(e, block, local, draw_delay(delay, &t->ward_to_death), COURSE_LEAVE, flags | COURSE_DEATH, 0);
    } else {
        put(e, block, local, draw_delay(delay, &t->ward_stay), COURSE_LEAVE, flags, 0);
    }
}

static void take_icu(struct vg_epidemic *e, const struct request *request, uint32_t region, uint32_t home)
{
    const struct tables *t = &e->tables;
    const struct vg_hospital *h = &e->input.hospital;
    bool bed = h->n_regions == 0 || e->icu[region] < h->icu_beds[region];
    e->icu[region] += bed ? 1 : 0;
    e->without_icu[region] += bed ? 0 : 1;
    e->ward[region] -= bed && (request->flags & COURSE_IN_WARD) != 0 ? 1 : 0;
    if (!is_own(e, request->person)) {
        return;
    }
    uint64_t word = e->words[request->person];
    unsigned age = e->p->entries[word_entry(word)].age;
    uint32_t delay = (uint32_t)(draw_once(e, request->person, word, request->kind, DRAW_HOSPITAL_DELAY) >> 32);
    unsigned flags = bed ? COURSE_IN_ICU : request->flags;
    step_note(e, (struct vg_step){.person = request->person, .kind = VG_STEP_ICU, .bed = bed});
    if (bed) {
        count_one(e, VG_COUNT_ICU, request->person, home, word);
    }
    bool dies = draws_death(e, request->person, word, t->death_icu[bed ? 0 : 1][age]);
    put(e, request->person >> BLOCK_BITS, request->person & (BLOCK_PERSONS - 1), draw_delay(delay, dies ? &t->icu_to_death : &t->icu_stay), COURSE_LEAVE,
        flags | (dies ? COURSE_DEATH : 0), 0);
}

static int compare_requests(const void *a, const void *b)
{
    const struct request *x = a;
    const struct request *y = b;
    if (x->kind != y->kind) {
        return x->kind > y->kind ? -1 : 1; /* intensive care first: it frees ward beds */
    }
    return x->hash < y->hash ? -1 : x->hash > y->hash ? 1 : x->person < y->person ? -1 : x->person > y->person;
}

static void free_beds(struct vg_epidemic *e)
{
    ranks_add_up(e, e->left, 2 * e->n_regions);
    for (size_t i = 0; i < e->n_regions; i++) {
        e->ward[i] -= e->left[i];
        e->icu[i] -= e->left[e->n_regions + i];
    }
    memset(e->left, 0, 2 * e->n_regions * sizeof *e->left);
}

void beds_of_day(struct vg_epidemic *e)
{
    struct request_list all = {0};
    free_beds(e);
    for (size_t b = 0; b < e->n_blocks; b++) {
        for (size_t i = 0; i < e->blocks[b].requests.n; i++) {
            (void)request_add(&all, e->blocks[b].requests.items[i]);
        }
        all.failed = all.failed || e->blocks[b].requests.failed || e->blocks[b].results.failed;
    }
    ranks_gather_requests(e, &all);
    if (all.failed) {
        atomic_store(&e->chunks.failed, true);
    }
    if (all.n > 1 && e->input.hospital.n_regions > 0) { /* without limits the order is of no matter */
        qsort(all.items, all.n, sizeof *all.items, compare_requests);
    }
    for (size_t i = 0; i < all.n; i++) {
        uint32_t home = municipality_in(e, all.items[i].person);
        if (all.items[i].kind == COURSE_ADMISSION) {
            take_ward(e, &all.items[i], e->region[home], home);
        } else {
            take_icu(e, &all.items[i], e->region[home], home);
        }
    }
    free(all.items);
}
