/*
 * The state of a run. Persons stand in blocks of 2^17; a block's words, its calendar of effective contacts that are still to be
 * made, and its calendar of courses (onset, ward, ...) are touched by one thread at a time. A day is a few passes over blocks;
 * what one block does to another goes through lists by target block, whose order never matters. Private to control.
 */
#ifndef VG_EPIDEMIC_INTERNAL_H
#define VG_EPIDEMIC_INTERNAL_H

#include "control/epidemic_number.h"
#include "control/population.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#define BLOCK_BITS 17
#define BLOCK_PERSONS (1U << BLOCK_BITS)
#define GUIDE_BITS 10
#define NOBODY UINT32_MAX
#define WORKERS_MAX 256

/* ---------------------------------------------------------- a person's word */

#define WORD_ENTRY_BITS 11
enum word_shift {
    WORD_DEAD = 11,
    WORD_SYMPTOMATIC = 12,
    WORD_INFECTIONS = 13,
    WORD_VARIANT = 15,
    WORD_SEEN = 18,
    WORD_INFECTED = 24,
    WORD_DOSES = 36,
    WORD_PRODUCT = 38,
    WORD_DOSED = 40,
    WORD_QUARANTINE = 52
};
static inline uint32_t word_entry(uint64_t w)
{
    return (uint32_t)w & ((1U << WORD_ENTRY_BITS) - 1);
}
static inline bool word_dead(uint64_t w)
{
    return (w >> WORD_DEAD & 1) != 0;
}
static inline bool word_symptomatic(uint64_t w)
{
    return (w >> WORD_SYMPTOMATIC & 1) != 0;
}
static inline unsigned word_infections(uint64_t w)
{
    return (unsigned)(w >> WORD_INFECTIONS & 3);
} /* 3: three or more */
static inline unsigned word_variant(uint64_t w)
{
    return (unsigned)(w >> WORD_VARIANT & 7);
}
static inline unsigned word_seen(uint64_t w)
{
    return (unsigned)(w >> WORD_SEEN & 63);
}
static inline uint32_t word_infected(uint64_t w)
{
    return (uint32_t)(w >> WORD_INFECTED & 4095);
} /* day + 1; 0 never */
static inline unsigned word_doses(uint64_t w)
{
    return (unsigned)(w >> WORD_DOSES & 3);
}
static inline unsigned word_product(uint64_t w)
{
    return (unsigned)(w >> WORD_PRODUCT & 3);
}
static inline unsigned word_vaccine(uint64_t w)
{
    return (unsigned)(w >> WORD_DOSES & 15);
} /* product * 4 + doses */
static inline uint32_t word_dosed(uint64_t w)
{
    return (uint32_t)(w >> WORD_DOSED & 4095);
}
static inline uint32_t word_quarantine(uint64_t w)
{
    return (uint32_t)(w >> WORD_QUARANTINE & 4095);
} /* last day + 1 */
static inline uint64_t word_with(uint64_t w, unsigned shift, unsigned bits, uint64_t value)
{
    return (w & ~(((1ULL << bits) - 1) << shift)) | value << shift;
}

/* ------------------------------------------------------------------- chunks */

/* Lists grow by chunks of four cache lines that go back to the worker who emptied them. */
#define CHUNK_WORDS 64
#define CHUNK_NEXT 0
#define CHUNK_SMALL (CHUNK_WORDS - 2)       /* 32-bit items, from word 2 */
#define CHUNK_LARGE ((CHUNK_WORDS - 2) / 2) /* 64-bit items, from word 2 */
#define SLAB_BITS 14
#define SLABS_MAX 16384
struct chunk_store {
    uint32_t *slabs[SLABS_MAX];
    atomic_uint used; /* chunks handed out; number 0 is none */
    atomic_bool failed;
    pthread_mutex_t lock;
    uint32_t free_list[WORKERS_MAX];
};
struct list {
    uint32_t first, last, fill;
};

static inline uint32_t *chunk_at(const struct chunk_store *store, uint32_t chunk)
{
    return store->slabs[chunk >> SLAB_BITS] + (size_t)(chunk & ((1U << SLAB_BITS) - 1)) * CHUNK_WORDS;
}
uint32_t chunk_take(struct chunk_store *store, unsigned worker); /* 0 when out of memory; failed is set */
static inline void chunk_give(struct chunk_store *store, uint32_t chunk, unsigned worker)
{
    chunk_at(store, chunk)[CHUNK_NEXT] = store->free_list[worker];
    store->free_list[worker] = chunk;
}
bool list_grow(struct chunk_store *store, struct list *list, unsigned worker);
static inline void list_add_small(struct chunk_store *store, struct list *list, uint32_t item, unsigned worker)
{
    if ((list->first == 0 || list->fill == CHUNK_SMALL) && !list_grow(store, list, worker)) {
        return;
    }
    chunk_at(store, list->last)[2 + list->fill++] = item;
}
static inline void list_add_large(struct chunk_store *store, struct list *list, uint64_t item, unsigned worker)
{
    if ((list->first == 0 || list->fill == CHUNK_LARGE) && !list_grow(store, list, worker)) {
        return;
    }
    ((uint64_t *)(void *)chunk_at(store, list->last))[1 + list->fill++] = item;
}
/* A chunk on its way through a pass, and the one behind it, whose people are fetched while this one is worked on. */
struct stretch {
    const uint32_t *words, *next_words;
    uint32_t chunk, next, n, next_n;
};
static inline struct stretch stretch_at(const struct chunk_store *store, const struct list *list, uint32_t chunk, uint32_t full)
{
    struct stretch s = {.chunk = chunk};
    if (chunk != 0) {
        s.words = chunk_at(store, chunk);
        s.n = chunk == list->last ? list->fill : full;
        s.next = s.words[CHUNK_NEXT];
    }
    if (s.next != 0) {
        s.next_words = chunk_at(store, s.next);
        s.next_n = s.next == list->last ? list->fill : full;
        const char *after = (const char *)chunk_at(store, s.next_words[CHUNK_NEXT]); /* the chunk behind the next comes meanwhile */
        for (size_t line = 0; line < CHUNK_WORDS * sizeof(uint32_t); line += 64) {
            __builtin_prefetch(after + line);
        }
    }
    return s;
}
bool chunk_store_init(struct chunk_store *store);
void chunk_store_release(struct chunk_store *store);

/* ------------------------------------------------------------------- tables */

/* Negative binomial (Poisson without dispersion) with means on a grid; a mean in between is the next one thinned, which keeps
 * k. */
struct offspring_table {
    uint32_t start, n;   /* thresholds[start .. start + n - 1] */
    uint16_t guide[256]; /* where to begin for the eight highest bits */
    double mean;
};
struct offspring_class {
    uint32_t keep;
    uint16_t table;
}; /* keep: threshold of the thinning */

struct tables {
    size_t n_tables;
    struct offspring_table *offspring;
    uint32_t *thresholds;
    struct offspring_class *classes; /* [(profile * n_variants + variant) * 2 + symptomatic] */
    uint32_t (*layers)[VG_LAYERS];   /* [profile] thresholds of the layer; profile: set, group, age, role, size */
    int32_t *rows;  /* [((set * VG_LAYERS + layer) * VG_AGES_MAX + a) * VG_AGES_MAX + b] of the other's age, see row_draw */
    uint8_t *slots; /* [((set * VG_LAYERS + layer) * n_ages + a) * n_ages + b] contact-exact mode: a person's places in the matching of ages a and b */
    double *daily;  /* the same shape: contacts a day of somebody in the layer */
    struct delay_table profile, incubation, onset_to_admission, admission_to_icu, ward_stay, icu_stay, ward_to_death,
        icu_to_death, onset_to_death, onset_to_report;
    int profile_first_day;
    bool profile_from_onset;
    uint32_t susceptibility[VG_AGES_MAX]; /* in WHOLE */
    uint32_t met[VG_GROUPS_MAX + 1][VG_AGES_MAX]; /* outside the household, with groups: susceptibility times contacts, in WHOLE of `met_most` */
    double met_most;
    uint32_t symptomatic[VG_AGES_MAX], ward[VG_GROUPS_MAX + 1][VG_VARIANTS_MAX][VG_AGES_MAX], icu[VG_AGES_MAX];
    uint32_t death_home[VG_GROUPS_MAX + 1][VG_AGES_MAX], death_ward[2][VG_AGES_MAX], death_icu[2][VG_AGES_MAX]; /* [1]: without the bed */
    uint32_t reported;
    uint32_t cross[VG_VARIANTS_MAX][1 << VG_VARIANTS_MAX]; /* [against][seen], in WHOLE */
    uint32_t vaccine_kept[VG_VARIANTS_MAX];
    uint16_t *natural[3]; /* [VG_ENGINE_DAYS_MAX + 2] by days since: infection, disease, severe */
    const uint16_t *vaccine[4][VG_PRODUCTS_MAX * (VG_DOSES_MAX + 1)]; /* [infection, disease, severe, death][word_vaccine]; of no dose: zeros */
    uint32_t refractory_days;
    uint32_t season[367]; /* in WHOLE of the largest */
};

/* Age of the other: thresholds less one, as signed numbers, so that four are compared at a time (a GNU vector) and no branch
   depends on the draw; behind the last age stands INT32_MAX. */
typedef int32_t four_thresholds __attribute__((vector_size(16)));
static inline uint32_t row_draw(uint32_t draw, const int32_t *row, size_t n_ages)
{
    int32_t value = (int32_t)(draw >> 1);
    four_thresholds values = {value, value, value, value};
    four_thresholds above = {0, 0, 0, 0};
    for (size_t i = 0; i < n_ages; i += 4) {
        four_thresholds thresholds;
        memcpy(&thresholds, row + i, sizeof thresholds);
        above -= values > thresholds;
    }
    return (uint32_t)(above[0] + above[1] + above[2] + above[3]);
}

/* ----------------------------------------------------------------- the run */

enum course_kind { COURSE_ONSET, COURSE_REPORT, COURSE_ADMISSION, COURSE_ICU, COURSE_LEAVE, COURSE_RESULT };
enum course_flag { COURSE_DEATH = 1, COURSE_IN_WARD = 2, COURSE_IN_ICU = 4, COURSE_SEVERE = 8 };
/* A course's item: person in block, kind, flags. */
static inline uint32_t course_item(uint32_t local, unsigned kind, unsigned flags)
{
    return local | kind << 17 | flags << 20;
}

/* Purposes of draws, part of the counter. */
enum purpose {
    DRAW_CONTACT,
    DRAW_CONTACT_AGE,
    DRAW_COURSE,
    DRAW_DELAYS,
    DRAW_OFFSPRING,
    DRAW_SCHEDULE,
    DRAW_ACCEPT,
    DRAW_IMPORT,
    DRAW_HOSPITAL,
    DRAW_HOSPITAL_DELAY,
    DRAW_REPORT,
    DRAW_POLICY,
    DRAW_TRACE,
    DRAW_APP,
    DRAW_IMMUNE,
    DRAW_IMMUNE_VACCINE,
    DRAW_DOSE,
    DRAW_PAST,
    DRAW_KEPT
};

struct newly { /* infected today; word: before */
    uint64_t word, hash;
    uint32_t person, infector;
    uint8_t layer, variant;
};
struct newly_room {
    struct newly *items;
    size_t capacity;
};
struct request {
    uint64_t hash;
    uint32_t person;
    uint8_t kind, flags;
};
struct request_list {
    struct request *items;
    size_t n, capacity;
    bool failed;
};

struct block {
    size_t n_newly; /* today's */
    struct request_list requests, results; /* beds wanted, tests found positive today */
    struct vg_infection *log;              /* [n_newly]; only if somebody listens */
    size_t log_capacity;
    int64_t scheduled;                     /* items put into calendars less items taken out, today */
    struct vg_epidemic_work work;
};

/* Steps of today, in no order until they are told; only if somebody listens. */
struct step_log {
    pthread_mutex_t lock;
    struct vg_step *items;
    size_t n, capacity;
    bool failed;
};

struct vg_epidemic {
    struct vg_epidemic_input input;
    struct vg_disease disease; /* a copy; its arrays are used up in the tables */
    const struct vg_population *p;
    struct vg_pool *pool;
    unsigned n_workers;
    uint64_t key;
    size_t n_persons, n_blocks, n_ages, n_variants, n_municipalities, n_regions, n_sets, n_profiles;
    size_t n_groups, n_classes, profiles_of_set; /* classes: those in no group, then each group */
    struct vg_arena arena;
    struct tables tables;
    uint64_t *words; /* [n_persons] */
    size_t words_bytes;
    struct block *blocks; /* [n_blocks] */
    struct chunk_store chunks;
    uint32_t ring;           /* days of the calendars, a power of two */
    struct list *contacts;   /* [n_blocks * ring] effective contacts to come: person in block, 15 bits of number */
    struct list *courses;    /* [n_blocks * ring] */
    struct list *candidates; /* [n_workers * n_blocks] of today */
    struct list *orders;     /* [n_workers * n_blocks] quarantine orders of today */
    uint32_t *scratch;       /* [n_workers * BLOCK_PERSONS] place in newly of who is infected today */
    struct newly_room *newly; /* [n_workers] of the block that is worked on */
    uint32_t *guide;         /* [persons / 2^GUIDE_BITS] municipality of the first of so many persons */
    uint16_t *set;           /* [n_municipalities] */
    uint32_t *region;        /* [n_municipalities] */
    uint32_t *factors;       /* [n_municipalities * VG_LAYERS] what season and measures leave of contacts today, in WHOLE */
    uint32_t *cordon;        /* [n_municipalities] of today, in WHOLE; what is left of contacts over the border */
    size_t n_aged;           /* measures on contacts of some ages */
    uint8_t aged[VG_INTERVENTIONS_MAX];
    bool aged_today;         /* some of them thin what contacts pass on today: */
    uint32_t *aged_left;     /* [n_aged * n_municipalities] what they leave, in WHOLE */
    uint32_t *counts;        /* of today, see struct vg_day */
    size_t n_counts, n_group_counts;
    uint32_t *group_counts;  /* behind counts */
    uint32_t *ward, *icu, *without_ward, *without_icu; /* [n_regions] */
    uint32_t *observed;      /* [2 * 8 * n_municipalities] reports and admissions of the last days, for triggers */
    uint32_t *given;         /* [((n_campaigns * n_municipalities) * n_classes + class) * n_ages] how far along the age's order those of the class were asked */
    uint32_t *stock_used;    /* [n_campaigns * n_municipalities] */
    uint32_t *lot_used;      /* [n_lots * n_municipalities] */
    uint16_t *lot_order;     /* [n_lots] the first to expire in front */
    uint32_t *lost;          /* [n_municipalities] doses that expired today, behind group_counts */
    double *trigger_sum, *trigger_people; /* [n_municipalities] by trigger region, of one measure */
    int16_t *in_force_since; /* [n_measures * n_municipalities] day of the trigger, -1: not */
    uint32_t own_municipality, end_municipality, own_person, end_person; /* this rank's */
    size_t own_block, end_block; /* the first and the last may be shared with a neighbour */
    uint32_t *left;          /* [2 * n_regions] wards' and intensive care's patients who left today */
    int32_t day;
    uint64_t pending;     /* items in calendars */
    bool pending_elsewhere; /* some rank has some */
    bool traces, cordons; /* some measure tests and traces, closes borders */
    struct step_log steps;
    struct away *away; /* [n_persons] contact-exact mode: when who stayed at home, see epidemic_kept.c; else NULL */
    uint16_t **kept;   /* [VG_ENGINE_DAYS_MAX + 1] contact-exact mode: what measures left of that day's contacts; NULL: all */
};

/* Several ranks; all but ranks_share and ranks_collect do nothing where there is one. See epidemic_ranks.c. */
void ranks_share(struct vg_epidemic *e);
void ranks_deliver(struct vg_epidemic *e, struct list *lists);
void ranks_gather_requests(struct vg_epidemic *e, struct request_list *all);
void ranks_add_up(struct vg_epidemic *e, uint32_t *values, size_t n);
void ranks_close_day(struct vg_epidemic *e);
bool ranks_all(struct vg_epidemic *e, bool go_on);
bool ranks_first(const struct vg_epidemic *e);
bool ranks_many(const struct vg_epidemic *e);
void *ranks_collect(struct vg_epidemic *e, const void *mine, size_t n, size_t size, size_t *all);
static inline bool is_own(const struct vg_epidemic *e, uint32_t person)
{
    return person >= e->own_person && person < e->end_person;
}

/* Which contacts took place; only in contact-exact mode is anything kept. See epidemic_kept.c. */
bool kept_begin(struct vg_epidemic *e);
void kept_lower(struct vg_epidemic *e, uint32_t municipality, unsigned column, uint32_t left); /* column: layer, VG_LAYERS of cordons, from then on measures of some ages; left in WHOLE */
/* By measures alone; ages: bits 1 << age group of both. */
bool kept_contact(const struct vg_epidemic *e, uint32_t a, uint32_t b, uint32_t ages, uint32_t pool, unsigned layer, int32_t day);
bool was_there(const struct vg_epidemic *e, uint32_t person, unsigned layer, int32_t day); /* neither dead nor at home while the layer is lived; other ranks' people always */
/* As vg_epidemic_contacts; asks whether the others were there only if told to. */
size_t contacts_of_day(const struct vg_epidemic *e, uint32_t person, int32_t day, bool asks_others, struct vg_contact_met *met, size_t capacity);
void stay_at_home(struct vg_epidemic *e, uint32_t person, uint64_t until); /* until: last day + 1 */
void meets_nobody(struct vg_epidemic *e, uint32_t person);
bool was_away(const struct vg_epidemic *e, uint32_t person, int32_t day);
size_t kept_row_bytes(const struct vg_epidemic *e);
size_t away_bytes(const struct vg_epidemic *e);
uint16_t *kept_row_of(struct vg_epidemic *e, int32_t day);

void step_note(struct vg_epidemic *e, struct vg_step step); /* from any thread */
void steps_tell(struct vg_epidemic *e);

/* Counter: person 32, day 12, index 15, purpose 5. */
static inline uint64_t draw(const struct vg_epidemic *e, uint32_t person, uint32_t day, uint32_t index, enum purpose purpose)
{
    return draw_of(e->key, person | (uint64_t)day << 32 | (uint64_t)(index & 0x7FFF) << 44 | (uint64_t)purpose << 59);
}

static inline void count_in(const struct vg_epidemic *e, uint32_t *cell, uint32_t n)
{
    if (e->n_workers == 1) {
        *cell += n;
    } else {
        (void)__atomic_fetch_add(cell, n, __ATOMIC_RELAXED);
    }
}

static inline void count(struct vg_epidemic *e, enum vg_count_kind kind, uint32_t municipality, uint32_t age, uint32_t class, uint32_t variant,
                         uint32_t n)
{
    count_in(e, &e->counts[((kind * e->n_municipalities + municipality) * e->n_ages + age) * e->n_variants + variant], n);
    if (class > 0) {
        count_in(e, &e->group_counts[(kind * e->n_municipalities + municipality) * e->n_groups + class - 1], n);
    }
}

static inline uint32_t municipality_in(const struct vg_epidemic *e, uint32_t person)
{
    const uint32_t *first = e->p->first;
    uint32_t municipality = e->guide[person >> GUIDE_BITS];
    while (first[municipality + 1] <= person) {
        municipality++;
    }
    return municipality;
}

/* 0: in no group. Runs without groups pay a branch alone. */
static inline uint32_t class_of(const struct vg_epidemic *e, uint32_t person, uint32_t municipality, uint32_t age)
{
    return __builtin_expect(e->n_groups > 0, 0) ? population_group(e->p, person, municipality, age) : 0;
}

static inline size_t profile_of(const struct vg_epidemic *e, uint32_t municipality, uint32_t class, const struct entry *entry)
{
    size_t profile = e->set[municipality] * e->profiles_of_set + entry->profile;
    return __builtin_expect(class > 0, 0) ? profile + class * e->n_profiles : profile;
}

/* ------------------------------------------------------------- the passes */

static inline bool in_quarantine(uint64_t word, int32_t day)
{
    return word_quarantine(word) > (uint32_t)day;
}

/* A contact is found in two steps: where it is made, and with whom. */
struct meeting {
    uint64_t other; /* hash for the second step */
    uint32_t person, home, entry;
    int32_t day;
    struct pool_seat seat; /* of the person */
    uint32_t target, other_age;
    uint32_t thinning; /* 32-bit draw against which measures are held */
    uint8_t layer;
};
void meeting_begin(const struct vg_epidemic *e, uint32_t person, uint32_t home, uint32_t entry, int32_t day, uint32_t index,
                   struct meeting *meeting);
void meeting_seat(const struct vg_epidemic *e, struct meeting *meeting);  /* seat from person, home, entry, day, layer */
bool meeting_end(const struct vg_epidemic *e, struct meeting *meeting);   /* false: nobody is there */
bool meeting_exact(const struct vg_epidemic *e, struct meeting *meeting); /* contact-exact mode's second step */
/* Contact-exact mode: false if an effective contact meets an empty place, whatever the day brings, as most do. */
bool meeting_may_be(const struct vg_epidemic *e, uint32_t person, uint32_t home, uint32_t entry, int32_t day, uint32_t index);

vg_status past_check(const struct vg_epidemic_input *input, struct vg_error *error);
void words_of_municipality(void *context, size_t item, unsigned worker);
vg_status tables_make(struct vg_epidemic *e, struct vg_error *error);
uint32_t draw_offspring(const struct tables *tables, const struct offspring_class *class, uint32_t hash);
/* Day from infection of an effective contact, or 0 if it was thinned away. */
static inline uint32_t offspring_day(const struct vg_epidemic *e, const struct offspring_class *class, uint32_t person,
                                     uint32_t infected, uint32_t incubation, uint32_t index)
{
    const struct tables *t = &e->tables;
    uint64_t hash = draw(e, person, infected, index, DRAW_SCHEDULE);
    if (!draw_is((uint32_t)(hash >> 32), class->keep)) {
        return 0;
    }
    int day =
        t->profile_first_day + (int)draw_delay((uint32_t)hash, &t->profile) + (t->profile_from_onset ? (int)incubation : 0);
    day = day < 1 ? 1 : day;
    return (uint32_t)day < t->refractory_days ? (uint32_t)day : t->refractory_days;
}

void contacts_of_block(void *context, size_t block, unsigned worker);
void infections_of_block(void *context, size_t block, unsigned worker);
void imports_of_day(struct vg_epidemic *e);
void courses_of_block(void *context, size_t block, unsigned worker);
void beds_of_day(struct vg_epidemic *e);
void course_drawn(const struct vg_epidemic *e, uint32_t person, uint64_t word, bool severe, struct vg_infection *infection);
void measures_of_day(struct vg_epidemic *e);
void measures_observe(struct vg_epidemic *e);
bool measure_in_force(const struct vg_epidemic *e, size_t measure, uint32_t municipality);
void tracing_of_day(struct vg_epidemic *e);
void orders_of_block(void *context, size_t block, unsigned worker);
void campaigns_of_day(struct vg_epidemic *e);
void lots_order(struct vg_epidemic *e);
bool request_add(struct request_list *list, struct request request);

/* Whether a measure on contacts of some ages is for this one. */
static inline bool is_of_ages(const struct vg_intervention *measure, unsigned layer, uint32_t ages)
{
    return (measure->layers >> layer & 1) != 0 && (measure->ages & ages) != 0;
}

static inline const int32_t *row_of(const struct vg_epidemic *e, uint32_t home, unsigned layer, uint32_t age)
{
    return e->tables.rows + (((size_t)e->set[home] * VG_LAYERS + layer) * VG_AGES_MAX + age) * VG_AGES_MAX;
}

static inline struct list *calendar(const struct vg_epidemic *e, struct list *lists, uint32_t day, size_t block)
{
    return &lists[block * e->ring + (day & (e->ring - 1))];
}

#endif
